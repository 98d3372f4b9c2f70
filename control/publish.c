#include "control/publish.h"

#include <stdlib.h>

#include "control/log.h"
#include "dataplane/epoch.h"
#include "dataplane/serving.h"

/* A worker passes a quiescent state every few microseconds, so the first look usually finds the
 * grace period over. A worker that the kernel has put aside may take tens of milliseconds; looking
 * every millisecond costs nothing meanwhile. */
enum { GRACE_POLL_MS = 1 };

/* What was published, until nobody can see it any more. */
struct retired {
	struct retired *next;
	const struct serving *serving;
	uint64_t epoch;
	uv_work_t work;
	size_t version_count;
	struct zone_version *versions[];
};

struct publisher {
	uv_loop_t *loop;
	uv_timer_t timer;      /* runs while something is retired */
	struct retired *first; /* oldest; grace periods end in this order */
	struct retired *last;
	size_t retired_count;
	const struct serving *current; /* NULL before publish_first() */
	uint64_t generation;
	struct serving pattern;
};

static void
serving_free(const struct serving *serving)
{
	if (serving == NULL)
		return;
	zoneset_free((struct zoneset *)(uintptr_t)serving->zones);
	free((void *)(uintptr_t)serving);
}

static void
free_versions(uv_work_t *work)
{
	struct retired *retired = work->data;
	for (size_t i = 0; i < retired->version_count; i++)
		zone_version_free(retired->versions[i]);
}

static void
free_retired(uv_work_t *work, int status)
{
	free(work->data);
}

/* Unreachable: the workers have all passed a quiescent state since the swap that took it away. The
 * version of a large zone is gigabytes to unmap, which is not for the event loop. */
static void
reclaim(struct publisher *publisher, struct retired *retired)
{
	log_event(EVENT_ZONE_RETIRED, LOG_NUMBER("generation", retired->serving->generation),
		  LOG_NUMBER("versions", retired->version_count));
	serving_free(retired->serving);
	retired->work.data = retired;
	uv_queue_work(publisher->loop, &retired->work, free_versions, free_retired);
}

static void
reclaim_what_is_over(struct publisher *publisher)
{
	while (publisher->first != NULL && epoch_is_over(publisher->first->epoch)) {
		struct retired *retired = publisher->first;
		publisher->first = retired->next;
		publisher->retired_count--;
		reclaim(publisher, retired);
	}
	if (publisher->first == NULL) {
		publisher->last = NULL;
		uv_timer_stop(&publisher->timer);
	}
}

static void
on_grace_timer(uv_timer_t *timer)
{
	reclaim_what_is_over(timer->data);
}

/* Cannot fail: `retired` was allocated before the swap. */
static void
retire_after_grace(struct publisher *publisher, struct retired *retired,
		   const struct serving *serving)
{
	retired->serving = serving;
	retired->epoch = epoch_advance();
	if (publisher->last != NULL)
		publisher->last->next = retired;
	else
		publisher->first = retired;
	publisher->last = retired;
	publisher->retired_count++;
	uv_timer_start(&publisher->timer, on_grace_timer, 0, GRACE_POLL_MS);
}

static struct serving *
serving_new(const struct publisher *publisher, const struct zoneset *zones)
{
	struct serving *serving = malloc(sizeof(*serving));
	if (serving == NULL)
		return NULL;
	*serving = publisher->pattern;
	serving->zones = zones;
	serving->generation = publisher->generation + 1;
	return serving;
}

enum status
publisher_new(uv_loop_t *loop, const struct serving *pattern, struct publisher **out)
{
	struct publisher *publisher = calloc(1, sizeof(*publisher));
	if (publisher == NULL)
		return STATUS_NO_MEMORY;
	publisher->loop = loop;
	publisher->pattern = *pattern;
	uv_timer_init(loop, &publisher->timer);
	publisher->timer.data = publisher;
	*out = publisher;
	return STATUS_OK;
}

