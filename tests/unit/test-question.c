/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-question.c - who asks for a secret, and the agent that answers
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filterd/filter.h>

#include "ask.h"
#include "check.h"
#include "question.h"
#include "secret.h"

static int asks, agent;
static char *buf;

static void open_pair(void)
{
	int pair[2];

	CU_ASSERT_EQUAL_FATAL(socketpair(AF_UNIX, SOCK_SEQPACKET |
					 SOCK_CLOEXEC, 0, pair), 0);
	asks = pair[0];
	agent = pair[1];
	buf = secret_new(QUESTION_SECRET_LEN);
}

static void close_pair(void)
{
	secret_free(buf, QUESTION_SECRET_LEN);
	if (asks >= 0)
		close(asks);
	if (agent >= 0)
		close(agent);
}

/* An agent that hears one question and answers with @arg; NULL: it has none. */
static struct question heard;

static void *answer(void *arg)
{
	const char *secret = arg;
	char *own = secret_new(QUESTION_SECRET_LEN);

	CU_ASSERT_EQUAL(question_hear(agent, &heard, NULL), 1);
	if (secret)
		memcpy(own + 1, secret, strlen(secret));
	CU_ASSERT_EQUAL(question_answer(agent, own, secret ?
					(ssize_t)strlen(secret) : -1), 0);
	secret_free(own, QUESTION_SECRET_LEN);
	return NULL;
}

static ssize_t ask_and_answer(const struct question *question, char *secret)
{
	pthread_t thread;
	ssize_t n;

	CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, answer, secret),
			      0);
	n = question_ask(asks, question, buf, NULL);
	pthread_join(thread, NULL);
	return n;
}

static void test_a_question_is_answered(void)
{
	struct question question = { .what = "Passphrase for \\\"vault\\\"",
				     .attempt = 2, .fresh = true };

	open_pair();
	CU_ASSERT_EQUAL(ask_and_answer(&question, (char *)"sesame"), 6);
	CU_ASSERT_EQUAL(memcmp(buf + 1, "sesame", 6), 0);
	CU_ASSERT_STRING_EQUAL(heard.what, question.what);
	CU_ASSERT_EQUAL(heard.attempt, 2);
	CU_ASSERT_TRUE(heard.fresh);
	question = (struct question){ .what = "PIN" };
	CU_ASSERT_EQUAL(ask_and_answer(&question, (char *)""), 0);
	CU_ASSERT_FALSE(heard.fresh);
	CU_ASSERT_EQUAL(ask_and_answer(&question, NULL), -ENOKEY);
	close_pair();
}

static void test_who_goes_is_not_waited_for(void)
{
	struct question question = { .what = "PIN" };
	volatile int cancelled = 1;

	open_pair();
	CU_ASSERT_EQUAL(question_ask(asks, &question, buf, &cancelled),
			-ECANCELED);
	CU_ASSERT_EQUAL(question_hear(agent, &heard, NULL), 1);
	CU_ASSERT_EQUAL(question_hear(agent, &heard, &cancelled), -ECANCELED);
	close(agent);
	CU_ASSERT_EQUAL(question_ask(asks, &question, buf, NULL), -ECANCELED);
	agent = -1;
	close_pair();

	open_pair();
	close(asks);
	asks = -1;
	CU_ASSERT_EQUAL(question_hear(agent, &heard, NULL), 0);
	close_pair();
}

static void test_what_is_no_answer_is_refused(void)
{
	static const char *const wrong[] = { "sesame", "-x", "?" };
	struct question question = { .what = "PIN" };
	char *long_one = calloc(1, QUESTION_SECRET_LEN + 1);

	open_pair();
	for (size_t i = 0; i < 3; i++) {
		CU_ASSERT_TRUE(send(agent, wrong[i], strlen(wrong[i]), 0) > 0);
		CU_ASSERT_EQUAL(question_ask(asks, &question, buf, NULL),
				-EBADMSG);
	}
	long_one[0] = '+';
	CU_ASSERT_TRUE(send(agent, long_one, QUESTION_SECRET_LEN, 0) > 0);
	CU_ASSERT_EQUAL(question_ask(asks, &question, buf, NULL),
			QUESTION_SECRET_LEN - 1);
	CU_ASSERT_TRUE(send(agent, long_one, QUESTION_SECRET_LEN + 1, 0) > 0);
	CU_ASSERT_EQUAL(question_ask(asks, &question, buf, NULL), -EBADMSG);
	close_pair();
	free(long_one);
}

