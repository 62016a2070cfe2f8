/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-loop.c - a loop device is found, configured, and given back on failure
 *
 * The kernel's part is played here: 4 devices, of which the first ones are
 * taken or vanish between being found and being configured.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <stdarg.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "check.h"
#include "loop.h"

#define CONTROL_FD	1000	/* descriptors of the played kernel */
#define DEVICE_FD	1001	/* and on: a device each */
#define DEVICES		4u

static struct kernel {
	int no_control;		/* errno of opening /dev/loop-control */
	unsigned taken;		/* so many more are taken at once */
	bool old;		/* knows no LOOP_CONFIGURE */
	int status_error;	/* of LOOP_SET_STATUS64 */
	int open_flags;		/* of the device that was opened last */
	unsigned closed;	/* devices, how often */
	unsigned asked;		/* for a free one */
	struct {
		bool bound;
		struct loop_config config;
		unsigned long block, direct;
	} devices[DEVICES];
} kernel;

static int fail(int error)
{
	errno = error;
	return -1;
}

int open(const char *path, int flags, ...)
{
	unsigned n;

	if (strcmp(path, "/dev/loop-control") == 0)
		return kernel.no_control ? fail(kernel.no_control) :
					   CONTROL_FD;
	if (sscanf(path, "/dev/loop%u", &n) != 1 || n >= DEVICES)
		return fail(ENOENT);
	kernel.open_flags = flags;
	return DEVICE_FD + (int)n;
}

/* What open() is where it is fortified and the flags are no constant. */
int __open_2(const char *path, int flags);
int __open_2(const char *path, int flags)
{
	return open(path, flags);
}

int close(int fd)
{
	if (fd >= DEVICE_FD)
		kernel.closed++;
	return 0;
}

static int find_free(void)
{
	kernel.asked++;
	for (unsigned n = 0; n < DEVICES; n++)
		if (!kernel.devices[n].bound)
			return (int)n;
	return fail(ENOSPC);
}

static int bind_config(unsigned n, const struct loop_config *config)
{
	if (kernel.old)
		return fail(EINVAL);
	if (kernel.taken > 0) {
		kernel.taken--;
		return fail(EBUSY);
	}
	kernel.devices[n].bound = true;
	kernel.devices[n].config = *config;
	return 0;
}

static int bind_fd(unsigned n, unsigned long file)
{
	if (kernel.taken > 0) {
		kernel.taken--;
		return fail(EBUSY);
	}
	kernel.devices[n].bound = true;
	kernel.devices[n].config.fd = (uint32_t)file;
	return 0;
}

static int set_status(unsigned n, const struct loop_info64 *info)
{
	if (kernel.status_error)
		return fail(kernel.status_error);
	kernel.devices[n].config.info = *info;
	return 0;
}

int ioctl(int fd, unsigned long request, ...)
{
	unsigned n = (unsigned)(fd - DEVICE_FD);
	unsigned long number;
	va_list args;
	void *pointer;

	va_start(args, request);
	number = va_arg(args, unsigned long);
	va_end(args);
	pointer = (void *)number;
	switch (request) {
	case LOOP_CTL_GET_FREE:
		return find_free();
	case LOOP_CONFIGURE:
		return bind_config(n, pointer);
	case LOOP_SET_FD:
		return bind_fd(n, number);
	case LOOP_SET_STATUS64:
		return set_status(n, pointer);
	case LOOP_SET_BLOCK_SIZE:
		kernel.devices[n].block = number;
		return 0;
	case LOOP_SET_DIRECT_IO:
		kernel.devices[n].direct = number;
		return 0;
	case LOOP_CLR_FD:
		kernel.devices[n].bound = false;
		return 0;
	case LOOP_SET_CAPACITY:
		return kernel.devices[n].bound ? 0 : fail(ENXIO);
	}
	return fail(ENOTTY);
}

static struct failure failure;

static int attach(const struct loop_options *options, struct loop *loop)
{
	*loop = (struct loop){ .fd = -1 };
	failure = (struct failure){ 0 };
	return loop_attach(7, "/run/vault", options, loop, &failure);
}

