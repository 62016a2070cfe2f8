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

static void test_qemu_reads_what_we_write(void)
{
	unsigned char *data;
	struct fake f;

	NEED("cryptsetup");
	NEED("qemu-img");
	CU_ASSERT_EQUAL(volume_format("ours", "6M", "--type luks1"), 0);
	open_volume(&f, "ours");
	data = plain(f.published.size);
	write_all(&f, data);
	CU_ASSERT_TRUE(volume_save(&f, "ours"));
	CU_ASSERT_EQUAL(volume_run(QEMU "--image-opts " IMAGE "ours -O raw"
				   " theirs"), 0);
	CU_ASSERT_TRUE(file_holds("theirs", data, f.published.size));
	free(data);
	fake_close(&f);
}

/* Into a volume of cryptsetup's: making one costs qemu-img seconds. */
static void test_we_read_what_qemu_writes(void)
{
	static const char *const options[] = {
		"--type luks1 --key-size 512", "--type luks1 --key-size 256"
	};
	unsigned char *data;
	struct fake f;

	NEED("cryptsetup");
	NEED("qemu-img");
	data = plain(2 << 20);
	CU_ASSERT_TRUE(save_plain("raw", data, 2 << 20));
	for (unsigned i = 0; i < 2; i++) {
		CU_ASSERT_EQUAL(volume_format("theirs", "4M", options[i]), 0);
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

/* The decrypted data are moved to the beginning. */
static void test_cryptsetup_decrypts_what_we_write(void)
{
	unsigned char *data;
	struct fake f;

	NEED("cryptsetup");
	CU_ASSERT_EQUAL(volume_format("ours", "4M", "--type luks2 --sector-size"
				      " 4096 " SMALL), 0);
	open_volume(&f, "ours");
	CU_ASSERT_EQUAL(f.published.granule, 4096);
	data = plain(f.published.size);
	write_all(&f, data);
	CU_ASSERT_TRUE(volume_save(&f, "ours"));
	CU_ASSERT_EQUAL(volume_cryptsetup("reencrypt --decrypt " OFFLINE CHEAP
					  " --header header ours"), 0);
	CU_ASSERT_TRUE(file_holds("ours", data, f.published.size));
	free(data);
	fake_close(&f);
}

static void encrypts(unsigned sector)
{
	unsigned char *data = plain(1 << 20);
	struct fake f;

	CU_ASSERT_TRUE(save_plain("theirs", data, 1 << 20));
	CU_ASSERT_EQUAL(volume_run("truncate -s 5M theirs"), 0);
	CU_ASSERT_EQUAL(volume_cryptsetup("reencrypt --encrypt --type luks2 "
					  "--reduce-device-size 4M " SMALL
					  " --sector-size %u " OFFLINE CHEAP
					  " theirs", sector), 0);
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
	NEED("cryptsetup");
	encrypts(512);
	encrypts(4096);
}

CHECK_SUITE("crypt oracle",
	    CHECK(test_qemu_reads_what_we_write),
	    CHECK(test_we_read_what_qemu_writes),
	    CHECK(test_cryptsetup_decrypts_what_we_write),
	    CHECK(test_we_read_what_cryptsetup_encrypts))
