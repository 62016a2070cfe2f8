/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-readers.c - the last lines of the log, and those who read them
 *
 * Readers are on a thread of their own, which also logs; the server runs on the
 * main thread.
 */
#include <pthread.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check.h"
#include "events.h"
#include "logbook.h"
#include "readers.h"
#include "util.h"

#define TIMEOUT_MS 60000	/* only so that nothing hangs for ever */

static struct server *server;

static const struct server_method methods[] = {
	{ "org.test.Log", SERVER_ANYBODY, readers_log },
	{ "org.test.LogLevel", SERVER_ANYBODY, readers_level },
	{ NULL }
};

/* Standard error is for what a test says. */
static bool take(const struct log_entry *entry)
{
	(void)entry;
	return true;
}

static void adopt(void *arg)
{
	int *pair = arg;

	CU_ASSERT_EQUAL(server_adopt(server, pair[0], NULL), 0);
}

static struct varlink *connect_to_it(void)
{
	int pair[2] = { -1, -1 };

	CU_ASSERT_EQUAL_FATAL(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC,
					 0, pair), 0);
	events_call(adopt, pair);
	return varlink_new(pair[1]);
}

static void stop(void *arg)
{
	(void)arg;
	events_exit(0);
}

static void run(void *(*readers)(void *arg))
{
	pthread_t thread;

	CU_ASSERT_EQUAL_FATAL(events_init(), 0);
	server = server_new(methods, NULL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(server);
	log_set_writer(take);
	CU_ASSERT_EQUAL_FATAL(readers_open(), 0);
	CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, readers, NULL),
			      0);
	CU_ASSERT_EQUAL(events_run(), 0);
	pthread_join(thread, NULL);
	server_free(server);
	readers_close();
	log_set_writer(NULL);
	events_fini();
}

/*
 * On the readers' thread
 */

/* @parameters as JSON. */
static struct varlink *ask(const char *method, const char *parameters,
			   bool more)
{
	struct varlink *link = connect_to_it();

	CU_ASSERT_EQUAL(varlink_call(link, method,
				     json_tokener_parse(parameters), more,
				     NULL, 0), 0);
	return link;
}

/* Lines that were heard, a word each, and how many. */
static char heard[4096];
static uint64_t n_heard, n_lost;

static void note(struct json_object *line)
{
	size_t len = strlen(heard);

	n_heard++;
	CU_ASSERT_TRUE(varlink_number(line, "time") > 0);
	if (varlink_string(line, "text")[0] != 'y')
		snprintf(heard + len, sizeof(heard) - len, "%s/%s/%s%s%s ",
			 varlink_string(line, "level"),
			 varlink_string(line, "text"),
			 varlink_string(line, "source"),
			 varlink_string(line, "medium"),
			 varlink_string(line, "filter"));
}

/* One answer; false: it was the last. */
static bool hear(struct varlink *link)
{
	struct varlink_message m = { 0 };
	struct json_object *lines;
	bool continues;

	CU_ASSERT_EQUAL_FATAL(varlink_receive(link, &m, TIMEOUT_MS), 1);
	CU_ASSERT_PTR_NULL(m.error);
	lines = varlink_array(m.parameters, "lines");
	for (size_t i = 0; i < varlink_count(lines); i++)
		note(json_object_array_get_idx(lines, i));
	n_lost += varlink_number(m.parameters, "lost");
	continues = m.continues;
	varlink_message_clear(&m);
	return continues;
}

static void forget(void)
{
	heard[0] = '\0';
	n_heard = n_lost = 0;
}

static const char *read_log(const char *parameters, bool more)
{
	struct varlink *link = ask("org.test.Log", parameters, more);

	forget();
	while (hear(link))
		;
	varlink_free(link);
	return heard;
}

static void *read_once(void *arg)
{
	const struct log_about crypt = { "sdb", "sdb2.crypt", "crypt" };
	const struct log_about other = { .filter = "compress" };

	log_info("one");
	log_about(&crypt, LOG_LEVEL_ERR, "two");
	log_about(&other, LOG_LEVEL_WARNING, "three");
	log_debug("unheard");
	for (int more = 0; more < 2; more++) {
		CU_ASSERT_STRING_EQUAL(read_log("{}", more),
			"info/one/ err/two/sdbsdb2.cryptcrypt "
			"warning/three/compress ");
		CU_ASSERT_STRING_EQUAL(read_log("{\"lines\":2}", more),
			"err/two/sdbsdb2.cryptcrypt warning/three/compress ");
		CU_ASSERT_STRING_EQUAL(read_log("{\"filter\":\"compress\"}",
						more),
				       "warning/three/compress ");
		CU_ASSERT_STRING_EQUAL(read_log(
			"{\"medium\":\"sdb2.crypt\",\"lines\":9}", more),
			"err/two/sdbsdb2.cryptcrypt ");
		CU_ASSERT_STRING_EQUAL(read_log("{\"medium\":\"sdb2\"}",
						more), "");
		CU_ASSERT_STRING_EQUAL(read_log("{\"lines\":0}", more), "");
	}
	events_call(stop, NULL);
	return arg;
}

