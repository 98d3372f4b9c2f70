/* denial_chains.c -- all owners of NSEC3 records, whatever their chain. */
#include <stdlib.h>

#include "zones/denial.h"
#include "zones/ref_list.h"
#include "zones/trie_find.h"
#include "zones/visit.h"

static enum status
list_add_chain(struct ref_list *list, const struct zone_version *version, ref chain)
{
	enum status status = STATUS_OK;
	struct visit visit;
	visit_start(&visit, version, chain, version_origin(version), false);
	while (status == STATUS_OK && visit_next(&visit)) {
		if (visit.depth > 0)
			status = ref_list_add(list, visit.node_ref);
	}
	visit_fini(&visit);
	return status == STATUS_OK ? visit.status : status;
}

static int
label_order(const void *a, const void *b, void *context)
{
	const struct zone_version *version = context;
	const struct node *x = version_node(version, *(const ref *)a);
	const struct node *y = version_node(version, *(const ref *)b);
	return memcmp(node_label(x), node_label(y), NSEC3_LABEL_LEN);
}

ref
denial_chain_next(const struct zone_version *version, ref chain)
{
	ref chains = version_extra(version)->nsec3;
	if (chains == REF_NONE)
		return REF_NONE;
	ref root = version_node(version, chains)->children;
	if (chain == REF_NONE)
		return trie_find_last(version->store, root);
	uint8_t label[1 + DENIAL_CHAIN_LABEL_LEN];
	denial_chain_label_copy(label, version_node(version, chain));
	return trie_find_before(version->store, root, label);
}

enum status
denial_nsec3_nodes(const struct zone_version *version, ref **out, size_t *count)
{
	struct ref_list list = {0};
	size_t chain_count = 0;
	enum status status = STATUS_OK;
	for (ref chain = denial_chain_next(version, REF_NONE);
	     chain != REF_NONE && status == STATUS_OK; chain = denial_chain_next(version, chain)) {
		status = list_add_chain(&list, version, chain);
		chain_count++;
	}
	if (status != STATUS_OK) {
		free(list.refs);
		return status;
	}
	if (chain_count > 1)
		qsort_r(list.refs, list.count, sizeof(list.refs[0]), label_order,
			(void *)(uintptr_t)version);
	*out = list.refs;
	*count = list.count;
	return STATUS_OK;
}
