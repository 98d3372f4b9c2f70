/* version.c -- reading what a version holds. */
#include "zones/version.h"

#include <stdlib.h>

#include "zones/memory.h"

const struct node_entry *
node_find(const struct node *node, uint16_t rrtype)
{
	for (unsigned i = 0; i < node->entry_count; i++) {
		if (node->entries[i].rrtype == rrtype)
			return &node->entries[i];
	}
	return NULL;
}

static struct rr_cursor
cursor_at(const struct rrset *rrset, const uint8_t *at)
{
	if (at == rrset->data + rrset->data_len)
		return (struct rr_cursor){0};
	return (struct rr_cursor){.rdata = at + sizeof(uint16_t), .rdlen = be16_read(at)};
}

struct rr_cursor
rr_first(const struct rrset *rrset)
{
	return cursor_at(rrset, rrset->data);
}

struct rr_cursor
rr_next(const struct rrset *rrset, struct rr_cursor at)
{
	return cursor_at(rrset, at.rdata + at.rdlen);
}

void
zone_version_free(struct zone_version *version)
{
	if (version == NULL)
		return;
	memory_free(version->memory, version->len);
	free(version);
}
