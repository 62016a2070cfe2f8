/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * magic.h - what a Signature= word says about a medium's bytes
 *
 * A word is the name of a type that libblkid knows, compared with what it
 * found, or OFFSET:HEX, compared with the bytes on the medium.  Where two types
 * were found, neither holds.
 */
#ifndef FILTERD_MAGIC_H
#define FILTERD_MAGIC_H

#include <stdbool.h>
#include <stddef.h>

struct medium;

#define MAGIC_MAX 64u			/* bytes that a word can ask for */
#define MAGIC_REACH (8u << 20)		/* and how far from the start */

bool magic_is_valid(const char *word);

/* Reads the medium for OFFSET:HEX; what cannot be read does not hold. */
bool magic_holds(const char *word, struct medium *medium);

/* What @medium has where @words look: its type, and the bytes. */
void magic_have(char *const *words, size_t n, struct medium *medium,
		char *buf, size_t len);

#endif /* FILTERD_MAGIC_H */
