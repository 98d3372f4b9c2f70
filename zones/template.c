/* template.c -- precompiled answers. */
#include "zones/template.h"

#include <stdlib.h>

#include "zones/additional.h"
#include "zones/dname.h"
#include "zones/host.h"
#include "zones/rdata.h"

enum {
	/* Behind the longest question, every octet of a body this long is within a pointer's reach.
	 */
	BODY_LEN_MAX = POINTER_OFF_MAX - HEADER_LEN - DNAME_LEN_MAX - QUESTION_FIXED_LEN,
	MESSAGE_CAP = HEADER_LEN + DNAME_LEN_MAX + QUESTION_FIXED_LEN + BODY_LEN_MAX,
	POINTERS_MAX = 2 * UINT8_MAX, /* more than a template counts, of both kinds */
};

size_t
template_len(const void *octets)
{
	const struct template *template = octets;
	return (size_t)(template_body(template) - (const uint8_t *)octets) + template->body_len;
}

size_t
template_response_len(const struct zone_version *version, const struct template *template)
{
	size_t len = template->body_len;
	for (unsigned i = 0; i < template->host_count; i++) {
		const struct host *host = host_at(version, template->hosts[i].idx);
		if (host->flags & HOST_COMPOSE)
			return SIZE_MAX;
		len += host->len;
	}
	return len;
}

size_t
template_section_len(const struct template *template)
{
	if (template->additional_count == 0)
		return template->body_len;
	const uint8_t *body = template_body(template);
	size_t len = 0;
	for (unsigned i = 0; i < template->rr_count; i++) /* their owner is a pointer */
		len += POINTER_LEN + RR_FIXED_LEN +
		       be16_read(body + len + POINTER_LEN + RR_FIXED_LEN - sizeof(uint16_t));
	return len;
}

/* Records of a host, each with a pointer to its name at `name_off`. Returns the end. */
static uint8_t *
write_records(const uint8_t *records, size_t len, uint8_t *at, size_t name_off)
{
	memcpy(at, records, len);
	for (size_t off = 0; off < len;) {
		be16_write(at + off, (uint16_t)(POINTER_MARK << 8 | name_off));
		const uint8_t *rdlen = at + off + POINTER_LEN + RR_FIXED_LEN - sizeof(uint16_t);
		off += POINTER_LEN + RR_FIXED_LEN + be16_read(rdlen);
	}
	return at + len;
}

/* The hosts that are glue, those that are not, or all, in turn. */
struct host_lot {
	bool has_glue;
	bool has_rest;
	bool has_signatures;
};

static uint8_t *
write_host_lot(const struct zone_version *version, const struct template *template, uint8_t *at,
	       size_t qname_end, struct host_lot lot, unsigned *rr_count)
{
	for (unsigned i = 0; i < template->host_count; i++) {
		const struct host *host = host_at(version, template->hosts[i].idx);
		if (!(host->flags & HOST_GLUE ? lot.has_glue : lot.has_rest))
			continue;
		size_t name_off = (size_t)((int)qname_end + template->hosts[i].distance);
		at = write_records(host->records, host->len, at, name_off);
		*rr_count += host->rr_count;
		const struct host_signatures *signatures = host_signatures(host);
		if (!lot.has_signatures || signatures == NULL)
			continue;
		at = write_records(signatures->records, be16_read(signatures->len), at, name_off);
		*rr_count += signatures->rr_count;
	}
	return at;
}

/* Returns the message's end. */
static uint8_t *
write_hosts(const struct zone_version *version, const struct template *template, uint8_t *at,
	    size_t qname_end, bool has_signatures, unsigned *rr_count)
{
	*rr_count = 0;
	if (template->host_count == 0)
		return at;
	if (template->flags & TEMPLATE_AUTHORITATIVE)
		return write_host_lot(version, template, at, qname_end,
				      (struct host_lot){true, true, has_signatures}, rr_count);
	/* Glue goes first: additional.h. */
	at = write_host_lot(version, template, at, qname_end, (struct host_lot){.has_glue = true},
			    rr_count);
	return write_host_lot(version, template, at, qname_end,
			      (struct host_lot){.has_rest = true, .has_signatures = has_signatures},
			      rr_count);
}

