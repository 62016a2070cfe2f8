/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * hint.c - the names of content hints: three tables
 *
 * The MBR names are those of the I/O Kit's FDisk scheme; GPT type UUIDs are
 * public registrations (UEFI, the Discoverable Partitions Specification,
 * vendors); Apple strings are what Apple's and Linux's tools write.  Nobody has
 * registered an Apple type for LUKS or swap: "Linux_LUKS" and "Linux_swap" are
 * ours, beside the Linux_LVM and Linux_RAID that parted writes.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <strings.h>

#include "hint.h"
#include "tag.h"
#include "util.h"

#define UUID_LEN 36

struct name {
	const char *hint, *name;
};

struct mbr_type {
	uint8_t type;
	const char *hint;		/* NULL: it is "0xNN" */
	const char *name;		/* NULL: none that people use */
};

/* What one types, and what it is under each scheme; NULL: it has none. */
struct alias {
	const char *gpt, *mbr, *apple;
};

static const struct name gpt_names[] = {
	{ "C12A7328-F81F-11D2-BA4B-00A0C93EC93B", "EFI System" },
	{ "21686148-6449-6E6F-744E-656564454649", "BIOS boot" },
	{ "9E1A2D38-C612-4316-AA26-8B49521E5A8B", "PowerPC PReP boot" },
	{ "E3C9E316-0B5C-4DB8-817D-F92DF00215AE", "Microsoft Reserved" },
	{ "EBD0A0A2-B9E5-4433-87C0-68B6B72699C7", "Microsoft Basic Data" },
	{ "DE94BBA4-06D1-4D40-A16A-BFD50179D6AC", "Windows Recovery" },
	{ "5808C8AA-7E8F-42E0-85D2-E1E90434CFB3", "Windows LDM Metadata" },
	{ "AF9B60A0-1431-4F62-BC68-3311714A69AD", "Windows LDM Data" },
	{ "E75CAF8F-F680-4CEE-AFA3-B001E56EFC2D", "Windows Storage Spaces" },
	{ "0FC63DAF-8483-4772-8E79-3D69D8477DE4", "Linux" },
	{ "0657FD6D-A4AB-43C4-84E5-0933C84B4F4F", "Linux Swap" },
	{ "CA7D7CCB-63ED-4C53-861C-1742536059CC", "Linux LUKS" },
	{ "7FFEC5C9-2D00-49B7-8941-3EA10A5586B7", "Linux dm-crypt" },
	{ "E6D6D379-F507-44C2-A23C-238F2A3DF928", "Linux LVM" },
	{ "A19D880F-05FC-4D3B-A006-743F0F84911E", "Linux RAID" },
	{ "933AC7E1-2EB4-4F13-B844-0E14E2AEF915", "Linux Home" },
	{ "3B8F8425-20E0-4F3B-907F-1A25A76F98E8", "Linux Server Data" },
	{ "BC13C2FF-59E6-4262-A352-B275FD6F7172", "Linux Extended Boot" },
	{ "44479540-F297-41B2-9AF7-D131D5F0458A", "Linux Root (x86)" },
	{ "4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709", "Linux Root (x86-64)" },
	{ "69DAD710-2CE4-4E3C-B16C-21A1D49ABED3", "Linux Root (ARM)" },
	{ "B921B045-1DF0-41C3-AF44-4C6F280D3FAE", "Linux Root (ARM-64)" },
	{ "72EC70A6-CF74-40E6-BD49-4BDA08E8F224", "Linux Root (RISC-V-64)" },
	{ "48465300-0000-11AA-AA11-00306543ECAC", "Apple HFS" },
	{ "7C3457EF-0000-11AA-AA11-00306543ECAC", "Apple APFS" },
	{ "55465300-0000-11AA-AA11-00306543ECAC", "Apple UFS" },
	{ "52414944-0000-11AA-AA11-00306543ECAC", "Apple RAID" },
	{ "52414944-5F4F-11AA-AA11-00306543ECAC", "Apple RAID (offline)" },
	{ "426F6F74-0000-11AA-AA11-00306543ECAC", "Apple Boot" },
	{ "4C616265-6C00-11AA-AA11-00306543ECAC", "Apple Label" },
	{ "5265636F-7665-11AA-AA11-00306543ECAC", "Apple TV Recovery" },
	{ "53746F72-6167-11AA-AA11-00306543ECAC", "Apple CoreStorage" },
	{ "69646961-6700-11AA-AA11-00306543ECAC", "Apple Silicon Boot" },
	{ "52637672-7900-11AA-AA11-00306543ECAC", "Apple Silicon Recovery" },
	{ "6A898CC3-1DD2-11B2-99A6-080020736631", "ZFS" },
	{ "516E7CB4-6ECF-11D6-8FF8-00022D09712B", "FreeBSD" },
	{ "516E7CB5-6ECF-11D6-8FF8-00022D09712B", "FreeBSD Swap" },
	{ "516E7CB6-6ECF-11D6-8FF8-00022D09712B", "FreeBSD UFS" },
	{ "516E7CBA-6ECF-11D6-8FF8-00022D09712B", "FreeBSD ZFS" },
	{ "824CC7A0-36A8-11E3-890A-952519AD3F61", "OpenBSD" },
	{ "49F48D5A-B10E-11DC-B99B-0019D1879648", "NetBSD FFS" },
	{ "2DB519EC-B10F-11DC-B99B-0019D1879648", "NetBSD Encrypted" },
	{ "FE3A2A5D-4F32-41A7-B725-ACCC3285A309", "ChromeOS Kernel" },
	{ "3CB8E202-3B7E-47DD-8A3C-7FF2A13CFCEC", "ChromeOS Root" },
	{ "AA31E02A-400F-11DB-9590-000C2911D1B8", "VMware VMFS" },
};

