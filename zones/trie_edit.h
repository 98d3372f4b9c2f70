/* trie_edit.h -- tries of children with one more, one less, one replaced: by path copying.
 *
 * Threads:   one at a time for each store.
 * Memory:    appends to a store. What is copied stays where it is for the versions that share it
 *            and is counted as garbage of the one in the making.
 * Errors:    a full store.
 * Standards: none.
 *
 * An edit is transient: what it has laid down itself, at references from `begin` on, nobody else
 * sees yet, and it is changed in place. All else is copied before it is changed, once.
 */
#ifndef GLUED_ZONES_TRIE_EDIT_H
#define GLUED_ZONES_TRIE_EDIT_H

#include "zones/trie.h"

struct edit_space {
	struct store_writer writer;
	ref begin;      /* what lies here and behind is the edit's own */
	size_t garbage; /* units of the store that the version in the making has no use for */
};

static inline bool
edit_owns(const struct edit_space *space, ref reference)
{
	return reference >= space->begin;
}

static inline void *
edit_at(const struct edit_space *space, ref reference)
{
	return store_at(space->writer.store, reference);
}

/* `len` octets have no use any longer. */
static inline void
edit_drop(struct edit_space *space, size_t len)
{
	space->garbage += (len + REF_UNIT - 1) / REF_UNIT;
}

/* A copy of `len` octets that may be changed: itself if it is the edit's own. */
NODISCARD enum status edit_own(struct edit_space *space, ref from, size_t len, ref *out);

/* Puts `child`, a node, in the place of the one with its label, or adds it. *root is the root cell
 * before, or REF_NONE, and after. */
NODISCARD enum status trie_put(struct edit_space *space, ref child, ref *root);

/* Takes out the child of that label, which is there. *root is the root cell before and after:
 * REF_NONE if it was the last one. */
NODISCARD enum status trie_remove(struct edit_space *space, const uint8_t *label, ref *root);

#endif
