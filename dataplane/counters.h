/* counters.h -- how every message ends, counted once, in one table.
 *
 * Threads:   a block has one writer, its owner (a worker, or control); anyone reads.
 * Memory:    blocks belong to their worker or to control; each on cache lines of its own.
 * Errors:    none.
 * Standards: none.
 *
 * The law, held at every moment no burst is in flight:
 *     rx == answer + miss + exception + (sum of drop_*)
 *     answer + reply == tx + tx_full      (reply: answers from the control thread)
 */
#ifndef GLUED_DATAPLANE_COUNTERS_H
#define GLUED_DATAPLANE_COUNTERS_H

#include <stdatomic.h>

#include "zones/base.h"
#include "zones/dns.h"

/* Dispositions: each received frame or message ends in exactly one. */
#define DISPOSITIONS(X) \
	X(ANSWER, answer, "response handed to transmission") \
	X(MISS, miss, "not answerable from the trie; to the control thread") \
	X(EXCEPTION, exception, "not DNS over UDP for us; to the kernel interface") \
	X(DROP_SHORT, drop_short, "shorter than its own headers claim") \
	X(DROP_CHECKSUM, drop_checksum, "IPv4 or UDP checksum wrong") \
	X(DROP_SOURCE, drop_source, "from an address or port that nobody may answer") \
	X(DROP_HEADER, drop_header, "DNS message shorter than a header") \
	X(DROP_RESPONSE, drop_response, "a response, not a query") \
	X(DROP_MISS_FULL, drop_miss_full, "miss ring full") \
	X(DROP_EXCEPTION_FULL, drop_exception_full, "exception ring full") \
	X(DROP_NO_EXCEPTION, drop_no_exception, \
	  "for the kernel, but the port has no exception interface")

/* Everything else that is counted. */
#define TALLIES(X) \
	X(RX, rx, "frames received") \
	X(TX, tx, "frames handed to the device") \
	X(TX_FULL, tx_full, "responses dropped: the device's queue was full") \
	X(REPLY, reply, "responses of the control thread, handed to transmission") \
	X(INJECT, inject, "frames from the kernel interface, handed to the device") \
	X(INJECT_FULL, inject_full, "frames from the kernel interface dropped: queue full") \
	X(TRUNCATED, truncated, "responses with TC") \
	X(NOERROR, noerror, "responses with RCODE NOERROR") \
	X(FORMERR, formerr, "responses with RCODE FORMERR") \
	X(SERVFAIL, servfail, "responses with RCODE SERVFAIL") \
	X(NXDOMAIN, nxdomain, "responses with RCODE NXDOMAIN") \
	X(NOTIMP, notimp, "responses with RCODE NOTIMP") \
	X(REFUSED, refused, "responses with RCODE REFUSED") \
	X(OTHER_RCODE, other_rcode, "responses with another RCODE")

enum counter {
#define COUNTER_ENUM(name, field, help) COUNTER_##name,
	DISPOSITIONS(COUNTER_ENUM) TALLIES(COUNTER_ENUM)
#undef COUNTER_ENUM
	    COUNTER_COUNT,
	DISPOSITION_COUNT = COUNTER_RX, /* the dispositions stand first */
};

struct counters {
	_Alignas(64) _Atomic uint64_t values[COUNTER_COUNT];
};

/* By the owner only: no read-modify-write, because there is one writer. */
static inline void
counter_add(struct counters *counters, enum counter counter, uint64_t amount)
{
	uint64_t before = atomic_load_explicit(&counters->values[counter], memory_order_relaxed);
	atomic_store_explicit(&counters->values[counter], before + amount, memory_order_relaxed);
}

/* By anyone. */
static inline uint64_t
counter_read(const struct counters *counters, enum counter counter)
{
	return atomic_load_explicit(&counters->values[counter], memory_order_relaxed);
}

/* "drop_short" and the help sentence, for reports. */
const char *counter_name(enum counter counter);
const char *counter_help(enum counter counter);

/* The responses of a burst, counted by RCODE and TC bit before they are added to the counters. The
 * upper bits of an extended RCODE travel in OPT (RFC 6891 6.1.3): BADVERS has 0 in the header and
 * counts as NOERROR here, BADCOOKIE as another RCODE. */
struct response_tally {
	uint16_t rcodes[FLAG_RCODE + 1];
	uint16_t truncated_count;
};

/* `message` has a header. */
static inline void
response_tally_add(struct response_tally *tally, const uint8_t *message)
{
	unsigned flags = be16_read(message + HEADER_FLAGS_OFF);

	tally->rcodes[flags & FLAG_RCODE]++;
	tally->truncated_count = (uint16_t)(tally->truncated_count + ((flags & FLAG_TC) != 0));
}

/* By the counters' owner; empties the tally. */
void response_tally_flush(struct counters *counters, struct response_tally *tally);

/* The same for a single response. */
void counter_add_response(struct counters *counters, const uint8_t *message);

#endif
