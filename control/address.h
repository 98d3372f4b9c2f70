/* address.h -- IP addresses as the configuration and the log write them.
 *
 * Threads:   any; pure functions.
 * Memory:    allocates nothing.
 * Errors:    each reader returns NULL, or a constant sentence that says what is wrong.
 * Standards: RFC 4291 2.2, RFC 5952 (IPv6 text, by libc); RFC 1122 3.2.1.3 (special addresses).
 */
#ifndef GLUED_CONTROL_ADDRESS_H
#define GLUED_CONTROL_ADDRESS_H

#include <sys/socket.h>

#include "dataplane/arrival.h"
#include "dataplane/dataplane.h"

enum { ADDRESS_TEXT_MAX = 64 };

/* "192.0.2.1" or "2001:db8::1", with "/24" or "/64" where has_prefix; without it prefix_len is that
 * of the lone address, 32 or 128. */
const char *address_read(const char *text, bool has_prefix, struct address *out);

/* "ADDR@PORT", or "ADDR" for `default_port`. */
const char *address_read_with_port(const char *text, uint16_t default_port, struct address *out,
				   uint16_t *port);

/* Can a host have this address and answer from it? Not the unspecified address, no multicast, no
 * broadcast. */
bool address_is_unicast(const struct address *address);

bool address_is_unspecified(const struct address *address);

/* The same octets of the same family; prefix lengths are not compared. */
bool address_equal(const struct address *a, const struct address *b);

/* Without prefix; "ADDR@PORT" if port is not 0. */
const char *address_print(const struct address *address, uint16_t port, char out[ADDRESS_TEXT_MAX]);

/* Where a message of this client came from: the arrival refers to the octets in *client. */
void arrival_set_client(struct arrival *arrival, const struct sockaddr_storage *client);

/* Fills *out and returns its length. */
socklen_t address_to_socket(const struct address *address, uint16_t port,
			    struct sockaddr_storage *out);

#endif
