/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * top.c - the verb top: what each level does now, the busiest first
 *
 * A picture is drawn over the last one with the few control sequences that
 * every terminal knows.  Where the output is none, pictures follow each other.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "tally.h"
#include "util.h"
#include "verb.h"

#define DEFAULT_MS	1000u
#define HEADING_ROWS	3
#define WIDE		100	/* columns: there is room for all figures */

static const char about[] =
	"Shows what the devices, filters and volumes of the service, or of the\n"
	"source or volume NAME, do now: the busiest first, until q is pressed.";

struct top {
	struct verb verb;
	uint64_t interval_ms, times;
	const char *name;
	bool terminal;
};

/* The terminal, and what it was before. */
static struct termios before;
static bool changed;
static volatile sig_atomic_t interrupted;

static void interrupt(int signal)
{
	(void)signal;
	interrupted = 1;
}

/* Keys come at once and are not shown; what is below is another screen. */
static void take_terminal(void)
{
	struct sigaction action = { .sa_handler = interrupt };
	struct termios raw;

	(void)sigaction(SIGINT, &action, NULL);
	(void)sigaction(SIGTERM, &action, NULL);
	if (tcgetattr(STDIN_FILENO, &before) == 0) {
		raw = before;
		raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
		changed = tcsetattr(STDIN_FILENO, TCSANOW, &raw) == 0;
	}
	printf("\033[?1049h\033[?25l");
}

static void give_terminal_back(void)
{
	printf("\033[?25h\033[?1049l");
	fflush(stdout);
	if (changed)
		(void)tcsetattr(STDIN_FILENO, TCSANOW, &before);
}

/* What there is room for: all, where it is no terminal or tells nothing. */
static struct winsize room(const struct top *top)
{
	struct winsize size;

	if (!top->terminal || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 ||
	    size.ws_row == 0 || size.ws_col == 0)
		return (struct winsize){ .ws_row = UINT16_MAX,
					 .ws_col = UINT16_MAX };
	return size;
}

static uint64_t bytes_of(const struct tally *tally)
{
	return tally->kinds[TALLY_READ].bytes +
	       tally->kinds[TALLY_WRITE].bytes;
}

static uint64_t count_of(const struct tally *tally)
{
	uint64_t count = 0;

	for (unsigned i = 0; i < TALLY_KINDS; i++)
		count += tally->kinds[i].count;
	return count;
}

/* The busiest first; of those alike, in the order they came. */
static int compare(const void *a, const void *b)
{
	const struct tally *one = *(const struct tally *const *)a;
	const struct tally *other = *(const struct tally *const *)b;

	if (bytes_of(one) != bytes_of(other))
		return bytes_of(one) < bytes_of(other) ? 1 : -1;
	if (count_of(one) != count_of(other))
		return count_of(one) < count_of(other) ? 1 : -1;
	return one < other ? -1 : one > other;
}

static void print_side(const struct tally_count *count, double seconds)
{
	char text[HISTOGRAM_TIME_LEN] = "-";

	if (count->count > 0)
		(void)histogram_format(histogram_quantile(count->times, 990),
				       text);
	printf(" %7.1f %6.0f %7s", (double)count->bytes / 1e6 / seconds,
	       (double)count->count / seconds, text);
}

static void print_line(const struct tally *tally, double seconds, bool wide)
{
	uint64_t running = 0, errors = 0;

	for (unsigned i = 0; i < TALLY_KINDS; i++) {
		running += tally->kinds[i].running;
		errors += tally->kinds[i].errors;
	}
	printf("%-22.22s %-10.10s", tally->medium,
	       tally->filter[0] ? tally->filter : tally->level);
	print_side(&tally->kinds[TALLY_READ], seconds);
	print_side(&tally->kinds[TALLY_WRITE], seconds);
	if (wide)
		printf(" %7.0f %4llu %6llu",
		       (double)tally->kinds[TALLY_FLUSH].count / seconds,
		       (unsigned long long)running,
		       (unsigned long long)errors);
	printf("\n");
}

static int draw(const struct top *top, const struct tallies *between)
{
	const struct tally **order = calloc(between->n + 1, sizeof(*order));
	double seconds = (double)MAX(between->now, UINT64_C(1)) / 1e9;
	struct winsize size = room(top);
	bool wide = size.ws_col >= WIDE;

	if (!order)
		return -ENOMEM;
	for (size_t i = 0; i < between->n; i++)
		order[i] = &between->list[i];
	qsort(order, between->n, sizeof(*order), compare);
	if (top->terminal)
		printf("\033[H\033[J");
	printf("%-33s %22s %22s\n", "", "------- reads --------",
	       "------- writes -------");
	printf("%-22s %-10s %7s %6s %7s %7s %6s %7s%s\n", "MEDIUM", "LEVEL",
	       "MB/s", "IOPS", "p99", "MB/s", "IOPS", "p99",
	       wide ? " FLUSHES  NOW ERRORS" : "");
	for (size_t i = 0; i < between->n &&
	     i + HEADING_ROWS < size.ws_row; i++)
		print_line(order[i], seconds, wide);
	fflush(stdout);
	free(order);
	return 0;
}

/* Whether it is to go on after the interval. */
static bool wait_for_key(const struct top *top)
{
	struct pollfd in = { .fd = STDIN_FILENO, .events = POLLIN };
	char key = 0;

	if (!top->terminal || !changed)
		in.fd = -1;
	if (poll(&in, 1, (int)MIN(top->interval_ms, UINT64_C(3600000))) > 0 &&
	    read(STDIN_FILENO, &key, 1) <= 0)
		return false;
	return key != 'q' && key != 'Q' && !interrupted;
}

static int watch(struct top *top)
{
	struct tallies last;
	int r = tallies_ask(top->name, &last, &top->verb.failure);

	if (r < 0)
		return r;
	for (uint64_t i = 0; r == 0 && (top->times == 0 || i < top->times) &&
	     wait_for_key(top); i++) {
		struct tallies now, between = { 0 };

		r = tallies_ask(top->name, &now, &top->verb.failure);
		if (r < 0)
			break;
		r = tallies_between(&last, &now, &between);
		if (r == 0)
			r = draw(top, &between);
		tallies_clear(&between);
		tallies_clear(&last);
		last = now;
	}
	tallies_clear(&last);
	return r;
}

int verb_top(int argc, char **argv)
{
	struct top top = { .interval_ms = DEFAULT_MS };
	struct failure *f = &top.verb.failure;
	const struct options_entry entries[] = {
		{ "interval", 'i', OPTIONS_TIME, "TIME",
		  "between two pictures; 1 second", &top.interval_ms },
		{ "count", 'n', OPTIONS_NUMBER, "N",
		  "so many pictures, then end", &top.times },
		{ NULL },
	};
	const struct options_usage usage = {
		"filterctl top", "[NAME]", about, entries,
	};
	int first, r = options_parse(&usage, argc, argv, &first, f);

	if (r == 0 && argc - first > 1)
		r = options_misused(&usage, "top takes one NAME", f);
	if (r == 0 && top.interval_ms == 0)
		r = options_misused(&usage, "--interval must be more than 0",
				    f);
	if (r == 0) {
		top.name = first < argc ? argv[first] : NULL;
		top.terminal = isatty(STDOUT_FILENO);
		if (top.terminal)
			take_terminal();
		r = watch(&top);
		if (top.terminal)
			give_terminal_back();
	}
	return verb_end(&top.verb, r);
}
