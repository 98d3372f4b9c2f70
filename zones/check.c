/* check.c -- stage 4 of 4 of reading a zone: does it make sense as a whole? (before: zone.c) */
#include "zones/check.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "zones/check_dnssec.h"
#include "zones/dname.h"
#include "zones/dnssec.h"
#include "zones/rdata.h"
#include "zones/unreachable.h"
#include "zones/zone_index.h"

enum {
	/* Fewer RRsets are not worth a thread. */
	SLICE_SETS_MIN = 4096,
	SLICES_PER_THREAD = 4,
	RECENT_TARGETS_BITS = 10,
	/* RRsets: long enough for memory to answer, short enough to stay in a first-level cache. */
	AHEAD_COUNT = 16,
	/* With fewer RRsets looking each target up costs less than making room to remember them. */
	RECENT_SETS_MIN = 256,
};

/* What is known of a target that lies in the zone. */
enum target_state {
	TARGET_UNKNOWN,
	TARGET_ELSEWHERE, /* or no target at all */
	TARGET_HAS_ADDRESS,
	TARGET_IS_ALIAS,
	TARGET_WITHOUT_ADDRESS,
};

/* The servers of one operator are the targets of many delegations. */
struct recent_target {
	uint32_t rdata;
	uint16_t rrtype;
	uint8_t state;
};

/* One look at the zone, or at a slice of it. */
struct check {
	const struct zone *zone;
	const char *path;
	bool is_complete;
	bool is_signed;
	struct findings *findings;
	size_t origin_len;
	const struct zone_index *index;
	_Atomic uint64_t *servers; /* a bit an RRset: its owner is a name server at an address that
				      nobody can reach */

	/* of a slice */
	size_t begin;
	size_t end;
	size_t near;                  /* the RRset being looked at */
	struct recent_target *recent; /* 1 << RECENT_TARGETS_BITS of them; NULL in a small zone */
};

static struct zone_owner
find_owner(const struct check *check, const uint8_t *dname)
{
	size_t position;
	return zone_index_find(check->index, dname, SIZE_MAX, &position);
}

static const struct zone_rrset *
find_set(const struct zone_owner *owner, uint16_t rrtype)
{
	/* In the order of types, so an owner of thousands costs no more than one of a few. */
	for (size_t i = 0; i < owner->set_count && owner->sets[i].rrtype <= rrtype; i++) {
		if (owner->sets[i].rrtype == rrtype)
			return &owner->sets[i];
	}
	return NULL;
}

static const struct zone_rr *
first_rr(const struct check *check, const struct zone_rrset *set)
{
	return zone_rrs(check->zone, set);
}

/* A finding at `rr`: "NAME text". */
static void
finding_at(const struct check *check, enum finding_kind kind, const struct zone_rr *rr,
	   const uint8_t *owner, const char *text)
{
	struct zone_place place = zone_place(check->zone, rr);
	char name[DNAME_TEXT_MAX];
	dname_print(owner, name);
	findings_add(check->findings, kind, place.file, place.line, place.column, "%s %s", name,
		     text);
}

/* A finding at `rr` about `owner` and the name it points to: "OWNER TYPE TARGET: text". */
static void
finding_of_target(const struct check *check, enum finding_kind kind, const struct zone_rrset *set,
		  const struct zone_rr *rr, const uint8_t *target, const char *text)
{
	struct zone_place place = zone_place(check->zone, rr);
	char owner_name[DNAME_TEXT_MAX];
	char target_name[DNAME_TEXT_MAX];
	char type[RRTYPE_TEXT_MAX];
	dname_print(set->owner, owner_name);
	dname_print(target, target_name);
	rrtype_print(set->rrtype, type);
	findings_add(check->findings, kind, place.file, place.line, place.column, "%s %s %s: %s",
		     owner_name, type, target_name, text);
}

static bool
is_apex(const struct check *check, const struct zone_owner *owner)
{
	/* Nothing sorts before it. */
	return owner->sets == check->zone->rrsets &&
	       dname_equal_lower(owner->dname, check->zone->origin);
}

static bool
has_address(const struct zone_owner *owner)
{
	return find_set(owner, RRTYPE_A) != NULL || find_set(owner, RRTYPE_AAAA) != NULL;
}

