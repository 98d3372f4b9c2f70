/* test_change_cases.c -- change sets one by one: what is refused and how, what is reported, what a
 * change costs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/unit/change_tools.h"
#include "zones/change.h"
#include "zones/compact.h"
#include "zones/dname.h"
#include "zones/trie.h"

static const char case_zone[] = "@ 60 SOA ns h 1 2 3 4 60\n"
				"@ 60 NS ns\n"
				"ns 60 A 192.0.2.1\n"
				"sub 60 NS ns\n"
				"alias 60 CNAME ns\n"
				"moved 60 DNAME elsewhere.\n"
				"www 60 A 192.0.2.1\n"
				"www 60 A 192.0.2.2\n";

static struct zone_version *
case_version(void)
{
	uint8_t origin[DNAME_LEN_MAX];
	name_read("zone.", origin);
	struct zone *zone = zone_of_text(origin, case_zone, strlen(case_zone));
	assert_non_null(zone);
	struct zone_version *version = version_of_zone(zone);
	zone_free(zone);
	return version;
}

static const uint8_t address[] = {192, 0, 2, 1};
static const uint8_t other_address[] = {192, 0, 2, 9};
static const uint8_t target[] = "\2ns\4zone";
static const uint8_t target_upper[] = "\2NS\4zone";
static const uint8_t elsewhere[] = "\1x";

/* What stands in a row after the name. */
#define A_RR(octets) .rrtype = RRTYPE_A, .ttl = 60, .rdata = (octets), .rdlen = 4
#define NAME_RR(type, dname) .rrtype = (type), .ttl = 60, .rdata = (dname), .rdlen = sizeof(dname)

static void
test_refusals(void **state)
{
	static const struct {
		const char *owner;
		struct change change;
		enum status status;
		const char *text;
	} cases[] = {
	    {"other.", {A_RR(address)}, STATUS_INVALID, "change 1, other. A: not within the zone"},
	    {"zone.",
	     {.kind = CHANGE_ADD, .rrtype = RRTYPE_ANY},
	     STATUS_INVALID,
	     "change 1, zone. ANY: a type that no zone holds"},
	    {"a.zone.",
	     {.kind = CHANGE_ADD, .rrtype = RRTYPE_A, .rdata = address, .rdlen = 3},
	     STATUS_INVALID,
	     "change 1, a.zone. A: malformed RDATA"},
	    {"zone.",
	     {.kind = CHANGE_DELETE_NAME},
	     STATUS_REFUSED,
	     "zone. is the zone's apex and would have no SOA"},
	    {"zone.",
	     {.kind = CHANGE_DELETE_RRSET, .rrtype = RRTYPE_NS},
	     STATUS_REFUSED,
	     "zone. is the zone's apex and would have no NS"},
	    {"alias.zone.",
	     {A_RR(address)},
	     STATUS_REFUSED,
	     "alias.zone. would have a CNAME beside other data"},
	    {"alias.zone.",
	     {NAME_RR(RRTYPE_CNAME, elsewhere)},
	     STATUS_REFUSED,
	     "alias.zone. would have more than one CNAME"},
	    {"moved.zone.",
	     {NAME_RR(RRTYPE_NS, target)},
	     STATUS_REFUSED,
	     "moved.zone. would have both DNAME and NS (RFC 6672 2.3)"},
	    {"a.moved.zone.",
	     {A_RR(address)},
	     STATUS_REFUSED,
	     "a.moved.zone. would lie below a DNAME (RFC 6672 2.4)"},
	};
	for (unsigned is_large = 0; is_large < 2; is_large++) {
		struct zone_version *version = case_version();
		if (is_large)
			version = version_make_large(version);
		size_t len = store_len(version->store);
		for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
			uint8_t owner[DNAME_LEN_MAX];
			struct change change = cases[i].change;
			struct zone_version *out = NULL;
			struct error error = {0};
			name_read(cases[i].owner, owner);
			change.owner = owner;
			assert_int_equal(
			    zone_version_derive(version, &change, 1, &out, NULL, &error),
			    cases[i].status);
			assert_string_equal(error.text, cases[i].text);
			assert_null(out);
			assert_int_equal(store_len(version->store), len);
		}
		zone_version_free(version);
	}
}

/* What was there and what was not; and of records that are one but for case, which is kept. */
static void
test_reports(void **state)
{
	uint8_t www[DNAME_LEN_MAX];
	uint8_t sub[DNAME_LEN_MAX];
	name_read("www.zone.", www);
	name_read("sub.zone.", sub);
	const struct change changes[] = {
	    {.kind = CHANGE_ADD, .owner = www, A_RR(address)},
	    {.kind = CHANGE_DELETE_RR, .owner = www, A_RR(other_address)},
	    {.kind = CHANGE_ADD, .owner = www, A_RR(other_address)},
	    {.kind = CHANGE_ADD, .owner = www, A_RR(other_address)},
	    {.kind = CHANGE_ADD, .owner = sub, NAME_RR(RRTYPE_NS, target_upper)},
	    {.kind = CHANGE_DELETE_RRSET, .owner = sub, .rrtype = RRTYPE_NS},
	    {.kind = CHANGE_ADD, .owner = sub, NAME_RR(RRTYPE_NS, target_upper)},
	};
	struct zone_version *version = case_version();
	struct zone_version *next;
	struct change_report report;
	struct error error;
	assert_int_equal(
	    zone_version_derive(version, changes, ARRAY_LEN(changes), &next, &report, &error),
	    STATUS_OK);
	assert_int_equal(report.repeated_count, 3);
	assert_int_equal(report.absent_count, 1);
	assert_int_equal(report.owner_count, 2);
	struct split_name name;
	struct walk walk;
	split_name_set(&name, sub);
	walk_run(&walk, next, &name, true);
	const struct rrset *ns = entry_rrset(next, node_find(walk.node, RRTYPE_NS));
	assert_memory_equal(rr_first(ns).rdata, target_upper, sizeof(target_upper));
	assert_int_equal(version_image(next)->rr_count, version_image(version)->rr_count + 1);
	zone_version_free(next);
	zone_version_free(version);
}

