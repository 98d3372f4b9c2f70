/* image.h -- a zone version on disk: a cache of the zone file, mapped at the next start.
 *
 * Threads:   any; a draft, or an image, belongs to one thread at a time.
 * Memory:    see each function.
 * Errors:    an image in doubt is refused with the reason, and the caller reads the zone file
 *            instead. No content, nor a lack of it, leads to a crash: but see "Trust".
 * Standards: none.
 *
 * An image is good for what it was made from: it names the files that the zone was read from, with
 * what tells that they are unchanged (source_list.h), and repeats what reading them found.
 *
 * The file:
 *
 *   offset       octets
 *   0            8            magic
 *   8            8            checksum of all from here to the content
 *   16           ...          struct image_header, from `layout` on (image_header.h)
 *   then         origin_len   the apex in wire form, lower case
 *   then         ...          source_count times: struct source_state, length and path
 *   then         ...          finding_count times: struct image_finding, length and file, length
 *                             and text
 *   then         ...          zero up to a multiple of IMAGE_ALIGNMENT
 *   content_off  content_len  what the store holds (version.h), and with it the file ends
 *
 * The content's checksum is that of the checksums of its blocks of IMAGE_BLOCK_LEN octets, in their
 * order, so that they can be taken side by side. Numbers are the machine's: the layout mark says
 * whether this machine and this program would have written the same.
 *
 * Trust: a checksum finds what happens to files by accident. Whoever can write to the directory
 * where images lie can make a server serve anything, or crash: it is the server's alone. An image
 * is only ever replaced (rename), never changed, because it may be mapped; cutting one short where
 * it lies, in the moments until its server has moved it into memory, would end the server.
 */
#ifndef GLUED_ZONES_IMAGE_H
#define GLUED_ZONES_IMAGE_H

#include "zones/finding.h"
#include "zones/jobs.h"
#include "zones/source_list.h"
#include "zones/version.h"

enum {
	/* To be raised when what a version holds is laid out or understood in another way, and no
	 * size in image_header.c's mark shows it. */
	IMAGE_FORMAT = 3,

	/* Content is mapped, so it begins with a page: the largest that small pages are. */
	IMAGE_ALIGNMENT = 64 << 10,
	IMAGE_BLOCK_LEN = 1 << 20,

	IMAGE_NAME_MAX = 256, /* with its end: what file systems take */
};

/* A version about to be written. It holds the version's store. */
struct image_draft;

/* Before anything is derived from `version`: all that its store holds becomes the image. Refused
 * where no image can be made from: text that came from no file, or a file that had only just been
 * changed when it was read. */
NODISCARD enum status image_draft_new(const struct zone_version *version,
				      const struct source_list *sources,
				      const struct findings *findings, struct image_draft **out,
				      struct error *error);
void image_draft_free(struct image_draft *draft);

/* Octets of the file. */
size_t image_draft_len(const struct image_draft *draft);

/* Writes the draft to `path`, where either the whole image stands afterwards or what stood there
 * before. `cancel` (or NULL) becoming true ends it early. */
NODISCARD enum status image_write(struct image_draft *draft, const char *path,
				  const _Atomic bool *cancel, struct error *error);

/* What an image must be of; NULL: anything goes, and the files it was made from are not looked at.
 */
struct image_wanted {
	const uint8_t *origin;
	const char *source_path; /* of the zone file */
};

struct image {
	struct zone_version *version; /* the caller may take it, and leave NULL */
	struct source_list sources;
	struct findings findings; /* likewise, leaving findings_init()'s */
	size_t len;
};

/* Maps the image at `path`, if it is sound. STATUS_NOT_FOUND: there is none. STATUS_REFUSED: a
 * sound one of another program, or something that has changed since. STATUS_INVALID: a damaged one.
 */
NODISCARD enum status image_open(const char *path, const struct image_wanted *wanted,
				 struct jobs *jobs, struct image *out, struct error *error);
void image_fini(struct image *image);

/* Moves the version's content into memory, as store_settle(). */
bool image_settle(const struct zone_version *version, const _Atomic bool *cancel);

/* The name that a zone's image has in its directory: the apex in presentation form, with %xx for
 * octets that are not letters, digits, '-' or '_', and ".image"; "@.image" for the root. */
void image_name(const uint8_t *origin, char out[IMAGE_NAME_MAX]);

#endif
