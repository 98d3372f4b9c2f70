/* source.h -- one zone file being read: its text, its path, and who includes it.
 *
 * Threads:   a struct source belongs to one thread.
 * Memory:    owns its text and path until source_free().
 * Errors:    source_open() says why a file cannot be read.
 * Standards: RFC 1035 5.1 ($INCLUDE).
 */
#ifndef GLUED_ZONES_SOURCE_H
#define GLUED_ZONES_SOURCE_H

#include <sys/types.h>

#include "zones/dns.h"
#include "zones/error.h"
#include "zones/source_list.h"
#include "zones/token.h"

struct source {
	struct source *parent; /* the including file, or NULL */
	unsigned depth;        /* 0: included by none */
	char *path;
	char *text; /* NULL: the text is the caller's */
	dev_t device;
	struct source_state state; /* of text in memory: all zero */
	struct tokenizer tokenizer;

	/* what $INCLUDE saves and gives back (RFC 1035 5.1) */
	uint8_t origin[DNAME_LEN_MAX];
	uint8_t owner[DNAME_LEN_MAX];
	bool has_owner;
	bool is_owner_faulty; /* records that would inherit it are passed over */
};

/* Reads the whole file, which must be a regular one: from others reading might never return. */
NODISCARD enum status source_open(const char *path, struct source *parent, struct source **out,
				  struct error *error);

/* The same for text in memory, which stays the caller's. */
NODISCARD enum status source_open_text(const char *path, const char *text, size_t len,
				       struct source **out);

void source_free(struct source *source);

/* Is `source` the same file as one of those that include it? */
bool source_is_loop(const struct source *source);

/* Where `name` lies seen from `source`: as it is if absolute, else relative to the directory of
 * source->path. NULL for want of memory; the caller frees. */
char *source_resolve(const struct source *source, const char *name);

#endif
