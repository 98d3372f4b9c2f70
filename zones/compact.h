/* compact.h -- a version in a store of its own, without what the changes before it have left
 * behind.
 *
 * Threads:   compacting: the pool; the version is only read, and others may be derived from it
 *            meanwhile. Asking whether it is worth while: any.
 * Memory:    while it lasts, the version's records are there beside both versions; they go piece by
 *            piece as the new one is compiled.
 * Errors:    no memory.
 * Standards: none.
 *
 * The records are compiled anew: equal RRsets and templates are stored once again, hosts that
 * nothing points at lose their numbers, and RRsets whose targets have appeared since get their
 * templates. What was derived meanwhile is not in the outcome: whoever compacts applies those
 * changes to it again.
 */
#ifndef GLUED_ZONES_COMPACT_H
#define GLUED_ZONES_COMPACT_H

#include "zones/version.h"

/* Is more than a third of the store garbage, as far as known, so that it is half as long again as
 * it needs to be? Of a shared store more than a fifth: by a third the room behind it would be used
 * up, and what is changed while it is compacted needs some. Shared RRsets and templates count as
 * garbage where one owner leaves them: too soon rather than too late. */
bool zone_version_wants_compaction(const struct zone_version *version);

NODISCARD enum status zone_version_compact(const struct zone_version *version, struct jobs *jobs,
					   struct zone_version **out, struct error *error);

#endif
