/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-layer.c - what a layer promises its filter, and those above it
 */
#include "check.h"
#include "fake-store.h"
#include "figures.h"
#include "flip.h"
#include "flow.h"
#include "levels.h"
#include "scratch.h"

#define SIZE	(4u << 20)

static unsigned char in[FILTER_MAX_IO], out[FILTER_MAX_IO];

/* A filter that does as it is told, and writes down what was asked of it. */
struct puppet {
	uint64_t number;
	_Atomic unsigned inside, reads;
};

static struct {
	char trace[64];
	struct filter_medium medium;	/* what start makes, if size is set */
	const char *why;
	int start, access, result, init;	/* what they return */
	int lose;			/* what flush finds lost meanwhile */
	bool finds;			/* map finds this length */
	uint64_t found;
	struct puppet *self;
	struct filter_next *next;
	atomic_bool hold;
	_Atomic unsigned aborts, lanes[LAYER_LANES], clashes, unaligned;
} told;

static void trace(char c)
{
	size_t n = strlen(told.trace);

	if (n + 1 < sizeof(told.trace))
		told.trace[n] = c;
}

static int puppet_init(void *self)
{
	told.self = self;
	trace('i');
	return told.init;
}

static int puppet_start(void *self, struct filter_next *next,
			struct filter_medium *medium, const void *ticket,
			size_t len)
{
	(void)self;
	trace('s');
	told.next = next;
	if (len > 0 && *(const char *)ticket == 't')
		trace('t');
	if (told.medium.size)
		*medium = told.medium;
	if (told.why)
		next->say(next, FILTER_WHY, "%s", told.why);
	return told.start;
}

static int puppet_access(void *self, struct filter_next *next, int level)
{
	(void)self;
	(void)next;
	trace((char)('0' + level));
	return told.access;
}

static int puppet_stop(void *self, struct filter_next *next)
{
	(void)self;
	(void)next;
	trace('p');
	return 0;
}

static void puppet_fini(void *self)
{
	(void)self;
	trace('f');
}

static void puppet_abort(void *self)
{
	(void)self;
	told.aborts++;
}

static int puppet_flush(void *self, struct filter_next *next)
{
	(void)self;
	trace('u');
	if (told.lose < 0)
		next->lost(next, told.lose);
	return next->flush(next);
}

static int puppet_map(void *self, struct filter_next *next, uint64_t off,
		      uint64_t *len, unsigned *ret_what)
{
	(void)self;
	(void)next;
	(void)off;
	if (told.finds)
		*len = told.found;
	*ret_what = FILTER_ZERO;
	return 0;
}

/* Nobody else may be in this lane, and scratch memory must be aligned. */
static void look_around(struct filter_next *next)
{
	unsigned lane = next->lane(next);
	unsigned char *bytes = next->scratch(next, 5000);

	if (lane >= next->lanes || next->lane(next) != lane ||
	    told.lanes[lane]++ > 0)
		told.clashes++;
	if (!bytes || ((uintptr_t)bytes & 4095) != 0)
		told.unaligned++;
	else
		memset(bytes, (int)lane, 5000);
	sched_yield();
	for (unsigned i = 0; bytes && i < 5000; i++)
		if (bytes[i] != (unsigned char)lane)
			told.clashes++;
	told.lanes[lane]--;
}

static int puppet_read(void *self, struct filter_next *next, void *buf,
		       size_t len, uint64_t off)
{
	struct puppet *puppet = self;
	int r = told.result;

	puppet->inside++;
	puppet->reads++;
	while (told.hold)
		sched_yield();
	look_around(next);
	if (r == 0)
		r = next->read(next, buf, len, off);
	puppet->inside--;
	return r;
}

static int puppet_write(void *self, struct filter_next *next, const void *buf,
			size_t len, uint64_t off, unsigned flags)
{
	(void)self;
	return next->write(next, buf, len, off, flags);
}

static const struct filter_param puppet_params[] = {
	{ .name = "number", .type = FILTER_NUMBER,
	  .at = offsetof(struct puppet, number), .preset = "7",
	  .summary = "of the puppet" },
	{ .name = NULL },
};

static const struct filter_ops puppet_filter = {
	.abi = FILTERD_ABI, .name = "puppet", .summary = "as it is told",
	.instance_size = sizeof(struct puppet), .scratch = 8192,
	.params = puppet_params, .init = puppet_init, .start = puppet_start,
	.access = puppet_access, .stop = puppet_stop, .fini = puppet_fini,
	.abort = puppet_abort, .read = puppet_read, .write = puppet_write,
	.flush = puppet_flush, .map = puppet_map,
};

static int puppet_zero(void *self, struct filter_next *next, uint64_t len,
		       uint64_t off, unsigned flags)
{
	(void)self;
	return next->zero(next, len, off, flags);
}

static int puppet_discard(void *self, struct filter_next *next, uint64_t len,
			  uint64_t off)
{
	(void)self;
	return next->discard(next, len, off);
}

static const struct filter_ops clear_filter = {
	.abi = FILTERD_ABI, .name = "clear", .summary = "nothing at all",
	.flags = FILTER_TRANSPARENT,
};

static const struct filter_ops empty_filter = {
	.abi = FILTERD_ABI, .name = "empty", .summary = "no data ops",
};

static struct layer *make(const struct filter_ops *ops, struct store *below)
{
	static const struct settings none;
	struct layer *layer = NULL;

	memset(&told, 0, sizeof(told));
	CU_ASSERT_EQUAL_FATAL(layer_new(ops, "vault.x", &none, below, &layer,
					NULL), 0);
	return layer;
}

static struct layer *make_started(const struct filter_ops *ops,
				  struct store *below)
{
	struct layer *layer = make(ops, below);

