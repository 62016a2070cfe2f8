/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * keyslot.c - see keyslot.h
 *
 * Slots are tried one by one, not by the library's "any": so one that cannot
 * be tried does not end the search, and none costs more than was allowed.
 */
#include "keyslot.h"

#include <errno.h>
#include <stdio.h>

#include "sector.h"

/* What stands against trying a slot; for the user. */
struct objection {
	int error;
	char text[160];
};

/* 0, or why slot @slot is not worth a try. */
static int keyslot_check(struct keyslots *k, int slot, uint64_t memory_limit,
			 struct objection *why)
{
	struct crypt_pbkdf_type kdf = { .type = NULL };
	const char *cipher;
	size_t key_len = 0;

	cipher = crypt_keyslot_get_encryption(k->cd, slot, &key_len);
	if (!cipher || !sector_has_cipher(cipher, key_len)) {
		(void)snprintf(why->text, sizeof(why->text),
			       "keyslot %d is encrypted with %s, which is not"
			       " supported", slot, cipher ? cipher : "nothing");
		return why->error = -EOPNOTSUPP;
	}
	if (crypt_keyslot_get_pbkdf(k->cd, slot, &kdf) < 0) {
		(void)snprintf(why->text, sizeof(why->text),
			       "keyslot %d has no valid key derivation", slot);
		return why->error = -EBADMSG;
	}
	if ((uint64_t)kdf.max_memory_kb * 1024 > memory_limit) {
		(void)snprintf(why->text, sizeof(why->text),
			       "keyslot %d needs %u MiB of memory to open, more"
			       " than kdf-memory-limit allows", slot,
			       kdf.max_memory_kb / 1024);
		return why->error = -EOPNOTSUPP;
	}
	return 0;
}

static bool keyslot_active(struct keyslots *k, int slot)
{
	crypt_keyslot_info info = crypt_keyslot_status(k->cd, slot);

	return info == CRYPT_SLOT_ACTIVE || info == CRYPT_SLOT_ACTIVE_LAST;
}

/* LUKS1 has no priorities: then all are normal. */
static bool keyslot_wanted(struct keyslots *k, int slot, int only,
			   crypt_keyslot_priority priority)
{
	crypt_keyslot_priority has = crypt_keyslot_get_priority(k->cd, slot);

	if (only != CRYPT_ANY_SLOT)
		return slot == only && priority == CRYPT_SLOT_PRIORITY_NORMAL;
	if (has == CRYPT_SLOT_PRIORITY_INVALID)
		has = CRYPT_SLOT_PRIORITY_NORMAL;
	return has == priority;
}

static int keyslot_take(struct keyslots *k, struct header *header, int slot,
			uint64_t memory_limit, struct objection *why)
{
	uint64_t off, len;
	int r;

	if (!keyslot_active(k, slot))
		return 0;
	if (keyslot_check(k, slot, memory_limit, why) < 0 ||
	    crypt_keyslot_area(k->cd, slot, &off, &len) < 0)
		return 0;
	r = header_copy(header, off, len);
	if (r < 0)
		return r;
	k->slots[k->n++] = slot;
	return 0;
}

static int keyslots_none(struct keyslots *k, int only,
			 const struct objection *why)
{
	if (why->error)
		k->next->say(k->next, FILTER_WHY, "%s", why->text);
	else if (only != CRYPT_ANY_SLOT)
		k->next->say(k->next, FILTER_WHY, "keyslot %d is not in use",
			     only);
	else
		k->next->say(k->next, FILTER_WHY, "the header holds no keyslot:"
			     " no passphrase opens it");
	return why->error ? why->error : -ENOKEY;
}

int keyslots_choose(struct keyslots *k, struct crypt_device *cd,
		    struct header *header, int only, uint64_t memory_limit)
{
	static const crypt_keyslot_priority order[] = {
		CRYPT_SLOT_PRIORITY_PREFER, CRYPT_SLOT_PRIORITY_NORMAL
	};
	int max = crypt_keyslot_max(crypt_get_type(cd));
	struct objection why = { .error = 0 };

	*k = (struct keyslots){ .cd = cd, .next = header->next };
	if (max > KEYSLOT_MAX)
		max = KEYSLOT_MAX;
	for (unsigned i = 0; i < 2; i++)
		for (int slot = 0; slot < max; slot++) {
			int r = 0;

			if (keyslot_wanted(k, slot, only, order[i]))
				r = keyslot_take(k, header, slot, memory_limit,
						 &why);
			if (r < 0)
				return r;
		}
	if (k->n == 0)
		return keyslots_none(k, only, &why);
	if (why.error)
		k->next->say(k->next, FILTER_WARNING, "%s", why.text);
	return 0;
}

int keyslots_open(struct keyslots *k, const struct filter_secret *passphrase,
		  void *key, size_t key_len)
{
	for (unsigned i = 0; i < k->n; i++) {
		size_t len = key_len;
		int r = k->next->progress(k->next, i, k->n);

		if (r < 0)
			return r;
		r = crypt_volume_key_get(k->cd, k->slots[i], key, &len,
					 passphrase->data, passphrase->len);
		if (r >= 0 && len == key_len)
			return 0;
		if (r == -ENOMEM) {
			k->next->say(k->next, FILTER_WHY, "not enough memory to"
				     " open keyslot %d", k->slots[i]);
			return r;
		}
		if (r != -EPERM)
			k->next->say(k->next, FILTER_WARNING,
				     "keyslot %d could not be tried",
				     k->slots[i]);
	}
	return -EPERM;
}
