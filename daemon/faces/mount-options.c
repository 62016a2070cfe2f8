/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * mount-options.c - see mount-options.h
 */
#include <errno.h>

#include "escape.h"
#include "helper.h"
#include "mount-options.h"
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

static int check(struct mount_options *mount, struct failure *f)
{
	if (mount->sector != 0 && mount->sector != 512 &&
	    mount->sector != 4096)
		return failure_set(f, -EINVAL, EXIT_USAGE,
				   "--sector-size is 512 or 4096");
	if (mount->workers > 64)
		return failure_set(f, -EINVAL, EXIT_USAGE,
				   "--workers is at most 64");
	if (mount->passphrase_fd > 1023 &&
	    mount->passphrase_fd != UINT64_MAX)
		return failure_set(f, -EINVAL, EXIT_USAGE,
				   "--passphrase-fd is not a descriptor");
	if (mount->key_file && mount->passphrase_fd != UINT64_MAX)
		return failure_set(f, -EINVAL, EXIT_USAGE,
				   "--key-file and --passphrase-fd exclude "
				   "each other");
	if ((mount->key_offset || mount->key_size) && !mount->key_file)
		return failure_set(f, -EINVAL, EXIT_USAGE,
				   "--keyfile-offset and --keyfile-size need "
				   "--key-file");
	if (!mount->source && (mount->filter || mount->key_file ||
			       mount->passphrase_fd != UINT64_MAX))
		return failure_set(f, -EINVAL, EXIT_USAGE, "%s is of no use "
				   "without SOURCE", mount->filter ?
				   "--filter" : "a key");
	mount->export.workers = (unsigned)mount->workers;
	return mount->cache ? read_cache(mount->cache,
					 &mount->export.cache, f) : 0;
}

int mount_options_parse(struct mount_options *mount, int argc, char **argv,
			struct failure *f)
{
	const struct options_entry entries[] = {
		{ "read-only", 'r', OPTIONS_FLAG, NULL,
		  "nothing on SOURCE is changed", &mount->read_only },
		{ "personalities", 'p', OPTIONS_LIST, "DIR",
		  "look for personalities here first",
		  &mount->personality_dirs },
		{ "module-dir", 0, OPTIONS_LIST, "DIR",
		  "look for filters here first", &mount->module_dirs },
		{ "filter", 0, OPTIONS_TEXT, "NAME[,K=V...]",
		  "start this filter on SOURCE", &mount->filter },
		{ "key-file", 0, OPTIONS_TEXT, "FILE",
		  "the key, instead of asking; '-': stdin", &mount->key_file },
		{ "keyfile-offset", 0, OPTIONS_SIZE, "N",
		  "bytes of it to pass over", &mount->key_offset },
		{ "keyfile-size", 0, OPTIONS_SIZE, "N",
		  "bytes of it to use", &mount->key_size },
		{ "passphrase-fd", 0, OPTIONS_NUMBER, "N",
		  "a descriptor to read a passphrase from",
		  &mount->passphrase_fd },
		{ "keep-going", 0, OPTIONS_FLAG, NULL,
		  "publish the rest if a medium cannot be opened",
		  &mount->keep_going },
		{ "loop", 0, OPTIONS_FLAG, NULL,
		  "a loop device on each volume", &mount->loop },
		{ "background", 0, OPTIONS_FLAG, NULL,
		  "return when all is published", &mount->background },
		{ "sector-size", 0, OPTIONS_SIZE, "N",
		  "of the disk in an image: 512 or 4096", &mount->sector },
		{ "cache", 0, OPTIONS_TEXT, "MODE",
		  "auto, none or writeback", &mount->cache },
		{ "workers", 0, OPTIONS_NUMBER, "N",
		  "most threads a volume; 0: as fits", &mount->workers },
		{ "json", 'J', OPTIONS_FLAG, NULL,
		  "one JSON object when published", &mount->json },
		{ "verbose", 'v', OPTIONS_FLAG, NULL,
		  "say more", &mount->verbose },
		{ NULL },
	};
	const struct options_usage usage = {
		"filterd mount", "[OPTIONS] [SOURCE [DIR]]", about, entries,
	};
	int first, r;

	*mount = (struct mount_options){ .passphrase_fd = UINT64_MAX };
	r = options_parse(&usage, argc, argv, &first, f);
	if (r != 0)
		return r;
	if (argc - first > 2)
		return options_misused(&usage,
				       "mount takes SOURCE and DIR, no more",
				       f);
	if (first < argc)
		mount->source = argv[first];
	if (first + 1 < argc)
		mount->dir = argv[first + 1];
	return check(mount, f);
}

struct stack_options mount_options_stack(const struct mount_options *mount)
{
	bool fd = mount->passphrase_fd != UINT64_MAX;

	return (struct stack_options){
		.personality_dirs = mount->personality_dirs.items,
		.module_dirs = mount->module_dirs.items,
		.filter = mount->filter,
		.start = true,
		.writable = !mount->read_only,
		.keep_going = mount->keep_going,
		.sector = (uint32_t)mount->sector,
		.ask = {
			.key_file = mount->key_file,
			.key_offset = mount->key_offset,
			.key_size = mount->key_size,
			.fd = fd ? (int)mount->passphrase_fd : -1,
		},
	};
}

void mount_options_clear(struct mount_options *mount)
{
	options_list_clear(&mount->personality_dirs);
	options_list_clear(&mount->module_dirs);
}
