/* image.c -- versions to files and back (image_header.c: what stands before the content). */
#include "zones/image.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

#include "zones/checksum.h"
#include "zones/dname.h"
#include "zones/image_header.h"

enum {
	/* Looked at between two of these: whether to go on. */
	WRITE_LEN = 8 << 20,
};

/* The content's checksum */

struct block_sums {
	const uint8_t *content;
	size_t len;
	uint64_t *sums;
};

static void
sum_block(void *context, unsigned idx)
{
	struct block_sums *blocks = context;
	size_t off = (size_t)idx * IMAGE_BLOCK_LEN;
	size_t left = blocks->len - off;
	blocks->sums[idx] =
	    checksum(blocks->content + off, left < IMAGE_BLOCK_LEN ? left : IMAGE_BLOCK_LEN);
}

static enum status
content_sum(const uint8_t *content, size_t len, struct jobs *jobs, uint64_t *out,
	    struct error *error)
{
	size_t count = (len + IMAGE_BLOCK_LEN - 1) / IMAGE_BLOCK_LEN;
	struct block_sums blocks = {content, len, calloc(count + 1, sizeof(uint64_t))};
	if (blocks.sums == NULL)
		return error_set(error, STATUS_NO_MEMORY, "out of memory");
	jobs = jobs != NULL ? jobs : &jobs_serial;
	jobs->run(jobs, sum_block, &blocks, (unsigned)count);
	*out = checksum(blocks.sums, count * sizeof(uint64_t));
	free(blocks.sums);
	return STATUS_OK;
}

/* Drafts */

struct image_draft {
	struct image_header *header;
	struct store *store;
};

enum status
image_draft_new(const struct zone_version *version, const struct source_list *sources,
		const struct findings *findings, struct image_draft **out, struct error *error)
{
	if (sources->count == 0)
		return error_set(error, STATUS_REFUSED, "the zone was read from no file");
	for (size_t i = 0; i < sources->count; i++) {
		if (!sources->entries[i].state.is_settled)
			return error_set(error, STATUS_REFUSED, "%s had only just been changed",
					 sources->entries[i].path);
	}
	struct image_draft *draft = malloc(sizeof(*draft));
	if (draft == NULL)
		return error_set(error, STATUS_NO_MEMORY, "out of memory");
	enum status status = image_header_make(version, sources, findings, &draft->header, error);
	if (status != STATUS_OK) {
		free(draft);
		return status;
	}
	store_hold(version->store);
	draft->store = version->store;
	*out = draft;
	return STATUS_OK;
}

void
image_draft_free(struct image_draft *draft)
{
	if (draft == NULL)
		return;
	store_release(draft->store);
	free(draft->header);
	free(draft);
}

size_t
image_draft_len(const struct image_draft *draft)
{
	return draft->header->content_off + draft->header->content_len;
}

/* Writing */

static enum status
write_error(struct error *error, const char *path)
{
	return error_set(error, STATUS_IO, "%s: %s", path, strerror(errno));
}

/* The file that will take the image's place, open, empty and nobody else's. A program that dies
 * leaves it behind, and the next one takes it over. */
static enum status
open_new(const char *path, int *out, struct error *error)
{
	struct stat opened;
	struct stat named;
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
	if (fd < 0)
		return write_error(error, path);
	/* Between opening and locking, another writer may have finished and renamed it. */
	bool is_ours = flock(fd, LOCK_EX | LOCK_NB) == 0 && fstat(fd, &opened) == 0 &&
		       stat(path, &named) == 0 && opened.st_ino == named.st_ino;
	if (!is_ours) {
		close(fd);
		return error_set(error, STATUS_REFUSED, "%s: another program writes it", path);
	}
	if (ftruncate(fd, 0) != 0) {
		write_error(error, path);
		close(fd);
		return STATUS_IO;
	}
	*out = fd;
	return STATUS_OK;
}

static bool
write_all(int fd, const uint8_t *octets, size_t len, const _Atomic bool *cancel)
{
	while (len > 0) {
		if (cancel != NULL && atomic_load_explicit(cancel, memory_order_relaxed)) {
			errno = ECANCELED;
			return false;
		}
		ssize_t written = write(fd, octets, len < WRITE_LEN ? len : WRITE_LEN);
		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return false;
		octets += written;
		len -= (size_t)written;
	}
	return true;
}

/* A rename is on disk when its directory is. */
static bool
sync_directory(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *directory = slash == NULL ? strdup(".") : strndup(path, (size_t)(slash - path) + 1);
	if (directory == NULL)
		return false;
	int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	free(directory);
	if (fd < 0)
		return false;
	bool is_synced = fsync(fd) == 0;
	close(fd);
	return is_synced;
}

