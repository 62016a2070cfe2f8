/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-resources.c - filters that need no disk, and names that are waited for
 */
#include "check.h"
#include "matchbed.h"
#include "resources.h"

static const char *const nothing[] = { NULL };

/* A bed whose source is the medium that is always there. */
static void resources_make(void)
{
	bed_make();
	medium_free(source.root);
	source.root = medium_new_resources();
	matcher.resources = resources_new();
	CU_ASSERT_PTR_NOT_NULL_FATAL(source.root);
	CU_ASSERT_PTR_NOT_NULL_FATAL(matcher.resources);
}

static void resources_clear(void)
{
	bed_clear();
	resources_free(matcher.resources);
}

/* @name waits for the words, the last of which is NULL. */
static void wait_for(struct personality *p, const char *const *words)
{
	struct condition *c = &p->resources;

	c->key = strdup("ResourceMatch");
	c->file = strdup("x.personality");
	c->words = calloc(4, sizeof(*c->words));
	if (!c->key || !c->file || !c->words)
		abort();
	while (words[c->n_words]) {
		c->words[c->n_words] = strdup(words[c->n_words]);
		c->n_words++;
	}
}

static int again(const char *medium)
{
	failure = (struct failure){ 0 };
	return matcher_again(&matcher, &source,
			     medium_find(source.root, medium), &failure);
}

static int append(void *arg, const char *name)
{
	char *text = arg;

	strcat(strcat(text, name), " ");
	return strlen(text) > 40 ? -E2BIG : 0;
}

static void test_names_are_published_once(void)
{
	struct resources *resources = resources_new();
	char text[64] = "";

	CU_ASSERT_PTR_NOT_NULL_FATAL(resources);
	CU_ASSERT_TRUE(resources_have(resources, "filterd"));
	CU_ASSERT_FALSE(resources_have(resources, "network-online"));
	CU_ASSERT_EQUAL(resources_publish(resources, "network-online"), 1);
	CU_ASSERT_EQUAL(resources_publish(resources, "network-online"), 0);
	CU_ASSERT_EQUAL(resources_publish(resources, "a.B_c+1"), 1);
	CU_ASSERT_TRUE(resources_have(resources, "network-online"));
	CU_ASSERT_FALSE(resources_have(resources, "network"));
	CU_ASSERT_EQUAL(resources_each(resources, append, text), 0);
	CU_ASSERT_STRING_EQUAL(text, "a.B_c+1 filterd network-online ");
	CU_ASSERT_EQUAL(resources_each(resources, append, text), -E2BIG);
	resources_free(resources);
}

static void test_what_cannot_be_a_name_is_refused(void)
{
	static const char *const none[] = { "", " ", "a b", "a/b", "a\n",
					    "caf\303\251", "a," };
	struct resources *resources = resources_new();
	char longest[129];

	memset(longest, 'x', sizeof(longest));
	longest[128] = '\0';
	CU_ASSERT_PTR_NOT_NULL_FATAL(resources);
	for (size_t i = 0; i < ARRAY_SIZE(none); i++)
		CU_ASSERT_EQUAL(resources_publish(resources, none[i]),
				-EINVAL);
	CU_ASSERT_EQUAL(resources_publish(resources, longest), -EINVAL);
	longest[127] = '\0';
	CU_ASSERT_EQUAL(resources_publish(resources, longest), 1);
	resources_free(resources);
}

static void test_without_a_service_only_filterd_is_there(void)
{
	CU_ASSERT_TRUE(resources_have(NULL, "filterd"));
	CU_ASSERT_FALSE(resources_have(NULL, "network-online"));
}

static void test_a_filter_stands_where_there_is_no_byte(void)
{
	struct medium *child;

	resources_make();
	bed_add("virtual", "plain", 1, "ProviderClass", "resources");
	CU_ASSERT_EQUAL(bed_run(), 0);
	CU_ASSERT_STRING_EQUAL(bed_step("resources", "virtual"), "running");
	child = medium_find(source.root, "resources.plain");
	CU_ASSERT_PTR_NOT_NULL_FATAL(child);
	CU_ASSERT_TRUE(medium_is_bare(child));
	CU_ASSERT_EQUAL(child->store->medium.size, 0);
	CU_ASSERT_EQUAL(store_read(child->store, said, 512, 0), -EINVAL);
	CU_ASSERT_EQUAL(store_flush(child->store), 0);
	CU_ASSERT_STRING_EQUAL(settled, "resources resources.plain ");
	resources_clear();
}

