/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * personality.c - see personality.h
 *
 * One table says which keys there are; a key's function takes its value into
 * the personality.  A bad value is told at once and reading goes on, so that
 * all faults of a file are seen together.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "cleanup.h"
#include "escape.h"
#include "parse.h"
#include "personality.h"
#include "suggest.h"
#include "util.h"
#include "words.h"

#define SUFFIX ".personality"
#define PROPERTY "Property."

struct reading {
	struct personality *personality;
	ini_error_fn *error;
	void *arg;
	bool faulty;
	char unknown[64];	/* the unknown section that was told last */
};

bool personality_is_table(const struct personality *personality)
{
	return personality->names.n > 0 && personality->n_conditions == 0 &&
	       or_empty(personality->module)[0] == '\0';
}

void personality_free(struct personality *personality)
{
	if (!personality)
		return;
	for (size_t i = 0; i < personality->n_conditions; i++)
		condition_clear(&personality->conditions[i]);
	free(personality->conditions);
	settings_clear(&personality->settings);
	names_clear(&personality->names);
	free(personality->name);
	free(personality->file);
	free(personality->module);
	free(personality->module_file);
	free(personality->category);
	free(personality);
}

static void cleanup_personality(struct personality **personality)
{
	personality_free(*personality);
}

__attribute__((format(printf, 3, 4)))
static void tell(struct reading *reading, const struct ini_place *at,
		 const char *fmt, ...)
{
	char message[512];
	va_list args;

	va_start(args, fmt);
	vsnprintf(message, sizeof(message), fmt, args);
	va_end(args);
	reading->error(reading->arg, at, message);
}

/* The value is not what @key takes: the personality is rejected. */
static int tell_bad(struct reading *reading, const struct ini_place *at,
		    const char *key, const char *expected, const char *value)
{
	char got[128];

	reading->faulty = true;
	tell(reading, at, "%s= expects %s, got \"%s\"", key, expected,
	     escape(value, got, sizeof(got)));
	return 0;
}

static bool is_made_of(const char *s, const char *characters)
{
	return s[0] != '\0' && s[strspn(s, characters)] == '\0';
}

#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

static bool is_name(const char *s)
{
	return strlen(s) < 128 && is_made_of(s, LOWER UPPER DIGITS "._+-");
}

typedef int take_fn(struct reading *reading, const struct ini_place *at,
		    const char *key, const char *value);

static int take_name(struct reading *reading, const struct ini_place *at,
		     const char *key, const char *value)
{
	if (value[0] != '\0' && !is_name(value))
		return tell_bad(reading, at, key,
				"letters, digits and ._+-", value);
	return set_text(&reading->personality->name, value);
}

static int take_module(struct reading *reading, const struct ini_place *at,
		       const char *key, const char *value)
{
	struct personality *personality = reading->personality;
	int r;

	if (value[0] != '\0' && !is_made_of(value, LOWER DIGITS "-"))
		return tell_bad(reading, at, key, "a filter's name", value);
	r = set_text(&personality->module_file, at->file);
	if (r < 0)
		return r;
	personality->module_line = at->line;
	return set_text(&personality->module, value);
}

static int take_category(struct reading *reading, const struct ini_place *at,
			 const char *key, const char *value)
{
	if (value[0] == '\0')
		value = PERSONALITY_CATEGORY;
	if (!is_name(value))
		return tell_bad(reading, at, key,
				"letters, digits and ._+-", value);
	return set_text(&reading->personality->category, value);
}

static int take_score(struct reading *reading, const struct ini_place *at,
		      const char *key, const char *value)
{
	int score = PERSONALITY_SCORE;

	if (value[0] != '\0' && parse_int(value, &score) < 0)
		return tell_bad(reading, at, key,
				"an integer -2147483648..2147483647", value);
	reading->personality->score = score;
	return 0;
}

static int take_read_only(struct reading *reading, const struct ini_place *at,
			  const char *key, const char *value)
{
	bool read_only = false;

	if (value[0] != '\0' && parse_bool(value, &read_only) < 0)
		return tell_bad(reading, at, key, "yes or no", value);
	reading->personality->read_only = read_only;
	return 0;
}

/* Checked now, so that files stay good when these come to mean something. */
static int take_choice(struct reading *reading, const struct ini_place *at,
		       const char *key, const char *value)
{
	static const struct {
		const char *key, *expected, *choices[4];
	} known[] = {
		{ "Children", "rescan", { "rescan" } },
		{ "AutoAttach", "no, ask or yes", { "no", "ask", "yes" } },
		{ "RequiredAt", "none, local-root or root",
		  { "none", "local-root", "root" } },
		{ "AttachMediaObject", "by-name", { "by-name" } },
	};

	if (value[0] == '\0')
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		if (!streq(known[i].key, key))
			continue;
		for (size_t n = 0; known[i].choices[n]; n++)
			if (streq(known[i].choices[n], value))
				return 0;
		return tell_bad(reading, at, key, known[i].expected, value);
	}
	return 0;
}

