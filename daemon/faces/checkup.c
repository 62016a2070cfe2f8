/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * checkup.c - see checkup.h
 */
#include <stdarg.h>
#include <stdio.h>

#include "checkup.h"
#include "escape.h"
#include "util.h"

static const char *const words[] = {
	[CHECKUP_OK] = "ok",
	[CHECKUP_WARN] = "warn",
	[CHECKUP_FAIL] = "fail",
};

static void give(const struct checkup *checkup, const char *name,
		 enum checkup_state state, const char *text, const char *fix)
{
	struct json_object *finding = json_object_new_object();

	if (!finding)
		return;
	json_object_object_add(finding, "name", json_object_new_string(name));
	json_object_object_add(finding, "state",
			       json_object_new_string(words[state]));
	json_object_object_add(finding, "text", json_object_new_string(text));
	json_object_object_add(finding, "fix", json_object_new_string(fix));
	checkup->give(checkup->arg, finding);
}

void checkup_tell(const struct checkup *checkup, const char *name,
		  enum checkup_state state, const char *fix, const char *fmt,
		  ...)
{
	char text[512], safe[ESCAPE_LEN(sizeof(text))];
	va_list args;

	va_start(args, fmt);
	if (vsnprintf(text, sizeof(text), fmt, args) < 0)
		text[0] = '\0';
	va_end(args);
	give(checkup, name, state, escape_again(text, safe, sizeof(safe)),
	     fix);
}

void checkup_tell_failure(const struct checkup *checkup, const char *name,
			  enum checkup_state state, const struct failure *f)
{
	give(checkup, name, state, f->text, f->hint);
}

void checkup_run(const struct checkup *checkup)
{
	static void (*const pieces[])(const struct checkup *checkup) = {
		checkup_kernel,
		checkup_volume,
		checkup_sharing,
		checkup_helper,
		checkup_sandbox,
		checkup_memory,
		checkup_processor,
		checkup_speed,
		checkup_filters,
		checkup_libraries,
		checkup_personalities,
		checkup_service,
	};

	for (size_t i = 0; i < ARRAY_SIZE(pieces); i++)
		pieces[i](checkup);
}
