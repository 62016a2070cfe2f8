/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-crypt-sector.c - known answers, IVs, and the data path of crypt
 *
 * The vectors are those of IEEE 1619-2007, annex B, that are one sector of 512
 * bytes long (the shorter ones are the beginning of such a sector: XTS
 * encrypts each block of 16 bytes by itself).
 */
#include "../../filters/crypt/crypt.h"
#include "check.h"
#include "fake-next.h"

extern const struct filter_ops crypt_filter;

#define DATA_OFFSET	(64u << 10)
#define DATA_SIZE	(2u << 20)

static size_t unhex(const char *hex, unsigned char *ret)
{
	size_t n = 0;

	for (; hex[0]; hex += 2, n++) {
		const char digits[] = { hex[0], hex[1], '\0' };

		ret[n] = (unsigned char)strtoul(digits, NULL, 16);
	}
	return n;
}

struct vector {
	const char *key;
	uint64_t number;		/* of the data unit */
	int plain;			/* byte to repeat; -1: 0, 1, 2 ... */
	const char *cipher;		/* the first bytes */
};

static void check_vector(const struct vector *v)
{
	unsigned char key[64], plain[512], want[64], out[512];
	size_t key_len = unhex(v->key, key), len = unhex(v->cipher, want);
	struct sector s;

	for (unsigned i = 0; i < sizeof(plain); i++)
		plain[i] = (unsigned char)(v->plain < 0 ? (int)i : v->plain);
	CU_ASSERT_EQUAL(sector_open(&s, "aes-xts-plain64", key, key_len, 512,
				    v->number, 1), 0);
	CU_ASSERT_EQUAL(sector_encrypt(&s, 0, out, plain, 512, 0), 0);
	CU_ASSERT_EQUAL(memcmp(out, want, len), 0);
	CU_ASSERT_EQUAL(sector_decrypt(&s, 0, out, out, 512, 0), 0);
	CU_ASSERT_EQUAL(memcmp(out, plain, 512), 0);
	sector_close(&s);
}

static void test_ieee_1619_vectors(void)
{
	static const struct vector vectors[] = {
		{ "11111111111111111111111111111111"
		  "22222222222222222222222222222222", 0x3333333333, 0x44,
		  "c454185e6a16936e39334038acef838b"
		  "fb186fff7480adc4289382ecd6d394f0" },
		{ "27182818284590452353602874713526"
		  "31415926535897932384626433832795", 0, -1,
		  "27a7479befa1d476489f308cd4cfa6e2"
		  "a96e4bbe3208ff25287dd3819616e89c" },
		{ "2718281828459045235360287471352662497757247093699959574966"
		  "96762731415926535897932384626433832795028841971693993751058"
		  "20974944592", 0xff, -1,
		  "1c3b3a102f770386e4836c99e370cf9b"
		  "ea00803f5e482357a4ae12d414a3e63b" },
	};

	for (size_t i = 0; i < sizeof(vectors) / sizeof(*vectors); i++)
		check_vector(&vectors[i]);
}

static void test_equal_key_halves_are_refused(void)
{
	static const unsigned char zeros[64];
	struct sector s;

	CU_ASSERT_EQUAL(sector_open(&s, "aes-xts-plain64", zeros, 32, 512, 0,
				    1), -EKEYREJECTED);
	sector_close(&s);
	CU_ASSERT_EQUAL(sector_open(&s, "aes-xts-plain64", zeros, 64, 512, 0,
				    1), -EKEYREJECTED);
	sector_close(&s);
}

static void test_other_ciphers_are_unsupported(void)
{
	struct sector s;

	CU_ASSERT_TRUE(sector_supports("aes-xts-plain64", 64));
	CU_ASSERT_FALSE(sector_supports("aes-xts-plain64", 48));
	CU_ASSERT_FALSE(sector_supports("serpent-xts-plain64", 64));
	CU_ASSERT_TRUE(sector_has_cipher("aes-cbc-essiv:sha256", 32));
	CU_ASSERT_FALSE(sector_has_cipher("serpent-xts-plain64", 64));
	CU_ASSERT_FALSE(sector_has_cipher("cipher_null-ecb", 32));
	CU_ASSERT_FALSE(sector_has_cipher("", 64));
	CU_ASSERT_EQUAL(sector_open(&s, "aes-lrw-benbi", "", 64, 512, 0, 1),
			-EOPNOTSUPP);
	sector_close(&s);
}

