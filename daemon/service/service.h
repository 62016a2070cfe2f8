/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * service.h - all that the service holds: what is attached, what could start,
 * and who is told of it
 *
 * One catalogue and one set of modules for all attachments.  Main thread.
 */
#ifndef FILTERD_SERVICE_H
#define FILTERD_SERVICE_H

#include <stdbool.h>

#include "attachment.h"
#include "conf.h"
#include "edition.h"
#include "feed.h"
#include "lookout.h"
#include "nub.h"
#include "server.h"

struct arrivals;
struct change;
struct reload;

struct service {
	struct conf conf;
	const char *const *personality_dirs;	/* before the usual ones */
	const char *const *module_dirs;		/* likewise */
	struct reload *reload;		/* of conf */
	bool safe;			/* only what RequiredAt= names */
	struct catalogue *catalogue;	/* a reference; replaced, not changed */
	uint64_t generation;		/* of the catalogue, from 1 */
	struct modules *modules;
	struct edition edition;		/* that the catalogue is made of */
	struct lookout *lookout;	/* for its files; NULL: nobody looks */
	struct change *changes;		/* the first is being made */
	struct change *settling;	/* made; their callers wait */
	struct nub nub;
	bool nub_stopped;
	struct server *server;
	struct feed *feed;
	struct attachment *attachments;	/* in the order they came */
	struct arrivals *arrivals;	/* NULL: nobody tells of disks */
	struct guest *guests;		/* guest.h */

	bool stopping;			/* nothing more is attached */
	void (*stopped)(void *arg);	/* when nothing is left */
	void *stopped_arg;
	struct event_timer *again;
};

/* Loads personalities and modules.  0, or a negative errno said in @f; close
   in any case. */
int service_load(struct service *service, struct failure *f);
void service_close(struct service *service);

/* Matches what needs no disk.  Who began must stop. */
void service_begin(struct service *service);

/* Something that was being matched or changed is done, or gone. */
void service_settled(struct service *service);

/*
 * Begins to attach what @parameters say: {source, source_fd, partition, filter,
 * read_only, keep_going, sector} and, with @fds (which stay the caller's),
 * passkey.h's.  @call, which may be NULL, is answered when its volumes are
 * there, or when it failed.  0, or a negative errno said in @f: nothing has
 * begun then, and @call is still the caller's.
 */
int service_attach(struct service *service, struct json_object *parameters,
		   const int *fds, size_t n_fds, struct server_call *call,
		   struct failure *f);

/*
 * Begins to detach by one of the ways, parting_detach(), parting_leave()
 * or parting_abort(); @call, which may be NULL, is answered when it is gone,
 * or at once if that is refused.  One that leaves is answered when its volumes
 * have no names any more.
 */
void service_detach(struct attachment *attachment,
		    void (*way)(struct attachment *attachment),
		    struct server_call *call);

/*
 * Looks again: at the size of @attachment's source, and at what may stand there
 * now; @call is answered when that is done.  -EBUSY, said in @f: somebody waits
 * for that already.  With NULL, at all of them and at all disks that are here;
 * @call is answered at once.
 */
int service_rescan(struct service *service, struct attachment *attachment,
		   struct server_call *call, struct failure *f);

/*
 * The attachment that @name means: its own name, its source as it was named,
 * the directory of its volumes, or a medium of it.  -ENOENT, said in @f.
 */
int service_find(const struct service *service, const char *name,
		 struct attachment **ret, struct failure *f);

/* The medium @name of an attachment that is PUBLISHED, which it is too then.
   -ENOENT, said in @f. */
int service_find_medium(const struct service *service, const char *name,
			struct attachment **ret, struct medium **ret_medium,
			struct failure *f);

/* All attachments, and last that of the nub: the one after @at, or the first
   (NULL).  NULL: there are no more. */
struct attachment *service_next(const struct service *service,
				const struct attachment *at);

/* The name that it has here: its source's. */
const char *service_name(const struct attachment *attachment);

/*
 * Ends everything: detaches what can be, and tries again what is in use; calls
 * @done when nothing is attached, or only what is stuck for ever.  Once.  0 or
 * -ENOMEM.
 */
int service_stop(struct service *service, void (*done)(void *arg), void *arg);

/* What is in use and keeps the service from stopping, for a message: "'vault'
   is in use by /dev/loop3"; NULL: nothing. */
const char *service_busy(const struct service *service);

#endif /* FILTERD_SERVICE_H */
