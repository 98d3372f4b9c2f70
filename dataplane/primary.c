#include "dataplane/primary.h"

#include "zones/additional.h"
#include "zones/denial.h"
#include "zones/dname.h"

static const uint16_t address_rrtypes[] = {RRTYPE_A, RRTYPE_AAAA, 0};

/* Has the SOA's own zone addresses of the MNAME? Then they stand in the response already. */
static bool
is_known_inside(const struct zone_version *version, const uint8_t *mname)
{
	struct additional_target target;
	additional_target_find(version, mname, &target);
	return target.node != NULL && (node_find(target.node, RRTYPE_A) != NULL ||
				       node_find(target.node, RRTYPE_AAAA) != NULL);
}

static void
put_from_zone(struct section_writer *writer, const struct zone_version *version,
	      const uint8_t *mname, const struct rrset *soa, bool has_do)
{
	bool is_signed = has_do && denial_of(version) != NULL;
	struct placed_rrset answered = {version, mname, NULL, soa, is_signed};
	struct additional_target target = {.rrtypes = address_rrtypes};
	additional_target_find(version, mname, &target);
	if (target.node != NULL)
		additional_put_target(writer, &answered, &target);
}

static void
put_from_identity(struct section_writer *writer, const struct identity *identity,
		  const uint8_t *mname)
{
	if (!identity_is_own_name(identity, mname))
		return;
	for (const uint16_t *rrtype = address_rrtypes; *rrtype != 0; rrtype++) {
		const struct rrset *rrset = identity_rrset(identity, *rrtype);
		if (rrset != NULL)
			section_put(writer, SECTION_ADDITIONAL, mname, rrset, rrset->ttl);
	}
}

void
primary_put_addresses(const struct serving *serving, const struct query *query,
		      const struct zone_version *version, uint8_t *message, size_t cap,
		      struct response *response)
{
	const struct rrset *soa = version_at(version, version_image(version)->soa);
	const uint8_t *mname = rr_first(soa).rdata;
	const struct zoneset_member member = zoneset_find_dname(serving->zones, mname, 0);
	if ((member.apex != NULL && member.version == version) || is_known_inside(version, mname))
		return;

	struct section_writer writer;
	size_t qname_len = (size_t)query->question_end - QUESTION_FIXED_LEN - HEADER_LEN;
	section_init(&writer, message, qname_len, cap, false);
	writer.len = response->len;
	memcpy(writer.counts, response->counts, sizeof(writer.counts));
	if (member.apex == NULL)
		put_from_identity(&writer, serving->identity, mname);
	else if (member.version != NULL)
		put_from_zone(&writer, member.version, mname, soa, query->has_do);
	response->len = writer.len;
	memcpy(response->counts, writer.counts, sizeof(response->counts));
}