/* The apex has a SOA and NS, and the SOA is there only (RFC 1034 4.2.1, RFC 2181 6.1). */
static void
check_apex(const struct check *check)
{
	char name[DNAME_TEXT_MAX];
	if (!check->is_complete ||
	    (zone_find(check->zone, check->zone->origin, RRTYPE_SOA) != NULL &&
	     zone_find(check->zone, check->zone->origin, RRTYPE_NS) != NULL))
		return;
	struct zone_owner apex = find_owner(check, check->zone->origin);
	dname_print(check->zone->origin, name);
	if (apex.dname == NULL || find_set(&apex, RRTYPE_SOA) == NULL)
		findings_add(check->findings, FINDING_SOA_MISSING, check->path, 0, 0,
			     "no SOA at the zone's apex %s", name);
	if (apex.dname == NULL || find_set(&apex, RRTYPE_NS) == NULL)
		findings_add(check->findings, FINDING_NS_MISSING, check->path, 0, 0,
			     "no NS at the zone's apex %s", name);
}

static void
check_soa(const struct check *check, const struct zone_owner *owner)
{
	const struct zone_rrset *soa = find_set(owner, RRTYPE_SOA);
	if (soa == NULL)
		return;
	if (!is_apex(check, owner))
		finding_at(check, FINDING_SOA_NOT_AT_APEX, first_rr(check, soa), owner->dname,
			   "has a SOA, which only the zone's apex has");
	else if (soa->rr_count > 1)
		finding_at(check, FINDING_SOA_MULTIPLE, first_rr(check, soa) + 1, owner->dname,
			   "has more than one SOA");
}

/* CNAME and DNAME, RFC 1034 3.6.2, RFC 6672 2.4. */
static void
check_singletons(const struct check *check, const struct zone_owner *owner)
{
	for (size_t i = 0; i < owner->set_count; i++) {
		const struct zone_rrset *set = &owner->sets[i];
		const struct rrtype *row = rrtype_find(set->rrtype);
		char type[RRTYPE_TEXT_MAX];
		if (set->rr_count == 1 || row == NULL || (row->flags & RRTYPE_SINGLETON) == 0 ||
		    set->rrtype == RRTYPE_SOA)
			continue;
		char text[64 + RRTYPE_TEXT_MAX];
		rrtype_print(set->rrtype, type);
		stpcpy(stpcpy(text, "has more than one "), type);
		finding_at(check, FINDING_SINGLETON, first_rr(check, set) + 1, owner->dname, text);
	}
}

/* RFC 4034 3 and 4 (RRSIG, NSEC), RFC 2181 10.1 (SIG, KEY, NXT). */
bool
check_is_allowed_beside_cname(uint16_t rrtype)
{
	return rrtype == RRTYPE_CNAME || rrtype == RRTYPE_RRSIG || rrtype == RRTYPE_NSEC ||
	       rrtype == RRTYPE_SIG || rrtype == RRTYPE_KEY || rrtype == RRTYPE_NXT;
}

static void
check_cname(const struct check *check, const struct zone_owner *owner)
{
	if (find_set(owner, RRTYPE_CNAME) == NULL)
		return;
	for (size_t i = 0; i < owner->set_count; i++) {
		const struct zone_rrset *set = &owner->sets[i];
		char type[RRTYPE_TEXT_MAX];
		char text[64 + RRTYPE_TEXT_MAX];
		if (check_is_allowed_beside_cname(set->rrtype))
			continue;
		rrtype_print(set->rrtype, type);
		stpcpy(stpcpy(text, "has a CNAME, and beside it "), type);
		finding_at(check, FINDING_CNAME_AND_OTHER, first_rr(check, set), owner->dname,
			   text);
	}
}

/* RFC 6672 2.3: the child zone would have to be both here and elsewhere. */
static void
check_dname(const struct check *check, const struct zone_owner *owner)
{
	const struct zone_rrset *dname = find_set(owner, RRTYPE_DNAME);
	if (dname != NULL && find_set(owner, RRTYPE_NS) != NULL && !is_apex(check, owner))
		finding_at(check, FINDING_DNAME_AND_NS, first_rr(check, dname), owner->dname,
			   "has both DNAME and NS below the apex (RFC 6672 2.3)");
}

