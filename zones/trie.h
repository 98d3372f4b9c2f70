/* trie.h -- the children of a node, and the walk from a zone's apex down to a name.
 *
 * Threads:   building: the pool. Walking: any thread; reads only the immutable version and the
 *            caller's struct walk.
 * Memory:    building appends to a store (store.h); walking allocates nothing.
 * Errors:    building fails for want of memory; every walk ends in one of enum walk_end.
 * Standards: RFC 1034 4.3.2 step 3 (down label by label, stopping at a zone cut); RFC 4034 6.1
 *            (order); RFC 6672 3.2 (stopping at a DNAME); RFC 8020 (nothing exists below what does
 *            not); RFC 4592 3.3.1 (the wildcard below the closest encloser).
 *
 * Each node with children has a trie of them, keyed by label. The trie is a popcount trie: a branch
 * cell tests one symbol of the key and has one child ("twig") per symbol that occurs there;
 * stretches on which all keys agree are skipped. Twigs lie in symbol order, so that the trie's
 * order is canonical order.
 *
 * A key is the label's octets as symbols. Octets of host names have a symbol each; the others share
 * a symbol with their neighbours and are told apart by a second one. Symbol 0 follows the last
 * octet: a shorter label sorts before those it begins.
 *
 * A cell is 12 octets:
 *
 *   word 63    1 for a branch, 0 for a leaf
 *   word 55-62 branch: which symbol of the key it tests
 *   word 0-48  branch: the symbols that occur
 *   target     branch: its twigs, in symbol order; leaf: the child node
 *
 * Looking up a label compares it with one leaf only, at the end.
 */
#ifndef GLUED_ZONES_TRIE_H
#define GLUED_ZONES_TRIE_H

#include "zones/version.h"

struct cell {
	uint32_t word_low;
	uint32_t word_high;
	ref target;
};
static_assert(sizeof(struct cell) == 12, "five cells a cache line");

#define CELL_BRANCH (UINT32_C(1) << 31) /* of word_high */

enum {
	CELL_OFF_SHIFT = 23, /* of word_high */
	CELL_OFF_MASK = 0xff,
	CELL_SYMBOLS_MASK = (1 << 17) - 1, /* of word_high; all of word_low are symbols */
	TRIE_SYMBOL_COUNT = 49,
	TRIE_KEY_LEN_MAX = 2 * LABEL_LEN_MAX,
};

/* Both halves of the word. */
enum { WORD_OFF_SHIFT = CELL_OFF_SHIFT + 32 };
#define WORD_BRANCH ((uint64_t)CELL_BRANCH << 32)
#define WORD_SYMBOLS ((UINT64_C(1) << TRIE_SYMBOL_COUNT) - 1)

static inline uint64_t
cell_word(const struct cell *cell)
{
	return (uint64_t)cell->word_high << 32 | cell->word_low;
}

static inline bool
cell_is_branch(const struct cell *cell)
{
	return cell->word_high & CELL_BRANCH;
}

static inline unsigned
cell_twig_count(const struct cell *cell)
{
	return (unsigned)(__builtin_popcount(cell->word_low) +
			  __builtin_popcount(cell->word_high & CELL_SYMBOLS_MASK));
}

/* A name cut at its labels, in lower case: what a walk follows. Of most names no more than the
 * first cache line and the beginning of `dname` are touched. */
struct split_name {
	/* Of the first 64 octets those that have two symbols in a key, which those of host names
	 * don't. Length octets are among them as it happens. */
	uint64_t doubles;
	uint8_t len;         /* root octet included */
	uint8_t label_count; /* without the root */
	uint8_t
	    label_offs[LABELS_MAX + 1];   /* of each label's length octet; the last is the root's */
	uint8_t dname[DNAME_LEN_MAX + 1]; /* a multiple of what is written at a time */
};

static_assert(offsetof(struct split_name, label_offs) + 16 <= 64, "few labels: the first line");

/* `dname` is a valid name, of any case. */
void split_name_set(struct split_name *name, const uint8_t *dname);

/* The same for the uncompressed name at `octets`, of which `len` are readable. Returns its length,
 * or 0 if it is no valid name: dname_wire_len(). */
size_t split_name_read(struct split_name *name, const uint8_t *octets, size_t len);

