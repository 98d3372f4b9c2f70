/* additional.c -- the additional section. */
#include "zones/additional.h"

#include "zones/dname.h"
#include "zones/rdata.h"
#include "zones/signed.h"
#include "zones/trie.h"

/* From `node`, whose name has `label_count` labels, down to a name at or below it. */
static void
target_find(const struct zone_version *version, const struct node *node, unsigned label_count,
	    struct additional_target *target)
{
	struct split_name name;
	struct walk walk;
	enum walk_end end;
	split_name_set(&name, target->dname);
	switch (walk_finish(&walk, walk_start_at(&walk, version, &name, true, node, label_count))) {
	case WALK_FOUND:
		target->node = walk.node;
		break;
	case WALK_WILDCARD: /* RFC 4592 3.3 */
		target->node = walk.wildcard;
		target->is_synthesized = true;
		break;
	case WALK_CUT:
		target->is_glue = true;
		label_count = name.label_count - walk.labels_left;
		/* RFC 4592 3.3 is about authoritative data; but a wildcard here is what the
		 * child's zone answers with, as Knot and NSD see it. */
		end = walk_finish(
		    &walk, walk_start_at(&walk, version, &name, false, walk.node, label_count));
		target->is_synthesized = end == WALK_WILDCARD;
		if (end == WALK_FOUND || end == WALK_WILDCARD)
			target->node = target->is_synthesized ? walk.wildcard : walk.node;
		break;
	case WALK_DNAME:
	case WALK_ABSENT:
	case WALK_UNFINISHED:
		break;
	}
}

void
additional_target_find(const struct zone_version *version, const uint8_t *dname,
		       struct additional_target *target)
{
	const struct zone_image *image = version_image(version);
	target->dname = dname;
	target->node = NULL;
	target->is_synthesized = target->is_glue = false;
	target->is_inside = dname_is_within(dname, version_origin(version));
	if (target->is_inside)
		target_find(version, version_node(version, image->apex), image->origin_labels,
			    target);
}

/* Are all types of `wanted` among `rrtypes`? */
static bool
rrtypes_cover(const uint16_t *rrtypes, const uint16_t *wanted)
{
	if (rrtypes == wanted)
		return true;
	for (; *wanted != 0; wanted++) {
		const uint16_t *at = rrtypes;
		while (*at != 0 && *at != *wanted)
			at++;
		if (*at == 0)
			return false;
	}
	return true;
}

/* Does another record want the same? Of the types that want more here than there, SVCB's AliasMode
 * has the lower priority and comes first. */
static bool
targets_has(const struct additional_targets *targets, const struct rdata_additional *wanted)
{
	for (unsigned i = 0; i < targets->count; i++) {
		if (rrtypes_cover(targets->entries[i].rrtypes, wanted->rrtypes) &&
		    dname_equal(targets->entries[i].dname, wanted->dname))
			return true;
	}
	return false;
}

void
additional_targets_set(struct additional_targets *targets, const struct placed_rrset *placed,
		       struct rr_cursor from)
{
	const struct rrset *rrset = placed->rrset;
	const uint8_t *owner = placed->owner;
	const struct rrtype *rrtype = rrtype_find(rrset->rrtype);
	/* No two records of an NS RRset have one target, and it may be long. */
	bool is_distinct = rrset->rrtype == RRTYPE_NS;
	/* A wildcard's answers have other owners: nothing is below them. */
	bool is_wildcard = owner[0] == 1 && owner[1] == '*';
	targets->count = 0;
	targets->rest = (struct rr_cursor){0};
	if (rrtype == NULL || rrtype->additional_field == RRTYPE_NO_ADDITIONAL)
		return;
	for (struct rr_cursor rr = from; rr.rdata != NULL; rr = rr_next(rr)) {
		struct rdata_additional wanted;
		if (!rdata_additional(rrtype, owner, rr.rdata, rr.rdlen, &wanted) ||
		    (!is_distinct && targets_has(targets, &wanted)))
			continue;
		if (targets->count == ADDITIONAL_TARGETS_MAX) {
			targets->rest = rr;
			return;
		}
		struct additional_target *target = &targets->entries[targets->count++];
		bool is_own = !is_wildcard && dname_is_within(wanted.dname, owner);
		*target = (struct additional_target){
		    .dname = wanted.dname,
		    .rrtypes = wanted.rrtypes,
		    .is_own = is_own,
		    .is_inside =
			is_own || dname_is_within(wanted.dname, version_origin(placed->version)),
		};
	}
}

