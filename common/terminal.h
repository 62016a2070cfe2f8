/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * terminal.h - a secret from the person at the keyboard
 */
#ifndef FILTERD_TERMINAL_H
#define FILTERD_TERMINAL_H

#include <stddef.h>
#include <sys/types.h>

/*
 * Opens the process's terminal.  A descriptor; -ENXIO: there is none, or
 * another job has the keyboard.
 */
int terminal_open(void);

/*
 * Prints @prompt (safe text) and reads a line that is not shown, into @buf
 * without its newline.  Waits until *cancelled (may be NULL) is set.  Returns
 * its length; -ECANCELED for that and for the interrupt key, whose signal is
 * sent when the terminal is itself again; -ENOKEY for the end of input; or a
 * negative errno.
 */
ssize_t terminal_read(int tty, const char *prompt, char *buf, size_t size,
		      const volatile int *cancelled);

/* Waits until @fd can be read.  0, -ECANCELED or a negative errno. */
int terminal_wait(int fd, const volatile int *cancelled);

void terminal_say(int tty, const char *text);

#endif /* FILTERD_TERMINAL_H */