/* Sectors of 4096 bytes count their IV in 512 bytes all the same. */
static void test_the_iv_counts_in_512_bytes(void)
{
	unsigned char key[64], in[8192], large[8192], small[512];
	struct sector s;

	for (unsigned i = 0; i < sizeof(key); i++)
		key[i] = (unsigned char)i;
	memset(in, 0x5a, sizeof(in));
	CU_ASSERT_EQUAL(sector_open(&s, "aes-xts-plain64", key, 64, 4096, 0,
				    1), 0);
	CU_ASSERT_EQUAL(sector_encrypt(&s, 0, large, in, 8192, 0), 0);
	sector_close(&s);
	CU_ASSERT_EQUAL(sector_open(&s, "aes-xts-plain64", key, 64, 512, 0,
				    1), 0);
	CU_ASSERT_EQUAL(sector_encrypt(&s, 0, small, in, 512, 8 * 512), 0);
	CU_ASSERT_EQUAL(memcmp(large + 4096, small, 512), 0);
	CU_ASSERT_EQUAL(sector_encrypt(&s, 0, small, in, 512, 512), 0);
	CU_ASSERT_NOT_EQUAL(memcmp(large + 4096, small, 512), 0);
	sector_close(&s);
}

/* plain64, not plain: 2 TiB on, the number needs more than 32 bits. */
static void test_the_iv_has_64_bits(void)
{
	const uint64_t far = (UINT64_C(1) << 32) * 512;
	unsigned char key[32], in[512] = { 1 }, low[512], high[512];
	struct sector s;

	for (unsigned i = 0; i < sizeof(key); i++)
		key[i] = (unsigned char)i;
	CU_ASSERT_EQUAL(sector_open(&s, "aes-xts-plain64", key, 32, 512, 0,
				    1), 0);
	CU_ASSERT_EQUAL(sector_encrypt(&s, 0, low, in, 512, 0), 0);
	CU_ASSERT_EQUAL(sector_encrypt(&s, 0, high, in, 512, far), 0);
	CU_ASSERT_NOT_EQUAL(memcmp(low, high, 512), 0);
	sector_close(&s);
	CU_ASSERT_EQUAL(sector_open(&s, "aes-xts-plain64", key, 32, 512,
				    UINT64_C(1) << 32, 1), 0);
	CU_ASSERT_EQUAL(sector_encrypt(&s, 0, low, in, 512, 0), 0);
	CU_ASSERT_EQUAL(memcmp(low, high, 512), 0);
	sector_close(&s);
}

static struct crypt_ticket good_ticket(void)
{
	struct crypt_ticket t = {
		.version = CRYPT_TICKET_VERSION, .sector_size = 4096,
		.data_offset = DATA_OFFSET, .data_size = DATA_SIZE,
		.key_len = 64, .cipher = "aes-xts-plain64",
		.uuid = "5d3b7a6e-0000-4000-8000-000000000000",
		.label = "safe",
	};

	for (unsigned i = 0; i < sizeof(t.key); i++)
		t.key[i] = (unsigned char)(i * 7);
	return t;
}

static int start(struct fake *f, const struct crypt_ticket *t,
		 const char *const *settings)
{
	fake_open(f, 4 << 20, 512);
	CU_ASSERT_EQUAL(fake_init(f, &crypt_filter, settings), 0);
	memcpy(f->ticket, t, sizeof(*t));
	f->ticket_len = sizeof(*t);
	return fake_start(f);
}

static void test_what_is_published(void)
{
	struct crypt_ticket t = good_ticket();
	struct fake f;

	CU_ASSERT_EQUAL(start(&f, &t, NULL), 0);
	CU_ASSERT_EQUAL(f.published.size, DATA_SIZE);
	CU_ASSERT_EQUAL(f.published.granule, 4096);
	CU_ASSERT_STRING_EQUAL(f.published.hint, "");
	CU_ASSERT_STRING_EQUAL(f.published.label, "safe");
	CU_ASSERT_STRING_EQUAL(f.published.uuid, t.uuid);
	CU_ASSERT_FALSE(f.published.discards);
	CU_ASSERT_TRUE(f.published.writable);
	fake_close(&f);
}

