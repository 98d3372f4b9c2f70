/* additional.c -- the additional section. */
#include "zones/additional.h"

#include "zones/dname.h"
#include "zones/rdata.h"
#include "zones/trie.h"

enum {
	/* Far more targets than an answer has; what is beyond them gets no addresses. */
	TARGETS_MAX = 256,
};

/* What a zone knows about a target: the node whose addresses, or other records, it has. */
struct target {
	const uint8_t *dname;
	const uint16_t *rrtypes; /* wanted, ended by 0 */
	const struct node *node; /* NULL: none */
	bool is_glue;            /* the addresses are not the zone's own but a child's */
};

/* The node that answers for a name: itself, or the wildcard that it is synthesized from (RFC
 * 4592 3.3). */
static const struct node *
walk_result_node(const struct walk *walk, enum walk_end end)
{
	if (end == WALK_FOUND)
		return walk->node;
	if (end == WALK_ABSENT && walk->node->wildcard != REF_NONE)
		return version_node(walk->version, walk->node->wildcard);
	return NULL;
}

static struct target
target_find(const struct zone_version *version, const struct rdata_additional *wanted)
{
	const uint8_t *dname = wanted->dname;
	struct target target = {.dname = dname, .rrtypes = wanted->rrtypes};
	if (!dname_is_within(dname, version_image(version)->origin))
		return target;

	struct split_name name;
	struct walk walk;
	split_name_set(&name, dname);
	enum walk_end end = walk_run(&walk, version, &name, true);
	target.node = walk_result_node(&walk, end);
	if (end == WALK_CUT) {
		end = walk_run(&walk, version, &name, false);
		target.node = end == WALK_FOUND ? walk.node : NULL;
		target.is_glue = true;
	}
	return target;
}

/* The targets of an RRset, each once, each with what the zone has for it. */
struct targets {
	struct target entries[TARGETS_MAX];
	unsigned count;
	bool is_incomplete;
};

static bool
targets_has(const struct targets *targets, const struct rdata_additional *wanted)
{
	for (unsigned i = 0; i < targets->count; i++) {
		if (targets->entries[i].rrtypes == wanted->rrtypes &&
		    dname_equal(targets->entries[i].dname, wanted->dname))
			return true;
	}
	return false;
}

/* The RRset stands at `owner`. */
static void
targets_set(struct targets *targets, const struct zone_version *version, const uint8_t *owner,
	    const struct rrset *rrset)
{
	targets->count = 0;
	targets->is_incomplete = false;
	const struct rrtype *rrtype = rrtype_find(rrset->rrtype);
	if (rrtype == NULL || rrtype->additional_field == RRTYPE_NO_ADDITIONAL)
		return;
	for (struct rr_cursor rr = rr_first(rrset); rr.rdata != NULL; rr = rr_next(rrset, rr)) {
		struct rdata_additional wanted;
		if (!rdata_additional(rrtype, owner, rr.rdata, rr.rdlen, &wanted) ||
		    targets_has(targets, &wanted))
			continue;
		if (targets->count == TARGETS_MAX) {
			targets->is_incomplete = true;
			return;
		}
		struct target target = target_find(version, &wanted);
		if (target.node != NULL)
			targets->entries[targets->count++] = target;
	}
}

/* False if an RRset of the target did not fit. `answered` is not said again: an SVCB alias may lead
 * to itself. */
static bool
put_target(struct section_writer *writer, const struct zone_version *version,
	   const struct target *target, const struct rrset *answered)
{
	bool fits = true;
	for (const uint16_t *wanted = target->rrtypes; *wanted != 0; wanted++) {
		bool is_address = *wanted == RRTYPE_A || *wanted == RRTYPE_AAAA;
		const struct node_entry *entry = node_find(target->node, *wanted);
		/* Below a zone cut addresses are glue; other records are the child's to say. */
		if (entry == NULL || (target->is_glue && !is_address))
			continue;
		const struct rrset *rrset = version_at(version, entry->rrset);
		if (rrset != answered &&
		    !section_put(writer, SECTION_ADDITIONAL, target->dname, rrset, rrset->ttl))
			fits = false;
	}
	return fits;
}

bool
additional_put(struct section_writer *writer, const struct zone_version *version,
	       const uint8_t *owner, const struct rrset *rrset)
{
	struct targets targets;
	const uint8_t *qname = writer->message + HEADER_LEN;
	targets_set(&targets, version, owner != NULL ? owner : qname, rrset);
	bool fits = !targets.is_incomplete;
	for (unsigned i = 0; i < targets.count; i++) {
		if (!put_target(writer, version, &targets.entries[i], rrset))
			fits = false;
	}
	return fits;
}

bool
additional_has_owner(const struct rrset *rrset)
{
	static const uint8_t owner[] = {0};
	const struct rrtype *rrtype = rrtype_find(rrset->rrtype);
	for (struct rr_cursor rr = rr_first(rrset); rr.rdata != NULL; rr = rr_next(rrset, rr)) {
		struct rdata_additional wanted;
		if (rdata_additional(rrtype, owner, rr.rdata, rr.rdlen, &wanted) &&
		    wanted.dname == owner)
			return true;
	}
	return false;
}

/* Those of the name servers' addresses that are glue, or those that are not; *has_others tells
 * whether there are any of the other sort. No two records of an NS RRset have one target, so there
 * is nothing to remember. False if some did not fit. */
static bool
put_servers(struct section_writer *writer, const struct zone_version *version,
	    const struct rrset *ns, bool is_glue, bool *has_others)
{
	const struct rrtype *rrtype = rrtype_find(ns->rrtype);
	bool fits = true;
	*has_others = false;
	for (struct rr_cursor rr = rr_first(ns); rr.rdata != NULL; rr = rr_next(ns, rr)) {
		struct rdata_additional wanted;
		if (!rdata_additional(rrtype, NULL, rr.rdata, rr.rdlen, &wanted))
			continue;
		struct target target = target_find(version, &wanted);
		if (target.node == NULL)
			continue;
		if (target.is_glue != is_glue)
			*has_others = true;
		else if (!put_target(writer, version, &target, ns))
			fits = false;
	}
	return fits;
}

enum additional_fit
additional_put_glue(struct section_writer *writer, const struct zone_version *version,
		    const struct rrset *ns)
{
	bool has_the_rest;
	bool has_glue;
	bool fits_glue = put_servers(writer, version, ns, true, &has_the_rest);
	/* The rest a resolver can look up here: it is optional, and comes after all glue. */
	bool fits_the_rest = !has_the_rest || put_servers(writer, version, ns, false, &has_glue);
	if (!fits_glue)
		return ADDITIONAL_GLUE_MISSING;
	return fits_the_rest ? ADDITIONAL_ALL : ADDITIONAL_SOME;
}
