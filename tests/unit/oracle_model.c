/* oracle_model.c -- RFC 1034 4.3.2 as clarified since, over a plain list of RRsets. */
#include "tests/unit/oracle_model.h"

#include "zones/dname.h"

enum { ANSWER, AUTHORITY, ADDITIONAL };

static const struct zone_rrset *
find(const struct zone *zone, const uint8_t *owner, uint16_t rrtype)
{
	for (size_t i = 0; i < zone->rrset_count; i++) {
		if (zone->rrsets[i].rrtype == rrtype && dname_equal(zone->rrsets[i].owner, owner))
			return &zone->rrsets[i];
	}
	return NULL;
}

/* The first RRset of an owner: RFC 8482 4.1 leaves the choice to us, it is the lowest type. */
static const struct zone_rrset *
find_lowest(const struct zone *zone, const uint8_t *owner)
{
	const struct zone_rrset *lowest = NULL;
	for (size_t i = 0; i < zone->rrset_count; i++) {
		const struct zone_rrset *rrset = &zone->rrsets[i];
		if (dname_equal(rrset->owner, owner) &&
		    (lowest == NULL || rrset->rrtype < lowest->rrtype))
			lowest = rrset;
	}
	return lowest;
}

/* RFC 4592 2.2.2, RFC 8020: a name exists if it or anything below it owns records. */
static bool
exists(const struct zone *zone, const uint8_t *name)
{
	for (size_t i = 0; i < zone->rrset_count; i++) {
		if (dname_is_within(zone->rrsets[i].owner, name))
			return true;
	}
	return false;
}

/* Where a name leads. */
struct place {
	enum { AT_CUT, BELOW_DNAME, AT_NODE, NOWHERE } kind;
	const uint8_t *above;        /* owner of the NS or DNAME */
	uint8_t node[DNAME_LEN_MAX]; /* the name itself, or the wildcard that stands in for it */
};

/* The wildcard below the closest encloser (RFC 4592 3.3.1), if it exists. */
static bool
source_of_synthesis(const struct zone *zone, const uint8_t *name, uint8_t out[DNAME_LEN_MAX])
{
	const uint8_t *closest_encloser = dname_skip(name, 1);
	while (!exists(zone, closest_encloser))
		closest_encloser = dname_skip(closest_encloser, 1);
	if (2 + dname_len(closest_encloser) > DNAME_LEN_MAX)
		return false;
	memcpy(out, "\1*", 2);
	memcpy(out + 2, closest_encloser, dname_len(closest_encloser));
	return exists(zone, out);
}

static struct place
locate(const struct zone *zone, const uint8_t *name)
{
	struct place place = {.kind = NOWHERE};
	unsigned count = dname_label_count(name);
	unsigned apex_count = dname_label_count(zone->origin);
	for (unsigned labels = apex_count; labels <= count; labels++) {
		place.above = dname_skip(name, count - labels);
		/* RFC 4592 4.2 leaves NS at a wildcard undefined; we take it for a zone cut, but
		 * not for the names synthesized from it. */
		if (labels > apex_count && find(zone, place.above, RRTYPE_NS) != NULL) {
			place.kind = AT_CUT;
			return place;
		}
		if (labels < count && find(zone, place.above, RRTYPE_DNAME) != NULL) {
			place.kind = BELOW_DNAME;
			return place;
		}
	}
	if (exists(zone, name)) {
		place.kind = AT_NODE;
		memcpy(place.node, name, dname_len(name));
		return place;
	}
	if (source_of_synthesis(zone, name, place.node))
		place.kind = AT_NODE;
	return place;
}

struct asking {
	const struct engine *engine;
	const struct zone *zone; /* that the name searched for is looked up in */
	uint16_t qtype;
	struct model_answer *out;
	unsigned chain_len;
	uint8_t chain[CNAME_CHAIN_MAX + 1][DNAME_LEN_MAX]; /* the last is the name searched for */
	unsigned dname_count;
	const struct zone_rrset *dnames[CNAME_CHAIN_MAX + 1]; /* said so far: an RRset is a set */
};

static void
put(const struct zone *zone, struct rr_list *list, unsigned section, const uint8_t *owner,
    const struct zone_rrset *rrset, uint32_t ttl)
{
	for (uint32_t i = 0; i < rrset->rr_count; i++) {
		struct zone_rdata rdata = zone_rdata(zone, zone_rrs(zone, rrset) + i);
		rr_list_add(list, section, owner, rrset->rrtype, ttl, rdata.octets, rdata.len);
	}
}