static void refused(struct crypt_ticket t)
{
	struct fake f;

	CU_ASSERT_EQUAL(start(&f, &t, NULL), -EBADMSG);
	CU_ASSERT_NOT_EQUAL(f.why[0], '\0');
	fake_close(&f);
}

#define REFUSED(change)							\
	do {								\
		struct crypt_ticket t = good_ticket();			\
									\
		change;							\
		refused(t);						\
	} while (0)

static void test_a_bad_ticket_is_refused(void)
{
	struct fake f;

	REFUSED(t.version++);
	REFUSED(t.sector_size = 0);
	REFUSED(t.sector_size = 8192);
	REFUSED(t.sector_size = 1536);
	REFUSED(t.key_len = 65);
	REFUSED(t.data_size = 0);
	REFUSED(t.data_size = 512);
	REFUSED(t.data_size = 8 << 20);
	REFUSED(t.data_offset = 100);
	REFUSED(t.data_offset = UINT64_MAX - 511);
	REFUSED(t.data_offset = (2 << 20) + 4096);
	REFUSED(memset(t.cipher, 'a', sizeof(t.cipher)));
	REFUSED(memset(t.uuid, 'a', sizeof(t.uuid)));
	REFUSED(memset(t.label, 'a', sizeof(t.label)));

	fake_open(&f, 4 << 20, 512);
	CU_ASSERT_EQUAL(fake_init(&f, &crypt_filter, NULL), 0);
	CU_ASSERT_EQUAL(fake_start(&f), -EBADMSG);
	fake_close(&f);
}

static void test_start_refuses_keys_and_ciphers_by_name(void)
{
	struct crypt_ticket t = good_ticket();
	struct fake f;

	memset(t.key, 3, sizeof(t.key));
	CU_ASSERT_EQUAL(start(&f, &t, NULL), -EOPNOTSUPP);
	CU_ASSERT_PTR_NOT_NULL(strstr(f.why, "halves"));
	fake_close(&f);
	t = good_ticket();
	strcpy(t.cipher, "rot13-xts-plain64");
	CU_ASSERT_EQUAL(start(&f, &t, NULL), -EOPNOTSUPP);
	CU_ASSERT_PTR_NOT_NULL(strstr(f.why, "rot13"));
	fake_close(&f);
}

static void test_bytes_come_back_and_lie_encrypted_below(void)
{
	struct crypt_ticket t = good_ticket();
	unsigned char in[8192], out[8192];
	struct fake f;

	CU_ASSERT_EQUAL(start(&f, &t, NULL), 0);
	memset(in, 'm', sizeof(in));
	CU_ASSERT_EQUAL(fake_write(&f, in, 8192, 4096, FILTER_DURABLE), 0);
	CU_ASSERT_EQUAL(f.last_flags, FILTER_DURABLE);
	CU_ASSERT_EQUAL(in[8191], 'm');
	CU_ASSERT_EQUAL(fake_read(&f, out, 8192, 4096), 0);
	CU_ASSERT_EQUAL(memcmp(in, out, 8192), 0);
	CU_ASSERT_PTR_NULL(memchr(f.data, 'm', DATA_OFFSET + 4096));
	CU_ASSERT_NOT_EQUAL(f.data[DATA_OFFSET + 4096], 0);
	CU_ASSERT_NOT_EQUAL(memcmp(f.data + DATA_OFFSET + 4096,
				   f.data + DATA_OFFSET + 8192, 4096), 0);
	CU_ASSERT_EQUAL(f.data[DATA_OFFSET + 4096 + 8192], 0);
	fake_close(&f);
}

static void test_errors_below_come_through(void)
{
	struct crypt_ticket t = good_ticket();
	unsigned char buf[4096] = { 0 };
	struct fake f;

	CU_ASSERT_EQUAL(start(&f, &t, NULL), 0);
	f.fail_read = -ENODATA;
	f.fail_write = -ENOSPC;
	CU_ASSERT_EQUAL(fake_read(&f, buf, 4096, 0), -ENODATA);
	CU_ASSERT_EQUAL(fake_write(&f, buf, 4096, 0, 0), -ENOSPC);
	fake_close(&f);
}

