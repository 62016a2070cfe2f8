/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * conf.c - see conf.h
 *
 * One table says which keys there are, and where their values go.
 */
#include <errno.h>
#include <grp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "conf.h"
#include "escape.h"
#include "fragments.h"
#include "unknown.h"
#include "util.h"

#define FILE_NAME "filterd.conf"
#define SECTION "Service"
#define GROUP_LEN 16384		/* a group with its members */

const struct conf conf_presets = {
	.log_level = LOG_LEVEL_INFO,
	.group = CONF_NO_GROUP,
	/* Nobody's disk is opened because it is there: a personality may fit
	   a disk that somebody else is about to use. */
	.attach = CONF_ATTACH_ASK,
	/* Whoever brings it is not always who owns the machine. */
	.attach_removable = CONF_ATTACH_NEVER,
};

static const char *const attach_words[] = {
	[CONF_ATTACH_NEVER] = "never",
	[CONF_ATTACH_ASK] = "ask",
	[CONF_ATTACH_AUTO] = "auto",
};

struct reading {
	struct conf *conf;
	struct unknown unknown;	/* and whom to tell of faults */
	int faults;
};

/* Takes @value into its field.  NULL, or what the key expects. */
typedef const char *take_fn(void *field, const char *value);

static const char *take_log_level(void *field, const char *value)
{
	return log_level_parse(value, field) < 0 ?
		       "err, warning, info or debug" : NULL;
}

static const char *take_group(void *field, const char *value)
{
	struct group group, *found = NULL;
	char buf[GROUP_LEN];
	gid_t *gid = field;

	if (getgrnam_r(value, &group, buf, sizeof(buf), &found) != 0 ||
	    !found)
		return "the name of a group that there is";
	*gid = group.gr_gid;
	return NULL;
}

static const char *take_attach(void *field, const char *value)
{
	enum conf_attach *attach = field;

	for (size_t i = 0; i < ARRAY_SIZE(attach_words); i++) {
		if (!streq(attach_words[i], value))
			continue;
		*attach = (enum conf_attach)i;
		return NULL;
	}
	return "never, ask or auto";
}

#define FIELD(name) offsetof(struct conf, name), \
		    sizeof(((struct conf *)NULL)->name)

static const struct key {
	const char *name;
	take_fn *take;
	size_t off, len;	/* the field in struct conf */
} keys[] = {
	{ "LogLevel", take_log_level, FIELD(log_level) },
	{ "Group", take_group, FIELD(group) },
	{ "Attach", take_attach, FIELD(attach) },
	{ "AttachRemovable", take_attach, FIELD(attach_removable) },
};

static void tell_unknown_key(struct reading *reading,
			     const struct ini_place *at, const char *name)
{
	const char *names[ARRAY_SIZE(keys)];

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		names[i] = keys[i].name;
	unknown_key(&reading->unknown, at, SECTION, name, names,
		    ARRAY_SIZE(keys));
}

static void tell_fault(void *arg, const struct ini_place *at,
		       const char *message)
{
	struct reading *reading = arg;

	reading->faults++;
	reading->unknown.error(reading->unknown.arg, at, message);
}

/* An empty value takes back what was said before, as in all such files. */
static void take(struct reading *reading, const struct key *key,
		 const struct ini_place *at, const char *value)
{
	char *field = (char *)reading->conf + key->off;
	const char *expected;
	char safe[128];

	if (value[0] == '\0') {
		memcpy(field, (const char *)&conf_presets + key->off,
		       key->len);
		return;
	}
	expected = key->take(field, value);
	if (expected)
		ini_tell(tell_fault, reading, at, "%s= expects %s, got \"%s\": "
			 "it stays as it was", key->name, expected,
			 escape(value, safe, sizeof(safe)));
}

static int read_key(void *arg, const struct ini_place *at,
		    const char *section, const char *name, const char *value)
{
	static const char *const sections[] = { SECTION };
	struct reading *reading = arg;

	if (!streq(section, SECTION)) {
		unknown_section(&reading->unknown, at, section, sections, 1);
		return 0;
	}
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		if (!streq(keys[i].name, name))
			continue;
		take(reading, &keys[i], at, value);
		return 0;
	}
	tell_unknown_key(reading, at, name);
	return 0;
}

/* What is wrong with its lines is told, and the others count. */
static int read_file(struct reading *reading, const char *path)
{
	const struct ini_place at = { .file = path };
	_cleanup_fd_ int fd = -1;
	int r;

	fd = fragments_open(path, tell_fault, reading);
	if (fd < 0)
		return 0;
	reading->unknown.section[0] = '\0';
	r = ini_read(fd, path, read_key, tell_fault, reading);
	if (r == -ENOMEM)
		return r;
	if (r < 0 && r != -EBADMSG)
		ini_tell(tell_fault, reading, &at, "cannot be read: %s",
			 strerror(-r));
	return 0;
}

/* The first of @dirs that has the file. */
static int read_main_file(struct reading *reading, const char *const *dirs)
{
	for (; *dirs; dirs++) {
		_cleanup_free_ char *path = NULL;

		if (asprintf(&path, "%s/" FILE_NAME, *dirs) < 0) {
			path = NULL;
			return -ENOMEM;
		}
		if (access(path, F_OK) == 0)
			return read_file(reading, path);
	}
	return 0;
}

int conf_read(struct conf *conf, const char *const *dirs,
	      ini_error_fn *error, void *arg)
{
	struct reading reading = { conf, { error, arg, "" }, 0 };
	_cleanup_fragments_ struct fragments drop_ins = { 0 };
	int r = read_main_file(&reading, dirs);

	if (r == 0)
		r = fragments_scan_drop_ins(&drop_ins, dirs, FILE_NAME,
					    tell_fault, &reading);
	for (size_t i = 0; r == 0 && i < drop_ins.n; i++)
		r = read_file(&reading, drop_ins.list[i]);
	return r < 0 ? r : reading.faults;
}

const char *conf_attach_word(enum conf_attach attach)
{
	return attach_words[attach];
}
