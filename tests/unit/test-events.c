/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-events.c - the loop, calls from other threads, jobs
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "alarm.h"
#include "check.h"
#include "events.h"
#include "job.h"

#define THREADS 8
#define CALLS 200

static pthread_t main_thread;

/* Changed on the main thread alone: TSan and the sum see if it is not so. */
static unsigned count, running;
static bool elsewhere;

static void count_one(void *arg)
{
	(void)arg;
	if (!pthread_equal(pthread_self(), main_thread))
		elsewhere = true;
	count++;
}

static void *call_often(void *arg)
{
	for (unsigned i = 0; i < CALLS; i++)
		events_call(count_one, arg);
	return NULL;
}

static void end_one(void *arg)
{
	(void)arg;
	if (--running == 0)
		events_exit(7);
}

static void *call_often_and_end(void *arg)
{
	call_often(arg);
	events_call(end_one, arg);
	return NULL;
}

static void test_calls_run_on_the_main_thread(void)
{
	pthread_t threads[THREADS];

	main_thread = pthread_self();
	count = 0;
	running = THREADS;
	CU_ASSERT_EQUAL_FATAL(events_init(), 0);
	for (size_t i = 0; i < THREADS; i++)
		CU_ASSERT_EQUAL_FATAL(pthread_create(&threads[i], NULL,
						     call_often_and_end,
						     NULL), 0);
	CU_ASSERT_EQUAL(events_run(), 7);
	for (size_t i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	events_fini();
	CU_ASSERT_EQUAL(count, THREADS * CALLS);
	CU_ASSERT_FALSE(elsewhere);
}

static unsigned rung;

static void hear(void *arg)
{
	(void)arg;
	rung++;
	elsewhere = elsewhere || !pthread_equal(pthread_self(), main_thread);
	events_exit(3);
}

static void *ring_twice(void *arg)
{
	alarm_ring(arg);
	alarm_ring(arg);
	return NULL;
}

/* Whoever rings does not wait: nobody listens yet. */
static void test_an_alarm_wakes_the_main_thread(void)
{
	struct alarm *alarm;
	pthread_t thread;

	main_thread = pthread_self();
	elsewhere = false;
	rung = 0;
	CU_ASSERT_EQUAL_FATAL(events_init(), 0);
	alarm = alarm_new(hear, NULL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(alarm);
	CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, ring_twice,
					     alarm), 0);
	pthread_join(thread, NULL);
	CU_ASSERT_EQUAL(rung, 0);
	CU_ASSERT_EQUAL(events_run(), 3);
	CU_ASSERT_EQUAL(rung, 1);
	CU_ASSERT_FALSE(elsewhere);
	alarm_free(alarm);
	events_fini();
}

static void test_without_a_loop_calls_are_plain(void)
{
	pthread_t thread;

	count = 0;
	events_call(count_one, NULL);
	CU_ASSERT_EQUAL(count, 1);
	CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, call_often, NULL),
			      0);
	pthread_join(thread, NULL);
	CU_ASSERT_EQUAL(count, 1 + CALLS);
	elsewhere = false;
}

static void test_on_the_main_thread_calls_are_plain(void)
{
	CU_ASSERT_EQUAL_FATAL(events_init(), 0);
	count = 0;
	events_call(count_one, NULL);
	CU_ASSERT_EQUAL(count, 1);
	events_fini();
}

static void *call_once(void *arg)
{
	events_call(count_one, NULL);
	(void)!write(*(int *)arg, "x", 1);
	return NULL;
}

static void test_the_end_frees_those_who_wait(void)
{
	pthread_t thread;
	int pipes[2];
	char c;

	CU_ASSERT_EQUAL_FATAL(pipe(pipes), 0);
	CU_ASSERT_EQUAL_FATAL(events_init(), 0);
	count = 0;
	CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, call_once,
					     &pipes[1]), 0);
	usleep(20000);
	events_fini();
	CU_ASSERT_EQUAL(read(pipes[0], &c, 1), 1);
	pthread_join(thread, NULL);
	CU_ASSERT_EQUAL(count, 1);
	close(pipes[0]);
	close(pipes[1]);
}

static void nested(void *arg)
{
	events_call(count_one, arg);
	events_exit(0);
}

static void *call_nested(void *arg)
{
	events_call(nested, arg);
	return NULL;
}

static void test_a_call_may_call(void)
{
	pthread_t thread;

	CU_ASSERT_EQUAL_FATAL(events_init(), 0);
	count = 0;
	CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, call_nested, NULL),
			      0);
	CU_ASSERT_EQUAL(events_run(), 0);
	pthread_join(thread, NULL);
	CU_ASSERT_EQUAL(count, 1);
	events_fini();
}

static void on_signal(void *arg, int signal)
{
	*(int *)arg = signal;
	events_exit(3);
}

static void test_signals_arrive(void)
{
	int got = 0;

	CU_ASSERT_EQUAL_FATAL(events_init(), 0);
	CU_ASSERT_EQUAL_FATAL(events_signal(SIGUSR2, on_signal, &got), 0);
	kill(getpid(), SIGUSR2);
	CU_ASSERT_EQUAL(got, 0);
	CU_ASSERT_EQUAL(events_run(), 3);
	CU_ASSERT_EQUAL(got, SIGUSR2);
	events_fini();
}

