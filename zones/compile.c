/* compile.c -- a zone's records to a version: names that others point at (compile_hosts.c), nodes,
 * RRsets and most templates (compile_nodes.c), then hosts and such templates as look up in all that
 * was laid down before them. Large zones are compiled a branch below the apex at a time, side by
 * side. */
#include "zones/compile.h"

#include <stdlib.h>

#include "zones/denial.h"
#include "zones/dname.h"
#include "zones/host.h"
#include "zones/template.h"
#include "zones/trie.h"
#include "zones/visit.h"

enum {
	/* Fewer RRsets are compiled before a second thread would have begun. */
	PART_RRSETS_MIN = 1 << 14,
	PARTS_MAX = 64,
	/* Writers side by side take this much of the store at a time. */
	SPAN_LEN = 1 << 18,
};

/* Some branches below the apex: one job's. */
struct part {
	struct compilation *compilation;
	size_t first_rrset_idx;
	size_t end_rrset_idx;
	enum status status;
	struct nodes_builder builder; /* once builders_init() was there */
};

struct compilation {
	const struct zone *zone;
	struct zone *consumed; /* the same if it goes with being compiled, or NULL */
	struct jobs *jobs;
	struct store *store;
	struct zone_version version;
	struct zone_image *image; /* in the store */
	struct host_names hosts;
	struct rdata_uses rdata_uses; /* of what is consumed */
	struct ref_list children;     /* of the apex */
	struct part *parts;
	unsigned part_count;
};

/* Runs a step of each part; the first failure is the step's. */
static enum status
run_parts(struct compilation *c, void (*fn)(void *context, unsigned idx))
{
	c->jobs->run(c->jobs, fn, c->parts, c->part_count);
	for (unsigned i = 0; i < c->part_count; i++) {
		if (c->parts[i].status != STATUS_OK)
			return c->parts[i].status;
	}
	return STATUS_OK;
}

/* Do the owners at two indices lie in one branch below the apex? */
static bool
is_one_branch(const struct zone *zone, unsigned origin_labels, size_t a, size_t b)
{
	const uint8_t *x = zone->rrsets[a].owner;
	const uint8_t *y = zone->rrsets[b].owner;
	x = dname_skip(x, dname_label_count(x) - origin_labels - 1);
	y = dname_skip(y, dname_label_count(y) - origin_labels - 1);
	return memcmp(x, y, 1u + x[0]) == 0;
}

/* Cuts the zone into parts of about the same size that are whole branches. */
static enum status
cut(struct compilation *c, size_t apex_count)
{
	const struct zone *zone = c->zone;
	unsigned origin_labels = dname_label_count(zone->origin);
	size_t total = zone->rrset_count - apex_count;
	size_t count = total / PART_RRSETS_MIN;
	if (count > c->jobs->width)
		count = c->jobs->width;
	if (count > PARTS_MAX)
		count = PARTS_MAX;
	if (count == 0)
		count = 1;
	c->parts = malloc(count * sizeof(c->parts[0]));
	if (c->parts == NULL)
		return STATUS_NO_MEMORY;
	size_t first = apex_count;
	for (size_t i = 0; i < count; i++) {
		size_t end = apex_count + total * (i + 1) / count;
		if (end < first)
			end = first;
		while (end > apex_count && end < zone->rrset_count &&
		       is_one_branch(zone, origin_labels, end - 1, end))
			end++;
		c->parts[i].compilation = c;
		c->parts[i].first_rrset_idx = first;
		c->parts[i].end_rrset_idx = end;
		c->parts[i].status = STATUS_OK;
		first = end;
	}
	c->part_count = (unsigned)count;
	return STATUS_OK;
}

/* Nodes */

static void
part_nodes(void *context, unsigned idx)
{
	struct part *part = (struct part *)context + idx;
	part->status = nodes_build(&part->builder, part->first_rrset_idx, part->end_rrset_idx);
}

static enum status
builders_init(struct compilation *c)
{
	size_t span_len = c->part_count > 1 ? SPAN_LEN : 0;
	for (unsigned i = 0; i < c->part_count; i++) {
		struct part *part = &c->parts[i];
		enum status status = nodes_builder_init(
		    &part->builder, c->zone, &c->version, &c->hosts,
		    store_writer(c->store, span_len), part->end_rrset_idx - part->first_rrset_idx);
		if (status != STATUS_OK) {
			c->part_count = i + 1; /* the others were not begun */
			return status;
		}
		part->builder.consumed = c->consumed;
		part->builder.rdata_uses = &c->rdata_uses;
	}
	return STATUS_OK;
}

