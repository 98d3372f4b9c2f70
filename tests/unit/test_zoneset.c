/* test_zoneset.c -- the nearest ancestor among many zones, against a linear search; and that a set
 * stays as it is when others are derived from it. */
#include "zones/zoneset.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/unit/engine.h"
#include "zones/dname.h"

enum { MEMBERS_MAX = 600, ROUNDS = 40 };

/* A version that has nothing but its apex. Sets refer to them, and tests make new members of old
 * ones: they stay until all tests have ended. */
struct apex_version {
	struct apex_version *next;
	struct zone_version version;
	struct zone_image image;
	uint8_t apex[DNAME_LEN_MAX];
};

static struct apex_version *apex_versions;

struct members {
	size_t count;
	struct apex_version *versions[MEMBERS_MAX];
	struct zoneset_member members[MEMBERS_MAX];
};

static struct apex_version *
apex_version_new(const uint8_t *apex)
{
	struct apex_version *made = malloc(sizeof(*made));
	assert_non_null(made);
	memcpy(made->apex, apex, dname_len(apex));
	made->image = (struct zone_image){.origin_len = (uint8_t)dname_len(apex)};
	made->version = (struct zone_version){.base = made->apex, .image = &made->image};
	made->next = apex_versions;
	apex_versions = made;
	return made;
}

static int
apex_versions_free(void **state)
{
	while (apex_versions != NULL) {
		struct apex_version *next = apex_versions->next;
		free(apex_versions);
		apex_versions = next;
	}
	return 0;
}

static void
random_name(struct random *random, uint8_t out[DNAME_LEN_MAX])
{
	static const char *const labels[] = {"\1a", "\1b", "\2ab", "\1*", "\3com", "\1\xff"};
	uint8_t *at = out;
	for (unsigned left = random_below(random, 6); left > 0; left--) {
		const char *label = labels[random_below(random, ARRAY_LEN(labels))];
		memcpy(at, label, 1u + (uint8_t)label[0]);
		at += 1 + label[0];
	}
	*at = 0;
}

static bool
members_has(const struct members *members, const uint8_t *apex)
{
	for (size_t i = 0; i < members->count; i++) {
		if (dname_equal(members->members[i].apex, apex))
			return true;
	}
	return false;
}

static void
members_add(struct members *members, const uint8_t *apex)
{
	size_t idx = members->count;
	if (idx == MEMBERS_MAX || members_has(members, apex))
		return;
	members->versions[idx] = apex_version_new(apex);
	members->members[idx].apex = members->versions[idx]->apex;
	members->members[idx].version = idx % 7 == 0 ? NULL : &members->versions[idx]->version;
	members->count++;
}

static const struct zoneset_member *
find_linear(const struct members *members, const uint8_t *qname, unsigned skip_labels)
{
	const struct zoneset_member *longest = NULL;
	unsigned labels = dname_label_count(qname);
	for (size_t i = 0; i < members->count; i++) {
		const uint8_t *apex = members->members[i].apex;
		if (dname_is_within(qname, apex) &&
		    dname_label_count(apex) + skip_labels <= labels &&
		    (longest == NULL || dname_len(apex) > dname_len(longest->apex)))
			longest = &members->members[i];
	}
	return longest;
}

static void
check_set(const struct zoneset *set, const struct members *members, struct random *random)
{
	assert_int_equal(zoneset_count(set), members->count);
	for (unsigned i = 0; i < 300; i++) {
		uint8_t qname[DNAME_LEN_MAX];
		random_name(random, qname);
		for (unsigned skip = 0; skip < 3; skip++) {
			struct zoneset_member found = zoneset_find_dname(set, qname, skip);
			const struct zoneset_member *expected = find_linear(members, qname, skip);
			assert_int_equal(found.apex == NULL, expected == NULL);
			if (found.apex == NULL)
				continue;
			assert_true(dname_equal(found.apex, expected->apex));
			assert_ptr_equal(found.version, expected->version);
		}
	}
}

static struct members *
members_new(struct random *random, unsigned count)
{
	struct members *members = calloc(1, sizeof(*members));
	assert_non_null(members);
	for (unsigned i = 0; i < count; i++) {
		uint8_t apex[DNAME_LEN_MAX];
		random_name(random, apex);
		members_add(members, apex);
	}
	return members;
}

static void
test_the_longest_match(void **state)
{
	struct random random = random_new(5);
	for (unsigned round = 0; round < ROUNDS; round++) {
		struct members *members = members_new(&random, random_below(&random, MEMBERS_MAX));
		struct zoneset *set;
		assert_int_equal(zoneset_new(members->members, members->count, &set), STATUS_OK);
		check_set(set, members, &random);
		zoneset_free(set);
		free(members);
	}
}

