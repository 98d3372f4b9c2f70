/* zone_records.c -- from a version back to records. */
#include "zones/zone_records.h"

#include <stdlib.h>

#include "zones/denial.h"
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
node_put(struct zone *zone, const struct zone_version *version, const struct node *node,
	 const uint8_t *dname)
{
	if (!node_has_rrsets(node))
		return STATUS_OK;
	const uint8_t *owner = zone_memory_copy(zone->memory, dname, dname_len(dname));
	if (owner == NULL)
		return STATUS_NO_MEMORY;
	zone->name_count++;
	enum status status = STATUS_OK;
	for (unsigned i = node_first_rrset(node); i < node->entry_count && status == STATUS_OK; i++)
		status = rrset_put(zone, owner, entry_rrset(version, &node->entries[i]));
	return status;
}

/* The owners of NSEC3 records, which are not among the others, in canonical order. */
struct nsec3_owners {
	ref *nodes;
	size_t count;
	size_t next;
};

/* Those up to a child of the apex, or all (NULL). */
static enum status
nsec3_put(struct zone *zone, const struct zone_version *version, struct nsec3_owners *owners,
	  const uint8_t *until)
{
	if (owners->next == owners->count)
		return STATUS_OK;
	uint8_t owner[DNAME_LEN_MAX] = {NSEC3_LABEL_LEN};
	memcpy(owner + 1 + NSEC3_LABEL_LEN, version_origin(version),
	       version_image(version)->origin_len);
	for (; owners->next < owners->count; owners->next++) {
		const struct node *node = version_node(version, owners->nodes[owners->next]);
		memcpy(owner + 1, node_label(node), NSEC3_LABEL_LEN);
		if (until != NULL && dname_compare_lower(owner, until) > 0)
			return STATUS_OK;
		enum status status = node_put(zone, version, node, owner);
		if (status != STATUS_OK)
			return status;
	}
	return STATUS_OK;
}

static size_t
rrset_count(const struct zone_version *version, const struct nsec3_owners *owners,
	    struct visit *visit)
{
	size_t count = 0;
	visit_start(visit, version, version_image(version)->apex, version_origin(version), false);
	while (visit_next(visit))
		count += visit->node->entry_count - node_first_rrset(visit->node);
	visit_fini(visit);
	for (size_t i = 0; i < owners->count; i++)
		count += version_node(version, owners->nodes[i])->entry_count;
	return count;
}

static enum status
records_put(struct zone *zone, const struct zone_version *version, struct nsec3_owners *owners,
	    struct visit *visit)
{
	enum status status = STATUS_OK;
	visit_start(visit, version, version_image(version)->apex, version_origin(version), false);
	while (status == STATUS_OK && visit_next(visit)) {
		if (visit->depth == 1)
			status = nsec3_put(zone, version, owners, visit->owner);
		if (status == STATUS_OK)
			status = node_put(zone, version, visit->node, visit->owner);
	}
	visit_fini(visit);
	if (status == STATUS_OK)
		status = visit->status;
	return status == STATUS_OK ? nsec3_put(zone, version, owners, NULL) : status;
}

static enum status
zone_make(const struct zone_version *version, struct nsec3_owners *owners, struct zone **out)
{
	struct visit visit;
	size_t count = rrset_count(version, owners, &visit);
	if (visit.status != STATUS_OK)
		return visit.status;
	struct zone *zone = zone_begin(version_origin(version));
	if (zone == NULL)
		return STATUS_NO_MEMORY;
	enum status status = zone_resize(zone, count + 1, version_image(version)->rr_count + 1u);
	if (status == STATUS_OK)
		status = records_put(zone, version, owners, &visit);
	zone_memory_seal(zone->memory);
	if (status != STATUS_OK) {
		zone_free(zone);
		return status;
	}
	*out = zone;
	return STATUS_OK;
}

enum status
zone_from_version(const struct zone_version *version, struct zone **out)
{
	struct nsec3_owners owners = {0};
	enum status status = denial_nsec3_nodes(version, &owners.nodes, &owners.count);
	if (status == STATUS_OK)
		status = zone_make(version, &owners, out);
	free(owners.nodes);
	return status;
}
