/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-helper.c - acts in a real helper: what they bring back, and that
 * whatever goes wrong there is told and leaves nothing behind
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "job.h"
#include "trial.h"
#include "wire.h"

/* An MBR with one partition of type 0x83 at 1 MiB, 2 MiB long. */
static void write_mbr(unsigned char *at)
{
	static const unsigned char entry[16] = {
		0, 0xfe, 0xff, 0xff, 0x83, 0xfe, 0xff, 0xff,
		0x00, 0x08, 0, 0, 0x00, 0x10, 0, 0,
	};

	memset(at, 0, 512);
	memcpy(at + 446, entry, sizeof(entry));
	at[510] = 0x55;
	at[511] = 0xaa;
}

static const struct helper_scan *scan_of(const struct helper_examined *found,
					 const char *scheme)
{
	for (size_t i = 0; i < found->n_scans; i++)
		if (strcmp(found->scans[i].scheme->name, scheme) == 0)
			return &found->scans[i];
	return NULL;
}

static const struct scheme_place nowhere = { .hint = "", .scheme = "" };

static void check_map(int fd)
{
	struct helper_examined found;
	const struct helper_scan *scan;
	struct failure f = { 0 };

	CU_ASSERT_EQUAL_FATAL(helper_examine(&trial_store->store, "vault", fd,
					     &nowhere, &found, &f), 0);
	scan = scan_of(&found, "mbr");
	CU_ASSERT_PTR_NOT_NULL_FATAL(scan);
	CU_ASSERT_EQUAL(scan->result, 0);
	CU_ASSERT_EQUAL_FATAL(scan->n_parts, 1);
	CU_ASSERT_EQUAL(scan->parts[0].base, 1u << 20);
	CU_ASSERT_EQUAL(scan->parts[0].size, 2u << 20);
	CU_ASSERT_EQUAL(scan->parts[0].number, 1);
	scan = scan_of(&found, "gpt");
	CU_ASSERT_PTR_NOT_NULL_FATAL(scan);
	CU_ASSERT_EQUAL(scan->result, -ENODEV);
	CU_ASSERT_EQUAL(scan->n_parts, 0);
	helper_examined_clear(&found);
}

static void test_map_is_found_without_a_descriptor(void)
{
	write_mbr(trial_store->bytes);
	check_map(-1);
	memset(trial_store->bytes, 0, 512);
}

static int open_image(int flags)
{
	char path[] = "/tmp/filterd-helper-XXXXXX";
	int rw = mkstemp(path), fd;

	CU_ASSERT_TRUE_FATAL(rw >= 0);
	CU_ASSERT_EQUAL(write(rw, trial_store->bytes, TRIAL_SIZE),
			(ssize_t)TRIAL_SIZE);
	fd = open(path, flags);
	close(rw);
	unlink(path);
	return fd;
}

static void test_map_is_found_on_a_descriptor(void)
{
	int fd;

	write_mbr(trial_store->bytes);
	fd = open_image(O_RDONLY);
	memset(trial_store->bytes, 0, 512);
	check_map(fd);
	close(fd);
}

static void test_descriptor_that_writes_is_refused(void)
{
	int fd = open_image(O_RDWR);
	struct helper_examined found;
	struct failure f = { 0 };

	CU_ASSERT_EQUAL(helper_examine(&trial_store->store, "vault", fd,
				       &nowhere, &found, &f), -EINVAL);
	close(fd);
}

static void test_signature_is_found_without_maps(void)
{
	unsigned char *super = trial_store->bytes + 1024;
	struct helper_examined found;
	struct failure f = { 0 };

	super[0x38] = 0x53;	/* ext2: magic, a block count, a revision */
	super[0x39] = 0xef;
	super[4] = 16;
	super[0x4c] = 1;
	memcpy(super + 0x78, "label", 5);
	CU_ASSERT_EQUAL_FATAL(helper_examine(&trial_store->store, "vault", -1,
					     NULL, &found, &f), 0);
	CU_ASSERT_STRING_EQUAL(found.signature.type, "ext2");
	CU_ASSERT_STRING_EQUAL(found.signature.label, "label");
	CU_ASSERT_EQUAL(found.n_scans, 0);
	helper_examined_clear(&found);
	memset(super, 0, 1024);
}

