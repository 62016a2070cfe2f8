/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-session.c - how volumes end, hang and are held
 */
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "holders.h"
#include "util.h"
#include "volume.h"
#include "volumes.h"

#define SIZE	(4 * MIB)
#define HANGING	64

struct reader {
	pthread_t thread;
	int fd, error;
	off_t off;
	atomic_bool ended;
};

static void *read_a_sector(void *arg)
{
	struct reader *reader = arg;
	void *buf = aligned_alloc(4096, 4096);

	if (pread(reader->fd, buf, 4096, reader->off) < 0)
		reader->error = errno;
	free(buf);
	atomic_store(&reader->ended, true);
	return NULL;
}

static void reader_start(struct reader *reader, int fd, off_t off)
{
	*reader = (struct reader){ .fd = fd, .off = off };
	pthread_create(&reader->thread, NULL, read_a_sector, reader);
}

static void test_placeholder_is_taken_away(void)
{
	struct export_options options = { .cache = EXPORT_CACHE_AUTO };
	struct export *second;
	struct failure f = { 0 };
	struct volume v;
	char path[64];
	int dir;

	volume_open(&v, SIZE, 512, true, EXPORT_CACHE_AUTO);
	CU_ASSERT(volume_is_mounted(v.path));
	dir = open(v.dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CU_ASSERT_EQUAL(export_start(&v.memory->store, v.dir, dir, "disk",
				     &options, &second, &f), -EEXIST);
	CU_ASSERT_PTR_NOT_NULL(strstr(f.text, "disk"));
	CU_ASSERT(volume_is_mounted(v.path));
	(void)close(dir);
	(void)snprintf(path, sizeof(path), "%s", v.path);
	volume_close(&v);	/* checks that its directory is empty */
	CU_ASSERT_FALSE(volume_is_mounted(path));
}

/* In a mount namespace of its own, until @until is closed. */
static pid_t hold_a_copy(int until[2])
{
	int ready[2];
	pid_t pid;
	char c;

	CU_ASSERT_EQUAL_FATAL(pipe2(ready, O_CLOEXEC), 0);
	CU_ASSERT_EQUAL_FATAL(pipe2(until, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		c = unshare(CLONE_NEWNS) == 0 ? 'y' : 'n';
		(void)close(until[1]);
		(void)!write(ready[1], &c, 1);
		(void)!read(until[0], &c, 1);
		_exit(0);
	}
	CU_ASSERT_EQUAL(read(ready[0], &c, 1), 1);
	CU_ASSERT_EQUAL(c, 'y');
	(void)close(ready[0]);
	(void)close(ready[1]);
	return pid;
}

static void test_a_copy_elsewhere_is_no_trouble(void)
{
	int until[2], heard, err;
	struct volume v;
	char c;
	pid_t pid;

	volume_open(&v, SIZE, 512, true, EXPORT_CACHE_AUTO);
	pid = hold_a_copy(until);
	heard = memfd_create("heard", MFD_CLOEXEC);
	err = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
	CU_ASSERT(dup2(heard, STDERR_FILENO) >= 0);
	volume_close(&v);
	CU_ASSERT(dup2(err, STDERR_FILENO) >= 0);
	CU_ASSERT_EQUAL(pread(heard, &c, 1, 0), 0);	/* not a word */
	(void)close(heard);
	(void)close(err);
	(void)close(until[0]);
	(void)close(until[1]);
	CU_ASSERT_EQUAL(waitpid(pid, NULL, 0), pid);
}

static void test_busy_changes_nothing(void)
{
	struct volume v;
	char c = 0;
	int fd;

	volume_open(&v, SIZE, 512, true, EXPORT_CACHE_AUTO);
	fd = volume_file(&v, O_RDWR);
	CU_ASSERT_EQUAL(export_stop(v.export), -EBUSY);
	CU_ASSERT_EQUAL(export_stop(v.export), -EBUSY);
	CU_ASSERT(volume_is_mounted(v.path));
	CU_ASSERT_EQUAL(pwrite(fd, "x", 1, 100), 1);
	CU_ASSERT_EQUAL(pread(fd, &c, 1, 100), 1);
	CU_ASSERT_EQUAL(c, 'x');
	(void)close(fd);
	volume_close(&v);
}

static void test_stop_flushes_and_tells_when_that_fails(void)
{
	struct volume v;
	double end;
	int fd, r;

	volume_open(&v, SIZE, 512, true, EXPORT_CACHE_AUTO);
	fd = volume_file(&v, O_RDWR);
	CU_ASSERT_EQUAL(pwrite(fd, "x", 1, 100), 1);
	(void)close(fd);
	CU_ASSERT(volume_level_becomes(&v, FILTER_NOBODY));
	atomic_store(&v.memory->fail_flushes, 1);
	end = seconds() + VOLUME_PATIENCE;
	while ((r = export_stop(v.export)) == -EBUSY && seconds() < end)
		(void)usleep(1000);
	CU_ASSERT_EQUAL(r, -EIO);
	CU_ASSERT_EQUAL(rmdir(v.dir), 0);
	memory_free(v.memory);
}

static void test_abort_ends_a_hanging_read(void)
{
	struct reader reader;
	struct volume v;
	char c;
	int fd;

	volume_open(&v, SIZE, 512, true, EXPORT_CACHE_AUTO);
	fd = volume_file(&v, O_RDONLY | O_DIRECT);
	memory_hang(v.memory, true);
	reader_start(&reader, fd, 0);
	CU_ASSERT(reaches(&v.memory->inside, 1));
	CU_ASSERT_FALSE(atomic_load(&reader.ended));
	export_abort(v.export);
	pthread_join(reader.thread, NULL);
	CU_ASSERT_EQUAL(reader.error, ECONNABORTED);
	CU_ASSERT(pread(fd, &c, 1, 0) < 0 && errno == ENOTCONN);
	CU_ASSERT_FALSE(volume_is_mounted(v.path));

	/* The worker is still below: it cannot be freed under it. */
	CU_ASSERT_EQUAL(export_stop(v.export), -ETIMEDOUT);
	memory_hang(v.memory, false);
	volume_close(&v);
	(void)close(fd);
}

static void test_abort_leaves_no_mount_when_idle(void)
{
	struct volume v;
	int fd;

	volume_open(&v, SIZE, 512, true, EXPORT_CACHE_NONE);
	fd = volume_file(&v, O_RDWR);
	CU_ASSERT_EQUAL(pwrite(fd, "x", 1, 0), 1);
	export_abort(v.export);
	export_abort(v.export);
	CU_ASSERT(fsync(fd) < 0);
	CU_ASSERT_FALSE(volume_is_mounted(v.path));
	volume_close(&v);
	(void)close(fd);
}

/* Who waits for the last user of a hidden volume. */
struct attendant {
	pthread_t thread;
	struct export *export;
	atomic_bool ended;
};

static void *attend(void *arg)
{
	struct attendant *attendant = arg;

	export_wait(attendant->export);
	atomic_store(&attendant->ended, true);
	return NULL;
}

static void attendant_start(struct attendant *attendant,
			    struct export *export)
{
	*attendant = (struct attendant){ .export = export };
	pthread_create(&attendant->thread, NULL, attend, attendant);
}

static void test_hidden_goes_on_until_it_is_closed(void)
{
	struct attendant attendant;
	struct volume v;
	char c = 0;
	int fd;

	volume_open(&v, SIZE, 512, true, EXPORT_CACHE_NONE);
	fd = volume_file(&v, O_RDWR);
	CU_ASSERT_EQUAL(export_hide(v.export), 0);
	CU_ASSERT(access(v.path, F_OK) < 0 && errno == ENOENT);
	CU_ASSERT_FALSE(volume_is_mounted(v.path));
	attendant_start(&attendant, v.export);
	CU_ASSERT_EQUAL(pwrite(fd, "x", 1, 100), 1);
	CU_ASSERT_EQUAL(pread(fd, &c, 1, 100), 1);
	CU_ASSERT_EQUAL(c, 'x');
	CU_ASSERT_FALSE(atomic_load(&attendant.ended));
	(void)close(fd);
	pthread_join(attendant.thread, NULL);
	CU_ASSERT_EQUAL(v.memory->bytes[100], 'x');
	volume_close(&v);
}

/* The name is free: what is mounted there next is nobody's business of the
   hidden one. */
static void test_abort_of_a_hidden_one_leaves_its_name_alone(void)
{
	struct export_options options = { .cache = EXPORT_CACHE_AUTO };
	struct attendant attendant;
	struct failure f = { 0 };
	struct export *next;
	struct volume v;
	int fd, dir;

	volume_open(&v, SIZE, 512, true, EXPORT_CACHE_AUTO);
	fd = volume_file(&v, O_RDONLY | O_DIRECT);
	CU_ASSERT_EQUAL(export_hide(v.export), 0);
	attendant_start(&attendant, v.export);
	dir = open(v.dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CU_ASSERT_EQUAL_FATAL(export_start(&v.memory->store, v.dir, dir,
					   "disk", &options, &next, &f), 0);
	(void)close(dir);
	export_abort(v.export);
	pthread_join(attendant.thread, NULL);
	CU_ASSERT(volume_is_mounted(export_path(next)));
	(void)close(fd);
	CU_ASSERT_EQUAL(export_stop(v.export), 0);
	CU_ASSERT(volume_is_mounted(export_path(next)));
	v.export = next;
	volume_close(&v);
}

/* Nor of a file that somebody makes there, and mounts nothing on. */
static void test_end_of_a_hidden_one_leaves_its_name_alone(void)
{
	struct attendant attendant;
	struct volume v;
	char *path;
	int fd;

	volume_open(&v, SIZE, 512, true, EXPORT_CACHE_AUTO);
	path = strdup(v.path);
	fd = volume_file(&v, O_RDONLY);
	CU_ASSERT_EQUAL(export_hide(v.export), 0);
	attendant_start(&attendant, v.export);
	CU_ASSERT_EQUAL(mknod(path, S_IFREG | 0600, 0), 0);
	(void)close(fd);
	pthread_join(attendant.thread, NULL);
	CU_ASSERT_EQUAL(export_stop(v.export), 0);
	CU_ASSERT_EQUAL(unlink(path), 0);
	CU_ASSERT_EQUAL(rmdir(v.dir), 0);
	memory_free(v.memory);
	free(path);
}

static void test_hung_volume_starves_no_other(void)
{
	struct reader readers[HANGING];
	struct volume sick, well;
	char *buf = aligned_alloc(4096, 4096);
	int fd, other;

	volume_open(&sick, SIZE, 512, true, EXPORT_CACHE_AUTO);
	volume_open(&well, SIZE, 512, true, EXPORT_CACHE_AUTO);
	fd = volume_file(&sick, O_RDONLY | O_DIRECT);
	other = volume_file(&well, O_RDONLY | O_DIRECT);
	memory_hang(sick.memory, true);
	for (unsigned i = 0; i < HANGING; i++)
		reader_start(&readers[i], fd, i * 4096);
	CU_ASSERT(reaches(&sick.memory->inside, 1));
	for (unsigned i = 0; i < 200; i++)
		CU_ASSERT_EQUAL(pread(other, buf, 4096, i * 4096), 4096);
	for (unsigned i = 0; i < HANGING; i++)
		CU_ASSERT_FALSE(atomic_load(&readers[i].ended));
	memory_hang(sick.memory, false);
	for (unsigned i = 0; i < HANGING; i++) {
		pthread_join(readers[i].thread, NULL);
		CU_ASSERT_EQUAL(readers[i].error, 0);
	}
	free(buf);
	(void)close(other);
	(void)close(fd);
	volume_close(&well);
	volume_close(&sick);
}

/* A disk answers many at once faster than one after the other. */
static void test_a_disk_gets_many_requests_at_once(void)
{
	struct reader readers[HANGING];
	struct volume v;
	int fd;

	volume_open(&v, SIZE, 512, true, EXPORT_CACHE_AUTO);
	fd = volume_file(&v, O_RDONLY | O_DIRECT);
	memory_hang(v.memory, true);
	for (unsigned i = 0; i < HANGING; i++)
		reader_start(&readers[i], fd, i * 4096);
	CU_ASSERT(reaches(&v.memory->inside, 16));
	memory_hang(v.memory, false);
	for (unsigned i = 0; i < HANGING; i++)
		pthread_join(readers[i].thread, NULL);
	(void)close(fd);
	volume_close(&v);
}

/* Waits until the first is flushed, and looks for the second. */
static void *open_second(void *arg)
{
	struct volume *v = arg;
	bool found;
	struct stat st;

	CU_ASSERT(reaches(&v[0].memory->flushing, 1));
	/* Mode 0: what the mount covered. */
	found = stat(v[1].path, &st) == 0 && (st.st_mode & 07777) != 0;
	memory_hang_flushes(v[0].memory, false);
	return found ? v : NULL;
}

static void say_nothing(void *arg, const char *name)
{
	(void)arg;
	(void)name;
}

/* A slow flush of the first gives nobody time to open the second. */
static void test_volumes_go_together(void)
{
	struct medium media[2] = { { .name = (char *)"disk" },
				   { .name = (char *)"disk" } };
	struct volumes volumes = { .n = 2 };
	struct failure f = { 0 };
	struct volume v[2];
	pthread_t thread;
	void *opened;

	volumes.media = calloc(3, sizeof(*volumes.media));
	for (unsigned i = 0; i < 2; i++) {
		volume_open(&v[i], SIZE, 512, true, EXPORT_CACHE_AUTO);
		media[i].export = v[i].export;
		volumes.media[i] = &media[i];
	}
	memory_hang_flushes(v[0].memory, true);
	pthread_create(&thread, NULL, open_second, v);
	CU_ASSERT_EQUAL(volumes_stop(&volumes, say_nothing, NULL, &f), 0);
	pthread_join(thread, &opened);
	CU_ASSERT_PTR_NULL(opened);
	for (unsigned i = 0; i < 2; i++) {
		CU_ASSERT_EQUAL(rmdir(v[i].dir), 0);
		memory_free(v[i].memory);
	}
}

/* A shell command's first line of output, or "". */
static int run(const char *command, char *line, size_t size)
{
	FILE *pipe = popen(command, "re");

	line[0] = '\0';
	if (!pipe)
		return -1;
	if (fgets(line, (int)size, pipe))
		line[strcspn(line, "\n")] = '\0';
	return pclose(pipe);
}

static void use_loop(struct volume *v, const char *loop)
{
	char text[256], *bytes = aligned_alloc(4096, 65536);
	int fd = open(loop, O_RDWR | O_CLOEXEC);

	CU_ASSERT(fd >= 0);
	CU_ASSERT_EQUAL(export_stop(v->export), -EBUSY);
	CU_ASSERT_PTR_NOT_NULL(strstr(holders_of(v->path, text, sizeof(text)),
				      loop));
	fill((unsigned char *)bytes, 65536, 1);
	CU_ASSERT_EQUAL(pwrite(fd, bytes, 65536, MIB), 65536);
	CU_ASSERT_EQUAL(fsync(fd), 0);
	CU_ASSERT_EQUAL(memcmp(v->memory->bytes + MIB, bytes, 65536), 0);
	CU_ASSERT(atomic_load(&v->memory->flushes) >= 1);
	CU_ASSERT_EQUAL(fallocate(fd, FALLOC_FL_ZERO_RANGE |
				  FALLOC_FL_KEEP_SIZE, MIB, 8192), 0);
	memset(bytes, 0, 8192);
	CU_ASSERT_EQUAL(memcmp(v->memory->bytes + MIB, bytes, 65536), 0);
	free(bytes);
	(void)close(fd);
}

static void check_loop(const char *direct)
{
	char command[128], loop[64];
	struct volume v;
	int r;

	volume_open(&v, SIZE, 512, true, EXPORT_CACHE_AUTO);
	(void)snprintf(command, sizeof(command),
		       "losetup -f --show --direct-io=%s %s", direct, v.path);
	r = run(command, loop, sizeof(loop));
	CU_ASSERT_EQUAL(r, 0);
	if (r == 0) {
		use_loop(&v, loop);
		(void)snprintf(command, sizeof(command), "losetup -d %s",
			       loop);
		CU_ASSERT_EQUAL(run(command, loop, sizeof(loop)), 0);
	}
	volume_close(&v);
}

static void test_loop_devices_stand_on_it(void)
{
	check_loop("off");
	check_loop("on");
}

static void test_holders_are_named(void)
{
	char text[256], pid[32];
	struct volume v;
	void *map;
	int fd;

	volume_open(&v, SIZE, 512, true, EXPORT_CACHE_AUTO);
	CU_ASSERT_STRING_EQUAL(holders_of(v.path, text, sizeof(text)), "");
	fd = volume_file(&v, O_RDWR);
	(void)snprintf(pid, sizeof(pid), "pid %d (", getpid());
	holders_of(v.path, text, sizeof(text));
	CU_ASSERT_PTR_EQUAL(strstr(text, pid), text);
	map = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
	CU_ASSERT_FATAL(map != MAP_FAILED);
	(void)close(fd);
	holders_of(v.path, text, sizeof(text));
	CU_ASSERT_PTR_EQUAL(strstr(text, pid), text);
	CU_ASSERT_STRING_EQUAL(holders_of(v.path, text, 8), "");
	(void)munmap(map, 4096);
	volume_close(&v);
}

static void test_holders_need_no_answer(void)
{
	char text[256];
	struct reader readers[8];
	struct volume v;
	int fd;

	volume_open(&v, SIZE, 512, true, EXPORT_CACHE_AUTO);
	fd = volume_file(&v, O_RDONLY | O_DIRECT);
	memory_hang(v.memory, true);
	for (unsigned i = 0; i < ARRAY_SIZE(readers); i++)
		reader_start(&readers[i], fd, i * 4096);
	CU_ASSERT(reaches(&v.memory->inside, 2));
	CU_ASSERT_STRING_NOT_EQUAL(holders_of(v.path, text, sizeof(text)), "");
	memory_hang(v.memory, false);
	for (unsigned i = 0; i < ARRAY_SIZE(readers); i++)
		pthread_join(readers[i].thread, NULL);
	(void)close(fd);
	volume_close(&v);
}

VOLUME_SUITE("session",
	CHECK(test_placeholder_is_taken_away),
	CHECK(test_a_copy_elsewhere_is_no_trouble),
	CHECK(test_busy_changes_nothing),
	CHECK(test_stop_flushes_and_tells_when_that_fails),
	CHECK(test_abort_ends_a_hanging_read),
	CHECK(test_abort_leaves_no_mount_when_idle),
	CHECK(test_hidden_goes_on_until_it_is_closed),
	CHECK(test_abort_of_a_hidden_one_leaves_its_name_alone),
	CHECK(test_end_of_a_hidden_one_leaves_its_name_alone),
	CHECK(test_hung_volume_starves_no_other),
	CHECK(test_a_disk_gets_many_requests_at_once),
	CHECK(test_volumes_go_together),
	CHECK(test_loop_devices_stand_on_it),
	CHECK(test_holders_are_named),
	CHECK(test_holders_need_no_answer))
