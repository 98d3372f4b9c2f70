/* change_tools.h -- what the tests of change sets share.
 *
 * Threads:   one.
 * Memory:    what is returned is the caller's.
 * Errors:    fail the test that runs.
 * Standards: none.
 */
#ifndef GLUED_TESTS_UNIT_CHANGE_TOOLS_H
#define GLUED_TESTS_UNIT_CHANGE_TOOLS_H

#include "tests/unit/engine.h"

/* NULL if the zone is refused. */
struct zone *zone_of_text(const uint8_t *origin, const char *text, size_t len);

struct zone_version *version_of_zone(const struct zone *zone);

/* The version as one of a store that versions share, with room behind it. */
struct zone_version *version_make_large(struct zone_version *version);

/* An engine that serves this version alone, which stays the caller's; its zone set is freed by the
 * caller. */
void engine_of_version(struct engine *engine, const uint8_t *origin, struct zone_version *version);

#endif
