/* test_oracle.c -- random zones: the engine against the model, the template against the composer,
 * the burst against the single message. */
#include "tests/unit/oracle_model.h"
#include "tests/unit/oracle_zone.h"

#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "zones/dname.h"

enum {
	ZONE_COUNT = 300,
	TCP_CAP = MESSAGE_LEN_MAX,
	TYPE_COUNT_SOME = 5,
};

static const uint16_t qtypes[] = {
    RRTYPE_A,     RRTYPE_NS,  RRTYPE_CNAME, RRTYPE_SOA,  RRTYPE_PTR,   RRTYPE_MX,
    RRTYPE_TXT,   RRTYPE_SRV, RRTYPE_AAAA,  RRTYPE_DS,   RRTYPE_DNAME, RRTYPE_ANY,
    RRTYPE_HINFO, 65280,      RRTYPE_RRSIG, RRTYPE_NSEC, RRTYPE_SVCB,  RRTYPE_HTTPS,
    21,           35,         107,          0,           65535,
};

static const struct variant {
	enum transport transport;
	int udp_payload;
	bool has_do;
} variants[] = {
    {TRANSPORT_TCP, NO_EDNS, false}, {TRANSPORT_TCP, 4096, true}, {TRANSPORT_UDP, NO_EDNS, false},
    {TRANSPORT_UDP, 512, false},     {TRANSPORT_UDP, 1232, true}, {TRANSPORT_UDP, 0, false},
    {TRANSPORT_UDP, 65535, false},   {TRANSPORT_UDP, 600, false},
};

/* Messages that wait until a burst of them is complete. */
struct burst {
	unsigned count;
	enum transport transport;
	struct waiting {
		uint8_t query[TCP_CAP];
		uint32_t query_len;
		uint8_t *response;
		uint32_t response_len;
		enum counter disposition;
	} slots[ANSWER_BURST_MAX];
};

struct trial {
	unsigned seed;
	struct random random;
	struct engine engine;
	struct oracle_zone zone;
	char *text;
	size_t text_len;
	struct model_answer model;
	struct decoded full;
	struct decoded cut;
	uint8_t full_message[TCP_CAP + ENGINE_CANARY_LEN];
	uint8_t cut_message[TCP_CAP + ENGINE_CANARY_LEN];
	struct burst burst;
};

/* Says all there is to say about the question that went wrong, and fails. */
static void
fail_trial(struct trial *trial, const struct question *question, const struct decoded *got,
	   const char *what)
{
	char name[DNAME_TEXT_MAX];
	dname_print(question->qname, name);
	fprintf(stderr, "seed %u, question %s TYPE%u, payload %d: %s\n--- zone\n%s", trial->seed,
		name, question->qtype, question->udp_payload, what,
		trial->text == NULL ? "" : trial->text);
	fprintf(stderr, "--- model: rcode %u%s\n", trial->model.rcode,
		trial->model.is_authoritative ? " aa" : "");
	rr_list_print(&trial->model.rrs, stderr);
	fprintf(stderr, "--- engine\n");
	decoded_print(got, stderr);
	fail_msg("%s", what);
}

static size_t
ask(struct trial *trial, const struct question *question, enum transport transport,
    uint8_t *message, struct decoded *out)
{
	size_t len = question_put(question, message);
	size_t cap = TCP_CAP;
	uint8_t qname[DNAME_LEN_MAX];
	memcpy(qname, question->qname, dname_len(question->qname));
	len = engine_ask(&trial->engine, transport, message, len, cap, NULL);
	if (!dns_decode(out, message, len))
		fail_trial(trial, question, out, out->fault);
	if (!(out->flags & FLAG_QR) || out->id != 0x4711 || !out->has_question ||
	    memcmp(out->qname, qname, dname_len(qname)) != 0 || out->qtype != question->qtype ||
	    out->qclass != RRCLASS_IN)
		fail_trial(trial, question, out, "the question is not echoed");
	if ((out->flags & (FLAG_OPCODE | FLAG_RA | FLAG_AD | FLAG_CD | FLAG_Z)) != 0 ||
	    (out->flags & FLAG_RD) != (question->flags & FLAG_RD))
		fail_trial(trial, question, out, "wrong header bits");
	if (out->has_opt != (question->udp_payload != NO_EDNS) || out->has_do != question->has_do ||
	    out->version != 0)
		fail_trial(trial, question, out, "wrong OPT");
	return len;
}

