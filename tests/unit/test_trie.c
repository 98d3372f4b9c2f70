/* test_trie.c -- tries of labels against sorted arrays of them, and walks down real zones. */
#include "zones/trie.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/unit/engine.h"
#include "zones/dname.h"
#include "zones/usage.h"

enum { LABELS_IN_TEST_MAX = 4000 };

/* Labels, length octet first, sorted and each once; and a zone of one apex with these children. */
struct labels {
	size_t count;
	uint8_t labels[LABELS_IN_TEST_MAX][1 + LABEL_LEN_MAX];
	struct store *store;
	struct store_writer writer;
	struct zone_version version;
	ref root; /* of the trie */
};

static int
label_compare(const void *a, const void *b)
{
	const uint8_t *x = a;
	const uint8_t *y = b;
	int order = memcmp(x + 1, y + 1, x[0] < y[0] ? x[0] : y[0]);
	return order != 0 ? order : x[0] - y[0];
}

static void
labels_add(struct labels *labels, const void *octets, size_t len)
{
	uint8_t *label = labels->labels[labels->count++];
	label[0] = (uint8_t)len;
	for (size_t i = 0; i < len; i++)
		label[1 + i] = dname_octet_lower(((const uint8_t *)octets)[i]);
}

static void
labels_sort(struct labels *labels)
{
	qsort(labels->labels, labels->count, sizeof(labels->labels[0]), label_compare);
	size_t kept = 0;
	for (size_t i = 0; i < labels->count; i++) {
		if (kept == 0 || label_compare(labels->labels[kept - 1], labels->labels[i]) != 0)
			memmove(labels->labels[kept++], labels->labels[i],
				sizeof(labels->labels[0]));
	}
	labels->count = kept;
}

static ref
node_put(struct labels *labels, const uint8_t *label, ref children)
{
	ref node_ref;
	assert_int_equal(store_append(&labels->writer, sizeof(struct node) + label[0], &node_ref),
			 STATUS_OK);
	struct node *node = store_at(labels->store, node_ref);
	*node = (struct node){.children = children, .label_len = label[0]};
	memcpy((uint8_t *)node->entries, label + 1, label[0]);
	return node_ref;
}

static void
labels_build(struct labels *labels)
{
	ref *children = calloc(labels->count, sizeof(*children));
	ref header;
	ref origin;
	assert_non_null(children);
	labels_sort(labels);
	assert_int_equal(store_new(1 << 20, &labels->store), STATUS_OK);
	labels->writer = store_writer(labels->store, 0);
	assert_int_equal(store_append(&labels->writer, sizeof(struct zone_image), &header),
			 STATUS_OK);
	assert_int_equal(store_append(&labels->writer, 6, &origin), STATUS_OK);
	memcpy(store_at(labels->store, origin), "\4apex", 6);
	for (size_t i = 0; i < labels->count; i++)
		children[i] = node_put(labels, labels->labels[i], REF_NONE);
	assert_int_equal(trie_build(&labels->writer, children, labels->count, &labels->root),
			 STATUS_OK);
	ref apex = node_put(labels, (const uint8_t *)"\4apex", labels->root);
	struct zone_image *image = store_at(labels->store, header);
	*image = (struct zone_image){.apex = apex, .origin = origin, .origin_labels = 1};
	labels->version = (struct zone_version){
	    .base = store_base(labels->store), .image = image, .store = labels->store};
	free(children);
}

static void
labels_fini(struct labels *labels)
{
	store_release(labels->store);
	free(labels);
}

static struct labels *
labels_new(void)
{
	struct labels *labels = calloc(1, sizeof(*labels));
	assert_non_null(labels);
	return labels;
}

