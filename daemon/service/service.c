/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * service.c - see service.h
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "arrivals.h"
#include "caller.h"
#include "change.h"
#include "cleanup.h"
#include "departure.h"
#include "escape.h"
#include "events.h"
#include "guest.h"
#include "log.h"
#include "mount-methods.h"
#include "opening.h"
#include "parse.h"
#include "parting.h"
#include "passkey.h"
#include "service.h"
#include "stack.h"
#include "util.h"
#include "varlink.h"

/* One source of the service's; the attachment is first, and has it. */
struct holding {
	struct attachment attachment;
	struct service *service;
	struct json_object *parameters;	/* the texts of its options */
	struct server_call *attaching, *detaching, *rescanning;	/* who waits */
	struct caller by;
	struct ask ask;			/* what came with the call */
	char *path;			/* of source_fd */
	int source_fd;			/* that too; -1: it was named */
	struct departure *departure;	/* goes with its last user; or NULL */
	bool came_up;
	bool stuck;			/* and will never end */
};

/* Tries again what was in use: nobody tells of a loop device that lets go. */
#define STOP_AGAIN_MS 500
#define LOOKOUT_QUIET_MS 500

static void settled(void *arg)
{
	service_settled(arg);
}

/* Who installs a package or edits a file need not say so. */
static void reload(void *arg)
{
	struct service *service = arg;

	if (!service->stopping)
		change_begin(service, &(struct change_wish){
			.kind = CHANGE_RELOAD }, NULL);
}

static int look_out(struct service *service, struct failure *f)
{
	_cleanup_free_ const char **dirs =
		stack_personality_dirs(service->personality_dirs);
	int r = dirs ? lookout_open(dirs, LOOKOUT_QUIET_MS, reload, service,
				    &service->lookout) : -ENOMEM;

	if (r == -ENOMEM)
		return failure_errno(f, r, "cannot look out for personalities");
	if (r < 0)
		log_warning("personality files that change are not noticed: "
			    "%s", strerror(-r));
	return 0;
}

int service_load(struct service *service, struct failure *f)
{
	const struct stack_options options = {
		.personality_dirs = service->personality_dirs,
		.module_dirs = service->module_dirs,
	};
	struct stack stack;
	int r = stack_load(&stack, &options, f);

	if (r == 0 && service->safe)
		catalogue_keep_required(stack.catalogue);
	if (r == 0) {
		service->catalogue = catalogue_ref(stack.catalogue);
		service->modules = take_ptr(&stack.modules);
		service->generation = 1;
		service->edition.dirs = service->personality_dirs;
		service->edition.required = service->safe;
	}
	stack_close(&stack);
	if (r == 0)
		r = look_out(service, f);
	if (r < 0)
		return r;
	r = nub_open(&service->nub, service->catalogue, service->modules,
		     settled, service);
	return r < 0 ? failure_errno(f, r, "cannot match what needs no disk") :
		       0;
}

void service_begin(struct service *service)
{
	nub_renew(&service->nub, service->catalogue, false);
}

void service_close(struct service *service)
{
	arrivals_close(service->arrivals);
	change_end(service);
	lookout_close(service->lookout);
	nub_close(&service->nub);
	edition_clear(&service->edition);
	events_timer_free(service->again);
	modules_free(service->modules);
	catalogue_unref(service->catalogue);
}

struct attachment *service_next(const struct service *service,
				const struct attachment *at)
{
	const struct attachment *nub = &service->nub.attachment;
	struct attachment *next = at ? at->next : service->attachments;

	return next || at == nub ? next : (struct attachment *)nub;
}

const char *service_name(const struct attachment *attachment)
{
	return attachment->name[0] ? attachment->name : attachment->source;
}

/* For the log. */
static struct log_about about_source(const struct attachment *attachment)
{
	return (struct log_about){ .source = service_name(attachment) };
}

static void tell(struct holding *holding, const char *event,
		 struct json_object *about)
{
	const struct attachment *attachment = &holding->attachment;
	char safe[ESCAPE_LEN(256)];

	if (!about)
		about = json_object_new_object();
	json_object_object_add(about, "source", json_object_new_string(
		escape(service_name(attachment), safe, sizeof(safe))));
	feed_tell(holding->service->feed, event, about);
}

