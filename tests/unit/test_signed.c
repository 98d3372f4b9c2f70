/* test_signed.c -- signed zones: ready-made answers against the composer, on every owner, its
 * neighbours and ancestors, and every type; what is ready; what gives way where it does not fit. */
#include "tests/unit/engine.h"

#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "dataplane/ready.h"
#include "tests/unit/signing.h"
#include "zones/additional.h"
#include "zones/dname.h"
#include "zones/signed.h"

static const uint16_t qtypes[] = {
    RRTYPE_A,    RRTYPE_NS,    RRTYPE_CNAME,  RRTYPE_SOA,        RRTYPE_MX,     RRTYPE_TXT,
    RRTYPE_KEY,  RRTYPE_AAAA,  RRTYPE_SRV,    RRTYPE_DNAME,      RRTYPE_DS,     RRTYPE_RRSIG,
    RRTYPE_NSEC, RRTYPE_NSEC3, RRTYPE_DNSKEY, RRTYPE_NSEC3PARAM, RRTYPE_ZONEMD, RRTYPE_CDS,
    RRTYPE_SVCB, RRTYPE_ANY,   65280,
};

static struct engine engine;
static struct decoded ready;
static struct decoded composed;
static struct decoded whole;
static uint8_t message[MESSAGE_LEN_MAX + ENGINE_CANARY_LEN];

enum { PAYLOAD_STEP = 401, CUT_LEN_MAX = 4096 };

static struct question
question_with_do(const uint8_t *qname, uint16_t qtype, int udp_payload)
{
	return (struct question){
	    .qname = qname, .qtype = qtype, .udp_payload = udp_payload, .has_do = true};
}

static void
fail_on(const struct question *question, const char *what)
{
	char name[DNAME_TEXT_MAX];
	dname_print(question->qname, name);
	fprintf(stderr, "--- engine\n");
	decoded_print(&ready, stderr);
	fprintf(stderr, "--- composer\n");
	decoded_print(&composed, stderr);
	fail_msg("%s TYPE%u, payload %d: %s", name, question->qtype, question->udp_payload, what);
}

/* -- ready-made and composed --------------------------------------------------------------------
 */

/* Returns the response's length. */
static size_t
check_question(const struct question *question, enum transport transport)
{
	const unsigned mask = FLAG_AA | FLAG_TC | FLAG_RCODE;
	size_t limit = transport == TRANSPORT_TCP ? MESSAGE_LEN_MAX : (size_t)question->udp_payload;
	size_t len = engine_compose(&engine, message, question_put(question, message),
				    limit - OPT_FIXED_LEN);
	assert_true(len > 0);
	assert_true(dns_decode(&composed, message, len));
	len = engine_ask(&engine, transport, message, question_put(question, message),
			 MESSAGE_LEN_MAX, NULL);
	if (!dns_decode(&ready, message, len))
		fail_on(question, ready.fault);
	if (len > limit)
		fail_on(question, "longer than the client can take");
	if ((ready.flags & mask) != (composed.flags & mask) ||
	    !rr_list_equal(&ready.rrs, &composed.rrs))
		fail_on(question, "ready-made and composed answer differ");
	return len;
}

/* -- what gives way where not all fits ----------------------------------------------------------
 */

struct line {
	const uint8_t *owner;
	unsigned section;
	uint16_t rrtype; /* of an RRSIG what it covers */
	bool is_signature;
};

static struct line
line_of(const struct rr_list *list, size_t idx)
{
	const uint8_t *at = list->octets + list->lines[idx].off;
	const uint8_t *fixed = at + 1 + dname_len(at + 1);
	uint16_t rrtype = be16_read(fixed);
	bool is_signature = rrtype == RRTYPE_RRSIG;
	return (struct line){at + 1, *at, is_signature ? be16_read(fixed + 8) : rrtype,
			     is_signature};
}

/* Has the list a record of the additional RRset that `line` is of, or one that signs it? */
static bool
has_some_of(const struct rr_list *list, const struct line *line, bool signatures_only)
{
	for (size_t i = 0; i < list->line_count; i++) {
		struct line other = line_of(list, i);
		if (other.section == line->section && other.rrtype == line->rrtype &&
		    dname_equal(other.owner, line->owner) &&
		    (other.is_signature || !signatures_only))
			return true;
	}
	return false;
}

