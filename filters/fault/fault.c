/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fault - fails, delays, tears or hangs requests on demand
 *
 * For tests: of the filters above it, of file systems, of the daemon.  Nothing
 * fails until a setting says so; what fails, does so before it reaches the
 * medium below (a torn write: with its first half there).
 *
 * Code paths: fault_read() ... -> fault_meet(), which counts the request,
 * lets it hang or wait, and decides what it meets -> next.
 */
#include <filterd/filter.h>

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum request { READ, WRITE, FLUSH, ZERO, DISCARD, REQUESTS };

static const char *const request_names[] = {
	"read", "write", "flush", "zero", "discard", "all", NULL
};

static const char *const error_names[] = {
	"none", "EIO", "ENOSPC", "ENODATA", "EILSEQ", "EROFS", "ENXIO",
	"ENODEV", "ENOMEM", "EAGAIN", "ETIMEDOUT", "EOPNOTSUPP", NULL
};

static const int error_numbers[] = {
	0, EIO, ENOSPC, ENODATA, EILSEQ, EROFS, ENXIO,
	ENODEV, ENOMEM, EAGAIN, ETIMEDOUT, EOPNOTSUPP
};

_Static_assert(sizeof(error_numbers) / sizeof(*error_numbers) + 1 ==
	       sizeof(error_names) / sizeof(*error_names),
	       "a number for each name");

#define PEERS_MAX 8u

/* What a peer is sent when a request fails, in the machine's byte order. */
struct news {
	uint32_t request;		/* enum request */
	uint32_t error;			/* errno */
	uint64_t off, len;
};

struct fault {
	pthread_mutex_t lock;		/* guards all below */
	pthread_cond_t changed;		/* hang, or aborted */

	/* Settings.  Errors are places in error_names. */
	unsigned error[REQUESTS];
	uint64_t error_every, error_count, error_after;
	uint64_t error_offset, error_size;
	uint64_t delay_ms;
	unsigned delay_requests;	/* REQUESTS: all */
	uint64_t hang_after;
	bool hang, tear;
	unsigned start_error, probe_error;
	const char *probe_score;

	bool ready, aborted;
	struct filter_peer *peers[PEERS_MAX];	/* told of each error */
	unsigned n_peers;
	int once[REQUESTS];		/* errno of the next one, 0: none */
	/* Since the settings of errors, or of hanging, were last changed. */
	uint64_t candidates, errors, passed;
	/* Figures. */
	uint64_t seen[REQUESTS];
	uint64_t failed, delayed, torn, hanging, unheard;
};

#define LIVE_ERROR(what, place)						\
	{ .name = what "-error", .type = FILTER_CHOICE,			\
	  .at = offsetof(struct fault, error[place]), .preset = "none",	\
	  .summary = "the error that a " what " meets",			\
	  .flags = FILTER_LIVE, .choices = error_names }

static const struct filter_param fault_params[] = {
	LIVE_ERROR("read", READ),
	LIVE_ERROR("write", WRITE),
	LIVE_ERROR("flush", FLUSH),
	LIVE_ERROR("zero", ZERO),
	LIVE_ERROR("discard", DISCARD),
	{ .name = "error-every", .type = FILTER_NUMBER,
	  .at = offsetof(struct fault, error_every), .preset = "1",
	  .summary = "only each so manyth one fails",
	  .flags = FILTER_LIVE, .min = 1 },
	{ .name = "error-count", .type = FILTER_NUMBER,
	  .at = offsetof(struct fault, error_count), .preset = "0",
	  .summary = "so many fail, then no more; 0: no end",
	  .flags = FILTER_LIVE },
	{ .name = "error-after", .type = FILTER_NUMBER,
	  .at = offsetof(struct fault, error_after), .preset = "0",
	  .summary = "so many pass first", .flags = FILTER_LIVE },
	{ .name = "error-offset", .type = FILTER_SIZE,
	  .at = offsetof(struct fault, error_offset), .preset = "0",
	  .summary = "where the bad range begins", .flags = FILTER_LIVE },
	{ .name = "error-size", .type = FILTER_SIZE,
	  .at = offsetof(struct fault, error_size), .preset = "0",
	  .summary = "how long the bad range is; 0: to the end",
	  .flags = FILTER_LIVE },
	{ .name = "tear", .type = FILTER_BOOL,
	  .at = offsetof(struct fault, tear), .preset = "no",
	  .summary = "a write that fails leaves its first half",
	  .flags = FILTER_LIVE },
	{ .name = "delay", .type = FILTER_TIME,
	  .at = offsetof(struct fault, delay_ms), .preset = "0",
	  .summary = "how long a request waits first",
	  .flags = FILTER_LIVE },
	{ .name = "delay-ops", .type = FILTER_CHOICE,
	  .at = offsetof(struct fault, delay_requests), .preset = "all",
	  .summary = "which requests wait",
	  .flags = FILTER_LIVE, .choices = request_names },
	{ .name = "hang", .type = FILTER_BOOL,
	  .at = offsetof(struct fault, hang), .preset = "no",
	  .summary = "requests wait until this is off again",
	  .flags = FILTER_LIVE },
	{ .name = "hang-after", .type = FILTER_NUMBER,
	  .at = offsetof(struct fault, hang_after), .preset = "0",
	  .summary = "with hang: so many pass first",
	  .flags = FILTER_LIVE },
	{ .name = "start-error", .type = FILTER_CHOICE,
	  .at = offsetof(struct fault, start_error), .preset = "none",
	  .summary = "the error that start ends with",
	  .choices = error_names },
	{ .name = "probe-error", .type = FILTER_CHOICE,
	  .at = offsetof(struct fault, probe_error), .preset = "none",
	  .summary = "the error that probe ends with",
	  .choices = error_names },
	{ .name = "probe-score", .type = FILTER_TEXT,
	  .at = offsetof(struct fault, probe_score), .preset = "0",
	  .summary = "probe adds this to the score, e.g. -500" },
	{ .name = NULL },
};

