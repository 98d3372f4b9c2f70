/* check_dnssec_verify.c -- which signatures verify with the zone's keys? All at once and side by
 * side before the rest is looked at, since nothing costs as much (a part of check_dnssec.c). */
#include <stdlib.h>

#include "zones/check_dnssec_internal.h"
#include "zones/dname.h"
#include "zones/rdata.h"

enum {
	/* RRsets that one job takes at a time: some milliseconds of work, so that all end together
	 * whatever stands where. */
	PIECE_LEN = 256,
};

/* One that verifies: what it writes is its own, but for is_invalid, of which each has its part. */
struct verifying {
	struct dnssec_check *check;
	struct verifier verifier;
	uint8_t *octets; /* an RRset as it was signed */
	size_t len;
	size_t cap;
	bool is_out_of_memory;
};

static bool
reserve(struct verifying *verifying, size_t len)
{
	if (verifying->cap - verifying->len >= len)
		return true;
	size_t cap = 2 * verifying->cap + len;
	uint8_t *grown = realloc(verifying->octets, cap);
	if (grown == NULL) {
		verifying->is_out_of_memory = true;
		return false;
	}
	verifying->octets = grown;
	verifying->cap = cap;
	return true;
}

/* The octets that were signed, RFC 4034 3.1.8.1: the RRSIG without its signature, then the records
 * in canonical form and order. */
static bool
write_signed(struct verifying *verifying, const struct zone_rrset *set,
	     struct zone_rdata rrsig_rdata, const struct rrsig *rrsig)
{
	const struct zone *zone = verifying->check->zone;
	size_t owner_len = dname_len(set->owner);
	verifying->len = 0;
	if (!reserve(verifying, RRSIG_SIGNER_OFF + DNAME_LEN_MAX))
		return false;
	memcpy(verifying->octets, rrsig_rdata.octets, RRSIG_SIGNER_OFF);
	verifying->len = RRSIG_SIGNER_OFF;
	verifying->len += dname_lower(rrsig->signer, verifying->octets + RRSIG_SIGNER_OFF);
	for (uint32_t i = 0; i < set->rr_count; i++) {
		struct zone_rdata rdata = zone_rdata(zone, zone_rrs(zone, set) + i);
		if (!reserve(verifying, owner_len + RR_FIXED_LEN + rdata.len))
			return false;
		uint8_t *at = verifying->octets + verifying->len;
		memcpy(at, set->owner, owner_len);
		at += owner_len;
		be16_write(at, set->rrtype);
		be16_write(at + 2, RRCLASS_IN);
		be32_write(at + 4, rrsig->ttl);
		be16_write(at + 8, rdata.len);
		rdata_canonical(set->rrtype, rdata.octets, rdata.len, at + RR_FIXED_LEN);
		verifying->len += owner_len + RR_FIXED_LEN + rdata.len;
	}
	return true;
}

/* The first RRset of the owner of this one. */
static size_t
first_beside(const struct zone *zone, size_t idx)
{
	while (idx > 0 && zone->rrsets[idx - 1].owner == zone->rrsets[idx].owner)
		idx--;
	return idx;
}

/* The RRset of a type, at *idx or behind it at the same owner: *idx moves on to it, or to what
 * stands in its place, and NULL is returned. */
static const struct zone_rrset *
find_behind(const struct zone *zone, const uint8_t *owner, uint16_t rrtype, size_t *idx)
{
	while (*idx < zone->rrset_count && zone->rrsets[*idx].owner == owner &&
	       zone->rrsets[*idx].rrtype < rrtype)
		++*idx;
	bool is_there = *idx < zone->rrset_count && zone->rrsets[*idx].owner == owner &&
			zone->rrsets[*idx].rrtype == rrtype;
	return is_there ? &zone->rrsets[*idx] : NULL;
}

/* Does the signature hold, by one of the keys that it may be of? What cannot be told is told
 * elsewhere: there is no such key, or no such RRset, or the key cannot be used. */
static bool
holds(struct verifying *verifying, const struct zone_rrset *set, struct zone_rdata rdata,
      const struct rrsig *rrsig)
{
	const struct dnssec_check *check = verifying->check;
	const struct zone_key *end = check->keys.keys + check->keys.count;
	const struct zone_key *key = dnssec_find_key(check, rrsig->tag, rrsig->algorithm);
	if (key == NULL || set == NULL || !write_signed(verifying, set, rdata, rrsig))
		return true;
	for (; key < end && key->tag == rrsig->tag && key->algorithm == rrsig->algorithm; key++) {
		if (key->verifier_key == NULL ||
		    verifier_check(&verifying->verifier, key->verifier_key, verifying->octets,
				   verifying->len, rrsig->signature, rrsig->signature_len))
			return true;
	}
	return false;
}

/* Signatures are in the order of the types they cover, as the RRsets are. */
static void
verify_owner(struct verifying *verifying, size_t rrsigs_idx)
{
	const struct dnssec_check *check = verifying->check;
	const struct zone *zone = check->zone;
	const struct zone_rrset *rrsigs = &zone->rrsets[rrsigs_idx];
	size_t idx = first_beside(zone, rrsigs_idx);
	for (uint32_t i = 0; i < rrsigs->rr_count; i++) {
		struct zone_rdata rdata = zone_rdata(zone, zone_rrs(zone, rrsigs) + i);
		struct rrsig rrsig;
		rrsig_parse(rdata.octets, rdata.len, &rrsig);
		const struct zone_rrset *set =
		    find_behind(zone, rrsigs->owner, rrsig.covered, &idx);
		check->is_invalid[rrsigs->first_rr_idx + i] = !holds(verifying, set, rdata, &rrsig);
	}
}

static void
verify_piece(void *context, unsigned idx)
{
	struct dnssec_check *check = context;
	const struct zone *zone = check->zone;
	struct verifying verifying = {.check = check};
	size_t begin = (size_t)idx * PIECE_LEN;
	size_t end = begin + PIECE_LEN < zone->rrset_count ? begin + PIECE_LEN : zone->rrset_count;
	if (verifier_init(&verifying.verifier) != STATUS_OK)
		verifying.is_out_of_memory = true;
	for (size_t i = begin; i < end && !verifying.is_out_of_memory; i++) {
		if (zone->rrsets[i].rrtype == RRTYPE_RRSIG)
			verify_owner(&verifying, i);
	}
	if (verifying.is_out_of_memory)
		check->is_invalid[zone->rr_count + idx] = true;
	verifier_fini(&verifying.verifier);
	free(verifying.octets);
}

enum status
dnssec_verify_signatures(struct dnssec_check *check)
{
	const struct zone *zone = check->zone;
	struct jobs *jobs = check->options->jobs != NULL ? check->options->jobs : &jobs_serial;
	size_t piece_count = (zone->rrset_count + PIECE_LEN - 1) / PIECE_LEN;
	/* Behind the records', one for each piece: was there no memory? */
	check->is_invalid = calloc(zone->rr_count + piece_count, 1);
	if (check->is_invalid == NULL)
		return STATUS_NO_MEMORY;
	jobs->run(jobs, verify_piece, check, (unsigned)piece_count);
	for (size_t i = 0; i < piece_count; i++) {
		if (check->is_invalid[zone->rr_count + i])
			return STATUS_NO_MEMORY;
	}
	return STATUS_OK;
}
