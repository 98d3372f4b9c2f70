/* trie_find.c -- a node's children by label. */
#include "zones/trie_find.h"

void
trie_key_of_node(struct trie_key *key, const struct node *node)
{
	uint8_t label[1 + LABEL_LEN_MAX];
	label[0] = node->label_len;
	memcpy(label + 1, node_label(node), node->label_len);
	key->len = trie_key_set(key->symbols, label);
}

unsigned
trie_key_difference(const struct trie_key *a, const struct trie_key *b)
{
	unsigned len = a->len > b->len ? a->len : b->len;
	for (unsigned off = 0; off < len; off++) {
		if (trie_key_symbol(a, off) != trie_key_symbol(b, off))
			return off;
	}
	/* No octet's symbols begin another's. */
	return TRIE_KEY_END;
}

const struct cell *
trie_nearest_leaf(const struct store *store, ref root, const struct trie_key *key)
{
	const struct cell *cell = store_at(store, root);
	while (cell_is_branch(cell)) {
		unsigned symbol = trie_key_symbol(key, cell_off(cell));
		const struct cell *twigs = store_at(store, cell->target);
		unsigned idx = cell_twig_idx(cell, symbol);
		/* Where there is no such twig, the one before it: what is wanted may be there. */
		if (!cell_has_twig(cell, symbol) && idx > 0)
			idx--;
		cell = &twigs[idx];
	}
	return cell;
}

ref
trie_find(const struct store *store, ref root, const uint8_t *label)
{
	if (root == REF_NONE)
		return REF_NONE;
	struct trie_key key;
	key.len = trie_key_set(key.symbols, label);
	ref found = trie_nearest_leaf(store, root, &key)->target;
	const struct node *node = store_at(store, found);
	bool is_it =
	    node->label_len == label[0] && memcmp(node_label(node), label + 1, label[0]) == 0;
	return is_it ? found : REF_NONE;
}

/* The last leaf below a cell. */
static ref
last_below(const struct store *store, const struct cell *cell)
{
	while (cell_is_branch(cell)) {
		const struct cell *twigs = store_at(store, cell->target);
		cell = &twigs[cell_twig_count(cell) - 1];
	}
	return cell->target;
}

ref
trie_find_last(const struct store *store, ref root)
{
	return root != REF_NONE ? last_below(store, store_at(store, root)) : REF_NONE;
}

/* The last leaf before a key that differs from its nearest one at `off`. `nearest_symbol` is what
 * that one has there. */
static ref
find_before(const struct store *store, ref root, const struct trie_key *key, unsigned off,
	    unsigned nearest_symbol)
{
	const struct cell *before = NULL; /* the last cell all of whose leaves are */
	const struct cell *cell = store_at(store, root);
	while (cell_is_branch(cell) && cell_off(cell) < off) {
		const struct cell *twigs = store_at(store, cell->target);
		unsigned idx = cell_twig_idx(cell, trie_key_symbol(key, cell_off(cell)));
		if (idx > 0)
			before = &twigs[idx - 1];
		cell = &twigs[idx];
	}
	/* The leaves below the cell agree with the key up to `off`, and with each other beyond it
	 * unless it tests just that. */
	if (cell_is_branch(cell) && cell_off(cell) == off) {
		const struct cell *twigs = store_at(store, cell->target);
		unsigned idx = cell_twig_idx(cell, trie_key_symbol(key, off));
		if (idx > 0)
			before = &twigs[idx - 1];
	} else if (off < TRIE_KEY_END && nearest_symbol < trie_key_symbol(key, off)) {
		before = cell;
	}
	return before != NULL ? last_below(store, before) : REF_NONE;
}

static ref
find_at_or_before(const struct store *store, ref root, const uint8_t *label, bool may_be_it)
{
	if (root == REF_NONE)
		return REF_NONE;
	struct trie_key key;
	struct trie_key nearest;
	key.len = trie_key_set(key.symbols, label);
	ref found = trie_nearest_leaf(store, root, &key)->target;
	trie_key_of_node(&nearest, store_at(store, found));
	unsigned off = trie_key_difference(&key, &nearest);
	if (off == TRIE_KEY_END && may_be_it)
		return found;
	return find_before(store, root, &key, off, trie_key_symbol(&nearest, off));
}

ref
trie_find_before(const struct store *store, ref root, const uint8_t *label)
{
	return find_at_or_before(store, root, label, false);
}

ref
trie_find_at_or_before(const struct store *store, ref root, const uint8_t *label)
{
	return find_at_or_before(store, root, label, true);
}
