/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-crypt-luks.c - LUKS headers: what opens, what is refused, with which
 * words, and that the medium is never written
 */
#include <libcryptsetup.h>

#include "check.h"
#include "luks-volume.h"

static const char *const right[] = { PASS, NULL };

static const char *const *pairs(const char *key, const char *value)
{
	static const char *settings[3];

	settings[0] = key;
	settings[1] = value;
	return settings;
}

/* The volumes that the tests alter, each on a medium of its own. */
static bool have_volumes(void)
{
	static int have = -1;

	if (have < 0)
		have = volume_tool("cryptsetup") &&
		       volume_format("one", "4M", "--type luks1") == 0 &&
		       volume_format("two", "4M", "--type luks2 --sector-size"
				     " 512 --label safe " SMALL) == 0 &&
		       volume_format("four", "4M", "--type luks2 --sector-size"
				     " 4096 " SMALL) == 0;
	return have == 1;
}

#define NEED_VOLUMES()							\
	do {								\
		if (!have_volumes())					\
			CHECK_SKIP("cryptsetup is not here");		\
	} while (0)

static void load(struct fake *f, const char *file)
{
	CU_ASSERT_TRUE_FATAL(volume_load(f, file, 512));
}

static const struct crypt_ticket *ticket(const struct fake *f)
{
	return (const void *)f->ticket;
}

static bool wiped(const struct fake *f)
{
	for (size_t i = 0; i < f->ticket_len; i++)
		if (f->ticket[i])
			return false;
	return true;
}

/* Refused, with these words, nothing asked, nothing written, no key kept. */
static void refuse(struct fake *f, const char *const *settings, int error,
		   const char *words)
{
	int r = volume_prepare(f, settings, right);

	CU_ASSERT_EQUAL(r, error);
	CU_ASSERT_PTR_NOT_NULL(strstr(f->why, words));
	if (r != error || !strstr(f->why, words))
		printf("# want %d '%s', have %d '%s'\n", error, words, r,
		       f->why);
	CU_ASSERT_EQUAL(f->asked, 0);
	CU_ASSERT_EQUAL(f->writes, 0);
	CU_ASSERT_TRUE(wiped(f));
	fake_close(f);
}

static void accept(struct fake *f, const char *const *settings,
		   const char *warning)
{
	int r = volume_prepare(f, settings, right);

	CU_ASSERT_EQUAL(r, 0);
	if (r != 0)
		printf("# %d '%s'\n", r, f->why);
	CU_ASSERT_PTR_NOT_NULL(strstr(f->warning, warning));
	if (!warning[0])
		CU_ASSERT_STRING_EQUAL(f->warning, "");
	CU_ASSERT_EQUAL(f->asked, 1);
	CU_ASSERT_EQUAL(f->writes, 0);
	CU_ASSERT_EQUAL(fake_start(f), 0);
}

static void test_luks1_opens(void)
{
	struct fake f;

	NEED_VOLUMES();
	load(&f, "one");
	accept(&f, NULL, "");
	CU_ASSERT_EQUAL(ticket(&f)->sector_size, 512);
	CU_ASSERT_EQUAL(ticket(&f)->data_offset, 2 << 20);
	CU_ASSERT_EQUAL(f.published.size, 2 << 20);
	CU_ASSERT_EQUAL(f.published.granule, 512);
	CU_ASSERT_EQUAL(strlen(f.published.uuid), 36);
	CU_ASSERT_STRING_EQUAL(f.question, "LUKS1");
	fake_close(&f);
}

static void test_luks2_opens(void)
{
	struct fake f;

	NEED_VOLUMES();
	load(&f, "two");
	accept(&f, NULL, "");
	CU_ASSERT_EQUAL(ticket(&f)->sector_size, 512);
	CU_ASSERT_EQUAL(ticket(&f)->key_len, 64);
	CU_ASSERT_EQUAL(f.published.size, 2 << 20);
	CU_ASSERT_STRING_EQUAL(f.published.label, "safe");
	fake_close(&f);
	load(&f, "four");
	accept(&f, NULL, "");
	CU_ASSERT_EQUAL(f.published.granule, 4096);
	CU_ASSERT_STRING_EQUAL(f.published.label, "");
	fake_close(&f);
}

