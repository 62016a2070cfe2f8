/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * crypt.h - what prepare, in the helper, hands to start, in the daemon
 */
#ifndef CRYPT_H
#define CRYPT_H

#include <stdint.h>

#include "sector.h"

#define CRYPT_TICKET_VERSION 2u

/* Lies in the daemon's locked memory; all of it is checked again by start. */
struct crypt_ticket {
	uint32_t version;
	uint32_t sector_size;		/* bytes */
	uint64_t data_offset;		/* bytes, on the medium below */
	uint64_t data_size;		/* bytes */
	uint64_t iv_first;		/* of the first sector, in 512 bytes */
	uint32_t key_len;
	uint32_t discards;		/* the header allows them */
	unsigned char key[SECTOR_MAX_KEY];
	char cipher[64];		/* "aes-xts-plain64" */
	char uuid[40], label[64];
};

#endif /* CRYPT_H */
