/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * blockfile.h - a medium as a file that behaves as a block device does
 *
 * Its size is the medium's, and no writer changes it.  What begins past the end reads as nothing and cannot be
 * written (ENOSPC); what straddles it is done up to there.  Any offset and
 * length will do; how they fit the granule is the edge's business.
 */
#ifndef FILTERD_BLOCKFILE_H
#define FILTERD_BLOCKFILE_H

#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>

#include "figures.h"
#include "openers.h"
#include "port.h"

struct blockfile {
	struct store *store;
	struct port port;
	struct edge *edge;
	struct openers openers;
	struct figures figures;	/* what its users asked for */
	struct timespec born;
	uid_t uid;		/* whose it is; at first ours */
	gid_t gid;
};

/* @store must outlive it.  0 or -ENOMEM; call blockfile_fini() in any case. */
int blockfile_init(struct blockfile *file, struct store *store);
void blockfile_fini(struct blockfile *file);

/* *len, at most FILTER_MAX_IO: how much is wanted, and was done at success. */
int blockfile_read(struct blockfile *file, void *buf, size_t *len,
		   uint64_t off);
int blockfile_write(struct blockfile *file, const void *buf, size_t *len,
		    uint64_t off, unsigned flags);

/* openers_flush(), counted. */
int blockfile_flush(struct blockfile *file, uint64_t handle);

/*
 * fallocate(2).  PUNCH_HOLE and ZERO_RANGE both read as zeros afterwards, to
 * the byte, and are clipped at the end; what would move the end is -ENOSPC,
 * other modes -EOPNOTSUPP, and PUNCH_HOLE too where it would free nothing.
 */
int blockfile_allocate(struct blockfile *file, int mode, uint64_t len,
		       uint64_t off);

/* SEEK_DATA and SEEK_HOLE of lseek(2), from *off on. */
int blockfile_seek(struct blockfile *file, int whence, uint64_t *off);

void blockfile_stat(const struct blockfile *file, struct stat *ret);
void blockfile_statfs(const struct blockfile *file, struct statvfs *ret);

#endif /* FILTERD_BLOCKFILE_H */
