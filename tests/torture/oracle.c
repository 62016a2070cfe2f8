/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * oracle - random I/O on a volume file, compared with a model in memory
 *
 *	oracle [-n OPS] [-t THREADS] [-s SEED] [-m MODE] [-d DUMP] [-w] FILE
 *
 * Fills FILE, a volume or a block device on one, then does OPS operations in
 * all: reads, writes, zeroing and flushes of any alignment, up to and over the
 * end.  MODE is how: buffered, direct, dsync, mmap, files (all but mmap), or
 * mixed (all of them).  Each thread has a range of its own; but for mmap and
 * mixed the ranges meet inside a sector, so that neighbours'
 * read-modify-writes meet too.  (A page that one maps and another writes
 * directly has no defined content on any file system, nor has a page of a
 * block device that both write: there they meet at pages.)  At the end all is
 * read again through a fresh descriptor, and what must be there goes to DUMP.
 * -w: the kernel writes back later, so that a write past the end cannot fail
 * at once.
 *
 * Exit code 0: no difference, and one line tells what was done.  1: a
 * difference, said on standard error with the seed.  2: usage.  The same seed
 * does the same operations per thread.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <linux/fs.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util.h"

#define PAGE 4096u
#define MAX_LEN (1u << 20)
#define MAX_THREADS 16

/* The first three are descriptors too. */
enum mode { BUFFERED, DIRECT, DSYNC, MMAP, FILES, MIXED };
static const char *const mode_names[] = {
	"buffered", "direct", "dsync", "mmap", "files", "mixed",
};

static struct {
	const char *path, *dump;
	uint64_t ops, seed, size;
	unsigned threads;
	enum mode mode;
	bool writeback;
	uint32_t unit;		/* of all requests: 512 on a block device */
	unsigned char *model;
	unsigned char *noise;	/* what is written: a piece of this */
} run = { .ops = 10000, .seed = 1, .threads = 4, .mode = MIXED, .unit = 1 };

struct worker {
	pthread_t thread;
	uint64_t random, from, to, ops;
	int fd[3];		/* BUFFERED, DIRECT, DSYNC */
	unsigned char *map;
	unsigned char *buf;	/* twice MAX_LEN and a page */
	bool last;		/* its range ends with the volume */
};

static _Noreturn void fail(const char *what, uint64_t off, uint64_t len)
{
	fprintf(stderr,
		"oracle: %s at %llu + %llu (%s; mode %s, seed %llu, %u threads)\n",
		what, (unsigned long long)off, (unsigned long long)len,
		strerror(errno), mode_names[run.mode],
		(unsigned long long)run.seed, run.threads);
	exit(EXIT_FAILURE);
}

/* xorshift64*: small, seeded, the same everywhere. */
static uint64_t next_random(struct worker *w)
{
	w->random ^= w->random >> 12;
	w->random ^= w->random << 25;
	w->random ^= w->random >> 27;
	return w->random * 0x2545F4914F6CDD1Dull;
}

static uint64_t below(struct worker *w, uint64_t n)
{
	return n ? next_random(w) % n : 0;
}

static enum mode pick_mode(struct worker *w)
{
	if (run.mode == MIXED)
		return (enum mode)below(w, MMAP + 1);
	if (run.mode == FILES)
		return (enum mode)below(w, DSYNC + 1);
	return run.mode;
}

/* Mostly small, for the edges; one in 32 up to a whole request. */
static size_t pick_len(struct worker *w)
{
	uint64_t n = below(w, 32);

	if (n == 0)
		return 1 + below(w, MAX_LEN);
	if (n < 4)
		return 1 + below(w, 70000);
	if (n < 16)
		return 1 + below(w, 5000);
	return 1 + below(w, n < 24 ? 1024 : 64);
}

/* A range inside the worker's. */
static size_t pick_range(struct worker *w, uint64_t *off)
{
	uint64_t room = w->to - w->from;
	size_t len = pick_len(w);

	if (below(w, 3) == 0)
		len = round_up(len, 512);
	len = round_up(len, run.unit);
	len = MIN(len, room);
	*off = w->from + below(w, room - len + 1);
	if (below(w, 3) == 0)
		*off = MAX(round_down(*off, PAGE), w->from);
	*off = round_down(*off, run.unit);
	if (w->last && below(w, 16) == 0)
		*off = w->to - len;
	return len;
}

static unsigned char *pick_buffer(struct worker *w)
{
	/* Any alignment in memory too; direct I/O must cope, but for the
	   kernel's own on a block device. */
	size_t at = below(w, 2) ? 0 : below(w, PAGE);

	return w->buf + round_down(at, run.unit);
}

static void write_all(int fd, const unsigned char *buf, size_t len,
		      uint64_t off)
{
	while (len > 0) {
		ssize_t n = pwrite(fd, buf, len, (off_t)off);

		if (n <= 0)
			fail("write failed", off, len);
		buf += n;
		off += (uint64_t)n;
		len -= (size_t)n;
	}
}

