#include "zones/zone_settle.h"

#include <stdio.h>
#include <stdlib.h>

#include "zones/dname.h"
#include "zones/rdata.h"
#include "zones/zone_sort.h"

enum {
	/* Fewer RRsets are not worth a thread. */
	SLICE_SETS_MIN = 4096,
	SLICES_PER_THREAD = 4,
	/* Not worth moving, for as long as a zone is records. */
	FITTING_LEN_MAX = 16 << 10,
};

/* A record on its way into an RRset that is put together. */
struct member {
	struct zone_rr rr;
	uint32_t ttl;
	uint32_t seq; /* in the order of the file */
};

/* Some owners' RRsets: settled in place, which leaves a gap at the end if there were fewer. */
struct slice {
	struct settling *settling;
	size_t set_begin;
	size_t set_end;
	size_t set_count;
	size_t rr_begin;
	size_t rr_count;
	size_t name_count;
	struct findings *findings;
	enum status status;

	struct member *members;
	size_t member_cap;
	struct zone_rrset *runs;
	size_t run_cap;
};

struct settling {
	struct zone *zone;
	struct slice *slices;
	struct findings *findings; /* one a slice */
	unsigned slice_count;
};

static int
compare_rdata(const struct zone *zone, uint16_t rrtype, const struct zone_rr *a,
	      const struct zone_rr *b)
{
	if (a->rdata == b->rdata)
		return 0;
	struct zone_rdata a_rdata = zone_rdata(zone, a);
	struct zone_rdata b_rdata = zone_rdata(zone, b);
	return rdata_compare(rrtype, a_rdata.octets, a_rdata.len, b_rdata.octets, b_rdata.len);
}

/* A finding at `rr`: its owner and type, then the text. */
static void
report(struct slice *slice, enum finding_kind kind, const struct zone_rrset *set,
       const struct zone_rr *rr, const char *text)
{
	struct zone_place place = zone_place(slice->settling->zone, rr);
	char name[DNAME_TEXT_MAX];
	char type[RRTYPE_TEXT_MAX];
	dname_print(set->owner, name);
	rrtype_print(set->rrtype, type);
	findings_add(slice->findings, kind, place.file, place.line, place.column, "%s %s%s", name,
		     type, text);
}

/* `set` is given a member that is not its first; RFC 2181 5.2: one TTL. */
static void
merge_ttl(struct slice *slice, struct zone_rrset *set, const struct member *member,
	  bool *has_mismatch)
{
	if (member->ttl == set->ttl)
		return;
	/* The TTL of a signature is its RRset's, and signatures of many sit at one owner. */
	bool is_signature = set->rrtype == RRTYPE_RRSIG || set->rrtype == RRTYPE_SIG;
	if (!*has_mismatch && !is_signature) {
		char text[96];
		snprintf(text, sizeof(text),
			 " has TTLs %u and %u; the smallest is used (RFC 2181 5.2)", set->ttl,
			 member->ttl);
		report(slice, FINDING_TTL_MISMATCH, set, &member->rr, text);
		*has_mismatch = true;
	}
	set->ttl = member->ttl < set->ttl ? member->ttl : set->ttl;
}

struct order {
	const struct zone *zone;
	uint16_t rrtype;
};

static int
compare_members(const void *a, const void *b, void *context)
{
	const struct order *order = context;
	const struct member *a_member = a;
	const struct member *b_member = b;
	int compared = compare_rdata(order->zone, order->rrtype, &a_member->rr, &b_member->rr);
	return compared != 0 ? compared : (a_member->seq > b_member->seq) - 1;
}

static enum status
make_room(struct slice *slice, size_t member_count, size_t run_count)
{
	if (member_count > slice->member_cap) {
		struct member *members =
		    reallocarray(slice->members, 2 * member_count, sizeof(members[0]));
		if (members == NULL)
			return STATUS_NO_MEMORY;
		slice->members = members;
		slice->member_cap = 2 * member_count;
	}
	if (run_count > slice->run_cap) {
		struct zone_rrset *runs = reallocarray(slice->runs, 2 * run_count, sizeof(runs[0]));
		if (runs == NULL)
			return STATUS_NO_MEMORY;
		slice->runs = runs;
		slice->run_cap = 2 * run_count;
	}
	return STATUS_OK;
}

