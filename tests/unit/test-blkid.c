/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-blkid.c - GPT, MBR and signatures, made by sfdisk and mkfs; and
 * the same where nothing can be opened, as in the helper's cage
 */
#include <endian.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "image.h"

#define LINUX_TYPE "0FC63DAF-8483-4772-8E79-3D69D8477DE4"
#define LUKS_TYPE "CA7D7CCB-63ED-4C53-861C-1742536059CC"
#define BACKUP_WARNING "primary GPT header is damaged; read from its backup, " \
		       "read-only"

static void make_gpt(void)
{
	static char *copy;

	image_make(16 * MiB, "printf 'label: gpt\\n"
		  "size=4M,type=L,name=\"D\\303\\244ta\\033\"\\n"
		  "size=512,type=" LUKS_TYPE ",uuid="
		  "abcdef01-2345-6789-abcd-ef0123456789\\n' | sfdisk %s",
		   &copy);
}

static uint64_t backup_header(void)
{
	return image_size() - 512;
}

static bool gpt_is_whole(bool writable)
{
	return image_part_is(0, 1, 2048, 8192, LINUX_TYPE) &&
	       scanned.parts[0].writable == writable &&
	       streq(scanned.parts[0].name, "D\303\244ta\033");
}

static void test_gpt_is_read(void)
{
	make_gpt();
	CU_ASSERT_EQUAL_FATAL(image_scan("gpt", 512), 0);
	CU_ASSERT_EQUAL(scanned.score, 4000);
	CU_ASSERT_STRING_EQUAL(scanned.why, "");
	CU_ASSERT_EQUAL(scanned.n, 2);
	CU_ASSERT_TRUE(gpt_is_whole(true));
	CU_ASSERT_TRUE(image_part_is(1, 2, 10240, 512, LUKS_TYPE));
	CU_ASSERT_STRING_EQUAL(scanned.parts[1].uuid,
			       "ABCDEF01-2345-6789-ABCD-EF0123456789");
	CU_ASSERT_STRING_EQUAL(scanned.parts[1].name, "");
}

static void test_gpt_hides_its_protective_mbr(void)
{
	make_gpt();
	CU_ASSERT_EQUAL(image_scan("mbr", 512), -ENODEV);
	CU_ASSERT_PTR_NOT_NULL(strstr(scanned.why, "protects"));
}

static void test_gpt_partition_of_one_block(void)
{
	image_new(8 * MiB);
	image_run("printf 'label: gpt\\nfirst-lba: 34\\n"
		  "x3: start=34,size=1,type=L\\n"
		  "x7: start=100,size=1,type=L\\n' | sfdisk %s");
	CU_ASSERT_EQUAL(image_scan("gpt", 512), 0);
	CU_ASSERT_EQUAL(scanned.n, 2);
	CU_ASSERT_TRUE(image_part_is(0, 3, 34, 1, LINUX_TYPE));
	CU_ASSERT_TRUE(image_part_is(1, 7, 100, 1, LINUX_TYPE));
}

static void test_empty_gpt_is_a_map(void)
{
	image_new(8 * MiB);
	CU_ASSERT_EQUAL_FATAL(write_map(image_fd, 8 * MiB, 512, "gpt", NULL, 0,
					NULL), 0);
	CU_ASSERT_EQUAL(image_scan("gpt", 512), 0);
	CU_ASSERT_EQUAL(scanned.n, 0);
}

static void test_gpt_with_a_bad_primary_header(void)
{
	make_gpt();
	image_put(512 + 72, "x", 1);
	CU_ASSERT_EQUAL(image_scan("gpt", 512), 0);
	CU_ASSERT_STRING_EQUAL(scanned.why, BACKUP_WARNING);
	CU_ASSERT_TRUE(gpt_is_whole(false));
	CU_ASSERT_FALSE(scanned.parts[1].writable);
}

