#include "control/zone_change.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include "control/jobs_threads.h"
#include "control/log.h"
#include "zones/compact.h"
#include "zones/denial.h"

enum {
	/* Sets kept for a compaction: no more are derived until it has caught up. */
	KEPT_OCTETS_MAX = 32 << 20,

	/* When so few are left, or after so many rounds, new sets wait for the last round. */
	LAST_ROUND_MAX = 64,
	ROUNDS_MAX = 4,

	/* How often a set may find the store full: once before a compaction, once behind what was
	   applied to its outcome. */
	FULL_MAX = 2,
};

static const char stopping_reason[] = "the server is stopping";
static const char overtaken_reason[] = "the zone was reloaded before the changes were applied";

/* A set on its way. */
struct pending {
	struct pending *next;
	struct change_set *set;
	change_done_fn done;
	void *context;
	unsigned full_count; /* times that the store had no room for it */

	/* derived */
	bool is_tried;
	enum status status;
	struct change_report report;
	struct error error;
};

/* In order. */
struct pending_list {
	struct pending *first;
	struct pending *last;
	size_t count;
	size_t octets;
};

/* Sets that waited, derived in one go. */
struct derivation_job {
	uv_work_t work;
	bool is_running;
	bool is_void;             /* a reload was published since */
	struct zone_version from; /* its store is held */
	struct pending_list sets;
	struct zone_version *version; /* with all the sets that could be applied; NULL: none */
};

/* A version made dense, to which what was published meanwhile is applied. */
struct compaction {
	uv_work_t work;
	bool is_running;
	bool is_void;
	struct zone_version from; /* its store is held until it is dense */
	struct zone_version *version;
	struct pending_list sets; /* of the round that runs */
	struct pending_list kept; /* published since */
	unsigned round_count;
	uint64_t begun_at; /* uv_hrtime() */
	enum status status;
	struct error error;
};

/* A zone that is being changed; nothing is kept of the others. */
struct changing_zone {
	struct changing_zone *next;
	struct zone_changer *changer;
	struct hosted_zone *zone;
	uint16_t publish_count; /* the zone's; another one: a reload was published */
	struct pending_list queue;
	struct derivation_job derivation;
	struct compaction compaction;
	bool wants_compaction; /* none is under way */
	bool is_full;          /* nothing can be derived before a compaction */
	bool is_held;          /* nothing is derived before the last round is published */
	bool is_advancing;     /* changing_zone_advance() is below us on the stack */
};

struct zone_changer {
	uv_loop_t *loop;
	struct publisher *publisher;
	unsigned nsec3_iterations_max; /* fixed; of zones without a limit of their own */
	struct changing_zone *zones;
	size_t zone_count;
	_Atomic bool is_stopping; /* written by control, read by the pool */
};

static bool
is_stopping(const struct zone_changer *changer)
{
	return atomic_load_explicit(&changer->is_stopping, memory_order_relaxed);
}

/* -- lists of sets ------------------------------------------------------------------------------
 */

static void
list_put(struct pending_list *list, struct pending *pending)
{
	pending->next = NULL;
	if (list->last != NULL)
		list->last->next = pending;
	else
		list->first = pending;
	list->last = pending;
	list->count++;
	list->octets += sizeof(*pending) + pending->set->octets;
}

static struct pending *
list_take(struct pending_list *list)
{
	struct pending *pending = list->first;
	if (pending == NULL)
		return NULL;
	list->first = pending->next;
	if (list->first == NULL)
		list->last = NULL;
	list->count--;
	list->octets -= sizeof(*pending) + pending->set->octets;
	return pending;
}

static struct pending_list
list_take_all(struct pending_list *list)
{
	struct pending_list all = *list;
	*list = (struct pending_list){0};
	return all;
}

/* Puts these before the others. */
static void
list_put_back(struct pending_list *list, struct pending_list before)
{
	struct pending_list behind = list_take_all(list);
	struct pending *pending;
	*list = before;
	while ((pending = list_take(&behind)) != NULL)
		list_put(list, pending);
}

static void
pending_free(struct pending *pending)
{
	change_set_free(pending->set);
	free(pending);
}

static void
list_free(struct pending_list *list)
{
	struct pending *pending;
	while ((pending = list_take(list)) != NULL)
		pending_free(pending);
}

/* -- on the pool --------------------------------------------------------------------------------
 */

