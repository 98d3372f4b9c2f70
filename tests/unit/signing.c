/* signing.c -- signed zones without keys. */
#include "tests/unit/signing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "zones/dname.h"
#include "zones/rrtype.h"

enum { TTL = 300, SIGNATURE_LEN = 24, TYPES_MAX = 64 };

/* -- names --------------------------------------------------------------------------------------
 */

static const struct zone_rrset *
find_set(const struct signing_name *name, uint16_t rrtype)
{
	for (size_t i = 0; i < name->set_count; i++) {
		if (name->sets[i].rrtype == rrtype)
			return &name->sets[i];
	}
	return NULL;
}

static struct signing_name *
name_find(const struct signing *signing, const uint8_t *dname)
{
	for (size_t i = 0; i < signing->name_count; i++) {
		if (dname_equal(signing->names[i].dname, dname))
			return &signing->names[i];
	}
	return NULL;
}

static struct signing_name *
name_add(struct signing *signing, const uint8_t *dname)
{
	signing->names =
	    realloc(signing->names, (signing->name_count + 1) * sizeof(signing->names[0]));
	assert_non_null(signing->names);
	struct signing_name *name = &signing->names[signing->name_count++];
	*name = (struct signing_name){0};
	dname_lower(dname, name->dname);
	return name;
}

static bool
is_hidden(const struct signing *signing, const uint8_t *dname)
{
	for (size_t i = 0; i < signing->name_count; i++) {
		const struct signing_name *name = &signing->names[i];
		bool hides = name->is_cut || find_set(name, RRTYPE_DNAME) != NULL;
		if (hides && !dname_equal(dname, name->dname) &&
		    dname_is_within(dname, name->dname))
			return true;
	}
	return false;
}

static void
owners_add(struct signing *signing)
{
	const struct zone *zone = signing->zone;
	for (size_t i = 0, count; i < zone->rrset_count; i += count) {
		count = 1;
		while (i + count < zone->rrset_count &&
		       zone->rrsets[i + count].owner == zone->rrsets[i].owner)
			count++;
		if (is_hidden(signing, zone->rrsets[i].owner))
			continue;
		struct signing_name *name = name_add(signing, zone->rrsets[i].owner);
		name->sets = &zone->rrsets[i];
		name->set_count = count;
		name->is_cut = i > 0 && find_set(name, RRTYPE_NS) != NULL;
		name->is_denied = !signing->style.is_opt_out || !name->is_cut ||
				  find_set(name, RRTYPE_DS) != NULL;
	}
}

/* RFC 5155 7.1: an NSEC3 each, unless all below has none. */
static void
ents_add(struct signing *signing)
{
	unsigned origin_labels = dname_label_count(signing->zone->origin);
	for (size_t i = 0, owner_count = signing->name_count; i < owner_count; i++) {
		uint8_t owner[DNAME_LEN_MAX];
		dname_lower(signing->names[i].dname, owner);
		bool is_denied = signing->names[i].is_denied;
		for (unsigned depth = dname_label_count(owner); depth-- > origin_labels + 1;) {
			const uint8_t *above = dname_skip(owner, dname_label_count(owner) - depth);
			struct signing_name *name = name_find(signing, above);
			if (name == NULL)
				name = name_add(signing, above);
			if (name->sets == NULL)
				name->is_denied |= is_denied;
		}
	}
}

static int
hash_order(const void *a, const void *b)
{
	const struct signing_name *x = a;
	const struct signing_name *y = b;
	return memcmp(x->hash, y->hash, NSEC3_HASH_LEN);
}

static struct nsec3_parameters
parameters_of(const struct signing *signing)
{
	return (struct nsec3_parameters){.algorithm = NSEC3_SHA1,
					 .iterations = signing->style.iterations,
					 .salt_len = signing->style.salt_len,
					 .salt = signing->style.salt};
}

void
signing_hash(const struct signing *signing, const uint8_t *dname, uint8_t hash[NSEC3_HASH_LEN])
{
	struct nsec3_parameters parameters = parameters_of(signing);
	uint8_t lower[DNAME_LEN_MAX];
	dname_lower(dname, lower);
	nsec3_hash(&parameters, lower, hash);
}