/* What goes with a record: RRsets of a name, by type, ended by 0. */
struct wanted {
	uint8_t name[DNAME_LEN_MAX];
	uint16_t rrtypes[5];
};

static bool
want(struct wanted *wanted, const uint8_t *name, uint16_t first, uint16_t second, uint16_t third)
{
	*wanted = (struct wanted){.rrtypes = {first, second, third}};
	dname_lower(name, wanted->name);
	return true;
}

static bool
want_addresses(struct wanted *wanted, const uint8_t *name)
{
	return want(wanted, name, RRTYPE_A, RRTYPE_AAAA, 0);
}

/* RFC 3403 4.2.1, 3404 4.3: the flag "a" leads to addresses, "s" to SRV. */
static bool
want_naptr(struct wanted *wanted, const uint8_t *rdata)
{
	const uint8_t *flags = rdata + 4;
	const uint8_t *name = flags;
	for (unsigned i = 0; i < 3; i++)
		name += 1 + name[0];
	if (flags[0] != 1)
		return false;
	if (flags[1] == 'a' || flags[1] == 'A')
		return want_addresses(wanted, name);
	if (flags[1] == 's' || flags[1] == 'S')
		return want(wanted, name, RRTYPE_SRV, 0, 0);
	return false;
}

/* RFC 9460 2.4, 2.5, 4.1: priority 0 is an alias to records of the same type, "." no service; any
 * other priority leads to addresses, "." to those of the owner. */
static bool
want_svcb(struct wanted *wanted, uint16_t rrtype, const uint8_t *rdata, const uint8_t *owner)
{
	const uint8_t *name = rdata + 2;
	bool is_alias = rdata[0] == 0 && rdata[1] == 0;
	if (!is_alias)
		return want_addresses(wanted, name[0] == 0 ? owner : name);
	if (name[0] == 0)
		return false;
	return want(wanted, name, RRTYPE_A, RRTYPE_AAAA, rrtype);
}

static bool
wanted_of(uint16_t rrtype, const uint8_t *rdata, const uint8_t *owner, struct wanted *wanted)
{
	switch (rrtype) {
	case RRTYPE_NS:
	case 3:          /* MD, RFC 1035 3.3.4 */
	case 4:          /* MF, RFC 1035 3.3.5 */
	case RRTYPE_SOA: /* KB838151 */
	case 7:          /* MB, RFC 1035 3.3.3 */
		return want_addresses(wanted, rdata);
	case RRTYPE_MX:
	case 18: /* AFSDB, RFC 1183 1 */
	case 36: /* KX, RFC 2230 3.1 */
		return want_addresses(wanted, rdata + 2);
	case 21: /* RT, RFC 1183 3.3: X25 and ISDN as well */
		want(wanted, rdata + 2, RRTYPE_A, RRTYPE_AAAA, 19);
		wanted->rrtypes[3] = 20;
		return true;
	case RRTYPE_SRV:
		return want_addresses(wanted, rdata + 6);
	case 35: /* NAPTR */
		return want_naptr(wanted, rdata);
	case RRTYPE_SVCB:
	case RRTYPE_HTTPS:
		return want_svcb(wanted, rrtype, rdata, owner);
	case 107: /* LP, RFC 6742 2.4: L32 and L64 */
		return want(wanted, rdata + 2, 105, 106, 0);
	default:
		return false;
	}
}

/* Does `a` say all that `b` does? */
static bool
wanted_covers(const struct wanted *a, const struct wanted *b)
{
	bool covers = dname_equal(a->name, b->name);
	for (size_t i = 0; b->rrtypes[i] != 0; i++) {
		bool has = false;
		for (size_t j = 0; a->rrtypes[j] != 0; j++)
			has |= a->rrtypes[j] == b->rrtypes[i];
		covers &= has;
	}
	return covers;
}

static void
put_wanted(struct asking *asking, const struct zone *zone, const struct wanted *wanted,
	   const struct zone_rrset *answered, bool is_referral)
{
	const uint8_t *target = wanted->name;
	if (!dname_is_within(target, zone->origin))
		return;
	struct place place = locate(zone, target);
	bool is_glue = place.kind == AT_CUT;
	/* Below a cut too a wildcard stands in for what does not exist. */
	if (is_glue && (exists(zone, target) || !source_of_synthesis(zone, target, place.node)))
		memcpy(place.node, target, dname_len(target));
	if (place.kind != AT_NODE && !is_glue)
		return;
	for (size_t t = 0; wanted->rrtypes[t] != 0; t++) {
		const struct zone_rrset *found = find(zone, place.node, wanted->rrtypes[t]);
		bool is_answered = wanted->rrtypes[t] == answered->rrtype &&
				   dname_equal(target, asking->chain[asking->chain_len]);
		if (found == NULL || is_answered)
			continue;
		if (is_glue && found->rrtype != RRTYPE_A && found->rrtype != RRTYPE_AAAA)
			continue;
		put(zone, &asking->out->rrs, ADDITIONAL, target, found, found->ttl);
		if (is_glue && is_referral)
			put(zone, &asking->out->glue, ADDITIONAL, target, found, found->ttl);
	}
}

