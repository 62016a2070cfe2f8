/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * volumes.c - see volumes.h
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "escape.h"
#include "events.h"
#include "holders.h"
#include "log.h"
#include "loops.h"
#include "util.h"
#include "volumes.h"

/* The kernel tells of a close when close(2) has long returned, and a loop
   device lets go later still: who just closed is not busy.  Who is found to
   have it open is, soon; where nobody is, the kernel is given more time, which
   it needs on a machine that is overloaded. */
#define CLOSE_WAIT_MS 1000
#define CLOSE_MOST_MS 10000
#define CLOSE_STEP_MS 20

static void link_one(struct volumes *volumes, enum place_link kind,
		     const char *name, const char *volume)
{
	char safe[256];
	int r = place_link(volumes->place, kind, name, volume);
	const char *where = kind == PLACE_BY_LABEL ? "by-label" : "by-uuid";

	escape(name, safe, sizeof(safe));
	if (r == -EEXIST)
		log_warning("%s/%s already names another volume, not '%s'",
			    where, safe, volume);
	else if (r < 0)
		log_warning("cannot link %s/%s to '%s': %s", where, safe,
			    volume, strerror(-r));
}

static void link_volume(struct volumes *volumes, const struct medium *medium)
{
	const struct filter_medium *face = &medium->store->medium;
	const struct partmap_signature *found = &medium->signature;

	link_one(volumes, PLACE_BY_LABEL,
		 found->label[0] ? found->label : face->label, medium->name);
	link_one(volumes, PLACE_BY_UUID,
		 found->uuid[0] ? found->uuid : face->uuid, medium->name);
}

static void volumes_clear(struct volumes *volumes)
{
	free(volumes->media);
	*volumes = (struct volumes){ 0 };
}

/* Nobody was told of it yet: whoever opened it all the same loses it. */
static void unpublish(struct volumes *volumes, struct medium *medium)
{
	if (export_unmount(medium->export) < 0)
		export_abort(medium->export);
	(void)export_stop(medium->export);
	medium->export = NULL;
	place_unlink(volumes->place, medium->name);
}

static bool has_file(const struct volumes *volumes,
		     const struct medium *medium)
{
	for (size_t i = 0; i < volumes->n; i++)
		if (volumes->media[i] == medium)
			return true;
	return false;
}

/* Of @media, those that are not in @volumes yet. */
static int publish_new(struct volumes *volumes, struct medium **media,
		       size_t n, const struct export_options *options,
		       struct failure *f)
{
	struct place *place = volumes->place;
	size_t at = 0;
	int r = 0;

	for (; at < n && r == 0; at++) {
		if (has_file(volumes, media[at]))
			continue;
		r = export_start(media[at]->store, place_path(place),
				 place_fd(place), media[at]->name, options,
				 &media[at]->export, f);
		if (r == 0)
			link_volume(volumes, media[at]);
		else
			(void)failure_errno(f, r, "cannot publish '%s'",
					    media[at]->name);
	}
	while (r < 0 && at-- > 0)
		if (media[at]->export && !has_file(volumes, media[at]))
			unpublish(volumes, media[at]);
	return r;
}

int volumes_renew(struct volumes *volumes, const struct stack *stack,
		  const struct export_options *options, struct failure *f)
{
	struct medium **media;
	size_t n;
	int r = stack_volumes(stack, &media, &n);

	if (r < 0)
		return failure_errno(f, r, "cannot publish volumes");
	r = publish_new(volumes, media, n, options, f);
	if (r < 0) {
		free(media);
		return r;
	}
	free(volumes->media);
	volumes->media = media;
	volumes->n = n;
	return 0;
}

int volumes_put_loops(struct volumes *volumes, struct failure *f)
{
	return loops_attach(volumes->media, volumes->n, f);
}

int volumes_publish(struct volumes *volumes, const struct stack *stack,
		    struct place *place, const struct export_options *options,
		    struct failure *f)
{
	*volumes = (struct volumes){ .place = place };
	return volumes_renew(volumes, stack, options, f);
}

static int say_busy(const struct medium *medium, struct failure *f)
{
	const char *path = export_path(medium->export);
	char holders[400], safe[256];

	escape(path, safe, sizeof(safe));
	(void)holders_of(path, holders, sizeof(holders));
	failure_hint(f, "close it there (umount, losetup -d), then try again");
	return failure_set(f, -EBUSY, EXIT_BUSY, "'%s' is in use%s%s", safe,
			   holders[0] ? " by " : "", holders);
}

static const struct medium *find_open(const struct volumes *volumes)
{
	for (size_t i = 0; i < volumes->n; i++) {
		const struct medium *medium = volumes->media[i];

		if (medium->export && export_is_open(medium->export))
			return medium;
	}
	return NULL;
}

static bool has_holders(const struct medium *medium)
{
	char holders[80];

	return *holders_of(export_path(medium->export), holders,
			   sizeof(holders)) != '\0';
}

static const struct medium *wait_until_closed(const struct volumes *volumes)
{
	const struct timespec step = { .tv_nsec = CLOSE_STEP_MS * 1000000L };

	for (unsigned ms = 0; ms < CLOSE_MOST_MS; ms += CLOSE_STEP_MS) {
		const struct medium *medium = find_open(volumes);

		if (!medium)
			return NULL;
		/* It looks at all processes: not each time. */
		if (ms > 0 && ms % CLOSE_WAIT_MS == 0 && has_holders(medium))
			return medium;
		(void)nanosleep(&step, NULL);
	}
	return find_open(volumes);
}

