/* compile.c -- a zone's records to a version: nodes and tries bottom-up in one pass over the sorted
 * owners, then the templates, which look up in what the first pass laid down. */
#include <stdlib.h>

#include "zones/block.h"
#include "zones/dname.h"
#include "zones/template.h"
#include "zones/trie.h"
#include "zones/version.h"

/* A name whose descendants are still arriving. Owners come in canonical order, so the open ones are
 * a path. */
struct open_node {
	const uint8_t *owner; /* wire form; its first label is the node's */
	size_t first_rrset_idx;
	size_t rrset_count; /* 0: an empty non-terminal */
	size_t first_child_idx;
	uint8_t flags;
};

/* An owner of RRsets, laid down: what the templates are made from. */
struct placed_node {
	ref node;
	size_t first_rrset_idx;
};

struct compiler {
	const struct zone *zone;
	struct block block;
	unsigned origin_labels;

	struct open_node path[LABELS_MAX + 1]; /* path[0] is the apex */
	unsigned path_len;

	struct trie_child *children; /* closed nodes whose parents are open */
	size_t child_count;
	size_t child_cap;

	struct placed_node *placed;
	size_t placed_count;

	uint8_t *rrset_octets; /* scratch: one struct rrset */
	size_t rrset_cap;
};

static bool
owns(const struct compiler *compiler, const struct open_node *open, uint16_t rrtype)
{
	for (size_t i = 0; i < open->rrset_count; i++) {
		if (compiler->zone->rrsets[open->first_rrset_idx + i].rrtype == rrtype)
			return true;
	}
	return false;
}

static uint8_t
open_flags(const struct compiler *compiler, const struct open_node *open)
{
	bool is_apex = compiler->path_len == 0;
	uint8_t flags = is_apex ? NODE_APEX : 0;
	if (!is_apex) {
		const struct open_node *parent = &compiler->path[compiler->path_len - 1];
		if (parent->flags & (NODE_CUT | NODE_DNAME | NODE_OCCLUDED))
			flags |= NODE_OCCLUDED;
		if (open->owner[0] == 1 && open->owner[1] == '*')
			flags |= NODE_WILDCARD;
	}
	if (!is_apex && owns(compiler, open, RRTYPE_NS))
		flags |= NODE_CUT;
	if (owns(compiler, open, RRTYPE_DNAME))
		flags |= NODE_DNAME;
	if (owns(compiler, open, RRTYPE_CNAME))
		flags |= NODE_CNAME;
	return flags;
}

static void
path_push(struct compiler *compiler, const uint8_t *owner, size_t first_rrset_idx,
	  size_t rrset_count)
{
	struct open_node *open = &compiler->path[compiler->path_len];
	*open = (struct open_node){
	    .owner = owner,
	    .first_rrset_idx = first_rrset_idx,
	    .rrset_count = rrset_count,
	    .first_child_idx = compiler->child_count,
	};
	open->flags = open_flags(compiler, open);
	compiler->path_len++;
}

/* RRsets */

static enum status
rrset_room(struct compiler *compiler, size_t len)
{
	if (len <= compiler->rrset_cap)
		return STATUS_OK;
	uint8_t *octets = realloc(compiler->rrset_octets, len * 2);
	if (octets == NULL)
		return STATUS_NO_MEMORY;
	compiler->rrset_octets = octets;
	compiler->rrset_cap = len * 2;
	return STATUS_OK;
}

static enum status
rrset_place(struct compiler *compiler, const struct zone_rrset *from, ref *out)
{
	const struct zone_rr *rrs = zone_rrs(compiler->zone, from);
	size_t data_len = 0;
	for (uint32_t i = 0; i < from->rr_count; i++)
		data_len += sizeof(uint16_t) + zone_rdata(compiler->zone, &rrs[i]).len;
	if (data_len > UINT32_MAX ||
	    rrset_room(compiler, sizeof(struct rrset) + data_len) != STATUS_OK)
		return STATUS_NO_MEMORY;

	struct rrset *rrset = (struct rrset *)compiler->rrset_octets;
	*rrset = (struct rrset){
	    .ttl = from->ttl,
	    .data_len = (uint32_t)data_len,
	    .rr_count = from->rr_count,
	    .rrtype = from->rrtype,
	};
	uint8_t *at = rrset->data;
	for (uint32_t i = 0; i < from->rr_count; i++) {
		const uint8_t *rdata = zone_rdata_prefixed(compiler->zone, &rrs[i]);
		size_t len = sizeof(uint16_t) + be16_read(rdata);
		memcpy(at, rdata, len);
		at += len;
	}
	return block_intern(&compiler->block, rrset, sizeof(*rrset) + data_len, out);
}

