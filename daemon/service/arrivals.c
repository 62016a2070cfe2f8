/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * arrivals.c - see arrivals.h
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "arrivals.h"
#include "cleanup.h"
#include "escape.h"
#include "findings.h"
#include "hotplug.h"
#include "job.h"
#include "log.h"
#include "parting.h"
#include "paths.h"
#include "service.h"
#include "sysfs.h"
#include "util.h"

/* So many disks are looked at at a time: a machine may start with hundreds, and
   one that does not answer must not hold up the others. */
#define LOOKING_MAX 4

/* A disk that has come; on one of three lists. */
struct arrival {
	struct arrivals *arrivals;
	dev_t dev;
	char path[80];			/* "/dev/sdb1" */
	bool removable;
	enum conf_attach policy;
	char *key_file;			/* NULL: none */
	int key;			/* it, once it is wanted; or -1 */
	struct stack stack;		/* while it is looked at */
	bool worth;
	bool gone;			/* while it was looked at */
	struct arrival *next;
};

struct arrivals {
	struct service *service;
	struct hotplug *hotplug;
	struct arrival *known;		/* were looked at, or need not be */
	struct arrival *queue;		/* are to be looked at, in order */
	struct arrival *looking;	/* are being looked at */
	unsigned n_looking;
	volatile int cancelled;		/* atomic */
	bool stopping;
	void (*idle)(void *arg);
	void *idle_arg;
};

static void look_at_next(struct arrivals *arrivals);

static struct arrival **find(struct arrival **list, dev_t dev)
{
	while (*list && (*list)->dev != dev)
		list = &(*list)->next;
	return list;
}

static void close_key(struct arrival *arrival)
{
	if (arrival->key >= 0)
		(void)close(take_fd(&arrival->key));
}

static void arrival_free(struct arrival *arrival)
{
	close_key(arrival);
	free(arrival->key_file);
	free(arrival);
}

static struct arrival *arrival_new(struct arrivals *arrivals,
				   const struct hotplug_event *event)
{
	struct arrival *arrival = calloc(1, sizeof(*arrival));

	if (!arrival)
		return NULL;
	arrival->arrivals = arrivals;
	arrival->dev = event->dev;
	arrival->removable = event->removable;
	arrival->key = -1;
	(void)snprintf(arrival->path, sizeof(arrival->path), "/dev/%.70s",
		       event->node);
	if (event->key_file[0] == '\0')
		return arrival;
	arrival->key_file = strdup(event->key_file);
	if (arrival->key_file)
		return arrival;
	arrival_free(arrival);
	return NULL;
}

static void forget(struct arrival **at)
{
	struct arrival *arrival = *at;

	if (!arrival)
		return;
	*at = arrival->next;
	arrival_free(arrival);
}

static void forget_all(struct arrival **list)
{
	while (*list)
		forget(list);
}

/* What is told to somebody, or done for nobody. */
static struct json_object *describe(const struct arrival *arrival)
{
	struct json_object *object = json_object_new_object();

	json_object_object_add(object, "source",
			       json_object_new_string(arrival->path));
	return object;
}

static void attach(struct arrival *arrival)
{
	struct json_object *parameters = describe(arrival);
	struct failure f = { .code = EXIT_OK };
	size_t n_fds = 0;

	if (arrival->key >= 0) {
		json_object_object_add(parameters, "key_fd",
				       json_object_new_int((int)n_fds++));
		json_object_object_add(parameters, "key_name",
			json_object_new_string(arrival->key_file));
	}
	if (service_attach(arrival->arrivals->service, parameters,
			   &arrival->key, n_fds, NULL, &f) < 0)
		log_warning("%s: %s", arrival->path, f.text);
	json_object_put(parameters);
}

static void tell(struct arrival *arrival)
{
	struct json_object *about = describe(arrival);

	json_object_object_add(about, "removable", json_object_new_boolean(
		arrival->removable));
	log_info("a filter fits %s: filterctl attach %s", arrival->path,
		 arrival->path);
	feed_tell(arrival->arrivals->service->feed, "disk-found", about);
}