/* A host that many names point at costs what one costs. */
static void
test_host_of_many(void **state)
{
	enum { USERS = 20000, GROWTH_MAX = 8192 };
	uint8_t origin[DNAME_LEN_MAX];
	uint8_t ns[DNAME_LEN_MAX];
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	name_read("zone.", origin);
	name_read("ns.zone.", ns);
	fputs(case_zone, out);
	for (unsigned i = 0; i < USERS; i++)
		fprintf(out, "u%u 60 NS ns\n", i);
	fclose(out);
	struct zone *zone = zone_of_text(origin, text, len);
	struct zone_version *version = version_of_zone(zone);
	zone_free(zone);
	free(text);

	const struct change changes[] = {
	    {.kind = CHANGE_DELETE_RRSET, .owner = ns, .rrtype = RRTYPE_A},
	    {.kind = CHANGE_ADD, .owner = ns, A_RR(other_address)},
	};
	size_t before = store_len(version->store);
	struct zone_version *next;
	struct error error;
	assert_int_equal(zone_version_derive(version, changes, 2, &next, NULL, &error), STATUS_OK);
	assert_ptr_equal(next->store, version->store);
	assert_in_range(store_len(next->store) - before, 1, GROWTH_MAX);
	for (unsigned i = 0; i < 2; i++) {
		uint8_t message[MESSAGE_LEN_MAX + ENGINE_CANARY_LEN];
		uint8_t user[DNAME_LEN_MAX];
		struct engine engine;
		name_read("u77.zone.", user);
		engine_of_version(&engine, origin, i == 0 ? version : next);
		struct question question = {
		    .qname = user, .qtype = RRTYPE_A, .udp_payload = NO_EDNS};
		size_t got = engine_ask(&engine, TRANSPORT_UDP, message,
					question_put(&question, message), MESSAGE_LEN_PLAIN, NULL);
		assert_memory_equal(message + got - 4, i == 0 ? address : other_address, 4);
		zoneset_free(engine.zoneset);
	}
	zone_version_free(next);
	zone_version_free(version);
}

/* A full store with garbage says so, keeps what it has, and a compaction makes room. */
static void
test_full_store(void **state)
{
	uint8_t www[DNAME_LEN_MAX];
	name_read("www.zone.", www);
	struct change change = {.kind = CHANGE_ADD, .owner = www, A_RR(other_address)};
	struct change earlier = {.kind = CHANGE_DELETE_RRSET, .owner = www, .rrtype = RRTYPE_A};
	struct zone_version *large = version_make_large(case_version());
	struct zone_version *version;
	struct zone_version *next;
	struct error error;
	assert_int_equal(zone_version_derive(large, &earlier, 1, &version, NULL, &error),
			 STATUS_OK);
	zone_version_free(large);
	size_t len = store_len(version->store);
	uint32_t cap = version->store->cap;
	version->store->cap = (uint32_t)((len + 64) / REF_UNIT);
	assert_int_equal(zone_version_derive(version, &change, 1, &next, NULL, &error),
			 STATUS_LIMIT);
	assert_int_equal(store_len(version->store), len);
	version->store->cap = cap;
	struct zone_version *dense;
	assert_int_equal(zone_version_compact(version, NULL, &dense, &error), STATUS_OK);
	assert_int_equal(zone_version_derive(dense, &change, 1, &next, NULL, &error), STATUS_OK);
	assert_int_equal(version_image(next)->rr_count, version_image(version)->rr_count + 1);
	zone_version_free(next);
	zone_version_free(dense);
	zone_version_free(version);
}

/* More than the room behind a dense store: it takes a longer one, and no second compaction. */
static void
test_set_longer_than_the_zone(void **state)
{
	enum { ADDED = 20000 };
	static uint8_t owners[ADDED][DNAME_LEN_MAX];
	static struct change changes[ADDED];
	uint8_t origin[DNAME_LEN_MAX];
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	name_read("zone.", origin);
	fputs(case_zone, out);
	for (unsigned i = 0; i < ADDED / 2; i++)
		fprintf(out, "u%u 60 A 192.0.2.1\n", i);
	fclose(out);
	struct zone *zone = zone_of_text(origin, text, len);
	struct zone_version *version = version_of_zone(zone);
	zone_free(zone);
	free(text);
	assert_in_range(store_len(version->store), STORE_COPIED_LEN_MAX + 1, SIZE_MAX);

	for (unsigned i = 0; i < ADDED; i++) {
		char name[16];
		snprintf(name, sizeof(name), "v%u.zone.", i);
		name_read(name, owners[i]);
		changes[i] = (struct change){.kind = CHANGE_ADD, .owner = owners[i], A_RR(address)};
	}
	struct zone_version *next;
	struct error error;
	assert_int_equal(zone_version_derive(version, changes, ADDED, &next, NULL, &error),
			 STATUS_OK);
	assert_int_equal(version_image(next)->rr_count, version_image(version)->rr_count + ADDED);
	zone_version_free(next);
	zone_version_free(version);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_refusals),
	    cmocka_unit_test(test_reports),
	    cmocka_unit_test(test_host_of_many),
	    cmocka_unit_test(test_full_store),
	    cmocka_unit_test(test_set_longer_than_the_zone),
	};
	return cmocka_run_group_tests_name("change_cases", tests, NULL, NULL);
}
