/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * occupant.c - see occupant.h
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <mntent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "cleanup.h"
#include "control.h"
#include "escape.h"
#include "occupant.h"
#include "sysfs.h"
#include "util.h"

/* The backing file by its path, for those who may not open the device. */
static bool backs_by_path(const char *loop, const struct stat *st)
{
	char path[64], file[4096];
	struct stat backing;

	snprintf(path, sizeof(path), "/sys/block/%s/loop/backing_file", loop);
	return sysfs_read(path, file, sizeof(file)) &&
	       stat(file, &backing) == 0 && backing.st_dev == st->st_dev &&
	       backing.st_ino == st->st_ino;
}

static bool backs(const char *loop, const struct stat *st)
{
	struct loop_info64 info;
	_cleanup_fd_ int fd = -1;
	char path[64];

	snprintf(path, sizeof(path), "/dev/%.16s", loop);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0 || ioctl(fd, LOOP_GET_STATUS64, &info) < 0)
		return backs_by_path(loop, st);
	if (S_ISBLK(st->st_mode))
		return info.lo_rdevice == st->st_rdev;
	return info.lo_device == st->st_dev && info.lo_inode == st->st_ino;
}

bool occupant_loop(const struct stat *st, char *buf, size_t len)
{
	_cleanup_dir_ DIR *dir = opendir("/sys/block");
	const struct dirent *entry;
	char path[64];

	while (dir && (entry = readdir(dir))) {
		if (strncmp(entry->d_name, "loop", 4) != 0 ||
		    strlen(entry->d_name) > 16)
			continue;
		/* There only while a file is attached. */
		snprintf(path, sizeof(path), "/sys/block/%.16s/loop",
			 entry->d_name);
		if (access(path, F_OK) < 0 || !backs(entry->d_name, st))
			continue;
		snprintf(buf, len, "/dev/%s", entry->d_name);
		return true;
	}
	return false;
}

static bool find_mount(dev_t dev, const char *node, struct failure *f,
		       const char *path)
{
	FILE *mounts = setmntent("/proc/self/mounts", "re");
	const struct mntent *mount;
	char where[512], name[256];
	bool found = false;
	struct stat st;

	while (mounts && !found && (mount = getmntent(mounts))) {
		if (mount->mnt_fsname[0] != '/' ||
		    stat(mount->mnt_fsname, &st) < 0 ||
		    !S_ISBLK(st.st_mode) || st.st_rdev != dev)
			continue;
		found = true;
		escape(mount->mnt_dir, where, sizeof(where));
		escape(path, name, sizeof(name));
		failure_set(f, -EBUSY, EXIT_BUSY,
			    "%s is in use: /dev/%s is mounted on %s", name,
			    node, where);
		failure_hint(f, "unmount it first: umount %s", where);
	}
	if (mounts)
		(void)endmntent(mounts);
	return found;
}

static bool find_kernel_device(dev_t dev, const char *node,
			       struct failure *f, const char *path)
{
	_cleanup_dir_ DIR *dir = NULL;
	const struct dirent *entry;
	char folder[64], name[256];

	snprintf(folder, sizeof(folder), "/sys/dev/block/%u:%u/holders",
		 major(dev), minor(dev));
	dir = opendir(folder);
	while (dir && (entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		failure_set(f, -EBUSY, EXIT_BUSY,
			    "%s is in use: the kernel's /dev/%.64s stands on "
			    "/dev/%s", escape(path, name, sizeof(name)),
			    entry->d_name, node);
		return true;
	}
	return false;
}

static bool find_swap(dev_t dev, const char *node, struct failure *f,
		      const char *path)
{
	_cleanup_file_ FILE *swaps = fopen("/proc/swaps", "re");
	char line[512], name[256];
	struct stat st;

	while (swaps && fgets(line, sizeof(line), swaps)) {
		line[strcspn(line, " \t\n")] = '\0';
		if (stat(line, &st) < 0 || !S_ISBLK(st.st_mode) ||
		    st.st_rdev != dev)
			continue;
		failure_set(f, -EBUSY, EXIT_BUSY,
			    "%s is in use: /dev/%s is swap space",
			    escape(path, name, sizeof(name)), node);
		failure_hint(f, "take it out of use first: swapoff /dev/%s",
			     node);
		return true;
	}
	return false;
}

struct search {
	const char *path;
	struct failure *f;
};

static int find_user(void *arg, dev_t dev, const char *node, unsigned number)
{
	const struct search *search = arg;

	(void)number;
	return find_mount(dev, node, search->f, search->path) ||
	       find_kernel_device(dev, node, search->f, search->path) ||
	       find_swap(dev, node, search->f, search->path);
}

int occupant_of_block(const char *path, const struct stat *st,
		      struct failure *f)
{
	struct search search = { path, f };
	char node[64], name[256];