static void test_a_large_granule_below(void)
{
	static const uint32_t granules[] = { 4096, 16384, 65536 };
	struct fake f;

	NEED_VOLUMES();
	for (unsigned i = 0; i < 3; i++) {
		CU_ASSERT_TRUE(volume_load(&f, i ? "two" : "one",
					   granules[i]));
		accept(&f, NULL, "");
		CU_ASSERT_EQUAL(f.published.granule, granules[i]);
		fake_close(&f);
	}
}

static int probe(struct fake *f)
{
	int score = 0;

	CU_ASSERT_EQUAL(fake_init(f, &crypt_filter, NULL), 0);
	return crypt_filter.probe(f->self, &f->next, &score);
}

static void test_probe_knows_luks(void)
{
	struct fake f;

	NEED_VOLUMES();
	load(&f, "one");
	CU_ASSERT_EQUAL(probe(&f), 0);
	fake_close(&f);
	load(&f, "two");
	memset(f.data, 0, 512);
	CU_ASSERT_EQUAL(probe(&f), 0);
	fake_close(&f);
	load(&f, "two");
	memset(f.data, 0, 512);
	memset(f.data + COPY, 0, 512);
	CU_ASSERT_EQUAL(probe(&f), -ENODEV);
	CU_ASSERT_STRING_EQUAL(f.why, "no LUKS header");
	fake_close(&f);
	fake_open(&f, 512, 512);
	CU_ASSERT_EQUAL(probe(&f), -ENODEV);
	f.fail_read = -ENXIO;
	fake_close(&f);
	fake_open(&f, 1 << 20, 512);
	f.fail_read = -ENXIO;
	CU_ASSERT_EQUAL(probe(&f), -ENXIO);
	fake_close(&f);
}

static void test_a_wrong_passphrase_is_asked_again(void)
{
	static const char *const second[] = { "wrong", PASS, NULL };
	static const char *const never[] = { "wrong", "", "worse", NULL };
	struct fake f;

	NEED_VOLUMES();
	load(&f, "one");
	CU_ASSERT_EQUAL(volume_prepare(&f, NULL, second), 0);
	CU_ASSERT_EQUAL(f.asked, 2);
	fake_close(&f);
	load(&f, "two");
	CU_ASSERT_EQUAL(volume_prepare(&f, NULL, never), -ENOKEY);
	CU_ASSERT_EQUAL(f.asked, 4);
	CU_ASSERT_PTR_NOT_NULL(strstr(f.why, "no key available"));
	CU_ASSERT_TRUE(wiped(&f));
	fake_close(&f);
}

static void test_a_damaged_copy_is_told_and_left_alone(void)
{
	unsigned char *before = malloc(2 * COPY);
	struct fake f;

	NEED_VOLUMES();
	for (unsigned i = 0; i < 2 && before; i++) {
		load(&f, "two");
		memset(f.data + i * COPY + 4096 + 100, 'x', 50);
		memcpy(before, f.data, 2 * COPY);
		accept(&f, NULL, i == 0 ? "the first copy" : "the second copy");
		CU_ASSERT_EQUAL(memcmp(before, f.data, 2 * COPY), 0);
		fake_close(&f);
	}
	free(before);
	load(&f, "two");
	memset(f.data, 0, 4096);
	accept(&f, NULL, "the first copy");
	fake_close(&f);
}

/* The size in the first copy says where the second one lies. */
static void test_a_wrong_size_in_the_first_copy(void)
{
	struct fake f;

	NEED_VOLUMES();
	CU_ASSERT_EQUAL(volume_format("wide", "4M", "--type luks2"
				      " --luks2-metadata-size 64k"
				      " --luks2-keyslots-size 1M"), 0);
	load(&f, "wide");
	CU_ASSERT_EQUAL(f.data[13], 1);		/* 0x10000 bytes */
	f.data[13] = 0;
	f.data[14] = 0x40;
	accept(&f, NULL, "the first copy");
	fake_close(&f);
}

static void test_a_bad_sector_in_a_copy(void)
{
	struct fake f;

	NEED_VOLUMES();
	load(&f, "two");
	f.bad_off = 4096;
	f.bad_len = 512;
	accept(&f, NULL, "the first copy");
	fake_close(&f);
	load(&f, "two");
	f.bad_off = 0;
	f.bad_len = 512;
	accept(&f, NULL, "the first copy");
	fake_close(&f);
}

