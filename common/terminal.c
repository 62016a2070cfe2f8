/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * terminal.c - see terminal.h
 *
 * While nothing is shown, the keys that send signals only end the line: a
 * process that stopped or died in the middle would leave a dumb terminal.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "cleanup.h"

#include "terminal.h"

#define WAIT_MS 100	/* how soon a cancel is seen */

int terminal_open(void)
{
	_cleanup_fd_ int tty = open("/dev/tty",
				    O_RDWR | O_CLOEXEC | O_NOCTTY);

	if (tty < 0 || tcgetpgrp(tty) != getpgrp())
		return -ENXIO;
	return take_fd(&tty);
}

void terminal_say(int tty, const char *text)
{
	size_t len = strlen(text);

	while (len > 0) {
		ssize_t n = write(tty, text, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return;		/* the read after it will fail too */
		text += n;
		len -= (size_t)n;
	}
}

int terminal_wait(int fd, const volatile int *cancelled)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	for (;;) {
		int n = poll(&p, 1, WAIT_MS);

		if (cancelled && __atomic_load_n(cancelled, __ATOMIC_RELAXED))
			return -ECANCELED;
		if (n > 0)
			return 0;
		if (n < 0 && errno != EINTR)
			return -errno;
	}
}

/* Silent; the interrupt key is a second newline, other signals have none. */
static int hide(int tty, struct termios *ret_old)
{
	struct termios quiet;

	if (tcgetattr(tty, ret_old) < 0)
		return -errno;
	quiet = *ret_old;
	quiet.c_lflag &= ~(tcflag_t)(ECHO | ECHOE | ECHOK | ECHONL | ISIG);
	quiet.c_lflag |= ICANON;
	quiet.c_iflag |= ICRNL;
	quiet.c_cc[VEOL] = quiet.c_cc[VINTR];
	return tcsetattr(tty, TCSAFLUSH, &quiet) < 0 ? -errno : 0;
}

static ssize_t read_line(int tty, char *buf, size_t size, char interrupt,
			 const volatile int *cancelled)
{
	ssize_t n;
	int r = terminal_wait(tty, cancelled);

	if (r < 0)
		return r;
	do
		n = read(tty, buf, size);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	if (n == 0)
		return -ENOKEY;
	if (buf[n - 1] == '\n')
		return n - 1;
	if (interrupt != _POSIX_VDISABLE && buf[n - 1] == interrupt)
		return -EINTR;
	return (size_t)n == size ? -E2BIG : n;
}

ssize_t terminal_read(int tty, const char *prompt, char *buf, size_t size,
		      const volatile int *cancelled)
{
	struct termios old;
	ssize_t n;
	int r = hide(tty, &old);

	if (r < 0)
		return r;
	terminal_say(tty, prompt);
	n = read_line(tty, buf, size, (char)old.c_cc[VINTR], cancelled);
	(void)tcsetattr(tty, TCSAFLUSH, &old);	/* nothing else to try */
	terminal_say(tty, "\n");
	if (n != -EINTR)
		return n;
	(void)kill(getpid(), SIGINT);
	return -ECANCELED;
}
