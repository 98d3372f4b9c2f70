/* source.c -- zone files as the scanner holds them (used by scanner.c). */
#include "zones/source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "zones/pages.h"

enum {
	/* With what is made from it, it stays in a second-level cache; and a system call for each
	 * disappears beside the reading of it. Short enough for malloc(), from which the next part
	 * of the text is given the same memory again, where pages from the system are cleared. */
	WINDOW_LEN = 128 << 10,
};
_Static_assert((size_t)WINDOW_LEN < (size_t)PAGES_LEN_MIN, "a window is malloc()'s");

/* Nothing that is mostly NUL octets is text: a sparse or preallocated file need not be held in
 * memory to find that out. Where a single one stands, the tokenizer says. */
static bool
is_text(const char *octets, size_t len)
{
	size_t nul_count = 0;
	const char *end = octets + len;
	while ((octets = memchr(octets, '\0', (size_t)(end - octets))) != NULL) {
		nul_count++;
		octets++;
	}
	return nul_count <= len / 2;
}

/* Opens a regular file and nothing else: a pipe without a writer, a terminal or a device would keep
 * the reader for ever, or never end. Nothing waits in open() either (O_NONBLOCK). */
static enum status
open_file(const char *path, const struct source_directory *directory, struct stat *status, int *out,
	  struct error *error)
{
	enum { FLAGS = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY };
	int fd = directory != NULL ? openat(directory->fd, path + directory->path_len, FLAGS)
				   : open(path, FLAGS);
	if (fd < 0)
		return error_set(error, STATUS_IO, "%s", strerror(errno));
	if (fstat(fd, status) < 0) {
		error_set(error, STATUS_IO, "%s", strerror(errno));
		close(fd);
		return STATUS_IO;
	}
	if (!S_ISREG(status->st_mode)) {
		error_set(error, STATUS_IO, "%s",
			  S_ISDIR(status->st_mode) ? strerror(EISDIR) : "not a regular file");
		close(fd);
		return STATUS_IO;
	}
	*out = fd;
	return STATUS_OK;
}

static enum status
text_alloc(const char *path, struct source_text **out)
{
	size_t path_size = strlen(path) + 1;
	struct source_text *text = malloc(sizeof(*text) + path_size);
	if (text == NULL)
		return STATUS_NO_MEMORY;
	*text = (struct source_text){.fd = -1};
	memcpy(text->path, path, path_size);
	*out = text;
	return STATUS_OK;
}

enum status
source_text_open(const char *path, const struct source_directory *directory,
		 struct source_text **out, struct error *error)
{
	struct source_text *text;
	struct stat file;
	if (text_alloc(path, &text) != STATUS_OK)
		return error_set(error, STATUS_NO_MEMORY, "out of memory");
	enum status status = open_file(path, directory, &file, &text->fd, error);
	if (status != STATUS_OK) {
		source_text_free(text);
		return status;
	}
	text->len = (uint64_t)file.st_size;
	text->device = file.st_dev;
	text->state = source_state_of(&file);
	*out = text;
	return STATUS_OK;
}

enum status
source_text_new(const char *path, const char *text, size_t len, struct source_text **out)
{
	enum status status = text_alloc(path, out);
	if (status != STATUS_OK)
		return status;
	(*out)->text = text;
	(*out)->len = len;
	return STATUS_OK;
}

void
source_text_await_settled(struct source_text *text)
{
	enum { TRIES = 5, TICK_NS = 10000000 };
	struct stat file;
	for (unsigned i = 0; i < TRIES && !text->state.is_settled; i++) {
		nanosleep(&(struct timespec){.tv_nsec = TICK_NS}, NULL);
		if (fstat(text->fd, &file) != 0)
			return;
		text->len = (uint64_t)file.st_size;
		text->state = source_state_of(&file);
	}
}

void
source_text_free(struct source_text *text)
{
	if (text->fd >= 0)
		close(text->fd);
	free(text);
}

enum status
source_new(const struct source_text *text, uint64_t off, struct source **out)
{
	struct source *source = calloc(1, sizeof(*source));
	if (source == NULL)
		return STATUS_NO_MEMORY;
	source->text = text;
	if (text->text != NULL) {
		tokenizer_init(&source->tokenizer, text->text + off, (size_t)text->len - off, off);
		source->window_off = off;
		source->is_all_read = true;
		*out = source;
		return STATUS_OK;
	}
	/* A little more than there is, so that the end is seen without growing. */
	size_t known_cap = (size_t)text->len + 64 + SOURCE_PADDING_LEN;
	source->window_cap = text->len > 0 && text->len < WINDOW_LEN && known_cap < WINDOW_LEN
				 ? known_cap
				 : WINDOW_LEN;
	source->window = pages_new(source->window_cap);
	if (source->window == NULL) {
		free(source);
		return STATUS_NO_MEMORY;
	}
	source->window_off = off;
	tokenizer_init(&source->tokenizer, source->window, 0, off);
	source->tokenizer.is_last = false;
	*out = source;
	return STATUS_OK;
}