static void test_two_damaged_copies_are_refused(void)
{
	struct fake f;

	NEED_VOLUMES();
	load(&f, "two");
	memset(f.data + 5000, 'x', 50);
	memset(f.data + COPY + 5000, 'x', 50);
	refuse(&f, NULL, -EBADMSG, "in both its copies");
	load(&f, "one");
	memset(f.data + 248, 0xff, 4);	/* where keyslot 0 lies */
	refuse(&f, NULL, -EBADMSG, "the LUKS1 header is damaged");
}

static void test_a_damaged_keyslot_is_a_wrong_key(void)
{
	struct fake f;

	NEED_VOLUMES();
	load(&f, "two");
	memset(f.data + 2 * COPY + 4096, 0, 4096);
	CU_ASSERT_EQUAL(volume_prepare(&f, NULL, right), -ENOKEY);
	CU_ASSERT_PTR_NOT_NULL(strstr(f.why, "keyslot is damaged"));
	fake_close(&f);
}

/* Every length at which the data are not there. */
static void test_a_truncated_medium_is_refused(void)
{
	struct fake f;

	NEED_VOLUMES();
	for (uint64_t size = 4096; size <= 2 << 20; size += 124 << 10) {
		load(&f, "two");
		f.medium.size = size;
		refuse(&f, NULL, -EBADMSG, "truncated");
		load(&f, "one");
		f.medium.size = size;
		refuse(&f, NULL, -EBADMSG, "truncated");
	}
	load(&f, "four");
	f.medium.size = (2 << 20) + 512;
	refuse(&f, NULL, -EBADMSG, "truncated");
	load(&f, "four");
	f.medium.size = (2 << 20) + 4096 + 512;
	accept(&f, NULL, "");
	CU_ASSERT_EQUAL(f.published.size, 4096);
	fake_close(&f);
}

static void edit(struct fake *f, const char *from, const char *to)
{
	load(f, "two");
	CU_ASSERT_TRUE_FATAL(volume_edit(f, from, to));
}

#define DYNAMIC	"\"size\":\"dynamic\""

static void test_a_fixed_size_is_kept_to(void)
{
	struct fake f;

	NEED_VOLUMES();
	edit(&f, DYNAMIC, "\"size\":\"1048576\"");
	accept(&f, NULL, "");
	CU_ASSERT_EQUAL(f.published.size, 1 << 20);
	fake_close(&f);
	edit(&f, DYNAMIC, "\"size\":\"4194304\"");
	accept(&f, NULL, "truncated");
	CU_ASSERT_EQUAL(f.published.size, 2 << 20);
	fake_close(&f);
}

static void test_the_iv_offset_is_kept_to(void)
{
	struct fake f;

	NEED_VOLUMES();
	edit(&f, "\"iv_tweak\":\"0\"", "\"iv_tweak\":\"4711\"");
	accept(&f, NULL, "");
	CU_ASSERT_EQUAL(ticket(&f)->iv_first, 4711);
	fake_close(&f);
}

static void test_what_is_not_supported_is_named(void)
{
	struct fake f;

	NEED_VOLUMES();
	edit(&f, "\"config\":{", "\"config\":{\"requirements\":"
	     "{\"mandatory\":[\"time-travel\"]},");
	refuse(&f, NULL, -EOPNOTSUPP, "'time-travel'");
	edit(&f, DYNAMIC, DYNAMIC ",\"flags\":[\"odd\"]");
	refuse(&f, NULL, -EOPNOTSUPP, "segment flag 'odd'");
	edit(&f, DYNAMIC, DYNAMIC ",\"flags\":[\"in-reencryption\"]");
	refuse(&f, NULL, -EOPNOTSUPP, "re-encryption of this volume");
	edit(&f, DYNAMIC, DYNAMIC ",\"flags\":[]");
	accept(&f, NULL, "");
	fake_close(&f);
	edit(&f, DYNAMIC, DYNAMIC ",\"integrity\":{\"type\":\"hmac(sha256)\","
	     "\"journal_encryption\":\"none\",\"journal_integrity\":\"none\"}");
	refuse(&f, NULL, -EOPNOTSUPP, "'hmac(sha256)'");
	edit(&f, "\"encryption\":\"aes-xts-plain64\",\"sector_size\"",
	     "\"encryption\":\"serpent-xts-plain64\",\"sector_size\"");
	refuse(&f, NULL, -EOPNOTSUPP, "serpent-xts-plain64");
	edit(&f, "\"encryption\":\"aes-xts-plain64\",\"key_size\"",
	     "\"encryption\":\"twofish-xts-plain64\",\"key_size\"");
	refuse(&f, NULL, -EOPNOTSUPP, "keyslot 0 is encrypted with twofish");
	load(&f, "one");
	memcpy(f.data + 8, "serpent", 8);
	refuse(&f, NULL, -EOPNOTSUPP, "serpent-xts-plain64");
	load(&f, "one");
	f.data[7] = 3;
	refuse(&f, NULL, -EOPNOTSUPP, "LUKS version 3");
}

