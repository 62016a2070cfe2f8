/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * guest.c - see guest.h
 *
 * A reader keeps the attachment, as it may be matched once more beside him.  A
 * writer does not, since his medium is a leaf with a file of its own.  Nobody's
 * medium goes while he is there: it goes only when something below it is opened
 * to be written, which is refused.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "access.h"
#include "cleanup.h"
#include "escape.h"
#include "guest.h"
#include "job.h"
#include "log.h"
#include "peer.h"
#include "util.h"
#include "varlink.h"
#include "window.h"

struct guest {
	struct guest *next;
	struct service *service;
	struct attachment *attachment;
	struct medium *medium;
	uint64_t id;
	int level;			/* ACCESS_WRITE | ACCESS_SHARED ... */
	pid_t pid;
	uid_t uid;
	struct server_call *call;	/* his Open; NULL: it is answered */
	struct server_call *closing;	/* who waits for his end */
	bool there;			/* was told where it is */
	bool gone;			/* leaves as soon as he is there */
	bool holds;			/* his medium, with the file it has */
	struct store *view;		/* else, of a reader: read-only */
	struct export *export;		/* on that */
	char *dir;			/* where that is published */
	int dir_fd;			/* the place may go meanwhile */
	struct failure failure;
};

static bool is_writer(const struct guest *guest)
{
	return (guest->level & ACCESS_WRITE) == ACCESS_WRITE;
}

static void guest_free(struct guest *guest)
{
	struct guest **at = &guest->service->guests;

	while (*at && *at != guest)
		at = &(*at)->next;
	if (*at)
		*at = guest->next;
	window_free(guest->view);
	cleanup_fd(&guest->dir_fd);
	free(guest->dir);
	free(guest);
}

/* Answers all who wait. */
static void farewell(struct guest *guest)
{
	if (guest->call)
		server_reply(guest->call, NULL);
	if (guest->closing)
		server_reply(guest->closing, NULL);
	guest_free(guest);
}

static int stop_export(void *arg)
{
	struct guest *guest = arg;
	int r;

	if (export_unmount(guest->export) < 0)
		export_abort(guest->export);
	r = export_stop(guest->export);
	if (r == -ETIMEDOUT)
		return r;
	guest->export = NULL;
	return 0;
}

static void go(struct guest *guest);

/* A request that hangs on his file keeps the disk from being detached. */
static void export_stopped(void *arg, int result)
{
	struct guest *guest = arg;

	if (result < 0) {
		log_err("'%s': a request is stuck, the disk does not answer",
			guest->medium->name);
		return;
	}
	go(guest);
}

/* Gives his medium back; whether nobody else holds it, and what fits may stand
   there. */
static bool let_go(struct guest *guest)
{
	guest->holds = false;
	for (const struct guest *other = guest->service->guests; other;
	     other = other->next)
		if (other->holds && other->medium == guest->medium)
			return false;
	guest->medium->held = false;
	return true;
}

/* Ends what is still to be ended once he has no file of his own. */
static void go(struct guest *guest)
{
	struct attachment *attachment = guest->attachment;
	struct catalogue *catalogue = guest->service->catalogue;
	bool writes = is_writer(guest), last = guest->holds && let_go(guest);

	/* A writer waits until what fits stands again: guest_renewed(). */
	if (!writes || !last)
		farewell(guest);
	if (last)
		attachment_renew(attachment, catalogue, false);
	if (!writes)
		attachment_unkeep(attachment);
}

/* Who had it open is told no more; what he has is gone when that is done. */
static void leave(struct guest *guest)
{
	guest->gone = true;
	if (!guest->there)
		return;
	if (!guest->export)
		go(guest);
	else if (job_start(stop_export, export_stopped, guest) < 0)
		export_stopped(guest, stop_export(guest));
}

/* Takes the files away that stand above @medium. */
static int withdraw(void *arg, struct medium *medium)
{
	struct guest *guest = arg;

	if (medium == guest->medium)
		return 0;
	return volumes_withdraw(&guest->attachment->volumes, medium,
				&guest->failure);
}

