/* denial.h -- how a signed zone proves what does not exist: the NSEC or NSEC3 for a name.
 *
 * Threads:   any; reads an immutable version.
 * Memory:    allocates nothing.
 * Errors:    a chain that is broken has no record for some names: false. One that costs too much is
 *            refused by those who publish.
 * Standards: RFC 4034 4, 6.1; RFC 4035 3.1.3; RFC 5155 7.1, 7.2.8, 10.4; RFC 9276 3.2.
 *
 * The NSEC chain needs no structure of its own: the tries of children are in canonical order, and
 * the record for a name is that of the last owner at or before it that no zone cut and no DNAME
 * hides.
 *
 * The owners of NSEC3 records are not among the apex's children, where a question could find them
 * (RFC 5155 7.2.8): they hang, by their first label, below the node of their chain, all that have
 * their parameters in common, and the chains below the node `nsec3` of struct zone_extra. So a
 * chain that is being made or taken down beside the one in use is not in its way. An owner is one
 * of these if it stands right below the apex, its label is the form of a hash, and NSEC3 is among
 * its types; there is nothing else at it but RRSIG, or the zone is refused. Its entries have no
 * flags.
 */
#ifndef GLUED_ZONES_DENIAL_H
#define GLUED_ZONES_DENIAL_H

#include "zones/dnssec.h"
#include "zones/trie.h"

enum denial_kind {
	DENIES_BY_NSEC,
	DENIES_BY_NSEC3,
};

/* What a zone has if there is a RRSIG at its apex. It denies by NSEC3 if an NSEC3PARAM says so
 * that is not for signers only; of several the first whose chain has a record for the apex. */
struct denial {
	uint8_t kind;
	/* the parameters in use, of NSEC3: the algorithm is NSEC3_SHA1 */
	uint8_t salt_len;
	uint16_t iterations;
	ref chain; /* node; REF_NONE: there is no NSEC3 with these parameters */
	uint8_t apex_hash[NSEC3_HASH_LEN];
	uint8_t wildcard_hash[NSEC3_HASH_LEN]; /* of "*" below the apex */
	uint8_t salt[];
};

static_assert(sizeof(struct denial) == 48, "one a signed zone");

/* Octets that it takes in the store. */
static inline size_t
denial_len(const struct denial *denial)
{
	return sizeof(*denial) + denial->salt_len;
}

/* NULL: the zone is not signed. */
static inline const struct denial *
denial_of(const struct zone_version *version)
{
	ref denial = version_extra(version)->denial;
	return denial != REF_NONE ? version_at(version, denial) : NULL;
}

/* The parameters in use; `denial` is of NSEC3. */
static inline struct nsec3_parameters
denial_parameters(const struct denial *denial)
{
	return (struct nsec3_parameters){.algorithm = NSEC3_SHA1,
					 .iterations = denial->iterations,
					 .salt_len = denial->salt_len,
					 .salt = denial->salt};
}

/* STATUS_REFUSED, with the zone and the figures: each denial would take more iterations of the
 * NSEC3 hash (RFC 9276 3.2). check_dnssec() finds the same before there is a version. */
NODISCARD enum status denial_check_cost(const struct zone_version *version, unsigned iterations_max,
					struct error *error);

struct denial_record {
	const uint8_t *owner;      /* in wire form, lower case: in `name`, or in the walk's name */
	const struct node *node;   /* the owner's: its RRSIGs are here */
	const struct rrset *rrset; /* the NSEC or NSEC3 */
	bool is_match;             /* it is that of the name itself; else it covers the name */
	uint8_t name[DNAME_LEN_MAX];
};

/* The NSEC that matches or covers walk->name. The walk stops at cuts and has ended; at a cut or
 * DNAME above the name it is that of the node where it ended. */
bool denial_nsec(const struct walk *walk, struct denial_record *out);

/* The same for "*" below walk->node: where the walk ended without finding the name, the source of
 * synthesis. */
bool denial_nsec_wildcard(const struct walk *walk, struct denial_record *out);

/* The NSEC3 of the chain in use whose owner is this hash, or else the last before it, on a ring.
 */
bool denial_nsec3(const struct zone_version *version, const uint8_t hash[NSEC3_HASH_LEN],
		  struct denial_record *out);

/* All chains, on the pool */

/* The chains one after the other, from REF_NONE to REF_NONE. */
ref denial_chain_next(const struct zone_version *version, ref chain);

/* The nodes of NSEC3 owners, in canonical order; *out is the caller's to free. */
NODISCARD enum status denial_nsec3_nodes(const struct zone_version *version, ref **out,
					 size_t *count);

/* Making it, on the pool */

/* The label of a chain's node stands for its parameters: a checksum, in lower case as all labels
 * are. */
enum { DENIAL_CHAIN_LABEL_LEN = 8 };
void denial_chain_label_set(uint8_t label[1 + DENIAL_CHAIN_LABEL_LEN],
			    const struct nsec3_parameters *parameters);

static inline void
denial_chain_label_copy(uint8_t label[1 + DENIAL_CHAIN_LABEL_LEN], const struct node *chain)
{
	label[0] = DENIAL_CHAIN_LABEL_LEN;
	memcpy(label + 1, node_label(chain), DENIAL_CHAIN_LABEL_LEN);
}

/* Lays down how a version denies whose nodes are laid down; REF_NONE if it is not signed. `before`,
 * REF_NONE or what the version has that it is derived from, is returned if it is still right. */
NODISCARD enum status denial_lay(struct store_writer *writer, const struct zone_version *version,
				 ref before, ref *out);

#endif