/* Else a filter for all media would come to stand on none. */
static void test_only_who_names_its_class_stands_there(void)
{
	resources_make();
	bed_add("any", "plain", 1, "ProviderClass", "medium");
	bed_add("blank", "other", 1, "ContentHint", "\"\"");
	bed_add("filter", "other", 1, "ProviderClass", "filter whole");
	bed_add("virtual", "plain", 1, "ProviderClass", "resources");
	CU_ASSERT_EQUAL(bed_run(), 0);
	CU_ASSERT_STRING_EQUAL(bed_step("resources", "virtual"), "running");
	CU_ASSERT_STRING_EQUAL(bed_step("resources", "any"), "match");
	CU_ASSERT_STRING_EQUAL(bed_step("resources", "blank"), "match");
	CU_ASSERT_STRING_EQUAL(bed_step("resources.plain", "any"), "match");
	CU_ASSERT_STRING_EQUAL(bed_step("resources.plain", "blank"), "match");
	CU_ASSERT_STRING_EQUAL(bed_step("resources.plain", "filter"), "match");
	CU_ASSERT_STRING_EQUAL(bed_step("resources.plain", "virtual"),
			       "match");
	resources_clear();
}

static void test_a_filters_name_is_a_class(void)
{
	resources_make();
	bed_add("derived", "plain", 1, "ProviderClass", "resources");
	bed_add("base", "other", 1, "ProviderClass", "plain");
	CU_ASSERT_EQUAL(bed_run(), 0);
	CU_ASSERT_STRING_EQUAL(bed_step("resources", "base"), "match");
	CU_ASSERT_STRING_EQUAL(bed_step("resources.plain", "base"), "running");
	CU_ASSERT_PTR_NOT_NULL(medium_find(source.root,
					   "resources.plain.other"));
	resources_clear();
}

static void test_a_filters_name_is_a_class_on_disks_too(void)
{
	bed_make();
	bed_add("lower", "plain", 1, "ProviderClass", "whole");
	bed_add("upper", "other", 1, "ProviderClass", "plain");
	CU_ASSERT_EQUAL(bed_run(), 0);
	CU_ASSERT_STRING_EQUAL(bed_step("disk.plain", "upper"), "running");
	CU_ASSERT_STRING_EQUAL(bed_step("disk.plain.other", "upper"), "match");
	bed_clear();
}

static void test_a_category_has_one_holder_there_too(void)
{
	struct personality *p;

	resources_make();
	bed_add("first", "plain", 2, "ProviderClass", "resources");
	bed_add("second", "other", 1, "ProviderClass", "resources");
	p = bed_add("third", "other", 1, "ProviderClass", "resources");
	CU_ASSERT_EQUAL_FATAL(set_text(&p->category, "org.example.third"), 0);
	CU_ASSERT_EQUAL(bed_run(), 0);
	CU_ASSERT_STRING_EQUAL(bed_step("resources", "first"), "running");
	CU_ASSERT_STRING_EQUAL(bed_step("resources", "second"), "score");
	CU_ASSERT_STRING_EQUAL(bed_holder("resources", "second"), "first");
	CU_ASSERT_STRING_EQUAL(bed_step("resources", "third"), "running");
	/* And a higher score that comes later changes nothing. */
	bed_add("late", "whole", 3, "ProviderClass", "resources");
	CU_ASSERT_EQUAL(again("resources"), 0);
	CU_ASSERT_STRING_EQUAL(bed_step("resources", "late"), "category");
	CU_ASSERT_STRING_EQUAL(bed_holder("resources", "late"), "first");
	resources_clear();
}

