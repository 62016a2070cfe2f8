/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * explain.c - filterctl explain: why a filter does or does not start
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "connect.h"
#include "escape.h"
#include "parse.h"
#include "print.h"
#include "ranking.h"
#include "service.h"
#include "util.h"
#include "varlink.h"
#include "verb.h"
#include "verdict.h"

static const char about[] =
"Tells for each medium on SOURCE, and each personality (or the one named), how\n"
"far it got and why no further: every condition with a tick or a cross, and at\n"
"the first cross what was wanted, what there is, and the line of the file; then\n"
"who was tried, in which order, and what came of it.  Nothing that needs a key\n"
"is started, but for a mount or what the service holds: given its directory, or\n"
"its name there (or \"resources\"), what happened is told.\n";

/* What was asked. */
struct question {
	struct verb verb;
	const char *source, *personality, *filter;
	uint64_t sector;
};

/* A format that is known and not opened, and what can be done. */
static void print_known(struct json_object *medium)
{
	struct json_object *known;

	if (!json_object_object_get_ex(medium, "known", &known))
		return;
	printf("  it is %s\n    %s %s\n", varlink_string(known, "name"),
	       print_utf8() ? "→" : "->", varlink_string(known, "next"));
}

/* Whether it is the word on one of the less common maps, that it is not there:
   unless somebody asks for it, its name will do. */
static bool goes_without_saying(struct json_object *outcome)
{
	const char *name = varlink_string(outcome, "personality");
	const char *step = varlink_string(outcome, "step");

	if (!varlink_bool(outcome, "map") || streq(name, "gpt") ||
	    streq(name, "mbr") || streq(name, "apple"))
		return false;
	return streq(step, "match") ||
	       (streq(step, "probe") &&
		strncmp(varlink_string(outcome, "why"), "no ", 3) == 0);
}

/* Whether nobody looked at it for the one reason that all the others share. */
static bool gives_way(struct json_object *outcome)
{
	return streq(varlink_string(outcome, "step"), "category") &&
	       streq(varlink_string(outcome, "holder"), "--filter");
}

/* The names of those that are @alike, in lines of 80 columns. */
static void print_names(struct json_object *outcomes, const char *heading,
			bool (*alike)(struct json_object *outcome))
{
	size_t column = 0;

	for (size_t i = 0; i < varlink_count(outcomes); i++) {
		struct json_object *outcome =
			json_object_array_get_idx(outcomes, i);
		const char *name = varlink_string(outcome, "personality");

		if (!alike(outcome))
			continue;
		if (column == 0)
			column = (size_t)printf("%s%s", heading, name);
		else if (column + strlen(name) + strlen(", ,") <= 80)
			column += (size_t)printf(", %s", name);
		else
			column = (size_t)printf(",\n    %s", name) -
				 strlen(",\n");
	}
	if (column > 0)
		printf("\n");
}

static int print_outcomes(struct json_object *outcomes, const char *source)
{
	size_t n = varlink_count(outcomes);
	int r = ranking_print(outcomes);

	for (size_t i = 0; r == 0 && i < n; i++) {
		struct json_object *outcome =
			json_object_array_get_idx(outcomes, i);

		if (n == 1 || (!goes_without_saying(outcome) &&
			       !gives_way(outcome)))
			verdict_print(outcome, source);
	}
	if (n == 1)
		return r;
	print_names(outcomes, "  no other map is here: not ",
		    goes_without_saying);
	print_names(outcomes, "  not looked at, since --filter was asked for "
			      "by name: ", gives_way);
	return r;
}

static int print_medium(struct json_object *medium, const char *source)
{
	struct json_object *outcomes = varlink_array(medium, "outcomes");
	char size[FORMAT_SIZE_LEN];
	int r;

	printf("%s: %s, %s\n", varlink_string(medium, "name"),
	       varlink_string(medium, "content")[0] ?
	       varlink_string(medium, "content") :
	       varlink_string(medium, "kind"),
	       format_size(varlink_number(medium, "size"), size));
	print_known(medium);
	if (varlink_count(outcomes) == 0)
		printf("  nothing was tried here\n");
	r = print_outcomes(outcomes, source);
	printf("\n");
	return r;
}

