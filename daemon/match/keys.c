/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * keys.c - see keys.h
 *
 * One table says which keys there are; a key's function takes its value into
 * the personality.
 */
#include <errno.h>
#include <stdlib.h>

#include "escape.h"
#include "keys.h"
#include "parse.h"
#include "util.h"
#include "words.h"

#define PROPERTY "Property."

/* The value is not what @key takes: the personality is rejected. */
static int tell_bad(struct reading *reading, const struct ini_place *at,
		    const char *key, const char *expected, const char *value)
{
	char got[128];

	reading->faulty = true;
	reading_tell(reading, at, "%s= expects %s, got \"%s\"", key, expected,
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

bool keys_is_name(const char *s)
{
	return strlen(s) < 128 && is_made_of(s, LOWER UPPER DIGITS "._+-");
}

typedef int take_fn(struct reading *reading, const struct ini_place *at,
		    const char *key, const char *value);

static int take_name(struct reading *reading, const struct ini_place *at,
		     const char *key, const char *value)
{
	if (value[0] != '\0' && !keys_is_name(value))
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
	if (!keys_is_name(value))
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

/* Which of the two matters to who builds a system that starts from here. */
static int take_required(struct reading *reading, const struct ini_place *at,
			 const char *key, const char *value)
{
	bool required = streq(value, "local-root") || streq(value, "root");

	if (!required && value[0] != '\0' && !streq(value, "none"))
		return tell_bad(reading, at, key, "none, local-root or root",
				value);
	reading->personality->required = required;
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
	reading_tell(reading, at, "%s", why);
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
	reading_tell(reading, at, "%s", why);
	return 0;
}

/* Takes @words in any case. */
static int add_resources(struct condition *resources, char **words, size_t n,
			 const struct ini_place *at)
{
	char **all = reallocarray(resources->words, resources->n_words + n,
				  sizeof(*all));
	int r = all ? 0 : -ENOMEM;

	if (all)
		resources->words = all;
	if (r == 0)
		r = set_text(&resources->key, "ResourceMatch");
	if (r == 0)
		r = set_text(&resources->file, at->file);
	if (r < 0) {
		words_free(words, n);
		return r;
	}
	memcpy(all + resources->n_words, words, n * sizeof(*all));
	free(words);
	resources->n_words += n;
	resources->line = at->line;
	return 0;
}

/* No condition like the others: each of its words must be there. */
static int take_resources(struct reading *reading, const struct ini_place *at,
			  const char *key, const char *value)
{
	struct condition *resources = &reading->personality->resources;
	const char *why = "";
	char **words;
	size_t n;
	int r = words_split(value, &words, &n, &why);

	if (r == -EINVAL)
		return tell_bad(reading, at, key, "quotes that are closed",
				value);
	if (r < 0)
		return r;
	for (size_t i = 0; i < n; i++) {
		if (keys_is_name(words[i]))
			continue;
		(void)tell_bad(reading, at, key,
			       "names of letters, digits and ._+-", words[i]);
		words_free(words, n);
		return 0;
	}
	if (n > 0)
		return add_resources(resources, words, n, at);
	words_free(words, n);
	condition_clear(resources);
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
	{ "Match", "ResourceMatch", take_resources },
	{ "Module", "Children", take_choice },
	{ "Policy", "ReadOnly", take_read_only },
	{ "Policy", "AutoAttach", take_choice },
	{ "Policy", "RequiredAt", take_required },
	{ "Policy", "AttachMediaObject", take_choice },
};

static const char *const sections[] = {
	"Personality", "Match", "Module", "Policy", "ContentTable"
};

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
	if (streq(section, "ContentTable") && !unknown_is_private(key))
		return take_type_name;
	return NULL;
}

static bool is_section(const char *section)
{
	for (size_t i = 0; i < ARRAY_SIZE(sections); i++)
		if (streq(sections[i], section))
			return true;
	return false;
}

static void tell_unknown_key(struct reading *reading,
			     const struct ini_place *at, const char *section,
			     const char *key)
{
	const char *names[CONDITION_KEYS + ARRAY_SIZE(entries)];
	size_t n = 0;

	if (streq(section, "Match")) {
		condition_names(names);
		n = CONDITION_KEYS;
	}
	for (size_t i = 0; i < ARRAY_SIZE(entries); i++)
		if (streq(entries[i].section, section))
			names[n++] = entries[i].key;
	unknown_key(&reading->unknown, at, section, key, names, n);
}

int keys_take(struct reading *reading, const struct ini_place *at,
	      const char *section, const char *key, const char *value)
{
	take_fn *take = find_take(section, key);

	if (take)
		return take(reading, at, key, value);
	if (is_section(section))
		tell_unknown_key(reading, at, section, key);
	else
		unknown_section(&reading->unknown, at, section, sections,
				ARRAY_SIZE(sections));
	return 0;
}
