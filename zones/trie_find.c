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
		cell = &twigs[cell_has_twig(cell, symbol) ? cell_twig_idx(cell, symbol) : 0];
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
static const struct cell *
last_leaf(const struct store *store, const struct cell *cell)
{
	while (cell_is_branch(cell)) {
		const struct cell *twigs = store_at(store, cell->target);
		cell = &twigs[cell_twig_count(cell) - 1];
	}
	return cell;
}

ref
trie_find_last(const struct store *store, ref root)
{
	return root != REF_NONE ? last_leaf(store, store_at(store, root))->target : REF_NONE;
}

/* A branch on a label's way. */
struct fork {
	const struct cell *twigs;
	uint8_t off;
	uint8_t idx; /* of the label's twig, or of those behind it if it has none */
};

/* The way of a label down a trie: branches, then a leaf. From a branch where the label has no twig
 * it leads to the last leaf before that, or else to some leaf behind. */
struct way {
	const struct cell *root;
	const struct cell *leaf;
	unsigned fork_count;
	struct fork forks[TRIE_KEY_LEN_MAX];
};

static void
way_find(const struct store *store, ref root, const struct label_key *key, struct way *way)
{
	const struct cell *cell = way->root = store_at(store, root);
	way->fork_count = 0;
	while (cell_is_branch(cell)) {
		unsigned off = cell_off(cell);
		unsigned symbol = label_key_symbol(key, off);
		unsigned idx = cell_twig_idx(cell, symbol);
		const struct cell *twigs = store_at(store, cell->target);
		way->forks[way->fork_count++] = (struct fork){twigs, (uint8_t)off, (uint8_t)idx};
		if (!cell_has_twig(cell, symbol)) {
			cell = last_leaf(store, &twigs[idx > 0 ? idx - 1 : 0]);
			break;
		}
		cell = &twigs[idx];
	}
	way->leaf = cell;
}

/* The last leaf before the label, which differs from that of way->leaf in symbol `off` and sorts
 * behind it (or before it); NULL if there is none. */
static const struct cell *
leaf_before(const struct store *store, const struct way *way, unsigned off, bool is_behind)
{
	/* All leaves below these forks agree with the label before `off`. */
	unsigned count = way->fork_count;
	while (count > 0 && way->forks[count - 1].off >= off)
		count--;
	if (is_behind && count < way->fork_count && way->forks[count].off == off)
		return way->leaf;
	const struct fork *last = count > 0 ? &way->forks[count - 1] : NULL;
	if (is_behind) /* behind all of them: they are one in that symbol */
		return last_leaf(store, last != NULL ? &last->twigs[last->idx] : way->root);
	for (; count > 0; count--) {
		last = &way->forks[count - 1];
		if (last->idx > 0)
			return last_leaf(store, &last->twigs[last->idx - 1]);
	}
	return NULL;
}

/* The first octet in which a label and a node's differ, or where one of them ends. */
static unsigned
common_len(const uint8_t *label, const struct node *node)
{
	const uint8_t *other = node_label(node);
	unsigned len = label[0] < node->label_len ? label[0] : node->label_len;
	unsigned idx = 0;
	while (idx < len && label[1 + idx] == other[idx])
		idx++;
	return idx;
}

/* The last leaf before the label, or the label's own. */
static ref
way_end(const struct store *store, const struct way *way, const uint8_t *label, bool may_be_it)
{
	const struct node *node = store_at(store, way->leaf->target);
	unsigned idx = common_len(label, node);
	unsigned off = TRIE_KEY_END;
	bool is_behind = false;
	if (idx < label[0] || idx < node->label_len) {
		off = trie_symbol_of_octet(label, node, idx);
		is_behind = idx == node->label_len ||
			    (idx < label[0] && label[1 + idx] > node_label(node)[idx]);
	} else if (may_be_it) {
		return way->leaf->target;
	}
	const struct cell *leaf = leaf_before(store, way, off, is_behind);
	return leaf != NULL ? leaf->target : REF_NONE;
}

static ref
find_at_or_before(const struct store *store, ref root, const uint8_t *label, bool may_be_it)
{
	uint8_t room[TRIE_KEY_LEN_MAX];
	struct label_key key;
	struct way way;
	if (root == REF_NONE)
		return REF_NONE;
	label_key_set(&key, label, room);
	way_find(store, root, &key, &way);
	return way_end(store, &way, label, may_be_it);
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

ref
trie_find_before_end(const struct walk *walk)
{
	const struct store *store = walk->version->store;
	const struct split_name *name = walk->name;
	const uint8_t *label = name->dname + name->label_offs[walk->labels_left - 1];
	ref root = walk->node->children;
	struct way way;
	if (root == REF_NONE || walk->seeks_wildcard)
		return trie_find_before(store, root, label);
	way_find(store, root, &walk->key, &way);
	return way_end(store, &way, label, false);
}
