/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * crew.h - the threads that receive one session's messages
 *
 * A crew begins with one worker and hires another whenever none is left
 * receiving.  Who finds nothing to do for a minute leaves; the first stays.
 */
#ifndef FILTERD_CREW_H
#define FILTERD_CREW_H

#include <stddef.h>

struct crew;

/* One message of @len bytes, received into @message; any worker. */
typedef void crew_process_fn(void *arg, void *message, size_t len);

/*
 * 1 to @max threads read messages from @fd, which stays the caller's.  @tick
 * is in milliseconds: who is idle for two of them leaves.  0 or -errno.
 */
int crew_start(int fd, unsigned max, unsigned tick, crew_process_fn *process,
	       void *arg, struct crew **ret);

/* How many workers there are. */
unsigned crew_size(const struct crew *crew);

/* Nobody receives any more when it returns; who is inside a message stays
   there until that is done.  Any thread. */
void crew_dismiss(struct crew *crew);

/* Dismisses and waits until all have left: 0, or -ETIMEDOUT after @seconds
   (it may be called again). */
int crew_wait(struct crew *crew, unsigned seconds);

/* Until all have left by themselves, since the connection has ended, or were
   dismissed.  As long as that takes; any thread but theirs. */
void crew_attend(struct crew *crew);

/* After crew_wait() returned 0.  NULL is allowed. */
void crew_free(struct crew *crew);

/*
 * Page-aligned memory of FILTER_MAX_IO bytes, this worker's own, until the
 * message is done: where a write's payload lies, so not for use in a write.
 */
void *crew_buffer(void);

#endif /* FILTERD_CREW_H */