/* Over TCP everything fits: the response is the model's. */
static size_t
check_full(struct trial *trial, const struct question *question)
{
	struct decoded *full = &trial->full;
	size_t len = ask(trial, question, TRANSPORT_TCP, trial->full_message, full);
	model_ask(&trial->engine, question->qname, question->qtype, &trial->model);
	if (full->rcode != trial->model.rcode)
		fail_trial(trial, question, full, "another RCODE than the model's");
	if (((full->flags & FLAG_AA) != 0) != trial->model.is_authoritative)
		fail_trial(trial, question, full, "AA is not the model's");
	if (full->flags & FLAG_TC)
		fail_trial(trial, question, full, "TC over TCP");
	if (!rr_list_equal(&full->rrs, &trial->model.rrs))
		fail_trial(trial, question, full, "other records than the model's");
	return len;
}

/* RFC 9471 3.1, RFC 2181 9: what may be missing from a response that had to be shorter. */
static void
check_shortened(struct trial *trial, const struct question *question, size_t limit)
{
	const struct decoded *full = &trial->full;
	const struct decoded *cut = &trial->cut;
	size_t needed = full->authority_end + (cut->has_opt ? OPT_FIXED_LEN : 0);
	bool has_tc = cut->flags & FLAG_TC;
	if ((cut->flags & FLAG_AA) != (full->flags & FLAG_AA))
		fail_trial(trial, question, cut, "AA differs in a shorter response");
	if (needed > limit) {
		if (!has_tc || cut->rrs.line_count > 0)
			fail_trial(trial, question, cut, "not TC and nothing, where not all fits");
		return;
	}
	if (cut->rcode != full->rcode)
		fail_trial(trial, question, cut, "RCODE differs in a shorter response");
	for (size_t i = 0; i < cut->rrs.line_count; i++) {
		if (!rr_list_has(&full->rrs, &cut->rrs, i))
			fail_trial(trial, question, cut, "a record too many in a shorter response");
		if (has_tc && rr_list_section(&cut->rrs, i) == 2 &&
		    !rr_list_has(&trial->model.glue, &cut->rrs, i))
			fail_trial(trial, question, cut, "optional records where glue is missing");
	}
	for (size_t i = 0; i < full->rrs.line_count; i++) {
		if (rr_list_section(&full->rrs, i) < 2 && !rr_list_has(&cut->rrs, &full->rrs, i))
			fail_trial(trial, question, cut, "a needed record is missing");
	}
	bool lacks_glue = false;
	for (size_t i = 0; i < trial->model.glue.line_count; i++)
		lacks_glue |= !rr_list_has(&cut->rrs, &trial->model.glue, i);
	if (has_tc != lacks_glue)
		fail_trial(trial, question, cut, "TC does not say whether glue is missing");
}

static size_t
limit_of(const struct question *question)
{
	int payload = question->udp_payload;
	if (payload == NO_EDNS || payload < MESSAGE_LEN_PLAIN)
		return MESSAGE_LEN_PLAIN;
	return payload < UDP_PAYLOAD_DEFAULT ? (size_t)payload : UDP_PAYLOAD_DEFAULT;
}

static void
burst_run(struct trial *trial)
{
	struct burst *burst = &trial->burst;
	struct answer_item items[ANSWER_BURST_MAX];
	for (unsigned i = 0; i < burst->count; i++) {
		struct waiting *slot = &burst->slots[i];
		items[i] =
		    (struct answer_item){.message = slot->query,
					 .len = slot->query_len,
					 .cap = TCP_CAP,
					 .arrival = {.transport = (uint8_t)burst->transport}};
	}
	answer_burst(&trial->engine.serving, items, burst->count);
	for (unsigned i = 0; i < burst->count; i++) {
		struct waiting *slot = &burst->slots[i];
		bool is_same = items[i].disposition == slot->disposition &&
			       items[i].response_len == slot->response_len &&
			       memcmp(slot->query, slot->response, slot->response_len) == 0;
		free(slot->response);
		if (!is_same)
			fail_msg("seed %u: a burst answers otherwise", trial->seed);
	}
	burst->count = 0;
}

