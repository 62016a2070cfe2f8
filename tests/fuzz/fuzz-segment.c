/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fuzz-segment.c - any text as a LUKS2 header's JSON
 *
 * First as it is, to segment.c, which must not need what libcryptsetup checks
 * before.  Then, with the keyslots of a real volume and right checksums, as
 * that volume's header, to the filter: what it opens lies inside the medium,
 * what it refuses is told and leaves no key, and it writes nothing.
 */
#include <json-c/json.h>

#include "luks-volume.h"
#include "../../filters/crypt/segment.h"

#include "fuzz.h"

#define LONGEST	(COPY - 4096u)		/* of the JSON in a copy, with NUL */

/* Where the two copies have their JSON, and what the volume had. */
static struct fake volume;
static unsigned char original[2 * COPY];
static struct json_object *real;

static void make_volume(void)
{
	if (real)
		return;
	FUZZ_CHECK(volume_tool("cryptsetup"));
	FUZZ_CHECK(volume_format("two", "4M", "--type luks2 --sector-size 512"
				 " --label safe " SMALL) == 0);
	FUZZ_CHECK(volume_load(&volume, "two", 512));
	memcpy(original, volume.data, sizeof(original));
	real = json_tokener_parse((char *)original + 4096);
	FUZZ_CHECK(real);
}

static bool is_power_of_two(uint32_t n)
{
	return n != 0 && (n & (n - 1)) == 0;
}

static void read_alone(const char *json)
{
	struct segment segment = { .offset = 0 };
	int r;

	volume.why[0] = '\0';
	r = segment_read(&volume.next, json, &segment);
	FUZZ_CHECK(r == 0 || r == -EBADMSG || r == -EOPNOTSUPP);
	FUZZ_CHECK(r == 0 || volume.why[0] != '\0');
	if (r < 0)
		return;
	FUZZ_CHECK(segment.sector_size >= 512 && segment.sector_size <= 4096);
	FUZZ_CHECK(is_power_of_two(segment.sector_size));
	FUZZ_CHECK(memchr(segment.cipher, '\0', sizeof(segment.cipher)));
}

/* What says how often to hash: any other makes that endless. */
static bool takes_time(const char *section)
{
	return strcmp(section, "keyslots") == 0 ||
	       strcmp(section, "digests") == 0;
}

/* The input's sections; the volume's where it has none. */
static struct json_object *merge(struct json_object *input)
{
	struct json_object *merged = json_object_new_object();

	FUZZ_CHECK(merged);
	json_object_object_foreach(real, key, own) {
		struct json_object *other = NULL;

		if (!takes_time(key))
			(void)json_object_object_get_ex(input, key, &other);
		(void)json_object_object_add(merged, key,
				json_object_get(other ? other : own));
	}
	return merged;
}

/* False: it does not fit. */
static bool put_header(struct json_object *input)
{
	struct json_object *merged = merge(input);
	const char *text = json_object_to_json_string_ext(merged,
						JSON_C_TO_STRING_PLAIN);
	size_t len = text ? strlen(text) + 1 : SIZE_MAX;

	if (len <= LONGEST) {
		memcpy(volume.data, original, sizeof(original));
		for (unsigned i = 0; i < 2; i++) {
			unsigned char *copy = volume.data + i * COPY;

			memset(copy + 4096, 0, LONGEST);
			memcpy(copy + 4096, text, len);
			volume_seal(copy, COPY);
		}
	}
	json_object_put(merged);
	return len <= LONGEST;
}

static void check_started(void)
{
	const struct crypt_ticket *t = (const void *)volume.ticket;
	const struct filter_medium *up = &volume.published;
	uint64_t last;
	unsigned char *sector;

	FUZZ_CHECK(t->data_offset >= COPY * 2 && t->data_size > 0);
	FUZZ_CHECK(t->data_offset <= volume.medium.size &&
		   t->data_size <= volume.medium.size - t->data_offset);
	FUZZ_CHECK(up->size == t->data_size && up->size % up->granule == 0);
	FUZZ_CHECK(up->granule >= t->sector_size &&
		   up->granule >= volume.medium.granule);
	sector = aligned_alloc(4096, 65536);
	FUZZ_CHECK(sector && up->granule <= 65536);
	last = up->size - up->granule;
	FUZZ_CHECK(fake_read(&volume, sector, up->granule, 0) == 0);
	FUZZ_CHECK(fake_read(&volume, sector, up->granule, last) == 0);
	free(sector);
}

static void check_refused(int error)
{
	FUZZ_CHECK(error == -EBADMSG || error == -EOPNOTSUPP ||
		   error == -ENOKEY || error == -EINVAL);
	FUZZ_CHECK(volume.why[0] != '\0');
	for (size_t i = 0; i < volume.ticket_len; i++)
		FUZZ_CHECK(volume.ticket[i] == 0);
}

static void open_volume(uint32_t granule, const char *passphrase)
{
	const char *const passphrases[] = { passphrase, NULL };
	int r;

	volume.medium.granule = granule;
	volume.ticket_len = 0;
	volume.why[0] = '\0';
	r = volume_prepare(&volume, NULL, passphrases);
	if (r == 0) {
		r = fake_start(&volume);
		FUZZ_CHECK(!strstr(volume.why, "makes no sense"));
		if (r == 0)
			check_started();
	} else {
		check_refused(r);
	}
	FUZZ_CHECK(volume.writes == 0 && volume.zeros == 0 &&
		   volume.discards == 0);
	(void)crypt_filter.stop(volume.self, &volume.next);
	crypt_filter.fini(volume.self);
	free(volume.self);
	volume.self = NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct json_object *input;
	char *json;

	if (size > LONGEST)
		return -1;
	make_volume();
	json = strndup((const char *)data, size);
	FUZZ_CHECK(json);
	read_alone(json);
	input = json_tokener_parse(json);
	if (json_object_is_type(input, json_type_object) && put_header(input))
		open_volume(size % 2 ? 4096 : 512,
			    size % 8 < 7 ? PASS : "close sesame");
	json_object_put(input);
	free(json);
	return 0;
}
