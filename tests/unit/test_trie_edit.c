/* test_trie_edit.c -- tries edited step by step against tries built at once: there is one trie for
 * each set of labels. */
#include "zones/trie_edit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/unit/engine.h"
#include "zones/trie_find.h"

enum {
	POOL_LEN = 400,
	STORE_LEN = 64 << 20,
	STEPS = 3000,
	STEPS_PER_EDIT = 7,
};

struct label {
	uint8_t octets[1 + LABEL_LEN_MAX];
	ref node;
	bool is_in;
};

/* A trie in the making, and what should be in it. */
struct bed {
	struct random random;
	struct store *store;
	struct edit_space space;
	ref root;
	size_t label_count;
	struct label labels[POOL_LEN]; /* sorted, each once */
};

static int
label_compare(const void *a, const void *b)
{
	const uint8_t *x = ((const struct label *)a)->octets;
	const uint8_t *y = ((const struct label *)b)->octets;
	int order = memcmp(x + 1, y + 1, x[0] < y[0] ? x[0] : y[0]);
	return order != 0 ? order : x[0] - y[0];
}

static void
random_label(struct bed *bed, unsigned kind, uint8_t label[1 + LABEL_LEN_MAX])
{
	static const uint8_t few[] = {'a', 'b', 0, 0xff, '-', '*', '_', '.', '@', '['};
	unsigned most = kind == 0 ? 3 : kind == 1 ? 8 : LABEL_LEN_MAX;
	label[0] = (uint8_t)(1 + random_below(&bed->random, most));
	for (unsigned i = 1; i <= label[0]; i++) {
		uint8_t octet = few[random_below(&bed->random, sizeof(few))];
		if (kind == 2 && i + 3 < label[0])
			octet = 0xff;
		else if (random_below(&bed->random, 4) == 0)
			octet = (uint8_t)random_next(&bed->random);
		label[i] = octet >= 'A' && octet <= 'Z' ? (uint8_t)(octet + 32) : octet;
	}
}

static ref
node_put(struct bed *bed, const uint8_t *label)
{
	ref laid;
	assert_int_equal(store_append(&bed->space.writer, sizeof(struct node) + label[0], &laid),
			 STATUS_OK);
	struct node *node = store_at(bed->store, laid);
	*node = (struct node){.label_len = label[0]};
	memcpy((uint8_t *)node->entries, label + 1, label[0]);
	return laid;
}

static void
edit_begin(struct bed *bed)
{
	bed->space.begin = (ref)(store_len(bed->store) / REF_UNIT);
}

static struct bed *
bed_new(unsigned seed)
{
	struct bed *bed = calloc(1, sizeof(*bed));
	ref header;
	assert_non_null(bed);
	bed->random = random_new(seed);
	assert_int_equal(store_new(STORE_LEN, &bed->store), STATUS_OK);
	bed->space.writer = store_writer(bed->store, 0);
	assert_int_equal(store_append(&bed->space.writer, REF_UNIT, &header), STATUS_OK);
	for (size_t i = 0; i < POOL_LEN; i++)
		random_label(bed, seed % 3, bed->labels[i].octets);
	qsort(bed->labels, POOL_LEN, sizeof(bed->labels[0]), label_compare);
	for (size_t i = 0; i < POOL_LEN; i++) {
		struct label *last = &bed->labels[bed->label_count - 1];
		if (bed->label_count == 0 || label_compare(last, &bed->labels[i]) != 0)
			bed->labels[bed->label_count++] = bed->labels[i];
	}
	edit_begin(bed);
	return bed;
}

static void
bed_free(struct bed *bed)
{
	store_release(bed->store);
	free(bed);
}

static bool
cells_equal(const struct store *store, ref a_ref, unsigned a_idx, ref b_ref, unsigned b_idx)
{
	const struct cell *a = (const struct cell *)store_at(store, a_ref) + a_idx;
	const struct cell *b = (const struct cell *)store_at(store, b_ref) + b_idx;
	if (cell_word(a) != cell_word(b))
		return false;
	if (!cell_is_branch(a))
		return a->target == b->target;
	for (unsigned i = 0; i < cell_twig_count(a); i++) {
		if (!cells_equal(store, a->target, i, b->target, i))
			return false;
	}
	return true;
}

