/* source.c -- zone files as the scanner holds them (used by scanner.c). */
#include "zones/source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* Where the file system does not know a file's length (/proc); doubled as needed. */
enum { UNKNOWN_TEXT_LEN = 64 << 10 };

enum { PIECE_LEN = 1 << 20 };

/* Nothing that is mostly NUL octets is text: a sparse or preallocated file need not be held in
 * memory to find that out. Where a single one stands, the tokenizer says. */
static bool
is_text(const char *octets, size_t len)
{
	size_t nul_count = 0;
	for (size_t i = 0; i < len; i++)
		nul_count += octets[i] == '\0';
	return nul_count <= len / 2;
}

static enum status
refuse(char *octets, struct error *error, const char *reason)
{
	free(octets);
	return error_set(error, STATUS_IO, "%s", reason);
}

/* Reads in pieces, each of which is looked at before the next. */
static enum status
read_all(int fd, size_t expected_len, char **text, size_t *text_len, struct error *error)
{
	/* One octet more than expected, so that the end is seen without growing. */
	size_t cap = expected_len > 0 ? expected_len + 1 : UNKNOWN_TEXT_LEN;
	size_t len = 0;
	char *octets = malloc(cap);
	if (octets == NULL)
		return error_set(error, STATUS_NO_MEMORY, "out of memory");
	for (;;) {
		size_t wanted = cap - len < PIECE_LEN ? cap - len : PIECE_LEN;
		ssize_t got = read(fd, octets + len, wanted);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return refuse(octets, error, strerror(errno));
		if (got == 0)
			break;
		if (got == PIECE_LEN && !is_text(octets + len, (size_t)got))
			return refuse(octets, error, "mostly NUL octets: this is no zone file");
		len += (size_t)got;
		if (len < cap)
			continue;
		char *grown = realloc(octets, 2 * cap);
		if (grown == NULL) {
			free(octets);
			return error_set(error, STATUS_NO_MEMORY, "out of memory");
		}
		octets = grown;
		cap *= 2;
	}
	*text = octets;
	*text_len = len;
	return STATUS_OK;
}

static enum status
source_new(const char *path, struct source **out)
{
	struct source *source = calloc(1, sizeof(*source));
	if (source == NULL)
		return STATUS_NO_MEMORY;
	source->path = strdup(path);
	if (source->path == NULL) {
		free(source);
		return STATUS_NO_MEMORY;
	}
	*out = source;
	return STATUS_OK;
}

/* Opens a regular file and nothing else: a pipe without a writer, a terminal or a device would keep
 * the reader for ever, or never end. Nothing waits in open() either (O_NONBLOCK). */
static enum status
open_file(const char *path, struct stat *status, int *out, struct error *error)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
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

enum status
source_open(const char *path, struct source *parent, struct source **out, struct error *error)
{
	struct stat file;
	int fd = -1;
	enum status status = open_file(path, &file, &fd, error);
	if (status != STATUS_OK)
		return status;

	struct source *source = NULL;
	size_t len = 0;
	status = source_new(path, &source);
	if (status != STATUS_OK)
		goto close_file;
	source->parent = parent;
	source->depth = parent != NULL ? parent->depth + 1 : 0;
	source->device = file.st_dev;
	source->state = source_state_of(&file);
	status = read_all(fd, (size_t)file.st_size, &source->text, &len, error);
	if (status != STATUS_OK) {
		source_free(source);
		goto close_file;
	}
	tokenizer_init(&source->tokenizer, source->text, len);
	*out = source;

close_file:
	close(fd);
	return status;
}

enum status
source_open_text(const char *path, const char *text, size_t len, struct source **out)
{
	struct source *source;
	enum status status = source_new(path, &source);
	if (status != STATUS_OK)
		return status;
	tokenizer_init(&source->tokenizer, text, len);
	*out = source;
	return STATUS_OK;
}

void
source_free(struct source *source)
{
	tokenizer_fini(&source->tokenizer);
	free(source->text);
	free(source->path);
	free(source);
}

bool
source_is_loop(const struct source *source)
{
	for (const struct source *above = source->parent; above != NULL; above = above->parent) {
		/* Text in memory has no file: inode 0 is nobody's. */
		if (above->state.inode == source->state.inode && above->device == source->device)
			return true;
	}
	return false;
}

char *
source_resolve(const struct source *source, const char *name)
{
	const char *slash = strrchr(source->path, '/');
	if (name[0] == '/' || slash == NULL)
		return strdup(name);
	char *path;
	int directory_len = (int)(slash - source->path);
	return asprintf(&path, "%.*s/%s", directory_len, source->path, name) < 0 ? NULL : path;
}
