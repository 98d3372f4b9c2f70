/* check_dnssec_internal.h -- what the checks of a signed zone share: between check_dnssec.c, which
 * goes through the zone, and check_dnssec_keys.c, _verify.c, _signatures.c, _nsec.c, _nsec3.c and
 * _zonemd.c.
 *
 * Threads:   a check belongs to one thread, but dnssec_verify_signatures() shares its work out.
 * Memory:    owned by struct dnssec_check, given back at the end of check_dnssec().
 * Errors:    faults become findings.
 * Standards: see check_dnssec.h.
 */
#ifndef GLUED_ZONES_CHECK_DNSSEC_INTERNAL_H
#define GLUED_ZONES_CHECK_DNSSEC_INTERNAL_H

#include "zones/check_dnssec.h"
#include "zones/dnssec.h"
#include "zones/rrtype.h"
#include "zones/signature.h"

/* Whose data stands at an owner name. */
enum owner_place {
	PLACE_AUTHORITATIVE,
	PLACE_CUT,    /* the parent's NS, DS and NSEC; all else is the child's */
	PLACE_HIDDEN, /* below a cut or a DNAME: glue, or nobody's */
};

/* One owner name and its RRsets, in the order of types. */
struct dnssec_owner {
	const uint8_t *dname;
	const struct zone_rrset *sets;
	size_t set_count;
	enum owner_place place;
	bool is_apex;
	/* Is it a name that the denials of existence know: not hidden, and with more at it than
	 * these denials? */
	bool is_denied;
};

/* A key of the apex that may have signed something. */
struct zone_key {
	uint16_t tag;
	uint8_t algorithm;
	bool is_revoked;
	bool is_sep;
	const struct zone_rr *rr;
	struct verifier_key *verifier_key; /* NULL: signatures are not verified with it */
};

struct zone_keys {
	struct zone_key *keys; /* in the order of their tags */
	size_t count;
	uint8_t algorithms[256]; /* that every RRset must be signed with */
	unsigned algorithm_count;
};

struct dnssec_check {
	const struct zone *zone;
	const struct dnssec_options *options;
	struct findings *findings;
	unsigned origin_labels;
	struct zone_keys keys;
	size_t nsec_count;  /* RRsets */
	size_t nsec3_count; /* the same */

	uint8_t
	    *is_invalid; /* by record: a signature that does not verify; NULL: none was verified */
};

/* The RRset of a type at an owner, or NULL. */
const struct zone_rrset *dnssec_find_set(const struct dnssec_owner *owner, uint16_t rrtype);

/* Is the RRset the zone's own to sign? */
bool dnssec_is_authoritative(const struct dnssec_check *check, const struct dnssec_owner *owner,
			     const struct zone_rrset *set);

/* The owner whose RRsets begin at rrset_idx, which the caller then adds its set_count to: a walk
 * through the zone in canonical order. *above is what the walk remembers; it begins as NULL. */
struct dnssec_owner dnssec_owner_at(const struct dnssec_check *check, size_t rrset_idx,
				    const uint8_t **above);

/* A finding at `rr`: "OWNER text". */
void dnssec_report(struct dnssec_check *check, enum finding_kind kind, const struct zone_rr *rr,
		   const uint8_t *owner, const char *format, ...) PRINTF_LIKE(5, 6);

/* Which bits of a denial's bitmap an owner asks for. */
enum denial { DENIAL_NSEC, DENIAL_NSEC3 };

/* Reports where the bitmap is not what stands at the owner; an empty non-terminal has no RRsets. */
struct denial_bitmap {
	enum finding_kind kind;
	enum denial denial;
	const struct zone_rr *rr; /* of the denial */
	const uint8_t *dname;     /* that it is about */
	const uint8_t *octets;
	size_t len;
};
void dnssec_check_bitmap(struct dnssec_check *check, const struct denial_bitmap *bitmap,
			 const struct dnssec_owner *owner);

/* -- the parts ----------------------------------------------------------------------------------
 */

NODISCARD enum status dnssec_take_keys(struct dnssec_check *check);
void dnssec_free_keys(struct dnssec_check *check);
const struct zone_key *dnssec_find_key(const struct dnssec_check *check, uint16_t tag,
				       uint8_t algorithm);
void dnssec_check_dnskey(struct dnssec_check *check);
void dnssec_check_ds(struct dnssec_check *check, const struct dnssec_owner *owner);
void dnssec_check_cds(struct dnssec_check *check, const struct dnssec_owner *owner);

NODISCARD enum status dnssec_verify_signatures(struct dnssec_check *check);
void dnssec_check_signatures(struct dnssec_check *check, const struct dnssec_owner *owner);

/* What a walk along the NSEC chain remembers. */
struct nsec_walk {
	const struct zone_rrset *last; /* the NSEC whose next name has not been met yet */
	bool is_used;
};
void dnssec_check_nsec(struct dnssec_check *check, struct nsec_walk *walk,
		       const struct dnssec_owner *owner);
void dnssec_end_nsec(struct dnssec_check *check, struct nsec_walk *walk);

NODISCARD enum status dnssec_check_nsec3(struct dnssec_check *check);

NODISCARD enum status dnssec_check_zonemd(struct dnssec_check *check);

#endif
