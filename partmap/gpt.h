/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * gpt.h - the GUID Partition Table
 */
#ifndef FILTERD_GPT_H
#define FILTERD_GPT_H

#include <filterd/scheme.h>

extern const struct scheme gpt_scheme;

#endif /* FILTERD_GPT_H */
