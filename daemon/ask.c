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
#include "secret.h"
#include "terminal.h"

#define LINE_LEN 4096u		/* the terminal's own limit */
#define PROMPT_LEN 512u
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
	char name[PROMPT_LEN];
	_cleanup_fd_ int fd = -1;

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

/* Byte by byte: what follows the line is not ours. */
static int ask_fd(const struct ask *ask, struct filter_secret *ret,
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

static int say_unread(ssize_t n, struct failure *f)
{
	if (n == -ECANCELED)
		return (int)n;
	if (n == -ENOKEY)
		return failure_set(f, -ENOKEY, EXIT_KEY, "no answer");
	return failure_errno(f, (int)n, "cannot read from the terminal");
}

/* A new passphrase is typed twice: nobody sees what he types. */
static int read_again(int tty, const char *what, const struct secret_buf *buf,
		      size_t len, const struct ask *ask, struct failure *f)
{
	_cleanup_secret_ struct secret_buf second = {
		.at = secret_new(LINE_LEN), .size = LINE_LEN,
	};
	char prompt[PROMPT_LEN];
	ssize_t n;

	if (!second.at)
		return failure_errno(f, -ENOMEM, "passphrase");
	snprintf(prompt, sizeof(prompt), "%s, once more: ", what);
	n = terminal_read(tty, prompt, second.at, second.size,
			  ask->cancelled);
	if (n < 0)
		return say_unread(n, f);
	if ((size_t)n == len && memcmp(buf->at, second.at, len) == 0)
		return 0;
	terminal_say(tty, "The two differ.\n");
	return -EAGAIN;
}

static int read_from(int tty, const struct ask *ask, int kind,
		     const char *what, struct filter_secret *ret,
		     struct failure *f)
{
	_cleanup_secret_ struct secret_buf buf = {
		.at = secret_new(LINE_LEN), .size = LINE_LEN,
	};
	char prompt[PROMPT_LEN];
	ssize_t n;
	int r;

	if (!buf.at)
		return failure_errno(f, -ENOMEM, "passphrase");
	snprintf(prompt, sizeof(prompt), "%s: ", what);
	for (unsigned i = 0; i < ASK_TRIES; i++) {
		n = terminal_read(tty, prompt, buf.at, buf.size,
				  ask->cancelled);
		if (n < 0)
			return say_unread(n, f);
		r = kind == FILTER_NEW_PASSPHRASE ?
			read_again(tty, what, &buf, (size_t)n, ask, f) : 0;
		if (r == 0)
			return give(buf.at, (size_t)n, ret);
		if (r != -EAGAIN)
			return r;
	}
	return failure_set(f, -ENOKEY, EXIT_KEY,
			   "the two passphrases differed each time");
}

static int ask_terminal(const struct ask *ask, int kind, const char *what,
			unsigned attempt, struct filter_secret *ret,
			struct failure *f)
{
	_cleanup_fd_ int tty = -1;
	char safe[PROMPT_LEN - 32];

	if (attempt >= ASK_TRIES)
		return -ENOKEY;
	tty = terminal_open();
	if (tty < 0) {
		failure_hint(f, "--key-file or --passphrase-fd gives it "
			     "without a terminal");
		return failure_set(f, -ENOKEY, EXIT_KEY, "%s: there is no "
				   "terminal to ask at",
				   escape(what, safe, sizeof(safe)));
	}
	if (attempt > 0)
		terminal_say(tty, "That does not open it.\n");
	return read_from(tty, ask, kind, escape(what, safe, sizeof(safe)),
			 ret, f);
}

int ask_secret(const struct ask *ask, int kind, const char *what,
	       unsigned attempt, struct filter_secret *ret, struct failure *f)
{
	if (!ask->key_file && ask->fd < 0)
		return ask_terminal(ask, kind, what, attempt, ret, f);
	if (attempt > 0)
		return -ENOKEY;		/* the same answer would come again */
	if (ask->key_file)
		return ask_key_file(ask, ret, f);
	return ask_fd(ask, ret, f);
}