	CU_ASSERT_EQUAL_FATAL(layer_start(layer, NULL, 0, NULL), 0);
	return layer;
}

static void end(struct layer *layer, int want)
{
	CU_ASSERT_EQUAL(layer_stop(layer), want);
	CU_ASSERT_EQUAL(layer_state(layer), LAYER_STOPPED);
	layer_free(layer);
}

static void test_a_life_has_its_order(void)
{
	struct fake_store *fake = fake_new(SIZE, 512);
	struct layer *layer = make(&puppet_filter, &fake->store);
	struct port port;

	CU_ASSERT_EQUAL(told.self->number, 7);
	CU_ASSERT_EQUAL(layer_state(layer), LAYER_NEW);
	CU_ASSERT_EQUAL(store_flush(layer_store(layer)), -ENXIO);
	CU_ASSERT_EQUAL(layer_start(layer, "t", 1, NULL), 0);
	CU_ASSERT_EQUAL(layer_state(layer), LAYER_RUNNING);
	CU_ASSERT_EQUAL(layer_store(layer)->medium.size, SIZE);
	port_init(&port, layer_store(layer));
	CU_ASSERT_EQUAL(port_access(&port, FILTER_WRITER), 0);
	CU_ASSERT_EQUAL(store_read(layer_store(layer), out, 512, 0), 0);
	CU_ASSERT_EQUAL(layer_stop(layer), 0);
	CU_ASSERT_EQUAL(store_read(layer_store(layer), out, 512, 0), -ENXIO);
	CU_ASSERT_EQUAL(port_access(&port, FILTER_NOBODY), 0);
	CU_ASSERT_EQUAL(port_access(&port, FILTER_READER), -ENXIO);
	end(layer, 0);
	CU_ASSERT_STRING_EQUAL(told.trace, "ist2u0pf");
	CU_ASSERT_STRING_EQUAL(fake->trace, "ca");
	CU_ASSERT_EQUAL(fake->flushes, 1);
	fake_free(fake);
}

static void test_levels_are_the_highest_of_all_users(void)
{
	struct fake_store *fake = fake_new(SIZE, 512);
	struct layer *layer = make_started(&puppet_filter, &fake->store);
	struct port a, b;

	port_init(&a, layer_store(layer));
	port_init(&b, layer_store(layer));
	memset(told.trace, 0, sizeof(told.trace));
	CU_ASSERT_EQUAL(port_access(&a, FILTER_READER), 0);
	CU_ASSERT_EQUAL(port_access(&b, FILTER_WRITER), 0);
	CU_ASSERT_EQUAL(port_access(&a, FILTER_WRITER), 0);
	CU_ASSERT_EQUAL(port_access(&b, FILTER_NOBODY), 0);
	CU_ASSERT_EQUAL(port_access(&a, FILTER_READER), 0);
	CU_ASSERT_STRING_EQUAL(told.trace, "121");
	CU_ASSERT_STRING_EQUAL(fake->trace, "bcb");

	fake->fail_access = -EROFS;	/* below refuses: nobody is told */
	CU_ASSERT_EQUAL(port_access(&a, FILTER_WRITER), -EROFS);
	CU_ASSERT_STRING_EQUAL(told.trace, "121");
	fake->fail_access = 0;
	told.access = -EIO;		/* the filter does: below goes back */
	CU_ASSERT_EQUAL(port_access(&b, FILTER_WRITER), -EIO);
	CU_ASSERT_STRING_EQUAL(told.trace, "1212");
	CU_ASSERT_STRING_EQUAL(fake->trace, "bcbcb");
	told.access = 0;
	CU_ASSERT_EQUAL(port_access(&a, FILTER_NOBODY), 0);
	CU_ASSERT_STRING_EQUAL(told.trace, "12120");
	CU_ASSERT_STRING_EQUAL(fake->trace, "bcbcba");
	end(layer, 0);
	fake_free(fake);
}

/* Its own level goes below, and to nobody else; its users' comes and goes
   beside it. */
static void test_a_layers_own_level_is_apart_from_its_users(void)
{
	struct fake_store *fake = fake_new(SIZE, 512);
	struct layer *layer = make_started(&puppet_filter, &fake->store);
	struct port user;

	port_init(&user, layer_store(layer));
	memset(told.trace, 0, sizeof(told.trace));
	CU_ASSERT_EQUAL(levels_hold(layer, FILTER_READER), 0);
	CU_ASSERT_EQUAL(port_access(&user, FILTER_WRITER), 0);
	CU_ASSERT_EQUAL(port_access(&user, FILTER_READER), 0);
	CU_ASSERT_EQUAL(levels_hold(layer, FILTER_WRITER), 0);	/* upgrade */
	CU_ASSERT_EQUAL(port_access(&user, FILTER_NOBODY), 0);
	CU_ASSERT_EQUAL(levels_below(layer), FILTER_WRITER);
	CU_ASSERT_EQUAL(levels_hold(layer, FILTER_READER), 0);	/* downgrade */
	CU_ASSERT_EQUAL(levels_own(layer), FILTER_READER);
	CU_ASSERT_EQUAL(levels_below(layer), FILTER_READER);
	CU_ASSERT_STRING_EQUAL(told.trace, "210");
	CU_ASSERT_STRING_EQUAL(fake->trace, "bcbcb");
	end(layer, 0);
	CU_ASSERT_STRING_EQUAL(fake->trace, "bcbcba");
	fake_free(fake);
}

