/* compose.c -- stage 4 of 5, where no template serves: struct answer to octets (next: tx.c). */
#include "dataplane/compose.h"

#include "dataplane/proof.h"
#include "zones/additional.h"
#include "zones/dname.h"
#include "zones/signed.h"
#include "zones/template.h"

/* One response in the making: the answer section part by part, as aliases lead on; then what the
 * last part says in the authority section; then what goes with it. */
struct composition {
	const struct serving *serving;
	struct query *query;
	struct lookup *lookup;
	struct section_writer writer;
	uint16_t flags;
	bool is_signed; /* the present part: the client wants signatures and the zone has them */

	/* What proves the denials, each record once: it goes behind the last answer. */
	unsigned proof_count;
	struct proof_rrset {
		const struct node *node;
		const struct rrset *rrset;
		const struct rrset *signatures;
		uint8_t owner[DNAME_LEN_MAX];
	} proofs[CNAME_CHAIN_MAX + PROOF_RECORDS_MAX];

	/* What the additional section is about; version NULL: nothing. */
	struct placed_rrset placed;
	bool is_referral;

	/* Names searched for so far: an alias that leads back ends the chain. */
	unsigned chain_len;
	uint8_t chain[CNAME_CHAIN_MAX][DNAME_LEN_MAX];

	/* Owners of the DNAMEs in the answer. */
	unsigned dname_count;
	const struct node *dname_owners[CNAME_CHAIN_MAX];
};

static const struct rrset *
answer_rrset(const struct answer *answer)
{
	return entry_rrset(answer->version, answer->entry);
}

/* Mandatory content does not fit: TC, and nothing that could pass for a whole answer (RFC 2181 9,
 * RFC 4035 3.1.1 for signatures). */
static void
truncate_all(struct composition *c)
{
	c->flags |= FLAG_TC;
	c->writer.len = c->query->question_end;
	memset(c->writer.counts, 0, sizeof(c->writer.counts));
	c->proof_count = 0;
	c->placed.version = NULL;
}

/* The owner of what answers sname: the QNAME itself is a pointer at no cost. */
static const uint8_t *
answer_owner(const struct composition *c)
{
	return c->chain_len == 0 ? NULL : c->query->sname.dname;
}

/* An RRset of `node`, with its signatures where they are wanted, or truncation. */
static bool
put(struct composition *c, enum section section, const uint8_t *owner, const struct node *node,
    const struct rrset *rrset, uint32_t ttl)
{
	const struct rrset *signatures =
	    c->is_signed ? node_signatures(c->lookup->answer.version, node) : NULL;
	if (section_put_signed(&c->writer, section, owner, rrset, signatures, ttl))
		return true;
	truncate_all(c);
	return false;
}

static bool
is_proved_by(const struct composition *c, const struct node *node)
{
	for (unsigned i = 0; i < c->proof_count; i++) {
		if (c->proofs[i].node == node)
			return true;
	}
	return false;
}

/* Remembers what proves the part's denials. */
static void
add_proof(struct composition *c)
{
	struct proof proof;
	proof.count = 0;
	if (c->is_signed)
		proof_find(c->lookup, &proof);
	for (unsigned i = 0; i < proof.count; i++) {
		const struct denial_record *record = &proof.records[i];
		if (is_proved_by(c, record->node))
			continue;
		struct proof_rrset *added = &c->proofs[c->proof_count++];
		added->node = record->node;
		added->rrset = record->rrset;
		added->signatures = node_signatures(c->lookup->answer.version, record->node);
		memcpy(added->owner, record->owner, dname_len(record->owner));
	}
}

static void
compose_proofs(struct composition *c)
{
	for (unsigned i = 0; i < c->proof_count; i++) {
		const struct proof_rrset *proof = &c->proofs[i];
		if (!section_put_signed(&c->writer, SECTION_AUTHORITY, proof->owner, proof->rrset,
					proof->signatures, proof->rrset->ttl))
			truncate_all(c);
	}
}

/* Is the DNAME of the present node in the answer? A chain may come by it again, and may end there:
 * an RRset is a set (RFC 2181 5). */
static bool
has_dname(const struct composition *c)
{
	for (unsigned i = 0; i < c->dname_count; i++) {
		if (c->dname_owners[i] == c->lookup->answer.node)
			return true;
	}
	return false;
}