	if (sysfs_node(st->st_rdev, node, sizeof(node)) &&
	    (find_user(&search, st->st_rdev, node, 0) ||
	     sysfs_partitions(st->st_rdev, find_user, &search) != 0))
		return -EBUSY;
	failure_set(f, -EBUSY, EXIT_BUSY,
		    "%s is in use by something that holds it alone",
		    escape(path, name, sizeof(name)));
	failure_hint(f, "see what uses it: lsblk, or fuser -v");
	return -EBUSY;
}

static bool is_number(const char *s)
{
	return s[0] != '\0' && s[strspn(s, "0123456789")] == '\0';
}

/* Whether descriptor @fd of process @pid is on @st and has a lock. */
static bool has_lock(const char *pid, const char *fd, const struct stat *st)
{
	_cleanup_file_ FILE *info = NULL;
	struct statx file;
	char path[64], line[256];

	snprintf(path, sizeof(path), "/proc/%.16s/fd/%.16s", pid, fd);
	/* Asks no server: another user's may never answer. */
	if (statx(AT_FDCWD, path, AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT,
		  STATX_INO, &file) < 0 || file.stx_ino != st->st_ino ||
	    makedev(file.stx_dev_major, file.stx_dev_minor) != st->st_dev)
		return false;
	snprintf(path, sizeof(path), "/proc/%.16s/fdinfo/%.16s", pid, fd);
	info = fopen(path, "re");
	while (info && fgets(line, sizeof(line), info))
		if (strncmp(line, "lock:", 5) == 0)
			return true;
	return false;
}

static bool process_has_lock(const char *pid, const struct stat *st)
{
	_cleanup_dir_ DIR *dir = NULL;
	const struct dirent *entry;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%.16s/fd", pid);
	dir = opendir(path);
	while (dir && (entry = readdir(dir)))
		if (is_number(entry->d_name) &&
		    has_lock(pid, entry->d_name, st))
			return true;
	return false;
}

/* The service has many places, and tells itself which is whose. */
static bool is_of_service(const char *place)
{
	static const char media[] = CONTROL_RUN_DIR "/media/";

	return strncmp(place, media, sizeof(media) - 1) == 0;
}

/* What has it has its directory open, with the socket in it. */
static void hint_umount(const char *pid, struct failure *f)
{
	_cleanup_dir_ DIR *dir = NULL;
	const struct dirent *entry;
	char path[64], place[2048], control[sizeof(place) + 16], safe[256];
	struct stat st;

	snprintf(path, sizeof(path), "/proc/%.16s/fd", pid);
	dir = opendir(path);
	while (dir && (entry = readdir(dir))) {
		ssize_t n = readlinkat(dirfd(dir), entry->d_name, place,
				       sizeof(place) - 1);

		if (n <= 0 || place[0] != '/')
			continue;
		place[n] = '\0';
		snprintf(control, sizeof(control), "%s/.control", place);
		if (lstat(control, &st) < 0 || !S_ISSOCK(st.st_mode))
			continue;
		if (is_of_service(place)) {
			failure_hint(f, "the service has it: \"filterctl "
				     "status\" shows as what, \"filterctl "
				     "detach\" gives it back");
			return;
		}
		failure_hint(f, "its volumes are in '%s': filterd umount ends "
			     "that", escape(place, safe, sizeof(safe)));
	}
}

int occupant_of_lock(const char *path, const struct stat *st,
		     struct failure *f)
{
	_cleanup_dir_ DIR *dir = opendir("/proc");
	const struct dirent *entry;
	char name[256], file[64], comm[64], shown[ESCAPE_LEN(sizeof(comm))];

	escape(path, name, sizeof(name));
	while (dir && (entry = readdir(dir))) {
		if (!is_number(entry->d_name) ||
		    !process_has_lock(entry->d_name, st))
			continue;
		snprintf(file, sizeof(file), "/proc/%.16s/comm",
			 entry->d_name);
		if (!sysfs_read(file, comm, sizeof(comm)))
			snprintf(comm, sizeof(comm), "process");
		hint_umount(entry->d_name, f);
		return failure_set(f, -EBUSY, EXIT_BUSY,
				   "%s is in use: %s (pid %s) has locked it",
				   name, escape(comm, shown, sizeof(shown)),
				   entry->d_name);
	}
	return failure_set(f, -EBUSY, EXIT_BUSY,
			   "%s is in use: another process has locked it",
			   name);
}
