/* lookup.c -- stage 3 of 5: struct query to struct answer (next: answer.c). */
#include "dataplane/lookup.h"

#include "zones/dname.h"

/* CNAME, ANY, and types that may stand beside a CNAME (RFC 4035 2.5, RFC 2181 10.1) if it has them,
 * are asked of the alias itself. That it has no others cannot be proved, since it has a CNAME (RFC
 * 6840 4.3). */
static bool
is_alias_followed(const struct node *node, uint16_t qtype)
{
	return qtype != RRTYPE_ANY && node_find(node, qtype) == NULL;
}

static void
outcome_of_entry(struct answer *answer, enum outcome outcome, uint16_t rrtype)
{
	answer->entry = node_find(answer->node, rrtype);
	answer->outcome = answer->entry == NULL ? OUTCOME_NODATA : outcome;
}

/* The RRset that stands for all, RFC 8482 4.1: the first one, but for what only says something of
 * others. */
static const struct node_entry *
entry_for_any(const struct node *node)
{
	for (unsigned i = node_first_rrset(node); i < node->entry_count; i++) {
		uint16_t rrtype = node->entries[i].rrtype;
		if (rrtype != RRTYPE_RRSIG && rrtype != RRTYPE_NSEC)
			return &node->entries[i];
	}
	return &node->entries[node_first_rrset(node)];
}

/* The name exists, as itself or through a wildcard, and this zone speaks for it. */
static void
outcome_of_node(struct answer *answer, uint16_t qtype)
{
	const struct node *node = answer->node;
	if ((node->flags & NODE_CNAME) && is_alias_followed(node, qtype)) {
		outcome_of_entry(answer, OUTCOME_CNAME, RRTYPE_CNAME);
	} else if (qtype == RRTYPE_ANY && node_has_rrsets(node)) {
		answer->entry = entry_for_any(node);
		answer->outcome = OUTCOME_POSITIVE;
	} else {
		outcome_of_entry(answer, OUTCOME_POSITIVE, qtype);
	}
}

static void
outcome_of_walk(struct lookup *lookup, enum walk_end end)
{
	struct answer *answer = &lookup->answer;
	const struct walk *walk = &lookup->walk;
	answer->node = walk->node;
	answer->labels_left = walk->labels_left;
	switch (end) {
	case WALK_CUT:
		/* RFC 4035 3.1.4.1: DS is the parent's, even at the cut itself. */
		if (walk->labels_left == 0 && lookup->qtype == RRTYPE_DS)
			outcome_of_entry(answer, OUTCOME_POSITIVE, RRTYPE_DS);
		else
			outcome_of_entry(answer, OUTCOME_REFERRAL, RRTYPE_NS);
		return;
	case WALK_DNAME:
		outcome_of_entry(answer, OUTCOME_DNAME, RRTYPE_DNAME);
		return;
	case WALK_FOUND:
		outcome_of_node(answer, lookup->qtype);
		return;
	case WALK_WILDCARD:
		/* RFC 4592 4.2 leaves NS at a wildcard undefined: as in NSD it delegates "*" itself
		 * and what is below that, and is plain data of the names synthesized from it. */
		answer->node = walk->wildcard;
		outcome_of_node(answer, lookup->qtype);
		return;
	case WALK_ABSENT:
	case WALK_UNFINISHED:
		break;
	}
	answer->outcome = OUTCOME_NXDOMAIN;
}

static bool
is_final(struct lookup *lookup, enum walk_end end)
{
	if (end == WALK_UNFINISHED)
		return false;
	outcome_of_walk(lookup, end);
	return true;
}

/* A DS question at an apex is the parent's to answer, if the parent is served here (RFC
 * 4035 3.1.4.1). */
static struct zoneset_member
member_find(const struct serving *serving, const struct split_name *sname, uint16_t qtype)
{
	if (qtype == RRTYPE_DS && sname->label_count > 0) {
		struct zoneset_member parent = zoneset_find(serving->zones, sname, 1);
		if (parent.apex != NULL)
			return parent;
	}
	return zoneset_find(serving->zones, sname, 0);
}

bool
lookup_start(struct lookup *lookup, const struct serving *serving, const struct split_name *sname,
	     uint16_t qtype)
{
	struct zoneset_member member = member_find(serving, sname, qtype);
	lookup->answer = (struct answer){.outcome = OUTCOME_REFUSED};
	lookup->qtype = qtype;
	if (member.apex == NULL)
		return true;
	if (member.version == NULL) {
		lookup->answer.outcome = OUTCOME_SERVFAIL;
		return true;
	}
	lookup->answer.version = member.version;
	return is_final(lookup, walk_start(&lookup->walk, member.version, sname, true));
}

bool
lookup_step(struct lookup *lookup)
{
	return is_final(lookup, walk_step(&lookup->walk));
}

/* What will be read of an answer, first of all. */
static void
prefetch_answer(const struct answer *answer)
{
	if (answer->entry == NULL)
		return;
	const uint8_t *at = version_at(answer->version, answer->entry->ref);
	__builtin_prefetch(at);
	__builtin_prefetch(at + sizeof(struct rrset) + 15);
}

void
lookup_burst(struct lookup **lookups, size_t count)
{
	struct walk *walks[LOOKUP_BURST_MAX];
	for (size_t i = 0; i < count; i++)
		walks[i] = &lookups[i]->walk;
	walk_burst(walks, count);
	for (size_t i = 0; i < count; i++) {
		outcome_of_walk(lookups[i], lookups[i]->walk.end);
		prefetch_answer(&lookups[i]->answer);
	}
}

void
lookup_run(struct lookup *lookup, const struct serving *serving, const struct split_name *sname,
	   uint16_t qtype)
{
	bool is_final = lookup_start(lookup, serving, sname, qtype);
	while (!is_final)
		is_final = lookup_step(lookup);
}

bool
lookup_leads_on(const struct serving *serving, const struct answer *answer)
{
	if (answer->entry->flags & ENTRY_CHAINS)
		return true;
	if (zoneset_count(serving->zones) == 1)
		return false;
	/* The target lies outside the alias' zone. */
	const uint8_t *target = rr_first(entry_rrset(answer->version, answer->entry)).rdata;
	return zoneset_find_dname(serving->zones, target, 0).version != NULL;
}