static const struct mbr_type mbr_types[] = {
	{ 0x01, "DOS_FAT_12", "DOS FAT12" },
	{ 0x04, "DOS_FAT_16_S", "DOS FAT16 (small)" },
	{ 0x06, "DOS_FAT_16", "DOS FAT16" },
	{ 0x07, "Windows_NTFS", "Windows NTFS or exFAT" },
	{ 0x0b, "DOS_FAT_32", "DOS FAT32" },
	{ 0x0c, "Windows_FAT_32", "Windows FAT32" },
	{ 0x0e, "Windows_FAT_16", "Windows FAT16" },
	{ 0x14, "DOS_FAT_16_S_Hidden", "DOS FAT16 (small, hidden)" },
	{ 0x16, "DOS_FAT_16_Hidden", "DOS FAT16 (hidden)" },
	{ 0x27, NULL, "Windows Recovery" },
	{ 0x42, "Windows_LDM", "Windows LDM" },
	{ 0x63, NULL, "UnixWare" },
	{ 0x81, NULL, "Minix" },
	{ 0x82, "Linux_Swap", "Linux Swap" },
	{ 0x83, "Linux", "Linux" },
	{ 0x8e, "Linux_LVM", "Linux LVM" },
	{ 0xa5, "FreeBSD", "FreeBSD" },
	{ 0xa6, "OpenBSD", "OpenBSD" },
	{ 0xa7, "Apple_Rhapsody_UFS", "Apple Rhapsody UFS" },
	{ 0xa8, "Apple_UFS", "Apple UFS" },
	{ 0xa9, "NetBSD", "NetBSD" },
	{ 0xab, "Apple_Boot", "Apple Boot" },
	{ 0xae, "Apple_Encrypted", "Apple Encrypted" },
	{ 0xaf, "Apple_HFS", "Apple HFS" },
	{ 0xbf, NULL, "Solaris or ZFS" },
	{ 0xe8, NULL, "Linux LUKS" },
	{ 0xef, NULL, "EFI System" },
	{ 0xfb, NULL, "VMware VMFS" },
	{ 0xfd, "Linux_RAID", "Linux RAID" },
};

