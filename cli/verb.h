/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * verb.h - what all verbs of filterctl share: their options, and their end
 */
#ifndef FILTERCTL_VERB_H
#define FILTERCTL_VERB_H

#include <json-c/json.h>

#include "options.h"

/* One verb at work. */
struct verb {
	struct options_list personality_dirs, module_dirs;
	bool json;
	struct failure failure;
};

/* The entries of every verb's table; those that ask the service have the first
   alone, since it has looked for personalities and filters itself. */
#define VERB_JSON(verb)							\
	{ "json", 'J', OPTIONS_FLAG, NULL, "print JSON", &(verb)->json }
#define VERB_OPTIONS(verb)						\
	VERB_JSON(verb),						\
	{ "personalities", 'p', OPTIONS_LIST, "DIR",			\
	  "look for personalities here first",				\
	  &(verb)->personality_dirs },					\
	{ "module-dir", 0, OPTIONS_LIST, "DIR",				\
	  "look for filters here first", &(verb)->module_dirs }

/* Of those that look at an image: a uint64_t, 0 unless it is given. */
#define VERB_SECTOR(target)						\
	{ "sector-size", 0, OPTIONS_SIZE, "N",				\
	  "of the disk in an image: 512 or 4096", target }

/* Of those that change a disk: a bool. */
#define VERB_DRY_RUN(target)						\
	{ "dry-run", 'n', OPTIONS_FLAG, NULL,				\
	  "check all of it, and change nothing", target }

/* A call's parameters with the shared options in them; NULL: no memory. */
struct json_object *verb_parameters(const struct verb *verb);

/* A path as the engine finds it, since it starts where we are: as it is. */
void verb_add_text(struct json_object *object, const char *key,
		   const char *text);
void verb_add_list(struct json_object *object, const char *key,
		   const char *const *texts, size_t n);

/* The answer itself, on standard output. */
void verb_print_json(struct json_object *object);

/* Says what failed, if anything did (@result is negative), frees what the
   verb holds, and returns its exit code. */
int verb_end(struct verb *verb, int result);

/* The verbs; argv[0] is the verb's own name. */
int verb_list_filters(int argc, char **argv);
int verb_list_modules(int argc, char **argv);
int verb_load(int argc, char **argv);
int verb_unload(int argc, char **argv);
int verb_match(int argc, char **argv);
int verb_publish(int argc, char **argv);
int verb_reload(int argc, char **argv);
int verb_list_media(int argc, char **argv);
int verb_doctor(int argc, char **argv);
int verb_log(int argc, char **argv);
int verb_log_level(int argc, char **argv);
int verb_explain(int argc, char **argv);
int verb_verify(int argc, char **argv);
int verb_image(int argc, char **argv);
int verb_copy(int argc, char **argv);
int verb_attach(int argc, char **argv);
int verb_detach(int argc, char **argv);
int verb_rescan(int argc, char **argv);
int verb_open(int argc, char **argv);
int verb_holders(int argc, char **argv);
int verb_monitor(int argc, char **argv);
int verb_status(int argc, char **argv);
int verb_mount(int argc, char **argv);
int verb_tree(int argc, char **argv);
int verb_umount(int argc, char **argv);
int verb_stats(int argc, char **argv);
int verb_top(int argc, char **argv);
int verb_get(int argc, char **argv);
int verb_set(int argc, char **argv);
int verb_ctl(int argc, char **argv);

#endif /* FILTERCTL_VERB_H */
