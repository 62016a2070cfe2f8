/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * replay.c - gives a fuzz target its corpus, and all that was ever found
 *
 * For builds without libFuzzer; it speaks TAP.  With arguments it replays
 * these files alone.  Each input is named before it is tried: the last name in
 * the log is that of the input which ended the program.
 */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>

#include "cleanup.h"

#include "fuzz.h"

#define LONGEST (4u << 20)

static bool replay(const char *path)
{
	_cleanup_free_ uint8_t *data = malloc(LONGEST);
	_cleanup_free_ uint8_t *exact = NULL;
	FILE *file = fopen(path, "re");
	size_t n;

	printf("# %s\n", path);
	fflush(stdout);
	if (!file || !data) {
		printf("# cannot be read: %s\n", strerror(errno));
		return false;
	}
	n = fread(data, 1, LONGEST, file);
	fclose(file);
	/* Of its own size: so a read past its end is seen. */
	exact = malloc(n ? n : 1);
	if (!exact)
		return false;
	memcpy(exact, data, n);
	(void)LLVMFuzzerTestOneInput(exact, n);
	return true;
}

static int not_hidden(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* Every file of tests/fuzz/KIND/TARGET; returns how many, or -1. */
static int replay_folder(const char *kind)
{
	char folder[PATH_MAX], path[2 * PATH_MAX];
	const char *top = getenv("top_srcdir");
	struct dirent **entries;
	int n, done = 0;

	snprintf(folder, sizeof(folder), "%s/tests/fuzz/%s/%s",
		 top ? top : ".", kind, FUZZ_TARGET);
	n = scandir(folder, &entries, not_hidden, alphasort);
	if (n < 0)
		return errno == ENOENT ? 0 : -1;
	for (int i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "%s/%s", folder,
			 entries[i]->d_name);
		done += done >= 0 && replay(path) ? 1 : 0;
		free(entries[i]);
	}
	free(entries);
	return done == n ? n : -1;
}

static int replay_files(int n, char **paths)
{
	bool ok = true;

	for (int i = 0; i < n; i++)
		ok = replay(paths[i]) && ok;
	return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int argc, char **argv)
{
	int corpus, found;

	if (argc > 1)
		return replay_files(argc - 1, argv + 1);
	printf("1..2\n");
	corpus = replay_folder("corpus");
	printf("%sok 1 - %s: the corpus, %d inputs\n", corpus > 0 ? "" :
	       "not ", FUZZ_TARGET, corpus);
	found = replay_folder("found");
	printf("%sok 2 - %s: what was found, %d inputs\n", found >= 0 ? "" :
	       "not ", FUZZ_TARGET, found);
	return corpus > 0 && found >= 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