/* The members of the runs sets[begin .. end), in canonical order. */
static enum status
gather(struct slice *slice, size_t begin, size_t end, size_t *count)
{
	struct zone *zone = slice->settling->zone;
	size_t wanted = 0;
	*count = 0;
	for (size_t i = begin; i < end; i++)
		wanted += zone->rrsets[i].rr_count;
	if (make_room(slice, wanted, 0) != STATUS_OK)
		return STATUS_NO_MEMORY;
	for (size_t i = begin; i < end; i++) {
		const struct zone_rrset *set = &zone->rrsets[i];
		for (uint32_t j = 0; j < set->rr_count; j++, ++*count)
			slice->members[*count] =
			    (struct member){zone_rrs(zone, set)[j], set->ttl, (uint32_t)*count};
	}
	struct order order = {zone, zone->rrsets[begin].rrtype};
	qsort_r(slice->members, *count, sizeof(slice->members[0]), compare_members, &order);
	return STATUS_OK;
}

/* Puts an RRset together from its records, sorted, and appends it to what is settled. */
static void
put_members(struct slice *slice, struct zone_rrset set, size_t count)
{
	struct zone *zone = slice->settling->zone;
	struct zone_rr *out = &zone->rrs[slice->rr_begin + slice->rr_count];
	bool has_mismatch = false;
	set.first_rr_idx = (uint32_t)(slice->rr_begin + slice->rr_count);
	set.rr_count = 0;
	set.ttl = slice->members[0].ttl;
	for (size_t i = 0; i < count; i++) {
		const struct member *member = &slice->members[i];
		if (i > 0)
			merge_ttl(slice, &set, member, &has_mismatch);
		if (i > 0 &&
		    compare_rdata(zone, set.rrtype, &out[set.rr_count - 1], &member->rr) == 0) {
			report(slice, FINDING_DUPLICATE, &set, &member->rr,
			       ": the same record again (RFC 2181 5)");
			continue;
		}
		out[set.rr_count++] = member->rr;
	}
	slice->rr_count += set.rr_count;
	zone->rrsets[slice->set_begin + slice->set_count++] = set;
}

/* Two records in the wrong order: the most common case, and it needs no room. */
static void
swap_pair(const struct zone *zone, const struct zone_rrset *set)
{
	struct zone_rr *rrs = &zone->rrs[set->first_rr_idx];
	if (set->rr_count == 2 && compare_rdata(zone, set->rrtype, &rrs[0], &rrs[1]) > 0) {
		struct zone_rr swap = rrs[0];
		rrs[0] = rrs[1];
		rrs[1] = swap;
	}
}

static bool
is_ascending(const struct zone *zone, const struct zone_rrset *set)
{
	const struct zone_rr *rrs = zone_rrs(zone, set);
	for (uint32_t i = 1; i < set->rr_count; i++) {
		if (compare_rdata(zone, set->rrtype, &rrs[i - 1], &rrs[i]) >= 0)
			return false;
	}
	return true;
}

/* The runs sets[begin .. end) are one RRset of `owner`. */
static enum status
settle_rrset(struct slice *slice, size_t begin, size_t end, const uint8_t *owner)
{
	struct zone *zone = slice->settling->zone;
	struct zone_rrset set = zone->rrsets[begin];
	set.owner = owner;
	if (end - begin == 1)
		swap_pair(zone, &set);
	if (end - begin == 1 && is_ascending(zone, &set)) {
		size_t rr_idx = slice->rr_begin + slice->rr_count;
		if (rr_idx != set.first_rr_idx)
			memmove(&zone->rrs[rr_idx], &zone->rrs[set.first_rr_idx],
				set.rr_count * sizeof(zone->rrs[0]));
		set.first_rr_idx = (uint32_t)rr_idx;
		slice->rr_count += set.rr_count;
		zone->rrsets[slice->set_begin + slice->set_count++] = set;
		return STATUS_OK;
	}
	size_t count;
	enum status status = gather(slice, begin, end, &count);
	if (status == STATUS_OK)
		put_members(slice, set, count);
	return status;
}

