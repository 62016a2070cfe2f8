/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fuzz-personality.c - any text as a personality file, and its drop-in
 *
 * What is read, written out and read again is the same; what is refused is
 * told, in words that a terminal can be given.  The conditions are tried on a
 * medium.  A line "#---" begins the drop-in.
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "medium.h"
#include "memory.h"
#include "personality.h"
#include "utf8.h"

#include "fuzz.h"

#define DROP_IN "#---\n"
#define LONGEST 12000u		/* escaped, still a line that can be read */

struct told {
	unsigned faults, warnings;
};

static void tell(void *arg, const struct ini_place *at, const char *message)
{
	struct told *told = arg;

	FUZZ_CHECK(at->file && at->line >= 1 && at->column >= 1);
	FUZZ_CHECK(message[0] != '\0');
	FUZZ_CHECK(utf8_valid(message, strlen(message)) == strlen(message));
	for (const char *s = message; *s; s++)
		FUZZ_CHECK((unsigned char)*s >= ' ' && *s != 0x7f);
	if (strncmp(message, "warning: ", 9) == 0)
		told->warnings++;
	else
		told->faults++;
}

/* A file in memory; *ret_path is how it is opened once more. */
static int put(const void *text, size_t len, char ret_path[32])
{
	int fd = memfd_create("personality", MFD_CLOEXEC);

	FUZZ_CHECK(fd >= 0 && write(fd, text, len) == (ssize_t)len);
	FUZZ_CHECK(lseek(fd, 0, SEEK_SET) == 0);
	snprintf(ret_path, 32, "/proc/self/fd/%d", fd);
	return fd;
}

/* NULL: it was refused. */
static struct personality *take(const void *text, size_t len,
				const void *more, size_t more_len)
{
	struct personality *personality = NULL;
	struct told told = { 0 };
	char path[32], drop_in[32];
	int fd = put(text, len, path);
	int more_fd = more ? put(more, more_len, drop_in) : -1;
	const char *const drop_ins[] = { more ? drop_in : NULL, NULL };
	int r = personality_read("x/50-vault.personality", fd, drop_ins, tell,
				 &told, &personality);

	FUZZ_CHECK(r == 0 || r == -EBADMSG);
	FUZZ_CHECK((r == 0) == (personality != NULL));
	FUZZ_CHECK((r == 0) == (told.faults == 0));
	close(fd);
	if (more)
		close(more_fd);
	return personality;
}

/* As a quoted word, with all that is not plain escaped. */
static void print_word(FILE *to, const char *word)
{
	putc('"', to);
	for (const unsigned char *s = (const void *)word; *s; s++) {
		if (*s == '"' || *s == '\\')
			fprintf(to, "\\%c", *s);
		else if (*s < ' ' || *s >= 0x7f)
			fprintf(to, "\\x%02X", *s);
		else
			putc(*s, to);
	}
	putc('"', to);
}

static void print(FILE *to, const struct personality *p)
{
	fprintf(to, "[Personality]\nName=%s\nModule=%s\n", p->name,
		or_empty(p->module));
	fprintf(to, "[Match]\nMatchCategory=%s\nProbeScore=%d\n",
		p->category, p->score);
	for (size_t i = 0; i < p->n_conditions; i++)
		for (size_t n = 0; n < p->conditions[i].n_words; n++) {
			fprintf(to, "%s=", p->conditions[i].key);
			print_word(to, p->conditions[i].words[n]);
			putc('\n', to);
		}
	fprintf(to, "[Module]\n");
	for (size_t i = 0; i < p->settings.n; i++) {
		fprintf(to, "Property.%s=", p->settings.list[i].key);
		print_word(to, p->settings.list[i].value);
		putc('\n', to);
	}
	fprintf(to, "[Policy]\nReadOnly=%s\n", p->read_only ? "yes" : "no");
	fprintf(to, "[ContentTable]\n");
	for (size_t i = 0; i < p->names.n; i++)
		fprintf(to, "0x%02X=%s\n", p->names.list[i].type,
			p->names.list[i].name);
}

static void check_same(const struct personality *a,
		       const struct personality *b)
{
	FUZZ_CHECK(streq(a->name, b->name));
	FUZZ_CHECK(streq(or_empty(a->module), or_empty(b->module)));
	FUZZ_CHECK(streq(a->category, b->category));
	FUZZ_CHECK(a->score == b->score && a->read_only == b->read_only);
	FUZZ_CHECK(a->n_conditions == b->n_conditions);
	for (size_t i = 0; i < a->n_conditions; i++) {
		const struct condition *x = &a->conditions[i];
		const struct condition *y = &b->conditions[i];

		FUZZ_CHECK(streq(x->key, y->key) && x->n_words == y->n_words);
		for (size_t n = 0; n < x->n_words; n++)
			FUZZ_CHECK(streq(x->words[n], y->words[n]));
	}
	FUZZ_CHECK(a->settings.n == b->settings.n);
	for (size_t i = 0; i < a->settings.n; i++) {
		const struct setting *x = &a->settings.list[i];
		const struct setting *y = &b->settings.list[i];

		FUZZ_CHECK(streq(x->key, y->key) && streq(x->value, y->value));
	}
	FUZZ_CHECK(a->names.n == b->names.n);
	for (size_t i = 0; i < a->names.n; i++) {
		const struct names_entry *x = &a->names.list[i];
		const struct names_entry *y = &b->names.list[i];

		FUZZ_CHECK(x->type == y->type && streq(x->name, y->name));
	}
}

static void print_and_take(const struct personality *personality)
{
	struct personality *again;
	char *text;
	size_t len;
	FILE *to = open_memstream(&text, &len);

	FUZZ_CHECK(to);
	print(to, personality);
	FUZZ_CHECK(fclose(to) == 0);
	again = take(text, len, NULL, 0);
	FUZZ_CHECK(again);
	check_same(personality, again);
	personality_free(again);
	free(text);
}

static struct medium *new_medium(void)
{
	static struct memory memory;
	struct medium *medium;

	if (!memory.bytes)
		memory_open(&memory, 64 << 10);
	memcpy(memory.bytes, "LUKS\xba\xbe", 6);
	medium = medium_new_whole("vault", &memory.store);
	FUZZ_CHECK(medium);
	strcpy(medium->hint, "Apple_HFS");
	strcpy(medium->scheme, "apple");
	strcpy(medium->signature.type, "crypto_LUKS");
	strcpy(medium->signature.label, "a \"label\"\n");
	return medium;
}

/* The same answer twice, and what the medium has, in any room for it. */
static void try_conditions(const struct personality *personality)
{
	struct medium *medium = new_medium();

	for (size_t i = 0; i < personality->n_conditions; i++) {
		const struct condition *c = &personality->conditions[i];
		char have[256], little[8];
		bool holds = condition_holds(c, medium, have, sizeof(have));

		FUZZ_CHECK(memchr(have, '\0', sizeof(have)));
		FUZZ_CHECK(condition_holds(c, medium, little,
					   sizeof(little)) == holds);
		FUZZ_CHECK(memchr(little, '\0', sizeof(little)));
	}
	medium_free(medium);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *more = memmem(data, size, DROP_IN, strlen(DROP_IN));
	struct personality *personality;

	if (size > LONGEST)
		return -1;
	personality = take(data, more ? (size_t)(more - data) : size, more,
			   more ? size - (size_t)(more - data) : 0);
	if (!personality)
		return 0;
	print_and_take(personality);
	try_conditions(personality);
	personality_free(personality);
	return 0;
}
