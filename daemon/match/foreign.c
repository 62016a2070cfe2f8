/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * foreign.c - see foreign.h
 *
 * The magics are those of the formats' specifications: qcow and qcow2 (QEMU,
 * docs/interop), VMDK (VMware, Virtual Disk Format 5.0), VHD and VHDX
 * (Microsoft), VDI (VirtualBox), UDIF (its "koly" trailer) and Apple's sparse
 * and encrypted images, EWF (libewf), gzip (RFC 1952), xz, zstd (RFC 8878),
 * bzip2, lz4.
 */
#include <unistd.h>

#include "foreign.h"
#include "util.h"

#define CONVERT(driver) "qemu-img convert -f " driver " -O raw", "disk.img"
#define EXPAND(program) program " -dc", "> disk.img"

/* On a Mac: nobody else opens all of them. */
#define HDIUTIL "hdiutil convert -format UDTO -o disk", ""

static const struct magic {
	struct foreign foreign;
	int off;		/* negative: from the end */
	const char *bytes;
	size_t len;
} magics[] = {
	{ { "a qcow image", CONVERT("qcow") }, 0, "QFI\xfb\0\0\0\1", 8 },
	{ { "a qcow2 image", CONVERT("qcow2") }, 0, "QFI\xfb", 4 },
	{ { "a QED image", CONVERT("qed") }, 0, "QED", 4 },
	{ { "a VMDK image", CONVERT("vmdk") }, 0, "KDMV", 4 },
	{ { "a VMDK image", CONVERT("vmdk") }, 0, "COWD", 4 },
	{ { "a VMDK image", CONVERT("vmdk") }, 0, "# Disk DescriptorFile", 21 },
	{ { "a VHDX image", CONVERT("vhdx") }, 0, "vhdxfile", 8 },
	{ { "a VHD image", CONVERT("vpc") }, 0, "conectix", 8 },
	{ { "a VDI image", CONVERT("vdi") }, 64, "\x7f\x10\xda\xbe", 4 },
	{ { "a Parallels image", CONVERT("parallels") },
	  0, "WithoutFreeSpace", 16 },
	{ { "a Parallels image", CONVERT("parallels") },
	  0, "WithouFreSpacExt", 16 },
	{ { "an encrypted UDIF (dmg) image", HDIUTIL }, 0, "encrcdsa", 8 },
	{ { "an Apple sparse image", HDIUTIL }, 0, "sprs", 4 },
	{ { "an EWF (E01) image", "ewfexport -f raw -t disk", "" },
	  0, "EVF\x09\x0d\x0a\xff", 8 },
	{ { "an image compressed with gzip", EXPAND("gzip") },
	  0, "\x1f\x8b\x08\x00", 4 },
	{ { "an image compressed with gzip", EXPAND("gzip") },
	  0, "\x1f\x8b\x08\x08", 4 },
	{ { "an image compressed with xz", EXPAND("xz") },
	  0, "\xfd" "7zXZ", 6 },
	{ { "an image compressed with zstd", EXPAND("zstd") },
	  0, "\x28\xb5\x2f\xfd", 4 },
	{ { "an image compressed with lz4", EXPAND("lz4") },
	  0, "\x04\x22\x4d\x18", 4 },
	/* With each size of a block. */
	{ { "an image compressed with bzip2", EXPAND("bzip2") },
	  4, "1AY&SY", 6 },
	{ { "a VHD image", CONVERT("vpc") }, -512, "conectix", 8 },
	{ { "a VHD image", CONVERT("vpc") }, -511, "conectix", 8 },
	{ { "a UDIF (dmg) image", CONVERT("dmg") }, -512, "koly", 4 },
	{ { "an encrypted UDIF (dmg) image", HDIUTIL }, -8, "cdsaencr", 8 },
};

static bool has_magic(int fd, uint64_t size, const struct magic *magic)
{
	uint64_t off = (uint64_t)magic->off;
	char bytes[32];

	if (magic->off < 0) {
		if (size < (uint64_t)-magic->off)
			return false;
		off = size - (uint64_t)-magic->off;
	}
	return pread(fd, bytes, magic->len, (off_t)off) ==
		       (ssize_t)magic->len &&
	       memcmp(bytes, magic->bytes, magic->len) == 0;
}

const struct foreign *foreign_find(int fd, uint64_t size, bool file)
{
	for (size_t i = 0; i < ARRAY_SIZE(magics); i++)
		if ((file || magics[i].off >= 0) &&
		    has_magic(fd, size, &magics[i]))
			return &magics[i].foreign;
	return NULL;
}
