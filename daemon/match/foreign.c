/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * foreign.c - see foreign.h
 *
 * The magics are those of the formats' specifications: qcow2 (QEMU,
 * docs/interop), VMDK (VMware, Virtual Disk Format 5.0), VHD and VHDX
 * (Microsoft), VDI (VirtualBox), UDIF (its "koly" trailer).
 */
#include <unistd.h>

#include "foreign.h"
#include "util.h"

#define TRAILER 512u		/* where VHD and UDIF have theirs */
#define AT_END INT64_MIN	/* the offset of a trailer */

static const struct magic {
	struct foreign foreign;
	int64_t off;
	const char *bytes;
	size_t len;
} magics[] = {
	{ { "qcow2", "qcow2" }, 0, "QFI\xfb", 4 },
	{ { "QED", "qed" }, 0, "QED", 4 },
	{ { "VMDK", "vmdk" }, 0, "KDMV", 4 },
	{ { "VMDK", "vmdk" }, 0, "COWD", 4 },
	{ { "VMDK", "vmdk" }, 0, "# Disk DescriptorFile", 21 },
	{ { "VHDX", "vhdx" }, 0, "vhdxfile", 8 },
	{ { "VHD", "vpc" }, 0, "conectix", 8 },
	{ { "VDI", "vdi" }, 64, "\x7f\x10\xda\xbe", 4 },
	{ { "Parallels", "parallels" }, 0, "WithoutFreeSpace", 16 },
	{ { "Parallels", "parallels" }, 0, "WithouFreSpacExt", 16 },
	{ { "encrypted UDIF (dmg)", NULL }, 0, "encrcdsa", 8 },
	{ { "VHD", "vpc" }, AT_END, "conectix", 8 },
	{ { "UDIF (dmg)", "dmg" }, AT_END, "koly", 4 },
};

static bool has_magic(int fd, uint64_t size, const struct magic *magic)
{
	char bytes[32];
	int64_t off = magic->off;

	if (off == AT_END) {
		if (size < TRAILER)
			return false;
		off = (int64_t)(size - TRAILER);
	}
	return pread(fd, bytes, magic->len, off) == (ssize_t)magic->len &&
	       memcmp(bytes, magic->bytes, magic->len) == 0;
}

const struct foreign *foreign_find(int fd, uint64_t size, bool file)
{
	for (size_t i = 0; i < ARRAY_SIZE(magics); i++)
		if ((file || magics[i].off != AT_END) &&
		    has_magic(fd, size, &magics[i]))
			return &magics[i].foreign;
	return NULL;
}
