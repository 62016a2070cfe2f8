/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-notify.c - what a service manager hears, and the sockets it passes
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "cleanup.h"
#include "events.h"
#include "folder.h"
#include "log.h"
#include "notify.h"
#include "util.h"

#define FIRST 3			/* sd_listen_fds(3) */
#define LIMIT_MS 60000		/* only so that nothing hangs for ever */

static int manager = -1;	/* the service manager's end */

static int unix_socket(int type, const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	if (fd < 0 || bind(fd, (const void *)&address, sizeof(address)) < 0)
		abort();
	return fd;
}

static void set_up(void)
{
	folder_open();
	manager = unix_socket(SOCK_DGRAM, folder_path("notify"));
	setenv("NOTIFY_SOCKET", folder_path("notify"), 1);
}

static void tear_down(void)
{
	unsetenv("NOTIFY_SOCKET");
	(void)close(manager);
	folder_close();
}

static const char *heard(int flags)
{
	static char text[1024];
	ssize_t n = recv(manager, text, sizeof(text) - 1, flags);

	text[MAX(n, 0)] = '\0';
	return text;
}

static void test_the_manager_hears_of_each_state(void)
{
	unsigned long long usec = 0;

	set_up();
	notify_ready();
	CU_ASSERT_STRING_EQUAL(heard(MSG_DONTWAIT), "READY=1");
	notify_reloading();
	CU_ASSERT_EQUAL(sscanf(heard(MSG_DONTWAIT),
			       "RELOADING=1\nMONOTONIC_USEC=%llu", &usec), 1);
	CU_ASSERT_TRUE(usec > 0);
	notify_status("%u volumes of %s", 3, "two disks");
	CU_ASSERT_STRING_EQUAL(heard(MSG_DONTWAIT),
			       "STATUS=3 volumes of two disks");
	notify_stopping();
	CU_ASSERT_STRING_EQUAL(heard(MSG_DONTWAIT), "STOPPING=1");
	CU_ASSERT_STRING_EQUAL(heard(MSG_DONTWAIT), "");
	tear_down();
}

static void test_nobody_need_listen(void)
{
	unsetenv("NOTIFY_SOCKET");
	notify_ready();
	setenv("NOTIFY_SOCKET", "/nowhere/at/all", 1);
	notify_stopping();
	unsetenv("NOTIFY_SOCKET");
	CU_ASSERT_EQUAL(notify_socket("name"), -ENOENT);
}

static unsigned beats;

static void on_manager(void *arg, uint32_t what)
{
	(void)arg;
	(void)what;
	CU_ASSERT_STRING_EQUAL(heard(MSG_DONTWAIT), "WATCHDOG=1");
	if (++beats == 3)
		events_exit(0);
}

static void give_up(void *arg)
{
	(void)arg;
	events_exit(1);
}

/* It ends because it is told often enough. */
static void test_the_loop_feeds_the_watchdog(void)
{
	struct event_watch *watch;
	struct event_timer *timer;
	char pid[16];

	set_up();
	snprintf(pid, sizeof(pid), "%d", (int)getpid());
	setenv("WATCHDOG_USEC", "20000", 1);
	setenv("WATCHDOG_PID", pid, 1);
	CU_ASSERT_EQUAL_FATAL(events_init(), 0);
	watch = events_watch(manager, on_manager, NULL);
	timer = events_timer(give_up, NULL);
	CU_ASSERT_TRUE_FATAL(watch && timer);
	CU_ASSERT_EQUAL(events_timer_set(timer, LIMIT_MS), 0);
	CU_ASSERT_EQUAL(events_watchdog(), 0);
	CU_ASSERT_EQUAL(events_run(), 0);
	CU_ASSERT_EQUAL(beats, 3);
	events_timer_free(timer);
	events_unwatch(watch);
	events_fini();
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
	tear_down();
}

static bool is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

/* In a child whose descriptors from FIRST on are @fds: what the socket @name
   is, and whether only that is left open.  The number, or -1. */
static int passed(const int *fds, int n, const char *names, const char *name)
{
	char count[16], pid[16];
	int status = -1, found;
	pid_t child = fork();

	if (child != 0) {
		(void)waitpid(child, &status, 0);
		return WIFEXITED(status) ? WEXITSTATUS(status) - 1 : -2;
	}
	for (int i = 0; i < n; i++)
		(void)dup2(fds[i], 100 + i);
	for (int i = 0; i < n; i++)
		(void)dup2(100 + i, FIRST + i);
	log_set_level(LOG_LEVEL_ERR);
	snprintf(count, sizeof(count), "%d", n);
	snprintf(pid, sizeof(pid), "%d", (int)getpid());
	setenv("LISTEN_FDS", count, 1);
	setenv("LISTEN_PID", pid, 1);
	if (names)
		setenv("LISTEN_FDNAMES", names, 1);
	found = notify_socket(name);
	if (getenv("LISTEN_FDS"))
		_exit(99);
	for (int i = FIRST; i < FIRST + n; i++)
		if (is_open(i) != (i == found))
			_exit(98);
	if (found >= 0 && !(fcntl(found, F_GETFD) & FD_CLOEXEC))
		_exit(97);
	_exit(found < 0 ? 0 : found + 1);
}

static void test_the_named_socket_is_taken(void)
{
	_cleanup_fd_ int listening = -1, other = -1, datagram = -1;

	folder_open();
	listening = unix_socket(SOCK_STREAM, folder_path("a"));
	other = unix_socket(SOCK_STREAM, folder_path("b"));
	datagram = unix_socket(SOCK_DGRAM, folder_path("c"));
	CU_ASSERT_EQUAL(listen(listening, 1), 0);
	CU_ASSERT_EQUAL(listen(other, 1), 0);

	CU_ASSERT_EQUAL(passed(&listening, 1, "ours", "ours"), FIRST);
	CU_ASSERT_EQUAL(passed(&listening, 1, NULL, "ours"), FIRST);
	CU_ASSERT_EQUAL(passed(&listening, 1, "theirs", "ours"), -1);
	CU_ASSERT_EQUAL(passed(&datagram, 1, "ours", "ours"), -1);
	CU_ASSERT_EQUAL(passed((int[]){ datagram, other, listening }, 3,
			       "ours:theirs:ours", "ours"), FIRST + 2);
	CU_ASSERT_EQUAL(passed((int[]){ listening, other }, 2, "ours:ours",
			       "ours"), FIRST);
	folder_close();
}

CHECK_SUITE("notify",
	    CHECK(test_the_manager_hears_of_each_state),
	    CHECK(test_nobody_need_listen),
	    CHECK(test_the_loop_feeds_the_watchdog),
	    CHECK(test_the_named_socket_is_taken))