/* The node that the walk finds for a label below the apex, or NULL. */
static const struct node *
label_find(const struct labels *labels, const uint8_t *label)
{
	uint8_t dname[1 + LABEL_LEN_MAX + 6];
	struct split_name name;
	struct walk walk;
	memcpy(dname, label, 1u + label[0]);
	memcpy(dname + 1 + label[0], "\4apex", 6);
	split_name_set(&name, dname);
	switch (walk_run(&walk, &labels->version, &name, true)) {
	case WALK_FOUND:
		assert_int_equal(walk.labels_left, 0);
		return walk.node;
	case WALK_ABSENT:
		assert_int_equal(walk.labels_left, 1);
		assert_ptr_equal(walk.node, version_node(&labels->version,
							 version_image(&labels->version)->apex));
		return NULL;
	default:
		fail();
	}
	return NULL;
}

static void
check_label(const struct labels *labels, const uint8_t *label)
{
	uint8_t lower[1 + LABEL_LEN_MAX];
	lower[0] = label[0];
	for (unsigned i = 1; i <= label[0]; i++)
		lower[i] = dname_octet_lower(label[i]);
	bool is_there = bsearch(lower, labels->labels, labels->count, sizeof(labels->labels[0]),
				label_compare) != NULL;
	const struct node *node = label_find(labels, label);
	assert_int_equal(node != NULL, is_there);
	if (node != NULL) {
		assert_int_equal(node->label_len, lower[0]);
		assert_memory_equal(node_label(node), lower + 1, lower[0]);
	}
}

/* The leaves in the order of the trie are the labels in canonical order. */
static void
check_order(const struct labels *labels)
{
	const struct cell *stack[LABELS_IN_TEST_MAX * 2];
	size_t depth = 0;
	size_t seen = 0;
	stack[depth++] = version_at(&labels->version, labels->root);
	while (depth > 0) {
		const struct cell *cell = stack[--depth];
		uint64_t word = (uint64_t)cell->word_high << 32 | cell->word_low;
		if (!(word >> 63)) {
			const struct node *node = version_node(&labels->version, cell->target);
			assert_in_range(seen, 0, labels->count - 1);
			assert_int_equal(node->label_len, labels->labels[seen][0]);
			assert_memory_equal(node_label(node), labels->labels[seen] + 1,
					    node->label_len);
			seen++;
			continue;
		}
		const struct cell *twigs = version_at(&labels->version, cell->target);
		int count = __builtin_popcountll(word & ((UINT64_C(1) << TRIE_SYMBOL_COUNT) - 1));
		assert_in_range(count, 2, TRIE_SYMBOL_COUNT); /* no branch without a choice */
		while (count-- > 0)
			stack[depth++] = &twigs[count];
	}
	assert_int_equal(seen, labels->count);
}

static void
check_labels(struct labels *labels)
{
	labels_build(labels);
	check_order(labels);
	for (size_t i = 0; i < labels->count; i++)
		check_label(labels, labels->labels[i]);
}

static void
test_all_octets(void **state)
{
	struct labels *labels = labels_new();
	for (unsigned octet = 0; octet < 256; octet++)
		labels_add(labels, &(uint8_t){(uint8_t)octet}, 1);
	check_labels(labels);
	assert_int_equal(labels->count, 256 - 26);
	for (unsigned octet = 0; octet < 256; octet++) {
		check_label(labels, (const uint8_t[]){1, (uint8_t)octet});
		assert_non_null(label_find(labels, (const uint8_t[]){1, (uint8_t)octet}));
		check_label(labels, (const uint8_t[]){2, (uint8_t)octet, 0});
		check_label(labels, (const uint8_t[]){2, 'a', (uint8_t)octet});
	}
	labels_fini(labels);
}

/* Each octet alone, and nothing that shares its first symbol is taken for it. */
static void
test_each_octet_alone(void **state)
{
	for (unsigned only = 0; only < 256; only++) {
		struct labels *labels = labels_new();
		labels_add(labels, &(uint8_t){(uint8_t)only}, 1);
		labels_add(labels, "aa", 2);
		check_labels(labels);
		for (unsigned octet = 0; octet < 256; octet++)
			check_label(labels, (const uint8_t[]){1, (uint8_t)octet});
		labels_fini(labels);
	}
}

