/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-talk.c - messages to a filter, and from it
 */
#include "check.h"
#include "fake-store.h"
#include "talk.h"

#define STRANGER	1000u	/* whom the filter refuses */
#define PID		812

enum { ECHO, GREET, LIE, FLOOD };	/* codes of its messages */

/* It answers, and writes to its talks unasked. */
static struct {
	unsigned connects, disconnects, sent;
	struct filter_peer *peer;
	atomic_bool hold;
	_Atomic unsigned inside;
} told;

static int talker_connect(void *self, struct filter_peer *peer)
{
	(void)self;
	if (peer->uid == STRANGER)
		return -EPERM;
	told.connects++;
	told.peer = peer;
	peer->own = malloc(1);
	return 0;
}

static void talker_disconnect(void *self, struct filter_peer *peer)
{
	(void)self;
	told.disconnects++;
	free(peer->own);
	peer->own = NULL;
}

static int echo(const void *in, size_t in_len, void *out, size_t *out_len)
{
	size_t room = *out_len;

	*out_len = in_len;
	if (in_len > room)
		return -ERANGE;
	if (in_len > 0)
		memcpy(out, in, in_len);
	return 0;
}

static int talker_message(void *self, struct filter_peer *peer, unsigned code,
			  const void *in, size_t in_len, void *out,
			  size_t *out_len)
{
	(void)self;
	told.inside++;
	while (told.hold)
		sched_yield();
	switch (code) {
	case ECHO:
		return echo(in, in_len, out, out_len);
	case GREET:
		*out_len = 0;
		return peer->send(peer, in, in_len);
	case LIE:
		++*out_len;
		return 0;
	case FLOOD:
		*out_len = 0;
		while (peer->send(peer, &told.sent, sizeof(told.sent)) == 0)
			told.sent++;
		return peer->send(peer, "", 0);
	}
	return -EOPNOTSUPP;
}

static const struct filter_ops talker_filter = {
	.abi = FILTERD_ABI, .name = "talker", .summary = "talks",
	.connect = talker_connect, .message = talker_message,
	.disconnect = talker_disconnect,
};

static struct fake_store *fake;
static struct layer *layer;
static struct failure failure;
static _Atomic unsigned readies;

static void start(const struct filter_ops *ops)
{
	static const struct settings none;

	memset(&told, 0, sizeof(told));
	memset(&failure, 0, sizeof(failure));
	readies = 0;
	fake = fake_new(1 << 20, 512);
	CU_ASSERT_EQUAL_FATAL(layer_new(ops, "vault.talker", &none,
					&fake->store, &layer, NULL), 0);
	CU_ASSERT_EQUAL_FATAL(layer_start(layer, NULL, 0, NULL), 0);
}

static void end(void)
{
	CU_ASSERT_EQUAL(layer_stop(layer), 0);
	layer_free(layer);
	fake_free(fake);
	CU_ASSERT_EQUAL(told.connects, told.disconnects);
}

static void ready(void *arg)
{
	(void)arg;
	readies++;
}

static int open_as(uint32_t uid, struct talk **ret)
{
	const struct talk_client client = { uid, PID, ready, NULL };

	memset(&failure, 0, sizeof(failure));
	return talk_open(layer, &client, ret, &failure);
}

static struct talk *opened(void)
{
	struct talk *peer = NULL;

	CU_ASSERT_EQUAL_FATAL(open_as(0, &peer), 0);
	return peer;
}

static void test_a_message_is_answered(void)
{
	char out[16];
	size_t len = sizeof(out);
	struct talk *peer;

	start(&talker_filter);
	peer = opened();
	CU_ASSERT_EQUAL(talk_message(peer, ECHO, "hello", 5, out, &len, NULL),
			0);
	CU_ASSERT_EQUAL(len, 5);
	CU_ASSERT_EQUAL(memcmp(out, "hello", 5), 0);
	CU_ASSERT_EQUAL(talk_message(peer, 99, NULL, 0, out, &len, &failure),
			-EOPNOTSUPP);
	CU_ASSERT_EQUAL(failure.code, EXIT_UNSUPPORTED);
	talk_close(peer);
	end();
}

