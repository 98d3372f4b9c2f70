/* images.h -- the directory of images: <state-dir>/zones/, and the work of keeping it.
 *
 * Threads:   control; images_open() and images_draft() on the pool. Writing and moving happen on
 *            libuv's pool, one at a time, so that zones being read have the others.
 * Memory:    owns the drafts that wait to be written.
 * Errors:    none that anyone has to handle: a server without images only starts more slowly. What
 *            fails is logged (image.failed, image.refused).
 * Standards: none.
 *
 * Only zones of IMAGES_STORE_LEN_MIN octets and more have images. Nothing is made on disk before
 * there is such a zone.
 */
#ifndef GLUED_CONTROL_IMAGES_H
#define GLUED_CONTROL_IMAGES_H

#include <uv.h>

#include "control/zone_table.h"
#include "zones/image.h"

enum {
	/* About 10,000 names, some tens of milliseconds to read. Below it a start would hardly be
	 * faster, while each image costs the wait for a disk when it is written and two of the
	 * 65,530 mappings that a process may have: 200,000 small zones must not cost that. */
	IMAGES_STORE_LEN_MIN = 1 << 20,
};

struct images;

/* `state_dir` outlives it. */
NODISCARD enum status images_new(uv_loop_t *loop, const char *state_dir, struct images **out);

/* The image of a zone, if there is a good one (image_open()). */
NODISCARD enum status images_open(const struct images *images, const struct hosted_zone *zone,
				  struct jobs *jobs, struct image *out, struct error *error);

/* A draft of what was just compiled, and not published yet. NULL: the zone gets no image. */
struct image_draft *images_draft(const struct zone_version *version,
				 const struct source_list *sources,
				 const struct findings *findings);

/* Writes the draft, which is given away, once there is time. A zone's newer draft takes the place
 * of one that still waits. */
void images_write(struct images *images, const struct hosted_zone *zone, struct image_draft *draft);

/* Moves a published version that was mapped into memory (image_settle()) once there is time. */
void images_settle(struct images *images, const struct hosted_zone *zone,
		   const struct zone_version *version);

/* An image was there and is not used; says so in the log. */
void images_log_refused(const struct hosted_zone *zone, const struct error *refusal);

/* Ends what runs at the next opportunity, and forgets what waits. The loop must run until it has
 * nothing left to do before images_free(). NULL is allowed. */
void images_close(struct images *images);

/* After the loop has ended. NULL is allowed. */
void images_free(struct images *images);

#endif
