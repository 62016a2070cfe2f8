/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-server.c - a server on the main thread, its clients on another one
 *
 * Each test is a client's thread; the main thread serves until it ends.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "check.h"
#include "cleanup.h"
#include "events.h"
#include "job.h"
#include "log.h"
#include "peer.h"
#include "server.h"
#include "util.h"

#define TIMEOUT_MS 60000	/* only so that nothing hangs for ever */

static char dir[] = "/tmp/test-server.XXXXXX";
static char path[64];
static struct server *server;

/*
 * The methods: main thread
 */

static struct server_call *held;

static void call_echo(struct server_call *call, void *arg)
{
	const char *text = varlink_string(server_parameters(call), "text");
	struct json_object *reply;

	(void)arg;
	if (*text == '\0') {
		server_invalid(call, "text");
		return;
	}
	reply = json_object_new_object();
	json_object_object_add(reply, "text", json_object_new_string(text));
	json_object_object_add(reply, "uid",
			       json_object_new_int64(server_peer(call)->uid));
	server_reply(call, reply);
}

static int work_later(void *arg)
{
	(void)arg;
	usleep(20000);
	return 42;
}

static void done_later(void *arg, int result)
{
	struct json_object *reply = json_object_new_object();

	json_object_object_add(reply, "result", json_object_new_int(result));
	server_reply(arg, reply);
}

static void call_later(struct server_call *call, void *arg)
{
	struct failure f = { 0 };
	int r;

	(void)arg;
	r = job_start(work_later, done_later, call);
	if (r < 0) {
		(void)failure_errno(&f, r, "no job");
		server_fail(call, &f);
	}
}

static void call_count(struct server_call *call, void *arg)
{
	(void)arg;
	for (int i = 0; i < 3; i++)
		server_continue(call, NULL);
	server_reply(call, NULL);
}

static void call_fail(struct server_call *call, void *arg)
{
	struct failure f = { 0 };

	(void)arg;
	(void)failure_set(&f, -EBUSY, EXIT_BUSY, "'%s' is in use", "vault");
	failure_hint(&f, "close it");
	server_fail(call, &f);
}

static void call_write(struct server_call *call, void *arg)
{
	struct json_object *reply = json_object_new_object();
	const int *fds;
	size_t n;

	(void)arg;
	fds = server_fds(call, &n);
	json_object_object_add(reply, "n", json_object_new_int((int)n));
	if (n > 0)
		(void)!write(fds[0], "x", 1);
	server_reply(call, reply);
}

static void call_count_fds(struct server_call *call, void *arg)
{
	struct json_object *reply = json_object_new_object();
	size_t n;

	(void)arg;
	(void)server_fds(call, &n);
	json_object_object_add(reply, "n", json_object_new_int((int)n));
	server_reply(call, reply);
}

static void call_hold(struct server_call *call, void *arg)
{
	(void)arg;
	held = call;
}

static void call_gone(struct server_call *call, void *arg)
{
	struct json_object *reply = json_object_new_object();

	(void)arg;
	json_object_object_add(reply, "gone", json_object_new_boolean(
				       held && server_call_gone(held)));
	server_reply(call, reply);
}

static void call_release(struct server_call *call, void *arg)
{
	(void)arg;
	server_continue(held, NULL);
	server_reply(take_ptr(&held), NULL);
	server_reply(call, NULL);
}

/* Those that nobody has answered yet. */
static struct server_call *piled[SERVER_MAX_GONE];
static size_t n_piled;

static void call_pile(struct server_call *call, void *arg)
{
	(void)arg;
	piled[n_piled++] = call;
}

static struct json_object *big_object(size_t len)
{
	_cleanup_free_ char *text = malloc(len + 1);
	struct json_object *object = json_object_new_object();

	memset(text, 'y', len);
	text[len] = '\0';
	json_object_object_add(object, "text", json_object_new_string(text));
	return object;
}

