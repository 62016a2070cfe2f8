/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * luks.c - see luks.h
 *
 * The library reads a copy of the header (header.c).  It does for us what is
 * its own: both header copies, key derivation, keyslots, digests.  What it
 * checks only when it activates a volume is done here and in segment.c.
 */
#include "luks.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <libcryptsetup.h>
#include <openssl/evp.h>

#include "header.h"
#include "keyslot.h"
#include "mark.h"
#include "segment.h"

/* LUKS2 On-Disk Format Specification, 2.1: places in a copy, bytes. */
#define LUKS2_SUM_NAME_AT	72	/* "sha256" */
#define LUKS2_SUM_NAME_LEN	32
#define LUKS2_SUM_AT		448
#define LUKS2_SUM_LEN		64

struct luks {
	struct filter_next *next;
	struct mark mark;
	struct header header;
	struct crypt_device *cd;
	char said[160];			/* the library's last error */
};

int luks_probe(struct filter_next *next)
{
	struct mark mark;
	int r = mark_find(next, &mark);

	if (r == -ENODEV)
		next->say(next, FILTER_WHY, "no LUKS header");
	return r;
}

static void luks_log(int level, const char *text, void *arg)
{
	struct luks *l = arg;
	size_t len = strcspn(text, "\n");

	if (level != CRYPT_LOG_ERROR)
		return;
	(void)snprintf(l->said, sizeof(l->said), "%.*s", (int)len, text);
	l->next->say(l->next, FILTER_DEBUG, "libcryptsetup: %s", l->said);
}

/* Before there is a device the library logs to standard error. */
static void luks_log_nothing(int level, const char *text, void *arg)
{
	(void)level;
	(void)text;
	(void)arg;
}

static int luks_truncated(struct luks *l, uint64_t least)
{
	l->next->say(l->next, FILTER_WHY, "the medium is truncated: it has %llu"
		     " bytes, the LUKS header speaks of at least %llu",
		     (unsigned long long)l->next->medium->size,
		     (unsigned long long)least);
	return -EBADMSG;
}

static int luks_load(struct luks *l)
{
	int r;

	/* The copy is ours alone: there is nobody to lock out. */
	crypt_set_log_callback(NULL, luks_log_nothing, NULL);
	(void)crypt_metadata_locking(NULL, 0);
	r = crypt_init(&l->cd, l->header.path);
	if (r < 0)
		return r;
	crypt_set_log_callback(l->cd, luks_log, l);
	return crypt_load(l->cd, CRYPT_LUKS, NULL);
}

/* What the first copy says of its size may be what is damaged. */
static int luks_load_more(struct luks *l)
{
	int r;

	crypt_free(l->cd);
	l->cd = NULL;
	r = header_copy(&l->header, 0, MARK_LONGEST);
	return r < 0 ? r : luks_load(l);
}

static int luks_damaged(struct luks *l)
{
	l->next->say(l->next, FILTER_WHY, "the LUKS%u header is damaged%s%s%s",
		     l->mark.version,
		     l->mark.version == 2 ? ", in both its copies" : "",
		     l->said[0] ? ": " : "", l->said);
	return -EBADMSG;
}

static int luks_open(struct luks *l)
{
	int r = mark_find(l->next, &l->mark);

	if (r == -ENODEV)
		l->next->say(l->next, FILTER_WHY, "no LUKS header");
	if (r < 0)
		return r;
	if (l->mark.version != 1 && l->mark.version != 2) {
		l->next->say(l->next, FILTER_WHY, "LUKS version %u is not"
			     " supported", l->mark.version);
		return -EOPNOTSUPP;
	}
	if (l->mark.least > l->next->medium->size)
		return luks_truncated(l, l->mark.least);
	r = header_open(&l->header, l->next);
	if (r == 0)
		r = header_copy(&l->header, 0, l->mark.head);
	return r;
}

static int luks_read(struct luks *l)
{
	int r = luks_load(l);

	if (r == -EINVAL && l->mark.version == 2)
		r = luks_load_more(l);
	if (r == -EINVAL)
		return luks_damaged(l);
	if (r < 0)
		l->next->say(l->next, FILTER_WHY, "libcryptsetup cannot read"
			     " the LUKS header%s%s", l->said[0] ? ": " : "",
			     l->said);
	return r;
}

