/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-fault.c - each fault comes when it is asked for, and only then
 */
#include <time.h>
#include <unistd.h>

#include "check.h"
#include "fake-next.h"

extern const struct filter_ops fault_filter;

static unsigned char sector[4096];

/* Settings as "key", "value", ..., NULL. */
#define START(f, ...) start(f, (const char *const[]){ __VA_ARGS__, NULL })

static void start(struct fake *f, const char *const *settings)
{
	fake_open(f, 1 << 20, 512);
	CU_ASSERT_EQUAL(fake_init(f, &fault_filter, settings), 0);
	CU_ASSERT_EQUAL(fake_start(f), 0);
}

static int read_at(struct fake *f, uint64_t off)
{
	return fake_read(f, sector, 512, off);
}

static int set(struct fake *f, const char *name, const void *value)
{
	const struct filter_param *p = fault_filter.params;

	while (strcmp(p->name, name) != 0)
		p++;
	CU_ASSERT_TRUE(p->flags & FILTER_LIVE);
	return fault_filter.set(f->self, &f->next, p, value);
}

struct wanted {
	const char *key;
	uint64_t value;
};

static void take_figure(void *arg, const char *key, uint64_t value)
{
	struct wanted *w = arg;

	if (strcmp(key, w->key) == 0)
		w->value = value;
}

static uint64_t figure(struct fake *f, const char *key)
{
	struct wanted w = { .key = key, .value = UINT64_MAX };

	fault_filter.status(f->self, take_figure, &w);
	return w.value;
}

static void test_nothing_fails_unasked(void)
{
	struct fake f;

	start(&f, NULL);
	CU_ASSERT_STRING_EQUAL(f.published.hint, "");
	memset(sector, 7, 512);
	CU_ASSERT_EQUAL(fake_write(&f, sector, 512, 512, FILTER_DURABLE), 0);
	CU_ASSERT_EQUAL(f.last_flags, FILTER_DURABLE);
	memset(sector, 0, 512);
	CU_ASSERT_EQUAL(read_at(&f, 512), 0);
	CU_ASSERT_EQUAL(sector[511], 7);
	CU_ASSERT_EQUAL(fault_filter.flush(f.self, &f.next), 0);
	CU_ASSERT_EQUAL(fault_filter.zero(f.self, &f.next, 512, 512, 0), 0);
	CU_ASSERT_EQUAL(fault_filter.discard(f.self, &f.next, 512, 0), 0);
	CU_ASSERT_EQUAL(f.flushes + f.zeros + f.discards, 3);
	CU_ASSERT_EQUAL(figure(&f, "failed_count"), 0);
	CU_ASSERT_EQUAL(figure(&f, "writes_count"), 1);
	fake_close(&f);
}

static void test_each_request_has_its_error(void)
{
	struct fake f;

	START(&f, "read-error", "ENODATA", "write-error", "ENOSPC",
	      "flush-error", "EIO", "zero-error", "EROFS", "discard-error",
	      "EOPNOTSUPP");
	CU_ASSERT_EQUAL(read_at(&f, 0), -ENODATA);
	CU_ASSERT_EQUAL(fake_write(&f, sector, 512, 0, 0), -ENOSPC);
	CU_ASSERT_EQUAL(fault_filter.flush(f.self, &f.next), -EIO);
	CU_ASSERT_EQUAL(fault_filter.zero(f.self, &f.next, 512, 0, 0), -EROFS);
	CU_ASSERT_EQUAL(fault_filter.discard(f.self, &f.next, 512, 0),
			-EOPNOTSUPP);
	CU_ASSERT_EQUAL(f.reads + f.writes + f.flushes + f.zeros + f.discards,
			0);
	CU_ASSERT_EQUAL(figure(&f, "failed_count"), 5);
	fake_close(&f);
}

static void test_errors_below_come_through(void)
{
	struct fake f;

	start(&f, NULL);
	f.fail_read = f.fail_write = f.fail_flush = f.fail_zero = -EILSEQ;
	f.fail_discard = -EILSEQ;
	CU_ASSERT_EQUAL(read_at(&f, 0), -EILSEQ);
	CU_ASSERT_EQUAL(fake_write(&f, sector, 512, 0, 0), -EILSEQ);
	CU_ASSERT_EQUAL(fault_filter.flush(f.self, &f.next), -EILSEQ);
	CU_ASSERT_EQUAL(fault_filter.zero(f.self, &f.next, 512, 0, 0),
			-EILSEQ);
	CU_ASSERT_EQUAL(fault_filter.discard(f.self, &f.next, 512, 0),
			-EILSEQ);
	fake_close(&f);
}

