/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * deeds.h - what a parser does that a foreign disk has taken over
 *
 * Below the filter API: memory, system calls, and the wire itself.
 */
#ifndef DEEDS_H
#define DEEDS_H

/*
 * Does the deed that @text names ("read-file /etc/passwd": with what is behind
 * the name).  Returns 0 if there is nothing to be seen of it, -EBADE if
 * something succeeded that must not, -EINVAL if there is no such deed, or any
 * errno; or does not return.
 */
int deeds_do(const char *text);

#endif /* DEEDS_H */
