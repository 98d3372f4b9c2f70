/* source_list.c -- which files, and in which state (filled by scanner.c, asked by image.c). */
#include "zones/source_list.h"

#include <stdlib.h>
#include <time.h>

enum { NS_PER_MS = 1000000 };

/* How far apart two changes must be to bear different times. Kernels stamp files with the time of
 * their last tick, at least every 10 ms; some file systems keep whole or even seconds only, which
 * shows in the time itself. */
#define TICK_NS (20 * (int64_t)NS_PER_MS)
#define COARSE_NS (2000 * (int64_t)NS_PER_MS)

static int64_t
ns_of(struct timespec time)
{
	return (int64_t)time.tv_sec * 1000 * NS_PER_MS + time.tv_nsec;
}

struct source_state
source_state_of(const struct stat *file)
{
	struct timespec now;
	/* the clock that files are stamped by */
	clock_gettime(CLOCK_REALTIME_COARSE, &now);
	int64_t unsure_ns = file->st_ctim.tv_nsec == 0 ? COARSE_NS : TICK_NS;
	return (struct source_state){
	    .len = (uint64_t)file->st_size,
	    .inode = (uint64_t)file->st_ino,
	    .modified_ns = ns_of(file->st_mtim),
	    .changed_ns = ns_of(file->st_ctim),
	    .is_settled = ns_of(now) - ns_of(file->st_ctim) >= unsure_ns,
	};
}

enum status
source_list_add(struct source_list *list, const char *path, const struct source_state *state)
{
	if (list->count == list->cap) {
		size_t cap = list->cap == 0 ? 1 : 2 * list->cap;
		struct source_entry *entries = reallocarray(list->entries, cap, sizeof(entries[0]));
		if (entries == NULL)
			return STATUS_NO_MEMORY;
		list->entries = entries;
		list->cap = cap;
	}
	char *copy = strdup(path);
	if (copy == NULL)
		return STATUS_NO_MEMORY;
	list->entries[list->count++] = (struct source_entry){copy, *state};
	return STATUS_OK;
}

enum status
source_list_move(struct source_list *into, struct source_list *from)
{
	enum status status = STATUS_OK;
	for (size_t i = 0; i < from->count && status == STATUS_OK; i++)
		status = source_list_add(into, from->entries[i].path, &from->entries[i].state);
	source_list_fini(from);
	return status;
}

static bool
is_unchanged(const struct source_entry *entry)
{
	struct stat file;
	if (stat(entry->path, &file) != 0 || !S_ISREG(file.st_mode))
		return false;
	struct source_state now = source_state_of(&file);
	const struct source_state *then = &entry->state;
	return then->is_settled && then->len == now.len && then->inode == now.inode &&
	       then->modified_ns == now.modified_ns && then->changed_ns == now.changed_ns;
}

bool
source_list_is_unchanged(const struct source_list *list, const char **changed)
{
	for (size_t i = 0; i < list->count; i++) {
		if (!is_unchanged(&list->entries[i])) {
			*changed = list->entries[i].path;
			return false;
		}
	}
	return true;
}

void
source_list_fini(struct source_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->entries[i].path);
	free(list->entries);
	*list = (struct source_list){0};
}