/* When the service stops: whether there is anything left to wait for. */
static void check_stopped(struct service *service)
{
	if (!service->stopping || !service->nub_stopped || service->changes ||
	    (service->arrivals && !arrivals_idle(service->arrivals)))
		return;
	for (struct attachment *at = service->attachments; at; at = at->next) {
		const struct holding *holding = at->owner;

		if (!holding->stuck)
			return;
	}
	service->stopped(service->stopped_arg);
}

void service_settled(struct service *service)
{
	change_settled(service);
	check_stopped(service);
}

static void nub_gone(void *arg)
{
	struct service *service = arg;

	service->nub_stopped = true;
	check_stopped(service);
}

/* Its place in the list, and all that is its own. */
static void holding_free(struct holding *holding)
{
	struct attachment **at = &holding->service->attachments;

	while (*at && *at != &holding->attachment)
		at = &(*at)->next;
	if (*at)
		*at = holding->attachment.next;
	attachment_close(&holding->attachment);
	departure_free(holding->departure);
	passkey_close(&holding->ask);
	cleanup_fd(&holding->source_fd);
	free(holding->path);
	json_object_put(holding->parameters);
	free(holding);
}

/* What opened it is not kept; whoever asks later finds nobody. */
static void forget_keys(struct holding *holding)
{
	struct stack *stack = &holding->attachment.stack;
	const struct ask nobody = {
		.fd = -1, .fd_is = ASK_AGENT,
		.cancelled = &holding->attachment.cancelled,
	};

	passkey_close(&holding->ask);
	stack->options.ask = nobody;
	stack->matcher.ask = nobody;
}

static void published(struct attachment *attachment)
{
	struct holding *holding = attachment->owner;
	struct server_call *call = holding->attaching;
	const struct log_about about = about_source(attachment);

	holding->came_up = true;
	forget_keys(holding);
	holding->attaching = NULL;
	log_about(&about, LOG_LEVEL_INFO, "'%s' is attached, its volumes are "
		  "in '%s'", about.source, place_path(attachment->place));
	tell(holding, "attached", NULL);
	for (size_t i = 0; i < attachment->volumes.n; i++) {
		struct json_object *event = json_object_new_object();

		json_object_object_add(event, "volume", json_object_new_string(
			attachment->volumes.media[i]->name));
		tell(holding, "volume-published", event);
	}
	if (call)
		server_reply(call, mount_methods_describe(attachment));
	if (holding->service->stopping)
		parting_detach(attachment);
}

static void hidden(struct attachment *attachment)
{
	struct holding *holding = attachment->owner;
	struct server_call *call = holding->detaching;
	const struct log_about about = about_source(attachment);

	if (attachment->lost)
		log_about(&about, LOG_LEVEL_WARNING, "%s",
			  attachment->failure.text);
	else
		log_about(&about, LOG_LEVEL_INFO, "'%s' leaves: its volumes "
			  "have no names any more", about.source);
	tell(holding, attachment->lost ? "vanished" : "leaving", NULL);
	holding->detaching = NULL;
	if (call)
		server_reply(call, NULL);
	mount_methods_answer(attachment, false);
	service_settled(holding->service);	/* it is not renewed any more */
}

static void renewed(struct attachment *attachment)
{
	struct holding *holding = attachment->owner;
	struct server_call *call = holding->rescanning;

	tell(holding, "renewed", NULL);
	service_settled(holding->service);
	guest_renewed(holding->service, attachment);
	/* It may begin once more at once. */
	if (!call || attachment->measure || attachment->coming)
		return;
	holding->rescanning = NULL;
	server_reply(call, mount_methods_describe(attachment));
}

static void grew(struct attachment *attachment, struct medium *medium)
{
	const struct log_about about = medium_about(medium, "");
	struct json_object *event = json_object_new_object();
	char size[FORMAT_SIZE_LEN];

	log_about(&about, LOG_LEVEL_INFO, "'%s' has %s now", medium->name,
		  format_size(medium->store->medium.size, size));
	json_object_object_add(event, "volume",
			       json_object_new_string(medium->name));
	json_object_object_add(event, "size", json_object_new_uint64(
		medium->store->medium.size));
	tell(attachment->owner, "volume-resized", event);
}