static void call_flood(struct server_call *call, void *arg)
{
	uint64_t n = varlink_number(server_parameters(call), "n");

	(void)arg;
	while (n-- > 0)
		server_continue(call, big_object(1000000));
	server_reply(call, NULL);
}

static void call_too_long(struct server_call *call, void *arg)
{
	(void)arg;
	server_reply(call, big_object(VARLINK_MAX_MESSAGE));
}

static const struct server_method methods[] = {
	{ "org.test.Echo", SERVER_ANYBODY, call_echo },
	{ "org.test.Own", SERVER_OWNER, call_echo },
	{ "org.test.Change", SERVER_ADMIN, call_echo },
	{ "org.test.Later", SERVER_OWNER, call_later },
	{ "org.test.Count", SERVER_OWNER, call_count },
	{ "org.test.Fail", SERVER_OWNER, call_fail },
	{ "org.test.Write", SERVER_OWNER, call_write, true },
	{ "org.test.Close", SERVER_OWNER, call_write },
	{ "org.test.Look", SERVER_ANYBODY, call_count_fds, true },
	{ "org.test.Pile", SERVER_ANYBODY, call_pile },
	{ "org.test.Hold", SERVER_OWNER, call_hold },
	{ "org.test.Gone", SERVER_OWNER, call_gone },
	{ "org.test.Release", SERVER_OWNER, call_release },
	{ "org.test.Flood", SERVER_OWNER, call_flood },
	{ "org.test.TooLong", SERVER_OWNER, call_too_long },
	{ NULL }
};

/*
 * The stage
 */

static void stop(void *arg)
{
	(void)arg;
	events_exit(0);
}

static void *run_client(void *arg)
{
	void (*client)(void) = *(void (**)(void))arg;

	client();
	events_call(stop, NULL);
	return NULL;
}

static void serve(void (*client)(void))
{
	pthread_t thread;

	CU_ASSERT_EQUAL_FATAL(events_init(), 0);
	server = server_new(methods, NULL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(server);
	server_describe(server, "org.test", "interface org.test\n");
	CU_ASSERT_EQUAL_FATAL(server_listen(server, path), 0);
	CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, run_client,
					     &client), 0);
	CU_ASSERT_EQUAL(events_run(), 0);
	pthread_join(thread, NULL);
	server_free(server);
	events_fini();
	CU_ASSERT_TRUE(access(path, F_OK) < 0);
}

static int connect_fd(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const void *at = &address;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	strcpy(address.sun_path, path);
	CU_ASSERT_EQUAL(connect(fd, at, sizeof(address)), 0);
	return fd;
}

static struct varlink *connect_link(void)
{
	return varlink_new(connect_fd());
}

static void put(struct varlink *link, const char *text, size_t len)
{
	CU_ASSERT_EQUAL(send(varlink_fd(link), text, len, MSG_NOSIGNAL),
			(ssize_t)len);
}

/* The next reply's error, "" for none; "(none)" if there is no reply. */
static const char *receive(struct varlink *link, struct varlink_message *ret)
{
	int r = varlink_receive(link, ret, TIMEOUT_MS);

	if (r != 1) {
		*ret = (struct varlink_message){ 0 };
		return "(none)";
	}
	return or_empty(ret->error);
}

static struct json_object *text_object(const char *key, const char *text)
{
	struct json_object *object = json_object_new_object();

	json_object_object_add(object, key, json_object_new_string(text));
	return object;
}

/* Calls, and checks that the reply is @error ("": none). */
static void expect(struct varlink *link, const char *method,
		   struct json_object *parameters, const char *error)
{
	struct varlink_message m;

	CU_ASSERT_EQUAL(varlink_call(link, method, parameters, false, NULL, 0),
			0);
	CU_ASSERT_STRING_EQUAL(receive(link, &m), error);
	varlink_message_clear(&m);
}

static void expect_echo(struct varlink *link)
{
	expect(link, "org.test.Echo", text_object("text", "x"), "");
}

