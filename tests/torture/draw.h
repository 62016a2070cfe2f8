/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * draw.h - numbers that look drawn, and are the same for the same seed
 *
 * SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number
 * Generators, 2014).
 */
#ifndef DRAW_H
#define DRAW_H

#include <stddef.h>
#include <stdint.h>

struct draw {
	uint64_t state;
};

static inline uint64_t draw_any(struct draw *draw)
{
	uint64_t z = draw->state += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

/* From @first to @last, both included. */
static inline uint64_t draw_from(struct draw *draw, uint64_t first,
				 uint64_t last)
{
	uint64_t span = last - first + 1;

	return span == 0 ? draw_any(draw) : first + draw_any(draw) % span;
}

static inline void draw_bytes(struct draw *draw, void *buf, size_t len)
{
	unsigned char *at = buf;

	for (size_t i = 0; i < len; i++)
		at[i] = (unsigned char)draw_any(draw);
}

/* Turns one bit of @len bytes. */
static inline void draw_flip(struct draw *draw, unsigned char *at, size_t len)
{
	at[draw_from(draw, 0, len - 1)] ^=
		(unsigned char)(1u << draw_from(draw, 0, 7));
}

#endif /* DRAW_H */
