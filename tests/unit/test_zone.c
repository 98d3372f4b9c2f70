/* test_zone.c -- records to a zone: order, RRsets, duplicates, and what check.c finds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "zones/dname.h"
#include "zones/rdata.h"
#include "zones/unreachable.h"
#include "zones/zone.h"

#define HASH "0p9mhaveqvm6t7vbl5lop2u3t2rp3tom"
#define HEAD "$TTL 60\n@ SOA ns h 1 2 3 4 5\n@ NS ns\nns A 192.0.2.1\n"

static struct zone *
read_zone(const char *text, struct findings *findings)
{
	struct zone *zone = NULL;
	findings_init(findings);
	enum status status =
	    zone_read_text((const uint8_t *)"\1O", &(struct zone_text){"text", text, strlen(text)},
			   NULL, findings, &zone);
	assert_int_equal(findings->error_count == 0 ? STATUS_OK : STATUS_INVALID, status);
	assert_true((zone != NULL) == (findings->error_count == 0));
	return zone;
}

/* Kinds found, each once: names of FINDING_KINDS in their order, with a space behind each. */
static void
kinds_of(const struct findings *findings, char out[1024])
{
	static const char *const names[] = {
#define FINDING_NAME_TEXT(name, severity, help) #name,
	    FINDING_KINDS(FINDING_NAME_TEXT)
#undef FINDING_NAME_TEXT
	};
	*out = '\0';
	for (size_t kind = 0; kind < FINDING_KIND_COUNT; kind++) {
		for (size_t i = 0; i < findings->kind_counts[kind]; i++)
			strcat(strcat(out, names[kind]), " ");
	}
}

