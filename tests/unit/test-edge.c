/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-edge.c - unaligned requests, byte for byte, alone and in a crowd
 */
#include "check.h"
#include "edge.h"
#include "fake-store.h"
#include "port.h"

#define MIB	(1u << 20)

static unsigned char in[MIB], out[MIB];

struct rig {
	struct fake_store *fake;
	unsigned char *model;		/* what the medium must hold */
	struct port port;
	struct edge *edge;
};

static struct rig *rig_new(uint64_t size, uint32_t granule)
{
	struct rig *rig = calloc(1, sizeof(*rig));

	if (!rig)
		abort();
	rig->fake = fake_new(size, granule);
	rig->model = malloc(size);
	port_init(&rig->port, &rig->fake->store);
	rig->edge = edge_new(&rig->port);
	if (!rig->model || !rig->edge)
		abort();
	memcpy(rig->model, rig->fake->bytes, size);
	for (size_t i = 0; i < sizeof(in); i++)
		in[i] = (unsigned char)(i * 13 + i / 255 + 99);
	return rig;
}

static void rig_free(struct rig *rig)
{
	edge_free(rig->edge);
	fake_free(rig->fake);
	free(rig->model);
	free(rig);
}

static bool rig_agrees(const struct rig *rig)
{
	return memcmp(rig->fake->bytes, rig->model,
		      rig->fake->store.medium.size) == 0;
}

static void check_read_and_write(struct rig *rig, size_t len, uint64_t off)
{
	memset(out, 0xee, sizeof(out));
	CU_ASSERT_EQUAL(edge_read(rig->edge, out, len, off), 0);
	CU_ASSERT_EQUAL(memcmp(out, rig->model + off, len), 0);
	CU_ASSERT(len == sizeof(out) || out[len] == 0xee);

	CU_ASSERT_EQUAL(edge_write(rig->edge, in, len, off, 0), 0);
	memcpy(rig->model + off, in, len);
	CU_ASSERT(rig_agrees(rig));
	in[0]++;		/* the next one writes something else */
}

static void test_small_requests_touch_their_bytes_alone(void)
{
	static const size_t lens[] = { 1, 2, 511, 512, 513, 1023, 1024, 1025,
				       1536, 2047, 2048 };
	static const uint64_t offs[] = { 0, 1, 510, 511, 512, 513, 1000, 1023,
					 1024, 2000, 2047 };
	struct rig *rig = rig_new(4096, 512);

	for (size_t i = 0; i < ARRAY_SIZE(lens); i++)
		for (size_t j = 0; j < ARRAY_SIZE(offs); j++)
			check_read_and_write(rig, lens[i], offs[j]);
	rig_free(rig);
}

static void test_long_requests_cross_stripes(void)
{
	struct rig *rig = rig_new(4 * MIB, 4096);

	check_read_and_write(rig, MIB, MIB - 1);
	check_read_and_write(rig, MIB, 1);
	check_read_and_write(rig, MIB - 100, MIB + 100);
	check_read_and_write(rig, 100, 2 * MIB - 50);
	check_read_and_write(rig, MIB, 3 * MIB);
	check_read_and_write(rig, 1, 4 * MIB - 1);
	rig_free(rig);
}

static void test_aligned_requests_are_passed_as_they_are(void)
{
	struct rig *rig = rig_new(MIB, 512);

	CU_ASSERT_EQUAL(edge_write(rig->edge, in, 8192, 512, FILTER_DURABLE),
			0);
	CU_ASSERT_EQUAL(rig->fake->reads, 0);
	CU_ASSERT_EQUAL(rig->fake->writes, 1);
	CU_ASSERT_EQUAL(rig->fake->durable, 1);
	CU_ASSERT_EQUAL(edge_read(rig->edge, out, 8192, 512), 0);
	CU_ASSERT_EQUAL(rig->fake->reads, 1);
	CU_ASSERT_EQUAL(edge_zero(rig->edge, MIB, 0,
				  FILTER_FREE | FILTER_DURABLE), 0);
	CU_ASSERT_EQUAL(rig->fake->zeros, 1);
	CU_ASSERT_EQUAL(rig->fake->writes, 1);
	rig_free(rig);
}

static void test_every_piece_is_durable(void)
{
	struct rig *rig = rig_new(MIB, 512);

	CU_ASSERT_EQUAL(edge_write(rig->edge, in, 2000, 100, FILTER_DURABLE),
			0);
	CU_ASSERT_EQUAL(rig->fake->writes, 3);
	CU_ASSERT_EQUAL(rig->fake->durable, 3);
	CU_ASSERT_EQUAL(edge_zero(rig->edge, 2000, 100,
				  FILTER_DURABLE | FILTER_FREE), 0);
	CU_ASSERT_EQUAL(rig->fake->durable, 6);
	CU_ASSERT_EQUAL(rig->fake->bad_flags, 0);
	rig_free(rig);
}

