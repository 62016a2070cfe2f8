/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "check.h"
#include "folder.h"
#include "source.h"
#include "util.h"

static struct failure failure;

/* An image of @size zeros with @magic at @off. */
static const char *image(const char *name, size_t size, const char *magic,
			 size_t len, size_t off)
{
	const char *path = folder_write(name, "");
	int fd = open(path, O_RDWR | O_CLOEXEC);

	if (ftruncate(fd, (off_t)size) < 0 ||
	    (len > 0 && pwrite(fd, magic, len, (off_t)off) != (ssize_t)len))
		abort();
	close(fd);
	return path;
}

static int attempt(const char *spec, bool writable, uint32_t sector,
		   struct source **ret)
{
	failure = (struct failure){ 0 };
	*ret = NULL;
	return source_open(spec, writable, sector, ret, &failure);
}

/* -EALREADY: an earlier claim was not refused, though it should have been. */
static int claim(struct source *source)
{
	failure = (struct failure){ 0 };
	return source->claim_fd >= 0 ? -EALREADY :
				       source_claim(source, &failure);
}

static bool has_partition(const char *spec, const char *path, unsigned number)
{
	struct source *source;
	bool same;

	if (attempt(spec, false, 0, &source) < 0)
		return false;
	same = streq(source->path, path) && source->partition == number;
	source_close(source);
	return same;
}

static void test_image_is_opened(void)
{
	struct source *source;
	const char *path;

	folder_open();
	path = image("my vault.img", 1 << 20, "", 0, 0);
	CU_ASSERT_EQUAL_FATAL(attempt(path, true, 0, &source), 0);
	CU_ASSERT_STRING_EQUAL(source->name, "my_vault");
	CU_ASSERT_STRING_EQUAL(source->root->name, "my_vault");
	CU_ASSERT_STRING_EQUAL(source->path, path);
	CU_ASSERT_FALSE(source->block);
	CU_ASSERT_EQUAL(source->root->store->medium.size, 1 << 20);
	CU_ASSERT_EQUAL(source->root->store->medium.granule, 512);
	CU_ASSERT_TRUE(source->root->store->medium.writable);
	CU_ASSERT_TRUE(source->root->store->medium.whole);
	CU_ASSERT_EQUAL(source->root->class, MEDIUM_WHOLE);
	CU_ASSERT_EQUAL(fcntl(source->scan_fd, F_GETFL) & O_ACCMODE,
			O_RDONLY);
	CU_ASSERT_EQUAL(source->claim_fd, -1);
	source_close(source);

	CU_ASSERT_EQUAL_FATAL(attempt(path, false, 4096, &source), 0);
	CU_ASSERT_EQUAL(source->root->store->medium.granule, 4096);
	CU_ASSERT_FALSE(source->root->store->medium.writable);
	source_close(source);
	folder_close();
}

static void test_number_behind_a_colon_is_a_partition(void)
{
	char path[128], spec[160];

	folder_open();
	snprintf(path, sizeof(path), "%s", image("a", 4096, "", 0, 0));
	CU_ASSERT_TRUE(has_partition(path, path, 0));
	snprintf(spec, sizeof(spec), "%s:2", path);
	CU_ASSERT_TRUE(has_partition(spec, path, 2));
	snprintf(spec, sizeof(spec), "%s:0", path);
	CU_ASSERT_FALSE(has_partition(spec, path, 0));
	snprintf(spec, sizeof(spec), "%s:2x", path);
	CU_ASSERT_FALSE(has_partition(spec, path, 2));
	snprintf(spec, sizeof(spec), "%s:99999999999999999999", path);
	CU_ASSERT_FALSE(has_partition(spec, path, 0));
	CU_ASSERT_EQUAL(failure.code, EXIT_NOT_FOUND);

	/* A file of that very name comes first. */
	snprintf(path, sizeof(path), "%s", image("a:2", 4096, "", 0, 0));
	CU_ASSERT_TRUE(has_partition(path, path, 0));
	folder_close();
}

static void refused(const char *path, int error, enum exit_code code,
		    const char *words)
{
	struct source *source;

	CU_ASSERT_EQUAL(attempt(path, false, 0, &source), error);
	CU_ASSERT_PTR_NULL(source);
	source_close(source);
	CU_ASSERT_EQUAL(failure.code, code);
	if (!strstr(failure.text, words)) {
		printf("# %s: %s\n", path, failure.text);
		CU_FAIL("the wrong words");
	}
}

static void test_what_is_no_disk_is_refused(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	folder_open();
	folder_make("dir");
	CU_ASSERT_EQUAL(mkfifo(folder_path("fifo"), 0600), 0);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s",
		 folder_path("socket"));
	CU_ASSERT_EQUAL(bind(fd, (struct sockaddr *)&address,
			     sizeof(address)), 0);
	refused(folder_path("dir"), -ENOTBLK, EXIT_UNSUPPORTED,
		"a directory");
	refused(folder_path("fifo"), -ENOTBLK, EXIT_UNSUPPORTED, "a FIFO");
	refused(folder_path("socket"), -ENOTBLK, EXIT_UNSUPPORTED,
		"a socket");
	refused("/dev/null", -ENOTBLK, EXIT_UNSUPPORTED,
		"a character device");
	refused(folder_path("none"), -ENOENT, EXIT_NOT_FOUND, "none");
	refused(image("empty", 0, "", 0, 0), -ENODATA, EXIT_CORRUPT,
		"is empty");
	refused(image("tiny", 100, "", 0, 0), -ENXIO, EXIT_CORRUPT,
		"smaller than one sector");
	close(fd);
	folder_close();
}

