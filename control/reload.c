#include "control/reload.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "control/jobs_threads.h"
#include "control/log.h"
#include "zones/check_dnssec.h"

enum {
	/* The longest finding worth a line. */
	FINDING_TEXT_MAX = 2048,

	/* Published and reported in one turn of the loop: some ten milliseconds, in which no TCP
	   client and no command is served. Fewer would cost more publishes, each of which copies
	   the directory of zones. */
	RELOADS_PER_TURN = 512,
};

struct reloader {
	uv_loop_t *loop;
	struct publisher *publisher;
	uv_idle_t publish_turn; /* runs while something is built */
	struct reload *built;   /* and not yet published; newest first */
	size_t running_count;
	_Atomic bool is_stopping; /* written by control, read by the pool */
};

/* Who asked for a reading. */
struct reload_waiter {
	struct reload_waiter *next;
	reload_done_fn done;
	void *context;
};

/* One reading of one zone. Control makes it, the pool fills "built", control ends it. */
struct reload {
	struct reload *next; /* in reloader->built */
	uv_work_t work;
	struct reloader *reloader;
	struct hosted_zone *zone;
	struct reload_waiter *waiters;
	uint64_t begun_at; /* uv_hrtime() */
	bool is_first;     /* no version of the zone was published before */

	/* built */
	struct findings findings;
	struct zone *records;
	struct zone_version *version;
	struct error error;
	enum status status;
};

static enum status reload_begin(struct reloader *reloader, struct hosted_zone *zone);

/* -- on the pool --------------------------------------------------------------------------------
 */

/* Reads and checks: what comes of it may be served. Signatures are not verified with the keys,
 * which would take longer than all the rest; resolvers do that. */
static void
read_zone(struct reload *reload)
{
	struct jobs_threads threads;
	jobs_threads_init(&threads, 0);
	reload->status = zone_read(reload->zone->apex, reload->zone->path, &threads.jobs,
				   &reload->findings, &reload->records);
	if (reload->status == STATUS_OK)
		reload->status = check_dnssec(reload->records,
					      &(struct dnssec_options){.now = (uint32_t)time(NULL)},
					      &reload->findings);
	if (reload->status == STATUS_NO_MEMORY)
		error_set(&reload->error, reload->status, "out of memory");
	else if (reload->status != STATUS_OK)
		error_set(&reload->error, reload->status, "%zu error%s in the zone file",
			  reload->findings.error_count,
			  reload->findings.error_count == 1 ? "" : "s");
}

static void
compile_zone(struct reload *reload)
{
	struct jobs_threads threads;
	jobs_threads_init(&threads, 0);
	if (reload->status == STATUS_OK)
		reload->status = zone_version_compile(reload->records, &threads.jobs,
						      &reload->version, &reload->error);
}

static void
forget_records(struct reload *reload)
{
	if (reload->records != NULL)
		zone_free(reload->records);
	reload->records = NULL;
}

/* -- on the loop --------------------------------------------------------------------------------
 */

/* Publishes what is built of these; the versions before are retired by that. */
static void
publish_versions(struct reloader *reloader, struct reload **reloads, size_t count)
{
	struct publication publications[RELOADS_PER_TURN];
	size_t publication_count = 0;
	for (size_t i = 0; i < count; i++) {
		if (reloads[i]->status == STATUS_OK)
			publications[publication_count++] =
			    (struct publication){reloads[i]->zone, reloads[i]->version};
	}
	enum status status = publish_zones(reloader->publisher, publications, publication_count);
	for (size_t i = 0; i < count; i++) {
		if (reloads[i]->status != STATUS_OK)
			continue;
		reloads[i]->status = status;
		if (status == STATUS_OK)
			reloads[i]->version = NULL; /* the zone's now */
		else
			error_set(&reloads[i]->error, status, "out of memory while publishing");
	}
}

static void
note_state(struct reload *reload)
{
	struct hosted_zone *zone = reload->zone;
	findings_fini(&zone->findings);
	zone->findings = reload->findings;
	findings_init(&reload->findings);
	zone->reload_count++;
	if (reload->status == STATUS_OK) {
		reload->is_first = zone->loaded_at == 0;
		zone->state = HOSTED_SERVING;
		zone->loaded_at = (uint64_t)time(NULL);
	} else {
		zone->state = zone->version != NULL ? HOSTED_STALE : HOSTED_FAILED;
	}
}

