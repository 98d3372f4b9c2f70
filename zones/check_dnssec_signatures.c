/* check_dnssec_signatures.c -- is every RRset of the zone's own signed as it should be (RFC 4035
 * 2.2), and nothing else? (a part of check_dnssec.c) */
#include <time.h>

#include "zones/check_dnssec_internal.h"
#include "zones/dname.h"

/* What an RRset's signatures cover of an algorithm that it must be signed with. */
enum coverage {
	COVERAGE_NONE,
	COVERAGE_FAULTY, /* there is one, and a finding about it */
	COVERAGE_GOOD,
};

/* Can a signature be used now? One that cannot is usual while a key is replaced, and a fault only
 * where no other of its algorithm can. */
enum usability {
	USABLE,
	EXPIRED,
	EARLY,
	WITHOUT_KEY,
};

/* The signatures of one RRset: rr_count of them. */
struct signatures {
	const struct dnssec_owner *owner;
	const struct zone_rrset *set;
	const struct zone_rr *rrs;
	uint32_t rr_count;
};

static struct rrsig
rrsig_of(const struct dnssec_check *check, const struct zone_rr *rr)
{
	struct zone_rdata rdata = zone_rdata(check->zone, rr);
	struct rrsig rrsig;
	rrsig_parse(rdata.octets, rdata.len, &rrsig);
	return rrsig;
}

static const char *
type_text(const struct signatures *of, char out[RRTYPE_TEXT_MAX])
{
	rrtype_print(of->set->rrtype, out);
	return out;
}

/* Do the fields say what they must for this RRset? RFC 4034 3.1.3, 3.1.4, 3.1.7. */
static bool
check_fields(struct dnssec_check *check, const struct signatures *of, const struct zone_rr *rr,
	     const struct rrsig *rrsig)
{
	char type[RRTYPE_TEXT_MAX];
	const uint8_t *owner = of->owner->dname;
	unsigned labels = rrsig_labels_of(owner);
	if (!dname_equal(rrsig->signer, check->zone->origin)) {
		char signer[DNAME_TEXT_MAX];
		dname_print(rrsig->signer, signer);
		dnssec_report(check, FINDING_RRSIG_FIELD, rr, owner,
			      "%s is signed by %s, which is not the zone's apex",
			      type_text(of, type), signer);
		return false;
	}
	if (rrsig->labels != labels) {
		dnssec_report(check, FINDING_RRSIG_FIELD, rr, owner,
			      "%s has a signature for %u labels, not %u", type_text(of, type),
			      rrsig->labels, labels);
		return false;
	}
	if (rrsig->ttl != of->set->ttl) {
		dnssec_report(check, FINDING_RRSIG_FIELD, rr, owner,
			      "%s has a signature for a TTL of %u, not %u", type_text(of, type),
			      rrsig->ttl, of->set->ttl);
		return false;
	}
	return true;
}

/* Does it verify with the key? Without keys to verify with it is taken to. */
static bool
check_octets(struct dnssec_check *check, const struct signatures *of, const struct zone_rr *rr,
	     const struct rrsig *rrsig)
{
	char type[RRTYPE_TEXT_MAX];
	if (check->is_invalid == NULL || !check->is_invalid[rr - check->zone->rrs])
		return true;
	dnssec_report(check, FINDING_RRSIG_INVALID, rr, of->owner->dname,
		      "%s has a signature by key %u that does not verify", type_text(of, type),
		      rrsig->tag);
	return false;
}

static enum usability
usability_of(const struct dnssec_check *check, const struct rrsig *rrsig,
	     const struct zone_key *key)
{
	uint32_t now = check->options->now;
	/* Without any keys there is one finding, about that. */
	if (key == NULL && check->keys.count > 0)
		return WITHOUT_KEY;
	if (now != 0 && dnssec_time_is_after(now, rrsig->expiration))
		return EXPIRED;
	if (now != 0 && dnssec_time_is_after(rrsig->inception, now))
		return EARLY;
	return USABLE;
}

/* As presentation form has it. */
static void
print_time(uint32_t seconds, char out[16])
{
	time_t when = seconds;
	struct tm parts;
	gmtime_r(&when, &parts);
	strftime(out, 16, "%Y%m%d%H%M%S", &parts);
}

static void
report_unusable(struct dnssec_check *check, const struct signatures *of, const struct zone_rr *rr,
		const struct rrsig *rrsig, enum usability usability)
{
	char type[RRTYPE_TEXT_MAX];
	char when[16];
	const uint8_t *owner = of->owner->dname;
	switch (usability) {
	case USABLE:
		return;
	case EXPIRED:
		print_time(rrsig->expiration, when);
		dnssec_report(check, FINDING_RRSIG_EXPIRED, rr, owner,
			      "%s has a signature that expired at %s", type_text(of, type), when);
		return;
	case EARLY:
		print_time(rrsig->inception, when);
		dnssec_report(check, FINDING_RRSIG_EARLY, rr, owner,
			      "%s has a signature that is not valid before %s", type_text(of, type),
			      when);
		return;
	case WITHOUT_KEY:
		dnssec_report(check, FINDING_RRSIG_KEY, rr, owner,
			      "%s is signed by key %u of algorithm %u, which is no DNSKEY of the "
			      "zone",
			      type_text(of, type), rrsig->tag, rrsig->algorithm);
		return;
	}
}

/* Where the coverage by an algorithm is noted, or NULL: nothing need be signed with it. Signatures
 * of a new algorithm come before its keys (RFC 6781 4.1.4). */
static uint8_t *
coverage_of(const struct dnssec_check *check, uint8_t *coverages, uint8_t algorithm)
{
	for (unsigned i = 0; i < check->keys.algorithm_count; i++) {
		if (check->keys.algorithms[i] == algorithm)
			return &coverages[i];
	}
	return NULL;
}

