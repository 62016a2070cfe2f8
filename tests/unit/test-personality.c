/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "check.h"
#include "folder.h"
#include "personality.h"
#include "util.h"

/* Reads @text as x.personality with up to two drop-ins; NULL: rejected. */
static struct personality *read_with(const char *text, const char *first,
				     const char *second)
{
	const char *drop_ins[3] = { NULL };
	struct personality *personality = NULL;
	const char *path;
	int fd, r;

	folder_open();
	path = folder_write("x.personality", text);
	if (first)
		drop_ins[0] = folder_write("10.conf", first);
	if (second)
		drop_ins[1] = folder_write("20.conf", second);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	r = personality_read(path, fd, drop_ins, folder_told, NULL,
			     &personality);
	close(fd);
	CU_ASSERT(r == 0 ? personality != NULL : r == -EBADMSG);
	if (r < 0)
		CU_ASSERT_STRING_NOT_EQUAL(told, "");
	folder_close();
	return r == 0 ? personality : NULL;
}

static struct personality *read_text(const char *text)
{
	return read_with(text, NULL, NULL);
}

#define HEAD "[Personality]\nModule=crypt\n[Match]\nContentHint=Linux\n"

static void test_all_keys_are_read(void)
{
	struct personality *p = read_text(
		"[Personality]\nName=org.example.one\nModule=pass-2\n"
		"[Match]\nProviderClass=partition\n"
		"ContentHint=gpt:AB 'My Content'\nWhole=no\n"
		"MatchCategory=filter\nProbeScore=-7\n"
		"ResourceMatch=net\nResourceMatch=a.b time\n"
		"[Module]\nProperty.hint=Apple_HFS\nChildren=rescan\n"
		"[Policy]\nReadOnly=yes\nAutoAttach=ask\n"
		"RequiredAt=local-root\nAttachMediaObject=by-name\n");

	CU_ASSERT_STRING_EQUAL(told, "");
	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	CU_ASSERT_STRING_EQUAL(p->name, "org.example.one");
	CU_ASSERT_STRING_EQUAL(p->module, "pass-2");
	CU_ASSERT_EQUAL(p->module_line, 3);
	CU_ASSERT_STRING_EQUAL(p->category, "filter");
	CU_ASSERT_EQUAL(p->score, -7);
	CU_ASSERT_TRUE(p->read_only);
	CU_ASSERT_TRUE(p->required);
	CU_ASSERT_FALSE(p->requested);
	CU_ASSERT_EQUAL_FATAL(p->n_conditions, 3);
	CU_ASSERT_STRING_EQUAL(p->conditions[0].key, "ProviderClass");
	CU_ASSERT_EQUAL_FATAL(p->conditions[1].n_words, 2);
	CU_ASSERT_STRING_EQUAL(p->conditions[1].words[1], "My Content");
	CU_ASSERT_EQUAL(p->conditions[1].line, 6);
	CU_ASSERT_STRING_EQUAL(settings_get(&p->settings, "hint"),
			       "Apple_HFS");
	CU_ASSERT_EQUAL_FATAL(p->resources.n_words, 3);
	CU_ASSERT_STRING_EQUAL(p->resources.words[0], "net");
	CU_ASSERT_STRING_EQUAL(p->resources.words[2], "time");
	CU_ASSERT_EQUAL(p->resources.line, 11);
	personality_free(p);
}

static void test_absent_keys_have_presets(void)
{
	struct personality *p = read_text(HEAD);

	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	CU_ASSERT_STRING_EQUAL(p->name, "x");
	CU_ASSERT_STRING_EQUAL(p->category, "storage");
	CU_ASSERT_EQUAL(p->score, 1000);
	CU_ASSERT_FALSE(p->read_only);
	CU_ASSERT_FALSE(p->required);
	CU_ASSERT_EQUAL(p->settings.n, 0);
	personality_free(p);
}

static void test_drop_ins_append_and_replace(void)
{
	struct personality *p = read_with(
		HEAD "Whole=yes\nName=a\nProbeScore=1\n[Module]\n"
		"Property.a=1\nProperty.b=2\n",
		"[Match]\nContentHint=Other\nWhole=no\nProbeScore=2\n",
		"[Match]\nName=\nProbeScore=3\n[Module]\nProperty.a=\n"
		"Property.b=3\n");

	CU_ASSERT_STRING_EQUAL(told, "");
	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	CU_ASSERT_EQUAL(p->score, 3);
	CU_ASSERT_EQUAL_FATAL(p->n_conditions, 2);
	CU_ASSERT_EQUAL_FATAL(p->conditions[0].n_words, 2);
	CU_ASSERT_STRING_EQUAL(p->conditions[0].words[0], "Linux");
	CU_ASSERT_STRING_EQUAL(p->conditions[0].words[1], "Other");
	CU_ASSERT_PTR_NOT_NULL(strstr(p->conditions[0].file, "10.conf"));
	CU_ASSERT_EQUAL(p->conditions[0].line, 2);
	CU_ASSERT_EQUAL_FATAL(p->conditions[1].n_words, 1);
	CU_ASSERT_STRING_EQUAL(p->conditions[1].words[0], "no");
	CU_ASSERT_PTR_NULL(settings_get(&p->settings, "a"));
	CU_ASSERT_STRING_EQUAL(settings_get(&p->settings, "b"), "3");
	personality_free(p);
}

