/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * drawing.c - see drawing.h
 */
#include <errno.h>
#include <langinfo.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wchar.h>

#include "cleanup.h"
#include "drawing.h"
#include "escape.h"
#include "export.h"
#include "loops.h"
#include "parse.h"
#include "util.h"
#include "wording.h"

#define COLUMNS 4
#define FATE (COLUMNS - 1)

/* The pieces a tree is drawn with. */
struct pen {
	const char *tee, *last, *bar, *gap;
};

static const struct pen lines = { "├─", "└─", "│ ", "  " };
static const struct pen plain = { "|-", "`-", "| ", "  " };

struct row {
	char *cells[COLUMNS];
};

struct sheet {
	const struct pen *pen;
	struct row *rows;
	size_t n;
};

static const struct pen *choose_pen(void)
{
	return streq(nl_langinfo(CODESET), "UTF-8") ? &lines : &plain;
}

/* Columns on the screen; bytes where the locale does not know the text. */
static size_t width(const char *text)
{
	size_t n = mbstowcs(NULL, text, 0);
	_cleanup_free_ wchar_t *wide = NULL;
	int columns;

	if (n == (size_t)-1)
		return strlen(text);
	wide = calloc(n + 1, sizeof(*wide));
	if (!wide)
		return strlen(text);
	(void)mbstowcs(wide, text, n + 1);
	columns = wcswidth(wide, n);
	return columns < 0 ? strlen(text) : (size_t)columns;
}

static void sheet_clear(struct sheet *sheet)
{
	for (size_t i = 0; i < sheet->n; i++)
		for (size_t c = 0; c < COLUMNS; c++)
			free(sheet->rows[i].cells[c]);
	free(sheet->rows);
}

static int sheet_add(struct sheet *sheet, const char *branch,
		     const struct medium *medium)
{
	char kind[WORDING_LEN], fate[2 * WORDING_LEN], size[FORMAT_SIZE_LEN];
	struct row *rows, *row;

	rows = reallocarray(sheet->rows, sheet->n + 1, sizeof(*rows));
	if (!rows)
		return -ENOMEM;
	sheet->rows = rows;
	row = &rows[sheet->n++];
	*row = (struct row){ 0 };
	if (asprintf(&row->cells[0], "%s%s", branch, medium->name) < 0)
		row->cells[0] = NULL;
	row->cells[1] = strdup(wording_kind(medium, kind, sizeof(kind)));
	row->cells[2] = strdup(format_size(store_size(medium->store), size));
	row->cells[3] = strdup(wording_fate(medium, fate, sizeof(fate)));
	for (size_t c = 0; c < COLUMNS; c++)
		if (!row->cells[c])
			return -ENOMEM;
	return 0;
}

/* @indent is what stands before the branches of @medium's children. */
static int sheet_fill(struct sheet *sheet, const struct medium *medium,
		      const char *indent)
{
	const struct pen *pen = sheet->pen;
	int r = 0;

	for (const struct medium *child = medium->children; child && r == 0;
	     child = child->next) {
		_cleanup_free_ char *branch = NULL, *deeper = NULL;

		if (asprintf(&branch, "%s%s", indent,
			     child->next ? pen->tee : pen->last) < 0 ||
		    asprintf(&deeper, "%s%s", indent,
			     child->next ? pen->bar : pen->gap) < 0)
			return -ENOMEM;
		r = sheet_add(sheet, branch, child);
		if (r == 0)
			r = sheet_fill(sheet, child, deeper);
	}
	return r;
}

static void sheet_print(FILE *out, const struct sheet *sheet)
{
	size_t widest[COLUMNS] = { 0 };

	for (size_t i = 0; i < sheet->n; i++)
		for (size_t c = 0; c < COLUMNS; c++)
			widest[c] = MAX(widest[c],
					width(sheet->rows[i].cells[c]));

	for (size_t i = 0; i < sheet->n; i++) {
		fprintf(out, "  ");
		for (size_t c = 0; c < COLUMNS; c++) {
			const char *cell = sheet->rows[i].cells[c];
			int pad = (int)(widest[c] - width(cell));

			/* Sizes stand at the right of their column. */
			if (c == FATE)
				fprintf(out, "%s\n", cell);
			else if (c == 2)
				fprintf(out, "%*s%s  ", pad, "", cell);
			else
				fprintf(out, "%s%*s  ", cell, pad, "");
		}
	}
}

