/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * iv.c - see iv.h
 *
 * Code paths: sector_run() -> iv_make(), for each sector.
 */
#include "iv.h"

#include <errno.h>
#include <string.h>

#include <openssl/crypto.h>

static void write_plain64(unsigned char iv[IV_LEN], uint64_t number)
{
	memset(iv, 0, IV_LEN);
	for (unsigned i = 0; i < 8; i++)
		iv[i] = (unsigned char)(number >> (8 * i));
}

static void write_plain(unsigned char iv[IV_LEN], uint64_t number)
{
	write_plain64(iv, number & UINT32_MAX);
}

static void write_plain64be(unsigned char iv[IV_LEN], uint64_t number)
{
	memset(iv, 0, IV_LEN);
	for (unsigned i = 0; i < 8; i++)
		iv[IV_LEN - 1 - i] = (unsigned char)(number >> (8 * i));
}

static const struct {
	const char *name;
	void (*write)(unsigned char iv[IV_LEN], uint64_t number);
} kinds[] = {
	{ "plain", write_plain },
	{ "plain64", write_plain64 },
	{ "plain64be", write_plain64be },
};

#define ESSIV	"essiv:"

/* AES with the hash for its key.  NULL: the hash is not as long as a key is;
   of AES' three lengths, no hash has 24 bytes. */
static const char *essiv_cipher(const EVP_MD *hash)
{
	/* Their length is for the caller to say, and dm-crypt has none. */
	if (EVP_MD_get_flags(hash) & EVP_MD_FLAG_XOF)
		return NULL;
	switch (EVP_MD_get_size(hash)) {
	case 16:
		return "AES-128-ECB";
	case 32:
		return "AES-256-ECB";
	default:
		return NULL;
	}
}

static int essiv_open(struct iv *iv, const char *name, const void *key,
		      size_t key_len)
{
	EVP_MD *hash = EVP_MD_fetch(NULL, name, NULL);
	const char *cipher = hash ? essiv_cipher(hash) : NULL;
	int ok = 0;

	if (cipher)
		iv->cipher = EVP_CIPHER_fetch(NULL, cipher, NULL);
	if (iv->cipher)
		ok = EVP_Digest(key, key_len, iv->salt, NULL, hash, NULL);
	EVP_MD_free(hash);
	return ok ? 0 : -EOPNOTSUPP;
}

int iv_open(struct iv *iv, const char *name, const void *key, size_t key_len)
{
	*iv = (struct iv){ .write = NULL };
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (strcmp(kinds[i].name, name) == 0)
			iv->write = kinds[i].write;
	if (iv->write)
		return 0;
	if (strncmp(name, ESSIV, strlen(ESSIV)) != 0)
		return -EOPNOTSUPP;
	iv->write = write_plain64;
	return essiv_open(iv, name + strlen(ESSIV), key, key_len);
}

bool iv_supports(const char *name)
{
	struct iv iv;
	bool ok = iv_open(&iv, name, "", 0) == 0;

	iv_close(&iv);
	return ok;
}

void iv_close(struct iv *iv)
{
	EVP_CIPHER_free(iv->cipher);
	OPENSSL_cleanse(iv->salt, sizeof(iv->salt));
	iv->cipher = NULL;
}

int iv_context(const struct iv *iv, EVP_CIPHER_CTX **ret)
{
	EVP_CIPHER_CTX *context;

	*ret = NULL;
	if (!iv->cipher)
		return 0;
	context = EVP_CIPHER_CTX_new();
	if (!context || !EVP_EncryptInit_ex2(context, iv->cipher, iv->salt,
					     NULL, NULL) ||
	    !EVP_CIPHER_CTX_set_padding(context, 0)) {
		EVP_CIPHER_CTX_free(context);
		return -ENOMEM;
	}
	*ret = context;
	return 0;
}

int iv_make(const struct iv *iv, EVP_CIPHER_CTX *context, uint64_t number,
	    unsigned char ret[IV_LEN])
{
	int done;

	iv->write(ret, number);
	if (!context)
		return 0;
	if (EVP_EncryptUpdate(context, ret, &done, ret, IV_LEN) != 1 ||
	    done != (int)IV_LEN)
		return -EIO;
	return 0;
}