enum walk_end {
	WALK_UNFINISHED,
	WALK_FOUND,    /* node is the name itself */
	WALK_CUT,      /* node is the topmost delegation point at or above the name */
	WALK_DNAME,    /* node owns a DNAME and is above the name */
	WALK_ABSENT,   /* node is the closest encloser */
	WALK_WILDCARD, /* the same, and wildcard is its child "*": the source of synthesis */
};

/* Of an octet in a key. */
struct symbols {
	uint8_t first;
	uint8_t second; /* 0: none */
};

/* The key of a label, each symbol of which is looked up when it is asked for: of most labels in the
 * octets themselves, else among symbols that were written down. */
struct label_key {
	const uint8_t *octets;
	const struct symbols *symbols;
	unsigned len;
};

static inline unsigned
label_key_symbol(const struct label_key *key, unsigned off)
{
	return likely(off < key->len) ? key->symbols[key->octets[off]].first : 0;
}

/* Of a label (length octet first, lower case). `room` has the symbols where there is need of it. */
void label_key_set(struct label_key *key, const uint8_t *label, uint8_t room[TRIE_KEY_LEN_MAX]);

struct walk {
	/* the result, valid once walk_step() has returned an end */
	const struct node *node;
	unsigned labels_left; /* labels of the name below node */
	enum walk_end end;    /* set by walk_burst() */

	/* the state */
	const struct zone_version *version;
	const struct split_name *name;
	const struct cell *cell;  /* to be read at the next step, or NULL: */
	const struct node *child; /* then this */
	bool stops_at_cuts;
	bool seeks_wildcard; /* below node, which has one */

	const uint8_t *label; /* that is looked for, and its key */
	struct label_key key;
	uint8_t key_room[TRIE_KEY_LEN_MAX];

	/* the result, too: with WALK_WILDCARD */
	const struct node *wildcard;
};

/* Begins at the apex. `name` is at or below it and outlives the walk. With stops_at_cuts false the
 * walk goes through delegations and DNAMEs, to glue and other occluded names. */
enum walk_end walk_start(struct walk *walk, const struct zone_version *version,
			 const struct split_name *name, bool stops_at_cuts);

/* Begins at `node`, whose name is the last `label_count` labels of `name` and which lies at or
 * above it: for who has come to it before. */
enum walk_end walk_start_at(struct walk *walk, const struct zone_version *version,
			    const struct split_name *name, bool stops_at_cuts,
			    const struct node *node, unsigned label_count);

/* One step: at most one dependent cache miss, which the step before has prefetched. */
enum walk_end walk_step(struct walk *walk);

/* The steps that are left. */
enum walk_end walk_finish(struct walk *walk, enum walk_end end);

/* All steps of `count` <= WALK_BURST_MAX walks that are WALK_UNFINISHED, in turns, so that their
 * waits for memory overlap. Sets `end` of each; `walks` is used up. */
enum { WALK_BURST_MAX = 32 };
void walk_burst(struct walk **walks, size_t count);

/* All steps. */
enum walk_end walk_run(struct walk *walk, const struct zone_version *version,
		       const struct split_name *name, bool stops_at_cuts);

/* The key of a label (length octet first, lower case); returns how many symbols it has. All further
 * ones are 0. */
unsigned trie_key_set(uint8_t key[TRIE_KEY_LEN_MAX], const uint8_t *label);

/* The first symbol in which the keys of a label (length octet first) and a node's differ, where
 * octet `idx` is the first in which the labels do; past a label's end there is none. */
unsigned trie_symbol_of_octet(const uint8_t *label, const struct node *node, unsigned idx);

/* Says in 64 bits which octets have which symbols: tries made with others cannot be walked. */
uint64_t trie_symbols_mark(void);

/* Lays down the cells for `count` > 0 children, given in canonical order of their labels. */
NODISCARD enum status trie_build(struct store_writer *writer, const ref *children, size_t count,
				 ref *out);

/* The same with the writers of several jobs, for an apex with millions of children. */
NODISCARD enum status trie_build_wide(struct jobs *jobs, struct store_writer *const *writers,
				      unsigned writer_count, const ref *children, size_t count,
				      ref *out);

#endif
