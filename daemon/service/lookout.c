/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * lookout.c - see lookout.h
 *
 * An inotify watch on each directory, and on those above it for the name that
 * leads there.  After each change they are set anew: those that are there
 * already stay as they are.
 */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "cleanup.h"
#include "events.h"
#include "log.h"
#include "lookout.h"
#include "util.h"

#define NAMES	(IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO)
#define FILES	(NAMES | IN_CLOSE_WRITE | IN_ATTRIB | IN_DELETE_SELF)
#define DROP_INS ".d"

/* What is looked for by one watch. */
struct sight {
	int watch;
	char *name;	/* the one that counts; NULL: all of them */
};

struct lookout {
	char **dirs;
	size_t n_dirs;
	struct sight *sights;
	size_t n_sights;
	int fd;
	struct event_watch *event;
	struct event_timer *timer;
	unsigned quiet_ms;
	void (*fn)(void *arg);
	void *arg;
};

static void forget(struct lookout *lookout)
{
	for (size_t i = 0; i < lookout->n_sights; i++)
		free(lookout->sights[i].name);
	lookout->n_sights = 0;
}

/* -ENOENT: @dir is not there. */
static int look_at(struct lookout *lookout, const char *dir, const char *name)
{
	struct sight *more, sight = { 0 };

	/* One directory has one watch, whatever it is looked at for. */
	sight.watch = inotify_add_watch(lookout->fd, dir, IN_ONLYDIR |
					IN_MASK_ADD | (name ? NAMES : FILES));
	if (sight.watch < 0)
		return errno == ENOTDIR ? -ENOENT : -errno;
	more = reallocarray(lookout->sights, lookout->n_sights + 1,
			    sizeof(*more));
	if (!more)
		return -ENOMEM;
	lookout->sights = more;
	if (name) {
		sight.name = strdup(name);
		if (!sight.name)
			return -ENOMEM;
	}
	more[lookout->n_sights++] = sight;
	return 0;
}

static bool is_drop_ins(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name);

	return entry->d_name[0] != '.' && len > strlen(DROP_INS) &&
	       streq(entry->d_name + len - strlen(DROP_INS), DROP_INS);
}

static int look_inside(struct lookout *lookout, const char *dir)
{
	_cleanup_dir_ DIR *stream = opendir(dir);
	const struct dirent *entry;
	int r = 0;

	while (r == 0 && stream && (entry = readdir(stream))) {
		_cleanup_free_ char *path = NULL;

		if (!is_drop_ins(entry))
			continue;
		if (asprintf(&path, "%s/%s", dir, entry->d_name) < 0) {
			path = NULL;
			return -ENOMEM;
		}
		r = look_at(lookout, path, NULL);
		if (r == -ENOENT)
			r = 0;
	}
	return r;
}

/* From the root downwards: what comes, goes or is moved on the way is noticed
   above it. */
static int look_for(struct lookout *lookout, const char *dir)
{
	_cleanup_free_ char *path = strdup(dir);
	int r = path ? 0 : -ENOMEM;

	for (char *at = path; r == 0 && at;) {
		char *name = at + 1, *end = strchr(name, '/');

		*at = '\0';
		if (end)
			*end = '\0';
		r = look_at(lookout, at == path ? "/" : path, name);
		*at = '/';
		if (end)
			*end = '/';
		at = end;
	}
	if (r == 0)
		r = look_at(lookout, dir, NULL);
	return r == 0 ? look_inside(lookout, dir) : r == -ENOENT ? 0 : r;
}

static int look_out(struct lookout *lookout)
{
	int r = 0;

	forget(lookout);
	for (size_t i = 0; r == 0 && i < lookout->n_dirs; i++)
		r = look_for(lookout, lookout->dirs[i]);
	return r;
}

/* The watches first: what changes from now on is told of again. */
static void quiet(void *arg)
{
	struct lookout *lookout = arg;
	int r = look_out(lookout);

	if (r < 0)
		log_warning("changes of configuration files are not noticed "
			    "any more: %s", strerror(-r));
	lookout->fn(lookout->arg);
}

static bool counts(const struct lookout *lookout,
		   const struct inotify_event *event)
{
	if (event->mask & IN_Q_OVERFLOW)
		return true;
	for (size_t i = 0; i < lookout->n_sights; i++) {
		const struct sight *sight = &lookout->sights[i];

		if (sight->watch != event->wd)
			continue;
		if (sight->name ? event->len > 0 && streq(sight->name,
							  event->name) :
				  event->len == 0 || event->name[0] != '.')
			return true;
	}
	return false;
}

static void readable(void *arg, uint32_t what)
{
	struct lookout *lookout = arg;
	char buf[4096]
		__attribute__((aligned(__alignof__(struct inotify_event))));
	bool any = false;
	ssize_t n;

	(void)what;
	while ((n = read(lookout->fd, buf, sizeof(buf))) > 0) {
		const struct inotify_event *event;

		for (char *at = buf; at < buf + n;
		     at += sizeof(*event) + event->len) {
			event = (const struct inotify_event *)at;
			any = any || counts(lookout, event);
		}
	}
	if (any)
		(void)events_timer_set(lookout->timer, lookout->quiet_ms);
}

static int copy_dirs(struct lookout *lookout, const char *const *dirs)
{
	size_t n = 0;

	while (dirs[n])
		n++;
	lookout->dirs = calloc(n + 1, sizeof(*lookout->dirs));
	if (!lookout->dirs)
		return -ENOMEM;
	for (; lookout->n_dirs < n; lookout->n_dirs++) {
		lookout->dirs[lookout->n_dirs] = strdup(dirs[lookout->n_dirs]);
		if (!lookout->dirs[lookout->n_dirs])
			return -ENOMEM;
	}
	return 0;
}

static int begin(struct lookout *lookout, const char *const *dirs)
{
	int r = copy_dirs(lookout, dirs);

	if (r < 0)
		return r;
	lookout->fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (lookout->fd < 0)
		return -errno;
	lookout->timer = events_timer(quiet, lookout);
	lookout->event = events_watch(lookout->fd, readable, lookout);
	if (!lookout->timer || !lookout->event)
		return -ENOMEM;
	return look_out(lookout);
}

int lookout_open(const char *const *dirs, unsigned quiet_ms,
		 void (*fn)(void *arg), void *arg, struct lookout **ret)
{
	struct lookout *lookout = calloc(1, sizeof(*lookout));
	int r;

	if (!lookout)
		return -ENOMEM;
	lookout->fd = -1;
	lookout->quiet_ms = quiet_ms;
	lookout->fn = fn;
	lookout->arg = arg;
	r = begin(lookout, dirs);
	if (r < 0) {
		lookout_close(lookout);
		return r;
	}
	*ret = lookout;
	return 0;
}

void lookout_close(struct lookout *lookout)
{
	if (!lookout)
		return;
	events_unwatch(lookout->event);
	events_timer_free(lookout->timer);
	cleanup_fd(&lookout->fd);
	forget(lookout);
	free(lookout->sights);
	for (size_t i = 0; i < lookout->n_dirs; i++)
		free(lookout->dirs[i]);
	free(lookout->dirs);
	free(lookout);
}