void
source_free(struct source *source)
{
	tokenizer_fini(&source->tokenizer);
	pages_free(source->window, source->window_cap);
	if (source->own_text != NULL)
		source_text_free(source->own_text);
	free(source);
}

/* Moves what is unread to the window's beginning, and makes room behind it. */
static enum status
make_room(struct source *source)
{
	size_t used = (size_t)(source->tokenizer.at - source->window);
	size_t kept = source->window_len - used;
	memmove(source->window, source->window + used, kept);
	source->window_off += used;
	source->window_len = kept;
	if (kept > source->window_cap / 2) {
		char *window =
		    pages_resize(source->window, source->window_cap, 2 * source->window_cap);
		if (window == NULL)
			return STATUS_NO_MEMORY;
		source->window = window;
		source->window_cap *= 2;
	}
	source->tokenizer.at = source->window;
	return STATUS_OK;
}

/* Fills the window, as far as the file goes. */
static enum status
fill(struct source *source, struct error *error)
{
	size_t begin = source->window_len;
	size_t cap = source->window_cap - SOURCE_PADDING_LEN;
	while (source->window_len < cap) {
		uint64_t off = source->window_off + source->window_len;
		size_t wanted = cap - source->window_len;
		ssize_t got = pread(source->text->fd, source->window + source->window_len, wanted,
				    (off_t)off);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return error_set(error, STATUS_IO, "%s", strerror(errno));
		if (got == 0) {
			source->is_all_read = true;
			break;
		}
		source->window_len += (size_t)got;
		/* Where the file should end, there is no more: the next call would only say so
		   again. Some file systems don't know where (/proc). */
		if ((size_t)got < wanted && source->text->len > 0 &&
		    off + (size_t)got >= source->text->len) {
			source->is_all_read = true;
			break;
		}
	}
	size_t got_len = source->window_len - begin;
	if (got_len >= WINDOW_LEN / 2 && !is_text(source->window + begin, got_len))
		return error_set(error, STATUS_IO, "mostly NUL octets: this is no zone file");
	return STATUS_OK;
}

enum status
source_more(struct source *source, struct error *error)
{
	struct tokenizer *tokenizer = &source->tokenizer;
	size_t known = (size_t)(tokenizer->end - tokenizer->at);
	const char *newline = NULL;
	while (!source->is_all_read && newline == NULL) {
		enum status status = make_room(source);
		if (status == STATUS_OK)
			status = fill(source, error);
		if (status != STATUS_OK)
			return status;
		newline = memrchr(source->window + known, '\n', source->window_len - known);
	}
	if (source->is_all_read) {
		source->padding_len = SOURCE_PADDING_LEN;
		memset(source->window + source->window_len, ' ', source->padding_len);
		tokenizer_reach(tokenizer, source->window, source->window_len);
		tokenizer->is_last = true;
	} else {
		tokenizer_reach(tokenizer, source->window, (size_t)(newline + 1 - source->window));
	}
	return STATUS_OK;
}

uint64_t
source_off(const struct source *source, const char *at)
{
	const char *begin = source->window != NULL ? source->window : source->text->text;
	return source->text->text != NULL ? (uint64_t)(at - begin)
					  : source->window_off + (uint64_t)(at - begin);
}

bool
source_is_loop(const struct source *source)
{
	for (const struct source *above = source->parent; above != NULL; above = above->parent) {
		/* Text in memory has no file: inode 0 is nobody's. */
		if (above->text->state.inode == source->text->state.inode &&
		    above->text->device == source->text->device)
			return true;
	}
	return false;
}

char *
source_resolve(const struct source *source, const char *name)
{
	const char *slash = strrchr(source->text->path, '/');
	if (name[0] == '/' || slash == NULL)
		return strdup(name);
	char *path;
	int directory_len = (int)(slash - source->text->path);
	return asprintf(&path, "%.*s/%s", directory_len, source->text->path, name) < 0 ? NULL
										       : path;
}