/* Puts `next` in the place of a version that nobody has seen. */
static void
version_replace(struct zone_version **version, struct zone_version *next)
{
	zone_version_free(*version);
	*version = next;
}

/* The version after a set, if it may be served. */
static enum status
derive(const struct changing_zone *changing, struct pending *pending,
       const struct zone_version *from, struct zone_version **next)
{
	enum status status =
	    change_set_derive(pending->set, from, next, &pending->report, &pending->error);
	if (status != STATUS_OK)
		return status;
	unsigned iterations_max = config_zone_nsec3_iterations(
	    &changing->zone->config, changing->changer->nsec3_iterations_max);
	status = denial_check_cost(*next, iterations_max, &pending->error);
	if (status != STATUS_OK)
		zone_version_free(*next);
	return status;
}

static void
derivation_run(uv_work_t *work)
{
	struct changing_zone *changing = work->data;
	struct derivation_job *job = &changing->derivation;
	for (struct pending *at = job->sets.first; at != NULL; at = at->next) {
		struct zone_version *next;
		if (is_stopping(changing->changer))
			break;
		at->is_tried = true;
		at->status =
		    derive(changing, at, job->version != NULL ? job->version : &job->from, &next);
		if (at->status == STATUS_OK)
			version_replace(&job->version, next);
		else if (at->status == STATUS_LIMIT)
			break; /* those behind it may build on it */
	}
	store_release(job->from.store);
}

static void
replay(struct changing_zone *changing)
{
	struct compaction *compaction = &changing->compaction;
	for (struct pending *at = compaction->sets.first; at != NULL; at = at->next) {
		struct zone_version *next;
		if (compaction->status != STATUS_OK || is_stopping(changing->changer))
			return;
		compaction->status = change_set_derive(at->set, compaction->version, &next, NULL,
						       &compaction->error);
		if (compaction->status == STATUS_OK)
			version_replace(&compaction->version, next);
	}
}

static void
compaction_run(uv_work_t *work)
{
	struct changing_zone *changing = work->data;
	struct compaction *compaction = &changing->compaction;
	struct jobs_threads threads;
	jobs_threads_init(&threads, 0);
	if (compaction->version != NULL) {
		replay(changing);
		return;
	}
	compaction->status = zone_version_compact(&compaction->from, &threads.jobs,
						  &compaction->version, &compaction->error);
	store_release(compaction->from.store);
}

/* -- versions that are not published after all ---------------------------------------------------
 */

struct discard {
	uv_work_t work;
	struct zone_version *version;
};

static void
discard_run(uv_work_t *work)
{
	zone_version_free(((struct discard *)work->data)->version);
}

static void
discard_end(uv_work_t *work, int status)
{
	free(work->data);
}

/* On the pool: it may be the last to hold its store, gigabytes to unmap. */
static void
version_discard(const struct zone_changer *changer, struct zone_version **version)
{
	struct discard *discard = *version != NULL ? malloc(sizeof(*discard)) : NULL;
	if (discard == NULL) {
		zone_version_free(*version);
	} else {
		discard->version = *version;
		discard->work.data = discard;
		uv_queue_work(changer->loop, &discard->work, discard_run, discard_end);
	}
	*version = NULL;
}

/* -- answers ------------------------------------------------------------------------------------
 */

/* `reason` NULL: published. The caller may come back with another request at once. */
static void
tell(const struct changing_zone *changing, struct pending *pending, const char *reason)
{
	const struct change_result result = {changing->zone, pending->report, reason};
	change_done_fn done = pending->done;
	pending->done = NULL;
	if (done != NULL)
		done(pending->context, &result);
}

static void
refuse_all(const struct changing_zone *changing, struct pending_list *list, const char *reason)
{
	struct pending_list all = list_take_all(list);
	struct pending *pending;
	while ((pending = list_take(&all)) != NULL) {
		tell(changing, pending, reason);
		pending_free(pending);
	}
}

/* -- publishing ---------------------------------------------------------------------------------
 */

/* The version is the zone's from here on, or (a failure) nobody's. */
static enum status
publish_version(struct changing_zone *changing, struct zone_version **version)
{
	const struct publication publication = {changing->zone, *version};
	enum status status = publish_zones(changing->changer->publisher, &publication, 1);
	if (status != STATUS_OK) {
		version_discard(changing->changer, version);
		return status;
	}
	*version = NULL;
	changing->publish_count = changing->zone->publish_count; /* ours, not a reload's */
	changing->zone->loaded_at = (uint32_t)time(NULL);
	return STATUS_OK;
}

