/* test_denial.c -- the NSEC and NSEC3 for names. */
#include "zones/denial.h"

#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/unit/change_tools.h"
#include "tests/unit/oracle_zone.h"
#include "tests/unit/signing.h"
#include "zones/check_dnssec.h"
#include "zones/dname.h"
#include "zones/usage.h"
#include "zones/visit.h"

static struct zone_version *
version_of_text(const char *origin, const char *text)
{
	uint8_t dname[DNAME_LEN_MAX];
	name_read(origin, dname);
	struct zone *zone = zone_of_text(dname, text, strlen(text));
	assert_non_null(zone);
	struct zone_version *version = version_of_zone(zone);
	zone_free(zone);
	return version;
}

enum { COVERS, MATCHES, COVERS_WILDCARD, MATCHES_WILDCARD };

static const char nsec_zone[] =
    "example. 3600 SOA ns hostmaster 1 2 3 4 5\n"
    "example. NS ns\nexample. RRSIG SOA 13 1 3600 20300101000000 20200101000000 1 example. AAAA\n"
    "example. NSEC a.b.example. NS SOA RRSIG NSEC\n"
    "a.b.example. TXT x\na.b.example. NSEC cut.example. TXT RRSIG NSEC\n"
    "cut.example. NS a.cut.example.\ncut.example. NSEC ns.example. NS RRSIG NSEC\n"
    "a.cut.example. A 192.0.2.1\n"
    "ns.example. A 192.0.2.2\nns.example. NSEC *.w.example. A RRSIG NSEC\n"
    "*.w.example. A 192.0.2.3\n*.w.example. NSEC b.w.example. A RRSIG NSEC\n"
    "b.w.example. A 192.0.2.3\nb.w.example. NSEC example. A RRSIG NSEC\n";

static void
test_nsec(void **state)
{
	static const struct {
		const char *name;
		const char *owner;
		int how;
	} cases[] = {
	    {"example.", "example.", MATCHES},
	    {"a.example.", "example.", COVERS},
	    {"b.example.", "example.", COVERS}, /* an empty non-terminal */
	    {"c.b.example.", "a.b.example.", COVERS},
	    {"x.a.b.example.", "a.b.example.", COVERS},
	    {"c.example.", "a.b.example.", COVERS},
	    {"cut.example.", "cut.example.", MATCHES},
	    {"d.example.", "cut.example.", COVERS},
	    {"zz.example.", "b.w.example.", COVERS},
	    {"w.example.", "ns.example.", COVERS},
	    {"x.w.example.", "b.w.example.", COVERS},
	    {"x.w.example.", "*.w.example.", MATCHES_WILDCARD},
	    {"a.example.", "example.", COVERS_WILDCARD},
	    {"x.ns.example.", "ns.example.", COVERS_WILDCARD},
	    {"c.b.example.", "example.", COVERS_WILDCARD},
	};
	struct zone_version *version = version_of_text("example.", nsec_zone);
	const struct denial *denial = denial_of(version);
	assert_non_null(denial);
	assert_int_equal(denial->kind, DENIES_BY_NSEC);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		uint8_t dname[DNAME_LEN_MAX];
		uint8_t owner[DNAME_LEN_MAX];
		struct split_name name;
		struct walk walk;
		struct denial_record record;
		bool is_wildcard = cases[i].how >= COVERS_WILDCARD;
		name_read(cases[i].name, dname);
		name_read(cases[i].owner, owner);
		split_name_set(&name, dname);
		walk_run(&walk, version, &name, true);
		assert_true(is_wildcard ? denial_nsec_wildcard(&walk, &record)
					: denial_nsec(&walk, &record));
		assert_true(dname_equal(record.owner, owner));
		assert_int_equal(record.is_match, cases[i].how % 2 == MATCHES);
		assert_int_equal(record.rrset->rrtype, RRTYPE_NSEC);
	}
	zone_version_free(version);
}

/* -- which denial is in use ---------------------------------------------------------------------
 */

#define SIGNED_APEX \
	"example. 60 SOA ns h 1 2 3 4 5\nexample. NS ns.x.\n" \
	"example. RRSIG SOA 13 1 60 20300101000000 20200101000000 1 example. AAAA\n"