static void refused(struct attachment *attachment)
{
	struct holding *holding = attachment->owner;
	struct server_call *call = holding->detaching;
	const struct log_about about = about_source(attachment);

	holding->detaching = NULL;
	if (call)
		server_fail(call, &attachment->failure);
	else if (!attachment->waiting && !holding->service->stopping)
		log_about(&about, LOG_LEVEL_INFO, "%s",
			  attachment->failure.text);
	mount_methods_answer(attachment, true);
	departure_again(holding->departure);
}

/* The others go on; this one stays where it is. */
static void stuck(struct attachment *attachment)
{
	struct holding *holding = attachment->owner;
	const struct log_about about = about_source(attachment);

	log_about(&about, LOG_LEVEL_ERR, "%s", attachment->failure.text);
	tell(holding, "stuck", NULL);
	refused(attachment);
	holding->stuck = true;
	check_stopped(holding->service);
}

/* All who wait for what has ended.  Who detaches what never came up has what
   he wanted. */
static void answer_all(struct holding *holding, const struct failure *f)
{
	struct server_call *detaching = take_ptr(&holding->detaching);

	if (holding->rescanning)
		server_fail(holding->rescanning, &(struct failure){
			EXIT_FAILED, "it was detached meanwhile" });
	if (holding->attaching)
		server_fail(holding->attaching, f);
	if (detaching && holding->came_up && f->code != EXIT_OK)
		server_fail(detaching, f);
	else if (detaching)
		server_reply(detaching, NULL);
	mount_methods_answer(&holding->attachment, false);
}

static void ended(struct attachment *attachment)
{
	struct holding *holding = attachment->owner;
	const struct failure *f = &attachment->failure;
	struct service *service = holding->service;
	const struct log_about about = about_source(attachment);

	/* What has vanished was told when it did. */
	if (f->code != EXIT_OK && !holding->attaching && !holding->detaching &&
	    !attachment->lost)
		log_about(&about, LOG_LEVEL_WARNING, "%s", f->text);
	if (holding->came_up) {
		log_about(&about, LOG_LEVEL_INFO, "'%s' is detached",
			  about.source);
		tell(holding, "detached", NULL);
	}
	guest_ended(service, attachment);
	answer_all(holding, f);
	holding_free(holding);
	service_settled(service);
}

static void step(struct attachment *attachment, const char *text)
{
	struct holding *holding = attachment->owner;
	struct json_object *reply;

	if (!holding->detaching) {
		(void)mount_methods_step(attachment, text);
		return;
	}
	reply = json_object_new_object();
	json_object_object_add(reply, "text", json_object_new_string(text));
	server_continue(holding->detaching, reply);
}

static void say(struct attachment *attachment, struct medium *medium,
		int level, const char *text)
{
	const struct log_about about = medium_about(medium, "");
	char safe[512];

	(void)attachment;
	escape(text, safe, sizeof(safe));
	log_about(&about, level == FILTER_WARNING ? LOG_LEVEL_WARNING :
		  level == FILTER_INFO ? LOG_LEVEL_INFO : LOG_LEVEL_DEBUG,
		  "%s: %s", medium->name, safe);
}

static const struct attachment_hooks hooks = {
	.published = published, .hidden = hidden, .renewed = renewed,
	.grew = grew, .refused = refused, .stuck = stuck, .ended = ended,
	.step = step, .say = say,
};

static struct stack_options read_options(const struct holding *holding)
{
	struct json_object *parameters = holding->parameters;
	const char *filter = varlink_string(parameters, "filter");

	return (struct stack_options){
		.filter = *filter ? filter : NULL,
		.start = true,
		.writable = !varlink_bool(parameters, "read_only"),
		.keep_going = varlink_bool(parameters, "keep_going"),
		.sector = (uint32_t)varlink_number(parameters, "sector"),
		.by_fd = holding->source_fd >= 0,
		.source_fd = holding->source_fd,
		.partition = (unsigned)varlink_number(parameters, "partition"),
		.ask = holding->ask,
	};
}

static struct holding *holding_new(struct service *service,
				   struct json_object *parameters,
				   const struct caller *by)
{
	struct holding *holding = calloc(1, sizeof(*holding));

	if (!holding)
		return NULL;
	holding->service = service;
	holding->by = *by;
	holding->attachment.export.owner = &holding->by.who;
	holding->parameters = json_object_get(parameters);
	/* Not at our own terminal, if we have one. */
	holding->ask = (struct ask){ .fd = -1, .fd_is = ASK_AGENT };
	holding->source_fd = -1;
	holding->attachment.hooks = &hooks;
	holding->attachment.owner = holding;
	holding->attachment.source = varlink_string(parameters, "source");
	holding->attachment.base = PLACE_MEDIA;
	holding->attachment.loops = varlink_bool(parameters, "loop");
	return holding;
}

