/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-conf.c - filterd.conf: what counts, what is told, what stays
 */
#include <grp.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "conf.h"
#include "folder.h"
#include "util.h"

static const char *dirs[3];

/* Two directories, the first of which is higher. */
static void set_up(void)
{
	folder_open();
	folder_make("etc");
	folder_make("lib");
	dirs[0] = strdup(folder_path("etc"));
	dirs[1] = strdup(folder_path("lib"));
}

static void tear_down(void)
{
	for (size_t i = 0; i < 2; i++)
		free((char *)dirs[i]);
	folder_close();
}

static struct conf read_conf(int faults)
{
	struct conf conf = conf_presets;

	told[0] = '\0';
	CU_ASSERT_EQUAL(conf_read(&conf, dirs, folder_told, NULL),
			faults);
	return conf;
}

static void test_without_a_file_presets_count(void)
{
	struct conf conf;

	set_up();
	conf = read_conf(0);
	CU_ASSERT_STRING_EQUAL(told, "");
	CU_ASSERT_EQUAL(memcmp(&conf, &conf_presets, sizeof(conf)), 0);
	/* No disk is opened because it is there, and nobody but root says
	   so. */
	CU_ASSERT_EQUAL(conf.attach, CONF_ATTACH_ASK);
	CU_ASSERT_EQUAL(conf.attach_removable, CONF_ATTACH_NEVER);
	CU_ASSERT_EQUAL(conf.group, CONF_NO_GROUP);
	tear_down();
}

static void test_all_keys_are_read(void)
{
	const struct group *group = getgrgid(getgid());
	char text[512];
	struct conf conf;

	CU_ASSERT_PTR_NOT_NULL_FATAL(group);
	snprintf(text, sizeof(text), "[Service]\nLogLevel=debug\nGroup=%s\n"
		 "Attach=auto\nAttachRemovable=ask\n", group->gr_name);
	set_up();
	folder_write("etc/filterd.conf", text);
	conf = read_conf(0);
	CU_ASSERT_STRING_EQUAL(told, "");
	CU_ASSERT_EQUAL(conf.log_level, LOG_LEVEL_DEBUG);
	CU_ASSERT_EQUAL(conf.group, getgid());
	CU_ASSERT_EQUAL(conf.attach, CONF_ATTACH_AUTO);
	CU_ASSERT_EQUAL(conf.attach_removable, CONF_ATTACH_ASK);
	tear_down();
}

static void test_the_higher_file_and_all_drop_ins_count(void)
{
	struct conf conf;

	set_up();
	folder_write("lib/filterd.conf", "[Service]\nAttach=auto\n"
		     "LogLevel=debug\n");
	conf = read_conf(0);
	CU_ASSERT_EQUAL(conf.attach, CONF_ATTACH_AUTO);
	CU_ASSERT_EQUAL(conf.log_level, LOG_LEVEL_DEBUG);

	/* The whole file takes the other's place, the drop-ins change keys. */
	folder_write("etc/filterd.conf", "[Service]\nLogLevel=err\n");
	conf = read_conf(0);
	CU_ASSERT_EQUAL(conf.attach, CONF_ATTACH_ASK);
	folder_make("etc/filterd.conf.d");
	folder_make("lib/filterd.conf.d");
	folder_write("lib/filterd.conf.d/20.conf", "[Service]\n"
		     "LogLevel=warning\nAttach=never\n");
	folder_write("etc/filterd.conf.d/10.conf", "[Service]\nAttach=auto\n"
		     "AttachRemovable=ask\n");
	folder_write("etc/filterd.conf.d/30.txt", "not read");
	conf = read_conf(0);
	CU_ASSERT_EQUAL(conf.attach, CONF_ATTACH_NEVER);
	CU_ASSERT_EQUAL(conf.attach_removable, CONF_ATTACH_ASK);
	CU_ASSERT_EQUAL(conf.log_level, LOG_LEVEL_WARNING);

	/* The administrator masks one of the package's. */
	CU_ASSERT_EQUAL(symlink("/dev/null",
				folder_path("etc/filterd.conf.d/20.conf")), 0);
	conf = read_conf(0);
	CU_ASSERT_EQUAL(conf.attach, CONF_ATTACH_AUTO);
	CU_ASSERT_EQUAL(conf.log_level, LOG_LEVEL_ERR);
	CU_ASSERT_STRING_EQUAL(told, "");
	tear_down();
}