static const struct {
	const char *text;
	const char *kinds;
} cases[] = {
    {HEAD, ""},
    {HEAD "a A x\n", "RDATA "},
    {"", "SOA_MISSING NS_MISSING "},
    {"$TTL 60\n@ NS ns\nns A 192.0.2.1\n", "SOA_MISSING "},
    {"$TTL 60\n@ SOA ns h 1 2 3 4 5\n", "NS_MISSING "},
    /* what could not be read is not reported as missing as well */
    {"$TTL 60\n@ SOA ns h 1 2 3 4 x\n", "RDATA "},
    {HEAD "a MX 1 b\nb A x\n", "RDATA "},
    {HEAD "@ SOA ns h 2 2 3 4 5\n", "SOA_MULTIPLE "},
    {HEAD "@ SOA NS H 1 2 3 4 5\n", "DUPLICATE "},
    {HEAD "a SOA ns h 2 2 3 4 5\n", "SOA_NOT_AT_APEX "},
    {HEAD "a. A 192.0.2.2\n", "OUT_OF_ZONE "},
    {HEAD "a.\\111 A 192.0.2.2\n", ""},
    {HEAD "a A 192.0.2.2\nA A 192.0.2.2\n", "DUPLICATE "},
    {HEAD "a A 192.0.2.2\na 61 A 192.0.2.3\na 62 A 192.0.2.4\n", "TTL_MISMATCH "},
    {HEAD "a A 192.0.2.2\na 61 AAAA ::5\n", ""},
    /* CNAME */
    {HEAD "a CNAME b\na A 192.0.2.2\n", "CNAME_AND_OTHER "},
    {HEAD "a CNAME b\na CNAME c\n", "SINGLETON "},
    {HEAD "a CNAME b\na DNAME c\n", "CNAME_AND_OTHER "},
    {HEAD "a CNAME b\n RRSIG CNAME 8 1 60 1 0 1 o. AAAA\n NSEC b CNAME\n KEY NOKEY 3 8\n"
	  " SIG CNAME 8 1 60 1 0 1 o. AAAA\n NXT b CNAME\n",
     ""},
    {HEAD "a CNAME b\n DNSKEY 256 3 8 AAAA\n", "CNAME_AND_OTHER "},
    /* DNAME */
    {HEAD "a DNAME b\n A 192.0.2.2\n", ""},
    {HEAD "a DNAME b\na DNAME c\n", "SINGLETON "},
    {HEAD "a DNAME b\nb.a A 192.0.2.2\nc.b.a TXT x\nd TXT x\n", "DNAME_AND_BELOW DNAME_AND_BELOW "},
    {HEAD "a DNAME b\n NS ns\n", "DNAME_AND_NS "},
    {HEAD HASH " NSEC3 1 0 0 - " HASH " A\n TXT x\n", "NSEC3_AND_OTHER "},
    {HEAD HASH ".b NSEC3 1 0 0 - " HASH " A\n TXT x\n", ""},
    {HEAD "b NSEC3 1 0 0 - " HASH " A\n TXT x\n", ""},
    {"$TTL 60\n@ SOA n. h 1 2 3 4 5\n NS n.\n DNAME b.\n", ""},
    {"$TTL 60\n@ SOA n. h 1 2 3 4 5\n NS n.\n DNAME b.\na TXT x\n", "DNAME_AND_BELOW "},
    /* glue */
    {HEAD "a NS b.a\n", "GLUE_MISSING "},
    {HEAD "a NS a\n", "GLUE_MISSING "},
    {HEAD "a NS b.a\nb.a AAAA 2001:db8::1\n", ""},
    {HEAD "a NS B.A\nb.a A 192.0.2.1\n", ""},
    {HEAD "a NS b.c\nc NS ns\n", "TARGET_MISSING "},
    {HEAD "a NS b.c\nc NS ns\nb.c A 192.0.2.2\n", ""},
    {HEAD "a NS ns.elsewhere.\n", ""},
    {HEAD "@ NS ns2\n", "TARGET_MISSING "},
    {HEAD "@ NS ns2\nns2 CNAME ns\n", "TARGET_ALIAS "},
    {HEAD "a MX 1 b\n MX 2 ns\n MX 3 c.\n MX 4 .\n", "TARGET_MISSING "},
    {HEAD "a MX 1 b\nb CNAME ns\n", "TARGET_ALIAS "},
    /* a wildcard gives addresses, unless a name below it is there */
    {HEAD "a MX 1 b.w\n*.w A 192.0.2.2\n", ""},
    {HEAD "a MX 1 c.b.w\n*.w A 192.0.2.2\n", ""},
    {HEAD "a MX 1 b.w\n*.w A 192.0.2.2\nz TXT x\n", ""},
    {HEAD "a MX 1 c.b.w\n*.w A 192.0.2.2\nb.w TXT x\n", "TARGET_MISSING "},
    {HEAD "a MX 1 b.w\n*.w CNAME ns\n", "TARGET_ALIAS "},
    {HEAD "a MX 1 b.c.w\n*.w A 192.0.2.2\nd.c.w A 192.0.2.2\n", "TARGET_MISSING "},
    {HEAD "a MX 1 c.w\n*.w A 192.0.2.2\nd.c.w A 192.0.2.2\n", "TARGET_MISSING "},
    {HEAD "a MX 1 z.y\n* A 192.0.2.2\n", ""},
    /* hidden data */
    {HEAD "a NS ns\nb.a TXT x\n", "OCCLUDED "},
    {HEAD "a NS ns\nb.a A 192.0.2.2\n", ""},
    {HEAD "a NS ns\n DS 1 8 200 00\n NSEC b NS\n RRSIG DS 8 1 60 1 0 1 o. AAAA\n A 192.0.2.2\n",
     ""},
    {HEAD "a NS ns\n MX 1 gone\n", "TARGET_MISSING OCCLUDED "},
    {HEAD "a NS ns\nb.a NS c.b.a\n", "OCCLUDED "},
    {HEAD "a NS ns\nab TXT x\na-.a TXT x\n", "OCCLUDED "},
    /* addresses of name servers, each once, however many delegations name it */
    {HEAD "a NS x\nb NS x\nx A 127.0.0.1\nx AAAA ::1\n",
     "ADDRESS_UNREACHABLE ADDRESS_UNREACHABLE "},
    {HEAD "a MX 1 x\nx A 127.0.0.1\n", ""},
};

static void
test_findings(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct findings findings;
		char kinds[1024];
		zone_free(read_zone(cases[i].text, &findings));
		kinds_of(&findings, kinds);
		if (strcmp(kinds, cases[i].kinds) != 0)
			fail_msg("%s\nexpected %s\ngot %s", cases[i].text, cases[i].kinds, kinds);
		findings_fini(&findings);
	}
}

