/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * conf.h - filterd.conf(5): what the service's administrator decides
 */
#ifndef FILTERD_CONF_H
#define FILTERD_CONF_H

#include <sys/types.h>

#include "ini.h"
#include "log.h"

/* What becomes of a disk that appears and that a personality fits. */
enum conf_attach {
	CONF_ATTACH_NEVER,	/* only what somebody asks for */
	CONF_ATTACH_ASK,	/* whoever monitors is told of it */
	CONF_ATTACH_AUTO,	/* it is attached */
};

#define CONF_NO_GROUP ((gid_t)-1)

/* Plain values: copied, and never freed. */
struct conf {
	enum log_level log_level;
	gid_t group;		/* who may change things, beside root */
	enum conf_attach attach;		/* fixed disks */
	enum conf_attach attach_removable;	/* those that can be taken away */
};

extern const struct conf conf_presets;

/*
 * Reads filterd.conf from the first of @dirs (the last is NULL) that has it,
 * then filterd.conf.d in all of them, by fragments.h's rules, over what *conf
 * holds.  A value that is wrong leaves the one before it; it is told to
 * @error, like unknown keys ("warning: ...").  Reads files and asks for the
 * group's number: not on the main thread.  Returns the number of faults, or a
 * negative errno.
 */
int conf_read(struct conf *conf, const char *const *dirs,
	      ini_error_fn *error, void *arg);

/* "ask"; for what is told of the service. */
const char *conf_attach_word(enum conf_attach attach);

#endif /* FILTERD_CONF_H */