/* On a job thread, with the tree for ourselves. */
static int make_way(void *arg)
{
	struct guest *guest = arg;
	struct medium *medium = guest->medium;
	int r;

	if (medium_is_leaf(medium)) {
		medium->held = true;
		return 0;
	}
	r = medium_each(medium, withdraw, guest);
	if (r < 0)
		return r;
	r = matcher_clear(medium);
	if (r < 0)
		log_warning("'%s': what was written last may be lost: %s",
			    medium->name, strerror(-r));
	medium->held = true;
	return 0;
}

/* The same for a reader: nobody has to go. */
static int make_room(void *arg)
{
	struct guest *guest = arg;
	struct store *store = guest->medium->store;
	char name[NAME_MAX + 1];
	int r;

	if (guest->holds)
		return 0;
	r = window_new(store, 0, store->medium.size, false, &guest->view);
	if (r < 0)
		return r;
	(void)snprintf(name, sizeof(name), "%.200s.raw%llu",
		       guest->medium->name, (unsigned long long)guest->id);
	return export_start(guest->view, guest->dir, guest->dir_fd, name,
			    &guest->attachment->export, &guest->export,
			    &guest->failure);
}

static void welcome(struct guest *guest)
{
	struct json_object *reply = json_object_new_object();
	const struct export *export = guest->export ? guest->export :
						      guest->medium->export;
	char safe[ESCAPE_LEN(PATH_MAX)];

	json_object_object_add(reply, "path", json_object_new_string(
		escape(export_path(export), safe, sizeof(safe))));
	json_object_object_add(reply, "id",
			       json_object_new_uint64(guest->id));
	server_continue(guest->call, reply);
}

static void arrived(void *arg, int result)
{
	struct guest *guest = arg;

	if (result == 0 && guest->holds && !guest->medium->export)
		result = failure_set(&guest->failure, -EIO, EXIT_FAILED,
				     "'%s' could not be published",
				     guest->medium->name);
	if (result < 0 && guest->call) {
		(void)failure_errno(&guest->failure, result,
				    "'%s' cannot be opened",
				    guest->medium->name);
		server_fail(take_ptr(&guest->call), &guest->failure);
		guest->gone = true;
	}
	guest->there = true;
	if (guest->gone)
		leave(guest);
	else
		welcome(guest);
}

static void call_gone(void *arg)
{
	struct guest *guest = arg;

	server_reply(take_ptr(&guest->call), NULL);
	if (!guest->gone)
		leave(guest);
}

static const struct server_waiter waiter = { .gone = call_gone };

/* What all others who have the medium open hold together. */
static int held_by_others(const struct service *service,
			  const struct medium *medium,
			  const struct guest **ret_who)
{
	int held = ACCESS_NONE;

	for (const struct guest *guest = service->guests; guest;
	     guest = guest->next)
		if (guest->medium == medium) {
			held = access_join(held, guest->level);
			*ret_who = guest;
		}
	return held;
}

/* Who has a medium open that stands on @medium, and goes where that is
   written. */
static const struct guest *find_above(const struct service *service,
				      const struct medium *medium)
{
	for (const struct guest *guest = service->guests; guest;
	     guest = guest->next)
		for (const struct medium *at = guest->medium->parent; at;
		     at = at->parent)
			if (at == medium)
				return guest;
	return NULL;
}

/* Whether @wanted cannot be beside somebody who has @medium's own file open,
   and is no guest. */
static bool is_in_use(const struct medium *medium, int wanted)
{
	bool alone = (wanted & ACCESS_EXCLUSIVE) != 0 ||
		     ((wanted & ACCESS_WRITE) == ACCESS_WRITE &&
		      (wanted & ACCESS_SHARED) == 0);

	return alone && medium->export && export_is_open(medium->export);
}