/* A descriptor of the directory of a mount, if SOURCE is one, or -1. */
static int open_mount(const char *source)
{
	_cleanup_fd_ int fd = open(source, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstatat(fd, ".control", &st, AT_SYMLINK_NOFOLLOW) < 0 ||
	    !S_ISSOCK(st.st_mode))
		return -1;
	return take_fd(&fd);
}

/* Whether the service means something by it, which is no file here. */
static bool is_in_service(const char *source)
{
	struct json_object *parameters, *answer = NULL;
	struct failure f = { 0 };
	int r;

	if (strchr(source, '/') || access(source, F_OK) == 0)
		return false;
	if (streq(source, "resources"))
		return true;
	parameters = json_object_new_object();
	verb_add_text(parameters, "name", source);
	r = service_collect("Status", parameters, &answer, &f);
	json_object_put(answer);
	return r == 0;
}

/* What happened is past: there is nothing to choose. */
static int check_mount(const struct question *question, struct failure *f)
{
	char safe[256];

	if (!question->filter && question->sector == 0 &&
	    question->verb.personality_dirs.n == 0 &&
	    question->verb.module_dirs.n == 0)
		return 0;
	failure_hint(f, "name the disk or image to see what would happen");
	return failure_set(f, -EINVAL, EXIT_USAGE,
			   "'%s' is mounted: what was done is told, without "
			   "options", escape(question->source, safe,
					     sizeof(safe)));
}

static int ask(struct question *question, struct json_object **ret)
{
	struct json_object *parameters = verb_parameters(&question->verb);
	struct failure *f = &question->verb.failure;
	_cleanup_fd_ int mount = open_mount(question->source);
	bool service = mount < 0 && is_in_service(question->source);
	int r = mount < 0 && !service ? 0 : check_mount(question, f);

	if (!parameters)
		return -ENOMEM;
	if (question->personality)
		verb_add_text(parameters, "personality",
			      question->personality);
	if (r == 0 && mount >= 0)
		return connect_mount(mount, "Explain", parameters, ret, f);
	if (r == 0 && service) {
		verb_add_text(parameters, "name", question->source);
		return service_collect("Record", parameters, ret, f);
	}
	if (r < 0) {
		json_object_put(parameters);
		return r;
	}
	verb_add_text(parameters, "source", question->source);
	if (question->filter)
		verb_add_text(parameters, "filter", question->filter);
	json_object_object_add(parameters, "sector",
			       json_object_new_uint64(question->sector));
	return connect_collect("Explain", parameters, ret, f);
}

static int explain(struct question *question)
{
	struct json_object *answer = NULL, *media;
	char word[512], safe[1024];
	int r = ask(question, &answer);

	escape(escape_word(question->source, word, sizeof(word)), safe,
	       sizeof(safe));
	media = varlink_array(answer, "media");
	if (r == 0 && question->verb.json)
		verb_print_json(answer);
	else
		for (size_t i = 0; r == 0 && i < varlink_count(media); i++)
			r = print_medium(json_object_array_get_idx(media, i),
					 safe);
	json_object_put(answer);
	return r;
}

int verb_explain(int argc, char **argv)
{
	struct question question = { 0 };
	struct failure *f = &question.verb.failure;
	const struct options_entry entries[] = {
		{ "filter", 0, OPTIONS_TEXT, "NAME[,K=V...]",
		  "as if this filter were asked for on SOURCE",
		  &question.filter },
		VERB_SECTOR(&question.sector),
		VERB_OPTIONS(&question.verb),
		{ NULL },
	};
	const struct options_usage usage = {
		"filterctl explain", "SOURCE|DIR|NAME [PERSONALITY]", about,
		entries,
	};
	int first, r = options_parse(&usage, argc, argv, &first, f);

	if (r == 0 && (argc - first < 1 || argc - first > 2))
		r = options_misused(&usage, "explain takes SOURCE or DIR and, "
				    "if only one is wanted, PERSONALITY", f);
	if (r == 0) {
		question.source = argv[first];
		question.personality = argv[first + 1];
		r = explain(&question);
	}
	return verb_end(&question.verb, r);
}
