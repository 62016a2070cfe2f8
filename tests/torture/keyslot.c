/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * keyslot.c - see keyslot.h
 *
 * A keyslot holds the volume key, split into 4000 stripes that are all needed
 * (LUKS On-Disk Format Specification, version 1.2.3, chapter 2.4), encrypted
 * with what PBKDF2 makes of the passphrase.
 */
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>

#include "keyslot.h"
#include "sound.h"

enum { STRIPES = 4000, ITERATIONS = 1000, SUM_LEN = 32, KEY_MAX = 64 };

static const char passphrase[] = "open sesame";

static void must(int ok)
{
	if (ok != 1)
		abort();
}

/* Each piece of a stripe is replaced by the hash of its number and itself. */
static void diffuse(unsigned char *stripe, size_t len)
{
	unsigned char text[4 + SUM_LEN];

	for (size_t i = 0; i * SUM_LEN < len; i++) {
		put_be32(text, (uint32_t)i);
		memcpy(text + 4, stripe + i * SUM_LEN, SUM_LEN);
		must(EVP_Digest(text, sizeof(text), stripe + i * SUM_LEN,
				NULL, EVP_sha256(), NULL));
	}
}

static void split(const unsigned char *key, size_t len, unsigned char *area)
{
	unsigned char sum[KEY_MAX] = { 0 };

	for (size_t n = 0; n < STRIPES; n++, area += len) {
		for (size_t i = 0; i < len; i++) {
			area[i] = n + 1 == STRIPES ? sum[i] ^ key[i] :
				  (unsigned char)((n * 31 + i * 7) >> 3);
			sum[i] ^= area[i];
		}
		diffuse(sum, len);
	}
}

/* aes-xts-plain64: the number of the sector, little-endian, is its tweak. */
static void encrypt(const unsigned char *key, size_t key_len,
		    unsigned char *area, size_t len)
{
	const EVP_CIPHER *cipher = key_len == KEY_MAX ? EVP_aes_256_xts() :
							EVP_aes_128_xts();
	EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
	unsigned char tweak[16] = { 0 };
	int out;

	must(context != NULL);
	for (size_t off = 0; off < len; off += SECTOR) {
		put_le64(tweak, off / SECTOR);
		must(EVP_EncryptInit_ex2(context, cipher, key, tweak, NULL));
		must(EVP_EncryptUpdate(context, area + off, &out, area + off,
				       SECTOR));
	}
	EVP_CIPHER_CTX_free(context);
}

static void derive(const void *from, size_t from_len,
		   const unsigned char salt[32], unsigned char *to,
		   size_t to_len)
{
	must(PKCS5_PBKDF2_HMAC(from, (int)from_len, salt, 32, ITERATIONS,
			       EVP_sha256(), (int)to_len, to));
}

/* Any key will do whose halves differ. */
static void volume_key(unsigned char key[KEY_MAX])
{
	for (size_t i = 0; i < KEY_MAX; i++)
		key[i] = (unsigned char)(i * i + 1);
}

static void fill(unsigned char *area, size_t key_len,
		 const unsigned char salt[32])
{
	unsigned char key[KEY_MAX], derived[KEY_MAX];

	volume_key(key);
	split(key, key_len, area);
	derive(passphrase, strlen(passphrase), salt, derived, key_len);
	encrypt(derived, key_len, area, key_len * STRIPES);
}

/* Shorter keyslots follow each other more closely. */
static void move_closer(struct image *image)
{
	for (uint32_t i = 0; i < LUKS1_N_SLOTS; i++)
		put_be32(image->data + LUKS1_SLOTS + i * LUKS1_SLOT_LEN +
			 LUKS1_SLOT_OFFSET, LUKS1_AREA / SECTOR + i * 256);
	put_be32(image->data + LUKS1_KEY_LEN, 32);
	put_be32(image->data + LUKS1_PAYLOAD, KEYSLOT_SMALL / SECTOR);
}

void keyslot_luks1(struct image *image, uint32_t key_len)
{
	unsigned char *header = image->data, key[KEY_MAX];

	luks1_sound(image);
	if (key_len == 32)
		move_closer(image);
	volume_key(key);
	derive(key, key_len, header + LUKS1_SALT, header + LUKS1_DIGEST, 20);
	fill(header + LUKS1_AREA, key_len,
	     header + LUKS1_SLOTS + LUKS1_SLOT_SALT);
}

/* In the place of the text behind @key comes @value, as long or shorter. */
static void replace(char *json, const char *key, const char *value)
{
	char *at = strstr(json, key), *end;

	if (!at)
		abort();
	at += strlen(key);
	end = strchr(at, '"');
	memmove(at + strlen(value), end, strlen(end) + 1);
	memcpy(at, value, strlen(value));
}

void keyslot_luks2(struct image *image, uint32_t data)
{
	unsigned char salt[32], key[KEY_MAX], sum[SUM_LEN];
	char json[4096], text[64];

	for (unsigned i = 0; i < sizeof(salt); i++)
		salt[i] = (unsigned char)i;		/* as in the JSON */
	volume_key(key);
	derive(key, KEY_MAX, salt, sum, sizeof(sum));
	EVP_EncodeBlock((unsigned char *)text, sum, sizeof(sum));
	strcpy(json, luks2_json);
	replace(json, "\"digest\":\"", text);
	snprintf(text, sizeof(text), "%u", data);
	replace(json, "\"crypt\",\"offset\":\"", text);
	snprintf(text, sizeof(text), "%u", data - LUKS2_AREA);
	replace(json, "\"keyslots_size\":\"", text);
	luks2_put_json(image, json, strlen(json) + 1);
	fill(image->data + LUKS2_AREA, KEY_MAX, salt);
}