static enum status
write_file(const struct image_draft *draft, const char *new_path, const char *path,
	   const _Atomic bool *cancel, struct error *error)
{
	const struct image_header *header = draft->header;
	int fd = -1;
	enum status status = open_new(new_path, &fd, error);
	if (status != STATUS_OK)
		return status;
	if (!write_all(fd, (const uint8_t *)header, header->content_off, cancel) ||
	    !write_all(fd, store_base(draft->store), header->content_len, cancel) ||
	    fsync(fd) != 0 || rename(new_path, path) != 0) {
		write_error(error, path);
		unlink(new_path);
		close(fd);
		return STATUS_IO;
	}
	close(fd);
	return sync_directory(path) ? STATUS_OK : write_error(error, path);
}

enum status
image_write(struct image_draft *draft, const char *path, const _Atomic bool *cancel,
	    struct error *error)
{
	uint64_t sum = 0;
	enum status status =
	    content_sum(store_base(draft->store), draft->header->content_len, NULL, &sum, error);
	if (status != STATUS_OK)
		return status;
	image_header_seal(draft->header, sum);
	char *new_path;
	if (asprintf(&new_path, "%s.new", path) < 0)
		return error_set(error, STATUS_NO_MEMORY, "out of memory");
	status = write_file(draft, new_path, path, cancel, error);
	free(new_path);
	return status;
}

/* Opening */

static enum status
open_image(const char *path, int *out, uint64_t *len, struct error *error)
{
	struct stat file;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return error_set(error, errno == ENOENT ? STATUS_NOT_FOUND : STATUS_IO, "%s",
				 strerror(errno));
	if (fstat(fd, &file) != 0 || !S_ISREG(file.st_mode)) {
		close(fd);
		return error_set(error, STATUS_IO, "not a regular file");
	}
	*out = fd;
	*len = (uint64_t)file.st_size;
	return STATUS_OK;
}

/* `len` octets from the file's beginning; the caller frees. */
static enum status
read_header(int fd, size_t len, struct image_header **out, struct error *error)
{
	uint8_t *octets = malloc(len);
	if (octets == NULL)
		return error_set(error, STATUS_NO_MEMORY, "out of memory");
	size_t have = 0;
	ssize_t got = 1;
	while (have < len && got > 0) {
		got = pread(fd, octets + have, len - have, (off_t)have);
		if (got > 0)
			have += (size_t)got;
	}
	if (have < len) {
		error_set(error, STATUS_INVALID, "%s",
			  got < 0 ? strerror(errno) : "this is no image, or one cut short");
		free(octets);
		return STATUS_INVALID;
	}
	*out = (struct image_header *)octets;
	return STATUS_OK;
}

/* The header up to the content, of a file of `len` octets. */
static enum status
take_header(int fd, uint64_t len, struct image_header **out, struct error *error)
{
	struct image_header *header;
	enum status status = read_header(fd, sizeof(*header), &header, error);
	if (status != STATUS_OK)
		return status;
	status = image_header_check(header, len, error);
	size_t header_len = header->content_off;
	free(header);
	if (status != STATUS_OK)
		return status;
	status = read_header(fd, header_len, &header, error);
	if (status != STATUS_OK)
		return status;
	/* once more: it has been read once more */
	status = image_header_check(header, len, error);
	if (status == STATUS_OK && header->content_off != header_len)
		status = error_set(error, STATUS_INVALID, "changes while it is read");
	if (status == STATUS_OK)
		*out = header;
	else
		free(header);
	return status;
}

static bool
is_made_from(const struct source_list *sources, const char *path)
{
	char *absolute = image_absolute_path(path);
	bool is_same = absolute != NULL && sources->count > 0 &&
		       strcmp(sources->entries[0].path, absolute) == 0;
	free(absolute);
	return is_same;
}

static enum status
check_wanted(const struct image_wanted *wanted, const uint8_t *origin, size_t origin_len,
	     const struct source_list *sources, struct error *error)
{
	const char *changed;
	if (origin_len != dname_len(wanted->origin) || !dname_equal(origin, wanted->origin))
		return error_set(error, STATUS_REFUSED, "an image of another zone");
	if (!is_made_from(sources, wanted->source_path))
		return error_set(error, STATUS_REFUSED, "made from another file: %s",
				 sources->count > 0 ? sources->entries[0].path : "none");
	if (!source_list_is_unchanged(sources, &changed))
		return error_set(error, STATUS_REFUSED, "%s has changed", changed);
	return STATUS_OK;
}

