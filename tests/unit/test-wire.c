/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-wire.c - messages cross whole or not at all
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "wire.h"

#include "check.h"

static int ends[2];

static void open_ends(void)
{
	CU_ASSERT_EQUAL_FATAL(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends),
			      0);
}

static void close_ends(void)
{
	close(ends[0]);
	close(ends[1]);
}

static void test_message_crosses(void)
{
	struct wire_message out = { WIRE_READ, -5, 6, 7, 1ull << 40, 9 }, in;
	int fd = 77;

	open_ends();
	CU_ASSERT_EQUAL(wire_send(ends[0], &out, -1), 0);
	CU_ASSERT_EQUAL(wire_receive(ends[1], &in, false, &fd), 0);
	CU_ASSERT_EQUAL(memcmp(&out, &in, sizeof(in)), 0);
	CU_ASSERT_EQUAL(fd, -1);
	CU_ASSERT_EQUAL(wire_receive(ends[1], &in, true, NULL), -EAGAIN);
	close_ends();
}

static void test_descriptor_crosses(void)
{
	struct wire_message m = { .op = WIRE_REPLY };
	int fd = -1;

	open_ends();
	CU_ASSERT_EQUAL(wire_send(ends[0], &m, STDERR_FILENO), 0);
	CU_ASSERT_EQUAL(wire_receive(ends[1], &m, false, &fd), 0);
	CU_ASSERT_TRUE(fd >= 0);
	CU_ASSERT_EQUAL(fcntl(fd, F_GETFD), FD_CLOEXEC);
	close(fd);
	close_ends();
}

/* Nobody fills our table with descriptors that we did not ask for. */
static void test_unwanted_descriptor_is_dropped(void)
{
	struct wire_message m = { .op = WIRE_REPLY };
	int lowest = dup(0);

	close(lowest);
	open_ends();
	close_ends();
	open_ends();
	CU_ASSERT_EQUAL(wire_send(ends[0], &m, STDERR_FILENO), 0);
	CU_ASSERT_EQUAL(wire_receive(ends[1], &m, false, NULL), 0);
	close_ends();
	CU_ASSERT_EQUAL(dup(0), lowest);
	close(lowest);
}

static void test_other_sizes_are_no_messages(void)
{
	char bytes[sizeof(struct wire_message) + 1] = { 0 };
	struct wire_message m;

	open_ends();
	CU_ASSERT_TRUE(send(ends[0], bytes, sizeof(bytes), 0) > 0);
	CU_ASSERT_EQUAL(wire_receive(ends[1], &m, false, NULL), -EPROTO);
	CU_ASSERT_TRUE(send(ends[0], bytes, 1, 0) > 0);
	CU_ASSERT_EQUAL(wire_receive(ends[1], &m, false, NULL), -EPROTO);
	close_ends();
}

static void test_end_of_the_peer_is_seen(void)
{
	struct wire_message m = { .op = WIRE_REPLY };

	open_ends();
	close(ends[0]);
	CU_ASSERT_EQUAL(wire_receive(ends[1], &m, false, NULL), -ECONNRESET);
	CU_ASSERT_EQUAL(wire_send(ends[1], &m, -1), -EPIPE);
	close(ends[1]);
}

static void test_deaf_peer_holds_nobody_up(void)
{
	struct wire_message m = { .op = WIRE_REPLY };
	int r = 0;

	open_ends();
	for (unsigned i = 0; i < 100000 && r == 0; i++)
		r = wire_send(ends[0], &m, -1);
	CU_ASSERT_EQUAL(r, -EAGAIN);
	close_ends();
}

static void test_text_gets_an_end(void)
{
	char text[4] = { 'a', 'b', 'c', 'd' };

	CU_ASSERT_FALSE(wire_end_text(text, sizeof(text)));
	CU_ASSERT_STRING_EQUAL(text, "abc");
	CU_ASSERT_TRUE(wire_end_text(text, sizeof(text)));
}

CHECK_SUITE("wire",
	    CHECK(test_message_crosses),
	    CHECK(test_descriptor_crosses),
	    CHECK(test_unwanted_descriptor_is_dropped),
	    CHECK(test_other_sizes_are_no_messages),
	    CHECK(test_end_of_the_peer_is_seen),
	    CHECK(test_deaf_peer_holds_nobody_up),
	    CHECK(test_text_gets_an_end))