static void test_after_every_and_count(void)
{
	static const int want[] = { 0, 0, 0, -EIO, 0, -EIO, 0, 0, 0 };
	struct fake f;

	START(&f, "read-error", "EIO", "error-after", "2", "error-every", "2",
	      "error-count", "2");
	for (unsigned i = 0; i < sizeof(want) / sizeof(*want); i++)
		CU_ASSERT_EQUAL(read_at(&f, 0), want[i]);
	fake_close(&f);
}

static void test_a_bad_range(void)
{
	struct fake f;

	START(&f, "read-error", "EIO", "error-offset", "4K", "error-size",
	      "1K");
	CU_ASSERT_EQUAL(read_at(&f, 4096 - 512), 0);
	CU_ASSERT_EQUAL(read_at(&f, 4096), -EIO);
	CU_ASSERT_EQUAL(read_at(&f, 4096 + 512), -EIO);
	CU_ASSERT_EQUAL(read_at(&f, 4096 + 1024), 0);
	CU_ASSERT_EQUAL(fake_read(&f, sector, 1024, 4096 - 512), -EIO);
	CU_ASSERT_EQUAL(fake_read(&f, sector, 1024, 4096 - 1024), 0);
	fake_close(&f);
	START(&f, "read-error", "EIO", "error-offset", "4K");
	CU_ASSERT_EQUAL(read_at(&f, 0), 0);
	CU_ASSERT_EQUAL(read_at(&f, (1 << 20) - 512), -EIO);
	fake_close(&f);
}

static void test_a_torn_write_leaves_its_first_half(void)
{
	struct fake f;

	START(&f, "tear", "yes", "write-error", "ENOSPC");
	memset(sector, 9, sizeof(sector));
	CU_ASSERT_EQUAL(fake_write(&f, sector, 1536, 512, 0), -ENOSPC);
	CU_ASSERT_EQUAL(f.data[512], 9);
	CU_ASSERT_EQUAL(f.data[1023], 9);
	CU_ASSERT_EQUAL(f.data[1024], 0);
	CU_ASSERT_EQUAL(figure(&f, "torn_count"), 1);
	fake_close(&f);
	START(&f, "tear", "yes");
	CU_ASSERT_EQUAL(fake_write(&f, sector, 512, 0, 0), -EIO);
	CU_ASSERT_EQUAL(f.writes, 0);
	fake_close(&f);
}

static void test_settings_are_live(void)
{
	const unsigned eio = 1, none = 0;
	const uint64_t two = 2;
	struct fake f;

	start(&f, NULL);
	CU_ASSERT_EQUAL(set(&f, "read-error", &eio), 0);
	CU_ASSERT_EQUAL(set(&f, "error-every", &two), 0);
	CU_ASSERT_EQUAL(read_at(&f, 0), 0);
	CU_ASSERT_EQUAL(read_at(&f, 0), -EIO);
	CU_ASSERT_EQUAL(set(&f, "read-error", &none), 0);
	CU_ASSERT_EQUAL(read_at(&f, 0), 0);
	CU_ASSERT_EQUAL(read_at(&f, 0), 0);
	fake_close(&f);
}

static int send_once(struct fake *f, unsigned code, uint32_t error,
		     size_t len)
{
	size_t out_len = 0;

	return fault_filter.message(f->self, NULL, code, &error, len, NULL,
				    &out_len);
}

static void test_a_message_fails_one_request(void)
{
	struct fake f;

	start(&f, NULL);
	CU_ASSERT_EQUAL(send_once(&f, 0, ENOSPC, sizeof(uint32_t)), 0);
	CU_ASSERT_EQUAL(send_once(&f, 2, 0, 0), 0);
	CU_ASSERT_EQUAL(read_at(&f, 0), -ENOSPC);
	CU_ASSERT_EQUAL(read_at(&f, 0), 0);
	CU_ASSERT_EQUAL(fault_filter.flush(f.self, &f.next), -EIO);
	CU_ASSERT_EQUAL(fault_filter.flush(f.self, &f.next), 0);
	CU_ASSERT_EQUAL(send_once(&f, 6, EIO, sizeof(uint32_t)), -EOPNOTSUPP);
	CU_ASSERT_EQUAL(send_once(&f, 0, EIO, 3), -EINVAL);
	CU_ASSERT_EQUAL(send_once(&f, 0, 0, sizeof(uint32_t)), -EINVAL);
	CU_ASSERT_EQUAL(send_once(&f, 0, 99999, sizeof(uint32_t)), -EINVAL);
	fake_close(&f);
}