static void check_zero(struct rig *rig, uint64_t len, uint64_t off)
{
	CU_ASSERT_EQUAL(edge_zero(rig->edge, len, off, FILTER_FREE), 0);
	memset(rig->model + off, 0, len);
	CU_ASSERT(rig_agrees(rig));
}

static void test_zeros_are_exact(void)
{
	struct rig *rig = rig_new(70 * MIB, 512);

	check_zero(rig, 1, 0);
	check_zero(rig, 511, 513);
	check_zero(rig, 2 * MIB, MIB - 1);
	check_zero(rig, 600, 5 * MIB - 300);
	check_zero(rig, 62 * MIB + 2, 7 * MIB - 1);
	rig_free(rig);
}

static void test_discard_spares_what_was_not_named(void)
{
	struct rig *rig = rig_new(MIB, 512);

	CU_ASSERT_EQUAL(edge_discard(rig->edge, 1000, 1), 0);
	CU_ASSERT_EQUAL(rig->fake->discards, 0);
	CU_ASSERT_EQUAL(edge_discard(rig->edge, 1023, 1), 0);
	CU_ASSERT_EQUAL(rig->fake->discards, 1);
	CU_ASSERT_EQUAL(rig->fake->discard_off, 512);
	CU_ASSERT_EQUAL(rig->fake->discard_len, 512);
	CU_ASSERT_EQUAL(edge_discard(rig->edge, 100, 100), 0);
	CU_ASSERT_EQUAL(rig->fake->discards, 1);
	rig_free(rig);
}

static void test_nothing_outside_is_reached(void)
{
	struct rig *rig = rig_new(MIB, 512);
	struct edge *edge = rig->edge;

	CU_ASSERT_EQUAL(edge_write(edge, in, 2, MIB - 1, 0), -EINVAL);
	CU_ASSERT_EQUAL(edge_read(edge, out, 1, MIB), -EINVAL);
	CU_ASSERT_EQUAL(edge_read(edge, out, 2, UINT64_MAX), -EINVAL);
	CU_ASSERT_EQUAL(edge_zero(edge, UINT64_MAX, 1, 0), -EINVAL);
	CU_ASSERT_EQUAL(edge_discard(edge, MIB, 1), -EINVAL);
	CU_ASSERT_EQUAL(edge_read(edge, out, (size_t)MIB + 1, 0), -EINVAL);
	CU_ASSERT_EQUAL(edge_write(edge, in, 0, MIB, 0), 0);
	CU_ASSERT_EQUAL(rig->fake->reads + rig->fake->writes, 0);
	CU_ASSERT(rig_agrees(rig));
	rig_free(rig);
}

static void test_errors_come_up(void)
{
	struct rig *rig = rig_new(MIB, 512);

	rig->fake->fail = -EIO;
	CU_ASSERT_EQUAL(edge_read(rig->edge, out, 10, 10), -EIO);
	CU_ASSERT_EQUAL(edge_write(rig->edge, in, 10, 10, 0), -EIO);
	CU_ASSERT_EQUAL(edge_zero(rig->edge, 1024, 10, 0), -EIO);
	CU_ASSERT_EQUAL(rig->fake->writes, 0);
	rig->fake->fail = 0;
	rig->fake->fail_write = -ENOSPC;
	CU_ASSERT_EQUAL(edge_write(rig->edge, in, 10, 10, 0), -ENOSPC);
	rig_free(rig);
}

/* First part, whole granules, last part: none of them is forgotten. */
static void test_an_error_of_any_piece_comes_up(void)
{
	static const uint64_t bad[] = { 600, 1100, 3000 };

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct rig *rig = rig_new(MIB, 512);

		rig->fake->bad = bad[i];
		CU_ASSERT_EQUAL(edge_read(rig->edge, out, 2400, 650), -EIO);
		if (i != 1)	/* which is not read for a write */
			CU_ASSERT_EQUAL(edge_write(rig->edge, in, 2400, 650, 0),
					-EIO);
		rig_free(rig);
	}
}

/* Each racer owns some bytes of a granule that others change too. */
struct racer {
	struct rig *rig;
	size_t len;
	uint64_t off;
	unsigned failures;
};

#define ROUNDS	400u

