/* compile_nsec3.c -- a part of step 2 of compiling: the chains of NSEC3, whose nodes
 * compile_nodes.c has laid down. */
#include <stdlib.h>

#include "zones/compile.h"
#include "zones/denial.h"
#include "zones/trie.h"

void
nsec3_nodes_fini(struct nsec3_nodes *list)
{
	free(list->nodes);
	*list = (struct nsec3_nodes){0};
}

static enum status
add(struct nsec3_nodes *list, struct nsec3_node added)
{
	if (list->count == list->cap) {
		size_t cap = list->cap == 0 ? 64 : list->cap * 2;
		struct nsec3_node *nodes = realloc(list->nodes, cap * sizeof(nodes[0]));
		if (nodes == NULL)
			return STATUS_NO_MEMORY;
		list->nodes = nodes;
		list->cap = cap;
	}
	added.seq = (uint32_t)list->count;
	list->nodes[list->count++] = added;
	return STATUS_OK;
}

enum status
nsec3_nodes_add(struct nsec3_nodes *list, const struct nsec3_parameters *parameters, ref node)
{
	struct nsec3_node added = {.node = node};
	denial_chain_label_set(added.chain_label, parameters);
	return add(list, added);
}

enum status
nsec3_nodes_append(struct nsec3_nodes *list, const struct nsec3_nodes *more)
{
	enum status status = STATUS_OK;
	for (size_t i = 0; i < more->count && status == STATUS_OK; i++)
		status = add(list, more->nodes[i]);
	return status;
}

static int
node_order(const void *a, const void *b)
{
	const struct nsec3_node *x = a;
	const struct nsec3_node *y = b;
	int order = memcmp(x->chain_label, y->chain_label, sizeof(x->chain_label));
	return order != 0 ? order : (x->seq > y->seq) - (x->seq < y->seq);
}

/* Chain by chain, the nodes of each in the order they have. */
static void
sort(struct nsec3_nodes *list)
{
	bool is_sorted = true;
	for (size_t i = 1; i < list->count && is_sorted; i++)
		is_sorted = node_order(&list->nodes[i - 1], &list->nodes[i]) < 0;
	if (!is_sorted)
		qsort(list->nodes, list->count, sizeof(list->nodes[0]), node_order);
}

/* A node that has only children. */
static enum status
head_lay(struct store_writer *writer, const uint8_t *label, ref children, ref *out)
{
	enum status status = store_append(writer, sizeof(struct node) + label[0], out);
	if (status != STATUS_OK)
		return status;
	struct node *node = store_at(writer->store, *out);
	*node = (struct node){.children = children, .label_len = label[0]};
	memcpy((uint8_t *)node->entries, label + 1, label[0]);
	return STATUS_OK;
}

enum status
nsec3_lay(struct jobs *jobs, struct store_writer *const *writers, unsigned writer_count,
	  struct nsec3_nodes *list, ref *out)
{
	static const uint8_t no_label[] = {0};
	*out = REF_NONE;
	if (list->count == 0)
		return STATUS_OK;
	ref *refs = malloc(list->count * sizeof(refs[0]));
	if (refs == NULL)
		return STATUS_NO_MEMORY;
	sort(list);
	for (size_t i = 0; i < list->count; i++)
		refs[i] = list->nodes[i].node;

	/* The references to chains take the place of those to their nodes. */
	size_t chain_count = 0;
	ref trie;
	enum status status = STATUS_OK;
	for (size_t first = 0, end; first < list->count && status == STATUS_OK; first = end) {
		const uint8_t *label = list->nodes[first].chain_label;
		end = first + 1;
		while (end < list->count &&
		       memcmp(label, list->nodes[end].chain_label, 1u + label[0]) == 0)
			end++;
		status =
		    trie_build_wide(jobs, writers, writer_count, refs + first, end - first, &trie);
		if (status == STATUS_OK)
			status = head_lay(writers[0], label, trie, &refs[chain_count++]);
	}
	if (status == STATUS_OK)
		status = trie_build(writers[0], refs, chain_count, &trie);
	if (status == STATUS_OK)
		status = head_lay(writers[0], no_label, trie, out);
	free(refs);
	return status;
}
