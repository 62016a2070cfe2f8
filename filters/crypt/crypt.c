/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * crypt - opens LUKS1 and LUKS2 volumes
 *
 * prepare finds the header, asks for a passphrase and puts the volume key with
 * the place of the data into the ticket (luks.c, in the helper).  From there
 * on it is sectors: read and decrypt in place, encrypt into scratch and write.
 *
 * No map: the holes of a sparse image decrypt to noise.  No zero: the layer's
 * gate writes zeros, which get encrypted.  Discards go down when the user, or
 * the header, says so: they tell a thief which sectors are used.
 *
 * Code paths: crypt_read() -> next->read -> sector_decrypt();
 * crypt_write() -> sector_encrypt() -> next->write.
 */
#include "bench.h"
#include "crypt.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <filterd/filter.h>

#include <openssl/crypto.h>

#include "luks.h"

struct crypt {
	/* Settings. */
	unsigned discard;		/* enum crypt_discard */
	unsigned key_slot;		/* 0: any; else the slot and one */
	struct filter_next *header;	/* in the helper; NULL: at the data */
	uint64_t device_size;		/* bytes; 0: all */
	uint64_t kdf_memory_limit;	/* bytes */

	/* Fixed from start to stop. */
	uint64_t data_offset, data_size;
	bool discards;			/* asked for, and possible below */
	char uuid[40];
	struct sector sector;
};

enum crypt_discard { CRYPT_DISCARD_AUTO, CRYPT_DISCARD_NO,
		     CRYPT_DISCARD_YES };

static const char *const discard_names[] = { "auto", "no", "yes", NULL };

static const char *const slot_names[] = {
	"any", "0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11",
	"12", "13", "14", "15", "16", "17", "18", "19", "20", "21", "22",
	"23", "24", "25", "26", "27", "28", "29", "30", "31", NULL
};

static const struct filter_param crypt_params[] = {
	{ .name = "discard", .type = FILTER_CHOICE,
	  .at = offsetof(struct crypt, discard), .preset = "auto",
	  .summary = "pass discards down; shows which sectors are used",
	  .choices = discard_names },
	{ .name = "key-slot", .type = FILTER_CHOICE,
	  .at = offsetof(struct crypt, key_slot), .preset = "any",
	  .summary = "the one keyslot to try", .choices = slot_names },
	{ .name = "kdf-memory-limit", .type = FILTER_SIZE,
	  .at = offsetof(struct crypt, kdf_memory_limit), .preset = "2G",
	  .summary = "keyslots that need more memory are passed over",
	  .min = 1 << 20 },
	{ .name = "header", .type = FILTER_MEDIUM,
	  .at = offsetof(struct crypt, header), .flags = FILTER_READONLY,
	  .summary = "file or disk that holds the header, not the data" },
	{ .name = "device-size", .type = FILTER_SIZE,
	  .at = offsetof(struct crypt, device_size), .preset = "0",
	  .summary = "bytes of the data to use; 0: all" },
	{ .name = NULL },
};

static int crypt_probe(void *self, struct filter_next *next, int *score)
{
	const struct crypt *c = self;

	(void)score;
	return luks_probe(next, c->header);
}

static int crypt_prepare(void *self, struct filter_next *next)
{
	const struct crypt *c = self;
	const struct luks_options options = {
		.slot = (int)c->key_slot - 1,
		.memory_limit = c->kdf_memory_limit,
		.header = c->header,
		.size = c->device_size,
	};
	struct crypt_ticket *ticket = next->ticket(next, sizeof(*ticket));
	int r;

	if (!ticket)
		return -ENOMEM;
	r = luks_prepare(next, &options, ticket);
	if (r < 0)
		OPENSSL_cleanse(ticket, sizeof(*ticket));
	return r;
}

/* It came from a process that parsed foreign bytes: believe none of it. */
static int crypt_check(struct filter_next *next, const struct crypt_ticket *t,
		       size_t len)
{
	const struct filter_medium *m = next->medium;
	uint64_t unit;

	if (!t || len != sizeof(*t) || t->version != CRYPT_TICKET_VERSION)
		return -EBADMSG;
	if (!memchr(t->cipher, '\0', sizeof(t->cipher)) ||
	    !memchr(t->uuid, '\0', sizeof(t->uuid)) ||
	    !memchr(t->label, '\0', sizeof(t->label)))
		return -EBADMSG;
	if (t->sector_size < 512 || t->sector_size > 4096 ||
	    (t->sector_size & (t->sector_size - 1)) != 0 ||
	    t->key_len > sizeof(t->key))
		return -EBADMSG;
	unit = t->sector_size > m->granule ? t->sector_size : m->granule;
	if (t->data_size == 0 || t->data_size % unit != 0 ||
	    t->data_offset % m->granule != 0 || t->data_size > m->size ||
	    t->data_offset > m->size - t->data_size)
		return -EBADMSG;
	return 0;
}

