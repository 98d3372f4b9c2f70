/* check_dnssec_keys.c -- the keys of a signed zone, what it tells its parent of them (CDS,
 * CDNSKEY), and the DS records of its children (a part of check_dnssec.c). */
#include <stdlib.h>

#include "zones/check_dnssec_internal.h"
#include "zones/dname.h"

/* Each is held against each: as many as a parent would ever take. */
enum { CDS_MAX = 64 };

static int
compare_keys(const void *a, const void *b)
{
	const struct zone_key *left = a;
	const struct zone_key *right = b;
	if (left->tag != right->tag)
		return left->tag < right->tag ? -1 : 1;
	return (int)left->algorithm - (int)right->algorithm;
}

static void
note_algorithm(struct zone_keys *keys, uint8_t algorithm)
{
	for (unsigned i = 0; i < keys->algorithm_count; i++) {
		if (keys->algorithms[i] == algorithm)
			return;
	}
	keys->algorithms[keys->algorithm_count++] = algorithm;
}

static void
take_key(struct dnssec_check *check, const struct zone_rr *rr)
{
	struct zone_rdata rdata = zone_rdata(check->zone, rr);
	struct dnskey dnskey;
	dnskey_parse(rdata.octets, rdata.len, &dnskey);
	/* RFC 4034 2.1.1, 2.1.2: no key for what is in the zone. */
	if (dnskey.protocol != DNSKEY_PROTOCOL || (dnskey.flags & DNSKEY_ZONE) == 0)
		return;
	struct zone_key *key = &check->keys.keys[check->keys.count++];
	*key = (struct zone_key){.tag = dnskey_tag(rdata.octets, rdata.len),
				 .algorithm = dnskey.algorithm,
				 .is_revoked = (dnskey.flags & DNSKEY_REVOKE) != 0,
				 .is_sep = (dnskey.flags & DNSKEY_SEP) != 0,
				 .rr = rr};
	if (!key->is_revoked)
		note_algorithm(&check->keys, key->algorithm);
	if (!check->options->verifies_signatures)
		return;
	key->verifier_key = verifier_key_new(&dnskey);
	if (key->verifier_key == NULL)
		dnssec_report(check, FINDING_DNSKEY_UNUSABLE, rr, check->zone->origin,
			      "has a DNSKEY of algorithm %u, tag %u, whose signatures cannot be "
			      "verified here: %s",
			      key->algorithm, key->tag,
			      verifier_knows(key->algorithm) ? "malformed key"
							     : "unknown algorithm");
}

enum status
dnssec_take_keys(struct dnssec_check *check)
{
	const struct zone *zone = check->zone;
	const struct zone_rrset *set = zone_find(zone, zone->origin, RRTYPE_DNSKEY);
	uint32_t rr_count = set != NULL ? set->rr_count : 0;
	check->keys.keys = calloc(rr_count + 1u, sizeof(check->keys.keys[0]));
	if (check->keys.keys == NULL)
		return STATUS_NO_MEMORY;
	for (uint32_t i = 0; i < rr_count; i++)
		take_key(check, zone_rrs(zone, set) + i);
	qsort(check->keys.keys, check->keys.count, sizeof(check->keys.keys[0]), compare_keys);
	if (check->keys.algorithm_count == 0)
		dnssec_report(check, FINDING_DNSKEY_MISSING,
			      zone_rrs(zone, zone_find(zone, zone->origin, RRTYPE_SOA)),
			      zone->origin, "is signed and has no DNSKEY to verify that with");
	return STATUS_OK;
}

void
dnssec_free_keys(struct dnssec_check *check)
{
	for (size_t i = 0; i < check->keys.count; i++)
		verifier_key_free(check->keys.keys[i].verifier_key);
	free(check->keys.keys);
}

