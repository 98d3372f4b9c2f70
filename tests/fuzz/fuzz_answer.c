/* fuzz_answer.c -- any octets as a message to the engine, over UDP and TCP: the answer is no longer
 * than allowed, well-formed for a decoder of the tests' own, answers this question, says the same
 * whatever the transport, alone or in a burst, from a template or composed.
 *
 * The message's identifier chooses the zones that are served.
 */
#include "control/request.h"
#include "dataplane/query.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/served.h"
#include "zones/dname.h"

struct reply {
	uint8_t *octets; /* NULL: silence */
	size_t len;
	bool is_missed; /* the engine left it to control */
	struct decoded decoded;
};

static void
reply_fini(struct reply *reply)
{
	free(reply->octets);
	decoded_fini(&reply->decoded);
}

/* The header and the question of the reply are those of the query. */
static void
check_echo(const struct reply *reply, const uint8_t *query, size_t len)
{
	const struct decoded *decoded = &reply->decoded;
	unsigned asked = be16_read(query + HEADER_FLAGS_OFF);
	EXPECT(decoded->id == be16_read(query));
	EXPECT(decoded->flags & FLAG_QR);
	EXPECT((decoded->flags & (FLAG_OPCODE | FLAG_RD)) == (asked & (FLAG_OPCODE | FLAG_RD)));
	EXPECT(!(decoded->flags & (FLAG_RA | FLAG_Z | FLAG_AD)));
	EXPECT(!decoded->has_opt || decoded->version == 0);
	if (!decoded->has_question) {
		EXPECT(decoded->rrs.line_count == 0);
		return;
	}
	EXPECT(decoded->question_end <= len);
	EXPECT(memcmp(reply->octets + HEADER_LEN, query + HEADER_LEN,
		      decoded->question_end - HEADER_LEN) == 0);
}

/* What a client can take over UDP (RFC 6891 6.2.3) and the server gives. */
static size_t
udp_limit(const struct serving *serving, const uint8_t *query, size_t len)
{
	struct query parsed;
	if (len < HEADER_LEN || query_read(&parsed, query, len) == PARSE_NO_QUESTION ||
	    !parsed.has_edns)
		return MESSAGE_LEN_PLAIN;
	size_t limit = serving->udp_payload_max[false];
	return parsed.udp_payload < limit ? parsed.udp_payload : limit;
}

static const uint8_t client[] = {192, 0, 2, 99};
static const struct arrival over_udp = {
    .client = client, .time = 1559731985, .transport = TRANSPORT_UDP};
static const struct arrival over_tcp = {
    .client = client, .time = 1559731985, .transport = TRANSPORT_TCP};

static void
ask(struct reply *reply, const struct engine *engine, const struct arrival *arrival,
    const uint8_t *query, size_t len, size_t cap)
{
	const struct serving *serving = &engine->serving;
	uint8_t *message = fuzz_copy(query, len, cap);
	size_t response_len = 0;
	enum counter disposition =
	    answer_message(serving, arrival, message, len, cap, &response_len);
	*reply = (struct reply){.octets = message, .is_missed = disposition == COUNTER_MISS};
	if (reply->is_missed) {
		EXPECT(memcmp(message, query, len) == 0);
		response_len = request_decide(serving, arrival, message, len, cap);
	}
	if (disposition == COUNTER_DROP_HEADER || disposition == COUNTER_DROP_RESPONSE) {
		EXPECT(len < HEADER_LEN || be16_read(query + HEADER_FLAGS_OFF) & FLAG_QR);
		free(message);
		reply->octets = NULL;
		return;
	}
	EXPECT(disposition == COUNTER_ANSWER || reply->is_missed);
	EXPECT(response_len >= HEADER_LEN && response_len <= cap);
	reply->len = response_len;
	if (!dns_decode(&reply->decoded, message, response_len)) {
		fprintf(stderr, "%s\n", reply->decoded.fault);
		EXPECT(reply->decoded.fault == NULL);
	}
	check_echo(reply, query, len);
}

/* What is missing over UDP is optional, or TC says so (RFC 2181 9). */
static void
check_shortened(const struct decoded *full, const struct decoded *cut)
{
	if (cut->flags & FLAG_TC)
		return;
	EXPECT(cut->flags == full->flags && cut->rcode == full->rcode);
	for (size_t i = 0; i < cut->rrs.line_count; i++)
		EXPECT(rr_list_has(&full->rrs, &cut->rrs, i));
	for (size_t i = 0; i < full->rrs.line_count; i++)
		EXPECT(rr_list_section(&full->rrs, i) == 2 ||
		       rr_list_has(&cut->rrs, &full->rrs, i));
}

static void
check_composed(const struct engine *engine, const uint8_t *query, size_t len,
	       const struct reply *full)
{
	static struct decoded composed;
	const unsigned mask = FLAG_AA | FLAG_TC | FLAG_RCODE;
	uint8_t *message = fuzz_copy(query, len, MESSAGE_LEN_MAX);
	size_t composed_len = engine_compose(engine, message, len, MESSAGE_LEN_MAX);
	if (composed_len > 0) {
		EXPECT(dns_decode(&composed, message, composed_len));
		EXPECT((composed.flags & mask) == (full->decoded.flags & mask));
		EXPECT(rr_list_equal(&composed.rrs, &full->decoded.rrs));
	}
	free(message);
}

/* Between other messages, some of which end at once. */
static void
check_burst(const struct engine *engine, const uint8_t *query, size_t len, size_t cap,
	    const struct reply *alone)
{
	struct answer_item items[5];
	for (size_t i = 0; i < ARRAY_LEN(items); i++) {
		size_t item_len = i % 2 == 0 ? len : len - len / (i + 1);
		items[i] = (struct answer_item){.message = fuzz_copy(query, item_len, cap),
						.len = (uint32_t)item_len,
						.cap = (uint32_t)cap,
						.arrival = over_udp};
	}
	answer_burst(&engine->serving, items, ARRAY_LEN(items));
	for (size_t i = 0; i < ARRAY_LEN(items); i++) {
		const struct answer_item *item = &items[i];
		EXPECT(i % 2 != 0 || alone->is_missed == (item->disposition == COUNTER_MISS));
		if (i % 2 == 0 && item->disposition == COUNTER_ANSWER)
			EXPECT(item->response_len == alone->len &&
			       memcmp(item->message, alone->octets, alone->len) == 0);
		free(item->message);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const struct engine *engine = served(len > 1 ? data[1] : 0);
	size_t cap = len > MESSAGE_LEN_PLAIN ? len : MESSAGE_LEN_PLAIN;
	struct reply full;
	struct reply small;
	struct reply cut;
	if (len > MESSAGE_LEN_MAX)
		return 0;
	ask(&full, engine, &over_tcp, data, len, MESSAGE_LEN_MAX);
	ask(&cut, engine, &over_udp, data, len, MESSAGE_LEN_MAX);
	ask(&small, engine, &over_udp, data, len, cap);
	EXPECT((full.octets != NULL) == (cut.octets != NULL));
	if (full.octets != NULL) {
		size_t limit = udp_limit(&engine->serving, data, len);
		EXPECT(cut.len <= limit);
		check_burst(engine, data, len, cap, &small);
	}
	/* Control may decide by the transport. */
	if (full.octets != NULL && !full.is_missed) {
		check_shortened(&full.decoded, &cut.decoded);
		check_shortened(&cut.decoded, &small.decoded);
		check_composed(engine, data, len, &full);
	}
	reply_fini(&full);
	reply_fini(&small);
	reply_fini(&cut);
	return 0;
}