/* -- compaction ---------------------------------------------------------------------------------
 */

static void compaction_end(uv_work_t *work, int work_status);

static bool
is_compacting(const struct changing_zone *changing)
{
	const struct compaction *compaction = &changing->compaction;
	return compaction->is_running || compaction->version != NULL;
}

static void
compaction_queue(struct changing_zone *changing)
{
	struct compaction *compaction = &changing->compaction;
	compaction->is_running = true;
	compaction->status = STATUS_OK;
	compaction->work.data = changing;
	uv_queue_work(changing->changer->loop, &compaction->work, compaction_run, compaction_end);
}

static void
compaction_begin(struct changing_zone *changing)
{
	struct compaction *compaction = &changing->compaction;
	changing->wants_compaction = false;
	*compaction =
	    (struct compaction){.from = *changing->zone->version, .begun_at = uv_hrtime()};
	store_hold(compaction->from.store);
	compaction_queue(changing);
}

/* Without an outcome. */
static void
compaction_drop(struct changing_zone *changing)
{
	struct compaction *compaction = &changing->compaction;
	changing->is_held = false;
	version_discard(changing->changer, &compaction->version);
	list_free(&compaction->sets);
	list_free(&compaction->kept);
}

/* Where what was published meanwhile did not fit behind what is dense, the next one has the zone
 * for itself. Otherwise there is no memory, and no room for whoever waits for it. */
static void
compaction_fail(struct changing_zone *changing)
{
	struct compaction *compaction = &changing->compaction;
	compaction_drop(changing);
	if (compaction->status == STATUS_LIMIT && compaction->round_count > 0) {
		changing->is_full = true;
		changing->wants_compaction = true;
	} else if (changing->is_full) {
		changing->is_full = false;
		refuse_all(changing, &changing->queue, compaction->error.text);
	}
}

static void
compaction_publish(struct changing_zone *changing)
{
	struct compaction *compaction = &changing->compaction;
	size_t octets_before = store_len(changing->zone->version->store);
	compaction->status = publish_version(changing, &compaction->version);
	if (compaction->status != STATUS_OK) {
		error_set(&compaction->error, compaction->status, "out of memory while publishing");
		compaction_fail(changing);
		return;
	}
	char name[DNAME_TEXT_MAX];
	const struct zone_version *version = changing->zone->version;
	log_event(EVENT_ZONE_COMPACTED, LOG_TEXT("zone", hosted_zone_name(changing->zone, name)),
		  LOG_NUMBER("serial", version_serial(version)),
		  LOG_NUMBER("octets", store_len(version->store)),
		  LOG_NUMBER("octets-before", octets_before),
		  LOG_NUMBER("ms", (uv_hrtime() - compaction->begun_at) / 1000000));
	changing->is_held = false;
	changing->is_full = false;
	changing->wants_compaction = zone_version_wants_compaction(version);
}

/* The next round, or the end: a version is there, and no round runs. */
static void
compaction_go_on(struct changing_zone *changing)
{
	struct compaction *compaction = &changing->compaction;
	if (compaction->kept.count <= LAST_ROUND_MAX || compaction->round_count >= ROUNDS_MAX)
		changing->is_held = true;
	if (compaction->kept.count > 0) {
		compaction->round_count++;
		compaction->sets = list_take_all(&compaction->kept);
		compaction_queue(changing);
	} else if (!changing->derivation.is_running) {
		compaction_publish(changing);
	}
}

static void
compaction_advance(struct changing_zone *changing)
{
	if (changing->compaction.version != NULL && !changing->compaction.is_running)
		compaction_go_on(changing);
	if (changing->wants_compaction && !is_compacting(changing))
		compaction_begin(changing);
}

/* -- the life of a set --------------------------------------------------------------------------
 * zone_change_request() puts it in the zone's queue; derivation_run() on the pool; derivation_end()
 * publishes and answers. changing_zone_advance() decides after each of these what is next. */

static void derivation_end(uv_work_t *work, int work_status);

static void
derivation_begin(struct changing_zone *changing)
{
	struct derivation_job *job = &changing->derivation;
	if (job->is_running || changing->queue.count == 0 || changing->is_held ||
	    changing->is_full || changing->compaction.kept.octets > KEPT_OCTETS_MAX)
		return;
	job->is_running = true;
	job->is_void = false;
	job->from = *changing->zone->version;
	job->sets = list_take_all(&changing->queue);
	store_hold(job->from.store);
	job->work.data = changing;
	uv_queue_work(changing->changer->loop, &job->work, derivation_run, derivation_end);
}

