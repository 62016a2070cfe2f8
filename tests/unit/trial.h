/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * trial.h - the trial module on a medium in memory, in a real helper
 */
#ifndef TRIAL_H
#define TRIAL_H

#include <dirent.h>

#include "fake-store.h"
#include "helper.h"
#include "module.h"

#define TRIAL_SIZE (8u << 20)

static struct fake_store *trial_store;
static struct modules *trial_modules;
static struct module *trial_module;
static struct failure trial_failure;
static char trial_why[256];

static inline int trial_init(void)
{
	helper_program = TEST_HELPER;
	trial_store = fake_new(TRIAL_SIZE, 512);
	memset(trial_store->bytes, 0, TRIAL_SIZE);
	memcpy(trial_store->bytes + 512, "begin", 5);
	memcpy(trial_store->bytes + 512 + (2u << 20) - 5, "begin", 5);
	trial_modules = modules_new();
	if (!trial_modules || modules_add_dir(trial_modules, TEST_MODULES) < 0)
		return 1;
	return module_get(trial_modules, "trial", &trial_module,
			  &trial_failure) < 0;
}

static inline int trial_fini(void)
{
	module_put(trial_module);
	modules_free(trial_modules);
	fake_free(trial_store);
	return 0;
}

static inline void trial_settings(struct settings *settings, const char *deed)
{
	trial_failure = (struct failure){ 0 };
	if (settings_set(settings, "deed", deed) < 0 ||
	    settings_set(settings, "want", "begin") < 0)
		abort();
}

static inline struct helper_subject
trial_subject(const struct settings *settings)
{
	return (struct helper_subject){
		trial_module, settings, &trial_store->store, "vault2"
	};
}

static inline int trial_probe_score(const char *deed, int *score)
{
	struct settings settings = { 0 };
	struct helper_subject subject;
	int r;

	trial_settings(&settings, deed);
	subject = trial_subject(&settings);
	r = helper_probe(&subject, score, trial_why, &trial_failure);
	settings_clear(&settings);
	return r;
}

static inline int trial_probe(const char *deed)
{
	int score = 0;

	return trial_probe_score(deed, &score);
}

static inline unsigned count_files(void)
{
	DIR *dir = opendir("/proc/self/fd");
	unsigned n = 0;

	while (dir && readdir(dir))
		n++;
	if (dir)
		closedir(dir);
	return n;
}

#endif /* TRIAL_H */
