#include "control/reload.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "control/jobs_threads.h"
#include "control/log.h"
#include "zones/check_dnssec.h"
#include "zones/denial.h"
#include "zones/memory.h"
#include "zones/source.h"
#include "zones/zone_read.h"

enum {
	/* The longest finding worth a line. */
	FINDING_TEXT_MAX = 2048,

	/* Published and reported in one turn of the loop: some ten milliseconds, in which no TCP
	   client and no command is served. Fewer would cost more publishes, each of which copies
	   the directory of zones. */
	RELOADS_PER_TURN = 512,

	/* libuv's pool has four threads unless it is told otherwise. */
	LANES = 4,

	/* Small zones go to the pool by the batch: one by one, handing them over and back would
	   cost as much as reading them. Near the end of the queue batches get shorter, so that all
	   lanes end together. */
	BATCH_MAX = 64,
	BATCHES_PER_LANE = 4,

	QUEUE_CAP_MIN = 16,

	/* A batch that takes longer is cut short: others wait for the pool as well, and for what
	   it has built. */
	BATCH_NS_MAX = 20000000,

	/* After the last reading: what was retired is free by then. */
	TIDY_AFTER_MS = 200,
};

static const char stopping_reason[] = "the server is stopping";

/* One batch at a time on the pool. */
struct lane {
	uv_work_t work;
	struct reloader *reloader;
	struct reload *batch; /* in order; NULL: the lane is free */
	bool is_last;         /* the queue is nearly empty behind it */
};

/* Zones that wait to be read, in order: a ring with room for all that are queued or being read. */
struct zone_queue {
	struct hosted_zone **zones;
	size_t cap; /* a power of two, or 0 */
	size_t first_idx;
	size_t count;
};

struct reloader {
	uv_loop_t *loop;
	struct publisher *publisher;
	struct images *images;
	unsigned nsec3_iterations_max; /* fixed; of zones without a limit of their own */
	struct zone_queue queue;
	struct lane lanes[LANES];
	unsigned busy_count;    /* lanes */
	uv_idle_t publish_turn; /* runs while something is built */
	struct reload *built;   /* and not yet published; newest first */
	uv_timer_t tidy_timer;
	uv_work_t tidy_work;
	bool is_tidying;
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
	struct reload *next; /* in lane->batch or reloader->built */
	struct hosted_zone *zone;
	struct reload_waiter *waiters;
	bool is_first; /* no version of the zone was published before */
	bool may_map;  /* nothing of the zone was read before */

	/* built */
	uint64_t begun_at; /* uv_hrtime(); 0: the batch was cut short before it */
	struct findings *findings;
	struct zone *records;
	struct zone_version *version;
	struct image_draft *draft; /* of the version; or NULL */
	struct error *refusal;     /* why an image that is there is not used; or NULL */
	bool is_mapped;            /* the version came from its image */
	struct error error;
	enum status status;
};

/* -- on the pool --------------------------------------------------------------------------------
 */

/* What the zones of a batch have in common. */
struct workplace {
	struct jobs *jobs;
	const char *directory_path; /* as struct config_zone has it; NULL: none was opened */
	struct source_directory directory;
};

static void
leave_directory(struct workplace *place)
{
	if (place->directory_path != NULL && place->directory.fd >= 0)
		close(place->directory.fd);
	place->directory_path = NULL;
}

/* Opens the directory that a zone's file lies in, as zones before it mostly did. No longer than for
 * a batch: others may put a new one in its place. NULL: there is none, or it has no name. */
static const struct source_directory *
enter_directory(struct workplace *place, const struct config_zone *config)
{
	if (place->directory_path != config->directory) {
		leave_directory(place);
		place->directory_path = config->directory;
		place->directory = (struct source_directory){
		    .fd = open(config->directory, O_PATH | O_DIRECTORY | O_CLOEXEC),
		    .path_len = strlen(config->directory)};
	}
	return place->directory.fd >= 0 ? &place->directory : NULL;
}

