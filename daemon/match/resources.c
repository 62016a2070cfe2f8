/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * resources.c - see resources.h
 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "keys.h"
#include "resources.h"
#include "util.h"

struct resources {
	pthread_mutex_t lock;	/* guards all; nothing is taken under it */
	char **names;		/* sorted */
	size_t n;
};

struct resources *resources_new(void)
{
	struct resources *resources = calloc(1, sizeof(*resources));

	if (!resources)
		return NULL;
	(void)pthread_mutex_init(&resources->lock, NULL);
	if (resources_publish(resources, RESOURCES_FILTERD) == 1)
		return resources;
	resources_free(resources);
	return NULL;
}

void resources_free(struct resources *resources)
{
	if (!resources)
		return;
	for (size_t i = 0; i < resources->n; i++)
		free(resources->names[i]);
	free(resources->names);
	(void)pthread_mutex_destroy(&resources->lock);
	free(resources);
}

/* The place of @name; whether it is there. */
static bool find(const struct resources *resources, const char *name,
		 size_t *ret)
{
	size_t at = 0;

	while (at < resources->n && strcmp(resources->names[at], name) < 0)
		at++;
	*ret = at;
	return at < resources->n && streq(resources->names[at], name);
}

static int publish(struct resources *resources, const char *name)
{
	char **names, *copy;
	size_t at;

	if (find(resources, name, &at))
		return 0;
	copy = strdup(name);
	names = reallocarray(resources->names, resources->n + 1,
			     sizeof(*names));
	if (names)
		resources->names = names;
	if (!copy || !names) {
		free(copy);
		return -ENOMEM;
	}
	memmove(&names[at + 1], &names[at],
		(resources->n - at) * sizeof(*names));
	names[at] = copy;
	resources->n++;
	return 1;
}

int resources_publish(struct resources *resources, const char *name)
{
	int r;

	if (!keys_is_name(name))
		return -EINVAL;
	(void)pthread_mutex_lock(&resources->lock);
	r = publish(resources, name);
	(void)pthread_mutex_unlock(&resources->lock);
	return r;
}

bool resources_have(struct resources *resources, const char *name)
{
	bool found;
	size_t at;

	if (!resources)
		return streq(name, RESOURCES_FILTERD);
	(void)pthread_mutex_lock(&resources->lock);
	found = find(resources, name, &at);
	(void)pthread_mutex_unlock(&resources->lock);
	return found;
}

bool resources_miss(struct resources *resources, char *const *words, size_t n,
		    char *missing, size_t len)
{
	size_t at = 0;
	bool any = false;

	missing[0] = '\0';
	for (size_t i = 0; i < n; i++) {
		if (resources_have(resources, words[i]))
			continue;
		if (at < len)
			at += (size_t)snprintf(missing + at, len - at, "%s%s",
					       any ? ", " : "", words[i]);
		any = true;
	}
	return any;
}

int resources_each(struct resources *resources,
		   int (*fn)(void *arg, const char *name), void *arg)
{
	int r = 0;

	(void)pthread_mutex_lock(&resources->lock);
	for (size_t i = 0; r == 0 && i < resources->n; i++)
		r = fn(arg, resources->names[i]);
	(void)pthread_mutex_unlock(&resources->lock);
	return r;
}
