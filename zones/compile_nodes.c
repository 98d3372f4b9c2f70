/* compile_nodes.c -- step 2 of 3 of compiling: nodes, RRsets and tries, bottom-up in one pass over
 * the sorted owners (next: compile.c). */
#include <stdlib.h>

#include "zones/compile.h"
#include "zones/dname.h"
#include "zones/rdata.h"
#include "zones/trie.h"

enum {
	/* RRsets are forgotten this many at a time: two system calls. */
	FORGET_COUNT = 1 << 15,
	RECENT_RRS_MAX = 4,
	RECENT_COUNT = 1 << 15,
	/* In a TLD a third of the name server sets are one delegation's alone, and half of the
	 * RRsets are addresses. */
	RRSETS_PER_DISTINCT = 5,
};

/* A short RRset of names, found again by the references to its RDATA: of what is not in the cache
 * nothing else is read. */
struct recent_rrset {
	uint32_t rdata[RECENT_RRS_MAX];
	uint32_t ttl;
	uint16_t rrtype;
	uint16_t rr_count; /* 0: free */
	ref rrset;
	uint32_t reserved;
};
static_assert(sizeof(struct recent_rrset) == 32, "two to a cache line");

static size_t
interned_rrset_len(const void *octets)
{
	return rrset_len(octets);
}

enum status
nodes_builder_init(struct nodes_builder *builder, const struct zone *zone,
		   const struct host_names *hosts, struct store_writer writer, size_t rrset_count)
{
	*builder = (struct nodes_builder){
	    .zone = zone,
	    .hosts = hosts,
	    .writer = writer,
	    .origin_labels = dname_label_count(zone->origin),
	};
	if (rrset_count >= RECENT_COUNT) {
		builder->recent = calloc(RECENT_COUNT, sizeof(builder->recent[0]));
		if (builder->recent == NULL)
			return STATUS_NO_MEMORY;
	}
	return intern_init(&builder->rrsets, &builder->writer, interned_rrset_len,
			   rrset_count / RRSETS_PER_DISTINCT);
}

void
nodes_builder_fini(struct nodes_builder *builder)
{
	intern_fini(&builder->rrsets);
	free(builder->recent);
	free(builder->closed.refs);
	free(builder->rrset_octets);
}

enum status
ref_list_add(struct ref_list *list, ref added)
{
	if (list->count == list->cap) {
		size_t cap = list->cap == 0 ? 64 : list->cap * 2;
		ref *refs = realloc(list->refs, cap * sizeof(refs[0]));
		if (refs == NULL)
			return STATUS_NO_MEMORY;
		list->refs = refs;
		list->cap = cap;
	}
	list->refs[list->count++] = added;
	return STATUS_OK;
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
	uint8_t *octets = realloc(builder->rrset_octets, len * 2);
	if (octets == NULL)
		return STATUS_NO_MEMORY;
	builder->rrset_octets = octets;
	builder->rrset_cap = len * 2;
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

static struct recent_rrset
recent_key(const struct zone *zone, const struct zone_rrset *from)
{
	struct recent_rrset key = {
	    .ttl = from->ttl, .rrtype = from->rrtype, .rr_count = (uint16_t)from->rr_count};
	for (uint32_t i = 0; i < from->rr_count; i++)
		key.rdata[i] = zone_rrs(zone, from)[i].rdata;
	return key;
}

static struct recent_rrset *
recent_at(const struct nodes_builder *builder, const struct recent_rrset *key)
{
	uint32_t hash = key->ttl;
	for (uint32_t i = 0; i < key->rr_count; i++)
		hash = (hash ^ key->rdata[i]) * UINT32_C(0x9e3779b1);
	return &builder->recent[hash >> 8 & (RECENT_COUNT - 1)];
}

/* Equal ones once, but for the addresses of a large zone (version.h). */
static enum status
rrset_lay(struct nodes_builder *builder, const struct zone_rrset *from, ref *out)
{
	bool is_address = from->rrtype == RRTYPE_A || from->rrtype == RRTYPE_AAAA;
	if (is_address && builder->recent != NULL)
		return rrset_lay_alone(builder, from, out);
	if (builder->recent == NULL || from->rr_count > RECENT_RRS_MAX)
		return rrset_lay_once(builder, from, out);
	struct recent_rrset key = recent_key(builder->zone, from);
	struct recent_rrset *recent = recent_at(builder, &key);
	if (memcmp(recent, &key, offsetof(struct recent_rrset, rrset)) == 0) {
		*out = recent->rrset;
		return STATUS_OK;
	}
	enum status status = rrset_lay_once(builder, from, &key.rrset);
	if (status != STATUS_OK)
		return status;
	*recent = key;
	*out = key.rrset;
	return STATUS_OK;
}

/* Nodes */

static uint8_t
node_flags(const struct nodes_builder *builder, const struct open_node *open, bool is_apex)
{
	unsigned flags = is_apex ? NODE_APEX : 0;
	for (size_t i = 0; i < open->rrset_count; i++) {
		uint16_t rrtype = builder->zone->rrsets[open->first_rrset_idx + i].rrtype;
		if (rrtype == RRTYPE_NS && !is_apex)
			flags |= NODE_CUT;
		else if (rrtype == RRTYPE_DNAME)
			flags |= NODE_DNAME;
		else if (rrtype == RRTYPE_CNAME)
			flags |= NODE_CNAME;
	}
	if (open->host_idx != SIZE_MAX)
		flags |= NODE_HOST;
	if (open->has_wildcard)
		flags |= NODE_HAS_WILDCARD;
	return (uint8_t)flags;
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
		const struct zone_rrset *from = &builder->zone->rrsets[open->first_rrset_idx + i];
		struct node_entry *entry = &node->entries[entry_idx++];
		*entry = (struct node_entry){
		    .rrtype = from->rrtype,
		    .flags = cname_chains(builder->zone, from) ? ENTRY_CHAINS : 0,
		};
		enum status status = rrset_lay(builder, from, &entry->ref);
		if (status != STATUS_OK)
			return status;
	}
	return STATUS_OK;
}

