/* message_print.h -- a DNS message as text, section by section, one record a line.
 *
 * Threads:   any.
 * Memory:    allocates nothing.
 * Errors:    a message that is cut short or malformed is printed as far as it can be read, then a
 *            line says so.
 * Standards: RFC 1035 4.1, 5.1; RFC 6891.
 */
#ifndef GLUED_CONTROL_MESSAGE_PRINT_H
#define GLUED_CONTROL_MESSAGE_PRINT_H

#include <stdio.h>

#include "zones/base.h"

/* False if the message could not be read to its end. */
bool message_print(FILE *out, const uint8_t *message, size_t len);

#endif
