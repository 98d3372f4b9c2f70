/* compile_nodes.c -- step 2 of 3 of compiling: nodes, RRsets and tries, bottom-up in one pass over
 * the sorted owners, and such templates as depend on no more (next: compile.c). */
#include <stdlib.h>

#include "zones/compile.h"
#include "zones/dname.h"
#include "zones/rdata.h"
#include "zones/trie.h"

enum {
	/* RRsets are forgotten this many at a time: two system calls. */
	FORGET_COUNT = 1 << 15,
	/* From here on addresses are not shared (version.h). */
	ADDRESSES_APART_MIN = 1 << 15,
	/* Room for the RRsets of most zones. */
	RRSET_CAP_MIN = 512,
};

static size_t
interned_rrset_len(const void *octets)
{
	return rrset_len(octets);
}

enum status
nodes_builder_init(struct nodes_builder *builder, const struct zone *zone,
		   const struct zone_version *version, const struct host_names *hosts,
		   struct store_writer writer, size_t rrset_count)
{
	memset(builder, 0, offsetof(struct nodes_builder, keys));
	builder->zone = zone;
	builder->hosts = hosts;
	builder->writer = writer;
	builder->shares_addresses = rrset_count < ADDRESSES_APART_MIN;
	builder->origin_labels = dname_label_count(zone->origin);
	referrals_init(&builder->referrals, zone);
	enum status status = intern_init(&builder->rrsets, &builder->writer, interned_rrset_len);
	if (status == STATUS_OK)
		status = template_maker_new(version, &builder->writer, &builder->maker);
	return status;
}

void
nodes_builder_fini(struct nodes_builder *builder)
{
	intern_fini(&builder->rrsets);
	referrals_fini(&builder->referrals);
	template_maker_free(builder->maker);
	free(builder->closed.refs);
	free(builder->left.refs);
	nsec3_nodes_fini(&builder->nsec3);
	free(builder->rrset_octets);
}

/* RRsets */

static size_t
rrset_lay_len(const struct zone *zone, const struct zone_rrset *from)
{
	const struct zone_rr *rrs = zone_rrs(zone, from);
	size_t len = sizeof(struct rrset);
	for (uint32_t i = 0; i < from->rr_count; i++)
		len += sizeof(uint16_t) + zone_rdata(zone, &rrs[i]).len;
	return len;
}

static void
rrset_write(const struct zone *zone, const struct zone_rrset *from, struct rrset *rrset)
{
	const struct zone_rr *rrs = zone_rrs(zone, from);
	*rrset = (struct rrset){
	    .ttl = from->ttl,
	    .rr_count = (uint16_t)from->rr_count,
	    .rrtype = from->rrtype,
	};
	uint8_t *at = rrset->data;
	for (uint32_t i = 0; i < from->rr_count; i++) {
		const uint8_t *rdata = zone_rdata_prefixed(zone, &rrs[i]);
		size_t rdata_len = sizeof(uint16_t) + be16_read(rdata);
		memcpy(at, rdata, rdata_len);
		at += rdata_len;
	}
}

static enum status
rrset_lay_alone(struct nodes_builder *builder, const struct zone_rrset *from, ref *out)
{
	enum status status =
	    store_append(&builder->writer, rrset_lay_len(builder->zone, from), out);
	if (status == STATUS_OK)
		rrset_write(builder->zone, from, store_at(builder->writer.store, *out));
	return status;
}

static enum status
rrset_room(struct nodes_builder *builder, size_t len)
{
	if (len <= builder->rrset_cap)
		return STATUS_OK;
	size_t cap = len * 2 > RRSET_CAP_MIN ? len * 2 : RRSET_CAP_MIN;
	uint8_t *octets = realloc(builder->rrset_octets, cap);
	if (octets == NULL)
		return STATUS_NO_MEMORY;
	builder->rrset_octets = octets;
	builder->rrset_cap = cap;
	return STATUS_OK;
}

