/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * mount-methods.h - org.filterd.Mount: what others ask of one attachment, at
 * its own socket
 */
#ifndef FILTERD_MOUNT_METHODS_H
#define FILTERD_MOUNT_METHODS_H

#include "attachment.h"

/* Who answers: Detach, Explain, Status.  NULL: out of memory. */
struct server *mount_methods_server(struct attachment *attachment);

/* How the "way" of @parameters wants to detach: parting_detach() ("closed",
   or none), parting_leave() ("lazy"), parting_abort() ("force"); or
   -EINVAL, said in @f. */
int mount_methods_way(struct json_object *parameters,
		      void (**ret)(struct attachment *attachment),
		      struct failure *f);

/* Ends the Detach that waits, if there is one: with its failure if that is
   @refused, or not EXIT_OK. */
void mount_methods_answer(struct attachment *attachment, bool refused);

/* A step, told to who called Detach.  false: nobody did, or wants to know. */
bool mount_methods_step(struct attachment *attachment, const char *text);

/* {source, path, media, volumes, control, pid}; NULL: out of memory. */
struct json_object *mount_methods_describe(const struct attachment *);

/* Records of matching, to @call in pieces or all at once; -EBUSY while there
   are none.  @only: of one personality, or NULL. */
int mount_methods_explain(struct attachment *attachment,
			  struct server_call *call, const char *only,
			  struct failure *f);

#endif /* FILTERD_MOUNT_METHODS_H */
