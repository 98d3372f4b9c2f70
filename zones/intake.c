/* intake.c -- scanned records to runs of RRsets (used by zone_read.c). */
#include "zones/intake.h"

#include <stdlib.h>

#include "zones/dname.h"
#include "zones/pages.h"

void
intake_init(struct intake *intake, const uint8_t *origin, struct zone_memory *memory,
	    struct findings *findings)
{
	*intake = (struct intake){.origin = origin,
				  .origin_len = dname_len(origin),
				  .findings = findings,
				  .memory = memory};
	intake_restart(intake);
}

void
intake_fini(struct intake *intake)
{
	zone_memory_free(intake->memory);
	pages_free(intake->sets, intake->set_cap * sizeof(intake->sets[0]));
	pages_free(intake->rrs, intake->rr_cap * sizeof(intake->rrs[0]));
}

void
intake_restart(struct intake *intake)
{
	intake->set_count = 0;
	intake->rr_count = 0;
	intake->is_sorted = true;
	intake->owner = NULL;
	intake->apex = NULL;
	intake->owner_len = 0;
	intake->is_outside = false;
}

/* Is `owner`, in lower case, the origin or below it? */
static bool
is_in_zone(const struct intake *intake, const uint8_t *owner, size_t len)
{
	if (len < intake->origin_len)
		return false;
	size_t off = 0;
	while (off < len - intake->origin_len)
		off += owner[off] + 1u;
	return off + intake->origin_len == len &&
	       memcmp(owner + off, intake->origin, intake->origin_len) == 0;
}

static enum status
take_owner(struct intake *intake, const struct scanner_record *record)
{
	uint8_t owner[DNAME_LEN_MAX];
	size_t len = record->owner_len;
	for (size_t i = 0; i < len; i++)
		owner[i] = dname_octet_lower(record->owner[i]);
	intake->is_outside = !is_in_zone(intake, owner, len);
	if (intake->is_outside)
		return STATUS_OK;
	if (len == intake->owner_len && memcmp(owner, intake->owner, len) == 0)
		return STATUS_OK;
	/* Files come back to the apex, and to no other name so often. */
	bool is_apex = len == intake->origin_len;
	const uint8_t *copy = is_apex ? intake->apex : NULL;
	if (copy == NULL)
		copy = zone_memory_copy(intake->memory, owner, len);
	if (copy == NULL)
		return STATUS_NO_MEMORY;
	if (is_apex)
		intake->apex = copy;
	if (intake->is_sorted && intake->owner != NULL &&
	    dname_compare_lower(intake->owner, copy) > 0)
		intake->is_sorted = false;
	intake->owner = copy;
	intake->owner_len = len;
	return STATUS_OK;
}

static void
report_outside(const struct intake *intake, const struct scanner_record *record)
{
	char name[DNAME_TEXT_MAX];
	dname_print(record->owner, name);
	findings_add(intake->findings, FINDING_OUT_OF_ZONE, record->file, record->line,
		     record->column, "%s is outside the zone", name);
}

static COLD enum status
make_room(struct intake *intake)
{
	size_t set_cap = intake->set_cap == 0 ? 16 : 2 * intake->set_cap;
	size_t rr_cap = intake->rr_cap == 0 ? 32 : 2 * intake->rr_cap;
	if (intake->set_count == intake->set_cap) {
		struct zone_rrset *sets = pages_resize(
		    intake->sets, intake->set_cap * sizeof(sets[0]), set_cap * sizeof(sets[0]));
		if (sets == NULL)
			return STATUS_NO_MEMORY;
		intake->sets = sets;
		intake->set_cap = set_cap;
	}
	if (intake->rr_count == intake->rr_cap) {
		struct zone_rr *rrs = pages_resize(intake->rrs, intake->rr_cap * sizeof(rrs[0]),
						   rr_cap * sizeof(rrs[0]));
		if (rrs == NULL)
			return STATUS_NO_MEMORY;
		intake->rrs = rrs;
		intake->rr_cap = rr_cap;
	}
	return STATUS_OK;
}

/* The RRset that a record of the current owner belongs to: the last one, or one more. */
static struct zone_rrset *
find_set(struct intake *intake, uint16_t rrtype, uint32_t ttl)
{
	struct zone_rrset *last = &intake->sets[intake->set_count] - 1;
	bool is_same_owner = intake->set_count > 0 && last->owner == intake->owner;
	if (is_same_owner && last->rrtype == rrtype && last->ttl == ttl)
		return last;
	struct zone_rrset *set = &intake->sets[intake->set_count++];
	*set = (struct zone_rrset){.owner = intake->owner,
				   .first_rr_idx = (uint32_t)intake->rr_count,
				   .ttl = ttl,
				   .rrtype = rrtype};
	return set;
}

enum status
intake_take(void *context, const struct scanner_record *record)
{
	struct intake *intake = context;
	enum status status = STATUS_OK;
	if (!record->is_same_owner)
		status = take_owner(intake, record);
	if (status == STATUS_OK && intake->is_outside) {
		report_outside(intake, record);
		return STATUS_OK;
	}
	if (status == STATUS_OK &&
	    unlikely(intake->set_count == intake->set_cap || intake->rr_count == intake->rr_cap))
		status = make_room(intake);
	struct zone_rr rr;
	bool is_relative = record->line >= LINE_PROVISIONAL;
	struct zone_place place = {.file = record->file,
				   .line =
				       is_relative ? record->line - LINE_PROVISIONAL : record->line,
				   .column = record->column,
				   .is_relative = is_relative};
	if (status == STATUS_OK)
		status = zone_memory_rdata(intake->memory, record->rdata, record->rdlen, &rr.rdata);
	if (status == STATUS_OK)
		status = zone_memory_place(intake->memory, &place, &rr.place);
	if (status != STATUS_OK)
		return status;
	find_set(intake, record->rrtype, record->ttl)->rr_count++;
	intake->rrs[intake->rr_count++] = rr;
	return STATUS_OK;
}