static void
test_order(void **state)
{
	struct findings findings;
	struct zone *zone = read_zone(HEAD "Zz TXT b\n*.ZZ TXT x\nzz TXT A\nzz TXT a\nzz TXT B\n"
					   "zz A 192.0.2.9\nzz A 192.0.2.8\n\\000.zz TXT x\n"
					   "\\001.zz TXT x\nzz-a TXT x\nz TXT x\n",
				      &findings);
	static const char *const owners[] = {"o.",      "o.",     "ns.o.",       "z.o.",
					     "zz.o.",   "zz.o.",  "\\000.zz.o.", "\\001.zz.o.",
					     "*.zz.o.", "zz-a.o."};
	assert_non_null(zone);
	assert_int_equal(0, findings.warning_count);
	assert_int_equal(ARRAY_LEN(owners), zone->rrset_count);
	assert_int_equal(8, zone->name_count);
	assert_int_equal(14, zone->rr_count);
	assert_memory_equal("\1o", zone->origin, 3);
	for (size_t i = 0; i < zone->rrset_count; i++) {
		char owner[DNAME_TEXT_MAX];
		dname_print(zone->rrsets[i].owner, owner);
		assert_string_equal(owners[i], owner);
	}
	assert_ptr_equal(zone->rrsets[4].owner, zone->rrsets[5].owner);

	const struct zone_rrset *txt = zone_find(zone, (const uint8_t *)"\2ZZ\1o", RRTYPE_TXT);
	assert_non_null(txt);
	assert_int_equal(4, txt->rr_count);
	for (uint32_t i = 0; i < txt->rr_count; i++)
		assert_int_equal("ABab"[i], zone_rdata(zone, zone_rrs(zone, txt) + i).octets[1]);
	assert_null(zone_find(zone, (const uint8_t *)"\2zz\1o", RRTYPE_MX));
	assert_null(zone_find(zone, (const uint8_t *)"\2zy\1o", RRTYPE_TXT));
	zone_free(zone);
	findings_fini(&findings);
}

/* The case of owners is folded, that of RDATA kept; the smallest TTL wins; the file and line stay.
 */
static void
test_rrset(void **state)
{
	struct findings findings;
	struct zone *zone = read_zone(HEAD "A 30 NS Ns.Elsewhere.\na 20 NS x.elsewhere.\n"
					   "a 10 NS NS.elsewhere.\n",
				      &findings);
	assert_non_null(zone);
	const struct zone_rrset *set = zone_find(zone, (const uint8_t *)"\1a\1o", RRTYPE_NS);
	assert_non_null(set);
	assert_int_equal(2, set->rr_count);
	assert_int_equal(10, set->ttl);
	assert_int_equal('a', set->owner[1]);
	const struct zone_rr *first = zone_rrs(zone, set);
	assert_memory_equal("\1x", zone_rdata(zone, first).octets, 2);
	assert_memory_equal("\2Ns\11Elsewhere", zone_rdata(zone, first + 1).octets, 14);
	struct zone_place place = zone_place(zone, first + 1);
	assert_int_equal(5, place.line);
	assert_int_equal(1, place.column);
	assert_string_equal("text", place.file);
	assert_int_equal(1, findings.kind_counts[FINDING_DUPLICATE]);
	zone_free(zone);
	findings_fini(&findings);
}

/* Random records, in random order, sort as a plain quadratic look at every pair says. */
static void
test_random_order(void **state)
{
	static const char *const labels[] = {"a",          "b",     "\\000", "\\001",
					     "\\000\\000", "ab",    "*",     "abcdefghij",
					     "abcdefghik", "\\255", "A",     "a\\000"};
	srand(4);
	for (unsigned round = 0; round < 50; round++) {
		char *text = malloc(1 << 16);
		assert_non_null(text);
		size_t len = (size_t)sprintf(text, "%s", HEAD);
		for (unsigned i = 0; i < 200; i++) {
			for (int depth = rand() % 4; depth >= 0; depth--)
				len += (size_t)sprintf(text + len, "%s%s",
						       labels[(size_t)rand() % ARRAY_LEN(labels)],
						       depth > 0 ? "." : "");
			len += (size_t)sprintf(text + len, " A 192.0.2.%d\n", rand() % 4);
		}
		struct findings findings;
		struct zone *zone = read_zone(text, &findings);
		assert_non_null(zone);
		assert_int_equal(203 - findings.kind_counts[FINDING_DUPLICATE], zone->rr_count);
		for (size_t i = 1; i < zone->rrset_count; i++) {
			const struct zone_rrset *before = &zone->rrsets[i - 1];
			const struct zone_rrset *set = &zone->rrsets[i];
			int order = dname_compare(before->owner, set->owner);
			assert_true(order < 0 || (order == 0 && before->rrtype < set->rrtype));
			assert_ptr_equal(set, zone_find(zone, set->owner, set->rrtype));
		}
		zone_free(zone);
		findings_fini(&findings);
		free(text);
	}
}

