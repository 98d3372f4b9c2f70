/* rdata_tools.h -- what the tests of RDATA share: text of any type to wire form.
 */
#ifndef GLUED_TESTS_RDATA_TOOLS_H
#define GLUED_TESTS_RDATA_TOOLS_H

#include "zones/rdata_codec.h"

enum { RDATA_TEXT_CAP = 65536 };

extern uint8_t rdata_wire[RDATA_LEN_MAX];  /* what rdata_read_text() read last */
extern char rdata_printed[RDATA_TEXT_CAP]; /* room for rdata_print() */

/* Reads `text` as RDATA, through the scanner's own tokenizer, from a copy of just that length, into
 * rdata_wire. Relative names end in "o.". */
bool rdata_read_text(uint16_t rrtype, const char *text, size_t *rdlen, struct rdata_fault *fault);

/* The code of a mnemonic that there is. */
uint16_t rdata_type_of(const char *mnemonic);

/* Types that zones hold, in turn: 0 past the last. */
uint16_t rdata_next_type(uint16_t rrtype);

#endif
