/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fuzz-source.c - any bytes as a whole disk, through all acts of the helper
 *
 * The disk, and the first partition that each scheme finds on it, are
 * examined; the crypt filter probes them and prepares, up to the question for
 * a passphrase, which nobody answers.  All this goes through the code of both
 * sides as it is (inside.c).  Nothing is written, every part lies inside,
 * every act comes to an orderly end and says why it failed.
 *
 * Bounded: the disk and a medium a scheme, of so many bytes read (errand.c).
 */
#include "fuzz-medium.h"
#include "helper.h"
#include "window.h"

enum { EXCERPT = 1 };		/* flag: no descriptor of the disk */

struct disk {
	struct store store;	/* first */
	struct fuzz_medium bytes;
};

static int disk_read(struct store *store, void *buf, size_t len, uint64_t off)
{
	fuzz_medium_read(&((struct disk *)store)->bytes, buf, len, off);
	return 0;
}

static int disk_map(struct store *store, uint64_t off, uint64_t *len,
		    unsigned *ret_what)
{
	(void)store;
	(void)off;
	(void)len;
	*ret_what = 0;
	return 0;
}

static int disk_access(struct store *store, int from, int to)
{
	(void)store;
	(void)from;
	(void)to;
	return 0;
}

static uint64_t disk_lost(struct store *store)
{
	(void)store;
	return 0;
}

static void never(void)
{
	FUZZ_CHECK(!"the medium is changed");
}

static int disk_write(struct store *store, const void *buf, size_t len,
		      uint64_t off, unsigned flags)
{
	(void)store, (void)buf, (void)len, (void)off, (void)flags;
	never();
	return 0;
}

static int disk_flush(struct store *store)
{
	(void)store;
	never();
	return 0;
}

static int disk_zero(struct store *store, uint64_t len, uint64_t off,
		     unsigned flags)
{
	(void)store, (void)len, (void)off, (void)flags;
	never();
	return 0;
}

static int disk_discard(struct store *store, uint64_t len, uint64_t off)
{
	(void)store, (void)len, (void)off;
	never();
	return 0;
}

static uint64_t disk_allocated(struct store *store)
{
	return store->medium.size;
}

static const struct store_ops disk_ops = {
	.read = disk_read, .write = disk_write, .flush = disk_flush,
	.zero = disk_zero, .discard = disk_discard, .map = disk_map,
	.lost = disk_lost, .access = disk_access, .allocated = disk_allocated,
};

/* The filter as it is installed: from its own file. */
static struct modules *modules;
static struct module *crypt_module;

static struct module *load_crypt(void)
{
	struct module *module = NULL;
	struct failure f = { 0 };

	modules = modules_new();
	FUZZ_CHECK(modules && modules_add_dir(modules, FUZZ_MODULES) == 0);
	if (module_get(modules, "crypt", &module, &f) < 0)
		fprintf(stderr, "%s\n", f.text);
	FUZZ_CHECK(module);
	return module;
}

static void check_failure(int r, const struct failure *f)
{
	FUZZ_CHECK(r < 0 && f->text[0] && f->code != EXIT_OK);
	/* These would be the helper's fault, or ours. */
	FUZZ_CHECK(r != -EPROTO && r != -ETIMEDOUT && r != -ENOTRECOVERABLE);
}

static void check_scan(const struct helper_scan *scan,
		       const struct filter_medium *m)
{
	FUZZ_CHECK(scan->scheme && scan->result <= 0);
	FUZZ_CHECK(memchr(scan->why, '\0', sizeof(scan->why)));
	FUZZ_CHECK(scan->result == 0 || scan->n_parts == 0);
	FUZZ_CHECK(scan->result == 0 || scan->why[0] != '\0');
	/* Schemes publish nothing outside: the daemon need not notice. */
	FUZZ_CHECK(!strstr(scan->why, "is left out"));
	for (size_t i = 0; i < scan->n_parts; i++) {
		const struct helper_part *part = &scan->parts[i];

		FUZZ_CHECK(part->size > 0 &&
			   range_inside(part->base, part->size, m->size));
		FUZZ_CHECK(memchr(part->hint, '\0', sizeof(part->hint)));
		FUZZ_CHECK(memchr(part->name, '\0', sizeof(part->name)));
		FUZZ_CHECK(memchr(part->uuid, '\0', sizeof(part->uuid)));
	}
}

