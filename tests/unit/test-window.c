/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-window.c - a range of a store, on the granule below and off it
 */
#include "check.h"
#include "fake-store.h"
#include "window.h"

#define SIZE	(1u << 20)

static unsigned char in[65536], out[65536];

/* Writes and reads at both ends of a window at @base; the rest stays. */
static void check_bytes(uint64_t base, uint64_t size)
{
	struct fake_store *fake = fake_new(SIZE, 4096);
	unsigned char *model = malloc(SIZE);
	struct store *window;

	CU_ASSERT_PTR_NOT_NULL_FATAL(model);
	memcpy(model, fake->bytes, SIZE);
	for (size_t i = 0; i < sizeof(in); i++)
		in[i] = (unsigned char)(i / 3 + 5);
	CU_ASSERT_EQUAL_FATAL(window_new(&fake->store, base, size, true,
					 &window), 0);
	CU_ASSERT_EQUAL(window->medium.size, size);
	CU_ASSERT_EQUAL(store_write(window, in, 8192, 0, 0), 0);
	memcpy(model + base, in, 8192);
	CU_ASSERT_EQUAL(store_write(window, in, 4096, size - 4096, 0), 0);
	memcpy(model + base + size - 4096, in, 4096);
	CU_ASSERT_EQUAL(store_zero(window, 4096, 4096, FILTER_FREE), 0);
	memset(model + base + 4096, 0, 4096);
	CU_ASSERT_EQUAL(memcmp(fake->bytes, model, SIZE), 0);
	CU_ASSERT_EQUAL(store_read(window, out, 65536, 0), 0);
	CU_ASSERT_EQUAL(memcmp(out, model + base, 65536), 0);
	CU_ASSERT_EQUAL(store_read(window, out, 4096, size), -EINVAL);
	CU_ASSERT_EQUAL(store_write(window, in, 8192, size - 4096, 0),
			-EINVAL);
	window_free(window);
	free(model);
	fake_free(fake);
}

static void test_requests_are_moved_by_the_base(void)
{
	check_bytes(0, SIZE);
	check_bytes(8192, SIZE - 8192);
	check_bytes(4096, 131072);
}

static void test_a_base_off_the_granule_is_exact(void)
{
	check_bytes(512, 131072);
	check_bytes(4096 * 3 + 3584, 131072);
	check_bytes(SIZE - 131072 - 512, 131072);
}

static void check_map(struct store *window, uint64_t off, uint64_t want_len,
		      unsigned want)
{
	uint64_t len = window->medium.size - off;
	unsigned what = 99;

	CU_ASSERT_EQUAL(store_map(window, off, &len, &what), 0);
	CU_ASSERT_EQUAL(len, want_len);
	CU_ASSERT_EQUAL(what, want);
}

static void test_an_end_off_the_granule_is_kept(void)
{
	struct fake_store *fake = fake_new(SIZE, 4096);
	struct store *window;

	CU_ASSERT_EQUAL_FATAL(window_new(&fake->store, 8192, 65536 + 1024,
					 true, &window), 0);
	CU_ASSERT_EQUAL(window->medium.size, 65536 + 1024);
	CU_ASSERT_EQUAL(window->medium.granule, 1024);
	memset(in, 7, 1024);
	memset(fake->bytes, 9, SIZE);
	CU_ASSERT_EQUAL(store_write(window, in, 1024, 65536, 0), 0);
	CU_ASSERT_EQUAL(fake->bytes[8192 + 65536 - 1], 9);
	CU_ASSERT_EQUAL(fake->bytes[8192 + 65536 + 1023], 7);
	CU_ASSERT_EQUAL(fake->bytes[8192 + 65536 + 1024], 9);
	CU_ASSERT_EQUAL(store_zero(window, 1024, 65536, 0), 0);
	CU_ASSERT_EQUAL(fake->bytes[8192 + 65536], 0);
	CU_ASSERT_EQUAL(fake->bytes[8192 + 65536 + 1024], 9);
	check_map(window, 65536, 1024, 0);
	window_free(window);
	fake_free(fake);
}

static void test_it_lies_inside(void)
{
	struct fake_store *fake = fake_new(SIZE, 512);
	struct store *below = &fake->store, *window = NULL;

	CU_ASSERT_EQUAL(window_new(below, SIZE, 512, true, &window), -EINVAL);
	CU_ASSERT_EQUAL(window_new(below, 512, SIZE, true, &window), -EINVAL);
	CU_ASSERT_EQUAL(window_new(below, 512, UINT64_MAX - 10, true,
				   &window), -EINVAL);
	CU_ASSERT_EQUAL(window_new(below, UINT64_MAX, 512, true, &window),
			-EINVAL);
	CU_ASSERT_EQUAL(window_new(below, 0, 511, true, &window), -ENXIO);
	CU_ASSERT_EQUAL(window_new(below, SIZE, 0, true, &window), -ENXIO);
	CU_ASSERT_PTR_NULL(window);
	CU_ASSERT_EQUAL_FATAL(window_new(below, 512, 1535, true, &window), 0);
	CU_ASSERT_EQUAL(window->medium.size, 1024);
	CU_ASSERT_FALSE(window->medium.whole);
	window_free(window);
	window_free(NULL);
	fake_free(fake);
}

