/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-nub.c - what stands on resources while the service runs
 */
#include "check.h"
#include "events.h"
#include "nub.h"
#include "util.h"

static struct modules *modules;
static struct catalogue *catalogue;
static struct nub nub;
static unsigned stops;

static int virtual_stop(void *self, struct filter_next *next)
{
	(void)self;
	(void)next;
	stops++;
	return 0;
}

static const struct filter_ops virtual_filter = {
	.abi = FILTERD_ABI, .flags = FILTER_TRANSPARENT, .name = "virtual",
	.summary = "needs no disk", .version = "1.0", .stop = virtual_stop,
};

static void add(const char *name, const char *provider, const char *wanted)
{
	static const struct ini_place at = { "x.personality", 7, 1 };
	struct personality *p = calloc(1, sizeof(*p));
	char why[256];

	if (!p)
		abort();
	p->name = strdup(name);
	p->file = strdup("x.personality");
	p->module = strdup("virtual");
	p->module_file = strdup("x.personality");
	p->category = strdup(name);
	if (condition_add(&p->conditions, &p->n_conditions, "ProviderClass",
			  provider, &at, why, sizeof(why)) < 0)
		abort();
	if (wanted) {
		p->resources.key = strdup("ResourceMatch");
		p->resources.file = strdup("x.personality");
		p->resources.words = calloc(1, sizeof(char *));
		p->resources.words[p->resources.n_words++] = strdup(wanted);
	}
	if (catalogue_add(catalogue, p) < 0)
		abort();
}

static void settled(void *arg)
{
	(void)arg;
	events_exit(0);
}

static void stopped(void *arg)
{
	(void)arg;
	events_exit(1);
}

static void begin(void)
{
	stops = 0;
	modules = modules_new();
	catalogue = catalogue_new();
	CU_ASSERT_PTR_NOT_NULL_FATAL(modules);
	CU_ASSERT_PTR_NOT_NULL_FATAL(catalogue);
	CU_ASSERT_EQUAL_FATAL(modules_add_builtin(modules, &virtual_filter),
			      0);
	CU_ASSERT_EQUAL_FATAL(events_init(), 0);
	CU_ASSERT_EQUAL_FATAL(nub_open(&nub, catalogue, modules, settled, NULL), 0);
}

static void end(void)
{
	nub_close(&nub);
	catalogue_unref(catalogue);
	modules_free(modules);
	events_fini();
}

static size_t count(void)
{
	size_t n = 0;

	for (const struct medium *child = nub.attachment.stack.source->root->children; child;
	     child = child->next)
		n++;
	return n;
}

/* Another catalogue, with all that this one has. */
static void renew(bool all)
{
	struct catalogue *old = catalogue;

	catalogue = catalogue_copy(old);
	CU_ASSERT_PTR_NOT_NULL_FATAL(catalogue);
	catalogue_unref(old);
	nub_renew(&nub, catalogue, all);
}

static void test_it_is_matched_when_the_catalogue_changes(void)
{
	begin();
	nub_renew(&nub, catalogue, false);
	CU_ASSERT_TRUE(nub_is_busy(&nub));
	CU_ASSERT_EQUAL(events_run(), 0);
	CU_ASSERT_FALSE(nub_is_busy(&nub));
	CU_ASSERT_EQUAL(count(), 0);
	catalogue_unref(catalogue);
	catalogue = catalogue_new();
	add("first", "resources", NULL);
	nub_renew(&nub, catalogue, false);
	CU_ASSERT_EQUAL(events_run(), 0);
	CU_ASSERT_EQUAL(count(), 1);
	renew(true);
	CU_ASSERT_EQUAL(events_run(), 0);
	CU_ASSERT_EQUAL(count(), 1);
	nub_stop(&nub, stopped);
	CU_ASSERT_EQUAL(events_run(), 1);
	CU_ASSERT_EQUAL(stops, 1);
	end();
}

static void test_a_name_that_comes_starts_who_waits(void)
{
	begin();
	add("net", "resources", "network");
	nub_renew(&nub, catalogue, false);
	CU_ASSERT_EQUAL(events_run(), 0);
	CU_ASSERT_EQUAL(count(), 0);
	CU_ASSERT_EQUAL(resources_publish(nub.resources, "network"), 1);
	nub_renew(&nub, catalogue, false);
	CU_ASSERT_EQUAL(events_run(), 0);
	CU_ASSERT_EQUAL(count(), 1);
	nub_stop(&nub, stopped);
	CU_ASSERT_EQUAL(events_run(), 1);
	end();
}

/* What comes while a job runs is not lost, and no two run at once. */
static void test_renewals_follow_each_other(void)
{
	begin();
	nub_renew(&nub, catalogue, false);
	catalogue_unref(catalogue);
	catalogue = catalogue_new();
	add("first", "resources", NULL);
	nub_renew(&nub, catalogue, false);
	renew(false);
	do {
		CU_ASSERT_EQUAL(events_run(), 0);
	} while (nub_is_busy(&nub));
	CU_ASSERT_EQUAL(count(), 1);
	nub_stop(&nub, stopped);
	CU_ASSERT_EQUAL(events_run(), 1);
	end();
}

static void test_it_stops_in_the_midst_of_a_job(void)
{
	begin();
	add("first", "resources", NULL);
	add("second", "resources", NULL);
	nub_renew(&nub, catalogue, false);
	nub_stop(&nub, stopped);
	nub_renew(&nub, catalogue, false);
	while (events_run() != 1)
		;
	CU_ASSERT_PTR_NULL(nub.attachment.stack.source);
	CU_ASSERT_TRUE(nub_is_busy(&nub));
	end();
}

CHECK_SUITE("nub",
	    CHECK(test_it_is_matched_when_the_catalogue_changes),
	    CHECK(test_a_name_that_comes_starts_who_waits),
	    CHECK(test_renewals_follow_each_other),
	    CHECK(test_it_stops_in_the_midst_of_a_job))
