/* denial_lay.c -- how a zone denies, found out and laid down for those who answer (denial.h). */
#include "zones/checksum.h"
#include "zones/denial.h"
#include "zones/dname.h"
#include "zones/trie_find.h"

enum { DENIAL_LEN_MAX = sizeof(struct denial) + NSEC3_SALT_LEN_MAX };

/* A struct denial in the making. */
struct draft {
	const struct zone_version *version;
	const struct denial *before; /* what the version was made from had, or NULL */
	union {
		struct denial denial;
		uint8_t octets[DENIAL_LEN_MAX];
	};
};

void
denial_chain_label_set(uint8_t label[1 + DENIAL_CHAIN_LABEL_LEN],
		       const struct nsec3_parameters *parameters)
{
	uint8_t octets[4 + NSEC3_SALT_LEN_MAX] = {
	    parameters->algorithm, (uint8_t)(parameters->iterations >> 8),
	    (uint8_t)parameters->iterations, parameters->salt_len};
	memcpy(octets + 4, parameters->salt, parameters->salt_len);
	uint64_t sum = checksum(octets, 4u + parameters->salt_len);
	label[0] = DENIAL_CHAIN_LABEL_LEN;
	for (size_t i = 0; i < DENIAL_CHAIN_LABEL_LEN; i++)
		label[1 + i] = dname_octet_lower((uint8_t)(sum >> (56 - 8 * i)));
}

static const struct node *
apex_of(const struct draft *draft)
{
	return version_node(draft->version, version_image(draft->version)->apex);
}

static const struct rrset *
apex_rrset(const struct draft *draft, uint16_t rrtype)
{
	const struct node_entry *entry = node_find(apex_of(draft), rrtype);
	return entry != NULL ? entry_rrset(draft->version, entry) : NULL;
}

static bool
is_soa_signed(const struct draft *draft)
{
	const struct rrset *rrsigs = apex_rrset(draft, RRTYPE_RRSIG);
	if (rrsigs == NULL)
		return false;
	for (struct rr_cursor rr = rr_first(rrsigs); rr.rdata != NULL; rr = rr_next(rr)) {
		if (be16_read(rr.rdata) == RRTYPE_SOA)
			return true;
	}
	return false;
}

static void
parameters_set(struct draft *draft, const struct nsec3_parameters *parameters)
{
	struct denial *denial = &draft->denial;
	const struct zone_version *version = draft->version;
	ref chains = version_extra(version)->nsec3;
	uint8_t label[1 + DENIAL_CHAIN_LABEL_LEN];
	*denial = (struct denial){.kind = DENIES_BY_NSEC3,
				  .salt_len = parameters->salt_len,
				  .iterations = parameters->iterations};
	memcpy(denial->salt, parameters->salt, parameters->salt_len);
	denial_chain_label_set(label, parameters);
	if (chains != REF_NONE)
		denial->chain =
		    trie_find(version->store, version_node(version, chains)->children, label);
}

static void
hash_anew(struct draft *draft)
{
	struct denial *denial = &draft->denial;
	const struct nsec3_parameters parameters = denial_parameters(denial);
	const struct zone_image *image = version_image(draft->version);
	uint8_t wildcard[DNAME_LEN_MAX + 2] = {1, '*'};
	memcpy(wildcard + 2, version_origin(draft->version), image->origin_len);
	nsec3_hash(&parameters, wildcard + 2, denial->apex_hash);
	/* Below an origin as long as names can be there is none. */
	if (image->origin_len + 2 <= DNAME_LEN_MAX)
		nsec3_hash(&parameters, wildcard, denial->wildcard_hash);
}

/* Sets the hashes of the draft's parameters: mostly those of the version before. */
static void
hashes_set(struct draft *draft)
{
	struct denial *denial = &draft->denial;
	const struct denial *before = draft->before;
	if (before == NULL || before->kind != DENIES_BY_NSEC3 ||
	    before->salt_len != denial->salt_len || before->iterations != denial->iterations ||
	    memcmp(before->salt, denial->salt, denial->salt_len) != 0) {
		hash_anew(draft);
		return;
	}
	memcpy(denial->apex_hash, before->apex_hash, sizeof(denial->apex_hash));
	memcpy(denial->wildcard_hash, before->wildcard_hash, sizeof(denial->wildcard_hash));
}

static bool
chain_has_apex(const struct draft *draft)
{
	const struct zone_version *version = draft->version;
	uint8_t label[1 + NSEC3_LABEL_LEN];
	nsec3_label_set(label, draft->denial.apex_hash);
	return trie_find(version->store, version_node(version, draft->denial.chain)->children,
			 label) != REF_NONE;
}

/* The draft becomes that of the NSEC3 to be used. Where there is no chain that could be, the zone
 * denies by NSEC if it can, and else says that it would by NSEC3. */
static void
nsec3_set(struct draft *draft, const struct rrset *rrset)
{
	bool has_first = false;
	struct nsec3_parameters first;
	for (struct rr_cursor rr = rr_first(rrset); rr.rdata != NULL; rr = rr_next(rr)) {
		struct nsec3_parameters parameters;
		nsec3_parameters_parse(rr.rdata, &parameters);
		/* RFC 5155 4.1.2: with flags it is the signer's business. */
		if (parameters.flags != 0 || parameters.algorithm != NSEC3_SHA1)
			continue;
		if (!has_first)
			first = parameters;
		has_first = true;
		parameters_set(draft, &parameters);
		if (draft->denial.chain == REF_NONE)
			continue;
		hashes_set(draft);
		if (chain_has_apex(draft))
			return;
	}
	if (!has_first || apex_rrset(draft, RRTYPE_NSEC) != NULL) {
		draft->denial = (struct denial){.kind = DENIES_BY_NSEC};
		return;
	}
	parameters_set(draft, &first);
	hashes_set(draft);
}

enum status
denial_lay(struct store_writer *writer, const struct zone_version *version, ref before, ref *out)
{
	struct draft draft = {.version = version};
	if (before != REF_NONE)
		draft.before = version_at(version, before);
	*out = REF_NONE;
	if (!is_soa_signed(&draft))
		return STATUS_OK;
	const struct rrset *nsec3param = apex_rrset(&draft, RRTYPE_NSEC3PARAM);
	draft.denial = (struct denial){.kind = DENIES_BY_NSEC};
	if (nsec3param != NULL)
		nsec3_set(&draft, nsec3param);
	size_t len = denial_len(&draft.denial);
	if (draft.before != NULL && denial_len(draft.before) == len &&
	    memcmp(draft.before, draft.octets, len) == 0) {
		*out = before;
		return STATUS_OK;
	}
	enum status status = store_append(writer, len, out);
	if (status == STATUS_OK)
		memcpy(store_at(writer->store, *out), draft.octets, len);
	return status;
}

enum status
denial_check_cost(const struct zone_version *version, unsigned iterations_max, struct error *error)
{
	const struct denial *denial = denial_of(version);
	char name[DNAME_TEXT_MAX];
	if (denial == NULL || denial->kind != DENIES_BY_NSEC3 ||
	    denial->iterations <= iterations_max)
		return STATUS_OK;
	dname_print(version_origin(version), name);
	return error_set(error, STATUS_REFUSED,
			 "%s denies with %u iterations of the NSEC3 hash, and %u are the most that "
			 "are served (nsec3-iterations)",
			 name, denial->iterations, iterations_max);
}
