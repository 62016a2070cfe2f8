/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * known.c - see known.h
 *
 * The types are libblkid's, the hints those of the maps (hint.c).  PRIVHEAD is
 * in sector 6 of a disk with an MBR (Linux-NTFS project, LDM documentation);
 * Core Storage's volume header is that of libfvde's documentation.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "apfs.h"
#include "bitlocker.h"
#include "bytes.h"
#include "cleanup.h"
#include "known.h"
#include "util.h"

#define ASSEMBLE "mdadm --assemble --scan, with its other members attached too"
#define BITLK "cryptsetup open --type bitlk {} NAME"

const struct known known_table[] = {
	{ "lvm", "an LVM physical volume", KNOWN_MEMBER, KNOWN_DEVICE,
	  "vgchange -ay: its volumes are then in /dev/mapper" },
	{ "md", "a member of a Linux RAID (md)", KNOWN_MEMBER, KNOWN_DEVICE,
	  ASSEMBLE, .mirror = true },
	{ "firmware-raid", "a member of a firmware RAID", KNOWN_MEMBER,
	  KNOWN_DISK, ASSEMBLE, .mirror = true },
	{ "zfs", "a member of a ZFS pool", KNOWN_MEMBER, KNOWN_FILE,
	  "zpool import -d {} names its pool, and with that name imports it" },
	{ "bcache", "a bcache device", KNOWN_MEMBER, KNOWN_DEVICE,
	  "echo {} > /sys/fs/bcache/register: it is then /dev/bcache0" },
	{ "stratis", "a member of a Stratis pool", KNOWN_MEMBER, KNOWN_DEVICE,
	  "stratis pool start, with its other members attached too" },
	{ "drbd", "a DRBD device", KNOWN_MEMBER, KNOWN_DEVICE,
	  "name it in a resource of DRBD, then drbdadm up" },
	{ "integrity", "a dm-integrity device", KNOWN_MEMBER, KNOWN_DEVICE,
	  "integritysetup open {} NAME: it is then /dev/mapper/NAME" },
	{ "vmfs", "a VMware VMFS volume", KNOWN_MEMBER, KNOWN_FILE,
	  "vmfs6-fuse or vmfs-fuse {} DIR shows its files" },
	{ "ldm", "part of a Windows dynamic disk (LDM)", KNOWN_CLOSED,
	  KNOWN_DISK, "ldmtool create all: its volumes are then in "
	  "/dev/mapper" },
	{ "storage-spaces", "part of a Windows Storage Spaces pool",
	  KNOWN_CLOSED, KNOWN_FILE, "only Windows opens it: attach all disks "
	  "of the pool to one, or to a virtual machine that runs it" },
	{ "core-storage", "an Apple Core Storage volume (FileVault 2)",
	  KNOWN_CLOSED, KNOWN_FILE,
	  "cryptsetup open --type fvault2 {} NAME asks for its password" },
	{ "apfs-filevault", "an APFS container with FileVault", KNOWN_CLOSED,
	  KNOWN_FILE, "apfs-fuse {} DIR asks for its password and shows its "
	  "files; a Mac can write them too" },
	{ "bitlocker", "a BitLocker volume", KNOWN_CLOSED, KNOWN_FILE,
	  BITLK " asks for its password or recovery key" },
	{ "bitlocker-recovery", "a BitLocker volume that opens with its "
	  "recovery key", KNOWN_CLOSED, KNOWN_FILE,
	  BITLK " asks for the recovery key, of 48 digits" },
	{ "bitlocker-startup-key", "a BitLocker volume with a startup key",
	  KNOWN_CLOSED, KNOWN_FILE,
	  "cryptsetup open --type bitlk --key-file KEY.BEK {} NAME" },
	{ "bitlocker-tpm", "a BitLocker volume whose only key is in the TPM "
	  "of its computer", KNOWN_CLOSED, KNOWN_FILE,
	  "add a recovery key in that computer: manage-bde -protectors -add "
	  "C: -RecoveryPassword" },
	{ "bitlocker-certificate", "a BitLocker volume that only a smart card "
	  "or certificate opens", KNOWN_CLOSED, KNOWN_FILE,
	  "add a recovery key in Windows: manage-bde -protectors -add C: "
	  "-RecoveryPassword" },
	{ "bitlocker-suspended", "a BitLocker volume whose protection is "
	  "suspended", KNOWN_CLOSED, KNOWN_FILE,
	  "dislocker -c -V {} DIR opens it without a key, as "
	  "DIR/dislocker-file" },
	{ "bitlocker-converting", "a BitLocker volume that is not encrypted "
	  "to its end", KNOWN_CLOSED, KNOWN_FILE,
	  "let Windows come to its end: manage-bde -status tells" },
	{ "bitlocker-damaged", "a BitLocker volume whose metadata is damaged",
	  KNOWN_CLOSED, KNOWN_FILE,
	  "repair-bde in Windows, with the recovery key, saves what is left" },
	{ NULL },
};