/* Sets the pointers in a body whose octets from gap.at on stand gap.len further on. */
static inline void
set_pointers(const struct template *template, uint8_t *body, size_t qname_end, size_t owner_len,
	     struct template_gap gap)
{
	const uint16_t *off = template_offs(template);
	for (unsigned left = template->pointer_count; left > 0; left--, off++) {
		uint8_t *at = body + *off + (*off < gap.at ? 0 : gap.len);
		int16_t distance;
		memcpy(&distance, at, sizeof(distance));
		be16_write(at, (uint16_t)(POINTER_MARK << 8 | (int)(qname_end + (size_t)distance)));
	}
	uint16_t owner_pointer = (uint16_t)(POINTER_MARK << 8 | (qname_end - owner_len));
	for (unsigned left = template->owner_pointer_count; left > 0; left--, off++)
		be16_write(body + *off + (*off < gap.at ? 0 : gap.len), owner_pointer);
}

size_t
template_write(const struct zone_version *version, const struct template *template,
	       uint8_t *message, size_t qname_end, size_t owner_len, unsigned *host_rr_count)
{
	uint8_t *body = message + qname_end + QUESTION_FIXED_LEN;
	memcpy(body, template_body(template), template->body_len);
	set_pointers(template, body, qname_end, owner_len, (struct template_gap){SIZE_MAX, 0});
	uint8_t *end = write_hosts(version, template, body + template->body_len, qname_end, false,
				   host_rr_count);
	return (size_t)(end - message);
}

size_t
template_signed_len(const struct zone_version *version, const struct template *template)
{
	size_t len = template_response_len(version, template);
	for (unsigned i = 0; i < template->host_count && len != SIZE_MAX; i++) {
		const struct host *host = host_at(version, template->hosts[i].idx);
		len += host_len(host) - sizeof(*host) - host->len;
	}
	return len;
}

size_t
template_write_signed(const struct zone_version *version, const struct template *template,
		      uint8_t *message, size_t qname_end, size_t owner_len, struct template_gap gap,
		      unsigned *host_rr_count)
{
	uint8_t *body = message + qname_end + QUESTION_FIXED_LEN;
	const uint8_t *from = template_body(template);
	memcpy(body, from, gap.at);
	memcpy(body + gap.at + gap.len, from + gap.at, template->body_len - gap.at);
	set_pointers(template, body, qname_end, owner_len, gap);
	uint8_t *end = write_hosts(version, template, body + gap.len + template->body_len,
				   qname_end, true, host_rr_count);
	return (size_t)(end - message);
}

/* Making */

struct template_maker {
	struct zone_version version;
	struct intern templates;

	/* the template in the making */
	struct section_writer writer;
	struct additional_targets targets;
	struct template_host hosts[ADDITIONAL_TARGETS_MAX];
	unsigned host_count;
	unsigned flags;
	uint8_t message[MESSAGE_CAP];
	uint16_t pointer_offs[POINTERS_MAX]; /* in the message */
	uint16_t offs[POINTERS_MAX];         /* in the body */
	union {
		struct template template;
		uint8_t octets[sizeof(struct template) +
			       ADDITIONAL_TARGETS_MAX * sizeof(struct template_host) +
			       POINTERS_MAX * sizeof(uint16_t) + BODY_LEN_MAX];
	} made;
};

enum status
template_maker_new(const struct zone_version *version, struct store_writer *writer,
		   struct template_maker **out)
{
	struct template_maker *maker = malloc(sizeof(*maker));
	if (maker == NULL)
		return STATUS_NO_MEMORY;
	maker->version = *version;
	enum status status = intern_init(&maker->templates, writer, template_len);
	if (status != STATUS_OK) {
		free(maker);
		return status;
	}
	*out = maker;
	return STATUS_OK;
}

