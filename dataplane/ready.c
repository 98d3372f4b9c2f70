/* ready.c -- stage 4 of 5: answers as the compiler laid them down (next: tx.c). */
#include "dataplane/ready.h"

#include "zones/denial.h"
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
answer_ready(const struct query *query, const struct answer *answer)
{
	const struct zone_version *version = answer->version;
	const struct split_name *sname = &query->sname;
	struct ready ready = {.owner_len = sname->len, .section = SECTION_ANSWER};
	switch (answer->outcome) {
	case OUTCOME_CNAME:
		if (!(answer->entry->flags & ENTRY_CHAINS))
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

static bool
respond_plain(const struct query *query, const struct ready *ready, uint8_t *message, size_t cap,
	      struct response *response)
{
	const struct rrset *rrset = ready->plain;
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
	    .flags = (uint16_t)((template->flags & TEMPLATE_AUTHORITATIVE ? FLAG_AA : 0) |
				(answer->outcome == OUTCOME_NXDOMAIN ? RCODE_NXDOMAIN : 0)),
	};
	response->counts[ready->section] = template->rr_count;
	response->counts[SECTION_ADDITIONAL] =
	    (uint16_t)(template->additional_count + host_rr_count);
	return true;
}

bool
respond_ready(const struct query *query, const struct lookup *lookup, uint8_t *message, size_t cap,
	      struct response *response)
{
	const struct answer *answer = &lookup->answer;
	if (unlikely(query->has_do && denial_of(answer->version) != NULL))
		return false;
	struct ready ready = answer_ready(query, answer);
	if (ready.plain != NULL)
		return respond_plain(query, &ready, message, cap, response);
	return ready.template != NULL &&
	       respond_template(query, answer, &ready, message, cap, response);
}
