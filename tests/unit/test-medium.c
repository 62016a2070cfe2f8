/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "medium.h"
#include "memory.h"
#include "window.h"

static const char *source_name(const char *path)
{
	static char name[64];

	medium_source_name(path, name, sizeof(name));
	return name;
}

static const char *partition_name(const char *parent, unsigned number)
{
	static char name[64];

	medium_partition_name(parent, number, name, sizeof(name));
	return name;
}

static void test_source_names(void)
{
	CU_ASSERT_STRING_EQUAL(source_name("/dev/sdb"), "sdb");
	CU_ASSERT_STRING_EQUAL(source_name("/dev/mapper/a.img"), "a.img");
	CU_ASSERT_STRING_EQUAL(source_name("/dev/shm/a.img"), "a");
	CU_ASSERT_STRING_EQUAL(source_name("x/vault.img"), "vault");
	CU_ASSERT_STRING_EQUAL(source_name("my disk.img"), "my_disk");
	CU_ASSERT_STRING_EQUAL(source_name("v1.2"), "v1.2");
	CU_ASSERT_STRING_EQUAL(source_name("a.b.raw"), "a.b");
	CU_ASSERT_STRING_EQUAL(source_name("gr\xc3\xbc\xc3\x9f.img"), "gr__");
	CU_ASSERT_STRING_EQUAL(source_name("a\n\x1b[1m"), "a___1m");
	CU_ASSERT_STRING_EQUAL(source_name(".img"), "_img");
	CU_ASSERT_STRING_EQUAL(source_name("..."), "_..");
	CU_ASSERT_STRING_EQUAL(source_name("-r.img"), "_r");
	CU_ASSERT_STRING_EQUAL(source_name("x/"), "medium");
}

static void test_source_name_is_cut(void)
{
	char name[8];

	medium_source_name("a-long-name.img", name, sizeof(name));
	CU_ASSERT_STRING_EQUAL(name, "a-long-");
}

static void test_partition_names(void)
{
	CU_ASSERT_STRING_EQUAL(partition_name("vault", 2), "vault2");
	CU_ASSERT_STRING_EQUAL(partition_name("disk1", 2), "disk1p2");
	CU_ASSERT_STRING_EQUAL(partition_name("sdb2.crypt", 1), "sdb2.crypt1");
	CU_ASSERT_STRING_EQUAL(partition_name("nvme0n1", 128), "nvme0n1p128");
}

static int note(void *arg, struct medium *medium)
{
	strcat(arg, medium->name);
	strcat(arg, " ");
	return 0;
}

static void add(struct medium *parent, unsigned number, struct medium **ret)
{
	const struct scheme_part part = {
		.base = number * 4096, .number = number,
		.hint = "Linux", .name = "data", .uuid = "U",
	};
	struct store *window;

	CU_ASSERT_EQUAL_FATAL(window_new(parent->store, number * 4096, 4096,
					 true, &window), 0);
	CU_ASSERT_EQUAL_FATAL(medium_add_partition(parent, window, "gpt",
						   &part, ret), 0);
}

static void test_tree(void)
{
	struct medium *whole, *first, *second;
	struct memory memory;
	char names[64] = "";

	memory_open(&memory, 1 << 20);
	whole = medium_new_whole("vault", &memory.store);
	CU_ASSERT_PTR_NOT_NULL_FATAL(whole);
	whole->removable = true;
	CU_ASSERT_TRUE(medium_is_leaf(whole));
	add(whole, 2, &first);
	add(whole, 5, &second);
	CU_ASSERT_FALSE(medium_is_leaf(whole));
	CU_ASSERT_TRUE(medium_is_leaf(first));
	medium_each(whole, note, names);
	CU_ASSERT_STRING_EQUAL(names, "vault vault2 vault5 ");
	CU_ASSERT_PTR_EQUAL(medium_find(whole, "vault5"), second);
	CU_ASSERT_PTR_NULL(medium_find(whole, "vault3"));
	CU_ASSERT_PTR_EQUAL(medium_root(second), whole);

	CU_ASSERT_EQUAL(first->class, MEDIUM_PARTITION);
	CU_ASSERT_STRING_EQUAL(first->hint, "Linux");
	CU_ASSERT_STRING_EQUAL(first->content, "Linux");
	CU_ASSERT_STRING_EQUAL(first->title, "data");
	CU_ASSERT_STRING_EQUAL(first->location, "2");
	CU_ASSERT_STRING_EQUAL(first->scheme, "gpt");
	CU_ASSERT_EQUAL(first->base, 8192);
	CU_ASSERT_TRUE(first->removable);
	CU_ASSERT_TRUE(first->live);

	medium_free(first);
	CU_ASSERT_PTR_EQUAL(whole->children, second);
	medium_free(whole);
	memory_close(&memory);
}

static void test_a_source_may_be_a_partition_itself(void)
{
	const struct scheme_part part = {
		.base = 4096, .number = 2,
		.hint = "Linux", .name = "data", .uuid = "U",
	};
	struct medium *source;
	struct memory memory;
	int status;
	pid_t pid;

	memory_open(&memory, 1 << 20);
	source = medium_new_whole("sdb2", &memory.store);
	CU_ASSERT_PTR_NOT_NULL_FATAL(source);
	CU_ASSERT_EQUAL(medium_become_partition(source, "gpt", &part), 0);
	CU_ASSERT_EQUAL(source->class, MEDIUM_PARTITION);
	CU_ASSERT_STRING_EQUAL(source->name, "sdb2");
	CU_ASSERT_STRING_EQUAL(source->hint, "Linux");

	/* It frees itself, and not its store, which has an owner: tried by a
	   child, since nobody survives that. */
	pid = fork();
	if (pid == 0) {
		medium_free(source);
		_exit(memory.store.medium.size == 1 << 20 ? 0 : 1);
	}
	CU_ASSERT_EQUAL_FATAL(waitpid(pid, &status, 0), pid);
	CU_ASSERT_EQUAL_FATAL(status, 0);
	medium_free(source);
	memory_close(&memory);
}

static void test_names_in_a_tree_differ(void)
{
	struct medium *whole, *first, *second, *third;
	struct memory memory;

	memory_open(&memory, 1 << 20);
	whole = medium_new_whole("vault", &memory.store);
	CU_ASSERT_PTR_NOT_NULL_FATAL(whole);
	add(whole, 1, &first);
	add(whole, 1, &second);
	add(whole, 1, &third);
	CU_ASSERT_STRING_EQUAL(first->name, "vault1");
	CU_ASSERT_STRING_EQUAL(second->name, "vault1~2");
	CU_ASSERT_STRING_EQUAL(third->name, "vault1~3");
	medium_free(whole);
	memory_close(&memory);
}

CHECK_SUITE("medium", CHECK(test_source_names),
	    CHECK(test_source_name_is_cut), CHECK(test_partition_names),
	    CHECK(test_tree),
	    CHECK(test_a_source_may_be_a_partition_itself),
	    CHECK(test_names_in_a_tree_differ))