static void test_other_segments_are_refused(void)
{
	struct fake f;
	int r;

	NEED_VOLUMES();
	edit(&f, "\"type\":\"crypt\"", "\"type\":\"linear\"");
	r = volume_prepare(&f, NULL, right);
	CU_ASSERT_TRUE(r == -EOPNOTSUPP || r == -EBADMSG);
	CU_ASSERT_EQUAL(f.asked, 0);
	CU_ASSERT_NOT_EQUAL(f.why[0], '\0');
	fake_close(&f);
	edit(&f, "\"segments\":{", "\"segments\":{\"1\":{\"type\":\"linear\","
	     "\"offset\":\"3145728\",\"size\":\"dynamic\"},");
	r = volume_prepare(&f, NULL, right);
	CU_ASSERT_TRUE(r == -EOPNOTSUPP || r == -EBADMSG);
	CU_ASSERT_EQUAL(f.asked, 0);
	CU_ASSERT_NOT_EQUAL(f.why[0], '\0');
	fake_close(&f);
}

static void test_backups_of_segments_are_passed_over(void)
{
	struct fake f;

	NEED_VOLUMES();
	edit(&f, "\"segments\":{", "\"segments\":{\"1\":{\"type\":\"linear\","
	     "\"offset\":\"3145728\",\"size\":\"dynamic\","
	     "\"flags\":[\"backup-previous\"]},");
	accept(&f, NULL, "");
	CU_ASSERT_EQUAL(ticket(&f)->data_offset, 2 << 20);
	fake_close(&f);
	edit(&f, DYNAMIC, DYNAMIC ",\"flags\":[\"backup-final\"]");
	CU_ASSERT_TRUE(volume_prepare(&f, NULL, right) < 0);
	CU_ASSERT_EQUAL(f.asked, 0);
	fake_close(&f);
}

#define ACTIVATION	"\"config\":{\"flags\":[\"no-read-workqueue\"," \
			"\"high-priority\",\"unheard-of\"%s],"

static bool discards(const char *flags, const char *const *settings)
{
	char config[256];
	bool yes;
	struct fake f;

	(void)snprintf(config, sizeof(config), ACTIVATION, flags);
	edit(&f, "\"config\":{", config);
	accept(&f, settings, "");
	yes = f.published.discards;
	fake_close(&f);
	return yes;
}

static void test_the_header_may_allow_discards(void)
{
	NEED_VOLUMES();
	CU_ASSERT_FALSE(discards("", NULL));
	CU_ASSERT_TRUE(discards("", pairs("discard", "yes")));
	CU_ASSERT_TRUE(discards(",\"allow-discards\"", NULL));
	CU_ASSERT_TRUE(discards(",\"allow-discards\"",
				pairs("discard", "auto")));
	CU_ASSERT_FALSE(discards(",\"allow-discards\"",
				 pairs("discard", "no")));
}

static void test_tokens_are_told_and_not_used(void)
{
	struct fake f;

	NEED_VOLUMES();
	CU_ASSERT_EQUAL(volume_run("cp two tokens; printf %%s '{\"type\":"
				   "\"systemd-tpm2\",\"keyslots\":[\"0\"]}' |"
				   " PATH=$PATH:/usr/sbin:/sbin cryptsetup"
				   " token import --disable-external-tokens"
				   " tokens"), 0);
	load(&f, "tokens");
	accept(&f, NULL, "");
	CU_ASSERT_PTR_NOT_NULL(strstr(f.info, "token 0, systemd-tpm2,"));
	/* There is no folder that the library would load their handlers from. */
	CU_ASSERT_PTR_NULL(crypt_token_external_path());
	fake_close(&f);
	load(&f, "two");
	accept(&f, NULL, "");
	CU_ASSERT_STRING_EQUAL(f.info, "");
	fake_close(&f);
}

static void set_priority(unsigned slot, const char *priority)
{
	CU_ASSERT_EQUAL(volume_cryptsetup("config --key-slot %u --priority %s"
					  " prior", slot, priority), 0);
}