/* Brings the parts' children of the apex together. */
static enum status
children_unite(struct compilation *c, bool *has_wildcard)
{
	*has_wildcard = c->parts[0].builder.has_wildcard;
	c->children = c->parts[0].builder.closed;
	c->parts[0].builder.closed = (struct ref_list){0};
	for (unsigned i = 1; i < c->part_count; i++) {
		struct part *part = &c->parts[i];
		const struct ref_list *closed = &part->builder.closed;
		for (size_t child = 0; child < closed->count; child++) {
			if (ref_list_add(&c->children, closed->refs[child]) != STATUS_OK)
				return STATUS_NO_MEMORY;
		}
		*has_wildcard |= part->builder.has_wildcard;
	}
	return STATUS_OK;
}

static void
writers_of_parts(struct compilation *c, struct store_writer *writers[PARTS_MAX])
{
	for (unsigned i = 0; i < c->part_count; i++)
		writers[i] = &c->parts[i].builder.writer;
}

/* The trie of the apex's children. */
static enum status
children_lay(struct compilation *c)
{
	struct store_writer *writers[PARTS_MAX];
	writers_of_parts(c, writers);
	if (c->children.count == 0)
		return STATUS_OK;
	struct node *apex = store_at(c->store, c->image->apex);
	return trie_build_wide(c->jobs, writers, c->part_count, c->children.refs, c->children.count,
			       &apex->children);
}

/* The header's second part, to be written to: laid down when there is something to say there. */
static enum status
extra_need(struct compilation *c, struct zone_extra **out)
{
	struct store_writer writer = store_writer(c->store, 0);
	ref *at = &c->image->extra;
	if (*at == REF_NONE) {
		enum status status = store_append(&writer, sizeof(**out), at);
		if (status != STATUS_OK)
			return status;
		*(struct zone_extra *)store_at(c->store, *at) = (struct zone_extra){0};
	}
	*out = store_at(c->store, *at);
	return STATUS_OK;
}

static enum status
chains_lay(struct compilation *c)
{
	struct zone_extra *extra;
	ref nsec3 = REF_NONE;
	struct store_writer *writers[PARTS_MAX];
	struct nsec3_nodes *all = &c->parts[0].builder.nsec3;
	enum status status = STATUS_OK;
	writers_of_parts(c, writers);
	for (unsigned i = 1; i < c->part_count && status == STATUS_OK; i++)
		status = nsec3_nodes_append(all, &c->parts[i].builder.nsec3);
	if (status == STATUS_OK)
		status = nsec3_lay(c->jobs, writers, c->part_count, all, &nsec3);
	if (status != STATUS_OK || nsec3 == REF_NONE)
		return status;
	status = extra_need(c, &extra);
	if (status == STATUS_OK)
		extra->nsec3 = nsec3;
	return status;
}

static enum status
nodes_lay(struct compilation *c)
{
	size_t apex_count = owner_rrset_count(c->zone, 0);
	bool has_wildcard;
	enum status status = cut(c, apex_count);
	if (status == STATUS_OK)
		status = builders_init(c);
	if (status == STATUS_OK)
		status = run_parts(c, part_nodes);
	if (status == STATUS_OK)
		status = children_unite(c, &has_wildcard);
	if (status == STATUS_OK)
		status = nodes_build_apex(&c->parts[0].builder, apex_count, has_wildcard,
					  &c->image->apex);
	/* What follows looks at the version alone. */
	zone_free(c->consumed);
	c->consumed = NULL;
	if (status == STATUS_OK)
		status = children_lay(c);
	return status == STATUS_OK ? chains_lay(c) : status;
}

/* Header */

static enum status
header_begin(struct compilation *c)
{
	struct store_writer writer = store_writer(c->store, 0);
	ref header;
	ref origin;
	size_t origin_len = dname_len(c->zone->origin);
	enum status status = store_append(&writer, sizeof(struct zone_image), &header);
	if (status == STATUS_OK)
		status = store_append(&writer, origin_len, &origin);
	if (status != STATUS_OK)
		return status;
	dname_lower(c->zone->origin, store_at(c->store, origin));
	c->image = store_at(c->store, header);
	*c->image = (struct zone_image){
	    .origin = origin,
	    .origin_len = (uint8_t)origin_len,
	    .origin_labels = (uint8_t)dname_label_count(c->zone->origin),
	    .name_count = (uint32_t)c->zone->name_count,
	    .rr_count = (uint32_t)c->zone->rr_count,
	};
	c->version = (struct zone_version){
	    .base = store_base(c->store), .image = c->image, .store = c->store};
	return STATUS_OK;
}

