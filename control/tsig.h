/* tsig.h -- TSIG records of messages: read, and said to be no good.
 *
 * Threads:   any; pure.
 * Memory:    allocates nothing; a struct tsig keeps no pointer into the message.
 * Errors:    a record that cannot be read is the message's FORMERR.
 * Standards: RFC 8945 4.2 (the record), 5.3.2 (errors).
 *
 * There are no keys yet: nothing is verified or signed.
 */
#ifndef GLUED_CONTROL_TSIG_H
#define GLUED_CONTROL_TSIG_H

#include "zones/dname.h"

enum tsig_error { TSIG_BADKEY = 17 };

struct tsig {
	uint8_t key[DNAME_LEN_MAX];
	uint8_t algorithm[DNAME_LEN_MAX];
	uint8_t time_signed[6];
	uint16_t fudge;
	uint16_t original_id;
	uint16_t error; /* for the response */
};

/* Reads the TSIG record at `off`, which the message's parsing has found there, at the end. */
bool tsig_read(struct tsig *tsig, const uint8_t *message, size_t len, size_t off);

/* Appends an unsigned TSIG record with tsig->error to the response. Returns the response's new
 * length; if that would be more than `cap`, the old one, and nothing is appended. */
size_t tsig_put_error(const struct tsig *tsig, uint8_t *message, size_t len, size_t cap);

#endif