/* How often the filter reports itself alive: more, if a keyslot more is
   tried. */
static unsigned effort(void)
{
	struct fake f;
	unsigned n;

	load(&f, "prior");
	accept(&f, NULL, "");
	n = f.progressed;
	fake_close(&f);
	return n;
}

/* Slot 0 has the passphrase, slot 1 another. */
static void test_keyslots_are_tried_by_priority(void)
{
	struct fake f;
	unsigned n;

	NEED_VOLUMES();
	CU_ASSERT_EQUAL(volume_run("cp two prior; printf other >other;"
				   " printf %%s '" PASS "' >pass;"
				   " PATH=$PATH:/usr/sbin:/sbin; cryptsetup"
				   " luksAddKey --batch-mode " CHEAP
				   " --key-file pass --key-slot 1 prior"
				   " other"), 0);
	n = effort();
	set_priority(1, "prefer");
	CU_ASSERT_EQUAL(effort(), n + 1);
	set_priority(0, "prefer");
	CU_ASSERT_EQUAL(effort(), n);
	set_priority(0, "ignore");
	load(&f, "prior");
	CU_ASSERT_EQUAL(volume_prepare(&f, NULL, right), -ENOKEY);
	fake_close(&f);
	load(&f, "prior");
	accept(&f, pairs("key-slot", "0"), "");
	fake_close(&f);
}

/* Each way of cryptsetup to begin, and then to go on to the end. */
static void test_a_reencryption_opens_when_it_is_finished(void)
{
	static const char *const ways[] = {
		"--encrypt --reduce-device-size 8M --type luks2",
		"--decrypt --header head.half",
		"--cipher aes-cbc-essiv:sha256 --key-size 256",
	};
	struct fake f, head;

	NEED_VOLUMES();
	for (unsigned i = 0; i < 3; i++) {
		CU_ASSERT_EQUAL(volume_run("rm -f half head.half;"
					   " truncate -s 12M half"), 0);
		if (i > 0)
			CU_ASSERT_EQUAL(volume_format("half", "12M", "--type"
						      " luks2 --luks2-keyslots"
						      "-size 4M"), 0);
		CU_ASSERT_EQUAL(volume_cryptsetup(
			"reencrypt %s --init-only --force-offline-reencrypt "
			CHEAP " --key-file - half", ways[i]), 0);
		if (i == 1)
			CU_ASSERT_TRUE(volume_load(&head, "head.half", 512));
		load(&f, "half");
		f.second = i == 1 ? &head.next : NULL;
		refuse(&f, NULL, -EOPNOTSUPP, "re-encryption of this volume");
		if (i == 1) {
			fake_close(&head);
			continue;
		}
		CU_ASSERT_EQUAL(volume_cryptsetup(
			"reencrypt --resume-only --force-offline-reencrypt"
			" --key-file - half"), 0);
		load(&f, "half");
		accept(&f, NULL, "");
		fake_close(&f);
	}
}

static void test_reencryption_under_way_is_refused(void)
{
	struct fake f;

	NEED_VOLUMES();
	CU_ASSERT_EQUAL(volume_format("half", "24M", "--type luks2"), 0);
	CU_ASSERT_EQUAL(volume_cryptsetup("reencrypt --init-only "
					  "--force-offline-reencrypt " CHEAP
					  " --key-file - half"), 0);
	load(&f, "half");
	refuse(&f, NULL, -EOPNOTSUPP, "re-encryption of this volume");
}

/* A header in a file of its own, for 4 MiB of data. */
static bool have_detached(void)
{
	static int have = -1;

	if (have < 0)
		have = have_volumes() &&
		       volume_run("truncate -s 4M data") == 0 &&
		       volume_format("data", "4M", "--type luks1 --header"
				     " head1") == 0 &&
		       volume_format("data", "4M", "--type luks2 --header"
				     " head2 --sector-size 4096 " SMALL) == 0;
	return have == 1;
}

/* @size bytes of data with what lies in the file @header for a header, whose
   own medium has another granule. */
static void detach(struct fake *f, struct fake *head, const char *header,
		   uint64_t size)
{
	CU_ASSERT_TRUE_FATAL(volume_load(head, header, 512));
	fake_open(f, size, 4096);
	f->second = &head->next;
}

