/* test_signed_zones.c -- several zones served together, some of them signed: what is said, signed
 * and proved where an answer leads from one into another, and where it ends. */
#include "tests/unit/engine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/unit/signing.h"
#include "zones/dname.h"
#include "zones/rrtype.h"
#include "zones/section.h"

#define LABEL_63 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define HEAD "@ 60 SOA ns h 1 2 3 4 60\n@ NS ns\nns A 192.0.2.1\n"

static const struct {
	const char *origin;
	const char *text;
	bool is_signed;
} zones[] = {
    {"one.",
     HEAD "alias CNAME alias.two.\nnx CNAME nothing.two.\nnd CNAME ns.two.\nwild CNAME x.w.two.\n"
	  "*.w CNAME y.w.two.\nloop CNAME loop.two.\nself CNAME self\nout CNAME www.elsewhere.\n"
	  "plain CNAME ns.plain.\nopen CNAME www.open.two.\n"
	  "sub DNAME two.\n*.d DNAME two.\nend TXT here\n"
	  "grow DNAME " LABEL_63 ".two.plain.\nbare NS ns.bare\nns.bare A 192.0.2.2\n"
	  "c0 CNAME c0.two.\nc1 CNAME c1.two.\nc2 CNAME c2.two.\nc3 CNAME c3.two.\n"
	  "c4 CNAME c4.two.\nc5 CNAME c5.two.\nc6 CNAME c6.two.\nc7 CNAME c7.two.\n",
     true},
    {"two.",
     HEAD "@ CDS 0 0 0 00\n@ CDNSKEY 0 3 0 AA==\n@ ZONEMD 1 1 241 00112233445566778899aabb\n"
	  "alias CNAME www.safe\n*.w A 192.0.2.2\nloop CNAME Loop.One.\n"
	  "safe NS ns.safe\nsafe DS 1 8 2 " /* RDATA as long as SHA-256's */
	  "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n"
	  "ns.safe A 192.0.2.3\nopen NS ns.open\nns.open A 192.0.2.4\n"
	  "c0 CNAME c1.one.\nc1 CNAME c2.one.\nc2 CNAME c3.one.\nc3 CNAME c4.one.\n"
	  "c4 CNAME c5.one.\nc5 CNAME c6.one.\nc6 CNAME c7.one.\nc7 A 192.0.2.5\n",
     true},
    {"apex.", "@ 60 SOA ns.one. h.one. 1 2 3 4 60\n@ NS ns.one.\n@ DNAME one.\n@ TXT apex\n", true},
    {"plain.",
     HEAD "to CNAME ns.two.\n"
	  /* of RFC 2535: data like any other, which may stand beside an alias (RFC 2181 10.1) */
	  "old A 192.0.2.6\nold KEY 256 3 13 AQID\nold NXT to A KEY SIG NXT\n"
	  "old SIG KEY 13 2 60 20300101000000 20200101000000 1 plain. AAAA\n"
	  "keyed CNAME old\nkeyed KEY 256 3 13 AQIE\n"
	  "two DNAME " LABEL_63 "." LABEL_63 "\n"
	  "" LABEL_63 "." LABEL_63 " DNAME " LABEL_63 "." LABEL_63 "." LABEL_63 "\n",
     false},
};

/* What is asked, with DO, and what is answered: "rcode; an OWNER TYPE; au ...", in which "+" says
 * that RRSIGs come with the RRset. Flags but AA are 0. */
