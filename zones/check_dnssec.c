#include "zones/check_dnssec.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "zones/check_dnssec_internal.h"
#include "zones/dname.h"
#include "zones/rdata.h"

enum { OWNERS_AHEAD = 24 }; /* RRsets, whose owner is asked for while others are looked at */

bool
zone_is_signed(const struct zone *zone)
{
	const struct zone_rrset *sets = zone->rrsets;
	for (size_t i = 0; i < zone->rrset_count && sets[i].owner == sets[0].owner; i++) {
		uint16_t rrtype = sets[i].rrtype;
		if (rrtype == RRTYPE_DNSKEY || rrtype == RRTYPE_RRSIG || rrtype == RRTYPE_NSEC ||
		    rrtype == RRTYPE_NSEC3PARAM)
			return dname_equal(sets[0].owner, zone->origin);
	}
	return false;
}

void
dnssec_report(struct dnssec_check *check, enum finding_kind kind, const struct zone_rr *rr,
	      const uint8_t *owner, const char *format, ...)
{
	char name[DNAME_TEXT_MAX];
	char text[512];
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	dname_print(owner, name);
	struct zone_place place = zone_place(check->zone, rr);
	findings_add(check->findings, kind, place.file, place.line, place.column, "%s %s", name,
		     text);
}

const struct zone_rrset *
dnssec_find_set(const struct dnssec_owner *owner, uint16_t rrtype)
{
	for (size_t i = 0; i < owner->set_count && owner->sets[i].rrtype <= rrtype; i++) {
		if (owner->sets[i].rrtype == rrtype)
			return &owner->sets[i];
	}
	return NULL;
}

/* Hashed owner names stand right below the apex (RFC 5155 3), whatever else would hide them. */
static bool
is_nsec3_in_place(const struct dnssec_check *check, const struct dnssec_owner *owner,
		  const struct zone_rrset *set)
{
	return set->rrtype == RRTYPE_NSEC3 &&
	       dname_label_count(owner->dname) == check->origin_labels + 1;
}

bool
dnssec_is_authoritative(const struct dnssec_check *check, const struct dnssec_owner *owner,
			const struct zone_rrset *set)
{
	switch (owner->place) {
	case PLACE_AUTHORITATIVE:
		return true;
	case PLACE_CUT:
		/* RFC 4035 2.2, 2.3, 2.4. */
		return set->rrtype == RRTYPE_DS || set->rrtype == RRTYPE_NSEC ||
		       is_nsec3_in_place(check, owner, set);
	case PLACE_HIDDEN:
		return is_nsec3_in_place(check, owner, set);
	}
	return false;
}

static bool
is_denial_type(uint16_t rrtype)
{
	return rrtype == RRTYPE_RRSIG || rrtype == RRTYPE_NSEC || rrtype == RRTYPE_NSEC3;
}

/* Has the owner anything but denials and signatures? */
static bool
has_data(const struct dnssec_owner *owner)
{
	for (size_t i = 0; i < owner->set_count; i++) {
		if (!is_denial_type(owner->sets[i].rrtype))
			return true;
	}
	return false;
}

/* In canonical order a name's descendants follow it at once, so one name is enough to remember what
 * hides those that follow. */
struct dnssec_owner
dnssec_owner_at(const struct dnssec_check *check, size_t rrset_idx, const uint8_t **above)
{
	const struct zone *zone = check->zone;
	const struct zone_rrset *sets = &zone->rrsets[rrset_idx];
	struct dnssec_owner owner = {.dname = sets->owner, .sets = sets, .is_apex = rrset_idx == 0};
	/* Names lie where the file had them: to wait for each would be most of the work. */
	if (rrset_idx + OWNERS_AHEAD < zone->rrset_count)
		__builtin_prefetch(sets[OWNERS_AHEAD].owner);
	while (rrset_idx + owner.set_count < zone->rrset_count &&
	       sets[owner.set_count].owner == sets->owner)
		owner.set_count++;

	bool has_ns = !owner.is_apex && dnssec_find_set(&owner, RRTYPE_NS) != NULL;
	if (*above != NULL && dname_is_within(owner.dname, *above)) {
		owner.place = PLACE_HIDDEN;
		return owner;
	}
	if (has_ns)
		owner.place = PLACE_CUT;
	bool hides = has_ns || dnssec_find_set(&owner, RRTYPE_DNAME) != NULL;
	*above = hides ? owner.dname : NULL;
	owner.is_denied = has_data(&owner);
	return owner;
}

