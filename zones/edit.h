/* edit.h -- a version in the making out of another: nodes and hosts, changed by path copying. What
 * change.c's verbs are made of; the way in is change.h.
 *
 * Threads:   one, and one edit at a time for each store.
 * Memory:    appends to the store; nothing that other versions see is touched.
 * Errors:    no memory; STATUS_LIMIT: the store is full.
 * Standards: RFC 4592 2.2.2 (empty non-terminals come and go with what is below them).
 *
 * A node that changes moves: it is the edit's own after that, as are the nodes above it and the
 * cells on the way, and further changes happen in place. Pointers and references to nodes hold
 * until the next call that takes a struct edit.
 */
#ifndef GLUED_ZONES_EDIT_H
#define GLUED_ZONES_EDIT_H

#include "zones/template.h"
#include "zones/trie_edit.h"

struct edit {
	struct edit_space space;
	struct zone_image image;     /* of the version in the making */
	struct zone_version version; /* the same, to be read like any other */
	struct template_maker *maker;
};

/* The nodes from the apex down to a name, as far as there are any. The way to an owner of NSEC3
 * (denial.h) leads from the node above the chains, by the label of a chain, to the owner's. */
struct edit_path {
	struct split_name name; /* to an owner of NSEC3: its label and the chain's */
	bool is_nsec3;
	unsigned depth; /* of the name: labels below where the path begins */
	unsigned len;   /* how many of refs there are: depth + 1 if the name exists */
	ref refs[LABELS_MAX + 1];
};

/* Begins with what `from` says; `store` is its store, or one with the same content. */
NODISCARD enum status edit_init(struct edit *edit, const struct zone_version *from,
				struct store *store);
void edit_fini(struct edit *edit);

/* The second part of the version's header, the edit's own, to be written to. */
NODISCARD enum status edit_own_extra(struct edit *edit, struct zone_extra **out);

/* The way to a name in the zone, of any case. */
void edit_path_find(const struct edit *edit, const uint8_t *dname, struct edit_path *path);

/* The way to an owner of NSEC3, from the labels of both. */
void edit_path_find_nsec3(const struct edit *edit, const uint8_t *label, const uint8_t *chain_label,
			  struct edit_path *path);

static inline bool
edit_path_exists(const struct edit_path *path)
{
	return path->len == path->depth + 1;
}

/* The node that the path leads to, or NULL. */
const struct node *edit_path_node(const struct edit *edit, const struct edit_path *path);

/* The same, the edit's own: its entries may be set, not their number. It exists. */
NODISCARD enum status edit_path_own(struct edit *edit, struct edit_path *path, struct node **out);

/* Gives the node these RRsets, sorted by type, in place of those it has, and the flags that go with
 * them. Nodes are made where there were none, and vanish where nothing is left. */
NODISCARD enum status edit_set_entries(struct edit *edit, struct edit_path *path,
				       const struct node_entry *entries, size_t count);

/* Gives an existing node a number among the hosts, if it has none, and lays the host down. */
NODISCARD enum status edit_number_host(struct edit *edit, const uint8_t *dname);

/* Lays down anew the host that `dname` is at present; `idx` is its number. */
NODISCARD enum status edit_refresh_host(struct edit *edit, const uint8_t *dname, uint32_t idx);

#endif