/* True: the version is there, with the findings of the reading that it was compiled from. */
static bool
map_zone(struct reload *reload, const struct reloader *reloader, struct jobs *jobs)
{
	struct image image;
	struct error error;
	if (!reload->may_map)
		return false;
	enum status status = images_open(reloader->images, reload->zone, jobs, &image, &error);
	if (status == STATUS_OK) {
		/* Written under another limit. The zone file says no better, but at which line. */
		unsigned max = config_zone_nsec3_iterations(&reload->zone->config,
							    reloader->nsec3_iterations_max);
		status = denial_check_cost(image.version, max, &error);
		if (status != STATUS_OK)
			image_fini(&image);
	}
	if (status != STATUS_OK) {
		reload->refusal = status != STATUS_NOT_FOUND ? malloc(sizeof(error)) : NULL;
		if (reload->refusal != NULL)
			*reload->refusal = error;
		return false;
	}
	reload->version = image.version;
	*reload->findings = image.findings;
	image.version = NULL;
	findings_init(&image.findings);
	image_fini(&image);
	reload->is_mapped = true;
	return true;
}

/* Reads and checks: what comes of it may be served. Signatures are not verified with the keys,
 * which would take longer than all the rest; resolvers do that. */
static void
read_zone(struct reload *reload, const struct reloader *reloader, struct workplace *place)
{
	const struct config_zone *config = &reload->zone->config;
	char path[CONFIG_PATH_MAX];
	config_zone_path(config, path);
	const struct zone_reading reading = {.jobs = place->jobs,
					     .settled_len = IMAGES_STORE_LEN_MIN,
					     .directory = enter_directory(place, config)};
	reload->status = zone_read_with(config->apex, &(struct zone_text){.name = path}, &reading,
					reload->findings, &reload->records);
	const struct dnssec_options options = {
	    .now = (uint32_t)time(NULL),
	    .nsec3_iterations_max =
		config_zone_nsec3_iterations(config, reloader->nsec3_iterations_max),
	};
	if (reload->status == STATUS_OK)
		reload->status = check_dnssec(reload->records, &options, reload->findings);
	if (reload->status == STATUS_NO_MEMORY)
		error_set(&reload->error, reload->status, "out of memory");
	else if (reload->status != STATUS_OK)
		error_set(&reload->error, reload->status, "%zu error%s in the zone file",
			  reload->findings->error_count,
			  reload->findings->error_count == 1 ? "" : "s");
}

static void
compile_zone(struct reload *reload, struct jobs *jobs)
{
	if (reload->status != STATUS_OK)
		return;
	struct source_list sources = reload->records->sources;
	reload->records->sources = (struct source_list){0};
	reload->status =
	    zone_version_compile_away(reload->records, jobs, &reload->version, &reload->error);
	reload->records = NULL;
	if (reload->status == STATUS_OK)
		reload->draft = images_draft(reload->version, &sources, reload->findings);
	source_list_fini(&sources);
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

/* A published version's image: written of one that was compiled, left behind by one that was
 * mapped.
 */
static void
keep_image(struct images *images, struct reload *reload)
{
	if (reload->draft != NULL)
		images_write(images, reload->zone, reload->draft);
	else if (reload->is_mapped)
		images_settle(images, reload->zone, reload->zone->version);
	reload->draft = NULL;
}

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
		if (status != STATUS_OK) {
			error_set(&reloads[i]->error, status, "out of memory while publishing");
			continue;
		}
		reloads[i]->version = NULL; /* the zone's now */
		keep_image(reloader->images, reloads[i]);
	}
}

static void
note_state(struct reload *reload)
{
	struct hosted_zone *zone = reload->zone;
	bool has_findings = reload->findings->error_count + reload->findings->warning_count > 0;
	hosted_zone_set_findings(zone, has_findings ? reload->findings : NULL);
	if (has_findings)
		reload->findings = NULL; /* the zone's now */
	if (reload->status == STATUS_OK) {
		reload->is_first = zone->loaded_at == 0;
		zone->state = HOSTED_SERVING;
		zone->loaded_at = (uint32_t)time(NULL);
	} else {
		zone->state = zone->version != NULL ? HOSTED_STALE : HOSTED_FAILED;
	}
}

