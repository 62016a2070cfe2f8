/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * condition.c - see condition.h
 *
 * A key is of a kind, which says how its words are written and compared, and
 * has a getter, which says what a medium has.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "condition.h"
#include "escape.h"
#include "export.h"
#include "hint.h"
#include "magic.h"
#include "medium.h"
#include "parse.h"
#include "shelf.h"
#include "util.h"
#include "words.h"

enum kind { CLASS, HINT, TEXT, UUID, SIZE, NUMBER, TRUTH, SIGNATURE };

struct key {
	const char *name;
	enum kind kind;
	const char *(*text)(const struct medium *medium);
	uint64_t (*number)(const struct medium *medium);
};

static const char *get_content(const struct medium *m)
{
	return m->content;
}

static const char *get_hint(const struct medium *m)
{
	return m->hint;
}

static const char *get_label(const struct medium *m)
{
	return m->signature.label[0] ? m->signature.label :
				       m->store->medium.label;
}

static const char *get_location(const struct medium *m)
{
	return m->location;
}

static const char *get_title(const struct medium *m)
{
	return m->title;
}

static const char *get_uuid(const struct medium *m)
{
	return m->uuid;
}

static uint64_t get_base(const struct medium *m)
{
	return m->base;
}

static uint64_t get_granule(const struct medium *m)
{
	return m->store->medium.granule;
}

static uint64_t get_leaf(const struct medium *m)
{
	return medium_is_leaf(m);
}

static uint64_t get_live(const struct medium *m)
{
	return m->live;
}

static uint64_t get_open(const struct medium *m)
{
	return m->export && export_is_open(m->export);
}

static uint64_t get_partition(const struct medium *m)
{
	return m->partition;
}

static uint64_t get_removable(const struct medium *m)
{
	return m->removable;
}

static uint64_t get_size(const struct medium *m)
{
	return m->store->medium.size;
}

static uint64_t get_whole(const struct medium *m)
{
	return m->store->medium.whole;
}

static uint64_t get_writable(const struct medium *m)
{
	return m->store->medium.writable;
}

static const struct key keys[CONDITION_KEYS] = {
	{ "Base", SIZE, .number = get_base },
	{ "Content", HINT, .text = get_content },
	{ "ContentHint", HINT, .text = get_hint },
	{ "Granule", SIZE, .number = get_granule },
	{ "Label", TEXT, .text = get_label },
	{ "Leaf", TRUTH, .number = get_leaf },
	{ "Live", TRUTH, .number = get_live },
	{ "Location", TEXT, .text = get_location },
	{ "Name", TEXT, .text = get_title },
	{ "Open", TRUTH, .number = get_open },
	{ "PartitionID", NUMBER, .number = get_partition },
	{ "ProviderClass", CLASS },
	{ "Removable", TRUTH, .number = get_removable },
	{ "Signature", SIGNATURE },
	{ "Size", SIZE, .number = get_size },
	{ "UUID", UUID, .text = get_uuid },
	{ "Whole", TRUTH, .number = get_whole },
	{ "Writable", TRUTH, .number = get_writable },
};

void condition_names(const char *names[CONDITION_KEYS])
{
	for (size_t i = 0; i < CONDITION_KEYS; i++)
		names[i] = keys[i].name;
}

bool condition_equal(const struct condition *a, const struct condition *b)
{
	if (a->n_words != b->n_words || a->line != b->line ||
	    !streq(or_empty(a->key), or_empty(b->key)) ||
	    !streq(or_empty(a->file), or_empty(b->file)))
		return false;
	for (size_t i = 0; i < a->n_words; i++)
		if (!streq(a->words[i], b->words[i]))
			return false;
	return true;
}

static const struct key *key_find(const char *name)
{
	for (size_t i = 0; i < CONDITION_KEYS; i++)
		if (streq(keys[i].name, name))
			return &keys[i];
	return NULL;
}

bool condition_is_key(const char *key)
{
	return key_find(key) != NULL;
}

void condition_clear(struct condition *condition)
{
	words_free(condition->words, condition->n_words);
	free(condition->key);
	free(condition->file);
	*condition = (struct condition){ 0 };
}

