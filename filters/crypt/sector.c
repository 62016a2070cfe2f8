/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sector.c - see sector.h
 *
 * A context is keyed once; for each sector only the IV is set.  That is three
 * quarters of what one long call would reach, while keying per sector halves
 * it (measured with 512-byte sectors).
 *
 * Code paths: crypt_read(), crypt_write() -> sector_decrypt(),
 * sector_encrypt() -> sector_run().
 */
#include "sector.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

/* The number as 64 bits, little endian; then zeros. */
static void sector_plain64(unsigned char iv[SECTOR_IV], uint64_t number)
{
	memset(iv, 0, SECTOR_IV);
	for (unsigned i = 0; i < 8; i++)
		iv[i] = (unsigned char)(number >> (8 * i));
}

static const struct sector_mode {
	const char *spec;
	size_t key_len;			/* bytes; XTS: both keys */
	const char *cipher;		/* OpenSSL's name */
	void (*iv)(unsigned char iv[SECTOR_IV], uint64_t number);
	bool xts;
} modes[] = {
	{ "aes-xts-plain64", 32, "AES-128-XTS", sector_plain64, true },
	{ "aes-xts-plain64", 64, "AES-256-XTS", sector_plain64, true },
};

static const struct sector_mode *sector_mode(const char *spec, size_t key_len)
{
	for (size_t i = 0; i < sizeof(modes) / sizeof(*modes); i++)
		if (strcmp(modes[i].spec, spec) == 0 &&
		    modes[i].key_len == key_len)
			return &modes[i];
	return NULL;
}

bool sector_supports(const char *spec, size_t key_len)
{
	return sector_mode(spec, key_len) != NULL;
}

bool sector_has_cipher(const char *spec, size_t key_len)
{
	char cipher[32], mode[16], name[64];
	EVP_CIPHER *found;

	if (sscanf(spec, "%31[a-z0-9]-%15[a-z0-9]", cipher, mode) != 2)
		return false;
	if (strcmp(mode, "xts") == 0)
		key_len /= 2;
	(void)snprintf(name, sizeof(name), "%s-%zu-%s", cipher, key_len * 8,
		       mode);
	found = EVP_CIPHER_fetch(NULL, name, NULL);
	EVP_CIPHER_free(found);
	return found != NULL;
}

static EVP_CIPHER_CTX *sector_context(const EVP_CIPHER *cipher,
				      const void *key, int encrypt)
{
	EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
	int ok = context && EVP_CipherInit_ex2(context, cipher, key, NULL,
					       encrypt, NULL);

	if (ok && EVP_CIPHER_CTX_set_padding(context, 0))
		return context;
	EVP_CIPHER_CTX_free(context);
	return NULL;
}

int sector_open(struct sector *s, const char *spec, const void *key,
		size_t key_len, uint32_t size, uint64_t iv_first,
		unsigned n_lanes)
{
	const struct sector_mode *mode = sector_mode(spec, key_len);
	const unsigned char *halves = key;

	*s = (struct sector){ .size = size, .iv_first = iv_first };
	if (!mode)
		return -EOPNOTSUPP;
	/* OpenSSL would refuse them too, but when encrypting alone. */
	if (mode->xts &&
	    CRYPTO_memcmp(halves, halves + key_len / 2, key_len / 2) == 0)
		return -EKEYREJECTED;
	s->iv = mode->iv;
	s->cipher = EVP_CIPHER_fetch(NULL, mode->cipher, NULL);
	if (!s->cipher)
		return -EOPNOTSUPP;
	s->lanes = calloc(n_lanes, sizeof(*s->lanes));
	if (!s->lanes)
		return -ENOMEM;
	s->n_lanes = n_lanes;
	for (unsigned i = 0; i < n_lanes; i++) {
		struct sector_lane *lane = &s->lanes[i];

		lane->encrypt = sector_context(s->cipher, key, 1);
		lane->decrypt = sector_context(s->cipher, key, 0);
		if (!lane->encrypt || !lane->decrypt)
			return -ENOMEM;
	}
	return 0;
}

void sector_close(struct sector *s)
{
	for (unsigned i = 0; i < s->n_lanes; i++) {
		EVP_CIPHER_CTX_free(s->lanes[i].encrypt);
		EVP_CIPHER_CTX_free(s->lanes[i].decrypt);
	}
	free(s->lanes);
	EVP_CIPHER_free(s->cipher);
	*s = (struct sector){ .size = 0 };
}

static int sector_run(const struct sector *s, EVP_CIPHER_CTX *context,
		      unsigned char *out, const unsigned char *in, size_t len,
		      uint64_t off)
{
	uint64_t number = s->iv_first + off / 512;

	for (size_t at = 0; at < len; at += s->size, number += s->size / 512) {
		unsigned char iv[SECTOR_IV];
		int done;

		s->iv(iv, number);
		if (EVP_CipherInit_ex2(context, NULL, NULL, iv, -1,
				       NULL) != 1 ||
		    EVP_CipherUpdate(context, out + at, &done, in + at,
				     (int)s->size) != 1 ||
		    done != (int)s->size)
			return -EIO;
	}
	return 0;
}

int sector_encrypt(const struct sector *s, unsigned lane, void *out,
		   const void *in, size_t len, uint64_t off)
{
	return sector_run(s, s->lanes[lane].encrypt, out, in, len, off);
}

int sector_decrypt(const struct sector *s, unsigned lane, void *out,
		   const void *in, size_t len, uint64_t off)
{
	return sector_run(s, s->lanes[lane].decrypt, out, in, len, off);
}
