/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * bsd.c - reads a BSD disk label, of a disk or inside a partition
 *
 * Our own, because libblkid knows where the label's numbers count from only
 * when it has read the map around it too, and leaves gaps out of the numbers.
 * Layout: <sys/disklabel.h> of the BSDs; all little-endian.  The label stands
 * in the second sector, or at byte 64 or 128 of the first.
 *
 * Where it counts from: FreeBSD from the beginning of its partition 'c', which
 * stands for the whole slice, or the whole disk where there are no slices (so
 * do all others there); NetBSD and OpenBSD from the beginning of the disk, even
 * in a slice.
 *
 * parted leaves the sum wrong, and so does who damages a label: what it says is
 * believed then, as its two magics are there, but nothing may be written.
 */
#include <errno.h>
#include <stdio.h>

#include "bsd.h"
#include "bytes.h"
#include "hint.h"
#include "tag.h"
#include "util.h"

enum {
	REACH = 8192,			/* of the label's end */
	MAGIC_1 = 0, MAGIC_2 = 132,
	SECTOR = 40, REVISION = 114,
	COUNT = 138, ENTRIES = 148, ENTRY_LEN = 16, MAX_ENTRIES = 64,
	SIZE = 0, OFFSET = 4, OFFSET_HIGH = 8, SIZE_HIGH = 10, TYPE = 12,
	WHOLE = 2,			/* partition 'c' */
	UNUSED = 0,
};

#define MAGIC 0x82564557u

struct label {
	const unsigned char *at;
	uint32_t unit;			/* bytes that it counts in */
	unsigned count;
	bool sum_is_right;
};

struct range {
	uint64_t start, sectors;
};

static bool has_magics(const unsigned char *label)
{
	return get_le32(label + MAGIC_1) == MAGIC &&
	       get_le32(label + MAGIC_2) == MAGIC;
}

/* All of it, its sum included, is 0 when added without carries. */
static bool sum_is_right(const unsigned char *label, size_t len)
{
	uint16_t sum = 0;

	for (size_t i = 0; i < len; i += 2)
		sum ^= get_le16(label + i);
	return sum == 0;
}

/* @len bytes from @at on can be looked at. */
static bool take_label(const unsigned char *at, size_t len, uint32_t sector,
		       struct label *ret)
{
	unsigned count;
	uint32_t unit;

	if (len < ENTRIES || !has_magics(at))
		return false;
	count = get_le16(at + COUNT);
	unit = get_le32(at + SECTOR);
	if (count > MAX_ENTRIES || len < ENTRIES + count * ENTRY_LEN)
		return false;
	if (!is_power_of_two(unit) || unit < 512 || unit > 65536)
		unit = sector;
	*ret = (struct label){
		.at = at, .unit = unit, .count = count,
		.sum_is_right = sum_is_right(at, ENTRIES + count * ENTRY_LEN),
	};
	return true;
}

/* The first whose sum is right; else the first. */
static bool find_label(const unsigned char *bytes, size_t len,
		       uint32_t sector, struct label *ret)
{
	const uint32_t places[] = { sector, 512, 2048, 4096, 64, 128 };
	struct label label;
	bool found = false;

	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		if (places[i] >= len ||
		    !take_label(bytes + places[i], len - places[i], sector,
				&label) || (found && !label.sum_is_right))
			continue;
		*ret = label;
		found = true;
		if (label.sum_is_right)
			break;
	}
	return found;
}

static const unsigned char *entry_at(const struct label *label, unsigned n)
{
	return label->at + ENTRIES + n * ENTRY_LEN;
}

/* Version 1, which is OpenBSD's, has 16 more bits of each. */
static struct range entry_range(const struct label *label, unsigned n)
{
	const unsigned char *entry = entry_at(label, n);
	struct range range = {
		.start = get_le32(entry + OFFSET),
		.sectors = get_le32(entry + SIZE),
	};

	if (get_le16(label->at + REVISION) != 1)
		return range;
	range.start |= (uint64_t)get_le16(entry + OFFSET_HIGH) << 32;
	range.sectors |= (uint64_t)get_le16(entry + SIZE_HIGH) << 32;
	return range;
}

static bool counts_from_disk(const struct scheme_place *place)
{
	if (place->scheme[0] == '\0')
		return false;
	return !hint_equal("mbr:0xA5", place->hint, place->scheme) &&
	       !hint_equal("gpt:516E7CB4-6ECF-11D6-8FF8-00022D09712B",
			   place->hint, place->scheme);
}

/* The byte of the label's disk at which the medium begins. */
static uint64_t find_origin(const struct label *label,
			    const struct scheme_place *place)
{
	struct range whole;

	if (counts_from_disk(place))
		return place->base;
	if (label->count <= WHOLE)
		return 0;
	whole = entry_range(label, WHOLE);
	return whole.sectors > 0 ? whole.start * label->unit : 0;
}

/* Where @range lies on a medium of @size bytes; false: not on it. */
static bool find_place(struct range range, uint32_t unit, uint64_t origin,
		       uint64_t size, struct scheme_part *part)
{
	uint64_t start = range.start * unit;	/* of 48 and 17 bits */

	if (start < origin || start - origin >= size || range.sectors == 0)
		return false;
	part->base = start - origin;
	part->size = MIN(range.sectors * unit, size - part->base);
	return true;
}

/* Returns how many, or a negative errno. */
static int publish_entries(const struct label *label,
			   const struct scheme_medium *medium,
			   scheme_publish_fn *publish, void *arg)
{
	uint64_t origin = find_origin(label, &medium->place);
	int r = 0, found = 0;

	for (unsigned n = 0; n < label->count && r >= 0; n++) {
		uint8_t type = entry_at(label, n)[TYPE];
		char buf[TAG_LEN];
		struct scheme_part part = {
			.number = n + 1, .writable = label->sum_is_right,
			.hint = tag_hint("BSD", type, buf),
			.name = "", .uuid = "",
		};

		if (type == UNUSED ||
		    !find_place(entry_range(label, n), label->unit, origin,
				medium->size, &part))
			continue;
		found++;
		r = publish(arg, &part);
	}
	return r < 0 ? r : found;
}

static int bsd_scan(const struct scheme_medium *medium, int *score,
		    char why[128], scheme_publish_fn *publish, void *arg)
{
	size_t len = (size_t)MIN(medium->size, (uint64_t)REACH);
	unsigned char bytes[REACH];
	struct label label;
	int r = bytes_read(medium->fd, bytes, len, 0);

	(void)score;
	why[0] = '\0';
	if (r < 0)
		return r;
	if (!find_label(bytes, len, medium->sector, &label)) {
		snprintf(why, 128, "no BSD label");
		return -ENODEV;
	}
	r = publish_entries(&label, medium, publish, arg);
	if (r == 0) {
		snprintf(why, 128, "the BSD label has no partitions here");
		return -ENODEV;
	}
	if (!label.sum_is_right)
		snprintf(why, 128, "the checksum of the BSD label is wrong, as "
			 "parted leaves it: read-only");
	return MIN(r, 0);
}

static const char *const bsd_inside[] = {
	"mbr:0xA5",
	"mbr:0xA6",
	"mbr:0xA9",
	"gpt:516E7CB4-6ECF-11D6-8FF8-00022D09712B",
	"gpt:824CC7A0-36A8-11E3-890A-952519AD3F61",
	NULL
};

const struct scheme bsd_scheme = {
	.name = "bsd",
	.content = "BSD_partition_scheme",
	.score = 1900,
	.whole = true,
	.inside = bsd_inside,
	.scan = bsd_scan,
};