struct peer {
	int fd;
	struct event_watch *watch;
	unsigned reads, writes, ends;
};

static void on_peer(void *arg, uint32_t what)
{
	struct peer *peer = arg;
	char c;

	if (what & EPOLLOUT) {
		peer->writes++;
		CU_ASSERT_EQUAL(events_watch_for(peer->watch, EPOLLIN), 0);
		return;
	}
	if (read(peer->fd, &c, 1) == 1) {
		peer->reads++;
		return;
	}
	peer->ends++;
	events_unwatch(peer->watch);
	events_exit(0);
}

static void test_a_watch_sees_bytes_and_the_end(void)
{
	struct peer peer = { 0 };
	int pair[2];

	CU_ASSERT_EQUAL_FATAL(events_init(), 0);
	CU_ASSERT_EQUAL_FATAL(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	peer.fd = pair[0];
	peer.watch = events_watch(pair[0], on_peer, &peer);
	CU_ASSERT_PTR_NOT_NULL_FATAL(peer.watch);
	CU_ASSERT_EQUAL(events_watch_for(peer.watch, EPOLLIN | EPOLLOUT), 0);
	CU_ASSERT_EQUAL(write(pair[1], "ab", 2), 2);
	close(pair[1]);
	CU_ASSERT_EQUAL(events_run(), 0);
	CU_ASSERT_EQUAL(peer.reads, 2);
	CU_ASSERT_EQUAL(peer.writes, 1);
	CU_ASSERT_EQUAL(peer.ends, 1);
	close(pair[0]);
	events_fini();
}

struct work {
	pthread_t thread;
	bool blocked;
	int result;
};

static int work(void *arg)
{
	struct work *w = arg;
	sigset_t set;

	w->thread = pthread_self();
	pthread_sigmask(SIG_SETMASK, NULL, &set);
	w->blocked = sigismember(&set, SIGTERM) && sigismember(&set, SIGINT);
	return -EUCLEAN;
}

static void work_done(void *arg, int result)
{
	struct work *w = arg;

	w->result = result;
	CU_ASSERT_TRUE(pthread_equal(pthread_self(), main_thread));
	events_exit(0);
}

static void test_a_job_ends_on_the_main_thread(void)
{
	struct work w = { 0 };
	sigset_t before, after;

	main_thread = pthread_self();
	CU_ASSERT_EQUAL_FATAL(events_init(), 0);
	pthread_sigmask(SIG_SETMASK, NULL, &before);
	CU_ASSERT_EQUAL_FATAL(job_start(work, work_done, &w), 0);
	pthread_sigmask(SIG_SETMASK, NULL, &after);
	CU_ASSERT_EQUAL(events_run(), 0);
	CU_ASSERT_EQUAL(w.result, -EUCLEAN);
	CU_ASSERT_FALSE(pthread_equal(w.thread, main_thread));
	CU_ASSERT_TRUE(w.blocked);
	CU_ASSERT_EQUAL(sigismember(&before, SIGTERM),
			sigismember(&after, SIGTERM));
	events_fini();
}

/* Each fires once and sets the next; the last ends the loop. */
static struct event_timer *timers[2];
static unsigned fired[2];

static void on_first(void *arg)
{
	(void)arg;
	fired[0]++;
	CU_ASSERT_EQUAL(events_timer_set(timers[0], fired[0] < 3 ? 1 : -1), 0);
	/* Set again and again, it never comes to the second's turn. */
	CU_ASSERT_EQUAL(events_timer_set(timers[1], fired[0] < 3 ? 60000 : 0),
			0);
}

static void on_second(void *arg)
{
	(void)arg;
	fired[1]++;
	events_exit(0);
}

static void test_a_timer_goes_off_once(void)
{
	CU_ASSERT_EQUAL_FATAL(events_init(), 0);
	timers[0] = events_timer(on_first, NULL);
	timers[1] = events_timer(on_second, NULL);
	CU_ASSERT_TRUE_FATAL(timers[0] && timers[1]);
	CU_ASSERT_EQUAL(events_timer_set(timers[0], 0), 0);
	CU_ASSERT_EQUAL(events_run(), 0);
	CU_ASSERT_EQUAL(fired[0], 3);
	CU_ASSERT_EQUAL(fired[1], 1);
	events_timer_free(timers[0]);
	events_timer_free(timers[1]);
	events_timer_free(NULL);
	events_fini();
}

CHECK_SUITE("events",
	    CHECK(test_calls_run_on_the_main_thread),
	    CHECK(test_an_alarm_wakes_the_main_thread),
	    CHECK(test_without_a_loop_calls_are_plain),
	    CHECK(test_on_the_main_thread_calls_are_plain),
	    CHECK(test_the_end_frees_those_who_wait),
	    CHECK(test_a_call_may_call),
	    CHECK(test_signals_arrive),
	    CHECK(test_a_watch_sees_bytes_and_the_end),
	    CHECK(test_a_job_ends_on_the_main_thread),
	    CHECK(test_a_timer_goes_off_once))
