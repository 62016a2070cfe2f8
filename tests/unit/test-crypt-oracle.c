/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-crypt-oracle.c - what we write others read, and the other way round
 *
 * qemu-img has a LUKS1 of its own.  For LUKS2 it is cryptsetup that decrypts,
 * and encrypts, whole volumes off line.
 */
#include "check.h"
#include "luks-volume.h"

#define QEMU	"qemu-img convert -t unsafe --object secret,id=s,data='" \
		PASS "' "
#define IMAGE	"driver=luks,key-secret=s,file.filename="
#define OFFLINE	"--force-offline-reencrypt --key-file - "

static const char *const right[] = { PASS, NULL };

#define NEED(tool)							\
	do {								\
		if (!volume_tool(tool))					\
			CHECK_SKIP(tool " is not here");		\
	} while (0)

/* Bytes that differ from sector to sector, and say where they belong. */
static void fill(unsigned char *buf, size_t len, uint64_t off)
{
	uint64_t x = off * UINT64_C(0x9e3779b97f4a7c15) + 1;

	for (size_t i = 0; i < len; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		buf[i] = (unsigned char)x;
	}
}

static unsigned char *plain(uint64_t size)
{
	unsigned char *buf = malloc(size);

	CU_ASSERT_PTR_NOT_NULL_FATAL(buf);
	for (uint64_t off = 0; off < size; off += 512)
		fill(buf + off, 512, off);
	return buf;
}

/* The volume in @file, opened. */
static void open_volume(struct fake *f, const char *file)
{
	CU_ASSERT_TRUE_FATAL(volume_load(f, file, 512));
	CU_ASSERT_EQUAL_FATAL(volume_prepare(f, NULL, right), 0);
	CU_ASSERT_EQUAL_FATAL(fake_start(f), 0);
}

/* In pieces of all lengths, so that every sector's IV is its own. */
static void write_all(struct fake *f, const unsigned char *data)
{
	uint64_t size = f->published.size, unit = f->published.granule;
	size_t len = unit;

	for (uint64_t off = 0; off < size; off += len, len += unit) {
		if (len > 256 << 10)
			len = unit;
		if (len > size - off)
			len = size - off;
		CU_ASSERT_EQUAL(fake_write(f, data + off, len, off, 0), 0);
	}
}

static bool holds(struct fake *f, const unsigned char *want)
{
	unsigned char *have = malloc(FILTER_MAX_IO);
	uint64_t size = f->published.size;
	bool same = have != NULL;

	for (uint64_t off = 0; off < size && same; off += FILTER_MAX_IO) {
		size_t len = size - off < FILTER_MAX_IO ? size - off :
							  FILTER_MAX_IO;

		same = fake_read(f, have, len, off) == 0 &&
		       memcmp(have, want + off, len) == 0;
	}
	free(have);
	return same;
}

static bool file_holds(const char *file, const unsigned char *want,
		       uint64_t size)
{
	struct fake f;
	bool same = volume_load(&f, file, 512) && f.medium.size >= size &&
		    memcmp(f.data, want, size) == 0;

	fake_close(&f);
	return same;
}

static bool save_plain(const char *file, unsigned char *data, uint64_t size)
{
	struct fake f = { .data = data, .medium.size = size };

	return volume_save(&f, file);
}

/* qemu's ciphers. */
static const char *const luks1[] = {
	"--type luks1 --key-size 512", "--type luks1 --key-size 256",
	"--type luks1 --cipher aes-xts-plain --key-size 512",
	"--type luks1 --cipher aes-cbc-essiv:sha256 --key-size 256",
	"--type luks1 --cipher aes-cbc-essiv:sha256 --key-size 128",
	"--type luks1 --cipher aes-cbc-plain64 --key-size 128",
	"--type luks1 --cipher aes-cbc-plain --key-size 256",
};

#define N_LUKS1	(sizeof(luks1) / sizeof(*luks1))

