/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * crew.c - see crew.h
 *
 * Workers block in read(2), not in poll(2): the kernel wakes one reader for a
 * message, but every poller.  What ends a read early is a signal that does
 * nothing and is blocked outside the read, so that no filter sees its calls
 * interrupted.  It may come just before the read begins; so whoever wants the
 * workers out repeats it until they are.
 *
 * A message is received 80 bytes before a page: those are the headers of a
 * write, whose payload then begins the page and can go to a disk as it is.
 *
 * Code paths: read(2) -> process() -> libfuse -> export.c's operation.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <filterd/filter.h>

#include "crew.h"

#define KICK	SIGUSR1
#define HEADERS	80u	/* struct fuse_in_header and fuse_write_in */

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

struct worker {
	struct crew *crew;
	struct worker *next;
	pthread_t thread;
	unsigned char *memory;	/* a page, then FILTER_MAX_IO */
	unsigned idle;		/* ticks since the last message */
	bool stays;
	bool left;		/* guarded by crew->lock */
};

struct crew {
	int fd;
	unsigned max, tick;
	size_t page;
	crew_process_fn *process;
	void *arg;
	atomic_bool dismissed;
	atomic_uint receiving;	/* workers in read(2), or about to be */
	atomic_uint hired;	/* that have not left; changed under lock */
	pthread_mutex_t lock;	/* guards workers */
	pthread_cond_t left;
	struct worker *workers;
};

static _Thread_local struct worker *self;

void *crew_buffer(void)
{
	return self ? self->memory + self->crew->page : NULL;
}

static void on_kick(int signal)
{
	(void)signal;
}

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void handle_kicks(void)
{
	struct sigaction action = { .sa_handler = on_kick };

	(void)sigaction(KICK, &action, NULL);	/* fails for bad numbers only */
}

static void worker_free(struct worker *worker)
{
	struct crew *crew = worker->crew;

	(void)munmap(worker->memory, crew->page + FILTER_MAX_IO);
	free(worker);
}

static struct worker *worker_new(struct crew *crew)
{
	struct worker *worker = calloc(1, sizeof(*worker));