void
signing_owner(const struct signing *signing, const uint8_t hash[NSEC3_HASH_LEN],
	      uint8_t owner[DNAME_LEN_MAX])
{
	nsec3_label_set(owner, hash);
	memcpy(owner + 1 + NSEC3_LABEL_LEN, signing->zone->origin,
	       dname_len(signing->zone->origin));
}

void
signing_init(struct signing *signing, const struct zone *zone, const struct signing_style *style)
{
	*signing = (struct signing){.zone = zone, .style = *style};
	owners_add(signing);
	if (!style->has_nsec3)
		return;
	ents_add(signing);
	for (size_t i = 0; i < signing->name_count; i++)
		signing_hash(signing, signing->names[i].dname, signing->names[i].hash);
	qsort(signing->names, signing->name_count, sizeof(signing->names[0]), hash_order);
}

void
signing_fini(struct signing *signing)
{
	free(signing->names);
}

/* -- records ------------------------------------------------------------------------------------
 */

static void
record_print(FILE *out, const uint8_t *owner, uint32_t ttl, uint16_t rrtype, const uint8_t *rdata,
	     size_t rdlen)
{
	char name[DNAME_TEXT_MAX];
	dname_print(owner, name);
	fprintf(out, "%s %u TYPE%u \\# %zu ", name, ttl, rrtype, rdlen);
	for (size_t i = 0; i < rdlen; i++)
		fprintf(out, "%02x", rdata[i]);
	fputc('\n', out);
}

/* The signature's octets say whose it is: no two are the same. */
static void
signature_print(const struct signing *signing, FILE *out, const uint8_t *owner, uint32_t ttl,
		uint16_t covered)
{
	uint8_t rdata[RRSIG_SIGNER_OFF + DNAME_LEN_MAX + SIGNATURE_LEN] = {0};
	uint64_t mix = covered;
	be16_write(rdata, covered);
	rdata[2] = DNSSEC_ED25519;
	rdata[3] = (uint8_t)rrsig_labels_of(owner);
	be32_write(rdata + RRSIG_TTL_OFF, ttl);
	be32_write(rdata + 8, UINT32_C(1893456000));
	be32_write(rdata + 12, UINT32_C(1577836800));
	size_t len = RRSIG_SIGNER_OFF;
	len += dname_lower(signing->zone->origin, rdata + len);
	for (size_t i = 0, owner_len = dname_len(owner); i < owner_len + SIGNATURE_LEN; i++) {
		mix = (mix ^ (i < owner_len ? owner[i] : 0)) * UINT64_C(0x9e3779b97f4a7c15);
		if (i >= owner_len)
			rdata[len++] = (uint8_t)(mix >> 56);
	}
	record_print(out, owner, TTL, RRTYPE_RRSIG, rdata, len);
}

/* RFC 4034 4.1.2, of types in ascending order. */
static size_t
bitmap_put(uint8_t *out, const uint16_t *types, size_t count)
{
	size_t len = 0;
	for (size_t i = 0; i < count;) {
		uint8_t window = (uint8_t)(types[i] >> 8);
		uint8_t *at = out + len;
		memset(at, 0, 2 + 32);
		at[0] = window;
		for (; i < count && types[i] >> 8 == window; i++) {
			at[2 + (types[i] & 0xff) / 8] |= (uint8_t)(0x80 >> types[i] % 8);
			at[1] = (uint8_t)((types[i] & 0xff) / 8 + 1);
		}
		len += 2u + at[1];
	}
	return len;
}

static bool
is_authoritative(const struct signing_name *name, uint16_t rrtype)
{
	return !name->is_cut || rrtype == RRTYPE_DS || rrtype == RRTYPE_NSEC;
}

static int
type_order(const void *a, const void *b)
{
	return (int)*(const uint16_t *)a - (int)*(const uint16_t *)b;
}