int drawing_tree(FILE *out, const struct stack *stack)
{
	const struct medium *root = stack->source->root;
	const struct filter_medium *face = &root->store->medium;
	struct sheet sheet = { .pen = choose_pen() };
	char path[WORDING_LEN], kind[WORDING_LEN], size[FORMAT_SIZE_LEN];
	int r;

	fprintf(out, "%s: %s, %s, %u-byte sectors%s\n",
		escape(stack->source->path, path, sizeof(path)),
		wording_kind(root, kind, sizeof(kind)),
		format_size(store_size(root->store), size), face->granule,
		face->writable ? "" : ", read-only");
	r = sheet_add(&sheet, "", root);
	if (r == 0)
		r = sheet_fill(&sheet, root, "");
	if (r == 0)
		sheet_print(out, &sheet);
	sheet_clear(&sheet);
	return r;
}

void drawing_volumes(FILE *out, const struct medium *const *media)
{
	char path[WORDING_LEN], size[FORMAT_SIZE_LEN];
	size_t widest = 0;

	for (size_t i = 0; media[i]; i++) {
		escape(export_path(media[i]->export), path, sizeof(path));
		widest = MAX(widest, width(path));
	}
	fprintf(out, "\n");
	for (; *media; media++) {
		const struct filter_medium *face = &(*media)->store->medium;

		escape(export_path((*media)->export), path, sizeof(path));
		fprintf(out, "  %s%*s  %10s  %s%s%s\n", path,
			(int)(widest - width(path)), "",
			format_size(store_size((*media)->store), size),
			face->writable ? "read-write" : "read-only",
			loops_path(*media) ? "  " : "",
			or_empty(loops_path(*media)));
	}
}

/* The volume that a person most likely came for: above a filter, the
   highest; else the last one that can be written.  NULL: none to mount. */
static const struct medium *choose(const struct medium *const *media)
{
	const struct medium *best = NULL;

	for (; *media; media++) {
		const struct medium *medium = *media;

		if (medium_known(medium))
			continue;
		if (!best || medium->depth > best->depth ||
		    (medium->depth == best->depth &&
		     medium->store->medium.writable &&
		     !best->store->medium.writable))
			best = medium;
	}
	return best;
}

/* Who is not root may not mount, and root may not look into his file. */
static void print_mount(FILE *out, const struct medium *medium,
			const char *word)
{
	bool ext = strncmp(medium->signature.type, "ext", 3) == 0;
	const char *ro = medium->store->medium.writable ? "" : ",ro";

	/* Read-only and unknown: there is nothing to mount. */
	if (medium->signature.type[0] == '\0' && *ro) {
		fprintf(out, "  file -s %s\n", word);
		return;
	}
	if (loops_path(medium))
		fprintf(out, "  mount %s%s /mnt\n", *ro ? "-r " : "",
			loops_path(medium));
	else if (geteuid() == 0)
		fprintf(out, "  mount -o loop%s %s /mnt\n", ro, word);
	else if (ext)
		fprintf(out, "  fuse2fs -o fakeroot%s %s ~/mnt\n", ro, word);
	else
		fprintf(out, "  file -s %s\n", word);
}

void drawing_next(FILE *out, const struct medium *const *media)
{
	const struct medium *medium;
	char word[WORDING_LEN], path[WORDING_LEN];

	medium = choose(media);
	if (!medium)
		return;
	escape_word(export_path(medium->export), word, sizeof(word));
	escape(word, path, sizeof(path));
	fprintf(out, "\nnext:\n");
	if (medium->signature.type[0] == '\0' &&
	    medium->store->medium.writable)
		fprintf(out, "  mkfs.ext4 %s  (if it is new: nothing known "
			     "is on it)\n", path);
	print_mount(out, medium, path);
}
