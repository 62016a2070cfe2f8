/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * main.c - filterd: the table of its verbs
 */
#include <errno.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>

#include "engine.h"
#include "escape.h"
#include "failure-json.h"
#include "journal.h"
#include "log.h"
#include "mount.h"
#include "options.h"
#include "paths.h"
#include "secret.h"
#include "serve.h"
#include "suggest.h"
#include "umount.h"
#include "util.h"

struct verb {
	const char *name;
	const char *summary;	/* NULL: private, not told of */
	int (*run)(int argc, char **argv);
};

static const struct verb verbs[] = {
	{ "mount", "find, unlock and publish the volumes of a disk or image",
	  mount_verb },
	{ "umount", "flush and release them again", umount_verb },
	{ "serve", "the service: hold disks for all who may ask", serve_verb },
	{ "engine", NULL, engine_verb },
};

static void print_help(FILE *out)
{
	fprintf(out, "Usage: filterd VERB [OPTIONS] ...\n\n");
	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++)
		if (verbs[i].summary)
			fprintf(out, "  %-8s %s\n", verbs[i].name,
				verbs[i].summary);
	fprintf(out, "\n\"filterd VERB --help\" tells of one verb, "
		     "filterd(1) of all.\n"
		     "\"filterd mount\" alone looks for what could be "
		     "mounted here.\n");
}

/* Those of the other program. */
static bool is_of_filterctl(const char *word)
{
	static const char *const theirs[] = {
		"list-filters", "list-media", "explain", "doctor", "verify",
		"image", "copy", "attach", "detach", "status", "tree",
		"monitor",
	};

	for (size_t i = 0; i < ARRAY_SIZE(theirs); i++)
		if (streq(word, theirs[i]))
			return true;
	return false;
}

static int unknown_verb(char **argv)
{
	const char *word = argv[0];
	const char *names[ARRAY_SIZE(verbs)], *guess;
	struct failure f = { 0 };
	char safe[80];
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++)
		if (verbs[i].summary)
			names[n++] = verbs[i].name;
	if (is_of_filterctl(word))
		failure_hint(&f, "that is \"filterctl %s\"", word);
	guess = suggest(word, names, n);
	if (guess)
		failure_hint(&f, "did you mean %s?", guess);
	if (word[0] == '-')
		failure_hint(&f, "options come after the verb: "
			     "filterd VERB %s", escape(word, safe,
						       sizeof(safe)));
	failure_hint(&f, "see filterd --help");
	(void)failure_set(&f, -EINVAL, EXIT_USAGE, "unknown verb '%s'",
			  escape(word, safe, sizeof(safe)));
	failure_json_print(&f, "filterd", options_want_json(argv));
	return EXIT_USAGE;
}

static int run_verb(int argc, char **argv)
{
	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++)
		if (streq(argv[0], verbs[i].name))
			return verbs[i].run(argc, argv);
	return unknown_verb(argv);
}

int main(int argc, char **argv)
{
	int r;

	(void)setlocale(LC_ALL, "");
	/* A reader that goes away is an error of write(2), not our end. */
	(void)signal(SIGPIPE, SIG_IGN);
	log_open("filterd");
	journal_open();
	if (argc < 2) {
		print_help(stderr);
		return EXIT_USAGE;
	}
	if (streq(argv[1], "--help") || streq(argv[1], "-h")) {
		print_help(stdout);
		return EXIT_OK;
	}
	if (streq(argv[1], "--version")) {
		printf("filterd %s\n", PACKAGE_VERSION);
		return EXIT_OK;
	}
	r = paths_init();
	if (r < 0) {
		log_err("cannot tell where filterd is installed (is /proc "
			"mounted?)");
		return EXIT_FAILED;
	}
	secret_seal();
	return run_verb(argc - 1, argv + 1);
}
