/* trie_find.h -- a node's children by label: the one that has it, the one before it, the last.
 *
 * Threads:   any; reads what a store holds.
 * Memory:    allocates nothing.
 * Errors:    none.
 * Standards: RFC 4034 6.1 is the order.
 *
 * For those who stand at a node already; who looks for a name walks (trie.h).
 */
#ifndef GLUED_ZONES_TRIE_FIND_H
#define GLUED_ZONES_TRIE_FIND_H

#include "zones/trie.h"

/* What a branch tests. */
static inline unsigned
cell_off(const struct cell *cell)
{
	return (unsigned)(cell_word(cell) >> WORD_OFF_SHIFT) & CELL_OFF_MASK;
}

/* Where the twig of a symbol is, or would be. */
static inline unsigned
cell_twig_idx(const struct cell *cell, unsigned symbol)
{
	uint64_t below = (UINT64_C(1) << symbol) - 1;
	return (unsigned)__builtin_popcountll(cell_word(cell) & WORD_SYMBOLS & below);
}

static inline bool
cell_has_twig(const struct cell *cell, unsigned symbol)
{
	return cell_word(cell) >> symbol & 1;
}

struct trie_key {
	uint8_t symbols[TRIE_KEY_LEN_MAX];
	unsigned len;
};

static inline unsigned
trie_key_symbol(const struct trie_key *key, unsigned off)
{
	return off < key->len ? key->symbols[off] : 0;
}

/* The first symbol in which two keys differ; TRIE_KEY_END if they are one. */
enum { TRIE_KEY_END = TRIE_KEY_LEN_MAX + 1 };

void trie_key_of_node(struct trie_key *key, const struct node *node);
unsigned trie_key_difference(const struct trie_key *a, const struct trie_key *b);

/* The leaf that the key leads to, where it leads anywhere; else one that agrees with it as far as
 * any does. */
const struct cell *trie_nearest_leaf(const struct store *store, ref root,
				     const struct trie_key *key);

/* In all of these `root` is a trie's root cell or REF_NONE, a label begins with its length octet
 * and is in lower case, and what is found is a node, or REF_NONE. */

/* The child of that label. */
ref trie_find(const struct store *store, ref root, const uint8_t *label);

/* The last child whose label is before this one, which may be there or not. */
ref trie_find_before(const struct store *store, ref root, const uint8_t *label);

/* The same where a walk has ended without finding the next label of its name: quicker. */
ref trie_find_before_end(const struct walk *walk);

/* The last child whose label is this one, or before it. */
ref trie_find_at_or_before(const struct store *store, ref root, const uint8_t *label);

ref trie_find_last(const struct store *store, ref root);

#endif
