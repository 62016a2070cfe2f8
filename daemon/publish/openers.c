/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * openers.c - see openers.h
 *
 * Opening and closing wait for each other while a level changes below; reads,
 * writes and flushes take no lock here.
 */
#include <errno.h>

#include "openers.h"
#include "port.h"

/* The device's count and our own: the device's has grown before any flush that
   was merged into the lost one returns; ours knows the losses above it. */
static uint64_t losses(struct openers *openers)
{
	struct store *below = openers->port->below;

	return below->ops->lost(below) + atomic_load(&openers->failed);
}

static int flush(struct openers *openers)
{
	struct filter_next *next = &openers->port->face;
	int r = next->flush(next);

	if (r < 0)
		atomic_fetch_add(&openers->failed, 1);
	return r;
}

/* Lock held. */
static int level_wanted(const struct openers *openers)
{
	if (openers->writers + openers->leaving > 0)
		return FILTER_WRITER;
	return openers->readers > 0 ? FILTER_READER : FILTER_NOBODY;
}

/* Lock held. */
static int settle(struct openers *openers)
{
	return port_access(openers->port, level_wanted(openers));
}

void openers_init(struct openers *openers, struct port *port)
{
	*openers = (struct openers){ .port = port };
	pthread_mutex_init(&openers->lock, NULL);
}

void openers_fini(struct openers *openers)
{
	pthread_mutex_destroy(&openers->lock);
}

int openers_add(struct openers *openers, bool writer, uint64_t *ret_handle)
{
	unsigned *count = writer ? &openers->writers : &openers->readers;
	int r;

	pthread_mutex_lock(&openers->lock);
	++*count;
	r = settle(openers);
	if (r < 0)
		--*count;
	else
		*ret_handle = losses(openers);
	pthread_mutex_unlock(&openers->lock);
	return r;
}

int openers_drop(struct openers *openers, bool writer)
{
	int r = 0;

	pthread_mutex_lock(&openers->lock);
	if (!writer) {
		openers->readers--;
	} else if (--openers->writers == 0) {
		openers->leaving++;
		pthread_mutex_unlock(&openers->lock);
		r = flush(openers);
		pthread_mutex_lock(&openers->lock);
		openers->leaving--;
	}
	(void)settle(openers);		/* downwards it cannot fail */
	pthread_mutex_unlock(&openers->lock);
	return r;
}

int openers_clear(struct openers *openers)
{
	int r = 0;

	if (openers->port->face.medium->writable)
		r = flush(openers);
	pthread_mutex_lock(&openers->lock);
	openers->readers = openers->writers = 0;
	(void)settle(openers);		/* downwards it cannot fail */
	pthread_mutex_unlock(&openers->lock);
	return r;
}

int openers_flush(struct openers *openers, uint64_t handle)
{
	int r = flush(openers);

	return losses(openers) > handle ? -EIO : r;
}

bool openers_any(struct openers *openers)
{
	bool any;

	pthread_mutex_lock(&openers->lock);
	any = openers->readers + openers->writers > 0;
	pthread_mutex_unlock(&openers->lock);
	return any;
}
