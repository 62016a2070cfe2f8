/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fake-next.h - a medium in memory and the daemon's services, for filter tests
 *
 * What a filter asks of the daemon, in one process and without its code: so
 * that a test of a filter stands on filter.h alone.  One struct fake is one
 * medium; fake_start() and its like put a filter on it.
 */
#ifndef FAKE_NEXT_H
#define FAKE_NEXT_H

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <filterd/filter.h>

#define FAKE_LANES	8u
#define FAKE_SCRATCH	(4u << 20)	/* of one thread */

struct fake {
	struct filter_next next;	/* first: what the filter is given */
	struct filter_medium medium;
	unsigned char *data;
	pthread_mutex_t lock;		/* guards data */

	int fail_read, fail_write, fail_flush, fail_zero, fail_discard;
	atomic_uint reads, writes, flushes, zeros, discards;
	unsigned last_flags;		/* of the last write */
	uint64_t bad_off, bad_len;	/* reads there are -EIO */

	const char *const *passphrases;	/* given in order; ends with NULL */
	unsigned asked, progressed;
	char question[128];

	_Alignas(64) unsigned char ticket[4096];
	size_t ticket_len;

	char why[512], warning[512], info[512];	/* the last said */
	atomic_uint lanes_taken;

	struct filter_next *second;	/* for each FILTER_MEDIUM setting */
	const struct filter_ops *ops;
	void *self;
	struct filter_medium published;
};

static _Thread_local unsigned char *fake_arena;
static _Thread_local size_t fake_mark;
static _Thread_local const struct fake *fake_lane_of;
static _Thread_local unsigned fake_lane_number;

static inline struct fake *fake_of(struct filter_next *next)
{
	return (struct fake *)(void *)next;
}

static inline bool fake_inside(const struct fake *f, uint64_t len,
			       uint64_t off)
{
	return len <= f->medium.size && off <= f->medium.size - len &&
	       (len | off) % f->medium.granule == 0;
}

static inline int fake_next_read(struct filter_next *next, void *buf,
				 size_t len, uint64_t off)
{
	struct fake *f = fake_of(next);

	f->reads++;
	if (f->fail_read)
		return f->fail_read;
	if (!fake_inside(f, len, off))
		return -EINVAL;
	if (off < f->bad_off + f->bad_len && f->bad_off < off + len)
		return -EIO;
	pthread_mutex_lock(&f->lock);
	memcpy(buf, f->data + off, len);
	pthread_mutex_unlock(&f->lock);
	return 0;
}

static inline int fake_next_write(struct filter_next *next, const void *buf,
				  size_t len, uint64_t off, unsigned flags)
{
	struct fake *f = fake_of(next);

	f->writes++;
	if (f->fail_write)
		return f->fail_write;
	if (!fake_inside(f, len, off))
		return -EINVAL;
	pthread_mutex_lock(&f->lock);
	f->last_flags = flags;
	memcpy(f->data + off, buf, len);
	pthread_mutex_unlock(&f->lock);
	return 0;
}

static inline int fake_next_flush(struct filter_next *next)
{
	fake_of(next)->flushes++;
	return fake_of(next)->fail_flush;
}

static inline int fake_next_zero(struct filter_next *next, uint64_t len,
				 uint64_t off, unsigned flags)
{
	struct fake *f = fake_of(next);

	(void)flags;
	f->zeros++;
	if (f->fail_zero)
		return f->fail_zero;
	if (!fake_inside(f, len, off))
		return -EINVAL;
	pthread_mutex_lock(&f->lock);
	memset(f->data + off, 0, len);
	pthread_mutex_unlock(&f->lock);
	return 0;
}

/* Leaves a pattern, so that a test sees where it went. */
static inline int fake_next_discard(struct filter_next *next, uint64_t len,
				    uint64_t off)
{
	struct fake *f = fake_of(next);

	f->discards++;
	if (f->fail_discard)
		return f->fail_discard;
	if (!fake_inside(f, len, off))
		return -EINVAL;
	pthread_mutex_lock(&f->lock);
	memset(f->data + off, 0xdd, len);
	pthread_mutex_unlock(&f->lock);
	return 0;
}

/* As the daemon's: a stack per thread, given back by fake_leave(). */
static inline void *fake_next_scratch(struct filter_next *next, size_t len)
{
	void *at;

	(void)next;
	if (!fake_arena)
		fake_arena = aligned_alloc(4096, FAKE_SCRATCH);
	len = (len + 4095) & ~(size_t)4095;
	if (!fake_arena || len > FAKE_SCRATCH - fake_mark)
		return NULL;
	at = fake_arena + fake_mark;
	fake_mark += len;
	return at;
}

static inline unsigned fake_next_lane(struct filter_next *next)
{
	struct fake *f = fake_of(next);

	if (fake_lane_of != f) {
		fake_lane_of = f;
		fake_lane_number = f->lanes_taken++;
	}
	return fake_lane_number % FAKE_LANES;
}

static inline void *fake_next_ticket(struct filter_next *next, size_t len)
{
	struct fake *f = fake_of(next);

	if (len > sizeof(f->ticket) || f->ticket_len)
		return NULL;
	memset(f->ticket, 0, sizeof(f->ticket));
	f->ticket_len = len;
	return f->ticket;
}

static inline int fake_next_ask(struct filter_next *next, int kind,
				const char *what, unsigned attempt,
				struct filter_secret *ret)
{
	struct fake *f = fake_of(next);