static void
log_findings(const struct hosted_zone *zone)
{
	char text[FINDING_TEXT_MAX];
	for (size_t i = 0; i < zone->findings.entry_count; i++) {
		const struct finding *finding = &zone->findings.entries[i];
		enum log_level level = finding_severity(finding->kind) == FINDING_ERROR
					   ? LOG_LEVEL_ERROR
					   : LOG_LEVEL_WARNING;
		finding_print(finding, text, sizeof(text));
		const struct log_field fields[] = {LOG_TEXT("zone", zone->name),
						   LOG_TEXT("finding", text)};
		log_write_at(level, EVENT_ZONE_FINDING, fields, ARRAY_LEN(fields));
	}
}

static void
log_outcome(const struct reload *reload, uint64_t duration_ms)
{
	const struct hosted_zone *zone = reload->zone;
	log_findings(zone);
	if (reload->status != STATUS_OK) {
		log_event(EVENT_ZONE_FAILED, LOG_TEXT("zone", zone->name),
			  LOG_TEXT("file", zone->path), LOG_TEXT("reason", reload->error.text),
			  LOG_TEXT("state", hosted_state_name(zone->state)));
		return;
	}
	const struct zone_image *image = version_image(zone->version);
	log_event(reload->is_first ? EVENT_ZONE_LOADED : EVENT_ZONE_RELOADED,
		  LOG_TEXT("zone", zone->name), LOG_NUMBER("serial", image->serial),
		  LOG_NUMBER("names", image->name_count), LOG_NUMBER("records", image->rr_count),
		  LOG_NUMBER("ms", duration_ms));
}

static void
tell_waiters(struct reload_waiter *waiters, const struct reload_result *result)
{
	while (waiters != NULL) {
		struct reload_waiter *waiter = waiters;
		waiters = waiter->next;
		if (waiter->done != NULL)
			waiter->done(waiter->context, result);
		free(waiter);
	}
}

static void
report_reload(struct reload *reload)
{
	struct reload_result result = {
	    .zone = reload->zone,
	    .is_published = reload->status == STATUS_OK,
	    .reason = reload->error.text,
	    .duration_ms = (uv_hrtime() - reload->begun_at) / 1000000,
	};
	if (!atomic_load_explicit(&reload->reloader->is_stopping, memory_order_relaxed))
		log_outcome(reload, result.duration_ms);
	tell_waiters(reload->waiters, &result);
}

/* There was no memory to begin the reading that they wait for. */
static void
give_up_waiters(struct hosted_zone *zone)
{
	struct reload_waiter *waiters = zone->waiters;
	struct reload_result result = {.zone = zone, .reason = "out of memory"};
	zone->waiters = NULL;
	log_event(EVENT_ZONE_FAILED, LOG_TEXT("zone", zone->name), LOG_TEXT("file", zone->path),
		  LOG_TEXT("reason", result.reason),
		  LOG_TEXT("state", hosted_state_name(zone->state)));
	tell_waiters(waiters, &result);
}

static void
reload_free(struct reload *reload)
{
	forget_records(reload);
	if (reload->version != NULL)
		zone_version_free(reload->version);
	findings_fini(&reload->findings);
	free(reload);
}

/* -- the life of a reload ----------------------------------------------------------------------- *
 * reload_zone_build() on the pool: read, check, compile. reload_zone_built() on the loop, then,
 * once in each turn of the loop for all that was built meanwhile, reload_zones_publish(): publish,
 * retire, report. */

static void
reload_zone_build(uv_work_t *work)
{
	struct reload *reload = work->data;
	if (atomic_load_explicit(&reload->reloader->is_stopping, memory_order_relaxed)) {
		reload->status =
		    error_set(&reload->error, STATUS_REFUSED, "the server is stopping");
		return;
	}
	read_zone(reload);
	compile_zone(reload);
	forget_records(reload);
}