static void test_it_is_written_if_both_may_be(void)
{
	struct fake_store *fake = fake_new(SIZE, 512);
	struct store *window;

	CU_ASSERT_EQUAL_FATAL(window_new(&fake->store, 0, 512, false,
					 &window), 0);
	CU_ASSERT_EQUAL(store_write(window, in, 512, 0, 0), -EROFS);
	window_free(window);
	fake->store.medium.writable = false;
	CU_ASSERT_EQUAL_FATAL(window_new(&fake->store, 0, 512, true, &window),
			      0);
	CU_ASSERT_EQUAL(store_write(window, in, 512, 0, 0), -EROFS);
	window_free(window);
	fake_free(fake);
}

static void test_map_is_moved_too(void)
{
	const unsigned hole = FILTER_HOLE | FILTER_ZERO;
	struct fake_store *fake = fake_new(SIZE, 4096);
	struct store *window;

	fake->map_hole = 40960;
	CU_ASSERT_EQUAL_FATAL(window_new(&fake->store, 8192, 65536, true,
					 &window), 0);
	check_map(window, 0, 32768, 0);
	check_map(window, 32768, 32768, hole);
	CU_ASSERT_EQUAL(window->ops->allocated(window), 32768);
	window_free(window);

	/* Off the granule: the one that straddles both is data. */
	CU_ASSERT_EQUAL_FATAL(window_new(&fake->store, 8192 + 512, 65536,
					 true, &window), 0);
	check_map(window, 0, 28672, 0);
	check_map(window, 28672, 4096, 0);
	check_map(window, 32768, 32768, hole);
	CU_ASSERT_EQUAL(window->ops->allocated(window), 32768);
	fake->map_data = 49152;		/* the hole ends inside ours */
	check_map(window, 32768, 4096, hole);
	check_map(window, 36864, 4096, 0);
	check_map(window, 40960, 24576, 0);
	window_free(window);
	fake_free(fake);
}

static void test_discard_and_levels_pass_down(void)
{
	struct fake_store *fake = fake_new(SIZE, 512);
	struct store *window;

	CU_ASSERT_EQUAL_FATAL(window_new(&fake->store, 512, 4096, true,
					 &window), 0);
	CU_ASSERT_EQUAL(store_discard(window, 512, 1024), 0);
	CU_ASSERT_EQUAL(fake->discard_off, 1536);
	CU_ASSERT_EQUAL(window->ops->access(window, FILTER_NOBODY,
					    FILTER_WRITER), 0);
	CU_ASSERT_STRING_EQUAL(fake->trace, "c");
	fake->lost = 3;
	CU_ASSERT_EQUAL(window->ops->lost(window), 3);
	CU_ASSERT_EQUAL(store_flush(window), 0);
	CU_ASSERT_EQUAL(fake->flushes, 1);
	window_free(window);
	fake_free(fake);
}

#define ROUNDS 2000u

/* Writes one granule of the window's again and again, each time another. */
struct neighbour {
	pthread_t thread;
	struct store *window;
	uint64_t off;
	unsigned char bytes[4096];
	unsigned wrong;
};

static void *write_often(void *arg)
{
	struct neighbour *n = arg;
	unsigned char back[4096];

	for (unsigned i = 0; i < ROUNDS; i++) {
		memset(n->bytes, (int)i, sizeof(n->bytes));
		if (store_write(n->window, n->bytes, 4096, n->off, 0) < 0 ||
		    store_read(n->window, back, 4096, n->off) < 0 ||
		    memcmp(back, n->bytes, 4096) != 0)
			n->wrong++;
	}
	return NULL;
}

/* One ends and the other begins inside the same granule. */
static void test_neighbours_keep_what_they_wrote(void)
{
	struct fake_store *fake = fake_new(SIZE, 4096);
	struct neighbour n[2] = { { .off = 65536 - 4096 }, { .off = 0 } };

	CU_ASSERT_EQUAL_FATAL(window_new(&fake->store, 512, 65536, true,
					 &n[0].window), 0);
	CU_ASSERT_EQUAL_FATAL(window_new(&fake->store, 512 + 65536, 65536,
					 true, &n[1].window), 0);
	for (unsigned i = 0; i < 2; i++)
		CU_ASSERT_EQUAL_FATAL(pthread_create(&n[i].thread, NULL,
						     write_often, &n[i]), 0);
	for (unsigned i = 0; i < 2; i++) {
		(void)pthread_join(n[i].thread, NULL);
		CU_ASSERT_EQUAL(n[i].wrong, 0);
	}
	window_free(n[0].window);
	CU_ASSERT_EQUAL(store_write(n[1].window, in, 4096, 0, 0), 0);
	window_free(n[1].window);
	fake_free(fake);
}

CHECK_SUITE("window",
	    CHECK(test_requests_are_moved_by_the_base),
	    CHECK(test_a_base_off_the_granule_is_exact),
	    CHECK(test_an_end_off_the_granule_is_kept),
	    CHECK(test_it_lies_inside),
	    CHECK(test_it_is_written_if_both_may_be),
	    CHECK(test_map_is_moved_too),
	    CHECK(test_discard_and_levels_pass_down),
	    CHECK(test_neighbours_keep_what_they_wrote))