static void test_an_own_level_that_is_refused_leaves_the_old_one(void)
{
	struct fake_store *fake = fake_new(SIZE, 512);
	struct layer *layer = make_started(&puppet_filter, &fake->store);

	CU_ASSERT_EQUAL(levels_hold(layer, FILTER_READER), 0);
	fake->fail_access = -EBUSY;
	CU_ASSERT_EQUAL(levels_hold(layer, FILTER_WRITER), -EBUSY);
	CU_ASSERT_EQUAL(levels_own(layer), FILTER_READER);
	CU_ASSERT_EQUAL(levels_below(layer), FILTER_READER);
	CU_ASSERT_EQUAL(layer_stop(layer), 0);
	fake->fail_access = 0;
	CU_ASSERT_EQUAL(levels_hold(layer, FILTER_READER), -ENXIO);
	CU_ASSERT_EQUAL(levels_below(layer), FILTER_NOBODY);
	layer_free(layer);
	fake_free(fake);
}

static void check_broken(struct filter_medium medium, bool below_writable)
{
	struct fake_store *fake = fake_new(SIZE, 512);
	struct failure f = { 0 };
	struct layer *layer;

	fake->store.medium.writable = below_writable;
	layer = make(&puppet_filter, &fake->store);
	told.medium = medium;
	CU_ASSERT_EQUAL_FATAL(layer_start(layer, NULL, 0, &f), -EBADMSG);
	CU_ASSERT_PTR_NOT_NULL(strstr(f.text, "puppet"));
	CU_ASSERT_EQUAL(store_flush(layer_store(layer)), -ENXIO);
	layer_free(layer);
	CU_ASSERT_STRING_EQUAL(told.trace, "ispf");
	fake_free(fake);
}

static void test_a_medium_that_cannot_be_is_refused(void)
{
	const struct filter_medium good = { .size = 8192, .granule = 512,
					    .writable = true };
	struct filter_medium bad = good;

	check_broken(good, false);
	bad.granule = 256;
	check_broken(bad, true);
	bad.granule = 513;
	check_broken(bad, true);
	bad.granule = 131072;
	bad.size = 131072;
	check_broken(bad, true);
	bad = good;
	bad.size = 1000;
	check_broken(bad, true);
	bad = good;
	memset(bad.hint, 'x', sizeof(bad.hint));
	check_broken(bad, true);
	bad = good;
	memset(bad.uuid, 'x', sizeof(bad.uuid));
	check_broken(bad, true);
}

static void test_a_start_that_fails_says_why(void)
{
	struct fake_store *fake = fake_new(SIZE, 512);
	struct layer *layer = make(&puppet_filter, &fake->store);
	struct failure f = { 0 };

	told.start = -EUCLEAN;
	told.why = "a bad\nheader";
	CU_ASSERT_EQUAL(layer_start(layer, NULL, 0, &f), -EUCLEAN);
	CU_ASSERT_PTR_NOT_NULL(strstr(f.text, "vault.x"));
	CU_ASSERT_PTR_NOT_NULL(strstr(f.text, "a bad\\x0aheader"));
	CU_ASSERT_EQUAL(f.code, EXIT_CORRUPT);
	layer_free(layer);
	CU_ASSERT_STRING_EQUAL(told.trace, "isf");
	fake_free(fake);
}

static void test_bad_settings_make_no_layer(void)
{
	struct fake_store *fake = fake_new(SIZE, 512);
	struct settings settings = { 0 };
	struct layer *layer = NULL;
	struct failure f = { 0 };

	memset(&told, 0, sizeof(told));
	CU_ASSERT_EQUAL_FATAL(settings_set(&settings, "numbre", "1"), 0);
	CU_ASSERT_EQUAL(layer_new(&puppet_filter, "x", &settings, &fake->store,
				  &layer, &f), -EINVAL);
	CU_ASSERT_STRING_EQUAL(told.trace, "");
	settings_clear(&settings);
	CU_ASSERT_EQUAL_FATAL(settings_set(&settings, "number", "9"), 0);
	told.init = -EINVAL;
	CU_ASSERT_EQUAL(layer_new(&puppet_filter, "x", &settings, &fake->store,
				  &layer, NULL), -EINVAL);
	CU_ASSERT_PTR_NULL(layer);
	settings_clear(&settings);
	fake_free(fake);
}

static void test_absent_ops_of_a_transparent_filter_pass_down(void)
{
	struct fake_store *fake = fake_new(SIZE, 512);
	struct layer *layer = make_started(&clear_filter, &fake->store);
	struct store *store = layer_store(layer);
	uint64_t len = SIZE;
	unsigned what;

	fake->map_hole = 4096;
	CU_ASSERT_EQUAL(store_read(store, out, 512, 512), 0);
	CU_ASSERT_EQUAL(out[0], fake_byte(512));
	CU_ASSERT_EQUAL(store_write(store, in, 512, 0, FILTER_DURABLE), 0);
	CU_ASSERT_EQUAL(fake->durable, 1);
	CU_ASSERT_EQUAL(store_zero(store, SIZE, 0, FILTER_FREE), 0);
	CU_ASSERT_EQUAL(fake->zeros, 1);
	CU_ASSERT_EQUAL(store_discard(store, 512, 0), 0);
	CU_ASSERT_EQUAL(fake->discards, 1);
	CU_ASSERT_EQUAL(store_map(store, 0, &len, &what), 0);
	CU_ASSERT_EQUAL(len, 4096);
	CU_ASSERT_EQUAL(store_flush(store), 0);
	CU_ASSERT_EQUAL(fake->flushes, 1);
	CU_ASSERT(store->medium.discards);
	CU_ASSERT(store->frees);
	end(layer, 0);
	fake_free(fake);
}