static void
put_additional(struct asking *asking, const struct zone_rrset *rrset, bool is_referral)
{
	const struct zone *zone = asking->zone;
	const struct zone_rr *rrs = zone_rrs(zone, rrset);
	const uint8_t *owner = asking->chain[asking->chain_len];
	for (uint32_t i = 0; i < rrset->rr_count; i++) {
		struct wanted wanted;
		struct wanted before;
		if (!wanted_of(rrset->rrtype, zone_rdata(zone, &rrs[i]).octets, owner, &wanted))
			continue;
		bool is_repeated = false;
		for (uint32_t j = 0; j < i; j++)
			is_repeated |= wanted_of(rrset->rrtype, zone_rdata(zone, &rrs[j]).octets,
						 owner, &before) &&
				       wanted_covers(&before, &wanted);
		if (!is_repeated)
			put_wanted(asking, zone, &wanted, rrset, is_referral);
	}
}

/* The zone that is the nearest ancestor; for a DS question at an apex, that of its parent if it is
 * here. */
static const struct engine_zone *
choose_zone(const struct engine *engine, const uint8_t *qname, uint16_t qtype)
{
	for (int may_be_apex = qtype == RRTYPE_DS ? 0 : 1; may_be_apex <= 1; may_be_apex++) {
		const struct engine_zone *nearest = NULL;
		for (size_t i = 0; i < engine->zone_count; i++) {
			const struct engine_zone *zone = &engine->zones[i];
			if (!dname_is_within(qname, zone->origin) ||
			    (!may_be_apex && dname_equal(qname, zone->origin)))
				continue;
			if (nearest == NULL ||
			    dname_label_count(zone->origin) > dname_label_count(nearest->origin))
				nearest = zone;
		}
		if (nearest != NULL)
			return nearest;
	}
	return NULL;
}

/* KB838151: of an MNAME that its zone has no addresses of, another zone may have some. */
static void
put_primary(struct asking *asking, const struct zone_rrset *soa)
{
	struct wanted wanted;
	uint8_t mname[DNAME_LEN_MAX];
	wanted_of(RRTYPE_SOA, zone_rdata(asking->zone, zone_rrs(asking->zone, soa)).octets, NULL,
		  &wanted);
	dname_lower(wanted.name, mname);
	const struct engine_zone *other = choose_zone(asking->engine, mname, RRTYPE_A);
	if (other != NULL && other->zone != NULL && other->zone != asking->zone)
		put_wanted(asking, other->zone, &wanted, soa, false);
}

static void
say_negative(struct asking *asking, unsigned rcode)
{
	const struct zone *zone = asking->zone;
	const struct zone_rrset *soa = find(zone, zone->origin, RRTYPE_SOA);
	struct zone_rdata rdata = zone_rdata(zone, zone_rrs(zone, soa));
	uint32_t minimum = be32_read(rdata.octets + rdata.len - 4);
	asking->out->rcode = rcode;
	put(zone, &asking->out->rrs, AUTHORITY, zone->origin, soa,
	    soa->ttl < minimum ? soa->ttl : minimum);
}

/* Is the RRset a DNAME that is in the answer already? */
static bool
is_said(const struct asking *asking, const struct zone_rrset *rrset)
{
	for (unsigned i = 0; i < asking->dname_count; i++) {
		if (asking->dnames[i] == rrset)
			return true;
	}
	return false;
}

static void
say_rrset(struct asking *asking, const struct zone_rrset *rrset)
{
	if (rrset == NULL) {
		say_negative(asking, RCODE_NOERROR);
		return;
	}
	if (dname_equal(rrset->owner, asking->chain[asking->chain_len]) && is_said(asking, rrset))
		return;
	put(asking->zone, &asking->out->rrs, ANSWER, asking->chain[asking->chain_len], rrset,
	    rrset->ttl);
	size_t count = asking->out->rrs.line_count;
	put_additional(asking, rrset, false);
	if (rrset->rrtype == RRTYPE_SOA && asking->out->rrs.line_count == count)
		put_primary(asking, rrset);
}