static void
log_findings(const struct findings *findings, const char *zone_name)
{
	char text[FINDING_TEXT_MAX];
	for (size_t i = 0; i < findings->entry_count; i++) {
		const struct finding *finding = &findings->entries[i];
		enum log_level level = finding_severity(finding->kind) == FINDING_ERROR
					   ? LOG_LEVEL_ERROR
					   : LOG_LEVEL_WARNING;
		finding_print(finding, text, sizeof(text));
		const struct log_field fields[] = {LOG_TEXT("zone", zone_name),
						   LOG_TEXT("finding", text)};
		log_write_at(level, EVENT_ZONE_FINDING, fields, ARRAY_LEN(fields));
	}
}

static void
log_failure(const struct hosted_zone *zone, const char *reason)
{
	char name[DNAME_TEXT_MAX];
	char path[CONFIG_PATH_MAX];
	log_event(EVENT_ZONE_FAILED, LOG_TEXT("zone", hosted_zone_name(zone, name)),
		  LOG_TEXT("file", config_zone_path(&zone->config, path)),
		  LOG_TEXT("reason", reason), LOG_TEXT("state", hosted_state_name(zone->state)));
}

static enum log_event
success_of(const struct reload *reload)
{
	if (!reload->is_first)
		return EVENT_ZONE_RELOADED;
	return reload->is_mapped ? EVENT_ZONE_MAPPED : EVENT_ZONE_LOADED;
}

