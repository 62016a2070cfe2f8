/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * vtoc.c - see vtoc.h
 *
 * Our own, because libblkid looks for UnixWare's at a wrong place, reads
 * Minix's only together with the MBR around it, and leaves gaps out of the
 * numbers.  Layouts: Solaris <sys/vtoc.h>, UnixWare's vtoc(7), and the MBR's
 * for Minix.  All are little-endian.  Solaris counts from the beginning of its
 * partition, the others from that of the disk.
 */
#include <errno.h>
#include <stdio.h>

#include "bytes.h"
#include "tag.h"
#include "util.h"
#include "vtoc.h"

enum {
	UNIT = 512,			/* that all of them count in */
	RECORD = 512,
	SLICE_LEN = 12, N_SLICES = 16,
	SLICE_TAG = 0, SLICE_FLAGS = 2, SLICE_START = 4, SLICE_SECTORS = 8,
	TAG_UNUSED = 0, TAG_WHOLE = 5,

	SOLARIS_AT = 512,
	SOLARIS_MAGIC = 12, SOLARIS_VERSION = 16,
	SOLARIS_COUNT = 30, SOLARIS_SLICES = 72,
	SOLARIS_READ_ONLY = 0x10,

	UNIXWARE_AT = 29 * 512,
	UNIXWARE_MAGIC = 4, UNIXWARE_ORIGIN = 40, UNIXWARE_VTOC_MAGIC = 156,
	UNIXWARE_SLICES = 216,
	UNIXWARE_VALID = 0x200,

	MINIX_TYPE = 0x81,
	MBR_SLOTS = 446, MBR_SLOT_LEN = 16, N_SLOTS = 4, MBR_MAGIC = 510,
	SLOT_TYPE = 4, SLOT_START = 8, SLOT_SECTORS = 12,
};

#define VTOC_MAGIC 0x600ddeeeu
#define LABEL_MAGIC 0xca5e600du

struct output {
	const struct scheme_medium *medium;
	uint64_t origin;		/* the byte that starts count from */
	scheme_publish_fn *publish;
	void *arg;
	unsigned n;			/* published so far */
};

/* The record at @off; false: there is none, or *error says why. */
static bool read_record(const struct scheme_medium *medium, uint64_t off,
			unsigned char record[RECORD], int *error)
{
	if (!range_inside(off, RECORD, medium->size))
		return false;
	*error = bytes_read(medium->fd, record, RECORD, off);
	return *error == 0;
}

static int say_none(char why[128], int error, const char *text)
{
	if (error == 0)
		snprintf(why, 128, "%s", text);
	return error < 0 ? error : -ENODEV;
}

/* A table without partitions is none. */
static int finish(const struct output *out, int error, char why[128])
{
	if (error == 0 && out->n == 0)
		return say_none(why, 0, "no partitions in its table");
	return MIN(error, 0);
}

static int publish(struct output *out, struct scheme_part *part,
		   uint32_t start, uint32_t sectors)
{
	uint64_t size = out->medium->size, at = (uint64_t)start * UNIT;

	if (at < out->origin || at - out->origin >= size || sectors == 0)
		return 0;
	part->base = at - out->origin;
	part->size = MIN((uint64_t)sectors * UNIT, size - part->base);
	part->name = part->uuid = "";
	out->n++;
	return out->publish(out->arg, part);
}

static int solaris_scan(const struct scheme_medium *medium, int *score,
			char why[128], scheme_publish_fn *fn, void *arg)
{
	struct output out = { medium, 0, fn, arg, 0 };
	unsigned char record[RECORD];
	int r = 0;

	(void)score;
	why[0] = '\0';
	if (!read_record(medium, SOLARIS_AT, record, &r) ||
	    get_le32(record + SOLARIS_MAGIC) != VTOC_MAGIC ||
	    get_le32(record + SOLARIS_VERSION) != 1)
		return say_none(why, r, "no Solaris table of contents");
	for (unsigned n = 0; n < N_SLICES && r >= 0 &&
			     n < get_le16(record + SOLARIS_COUNT); n++) {
		const unsigned char *slice = record + SOLARIS_SLICES +
					     n * SLICE_LEN;
		uint16_t tag = get_le16(slice + SLICE_TAG);
		uint16_t flags = get_le16(slice + SLICE_FLAGS);
		char buf[TAG_LEN];
		struct scheme_part part = {
			.number = n + 1,
			.writable = !(flags & SOLARIS_READ_ONLY),
			.hint = tag_hint("Solaris", tag, buf),
		};

		if (tag != TAG_WHOLE)
			r = publish(&out, &part, get_le32(slice + SLICE_START),
				    get_le32(slice + SLICE_SECTORS));
	}
	return finish(&out, r, why);
}