static void
header_set_soa(struct compilation *c)
{
	const struct node *apex = version_node(&c->version, c->image->apex);
	c->image->soa = node_find(apex, RRTYPE_SOA)->ref;
}

static enum status
header_set_denial(struct compilation *c)
{
	struct store_writer writer = store_writer(c->store, 0);
	struct zone_extra *extra;
	ref denial;
	enum status status = denial_lay(&writer, &c->version, REF_NONE, &denial);
	if (status != STATUS_OK || denial == REF_NONE)
		return status;
	status = extra_need(c, &extra);
	if (status == STATUS_OK)
		extra->denial = denial;
	return status;
}

/* Hosts */

static enum status
hosts_lay(struct compilation *c)
{
	if (c->hosts.count == 0)
		return STATUS_OK;
	struct store_writer writer = store_writer(c->store, 0);
	struct zone_extra *extra;
	ref *refs = malloc(c->hosts.count * sizeof(*refs));
	if (refs == NULL)
		return STATUS_NO_MEMORY;
	enum status status = extra_need(c, &extra);
	for (size_t i = 0; i < c->hosts.count && status == STATUS_OK; i++)
		status = host_lay(&writer, &c->version, c->hosts.names[i], &refs[i]);
	if (status == STATUS_OK)
		status = host_table_lay(&writer, refs, (uint32_t)c->hosts.count, &extra->hosts);
	if (status == STATUS_OK)
		extra->host_count = (uint32_t)c->hosts.count;
	free(refs);
	return status;
}

/* Templates that depend on names elsewhere in the zone */

static enum status
branch_templates(struct part *part, ref child)
{
	struct compilation *c = part->compilation;
	const struct node *node = version_node(&c->version, child);
	uint8_t owner[DNAME_LEN_MAX];
	owner[0] = node->label_len;
	memcpy(owner + 1, node_label(node), node->label_len);
	memcpy(owner + 1 + node->label_len, version_origin(&c->version), c->image->origin_len);
	struct visit visit;
	enum status status = STATUS_OK;
	bool is_occluded = version_node(&c->version, c->image->apex)->flags & NODE_DNAME;
	visit_start(&visit, &c->version, child, owner, is_occluded);
	while (status == STATUS_OK && visit_next(&visit)) {
		if (!visit.is_occluded)
			status = template_finish_node(part->builder.maker, visit.owner,
						      store_at(c->store, visit.node_ref));
	}
	visit_fini(&visit);
	return status == STATUS_OK ? visit.status : status;
}

static void
part_templates(void *context, unsigned idx)
{
	struct part *part = (struct part *)context + idx;
	const struct ref_list *left = &part->builder.left;
	for (size_t i = 0; i < left->count && part->status == STATUS_OK; i++)
		part->status = branch_templates(part, left->refs[i]);
}

static enum status
templates_lay(struct compilation *c)
{
	enum status status = run_parts(c, part_templates);
	struct template_maker *maker = c->parts[0].builder.maker;
	if (status == STATUS_OK)
		status = template_set_node(maker, version_origin(&c->version),
					   store_at(c->store, c->image->apex));
	if (status == STATUS_OK)
		status = template_make_negative(maker, &c->image->negative);
	return status;
}

/* The whole */

static struct zone_version *
version_finish(struct compilation *c)
{
	size_t image_off = (size_t)((uint8_t *)c->image - store_base(c->store));
	struct store *store = store_trim(c->store, store_slack(store_len(c->store)));
	c->store = NULL;
	return zone_version_first(store, image_off);
}