static const struct {
	const char *qname;
	uint16_t qtype;
	const char *expected;
} cases[] = {
    /* an alias into another zone: the end is that zone's to say and to prove */
    {"nd.one.", RRTYPE_A, "0 aa; an nd.one. CNAME+; an ns.two. A+"},
    {"nd.one.", RRTYPE_TXT, "0 aa; an nd.one. CNAME+; au two. SOA+; au ns.two. NSEC+"},
    {"nx.one.", RRTYPE_A,
     "3 aa; an nx.one. CNAME+; au two. SOA+; au loop.two. NSEC+; au two. NSEC+"},
    {"wild.one.", RRTYPE_A, "0 aa; an wild.one. CNAME+; an x.w.two. A+; au *.w.two. NSEC+"},
    {"any.w.one.", RRTYPE_A,
     "0 aa; an any.w.one. CNAME+; an y.w.two. A+; au *.w.one. NSEC+; au *.w.two. NSEC+"},
    {"any.w.one.", RRTYPE_TXT,
     "0 aa; an any.w.one. CNAME+; au two. SOA+; au *.w.one. NSEC+; au *.w.two. NSEC+"},
    {"any.w.one.", RRTYPE_CNAME, "0 aa; an any.w.one. CNAME+; au *.w.one. NSEC+"},
    {"alias.one.", RRTYPE_A,
     "0 aa; an alias.one. CNAME+; an alias.two. CNAME+; au safe.two. NS; au safe.two. DS+; "
     "ad ns.safe.two. A"},
    {"open.one.", RRTYPE_A,
     "0 aa; an open.one. CNAME+; au open.two. NS; au open.two. NSEC+; ad ns.open.two. A"},
    /* signed to unsigned and back: each part as its zone is */
    {"plain.one.", RRTYPE_A, "0 aa; an plain.one. CNAME+; an ns.plain. A"},
    {"plain.one.", RRTYPE_TXT, "0 aa; an plain.one. CNAME+; au plain. SOA"},
    {"to.plain.", RRTYPE_A, "0 aa; an to.plain. CNAME; an ns.two. A+"},
    {"to.plain.", RRTYPE_TXT, "0 aa; an to.plain. CNAME; au two. SOA+; au ns.two. NSEC+"},
    /* ends: elsewhere, in a circle, after so many (RFC 1034 3.6.2) */
    {"out.one.", RRTYPE_A, "0 aa; an out.one. CNAME+"},
    {"self.one.", RRTYPE_A, "0 aa; an self.one. CNAME+"},
    {"loop.one.", RRTYPE_A, "0 aa; an loop.one. CNAME+; an loop.two. CNAME+"},
    {"c0.one.", RRTYPE_A,
     "0 aa; an c0.one. CNAME+; an c0.two. CNAME+; an c1.one. CNAME+; an c1.two. CNAME+; "
     "an c2.one. CNAME+; an c2.two. CNAME+; an c3.one. CNAME+; an c3.two. CNAME+; "
     "an c4.one. CNAME+; an c4.two. CNAME+; an c5.one. CNAME+; an c5.two. CNAME+; "
     "an c6.one. CNAME+"},
    {"c6.one.", RRTYPE_A,
     "0 aa; an c6.one. CNAME+; an c6.two. CNAME+; an c7.one. CNAME+; an c7.two. A+"},
    /* RFC 6672 5.3.1: the DNAME is signed, the CNAME that it gives is not */
    {"ns.sub.one.", RRTYPE_A, "0 aa; an sub.one. DNAME+; an ns.sub.one. CNAME; an ns.two. A+"},
    {"x.w.sub.one.", RRTYPE_A,
     "0 aa; an sub.one. DNAME+; an x.w.sub.one. CNAME; an x.w.two. A+; au *.w.two. NSEC+"},
    {"no.sub.one.", RRTYPE_A,
     "3 aa; an sub.one. DNAME+; an no.sub.one. CNAME; au two. SOA+; au loop.two. NSEC+; "
     "au two. NSEC+"},
    {"sub.one.", RRTYPE_DNAME, "0 aa; an sub.one. DNAME+"},
    {"sub.one.", RRTYPE_A, "0 aa; au one. SOA+; au sub.one. NSEC+"},
    {"safe.sub.one.", RRTYPE_DS,
     "0 aa; an sub.one. DNAME+; an safe.sub.one. CNAME; an safe.two. DS+"},
    /* a DNAME of all below the apex, and what is the apex' own */
    {"end.apex.", RRTYPE_TXT, "0 aa; an apex. DNAME+; an end.apex. CNAME; an end.one. TXT+"},
    {"ns.sub.apex.", RRTYPE_A,
     "0 aa; an apex. DNAME+; an ns.sub.apex. CNAME; an sub.one. DNAME+; an ns.sub.one. CNAME; "
     "an ns.two. A+"},
    {"apex.", RRTYPE_TXT, "0 aa; an apex. TXT+"},
    {"apex.", RRTYPE_A, "0 aa; au apex. SOA+; au apex. NSEC+"},
    {"apex.", RRTYPE_NSEC, "0 aa; an apex. NSEC+"},
    {"apex.", RRTYPE_DS, "0 aa; au apex. SOA+; au apex. NSEC+"},
    /* a DNAME at a wildcard is what a name synthesized from it may be asked for, and holds for
     * what is below the name "*" (RFC 4592 4.4) */
    {"x.d.one.", RRTYPE_A, "0 aa; au one. SOA+; au *.d.one. NSEC+"},
    {"x.d.one.", RRTYPE_DNAME, "0 aa; an x.d.one. DNAME+; au *.d.one. NSEC+"},
    {"ns.*.d.one.", RRTYPE_A, "0 aa; an *.d.one. DNAME+; an ns.*.d.one. CNAME; an ns.two. A+"},
    /* RFC 6672 2.2: too long at the first step, and at the third */
    {LABEL_63 "." LABEL_63 "." LABEL_63 ".grow.one.", RRTYPE_A, "6 aa; an grow.one. DNAME+"},
    {"x.grow.one.", RRTYPE_A,
     "6 aa; an grow.one. DNAME+; an x.grow.one. CNAME; an two.plain. DNAME; "
     "an x." LABEL_63 ".two.plain. CNAME; an " LABEL_63 "." LABEL_63 ".plain. DNAME"},
    /* what is asked of the name itself */
    {"alias.one.", RRTYPE_CNAME, "0 aa; an alias.one. CNAME+"},
    {"alias.one.", RRTYPE_NSEC, "0 aa; an alias.one. NSEC+"},
    {"alias.one.", RRTYPE_RRSIG, "0 aa; an alias.one. RRSIG CNAME; an alias.one. RRSIG NSEC"},
    {"alias.one.", RRTYPE_ANY, "0 aa; an alias.one. CNAME+"},
    {"end.one.", RRTYPE_ANY, "0 aa; an end.one. TXT+"},
    {"any.w.two.", RRTYPE_ANY, "0 aa; an any.w.two. A+; au *.w.two. NSEC+"},
    {"nothing.two.", RRTYPE_ANY, "3 aa; au two. SOA+; au loop.two. NSEC+; au two. NSEC+"},
    {"w.two.", RRTYPE_ANY, "0 aa; au two. SOA+; au safe.two. NSEC+"},
    {"*.w.two.", RRTYPE_A, "0 aa; an *.w.two. A+"},
    /* at a cut nothing is the parent's to answer but DS (RFC 4035 3.1.4.1) */
    {"safe.two.", RRTYPE_NSEC, "0; au safe.two. NS; au safe.two. DS+; ad ns.safe.two. A"},
    {"safe.two.", RRTYPE_RRSIG, "0; au safe.two. NS; au safe.two. DS+; ad ns.safe.two. A"},
    {"safe.two.", RRTYPE_ANY, "0; au safe.two. NS; au safe.two. DS+; ad ns.safe.two. A"},
    {"safe.two.", RRTYPE_DS, "0 aa; an safe.two. DS+"},
    {"open.two.", RRTYPE_DS, "0 aa; au two. SOA+; au open.two. NSEC+"},
    {"ns.safe.two.", RRTYPE_DS, "0; au safe.two. NS; au safe.two. DS+; ad ns.safe.two. A"},
    /* data that means something to others only */
    {"old.plain.", RRTYPE_KEY, "0 aa; an old.plain. KEY"},
    {"old.plain.", RRTYPE_SIG, "0 aa; an old.plain. SIG"},
    {"old.plain.", RRTYPE_NXT, "0 aa; an old.plain. NXT"},
    {"keyed.plain.", RRTYPE_KEY, "0 aa; an keyed.plain. KEY"},
    {"keyed.plain.", RRTYPE_SIG, "0 aa; an keyed.plain. CNAME; an old.plain. SIG"},
    {"keyed.plain.", RRTYPE_A, "0 aa; an keyed.plain. CNAME; an old.plain. A"},
    {"two.", RRTYPE_CDS, "0 aa; an two. CDS+"},
    {"two.", RRTYPE_CDNSKEY, "0 aa; an two. CDNSKEY+"},
    {"two.", RRTYPE_ZONEMD, "0 aa; an two. ZONEMD+"},
    {"two.", RRTYPE_NSEC3PARAM, "0 aa; au two. SOA+; au two. NSEC+"},
};

