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

	/* What validators take for no proof above (RFC 9276 3.2: they may draw the line where they
	 * like; BIND 9.18 and Unbound draw it here). So nobody profits, and it costs too much. */
	ITERATIONS_MAX = 150,
};

/* One NSEC3 of the chain, in the order of hashes. */
struct link {
	uint64_t key; /* the first octets of the hash: a search seldom needs more */
	uint32_t rrset_idx;
	bool is_opt_out;
	bool is_matched; /* by a name */
};

struct chain {
	struct dnssec_check *check;
	struct nsec3_parameters parameters;
	struct nsec3_hasher hasher;
	struct link *links;
	size_t link_count;
	size_t matched_count;
	size_t opt_out_count;
};

/* A name that a denial is about. */
struct denied_name {
	const uint8_t *dname;
	const struct dnssec_owner *owner; /* NULL: an empty non-terminal */
	const struct zone_rr *rr;         /* a record at or below it */
	/* Only an unsigned delegation, and what leads to nothing else, may do without (RFC 5155
	 * 7.1). */
	bool is_secure;
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

static int
compare_hash(const struct chain *chain, const uint8_t hash[NSEC3_HASH_LEN], uint64_t key,
	     const struct link *link)
{
	uint8_t other[NSEC3_HASH_LEN];
	if (key != link->key)
		return key < link->key ? -1 : 1;
	nsec3_owner_hash(set_of(chain, link)->owner, other);
	return memcmp(hash, other, NSEC3_HASH_LEN);
}

/* The first link whose hash is not below `hash`: link_count if there is none. Hashes are spread
 * evenly, so the search begins where this one ought to be, and widens from there: a few steps close
 * together instead of a cache miss for each of many. */
static size_t
find_link(const struct chain *chain, const uint8_t hash[NSEC3_HASH_LEN], bool *is_exact)
{
	uint64_t key = key_of(hash);
	size_t count = chain->link_count;
	size_t guess = (size_t)((unsigned __int128)key * count >> 64);
	size_t low = guess;
	size_t high = guess;
	size_t step = 8;
	while (low > 0 && compare_hash(chain, hash, key, &chain->links[low]) <= 0) {
		low = low > step ? low - step : 0;
		step *= 2;
	}
	step = 8;
	while (high < count && compare_hash(chain, hash, key, &chain->links[high]) > 0) {
		high = count - high > step ? high + step : count;
		step *= 2;
	}
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (compare_hash(chain, hash, key, &chain->links[middle]) > 0)
			low = middle + 1;
		else
			high = middle;
	}
	*is_exact = low < count && compare_hash(chain, hash, key, &chain->links[low]) == 0;
	return low;
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
	dnssec_check_bitmap(chain->check, &bitmap, name->owner);
}

/* RFC 5155 7.1. */
static void
check_name(struct chain *chain, const struct denied_name *name)
{
	uint8_t hash[NSEC3_HASH_LEN];
	bool is_exact;
	if (!nsec3_hash(&chain->hasher, &chain->parameters, name->dname, hash)) {
		chain->check->is_out_of_memory = true;
		return;
	}
	size_t idx = find_link(chain, hash, &is_exact);
	if (is_exact) {
		check_matched(chain, &chain->links[idx], name);
		return;
	}
	if (name->is_secure) {
		dnssec_report(chain->check, FINDING_NSEC3_MISSING, name->rr, name->dname,
			      "has no NSEC3%s",
			      name->owner == NULL ? " (an empty non-terminal needs one too)" : "");
		return;
	}
	/* The chain is a ring. */
	const struct link *covering = &chain->links[(idx > 0 ? idx : chain->link_count) - 1];
	if (!covering->is_opt_out)
		dnssec_report(chain->check, FINDING_NSEC3_MISSING, name->rr, name->dname,
			      "has no NSEC3, and the one that covers it does not opt out");
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
		check_name(walk->chain, name);
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
				   .owner = owner,
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
}

/* -- the chain ----------------------------------------------------------------------------------
 */

static void
take_link(struct chain *chain, size_t rrset_idx)
{
	const struct zone_rrset *set = &chain->check->zone->rrsets[rrset_idx];
	uint8_t hash[NSEC3_HASH_LEN];
	struct nsec3 nsec3;
	if (dname_label_count(set->owner) != chain->check->origin_labels + 1 ||
	    !nsec3_owner_hash(set->owner, hash) || find_of_chain(chain, set, &nsec3) == NULL)
		return;
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
	enum status status = nsec3_hasher_init(&chain.hasher);
	if (status == STATUS_OK)
		status = take_links(&chain);
	if (status == STATUS_OK && chain.link_count == 0) {
		dnssec_report(check, FINDING_NSEC3_PARAMETERS, rr, check->zone->origin,
			      "has an NSEC3PARAM, and no NSEC3 with these parameters");
	} else if (status == STATUS_OK) {
		check_links(&chain);
		if (parameters->algorithm == NSEC3_SHA1 && parameters->iterations <= ITERATIONS_MAX)
			check_chain_names(&chain);
	}
	free(chain.links);
	nsec3_hasher_fini(&chain.hasher);
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
	if (parameters->iterations > ITERATIONS_MAX)
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
	for (unsigned i = 0; i < sets.count && status == STATUS_OK; i++)
		status = check_chain(check, sets.rrs[i], &sets.parameters[i]);
	return status;
}