static void test_a_detached_header_opens(void)
{
	static const char *const headers[] = { "head1", "head2" };
	struct fake f, head;

	NEED_VOLUMES();
	CU_ASSERT_TRUE_FATAL(have_detached());
	for (unsigned i = 0; i < 2; i++) {
		detach(&f, &head, headers[i], 4 << 20);
		CU_ASSERT_EQUAL(probe(&f), 0);
		free(f.self);
		accept(&f, NULL, "");
		CU_ASSERT_EQUAL(ticket(&f)->data_offset, 0);
		CU_ASSERT_EQUAL(f.published.size, 4 << 20);
		CU_ASSERT_EQUAL(strlen(f.published.uuid), 36);
		CU_ASSERT_EQUAL(head.writes, 0);
		fake_close(&f);
		fake_close(&head);
	}
}

/* Also when that is more than any header's length, and the medium's. */
static void test_a_detached_header_says_where_the_data_begin(void)
{
	static const struct {
		const char *type;
		unsigned sectors;
	} offsets[] = {
		{ "luks1", 4096 }, { "luks2 " SMALL, 4096 },
		{ "luks1", 4104 }, { "luks2 " SMALL, 32776 },
		{ "luks1", 300000 }, { "luks2 " SMALL, 300000 },
	};
	char options[128];
	struct fake f, head;

	NEED_VOLUMES();
	for (unsigned i = 0; i < sizeof(offsets) / sizeof(*offsets); i++) {
		uint64_t offset = (uint64_t)offsets[i].sectors * 512;

		(void)snprintf(options, sizeof(options), "--type %s --header"
			       " offset --offset %u", offsets[i].type,
			       offsets[i].sectors);
		CU_ASSERT_EQUAL(volume_run("rm -f offset data"), 0);
		CU_ASSERT_EQUAL(volume_format("data", "200M", options), 0);
		detach(&f, &head, "offset", offset + (1 << 20));
		accept(&f, NULL, "");
		CU_ASSERT_EQUAL(ticket(&f)->data_offset, offset);
		CU_ASSERT_EQUAL(f.published.size, 1 << 20);
		fake_close(&f);
		fake_close(&head);
	}
	CU_ASSERT_EQUAL(volume_run("rm -f offset data"), 0);
}

/* A backup of a header that was lost: the data are where they were. */
static void test_a_backup_of_a_header_opens(void)
{
	static const char *const volumes[] = { "one", "two" };
	struct fake f, head;

	NEED_VOLUMES();
	for (unsigned i = 0; i < 2; i++) {
		CU_ASSERT_EQUAL(volume_run("rm -f backup; PATH=$PATH:/usr/sbin:"
					   "/sbin cryptsetup luksHeaderBackup"
					   " --header-backup-file backup %s",
					   volumes[i]), 0);
		detach(&f, &head, "backup", 4 << 20);
		accept(&f, NULL, "");
		CU_ASSERT_EQUAL(ticket(&f)->data_offset, 2 << 20);
		CU_ASSERT_EQUAL(f.published.size, 2 << 20);
		fake_close(&f);
		fake_close(&head);
	}
}

static void test_a_bad_detached_header_is_refused(void)
{
	struct fake f, head;

	NEED_VOLUMES();
	CU_ASSERT_TRUE_FATAL(have_detached());
	fake_open(&head, 1 << 20, 512);
	CU_ASSERT_TRUE_FATAL(volume_load(&f, "two", 512));
	f.second = &head.next;
	CU_ASSERT_EQUAL(probe(&f), -ENODEV);
	CU_ASSERT_PTR_NOT_NULL(strstr(f.why, "'header'"));
	fake_close(&f);
	fake_close(&head);

	detach(&f, &head, "head2", 4 << 20);
	head.medium.size = COPY;
	refuse(&f, NULL, -EBADMSG, "the detached header is truncated");
	fake_close(&head);
	detach(&f, &head, "head2", 4 << 20);
	head.fail_read = -ENXIO;
	CU_ASSERT_EQUAL(volume_prepare(&f, NULL, right), -ENXIO);
	fake_close(&f);
	fake_close(&head);
	detach(&f, &head, "head1", 4 << 20);
	memset(head.data + 248, 0xff, 4);	/* where keyslot 0 lies */
	refuse(&f, NULL, -EBADMSG, "the LUKS1 header is damaged");
	fake_close(&head);
}

