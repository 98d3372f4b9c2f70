#include "zones/signature.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <stdlib.h>

/* How libcrypto knows an algorithm. */
struct algorithm {
	const char *key_type;
	const char *group;  /* of ECDSA */
	const char *digest; /* NULL: the algorithm brings its own */
	size_t key_len;     /* 0: any */
	size_t signature_len;
	uint8_t code;
};

static const struct algorithm algorithms[] = {
    {.code = DNSSEC_RSASHA1, .key_type = "RSA", .digest = "SHA1"},
    {.code = DNSSEC_RSASHA1_NSEC3, .key_type = "RSA", .digest = "SHA1"},
    {.code = DNSSEC_RSASHA256, .key_type = "RSA", .digest = "SHA256"},
    {.code = DNSSEC_RSASHA512, .key_type = "RSA", .digest = "SHA512"},
    {.code = DNSSEC_ECDSAP256,
     .key_type = "EC",
     .group = "prime256v1",
     .digest = "SHA256",
     .key_len = 64,
     .signature_len = 64},
    {.code = DNSSEC_ECDSAP384,
     .key_type = "EC",
     .group = "secp384r1",
     .digest = "SHA384",
     .key_len = 96,
     .signature_len = 96},
    {.code = DNSSEC_ED25519, .key_type = "ED25519", .key_len = 32, .signature_len = 64},
    {.code = DNSSEC_ED448, .key_type = "ED448", .key_len = 57, .signature_len = 114},
};

enum {
	/* Of the longest curve: half a signature, and what DER puts around it. */
	ECDSA_PART_MAX = 48,
	ECDSA_DER_MAX = 2 + 2 * (2 + 1 + ECDSA_PART_MAX),
	/* RFC 3110 2 and RFC 5702 2 stop at 4096 bits. */
	RSA_MODULUS_MAX = 512,
	DER_SEQUENCE = 0x30,
	DER_INTEGER = 0x02,
};

struct verifier_key {
	const struct algorithm *algorithm;
	EVP_PKEY *pkey;
};

enum status
verifier_init(struct verifier *verifier)
{
	verifier->context = EVP_MD_CTX_new();
	return verifier->context != NULL ? STATUS_OK : STATUS_NO_MEMORY;
}

void
verifier_fini(struct verifier *verifier)
{
	EVP_MD_CTX_free(verifier->context);
	*verifier = (struct verifier){0};
}

static const struct algorithm *
find_algorithm(uint8_t code)
{
	for (size_t i = 0; i < ARRAY_LEN(algorithms); i++) {
		if (algorithms[i].code == code)
			return &algorithms[i];
	}
	return NULL;
}

bool
verifier_knows(uint8_t algorithm)
{
	return find_algorithm(algorithm) != NULL;
}

static EVP_PKEY *
pkey_new(const char *key_type, OSSL_PARAM *params)
{
	EVP_PKEY *pkey = NULL;
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, key_type, NULL);
	if (context == NULL || params == NULL || EVP_PKEY_fromdata_init(context) != 1 ||
	    EVP_PKEY_fromdata(context, &pkey, EVP_PKEY_PUBLIC_KEY, params) != 1)
		pkey = NULL;
	EVP_PKEY_CTX_free(context);
	return pkey;
}

/* RFC 3110 2: the exponent's length in one octet, or in two behind a zero; exponent; modulus. */
static EVP_PKEY *
rsa_new(const struct algorithm *algorithm, const uint8_t *key, size_t len)
{
	size_t head_len = len > 0 && key[0] == 0 ? 3 : 1;
	if (len < head_len)
		return NULL;
	size_t exponent_len = head_len == 3 ? be16_read(key + 1) : key[0];
	if (exponent_len == 0 || exponent_len >= len - head_len ||
	    len - head_len - exponent_len > RSA_MODULUS_MAX || exponent_len > RSA_MODULUS_MAX)
		return NULL;
	const uint8_t *modulus = key + head_len + exponent_len;
	BIGNUM *e = BN_bin2bn(key + head_len, (int)exponent_len, NULL);
	BIGNUM *n = BN_bin2bn(modulus, (int)(len - head_len - exponent_len), NULL);
	OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
	OSSL_PARAM *params = NULL;
	EVP_PKEY *pkey = NULL;
	if (e != NULL && n != NULL && builder != NULL &&
	    OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, n) == 1 &&
	    OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, e) == 1 &&
	    (params = OSSL_PARAM_BLD_to_param(builder)) != NULL)
		pkey = pkey_new(algorithm->key_type, params);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(builder);
	BN_free(n);
	BN_free(e);
	return pkey;
}

