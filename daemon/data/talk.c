/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * talk.c - a client's connection to a layer's filter
 *
 * A talk has two owners, the client and the layer's list, and either may end
 * it.  Its own lock is held over each call into the layer, and so keeps the
 * layer: who ends all talks before the layer's end waits for it.  It is taken
 * before the layer's job lock.
 *
 * Code paths: [job], but send and take [any].
 */
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "flow.h"
#include "talk.h"
#include "scratch.h"

struct mail {
	struct mail *next;
	size_t len;
	unsigned char bytes[];
};

struct talk {
	struct filter_peer face;	/* first: filters see only this */
	struct talk_client client;
	_Atomic unsigned owners;

	pthread_mutex_t lock;		/* guards layer */
	struct layer *layer;		/* NULL: it ended */
	struct talk *next;		/* in the layer's list */

	pthread_mutex_t mail_lock;	/* a leaf: guards these */
	struct mail *first, **last;
	unsigned queued;
	bool over;			/* none comes any more */
};

/* The queue. */

static int talk_send(struct filter_peer *face, const void *data, size_t len)
{
	struct talk *talk = (struct talk *)face;
	struct mail *mail;
	int r = 0;

	if (len > TALK_MESSAGE_MAX)
		return -EMSGSIZE;
	mail = malloc(sizeof(*mail) + len);
	if (!mail)
		return -ENOMEM;
	mail->next = NULL;
	mail->len = len;
	if (len > 0)
		memcpy(mail->bytes, data, len);
	(void)pthread_mutex_lock(&talk->mail_lock);
	if (talk->queued == TALK_QUEUE_MAX) {
		r = -EAGAIN;
	} else {
		talk->queued++;
		*talk->last = mail;
		talk->last = &take_ptr(&mail)->next;
	}
	(void)pthread_mutex_unlock(&talk->mail_lock);
	free(mail);
	if (r == 0 && talk->client.ready)
		talk->client.ready(talk->client.arg);
	return r;
}

/* mail_lock is held. */
static int take(struct talk *talk, void *buf, size_t *len, struct mail **ret)
{
	struct mail *mail = talk->first;
	size_t room = *len;

	if (!mail)
		return talk->over ? -ENXIO : -EAGAIN;
	*len = mail->len;
	if (mail->len > room)
		return -ERANGE;
	if (mail->len > 0)
		memcpy(buf, mail->bytes, mail->len);
	talk->first = mail->next;
	if (!talk->first)
		talk->last = &talk->first;
	talk->queued--;
	*ret = mail;
	return 0;
}

int talk_take(struct talk *talk, void *buf, size_t *len)
{
	_cleanup_free_ struct mail *mail = NULL;
	int r;

	(void)pthread_mutex_lock(&talk->mail_lock);
	r = take(talk, buf, len, &mail);
	(void)pthread_mutex_unlock(&talk->mail_lock);
	return r;
}

/* Beginning and end. */

static struct talk *make(struct layer *layer,
			 const struct talk_client *client)
{
	struct talk *talk = calloc(1, sizeof(*talk));

	if (!talk)
		return NULL;
	talk->face.uid = client->uid;
	talk->face.send = talk_send;
	talk->client = *client;
	talk->owners = 2;
	talk->layer = layer;
	talk->last = &talk->first;
	(void)pthread_mutex_init(&talk->lock, NULL);
	(void)pthread_mutex_init(&talk->mail_lock, NULL);
	return talk;
}

static void let_go(struct talk *talk)
{
	if (atomic_fetch_sub(&talk->owners, 1) > 1)
		return;
	while (talk->first) {
		struct mail *mail = talk->first;

		talk->first = mail->next;
		free(mail);
	}
	(void)pthread_mutex_destroy(&talk->mail_lock);
	(void)pthread_mutex_destroy(&talk->lock);
	free(talk);
}

/* -ENXIO: the layer is ending. */
static int link_in(struct layer *layer, struct talk *talk)
{
	int r = -ENXIO;

	(void)pthread_mutex_lock(&layer->facts_lock);
	if (!layer->ending) {
		talk->next = layer->talks;
		layer->talks = talk;
		r = 0;
	}
	(void)pthread_mutex_unlock(&layer->facts_lock);
	return r;
}

/* Whether it was still in the list, which then owned it. */
static bool link_out(struct layer *layer, const struct talk *talk)
{
	struct talk **at = &layer->talks;
	bool found;

	(void)pthread_mutex_lock(&layer->facts_lock);
	while (*at && *at != talk)
		at = &(*at)->next;
	found = *at != NULL;
	if (found)
		*at = talk->next;
	(void)pthread_mutex_unlock(&layer->facts_lock);
	return found;
}

/* job is held, in a job's frame. */
static int join(struct layer *layer, struct talk *talk)
{
	int r = 0;

	if (!layer_runs(layer))
		return -ENXIO;
	if (layer->ops->connect)
		r = as_result(layer->ops->connect(layer->self, &talk->face));
	if (r < 0)
		return r;
	r = link_in(layer, talk);
	if (r < 0 && layer->ops->disconnect)
		layer->ops->disconnect(layer->self, &talk->face);
	return r;
}