/* Adds a message, asked alone now and in a burst later. Now and then its octets are changed first.
 */
static void
burst_add(struct trial *trial, const struct question *question)
{
	static uint8_t alone[TCP_CAP + ENGINE_CANARY_LEN];
	struct burst *burst = &trial->burst;
	struct waiting *slot = &burst->slots[burst->count];
	uint8_t query[QUERY_LEN_MAX];
	size_t len = question_put(question, query);
	if (random_below(&trial->random, 8) == 0)
		query[random_below(&trial->random, (unsigned)len)] ^=
		    (uint8_t)(1u << random_below(&trial->random, 8));
	if (random_below(&trial->random, 40) == 0)
		len = random_below(&trial->random, (unsigned)len);
	memcpy(slot->query, query, len);
	memcpy(alone, query, len);
	slot->query_len = (uint32_t)len;
	slot->response_len = (uint32_t)engine_ask(&trial->engine, burst->transport, alone, len,
						  TCP_CAP, &slot->disposition);
	slot->response = malloc(slot->response_len + 1);
	memcpy(slot->response, alone, slot->response_len);
	burst->count++;
	if (burst->count == ANSWER_BURST_MAX || random_below(&trial->random, 20) == 0) {
		burst_run(trial);
		burst->transport = random_below(&trial->random, 2) ? TRANSPORT_UDP : TRANSPORT_TCP;
	}
}

static void
check_question(struct trial *trial, const uint8_t *qname, uint16_t qtype)
{
	uint8_t cased[DNAME_LEN_MAX];
	memcpy(cased, qname, dname_len(qname));
	if (cased[0] != 0 && cased[1] >= 'a' && cased[1] <= 'z' && qtype % 2 == 0)
		cased[1] = (uint8_t)(cased[1] - ('a' - 'A'));
	const struct variant *variant =
	    &variants[random_below(&trial->random, ARRAY_LEN(variants))];
	struct question question = {
	    .qname = cased,
	    .qtype = qtype,
	    .udp_payload = variant->udp_payload,
	    .has_do = variant->has_do,
	    .flags = random_below(&trial->random, 2) ? FLAG_RD | FLAG_CD | FLAG_AD : 0,
	};
	size_t full_len = check_full(trial, &question);
	size_t limit = limit_of(&question);
	size_t len = ask(trial, &question, TRANSPORT_UDP, trial->cut_message, &trial->cut);
	if (len > limit)
		fail_trial(trial, &question, &trial->cut, "longer than the client can take");
	if (full_len > limit)
		check_shortened(trial, &question, limit);
	else if (len != full_len || memcmp(trial->full_message, trial->cut_message, len) != 0)
		fail_trial(trial, &question, &trial->cut, "differs over UDP though it fits");
	burst_add(trial, &question);
}

/* The same question through compose(), whether there is a template or not. */
static void
check_composed(struct trial *trial, const struct question *question, const struct variant *variant)
{
	uint8_t *message = trial->cut_message;
	size_t len = question_put(question, message);
	size_t limit = variant->transport == TRANSPORT_TCP ? TCP_CAP : limit_of(question);
	len =
	    engine_compose(&trial->engine, message, len,
			   limit - (question->udp_payload == NO_EDNS ? 0 : (size_t)OPT_FIXED_LEN));
	if (len == 0)
		return;
	if (!dns_decode(&trial->cut, message, len))
		fail_trial(trial, question, &trial->cut, trial->cut.fault);

	ask(trial, question, variant->transport, trial->full_message, &trial->full);
	const unsigned mask = FLAG_AA | FLAG_TC | FLAG_RCODE;
	if ((trial->full.flags & mask) != (trial->cut.flags & mask) ||
	    !rr_list_equal(&trial->full.rrs, &trial->cut.rrs)) {
		decoded_print(&trial->cut, stderr);
		fail_trial(trial, question, &trial->full, "template and composer differ");
	}
}