/* What the denial for a name lists. */
static size_t
types_put(uint8_t *out, const struct signing *signing, const struct signing_name *name)
{
	uint16_t types[TYPES_MAX];
	size_t count = 0;
	bool is_signed = !signing->style.has_nsec3;
	assert_true(name->set_count + 4 < TYPES_MAX);
	for (size_t i = 0; i < name->set_count; i++) {
		uint16_t rrtype = name->sets[i].rrtype;
		bool is_own = is_authoritative(name, rrtype);
		is_signed |= is_own;
		if (is_own || rrtype == RRTYPE_NS)
			types[count++] = rrtype;
	}
	if (is_signed)
		types[count++] = RRTYPE_RRSIG;
	if (!signing->style.has_nsec3)
		types[count++] = RRTYPE_NSEC;
	else if (name->sets == signing->zone->rrsets)
		types[count++] = RRTYPE_NSEC3PARAM;
	qsort(types, count, sizeof(types[0]), type_order);
	return bitmap_put(out, types, count);
}

static const struct signing_name *
next_denied(const struct signing *signing, const struct signing_name *name)
{
	do {
		name = name + 1 < signing->names + signing->name_count ? name + 1 : signing->names;
	} while (!name->is_denied);
	return name;
}

static void
nsec_print(const struct signing *signing, FILE *out, const struct signing_name *name)
{
	uint8_t rdata[DNAME_LEN_MAX + 1024];
	size_t len = dname_lower(next_denied(signing, name)->dname, rdata);
	len += types_put(rdata + len, signing, name);
	record_print(out, name->dname, TTL, RRTYPE_NSEC, rdata, len);
	signature_print(signing, out, name->dname, TTL, RRTYPE_NSEC);
}

static size_t
parameters_put(uint8_t *out, const struct signing *signing, uint8_t flags)
{
	out[0] = NSEC3_SHA1;
	out[1] = flags;
	be16_write(out + 2, signing->style.iterations);
	out[4] = signing->style.salt_len;
	memcpy(out + 5, signing->style.salt, signing->style.salt_len);
	return 5u + signing->style.salt_len;
}

static void
nsec3_print(const struct signing *signing, FILE *out, const struct signing_name *name)
{
	uint8_t rdata[DNAME_LEN_MAX + 1024];
	uint8_t owner[DNAME_LEN_MAX];
	size_t len = parameters_put(rdata, signing, signing->style.is_opt_out ? NSEC3_OPT_OUT : 0);
	rdata[len++] = NSEC3_HASH_LEN;
	memcpy(rdata + len, next_denied(signing, name)->hash, NSEC3_HASH_LEN);
	len += NSEC3_HASH_LEN;
	len += types_put(rdata + len, signing, name);
	signing_owner(signing, name->hash, owner);
	record_print(out, owner, TTL, RRTYPE_NSEC3, rdata, len);
	signature_print(signing, out, owner, TTL, RRTYPE_NSEC3);
}

static void
records_print(const struct signing *signing, FILE *out)
{
	const struct zone *zone = signing->zone;
	for (size_t i = 0; i < zone->rrset_count; i++) {
		const struct zone_rrset *set = &zone->rrsets[i];
		for (uint32_t k = 0; k < set->rr_count; k++) {
			struct zone_rdata rdata = zone_rdata(zone, &zone_rrs(zone, set)[k]);
			record_print(out, set->owner, set->ttl, set->rrtype, rdata.octets,
				     rdata.len);
		}
	}
}

void
signing_print(const struct signing *signing, FILE *out)
{
	records_print(signing, out);
	for (size_t i = 0; i < signing->name_count; i++) {
		const struct signing_name *name = &signing->names[i];
		for (size_t k = 0; k < name->set_count; k++) {
			if (is_authoritative(name, name->sets[k].rrtype))
				signature_print(signing, out, name->dname, name->sets[k].ttl,
						name->sets[k].rrtype);
		}
		if (name->is_denied && signing->style.has_nsec3)
			nsec3_print(signing, out, name);
		else if (name->is_denied)
			nsec_print(signing, out, name);
	}
	if (!signing->style.has_nsec3)
		return;
	uint8_t rdata[5 + sizeof(signing->style.salt)];
	size_t len = parameters_put(rdata, signing, 0);
	record_print(out, signing->zone->origin, 0, RRTYPE_NSEC3PARAM, rdata, len);
	signature_print(signing, out, signing->zone->origin, 0, RRTYPE_NSEC3PARAM);
}