static void test_an_answer_that_does_not_fit_says_its_size(void)
{
	char out[5];
	size_t len = 0;
	struct talk *peer;

	start(&talker_filter);
	peer = opened();
	CU_ASSERT_EQUAL(talk_message(peer, ECHO, "hello", 5, NULL, &len,
				     NULL), -ERANGE);
	CU_ASSERT_EQUAL(len, 5);
	CU_ASSERT_EQUAL(talk_message(peer, ECHO, "hello", 5, out, &len, NULL),
			0);
	talk_close(peer);
	end();
}

static void test_an_answer_that_cannot_be_is_an_error(void)
{
	char out[8];
	size_t len = sizeof(out);
	struct talk *peer;

	start(&talker_filter);
	peer = opened();
	CU_ASSERT_EQUAL(talk_message(peer, LIE, NULL, 0, out, &len, NULL),
			-EIO);
	CU_ASSERT_EQUAL(len, sizeof(out));
	talk_close(peer);
	end();
}

static void test_a_filter_may_refuse_a_client(void)
{
	struct talk *peer = NULL;

	start(&talker_filter);
	CU_ASSERT_EQUAL(open_as(STRANGER, &peer), -EPERM);
	CU_ASSERT_EQUAL(failure.code, EXIT_DENIED);
	CU_ASSERT_PTR_NULL(peer);
	CU_ASSERT_EQUAL(talk_check_none(layer, NULL), 0);
	end();
}

static void test_a_filter_without_messages_says_so(void)
{
	static const struct filter_ops mute_filter = {
		.abi = FILTERD_ABI, .name = "mute", .summary = "is silent",
	};
	struct talk *peer;

	start(&mute_filter);
	CU_ASSERT_EQUAL(open_as(0, &peer), -EOPNOTSUPP);
	CU_ASSERT_EQUAL(failure.code, EXIT_UNSUPPORTED);
	end();
}

static void test_unasked_messages_come_in_order(void)
{
	char buf[8];
	size_t len = sizeof(buf), none = 0;
	struct talk *peer;

	start(&talker_filter);
	peer = opened();
	CU_ASSERT_EQUAL(talk_take(peer, buf, &len), -EAGAIN);
	CU_ASSERT_EQUAL(talk_message(peer, GREET, "one", 3, NULL, &none,
				     NULL), 0);
	CU_ASSERT_EQUAL(told.peer->send(told.peer, "three", 5), 0);
	CU_ASSERT_EQUAL(readies, 2);
	CU_ASSERT_EQUAL(talk_take(peer, buf, &len), 0);
	CU_ASSERT_EQUAL(len, 3);
	CU_ASSERT_EQUAL(memcmp(buf, "one", 3), 0);
	len = 4;			/* too little: nothing is lost */
	CU_ASSERT_EQUAL(talk_take(peer, buf, &len), -ERANGE);
	CU_ASSERT_EQUAL(len, 5);
	CU_ASSERT_EQUAL(talk_take(peer, buf, &len), 0);
	CU_ASSERT_EQUAL(memcmp(buf, "three", 5), 0);
	CU_ASSERT_EQUAL(talk_take(peer, buf, &len), -EAGAIN);
	talk_close(peer);
	end();
}

static void test_a_client_that_does_not_read_is_no_burden(void)
{
	size_t none = 0, len = sizeof(unsigned);
	unsigned number;
	struct talk *peer;

	start(&talker_filter);
	peer = opened();
	CU_ASSERT_EQUAL(talk_message(peer, FLOOD, NULL, 0, NULL, &none, NULL),
			-EAGAIN);
	CU_ASSERT_EQUAL(told.sent, TALK_QUEUE_MAX);
	CU_ASSERT_EQUAL(told.peer->send(told.peer, "", TALK_MESSAGE_MAX + 1),
			-EMSGSIZE);
	CU_ASSERT_EQUAL(talk_take(peer, &number, &len), 0);
	CU_ASSERT_EQUAL(number, 0);
	CU_ASSERT_EQUAL(told.peer->send(told.peer, &number, len), 0);
	CU_ASSERT_EQUAL(told.peer->send(told.peer, &number, len), -EAGAIN);
	talk_close(peer);		/* and what it left is freed */
	end();
}

