/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * dependency.c - see dependency.h
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "dependency.h"
#include "util.h"

int dependency_parse(const char *text, struct dependency *ret)
{
	struct dependency read = { .wanted = 0 };
	const char *blank = strchr(text, ' ');
	size_t len = blank ? (size_t)(blank - text) : 0;

	if (!blank || !shelf_is_name(text, len) ||
	    version_parse(blank + 1, &read.wanted) < 0)
		return -EINVAL;
	memcpy(read.name, text, len);
	(void)snprintf(read.version, sizeof(read.version), "%s", blank + 1);
	*ret = read;
	return 0;
}

const char *dependency_misfit(const struct dependency *dependency,
			      const struct filter_ops *ops, char *buf,
			      size_t len)
{
	const char *version = or_empty(ops->version);
	const char *compatible = or_empty(ops->compatible);
	uint64_t newest, oldest;

	if (version_parse(version, &newest) < 0)
		(void)snprintf(buf, len, "it says no version of its own");
	else if (version_parse(compatible, &oldest) < 0)
		(void)snprintf(buf, len, "version %s does not say which older"
			       " ones it can stand in for", version);
	else if (dependency->wanted < oldest || dependency->wanted > newest)
		(void)snprintf(buf, len, "it can stand in for versions %s to"
			       " %s", compatible, version);
	else
		return NULL;
	return buf;
}

bool dependency_named(const struct filter_ops *ops, const char *name)
{
	size_t len = strlen(name);

	for (const char *const *need = ops->needs; need && *need; need++)
		if (strncmp(*need, name, len) == 0 && (*need)[len] == ' ')
			return true;
	return false;
}