static void open_crypt(struct store *store)
{
	struct helper_ticket ticket = { 0 };
	struct failure f = { 0 };
	char why[256];
	int score = 0;
	const struct helper_subject subject = {
		.module = crypt_module, .store = store, .name = "disk",
	};
	int r = helper_probe(&subject, &score, why, &f);

	if (r == -ENODEV) {
		FUZZ_CHECK(why[0] != '\0');
		return;
	}
	if (r < 0) {
		check_failure(r, &f);
		return;
	}
	r = helper_prepare(&subject, NULL, NULL, NULL, &ticket, &f);
	check_failure(r, &f);
	FUZZ_CHECK(!ticket.data);
}

static void open_parts(struct store *store,
		       const struct helper_examined *examined);

/* @fd as helper_examine() takes it; @inside: a partition. */
static void open_medium(struct store *store, int fd,
			const struct scheme_place *place, bool inside)
{
	struct helper_examined examined;
	struct failure f = { 0 };
	int r = helper_examine(store, "disk", fd, place, &examined, &f);

	if (r < 0) {
		check_failure(r, &f);
		return;
	}
	for (size_t i = 0; i < examined.n_scans; i++)
		check_scan(&examined.scans[i], &store->medium);
	open_crypt(store);
	if (!inside)
		open_parts(store, &examined);
	helper_examined_clear(&examined);
}

/* The first part of each scheme is a medium too. */
static void open_parts(struct store *store,
		       const struct helper_examined *examined)
{
	for (size_t i = 0; i < examined->n_scans; i++) {
		const struct helper_scan *scan = &examined->scans[i];
		const struct helper_part *part = scan->parts;
		struct store *window;

		if (scan->n_parts == 0 ||
		    window_new(store, part->base, part->size, true,
			       &window) < 0)
			continue;
		open_medium(window, -1, &(struct scheme_place){
			.base = part->base, .hint = part->hint,
			.scheme = scan->scheme->name }, true);
		window_free(window);
	}
}

static void open_disk(struct disk *disk)
{
	const struct scheme_place whole = { .hint = "", .scheme = "" };
	int fd = disk->bytes.flags & EXCERPT ? -1 :
					       fuzz_medium_open(&disk->bytes);

	open_medium(&disk->store, fd, &whole, false);
	if (fd >= 0)
		close(fd);
}

/* What libraries open once and keep: they shall have it before files are
   counted.  Half a LUKS1 header is enough. */
static void warm_up(void)
{
	static const uint8_t half[512] = "LUKS\xba\xbe\0\1";
	struct disk disk = {
		.store.ops = &disk_ops,
		.store.medium = { .size = 1 << 20, .granule = 512 },
		.bytes = { .head = half, .tail = half, .head_len = 512,
			   .size = 1 << 20, .granule = 512 },
	};

	open_disk(&disk);
}

static void start(void)
{
	helper_patience_ms = 600000;	/* it shares its time with others */
	crypt_module = load_crypt();
	warm_up();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct disk disk = { .store.ops = &disk_ops };
	unsigned files;

	if (!fuzz_medium_take(&disk.bytes, data, size))
		return -1;
	disk.store.medium = (struct filter_medium){
		.size = disk.bytes.size, .granule = disk.bytes.granule,
		.writable = true, .whole = true,
	};
	if (!crypt_module)
		start();
	files = fuzz_count_files();
	open_disk(&disk);
	FUZZ_CHECK(fuzz_count_files() == files);
	return 0;
}
