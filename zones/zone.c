/* zone.c -- stage 3 of 4 of reading a zone: records to RRsets in canonical order (before:
 * scanner.c, next: check.c). */
#include "zones/zone.h"

#include <stdio.h>
#include <stdlib.h>

#include "zones/check.h"
#include "zones/dname.h"
#include "zones/pages.h"
#include "zones/rdata.h"
#include "zones/scanner.h"
#include "zones/zone_memory.h"
#include "zones/zone_sort.h"

/* A zone while its records come in. */
struct intake {
	struct zone *zone;
	struct findings *findings;
	size_t origin_len;
	struct unsorted_rr *rrs;
	size_t rr_count;
	size_t rr_cap;
	const uint8_t *owner; /* of the record before, lower case */
	size_t owner_len;
	uint64_t sort_key;
};

static enum status
take_owner(struct intake *intake, const uint8_t owner[DNAME_LEN_MAX], size_t len)
{
	if (len == intake->owner_len && memcmp(owner, intake->owner, len) == 0)
		return STATUS_OK;
	const uint8_t *copy = zone_memory_copy(intake->zone->memory, owner, len);
	if (copy == NULL)
		return STATUS_NO_MEMORY;
	intake->owner = copy;
	intake->owner_len = len;
	intake->sort_key = zone_sort_key(owner, len - intake->origin_len);
	return STATUS_OK;
}

static enum status
room_for_one(struct intake *intake)
{
	if (intake->rr_count < intake->rr_cap)
		return STATUS_OK;
	size_t cap = intake->rr_cap == 0 ? 64 : 2 * intake->rr_cap;
	struct unsorted_rr *rrs = reallocarray(intake->rrs, cap, sizeof(rrs[0]));
	if (rrs == NULL)
		return STATUS_NO_MEMORY;
	intake->rrs = rrs;
	intake->rr_cap = cap;
	return STATUS_OK;
}

static enum status
take_record(void *context, const struct scanner_record *record)
{
	struct intake *intake = context;
	struct zone *zone = intake->zone;
	uint8_t owner[DNAME_LEN_MAX];
	size_t owner_len = dname_lower(record->owner, owner);
	if (!dname_is_within(owner, zone->origin)) {
		char name[DNAME_TEXT_MAX];
		dname_print(record->owner, name);
		findings_add(intake->findings, FINDING_OUT_OF_ZONE, record->file, record->line,
			     record->column, "%s is outside the zone", name);
		return STATUS_OK;
	}
	struct zone_place place = {record->file, record->line, record->column};
	struct unsorted_rr rr = {.ttl = record->ttl, .rrtype = record->rrtype};
	enum status status =
	    zone_memory_rdata(zone->memory, record->rdata, record->rdlen, &rr.rdata);
	if (status == STATUS_OK)
		status = zone_memory_place(zone->memory, &place, &rr.place);
	if (status == STATUS_OK)
		status = take_owner(intake, owner, owner_len);
	if (status == STATUS_OK)
		status = room_for_one(intake);
	if (status != STATUS_OK)
		return status;
	rr.sort_key = intake->sort_key;
	rr.owner = intake->owner;
	intake->rrs[intake->rr_count++] = rr;
	return STATUS_OK;
}

/* A finding at `rr`: its owner and type, then the text. */
static void
finding_of(const struct zone *zone, enum finding_kind kind, const struct unsorted_rr *rr,
	   const char *text, struct findings *findings)
{
	struct zone_place place = zone_memory_place_of(zone->memory, rr->place);
	char name[DNAME_TEXT_MAX];
	char type[RRTYPE_TEXT_MAX];
	dname_print(rr->owner, name);
	rrtype_print(rr->rrtype, type);
	findings_add(findings, kind, place.file, place.line, place.column, "%s %s%s", name, type,
		     text);
}

