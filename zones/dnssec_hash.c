/* dnssec_hash.c -- the hashes of dnssec.h, by libcrypto: of owner names (RFC 5155 5) and of keys
 * (RFC 4034 5.1.4). */
/* SHA-1 of libcrypto's older interface: it takes no heap and cannot fail, so that an answer can
 * wait for it, and uses the processor's instructions all the same. */
#define OPENSSL_API_COMPAT 10101

#include <assert.h>
#include <openssl/evp.h>
#include <openssl/sha.h>

#include "zones/dname.h"
#include "zones/dnssec.h"

static_assert(NSEC3_HASH_LEN == SHA_DIGEST_LENGTH, "RFC 5155 11");

void
nsec3_hash(const struct nsec3_parameters *parameters, const uint8_t *dname,
	   uint8_t hash[NSEC3_HASH_LEN])
{
	/* IH(salt, x, 0) = H(x || salt), IH(salt, x, k) = H(IH(salt, x, k - 1) || salt). */
	const uint8_t *input = dname;
	size_t len = dname_len(dname);
	for (unsigned i = 0; i <= parameters->iterations; i++) {
		SHA_CTX context;
		SHA1_Init(&context);
		SHA1_Update(&context, input, len);
		SHA1_Update(&context, parameters->salt, parameters->salt_len);
		SHA1_Final(hash, &context);
		input = hash;
		len = NSEC3_HASH_LEN;
	}
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
