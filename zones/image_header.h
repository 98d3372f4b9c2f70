/* image_header.h -- what stands before the content of an image, between image.c and image_header.c
 * only.
 *
 * Threads:   any.
 * Memory:    see each function.
 * Errors:    no memory; octets that are no header.
 * Standards: none.
 */
#ifndef GLUED_ZONES_IMAGE_HEADER_H
#define GLUED_ZONES_IMAGE_HEADER_H

#include "zones/image.h"

enum {
	IMAGE_MAGIC_LEN = 8,
	/* Findings are bounded; a zone of a million files is not worth an image. */
	IMAGE_HEADER_LEN_MAX = 64 << 20,
};

struct image_header {
	uint8_t magic[IMAGE_MAGIC_LEN];
	uint64_t header_sum;
	uint64_t layout; /* image_layout_mark() */
	uint64_t content_off;
	uint64_t content_len;
	uint64_t content_sum;
	uint64_t version_off; /* of struct zone_image, in the content */
	uint32_t format;
	uint32_t origin_len;
	uint32_t source_count;
	uint32_t finding_count;
	uint64_t finding_counts[FINDING_KIND_COUNT]; /* kept or not */
};

struct image_finding {
	uint32_t kind;
	uint32_t line;
	uint32_t column;
	uint32_t has_file;
};

/* Says in 64 bits how this program lays out a version and an image. */
uint64_t image_layout_mark(void);

/* The path as an image has it, which is found from elsewhere; the caller frees. NULL: no memory, or
 * no current directory. Symbolic links in it stay, for what they point at may change. */
char *image_absolute_path(const char *path);

/* All before the content, with the checksums still to be set; the caller frees. */
NODISCARD enum status image_header_make(const struct zone_version *version,
					const struct source_list *sources,
					const struct findings *findings, struct image_header **out,
					struct error *error);

/* When the content's checksum is known. */
void image_header_seal(struct image_header *header, uint64_t content_sum);

/* Is the beginning of a file, of sizeof(struct image_header) octets, one that can be read on? */
NODISCARD enum status image_header_check(const struct image_header *header, uint64_t file_len,
					 struct error *error);

/* Takes apart the whole, of content_off octets. */
NODISCARD enum status image_header_parse(const struct image_header *header, const uint8_t **origin,
					 struct source_list *sources, struct findings *findings,
					 struct error *error);

#endif
