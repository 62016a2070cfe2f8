/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-discreet.c - what strangers get to see of an answer
 */
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "discreet.h"
#include "paths.h"

/* Whether @text becomes @wanted, and a copy leaves it as it is. */
static void becomes(const char *text, const char *wanted)
{
	struct json_object *object = json_tokener_parse(text);
	struct json_object *want = json_tokener_parse(wanted);
	struct json_object *same = json_tokener_parse(text);
	struct json_object *copy = discreet_copy(object);

	CU_ASSERT_TRUE(json_object_equal(object, same));
	CU_ASSERT_TRUE(json_object_equal(copy, want));
	discreet_make(object);
	CU_ASSERT_TRUE(json_object_equal(object, want));
	json_object_put(object);
	json_object_put(want);
	json_object_put(same);
	json_object_put(copy);
}

static void test_the_paths_of_files_are_left_out(void)
{
	becomes("{\"path\":\"/srv/anna/vault.img\",\"size\":7}",
		"{\"size\":7}");
	becomes("{\"name\":\"/srv/a.img\",\"source\":\"/srv/a.img\"}", "{}");
	becomes("{\"attachments\":[{\"name\":\"vault\",\"source\":{\"path\":"
		"\"/srv/v.img\"},\"media\":[[{\"path\":\"/x\",\"a\":1}]]}]}",
		"{\"attachments\":[{\"name\":\"vault\",\"source\":{},"
		"\"media\":[[{\"a\":1}]]}]}");
}

static void test_the_paths_of_the_machine_stay(void)
{
	char text[256];

	becomes("{\"path\":\"/dev/sdb\",\"file\":\"/usr/lib/x\"}",
		"{\"path\":\"/dev/sdb\",\"file\":\"/usr/lib/x\"}");
	(void)snprintf(text, sizeof(text), "{\"path\":\"%s/media/vault\"}",
		       paths_runtime());
	becomes(text, text);
}

static void test_what_only_looks_like_one_is_left_out(void)
{
	becomes("{\"path\":\"/devil/sdb\"}", "{}");
	becomes("{\"path\":\"/dev/../srv/a.img\"}", "{}");
	becomes("{\"path\":\"/\"}", "{}");
	becomes("{\"path\":\"vault\",\"name\":\"\"}",
		"{\"path\":\"vault\",\"name\":\"\"}");
	becomes("{\"path\":[\"/srv/a.img\"],\"name\":null}",
		"{\"path\":[\"/srv/a.img\"],\"name\":null}");
}

CHECK_SUITE("discreet",
	    CHECK(test_the_paths_of_files_are_left_out),
	    CHECK(test_the_paths_of_the_machine_stay),
	    CHECK(test_what_only_looks_like_one_is_left_out))
