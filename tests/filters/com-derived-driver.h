/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * com-derived-driver.h - what the module offers to those that need it
 */
#ifndef COM_DERIVED_DRIVER_H
#define COM_DERIVED_DRIVER_H

struct com_derived_driver {
	int (*answer)(int question);	/* any thread */
};

#endif /* COM_DERIVED_DRIVER_H */
