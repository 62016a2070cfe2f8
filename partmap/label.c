/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * label.c - see label.h
 *
 * Through libblkid, which checks the sums of SGI's and Sun's.  A partition may
 * begin where the disk does: file systems of these systems leave the label's
 * sectors alone.
 */
#include <errno.h>
#include <stdio.h>

#include "blkid.h"
#include "cleanup.h"
#include "label.h"
#include "tag.h"
#include "util.h"

enum {
	SGI_VOLUME_HEADER = 0,		/* the label and boot programs */
	SGI_ENTIRE_VOLUME = 6,
};

/* A kind of label, and how a partition of it becomes a hint. */
struct kind {
	const char *type;		/* libblkid's */
	const char *family;		/* the hints' */
};

static const char *hint_of(const struct kind *kind,
			   const struct blkid_part *part, char buf[TAG_LEN])
{
	if (streq(kind->family, "Ultrix"))
		return kind->family;	/* its label has no types */
	if (part->type_text[0] == '\0')
		return tag_hint(kind->family, (unsigned)part->type, buf);
	snprintf(buf, TAG_LEN, "%s_%.8s", kind->family, part->type_text);
	return buf;
}

/* Not what stands for the disk as a whole, nor what lies beyond it. */
static bool counts(const struct kind *kind, const struct blkid_part *part,
		   uint64_t size)
{
	if (streq(kind->type, "sgi") && part->type == SGI_ENTIRE_VOLUME)
		return false;
	return part->base < size;
}

static int publish_part(const struct kind *kind,
			const struct blkid_part *part, uint64_t size,
			scheme_publish_fn *publish, void *arg)
{
	bool header = streq(kind->type, "sgi") &&
		      part->type == SGI_VOLUME_HEADER;
	char buf[TAG_LEN];

	return publish(arg, &(struct scheme_part){
		.base = part->base,
		.size = MIN(part->size, size - part->base),
		.number = part->number, .writable = !header,
		.hint = hint_of(kind, part, buf), .name = "", .uuid = "",
	});
}

static int scan(const struct kind *kind, const struct scheme_medium *medium,
		char why[128], scheme_publish_fn *publish, void *arg)
{
	_cleanup_(blkid_map_clear) struct blkid_map map = { 0 };
	int r, found = 0;

	why[0] = '\0';
	if (!blkid_sector_is_possible(medium->sector))
		return -EINVAL;
	/* All of them count in 512 bytes, whatever the disk's sectors are. */
	r = blkid_map_read(medium, 512, kind->type, &map);
	if (r == -ENODEV)
		snprintf(why, 128, "no %s label", kind->family);
	for (size_t i = 0; i < map.n && r >= 0; i++) {
		if (!counts(kind, &map.parts[i], medium->size))
			continue;
		found++;
		r = publish_part(kind, &map.parts[i], medium->size, publish,
				 arg);
	}
	if (r < 0 || found > 0)
		return MIN(r, 0);
	snprintf(why, 128, "the %s label has no partitions", kind->family);
	return -ENODEV;
}

static int sgi_scan(const struct scheme_medium *medium, int *score,
		    char why[128], scheme_publish_fn *publish, void *arg)
{
	(void)score;
	return scan(&(struct kind){ "sgi", "SGI" }, medium, why, publish, arg);
}

static int sun_scan(const struct scheme_medium *medium, int *score,
		    char why[128], scheme_publish_fn *publish, void *arg)
{
	(void)score;
	return scan(&(struct kind){ "sun", "Sun" }, medium, why, publish, arg);
}

static int ultrix_scan(const struct scheme_medium *medium, int *score,
		       char why[128], scheme_publish_fn *publish, void *arg)
{
	(void)score;
	return scan(&(struct kind){ "ultrix", "Ultrix" }, medium, why,
		    publish, arg);
}

static int atari_scan(const struct scheme_medium *medium, int *score,
		      char why[128], scheme_publish_fn *publish, void *arg)
{
	(void)score;
	return scan(&(struct kind){ "atari", "Atari" }, medium, why, publish,
		    arg);
}

/* All that is known of such a disk is how it begins. */
static int aix_scan(const struct scheme_medium *medium, int *score,
		    char why[128], scheme_publish_fn *publish, void *arg)
{
	_cleanup_(blkid_map_clear) struct blkid_map map = { 0 };
	int r = blkid_map_read(medium, 512, "aix", &map);

	(void)score;
	(void)publish;
	(void)arg;
	if (r < 0 && r != -ENODEV)
		return r;
	snprintf(why, 128, "%s", r < 0 ? "no AIX label" :
		 "a disk of AIX's volume manager, whose volumes cannot be "
		 "found here");
	return -ENODEV;
}

const struct scheme sgi_scheme = {
	.name = "sgi",
	.content = "SGI_partition_scheme",
	.score = 1500,
	.whole = true,
	.scan = sgi_scan,
};

const struct scheme sun_scheme = {
	.name = "sun",
	.content = "Sun_partition_scheme",
	.score = 1400,
	.whole = true,
	.scan = sun_scan,
};

const struct scheme ultrix_scheme = {
	.name = "ultrix",
	.content = "Ultrix_partition_scheme",
	.score = 1300,
	.whole = true,
	.scan = ultrix_scan,
};

const struct scheme atari_scheme = {
	.name = "atari",
	.content = "Atari_partition_scheme",
	.score = 1200,
	.whole = true,
	.scan = atari_scan,
};

const struct scheme aix_scheme = {
	.name = "aix",
	.content = "AIX_partition_scheme",
	.score = 1100,
	.whole = true,
	.scan = aix_scan,
};