static void test_gpt_with_a_bad_primary_table(void)
{
	make_gpt();
	image_put(1024 + 60, "x", 1);
	CU_ASSERT_EQUAL(image_scan("gpt", 512), 0);
	CU_ASSERT_STRING_EQUAL(scanned.why, BACKUP_WARNING);
	CU_ASSERT_TRUE(gpt_is_whole(false));
}

static void test_gpt_with_a_bad_backup_is_whole(void)
{
	make_gpt();
	image_put(backup_header() + 72, "x", 1);
	CU_ASSERT_EQUAL(image_scan("gpt", 512), 0);
	CU_ASSERT_STRING_EQUAL(scanned.why, "");
	CU_ASSERT_TRUE(gpt_is_whole(true));
}

static void test_gpt_with_both_headers_bad(void)
{
	make_gpt();
	image_put(512 + 72, "x", 1);
	image_put(backup_header() + 72, "x", 1);
	CU_ASSERT_EQUAL(image_scan("gpt", 512), -EBADMSG);
	CU_ASSERT_PTR_NOT_NULL(strstr(scanned.why, "neither"));
}

static void test_gpt_with_both_tables_bad(void)
{
	make_gpt();
	image_put(1024 + 60, "x", 1);
	image_put(backup_header() - 32 * 512 + 60, "x", 1);
	CU_ASSERT_EQUAL(image_scan("gpt", 512), -EBADMSG);
}

/* The CRC-32 of a header of 92 bytes, whose place for it holds zeros. */
static uint32_t header_sum(const unsigned char *header)
{
	uint32_t sum = UINT32_MAX;

	for (unsigned bit = 0; bit < 92 * 8; bit++) {
		sum ^= header[bit / 8] >> bit % 8 & 1;
		sum = sum >> 1 ^ (sum & 1 ? 0xedb88320 : 0);
	}
	return ~sum;
}

/* Puts a byte into the primary header, whose sum is right afterwards. */
static void put_in_header(unsigned at, unsigned char byte)
{
	unsigned char header[92];
	uint32_t sum;

	CU_ASSERT_EQUAL_FATAL(bytes_read(image_fd, header, 92, 512), 0);
	header[at] = byte;
	memset(header + 16, 0, 4);
	sum = htole32(header_sum(header));
	memcpy(header + 16, &sum, 4);
	image_put(512, header, 92);
}

/* No backup may take the place of a table that is as somebody made it. */
static void test_gpt_with_a_wild_table(void)
{
	make_gpt();
	put_in_header(81, 4);	/* 128 + 1024 entries */
	CU_ASSERT_EQUAL(image_scan("gpt", 512), -EBADMSG);
	CU_ASSERT_PTR_NOT_NULL(strstr(scanned.why, "more than 1024"));
	make_gpt();
	put_in_header(84, 136);	/* bytes each */
	CU_ASSERT_EQUAL(image_scan("gpt", 512), -EBADMSG);
	make_gpt();
	put_in_header(81, 0);	/* what it was: the sum is right */
	CU_ASSERT_EQUAL(image_scan("gpt", 512), 0);
	CU_ASSERT_STRING_EQUAL(scanned.why, "");
}

/* Partitions may lie up to the sector 33 before the last one. */
static void test_gpt_cut_off(void)
{
	make_gpt();
	CU_ASSERT_EQUAL_FATAL(ftruncate(image_fd, 16 * MiB - 33 * 512), 0);
	CU_ASSERT_EQUAL(image_scan("gpt", 512), 0);
	CU_ASSERT_TRUE(gpt_is_whole(true));
	CU_ASSERT_EQUAL_FATAL(ftruncate(image_fd, 16 * MiB - 34 * 512), 0);
	CU_ASSERT_EQUAL(image_scan("gpt", 512), -EBADMSG);
	CU_ASSERT_PTR_NOT_NULL(strstr(scanned.why, "cut off"));
	CU_ASSERT_EQUAL_FATAL(ftruncate(image_fd, 8 * MiB), 0);
	CU_ASSERT_EQUAL(image_scan("gpt", 512), -EBADMSG);
	CU_ASSERT_PTR_NOT_NULL(strstr(scanned.why, "cut off"));
}

