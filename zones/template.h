/* template.h -- precompiled answers: the sections of a response in wire form, ready to be copied
 * behind a question.
 *
 * Threads:   making them: the pool. Writing them out: any thread.
 * Memory:    a template lies in its version's store and is immutable.
 * Errors:    a response past the reach of compression pointers has no template, nor has one that
 *            depends on names which a change elsewhere may bring up: the composer serves.
 * Standards: RFC 1035 4.1.4; RFC 9471.
 *
 * All that varies between the names which a template answers is the question. A compression pointer
 * aims into the question, at a suffix of the QNAME, or into the body behind it: either way at a
 * fixed distance from the QNAME's end. That distance stands in the body where the pointer goes.
 * Pointers to the owner name itself are listed apart, because the owner's length differs where the
 * rest is the same: so the delegations to one operator share one template.
 *
 * Addresses of names outside the owner's branch of the tree are not in the body: the template names
 * their hosts (host.h), and where in the body the host's name stands, which their records point at.
 *
 *   struct template
 *   template_host   the hosts
 *   uint16_t        offsets into the body: pointers, then pointers to the owner
 *   octets          the body
 */
#ifndef GLUED_ZONES_TEMPLATE_H
#define GLUED_ZONES_TEMPLATE_H

#include "zones/intern.h"
#include "zones/section.h"

struct template_host {
	uint32_t idx;     /* in the version's table */
	int16_t distance; /* of its name from the QNAME's end */
	uint16_t reserved;
};

enum template_flag {
	TEMPLATE_AUTHORITATIVE = 1u << 0, /* AA; else it is a referral */
	/* The body has additional records of the zone's own, which in a signed zone have
	 * signatures: who wants these is answered by the composer. */
	TEMPLATE_COMPOSE_SIGNED = 1u << 1,
};

/* Whether the RRset stands in the answer section or the authority section is known from what the
 * lookup came to: the SOA's template serves as both where its TTLs are the same.
 *
 * Counts are small: a response with more of anything than fits is composed. */
struct template
{
	ref rrset; /* which it answers with */
	uint16_t body_len;
	uint8_t rr_count; /* of the RRset */
	uint8_t additional_count;
	uint8_t pointer_count;
	uint8_t owner_pointer_count;
	uint8_t host_count;
	uint8_t flags;
	struct template_host hosts[];
};
static_assert(sizeof(struct template) == 12, "millions of delegations have their own");

/* Offsets of pointers within the body, of owner pointers after them. */
static inline const uint16_t *
template_offs(const struct template *template)
{
	return (const uint16_t *)&template->hosts[template->host_count];
}

static inline const uint8_t *
template_body(const struct template *template)
{
	return (const uint8_t *)(template_offs(template) + template->pointer_count +
				 template->owner_pointer_count);
}

/* Octets that it takes in the store. */
size_t template_len(const void *template);

/* Octets of the response behind the question, or SIZE_MAX if a host is in the composer's hands. */
size_t template_response_len(const struct zone_version *version, const struct template *template);

/* Copies the body behind the question of `message`, which ends at `qname_end` + QUESTION_FIXED_LEN,
 * then the hosts' records, and sets the pointers; there is room for template_response_len().
 * `owner_len` is the length of the owner name, a suffix of the QNAME. Returns the message's length;
 * *host_rr_count is what the hosts add to the additional section. */
size_t template_write(const struct zone_version *version, const struct template *template,
		      uint8_t *message, size_t qname_end, size_t owner_len,
		      unsigned *host_rr_count);

/* Octets of the body before the additional section: the RRset. */
size_t template_section_len(const struct template *template);

/* What has been written between RRset and additional section: signatures and proofs. */
struct template_gap {
	size_t at; /* template_section_len() */
	size_t len;
};

/* The same two with the signatures of the hosts' records, around a gap that is no part of the
 * length. The template is not TEMPLATE_COMPOSE_SIGNED. */
size_t template_signed_len(const struct zone_version *version, const struct template *template);
size_t template_write_signed(const struct zone_version *version, const struct template *template,
			     uint8_t *message, size_t qname_end, size_t owner_len,
			     struct template_gap gap, unsigned *host_rr_count);

/* Makes the templates of one version, whose nodes, RRsets and host numbers are laid down. One
 * thread's. */
struct template_maker;
NODISCARD enum status template_maker_new(const struct zone_version *version,
					 struct store_writer *writer, struct template_maker **out);
void template_maker_free(struct template_maker *maker);

/* Sets flags and references of a node's entries: plain, by template, or to be composed. `owner` is
 * its name (lower case); it is not occluded, and nobody else reads the node yet. */
NODISCARD enum status template_set_node(struct template_maker *maker, const uint8_t *owner,
					struct node *node);

/* The same in two steps. When nothing of the version is laid down but the node and what is below
 * it: what can be set then; *is_left becomes true if that was not all. And once all is laid down:
 * the rest. */
NODISCARD enum status template_set_branch(struct template_maker *maker, const uint8_t *owner,
					  struct node *node, bool *is_left);
NODISCARD enum status template_finish_node(struct template_maker *maker, const uint8_t *owner,
					   struct node *node);

/* One entry, whose RRset points at no other names in the zone. */
NODISCARD enum status template_set_entry(struct template_maker *maker, const uint8_t *owner,
					 const struct node *node, struct node_entry *entry);

/* The SOA of a negative answer; REF_NONE if it has no template. */
NODISCARD enum status template_make_negative(struct template_maker *maker, ref *out);

/* The TTL of the SOA in a negative answer (RFC 2308 3): the smaller of its own and its MINIMUM
 * field. */
uint32_t soa_negative_ttl(const struct rrset *soa);

#endif