static void test_medium_that_fails_is_told(void)
{
	struct helper_examined found;
	struct failure f = { 0 };

	trial_store->fail = -EIO;
	CU_ASSERT_EQUAL(helper_examine(&trial_store->store, "vault", -1,
				       &nowhere, &found, &f), -EIO);
	CU_ASSERT_PTR_NOT_NULL(strstr(f.text, "vault"));
	CU_ASSERT_EQUAL(trial_probe("read"), -EIO);
	trial_store->fail = 0;
}

/* "Not mine" is for the filter alone to say. */
static void test_disk_that_is_gone_is_not_a_refusal(void)
{
	trial_store->fail = -ENODEV;
	CU_ASSERT_EQUAL(trial_probe("read"), -ENXIO);
	trial_store->fail = 0;
}

static void test_probe_reads_and_changes_its_score(void)
{
	int score = 1000;

	CU_ASSERT_EQUAL(trial_probe_score("read", &score), 0);
	CU_ASSERT_EQUAL(score, 1007);
}

static void test_refusal_comes_with_its_reason(void)
{
	CU_ASSERT_EQUAL(trial_probe("refuse"), -ENODEV);
	CU_ASSERT_STRING_EQUAL(trial_why, "no trial here");
	CU_ASSERT_STRING_EQUAL(trial_failure.text, "");
}

static void test_failure_is_escaped(void)
{
	CU_ASSERT_EQUAL(trial_probe("fail"), -EIO);
	CU_ASSERT_STRING_EQUAL(trial_failure.text, "cannot probe 'vault2': "
			       "nothing goes\\x1b[31m");
}

/* Whoever owns a link on the way to the modules may turn it at any time. */
static void test_the_module_that_was_checked_is_run(void)
{
	struct module *real = trial_module, *linked = NULL;
	struct modules *modules = modules_new();
	char dir[] = "/tmp/test-helper-XXXXXX", link[64], evil[64];

	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(dir));
	snprintf(link, sizeof(link), "%s/modules", dir);
	snprintf(evil, sizeof(evil), "%s/trial.so", dir);
	CU_ASSERT_EQUAL(symlink(TEST_MODULES, link), 0);
	CU_ASSERT_EQUAL(modules_add_dir(modules, link), 0);
	CU_ASSERT_EQUAL_FATAL(module_get(modules, "trial", &linked,
					 &trial_failure), 0);
	CU_ASSERT_EQUAL(unlink(link), 0);
	CU_ASSERT_EQUAL(symlink(".", link), 0);
	CU_ASSERT_EQUAL(mknod(evil, S_IFREG | 0644, 0), 0);
	trial_module = linked;
	CU_ASSERT_EQUAL(trial_probe("read"), 0);
	trial_module = real;
	module_put(linked);
	modules_free(modules);
	unlink(evil);
	unlink(link);
	rmdir(dir);
}

static void test_bad_setting_is_told(void)
{
	CU_ASSERT_EQUAL(trial_probe("no such deed"), -EINVAL);
	CU_ASSERT_PTR_NOT_NULL(strstr(trial_failure.text, "deed"));
}

static void test_map_of_what_is_allocated_crosses(void)
{
	trial_store->map_hole = 0;
	trial_store->map_data = 512;
	CU_ASSERT_EQUAL(trial_probe("map"), 0);
	trial_store->map_hole = trial_store->map_data = TRIAL_SIZE;
}

static void test_file_of_the_medium_is_readonly(void)
{
	CU_ASSERT_EQUAL(trial_probe("file"), 0);
}

static void test_what_the_filter_needs_is_in_the_cage_too(void)
{
	CU_ASSERT_EQUAL(trial_probe("library"), 0);
}