static void test_bad_sector_size_is_a_usage_error(void)
{
	struct source *source;

	folder_open();
	CU_ASSERT_EQUAL(attempt(image("a", 8192, "", 0, 0), false, 1000,
				&source), -EINVAL);
	CU_ASSERT_EQUAL(failure.code, EXIT_USAGE);
	folder_close();
}

static void test_foreign_formats_are_named(void)
{
	static const struct {
		const char *name, *bytes;
		size_t len, off;
	} formats[] = {
		{ "qcow2", "QFI\xfb", 4, 0 },
		{ "VMDK", "KDMV", 4, 0 },
		{ "VMDK", "# Disk DescriptorFile", 21, 0 },
		{ "VHDX", "vhdxfile", 8, 0 },
		{ "VHD", "conectix", 8, 65536 - 512 },
		{ "VHD", "conectix", 8, 0 },
		{ "UDIF", "koly", 4, 65536 - 512 },
		{ "VDI", "\x7f\x10\xda\xbe", 4, 64 },
		{ "a qcow image", "QFI\xfb\0\0\0\1", 8, 0 },
		{ "a VHD", "conectix", 8, 65536 - 511 },
		{ "an encrypted UDIF", "encrcdsa", 8, 0 },
		{ "an encrypted UDIF", "cdsaencr", 8, 65536 - 8 },
		{ "sparse", "sprs", 4, 0 },
		{ "EWF", "EVF\x09\x0d\x0a\xff", 8, 0 },
		{ "bzip2", "BZh51AY&SY", 10, 0 },
	};

	folder_open();
	for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
		refused(image("a", 65536, formats[i].bytes, formats[i].len,
			      formats[i].off), -EOPNOTSUPP, EXIT_UNSUPPORTED,
			formats[i].name);
		CU_ASSERT_PTR_NOT_NULL(strstr(failure.hint,
					      "make it raw first: "));
		unlink(folder_path("a"));
	}
	/* The same bytes elsewhere mean nothing. */
	image("b", 65536, "koly", 4, 512);
	CU_ASSERT_TRUE(has_partition(folder_path("b"), folder_path("b"), 0));
	folder_close();
}

static void test_writer_is_alone(void)
{
	struct source *one, *two;
	const char *path;

	folder_open();
	path = image("a", 8192, "", 0, 0);
	CU_ASSERT_EQUAL_FATAL(attempt(path, true, 0, &one), 0);
	CU_ASSERT_EQUAL_FATAL(attempt(path, true, 0, &two), 0);
	CU_ASSERT_EQUAL(claim(one), 0);
	CU_ASSERT_EQUAL(claim(two), -EBUSY);
	CU_ASSERT_EQUAL(failure.code, EXIT_BUSY);
	CU_ASSERT_PTR_NOT_NULL(strstr(failure.text, "in use"));
	CU_ASSERT_PTR_NOT_NULL(strstr(failure.text, "(pid "));
	source_close(two);

	/* Readers neither. */
	CU_ASSERT_EQUAL_FATAL(attempt(path, false, 0, &two), 0);
	CU_ASSERT_EQUAL(claim(two), -EBUSY);
	source_close(one);
	CU_ASSERT_EQUAL(claim(two), 0);
	source_close(two);
	folder_close();
}

static void test_readers_share(void)
{
	struct source *one, *two, *writer;
	const char *path;

	folder_open();
	path = image("a", 8192, "", 0, 0);
	CU_ASSERT_EQUAL_FATAL(attempt(path, false, 0, &one), 0);
	CU_ASSERT_EQUAL_FATAL(attempt(path, false, 0, &two), 0);
	CU_ASSERT_EQUAL_FATAL(attempt(path, true, 0, &writer), 0);
	CU_ASSERT_EQUAL(claim(one), 0);
	CU_ASSERT_EQUAL(claim(two), 0);
	CU_ASSERT_EQUAL(claim(writer), -EBUSY);
	source_close(one);
	source_close(two);
	CU_ASSERT_EQUAL(claim(writer), 0);
	source_close(writer);
	folder_close();
}

/* What is closed when somebody waits, and how often one did. */
static struct source *leaving;
static unsigned waits;

/* In place of the C library's: no time need pass here. */
int nanosleep(const struct timespec *time, struct timespec *left)
{
	(void)time;
	(void)left;
	waits++;
	source_close(leaving);
	leaving = NULL;
	return 0;
}