struct magic {
	unsigned off;
	const char *bytes;
	unsigned len;
};

/* How a row is recognised: any of the hints, or any of the types, or, where
   libblkid finds nothing, all of the magics. */
static const struct mark {
	const char *id;
	const char *hints[3];
	const char *unless;	/* the hint says nothing with that type */
	const char *types[10];
	struct magic magics[2];
	/* Looks closer: the row's id, or "". */
	const char *(*look)(const struct known_medium *medium);
} marks[] = {
	/* A dynamic disk's volumes may begin like file systems. */
	{ "ldm", .hints = { "5808C8AA-7E8F-42E0-85D2-E1E90434CFB3",
			    "AF9B60A0-1431-4F62-BC68-3311714A69AD",
			    "Windows_LDM" },
	  .unless = "swap",	/* DR DOS and an old swap had that byte too */
	  .magics = { { 3072, "PRIVHEAD", 8 } } },
	{ "storage-spaces",
	  .hints = { "E75CAF8F-F680-4CEE-AFA3-B001E56EFC2D" },
	  .magics = { { 0, "SPACEDB ", 8 } } },
	{ "core-storage",
	  .magics = { { 8, "\1\0\x10\0", 4 }, { 88, "CS", 2 } } },
	{ "apfs-filevault", .types = { "apfs" }, .look = apfs_look },
	{ "bitlocker", .types = { "BitLocker" }, .look = bitlocker_look },
	{ "lvm", .types = { "LVM2_member", "LVM1_member" } },
	{ "md", .types = { "linux_raid_member" } },
	{ "firmware-raid",
	  .types = { "ddf_raid_member", "isw_raid_member",
		     "lsi_mega_raid_member", "via_raid_member",
		     "silicon_medley_raid_member", "nvidia_raid_member",
		     "promise_fasttrack_raid_member", "jmicron_raid_member",
		     "adaptec_raid_member", "hpt37x_raid_member" } },
	{ "zfs", .types = { "zfs_member" } },
	{ "bcache", .types = { "bcache" } },
	{ "stratis", .types = { "stratis" } },
	{ "drbd", .types = { "drbd" } },
	{ "integrity", .types = { "DM_integrity" } },
	{ "vmfs", .types = { "VMFS", "VMFS_volume_member" } },
};

int known_read(const struct known_medium *medium, void *buf, size_t len,
	       uint64_t off)
{
	_cleanup_free_ unsigned char *whole = NULL;
	uint64_t first, end;
	int r;

	if (!range_inside(off, len, medium->size))
		return -EIO;
	first = round_down(off, medium->granule);
	end = round_up(off + len, medium->granule);
	whole = malloc((size_t)(end - first));
	if (!whole)
		return -ENOMEM;
	r = medium->read(medium->arg, whole, (size_t)(end - first), first);
	if (r == 0)
		memcpy(buf, whole + (off - first), len);
	return r;
}

static bool has_magics(const struct mark *mark,
		       const struct known_medium *medium)
{
	char bytes[16];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(mark->magics); i++) {
		const struct magic *magic = &mark->magics[i];

		if (magic->len == 0)
			break;
		if (known_read(medium, bytes, magic->len, magic->off) < 0 ||
		    memcmp(bytes, magic->bytes, magic->len) != 0)
			return false;
	}
	return i > 0;
}

static bool is_among(const char *const *list, size_t n, const char *word)
{
	for (size_t i = 0; i < n && list[i]; i++)
		if (streq(list[i], word))
			return true;
	return false;
}

static bool has_mark(const struct mark *mark,
		     const struct known_medium *medium, const char *type)
{
	if (is_among(mark->hints, ARRAY_SIZE(mark->hints), medium->hint))
		return !mark->unless || !streq(mark->unless, type);
	if (type[0] == '\0')
		return has_magics(mark, medium);
	return is_among(mark->types, ARRAY_SIZE(mark->types), type);
}

const char *known_recognise(const struct known_medium *medium,
			    const struct partmap_signature *signature)
{
	/* Where two kinds fit, we do not choose. */
	if (signature->ambiguous[0] != '\0')
		return "";
	for (size_t i = 0; i < ARRAY_SIZE(marks); i++)
		if (has_mark(&marks[i], medium, signature->type))
			return marks[i].look ? marks[i].look(medium) :
					       marks[i].id;
	return "";
}

const struct known *known_find(const char *id)
{
	for (const struct known *known = known_table; known->id; known++)
		if (streq(known->id, id))
			return known;
	return NULL;
}
