/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-knobs.c - settings of a layer that runs
 */
#include "check.h"
#include "fake-store.h"
#include "knobs.h"

struct dial {
	bool loud;
	uint64_t size, fixed;
	unsigned colour;
	const char *text;
	struct filter_secret secret;
	int refuse;		/* what set returns */
};

static const char *const colours[] = { "red", "green", NULL };

#define AT(field) .at = offsetof(struct dial, field)

static const struct filter_param dial_params[] = {
	{ .name = "loud", .type = FILTER_BOOL, AT(loud), .preset = "no",
	  .flags = FILTER_LIVE },
	{ .name = "size", .type = FILTER_SIZE, AT(size), .preset = "4K",
	  .flags = FILTER_LIVE, .min = 512 },
	{ .name = "colour", .type = FILTER_CHOICE, AT(colour),
	  .preset = "red", .flags = FILTER_LIVE, .choices = colours },
	{ .name = "text", .type = FILTER_TEXT, AT(text),
	  .flags = FILTER_LIVE },
	{ .name = "fixed", .type = FILTER_NUMBER, AT(fixed), .preset = "1" },
	{ .name = "secret", .type = FILTER_SECRET, AT(secret),
	  .flags = FILTER_LIVE },
	{ .name = NULL },
};

static struct dial *dial;

static int dial_init(void *self)
{
	dial = self;
	return 0;
}

static size_t size_of(enum filter_type type)
{
	return type == FILTER_BOOL ? sizeof(bool) :
	       type == FILTER_CHOICE ? sizeof(unsigned) :
	       type == FILTER_TEXT ? sizeof(const char *) : sizeof(uint64_t);
}

static int dial_set(void *self, struct filter_next *next,
		    const struct filter_param *param, const void *value)
{
	if (next->lane(next) != next->lanes - 1)
		return -EDEADLK;	/* not on the job's lane */
	if (dial->refuse) {
		next->say(next, FILTER_WHY, "no such luck");
		return dial->refuse;
	}
	memcpy((char *)self + param->at, value, size_of(param->type));
	return 0;
}

static void dial_status(void *self,
			void (*put)(void *arg, const char *key,
				    uint64_t value), void *arg)
{
	put(arg, "size_bytes", ((struct dial *)self)->size);
}

static const struct filter_ops dial_filter = {
	.abi = FILTERD_ABI, .name = "dial", .summary = "has knobs",
	.flags = FILTER_TRANSPARENT, .instance_size = sizeof(struct dial),
	.params = dial_params, .init = dial_init, .set = dial_set,
	.status = dial_status,
};

static struct fake_store *fake;
static struct layer *layer;
static struct failure failure;

static void start(const struct filter_ops *ops, const char *secret)
{
	struct settings settings = { 0 };

	fake = fake_new(1 << 20, 512);
	if (secret)
		CU_ASSERT_EQUAL_FATAL(settings_set(&settings, "secret",
						   secret), 0);
	CU_ASSERT_EQUAL_FATAL(layer_new(ops, "vault.dial", &settings,
					&fake->store, &layer, NULL), 0);
	CU_ASSERT_EQUAL_FATAL(layer_start(layer, NULL, 0, NULL), 0);
	settings_clear(&settings);
}

static void end(void)
{
	CU_ASSERT_EQUAL(layer_stop(layer), 0);
	layer_free(layer);
	fake_free(fake);
}

static int set(const char *key, const char *text)
{
	memset(&failure, 0, sizeof(failure));
	return knobs_set(layer, key, text, &failure);
}

static bool said(const char *words)
{
	return strstr(failure.text, words) || strstr(failure.hint, words);
}

struct look {
	const char *key;
	char text[64];
};

static void look(void *arg, const struct filter_param *param,
		 const char *text)
{
	struct look *found = arg;

	if (strcmp(param->name, found->key) == 0)
		snprintf(found->text, sizeof(found->text), "%s",
			 text ? text : "(none)");
}

static const char *get(const char *key)
{
	static struct look found;

	found = (struct look){ .key = key };
	knobs_each(layer, look, &found);
	return found.text;
}

static void test_a_value_of_each_type_reaches_the_filter(void)
{
	start(&dial_filter, NULL);
	CU_ASSERT_EQUAL(set("loud", "yes"), 0);
	CU_ASSERT_EQUAL(set("size", "64K"), 0);
	CU_ASSERT_EQUAL(set("colour", "green"), 0);
	CU_ASSERT_EQUAL(set("text", "abc"), 0);
	CU_ASSERT_TRUE(dial->loud);
	CU_ASSERT_EQUAL(dial->size, 65536);
	CU_ASSERT_EQUAL(dial->colour, 1);
	CU_ASSERT_STRING_EQUAL(dial->text, "abc");
	end();
}

