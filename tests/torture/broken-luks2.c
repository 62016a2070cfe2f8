/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * broken-luks2.c - broken LUKS2 headers
 *
 * The sound one has two copies of 16 KiB, one keyslot, whose key nobody knows,
 * and 1 MiB of data behind 2 MiB of header (LUKS2 On-Disk Format
 * Specification, version 1.1.1).  Checksums are made after the bug, unless
 * they are the bug.
 */
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>

#include "sound.h"

enum {
	COPY = LUKS2_COPY, JSON = LUKS2_JSON, JSON_LEN = COPY - JSON,

	FORMAT = 6, LEN = 8, SEQUENCE = 16, LABEL = LUKS2_LABEL, SUM_NAME = 72,
	SALT = 104, UUID = 168, OFFSET = 256, SUM = 448,

	SIZE = LUKS_SIZE,
};

const char luks2_json[] =
"{\"keyslots\":{\"0\":{\"type\":\"luks2\",\"key_size\":64,"
 "\"af\":{\"type\":\"luks1\",\"stripes\":4000,\"hash\":\"sha256\"},"
 "\"area\":{\"type\":\"raw\",\"offset\":\"32768\",\"size\":\"258048\","
  "\"encryption\":\"aes-xts-plain64\",\"key_size\":64},"
 "\"kdf\":{\"type\":\"pbkdf2\",\"hash\":\"sha256\",\"iterations\":1000,"
  "\"salt\":\"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\"}}},"
"\"tokens\":{},"
"\"segments\":{\"0\":{\"type\":\"crypt\",\"offset\":\"2097152\","
 "\"size\":\"dynamic\",\"iv_tweak\":\"0\","
 "\"encryption\":\"aes-xts-plain64\",\"sector_size\":512}},"
"\"digests\":{\"0\":{\"type\":\"pbkdf2\",\"keyslots\":[\"0\"],"
 "\"segments\":[\"0\"],\"hash\":\"sha256\",\"iterations\":1000,"
 "\"salt\":\"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\","
 "\"digest\":\"Hx4dHBsaGRgXFhUUExIREA8ODQwLCgkIBwYFBAMCAQA=\"}},"
"\"config\":{\"json_size\":\"12288\",\"keyslots_size\":\"2064384\"}}";

static void put_copy(unsigned char *copy, const char *magic, uint64_t off)
{
	memcpy(copy, magic, 6);
	put_be16(copy + FORMAT, 2);
	put_be64(copy + LEN, COPY);
	put_be64(copy + SEQUENCE, 3);
	strcpy((char *)copy + SUM_NAME, "sha256");
	memset(copy + SALT, off ? 0x22 : 0x11, 64);
	strcpy((char *)copy + UUID, "01234567-89ab-cdef-0123-456789abcdef");
	put_be64(copy + OFFSET, off);
}

static void seal_copy(unsigned char *copy)
{
	memset(copy + SUM, 0, 64);
	if (EVP_Digest(copy, COPY, copy + SUM, NULL, EVP_sha256(), NULL) != 1)
		abort();
}

void luks2_seal(struct image *image)
{
	seal_copy(image->data);
	seal_copy(image->data + COPY);
}

/* @json of @len bytes, in both copies. */
void luks2_put_json(struct image *image, const char *json, size_t len)
{
	put_copy(image->data, "LUKS\xba\xbe", 0);
	put_copy(image->data + COPY, "SKUL\xba\xbe", COPY);
	memcpy(image->data + JSON, json, len);
	memcpy(image->data + COPY + JSON, json, len);
	image->size = SIZE;
	luks2_seal(image);
}

void luks2_sound(struct image *image)
{
	luks2_put_json(image, luks2_json, sizeof(luks2_json));
}

/* The sound one with @to in the place of @from. */
static void change(struct image *image, const char *from, const char *to)
{
	const char *at = strstr(luks2_json, from);
	char json[4096];

	if (!at)
		abort();
	snprintf(json, sizeof(json), "%.*s%s%s", (int)(at - luks2_json),
		 luks2_json, to, at + strlen(from));
	luks2_put_json(image, json, strlen(json) + 1);
}

/* The same bytes at @off of each copy. */
static void put_both(struct image *image, size_t off, const void *data,
		     size_t len)
{
	memcpy(image->data + off, data, len);
	memcpy(image->data + COPY + off, data, len);
	luks2_seal(image);
}

static void no_key_fits(struct image *image)
{
	luks2_sound(image);
}

static void first_header_bad(struct image *image)
{
	luks2_sound(image);
	image->data[JSON] ^= 1;
}

