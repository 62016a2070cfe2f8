/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tag.h - what the partitions of a Unix disk label are for: a number on the
 * disk, and its content hint
 */
#ifndef FILTERD_TAG_H
#define FILTERD_TAG_H

#define TAG_LEN 24

/* The hint of tag @number under @family ("Sun", "SGI", "Solaris", "UnixWare",
   "BSD"): "Sun_root", or "Sun_0x42" into @buf. */
const char *tag_hint(const char *family, unsigned number, char buf[TAG_LEN]);

/* What a person calls the hint, or NULL. */
const char *tag_name(const char *hint);

#endif /* FILTERD_TAG_H */