static const struct name apple_names[] = {
	{ "Apple_partition_map", "Apple Partition Map" },
	{ "Apple_Partition_Map", "Apple Partition Map" },
	{ "Apple_patition_map", "Apple Partition Map" },
	{ "Apple_APFS", "Apple APFS" },
	{ "Apple_Bootstrap", "Apple Bootstrap" },
	{ "Apple_CoreStorage", "Apple CoreStorage" },
	{ "Apple_Driver", "Apple Driver" },
	{ "Apple_Driver43", "Apple Driver" },
	{ "Apple_Driver43_CD", "Apple Driver" },
	{ "Apple_Driver_ATA", "Apple Driver" },
	{ "Apple_Driver_ATAPI", "Apple Driver" },
	{ "Apple_FWDriver", "Apple Driver" },
	{ "Apple_Driver_IOKit", "Apple Driver" },
	{ "Apple_HFSX", "Apple HFS" },
	{ "Apple_Label", "Apple Label" },
	{ "Apple_Loader", "Apple Loader" },
	{ "Apple_Patches", "Apple Patches" },
	{ "Apple_PRODOS", "Apple ProDOS" },
	{ "Apple_RAID", "Apple RAID" },
	{ "Apple_RAID_Offline", "Apple RAID (offline)" },
	{ "Apple_UNIX_SVR2", "Apple UNIX or Linux" },
	{ "Linux_LUKS", "Linux LUKS" },
	{ "Linux_swap", "Linux Swap" },
	{ "DOS_FAT_12", "DOS FAT12" },
	{ "GUID_partition_scheme", "GUID Partition Map" },
	{ "FDisk_partition_scheme", "MBR Partition Map" },
	{ "Apple_partition_scheme", "Apple Partition Map" },
	{ "BSD_partition_scheme", "BSD Label" },
	{ "Solaris_partition_scheme", "Solaris Label" },
	{ "UnixWare_partition_scheme", "UnixWare Label" },
	{ "Minix_partition_scheme", "Minix Subpartitions" },
	{ "SGI_partition_scheme", "SGI Label" },
	{ "Sun_partition_scheme", "Sun Label" },
	{ "Ultrix_partition_scheme", "Ultrix Label" },
	{ "Atari_partition_scheme", "Atari Partition Map" },
};

const char *const hint_aliases[] = {
	"linux-data", "linux-swap", "luks", "lvm", "raid", "esp", "bios-boot",
	"ms-data", "ms-reserved", "fat32", "apple-hfs", "apple-apfs",
	"apple-ufs", "apple-boot", "apple-bootstrap", "apple-label",
	"apple-raid", "corestorage", "zfs", "freebsd", "openbsd", NULL
};

/* In the order of hint_aliases. */
static const struct alias aliases[] = {
	{ "0FC63DAF-8483-4772-8E79-3D69D8477DE4", "0x83", "Apple_UNIX_SVR2" },
	{ "0657FD6D-A4AB-43C4-84E5-0933C84B4F4F", "0x82", "Linux_swap" },
	{ "CA7D7CCB-63ED-4C53-861C-1742536059CC", "0xE8", "Linux_LUKS" },
	{ "E6D6D379-F507-44C2-A23C-238F2A3DF928", "0x8E", "Linux_LVM" },
	{ "A19D880F-05FC-4D3B-A006-743F0F84911E", "0xFD", "Linux_RAID" },
	{ "C12A7328-F81F-11D2-BA4B-00A0C93EC93B", "0xEF", NULL },
	{ "21686148-6449-6E6F-744E-656564454649", NULL, NULL },
	{ "EBD0A0A2-B9E5-4433-87C0-68B6B72699C7", "0x07", NULL },
	{ "E3C9E316-0B5C-4DB8-817D-F92DF00215AE", NULL, NULL },
	{ "EBD0A0A2-B9E5-4433-87C0-68B6B72699C7", "0x0C", "DOS_FAT_32" },
	{ "48465300-0000-11AA-AA11-00306543ECAC", "0xAF", "Apple_HFS" },
	{ "7C3457EF-0000-11AA-AA11-00306543ECAC", NULL, "Apple_APFS" },
	{ "55465300-0000-11AA-AA11-00306543ECAC", "0xA8", "Apple_UFS" },
	{ "426F6F74-0000-11AA-AA11-00306543ECAC", "0xAB", "Apple_Boot" },
	{ NULL, NULL, "Apple_Bootstrap" },
	{ "4C616265-6C00-11AA-AA11-00306543ECAC", NULL, "Apple_Label" },
	{ "52414944-0000-11AA-AA11-00306543ECAC", NULL, "Apple_RAID" },
	{ "53746F72-6167-11AA-AA11-00306543ECAC", NULL, "Apple_CoreStorage" },
	{ "6A898CC3-1DD2-11B2-99A6-080020736631", "0xBF", NULL },
	{ "516E7CB4-6ECF-11D6-8FF8-00022D09712B", "0xA5", NULL },
	{ "824CC7A0-36A8-11E3-890A-952519AD3F61", "0xA6", NULL },
};

