/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * hex.h - bytes as hexadecimal digits: how JSON carries them
 */
#ifndef FILTERD_HEX_H
#define FILTERD_HEX_H

#include <stddef.h>

/* "00ff"; allocated, the caller's.  NULL: out of memory. */
char *hex_write(const void *bytes, size_t len);

/*
 * The bytes that @text says, two digits each; allocated (never NULL at
 * success), the caller's.  0, -EINVAL for what is no such text, or -ENOMEM.
 */
int hex_read(const char *text, unsigned char **ret, size_t *ret_len);

#endif /* FILTERD_HEX_H */
