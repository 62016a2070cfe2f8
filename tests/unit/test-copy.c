/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-copy.c - volumes copied out and in
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "copy.h"
#include "memory.h"

#define SIZE ((3u << 20) + 512u)

struct seen {
	uint64_t done, total;
	unsigned calls, stop_at;
};

static int see(void *arg, uint64_t done, uint64_t total)
{
	struct seen *seen = arg;

	seen->done = done;
	seen->total = total;
	return ++seen->calls == seen->stop_at ? -ECANCELED : 0;
}

static void scribble(unsigned char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		bytes[i] = (unsigned char)(i * 2654435761u >> 13) | 1;
}

static bool file_is(int fd, const unsigned char *bytes, size_t len)
{
	unsigned char *have = malloc(len);
	struct stat st;
	bool same = have && fstat(fd, &st) == 0 && (size_t)st.st_size == len &&
		    pread(fd, have, len, 0) == (ssize_t)len &&
		    memcmp(have, bytes, len) == 0;

	free(have);
	return same;
}

/* The second MiB reads as zeros, and the map says so; it calls the rest behind
   it not allocated, which can read as anything. */
static int map_hole(struct store *store, uint64_t off, uint64_t *len,
		    unsigned *ret_what)
{
	uint64_t ends[] = { 1u << 20, 2u << 20, store->medium.size };
	unsigned i = off < ends[0] ? 0 : off < ends[1] ? 1 : 2;

	*len = MIN(*len, ends[i] - off);
	*ret_what = i == 1 ? FILTER_HOLE | FILTER_ZERO :
		    i == 2 ? FILTER_HOLE : 0;
	return 0;
}

static void test_out_is_the_medium(void)
{
	struct seen seen = { 0 };
	struct failure f = { 0 };
	struct memory memory;
	int fd = memfd_create("out", MFD_CLOEXEC);

	memory_open(&memory, SIZE);
	scribble(memory.bytes, SIZE);
	CU_ASSERT_EQUAL(copy_out(&memory.store, "v", fd, see, &seen, &f), 0);
	CU_ASSERT_TRUE(file_is(fd, memory.bytes, SIZE));
	CU_ASSERT_EQUAL(seen.done, SIZE);
	CU_ASSERT_EQUAL(seen.total, SIZE);
	CU_ASSERT_EQUAL(memory.level, FILTER_NOBODY);
	memory_close(&memory);
	close(fd);
}

static void test_out_leaves_holes(void)
{
	static struct store_ops ops;
	struct seen seen = { 0 };
	struct failure f = { 0 };
	struct memory memory;
	struct stat st;
	int fd = memfd_create("out", MFD_CLOEXEC);

	memory_open(&memory, 4u << 20);
	ops = memory_ops;
	ops.map = map_hole;
	memory.store.ops = &ops;
	scribble(memory.bytes, 4u << 20);
	memset(memory.bytes + (1u << 20), 0, 1u << 20);
	CU_ASSERT_EQUAL(copy_out(&memory.store, "v", fd, see, &seen, &f), 0);
	CU_ASSERT_TRUE(file_is(fd, memory.bytes, 4u << 20));
	CU_ASSERT_EQUAL(fstat(fd, &st), 0);
	CU_ASSERT_EQUAL(st.st_blocks * 512, 3u << 20);
	memory_close(&memory);
	close(fd);
}

/* All of it is zeros, and the map says so. */
static int map_zeros(struct store *store, uint64_t off, uint64_t *len,
		     unsigned *ret_what)
{
	(void)store;
	(void)off;
	(void)len;
	*ret_what = FILTER_HOLE | FILTER_ZERO;
	return 0;
}

static void test_out_ends_where_the_medium_does(void)
{
	static struct store_ops ops;
	struct seen seen = { 0 };
	struct failure f = { 0 };
	struct memory memory;
	int fd = memfd_create("out", MFD_CLOEXEC);

	memory_open(&memory, SIZE);
	ops = memory_ops;
	ops.map = map_zeros;
	memory.store.ops = &ops;
	CU_ASSERT_EQUAL(copy_out(&memory.store, "v", fd, see, &seen, &f), 0);
	CU_ASSERT_TRUE(file_is(fd, memory.bytes, SIZE));
	memory_close(&memory);
	close(fd);
}

