#include "control/images.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "control/log.h"

/* To write an image (draft), or to move a version into memory (store). */
struct image_task {
	struct image_task *next;
	uv_work_t work;
	struct images *images;
	const struct hosted_zone *zone;
	struct image_draft *draft;  /* or NULL */
	struct zone_version mapped; /* its store is held */
	uint64_t begun_at;          /* uv_hrtime() */

	/* what came of it */
	size_t len;
	enum status status;
	struct error error;
};

struct images {
	uv_loop_t *loop;
	const char *state_dir;
	char *directory;
	struct image_task *first; /* the running one, then those that wait */
	bool had_directory;       /* when the server started: else nothing is looked for */
	bool has_warned;          /* since the last image that could be written */
	_Atomic bool is_closing;  /* written by control, read by the pool */
};

static void task_begin(struct images *images);

/* The path of a zone's image; the caller frees. NULL: no memory. */
static char *
image_path(const struct images *images, const struct hosted_zone *zone)
{
	char name[IMAGE_NAME_MAX];
	char *path;
	image_name(zone->config.apex, name);
	return asprintf(&path, "%s/%s", images->directory, name) < 0 ? NULL : path;
}

/* -- on the pool --------------------------------------------------------------------------------
 */

enum status
images_open(const struct images *images, const struct hosted_zone *zone, struct jobs *jobs,
	    struct image *out, struct error *error)
{
	char source_path[CONFIG_PATH_MAX];
	if (!images->had_directory)
		return STATUS_NOT_FOUND; /* many zones need no words for it */
	const struct image_wanted wanted = {zone->config.apex,
					    config_zone_path(&zone->config, source_path)};
	char *path = image_path(images, zone);
	if (path == NULL)
		return error_set(error, STATUS_NO_MEMORY, "out of memory");
	enum status status = image_open(path, &wanted, jobs, out, error);
	free(path);
	return status;
}

struct image_draft *
images_draft(const struct zone_version *version, const struct source_list *sources,
	     const struct findings *findings)
{
	struct image_draft *draft = NULL;
	if (store_len(version->store) < IMAGES_STORE_LEN_MIN ||
	    image_draft_new(version, sources, findings, &draft, NULL) != STATUS_OK)
		return NULL;
	return draft;
}

/* Makes the last part of the path, if it is all that is missing. */
static enum status
make_directory(const char *path, struct error *error)
{
	if (mkdir(path, 0750) == 0 || errno == EEXIST)
		return STATUS_OK;
	return error_set(error, STATUS_IO, "%s: %s", path, strerror(errno));
}

static enum status
write_image(const struct image_task *task, struct error *error)
{
	const struct images *images = task->images;
	char *path = image_path(images, task->zone);
	if (path == NULL)
		return error_set(error, STATUS_NO_MEMORY, "out of memory");
	enum status status = make_directory(images->state_dir, error);
	if (status == STATUS_OK)
		status = make_directory(images->directory, error);
	if (status == STATUS_OK)
		status = image_write(task->draft, path, &images->is_closing, error);
	free(path);
	return status;
}

/* Lets go of the store, which may be the last one to do so: it is gigabytes to unmap. */
static void
task_fini(struct image_task *task)
{
	image_draft_free(task->draft);
	if (task->mapped.store != NULL)
		store_release(task->mapped.store);
}

static void
task_run(uv_work_t *work)
{
	struct image_task *task = work->data;
	if (task->draft != NULL) {
		task->len = image_draft_len(task->draft);
		task->status = write_image(task, &task->error);
	} else {
		image_settle(&task->mapped, &task->images->is_closing);
	}
	task_fini(task);
}

/* -- on the loop --------------------------------------------------------------------------------
 */

/* Once, and not for each of many zones; again when it had worked in between. */
static void
log_written(const struct image_task *task)
{
	struct images *images = task->images;
	char name[DNAME_TEXT_MAX];
	hosted_zone_name(task->zone, name);
	if (atomic_load_explicit(&images->is_closing, memory_order_relaxed))
		return;
	if (task->status == STATUS_OK) {
		images->has_warned = false;
		log_event(EVENT_IMAGE_WRITTEN, LOG_TEXT("zone", name),
			  LOG_NUMBER("octets", task->len),
			  LOG_NUMBER("ms", (uv_hrtime() - task->begun_at) / 1000000));
		return;
	}
	const struct log_field fields[] = {LOG_TEXT("zone", name),
					   LOG_TEXT("reason", task->error.text)};
	log_write_at(images->has_warned ? LOG_LEVEL_DEBUG : LOG_LEVEL_WARNING, EVENT_IMAGE_FAILED,
		     fields, ARRAY_LEN(fields));
	images->has_warned = true;
}

