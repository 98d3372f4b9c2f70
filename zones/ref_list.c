/* ref_list.c -- references, as many as come. */
#include "zones/ref_list.h"

#include <stdlib.h>

enum status
ref_list_add(struct ref_list *list, ref added)
{
	if (list->count == list->cap) {
		size_t cap = list->cap == 0 ? 64 : list->cap * 2;
		ref *refs = realloc(list->refs, cap * sizeof(refs[0]));
		if (refs == NULL)
			return STATUS_NO_MEMORY;
		list->refs = refs;
		list->cap = cap;
	}
	list->refs[list->count++] = added;
	return STATUS_OK;
}
