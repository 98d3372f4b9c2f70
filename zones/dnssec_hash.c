/* dnssec_hash.c -- the hashes of dnssec.h, by libcrypto: of owner names (RFC 5155 5) and of keys
 * (RFC 4034 5.1.4). */
#include <openssl/evp.h>

#include "zones/dname.h"
#include "zones/dnssec.h"

enum status
nsec3_hasher_init(struct nsec3_hasher *hasher)
{
	*hasher = (struct nsec3_hasher){.context = EVP_MD_CTX_new(),
					.sha1 = EVP_MD_fetch(NULL, "SHA1", NULL)};
	if (hasher->context != NULL && hasher->sha1 != NULL)
		return STATUS_OK;
	nsec3_hasher_fini(hasher);
	return STATUS_NO_MEMORY;
}

void
nsec3_hasher_fini(struct nsec3_hasher *hasher)
{
	EVP_MD_CTX_free(hasher->context);
	EVP_MD_free(hasher->sha1);
	*hasher = (struct nsec3_hasher){0};
}

bool
nsec3_hash(const struct nsec3_hasher *hasher, const struct nsec3_parameters *parameters,
	   const uint8_t *dname, uint8_t hash[NSEC3_HASH_LEN])
{
	/* IH(salt, x, 0) = H(x || salt), IH(salt, x, k) = H(IH(salt, x, k - 1) || salt). */
	uint8_t input[DNAME_LEN_MAX + NSEC3_SALT_LEN_MAX];
	size_t len = dname_len(dname);
	memcpy(input, dname, len);
	for (unsigned i = 0; i <= parameters->iterations; i++) {
		memcpy(input + len, parameters->salt, parameters->salt_len);
		if (EVP_DigestInit_ex2(hasher->context, hasher->sha1, NULL) != 1 ||
		    EVP_DigestUpdate(hasher->context, input, len + parameters->salt_len) != 1 ||
		    EVP_DigestFinal_ex(hasher->context, hash, NULL) != 1)
			return false;
		len = NSEC3_HASH_LEN;
		memcpy(input, hash, len);
	}
	return true;
}

/* IANA "Delegation Signer (DS) Resource Record (RR) Type Digest Algorithms". */
static const EVP_MD *
ds_digest_of(uint8_t digest_type)
{
	switch (digest_type) {
	case 1:
		return EVP_sha1();
	case 2:
		return EVP_sha256();
	case 4:
		return EVP_sha384();
	default:
		return NULL;
	}
}

enum ds_match
ds_matches(const struct ds *ds, const uint8_t *owner, const uint8_t *rdata, size_t rdlen)
{
	uint8_t digest[EVP_MAX_MD_SIZE];
	unsigned digest_len;
	if (ds->tag != dnskey_tag(rdata, rdlen) || ds->algorithm != rdata[3])
		return DS_OF_ANOTHER;
	const EVP_MD *type = ds_digest_of(ds->digest_type);
	if (type == NULL)
		return DS_UNKNOWN;
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	bool is_hashed = context != NULL && EVP_DigestInit_ex2(context, type, NULL) == 1 &&
			 EVP_DigestUpdate(context, owner, dname_len(owner)) == 1 &&
			 EVP_DigestUpdate(context, rdata, rdlen) == 1 &&
			 EVP_DigestFinal_ex(context, digest, &digest_len) == 1;
	EVP_MD_CTX_free(context);
	if (!is_hashed)
		return DS_UNKNOWN;
	bool is_same = ds->digest_len == digest_len && memcmp(ds->digest, digest, digest_len) == 0;
	return is_same ? DS_OF_KEY : DS_OF_ANOTHER;
}