/* RFC 6605 4: the point's coordinates; libcrypto wants the form octet of SEC 1 2.3.3 before them.
 */
static EVP_PKEY *
ecdsa_new(const struct algorithm *algorithm, const uint8_t *key, size_t len)
{
	uint8_t point[1 + 2 * ECDSA_PART_MAX] = {0x04};
	memcpy(point + 1, key, len);
	OSSL_PARAM params[] = {
	    OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, (char *)algorithm->group,
					     0),
	    OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point, 1 + len),
	    OSSL_PARAM_construct_end(),
	};
	return pkey_new(algorithm->key_type, params);
}

static EVP_PKEY *
any_new(const struct algorithm *algorithm, const uint8_t *key, size_t len)
{
	if (algorithm->key_len != 0 && len != algorithm->key_len)
		return NULL;
	if (algorithm->group != NULL)
		return ecdsa_new(algorithm, key, len);
	if (algorithm->digest != NULL)
		return rsa_new(algorithm, key, len);
	return EVP_PKEY_new_raw_public_key_ex(NULL, algorithm->key_type, NULL, key, len);
}

struct verifier_key *
verifier_key_new(const struct dnskey *dnskey)
{
	const struct algorithm *algorithm = find_algorithm(dnskey->algorithm);
	struct verifier_key *key = algorithm != NULL ? calloc(1, sizeof(*key)) : NULL;
	if (key == NULL)
		return NULL;
	key->algorithm = algorithm;
	key->pkey = any_new(algorithm, dnskey->key, dnskey->key_len);
	if (key->pkey != NULL)
		return key;
	verifier_key_free(key);
	return NULL;
}

void
verifier_key_free(struct verifier_key *key)
{
	if (key == NULL)
		return;
	EVP_PKEY_free(key->pkey);
	free(key);
}

/* An unsigned integer as DER has it: no needless zeroes in front, but one where the number would
 * look negative. Returns its length. */
static size_t
der_integer(const uint8_t *octets, size_t len, uint8_t *out)
{
	while (len > 1 && octets[0] == 0) {
		octets++;
		len--;
	}
	size_t pad = octets[0] >> 7;
	out[0] = DER_INTEGER;
	out[1] = (uint8_t)(pad + len);
	out[2] = 0;
	memcpy(out + 2 + pad, octets, len);
	return 2 + pad + len;
}

/* DNSSEC writes r and s side by side (RFC 6605 4), libcrypto reads a DER sequence of the two: below
 * 128 octets, so that its length is one octet. */
static size_t
ecdsa_der(const uint8_t *signature, size_t part_len, uint8_t out[ECDSA_DER_MAX])
{
	size_t len = der_integer(signature, part_len, out + 2);
	len += der_integer(signature + part_len, part_len, out + 2 + len);
	out[0] = DER_SEQUENCE;
	out[1] = (uint8_t)len;
	return 2 + len;
}

bool
verifier_check(const struct verifier *verifier, const struct verifier_key *key,
	       const uint8_t *octets, size_t len, const uint8_t *signature, size_t signature_len)
{
	const struct algorithm *algorithm = key->algorithm;
	uint8_t der[ECDSA_DER_MAX];
	if (algorithm->signature_len != 0 && signature_len != algorithm->signature_len)
		return false;
	if (algorithm->group != NULL) {
		signature_len = ecdsa_der(signature, signature_len / 2, der);
		signature = der;
	}
	EVP_MD_CTX_reset(verifier->context);
	return EVP_DigestVerifyInit_ex(verifier->context, NULL, algorithm->digest, NULL, NULL,
				       key->pkey, NULL) == 1 &&
	       EVP_DigestVerify(verifier->context, signature, signature_len, octets, len) == 1;
}