/* Nodes */

static enum status
child_add(struct compiler *compiler, struct trie_child child)
{
	if (compiler->child_count == compiler->child_cap) {
		size_t cap = compiler->child_cap == 0 ? 64 : compiler->child_cap * 2;
		struct trie_child *children = realloc(compiler->children, cap * sizeof(*children));
		if (children == NULL)
			return STATUS_NO_MEMORY;
		compiler->children = children;
		compiler->child_cap = cap;
	}
	compiler->children[compiler->child_count++] = child;
	return STATUS_OK;
}

static bool
cname_chains(const struct compiler *compiler, const struct zone_rrset *rrset)
{
	const struct zone *zone = compiler->zone;
	return rrset->rrtype == RRTYPE_CNAME &&
	       dname_is_within(zone_rdata(zone, zone_rrs(zone, rrset)).octets, zone->origin);
}

static enum status
entries_place(struct compiler *compiler, const struct open_node *open, ref node_ref)
{
	for (size_t i = 0; i < open->rrset_count; i++) {
		const struct zone_rrset *from = &compiler->zone->rrsets[open->first_rrset_idx + i];
		struct node_entry entry = {
		    .rrtype = from->rrtype,
		    .flags = cname_chains(compiler, from) ? ENTRY_CHAINS : 0,
		};
		if (rrset_place(compiler, from, &entry.rrset) != STATUS_OK)
			return STATUS_NO_MEMORY;
		struct node *node = block_at(&compiler->block, node_ref);
		node->entries[i] = entry;
	}
	return STATUS_OK;
}

/* The trie over the children that were closed since `open` was pushed, and which of them is "*". */
static enum status
children_place(struct compiler *compiler, const struct open_node *open, ref *children,
	       ref *wildcard)
{
	size_t count = compiler->child_count - open->first_child_idx;
	*children = *wildcard = REF_NONE;
	if (count == 0)
		return STATUS_OK;
	const struct trie_child *first = &compiler->children[open->first_child_idx];
	for (size_t i = 0; i < count && *wildcard == REF_NONE; i++) {
		if (first[i].label[0] == 1 && first[i].label[1] == '*')
			*wildcard = first[i].node;
	}
	compiler->child_count = open->first_child_idx;
	return trie_build(&compiler->block, first, count, children);
}

/* Lays down the deepest open node, whose descendants are all laid down. */
static enum status
path_pop(struct compiler *compiler)
{
	const struct open_node *open = &compiler->path[compiler->path_len - 1];
	uint8_t label_len = open->owner[0];
	size_t len =
	    sizeof(struct node) + open->rrset_count * sizeof(struct node_entry) + label_len;
	ref children;
	ref wildcard;
	ref node_ref;
	if (open->rrset_count > UINT16_MAX ||
	    children_place(compiler, open, &children, &wildcard) != STATUS_OK ||
	    block_append(&compiler->block, len, &node_ref) != STATUS_OK)
		return STATUS_NO_MEMORY;

	struct node *node = block_at(&compiler->block, node_ref);
	*node = (struct node){
	    .children = children,
	    .wildcard = wildcard,
	    .entry_count = (uint16_t)open->rrset_count,
	    .flags = open->flags,
	    .label_len = label_len,
	};
	memcpy((uint8_t *)&node->entries[open->rrset_count], open->owner + 1, label_len);
	((struct zone_image *)block_at(&compiler->block, 0))->node_count++;

	if (open->rrset_count > 0)
		compiler->placed[compiler->placed_count++] =
		    (struct placed_node){node_ref, open->first_rrset_idx};
	if (entries_place(compiler, open, node_ref) != STATUS_OK)
		return STATUS_NO_MEMORY;
	compiler->path_len--;
	return child_add(compiler, (struct trie_child){open->owner, node_ref});
}