/* What `whole` has and `ready` lacks; both are complete but for the additional section. */
static void
check_additional(const struct question *question)
{
	bool is_referral = false;
	bool lacks_glue = false;
	if (!(ready.flags & FLAG_TC) && rr_list_equal(&whole.rrs, &ready.rrs))
		return;
	for (size_t i = 0; i < whole.rrs.line_count; i++) {
		struct line line = line_of(&whole.rrs, i);
		is_referral |= line.section == SECTION_AUTHORITY && line.rrtype == RRTYPE_NS;
	}
	for (size_t i = 0; i < whole.rrs.line_count; i++) {
		struct line line = line_of(&whole.rrs, i);
		if (rr_list_has(&ready.rrs, &whole.rrs, i))
			continue;
		if (line.section < SECTION_ADDITIONAL)
			fail_on(question, "a needed record is missing");
		if (has_some_of(&ready.rrs, &line, false))
			fail_on(question, "an RRset in part, or without its signatures");
		lacks_glue |= is_referral && !has_some_of(&whole.rrs, &line, true);
	}
	for (size_t i = 0; i < ready.rrs.line_count; i++) {
		if (!rr_list_has(&whole.rrs, &ready.rrs, i))
			fail_on(question, "a record that the whole answer lacks");
	}
	if (((ready.flags & FLAG_TC) != 0) != lacks_glue)
		fail_on(question, "TC does not say whether glue is missing");
}

/* RFC 2181 9, RFC 4035 3.1.1, RFC 9471 3.1: all of answer and authority section, proofs and
 * signatures among it, or TC; glue or TC; other additional RRsets with their signatures or not at
 * all. */
static void
check_cut(struct question *question, size_t needed_len, size_t payload)
{
	question->udp_payload = (int)payload;
	check_question(question, TRANSPORT_UDP);
	if (needed_len <= payload)
		check_additional(question);
	else if (!(ready.flags & FLAG_TC) || ready.rrs.line_count > 0)
		fail_on(question, "not TC and nothing, where not all fits");
}

static void
check_sizes(struct question *question)
{
	size_t len = check_question(question, TRANSPORT_TCP);
	assert_true(dns_decode(&whole, message, len));
	/* The composer may point into the QNAME where a template cannot, and does if it must. */
	size_t needed_len = composed.authority_end + OPT_FIXED_LEN;
	size_t last = len < CUT_LEN_MAX ? len : CUT_LEN_MAX;
	/* Each question begins elsewhere: together they come by all sizes. */
	static size_t begin;
	begin = (begin + 37) % PAYLOAD_STEP;
	for (size_t off = begin; MESSAGE_LEN_PLAIN + off < last; off += PAYLOAD_STEP)
		check_cut(question, needed_len, MESSAGE_LEN_PLAIN + off);
	const size_t edges[] = {needed_len, len};
	for (size_t i = 0; i < ARRAY_LEN(edges); i++) {
		if (edges[i] > MESSAGE_LEN_PLAIN && edges[i] <= CUT_LEN_MAX) {
			check_cut(question, needed_len, edges[i]);
			check_cut(question, needed_len, edges[i] - 1);
		}
	}
	check_cut(question, needed_len, UDP_PAYLOAD_DEFAULT);
}

/* -- what is ready ------------------------------------------------------------------------------
 */

/* Does respond_ready() have it, where there is room for all? */
static bool
is_ready(const struct question *question)
{
	struct query query;
	struct lookup lookup;
	struct response response;
	size_t len = question_put(question, message);
	assert_int_equal(query_parse(&query, message, len), PARSE_QUERY);
	lookup_run(&lookup, &engine.serving, &query.sname, query.qtype);
	return respond_ready(&engine.serving, &query, &lookup, message, MESSAGE_LEN_MAX, &response);
}

/* Does a wildcard in the zone have the target's addresses, or is one of the targets no host? */
static bool
adds_what_is_composed(const struct lookup *lookup)
{
	const struct answer *answer = &lookup->answer;
	const struct rrset *rrset = entry_rrset(answer->version, answer->entry);
	struct placed_rrset placed = {answer->version, lookup->walk.name->dname, NULL, rrset, true};
	struct additional_targets targets;
	additional_targets_set(&targets, &placed, rr_first(rrset));
	additional_targets_find(&targets, &placed);
	for (unsigned i = 0; i < targets.count; i++) {
		const struct additional_target *target = &targets.entries[i];
		if (target->is_inside && (target->node == NULL || target->is_synthesized ||
					  !additional_wants_addresses(target)))
			return true;
	}
	return false;
}

