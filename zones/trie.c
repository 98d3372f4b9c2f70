/* trie.c -- the children of a node: built bottom-up, walked one label after the other. */
#include "zones/trie.h"

#include <stdlib.h>

#include "zones/checksum.h"
#include "zones/dname.h"

/* Symbols in the order of the octets, which is canonical order. '-', digits, '_' and lower-case
 * letters have one of their own; runs of other octets share one (at most 48 octets each) and differ
 * in the second. Upper case is folded before it comes here but has its place. */
static const struct symbols octet_symbols[256] = {
    {1, 1},   {1, 2},   {1, 3},   {1, 4},   {1, 5},   {1, 6},   {1, 7},   {1, 8},   {1, 9},
    {1, 10},  {1, 11},  {1, 12},  {1, 13},  {1, 14},  {1, 15},  {1, 16},  {1, 17},  {1, 18},
    {1, 19},  {1, 20},  {1, 21},  {1, 22},  {1, 23},  {1, 24},  {1, 25},  {1, 26},  {1, 27},
    {1, 28},  {1, 29},  {1, 30},  {1, 31},  {1, 32},  {1, 33},  {1, 34},  {1, 35},  {1, 36},
    {1, 37},  {1, 38},  {1, 39},  {1, 40},  {1, 41},  {1, 42},  {1, 43},  {1, 44},  {1, 45},
    {2, 0},   {3, 1},   {3, 2},   {4, 0},   {5, 0},   {6, 0},   {7, 0},   {8, 0},   {9, 0},
    {10, 0},  {11, 0},  {12, 0},  {13, 0},  {14, 1},  {14, 2},  {14, 3},  {14, 4},  {14, 5},
    {14, 6},  {14, 7},  {14, 8},  {14, 9},  {14, 10}, {14, 11}, {14, 12}, {14, 13}, {14, 14},
    {14, 15}, {14, 16}, {14, 17}, {14, 18}, {14, 19}, {14, 20}, {14, 21}, {14, 22}, {14, 23},
    {14, 24}, {14, 25}, {14, 26}, {14, 27}, {14, 28}, {14, 29}, {14, 30}, {14, 31}, {14, 32},
    {14, 33}, {14, 34}, {14, 35}, {14, 36}, {14, 37}, {15, 0},  {16, 1},  {17, 0},  {18, 0},
    {19, 0},  {20, 0},  {21, 0},  {22, 0},  {23, 0},  {24, 0},  {25, 0},  {26, 0},  {27, 0},
    {28, 0},  {29, 0},  {30, 0},  {31, 0},  {32, 0},  {33, 0},  {34, 0},  {35, 0},  {36, 0},
    {37, 0},  {38, 0},  {39, 0},  {40, 0},  {41, 0},  {42, 0},  {43, 1},  {43, 2},  {43, 3},
    {43, 4},  {43, 5},  {43, 6},  {43, 7},  {43, 8},  {43, 9},  {43, 10}, {43, 11}, {43, 12},
    {43, 13}, {43, 14}, {43, 15}, {43, 16}, {43, 17}, {43, 18}, {43, 19}, {43, 20}, {43, 21},
    {43, 22}, {43, 23}, {43, 24}, {43, 25}, {43, 26}, {43, 27}, {43, 28}, {43, 29}, {43, 30},
    {43, 31}, {43, 32}, {43, 33}, {43, 34}, {43, 35}, {43, 36}, {43, 37}, {43, 38}, {43, 39},
    {43, 40}, {43, 41}, {43, 42}, {43, 43}, {43, 44}, {43, 45}, {43, 46}, {43, 47}, {43, 48},
    {44, 1},  {44, 2},  {44, 3},  {44, 4},  {44, 5},  {44, 6},  {44, 7},  {44, 8},  {44, 9},
    {44, 10}, {44, 11}, {44, 12}, {44, 13}, {44, 14}, {44, 15}, {44, 16}, {44, 17}, {44, 18},
    {44, 19}, {44, 20}, {44, 21}, {44, 22}, {44, 23}, {44, 24}, {44, 25}, {44, 26}, {44, 27},
    {44, 28}, {44, 29}, {44, 30}, {44, 31}, {44, 32}, {44, 33}, {44, 34}, {44, 35}, {44, 36},
    {44, 37}, {44, 38}, {44, 39}, {44, 40}, {44, 41}, {44, 42}, {44, 43}, {44, 44}, {44, 45},
    {44, 46}, {44, 47}, {44, 48}, {45, 1},  {45, 2},  {45, 3},  {45, 4},  {45, 5},  {45, 6},
    {45, 7},  {45, 8},  {45, 9},  {45, 10}, {45, 11}, {45, 12}, {45, 13}, {45, 14}, {45, 15},
    {45, 16}, {45, 17}, {45, 18}, {45, 19}, {45, 20}, {45, 21}, {45, 22}, {45, 23}, {45, 24},
    {45, 25}, {45, 26}, {45, 27}, {45, 28}, {45, 29}, {45, 30}, {45, 31}, {45, 32}, {45, 33},
    {45, 34}, {45, 35}, {45, 36}, {45, 37},
};