/* A version as large as its origin's place, at least: what follows reads that much. */
static enum status
version_new(struct store *store, const struct image_header *header, const uint8_t *origin,
	    struct zone_version **out, struct error *error)
{
	const struct zone_image *image =
	    (const struct zone_image *)(store_base(store) + header->version_off);
	size_t origin_off = 0;
	bool is_inside = header->version_off % REF_UNIT == 0 &&
			 header->version_off < header->content_len &&
			 header->content_len - header->version_off >= sizeof(*image);
	if (is_inside)
		origin_off = (size_t)image->origin * REF_UNIT;
	if (!is_inside || image->origin_len != header->origin_len ||
	    origin_off > header->content_len - image->origin_len ||
	    memcmp(store_base(store) + origin_off, origin, image->origin_len) != 0)
		return error_set(error, STATUS_INVALID, "damaged: it holds no version of its zone");
	*out = zone_version_first(store, header->version_off);
	return STATUS_OK;
}

static enum status
map_content(int fd, const struct image_header *header, const uint8_t *origin, struct jobs *jobs,
	    struct zone_version **out, struct error *error)
{
	struct store *store;
	uint64_t sum = 0;
	/* with room to derive versions */
	enum status status = store_map(fd, (off_t)header->content_off, header->content_len,
				       store_slack(header->content_len), &store, error);
	if (status != STATUS_OK)
		return status;
	status = content_sum(store_base(store), header->content_len, jobs, &sum, error);
	if (status == STATUS_OK && sum != header->content_sum)
		status =
		    error_set(error, STATUS_INVALID, "damaged: its content's checksum is wrong");
	if (status == STATUS_OK)
		status = version_new(store, header, origin, out, error);
	if (status != STATUS_OK)
		store_release(store);
	return status;
}

enum status
image_open(const char *path, const struct image_wanted *wanted, struct jobs *jobs,
	   struct image *out, struct error *error)
{
	int fd = -1;
	const uint8_t *origin;
	struct image_header *header = NULL;
	struct image image = {0};
	enum status status = open_image(path, &fd, &image.len, error);
	if (status != STATUS_OK)
		return status;
	status = take_header(fd, image.len, &header, error);
	if (status != STATUS_OK)
		goto close_file;
	status = image_header_parse(header, &origin, &image.sources, &image.findings, error);
	if (status == STATUS_OK && wanted != NULL)
		status = check_wanted(wanted, origin, header->origin_len, &image.sources, error);
	if (status == STATUS_OK)
		status = map_content(fd, header, origin, jobs, &image.version, error);
	free(header);
close_file:
	close(fd);
	if (status == STATUS_OK)
		*out = image;
	else
		image_fini(&image);
	return status;
}

void
image_fini(struct image *image)
{
	zone_version_free(image->version);
	source_list_fini(&image->sources);
	findings_fini(&image->findings);
	*image = (struct image){0};
}

bool
image_settle(const struct zone_version *version, const _Atomic bool *cancel)
{
	return store_settle(version->store, cancel);
}

/* Names */

static bool
is_plain(uint8_t octet)
{
	return (octet >= 'a' && octet <= 'z') || (octet >= '0' && octet <= '9') || octet == '-' ||
	       octet == '_';
}

/* The name without its ending; its length, or 0 if it is longer than `cap`. */
static size_t
print_stem(const uint8_t *dname, char *out, size_t cap)
{
	size_t len = 0;
	for (const uint8_t *label = dname; label[0] != 0; label += 1 + label[0]) {
		for (unsigned i = 1; i <= label[0]; i++) {
			if (len + 4 > cap)
				return 0;
			if (is_plain(label[i]))
				out[len++] = (char)label[i];
			else
				len += (size_t)sprintf(out + len, "%%%02x", label[i]);
		}
		out[len++] = '.';
	}
	return len;
}

void
image_name(const uint8_t *origin, char out[IMAGE_NAME_MAX])
{
	static const char ending[] = "image";
	uint8_t lower[DNAME_LEN_MAX];
	size_t origin_len = dname_lower(origin, lower);
	size_t len = print_stem(lower, out, IMAGE_NAME_MAX - 5 - sizeof(ending));
	/* A name too long for a file system goes by its checksum, which no escaped octet looks
	 * like; the image's header says whose it is. */
	if (origin_len == 1)
		strcpy(out, "@.");
	else if (len == 0)
		snprintf(out, IMAGE_NAME_MAX, "%%%016llx.",
			 (unsigned long long)checksum(lower, origin_len));
	else
		out[len] = '\0';
	strcat(out, ending);
}