static void
check_composed_all(struct trial *trial, const uint8_t *qname)
{
	for (size_t t = 0; t < ARRAY_LEN(qtypes); t++) {
		for (size_t v = 0; v < 5; v++) {
			struct question question = {.qname = qname,
						    .qtype = qtypes[t],
						    .udp_payload = variants[v].udp_payload,
						    .has_do = variants[v].has_do};
			check_composed(trial, &question, &variants[v]);
		}
	}
}

static void
check_types(struct trial *trial, const uint8_t *qname, size_t type_count)
{
	size_t first = random_below(&trial->random, ARRAY_LEN(qtypes));
	for (size_t i = 0; i < type_count; i++)
		check_question(trial, qname, qtypes[(first + i) % ARRAY_LEN(qtypes)]);
}

/* A name next to this one: its last octet, or its first label's, one up or down. */
static void
neighbour(struct trial *trial, const uint8_t *name, uint8_t out[DNAME_LEN_MAX])
{
	dname_lower(name, out);
	if (out[0] != 0) {
		uint8_t *octet = &out[random_below(&trial->random, 2) ? 1 : out[0]];
		*octet = (uint8_t)(*octet + (random_below(&trial->random, 2) ? 1 : -1));
	}
	dname_lower(out, out);
}

static void
check_around(struct trial *trial, const uint8_t *name, size_t type_count)
{
	uint8_t other[DNAME_LEN_MAX];
	check_types(trial, name, type_count);
	for (const uint8_t *above = name; *above != 0;) {
		above += 1 + *above;
		check_types(trial, above, 2);
	}
	neighbour(trial, name, other);
	check_types(trial, other, 2);
	dname_lower(name, other);
	if (oracle_prepend(oracle_label(&trial->zone), other, other))
		check_types(trial, other, TYPE_COUNT_SOME);
	if (oracle_prepend(oracle_label(&trial->zone), other, other))
		check_types(trial, other, 2);
	oracle_near_name(&trial->zone, other);
	check_types(trial, other, TYPE_COUNT_SOME);
}

static const char *const origins[] = {"example.", "example.", "a.b.", ".", "*.x.", "\\255.\\000."};

/* Sometimes a child is served as well, or configured without being available. */
static void
add_child(struct trial *trial)
{
	static struct oracle_zone child;
	unsigned idx = random_below(&trial->random, trial->zone.name_count);
	const uint8_t *origin = trial->zone.names[idx].dname;
	char *text = NULL;
	size_t len = 0;
	if (idx == 0 || random_below(&trial->random, 2) == 0)
		return;
	if (random_below(&trial->random, 5) == 0) {
		engine_add(&trial->engine, origin, NULL, 0);
		return;
	}
	FILE *out = open_memstream(&text, &len);
	child.other = &trial->zone;
	oracle_zone_make(&child, &trial->random, origin, 2 + random_below(&trial->random, 8), out);
	fclose(out);
	engine_add(&trial->engine, origin, text, len);
	free(text);
}

static void
trial_start(struct trial *trial, unsigned seed)
{
	uint8_t origin[DNAME_LEN_MAX];
	trial->seed = seed;
	trial->random = random_new(seed);
	engine_init(&trial->engine);
	name_read(origins[random_below(&trial->random, ARRAY_LEN(origins))], origin);
	unsigned name_count = seed % 60 == 0   ? ORACLE_NAMES_MAX
			      : seed % 40 == 1 ? 1
					       : 3 + random_below(&trial->random, 30);
	FILE *out = open_memstream(&trial->text, &trial->text_len);
	oracle_zone_make(&trial->zone, &trial->random, origin, name_count, out);
	fclose(out);
	engine_add(&trial->engine, origin, trial->text, trial->text_len);
	add_child(trial);
	engine_ready(&trial->engine);
}