/* RFC 5155 5, of "example." with the salts aabbccdd (12 iterations) and none. */
#define APEX_OF_SALTED "0p9mhaveqvm6t7vbl5lop2u3t2rp3tom"
#define OTHER "1p9mhaveqvm6t7vbl5lop2u3t2rp3tom"
#define SALTED "1 0 12 aabbccdd"

static void
test_kind_in_use(void **state)
{
	static const struct {
		const char *text;
		int kind; /* -1: the zone is not signed */
		int iterations;
		bool has_chain;
	} cases[] = {
	    {"example. 60 SOA ns h 1 2 3 4 5\nexample. NS ns.x.\n", -1, 0, false},
	    {"example. 60 SOA ns h 1 2 3 4 5\nexample. NS ns.x.\nexample. NSEC example. NS\n"
	     "example. RRSIG NS 13 1 60 20300101000000 20200101000000 1 example. AAAA\n",
	     -1, 0, false},
	    {SIGNED_APEX, DENIES_BY_NSEC, 0, false},
	    /* an NSEC3PARAM without a chain */
	    {SIGNED_APEX "example. NSEC3PARAM " SALTED "\n", DENIES_BY_NSEC3, 12, false},
	    {SIGNED_APEX "example. NSEC3PARAM " SALTED "\nexample. NSEC example. NS\n",
	     DENIES_BY_NSEC, 0, false},
	    /* with one */
	    {SIGNED_APEX "example. NSEC3PARAM " SALTED
			 "\nexample. NSEC example. NS\n" APEX_OF_SALTED ".example. NSEC3 " SALTED
			 " " APEX_OF_SALTED " NS\n",
	     DENIES_BY_NSEC3, 12, true},
	    /* with flags, or of an unknown hash, it says nothing (RFC 5155 4.1.2, 8.1) */
	    {SIGNED_APEX "example. NSEC3PARAM 1 1 12 aabbccdd\n" APEX_OF_SALTED
			 ".example. NSEC3 " SALTED " " APEX_OF_SALTED " NS\n",
	     DENIES_BY_NSEC, 0, false},
	    {SIGNED_APEX "example. NSEC3PARAM 2 0 12 aabbccdd\n" APEX_OF_SALTED
			 ".example. NSEC3 2 0 12 aabbccdd " APEX_OF_SALTED " NS\n",
	     DENIES_BY_NSEC, 0, false},
	    /* of two, the one whose chain has the apex */
	    {SIGNED_APEX "example. NSEC3PARAM 1 0 0 -\nexample. NSEC3PARAM " SALTED "\n" OTHER
			 ".example. NSEC3 1 0 0 - " OTHER " NS\n" APEX_OF_SALTED
			 ".example. NSEC3 " SALTED " " APEX_OF_SALTED " NS\n",
	     DENIES_BY_NSEC3, 12, true},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct zone_version *version = version_of_text("example.", cases[i].text);
		const struct denial *denial = denial_of(version);
		assert_int_equal(denial == NULL ? -1 : denial->kind, cases[i].kind);
		if (denial != NULL) {
			assert_int_equal(denial->iterations, cases[i].iterations);
			assert_int_equal(denial->chain != REF_NONE, cases[i].has_chain);
		}
		zone_version_free(version);
	}
}

/* -- what denials may cost ----------------------------------------------------------------------
 */

/* Errors of check_dnssec() about the limit. */
static size_t
limit_findings(const char *text, unsigned iterations_max)
{
	struct findings findings;
	uint8_t origin[DNAME_LEN_MAX];
	const struct dnssec_options options = {.nsec3_iterations_max = iterations_max};
	name_read("example.", origin);
	findings_init(&findings);
	struct zone *zone = zone_of_text(origin, text, strlen(text));
	assert_non_null(zone);
	enum status status = check_dnssec(zone, &options, &findings);
	size_t count = findings.kind_counts[FINDING_NSEC3_LIMIT];
	assert_int_equal(status, count > 0 ? STATUS_INVALID : STATUS_OK);
	zone_free(zone);
	findings_fini(&findings);
	return count;
}

