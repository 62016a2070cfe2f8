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
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <libcryptsetup.h>

#include "copies.h"
#include "header.h"
#include "keyslot.h"
#include "mark.h"
#include "segment.h"

struct luks {
	struct filter_next *next;
	struct filter_next *from;	/* what the header lies on */
	const struct luks_options *options;
	struct mark mark;
	struct header header;
	struct crypt_device *cd;
	char said[160];			/* the library's last error */
};

static int luks_find(struct filter_next *next, struct filter_next *header,
		     struct mark *ret)
{
	int r = mark_find(header ? header : next, ret);

	if (r == -ENODEV)
		next->say(next, FILTER_WHY, "no LUKS header%s", header ?
			  " in what the setting 'header' names" : "");
	return r;
}

int luks_probe(struct filter_next *next, struct filter_next *header)
{
	struct mark mark;

	return luks_find(next, header, &mark);
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

static int luks_truncated(struct luks *l, const struct filter_medium *medium,
			  uint64_t least)
{
	l->next->say(l->next, FILTER_WHY, "the %s is truncated: it has %llu"
		     " bytes, the LUKS header speaks of at least %llu",
		     medium == l->next->medium ? "medium" : "detached header",
		     (unsigned long long)medium->size,
		     (unsigned long long)least);
	return -EBADMSG;
}

static int luks_load(struct luks *l)
{
	int r;

	/* The copy is ours alone: there is nobody to lock out. */
	crypt_set_log_callback(NULL, luks_log_nothing, NULL);
	(void)crypt_metadata_locking(NULL, 0);
	/* Their handlers are modules, and cannot be opened here. */
	crypt_token_external_disable();
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
	int r = luks_find(l->next, l->options->header, &l->mark);

	if (r < 0)
		return r;
	if (l->mark.version != 1 && l->mark.version != 2) {
		l->next->say(l->next, FILTER_WHY, "LUKS version %u is not"
			     " supported", l->mark.version);
		return -EOPNOTSUPP;
	}
	if (l->mark.least > l->from->medium->size)
		return luks_truncated(l, l->from->medium, l->mark.least);
	r = header_open(&l->header, l->next, l->from);
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

/* To as much as the user asked for; @unit: bytes. */
static int luks_cut(struct luks *l, uint64_t unit, struct crypt_ticket *ret)
{
	uint64_t want = l->options->size;

	if (want == 0)
		return 0;
	if (want <= ret->data_size && want % unit == 0) {
		ret->data_size = want;
		return 0;
	}
	l->next->say(l->next, FILTER_WHY, "device-size is %llu bytes, and the"
		     " data are %llu in blocks of %llu",
		     (unsigned long long)want,
		     (unsigned long long)ret->data_size,
		     (unsigned long long)unit);
	return -EINVAL;
}

/* Whether the data's medium is the header's: who names a header's file as the
   data would write over all keys. */
static bool luks_is_its_data(struct luks *l)
{
	unsigned char here[512], there[512];

	if (l->from == l->next)
		return true;
	return header_peek(l->next, here, sizeof(here), 0) == 0 &&
	       header_peek(l->from, there, sizeof(there), 0) == 0 &&
	       memcmp(here, "LUKS\xba\xbe", 6) == 0 &&
	       memcmp(here, there, sizeof(here)) == 0;
}

/* Where the data end: at the medium's end, or before. */
static int luks_place(struct luks *l, const struct segment *segment,
		      struct crypt_ticket *ret)
{
	const struct filter_medium *m = l->next->medium;
	uint64_t unit = segment->sector_size > m->granule ?
			segment->sector_size : m->granule;
	uint64_t size;

	if (segment->offset == 0 && luks_is_its_data(l)) {
		l->next->say(l->next, FILTER_WHY, "this header is a detached"
			     " one: its data are on another medium (name that"
			     " one, and this with"
			     " --filter crypt,header=HEADER)");
		return -EOPNOTSUPP;
	}
	if (segment->offset >= m->size || m->size - segment->offset < unit)
		return luks_truncated(l, m, segment->offset + unit);
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
	return luks_cut(l, unit, ret);
}

static void luks_name(struct luks *l, struct crypt_ticket *ret)
{
	const char *uuid = crypt_get_uuid(l->cd);
	const char *label = crypt_get_label(l->cd);

	(void)snprintf(ret->uuid, sizeof(ret->uuid), "%s", uuid ? uuid : "");
	(void)snprintf(ret->label, sizeof(ret->label), "%s",
		       label ? label : "");
}

/* What the maker of the volume wants of whoever opens it.  The other flags are
   about the threads of the kernel's dm-crypt. */
static void luks_flags(struct luks *l, struct crypt_ticket *ret)
{
	uint32_t flags = 0;

	if (l->mark.version == 2 &&
	    crypt_persistent_flags_get(l->cd, CRYPT_FLAGS_ACTIVATION,
				       &flags) == 0)
		ret->discards = (flags & CRYPT_ACTIVATE_ALLOW_DISCARDS) != 0;
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
	luks_flags(l, ret);
	return 0;
}

/* A volume may be made to open without a question: not here. */
static void luks_tokens(struct luks *l)
{
	int max = crypt_token_max(CRYPT_LUKS2);

	for (int i = 0; l->mark.version == 2 && i < max; i++) {
		const char *type = NULL;
		crypt_token_info info = crypt_token_status(l->cd, i, &type);

		if (info != CRYPT_TOKEN_INVALID &&
		    info != CRYPT_TOKEN_INACTIVE && type)
			l->next->say(l->next, FILTER_INFO, "token %d, %s, is"
				     " not used: the passphrase opens the"
				     " volume", i, type);
	}
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
	struct luks l = {
		.next = next, .options = options, .header.fd = -1,
		.from = options->header ? options->header : next,
	};
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
		if (l.header.unreadable)
			next->say(next, FILTER_WARNING, "parts of the header"
				  " cannot be read: save the data while you"
				  " can");
		if (l.mark.version == 2)
			copies_warn(&l.header, l.cd);
		luks_tokens(&l);
		r = luks_ask(&l, &k, ret);
	}
	luks_close(&l);
	return r;
}
