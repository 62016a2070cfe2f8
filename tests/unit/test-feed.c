/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-feed.c - who follows hears what happens, and holds nobody up
 *
 * Followers are on a thread of their own; what happens, happens on the main
 * thread, where the server runs.
 */
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check.h"
#include "events.h"
#include "feed.h"
#include "util.h"

#define TIMEOUT_MS 60000	/* only so that nothing hangs for ever */

static struct server *server;
static struct feed *feed;

static void call_monitor(struct server_call *call, void *arg)
{
	(void)arg;
	feed_follow(feed, call);
}

static const struct server_method methods[] = {
	{ "org.test.Monitor", SERVER_ANYBODY, call_monitor },
	{ NULL }
};

/*
 * On the main thread
 */

struct told {
	const char *event;
	const char *path;
	size_t len;		/* of what else it says */
};

static void tell(void *arg)
{
	const struct told *told = arg;
	struct json_object *about = json_object_new_object();
	char *text = calloc(1, told->len + 1);

	memset(text, 'y', told->len);
	json_object_object_add(about, "volume",
			       json_object_new_string("vault2.crypt"));
	json_object_object_add(about, "text", json_object_new_string(text));
	if (told->path)
		json_object_object_add(about, "path",
				       json_object_new_string(told->path));
	free(text);
	feed_tell(feed, told->event, about);
}

static void happens(const char *event, const char *path, size_t len)
{
	struct told told = { event, path, len };

	events_call(tell, &told);
}

static void adopt(void *arg)
{
	int *pair = arg;

	CU_ASSERT_EQUAL(server_adopt(server, pair[0], NULL), 0);
}

static void end_feed(void *arg)
{
	(void)arg;
	feed_free(feed);
	feed = NULL;
}

static void stop(void *arg)
{
	(void)arg;
	events_exit(0);
}

/*
 * On the followers' thread
 */

/* @foreign: as a user who may only look (of root alone). */
static struct varlink *follow(bool foreign, bool more)
{
	struct varlink *link;
	int pair[2] = { -1, -1 };

	if (foreign)
		CU_ASSERT_EQUAL(seteuid(65534), 0);
	CU_ASSERT_EQUAL(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0,
				   pair), 0);
	if (foreign)
		CU_ASSERT_EQUAL(seteuid(0), 0);
	events_call(adopt, pair);
	link = varlink_new(pair[1]);
	CU_ASSERT_EQUAL(varlink_call(link, "org.test.Monitor", NULL, more,
				     NULL, 0), 0);
	return link;
}

/* The next event; "" if none comes. */
static const char *hear(struct varlink *link, struct varlink_message *m)
{
	if (varlink_receive(link, m, TIMEOUT_MS) != 1) {
		*m = (struct varlink_message){ 0 };
		return "";
	}
	return m->error ? m->error : varlink_string(m->parameters, "event");
}

static void expect(struct varlink *link, const char *event)
{
	struct varlink_message m;

	CU_ASSERT_STRING_EQUAL(hear(link, &m), event);
	varlink_message_clear(&m);
}

static void run(void *(*followers)(void *arg))
{
	pthread_t thread;

	CU_ASSERT_EQUAL_FATAL(events_init(), 0);
	server = server_new(methods, NULL);
	feed = feed_new();
	CU_ASSERT_TRUE_FATAL(server && feed);
	CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, followers, NULL),
			      0);
	CU_ASSERT_EQUAL(events_run(), 0);
	pthread_join(thread, NULL);
	server_free(server);
	feed_free(feed);
	events_fini();
}

static void *all_hear(void *arg)
{
	struct varlink *one = follow(false, true), *two;
	struct varlink_message m;
	int64_t time;

	expect(one, "following");
	two = follow(false, true);
	expect(two, "following");
	happens("volume-published", NULL, 1);
	CU_ASSERT_STRING_EQUAL(hear(one, &m), "volume-published");
	CU_ASSERT_TRUE(m.continues);
	CU_ASSERT_STRING_EQUAL(varlink_string(m.parameters, "volume"),
			       "vault2.crypt");
	time = (int64_t)varlink_number(m.parameters, "time");
	CU_ASSERT_TRUE(time > 1700000000000000);
	varlink_message_clear(&m);
	expect(two, "volume-published");
	/* One goes; the other hears on. */
	varlink_free(one);
	happens("volume-gone", NULL, 1);
	expect(two, "volume-gone");
	events_call(end_feed, NULL);
	CU_ASSERT_STRING_EQUAL(hear(two, &m), "end");
	CU_ASSERT_FALSE(m.continues);
	varlink_message_clear(&m);
	varlink_free(two);
	events_call(stop, arg);
	return NULL;
}

static void test_all_who_follow_hear(void)
{
	run(all_hear);
}

static void *once(void *arg)
{
	struct varlink *link = follow(false, false);

	expect(link, "org.varlink.service.ExpectedMore");
	varlink_free(link);
	events_call(stop, arg);
	return NULL;
}

static void test_who_wants_one_answer_cannot_follow(void)
{
	run(once);
}

static void *fall_behind(void *arg)
{
	struct varlink *slow = follow(false, true);
	struct varlink *quick = follow(false, true);
	struct varlink_message m;
	uint64_t lost;
	int heard = 0;

	expect(slow, "following");
	expect(quick, "following");
	for (int i = 0; i < 200; i++) {
		happens("big", NULL, 10000);
		expect(quick, "big");
	}
	happens("last", NULL, 1);
	expect(quick, "last");
	while (streq(hear(slow, &m), "big")) {
		varlink_message_clear(&m);
		heard++;
	}
	CU_ASSERT_STRING_EQUAL(varlink_string(m.parameters, "event"), "lost");
	lost = varlink_number(m.parameters, "count");
	varlink_message_clear(&m);
	CU_ASSERT_TRUE(heard > 0 && heard < 200);
	CU_ASSERT_EQUAL((uint64_t)heard + lost, 201);
	/* From there on it misses nothing again. */
	happens("then", NULL, 1);
	expect(slow, "then");
	expect(quick, "then");
	varlink_free(slow);
	varlink_free(quick);
	events_call(stop, arg);
	return NULL;
}

static void test_who_falls_behind_is_told_how_far(void)
{
	run(fall_behind);
}

static void *strangers(void *arg)
{
	struct varlink *own = follow(false, true), *other = follow(true, true);
	struct varlink_message m;

	expect(own, "following");
	expect(other, "following");
	happens("attached", "/srv/anna/vault.img", 1);
	CU_ASSERT_STRING_EQUAL(hear(own, &m), "attached");
	CU_ASSERT_STRING_EQUAL(varlink_string(m.parameters, "path"),
			       "/srv/anna/vault.img");
	varlink_message_clear(&m);
	CU_ASSERT_STRING_EQUAL(hear(other, &m), "attached");
	CU_ASSERT_STRING_EQUAL(varlink_string(m.parameters, "path"), "");
	CU_ASSERT_STRING_EQUAL(varlink_string(m.parameters, "volume"),
			       "vault2.crypt");
	varlink_message_clear(&m);
	varlink_free(own);
	varlink_free(other);
	events_call(stop, arg);
	return NULL;
}

static void test_strangers_hear_of_no_paths(void)
{
	if (geteuid() != 0)
		CHECK_SKIP("needs root");
	run(strangers);
}

CHECK_SUITE("feed",
	    CHECK(test_all_who_follow_hear),
	    CHECK(test_who_wants_one_answer_cannot_follow),
	    CHECK(test_who_falls_behind_is_told_how_far),
	    CHECK(test_strangers_hear_of_no_paths))
