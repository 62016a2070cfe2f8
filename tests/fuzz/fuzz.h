/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fuzz.h - what all fuzz targets share
 *
 * A target is one function that takes any bytes and checks what must hold of
 * them.  It is called by libFuzzer, or by replay.c with what was found earlier.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Not assert(): these stay whatever the build is. */
#define FUZZ_CHECK(fact)						\
	do {								\
		if (!(fact))						\
			fuzz_fail(__FILE__, __LINE__, #fact);		\
	} while (0)

__attribute__((noreturn))
static inline void fuzz_fail(const char *file, int line, const char *fact)
{
	fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, fact);
	abort();
}

/* Open descriptors, of the first few: a run leaves as many as there were. */
static inline unsigned fuzz_count_files(void)
{
	unsigned n = 0;

	for (int fd = 0; fd < 64; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

#endif /* FUZZ_H */