/* RFC 9276 3.2. It is the denial in use that counts, for the check of a zone and of a version. */
static void
test_cost_is_limited(void **state)
{
	static const struct {
		const char *text;
		unsigned iterations; /* in use */
	} cases[] = {
	    {"example. 60 SOA ns h 1 2 3 4 5\nexample. NS ns.x.\n"
	     "example. NSEC3PARAM 1 0 9 -\n",
	     0}, /* not signed */
	    {SIGNED_APEX, 0},
	    {SIGNED_APEX "example. NSEC3PARAM " SALTED "\n", 12},
	    {SIGNED_APEX "example. NSEC3PARAM 1 0 65535 -\n", 65535},
	    {SIGNED_APEX "example. NSEC3PARAM " SALTED "\nexample. NSEC example. NS\n", 0},
	    {SIGNED_APEX "example. NSEC3PARAM " SALTED
			 "\nexample. NSEC example. NS\n" APEX_OF_SALTED ".example. NSEC3 " SALTED
			 " " APEX_OF_SALTED " NS\n",
	     12},
	    {SIGNED_APEX "example. NSEC3PARAM 1 1 12 aabbccdd\n", 0}, /* the signer's business */
	    {SIGNED_APEX "example. NSEC3PARAM 2 0 12 aabbccdd\n", 0}, /* an unknown hash */
	    /* of two chains the one that has the apex, be it the cheaper or not */
	    {SIGNED_APEX "example. NSEC3PARAM 1 0 0 -\nexample. NSEC3PARAM " SALTED "\n" OTHER
			 ".example. NSEC3 1 0 0 - " OTHER " NS\n" APEX_OF_SALTED
			 ".example. NSEC3 " SALTED " " APEX_OF_SALTED " NS\n",
	     12},
	    {SIGNED_APEX "example. NSEC3PARAM 1 0 500 -\nexample. NSEC3PARAM " SALTED "\n" OTHER
			 ".example. NSEC3 1 0 500 - " OTHER " NS\n" APEX_OF_SALTED
			 ".example. NSEC3 " SALTED " " APEX_OF_SALTED " NS\n",
	     12},
	    /* where none has it, the first */
	    {SIGNED_APEX "example. NSEC3PARAM 1 0 500 -\nexample. NSEC3PARAM 1 0 501 -\n", 500},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct zone_version *version = version_of_text("example.", cases[i].text);
		unsigned iterations = cases[i].iterations;
		struct error error = {0};
		assert_int_equal(denial_check_cost(version, iterations, &error), STATUS_OK);
		assert_int_equal(limit_findings(cases[i].text, iterations), 0);
		if (iterations > 0) {
			assert_int_equal(denial_check_cost(version, iterations - 1, &error),
					 STATUS_REFUSED);
			assert_non_null(strstr(error.text, "example. denies with"));
			assert_int_equal(limit_findings(cases[i].text, iterations - 1), 1);
		}
		zone_version_free(version);
	}
}

/* -- random zones against all names one after the other ---------------------------------------- */

enum { TRIAL_COUNT = 400, RANDOM_NAMES = 50 };

struct trial {
	unsigned seed;
	struct random random;
	struct oracle_zone names;
	struct zone *unsigned_zone;
	struct signing signing;
	struct zone_version *version;
};

static struct zone *
random_zone(struct trial *trial, const uint8_t *origin)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	oracle_zone_make(&trial->names, &trial->random, origin,
			 2 + random_below(&trial->random, 60), out);
	fclose(out);
	struct zone *zone = zone_of_text(origin, text, len);
	assert_non_null(zone);
	free(text);
	return zone;
}

static void
trial_init(struct trial *trial, unsigned seed)
{
	static const char *const origins[] = {"example.com.", ".", "a.a.", "com."};
	struct signing_style style = {.has_nsec3 = seed % 3 != 0,
				      .is_opt_out = seed % 3 == 2,
				      .iterations = (uint16_t)(seed % 5),
				      .salt_len = (uint8_t)(seed % 7),
				      .salt = "salted"};
	uint8_t origin[DNAME_LEN_MAX];
	char *text = NULL;
	size_t len = 0;
	name_read(origins[seed % ARRAY_LEN(origins)], origin);
	trial->seed = seed;
	trial->random = random_new(seed);
	trial->unsigned_zone = random_zone(trial, origin);
	signing_init(&trial->signing, trial->unsigned_zone, &style);
	FILE *out = open_memstream(&text, &len);
	signing_print(&trial->signing, out);
	fclose(out);
	struct zone *zone = zone_of_text(origin, text, len);
	assert_non_null(zone);
	trial->version = version_of_zone(zone);
	zone_free(zone);
	free(text);
}

