/* source_list.h -- the files that a zone was read from, and how to tell that they have changed
 * since.
 *
 * Threads:   a struct source_list belongs to one thread at a time.
 * Memory:    owns its paths until source_list_fini().
 * Errors:    no memory.
 * Standards: RFC 1035 5.1 ($INCLUDE).
 *
 * A file is the same as before if its length, times and inode are. The time of the last change
 * (ctime) is the file system's own: no program that writes or replaces a file can set it back.
 */
#ifndef GLUED_ZONES_SOURCE_LIST_H
#define GLUED_ZONES_SOURCE_LIST_H

#include <sys/stat.h>

#include "zones/error.h"

/* What a file looked like when it was opened. */
struct source_state {
	uint64_t len;
	uint64_t inode;
	int64_t modified_ns; /* since the epoch */
	int64_t changed_ns;

	/* False: it had been changed so shortly before that another change could bear the same
	 * time. Such a state proves nothing later. */
	uint64_t is_settled;
};

struct source_entry {
	char *path;
	struct source_state state;
};

struct source_list {
	struct source_entry *entries; /* the zone file, then what it includes, in their order */
	size_t count;
	size_t cap;
};

/* Of a file just opened and not read yet. */
struct source_state source_state_of(const struct stat *file);

/* `path` is copied. */
NODISCARD enum status source_list_add(struct source_list *list, const char *path,
				      const struct source_state *state);

/* Appends all of `from`, which is empty then. */
NODISCARD enum status source_list_move(struct source_list *into, struct source_list *from);

/* Are all files what they were? If not, *changed is the path of one that is not. */
bool source_list_is_unchanged(const struct source_list *list, const char **changed);

void source_list_fini(struct source_list *list);

#endif