static void
log_outcome(const struct reload *reload, uint64_t duration_ms)
{
	const struct hosted_zone *zone = reload->zone;
	char name[DNAME_TEXT_MAX];
	if (reload->refusal != NULL)
		images_log_refused(zone, reload->refusal);
	log_findings(hosted_zone_findings(zone), hosted_zone_name(zone, name));
	if (reload->status != STATUS_OK) {
		log_failure(zone, reload->error.text);
		return;
	}
	const struct zone_image *image = version_image(zone->version);
	log_event(success_of(reload), LOG_TEXT("zone", name),
		  LOG_NUMBER("serial", version_serial(zone->version)),
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
report_reload(const struct reloader *reloader, struct reload *reload)
{
	struct reload_result result = {
	    .zone = reload->zone,
	    .is_published = reload->status == STATUS_OK,
	    .reason = reload->error.text,
	    .duration_ms = reload->begun_at != 0 ? (uv_hrtime() - reload->begun_at) / 1000000 : 0,
	};
	if (!atomic_load_explicit(&reloader->is_stopping, memory_order_relaxed))
		log_outcome(reload, result.duration_ms);
	tell_waiters(reload->waiters, &result);
}

static struct reload *
reload_new(struct hosted_zone *zone)
{
	struct reload *reload = calloc(1, sizeof(*reload));
	struct findings *findings = malloc(sizeof(*findings));
	if (reload == NULL || findings == NULL) {
		free(reload);
		free(findings);
		return NULL;
	}
	findings_init(findings);
	reload->zone = zone;
	reload->findings = findings;
	return reload;
}

static void
reload_free(struct reload *reload)
{
	forget_records(reload);
	image_draft_free(reload->draft);
	zone_version_free(reload->version);
	free(reload->refusal);
	if (reload->findings != NULL)
		findings_fini(reload->findings);
	free(reload->findings);
	free(reload);
}

/* -- the queue ----------------------------------------------------------------------------------
 */

/* Room for `count` zones in all. */
static enum status
queue_reserve(struct zone_queue *queue, size_t count)
{
	if (count <= queue->cap)
		return STATUS_OK;
	size_t cap = queue->cap > 0 ? 2 * queue->cap : QUEUE_CAP_MIN;
	struct hosted_zone **zones = malloc(cap * sizeof(zones[0]));
	if (zones == NULL)
		return STATUS_NO_MEMORY;
	for (size_t i = 0; i < queue->count; i++)
		zones[i] = queue->zones[(queue->first_idx + i) & (queue->cap - 1)];
	free(queue->zones);
	queue->zones = zones;
	queue->cap = cap;
	queue->first_idx = 0;
	return STATUS_OK;
}

/* Nothing is queued nor being read. */
static void
queue_forget(struct zone_queue *queue)
{
	free(queue->zones);
	*queue = (struct zone_queue){0};
}

static void
queue_put(struct zone_queue *queue, struct hosted_zone *zone)
{
	zone->reading = READING_QUEUED;
	queue->zones[(queue->first_idx + queue->count++) & (queue->cap - 1)] = zone;
}

static void
queue_put_first(struct zone_queue *queue, struct hosted_zone *zone)
{
	zone->reading = READING_QUEUED;
	queue->first_idx = (queue->first_idx - 1) & (queue->cap - 1);
	queue->zones[queue->first_idx] = zone;
	queue->count++;
}

/* The zone that is read next, or NULL. */
static struct hosted_zone *
queue_first(const struct zone_queue *queue)
{
	return queue->count > 0 ? queue->zones[queue->first_idx] : NULL;
}

static struct hosted_zone *
queue_take(struct zone_queue *queue)
{
	struct hosted_zone *zone = queue->zones[queue->first_idx];
	queue->first_idx = (queue->first_idx + 1) & (queue->cap - 1);
	queue->count--;
	return zone;
}

/* A zone that was queued will not be read. */
static void
give_up_queued(struct reloader *reloader, const char *reason)
{
	struct hosted_zone *zone = queue_take(&reloader->queue);
	struct reload_waiter *waiters = hosted_zone_take_waiters(zone);
	struct reload_result result = {.zone = zone, .reason = reason};
	zone->reading = READING_NONE;
	reloader->running_count--;
	if (!atomic_load_explicit(&reloader->is_stopping, memory_order_relaxed))
		log_failure(zone, reason);
	tell_waiters(waiters, &result);
}

/* -- the life of a reload ----------------------------------------------------------------------- *
 * reload_zone_build() on the pool, for each zone of a lane's batch: map, or read, check, compile.
 * lane_end() on the loop, then, once in each turn of the loop for all that was built meanwhile,
 * reload_zones_publish(): publish, retire, report. */

static void
reload_zone_build(struct reload *reload, const struct reloader *reloader, struct workplace *place)
{
	reload->begun_at = uv_hrtime();
	if (map_zone(reload, reloader, place->jobs))
		return;
	read_zone(reload, reloader, place);
	compile_zone(reload, place->jobs);
	forget_records(reload);
}

static void
lane_run(uv_work_t *work)
{
	const struct lane *lane = work->data;
	struct jobs_threads threads;
	jobs_threads_init(&threads, 0);
	struct workplace place = {.jobs = &threads.jobs};
	uint64_t begun_at = uv_hrtime();
	for (struct reload *reload = lane->batch; reload != NULL; reload = reload->next) {
		bool is_late = uv_hrtime() - begun_at > BATCH_NS_MAX;
		if (is_late ||
		    atomic_load_explicit(&lane->reloader->is_stopping, memory_order_relaxed))
			break;
		reload_zone_build(reload, lane->reloader, &place);
	}
	leave_directory(&place);
	if (lane->is_last)
		memory_tidy_thread();
}

/* Its reading would take the pool for long, and others need not wait for it. */
static bool
is_large(const struct hosted_zone *zone)
{
	return zone->version != NULL && store_len(zone->version->store) >= MEMORY_LARGE_LEN;
}

/* What a lane reads next; NULL: nothing is queued, or there was no memory. */
static struct reload *
batch_take(struct reloader *reloader)
{
	struct zone_queue *queue = &reloader->queue;
	size_t count_max = 1 + queue->count / ((size_t)LANES * BATCHES_PER_LANE);
	if (count_max > BATCH_MAX)
		count_max = BATCH_MAX;
	struct reload *first = NULL;
	struct reload **next = &first;
	for (size_t i = 0; i < count_max && queue->count > 0; i++) {
		if (i > 0 && is_large(queue_first(queue)))
			break;
		struct reload *reload = reload_new(queue_first(queue));
		if (reload == NULL)
			break;
		struct hosted_zone *zone = queue_take(queue);
		zone->reading = READING_RUNS;
		reload->waiters = hosted_zone_take_waiters(zone);
		reload->may_map = zone->state == HOSTED_LOADING;
		*next = reload;
		next = &reload->next;
		if (is_large(zone))
			break;
	}
	return first;
}

static void lane_end(uv_work_t *work, int status);
static void reload_zones_publish(uv_idle_t *turn);

static void
lanes_start(struct reloader *reloader)
{
	if (atomic_load_explicit(&reloader->is_stopping, memory_order_relaxed))
		return;
	for (unsigned i = 0; i < LANES && reloader->queue.count > 0; i++) {
		struct lane *lane = &reloader->lanes[i];
		if (lane->batch != NULL)
			continue;
		lane->batch = batch_take(reloader);
		if (lane->batch == NULL)
			break;
		lane->is_last = reloader->queue.count < (size_t)LANES * BATCHES_PER_LANE;
		lane->work.data = lane;
		reloader->busy_count++;
		uv_queue_work(reloader->loop, &lane->work, lane_run, lane_end);
	}
	/* Without memory for a single reading nobody would come back to the queue. */
	if (reloader->queue.count > 0 && reloader->busy_count == 0)
		uv_idle_start(&reloader->publish_turn, reload_zones_publish);
}

static void
tidy(uv_work_t *work)
{
	memory_tidy();
}

static void
tidy_end(uv_work_t *work, int status)
{
	((struct reloader *)work->data)->is_tidying = false;
}

static void
on_tidy_timer(uv_timer_t *timer)
{
	struct reloader *reloader = timer->data;
	if (reloader->running_count > 0 || reloader->is_tidying)
		return;
	reloader->is_tidying = true;
	reloader->tidy_work.data = reloader;
	uv_queue_work(reloader->loop, &reloader->tidy_work, tidy, tidy_end);
}

static void
reload_end(struct reloader *reloader, struct reload *reload)
{
	struct hosted_zone *zone = reload->zone;
	note_state(reload);
	report_reload(reloader, reload);
	reload_free(reload);
	if (zone->reading == READING_RUNS_AGAIN) {
		queue_put(&reloader->queue, zone);
		return;
	}
	zone->reading = READING_NONE;
	if (--reloader->running_count > 0)
		return;
	queue_forget(&reloader->queue);
	uv_timer_start(&reloader->tidy_timer, on_tidy_timer, TIDY_AFTER_MS, 0);
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
	log_hold();
	for (size_t i = 0; i < count; i++)
		reload_end(reloader, reloads[i]);
	log_release();
	if (count == 0 && reloader->queue.count > 0 && reloader->busy_count == 0)
		give_up_queued(reloader, "out of memory");
	lanes_start(reloader);
}

static void
reload_give_up(struct reloader *reloader, struct reload *reload)
{
	if (reload->status == STATUS_OK)
		reload->status = error_set(&reload->error, STATUS_REFUSED, "%s", stopping_reason);
	reload_end(reloader, reload);
}

/* Back to the queue with what the batch had no time for. */
static void
reload_put_back(struct reloader *reloader, struct reload *reload)
{
	struct hosted_zone *zone = reload->zone;
	struct reload_waiter **end = &reload->waiters;
	while (*end != NULL)
		end = &(*end)->next;
	*end = hosted_zone_take_waiters(zone);
	if (zone->extra != NULL) /* else nobody waits */
		zone->extra->waiters = reload->waiters;
	queue_put_first(&reloader->queue, zone);
	reload_free(reload);
}

static void
lane_give_up(struct lane *lane)
{
	struct reloader *reloader = lane->reloader;
	while (lane->batch != NULL) {
		struct reload *reload = lane->batch;
		lane->batch = reload->next;
		reload_give_up(reloader, reload);
	}
	while (reloader->queue.count > 0)
		give_up_queued(reloader, stopping_reason);
}

static void
lane_end(uv_work_t *work, int status)
{
	struct lane *lane = work->data;
	struct reloader *reloader = lane->reloader;
	struct reload *unread = NULL; /* last first: that is how they go to the queue's head */
	reloader->busy_count--;
	if (atomic_load_explicit(&reloader->is_stopping, memory_order_relaxed)) {
		lane_give_up(lane);
		return;
	}
	while (lane->batch != NULL) {
		struct reload *reload = lane->batch;
		struct reload **list = reload->begun_at != 0 ? &reloader->built : &unread;
		lane->batch = reload->next;
		reload->next = *list;
		*list = reload;
	}
	while (unread != NULL) {
		struct reload *reload = unread;
		unread = reload->next;
		reload_put_back(reloader, reload);
	}
	lanes_start(reloader);
	if (reloader->built != NULL)
		uv_idle_start(&reloader->publish_turn, reload_zones_publish);
}

/* -- requests -----------------------------------------------------------------------------------
 */

static enum status
waiter_add(struct hosted_zone *zone, reload_done_fn done, void *context)
{
	if (done == NULL)
		return STATUS_OK;
	struct reload_waiter *waiter = malloc(sizeof(*waiter));
	if (waiter == NULL || hosted_zone_extend(zone) != STATUS_OK) {
		free(waiter);
		return STATUS_NO_MEMORY;
	}
	*waiter =
	    (struct reload_waiter){.next = zone->extra->waiters, .done = done, .context = context};
	zone->extra->waiters = waiter;
	return STATUS_OK;
}

enum status
reload_request(struct reloader *reloader, struct hosted_zone *zone, reload_done_fn done,
	       void *context)
{
	if (queue_reserve(&reloader->queue, reloader->running_count + 1) != STATUS_OK ||
	    waiter_add(zone, done, context) != STATUS_OK)
		return STATUS_NO_MEMORY;
	if (zone->reading == READING_RUNS)
		zone->reading = READING_RUNS_AGAIN;
	if (zone->reading != READING_NONE)
		return STATUS_OK;
	reloader->running_count++;
	queue_put(&reloader->queue, zone);
	lanes_start(reloader);
	return STATUS_OK;
}

size_t
reloader_running_count(const struct reloader *reloader)
{
	return reloader->running_count;
}

enum status
reloader_new(uv_loop_t *loop, struct publisher *publisher, struct images *images,
	     unsigned nsec3_iterations_max, struct reloader **out)
{
	struct reloader *reloader = calloc(1, sizeof(*reloader));
	if (reloader == NULL)
		return STATUS_NO_MEMORY;
	reloader->loop = loop;
	reloader->publisher = publisher;
	reloader->images = images;
	reloader->nsec3_iterations_max = nsec3_iterations_max;
	uv_idle_init(loop, &reloader->publish_turn);
	reloader->publish_turn.data = reloader;
	uv_timer_init(loop, &reloader->tidy_timer);
	reloader->tidy_timer.data = reloader;
	for (unsigned i = 0; i < LANES; i++)
		reloader->lanes[i].reloader = reloader;
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
		reload_give_up(reloader, reload);
	}
	while (reloader->queue.count > 0)
		give_up_queued(reloader, stopping_reason);
	uv_close((uv_handle_t *)&reloader->publish_turn, NULL);
	uv_close((uv_handle_t *)&reloader->tidy_timer, NULL);
}

void
reloader_free(struct reloader *reloader)
{
	if (reloader != NULL)
		queue_forget(&reloader->queue);
	free(reloader);
}
