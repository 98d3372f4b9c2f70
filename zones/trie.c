/* trie.c -- the children of a node: built bottom-up, walked one label after the other. */
#include "zones/trie.h"

#include <stdlib.h>

#include "zones/block.h"
#include "zones/dname.h"

/* Symbols in the order of the octets, which is canonical order. '-', digits, '_' and lower-case
 * letters have one of their own; runs of other octets share one (at most 48 octets each) and differ
 * in the second. Upper case is folded before it comes here but has its place. */
static const uint8_t octet_symbol[256] = {
    1,  1,  1,  1,  1,  1,  1,  1,  1,  1,  1,  1,  1,  1,  1,  1,  1,  1,  1,  1,  1,  1,  1,  1,
    1,  1,  1,  1,  1,  1,  1,  1,  1,  1,  1,  1,  1,  1,  1,  1,  1,  1,  1,  1,  1,  2,  3,  3,
    4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 14, 14, 14, 14, 14, 14, 14, 14, 14, 14, 14, 14, 14,
    14, 14, 14, 14, 14, 14, 14, 14, 14, 14, 14, 14, 14, 14, 14, 14, 14, 14, 14, 14, 14, 14, 14, 15,
    16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39,
    40, 41, 42, 43, 43, 43, 43, 43, 43, 43, 43, 43, 43, 43, 43, 43, 43, 43, 43, 43, 43, 43, 43, 43,
    43, 43, 43, 43, 43, 43, 43, 43, 43, 43, 43, 43, 43, 43, 43, 43, 43, 43, 43, 43, 43, 43, 43, 43,
    43, 43, 43, 44, 44, 44, 44, 44, 44, 44, 44, 44, 44, 44, 44, 44, 44, 44, 44, 44, 44, 44, 44, 44,
    44, 44, 44, 44, 44, 44, 44, 44, 44, 44, 44, 44, 44, 44, 44, 44, 44, 44, 44, 44, 44, 44, 44, 44,
    44, 44, 44, 45, 45, 45, 45, 45, 45, 45, 45, 45, 45, 45, 45, 45, 45, 45, 45, 45, 45, 45, 45, 45,
    45, 45, 45, 45, 45, 45, 45, 45, 45, 45, 45, 45, 45, 45, 45, 45,
};
static const uint8_t octet_symbol_second[256] = {
    1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24,
    25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 0,  1,  2,
    0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14,
    15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 0,
    1,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,
    0,  0,  0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21,
    22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45,
    46, 47, 48, 1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21,
    22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45,
    46, 47, 48, 1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21,
    22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37,
};

enum {
	WORD_OFF_SHIFT = 55,
	WORD_OFF_MASK = 0xff,
};
#define WORD_BRANCH (UINT64_C(1) << 63)
#define WORD_SYMBOLS ((UINT64_C(1) << TRIE_SYMBOL_COUNT) - 1)

static_assert((int)TRIE_KEY_LEN_MAX <= (int)WORD_OFF_MASK, "a branch can test any symbol of a key");
static_assert((int)TRIE_SYMBOL_COUNT <= (int)WORD_OFF_SHIFT, "symbols and offset share the word");

static inline uint64_t
cell_word(const struct cell *cell)
{
	return (uint64_t)cell->word_high << 32 | cell->word_low;
}

/* The key of a label (length octet first); returns its symbols' count. */
static unsigned
key_set(uint8_t key[TRIE_KEY_LEN_MAX], const uint8_t *label)
{
	unsigned len = 0;
	for (unsigned i = 1; i <= label[0]; i++) {
		key[len++] = octet_symbol[label[i]];
		if (octet_symbol_second[label[i]] != 0)
			key[len++] = octet_symbol_second[label[i]];
	}
	return len;
}

void
split_name_set(struct split_name *name, const uint8_t *dname)
{
	name->len = (uint8_t)dname_lower(dname, name->dname);
	unsigned off = 0;
	unsigned count = 0;
	while (name->dname[off] != 0) {
		name->label_offs[count++] = (uint8_t)off;
		off += 1u + name->dname[off];
	}
	name->label_offs[count] = (uint8_t)off;
	name->label_count = (uint8_t)count;
}

/* The walk */

static enum walk_end
descend_from(struct walk *walk)
{
	const struct node *node = walk->node;
	if (walk->stops_at_cuts && (node->flags & NODE_CUT))
		return WALK_CUT;
	if (walk->labels_left == 0)
		return WALK_FOUND;
	if (walk->stops_at_cuts && (node->flags & NODE_DNAME))
		return WALK_DNAME;
	if (node->children == REF_NONE)
		return WALK_ABSENT;

	walk->cell = version_at(walk->version, node->children);
	__builtin_prefetch(walk->cell);
	const struct split_name *name = walk->name;
	walk->key_len = key_set(walk->key, name->dname + name->label_offs[walk->labels_left - 1]);
	return WALK_UNFINISHED;
}

static enum walk_end
enter_child(struct walk *walk)
{
	const struct node *child = walk->child;
	const struct split_name *name = walk->name;
	const uint8_t *label = name->dname + name->label_offs[walk->labels_left - 1];
	if (child->label_len != label[0] || memcmp(node_label(child), label + 1, label[0]) != 0)
		return WALK_ABSENT;
	walk->node = child;
	walk->labels_left--;
	return descend_from(walk);
}

enum walk_end
walk_start(struct walk *walk, const struct zone_version *version, const struct split_name *name,
	   bool stops_at_cuts)
{
	const struct zone_image *image = version_image(version);
	walk->version = version;
	walk->name = name;
	walk->stops_at_cuts = stops_at_cuts;
	walk->cell = NULL;
	walk->child = NULL;
	walk->node = version_node(version, image->apex);
	walk->labels_left = (unsigned)name->label_count - image->origin_labels;
	return descend_from(walk);
}

