/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * inside.c - the helper as a thread: stands in for its process and its cage
 *
 * A process for each input would take a hundred times as long, and its coverage
 * would be lost.  So the daemon's side (helper.c, errand.c, wire.c, excerpt.c)
 * and the helper's (helper-main.c, proxy.c) run as they are, over the same
 * socket, buffer and descriptors; only spawn.c and cage.c are replaced.
 */
#include <pthread.h>
#include <setjmp.h>
#include <sys/socket.h>

#include "cage.h"
#include "spawn.h"
#include "util.h"
#include "wire.h"

#include "fuzz.h"
#include "in-process.h"

#undef _exit
#undef calloc
#undef aligned_alloc
#undef free
#undef mmap
#undef secret_new
#undef secret_free
#undef main
#undef prctl

/* What the helper has and does not give back. */
struct thing {
	enum { MEMORY, MAPPING, SECRET } kind;
	void *at;
	size_t len;
};

static struct thing things[32];
static size_t n_things;
static pthread_t thread;
static jmp_buf way_out;
static int null = -1;

const char *helper_program;

static void *keep(int kind, void *at, size_t len)
{
	FUZZ_CHECK(n_things < ARRAY_SIZE(things));
	if (at && at != MAP_FAILED)
		things[n_things++] = (struct thing){ kind, at, len };
	return at;
}

static void forget(const void *at)
{
	for (size_t i = 0; i < n_things; i++)
		if (things[i].at == at)
			things[i] = things[--n_things];
}

void *inside_calloc(size_t n, size_t size)
{
	return keep(MEMORY, calloc(n, size), 0);
}

void *inside_aligned_alloc(size_t align, size_t size)
{
	return keep(MEMORY, aligned_alloc(align, size), 0);
}

void inside_free(void *memory)
{
	forget(memory);
	free(memory);
}

void *inside_mmap(void *at, size_t len, int protection, int flags, int fd,
		  off_t off)
{
	return keep(MAPPING, mmap(at, len, protection, flags, fd, off), len);
}

void *inside_secret_new(size_t len)
{
	return keep(SECRET, secret_new(len), len);
}

void inside_secret_free(void *secret, size_t len)
{
	forget(secret);
	secret_free(secret, len);
}

static void free_things(void)
{
	for (size_t i = 0; i < n_things; i++) {
		const struct thing *thing = &things[i];

		if (thing->kind == MEMORY)
			free(thing->at);
		else if (thing->kind == MAPPING)
			(void)munmap(thing->at, thing->len);
		else
			secret_free(thing->at, thing->len);
	}
	n_things = 0;
}

/* Its descriptors, closed but not free for others. */
static void close_files(void)
{
	for (int fd = WIRE_SOCKET_FD; fd < WIRE_END_FD; fd++)
		FUZZ_CHECK(dup3(null, fd, O_CLOEXEC) == fd);
}

/* Before main: libFuzzer's own files shall not get these numbers. */
__attribute__((constructor))
static void reserve_files(void)
{
	int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	FUZZ_CHECK(fd >= 0);
	null = fcntl(fd, F_DUPFD_CLOEXEC, WIRE_END_FD);
	FUZZ_CHECK(null >= 0);
	close(fd);
	close_files();
}

void inside_exit(int status)
{
	(void)status;
	longjmp(way_out, 1);
}

static void *run(void *arg)
{
	(void)arg;
	if (setjmp(way_out) == 0)
		(void)inside_main();
	close_files();		/* now the daemon hears of its end */
	return NULL;
}

int spawn_helper(int socket, int buffer, const int *given, size_t n_given,
		 pid_t *ret_pid)
{
	FUZZ_CHECK(dup2(socket, WIRE_SOCKET_FD) == WIRE_SOCKET_FD);
	FUZZ_CHECK(dup2(buffer, WIRE_BUFFER_FD) == WIRE_BUFFER_FD);
	for (int i = 0; i < (int)n_given; i++)
		FUZZ_CHECK(dup2(given[i], WIRE_GIVEN_FD + i) ==
			   WIRE_GIVEN_FD + i);
	FUZZ_CHECK(pthread_create(&thread, NULL, run, NULL) == 0);
	*ret_pid = 1;
	return 0;
}

/* It cannot be killed, but whatever it waits for comes to an end. */
int spawn_end(pid_t *pid)
{
	if (*pid < 0)
		return 0;
	*pid = -1;
	(void)shutdown(WIRE_SOCKET_FD, SHUT_RDWR);
	FUZZ_CHECK(pthread_join(thread, NULL) == 0);
	free_things();
	return 0;
}

/* The fuzzer bounds time and memory itself, and has files to write. */
int cage_enter(const struct cage *cage)
{
	FUZZ_CHECK(cage->socket == WIRE_SOCKET_FD);
	return 0;
}
