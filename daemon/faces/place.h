/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * place.h - the directory where one source's volumes are
 *
 *	DIR/.control		the socket that umount calls
 *	DIR/vault2.crypt	a volume each
 *	DIR/by-label, by-uuid	symlinks to them; the first of a name wins
 *
 * Who holds the flock on DIR owns what is in it; when its process dies the
 * kernel drops the lock, and what is left is cleared away by the next one.
 */
#ifndef FILTERD_PLACE_H
#define FILTERD_PLACE_H

#include <stddef.h>
#include <sys/types.h>

#include "failure.h"

struct place;

/* Below the run-time directory: those of "filterd mount", and the service's. */
#define PLACE_MOUNT "mount"
#define PLACE_MEDIA "media"

/*
 * Makes and locks @dir, or if it is NULL the directory @name in @base, which is
 * one of these ("vault~2" where "vault" is taken).  It must be empty, not
 * there, or left behind by a dead mount.  What is made is for us alone, in
 * PLACE_MEDIA for everybody to look at.
 */
int place_open(const char *dir, const char *base, const char *name,
	       struct place **ret, struct failure *f);

/*
 * For volumes that are @uid's: only he finds them, or his group @gid does if he
 * is not who we are.  Whoever finds a volume can hold it, by O_PATH, though it
 * is not his to open.  0 or -errno.
 */
int place_lend(struct place *place, uid_t uid, gid_t gid);

/* Removes the links.  To be done while the control socket is there: that is
   how what a dead mount left is known for ours.  NULL is allowed. */
void place_clear_links(struct place *place);

/* Removes the links and what place_open() made.  NULL is allowed. */
void place_close(struct place *place);

const char *place_path(const struct place *place);	/* absolute */
const char *place_name(const struct place *place);	/* its last part */
int place_fd(const struct place *place);

/* Where the control socket is bound; short enough for a socket address. */
const char *place_control(const struct place *place);

enum place_link { PLACE_BY_LABEL, PLACE_BY_UUID };

/* Links @name, text of a disk, to the volume @target.  -EEXIST: it is taken. */
int place_link(struct place *place, enum place_link kind, const char *name,
	       const char *target);

/* Removes the links to the volume @target, if there are any. */
void place_unlink(struct place *place, const char *target);

/* Calls @fn with each link, "by-label/data", and the volume that it leads to.
   0 or -errno. */
int place_each_link(const struct place *place,
		    void (*fn)(void *arg, const char *link,
			       const char *volume), void *arg);

#endif /* FILTERD_PLACE_H */