/* The answer to a question for RRSIG: each has the TTL of what it covers (RFC 4034 3). */
static bool
put_signatures(struct composition *c, const struct rrset *signatures)
{
	const struct answer *answer = &c->lookup->answer;
	for (struct rr_cursor rr = rr_first(signatures); rr.rdata != NULL; rr = rr_next(rr)) {
		const struct node_entry *covered = node_find(answer->node, be16_read(rr.rdata));
		const struct rrset *rrset =
		    covered != NULL ? entry_rrset(answer->version, covered) : signatures;
		if (!section_put_record(&c->writer, SECTION_ANSWER, answer_owner(c), RRTYPE_RRSIG,
					rrset->ttl, rr)) {
			truncate_all(c);
			return false;
		}
	}
	return true;
}

static void
compose_positive(struct composition *c)
{
	const struct answer *answer = &c->lookup->answer;
	const struct rrset *rrset = answer_rrset(answer);
	if (rrset->rrtype == RRTYPE_DNAME && answer->labels_left == 0 && has_dname(c))
		return;
	bool fits = rrset->rrtype == RRTYPE_RRSIG
			? put_signatures(c, rrset)
			: put(c, SECTION_ANSWER, answer_owner(c), answer->node, rrset, rrset->ttl);
	if (!fits)
		return;
	add_proof(c);
	/* An answer that a wildcard gives stands at sname, which is no node. */
	c->placed = (struct placed_rrset){answer->version, c->query->sname.dname,
					  answer->labels_left == 0 ? answer->node : NULL, rrset,
					  c->is_signed};
}

static void
compose_negative(struct composition *c)
{
	const struct zone_version *version = c->lookup->answer.version;
	const struct zone_image *image = version_image(version);
	const struct rrset *soa = version_at(version, image->soa);
	if (put(c, SECTION_AUTHORITY, version_origin(version), version_node(version, image->apex),
		soa, soa_negative_ttl(soa)))
		add_proof(c);
}

static void
compose_referral(struct composition *c)
{
	const struct answer *answer = &c->lookup->answer;
	const struct split_name *sname = &c->query->sname;
	const uint8_t *cut = sname->dname + sname->label_offs[answer->labels_left];
	const struct rrset *ns = answer_rrset(answer);
	if (c->chain_len == 0)
		c->flags &= (uint16_t)~FLAG_AA;
	if (!put(c, SECTION_AUTHORITY, cut, answer->node, ns, ns->ttl))
		return;
	const struct node_entry *ds = c->is_signed ? node_find(answer->node, RRTYPE_DS) : NULL;
	if (ds != NULL) {
		const struct rrset *rrset = entry_rrset(answer->version, ds);
		if (!put(c, SECTION_AUTHORITY, cut, answer->node, rrset, rrset->ttl))
			return;
	} else {
		add_proof(c);
	}
	c->placed = (struct placed_rrset){answer->version, cut, answer->node, ns, c->is_signed};
	c->is_referral = true;
}

static void
compose_additional(struct composition *c)
{
	if (c->placed.version == NULL)
		return;
	if (!c->is_referral)
		additional_put(&c->writer, &c->placed);
	else if (!additional_put_glue(&c->writer, &c->placed))
		c->flags |= FLAG_TC; /* RFC 9471 3.1: a referral without all its glue says so. */
}

static bool
chain_has(const struct composition *c, const uint8_t *dname)
{
	for (unsigned i = 0; i < c->chain_len; i++) {
		if (dname_equal(c->chain[i], dname))
			return true;
	}
	return false;
}

/* Makes `target` the name searched for and looks it up, in the zone that is nearest to it: "go back
 * to step 1" (RFC 1034 4.3.2 step 3a). False where the chain ends: outside what
 * is served, in a loop, too long. */
static bool
chain_follow(struct composition *c, const uint8_t *target)
{
	memcpy(c->chain[c->chain_len++], c->query->sname.dname, c->query->sname.len);
	if (c->query->qtype == RRTYPE_CNAME || c->chain_len == CNAME_CHAIN_MAX ||
	    chain_has(c, target))
		return false;
	split_name_set(&c->query->sname, target);
	lookup_run(c->lookup, c->serving, &c->query->sname, c->query->qtype);
	return c->lookup->answer.version != NULL;
}