static int probe_beside(struct settings *settings)
{
	const struct helper_subject subject = trial_subject(settings);
	int score = 0;

	return helper_probe(&subject, &score, trial_why, &trial_failure);
}

static void test_second_medium_is_read_beside_the_first(void)
{
	struct fake_store *beside = fake_new(65536, 4096);
	struct settings settings = { 0 };

	memcpy(beside->bytes + 4096, "second", 6);
	beside->store.medium.writable = false;
	beside->map_hole = 0;
	beside->map_data = 4096;
	trial_settings(&settings, "beside");
	CU_ASSERT_EQUAL(settings_set(&settings, "beside", "/x"), 0);
	CU_ASSERT_EQUAL(probe_beside(&settings), -ENOENT);
	trial_failure = (struct failure){ 0 };
	settings.list[settings.n - 1].store = &beside->store;
	CU_ASSERT_EQUAL(probe_beside(&settings), 0);
	CU_ASSERT_EQUAL(beside->writes, 0);
	beside->fail = -EIO;
	CU_ASSERT_EQUAL(probe_beside(&settings), -EBADE);
	settings_clear(&settings);
	fake_free(beside);
}

static void test_as_many_second_media_as_there_may_be(void)
{
	struct settings settings = { 0 };
	char key[16];

	trial_settings(&settings, "beside");
	for (unsigned i = 0; i < WIRE_SECONDS; i++) {
		snprintf(key, sizeof(key), "beside%u", i);
		CU_ASSERT_EQUAL(settings_set(&settings, key, "/x"), 0);
		settings.list[settings.n - 1].store = &trial_store->store;
	}
	/* They cross; that there are no such settings comes after that. */
	CU_ASSERT_EQUAL(probe_beside(&settings), -EINVAL);
	settings_clear(&settings);
}

static void test_too_many_second_media_are_refused(void)
{
	struct settings settings = { 0 };
	char key[16];

	trial_settings(&settings, "beside");
	for (unsigned i = 0; i <= WIRE_SECONDS; i++) {
		snprintf(key, sizeof(key), "beside%u", i);
		CU_ASSERT_EQUAL(settings_set(&settings, key, "/x"), 0);
		settings.list[settings.n - 1].store = &trial_store->store;
	}
	CU_ASSERT_EQUAL(probe_beside(&settings), -E2BIG);
	settings_clear(&settings);
}

static void hear_report(void *arg, int level, const char *text)
{
	unsigned *heard = arg;

	CU_ASSERT_EQUAL(level, FILTER_INFO);
	CU_ASSERT_STRING_EQUAL(text, "reported");
	++*heard;
}

static int run_verb(const char *deed, const char *verb, unsigned *heard)
{
	struct settings settings = { 0 };
	struct helper_subject subject;
	int r;

	trial_settings(&settings, deed);
	subject = trial_subject(&settings);
	r = helper_verb(&subject, verb, hear_report, heard, &trial_failure);
	settings_clear(&settings);
	return r;
}

static void test_a_verb_runs_in_the_cage(void)
{
	unsigned heard = 0;

	CU_ASSERT_EQUAL(run_verb("read", "report", &heard), 0);
	CU_ASSERT_EQUAL(heard, 1);
	CU_ASSERT_EQUAL(run_verb("fail", "report", &heard), -EIO);
	CU_ASSERT_PTR_NOT_NULL(strstr(trial_failure.text, "it would not"));
	CU_ASSERT_EQUAL(run_verb("read", "reports", &heard), -EOPNOTSUPP);
	CU_ASSERT_PTR_NOT_NULL(strstr(trial_failure.text, "no such verb"));
}

static void test_nothing_below_is_written(void)
{
	CU_ASSERT_EQUAL(trial_probe("write-below"), 0);
	CU_ASSERT_EQUAL(trial_store->writes, 0);
	CU_ASSERT_EQUAL(trial_store->zeros, 0);
	CU_ASSERT_EQUAL(trial_store->discards, 0);
}