/* The first of the keys with this tag and algorithm; others that share both follow it. */
const struct zone_key *
dnssec_find_key(const struct dnssec_check *check, uint16_t tag, uint8_t algorithm)
{
	const struct zone_key wanted = {.tag = tag, .algorithm = algorithm};
	size_t low = 0;
	size_t high = check->keys.count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (compare_keys(&check->keys.keys[middle], &wanted) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == check->keys.count || compare_keys(&check->keys.keys[low], &wanted) != 0)
		return NULL;
	return &check->keys.keys[low];
}

static bool
has_sep(const struct dnssec_check *check)
{
	for (size_t i = 0; i < check->keys.count; i++) {
		if (check->keys.keys[i].is_sep && !check->keys.keys[i].is_revoked)
			return true;
	}
	return false;
}

/* The parent's DS names keys that sign the DNSKEY RRset (RFC 4035 2.4, 5.2), and the flag says
 * which these are meant to be. A zone without such keys makes no difference between its keys. */
void
dnssec_check_dnskey(struct dnssec_check *check)
{
	const struct zone *zone = check->zone;
	const struct zone_rrset *dnskey = zone_find(zone, zone->origin, RRTYPE_DNSKEY);
	const struct zone_rrset *rrsigs = zone_find(zone, zone->origin, RRTYPE_RRSIG);
	bool is_signed = false;
	if (!has_sep(check))
		return;
	for (uint32_t i = 0; i < rrsigs->rr_count; i++) {
		struct zone_rdata rdata = zone_rdata(zone, zone_rrs(zone, rrsigs) + i);
		struct rrsig rrsig;
		rrsig_parse(rdata.octets, rdata.len, &rrsig);
		if (rrsig.covered != RRTYPE_DNSKEY)
			continue;
		const struct zone_key *key = dnssec_find_key(check, rrsig.tag, rrsig.algorithm);
		is_signed = true;
		if (key != NULL && key->is_sep && !key->is_revoked)
			return;
	}
	/* Without any signature there is a finding about that. */
	if (is_signed)
		dnssec_report(
		    check, FINDING_DNSKEY_SEP, zone_rrs(zone, dnskey), zone->origin,
		    "has keys with the SEP flag, and none of them signs the DNSKEY RRset");
}

/* RFC 4035 2.4: a DS stands at a zone cut and nowhere else. */
void
dnssec_check_ds(struct dnssec_check *check, const struct dnssec_owner *owner)
{
	const struct zone_rrset *ds = dnssec_find_set(owner, RRTYPE_DS);
	if (ds == NULL || owner->place != PLACE_AUTHORITATIVE)
		return;
	if (owner->is_apex)
		dnssec_report(check, FINDING_DS_AT_APEX, zone_rrs(check->zone, ds), owner->dname,
			      "has a DS at the apex, where only its parent has one");
	else
		dnssec_report(check, FINDING_DS_WITHOUT_NS, zone_rrs(check->zone, ds), owner->dname,
			      "has a DS and no NS: it is no delegation");
}

/* RFC 8078 4: the request to be unsigned, an algorithm of zero, stands alone. */
static bool
is_delete(const struct zone *zone, const struct zone_rrset *set, const struct zone_rr *rr)
{
	static const uint8_t cds[] = {0, 0, 0, 0, 0};
	static const uint8_t cdnskey[] = {0, 0, 3, 0, 0};
	struct zone_rdata rdata = zone_rdata(zone, rr);
	const uint8_t *form = set->rrtype == RRTYPE_CDS ? cds : cdnskey;
	return rdata.len == sizeof(cds) && memcmp(rdata.octets, form, sizeof(cds)) == 0;
}

/* The algorithm's place in both types: a zero says "delete". */
static uint8_t
cds_algorithm(const struct zone *zone, const struct zone_rrset *set, const struct zone_rr *rr)
{
	return zone_rdata(zone, rr).octets[set->rrtype == RRTYPE_CDS ? 2 : 3];
}

