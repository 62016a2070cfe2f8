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

static const struct sector_mode {
	const char *spec;		/* what comes before the IV's name */
	size_t key_len;			/* bytes; XTS: both keys */
	const char *cipher;		/* OpenSSL's name */
	bool xts;
} modes[] = {
	{ "aes-xts-", 32, "AES-128-XTS", true },
	{ "aes-xts-", 64, "AES-256-XTS", true },
	{ "aes-cbc-", 16, "AES-128-CBC", false },
	{ "aes-cbc-", 24, "AES-192-CBC", false },
	{ "aes-cbc-", 32, "AES-256-CBC", false },
};

/* *ret_iv: the IV's name, in @spec. */
static const struct sector_mode *sector_mode(const char *spec, size_t key_len,
					     const char **ret_iv)
{
	for (size_t i = 0; i < sizeof(modes) / sizeof(*modes); i++) {
		size_t len = strlen(modes[i].spec);

		if (modes[i].key_len != key_len ||
		    strncmp(modes[i].spec, spec, len) != 0)
			continue;
		*ret_iv = spec + len;
		return &modes[i];
	}
	return NULL;
}

bool sector_supports(const char *spec, size_t key_len)
{
	const char *iv;

	return sector_mode(spec, key_len, &iv) && iv_supports(iv);
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

static int sector_lane_open(const struct sector *s, const void *key,
			    struct sector_lane *ret)
{
	ret->encrypt = sector_context(s->cipher, key, 1);
	ret->decrypt = sector_context(s->cipher, key, 0);
	if (!ret->encrypt || !ret->decrypt)
		return -ENOMEM;
	return iv_context(&s->iv, &ret->iv);
}

static int sector_lanes_open(struct sector *s, const void *key,
			     unsigned n_lanes)
{
	int r = 0;

	s->lanes = calloc(n_lanes, sizeof(*s->lanes));
	if (!s->lanes)
		return -ENOMEM;
	s->n_lanes = n_lanes;
	for (unsigned i = 0; r == 0 && i < n_lanes; i++)
		r = sector_lane_open(s, key, &s->lanes[i]);
	return r;
}

int sector_open(struct sector *s, const char *spec, const void *key,
		size_t key_len, uint32_t size, uint64_t iv_first,
		unsigned n_lanes)
{
	const char *iv;
	const struct sector_mode *mode = sector_mode(spec, key_len, &iv);
	const unsigned char *halves = key;
	int r;

	*s = (struct sector){ .size = size, .iv_first = iv_first };
	if (!mode)
		return -EOPNOTSUPP;
	/* OpenSSL would refuse them too, but when encrypting alone. */
	if (mode->xts &&
	    CRYPTO_memcmp(halves, halves + key_len / 2, key_len / 2) == 0)
		return -EKEYREJECTED;
	s->cipher = EVP_CIPHER_fetch(NULL, mode->cipher, NULL);
	if (!s->cipher)
		return -EOPNOTSUPP;
	r = iv_open(&s->iv, iv, key, key_len);
	if (r == 0)
		r = sector_lanes_open(s, key, n_lanes);
	iv_close(&s->iv);
	return r;
}

void sector_close(struct sector *s)
{
	for (unsigned i = 0; i < s->n_lanes; i++) {
		EVP_CIPHER_CTX_free(s->lanes[i].encrypt);
		EVP_CIPHER_CTX_free(s->lanes[i].decrypt);
		EVP_CIPHER_CTX_free(s->lanes[i].iv);
	}
	free(s->lanes);
	EVP_CIPHER_free(s->cipher);
	*s = (struct sector){ .size = 0 };
}

/* One direction of one thread. */
struct sector_way {
	const struct sector *sector;
	EVP_CIPHER_CTX *context, *iv;
};

static int sector_run(const struct sector_way *way, unsigned char *out,
		      const unsigned char *in, size_t len, uint64_t off)
{
	const struct sector *s = way->sector;
	uint64_t number = s->iv_first + off / 512;

	for (size_t at = 0; at < len; at += s->size, number += s->size / 512) {
		unsigned char iv[IV_LEN];
		int done;

		if (iv_make(&s->iv, way->iv, number, iv) < 0 ||
		    EVP_CipherInit_ex2(way->context, NULL, NULL, iv, -1,
				       NULL) != 1 ||
		    EVP_CipherUpdate(way->context, out + at, &done, in + at,
				     (int)s->size) != 1 ||
		    done != (int)s->size)
			return -EIO;
	}
	return 0;
}

int sector_encrypt(const struct sector *s, unsigned lane, void *out,
		   const void *in, size_t len, uint64_t off)
{
	const struct sector_lane *l = &s->lanes[lane];
	const struct sector_way way = { s, l->encrypt, l->iv };

	return sector_run(&way, out, in, len, off);
}

int sector_decrypt(const struct sector *s, unsigned lane, void *out,
		   const void *in, size_t len, uint64_t off)
{
	const struct sector_lane *l = &s->lanes[lane];
	const struct sector_way way = { s, l->decrypt, l->iv };

	return sector_run(&way, out, in, len, off);
}
