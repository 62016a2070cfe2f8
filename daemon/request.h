/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * request.h - what the command line of "filterd mount" asks for
 */
#ifndef FILTERD_REQUEST_H
#define FILTERD_REQUEST_H

#include "export.h"
#include "options.h"
#include "stack.h"

struct request {
	const char *source, *dir;	/* NULL: not given */
	struct options_list personality_dirs, module_dirs;
	const char *filter, *cache;
	const char *key_file;
	uint64_t key_offset, key_size, passphrase_fd, sector, workers;
	bool read_only, keep_going, background, json, verbose;
	struct export_options export;
};

/* @argv[0] is the verb.  0; 1 when help was printed; or a negative errno said
   in @f.  The texts are @argv's; clear in any case. */
int request_parse(struct request *request, int argc, char **argv,
		  struct failure *f);
void request_clear(struct request *request);

/* As the stack wants it; valid as long as the request. */
struct stack_options request_stack(const struct request *request);

#endif /* FILTERD_REQUEST_H */