static struct engine engine;
static struct decoded decoded;
static uint8_t message[MESSAGE_LEN_MAX + ENGINE_CANARY_LEN];

static struct zone *
read_zone(const uint8_t *origin, const char *text, size_t len)
{
	struct findings findings;
	struct zone *zone = NULL;
	findings_init(&findings);
	enum status status =
	    zone_read_text(origin, &(struct zone_text){"test", text, len}, NULL, &findings, &zone);
	for (size_t i = 0; status != STATUS_OK && i < findings.entry_count; i++) {
		char line[2048];
		finding_print(&findings.entries[i], line, sizeof(line));
		print_error("%s\n", line);
	}
	assert_int_equal(status, STATUS_OK);
	findings_fini(&findings);
	return zone;
}

static struct zone *
sign_zone(struct zone *plain)
{
	static const struct signing_style style = {.has_nsec3 = false};
	struct signing signing;
	char *text;
	size_t len;
	FILE *out = open_memstream(&text, &len);
	signing_init(&signing, plain, &style);
	signing_print(&signing, out);
	fclose(out);
	struct zone *zone = read_zone(plain->origin, text, len);
	signing_fini(&signing);
	free(text);
	zone_free(plain);
	return zone;
}

static int
setup(void **state)
{
	engine_init(&engine);
	for (size_t i = 0; i < ARRAY_LEN(zones); i++) {
		uint8_t origin[DNAME_LEN_MAX];
		name_read(zones[i].origin, origin);
		struct zone *zone = read_zone(origin, zones[i].text, strlen(zones[i].text));
		engine_add_zone(&engine, origin, zones[i].is_signed ? sign_zone(zone) : zone);
	}
	engine_ready(&engine);
	return 0;
}

