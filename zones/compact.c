/* compact.c -- versions made dense. */
#include "zones/compact.h"

#include "zones/zone_records.h"

bool
zone_version_wants_compaction(const struct zone_version *version)
{
	size_t garbage = (size_t)version_image(version)->garbage * REF_UNIT;
	size_t len = store_len(version->store);
	return garbage > len / (len > STORE_COPIED_LEN_MAX ? 5 : 3);
}

enum status
zone_version_compact(const struct zone_version *version, struct jobs *jobs,
		     struct zone_version **out, struct error *error)
{
	struct zone *zone;
	enum status status = zone_from_version(version, &zone);
	if (status != STATUS_OK)
		return error_set(error, status, "no memory to compact a zone of %u records",
				 version_image(version)->rr_count);
	return zone_version_compile_away(zone, jobs, out, error);
}