static int judge(const struct service *service, const struct medium *medium,
		 int wanted, struct failure *f)
{
	const struct guest *who = NULL, *above = NULL;
	const struct access_question question = {
		.held = held_by_others(service, medium, &who),
		.wanted = wanted,
		.writable = medium->store->medium.writable,
		.filtered = !medium_is_leaf(medium),
	};
	int error = 0;

	if ((wanted & ACCESS_WRITE) == ACCESS_WRITE)
		above = find_above(service, medium);
	if (above)
		return failure_set(f, -EBUSY, EXIT_BUSY,
				   "'%s', which stands on '%s', is open by "
				   "process %d", above->medium->name,
				   medium->name, (int)above->pid);
	if (!who && is_in_use(medium, wanted))
		return failure_set(f, -EBUSY, EXIT_BUSY,
				   "'%s' is in use", medium->name);
	if (access_judge(&question, &error) != ACCESS_REFUSED)
		return 0;
	if (error == -EROFS)
		return failure_set(f, error, EXIT_DENIED,
				   "'%s' is read-only", medium->name);
	if (who)
		return failure_set(f, error, EXIT_BUSY,
				   "'%s' is open by process %d", medium->name,
				   (int)who->pid);
	return failure_errno(f, error, "'%s' cannot be opened", medium->name);
}

/* Where a file of his own will be, which is not the medium's. */
static int take_dir(struct guest *guest)
{
	const struct place *place = guest->attachment->place;

	guest->dir = strdup(place_path(place));
	guest->dir_fd = fcntl(place_fd(place), F_DUPFD_CLOEXEC, 3);
	return !guest->dir ? -ENOMEM : guest->dir_fd < 0 ? -errno : 0;
}

/* A writer gets the medium's own file once nothing stands there any more, a
   reader if it has one: what both read is the same then. */
static int begin(struct guest *guest)
{
	struct medium *medium = guest->medium;
	int r;

	guest->holds = is_writer(guest) || medium->export;
	if (is_writer(guest))
		return attachment_work(guest->attachment, make_way, arrived,
				       guest, &guest->failure);
	r = guest->holds ? 0 : take_dir(guest);
	if (r == 0)
		r = attachment_keep(guest->attachment, &guest->failure);
	if (r < 0)
		return r;
	r = job_start(make_room, arrived, guest);
	if (r < 0)
		attachment_unkeep(guest->attachment);
	else if (guest->holds)
		medium->held = true;
	return r;
}

static int wanted_level(struct json_object *parameters, struct failure *f)
{
	int level = varlink_bool(parameters, "write") ? ACCESS_WRITE :
							ACCESS_READ;
	bool shared = varlink_bool(parameters, "shared");
	bool exclusive = varlink_bool(parameters, "exclusive");

	if (shared && exclusive)
		return failure_set(f, -EINVAL, EXIT_USAGE,
				   "shared and exclusive contradict");
	return level | (shared ? ACCESS_SHARED : 0) |
	       (exclusive ? ACCESS_EXCLUSIVE : 0);
}

static struct guest *guest_new(struct service *service,
			       struct server_call *call, int level)
{
	static uint64_t last;
	struct guest *guest = calloc(1, sizeof(*guest));

	if (!guest)
		return NULL;
	guest->service = service;
	guest->dir_fd = -1;
	guest->id = ++last;
	guest->level = level;
	guest->pid = server_peer(call)->pid;
	guest->uid = server_peer(call)->uid;
	guest->call = call;
	return guest;
}

/* Of a disk of which one partition is attached, the rest is not claimed. */
static int check_ours(const struct attachment *attachment,
		      const struct medium *medium, struct failure *f)
{
	const struct medium *top = stack_top(&attachment->stack);

	for (const struct medium *at = medium; at; at = at->parent)
		if (at == top)
			return 0;
	return failure_set(f, -EPERM, EXIT_DENIED, "'%s' is not attached: "
			   "only '%s' of it is", medium->name, top->name);
}

static int open_medium(struct service *service, struct server_call *call,
		       struct failure *f)
{
	struct json_object *parameters = server_parameters(call);
	const char *name = varlink_string(parameters, "medium");
	struct attachment *attachment;
	struct medium *medium;
	struct guest *guest;
	int level = wanted_level(parameters, f), r;