static void
changing_zone_free(struct changing_zone *changing)
{
	struct zone_changer *changer = changing->changer;
	struct changing_zone **at = &changer->zones;
	while (*at != changing)
		at = &(*at)->next;
	*at = changing->next;
	changer->zone_count--;
	free(changing);
}

/* A reload has been published: what was derived from the version before is of no use, and what
 * waits was meant for that version. */
static void
yield_to_reload(struct changing_zone *changing)
{
	if (changing->publish_count == changing->zone->publish_count)
		return;
	changing->publish_count = changing->zone->publish_count;
	changing->derivation.is_void = changing->derivation.is_running;
	changing->compaction.is_void = changing->compaction.is_running;
	changing->wants_compaction = false;
	changing->is_full = false;
	list_free(&changing->compaction.kept);
	if (!changing->compaction.is_running)
		compaction_drop(changing);
	changing->is_held = false;
	refuse_all(changing, &changing->queue, overtaken_reason);
}

/* Begins what there is to do; the last that anyone does with `changing`, which may be gone then. */
static void
changing_zone_advance(struct changing_zone *changing)
{
	bool is_over = is_stopping(changing->changer);
	changing->is_advancing = true;
	yield_to_reload(changing);
	if (is_over) {
		if (!changing->compaction.is_running)
			compaction_drop(changing);
		changing->wants_compaction = false;
		refuse_all(changing, &changing->queue, stopping_reason);
	} else {
		compaction_advance(changing);
		derivation_begin(changing);
	}
	changing->is_advancing = false;
	if (!changing->derivation.is_running && !is_compacting(changing) &&
	    !changing->wants_compaction && changing->queue.count == 0)
		changing_zone_free(changing);
}

/* What became of a set that was derived, or was to be. */
static void
derivation_settle(struct changing_zone *changing, struct pending *pending, const char *failure,
		  struct pending_list *again)
{
	if (failure == NULL && (!pending->is_tried || (pending->status == STATUS_LIMIT &&
						       ++pending->full_count <= FULL_MAX))) {
		if (pending->is_tried)
			changing->is_full = changing->wants_compaction = true;
		pending->is_tried = false;
		list_put(again, pending);
		return;
	}
	bool is_applied = failure == NULL && pending->status == STATUS_OK;
	if (failure == NULL && pending->status != STATUS_OK)
		failure = pending->error.text;
	/* Before the answer: the caller may ask for more. */
	bool is_kept = is_applied && is_compacting(changing) && !changing->compaction.is_void;
	if (is_kept)
		list_put(&changing->compaction.kept, pending);
	tell(changing, pending, failure);
	if (!is_kept)
		pending_free(pending);
}

static const char *
derivation_failure(struct changing_zone *changing)
{
	struct derivation_job *job = &changing->derivation;
	const char *failure = is_stopping(changing->changer) ? stopping_reason
			      : job->is_void                 ? overtaken_reason
							     : NULL;
	if (failure != NULL)
		version_discard(changing->changer, &job->version);
	else if (job->version != NULL && publish_version(changing, &job->version) != STATUS_OK)
		failure = "out of memory while publishing";
	return failure;
}

static void
log_changed(const struct changing_zone *changing, size_t set_count)
{
	char name[DNAME_TEXT_MAX];
	log_event(EVENT_ZONE_CHANGED, LOG_TEXT("zone", hosted_zone_name(changing->zone, name)),
		  LOG_NUMBER("serial", version_serial(changing->zone->version)),
		  LOG_NUMBER("sets", set_count));
}

static void
derivation_end(uv_work_t *work, int work_status)
{
	struct changing_zone *changing = work->data;
	struct derivation_job *job = &changing->derivation;
	struct pending_list sets = list_take_all(&job->sets);
	struct pending_list again = {0};
	struct pending *pending;
	changing->is_advancing = true; /* requests that come by now only wait */
	yield_to_reload(changing);
	job->is_running = false;
	bool has_version = job->version != NULL;
	const char *failure = derivation_failure(changing);
	if (failure == NULL && has_version)
		log_changed(changing, sets.count);
	if (failure == NULL && !is_compacting(changing))
		changing->wants_compaction = zone_version_wants_compaction(changing->zone->version);
	while ((pending = list_take(&sets)) != NULL)
		derivation_settle(changing, pending, failure, &again);
	list_put_back(&changing->queue, again);
	changing_zone_advance(changing);
}