static void
test_many_findings(void **state)
{
	char *text = malloc(1 << 16);
	assert_non_null(text);
	size_t len = (size_t)sprintf(text, "%s", HEAD);
	for (unsigned i = 0; i < 1000; i++)
		len += (size_t)sprintf(text + len, "a A x\nb A 192.0.2.1\n");
	struct findings findings;
	assert_null(read_zone(text, &findings));
	assert_int_equal(1000, findings.error_count);
	assert_int_equal(999, findings.warning_count);
	assert_int_equal(1000, findings.kind_counts[FINDING_RDATA]);
	assert_int_equal(2 * FINDINGS_PER_KIND_MAX, findings.entry_count);
	findings_fini(&findings);
	free(text);
}

/* One record more than an RRset may have; the one before it is the last that may be. */
static void
test_a_huge_rrset(void **state)
{
	char *text = malloc(4 << 20);
	assert_non_null(text);
	size_t len = (size_t)sprintf(text, "%s", HEAD);
	for (unsigned i = 0; i < RRSET_RR_COUNT_MAX; i++)
		len += (size_t)sprintf(text + len, "a 60 A 10.%u.%u.%u\n", i >> 16, i >> 8 & 255,
				       i & 255);
	struct findings findings;
	struct zone *zone = read_zone(text, &findings);
	assert_non_null(zone);
	zone_free(zone);
	findings_fini(&findings);

	sprintf(text + len, "a 60 A 192.0.2.1\n");
	assert_null(read_zone(text, &findings));
	assert_int_equal(1, findings.error_count);
	assert_int_equal(1, findings.kind_counts[FINDING_RRSET_LARGE]);
	findings_fini(&findings);
	free(text);
}

static void
test_unreachable(void **state)
{
	static const uint8_t bad[][4] = {
	    {0, 0, 0, 0},   {0, 255, 255, 255},   {127, 0, 0, 1},      {169, 254, 0, 0},
	    {224, 0, 0, 0}, {239, 255, 255, 255}, {255, 255, 255, 255}};
	static const uint8_t good[][4] = {
	    {1, 0, 0, 0},     {126, 255, 255, 255}, {128, 0, 0, 0},       {169, 253, 0, 0},
	    {169, 255, 0, 0}, {223, 255, 255, 255}, {255, 255, 255, 254}, {10, 0, 0, 1}};
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_non_null(unreachable_reason(bad[i], 4));
	for (size_t i = 0; i < ARRAY_LEN(good); i++)
		assert_null(unreachable_reason(good[i], 4));
	static const uint8_t bad6[][16] = {{0},          {[15] = 1},
					   {0xfe, 0x80}, {0xfe, 0xbf},
					   {0xff, 2},    {[10] = 0xff, 0xff, 10, 0, 0, 1}};
	static const uint8_t good6[][16] = {{[15] = 2}, {0xfe, 0xc0}, {0xfe, 0x7f},
					    {0x20, 1},  {0xfc},       {[10] = 0xff, 0xfe}};
	for (size_t i = 0; i < ARRAY_LEN(bad6); i++)
		assert_non_null(unreachable_reason(bad6[i], 16));
	for (size_t i = 0; i < ARRAY_LEN(good6); i++)
		assert_null(unreachable_reason(good6[i], 16));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_findings),      cmocka_unit_test(test_order),
	    cmocka_unit_test(test_rrset),         cmocka_unit_test(test_random_order),
	    cmocka_unit_test(test_many_findings), cmocka_unit_test(test_a_huge_rrset),
	    cmocka_unit_test(test_unreachable),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
