/* trie_edit.c -- tries of children, edited. */
#include "zones/trie_edit.h"

#include "zones/trie_find.h"

static struct cell
cell_make(uint64_t word, ref target)
{
	return (struct cell){
	    .word_low = (uint32_t)word, .word_high = (uint32_t)(word >> 32), .target = target};
}

static size_t
cells_len(unsigned count)
{
	return count * sizeof(struct cell);
}

enum status
edit_own(struct edit_space *space, ref from, size_t len, ref *out)
{
	*out = from;
	if (edit_owns(space, from))
		return STATUS_OK;
	ref copy;
	enum status status = store_append(&space->writer, len, &copy);
	if (status != STATUS_OK)
		return status;
	memcpy(edit_at(space, copy), edit_at(space, from), len);
	edit_drop(space, len);
	*out = copy;
	return STATUS_OK;
}

/* The twigs below *cell, which is the edit's own, become so. */
static enum status
own_twigs(struct edit_space *space, struct cell *cell, struct cell **twigs)
{
	enum status status =
	    edit_own(space, cell->target, cells_len(cell_twig_count(cell)), &cell->target);
	*twigs = edit_at(space, cell->target);
	return status;
}

/* Makes the cells on the key's way the edit's own, down to the first that is a leaf or tests a
 * symbol at `off` or behind. */
static enum status
own_path(struct edit_space *space, ref *root, const struct trie_key *key, unsigned off,
	 struct cell **out)
{
	enum status status = edit_own(space, *root, sizeof(struct cell), root);
	struct cell *cell = edit_at(space, *root);
	while (status == STATUS_OK && cell_is_branch(cell) && cell_off(cell) < off) {
		struct cell *twigs;
		unsigned idx = cell_twig_idx(cell, trie_key_symbol(key, cell_off(cell)));
		status = own_twigs(space, cell, &twigs);
		cell = &twigs[idx];
	}
	*out = cell;
	return status;
}

/* The cell becomes a branch between what it was and a leaf: they differ at `off`. */
static enum status
split(struct edit_space *space, struct cell *cell, unsigned off, unsigned old_symbol,
      unsigned new_symbol, ref child)
{
	ref cells;
	enum status status = store_append(&space->writer, cells_len(2), &cells);
	if (status != STATUS_OK)
		return status;
	struct cell *twigs = edit_at(space, cells);
	twigs[old_symbol < new_symbol ? 0 : 1] = *cell;
	twigs[old_symbol < new_symbol ? 1 : 0] = cell_make(0, child);
	*cell = cell_make(WORD_BRANCH | (uint64_t)off << WORD_OFF_SHIFT |
			      UINT64_C(1) << old_symbol | UINT64_C(1) << new_symbol,
			  cells);
	return STATUS_OK;
}

/* One more twig, a leaf. */
static enum status
add_twig(struct edit_space *space, struct cell *cell, unsigned symbol, ref child)
{
	unsigned count = cell_twig_count(cell);
	unsigned idx = cell_twig_idx(cell, symbol);
	ref cells;
	enum status status = store_append(&space->writer, cells_len(count + 1), &cells);
	if (status != STATUS_OK)
		return status;
	const struct cell *old = edit_at(space, cell->target);
	struct cell *twigs = edit_at(space, cells);
	memcpy(twigs, old, cells_len(idx));
	twigs[idx] = cell_make(0, child);
	memcpy(twigs + idx + 1, old + idx, cells_len(count - idx));
	edit_drop(space, cells_len(count));
	*cell = cell_make(cell_word(cell) | UINT64_C(1) << symbol, cells);
	return STATUS_OK;
}

static enum status
put_first(struct edit_space *space, ref child, ref *root)
{
	enum status status = store_append(&space->writer, sizeof(struct cell), root);
	if (status == STATUS_OK)
		*(struct cell *)edit_at(space, *root) = cell_make(0, child);
	return status;
}

enum status
trie_put(struct edit_space *space, ref child, ref *root)
{
	if (*root == REF_NONE)
		return put_first(space, child, root);
	struct trie_key key;
	struct trie_key nearest;
	trie_key_of_node(&key, edit_at(space, child));
	const struct cell *leaf = trie_nearest_leaf(space->writer.store, *root, &key);
	if (leaf->target == child)
		return STATUS_OK;
	trie_key_of_node(&nearest, edit_at(space, leaf->target));
	unsigned off = trie_key_difference(&key, &nearest);
	bool is_there = off == TRIE_KEY_END;
	struct cell *cell;
	enum status status = own_path(space, root, &key, off, &cell);
	if (status != STATUS_OK)
		return status;
	if (is_there) {
		cell->target = child;
		return STATUS_OK;
	}
	unsigned symbol = trie_key_symbol(&key, off);
	if (cell_is_branch(cell) && cell_off(cell) == off)
		return add_twig(space, cell, symbol, child);
	return split(space, cell, off, trie_key_symbol(&nearest, off), symbol, child);
}

/* The branch loses a twig. One twig is no branch: it takes its place. */
static void
drop_twig(struct edit_space *space, struct cell *cell, struct cell *twigs, unsigned symbol)
{
	unsigned count = cell_twig_count(cell);
	unsigned idx = cell_twig_idx(cell, symbol);
	if (count == 2) {
		*cell = twigs[1 - idx];
		edit_drop(space, cells_len(2));
		return;
	}
	memmove(twigs + idx, twigs + idx + 1, cells_len(count - idx - 1));
	edit_drop(space, cells_len(1));
	*cell = cell_make(cell_word(cell) & ~(UINT64_C(1) << symbol), cell->target);
}

enum status
trie_remove(struct edit_space *space, const uint8_t *label, ref *root)
{
	struct trie_key key;
	key.len = trie_key_set(key.symbols, label);
	/* Where the last branch on the way is. */
	const struct cell *cell = edit_at(space, *root);
	if (!cell_is_branch(cell)) {
		edit_drop(space, sizeof(*cell));
		*root = REF_NONE;
		return STATUS_OK;
	}
	unsigned off = 0;
	while (cell_is_branch(cell)) {
		off = cell_off(cell);
		const struct cell *twigs = edit_at(space, cell->target);
		cell = &twigs[cell_twig_idx(cell, trie_key_symbol(&key, off))];
	}
	struct cell *branch;
	struct cell *twigs;
	enum status status = own_path(space, root, &key, off, &branch);
	if (status == STATUS_OK)
		status = own_twigs(space, branch, &twigs);
	if (status == STATUS_OK)
		drop_twig(space, branch, twigs, trie_key_symbol(&key, off));
	return status;
}
