#include "dataplane/identity.h"

#include "zones/dname.h"

static const struct identity_text no_text;

static const struct identity_text *
text_of(const struct identity *identity, const uint8_t *qname)
{
	static const struct {
		const char *qname;
		size_t text_off;
	} rows[] = {
	    {"\7version\4bind", offsetof(struct identity, version)},
	    {"\7version\6server", offsetof(struct identity, version)},
	    {"\10hostname\4bind", offsetof(struct identity, hostname)},
	    {"\2id\6server", offsetof(struct identity, id)}, /* RFC 4892 3.1 */
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (dname_equal(qname, (const uint8_t *)rows[i].qname))
			return (const void *)((const uint8_t *)identity + rows[i].text_off);
	}
	return &no_text;
}

const struct identity_text *
identity_chaos(const struct identity *identity, const uint8_t *qname, uint16_t qtype)
{
	if (identity == NULL || (qtype != RRTYPE_TXT && qtype != RRTYPE_ANY))
		return NULL;
	const struct identity_text *text = text_of(identity, qname);
	return text->len > 0 ? text : NULL;
}

bool
identity_is_own_name(const struct identity *identity, const uint8_t *dname)
{
	return identity != NULL && identity->name != NULL &&
	       (identity->ipv4 != NULL || identity->ipv6 != NULL) &&
	       dname_equal(identity->name, dname);
}

const struct rrset *
identity_rrset(const struct identity *identity, uint16_t qtype)
{
	switch (qtype) {
	case RRTYPE_A:
		return identity->ipv4;
	case RRTYPE_AAAA:
		return identity->ipv6;
	case RRTYPE_ANY: /* RFC 8482 4.1: one RRset stands for all */
		return identity->ipv4 != NULL ? identity->ipv4 : identity->ipv6;
	default:
		return NULL;
	}
}