static void
reload_end(struct reload *reload)
{
	struct reloader *reloader = reload->reloader;
	struct hosted_zone *zone = reload->zone;
	note_state(reload);
	report_reload(reload);
	reload_free(reload);
	reloader->running_count--;
	zone->is_reloading = false;
	if (zone->waiters != NULL && reload_begin(reloader, zone) != STATUS_OK)
		give_up_waiters(zone);
}

static void
reload_zones_publish(uv_idle_t *turn)
{
	struct reloader *reloader = turn->data;
	struct reload *reloads[RELOADS_PER_TURN];
	size_t count = 0;
	while (reloader->built != NULL && count < RELOADS_PER_TURN) {
		reloads[count++] = reloader->built;
		reloader->built = reloader->built->next;
	}
	if (reloader->built == NULL)
		uv_idle_stop(turn);
	publish_versions(reloader, reloads, count);
	for (size_t i = 0; i < count; i++)
		reload_end(reloads[i]);
}

static void
reload_give_up(struct reload *reload)
{
	if (reload->status == STATUS_OK)
		reload->status =
		    error_set(&reload->error, STATUS_REFUSED, "the server is stopping");
	reload_end(reload);
}

static void
reload_zone_built(uv_work_t *work, int work_status)
{
	struct reload *reload = work->data;
	struct reloader *reloader = reload->reloader;
	if (atomic_load_explicit(&reloader->is_stopping, memory_order_relaxed)) {
		reload_give_up(reload);
		return;
	}
	reload->next = reloader->built;
	reloader->built = reload;
	uv_idle_start(&reloader->publish_turn, reload_zones_publish);
}

/* -- requests -----------------------------------------------------------------------------------
 */

/* Starts the reading that zone->waiters wait for. */
static enum status
reload_begin(struct reloader *reloader, struct hosted_zone *zone)
{
	struct reload *reload = calloc(1, sizeof(*reload));
	if (reload == NULL)
		return STATUS_NO_MEMORY;
	reload->work.data = reload;
	reload->reloader = reloader;
	reload->zone = zone;
	reload->begun_at = uv_hrtime();
	reload->waiters = zone->waiters;
	findings_init(&reload->findings);
	zone->waiters = NULL;
	zone->is_reloading = true;
	reloader->running_count++;
	uv_queue_work(reloader->loop, &reload->work, reload_zone_build, reload_zone_built);
	return STATUS_OK;
}

enum status
reload_request(struct reloader *reloader, struct hosted_zone *zone, reload_done_fn done,
	       void *context)
{
	/* Nobody to tell, and the next reading is asked for already: a storm of signals costs
	 * nothing. */
	if (done == NULL && zone->is_reloading && zone->waiters != NULL)
		return STATUS_OK;
	struct reload_waiter *waiter = malloc(sizeof(*waiter));
	if (waiter == NULL)
		return STATUS_NO_MEMORY;
	*waiter = (struct reload_waiter){.next = zone->waiters, .done = done, .context = context};
	zone->waiters = waiter;
	if (zone->is_reloading)
		return STATUS_OK;
	enum status status = reload_begin(reloader, zone);
	if (status != STATUS_OK) {
		zone->waiters = waiter->next;
		free(waiter);
	}
	return status;
}

size_t
reloader_running_count(const struct reloader *reloader)
{
	return reloader->running_count;
}

enum status
reloader_new(uv_loop_t *loop, struct publisher *publisher, struct reloader **out)
{
	struct reloader *reloader = calloc(1, sizeof(*reloader));
	if (reloader == NULL)
		return STATUS_NO_MEMORY;
	reloader->loop = loop;
	reloader->publisher = publisher;
	uv_idle_init(loop, &reloader->publish_turn);
	reloader->publish_turn.data = reloader;
	*out = reloader;
	return STATUS_OK;
}

void
reloader_stop(struct reloader *reloader)
{
	if (reloader != NULL)
		atomic_store_explicit(&reloader->is_stopping, true, memory_order_relaxed);
}

void
reloader_close(struct reloader *reloader)
{
	if (reloader == NULL)
		return;
	reloader_stop(reloader);
	while (reloader->built != NULL) {
		struct reload *reload = reloader->built;
		reloader->built = reload->next;
		reload_give_up(reload);
	}
	uv_close((uv_handle_t *)&reloader->publish_turn, NULL);
}

void
reloader_free(struct reloader *reloader)
{
	free(reloader);
}