static void test_discards_are_off_until_asked_for(void)
{
	static const char *const yes[] = { "discard", "yes", NULL };
	struct crypt_ticket t = good_ticket();
	struct fake f;

	CU_ASSERT_EQUAL(start(&f, &t, NULL), 0);
	CU_ASSERT_EQUAL(crypt_filter.discard(f.self, &f.next, 4096, 0),
			-EOPNOTSUPP);
	CU_ASSERT_EQUAL(f.discards, 0);
	fake_close(&f);
	CU_ASSERT_EQUAL(start(&f, &t, yes), 0);
	CU_ASSERT_TRUE(f.published.discards);
	CU_ASSERT_EQUAL(crypt_filter.discard(f.self, &f.next, 4096, 4096), 0);
	CU_ASSERT_EQUAL(f.data[DATA_OFFSET + 4095], 0);
	CU_ASSERT_EQUAL(f.data[DATA_OFFSET + 4096], 0xdd);
	CU_ASSERT_EQUAL(f.data[DATA_OFFSET + 8192], 0);
	fake_close(&f);
}

static void test_resume_takes_the_same_volume_alone(void)
{
	struct crypt_ticket t = good_ticket();
	unsigned char in[4096] = "kept", out[4096];
	struct fake f;

	CU_ASSERT_EQUAL(start(&f, &t, NULL), 0);
	CU_ASSERT_EQUAL(fake_write(&f, in, 4096, 0, 0), 0);
	CU_ASSERT_EQUAL(crypt_filter.suspend(f.self, &f.next), 0);
	CU_ASSERT_EQUAL(crypt_filter.resume(f.self, &f.next, &t, sizeof(t)),
			0);
	CU_ASSERT_EQUAL(fake_read(&f, out, 4096, 0), 0);
	CU_ASSERT_EQUAL(memcmp(in, out, 4096), 0);
	CU_ASSERT_EQUAL(crypt_filter.suspend(f.self, &f.next), 0);
	t.uuid[0] = 'x';
	CU_ASSERT_EQUAL(crypt_filter.resume(f.self, &f.next, &t, sizeof(t)),
			-ESTALE);
	fake_close(&f);
}

struct worker {
	struct fake *f;
	unsigned number;
	unsigned wrong;
};

/* Writes and reads its own quarter, in all lengths. */
static void *work(void *arg)
{
	struct worker *w = arg;
	unsigned char *in = malloc(65536), *out = malloc(65536);
	uint64_t base = w->number * (DATA_SIZE / 4);

	for (unsigned i = 0; i < 100 && in && out; i++) {
		size_t len = (i % 16 + 1) * 4096;
		uint64_t off = base + i * 4096;

		memset(in, (int)(i + w->number), len);
		w->wrong += fake_write(w->f, in, len, off, 0) != 0;
		w->wrong += fake_read(w->f, out, len, off) != 0;
		w->wrong += memcmp(in, out, len) != 0;
	}
	free(in);
	free(out);
	fake_thread_end();
	return NULL;
}

static void test_four_threads_at_once(void)
{
	struct crypt_ticket t = good_ticket();
	struct worker workers[4];
	pthread_t threads[4];
	struct fake f;

	CU_ASSERT_EQUAL(start(&f, &t, NULL), 0);
	for (unsigned i = 0; i < 4; i++) {
		workers[i] = (struct worker){ .f = &f, .number = i };
		CU_ASSERT_EQUAL(pthread_create(&threads[i], NULL, work,
					       &workers[i]), 0);
	}
	for (unsigned i = 0; i < 4; i++) {
		(void)pthread_join(threads[i], NULL);
		CU_ASSERT_EQUAL(workers[i].wrong, 0);
	}
	CU_ASSERT_EQUAL(f.lanes_taken, 4);
	fake_close(&f);
}

CHECK_SUITE("crypt sectors",
	    CHECK(test_ieee_1619_vectors),
	    CHECK(test_equal_key_halves_are_refused),
	    CHECK(test_other_ciphers_are_unsupported),
	    CHECK(test_the_iv_counts_in_512_bytes),
	    CHECK(test_the_iv_has_64_bits),
	    CHECK(test_what_is_published),
	    CHECK(test_a_bad_ticket_is_refused),
	    CHECK(test_start_refuses_keys_and_ciphers_by_name),
	    CHECK(test_bytes_come_back_and_lie_encrypted_below),
	    CHECK(test_errors_below_come_through),
	    CHECK(test_discards_are_off_until_asked_for),
	    CHECK(test_resume_takes_the_same_volume_alone),
	    CHECK(test_four_threads_at_once))