_Static_assert(ARRAY_SIZE(hint_aliases) == ARRAY_SIZE(aliases) + 1,
	       "each alias has its types");

static bool is_uuid(const char *s)
{
	for (size_t i = 0; i < UUID_LEN; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (dash ? s[i] != '-' : !isxdigit((unsigned char)s[i]))
			return false;
	}
	return s[UUID_LEN] == '\0';
}

/* "0x" and two digits, as hint_mbr() writes it; either case, one digit too. */
static bool parse_byte(const char *s, uint8_t *ret)
{
	unsigned n = 0;

	if (s[0] != '0' || tolower((unsigned char)s[1]) != 'x' ||
	    strlen(s) < 3 || strlen(s) > 4)
		return false;
	for (s += 2; *s; s++) {
		const char *digits = "0123456789abcdef";
		const char *at = strchr(digits, tolower((unsigned char)*s));

		if (!at)
			return false;
		n = n * 16 + (unsigned)(at - digits);
	}
	*ret = (uint8_t)n;
	return true;
}

static const struct mbr_type *find_mbr_type(uint8_t type)
{
	for (size_t i = 0; i < ARRAY_SIZE(mbr_types); i++)
		if (mbr_types[i].type == type)
			return &mbr_types[i];
	return NULL;
}

const char *hint_mbr(uint8_t type, char buf[8])
{
	const struct mbr_type *known = find_mbr_type(type);

	if (known && known->hint)
		return known->hint;
	snprintf(buf, 8, "0x%02X", type);
	return buf;
}

int hint_mbr_type(const char *hint, uint8_t *ret)
{
	if (parse_byte(hint, ret))
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(mbr_types); i++) {
		const char *known = mbr_types[i].hint;

		if (!known || strcasecmp(known, hint) != 0)
			continue;
		*ret = mbr_types[i].type;
		return 0;
	}
	return -ENOENT;
}

static const char *find_name(const struct name *names, size_t n,
			     const char *hint)
{
	for (size_t i = 0; i < n; i++)
		if (streq(names[i].hint, hint))
			return names[i].name;
	return NULL;
}

const char *hint_name(const char *hint)
{
	const char *name = find_name(gpt_names, ARRAY_SIZE(gpt_names), hint);
	uint8_t type;

	if (!name)
		name = find_name(apple_names, ARRAY_SIZE(apple_names), hint);
	if (!name && hint_mbr_type(hint, &type) == 0) {
		const struct mbr_type *known = find_mbr_type(type);

		name = known ? known->name : NULL;
	}
	return name ? name : tag_name(hint);
}

/* What follows "gpt:" and the like; *ret_scheme is NULL where none is given.
   Other text before a colon belongs to the hint. */