static void test_what_is_no_question_is_refused(void)
{
	static const char *const wrong[] = { "[]", "{", "{\"what\":\"\xff\"}" };

	open_pair();
	for (size_t i = 0; i < 3; i++) {
		CU_ASSERT_TRUE(send(asks, wrong[i], strlen(wrong[i]), 0) > 0);
		CU_ASSERT_EQUAL(question_hear(agent, &heard, NULL), -EBADMSG);
	}
	/* What would move the cursor of who reads it does not. */
	CU_ASSERT_TRUE(send(asks, "{\"what\":\"\\u001b[2J\"}", 20, 0) > 0);
	CU_ASSERT_EQUAL(question_hear(agent, &heard, NULL), 1);
	CU_ASSERT_PTR_NULL(strchr(heard.what, '\x1b'));
	close_pair();
}

static void test_other_descriptors_are_no_agents(void)
{
	int pair[2], file = open("/dev/null", O_RDWR | O_CLOEXEC);

	CU_ASSERT_EQUAL(question_check(file), -EPROTOTYPE);
	CU_ASSERT_EQUAL(question_check(-1), -EBADF);
	close(file);
	CU_ASSERT_EQUAL_FATAL(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	CU_ASSERT_EQUAL(question_check(pair[0]), -EPROTOTYPE);
	close(pair[0]);
	close(pair[1]);
	open_pair();
	CU_ASSERT_EQUAL(question_check(asks), 0);
	close_pair();
}

/* As the helper's errands ask. */
static void test_an_agent_answers_what_a_filter_asks(void)
{
	struct ask how = { .fd_is = ASK_AGENT };
	struct filter_secret secret = { 0 };
	struct failure f = { 0 };
	pthread_t thread;

	open_pair();
	how.fd = asks;
	CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, answer,
					     (void *)"sesame"), 0);
	CU_ASSERT_EQUAL(ask_secret(&how, FILTER_NEW_PASSPHRASE,
				   "Passphrase for a\x1b", 1, &secret, &f), 0);
	pthread_join(thread, NULL);
	CU_ASSERT_EQUAL(secret.len, 6);
	CU_ASSERT_EQUAL(memcmp(secret.data, "sesame", 6), 0);
	CU_ASSERT_STRING_EQUAL(heard.what, "Passphrase for a\\x1b");
	CU_ASSERT_EQUAL(heard.attempt, 1);
	CU_ASSERT_TRUE(heard.fresh);
	ask_secret_free(&secret);
	CU_ASSERT_EQUAL(ask_secret(&how, FILTER_PASSPHRASE, "P", ASK_TRIES,
				   &secret, &f), -ENOKEY);
	close(agent);
	agent = -1;
	CU_ASSERT_EQUAL(ask_secret(&how, FILTER_PASSPHRASE, "P", 0, &secret,
				   &f), -ECANCELED);
	close_pair();
	how.fd = -1;
	CU_ASSERT_EQUAL(ask_secret(&how, FILTER_PASSPHRASE, "P", 0, &secret,
				   &f), -ENOKEY);
	CU_ASSERT_STRING_EQUAL(f.text, "P: there is nobody to ask");
}

CHECK_SUITE("question",
	    CHECK(test_a_question_is_answered),
	    CHECK(test_who_goes_is_not_waited_for),
	    CHECK(test_what_is_no_answer_is_refused),
	    CHECK(test_what_is_no_question_is_refused),
	    CHECK(test_other_descriptors_are_no_agents),
	    CHECK(test_an_agent_answers_what_a_filter_asks))