	if (!worker)
		return NULL;
	worker->crew = crew;
	worker->memory = mmap(NULL, crew->page + FILTER_MAX_IO,
			      PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (worker->memory == MAP_FAILED) {
		free(worker);
		return NULL;
	}
	return worker;
}

/* Joins those who left; lock held.  Their threads end without the lock. */
static void reap(struct crew *crew)
{
	for (struct worker **at = &crew->workers; *at;) {
		struct worker *worker = *at;

		if (!worker->left) {
			at = &worker->next;
			continue;
		}
		*at = worker->next;
		(void)pthread_join(worker->thread, NULL);
		worker_free(worker);
	}
}

static void *work(void *arg);

/* 0 too when there are enough. */
static int hire(struct crew *crew)
{
	struct worker *worker;
	sigset_t all, before;
	int r = 0;

	if (atomic_load(&crew->hired) >= crew->max)
		return 0;
	pthread_mutex_lock(&crew->lock);
	reap(crew);
	if (atomic_load(&crew->dismissed) ||
	    atomic_load(&crew->hired) >= crew->max)
		goto out;
	worker = worker_new(crew);
	if (!worker) {
		r = -ENOMEM;
		goto out;
	}
	worker->stays = !crew->workers;
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	r = -pthread_create(&worker->thread, NULL, work, worker);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (r < 0) {
		worker_free(worker);
		goto out;
	}
	worker->next = crew->workers;
	crew->workers = worker;
	atomic_fetch_add(&crew->hired, 1);
out:
	pthread_mutex_unlock(&crew->lock);
	return r;
}

static ssize_t receive(struct worker *worker, void *message)
{
	struct crew *crew = worker->crew;
	sigset_t kick;
	ssize_t n = 0;

	(void)sigemptyset(&kick);
	(void)sigaddset(&kick, KICK);
	atomic_fetch_add(&crew->receiving, 1);
	(void)pthread_sigmask(SIG_UNBLOCK, &kick, NULL);
	if (!atomic_load(&crew->dismissed)) {
		n = read(crew->fd, message, HEADERS + FILTER_MAX_IO);
		if (n < 0)
			n = -errno;
	}
	(void)pthread_sigmask(SIG_BLOCK, &kick, NULL);
	/* Too few workers is slow, not wrong: this one comes back. */
	if (atomic_fetch_sub(&crew->receiving, 1) == 1 && n > 0)
		(void)hire(crew);
	return n;
}

static void leave(struct worker *worker)
{
	worker->left = true;
	atomic_fetch_sub(&worker->crew->hired, 1);
	pthread_cond_broadcast(&worker->crew->left);
}

/* A tick went by.  Who leaves must know that somebody else receives: a message
   that nobody receives hires nobody. */
static bool leave_if_idle(struct worker *worker)
{
	struct crew *crew = worker->crew;
	bool leaves = false;

	if (worker->stays || ++worker->idle <= 2)
		return false;
	pthread_mutex_lock(&crew->lock);
	if (atomic_load(&crew->receiving) > 0) {
		leave(worker);
		leaves = true;
	}
	pthread_mutex_unlock(&crew->lock);
	return leaves;
}

/* Whether @error ends the connection (unmounted, aborted, dismissed), rather
   than one message. */
static bool is_end(int error)
{
	switch (error) {
	case -EINTR:	/* kicked */
	case -EAGAIN:
	case -ENOENT:	/* whoever asked was killed before it was read */
	case -EIO:	/* the kernel has failed that one message */
	case -ENOMEM:
		return false;
	default:
		return true;
	}
}

/* Ticks arrive as kicks.  Without the timer the worker stays for good. */
static bool start_ticks(const struct crew *crew, timer_t *timer)
{
	struct sigevent event = {
		.sigev_notify = SIGEV_THREAD_ID,
		.sigev_signo = KICK,
	};
	struct itimerspec every = {
		.it_interval = { crew->tick / 1000,
				 crew->tick % 1000 * 1000000L },
	};

	every.it_value = every.it_interval;
	event.sigev_notify_thread_id = (pid_t)syscall(SYS_gettid);
	return timer_create(CLOCK_MONOTONIC, &event, timer) == 0 &&
	       timer_settime(*timer, 0, &every, NULL) == 0;
}

static void work_until_end(struct worker *worker)
{
	struct crew *crew = worker->crew;
	unsigned char *message = worker->memory + crew->page - HEADERS;

	for (;;) {
		ssize_t n = receive(worker, message);

		if (n > 0) {
			worker->idle = 0;
			crew->process(crew->arg, message, (size_t)n);
		} else if (is_end((int)n)) {
			break;
		} else if (n == -EINTR && leave_if_idle(worker)) {
			return;
		}
	}
	pthread_mutex_lock(&crew->lock);
	leave(worker);
	pthread_mutex_unlock(&crew->lock);
}

static void *work(void *arg)
{
	struct worker *worker = arg;
	timer_t timer;
	bool ticks;

	self = worker;
	ticks = !worker->stays && start_ticks(worker->crew, &timer);
	work_until_end(worker);
	if (ticks)
		(void)timer_delete(timer);
	return NULL;
}

int crew_start(int fd, unsigned max, unsigned tick, crew_process_fn *process,
	       void *arg, struct crew **ret)
{
	struct crew *crew = calloc(1, sizeof(*crew));
	int r;

	if (!crew)
		return -ENOMEM;
	(void)pthread_once(&once, handle_kicks);
	crew->fd = fd;
	crew->max = max ? max : 1;
	crew->tick = tick;
	crew->page = (size_t)sysconf(_SC_PAGESIZE);
	crew->process = process;
	crew->arg = arg;
	pthread_mutex_init(&crew->lock, NULL);
	pthread_cond_init(&crew->left, NULL);
	r = hire(crew);
	if (r < 0) {
		crew_free(crew);
		return r;
	}
	*ret = crew;
	return 0;
}

unsigned crew_size(const struct crew *crew)
{
	return atomic_load(&crew->hired);
}

/* Lock held. */
static void kick_all(struct crew *crew)
{
	for (struct worker *w = crew->workers; w; w = w->next)
		if (!w->left)
			(void)pthread_kill(w->thread, KICK);
}

/* Until somebody leaves, or for a moment; lock held. */
static void wait_a_moment(struct crew *crew)
{
	struct timespec until;

	(void)clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += 2000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_nsec -= 1000000000;
		until.tv_sec++;
	}
	(void)pthread_cond_timedwait(&crew->left, &crew->lock, &until);
}

void crew_dismiss(struct crew *crew)
{
	atomic_store(&crew->dismissed, true);
	pthread_mutex_lock(&crew->lock);
	while (atomic_load(&crew->receiving) > 0) {
		kick_all(crew);
		wait_a_moment(crew);
	}
	pthread_mutex_unlock(&crew->lock);
}

int crew_wait(struct crew *crew, unsigned seconds)
{
	struct timespec now;
	time_t end;

	crew_dismiss(crew);
	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	end = now.tv_sec + (time_t)seconds;
	pthread_mutex_lock(&crew->lock);
	while (atomic_load(&crew->hired) > 0 && now.tv_sec <= end) {
		wait_a_moment(crew);
		(void)clock_gettime(CLOCK_MONOTONIC, &now);
	}
	reap(crew);
	pthread_mutex_unlock(&crew->lock);
	return atomic_load(&crew->hired) > 0 ? -ETIMEDOUT : 0;
}

void crew_attend(struct crew *crew)
{
	pthread_mutex_lock(&crew->lock);
	while (atomic_load(&crew->hired) > 0)
		(void)pthread_cond_wait(&crew->left, &crew->lock);
	pthread_mutex_unlock(&crew->lock);
}

void crew_free(struct crew *crew)
{
	if (!crew)
		return;
	pthread_cond_destroy(&crew->left);
	pthread_mutex_destroy(&crew->lock);
	free(crew);
}
