/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * agent.c - see agent.h
 *
 * A signal that would end us while the terminal shows nothing would leave it
 * so: it only stops the agent, who restores the terminal and lets the signal
 * do its work then.  Who waits for the service sees none of that.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent.h"
#include "cleanup.h"
#include "failure.h"
#include "prompt.h"
#include "question.h"
#include "secret.h"
#include "terminal.h"
#include "util.h"

struct agent {
	int fd;
	pthread_t thread;
};

/* A signal's handler can be told nothing else. */
static volatile int cancelled;		/* atomic */
static volatile sig_atomic_t caught;

static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };

static void on_signal(int number)
{
	caught = number;
	__atomic_store_n(&cancelled, 1, __ATOMIC_RELAXED);
}

static void catch_signals(void (*handler)(int number))
{
	struct sigaction action = { .sa_handler = handler,
				    .sa_flags = SA_RESTART };

	for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
		(void)sigaction(signals[i], &action, NULL);
}

/* What the person is not told by the prompt the service says when it gives
   up: one line, from whoever decides. */
static int answer(int fd, const struct question *question, char *buf)
{
	const struct prompt prompt = {
		.what = question->what, .attempt = question->attempt,
		.twice = question->fresh, .cancelled = &cancelled,
	};
	struct failure f = { 0 };
	ssize_t n = prompt_read(&prompt, buf + 1, &f);

	if (n == -ECANCELED)
		return (int)n;
	return question_answer(fd, buf, n);
}

static void *run(void *arg)
{
	struct agent *agent = arg;
	char *buf = secret_new(1 + PROMPT_SECRET_LEN);
	struct question question;
	int r = buf ? 1 : -ENOMEM;

	while (r > 0) {
		r = question_hear(agent->fd, &question, &cancelled);
		if (r > 0 && answer(agent->fd, &question, buf) < 0)
			r = 0;
	}
	secret_free(buf, 1 + PROMPT_SECRET_LEN);
	if (caught) {
		catch_signals(SIG_DFL);
		(void)kill(getpid(), caught);
	}
	/* Who asks after this hears that nobody is there. */
	(void)shutdown(agent->fd, SHUT_RDWR);
	return NULL;
}

/* Keeps one end; the other is the service's. */
static int start(struct agent *agent, int *ret)
{
	int pair[2], r;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	agent->fd = pair[0];
	cancelled = 0;
	caught = 0;
	catch_signals(on_signal);
	r = pthread_create(&agent->thread, NULL, run, agent);
	if (r == 0) {
		*ret = pair[1];
		return 0;
	}
	catch_signals(SIG_DFL);
	(void)close(pair[0]);
	(void)close(pair[1]);
	return -r;
}

int agent_pass(struct agent **ret, struct json_object *parameters, int *fds,
	       size_t *n_fds, struct failure *f)
{
	_cleanup_free_ struct agent *agent = NULL;
	_cleanup_fd_ int tty = terminal_open();
	int r;

	*ret = NULL;
	if (tty < 0)
		return 0;
	agent = calloc(1, sizeof(*agent));
	r = agent ? start(agent, &fds[*n_fds]) : -ENOMEM;
	if (r < 0)
		return failure_errno(f, r, "cannot ask for passphrases");
	json_object_object_add(parameters, "agent",
			       json_object_new_int((int)(*n_fds)++));
	*ret = take_ptr(&agent);
	return 0;
}

void agent_end(struct agent *agent)
{
	if (!agent)
		return;
	__atomic_store_n(&cancelled, 1, __ATOMIC_RELAXED);
	(void)pthread_join(agent->thread, NULL);
	catch_signals(SIG_DFL);
	(void)close(agent->fd);
	free(agent);
}