static void expect_end(struct varlink *link)
{
	struct varlink_message m;

	CU_ASSERT_EQUAL(varlink_receive(link, &m, TIMEOUT_MS), 0);
}

/*
 * The tests
 */

static void answers(void)
{
	struct varlink *link = connect_link();
	struct varlink_message m;
	struct stat st;

	CU_ASSERT_EQUAL(stat(path, &st), 0);
	CU_ASSERT_EQUAL(st.st_mode, S_IFSOCK | 0600);
	CU_ASSERT_EQUAL(varlink_call(link, "org.test.Own",
				     text_object("text", "\xc3\xa4"), false,
				     NULL, 0), 0);
	CU_ASSERT_STRING_EQUAL(receive(link, &m), "");
	CU_ASSERT_STRING_EQUAL(varlink_string(m.parameters, "text"),
			       "\xc3\xa4");
	CU_ASSERT_EQUAL(varlink_number(m.parameters, "uid"), geteuid());
	CU_ASSERT_FALSE(m.continues);
	varlink_message_clear(&m);

	CU_ASSERT_EQUAL(varlink_call(link, "org.test.Later", NULL, false, NULL,
				     0), 0);
	CU_ASSERT_STRING_EQUAL(receive(link, &m), "");
	CU_ASSERT_EQUAL(varlink_number(m.parameters, "result"), 42);
	varlink_message_clear(&m);
	varlink_free(link);
}

static void test_a_call_is_answered_at_once_or_later(void)
{
	serve(answers);
}

static void errors(void)
{
	struct varlink *link = connect_link();
	struct varlink_message m;

	expect(link, "org.test.None", NULL,
	       "org.varlink.service.MethodNotFound");
	expect(link, "", NULL, "org.varlink.service.MethodNotFound");
	expect(link, "org.test.Echo", NULL,
	       "org.varlink.service.InvalidParameter");
	expect(link, "org.test.TooLong", NULL, "org.filterd.Manager.Failed");
	CU_ASSERT_EQUAL(varlink_call(link, "org.test.Fail", NULL, false, NULL,
				     0), 0);
	CU_ASSERT_STRING_EQUAL(receive(link, &m),
			       "org.filterd.Manager.Failed");
	CU_ASSERT_EQUAL(varlink_number(m.parameters, "code"), EXIT_BUSY);
	CU_ASSERT_STRING_EQUAL(varlink_string(m.parameters, "word"), "busy");
	CU_ASSERT_STRING_EQUAL(varlink_string(m.parameters, "text"),
			       "'vault' is in use");
	CU_ASSERT_STRING_EQUAL(varlink_string(m.parameters, "hint"),
			       "close it");
	varlink_message_clear(&m);
	expect_echo(link);
	varlink_free(link);
}

static void test_errors_say_what_is_wrong(void)
{
	serve(errors);
}

static void more(void)
{
	struct varlink *link = connect_link();
	struct varlink_message m;

	CU_ASSERT_EQUAL(varlink_call(link, "org.test.Count", NULL, true, NULL,
				     0), 0);
	for (int i = 0; i < 4; i++) {
		CU_ASSERT_STRING_EQUAL(receive(link, &m), "");
		CU_ASSERT_EQUAL(m.continues, i < 3);
		varlink_message_clear(&m);
	}
	/* Who does not want more gets one. */
	expect(link, "org.test.Count", NULL, "");
	expect(link, "org.test.Fail", NULL, "org.filterd.Manager.Failed");
	varlink_free(link);
}

static void test_more_answers_come_to_who_wants_them(void)
{
	serve(more);
}