/* Of symbols that are looked up already. */
static const struct symbols symbol_symbols[TRIE_SYMBOL_COUNT] = {
    {0, 0},  {1, 0},  {2, 0},  {3, 0},  {4, 0},  {5, 0},  {6, 0},  {7, 0},  {8, 0},  {9, 0},
    {10, 0}, {11, 0}, {12, 0}, {13, 0}, {14, 0}, {15, 0}, {16, 0}, {17, 0}, {18, 0}, {19, 0},
    {20, 0}, {21, 0}, {22, 0}, {23, 0}, {24, 0}, {25, 0}, {26, 0}, {27, 0}, {28, 0}, {29, 0},
    {30, 0}, {31, 0}, {32, 0}, {33, 0}, {34, 0}, {35, 0}, {36, 0}, {37, 0}, {38, 0}, {39, 0},
    {40, 0}, {41, 0}, {42, 0}, {43, 0}, {44, 0}, {45, 0}, {46, 0}, {47, 0}, {48, 0},
};

static_assert((int)TRIE_KEY_LEN_MAX <= (int)CELL_OFF_MASK, "a branch can test any symbol of a key");
static_assert((int)TRIE_SYMBOL_COUNT <= (int)WORD_OFF_SHIFT, "symbols and offset share the word");
static_assert(WORD_SYMBOLS >> 32 == CELL_SYMBOLS_MASK, "");

/* The key of a label (length octet first); returns its symbols' count. */
static unsigned
key_set(uint8_t key[TRIE_KEY_LEN_MAX], const uint8_t *label)
{
	unsigned octet_count = label[0];
	unsigned any_second = 0;
	for (unsigned i = 0; i < octet_count; i++) {
		struct symbols symbols = octet_symbols[label[1 + i]];
		key[i] = symbols.first;
		any_second |= symbols.second;
	}
	if (any_second == 0) /* as in host names */
		return octet_count;
	unsigned len = 0;
	for (unsigned i = 0; i < octet_count; i++) {
		struct symbols symbols = octet_symbols[label[1 + i]];
		key[len++] = symbols.first;
		if (symbols.second != 0)
			key[len++] = symbols.second;
	}
	return len;
}

unsigned
trie_key_set(uint8_t key[TRIE_KEY_LEN_MAX], const uint8_t *label)
{
	return key_set(key, label);
}

unsigned
trie_symbol_of_octet(const uint8_t *label, const struct node *node, unsigned idx)
{
	unsigned off = idx;
	for (unsigned i = 1; i <= idx; i++)
		off += octet_symbols[label[i]].second != 0;
	bool shares_first =
	    idx < label[0] && idx < node->label_len &&
	    octet_symbols[label[1 + idx]].first == octet_symbols[node_label(node)[idx]].first;
	return off + shares_first;
}

uint64_t
trie_symbols_mark(void)
{
	return checksum((const uint8_t *)octet_symbols, sizeof(octet_symbols));
}