/* What the words of @kind should have been, or NULL if @word is one. */
static const char *word_fault(enum kind kind, const char *word)
{
	uint64_t number;
	bool truth;

	switch (kind) {
	case CLASS:
		return shelf_is_name(word, strlen(word)) ? NULL :
		       "medium, whole, partition, filter, resources or a "
		       "filter's name";
	case SIZE:
		return parse_size(word, &number) == 0 ? NULL :
		       "a size in bytes, such as 4096 or 20M";
	case NUMBER:
		return parse_u64(word, &number) == 0 ? NULL : "a number";
	case TRUTH:
		return parse_bool(word, &truth) == 0 ? NULL : "yes or no";
	case SIGNATURE:
		return magic_is_valid(word) ? NULL :
		       "a type that blkid(8) knows, such as crypto_LUKS, or "
		       "OFFSET:HEX of at most 64 bytes in the first 8 MiB";
	case HINT:
	case TEXT:
	case UUID:
		break;
	}
	return NULL;
}

static int check_words(const struct key *key, char **words, size_t n,
		       char *why, size_t len)
{
	char word[128];

	if (key->kind == TRUTH && n > 1) {
		snprintf(why, len, "%s= expects yes or no, got %zu words",
			 key->name, n);
		return -EINVAL;
	}
	for (size_t i = 0; i < n; i++) {
		const char *fault = word_fault(key->kind, words[i]);

		if (!fault)
			continue;
		snprintf(why, len, "%s= expects %s, got \"%s\"",
			 key->name, fault,
			 escape(words[i], word, sizeof(word)));
		return -EINVAL;
	}
	return 0;
}

/* The place of @key in the list, made if it is not there; NULL: no memory. */
static struct condition *place_of(struct condition **conditions, size_t *n,
				  const char *key)
{
	struct condition *more;

	for (size_t i = 0; i < *n; i++)
		if (streq((*conditions)[i].key, key))
			return &(*conditions)[i];

	more = reallocarray(*conditions, *n + 1, sizeof(*more));
	if (!more)
		return NULL;
	*conditions = more;
	more[*n] = (struct condition){ .key = strdup(key) };
	if (!more[*n].key)
		return NULL;
	return &more[(*n)++];
}

static void take_away(struct condition *conditions, size_t *n,
		      const char *key)
{
	for (size_t i = 0; i < *n; i++) {
		if (!streq(conditions[i].key, key))
			continue;
		condition_clear(&conditions[i]);
		memmove(&conditions[i], &conditions[i + 1],
			(*n - i - 1) * sizeof(*conditions));
		(*n)--;
		return;
	}
}

/* Takes @words in any case. */
static int put_words(struct condition *condition, bool grow, char **words,
		     size_t n, const struct ini_place *at)
{
	char *file = strdup(at->file);
	char **all = NULL;

	if (!grow) {
		words_free(condition->words, condition->n_words);
		condition->words = NULL;
		condition->n_words = 0;
	}
	all = reallocarray(condition->words, condition->n_words + n,
			   sizeof(*all));
	if (!file || !all) {
		free(file);
		words_free(words, n);
		if (all)
			condition->words = all;
		return -ENOMEM;
	}
	memcpy(all + condition->n_words, words, n * sizeof(*all));
	free(words);
	condition->words = all;
	condition->n_words += n;
	free(condition->file);
	condition->file = file;
	condition->line = at->line;
	return 0;
}

int condition_add(struct condition **conditions, size_t *n, const char *key,
		  const char *value, const struct ini_place *at,
		  char *why, size_t len)
{
	const struct key *known = key_find(key);
	struct condition *condition;
	const char *fault = "";
	char **words;
	size_t n_words;
	int r;

	r = words_split(value, &words, &n_words, &fault);
	if (r == -EINVAL)
		snprintf(why, len, "%s=: %s", key, fault);
	if (r < 0)
		return r;
	if (n_words == 0) {
		take_away(*conditions, n, key);
		return 0;
	}
	r = check_words(known, words, n_words, why, len);
	condition = r < 0 ? NULL : place_of(conditions, n, key);
	if (!condition) {
		words_free(words, n_words);
		return r < 0 ? r : -ENOMEM;
	}
	return put_words(condition, known->kind != TRUTH, words, n_words, at);
}