static int take_condition(struct reading *reading, const struct ini_place *at,
			  const char *key, const char *value)
{
	struct personality *personality = reading->personality;
	char why[320];
	int r;

	r = condition_add(&personality->conditions,
			  &personality->n_conditions, key, value, at, why,
			  sizeof(why));
	if (r != -EINVAL)
		return r;
	reading->faulty = true;
	tell(reading, at, "%s", why);
	return 0;
}

static int take_type_name(struct reading *reading, const struct ini_place *at,
			  const char *key, const char *value)
{
	char why[320];
	int r = names_take(&reading->personality->names, key, value, at, why,
			   sizeof(why));

	if (r != -EINVAL)
		return r;
	reading->faulty = true;
	tell(reading, at, "%s", why);
	return 0;
}

static void unset(struct settings *settings, const char *key)
{
	for (size_t i = 0; i < settings->n; i++) {
		if (!streq(settings->list[i].key, key))
			continue;
		free(settings->list[i].key);
		free(settings->list[i].value);
		memmove(&settings->list[i], &settings->list[i + 1],
			(settings->n - i - 1) * sizeof(*settings->list));
		settings->n--;
		return;
	}
}

/* A value that is one quoted word loses its quotes; others stay as they are. */
static int take_property(struct reading *reading, const struct ini_place *at,
			 const char *key, const char *value)
{
	struct settings *settings = &reading->personality->settings;
	const char *name = key + strlen(PROPERTY), *why = "";
	char **words = NULL;
	size_t n = 0;
	int r;

	if (!is_made_of(name, LOWER UPPER DIGITS "_-"))
		return tell_bad(reading, at, PROPERTY "KEY",
				"a setting's name for KEY", name);
	if (value[0] == '\0') {
		unset(settings, name);
		return 0;
	}
	if (value[0] != '"' && value[0] != '\'')
		return settings_set(settings, name, value);
	r = words_split(value, &words, &n, &why);
	if (r == -EINVAL)
		return tell_bad(reading, at, key, "quotes that are closed",
				value);
	if (r < 0)
		return r;
	r = settings_set(settings, name, n == 1 ? words[0] : value);
	words_free(words, n);
	return r;
}

static const struct entry {
	const char *section, *key;
	take_fn *take;
} entries[] = {
	{ "Personality", "Name", take_name },
	{ "Personality", "Module", take_module },
	{ "Match", "MatchCategory", take_category },
	{ "Match", "ProbeScore", take_score },
	{ "Module", "Children", take_choice },
	{ "Policy", "ReadOnly", take_read_only },
	{ "Policy", "AutoAttach", take_choice },
	{ "Policy", "RequiredAt", take_choice },
	{ "Policy", "AttachMediaObject", take_choice },
};

static const char *const sections[] = {
	"Personality", "Match", "Module", "Policy", "ContentTable"
};

static bool is_private(const char *name)
{
	return strncmp(name, "X-", 2) == 0;
}

static take_fn *find_take(const char *section, const char *key)
{
	for (size_t i = 0; i < ARRAY_SIZE(entries); i++)
		if (streq(entries[i].section, section) &&
		    streq(entries[i].key, key))
			return entries[i].take;
	if (streq(section, "Match") && condition_is_key(key))
		return take_condition;
	if (streq(section, "Module") &&
	    strncmp(key, PROPERTY, strlen(PROPERTY)) == 0)
		return take_property;
	if (streq(section, "ContentTable") && !is_private(key))
		return take_type_name;
	return NULL;
}

/* Tells of an unknown section once, not at each of its keys. */
static bool check_section(struct reading *reading, const struct ini_place *at,
			  const char *section)
{
	char name[64];
	const char *near;

	for (size_t i = 0; i < ARRAY_SIZE(sections); i++)
		if (streq(sections[i], section))
			return true;
	escape(section, name, sizeof(name));
	if (is_private(section) || streq(name, reading->unknown))
		return false;
	memcpy(reading->unknown, name, sizeof(name));
	near = suggest(section, sections, ARRAY_SIZE(sections));
	if (section[0] == '\0')
		tell(reading, at, "warning: a key before the first section");
	else if (near)
		tell(reading, at, "warning: unknown section [%s]; did you "
		     "mean [%s]?", name, near);
	else
		tell(reading, at, "warning: unknown section [%s]", name);
	return false;
}

