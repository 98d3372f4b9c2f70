/* check_dnssec_zonemd.c -- the digest over the zone (RFC 8976; a part of check_dnssec.c). */
#include <openssl/evp.h>
#include <stdlib.h>

#include "zones/check_dnssec_internal.h"
#include "zones/dname.h"
#include "zones/rdata.h"

enum {
	ZONEMD_SIMPLE = 1, /* the only scheme, RFC 8976 5.2 */
	ZONEMD_DIGEST_OFF = 6,
	/* Fed to the hash at once. */
	PIECE_LEN = 64 * 1024,
	/* The longest record: owner, what stands between, RDATA. */
	RR_LEN_MAX = DNAME_LEN_MAX + RR_FIXED_LEN + RDATA_LEN_MAX,
};

/* RFC 8976 5.3. */
static const struct {
	uint8_t code;
	const char *name;
} hashes[] = {{1, "SHA384"}, {2, "SHA512"}};

struct zonemd {
	uint32_t serial;
	uint8_t scheme;
	uint8_t hash;
	const uint8_t *digest;
	size_t digest_len;
};

/* The zone's digest by one hash. */
struct digest {
	EVP_MD_CTX *context;
	uint8_t *piece;
	size_t piece_len;
	bool is_broken; /* libcrypto refused */
};

/* What becomes of the records, RFC 8976 4: one that matches is enough. */
struct outcome {
	uint32_t counts[ARRAY_LEN(hashes)]; /* of the known scheme, by hash */
	unsigned matching_count;
	const struct zone_rr *stale; /* of another serial */
	const struct zone_rr *mismatching;
	const struct zone_rr *unusable;
	const char *unusable_reason;
};

static struct zonemd
zonemd_of(const struct dnssec_check *check, const struct zone_rr *rr)
{
	struct zone_rdata rdata = zone_rdata(check->zone, rr);
	return (struct zonemd){.serial = be32_read(rdata.octets),
			       .scheme = rdata.octets[4],
			       .hash = rdata.octets[5],
			       .digest = rdata.octets + ZONEMD_DIGEST_OFF,
			       .digest_len = (size_t)(rdata.len - ZONEMD_DIGEST_OFF)};
}

/* The first of the five numbers that a SOA ends with. */
static uint32_t
zone_serial(const struct zone *zone)
{
	const struct zone_rrset *soa = zone_find(zone, zone->origin, RRTYPE_SOA);
	struct zone_rdata rdata = zone_rdata(zone, zone_rrs(zone, soa));
	return be32_read(rdata.octets + rdata.len - 5 * sizeof(uint32_t));
}

/* Its place in the table: the table's length if it is none that is known. */
static size_t
hash_idx(uint8_t code)
{
	size_t idx = 0;
	while (idx < ARRAY_LEN(hashes) && hashes[idx].code != code)
		idx++;
	return idx;
}

static void
flush(struct digest *digest)
{
	if (EVP_DigestUpdate(digest->context, digest->piece, digest->piece_len) != 1)
		digest->is_broken = true;
	digest->piece_len = 0;
}

/* A record in canonical form, RFC 8976 3.3.2. All RRSIG of an owner are one RRset here, with one
 * TTL; the TTL of each is that of what it covers, which it repeats (RFC 4034 3, 3.1.4). */
static void
add_rr(struct digest *digest, const struct zone_rrset *set, struct zone_rdata rdata)
{
	size_t owner_len = dname_len(set->owner);
	uint8_t *at = digest->piece + digest->piece_len;
	memcpy(at, set->owner, owner_len);
	at += owner_len;
	be16_write(at, set->rrtype);
	be16_write(at + 2, RRCLASS_IN);
	be32_write(at + 4, set->rrtype == RRTYPE_RRSIG ? be32_read(rdata.octets + RRSIG_TTL_OFF)
						       : set->ttl);
	be16_write(at + 8, rdata.len);
	rdata_canonical(set->rrtype, rdata.octets, rdata.len, at + RR_FIXED_LEN);
	digest->piece_len += owner_len + RR_FIXED_LEN + rdata.len;
	if (digest->piece_len >= PIECE_LEN)
		flush(digest);
}

/* RFC 8976 3.4.1: everything, hidden data and glue as well, but the ZONEMD of the apex and their
 * signatures; each record once; in canonical order. The zone's records are kept that way. */
static void
add_zone(struct digest *digest, const struct zone *zone)
{
	for (size_t i = 0; i < zone->rrset_count; i++) {
		const struct zone_rrset *set = &zone->rrsets[i];
		bool is_apex = set->owner == zone->rrsets[0].owner;
		if (is_apex && set->rrtype == RRTYPE_ZONEMD)
			continue;
		for (uint32_t j = 0; j < set->rr_count; j++) {
			struct zone_rdata rdata = zone_rdata(zone, zone_rrs(zone, set) + j);
			bool is_own_signature = is_apex && set->rrtype == RRTYPE_RRSIG &&
						be16_read(rdata.octets) == RRTYPE_ZONEMD;
			if (!is_own_signature)
				add_rr(digest, set, rdata);
		}
	}
	flush(digest);
}