static bool fault_in_range(const struct fault *f, enum request request,
			   uint64_t len, uint64_t off)
{
	if (request == FLUSH)
		return true;
	if (off >= f->error_offset)
		return f->error_size == 0 ||
		       off - f->error_offset < f->error_size;
	return f->error_offset - off < len;
}

/* The errno that this request meets, 0: none.  The lock is held. */
static int fault_due(struct fault *f, enum request request, uint64_t len,
		     uint64_t off)
{
	int error = f->once[request];

	f->once[request] = 0;
	if (error)
		return error;
	error = error_numbers[f->error[request]];
	if (request == WRITE && f->tear && !error)
		error = EIO;
	if (!error || !fault_in_range(f, request, len, off))
		return 0;
	if (f->candidates++ < f->error_after)
		return 0;
	if ((f->candidates - f->error_after) % f->error_every != 0)
		return 0;
	if (f->error_count > 0 && f->errors == f->error_count)
		return 0;
	f->errors++;
	return error;
}

/* The lock is held, but not while waiting. */
static int fault_hang(struct fault *f)
{
	if (f->hang && f->passed < f->hang_after) {
		f->passed++;
		return 0;
	}
	f->hanging++;
	while (f->hang && !f->aborted)
		(void)pthread_cond_wait(&f->changed, &f->lock);
	f->hanging--;
	return f->aborted ? -EIO : 0;
}

/* The lock is held, but not while waiting. */
static int fault_delay(struct fault *f, enum request request)
{
	struct timespec until;

	if (f->delay_ms == 0 || (f->delay_requests != REQUESTS &&
				 f->delay_requests != (unsigned)request))
		return 0;
	f->delayed++;
	(void)clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += (time_t)(f->delay_ms / 1000);
	until.tv_nsec += (long)(f->delay_ms % 1000) * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_nsec -= 1000000000;
		until.tv_sec++;
	}
	while (!f->aborted)
		if (pthread_cond_timedwait(&f->changed, &f->lock, &until) != 0)
			break;
	return f->aborted ? -EIO : 0;
}

/* The lock is held; sending does not wait. */
static void fault_tell(struct fault *f, enum request request, int error,
		       uint64_t len, uint64_t off)
{
	const struct news news = {
		.request = request, .error = (uint32_t)error, .off = off,
		.len = len,
	};

	for (unsigned i = 0; i < f->n_peers; i++)
		f->unheard += f->peers[i]->send(f->peers[i], &news,
						sizeof(news)) < 0;
}

