#include "zones/dnssec.h"

#include "zones/dname.h"

void
dnskey_parse(const uint8_t *rdata, size_t rdlen, struct dnskey *out)
{
	*out = (struct dnskey){.flags = be16_read(rdata),
			       .protocol = rdata[2],
			       .algorithm = rdata[3],
			       .key = rdata + 4,
			       .key_len = rdlen - 4};
}

uint16_t
dnskey_tag(const uint8_t *rdata, size_t rdlen)
{
	/* RFC 4034 B.1: RSA/MD5's tag is a part of the modulus, which the key ends with. */
	if (rdata[3] == DNSSEC_RSAMD5)
		return rdlen >= 4 + 3 ? be16_read(rdata + rdlen - 3) : 0;
	uint32_t sum = 0;
	for (size_t i = 0; i < rdlen; i++)
		sum += i % 2 == 0 ? (uint32_t)rdata[i] << 8 : rdata[i];
	sum += sum >> 16 & 0xffff;
	return (uint16_t)sum;
}

void
ds_parse(const uint8_t *rdata, size_t rdlen, struct ds *out)
{
	*out = (struct ds){.tag = be16_read(rdata),
			   .algorithm = rdata[2],
			   .digest_type = rdata[3],
			   .digest = rdata + 4,
			   .digest_len = rdlen - 4};
}

void
rrsig_parse(const uint8_t *rdata, size_t rdlen, struct rrsig *out)
{
	const uint8_t *signer = rdata + RRSIG_SIGNER_OFF;
	size_t head_len = RRSIG_SIGNER_OFF + dname_len(signer);
	*out = (struct rrsig){.covered = be16_read(rdata),
			      .algorithm = rdata[2],
			      .labels = rdata[3],
			      .ttl = be32_read(rdata + RRSIG_TTL_OFF),
			      .expiration = be32_read(rdata + 8),
			      .inception = be32_read(rdata + 12),
			      .tag = be16_read(rdata + 16),
			      .signer = signer,
			      .signature = rdata + head_len,
			      .signature_len = rdlen - head_len};
}

unsigned
rrsig_labels_of(const uint8_t *owner)
{
	bool is_wildcard = owner[0] == 1 && owner[1] == '*';
	return dname_label_count(owner) - (is_wildcard ? 1 : 0);
}

bool
dnssec_bitmap_next(const uint8_t *bitmap, size_t len, uint32_t *at, uint16_t *rrtype)
{
	/* Windows are few and short: from the first one each time. */
	for (size_t off = 0; off < len; off += 2u + bitmap[off + 1]) {
		uint32_t base = bitmap[off] * 256u;
		uint32_t end = base + bitmap[off + 1] * 8u;
		for (uint32_t type = *at > base ? *at : base; type < end; type++) {
			unsigned bit = type - base;
			if ((bitmap[off + 2 + bit / 8] & 0x80 >> bit % 8) == 0)
				continue;
			*rrtype = (uint16_t)type;
			*at = type + 1;
			return true;
		}
	}
	return false;
}

void
nsec3_parameters_parse(const uint8_t *rdata, struct nsec3_parameters *out)
{
	*out = (struct nsec3_parameters){.algorithm = rdata[0],
					 .flags = rdata[1],
					 .iterations = be16_read(rdata + 2),
					 .salt_len = rdata[4],
					 .salt = rdata + 5};
}

bool
nsec3_parameters_equal(const struct nsec3_parameters *a, const struct nsec3_parameters *b)
{
	return a->algorithm == b->algorithm && a->iterations == b->iterations &&
	       a->salt_len == b->salt_len && memcmp(a->salt, b->salt, a->salt_len) == 0;
}

void
nsec3_parse(const uint8_t *rdata, size_t rdlen, struct nsec3 *out)
{
	nsec3_parameters_parse(rdata, &out->parameters);
	const uint8_t *next = out->parameters.salt + out->parameters.salt_len;
	out->next_len = next[0];
	out->next = next + 1;
	out->bitmap = out->next + out->next_len;
	out->bitmap_len = rdlen - (size_t)(out->bitmap - rdata);
}

/* RFC 4648 7, either case; above 31: no digit. Without branches, which hashes would make the
 * processor guess wrong at each. */
static unsigned
base32_value(uint8_t digit)
{
	unsigned number = digit - (unsigned)'0';
	unsigned letter = (digit | 0x20u) - 'a';
	return letter < 22 ? letter + 10 : number < 10 ? number : UINT8_MAX;
}

bool
nsec3_owner_hash(const uint8_t *owner, uint8_t hash[NSEC3_HASH_LEN])
{
	unsigned all = 0;
	if (owner[0] != NSEC3_LABEL_LEN)
		return false;
	/* Eight digits are five octets, without a rest. */
	for (size_t i = 0; i < NSEC3_LABEL_LEN / 8; i++) {
		uint64_t group = 0;
		for (size_t j = 0; j < 8; j++) {
			unsigned value = base32_value(owner[1 + 8 * i + j]);
			all |= value;
			group = group << 5 | value;
		}
		hash[5 * i] = (uint8_t)(group >> 32);
		be32_write(hash + 5 * i + 1, (uint32_t)group);
	}
	return all < 32;
}

bool
nsec3_is_owner(const uint8_t *dname, unsigned origin_labels)
{
	uint8_t hash[NSEC3_HASH_LEN];
	return nsec3_owner_hash(dname, hash) && dname_label_count(dname) == origin_labels + 1;
}

void
nsec3_label_set(uint8_t label[1 + NSEC3_LABEL_LEN], const uint8_t hash[NSEC3_HASH_LEN])
{
	static const char digits[] = "0123456789abcdefghijklmnopqrstuv";
	label[0] = NSEC3_LABEL_LEN;
	for (size_t i = 0; i < NSEC3_LABEL_LEN / 8; i++) {
		uint64_t group = (uint64_t)hash[5 * i] << 32 | be32_read(hash + 5 * i + 1);
		for (size_t j = 0; j < 8; j++)
			label[1 + 8 * i + j] = (uint8_t)digits[group >> (35 - 5 * j) & 31];
	}
}
