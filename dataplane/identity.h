/* identity.h -- what the server says of itself: its own name and addresses, and the texts for those
 * who want to know whom they are talking to.
 *
 * Threads:   made by control; read by any thread, never changed.
 * Memory:    belongs to the configuration, which outlives every serving set.
 * Errors:    none.
 * Standards: RFC 4892 (id.server), RFC 5001 (NSID), KB838151 (the server's own name).
 */
#ifndef GLUED_DATAPLANE_IDENTITY_H
#define GLUED_DATAPLANE_IDENTITY_H

#include "zones/version.h"

enum {
	/* A client's NSID is a name or a number; more only makes responses longer. */
	IDENTITY_NSID_MAX = 128,
	IDENTITY_TEXT_MAX = 255, /* one character-string (RFC 1035 3.3.14) */

	/* Of the server's own addresses where no zone has them. They change when servers move. */
	IDENTITY_TTL = 3600,
};

/* Octets that the server answers with, or none (len 0): then it does not. */
struct identity_text {
	const uint8_t *octets;
	uint16_t len;
};

struct identity {
	const uint8_t *name;       /* in lower case; NULL: none */
	const struct rrset *ipv4;  /* its addresses, A; NULL: none */
	const struct rrset *ipv6;  /* AAAA */
	struct identity_text nsid; /* at most IDENTITY_NSID_MAX */

	/* class CH: version.bind and version.server, hostname.bind, id.server */
	struct identity_text version;
	struct identity_text hostname;
	struct identity_text id;
};

/* What a question of class CH is answered with; NULL: nothing. */
const struct identity_text *identity_chaos(const struct identity *identity, const uint8_t *qname,
					   uint16_t qtype);

/* Is this the server's own name, and are there addresses to go with it? */
bool identity_is_own_name(const struct identity *identity, const uint8_t *dname);

/* The RRset that answers a question for the server's own name; NULL: none of the type. */
const struct rrset *identity_rrset(const struct identity *identity, uint16_t qtype);

#endif