static int prepare(const char *deed, const struct ask *ask,
		   void (*say)(void *arg, int level, const char *text),
		   void *arg, struct helper_ticket *ret)
{
	struct settings settings = { 0 };
	struct helper_subject subject;
	int r;

	trial_settings(&settings, deed);
	subject = trial_subject(&settings);
	r = helper_prepare(&subject, ask, say, arg, ret, &trial_failure);
	settings_clear(&settings);
	return r;
}

static int write_secret(const char *data, size_t len)
{
	int fd = memfd_create("key", 0);

	CU_ASSERT_TRUE_FATAL(fd >= 0);
	CU_ASSERT_EQUAL(write(fd, data, len), (ssize_t)len);
	CU_ASSERT_EQUAL(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

static void hear(void *arg, int level, const char *text)
{
	if (level == FILTER_INFO)
		snprintf(arg, 64, "%s", text);
}

static void test_secret_goes_in_and_a_ticket_comes_out(void)
{
	struct ask ask = { .fd = write_secret("key 42\nmore", 11) };
	struct helper_ticket ticket;
	char heard[64] = "";

	CU_ASSERT_EQUAL_FATAL(prepare("ask", &ask, hear, heard, &ticket), 0);
	CU_ASSERT_EQUAL_FATAL(ticket.len, 6);
	CU_ASSERT_EQUAL(memcmp(ticket.data, "key 42", 6), 0);
	CU_ASSERT_STRING_EQUAL(heard, "opened at attempt 0");
	helper_ticket_free(&ticket);
	CU_ASSERT_PTR_NULL(ticket.data);
	close(ask.fd);
}

static void test_wrong_key_is_no_key(void)
{
	struct ask ask = { .fd = write_secret("wrong\n", 6) };
	struct helper_ticket ticket;

	CU_ASSERT_EQUAL(prepare("ask", &ask, NULL, NULL, &ticket), -ENOKEY);
	CU_ASSERT_EQUAL(trial_failure.code, EXIT_KEY);
	CU_ASSERT_STRING_EQUAL(trial_failure.text,
			       "cannot unlock 'vault2': no key fits");
	close(ask.fd);
	CU_ASSERT_EQUAL(prepare("ask", NULL, NULL, NULL, &ticket), -ENOKEY);
}

/* Longer than the shared buffer: it crosses in pieces. */
static void test_long_key_crosses_whole(void)
{
	char path[32];
	struct ask ask = { .key_file = path, .fd = -1 };
	struct helper_ticket ticket;
	int fd = write_secret("key", 3);

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	CU_ASSERT_EQUAL(fchmod(fd, 0600), 0);
	CU_ASSERT_EQUAL(ftruncate(fd, FILTER_MAX_IO), 0);
	CU_ASSERT_EQUAL_FATAL(prepare("ask", &ask, NULL, NULL, &ticket), 0);
	CU_ASSERT_EQUAL(ticket.len, FILTER_MAX_IO);
	helper_ticket_free(&ticket);
	/* Larger than any ticket: the filter gets it, and says so. */
	CU_ASSERT_EQUAL(ftruncate(fd, FILTER_MAX_IO + 1), 0);
	CU_ASSERT_EQUAL(prepare("ask", &ask, NULL, NULL, &ticket), -EBADE);
	close(fd);
}

static void test_largest_ticket_crosses_whole(void)
{
	struct helper_ticket ticket;

	CU_ASSERT_EQUAL_FATAL(prepare("ticket", NULL, NULL, NULL, &ticket),
			      0);
	CU_ASSERT_EQUAL_FATAL(ticket.len, FILTER_MAX_IO);
	CU_ASSERT_EQUAL(((char *)ticket.data)[0], 't');
	CU_ASSERT_EQUAL(((char *)ticket.data)[FILTER_MAX_IO - 1], 't');
	helper_ticket_free(&ticket);
}

static void test_ticket_that_cannot_be_is_refused(void)
{
	struct helper_ticket ticket = { 0 };

	helper_program = TEST_LIAR;
	strcpy(trial_store->store.medium.label, "ticket");
	CU_ASSERT_EQUAL(prepare("ticket", NULL, NULL, NULL, &ticket),
			-EPROTO);
	CU_ASSERT_PTR_NULL(ticket.data);
	trial_store->store.medium.label[0] = '\0';
	helper_program = TEST_HELPER;
}

static void test_death_is_told(void)
{
#ifdef SANITIZED	/* some of them turn the signal into an exit */
	const char *cause = "while probing 'vault2'; nothing was changed";
#else
	const char *cause = "the filter 'trial' died (SIGSEGV) while probing "
			    "'vault2'; nothing was changed";
#endif
	CU_ASSERT_EQUAL(trial_probe("crash"), -ENOTRECOVERABLE);
	CU_ASSERT_PTR_NOT_NULL(strstr(trial_failure.text, cause));
	CU_ASSERT_PTR_NOT_NULL(strstr(trial_failure.hint, "'trial'"));
	CU_ASSERT_EQUAL(trial_failure.code, EXIT_FAILED);
	CU_ASSERT_EQUAL(trial_probe("scribble"), -ENOTRECOVERABLE);
	CU_ASSERT_PTR_NOT_NULL(strstr(trial_failure.text, cause));
	CU_ASSERT_EQUAL(trial_probe("leave"), -ENOTRECOVERABLE);
	CU_ASSERT_PTR_NOT_NULL(strstr(trial_failure.text, "exit code 3"));
}

static void test_helper_that_takes_too_long_is_ended(void)
{
	unsigned patience = helper_patience_ms;
	unsigned longer = helper_prepare_patience_ms;
	struct helper_ticket ticket;

	helper_patience_ms = helper_prepare_patience_ms = 300;
	CU_ASSERT_EQUAL(trial_probe("loop"), -ETIMEDOUT);
	CU_ASSERT_STRING_EQUAL(trial_failure.text, "the filter 'trial' took "
			       "more than 300 ms while probing 'vault2' and "
			       "was ended; nothing was changed");
	CU_ASSERT_EQUAL(trial_probe("sleep"), -ETIMEDOUT);
	CU_ASSERT_EQUAL(prepare("loop", NULL, NULL, NULL, &ticket),
			-ETIMEDOUT);
	helper_patience_ms = patience;
	helper_prepare_patience_ms = longer;
}

static void *release_after_a_while(void *arg)
{
	(void)arg;
	usleep(3300000);
	trial_store->hold = false;
	return NULL;
}

static void test_slow_medium_is_no_fault_of_the_helper(void)
{
	unsigned patience = helper_patience_ms;
	pthread_t thread;

	/* Less than the medium takes, much more than the helper does. */
	helper_patience_ms = 3000;
	trial_store->hold = true;
	CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL,
					     release_after_a_while, NULL), 0);
	CU_ASSERT_EQUAL(trial_probe("read"), 0);
	pthread_join(thread, NULL);
	helper_patience_ms = patience;
}

