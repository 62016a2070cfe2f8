/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * personality.c - see personality.h
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "cleanup.h"
#include "keys.h"
#include "personality.h"
#include "util.h"

#define SUFFIX ".personality"

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
	condition_clear(&personality->resources);
	settings_clear(&personality->settings);
	names_clear(&personality->names);
	free(personality->name);
	free(personality->file);
	free(personality->module);
	free(personality->module_file);
	free(personality->category);
	free(personality);
}

bool personality_is(const struct personality *a, const struct personality *b)
{
	return a == b || (streq(a->name, b->name) && streq(a->file, b->file));
}

static bool same_conditions(const struct personality *a,
			    const struct personality *b)
{
	if (a->n_conditions != b->n_conditions ||
	    !condition_equal(&a->resources, &b->resources))
		return false;
	for (size_t i = 0; i < a->n_conditions; i++)
		if (!condition_equal(&a->conditions[i], &b->conditions[i]))
			return false;
	return true;
}

bool personality_equal(const struct personality *a,
		       const struct personality *b)
{
	return personality_is(a, b) && streq(a->module, b->module) &&
	       streq(or_empty(a->module_file), or_empty(b->module_file)) &&
	       a->module_line == b->module_line &&
	       streq(a->category, b->category) && a->score == b->score &&
	       a->read_only == b->read_only && a->required == b->required &&
	       a->requested == b->requested && a->scheme == b->scheme &&
	       same_conditions(a, b) &&
	       settings_equal(&a->settings, &b->settings);
}

const struct personality *personality_ref(const struct personality *given)
{
	struct personality *personality = (struct personality *)given;

	personality->refs++;
	return personality;
}

void personality_unref(const struct personality *given)
{
	struct personality *personality = (struct personality *)given;

	if (personality && --personality->refs == 0)
		personality_free(personality);
}

static void cleanup_personality(struct personality **personality)
{
	personality_free(*personality);
}

static int read_key(void *arg, const struct ini_place *at,
		    const char *section, const char *key, const char *value)
{
	return keys_take(arg, at, section, key, value);
}

static void read_fault(void *arg, const struct ini_place *at,
		       const char *message)
{
	struct reading *reading = arg;

	reading->faulty = true;
	reading_tell(reading, at, "%s", message);
}

static int read_text(struct reading *reading, const char *path, int fd)
{
	struct ini_place at = { .file = path };
	int r = ini_read(fd, path, read_key, read_fault, reading);

	reading->unknown.section[0] = '\0';
	if (r >= 0 || r == -EBADMSG || r == -ENOMEM)
		return r == -ENOMEM ? r : 0;
	reading->faulty = true;
	reading_tell(reading, &at, "cannot be read: %s", strerror(-r));
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
	reading_tell(reading, &at, "cannot be opened: %s", strerror(errno));
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

/* All who stand on resources are there together: of those in one category
   there can be one alone, and the others would never know why. */
static void warn_of_category(struct reading *reading)
{
	const struct personality *personality = reading->personality;
	struct ini_place at = { .column = 1 };

	if (!streq(personality->category, PERSONALITY_CATEGORY))
		return;
	for (size_t i = 0; i < personality->n_conditions; i++) {
		const struct condition *condition =
			&personality->conditions[i];

		at.file = condition->file;
		at.line = condition->line;
		for (size_t k = 0; k < condition->n_words; k++)
			if (streq(condition->key, "ProviderClass") &&
			    streq(condition->words[k], "resources"))
				reading_tell(reading, &at, "warning: on "
					"resources a MatchCategory= of its "
					"own lets it stand beside others");
	}
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
	if (!keys_is_name(personality->name))
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
	if (!reading->faulty)
		warn_of_category(reading);
	return reading->faulty ? -EBADMSG : 0;
}

int personality_read(const char *path, int fd, const char *const *drop_ins,
		     ini_error_fn *error, void *arg,
		     struct personality **ret)
{
	_cleanup_(cleanup_personality) struct personality *personality = NULL;
	struct reading reading = { .unknown = { error, arg, "" } };
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
