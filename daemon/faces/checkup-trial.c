/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * checkup-trial.c - a disk in memory, looked at by a helper, published, and
 * put below a loop device
 *
 * What a container or a security module forbids is found in no other way.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "checkup.h"
#include "cleanup.h"
#include "device.h"
#include "export.h"
#include "helper.h"
#include "loop.h"
#include "session.h"
#include "util.h"

#define TRIAL_SIZE (1u << 20)

/* A disk in memory, and its one volume. */
struct trial {
	char dir[sizeof("/tmp/filterd-doctor.XXXXXX")];
	int dir_fd;
	struct device *device;
	struct export *export;
};

static int disk_open(struct device **ret, struct failure *f)
{
	_cleanup_fd_ int disk = memfd_create("filterd-doctor", MFD_CLOEXEC);
	int r = disk < 0 || ftruncate(disk, TRIAL_SIZE) < 0 ? -errno : 0;

	if (r == 0)
		r = device_open(take_fd(&disk), true, 0, ret);
	return r < 0 ? failure_errno(f, r, "cannot make a disk in memory") :
		       0;
}

void checkup_helper(const struct checkup *checkup)
{
	struct helper_examined examined = { 0 };
	struct device *disk = NULL;
	struct failure f = { 0 };
	int r = disk_open(&disk, &f);

	if (r == 0)
		r = helper_examine(device_store(disk), "trial", -1, NULL,
				   &examined, &f);
	if (r == 0)
		checkup_tell(checkup, "helper", CHECKUP_OK, "",
			     "the helper looked at a disk from its cage");
	else
		checkup_tell_failure(checkup, "helper", CHECKUP_FAIL, &f);
	helper_examined_clear(&examined);
	device_close(disk);
}

/* What a filter says of itself at work. */
struct speed {
	const struct checkup *checkup;
	struct store *disk;
	const char *filter;
};

static void tell_speed(void *arg, int level, const char *text)
{
	const struct speed *speed = arg;

	if (level == FILTER_INFO)
		checkup_tell(speed->checkup, "speed", CHECKUP_OK, "",
			     "%s: %s", speed->filter, text);
}

static bool can_bench(const struct filter_ops *ops)
{
	for (const struct filter_verb *verb = ops->verbs; verb && verb->name;
	     verb++)
		if (streq(verb->name, "bench"))
			return true;
	return false;
}

/* One that cannot be loaded is told of elsewhere. */
static int measure(void *arg, const char *name, const char *path)
{
	struct speed *speed = arg;
	struct helper_subject subject = { .store = speed->disk,
					  .name = "trial" };
	struct module *module = NULL;
	struct failure f = { 0 };

	(void)path;
	if (module_get(speed->checkup->stack->modules, name, &module,
		       NULL) < 0)
		return 0;
	speed->filter = name;
	subject.module = module;
	if (can_bench(module_ops(module)) &&
	    helper_verb(&subject, "bench", tell_speed, speed, &f) < 0)
		checkup_tell_failure(speed->checkup, "speed", CHECKUP_WARN,
				     &f);
	module_put(module);
	return 0;
}

void checkup_speed(const struct checkup *checkup)
{
	struct speed speed = { .checkup = checkup };
	struct device *disk = NULL;
	struct failure f = { 0 };

	if (disk_open(&disk, &f) < 0) {
		checkup_tell_failure(checkup, "speed", CHECKUP_WARN, &f);
		return;
	}
	speed.disk = device_store(disk);
	(void)modules_each(checkup->stack->modules, measure, &speed);
	device_close(disk);
}

