/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * filterctl.c - the table of filterctl's verbs
 */
#include <errno.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>

#include "escape.h"
#include "suggest.h"
#include "util.h"
#include "verb.h"

/* Headings have no verb. */
static const struct entry {
	const char *name, *arguments, *summary;
	int (*run)(int argc, char **argv);
} entries[] = {
	{ NULL, NULL, "Disks, images and files", NULL },
	{ "list-media", "[SOURCE...]", "what is on disks and images",
	  verb_list_media },
	{ "list-filters", "[-v]", "the filters that are installed",
	  verb_list_filters },
	{ "explain", "SOURCE|DIR [PERSONALITY]", "why a filter starts or not",
	  verb_explain },
	{ "verify", "FILE...", "check personality files", verb_verify },
	{ "image", "create ... FILE", "make a disk image", verb_image },
	{ "copy", "SOURCE OUT", "a volume to a file, or back with --in",
	  verb_copy },
	{ "doctor", "", "whether this machine is ready for filterd",
	  verb_doctor },
	{ NULL, NULL, "What the service holds", NULL },
	{ "attach", "SOURCE", "have the service publish volumes",
	  verb_attach },
	{ "detach", "NAME", "have it flush and release them", verb_detach },
	{ "mount", "SOURCE DIR", "a file system on a volume of it",
	  verb_mount },
	{ "umount", "DIR|SOURCE|VOLUME", "all of that taken down again",
	  verb_umount },
	{ "rescan", "[NAME]", "have it look again at disks", verb_rescan },
	{ "status", "[NAME]", "what the service holds", verb_status },
	{ "holders", "[MEDIUM]", "who uses which medium", verb_holders },
	{ "open", "MEDIUM -- COMMAND...", "run it on a medium as it is",
	  verb_open },
	{ NULL, NULL, "What runs in it", NULL },
	{ "tree", "[-l] [WHAT]", "all that lives in it", verb_tree },
	{ "list-modules", "", "the filters that are loaded in it",
	  verb_list_modules },
	{ "load", "NAME|FILE...", "load a filter there, or a personality",
	  verb_load },
	{ "unload", "NAME", "unload a filter there", verb_unload },
	{ "match", "[NAME]", "match once more what did not start",
	  verb_match },
	{ "publish", "[NAME]", "say that what filters wait for is there",
	  verb_publish },
	{ "reload", "", "have it read its files again", verb_reload },
	{ "get", "NAME [SETTING]", "the settings of a filter that runs",
	  verb_get },
	{ "set", "NAME KEY=VALUE...", "change them", verb_set },
	{ "ctl", "list|get|set|talk ...", "control messages to a filter",
	  verb_ctl },
	{ NULL, NULL, "How it does", NULL },
	{ "stats", "[NAME]", "what each level has done", verb_stats },
	{ "top", "[NAME]", "what each level does now", verb_top },
	{ "monitor", "", "what happens in the service, as it happens",
	  verb_monitor },
	{ "log", "[-f]", "what the service has logged", verb_log },
	{ "log-level", "[LEVEL]", "have it log more, or less",
	  verb_log_level },
};

static void print_help(FILE *out)
{
	fprintf(out, "Usage: filterctl VERB [OPTIONS] ...\n");
	for (size_t i = 0; i < ARRAY_SIZE(entries); i++) {
		const struct entry *entry = &entries[i];

		if (entry->name)
			fprintf(out, "  %-12s %-25s %s\n", entry->name,
				entry->arguments, entry->summary);
		else
			fprintf(out, "\n%s:\n", entry->summary);
	}
	fprintf(out, "\n\"filterctl VERB --help\" tells of one verb, "
		     "filterctl(1) of all.\n"
		     "\"filterd mount\" publishes volumes without the service.\n");
}

static int unknown_verb(char **argv)
{
	const char *names[ARRAY_SIZE(entries)], *guess;
	struct verb verb = { .json = options_want_json(argv) };
	const char *word = argv[0];
	char safe[80];
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(entries); i++)
		if (entries[i].name)
			names[n++] = entries[i].name;
	if (streq(word, "serve"))
		failure_hint(&verb.failure, "that is \"filterd %s\"", word);
	guess = suggest(word, names, n);
	if (guess)
		failure_hint(&verb.failure, "did you mean %s?", guess);
	if (word[0] == '-')
		failure_hint(&verb.failure, "options come after the verb: "
			     "filterctl VERB %s", escape(word, safe,
							 sizeof(safe)));
	failure_hint(&verb.failure, "see filterctl --help");
	return verb_end(&verb, failure_set(&verb.failure, -EINVAL, EXIT_USAGE,
					   "unknown verb '%s'",
					   escape(word, safe, sizeof(safe))));
}

int main(int argc, char **argv)
{
	(void)setlocale(LC_ALL, "");
	/* A reader that goes away is an error of write(2), not our end. */
	(void)signal(SIGPIPE, SIG_IGN);
	if (argc < 2) {
		print_help(stderr);
		return EXIT_USAGE;
	}
	if (streq(argv[1], "--help") || streq(argv[1], "-h")) {
		print_help(stdout);
		return EXIT_OK;
	}
	if (streq(argv[1], "--version")) {
		printf("filterctl %s\n", PACKAGE_VERSION);
		return EXIT_OK;
	}
	for (size_t i = 0; i < ARRAY_SIZE(entries); i++)
		if (entries[i].name && streq(argv[1], entries[i].name))
			return entries[i].run(argc - 1, argv + 1);
	return unknown_verb(argv + 1);
}
