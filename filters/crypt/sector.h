/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sector.h - ciphers on sectors, as dm-crypt applies them
 *
 * Every sector is encrypted by itself, with an IV that is made of its number.
 * That number counts in 512 bytes whatever the sector's size is.
 */
#ifndef SECTOR_H
#define SECTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "iv.h"

#define SECTOR_MAX_KEY	64u		/* bytes */

/* Keyed contexts of one thread: they are not shared. */
struct sector_lane {
	EVP_CIPHER_CTX *encrypt, *decrypt;
	EVP_CIPHER_CTX *iv;		/* NULL: the IV is not encrypted */
};

struct sector {
	uint32_t size;			/* bytes */
	uint64_t iv_first;
	struct iv iv;
	EVP_CIPHER *cipher;
	struct sector_lane *lanes;
	unsigned n_lanes;
};

/* Whether there is cipher @spec, "aes-xts-plain64", for @key_len bytes: AES in
   XTS with two keys of 128 or 256 bits, or in CBC with one of 128, 192 or 256,
   and any IV that iv.h names. */
bool sector_supports(const char *spec, size_t key_len);

/* Whether OpenSSL has the block cipher and mode of @spec, whatever its IV. */
bool sector_has_cipher(const char *spec, size_t key_len);

/*
 * Contexts for @n_lanes threads.  @size: 512 to 4096 bytes; @iv_first: the
 * number of the first sector, in 512 bytes.  The key is not kept but in the
 * contexts.  -EOPNOTSUPP: no such cipher.  -EKEYREJECTED: an XTS key with two
 * equal halves, which is no protection.  -ENOMEM.  Close in any case.
 */
int sector_open(struct sector *s, const char *spec, const void *key,
		size_t key_len, uint32_t size, uint64_t iv_first,
		unsigned n_lanes);
/* Wipes the keys.  A zeroed struct is allowed. */
void sector_close(struct sector *s);

/*
 * @len bytes, whole sectors, that lie @off bytes into the data.  @out may be
 * @in.  -EIO: OpenSSL refused, @out is undefined.
 */
int sector_encrypt(const struct sector *s, unsigned lane, void *out,
		   const void *in, size_t len, uint64_t off);
int sector_decrypt(const struct sector *s, unsigned lane, void *out,
		   const void *in, size_t len, uint64_t off);

#endif /* SECTOR_H */