/* What is wrong with each signature, whatever others there are; and what they cover. */
static void
judge_all(struct dnssec_check *check, const struct signatures *of, uint8_t *coverages)
{
	for (uint32_t i = 0; i < of->rr_count; i++) {
		const struct zone_rr *rr = &of->rrs[i];
		struct rrsig rrsig = rrsig_of(check, rr);
		const struct zone_key *key = dnssec_find_key(check, rrsig.tag, rrsig.algorithm);
		uint8_t *coverage = coverage_of(check, coverages, rrsig.algorithm);
		bool is_sound =
		    check_fields(check, of, rr, &rrsig) && check_octets(check, of, rr, &rrsig);
		if (coverage == NULL)
			continue;
		if (is_sound && usability_of(check, &rrsig, key) == USABLE)
			*coverage = COVERAGE_GOOD;
		else if (!is_sound && *coverage == COVERAGE_NONE)
			*coverage = COVERAGE_FAULTY;
	}
}

/* Why what could have covered an algorithm does not. */
static void
explain_uncovered(struct dnssec_check *check, const struct signatures *of, uint8_t *coverages)
{
	for (uint32_t i = 0; i < of->rr_count; i++) {
		struct rrsig rrsig = rrsig_of(check, &of->rrs[i]);
		const struct zone_key *key = dnssec_find_key(check, rrsig.tag, rrsig.algorithm);
		uint8_t *coverage = coverage_of(check, coverages, rrsig.algorithm);
		enum usability usability = usability_of(check, &rrsig, key);
		if (coverage == NULL || *coverage == COVERAGE_GOOD || usability == USABLE)
			continue;
		report_unusable(check, of, &of->rrs[i], &rrsig, usability);
		*coverage = COVERAGE_FAULTY;
	}
}

static void
report_uncovered(struct dnssec_check *check, const struct signatures *of, const uint8_t *coverages)
{
	char type[RRTYPE_TEXT_MAX];
	const struct zone_rr *rr = zone_rrs(check->zone, of->set);
	for (unsigned i = 0; i < check->keys.algorithm_count; i++) {
		if (coverages[i] != COVERAGE_NONE)
			continue;
		if (of->rr_count == 0) {
			dnssec_report(check, FINDING_RRSIG_MISSING, rr, of->owner->dname,
				      "%s is not signed", type_text(of, type));
			return;
		}
		dnssec_report(check, FINDING_RRSIG_MISSING, rr, of->owner->dname,
			      "%s is not signed with algorithm %u, of which the zone has keys "
			      "(RFC 4035 2.2)",
			      type_text(of, type), check->keys.algorithms[i]);
	}
}

static void
check_signatures_of_set(struct dnssec_check *check, const struct signatures *of)
{
	uint8_t coverages[256];
	char type[RRTYPE_TEXT_MAX];
	if (!dnssec_is_authoritative(check, of->owner, of->set)) {
		if (of->rr_count > 0)
			dnssec_report(check, FINDING_RRSIG_FOREIGN, of->rrs, of->owner->dname,
				      "%s is signed, and is not the zone's to sign: %s",
				      type_text(of, type),
				      of->owner->place == PLACE_CUT ? "the name is delegated"
								    : "it lies below a zone cut");
		return;
	}
	memset(coverages, COVERAGE_NONE, check->keys.algorithm_count);
	judge_all(check, of, coverages);
	explain_uncovered(check, of, coverages);
	report_uncovered(check, of, coverages);
}

/* A signature for a type of which the owner has no RRset. */
static void
report_orphan(struct dnssec_check *check, const struct dnssec_owner *owner,
	      const struct zone_rr *rr, uint16_t covered)
{
	char type[RRTYPE_TEXT_MAX];
	rrtype_print(covered, type);
	dnssec_report(check, FINDING_RRSIG_ORPHAN, rr, owner->dname,
		      covered == RRTYPE_RRSIG
			  ? "has a signature of %s, which is never signed (RFC 4035 2.2)"
			  : "has a signature of %s, and no such records",
		      type);
}

/* Signatures are in the order of the types they cover, as the RRsets are, so that the two are gone
 * through side by side. */
void
dnssec_check_signatures(struct dnssec_check *check, const struct dnssec_owner *owner)
{
	const struct zone_rrset *rrsigs = dnssec_find_set(owner, RRTYPE_RRSIG);
	const struct zone_rr *rrs = rrsigs != NULL ? zone_rrs(check->zone, rrsigs) : NULL;
	uint32_t rr_count = rrsigs != NULL ? rrsigs->rr_count : 0;
	uint32_t i = 0;
	for (size_t set_idx = 0; set_idx < owner->set_count; set_idx++) {
		struct signatures of = {.owner = owner, .set = &owner->sets[set_idx]};
		if (of.set->rrtype == RRTYPE_RRSIG)
			continue;
		uint16_t covered = 0;
		for (; i < rr_count; i++) {
			covered = rrsig_of(check, &rrs[i]).covered;
			if (covered >= of.set->rrtype)
				break;
			report_orphan(check, owner, &rrs[i], covered);
		}
		of.rrs = rrs != NULL ? rrs + i : NULL; /* an owner without signatures */
		for (; i < rr_count; i++, of.rr_count++) {
			if (rrsig_of(check, &rrs[i]).covered != of.set->rrtype)
				break;
		}
		check_signatures_of_set(check, &of);
	}
	for (; i < rr_count; i++)
		report_orphan(check, owner, &rrs[i], rrsig_of(check, &rrs[i]).covered);
}