static void first_header_gone(struct image *image)
{
	luks2_sound(image);
	memset(image->data, 0, COPY);
}

static void second_header_bad(struct image *image)
{
	luks2_sound(image);
	image->data[COPY + JSON] ^= 1;
}

static void both_headers_bad(struct image *image)
{
	luks2_sound(image);
	image->data[JSON] ^= 1;
	image->data[COPY + JSON] ^= 1;
}

static void magic_alone(struct image *image)
{
	memcpy(image->data, "LUKS\xba\xbe\0\2", 8);
	image->size = SIZE;
}

static void truncated_binary(struct image *image)
{
	luks2_sound(image);
	image->size = 2048;
}

static void truncated_first(struct image *image)
{
	luks2_sound(image);
	image->size = 10 << 10;
}

static void truncated_second(struct image *image)
{
	luks2_sound(image);
	image->size = 20 << 10;
}

static void truncated_keyslots(struct image *image)
{
	luks2_sound(image);
	image->size = 64 << 10;
}

static void version_wild(struct image *image)
{
	luks2_sound(image);
	put_both(image, FORMAT, "\x7f\xff", 2);
}

static void len_zero(struct image *image)
{
	luks2_sound(image);
	put_both(image, LEN, "\0\0\0\0\0\0\0\0", 8);
}

static void len_wild(struct image *image)
{
	luks2_sound(image);
	put_both(image, LEN, "\x7f\xff\xff\xff\xff\xff\xf0\x00", 8);
}

static void offset_wrong(struct image *image)
{
	luks2_sound(image);
	put_both(image, OFFSET, "\0\0\0\0\0\1\0\0", 8);
}

static void sum_unknown(struct image *image)
{
	luks2_sound(image);
	put_both(image, SUM_NAME, "sha257", 7);
}

static void sum_name_without_end(struct image *image)
{
	char name[32];

	memset(name, 's', sizeof(name));
	luks2_sound(image);
	put_both(image, SUM_NAME, name, sizeof(name));
}

static void label_escape(struct image *image)
{
	static const char label[48] = "\033]0;owned\007\033[2J\r\n\\x1b";

	luks2_sound(image);
	put_both(image, LABEL, label, sizeof(label));
}

static void json_none(struct image *image)
{
	luks2_put_json(image, "", 1);
}

static void json_garbage(struct image *image)
{
	luks2_put_json(image, "no such thing {", 16);
}

static void json_array(struct image *image)
{
	luks2_put_json(image, "[]", 3);
}

static void json_without_end(struct image *image)
{
	static char json[JSON_LEN];

	memset(json, ' ', sizeof(json));
	memcpy(json, luks2_json, strlen(luks2_json));
	luks2_put_json(image, json, sizeof(json));
}

static void json_deep(struct image *image)
{
	static char json[JSON_LEN];

	memset(json, '[', sizeof(json) - 1);
	luks2_put_json(image, json, sizeof(json));
}

static void json_size_wrong(struct image *image)
{
	change(image, "\"12288\"", "\"999999999\"");
}

static void no_keyslots(struct image *image)
{
	const char *digests = strstr(luks2_json, ",\"tokens\"");
	char json[4096];

	snprintf(json, sizeof(json), "{\"keyslots\":{}%s", digests);
	memcpy(strstr(json, "[\"0\"]"), "[]   ", 5);
	luks2_put_json(image, json, strlen(json) + 1);
}

static void no_segments(struct image *image)
{
	change(image, "\"segments\":{\"0\":{",
	       "\"segments\":{},\"was\":{\"0\":{");
}

static void two_segments(struct image *image)
{
	change(image, "\"sector_size\":512}",
	       "\"sector_size\":512},\"1\":{\"type\":\"crypt\",\"offset\":"
	       "\"2621440\",\"size\":\"dynamic\",\"iv_tweak\":\"0\","
	       "\"encryption\":\"aes-xts-plain64\",\"sector_size\":512}");
}

static void segment_offset_wild(struct image *image)
{
	change(image, "\"2097152\"", "\"18446744073709551104\"");
}

static void segment_offset_text(struct image *image)
{
	change(image, "\"2097152\"", "\"0x200000; reboot\"");
}

static void segment_past_end(struct image *image)
{
	change(image, "\"2097152\"", "\"1073741824\"");
}

static void segment_type_unknown(struct image *image)
{
	change(image, "\"type\":\"crypt\"", "\"type\":\"linear\"");
}