static void test_gpt_on_a_disk_that_grew(void)
{
	make_gpt();
	CU_ASSERT_EQUAL_FATAL(ftruncate(image_fd, 128 * MiB), 0);
	CU_ASSERT_EQUAL(image_scan("gpt", 512), 0);
	CU_ASSERT_STRING_EQUAL(scanned.why, "");
	CU_ASSERT_TRUE(gpt_is_whole(true));
}

static void test_protective_mbr_without_gpt(void)
{
	static const unsigned char zeros[512];

	make_gpt();
	image_put(512, zeros, sizeof(zeros));
	image_put(backup_header(), zeros, sizeof(zeros));
	CU_ASSERT_EQUAL(image_scan("gpt", 512), -EBADMSG);
	CU_ASSERT_PTR_NOT_NULL(strstr(scanned.why, "both headers are gone"));
	CU_ASSERT_EQUAL(image_scan("mbr", 512), -ENODEV);
}

static void test_gpt_without_protective_mbr(void)
{
	static const unsigned char zeros[512];

	make_gpt();
	image_put(0, zeros, sizeof(zeros));
	CU_ASSERT_EQUAL(image_scan("gpt", 512), -ENODEV);
	CU_ASSERT_PTR_NOT_NULL(strstr(scanned.why, "no protective MBR"));
}

static void test_gpt_for_other_sectors(void)
{
	struct write_part part = { .size = MiB, .type = "luks" };

	image_new(64 * MiB);
	CU_ASSERT_EQUAL_FATAL(write_map(image_fd, 64 * MiB, 4096, "gpt", &part,
					1, NULL), 0);
	CU_ASSERT_EQUAL(image_scan("gpt", 4096), 0);
	CU_ASSERT_STRING_EQUAL(scanned.why, "");
	CU_ASSERT_TRUE(image_part_is(0, 1, 2048, 2048, LUKS_TYPE));
	CU_ASSERT_EQUAL(image_scan("gpt", 512), 0);
	CU_ASSERT_STRING_EQUAL(scanned.why,
			       "the GPT is for sectors of 4096 bytes");
	CU_ASSERT_TRUE(image_part_is(0, 1, 2048, 2048, LUKS_TYPE));
}

/* Three maps on one disk: each scheme sees its own, and the order of the
   table decides. */
static void test_all_maps_on_one_disk(void)
{
	unsigned char entry[512] = "PM";

	make_gpt();
	image_put(446 + 16 + 4, "\x83\0\0\0\0\x08\0\0\0\x08", 10);
	image_put(0, "ER\x10\x00", 4);
	put_be32(entry + 4, 1);
	put_be32(entry + 8, 1);
	put_be32(entry + 12, 1);
	memcpy(entry + 48, "Apple_partition_map", 19);
	image_put(65536, entry, sizeof(entry));
	image_put(4096, entry, sizeof(entry));
	CU_ASSERT_EQUAL(image_scan("gpt", 512), 0);
	CU_ASSERT_EQUAL(scanned.score, 4000);
	CU_ASSERT_EQUAL(image_scan("mbr", 512), -ENODEV);
	CU_ASSERT_EQUAL(image_scan("apple", 512), 0);
	CU_ASSERT_EQUAL(scanned.score, 4000);
	CU_ASSERT_PTR_EQUAL(partmap_schemes[0], partmap_find("gpt"));
	CU_ASSERT_PTR_EQUAL(partmap_schemes[1], partmap_find("mbr"));
	CU_ASSERT_PTR_EQUAL(partmap_schemes[2], partmap_find("apple"));
	for (size_t i = 2; partmap_schemes[i + 1]; i++)
		CU_ASSERT(partmap_schemes[i]->score >
			  partmap_schemes[i + 1]->score);
	CU_ASSERT_PTR_NULL(partmap_find("GPT"));
}

