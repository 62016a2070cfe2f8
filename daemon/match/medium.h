/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * medium.h - everything is a medium: a disk, a partition, what a filter
 * publishes
 *
 * The tree of media is the topology.  It is changed on the main thread alone
 * (jobs change it through events_call()).
 */
#ifndef FILTERD_MEDIUM_H
#define FILTERD_MEDIUM_H

#include "catalogue.h"
#include "known.h"
#include "layer.h"
#include "log.h"
#include "module.h"
#include "outcome.h"
#include "partmap.h"

enum medium_class { MEDIUM_WHOLE, MEDIUM_PARTITION, MEDIUM_FILTERED,
		    MEDIUM_RESOURCES };

struct medium {
	uint64_t id;		/* in the registry: no other thing has it, and
				   none will in this process */
	uint64_t driver;	/* the id of the map or layer it comes from */
	enum medium_class class;
	char *name;		/* "sdb2.crypt": the volume file's name */
	char *title;		/* the map's or filter's name for it, or "" */
	char *location;		/* partition number, or "" */
	char hint[64];		/* content hint, fixed for life */
	char type[64];		/* a partition's hint before a personality
				   gave it another name */
	char content[64];	/* hint, or the map that stands on it */
	char scheme[16];	/* of the map it comes from, or "" */
	char uuid[40];		/* partition's, or the filter's */
	struct partmap_signature signature;
	const struct known *known;	/* what it holds, or NULL */
	const char *path;	/* a source's own: as it was named; not owned */
	bool block;		/* and whether that is a block device */
	unsigned partition;	/* id in the map; 0: none */
	uint64_t base;		/* bytes in the parent */
	bool removable, live;
	unsigned depth;		/* filters below it */

	struct store *store;	/* its bytes: a partition's own window, a
				   layer's, or a source's device's */
	struct layer *layer;	/* the filter that publishes it, or NULL */
	struct module *module;	/* of layer; a reference */
	struct store *view;	/* a read-only window of the parent, if the
				   layer stands on one; owned */
	struct outcome *outcomes;	/* what matching did, in order */
	size_t n_outcomes;
	struct catalogue *catalogue;	/* that they are of; a reference */
	bool matched;		/* a map or filter stands on it */
	_Atomic bool held;	/* somebody has it as it is: nothing is to
				   stand on it, and it has a file */
	bool afresh;		/* it is to be matched as if it were new */
	int error;		/* matched, but could not be opened: errno */

	struct medium *parent, *children, *next;
	struct export *export;	/* its file, or NULL */
	struct loop *loop;	/* a device on that, or NULL */
};

/* A whole medium over @store, which must outlive it; NULL: out of memory. */
struct medium *medium_new_whole(const char *name, struct store *store);

/* The one that has no bytes and is always there (resources.h). */
struct medium *medium_new_resources(void);

/* It becomes what @part says (as below), without a parent where that is a disk
   that nobody named. */
int medium_become_partition(struct medium *medium, const char *scheme,
			    const struct scheme_part *part);

/* Calls a partition's type by the @name that a personality gives it. */
void medium_name_type(struct medium *medium, const char *name);

/* Adds a partition (window made by the caller) or a filter's medium (whose
   store is the layer's) as the last child, under a name that no other medium
   of the tree has.  At 0 the medium owns what it was given.  The window gets
   the hint, for the filter that looks at it; of @part, which is copied, size
   and writable are the window's. */
int medium_add_partition(struct medium *parent, struct store *window,
			 const char *scheme, const struct scheme_part *part,
			 struct medium **ret);
int medium_add_filtered(struct medium *parent, struct layer *layer,
			struct module *module, struct medium **ret);

/* Takes the medium out of the tree and frees it and all its children, what
   stands on top first; layers must be stopped.  On a job thread, of a tree
   that the main thread leaves alone.  NULL is allowed. */
void medium_free(struct medium *medium);

/* Whether it has no bytes: it is resources, or what a filter that has none
   publishes there.  It is a provider, but nothing that could be a file. */
bool medium_is_bare(const struct medium *medium);

/* Frees what stands on it, and forgets how that came; as medium_free(). */
void medium_clear(struct medium *medium);

bool medium_is_leaf(const struct medium *medium);

/* The known format that a medium holds on which nothing stands, or NULL; and
   whether that is one which is of use to nobody as it is.  Who puts a
   transparent filter on it wants it all the same. */
const struct known *medium_known(const struct medium *medium);
bool medium_is_closed(const struct medium *medium);

struct medium *medium_root(struct medium *medium);

/* For log_about(): @filter stands on it, or NULL.  The texts are the
   medium's. */
struct log_about medium_about(struct medium *medium, const char *filter);

/* Depth first, parents before children.  Stops at what is not 0. */
int medium_each(struct medium *medium,
		int (*fn)(void *arg, struct medium *medium), void *arg);
struct medium *medium_find(struct medium *root, const char *name);

/* "sdb2" + ".crypt"; "vault" + partition 2 -> "vault2", "disk1" -> "disk1p2".
   Into @buf, unsafe characters become '_'. */
void medium_partition_name(const char *parent, unsigned number, char *buf,
			   size_t len);
void medium_filter_name(const char *parent, const char *filter, char *buf,
			size_t len);
/* The stem of a source: /dev/sdb -> sdb, x/my disk.img -> my_disk. */
void medium_source_name(const char *path, char *buf, size_t len);

const char *medium_class_word(enum medium_class class);	/* "whole" ... */

#endif /* FILTERD_MEDIUM_H */
