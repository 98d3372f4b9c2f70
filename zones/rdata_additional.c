/* rdata_additional.c -- what additional-section processing adds for a record, as its type's row
 * says (used by additional.c). */
#include "zones/dname.h"
#include "zones/rdata.h"

/* Types that no other part of the code names. */
enum { RRTYPE_X25 = 19, RRTYPE_ISDN = 20, RRTYPE_L32 = 105, RRTYPE_L64 = 106 };

static const uint16_t addresses[] = {RRTYPE_A, RRTYPE_AAAA, 0};
static const uint16_t routes[] = {RRTYPE_A, RRTYPE_AAAA, RRTYPE_X25, RRTYPE_ISDN, 0};
static const uint16_t locators[] = {RRTYPE_L32, RRTYPE_L64, 0};
static const uint16_t services[] = {RRTYPE_SRV, 0};
static const uint16_t svcb_alias[] = {RRTYPE_A, RRTYPE_AAAA, RRTYPE_SVCB, 0};
static const uint16_t https_alias[] = {RRTYPE_A, RRTYPE_AAAA, RRTYPE_HTTPS, 0};

/* RFC 3403 4.2.1, RFC 3404 4.3: a flag says what the replacement is looked up for next. */
static const uint16_t *
naptr_rrtypes(const struct rrtype *rrtype, const uint8_t *rdata, size_t rdlen)
{
	enum { FLAGS_FIELD = 2 };
	const uint8_t *flags = rdata_name(rrtype, rdata, rdlen, FLAGS_FIELD);
	if (flags[0] != 1)
		return NULL;
	switch (dname_octet_lower(flags[1])) {
	case 'a':
		return addresses;
	case 's':
		return services;
	default:
		return NULL;
	}
}

/* RFC 9460 4.1, 4.2: AliasMode leads to the target's records of the same type, ServiceMode to
 * addresses. */
static bool
svcb_additional(const struct rrtype *rrtype, const uint8_t *owner, const uint8_t *rdata,
		struct rdata_additional *out)
{
	bool is_alias = be16_read(rdata) == 0;
	if (is_alias)
		out->rrtypes = rrtype->code == RRTYPE_HTTPS ? https_alias : svcb_alias;
	else
		out->rrtypes = addresses;
	if (out->dname[0] != 0)
		return true;
	/* ".": in AliasMode no service, in ServiceMode the owner (RFC 9460 2.5). */
	out->dname = owner;
	return !is_alias;
}

bool
rdata_additional(const struct rrtype *rrtype, const uint8_t *owner, const uint8_t *rdata,
		 size_t rdlen, struct rdata_additional *out)
{
	if (rrtype == NULL || rrtype->additional_field == RRTYPE_NO_ADDITIONAL)
		return false;
	out->dname = rdata_name(rrtype, rdata, rdlen, rrtype->additional_field);
	out->rrtypes = addresses;
	if ((rrtype->flags & RRTYPE_ADDS_SVCB) != 0)
		return svcb_additional(rrtype, owner, rdata, out);
	if ((rrtype->flags & RRTYPE_ADDS_NAPTR) != 0)
		out->rrtypes = naptr_rrtypes(rrtype, rdata, rdlen);
	else if ((rrtype->flags & RRTYPE_ADDS_LOCATORS) != 0)
		out->rrtypes = locators;
	else if ((rrtype->flags & RRTYPE_ADDS_ROUTES) != 0)
		out->rrtypes = routes;
	return out->rrtypes != NULL;
}
