/* ready.c -- stage 4 of 5: answers as the compiler laid them down (next: tx.c). */
#include "dataplane/ready.h"

#include "dataplane/proof.h"
#include "zones/dname.h"
#include "zones/signed.h"
#include "zones/template.h"

/* What the compiler laid down for the answer: the template of the whole response, or an RRset that
 * is the whole of it. At most one is set; neither: compose it. */
struct ready {
	const struct template *template;
	const struct rrset *plain;
	size_t owner_len;     /* of the RRset's owner name, a suffix of the QNAME */
	enum section section; /* where the RRset stands */
};

static void
ready_from_entry(struct ready *ready, const struct answer *answer)
{
	const void *at = version_at(answer->version, answer->entry->ref);
	if (answer->entry->flags & ENTRY_TEMPLATE)
		ready->template = at;
	else if (answer->entry->flags & ENTRY_PLAIN)
		ready->plain = at;
}

static struct ready
answer_ready(const struct serving *serving, const struct query *query, const struct answer *answer)
{
	const struct zone_version *version = answer->version;
	const struct split_name *sname = &query->sname;
	struct ready ready = {.owner_len = sname->len, .section = SECTION_ANSWER};
	switch (answer->outcome) {
	case OUTCOME_CNAME:
		if (!lookup_leads_on(serving, answer))
			ready_from_entry(&ready, answer);
		break;
	case OUTCOME_POSITIVE:
		/* At a cut that is an answer's source of synthesis (lookup.c), NS has a referral's.
		 */
		if (!(answer->node->flags & NODE_CUT) || answer->entry->rrtype != RRTYPE_NS)
			ready_from_entry(&ready, answer);
		break;
	case OUTCOME_REFERRAL:
		ready_from_entry(&ready, answer);
		ready.section = SECTION_AUTHORITY;
		ready.owner_len = (size_t)sname->len - sname->label_offs[answer->labels_left];
		break;
	case OUTCOME_NODATA:
	case OUTCOME_NXDOMAIN:
		ready.section = SECTION_AUTHORITY;
		if (version_image(version)->negative != REF_NONE)
			ready.template = version_at(version, version_image(version)->negative);
		break;
	case OUTCOME_DNAME:
	case OUTCOME_REFUSED:
	case OUTCOME_SERVFAIL:
		break;
	}
	return ready;
}

static inline bool
respond_plain(const struct query *query, const struct rrset *rrset, uint8_t *message, size_t cap,
	      struct response *response)
{
	struct record_writer writer = {message, query->question_end, cap};
	if (!records_put(&writer, HEADER_LEN, rrset->rrtype, rrset->ttl, rr_first(rrset)))
		return false;
	*response = (struct response){
	    .len = writer.len,
	    .counts = {[SECTION_ANSWER] = rrset->rr_count},
	    .flags = FLAG_AA,
	};
	return true;
}

static uint16_t
template_flags(const struct template *template, const struct answer *answer)
{
	return (uint16_t)((template->flags & TEMPLATE_AUTHORITATIVE ? FLAG_AA : 0) |
			  (answer->outcome == OUTCOME_NXDOMAIN ? RCODE_NXDOMAIN : 0));
}

static bool
respond_template(const struct query *query, const struct answer *answer, const struct ready *ready,
		 uint8_t *message, size_t cap, struct response *response)
{
	const struct template *template = ready->template;
	size_t qname_end = (size_t)query->question_end - QUESTION_FIXED_LEN;
	unsigned host_rr_count;
	if (template_response_len(answer->version, template) > cap - query->question_end)
		return false;
	*response = (struct response){
	    .len = template_write(answer->version, template, message, qname_end, ready->owner_len,
				  &host_rr_count),
	    .flags = template_flags(template, answer),
	};
	response->counts[ready->section] = template->rr_count;
	response->counts[SECTION_ADDITIONAL] =
	    (uint16_t)(template->additional_count + host_rr_count);
	return true;
}

/* A response with signatures and proofs in the making. */
struct signing {
	const struct query *query;
	const struct lookup *lookup;
	struct record_writer writer;
	struct response *response;
};

