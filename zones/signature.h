/* signature.h -- does a DNSSEC signature hold? Public keys and what they verify, by libcrypto.
 *
 * Threads:   a struct verifier belongs to one thread; any number may use a key at once.
 * Memory:    a key is the caller's until verifier_key_free().
 * Errors:    want of memory; a key that is none.
 * Standards: RFC 3110, 5702 (RSA); RFC 6605 (ECDSA); RFC 8080 (Ed25519, Ed448).
 */
#ifndef GLUED_ZONES_SIGNATURE_H
#define GLUED_ZONES_SIGNATURE_H

#include "zones/dnssec.h"

/* What verifying needs besides keys: one for each thread. */
struct verifier {
	void *context; /* EVP_MD_CTX */
};

struct verifier_key;

NODISCARD enum status verifier_init(struct verifier *verifier);
void verifier_fini(struct verifier *verifier);

/* Can signatures of this algorithm be verified here? */
bool verifier_knows(uint8_t algorithm);

/* NULL if the octets are no key of an algorithm that verifier_knows(), or for want of memory. */
struct verifier_key *verifier_key_new(const struct dnskey *dnskey);
void verifier_key_free(struct verifier_key *key);

/* Did the key sign these octets? */
bool verifier_check(const struct verifier *verifier, const struct verifier_key *key,
		    const uint8_t *octets, size_t len, const uint8_t *signature,
		    size_t signature_len);

#endif
