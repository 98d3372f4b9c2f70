/* check_dnssec_nsec3.c -- the chain of NSEC3 records: one for the hash of each name of the zone's
 * own, empty non-terminals included, each naming the next hash (RFC 5155 7.1; a part of
 * check_dnssec.c). */
#include <stdlib.h>

#include "zones/check_dnssec_internal.h"
#include "zones/dname.h"

enum {
	/* A change of parameters takes two chains for a while (RFC 5155 10.2). Each costs a hash of
	 * every name. */
	CHAINS_MAX = 4,

	/* Names that are looked for side by side. Each takes five reads from memory that nothing
	 * has touched before, one behind the other; in a burst those of different names overlap. */
	BURST_LEN = 32,
};

/* One NSEC3 of the chain, in the order of hashes. */
struct link {
	uint64_t key; /* the first octets of the hash: a search seldom needs more */
	uint32_t rrset_idx;
	bool is_opt_out;
	bool is_matched; /* by a name */
};

/* A name that a denial is about. */
struct denied_name {
	const uint8_t *dname;
	struct dnssec_owner owner; /* without RRsets: an empty non-terminal */
	const struct zone_rr *rr;  /* a record at or below it */
	/* Only an unsigned delegation, and what leads to nothing else, may do without (RFC 5155
	 * 7.1). */
	bool is_secure;
	uint8_t hash[NSEC3_HASH_LEN];
	size_t idx; /* of the first link that is not before it, as far as keys tell */
};

struct chain {
	struct dnssec_check *check;
	struct nsec3_parameters parameters;
	struct link *links;
	size_t link_count;
	size_t matched_count;
	size_t opt_out_count;
	struct denied_name burst[BURST_LEN];
	size_t burst_len;
};

/* Which names a walk goes to. */
enum security { SECURE_NAMES, INSECURE_NAMES };

/* An empty non-terminal above the current name: what goes below it is not known before its end. */
struct open_ent {
	const uint8_t *dname;
	const struct zone_rr *rr;
	unsigned labels;
	bool is_secure;
};

/* The record of `set` that belongs to the chain: *nsec3, or NULL. */
static const struct zone_rr *
find_of_chain(const struct chain *chain, const struct zone_rrset *set, struct nsec3 *nsec3)
{
	const struct zone *zone = chain->check->zone;
	for (uint32_t i = 0; i < set->rr_count; i++) {
		const struct zone_rr *rr = zone_rrs(zone, set) + i;
		struct zone_rdata rdata = zone_rdata(zone, rr);
		nsec3_parse(rdata.octets, rdata.len, nsec3);
		if (nsec3_parameters_equal(&nsec3->parameters, &chain->parameters))
			return rr;
	}
	return NULL;
}

static const struct zone_rrset *
set_of(const struct chain *chain, const struct link *link)
{
	return &chain->check->zone->rrsets[link->rrset_idx];
}

static uint64_t
key_of(const uint8_t hash[NSEC3_HASH_LEN])
{
	return (uint64_t)be32_read(hash) << 32 | be32_read(hash + 4);
}

/* Hashes are spread evenly: where this one ought to be. */
static size_t
guess_idx(const struct chain *chain, uint64_t key)
{
	return (size_t)((unsigned __int128)key * chain->link_count >> 64);
}

/* A better guess, by what is found there. */
static size_t
refine_idx(const struct chain *chain, uint64_t key, size_t idx)
{
	uint64_t there = chain->links[idx].key;
	uint64_t distance = key > there ? key - there : there - key;
	size_t steps = guess_idx(chain, distance);
	if (key > there)
		return chain->link_count - 1 - idx > steps ? idx + steps : chain->link_count - 1;
	return idx > steps ? idx - steps : 0;
}

/* The first link whose key is not below `key`: link_count if there is none. Looked for around
 * `near` first, and in ever wider steps from there. */
