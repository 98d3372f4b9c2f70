/* check_dnssec_nsec.c -- the chain of NSEC records: one at each name of the zone's own, each naming
 * the next, the last one the apex (RFC 4034 4, 4035 2.3; a part of check_dnssec.c). */
#include "zones/check_dnssec_internal.h"
#include "zones/dname.h"

static const uint8_t *
next_name(const struct dnssec_check *check, const struct zone_rrset *nsec)
{
	return zone_rdata(check->zone, zone_rrs(check->zone, nsec)).octets;
}

static void
report_link(struct dnssec_check *check, const struct zone_rrset *nsec, const uint8_t *next)
{
	char said[DNAME_TEXT_MAX];
	char name[DNAME_TEXT_MAX];
	dname_print(next_name(check, nsec), said);
	dname_print(next, name);
	dnssec_report(check, FINDING_NSEC_CHAIN, zone_rrs(check->zone, nsec), nsec->owner,
		      "has an NSEC that names %s as the next, which is %s", said, name);
}

/* `owner` follows in the chain. Where it has no NSEC, the one before may name it or step over it:
 * that it has none is the fault, and is reported. */
static void
follow(struct dnssec_check *check, struct nsec_walk *walk, const uint8_t *owner, bool has_nsec)
{
	if (walk->last == NULL)
		return;
	bool is_named = dname_equal(next_name(check, walk->last), owner);
	if (!is_named && !has_nsec)
		return;
	if (!is_named)
		report_link(check, walk->last, owner);
	walk->last = NULL;
}

static void
check_records(struct dnssec_check *check, const struct dnssec_owner *owner,
	      const struct zone_rrset *nsec)
{
	const struct zone_rr *rr = zone_rrs(check->zone, nsec);
	struct zone_rdata rdata = zone_rdata(check->zone, rr);
	size_t next_len = dname_len(rdata.octets);
	if (nsec->rr_count > 1)
		dnssec_report(check, FINDING_NSEC_MULTIPLE, rr + 1, owner->dname,
			      "has more than one NSEC");
	struct denial_bitmap bitmap = {.kind = FINDING_NSEC_BITMAP,
				       .denial = DENIAL_NSEC,
				       .rr = rr,
				       .dname = owner->dname,
				       .octets = rdata.octets + next_len,
				       .len = rdata.len - next_len};
	dnssec_check_bitmap(check, &bitmap, owner);
}

void
dnssec_check_nsec(struct dnssec_check *check, struct nsec_walk *walk,
		  const struct dnssec_owner *owner)
{
	const struct zone_rrset *nsec = dnssec_find_set(owner, RRTYPE_NSEC);
	if (nsec != NULL && (!walk->is_used || !owner->is_denied)) {
		dnssec_report(check, FINDING_NSEC_SUPERFLUOUS, zone_rrs(check->zone, nsec),
			      owner->dname, "has an NSEC, %s",
			      !walk->is_used ? "and the zone's apex has none"
			      : owner->place == PLACE_HIDDEN
				  ? "and lies below a zone cut or DNAME"
				  : "and nothing that it could be about (RFC 4035 2.3)");
		/* If the chain leads here, it goes on from here. */
		if (walk->last != NULL && dname_equal(next_name(check, walk->last), owner->dname))
			walk->last = nsec;
		return;
	}
	if (!walk->is_used || !owner->is_denied)
		return;
	follow(check, walk, owner->dname, nsec != NULL);
	if (nsec == NULL) {
		dnssec_report(check, FINDING_NSEC_MISSING, zone_rrs(check->zone, owner->sets),
			      owner->dname, "has no NSEC");
		return;
	}
	check_records(check, owner, nsec);
	walk->last = nsec;
}

void
dnssec_end_nsec(struct dnssec_check *check, struct nsec_walk *walk)
{
	if (walk->is_used)
		follow(check, walk, check->zone->origin, true);
}
