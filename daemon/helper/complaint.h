/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * complaint.h - what is said of a helper that did not do its errand
 *
 * Each says in the errand's failure who did what on which medium, and what can
 * be done, and returns the error.
 */
#ifndef FILTERD_COMPLAINT_H
#define FILTERD_COMPLAINT_H

struct errand;

/* It said what nobody says.  -EPROTO. */
int complaint_protocol(const struct errand *errand);

/* It took longer than it may.  -ETIMEDOUT. */
int complaint_late(const struct errand *errand);

/* It hung up without a last word: ends the process, and says what of.
   -ENOTRECOVERABLE, or as late. */
int complaint_death(struct errand *errand);

/*
 * Its last word was @error.  @act: what could not be done ("probe").  Returns
 * @error; but memory that ran out there is -EDQUOT, and a cancel that nobody
 * asked for -EPROTO: they are no fault of the daemon's, which goes on.
 */
int complaint_result(const struct errand *errand, const char *act, int error);

#endif /* FILTERD_COMPLAINT_H */
