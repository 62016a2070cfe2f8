/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * synced - writes numbered records to a volume, and checks after a crash that
 * none is missing of those that were flushed
 *
 *	synced write FILE SEED [OPERATIONS PROCESS]
 *		until an error: threads write batches of records, call fsync
 *		and print their own number and the last record's.  The
 *		OPERATIONS-th call of write or fsync first kills PROCESS,
 *		while the other threads are in theirs
 *	synced check FILE SEED LOG
 *		of what was printed into LOG each record is there, or a later
 *		one in its place; none is torn
 *
 * Each thread has a part of the volume.  Record n lies in its block
 * (n * 7919 + SEED) mod blocks, so that blocks are written again and again.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util.h"

#define BLOCK 4096u
#define BATCH 5u
#define THREADS 4u

struct record {
	uint64_t number, seed;
	uint64_t words[BLOCK / 8 - 2];
};

struct part {
	int fd;
	unsigned thread;
	uint64_t seed, first, blocks;
};

static uint64_t operations;	/* until the victim dies; 0: it does not */
static pid_t victim;
static atomic_ullong done;

static uint64_t place_of(const struct part *part, uint64_t number)
{
	return (part->first + (number * 7919 + part->seed) % part->blocks) *
	       BLOCK;
}

static void make(struct record *record, const struct part *part,
		 uint64_t number)
{
	uint64_t seed = part->seed * THREADS + part->thread;

	record->number = number;
	record->seed = seed;
	for (size_t i = 0; i < ARRAY_SIZE(record->words); i++)
		record->words[i] = (number + 1) * 0x9E3779B97F4A7C15ull ^
				   (seed + i);
}

/* A volume that is dead already ends a writer well: it flushed nothing. */
static void open_parts(const char *path, int flags, const char *seed,
		       struct part parts[THREADS])
{
	int fd = open(path, flags | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) != 0 || st.st_size < THREADS * BLOCK) {
		/* EIO: it died while it was opened. */
		bool dead = errno == ENOTCONN || errno == ECONNABORTED ||
			    errno == EIO;

		fprintf(stderr, "synced: %s: %s\n", path, strerror(errno));
		exit(dead && flags != O_RDONLY ? EXIT_SUCCESS : EXIT_FAILURE);
	}
	for (unsigned i = 0; i < THREADS; i++) {
		uint64_t blocks = (uint64_t)st.st_size / BLOCK / THREADS;

		parts[i] = (struct part){ fd, i, strtoull(seed, NULL, 0),
					  i * blocks, blocks };
	}
}

static void count_one(void)
{
	if (atomic_fetch_add(&done, 1) + 1 == operations)
		(void)kill(victim, SIGKILL);
}

/* Ends when the volume does: that is what the test is about. */
static void *write_part(void *arg)
{
	const struct part *part = arg;
	struct record record;

	for (uint64_t number = 0;; number++) {
		make(&record, part, number);
		count_one();
		if (pwrite(part->fd, &record, BLOCK,
			   (off_t)place_of(part, number)) != (ssize_t)BLOCK)
			return NULL;
		if (number % BATCH != BATCH - 1)
			continue;
		count_one();
		if (fsync(part->fd) != 0)
			return NULL;
		/* One write(2) a line. */
		(void)dprintf(STDOUT_FILENO, "%u %llu\n", part->thread,
			      (unsigned long long)number);
	}
}

static int do_write(const char *path, const char *seed)
{
	struct part parts[THREADS];
	pthread_t threads[THREADS];

	open_parts(path, O_RDWR, seed, parts);
	for (unsigned i = 0; i < THREADS; i++)
		if (pthread_create(&threads[i], NULL, write_part,
				   &parts[i]) != 0)
			return EXIT_FAILURE;
	for (unsigned i = 0; i < THREADS; i++)
		(void)pthread_join(threads[i], NULL);
	return EXIT_SUCCESS;
}

static bool check_one(const struct part *part, uint64_t number)
{
	struct record have, want;
	uint64_t at = place_of(part, number);

	if (pread(part->fd, &have, BLOCK, (off_t)at) != (ssize_t)BLOCK)
		return false;
	if (have.number < number || place_of(part, have.number) != at)
		return false;
	make(&want, part, have.number);
	return memcmp(&have, &want, BLOCK) == 0;
}

static int check_part(const struct part *part, uint64_t last)
{
	for (uint64_t number = 0; number <= last; number++)
		if (!check_one(part, number)) {
			printf("record %llu of %llu of thread %u is lost\n",
			       (unsigned long long)number,
			       (unsigned long long)last, part->thread);
			return EXIT_FAILURE;
		}
	return EXIT_SUCCESS;
}

static int do_check(const char *path, const char *seed, const char *log)
{
	FILE *lines = fopen(log, "re");
	unsigned long long last[THREADS] = { 0 }, number;
	bool flushed[THREADS] = { false };
	struct part parts[THREADS];
	unsigned thread;
	int r = EXIT_SUCCESS;

	if (!lines) {
		fprintf(stderr, "synced: %s: %s\n", log, strerror(errno));
		return EXIT_FAILURE;
	}
	while (fscanf(lines, "%u %llu\n", &thread, &number) == 2)
		if (thread < THREADS) {
			flushed[thread] = true;
			last[thread] = number;
		}
	(void)fclose(lines);
	open_parts(path, O_RDONLY, seed, parts);
	for (thread = 0; thread < THREADS; thread++)
		if (flushed[thread] &&
		    check_part(&parts[thread], last[thread]) != EXIT_SUCCESS)
			r = EXIT_FAILURE;
	return r;
}

int main(int argc, char **argv)
{
	if (argc == 6 && streq(argv[1], "write")) {
		operations = strtoull(argv[4], NULL, 0);
		victim = (pid_t)strtol(argv[5], NULL, 0);
		if (operations > 0 && victim > 1)
			return do_write(argv[2], argv[3]);
	}
	if (argc == 4 && streq(argv[1], "write"))
		return do_write(argv[2], argv[3]);
	if (argc == 5 && streq(argv[1], "check"))
		return do_check(argv[2], argv[3], argv[4]);
	fputs("usage: synced write FILE SEED [OPERATIONS PROCESS] | "
	      "check FILE SEED LOG\n", stderr);
	return 2;
}