/* sfdisk sets the extended boot records 2048 sectors before the logicals. */
static void make_mbr(void)
{
	static char *copy;

	image_make(16 * MiB, "printf 'label: dos\\nlabel-id: 0x12345678\\n"
		  "2048,4096,83\\n8192,20000,E\\n10240,2048,27\\n"
		  "16384,2048,7\\n20480,2048,82\\n' | sfdisk %s",
		   &copy);
}

static void test_mbr_with_logical_partitions(void)
{
	make_mbr();
	CU_ASSERT_EQUAL_FATAL(image_scan("mbr", 512), 0);
	CU_ASSERT_EQUAL(scanned.score, 3000);
	CU_ASSERT_STRING_EQUAL(scanned.why, "");
	CU_ASSERT_EQUAL(scanned.n, 4);
	CU_ASSERT_TRUE(image_part_is(0, 1, 2048, 4096, "Linux"));
	CU_ASSERT_TRUE(image_part_is(1, 5, 10240, 2048, "0x27"));
	CU_ASSERT_TRUE(image_part_is(2, 6, 16384, 2048, "Windows_NTFS"));
	CU_ASSERT_TRUE(image_part_is(3, 7, 20480, 2048, "Linux_Swap"));
	CU_ASSERT_TRUE(scanned.parts[1].writable);
	CU_ASSERT_STRING_EQUAL(scanned.parts[1].uuid, "12345678-05");
	CU_ASSERT_EQUAL(image_scan("gpt", 512), -ENODEV);
	CU_ASSERT_STRING_EQUAL(scanned.why, "no GPT");
}

/* A volume with sectors of 4096 bytes, partitioned through a loop device. */
static void test_mbr_for_other_sectors(void)
{
	make_mbr();
	CU_ASSERT_EQUAL(image_scan("mbr", 4096), 0);
	CU_ASSERT_STRING_EQUAL(scanned.why,
			       "the MBR is for sectors of 512 bytes");
	CU_ASSERT_EQUAL(scanned.n, 4);
	CU_ASSERT_TRUE(image_part_is(0, 1, 2048, 4096, "Linux"));
	CU_ASSERT_TRUE(image_part_is(3, 7, 20480, 2048, "Linux_Swap"));

	/* So small that it would fit in sectors of either size. */
	image_new(64 * MiB);
	image_put(510, "\x55\xaa", 2);
	image_put(446 + 4, "\x83\0\0\0\0\x08\0\0\0\x08", 10);
	CU_ASSERT_EQUAL(image_scan("mbr", 4096), 0);
	CU_ASSERT_TRUE(image_part_is(0, 1, 2048, 2048, "Linux"));
}

static void test_mbr_for_large_sectors(void)
{
	struct write_part part = { .size = MiB, .type = "luks" };

	image_new(64 * MiB);
	CU_ASSERT_EQUAL_FATAL(write_map(image_fd, 64 * MiB, 4096, "mbr", &part,
					1, NULL), 0);
	CU_ASSERT_EQUAL(image_scan("mbr", 4096), 0);
	CU_ASSERT_STRING_EQUAL(scanned.why, "");
	CU_ASSERT_TRUE(image_part_is(0, 1, 2048, 2048, "0xE8"));
}

/* The second slot of the boot record at sector @at, counted in sectors from
   the extended partition at 8192. */
static void put_link(uint64_t at, unsigned char to_high, unsigned char to_low)
{
	unsigned char slot[16] = { 0 };

	slot[4] = 0x05;
	slot[8] = to_low;
	slot[9] = to_high;
	slot[13] = 0x10;
	image_put(at * 512 + 446 + 16, slot, sizeof(slot));
}