/* Octets side by side, in whatever registers there are for it. */
typedef uint8_t block __attribute__((vector_size(16)));
enum { BLOCK_LEN = sizeof(block) };

static_assert((DNAME_LEN_MAX + 1) % BLOCK_LEN == 0, "names end within a whole block");

static inline block
block_in_range(block octets, uint8_t first, uint8_t last)
{
	return (block)(octets - first <= (uint8_t)(last - first));
}

/* In lower case. Length octets are below 'A' and stay as they are. */
static inline block
block_lower(block octets)
{
	return octets | (block_in_range(octets, 'A', 'Z') & ('a' - 'A'));
}

/* A bit for each octet: does it have two symbols? See octet_symbols. */
static inline uint64_t
block_doubles(block octets)
{
	block single = block_in_range(octets, 'a', 'z') | block_in_range(octets, '0', '9') |
		       (block)(octets == '-') | (block)(octets == '_');
	block ones = ~single & 1;
	uint64_t halves[2];
	memcpy(halves, &ones, sizeof(halves));
	if (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__) {
		halves[0] = __builtin_bswap64(halves[0]);
		halves[1] = __builtin_bswap64(halves[1]);
	}
	/* Eight octets of 0 or 1 to eight bits. */
	const uint64_t gather = UINT64_C(0x0102040810204080);
	return (halves[0] * gather >> 56) | (halves[1] * gather >> 56) << 8;
}

/* Copies name->len octets, and a few behind them that mean nothing. */
static void
split_name_fill(struct split_name *name, const uint8_t *octets, size_t readable)
{
	if (unlikely((name->len + (size_t)BLOCK_LEN - 1) / BLOCK_LEN * BLOCK_LEN > readable)) {
		memset(name->dname, 0, sizeof(name->dname));
		octets = memcpy(name->dname, octets, name->len);
	}
	name->doubles = 0;
	for (unsigned off = 0; off < name->len; off += BLOCK_LEN) {
		block some;
		memcpy(&some, octets + off, sizeof(some));
		some = block_lower(some);
		memcpy(name->dname + off, &some, sizeof(some));
		if (likely(off < 64))
			name->doubles |= block_doubles(some) << off;
	}
}

size_t
split_name_read(struct split_name *name, const uint8_t *octets, size_t len)
{
	size_t readable = len < DNAME_LEN_MAX ? len : DNAME_LEN_MAX;
	size_t off = 0;
	unsigned count = 0;
	for (;; count++) {
		if (off >= readable)
			return 0;
		unsigned label_len = octets[off];
		name->label_offs[count] = (uint8_t)off;
		if (label_len == 0)
			break;
		if (label_len > LABEL_LEN_MAX)
			return 0;
		off += label_len + 1;
	}
	name->label_count = (uint8_t)count;
	name->len = (uint8_t)(off + 1);
	split_name_fill(name, octets, len);
	return off + 1;
}

void
split_name_set(struct split_name *name, const uint8_t *dname)
{
	(void)split_name_read(name, dname, dname_len(dname));
}

/* The walk */

static const uint8_t wildcard_label[] = {1, '*'};

/* The label that is looked for below walk->node. */
static const uint8_t *
label_wanted(const struct walk *walk)
{
	const struct split_name *name = walk->name;
	return walk->seeks_wildcard ? wildcard_label
				    : name->dname + name->label_offs[walk->labels_left - 1];
}

/* Has none of the label's octets two symbols? Of labels far behind it is not known. */
static inline bool
is_single(const struct split_name *name, const uint8_t *label)
{
	size_t off = (size_t)(label - name->dname);
	return off + label[0] < 64 &&
	       ((name->doubles >> off >> 1) & ((UINT64_C(1) << label[0]) - 1)) == 0;
}

void
label_key_set(struct label_key *key, const uint8_t *label, uint8_t room[TRIE_KEY_LEN_MAX])
{
	*key = (struct label_key){
	    .octets = room, .symbols = symbol_symbols, .len = key_set(room, label)};
}

