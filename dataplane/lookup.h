/* lookup.h -- what the served zones say about (sname, qtype).
 *
 * Threads:   any; reads immutable memory reached from the serving set.
 * Memory:    allocates nothing; a struct answer refers into a zone version and dies at its reader's
 *            quiescent state.
 * Errors:    none; every question has one outcome.
 * Standards: RFC 1034 4.3.2; RFC 2308 2; RFC 4592 3.3; RFC 6672 3.2; RFC 8020; RFC 8482 4.1; RFC
 *            4035 3.1.4.1 (DS).
 */
#ifndef GLUED_DATAPLANE_LOOKUP_H
#define GLUED_DATAPLANE_LOOKUP_H

#include "dataplane/query.h"
#include "dataplane/serving.h"

enum outcome {
	OUTCOME_POSITIVE, /* entry answers */
	OUTCOME_NODATA,
	OUTCOME_NXDOMAIN,
	OUTCOME_REFERRAL, /* entry is the NS RRset of node, a zone cut */
	OUTCOME_CNAME,    /* entry is the CNAME */
	OUTCOME_DNAME,    /* entry is the DNAME of node, an ancestor */
	OUTCOME_REFUSED,  /* no zone here holds the name */
	OUTCOME_SERVFAIL, /* the zone that holds it is configured but not available */
};

struct answer {
	enum outcome outcome;
	unsigned
	    labels_left; /* labels of sname below node's name; for a wildcard: below its parent's */
	const struct zone_version *version;
	const struct node *node;
	const struct node_entry *entry; /* NULL where the outcome names none */
};

/* One lookup as a state machine, so that a burst of them can take turns. */
struct lookup {
	struct answer answer;
	uint16_t qtype;
	struct walk walk;
};

/* Begins with the choice of the zone. `sname` outlives the lookup. True: answer is final. */
bool lookup_start(struct lookup *lookup, const struct serving *serving,
		  const struct split_name *sname, uint16_t qtype);

/* One step; true: answer is final. */
bool lookup_step(struct lookup *lookup);

/* All steps of `count` <= LOOKUP_BURST_MAX lookups that have begun and are not final. */
enum { LOOKUP_BURST_MAX = WALK_BURST_MAX };
void lookup_burst(struct lookup **lookups, size_t count);

/* All steps. */
void lookup_run(struct lookup *lookup, const struct serving *serving,
		const struct split_name *sname, uint16_t qtype);

/* Is the RRset that `answer` names a CNAME that leads on, in its zone or into another one that is
 * served (RFC 1034 4.3.2 step 3a)? */
bool lookup_leads_on(const struct serving *serving, const struct answer *answer);

#endif