static void tell_unknown_key(struct reading *reading,
			     const struct ini_place *at, const char *section,
			     const char *key)
{
	const char *names[CONDITION_KEYS + ARRAY_SIZE(entries)];
	struct ini_place begin = *at;
	char name[64];
	const char *near;
	size_t n = 0;

	if (streq(section, "Match")) {
		condition_names(names);
		n = CONDITION_KEYS;
	}
	for (size_t i = 0; i < ARRAY_SIZE(entries); i++)
		if (streq(entries[i].section, section))
			names[n++] = entries[i].key;
	near = suggest(key, names, n);
	escape(key, name, sizeof(name));
	begin.column = 1;
	if (near)
		tell(reading, &begin, "warning: unknown key %s= in [%s]; did "
		     "you mean %s=?", name, section, near);
	else
		tell(reading, &begin, "warning: unknown key %s= in [%s]", name,
		     section);
}

static int read_key(void *arg, const struct ini_place *at,
		    const char *section, const char *key, const char *value)
{
	struct reading *reading = arg;
	take_fn *take;

	if (!check_section(reading, at, section))
		return 0;
	take = find_take(section, key);
	if (take)
		return take(reading, at, key, value);
	if (!is_private(key))
		tell_unknown_key(reading, at, section, key);
	return 0;
}

static void read_fault(void *arg, const struct ini_place *at,
		       const char *message)
{
	struct reading *reading = arg;

	reading->faulty = true;
	tell(reading, at, "%s", message);
}

static int read_text(struct reading *reading, const char *path, int fd)
{
	struct ini_place at = { .file = path };
	int r = ini_read(fd, path, read_key, read_fault, reading);

	reading->unknown[0] = '\0';
	if (r >= 0 || r == -EBADMSG || r == -ENOMEM)
		return r == -ENOMEM ? r : 0;
	reading->faulty = true;
	tell(reading, &at, "cannot be read: %s", strerror(-r));
	return 0;
}

static int read_drop_in(struct reading *reading, const char *path)
{
	struct ini_place at = { .file = path };
	_cleanup_fd_ int fd = -1;

	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd >= 0)
		return read_text(reading, path, fd);
	reading->faulty = true;
	tell(reading, &at, "cannot be opened: %s", strerror(errno));
	return 0;
}

/* "/etc/.../50-luks.personality" -> "50-luks" */
static int name_after_file(struct personality *personality)
{
	const char *slash = strrchr(personality->file, '/');
	const char *base = slash ? slash + 1 : personality->file;
	size_t len = strlen(base), suffix = strlen(SUFFIX);

	if (len > suffix && streq(base + len - suffix, SUFFIX))
		len -= suffix;
	free(personality->name);
	personality->name = strndup(base, len);
	return personality->name ? 0 : -ENOMEM;
}

/* What must be there when all is read. */
static int check_whole(struct reading *reading)
{
	struct personality *personality = reading->personality;
	struct ini_place at = { .file = personality->file, .line = 1,
				.column = 1 };
	int r = 0;

	if (or_empty(personality->name)[0] == '\0')
		r = name_after_file(personality);
	if (r < 0)
		return r;
	if (!is_name(personality->name))
		read_fault(reading, &at, "the file's name makes no name for "
			   "a personality: give it one with Name=");
	if (!reading->faulty && personality_is_table(personality))
		return 0;
	if (!reading->faulty && or_empty(personality->module)[0] == '\0')
		read_fault(reading, &at,
			   "Module= is missing in [Personality]");
	if (!reading->faulty && personality->n_conditions == 0)
		read_fault(reading, &at, "[Match] has no condition and would "
			   "take every medium: if that is meant, write "
			   "ProviderClass=medium");
	return reading->faulty ? -EBADMSG : 0;
}

int personality_read(const char *path, int fd, const char *const *drop_ins,
		     ini_error_fn *error, void *arg,
		     struct personality **ret)
{
	_cleanup_(cleanup_personality) struct personality *personality = NULL;
	struct reading reading = { .error = error, .arg = arg };
	int r;

	personality = calloc(1, sizeof(*personality));
	if (!personality)
		return -ENOMEM;
	reading.personality = personality;
	personality->score = PERSONALITY_SCORE;
	personality->file = strdup(path);
	personality->category = strdup(PERSONALITY_CATEGORY);
	if (!personality->file || !personality->category)
		return -ENOMEM;

	r = read_text(&reading, path, fd);
	for (; r == 0 && *drop_ins; drop_ins++)
		r = read_drop_in(&reading, *drop_ins);
	if (r == 0)
		r = check_whole(&reading);
	if (r < 0)
		return r;
	*ret = take_ptr(&personality);
	return 0;
}