static void test_on_resources_a_name_is_a_condition(void)
{
	static const char *const words[] = { "filterd", "network", "time",
					     NULL };

	resources_make();
	wait_for(bed_add("net", "plain", 1, "ProviderClass", "resources"),
		 words);
	bed_add("other", "other", 1, "ProviderClass", "resources");
	CU_ASSERT_EQUAL(bed_run(), 0);
	CU_ASSERT_STRING_EQUAL(bed_step("resources", "net"), "match");
	CU_ASSERT_STRING_EQUAL(bed_step("resources", "other"), "running");
	resources_clear();
}

static void test_what_is_published_starts_who_waits(void)
{
	static const char *const words[] = { "network", "time", NULL };

	resources_make();
	wait_for(bed_add("net", "plain", 1, "ProviderClass", "resources"),
		 words);
	CU_ASSERT_EQUAL(bed_run(), 0);
	CU_ASSERT_EQUAL(resources_publish(matcher.resources, "time"), 1);
	CU_ASSERT_EQUAL(again("resources"), 0);
	CU_ASSERT_STRING_EQUAL(bed_step("resources", "net"), "match");
	CU_ASSERT_EQUAL(resources_publish(matcher.resources, "network"), 1);
	CU_ASSERT_EQUAL(again("resources"), 0);
	CU_ASSERT_STRING_EQUAL(bed_step("resources", "net"), "running");
	CU_ASSERT_EQUAL(again("resources"), 0);
	CU_ASSERT_PTR_NULL(source.root->children->next);
	resources_clear();
}

/* On a disk it matches, and keeps its place until it can start. */
static void test_elsewhere_the_start_waits(void)
{
	static const char *const words[] = { "key-server", NULL };

	bed_make();
	matcher.resources = resources_new();
	wait_for(bed_add("net", "plain", 2, "ProviderClass", "whole"), words);
	wait_for(bed_add("never", "other", 1, "ContentHint", "none"), words);
	bed_add("next", "other", 1, "ProviderClass", "whole");
	CU_ASSERT_EQUAL(bed_run(), 0);
	CU_ASSERT_STRING_EQUAL(bed_step("disk", "net"), "waiting");
	CU_ASSERT_STRING_EQUAL(bed_outcome("disk", "net")->why, "key-server");
	CU_ASSERT_STRING_EQUAL(bed_step("disk", "never"), "match");
	CU_ASSERT_STRING_EQUAL(bed_holder("disk", "next"), "net");
	CU_ASSERT_TRUE(medium_is_leaf(source.root));
	CU_ASSERT_EQUAL(resources_publish(matcher.resources, "key-server"), 1);
	CU_ASSERT_EQUAL(again("disk"), 0);
	CU_ASSERT_STRING_EQUAL(bed_step("disk", "net"), "running");
	CU_ASSERT_STRING_EQUAL(bed_step("disk.plain", "net"), "match");
	resources_clear();
}

static void test_who_waits_for_nothing_waits_not(void)
{
	bed_make();
	wait_for(bed_add("net", "plain", 2, "ProviderClass", "whole"),
		 nothing);
	CU_ASSERT_EQUAL(bed_run(), 0);
	CU_ASSERT_STRING_EQUAL(bed_step("disk", "net"), "running");
	bed_clear();
}

CHECK_SUITE("resources",
	    CHECK(test_names_are_published_once),
	    CHECK(test_what_cannot_be_a_name_is_refused),
	    CHECK(test_without_a_service_only_filterd_is_there),
	    CHECK(test_a_filter_stands_where_there_is_no_byte),
	    CHECK(test_only_who_names_its_class_stands_there),
	    CHECK(test_a_filters_name_is_a_class),
	    CHECK(test_a_filters_name_is_a_class_on_disks_too),
	    CHECK(test_a_category_has_one_holder_there_too),
	    CHECK(test_on_resources_a_name_is_a_condition),
	    CHECK(test_what_is_published_starts_who_waits),
	    CHECK(test_elsewhere_the_start_waits),
	    CHECK(test_who_waits_for_nothing_waits_not))