static void
test_an_empty_set(void **state)
{
	struct zoneset *set;
	assert_int_equal(zoneset_new(NULL, 0, &set), STATUS_OK);
	assert_int_equal(zoneset_count(set), 0);
	assert_null(zoneset_find_dname(set, (const uint8_t *)"", 0).apex);
	assert_null(zoneset_find_dname(set, (const uint8_t *)"\1a", 0).apex);
	assert_null(zoneset_find_dname(set, (const uint8_t *)"\1a", 5).apex);
	zoneset_free(set);
	zoneset_free(NULL);
}

static void
test_the_root_holds_all(void **state)
{
	const struct zone_version *version = &apex_version_new((const uint8_t *)"")->version;
	struct zoneset_member root = {(const uint8_t *)"", version};
	struct zoneset *set;
	uint8_t deepest[DNAME_LEN_MAX] = {0};
	for (unsigned i = 0; i < LABELS_MAX; i++)
		memcpy(deepest + (size_t)2 * i, "\1a", 2);
	assert_int_equal(zoneset_new(&root, 1, &set), STATUS_OK);
	assert_ptr_equal(zoneset_find_dname(set, (const uint8_t *)"", 0).version, version);
	assert_ptr_equal(zoneset_find_dname(set, deepest, 0).version, version);
	assert_ptr_equal(zoneset_find_dname(set, deepest, LABELS_MAX).version, version);
	assert_null(zoneset_find_dname(set, deepest, LABELS_MAX + 1).apex);
	assert_null(zoneset_find_dname(set, (const uint8_t *)"", 1).apex);
	zoneset_free(set);
}

/* Each derived set says what it should, and the one before it still does; in both orders of going.
 */
static void
test_derived_sets(void **state)
{
	struct random random = random_new(6);
	for (unsigned round = 0; round < ROUNDS; round++) {
		struct members *before = members_new(&random, random_below(&random, 60));
		struct zoneset *set;
		assert_int_equal(zoneset_new(before->members, before->count, &set), STATUS_OK);
		for (unsigned step = 0; step < 10; step++) {
			struct members *after = malloc(sizeof(*after));
			uint8_t apex[DNAME_LEN_MAX];
			memcpy(after, before, sizeof(*after));
			random_name(&random, apex);
			members_add(after, apex);
			/* One joins or is replaced by another version, or by none. */
			size_t idx = random_below(&random, (unsigned)after->count);
			if (after->count > before->count)
				idx = after->count - 1;
			after->versions[idx] = apex_version_new(after->members[idx].apex);
			after->members[idx].apex = after->versions[idx]->apex;
			after->members[idx].version =
			    random_below(&random, 3) ? &after->versions[idx]->version : NULL;
			struct zoneset *derived;
			assert_int_equal(zoneset_derive(set, &after->members[idx], 1, &derived),
					 STATUS_OK);
			check_set(set, before, &random);
			check_set(derived, after, &random);
			/* The apex of a member belongs to who made it, not to the set. */
			zoneset_free(set);
			check_set(derived, after, &random);
			zoneset_free(derived);
			assert_int_equal(zoneset_new(after->members, after->count, &set),
					 STATUS_OK);
			free(before);
			before = after;
		}
		zoneset_free(set);
		free(before);
	}
}

static void
test_deriving_many_at_once(void **state)
{
	struct random random = random_new(8);
	struct members *members = members_new(&random, MEMBERS_MAX);
	size_t half = members->count / 2;
	struct zoneset *set;
	struct zoneset *derived;
	assert_int_equal(zoneset_new(members->members, half, &set), STATUS_OK);
	assert_int_equal(
	    zoneset_derive(set, members->members + half / 2, members->count - half / 2, &derived),
	    STATUS_OK);
	assert_int_equal(zoneset_count(set), half);
	zoneset_free(set);
	check_set(derived, members, &random);
	assert_int_equal(zoneset_derive(derived, NULL, 0, &set), STATUS_OK);
	zoneset_free(derived);
	check_set(set, members, &random);
	zoneset_free(set);
	free(members);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_the_longest_match),     cmocka_unit_test(test_an_empty_set),
	    cmocka_unit_test(test_the_root_holds_all),    cmocka_unit_test(test_derived_sets),
	    cmocka_unit_test(test_deriving_many_at_once),
	};
	return cmocka_run_group_tests_name("zoneset", tests, NULL, apex_versions_free);
}