static inline void
key_begin(struct walk *walk)
{
	const uint8_t *label = label_wanted(walk);
	walk->label = label;
	if (likely(!walk->seeks_wildcard && is_single(walk->name, label)))
		walk->key = (struct label_key){
		    .octets = label + 1, .symbols = octet_symbols, .len = label[0]};
	else
		label_key_set(&walk->key, label, walk->key_room);
}

/* What lies here is read next, and may end in another cache line. */
static inline void
prefetch(const void *at, size_t len)
{
	__builtin_prefetch(at);
	__builtin_prefetch((const uint8_t *)at + len - 1);
}

static inline enum walk_end
enter_trie(struct walk *walk)
{
	walk->cell = version_at(walk->version, walk->node->children);
	prefetch(walk->cell, sizeof(*walk->cell));
	key_begin(walk);
	return WALK_UNFINISHED;
}

static inline enum walk_end
descend_from(struct walk *walk)
{
	const struct node *node = walk->node;
	if (walk->stops_at_cuts && (node->flags & NODE_CUT))
		return WALK_CUT;
	if (walk->labels_left == 0)
		return WALK_FOUND;
	if (walk->stops_at_cuts && (node->flags & NODE_DNAME))
		return WALK_DNAME;
	return node->children == REF_NONE ? WALK_ABSENT : enter_trie(walk);
}

/* No such child: is there a wildcard in its place? */
static enum walk_end
miss_child(struct walk *walk)
{
	if (!(walk->node->flags & NODE_HAS_WILDCARD) || walk->seeks_wildcard)
		return WALK_ABSENT;
	walk->seeks_wildcard = true;
	return enter_trie(walk);
}

static inline enum walk_end
enter_child(struct walk *walk)
{
	const struct node *child = walk->child;
	const uint8_t *label = walk->label;
	if (child->label_len != label[0] || !octets_equal(node_label(child), label + 1, label[0]))
		return miss_child(walk);
	if (unlikely(walk->seeks_wildcard)) {
		walk->wildcard = child;
		return WALK_WILDCARD;
	}
	walk->node = child;
	walk->labels_left--;
	return descend_from(walk);
}

enum walk_end
walk_start_at(struct walk *walk, const struct zone_version *version, const struct split_name *name,
	      bool stops_at_cuts, const struct node *node, unsigned label_count)
{
	walk->version = version;
	walk->name = name;
	walk->stops_at_cuts = stops_at_cuts;
	walk->seeks_wildcard = false;
	walk->cell = NULL;
	walk->child = NULL;
	walk->wildcard = NULL;
	walk->node = node;
	walk->labels_left = name->label_count - label_count;
	return descend_from(walk);
}

enum walk_end
walk_start(struct walk *walk, const struct zone_version *version, const struct split_name *name,
	   bool stops_at_cuts)
{
	const struct zone_image *image = version_image(version);
	return walk_start_at(walk, version, name, stops_at_cuts, version_node(version, image->apex),
			     image->origin_labels);
}

/* The node that a leaf leads to. */
static inline void
enter_leaf(struct walk *walk, const struct cell *leaf)
{
	/* A node with one type, and its label. */
	enum { NODE_LEN_USUAL = sizeof(struct node) + sizeof(struct node_entry) + 16 };
	walk->cell = NULL;
	walk->child = version_at(walk->version, leaf->target);
	prefetch(walk->child, NODE_LEN_USUAL);
}

/* The branch's twig for the key, or NULL. */
static inline const struct cell *
twig_of(const struct walk *walk, const struct cell *branch, uint64_t word)
{
	unsigned off = (unsigned)(word >> WORD_OFF_SHIFT) & CELL_OFF_MASK;
	uint64_t bit = UINT64_C(1) << label_key_symbol(&walk->key, off);
	if (unlikely(!(word & bit)))
		return NULL;
	const struct cell *twigs = version_at(walk->version, branch->target);
	return &twigs[__builtin_popcountll(word & WORD_SYMBOLS & (bit - 1))];
}