/* Its number may be another disk's by now. */
static void settle(struct arrival *arrival)
{
	struct arrivals *arrivals = arrival->arrivals;
	struct arrival **at = find(&arrivals->looking, arrival->dev);

	while (*at != arrival)
		at = find(&(*at)->next, arrival->dev);
	arrivals->n_looking--;
	if (arrival->gone) {
		forget(at);
		return;
	}
	*at = arrival->next;
	arrival->next = arrivals->known;
	arrivals->known = arrival;
}

static void looked(void *arg, int result)
{
	struct arrival *arrival = arg;
	struct arrivals *arrivals = arrival->arrivals;

	stack_close(&arrival->stack);
	if (result == 0 && arrival->worth && !arrival->gone &&
	    !arrivals->stopping) {
		if (arrival->policy == CONF_ATTACH_AUTO)
			attach(arrival);
		else
			tell(arrival);
	}
	close_key(arrival);
	settle(arrival);
	if (!arrivals->stopping)
		look_at_next(arrivals);
	else if (arrivals->n_looking == 0)
		arrivals->idle(arrivals->idle_arg);
}

/* Without it the attachment says what it lacks. */
static void open_key(struct arrival *arrival)
{
	char safe[256];

	arrival->key = open(arrival->key_file, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (arrival->key < 0)
		log_warning("%s: cannot open the key file '%s': %s",
			    arrival->path, escape(arrival->key_file, safe,
						  sizeof(safe)),
			    strerror(errno));
}

static int look(void *arg)
{
	struct arrival *arrival = arg;
	struct failure f = { .code = EXIT_OK };
	int r = stack_attach(&arrival->stack, arrival->path, &f);

	if (r == 0)
		r = stack_match(&arrival->stack, &f);
	if (r == 0)
		arrival->worth = findings_worth(&arrival->stack);
	(void)stack_detach(&arrival->stack, NULL);
	if (r < 0)
		log_debug("%s", f.text);
	else if (arrival->worth && arrival->key_file)
		open_key(arrival);
	return r;
}

static int start_to_look(struct arrival *arrival)
{
	struct service *service = arrival->arrivals->service;
	const struct stack_options options = {
		.ask = {
			.fd = -1,
			.cancelled = &arrival->arrivals->cancelled,
		},
	};
	struct failure f = { .code = EXIT_OK };
	int r = stack_share(&arrival->stack, &options, service->catalogue,
			    service->modules, &f);

	return r < 0 ? r : job_start(look, looked, arrival);
}

static void look_at_next(struct arrivals *arrivals)
{
	while (arrivals->queue && arrivals->n_looking < LOOKING_MAX) {
		struct arrival *arrival = arrivals->queue;
		int r;

		arrivals->queue = arrival->next;
		arrival->next = arrivals->looking;
		arrivals->looking = arrival;
		arrivals->n_looking++;
		r = start_to_look(arrival);
		if (r < 0)
			looked(arrival, r);
	}
}

static int find_first(void *arg, dev_t dev, const char *node,
		      unsigned number)
{
	(void)arg;
	(void)dev;
	(void)node;
	(void)number;
	return 1;
}

/* The kernel's partitions come by themselves, and what lies on one of our own
   volumes was matched when that was published. */
static bool is_concern(const struct hotplug_event *event)
{
	const char *ours = paths_runtime();
	char path[256];

	if (!event->partition &&
	    sysfs_partitions(event->dev, find_first, NULL) != 0)
		return false;
	return !sysfs_attribute(event->dev, "loop/backing_file", path,
				sizeof(path)) ||
	       strncmp(path, ours, strlen(ours)) != 0;
}

/* To be asked what to do, somebody must be there. */
static bool is_wanted(const struct arrivals *arrivals,
		      enum conf_attach policy)
{
	return policy == CONF_ATTACH_AUTO ||
	       (policy == CONF_ATTACH_ASK &&
		feed_followed(arrivals->service->feed));
}

/* A udev rule knows this disk; filterd.conf, disks of its kind. */
static enum conf_attach policy_of(const struct arrivals *arrivals,
				  const struct hotplug_event *event)
{
	const struct conf *conf = &arrivals->service->conf;
	const enum conf_attach all[] = {
		CONF_ATTACH_NEVER, CONF_ATTACH_ASK, CONF_ATTACH_AUTO,
	};

	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		if (streq(event->attach, conf_attach_word(all[i])))
			return all[i];
	if (event->attach[0] != '\0')
		log_warning("/dev/%s: a udev rule says FILTERD_ATTACH=%.20s, "
			    "which is none of never, ask, auto", event->node,
			    event->attach);
	return event->removable ? conf->attach_removable : conf->attach;
}

static bool is_known(struct arrivals *arrivals, dev_t dev)
{
	const struct arrival *looking = *find(&arrivals->looking, dev);

	return *find(&arrivals->known, dev) || *find(&arrivals->queue, dev) ||
	       (looking && !looking->gone);
}

static void arrive(struct arrivals *arrivals,
		   const struct hotplug_event *event)
{
	struct arrival *arrival, **last = &arrivals->queue;

	if (is_known(arrivals, event->dev))
		return;
	arrival = arrival_new(arrivals, event);
	if (!arrival)
		return;		/* a rescan finds it */
	arrival->policy = policy_of(arrivals, event);
	if (!is_wanted(arrivals, arrival->policy) || !is_concern(event))
		last = &arrivals->known;
	while (*last)
		last = &(*last)->next;
	*last = arrival;
	look_at_next(arrivals);
}

/* Messages were lost: whose device is not there any more has vanished. */
static void look_for_lost(struct arrivals *arrivals)
{
	struct attachment *at = arrivals->service->attachments, *next;
	char node[64];

	for (; at; at = next) {
		next = at->next;
		if (at->dev != 0 && !sysfs_node(at->dev, node, sizeof(node)))
			parting_lost(at);
	}
	forget_all(&arrivals->known);
}

static void leave(struct arrivals *arrivals, dev_t dev)
{
	forget(find(&arrivals->known, dev));
	forget(find(&arrivals->queue, dev));
	for (struct arrival *at = arrivals->looking; at; at = at->next)
		at->gone |= at->dev == dev;
}

static void on_device(void *arg, const struct hotplug_event *event)
{
	struct arrivals *arrivals = arg;
	struct attachment *at = arrivals->service->attachments, *next;

	if (event->what == HOTPLUG_MISSED) {
		look_for_lost(arrivals);
		return;
	}
	for (; at; at = next) {
		next = at->next;
		attachment_see(at, event);
	}
	if (event->what == HOTPLUG_GONE || event->size == 0) {
		leave(arrivals, event->dev);
	} else if (!arrivals->stopping) {
		arrive(arrivals, event);
	}
}

int arrivals_open(struct service *service, struct arrivals **ret)
{
	struct arrivals *arrivals = calloc(1, sizeof(*arrivals));
	int r;

	if (!arrivals)
		return -ENOMEM;
	arrivals->service = service;
	r = hotplug_open(on_device, arrivals, &arrivals->hotplug);
	if (r < 0) {
		free(arrivals);
		return r;
	}
	*ret = arrivals;
	return hotplug_scan(arrivals->hotplug);
}

void arrivals_rescan(struct arrivals *arrivals)
{
	forget_all(&arrivals->known);
	if (hotplug_scan(arrivals->hotplug) < 0)
		log_warning("cannot look for disks: no memory");
}

void arrivals_stop(struct arrivals *arrivals, void (*idle)(void *arg),
		   void *arg)
{
	arrivals->stopping = true;
	arrivals->idle = idle;
	arrivals->idle_arg = arg;
	__atomic_store_n(&arrivals->cancelled, 1, __ATOMIC_RELAXED);
	forget_all(&arrivals->queue);
	if (arrivals->n_looking == 0)
		idle(arg);
}

bool arrivals_idle(const struct arrivals *arrivals)
{
	return arrivals->n_looking == 0;
}

void arrivals_close(struct arrivals *arrivals)
{
	if (!arrivals)
		return;
	hotplug_close(arrivals->hotplug);
	forget_all(&arrivals->known);
	forget_all(&arrivals->queue);
	free(arrivals);
}
