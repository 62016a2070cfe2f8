/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * version.h - versions of modules: "1.2.3", "1.0d1"
 *
 * As I/O Kit's bundles write them: one to three numbers of up to four digits,
 * then perhaps a stage of what is not released yet: d (development), a (alpha),
 * b (beta), f or fc (final candidate), and its level, 0 to 255.
 */
#ifndef FILTERD_VERSION_H
#define FILTERD_VERSION_H

#include <stdint.h>

#define VERSION_LEN 64u		/* of the text, with its NUL */

/*
 * Reads @text into *ret, whose only meaning is the order: the later version is
 * the greater number, and 1, 1.0 and 1.0.0 are one.  Within a version
 * d < a < b < f = fc < the release.  0; -EINVAL: it is no version; -ERANGE: one
 * of its numbers is too long or too great.  At an error *ret is untouched.
 */
int version_parse(const char *text, uint64_t *ret);

#endif /* FILTERD_VERSION_H */