static bool
put_records(struct signing *s, enum section section, size_t owner_off, uint16_t rrtype,
	    uint32_t ttl, struct rr_cursor rr)
{
	s->response->counts[section] = (uint16_t)(s->response->counts[section] + rr_count_from(rr));
	return records_put(&s->writer, owner_off, rrtype, ttl, rr);
}

/* Labels that the owner of a proof's record has in common with the QNAME. A hash stands right below
 * the apex, and no QNAME goes on with it but one that has a label of that length there. */
static unsigned
common_with_qname(const struct signing *s, const struct denial_record *record)
{
	const struct split_name *qname = &s->query->sname;
	unsigned origin_labels = version_image(s->lookup->answer.version)->origin_labels;
	if (record->rrset->rrtype == RRTYPE_NSEC3 &&
	    (qname->label_count == origin_labels ||
	     qname->dname[qname->label_offs[qname->label_count - origin_labels - 1]] !=
		 NSEC3_LABEL_LEN))
		return origin_labels;
	return dname_common_labels(record->owner, qname->dname);
}

/* The name of a proof's record as it is to stand in the message: what it has in common with the
 * QNAME is a pointer. */
static size_t
denial_owner_set(const struct signing *s, const struct denial_record *record,
		 uint8_t out[DNAME_LEN_MAX + POINTER_LEN])
{
	const uint8_t *owner = record->owner;
	const struct split_name *qname = &s->query->sname;
	unsigned common = common_with_qname(s, record);
	size_t owner_len = dname_len(owner);
	if (common == 0) {
		memcpy(out, owner, owner_len);
		return owner_len;
	}
	unsigned off = qname->label_offs[qname->label_count - common];
	size_t own_len = owner_len - (qname->len - off);
	memcpy(out, owner, own_len);
	be16_write(out + own_len, (uint16_t)(POINTER_MARK << 8 | (HEADER_LEN + off)));
	return own_len + POINTER_LEN;
}

/* One NSEC or NSEC3 and its signatures. */
static bool
put_denial(struct signing *s, const struct denial_record *record)
{
	const struct rrset *rrset = record->rrset;
	const struct rrset *signatures = node_signatures(s->lookup->answer.version, record->node);
	uint8_t owner[DNAME_LEN_MAX + POINTER_LEN];
	size_t owner_len = denial_owner_set(s, record, owner);
	size_t owner_off = s->writer.len;
	struct rr_cursor rr = rr_first(rrset);
	if (owner_off > POINTER_OFF_MAX ||
	    !record_put(&s->writer, owner, owner_len, rrset->rrtype, rrset->ttl, rr))
		return false;
	s->response->counts[SECTION_AUTHORITY]++;
	return put_records(s, SECTION_AUTHORITY, owner_off, rrset->rrtype, rrset->ttl,
			   rr_next(rr)) &&
	       put_records(s, SECTION_AUTHORITY, owner_off, RRTYPE_RRSIG, rrset->ttl,
			   signatures_of(signatures, rrset->rrtype));
}

static bool
put_proof(struct signing *s)
{
	struct proof proof;
	proof_find(s->lookup, &proof);
	for (unsigned i = 0; i < proof.count; i++) {
		if (!put_denial(s, &proof.records[i]))
			return false;
	}
	return true;
}

/* A delegation is secure, or proved not to be (RFC 4035 3.1.4). */
static bool
put_ds(struct signing *s, size_t owner_off, const struct rrset *signatures)
{
	const struct answer *answer = &s->lookup->answer;
	const struct node_entry *entry = node_find(answer->node, RRTYPE_DS);
	if (entry == NULL)
		return put_proof(s);
	const struct rrset *ds = entry_rrset(answer->version, entry);
	return put_records(s, SECTION_AUTHORITY, owner_off, RRTYPE_DS, ds->ttl, rr_first(ds)) &&
	       put_records(s, SECTION_AUTHORITY, owner_off, RRTYPE_RRSIG, ds->ttl,
			   signatures_of(signatures, RRTYPE_DS));
}

