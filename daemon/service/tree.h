/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tree.h - the registry: all that lives, as a tree of entries
 *
 *	filterd
 *	+-o disk  <class whole, id 0x101, registered, matched, active>
 *	  +-o gpt  <class gpt, id 0x102 ...>
 *	    +-o disk1  <class partition ...>
 *	      +-o crypt  <class crypt ...>
 *	        +-o disk1.crypt  <class filtered ...>
 *
 * An entry is {id, class, name, registered, matched, active, busy, open,
 * holders (what stands on it, and its file if that is open), properties,
 * children}: a medium, or the map or filter that stands on one.
 * As I/O Kit's service plane; nothing that is started is not in it.
 */
#ifndef FILTERD_TREE_H
#define FILTERD_TREE_H

#include "service.h"

/* The entry of everything; the caller's. */
struct json_object *tree_describe(const struct service *service);

/*
 * The other plane: the stable names of volumes, {class: "alias", name:
 * "by-label/data", properties: {target}} below each source; I/O Kit has the
 * device tree there.  The caller's.
 */
struct json_object *tree_aliases(const struct service *service);

/*
 * The entries that @what means, without their children: "id:0x105" or
 * "0x105", "class:crypt", or a name or path.  An array, the caller's.
 */
struct json_object *tree_find(const struct service *service,
			      const char *what);

#endif /* FILTERD_TREE_H */