/* What this request meets: 0, or a negative errno; *ret_tear: half of it. */
static int fault_meet(struct fault *f, enum request request, uint64_t len,
		      uint64_t off, bool *ret_tear)
{
	int r;

	(void)pthread_mutex_lock(&f->lock);
	f->seen[request]++;
	r = fault_hang(f);
	if (r == 0)
		r = fault_delay(f, request);
	if (r == 0) {
		r = -fault_due(f, request, len, off);
		if (r < 0)
			fault_tell(f, request, -r, len, off);
		*ret_tear = r < 0 && request == WRITE && f->tear;
		f->torn += *ret_tear;
	}
	f->failed += r < 0;
	(void)pthread_mutex_unlock(&f->lock);
	return r;
}

static int fault_read(void *self, struct filter_next *next, void *buf,
		      size_t len, uint64_t off)
{
	bool tear = false;
	int r = fault_meet(self, READ, len, off, &tear);

	return r < 0 ? r : next->read(next, buf, len, off);
}

static int fault_write(void *self, struct filter_next *next, const void *buf,
		       size_t len, uint64_t off, unsigned flags)
{
	bool tear = false;
	int r = fault_meet(self, WRITE, len, off, &tear);
	size_t half = len / 2 - len / 2 % next->medium->granule;

	/* What the half meets is no news: the write fails in any case. */
	if (tear && half > 0)
		(void)next->write(next, buf, half, off, flags);
	return r < 0 ? r : next->write(next, buf, len, off, flags);
}

static int fault_flush(void *self, struct filter_next *next)
{
	bool tear = false;
	int r = fault_meet(self, FLUSH, 0, 0, &tear);

	return r < 0 ? r : next->flush(next);
}

static int fault_zero(void *self, struct filter_next *next, uint64_t len,
		      uint64_t off, unsigned flags)
{
	bool tear = false;
	int r = fault_meet(self, ZERO, len, off, &tear);

	return r < 0 ? r : next->zero(next, len, off, flags);
}

static int fault_discard(void *self, struct filter_next *next, uint64_t len,
			 uint64_t off)
{
	bool tear = false;
	int r = fault_meet(self, DISCARD, len, off, &tear);

	return r < 0 ? r : next->discard(next, len, off);
}