static enum status
rrset_lay_once(struct nodes_builder *builder, const struct zone_rrset *from, ref *out)
{
	size_t len = rrset_lay_len(builder->zone, from);
	enum status status = rrset_room(builder, len);
	if (status != STATUS_OK)
		return status;
	rrset_write(builder->zone, from, (struct rrset *)builder->rrset_octets);
	return intern_put(&builder->rrsets, builder->rrset_octets, len, out);
}

/* Is there no use in looking for its equal (version.h)? */
static bool
is_laid_alone(const struct nodes_builder *builder, uint16_t rrtype)
{
	switch (rrtype) {
	case RRTYPE_A:
	case RRTYPE_AAAA:
		return !builder->shares_addresses;
	case RRTYPE_RRSIG:
	case RRTYPE_NSEC:
	case RRTYPE_NSEC3:
		return true;
	default:
		return false;
	}
}

static enum status
rrset_lay(struct nodes_builder *builder, const struct zone_rrset *from, ref *out)
{
	return is_laid_alone(builder, from->rrtype) ? rrset_lay_alone(builder, from, out)
						    : rrset_lay_once(builder, from, out);
}

/* Referrals */

static struct referral_key
key_of(const struct nodes_builder *builder, size_t rrset_idx)
{
	size_t at = rrset_idx % REFERRAL_KEYS;
	if (builder->key_idxs[at] == rrset_idx)
		return builder->keys[at];
	return referral_key(&builder->referrals, &builder->zone->rrsets[rrset_idx]);
}

/* Brings what the RRsets from `idx` on will be looked for in, step by step. */
static void
look_ahead(struct nodes_builder *builder, size_t idx, size_t end)
{
	const struct zone_rrset *rrsets = builder->zone->rrsets;
	for (; builder->keyed_idx < end && builder->keyed_idx < idx + REFERRALS_AHEAD;
	     builder->keyed_idx++) {
		size_t at = builder->keyed_idx % REFERRAL_KEYS;
		if (rrsets[builder->keyed_idx].rrtype != RRTYPE_NS)
			continue;
		builder->key_idxs[at] = builder->keyed_idx;
		builder->keys[at] = referral_key(&builder->referrals, &rrsets[builder->keyed_idx]);
		if (builder->keys[at].kind != REFERRAL_OWN)
			referral_prefetch(&builder->referrals, builder->keys[at].hash);
	}
	for (; builder->sought_idx < end && builder->sought_idx < idx + REFERRALS_AHEAD / 2;
	     builder->sought_idx++) {
		size_t at = builder->sought_idx % REFERRAL_KEYS;
		if (builder->key_idxs[at] == builder->sought_idx &&
		    builder->keys[at].kind != REFERRAL_OWN)
			referral_prefetch_rrset(&builder->referrals, builder->writer.store,
						builder->keys[at].hash);
	}
}

/* The NS RRset at a zone cut. */
static enum status
referral_lay(struct nodes_builder *builder, const struct open_node *open, size_t rrset_idx,
	     const struct node *node, struct node_entry *entry)
{
	const struct zone_rrset *from = &builder->zone->rrsets[rrset_idx];
	struct referral_key key = key_of(builder, rrset_idx);
	if (key.kind == REFERRAL_OWN)
		return rrset_lay_alone(builder, from, &entry->ref);
	struct referral *referral =
	    referral_find(&builder->referrals, builder->writer.store, from, key.hash);
	if (referral == NULL)
		return STATUS_NO_MEMORY;
	enum status status = STATUS_OK;
	if (referral->rrset == REF_NONE)
		status = rrset_lay_alone(builder, from, &referral->rrset);
	entry->ref = referral->rrset;
	if (status != STATUS_OK || key.kind != REFERRAL_OUTER || open->is_occluded)
		return status;
	if (referral->template == REF_NONE) {
		status = template_set_entry(builder->maker, open->owner, node, entry);
		if (entry->flags & ENTRY_TEMPLATE)
			referral->template = entry->ref;
		return status;
	}
	entry->flags |= ENTRY_TEMPLATE;
	entry->ref = referral->template;
	return STATUS_OK;
}

