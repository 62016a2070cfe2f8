/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * copies.c - see copies.h
 */
#include "copies.h"

#include <stdbool.h>
#include <string.h>

#include <openssl/evp.h>

/* LUKS2 On-Disk Format Specification, 2.1: places in a copy, bytes. */
#define COPIES_SUM_NAME_AT	72	/* "sha256" */
#define COPIES_SUM_NAME_LEN	32
#define COPIES_SUM_AT		448
#define COPIES_SUM_LEN		64

/* Whether the checksum of the copy at @off is right. */
static bool copies_intact(const struct header *header, uint64_t size,
			  uint64_t off)
{
	unsigned char piece[4096], want[COPIES_SUM_LEN], sum[EVP_MAX_MD_SIZE];
	char name[COPIES_SUM_NAME_LEN + 1] = "";
	unsigned len = 0;
	EVP_MD_CTX *digest = EVP_MD_CTX_new();
	EVP_MD *md = NULL;
	bool ok = digest != NULL;

	for (uint64_t at = 0; at < size && ok; at += sizeof(piece)) {
		ok = header_read(header, piece, sizeof(piece),
				 off + at) == 0;
		if (at == 0) {		/* summed with the sum's place zero */
			memcpy(name, piece + COPIES_SUM_NAME_AT,
			       COPIES_SUM_NAME_LEN);
			memcpy(want, piece + COPIES_SUM_AT, COPIES_SUM_LEN);
			memset(piece + COPIES_SUM_AT, 0, COPIES_SUM_LEN);
			md = EVP_MD_fetch(NULL, name, NULL);
			ok = ok && md && EVP_DigestInit_ex2(digest, md, NULL);
		}
		ok = ok && EVP_DigestUpdate(digest, piece, sizeof(piece));
	}
	ok = ok && EVP_DigestFinal_ex(digest, sum, &len);
	ok = ok && len <= COPIES_SUM_LEN && memcmp(sum, want, len) == 0;
	EVP_MD_CTX_free(digest);
	EVP_MD_free(md);
	return ok;
}

static void copies_say(const struct header *header, const char *damaged,
		       const char *used)
{
	header->next->say(header->next, FILTER_WARNING, "the %s copy of the"
			  " LUKS2 header is damaged, the %s one is used"
			  " ('cryptsetup repair' mends it)", damaged, used);
}

void copies_warn(const struct header *header, struct crypt_device *cd)
{
	uint64_t size, keyslots;

	if (crypt_get_metadata_size(cd, &size, &keyslots) < 0)
		return;
	if (!copies_intact(header, size, 0))
		copies_say(header, "first", "second");
	else if (!copies_intact(header, size, size))
		copies_say(header, "second", "first");
}