/* The only ones, by the architecture, that are composed though they fit. */
static bool
may_be_composed(const struct question *question)
{
	struct query query;
	struct lookup lookup;
	size_t len = question_put(question, message);
	assert_int_equal(query_parse(&query, message, len), PARSE_QUERY);
	lookup_run(&lookup, &engine.serving, &query.sname, query.qtype);
	const struct answer *answer = &lookup.answer;
	switch (answer->outcome) {
	case OUTCOME_CNAME:
		return lookup_leads_on(&engine.serving, answer);
	case OUTCOME_DNAME:
		return true;
	case OUTCOME_POSITIVE:
		return answer->entry->rrtype == RRTYPE_RRSIG ||
		       (answer->entry->rrtype == RRTYPE_CNAME &&
			(answer->entry->flags & ENTRY_CHAINS)) ||
		       adds_what_is_composed(&lookup);
	default:
		return false;
	}
}

static void
check_name(const uint8_t *qname)
{
	for (size_t i = 0; i < ARRAY_LEN(qtypes); i++) {
		struct question question = question_with_do(qname, qtypes[i], CUT_LEN_MAX);
		check_sizes(&question);
		if (!is_ready(&question) && !may_be_composed(&question))
			fail_on(&question, "it is composed");
		question.has_do = false;
		if (!is_ready(&question) && !may_be_composed(&question))
			fail_on(&question, "without DO it is composed");
	}
}

/* Of a zone that lacks records: whatever the answer is, it is one, and the same by both ways. */
static void
check_damaged(const uint8_t *qname)
{
	for (size_t i = 0; i < ARRAY_LEN(qtypes); i++) {
		struct question question = question_with_do(qname, qtypes[i], CUT_LEN_MAX);
		check_question(&question, TRANSPORT_TCP);
		question.udp_payload = MESSAGE_LEN_PLAIN;
		check_question(&question, TRANSPORT_UDP);
	}
}

typedef void (*check_fn)(const uint8_t *qname);

/* The name, some below it, one beside it. */
static void
check_around(const uint8_t *owner, unsigned origin_labels, check_fn check)
{
	static const char *const labels[] = {"\3www", "\1*"};
	uint8_t name[2 * DNAME_LEN_MAX];
	check(owner);
	for (size_t i = 0; i < ARRAY_LEN(labels); i++) {
		size_t len = strlen(labels[i]);
		memcpy(name, labels[i], len);
		if (len + dname_len(owner) <= DNAME_LEN_MAX) {
			memcpy(name + len, owner, dname_len(owner));
			check(name);
		}
	}
	if (dname_label_count(owner) > origin_labels) {
		dname_lower(owner, name);
		name[name[0]] ^= 1;
		check(name);
		check(dname_skip(owner, 1));
	}
}

/* Every owner of a zone, which becomes the engine's. */
static void
check_zone(struct zone *zone, check_fn check)
{
	uint8_t origin[DNAME_LEN_MAX];
	dname_lower(zone->origin, origin);
	engine_init(&engine);
	engine.serving.udp_payload_max[false] = CUT_LEN_MAX;
	engine_add_zone(&engine, origin, zone);
	engine_ready(&engine);
	for (size_t i = 0; i < zone->rrset_count; i++) {
		const struct zone_rrset *rrset = &zone->rrsets[i];
		if (i == 0 || rrset->owner != rrset[-1].owner)
			check_around(rrset->owner, dname_label_count(origin), check);
	}
	engine_fini(&engine);
}

static struct zone *
zone_of_file(const char *path)
{
	struct findings findings;
	struct zone *zone = NULL;
	uint8_t origin[DNAME_LEN_MAX];
	name_read("example.com.", origin);
	findings_init(&findings);
	assert_int_equal(zone_read(origin, path, NULL, &findings, &zone), STATUS_OK);
	findings_fini(&findings);
	return zone;
}

static void
test_ready_and_composed_agree(void **state)
{
	glob_t found;
	assert_int_equal(glob(SOURCE_ROOT "/tests/zones/signed/*.zone", 0, NULL, &found), 0);
	for (size_t i = 0; i < found.gl_pathc; i++)
		check_zone(zone_of_file(found.gl_pathv[i]), check_name);
	globfree(&found);
}

