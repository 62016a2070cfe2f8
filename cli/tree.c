/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tree.c - the verb tree: the registry, as ioreg(8) prints I/O Kit's
 */
#include <errno.h>
#include <stdio.h>

#include "escape.h"
#include "service.h"
#include "util.h"
#include "varlink.h"
#include "verb.h"

static const char about[] =
	"Shows all that lives in the service: media, and the maps and filters\n"
	"that stand on them; or the entries that WHAT means: a name, a path,\n"
	"class:CLASS or id:N.";

#define MAX_DEPTH 64u	/* beyond what a message can hold */

struct tree {
	struct verb verb;
	bool properties;
	const char *plane;
};

static void print_states(struct json_object *entry)
{
	static const char *const states[] = { "registered", "matched",
					      "active" };

	for (size_t i = 0; i < ARRAY_SIZE(states); i++)
		printf(", %s%s", varlink_bool(entry, states[i]) ? "" : "!",
		       states[i]);
	printf(", busy %llu", (unsigned long long)varlink_number(entry,
								 "busy"));
	printf(", holders %llu",
	       (unsigned long long)varlink_number(entry, "holders"));
	if (varlink_bool(entry, "open"))
		printf(", open");
}

/* Of an alias; or "". */
static const char *target_of(struct json_object *entry)
{
	struct json_object *properties;

	if (!json_object_object_get_ex(entry, "properties", &properties))
		return "";
	return varlink_string(properties, "target");
}

/* The stems of those above that go on: "| |   ". */
static void print_indent(const bool *more, unsigned depth)
{
	for (unsigned i = 0; i < depth; i++)
		printf("%s", more[i] ? "| " : "  ");
}

static void print_properties(struct json_object *entry, const bool *more,
			     unsigned depth, bool parent)
{
	struct json_object *properties;

	if (!json_object_object_get_ex(entry, "properties", &properties))
		return;
	print_indent(more, depth);
	printf("%s {\n", parent ? "|" : " ");
	json_object_object_foreach(properties, key, value) {
		print_indent(more, depth);
		printf("%s   \"%s\" = %s\n", parent ? "|" : " ", key,
		       json_object_to_json_string_ext(value,
				JSON_C_TO_STRING_PLAIN |
				JSON_C_TO_STRING_NOSLASHESCAPE));
	}
	print_indent(more, depth);
	printf("%s }\n", parent ? "|" : " ");
}

/* more[i]: whether the entry at depth i that this one is below, or is, has
   another one after it. */
static void print_entry(const struct tree *tree, struct json_object *entry,
			bool *more, unsigned depth)
{
	struct json_object *children = varlink_array(entry, "children");
	size_t n = varlink_count(children);

	print_indent(more, depth);
	printf("+-o %s  <class %s, id 0x%llx", varlink_string(entry, "name"),
	       varlink_string(entry, "class"),
	       (unsigned long long)varlink_number(entry, "id"));
	print_states(entry);
	printf(">%s%s\n", target_of(entry)[0] ? " -> " : "",
	       target_of(entry));
	if (depth + 1 >= MAX_DEPTH)
		return;
	if (tree->properties)
		print_properties(entry, more, depth + 1, n > 0);
	for (size_t i = 0; i < n; i++) {
		more[depth + 1] = i + 1 < n;
		print_entry(tree, json_object_array_get_idx(children, i),
			    more, depth + 1);
	}
}

static int show(struct tree *tree, struct json_object *answer,
		const char *what)
{
	struct json_object *root, *entries = varlink_array(answer, "entries");
	bool more[MAX_DEPTH + 1] = { false };
	char safe[256];

	if (json_object_object_get_ex(answer, "tree", &root))
		print_entry(tree, root, more, 0);
	for (size_t i = 0; i < varlink_count(entries); i++)
		print_entry(tree, json_object_array_get_idx(entries, i), more,
			    0);
	if (what && varlink_count(entries) == 0)
		return failure_set(&tree->verb.failure, -ENOENT,
				   EXIT_NOT_FOUND, "nothing in the registry "
				   "is '%s'", escape(what, safe,
						     sizeof(safe)));
	return 0;
}

int verb_tree(int argc, char **argv)
{
	struct tree tree = { 0 };
	struct failure *f = &tree.verb.failure;
	const struct options_entry entries[] = {
		{ "plane", 'p', OPTIONS_TEXT, "service|alias",
		  "another view: the names that volumes have",
		  &tree.plane },
		{ "long", 'l', OPTIONS_FLAG, NULL,
		  "show the properties of each entry", &tree.properties },
		VERB_JSON(&tree.verb),
		{ NULL },
	};
	const struct options_usage usage = {
		"filterctl tree", "[WHAT]", about, entries,
	};
	struct json_object *parameters, *answer = NULL;
	const char *what = NULL;
	int first, r = options_parse(&usage, argc, argv, &first, f);

	if (r == 0 && argc - first > 1)
		r = options_misused(&usage, "tree takes one WHAT", f);
	if (r == 0 && tree.plane && !streq(tree.plane, "service") &&
	    !streq(tree.plane, "alias"))
		r = options_misused(&usage, "--plane is service or alias", f);
	if (r == 0 && tree.plane && streq(tree.plane, "alias") && first < argc)
		r = options_misused(&usage, "WHAT is looked for in the "
				    "service plane", f);
	if (r == 0) {
		what = first < argc ? argv[first] : NULL;
		parameters = json_object_new_object();
		if (what)
			verb_add_text(parameters, "what", what);
		if (tree.plane)
			verb_add_text(parameters, "plane", tree.plane);
		r = service_collect("Tree", parameters, &answer, f);
	}
	if (r == 0 && tree.verb.json)
		verb_print_json(answer);
	else if (r == 0)
		r = show(&tree, answer, what);
	json_object_put(answer);
	return verb_end(&tree.verb, r);
}