/* The types that a denial's bitmap should list for an owner, in ascending order. */
struct expected_types {
	const struct dnssec_owner *owner;
	enum denial denial;
	size_t set_idx;
	bool is_signed;      /* does it list RRSIG? */
	bool is_rrsig_given; /* has it been? */
};

/* RFC 4035 2.3 and RFC 5155 7.1. At a zone cut only what the parent has authority for is listed,
 * and the NS; whether signatures are there is derived from what must be signed, so that one that is
 * missing is one fault. */
static bool
is_listed(const struct expected_types *expected, uint16_t rrtype)
{
	if (rrtype == RRTYPE_RRSIG || rrtype == RRTYPE_NSEC3)
		return false;
	if (rrtype == RRTYPE_NSEC)
		return expected->denial == DENIAL_NSEC;
	return expected->owner->place != PLACE_CUT || rrtype == RRTYPE_NS || rrtype == RRTYPE_DS;
}

static bool
expected_next(struct expected_types *expected, uint16_t *rrtype)
{
	const struct dnssec_owner *owner = expected->owner;
	while (expected->set_idx < owner->set_count &&
	       !is_listed(expected, owner->sets[expected->set_idx].rrtype))
		expected->set_idx++;
	bool is_end = expected->set_idx == owner->set_count;
	uint16_t next = is_end ? 0 : owner->sets[expected->set_idx].rrtype;
	if (expected->is_signed && !expected->is_rrsig_given && (is_end || next > RRTYPE_RRSIG)) {
		expected->is_rrsig_given = true;
		*rrtype = RRTYPE_RRSIG;
		return true;
	}
	if (is_end)
		return false;
	expected->set_idx++;
	*rrtype = next;
	return true;
}

static void
report_bitmap(struct dnssec_check *check, const struct denial_bitmap *bitmap, uint16_t rrtype,
	      bool is_listed)
{
	char type[RRTYPE_TEXT_MAX];
	rrtype_print(rrtype, type);
	dnssec_report(check, bitmap->kind, bitmap->rr, bitmap->dname, "has %s that %s %s%s",
		      bitmap->denial == DENIAL_NSEC ? "an NSEC" : "an NSEC3",
		      is_listed ? "lists" : "does not list", type,
		      is_listed ? ", which is not there" : "");
}

void
dnssec_check_bitmap(struct dnssec_check *check, const struct denial_bitmap *bitmap,
		    const struct dnssec_owner *owner)
{
	struct expected_types expected = {.owner = owner, .denial = bitmap->denial};
	/* An unsigned delegation has no signature where NSEC3, which stands elsewhere, proves it.
	 */
	expected.is_signed = bitmap->denial == DENIAL_NSEC ||
			     (owner->set_count > 0 && (owner->place != PLACE_CUT ||
						       dnssec_find_set(owner, RRTYPE_DS) != NULL));
	uint32_t at = 0;
	uint16_t wanted;
	uint16_t listed;
	bool has_wanted = expected_next(&expected, &wanted);
	bool has_listed = dnssec_bitmap_next(bitmap->octets, bitmap->len, &at, &listed);
	while (has_wanted || has_listed) {
		if (has_wanted && (!has_listed || wanted < listed)) {
			report_bitmap(check, bitmap, wanted, false);
			return;
		}
		if (has_listed && (!has_wanted || listed < wanted)) {
			report_bitmap(check, bitmap, listed, true);
			return;
		}
		has_wanted = expected_next(&expected, &wanted);
		has_listed = dnssec_bitmap_next(bitmap->octets, bitmap->len, &at, &listed);
	}
}