static void pipeline(void)
{
	static const char calls[] =
		"{\"method\":\"org.test.Later\"}\0"
		"{\"method\":\"org.test.Fail\",\"oneway\":true}\0"
		"{\"method\":\"org.test.Count\",\"oneway\":true,\"more\":true}\0"
		"{\"method\":\"org.test.Echo\",\"parameters\":{\"text\":\"1\"}}\0"
		"{\"method\":\"org.test.Echo\",\"parameters\":{\"text\":\"2\"}}";
	struct varlink *link = connect_link();
	struct varlink_message m;

	put(link, calls, sizeof(calls));
	CU_ASSERT_EQUAL(shutdown(varlink_fd(link), SHUT_WR), 0);
	CU_ASSERT_STRING_EQUAL(receive(link, &m), "");
	CU_ASSERT_EQUAL(varlink_number(m.parameters, "result"), 42);
	varlink_message_clear(&m);
	for (int i = 1; i <= 2; i++) {
		CU_ASSERT_STRING_EQUAL(receive(link, &m), "");
		CU_ASSERT_EQUAL(varlink_string(m.parameters, "text")[0],
				'0' + i);
		varlink_message_clear(&m);
	}
	expect_end(link);
	varlink_free(link);
}

static void test_calls_in_a_row_are_answered_in_order(void)
{
	serve(pipeline);
}

static void descriptors(void)
{
	struct varlink *link = connect_link();
	struct varlink_message m;
	int pipes[2];
	char c;

	CU_ASSERT_EQUAL(pipe(pipes), 0);
	CU_ASSERT_EQUAL(varlink_call(link, "org.test.Write", NULL, false,
				     &pipes[1], 1), 0);
	CU_ASSERT_STRING_EQUAL(receive(link, &m), "");
	CU_ASSERT_EQUAL(varlink_number(m.parameters, "n"), 1);
	varlink_message_clear(&m);
	/* Who takes none has none: they are closed before it runs. */
	CU_ASSERT_EQUAL(varlink_call(link, "org.test.Close", NULL, false,
				     &pipes[1], 1), 0);
	CU_ASSERT_STRING_EQUAL(receive(link, &m), "");
	CU_ASSERT_EQUAL(varlink_number(m.parameters, "n"), 0);
	varlink_message_clear(&m);
	close(pipes[1]);
	CU_ASSERT_EQUAL(read(pipes[0], &c, 1), 1);
	CU_ASSERT_EQUAL(read(pipes[0], &c, 1), 0);
	close(pipes[0]);

	/* Those that nobody asked for are closed. */
	CU_ASSERT_EQUAL(pipe(pipes), 0);
	CU_ASSERT_EQUAL(varlink_call(link, "org.test.Fail", NULL, false,
				     &pipes[1], 1), 0);
	(void)receive(link, &m);
	varlink_message_clear(&m);
	close(pipes[1]);
	CU_ASSERT_EQUAL(read(pipes[0], &c, 1), 0);
	close(pipes[0]);
	expect(link, "org.test.Write", NULL, "");
	varlink_free(link);
}

static void test_descriptors_reach_the_method(void)
{
	serve(descriptors);
}

static void gone_caller(void)
{
	struct varlink *link = connect_link(), *other = connect_link();
	struct varlink_message m;
	bool gone = false;

	CU_ASSERT_EQUAL(varlink_call(link, "org.test.Hold", NULL, true, NULL,
				     0), 0);
	expect(other, "org.test.Gone", NULL, "");
	varlink_free(link);
	for (int i = 0; i < 20000 && !gone; i++) {
		usleep(1000);
		CU_ASSERT_EQUAL(varlink_call(other, "org.test.Gone", NULL,
					     false, NULL, 0), 0);
		CU_ASSERT_STRING_EQUAL(receive(other, &m), "");
		gone = varlink_bool(m.parameters, "gone");
		varlink_message_clear(&m);
	}
	CU_ASSERT_TRUE(gone);
	expect(other, "org.test.Release", NULL, "");
	varlink_free(other);
}

static void test_a_caller_may_go_while_its_call_runs(void)
{
	serve(gone_caller);
}

/* Whether the main thread comes to sleep, as one that has nothing to do does;
   one that is woken without end never does, as nothing else here waits. */