static void read_all(int fd, unsigned char *buf, size_t len, uint64_t off)
{
	while (len > 0) {
		ssize_t n = pread(fd, buf, len, (off_t)off);

		if (n <= 0)
			fail("read failed", off, len);
		buf += n;
		off += (uint64_t)n;
		len -= (size_t)n;
	}
}

static void sync_map(struct worker *w, uint64_t off, size_t len)
{
	uint64_t from = round_down(off, PAGE);

	if (msync(w->map + from, off + len - from, MS_SYNC) != 0)
		fail("msync failed", off, len);
}

static void do_write(struct worker *w)
{
	uint64_t off;
	size_t len = pick_range(w, &off);
	unsigned char *buf = pick_buffer(w);
	enum mode mode = pick_mode(w);

	memcpy(buf, run.noise + below(w, MAX_LEN), len);
	memcpy(run.model + off, buf, len);
	if (mode == MMAP) {
		memcpy(w->map + off, buf, len);
		if (run.mode != MMAP || below(w, 8) == 0)
			sync_map(w, off, len);
	} else {
		write_all(w->fd[mode], buf, len, off);
	}
}

static void do_read(struct worker *w)
{
	uint64_t off;
	size_t len = pick_range(w, &off);
	unsigned char *buf = pick_buffer(w);
	enum mode mode = pick_mode(w);

	if (mode == MMAP)
		memcpy(buf, w->map + off, len);
	else
		read_all(w->fd[mode], buf, len, off);
	if (memcmp(buf, run.model + off, len) == 0)
		return;
	for (size_t i = 0; i < len; i++)
		if (buf[i] != run.model[off + i])
			fail("read differs", off + i, len - i);
}

static int zero_range(struct worker *w, uint64_t off, size_t len, int how)
{
	return fallocate(w->fd[BUFFERED], how | FALLOC_FL_KEEP_SIZE,
			 (off_t)off, (off_t)len);
}

/* A volume that can free nothing punches no holes: it is asked for zeros then,
   as the kernel would. */
static void do_zero(struct worker *w)
{
	uint64_t off;
	size_t len = pick_range(w, &off);
	bool punch = below(w, 2);
	int r = -1;

	if (run.mode == MMAP)
		sync_map(w, off, len);
	memset(run.model + off, 0, len);
	if (punch)
		r = zero_range(w, off, len, FALLOC_FL_PUNCH_HOLE);
	if (!punch || (r < 0 && errno == EOPNOTSUPP))
		r = zero_range(w, off, len, FALLOC_FL_ZERO_RANGE);
	if (r != 0)
		fail("zeroing failed", off, len);
}

static void do_flush(struct worker *w)
{
	if (fsync(w->fd[below(w, 3)]) != 0)
		fail("fsync failed", 0, 0);
}

/* Over the end: what fits is read or written, then 0 or ENOSPC. */
static void do_end(struct worker *w)
{
	bool direct = run.mode == DIRECT && run.unit == 1;
	int fd = w->fd[direct ? DIRECT : BUFFERED];
	unsigned char *buf = w->buf;
	size_t inside = (size_t)MIN((uint64_t)100, w->to - w->from);
	uint64_t off = run.size - inside;
	ssize_t n = pread(fd, buf, inside + 300, (off_t)off);

	if (n != (ssize_t)inside || memcmp(buf, run.model + off, inside) != 0)
		fail("read over the end", off, inside + 300);
	if (pread(fd, buf, 100, (off_t)run.size) != 0)
		fail("read at the end is not empty", run.size, 100);
	if (run.writeback)
		return;
	errno = 0;
	if (pwrite(fd, buf, 100, (off_t)run.size) != -1 || errno != ENOSPC)
		fail("write at the end is not ENOSPC", run.size, 100);
}

static void *work(void *arg)
{
	struct worker *w = arg;

	for (uint64_t i = 0; i < w->ops; i++) {
		uint64_t what = below(w, 100);

		if (what < 45)
			do_write(w);
		else if (what < 85)
			do_read(w);
		else if (what < 93)
			do_zero(w);
		else if (what < 97)
			do_flush(w);
		else if (w->last)
			do_end(w);
	}
	if (w->map && msync(w->map, run.size, MS_SYNC) != 0)
		fail("msync failed", 0, run.size);
	return NULL;
}

static bool maps(void)
{
	return run.mode == MMAP || run.mode == MIXED;
}

static void open_worker(struct worker *w)
{
	static const int flags[] = { 0, O_DIRECT, O_DSYNC };

	for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
		w->fd[i] = open(run.path, O_RDWR | O_CLOEXEC | flags[i]);
		if (w->fd[i] < 0)
			fail("cannot open the volume", 0, 0);
	}
	if (maps()) {
		w->map = mmap(NULL, run.size, PROT_READ | PROT_WRITE,
			      MAP_SHARED, w->fd[BUFFERED], 0);
		if (w->map == MAP_FAILED)
			fail("cannot map the volume", 0, run.size);
	}
	if (posix_memalign((void **)&w->buf, PAGE, 2 * MAX_LEN + PAGE) != 0)
		fail("no memory", 0, 0);
}