static void test_mbr_loops_are_refused(void)
{
	make_mbr();
	put_link(14336, 0x18, 0x00);	/* 8192 + 0x1800: itself */
	CU_ASSERT_EQUAL(image_scan("mbr", 512), -EBADMSG);
	CU_ASSERT_PTR_NOT_NULL(strstr(scanned.why, "loop"));
	make_mbr();
	put_link(18432, 0x18, 0x00);	/* the third to the second */
	CU_ASSERT_EQUAL(image_scan("mbr", 512), -EBADMSG);
}

static void test_mbr_chain_may_break_off(void)
{
	make_mbr();
	image_put(14336 * 512 + 510, "xx", 2);
	CU_ASSERT_EQUAL(image_scan("mbr", 512), 0);
	CU_ASSERT_EQUAL(scanned.n, 2);
	CU_ASSERT_PTR_NOT_NULL(strstr(scanned.why, "breaks off"));
}

/* Each record 1 sector after the last, for 1100 sectors. */
static void test_mbr_chain_without_end(void)
{
	image_new(16 * MiB);
	put_link(0, 0x20, 0);
	image_put(510, "\x55\xaa", 2);
	for (unsigned i = 0; i < 1100; i++) {
		image_put((8192 + i) * 512 + 510, "\x55\xaa", 2);
		put_link(8192 + i, (unsigned char)((i + 1) >> 8),
			 (unsigned char)(i + 1));
	}
	CU_ASSERT_EQUAL(image_scan("mbr", 512), -EBADMSG);
	CU_ASSERT_PTR_NOT_NULL(strstr(scanned.why, "more than 1024"));
}

static void test_mbr_past_the_end_is_clipped(void)
{
	make_mbr();
	CU_ASSERT_EQUAL_FATAL(ftruncate(image_fd, 5000 * 512), 0);
	CU_ASSERT_EQUAL(image_scan("mbr", 512), 0);
	CU_ASSERT_TRUE(image_part_is(0, 1, 2048, 2952, "Linux"));
	CU_ASSERT_EQUAL(scanned.n, 1);
	/* One that begins where the disk ends, and one in its last sector. */
	image_put(446 + 32 + 4, "\x83\0\0\0\x88\x13\0\0\0\x08\0\0", 12);
	image_put(446 + 48 + 4, "\x83\0\0\0\x87\x13\0\0\0\x08\0\0", 12);
	CU_ASSERT_EQUAL(image_scan("mbr", 512), 0);
	CU_ASSERT_EQUAL(scanned.n, 2);
	CU_ASSERT_TRUE(image_part_is(1, 4, 4999, 1, "Linux"));
}

/* A BSD label in a partition: libblkid finds its partitions too. */
static void test_mbr_leaves_inner_maps_alone(void)
{
	unsigned char label[512] = { 0 };
	static const unsigned char entry[] = {
		0x40, 0, 0, 0, 0x10, 0x08, 0, 0, 0, 0, 0, 0, 7,
	};

	image_new(16 * MiB);
	image_run("printf 'label: dos\n2048,4096,a5\n' | sfdisk %s");
	memcpy(label, "W\x45V\x82", 4);
	memcpy(label + 132, "W\x45V\x82", 4);
	label[138] = 1;
	memcpy(label + 148, entry, sizeof(entry));
	for (unsigned i = 0; i < 164; i++)
		if (i != 136 && i != 137)
			label[136 + i % 2] ^= label[i];
	image_put(2049 * 512, label, sizeof(label));
	CU_ASSERT_EQUAL(image_scan("mbr", 512), 0);
	CU_ASSERT_EQUAL(scanned.n, 1);
	CU_ASSERT_TRUE(image_part_is(0, 1, 2048, 4096, "FreeBSD"));
}

