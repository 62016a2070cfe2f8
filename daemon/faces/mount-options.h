/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * mount-options.h - what the command line of "filterd mount" asks for
 */
#ifndef FILTERD_MOUNT_OPTIONS_H
#define FILTERD_MOUNT_OPTIONS_H

#include "export.h"
#include "options.h"
#include "stack.h"

struct mount_options {
	const char *source, *dir;	/* NULL: not given */
	struct options_list personality_dirs, module_dirs;
	const char *filter, *cache;
	const char *key_file;
	uint64_t key_offset, key_size, passphrase_fd, sector, workers;
	bool read_only, keep_going, loop, background, json, verbose;
	struct export_options export;
};

/* @argv[0] is the verb.  0; 1 when help was printed; or a negative errno said
   in @f.  The texts are @argv's; clear in any case. */
int mount_options_parse(struct mount_options *options, int argc, char **argv,
			struct failure *f);
void mount_options_clear(struct mount_options *options);

/* As the stack wants it; valid as long as these. */
struct stack_options mount_options_stack(const struct mount_options *options);

#endif /* FILTERD_MOUNT_OPTIONS_H */