enum walk_end
walk_step(struct walk *walk)
{
	const struct cell *cell = walk->cell;
	if (cell == NULL)
		return enter_child(walk);
	uint64_t word = cell_word(cell);
	if (!(word & WORD_BRANCH)) {
		enter_leaf(walk, cell);
		return WALK_UNFINISHED;
	}
	walk->cell = twig_of(walk, cell, word);
	if (unlikely(walk->cell == NULL))
		return miss_child(walk);
	prefetch(walk->cell, sizeof(*walk->cell));
	return WALK_UNFINISHED;
}

/* A walk that is between two cells of a trie. */
struct climber {
	const struct cell *cell;
	struct walk *walk;
};

/* Each goes down its trie, to a leaf or to where there is no way on; returns how many of them,
 * which stand in `walks` then, have come to a leaf or have a wildcard to look for. */
static size_t
burst_descend(struct climber *climbers, size_t count, struct walk **walks)
{
	size_t arrived_count = 0;
	while (count > 0) {
		size_t left = 0;
		for (size_t i = 0; i < count; i++) {
			struct walk *walk = climbers[i].walk;
			const struct cell *cell = climbers[i].cell;
			uint64_t word = cell_word(cell);
			if (!(word & WORD_BRANCH)) {
				enter_leaf(walk, cell);
				walks[arrived_count++] = walk;
				continue;
			}
			cell = twig_of(walk, cell, word);
			if (unlikely(cell == NULL)) {
				walk->cell = NULL;
				walk->end = miss_child(walk);
				walks[arrived_count] = walk;
				arrived_count += walk->end == WALK_UNFINISHED;
				continue;
			}
			prefetch(cell, sizeof(*cell));
			climbers[left++] = (struct climber){cell, walk};
		}
		count = left;
	}
	return arrived_count;
}

void
walk_burst(struct walk **walks, size_t count)
{
	struct climber climbers[WALK_BURST_MAX];
	while (count > 0) {
		size_t climber_count = 0;
		for (size_t i = 0; i < count; i++) {
			struct walk *walk = walks[i];
			walk->end = walk->cell != NULL ? WALK_UNFINISHED : enter_child(walk);
			climbers[climber_count] = (struct climber){walk->cell, walk};
			climber_count += walk->end == WALK_UNFINISHED;
		}
		count = burst_descend(climbers, climber_count, walks);
	}
}

enum walk_end
walk_finish(struct walk *walk, enum walk_end end)
{
	while (end == WALK_UNFINISHED)
		end = walk_step(walk);
	return end;
}

enum walk_end
walk_run(struct walk *walk, const struct zone_version *version, const struct split_name *name,
	 bool stops_at_cuts)
{
	return walk_finish(walk, walk_start(walk, version, name, stops_at_cuts));
}

/* The build */

/* A symbol of a key, and where in the label it comes from. */
struct key_place {
	uint8_t off;
	uint8_t octet_idx;
	bool is_second;
};

/* Children [first, first + count) agree on the symbols before `place` and belong below the cell at
 * `cell_idx` of `cells`. */
struct pending {
	size_t first;
	size_t count;
	ref cells;
	unsigned cell_idx;
	struct key_place place;
};

/* Runs that are still to be laid down: no more than there are children, and at most one level's
 * twigs for each symbol of a key. */
enum {
	PENDING_MAX = TRIE_KEY_LEN_MAX * TRIE_SYMBOL_COUNT,
	PENDING_FEW = 64,
};

struct trie_builder {
	struct store_writer *writer;
	const ref *children;
	struct pending *pending;
	size_t pending_count;
};

static const struct node *
child_at(const struct trie_builder *builder, size_t child)
{
	return store_at(builder->writer->store, builder->children[child]);
}

/* The symbol of a child's label, 0 past its end. */
static unsigned
symbol_at(const struct node *child, struct key_place place)
{
	if (place.octet_idx >= child->label_len)
		return 0;
	uint8_t octet = node_label(child)[place.octet_idx];
	return place.is_second ? octet_symbols[octet].second : octet_symbols[octet].first;
}

/* To the symbol behind. All children that have this one agree on the octet too, unless the next
 * symbol tells them apart. */
