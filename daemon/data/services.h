/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * services.h - what filter_next offers a started layer beside the data calls
 */
#ifndef FILTERD_SERVICES_H
#define FILTERD_SERVICES_H

#include "port.h"

/* Fills the [any], [data] and [job] services of a layer's own port. */
void services_init(struct port *port, struct layer *layer);

#endif /* FILTERD_SERVICES_H */
