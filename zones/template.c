/* template.c -- precompiled answers. */
#include "zones/template.h"

#include <stdlib.h>

#include "zones/additional.h"
#include "zones/block.h"
#include "zones/dname.h"

enum {
	/* Behind the longest question, every octet of a body this long is within a pointer's reach.
	 */
	BODY_LEN_MAX = POINTER_OFF_MAX - HEADER_LEN - DNAME_LEN_MAX - QUESTION_FIXED_LEN,
	MESSAGE_CAP = HEADER_LEN + DNAME_LEN_MAX + QUESTION_FIXED_LEN + BODY_LEN_MAX,
	POINTERS_MAX = BODY_LEN_MAX / POINTER_LEN,
	POINTER_MARK = 0xc000,
};

size_t
template_write(const struct template *template, uint8_t *message, size_t qname_end,
	       size_t owner_len)
{
	uint8_t *body = message + qname_end + QUESTION_FIXED_LEN;
	memcpy(body, template_body(template), template->body_len);

	const uint16_t *off = template->offs;
	for (unsigned left = template->pointer_count; left > 0; left--, off++) {
		int16_t distance;
		memcpy(&distance, body + *off, sizeof(distance));
		be16_write(body + *off,
			   (uint16_t)(POINTER_MARK | (int)(qname_end + (size_t)distance)));
	}
	uint16_t owner_pointer = (uint16_t)(POINTER_MARK | (qname_end - owner_len));
	for (unsigned left = template->owner_pointer_count; left > 0; left--, off++)
		be16_write(body + *off, owner_pointer);
	return qname_end + QUESTION_FIXED_LEN + template->body_len;
}

struct template_maker {
	struct section_writer writer;
	uint8_t message[MESSAGE_CAP];
	uint16_t pointer_offs[POINTERS_MAX];
	union {
		struct template template;
		uint8_t octets[sizeof(struct template) + POINTERS_MAX * sizeof(uint16_t) +
			       BODY_LEN_MAX];
	} made;
};

struct template_maker *
template_maker_new(void)
{
	return malloc(sizeof(struct template_maker));
}

void
template_maker_free(struct template_maker *maker)
{
	free(maker);
}

/* Begins the response to a question for `qname`. */
static struct section_writer *
response_begin(struct template_maker *maker, const uint8_t *qname, bool is_wildcard)
{
	size_t qname_len = dname_lower(qname, maker->message + HEADER_LEN);
	size_t cap = HEADER_LEN + qname_len + QUESTION_FIXED_LEN + BODY_LEN_MAX;
	section_init(&maker->writer, maker->message, qname_len, cap, is_wildcard);
	maker->writer.pointer_offs = maker->pointer_offs;
	maker->writer.pointer_cap = POINTERS_MAX;
	return &maker->writer;
}

/* The composed response, its pointers made relative, as a template. */
static enum status
response_intern(struct template_maker *maker, struct block *block, bool is_authoritative, ref *out)
{
	const struct section_writer *writer = &maker->writer;
	const struct zone_image *image = block_at(block, 0);
	size_t qname_len = dname_len(writer->message + HEADER_LEN);
	size_t qname_end = HEADER_LEN + qname_len;
	size_t body_off = qname_end + QUESTION_FIXED_LEN;
	bool is_apex = qname_len == image->origin_len;

	struct template *made = &maker->made.template;
	*made = (struct template){
	    .body_len = (uint16_t)(writer->len - body_off),
	    .is_authoritative = is_authoritative,
	};
	memcpy(made->counts, writer->counts, sizeof(made->counts));

	uint16_t owner_offs[POINTERS_MAX];
	uint8_t *body = writer->message + body_off;
	for (size_t i = 0; i < writer->pointer_count; i++) {
		uint16_t off = (uint16_t)(writer->pointer_offs[i] - body_off);
		int target = be16_read(body + off) & POINTER_OFF_MAX;
		/* The apex is as far from the end of every QNAME in the zone: no owner pointer. */
		if (target == HEADER_LEN && !is_apex) {
			owner_offs[made->owner_pointer_count++] = off;
			memset(body + off, 0, POINTER_LEN);
			continue;
		}
		int16_t distance = (int16_t)(target - (int)qname_end);
		memcpy(body + off, &distance, sizeof(distance));
		made->offs[made->pointer_count++] = off;
	}
	memcpy(made->offs + made->pointer_count, owner_offs,
	       made->owner_pointer_count * sizeof(owner_offs[0]));
	uint8_t *made_body = maker->made.octets + (template_body(made) - (const uint8_t *)made);
	memcpy(made_body, body, made->body_len);
	return block_intern(block, made, (size_t)(made_body - maker->made.octets) + made->body_len,
			    out);
}

/* The block under construction, as those see it who read versions. */
static struct zone_version
block_version(const struct block *block)
{
	return (struct zone_version){.base = block->octets, .len = block->len};
}

enum status
template_make_positive(struct template_maker *maker, struct block *block, const uint8_t *owner,
		       ref rrset_ref, ref *out)
{
	bool is_wildcard = owner[0] == 1 && owner[1] == '*';
	struct section_writer *writer = response_begin(maker, owner, is_wildcard);
	struct zone_version version = block_version(block);
	const struct rrset *rrset = version_at(&version, rrset_ref);
	*out = REF_NONE;
	if (is_wildcard && additional_has_owner(rrset))
		return STATUS_OK;
	if (!section_put(writer, SECTION_ANSWER, NULL, rrset, rrset->ttl) ||
	    !additional_put(writer, &version, NULL, rrset))
		return STATUS_OK;
	return response_intern(maker, block, true, out);
}

enum status
template_make_referral(struct template_maker *maker, struct block *block, const uint8_t *owner,
		       ref ns_ref, ref *out)
{
	struct section_writer *writer = response_begin(maker, owner, false);
	struct zone_version version = block_version(block);
	const struct rrset *ns = version_at(&version, ns_ref);
	*out = REF_NONE;
	if (!section_put(writer, SECTION_AUTHORITY, NULL, ns, ns->ttl) ||
	    additional_put_glue(writer, &version, ns) != ADDITIONAL_ALL)
		return STATUS_OK;
	return response_intern(maker, block, false, out);
}

enum status
template_make_negative(struct template_maker *maker, struct block *block, ref *out)
{
	struct zone_version version = block_version(block);
	const struct zone_image *image = version_image(&version);
	const struct rrset *soa = version_at(&version, image->soa);
	struct section_writer *writer = response_begin(maker, image->origin, false);
	*out = REF_NONE;
	if (!section_put(writer, SECTION_AUTHORITY, NULL, soa, soa_negative_ttl(soa)))
		return STATUS_OK;
	return response_intern(maker, block, true, out);
}

uint32_t
soa_negative_ttl(const struct rrset *soa)
{
	struct rr_cursor rr = rr_first(soa);
	uint32_t minimum = be32_read(rr.rdata + rr.rdlen - sizeof(uint32_t));
	return soa->ttl < minimum ? soa->ttl : minimum;
}