static struct key_place
key_next(const struct node *child, struct key_place place)
{
	place.off++;
	place.is_second =
	    !place.is_second && octet_symbols[node_label(child)[place.octet_idx]].second != 0;
	if (!place.is_second)
		place.octet_idx++;
	return place;
}

/* The first place from `place` on that the first and the last of a sorted run differ in: no earlier
 * one tells any two of the run apart. */
static struct key_place
branch_place(const struct trie_builder *builder, const struct pending *run)
{
	const struct node *first = child_at(builder, run->first);
	const struct node *last = child_at(builder, run->first + run->count - 1);
	struct key_place place = run->place;
	while (symbol_at(first, place) == symbol_at(last, place))
		place = key_next(first, place);
	return place;
}

/* Children from `from` on that share its symbol: in strides that double, since runs are sorted and
 * many are long. */
static size_t
same_symbol_count(const struct trie_builder *builder, size_t from, size_t end,
		  struct key_place place)
{
	unsigned symbol = symbol_at(child_at(builder, from), place);
	size_t same = from; /* the last one known to share it */
	for (size_t stride = 1; stride > 0;) {
		bool is_same = stride < end - same &&
			       symbol_at(child_at(builder, same + stride), place) == symbol;
		if (is_same)
			same += stride;
		stride = is_same ? stride * 2 : stride / 2;
	}
	return same + 1 - from;
}

static void
cell_set(const struct trie_builder *builder, const struct pending *at, uint64_t word, ref target)
{
	struct cell *cell =
	    (struct cell *)store_at(builder->writer->store, at->cells) + at->cell_idx;
	cell->word_low = (uint32_t)word;
	cell->word_high = (uint32_t)(word >> 32);
	cell->target = target;
}

static enum status
branch_build(struct trie_builder *builder, const struct pending *run)
{
	struct pending twigs[TRIE_SYMBOL_COUNT];
	unsigned twig_count = 0;
	uint64_t symbols = 0;
	struct key_place place = branch_place(builder, run);
	size_t end = run->first + run->count;
	for (size_t at = run->first; at < end; at += twigs[twig_count++].count) {
		const struct node *child = child_at(builder, at);
		unsigned symbol = symbol_at(child, place);
		symbols |= UINT64_C(1) << symbol;
		twigs[twig_count] = (struct pending){
		    .first = at,
		    .count = same_symbol_count(builder, at, end, place),
		    .cell_idx = twig_count,
		    .place = symbol != 0 ? key_next(child, place) : place,
		};
	}

	ref cells;
	enum status status =
	    store_append(builder->writer, twig_count * sizeof(struct cell), &cells);
	if (status != STATUS_OK)
		return status;
	cell_set(builder, run, WORD_BRANCH | (uint64_t)place.off << WORD_OFF_SHIFT | symbols,
		 cells);
	while (twig_count > 0) {
		twigs[--twig_count].cells = cells;
		builder->pending[builder->pending_count++] = twigs[twig_count];
	}
	return STATUS_OK;
}

/* Lays down what is pending, and what that leads to. */
static enum status
pending_build(struct trie_builder *builder)
{
	enum status status = STATUS_OK;
	while (status == STATUS_OK && builder->pending_count > 0) {
		struct pending run = builder->pending[--builder->pending_count];
		if (run.count > 1)
			status = branch_build(builder, &run);
		else
			cell_set(builder, &run, 0, builder->children[run.first]);
	}
	return status;
}

/* The root's cell, and all children below it. */
static enum status
root_begin(struct trie_builder *builder, size_t count, ref *out)
{
	enum status status = store_append(builder->writer, sizeof(struct cell), out);
	builder->pending[0] = (struct pending){.count = count, .cells = *out};
	builder->pending_count = 1;
	return status;
}

