/* cookie.h -- DNS cookies that every server of an anycast set makes alike: made and verified.
 *
 * Threads:   any; pure.
 * Memory:    allocates nothing. The secrets belong to the configuration.
 * Errors:    none: a cookie is good or it is not.
 * Standards: RFC 7873; RFC 9018 4 (server cookies), 5 (changing the secret).
 *
 * A cookie as the option carries it:
 *
 *   octets   0-7     8       9-11       12-15       16-23
 *            client  version reserved   timestamp   SipHash-2-4 of all before it and the client's
 *                                                   address
 */
#ifndef GLUED_DATAPLANE_COOKIE_H
#define GLUED_DATAPLANE_COOKIE_H

#include "dataplane/arrival.h"
#include "dataplane/siphash.h"

enum {
	COOKIE_CLIENT_LEN = 8,
	COOKIE_LEN = 24, /* of the client's and ours together */

	/* RFC 7873 4: what any server's may be. */
	COOKIE_SERVER_LEN_MIN = 8,
	COOKIE_SERVER_LEN_MAX = 32,

	COOKIE_SECRETS_MAX = 2,
};

struct cookie_policy {
	bool is_required; /* over UDP, of clients that know cookies */
	uint8_t secret_count;
	/* Cookies are made with the first; each may have made one that comes back. */
	uint8_t secrets[COOKIE_SECRETS_MAX][SIPHASH_KEY_LEN];
};

/* Did we, or another server with one of the secrets, give this client this cookie, not too long
 * ago? */
bool cookie_is_good(const struct cookie_policy *policy, const struct arrival *arrival,
		    const uint8_t cookie[COOKIE_LEN]);

/* The cookie for a client that is known by its address: `cookie` begins with its own part. */
void cookie_make(const struct cookie_policy *policy, const struct arrival *arrival,
		 uint8_t cookie[COOKIE_LEN]);

#endif
