/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * complaint.c - see complaint.h
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "complaint.h"
#include "errand.h"
#include "escape.h"
#include "failure.h"
#include "spawn.h"
#include "util.h"

#define WHO_LEN 96u

static const char *who(const struct errand *e, char text[WHO_LEN])
{
	if (!e->filter)
		return "the helper";
	snprintf(text, WHO_LEN, "the filter '%s'", e->filter);
	return text;
}

/* What the user can do about it. */
static void advise(const struct errand *e)
{
	if (e->filter)
		failure_hint(e->f, "mask the personality that starts '%s' to "
			     "do without it ('filterctl explain' names it), "
			     "or mount with --keep-going to have the rest",
			     e->filter);
	else
		failure_hint(e->f, "what is on it may be damaged, or made to "
			     "attack, and was left alone; --keep-going mounts "
			     "the rest of its disk");
}

int complaint_protocol(const struct errand *e)
{
	char text[WHO_LEN];

	advise(e);
	return failure_set(e->f, -EPROTO, EXIT_FAILED,
			   "%s broke %s protocol while %s '%s'; nothing was "
			   "changed", who(e, text),
			   e->filter ? "the helper's" : "its", e->doing,
			   e->name);
}

int complaint_late(const struct errand *e)
{
	char text[WHO_LEN];

	advise(e);
	return failure_set(e->f, -ETIMEDOUT, EXIT_FAILED,
			   "%s took more than %u ms while %s '%s' and was "
			   "ended; nothing was changed", who(e, text),
			   (unsigned)e->patience_ms, e->doing, e->name);
}

int complaint_death(struct errand *e)
{
	int status = spawn_end(&e->pid);
	int by = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	char text[WHO_LEN], how[64];

	if (by == SIGXCPU)
		return complaint_late(e);
	if (by == SIGKILL)	/* ours, or the kernel's for want of memory */
		snprintf(how, sizeof(how), "hung up or was killed");
	else if (by != 0)
		snprintf(how, sizeof(how), "died (SIG%s)",
			 or_empty(sigabbrev_np(by)));
	else
		snprintf(how, sizeof(how), "ended early (exit code %d)",
			 WEXITSTATUS(status));
	advise(e);
	return failure_set(e->f, -ENOTRECOVERABLE, EXIT_FAILED,
			   "%s %s while %s '%s'; nothing was changed",
			   who(e, text), how, e->doing, e->name);
}

int complaint_result(const struct errand *e, const char *act, int error)
{
	char text[WHO_LEN], safe[ESCAPE_LEN(sizeof(e->why))];

	if (error == -ECANCELED)
		return complaint_protocol(e);
	if (*e->why)
		failure_set(e->f, error, failure_code(error),
			    "cannot %s '%s': %s", act, e->name,
			    escape(e->why, safe, sizeof(safe)));
	if (error != -ENOMEM)
		return failure_errno(e->f, error, "cannot %s '%s'", act,
				     e->name);
	advise(e);
	return failure_set(e->f, -EDQUOT, EXIT_FAILED,
			   "%s wanted more memory than it may have while %s "
			   "'%s'; nothing was changed", who(e, text), e->doing,
			   e->name);
}