static bool main_sleeps(void)
{
	char stat[64], text[256];

	snprintf(stat, sizeof(stat), "/proc/self/task/%d/stat", getpid());
	for (int i = 0; i < 20000; i++) {
		int fd = open(stat, O_RDONLY | O_CLOEXEC);
		ssize_t n = read(fd, text, sizeof(text) - 1);
		const char *state;

		close(fd);
		text[n > 0 ? n : 0] = '\0';
		state = strrchr(text, ')');
		if (state && strncmp(state, ") S", 3) == 0)
			return true;
		usleep(1000);
	}
	return false;
}

static void waiting_caller(void)
{
	static const char calls[] =
		"{\"method\":\"org.test.Hold\"}\0"
		"{\"method\":\"org.test.Echo\",\"parameters\":{\"text\":\"1\"}}\0";
	struct varlink *link = connect_link(), *other = connect_link();
	struct varlink_message m;

	put(link, calls, sizeof(calls) - 1);
	put(link, calls, 10);		/* bytes that wait in the socket */
	shutdown(varlink_fd(link), SHUT_WR);
	expect_echo(other);
	CU_ASSERT_TRUE(main_sleeps());
	expect(other, "org.test.Release", NULL, "");
	CU_ASSERT_STRING_EQUAL(receive(link, &m), "");
	varlink_message_clear(&m);
	CU_ASSERT_STRING_EQUAL(receive(link, &m), "");
	varlink_message_clear(&m);
	expect_end(link);
	varlink_free(link);
	varlink_free(other);
}

static void test_waiting_costs_nothing(void)
{
	serve(waiting_caller);
}

static void ask_flood(struct varlink *link, int n)
{
	struct json_object *parameters = json_object_new_object();

	json_object_object_add(parameters, "n", json_object_new_int(n));
	CU_ASSERT_EQUAL(varlink_call(link, "org.test.Flood", parameters, true,
				     NULL, 0), 0);
}

static void lazy_reader(void)
{
	struct varlink *link = connect_link(), *other = connect_link();
	struct varlink_message m;
	int n = 0;

	ask_flood(link, 3);
	expect_echo(other);	/* while nobody reads the flood */
	do {
		CU_ASSERT_STRING_EQUAL(receive(link, &m), "");
		n += m.continues;
		if (!m.continues)
			break;
		varlink_message_clear(&m);
	} while (n < 10);
	varlink_message_clear(&m);
	CU_ASSERT_EQUAL(n, 3);
	expect_echo(link);

	/* More than is held back for anybody: the connection ends. */
	ask_flood(link, 20);
	expect_echo(other);
	while (receive(link, &m)[0] == '\0')
		varlink_message_clear(&m);
	CU_ASSERT_NOT_EQUAL(varlink_receive(link, &m, 0), 1);
	expect_echo(other);
	varlink_free(link);
	varlink_free(other);
}

static void test_who_does_not_read_holds_up_nobody(void)
{
	serve(lazy_reader);
}

static void babbler(void)
{
	static const char *const texts[] = { "x", "{}", "{\"error\":\"e\"}",
					     "{\"method\":1}" };
	struct varlink *other = connect_link();

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct varlink *link = connect_link();

		put(link, texts[i], strlen(texts[i]) + 1);
		expect_end(link);
		varlink_free(link);
	}
	expect_echo(other);
	varlink_free(other);
}

static void test_who_talks_nonsense_is_disconnected(void)
{
	serve(babbler);
}

static void crowd(void)
{
	struct varlink *links[SERVER_MAX_CLIENTS], *late;

	for (size_t i = 0; i < SERVER_MAX_CLIENTS; i++) {
		links[i] = connect_link();
		expect_echo(links[i]);
	}
	/* It has rested shorter than the second one, by a clock's tick. */
	usleep(2000);
	expect_echo(links[0]);
	late = connect_link();
	expect_echo(late);
	expect_end(links[1]);
	expect_echo(links[0]);
	for (size_t i = 0; i < SERVER_MAX_CLIENTS; i++)
		varlink_free(links[i]);
	expect_echo(late);
	varlink_free(late);
}

