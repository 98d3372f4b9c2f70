/* version.c -- reading what a version holds. */
#include "zones/version.h"

#include <stdlib.h>

#include "zones/template.h"

const struct rrset *
entry_rrset(const struct zone_version *version, const struct node_entry *entry)
{
	const void *at = version_at(version, entry->ref);
	if (entry->flags & ENTRY_TEMPLATE)
		at = version_at(version, ((const struct template *)at)->rrset);
	return at;
}

size_t
node_len(const struct node *node)
{
	return sizeof(*node) + node->entry_count * sizeof(node->entries[0]) + node->label_len;
}

size_t
rrset_len(const struct rrset *rrset)
{
	const uint8_t *end = rrset->data;
	for (struct rr_cursor rr = rr_first(rrset); rr.rdata != NULL; rr = rr_next(rr))
		end = rr.rdata + rr.rdlen;
	return (size_t)(end - (const uint8_t *)rrset);
}

uint32_t
version_serial(const struct zone_version *version)
{
	struct rr_cursor soa = rr_first(version_at(version, version->image->soa));
	return be32_read(soa.rdata + soa.rdlen - 5 * sizeof(uint32_t));
}

struct zone_version *
zone_version_first(struct store *store, size_t image_off)
{
	store->first.image = (const struct zone_image *)(store_base(store) + image_off);
	store->first.store = store;
	return &store->first;
}

void
zone_version_free(struct zone_version *version)
{
	if (version == NULL)
		return;
	struct store *store = version->store;
	if (version != &store->first)
		free(version);
	store_release(store);
}
