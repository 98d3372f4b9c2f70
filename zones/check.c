/* check.c -- stage 4 of 4 of reading a zone: does it make sense as a whole? (before: zone.c) */
#include "zones/check.h"

#include <stdlib.h>

#include "zones/check_dnssec.h"
#include "zones/dname.h"
#include "zones/rdata.h"
#include "zones/unreachable.h"
#include "zones/zone_sort.h"

/* One owner name and its RRsets. */
struct owner {
	const uint8_t *dname;
	const struct zone_rrset *sets;
	size_t set_count;
	bool is_reviewed; /* its addresses, as those of a name server */
};

struct check {
	const struct zone *zone;
	const char *path;
	bool is_complete;
	bool is_signed;
	struct findings *findings;
	size_t origin_len;
	struct owner *owners; /* in canonical order */
	uint64_t *sort_keys;  /* of the owners: a search seldom has to look at a name */
	size_t owner_count;
};

/* The owner `dname`, or NULL; *position is where it is or would be. Every name server of every
 * delegation is looked for, so this is what checking a large zone costs. A hash table would be a
 * little faster, and its collisions at the mercy of whoever writes the zone. `dname` lies within
 * the zone. */
static struct owner *
find_position(const struct check *check, const uint8_t *dname, size_t *position)
{
	uint8_t lower[DNAME_LEN_MAX];
	uint64_t sort_key = zone_sort_key(lower, dname_lower(dname, lower) - check->origin_len);
	size_t low = 0;
	size_t high = check->owner_count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		uint64_t middle_key = check->sort_keys[middle];
		int order = (sort_key > middle_key) - (sort_key < middle_key);
		if (order == 0)
			order = dname_compare(lower, check->owners[middle].dname);
		if (order == 0) {
			*position = middle;
			return &check->owners[middle];
		}
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	*position = low;
	return NULL;
}

static struct owner *
find_owner(const struct check *check, const uint8_t *dname)
{
	size_t position;
	return find_position(check, dname, &position);
}

static enum status
index_owners(struct check *check)
{
	const struct zone *zone = check->zone;
	check->owners = calloc(zone->name_count + 1, sizeof(check->owners[0]));
	check->sort_keys = calloc(zone->name_count + 1, sizeof(check->sort_keys[0]));
	if (check->owners == NULL || check->sort_keys == NULL)
		return STATUS_NO_MEMORY;
	for (size_t i = 0; i < zone->rrset_count; i++) {
		const struct zone_rrset *set = &zone->rrsets[i];
		if (i > 0 && set->owner == set[-1].owner) {
			check->owners[check->owner_count - 1].set_count++;
			continue;
		}
		check->sort_keys[check->owner_count] =
		    zone_sort_key(set->owner, dname_len(set->owner) - check->origin_len);
		check->owners[check->owner_count++] =
		    (struct owner){.dname = set->owner, .sets = set, .set_count = 1};
	}
	return STATUS_OK;
}

static const struct zone_rrset *
find_set(const struct owner *owner, uint16_t rrtype)
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
is_apex(const struct check *check, const struct owner *owner)
{
	return dname_equal(owner->dname, check->zone->origin);
}

static bool
has_address(const struct owner *owner)
{
	return find_set(owner, RRTYPE_A) != NULL || find_set(owner, RRTYPE_AAAA) != NULL;
}

/* The apex has a SOA and NS, and the SOA is there only (RFC 1034 4.2.1, RFC 2181 6.1). */
static void
check_apex(const struct check *check)
{
	const struct owner *apex = find_owner(check, check->zone->origin);
	char name[DNAME_TEXT_MAX];
	dname_print(check->zone->origin, name);
	if (!check->is_complete)
		return;
	if (apex == NULL || find_set(apex, RRTYPE_SOA) == NULL)
		findings_add(check->findings, FINDING_SOA_MISSING, check->path, 0, 0,
			     "no SOA at the zone's apex %s", name);
	if (apex == NULL || find_set(apex, RRTYPE_NS) == NULL)
		findings_add(check->findings, FINDING_NS_MISSING, check->path, 0, 0,
			     "no NS at the zone's apex %s", name);
}

static void
check_soa(const struct check *check, const struct owner *owner)
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
check_singletons(const struct check *check, const struct owner *owner)
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
check_cname(const struct check *check, const struct owner *owner)
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
check_dname(const struct check *check, const struct owner *owner)
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
		const struct owner *owner = find_owner(check, at);
		if (owner != NULL &&
		    (find_set(owner, RRTYPE_NS) != NULL || find_set(owner, RRTYPE_DNAME) != NULL))
			return true;
	}
	return false;
}

/* The wildcard that stands in for the absent name `target`, which would be at `position`; or NULL.
 * In canonical order the closest encloser is what the name shares with one of its neighbours, empty
 * non-terminals included; the source of synthesis is right below it (RFC 4592 3.3.1). */
static struct owner *
find_wildcard(const struct check *check, const uint8_t *target, size_t position)
{
	unsigned labels = 0;
	for (size_t i = position > 0 ? position - 1 : 0; i <= position && i < check->owner_count;
	     i++) {
		unsigned common = dname_common_labels(target, check->owners[i].dname);
		labels = common > labels ? common : labels;
	}
	uint8_t wildcard[2 + DNAME_LEN_MAX] = {1, '*'};
	const uint8_t *encloser = dname_skip(target, dname_label_count(target) - labels);
	memcpy(wildcard + 2, encloser, dname_len(encloser));
	/* A name that fills all 255 octets has no wildcard below it. */
	if (dname_wire_len(wildcard, sizeof(wildcard)) == 0)
		return NULL;
	return find_owner(check, wildcard);
}

