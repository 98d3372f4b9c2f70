/* source.h -- a zone file being read: its text, piece by piece, its path, and who includes it.
 *
 * Threads:   a struct source_text may be read by several sources side by side; a struct source
 *            belongs to one thread.
 * Memory:    a source holds a window of the text, as long as the longest entry needs.
 * Errors:    source_text_open() and source_more() say why a file cannot be read.
 * Standards: RFC 1035 5.1 ($INCLUDE).
 *
 * The file is read into a window, not mapped: a file that somebody truncates while it is mapped
 * ends the process by SIGBUS, mapped pages count as resident, and copying a piece that stays in the
 * second-level cache costs a tenth of what reading records from it does.
 */
#ifndef GLUED_ZONES_SOURCE_H
#define GLUED_ZONES_SOURCE_H

#include <sys/types.h>

#include "zones/dns.h"
#include "zones/error.h"
#include "zones/source_list.h"
#include "zones/token.h"

/* Where text comes from. */
struct source_text {
	const char *text; /* in memory, the caller's; NULL: in the file */
	uint64_t len;     /* of a file: when it was opened; 0 if the file system doesn't know */
	int fd;
	dev_t device;
	struct source_state state; /* of text in memory: all zero */
	char path[];               /* as findings name it */
};

enum {
	/* Behind the end of a file's text, so that its last lines, which are most lines of a small
	 * one, are read as quickly as any other (scanner_plain.c). */
	SOURCE_PADDING_LEN = 128,
};

struct source {
	struct source *parent; /* the including file, or NULL */
	unsigned depth;        /* 0: included by none */
	const struct source_text *text;
	struct source_text *own_text; /* the same, if it goes with the source */

	/* the window */
	char *window;
	size_t window_cap;   /* with SOURCE_PADDING_LEN */
	size_t window_len;   /* from the window's beginning; the last line may be cut off */
	size_t padding_len;  /* blanks behind the end of the text, for those who read ahead */
	uint64_t window_off; /* in the text */
	bool is_all_read;
	struct tokenizer tokenizer;

	/* what $INCLUDE saves and gives back (RFC 1035 5.1) */
	uint8_t origin[DNAME_LEN_MAX];
	uint8_t owner[DNAME_LEN_MAX];
	bool has_owner;
	bool is_owner_faulty; /* records that would inherit it are passed over */
};

/* A directory that is open, and how much of a file's path it stands for: who opens many files of
 * it spares the system the way there. */
struct source_directory {
	int fd;
	size_t path_len; /* the final slash included */
};

/* Opens a file, which must be a regular one: from others reading might never return. `directory` is
 * what its path begins with, or NULL. */
NODISCARD enum status source_text_open(const char *path, const struct source_directory *directory,
				       struct source_text **out, struct error *error);

/* Text in memory, which stays the caller's. */
NODISCARD enum status source_text_new(const char *path, const char *text, size_t len,
				      struct source_text **out);

/* Waits, some ticks at most, until the file's times tell what is in it from what may be written to
 * it next (source_list.h): one that has only just been put in place could have no image. */
void source_text_await_settled(struct source_text *text);

void source_text_free(struct source_text *text);

/* A source at `off` of the text, which must outlive it; of a file, the window is empty yet. */
NODISCARD enum status source_new(const struct source_text *text, uint64_t off, struct source **out);
void source_free(struct source *source);

/* Reads on: what begins at tokenizer->at, the beginning of a line, stays and is followed by at
 * least one line more, or by the end of the text. Pointers into the window die. */
NODISCARD enum status source_more(struct source *source, struct error *error);

/* Where in the text `at` is. */
uint64_t source_off(const struct source *source, const char *at);

/* Is `source` the same file as one of those that include it? */
bool source_is_loop(const struct source *source);

/* Where `name` lies seen from `source`: as it is if absolute, else relative to the directory of
 * its path. NULL for want of memory; the caller frees. */
char *source_resolve(const struct source *source, const char *name);

#endif