static void test_qemu_reads_what_we_write(void)
{
	unsigned char *data;
	struct fake f;

	NEED("cryptsetup");
	NEED("qemu-img");
	for (unsigned i = 0; i < N_LUKS1; i++) {
		CU_ASSERT_EQUAL(volume_format("ours", "4M", luks1[i]), 0);
		open_volume(&f, "ours");
		data = plain(f.published.size);
		write_all(&f, data);
		CU_ASSERT_TRUE(volume_save(&f, "ours"));
		CU_ASSERT_EQUAL(volume_run(QEMU "--image-opts " IMAGE "ours"
					   " -O raw theirs"), 0);
		CU_ASSERT_TRUE(file_holds("theirs", data, f.published.size));
		free(data);
		fake_close(&f);
	}
}

/* Into a volume of cryptsetup's: making one costs qemu-img seconds. */
static void test_we_read_what_qemu_writes(void)
{
	unsigned char *data;
	struct fake f;

	NEED("cryptsetup");
	NEED("qemu-img");
	data = plain(2 << 20);
	CU_ASSERT_TRUE(save_plain("raw", data, 2 << 20));
	for (unsigned i = 0; i < N_LUKS1; i++) {
		CU_ASSERT_EQUAL(volume_format("theirs", "4M", luks1[i]), 0);
		CU_ASSERT_EQUAL(volume_run(QEMU "-n --target-image-opts -f raw"
					   " raw " IMAGE "theirs"), 0);
		open_volume(&f, "theirs");
		CU_ASSERT_TRUE_FATAL(f.published.size >= 2 << 20);
		f.published.size = 2 << 20;
		CU_ASSERT_TRUE(holds(&f, data));
		fake_close(&f);
	}
	free(data);
}

/* The ciphers that both have. */
static const struct cipher {
	const char *spec;
	unsigned bits;
} ciphers[] = {
	{ "aes-xts-plain64", 512 }, { "aes-xts-plain64", 256 },
	{ "aes-xts-plain", 512 }, { "aes-xts-plain64be", 256 },
	{ "aes-xts-essiv:sha256", 512 }, { "aes-cbc-essiv:sha256", 256 },
	{ "aes-cbc-essiv:sha256", 192 }, { "aes-cbc-essiv:sha256", 128 },
	{ "aes-cbc-essiv:md5", 256 }, { "aes-cbc-plain", 256 },
	{ "aes-cbc-plain64", 128 }, { "aes-cbc-plain64be", 256 },
};

#define N_CIPHERS	(sizeof(ciphers) / sizeof(*ciphers))

/* Writes all of the open volume @f and has cryptsetup decrypt it, which moves
   the data to the beginning. */
static void decrypts(struct fake *f)
{
	unsigned char *data = plain(f->published.size);

	write_all(f, data);
	CU_ASSERT_TRUE(volume_save(f, "ours"));
	CU_ASSERT_EQUAL(volume_cryptsetup("reencrypt --decrypt " OFFLINE CHEAP
					  " --header header ours"), 0);
	CU_ASSERT_EQUAL(volume_run("rm header"), 0);
	CU_ASSERT_TRUE(file_holds("ours", data, f->published.size));
	free(data);
	fake_close(f);
}

static void format(const struct cipher *cipher, unsigned sector)
{
	char options[256];

	(void)snprintf(options, sizeof(options), "--type luks2 --cipher %s"
		       " --key-size %u --sector-size %u " SMALL, cipher->spec,
		       cipher->bits, sector);
	CU_ASSERT_EQUAL_FATAL(volume_format("ours", "3M", options), 0);
}

/* A few: cryptsetup measures for seconds how costly a key shall be. */
static void test_cryptsetup_decrypts_what_we_write(void)
{
	static const struct cipher some[] = {
		{ "aes-xts-plain64", 512 }, { "aes-cbc-essiv:sha256", 256 },
		{ "aes-xts-plain64be", 256 }, { "aes-cbc-plain", 128 },
	};
	struct fake f;

	NEED("cryptsetup");
	for (size_t i = 0; i < sizeof(some) / sizeof(*some); i++) {
		format(&some[i], i % 2 ? 512 : 4096);
		open_volume(&f, "ours");
		CU_ASSERT_EQUAL(f.published.granule, i % 2 ? 512 : 4096);
		decrypts(&f);
	}
}

#define TWEAK	4711u		/* in 512 bytes */

/* Two volumes of one key: what qemu wrote TWEAK sectors into the one, which is
   LUKS1, is put at the beginning of the other, LUKS2 with that iv_tweak. */
