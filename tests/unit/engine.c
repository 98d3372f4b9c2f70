/* engine.c -- the answer engine as the tests drive it. */
#include "tests/unit/engine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "dataplane/compose.h"
#include "dataplane/primary.h"
#include "zones/dname.h"

void
engine_init(struct engine *engine)
{
	*engine = (struct engine){
	    .serving = {.generation = 1,
			.udp_payload_max = {UDP_PAYLOAD_DEFAULT, UDP_PAYLOAD_DEFAULT}},
	};
}

void
engine_fini(struct engine *engine)
{
	zoneset_free(engine->zoneset);
	for (size_t i = 0; i < engine->zone_count; i++) {
		zone_version_free(engine->zones[i].version);
		zone_free(engine->zones[i].zone);
	}
	*engine = (struct engine){.zoneset = NULL};
}

void
name_read(const char *text, uint8_t out[DNAME_LEN_MAX])
{
	const char *reason = NULL;
	if (dname_read(text, strlen(text), NULL, out, &reason) == 0)
		fail_msg("%s: %s", text, reason);
}

void
engine_add_zone(struct engine *engine, const uint8_t *origin, struct zone *zone)
{
	struct engine_zone *added = &engine->zones[engine->zone_count++];
	struct error error = {0};
	dname_lower(origin, added->origin);
	added->zone = zone;
	added->version = NULL;
	if (zone != NULL && zone_version_compile(zone, NULL, &added->version, &error) != STATUS_OK)
		fail_msg("%s", error.text);
}

void
engine_add(struct engine *engine, const uint8_t *origin, const char *text, size_t len)
{
	struct zone *zone = NULL;
	if (text != NULL) {
		struct findings findings;
		findings_init(&findings);
		enum status status = zone_read_text(origin, &(struct zone_text){"test", text, len},
						    NULL, &findings, &zone);
		for (size_t i = 0; i < findings.entry_count; i++) {
			char line[2048];
			if (finding_severity(findings.entries[i].kind) != FINDING_ERROR)
				continue;
			finding_print(&findings.entries[i], line, sizeof(line));
			print_error("%s\n", line);
		}
		findings_fini(&findings);
		if (status != STATUS_OK)
			fail_msg("the zone cannot be read:\n%.*s", (int)len, text);
	}
	engine_add_zone(engine, origin, zone);
}

void
engine_add_text(struct engine *engine, const char *origin, const char *text)
{
	uint8_t dname[DNAME_LEN_MAX];
	name_read(origin, dname);
	engine_add(engine, dname, text, text == NULL ? 0 : strlen(text));
}

void
engine_ready(struct engine *engine)
{
	struct zoneset_member members[ENGINE_ZONES_MAX];
	for (size_t i = 0; i < engine->zone_count; i++)
		members[i] =
		    (struct zoneset_member){engine->zones[i].origin, engine->zones[i].version};
	assert_int_equal(zoneset_new(members, engine->zone_count, &engine->zoneset), STATUS_OK);
	engine->serving.zones = engine->zoneset;
}

void
engine_serve(struct engine *engine, const struct engine_text *zones, size_t count)
{
	engine_init(engine);
	for (size_t i = 0; i < count; i++)
		engine_add_text(engine, zones[i].origin, zones[i].text);
	engine_ready(engine);
}

size_t
question_put(const struct question *question, uint8_t message[QUERY_LEN_MAX])
{
	size_t qname_len = dname_len(question->qname);
	uint8_t *at = message;
	memset(at, 0, HEADER_LEN);
	be16_write(at, 0x4711);
	be16_write(at + HEADER_FLAGS_OFF, question->flags);
	be16_write(at + HEADER_QDCOUNT_OFF, 1);
	be16_write(at + HEADER_ARCOUNT_OFF, question->udp_payload == NO_EDNS ? 0 : 1);
	at += HEADER_LEN;
	memcpy(at, question->qname, qname_len);
	at += qname_len;
	be16_write(at, question->qtype);
	be16_write(at + 2, question->qclass == 0 ? RRCLASS_IN : question->qclass);
	at += QUESTION_FIXED_LEN;
	if (question->udp_payload != NO_EDNS) {
		at[0] = 0;
		be16_write(at + 1, RRTYPE_OPT);
		be16_write(at + 3, (uint16_t)question->udp_payload);
		at[5] = 0;
		at[6] = question->version;
		be16_write(at + 7, question->has_do ? EDNS_FLAG_DO : 0);
		be16_write(at + 9, 0);
		at += OPT_FIXED_LEN;
	}
	return (size_t)(at - message);
}

size_t
engine_ask(const struct engine *engine, enum transport transport, uint8_t *message, size_t len,
	   size_t cap, enum counter *disposition)
{
	struct arrival arrival = {.transport = (uint8_t)transport};
	size_t response_len = 0;
	memset(message + cap, 0xa5, ENGINE_CANARY_LEN);
	enum counter ended =
	    answer_message(&engine->serving, &arrival, message, len, cap, &response_len);
	for (size_t i = 0; i < ENGINE_CANARY_LEN; i++)
		assert_int_equal(message[cap + i], 0xa5);
	if (disposition != NULL)
		*disposition = ended;
	if (ended != COUNTER_ANSWER)
		return 0;
	assert_in_range(response_len, HEADER_LEN, cap);
	return response_len;
}

size_t
engine_compose(const struct engine *engine, uint8_t *message, size_t len, size_t cap)
{
	struct query query;
	struct lookup lookup;
	if (query_parse(&query, message, len) != PARSE_QUERY)
		return 0;
	lookup_run(&lookup, &engine->serving, &query.sname, query.qtype);
	if (lookup.answer.outcome == OUTCOME_REFUSED || lookup.answer.outcome == OUTCOME_SERVFAIL)
		return 0;
	struct response response = compose(&engine->serving, &query, &lookup, message, cap);
	if (query.qtype == RRTYPE_SOA && lookup.answer.outcome == OUTCOME_POSITIVE &&
	    !(response.flags & FLAG_TC))
		primary_put_addresses(&engine->serving, &query, lookup.answer.version, message, cap,
				      &response);
	for (unsigned i = 0; i < 3; i++)
		be16_write(message + HEADER_ANCOUNT_OFF + (size_t)2 * i, response.counts[i]);
	be16_write(message + HEADER_FLAGS_OFF, (uint16_t)(FLAG_QR | response.flags));
	return response.len;
}