static enum status
path_pop_to(struct compiler *compiler, unsigned path_len)
{
	while (compiler->path_len > path_len) {
		if (path_pop(compiler) != STATUS_OK)
			return STATUS_NO_MEMORY;
	}
	return STATUS_OK;
}

/* How many nodes of the open path are the owner or its ancestors. `owner` has `depth` labels below
 * the apex. */
static unsigned
path_shared_len(const struct compiler *compiler, const uint8_t *owner, unsigned depth)
{
	unsigned shared = 1;
	while (shared < compiler->path_len && shared <= depth) {
		const uint8_t *label = dname_skip(owner, depth - shared);
		const uint8_t *open = compiler->path[shared].owner;
		if (memcmp(label, open, 1u + open[0]) != 0)
			break;
		shared++;
	}
	return shared;
}

/* Opens the node of an owner, and those of the empty non-terminals above it (RFC 4592 2.2.2). */
static enum status
owner_open(struct compiler *compiler, size_t first_rrset_idx, size_t rrset_count)
{
	const uint8_t *owner = compiler->zone->rrsets[first_rrset_idx].owner;
	unsigned depth = dname_label_count(owner) - compiler->origin_labels;
	unsigned shared = path_shared_len(compiler, owner, depth);
	if (path_pop_to(compiler, shared) != STATUS_OK)
		return STATUS_NO_MEMORY;
	while (compiler->path_len < depth) {
		unsigned ent_depth = compiler->path_len;
		path_push(compiler, dname_skip(owner, depth - ent_depth), first_rrset_idx, 0);
	}
	path_push(compiler, owner, first_rrset_idx, rrset_count);
	return STATUS_OK;
}

static size_t
owner_rrset_count(const struct zone *zone, size_t first_idx)
{
	size_t end = first_idx + 1;
	while (end < zone->rrset_count && zone->rrsets[end].owner == zone->rrsets[first_idx].owner)
		end++;
	return end - first_idx;
}

static enum status
nodes_build(struct compiler *compiler)
{
	const struct zone *zone = compiler->zone;
	/* The first owner is the apex: zone_read() saw to its SOA, and order puts it first. */
	size_t apex_count = owner_rrset_count(zone, 0);
	path_push(compiler, zone->rrsets[0].owner, 0, apex_count);
	for (size_t i = apex_count, count; i < zone->rrset_count; i += count) {
		count = owner_rrset_count(zone, i);
		if (owner_open(compiler, i, count) != STATUS_OK)
			return STATUS_NO_MEMORY;
	}
	return path_pop_to(compiler, 0);
}

/* Header */

static void
header_set(struct compiler *compiler)
{
	const struct zone *zone = compiler->zone;
	ref apex_ref = compiler->children[0].node; /* the last node to be closed */
	struct zone_image *image = block_at(&compiler->block, 0);
	const struct node *apex = block_at(&compiler->block, apex_ref);
	image->apex = apex_ref;
	image->soa = node_find(apex, RRTYPE_SOA)->rrset;
	const struct rrset *soa = block_at(&compiler->block, image->soa);
	struct rr_cursor rr = rr_first(soa);
	image->serial = be32_read(rr.rdata + rr.rdlen - 5 * sizeof(uint32_t));
	image->name_count = zone->name_count;
	image->rr_count = zone->rr_count;
}

static enum status
header_begin(struct compiler *compiler)
{
	const struct zone *zone = compiler->zone;
	ref header;
	if (block_append(&compiler->block, sizeof(struct zone_image), &header) != STATUS_OK)
		return STATUS_NO_MEMORY;
	struct zone_image *image = block_at(&compiler->block, header);
	image->origin_len = (uint8_t)dname_lower(zone->origin, image->origin);
	image->origin_labels = (uint8_t)compiler->origin_labels;
	return STATUS_OK;
}