/* One of each kind that is larger than a message. */
static void
large_zone_print(FILE *out)
{
	fputs("@ 600 SOA ns hostmaster 1 2 3 4 300\n@ NS ns\n@ NS far.example.\n"
	      "ns A 192.0.2.1\nns AAAA 2001:db8::1\n"
	      "alias CNAME far\nmissing CNAME nothing.here\nchild.big DNAME far.example.\n"
	      "a.b.ent TXT under\n*.w 60 MX 10 ns\n*.w MX 20 mx1\nsecure NS ns\n",
	      out);
	for (unsigned i = 0; i < 4; i++)
		fprintf(out, "@ DNSKEY 256 3 8 %0344u\n", i);
	for (unsigned i = 0; i < 24; i++) {
		fprintf(out, "mx%u A 192.0.2.%u\nmx%u AAAA 2001:db8::%u\n", i % 6, i + 2, i % 6, i);
		fprintf(out, "mail MX %u mx%u\nbig TXT \"%0150u\"\n*.big TXT \"%0150u\"\n", i, i, i,
			i);
	}
	for (unsigned i = 0; i < 13; i++) {
		fprintf(out, "secure NS ns%u.secure\nns%u.secure A 192.0.2.%u\n", i, i, i + 2);
		fprintf(out, "ns%u.secure AAAA 2001:db8::%u\n", i, i + 2);
		fprintf(out, "open NS ns%u.secure\nopen NS mx%u\n", i, i % 6);
		fprintf(out, "secure DS %u 8 2 %064u\n", i, i);
	}
}

static struct zone *
zone_of_text(const char *origin_text, const char *text, size_t len)
{
	struct findings findings;
	struct zone *zone = NULL;
	uint8_t origin[DNAME_LEN_MAX];
	name_read(origin_text, origin);
	findings_init(&findings);
	assert_int_equal(
	    zone_read_text(origin, &(struct zone_text){"test", text, len}, NULL, &findings, &zone),
	    STATUS_OK);
	findings_fini(&findings);
	return zone;
}

static void
test_large_answers(void **state)
{
	static const struct signing_style styles[] = {
	    {.has_nsec3 = false},
	    {.has_nsec3 = true, .salt_len = 2},
	    {.has_nsec3 = true, .is_opt_out = true},
	};
	char *text;
	size_t len;
	FILE *out = open_memstream(&text, &len);
	large_zone_print(out);
	fclose(out);
	struct zone *plain = zone_of_text("large.example.", text, len);
	free(text);
	for (size_t i = 0; i < ARRAY_LEN(styles); i++) {
		struct signing signing;
		signing_init(&signing, plain, &styles[i]);
		out = open_memstream(&text, &len);
		signing_print(&signing, out);
		fclose(out);
		signing_fini(&signing);
		check_zone(zone_of_text("large.example.", text, len), check_name);
		free(text);
	}
	zone_free(plain);
}

/* Writes the lines of a file but for some, the SOA's never. */
static void
lines_print(FILE *out, const char *path, struct random *random)
{
	char *line = NULL;
	size_t cap = 0;
	FILE *file = fopen(path, "r");
	assert_non_null(file);
	while (getline(&line, &cap, file) > 0) {
		if (random_below(random, 4) > 0 || strstr(line, "SOA") != NULL ||
		    strstr(line, "IN NS\tns") != NULL)
			fputs(line, out);
	}
	free(line);
	fclose(file);
}

/* RRSIGs, NSECs, NSEC3s, keys, or what they speak of: of each kind some are missing. Zones are
 * served so (docs/configuration.md). */
static void
test_damaged_zones(void **state)
{
	struct random random = random_new(5155);
	glob_t found;
	assert_int_equal(glob(SOURCE_ROOT "/tests/zones/signed/*.zone", 0, NULL, &found), 0);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		char *text;
		size_t len;
		FILE *out = open_memstream(&text, &len);
		lines_print(out, found.gl_pathv[i], &random);
		fclose(out);
		check_zone(zone_of_text("example.com.", text, len), check_damaged);
		free(text);
	}
	globfree(&found);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_ready_and_composed_agree),
	    cmocka_unit_test(test_large_answers),
	    cmocka_unit_test(test_damaged_zones),
	};
	return cmocka_run_group_tests_name("signed", tests, NULL, NULL);
}