static void test_empty_assignment_resets(void)
{
	struct personality *p = read_with(
		HEAD "Signature=ext4\nMatchCategory=other\nProbeScore=9\n"
		"ResourceMatch=net\n",
		"[Match]\nContentHint=\nContentHint=Only\nMatchCategory=\n"
		"ProbeScore=\nResourceMatch=\n", NULL);

	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	CU_ASSERT_STRING_EQUAL(p->category, "storage");
	CU_ASSERT_EQUAL(p->score, 1000);
	CU_ASSERT_EQUAL_FATAL(p->n_conditions, 2);
	CU_ASSERT_STRING_EQUAL(p->conditions[1].key, "ContentHint");
	CU_ASSERT_EQUAL(p->conditions[1].n_words, 1);
	CU_ASSERT_EQUAL(p->resources.n_words, 0);
	personality_free(p);
}

static void test_properties_lose_quotes(void)
{
	struct personality *p = read_text(
		HEAD "[Module]\nProperty.one=two words\n"
		"Property.two=\"My Label 1\"\nProperty.three='a' 'b'\n"
		"Property.four=it's\n");

	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	CU_ASSERT_STRING_EQUAL(settings_get(&p->settings, "one"),
			       "two words");
	CU_ASSERT_STRING_EQUAL(settings_get(&p->settings, "two"),
			       "My Label 1");
	CU_ASSERT_STRING_EQUAL(settings_get(&p->settings, "three"),
			       "'a' 'b'");
	CU_ASSERT_STRING_EQUAL(settings_get(&p->settings, "four"), "it's");
	personality_free(p);
}

static void test_unknown_keys_are_warned_of(void)
{
	struct personality *p = read_text(
		HEAD "ContentHnt=x\nX-Mine=y\nZzz=1\n"
		"[Polcy]\nReadOnly=yes\nAutoAttach=no\n[X-Own]\nA=b\n"
		"[Module]\nPropperty.x=1\n");

	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	CU_ASSERT_STRING_EQUAL(told,
		"x.personality:5:1: warning: unknown key ContentHnt= in "
		"[Match]; did you mean ContentHint=?\n"
		"x.personality:7:1: warning: unknown key Zzz= in [Match]\n"
		"x.personality:9:10: warning: unknown section [Polcy]; did "
		"you mean [Policy]?\n"
		"x.personality:14:1: warning: unknown key Propperty.x= in "
		"[Module]\n");
	CU_ASSERT_FALSE(p->read_only);
	personality_free(p);
}