void
template_maker_free(struct template_maker *maker)
{
	if (maker == NULL)
		return;
	intern_fini(&maker->templates);
	free(maker);
}

/* Begins the response to a question for `qname`. */
static void
response_begin(struct template_maker *maker, const uint8_t *qname, bool is_wildcard)
{
	size_t qname_len = dname_lower(qname, maker->message + HEADER_LEN);
	size_t cap = HEADER_LEN + qname_len + QUESTION_FIXED_LEN + BODY_LEN_MAX;
	section_init(&maker->writer, maker->message, qname_len, cap, is_wildcard);
	maker->writer.pointer_offs = maker->pointer_offs;
	maker->writer.pointer_cap = POINTERS_MAX;
	maker->host_count = 0;
	maker->flags = 0;
}

/* Makes pointers of the body relative; their places go to maker->offs, those to the owner behind
 * the others. False: there are more than a template counts. */
static bool
pointers_set(struct template_maker *maker, uint8_t *body, size_t qname_end, size_t *pointer_count,
	     size_t *owner_pointer_count)
{
	const struct section_writer *writer = &maker->writer;
	size_t body_off = (size_t)(body - maker->message);
	/* The apex is as far from the end of every QNAME in the zone: no owner pointer. */
	bool is_apex = qname_end == (size_t)HEADER_LEN + version_image(&maker->version)->origin_len;
	uint16_t owner_offs[POINTERS_MAX];
	if (writer->pointer_count > POINTERS_MAX)
		return false;
	*pointer_count = *owner_pointer_count = 0;
	for (size_t i = 0; i < writer->pointer_count; i++) {
		uint16_t off = (uint16_t)(writer->pointer_offs[i] - body_off);
		int target = be16_read(body + off) & POINTER_OFF_MAX;
		if (target == HEADER_LEN && !is_apex) {
			owner_offs[(*owner_pointer_count)++] = off;
			memset(body + off, 0, POINTER_LEN);
			continue;
		}
		int16_t distance = (int16_t)(target - (int)qname_end);
		memcpy(body + off, &distance, sizeof(distance));
		maker->offs[(*pointer_count)++] = off;
	}
	memcpy(maker->offs + *pointer_count, owner_offs,
	       *owner_pointer_count * sizeof(owner_offs[0]));
	return *pointer_count <= UINT8_MAX && *owner_pointer_count <= UINT8_MAX;
}

/* The composed response as a template; NULL if it has more of something than a template counts. */
static struct template *
response_take(struct template_maker *maker, enum section section, unsigned flags, ref rrset)
{
	struct section_writer *writer = &maker->writer;
	size_t qname_end = HEADER_LEN + dname_len(writer->message + HEADER_LEN);
	uint8_t *body = writer->message + qname_end + QUESTION_FIXED_LEN;
	size_t pointer_count;
	size_t owner_pointer_count;
	if (!pointers_set(maker, body, qname_end, &pointer_count, &owner_pointer_count) ||
	    writer->counts[section] > UINT8_MAX || writer->counts[SECTION_ADDITIONAL] > UINT8_MAX ||
	    maker->host_count > UINT8_MAX)
		return NULL;

	struct template *made = &maker->made.template;
	*made = (struct template){
	    .rrset = rrset,
	    .body_len = (uint16_t)(writer->message + writer->len - body),
	    .rr_count = (uint8_t)writer->counts[section],
	    .additional_count = (uint8_t)writer->counts[SECTION_ADDITIONAL],
	    .pointer_count = (uint8_t)pointer_count,
	    .owner_pointer_count = (uint8_t)owner_pointer_count,
	    .host_count = (uint8_t)maker->host_count,
	    .flags = (uint8_t)(maker->flags | flags),
	};
	memcpy(made->hosts, maker->hosts, maker->host_count * sizeof(made->hosts[0]));
	memcpy(&made->hosts[maker->host_count], maker->offs,
	       (pointer_count + owner_pointer_count) * sizeof(maker->offs[0]));
	size_t body_at = (size_t)(template_body(made) - maker->made.octets);
	memcpy(maker->made.octets + body_at, body, made->body_len);
	return made;
}

