/* test_signed.c -- signed zones: ready-made answers against the composer, on every owner, its
 * neighbours and ancestors, and every type; what is ready; what gives way where it does not fit. */
#include "tests/unit/engine.h"

#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "dataplane/ready.h"
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
static uint8_t message[MESSAGE_LEN_MAX + ENGINE_CANARY_LEN];

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

static void
check_question(const struct question *question, enum transport transport)
{
	const unsigned mask = FLAG_AA | FLAG_TC | FLAG_RCODE;
	size_t limit = transport == TRANSPORT_TCP ? MESSAGE_LEN_MAX : (size_t)question->udp_payload;
	if (transport == TRANSPORT_UDP && limit > UDP_PAYLOAD_DEFAULT)
		limit = UDP_PAYLOAD_DEFAULT;
	size_t len = engine_compose(&engine, message, question_put(question, message),
				    limit - OPT_FIXED_LEN);
	assert_true(len > 0);
	assert_true(dns_decode(&composed, message, len));
	len = engine_ask(&engine, transport, message, question_put(question, message),
			 MESSAGE_LEN_MAX, NULL);
	if (!dns_decode(&ready, message, len))
		fail_on(question, ready.fault);
	if ((ready.flags & mask) != (composed.flags & mask) ||
	    !rr_list_equal(&ready.rrs, &composed.rrs))
		fail_on(question, "ready-made and composed answer differ");
}

static void
check_name(const uint8_t *qname)
{
	for (size_t i = 0; i < ARRAY_LEN(qtypes); i++) {
		struct question question = question_with_do(qname, qtypes[i], 4096);
		check_question(&question, TRANSPORT_TCP);
		for (int payload = 512; payload <= 1232; payload += 144) {
			question.udp_payload = payload;
			check_question(&question, TRANSPORT_UDP);
		}
	}
}

/* The name, some below it, one beside it. */
static void
check_around(const uint8_t *owner, unsigned origin_labels)
{
	static const char *const labels[] = {"\1a", "\3www", "\4zzzz", "\1*"};
	uint8_t name[2 * DNAME_LEN_MAX];
	check_name(owner);
	for (size_t i = 0; i < ARRAY_LEN(labels); i++) {
		size_t len = strlen(labels[i]);
		memcpy(name, labels[i], len);
		if (len + dname_len(owner) <= DNAME_LEN_MAX) {
			memcpy(name + len, owner, dname_len(owner));
			check_name(name);
		}
	}
	if (dname_label_count(owner) > origin_labels) {
		dname_lower(owner, name);
		name[name[0]] ^= 1;
		check_name(name);
		check_name(dname_skip(owner, 1));
	}
}

static void
check_zone(const char *path)
{
	struct findings findings;
	struct zone *zone = NULL;
	uint8_t origin[DNAME_LEN_MAX];
	name_read("example.com.", origin);
	findings_init(&findings);
	assert_int_equal(zone_read(origin, path, NULL, &findings, &zone), STATUS_OK);
	findings_fini(&findings);
	engine_init(&engine);
	engine_add_zone(&engine, origin, zone);
	engine_ready(&engine);
	for (size_t i = 0; i < zone->rrset_count; i++) {
		const struct zone_rrset *rrset = &zone->rrsets[i];
		if (i == 0 || rrset->owner != rrset[-1].owner)
			check_around(rrset->owner, 2);
	}
	engine_fini(&engine);
}

static void
test_ready_and_composed_agree(void **state)
{
	glob_t found;
	assert_int_equal(glob(SOURCE_ROOT "/tests/zones/signed/*.zone", 0, NULL, &found), 0);
	for (size_t i = 0; i < found.gl_pathc; i++)
		check_zone(found.gl_pathv[i]);
	globfree(&found);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_ready_and_composed_agree),
	};
	return cmocka_run_group_tests_name("signed", tests, NULL, NULL);
}
