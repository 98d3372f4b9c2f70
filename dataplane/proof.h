/* proof.h -- which records prove that what an answer does not say does not exist.
 *
 * Threads:   any; pure.
 * Memory:    allocates nothing.
 * Errors:    none: a broken chain proves less.
 * Standards: RFC 4035 3.1.3 (NSEC), RFC 5155 7.2 (NSEC3), RFC 6840 4.4 (DS).
 */
#ifndef GLUED_DATAPLANE_PROOF_H
#define GLUED_DATAPLANE_PROOF_H

#include "dataplane/lookup.h"
#include "zones/denial.h"

/* The closest encloser, what is next closer to the name, the wildcard. */
enum { PROOF_RECORDS_MAX = 3 };

/* Each record once. It stays where it is: records may point into themselves. */
struct proof {
	unsigned count;
	struct denial_record records[PROOF_RECORDS_MAX];
};

/* The proof that goes with lookup->answer, which is final and from a signed zone; a referral's is
 * that there is no DS. None (count 0) where the answer denies nothing. */
void proof_find(const struct lookup *lookup, struct proof *proof);

#endif