/* The trie of those labels that are in, built at once. */
static ref
built(struct bed *bed)
{
	static ref children[POOL_LEN];
	size_t count = 0;
	ref root;
	for (size_t i = 0; i < bed->label_count; i++) {
		if (bed->labels[i].is_in)
			children[count++] = bed->labels[i].node;
	}
	if (count == 0)
		return REF_NONE;
	assert_int_equal(trie_build(&bed->space.writer, children, count, &root), STATUS_OK);
	return root;
}

static void
check(struct bed *bed, ref root)
{
	ref expected = built(bed);
	assert_int_equal(root == REF_NONE, expected == REF_NONE);
	if (root != REF_NONE)
		assert_true(cells_equal(bed->store, root, 0, expected, 0));
	ref last = REF_NONE;
	for (size_t i = 0; i < bed->label_count; i++) {
		const struct label *label = &bed->labels[i];
		ref at = label->is_in ? label->node : REF_NONE;
		assert_int_equal(trie_find(bed->store, root, label->octets), at);
		assert_int_equal(trie_find_before(bed->store, root, label->octets), last);
		if (at != REF_NONE)
			last = at;
		assert_int_equal(trie_find_at_or_before(bed->store, root, label->octets), last);
	}
	assert_int_equal(trie_find_last(bed->store, root), last);
}

static void
step(struct bed *bed, unsigned tendency)
{
	struct label *label = &bed->labels[random_below(&bed->random, (unsigned)bed->label_count)];
	bool puts = random_below(&bed->random, 10) < tendency;
	if (puts) {
		label->node = node_put(bed, label->octets);
		label->is_in = true;
		assert_int_equal(trie_put(&bed->space, label->node, &bed->root), STATUS_OK);
	} else if (label->is_in) {
		label->is_in = false;
		assert_int_equal(trie_remove(&bed->space, label->octets, &bed->root), STATUS_OK);
	}
}

/* Grows, shrinks to nothing, and what an edit began with stays as it was. */
static void
check_edits(unsigned seed)
{
	struct bed *bed = bed_new(seed);
	for (unsigned i = 0; i < STEPS; i += STEPS_PER_EDIT) {
		unsigned tendency = i / 500 % 2 == 0 ? 8 : 2;
		ref before = bed->root;
		ref before_built = built(bed);
		edit_begin(bed);
		for (unsigned k = 0; k < STEPS_PER_EDIT; k++)
			step(bed, tendency);
		check(bed, bed->root);
		if (before != REF_NONE)
			assert_true(cells_equal(bed->store, before, 0, before_built, 0));
	}
	edit_begin(bed);
	for (size_t i = 0; i < bed->label_count; i++) {
		if (!bed->labels[i].is_in)
			continue;
		bed->labels[i].is_in = false;
		assert_int_equal(trie_remove(&bed->space, bed->labels[i].octets, &bed->root),
				 STATUS_OK);
		if (i % 16 == 0)
			check(bed, bed->root);
	}
	assert_int_equal(bed->root, REF_NONE);
	bed_free(bed);
}

static void
test_edits_are_builds(void **state)
{
	for (unsigned seed = 0; seed < 9; seed++)
		check_edits(seed);
}

/* A store with room for some of the steps only: each says so, and what was there is unharmed. */
static void
test_full_store(void **state)
{
	struct bed *bed = bed_new(1);
	for (size_t i = 0; i < bed->label_count; i++)
		bed->labels[i].node = node_put(bed, bed->labels[i].octets);
	for (size_t i = 0; i + 1 < bed->label_count; i++) {
		bed->labels[i].is_in = true;
		assert_int_equal(trie_put(&bed->space, bed->labels[i].node, &bed->root), STATUS_OK);
	}
	ref expected = built(bed);
	edit_begin(bed);
	for (size_t room = 0; room < 1024; room += REF_UNIT) {
		uint32_t cap = bed->store->cap;
		size_t len = store_len(bed->store);
		ref root = bed->root;
		bed->store->cap = (uint32_t)((len + room) / REF_UNIT);
		enum status status =
		    trie_put(&bed->space, bed->labels[bed->label_count - 1].node, &root);
		assert_true(status == STATUS_OK || status == STATUS_LIMIT);
		if (room == 0)
			assert_int_equal(status, STATUS_LIMIT);
		bed->store->cap = cap;
		assert_true(cells_equal(bed->store, bed->root, 0, expected, 0));
		edit_begin(bed);
	}
	bed_free(bed);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_edits_are_builds),
	    cmocka_unit_test(test_full_store),
	};
	return cmocka_run_group_tests_name("trie_edit", tests, NULL, NULL);
}
