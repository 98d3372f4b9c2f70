/* zone_print.h -- a zone as the text of a zone file.
 *
 * Threads:   one.
 * Memory:    the text is the caller's, to be freed.
 * Errors:    end the program.
 * Standards: RFC 1035 5.1.
 */
#ifndef GLUED_TESTS_FUZZ_ZONE_PRINT_H
#define GLUED_TESTS_FUZZ_ZONE_PRINT_H

#include "zones/zone.h"

/* One record a line, in the zone's order. */
char *zone_print(const struct zone *zone, size_t *len);

#endif