/* The node of an open name above `children`. */
static enum status
node_lay(struct nodes_builder *builder, const struct open_node *open, bool is_apex, ref children,
	 ref *out)
{
	uint8_t label_len = open->owner[0];
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
	    .flags = node_flags(builder, open, is_apex),
	    .label_len = label_len,
	};
	memcpy((uint8_t *)&node->entries[entry_count], open->owner + 1, label_len);
	builder->node_count++;
	return entries_lay(builder, open, node);
}

/* The path */

static void
path_push(struct nodes_builder *builder, struct open_node open)
{
	open.first_child_idx = builder->closed.count;
	if (builder->path_len > 0 && open.owner[0] == 1 && open.owner[1] == '*')
		builder->path[builder->path_len - 1].has_wildcard = true;
	builder->path[builder->path_len++] = open;
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
		status = node_lay(builder, open, false, children, &node);
	if (status != STATUS_OK)
		return status;
	closed->count = open->first_child_idx;
	builder->path_len--;
	return ref_list_add(closed, node);
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

/* The branches before `rrset_idx` are laid down. */
static void
forget_until(struct nodes_builder *builder, size_t rrset_idx)
{
	/* From the beginning again: a page that two calls share is given back by neither else. */
	if (builder->consumed != NULL)
		zone_forget(builder->consumed, builder->first, rrset_idx);
	builder->forgotten_idx = rrset_idx;
}

enum status
nodes_build(struct nodes_builder *builder, size_t first, size_t end)
{
	if (first == end)
		return STATUS_OK;
	path_push(builder, (struct open_node){.owner = builder->zone->origin});
	builder->next_host_idx =
	    host_names_find(builder->hosts, builder->zone->rrsets[first].owner);
	builder->first = zone_position(builder->zone, first);
	builder->forgotten_idx = first;
	for (size_t i = first, count; i < end; i += count) {
		count = owner_rrset_count(builder->zone, i);
		enum status status = owner_open(builder, i, count);
		if (status != STATUS_OK)
			return status;
		if (builder->branch_rrset_idx >= builder->forgotten_idx + FORGET_COUNT)
			forget_until(builder, builder->branch_rrset_idx);
	}
	enum status status = path_pop_to(builder, 1);
	builder->has_wildcard = builder->path[0].has_wildcard;
	builder->path_len = 0;
	return status;
}

enum status
nodes_build_apex(struct nodes_builder *builder, size_t end, ref children, bool has_wildcard,
		 ref *out)
{
	const uint8_t *origin = builder->zone->rrsets[0].owner;
	size_t host_idx = host_names_find(builder->hosts, origin);
	bool is_host = host_idx < builder->hosts->count &&
		       dname_equal(builder->hosts->names[host_idx], origin);
	struct open_node apex = {
	    .owner = origin,
	    .rrset_count = end,
	    .host_idx = is_host ? host_idx : SIZE_MAX,
	    .has_wildcard = has_wildcard,
	};
	return node_lay(builder, &apex, true, children, out);
}