enum status
trie_build(struct store_writer *writer, const ref *children, size_t count, ref *out)
{
	struct trie_builder builder = {.writer = writer, .children = children};
	struct pending few[PENDING_FEW];
	size_t pending_max = count < PENDING_MAX ? count : PENDING_MAX;
	bool is_small = count <= PENDING_FEW; /* most nodes */
	ref root;
	builder.pending = is_small ? few : malloc(pending_max * sizeof(builder.pending[0]));
	if (builder.pending == NULL)
		return STATUS_NO_MEMORY;
	enum status status = root_begin(&builder, count, &root);
	if (status == STATUS_OK)
		status = pending_build(&builder);
	if (!is_small)
		free(builder.pending);
	if (status == STATUS_OK)
		*out = root;
	return status;
}

/* Side by side: the branches at the top one after the other, then what is below them shared out. */

enum {
	WIDE_RUNS_MAX = 4096,
	/* Enough runs that jobs end at about the same time although some runs are longer. */
	WIDE_RUNS_PER_JOB = 16,
	WIDE_COUNT_MIN = 1 << 14,
};

struct wide_build {
	struct store_writer *const *writers;
	unsigned writer_count;
	const ref *children;
	struct pending runs[WIDE_RUNS_MAX];
	size_t run_count;
	enum status statuses[];
};

/* Builds every writer_count-th run. */
static void
wide_job(void *context, unsigned idx)
{
	struct wide_build *wide = context;
	struct trie_builder builder = {.writer = wide->writers[idx], .children = wide->children};
	builder.pending = malloc(PENDING_MAX * sizeof(builder.pending[0]));
	enum status status = builder.pending != NULL ? STATUS_OK : STATUS_NO_MEMORY;
	for (size_t i = idx; i < wide->run_count && status == STATUS_OK; i += wide->writer_count) {
		builder.pending[0] = wide->runs[i];
		builder.pending_count = 1;
		status = pending_build(&builder);
	}
	free(builder.pending);
	wide->statuses[idx] = status;
}

/* Builds branches from the root on until there are runs enough to share out, or only short ones. */
static enum status
wide_top(struct wide_build *wide, struct trie_builder *builder, size_t run_count_max)
{
	enum status status = STATUS_OK;
	/* First come, first cut: the runs of one level are of one order of length. */
	size_t next = 0;
	while (status == STATUS_OK && next < wide->run_count &&
	       wide->run_count - next < run_count_max &&
	       wide->run_count + TRIE_SYMBOL_COUNT <= WIDE_RUNS_MAX) {
		struct pending run = wide->runs[next++];
		builder->pending_count = 0;
		if (run.count > 1)
			status = branch_build(builder, &run);
		else
			cell_set(builder, &run, 0, builder->children[run.first]);
		for (size_t i = 0; i < builder->pending_count; i++)
			wide->runs[wide->run_count++] = builder->pending[i];
	}
	memmove(wide->runs, wide->runs + next, (wide->run_count - next) * sizeof(wide->runs[0]));
	wide->run_count -= next;
	return status;
}

enum status
trie_build_wide(struct jobs *jobs, struct store_writer *const *writers, unsigned writer_count,
		const ref *children, size_t count, ref *out)
{
	if (writer_count == 1 || count < WIDE_COUNT_MIN)
		return trie_build(writers[0], children, count, out);
	struct wide_build *wide = malloc(sizeof(*wide) + writer_count * sizeof(wide->statuses[0]));
	if (wide == NULL)
		return STATUS_NO_MEMORY;
	wide->writers = writers;
	wide->writer_count = writer_count;
	wide->children = children;

	struct pending twigs[TRIE_SYMBOL_COUNT];
	struct trie_builder top = {.writer = writers[0], .children = children, .pending = twigs};
	ref root;
	enum status status = root_begin(&top, count, &root);
	wide->runs[0] = twigs[0];
	wide->run_count = 1;
	if (status == STATUS_OK)
		status = wide_top(wide, &top, (size_t)writer_count * WIDE_RUNS_PER_JOB);
	if (status == STATUS_OK) {
		jobs->run(jobs, wide_job, wide, writer_count);
		for (unsigned i = 0; i < writer_count && status == STATUS_OK; i++)
			status = wide->statuses[i];
	}
	free(wide);
	if (status == STATUS_OK)
		*out = root;
	return status;
}
