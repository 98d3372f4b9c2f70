/* oracle_zone.h -- random zones in which names collide: few labels, all kinds of nodes.
 *
 * Threads:   one.
 * Memory:    a struct oracle_zone is its caller's; the names lie inside it.
 * Errors:    none; what comes out is a zone that zone_read_text() accepts.
 * Standards: none.
 */
#ifndef GLUED_TESTS_UNIT_ORACLE_ZONE_H
#define GLUED_TESTS_UNIT_ORACLE_ZONE_H

#include <stdio.h>

#include "tests/unit/engine.h"

enum { ORACLE_NAMES_MAX = 400, ORACLE_LABELS_MAX = 9 };

enum oracle_kind { ORACLE_DATA, ORACLE_CUT, ORACLE_CNAME, ORACLE_DNAME };

struct oracle_zone {
	struct random *random;
	const struct oracle_zone *other; /* NULL, or whose names targets are now and then */
	uint8_t origin[DNAME_LEN_MAX];
	unsigned label_count; /* the labels that names are made of, most of the time */
	const char *labels[ORACLE_LABELS_MAX];
	unsigned name_count; /* [0] is the apex */
	struct {
		uint8_t dname[DNAME_LEN_MAX];
		enum oracle_kind kind;
	} names[ORACLE_NAMES_MAX];
};

/* Makes up to `name_count` names and writes their records as a zone file. */
void oracle_zone_make(struct oracle_zone *zone, struct random *random, const uint8_t *origin,
		      unsigned name_count, FILE *out);

/* Another one of the same apex and labels. */
void oracle_zone_again(struct oracle_zone *zone, unsigned name_count, FILE *out);

/* A label (length octet, octets) before a name; false if that is too long. */
bool oracle_prepend(const char *label, const uint8_t *dname, uint8_t out[DNAME_LEN_MAX]);

/* One of the zone's labels, or any other. */
const char *oracle_label(const struct oracle_zone *zone);

/* A name that exists, or almost. */
void oracle_near_name(const struct oracle_zone *zone, uint8_t out[DNAME_LEN_MAX]);

#endif
