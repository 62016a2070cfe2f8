/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * varlink-message.h - between struct varlink_message and the text of a frame
 *
 * For varlink.c alone.
 */
#ifndef FILTERD_VARLINK_MESSAGE_H
#define FILTERD_VARLINK_MESSAGE_H

#include "varlink.h"

/* About how many bytes of memory the objects of a text take, whatever it is. */
size_t varlink_message_cost(const char *text, size_t len);

/* Fills @message but its descriptors and weight.  0, -EBADMSG or -ENOMEM; what it holds
   then is to be cleared all the same. */
int varlink_message_parse(const char *text, size_t len,
			  struct varlink_message *message);

/* Each takes @parameters, which may be NULL.  NULL: out of memory. */
struct json_object *varlink_message_call(const char *method,
					 struct json_object *parameters,
					 bool more);
struct json_object *varlink_message_reply(struct json_object *parameters,
					  bool continues);
struct json_object *varlink_message_error(const char *error,
					  struct json_object *parameters);

/* In @body.  NULL: out of memory. */
const char *varlink_message_text(struct json_object *body, size_t *ret_len);

#endif /* FILTERD_VARLINK_MESSAGE_H */