static void luks_close(struct luks *l)
{
	crypt_free(l->cd);
	header_close(&l->header);
}

/* Whether the checksum of the copy at @off is right. */
static bool luks_intact(struct luks *l, uint64_t size, uint64_t off)
{
	unsigned char piece[4096], want[LUKS2_SUM_LEN], sum[EVP_MAX_MD_SIZE];
	char name[LUKS2_SUM_NAME_LEN + 1] = "";
	unsigned len = 0;
	EVP_MD_CTX *digest = EVP_MD_CTX_new();
	EVP_MD *md = NULL;
	bool ok = digest != NULL;

	for (uint64_t at = 0; at < size && ok; at += sizeof(piece)) {
		ok = header_read(&l->header, piece, sizeof(piece),
				 off + at) == 0;
		if (at == 0) {		/* summed with the sum's place zero */
			memcpy(name, piece + LUKS2_SUM_NAME_AT,
			       LUKS2_SUM_NAME_LEN);
			memcpy(want, piece + LUKS2_SUM_AT, LUKS2_SUM_LEN);
			memset(piece + LUKS2_SUM_AT, 0, LUKS2_SUM_LEN);
			md = EVP_MD_fetch(NULL, name, NULL);
			ok = ok && md && EVP_DigestInit_ex2(digest, md, NULL);
		}
		ok = ok && EVP_DigestUpdate(digest, piece, sizeof(piece));
	}
	ok = ok && EVP_DigestFinal_ex(digest, sum, &len);
	ok = ok && len <= LUKS2_SUM_LEN && memcmp(sum, want, len) == 0;
	EVP_MD_CTX_free(digest);
	EVP_MD_free(md);
	return ok;
}

static void luks_warn(struct luks *l, const char *damaged, const char *used)
{
	l->next->say(l->next, FILTER_WARNING, "the %s copy of the LUKS2 header"
		     " is damaged, the %s one is used ('cryptsetup repair'"
		     " mends it)", damaged, used);
}

/* One good copy is enough for the library: it says nothing. */
static void luks_warn_of_damage(struct luks *l)
{
	uint64_t size, keyslots;

	if (l->header.unreadable)
		l->next->say(l->next, FILTER_WARNING, "parts of the header"
			     " cannot be read: save the data while you can");
	if (l->mark.version != 2 ||
	    crypt_get_metadata_size(l->cd, &size, &keyslots) < 0)
		return;
	if (!luks_intact(l, size, 0))
		luks_warn(l, "first", "second");
	else if (!luks_intact(l, size, size))
		luks_warn(l, "second", "first");
}

/* The library's own opinion, should it know more than the JSON tells. */
static int luks_requirements(struct luks *l)
{
	uint32_t flags = 0;
	int r = crypt_persistent_flags_get(l->cd, CRYPT_FLAGS_REQUIREMENTS,
					   &flags);

	if (r == 0 && flags == 0 &&
	    crypt_reencrypt_status(l->cd, NULL) == CRYPT_REENCRYPT_NONE)
		return 0;
	l->next->say(l->next, FILTER_WHY, "the LUKS2 header requires what is"
		     " not supported (flags 0x%x)", flags);
	return -EOPNOTSUPP;
}

static int luks_segment(struct luks *l, struct segment *ret)
{
	const char *json = NULL;
	const char *cipher, *mode;
	int n, r;

	if (l->mark.version == 2) {
		r = crypt_dump_json(l->cd, &json, 0);
		if (r < 0 || !json)
			return r < 0 ? r : -EBADMSG;
		r = segment_read(l->next, json, ret);
		return r < 0 ? r : luks_requirements(l);
	}
	cipher = crypt_get_cipher(l->cd);
	mode = crypt_get_cipher_mode(l->cd);
	n = snprintf(ret->cipher, sizeof(ret->cipher), "%s-%s",
		     cipher ? cipher : "", mode ? mode : "");
	if (n < 0 || (size_t)n >= sizeof(ret->cipher))
		return -EBADMSG;
	ret->offset = crypt_get_data_offset(l->cd) * 512;
	ret->iv_first = crypt_get_iv_offset(l->cd);
	ret->sector_size = 512;
	return 0;
}