/* "copy ... -" into a file that has something. */
static void check_old(int flags, off_t at)
{
	static struct store_ops ops;
	struct seen seen = { 0 };
	struct failure f = { 0 };
	struct memory memory;
	int fd = memfd_create("out", MFD_CLOEXEC);
	unsigned char *have = malloc(4u << 20);

	memory_open(&memory, 4u << 20);
	ops = memory_ops;
	ops.map = map_hole;
	memory.store.ops = &ops;
	scribble(memory.bytes, 4u << 20);
	CU_ASSERT_EQUAL(pwrite(fd, memory.bytes, 4u << 20, 0), 4u << 20);
	memset(memory.bytes + (1u << 20), 0, 1u << 20);
	CU_ASSERT_EQUAL(fcntl(fd, F_SETFL, flags), 0);
	CU_ASSERT_EQUAL(lseek(fd, 0, SEEK_SET), 0);
	CU_ASSERT_EQUAL(copy_out(&memory.store, "v", fd, see, &seen, &f), 0);
	CU_ASSERT_EQUAL(pread(fd, have, 4u << 20, at), 4u << 20);
	CU_ASSERT_EQUAL(memcmp(have, memory.bytes, 4u << 20), 0);
	memory_close(&memory);
	free(have);
	close(fd);
}

static void test_out_over_old_bytes_writes_zeros(void)
{
	check_old(0, 0);
	check_old(O_APPEND, 4u << 20);
}

static void test_a_read_error_comes_through(void)
{
	struct seen seen = { 0 };
	struct failure f = { 0 };
	struct memory memory;
	int fd = memfd_create("out", MFD_CLOEXEC);

	memory_open(&memory, SIZE);
	memory.error = -EIO;
	CU_ASSERT_EQUAL(copy_out(&memory.store, "v", fd, see, &seen, &f),
			-EIO);
	CU_ASSERT_PTR_NOT_NULL(strstr(f.text, "'v'"));
	CU_ASSERT_EQUAL(memory.level, FILTER_NOBODY);
	memory_close(&memory);
	close(fd);
}

static void test_who_gives_up_is_heard(void)
{
	struct seen seen = { .stop_at = 2 };
	struct failure f = { 0 };
	struct memory memory;
	int fd = memfd_create("out", MFD_CLOEXEC);

	memory_open(&memory, SIZE);
	CU_ASSERT_EQUAL(copy_out(&memory.store, "v", fd, see, &seen, &f),
			-ECANCELED);
	CU_ASSERT_EQUAL(f.code, EXIT_INTERRUPTED);
	CU_ASSERT_EQUAL(seen.calls, 2);
	memory_close(&memory);
	close(fd);
}

/* A file that is shorter than the medium, and ends inside a granule. */
static void test_in_changes_what_the_file_has(void)
{
	static unsigned char bytes[(1u << 20) + 700];
	struct seen seen = { 0 };
	struct failure f = { 0 };
	struct memory memory;
	int fd = memfd_create("in", MFD_CLOEXEC);

	scribble(bytes, sizeof(bytes));
	CU_ASSERT_EQUAL_FATAL(write(fd, bytes, sizeof(bytes)),
			      (ssize_t)sizeof(bytes));
	memory_open(&memory, SIZE);
	memset(memory.bytes, 0xee, SIZE);
	CU_ASSERT_EQUAL(copy_in(&memory.store, "v", fd, see, &seen, &f), 0);
	CU_ASSERT_EQUAL(memcmp(memory.bytes, bytes, sizeof(bytes)), 0);
	CU_ASSERT_EQUAL(memory.bytes[sizeof(bytes)], 0xee);
	CU_ASSERT_EQUAL(memory.bytes[SIZE - 1], 0xee);
	CU_ASSERT_TRUE(memory.flushes >= 1);
	CU_ASSERT_EQUAL(memory.level, FILTER_NOBODY);
	memory_close(&memory);
	close(fd);
}