/* A filter's name is the class of what it publishes.  What has no bytes is no
   medium: no filter shall stand there that did not say so. */
static bool class_holds(const char *word, const struct medium *medium)
{
	if (medium->layer && streq(word, layer_ops(medium->layer)->name))
		return true;
	if (medium->class == MEDIUM_RESOURCES)
		return streq(word, medium_class_word(medium->class));
	if (medium_is_bare(medium))
		return false;
	if (streq(word, "medium"))
		return true;
	if (streq(word, "whole"))
		return medium->store->medium.whole;
	return streq(word, medium_class_word(medium->class));
}

static bool number_holds(enum kind kind, const char *word, uint64_t have)
{
	uint64_t number;
	bool truth;

	if (kind == TRUTH)
		return parse_bool(word, &truth) == 0 && truth == (have != 0);
	if (kind == NUMBER)
		return parse_u64(word, &number) == 0 && number == have;
	return parse_size(word, &number) == 0 && number == have;
}

/* A type that a personality has named is known by that name, and still by its
   number and the name it had. */
static bool hint_holds(const char *word, const char *have,
		       const struct medium *medium)
{
	if (word[0] == '\0')
		return have[0] == '\0';
	if (medium->type[0] == '\0' || !streq(have, medium->hint))
		return hint_equal(word, have, medium->scheme);
	return hint_equal(word, medium->type, medium->scheme) ||
	       (!streq(medium->hint, medium->type) &&
		hint_is_called(word, have, medium->scheme));
}

/* "Vault (0xDA)": what a personality has named. */
static void say_hint(const struct medium *medium, const char *text,
		     char *have, size_t len)
{
	char safe[ESCAPE_LEN(sizeof(medium->hint))];
	uint8_t type;

	escape(text, safe, sizeof(safe));
	if (streq(text, medium->hint) && !streq(text, medium->type) &&
	    medium->type[0] && hint_mbr_type(medium->type, &type) == 0)
		snprintf(have, len, "%s (0x%02X)", safe, type);
	else
		snprintf(have, len, "%s", safe);
}

static bool word_holds(const struct key *key, const char *word,
		       struct medium *medium)
{
	switch (key->kind) {
	case CLASS:
		return class_holds(word, medium);
	case HINT:
		return hint_holds(word, key->text(medium), medium);
	case TEXT:
		return streq(word, key->text(medium));
	case UUID:
		return strcasecmp(word, key->text(medium)) == 0;
	case SIZE:
	case NUMBER:
	case TRUTH:
		return number_holds(key->kind, word, key->number(medium));
	case SIGNATURE:
		return magic_holds(word, medium);
	}
	return false;
}

/* "filter, whole, crypt": all that it is. */
static void say_class(const struct medium *medium, char *have, size_t len)
{
	bool filtered = medium->class == MEDIUM_FILTERED;

	snprintf(have, len, "%s%s%s%s", medium_is_bare(medium) && filtered ?
		 "" : medium_class_word(medium->class),
		 filtered && medium->store->medium.whole ? ", whole" : "",
		 filtered && !medium_is_bare(medium) ? ", " : "",
		 filtered && medium->layer ? layer_ops(medium->layer)->name :
					     "");
}

static void say_have(const struct condition *condition,
		     const struct key *key, struct medium *medium,
		     char *have, size_t len)
{
	switch (key->kind) {
	case CLASS:
		say_class(medium, have, len);
		break;
	case HINT:
		say_hint(medium, key->text(medium), have, len);
		break;
	case TEXT:
	case UUID:
		escape(key->text(medium), have, len);
		break;
	case TRUTH:
		snprintf(have, len, "%s", key->number(medium) ? "yes" : "no");
		break;
	case SIZE:
	case NUMBER:
		snprintf(have, len, "%" PRIu64, key->number(medium));
		break;
	case SIGNATURE:
		magic_have(condition->words, condition->n_words, medium, have,
			   len);
		break;
	}
}

bool condition_holds(const struct condition *condition,
		     struct medium *medium, char *have, size_t len)
{
	const struct key *key = key_find(condition->key);

	say_have(condition, key, medium, have, len);
	for (size_t i = 0; i < condition->n_words; i++)
		if (word_holds(key, condition->words[i], medium))
			return true;
	return false;
}
