/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * product.h - the medium that a filter makes: the rules for it
 */
#ifndef FILTERD_PRODUCT_H
#define FILTERD_PRODUCT_H

#include "store.h"

/* The rule that @medium, made over @below, breaks; NULL: none. */
const char *product_broken_rule(const struct filter_medium *medium,
				const struct filter_medium *below);

/* Takes back what the filter left as it was below, and cannot do itself. */
void product_trim(const struct filter_ops *ops, struct filter_medium *medium);

/* As store.frees, of what @ops makes over @below. */
bool product_frees(const struct filter_ops *ops,
		   const struct filter_medium *medium,
		   const struct store *below);

#endif /* FILTERD_PRODUCT_H */
