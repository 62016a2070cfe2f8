/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * verdict.h - what stands in a map's own sectors, where libblkid says but yes
 * or no: why there is no map, and what it must not be let loose on
 *
 * Returns 0, -ENODEV when there is no such map, -EBADMSG when there is one,
 * but damaged, or a negative errno of reading.  Sizes are bytes.
 */
#ifndef FILTERD_VERDICT_H
#define FILTERD_VERDICT_H

#include <stdbool.h>
#include <stdint.h>

/*
 * The sectors that a GPT was made for: @sector, or what a header in its place
 * tells.  A disk that has been in another enclosure has others than its own.
 */
uint32_t verdict_gpt_sector(int fd, uint64_t size, uint32_t sector);

/* Says in @why what is wrong with the GPT; 0: nothing that we know. */
int verdict_gpt(int fd, uint64_t size, uint32_t sector, char why[128]);

/*
 * The same for an MBR, which tells by nothing but its numbers.  A volume whose
 * cipher has sectors of 4096 bytes is partitioned through a loop device, that
 * is, in sectors of 512: read as 4096, its partitions would lie elsewhere.
 */
uint32_t verdict_mbr_sector(int fd, uint64_t size, uint32_t sector);

/*
 * Whether the MBR's table could be nothing else: it lies in the medium, nothing
 * in it overlaps, and its flags are those that there are.  A boot sector of
 * another kind has the signature too, and anything before it.
 */
bool verdict_mbr_is_sure(int fd, uint64_t size, uint32_t sector);

/* The same as verdict_gpt() for an MBR and its chain of logical partitions.
   With 0 there may be a warning in @why. */
int verdict_mbr(int fd, uint64_t size, uint32_t sector, char why[128]);

#endif /* FILTERD_VERDICT_H */