/* Nodes */

/* What its RRsets say of it. */
static unsigned
rrsets_flags(const struct zone_rrset *rrsets, size_t count, bool is_apex)
{
	unsigned flags = is_apex ? NODE_APEX : 0;
	for (size_t i = 0; i < count; i++) {
		if (rrsets[i].rrtype == RRTYPE_NS && !is_apex)
			flags |= NODE_CUT;
		else if (rrsets[i].rrtype == RRTYPE_DNAME)
			flags |= NODE_DNAME;
		else if (rrsets[i].rrtype == RRTYPE_CNAME)
			flags |= NODE_CNAME;
	}
	return flags;
}

static bool
cname_chains(const struct zone *zone, const struct zone_rrset *rrset)
{
	return rrset->rrtype == RRTYPE_CNAME &&
	       dname_is_within(zone_rdata(zone, zone_rrs(zone, rrset)).octets, zone->origin);
}

static enum status
entries_lay(struct nodes_builder *builder, const struct open_node *open, struct node *node)
{
	unsigned entry_idx = 0;
	if (open->host_idx != SIZE_MAX)
		node->entries[entry_idx++] =
		    (struct node_entry){.rrtype = RRTYPE_HOST, .ref = (ref)open->host_idx};
	for (size_t i = 0; i < open->rrset_count; i++) {
		size_t rrset_idx = open->first_rrset_idx + i;
		const struct zone_rrset *from = &builder->zone->rrsets[rrset_idx];
		struct node_entry *entry = &node->entries[entry_idx++];
		*entry = (struct node_entry){
		    .rrtype = from->rrtype,
		    .flags = cname_chains(builder->zone, from) ? ENTRY_CHAINS : 0,
		};
		enum status status = (open->flags & NODE_CUT) && from->rrtype == RRTYPE_NS
					 ? referral_lay(builder, open, rrset_idx, node, entry)
					 : rrset_lay(builder, from, &entry->ref);
		if (status != STATUS_OK)
			return status;
	}
	return STATUS_OK;
}

/* The node of an open name above `children`. */
static enum status
node_lay(struct nodes_builder *builder, const struct open_node *open, ref children, ref *out)
{
	/* The apex hangs below nothing that would look for its label. */
	uint8_t label_len = open == builder->path ? 0 : open->owner[0];
	size_t entry_count = open->rrset_count + (open->host_idx != SIZE_MAX);
	if (entry_count > UINT16_MAX)
		return STATUS_NO_MEMORY;
	size_t len = sizeof(struct node) + entry_count * sizeof(struct node_entry) + label_len;
	enum status status = store_append(&builder->writer, len, out);
	if (status != STATUS_OK)
		return status;
	struct node *node = store_at(builder->writer.store, *out);
	*node = (struct node){
	    .children = children,
	    .entry_count = (uint16_t)entry_count,
	    .flags = open->flags,
	    .label_len = label_len,
	};
	memcpy((uint8_t *)&node->entries[entry_count], open->owner + 1, label_len);
	return entries_lay(builder, open, node);
}

/* The path */

static void
path_push(struct nodes_builder *builder, struct open_node open)
{
	bool is_apex = builder->path_len == 0;
	open.flags = (uint8_t)(rrsets_flags(&builder->zone->rrsets[open.first_rrset_idx],
					    open.rrset_count, is_apex) |
			       (open.host_idx != SIZE_MAX ? NODE_HOST : 0u));
	open.first_child_idx = builder->closed.count;
	if (!is_apex) {
		struct open_node *parent = &builder->path[builder->path_len - 1];
		open.is_occluded = parent->is_occluded || (parent->flags & (NODE_CUT | NODE_DNAME));
		if (open.owner[0] == 1 && open.owner[1] == '*')
			parent->flags |= NODE_HAS_WILDCARD;
	}
	builder->path[builder->path_len++] = open;
}