static bool
check_delete(struct dnssec_check *check, const struct zone_rrset *set, bool *is_deletion)
{
	const struct zone *zone = check->zone;
	for (uint32_t i = 0; i < set->rr_count; i++) {
		const struct zone_rr *rr = zone_rrs(zone, set) + i;
		if (cds_algorithm(zone, set, rr) != 0)
			continue;
		*is_deletion = true;
		if (is_delete(zone, set, rr) && set->rr_count == 1)
			continue;
		char type[RRTYPE_TEXT_MAX];
		rrtype_print(set->rrtype, type);
		dnssec_report(check, FINDING_CDS, rr, zone->origin,
			      "has a %s of algorithm 0 that %s (RFC 8078 4)", type,
			      set->rr_count > 1 ? "does not stand alone"
						: "is no request to delete");
		return false;
	}
	return true;
}

/* Is there a record of `keys` (DNSKEY or CDNSKEY) that the CDS is made of? */
static bool
is_made_of_any(const struct dnssec_check *check, const struct zone_rr *cds,
	       const struct zone_rrset *keys)
{
	const struct zone *zone = check->zone;
	struct zone_rdata rdata = zone_rdata(zone, cds);
	struct ds ds;
	ds_parse(rdata.octets, rdata.len, &ds);
	for (uint32_t i = 0; i < keys->rr_count; i++) {
		struct zone_rdata key = zone_rdata(zone, zone_rrs(zone, keys) + i);
		if (ds_matches(&ds, zone->origin, key.octets, key.len) != DS_OF_ANOTHER)
			return true;
	}
	return false;
}

static bool
has_cds_of(const struct dnssec_check *check, const struct zone_rrset *cds,
	   const struct zone_rr *cdnskey)
{
	const struct zone *zone = check->zone;
	struct zone_rdata key = zone_rdata(zone, cdnskey);
	for (uint32_t i = 0; i < cds->rr_count; i++) {
		struct zone_rdata rdata = zone_rdata(zone, zone_rrs(zone, cds) + i);
		struct ds ds;
		ds_parse(rdata.octets, rdata.len, &ds);
		if (ds_matches(&ds, zone->origin, key.octets, key.len) != DS_OF_ANOTHER)
			return true;
	}
	return false;
}

/* RFC 7344 4: both, if there are both, say the same. */
static void
check_agreement(struct dnssec_check *check, const struct zone_rrset *cds,
		const struct zone_rrset *cdnskey)
{
	const struct zone *zone = check->zone;
	for (uint32_t i = 0; i < cds->rr_count; i++) {
		const struct zone_rr *rr = zone_rrs(zone, cds) + i;
		if (!is_made_of_any(check, rr, cdnskey))
			dnssec_report(check, FINDING_CDS, rr, zone->origin,
				      "has a CDS that is made of no CDNSKEY there (RFC 7344 4)");
	}
	for (uint32_t i = 0; i < cdnskey->rr_count; i++) {
		const struct zone_rr *rr = zone_rrs(zone, cdnskey) + i;
		if (!has_cds_of(check, cds, rr))
			dnssec_report(check, FINDING_CDS, rr, zone->origin,
				      "has a CDNSKEY without a CDS made of it (RFC 7344 4)");
	}
}

/* RFC 7344 4.1, "Continuity": a parent that takes over what is asked for must be left with a DS
 * that works. The others may be of keys that are not published yet (RFC 7583 3.3.2). */
