/* visit.h -- all names of a zone, or of a branch of it, in canonical order.
 *
 * Threads:   any; reads a version that nobody changes meanwhile, but for the entries of nodes.
 * Memory:    the stack of a visit is on the heap: visit_fini().
 * Errors:    no memory: reported once, by visit_next() coming to an end early.
 * Standards: RFC 4034 6.1.
 */
#ifndef GLUED_ZONES_VISIT_H
#define GLUED_ZONES_VISIT_H

#include "zones/trie.h"

struct visit_pending;

struct visit {
	/* the node that visit_next() came to */
	const struct node *node;
	ref node_ref;
	const uint8_t *owner; /* its name, lower case; changes with the next node */
	unsigned depth;       /* labels below where the visit began */
	bool is_occluded; /* below a zone cut or a DNAME: never found by a walk that stops there */

	/* the state */
	const struct zone_version *version;
	struct visit_pending *stack;
	size_t stack_len;
	size_t stack_cap;
	enum status status;
	unsigned occluder_depth; /* of the topmost cut or DNAME on the way down, or DEPTH_NONE */
	uint8_t name[DNAME_LEN_MAX];
	uint8_t name_offs[LABELS_MAX + 1]; /* by depth */
};

/* Begins at `node_ref`, whose name is `owner`; `is_occluded` says whether that lies below a cut. */
void visit_start(struct visit *visit, const struct zone_version *version, ref node_ref,
		 const uint8_t *owner, bool is_occluded);

/* True: the fields say which name. False: there are no more, or visit->status is not OK. */
bool visit_next(struct visit *visit);

void visit_fini(struct visit *visit);

#endif