/* Slice 0 stands for the whole disk. */
static int unixware_scan(const struct scheme_medium *medium, int *score,
			 char why[128], scheme_publish_fn *fn, void *arg)
{
	struct output out = { medium, medium->place.base, fn, arg, 0 };
	unsigned char record[RECORD];
	int r = 0;

	(void)score;
	why[0] = '\0';
	if (!read_record(medium, UNIXWARE_AT, record, &r) ||
	    get_le32(record + UNIXWARE_MAGIC) != LABEL_MAGIC ||
	    get_le32(record + UNIXWARE_VTOC_MAGIC) != VTOC_MAGIC)
		return say_none(why, r, "no UnixWare table of contents");
	if (medium->place.scheme[0] == '\0')	/* the partition by itself */
		out.origin = (uint64_t)get_le32(record + UNIXWARE_ORIGIN) *
			     UNIT;
	for (unsigned n = 1; n < N_SLICES && r >= 0; n++) {
		const unsigned char *slice = record + UNIXWARE_SLICES +
					     n * SLICE_LEN;
		uint16_t tag = get_le16(slice + SLICE_TAG);
		char buf[TAG_LEN];
		struct scheme_part part = {
			.number = n, .writable = true,
			.hint = tag_hint("UnixWare", tag, buf),
		};

		if (tag != TAG_UNUSED && tag != TAG_WHOLE &&
		    get_le16(slice + SLICE_FLAGS) == UNIXWARE_VALID)
			r = publish(&out, &part, get_le32(slice + SLICE_START),
				    get_le32(slice + SLICE_SECTORS));
	}
	return finish(&out, r, why);
}

/* It looks like an MBR: what tells is the type of the partition that it is
   in, and of its own. */
static int minix_scan(const struct scheme_medium *medium, int *score,
		      char why[128], scheme_publish_fn *fn, void *arg)
{
	struct output out = { medium, medium->place.base, fn, arg, 0 };
	unsigned char record[RECORD];
	int r = 0;

	(void)score;
	why[0] = '\0';
	if (!read_record(medium, 0, record, &r) ||
	    get_le16(record + MBR_MAGIC) != 0xaa55)
		return say_none(why, r, "no Minix subpartitions");
	for (unsigned n = 0; n < N_SLOTS && r >= 0; n++) {
		const unsigned char *slot = record + MBR_SLOTS +
					    n * MBR_SLOT_LEN;
		struct scheme_part part = {
			.number = n + 1, .writable = true, .hint = "Minix",
		};

		if (slot[SLOT_TYPE] == MINIX_TYPE)
			r = publish(&out, &part, get_le32(slot + SLOT_START),
				    get_le32(slot + SLOT_SECTORS));
	}
	return finish(&out, r, why);
}

static const char *const solaris_inside[] = {
	"mbr:0x82",
	"mbr:0xBF",
	NULL
};

const struct scheme solaris_scheme = {
	.name = "solaris",
	.content = "Solaris_partition_scheme",
	.score = 1800,
	.whole = true,
	.inside = solaris_inside,
	.scan = solaris_scan,
};

static const char *const unixware_inside[] = {
	"mbr:0x63",
	NULL
};

const struct scheme unixware_scheme = {
	.name = "unixware",
	.content = "UnixWare_partition_scheme",
	.score = 1700,
	.whole = true,
	.inside = unixware_inside,
	.scan = unixware_scan,
};

static const char *const minix_inside[] = {
	"mbr:0x81",
	NULL
};

const struct scheme minix_scheme = {
	.name = "minix",
	.content = "Minix_partition_scheme",
	.score = 1600,
	.inside = minix_inside,
	.scan = minix_scan,
};
