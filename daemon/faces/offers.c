/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * offers.c - see offers.h
 */
#include <errno.h>
#include <stdio.h>

#include "describe.h"
#include "drawing.h"
#include "escape.h"
#include "failure-json.h"
#include "findings.h"
#include "inventory.h"
#include "log.h"
#include "offers.h"
#include "parse.h"

struct offers {
	struct stack stack;
	struct json_object *json;	/* array of offers; NULL: as text */
	unsigned n;			/* offered so far */
};

static void offer_json(struct offers *offers, const char *command)
{
	const struct source *source = offers->stack.source;
	struct json_object *offer = json_object_new_object();
	struct json_object *media = json_object_new_array();

	json_object_array_add(media, describe_tree(source->root));
	json_object_object_add(offer, "source", describe_source(source));
	json_object_object_add(offer, "media", media);
	json_object_object_add(offer, "command",
			       json_object_new_string(command));
	json_object_array_add(offers->json, offer);
}

static void offer(struct offers *offers)
{
	char word[1024], safe[1024], command[1100];

	escape_word(offers->stack.source->path, word, sizeof(word));
	(void)snprintf(command, sizeof(command), "filterd mount %s",
		       escape(word, safe, sizeof(safe)));
	if (offers->json) {
		offer_json(offers, command);
	} else {
		(void)drawing_tree(stdout, &offers->stack);
		printf("  -> %s\n\n", command);
	}
	offers->n++;
}

/* What cannot be looked into is no failure: it was not asked for. */
static void look(struct offers *offers, const struct inventory_item *item)
{
	struct failure f = { 0 };

	if (stack_attach(&offers->stack, item->path, &f) < 0) {
		log_info("%s", f.text);
		return;
	}
	if (stack_match(&offers->stack, &f) == 0 &&
	    findings_worth(&offers->stack))
		offer(offers);
	(void)stack_detach(&offers->stack, NULL);
}

static void print_rest(const struct offers *offers,
		       const struct inventory *inventory)
{
	bool hidden = false;
	char safe[256];

	for (size_t i = 0; i < inventory->n; i++) {
		if (inventory->list[i].readable)
			continue;
		printf("%s: needs root to look into\n",
		       escape(inventory->list[i].path, safe, sizeof(safe)));
		hidden = true;
	}
	if (hidden)
		printf("  -> sudo filterd mount\n\n");
	if (inventory->cut)
		printf("There are more files in this folder than were "
		       "looked into.\n\n");
	if (offers->n == 0)
		printf("Nothing here has a map or a filter that matches.  "
		       "Name a disk or an image:\n"
		       "  filterd mount SOURCE\n"
		       "or make one to try with:\n"
		       "  filterctl image create --size 64M --scheme gpt "
		       "--partition rest:linux-data demo.img\n");
}

static int print_all(struct offers *offers, struct failure *f)
{
	struct inventory inventory;
	int r = inventory_take(&inventory, true);

	if (r < 0) {
		inventory_clear(&inventory);
		return failure_errno(f, r, "cannot look around");
	}
	for (size_t i = 0; i < inventory.n; i++)
		if (inventory.list[i].readable)
			look(offers, &inventory.list[i]);
	if (!offers->json)
		print_rest(offers, &inventory);
	inventory_clear(&inventory);
	return 0;
}

int offers_print(bool json)
{
	const struct stack_options options = { .ask = { .fd = -1 } };
	struct offers offers = { 0 };
	struct failure f = { 0 };
	int r = stack_load(&offers.stack, &options, &f);

	if (r == 0 && json) {
		offers.json = json_object_new_array();
		if (!offers.json)
			r = failure_errno(&f, -ENOMEM, "cannot look around");
	}
	if (r == 0)
		r = print_all(&offers, &f);
	if (r == 0 && json)
		printf("{\"offers\": %s}\n", json_object_to_json_string_ext(
			offers.json, JSON_C_TO_STRING_PRETTY |
				     JSON_C_TO_STRING_NOSLASHESCAPE));
	if (r < 0)
		failure_json_print(&f, "filterd", json);
	json_object_put(offers.json);
	stack_close(&offers.stack);
	return (int)f.code;
}
