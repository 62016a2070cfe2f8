/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * passthrough - shows the medium below as it is
 *
 * The smallest filter, and the one to copy when you begin a new one.  Being
 * transparent it has no data operations: every request goes straight to the
 * medium below.  What it can change is how the medium is described, and so
 * what is matched on it next.
 */
#include <filterd/filter.h>

#include <errno.h>
#include <string.h>

/* One use of the filter on one medium; the daemon fills in the settings. */
struct passthrough {
	const char *hint, *label;
};

static const struct filter_param passthrough_params[] = {
	{ .name = "hint", .type = FILTER_TEXT,
	  .at = offsetof(struct passthrough, hint), .preset = "",
	  .summary = "content hint of what is published" },
	{ .name = "label", .type = FILTER_TEXT,
	  .at = offsetof(struct passthrough, label),
	  .summary = "label of what is published" },
	{ .name = NULL },
};

static int passthrough_describe(struct filter_next *next, const char *what,
				char ret[64], const char *text)
{
	if (!text)
		return 0;
	if (strlen(text) >= 64) {
		next->say(next, FILTER_WHY, "the %s is longer than 63 bytes",
			  what);
		return -EINVAL;
	}
	strcpy(ret, text);
	return 0;
}

static int passthrough_start(void *self, struct filter_next *next,
			     struct filter_medium *medium, const void *ticket,
			     size_t len)
{
	const struct passthrough *p = self;
	int r;

	(void)ticket;
	(void)len;
	r = passthrough_describe(next, "hint", medium->hint, p->hint);
	if (r < 0)
		return r;
	return passthrough_describe(next, "label", medium->label, p->label);
}

const struct filter_ops passthrough_filter = {
	.abi		= FILTERD_ABI,
	.flags		= FILTER_TRANSPARENT,
	.name		= "passthrough",
	.summary	= "show the medium below as it is",
	.version	= "1.0.0",
	.instance_size	= sizeof(struct passthrough),
	.params		= passthrough_params,
	.start		= passthrough_start,
};

FILTERD_MODULE(passthrough_filter);
