/* zone_records.c -- from a version back to records. */
#include "zones/zone_records.h"

#include "zones/dname.h"
#include "zones/visit.h"

static enum status
rrset_put(struct zone *zone, const uint8_t *owner, const struct rrset *rrset)
{
	zone->rrsets[zone->rrset_count++] = (struct zone_rrset){
	    .owner = owner,
	    .first_rr_idx = (uint32_t)zone->rr_count,
	    .rr_count = rrset->rr_count,
	    .ttl = rrset->ttl,
	    .rrtype = rrset->rrtype,
	};
	for (struct rr_cursor rr = rr_first(rrset); rr.rdata != NULL; rr = rr_next(rr)) {
		struct zone_rr *added = &zone->rrs[zone->rr_count++];
		added->place = 0;
		enum status status =
		    zone_memory_rdata(zone->memory, rr.rdata, rr.rdlen, &added->rdata);
		if (status != STATUS_OK)
			return status;
	}
	return STATUS_OK;
}

static enum status
node_put(struct zone *zone, const struct zone_version *version, const struct visit *visit)
{
	const struct node *node = visit->node;
	if (!node_has_rrsets(node))
		return STATUS_OK;
	const uint8_t *owner =
	    zone_memory_copy(zone->memory, visit->owner, dname_len(visit->owner));
	if (owner == NULL)
		return STATUS_NO_MEMORY;
	zone->name_count++;
	enum status status = STATUS_OK;
	for (unsigned i = node_first_rrset(node); i < node->entry_count && status == STATUS_OK; i++)
		status = rrset_put(zone, owner, entry_rrset(version, &node->entries[i]));
	return status;
}

static size_t
rrset_count(const struct zone_version *version, struct visit *visit)
{
	size_t count = 0;
	visit_start(visit, version, version_image(version)->apex, version_origin(version), false);
	while (visit_next(visit))
		count += visit->node->entry_count - node_first_rrset(visit->node);
	visit_fini(visit);
	return count;
}

static enum status
records_put(struct zone *zone, const struct zone_version *version, struct visit *visit)
{
	enum status status = STATUS_OK;
	visit_start(visit, version, version_image(version)->apex, version_origin(version), false);
	while (status == STATUS_OK && visit_next(visit))
		status = node_put(zone, version, visit);
	visit_fini(visit);
	return status == STATUS_OK ? visit->status : status;
}

enum status
zone_from_version(const struct zone_version *version, struct zone **out)
{
	struct visit visit;
	size_t count = rrset_count(version, &visit);
	if (visit.status != STATUS_OK)
		return visit.status;
	struct zone *zone = zone_begin(version_origin(version));
	if (zone == NULL)
		return STATUS_NO_MEMORY;
	enum status status = zone_resize(zone, count + 1, version_image(version)->rr_count + 1u);
	if (status == STATUS_OK)
		status = records_put(zone, version, &visit);
	zone_memory_seal(zone->memory);
	if (status != STATUS_OK) {
		zone_free(zone);
		return status;
	}
	*out = zone;
	return STATUS_OK;
}
