/* template.h -- precompiled answers: the sections of a response in wire form, ready to be copied
 * behind a question.
 *
 * Threads:   making them: the pool. Writing them out: any thread.
 * Memory:    a template lies in its version's block and is immutable.
 * Errors:    a response past the reach of compression pointers has no template: REF_NONE, and the
 *            composer serves.
 * Standards: RFC 1035 4.1.4.
 *
 * All that varies between the names which a template answers is the question. A compression pointer
 * aims into the question, at a suffix of the QNAME, or into the body behind it: either way at a
 * fixed distance from the QNAME's end. That distance stands in the body where the pointer goes.
 * Pointers to the owner name itself are listed apart, because the owner's length differs where the
 * rest is the same: so the delegations to one operator share one template.
 *
 *   struct template
 *   uint16_t        offsets into the body: pointers, then pointers to the owner
 *   octets          the body
 */
#ifndef GLUED_ZONES_TEMPLATE_H
#define GLUED_ZONES_TEMPLATE_H

#include "zones/section.h"

struct template
{
	uint16_t body_len;
	uint16_t counts[SECTION_COUNT];
	uint16_t pointer_count;
	uint16_t owner_pointer_count;
	uint16_t is_authoritative; /* AA */
	uint16_t reserved;
	uint16_t offs[]; /* of pointers within the body, of owner pointers after them */
};
static_assert(sizeof(struct template) == 16, "");

static inline const uint8_t *
template_body(const struct template *template)
{
	return (const uint8_t *)&template
	    ->offs[template->pointer_count + template->owner_pointer_count];
}

/* Copies the body behind the question of `message`, which ends at `qname_end` + QUESTION_FIXED_LEN,
 * and sets its pointers; there is room. `owner_len` is the length of the owner name, a suffix of
 * the QNAME. Returns the message's length. */
size_t template_write(const struct template *template, uint8_t *message, size_t qname_end,
		      size_t owner_len);

struct block;

/* The templates of one version, made once nodes and RRsets are laid down. */
struct template_maker;
struct template_maker *template_maker_new(void);
void template_maker_free(struct template_maker *maker);

/* The kinds. `owner` is the wire form of the node's name, in lower case; the block holds a complete
 * version but for its templates. What is too long to have a template gets REF_NONE. */
NODISCARD enum status template_make_positive(struct template_maker *maker, struct block *block,
					     const uint8_t *owner, ref rrset, ref *out);
NODISCARD enum status template_make_referral(struct template_maker *maker, struct block *block,
					     const uint8_t *owner, ref ns, ref *out);
NODISCARD enum status template_make_negative(struct template_maker *maker, struct block *block,
					     ref *out);

/* The TTL of the SOA in a negative answer (RFC 2308 3): the smaller of its own and its MINIMUM
 * field. */
uint32_t soa_negative_ttl(const struct rrset *soa);

#endif