static bool
compose_cname(struct composition *c)
{
	const struct answer *answer = &c->lookup->answer;
	const struct rrset *cname = answer_rrset(answer);
	if (!put(c, SECTION_ANSWER, answer_owner(c), answer->node, cname, cname->ttl))
		return false;
	add_proof(c);
	return chain_follow(c, rr_first(cname).rdata);
}

/* RFC 6672 2.2: the DNAME's owner at the end of sname gives way to its target. False: longer than a
 * name may be. */
static bool
dname_substitute(const struct split_name *sname, unsigned labels_left, const uint8_t *target,
		 uint8_t out[DNAME_LEN_MAX])
{
	size_t prefix_len = sname->label_offs[labels_left];
	size_t target_len = dname_len(target);
	if (prefix_len + target_len > DNAME_LEN_MAX)
		return false;
	memcpy(out, sname->dname, prefix_len);
	memcpy(out + prefix_len, target, target_len);
	return true;
}

static bool
put_dname_once(struct composition *c, const uint8_t *owner, const struct rrset *dname)
{
	const struct node *node = c->lookup->answer.node;
	if (has_dname(c))
		return true;
	c->dname_owners[c->dname_count++] = node;
	return put(c, SECTION_ANSWER, owner, node, dname, dname->ttl);
}

static bool
compose_dname(struct composition *c)
{
	const struct answer *answer = &c->lookup->answer;
	const struct split_name *sname = &c->query->sname;
	const uint8_t *owner = sname->dname + sname->label_offs[answer->labels_left];
	const struct rrset *dname = answer_rrset(answer);
	if (!put_dname_once(c, owner, dname))
		return false;
	uint8_t target[DNAME_LEN_MAX];
	if (!dname_substitute(sname, answer->labels_left, rr_first(dname).rdata, target)) {
		c->flags |= RCODE_YXDOMAIN;
		return false;
	}
	/* RFC 6672 3.1: the synthesized CNAME has the DNAME's TTL; 5.3.1: and no signature. */
	struct rr_cursor cname = {.rdata = target, .rdlen = (uint16_t)dname_len(target)};
	if (!section_put_record(&c->writer, SECTION_ANSWER, answer_owner(c), RRTYPE_CNAME,
				dname->ttl, cname)) {
		truncate_all(c);
		return false;
	}
	return chain_follow(c, target);
}

/* The part of the response for the present sname. True: an alias led on, and there is a next part.
 */
static bool
compose_part(struct composition *c)
{
	c->is_signed = c->query->has_do && denial_of(c->lookup->answer.version) != NULL;
	switch (c->lookup->answer.outcome) {
	case OUTCOME_POSITIVE:
		compose_positive(c);
		return false;
	case OUTCOME_NXDOMAIN:
		/* RFC 6604 3: the RCODE is that of the chain's end. */
		c->flags |= RCODE_NXDOMAIN;
		compose_negative(c);
		return false;
	case OUTCOME_NODATA:
		compose_negative(c);
		return false;
	case OUTCOME_REFERRAL:
		compose_referral(c);
		return false;
	case OUTCOME_CNAME:
		return compose_cname(c);
	case OUTCOME_DNAME:
		return compose_dname(c);
	case OUTCOME_REFUSED:
	case OUTCOME_SERVFAIL:
		return false; /* no zone, no sections: answer.c has answered */
	}
	return false;
}

struct response
compose(const struct serving *serving, struct query *query, struct lookup *lookup, uint8_t *message,
	size_t cap)
{
	struct composition c;
	c.serving = serving;
	c.query = query;
	c.lookup = lookup;
	c.flags = FLAG_AA;
	c.chain_len = 0;
	c.dname_count = 0;
	c.proof_count = 0;
	c.placed.version = NULL;
	c.is_referral = false;
	section_init(&c.writer, message, query->sname.len, cap, false);
	while (compose_part(&c)) {
	}
	compose_proofs(&c);
	compose_additional(&c);
	struct response response = {.len = c.writer.len, .flags = c.flags};
	memcpy(response.counts, c.writer.counts, sizeof(response.counts));
	return response;
}