static void
test_prefixes(void **state)
{
	static const uint8_t octets[] = {0, 'a', 0xff, '-', '/', 'z', '{'};
	for (size_t k = 0; k < sizeof(octets); k++) {
		struct labels *labels = labels_new();
		uint8_t label[LABEL_LEN_MAX];
		memset(label, octets[k], sizeof(label));
		for (size_t len = 1; len <= LABEL_LEN_MAX; len += 2)
			labels_add(labels, label, len);
		check_labels(labels);
		uint8_t asked[1 + LABEL_LEN_MAX];
		memset(asked, octets[k], sizeof(asked));
		for (unsigned len = 1; len <= LABEL_LEN_MAX; len++) {
			asked[0] = (uint8_t)len;
			check_label(labels, asked);
			asked[len] ^= 1;
			check_label(labels, asked);
			asked[len] ^= 1;
		}
		labels_fini(labels);
	}
}

/* Labels of 63 octets that all need two symbols and differ in the very last one. */
static void
test_the_longest_keys(void **state)
{
	struct labels *labels = labels_new();
	uint8_t label[LABEL_LEN_MAX];
	memset(label, 0xff, sizeof(label));
	for (unsigned last = 0; last < 256; last++) {
		label[LABEL_LEN_MAX - 1] = (uint8_t)last;
		labels_add(labels, label, LABEL_LEN_MAX);
	}
	check_labels(labels);
	labels_fini(labels);
}

static void
random_label(struct random *random, unsigned kind, uint8_t label[1 + LABEL_LEN_MAX])
{
	static const uint8_t few[] = {'a', 'b', 0, 0xff, '-', '*', '_', 'A', '@', '['};
	unsigned most = kind == 0 ? 3 : kind == 1 ? 8 : LABEL_LEN_MAX;
	label[0] = (uint8_t)(1 + random_below(random, most));
	for (unsigned i = 1; i <= label[0]; i++)
		label[i] = kind == 2 && i + 3 < label[0]  ? 'x'
			   : random_below(random, 4) == 0 ? (uint8_t)random_next(random)
							  : few[random_below(random, sizeof(few))];
}

static void
test_random_labels(void **state)
{
	struct random random = random_new(11);
	for (unsigned round = 0; round < 90; round++) {
		struct labels *labels = labels_new();
		uint8_t label[1 + LABEL_LEN_MAX];
		unsigned count = round == 0 ? LABELS_IN_TEST_MAX : 1 + random_below(&random, 500);
		for (unsigned i = 0; i < count; i++) {
			random_label(&random, round % 3, label);
			labels_add(labels, label + 1, label[0]);
		}
		check_labels(labels);
		for (unsigned i = 0; i < 2000; i++) {
			random_label(&random, round % 3, label);
			check_label(labels, label);
		}
		labels_fini(labels);
	}
}

/* Walks down a zone: where each ends, and at which node. */
static const char zone_text[] = "@ 60 SOA ns h 1 2 3 4 60\n"
				"@ 60 NS ns.elsewhere.\n"
				"a.b.c 60 A 192.0.2.1\n"
				"sub 60 NS ns.x.sub\n"
				"ns.x.sub 60 A 192.0.2.1\n"
				"deeper.sub 60 NS ns.x.sub\n"
				"dn 60 DNAME elsewhere.\n"
				"*.w 60 A 192.0.2.1\n"
				"q.*.w 60 A 192.0.2.1\n";