static size_t
find_key(const struct chain *chain, uint64_t key, size_t near)
{
	enum { FIRST_STEP = 4 };
	const struct link *links = chain->links;
	size_t count = chain->link_count;
	size_t low = near;
	size_t high = near;
	for (size_t step = FIRST_STEP; low > 0 && key <= links[low].key; step *= 2)
		low = low > step ? low - step : 0;
	for (size_t step = FIRST_STEP; high < count && key > links[high].key; step *= 2)
		high = count - high > step ? high + step : count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (key > links[middle].key)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Is links[*idx], which the key led to, the one of this hash? If not, *idx is the first behind it.
 */
static bool
is_link_of(const struct chain *chain, const uint8_t hash[NSEC3_HASH_LEN], size_t *idx)
{
	uint64_t key = key_of(hash);
	for (; *idx < chain->link_count && chain->links[*idx].key == key; ++*idx) {
		uint8_t other[NSEC3_HASH_LEN];
		nsec3_owner_hash(set_of(chain, &chain->links[*idx])->owner, other);
		int order = memcmp(hash, other, NSEC3_HASH_LEN);
		if (order <= 0)
			return order == 0;
	}
	return false;
}

static void
check_matched(struct chain *chain, struct link *link, const struct denied_name *name)
{
	struct nsec3 nsec3;
	const struct zone_rr *rr = find_of_chain(chain, set_of(chain, link), &nsec3);
	if (!link->is_matched) {
		link->is_matched = true;
		chain->matched_count++;
	}
	struct denial_bitmap bitmap = {.kind = FINDING_NSEC3_BITMAP,
				       .denial = DENIAL_NSEC3,
				       .rr = rr,
				       .dname = name->dname,
				       .octets = nsec3.bitmap,
				       .len = nsec3.bitmap_len};
	dnssec_check_bitmap(chain->check, &bitmap, &name->owner);
}

/* RFC 5155 7.1. */
static void
check_name(struct chain *chain, const struct denied_name *name)
{
	size_t idx = name->idx;
	if (is_link_of(chain, name->hash, &idx)) {
		check_matched(chain, &chain->links[idx], name);
		return;
	}
	if (name->is_secure) {
		dnssec_report(
		    chain->check, FINDING_NSEC3_MISSING, name->rr, name->dname, "has no NSEC3%s",
		    name->owner.set_count == 0 ? " (an empty non-terminal needs one too)" : "");
		return;
	}
	/* The chain is a ring. */
	const struct link *covering = &chain->links[(idx > 0 ? idx : chain->link_count) - 1];
	if (!covering->is_opt_out)
		dnssec_report(chain->check, FINDING_NSEC3_MISSING, name->rr, name->dname,
			      "has no NSEC3, and the one that covers it does not opt out");
}

/* The NSEC3 that a name has led to, step by step for all names of the burst. */
static void
check_burst(struct chain *chain)
{
	const struct zone *zone = chain->check->zone;
	const struct zone_rrset *sets[BURST_LEN];
	size_t count = chain->burst_len;
	for (size_t i = 0; i < count; i++) {
		struct denied_name *name = &chain->burst[i];
		uint64_t key = key_of(name->hash);
		name->idx = refine_idx(chain, key, guess_idx(chain, key));
		__builtin_prefetch(&chain->links[name->idx]);
	}
	for (size_t i = 0; i < count; i++) {
		struct denied_name *name = &chain->burst[i];
		name->idx = find_key(chain, key_of(name->hash), name->idx);
		sets[i] = set_of(chain, &chain->links[name->idx % chain->link_count]);
		__builtin_prefetch(sets[i]);
	}
	for (size_t i = 0; i < count; i++) {
		__builtin_prefetch(sets[i]->owner);
		__builtin_prefetch(zone_rrs(zone, sets[i]));
	}
	for (size_t i = 0; i < count; i++)
		__builtin_prefetch(zone_rdata_prefixed(zone, zone_rrs(zone, sets[i])));
	for (size_t i = 0; i < count; i++)
		check_name(chain, &chain->burst[i]);
	chain->burst_len = 0;
}

static void
add_to_burst(struct chain *chain, const struct denied_name *name)
{
	struct denied_name *added = &chain->burst[chain->burst_len];
	*added = *name;
	nsec3_hash(&chain->parameters, name->dname, added->hash);
	__builtin_prefetch(&chain->links[guess_idx(chain, key_of(added->hash))]);
	if (++chain->burst_len == BURST_LEN)
		check_burst(chain);
}

/* -- the names, in canonical order --------------------------------------------------------------
 */

struct name_walk {
	struct chain *chain;
	enum security security;
	struct open_ent ents[LABELS_MAX];
	unsigned ent_count;
	const uint8_t *last;
};

static void
visit(struct name_walk *walk, const struct denied_name *name)
{
	if (name->is_secure == (walk->security == SECURE_NAMES))
		add_to_burst(walk->chain, name);
}

/* Ends the empty non-terminals that have more labels. */
static void
close_ents(struct name_walk *walk, unsigned labels)
{
	while (walk->ent_count > 0 && walk->ents[walk->ent_count - 1].labels > labels) {
		const struct open_ent *ent = &walk->ents[--walk->ent_count];
		visit(walk, &(struct denied_name){
				.dname = ent->dname, .rr = ent->rr, .is_secure = ent->is_secure});
	}
}

/* What is between a name and what it shares with the one before, its own label not counted, are
 * empty non-terminals: their own records would have come first. */
static void
open_ents(struct name_walk *walk, const struct denied_name *name, unsigned common)
{
	unsigned labels = dname_label_count(name->dname);
	for (unsigned i = common + 1; i < labels; i++)
		walk->ents[walk->ent_count++] = (struct open_ent){
		    .dname = dname_skip(name->dname, labels - i), .rr = name->rr, .labels = i};
}

static void
visit_owner(struct name_walk *walk, const struct dnssec_owner *owner)
{
	struct dnssec_check *check = walk->chain->check;
	bool is_secure = owner->place != PLACE_CUT || dnssec_find_set(owner, RRTYPE_DS) != NULL;
	struct denied_name name = {.dname = owner->dname,
				   .owner = *owner,
				   .rr = zone_rrs(check->zone, owner->sets),
				   .is_secure = is_secure};
	/* The first is the apex; what is above it is not the zone's. */
	if (walk->last != NULL) {
		unsigned common = dname_common_labels(walk->last, owner->dname);
		close_ents(walk, common);
		open_ents(walk, &name, common);
	}
	for (unsigned i = walk->ent_count; is_secure && i > 0 && !walk->ents[i - 1].is_secure; i--)
		walk->ents[i - 1].is_secure = true;
	walk->last = owner->dname;
	visit(walk, &name);
}

static void
check_names(struct chain *chain, enum security security)
{
	struct name_walk walk = {.chain = chain, .security = security};
	const struct dnssec_check *check = chain->check;
	const uint8_t *above = NULL;
	struct dnssec_owner owner;
	for (size_t i = 0; i < check->zone->rrset_count; i += owner.set_count) {
		owner = dnssec_owner_at(check, i, &above);
		if (owner.is_denied)
			visit_owner(&walk, &owner);
	}
	close_ents(&walk, 0);
	check_burst(chain);
}

/* -- the chain ----------------------------------------------------------------------------------
 */

/* Two for the same hash contradict each other, or are one too many. */
static void
check_single(struct chain *chain, const struct zone_rrset *set)
{
	const struct zone *zone = chain->check->zone;
	bool has_one = false;
	for (uint32_t i = 0; set->rr_count > 1 && i < set->rr_count; i++) {
		struct nsec3_parameters parameters;
		const struct zone_rr *rr = zone_rrs(zone, set) + i;
		nsec3_parameters_parse(zone_rdata(zone, rr).octets, &parameters);
		if (!nsec3_parameters_equal(&parameters, &chain->parameters))
			continue;
		if (has_one)
			dnssec_report(chain->check, FINDING_NSEC3_MULTIPLE, rr, set->owner,
				      "has more than one NSEC3 of the same parameters");
		has_one = true;
	}
}

static void
take_link(struct chain *chain, size_t rrset_idx)
{
	const struct zone_rrset *set = &chain->check->zone->rrsets[rrset_idx];
	uint8_t hash[NSEC3_HASH_LEN];
	struct nsec3 nsec3;
	if (dname_label_count(set->owner) != chain->check->origin_labels + 1 ||
	    !nsec3_owner_hash(set->owner, hash) || find_of_chain(chain, set, &nsec3) == NULL)
		return;
	check_single(chain, set);
	bool is_opt_out = (nsec3.parameters.flags & NSEC3_OPT_OUT) != 0;
	chain->opt_out_count += is_opt_out;
	chain->links[chain->link_count++] = (struct link){
	    .key = key_of(hash), .rrset_idx = (uint32_t)rrset_idx, .is_opt_out = is_opt_out};
}

/* The zone's order is that of the hashes: base 32 was made so (RFC 5155 1.3). */
static enum status
take_links(struct chain *chain)
{
	const struct zone *zone = chain->check->zone;
	chain->links = calloc(chain->check->nsec3_count + 1, sizeof(chain->links[0]));
	if (chain->links == NULL)
		return STATUS_NO_MEMORY;
	for (size_t i = 0; i < zone->rrset_count; i++) {
		if (zone->rrsets[i].rrtype == RRTYPE_NSEC3)
			take_link(chain, i);
	}
	return STATUS_OK;
}

static void
check_links(struct chain *chain)
{
	for (size_t i = 0; i < chain->link_count; i++) {
		const struct link *next = &chain->links[(i + 1) % chain->link_count];
		const struct zone_rrset *set = set_of(chain, &chain->links[i]);
		uint8_t hash[NSEC3_HASH_LEN];
		struct nsec3 nsec3;
		const struct zone_rr *rr = find_of_chain(chain, set, &nsec3);
		nsec3_owner_hash(set_of(chain, next)->owner, hash);
		if (nsec3.next_len == NSEC3_HASH_LEN &&
		    memcmp(nsec3.next, hash, NSEC3_HASH_LEN) == 0)
			continue;
		char name[DNAME_TEXT_MAX];
		dname_print(set_of(chain, next)->owner, name);
		dnssec_report(chain->check, FINDING_NSEC3_CHAIN, rr, set->owner,
			      "has an NSEC3 that does not name the next, which is %s", name);
	}
}

static void
report_orphans(struct chain *chain)
{
	for (size_t i = 0; i < chain->link_count; i++) {
		const struct zone_rrset *set = set_of(chain, &chain->links[i]);
		if (!chain->links[i].is_matched)
			dnssec_report(chain->check, FINDING_NSEC3_ORPHAN,
				      zone_rrs(chain->check->zone, set), set->owner,
				      "has an NSEC3, and is the hash of no name of the zone");
	}
}

/* Unsigned delegations are what a large zone has most of. Where all of the chain opts out and each
 * of its records belongs to another name, it says nothing of them that could be wrong: they need
 * not be hashed. */
static void
check_chain_names(struct chain *chain)
{
	check_names(chain, SECURE_NAMES);
	if (chain->matched_count == chain->link_count && chain->opt_out_count == chain->link_count)
		return;
	check_names(chain, INSECURE_NAMES);
	report_orphans(chain);
}

static enum status
check_chain(struct dnssec_check *check, const struct zone_rr *rr,
	    const struct nsec3_parameters *parameters)
{
	struct chain chain = {.check = check, .parameters = *parameters};
	enum status status = take_links(&chain);
	if (status == STATUS_OK && chain.link_count == 0) {
		dnssec_report(check, FINDING_NSEC3_PARAMETERS, rr, check->zone->origin,
			      "has an NSEC3PARAM, and no NSEC3 with these parameters");
	} else if (status == STATUS_OK) {
		check_links(&chain);
		if (parameters->algorithm == NSEC3_SHA1 &&
		    parameters->iterations <= NSEC3_ITERATIONS_PROVE_MAX)
			check_chain_names(&chain);
	}
	free(chain.links);
	return status;
}

/* -- the parameters -----------------------------------------------------------------------------
 */

struct parameter_sets {
	struct nsec3_parameters parameters[CHAINS_MAX];
	const struct zone_rr *rrs[CHAINS_MAX];
	unsigned count;
};

/* RFC 9276 3.1: no extra iterations, no salt. */
static void
check_cost(struct dnssec_check *check, const struct zone_rr *rr,
	   const struct nsec3_parameters *parameters)
{
	if (parameters->iterations > NSEC3_ITERATIONS_PROVE_MAX)
		dnssec_report(check, FINDING_NSEC3_COST, rr, check->zone->origin,
			      "asks for %u iterations of the NSEC3 hash, which validators take for "
			      "no proof (RFC 9276 3.2); names are not held against it",
			      parameters->iterations);
	else if (parameters->iterations > 0)
		dnssec_report(check, FINDING_NSEC3_COST, rr, check->zone->origin,
			      "asks for %u extra iterations of the NSEC3 hash: should be none (RFC "
			      "9276 3.1)",
			      parameters->iterations);
	else if (parameters->salt_len > 0)
		dnssec_report(check, FINDING_NSEC3_COST, rr, check->zone->origin,
			      "has a salt for the NSEC3 hash: should be none (RFC 9276 3.1)");
}

/* Is there an NSEC3 with these parameters for the apex? */
static bool
chain_has_apex(const struct zone *zone, const struct nsec3_parameters *parameters)
{
	uint8_t hash[NSEC3_HASH_LEN];
	uint8_t owner[DNAME_LEN_MAX];
	size_t origin_len = dname_len(zone->origin);
	struct nsec3_parameters of_chain;
	if (origin_len + 1 + NSEC3_LABEL_LEN > sizeof(owner))
		return false;
	nsec3_hash(parameters, zone->origin, hash);
	nsec3_label_set(owner, hash);
	memcpy(owner + 1 + NSEC3_LABEL_LEN, zone->origin, origin_len);
	const struct zone_rrset *set = zone_find(zone, owner, RRTYPE_NSEC3);
	for (uint32_t i = 0; set != NULL && i < set->rr_count; i++) {
		nsec3_parameters_parse(zone_rdata(zone, zone_rrs(zone, set) + i).octets, &of_chain);
		if (nsec3_parameters_equal(&of_chain, parameters))
			return true;
	}
	return false;
}

static bool
is_soa_signed(const struct zone *zone)
{
	const struct zone_rrset *set = zone_find(zone, zone->origin, RRTYPE_RRSIG);
	for (uint32_t i = 0; set != NULL && i < set->rr_count; i++) {
		if (be16_read(zone_rdata(zone, zone_rrs(zone, set) + i).octets) == RRTYPE_SOA)
			return true;
	}
	return false;
}

/* The NSEC3PARAM by which the zone is going to deny; NULL: it will not by NSEC3. denial_lay() makes
 * the same choice. */
static const struct zone_rr *
find_parameters_in_use(const struct zone *zone)
{
	const struct zone_rrset *set = zone_find(zone, zone->origin, RRTYPE_NSEC3PARAM);
	const struct zone_rr *first = NULL;
	if (!is_soa_signed(zone))
		return NULL;
	for (uint32_t i = 0; set != NULL && i < set->rr_count; i++) {
		const struct zone_rr *rr = zone_rrs(zone, set) + i;
		struct nsec3_parameters parameters;
		nsec3_parameters_parse(zone_rdata(zone, rr).octets, &parameters);
		if (parameters.flags != 0 || parameters.algorithm != NSEC3_SHA1)
			continue;
		if (chain_has_apex(zone, &parameters))
			return rr;
		if (first == NULL)
			first = rr;
	}
	return zone_find(zone, zone->origin, RRTYPE_NSEC) == NULL ? first : NULL;
}

/* RFC 9276 3.2: a server need not pay what nobody profits from, for whoever asks. */
static void
check_limit(struct dnssec_check *check)
{
	unsigned iterations_max = check->options->nsec3_iterations_max;
	const struct zone_rr *rr = find_parameters_in_use(check->zone);
	struct nsec3_parameters parameters;
	if (rr == NULL)
		return;
	nsec3_parameters_parse(zone_rdata(check->zone, rr).octets, &parameters);
	if (parameters.iterations > iterations_max)
		dnssec_report(check, FINDING_NSEC3_LIMIT, rr, check->zone->origin,
			      "denies with %u iterations of the NSEC3 hash, and %u are the most "
			      "that are served (nsec3-iterations)",
			      parameters.iterations, iterations_max);
}

static void
take_parameters(struct dnssec_check *check, const struct zone_rr *rr, struct parameter_sets *sets)
{
	struct nsec3_parameters parameters;
	nsec3_parameters_parse(zone_rdata(check->zone, rr).octets, &parameters);
	/* RFC 5155 4.1.2: with flags, it says nothing; signers keep their state there. */
	if (parameters.flags != 0)
		return;
	if (parameters.algorithm != NSEC3_SHA1 || sets->count == CHAINS_MAX) {
		dnssec_report(check, FINDING_NSEC3_PARAMETERS, rr, check->zone->origin,
			      parameters.algorithm != NSEC3_SHA1
				  ? "has an NSEC3PARAM with an unknown hash"
				  : "has more NSEC3PARAM than are checked");
		return;
	}
	check_cost(check, rr, &parameters);
	sets->parameters[sets->count] = parameters;
	sets->rrs[sets->count++] = rr;
}

static void
check_member(struct dnssec_check *check, const struct zone_rrset *set, const struct zone_rr *rr,
	     const struct parameter_sets *sets)
{
	struct zone_rdata rdata = zone_rdata(check->zone, rr);
	struct nsec3 nsec3;
	nsec3_parse(rdata.octets, rdata.len, &nsec3);
	for (unsigned i = 0; i < sets->count; i++) {
		if (nsec3_parameters_equal(&nsec3.parameters, &sets->parameters[i]))
			return;
	}
	dnssec_report(check, FINDING_NSEC3_PARAMETERS, rr, set->owner,
		      "has an NSEC3 whose parameters no NSEC3PARAM has");
}

/* Every NSEC3 has its place, and a chain that it belongs to. */
static void
check_members(struct dnssec_check *check, const struct parameter_sets *sets)
{
	uint8_t hash[NSEC3_HASH_LEN];
	for (size_t i = 0; i < check->zone->rrset_count; i++) {
		const struct zone_rrset *set = &check->zone->rrsets[i];
		if (set->rrtype != RRTYPE_NSEC3)
			continue;
		if (dname_label_count(set->owner) != check->origin_labels + 1 ||
		    !nsec3_owner_hash(set->owner, hash)) {
			dnssec_report(check, FINDING_NSEC3_ORPHAN, zone_rrs(check->zone, set),
				      set->owner, "has an NSEC3, and is no hash below the apex");
			continue;
		}
		for (uint32_t j = 0; j < set->rr_count; j++)
			check_member(check, set, zone_rrs(check->zone, set) + j, sets);
	}
}

/* Without NSEC3PARAM a server cannot answer (RFC 5155 4): the first record says what it would be,
 * so that the rest can be looked at. */
static void
guess_parameters(struct dnssec_check *check, struct parameter_sets *sets)
{
	const struct zone *zone = check->zone;
	for (size_t i = 0; i < zone->rrset_count && sets->count == 0; i++) {
		const struct zone_rr *rr = zone_rrs(zone, &zone->rrsets[i]);
		if (zone->rrsets[i].rrtype != RRTYPE_NSEC3)
			continue;
		nsec3_parameters_parse(zone_rdata(zone, rr).octets, &sets->parameters[0]);
		sets->rrs[0] = rr;
		sets->count = 1;
		dnssec_report(check, FINDING_NSEC3_PARAMETERS, rr, zone->origin,
			      "has NSEC3 and no NSEC3PARAM");
	}
}

enum status
dnssec_check_nsec3(struct dnssec_check *check)
{
	const struct zone *zone = check->zone;
	const struct zone_rrset *set = zone_find(zone, zone->origin, RRTYPE_NSEC3PARAM);
	struct parameter_sets sets = {0};
	enum status status = STATUS_OK;
	for (uint32_t i = 0; set != NULL && i < set->rr_count; i++)
		take_parameters(check, zone_rrs(zone, set) + i, &sets);
	if (sets.count == 0)
		guess_parameters(check, &sets);
	check_members(check, &sets);
	check_limit(check);
	for (unsigned i = 0; i < sets.count && status == STATUS_OK; i++)
		status = check_chain(check, sets.rrs[i], &sets.parameters[i]);
	return status;
}