static void
say_referral(struct asking *asking, const uint8_t *cut)
{
	const struct zone_rrset *ns = find(asking->zone, cut, RRTYPE_NS);
	if (asking->chain_len == 0)
		asking->out->is_authoritative = false;
	put(asking->zone, &asking->out->rrs, AUTHORITY, cut, ns, ns->ttl);
	put_additional(asking, ns, true);
}

/* True: go on with the target. RFC 1034 4.3.2 step 3a: "go back to step 1", the choice of the zone.
 */
static bool
follow(struct asking *asking, const uint8_t *target)
{
	asking->out->is_chain = true;
	const struct engine_zone *chosen = choose_zone(asking->engine, target, asking->qtype);
	if (asking->qtype == RRTYPE_CNAME || chosen == NULL || chosen->zone == NULL)
		return false;
	for (unsigned i = 0; i <= asking->chain_len; i++) {
		if (dname_equal(asking->chain[i], target))
			return false;
	}
	if (asking->chain_len + 1 == CNAME_CHAIN_MAX)
		return false;
	dname_lower(target, asking->chain[++asking->chain_len]);
	asking->zone = chosen->zone;
	return true;
}

static bool
say_dname(struct asking *asking, const uint8_t *owner)
{
	const struct zone *zone = asking->zone;
	const uint8_t *sname = asking->chain[asking->chain_len];
	const struct zone_rrset *dname = find(zone, owner, RRTYPE_DNAME);
	const uint8_t *target = zone_rdata(zone, zone_rrs(zone, dname)).octets;
	bool is_repeated = is_said(asking, dname);
	asking->dnames[asking->dname_count++] = dname;
	if (!is_repeated)
		put(zone, &asking->out->rrs, ANSWER, owner, dname, dname->ttl);

	size_t prefix_len = dname_len(sname) - dname_len(owner);
	uint8_t substituted[2 * DNAME_LEN_MAX];
	if (prefix_len + dname_len(target) > DNAME_LEN_MAX) {
		asking->out->rcode = RCODE_YXDOMAIN;
		return false;
	}
	memcpy(substituted, sname, prefix_len);
	memcpy(substituted + prefix_len, target, dname_len(target));
	rr_list_add(&asking->out->rrs, ANSWER, sname, RRTYPE_CNAME, dname->ttl, substituted,
		    dname_len(substituted));
	return follow(asking, substituted);
}

static bool
say_part(struct asking *asking)
{
	const struct zone *zone = asking->zone;
	const uint8_t *sname = asking->chain[asking->chain_len];
	struct place place = locate(zone, sname);
	switch (place.kind) {
	case AT_CUT:
		/* RFC 4035 3.1.4.1: the DS is the parent's. */
		if (asking->qtype == RRTYPE_DS && dname_equal(sname, place.above))
			say_rrset(asking, find(zone, sname, RRTYPE_DS));
		else
			say_referral(asking, place.above);
		return false;
	case BELOW_DNAME:
		return say_dname(asking, place.above);
	case NOWHERE:
		say_negative(asking, RCODE_NXDOMAIN);
		return false;
	case AT_NODE:
		break;
	}
	const struct zone_rrset *cname = find(zone, place.node, RRTYPE_CNAME);
	const struct zone_rrset *own = asking->qtype == RRTYPE_ANY
					   ? find_lowest(zone, place.node)
					   : find(zone, place.node, asking->qtype);
	if (cname != NULL && own == NULL) {
		put(zone, &asking->out->rrs, ANSWER, sname, cname, cname->ttl);
		return follow(asking, zone_rdata(zone, zone_rrs(zone, cname)).octets);
	}
	say_rrset(asking, own);
	return false;
}

void
model_ask(const struct engine *engine, const uint8_t *qname, uint16_t qtype,
	  struct model_answer *out)
{
	const struct engine_zone *chosen = choose_zone(engine, qname, qtype);
	rr_list_clear(&out->rrs);
	rr_list_clear(&out->glue);
	out->is_chain = false;
	out->is_authoritative = false;
	out->rcode = RCODE_REFUSED;
	if (chosen == NULL)
		return;
	out->rcode = RCODE_SERVFAIL;
	if (chosen->zone == NULL)
		return;
	out->rcode = RCODE_NOERROR;
	out->is_authoritative = true;
	struct asking asking = {.engine = engine, .zone = chosen->zone, .qtype = qtype, .out = out};
	dname_lower(qname, asking.chain[0]);
	while (say_part(&asking)) {
	}
	rr_list_sort(&out->rrs);
}

void
model_answer_fini(struct model_answer *answer)
{
	rr_list_fini(&answer->rrs);
	rr_list_fini(&answer->glue);
}
