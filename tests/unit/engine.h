/* engine.h -- what the tests of the answer engine share: zones from text, a serving set of them,
 * questions, and the engine asked with a watch on what it writes.
 *
 * Threads:   one.
 * Memory:    a struct engine owns its zones until engine_fini(), and stays where it is: its zone
 *            set points into it.
 * Errors:    fail the test that runs.
 * Standards: none.
 */
#ifndef GLUED_TESTS_UNIT_ENGINE_H
#define GLUED_TESTS_UNIT_ENGINE_H

#include "dataplane/answer.h"
#include "tests/unit/dns_decode.h"
#include "zones/zone.h"

/* A generator of our own: the same everywhere, and seeded. */
struct random {
	uint64_t state;
};

static inline struct random
random_new(uint64_t seed)
{
	return (struct random){seed * UINT64_C(0x9e3779b97f4a7c15) + 0x1234567};
}

/* splitmix64 */
static inline uint64_t
random_next(struct random *random)
{
	uint64_t z = random->state += UINT64_C(0x9e3779b97f4a7c15);
	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static inline unsigned
random_below(struct random *random, unsigned bound)
{
	return (unsigned)(random_next(random) >> 32) % bound;
}

enum { ENGINE_ZONES_MAX = 8 };

struct engine {
	struct serving serving;
	struct zoneset *zoneset;
	size_t zone_count;
	struct engine_zone {
		uint8_t origin[DNAME_LEN_MAX];
		struct zone *zone; /* NULL: configured, not available */
		struct zone_version *version;
	} zones[ENGINE_ZONES_MAX];
};

void engine_init(struct engine *engine);
void engine_fini(struct engine *engine);

/* Reads and compiles a zone; with `text` NULL it is configured but not available. */
void engine_add_text(struct engine *engine, const char *origin, const char *text);
void engine_add(struct engine *engine, const uint8_t *origin, const char *text, size_t len);

/* Takes ownership of a zone that was read. */
void engine_add_zone(struct engine *engine, const uint8_t *origin, struct zone *zone);

/* After the last zone. */
void engine_ready(struct engine *engine);

/* All of it: an engine that serves these zones. */
struct engine_text {
	const char *origin;
	const char *text; /* NULL: configured, not available */
};
void engine_serve(struct engine *engine, const struct engine_text *zones, size_t count);

/* Wire form of a name in presentation form. */
void name_read(const char *text, uint8_t out[DNAME_LEN_MAX]);

enum { NO_EDNS = -1 };

struct question {
	const uint8_t *qname;
	uint16_t qtype;
	uint16_t qclass; /* 0: IN */
	uint16_t flags;
	int udp_payload; /* or NO_EDNS */
	uint8_t version;
	bool has_do;
};

/* The query message, at most 12 + 255 + 4 + 11 octets. */
enum { QUERY_LEN_MAX = HEADER_LEN + DNAME_LEN_MAX + QUESTION_FIXED_LEN + OPT_FIXED_LEN };
size_t question_put(const struct question *question, uint8_t message[QUERY_LEN_MAX]);

/* answer_message() on `message` of `len` octets, in place, where there is room for `cap` octets and
 * ENGINE_CANARY_LEN more; fails the test if those are touched. Returns the response's length, 0
 * for none. */
enum { ENGINE_CANARY_LEN = 32 };
size_t engine_ask(const struct engine *engine, enum transport transport, uint8_t *message,
		  size_t len, size_t cap, enum counter *disposition);

/* The same query through compose(), whether or not there is a template, where a response may have
 * `cap` octets and has no OPT. Returns the response's length, 0 where nothing is looked up. */
size_t engine_compose(const struct engine *engine, uint8_t *message, size_t len, size_t cap);

#endif