static void
check_continuity(struct dnssec_check *check, const struct zone_rrset *set)
{
	const struct zone *zone = check->zone;
	const struct zone_rrset *keys = zone_find(zone, zone->origin, RRTYPE_DNSKEY);
	if (keys == NULL)
		return;
	for (uint32_t i = 0; i < set->rr_count; i++) {
		const struct zone_rr *rr = zone_rrs(zone, set) + i;
		struct zone_rdata rdata = zone_rdata(zone, rr);
		if (set->rrtype == RRTYPE_CDS) {
			if (is_made_of_any(check, rr, keys))
				return;
			continue;
		}
		for (uint32_t j = 0; j < keys->rr_count; j++) {
			struct zone_rdata key = zone_rdata(zone, zone_rrs(zone, keys) + j);
			if (key.len == rdata.len && memcmp(key.octets, rdata.octets, key.len) == 0)
				return;
		}
	}
	char type[RRTYPE_TEXT_MAX];
	rrtype_print(set->rrtype, type);
	dnssec_report(check, FINDING_CDS, zone_rrs(zone, set), zone->origin,
		      "has a %s for none of its keys (RFC 7344 4.1)", type);
}

/* The set that is too large to be followed, or NULL. */
static const struct zone_rrset *
find_excessive(const struct zone_rrset *cds, const struct zone_rrset *cdnskey)
{
	if (cds != NULL && cds->rr_count > CDS_MAX)
		return cds;
	return cdnskey != NULL && cdnskey->rr_count > CDS_MAX ? cdnskey : NULL;
}

/* RFC 7344 4: some parents look for the one, some for the other. */
static void
check_pair(struct dnssec_check *check, const struct zone_rrset *cds,
	   const struct zone_rrset *cdnskey)
{
	if (cds != NULL && cdnskey != NULL)
		return;
	dnssec_report(check, FINDING_CDS, zone_rrs(check->zone, cds != NULL ? cds : cdnskey),
		      check->zone->origin,
		      "has a %s and no %s, which a parent may look for (RFC 7344 4)",
		      cds != NULL ? "CDS" : "CDNSKEY", cds != NULL ? "CDNSKEY" : "CDS");
}

static void
check_apex_cds(struct dnssec_check *check, const struct zone_rrset *cds,
	       const struct zone_rrset *cdnskey)
{
	bool deletes_cds = false;
	bool deletes_cdnskey = false;
	const struct zone_rrset *large = find_excessive(cds, cdnskey);
	if (large != NULL) {
		dnssec_report(check, FINDING_CDS, zone_rrs(check->zone, large), check->zone->origin,
			      "has %u records for its parent: too many to be taken over",
			      large->rr_count);
		return;
	}
	bool is_good = cds == NULL || check_delete(check, cds, &deletes_cds);
	is_good = (cdnskey == NULL || check_delete(check, cdnskey, &deletes_cdnskey)) && is_good;
	if (!is_good)
		return;
	check_pair(check, cds, cdnskey);
	if (cds != NULL && cdnskey != NULL && deletes_cds != deletes_cdnskey)
		dnssec_report(check, FINDING_CDS, zone_rrs(check->zone, cds), check->zone->origin,
			      "asks to be unsigned in one of CDS and CDNSKEY and not in the other "
			      "(RFC 7344 4)");
	else if (cds != NULL && cdnskey != NULL && !deletes_cds)
		check_agreement(check, cds, cdnskey);
	if (cds != NULL && !deletes_cds)
		check_continuity(check, cds);
	else if (cdnskey != NULL && !deletes_cdnskey)
		check_continuity(check, cdnskey);
}

void
dnssec_check_cds(struct dnssec_check *check, const struct dnssec_owner *owner)
{
	const struct zone_rrset *cds = dnssec_find_set(owner, RRTYPE_CDS);
	const struct zone_rrset *cdnskey = dnssec_find_set(owner, RRTYPE_CDNSKEY);
	if ((cds == NULL && cdnskey == NULL) || owner->place != PLACE_AUTHORITATIVE)
		return;
	if (owner->is_apex)
		check_apex_cds(check, cds, cdnskey);
	else
		dnssec_report(check, FINDING_CDS,
			      zone_rrs(check->zone, cds != NULL ? cds : cdnskey), owner->dname,
			      "has a %s, which only the apex has (RFC 7344 4.1)",
			      cds != NULL ? "CDS" : "CDNSKEY");
}
