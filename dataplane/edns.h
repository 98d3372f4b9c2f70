/* edns.h -- EDNS: the OPT record of a query read, that of the response written.
 *
 * Threads:   any; pure.
 * Memory:    allocates nothing.
 * Errors:    none; what is wrong with an option becomes the query's RCODE.
 * Standards: RFC 6891; RFC 5001 (NSID), 7314 (EXPIRE), 7828 (keepalive), 7873 and 9018 (cookies),
 *            8914 (extended errors), 9660 (ZONEVERSION). RFC 7871 7.2.1: Client Subnet is not
 *            supported, so neither read nor sent; the same goes for all other options (RFC 6891
 *            6.1.2).
 *
 * What nearly every query needs is inline here, the options are not.
 *
 * The options of a response are made before its sections, so that their room is known: what does
 * not fit beside them is what truncation takes.
 */
#ifndef GLUED_DATAPLANE_EDNS_H
#define GLUED_DATAPLANE_EDNS_H

#include "dataplane/arrival.h"
#include "dataplane/query.h"
#include "dataplane/serving.h"
#include "zones/version.h"

enum {
	/* All that can be in one response, each behind its OPTION_FIXED_LEN octets: NSID, cookie,
	 * EXPIRE, keepalive, ZONEVERSION, EDE. */
	EDNS_OPTIONS_MAX = 6 * OPTION_FIXED_LEN + IDENTITY_NSID_MAX + COOKIE_LEN + 4 + 2 + 6 + 2,
};

static_assert(HEADER_LEN + DNAME_LEN_MAX + QUESTION_FIXED_LEN + OPT_FIXED_LEN + EDNS_OPTIONS_MAX <=
		  MESSAGE_LEN_PLAIN,
	      "whatever is asked, question and OPT fit");

/* The options of a response. */
struct edns_options {
	uint16_t len;
	uint8_t octets[EDNS_OPTIONS_MAX];
};

/* Reads the options of an OPT record. False if they do not fill its RDATA exactly (RFC 6891 6.1.2).
 */
bool edns_read_options(struct query *query, const uint8_t *rdata, size_t rdlen);

/* Reads an OPT record (its TYPE and on at `fixed`). False if it is malformed. */
static inline bool
edns_read(struct query *query, const uint8_t *fixed, const uint8_t *rdata, size_t rdlen)
{
	enum { PAYLOAD_OFF = 2, VERSION_OFF = 5, FLAGS_OFF = 6 };
	query->has_edns = true;
	uint16_t payload = be16_read(fixed + PAYLOAD_OFF);
	/* RFC 6891 6.2.3: values below 512 mean 512. */
	query->udp_payload = payload < MESSAGE_LEN_PLAIN ? MESSAGE_LEN_PLAIN : payload;
	query->has_do = be16_read(fixed + FLAGS_OFF) & EDNS_FLAG_DO;
	if (unlikely(fixed[VERSION_OFF] != 0)) {
		/* RFC 6891 6.1.3. What its RDATA means, nobody here knows. */
		query->rcode = RCODE_BADVERS;
		return true;
	}
	return likely(rdlen == 0) || edns_read_options(query, rdata, rdlen);
}

/* Answers the options that ask about the server: NSID, cookie, keepalive. */
void edns_answer(struct edns_options *options, const struct serving *serving,
		 const struct arrival *arrival, const struct query *query);

/* Answers those that ask about the zone that the QNAME is in: ZONEVERSION and, in the response with
 * the zone's SOA (is_soa), EXPIRE. */
void edns_answer_zone(struct edns_options *options, const struct query *query,
		      const struct zone_version *version, bool is_soa);

/* Says more than the RCODE does. */
void edns_explain(struct edns_options *options, const struct query *query, enum dns_ede code);

/* Writes the OPT record, for a query that had one; returns its length. */
static inline size_t
edns_write(const struct serving *serving, const struct arrival *arrival, const struct query *query,
	   const struct edns_options *options, unsigned rcode, uint8_t *at)
{
	at[0] = 0; /* the root */
	be16_write(at + 1, RRTYPE_OPT);
	be16_write(at + 3, serving->udp_payload_max[arrival->is_ipv6]);
	at[5] = (uint8_t)(rcode >> 4);
	at[6] = 0; /* version */
	/* RFC 6891 6.1.4: all flags but DO are 0. */
	be16_write(at + 7, query->has_do ? EDNS_FLAG_DO : 0);
	be16_write(at + 9, options->len);
	if (unlikely(options->len > 0))
		memcpy(at + OPT_FIXED_LEN, options->octets, options->len);
	return OPT_FIXED_LEN + (size_t)options->len;
}

#endif
