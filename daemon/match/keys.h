/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * keys.h - the keys of a personality file, and taking their values
 */
#ifndef FILTERD_KEYS_H
#define FILTERD_KEYS_H

#include "personality.h"
#include "unknown.h"

/*
 * A file and its drop-ins on their way into a personality.  A bad value is
 * told at once and reading goes on, so that all faults are seen together.
 */
struct reading {
	struct personality *personality;
	struct unknown unknown;	/* and whom to tell of faults */
	bool faulty;		/* the personality is rejected */
};

#define reading_tell(reading, at, ...)					\
	ini_tell((reading)->unknown.error, (reading)->unknown.arg, at,	\
		 __VA_ARGS__)

/* Takes one key's value; an unknown key or section is warned of.  Returns 0,
   also when it was bad, or -ENOMEM. */
int keys_take(struct reading *reading, const struct ini_place *at,
	      const char *section, const char *key, const char *value);

/* Whether it can be the name of a personality or of a category. */
bool keys_is_name(const char *s);

#endif /* FILTERD_KEYS_H */