/* Our own loop devices are no users of theirs. */
int volumes_busy(const struct volumes *volumes, struct failure *f)
{
	const struct medium *medium = loops_release(volumes->media,
						    volumes->n);

	if (medium)
		return say_busy(medium, f);
	medium = wait_until_closed(volumes);
	if (!medium)
		return 0;
	loops_restore(volumes->media, volumes->n);
	return say_busy(medium, f);
}

static int say_lost(const struct medium *medium, int error,
		    struct failure *f)
{
	if (error == -ETIMEDOUT)
		return failure_set(f, error, EXIT_FAILED, "'%s': a request "
				   "is stuck, the disk does not answer; what "
				   "was written last may be lost",
				   medium->name);
	return failure_errno(f, error, "'%s': what was written last may be "
			     "lost", medium->name);
}

static int say_mounted(const struct medium *medium, int error,
		       struct failure *f)
{
	char safe[256];

	if (error == -EBUSY)
		return say_busy(medium, f);
	(void)failure_errno(f, error, "cannot unmount '%s'",
			    escape(export_path(medium->export), safe,
				   sizeof(safe)));
	return -EBUSY;
}

int volumes_hide(struct volumes *volumes, struct failure *f)
{
	loops_clear(volumes->media, volumes->n);
	for (size_t i = 0; i < volumes->n; i++) {
		const struct medium *medium = volumes->media[i];
		int r = medium->export ? export_hide(medium->export) : 0;

		if (r < 0)
			return say_mounted(medium, r, f);
	}
	volumes->place = NULL;
	return 0;
}

void volumes_wait(const struct volumes *volumes)
{
	for (size_t i = 0; i < volumes->n; i++)
		if (volumes->media[i]->export)
			export_wait(volumes->media[i]->export);
}

void volumes_abort(const struct volumes *volumes)
{
	for (size_t i = 0; i < volumes->n; i++)
		if (volumes->media[i]->export)
			export_abort(volumes->media[i]->export);
}

/* The first @n are unmounted, and none is to go: they lose their files, and are
   published again as if they were new. */
static void drop(struct volumes *volumes, size_t n)
{
	size_t kept = 0;

	for (size_t i = 0; i < volumes->n; i++) {
		struct medium *medium = volumes->media[i];
		int r = i < n && medium->export ?
			export_stop(medium->export) : -ETIMEDOUT;

		if (r == -ETIMEDOUT) {
			volumes->media[kept++] = medium;
			continue;
		}
		medium->export = NULL;
		place_unlink(volumes->place, medium->name);
		if (r < 0)
			log_warning("'%s': what was written last may be lost: "
				    "%s", medium->name, strerror(-r));
	}
	volumes->n = kept;
}

/* Before the first of them is flushed, which can take long.  Who holds a file
   without having it open, by O_PATH, is found here at last. */
static int unmount_all(struct volumes *volumes, struct failure *f)
{
	for (size_t i = 0; i < volumes->n; i++) {
		const struct medium *medium = volumes->media[i];
		int r = medium->export ? export_unmount(medium->export) : 0;

		if (r < 0) {
			r = say_mounted(medium, r, f);
			drop(volumes, i);
			return r;
		}
	}
	return 0;
}

int volumes_stop(struct volumes *volumes,
		 void (*say)(void *arg, const char *name), void *arg,
		 struct failure *f)
{
	bool stuck = false;
	int r = unmount_all(volumes, f), error = 0;

	if (r < 0) {
		loops_restore(volumes->media, volumes->n);
		return r;
	}
	loops_clear(volumes->media, volumes->n);
	for (size_t i = 0; i < volumes->n; i++) {
		struct medium *medium = volumes->media[i];

		if (!medium->export)
			continue;
		say(arg, medium->name);
		r = export_stop(medium->export);
		if (r == -ETIMEDOUT)
			stuck = true;
		else
			medium->export = NULL;
		if (r < 0 && error == 0)
			error = say_lost(medium, r, f);
	}
	if (stuck)
		return -ETIMEDOUT;
	volumes_clear(volumes);
	return error;
}

/* A file on its way out. */
struct withdrawal {
	struct volumes *volumes;
	struct medium *medium;
	struct export *export;
};

/* From now on nobody finds it in the tree. */
static void forget(void *arg)
{
	const struct withdrawal *withdrawal = arg;
	struct volumes *volumes = withdrawal->volumes;
	size_t kept = 0;

	for (size_t i = 0; i < volumes->n; i++)
		if (volumes->media[i] != withdrawal->medium)
			volumes->media[kept++] = volumes->media[i];
	volumes->n = kept;
	withdrawal->medium->export = NULL;
	place_unlink(volumes->place, withdrawal->medium->name);
}

/* There is still room for it. */
static void remember(void *arg)
{
	const struct withdrawal *withdrawal = arg;
	struct volumes *volumes = withdrawal->volumes;

	volumes->media[volumes->n++] = withdrawal->medium;
	withdrawal->medium->export = withdrawal->export;
}

int volumes_withdraw(struct volumes *volumes, struct medium *medium,
		     struct failure *f)
{
	struct withdrawal withdrawal = { volumes, medium, medium->export };
	int r;

	if (!medium->export)
		return 0;
	if (loops_release(&medium, 1))
		return say_busy(medium, f);
	r = export_unmount(medium->export);
	if (r < 0) {
		loops_restore(&medium, 1);
		return say_mounted(medium, r, f);
	}
	events_call(forget, &withdrawal);
	loops_clear(&medium, 1);
	r = export_stop(withdrawal.export);
	if (r == -ETIMEDOUT) {
		events_call(remember, &withdrawal);
		(void)say_lost(medium, r, f);
		return -EBUSY;
	}
	if (r < 0)
		log_warning("'%s': what was written last may be lost: %s",
			    medium->name, strerror(-r));
	return 0;
}
