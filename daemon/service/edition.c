/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * edition.c - see edition.h
 */
#include <errno.h>
#include <stdlib.h>

#include "edition.h"
#include "stack.h"
#include "util.h"

void edition_clear(struct edition *edition)
{
	for (size_t i = 0; i < edition->n_extras; i++)
		personality_unref(edition->extras[i]);
	for (size_t i = 0; i < edition->n_held; i++)
		free(edition->held[i]);
	free(edition->extras);
	free(edition->held);
	*edition = (struct edition){ 0 };
}

int edition_add(struct edition *edition, const struct personality *personality)
{
	const struct personality **more;

	for (size_t i = 0; i < edition->n_extras; i++) {
		if (!streq(edition->extras[i]->name, personality->name))
			continue;
		personality_unref(edition->extras[i]);
		edition->extras[i] = personality_ref(personality);
		return 0;
	}
	more = reallocarray(edition->extras, edition->n_extras + 1,
			    sizeof(*more));
	if (!more)
		return -ENOMEM;
	edition->extras = more;
	more[edition->n_extras++] = personality_ref(personality);
	return 0;
}

bool edition_holds(const struct edition *edition, const char *module)
{
	for (size_t i = 0; i < edition->n_held; i++)
		if (streq(edition->held[i], module))
			return true;
	return false;
}

int edition_hold(struct edition *edition, const char *module)
{
	char **more, *copy;

	if (edition_holds(edition, module))
		return 0;
	copy = strdup(module);
	more = reallocarray(edition->held, edition->n_held + 1,
			    sizeof(*more));
	if (more)
		edition->held = more;
	if (!copy || !more) {
		free(copy);
		return -ENOMEM;
	}
	more[edition->n_held++] = copy;
	return 0;
}

void edition_release(struct edition *edition, const char *module)
{
	size_t kept = 0;

	for (size_t i = 0; i < edition->n_held; i++) {
		if (streq(edition->held[i], module))
			free(edition->held[i]);
		else
			edition->held[kept++] = edition->held[i];
	}
	edition->n_held = kept;
}

int edition_make(const struct edition *edition, const struct catalogue *old,
		 struct catalogue **ret, bool *ret_changed,
		 struct failure *f)
{
	struct catalogue *catalogue;
	int r = stack_catalogue(edition->dirs, &catalogue, f);

	if (r < 0)
		return r;
	for (size_t i = 0; r == 0 && i < edition->n_extras; i++)
		r = catalogue_insert(catalogue, edition->extras[i]);
	if (r < 0) {
		catalogue_unref(catalogue);
		return failure_errno(f, r, "cannot load personalities");
	}
	if (edition->required)
		catalogue_keep_required(catalogue);
	for (size_t i = 0; i < edition->n_held; i++)
		catalogue_drop(catalogue, edition->held[i]);
	*ret_changed = catalogue_adopt(catalogue, old);
	*ret = catalogue;
	return 0;
}
