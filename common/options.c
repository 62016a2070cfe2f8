/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * options.c - see options.h
 *
 * getopt_long(3) does the parsing; its tables are made from ours.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "cleanup.h"
#include "escape.h"
#include "options.h"
#include "parse.h"
#include "suggest.h"
#include "util.h"

#define OPTIONS_MAX 40

/* What getopt returns for an entry: above all letters. */
#define ENTRY_BASE 1000
#define ENTRY_HELP (ENTRY_BASE + OPTIONS_MAX)

/* getopt's view of the table. */
struct tables {
	struct option longs[OPTIONS_MAX + 2];
	char letters[2 * OPTIONS_MAX + 4];
	size_t n;
};

void options_list_clear(struct options_list *list)
{
	free(list->items);
	*list = (struct options_list){ 0 };
}

static int list_append(struct options_list *list, const char *text)
{
	const char **items;

	items = reallocarray(list->items, list->n + 2, sizeof(*items));
	if (!items)
		return -ENOMEM;

	items[list->n++] = text;
	items[list->n] = NULL;
	list->items = items;
	return 0;
}

static void tables_fill(struct tables *tables,
			const struct options_entry *entries)
{
	char *letter = tables->letters;
	size_t n = 0;

	*letter++ = ':';
	*letter++ = 'h';
	for (; entries[n].name && n < OPTIONS_MAX; n++) {
		tables->longs[n] = (struct option){
			.name = entries[n].name,
			.has_arg = entries[n].value ? required_argument :
						      no_argument,
			.val = ENTRY_BASE + (int)n,
		};
		if (!entries[n].letter)
			continue;
		*letter++ = entries[n].letter;
		if (entries[n].value)
			*letter++ = ':';
	}
	*letter = '\0';
	tables->longs[n] = (struct option){ "help", no_argument, NULL,
					    ENTRY_HELP };
	tables->longs[n + 1] = (struct option){ 0 };
	tables->n = n;
}

static const struct options_entry *
entry_find(const struct options_entry *entries, int value)
{
	if (value >= ENTRY_BASE)
		return &entries[value - ENTRY_BASE];
	for (; entries->name; entries++)
		if (entries->letter == value)
			return entries;
	return NULL;
}

static int entry_bad_value(const struct options_entry *entry,
			   const char *text, struct failure *f)
{
	char safe[80];

	return failure_set(f, -EINVAL, EXIT_USAGE,
			   "--%s takes a %s, not '%s'", entry->name,
			   entry->kind == OPTIONS_SIZE ? "size (64M, 2GiB)" :
			   entry->kind == OPTIONS_TIME ? "time (5s, 250ms)" :
							 "number",
			   escape(text, safe, sizeof(safe)));
}

static int entry_take(const struct options_entry *entry, const char *text,
		      struct failure *f)
{
	int r = 0;

	switch (entry->kind) {
	case OPTIONS_FLAG:
		*(bool *)entry->target = true;
		break;
	case OPTIONS_TEXT:
		*(const char **)entry->target = text;
		break;
	case OPTIONS_LIST:
		r = list_append(entry->target, text);
		break;
	case OPTIONS_NUMBER:
		if (parse_u64(text, entry->target) < 0)
			r = entry_bad_value(entry, text, f);
		break;
	case OPTIONS_SIZE:
		if (parse_size(text, entry->target) < 0)
			r = entry_bad_value(entry, text, f);
		break;
	case OPTIONS_TIME:
		if (parse_time(text, entry->target) < 0)
			r = entry_bad_value(entry, text, f);
		break;
	}
	return r;
}

static int unknown(const struct tables *tables, char **argv,
		   struct failure *f)
{
	const char *names[OPTIONS_MAX + 1];
	const char *word = argv[optind - 1], *guess;
	char safe[80], typed[80];

	if (optopt > 0 && optopt < ENTRY_BASE) {
		const char letter[2] = { (char)optopt, '\0' };

		return failure_set(f, -EINVAL, EXIT_USAGE,
				   "unknown option '-%s'",
				   escape(letter, safe, sizeof(safe)));
	}
	if (optopt >= ENTRY_BASE)
		return failure_set(f, -EINVAL, EXIT_USAGE,
				   "'%s' takes no value",
				   escape(word, safe, sizeof(safe)));

	for (size_t i = 0; i <= tables->n; i++)
		names[i] = tables->longs[i].name;
	(void)snprintf(typed, sizeof(typed), "%.*s",
		       (int)strcspn(word + 2, "="), word + 2);
	guess = suggest(typed, names, tables->n + 1);
	if (guess)
		failure_hint(f, "did you mean --%s?", guess);
	return failure_set(f, -EINVAL, EXIT_USAGE, "unknown option '%s'",
			   escape(word, safe, sizeof(safe)));
}

static void entry_print(const struct options_entry *entry)
{
	char left[48], letter[4] = "   ";

	if (entry->letter)
		(void)snprintf(letter, sizeof(letter), "-%c,", entry->letter);
	(void)snprintf(left, sizeof(left), "%s --%s%s%s", letter, entry->name,
		       entry->value ? " " : "", or_empty(entry->value));
	if (strlen(left) > 27)
		printf("  %s\n  %-27s %s\n", left, "", entry->help);
	else
		printf("  %-27s %s\n", left, entry->help);
}

static void usage_print(const struct options_usage *usage)
{
	static const struct options_entry help = {
		.name = "help", .letter = 'h', .help = "print this",
	};

	printf("Usage: %s %s\n\n%s\n", usage->command, usage->arguments,
	       usage->about);
	for (const struct options_entry *entry = usage->entries; entry->name;
	     entry++)
		entry_print(entry);
	entry_print(&help);
}

static int parse(const struct options_usage *usage, int argc, char **argv,
		 int *ret_first, struct failure *f)
{
	struct tables tables;
	char safe[80];
	int c, r;

	tables_fill(&tables, usage->entries);
	opterr = 0;
	optind = 0;		/* GNU: begin anew */
	while ((c = getopt_long(argc, argv, tables.letters, tables.longs,
				NULL)) != -1) {
		if (c == ENTRY_HELP || c == 'h') {
			usage_print(usage);
			return 1;
		}
		if (c == ':')
			return failure_set(f, -EINVAL, EXIT_USAGE,
					   "'%s' needs a value",
					   escape(argv[optind - 1], safe,
						  sizeof(safe)));
		if (c == '?')
			return unknown(&tables, argv, f);
		r = entry_take(entry_find(usage->entries, c), optarg, f);
		if (r < 0)
			return r;
	}
	*ret_first = optind;
	return 0;
}

int options_parse(const struct options_usage *usage, int argc, char **argv,
		  int *ret_first, struct failure *f)
{
	int r = parse(usage, argc, argv, ret_first, f);

	if (r == -EINVAL)
		failure_hint(f, "see %s --help", usage->command);
	return r;
}

int options_misused(const struct options_usage *usage, const char *text,
		    struct failure *f)
{
	failure_hint(f, "see %s --help", usage->command);
	return failure_set(f, -EINVAL, EXIT_USAGE, "%s", text);
}

bool options_want_json(char **argv)
{
	for (; *argv && !streq(*argv, "--"); argv++)
		if (streq(*argv, "--json") || streq(*argv, "-J"))
			return true;
	return false;
}
