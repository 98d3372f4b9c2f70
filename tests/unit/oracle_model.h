/* oracle_model.h -- what a name server has to say about a list of RRsets: the rules one after the
 * other, with nothing but linear searches. What the engine says is held against it.
 *
 * Threads:   one.
 * Memory:    a struct model_answer is its caller's, begins as {0} and can be used again;
 *            model_answer_fini().
 * Errors:    none.
 * Standards: RFC 1034 4.3.2; RFC 2308 3; RFC 4035 3.1.4.1 (DS); RFC 4592; RFC 6604; RFC 6672; RFC
 *            8020; RFC 8482 4.1; RFC 9471.
 */
#ifndef GLUED_TESTS_UNIT_ORACLE_MODEL_H
#define GLUED_TESTS_UNIT_ORACLE_MODEL_H

#include "tests/unit/engine.h"

struct model_answer {
	unsigned rcode;
	bool is_authoritative;
	bool is_chain;       /* an alias was followed */
	struct rr_list rrs;  /* all sections, sorted */
	struct rr_list glue; /* those of the additional section that may not be left out silently */
};

/* `qname` in lower case. */
void model_ask(const struct engine *engine, const uint8_t *qname, uint16_t qtype,
	       struct model_answer *out);
void model_answer_fini(struct model_answer *answer);

#endif
