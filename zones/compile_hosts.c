/* compile_hosts.c -- step 1 of 3 of compiling: which names do others point at? (next:
 * compile_nodes.c) */
#include <stdlib.h>

#include "zones/compile.h"
#include "zones/dname.h"
#include "zones/rdata.h"

enum {
	SET_CAP_MIN = 16,
	/* Fewer are gone through before a second thread would have begun. */
	RRSETS_PER_JOB_MIN = 1 << 14,
};

/* Names, each once: open addressing. */
struct name_set {
	const uint8_t **slots;
	size_t cap; /* a power of two */
	size_t count;
};

/* One job: some of the zone's RRsets. */
struct collection {
	const struct zone *zone;
	size_t origin_len;
	bool is_signed;
	size_t first_rrset_idx;
	size_t end_rrset_idx;
	struct name_set names;
	enum status status;
};

static uint32_t
name_hash(const uint8_t *dname)
{
	uint32_t hash = UINT32_C(0x811c9dc5);
	for (size_t i = 0, len = dname_len(dname); i < len; i++)
		hash = (hash ^ dname_octet_lower(dname[i])) * UINT32_C(0x01000193);
	return hash ^ hash >> 15;
}

static size_t
slot_find(const struct name_set *set, const uint8_t *dname)
{
	size_t at = name_hash(dname) & (set->cap - 1);
	while (set->slots[at] != NULL && !dname_equal(set->slots[at], dname))
		at = (at + 1) & (set->cap - 1);
	return at;
}

static enum status
set_grow(struct name_set *set)
{
	struct name_set grown = {.cap = set->cap == 0 ? SET_CAP_MIN : set->cap * 2,
				 .count = set->count};
	grown.slots = calloc(grown.cap, sizeof(grown.slots[0]));
	if (grown.slots == NULL)
		return STATUS_NO_MEMORY;
	for (size_t i = 0; i < set->cap; i++) {
		if (set->slots[i] != NULL)
			grown.slots[slot_find(&grown, set->slots[i])] = set->slots[i];
	}
	free(set->slots);
	*set = grown;
	return STATUS_OK;
}

static enum status
set_add(struct name_set *set, const uint8_t *dname)
{
	if (set->count >= set->cap / 4 * 3 && set_grow(set) != STATUS_OK)
		return STATUS_NO_MEMORY;
	size_t at = slot_find(set, dname);
	if (set->slots[at] == NULL) {
		set->slots[at] = dname;
		set->count++;
	}
	return STATUS_OK;
}

static enum status
collect_rrset(struct collection *collection, const struct zone_rrset *rrset)
{
	const struct zone *zone = collection->zone;
	const struct rrtype *rrtype = rrtype_find(rrset->rrtype);
	if (rrtype == NULL || rrtype->additional_field == RRTYPE_NO_ADDITIONAL)
		return STATUS_OK;
	bool is_wildcard = rrset->owner[0] == 1 && rrset->owner[1] == '*';
	/* At or below a zone cut addresses are glue, which is not signed. */
	bool is_cut =
	    rrset->rrtype == RRTYPE_NS && dname_len(rrset->owner) > collection->origin_len;
	bool takes_own = is_wildcard || (collection->is_signed && !is_cut);
	for (uint32_t i = 0; i < rrset->rr_count; i++) {
		struct zone_rdata rdata = zone_rdata(zone, &zone_rrs(zone, rrset)[i]);
		struct rdata_additional wanted;
		if (!rdata_additional(rrtype, rrset->owner, rdata.octets, rdata.len, &wanted) ||
		    (is_wildcard && wanted.dname == rrset->owner))
			continue;
		if (!may_be_within(wanted.dname, dname_len(wanted.dname), zone->origin,
				   collection->origin_len) ||
		    (!takes_own && dname_is_within(wanted.dname, rrset->owner)) ||
		    !dname_is_within(wanted.dname, zone->origin))
			continue;
		if (set_add(&collection->names, wanted.dname) != STATUS_OK)
			return STATUS_NO_MEMORY;
	}
	return STATUS_OK;
}