static void
trial_fini(struct trial *trial)
{
	zone_version_free(trial->version);
	signing_fini(&trial->signing);
	zone_free(trial->unsigned_zone);
}

static void
fail_name(const struct trial *trial, const uint8_t *dname, const char *what)
{
	char name[DNAME_TEXT_MAX];
	dname_print(dname, name);
	fail_msg("seed %u, %s: %s", trial->seed, name, what);
}

static void
check_record(const struct trial *trial, const uint8_t *dname, const struct denial_record *record,
	     const struct signing_name *expected, bool is_match)
{
	bool has_nsec3 = trial->signing.style.has_nsec3;
	uint8_t owner[DNAME_LEN_MAX];
	if (has_nsec3)
		signing_owner(&trial->signing, expected->hash, owner);
	else
		dname_lower(expected->dname, owner);
	if (dname_len(record->owner) != dname_len(owner) ||
	    memcmp(record->owner, owner, dname_len(owner)) != 0)
		fail_name(trial, dname, "another owner");
	if (record->is_match != is_match)
		fail_name(trial, dname, "matches or not");
	assert_int_equal(record->rrset->rrtype, has_nsec3 ? RRTYPE_NSEC3 : RRTYPE_NSEC);
	assert_ptr_equal(
	    record->rrset,
	    entry_rrset(trial->version, node_find(record->node, record->rrset->rrtype)));
	assert_non_null(node_find(record->node, RRTYPE_RRSIG));
}

static void
check_nsec3(const struct trial *trial, const uint8_t *dname)
{
	const struct signing *signing = &trial->signing;
	uint8_t hash[NSEC3_HASH_LEN];
	struct denial_record record;
	const struct signing_name *expected = NULL;
	signing_hash(signing, dname, hash);
	const struct signing_name *last = NULL;
	for (size_t i = 0; i < signing->name_count; i++) {
		const struct signing_name *name = &signing->names[i];
		if (name->is_denied)
			last = name;
		if (name->is_denied && memcmp(name->hash, hash, NSEC3_HASH_LEN) <= 0)
			expected = name;
	}
	/* Before the first is the last. */
	expected = expected != NULL ? expected : last;
	assert_non_null(expected);
	if (!denial_nsec3(trial->version, hash, &record))
		fail_name(trial, dname, "no NSEC3");
	check_record(trial, dname, &record, expected,
		     memcmp(expected->hash, hash, NSEC3_HASH_LEN) == 0);
}

static const struct signing_name *
last_name(const struct signing *signing, const uint8_t *dname)
{
	const struct signing_name *last = NULL;
	for (size_t i = 0; i < signing->name_count; i++) {
		if (dname_compare(signing->names[i].dname, dname) <= 0)
			last = &signing->names[i];
	}
	return last;
}

static void
check_nsec(const struct trial *trial, const uint8_t *dname)
{
	struct split_name name;
	struct walk walk;
	struct denial_record record;
	split_name_set(&name, dname);
	enum walk_end end = walk_run(&walk, trial->version, &name, true);
	const struct signing_name *expected = last_name(&trial->signing, dname);
	if (!denial_nsec(&walk, &record))
		fail_name(trial, dname, "no NSEC");
	check_record(trial, dname, &record, expected, dname_equal(dname, expected->dname));

	uint8_t wildcard[DNAME_LEN_MAX];
	if ((end != WALK_ABSENT && end != WALK_WILDCARD) ||
	    !oracle_prepend("\1*", name.dname + name.label_offs[walk.labels_left], wildcard))
		return;
	expected = last_name(&trial->signing, wildcard);
	if (!denial_nsec_wildcard(&walk, &record))
		fail_name(trial, dname, "no NSEC for the wildcard");
	check_record(trial, wildcard, &record, expected, dname_equal(wildcard, expected->dname));
}

static void
check_name(const struct trial *trial, const uint8_t *dname)
{
	if (trial->signing.style.has_nsec3)
		check_nsec3(trial, dname);
	else
		check_nsec(trial, dname);
}