static void test_the_device_fits_its_file(void)
{
	const struct loop_options plain = { 0 }, wide = { .granule = 65536,
		.read_only = true, .cached = true };
	const struct loop_config *config = &kernel.devices[0].config;
	struct loop loop;

	kernel = (struct kernel){ 0 };
	CU_ASSERT_EQUAL_FATAL(attach(&plain, &loop), 0);
	CU_ASSERT_STRING_EQUAL(loop.path, "/dev/loop0");
	CU_ASSERT_EQUAL(config->fd, 7);
	CU_ASSERT_EQUAL(config->block_size, 512);
	CU_ASSERT_EQUAL(config->info.lo_flags,
			LO_FLAGS_AUTOCLEAR | LO_FLAGS_DIRECT_IO);
	CU_ASSERT_STRING_EQUAL(config->info.lo_file_name, "/run/vault");
	CU_ASSERT_EQUAL(kernel.open_flags & O_ACCMODE, O_RDWR);
	CU_ASSERT_EQUAL(loop_resize(loop.fd), 0);
	loop_release(&loop);
	CU_ASSERT_EQUAL(kernel.closed, 1);
	CU_ASSERT_EQUAL(loop.fd, -1);
	loop_release(&loop);
	CU_ASSERT_EQUAL(kernel.closed, 1);

	kernel = (struct kernel){ 0 };
	CU_ASSERT_EQUAL_FATAL(attach(&wide, &loop), 0);
	CU_ASSERT_EQUAL(config->block_size, 4096);
	CU_ASSERT_EQUAL(config->info.lo_flags,
			LO_FLAGS_AUTOCLEAR | LO_FLAGS_READ_ONLY);
	CU_ASSERT_EQUAL(kernel.open_flags & O_ACCMODE, O_RDONLY);
}

static void test_another_is_taken_when_somebody_was_faster(void)
{
	const struct loop_options options = { .granule = 512 };
	struct loop loop;

	kernel = (struct kernel){ .taken = 3 };
	CU_ASSERT_EQUAL(attach(&options, &loop), 0);
	CU_ASSERT_EQUAL(kernel.asked, 4);
	CU_ASSERT_EQUAL(kernel.closed, 3);

	kernel = (struct kernel){ .taken = UINT32_MAX };
	CU_ASSERT_EQUAL(attach(&options, &loop), -EBUSY);
	CU_ASSERT_EQUAL(failure.code, EXIT_BUSY);
	CU_ASSERT_EQUAL(kernel.asked, kernel.closed);
}

static void test_an_old_kernel_is_told_in_pieces(void)
{
	const struct loop_options options = { .granule = 4096 };
	struct loop loop;

	kernel = (struct kernel){ .old = true, .taken = 1 };
	CU_ASSERT_EQUAL_FATAL(attach(&options, &loop), 0);
	CU_ASSERT_EQUAL(kernel.devices[0].config.fd, 7);
	CU_ASSERT_EQUAL(kernel.devices[0].config.info.lo_flags,
			LO_FLAGS_AUTOCLEAR);
	CU_ASSERT_EQUAL(kernel.devices[0].block, 4096);
	CU_ASSERT_EQUAL(kernel.devices[0].direct, 1);
}

static void test_half_a_device_is_given_back(void)
{
	const struct loop_options options = { .granule = 4096 };
	struct loop loop;

	kernel = (struct kernel){ .old = true, .status_error = EIO };
	CU_ASSERT_EQUAL(attach(&options, &loop), -EIO);
	CU_ASSERT_FALSE(kernel.devices[0].bound);
	CU_ASSERT_EQUAL(kernel.closed, 1);
	CU_ASSERT_EQUAL(loop.fd, -1);
}

static void test_what_is_missing_is_told(void)
{
	const struct loop_options options = { 0 };
	struct loop loop;

	kernel = (struct kernel){ .no_control = EACCES };
	CU_ASSERT_EQUAL(attach(&options, &loop), -EACCES);
	CU_ASSERT_EQUAL(failure.code, EXIT_DENIED);
	CU_ASSERT_PTR_NOT_NULL(strstr(failure.hint, "root"));

	kernel = (struct kernel){ .no_control = ENOENT };
	CU_ASSERT_EQUAL(attach(&options, &loop), -ENOENT);
	CU_ASSERT_EQUAL(failure.code, EXIT_UNSUPPORTED);
	CU_ASSERT_PTR_NOT_NULL(strstr(failure.hint, "modprobe loop"));

	kernel = (struct kernel){ 0 };
	CU_ASSERT_EQUAL(loop_resize(DEVICE_FD), -ENXIO);
}

CHECK_SUITE("loop",
	    CHECK(test_the_device_fits_its_file),
	    CHECK(test_another_is_taken_when_somebody_was_faster),
	    CHECK(test_an_old_kernel_is_told_in_pieces),
	    CHECK(test_half_a_device_is_given_back),
	    CHECK(test_what_is_missing_is_told))
