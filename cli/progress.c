/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * progress.c - see progress.h
 */
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "parse.h"
#include "progress.h"

#define BAR 20

static uint64_t now_ns(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

void progress_begin(struct progress *progress)
{
	*progress = (struct progress){
		.visible = isatty(STDERR_FILENO) == 1,
	};
}

void progress_show(struct progress *progress, uint64_t done, uint64_t total)
{
	char bar[BAR + 1], so_far[FORMAT_SIZE_LEN], all[FORMAT_SIZE_LEN];
	char rate[FORMAT_SIZE_LEN];
	double share = total ? (double)done / (double)total : 1;
	uint64_t now = now_ns();
	double seconds;

	if (!progress->visible)
		return;
	/* Who types a passphrase is not part of the speed. */
	if (progress->begun_ns == 0) {
		progress->begun_ns = now;
		progress->begun_at = done;
	}
	seconds = (double)(now - progress->begun_ns) / 1e9;
	for (int i = 0; i < BAR; i++)
		bar[i] = i < (int)(share * BAR) ? '#' : '-';
	bar[BAR] = '\0';
	fprintf(stderr, "\r[%s] %3d%%  %s/%s  %s/s\033[K", bar,
		(int)(share * 100), format_size(done, so_far),
		format_size(total, all),
		format_size(seconds <= 0 ? 0 : (uint64_t)
			((double)(done - progress->begun_at) / seconds),
			rate));
	progress->drawn = true;
}

void progress_end(struct progress *progress)
{
	if (progress->drawn)
		fprintf(stderr, "\r\033[K");
}
