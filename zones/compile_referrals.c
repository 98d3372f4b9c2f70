/* compile_referrals.c -- the NS RRsets of delegations, found again by their records as they were
 * read (used by compile_nodes.c). */
#include <stdlib.h>

#include "zones/compile.h"

enum { SLOT_CAP_MIN = 1 << 10 };

void
referrals_init(struct referrals *referrals, const struct zone *zone)
{
	*referrals = (struct referrals){.zone = zone, .origin_len = dname_len(zone->origin)};
}

void
referrals_fini(struct referrals *referrals)
{
	free(referrals->slots);
	referrals->slots = NULL;
}

struct referral_key
referral_key(const struct referrals *referrals, const struct zone_rrset *from)
{
	const struct zone *zone = referrals->zone;
	const struct zone_rr *rrs = zone_rrs(zone, from);
	/* Nothing is below the owners that a wildcard stands for. */
	bool is_wildcard = from->owner[0] == 1 && from->owner[1] == '*';
	struct referral_key key = {.kind = REFERRAL_OUTER};
	uint64_t hash = from->ttl;
	for (uint32_t i = 0; i < from->rr_count; i++) {
		struct zone_rdata target = zone_rdata(zone, &rrs[i]);
		hash = octets_hash(hash, target.octets, target.len);
		/* A name too many does no harm. */
		if (!may_be_within(target.octets, target.len, zone->origin, referrals->origin_len))
			continue;
		if (!is_wildcard && dname_is_within(target.octets, from->owner))
			key.kind = REFERRAL_OWN;
		else if (key.kind == REFERRAL_OUTER)
			key.kind = REFERRAL_INNER;
	}
	key.hash = (uint32_t)hash;
	return key;
}

static bool
is_same(const struct zone *zone, const struct zone_rrset *from, const struct rrset *rrset)
{
	if (rrset->ttl != from->ttl || rrset->rr_count != from->rr_count)
		return false;
	const struct zone_rr *rrs = zone_rrs(zone, from);
	const uint8_t *at = rrset->data;
	for (uint32_t i = 0; i < from->rr_count; i++) {
		const uint8_t *rdata = zone_rdata_prefixed(zone, &rrs[i]);
		size_t len = sizeof(uint16_t) + be16_read(rdata);
		/* Lengths first: what is compared then lies within the RRset. */
		if (memcmp(at, rdata, sizeof(uint16_t)) != 0 || memcmp(at, rdata, len) != 0)
			return false;
		at += len;
	}
	return true;
}

static enum status
slots_grow(struct referrals *referrals)
{
	size_t cap = referrals->cap == 0 ? SLOT_CAP_MIN : referrals->cap * 2;
	struct referral *slots = calloc(cap, sizeof(slots[0]));
	if (slots == NULL)
		return STATUS_NO_MEMORY;
	for (size_t i = 0; i < referrals->cap; i++) {
		if (referrals->slots[i].rrset == REF_NONE)
			continue;
		size_t at = referrals->slots[i].hash & (cap - 1);
		while (slots[at].rrset != REF_NONE)
			at = (at + 1) & (cap - 1);
		slots[at] = referrals->slots[i];
	}
	free(referrals->slots);
	referrals->slots = slots;
	referrals->cap = cap;
	return STATUS_OK;
}

struct referral *
referral_find(struct referrals *referrals, const struct store *store, const struct zone_rrset *from,
	      uint32_t hash)
{
	if (referrals->count >= referrals->cap / 4 * 3 && slots_grow(referrals) != STATUS_OK)
		return NULL;
	size_t mask = referrals->cap - 1;
	for (size_t at = hash & mask;; at = (at + 1) & mask) {
		struct referral *referral = &referrals->slots[at];
		if (referral->rrset == REF_NONE) {
			referral->hash = hash;
			referrals->count++;
			return referral;
		}
		if (referral->hash == hash &&
		    is_same(referrals->zone, from, store_at(store, referral->rrset)))
			return referral;
	}
}

void
referral_prefetch(const struct referrals *referrals, uint32_t hash)
{
	if (referrals->cap > 0)
		__builtin_prefetch(&referrals->slots[hash & (referrals->cap - 1)]);
}

void
referral_prefetch_rrset(const struct referrals *referrals, const struct store *store, uint32_t hash)
{
	if (referrals->cap == 0)
		return;
	const struct referral *referral = &referrals->slots[hash & (referrals->cap - 1)];
	if (referral->hash == hash && referral->rrset != REF_NONE)
		__builtin_prefetch(store_at(store, referral->rrset));
}