static void test_mbr_in_a_partition_must_be_sure(void)
{
	image_new(8 * MiB);
	image_put(510, "\x55\xaa", 2);
	/* It begins in a partition, and ends far behind that. */
	image_put(446 + 4, "\x83\0\0\0\0\x08\0\0\0\x08\x10\0", 12);
	CU_ASSERT_EQUAL(image_scan("mbr", 512), 0);
	image_place = (struct scheme_place){
		.base = MiB, .hint = "Linux", .scheme = "gpt",
	};
	CU_ASSERT_EQUAL(image_scan("mbr", 512), -ENODEV);
	CU_ASSERT_PTR_NOT_NULL(strstr(scanned.why, "makes no sense"));
	image_place = (struct scheme_place){
		.base = MiB, .hint = "FDisk_partition_scheme",
		.scheme = "apple",
	};
	CU_ASSERT_EQUAL(image_scan("mbr", 512), 0);
	image_place = (struct scheme_place){ .hint = "", .scheme = "" };
}

static void test_what_is_no_mbr(void)
{
	image_new(8 * MiB);
	CU_ASSERT_EQUAL(image_scan("mbr", 512), -ENODEV);
	image_put(510, "\x55\xaa", 2);
	CU_ASSERT_EQUAL(image_scan("mbr", 512), -ENODEV);
	CU_ASSERT_STRING_NOT_EQUAL(scanned.why, "");
	CU_ASSERT_EQUAL_FATAL(write_map(image_fd, 8 * MiB, 512, "mbr", NULL, 0,
					NULL), 0);
	CU_ASSERT_EQUAL(image_scan("mbr", 512), -ENODEV);
	make_mbr();
	image_put(446, "\x7f", 1);
	CU_ASSERT_EQUAL(image_scan("mbr", 512), -ENODEV);
}

static void test_small_and_odd_media(void)
{
	static const uint64_t sizes[] = { 0, 1, 511, 512, 513, 1024, 1536 };

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		struct partmap_signature found;

		image_new(sizes[i]);
		CU_ASSERT_EQUAL(image_scan("gpt", 512), -ENODEV);
		CU_ASSERT_EQUAL(image_scan("mbr", 512), -ENODEV);
		CU_ASSERT_EQUAL(partmap_signature(image_fd, sizes[i], 512,
						  &found), 0);
		CU_ASSERT_STRING_EQUAL(found.type, "");
	}
	CU_ASSERT_EQUAL(image_scan("gpt", 0), -EINVAL);
	CU_ASSERT_EQUAL(image_scan("mbr", 513), -EINVAL);
}

static void test_signature_of_a_file_system(void)
{
	struct partmap_signature found;

	image_new(8 * MiB);
	image_run("mke2fs -q -F -t ext4 -L vault -U "
		  "01234567-89ab-cdef-0123-456789abcdef %s");
	CU_ASSERT_EQUAL(partmap_signature(image_fd, 8 * MiB, 512, &found), 0);
	CU_ASSERT_STRING_EQUAL(found.type, "ext4");
	CU_ASSERT_STRING_EQUAL(found.label, "vault");
	CU_ASSERT_STRING_EQUAL(found.uuid,
			       "01234567-89ab-cdef-0123-456789abcdef");
	CU_ASSERT_STRING_EQUAL(found.ambiguous, "");
}

static void test_two_signatures_are_ambiguous(void)
{
	struct partmap_signature found;

	image_new(8 * MiB);
	image_run("mke2fs -q -F -t ext4 %s");
	image_put(4086, "SWAPSPACE2", 10);
	image_put(1024, "\x01\x00\x00\x00\xff\x01\x00\x00", 8);
	image_put(1024 + 56, "\x53\xef", 2);
	CU_ASSERT_EQUAL(partmap_signature(image_fd, 8 * MiB, 512, &found), 0);
	CU_ASSERT_STRING_NOT_EQUAL(found.type, "");
	CU_ASSERT_STRING_NOT_EQUAL(found.ambiguous, "");
	CU_ASSERT_STRING_NOT_EQUAL(found.ambiguous, found.type);
}

/* Every open fails from here on, as it does in the helper. */
static void forbid_opening(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
#ifdef SYS_open
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_open, 1, 0),
#endif
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EACCES),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { ARRAY_SIZE(code), code };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
		_exit(99);
}