static void
count_denials(struct dnssec_check *check)
{
	for (size_t i = 0; i < check->zone->rrset_count; i++) {
		check->nsec_count += check->zone->rrsets[i].rrtype == RRTYPE_NSEC;
		check->nsec3_count += check->zone->rrsets[i].rrtype == RRTYPE_NSEC3;
	}
}

/* One of the two says what does not exist (RFC 4035 2.3, RFC 5155 7.1). Both together are a stage
 * of a change from one to the other (RFC 5155 10.4), and should not stay. */
static bool
has_nsec_chain(struct dnssec_check *check)
{
	const struct zone *zone = check->zone;
	const struct zone_rr *soa = zone_rrs(zone, zone_find(zone, zone->origin, RRTYPE_SOA));
	bool is_at_apex = zone_find(zone, zone->origin, RRTYPE_NSEC) != NULL;
	if (check->nsec_count == 0 && check->nsec3_count == 0 &&
	    zone_find(zone, zone->origin, RRTYPE_NSEC3PARAM) == NULL)
		dnssec_report(check, FINDING_DENIAL_MISSING, soa, zone->origin,
			      "is signed and has neither NSEC nor NSEC3");
	if (is_at_apex && check->nsec3_count > 0)
		dnssec_report(check, FINDING_DENIAL_BOTH, soa, zone->origin,
			      "has both NSEC and NSEC3 (RFC 5155 10.4)");
	return is_at_apex || (check->nsec_count > 0 && check->nsec3_count == 0);
}

static void
check_all_owners(struct dnssec_check *check)
{
	struct nsec_walk nsec = {.is_used = has_nsec_chain(check)};
	const uint8_t *above = NULL;
	struct dnssec_owner owner;
	for (size_t i = 0; i < check->zone->rrset_count; i += owner.set_count) {
		owner = dnssec_owner_at(check, i, &above);
		dnssec_check_ds(check, &owner);
		dnssec_check_cds(check, &owner);
		dnssec_check_signatures(check, &owner);
		dnssec_check_nsec(check, &nsec, &owner);
	}
	dnssec_end_nsec(check, &nsec);
}

/* Signing has not begun, or was not finished: one finding rather than one for each name. */
static bool
is_unsigned_apex(struct dnssec_check *check)
{
	const struct zone *zone = check->zone;
	if (zone_find(zone, zone->origin, RRTYPE_RRSIG) != NULL)
		return false;
	dnssec_report(check, FINDING_SOA_UNSIGNED,
		      zone_rrs(zone, zone_find(zone, zone->origin, RRTYPE_SOA)), zone->origin,
		      "has DNSSEC records, and nothing at the apex is signed");
	return true;
}

static enum status
check_signed(struct dnssec_check *check)
{
	if (is_unsigned_apex(check))
		return STATUS_OK;
	enum status status = dnssec_take_keys(check);
	if (status == STATUS_OK && check->options->verifies_signatures)
		status = dnssec_verify_signatures(check);
	if (status == STATUS_OK) {
		dnssec_check_dnskey(check);
		count_denials(check);
		check_all_owners(check);
		status = dnssec_check_nsec3(check);
	}
	return status;
}

enum status
check_dnssec(const struct zone *zone, const struct dnssec_options *options,
	     struct findings *findings)
{
	struct dnssec_check check = {.zone = zone,
				     .options = options,
				     .findings = findings,
				     .origin_labels = dname_label_count(zone->origin)};
	size_t errors_before = findings->error_count;
	enum status status = zone_is_signed(zone) ? check_signed(&check) : STATUS_OK;
	if (status == STATUS_OK)
		status = dnssec_check_zonemd(&check);
	if (status == STATUS_OK && findings->error_count > errors_before)
		status = STATUS_INVALID;
	dnssec_free_keys(&check);
	free(check.is_invalid);
	return status;
}
