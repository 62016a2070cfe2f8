/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * mount-filterd.c - mount.filterd: what mount(8) and a line in fstab(5) run for
 * the type "filterd"
 *
 * The file system itself is mounted by another mount(8), with its own type.
 * The exit codes are mount(8)'s.
 */
#include <errno.h>
#include <getopt.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>

#include "fstab.h"
#include "mounting.h"
#include "util.h"

/* mount(8): EXIT STATUS. */
enum { MOUNT_OK = 0, MOUNT_USAGE = 1, MOUNT_INTERRUPTED = 8,
       MOUNT_FAILED = 32 };

struct line {
	const char *source, *dir;
	struct fstab fstab;
	bool fake;
};

static int misused(const char *text, struct failure *f)
{
	failure_hint(f, "mount.filterd SOURCE DIR [-o OPTIONS] is run by "
		     "mount(8); see mount.filterd(8)");
	return failure_set(f, -EINVAL, EXIT_USAGE, "%s", text);
}

static int take_option(struct line *line, int c, struct failure *f)
{
	switch (c) {
	case 'o':
		return fstab_add(&line->fstab, optarg, f);
	case 'r':
		return fstab_add(&line->fstab, "ro", f);
	case 'w':
		return fstab_add(&line->fstab, "rw", f);
	case 'f':
		line->fake = true;
		return 0;
	case 's':	/* who knows which options would be unknown? */
	case 'n':	/* there is no /etc/mtab any more */
	case 'v':
	case 't':	/* "filterd", or what comes after "filterd." */
	case 'N':	/* mount(8) has entered the namespace */
		return 0;
	default:
		return misused("unknown option", f);
	}
}

/* mount(8) puts the options behind the words. */
static int parse(struct line *line, int argc, char **argv, struct failure *f)
{
	int c, r = 0;

	opterr = 0;
	while (r == 0 && (c = getopt(argc, argv, "o:rwfsnvt:N:")) != -1)
		r = take_option(line, c, f);
	if (r == 0 && argc - optind != 2)
		r = misused("it takes SOURCE and DIR", f);
	if (r < 0)
		return r;
	line->source = argv[optind];
	line->dir = argv[optind + 1];
	return 0;
}

static int run(const struct line *line, struct failure *f)
{
	const struct fstab *fstab = &line->fstab;
	const struct mounting mounting = {
		.source = line->source,
		.dir = line->dir,
		.volume = fstab->volume,
		.type = fstab->type,
		.options = fstab->rest,
		.filter = fstab->filter,
		.keys = {
			.file = fstab->key_file,
			.offset = fstab->key_offset,
			.size = fstab->key_size,
			.passphrase_fd = KEYS_NO_FD,
		},
		.sector = fstab->sector,
		.read_only = fstab->read_only,
		.fake = line->fake,
	};

	return mounting_run(&mounting, NULL, f);
}

static int exit_status(int result, const struct failure *f)
{
	if (result == 0)
		return MOUNT_OK;
	if (f->code == EXIT_USAGE || f->code == EXIT_DENIED)
		return MOUNT_USAGE;
	return f->code == EXIT_INTERRUPTED ? MOUNT_INTERRUPTED :
					     MOUNT_FAILED;
}

int main(int argc, char **argv)
{
	struct line line = { 0 };
	struct failure f = { 0 };
	int r;

	(void)setlocale(LC_ALL, "");
	(void)signal(SIGPIPE, SIG_IGN);
	r = parse(&line, argc, argv, &f);
	if (r == 0)
		r = run(&line, &f);
	if (r < 0)
		(void)failure_errno(&f, r, "cannot mount");
	failure_print(&f, "mount.filterd");
	fstab_clear(&line.fstab);
	return exit_status(r, &f);
}
