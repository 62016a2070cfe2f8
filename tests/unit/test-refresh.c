/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-refresh.c - layers follow a medium that grows under them
 */
#include "check.h"
#include "fake-store.h"
#include "port.h"
#include "refresh.h"

#define SIZE	(1u << 20)
#define SMALL	(SIZE / 2)
#define HEADER	4096u

/* A filter with a header before its data, and what it was asked. */
static struct {
	struct filter_next *next;
	struct filter_medium made;	/* what refresh makes, if size is set */
	int result;
	uint64_t seen;			/* below, in refresh */
	_Atomic unsigned inside, met;	/* requests; those that refresh met */
	unsigned refreshes, changes;
} told;

static int header_start(void *self, struct filter_next *next,
			struct filter_medium *medium, const void *ticket,
			size_t len)
{
	(void)self;
	(void)ticket;
	(void)len;
	told.next = next;
	medium->size -= HEADER;
	return 0;
}

static int header_refresh(void *self, struct filter_next *next,
			  struct filter_medium *medium)
{
	(void)self;
	told.refreshes++;
	told.met += told.inside;
	told.seen = next->medium->size;
	if (told.made.size)
		*medium = told.made;
	else
		medium->size -= HEADER;
	return told.result;
}

static int header_read(void *self, struct filter_next *next, void *buf,
		       size_t len, uint64_t off)
{
	int r;

	(void)self;
	told.inside++;
	r = next->read(next, buf, len, off + HEADER);
	told.inside--;
	return r;
}

static const struct filter_ops header_filter = {
	.abi = FILTERD_ABI, .name = "header", .summary = "has a header",
	.start = header_start, .refresh = header_refresh,
	.read = header_read,
};

static const struct filter_ops stiff_filter = {
	.abi = FILTERD_ABI, .name = "stiff", .summary = "stays as it is",
	.start = header_start, .read = header_read,
};

static const struct filter_ops clear_filter = {
	.abi = FILTERD_ABI, .name = "clear", .summary = "nothing at all",
	.flags = FILTER_TRANSPARENT,
};

static const struct filter_ops crop_filter = {
	.abi = FILTERD_ABI, .name = "crop", .summary = "leaves the end out",
	.flags = FILTER_TRANSPARENT, .start = header_start,
};

static struct fake_store *fake;
static struct failure failure;

static void changed(void *arg)
{
	++*(unsigned *)arg;
}

/* Half of the fake store's bytes are there at first. */
static void set_up(void)
{
	memset(&told, 0, sizeof(told));
	memset(&failure, 0, sizeof(failure));
	fake = fake_new(SIZE, 512);
	store_resize(&fake->store, SMALL);
}

static struct layer *started(const struct filter_ops *ops,
			     struct store *below)
{
	static const struct settings none;
	struct layer *layer = NULL;

	CU_ASSERT_EQUAL_FATAL(layer_new(ops, "vault.x", &none, below, &layer,
					NULL), 0);
	layer_watch(layer, changed, &told.changes);
	CU_ASSERT_EQUAL_FATAL(layer_start(layer, NULL, 0, NULL), 0);
	return layer;
}

static void end(struct layer *layer)
{
	CU_ASSERT_EQUAL(layer_stop(layer), 0);
	layer_free(layer);
}

/* Whether it changed. */
static bool refresh(struct layer *layer)
{
	bool changed_size = false;

	CU_ASSERT_EQUAL(refresh_layer(layer, &changed_size, &failure), 0);
	return changed_size;
}

static uint64_t size_of(struct layer *layer)
{
	return store_size(layer_store(layer));
}

static void test_a_stack_grows_from_below(void)
{
	unsigned char buf[512];
	struct layer *low, *top;

	set_up();
	low = started(&header_filter, &fake->store);
	top = started(&clear_filter, layer_store(low));
	CU_ASSERT_FALSE(refresh(low));
	store_resize(&fake->store, SIZE);
	CU_ASSERT_TRUE(refresh(low));
	CU_ASSERT_EQUAL(told.seen, SIZE);
	CU_ASSERT_EQUAL(size_of(low), SIZE - HEADER);
	CU_ASSERT_EQUAL(size_of(top), SMALL - HEADER);
	CU_ASSERT_TRUE(refresh(top));
	CU_ASSERT_EQUAL(size_of(top), SIZE - HEADER);
	CU_ASSERT_EQUAL(store_read(layer_store(top), buf, 512,
				   SIZE - HEADER - 512), 0);
	CU_ASSERT_EQUAL(buf[511], fake_byte(SIZE - 1));
	CU_ASSERT_FALSE(refresh(top));
	end(top);
	end(low);
	fake_free(fake);
}

