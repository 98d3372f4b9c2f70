/* tap.h -- a kernel interface whose other end is a file descriptor: where frames that are not ours
 * meet the kernel's stack.
 *
 * Threads:   control, at start.
 * Memory:    the interface lives as long as its descriptor.
 * Errors:    struct error names the interface and what the kernel said.
 * Standards: rtnetlink(7), Linux Documentation/networking/tuntap.rst.
 */
#ifndef GLUED_DATAPLANE_TAP_H
#define GLUED_DATAPLANE_TAP_H

#include "dataplane/dataplane.h"

/* Makes interface `name` with that MAC and MTU and those addresses, and brings it up. *fd does not
 * block: each read() is a frame that the kernel sends, each write() one that it receives; no
 * checksum is left to be filled in, either way. */
NODISCARD enum status tap_open(const char *name, const uint8_t mac[6], unsigned mtu,
			       const struct address *addresses, size_t address_count, int *fd,
			       struct error *error);

#endif
