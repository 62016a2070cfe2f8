/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * engine.h - the private verb engine: what filterctl starts when it needs a
 * disk looked at
 *
 * Serves org.filterd.Manager on descriptor 3, a socket of its parent, with the
 * parent's rights and terminal, and without FUSE.  Ends with the connection.
 */
#ifndef FILTERD_ENGINE_H
#define FILTERD_ENGINE_H

int engine_verb(int argc, char **argv);

#endif /* FILTERD_ENGINE_H */