/* Q244132: the addresses of a name server, once. */
static void
review_addresses(const struct check *check, struct owner *server)
{
	if (server->is_reviewed)
		return;
	server->is_reviewed = true;
	for (size_t i = 0; i < server->set_count; i++) {
		const struct zone_rrset *set = &server->sets[i];
		if (set->rrtype != RRTYPE_A && set->rrtype != RRTYPE_AAAA)
			continue;
		for (uint32_t j = 0; j < set->rr_count; j++) {
			const struct zone_rr *rr = first_rr(check, set) + j;
			struct zone_rdata rdata = zone_rdata(check->zone, rr);
			const char *reason = unreachable_reason(rdata.octets, rdata.len);
			char address[64];
			if (reason == NULL)
				continue;
			struct zone_place place = zone_place(check->zone, rr);
			rdata_print(set->rrtype, rdata.octets, rdata.len, address, sizeof(address));
			char name[DNAME_TEXT_MAX];
			dname_print(server->dname, name);
			findings_add(check->findings, FINDING_ADDRESS_UNREACHABLE, place.file,
				     place.line, place.column,
				     "name server %s at %s: %s, nobody can reach it there", name,
				     address, reason);
		}
	}
}

/* The target of an NS or MX that lies in this zone: does it exist, has it addresses? */
static void
check_target(const struct check *check, const struct zone_rrset *set, const struct zone_rr *rr,
	     const uint8_t *target)
{
	bool is_delegation =
	    set->rrtype == RRTYPE_NS && !dname_equal(set->owner, check->zone->origin);
	size_t position;
	struct owner *found = find_position(check, target, &position);
	struct owner *source = found;
	if (found == NULL && !is_hidden(check, target))
		source = find_wildcard(check, target, position);
	if (source != NULL && find_set(source, RRTYPE_CNAME) != NULL) {
		finding_of_target(check, FINDING_TARGET_ALIAS, set, rr, target,
				  "the name is an alias (RFC 2181 10.3)");
		return;
	}
	if (set->rrtype == RRTYPE_NS && source != NULL)
		review_addresses(check, source);
	if (source != NULL && has_address(source))
		return;
	if (!check->is_complete)
		return;
	if (is_delegation && dname_is_within(target, set->owner))
		finding_of_target(check, FINDING_GLUE_MISSING, set, rr, target,
				  "the delegation needs glue, an address of this name, and has "
				  "none (Q160459)");
	else
		finding_of_target(check, FINDING_TARGET_MISSING, set, rr, target,
				  "no address of this name in the zone it lies in");
}

/* Targets of NS and MX. A target of "." says that there is no service (RFC 7505 for MX). */
static void
check_targets(const struct check *check, const struct owner *owner)
{
	static const uint16_t types[] = {RRTYPE_NS, RRTYPE_MX};
	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		const struct rrtype *row = rrtype_find(types[i]);
		const struct zone_rrset *set = find_set(owner, types[i]);
		for (uint32_t j = 0; set != NULL && j < set->rr_count; j++) {
			const struct zone_rr *rr = first_rr(check, set) + j;
			struct zone_rdata rdata = zone_rdata(check->zone, rr);
			const uint8_t *target =
			    rdata_name(row, rdata.octets, rdata.len, row->additional_field);
			if (target[0] != 0 && dname_is_within(target, check->zone->origin))
				check_target(check, set, rr, target);
		}
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
check_at_cut(const struct check *check, const struct owner *owner)
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
check_below(const struct check *check, const struct owner *owner, const struct owner *above)
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

/* No message holds a tenth of that many, nor does Knot take more. */
static void
check_counts(const struct check *check, const struct owner *owner)
{
	for (size_t i = 0; i < owner->set_count; i++) {
		const struct zone_rrset *set = &owner->sets[i];
		if (set->rr_count > RRSET_RR_COUNT_MAX)
			finding_at(check, FINDING_RRSET_LARGE,
				   first_rr(check, set) + RRSET_RR_COUNT_MAX, owner->dname,
				   "has an RRset of more than 65535 records");
	}
}

/* All owners in canonical order, in which a name's descendants follow it at once: so one name is
 * enough to remember what hides those that follow. */
static void
check_owners(struct check *check)
{
	const struct owner *above = NULL;
	for (size_t i = 0; i < check->owner_count; i++) {
		struct owner *owner = &check->owners[i];
		check_soa(check, owner);
		check_singletons(check, owner);
		check_counts(check, owner);
		check_cname(check, owner);
		check_dname(check, owner);
		if (above != NULL && dname_is_within(owner->dname, above->dname)) {
			check_below(check, owner, above);
			continue;
		}
		above = NULL;
		bool is_cut = find_set(owner, RRTYPE_NS) != NULL && !is_apex(check, owner);
		if (is_cut)
			check_at_cut(check, owner);
		if (is_cut || find_set(owner, RRTYPE_DNAME) != NULL)
			above = owner;
		check_targets(check, owner);
	}
}

enum status
check_zone(const struct zone *zone, const char *path, bool is_complete, struct findings *findings)
{
	struct check check = {.zone = zone,
			      .path = path,
			      .is_complete = is_complete,
			      .is_signed = zone_is_signed(zone),
			      .findings = findings,
			      .origin_len = dname_len(zone->origin)};
	enum status status = index_owners(&check);
	if (status == STATUS_OK) {
		check_apex(&check);
		check_owners(&check);
	}
	free(check.sort_keys);
	free(check.owners);
	return status;
}