/* What goes between the RRset that answers, which has been written, and the additional section. */
static bool
put_signatures_and_proof(struct signing *s, const struct ready *ready, uint16_t rrtype,
			 uint32_t ttl)
{
	const struct answer *answer = &s->lookup->answer;
	const struct zone_image *image = version_image(answer->version);
	bool is_negative = answer->outcome == OUTCOME_NODATA || answer->outcome == OUTCOME_NXDOMAIN;
	const struct node *node =
	    is_negative ? version_node(answer->version, image->apex) : answer->node;
	size_t owner_len = is_negative ? image->origin_len : ready->owner_len;
	size_t owner_off = (size_t)s->query->question_end - QUESTION_FIXED_LEN - owner_len;
	const struct rrset *signatures = node_signatures(answer->version, node);
	return put_records(s, ready->section, owner_off, RRTYPE_RRSIG, ttl,
			   signatures_of(signatures, rrtype)) &&
	       (answer->outcome == OUTCOME_REFERRAL ? put_ds(s, owner_off, signatures)
						    : put_proof(s));
}

static bool
respond_signed_plain(struct signing *s, const struct ready *ready)
{
	const struct rrset *rrset = ready->plain;
	s->response->flags = FLAG_AA;
	bool fits = put_records(s, SECTION_ANSWER, HEADER_LEN, rrset->rrtype, rrset->ttl,
				rr_first(rrset)) &&
		    put_signatures_and_proof(s, ready, rrset->rrtype, rrset->ttl);
	s->response->len = s->writer.len;
	return fits;
}

static bool
respond_signed_template(struct signing *s, const struct ready *ready)
{
	const struct template *template = ready->template;
	const struct answer *answer = &s->lookup->answer;
	struct response *response = s->response;
	struct template_gap gap = {.at = template_section_len(template)};
	if ((template->flags & TEMPLATE_COMPOSE_SIGNED) || gap.at > s->writer.cap - s->writer.len)
		return false;
	response->flags = template_flags(template, answer);
	response->counts[ready->section] = template->rr_count;
	s->writer.len += gap.at;
	/* Its first record says what type the RRset has, and with what TTL. */
	const uint8_t *fixed = template_body(template) + POINTER_LEN;
	if (!put_signatures_and_proof(s, ready, be16_read(fixed), be32_read(fixed + 4)))
		return false;
	gap.len = s->writer.len - s->query->question_end - gap.at;
	if (template_signed_len(answer->version, template) >
	    s->writer.cap - s->query->question_end - gap.len)
		return false;
	unsigned host_rr_count;
	response->len = template_write_signed(answer->version, template, s->writer.message,
					      (size_t)s->query->question_end - QUESTION_FIXED_LEN,
					      ready->owner_len, gap, &host_rr_count);
	response->counts[SECTION_ADDITIONAL] =
	    (uint16_t)(template->additional_count + host_rr_count);
	return true;
}

/* The same with signatures and proofs. */
static bool
respond_signed(const struct query *query, const struct lookup *lookup, const struct ready *ready,
	       uint8_t *message, size_t cap, struct response *response)
{
	struct signing signing = {
	    .query = query,
	    .lookup = lookup,
	    .writer = {message, query->question_end, cap},
	    .response = response,
	};
	*response = (struct response){0};
	if (ready->plain != NULL)
		return respond_signed_plain(&signing, ready);
	return ready->template != NULL && respond_signed_template(&signing, ready);
}

bool
respond_ready(const struct serving *serving, const struct query *query, const struct lookup *lookup,
	      uint8_t *message, size_t cap, struct response *response)
{
	const struct answer *answer = &lookup->answer;
	bool is_signed = query->has_do && denial_of(answer->version) != NULL;
	/* Most answers by far: what is below needs no look. */
	if (likely(answer->outcome == OUTCOME_POSITIVE && (answer->entry->flags & ENTRY_PLAIN) &&
		   !(answer->node->flags & NODE_CUT) && !is_signed))
		return respond_plain(query, version_at(answer->version, answer->entry->ref),
				     message, cap, response);
	struct ready ready = answer_ready(serving, query, answer);
	if (is_signed)
		return respond_signed(query, lookup, &ready, message, cap, response);
	if (ready.plain != NULL)
		return respond_plain(query, ready.plain, message, cap, response);
	return ready.template != NULL &&
	       respond_template(query, answer, &ready, message, cap, response);
}