/* Is the name below a zone cut or a DNAME? Nothing is synthesized there. */
static bool
is_hidden(const struct check *check, const uint8_t *dname)
{
	for (const uint8_t *at = dname; dname_len(at) > check->origin_len; at = dname_skip(at, 1)) {
		struct zone_owner owner = find_owner(check, at);
		if (owner.dname != NULL &&
		    (find_set(&owner, RRTYPE_NS) != NULL || find_set(&owner, RRTYPE_DNAME) != NULL))
			return true;
	}
	return false;
}

/* The wildcard that stands in for the absent name `target`, which would be at `position`; or NULL.
 * In canonical order the closest encloser is what the name shares with one of its neighbours, empty
 * non-terminals included; the source of synthesis is right below it (RFC 4592 3.3.1). */
static struct zone_owner
find_wildcard(const struct check *check, const uint8_t *target, size_t position)
{
	unsigned labels = 0;
	for (size_t i = position > 0 ? position - 1 : 0;
	     i <= position && i < check->zone->rrset_count; i++) {
		unsigned common = dname_common_labels(target, check->zone->rrsets[i].owner);
		labels = common > labels ? common : labels;
	}
	uint8_t wildcard[2 + DNAME_LEN_MAX] = {1, '*'};
	const uint8_t *encloser = dname_skip(target, dname_label_count(target) - labels);
	memcpy(wildcard + 2, encloser, dname_len(encloser));
	/* A name that fills all 255 octets has no wildcard below it. */
	if (dname_wire_len(wildcard, sizeof(wildcard)) == 0)
		return (struct zone_owner){0};
	return find_owner(check, wildcard);
}

/* Q244132: is one of the name server's addresses one that nobody can reach? It is noted, for such a
 * server is reported once, however many delegations name it. */
static void
review_addresses(const struct check *check, const struct zone_owner *server)
{
	for (size_t i = 0; i < server->set_count; i++) {
		const struct zone_rrset *set = &server->sets[i];
		if (set->rrtype != RRTYPE_A && set->rrtype != RRTYPE_AAAA)
			continue;
		for (uint32_t j = 0; j < set->rr_count; j++) {
			struct zone_rdata rdata = zone_rdata(check->zone, first_rr(check, set) + j);
			size_t idx = (size_t)(set - check->zone->rrsets);
			if (unreachable_reason(rdata.octets, rdata.len) != NULL)
				atomic_fetch_or_explicit(&check->servers[idx / 64],
							 UINT64_C(1) << idx % 64,
							 memory_order_relaxed);
		}
	}
}

/* The addresses in `set` that were noted. */
static void
report_addresses(const struct check *check, const struct zone_rrset *set)
{
	char name[DNAME_TEXT_MAX];
	dname_print(set->owner, name);
	for (uint32_t i = 0; i < set->rr_count; i++) {
		const struct zone_rr *rr = first_rr(check, set) + i;
		struct zone_rdata rdata = zone_rdata(check->zone, rr);
		const char *reason = unreachable_reason(rdata.octets, rdata.len);
		char address[64];
		if (reason == NULL)
			continue;
		struct zone_place place = zone_place(check->zone, rr);
		rdata_print(set->rrtype, rdata.octets, rdata.len, address, sizeof(address));
		findings_add(check->findings, FINDING_ADDRESS_UNREACHABLE, place.file, place.line,
			     place.column, "name server %s at %s: %s, nobody can reach it there",
			     name, address, reason);
	}
}

static void
report_servers(const struct check *check)
{
	for (size_t i = 0; i <= check->zone->rrset_count / 64; i++) {
		for (uint64_t word = check->servers[i]; word != 0; word &= word - 1)
			report_addresses(
			    check, &check->zone->rrsets[i * 64 + (size_t)__builtin_ctzll(word)]);
	}
}

static const uint8_t *
target_of(const struct check *check, const struct rrtype *row, const struct zone_rr *rr)
{
	struct zone_rdata rdata = zone_rdata(check->zone, rr);
	return rdata_name(row, rdata.octets, rdata.len, row->additional_field);
}

/* What an NS or MX points to. A target of "." says that there is no service (RFC 7505 for MX). */
static enum target_state
state_of(const struct check *check, uint16_t rrtype, const uint8_t *target)
{
	if (target[0] == 0 || !dname_is_within(target, check->zone->origin))
		return TARGET_ELSEWHERE;
	size_t position;
	struct zone_owner source = zone_index_find(check->index, target, check->near, &position);
	if (source.dname == NULL && !is_hidden(check, target))
		source = find_wildcard(check, target, position);
	if (source.dname != NULL && find_set(&source, RRTYPE_CNAME) != NULL)
		return TARGET_IS_ALIAS;
	if (rrtype == RRTYPE_NS && source.dname != NULL)
		review_addresses(check, &source);
	return source.dname != NULL && has_address(&source) ? TARGET_HAS_ADDRESS
							    : TARGET_WITHOUT_ADDRESS;
}