static int
teardown(void **state)
{
	engine_fini(&engine);
	decoded_fini(&decoded);
	return 0;
}

/* -- answers as text ----------------------------------------------------------------------------
 */

/* One RRset of an answer; a signature is one of what it covers. */
struct said {
	unsigned section;
	char owner[DNAME_TEXT_MAX];
	uint16_t rrtype;
	bool is_signature;
};

static struct said
said_at(size_t idx)
{
	const uint8_t *at = decoded.rrs.octets + decoded.rrs.lines[idx].off;
	const uint8_t *fixed = at + 1 + dname_len(at + 1);
	struct said said = {.section = at[0], .rrtype = be16_read(fixed)};
	dname_print(at + 1, said.owner);
	said.is_signature = said.rrtype == RRTYPE_RRSIG;
	if (said.is_signature)
		said.rrtype = be16_read(fixed + 8);
	return said;
}

static bool
is_same_set(const struct said *a, const struct said *b)
{
	return a->section == b->section && a->rrtype == b->rrtype &&
	       strcmp(a->owner, b->owner) == 0;
}

/* Is the record's RRset there without (or with) `signatures`, among the first `end` records? */
static bool
has_set(const struct said *said, size_t end, bool signatures)
{
	for (size_t i = 0; i < end; i++) {
		struct said other = said_at(i);
		if (other.is_signature == signatures && is_same_set(&other, said))
			return true;
	}
	return false;
}

