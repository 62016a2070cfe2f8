/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * request.c - see request.h
 */
#include "config.h"

#include <errno.h>

#include "escape.h"
#include "helper.h"
#include "request.h"
#include "util.h"

static const char about[] =
"Opens SOURCE, a disk or an image file (disk.img:2 is its second partition),\n"
"finds the media on it, starts the filters that match them, and publishes\n"
"each volume as a file in DIR.  Runs until Ctrl-C, then flushes and detaches.\n"
"Without SOURCE: what could be mounted here.\n";

static int read_cache(const char *word, enum export_cache *ret,
		      struct failure *f)
{
	static const char *const words[] = {
		[EXPORT_CACHE_AUTO] = "auto",
		[EXPORT_CACHE_NONE] = "none",
		[EXPORT_CACHE_WRITEBACK] = "writeback",
	};
	char safe[80];

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (streq(word, words[i])) {
			*ret = (enum export_cache)i;
			return 0;
		}
	}
	return failure_set(f, -EINVAL, EXIT_USAGE,
			   "--cache is auto, none or writeback, not '%s'",
			   escape(word, safe, sizeof(safe)));
}

static int check(struct request *request, struct failure *f)
{
	if (request->sector != 0 && request->sector != 512 &&
	    request->sector != 4096)
		return failure_set(f, -EINVAL, EXIT_USAGE,
				   "--sector-size is 512 or 4096");
	if (request->workers > 64)
		return failure_set(f, -EINVAL, EXIT_USAGE,
				   "--workers is at most 64");
	if (request->passphrase_fd > 1023 &&
	    request->passphrase_fd != UINT64_MAX)
		return failure_set(f, -EINVAL, EXIT_USAGE,
				   "--passphrase-fd is not a descriptor");
	if (request->key_file && request->passphrase_fd != UINT64_MAX)
		return failure_set(f, -EINVAL, EXIT_USAGE,
				   "--key-file and --passphrase-fd exclude "
				   "each other");
	request->export.workers = (unsigned)request->workers;
	return request->cache ? read_cache(request->cache,
					   &request->export.cache, f) : 0;
}

int request_parse(struct request *q, int argc, char **argv,
		  struct failure *f)
{
	const struct options_entry entries[] = {
		{ "read-only", 'r', OPTIONS_FLAG, NULL,
		  "nothing on SOURCE is changed", &q->read_only },
		{ "personalities", 'p', OPTIONS_LIST, "DIR",
		  "look for personalities here first", &q->personality_dirs },
		{ "module-dir", 0, OPTIONS_LIST, "DIR",
		  "look for filters here first", &q->module_dirs },
		{ "filter", 0, OPTIONS_TEXT, "NAME[,K=V...]",
		  "start this filter on SOURCE", &q->filter },
		{ "key-file", 0, OPTIONS_TEXT, "FILE",
		  "the key, instead of asking; '-': stdin", &q->key_file },
		{ "keyfile-offset", 0, OPTIONS_SIZE, "N",
		  "bytes of it to pass over", &q->key_offset },
		{ "keyfile-size", 0, OPTIONS_SIZE, "N",
		  "bytes of it to use", &q->key_size },
		{ "passphrase-fd", 0, OPTIONS_NUMBER, "N",
		  "a descriptor to read a passphrase from",
		  &q->passphrase_fd },
		{ "keep-going", 0, OPTIONS_FLAG, NULL,
		  "publish the rest if a medium cannot be opened",
		  &q->keep_going },
		{ "background", 0, OPTIONS_FLAG, NULL,
		  "return when all is published", &q->background },
		{ "sector-size", 0, OPTIONS_SIZE, "N",
		  "of the disk in an image: 512 or 4096", &q->sector },
		{ "cache", 0, OPTIONS_TEXT, "MODE",
		  "auto, none or writeback", &q->cache },
		{ "workers", 0, OPTIONS_NUMBER, "N",
		  "most threads a volume", &q->workers },
		{ "json", 'J', OPTIONS_FLAG, NULL,
		  "one JSON object when published", &q->json },
		{ "verbose", 'v', OPTIONS_FLAG, NULL,
		  "say more", &q->verbose },
		{ NULL },
	};
	const struct options_usage usage = {
		"filterd mount [OPTIONS] [SOURCE [DIR]]", about, entries,
	};
	int first, r;

	*q = (struct request){ .passphrase_fd = UINT64_MAX };
	r = options_parse(&usage, argc, argv, &first, f);
	if (r != 0)
		return r;
	if (argc - first > 2)
		return failure_set(f, -EINVAL, EXIT_USAGE,
				   "mount takes SOURCE and DIR, no more");
	if (first < argc)
		q->source = argv[first];
	if (first + 1 < argc)
		q->dir = argv[first + 1];
	return check(q, f);
}

struct stack_options request_stack(const struct request *request)
{
	bool fd = request->passphrase_fd != UINT64_MAX;

	return (struct stack_options){
		.personality_dirs = request->personality_dirs.items,
		.module_dirs = request->module_dirs.items,
		.filter = request->filter,
		.start = true,
		.writable = !request->read_only,
		.keep_going = request->keep_going,
		.sector = (uint32_t)request->sector,
		.ask = {
			.key_file = request->key_file,
			.key_offset = request->key_offset,
			.key_size = request->key_size,
			.fd = fd ? (int)request->passphrase_fd : -1,
			.cancelled = &helper_cancelled,
		},
	};
}

void request_clear(struct request *request)
{
	options_list_clear(&request->personality_dirs);
	options_list_clear(&request->module_dirs);
}