static enum target_state
recent_state_of(struct check *check, const struct rrtype *row, const struct zone_rr *rr)
{
	if (check->recent == NULL)
		return state_of(check, row->code, target_of(check, row, rr));
	struct recent_target *recent =
	    &check->recent[rr->rdata * 0x9e3779b9u >> (32 - RECENT_TARGETS_BITS)];
	/* Then there is no need to look at the RDATA, which is in no cache. */
	if (recent->state != TARGET_UNKNOWN && recent->rdata == rr->rdata &&
	    recent->rrtype == row->code)
		return recent->state;
	enum target_state state = state_of(check, row->code, target_of(check, row, rr));
	*recent = (struct recent_target){rr->rdata, row->code, (uint8_t)state};
	return state;
}

/* The target of an NS or MX: does it exist, has it addresses, if it lies in this zone? */
static void
check_target(struct check *check, const struct rrtype *row, const struct zone_rrset *set,
	     const struct zone_rr *rr)
{
	enum target_state state = recent_state_of(check, row, rr);
	if (state != TARGET_IS_ALIAS && state != TARGET_WITHOUT_ADDRESS)
		return;
	const uint8_t *target = target_of(check, row, rr);
	if (state == TARGET_IS_ALIAS)
		finding_of_target(check, FINDING_TARGET_ALIAS, set, rr, target,
				  "the name is an alias (RFC 2181 10.3)");
	if (state != TARGET_WITHOUT_ADDRESS || !check->is_complete)
		return;
	bool is_delegation =
	    set->rrtype == RRTYPE_NS && !dname_equal(set->owner, check->zone->origin);
	if (is_delegation && dname_is_within(target, set->owner))
		finding_of_target(check, FINDING_GLUE_MISSING, set, rr, target,
				  "the delegation needs glue, an address of this name, and has "
				  "none (Q160459)");
	else
		finding_of_target(check, FINDING_TARGET_MISSING, set, rr, target,
				  "no address of this name in the zone it lies in");
}

static void
check_targets(struct check *check, const struct zone_owner *owner)
{
	static const uint16_t types[] = {RRTYPE_NS, RRTYPE_MX};
	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		const struct rrtype *row = rrtype_find(types[i]);
		const struct zone_rrset *set = find_set(owner, types[i]);
		for (uint32_t j = 0; set != NULL && j < set->rr_count; j++)
			check_target(check, row, set, first_rr(check, set) + j);
	}
}

/* What stands at a zone cut and is the parent's: the delegation, its DS, its proofs; addresses
 * there are glue. A DNAME there is an error with a finding of its own. */
static bool
is_allowed_at_cut(uint16_t rrtype)
{
	return rrtype == RRTYPE_NS || rrtype == RRTYPE_DS || rrtype == RRTYPE_NSEC ||
	       rrtype == RRTYPE_RRSIG || rrtype == RRTYPE_A || rrtype == RRTYPE_AAAA ||
	       rrtype == RRTYPE_DNAME;
}

static void
check_at_cut(const struct check *check, const struct zone_owner *owner)
{
	for (size_t i = 0; i < owner->set_count; i++) {
		const struct zone_rrset *set = &owner->sets[i];
		if (!is_allowed_at_cut(set->rrtype))
			finding_at(check, FINDING_OCCLUDED, first_rr(check, set), owner->dname,
				   "is delegated; this record is the child's to serve");
	}
}

bool
check_is_allowed_below_dname(uint16_t rrtype)
{
	return rrtype == RRTYPE_NSEC || rrtype == RRTYPE_NSEC3 || rrtype == RRTYPE_RRSIG;
}