/* Where the data end: at the medium's end, or before. */
static int luks_place(struct luks *l, const struct segment *segment,
		      struct crypt_ticket *ret)
{
	const struct filter_medium *m = l->next->medium;
	uint64_t unit = segment->sector_size > m->granule ?
			segment->sector_size : m->granule;
	uint64_t size;

	if (segment->offset == 0) {
		l->next->say(l->next, FILTER_WHY, "this header is a detached"
			     " one: its data are on another medium");
		return -EOPNOTSUPP;
	}
	if (segment->offset >= m->size || m->size - segment->offset < unit)
		return luks_truncated(l, segment->offset + unit);
	if (segment->offset % m->granule != 0) {
		l->next->say(l->next, FILTER_WHY, "the data begin at byte %llu,"
			     " in the middle of a block of %u bytes",
			     (unsigned long long)segment->offset, m->granule);
		return -EOPNOTSUPP;
	}
	size = m->size - segment->offset;
	if (segment->size > size)
		l->next->say(l->next, FILTER_WARNING, "the medium is truncated:"
			     " of %llu bytes of data it has %llu",
			     (unsigned long long)segment->size,
			     (unsigned long long)size);
	else if (segment->size > 0)
		size = segment->size;
	ret->data_offset = segment->offset;
	ret->data_size = size - size % unit;
	return 0;
}

static void luks_name(struct luks *l, struct crypt_ticket *ret)
{
	const char *uuid = crypt_get_uuid(l->cd);
	const char *label = crypt_get_label(l->cd);

	(void)snprintf(ret->uuid, sizeof(ret->uuid), "%s", uuid ? uuid : "");
	(void)snprintf(ret->label, sizeof(ret->label), "%s",
		       label ? label : "");
}

/* All of the ticket but the key. */
static int luks_describe(struct luks *l, struct crypt_ticket *ret)
{
	struct segment segment = { .offset = 0 };
	int key_len, r;

	r = luks_segment(l, &segment);
	if (r < 0)
		return r;
	/* LUKS2 has the key's size in the keyslots alone. */
	key_len = crypt_get_volume_key_size(l->cd);
	if (key_len <= 0) {
		l->next->say(l->next, FILTER_WHY, "the header holds no keyslot:"
			     " no passphrase opens it");
		return -ENOKEY;
	}
	if (!sector_supports(segment.cipher, (size_t)key_len)) {
		l->next->say(l->next, FILTER_WHY, "the cipher %s with a key of"
			     " %d bits is not supported", segment.cipher,
			     key_len * 8);
		return -EOPNOTSUPP;
	}
	r = luks_place(l, &segment, ret);
	if (r < 0)
		return r;
	ret->version = CRYPT_TICKET_VERSION;
	ret->sector_size = segment.sector_size;
	ret->iv_first = segment.iv_first;
	ret->key_len = (uint32_t)key_len;
	strcpy(ret->cipher, segment.cipher);
	luks_name(l, ret);
	return 0;
}

static int luks_ask(struct luks *l, struct keyslots *k,
		    struct crypt_ticket *ret)
{
	struct filter_next *next = l->next;
	struct filter_secret secret;

	for (unsigned attempt = 0;; attempt++) {
		int r = next->ask(next, FILTER_PASSPHRASE,
				  l->mark.version == 1 ? "LUKS1" : "LUKS2",
				  attempt, &secret);

		if (r == -ENOKEY && attempt > 0)
			next->say(next, FILTER_WHY, "no key available with this"
				  " passphrase (or a keyslot is damaged)");
		if (r < 0)
			return r;
		r = keyslots_open(k, &secret, ret->key, ret->key_len);
		if (r != -EPERM)
			return r;
		/* The one who types hears it at the next prompt. */
		next->say(next, FILTER_DEBUG,
			  "this passphrase opens no keyslot");
	}
}

int luks_prepare(struct filter_next *next, const struct luks_options *options,
		 struct crypt_ticket *ret)
{
	struct luks l = { .next = next, .header.fd = -1 };
	struct keyslots k;
	int r;

	r = luks_open(&l);
	if (r == 0)
		r = luks_read(&l);
	if (r == 0)
		r = luks_describe(&l, ret);
	if (r == 0)
		r = keyslots_choose(&k, l.cd, &l.header, options->slot,
				    options->memory_limit);
	if (r == 0) {
		luks_warn_of_damage(&l);
		r = luks_ask(&l, &k, ret);
	}
	luks_close(&l);
	return r;
}