/* A filter's copy of what is below changes in refresh, and not before. */
static void test_a_filter_sees_the_new_size_in_refresh_first(void)
{
	struct layer *layer;

	set_up();
	layer = started(&header_filter, &fake->store);
	store_resize(&fake->store, SIZE);
	CU_ASSERT_EQUAL(told.next->medium->size, SMALL);
	CU_ASSERT_TRUE(refresh(layer));
	CU_ASSERT_EQUAL(told.next->medium->size, SIZE);
	end(layer);
	fake_free(fake);
}

static void test_without_refresh_only_the_transparent_follow(void)
{
	struct layer *stiff, *crop;

	set_up();
	stiff = started(&stiff_filter, &fake->store);
	crop = started(&crop_filter, &fake->store);
	store_resize(&fake->store, SIZE);
	CU_ASSERT_FALSE(refresh(stiff));
	CU_ASSERT_FALSE(refresh(crop));	/* it never had all of it */
	CU_ASSERT_EQUAL(size_of(stiff), SMALL - HEADER);
	CU_ASSERT_EQUAL(size_of(crop), SMALL - HEADER);
	end(crop);
	end(stiff);
	fake_free(fake);
}

static void check_refused(struct layer *layer, int want)
{
	bool changed_size = true;

	memset(&failure, 0, sizeof(failure));
	CU_ASSERT_EQUAL(refresh_layer(layer, &changed_size, &failure), want);
	CU_ASSERT_FALSE(changed_size);
	CU_ASSERT_EQUAL(size_of(layer), SMALL - HEADER);
	CU_ASSERT_NOT_EQUAL(failure.text[0], '\0');
}

static void test_what_cannot_be_leaves_all_as_it_was(void)
{
	unsigned char buf[512];
	struct layer *layer;

	set_up();
	layer = started(&header_filter, &fake->store);
	store_resize(&fake->store, SIZE);
	told.result = -EUCLEAN;
	check_refused(layer, -EUCLEAN);
	told.result = 0;
	told.made = (struct filter_medium){ .size = 1000, .granule = 512 };
	check_refused(layer, -EBADMSG);
	told.made = (struct filter_medium){ .size = 8192, .granule = 4096 };
	check_refused(layer, -EBADMSG);
	CU_ASSERT_EQUAL(store_read(layer_store(layer), buf, 512, 0), 0);
	end(layer);
	fake_free(fake);
}

static void test_a_layer_that_does_not_run_stays(void)
{
	struct layer *layer;

	set_up();
	layer = started(&header_filter, &fake->store);
	layer_gone(layer);
	check_refused(layer, -ENXIO);
	CU_ASSERT_EQUAL(told.refreshes, 0);
	end(layer);
	fake_free(fake);
}

static void test_a_filter_may_ask_for_it(void)
{
	struct layer *layer;

	set_up();
	layer = started(&header_filter, &fake->store);
	told.next->changed(told.next);
	CU_ASSERT_EQUAL(told.changes, 1);
	CU_ASSERT_TRUE(layer_changed(layer));
	told.made = (struct filter_medium){ .size = 8192, .granule = 512 };
	CU_ASSERT_TRUE(refresh(layer));
	CU_ASSERT_EQUAL(size_of(layer), 8192);
	end(layer);
	fake_free(fake);
}

struct reader {
	struct port port;
	atomic_bool stop;
	_Atomic unsigned failed;
};

static void *keep_reading(void *arg)
{
	struct reader *reader = arg;
	struct filter_next *next = &reader->port.face;
	unsigned char buf[512];

	while (!reader->stop)
		if (next->read(next, buf, 512, SMALL - HEADER - 512) < 0)
			reader->failed++;
	return NULL;
}

/* Requests go on, before and after; none is inside meanwhile. */
static void test_no_request_is_inside_meanwhile(void)
{
	struct reader reader = { .stop = false };
	pthread_t threads[2];
	struct layer *layer;

	set_up();
	layer = started(&header_filter, &fake->store);
	port_init(&reader.port, layer_store(layer));
	for (unsigned i = 0; i < 2; i++)
		pthread_create(&threads[i], NULL, keep_reading, &reader);
	for (unsigned i = 0; i < 200; i++) {
		unsigned reads = fake->reads;

		store_resize(&fake->store, i % 2 ? SMALL : SIZE);
		CU_ASSERT_TRUE(refresh(layer));
		while (fake->reads == reads)
			sched_yield();
	}
	reader.stop = true;
	for (unsigned i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	CU_ASSERT_EQUAL(told.met, 0);
	CU_ASSERT_EQUAL(reader.failed, 0);
	end(layer);
	fake_free(fake);
}

CHECK_SUITE("refresh",
	    CHECK(test_a_stack_grows_from_below),
	    CHECK(test_a_filter_sees_the_new_size_in_refresh_first),
	    CHECK(test_without_refresh_only_the_transparent_follow),
	    CHECK(test_what_cannot_be_leaves_all_as_it_was),
	    CHECK(test_a_layer_that_does_not_run_stays),
	    CHECK(test_a_filter_may_ask_for_it),
	    CHECK(test_no_request_is_inside_meanwhile))
