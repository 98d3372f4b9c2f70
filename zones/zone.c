/* zone.c -- stage 3 of 4 of reading a zone: records to RRsets in canonical order (before:
 * scanner.c, next: check.c). */
#include "zones/zone.h"

#include <stdlib.h>

#include "zones/check.h"
#include "zones/dname.h"
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
	const char **files; /* the names met so far */
	size_t file_count;
	size_t file_idx; /* of the record before */
};

static void
text_of(const uint8_t *owner, uint16_t rrtype, char name[DNAME_TEXT_MAX],
	char type[RRTYPE_TEXT_MAX])
{
	dname_print(owner, name);
	rrtype_print(rrtype, type);
}

/* Records of one file come in a row, and files are few. */
static enum status
take_file(struct intake *intake, const char *file)
{
	if (intake->file_idx < intake->file_count &&
	    strcmp(intake->files[intake->file_idx], file) == 0)
		return STATUS_OK;
	for (size_t i = 0; i < intake->file_count; i++) {
		if (strcmp(intake->files[i], file) == 0) {
			intake->file_idx = i;
			return STATUS_OK;
		}
	}
	const char **files =
	    reallocarray(intake->files, intake->file_count + 1, sizeof(intake->files[0]));
	if (files == NULL)
		return STATUS_NO_MEMORY;
	intake->files = files;
	const uint8_t *copy = zone_memory_copy(intake->zone->memory, file, strlen(file) + 1);
	if (copy == NULL)
		return STATUS_NO_MEMORY;
	intake->file_idx = intake->file_count++;
	intake->files[intake->file_idx] = (const char *)copy;
	return STATUS_OK;
}

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
	const uint8_t *rdata = zone_memory_copy(zone->memory, record->rdata, record->rdlen);
	if (rdata == NULL || take_file(intake, record->file) != STATUS_OK ||
	    take_owner(intake, owner, owner_len) != STATUS_OK || room_for_one(intake) != STATUS_OK)
		return STATUS_NO_MEMORY;
	intake->rrs[intake->rr_count++] = (struct unsorted_rr){
	    .sort_key = intake->sort_key,
	    .owner = intake->owner,
	    .rdata = rdata,
	    .file = intake->files[intake->file_idx],
	    .line = record->line,
	    .ttl = record->ttl,
	    .column = (uint16_t)(record->column < UINT16_MAX ? record->column : UINT16_MAX),
	    .rdlen = record->rdlen,
	    .rrtype = record->rrtype};
	return STATUS_OK;
}

/* The RRset `set` is given `rr`, which is not its first; RFC 2181 5.2: one TTL. */
static void
merge_ttl(struct zone_rrset *set, const struct unsorted_rr *rr, bool *has_mismatch,
	  struct findings *findings)
{
	if (rr->ttl == set->ttl)
		return;
	/* The TTL of a signature is its RRset's, and signatures of many sit at one owner. */
	bool is_signature = rr->rrtype == RRTYPE_RRSIG || rr->rrtype == RRTYPE_SIG;
	uint32_t smaller = rr->ttl < set->ttl ? rr->ttl : set->ttl;
	if (!*has_mismatch && !is_signature) {
		char name[DNAME_TEXT_MAX];
		char type[RRTYPE_TEXT_MAX];
		text_of(rr->owner, rr->rrtype, name, type);
		findings_add(findings, FINDING_TTL_MISMATCH, rr->file, rr->line, rr->column,
			     "%s %s has TTLs %u and %u; the smallest is used (RFC 2181 5.2)", name,
			     type, set->ttl, rr->ttl);
		*has_mismatch = true;
	}
	set->ttl = smaller;
}

static void
report_duplicate(const struct unsorted_rr *rr, struct findings *findings)
{
	char name[DNAME_TEXT_MAX];
	char type[RRTYPE_TEXT_MAX];
	text_of(rr->owner, rr->rrtype, name, type);
	findings_add(findings, FINDING_DUPLICATE, rr->file, rr->line, rr->column,
		     "%s %s: the same record again (RFC 2181 5)", name, type);
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
						   .first_rr_idx = zone->rr_count,
						   .ttl = rr->ttl,
						   .rrtype = rr->rrtype};
			has_mismatch = false;
		} else {
			const struct zone_rr *last = &zone->rrs[zone->rr_count - 1];
			merge_ttl(set, rr, &has_mismatch, findings);
			if (rdata_compare(rr->rrtype, last->rdata, last->rdlen, rr->rdata,
					  rr->rdlen) == 0) {
				report_duplicate(rr, findings);
				continue;
			}
		}
		zone->rrs[zone->rr_count++] = (struct zone_rr){.rdata = rr->rdata,
							       .file = rr->file,
							       .line = rr->line,
							       .column = rr->column,
							       .rdlen = rr->rdlen};
		set->rr_count++;
	}
}

/* Gives back what room was taken for RRsets that did not come. */
static void
trim(struct zone *zone)
{
	struct zone_rrset *rrsets =
	    reallocarray(zone->rrsets, zone->rrset_count + 1, sizeof(rrsets[0]));
	if (rrsets != NULL)
		zone->rrsets = rrsets;
}

static enum status
arrange(struct intake *intake)
{
	struct zone *zone = intake->zone;
	enum status status = zone_sort(intake->rrs, intake->rr_count);
	if (status != STATUS_OK)
		return status;
	/* One more than needed: none at all is an array too. */
	zone->rrsets = reallocarray(NULL, intake->rr_count + 1, sizeof(zone->rrsets[0]));
	zone->rrs = reallocarray(NULL, intake->rr_count + 1, sizeof(zone->rrs[0]));
	if (zone->rrsets == NULL || zone->rrs == NULL)
		return STATUS_NO_MEMORY;
	group(zone, intake->rrs, intake->rr_count, intake->findings);
	trim(zone);
	return STATUS_OK;
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
zone_free(struct zone *zone)
{
	if (zone == NULL)
		return;
	zone_memory_free(zone->memory);
	free(zone->rrsets);
	free(zone->rrs);
	free(zone);
}

/* Where the text of a zone comes from; `text` NULL: from the file. */
struct zone_text {
	const char *path;
	const char *text;
	size_t len;
};

static enum status
take_all(struct intake *intake, const struct zone_text *from)
{
	struct scanner scanner = {.path = from->path,
				  .origin = intake->zone->origin,
				  .record = take_record,
				  .context = intake,
				  .findings = intake->findings};
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
	free(intake.files);
	if (status == STATUS_OK)
		status = check_zone(zone, from->path, is_complete, findings);
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
zone_read(const uint8_t *origin, const char *path, struct findings *findings, struct zone **out)
{
	return zone_build(origin, &(struct zone_text){.path = path}, findings, out);
}

enum status
zone_read_text(const uint8_t *origin, const char *name, const char *text, size_t len,
	       struct findings *findings, struct zone **out)
{
	return zone_build(origin, &(struct zone_text){.path = name, .text = text, .len = len},
			  findings, out);
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