static enum status
template_intern(struct template_maker *maker, const struct template *made, ref *out)
{
	return intern_put(&maker->templates, made, template_len(made), out);
}

static enum status
template_lay(struct template_maker *maker, const struct template *made, ref *out)
{
	struct store_writer *writer = maker->templates.writer;
	size_t len = template_len(made);
	enum status status = store_append(writer, len, out);
	if (status == STATUS_OK)
		memcpy(store_at(writer->store, *out), made, len);
	return status;
}

/* A target outside the owner's branch becomes a host. False: only the composer can say what it adds
 * at any time (host.h). */
static bool
add_host(struct template_maker *maker, const struct additional_target *target)
{
	if (!target->is_inside)
		return true;
	if (target->node == NULL || target->is_synthesized || !(target->node->flags & NODE_HOST) ||
	    !additional_wants_addresses(target))
		return false;
	size_t off = section_find(&maker->writer, target->dname);
	if (off == 0)
		return false;
	size_t qname_end = HEADER_LEN + dname_len(maker->message + HEADER_LEN);
	maker->hosts[maker->host_count++] = (struct template_host){
	    .idx = target->node->entries[0].ref,
	    .distance = (int16_t)((int)off - (int)qname_end),
	};
	return true;
}

/* A target in the owner's branch: a host where it is one (in signed zones, wherever it has
 * signatures), else its records are part of the body. */
static bool
put_own(struct template_maker *maker, const struct placed_rrset *placed,
	const struct additional_target *target)
{
	bool is_host = (target->node->flags & NODE_HOST) && !target->is_synthesized &&
		       additional_wants_addresses(target);
	if (is_host && !target->is_glue)
		return add_host(maker, target);
	size_t len = maker->writer.len;
	bool fits = additional_put_target(&maker->writer, placed, target);
	if (!target->is_glue && maker->writer.len > len)
		maker->flags |= TEMPLATE_COMPOSE_SIGNED;
	return fits;
}

/* All that goes with the RRset, in the order of additional.h. False: no template. */
static bool
put_additional(struct template_maker *maker, const struct placed_rrset *placed)
{
	struct additional_targets *targets = &maker->targets;
	additional_targets_find(targets, placed);
	for (unsigned i = 0; i < targets->count; i++) {
		const struct additional_target *target = &targets->entries[i];
		if (target->is_own && target->node != NULL && !put_own(maker, placed, target))
			return false;
	}
	for (unsigned i = 0; i < targets->count; i++) {
		const struct additional_target *target = &targets->entries[i];
		if (!target->is_own && !add_host(maker, target))
			return false;
	}
	return true;
}

/* Does the answer say nothing of a name but the owner's? */
static bool
is_plain(uint16_t rrtype)
{
	const struct rrtype *row = rrtype_find(rrtype);
	if (row == NULL)
		return true;
	if (row->additional_field != RRTYPE_NO_ADDITIONAL)
		return false;
	for (const enum rdata_field *field = row->fields; *field != RDATA_END; field++) {
		if (*field == RDATA_NAME_COMPRESSIBLE)
			return false;
	}
	return true;
}

/* Does the RRset point at names in the zone outside the owner's branch? */
static bool
has_targets_elsewhere(const struct additional_targets *targets)
{
	for (unsigned i = 0; i < targets->count; i++) {
		if (targets->entries[i].is_inside && !targets->entries[i].is_own)
			return true;
	}
	return false;
}

static bool
has_own_targets(const struct additional_targets *targets)
{
	for (unsigned i = 0; i < targets->count; i++) {
		if (targets->entries[i].is_own)
			return true;
	}
	return false;
}