/* The RRset `set` is given `rr`, which is not its first; RFC 2181 5.2: one TTL. */
static void
merge_ttl(const struct zone *zone, struct zone_rrset *set, const struct unsorted_rr *rr,
	  bool *has_mismatch, struct findings *findings)
{
	if (rr->ttl == set->ttl)
		return;
	/* The TTL of a signature is its RRset's, and signatures of many sit at one owner. */
	bool is_signature = rr->rrtype == RRTYPE_RRSIG || rr->rrtype == RRTYPE_SIG;
	if (!*has_mismatch && !is_signature) {
		char text[96];
		snprintf(text, sizeof(text),
			 " has TTLs %u and %u; the smallest is used (RFC 2181 5.2)", set->ttl,
			 rr->ttl);
		finding_of(zone, FINDING_TTL_MISMATCH, rr, text, findings);
		*has_mismatch = true;
	}
	set->ttl = rr->ttl < set->ttl ? rr->ttl : set->ttl;
}

/* Is `rr` the record that the RRset under construction ends with? */
static bool
is_repeated(const struct zone *zone, const struct unsorted_rr *rr)
{
	struct zone_rr again = {.rdata = rr->rdata};
	const struct zone_rr *last = &zone->rrs[zone->rr_count - 1];
	struct zone_rdata a = zone_rdata(zone, last);
	struct zone_rdata b = zone_rdata(zone, &again);
	return rdata_compare(rr->rrtype, a.octets, a.len, b.octets, b.len) == 0;
}

/* Sorted records to RRsets. zone->rrsets and zone->rrs have room for all. */
static void
group(struct zone *zone, const struct unsorted_rr *unsorted, size_t count,
      struct findings *findings)
{
	struct zone_rrset *set = NULL;
	bool has_mismatch = false;
	for (size_t i = 0; i < count; i++) {
		const struct unsorted_rr *rr = &unsorted[i];
		bool is_new_owner = set == NULL || dname_compare(set->owner, rr->owner) != 0;
		if (is_new_owner || set->rrtype != rr->rrtype) {
			const uint8_t *owner = is_new_owner ? rr->owner : set->owner;
			zone->name_count += is_new_owner;
			set = &zone->rrsets[zone->rrset_count++];
			*set = (struct zone_rrset){.owner = owner,
						   .first_rr_idx = (uint32_t)zone->rr_count,
						   .ttl = rr->ttl,
						   .rrtype = rr->rrtype};
			has_mismatch = false;
		} else {
			merge_ttl(zone, set, rr, &has_mismatch, findings);
			if (is_repeated(zone, rr)) {
				finding_of(zone, FINDING_DUPLICATE, rr,
					   ": the same record again (RFC 2181 5)", findings);
				continue;
			}
		}
		zone->rrs[zone->rr_count++] =
		    (struct zone_rr){.rdata = rr->rdata, .place = rr->place};
		set->rr_count++;
	}
}

/* Room for `rrset_cap` RRsets and `rr_cap` records. */
static enum status
resize(struct zone *zone, size_t rrset_cap, size_t rr_cap)
{
	struct zone_rrset *rrsets = pages_resize(zone->rrsets, zone->rrset_cap * sizeof(rrsets[0]),
						 rrset_cap * sizeof(rrsets[0]));
	if (rrsets == NULL)
		return STATUS_NO_MEMORY;
	zone->rrsets = rrsets;
	zone->rrset_cap = rrset_cap;
	struct zone_rr *rrs =
	    pages_resize(zone->rrs, zone->rr_cap * sizeof(rrs[0]), rr_cap * sizeof(rrs[0]));
	if (rrs == NULL)
		return STATUS_NO_MEMORY;
	zone->rrs = rrs;
	zone->rr_cap = rr_cap;
	return STATUS_OK;
}

static enum status
arrange(struct intake *intake)
{
	struct zone *zone = intake->zone;
	if (intake->rr_count > UINT32_MAX)
		return STATUS_NO_MEMORY;
	enum status status = zone_sort(intake->rrs, intake->rr_count, zone->memory);
	/* One more than needed: none at all is an array too. */
	if (status == STATUS_OK)
		status = resize(zone, intake->rr_count + 1, intake->rr_count + 1);
	if (status != STATUS_OK)
		return status;
	group(zone, intake->rrs, intake->rr_count, intake->findings);
	return resize(zone, zone->rrset_count + 1, zone->rr_count + 1);
}

