/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * events.c - see events.h
 */
#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <systemd/sd-event.h>

#include "cleanup.h"
#include "events.h"

#define TIMER_USEC 1000		/* how exact timers are */

/* A call that a thread waits for, on that thread's stack. */
struct call {
	void (*fn)(void *arg);
	void *arg;
	bool done;
	struct call *next;
};

struct event_watch {
	sd_event_source *source;
	void (*fn)(void *arg, uint32_t what);
	void *arg;
};

struct event_timer {
	sd_event_source *source;
	void (*fn)(void *arg);
	void *arg;
};

struct signal_watch {
	void (*fn)(void *arg, int signal);
	void *arg;
};

/* Main thread. */
static sd_event *loop;
static bool exiting;
static int exit_code;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t called = PTHREAD_COND_INITIALIZER;
/* Guarded by lock: */
static bool ready;
static pthread_t main_thread;
static int wakeup = -1;
static struct call *first, **last = &first;

static struct call *take_calls(void)
{
	struct call *calls;

	pthread_mutex_lock(&lock);
	calls = take_ptr(&first);
	last = &first;
	pthread_mutex_unlock(&lock);
	return calls;
}

static void run_calls(struct call *calls)
{
	while (calls) {
		/* Once done is set, the call is its thread's again. */
		struct call *next = calls->next;

		calls->fn(calls->arg);
		pthread_mutex_lock(&lock);
		calls->done = true;
		pthread_cond_broadcast(&called);
		pthread_mutex_unlock(&lock);
		calls = next;
	}
}

static int on_wakeup(sd_event_source *source, int fd, uint32_t what, void *arg)
{
	uint64_t count;

	(void)source;
	(void)what;
	(void)arg;
	/* Emptied before the calls are taken: one that comes between the two
	   wakes us once more, for nothing.  EAGAIN is as good. */
	(void)!read(fd, &count, sizeof(count));
	run_calls(take_calls());
	return 0;
}

int events_init(void)
{
	_cleanup_(sd_event_unrefp) sd_event *event = NULL;
	_cleanup_fd_ int fd = -1;
	int r;

	assert(!loop);
	r = sd_event_new(&event);
	if (r < 0)
		return r;
	fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (fd < 0)
		return -errno;
	r = sd_event_add_io(event, NULL, fd, EPOLLIN, on_wakeup, NULL);
	if (r < 0)
		return r;

	exiting = false;
	loop = take_ptr(&event);
	pthread_mutex_lock(&lock);
	main_thread = pthread_self();
	wakeup = take_fd(&fd);
	ready = true;
	pthread_mutex_unlock(&lock);
	return 0;
}

void events_fini(void)
{
	int fd;

	if (!loop)
		return;
	pthread_mutex_lock(&lock);
	ready = false;
	fd = take_fd(&wakeup);
	pthread_mutex_unlock(&lock);
	run_calls(take_calls());
	loop = sd_event_unref(loop);
	(void)close(fd);
}

/* Not sd_event_loop(): after its end a loop can never run again. */
int events_run(void)
{
	while (!exiting) {
		int r = sd_event_run(loop, UINT64_MAX);

		if (r < 0 && r != -EINTR)
			return r;
	}
	exiting = false;
	return exit_code;
}

void events_exit(int code)
{
	exiting = true;
	exit_code = code;
}

int events_watchdog(void)
{
	int r = sd_event_set_watchdog(loop, 1);

	return r < 0 ? r : 0;
}

static int on_signal(sd_event_source *source,
		     const struct signalfd_siginfo *info, void *arg)
{
	struct signal_watch *watch = arg;

	(void)source;
	watch->fn(watch->arg, (int)info->ssi_signo);
	return 0;
}