static void
answer_print(FILE *out)
{
	static const char *const sections[] = {"an", "au", "ad"};
	fprintf(out, "%u%s", decoded.rcode, decoded.flags & FLAG_AA ? " aa" : "");
	for (size_t i = 0; i < decoded.rrs.line_count; i++) {
		char type[RRTYPE_TEXT_MAX];
		struct said said = said_at(i);
		size_t count = decoded.rrs.line_count;
		rrtype_print(said.rrtype, type);
		if (said.is_signature && !has_set(&said, count, false))
			fprintf(out, "; %s %s RRSIG %s", sections[said.section], said.owner, type);
		else if (!said.is_signature && !has_set(&said, i, false))
			fprintf(out, "; %s %s %s%s", sections[said.section], said.owner, type,
				has_set(&said, count, true) ? "+" : "");
	}
}

/* Are they the same parts, in whatever order? The first is the RCODE's. */
static bool
is_same_text(const char *a, const char *b)
{
	char parts[4096];
	size_t count = 0;
	if (strlen(a) != strlen(b) || strlen(a) >= sizeof(parts))
		return false;
	char *save = NULL;
	strcpy(parts, a);
	for (char *part = strtok_r(parts, ";", &save); part != NULL;
	     part = strtok_r(NULL, ";", &save), count++) {
		const char *found = strstr(b, part);
		size_t len = strlen(part);
		while (found != NULL && found[len] != '\0' && found[len] != ';')
			found = strstr(found + 1, part);
		if (found == NULL || (count == 0 && found != b))
			return false;
	}
	return true;
}

static void
ask(const char *qname, uint16_t qtype, bool has_do)
{
	uint8_t dname[DNAME_LEN_MAX];
	name_read(qname, dname);
	struct question question = {
	    .qname = dname, .qtype = qtype, .udp_payload = 4096, .has_do = has_do};
	size_t len = engine_ask(&engine, TRANSPORT_TCP, message, question_put(&question, message),
				MESSAGE_LEN_MAX, NULL);
	assert_true(dns_decode(&decoded, message, len));
	assert_int_equal(decoded.flags & ~(unsigned)(FLAG_AA | FLAG_RCODE), FLAG_QR);
}

static void
test_answers(void **state)
{
	unsigned wrong_count = 0;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char *said;
		size_t len;
		FILE *out = open_memstream(&said, &len);
		ask(cases[i].qname, cases[i].qtype, true);
		answer_print(out);
		fclose(out);
		if (!is_same_text(cases[i].expected, said)) {
			print_error("%s TYPE%u\n  %s\n  %s\n", cases[i].qname, cases[i].qtype,
				    cases[i].expected, said);
			wrong_count++;
		}
		free(said);
	}
	assert_int_equal(wrong_count, 0);
}

/* RFC 3225 3: who does not ask for them gets none, unless they are what is asked for. */
static void
test_without_do(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		ask(cases[i].qname, cases[i].qtype, false);
		for (size_t k = 0; k < decoded.rrs.line_count; k++) {
			struct said said = said_at(k);
			if (said.is_signature)
				assert_int_equal(cases[i].qtype, RRTYPE_RRSIG);
			if (said.rrtype == RRTYPE_NSEC && !said.is_signature)
				assert_int_equal(cases[i].qtype, RRTYPE_NSEC);
			if (said.rrtype == RRTYPE_DS)
				assert_int_equal(cases[i].qtype, RRTYPE_DS);
		}
	}
}

/* RFC 4035 3.1: of a wildcard's records the signature has the labels of the wildcard, and so says
 * that it was one. */
static void
test_signatures_of_wildcards(void **state)
{
	enum { LABELS_OFF = 3 };
	ask("x.y.w.two.", RRTYPE_A, true);
	unsigned count = 0;
	for (size_t i = 0; i < decoded.rrs.line_count; i++) {
		const uint8_t *at = decoded.rrs.octets + decoded.rrs.lines[i].off;
		const uint8_t *fixed = at + 1 + dname_len(at + 1);
		if (*at != SECTION_ANSWER || be16_read(fixed) != RRTYPE_RRSIG)
			continue;
		assert_int_equal(fixed[8 + LABELS_OFF], 2);
		count++;
	}
	assert_int_equal(count, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_answers),
	    cmocka_unit_test(test_without_do),
	    cmocka_unit_test(test_signatures_of_wildcards),
	};
	return cmocka_run_group_tests_name("signed_zones", tests, setup, teardown);
}