static void
compaction_end(uv_work_t *work, int work_status)
{
	struct changing_zone *changing = work->data;
	struct compaction *compaction = &changing->compaction;
	changing->is_advancing = true;
	yield_to_reload(changing);
	compaction->is_running = false;
	list_free(&compaction->sets);
	if (compaction->is_void)
		compaction_drop(changing);
	else if (compaction->status != STATUS_OK)
		compaction_fail(changing);
	changing_zone_advance(changing);
}

/* -- requests -----------------------------------------------------------------------------------
 */

static struct changing_zone *
changing_zone_find(const struct zone_changer *changer, const struct hosted_zone *zone)
{
	struct changing_zone *changing = changer->zones;
	while (changing != NULL && changing->zone != zone)
		changing = changing->next;
	return changing;
}

static struct changing_zone *
changing_zone_get(struct zone_changer *changer, struct hosted_zone *zone)
{
	struct changing_zone *changing = changing_zone_find(changer, zone);
	if (changing != NULL)
		return changing;
	changing = calloc(1, sizeof(*changing));
	if (changing == NULL)
		return NULL;
	changing->changer = changer;
	changing->zone = zone;
	changing->publish_count = zone->publish_count;
	changing->next = changer->zones;
	changer->zones = changing;
	changer->zone_count++;
	return changing;
}

static enum status
queue_set(struct changing_zone *changing, struct change_set *set, change_done_fn done,
	  void *context, struct error *error)
{
	if (changing->queue.count >= CHANGE_QUEUE_MAX)
		return error_set(error, STATUS_LIMIT, "%d change sets of the zone wait already",
				 CHANGE_QUEUE_MAX);
	struct pending *pending = calloc(1, sizeof(*pending));
	if (pending == NULL)
		return error_set(error, STATUS_NO_MEMORY, "out of memory");
	pending->set = set;
	pending->done = done;
	pending->context = context;
	list_put(&changing->queue, pending);
	return STATUS_OK;
}

enum status
zone_change_request(struct zone_changer *changer, struct hosted_zone *zone, struct change_set *set,
		    change_done_fn done, void *context, struct error *error)
{
	struct changing_zone *changing = NULL;
	enum status status;
	if (is_stopping(changer))
		status = error_set(error, STATUS_REFUSED, "%s", stopping_reason);
	else if (zone->version == NULL)
		status = error_set(error, STATUS_REFUSED, "no version of the zone is served");
	else if ((changing = changing_zone_get(changer, zone)) == NULL)
		status = error_set(error, STATUS_NO_MEMORY, "out of memory");
	else {
		bool is_nested = changing->is_advancing;
		/* What waited for a version that is gone must not take this set with it. */
		changing->is_advancing = true;
		yield_to_reload(changing);
		changing->is_advancing = is_nested;
		status = queue_set(changing, set, done, context, error);
	}
	if (status != STATUS_OK)
		change_set_free(set);
	if (changing != NULL && !changing->is_advancing)
		changing_zone_advance(changing);
	return status;
}

size_t
zone_changer_active_count(const struct zone_changer *changer)
{
	return changer->zone_count;
}

enum status
zone_changer_new(uv_loop_t *loop, struct publisher *publisher, unsigned nsec3_iterations_max,
		 struct zone_changer **out)
{
	struct zone_changer *changer = calloc(1, sizeof(*changer));
	if (changer == NULL)
		return STATUS_NO_MEMORY;
	changer->loop = loop;
	changer->publisher = publisher;
	changer->nsec3_iterations_max = nsec3_iterations_max;
	*out = changer;
	return STATUS_OK;
}

void
zone_changer_stop(struct zone_changer *changer)
{
	if (changer != NULL)
		atomic_store_explicit(&changer->is_stopping, true, memory_order_relaxed);
}

void
zone_changer_close(struct zone_changer *changer)
{
	if (changer == NULL)
		return;
	zone_changer_stop(changer);
	struct changing_zone *changing = changer->zones;
	while (changing != NULL) {
		struct changing_zone *next = changing->next;
		changing_zone_advance(changing);
		changing = next;
	}
}

void
zone_changer_free(struct zone_changer *changer)
{
	free(changer);
}