/* Its first write would be the end of all keys. */
static void test_a_header_is_not_its_own_data(void)
{
	static const char *const headers[] = { "head1", "head2" };
	struct fake f, head;

	NEED_VOLUMES();
	CU_ASSERT_TRUE_FATAL(have_detached());
	for (unsigned i = 0; i < 2; i++) {
		CU_ASSERT_TRUE_FATAL(volume_load(&head, headers[i], 512));
		CU_ASSERT_TRUE_FATAL(volume_load(&f, headers[i], 512));
		f.second = &head.next;
		refuse(&f, NULL, -EOPNOTSUPP, "detached");
		fake_close(&head);
	}
	/* A volume with its data behind it may name itself. */
	CU_ASSERT_TRUE_FATAL(volume_load(&head, "two", 512));
	CU_ASSERT_TRUE_FATAL(volume_load(&f, "two", 512));
	f.second = &head.next;
	accept(&f, NULL, "");
	fake_close(&f);
	fake_close(&head);
}

static void test_a_part_of_the_data_can_be_used(void)
{
	struct fake f;

	NEED_VOLUMES();
	load(&f, "four");
	accept(&f, pairs("device-size", "1M"), "");
	CU_ASSERT_EQUAL(f.published.size, 1 << 20);
	fake_close(&f);
	load(&f, "four");
	accept(&f, pairs("device-size", "2M"), "");
	fake_close(&f);
	load(&f, "four");
	refuse(&f, pairs("device-size", "3M"), -EINVAL, "device-size");
	load(&f, "four");
	refuse(&f, pairs("device-size", "512"), -EINVAL, "blocks of 4096");
}

static void test_data_elsewhere_are_refused(void)
{
	struct fake f;

	NEED_VOLUMES();
	edit(&f, "\"offset\":\"2097152\"", "\"offset\":\"0\"");
	refuse(&f, NULL, -EOPNOTSUPP, "detached");
	load(&f, "one");
	memset(f.data + 104, 0, 4);
	refuse(&f, NULL, -EOPNOTSUPP, "detached");
	CU_ASSERT_TRUE(volume_load(&f, "one", 4096));
	f.data[107] = 1;		/* one sector on */
	f.data[106] = 0x10;
	refuse(&f, NULL, -EOPNOTSUPP, "in the middle of a block");
}

static void test_a_costly_keyslot_is_passed_over(void)
{
	struct fake f;

	NEED_VOLUMES();
	CU_ASSERT_EQUAL(volume_format("dear", "4M", "--type luks2 " SMALL
				      " --pbkdf argon2id --pbkdf-memory 32768"
				      " --pbkdf-force-iterations 4"
				      " --pbkdf-parallel 2"), 0);
	load(&f, "dear");
	refuse(&f, pairs("kdf-memory-limit", "16M"), -EOPNOTSUPP,
	       "keyslot 0 needs 32 MiB");
	load(&f, "dear");
	accept(&f, pairs("kdf-memory-limit", "32M"), "");
	fake_close(&f);
	CU_ASSERT_EQUAL(volume_run("PATH=$PATH:/usr/sbin:/sbin; printf %%s '"
				   PASS "' >pass && cryptsetup luksAddKey"
				   " --batch-mode " CHEAP " --key-file pass"
				   " dear pass"), 0);
	load(&f, "dear");
	accept(&f, pairs("kdf-memory-limit", "16M"), "keyslot 0 needs 32 MiB");
	fake_close(&f);
}

static void test_one_keyslot_can_be_chosen(void)
{
	struct fake f;

	NEED_VOLUMES();
	CU_ASSERT_EQUAL(volume_format("slots", "4M", "--type luks2 " SMALL
				      " --key-slot 2"), 0);
	CU_ASSERT_EQUAL(volume_run("PATH=$PATH:/usr/sbin:/sbin;"
				   " printf other >other &&"
				   " printf %%s '" PASS "' >pass &&"
				   " cryptsetup luksAddKey --batch-mode " CHEAP
				   " --key-file pass --key-slot 1 slots other"),
			0);
	load(&f, "slots");
	accept(&f, NULL, "");
	fake_close(&f);
	load(&f, "slots");
	accept(&f, pairs("key-slot", "2"), "");
	fake_close(&f);
	load(&f, "slots");
	CU_ASSERT_EQUAL(volume_prepare(&f, pairs("key-slot", "1"), right),
			-ENOKEY);
	CU_ASSERT_EQUAL(f.asked, 2);
	fake_close(&f);
	load(&f, "slots");
	refuse(&f, pairs("key-slot", "0"), -ENOKEY,
	       "keyslot 0 is not in use");
}