static void test_what_was_set_is_what_is_seen(void)
{
	start(&dial_filter, NULL);
	CU_ASSERT_STRING_EQUAL(get("size"), "4K");
	CU_ASSERT_STRING_EQUAL(get("text"), "(none)");
	CU_ASSERT_EQUAL(set("size", "1M"), 0);
	CU_ASSERT_EQUAL(set("text", "one"), 0);
	CU_ASSERT_EQUAL(set("text", "two"), 0);
	CU_ASSERT_STRING_EQUAL(get("size"), "1M");
	CU_ASSERT_STRING_EQUAL(get("text"), "two");
	CU_ASSERT_STRING_EQUAL(dial->text, "two");
	CU_ASSERT_STRING_EQUAL(get("fixed"), "1");
	end();
}

static void test_a_secret_is_never_shown_nor_set(void)
{
	start(&dial_filter, "hunter2");
	CU_ASSERT_STRING_EQUAL(get("secret"), "set");
	CU_ASSERT_EQUAL(set("secret", "other"), -EOPNOTSUPP);
	end();
	start(&dial_filter, NULL);
	CU_ASSERT_STRING_EQUAL(get("secret"), "(none)");
	end();
}

static void test_a_refused_value_changes_nothing(void)
{
	start(&dial_filter, NULL);
	CU_ASSERT_EQUAL(set("size", "nonsense"), -EINVAL);
	CU_ASSERT(said("'nonsense' is not a size"));
	CU_ASSERT_EQUAL(set("size", "100"), -EINVAL);
	CU_ASSERT(said("less than 512"));
	dial->refuse = -EBUSY;
	CU_ASSERT_EQUAL(set("size", "8K"), -EBUSY);
	CU_ASSERT(said("no such luck"));
	CU_ASSERT_EQUAL(failure.code, EXIT_BUSY);
	CU_ASSERT_EQUAL(set("text", "never"), -EBUSY);
	CU_ASSERT_EQUAL(dial->size, 4096);
	CU_ASSERT_STRING_EQUAL(get("size"), "4K");
	CU_ASSERT_STRING_EQUAL(get("text"), "(none)");
	end();
}

static void test_what_cannot_be_set_says_what_can(void)
{
	static const struct filter_ops stiff_filter = {
		.abi = FILTERD_ABI, .name = "stiff", .summary = "has no set",
		.instance_size = sizeof(struct dial), .params = dial_params,
	};

	start(&dial_filter, NULL);
	CU_ASSERT_EQUAL(set("fixed", "2"), -EOPNOTSUPP);
	CU_ASSERT(said("loud, size, colour, text"));
	CU_ASSERT_EQUAL(set("siez", "2"), -EINVAL);
	CU_ASSERT(said("did you mean 'size'?"));
	end();
	start(&stiff_filter, NULL);
	CU_ASSERT_EQUAL(set("size", "1M"), -EOPNOTSUPP);
	CU_ASSERT(said("attach it with the new value"));
	end();
}

static void test_a_layer_that_does_not_run_cannot_be_set(void)
{
	start(&dial_filter, NULL);
	CU_ASSERT_EQUAL(layer_stop(layer), 0);
	CU_ASSERT_EQUAL(set("size", "1M"), -ENXIO);
	CU_ASSERT_STRING_EQUAL(get("size"), "4K");
	layer_free(layer);
	fake_free(fake);
}

static void take_figure(void *arg, const char *key, uint64_t value)
{
	CU_ASSERT_STRING_EQUAL(key, "size_bytes");
	*(uint64_t *)arg = value;
}

static void test_a_filter_tells_its_figures(void)
{
	static const struct filter_ops mute_filter = {
		.abi = FILTERD_ABI, .name = "mute", .summary = "has none",
	};
	uint64_t size = 0;

	start(&dial_filter, NULL);
	CU_ASSERT_EQUAL(set("size", "1K"), 0);
	layer_status(layer, take_figure, &size);
	CU_ASSERT_EQUAL(size, 1024);
	end();
	start(&mute_filter, NULL);
	layer_status(layer, take_figure, &size);
	CU_ASSERT_EQUAL(size, 1024);
	end();
}

CHECK_SUITE("knobs",
	    CHECK(test_a_value_of_each_type_reaches_the_filter),
	    CHECK(test_what_was_set_is_what_is_seen),
	    CHECK(test_a_secret_is_never_shown_nor_set),
	    CHECK(test_a_refused_value_changes_nothing),
	    CHECK(test_what_cannot_be_set_says_what_can),
	    CHECK(test_a_layer_that_does_not_run_cannot_be_set),
	    CHECK(test_a_filter_tells_its_figures))
