/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-crypt-sector.c - known answers, IVs, and the data path of crypt
 *
 * XTS: the vectors of IEEE 1619-2007; a shorter one is the beginning of a
 * sector, as XTS encrypts each block of 16 bytes by itself.  CBC with ESSIV:
 * those by which the Linux kernel tests its essiv(cbc(aes),sha256)
 * (crypto/testmgr.h); they too are the beginning of a sector.
 */
#include <endian.h>

#include "../../filters/crypt/crypt.h"
#include "check.h"
#include "fake-next.h"
#include "xts-vectors.h"

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

/* One sector of @s, there and back; @len bytes of the answer are known. */
static void check_answer(const struct sector *s, const unsigned char *plain,
			 const unsigned char *want, size_t len)
{
	unsigned char out[512];

	CU_ASSERT_EQUAL(sector_encrypt(s, 0, out, plain, 512, 0), 0);
	CU_ASSERT_EQUAL(memcmp(out, want, len), 0);
	CU_ASSERT_EQUAL(sector_decrypt(s, 0, out, out, 512, 0), 0);
	CU_ASSERT_EQUAL(memcmp(out, plain, 512), 0);
}

static void check_vector(const struct xts_vector *v)
{
	unsigned char key[64], plain[512] = { 0 }, want[512];
	size_t key_len = unhex(v->keys, key), len = unhex(v->cipher, want);
	struct sector s;

	for (unsigned i = 0; !v->plain && i < sizeof(plain); i++)
		plain[i] = (unsigned char)i;
	if (v->plain)
		(void)unhex(v->plain, plain);
	CU_ASSERT_EQUAL(sector_open(&s, "aes-xts-plain64", key, key_len, 512,
				    v->number, 1), 0);
	check_answer(&s, plain, want, len);
	sector_close(&s);
}

/* The first has equal halves for a key. */
static void test_ieee_1619_vectors(void)
{
	size_t n = sizeof(xts_vectors) / sizeof(*xts_vectors);
	unsigned char key[64];
	struct sector s;

	CU_ASSERT_EQUAL(n, 14);
	CU_ASSERT_EQUAL(sector_open(&s, "aes-xts-plain64", key,
				    unhex(xts_vectors[0].keys, key), 512, 0,
				    1), -EKEYREJECTED);
	sector_close(&s);
	for (size_t i = 1; i < n; i++)
		check_vector(&xts_vectors[i]);
}

