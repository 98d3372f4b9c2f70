/* proof.c -- which records prove that what an answer does not say does not exist. */
#include "dataplane/proof.h"

#include "zones/dname.h"

/* What an answer denies. */
enum denied {
	DENIED_NOTHING,
	DENIED_TYPE,          /* the name is there, without the type; or a cut, without DS */
	DENIED_NAME,          /* there is neither the name nor a wildcard for it */
	DENIED_CLOSER,        /* a wildcard answers: there is nothing closer to the name */
	DENIED_WILDCARD_TYPE, /* the same, and the wildcard lacks the type */
};

static enum denied
denied_by(const struct answer *answer)
{
	bool is_synthesized = answer->labels_left > 0;
	switch (answer->outcome) {
	case OUTCOME_POSITIVE:
	case OUTCOME_CNAME:
		return is_synthesized ? DENIED_CLOSER : DENIED_NOTHING;
	case OUTCOME_NODATA:
		return is_synthesized ? DENIED_WILDCARD_TYPE : DENIED_TYPE;
	case OUTCOME_REFERRAL:
		return DENIED_TYPE;
	case OUTCOME_NXDOMAIN:
		return DENIED_NAME;
	case OUTCOME_DNAME:
	case OUTCOME_REFUSED:
	case OUTCOME_SERVFAIL:
		break;
	}
	return DENIED_NOTHING;
}

/* Keeps the record that was just found in the first free place, if it is a new one. */
static void
keep(struct proof *proof)
{
	for (unsigned i = 0; i < proof->count; i++) {
		if (proof->records[i].node == proof->records[proof->count].node)
			return;
	}
	proof->count++;
}

/* RFC 4035 3.1.3.1 to 3.1.3.4. */
static void
prove_by_nsec(const struct walk *walk, enum denied denied, struct proof *proof)
{
	if (denial_nsec(walk, &proof->records[0]))
		keep(proof);
	if ((denied == DENIED_NAME || denied == DENIED_WILDCARD_TYPE) &&
	    denial_nsec_wildcard(walk, &proof->records[proof->count]))
		keep(proof);
}

static bool
is_apex(const struct walk *walk, unsigned labels_left)
{
	return walk->name->label_count - labels_left == version_image(walk->version)->origin_labels;
}

/* The NSEC3 that matches or covers the name without its first `labels_left` labels. What only
 * depends on the zone need not be hashed. */
static void
find_nsec3(const struct walk *walk, unsigned labels_left, struct denial_record *record)
{
	const struct denial *denial = denial_of(walk->version);
	const struct nsec3_parameters parameters = denial_parameters(denial);
	uint8_t hash[NSEC3_HASH_LEN];
	if (is_apex(walk, labels_left))
		memcpy(hash, denial->apex_hash, sizeof(hash));
	else
		nsec3_hash(&parameters, walk->name->dname + walk->name->label_offs[labels_left],
			   hash);
	denial_nsec3(walk->version, hash, record);
}

/* The same for "*" below that name. */
static void
find_nsec3_wildcard(const struct walk *walk, unsigned labels_left, struct denial_record *record)
{
	const struct denial *denial = denial_of(walk->version);
	const struct nsec3_parameters parameters = denial_parameters(denial);
	const struct split_name *name = walk->name;
	unsigned off = name->label_offs[labels_left];
	uint8_t wildcard[2 + DNAME_LEN_MAX] = {1, '*'};
	uint8_t hash[NSEC3_HASH_LEN];
	memcpy(wildcard + 2, name->dname + off, (size_t)name->len - off);
	if (is_apex(walk, labels_left))
		memcpy(hash, denial->wildcard_hash, sizeof(hash));
	else
		nsec3_hash(&parameters, wildcard, hash);
	denial_nsec3(walk->version, hash, record);
}

/* RFC 5155 7.2.1: the closest encloser that has an NSEC3, from the one without `labels_left` labels
 * upward, and the NSEC3 that covers what is next closer to the name. The two take turns in two
 * places: what did not match the one covers the other. Returns how many labels the encloser is
 * without. */
static unsigned
prove_encloser(const struct walk *walk, enum denied denied, unsigned labels_left,
	       struct proof *proof)
{
	unsigned first = labels_left;
	unsigned at = 0;
	find_nsec3(walk, labels_left, &proof->records[at]);
	/* With opt-out, what only leads to unsigned delegations has none (7.2.4, 7.2.7). */
	while (!proof->records[at].is_match && !is_apex(walk, labels_left)) {
		at ^= 1;
		find_nsec3(walk, ++labels_left, &proof->records[at]);
	}
	proof->count = 1;
	if (labels_left == first && denied == DENIED_TYPE)
		return labels_left; /* it is the name itself */
	if (labels_left == first)
		find_nsec3(walk, labels_left - 1, &proof->records[1]);
	keep(proof);
	return labels_left;
}

static void
prove_by_nsec3(const struct walk *walk, enum denied denied, unsigned labels_left,
	       struct proof *proof)
{
	if (denial_of(walk->version)->chain == REF_NONE)
		return;
	if (denied == DENIED_CLOSER) { /* RFC 5155 7.2.6: the signature says the encloser */
		find_nsec3(walk, labels_left - 1, &proof->records[0]);
		keep(proof);
		return;
	}
	labels_left = prove_encloser(walk, denied, labels_left, proof);
	if (denied == DENIED_NAME || denied == DENIED_WILDCARD_TYPE) {
		find_nsec3_wildcard(walk, labels_left, &proof->records[proof->count]);
		keep(proof);
	}
}

void
proof_find(const struct lookup *lookup, struct proof *proof)
{
	const struct answer *answer = &lookup->answer;
	enum denied denied = denied_by(answer);
	proof->count = 0;
	if (denied == DENIED_NOTHING)
		return;
	if (denial_of(answer->version)->kind == DENIES_BY_NSEC)
		prove_by_nsec(&lookup->walk, denied, proof);
	else
		prove_by_nsec3(&lookup->walk, denied, answer->labels_left, proof);
}
