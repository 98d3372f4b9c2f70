/* dname.h -- domain names in uncompressed wire form: length octet and label, to the root's zero
 * octet.
 *
 * Threads:   any; pure functions.
 * Memory:    allocates nothing; callers bring buffers of DNAME_LEN_MAX (wire) or DNAME_TEXT_MAX
 *            (text) octets.
 * Errors:    see each function. Every `const uint8_t *dname` argument is a valid name:
 *            dname_wire_len() or dname_read() established it.
 * Standards: RFC 1035 2.3.4, 3.1, 5.1; RFC 4343 (case); RFC 4034 6.1 (canonical order); RFC 2181 11
 *            (any octet).
 */
#ifndef GLUED_ZONES_DNAME_H
#define GLUED_ZONES_DNAME_H

#include "zones/base.h"
#include "zones/dns.h"

enum {
	/* 255 octets hold at most 250 of label content (four labels), each printed as \DDD; with
	 * four dots and the NUL that is 1005, rounded up. */
	DNAME_TEXT_MAX = 1024,
};

/* Octets of a valid name, root octet included: 1 to 255. */
size_t dname_len(const uint8_t *dname);

/* Length of the uncompressed name at `octets`, of which `len` are readable: 1 to 255, or 0 if it is
 * no valid uncompressed name (runs over the end, a length octet above 63, more than 255 octets). */
size_t dname_wire_len(const uint8_t *octets, size_t len);

/* Reads the name at `off` of a message of `len` octets, compressed or not (RFC 1035 4.1.4: pointers
 * lead to what was before). Returns the offset behind it, or 0 if it is no valid name. */
size_t dname_decompress(const uint8_t *message, size_t len, size_t off, uint8_t out[DNAME_LEN_MAX]);

/* Labels without the root: 0 for the root itself. */
unsigned dname_label_count(const uint8_t *dname);

/* ASCII upper case folded, every other octet as it is (RFC 4343 3). */
static inline uint8_t
dname_octet_lower(uint8_t octet)
{
	return (uint8_t)((uint8_t)(octet - 'A') < 26 ? octet + ('a' - 'A') : octet);
}

/* Copies `len` octets, of which those that are upper case are folded. `out` may be `octets`. */
void dname_lower_octets(const uint8_t *octets, size_t len, uint8_t *out);

/* Copies with upper case folded; returns dname_len(). `out` may be `dname`. */
size_t dname_lower(const uint8_t *dname, uint8_t out[DNAME_LEN_MAX]);

/* Equal but for case. */
bool dname_equal(const uint8_t *a, const uint8_t *b);

/* The same for names that are both in lower case, which takes less. */
bool dname_equal_lower(const uint8_t *a, const uint8_t *b);

/* Canonical order (RFC 4034 6.1): negative, zero, positive; case ignored. */
int dname_compare(const uint8_t *a, const uint8_t *b);

/* The same for names that are both in lower case, which takes less. */
int dname_compare_lower(const uint8_t *a, const uint8_t *b);

/* Is `dname` the same as `ancestor` or below it? Case ignored. */
bool dname_is_within(const uint8_t *dname, const uint8_t *ancestor);

/* How many labels two names share, counted from the root; case ignored. */
unsigned dname_common_labels(const uint8_t *a, const uint8_t *b);

/* `dname` without its first `labels` labels (a pointer into it). */
const uint8_t *dname_skip(const uint8_t *dname, unsigned labels);

/* Decodes the first octet of presentation form: itself, \X or \DDD. `len` > 0. Returns the octets
 * of text it took, or 0 with *reason set to a constant sentence. Character-strings share it. */
size_t dname_unescape(const char *text, size_t len, uint8_t *octet, const char **reason);

/* Reads presentation form: `len` octets of `text`, with \X and \DDD escapes; a name without a final
 * dot is completed with `origin` (NULL: the root); "@" alone is not special here. Returns the
 * octets written to `out`, or 0 with *reason set to a constant sentence ("label longer than 63
 * octets", ...). */
size_t dname_read(const char *text, size_t len, const uint8_t *origin, uint8_t out[DNAME_LEN_MAX],
		  const char **reason);

/* Presentation form with a final dot, NUL-terminated, case kept; dots, backslashes and what the
 * zone-file syntax gives a meaning (";" "\"" "(" ")" "@" "$" and space) escaped, octets outside
 * 0x21-0x7e as \DDD. Returns its length. */
size_t dname_print(const uint8_t *dname, char out[DNAME_TEXT_MAX]);

#endif
