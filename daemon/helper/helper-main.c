/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * helper-main.c - the sandboxed process: one errand, then its end
 *
 * Takes the errand, loads the module, lets the filter's init run, enters the
 * cage, and only then looks at the medium.  Nothing is freed or destroyed at
 * the end but secrets: the process is.
 */
#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "cleanup.h"
#include "known.h"
#include "partmap.h"
#include "util.h"

#include "cage.h"
#include "proxy.h"
#include "secret.h"
#include "settings.h"
#include "wire.h"

#define MEMORY		(256u << 20)
#define PREPARE_MEMORY	(2304ull << 20)	/* Argon2: 1 GiB by default */
#define FILE_SIZE	(16u << 20)
#define PREPARE_FILE	(160u << 20)	/* the longest LUKS2 header */
#define CPU_S		10u		/* a net below the daemon's 5 s */
#define PREPARE_CPU_S	600u		/* all cores, many key slots */

struct act {
	struct wire_errand errand;
	struct settings settings;
	const struct filter_ops *ops;
	void *self;
	struct proxy proxy, seconds[WIRE_SECONDS];
	char *buffer;
};

static void end(struct act *act, int result, int score)
{
	struct proxy *proxy = &act->proxy;
	struct wire_message last = {
		.op = WIRE_END, .result = result, .number = score,
	};

	if (result == 0 && proxy->ticket) {
		memcpy(act->buffer, proxy->ticket, proxy->ticket_len);
		last.len = proxy->ticket_len;
	}
	if (proxy->ticket)
		explicit_bzero(proxy->ticket, proxy->ticket_len);
	_exit(wire_send(WIRE_SOCKET_FD, &last, -1) < 0);
}

static void fail(struct act *act, int error, const char *text)
{
	proxy_why(&act->proxy, text);
	end(act, error, 0);
}

/* Out of the buffer, which the next answer overwrites. */
static int take_settings(struct act *act)
{
	const char *at = act->buffer + sizeof(act->errand);
	const char *last = at + act->errand.settings_len;

	while (at < last) {
		const char *key = at, *value = key + strlen(key) + 1;
		int r = settings_set(&act->settings, key, value);

		if (r < 0)
			return r;
		at = value + strlen(value) + 1;
	}
	return 0;
}

static int take_errand(struct act *act)
{
	struct wire_message first;
	int r = wire_receive(WIRE_SOCKET_FD, &first, false, NULL);

	if (r < 0 || first.op != WIRE_ERRAND)
		return -EPROTO;
	act->buffer = mmap(NULL, WIRE_BUFFER_LEN, PROT_READ | PROT_WRITE,
			   MAP_SHARED, WIRE_BUFFER_FD, 0);
	if (act->buffer == MAP_FAILED)
		return -errno;
	secret_protect(act->buffer, WIRE_BUFFER_LEN);
	memcpy(&act->errand, act->buffer, sizeof(act->errand));
	if (act->errand.version != WIRE_VERSION ||
	    act->errand.n_given == 0 || act->errand.n_given > WIRE_GIVEN_MAX)
		return -EPROTO;
	return take_settings(act);
}

/* Into the instance, to the settings that name them. */
static void give_seconds(struct act *act)
{
	for (unsigned i = 0; i < act->errand.n_seconds; i++) {
		const struct wire_second *second = &act->errand.seconds[i];
		const char *key = act->settings.list[second->setting].key;
		const struct filter_param *param = act->ops->params;
		struct filter_next *face = &act->seconds[i].face;

		proxy_init_second(&act->seconds[i], act->buffer,
				  &second->medium, i + 1);
		while (!streq(param->name, key))
			param++;	/* settings_apply() has found it */
		memcpy((char *)act->self + param->at, &face, sizeof(face));
	}
}

static const struct filter_ops *load_module(struct act *act, int fd)
{
	const struct filter_ops *const *module;
	char path[32];
	void *handle;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (!handle)
		fail(act, -ENOEXEC, dlerror());
	module = dlsym(handle, "filterd_module");
	if (!module || !*module || (*module)->abi != FILTERD_ABI)
		fail(act, -ENOEXEC, "the module is none of this version's");
	return *module;
}

static void load(struct act *act)
{
	struct proxy *proxy = &act->proxy;
	struct failure f = { 0 };
	int r;

	for (unsigned i = 0; i < act->errand.n_given; i++)
		proxy->modules[proxy->n_modules++] =
			load_module(act, WIRE_GIVEN_FD + (int)i);
	act->ops = proxy->modules[0];
	act->self = calloc(1, MAX(act->ops->instance_size, (size_t)1));
	if (!act->self)
		fail(act, -ENOMEM, "no memory for the filter");
	r = settings_apply(&act->settings, act->ops, act->self, &f);
	if (r < 0)
		fail(act, r, f.text);
	give_seconds(act);
}

/* It has read nothing yet, so it may still open what its libraries need. */
static void warm_up(struct act *act)
{
	int r = 0;

	if (proxy_lend(&act->proxy, act->ops->scratch) < 0)
		fail(act, -ENOMEM, "no memory for the filter");
	if (act->ops->init)
		r = act->ops->init(act->self);
	if (r < 0)
		end(act, r, 0);
}

static void enter_cage(struct act *act)
{
	bool prepare = act->errand.act == WIRE_PREPARE;
	struct cage cage = {
		.memory = prepare ? PREPARE_MEMORY : MEMORY,
		.file = prepare ? PREPARE_FILE : FILE_SIZE,
		.cpu_s = prepare ? PREPARE_CPU_S : CPU_S,
		.opens = act->errand.act != WIRE_EXAMINE,
		.socket = WIRE_SOCKET_FD,
	};
	int r = cage_enter(&cage);

	if (r < 0)
		fail(act, r, "the helper cannot shut itself in");
	if (r > 0)
		act->proxy.face.say(&act->proxy.face, FILTER_DEBUG,
				    "this kernel has no Landlock; system "
				    "calls are filtered all the same");
}