static int
compare_runs(const void *a, const void *b)
{
	const struct zone_rrset *a_run = a;
	const struct zone_rrset *b_run = b;
	if (a_run->rrtype != b_run->rrtype)
		return (int)a_run->rrtype - (int)b_run->rrtype;
	return a_run->first_rr_idx < b_run->first_rr_idx ? -1 : 1;
}

/* The runs sets[begin .. end) of one owner, whose types may come in any order, as at nearly every
 * apex: by type, and their records with them. */
static enum status
order_types(struct slice *slice, size_t begin, size_t end)
{
	struct zone *zone = slice->settling->zone;
	struct zone_rrset *runs = &zone->rrsets[begin];
	size_t run_count = end - begin;
	size_t i = 1;
	while (i < run_count && runs[i - 1].rrtype <= runs[i].rrtype)
		i++;
	if (i == run_count)
		return STATUS_OK;
	uint32_t first_rr_idx = runs[0].first_rr_idx;
	size_t rr_count =
	    runs[run_count - 1].first_rr_idx + runs[run_count - 1].rr_count - first_rr_idx;
	if (make_room(slice, rr_count, run_count) != STATUS_OK)
		return STATUS_NO_MEMORY;
	for (size_t j = 0; j < rr_count; j++)
		slice->members[j].rr = zone->rrs[first_rr_idx + j];
	memcpy(slice->runs, runs, run_count * sizeof(runs[0]));
	qsort(slice->runs, run_count, sizeof(runs[0]), compare_runs);
	uint32_t out = first_rr_idx;
	for (i = 0; i < run_count; i++) {
		runs[i] = slice->runs[i];
		runs[i].first_rr_idx = out;
		size_t from = slice->runs[i].first_rr_idx - first_rr_idx;
		for (uint32_t j = 0; j < runs[i].rr_count; j++)
			zone->rrs[out++] = slice->members[from + j].rr;
	}
	return STATUS_OK;
}

/* The runs sets[begin .. end) are all that one owner has. */
static enum status
settle_owner(struct slice *slice, size_t begin, size_t end)
{
	const struct zone_rrset *sets = slice->settling->zone->rrsets;
	const uint8_t *owner = sets[begin].owner;
	enum status status = order_types(slice, begin, end);
	for (size_t i = begin, set_end; i < end && status == STATUS_OK; i = set_end) {
		for (set_end = i + 1; set_end < end && sets[set_end].rrtype == sets[i].rrtype;)
			set_end++;
		status = settle_rrset(slice, i, set_end, owner);
	}
	slice->name_count++;
	return status;
}

static void
settle_slice(void *context, unsigned idx)
{
	const struct settling *settling = context;
	struct slice *slice = &settling->slices[idx];
	const struct zone_rrset *sets = settling->zone->rrsets;
	slice->rr_begin =
	    slice->set_begin < slice->set_end ? sets[slice->set_begin].first_rr_idx : 0;
	for (size_t i = slice->set_begin, end; i < slice->set_end; i = end) {
		for (end = i + 1;
		     end < slice->set_end && dname_equal_lower(sets[i].owner, sets[end].owner);)
			end++;
		slice->status = settle_owner(slice, i, end);
		if (slice->status != STATUS_OK)
			return;
	}
}

/* Cuts at owners, so that each is one slice's. */
static void
cut_slices(struct settling *settling)
{
	const struct zone *zone = settling->zone;
	size_t begin = 0;
	for (unsigned i = 0; i < settling->slice_count; i++) {
		size_t end = zone->rrset_count * (i + 1) / settling->slice_count;
		end = end > begin ? end : begin;
		while (end > begin && end < zone->rrset_count &&
		       dname_equal_lower(zone->rrsets[end].owner, zone->rrsets[end - 1].owner))
			end++;
		settling->slices[i] = (struct slice){.settling = settling,
						     .set_begin = begin,
						     .set_end = end,
						     .findings = &settling->findings[i]};
		begin = end;
	}
}

