/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-audience.c - connections that take too long, or hold too much
 *
 * The peer's end is a plain socket; each test runs the loop until what it waits
 * for has come, and what never comes ends with the suite's own limit of time.
 */
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "audience.h"
#include "check.h"
#include "events.h"
#include "util.h"

#define MAX_WEIGHT (64u << 10)
#define FRAME_MS 50
#define UNREAD_MS 100
#define LIMIT_MS 60000

static struct audience audience;
static unsigned heard, ended, drained;
static struct event_timer *limit;

static int on_message(struct client *client, struct varlink_message *message)
{
	(void)client;
	heard++;
	varlink_message_clear(message);
	events_exit(0);
	return 0;
}

static void on_drained(struct client *client)
{
	(void)client;
	drained++;
	events_exit(0);
}

static void on_stirred(struct client *client)
{
	audience_stirred(&audience, client);
}

static void on_ended(struct client *client)
{
	ended++;
	audience_leave(&audience, client);
	client_free(client);
	events_exit(0);
}

static const struct client_ops ops = { on_message, on_drained, on_stirred,
				       on_ended };

static void too_late(void *arg)
{
	(void)arg;
	CU_FAIL("nothing came");
	events_exit(1);
}

static void open_all(void)
{
	CU_ASSERT_EQUAL_FATAL(events_init(), 0);
	limit = events_timer(too_late, NULL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(limit);
	CU_ASSERT_EQUAL(events_timer_set(limit, LIMIT_MS), 0);
	CU_ASSERT_EQUAL_FATAL(audience_open(&audience, 4, MAX_WEIGHT), 0);
	heard = ended = drained = 0;
}

static void close_all(void)
{
	struct client *client;

	while ((client = audience_first(&audience)) != NULL) {
		audience_leave(&audience, client);
		client_free(client);
	}
	audience_close(&audience);
	events_timer_free(limit);
	events_fini();
}

/* A client of @uid; its peer's end goes to @ret_peer. */
static struct client *connect_as(uid_t uid, int *ret_peer)
{
	const struct client_limits limits = {
		.link = { .frame = VARLINK_MAX_MESSAGE, .objects = SIZE_MAX },
		.frame_ms = FRAME_MS, .unread_ms = UNREAD_MS,
	};
	struct peer peer = { .uid = uid };
	struct client *client, *replaced;
	int pair[2];

	CU_ASSERT_EQUAL_FATAL(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC,
					 0, pair), 0);
	client = client_new(pair[0], &peer, &ops, NULL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(client);
	CU_ASSERT_TRUE(audience_has_room(&audience, client, &replaced));
	CU_ASSERT_EQUAL_FATAL(client_start(client, &limits), 0);
	audience_join(&audience, client);
	*ret_peer = pair[1];
	return client;
}

static void put(int peer, const char *text, size_t len)
{
	CU_ASSERT_EQUAL(send(peer, text, len, MSG_NOSIGNAL), (ssize_t)len);
}

static struct json_object *long_text(size_t len)
{
	struct json_object *object = json_object_new_object();
	char *text = malloc(len);

	memset(text, 'y', len);
	json_object_object_add(object, "text",
			       json_object_new_string_len(text, (int)len));
	free(text);
	return object;
}

static void test_half_a_call_is_waited_for_a_while(void)
{
	static const char call[] = "{\"method\":\"a.B\"}";
	struct client *client;
	int peer, idle;

	open_all();
	(void)connect_as(1, &idle);
	client = connect_as(1, &peer);
	put(peer, call, 5);
	put(peer, call + 5, sizeof(call) - 5);
	CU_ASSERT_EQUAL(events_run(), 0);
	CU_ASSERT_EQUAL(heard, 1);
	CU_ASSERT_EQUAL(client->deadline, INT64_MAX);
	client_go_on(client, true, 0);

	put(peer, call, 5);
	CU_ASSERT_EQUAL(events_run(), 0);
	CU_ASSERT_EQUAL(ended, 1);
	/* Who has not begun may take as long as he likes. */
	CU_ASSERT_EQUAL(audience.crowd.n, 1);
	close(peer);
	close(idle);
	close_all();
}

struct drip {
	struct client *client;
	int peer;
	int64_t deadline;
	struct event_timer *timer;
};

static void drip(void *arg)
{
	struct drip *d = arg;

	if (ended > 0)
		return;
	if (d->deadline == INT64_MAX)
		d->deadline = d->client->deadline;
	if (!d->client->place.leaving)
		CU_ASSERT_EQUAL(d->client->deadline, d->deadline);
	(void)send(d->peer, " ", 1, MSG_NOSIGNAL);
	CU_ASSERT_EQUAL(events_timer_set(d->timer, 1), 0);
}

/* A byte now and then does not put it off. */
static void test_who_drips_is_cut(void)
{
	struct drip d = { .deadline = INT64_MAX };

	open_all();
	d.client = connect_as(1, &d.peer);
	d.timer = events_timer(drip, &d);
	CU_ASSERT_EQUAL(events_timer_set(d.timer, 0), 0);
	CU_ASSERT_EQUAL(events_run(), 0);
	CU_ASSERT_EQUAL(ended, 1);
	CU_ASSERT_EQUAL(heard, 0);
	CU_ASSERT_TRUE(d.deadline < INT64_MAX);
	events_timer_free(d.timer);
	close(d.peer);
	close_all();
}

static void test_who_does_not_read_his_answer_is_cut(void)
{
	struct client *client;
	int peer;

	open_all();
	client = connect_as(1, &peer);
	put(peer, "{\"method\":\"a.B\"}", 17);
	CU_ASSERT_EQUAL(events_run(), 0);
	while (varlink_unsent(client->link) == 0)
		CU_ASSERT_EQUAL_FATAL(varlink_reply(client->link,
						    long_text(20000), true),
				      0);
	/* While it waits for more, nothing presses. */
	client_go_on(client, false, 0);
	CU_ASSERT_EQUAL(client->deadline, INT64_MAX);
	client_go_on(client, true, 0);
	CU_ASSERT_TRUE(client->deadline < INT64_MAX);
	CU_ASSERT_EQUAL(events_run(), 0);
	CU_ASSERT_EQUAL(ended, 1);
	close(peer);
	close_all();
}

static void read_away(void *arg, uint32_t what)
{
	static char bytes[65536];

	(void)what;
	CU_ASSERT_TRUE(recv(*(int *)arg, bytes, sizeof(bytes),
			    MSG_DONTWAIT) > 0);
}

static void test_who_has_read_all_is_told_of(void)
{
	struct event_watch *watch;
	struct client *client;
	int peer;

	open_all();
	client = connect_as(1, &peer);
	put(peer, "{\"method\":\"a.B\"}", 17);
	CU_ASSERT_EQUAL(events_run(), 0);
	while (varlink_unsent(client->link) == 0)
		CU_ASSERT_EQUAL_FATAL(varlink_reply(client->link,
						    long_text(20000), true),
				      0);
	client_go_on(client, false, 0);
	watch = events_watch(peer, read_away, &peer);
	CU_ASSERT_EQUAL(events_run(), 0);
	CU_ASSERT_EQUAL(drained, 1);
	events_unwatch(watch);
	CU_ASSERT_EQUAL(varlink_unsent(client->link), 0);
	close(peer);
	close_all();
}

static void test_who_holds_most_is_cut(void)
{
	static char half[MAX_WEIGHT / 2];
	int big, small, modest;

	memset(half, ' ', sizeof(half));
	open_all();
	(void)connect_as(2, &modest);
	(void)connect_as(1, &small);
	(void)connect_as(1, &big);
	put(modest, half, 20000);
	put(small, half, 3000);
	put(big, half, sizeof(half));
	while (ended == 0)
		CU_ASSERT_EQUAL_FATAL(events_run(), 0);
	/* Both users are heavy, one of them more, and of his the one. */
	CU_ASSERT_EQUAL(ended, 1);
	CU_ASSERT_EQUAL(recv(big, half, 1, MSG_DONTWAIT), 0);
	CU_ASSERT_EQUAL(recv(modest, half, 1, MSG_DONTWAIT), -1);
	CU_ASSERT_EQUAL(recv(small, half, 1, MSG_DONTWAIT), -1);
	CU_ASSERT_TRUE(crowd_weight(&audience.crowd) <= MAX_WEIGHT);
	close(big);
	close(small);
	close(modest);
	close_all();
}

static void test_a_full_house_says_whose_place_it_is(void)
{
	struct client *client, *replaced, *first;
	struct peer peer = { .uid = 9 };
	int peers[4], pair[2];

	open_all();
	first = connect_as(1, &peers[0]);
	for (size_t i = 1; i < ARRAY_SIZE(peers); i++)
		(void)connect_as(1, &peers[i]);
	first->place.active = 0;
	CU_ASSERT_EQUAL_FATAL(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC,
					 0, pair), 0);
	client = client_new(pair[0], &peer, &ops, NULL);
	CU_ASSERT_TRUE(audience_has_room(&audience, client, &replaced));
	CU_ASSERT_PTR_EQUAL(replaced, first);
	for (struct crowd_member *m = audience.crowd.first; m; m = m->next)
		m->rank = 1;
	CU_ASSERT_FALSE(audience_has_room(&audience, client, &replaced));
	client_free(client);
	close(pair[1]);
	for (size_t i = 0; i < ARRAY_SIZE(peers); i++)
		close(peers[i]);
	close_all();
}

CHECK_SUITE("audience",
	    CHECK(test_half_a_call_is_waited_for_a_while),
	    CHECK(test_who_drips_is_cut),
	    CHECK(test_who_does_not_read_his_answer_is_cut),
	    CHECK(test_who_has_read_all_is_told_of),
	    CHECK(test_who_holds_most_is_cut),
	    CHECK(test_a_full_house_says_whose_place_it_is))