static void test_in_makes_zeros_of_holes(void)
{
	struct seen seen = { 0 };
	struct failure f = { 0 };
	struct memory memory;
	int fd = memfd_create("in", MFD_CLOEXEC);

	CU_ASSERT_EQUAL_FATAL(ftruncate(fd, SIZE), 0);
	CU_ASSERT_EQUAL_FATAL(pwrite(fd, "x", 1, 1u << 20), 1);
	memory_open(&memory, SIZE);
	memset(memory.bytes, 0xee, SIZE);
	CU_ASSERT_EQUAL(copy_in(&memory.store, "v", fd, see, &seen, &f), 0);
	CU_ASSERT_EQUAL(memory.bytes[1u << 20], 'x');
	memory.bytes[1u << 20] = 0;
	CU_ASSERT_EQUAL(memory.bytes[0], 0);
	CU_ASSERT_EQUAL(memcmp(memory.bytes, memory.bytes + 1, SIZE - 1), 0);
	memory_close(&memory);
	close(fd);
}

static void test_in_tells_a_failed_flush(void)
{
	struct seen seen = { 0 };
	struct failure f = { 0 };
	struct memory memory;
	int fd = memfd_create("in", MFD_CLOEXEC);

	CU_ASSERT_EQUAL_FATAL(ftruncate(fd, SIZE), 0);
	memory_open(&memory, SIZE);
	memory.flush_error = -EIO;
	CU_ASSERT_EQUAL(copy_in(&memory.store, "v", fd, see, &seen, &f), -EIO);
	CU_ASSERT_PTR_NOT_NULL(strstr(f.text, "'v' is not durable"));
	CU_ASSERT_EQUAL(memory.level, FILTER_NOBODY);
	memory_close(&memory);
	close(fd);
}

static void test_in_refuses_before_it_writes(void)
{
	struct seen seen = { 0 };
	struct failure f = { 0 };
	struct memory memory;
	int fd = memfd_create("in", MFD_CLOEXEC), pair[2];

	CU_ASSERT_EQUAL_FATAL(ftruncate(fd, SIZE + 1), 0);
	memory_open(&memory, SIZE);
	memory.bytes[0] = 0xee;
	CU_ASSERT_EQUAL(copy_in(&memory.store, "v", fd, see, &seen, &f),
			-ENOSPC);
	CU_ASSERT_EQUAL(memory.bytes[0], 0xee);

	CU_ASSERT_EQUAL_FATAL(ftruncate(fd, 512), 0);
	memory.store.medium.writable = false;
	f = (struct failure){ 0 };
	CU_ASSERT_EQUAL(copy_in(&memory.store, "v", fd, see, &seen, &f),
			-EROFS);
	CU_ASSERT_EQUAL(memory.bytes[0], 0xee);

	CU_ASSERT_EQUAL_FATAL(pipe(pair), 0);
	f = (struct failure){ 0 };
	CU_ASSERT_EQUAL(copy_in(&memory.store, "v", pair[0], see, &seen, &f),
			-EINVAL);
	CU_ASSERT_EQUAL(f.code, EXIT_USAGE);
	close(pair[0]);
	close(pair[1]);
	memory_close(&memory);
	close(fd);
}

CHECK_SUITE("copy",
	    CHECK(test_out_is_the_medium),
	    CHECK(test_out_leaves_holes),
	    CHECK(test_out_ends_where_the_medium_does),
	    CHECK(test_out_over_old_bytes_writes_zeros),
	    CHECK(test_a_read_error_comes_through),
	    CHECK(test_who_gives_up_is_heard),
	    CHECK(test_in_changes_what_the_file_has),
	    CHECK(test_in_makes_zeros_of_holes),
	    CHECK(test_in_tells_a_failed_flush),
	    CHECK(test_in_refuses_before_it_writes))