static void test_who_is_leaving_is_waited_for(void)
{
	struct source *two;
	const char *path;

	folder_open();
	path = image("a", 8192, "", 0, 0);
	CU_ASSERT_EQUAL_FATAL(attempt(path, true, 0, &leaving), 0);
	CU_ASSERT_EQUAL_FATAL(attempt(path, true, 0, &two), 0);
	CU_ASSERT_EQUAL(claim(leaving), 0);
	waits = 0;
	CU_ASSERT_EQUAL(claim(two), 0);
	CU_ASSERT_EQUAL(waits, 1);
	CU_ASSERT_EQUAL(failure.code, EXIT_OK);
	source_close(two);
	folder_close();
}

static void test_who_stays_is_not_waited_for_without_end(void)
{
	struct source *one, *two;
	const char *path;

	folder_open();
	path = image("a", 8192, "", 0, 0);
	CU_ASSERT_EQUAL_FATAL(attempt(path, true, 0, &one), 0);
	CU_ASSERT_EQUAL_FATAL(attempt(path, true, 0, &two), 0);
	CU_ASSERT_EQUAL(claim(one), 0);
	waits = 0;
	CU_ASSERT_EQUAL(claim(two), -EBUSY);
	CU_ASSERT_TRUE(waits > 1);
	source_close(one);
	source_close(two);
	folder_close();
}

/* A partitioning tool holds LOCK_EX while it rewrites the map. */
static void test_rewriter_keeps_us_out(void)
{
	struct source *source;
	const char *path;
	int fd;

	folder_open();
	path = image("a", 8192, "", 0, 0);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	CU_ASSERT_EQUAL(flock(fd, LOCK_EX), 0);
	CU_ASSERT_EQUAL_FATAL(attempt(path, true, 0, &source), 0);
	CU_ASSERT_EQUAL(claim(source), -EBUSY);
	CU_ASSERT_EQUAL(flock(fd, LOCK_UN), 0);
	CU_ASSERT_EQUAL(claim(source), 0);
	CU_ASSERT(flock(fd, LOCK_EX | LOCK_NB) < 0);
	source_close(source);
	CU_ASSERT_EQUAL(flock(fd, LOCK_EX | LOCK_NB), 0);
	close(fd);
	folder_close();
}

/* What becomes of @path when it was opened with @flags before. */
static int attempt_fd(const char *path, int flags, bool writable,
		      struct source **ret)
{
	int fd = open(path, flags | O_CLOEXEC), r;

	CU_ASSERT_TRUE_FATAL(fd >= 0);
	failure = (struct failure){ 0 };
	*ret = NULL;
	r = source_open_fd(fd, 0, writable, 0, ret, &failure);
	close(fd);
	return r;
}

static void test_a_descriptor_gives_the_rights_that_it_has(void)
{
	struct source *source;
	const char *path;

	folder_open();
	path = image("disk.img", 1 << 20, "", 0, 0);
	CU_ASSERT_EQUAL_FATAL(attempt_fd(path, O_RDWR, true, &source), 0);
	CU_ASSERT_STRING_EQUAL(source->path, path);
	CU_ASSERT_STRING_EQUAL(source->name, "disk");
	CU_ASSERT_TRUE(source->root->store->medium.writable);
	CU_ASSERT_EQUAL(claim(source), 0);
	source_close(source);
	CU_ASSERT_EQUAL_FATAL(attempt_fd(path, O_RDONLY, false, &source), 0);
	CU_ASSERT_FALSE(source->root->store->medium.writable);
	source_close(source);

	CU_ASSERT_EQUAL(attempt_fd(path, O_RDONLY, true, &source), -EBADF);
	CU_ASSERT_EQUAL(failure.code, EXIT_DENIED);
	CU_ASSERT_EQUAL(attempt_fd(path, O_WRONLY, false, &source), -EBADF);
	CU_ASSERT_EQUAL(attempt_fd(path, O_WRONLY, true, &source), -EBADF);
	CU_ASSERT_EQUAL(attempt_fd(path, O_PATH, false, &source), -EBADF);
	CU_ASSERT_EQUAL(attempt_fd("/dev/null", O_RDWR, true, &source),
			-ENOTBLK);
	CU_ASSERT_EQUAL(source_open_fd(-1, 0, false, 0, &source, &failure),
			-EBADF);
	folder_close();
}

static void test_names_are_escaped(void)
{
	folder_open();
	refused(folder_path("a\x1b[31m"), -ENOENT, EXIT_NOT_FOUND,
		"a\\x1b[31m");
	folder_close();
}

CHECK_SUITE("source", CHECK(test_image_is_opened),
	    CHECK(test_number_behind_a_colon_is_a_partition),
	    CHECK(test_what_is_no_disk_is_refused),
	    CHECK(test_bad_sector_size_is_a_usage_error),
	    CHECK(test_foreign_formats_are_named),
	    CHECK(test_writer_is_alone), CHECK(test_readers_share),
	    CHECK(test_who_is_leaving_is_waited_for),
	    CHECK(test_rewriter_keeps_us_out),
	    CHECK(test_who_stays_is_not_waited_for_without_end),
	    CHECK(test_a_descriptor_gives_the_rights_that_it_has),
	    CHECK(test_names_are_escaped))