static void
trial_end(struct trial *trial)
{
	burst_run(trial);
	engine_fini(&trial->engine);
	free(trial->text);
	trial->text = NULL;
}

static struct trial *
trial_new(void)
{
	struct trial *trial = calloc(1, sizeof(*trial));
	assert_non_null(trial);
	return trial;
}

static void
trial_free(struct trial *trial)
{
	model_answer_fini(&trial->model);
	decoded_fini(&trial->full);
	decoded_fini(&trial->cut);
	free(trial);
}

static void
test_the_engine_says_what_the_model_says(void **state)
{
	struct trial *trial = trial_new();
	for (unsigned seed = 0; seed < ZONE_COUNT; seed++) {
		trial_start(trial, seed);
		unsigned name_count = trial->zone.name_count;
		for (unsigned i = 0; i < name_count; i++) {
			bool is_large = name_count > 50;
			check_around(trial, trial->zone.names[i].dname,
				     is_large ? TYPE_COUNT_SOME : ARRAY_LEN(qtypes));
		}
		trial_end(trial);
	}
	trial_free(trial);
}

static void
test_templates_say_what_the_composer_says(void **state)
{
	struct trial *trial = trial_new();
	for (unsigned seed = 0; seed < ZONE_COUNT; seed++) {
		trial_start(trial, seed);
		for (unsigned i = 0; i < trial->zone.name_count; i++) {
			uint8_t below[DNAME_LEN_MAX];
			check_composed_all(trial, trial->zone.names[i].dname);
			if (i < 10 && oracle_prepend("\3Www", trial->zone.names[i].dname, below))
				check_composed_all(trial, below);
		}
		trial_end(trial);
	}
	trial_free(trial);
}

/* The zones of tests/zones/good, whose first line names their origin. */
static void
check_file(struct trial *trial, const char *path)
{
	char line[1024];
	char origin_text[1024] = "example.com.";
	FILE *file = fopen(path, "r");
	assert_non_null(file);
	if (fgets(line, sizeof(line), file) != NULL)
		sscanf(line, "; origin: %1000s", origin_text);
	fclose(file);

	uint8_t origin[DNAME_LEN_MAX];
	struct findings findings;
	struct zone *zone = NULL;
	name_read(origin_text, origin);
	findings_init(&findings);
	assert_int_equal(zone_read(origin, path, NULL, &findings, &zone), STATUS_OK);
	findings_fini(&findings);
	engine_init(&trial->engine);
	engine_add_zone(&trial->engine, origin, zone);
	engine_ready(&trial->engine);
	for (size_t i = 0; i < zone->rrset_count; i++) {
		const struct zone_rrset *rrset = &zone->rrsets[i];
		uint8_t below[DNAME_LEN_MAX];
		check_question(trial, rrset->owner, rrset->rrtype);
		if (i > 0 && rrset->owner == rrset[-1].owner)
			continue;
		check_types(trial, rrset->owner, ARRAY_LEN(qtypes));
		check_composed_all(trial, rrset->owner);
		if (oracle_prepend("\3Www", rrset->owner, below)) {
			check_types(trial, below, ARRAY_LEN(qtypes));
			check_composed_all(trial, below);
		}
	}
	trial_end(trial);
}

static void
test_zone_files(void **state)
{
	struct trial *trial = trial_new();
	glob_t found;
	trial->random = random_new(1);
	assert_int_equal(glob(SOURCE_ROOT "/tests/zones/good/*.zone", 0, NULL, &found), 0);
	for (size_t i = 0; i < found.gl_pathc; i++)
		check_file(trial, found.gl_pathv[i]);
	globfree(&found);
	trial_free(trial);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_the_engine_says_what_the_model_says),
	    cmocka_unit_test(test_templates_say_what_the_composer_says),
	    cmocka_unit_test(test_zone_files),
	};
	return cmocka_run_group_tests_name("oracle", tests, NULL, NULL);
}