static void test_who_comes_late_gets_the_place_of_who_rests(void)
{
	serve(crowd);
}

static void introspection(void)
{
	struct varlink *link = connect_link();
	struct varlink_message m;
	struct json_object *list;

	CU_ASSERT_EQUAL(varlink_call(link, "org.varlink.service.GetInfo", NULL,
				     false, NULL, 0), 0);
	CU_ASSERT_STRING_EQUAL(receive(link, &m), "");
	CU_ASSERT_STRING_EQUAL(varlink_string(m.parameters, "product"),
			       PACKAGE_NAME);
	list = json_object_object_get(m.parameters, "interfaces");
	CU_ASSERT_EQUAL_FATAL(json_object_array_length(list), 2);
	CU_ASSERT_STRING_EQUAL(json_object_get_string(
				json_object_array_get_idx(list, 1)),
			       "org.test");
	varlink_message_clear(&m);

	CU_ASSERT_EQUAL(varlink_call(link,
			"org.varlink.service.GetInterfaceDescription",
			text_object("interface", "org.test"), false, NULL, 0),
			0);
	CU_ASSERT_STRING_EQUAL(receive(link, &m), "");
	CU_ASSERT_STRING_EQUAL(varlink_string(m.parameters, "description"),
			       "interface org.test\n");
	varlink_message_clear(&m);
	expect(link, "org.varlink.service.GetInterfaceDescription",
	       text_object("interface", "org.varlink.service"), "");
	expect(link, "org.varlink.service.GetInterfaceDescription",
	       text_object("interface", "org.none"),
	       "org.varlink.service.InterfaceNotFound");
	expect(link, "org.varlink.service.GetInterfaceDescription", NULL,
	       "org.varlink.service.InvalidParameter");
	varlink_free(link);
}

static void test_the_interface_is_described(void)
{
	serve(introspection);
}

/* One end of a pair that the user @uid seems to have made. */
static int adopted = -1;
static bool adopted_gone;

static void on_gone(void *arg)
{
	(void)arg;
	adopted_gone = true;
}

static void adopt(void *arg)
{
	int pair[2] = { -1, -1 };
	bool foreign = *(bool *)arg;

	if (foreign)
		(void)!seteuid(65534);
	(void)!socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair);
	if (foreign)
		(void)!seteuid(0);
	adopted_gone = false;
	adopted = pair[1];
	(void)server_adopt(server, pair[0], on_gone);
}

static void look(void *arg)
{
	*(bool *)arg = adopted_gone;
}

static void adoption(void)
{
	bool foreign = false, gone = false;
	struct varlink *link;

	events_call(adopt, &foreign);
	link = varlink_new(adopted);
	expect(link, "org.test.Own", text_object("text", "x"), "");
	varlink_free(link);
	for (int i = 0; i < 20000 && !gone; i++) {
		usleep(1000);
		events_call(look, &gone);
	}
	CU_ASSERT_TRUE(gone);

	foreign = geteuid() == 0;
	if (!foreign)
		return;
	events_call(adopt, &foreign);
	link = varlink_new(adopted);
	expect_echo(link);
	expect(link, "org.test.Own", text_object("text", "x"),
	       "org.varlink.service.PermissionDenied");
	varlink_free(link);
}

static void test_rights_go_by_who_connected(void)
{
	serve(adoption);
}

static void answer_pile(void *arg)
{
	(void)arg;
	while (n_piled > 0)
		server_reply(piled[--n_piled], NULL);
}

