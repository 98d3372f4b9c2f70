/* ref_list.h -- references, as many as come.
 *
 * Threads:   one.
 * Memory:    the list begins as {0}; its owner frees `refs`.
 * Errors:    no memory: the list stays as it was.
 * Standards: none.
 */
#ifndef GLUED_ZONES_REF_LIST_H
#define GLUED_ZONES_REF_LIST_H

#include "zones/store.h"

struct ref_list {
	ref *refs;
	size_t count;
	size_t cap;
};

NODISCARD enum status ref_list_add(struct ref_list *list, ref added);

#endif
