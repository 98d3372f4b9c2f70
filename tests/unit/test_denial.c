/* test_denial.c -- the NSEC and NSEC3 for names. */
#include "zones/denial.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "tests/unit/change_tools.h"
#include "zones/dname.h"

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

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_nsec),
	};
	return cmocka_run_group_tests_name("denial", tests, NULL, NULL);
}