static struct zone *
zone_new(const uint8_t *origin)
{
	struct zone *zone = calloc(1, sizeof(*zone));
	if (zone == NULL)
		return NULL;
	zone->memory = zone_memory_new();
	if (zone->memory == NULL) {
		free(zone);
		return NULL;
	}
	dname_lower(origin, zone->origin);
	return zone;
}

void
zone_forget(struct zone *zone, struct zone_position first, size_t end_idx)
{
	if (first.rrset_idx >= end_idx)
		return;
	const struct zone_rrset *last = &zone->rrsets[end_idx - 1];
	size_t end_rr_idx = (size_t)last->first_rr_idx + last->rr_count;
	pages_forget(zone->rrs, zone->rr_cap * sizeof(zone->rrs[0]),
		     first.rr_idx * sizeof(zone->rrs[0]), end_rr_idx * sizeof(zone->rrs[0]));
	pages_forget(zone->rrsets, zone->rrset_cap * sizeof(zone->rrsets[0]),
		     first.rrset_idx * sizeof(zone->rrsets[0]), end_idx * sizeof(zone->rrsets[0]));
}

void
zone_free(struct zone *zone)
{
	if (zone == NULL)
		return;
	source_list_fini(&zone->sources);
	zone_memory_free(zone->memory);
	pages_free(zone->rrsets, zone->rrset_cap * sizeof(zone->rrsets[0]));
	pages_free(zone->rrs, zone->rr_cap * sizeof(zone->rrs[0]));
	free(zone);
}

/* `from->text` NULL: from the file `from->name`. */
static enum status
take_all(struct intake *intake, const struct zone_text *from)
{
	struct scanner scanner = {.path = from->name,
				  .origin = intake->zone->origin,
				  .record = take_record,
				  .context = intake,
				  .findings = intake->findings,
				  .sources = &intake->zone->sources};
	return from->text != NULL ? scanner_run_text(&scanner, from->text, from->len)
				  : scanner_run(&scanner);
}

static enum status
zone_build(const uint8_t *origin, const struct zone_text *from, struct findings *findings,
	   struct zone **out)
{
	size_t errors_before = findings->error_count;
	struct zone *zone = zone_new(origin);
	if (zone == NULL)
		return STATUS_NO_MEMORY;
	struct intake intake = {
	    .zone = zone, .findings = findings, .origin_len = dname_len(zone->origin)};
	enum status status = take_all(&intake, from);
	bool is_complete = findings->error_count == errors_before;
	if (status == STATUS_OK)
		status = arrange(&intake);
	free(intake.rrs);
	zone_memory_seal(zone->memory);
	if (status == STATUS_OK)
		status = check_zone(zone, from->name, is_complete, findings);
	if (status == STATUS_OK && findings->error_count > errors_before)
		status = STATUS_INVALID;
	if (status != STATUS_OK) {
		zone_free(zone);
		return status;
	}
	*out = zone;
	return STATUS_OK;
}

enum status
zone_read(const uint8_t *origin, const char *path, struct jobs *jobs, struct findings *findings,
	  struct zone **out)
{
	return zone_build(origin, &(struct zone_text){.name = path}, findings, out);
}

enum status
zone_read_text(const uint8_t *origin, const struct zone_text *text, struct jobs *jobs,
	       struct findings *findings, struct zone **out)
{
	return zone_build(origin, text, findings, out);
}

const struct zone_rrset *
zone_find(const struct zone *zone, const uint8_t *owner, uint16_t rrtype)
{
	size_t low = 0;
	size_t high = zone->rrset_count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct zone_rrset *set = &zone->rrsets[middle];
		int order = dname_compare(owner, set->owner);
		if (order == 0)
			order = (int)rrtype - (int)set->rrtype;
		if (order == 0)
			return set;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}