/* When a template is made. */
enum occasion {
	WHEN_ALL_IS_LAID,
	WHEN_BRANCH_IS_LAID, /* the node and what is below it */
	WHEN_RRSET_IS_LAID,  /* which has no template yet */
};

/* Where the RRset of an entry stands, and how it is answered with. */
struct subject {
	const uint8_t *owner;
	const struct node *node;
	ref rrset;
	bool is_referral;
	bool is_first; /* the entry had no template yet */
	enum occasion occasion;
};

/* Can no other owner have an equal template? No two delegations are above one name server. */
static bool
is_alone(const struct template_maker *maker, const struct subject *subject)
{
	return subject->occasion == WHEN_RRSET_IS_LAID ||
	       (subject->is_referral && subject->is_first && has_own_targets(&maker->targets));
}

/* REF_NONE: there is none, or, if *is_left becomes true, not yet. */
static enum status
make(struct template_maker *maker, const struct subject *subject, ref *out, bool *is_left)
{
	const uint8_t *owner = subject->owner;
	const struct rrset *rrset = version_at(&maker->version, subject->rrset);
	bool is_wildcard = owner[0] == 1 && owner[1] == '*';
	enum section section = subject->is_referral ? SECTION_AUTHORITY : SECTION_ANSWER;
	struct placed_rrset placed = {&maker->version, owner, subject->node, rrset, false};
	*out = REF_NONE;
	if (is_wildcard && additional_has_owner(rrset))
		return STATUS_OK;
	additional_targets_set(&maker->targets, &placed, rr_first(rrset));
	if (maker->targets.rest.rdata != NULL)
		return STATUS_OK;
	if (subject->occasion != WHEN_ALL_IS_LAID && has_targets_elsewhere(&maker->targets)) {
		*is_left = true;
		return STATUS_OK;
	}
	response_begin(maker, owner, is_wildcard);
	if (!section_put(&maker->writer, section, NULL, rrset, rrset->ttl) ||
	    !put_additional(maker, &placed))
		return STATUS_OK;
	struct template *made = response_take(
	    maker, section, subject->is_referral ? 0 : TEMPLATE_AUTHORITATIVE, subject->rrset);
	if (made == NULL)
		return STATUS_OK;
	return is_alone(maker, subject) ? template_lay(maker, made, out)
					: template_intern(maker, made, out);
}

static enum status
set_entry(struct template_maker *maker, struct subject subject, struct node_entry *entry,
	  bool *is_left)
{
	const struct rrset *rrset = entry_rrset(&maker->version, entry);
	subject.rrset = (ref)(((const uint8_t *)rrset - maker->version.base) / REF_UNIT);
	subject.is_referral = (subject.node->flags & NODE_CUT) && entry->rrtype == RRTYPE_NS;
	subject.is_first = !(entry->flags & ENTRY_TEMPLATE);
	unsigned flags = entry->flags & (unsigned)~(ENTRY_PLAIN | ENTRY_TEMPLATE);
	ref template = REF_NONE;
	enum status status = STATUS_OK;
	/* What the version before says here is mostly what this one says. */
	if (!subject.is_first)
		status = intern_know(&maker->templates, entry->ref);
	if (status != STATUS_OK)
		return status;
	/* Where an alias leads on, only a question for itself would end with its template. RRSIGs
	 * have a TTL each. */
	bool is_composed = (entry->flags & ENTRY_CHAINS) || entry->rrtype == RRTYPE_RRSIG;
	if (!is_composed && is_plain(entry->rrtype))
		flags |= ENTRY_PLAIN;
	else if (!is_composed)
		status = make(maker, &subject, &template, is_left);
	if (status != STATUS_OK)
		return status;
	if (template != REF_NONE)
		flags |= ENTRY_TEMPLATE;
	entry->flags = (uint16_t)flags;
	entry->ref = template != REF_NONE ? template : subject.rrset;
	return STATUS_OK;
}

