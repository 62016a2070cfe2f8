/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * iv.h - the IV of a sector, out of its number, as dm-crypt makes it
 *
 * The names are dm-crypt's (the kernel's dm-crypt.rst):
 *
 *   plain       32 bits, little endian: it begins anew after 2 TiB
 *   plain64     64 bits, little endian
 *   plain64be   64 bits, big endian, at the end of the IV
 *   essiv:HASH  plain64, encrypted with the hash of the volume key
 */
#ifndef IV_H
#define IV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/evp.h>

#define IV_LEN		16u		/* bytes */

struct iv {
	void (*write)(unsigned char iv[IV_LEN], uint64_t number);
	EVP_CIPHER *cipher;		/* of ESSIV, keyed with salt; or NULL */
	unsigned char salt[EVP_MAX_MD_SIZE];
};

/* Whether there is the IV @name, "essiv:sha256", and OpenSSL has its hash. */
bool iv_supports(const char *name);

/*
 * The IV @name for sectors encrypted with @key.  -EOPNOTSUPP: there is none.
 * Close in any case, best when each thread has its context: that wipes the
 * salt.
 */
int iv_open(struct iv *iv, const char *name, const void *key, size_t key_len);
void iv_close(struct iv *iv);

/* A thread's context, freed by the caller; NULL where none is needed.
   -ENOMEM. */
int iv_context(const struct iv *iv, EVP_CIPHER_CTX **ret);

/* The IV of sector @number, in 512 bytes; @context is of iv_context().
   -EIO: OpenSSL refused. */
int iv_make(const struct iv *iv, EVP_CIPHER_CTX *context, uint64_t number,
	    unsigned char ret[IV_LEN]);

#endif /* IV_H */