/* The names next to one in canonical order, or nearly so. */
static void
check_neighbours(const struct trial *trial, const uint8_t *dname)
{
	uint8_t near[DNAME_LEN_MAX];
	check_name(trial, dname);
	if (oracle_prepend("\1\0", dname, near))
		check_name(trial, near);
	if (oracle_prepend("\1*", dname, near))
		check_name(trial, near);
	if (oracle_prepend("\1\xff", dname, near))
		check_name(trial, near);
	size_t len = dname_len(dname);
	if (dname_equal(dname, trial->unsigned_zone->origin) || len == DNAME_LEN_MAX)
		return;
	memcpy(near, dname, len);
	for (int step = -1; step <= 1; step += 2) {
		near[dname[0]] = (uint8_t)(dname[dname[0]] + step);
		check_name(trial, near);
	}
	if (dname[0] == LABEL_LEN_MAX)
		return;
	near[0] = (uint8_t)(dname[0] + 1);
	memcpy(near + 1, dname + 1, dname[0]);
	near[near[0]] = 0;
	memcpy(near + 1 + near[0], dname + 1 + dname[0], len - 1u - dname[0]);
	check_name(trial, near);
}

static void
check_denial(const struct trial *trial)
{
	const struct denial *denial = denial_of(trial->version);
	const struct signing *signing = &trial->signing;
	uint8_t hash[NSEC3_HASH_LEN];
	uint8_t wildcard[DNAME_LEN_MAX];
	assert_non_null(denial);
	assert_int_equal(denial->kind, signing->style.has_nsec3 ? DENIES_BY_NSEC3 : DENIES_BY_NSEC);
	if (!signing->style.has_nsec3)
		return;
	assert_int_equal(denial->iterations, signing->style.iterations);
	assert_int_equal(denial->salt_len, signing->style.salt_len);
	assert_memory_equal(denial->salt, signing->style.salt, denial->salt_len);
	signing_hash(signing, trial->unsigned_zone->origin, hash);
	assert_memory_equal(denial->apex_hash, hash, sizeof(hash));
	assert_true(oracle_prepend("\1*", trial->unsigned_zone->origin, wildcard));
	signing_hash(signing, wildcard, hash);
	assert_memory_equal(denial->wildcard_hash, hash, sizeof(hash));
}

/* No question finds the owners of NSEC3 (RFC 5155 7.2.8). */
static void
check_hidden(const struct trial *trial)
{
	const struct signing *signing = &trial->signing;
	for (size_t i = 0; signing->style.has_nsec3 && i < signing->name_count; i++) {
		uint8_t owner[DNAME_LEN_MAX];
		struct split_name name;
		struct walk walk;
		signing_owner(signing, signing->names[i].hash, owner);
		split_name_set(&name, owner);
		assert_int_not_equal(walk_run(&walk, trial->version, &name, true), WALK_FOUND);
	}
}

/* All that lies in the store is known to be something, once. */
static void
check_usage(const struct trial *trial)
{
	const struct zone_image *image = version_image(trial->version);
	struct usage usage;
	assert_int_equal(usage_of(trial->version, &usage), STATUS_OK);
	assert_int_equal(usage.octets[USAGE_UNUSED], 0);
	assert_int_equal(usage.overlap_count, 0);
	assert_int_equal(usage.name_count, image->name_count);
	assert_int_equal(usage.rr_count, image->rr_count);
}

static void
test_random_zones(void **state)
{
	struct trial *trial = calloc(1, sizeof(*trial));
	assert_non_null(trial);
	for (unsigned seed = 0; seed < TRIAL_COUNT; seed++) {
		trial_init(trial, seed);
		check_denial(trial);
		check_hidden(trial);
		check_usage(trial);
		for (size_t i = 0; i < trial->unsigned_zone->rrset_count; i++) {
			const uint8_t *owner = trial->unsigned_zone->rrsets[i].owner;
			if (i > 0 && owner == trial->unsigned_zone->rrsets[i - 1].owner)
				continue;
			for (; !dname_equal(owner, trial->unsigned_zone->origin);
			     owner = dname_skip(owner, 1))
				check_neighbours(trial, owner);
			check_neighbours(trial, owner);
		}
		for (unsigned i = 0; i < RANDOM_NAMES; i++) {
			uint8_t dname[DNAME_LEN_MAX];
			oracle_near_name(&trial->names, dname);
			if (dname_is_within(dname, trial->unsigned_zone->origin))
				check_name(trial, dname);
		}
		trial_fini(trial);
	}
	free(trial);
}

