/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ask.c - see ask.h
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "escape.h"
#include "log.h"
#include "util.h"

#include "ask.h"
#include "question.h"
#include "secret.h"
#include "terminal.h"

#define LINE_LEN PROMPT_SECRET_LEN
#define NAME_LEN 480u
#define SKIP_LEN 4096u
#define KEY_LEN ((size_t)16384)	/* what a key file is tried with */

struct secret_buf {
	char *at;
	size_t size;
};

static void cleanup_secret(const struct secret_buf *buf)
{
	secret_free(buf->at, buf->size);
}

#define _cleanup_secret_ _cleanup_(cleanup_secret)

/* Only what was used leaves the big buffer: the secret's pages are its own. */
static int give(const void *data, size_t len, struct filter_secret *ret)
{
	void *own = secret_new(len);

	if (!own)
		return -ENOMEM;
	memcpy(own, data, len);
	*ret = (struct filter_secret){ .data = own, .len = len };
	return 0;
}

void ask_secret_free(struct filter_secret *secret)
{
	secret_free((void *)secret->data, secret->len);
	*secret = (struct filter_secret){ 0 };
}

/* Reads until @len bytes or the end; returns how many. */
static ssize_t read_all(int fd, char *buf, size_t len,
			const volatile int *cancelled)
{
	size_t done = 0;

	while (done < len) {
		ssize_t n;
		int r = terminal_wait(fd, cancelled);

		if (r < 0)
			return r;
		n = read(fd, buf + done, len - done);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		done += (size_t)n;
	}
	return (ssize_t)done;
}

/* A pipe cannot seek: what is passed over is read and wiped. */
static int skip(int fd, uint64_t len, const volatile int *cancelled)
{
	char waste[SKIP_LEN];
	int r = 0;

	while (len > 0) {
		size_t want = (size_t)MIN(len, (uint64_t)sizeof(waste));
		ssize_t n = read_all(fd, waste, want, cancelled);

		if (n != (ssize_t)want) {
			r = n < 0 ? (int)n : -ENODATA;
			break;
		}
		len -= want;
	}
	explicit_bzero(waste, sizeof(waste));
	return r;
}

static void warn_of_mode(int fd, const char *name)
{
	struct stat st;

	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    (st.st_mode & 077) != 0)
		log_warning("key file '%s': others may use it (mode %03o); "
			    "chmod 600 makes it yours", name,
			    (unsigned)st.st_mode & 0777);
}

static int check_key_len(const struct ask *ask, size_t len, const char *name,
			 struct failure *f)
{
	if (ask->key_size > 0 && len < ask->key_size)
		return failure_set(f, -EINVAL, EXIT_KEY,
				   "key file '%s': only %zu bytes where %llu "
				   "are asked for", name, len,
				   (unsigned long long)ask->key_size);
	if (len > ASK_MAX_SECRET)
		return failure_set(f, -EFBIG, EXIT_KEY,
				   "key file '%s': longer than %u MiB", name,
				   ASK_MAX_SECRET >> 20);
	if (len == 0)
		return failure_set(f, -EINVAL, EXIT_KEY,
				   "key file '%s': nothing in it", name);
	return 0;
}

/* Grows: locked memory is scarce, and most keys are small. */
static int grow(struct secret_buf *buf, size_t size)
{
	char *at = secret_new(size);

	if (!at)
		return -ENOMEM;
	if (buf->at)
		memcpy(at, buf->at, buf->size);
	secret_free(buf->at, buf->size);
	*buf = (struct secret_buf){ .at = at, .size = size };
	return 0;
}

static ssize_t read_growing(int fd, struct secret_buf *buf, size_t most,
			    const volatile int *cancelled)
{
	size_t len = 0;

	for (;;) {
		size_t size = MAX(2 * len, KEY_LEN);
		ssize_t n;
		int r = grow(buf, MIN(most, size));

		if (r < 0)
			return r;
		n = read_all(fd, buf->at + len, buf->size - len, cancelled);
		if (n < 0)
			return n;
		len += (size_t)n;
		if (len < buf->size || len == most)
			return (ssize_t)len;
	}
}

static int read_key(const struct ask *ask, int fd, const char *name,
		    struct filter_secret *ret, struct failure *f)
{
	/* One byte more than allowed tells a file that is too long. */
	const size_t most = ask->key_size ? ask->key_size : ASK_MAX_SECRET + 1;
	_cleanup_secret_ struct secret_buf buf = { 0 };
	ssize_t n;
	int r;

	if (ask->key_size > ASK_MAX_SECRET)
		return failure_set(f, -EFBIG, EXIT_USAGE,
				   "key file '%s': at most %u MiB can be used",
				   name, ASK_MAX_SECRET >> 20);
	r = skip(fd, ask->key_offset, ask->cancelled);
	if (r == -ENODATA)
		return failure_set(f, -EINVAL, EXIT_KEY,
				   "key file '%s': ends before offset %llu",
				   name, (unsigned long long)ask->key_offset);
	n = r < 0 ? r : read_growing(fd, &buf, most, ask->cancelled);
	if (n == -ECANCELED)
		return (int)n;
	if (n < 0)
		return failure_errno(f, (int)n, "cannot read key file '%s'",
				     name);
	r = check_key_len(ask, (size_t)n, name, f);
	return r < 0 ? r : give(buf.at, (size_t)n, ret);
}

