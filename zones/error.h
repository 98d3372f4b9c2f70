/* error.h -- how a function outside the message path says why it could not do its work.
 *
 * Threads:   any; a struct error belongs to the caller.
 * Memory:    none: the text is inside.
 * Errors:    text that does not fit is cut.
 *
 * One convention: a function that can fail returns enum status, assigns its outputs only on
 * STATUS_OK, and fills *error (which may be NULL) once, where the failure arose, with a sentence
 * that names what and where.
 */
#ifndef GLUED_ZONES_ERROR_H
#define GLUED_ZONES_ERROR_H

#include "zones/base.h"

enum status {
	STATUS_OK = 0,
	STATUS_NO_MEMORY,
	STATUS_IO,        /* the system refused; the text holds errno's sentence */
	STATUS_INVALID,   /* the input is wrong */
	STATUS_NOT_FOUND, /* what was named does not exist */
	STATUS_REFUSED,   /* understood, and not done */
	STATUS_LIMIT,     /* more than there is room for */
};

struct error {
	enum status status;
	char text[1024];
};

/* Fills *error if there is one and returns `status`, so that `return error_set(...)` is one line.
 */
enum status error_set(struct error *error, enum status status, const char *format, ...)
    PRINTF_LIKE(3, 4);

#endif