/* Moves what the slices have settled together. */
static void
close_gaps(struct settling *settling)
{
	struct zone *zone = settling->zone;
	size_t set_count = 0;
	size_t rr_count = 0;
	for (unsigned i = 0; i < settling->slice_count; i++) {
		const struct slice *slice = &settling->slices[i];
		if (slice->set_count == 0)
			continue; /* of an empty zone: no array is there to point into */
		struct zone_rrset *sets = &zone->rrsets[set_count];
		if (slice->set_begin != set_count)
			memmove(sets, &zone->rrsets[slice->set_begin],
				slice->set_count * sizeof(sets[0]));
		if (slice->rr_begin != rr_count && slice->rr_count > 0) {
			memmove(&zone->rrs[rr_count], &zone->rrs[slice->rr_begin],
				slice->rr_count * sizeof(zone->rrs[0]));
			for (size_t j = 0; j < slice->set_count; j++)
				sets[j].first_rr_idx -= (uint32_t)(slice->rr_begin - rr_count);
		}
		set_count += slice->set_count;
		rr_count += slice->rr_count;
		zone->name_count += slice->name_count;
	}
	zone->rrset_count = set_count;
	zone->rr_count = rr_count;
}

/* Is hardly more memory held than is used? */
static bool
is_fitting(const struct zone *zone)
{
	size_t len =
	    zone->rrset_cap * sizeof(zone->rrsets[0]) + zone->rr_cap * sizeof(zone->rrs[0]);
	return zone->rrset_count < zone->rrset_cap && zone->rr_count < zone->rr_cap &&
	       len <= FITTING_LEN_MAX;
}

static enum status
settle_slices(struct settling *settling, struct jobs *jobs)
{
	enum status status = STATUS_OK;
	cut_slices(settling);
	jobs->run(jobs, settle_slice, settling, settling->slice_count);
	for (unsigned i = 0; i < settling->slice_count; i++) {
		struct slice *slice = &settling->slices[i];
		free(slice->members);
		free(slice->runs);
		if (slice->status != STATUS_OK)
			status = slice->status;
	}
	if (status == STATUS_OK)
		close_gaps(settling);
	return status;
}

static enum status
settle_side_by_side(struct zone *zone, struct jobs *jobs, struct findings *findings)
{
	unsigned count = SLICES_PER_THREAD * jobs->width;
	struct settling settling = {.zone = zone,
				    .slices = calloc(count, sizeof(settling.slices[0])),
				    .findings = calloc(count, sizeof(settling.findings[0])),
				    .slice_count = count};
	enum status status = STATUS_NO_MEMORY;
	if (settling.slices != NULL && settling.findings != NULL) {
		for (unsigned i = 0; i < count; i++)
			findings_init(&settling.findings[i]);
		status = settle_slices(&settling, jobs);
		for (unsigned i = 0; i < count; i++)
			findings_move(findings, &settling.findings[i], 0);
	}
	free(settling.slices);
	free(settling.findings);
	return status;
}

enum status
zone_settle(struct zone *zone, bool is_sorted, struct jobs *jobs, struct findings *findings)
{
	enum status status = is_sorted ? STATUS_OK : zone_sort(zone, jobs);
	if (status != STATUS_OK)
		return status;
	if (jobs->width > 1 && zone->rrset_count >= 2 * SLICE_SETS_MIN) {
		status = settle_side_by_side(zone, jobs, findings);
	} else {
		struct slice only;
		struct settling settling = {
		    .zone = zone, .slices = &only, .findings = findings, .slice_count = 1};
		status = settle_slices(&settling, jobs);
	}
	if (status != STATUS_OK || is_fitting(zone))
		return status;
	/* One more than needed: none at all is an array too. */
	return zone_resize(zone, zone->rrset_count + 1, zone->rr_count + 1);
}