static void test_a_message_asks_how_many_came(void)
{
	uint64_t counts[5];
	size_t len = 0;
	struct fake f;

	start(&f, NULL);
	CU_ASSERT_EQUAL(read_at(&f, 0), 0);
	CU_ASSERT_EQUAL(read_at(&f, 512), 0);
	CU_ASSERT_EQUAL(fault_filter.message(f.self, NULL, 5, NULL, 0, NULL,
					     &len), -ERANGE);
	CU_ASSERT_EQUAL(len, sizeof(counts));
	CU_ASSERT_EQUAL(fault_filter.message(f.self, NULL, 5, NULL, 0, counts,
					     &len), 0);
	CU_ASSERT_EQUAL(counts[0], 2);
	CU_ASSERT_EQUAL(counts[1], 0);
	fake_close(&f);
}

/* A client that keeps what it is sent, until it does not read any more. */
struct client {
	struct filter_peer peer;	/* first */
	unsigned char last[64];
	size_t len;
	unsigned heard;
	bool deaf;
};

static int hear(struct filter_peer *peer, const void *data, size_t len)
{
	struct client *client = (struct client *)peer;

	if (client->deaf)
		return -EAGAIN;
	client->heard++;
	client->len = len;
	memcpy(client->last, data, len);
	return 0;
}

static void test_whoever_is_connected_hears_of_each_error(void)
{
	struct client one = { .peer = { .send = hear } }, two = one;
	uint32_t error;
	uint64_t off;
	struct fake f;

	START(&f, "read-error", "ENODATA");
	CU_ASSERT_EQUAL(fault_filter.connect(f.self, &one.peer), 0);
	CU_ASSERT_EQUAL(fault_filter.connect(f.self, &two.peer), 0);
	CU_ASSERT_EQUAL(read_at(&f, 1024), -ENODATA);
	CU_ASSERT_EQUAL(one.heard, 1);
	CU_ASSERT_EQUAL_FATAL(one.len, 24);
	memcpy(&error, one.last + 4, sizeof(error));
	memcpy(&off, one.last + 8, sizeof(off));
	CU_ASSERT_EQUAL(error, ENODATA);
	CU_ASSERT_EQUAL(off, 1024);
	two.deaf = true;
	fault_filter.disconnect(f.self, &one.peer);
	CU_ASSERT_EQUAL(read_at(&f, 0), -ENODATA);
	CU_ASSERT_EQUAL(one.heard, 1);
	CU_ASSERT_EQUAL(two.heard, 1);
	CU_ASSERT_EQUAL(figure(&f, "unheard_count"), 1);
	fault_filter.disconnect(f.self, &two.peer);
	fake_close(&f);
}

static void test_clients_have_a_limit(void)
{
	struct filter_peer peers[9] = { 0 };
	struct fake f;

	start(&f, NULL);
	for (unsigned i = 0; i < 8; i++)
		CU_ASSERT_EQUAL(fault_filter.connect(f.self, &peers[i]), 0);
	CU_ASSERT_EQUAL(fault_filter.connect(f.self, &peers[8]), -EBUSY);
	for (unsigned i = 0; i < 8; i++)
		fault_filter.disconnect(f.self, &peers[i]);
	CU_ASSERT_EQUAL(fault_filter.connect(f.self, &peers[8]), 0);
	fault_filter.disconnect(f.self, &peers[8]);
	fake_close(&f);
}

static uint64_t now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static void test_only_what_is_asked_is_delayed(void)
{
	struct fake f;
	uint64_t before;

	START(&f, "delay", "30", "delay-ops", "flush");
	CU_ASSERT_EQUAL(read_at(&f, 0), 0);
	CU_ASSERT_EQUAL(figure(&f, "delayed_count"), 0);
	before = now_ms();
	CU_ASSERT_EQUAL(fault_filter.flush(f.self, &f.next), 0);
	CU_ASSERT_TRUE(now_ms() - before >= 29);
	CU_ASSERT_EQUAL(figure(&f, "delayed_count"), 1);
	fake_close(&f);
}

struct reader {
	struct fake *f;
	int result;
};

static void *read_one(void *arg)
{
	struct reader *r = arg;
	unsigned char buf[512];

	r->result = fake_read(r->f, buf, sizeof(buf), 0);
	fake_thread_end();
	return NULL;
}

/* Waits until as many requests hang; a test that fails here ends by itself. */
static void await_hanging(struct fake *f, uint64_t n)
{
	for (unsigned i = 0; i < 60000 && figure(f, "hanging_count") != n; i++)
		(void)usleep(1000);
	CU_ASSERT_EQUAL(figure(f, "hanging_count"), n);
}

static void hang_two(struct fake *f, struct reader readers[2],
		     pthread_t threads[2])
{
	for (unsigned i = 0; i < 2; i++) {
		readers[i] = (struct reader){ .f = f, .result = 1 };
		CU_ASSERT_EQUAL(pthread_create(&threads[i], NULL, read_one,
					       &readers[i]), 0);
	}
	await_hanging(f, 2);
	CU_ASSERT_EQUAL(readers[0].result, 1);
}

