/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * hint.h - content hints: how they compare, their friendly names, the aliases
 * that people type
 *
 * A hint is what a map says about a partition: a GPT type UUID in upper case,
 * an MBR type's name from the table or "0xNN", an Apple type string.
 */
#ifndef FILTERD_HINT_H
#define FILTERD_HINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a person calls it ("Linux LUKS", "EFI System"), or NULL. */
const char *hint_name(const char *hint);

/* The hint that stands for an MBR type byte: "Linux", or "0x27" into @buf. */
const char *hint_mbr(uint8_t type, char buf[8]);

/* The MBR type byte of a hint or of "0xNN"; -ENOENT if it is none. */
int hint_mbr_type(const char *hint, uint8_t *ret);

/*
 * Whether @hint is what @want names.  GPT and MBR hints compare without case,
 * others with.  @want may have a prefix "gpt:", "mbr:" or "apple:" ("apm:"),
 * which must then be the @scheme of the medium's map.
 */
bool hint_equal(const char *want, const char *hint, const char *scheme);

/* Whether @want is @name as a person has called a type of @scheme, with a prefix
   or without: a number never is. */
bool hint_is_called(const char *want, const char *name, const char *scheme);

/*
 * What somebody typed as a type for a new partition under @scheme ("gpt",
 * "mbr", "apple"): a UUID, 0xNN, an Apple string, or an alias such as
 * "linux-data", "luks", "esp".  Writes the type as the scheme wants it into
 * @buf.  Returns 0 or -EINVAL.
 */
int hint_resolve(const char *typed, const char *scheme, char *buf, size_t len);

/* The aliases, for help and "did you mean"; the last is NULL. */
extern const char *const hint_aliases[];

#endif /* FILTERD_HINT_H */