static void sector_size_wild(struct image *image)
{
	change(image, "\"sector_size\":512", "\"sector_size\":3");
}

static void sector_size_zero(struct image *image)
{
	change(image, "\"sector_size\":512", "\"sector_size\":0");
}

static void cipher_unknown(struct image *image)
{
	change(image, "\"iv_tweak\":\"0\",\"encryption\":\"aes-xts-plain64\"",
	       "\"iv_tweak\":\"0\",\"encryption\":\"rot13-ecb\"");
}

static void cipher_escape(struct image *image)
{
	change(image, "\"iv_tweak\":\"0\",\"encryption\":\"aes-xts-plain64\"",
	       "\"iv_tweak\":\"0\",\"encryption\":\"\\u001b[2J-\\n%n\"");
}

static void integrity(struct image *image)
{
	change(image, "\"sector_size\":512",
	       "\"sector_size\":512,\"integrity\":{\"type\":\"hmac(sha256)\","
	       "\"journal_encryption\":\"none\","
	       "\"journal_integrity\":\"none\"}");
}

static void requirement_unknown(struct image *image)
{
	change(image, "\"config\":{",
	       "\"config\":{\"requirements\":{\"mandatory\":"
	       "[\"teleport-v9\"]},");
}

static void keyslot_area_wild(struct image *image)
{
	change(image, "\"32768\"", "\"9223372036854775807\"");
}

static void keyslot_on_header(struct image *image)
{
	change(image, "\"32768\"", "\"4096\"");
}

static void stripes_zero(struct image *image)
{
	change(image, "\"stripes\":4000", "\"stripes\":0");
}

static void memory_wild(struct image *image)
{
	change(image, "\"type\":\"pbkdf2\",\"hash\":\"sha256\","
	       "\"iterations\":1000",
	       "\"type\":\"argon2id\",\"time\":4,\"memory\":2147483647,"
	       "\"cpus\":4");
}

const struct broken broken_luks2[] = {
	{ "luks2-no-key-fits", 6, no_key_fits },
	{ "luks2-first-header-bad", 6, first_header_bad },
	{ "luks2-first-header-gone", 6, first_header_gone },
	{ "luks2-second-header-bad", 6, second_header_bad },
	{ "luks2-both-headers-bad", 7, both_headers_bad },
	{ "luks2-magic-alone", 7, magic_alone },
	{ "luks2-truncated-binary", 7, truncated_binary },
	{ "luks2-truncated-first", 7, truncated_first },
	{ "luks2-truncated-second", 7, truncated_second },
	{ "luks2-truncated-keyslots", 7, truncated_keyslots },
	{ "luks2-version-wild", 9, version_wild },
	{ "luks2-len-zero", 7, len_zero },
	{ "luks2-len-wild", 7, len_wild },
	{ "luks2-offset-wrong", 7, offset_wrong },
	{ "luks2-sum-unknown", 7, sum_unknown },
	{ "luks2-sum-name-without-end", 7, sum_name_without_end },
	{ "luks2-label-escape", 6, label_escape },
	{ "luks2-json-none", 7, json_none },
	{ "luks2-json-garbage", 7, json_garbage },
	{ "luks2-json-array", 7, json_array },
	{ "luks2-json-without-end", 7, json_without_end },
	{ "luks2-json-deep", 7, json_deep },
	{ "luks2-json-size-wrong", 7, json_size_wrong },
	{ "luks2-no-keyslots", 6, no_keyslots },
	{ "luks2-no-segments", 7, no_segments },
	{ "luks2-two-segments", 7, two_segments },
	{ "luks2-segment-offset-wild", 7, segment_offset_wild },
	{ "luks2-segment-offset-text", 7, segment_offset_text },
	{ "luks2-segment-past-end", 7, segment_past_end },
	{ "luks2-segment-type-unknown", 9, segment_type_unknown },
	{ "luks2-sector-size-wild", 7, sector_size_wild },
	{ "luks2-sector-size-zero", 7, sector_size_zero },
	{ "luks2-cipher-unknown", 9, cipher_unknown },
	{ "luks2-cipher-escape", 9, cipher_escape },
	{ "luks2-integrity", 9, integrity },
	{ "luks2-requirement-unknown", 9, requirement_unknown },
	{ "luks2-keyslot-area-wild", 7, keyslot_area_wild },
	{ "luks2-keyslot-on-header", 7, keyslot_on_header },
	{ "luks2-stripes-zero", 6, stripes_zero },
	{ "luks2-memory-wild", 9, memory_wild },
	{ NULL }
};
