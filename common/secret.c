/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * secret.c - see secret.h
 */
#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "log.h"

#include "secret.h"

void secret_protect(void *at, size_t len)
{
	static atomic_flag told = ATOMIC_FLAG_INIT;

	(void)madvise(at, len, MADV_DONTDUMP);
	if (mlock(at, len) == 0)
		return;
	if (!atomic_flag_test_and_set(&told))
		log_warning("cannot lock memory for keys: %s; "
			    "they may reach the swap", strerror(errno));
}

void *secret_new(size_t len)
{
	void *at;

	if (len == 0)
		len = 1;
	at = mmap(NULL, len, PROT_READ | PROT_WRITE,
		  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (at == MAP_FAILED)
		return NULL;
	(void)madvise(at, len, MADV_WIPEONFORK);
	secret_protect(at, len);
	return at;
}

void secret_free(void *secret, size_t len)
{
	if (!secret)
		return;
	if (len == 0)
		len = 1;
	explicit_bzero(secret, len);
	(void)munmap(secret, len);
}

/* What fails here would only have been more careful.  A limit of 1 byte: with 0
   the kernel still hands the core to a program. */
void secret_seal(void)
{
	const struct rlimit none = { 1, 1 };

	(void)setrlimit(RLIMIT_CORE, &none);
#ifndef SANITIZED		/* their search for leaks looks into us */
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
}