static void test_cancel_ends_an_act(void)
{
	static const volatile int cancelled = 1;
	struct helper_ticket ticket;

	job_watch(&cancelled);
	CU_ASSERT_EQUAL(trial_probe("sleep"), -ECANCELED);
	CU_ASSERT_EQUAL(prepare("sleep", NULL, NULL, NULL, &ticket),
			-ECANCELED);
	CU_ASSERT_EQUAL(trial_failure.code, EXIT_INTERRUPTED);
	job_watch(NULL);
}

/* Else the daemon would take them for its own, and give up on all media. */
static void test_its_want_of_memory_is_not_the_daemons(void)
{
	CU_ASSERT_EQUAL(trial_probe("no-memory"), -EDQUOT);
	CU_ASSERT_STRING_EQUAL(trial_failure.text, "the filter 'trial' wanted "
			       "more memory than it may have while probing "
			       "'vault2'; nothing was changed");
	CU_ASSERT_EQUAL(trial_probe("cancel"), -EPROTO);
}

static void test_broken_protocol_is_told(void)
{
	CU_ASSERT_EQUAL(trial_probe("forge"), -EPROTO);
	CU_ASSERT_PTR_NOT_NULL(strstr(trial_failure.text, "vault2"));
	CU_ASSERT_EQUAL(trial_probe("bad-say"), -EPROTO);
}