static const char *split_prefix(const char *want, const char **ret_scheme)
{
	static const struct name prefixes[] = {
		{ "gpt:", "gpt" }, { "mbr:", "mbr" },
		{ "apple:", "apple" }, { "apm:", "apple" },
		{ "bsd:", "bsd" }, { "solaris:", "solaris" },
		{ "unixware:", "unixware" }, { "minix:", "minix" },
		{ "sgi:", "sgi" }, { "sun:", "sun" },
		{ "ultrix:", "ultrix" }, { "atari:", "atari" },
	};

	*ret_scheme = NULL;
	for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++) {
		size_t len = strlen(prefixes[i].hint);

		if (strncmp(want, prefixes[i].hint, len) != 0)
			continue;
		*ret_scheme = prefixes[i].name;
		return want + len;
	}
	return want;
}

bool hint_equal(const char *want, const char *hint, const char *scheme)
{
	const char *only;
	uint8_t a, b;

	want = split_prefix(want, &only);
	if (only && !streq(only, scheme))
		return false;
	if (streq(scheme, "mbr") && hint_mbr_type(want, &a) == 0 &&
	    hint_mbr_type(hint, &b) == 0)
		return a == b;
	if (streq(scheme, "gpt") || streq(scheme, "mbr") || is_uuid(hint))
		return strcasecmp(want, hint) == 0;
	return streq(want, hint);
}

bool hint_is_called(const char *want, const char *name, const char *scheme)
{
	const char *only;

	want = split_prefix(want, &only);
	return (!only || streq(only, scheme)) && strcasecmp(want, name) == 0;
}

static const char *alias_type(const struct alias *alias, const char *scheme)
{
	if (streq(scheme, "gpt"))
		return alias->gpt;
	return streq(scheme, "mbr") ? alias->mbr : alias->apple;
}

/* An alias, or the Apple string of one that the scheme knows otherwise. */
static const struct alias *find_alias(const char *typed)
{
	for (size_t i = 0; i < ARRAY_SIZE(aliases); i++)
		if (strcasecmp(hint_aliases[i], typed) == 0 ||
		    (aliases[i].apple && streq(aliases[i].apple, typed)))
			return &aliases[i];
	return NULL;
}

/* A container or a guard is no partition that one could ask for. */
static bool is_mbr_type(const char *typed, uint8_t *ret)
{
	const uint8_t others[] = { 0x00, 0x05, 0x0f, 0x85, 0xee };

	if (hint_mbr_type(typed, ret) < 0)
		return false;
	return !memchr(others, *ret, sizeof(others));
}

static int copy_out(char *buf, size_t len, const char *type)
{
	if (strlen(type) >= len)
		return -EINVAL;
	strcpy(buf, type);
	return 0;
}

/* Up to 32 printable characters.  A number or a UUID is meant for another
   kind of map, and the map's own entries are made by whoever writes it. */
static bool is_apple_type(const char *typed)
{
	uint8_t byte;

	if (typed[0] == '\0' || strlen(typed) > 32 || is_uuid(typed) ||
	    parse_byte(typed, &byte))
		return false;
	for (const char *s = typed; *s; s++)
		if (!isascii((unsigned char)*s) || !isprint((unsigned char)*s))
			return false;
	return !streq(typed, "Apple_Free") &&
	       strcasecmp(typed, "Apple_partition_map") != 0 &&
	       !streq(typed, "Apple_patition_map");
}

int hint_resolve(const char *typed, const char *scheme, char *buf, size_t len)
{
	const struct alias *alias = find_alias(typed);
	char text[8];
	uint8_t type;

	if (alias && alias_type(alias, scheme))
		return copy_out(buf, len, alias_type(alias, scheme));
	if (streq(scheme, "gpt") && is_uuid(typed) && len > UUID_LEN) {
		for (size_t i = 0; i <= UUID_LEN; i++)
			buf[i] = (char)toupper((unsigned char)typed[i]);
		return 0;
	}
	if (streq(scheme, "mbr") && is_mbr_type(typed, &type)) {
		snprintf(text, sizeof(text), "0x%02X", type);
		return copy_out(buf, len, text);
	}
	if (streq(scheme, "apple") && !alias && is_apple_type(typed))
		return copy_out(buf, len, typed);
	return -EINVAL;
}