static void test_a_header_without_keyslots(void)
{
	struct fake f;

	NEED_VOLUMES();
	CU_ASSERT_EQUAL(volume_run("cp two erased"), 0);
	CU_ASSERT_EQUAL(volume_cryptsetup("luksErase erased"), 0);
	load(&f, "erased");
	refuse(&f, NULL, -ENOKEY, "no keyslot");
}

static void test_errors_below_come_through(void)
{
	struct fake f;

	NEED_VOLUMES();
	load(&f, "two");
	f.fail_read = -ENXIO;
	CU_ASSERT_EQUAL(volume_prepare(&f, NULL, right), -ENXIO);
	CU_ASSERT_EQUAL(f.asked, 0);
	fake_close(&f);
	load(&f, "two");
	CU_ASSERT_EQUAL(volume_prepare(&f, NULL, NULL), -ENOKEY);
	CU_ASSERT_EQUAL(f.asked, 1);
	fake_close(&f);
}

/* Volumes of the cryptsetup project; see tests' README for where they lie. */
static bool unpack(const char *name)
{
	const char *dir = getenv("FILTERD_TESTDATA");
	const char *top = getenv("top_srcdir");
	char path[512];

	if (dir)
		(void)snprintf(path, sizeof(path), "%s", dir);
	else
		(void)snprintf(path, sizeof(path), "%s/../shared/testdata",
			       top ? top : ".");
	return volume_run("cd - && tar --sparse -xJf '%s/%s.tar.xz' -C '%s'",
			  path, name, volume_dir) == 0;
}

static void test_volumes_of_others(void)
{
	struct fake f;

	if (!unpack("luks1") || !unpack("luks2"))
		CHECK_SKIP("shared test volumes are not here");
	load(&f, "luks1/luks1_serpent-xts-plain64-sha256.img");
	refuse(&f, NULL, -EOPNOTSUPP, "serpent-xts-plain64");
	/* Its keyslots were wiped: all but the key is right. */
	load(&f, "luks1/luks1_aes-cbc-essiv-sha256-sha1.img");
	CU_ASSERT_EQUAL(volume_prepare(&f, NULL, right), -ENOKEY);
	CU_ASSERT_EQUAL(f.asked, 2);
	fake_close(&f);
	load(&f, "luks2/luks2_header_requirements");
	refuse(&f, NULL, -EOPNOTSUPP, "requirement");
}

CHECK_SUITE("crypt luks",
	    CHECK(test_luks1_opens),
	    CHECK(test_luks2_opens),
	    CHECK(test_a_large_granule_below),
	    CHECK(test_probe_knows_luks),
	    CHECK(test_a_wrong_passphrase_is_asked_again),
	    CHECK(test_a_damaged_copy_is_told_and_left_alone),
	    CHECK(test_a_wrong_size_in_the_first_copy),
	    CHECK(test_a_bad_sector_in_a_copy),
	    CHECK(test_two_damaged_copies_are_refused),
	    CHECK(test_a_damaged_keyslot_is_a_wrong_key),
	    CHECK(test_a_truncated_medium_is_refused),
	    CHECK(test_a_fixed_size_is_kept_to),
	    CHECK(test_the_iv_offset_is_kept_to),
	    CHECK(test_what_is_not_supported_is_named),
	    CHECK(test_other_segments_are_refused),
	    CHECK(test_backups_of_segments_are_passed_over),
	    CHECK(test_the_header_may_allow_discards),
	    CHECK(test_tokens_are_told_and_not_used),
	    CHECK(test_keyslots_are_tried_by_priority),
	    CHECK(test_reencryption_under_way_is_refused),
	    CHECK(test_a_reencryption_opens_when_it_is_finished),
	    CHECK(test_a_detached_header_opens),
	    CHECK(test_a_detached_header_says_where_the_data_begin),
	    CHECK(test_a_backup_of_a_header_opens),
	    CHECK(test_a_bad_detached_header_is_refused),
	    CHECK(test_a_header_is_not_its_own_data),
	    CHECK(test_a_part_of_the_data_can_be_used),
	    CHECK(test_data_elsewhere_are_refused),
	    CHECK(test_a_costly_keyslot_is_passed_over),
	    CHECK(test_one_keyslot_can_be_chosen),
	    CHECK(test_a_header_without_keyslots),
	    CHECK(test_errors_below_come_through),
	    CHECK(test_volumes_of_others))
