/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * bench.c - see bench.h
 *
 * Through sector.c, as a volume's requests go: a library's own figures are of
 * long messages, and leave out the IV of each sector.
 */
#include "bench.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include <openssl/crypto.h>

#include "sector.h"

#define SECTOR	4096u
#define LEAST_NS 30000000u	/* one direction of one cipher */

static const struct {
	const char *spec;
	size_t key_len;		/* bytes */
} ciphers[] = {
	{ "aes-xts-plain64", 64 },
	{ "aes-xts-plain64", 32 },
	{ "aes-cbc-essiv:sha256", 32 },
};

typedef int direction_fn(const struct sector *s, unsigned lane, void *out,
			 const void *in, size_t len, uint64_t off);

static uint64_t now_ns(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* MiB a second; a negative errno when OpenSSL refused. */
static int measure(const struct sector *s, direction_fn *run, void *buf)
{
	uint64_t begin = now_ns(), took, done = 0;

	do {
		int r = run(s, 0, buf, buf, BENCH_SCRATCH, done);

		if (r < 0)
			return r;
		done += BENCH_SCRATCH;
		took = now_ns() - begin;
	} while (took < LEAST_NS);
	return (int)((done >> 20) * 1000000000u / took);
}

static int bench_cipher(struct filter_next *next, const char *spec,
			size_t key_len, void *buf)
{
	unsigned char key[SECTOR_MAX_KEY];
	int encrypts, decrypts, r;
	struct sector s;

	/* Of no worth, but with halves that differ, as XTS wants. */
	for (size_t i = 0; i < sizeof(key); i++)
		key[i] = (unsigned char)i;
	r = sector_open(&s, spec, key, key_len, SECTOR, 0, 1);
	encrypts = r < 0 ? r : measure(&s, sector_encrypt, buf);
	decrypts = r < 0 ? r : measure(&s, sector_decrypt, buf);
	sector_close(&s);
	if (encrypts < 0 || decrypts < 0) {
		next->say(next, FILTER_WHY, "%s with a key of %zu bits does "
			  "not work", spec, key_len * 8);
		return encrypts < 0 ? encrypts : decrypts;
	}
	next->say(next, FILTER_INFO, "%s, key of %zu bits: encrypts %d MiB/s, "
		  "decrypts %d MiB/s on one processor", spec, key_len * 8,
		  encrypts, decrypts);
	return 0;
}

int bench_run(void *self, const void *args, struct filter_next *next)
{
	void *buf = next->scratch(next, BENCH_SCRATCH);
	int r = buf ? 0 : -ENOMEM;

	(void)self;
	(void)args;
	if (r == 0) {
		memset(buf, 0, BENCH_SCRATCH);
		next->say(next, FILTER_INFO, "%s",
			  OpenSSL_version(OPENSSL_VERSION));
	}
	for (size_t i = 0; r == 0 && i < sizeof(ciphers) / sizeof(*ciphers);
	     i++)
		r = bench_cipher(next, ciphers[i].spec, ciphers[i].key_len,
				 buf);
	return r;
}