static void test_essiv_vectors(void)
{
	static const struct {
		const char *key, *number, *plain, *cipher;
	} vectors[] = {
		{ "06a9214036b8a15b512e03d534120006", "3dafba429d9eb430",
		  "53696e676c6520626c6f636b206d7367",
		  "fa59e75f415665c336ca6b72109f8cd4" },
		{ "c286696d887c9aa0611bbb3e2025a45a", "562e17996d093d28",
		  "000102030405060708090a0b0c0d0e0f"
		  "101112131415161718191a1b1c1d1e1f",
		  "c8599afe79e67b20067d550a5ec7b5a7"
		  "0b9c80d215a1b86dc6ab7b65d9fd88eb" },
		{ "8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b",
		  "0001020304050607",
		  "6bc1bee22e409f96e93d7e117393172a",
		  "966da97a42e601c717fca741d3380be5" },
		{ "603deb1015ca71be2b73aef0857d7781"
		  "1f352c073b6108d72d9810a30914dff4", "0001020304050607",
		  "6bc1bee22e409f96e93d7e117393172a"
		  "ae2d8a571e03ac9c9eb76fac45af8e51",
		  "2452f14874d0a793759b6346c01c1e17"
		  "4ddc5b3a27932a63f7f1c7b354565b50" },
	};
	unsigned char key[64], plain[512] = { 0 }, want[512];

	for (size_t i = 0; i < sizeof(vectors) / sizeof(*vectors); i++) {
		size_t key_len = unhex(vectors[i].key, key);
		size_t len = unhex(vectors[i].cipher, want);
		uint64_t number;
		struct sector s;

		(void)unhex(vectors[i].number, (unsigned char *)&number);
		(void)unhex(vectors[i].plain, plain);
		CU_ASSERT_EQUAL(sector_open(&s, "aes-cbc-essiv:sha256", key,
					    key_len, 512, le64toh(number), 1),
				0);
		check_answer(&s, plain, want, len);
		sector_close(&s);
	}
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

static void test_which_ciphers_there_are(void)
{
	static const char *const ivs[] = {
		"plain", "plain64", "plain64be", "essiv:sha256", "essiv:md5",
		"essiv:sm3", "essiv:sha3-256",
	};
	char spec[64];

	for (size_t i = 0; i < sizeof(ivs) / sizeof(*ivs); i++) {
		(void)snprintf(spec, sizeof(spec), "aes-xts-%s", ivs[i]);
		CU_ASSERT_TRUE(sector_supports(spec, 32));
		CU_ASSERT_TRUE(sector_supports(spec, 64));
		CU_ASSERT_FALSE(sector_supports(spec, 48));
		(void)snprintf(spec, sizeof(spec), "aes-cbc-%s", ivs[i]);
		CU_ASSERT_TRUE(sector_supports(spec, 16));
		CU_ASSERT_TRUE(sector_supports(spec, 24));
		CU_ASSERT_TRUE(sector_supports(spec, 32));
		CU_ASSERT_FALSE(sector_supports(spec, 64));
	}
}

/* ESSIV's key is a hash: it must be as long as one of AES. */
static void test_other_ciphers_are_unsupported(void)
{
	static const char *const specs[] = {
		"serpent-xts-plain64", "aes-lrw-benbi", "aes-cbc-null",
		"aes-cbc-eboiv", "aes-cbc-", "aes-cbc", "aes", "",
		"aes-cbc-plain640", "aes-cbc-essiv", "aes-cbc-essiv:",
		"aes-cbc-essiv:sha1", "aes-cbc-essiv:sha512",
		"aes-cbc-essiv:shake256", "aes-cbc-essiv:none",
	};
	struct sector s;

	for (size_t i = 0; i < sizeof(specs) / sizeof(*specs); i++) {
		CU_ASSERT_FALSE(sector_supports(specs[i], 32));
		CU_ASSERT_EQUAL(sector_open(&s, specs[i],
					    "0123456789abcdef0123456789abcde",
					    32, 512, 0, 1), -EOPNOTSUPP);
		sector_close(&s);
	}
	CU_ASSERT_TRUE(sector_has_cipher("aes-cbc-essiv:sha256", 32));
	CU_ASSERT_FALSE(sector_has_cipher("serpent-xts-plain64", 64));
	CU_ASSERT_FALSE(sector_has_cipher("cipher_null-ecb", 32));
	CU_ASSERT_FALSE(sector_has_cipher("", 64));
}

/* Sectors of 4096 bytes count their IV in 512 bytes all the same, wherever the
   request begins. */
static void test_the_iv_counts_in_512_bytes(void)
{
	unsigned char key[64], in[8192], large[8192], later[4096], small[512];
	struct sector s;

	for (unsigned i = 0; i < sizeof(key); i++)
		key[i] = (unsigned char)i;
	memset(in, 0x5a, sizeof(in));
	CU_ASSERT_EQUAL(sector_open(&s, "aes-xts-plain64", key, 64, 4096, 0,
				    1), 0);
	CU_ASSERT_EQUAL(sector_encrypt(&s, 0, large, in, 8192, 0), 0);
	CU_ASSERT_EQUAL(sector_encrypt(&s, 0, later, in, 4096, 4096), 0);
	CU_ASSERT_EQUAL(memcmp(large + 4096, later, 4096), 0);
	sector_close(&s);
	CU_ASSERT_EQUAL(sector_open(&s, "aes-xts-plain64", key, 64, 512, 0,
				    1), 0);
	CU_ASSERT_EQUAL(sector_encrypt(&s, 0, small, in, 512, 8 * 512), 0);
	CU_ASSERT_EQUAL(memcmp(large + 4096, small, 512), 0);
	CU_ASSERT_EQUAL(sector_encrypt(&s, 0, small, in, 512, 512), 0);
	CU_ASSERT_NOT_EQUAL(memcmp(large + 4096, small, 512), 0);
	sector_close(&s);
}

#define TWO_TIB	(UINT64_C(1) << 32)	/* in 512 bytes */

/* One sector of zeros with the number @first + @sector. */
static void encrypted(const char *spec, uint64_t first, uint64_t sector,
		      unsigned char ret[512])
{
	unsigned char key[32], in[512] = { 0 };
	struct sector s;

	for (unsigned i = 0; i < sizeof(key); i++)
		key[i] = (unsigned char)i;
	CU_ASSERT_EQUAL(sector_open(&s, spec, key, 32, 512, first, 1), 0);
	CU_ASSERT_EQUAL(sector_encrypt(&s, 0, ret, in, 512, sector * 512), 0);
	sector_close(&s);
}

/* Whether sectors @a and @b of a volume are encrypted as one. */
static bool alike(const char *spec, uint64_t a, uint64_t b)
{
	unsigned char one[512], other[512];

	encrypted(spec, 0, a, one);
	encrypted(spec, 0, b, other);
	return memcmp(one, other, 512) == 0;
}

/* plain begins anew 2 TiB on; the others need more than 32 bits there. */
static void test_ivs_beyond_two_tib(void)
{
	static const char *const modes[] = { "aes-xts", "aes-cbc" };
	static const char *const wide[] = {
		"plain64", "plain64be", "essiv:sha256"
	};
	char spec[64];

	for (unsigned m = 0; m < 2; m++) {
		(void)snprintf(spec, sizeof(spec), "%s-plain", modes[m]);
		CU_ASSERT_TRUE(alike(spec, TWO_TIB + 5, 5));
		CU_ASSERT_TRUE(alike(spec, 3 * TWO_TIB - 1, TWO_TIB - 1));
		CU_ASSERT_FALSE(alike(spec, TWO_TIB - 1, 0));
		for (unsigned i = 0; i < 3; i++) {
			(void)snprintf(spec, sizeof(spec), "%s-%s", modes[m],
				       wide[i]);
			CU_ASSERT_FALSE(alike(spec, TWO_TIB + 5, 5));
		}
	}
	CU_ASSERT_TRUE(alike("aes-xts-plain", 7, 7));
}

/* The first sector's number is added before it is cut or written down. */
static void test_the_first_number_counts(void)
{
	static const char *const specs[] = {
		"aes-xts-plain64", "aes-xts-plain64be", "aes-cbc-essiv:sha256",
		"aes-cbc-plain",
	};
	unsigned char one[512], other[512];

	for (unsigned i = 0; i < 4; i++) {
		encrypted(specs[i], TWO_TIB - 1, 3, one);
		encrypted(specs[i], 0, TWO_TIB + 2, other);
		CU_ASSERT_EQUAL(memcmp(one, other, 512), 0);
	}
	encrypted("aes-xts-plain", TWO_TIB - 1, 3, one);
	encrypted("aes-xts-plain", 0, 2, other);
	CU_ASSERT_EQUAL(memcmp(one, other, 512), 0);
}

/* CBC shows the IV: a block of zeros is the IV, encrypted. */
static void test_where_the_number_stands(void)
{
	static const struct {
		const char *spec;
		unsigned char iv[16];
	} ivs[] = {
		{ "aes-cbc-plain", { 0x44, 0x33, 0x22, 0x11 } },
		{ "aes-cbc-plain64",
		  { 0x44, 0x33, 0x22, 0x11, 0x05 } },
		{ "aes-cbc-plain64be",
		  { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x05, 0x11, 0x22, 0x33,
		    0x44 } },
	};
	unsigned char key[32], out[512], iv[16];
	EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
	int done;

	for (unsigned i = 0; i < sizeof(key); i++)
		key[i] = (unsigned char)i;
	for (unsigned i = 0; i < 3; i++) {
		encrypted(ivs[i].spec, 0, UINT64_C(0x511223344), out);
		CU_ASSERT_EQUAL(EVP_DecryptInit_ex(context, EVP_aes_256_ecb(),
						   NULL, key, NULL), 1);
		(void)EVP_CIPHER_CTX_set_padding(context, 0);
		CU_ASSERT_EQUAL(EVP_DecryptUpdate(context, iv, &done, out, 16),
				1);
		CU_ASSERT_EQUAL(memcmp(iv, ivs[i].iv, 16), 0);
	}
	EVP_CIPHER_CTX_free(context);
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

/* Two threads must never set their IVs in one context: a lane of its own is
   all that keeps them apart. */
static void test_each_lane_has_its_own_contexts(void)
{
	unsigned char key[64], in[512] = { 1 }, out[512];
	struct sector s;

	for (unsigned i = 0; i < sizeof(key); i++)
		key[i] = (unsigned char)i;
	CU_ASSERT_EQUAL(sector_open(&s, "aes-cbc-essiv:sha256", key, 32, 512,
				    0, 3), 0);
	for (unsigned i = 0; i < 3; i++) {
		struct sector_lane kept = s.lanes[i];

		/* Whoever needs it has lost it. */
		s.lanes[i] = (struct sector_lane){ .encrypt = NULL };
		for (unsigned j = 0; j < 3; j++) {
			if (j == i)
				continue;
			CU_ASSERT_EQUAL(sector_encrypt(&s, j, out, in, 512, 0),
					0);
			CU_ASSERT_EQUAL(sector_decrypt(&s, j, out, out, 512,
						       0), 0);
			CU_ASSERT_EQUAL(memcmp(in, out, 512), 0);
		}
		s.lanes[i] = kept;
	}
	sector_close(&s);
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

static void four_threads(struct crypt_ticket t)
{
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

static void test_four_threads_at_once(void)
{
	struct crypt_ticket t = good_ticket();

	four_threads(t);
	strcpy(t.cipher, "aes-cbc-essiv:sha256");
	t.key_len = 32;
	four_threads(t);
}

CHECK_SUITE("crypt sectors",
	    CHECK(test_ieee_1619_vectors),
	    CHECK(test_essiv_vectors),
	    CHECK(test_equal_key_halves_are_refused),
	    CHECK(test_which_ciphers_there_are),
	    CHECK(test_other_ciphers_are_unsupported),
	    CHECK(test_the_iv_counts_in_512_bytes),
	    CHECK(test_ivs_beyond_two_tib),
	    CHECK(test_the_first_number_counts),
	    CHECK(test_where_the_number_stands),
	    CHECK(test_what_is_published),
	    CHECK(test_a_bad_ticket_is_refused),
	    CHECK(test_start_refuses_keys_and_ciphers_by_name),
	    CHECK(test_bytes_come_back_and_lie_encrypted_below),
	    CHECK(test_errors_below_come_through),
	    CHECK(test_discards_are_off_until_asked_for),
	    CHECK(test_resume_takes_the_same_volume_alone),
	    CHECK(test_each_lane_has_its_own_contexts),
	    CHECK(test_four_threads_at_once))
