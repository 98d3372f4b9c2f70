/* gluezone_load.h -- a serving set from zone files, for the commands of gluezone that answer.
 *
 * Threads:   one.
 * Memory:    what is loaded belongs to the caller until loaded_free().
 * Errors:    findings are printed to standard error; GLUEZONE_REFUSED where a zone has errors.
 * Standards: none.
 */
#ifndef GLUED_CONTROL_GLUEZONE_LOAD_H
#define GLUED_CONTROL_GLUEZONE_LOAD_H

#include "control/gluezone.h"
#include "dataplane/serving.h"

struct loaded_zone {
	uint8_t apex[DNAME_LEN_MAX];
	struct zone_version *version;
};

struct loaded {
	struct loaded_zone *zones;
	size_t zone_count;
	struct zoneset *zoneset;
	struct serving serving;
};

/* Reads and compiles `count` > 0 zones: origins[i] (presentation form) from paths[i]. */
NODISCARD enum gluezone_exit loaded_new(const char *const *origins, const char *const *paths,
					size_t count, struct loaded *out);
void loaded_free(struct loaded *loaded);

#endif
