/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * hangup.c - who asks and does not wait for the answer
 *
 *	hangup SOCKET METHOD PARAMETERS TIMES
 *
 * Connects, calls METHOD for several answers with PARAMETERS (JSON), and closes
 * the connection at once; one time after the other.  Exits with 0 when each
 * call was sent whole.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int call(const struct sockaddr_un *address, const char *text, size_t len)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int r = -1;

	if (fd < 0)
		return r;
	if (connect(fd, (const struct sockaddr *)address,
		    sizeof(*address)) == 0 &&
	    send(fd, text, len, MSG_NOSIGNAL) == (ssize_t)len)
		r = 0;
	(void)close(fd);
	return r;
}

int main(int argc, char **argv)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	char text[4096];
	int len;

	if (argc != 5 || strlen(argv[1]) >= sizeof(address.sun_path)) {
		fprintf(stderr, "usage: hangup SOCKET METHOD PARAMETERS "
			"TIMES\n");
		return 2;
	}
	strcpy(address.sun_path, argv[1]);
	len = snprintf(text, sizeof(text), "{\"method\":\"%s\","
		       "\"parameters\":%s,\"more\":true}", argv[2], argv[3]);
	if (len < 0 || (size_t)len >= sizeof(text))
		return 2;
	for (long left = strtol(argv[4], NULL, 10); left > 0; left--)
		if (call(&address, text, (size_t)len + 1) < 0) {
			perror("hangup");
			return 1;
		}
	return 0;
}