/* The templates of a node below which all is laid down. */
static enum status
templates_begin(struct nodes_builder *builder, const struct open_node *open, ref node)
{
	if (open->is_occluded || open->rrset_count == 0)
		return STATUS_OK;
	return template_set_branch(builder->maker, open->owner,
				   store_at(builder->writer.store, node), &builder->is_left);
}

/* Lays down the deepest open node, whose descendants are all laid down. */
static enum status
path_pop(struct nodes_builder *builder)
{
	const struct open_node *open = &builder->path[builder->path_len - 1];
	struct ref_list *closed = &builder->closed;
	size_t child_count = closed->count - open->first_child_idx;
	ref children = REF_NONE;
	ref node;
	enum status status = STATUS_OK;
	if (child_count > 0)
		status = trie_build(&builder->writer, closed->refs + open->first_child_idx,
				    child_count, &children);
	if (status == STATUS_OK)
		status = node_lay(builder, open, children, &node);
	if (status == STATUS_OK)
		status = templates_begin(builder, open, node);
	if (status != STATUS_OK)
		return status;
	closed->count = open->first_child_idx;
	if (--builder->path_len == 1 && builder->is_left) {
		builder->is_left = false;
		status = ref_list_add(&builder->left, node);
	}
	return status == STATUS_OK ? ref_list_add(closed, node) : status;
}

static enum status
path_pop_to(struct nodes_builder *builder, unsigned path_len)
{
	enum status status = STATUS_OK;
	while (builder->path_len > path_len && status == STATUS_OK)
		status = path_pop(builder);
	return status;
}

/* How many nodes of the open path are the owner or its ancestors. `owner` has `depth`
 * labels below the apex. */
static unsigned
path_shared_len(const struct nodes_builder *builder, const uint8_t *owner, unsigned depth)
{
	unsigned shared = 1;
	while (shared < builder->path_len && shared <= depth) {
		const uint8_t *label = dname_skip(owner, depth - shared);
		const uint8_t *open = builder->path[shared].owner;
		if (memcmp(label, open, 1u + open[0]) != 0)
			break;
		shared++;
	}
	return shared;
}

/* The number of the host that `owner` is, or SIZE_MAX. Owners come in order. */
static size_t
host_take(struct nodes_builder *builder, const uint8_t *owner)
{
	const struct host_names *hosts = builder->hosts;
	while (builder->next_host_idx < hosts->count) {
		int order = dname_compare(hosts->names[builder->next_host_idx], owner);
		if (order == 0)
			return builder->next_host_idx;
		if (order > 0)
			break;
		builder->next_host_idx++;
	}
	return SIZE_MAX;
}

/* Opens the node of an owner, and those of the empty non-terminals above it (RFC
 * 4592 2.2.2). */
static enum status
owner_open(struct nodes_builder *builder, size_t first_rrset_idx, size_t rrset_count)
{
	const uint8_t *owner = builder->zone->rrsets[first_rrset_idx].owner;
	unsigned depth = dname_label_count(owner) - builder->origin_labels;
	unsigned shared = path_shared_len(builder, owner, depth);
	enum status status = path_pop_to(builder, shared);
	if (status != STATUS_OK)
		return status;
	if (shared == 1)
		builder->branch_rrset_idx = first_rrset_idx;
	while (builder->path_len < depth)
		path_push(builder, (struct open_node){
				       .owner = dname_skip(owner, depth - builder->path_len),
				       .host_idx = SIZE_MAX,
				   });
	path_push(builder, (struct open_node){
			       .owner = owner,
			       .first_rrset_idx = first_rrset_idx,
			       .rrset_count = rrset_count,
			       .host_idx = host_take(builder, owner),
			   });
	return STATUS_OK;
}

size_t
owner_rrset_count(const struct zone *zone, size_t first)
{
	size_t end = first + 1;
	while (end < zone->rrset_count && zone->rrsets[end].owner == zone->rrsets[first].owner)
		end++;
	return end - first;
}

/* The NSEC3 of the owner whose RRsets begin at `first`, if it hangs among those of its chain
 * (denial.h). */