	if (level < 0)
		return level;
	r = service_find_medium(service, name, &attachment, &medium, f);
	if (r == 0)
		r = check_ours(attachment, medium, f);
	if (r == 0)
		r = judge(service, medium, level, f);
	if (r < 0)
		return r;
	guest = guest_new(service, call, level);
	if (!guest)
		return failure_errno(f, -ENOMEM, "cannot open");
	guest->attachment = attachment;
	guest->medium = medium;
	r = begin(guest);
	if (r < 0) {
		*f = guest->failure;
		guest_free(guest);
		return failure_errno(f, r, "'%s' cannot be opened",
				     medium->name);
	}
	guest->next = service->guests;
	service->guests = guest;
	server_wait(call, &waiter, guest);
	return 0;
}

void guest_open(struct service *service, struct server_call *call)
{
	struct failure f = { .code = EXIT_OK };

	if (!server_wants_more(call)) {
		server_error(call, "org.varlink.service.ExpectedMore", NULL);
		return;
	}
	if (open_medium(service, call, &f) < 0)
		server_fail(call, &f);
}

void guest_close(struct service *service, struct server_call *call)
{
	uint64_t id = varlink_number(server_parameters(call), "id");
	struct failure f = { .code = EXIT_OK };

	for (struct guest *guest = service->guests; guest;
	     guest = guest->next) {
		if (guest->id != id || guest->gone ||
		    (guest->uid != server_peer(call)->uid &&
		     !server_may(call, SERVER_OWNER)))
			continue;
		guest->closing = call;
		leave(guest);
		return;
	}
	(void)failure_set(&f, -ENOENT, EXIT_NOT_FOUND,
			  "nobody has anything open as %llu",
			  (unsigned long long)id);
	server_fail(call, &f);
}

void guest_renewed(struct service *service, struct attachment *attachment)
{
	struct guest *next;

	for (struct guest *guest = service->guests; guest; guest = next) {
		next = guest->next;
		if (guest->attachment == attachment && guest->gone &&
		    guest->there && is_writer(guest))
			farewell(guest);
	}
}

void guest_ended(struct service *service, struct attachment *attachment)
{
	struct guest *next;

	for (struct guest *guest = service->guests; guest; guest = next) {
		next = guest->next;
		if (guest->attachment == attachment)
			farewell(guest);
	}
}

void guest_abort(struct service *service, struct attachment *attachment)
{
	const struct failure f = {
		EXIT_FAILED, "the source is detached by force" };
	struct guest *next;

	/* He may be gone at once, but none of the others. */
	for (struct guest *guest = service->guests; guest; guest = next) {
		next = guest->next;
		if (guest->attachment != attachment || guest->gone)
			continue;
		if (guest->call)
			server_fail(take_ptr(&guest->call), &f);
		leave(guest);
	}
}

int guest_busy(const struct service *service,
	       const struct attachment *attachment, struct failure *f)
{
	for (const struct guest *guest = service->guests; guest;
	     guest = guest->next)
		if (guest->attachment == attachment)
			return failure_set(f, -EBUSY, EXIT_BUSY,
					   "'%s' is open by process %d",
					   guest->medium->name,
					   (int)guest->pid);
	return 0;
}

static const char *level_word(int level)
{
	return (level & ACCESS_WRITE) == ACCESS_WRITE ? "write" : "read";
}

void guest_describe(const struct service *service, const char *medium,
		    struct json_object *array)
{
	for (const struct guest *guest = service->guests; guest;
	     guest = guest->next) {
		struct json_object *object;
		char holder[64];

		if (!streq(guest->medium->name, medium))
			continue;
		object = json_object_new_object();
		json_object_object_add(object, "medium",
				       json_object_new_string(medium));
		(void)snprintf(holder, sizeof(holder), "pid %d, as it is",
			       (int)guest->pid);
		json_object_object_add(object, "holder",
				       json_object_new_string(holder));
		json_object_object_add(object, "pid",
				       json_object_new_int(guest->pid));
		json_object_object_add(object, "level", json_object_new_string(
			level_word(guest->level)));
		json_object_array_add(array, object);
	}
}