static void
task_done(uv_work_t *work, int work_status)
{
	struct image_task *task = work->data;
	struct images *images = task->images;
	if (task->draft != NULL)
		log_written(task);
	images->first = task->next;
	free(task);
	if (images->first != NULL)
		task_begin(images);
}

/* The first task; there is one. */
static void
task_begin(struct images *images)
{
	struct image_task *task = images->first;
	task->begun_at = uv_hrtime();
	uv_queue_work(images->loop, &task->work, task_run, task_done);
}

/* Behind those that wait, or in the place of the one that an equal task makes pointless. */
static void
task_add(struct images *images, struct image_task *task)
{
	if (images->first == NULL) {
		images->first = task;
		task_begin(images);
		return;
	}
	struct image_task **at = &images->first->next; /* the first one runs */
	while (*at != NULL && ((*at)->zone != task->zone || (*at)->draft == NULL))
		at = &(*at)->next;
	struct image_task *before = *at;
	if (before != NULL && task->draft != NULL) {
		task->next = before->next;
		*at = task;
		task_fini(before);
		free(before);
		return;
	}
	while (*at != NULL)
		at = &(*at)->next;
	*at = task;
}

static struct image_task *
task_new(struct images *images, const struct hosted_zone *zone)
{
	struct image_task *task = calloc(1, sizeof(*task));
	if (task == NULL)
		return NULL;
	task->work.data = task;
	task->images = images;
	task->zone = zone;
	return task;
}

void
images_write(struct images *images, const struct hosted_zone *zone, struct image_draft *draft)
{
	bool is_closing = atomic_load_explicit(&images->is_closing, memory_order_relaxed);
	struct image_task *task = is_closing ? NULL : task_new(images, zone);
	if (task == NULL) {
		image_draft_free(draft);
		return;
	}
	task->draft = draft;
	task_add(images, task);
}

void
images_settle(struct images *images, const struct hosted_zone *zone,
	      const struct zone_version *version)
{
	struct image_task *task = task_new(images, zone);
	if (task == NULL)
		return; /* it stays mapped, and works */
	task->mapped = *version;
	store_hold(version->store);
	task_add(images, task);
}

void
images_log_refused(const struct hosted_zone *zone, const struct error *refusal)
{
	/* That a zone file has changed is how things should be; that an image is damaged is not. */
	char name[DNAME_TEXT_MAX];
	const struct log_field fields[] = {LOG_TEXT("zone", hosted_zone_name(zone, name)),
					   LOG_TEXT("reason", refusal->text)};
	log_write_at(refusal->status == STATUS_REFUSED ? LOG_LEVEL_INFO : LOG_LEVEL_WARNING,
		     EVENT_IMAGE_REFUSED, fields, ARRAY_LEN(fields));
}

enum status
images_new(uv_loop_t *loop, const char *state_dir, struct images **out)
{
	struct images *images = calloc(1, sizeof(*images));
	if (images == NULL)
		return STATUS_NO_MEMORY;
	images->loop = loop;
	images->state_dir = state_dir;
	if (asprintf(&images->directory, "%s/zones", state_dir) < 0) {
		free(images);
		return STATUS_NO_MEMORY;
	}
	images->had_directory = access(images->directory, F_OK) == 0;
	*out = images;
	return STATUS_OK;
}

void
images_close(struct images *images)
{
	if (images == NULL)
		return;
	atomic_store_explicit(&images->is_closing, true, memory_order_relaxed);
	while (images->first != NULL && images->first->next != NULL) {
		struct image_task *task = images->first->next;
		images->first->next = task->next;
		task_fini(task);
		free(task);
	}
}

void
images_free(struct images *images)
{
	if (images == NULL)
		return;
	free(images->directory);
	free(images);
}