static void test_the_last_lines_are_told(void)
{
	run(read_once);
}

/* Of many, the newest; one answer alone has fewer. */
static void *read_many(void *arg)
{
	for (unsigned i = 0; i < LOGBOOK_LINES + 100; i++)
		log_info("y%u", i);
	log_info("last");
	(void)read_log("{}", true);
	CU_ASSERT_EQUAL(n_heard, LOGBOOK_LINES);
	CU_ASSERT_EQUAL(n_lost, 0);
	CU_ASSERT_STRING_EQUAL(heard, "info/last/ ");
	CU_ASSERT_STRING_EQUAL(read_log("{}", false), "info/last/ ");
	CU_ASSERT_EQUAL(n_heard, 32);
	(void)read_log("{\"lines\":40}", true);
	CU_ASSERT_EQUAL(n_heard, 40);
	events_call(stop, NULL);
	return arg;
}

static void test_old_lines_are_dropped(void)
{
	run(read_many);
}

static void *follow_some(void *arg)
{
	const struct log_about crypt = { .filter = "crypt" };
	struct varlink *all, *some, *gone;

	log_info("before");
	all = ask("org.test.Log", "{\"follow\":true}", true);
	some = ask("org.test.Log", "{\"follow\":true,\"filter\":\"crypt\"}",
		   true);
	gone = ask("org.test.Log", "{\"follow\":true}", true);
	forget();
	while (n_heard < 1)
		CU_ASSERT_TRUE(hear(all));
	varlink_free(gone);
	log_warning("after");
	log_about(&crypt, LOG_LEVEL_INFO, "crypt's");
	while (n_heard < 3)
		CU_ASSERT_TRUE(hear(all));
	CU_ASSERT_STRING_EQUAL(heard, "info/before/ warning/after/ "
			       "info/crypt's/crypt ");
	forget();
	while (n_heard < 1)
		CU_ASSERT_TRUE(hear(some));
	CU_ASSERT_STRING_EQUAL(heard, "info/crypt's/crypt ");
	varlink_free(all);
	varlink_free(some);
	events_call(stop, NULL);
	return arg;
}

static void test_who_follows_hears_what_comes(void)
{
	run(follow_some);
}

#define FLOOD 4000u		/* lines of 1 KiB: more than a socket takes */

static void *fall_behind(void *arg)
{
	struct varlink *link;
	char text[1024];

	memset(text, 'y', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	link = ask("org.test.Log", "{\"follow\":true}", true);
	forget();
	/* So that he is there before the flood is. */
	log_info("first");
	while (n_heard < 1)
		CU_ASSERT_TRUE(hear(link));
	for (unsigned i = 0; i < FLOOD; i++)
		log_info("%s", text);
	log_info("end");
	while (n_heard + n_lost < FLOOD + 2)
		CU_ASSERT_TRUE(hear(link));
	CU_ASSERT_EQUAL(n_heard + n_lost, FLOOD + 2);
	CU_ASSERT_TRUE(n_lost > 0);
	CU_ASSERT_TRUE(n_heard >= LOGBOOK_LINES);
	CU_ASSERT_STRING_EQUAL(heard, "info/first/ info/end/ ");
	varlink_free(link);
	events_call(stop, NULL);
	return arg;
}

static void test_who_is_behind_learns_what_he_missed(void)
{
	run(fall_behind);
}

static const char *level(const char *parameters)
{
	struct varlink *link = ask("org.test.LogLevel", parameters, false);
	struct varlink_message m = { 0 };
	static char word[64];

	CU_ASSERT_EQUAL_FATAL(varlink_receive(link, &m, TIMEOUT_MS), 1);
	snprintf(word, sizeof(word), "%s", m.error ? m.error :
		 varlink_string(m.parameters, "level"));
	varlink_message_clear(&m);
	varlink_free(link);
	return word;
}

static void *change_level(void *arg)
{
	CU_ASSERT_STRING_EQUAL(level("{}"), "info");
	CU_ASSERT_STRING_EQUAL(level("{\"level\":\"debug\"}"), "debug");
	CU_ASSERT_EQUAL(log_get_level(), LOG_LEVEL_DEBUG);
	CU_ASSERT_STRING_EQUAL(level("{\"level\":\"loud\"}"),
			       "org.varlink.service.InvalidParameter");
	CU_ASSERT_STRING_EQUAL(level("{}"), "debug");
	CU_ASSERT_STRING_EQUAL(level("{\"level\":\"info\"}"), "info");
	events_call(stop, NULL);
	return arg;
}

static void test_the_level_changes_while_it_runs(void)
{
	run(change_level);
}

CHECK_SUITE("readers",
	    CHECK(test_the_last_lines_are_told),
	    CHECK(test_old_lines_are_dropped),
	    CHECK(test_who_follows_hears_what_comes),
	    CHECK(test_who_is_behind_learns_what_he_missed),
	    CHECK(test_the_level_changes_while_it_runs))