static void test_absent_ops_of_another_filter_do_not(void)
{
	struct fake_store *fake = fake_new(SIZE, 512);
	struct layer *layer = make_started(&empty_filter, &fake->store);
	struct store *store = layer_store(layer);
	uint64_t len = SIZE;
	unsigned what = 9;

	fake->map_hole = 4096;
	CU_ASSERT_EQUAL(store_read(store, out, 512, 0), -EOPNOTSUPP);
	CU_ASSERT_FALSE(store->medium.writable);
	CU_ASSERT_FALSE(store->medium.discards);
	CU_ASSERT_EQUAL(store_map(store, 0, &len, &what), 0);
	CU_ASSERT_EQUAL(len, SIZE);
	CU_ASSERT_EQUAL(what, 0);
	CU_ASSERT_EQUAL(store_flush(store), 0);
	CU_ASSERT_EQUAL(fake->flushes, 1);
	end(layer, 0);
	fake_free(fake);
}

static void test_zeros_are_written_by_a_filter_that_has_none(void)
{
	struct fake_store *fake = fake_new(SIZE, 512);
	struct layer *layer = make_started(&puppet_filter, &fake->store);
	struct store *store = layer_store(layer);
	const uint64_t len = 2 * FILTER_MAX_IO + 512;

	CU_ASSERT_EQUAL(store_zero(store, len, 512,
				   FILTER_FREE | FILTER_DURABLE), 0);
	CU_ASSERT_EQUAL(fake->zeros, 0);
	CU_ASSERT_EQUAL(fake->writes, 3);
	CU_ASSERT_EQUAL(fake->durable, 3);
	CU_ASSERT_EQUAL(fake->bad_flags, 0);
	CU_ASSERT_EQUAL(fake->bytes[511], fake_byte(511));
	CU_ASSERT_EQUAL(fake->bytes[512], 0);
	CU_ASSERT_EQUAL(fake->bytes[512 + len - 1], 0);
	CU_ASSERT_EQUAL(fake->bytes[512 + len], fake_byte(512 + len));
	CU_ASSERT_EQUAL(store_discard(store, 512, 0), -EOPNOTSUPP);
	CU_ASSERT_FALSE(store->frees);
	end(layer, 0);
	fake_free(fake);
}

/* Zeros of its own, as one has that keeps a map, or passes them on. */
static void test_who_frees_is_told(void)
{
	struct fake_store *fake = fake_new(SIZE, 512);
	struct filter_ops ops = puppet_filter;
	struct layer *layer;

	ops.zero = puppet_zero;
	ops.discard = puppet_discard;
	layer = make_started(&ops, &fake->store);
	CU_ASSERT_TRUE(layer_store(layer)->frees);
	end(layer, 0);

	ops.discard = NULL;
	layer = make_started(&ops, &fake->store);
	CU_ASSERT_FALSE(layer_store(layer)->frees);
	end(layer, 0);

	fake->store.frees = false;
	layer = make_started(&clear_filter, &fake->store);
	CU_ASSERT_TRUE(layer_store(layer)->medium.discards);
	CU_ASSERT_FALSE(layer_store(layer)->frees);
	end(layer, 0);
	fake_free(fake);
}

static void test_results_that_cannot_be_are_errors(void)
{
	struct fake_store *fake = fake_new(SIZE, 512);
	struct layer *layer = make_started(&puppet_filter, &fake->store);
	struct store *store = layer_store(layer);

	told.result = 512;
	CU_ASSERT_EQUAL(store_read(store, out, 512, 0), -EIO);
	told.result = -100000;
	CU_ASSERT_EQUAL(store_read(store, out, 512, 0), -EIO);
	told.result = -EILSEQ;
	CU_ASSERT_EQUAL(store_read(store, out, 512, 0), -EILSEQ);
	end(layer, 0);
	fake_free(fake);
}

static void check_map(struct store *store, uint64_t found, int want)
{
	uint64_t len = 8192;
	unsigned what = 99;

	told.finds = true;
	told.found = found;
	CU_ASSERT_EQUAL(store_map(store, 0, &len, &what), want);
	CU_ASSERT_EQUAL(len, want == 0 ? found : 8192);
	CU_ASSERT_EQUAL(what, want == 0 ? FILTER_ZERO : 99);
}

static void test_a_map_that_cannot_be_is_an_error(void)
{
	struct fake_store *fake = fake_new(SIZE, 512);
	struct layer *layer = make_started(&puppet_filter, &fake->store);
	struct store *store = layer_store(layer);

	check_map(store, 8192, 0);
	check_map(store, 512, 0);
	check_map(store, 0, -EIO);
	check_map(store, 8704, -EIO);
	check_map(store, 1000, -EIO);
	end(layer, 0);
	fake_free(fake);
}

static void test_a_flush_tells_what_was_lost_meanwhile(void)
{
	struct fake_store *fake = fake_new(SIZE, 512);
	struct layer *layer = make_started(&puppet_filter, &fake->store);

	told.lose = -EIO;
	CU_ASSERT_EQUAL(store_flush(layer_store(layer)), -EIO);
	CU_ASSERT_EQUAL(fake->flushes, 1);
	end(layer, -EIO);
	fake_free(fake);
}

static void test_scratch_memory_comes_back(void)
{
	struct fake_store *fake = fake_new(SIZE, 512);
	struct layer *low = make_started(&puppet_filter, &fake->store);
	size_t mark = scratch_mark();

	for (unsigned i = 0; i < 3; i++) {
		CU_ASSERT_EQUAL(store_read(layer_store(low), out, 512, 0), 0);
		CU_ASSERT_EQUAL(scratch_mark(), mark);
	}
	CU_ASSERT_EQUAL(told.unaligned, 0);
	end(low, 0);
	CU_ASSERT_EQUAL(scratch_mark(), mark);
	fake_free(fake);
}

