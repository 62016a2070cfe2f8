/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * synced - writes numbered records to a volume, and checks after a crash that
 * none is missing of those that were flushed
 *
 *	synced write FILE SEED	until an error: writes a batch of records,
 *				calls fsync, then prints the last one's number
 *	synced check FILE SEED LAST	every record up to LAST is there, or a
 *				later one in its place; none is torn
 *
 * Record n lies in block (n * 7919 + SEED) mod blocks, so that blocks are
 * written again and again.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util.h"

#define BLOCK 4096u
#define BATCH 5u

struct record {
	uint64_t number, seed;
	uint64_t words[BLOCK / 8 - 2];
};

static uint64_t block_of(uint64_t number, uint64_t seed, uint64_t blocks)
{
	return (number * 7919 + seed) % blocks;
}

static void make(struct record *record, uint64_t number, uint64_t seed)
{
	record->number = number;
	record->seed = seed;
	for (size_t i = 0; i < ARRAY_SIZE(record->words); i++)
		record->words[i] = (number + 1) * 0x9E3779B97F4A7C15ull ^
				   (seed + i);
}

static int open_volume(const char *path, int flags, uint64_t *blocks)
{
	int fd = open(path, flags | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) != 0) {
		fprintf(stderr, "synced: %s: %s\n", path, strerror(errno));
		exit(EXIT_FAILURE);
	}
	*blocks = (uint64_t)st.st_size / BLOCK;
	return fd;
}

/* Ends when the volume does: that is what the test is about. */
static int do_write(const char *path, uint64_t seed)
{
	struct record record;
	uint64_t blocks;
	int fd = open_volume(path, O_RDWR, &blocks);

	for (uint64_t number = 0;; number++) {
		uint64_t at = block_of(number, seed, blocks);

		make(&record, number, seed);
		if (pwrite(fd, &record, BLOCK, (off_t)(at * BLOCK)) !=
		    (ssize_t)BLOCK)
			return 0;
		if (number % BATCH != BATCH - 1)
			continue;
		if (fsync(fd) != 0)
			return 0;
		printf("%llu\n", (unsigned long long)number);
		fflush(stdout);
	}
}

static int check_one(int fd, uint64_t number, uint64_t seed, uint64_t blocks)
{
	struct record have, want;
	uint64_t at = block_of(number, seed, blocks);

	if (pread(fd, &have, BLOCK, (off_t)(at * BLOCK)) != (ssize_t)BLOCK)
		return -1;
	if (have.seed != seed || have.number < number ||
	    block_of(have.number, seed, blocks) != at)
		return -1;
	make(&want, have.number, seed);
	return memcmp(&have, &want, BLOCK) == 0 ? 0 : -1;
}

static int do_check(const char *path, uint64_t seed, uint64_t last)
{
	uint64_t blocks;
	int fd = open_volume(path, O_RDONLY, &blocks);

	for (uint64_t number = 0; number <= last; number++)
		if (check_one(fd, number, seed, blocks) != 0) {
			printf("record %llu of %llu is lost\n",
			       (unsigned long long)number,
			       (unsigned long long)last);
			return EXIT_FAILURE;
		}
	return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	if (argc == 4 && streq(argv[1], "write"))
		return do_write(argv[2], strtoull(argv[3], NULL, 0));
	if (argc == 5 && streq(argv[1], "check"))
		return do_check(argv[2], strtoull(argv[3], NULL, 0),
				strtoull(argv[4], NULL, 0));
	fputs("usage: synced write FILE SEED | check FILE SEED LAST\n", stderr);
	return 2;
}