static int trial_open(struct trial *trial, struct failure *f)
{
	int r = disk_open(&trial->device, f);

	if (r < 0)
		return r;
	strcpy(trial->dir, "/tmp/filterd-doctor.XXXXXX");
	if (!mkdtemp(trial->dir)) {
		trial->dir[0] = '\0';
		return failure_errno(f, -errno,
				     "cannot make a directory in /tmp");
	}
	trial->dir_fd = open(trial->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (trial->dir_fd < 0)
		return failure_errno(f, -errno, "cannot open '%s'",
				     trial->dir);
	return export_start(device_store(trial->device), trial->dir,
			    trial->dir_fd, "volume",
			    &(const struct export_options){ 0 },
			    &trial->export, f);
}

/* We have closed it, but the kernel tells of that later. */
static int unpublish(struct trial *trial)
{
	const struct timespec step = { .tv_nsec = 20000000 };

	for (unsigned i = 0; i < 50 && export_is_open(trial->export); i++)
		(void)nanosleep(&step, NULL);
	if (export_unmount(trial->export) < 0)
		export_abort(trial->export);
	return export_stop(trial->export);
}

static void trial_close(struct trial *trial)
{
	/* One that hangs is left to the end of the process. */
	if (trial->export && unpublish(trial) == -ETIMEDOUT)
		return;
	device_close(trial->device);
	cleanup_fd(&trial->dir_fd);
	if (trial->dir[0])
		(void)rmdir(trial->dir);
}

static int use(int file, struct failure *f)
{
	char buf[512] = "filterd";

	if (pwrite(file, buf, sizeof(buf), 4096) != sizeof(buf) ||
	    pread(file, buf, sizeof(buf), 4096) != sizeof(buf) ||
	    fsync(file) < 0)
		return failure_errno(f, errno ? -errno : -EIO,
				     "a volume that was mounted cannot be "
				     "used");
	return 0;
}

/* Users' machines may keep loop devices for root: no fault. */
static void try_loop(const struct checkup *checkup, const struct trial *trial,
		     int file)
{
	const struct loop_options options = { .granule = 4096 };
	struct loop loop = { .fd = -1 };
	struct failure f = { 0 };
	uint64_t size = 0;
	int sector = 0;

	if (loop_attach(file, export_path(trial->export), &options, &loop,
			&f) < 0) {
		checkup_tell_failure(checkup, "loop", geteuid() == 0 ?
				     CHECKUP_FAIL : CHECKUP_WARN, &f);
		return;
	}
	if (ioctl(loop.fd, BLKGETSIZE64, &size) < 0 || size != TRIAL_SIZE ||
	    ioctl(loop.fd, BLKSSZGET, &sector) < 0 || sector != 4096)
		checkup_tell(checkup, "loop", CHECKUP_FAIL, "",
			     "a loop device on a volume has not its size and "
			     "sectors");
	else
		checkup_tell(checkup, "loop", CHECKUP_OK, "",
			     "a loop device was put on it");
	loop_release(&loop);
}

static int try_volume(const struct checkup *checkup,
		      const struct trial *trial, struct failure *f)
{
	_cleanup_fd_ int file = open(export_path(trial->export),
				     O_RDWR | O_CLOEXEC);
	int r = file < 0 ? failure_errno(f, -errno, "cannot open a volume") :
			   use(file, f);

	if (r < 0)
		return r;
	checkup_tell(checkup, "fuse", CHECKUP_OK, "",
		     "a volume was mounted, written and read");
	try_loop(checkup, trial, file);
	return 0;
}

void checkup_volume(const struct checkup *checkup)
{
	struct trial trial = { .dir_fd = -1 };
	struct failure f = { 0 };
	int r = trial_open(&trial, &f);

	if (r == 0)
		r = try_volume(checkup, &trial, &f);
	if (r < 0)
		checkup_tell_failure(checkup, "fuse", CHECKUP_FAIL, &f);
	trial_close(&trial);
}

/* Of root's volumes others see what the file's mode lets them. */
void checkup_sharing(const struct checkup *checkup)
{
	if (geteuid() == 0)
		return;
	if (session_users_may_share())
		checkup_tell(checkup, "sharing", CHECKUP_OK, "",
			     "root can use your volumes too");
	else
		checkup_tell(checkup, "sharing", CHECKUP_WARN,
			     "add the line user_allow_other to "
			     "/etc/fuse.conf", "nobody else can use your "
			     "volumes, root and its loop devices included");
}