static void test_lost_is_sticky_and_reads_go_on(void)
{
	struct fake_store *fake = fake_new(SIZE, 512);
	struct layer *layer = make_started(&puppet_filter, &fake->store);
	struct store *store = layer_store(layer);

	told.next->lost(told.next, -ENOSPC);
	told.next->lost(told.next, -EIO);
	CU_ASSERT_EQUAL(layer_state(layer), LAYER_FAILED);
	for (unsigned i = 0; i < 2; i++) {
		CU_ASSERT_EQUAL(store_write(store, in, 512, 0, 0), -ENOSPC);
		CU_ASSERT_EQUAL(store_zero(store, 512, 0, 0), -ENOSPC);
		CU_ASSERT_EQUAL(store_discard(store, 512, 0), -ENOSPC);
		CU_ASSERT_EQUAL(store_flush(store), -ENOSPC);
		CU_ASSERT_EQUAL(store_read(store, out, 512, 0), 0);
	}
	CU_ASSERT_EQUAL(fake->writes + fake->flushes, 0);
	end(layer, -ENOSPC);
	fake_free(fake);
}

struct user {
	struct store *store;
	_Atomic unsigned done, failed;
	atomic_bool stop;
	int result;
};

static void *keep_reading(void *arg)
{
	struct user *user = arg;
	unsigned char bytes[512];

	while (!user->stop) {
		int r = store_read(user->store, bytes, 512, 512);

		if (r < 0 || bytes[0] != fake_byte(512))
			user->failed++;
		else
			user->done++;
	}
	return NULL;
}

static void *read_once(void *arg)
{
	struct user *user = arg;
	unsigned char bytes[512];

	user->result = store_read(user->store, bytes, 512, 512);
	user->done++;
	return NULL;
}

