/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * open.c - the verbs open and holders: a medium below what stands on it, and
 * who uses which
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cleanup.h"
#include "print.h"
#include "service.h"
#include "util.h"
#include "varlink.h"
#include "verb.h"

static const char about_open[] =
	"Runs COMMAND on a medium as it is, below the filter that stands on\n"
	"it: {} in its arguments is the file's path, which else comes last. A\n"
	"writer has the filter taken down, if nothing above it is in use; when\n"
	"COMMAND has ended, the medium is matched again. Ends as COMMAND does.";

static const char about_holders[] =
	"Shows who uses which medium: what stands on it, and who has it open.";

struct open {
	struct verb verb;
	bool write, shared, exclusive;
	char **command;
	int code;			/* of the command */
	bool ran;
};

static void fill(char **argv, char **command, const char *path)
{
	bool named = false;
	size_t n = 0;

	for (; command[n]; n++) {
		argv[n] = command[n];
		if (streq(command[n], "{}")) {
			argv[n] = (char *)path;
			named = true;
		}
	}
	if (!named)
		argv[n] = (char *)path;
}

/* As a shell tells of it. */
static int run_command(struct open *open, const char *path)
{
	_cleanup_free_ char **argv = NULL;
	size_t n = 0;
	int status;
	pid_t pid;

	while (open->command[n])
		n++;
	argv = calloc(n + 2, sizeof(*argv));
	if (!argv)
		return -ENOMEM;
	fill(argv, open->command, path);
	pid = fork();
	if (pid < 0)
		return -errno;
	if (pid == 0) {
		(void)signal(SIGPIPE, SIG_DFL);
		(void)execvp(argv[0], argv);
		fprintf(stderr, "filterctl: cannot run '%s': %s\n", argv[0],
			strerror(errno));
		_exit(errno == ENOENT ? 127 : 126);
	}
	/* The keyboard's signals are the command's; we stay to tidy up. */
	(void)signal(SIGINT, SIG_IGN);
	(void)signal(SIGQUIT, SIG_IGN);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	open->code = WIFEXITED(status) ? WEXITSTATUS(status) :
					 128 + WTERMSIG(status);
	return 0;
}

static void ignore(void *arg, struct json_object *piece)
{
	(void)arg;
	(void)piece;
}

/* The medium can be opened: the command runs while the call waits. */
static void opened(void *arg, struct json_object *piece)
{
	struct json_object *parameters;
	struct open *open = arg;
	const char *path = varlink_string(piece, "path");
	struct failure *f = &open->verb.failure;
	int r;

	if (open->ran || path[0] == '\0')
		return;
	open->ran = true;
	r = run_command(open, path);
	if (r < 0)
		(void)failure_errno(f, r, "cannot run '%s'",
				    open->command[0]);
	parameters = json_object_new_object();
	json_object_object_add(parameters, "id", json_object_new_uint64(
		varlink_number(piece, "id")));
	(void)service_call("Close", parameters, NULL, 0, ignore, NULL, f);
}

static int open_medium(struct open *open, const char *medium)
{
	struct json_object *parameters = json_object_new_object();
	struct failure *f = &open->verb.failure;
	int r;

	verb_add_text(parameters, "medium", medium);
	json_object_object_add(parameters, "write",
			       json_object_new_boolean(open->write));
	json_object_object_add(parameters, "shared",
			       json_object_new_boolean(open->shared));
	json_object_object_add(parameters, "exclusive",
			       json_object_new_boolean(open->exclusive));
	r = service_call("Open", parameters, NULL, 0, opened, open, f);
	return r < 0 || f->code == EXIT_OK ? r : -EIO;
}

int verb_open(int argc, char **argv)
{
	struct open open = { 0 };
	struct failure *f = &open.verb.failure;
	const struct options_entry entries[] = {
		{ "write", 'w', OPTIONS_FLAG, NULL, "to write it too",
		  &open.write },
		{ "shared", 0, OPTIONS_FLAG, NULL,
		  "others may write it at the same time, if they share too",
		  &open.shared },
		{ "exclusive", 0, OPTIONS_FLAG, NULL,
		  "nobody else may open it meanwhile", &open.exclusive },
		VERB_JSON(&open.verb),
		{ NULL },
	};
	const struct options_usage usage = {
		"filterctl open", "[--write] MEDIUM -- COMMAND...",
		about_open, entries,
	};
	int first, r = options_parse(&usage, argc, argv, &first, f);

	if (r == 0 && argc - first < 2)
		r = options_misused(&usage, "open takes a MEDIUM and a "
				    "COMMAND", f);
	if (r == 0) {
		open.command = argv + first + 1;
		if (streq(open.command[0], "--"))
			open.command++;
		r = open.command[0] ? open_medium(&open, argv[first]) :
		    options_misused(&usage, "open takes a COMMAND", f);
	}
	r = verb_end(&open.verb, r);
	return r == EXIT_OK ? open.code : r;
}

static const struct print_column columns[] = {
	{ "MEDIUM", "medium", PRINT_TEXT, false },
	{ "LEVEL", "level", PRINT_TEXT, false },
	{ "HOLDER", "holder", PRINT_TEXT, false },
	{ 0 },
};

int verb_holders(int argc, char **argv)
{
	struct verb verb = { 0 };
	const struct options_entry entries[] = {
		VERB_JSON(&verb),
		{ NULL },
	};
	const struct options_usage usage = {
		"filterctl holders", "[MEDIUM]", about_holders, entries,
	};
	struct json_object *parameters, *answer = NULL;
	int first, r = options_parse(&usage, argc, argv, &first,
				     &verb.failure);

	if (r == 0 && argc - first > 1)
		r = options_misused(&usage, "holders takes one MEDIUM",
				    &verb.failure);
	if (r == 0) {
		parameters = json_object_new_object();
		if (first < argc)
			verb_add_text(parameters, "name", argv[first]);
		r = service_collect("Holders", parameters, &answer,
				    &verb.failure);
	}
	if (r == 0 && verb.json)
		verb_print_json(answer);
	else if (r == 0)
		r = print_table(varlink_array(answer, "holders"), columns);
	json_object_put(answer);
	return verb_end(&verb, r);
}