static void test_endless_reading_ends(void)
{
	CU_ASSERT_EQUAL(trial_probe("greedy"), -EDQUOT);
}

static void test_missing_program_is_told(void)
{
	helper_program = "/nonexistent/helper";
	CU_ASSERT_EQUAL(trial_probe("read"), -ENOENT);
	CU_ASSERT_NOT_EQUAL(trial_failure.hint[0], '\0');
	helper_program = "/bin/true";
	CU_ASSERT_EQUAL(trial_probe("read"), -ENOTRECOVERABLE);
	helper_program = TEST_HELPER;
}

static void test_nothing_is_left_behind(void)
{
	static const char *const deeds[] = {
		"read", "refuse", "crash", "forge", "leave",
	};
	unsigned before = count_files();

	for (unsigned i = 0; i < 50; i++)
		(void)trial_probe(deeds[i % ARRAY_SIZE(deeds)]);
	CU_ASSERT_EQUAL(count_files(), before);
	CU_ASSERT_EQUAL(waitpid(-1, NULL, WNOHANG), -1);
	CU_ASSERT_EQUAL(errno, ECHILD);
}

int main(void)
{
	CU_TestInfo tests[] = {
		CHECK(test_map_is_found_without_a_descriptor),
		CHECK(test_map_is_found_on_a_descriptor),
		CHECK(test_descriptor_that_writes_is_refused),
		CHECK(test_signature_is_found_without_maps),
		CHECK(test_medium_that_fails_is_told),
		CHECK(test_disk_that_is_gone_is_not_a_refusal),
		CHECK(test_probe_reads_and_changes_its_score),
		CHECK(test_refusal_comes_with_its_reason),
		CHECK(test_failure_is_escaped),
		CHECK(test_the_module_that_was_checked_is_run),
		CHECK(test_bad_setting_is_told),
		CHECK(test_map_of_what_is_allocated_crosses),
		CHECK(test_file_of_the_medium_is_readonly),
		CHECK(test_what_the_filter_needs_is_in_the_cage_too),
		CHECK(test_second_medium_is_read_beside_the_first),
		CHECK(test_as_many_second_media_as_there_may_be),
		CHECK(test_too_many_second_media_are_refused),
		CHECK(test_a_verb_runs_in_the_cage),
		CHECK(test_nothing_below_is_written),
		CHECK(test_secret_goes_in_and_a_ticket_comes_out),
		CHECK(test_wrong_key_is_no_key),
		CHECK(test_long_key_crosses_whole),
		CHECK(test_largest_ticket_crosses_whole),
		CHECK(test_ticket_that_cannot_be_is_refused),
		CHECK(test_death_is_told),
		CHECK(test_helper_that_takes_too_long_is_ended),
		CHECK(test_slow_medium_is_no_fault_of_the_helper),
		CHECK(test_cancel_ends_an_act),
		CHECK(test_its_want_of_memory_is_not_the_daemons),
		CHECK(test_broken_protocol_is_told),
		CHECK(test_endless_reading_ends),
		CHECK(test_missing_program_is_told),
		CHECK(test_nothing_is_left_behind),
		CU_TEST_INFO_NULL,
	};
	CU_SuiteInfo suites[] = {
		{ "helper", trial_init, trial_fini, NULL, NULL, tests },
		CU_SUITE_INFO_NULL,
	};

	return check_run(suites);
}