static enum status
digest_zone(const struct zone *zone, const char *hash, uint8_t out[EVP_MAX_MD_SIZE], size_t *len)
{
	unsigned out_len = 0;
	EVP_MD *type = EVP_MD_fetch(NULL, hash, NULL);
	struct digest digest = {.context = EVP_MD_CTX_new(),
				.piece = malloc(PIECE_LEN + RR_LEN_MAX)};
	digest.is_broken = type == NULL || digest.context == NULL || digest.piece == NULL ||
			   EVP_DigestInit_ex2(digest.context, type, NULL) != 1;
	if (!digest.is_broken)
		add_zone(&digest, zone);
	if (!digest.is_broken && EVP_DigestFinal_ex(digest.context, out, &out_len) != 1)
		digest.is_broken = true;
	free(digest.piece);
	EVP_MD_CTX_free(digest.context);
	EVP_MD_free(type);
	*len = out_len;
	return digest.is_broken ? STATUS_NO_MEMORY : STATUS_OK;
}

/* Why the zone cannot be verified with this record, RFC 8976 4; NULL: it can. */
static const char *
unusable_reason(const struct outcome *outcome, const struct zonemd *zonemd)
{
	if (zonemd->scheme != ZONEMD_SIMPLE)
		return "of an unknown scheme";
	if (hash_idx(zonemd->hash) == ARRAY_LEN(hashes))
		return "of an unknown hash";
	/* RFC 8976 2: each record of the RRset has another scheme or hash. */
	if (outcome->counts[hash_idx(zonemd->hash)] > 1)
		return "of the same scheme and hash as another";
	return NULL;
}

static enum status
check_record(struct dnssec_check *check, const struct zone_rr *rr, struct outcome *outcome)
{
	struct zonemd zonemd = zonemd_of(check, rr);
	const struct zone *zone = check->zone;
	const char *reason = unusable_reason(outcome, &zonemd);
	uint8_t digest[EVP_MAX_MD_SIZE];
	size_t digest_len;
	if (reason != NULL) {
		outcome->unusable = rr;
		outcome->unusable_reason = reason;
		return STATUS_OK;
	}
	if (zonemd.serial != zone_serial(zone)) {
		outcome->stale = rr;
		return STATUS_OK;
	}
	enum status status =
	    digest_zone(zone, hashes[hash_idx(zonemd.hash)].name, digest, &digest_len);
	if (status != STATUS_OK)
		return status;
	if (zonemd.digest_len == digest_len && memcmp(zonemd.digest, digest, digest_len) == 0)
		outcome->matching_count++;
	else
		outcome->mismatching = rr;
	return STATUS_OK;
}

static void
report_outcome(struct dnssec_check *check, const struct outcome *outcome)
{
	const uint8_t *apex = check->zone->origin;
	if (outcome->mismatching != NULL && outcome->matching_count == 0)
		dnssec_report(check, FINDING_ZONEMD_DIGEST, outcome->mismatching, apex,
			      "has a ZONEMD whose digest is not that of the zone");
	else if (outcome->mismatching != NULL)
		dnssec_report(check, FINDING_ZONEMD_UNVERIFIED, outcome->mismatching, apex,
			      "has a ZONEMD whose digest is not that of the zone, and another "
			      "whose digest is");
	else if (outcome->stale != NULL && outcome->matching_count == 0)
		dnssec_report(check, FINDING_ZONEMD_SERIAL, outcome->stale, apex,
			      "has a ZONEMD for serial %u, not %u",
			      zonemd_of(check, outcome->stale).serial, zone_serial(check->zone));
	else if (outcome->unusable != NULL && outcome->matching_count == 0)
		dnssec_report(check, FINDING_ZONEMD_UNVERIFIED, outcome->unusable, apex,
			      "has no ZONEMD that it can be verified with: one is %s",
			      outcome->unusable_reason);
}

static void
count_record(const struct dnssec_check *check, const struct zone_rr *rr, struct outcome *outcome)
{
	struct zonemd zonemd = zonemd_of(check, rr);
	size_t idx = hash_idx(zonemd.hash);
	if (zonemd.scheme == ZONEMD_SIMPLE && idx < ARRAY_LEN(hashes))
		outcome->counts[idx]++;
}

enum status
dnssec_check_zonemd(struct dnssec_check *check)
{
	const struct zone *zone = check->zone;
	const struct zone_rrset *set = zone_find(zone, zone->origin, RRTYPE_ZONEMD);
	struct outcome outcome = {0};
	enum status status = STATUS_OK;
	if (set == NULL)
		return STATUS_OK;
	for (uint32_t i = 0; i < set->rr_count; i++)
		count_record(check, zone_rrs(zone, set) + i, &outcome);
	for (uint32_t i = 0; i < set->rr_count && status == STATUS_OK; i++)
		status = check_record(check, zone_rrs(zone, set) + i, &outcome);
	if (status == STATUS_OK)
		report_outcome(check, &outcome);
	return status;
}
