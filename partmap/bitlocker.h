/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * bitlocker.h - what opens a BitLocker volume, as its metadata tells
 */
#ifndef FILTERD_BITLOCKER_H
#define FILTERD_BITLOCKER_H

struct known_medium;

/* The id of the row that tells what can be done with it (known.h). */
const char *bitlocker_look(const struct known_medium *medium);

#endif /* FILTERD_BITLOCKER_H */