static void tweaked(const struct cipher *cipher, const unsigned char *data)
{
	struct fake f;
	char json[64];

	CU_ASSERT_EQUAL(volume_run("head -c %u /dev/urandom >vk",
				   cipher->bits / 8), 0);
	CU_ASSERT_EQUAL(volume_run("truncate -s 0 theirs ours"), 0);
	CU_ASSERT_EQUAL(volume_run("printf %%s '" PASS "' >pass"), 0);
	for (unsigned i = 1; i <= 2; i++)
		CU_ASSERT_EQUAL(volume_run(
			"PATH=$PATH:/usr/sbin:/sbin; truncate -s 6M %s &&"
			" cryptsetup luksFormat --batch-mode --type luks%u "
			CHEAP " %s --volume-key-file vk --cipher %s"
			" --key-size %u %s pass", i == 1 ? "theirs" : "ours",
			i, i == 1 ? "" : "--sector-size 512 " SMALL,
			cipher->spec, cipher->bits,
			i == 1 ? "theirs" : "ours"), 0);
	CU_ASSERT_EQUAL(volume_run(QEMU "-n --target-image-opts -f raw raw "
				   IMAGE "theirs"), 0);
	CU_ASSERT_EQUAL(volume_run("dd if=theirs of=ours bs=512 conv=notrunc"
				   " skip=%u seek=4096", 4096 + TWEAK), 0);
	(void)snprintf(json, sizeof(json), "\"iv_tweak\":\"%u\"", TWEAK);
	CU_ASSERT_TRUE_FATAL(volume_load(&f, "ours", 512));
	CU_ASSERT_TRUE(volume_edit(&f, "\"iv_tweak\":\"0\"", json));
	CU_ASSERT_EQUAL_FATAL(volume_prepare(&f, NULL, right), 0);
	CU_ASSERT_EQUAL_FATAL(fake_start(&f), 0);
	f.published.size = (4 << 20) - TWEAK * 512;
	CU_ASSERT_TRUE(holds(&f, data + TWEAK * 512));
	fake_close(&f);
}

static void test_the_iv_tweak_is_where_qemu_was(void)
{
	static const struct cipher some[] = {
		{ "aes-xts-plain64", 512 }, { "aes-cbc-essiv:sha256", 256 },
	};
	unsigned char *data;

	NEED("cryptsetup");
	NEED("qemu-img");
	data = plain(4 << 20);
	CU_ASSERT_TRUE(save_plain("raw", data, 4 << 20));
	tweaked(&some[0], data);
	tweaked(&some[1], data);
	free(data);
}

static void encrypts(const struct cipher *cipher, unsigned sector)
{
	unsigned char *data = plain(1 << 20);
	struct fake f;

	CU_ASSERT_TRUE(save_plain("theirs", data, 1 << 20));
	CU_ASSERT_EQUAL(volume_run("truncate -s 5M theirs"), 0);
	CU_ASSERT_EQUAL(volume_cryptsetup("reencrypt --encrypt --type luks2 "
					  "--reduce-device-size 4M " SMALL
					  " --cipher %s --key-size %u"
					  " --sector-size %u " OFFLINE CHEAP
					  " theirs", cipher->spec,
					  cipher->bits, sector), 0);
	open_volume(&f, "theirs");
	CU_ASSERT_EQUAL(f.published.granule, sector);
	CU_ASSERT_TRUE(f.published.size >= 1 << 20);
	f.published.size = 1 << 20;
	CU_ASSERT_TRUE(holds(&f, data));
	free(data);
	fake_close(&f);
}

static void test_we_read_what_cryptsetup_encrypts(void)
{
	static const unsigned sectors[] = { 512, 1024, 2048, 4096 };

	NEED("cryptsetup");
	for (size_t i = 0; i < N_CIPHERS; i++)
		encrypts(&ciphers[i], sectors[i % 4]);
}

CHECK_SUITE("crypt oracle",
	    CHECK(test_qemu_reads_what_we_write),
	    CHECK(test_we_read_what_qemu_writes),
	    CHECK(test_cryptsetup_decrypts_what_we_write),
	    CHECK(test_the_iv_tweak_is_where_qemu_was),
	    CHECK(test_we_read_what_cryptsetup_encrypts))