static void *race_part(void *arg)
{
	struct racer *racer = arg;
	unsigned char bytes[64], back[64];

	for (unsigned i = 0; i < ROUNDS; i++) {
		memset(bytes, (int)(i & 0xff), racer->len);
		if (edge_write(racer->rig->edge, bytes, racer->len, racer->off,
			       0) < 0 ||
		    edge_read(racer->rig->edge, back, racer->len,
			      racer->off) < 0 ||
		    memcmp(bytes, back, racer->len) != 0)
			racer->failures++;
	}
	return NULL;
}

static void test_parts_of_one_granule_do_not_lose_each_other(void)
{
	struct rig *rig = rig_new(MIB, 4096);
	struct racer racers[4];
	pthread_t threads[4];

	for (unsigned i = 0; i < 4; i++) {
		racers[i] = (struct racer){ rig, 64, 100 + i * 64, 0 };
		pthread_create(&threads[i], NULL, race_part, &racers[i]);
	}
	for (unsigned i = 0; i < 4; i++) {
		pthread_join(threads[i], NULL);
		CU_ASSERT_EQUAL(racers[i].failures, 0);
		memset(rig->model + 100 + i * 64, (ROUNDS - 1) & 0xff, 64);
	}
	CU_ASSERT(rig_agrees(rig));
	rig_free(rig);
}

/* The granule is written whole; the parts racer owns its bytes 0 to 63. */
static void *race_whole(void *arg)
{
	struct racer *racer = arg;
	unsigned char bytes[4096], back[4096];

	for (unsigned i = 0; i < ROUNDS; i++) {
		memset(bytes, (int)(i & 0xff), sizeof(bytes));
		if (edge_write(racer->rig->edge, bytes, 4096, 4096, 0) < 0 ||
		    edge_read(racer->rig->edge, back, 4096, 4096) < 0 ||
		    memcmp(bytes + 64, back + 64, 4096 - 64) != 0)
			racer->failures++;
	}
	return NULL;
}

static void *race_blind(void *arg)
{
	struct racer *racer = arg;
	unsigned char bytes[64] = { 0 };

	for (unsigned i = 0; i < ROUNDS; i++)
		if (edge_write(racer->rig->edge, bytes, 64, 4096, 0) < 0)
			racer->failures++;
	return NULL;
}

static void test_aligned_write_survives_a_change_beside_it(void)
{
	struct rig *rig = rig_new(MIB, 4096);
	struct racer whole = { rig, 0, 0, 0 }, part = { rig, 0, 0, 0 };
	struct racer other = { rig, 0, 0, 0 };
	pthread_t threads[3];

	pthread_create(&threads[0], NULL, race_whole, &whole);
	pthread_create(&threads[1], NULL, race_blind, &part);
	pthread_create(&threads[2], NULL, race_blind, &other);
	for (unsigned i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
	CU_ASSERT_EQUAL(whole.failures, 0);
	CU_ASSERT_EQUAL(part.failures + other.failures, 0);
	rig_free(rig);
}

/* Who changes a part of a granule meanwhile waits for one piece at most. */
static void test_long_zeroing_lets_go_between(void)
{
	const uint64_t len = 40u << 20;
	struct fake_store *fake = fake_new(len + 4096, 4096);
	struct port port;
	struct edge *edge;

	port_init(&port, &fake->store);
	edge = edge_new(&port);
	CU_ASSERT_PTR_NOT_NULL_FATAL(edge);
	memset(fake->bytes, 1, len + 4096);
	CU_ASSERT_EQUAL(edge_zero(edge, len, 100, 0), 0);
	CU_ASSERT(fake->zeros >= 3);
	CU_ASSERT_EQUAL(fake->bytes[99], 1);
	CU_ASSERT_EQUAL(fake->bytes[100], 0);
	CU_ASSERT_EQUAL(memcmp(fake->bytes + 100, fake->bytes + 101, len - 1),
			0);
	CU_ASSERT_EQUAL(fake->bytes[len + 100], 1);
	edge_free(edge);
	fake_free(fake);
}

CHECK_SUITE("edge",
	    CHECK(test_small_requests_touch_their_bytes_alone),
	    CHECK(test_long_requests_cross_stripes),
	    CHECK(test_aligned_requests_are_passed_as_they_are),
	    CHECK(test_every_piece_is_durable),
	    CHECK(test_zeros_are_exact),
	    CHECK(test_discard_spares_what_was_not_named),
	    CHECK(test_nothing_outside_is_reached),
	    CHECK(test_errors_come_up),
	    CHECK(test_an_error_of_any_piece_comes_up),
	    CHECK(test_parts_of_one_granule_do_not_lose_each_other),
	    CHECK(test_aligned_write_survives_a_change_beside_it),
	    CHECK(test_long_zeroing_lets_go_between))