static void lock_job(struct layer *layer, struct gate_frame *frame)
{
	(void)pthread_mutex_lock(&layer->job);
	gate_enter_job(&layer->gate, frame);
}

static void unlock_job(struct layer *layer, struct gate_frame *frame)
{
	gate_leave(frame);
	(void)pthread_mutex_unlock(&layer->job);
}

int talk_open(struct layer *layer, const struct talk_client *client,
	      struct talk **ret, struct failure *f)
{
	struct gate_frame frame;
	struct talk *talk;
	int r;

	if (!layer->ops->message)
		return failure_set(f, -EOPNOTSUPP, EXIT_UNSUPPORTED,
				   "'%s': filter %s takes no messages",
				   layer->name, layer->ops->name);
	talk = make(layer, client);
	if (!talk)
		return failure_errno(f, -ENOMEM, "'%s'", layer->name);
	lock_job(layer, &frame);
	r = scratch_reserve(layer->ops->scratch);
	if (r == 0)
		r = join(layer, talk);
	unlock_job(layer, &frame);
	if (r < 0) {
		talk->owners = 1;
		let_go(talk);
		return layer_fail(layer, r, "refused the connection", f);
	}
	*ret = talk;
	return 0;
}

/* lock is held. */
static void part(struct talk *talk)
{
	struct layer *layer = talk->layer;
	struct gate_frame frame;

	if (!layer)
		return;
	lock_job(layer, &frame);
	if (layer->ops->disconnect)
		layer->ops->disconnect(layer->self, &talk->face);
	if (link_out(layer, talk))
		let_go(talk);		/* not the last: the caller is one */
	unlock_job(layer, &frame);
	talk->layer = NULL;
}

void talk_close(struct talk *talk)
{
	if (!talk)
		return;
	(void)pthread_mutex_lock(&talk->lock);
	part(talk);
	(void)pthread_mutex_unlock(&talk->lock);
	let_go(talk);
}

static void end(struct talk *talk)
{
	bool ended;

	(void)pthread_mutex_lock(&talk->lock);
	ended = talk->layer != NULL;
	part(talk);
	if (ended) {
		(void)pthread_mutex_lock(&talk->mail_lock);
		talk->over = true;
		(void)pthread_mutex_unlock(&talk->mail_lock);
		if (talk->client.ready)
			talk->client.ready(talk->client.arg);
	}
	(void)pthread_mutex_unlock(&talk->lock);
}

void talk_end_all(struct layer *layer)
{
	for (;;) {
		struct talk *talk;

		(void)pthread_mutex_lock(&layer->facts_lock);
		layer->ending = true;
		talk = layer->talks;
		if (talk)
			layer->talks = talk->next;
		(void)pthread_mutex_unlock(&layer->facts_lock);
		if (!talk)
			return;
		end(talk);
		let_go(talk);
	}
}

int talk_check_none(struct layer *layer, struct failure *f)
{
	pid_t pid = 0;
	bool any;

	(void)pthread_mutex_lock(&layer->facts_lock);
	any = layer->talks != NULL;
	if (any)
		pid = layer->talks->client.pid;
	(void)pthread_mutex_unlock(&layer->facts_lock);
	if (!any)
		return 0;
	failure_set(f, -EBUSY, EXIT_BUSY,
		    "'%s': process %d is connected to filter %s",
		    layer->name, (int)pid, layer->ops->name);
	failure_hint(f, "end it, or force this");
	return -EBUSY;
}

/* Messages. */

/* What the filter answered, made to keep its promises. */
static int check_answer(int r, size_t room, size_t len)
{
	if (r == 0)
		return len <= room ? 0 : -EIO;
	if (r == -ERANGE)
		return len > room && len <= TALK_MESSAGE_MAX ? r : -EIO;
	return as_result(r);
}

/* lock is held. */
static int ask(struct talk *talk, unsigned code, const void *in,
	       size_t in_len, void *out, size_t *out_len, struct failure *f)
{
	struct layer *layer = talk->layer;
	size_t room = *out_len, len = room;
	struct gate_frame frame;
	int r;

	lock_job(layer, &frame);
	r = scratch_reserve(layer->ops->scratch);
	if (r == 0) {
		r = layer->ops->message(layer->self, &talk->face, code, in,
					in_len, out, &len);
		r = check_answer(r, room, len);
	}
	unlock_job(layer, &frame);
	if (r == 0 || r == -ERANGE)
		*out_len = len;
	return r == 0 ? 0 : layer_fail(layer, r, "refused the message", f);
}

int talk_message(struct talk *talk, unsigned code, const void *in,
		 size_t in_len, void *out, size_t *out_len,
		 struct failure *f)
{
	int r = -ENXIO;

	if (in_len > TALK_MESSAGE_MAX)
		return failure_set(f, -EMSGSIZE, EXIT_USAGE, "a message has "
				   "at most %u bytes", TALK_MESSAGE_MAX);
	(void)pthread_mutex_lock(&talk->lock);
	if (talk->layer)
		r = ask(talk, code, in, in_len, out, out_len, f);
	(void)pthread_mutex_unlock(&talk->lock);
	return r != -ENXIO ? r :
	       failure_set(f, r, EXIT_FAILED, "the filter's volume ended");
}