/* In c->store, which is the version's or gone afterwards. */
static enum status
compile(struct compilation *c, struct zone_version **out)
{
	enum status status = header_begin(c);
	if (status == STATUS_OK)
		status = nodes_lay(c);
	if (status == STATUS_OK) {
		header_set_soa(c);
		status = header_set_denial(c);
	}
	if (status == STATUS_OK)
		status = hosts_lay(c);
	if (status == STATUS_OK)
		status = templates_lay(c);
	if (status == STATUS_OK)
		*out = version_finish(c);
	for (unsigned i = 0; i < c->part_count; i++)
		nodes_builder_fini(&c->parts[i].builder);
	free(c->parts);
	c->parts = NULL;
	c->part_count = 0;
	free(c->children.refs);
	c->children = (struct ref_list){0};
	store_release(c->store);
	c->store = NULL;
	return status;
}

static bool
is_large(const struct zone *zone)
{
	return zone->rrset_count >= PART_RRSETS_MIN;
}

/* More than nearly all zones take: only addresses are reserved, and what is left over is given
 * back.
 */
static size_t
store_len_estimate(const struct zone *zone, unsigned width)
{
	size_t len = 4096 + zone->name_count * 128 + zone->rrset_count * 64;
	for (size_t i = 0; i < zone->rr_count; i++)
		len += 32 + (size_t)zone_rdata(zone, &zone->rrs[i]).len * 3;
	if (is_large(zone))
		len += (size_t)width * 2 * SPAN_LEN;
	return len < STORE_LEN_MAX ? len : STORE_LEN_MAX;
}

/* Compiles with ever more room. */
static enum status
compile_repeatedly(struct compilation *c, struct zone_version **out)
{
	size_t cap = store_len_estimate(c->zone, c->jobs->width);
	for (;;) {
		enum status status = store_new(cap, &c->store);
		if (status == STATUS_OK)
			status = compile(c, out);
		if (status != STATUS_LIMIT || cap == STORE_LEN_MAX)
			return status;
		cap = cap < STORE_LEN_MAX / 4 ? cap * 4 : STORE_LEN_MAX;
	}
}

/* A zone that is consumed has one try only, with all the room there can be: only addresses. Systems
 * that count those as memory get by with less, and few zones need more. */
static enum status
compile_once(struct compilation *c, struct zone_version **out)
{
	enum status status = store_new(STORE_LEN_MAX, &c->store);
	if (status != STATUS_OK) {
		size_t cap = store_len_estimate(c->zone, c->jobs->width);
		status = store_new(cap < STORE_LEN_MAX / 4 ? cap * 4 : STORE_LEN_MAX, &c->store);
	}
	return status == STATUS_OK ? compile(c, out) : status;
}

/* `consumed`: the zone itself or NULL. It is gone afterwards. */
static enum status
compile_with_room(struct compilation *c, struct zone *consumed, struct zone_version **out)
{
	enum status status = host_names_collect(c->zone, c->jobs, &c->hosts);
	if (consumed != NULL && is_large(c->zone)) {
		c->consumed = consumed;
		if (status == STATUS_OK)
			status = rdata_uses_find(consumed, c->jobs, &c->rdata_uses);
		if (status == STATUS_OK)
			status = compile_once(c, out);
		rdata_uses_fini(&c->rdata_uses);
		zone_free(c->consumed);
	} else {
		if (status == STATUS_OK)
			status = compile_repeatedly(c, out);
		zone_free(consumed);
	}
	host_names_fini(&c->hosts);
	return status;
}

static enum status
compile_zone(const struct zone *zone, struct zone *consumed, struct jobs *jobs,
	     struct zone_version **out, struct error *error)
{
	size_t rr_count = zone->rr_count;
	enum status status = STATUS_NO_MEMORY;
	struct compilation *c = calloc(1, sizeof(*c));
	if (c != NULL) {
		c->zone = zone;
		c->jobs = jobs != NULL ? jobs : &jobs_serial;
		status = compile_with_room(c, consumed, out);
		free(c);
	} else {
		zone_free(consumed);
	}
	if (status == STATUS_LIMIT)
		return error_set(error, status,
				 "the compiled zone takes more than there is room for");
	if (status != STATUS_OK)
		return error_set(error, status, "no memory to compile a zone of %zu records",
				 rr_count);
	return STATUS_OK;
}

enum status
zone_version_compile(const struct zone *zone, struct jobs *jobs, struct zone_version **out,
		     struct error *error)
{
	return compile_zone(zone, NULL, jobs, out, error);
}

enum status
zone_version_compile_away(struct zone *zone, struct jobs *jobs, struct zone_version **out,
			  struct error *error)
{
	return compile_zone(zone, zone, jobs, out, error);
}