static void test_hanging_requests_go_on_when_let(void)
{
	const bool no = false;
	struct reader readers[2];
	pthread_t threads[2];
	struct fake f;

	START(&f, "hang", "yes", "hang-after", "1");
	CU_ASSERT_EQUAL(read_at(&f, 0), 0);
	hang_two(&f, readers, threads);
	CU_ASSERT_EQUAL(set(&f, "hang", &no), 0);
	for (unsigned i = 0; i < 2; i++) {
		(void)pthread_join(threads[i], NULL);
		CU_ASSERT_EQUAL(readers[i].result, 0);
	}
	CU_ASSERT_EQUAL(read_at(&f, 0), 0);
	fake_close(&f);
}

static void test_abort_ends_every_wait(void)
{
	struct reader readers[2];
	pthread_t threads[2];
	struct fake f;

	START(&f, "hang", "yes");
	hang_two(&f, readers, threads);
	fault_filter.abort(f.self);
	for (unsigned i = 0; i < 2; i++) {
		(void)pthread_join(threads[i], NULL);
		CU_ASSERT_EQUAL(readers[i].result, -EIO);
	}
	CU_ASSERT_EQUAL(f.reads, 0);
	fake_close(&f);
}

static void test_abort_ends_a_delay(void)
{
	struct reader reader = { .result = 1 };
	pthread_t thread;
	struct fake f;

	START(&f, "delay", "60000");
	reader.f = &f;
	CU_ASSERT_EQUAL(pthread_create(&thread, NULL, read_one, &reader), 0);
	for (unsigned i = 0; i < 60000 && figure(&f, "delayed_count") == 0; i++)
		(void)usleep(1000);
	fault_filter.abort(f.self);
	(void)pthread_join(thread, NULL);
	CU_ASSERT_EQUAL(reader.result, -EIO);
	fake_close(&f);
}

static int probe(const char *key, const char *value, int *score)
{
	const char *const settings[] = { key, value, NULL };
	struct fake f;
	int r;

	fake_open(&f, 1 << 20, 512);
	CU_ASSERT_EQUAL(fake_init(&f, &fault_filter, settings), 0);
	r = fault_filter.probe(f.self, &f.next, score);
	CU_ASSERT_EQUAL(r < 0, f.why[0] != '\0');
	fake_close(&f);
	return r;
}

static void test_probe_does_as_told(void)
{
	int score = 1000;

	CU_ASSERT_EQUAL(probe(NULL, NULL, &score), 0);
	CU_ASSERT_EQUAL(score, 1000);
	CU_ASSERT_EQUAL(probe("probe-score", "-1500", &score), 0);
	CU_ASSERT_EQUAL(score, -500);
	CU_ASSERT_EQUAL(probe("probe-error", "ENODEV", &score), -ENODEV);
	CU_ASSERT_EQUAL(probe("probe-score", "much", &score), -EINVAL);
	CU_ASSERT_EQUAL(probe("probe-score", "", &score), -EINVAL);
	CU_ASSERT_EQUAL(probe("probe-score", "-3000000000", &score), -EINVAL);
	CU_ASSERT_EQUAL(probe("probe-score", "-2147483648", &score), -EINVAL);
	CU_ASSERT_EQUAL(score, -500);
}

static void test_start_does_as_told(void)
{
	const char *const settings[] = { "start-error", "ENOMEM", NULL };
	struct fake f;

	fake_open(&f, 1 << 20, 512);
	CU_ASSERT_EQUAL(fake_init(&f, &fault_filter, settings), 0);
	CU_ASSERT_EQUAL(fake_start(&f), -ENOMEM);
	CU_ASSERT_STRING_EQUAL(f.why, "start-error=ENOMEM is set");
	fake_close(&f);
}

CHECK_SUITE("fault",
	    CHECK(test_nothing_fails_unasked),
	    CHECK(test_each_request_has_its_error),
	    CHECK(test_errors_below_come_through),
	    CHECK(test_after_every_and_count),
	    CHECK(test_a_bad_range),
	    CHECK(test_a_torn_write_leaves_its_first_half),
	    CHECK(test_settings_are_live),
	    CHECK(test_a_message_fails_one_request),
	    CHECK(test_a_message_asks_how_many_came),
	    CHECK(test_whoever_is_connected_hears_of_each_error),
	    CHECK(test_clients_have_a_limit),
	    CHECK(test_only_what_is_asked_is_delayed),
	    CHECK(test_hanging_requests_go_on_when_let),
	    CHECK(test_abort_ends_every_wait),
	    CHECK(test_abort_ends_a_delay),
	    CHECK(test_probe_does_as_told),
	    CHECK(test_start_does_as_told))
