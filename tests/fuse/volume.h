/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * volume.h - a memory store, published: what each of these tests begins with
 */
#ifndef VOLUME_H
#define VOLUME_H

#include "export.h"
#include "memory.h"

#define MIB (UINT64_C(1) << 20)

struct volume {
	struct memory *memory;
	struct export *export;
	char dir[32];
	const char *path;
};

/* Ends the program when it cannot be published. */
void volume_open(struct volume *volume, uint64_t size, uint32_t granule,
		 bool writable, enum export_cache cache);

/* The same with all that may be wished of an export. */
void volume_open_with(struct volume *volume, uint64_t size, uint32_t granule,
		      bool writable, const struct export_options *options);

/* Stops it, waiting for late releases; counts as a failed test if it is busy
   or its directory is not empty afterwards. */
void volume_close(struct volume *volume);

/* Opens the volume's file; fails the test if that fails. */
int volume_file(const struct volume *volume, int flags);

/* Whether it becomes so before VOLUME_PATIENCE has gone by. */
bool volume_level_becomes(struct volume *volume, int level);

/* The same of any number that grows. */
bool reaches(const atomic_uint *number, unsigned least);

bool volume_is_mounted(const char *path);

/*
 * Whether @work says so, in a child of its own.  What touches a mapping of a
 * volume belongs there: the kernel waits for the page with this process's
 * memory locked, and a worker that then needs memory waits for that lock.
 */
bool volume_apart(bool (*work)(void *arg), void *arg);

void fill(unsigned char *buf, size_t len, unsigned seed);
/* Seconds after which what does not happen counts as hung. */
#define VOLUME_PATIENCE 60

double seconds(void);

/* Why these tests cannot run here, or NULL.  Otherwise all mounts are this
   process's own from now on, and end with it. */
const char *volume_skip(void);

/* As CHECK_SUITE, where something can be mounted. */
#define VOLUME_SUITE(title, ...)					\
	int main(void)							\
	{								\
		CU_TestInfo tests[] = { __VA_ARGS__, CU_TEST_INFO_NULL };\
		CU_SuiteInfo suites[] = {				\
			{ title, NULL, NULL, NULL, NULL, tests },	\
			CU_SUITE_INFO_NULL				\
		};							\
		const char *why = volume_skip();			\
									\
		if (!why)						\
			return check_run(suites);			\
		printf("1..0 # SKIP %s\n", why);			\
		return EXIT_SUCCESS;					\
	}

#endif /* VOLUME_H */