int events_signal(int signal, void (*fn)(void *arg, int signal), void *arg)
{
	_cleanup_(sd_event_source_unrefp) sd_event_source *source = NULL;
	struct signal_watch *watch;
	sigset_t set;
	int r;

	sigemptyset(&set);
	sigaddset(&set, signal);
	r = pthread_sigmask(SIG_BLOCK, &set, NULL);
	if (r != 0)
		return -r;
	watch = malloc(sizeof(*watch));
	if (!watch)
		return -ENOMEM;
	*watch = (struct signal_watch){ fn, arg };
	r = sd_event_add_signal(loop, &source, signal, on_signal, watch);
	if (r < 0) {
		free(watch);
		return r;
	}
	/* From here the source frees it, and the loop frees the source. */
	(void)sd_event_source_set_destroy_callback(source, free);
	r = sd_event_source_set_floating(source, 1);
	return r < 0 ? r : 0;
}

static int on_watch(sd_event_source *source, int fd, uint32_t what, void *arg)
{
	struct event_watch *watch = arg;

	(void)source;
	(void)fd;
	watch->fn(watch->arg, what);	/* may have freed the watch */
	return 0;
}

struct event_watch *events_watch(int fd, void (*fn)(void *arg, uint32_t what),
				 void *arg)
{
	_cleanup_free_ struct event_watch *watch = malloc(sizeof(*watch));

	if (!watch)
		return NULL;
	*watch = (struct event_watch){ NULL, fn, arg };
	if (sd_event_add_io(loop, &watch->source, fd, EPOLLIN, on_watch,
			    watch) < 0)
		return NULL;
	return take_ptr(&watch);
}

int events_watch_for(struct event_watch *watch, uint32_t what)
{
	int r = sd_event_source_set_io_events(watch->source, what);

	return r < 0 ? r : 0;
}

void events_unwatch(struct event_watch *watch)
{
	if (!watch)
		return;
	sd_event_source_disable_unref(watch->source);
	free(watch);
}

static int on_timer(sd_event_source *source, uint64_t usec, void *arg)
{
	struct event_timer *timer = arg;

	(void)source;
	(void)usec;
	timer->fn(timer->arg);		/* may have freed the timer */
	return 0;
}

struct event_timer *events_timer(void (*fn)(void *arg), void *arg)
{
	_cleanup_free_ struct event_timer *timer = malloc(sizeof(*timer));

	if (!timer)
		return NULL;
	*timer = (struct event_timer){ NULL, fn, arg };
	/* Without a word of how exact, it would be a quarter of a second. */
	if (sd_event_add_time(loop, &timer->source, CLOCK_MONOTONIC, 0,
			      TIMER_USEC, on_timer, timer) < 0)
		return NULL;
	(void)sd_event_source_set_enabled(timer->source, SD_EVENT_OFF);
	return take_ptr(&timer);
}

int events_timer_set(struct event_timer *timer, int64_t ms)
{
	uint64_t now;
	int r;

	if (ms < 0) {
		r = sd_event_source_set_enabled(timer->source, SD_EVENT_OFF);
		return r < 0 ? r : 0;
	}
	r = sd_event_now(loop, CLOCK_MONOTONIC, &now);
	if (r >= 0)
		r = sd_event_source_set_time(timer->source,
					     now + (uint64_t)ms * 1000);
	if (r >= 0)
		r = sd_event_source_set_enabled(timer->source,
						SD_EVENT_ONESHOT);
	return r < 0 ? r : 0;
}

void events_timer_free(struct event_timer *timer)
{
	if (!timer)
		return;
	sd_event_source_disable_unref(timer->source);
	free(timer);
}

void events_call(void (*fn)(void *arg), void *arg)
{
	struct call call = { .fn = fn, .arg = arg };
	const uint64_t one = 1;

	pthread_mutex_lock(&lock);
	if (!ready || pthread_equal(pthread_self(), main_thread)) {
		pthread_mutex_unlock(&lock);
		fn(arg);
		return;
	}
	*last = &call;
	last = &call.next;
	/* Fails only where the count is full: then it is awake. */
	(void)!write(wakeup, &one, sizeof(one));
	while (!call.done)
		pthread_cond_wait(&called, &lock);
	pthread_mutex_unlock(&lock);
}