/* What the caller has opened instead of naming it. */
static int take_source(struct holding *holding, const int *fds, size_t n_fds,
		       struct failure *f)
{
	int fd = varlink_fd_at(holding->parameters, "source_fd", fds, n_fds);
	int r;

	if (fd == -ENOENT)
		return 0;
	if (fd < 0)
		return failure_set(f, fd, EXIT_USAGE, "source_fd: there is no "
				   "such descriptor");
	holding->source_fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	r = holding->source_fd < 0 ? -errno :
	    opening_name(holding->source_fd, &holding->path);
	if (r < 0)
		return failure_errno(f, r, "cannot take source_fd");
	holding->attachment.source = holding->path;
	return 0;
}

static int begin(struct holding *holding, const int *fds, size_t n_fds,
		 struct failure *f)
{
	struct attachment *attachment = &holding->attachment;
	struct service *service = holding->service;
	struct stack_options options;
	int r;

	r = take_source(holding, fds, n_fds, f);
	if (r == 0)
		r = passkey_take(holding->parameters, fds, n_fds,
				 &holding->ask, f);
	if (r < 0)
		return r;
	if (varlink_bool(holding->parameters, "until_closed"))
		r = departure_new(attachment, &holding->departure);
	if (r < 0)
		return failure_errno(f, r, "cannot attach");
	options = read_options(holding);
	r = stack_share(&attachment->stack, &options, service->catalogue,
			service->modules, f);
	if (r < 0)
		return r;
	attachment->stack.matcher.resources = service->nub.resources;
	r = attachment_begin(attachment);
	if (r < 0)
		*f = attachment->failure;
	return r;
}

/* Who asked for it is gone, and nobody else knows that it comes. */
static void attacher_gone(void *arg)
{
	struct holding *holding = arg;

	server_reply(take_ptr(&holding->attaching), NULL);
	parting_detach(&holding->attachment);
}

static const struct server_waiter attacher = { .gone = attacher_gone };

int service_attach(struct service *service, struct json_object *parameters,
		   const int *fds, size_t n_fds, struct server_call *call,
		   struct failure *f)
{
	struct attachment **last = &service->attachments;
	const struct caller by = caller_of(call);
	struct holding *holding;
	int r;

	if (service->stopping)
		return failure_set(f, -ESHUTDOWN, EXIT_FAILED,
				   "the service is stopping");
	r = caller_may_attach(&by, parameters, f);
	if (r < 0)
		return r;
	holding = holding_new(service, parameters, &by);
	if (!holding)
		return failure_errno(f, -ENOMEM, "cannot attach");
	r = begin(holding, fds, n_fds, f);
	if (r < 0) {
		holding_free(holding);
		return r;
	}
	holding->attaching = call;
	if (call)
		server_wait(call, &attacher, holding);
	while (*last)
		last = &(*last)->next;
	*last = &holding->attachment;
	return 0;
}

void service_detach(struct attachment *attachment,
		    void (*way)(struct attachment *attachment),
		    struct server_call *call)
{
	struct holding *holding = attachment->owner;
	const struct caller caller = caller_of(call);
	struct service *service = holding->service;
	struct failure f = { 0 };

	if (caller_may_change(&caller, &holding->by, service_name(attachment),
			      &f) < 0) {
		server_fail(call, &f);
		return;
	}
	if (attachment->state == ATTACHMENT_DETACHING && call &&
	    !holding->detaching && holding->came_up && !holding->stuck) {
		holding->detaching = call;	/* it goes by itself */
		return;
	}
	if (attachment->state >= ATTACHMENT_DETACHING || holding->detaching ||
	    (attachment->state == ATTACHMENT_LEAVING &&
	     way != parting_abort)) {
		(void)failure_set(&f, -EBUSY, EXIT_BUSY,
				  "'%s' is being detached already",
				  service_name(attachment));
		if (call)
			server_fail(call, &f);
		return;
	}
	if (way == parting_detach &&
	    guest_busy(service, attachment, &f) < 0) {
		if (call)
			server_fail(call, &f);
		return;
	}
	holding->detaching = call;
	way(attachment);
	if (way == parting_abort)
		guest_abort(service, attachment);
}