static void
test_walks(void **state)
{
	static const struct {
		const char *name;
		bool stops_at_cuts;
		enum walk_end end;
		unsigned labels_left;
	} cases[] = {
	    {"zone.", true, WALK_FOUND, 0},
	    {"c.zone.", true, WALK_FOUND, 0}, /* an empty non-terminal */
	    {"B.C.Zone.", true, WALK_FOUND, 0},
	    {"a.b.c.zone.", true, WALK_FOUND, 0},
	    {"x.a.b.c.zone.", true, WALK_ABSENT, 1},
	    {"y.x.b.c.zone.", true, WALK_ABSENT, 2},
	    {"d.zone.", true, WALK_ABSENT, 1},
	    {"a.b.d.zone.", true, WALK_ABSENT, 3},
	    {"sub.zone.", true, WALK_CUT, 0},
	    {"ns.x.sub.zone.", true, WALK_CUT, 2},
	    {"a.deeper.sub.zone.", true, WALK_CUT, 2},
	    {"ns.x.sub.zone.", false, WALK_FOUND, 0},
	    {"a.ns.x.sub.zone.", false, WALK_ABSENT, 1},
	    {"dn.zone.", true, WALK_FOUND, 0},
	    {"a.b.dn.zone.", true, WALK_DNAME, 2},
	    {"a.dn.zone.", false, WALK_ABSENT, 1},
	    {"*.w.zone.", true, WALK_FOUND, 0},
	    {"q.*.w.zone.", true, WALK_FOUND, 0},
	    {"q.w.zone.", true, WALK_WILDCARD, 1},
	};
	struct engine engine;
	engine_init(&engine);
	engine_add_text(&engine, "zone.", zone_text);
	engine_ready(&engine);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		uint8_t dname[DNAME_LEN_MAX];
		struct split_name name;
		struct walk walk;
		name_read(cases[i].name, dname);
		split_name_set(&name, dname);
		enum walk_end end =
		    walk_run(&walk, engine.zones[0].version, &name, cases[i].stops_at_cuts);
		if (end != cases[i].end || walk.labels_left != cases[i].labels_left)
			fail_msg("%s: end %d, %u labels left", cases[i].name, end,
				 walk.labels_left);
		const uint8_t *label = name.dname + name.label_offs[walk.labels_left];
		unsigned label_len = walk.node->flags & NODE_APEX ? 0 : label[0];
		assert_int_equal(walk.node->label_len, label_len);
		assert_memory_equal(node_label(walk.node), label + 1, label_len);
	}
	engine_fini(&engine);
}

/* As many labels as a name can have, in the root zone. */
static void
test_the_deepest_name(void **state)
{
	char text[2048];
	char *at = stpcpy(text, ". 60 SOA ns. h. 1 2 3 4 60\n. 60 NS ns.\n");
	for (unsigned i = 0; i < LABELS_MAX; i++)
		at = stpcpy(at, i % 2 ? "b." : "a.");
	strcpy(at, " 60 A 192.0.2.1\n");
	struct engine engine;
	engine_init(&engine);
	engine_add_text(&engine, ".", text);
	engine_ready(&engine);
	struct usage usage;
	assert_int_equal(usage_of(engine.zones[0].version, &usage), STATUS_OK);
	assert_int_equal(usage.counts[USAGE_NODE], LABELS_MAX + 1);

	struct split_name name;
	struct walk walk;
	uint8_t dname[DNAME_LEN_MAX] = {0};
	for (unsigned i = 0; i < LABELS_MAX; i++)
		memcpy(dname + (size_t)2 * i, i % 2 ? "\1B" : "\1A", 2);
	for (unsigned skipped = 0; skipped <= LABELS_MAX; skipped++) {
		split_name_set(&name, dname + (size_t)2 * skipped);
		assert_int_equal(walk_run(&walk, engine.zones[0].version, &name, true), WALK_FOUND);
		assert_int_equal(walk.node->entry_count, skipped == 0            ? 1
							 : skipped == LABELS_MAX ? 2
										 : 0);
	}
	for (unsigned changed = 0; changed < LABELS_MAX; changed++) {
		split_name_set(&name, dname);
		name.dname[2 * changed + 1] = 'c';
		assert_int_equal(walk_run(&walk, engine.zones[0].version, &name, true),
				 WALK_ABSENT);
		assert_int_equal(walk.labels_left, changed + 1);
	}
	engine_fini(&engine);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_all_octets),       cmocka_unit_test(test_each_octet_alone),
	    cmocka_unit_test(test_prefixes),         cmocka_unit_test(test_the_longest_keys),
	    cmocka_unit_test(test_random_labels),    cmocka_unit_test(test_walks),
	    cmocka_unit_test(test_the_deepest_name),
	};
	return cmocka_run_group_tests_name("trie", tests, NULL, NULL);
}