static int count_part(void *arg, const struct scheme_part *part)
{
	(void)part;
	++*(int *)arg;
	return 0;
}

/* Runs in a child of its own; its exit status says what failed. */
static void scan_caged(int fd, uint64_t size)
{
	const struct scheme_medium medium = {
		.fd = fd, .size = size, .sector = 512,
	};
	struct partmap_signature found;
	char why[128];
	int score = 0, n = 0;

	forbid_opening();
	if (open("/dev/null", O_RDONLY) >= 0 || errno != EACCES)
		_exit(1);
	if (partmap_find("gpt")->scan(&medium, &score, why, count_part,
				      &n) < 0 || n != 2)
		_exit(2);
	if (partmap_find("mbr")->scan(&medium, &score, why, count_part,
				      &n) != -ENODEV)
		_exit(3);
	if (partmap_find("apple")->scan(&medium, &score, why, count_part,
					&n) != -ENODEV)
		_exit(4);
	if (partmap_signature(fd, size, 512, &found) < 0)
		_exit(5);
	_exit(0);
}

static void test_nothing_needs_to_be_opened(void)
{
	int status, fd;
	pid_t child;

	make_gpt();
	fd = open(image_path, O_RDONLY | O_CLOEXEC);
	CU_ASSERT_TRUE_FATAL(fd >= 0);
	child = fork();
	if (child == 0)
		scan_caged(fd, 16 * MiB);
	CU_ASSERT_EQUAL(waitpid(child, &status, 0), child);
	CU_ASSERT_TRUE(WIFEXITED(status));
	CU_ASSERT_EQUAL(WEXITSTATUS(status), 0);
	close(fd);
}

static void test_publish_can_stop(void)
{
	make_gpt();
	scanned.stop_at = 2;
	CU_ASSERT_EQUAL(image_scan("gpt", 512), -ECANCELED);
	CU_ASSERT_EQUAL(scanned.n, 1);
	make_mbr();
	CU_ASSERT_EQUAL(image_scan("mbr", 512), -ECANCELED);
	CU_ASSERT_EQUAL(scanned.n, 1);
	scanned.stop_at = 0;
}

CHECK_SUITE("blkid", CHECK(test_gpt_is_read),
	    CHECK(test_gpt_hides_its_protective_mbr),
	    CHECK(test_gpt_partition_of_one_block),
	    CHECK(test_empty_gpt_is_a_map),
	    CHECK(test_gpt_with_a_bad_primary_header),
	    CHECK(test_gpt_with_a_bad_primary_table),
	    CHECK(test_gpt_with_a_bad_backup_is_whole),
	    CHECK(test_gpt_with_both_headers_bad),
	    CHECK(test_gpt_with_both_tables_bad),
	    CHECK(test_gpt_with_a_wild_table), CHECK(test_gpt_cut_off),
	    CHECK(test_gpt_on_a_disk_that_grew),
	    CHECK(test_protective_mbr_without_gpt),
	    CHECK(test_gpt_without_protective_mbr),
	    CHECK(test_gpt_for_other_sectors),
	    CHECK(test_all_maps_on_one_disk),
	    CHECK(test_mbr_with_logical_partitions),
	    CHECK(test_mbr_for_other_sectors),
	    CHECK(test_mbr_for_large_sectors),
	    CHECK(test_mbr_loops_are_refused),
	    CHECK(test_mbr_chain_may_break_off),
	    CHECK(test_mbr_chain_without_end),
	    CHECK(test_mbr_past_the_end_is_clipped),
	    CHECK(test_mbr_leaves_inner_maps_alone),
	    CHECK(test_mbr_in_a_partition_must_be_sure),
	    CHECK(test_what_is_no_mbr), CHECK(test_small_and_odd_media),
	    CHECK(test_signature_of_a_file_system),
	    CHECK(test_two_signatures_are_ambiguous),
	    CHECK(test_nothing_needs_to_be_opened),
	    CHECK(test_publish_can_stop))
