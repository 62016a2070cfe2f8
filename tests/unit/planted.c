/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * planted.c - a helper whose Apple scheme has been taken over
 *
 * The real helper with one scheme replaced: where "scheme: DEED" stands at the
 * beginning of the second sector, it does that.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "apple.h"
#include "deeds.h"

static int planted_scan(const struct scheme_medium *medium, int *score,
			char why[128], scheme_publish_fn *publish, void *arg)
{
	static const char stage[] = "scheme: ";
	char text[512] = "";
	int r;

	(void)score;
	memcpy(why, "no Apple partition map", 23);
	if (pread(medium->fd, text, sizeof(text) - 1, 512) < 0 ||
	    strncmp(text, stage, strlen(stage)) != 0)
		return -ENODEV;
	text[strcspn(text, "\n")] = '\0';
	if (strcmp(text + strlen(stage), "wild-parts") == 0) {
		for (unsigned i = 0; i < 1000000; i++)
			(void)publish(arg, &(struct scheme_part){
				.base = UINT64_MAX - i, .size = UINT64_MAX,
				.number = UINT32_MAX - i, .writable = true,
				.hint = "\033[2J", .name = "../../etc",
				.uuid = "" });
		return 0;
	}
	r = deeds_do(text + strlen(stage));
	if (r == -EBADE)
		memcpy(why, "something forbidden went well", 30);
	return r == 0 ? -ENODEV : r;
}

const struct scheme apple_scheme = {
	.name = "apple",
	.content = "Apple_partition_scheme",
	.score = 2000,
	.scan = planted_scan,
};