/* Somebody asks and does not wait; returns when that was noticed. */
static void ask_and_go(void)
{
	bool foreign = true, gone = false;
	struct varlink *link;

	events_call(adopt, &foreign);
	link = varlink_new(adopted);
	CU_ASSERT_EQUAL(varlink_call(link, "org.test.Pile", NULL, false, NULL,
				     0), 0);
	varlink_free(link);
	for (int i = 0; i < TIMEOUT_MS && !gone; i++) {
		usleep(1000);
		events_call(look, &gone);
	}
	CU_ASSERT_TRUE(gone);
}

static void hang_up(void)
{
	bool foreign = true;
	struct varlink *link;

	for (size_t i = 0; i < SERVER_MAX_GONE; i++)
		ask_and_go();
	CU_ASSERT_EQUAL(n_piled, SERVER_MAX_GONE);
	events_call(adopt, &foreign);
	link = varlink_new(adopted);
	expect(link, "org.test.Echo", text_object("text", "x"),
	       "org.filterd.Manager.Failed");
	events_call(answer_pile, NULL);
	expect_echo(link);
	varlink_free(link);

	/* Whoever may more than look is not kept waiting by them. */
	for (size_t i = 0; i < SERVER_MAX_GONE; i++)
		ask_and_go();
	foreign = false;
	events_call(adopt, &foreign);
	link = varlink_new(adopted);
	expect_echo(link);
	varlink_free(link);
	events_call(answer_pile, NULL);
}

static void test_who_looks_and_hangs_up_piles_up_no_work(void)
{
	if (geteuid() != 0)
		CHECK_SKIP("needs root");
	serve(hang_up);
}

static void no_client(void)
{
}

static void test_who_is_admitted_gets_in(void)
{
	mode_t before = umask(077);
	struct stat st;

	CU_ASSERT_EQUAL_FATAL(events_init(), 0);
	server = server_new(methods, NULL);
	server_admit(server, SERVER_NO_GROUP);
	CU_ASSERT_EQUAL(server_listen(server, path), 0);
	CU_ASSERT_EQUAL(stat(path, &st), 0);
	CU_ASSERT_EQUAL(st.st_mode, S_IFSOCK | 0666);
	server_free(server);
	events_fini();
	(void)umask(before);
}

/* As a service manager does, who keeps the name. */
static void listened(void)
{
	struct varlink *link = connect_link();

	expect_echo(link);
	varlink_free(link);
}

static void test_a_socket_that_listens_can_be_taken_over(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const void *at = &address;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	void (*client)(void) = listened;
	pthread_t thread;

	strcpy(address.sun_path, path);
	CU_ASSERT_EQUAL_FATAL(bind(fd, at, sizeof(address)), 0);
	CU_ASSERT_EQUAL_FATAL(listen(fd, 1), 0);
	CU_ASSERT_EQUAL_FATAL(events_init(), 0);
	server = server_new(methods, NULL);
	CU_ASSERT_EQUAL(server_listen_at(server, -1), -EBADF);
	CU_ASSERT_EQUAL_FATAL(server_listen_at(server, fd), 0);
	CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, run_client,
					     &client), 0);
	CU_ASSERT_EQUAL(events_run(), 0);
	pthread_join(thread, NULL);
	server_free(server);
	events_fini();
	CU_ASSERT_EQUAL(unlink(path), 0);
}

/* The rights of who connected with the supplementary group @arg. */
static const gid_t chosen = 4242;

static void adopt_member(void *arg)
{
	const gid_t groups[] = { 7, chosen };
	int pair[2] = { -1, -1 };

	server_admit(server, chosen);
	(void)!setgroups(*(bool *)arg ? 2 : 1, groups);
	(void)!seteuid(65534);
	(void)!socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair);
	(void)!seteuid(0);
	(void)!setgroups(0, NULL);
	adopted = pair[1];
	(void)server_adopt(server, pair[0], NULL);
}