static const struct zone_rrset *
find_nsec3(const struct nodes_builder *builder, size_t first, size_t count)
{
	const struct zone_rrset *sets = &builder->zone->rrsets[first];
	const struct zone_rrset *found = NULL;
	if (sets->owner[0] != NSEC3_LABEL_LEN)
		return NULL;
	for (size_t i = 0; i < count; i++) {
		if (sets[i].rrtype == RRTYPE_NSEC3)
			found = &sets[i];
	}
	return found != NULL && nsec3_is_owner(sets->owner, builder->origin_labels) ? found : NULL;
}

static enum status
nsec3_node_lay(struct nodes_builder *builder, const struct zone_rrset *nsec3, size_t first,
	       size_t count)
{
	struct open_node owner = {.owner = nsec3->owner,
				  .first_rrset_idx = first,
				  .rrset_count = count,
				  .host_idx = SIZE_MAX};
	struct nsec3_parameters parameters;
	ref node;
	nsec3_parameters_parse(zone_rdata(builder->zone, zone_rrs(builder->zone, nsec3)).octets,
			       &parameters);
	/* The branch before it is over. */
	builder->branch_rrset_idx = first;
	enum status status = path_pop_to(builder, 1);
	if (status == STATUS_OK)
		status = node_lay(builder, &owner, REF_NONE, &node);
	return status == STATUS_OK ? nsec3_nodes_add(&builder->nsec3, &parameters, node) : status;
}

/* The branches before `rrset_idx` are laid down. */
static void
forget_until(struct nodes_builder *builder, size_t rrset_idx)
{
	struct zone_position position = zone_position(builder->zone, rrset_idx);
	if (builder->consumed != NULL)
		records_forget(builder->consumed, builder->rdata_uses, builder->first,
			       builder->forgotten, rrset_idx);
	builder->forgotten = position;
}

enum status
nodes_build(struct nodes_builder *builder, size_t first, size_t end)
{
	if (first == end)
		return STATUS_OK;
	path_push(builder, (struct open_node){
			       .owner = builder->zone->origin,
			       .rrset_count = owner_rrset_count(builder->zone, 0),
			       .host_idx = SIZE_MAX,
			   });
	builder->next_host_idx =
	    host_names_find(builder->hosts, builder->zone->rrsets[first].owner);
	builder->first = zone_position(builder->zone, first);
	builder->forgotten = builder->first;
	builder->keyed_idx = builder->sought_idx = first;
	for (size_t i = first, count; i < end; i += count) {
		look_ahead(builder, i, end);
		count = owner_rrset_count(builder->zone, i);
		const struct zone_rrset *nsec3 = find_nsec3(builder, i, count);
		enum status status = nsec3 != NULL ? nsec3_node_lay(builder, nsec3, i, count)
						   : owner_open(builder, i, count);
		if (status != STATUS_OK)
			return status;
		if (builder->branch_rrset_idx >= builder->forgotten.rrset_idx + FORGET_COUNT)
			forget_until(builder, builder->branch_rrset_idx);
	}
	enum status status = path_pop_to(builder, 1);
	builder->has_wildcard = builder->path[0].flags & NODE_HAS_WILDCARD;
	builder->path_len = 0;
	return status;
}

enum status
nodes_build_apex(struct nodes_builder *builder, size_t end, bool has_wildcard, ref *out)
{
	const uint8_t *origin = builder->zone->rrsets[0].owner;
	size_t host_idx = host_names_find(builder->hosts, origin);
	bool is_host = host_idx < builder->hosts->count &&
		       dname_equal(builder->hosts->names[host_idx], origin);
	path_push(builder, (struct open_node){
			       .owner = origin,
			       .rrset_count = end,
			       .host_idx = is_host ? host_idx : SIZE_MAX,
			   });
	struct open_node *apex = &builder->path[--builder->path_len];
	if (has_wildcard)
		apex->flags |= NODE_HAS_WILDCARD;
	return node_lay(builder, apex, REF_NONE, out);
}