/* -- zones that other programs signed: each record is found for its owner and for what follows --
 */

static void
check_nsec_of_node(const struct zone_version *version, const uint8_t *owner)
{
	uint8_t behind[DNAME_LEN_MAX];
	struct split_name name;
	struct walk walk;
	struct denial_record record;
	split_name_set(&name, owner);
	walk_run(&walk, version, &name, true);
	assert_true(denial_nsec(&walk, &record));
	assert_true(record.is_match && dname_equal(record.owner, owner));
	assert_true(oracle_prepend("\1\0", owner, behind));
	split_name_set(&name, behind);
	walk_run(&walk, version, &name, true);
	assert_true(denial_nsec(&walk, &record));
	assert_true(!record.is_match && dname_equal(record.owner, owner));
}

static size_t
check_nsecs(const struct zone_version *version)
{
	size_t count = 0;
	struct visit visit;
	visit_start(&visit, version, version_image(version)->apex, version_origin(version), false);
	while (visit_next(&visit)) {
		if (node_find(visit.node, RRTYPE_NSEC) == NULL)
			continue;
		check_nsec_of_node(version, visit.owner);
		count++;
	}
	visit_fini(&visit);
	return count;
}

static size_t
check_nsec3s(const struct zone_version *version)
{
	ref *nodes;
	size_t count;
	assert_int_equal(denial_nsec3_nodes(version, &nodes, &count), STATUS_OK);
	for (size_t i = 0; i < count; i++) {
		uint8_t owner[1 + NSEC3_LABEL_LEN] = {NSEC3_LABEL_LEN};
		uint8_t hash[NSEC3_HASH_LEN];
		struct denial_record record;
		const struct node *node = version_node(version, nodes[i]);
		memcpy(owner + 1, node_label(node), NSEC3_LABEL_LEN);
		assert_true(nsec3_owner_hash(owner, hash));
		assert_true(denial_nsec3(version, hash, &record));
		assert_true(record.is_match && record.node == node);
		/* Nobody found two SHA-1 hashes that differ in the last octet alone. */
		hash[NSEC3_HASH_LEN - 1]++;
		assert_true(denial_nsec3(version, hash, &record));
		assert_false(record.is_match);
		if (hash[NSEC3_HASH_LEN - 1] != 0)
			assert_ptr_equal(record.node, node);
	}
	free(nodes);
	return count;
}

static void
check_file(const char *path)
{
	uint8_t origin[DNAME_LEN_MAX];
	struct findings findings;
	struct zone *zone;
	name_read("example.com.", origin);
	findings_init(&findings);
	assert_int_equal(zone_read(origin, path, NULL, &findings, &zone), STATUS_OK);
	findings_fini(&findings);
	struct zone_version *version = version_of_zone(zone);
	bool has_nsec3 = zone_find(zone, origin, RRTYPE_NSEC3PARAM) != NULL;
	assert_int_equal(denial_of(version)->kind, has_nsec3 ? DENIES_BY_NSEC3 : DENIES_BY_NSEC);
	assert_in_range(has_nsec3 ? check_nsec3s(version) : check_nsecs(version), 5, 1000);
	zone_version_free(version);
	zone_free(zone);
}

static void
test_signed_by_others(void **state)
{
	glob_t found;
	assert_int_equal(glob(SOURCE_ROOT "/tests/zones/signed/*.zone", 0, NULL, &found), 0);
	for (size_t i = 0; i < found.gl_pathc; i++)
		check_file(found.gl_pathv[i]);
	globfree(&found);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_nsec),
	    cmocka_unit_test(test_kind_in_use),
	    cmocka_unit_test(test_cost_is_limited),
	    cmocka_unit_test(test_random_zones),
	    cmocka_unit_test(test_signed_by_others),
	};
	return cmocka_run_group_tests_name("denial", tests, NULL, NULL);
}