enum status
publish_first(struct publisher *publisher, const struct zone_table *table)
{
	enum status status = STATUS_NO_MEMORY;
	struct zoneset *zones = NULL;
	struct serving *serving = NULL;
	struct zoneset_member *members = calloc(table->count + 1, sizeof(*members));
	if (members == NULL)
		return STATUS_NO_MEMORY;
	for (size_t i = 0; i < table->count; i++)
		members[i] = (struct zoneset_member){.apex = table->zones[i].config.apex,
						     .version = table->zones[i].version};
	status = zoneset_new(members, table->count, &zones);
	if (status != STATUS_OK)
		goto free_members;
	serving = serving_new(publisher, zones);
	if (serving == NULL) {
		zoneset_free(zones);
		status = STATUS_NO_MEMORY;
		goto free_members;
	}
	publisher->generation++;
	publisher->current = serving;
	serving_swap(serving); /* PUBLISH; there was none before */
free_members:
	free(members);
	return status;
}

/* The zone's from now on; returns the one before, which may be NULL. */
static struct zone_version *
exchange_version(const struct publication *publication)
{
	struct zone_version *before = publication->zone->version;
	publication->zone->version = publication->version;
	publication->zone->publish_count++;
	return before;
}

/* Before the first serving set: nobody has seen a version yet. */
static void
collect_versions(const struct publication *publications, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct zone_version *before = exchange_version(&publications[i]);
		if (before != NULL)
			zone_version_free(before);
	}
}

/* The serving set with these versions in it; NULL: out of memory. */
static struct serving *
derive_serving(const struct publisher *publisher, const struct publication *publications,
	       size_t count)
{
	struct serving *next = NULL;
	struct zoneset *zones = NULL;
	struct zoneset_member *members = calloc(count, sizeof(*members));
	if (members == NULL)
		return NULL;
	for (size_t i = 0; i < count; i++)
		members[i] = (struct zoneset_member){.apex = publications[i].zone->config.apex,
						     .version = publications[i].version};
	if (zoneset_derive(publisher->current->zones, members, count, &zones) != STATUS_OK)
		goto free_members;
	next = serving_new(publisher, zones);
	if (next == NULL)
		zoneset_free(zones);
free_members:
	free(members);
	return next;
}

enum status
publish_zones(struct publisher *publisher, const struct publication *publications, size_t count)
{
	if (count == 0)
		return STATUS_OK;
	if (publisher->current == NULL) {
		collect_versions(publications, count);
		return STATUS_OK;
	}
	/* Many publishes in a row must not pile up what the timer would free. */
	reclaim_what_is_over(publisher);

	/* Build, invisibly: all that may fail, the retire record included. */
	struct retired *retired =
	    calloc(1, sizeof(*retired) + count * sizeof(struct zone_version *));
	if (retired == NULL)
		return STATUS_NO_MEMORY;
	struct serving *next = derive_serving(publisher, publications, count);
	if (next == NULL) {
		free(retired);
		return STATUS_NO_MEMORY;
	}

	/* Swap, then retire: from here on nothing can fail. */
	publisher->generation++;
	publisher->current = next;
	const struct serving *before = serving_swap(next); /* PUBLISH */
	for (size_t i = 0; i < count; i++) {
		struct zone_version *version = exchange_version(&publications[i]);
		if (version != NULL)
			retired->versions[retired->version_count++] = version;
	}
	retire_after_grace(publisher, retired, before);
	return STATUS_OK;
}

uint64_t
publisher_generation(const struct publisher *publisher)
{
	return publisher->generation;
}

size_t
publisher_retired_count(const struct publisher *publisher)
{
	return publisher->retired_count;
}

void
publisher_close(struct publisher *publisher)
{
	if (publisher != NULL)
		uv_close((uv_handle_t *)&publisher->timer, NULL);
}

void
publisher_free(struct publisher *publisher)
{
	if (publisher == NULL)
		return;
	while (publisher->first != NULL) {
		struct retired *retired = publisher->first;
		publisher->first = retired->next;
		serving_free(retired->serving);
		retired->work.data = retired;
		free_versions(&retired->work);
		free(retired);
	}
	serving_free(publisher->current);
	free(publisher);
}