	(void)kind;
	f->asked++;
	(void)snprintf(f->question, sizeof(f->question), "%s", what);
	for (unsigned i = 0; f->passphrases && f->passphrases[i]; i++) {
		if (i < attempt)
			continue;
		ret->data = f->passphrases[i];
		ret->len = strlen(f->passphrases[i]);
		return 0;
	}
	return -ENOKEY;
}

static inline int fake_next_progress(struct filter_next *next, uint64_t done,
				     uint64_t total)
{
	(void)done;
	(void)total;
	fake_of(next)->progressed++;
	return 0;
}

__attribute__((format(printf, 3, 4)))
static inline void fake_next_say(struct filter_next *next, int level,
				 const char *fmt, ...)
{
	struct fake *f = fake_of(next);
	char *to = level == FILTER_WHY ? f->why :
		   level == FILTER_INFO ? f->info : f->warning;
	va_list ap;

	if (level > FILTER_INFO)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(to, sizeof(f->why), fmt, ap);
	va_end(ap);
}

/* A medium of @size bytes, zeroed, in granules of @granule bytes. */
static inline void fake_open(struct fake *f, uint64_t size, uint32_t granule)
{
	memset(f, 0, sizeof(*f));
	pthread_mutex_init(&f->lock, NULL);
	f->data = calloc(1, size);
	if (!f->data)
		abort();
	f->medium = (struct filter_medium){
		.size = size, .granule = granule, .writable = true,
		.discards = true, .hint = "below",
	};
	f->next = (struct filter_next){
		.medium = &f->medium, .lanes = FAKE_LANES,
		.read = fake_next_read, .write = fake_next_write,
		.flush = fake_next_flush, .zero = fake_next_zero,
		.discard = fake_next_discard,
		.scratch = fake_next_scratch, .lane = fake_next_lane,
		.ticket = fake_next_ticket, .ask = fake_next_ask,
		.progress = fake_next_progress, .say = fake_next_say,
	};
}

/* The end of what the gate would call an op: scratch is given back. */
static inline int fake_leave(int r)
{
	fake_mark = 0;
	return r;
}

/* At the end of each thread that did I/O. */
static inline void fake_thread_end(void)
{
	free(fake_arena);
	fake_arena = NULL;
	fake_mark = 0;
	fake_lane_of = NULL;
}

static inline uint64_t fake_number(const char *text)
{
	char *end;
	uint64_t n = strtoull(text, &end, 0);
	unsigned shift = *end == 'K' ? 10 : *end == 'M' ? 20 :
			 *end == 'G' ? 30 : 0;

	return n << shift;
}

/* The one parser of settings that a test needs; aborts on what is not one. */
static inline void fake_setting(const struct filter_ops *ops, void *self,
				const char *name, const char *text)
{
	const struct filter_param *p = ops->params;
	void *at;

	while (p && p->name && strcmp(p->name, name) != 0)
		p++;
	if (!p || !p->name)
		abort();
	at = (char *)self + p->at;
	if (p->type == FILTER_BOOL) {
		*(bool *)at = strcmp(text, "yes") == 0;
	} else if (p->type == FILTER_TEXT) {
		*(const char **)at = text;
	} else if (p->type == FILTER_CHOICE) {
		unsigned i = 0;

		while (p->choices[i] && strcmp(p->choices[i], text) != 0)
			i++;
		if (!p->choices[i])
			abort();
		*(unsigned *)at = i;
	} else {
		*(uint64_t *)at = fake_number(text);
	}
}

/*
 * A filter on the medium: presets, then @settings ("key", "value", ..., NULL),
 * then init.
 */
static inline int fake_init(struct fake *f, const struct filter_ops *ops,
			    const char *const *settings)
{
	f->ops = ops;
	f->self = calloc(1, ops->instance_size ? ops->instance_size : 1);
	if (!f->self)
		abort();
	for (const struct filter_param *p = ops->params; p && p->name; p++) {
		if (p->type == FILTER_MEDIUM)
			memcpy((char *)f->self + p->at, &f->second,
			       sizeof(f->second));
		else if (p->preset)
			fake_setting(ops, f->self, p->name, p->preset);
	}
	for (; settings && settings[0]; settings += 2)
		fake_setting(ops, f->self, settings[0], settings[1]);
	return ops->init ? ops->init(f->self) : 0;
}

static inline int fake_start(struct fake *f)
{
	f->published = f->medium;
	if (!f->ops->start)
		return 0;
	return fake_leave(f->ops->start(f->self, &f->next, &f->published,
					f->ticket_len ? f->ticket : NULL,
					f->ticket_len));
}

/* Stops what fake_start started (or could not) and frees the medium. */
static inline void fake_close(struct fake *f)
{
	if (f->self && f->ops->stop)
		(void)f->ops->stop(f->self, &f->next);
	if (f->self && f->ops->fini)
		f->ops->fini(f->self);
	free(f->self);
	free(f->data);
	pthread_mutex_destroy(&f->lock);
	fake_thread_end();
}

static inline int fake_read(struct fake *f, void *buf, size_t len,
			    uint64_t off)
{
	return fake_leave(f->ops->read(f->self, &f->next, buf, len, off));
}

static inline int fake_write(struct fake *f, const void *buf, size_t len,
			     uint64_t off, unsigned flags)
{
	return fake_leave(f->ops->write(f->self, &f->next, buf, len, off,
					flags));
}

#endif /* FAKE_NEXT_H */
