/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * liar.c - stands in for a helper that a foreign disk has taken over
 *
 * The label of the medium says which lie to tell.  Exit code 5: the daemon
 * gave an answer that it should not have.
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "partmap.h"
#include "util.h"
#include "wire.h"

static char *buffer;

static int call(struct wire_message m)
{
	if (wire_send(WIRE_SOCKET_FD, &m, -1) < 0 ||
	    wire_receive(WIRE_SOCKET_FD, &m, false, NULL) < 0)
		_exit(4);
	return m.result;
}

#define CALL(...) call((struct wire_message){ __VA_ARGS__ })

static void expect(int result, int wanted)
{
	if (result != wanted)
		_exit(5);
}

static void part(unsigned i, uint64_t base, uint64_t size)
{
	struct wire_scan *scan = (struct wire_scan *)buffer;

	memset(&scan->parts[i], 'x', sizeof(scan->parts[i]));
	scan->parts[i].base = base;
	scan->parts[i].size = size;
	scan->parts[i].number = i + 1;
}

/* Strings without an end, numbers that wrap, one part that is right. */
static void lie_about_parts(uint64_t size)
{
	memset(buffer, 'x', sizeof(struct partmap_signature));
	expect(CALL(.op = WIRE_SIGNATURE), 0);
	memset(buffer, 'x', sizeof(((struct wire_scan *)0)->why));
	part(0, size, 512);
	part(1, 512, UINT64_MAX);
	part(2, UINT64_MAX - 511, 1024);
	part(3, 512, size - 512);
	part(4, 512, 0);
	expect(CALL(.op = WIRE_SCAN, .count = 5), 0);
	for (unsigned i = 1; partmap_schemes[i]; i++)
		expect(CALL(.op = WIRE_SCAN, .off = i, .result = -ENODEV), 0);
	CALL(.op = WIRE_END);
}

static void lie_about_lengths(uint64_t size)
{
	expect(CALL(.op = WIRE_READ, .len = WIRE_BUFFER_LEN + 512), -EINVAL);
	expect(CALL(.op = WIRE_READ, .len = UINT64_MAX), -EINVAL);
	expect(CALL(.op = WIRE_READ, .len = 512, .off = size), -EINVAL);
	expect(CALL(.op = WIRE_READ, .len = 1024, .off = size - 512),
	       -EINVAL);
	expect(CALL(.op = WIRE_READ, .len = 1, .off = 1), -EINVAL);
	expect(CALL(.op = WIRE_MAP, .len = 512, .off = size), -EINVAL);
	/* There is no second medium here. */
	expect(CALL(.op = WIRE_READ, .count = 1, .len = 512), -EINVAL);
	expect(CALL(.op = WIRE_READ, .count = UINT32_MAX, .len = 512),
	       -EINVAL);
	expect(CALL(.op = WIRE_MAP, .count = 1, .len = 512), -EINVAL);
	expect(CALL(.op = WIRE_SECRET, .len = 1), -EINVAL);
	expect(CALL(.op = WIRE_SECRET, .off = UINT64_MAX, .len = 2),
	       -EINVAL);
	expect(CALL(.op = WIRE_ASK, .len = 0), -ENOKEY);
	CALL(.op = WIRE_END, .result = -EXDEV);
}

/* Each of these ends the errand; what follows is never answered. */
static void lie_once(const char *lie)
{
	if (streq(lie, "scheme"))
		CALL(.op = WIRE_SCAN, .off = 1);
	else if (streq(lie, "many parts"))
		CALL(.op = WIRE_SCAN, .count = PARTMAP_MAX_PARTS + 1);
	else if (streq(lie, "no errno"))
		CALL(.op = WIRE_SCAN, .result = INT32_MIN);
	else if (streq(lie, "canceled"))
		CALL(.op = WIRE_SCAN, .result = -ECANCELED);
	else if (streq(lie, "signatures"))
		while (CALL(.op = WIRE_SIGNATURE) == 0)
			;
	else if (streq(lie, "nothing"))
		CALL(.op = WIRE_END);
	else if (streq(lie, "signature alone") &&
		 CALL(.op = WIRE_SIGNATURE) == 0)
		CALL(.op = WIRE_END);
	else if (streq(lie, "result"))
		CALL(.op = WIRE_END, .result = 1);
	else if (streq(lie, "result below"))
		CALL(.op = WIRE_END, .result = INT32_MIN);
	else if (streq(lie, "op"))
		CALL(.op = 1000);
	else if (streq(lie, "text"))
		CALL(.op = WIRE_SAY, .len = WIRE_TEXT_LEN);
	else if (streq(lie, "kind"))
		CALL(.op = WIRE_ASK, .number = -1);
	else if (streq(lie, "ticket"))
		CALL(.op = WIRE_END, .len = WIRE_BUFFER_LEN + 1);
	else if (streq(lie, "deaf"))
		for (;;)
			(void)wire_send(WIRE_SOCKET_FD,
					&(struct wire_message){
					.op = WIRE_PROGRESS }, -1);
}

static void ask_for_ever(void)
{
	unsigned n = 0;

	buffer[0] = '\0';
	while (CALL(.op = WIRE_ASK, .number = FILTER_PASSPHRASE) == 0)
		n++;
	CALL(.op = WIRE_END, .result = n > 0 && n < 100 ? -EXDEV : -EBADE);
}

/* Each costs the daemon megabytes of reading. */
static void fetch_for_ever(void)
{
	unsigned n = 0;

	while (CALL(.op = WIRE_FILE) == 0 && n < 100)
		n++;
	CALL(.op = WIRE_END, .result = n > 0 && n < 100 ? -EXDEV : -EBADE);
}

/* An answer takes the daemon's time, and none of the patience with us. */
static void chatter(void)
{
	for (;;)
		CALL(.op = WIRE_PROGRESS);
}

static void say_for_ever(void)
{
	memcpy(buffer, "no end", 6);
	for (unsigned i = 0; i < 1000; i++)
		CALL(.op = WIRE_SAY, .number = FILTER_INFO, .len = 6);
	CALL(.op = WIRE_END, .result = -EXDEV);
}

int main(void)
{
	struct wire_errand errand;
	struct wire_message m;

	if (wire_receive(WIRE_SOCKET_FD, &m, false, NULL) < 0)
		return 4;
	buffer = mmap(NULL, WIRE_BUFFER_LEN, PROT_READ | PROT_WRITE,
		      MAP_SHARED, WIRE_BUFFER_FD, 0);
	if (buffer == MAP_FAILED)
		return 4;
	memcpy(&errand, buffer, sizeof(errand));
	if (streq(errand.medium.label, "parts"))
		lie_about_parts(errand.medium.size);
	else if (streq(errand.medium.label, "lengths"))
		lie_about_lengths(errand.medium.size);
	else if (streq(errand.medium.label, "asks"))
		ask_for_ever();
	else if (streq(errand.medium.label, "files"))
		fetch_for_ever();
	else if (streq(errand.medium.label, "chatter"))
		chatter();
	else if (streq(errand.medium.label, "says"))
		say_for_ever();
	else
		lie_once(errand.medium.label);
	return 5;
}
