/* compile_forget.c -- gives the memory of a zone's records back while it is compiled (used by
 * compile_nodes.c). */
#include <stdlib.h>

#include "zones/compile.h"

enum {
	/* Fewer records are gone through before a second thread would have begun. */
	RRS_PER_JOB_MIN = 1 << 16,
};

/* One job: some of the zone's records. */
struct search {
	const struct zone *zone;
	size_t first_rr_idx;
	size_t end_rr_idx;
	struct rdata_use *uses;
};

static void
search_uses(void *context, unsigned idx)
{
	const struct search *search = (const struct search *)context + idx;
	const struct zone_rr *rrs = search->zone->rrs;
	for (size_t i = search->first_rr_idx; i < search->end_rr_idx; i++) {
		struct rdata_use *use = &search->uses[zone_memory_block(rrs[i].rdata)];
		if (use->end_rr_idx == 0)
			use->first_rr_idx = i;
		use->end_rr_idx = i + 1;
	}
}

enum status
rdata_uses_find(const struct zone *zone, struct jobs *jobs, struct rdata_uses *out)
{
	size_t job_max = 1 + zone->rr_count / RRS_PER_JOB_MIN;
	unsigned count = jobs->width < job_max ? jobs->width : (unsigned)job_max;
	size_t block_count = zone->memory->rdata_block_count;
	struct search *searches = calloc(count, sizeof(*searches));
	struct rdata_use *uses = calloc(count * block_count + 1, sizeof(*uses));
	if (searches == NULL || uses == NULL) {
		free(searches);
		free(uses);
		return STATUS_NO_MEMORY;
	}
	for (unsigned i = 0; i < count; i++) {
		searches[i] = (struct search){
		    .zone = zone,
		    .first_rr_idx = zone->rr_count * i / count,
		    .end_rr_idx = zone->rr_count * (i + 1) / count,
		    .uses = uses + i * block_count,
		};
	}
	jobs->run(jobs, search_uses, searches, count);
	/* The jobs went through the records in this order. */
	for (size_t i = block_count; i < count * block_count; i++) {
		struct rdata_use *use = &uses[i % block_count];
		if (uses[i].end_rr_idx != 0 && use->end_rr_idx == 0)
			*use = uses[i];
		else if (uses[i].end_rr_idx != 0)
			use->end_rr_idx = uses[i].end_rr_idx;
	}
	free(searches);
	*out = (struct rdata_uses){uses, block_count};
	return STATUS_OK;
}

void
rdata_uses_fini(struct rdata_uses *uses)
{
	free(uses->blocks);
	*uses = (struct rdata_uses){0};
}

void
records_forget(struct zone *zone, const struct rdata_uses *uses, struct zone_position first,
	       struct zone_position from, size_t end_idx)
{
	size_t end_rr_idx = zone->rrsets[end_idx].first_rr_idx;
	for (size_t i = 0; i < uses->block_count; i++) {
		const struct rdata_use *use = &uses->blocks[i];
		if (use->first_rr_idx >= first.rr_idx && use->end_rr_idx > from.rr_idx &&
		    use->end_rr_idx <= end_rr_idx)
			zone_memory_forget(zone->memory, i);
	}
	/* From the beginning again: a page that two calls share is given back by neither else. */
	zone_forget(zone, first, end_idx);
}