enum walk_end
walk_step(struct walk *walk)
{
	const struct cell *cell = walk->cell;
	if (cell == NULL)
		return enter_child(walk);

	uint64_t word = cell_word(cell);
	const void *target = version_at(walk->version, cell->target);
	if (!(word & WORD_BRANCH)) {
		walk->cell = NULL;
		walk->child = target;
		__builtin_prefetch(target);
		return WALK_UNFINISHED;
	}
	unsigned off = (unsigned)(word >> WORD_OFF_SHIFT) & WORD_OFF_MASK;
	uint64_t bit = UINT64_C(1) << (off < walk->key_len ? walk->key[off] : 0);
	if (!(word & bit))
		return WALK_ABSENT;
	unsigned twig_idx = (unsigned)__builtin_popcountll(word & WORD_SYMBOLS & (bit - 1));
	walk->cell = (const struct cell *)target + twig_idx;
	__builtin_prefetch(walk->cell);
	return WALK_UNFINISHED;
}

enum walk_end
walk_run(struct walk *walk, const struct zone_version *version, const struct split_name *name,
	 bool stops_at_cuts)
{
	enum walk_end end = walk_start(walk, version, name, stops_at_cuts);
	while (end == WALK_UNFINISHED)
		end = walk_step(walk);
	return end;
}

/* The build */

/* Children [first, first + count) agree on their first `off` symbols and belong below the cell at
 * `cell_idx` of `cells`. */
struct pending {
	size_t first;
	size_t count;
	ref cells;
	unsigned cell_idx;
	unsigned off;
};

/* Symbol `off` of a label's key, 0 past its end. */
static unsigned
label_symbol(const uint8_t *label, unsigned off)
{
	unsigned at = 0;
	for (unsigned i = 1; i <= label[0]; i++) {
		if (at++ == off)
			return octet_symbol[label[i]];
		if (octet_symbol_second[label[i]] != 0 && at++ == off)
			return octet_symbol_second[label[i]];
	}
	return 0;
}

/* The first symbol from `off` on that the first and the last of a sorted run differ in: no earlier
 * one tells any two of the run apart. */
static unsigned
branch_off(const struct trie_child *children, const struct pending *run)
{
	const uint8_t *first = children[run->first].label;
	const uint8_t *last = children[run->first + run->count - 1].label;
	unsigned off = run->off;
	while (label_symbol(first, off) == label_symbol(last, off))
		off++;
	return off;
}

static size_t
same_symbol_count(const struct trie_child *children, size_t from, size_t end, unsigned off)
{
	unsigned symbol = label_symbol(children[from].label, off);
	size_t at = from + 1;
	while (at < end && label_symbol(children[at].label, off) == symbol)
		at++;
	return at - from;
}

static void
cell_set(struct block *block, const struct pending *at, uint64_t word, ref target)
{
	struct cell *cell = (struct cell *)block_at(block, at->cells) + at->cell_idx;
	cell->word_low = (uint32_t)word;
	cell->word_high = (uint32_t)(word >> 32);
	cell->target = target;
}

/* Runs that are still to be laid down: at most one level's twigs for each symbol of a key. */
struct pending_stack {
	struct pending runs[TRIE_KEY_LEN_MAX * TRIE_SYMBOL_COUNT];
	size_t count;
};

static enum status
branch_build(struct block *block, const struct trie_child *children, const struct pending *run,
	     struct pending_stack *stack)
{
	struct pending twigs[TRIE_SYMBOL_COUNT];
	unsigned twig_count = 0;
	uint64_t symbols = 0;
	unsigned off = branch_off(children, run);
	size_t end = run->first + run->count;
	for (size_t at = run->first; at < end; at += twigs[twig_count++].count) {
		symbols |= UINT64_C(1) << label_symbol(children[at].label, off);
		twigs[twig_count] = (struct pending){
		    .first = at,
		    .count = same_symbol_count(children, at, end, off),
		    .cell_idx = twig_count,
		    .off = off + 1,
		};
	}

	ref cells;
	if (block_append(block, twig_count * sizeof(struct cell), &cells) != STATUS_OK)
		return STATUS_NO_MEMORY;
	cell_set(block, run, WORD_BRANCH | (uint64_t)off << WORD_OFF_SHIFT | symbols, cells);
	while (twig_count > 0) {
		twigs[--twig_count].cells = cells;
		stack->runs[stack->count++] = twigs[twig_count];
	}
	return STATUS_OK;
}

enum status
trie_build(struct block *block, const struct trie_child *children, size_t count, ref *out)
{
	ref root;
	enum status status = block_append(block, sizeof(struct cell), &root);
	struct pending all = {.count = count, .cells = root};
	if (status == STATUS_OK && count == 1) { /* most nodes: spare them the stack */
		cell_set(block, &all, 0, children[0].node);
		*out = root;
		return STATUS_OK;
	}

	struct pending_stack *stack = malloc(sizeof(*stack));
	if (stack == NULL)
		return STATUS_NO_MEMORY;
	stack->runs[0] = all;
	stack->count = 1;

	while (status == STATUS_OK && stack->count > 0) {
		struct pending run = stack->runs[--stack->count];
		if (run.count > 1)
			status = branch_build(block, children, &run, stack);
		else
			cell_set(block, &run, 0, children[run.first].node);
	}
	free(stack);
	if (status == STATUS_OK)
		*out = root;
	return status;
}