/* A map on its way into the buffer: schemes read the descriptor, so that
   nothing else uses it meanwhile. */
struct map {
	struct wire_scan *scan;
	unsigned n;
};

static int keep_part(void *arg, const struct scheme_part *part)
{
	struct map *map = arg;
	struct wire_part *to;

	if (map->n >= PARTMAP_MAX_PARTS)
		return -E2BIG;
	to = &map->scan->parts[map->n++];
	*to = (struct wire_part){
		.base = part->base, .size = part->size,
		.number = part->number, .writable = part->writable,
	};
	snprintf(to->hint, sizeof(to->hint), "%s", or_empty(part->hint));
	snprintf(to->name, sizeof(to->name), "%s", or_empty(part->name));
	snprintf(to->uuid, sizeof(to->uuid), "%s", or_empty(part->uuid));
	return 0;
}

static void scan(struct act *act, unsigned place, const struct scheme *scheme)
{
	const struct wire_errand *errand = &act->errand;
	const struct scheme_medium medium = {
		.fd = WIRE_GIVEN_FD, .size = errand->medium.size,
		.sector = errand->medium.granule,
		.place = { errand->base, errand->hint, errand->scheme },
	};
	struct map map = { .scan = (struct wire_scan *)act->buffer };
	int r, score = scheme->score;
	char why[128] = "";

	r = scheme->scan(&medium, &score, why, keep_part, &map);
	if (r == -E2BIG && map.n == PARTMAP_MAX_PARTS)
		snprintf(why, sizeof(why), "more than %d partitions",
			 PARTMAP_MAX_PARTS);
	memcpy(map.scan->why, why, sizeof(why));
	(void)proxy_call(&(struct wire_message){
		.op = WIRE_SCAN, .off = place, .result = r, .number = score,
		.count = r == 0 ? map.n : 0 }, NULL);
}

static int read_medium(void *arg, void *buf, size_t len, uint64_t off)
{
	struct filter_next *next = arg;

	return next->read(next, buf, len, off);
}

/* Through the daemon: its parsers look behind what a descriptor may show. */
static void recognise(struct act *act, struct partmap_signature *signature)
{
	const struct filter_medium *medium = &act->errand.medium;
	const struct known_medium known = {
		.read = read_medium, .arg = &act->proxy.face,
		.size = medium->size, .granule = medium->granule,
		.hint = act->errand.hint[0] ? act->errand.hint : medium->hint,
	};

	snprintf(signature->known, sizeof(signature->known), "%s",
		 known_recognise(&known, signature));
}

static void examine(struct act *act)
{
	const struct filter_medium *medium = &act->errand.medium;
	struct partmap_signature signature = { 0 };
	int r = partmap_signature(WIRE_GIVEN_FD, medium->size,
				  medium->granule, &signature);

	if (r < 0)
		end(act, r, 0);
	recognise(act, &signature);
	memcpy(act->buffer, &signature, sizeof(signature));
	(void)proxy_call(&(struct wire_message){ .op = WIRE_SIGNATURE }, NULL);
	for (unsigned i = 0; act->errand.maps && partmap_schemes[i]; i++)
		scan(act, i, partmap_schemes[i]);
	end(act, 0, 0);
}

static void probe(struct act *act)
{
	int score = act->errand.score, r = 0;

	if (act->ops->probe)
		r = act->ops->probe(act->self, &act->proxy.face, &score);
	proxy_forget(&act->proxy);
	end(act, r, score);
}

static void prepare(struct act *act)
{
	int r = 0;

	if (act->ops->prepare)
		r = act->ops->prepare(act->self, &act->proxy.face);
	proxy_forget(&act->proxy);
	end(act, r, 0);
}

static const struct filter_verb *find_verb(const struct filter_ops *ops,
					   const char *name)
{
	for (const struct filter_verb *verb = ops->verbs; verb && verb->name;
	     verb++)
		if (streq(verb->name, name))
			return verb;
	return NULL;
}

static void verb(struct act *act)
{
	const struct filter_verb *verb = find_verb(act->ops,
						   act->errand.verb);
	void *args;
	int r;

	if (!verb)
		fail(act, -EOPNOTSUPP, "the filter has no such verb");
	args = calloc(1, MAX(verb->args_size, (size_t)1));
	if (!args)
		fail(act, -ENOMEM, "no memory for the filter");
	r = verb->run(act->self, args, &act->proxy.face);
	proxy_forget(&act->proxy);
	end(act, r, 0);
}

int main(void)
{
	struct act act = { 0 };

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	/* The daemon's privilege to take the last memory is not ours. */
	(void)prctl(PR_SET_IO_FLUSHER, 0, 0, 0, 0);
	if (take_errand(&act) < 0)
		return EXIT_FAILURE;
	proxy_init(&act.proxy, act.buffer, &act.errand.medium);
	if (act.errand.act != WIRE_EXAMINE) {
		load(&act);
		warm_up(&act);
	}
	enter_cage(&act);
	if (act.errand.act == WIRE_EXAMINE)
		examine(&act);
	else if (act.errand.act == WIRE_PROBE)
		probe(&act);
	else if (act.errand.act == WIRE_VERB)
		verb(&act);
	else
		prepare(&act);
	return EXIT_FAILURE;		/* each act ends the process */
}