/* Delays must not jump with the time of day. */
static int fault_init(void *self)
{
	struct fault *f = self;
	pthread_condattr_t attr;
	int r;

	r = pthread_mutex_init(&f->lock, NULL);
	if (r != 0)
		return -r;
	r = pthread_condattr_init(&attr);
	if (r == 0) {
		(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
		r = pthread_cond_init(&f->changed, &attr);
		(void)pthread_condattr_destroy(&attr);
	}
	if (r != 0) {
		(void)pthread_mutex_destroy(&f->lock);
		return -r;
	}
	f->ready = true;
	return 0;
}

static void fault_fini(void *self)
{
	struct fault *f = self;

	if (!f->ready)
		return;
	f->ready = false;
	(void)pthread_cond_destroy(&f->changed);
	(void)pthread_mutex_destroy(&f->lock);
}

static int fault_probe(void *self, struct filter_next *next, int *score)
{
	const struct fault *f = self;
	long change;
	char *end;
	int sum;

	if (f->probe_error) {
		next->say(next, FILTER_WHY, "probe-error=%s is set",
			  error_names[f->probe_error]);
		return -error_numbers[f->probe_error];
	}
	errno = 0;
	change = strtol(f->probe_score, &end, 10);
	if (errno || end == f->probe_score || *end || change < INT_MIN ||
	    change > INT_MAX ||
	    __builtin_add_overflow(*score, (int)change, &sum)) {
		next->say(next, FILTER_WHY, "probe-score is no such number");
		return -EINVAL;
	}
	*score = sum;
	return 0;
}

static int fault_start(void *self, struct filter_next *next,
		       struct filter_medium *medium, const void *ticket,
		       size_t len)
{
	const struct fault *f = self;

	(void)ticket;
	(void)len;
	if (f->start_error) {
		next->say(next, FILTER_WHY, "start-error=%s is set",
			  error_names[f->start_error]);
		return -error_numbers[f->start_error];
	}
	medium->hint[0] = '\0';
	return 0;
}

static void fault_abort(void *self)
{
	struct fault *f = self;

	(void)pthread_mutex_lock(&f->lock);
	f->aborted = true;
	(void)pthread_cond_broadcast(&f->changed);
	(void)pthread_mutex_unlock(&f->lock);
}

static int fault_set(void *self, struct filter_next *next,
		     const struct filter_param *param, const void *value)
{
	struct fault *f = self;
	char *at = (char *)self + param->at;

	(void)next;
	(void)pthread_mutex_lock(&f->lock);
	switch (param->type) {
	case FILTER_BOOL:
		*(bool *)(void *)at = *(const bool *)value;
		break;
	case FILTER_CHOICE:
		*(unsigned *)(void *)at = *(const unsigned *)value;
		break;
	default:		/* the other LIVE ones are numbers */
		*(uint64_t *)(void *)at = *(const uint64_t *)value;
		break;
	}
	f->candidates = f->errors = f->passed = 0;
	(void)pthread_cond_broadcast(&f->changed);
	(void)pthread_mutex_unlock(&f->lock);
	return 0;
}

static int fault_connect(void *self, struct filter_peer *peer)
{
	struct fault *f = self;
	int r = -EBUSY;

	(void)pthread_mutex_lock(&f->lock);
	if (f->n_peers < PEERS_MAX) {
		f->peers[f->n_peers++] = peer;
		r = 0;
	}
	(void)pthread_mutex_unlock(&f->lock);
	return r;
}

static void fault_disconnect(void *self, struct filter_peer *peer)
{
	struct fault *f = self;
	unsigned i = 0;

	(void)pthread_mutex_lock(&f->lock);
	while (f->peers[i] != peer)
		i++;
	f->peers[i] = f->peers[--f->n_peers];
	(void)pthread_mutex_unlock(&f->lock);
}

/* The answer to a question without a body: how often each request came. */
static int fault_answer(struct fault *f, void *out, size_t *out_len)
{
	size_t room = *out_len;

	*out_len = sizeof(f->seen);
	if (room < sizeof(f->seen))
		return -ERANGE;
	(void)pthread_mutex_lock(&f->lock);
	memcpy(out, f->seen, sizeof(f->seen));
	(void)pthread_mutex_unlock(&f->lock);
	return 0;
}

/*
 * Code: the request (enum request) whose next one fails, once.  The body: a
 * uint32_t, the errno, in the machine's byte order; empty: EIO.  One code more
 * is the question of fault_answer().
 */
static int fault_message(void *self, struct filter_peer *peer, unsigned code,
			 const void *in, size_t in_len, void *out,
			 size_t *out_len)
{
	struct fault *f = self;
	uint32_t error = EIO;

	(void)peer;
	if (code == REQUESTS)
		return fault_answer(f, out, out_len);
	if (code > REQUESTS)
		return -EOPNOTSUPP;
	if (in_len != 0 && in_len != sizeof(error))
		return -EINVAL;
	if (in_len == sizeof(error))
		memcpy(&error, in, sizeof(error));
	if (error == 0 || error > 4095)		/* the kernel's MAX_ERRNO */
		return -EINVAL;
	(void)pthread_mutex_lock(&f->lock);
	f->once[code] = (int)error;
	(void)pthread_mutex_unlock(&f->lock);
	*out_len = 0;
	return 0;
}

static void fault_status(void *self,
			 void (*put)(void *arg, const char *key,
				     uint64_t value), void *arg)
{
	struct fault *f = self;

	(void)pthread_mutex_lock(&f->lock);
	put(arg, "reads_count", f->seen[READ]);
	put(arg, "writes_count", f->seen[WRITE]);
	put(arg, "flushes_count", f->seen[FLUSH]);
	put(arg, "zeros_count", f->seen[ZERO]);
	put(arg, "discards_count", f->seen[DISCARD]);
	put(arg, "failed_count", f->failed);
	put(arg, "torn_count", f->torn);
	put(arg, "delayed_count", f->delayed);
	put(arg, "hanging_count", f->hanging);
	put(arg, "unheard_count", f->unheard);
	(void)pthread_mutex_unlock(&f->lock);
}

const struct filter_ops fault_filter = {
	.abi		= FILTERD_ABI,
	.flags		= FILTER_TRANSPARENT,
	.name		= "fault",
	.summary	= "fail, delay, tear or hang requests, for tests",
	.version	= "1.0.0",
	.instance_size	= sizeof(struct fault),
	.params		= fault_params,
	.init		= fault_init,
	.probe		= fault_probe,
	.start		= fault_start,
	.fini		= fault_fini,
	.abort		= fault_abort,
	.read		= fault_read,
	.write		= fault_write,
	.flush		= fault_flush,
	.zero		= fault_zero,
	.discard	= fault_discard,
	.set		= fault_set,
	.status		= fault_status,
	.connect	= fault_connect,
	.message	= fault_message,
	.disconnect	= fault_disconnect,
};

FILTERD_MODULE(fault_filter);