static void members(void)
{
	for (int member = 0; member <= 1; member++) {
		bool in_it = member;
		struct varlink *link;
		int fd = STDIN_FILENO;
		struct varlink_message m;

		events_call(adopt_member, &in_it);
		link = varlink_new(adopted);
		expect_echo(link);
		expect(link, "org.test.Own", text_object("text", "x"),
		       "org.varlink.service.PermissionDenied");
		expect(link, "org.test.Change", text_object("text", "x"),
		       member ? "" : "org.varlink.service.PermissionDenied");
		/* Who may only look has no descriptors to pass. */
		CU_ASSERT_EQUAL(varlink_call(link, "org.test.Look", NULL,
					     false, &fd, 1), 0);
		CU_ASSERT_STRING_EQUAL(receive(link, &m), "");
		CU_ASSERT_EQUAL(varlink_number(m.parameters, "n"),
				(uint64_t)member);
		varlink_message_clear(&m);
		varlink_free(link);
	}
}

static void test_the_members_of_the_group_may_change_things(void)
{
	if (geteuid() != 0)
		CHECK_SKIP("needs root");
	serve(members);
}

static void test_a_stale_socket_is_replaced(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const void *at = &address;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct server *second;

	strcpy(address.sun_path, path);
	CU_ASSERT_EQUAL_FATAL(bind(fd, at, sizeof(address)), 0);
	close(fd);
	serve(answers);

	CU_ASSERT_EQUAL_FATAL(events_init(), 0);
	server = server_new(methods, NULL);
	second = server_new(methods, NULL);
	CU_ASSERT_EQUAL(server_listen(server, path), 0);
	CU_ASSERT_EQUAL(server_listen(second, path), -EADDRINUSE);
	server_free(second);
	CU_ASSERT_EQUAL(access(path, F_OK), 0);
	server_free(server);
	events_fini();
	serve(no_client);
}

static void test_what_is_no_socket_stays(void)
{
	char too_long[200];

	CU_ASSERT_EQUAL_FATAL(events_init(), 0);
	server = server_new(methods, NULL);
	close(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	CU_ASSERT_EQUAL(server_listen(server, path), -EEXIST);
	CU_ASSERT_EQUAL(access(path, F_OK), 0);
	unlink(path);
	memset(too_long, 'x', sizeof(too_long) - 1);
	too_long[sizeof(too_long) - 1] = '\0';
	CU_ASSERT_EQUAL(server_listen(server, too_long), -ENAMETOOLONG);
	server_free(server);
	events_fini();
}

int main(void)
{
	CU_TestInfo tests[] = {
		CHECK(test_a_call_is_answered_at_once_or_later),
		CHECK(test_errors_say_what_is_wrong),
		CHECK(test_more_answers_come_to_who_wants_them),
		CHECK(test_calls_in_a_row_are_answered_in_order),
		CHECK(test_descriptors_reach_the_method),
		CHECK(test_a_caller_may_go_while_its_call_runs),
		CHECK(test_waiting_costs_nothing),
		CHECK(test_who_does_not_read_holds_up_nobody),
		CHECK(test_who_talks_nonsense_is_disconnected),
		CHECK(test_who_comes_late_gets_the_place_of_who_rests),
		CHECK(test_the_interface_is_described),
		CHECK(test_rights_go_by_who_connected),
		CHECK(test_who_looks_and_hangs_up_piles_up_no_work),
		CHECK(test_the_members_of_the_group_may_change_things),
		CHECK(test_who_is_admitted_gets_in),
		CHECK(test_a_socket_that_listens_can_be_taken_over),
		CHECK(test_a_stale_socket_is_replaced),
		CHECK(test_what_is_no_socket_stays),
		CU_TEST_INFO_NULL
	};
	CU_SuiteInfo suites[] = {
		{ "server", NULL, NULL, NULL, NULL, tests },
		CU_SUITE_INFO_NULL
	};
	int r;

	if (!mkdtemp(dir))
		return EXIT_FAILURE;
	snprintf(path, sizeof(path), "%s/socket", dir);
	r = check_run(suites);
	return rmdir(dir) == 0 ? r : EXIT_FAILURE;
}