void
additional_targets_find(struct additional_targets *targets, const struct placed_rrset *placed)
{
	const struct zone_version *version = placed->version;
	const struct zone_image *image = version_image(version);
	for (unsigned i = 0; i < targets->count; i++) {
		struct additional_target *target = &targets->entries[i];
		/* To the owner the walk need not come again. */
		if (target->is_own && placed->node != NULL)
			target_find(version, placed->node, dname_label_count(placed->owner),
				    target);
		else if (target->is_inside)
			target_find(version, version_node(version, image->apex),
				    image->origin_labels, target);
	}
}

bool
additional_wants_addresses(const struct additional_target *target)
{
	return target->rrtypes[0] == RRTYPE_A && target->rrtypes[1] == RRTYPE_AAAA &&
	       target->rrtypes[2] == 0;
}

bool
additional_put_target(struct section_writer *writer, const struct placed_rrset *answered,
		      const struct additional_target *target)
{
	bool fits = true;
	const struct rrset *signatures = answered->is_signed && !target->is_glue
					     ? node_signatures(answered->version, target->node)
					     : NULL;
	for (const uint16_t *wanted = target->rrtypes; *wanted != 0; wanted++) {
		bool is_address = *wanted == RRTYPE_A || *wanted == RRTYPE_AAAA;
		const struct node_entry *entry = node_find(target->node, *wanted);
		/* Below a zone cut addresses are glue; other records are the child's to say. */
		if (entry == NULL || (target->is_glue && !is_address))
			continue;
		const struct rrset *rrset = entry_rrset(answered->version, entry);
		/* Equal RRsets of two owners are stored once: the name tells. */
		bool is_answered = *wanted == answered->rrset->rrtype &&
				   dname_equal(target->dname, answered->owner);
		if (!is_answered && !section_put_signed(writer, SECTION_ADDITIONAL, target->dname,
							rrset, signatures, rrset->ttl))
			fits = false;
	}
	return fits;
}

/* The three lots that targets are put in. */
enum lot { LOT_OWN, LOT_GLUE, LOT_REST };

static enum lot
target_lot(const struct additional_target *target)
{
	if (target->is_own)
		return LOT_OWN;
	return target->is_glue ? LOT_GLUE : LOT_REST;
}

static bool
put_lots(struct section_writer *writer, const struct placed_rrset *placed,
	 const struct additional_targets *targets, enum lot from, enum lot to)
{
	bool fits = true;
	for (unsigned i = 0; i < targets->count; i++) {
		const struct additional_target *target = &targets->entries[i];
		enum lot lot = target_lot(target);
		if (target->node != NULL && lot >= from && lot <= to &&
		    !additional_put_target(writer, placed, target))
			fits = false;
	}
	return fits;
}

void
additional_put(struct section_writer *writer, const struct placed_rrset *placed)
{
	struct additional_targets targets;
	additional_targets_set(&targets, placed, rr_first(placed->rrset));
	additional_targets_find(&targets, placed);
	put_lots(writer, placed, &targets, LOT_OWN, LOT_OWN);
	put_lots(writer, placed, &targets, LOT_GLUE, LOT_REST);
}

bool
additional_has_owner(const struct rrset *rrset)
{
	static const uint8_t owner[] = {0};
	const struct rrtype *rrtype = rrtype_find(rrset->rrtype);
	for (struct rr_cursor rr = rr_first(rrset); rr.rdata != NULL; rr = rr_next(rr)) {
		struct rdata_additional wanted;
		if (rdata_additional(rrtype, owner, rr.rdata, rr.rdlen, &wanted) &&
		    wanted.dname == owner)
			return true;
	}
	return false;
}

bool
additional_put_glue(struct section_writer *writer, const struct placed_rrset *ns)
{
	struct additional_targets targets;
	bool fits = true;
	for (struct rr_cursor from = rr_first(ns->rrset); from.rdata != NULL; from = targets.rest) {
		additional_targets_set(&targets, ns, from);
		additional_targets_find(&targets, ns);
		bool own_fits = put_lots(writer, ns, &targets, LOT_OWN, LOT_OWN);
		bool glue_fits = put_lots(writer, ns, &targets, LOT_GLUE, LOT_GLUE);
		fits = fits && own_fits && glue_fits;
		/* The rest a resolver can look up here: it is optional, comes after glue, and not
		 * where glue is missing. */
		if (fits)
			put_lots(writer, ns, &targets, LOT_REST, LOT_REST);
	}
	return fits;
}
