#include "dataplane/edns.h"

enum {
	SOA_EXPIRE_END_OFF = 8, /* from the end of the RDATA: EXPIRE and MINIMUM */

	ZONEVERSION_SOA_SERIAL = 0, /* RFC 9660 2.1 */
};

/* -- the query's --------------------------------------------------------------------------------
 */

/* RFC 7873 4, 5.2: the client's 8 octets, alone or with 8 to 32 of a server; of several cookies the
 * first one counts. */
static void
read_cookie(struct query *query, const uint8_t *data, size_t len)
{
	if (query->options & QUERY_COOKIE)
		return;
	query->options |= QUERY_COOKIE;
	if (len != COOKIE_CLIENT_LEN && (len < COOKIE_CLIENT_LEN + COOKIE_SERVER_LEN_MIN ||
					 len > COOKIE_CLIENT_LEN + COOKIE_SERVER_LEN_MAX)) {
		query->rcode = RCODE_FORMERR;
		query->options = 0;
		return;
	}
	query->cookie_len = len == COOKIE_LEN ? COOKIE_LEN : COOKIE_CLIENT_LEN;
	query->has_foreign_cookie = len > COOKIE_CLIENT_LEN && len != COOKIE_LEN;
	memcpy(query->cookie, data, query->cookie_len);
}

/* What a client puts into an option that only asks is not looked at: as Knot, NSD and BIND have it.
 */
static void
read_option(struct query *query, unsigned code, const uint8_t *data, size_t len)
{
	switch (code) {
	case EDNS_NSID:
		query->options |= QUERY_NSID;
		return;
	case EDNS_EXPIRE:
		query->options |= QUERY_EXPIRE;
		return;
	case EDNS_COOKIE:
		read_cookie(query, data, len);
		return;
	case EDNS_KEEPALIVE:
		query->options |= QUERY_KEEPALIVE;
		return;
	case EDNS_ZONEVERSION:
		query->options |= QUERY_ZONEVERSION;
		return;
	default: /* RFC 6891 6.1.2: unknown ones MUST be ignored */
		return;
	}
}

bool
edns_read_options(struct query *query, const uint8_t *rdata, size_t rdlen)
{
	while (rdlen > 0 && query->rcode == RCODE_NOERROR) {
		if (rdlen < OPTION_FIXED_LEN)
			return false;
		size_t len = be16_read(rdata + 2);
		if (len > rdlen - OPTION_FIXED_LEN)
			return false;
		read_option(query, be16_read(rdata), rdata + OPTION_FIXED_LEN, len);
		rdata += OPTION_FIXED_LEN + len;
		rdlen -= OPTION_FIXED_LEN + len;
	}
	return true;
}

/* -- the response's -----------------------------------------------------------------------------
 */

/* Begins an option; its data goes to where this points. EDNS_OPTIONS_MAX has room for each once. */
static uint8_t *
put_option(struct edns_options *options, uint16_t code, size_t len)
{
	uint8_t *at = options->octets + options->len;
	be16_write(at, code);
	be16_write(at + 2, (uint16_t)len);
	options->len = (uint16_t)(options->len + OPTION_FIXED_LEN + len);
	return at + OPTION_FIXED_LEN;
}

void
edns_answer(struct edns_options *options, const struct serving *serving,
	    const struct arrival *arrival, const struct query *query)
{
	const struct identity *identity = serving->identity;
	if ((query->options & QUERY_NSID) && identity != NULL && identity->nsid.len > 0)
		memcpy(put_option(options, EDNS_NSID, identity->nsid.len), identity->nsid.octets,
		       identity->nsid.len);
	if ((query->options & QUERY_COOKIE) && serving->cookies != NULL &&
	    arrival->client != NULL) {
		/* RFC 9018 4.3 asks for a new one after half an hour at the latest. */
		uint8_t *cookie = put_option(options, EDNS_COOKIE, COOKIE_LEN);
		memcpy(cookie, query->cookie, COOKIE_CLIENT_LEN);
		cookie_make(serving->cookies, arrival, cookie);
	}
	/* RFC 7828 3.3.1: over UDP it MUST be ignored. */
	if ((query->options & QUERY_KEEPALIVE) && arrival->transport == TRANSPORT_TCP &&
	    serving->tcp_keepalive > 0)
		be16_write(put_option(options, EDNS_KEEPALIVE, 2), serving->tcp_keepalive);
}

void
edns_answer_zone(struct edns_options *options, const struct query *query,
		 const struct zone_version *version, bool is_soa)
{
	const struct zone_image *image = version_image(version);
	if (query->options & QUERY_ZONEVERSION) {
		/* RFC 9660 2: how many of the QNAME's labels are the zone's; the type; the serial.
		 */
		uint8_t *data = put_option(options, EDNS_ZONEVERSION, 6);
		data[0] = image->origin_labels;
		data[1] = ZONEVERSION_SOA_SERIAL;
		be32_write(data + 2, version_serial(version));
	}
	if ((query->options & QUERY_EXPIRE) && is_soa) {
		struct rr_cursor soa = rr_first(version_at(version, image->soa));
		memcpy(put_option(options, EDNS_EXPIRE, 4),
		       soa.rdata + soa.rdlen - SOA_EXPIRE_END_OFF, 4);
	}
}

void
edns_explain(struct edns_options *options, const struct query *query, enum dns_ede code)
{
	if (query->has_edns)
		be16_write(put_option(options, EDNS_EDE, 2), (uint16_t)code);
}