static void test_nobody_is_inside_a_closed_gate(void)
{
	struct fake_store *fake = fake_new(SIZE, 512);
	struct layer *layer = make_started(&puppet_filter, &fake->store);
	struct user user = { .store = layer_store(layer) };
	pthread_t threads[4];

	for (unsigned i = 0; i < 4; i++)
		pthread_create(&threads[i], NULL, keep_reading, &user);
	for (unsigned i = 0; i < 100; i++) {
		unsigned reads;

		CU_ASSERT_EQUAL(layer_close_gate(layer, true), 0);
		CU_ASSERT_EQUAL(told.self->inside, 0);
		CU_ASSERT_EQUAL(layer_state(layer), LAYER_CLOSED);
		reads = told.self->reads;
		for (unsigned j = 0; j < 10; j++)
			sched_yield();
		CU_ASSERT_EQUAL(told.self->inside, 0);
		CU_ASSERT_EQUAL(told.self->reads, reads);
		CU_ASSERT_EQUAL(layer_close_gate(layer, false), 0);
		while (told.self->reads == reads)
			sched_yield();
	}
	user.stop = true;
	for (unsigned i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	CU_ASSERT_EQUAL(user.failed, 0);
	CU_ASSERT(user.done >= 100);
	CU_ASSERT_EQUAL(told.clashes + told.unaligned, 0);
	end(layer, 0);
	CU_ASSERT_EQUAL(told.aborts, 0);
	fake_free(fake);
}

/* More threads than lanes, all at once: they queue, and none shares. */
static void test_lanes_are_never_shared(void)
{
	enum { N = LAYER_LANES + 10 };
	struct fake_store *fake = fake_new(SIZE, 512);
	struct layer *layer = make_started(&puppet_filter, &fake->store);
	struct user users[N] = { 0 };
	pthread_t threads[N];

	told.hold = true;
	for (unsigned i = 0; i < N; i++) {
		users[i].store = layer_store(layer);
		pthread_create(&threads[i], NULL, read_once, &users[i]);
	}
	while (told.self->inside < LAYER_LANES - 1)
		sched_yield();
	told.hold = false;
	for (unsigned i = 0; i < N; i++) {
		pthread_join(threads[i], NULL);
		CU_ASSERT_EQUAL(users[i].result, 0);
	}
	CU_ASSERT_EQUAL(told.self->reads, N);
	CU_ASSERT_EQUAL(told.clashes + told.unaligned, 0);
	end(layer, 0);
	fake_free(fake);
}

static void test_gone_ends_all_that_wait(void)
{
	struct fake_store *fake = fake_new(SIZE, 512);
	struct layer *layer = make_started(&puppet_filter, &fake->store);
	struct user waits = { .store = layer_store(layer) };
	struct user inside = { .store = layer_store(layer) };
	pthread_t waiting, held;

	told.hold = true;
	pthread_create(&held, NULL, read_once, &inside);
	while (told.self->inside == 0)
		sched_yield();
	layer_gone(layer);
	CU_ASSERT_EQUAL(told.aborts, 1);
	CU_ASSERT_EQUAL(layer_state(layer), LAYER_GONE);
	CU_ASSERT_EQUAL(store_read(layer_store(layer), out, 512, 0), -ENXIO);
	CU_ASSERT_EQUAL(layer_close_gate(layer, false), -ENXIO);
	CU_ASSERT_EQUAL(store_flush(layer_store(layer)), -ENXIO);
	told.hold = false;
	pthread_join(held, NULL);
	end(layer, 0);

	layer = make_started(&puppet_filter, &fake->store);
	waits.store = layer_store(layer);
	CU_ASSERT_EQUAL(layer_close_gate(layer, true), 0);
	pthread_create(&waiting, NULL, read_once, &waits);
	for (unsigned i = 0; i < 100; i++)
		sched_yield();
	CU_ASSERT_EQUAL(waits.done, 0);
	layer_gone(layer);
	pthread_join(waiting, NULL);
	CU_ASSERT_EQUAL(waits.result, -ENXIO);
	end(layer, 0);
	fake_free(fake);
}

struct stopper {
	struct layer *layer;
	int (*stop)(struct layer *layer);
	atomic_bool done;
};

static void *stop(void *arg)
{
	struct stopper *stopper = arg;

	CU_ASSERT_EQUAL(stopper->stop(stopper->layer), 0);
	stopper->done = true;
	return NULL;
}

static int close_gate(struct layer *layer)
{
	return layer_close_gate(layer, true);
}

/* Lets a request in and holds it there, then calls @how: it must wait until
   that request is out again. */
static void check_waiting(struct layer *layer, int (*how)(struct layer *))
{
	struct user user = { .store = layer_store(layer) };
	struct stopper stopper = { .layer = layer, .stop = how };
	pthread_t reader, stopping;

	told.hold = true;
	pthread_create(&reader, NULL, read_once, &user);
	while (told.self->inside == 0)
		sched_yield();
	pthread_create(&stopping, NULL, stop, &stopper);
	while (!stopper.done && layer->gate.waiting == 0)
		sched_yield();
	CU_ASSERT_FALSE(stopper.done);
	CU_ASSERT_STRING_EQUAL(told.trace, "is");
	told.hold = false;
	pthread_join(reader, NULL);
	pthread_join(stopping, NULL);
	CU_ASSERT_EQUAL(user.result, 0);
}

static void test_stop_waits_for_who_is_inside(void)
{
	struct fake_store *fake = fake_new(SIZE, 512);
	struct layer *layer = make_started(&puppet_filter, &fake->store);

	check_waiting(layer, layer_stop);
	CU_ASSERT_STRING_EQUAL(told.trace, "isup");
	layer_free(layer);
	fake_free(fake);
}

static void test_closing_waits_for_who_is_inside(void)
{
	struct fake_store *fake = fake_new(SIZE, 512);
	struct layer *layer = make_started(&puppet_filter, &fake->store);

	check_waiting(layer, close_gate);
	CU_ASSERT_EQUAL(layer_state(layer), LAYER_CLOSED);
	end(layer, 0);
	fake_free(fake);
}

/* Whether nobody has a lane.  If somebody had, stopping would wait for ever. */
static bool lanes_are_free(const struct layer *layer)
{
	for (unsigned i = 0; i < GATE_SLOTS; i++)
		if (layer->gate.slots[i].use != 0)
			return false;
	return true;
}

static void test_a_lane_is_free_after_each_request(void)
{
	struct fake_store *fake = fake_new(SIZE, 512);
	struct layer *layer = make_started(&puppet_filter, &fake->store);
	struct store *store = layer_store(layer);

	CU_ASSERT_EQUAL(store_read(store, out, 512, 0), 0);
	CU_ASSERT_TRUE_FATAL(lanes_are_free(layer));
	told.result = -EILSEQ;
	CU_ASSERT_EQUAL(store_read(store, out, 512, 0), -EILSEQ);
	CU_ASSERT_TRUE_FATAL(lanes_are_free(layer));
	fake->fail = -EIO;
	CU_ASSERT_EQUAL(store_write(store, in, 512, 0, 0), -EIO);
	CU_ASSERT_TRUE_FATAL(lanes_are_free(layer));
	CU_ASSERT_EQUAL(store_flush(store), 0);
	CU_ASSERT_TRUE_FATAL(lanes_are_free(layer));
	end(layer, 0);
	fake_free(fake);
}

static void test_a_lane_is_free_after_each_refusal(void)
{
	struct fake_store *fake = fake_new(SIZE, 512);
	struct layer *layer = make_started(&puppet_filter, &fake->store);
	struct store *store = layer_store(layer);

	told.next->lost(told.next, -EIO);
	CU_ASSERT_EQUAL(store_write(store, in, 512, 0, 0), -EIO);
	CU_ASSERT_TRUE_FATAL(lanes_are_free(layer));
	CU_ASSERT_EQUAL(store_flush(store), -EIO);
	CU_ASSERT_TRUE_FATAL(lanes_are_free(layer));
	layer_gone(layer);
	CU_ASSERT_EQUAL(store_read(store, out, 512, 0), -ENXIO);
	CU_ASSERT_TRUE_FATAL(lanes_are_free(layer));
	end(layer, -EIO);
	fake_free(fake);
}

static struct figures_sum done(const struct layer *layer,
			       enum figures_kind kind)
{
	struct figures_sum sum;

	figures_sum(layer_figures(layer), kind, &sum);
	return sum;
}

static void test_each_request_is_counted_once(void)
{
	struct fake_store *fake = fake_new(SIZE, 512);
	struct layer *layer = make_started(&clear_filter, &fake->store);
	struct store *store = layer_store(layer);

	CU_ASSERT_EQUAL(store_read(store, out, 4096, 0), 0);
	CU_ASSERT_EQUAL(store_write(store, in, 512, 0, 0), 0);
	CU_ASSERT_EQUAL(store_flush(store), 0);
	CU_ASSERT_EQUAL(store_zero(store, SIZE, 0, 0), 0);
	CU_ASSERT_EQUAL(store_discard(store, 1024, 0), 0);
	fake->fail = -EIO;
	CU_ASSERT_EQUAL(store_read(store, out, 4096, 0), -EIO);
	CU_ASSERT_EQUAL(store_read(store, out, 4095, 0), -EINVAL);
	CU_ASSERT_EQUAL(done(layer, FIGURES_READ).ended, 2);
	CU_ASSERT_EQUAL(done(layer, FIGURES_READ).failed, 1);
	CU_ASSERT_EQUAL(done(layer, FIGURES_READ).bytes, 4096);
	CU_ASSERT_EQUAL(done(layer, FIGURES_WRITE).bytes, 512);
	CU_ASSERT_EQUAL(done(layer, FIGURES_FLUSH).ended, 1);
	CU_ASSERT_EQUAL(done(layer, FIGURES_ZERO).bytes, SIZE);
	CU_ASSERT_EQUAL(done(layer, FIGURES_DISCARD).bytes, 1024);
	end(layer, 0);
	fake_free(fake);
}

/* What is refused once something was lost shows too; so does a result that
   breaks the rules, as the error that its user met. */
static void test_refusals_are_counted_as_errors(void)
{
	struct fake_store *fake = fake_new(SIZE, 512);
	struct layer *layer = make_started(&puppet_filter, &fake->store);
	struct store *store = layer_store(layer);

	told.result = 1;
	CU_ASSERT_EQUAL(store_read(store, out, 512, 0), -EIO);
	CU_ASSERT_EQUAL(done(layer, FIGURES_READ).failed, 1);
	told.next->lost(told.next, -EIO);
	CU_ASSERT_EQUAL(store_write(store, in, 512, 0, 0), -EIO);
	CU_ASSERT_EQUAL(done(layer, FIGURES_WRITE).failed, 1);
	CU_ASSERT_EQUAL(done(layer, FIGURES_WRITE).ended, 1);
	CU_ASSERT_EQUAL(done(layer, FIGURES_WRITE).bytes, 0);
	end(layer, -EIO);
	fake_free(fake);
}

static void test_a_request_inside_is_running(void)
{
	struct fake_store *fake = fake_new(SIZE, 512);
	struct layer *layer = make_started(&puppet_filter, &fake->store);
	struct user user = { .store = layer_store(layer) };
	pthread_t reader;

	told.hold = true;
	pthread_create(&reader, NULL, read_once, &user);
	while (told.self->inside == 0)
		sched_yield();
	CU_ASSERT_EQUAL(done(layer, FIGURES_READ).running, 1);
	CU_ASSERT_EQUAL(done(layer, FIGURES_READ).ended, 0);
	told.hold = false;
	pthread_join(reader, NULL);
	CU_ASSERT_EQUAL(done(layer, FIGURES_READ).running, 0);
	CU_ASSERT_EQUAL(done(layer, FIGURES_READ).ended, 1);
	end(layer, 0);
	fake_free(fake);
}

static int count(void *arg, unsigned i)
{
	unsigned *calls = arg;

	if (calls[0]++ != i || !told.next->scratch(told.next, 8192))
		return -EINVAL;
	return i == 2 ? -ENOSPC : i == 4 ? -EIO : 0;
}

static void test_each_calls_all_and_returns_the_first_error(void)
{
	struct fake_store *fake = fake_new(SIZE, 512);
	struct layer *layer = make_started(&puppet_filter, &fake->store);
	size_t mark = scratch_mark();
	unsigned calls = 0;

	CU_ASSERT_EQUAL(told.next->each(told.next, 2000, count, &calls),
			-ENOSPC);
	CU_ASSERT_EQUAL(calls, 2000);
	CU_ASSERT_EQUAL(scratch_mark(), mark);
	end(layer, 0);
	fake_free(fake);
}

static void *use_services(void *arg)
{
	struct filter_next *next = arg;
	bool kept = true;
	unsigned char *bytes = next->keep(next, 5000, &kept);

	CU_ASSERT_PTR_NOT_NULL_FATAL(bytes);
	CU_ASSERT_FALSE(kept);
	CU_ASSERT_EQUAL(bytes[0] | bytes[4999], 0);
	CU_ASSERT_PTR_NULL(next->keep(next, 1, &kept));
	CU_ASSERT_EQUAL(next->lane(next), next->lane(next));
	CU_ASSERT(next->lane(next) < next->lanes);
	CU_ASSERT_PTR_NULL(next->library(next, "other"));
	next->changed(next);
	next->say(next, FILTER_WHY, "%s %d", "because", 1);
	return NULL;
}

static void test_services_for_a_thread_of_its_own(void)
{
	struct fake_store *fake = fake_new(SIZE, 512);
	struct layer *layer = make_started(&puppet_filter, &fake->store);
	pthread_t thread;
	char why[64];

	CU_ASSERT_FALSE(layer_changed(layer));
	pthread_create(&thread, NULL, use_services, told.next);
	pthread_join(thread, NULL);
	CU_ASSERT(layer_changed(layer));
	CU_ASSERT_FALSE(layer_changed(layer));
	layer_why(layer, why, sizeof(why));
	CU_ASSERT_STRING_EQUAL(why, "because 1");
	layer_why(layer, why, sizeof(why));
	CU_ASSERT_STRING_EQUAL(why, "");
	end(layer, 0);
	fake_free(fake);
}

static void *take_lane(void *arg)
{
	struct filter_next *next = arg;

	return (void *)(uintptr_t)next->lane(next);
}

static void test_a_lane_comes_back_when_its_thread_ends(void)
{
	struct fake_store *fake = fake_new(SIZE, 512);
	struct layer *layer = make_started(&puppet_filter, &fake->store);

	for (unsigned i = 0; i < 2 * LAYER_LANES; i++) {
		pthread_t thread;
		void *lane;

		pthread_create(&thread, NULL, take_lane, told.next);
		pthread_join(thread, &lane);
		CU_ASSERT((uintptr_t)lane < LAYER_LANES - 1);
	}
	end(layer, 0);
	fake_free(fake);
}

/* Two filters, four users: what they write they read, at once and later. */
struct hammer {
	struct store *store;
	unsigned first;		/* block */
	unsigned failures;
};

static void *hammer(void *arg)
{
	struct hammer *hammer = arg;
	unsigned char wrote[8192], read[8192];

	for (unsigned i = 0; i < 300; i++) {
		uint64_t off = (hammer->first + i % 14) * 4096ull;

		memset(wrote, (int)(i + hammer->first), sizeof(wrote));
		if (store_write(hammer->store, wrote, sizeof(wrote), off,
				i % 97 == 0 ? FILTER_DURABLE : 0) < 0 ||
		    store_read(hammer->store, read, sizeof(read), off) < 0 ||
		    memcmp(wrote, read, sizeof(read)) != 0)
			hammer->failures++;
	}
	return NULL;
}

static void check_flipped(struct fake_store *fake, struct store *top)
{
	CU_ASSERT_EQUAL(store_flush(top), 0);
	CU_ASSERT(fake->flushes > 0);
	CU_ASSERT_EQUAL(store_read(top, out, 64 * 4096, 0), 0);
	for (unsigned i = 0; i < 64 * 4096; i += 511)
		if ((fake->bytes[i] ^ FLIP_KEY) != out[i])
			CU_FAIL_FATAL("a byte was not flipped");
}

static void test_a_filter_with_a_thread_and_kept_memory(void)
{
	struct fake_store *fake = fake_new(SIZE + 512, 512);
	struct layer *flip = make_started(&flip_filter, &fake->store);
	struct layer *top = make_started(&clear_filter, layer_store(flip));
	struct store *store = layer_store(top);
	struct hammer hammers[4];
	pthread_t threads[4];

	CU_ASSERT_EQUAL(store->medium.granule, 4096);
	CU_ASSERT_EQUAL(store->medium.size, SIZE);
	CU_ASSERT_EQUAL(store_read(store, out, 512, 0), -EINVAL);
	for (unsigned i = 0; i < 4; i++) {
		hammers[i] = (struct hammer){ store, i * 16, 0 };
		pthread_create(&threads[i], NULL, hammer, &hammers[i]);
	}
	for (unsigned i = 0; i < 4; i++) {
		pthread_join(threads[i], NULL);
		CU_ASSERT_EQUAL(hammers[i].failures, 0);
	}
	check_flipped(fake, store);
	end(top, 0);
	end(flip, 0);
	fake_free(fake);
}

static void test_an_acknowledged_write_that_fails_is_not_forgotten(void)
{
	struct fake_store *fake = fake_new(SIZE, 512);
	struct layer *flip = make_started(&flip_filter, &fake->store);
	struct layer *top = make_started(&clear_filter, layer_store(flip));
	struct store *store = layer_store(top);

	fake->fail_write = -EIO;
	CU_ASSERT_EQUAL(store_write(store, in, 4096, 0, 0), 0);
	CU_ASSERT_EQUAL(store_flush(store), -EIO);
	fake->fail_write = 0;
	CU_ASSERT_EQUAL(layer_state(flip), LAYER_FAILED);
	CU_ASSERT_EQUAL(store_flush(store), -EIO);
	CU_ASSERT_EQUAL(store_write(store, in, 4096, 0, 0), -EIO);
	CU_ASSERT_EQUAL(store_read(store, out, 4096, 8192), 0);
	end(top, -EIO);
	end(flip, -EIO);
	fake_free(fake);
}

/* The flush of one volume lost what another had written. */
static void test_a_lost_flush_comes_through_layers_once(void)
{
	struct fake_store *fake = fake_new(SIZE, 512);
	struct layer *a = make_started(&clear_filter, &fake->store);
	struct layer *b = make_started(&clear_filter, &fake->store);
	struct port over_a, over_b;

	port_init(&over_a, layer_store(a));
	port_init(&over_b, layer_store(b));
	fake->fail_flush = -EIO;
	CU_ASSERT_EQUAL(over_a.face.flush(&over_a.face), -EIO);
	CU_ASSERT_EQUAL(over_a.face.flush(&over_a.face), 0);
	CU_ASSERT_EQUAL(over_b.face.flush(&over_b.face), -EIO);
	CU_ASSERT_EQUAL(over_b.face.flush(&over_b.face), 0);
	end(a, 0);
	end(b, 0);
	fake_free(fake);
}

CHECK_SUITE("layer",
	    CHECK(test_a_life_has_its_order),
	    CHECK(test_levels_are_the_highest_of_all_users),
	    CHECK(test_a_layers_own_level_is_apart_from_its_users),
	    CHECK(test_an_own_level_that_is_refused_leaves_the_old_one),
	    CHECK(test_a_medium_that_cannot_be_is_refused),
	    CHECK(test_a_start_that_fails_says_why),
	    CHECK(test_bad_settings_make_no_layer),
	    CHECK(test_absent_ops_of_a_transparent_filter_pass_down),
	    CHECK(test_absent_ops_of_another_filter_do_not),
	    CHECK(test_zeros_are_written_by_a_filter_that_has_none),
	    CHECK(test_who_frees_is_told),
	    CHECK(test_results_that_cannot_be_are_errors),
	    CHECK(test_a_map_that_cannot_be_is_an_error),
	    CHECK(test_a_flush_tells_what_was_lost_meanwhile),
	    CHECK(test_scratch_memory_comes_back),
	    CHECK(test_lost_is_sticky_and_reads_go_on),
	    CHECK(test_nobody_is_inside_a_closed_gate),
	    CHECK(test_lanes_are_never_shared),
	    CHECK(test_gone_ends_all_that_wait),
	    CHECK(test_stop_waits_for_who_is_inside),
	    CHECK(test_closing_waits_for_who_is_inside),
	    CHECK(test_a_lane_is_free_after_each_request),
	    CHECK(test_a_lane_is_free_after_each_refusal),
	    CHECK(test_each_request_is_counted_once),
	    CHECK(test_refusals_are_counted_as_errors),
	    CHECK(test_a_request_inside_is_running),
	    CHECK(test_each_calls_all_and_returns_the_first_error),
	    CHECK(test_services_for_a_thread_of_its_own),
	    CHECK(test_a_lane_comes_back_when_its_thread_ends),
	    CHECK(test_a_filter_with_a_thread_and_kept_memory),
	    CHECK(test_an_acknowledged_write_that_fails_is_not_forgotten),
	    CHECK(test_a_lost_flush_comes_through_layers_once))