static void rescan(struct service *service, struct attachment *attachment)
{
	attachment_renew(attachment, service->catalogue, true);
	attachment_measure(attachment);
}

int service_rescan(struct service *service, struct attachment *attachment,
		   struct server_call *call, struct failure *f)
{
	if (attachment) {
		struct holding *holding = attachment->owner;

		if (holding->rescanning)
			return failure_set(f, -EBUSY, EXIT_BUSY,
					   "'%s' is being looked at already",
					   service_name(attachment));
		holding->rescanning = call;
		rescan(service, attachment);
		return 0;
	}
	for (attachment = service->attachments; attachment;
	     attachment = attachment->next)
		rescan(service, attachment);
	if (service->arrivals)
		arrivals_rescan(service->arrivals);
	server_reply(call, NULL);
	return 0;
}

static int is_medium(void *arg, struct medium *medium)
{
	return streq(medium->name, arg);
}

static bool is_meant(const struct attachment *attachment, const char *name)
{
	if (streq(service_name(attachment), name) ||
	    streq(attachment->source, name))
		return true;
	if (attachment->place && streq(place_path(attachment->place), name))
		return true;
	/* While a job has the tree it is not looked at. */
	if (attachment->state != ATTACHMENT_PUBLISHED)
		return false;
	return streq(attachment->stack.source->path, name) ||
	       medium_each(attachment->stack.source->root, is_medium,
			   (void *)name) != 0;
}

int service_find_medium(const struct service *service, const char *name,
			struct attachment **ret, struct medium **ret_medium,
			struct failure *f)
{
	char safe[256];

	for (struct attachment *at = service->attachments; at; at = at->next) {
		struct medium *medium;

		if (at->state != ATTACHMENT_PUBLISHED)
			continue;
		medium = medium_find(at->stack.source->root, name);
		if (!medium)
			continue;
		*ret = at;
		*ret_medium = medium;
		return 0;
	}
	failure_hint(f, "\"filterctl tree\" shows what there is");
	return failure_set(f, -ENOENT, EXIT_NOT_FOUND,
			   "there is no medium '%s'",
			   escape(name, safe, sizeof(safe)));
}

int service_find(const struct service *service, const char *name,
		 struct attachment **ret, struct failure *f)
{
	struct attachment *found = NULL;
	char safe[256];

	/* What leaves may have the name of what came after it. */
	for (struct attachment *at = service->attachments; at; at = at->next)
		if (is_meant(at, name) &&
		    (!found || found->state == ATTACHMENT_LEAVING))
			found = at;
	if (found) {
		*ret = found;
		return 0;
	}
	failure_hint(f, "\"filterctl status\" shows what is attached");
	return failure_set(f, -ENOENT, EXIT_NOT_FOUND,
			   "'%s' is not attached",
			   escape(name, safe, sizeof(safe)));
}

static void try_to_stop(void *arg)
{
	struct service *service = arg;
	struct attachment *next;

	for (struct attachment *at = service->attachments; at; at = next) {
		next = at->next;
		/* Nobody gets anything from it any more. */
		if (at->lost) {
			parting_abort(at);
			guest_abort(service, at);
		} else {
			parting_detach(at);
		}
	}
	if (!service->nub_stopped)
		nub_stop(&service->nub, nub_gone);
	if (service->attachments || !service->nub_stopped)
		(void)events_timer_set(service->again, STOP_AGAIN_MS);
}

static void arrivals_stopped(void *arg)
{
	check_stopped(arg);
}

int service_stop(struct service *service, void (*done)(void *arg), void *arg)
{
	service->again = events_timer(try_to_stop, service);
	if (!service->again)
		return -ENOMEM;
	service->stopping = true;
	service->stopped = done;
	service->stopped_arg = arg;
	nub_stop(&service->nub, nub_gone);
	if (service->arrivals)
		arrivals_stop(service->arrivals, arrivals_stopped, service);
	try_to_stop(service);
	check_stopped(service);
	return 0;
}

const char *service_busy(const struct service *service)
{
	for (const struct attachment *at = service->attachments; at;
	     at = at->next)
		if (at->failure.text[0] != '\0')
			return at->failure.text;
	return NULL;
}