/* `owner` lies below `above`, a zone cut or an owner of DNAME. */
static void
check_below(const struct check *check, const struct zone_owner *owner,
	    const struct zone_owner *above)
{
	bool is_below_dname = find_set(above, RRTYPE_DNAME) != NULL;
	for (size_t i = 0; i < owner->set_count; i++) {
		const struct zone_rrset *set = &owner->sets[i];
		const struct zone_rr *rr = first_rr(check, set);
		bool is_proof = check_is_allowed_below_dname(set->rrtype);
		if (is_below_dname && !is_proof) {
			finding_at(check, FINDING_DNAME_AND_BELOW, rr, owner->dname,
				   "lies below a DNAME (RFC 6672 2.4)");
			return;
		}
		/* In a signed zone they are check_dnssec.c's. */
		if (is_proof && check->is_signed)
			continue;
		if (!is_below_dname && set->rrtype != RRTYPE_A && set->rrtype != RRTYPE_AAAA) {
			finding_at(check, FINDING_OCCLUDED, rr, owner->dname,
				   "lies below a zone cut; this record is hidden");
			return;
		}
	}
}

bool
check_is_allowed_beside_nsec3(uint16_t rrtype)
{
	return rrtype == RRTYPE_NSEC3 || rrtype == RRTYPE_RRSIG;
}

/* That a name and the hash of another are one happens to those who mean it (RFC 5155 7.2.8). */
static void
check_nsec3(const struct check *check, const struct zone_owner *owner)
{
	if (owner->dname[0] != NSEC3_LABEL_LEN || find_set(owner, RRTYPE_NSEC3) == NULL ||
	    !nsec3_is_owner(owner->dname, dname_label_count(check->zone->origin)))
		return;
	for (size_t i = 0; i < owner->set_count; i++) {
		const struct zone_rrset *set = &owner->sets[i];
		if (check_is_allowed_beside_nsec3(set->rrtype))
			continue;
		finding_at(check, FINDING_NSEC3_AND_OTHER, first_rr(check, set), owner->dname,
			   "has an NSEC3 beside other data");
		return;
	}
}

/* No message holds a tenth of that many, nor does Knot take more. */
static void
check_counts(const struct check *check, const struct zone_owner *owner)
{
	for (size_t i = 0; i < owner->set_count; i++) {
		const struct zone_rrset *set = &owner->sets[i];
		if (set->rr_count > RRSET_RR_COUNT_MAX)
			finding_at(check, FINDING_RRSET_LARGE,
				   first_rr(check, set) + RRSET_RR_COUNT_MAX, owner->dname,
				   "has an RRset of more than 65535 records");
	}
}

static bool
hides_what_is_below(const struct check *check, const struct zone_owner *owner)
{
	return find_set(owner, RRTYPE_DNAME) != NULL ||
	       (find_set(owner, RRTYPE_NS) != NULL && !is_apex(check, owner));
}

/* The topmost name above `dname` that hides it, or none. */
static struct zone_owner
find_above(const struct check *check, const uint8_t *dname)
{
	unsigned labels = dname_label_count(dname);
	unsigned count = labels - dname_label_count(check->zone->origin);
	for (; count > 0; count--) {
		struct zone_owner owner = find_owner(check, dname_skip(dname, count));
		if (owner.dname != NULL && hides_what_is_below(check, &owner))
			return owner;
	}
	return (struct zone_owner){0};
}

/* Has the owner types that there are rules about, or more of one than there may be? Most have not.
 */
static bool
has_rules(const struct zone_owner *owner)
{
	for (size_t i = 0; i < owner->set_count; i++) {
		const struct rrtype *row = rrtype_find(owner->sets[i].rrtype);
		if (row != NULL && (row->flags & RRTYPE_SINGLETON) != 0)
			return true;
		if (owner->sets[i].rr_count > RRSET_RR_COUNT_MAX)
			return true;
	}
	return false;
}

/* What the owner holds, whatever else is in the zone. */
static void
check_owner(const struct check *check, const struct zone_owner *owner)
{
	if (!has_rules(owner))
		return;
	check_soa(check, owner);
	check_singletons(check, owner);
	check_counts(check, owner);
	check_cname(check, owner);
	check_dname(check, owner);
}

/* Fetches what will be looked at soon: names and RDATA stand in the order of the file's parts,
 * which threads took turns to read, and no processor sees that coming. */
static void
look_ahead(const struct zone *zone, size_t rrset_idx)
{
	if (rrset_idx + AHEAD_COUNT >= zone->rrset_count)
		return;
	const struct zone_rrset *set = &zone->rrsets[rrset_idx + AHEAD_COUNT];
	__builtin_prefetch(set->owner);
	__builtin_prefetch(zone_memory_at(zone->memory, zone_rrs(zone, set)->rdata));
}