static void
collect(void *context, unsigned idx)
{
	struct collection *collection = (struct collection *)context + idx;
	collection->status = STATUS_OK;
	for (size_t i = collection->first_rrset_idx;
	     i < collection->end_rrset_idx && collection->status == STATUS_OK; i++)
		collection->status = collect_rrset(collection, &collection->zone->rrsets[i]);
}

static int
name_order(const void *a, const void *b)
{
	return dname_compare(*(const uint8_t *const *)a, *(const uint8_t *const *)b);
}

/* Brings the names together: the zone's memory may be gone before they are needed last. */
static enum status
names_copy(struct host_names *hosts)
{
	size_t len = 0;
	for (size_t i = 0; i < hosts->count; i++)
		len += dname_len(hosts->names[i]);
	hosts->octets = malloc(len + 1);
	if (hosts->octets == NULL)
		return STATUS_NO_MEMORY;
	uint8_t *at = hosts->octets;
	for (size_t i = 0; i < hosts->count; i++) {
		size_t name_len = dname_len(hosts->names[i]);
		memcpy(at, hosts->names[i], name_len);
		hosts->names[i] = at;
		at += name_len;
	}
	return STATUS_OK;
}

/* All that were collected, sorted, each once. */
static enum status
unite(const struct collection *collections, unsigned count, struct host_names *out)
{
	size_t total = 0;
	for (unsigned i = 0; i < count; i++)
		total += collections[i].names.count;
	if (total == 0)
		return STATUS_OK;
	const uint8_t **names = malloc(total * sizeof(names[0]));
	if (names == NULL)
		return STATUS_NO_MEMORY;
	size_t at = 0;
	for (unsigned i = 0; i < count; i++) {
		for (size_t slot = 0; slot < collections[i].names.cap; slot++) {
			if (collections[i].names.slots[slot] != NULL)
				names[at++] = collections[i].names.slots[slot];
		}
	}
	qsort(names, total, sizeof(names[0]), name_order);
	size_t kept = 0;
	for (size_t i = 0; i < total; i++) {
		if (kept == 0 || !dname_equal(names[kept - 1], names[i]))
			names[kept++] = names[i];
	}
	*out = (struct host_names){.names = names, .count = kept};
	return names_copy(out);
}

enum status
host_names_collect(const struct zone *zone, struct jobs *jobs, struct host_names *out)
{
	size_t job_max = 1 + zone->rrset_count / RRSETS_PER_JOB_MIN;
	unsigned count = jobs->width < job_max ? jobs->width : (unsigned)job_max;
	struct collection only;
	struct collection *collections =
	    count == 1 ? &only : reallocarray(NULL, count, sizeof(*collections));
	if (collections == NULL)
		return STATUS_NO_MEMORY;
	bool is_signed = zone_find(zone, zone->origin, RRTYPE_RRSIG) != NULL;
	for (unsigned i = 0; i < count; i++) {
		collections[i] = (struct collection){
		    .zone = zone,
		    .origin_len = dname_len(zone->origin),
		    .is_signed = is_signed,
		    .first_rrset_idx = zone->rrset_count * i / count,
		    .end_rrset_idx = zone->rrset_count * (i + 1) / count,
		};
	}
	jobs->run(jobs, collect, collections, count);
	enum status status = STATUS_OK;
	for (unsigned i = 0; i < count && status == STATUS_OK; i++)
		status = collections[i].status;
	if (status == STATUS_OK)
		status = unite(collections, count, out);
	for (unsigned i = 0; i < count; i++)
		free(collections[i].names.slots);
	if (collections != &only)
		free(collections);
	return status;
}

void
host_names_fini(struct host_names *hosts)
{
	free(hosts->names);
	free(hosts->octets);
	*hosts = (struct host_names){0};
}

size_t
host_names_find(const struct host_names *hosts, const uint8_t *dname)
{
	size_t low = 0;
	size_t high = hosts->count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (dname_compare(hosts->names[middle], dname) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}
