/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * serve.h - the verb serve: the service in the foreground
 */
#ifndef FILTERD_SERVE_H
#define FILTERD_SERVE_H

int serve_verb(int argc, char **argv);	/* argv[0] is the verb; exit code */

#endif /* FILTERD_SERVE_H */
