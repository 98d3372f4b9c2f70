/* zone.c -- a zone from its file: the stages of reading in their order. */
#include "zones/zone.h"

#include <stdlib.h>

#include "zones/check.h"
#include "zones/dname.h"
#include "zones/pages.h"
#include "zones/zone_read.h"
#include "zones/zone_settle.h"

enum status
zone_resize(struct zone *zone, size_t rrset_cap, size_t rr_cap)
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

struct zone *
zone_begin(const uint8_t *origin)
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

enum {
	/* What threads share out, there is this much of at least. */
	RRSETS_SIDE_BY_SIDE_MIN = 1 << 14,
};

/* All stages in their order. */
static enum status
zone_build(struct zone *zone, const struct source_text *text, const struct zone_reading *reading,
	   struct findings *findings)
{
	struct jobs *jobs = reading->jobs != NULL ? reading->jobs : &jobs_serial;
	size_t errors_before = findings->error_count;
	bool is_sorted = false;
	enum status status = zone_read_records(zone, text, reading, findings, &is_sorted);
	bool is_complete = findings->error_count == errors_before;
	/* A small zone is done before a thread would have begun. */
	if (reading->part_len == 0 && zone->rrset_count < RRSETS_SIDE_BY_SIDE_MIN)
		jobs = &jobs_serial;
	zone_memory_seal(zone->memory);
	if (status == STATUS_OK)
		status = zone_settle(zone, is_sorted, jobs, findings);
	if (status == STATUS_OK)
		status = check_zone(zone, &(struct check_context){text->path, is_complete}, jobs,
				    findings);
	if (status == STATUS_OK && findings->error_count > errors_before)
		status = STATUS_INVALID;
	return status;
}

/* Ends `text`. */
static enum status
build_from(const uint8_t *origin, struct source_text *text, const struct zone_reading *reading,
	   struct findings *findings, struct zone **out)
{
	struct zone *zone = zone_begin(origin);
	enum status status = zone == NULL ? STATUS_NO_MEMORY : STATUS_OK;
	if (status == STATUS_OK && text->text == NULL)
		status = source_list_add(&zone->sources, text->path, &text->state);
	if (status == STATUS_OK)
		status = zone_build(zone, text, reading, findings);
	source_text_free(text);
	if (status != STATUS_OK) {
		zone_free(zone);
		return status;
	}
	*out = zone;
	return STATUS_OK;
}

/* A file that can't be opened is an error of the zone's, as all that is in it may be. */
static enum status
open_file(const char *path, const struct source_directory *directory, struct findings *findings,
	  struct source_text **out)
{
	struct error error;
	enum status status = source_text_open(path, directory, out, &error);
	if (status != STATUS_IO)
		return status;
	findings_add(findings, FINDING_IO, path, 0, 0, "cannot read: %s", error.text);
	return STATUS_INVALID;
}

enum status
zone_read_with(const uint8_t *origin, const struct zone_text *from,
	       const struct zone_reading *reading, struct findings *findings, struct zone **out)
{
	struct source_text *text;
	enum status status = from->text != NULL
				 ? source_text_new(from->name, from->text, from->len, &text)
				 : open_file(from->name, reading->directory, findings, &text);
	if (status != STATUS_OK)
		return status;
	if (reading->settled_len > 0 && text->len >= reading->settled_len)
		source_text_await_settled(text);
	return build_from(origin, text, reading, findings, out);
}

enum status
zone_read(const uint8_t *origin, const char *path, struct jobs *jobs, struct findings *findings,
	  struct zone **out)
{
	return zone_read_with(origin, &(struct zone_text){.name = path},
			      &(struct zone_reading){.jobs = jobs}, findings, out);
}

enum status
zone_read_text(const uint8_t *origin, const struct zone_text *text, struct jobs *jobs,
	       struct findings *findings, struct zone **out)
{
	return zone_read_with(origin, text, &(struct zone_reading){.jobs = jobs}, findings, out);
}

const struct zone_rrset *
zone_find(const struct zone *zone, const uint8_t *owner, uint16_t rrtype)
{
	size_t low = 0;
	size_t high = zone->rrset_count;
	/* Nearly all ask for the apex, whose RRsets come first. */
	if (high > 0 && dname_equal(owner, zone->rrsets[0].owner)) {
		size_t i = 0;
		while (i < high && zone->rrsets[i].owner == zone->rrsets[0].owner &&
		       zone->rrsets[i].rrtype != rrtype)
			i++;
		bool is_found = i < high && zone->rrsets[i].owner == zone->rrsets[0].owner;
		return is_found ? &zone->rrsets[i] : NULL;
	}
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