/* Checks the ticket and makes the contexts: what start and resume share. */
static int crypt_key(struct crypt *c, struct filter_next *next,
		     const struct crypt_ticket *ticket, size_t len)
{
	int r = crypt_check(next, ticket, len);

	if (r < 0) {
		next->say(next, FILTER_WHY,
			  "what prepare left for start makes no sense");
		return r;
	}
	r = sector_open(&c->sector, ticket->cipher, ticket->key,
			ticket->key_len, ticket->sector_size,
			ticket->iv_first, next->lanes);
	if (r == 0)
		return 0;
	sector_close(&c->sector);
	if (r == -EKEYREJECTED) {
		next->say(next, FILTER_WHY, "the two halves of the volume key"
			  " are equal: it would protect nothing");
		return -EOPNOTSUPP;
	}
	if (r == -EOPNOTSUPP)
		next->say(next, FILTER_WHY, "OpenSSL does not offer cipher %s"
			  " here", ticket->cipher);
	return r;
}

static int crypt_start(void *self, struct filter_next *next,
		       struct filter_medium *medium, const void *ticket,
		       size_t len)
{
	struct crypt *c = self;
	const struct crypt_ticket *t = ticket;
	int r = crypt_key(c, next, t, len);

	if (r < 0)
		return r;
	c->data_offset = t->data_offset;
	c->data_size = t->data_size;
	c->discards = medium->discards &&
		      (c->discard == CRYPT_DISCARD_YES ||
		       (c->discard == CRYPT_DISCARD_AUTO && t->discards));
	strcpy(c->uuid, t->uuid);

	medium->size = t->data_size;
	medium->whole = true;	/* it may hold a map of its own */
	if (medium->granule < t->sector_size)
		medium->granule = t->sector_size;
	if (medium->best % medium->granule != 0)
		medium->best = 0;
	medium->discards = c->discards;
	medium->hint[0] = '\0';
	strcpy(medium->uuid, t->uuid);
	if (t->label[0])
		strcpy(medium->label, t->label);
	return 0;
}

static int crypt_suspend(void *self, struct filter_next *next)
{
	struct crypt *c = self;

	(void)next;
	sector_close(&c->sector);
	return 0;
}

static int crypt_resume(void *self, struct filter_next *next,
			const void *ticket, size_t len)
{
	struct crypt *c = self;
	const struct crypt_ticket *t = ticket;
	int r = crypt_key(c, next, t, len);

	if (r < 0)
		return r;
	if (t->data_offset == c->data_offset &&
	    t->data_size == c->data_size && strcmp(t->uuid, c->uuid) == 0)
		return 0;
	sector_close(&c->sector);
	next->say(next, FILTER_WHY, "another volume lies here now");
	return -ESTALE;
}

static int crypt_stop(void *self, struct filter_next *next)
{
	return crypt_suspend(self, next);
}

static void crypt_fini(void *self)
{
	struct crypt *c = self;

	sector_close(&c->sector);
}

static int crypt_read(void *self, struct filter_next *next, void *buf,
		      size_t len, uint64_t off)
{
	const struct crypt *c = self;
	int r = next->read(next, buf, len, c->data_offset + off);

	if (r < 0)
		return r;
	return sector_decrypt(&c->sector, next->lane(next), buf, buf, len,
			      off);
}

static int crypt_write(void *self, struct filter_next *next, const void *buf,
		       size_t len, uint64_t off, unsigned flags)
{
	const struct crypt *c = self;
	void *out = next->scratch(next, len);
	int r;

	if (!out)
		return -ENOMEM;
	r = sector_encrypt(&c->sector, next->lane(next), out, buf, len, off);
	if (r < 0)
		return r;
	return next->write(next, out, len, c->data_offset + off, flags);
}

static int crypt_discard(void *self, struct filter_next *next, uint64_t len,
			 uint64_t off)
{
	const struct crypt *c = self;

	if (!c->discards)
		return -EOPNOTSUPP;
	return next->discard(next, len, c->data_offset + off);
}

static const struct filter_verb crypt_verbs[] = {
	{ .name = "bench", .summary = "measure the ciphers",
	  .run = bench_run },
	{ .name = NULL },
};

const struct filter_ops crypt_filter = {
	.abi		= FILTERD_ABI,
	.name		= "crypt",
	.summary	= "open LUKS volumes",
	.version	= "1.0.0",
	.instance_size	= sizeof(struct crypt),
	.scratch	= FILTER_MAX_IO,
	.params		= crypt_params,
	.verbs		= crypt_verbs,
	.probe		= crypt_probe,
	.prepare	= crypt_prepare,
	.start		= crypt_start,
	.suspend	= crypt_suspend,
	.resume		= crypt_resume,
	.stop		= crypt_stop,
	.fini		= crypt_fini,
	.read		= crypt_read,
	.write		= crypt_write,
	.discard	= crypt_discard,
};

FILTERD_MODULE(crypt_filter);
