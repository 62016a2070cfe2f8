/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * badge.h - a sign for udev that a kernel device is filterd's
 *
 * A file /run/filterd/badges/MAJOR:MINOR, for as long as the device is
 * attached; 65-filterd.rules looks for it, and gives the device
 * FILTERD_MEMBER=1 and UDISKS_IGNORE=1: desktops do not offer to open what they
 * could not have.  Root's alone.  What a killed filterd left goes with the next
 * one on that device, or with /run.
 */
#ifndef FILTERD_BADGE_H
#define FILTERD_BADGE_H

#include <sys/types.h>

/* udev looks at the device again after each.  Failing is nobody's concern: it
   is logged, for debugging. */
void badge_show(dev_t dev);
void badge_hide(dev_t dev);

#endif /* FILTERD_BADGE_H */