/* Each of these is rejected, with a message that holds the second text. */
static void test_bad_values_reject(void)
{
	static const char *const bad[][2] = {
		{ "ProbeScore=high",
		  "x.personality:5:12: ProbeScore= expects an integer "
		  "-2147483648..2147483647, got \"high\"" },
		{ "ProbeScore=2147483648", "got \"2147483648\"" },
		{ "Whole=maybe", "Whole= expects yes or no" },
		{ "Whole=yes no", "got 2 words" },
		{ "Size=big", "Size= expects a size" },
		{ "PartitionID=two", "PartitionID= expects a number" },
		{ "ProviderClass=Disk", "medium, whole, partition," },
		{ "ResourceMatch=a/b", "ResourceMatch= expects names" },
		{ "Signature=0:ABC", "OFFSET:HEX" },
		{ "Signature=x:AB", "OFFSET:HEX" },
		{ "Signature=8388608:00", "OFFSET:HEX" },
		{ "Signature=18446744073709551615:00", "OFFSET:HEX" },
		{ "Signature=a/b", "OFFSET:HEX" },
		{ "Name='open", "a quote is not closed" },
		{ "MatchCategory=a b", "MatchCategory= expects" },
		{ "[Personality]\nModule=../x", "Module= expects" },
		{ "[Personality]\nName=a b", "Name= expects" },
		{ "[Module]\nChildren=none", "Children= expects rescan" },
		{ "[Module]\nProperty.=x", "Property.KEY= expects" },
		{ "[Module]\nProperty.a='x", "quotes that are closed" },
		{ "[Policy]\nReadOnly=perhaps", "ReadOnly= expects" },
		{ "[Policy]\nAutoAttach=never", "no, ask or yes" },
		{ "[Policy]\nRequiredAt=boot", "none, local-root or root" },
		{ "[Policy]\nAttachMediaObject=x", "expects by-name" },
		{ "[Personality]\nModule=", "Module= is missing" },
		{ "ContentHint=", "[Match] has no condition" },
		{ "no equals sign", "x.personality:5:" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		char text[512];
		struct personality *p;

		snprintf(text, sizeof(text), HEAD "%s\n", bad[i][0]);
		p = read_text(text);
		CU_ASSERT_PTR_NULL(p);
		if (p || !strstr(told, bad[i][1]))
			CU_FAIL("the wrong words");
		if (p || !strstr(told, bad[i][1]))
			printf("# %s: %s\n", bad[i][0], told);
		personality_free(p);
	}
}

static void test_signature_at_its_limits(void)
{
	struct personality *p = read_text(
		HEAD "Signature=8388607:00 0x1fe:55aa 4K:00 crypto_LUKS "
		"0:0000000000000000000000000000000000000000000000000000000000"
		"00000000000000000000000000000000000000000000000000000000000"
		"00000000000\n");

	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	CU_ASSERT_EQUAL(p->conditions[1].n_words, 5);
	personality_free(p);
}

static void test_all_faults_are_told_together(void)
{
	struct personality *p = read_with(HEAD "Whole=a\nLeaf=b\n",
					  "[Match]\nOpen=c\n", NULL);

	CU_ASSERT_PTR_NULL(p);
	CU_ASSERT_PTR_NOT_NULL(strstr(told, "x.personality:5:7: Whole="));
	CU_ASSERT_PTR_NOT_NULL(strstr(told, "x.personality:6:6: Leaf="));
	CU_ASSERT_PTR_NOT_NULL(strstr(told, "10.conf:2:6: Open="));
}

static void test_missing_drop_in_rejects(void)
{
	const char *drop_ins[] = { "/nowhere/10.conf", NULL };
	struct personality *personality;
	const char *path;
	int fd;

	folder_open();
	path = folder_write("x.personality", HEAD);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	CU_ASSERT_EQUAL(personality_read(path, fd, drop_ins, folder_told, NULL,
					 &personality), -EBADMSG);
	CU_ASSERT_PTR_NOT_NULL(strstr(told, "10.conf:0:0: cannot be opened"));
	close(fd);
	folder_close();
}

static void test_table_of_names(void)
{
	struct personality *p = read_with(
		"[ContentTable]\n0xDA=Vault\n0xdb=Other\n; 0xDC=No\n",
		"[ContentTable]\n0xDB=\n0xDA=Better\n", NULL);

	CU_ASSERT_STRING_EQUAL(told, "");
	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	CU_ASSERT_TRUE(personality_is_table(p));
	CU_ASSERT_EQUAL_FATAL(p->names.n, 1);
	CU_ASSERT_STRING_EQUAL(p->names.list[0].name, "Better");
	CU_ASSERT_EQUAL(p->names.list[0].line, 3);
	personality_free(p);

	p = read_text(HEAD "[ContentTable]\n0xDA=Vault\nX-1=y\n");
	CU_ASSERT_STRING_EQUAL(told, "");
	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	CU_ASSERT_FALSE(personality_is_table(p));
	personality_free(p);
}

static void test_faults_of_a_table(void)
{
	CU_ASSERT_PTR_NULL(read_text(HEAD "[ContentTable]\n0x1DA=Vault\n"
				     "0xDA=a b\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(told, "x.personality:6:7: a key of "
				      "[ContentTable] is the type of an MBR's "
				      "partition, 0x01 to 0xFF, not "
				      "\"0x1DA\"\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(told, "x.personality:7:6: 0xDA= expects "
				      "a name"));
	/* What stands on something needs a filter all the same. */
	CU_ASSERT_PTR_NULL(read_text("[ContentTable]\n0xDA=Vault\n"
				     "[Match]\nContentHint=Vault\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(told, "Module= is missing"));
	CU_ASSERT_PTR_NULL(read_text("[Personality]\nModule=crypt\n"
				     "[ContentTable]\n0xDA=Vault\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(told, "[Match] has no condition"));
	CU_ASSERT_PTR_NULL(read_text("[ContentTable]\n"));
}

CHECK_SUITE("personality", CHECK(test_all_keys_are_read),
	    CHECK(test_absent_keys_have_presets),
	    CHECK(test_drop_ins_append_and_replace),
	    CHECK(test_empty_assignment_resets),
	    CHECK(test_properties_lose_quotes),
	    CHECK(test_unknown_keys_are_warned_of),
	    CHECK(test_bad_values_reject),
	    CHECK(test_signature_at_its_limits),
	    CHECK(test_all_faults_are_told_together),
	    CHECK(test_missing_drop_in_rejects),
	    CHECK(test_table_of_names), CHECK(test_faults_of_a_table))
