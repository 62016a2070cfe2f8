/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * in-process.h - before the helper's own files, so that they run as a thread
 *
 * The helper gives nothing back: its process ends.  As a thread of a fuzzer it
 * ends a hundred times a second, so what a process would take with it is kept
 * account of here, and freed by inside_end().  Nothing else is changed.
 */
#ifndef FUZZ_IN_PROCESS_H
#define FUZZ_IN_PROCESS_H

#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "../../common/secret.h"

/* As their namesakes. */
void inside_exit(int status) __attribute__((noreturn));
void *inside_calloc(size_t n, size_t size);
void *inside_aligned_alloc(size_t align, size_t size);
void inside_free(void *memory);
void *inside_mmap(void *at, size_t len, int protection, int flags, int fd,
		  off_t off);
void *inside_secret_new(size_t len);
void inside_secret_free(void *secret, size_t len);

int inside_main(void);

#define _exit			inside_exit
#define calloc			inside_calloc
#define aligned_alloc		inside_aligned_alloc
#define free			inside_free
#define mmap			inside_mmap
#define secret_new		inside_secret_new
#define secret_free		inside_secret_free
#define main			inside_main
/* What it asks of the kernel is for a process. */
#define prctl(...)		0

#endif /* FUZZ_IN_PROCESS_H */