/* Templates */

static enum status
entry_template(struct compiler *compiler, struct template_maker *maker,
	       const struct placed_node *placed, unsigned idx)
{
	const struct node *node = block_at(&compiler->block, placed->node);
	const struct node_entry *entry = &node->entries[idx];
	const uint8_t *owner = compiler->zone->rrsets[placed->first_rrset_idx].owner;
	bool is_cut = node->flags & NODE_CUT;
	/* What is hidden is never asked for: below a cut everything, at it all but NS and DS. */
	if ((node->flags & NODE_OCCLUDED) ||
	    (is_cut && entry->rrtype != RRTYPE_NS && entry->rrtype != RRTYPE_DS))
		return STATUS_OK;

	bool is_referral = is_cut && entry->rrtype == RRTYPE_NS;
	ref template;
	enum status status =
	    is_referral
		? template_make_referral(maker, &compiler->block, owner, entry->rrset, &template)
		: template_make_positive(maker, &compiler->block, owner, entry->rrset, &template);
	if (status == STATUS_OK)
		((struct node *)block_at(&compiler->block, placed->node))->entries[idx].template =
		    template;
	return status;
}

static enum status
templates_build(struct compiler *compiler)
{
	struct template_maker *maker = template_maker_new();
	if (maker == NULL)
		return STATUS_NO_MEMORY;
	ref negative;
	enum status status = template_make_negative(maker, &compiler->block, &negative);
	if (status == STATUS_OK)
		((struct zone_image *)block_at(&compiler->block, 0))->negative = negative;
	for (size_t i = 0; i < compiler->placed_count && status == STATUS_OK; i++) {
		const struct node *node = block_at(&compiler->block, compiler->placed[i].node);
		unsigned entry_count = node->entry_count;
		for (unsigned idx = 0; idx < entry_count && status == STATUS_OK; idx++)
			status = entry_template(compiler, maker, &compiler->placed[i], idx);
	}
	template_maker_free(maker);
	return status;
}

static enum status
version_seal(struct compiler *compiler, struct zone_version **out)
{
	struct zone_version *version = malloc(sizeof(*version));
	if (version == NULL)
		return STATUS_NO_MEMORY;
	((struct zone_image *)block_at(&compiler->block, 0))->len = compiler->block.len;
	if (block_seal(&compiler->block, &version->memory, &version->len) != STATUS_OK) {
		free(version);
		return STATUS_NO_MEMORY;
	}
	version->base = version->memory;
	*out = version;
	return STATUS_OK;
}

static enum status
compile(struct compiler *compiler, struct zone_version **out)
{
	enum status status = header_begin(compiler);
	if (status == STATUS_OK)
		status = nodes_build(compiler);
	if (status != STATUS_OK)
		return status;
	header_set(compiler);
	status = templates_build(compiler);
	return status == STATUS_OK ? version_seal(compiler, out) : status;
}

enum status
zone_version_compile(const struct zone *zone, struct zone_version **out, struct error *error)
{
	struct compiler compiler = {
	    .zone = zone,
	    .origin_labels = dname_label_count(zone->origin),
	};
	/* A guess that spares most of the copying while the block grows: node, entry and label of
	 * an owner, and a record's octets three times (RRset, template, slack). */
	size_t expected_len = zone->name_count * 64 + zone->rr_count * 64;
	enum status status = block_init(&compiler.block, expected_len);
	compiler.placed = malloc((zone->name_count + 1) * sizeof(*compiler.placed));
	if (compiler.placed == NULL)
		status = STATUS_NO_MEMORY;
	if (status == STATUS_OK)
		status = compile(&compiler, out);
	block_fini(&compiler.block);
	free(compiler.placed);
	free(compiler.children);
	free(compiler.rrset_octets);
	if (status != STATUS_OK)
		return error_set(error, status, "no memory to compile a zone of %zu records",
				 zone->rr_count);
	return STATUS_OK;
}