static int ask_key_file(const struct ask *ask, struct filter_secret *ret,
			struct failure *f)
{
	_cleanup_fd_ int fd = -1;
	char name[NAME_LEN];

	escape(ask->key_name ? ask->key_name : ask->key_file, name,
	       sizeof(name));
	if (streq(ask->key_file, "-"))
		return read_key(ask, STDIN_FILENO, "standard input", ret, f);
	fd = open(ask->key_file, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return failure_errno(f, -errno, "cannot open key file '%s'",
				     name);
	warn_of_mode(fd, name);
	return read_key(ask, fd, name, ret, f);
}

/* Read where it begins, each time; what cannot seek has one key. */
static int ask_key_fd(const struct ask *ask, struct filter_secret *ret,
		      struct failure *f)
{
	char name[NAME_LEN];

	escape(ask->key_name ? ask->key_name : "descriptor", name,
	       sizeof(name));
	(void)lseek(ask->fd, 0, SEEK_SET);
	warn_of_mode(ask->fd, name);
	return read_key(ask, ask->fd, name, ret, f);
}

/* Byte by byte: what follows the line is not ours. */
static int ask_line(const struct ask *ask, struct filter_secret *ret,
		  struct failure *f)
{
	_cleanup_secret_ struct secret_buf buf = {
		.at = secret_new(LINE_LEN), .size = LINE_LEN,
	};
	size_t len = 0;

	if (!buf.at)
		return failure_errno(f, -ENOMEM, "passphrase");
	while (len < buf.size) {
		ssize_t n = read_all(ask->fd, buf.at + len, 1, ask->cancelled);

		if (n == -ECANCELED)
			return (int)n;
		if (n < 0)
			return failure_errno(f, (int)n, "cannot read the "
					     "passphrase from its descriptor");
		if (n == 0 && len == 0)
			return failure_set(f, -ENOKEY, EXIT_KEY,
					   "there is no passphrase in "
					   "--passphrase-fd");
		if (n == 0 || buf.at[len] == '\n')
			return give(buf.at, len, ret);
		len++;
	}
	return failure_set(f, -E2BIG, EXIT_KEY, "the passphrase from "
			   "--passphrase-fd is longer than %u bytes",
			   LINE_LEN - 1);
}

static int ask_terminal(const struct ask *ask, const struct question *question,
			struct filter_secret *ret, struct failure *f)
{
	_cleanup_secret_ struct secret_buf buf = {
		.at = secret_new(PROMPT_SECRET_LEN), .size = PROMPT_SECRET_LEN,
	};
	const struct prompt prompt = {
		.what = question->what, .attempt = question->attempt,
		.twice = question->fresh, .cancelled = ask->cancelled,
	};
	ssize_t n;

	if (!buf.at)
		return failure_errno(f, -ENOMEM, "passphrase");
	n = prompt_read(&prompt, buf.at, f);
	return n < 0 ? (int)n : give(buf.at, (size_t)n, ret);
}

static int ask_agent(const struct ask *ask, const struct question *question,
		     struct filter_secret *ret, struct failure *f)
{
	_cleanup_secret_ struct secret_buf buf = {
		.at = secret_new(QUESTION_SECRET_LEN),
		.size = QUESTION_SECRET_LEN,
	};
	ssize_t n;

	if (question->attempt >= ASK_TRIES)
		return -ENOKEY;
	if (!buf.at)
		return failure_errno(f, -ENOMEM, "passphrase");
	n = question_ask(ask->fd, question, buf.at, ask->cancelled);
	if (n >= 0)
		return give(buf.at + 1, (size_t)n, ret);
	if (n == -ECANCELED)
		return (int)n;
	if (n == -ENOKEY)
		return failure_set(f, -ENOKEY, EXIT_KEY, "no answer");
	return failure_errno(f, (int)n, "cannot ask who asked for it");
}

static int ask_nobody(const struct question *question, struct failure *f)
{
	failure_hint(f, "--key-file or --passphrase-fd gives it");
	return failure_set(f, -ENOKEY, EXIT_KEY, "%s: there is nobody to ask",
			   question->what);
}

/* Somebody who can be told that it was wrong. */
static int ask_person(const struct ask *ask, int kind, const char *what,
		      unsigned attempt, struct filter_secret *ret,
		      struct failure *f)
{
	struct question question = {
		.attempt = attempt, .fresh = kind == FILTER_NEW_PASSPHRASE,
	};

	escape(what, question.what, sizeof(question.what) - 32);
	if (ask->fd_is != ASK_AGENT)
		return ask_terminal(ask, &question, ret, f);
	return ask->fd < 0 ? ask_nobody(&question, f) :
			     ask_agent(ask, &question, ret, f);
}

int ask_secret(const struct ask *ask, int kind, const char *what,
	       unsigned attempt, struct filter_secret *ret, struct failure *f)
{
	if (!ask->key_file && (ask->fd < 0 || ask->fd_is == ASK_AGENT))
		return ask_person(ask, kind, what, attempt, ret, f);
	if (attempt > 0)
		return -ENOKEY;		/* the same answer would come again */
	if (ask->key_file)
		return ask_key_file(ask, ret, f);
	return ask->fd_is == ASK_KEY ? ask_key_fd(ask, ret, f) :
				       ask_line(ask, ret, f);
}