static void test_an_empty_value_is_the_preset(void)
{
	struct conf conf;

	set_up();
	folder_write("etc/filterd.conf", "[Service]\nLogLevel=debug\n"
		     "LogLevel=\nAttach=auto\nAttach=\nGroup=\n");
	conf = read_conf(0);
	CU_ASSERT_STRING_EQUAL(told, "");
	CU_ASSERT_EQUAL(memcmp(&conf, &conf_presets, sizeof(conf)), 0);
	tear_down();
}

static void test_a_bad_value_leaves_the_one_before(void)
{
	struct conf conf;

	set_up();
	folder_write("etc/filterd.conf", "[Service]\nLogLevel=err\n"
		     "LogLevel=loud\nAttach=yes\nGroup=no such group\n"
		     "  AttachRemovable = Never\n");
	conf = read_conf(4);
	CU_ASSERT_EQUAL(conf.log_level, LOG_LEVEL_ERR);
	conf.log_level = conf_presets.log_level;
	CU_ASSERT_EQUAL(memcmp(&conf, &conf_presets, sizeof(conf)), 0);
	CU_ASSERT_STRING_EQUAL(told,
		"filterd.conf:3:10: LogLevel= expects err, warning, info or "
		"debug, got \"loud\": it stays as it was\n"
		"filterd.conf:4:8: Attach= expects never, ask or auto, got "
		"\"yes\": it stays as it was\n"
		"filterd.conf:5:7: Group= expects the name of a group that "
		"there is, got \"no such group\": it stays as it was\n"
		"filterd.conf:6:21: AttachRemovable= expects never, ask or "
		"auto, got \"Never\": it stays as it was\n");
	tear_down();
}

/* A newer file than the program is no fault. */
static void test_unknown_keys_are_warned_of(void)
{
	set_up();
	folder_write("etc/filterd.conf", "[Service]\nLogLevle=err\nX-Mine=1\n"
		     "Colour=red\n[Servise]\nA=1\nB=2\n[X-Mine]\nC=3\n");
	(void)read_conf(0);
	CU_ASSERT_STRING_EQUAL(told,
		"filterd.conf:2:1: warning: unknown key LogLevle= in "
		"[Service]; did you mean LogLevel=?\n"
		"filterd.conf:4:1: warning: unknown key Colour= in "
		"[Service]\n"
		"filterd.conf:6:3: warning: unknown section [Servise]; did "
		"you mean [Service]?\n");
	tear_down();
}

static void test_what_cannot_be_read_is_told(void)
{
	struct conf conf;

	set_up();
	folder_make("etc/filterd.conf");
	folder_make("etc/filterd.conf.d");
	CU_ASSERT_EQUAL(mkfifo(folder_path("etc/filterd.conf.d/1.conf"), 0600),
			0);
	folder_write("etc/filterd.conf.d/2.conf", "[Service\nLogLevel=err\n"
		     "[Service]\nAttach=auto\n");
	/* The higher one counts, even where it cannot be read. */
	folder_write("lib/filterd.conf", "[Service]\nAttach=never\n");
	conf = read_conf(3);
	CU_ASSERT_EQUAL(conf.attach, CONF_ATTACH_AUTO);
	CU_ASSERT_EQUAL(conf.log_level, conf_presets.log_level);
	CU_ASSERT_STRING_EQUAL(told,
		"filterd.conf:0:0: is not a regular file\n"
		"1.conf:0:0: is not a regular file\n"
		"2.conf:1:1: a section without its ']'\n");
	tear_down();
}

static void test_policies_have_words(void)
{
	CU_ASSERT_STRING_EQUAL(conf_attach_word(CONF_ATTACH_NEVER),
			       "never");
	CU_ASSERT_STRING_EQUAL(conf_attach_word(CONF_ATTACH_ASK), "ask");
	CU_ASSERT_STRING_EQUAL(conf_attach_word(CONF_ATTACH_AUTO), "auto");
}

CHECK_SUITE("conf",
	    CHECK(test_without_a_file_presets_count),
	    CHECK(test_all_keys_are_read),
	    CHECK(test_the_higher_file_and_all_drop_ins_count),
	    CHECK(test_an_empty_value_is_the_preset),
	    CHECK(test_a_bad_value_leaves_the_one_before),
	    CHECK(test_unknown_keys_are_warned_of),
	    CHECK(test_what_cannot_be_read_is_told),
	    CHECK(test_policies_have_words))
