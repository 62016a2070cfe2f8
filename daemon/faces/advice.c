/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * advice.c - see advice.h
 */
#include <errno.h>

#include "advice.h"
#include "drawing.h"
#include "escape.h"
#include "export.h"
#include "util.h"

#define PATH_LEN 512
#define PATH_MAX_SHOWN 200

/* A device to be given to a command, and what must be done to have it. */
struct device_words {
	char before[PATH_LEN + 64];	/* "losetup ..., then ", or "" */
	char device[PATH_LEN];
};

/* @path as it can be pasted into a shell; half a path would name something
   else. */
static void put_path(const char *path, char buf[PATH_LEN])
{
	char word[PATH_LEN / 2];

	if (strlen(path) > PATH_MAX_SHOWN)
		path = "FILE";
	escape(escape_word(path, word, sizeof(word)), buf, PATH_LEN);
}

static void use_file(struct device_words *words, const char *path,
		     enum known_needs needs)
{
	char file[PATH_LEN];

	put_path(path, words->device);
	if (needs == KNOWN_FILE)
		return;
	put_path(path, file);
	snprintf(words->before, sizeof(words->before),
		 "losetup -f --show %s, then ", file);
	snprintf(words->device, sizeof(words->device), "/dev/loopN");
}

/* Partition @number of the source @disk; 0: all of it. */
static void use_partition(struct device_words *words,
			  const struct medium *disk, const char *name,
			  unsigned number)
{
	char path[PATH_LEN / 2], file[PATH_LEN];

	if (disk->block) {
		snprintf(path, sizeof(path), "/dev/%.200s",
			 number ? name : disk->name);
		put_path(path, words->device);
		return;
	}
	put_path(disk->path, file);
	snprintf(words->before, sizeof(words->before),
		 "losetup -fP --show %s, then ", file);
	snprintf(words->device, sizeof(words->device), "/dev/loopN");
	if (number)
		snprintf(words->device, sizeof(words->device), "/dev/loopNp%u",
			 number);
}

static void find_device(const struct medium *medium, enum known_needs needs,
			struct device_words *words)
{
	const struct medium *parent = medium->parent;

	*words = (struct device_words){ .device = "DEVICE" };
	if (needs == KNOWN_DISK && parent && parent->path)
		use_partition(words, parent, parent->name, 0);
	else if (medium->export)
		use_file(words, export_path(medium->export), needs);
	else if (medium->path && medium->block)
		put_path(medium->path, words->device);
	else if (medium->path)
		use_file(words, medium->path, needs);
	else if (parent && parent->path)
		use_partition(words, parent, medium->name, medium->partition);
}

const char *advice_step(const struct medium *medium, char *buf, size_t len)
{
	const struct known *known = medium_known(medium);
	struct device_words words;
	const char *place;

	buf[0] = '\0';
	if (!known)
		return buf;
	find_device(medium, known->needs, &words);
	/* What is done elsewhere needs no device here. */
	place = strstr(known->step, "{}");
	if (!place && known->needs == KNOWN_FILE)
		snprintf(buf, len, "%s", known->step);
	else if (!place)
		snprintf(buf, len, "%s%s", words.before, known->step);
	else
		snprintf(buf, len, "%s%.*s%s%s", words.before,
			 (int)(place - known->step), known->step,
			 words.device, place + 2);
	return buf;
}

struct printing {
	FILE *out;
	bool begun;
};

static int print_one(void *arg, struct medium *medium)
{
	const struct known *known = medium_known(medium);
	struct printing *printing = arg;
	char step[ADVICE_LEN];

	if (!known)
		return 0;
	if (!printing->begun)
		fprintf(printing->out, "\nknown, but not opened by filterd:\n");
	printing->begun = true;
	fprintf(printing->out, "  %s: %s%s\n    %s\n", medium->name,
		known->name, medium->export ? ", published as it is" :
		medium_is_closed(medium) ? ", not published" : "",
		advice_step(medium, step, sizeof(step)));
	return 0;
}

void advice_print(FILE *out, struct medium *top)
{
	struct printing printing = { .out = out };

	(void)medium_each(top, print_one, &printing);
}

/* What stands on a source that could not be opened. */
struct findings {
	struct medium *closed, *member;	/* the first of each */
	bool other;			/* a signature of something else */
};

static int find(void *arg, struct medium *medium)
{
	const struct known *known = medium_known(medium);
	struct findings *found = arg;

	if (medium_is_closed(medium) && !found->closed)
		found->closed = medium;
	if (known && known->use == KNOWN_MEMBER && !found->member)
		found->member = medium;
	if (!known && medium_is_leaf(medium) &&
	    (medium->depth > 0 || medium->signature.type[0] != '\0'))
		found->other = true;
	return 0;
}

static int refuse(const struct stack *stack, const struct medium *medium,
		  struct failure *f)
{
	const struct known *known = medium_known(medium);
	const char *cannot = known->use == KNOWN_CLOSED ? "cannot open" :
							   "does not assemble";
	char path[256], step[ADVICE_LEN];

	escape(stack->source->path, path, sizeof(path));
	failure_hint(f, "%s", advice_step(medium, step, sizeof(step)));
	if (medium == stack->source->root)
		return failure_set(f, -EOPNOTSUPP, EXIT_UNSUPPORTED,
				   "'%s' is %s; filterd %s it", path,
				   known->name, cannot);
	return failure_set(f, -EOPNOTSUPP, EXIT_UNSUPPORTED, "nothing on '%s' "
			   "can be opened: '%s' is %s; filterd %s it", path,
			   medium->name, known->name, cannot);
}

int advice_refuse(const struct stack *stack, struct medium *const *volumes,
		  size_t n, struct failure *f)
{
	struct medium *top = stack_top(stack);
	struct findings found = { 0 };

	(void)medium_each(top, find, &found);
	if (n == 0 && found.closed)
		return refuse(stack, found.closed, f);
	if (found.other || (!found.closed && !found.member))
		return 0;
	/* A member is of use, but not to copy a source to itself. */
	for (size_t i = 0; i < n; i++)
		if (medium_known(volumes[i]) &&
		    volumes[i] != stack->source->root)
			return 0;
	return refuse(stack, found.closed ? found.closed : found.member, f);
}