/* The entries with one of `flags` are left as they are. */
static enum status
set_entries(struct template_maker *maker, struct subject subject, struct node *node, unsigned flags,
	    bool *is_left)
{
	subject.node = node;
	for (unsigned i = node_first_rrset(node); i < node->entry_count; i++) {
		struct node_entry *entry = &node->entries[i];
		if (!entry_is_asked_for(node, entry) || (entry->flags & flags))
			continue;
		enum status status = set_entry(maker, subject, entry, is_left);
		if (status != STATUS_OK)
			return status;
	}
	return STATUS_OK;
}

enum status
template_set_node(struct template_maker *maker, const uint8_t *owner, struct node *node)
{
	struct subject subject = {.owner = owner, .occasion = WHEN_ALL_IS_LAID};
	bool is_left;
	return set_entries(maker, subject, node, 0, &is_left);
}

enum status
template_set_branch(struct template_maker *maker, const uint8_t *owner, struct node *node,
		    bool *is_left)
{
	struct subject subject = {.owner = owner, .occasion = WHEN_BRANCH_IS_LAID};
	return set_entries(maker, subject, node, ENTRY_PLAIN | ENTRY_TEMPLATE, is_left);
}

enum status
template_finish_node(struct template_maker *maker, const uint8_t *owner, struct node *node)
{
	struct subject subject = {.owner = owner, .occasion = WHEN_ALL_IS_LAID};
	bool is_left;
	return set_entries(maker, subject, node, ENTRY_PLAIN | ENTRY_TEMPLATE, &is_left);
}

enum status
template_set_entry(struct template_maker *maker, const uint8_t *owner, const struct node *node,
		   struct node_entry *entry)
{
	struct subject subject = {.owner = owner, .node = node, .occasion = WHEN_RRSET_IS_LAID};
	bool is_left;
	return set_entry(maker, subject, entry, &is_left);
}

/* The apex's answer with its SOA alone, but for the section and the TTL what says that there is
 * nothing else; or NULL. */
static const struct template *
soa_template(const struct zone_version *version)
{
	const struct node *apex = version_node(version, version_image(version)->apex);
	const struct node_entry *entry = node_find(apex, RRTYPE_SOA);
	if (!(entry->flags & ENTRY_TEMPLATE))
		return NULL;
	const struct template *template = version_at(version, entry->ref);
	bool is_alone = template->rrset == version_image(version)->soa && template->rr_count == 1 &&
			template->additional_count == 0 && template->host_count == 0 &&
			template->flags == TEMPLATE_AUTHORITATIVE;
	return is_alone ? template : NULL;
}

enum status
template_make_negative(struct template_maker *maker, ref *out)
{
	const struct zone_version *version = &maker->version;
	ref soa_ref = version_image(version)->soa;
	const struct rrset *soa = version_at(version, soa_ref);
	const struct template *answer = soa_template(version);
	*out = REF_NONE;
	if (answer != NULL) {
		size_t len = template_len(answer);
		struct template *made = memcpy(&maker->made, answer, len);
		uint8_t *ttl = (uint8_t *)template_body(made) + POINTER_LEN + 2 * sizeof(uint16_t);
		be32_write(ttl, soa_negative_ttl(soa));
		return intern_put(&maker->templates, made, len, out);
	}
	response_begin(maker, version_origin(version), false);
	if (!section_put(&maker->writer, SECTION_AUTHORITY, NULL, soa, soa_negative_ttl(soa)))
		return STATUS_OK;
	const struct template *made =
	    response_take(maker, SECTION_AUTHORITY, TEMPLATE_AUTHORITATIVE, soa_ref);
	return made != NULL ? template_intern(maker, made, out) : STATUS_OK;
}

uint32_t
soa_negative_ttl(const struct rrset *soa)
{
	struct rr_cursor rr = rr_first(soa);
	uint32_t minimum = be32_read(rr.rdata + rr.rdlen - sizeof(uint32_t));
	return soa->ttl < minimum ? soa->ttl : minimum;
}