static void test_who_is_connected_is_named(void)
{
	struct talk *one, *two;

	start(&talker_filter);
	one = opened();
	two = opened();
	talk_close(one);
	CU_ASSERT_EQUAL(talk_check_none(layer, &failure), -EBUSY);
	CU_ASSERT_PTR_NOT_NULL(strstr(failure.text, "process 812"));
	CU_ASSERT_EQUAL(failure.code, EXIT_BUSY);
	talk_close(two);
	CU_ASSERT_EQUAL(talk_check_none(layer, NULL), 0);
	end();
}

/* The client finds out when it next asks; what it was sent it still gets. */
static void test_a_layer_that_stops_ends_its_connections(void)
{
	size_t len = 8, none = 0;
	char buf[8];
	struct talk *peer, *other;

	start(&talker_filter);
	peer = opened();
	CU_ASSERT_EQUAL(told.peer->send(told.peer, "bye", 3), 0);
	CU_ASSERT_EQUAL(layer_stop(layer), 0);
	CU_ASSERT_EQUAL(told.disconnects, 1);
	CU_ASSERT_EQUAL(readies, 2);
	CU_ASSERT_EQUAL(open_as(0, &other), -ENXIO);
	layer_free(layer);
	fake_free(fake);
	CU_ASSERT_EQUAL(talk_take(peer, buf, &len), 0);
	CU_ASSERT_EQUAL(talk_take(peer, buf, &len), -ENXIO);
	CU_ASSERT_EQUAL(talk_message(peer, ECHO, NULL, 0, NULL, &none,
				     &failure), -ENXIO);
	talk_close(peer);
	CU_ASSERT_EQUAL(told.disconnects, 1);
}

/* One who is told of the end, and comes again at once. */
static void come_again(void *arg)
{
	static const struct talk_client nobody = { .pid = PID };
	struct talk *peer;

	*(int *)arg = talk_open(layer, &nobody, &peer, NULL);
}

static void test_nobody_comes_while_a_layer_stops(void)
{
	int again = 0;
	const struct talk_client client = { 0, PID, come_again, &again };
	struct talk *peer;

	start(&talker_filter);
	CU_ASSERT_EQUAL_FATAL(talk_open(layer, &client, &peer, &failure), 0);
	CU_ASSERT_EQUAL(layer_stop(layer), 0);
	CU_ASSERT_EQUAL(again, -ENXIO);
	CU_ASSERT_EQUAL(told.connects, told.disconnects);
	layer_free(layer);
	fake_free(fake);
	talk_close(peer);
}

static void *say_hello(void *arg)
{
	size_t len = 0;

	CU_ASSERT_EQUAL(talk_message(arg, ECHO, NULL, 0, NULL, &len, NULL),
			0);
	return NULL;
}

static void *stop_and_free(void *arg)
{
	CU_ASSERT_EQUAL(layer_stop(arg), 0);
	layer_free(arg);
	return NULL;
}

/* The message that is inside keeps the layer, and its client may close at the
   same moment. */
static void test_a_stop_waits_for_the_message_that_is_inside(void)
{
	pthread_t asking, stopping;
	struct talk *peer;

	start(&talker_filter);
	peer = opened();
	told.hold = true;
	pthread_create(&asking, NULL, say_hello, peer);
	while (told.inside == 0)
		sched_yield();
	pthread_create(&stopping, NULL, stop_and_free, layer);
	for (unsigned i = 0; i < 100; i++)
		sched_yield();
	CU_ASSERT_EQUAL(told.disconnects, 0);
	told.hold = false;
	pthread_join(asking, NULL);
	talk_close(peer);
	pthread_join(stopping, NULL);
	CU_ASSERT_EQUAL(told.disconnects, 1);
	fake_free(fake);
}

CHECK_SUITE("talk",
	    CHECK(test_a_message_is_answered),
	    CHECK(test_an_answer_that_does_not_fit_says_its_size),
	    CHECK(test_an_answer_that_cannot_be_is_an_error),
	    CHECK(test_a_filter_may_refuse_a_client),
	    CHECK(test_a_filter_without_messages_says_so),
	    CHECK(test_unasked_messages_come_in_order),
	    CHECK(test_a_client_that_does_not_read_is_no_burden),
	    CHECK(test_who_is_connected_is_named),
	    CHECK(test_a_layer_that_stops_ends_its_connections),
	    CHECK(test_nobody_comes_while_a_layer_stops),
	    CHECK(test_a_stop_waits_for_the_message_that_is_inside))
