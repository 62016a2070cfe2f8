/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tag.c - see tag.h
 *
 * The numbers are those of the systems' own headers: Solaris <sys/vtoc.h>,
 * UnixWare's vtoc(7), IRIX <sys/dvh.h>, the BSDs' <sys/disklabel.h> as far as
 * these agree; and what Linux's fdisk adds to SGI and Sun labels.
 */
#include <stdio.h>

#include "tag.h"
#include "util.h"

static const struct tag {
	const char *family;
	unsigned number;
	const char *hint, *name;
} tags[] = {
	{ "BSD", 1, "BSD_swap", "BSD Swap" },
	{ "BSD", 7, "BSD_FFS", "BSD FFS" },
	{ "BSD", 8, "BSD_MSDOS", "BSD MS-DOS" },
	{ "BSD", 9, "BSD_LFS", "BSD LFS" },
	{ "BSD", 12, "BSD_ISO9660", "BSD ISO 9660" },
	{ "BSD", 17, "BSD_ext2", "BSD ext2" },
	{ "BSD", 18, "BSD_NTFS", "BSD NTFS" },
	{ "BSD", 19, "BSD_RAID", "BSD RAID" },
	{ "BSD", 27, "BSD_ZFS", "BSD ZFS" },

	{ "SGI", 0x00, "SGI_volhdr", "SGI Volume Header" },
	{ "SGI", 0x03, "SGI_swap", "SGI Swap" },
	{ "SGI", 0x05, "SGI_sysv", "SGI System V" },
	{ "SGI", 0x07, "SGI_efs", "SGI EFS" },
	{ "SGI", 0x0a, "SGI_xfs", "SGI XFS" },
	{ "SGI", 0x0b, "SGI_xfslog", "SGI XFS Log" },
	{ "SGI", 0x0c, "SGI_xlv", "SGI XLV" },
	{ "SGI", 0x0d, "SGI_xvm", "SGI XVM" },
	{ "SGI", 0x82, "SGI_linux_swap", "Linux Swap" },
	{ "SGI", 0x83, "SGI_linux", "Linux" },
	{ "SGI", 0x8e, "SGI_linux_lvm", "Linux LVM" },
	{ "SGI", 0xfd, "SGI_linux_raid", "Linux RAID" },

	{ "Solaris", 0x01, "Solaris_boot", "Solaris Boot" },
	{ "Solaris", 0x02, "Solaris_root", "Solaris Root" },
	{ "Solaris", 0x03, "Solaris_swap", "Solaris Swap" },
	{ "Solaris", 0x04, "Solaris_usr", "Solaris /usr" },
	{ "Solaris", 0x06, "Solaris_stand", "Solaris Stand" },
	{ "Solaris", 0x07, "Solaris_var", "Solaris /var" },
	{ "Solaris", 0x08, "Solaris_home", "Solaris /home" },
	{ "Solaris", 0x09, "Solaris_altsctr", "Solaris Alternate Sectors" },
	{ "Solaris", 0x0a, "Solaris_cache", "Solaris Cache" },
	{ "Solaris", 0x0b, "Solaris_reserved", "Solaris Reserved" },

	{ "Sun", 0x01, "Sun_boot", "Sun Boot" },
	{ "Sun", 0x02, "Sun_root", "Sun Root" },
	{ "Sun", 0x03, "Sun_swap", "Sun Swap" },
	{ "Sun", 0x04, "Sun_usr", "Sun /usr" },
	{ "Sun", 0x06, "Sun_stand", "Sun Stand" },
	{ "Sun", 0x07, "Sun_var", "Sun /var" },
	{ "Sun", 0x08, "Sun_home", "Sun /home" },
	{ "Sun", 0x09, "Sun_altsctr", "Sun Alternate Sectors" },
	{ "Sun", 0x0a, "Sun_cache", "Sun Cache" },
	{ "Sun", 0x0b, "Sun_reserved", "Sun Reserved" },
	{ "Sun", 0x82, "Sun_linux_swap", "Linux Swap" },
	{ "Sun", 0x83, "Sun_linux", "Linux" },
	{ "Sun", 0x8e, "Sun_linux_lvm", "Linux LVM" },
	{ "Sun", 0xfd, "Sun_linux_raid", "Linux RAID" },

	{ "UnixWare", 0x01, "UnixWare_boot", "UnixWare Boot" },
	{ "UnixWare", 0x02, "UnixWare_root", "UnixWare Root" },
	{ "UnixWare", 0x03, "UnixWare_swap", "UnixWare Swap" },
	{ "UnixWare", 0x04, "UnixWare_usr", "UnixWare /usr" },
	{ "UnixWare", 0x09, "UnixWare_stand", "UnixWare Stand" },
	{ "UnixWare", 0x0a, "UnixWare_var", "UnixWare /var" },
	{ "UnixWare", 0x0b, "UnixWare_home", "UnixWare /home" },
	{ "UnixWare", 0x0c, "UnixWare_dump", "UnixWare Dump" },
};

const char *tag_hint(const char *family, unsigned number, char buf[TAG_LEN])
{
	for (size_t i = 0; i < ARRAY_SIZE(tags); i++)
		if (tags[i].number == number &&
		    streq(tags[i].family, family))
			return tags[i].hint;
	snprintf(buf, TAG_LEN, "%s_0x%02X", family, number);
	return buf;
}

const char *tag_name(const char *hint)
{
	for (size_t i = 0; i < ARRAY_SIZE(tags); i++)
		if (streq(tags[i].hint, hint))
			return tags[i].name;
	return NULL;
}
