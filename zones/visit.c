/* visit.c -- depth first through the tries. */
#include "zones/visit.h"

#include <stdlib.h>

#include "zones/dname.h"

enum { STACK_CAP_MIN = 256, DEPTH_NONE = LABELS_MAX + 1 };

/* A cell whose nodes are still to come, or a node (cell NULL). */
struct visit_pending {
	const struct cell *cell;
	ref node;
	unsigned depth;
};

static bool
push(struct visit *visit, struct visit_pending pending)
{
	if (visit->stack_len == visit->stack_cap) {
		size_t cap = visit->stack_cap == 0 ? STACK_CAP_MIN : visit->stack_cap * 2;
		struct visit_pending *stack = realloc(visit->stack, cap * sizeof(*stack));
		if (stack == NULL) {
			visit->status = STATUS_NO_MEMORY;
			return false;
		}
		visit->stack = stack;
		visit->stack_cap = cap;
	}
	visit->stack[visit->stack_len++] = pending;
	return true;
}

void
visit_start(struct visit *visit, const struct zone_version *version, ref node_ref,
	    const uint8_t *owner, bool is_occluded)
{
	*visit = (struct visit){.version = version,
				.occluder_depth = is_occluded ? 0 : DEPTH_NONE,
				.is_occluded = is_occluded};
	size_t len = dname_len(owner);
	visit->name_offs[0] = (uint8_t)(sizeof(visit->name) - len);
	memcpy(visit->name + visit->name_offs[0], owner, len);
	push(visit, (struct visit_pending){.node = node_ref});
}

/* The twigs of a branch, so that the first comes off the stack first. */
static void
push_twigs(struct visit *visit, const struct cell *cell, unsigned depth)
{
	const struct cell *twigs = version_at(visit->version, cell->target);
	for (unsigned i = cell_twig_count(cell); i-- > 0;) {
		if (!push(visit, (struct visit_pending){.cell = &twigs[i], .depth = depth}))
			return;
	}
}

static void
enter(struct visit *visit, ref node_ref, unsigned depth)
{
	const struct node *node = version_node(visit->version, node_ref);
	visit->node = node;
	visit->node_ref = node_ref;
	visit->depth = depth;
	if (depth > 0) {
		unsigned off = visit->name_offs[depth - 1] - 1u - node->label_len;
		visit->name[off] = node->label_len;
		memcpy(visit->name + off + 1, node_label(node), node->label_len);
		visit->name_offs[depth] = (uint8_t)off;
	}
	visit->owner = visit->name + visit->name_offs[depth];
	/* Depth first: an occluder as deep as this node is not above it. */
	if (visit->occluder_depth != DEPTH_NONE && depth > 0 && depth <= visit->occluder_depth)
		visit->occluder_depth = DEPTH_NONE;
	if (depth > 0)
		visit->is_occluded = visit->occluder_depth != DEPTH_NONE;
	if (visit->occluder_depth == DEPTH_NONE && (node->flags & (NODE_CUT | NODE_DNAME)))
		visit->occluder_depth = depth;
	if (node->children != REF_NONE)
		push(visit, (struct visit_pending){
				.cell = version_at(visit->version, node->children),
				.depth = depth + 1,
			    });
}

bool
visit_next(struct visit *visit)
{
	while (visit->stack_len > 0 && visit->status == STATUS_OK) {
		struct visit_pending next = visit->stack[--visit->stack_len];
		if (next.cell == NULL)
			enter(visit, next.node, next.depth);
		else if (cell_is_branch(next.cell))
			push_twigs(visit, next.cell, next.depth);
		else
			enter(visit, next.cell->target, next.depth);
		if (next.cell == NULL || !cell_is_branch(next.cell))
			return visit->status == STATUS_OK;
	}
	return false;
}

void
visit_fini(struct visit *visit)
{
	free(visit->stack);
	visit->stack = NULL;
}