/* A slice of the owners in canonical order, in which a name's descendants follow it at once: so one
 * name is enough to remember what hides those that follow. */
static void
check_owners(struct check *check)
{
	struct zone_owner above = {0};
	struct zone_owner owner;
	if (check->begin < check->end)
		above = find_above(check, check->zone->rrsets[check->begin].owner);
	for (size_t i = check->begin; i < check->end; i += owner.set_count) {
		look_ahead(check->zone, i);
		owner = zone_index_owner(check->index, i);
		check->near = i;
		check_owner(check, &owner);
		check_nsec3(check, &owner);
		if (above.dname != NULL && dname_is_within(owner.dname, above.dname)) {
			check_below(check, &owner, &above);
			continue;
		}
		above = (struct zone_owner){0};
		if (find_set(&owner, RRTYPE_NS) != NULL && !is_apex(check, &owner))
			check_at_cut(check, &owner);
		if (hides_what_is_below(check, &owner))
			above = owner;
		check_targets(check, &owner);
	}
}

static void
check_slice(void *context, unsigned idx)
{
	struct check *slices = context;
	check_owners(&slices[idx]);
}

/* Cuts at owners, so that each is one slice's. */
static void
cut_slices(const struct check *check, struct check *slices, struct findings *findings,
	   unsigned count)
{
	const struct zone *zone = check->zone;
	size_t begin = 0;
	for (unsigned i = 0; i < count; i++) {
		size_t end = zone->rrset_count * (i + 1) / count;
		end = end > begin ? end : begin;
		while (end > begin && end < zone->rrset_count &&
		       zone->rrsets[end].owner == zone->rrsets[end - 1].owner)
			end++;
		slices[i] = *check;
		slices[i].begin = begin;
		slices[i].end = end;
		slices[i].findings = &findings[i];
		findings_init(&findings[i]);
		begin = end;
	}
}

static enum status
check_slices(struct check *check, struct jobs *jobs)
{
	bool is_large = jobs->width > 1 && check->zone->rrset_count >= 2 * SLICE_SETS_MIN;
	if (check->zone->rrset_count < RECENT_SETS_MIN) {
		check->end = check->zone->rrset_count;
		check_owners(check);
		report_servers(check);
		return STATUS_OK;
	}
	unsigned count = is_large ? SLICES_PER_THREAD * jobs->width : 1;
	struct check *slices = calloc(count, sizeof(slices[0]));
	struct findings *findings = calloc(count, sizeof(findings[0]));
	struct recent_target *recent =
	    calloc((size_t)count << RECENT_TARGETS_BITS, sizeof(recent[0]));
	enum status status = STATUS_NO_MEMORY;
	if (slices != NULL && findings != NULL) {
		cut_slices(check, slices, findings, count);
		for (unsigned i = 0; i < count && recent != NULL; i++)
			slices[i].recent = recent + ((size_t)i << RECENT_TARGETS_BITS);
		jobs->run(jobs, check_slice, slices, count);
		for (unsigned i = 0; i < count; i++)
			findings_move(check->findings, &findings[i], 0);
		report_servers(check);
		status = STATUS_OK;
	}
	free(recent);
	free(slices);
	free(findings);
	return status;
}

enum status
check_zone(const struct zone *zone, const struct check_context *context, struct jobs *jobs,
	   struct findings *findings)
{
	struct zone_index index;
	struct check check = {.zone = zone,
			      .path = context->path,
			      .is_complete = context->is_complete,
			      .is_signed = zone_is_signed(zone),
			      .findings = findings,
			      .origin_len = dname_len(zone->origin),
			      .index = &index};
	_Atomic uint64_t few_servers[RECENT_SETS_MIN / 64] = {0};
	bool has_few = zone->rrset_count < RECENT_SETS_MIN;
	enum status status = zone_index_init(&index, zone);
	check.servers =
	    has_few ? few_servers : calloc(zone->rrset_count / 64 + 1, sizeof(check.servers[0]));
	if (check.servers == NULL)
		status = STATUS_NO_MEMORY;
	if (status == STATUS_OK) {
		check_apex(&check);
		status = check_slices(&check, jobs);
	}
	if (!has_few)
		free(check.servers);
	zone_index_fini(&index);
	return status;
}