/* Where one worker's range ends: inside a sector, or at a page. */
static uint64_t border(unsigned i)
{
	uint64_t at = run.size / run.threads * i;

	if (i == 0)
		return 0;
	if (i == run.threads)
		return run.size;
	return maps() || run.unit > 1 ? round_down(at, PAGE)
				      : round_down(at, PAGE) + 1000 + i;
}

static void check_whole(void)
{
	int fd = open(run.path, O_RDONLY | O_CLOEXEC);
	unsigned char *buf = malloc(MAX_LEN);

	if (fd < 0 || !buf)
		fail("cannot open again", 0, 0);
	(void)posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	for (uint64_t off = 0; off < run.size; off += MAX_LEN) {
		size_t len = (size_t)MIN((uint64_t)MAX_LEN, run.size - off);

		read_all(fd, buf, len, off);
		if (memcmp(buf, run.model + off, len) != 0)
			fail("the volume differs at the end", off, len);
	}
	free(buf);
	close(fd);
}

static void make_noise(void)
{
	struct worker w = { .random = run.seed * 2 + 1 };

	run.noise = malloc(2 * MAX_LEN);
	if (!run.noise)
		fail("no memory", 0, 0);
	for (size_t i = 0; i < 2 * MAX_LEN; i++)
		run.noise[i] = (unsigned char)(next_random(&w) >> 56);
}

static void measure(int fd)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		fail("cannot look at the volume", 0, 0);
	run.size = (uint64_t)st.st_size;
	if (!S_ISBLK(st.st_mode))
		return;
	run.unit = 512;
	if (ioctl(fd, BLKGETSIZE64, &run.size) != 0)
		fail("cannot look at the device", 0, 0);
}

static void fill(void)
{
	int fd = open(run.path, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		fail("cannot open the volume", 0, 0);
	measure(fd);
	run.model = malloc(run.size);
	if (!run.model || run.size < (uint64_t)run.threads * 4 * PAGE)
		fail("the volume is too small", 0, run.size);
	make_noise();
	for (uint64_t i = 0; i < run.size; i++)
		run.model[i] = (unsigned char)(i * 31 + (i >> 12));
	write_all(fd, run.model, run.size, 0);
	close(fd);
}

static void dump(void)
{
	int fd;

	if (!run.dump)
		return;
	fd = open(run.dump, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		fail("cannot write the dump", 0, 0);
	write_all(fd, run.model, run.size, 0);
	if (fsync(fd) != 0 || close(fd) != 0)
		fail("cannot write the dump", 0, 0);
}

static bool parse_mode(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(mode_names); i++)
		if (streq(name, mode_names[i])) {
			run.mode = (enum mode)i;
			return true;
		}
	return false;
}

static bool parse(int argc, char **argv)
{
	int c;

	while ((c = getopt(argc, argv, "n:t:s:m:d:w")) != -1) {
		if (c == 'n')
			run.ops = strtoull(optarg, NULL, 0);
		else if (c == 't')
			run.threads = (unsigned)strtoul(optarg, NULL, 0);
		else if (c == 's')
			run.seed = strtoull(optarg, NULL, 0);
		else if (c == 'd')
			run.dump = optarg;
		else if (c == 'w')
			run.writeback = true;
		else if (c != 'm' || !parse_mode(optarg))
			return false;
	}
	run.path = argv[optind];
	return argc == optind + 1 && run.threads >= 1 &&
	       run.threads <= MAX_THREADS;
}

int main(int argc, char **argv)
{
	struct worker workers[MAX_THREADS] = { 0 };

	if (!parse(argc, argv)) {
		fputs("usage: oracle [-n OPS] [-t THREADS] [-s SEED] "
		      "[-m buffered|direct|dsync|mmap|files|mixed] [-d DUMP] "
		      "[-w] FILE\n", stderr);
		return 2;
	}
	fill();
	for (unsigned i = 0; i < run.threads; i++) {
		struct worker *w = &workers[i];

		w->random = (run.seed + 1) * 0x9E3779B97F4A7C15ull + i;
		w->from = border(i);
		w->to = border(i + 1);
		w->last = i + 1 == run.threads;
		w->ops = run.ops / run.threads;
		open_worker(w);
	}
	for (unsigned i = 0; i < run.threads; i++)
		if (pthread_create(&workers[i].thread, NULL, work,
				   &workers[i]) != 0)
			fail("no thread", 0, 0);
	for (unsigned i = 0; i < run.threads; i++)
		pthread_join(workers[i].thread, NULL);
	check_whole();
	dump();
	printf("oracle: %llu operations, mode %s, seed %llu, %u threads\n",
	       (unsigned long long)run.ops, mode_names[run.mode],
	       (unsigned long long)run.seed, run.threads);
	return EXIT_SUCCESS;
}
