/* test_request.c -- what control says to messages that the engine leaves to it. The RCODEs are
 * those that knotd 3.2 and nsd 4.6 give, where the two agree. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "control/request.h"
#include "zones/dns.h"

#define SERVED "\7example\3com"
#define BELOW "\1a\7example\3com"
#define UNLOADED "\4dead\4test"
#define ELSEWHERE "\5other\3org"

static struct serving serving = {.udp_payload_max = {1232, 1232}};

/* A header and one question, or none (qname NULL). */
static size_t
write_message(uint8_t message[512], unsigned opcode, const char *qname, uint16_t qtype,
	      uint16_t qclass)
{
	size_t len = HEADER_LEN;
	memset(message, 0, 512);
	be16_write(message, 0x1234);
	be16_write(message + HEADER_FLAGS_OFF, (uint16_t)(opcode << FLAG_OPCODE_SHIFT));
	if (qname == NULL)
		return len;
	be16_write(message + HEADER_QDCOUNT_OFF, 1);
	memcpy(message + len, qname, strlen(qname) + 1);
	len += strlen(qname) + 1;
	be16_write(message + len, qtype);
	be16_write(message + len + 2, qclass);
	return len + 4;
}

static const struct arrival over_udp = {.transport = TRANSPORT_UDP};
static const struct arrival over_tcp = {.transport = TRANSPORT_TCP};

static const struct arrival *
arrival_by(enum transport transport)
{
	return transport == TRANSPORT_UDP ? &over_udp : &over_tcp;
}

static unsigned
decide(enum transport transport, unsigned opcode, const char *qname, uint16_t qtype,
       uint16_t qclass)
{
	uint8_t message[512];
	size_t len = write_message(message, opcode, qname, qtype, qclass);
	size_t response_len = request_decide(&serving, arrival_by(transport), message, len, 512);
	assert_int_equal(response_len, len);
	unsigned flags = be16_read(message + HEADER_FLAGS_OFF);
	assert_int_equal(be16_read(message), 0x1234);
	assert_int_equal(flags & FLAG_QR, FLAG_QR);
	assert_int_equal((flags & FLAG_OPCODE) >> FLAG_OPCODE_SHIFT, opcode);
	assert_int_equal(flags & FLAG_AA, 0);
	return flags & FLAG_RCODE;
}

static void
test_decisions(void **state)
{
	static const struct {
		unsigned opcode;
		const char *qname;
		uint16_t qtype;
		uint16_t qclass;
		unsigned udp;
		unsigned tcp;
	} rows[] = {
	    {OPCODE_NOTIFY, SERVED, RRTYPE_SOA, 1, RCODE_REFUSED, RCODE_REFUSED},
	    {OPCODE_NOTIFY, UNLOADED, RRTYPE_SOA, 1, RCODE_REFUSED, RCODE_REFUSED},
	    {OPCODE_NOTIFY, BELOW, RRTYPE_SOA, 1, RCODE_NOTAUTH, RCODE_NOTAUTH},
	    {OPCODE_NOTIFY, ELSEWHERE, RRTYPE_SOA, 1, RCODE_NOTAUTH, RCODE_NOTAUTH},
	    {OPCODE_NOTIFY, NULL, 0, 0, RCODE_FORMERR, RCODE_FORMERR},
	    {OPCODE_UPDATE, SERVED, RRTYPE_SOA, 1, RCODE_REFUSED, RCODE_REFUSED},
	    {OPCODE_UPDATE, BELOW, RRTYPE_SOA, 1, RCODE_NOTAUTH, RCODE_NOTAUTH},
	    {OPCODE_UPDATE, ELSEWHERE, RRTYPE_SOA, 1, RCODE_NOTAUTH, RCODE_NOTAUTH},
	    {OPCODE_UPDATE, SERVED, RRTYPE_SOA, 3, RCODE_NOTAUTH, RCODE_NOTAUTH},
	    {OPCODE_UPDATE, SERVED, RRTYPE_A, 1, RCODE_FORMERR, RCODE_FORMERR},
	    {OPCODE_UPDATE, NULL, 0, 0, RCODE_FORMERR, RCODE_FORMERR},
	    {OPCODE_QUERY, SERVED, RRTYPE_AXFR, 1, RCODE_NOTIMP, RCODE_REFUSED},
	    {OPCODE_QUERY, ELSEWHERE, RRTYPE_AXFR, 1, RCODE_NOTIMP, RCODE_NOTAUTH},
	    {OPCODE_QUERY, SERVED, RRTYPE_IXFR, 1, RCODE_REFUSED, RCODE_REFUSED},
	    {OPCODE_QUERY, ELSEWHERE, RRTYPE_IXFR, 1, RCODE_NOTAUTH, RCODE_NOTAUTH},
	    {OPCODE_IQUERY, SERVED, RRTYPE_A, 1, RCODE_NOTIMP, RCODE_NOTIMP},
	    {OPCODE_STATUS, SERVED, RRTYPE_A, 1, RCODE_NOTIMP, RCODE_NOTIMP},
	    {OPCODE_DSO, NULL, 0, 0, RCODE_NOTIMP, RCODE_NOTIMP},
	    {3, SERVED, RRTYPE_A, 1, RCODE_NOTIMP, RCODE_NOTIMP},
	    {15, SERVED, RRTYPE_A, 1, RCODE_NOTIMP, RCODE_NOTIMP},
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		unsigned udp = decide(TRANSPORT_UDP, rows[i].opcode, rows[i].qname, rows[i].qtype,
				      rows[i].qclass);
		unsigned tcp = decide(TRANSPORT_TCP, rows[i].opcode, rows[i].qname, rows[i].qtype,
				      rows[i].qclass);
		if (udp != rows[i].udp || tcp != rows[i].tcp)
			fail_msg("row %zu: %u over UDP, %u over TCP", i, udp, tcp);
	}
}

static void
test_silence(void **state)
{
	uint8_t message[512];
	size_t len = write_message(message, OPCODE_NOTIFY, SERVED, RRTYPE_SOA, 1);
	assert_int_equal(request_decide(&serving, &over_udp, message, HEADER_LEN - 1, 512), 0);
	message[HEADER_FLAGS_OFF] |= 0x80;
	assert_int_equal(request_decide(&serving, &over_udp, message, len, 512), 0);
}

/* RFC 6891 6.1.3: of an EDNS version that nobody here speaks, whatever the opcode. */
static void
test_unknown_edns_version(void **state)
{
	static const uint8_t opt[] = {0, 0, RRTYPE_OPT, 4, 0xd0, 0, 1, 0, 0, 0, 0};
	static const unsigned opcodes[] = {OPCODE_NOTIFY, OPCODE_UPDATE};
	uint8_t message[512];
	for (size_t i = 0; i < ARRAY_LEN(opcodes); i++) {
		size_t len = write_message(message, opcodes[i], SERVED, RRTYPE_SOA, 1);
		be16_write(message + HEADER_ARCOUNT_OFF, 1);
		memcpy(message + len, opt, sizeof(opt));
		size_t response_len =
		    request_decide(&serving, &over_udp, message, len + sizeof(opt), 512);
		assert_int_equal(response_len, len + sizeof(opt));
		assert_int_equal(be16_read(message + HEADER_FLAGS_OFF) & FLAG_RCODE, 0);
		assert_int_equal(message[len + 5], RCODE_BADVERS >> 4);
	}
}

/* Appends a TSIG record; returns the message's new length. */
static size_t
add_tsig(uint8_t message[512], size_t len, const char *tail, size_t tail_len)
{
	static const uint8_t head[] = "\3Key\1x\0\0\372\0\377\0\0\0\0";
	static const uint8_t rdata[] = "\13hmac-sha256\0\0\0\146\125\104\63\1\54\0\4";
	be16_write(message + HEADER_ARCOUNT_OFF,
		   (uint16_t)(be16_read(message + HEADER_ARCOUNT_OFF) + 1));
	memcpy(message + len, head, sizeof(head) - 1);
	len += sizeof(head) - 1;
	be16_write(message + len, (uint16_t)(sizeof(rdata) - 1 + tail_len));
	memcpy(message + len + 2, rdata, sizeof(rdata) - 1);
	len += 2 + sizeof(rdata) - 1;
	memcpy(message + len, tail, tail_len);
	return len + tail_len;
}

/* RFC 8945 5.2.1, 5.3.2: nobody has the key; the answer says so in a record without a MAC. */
static void
test_unknown_keys(void **state)
{
	static const unsigned opcodes[] = {OPCODE_QUERY, OPCODE_NOTIFY, OPCODE_UPDATE};
	static const char tail[] = "abcd\22\64\0\0\0\2xy";
	static const char expected[] = "\3Key\1x\0\0\372\0\377\0\0\0\0\0\35"
				       "\13hmac-sha256\0\0\0\146\125\104\63\1\54\0\0"
				       "\22\64\0\21\0";
	uint8_t message[512];
	for (size_t i = 0; i < ARRAY_LEN(opcodes); i++) {
		size_t question_end = write_message(message, opcodes[i], SERVED, RRTYPE_SOA, 1);
		size_t len = add_tsig(message, question_end, tail, sizeof(tail) - 1);
		assert_int_equal(request_decide(&serving, &over_udp, message, len, 512),
				 question_end + sizeof(expected));
		assert_int_equal(be16_read(message + HEADER_FLAGS_OFF) & FLAG_RCODE, RCODE_NOTAUTH);
		assert_int_equal(be16_read(message + HEADER_ARCOUNT_OFF), 1);
		assert_memory_equal(message + question_end, expected, sizeof(expected));
	}
}

/* A record that cannot be read is the whole message's fault. */
static void
test_malformed_tsig(void **state)
{
	static const struct {
		const char *octets;
		size_t len;
	} tails[] = {
#define TAIL(literal) {literal, sizeof(literal) - 1}
	    TAIL(""),                         /* no MAC */
	    TAIL("abc"),                      /* a part of it */
	    TAIL("abcd\22\64\0\0\0"),         /* no other len */
	    TAIL("abcd\22\64\0\0\0\1"),       /* no other data */
	    TAIL("abcd\22\64\0\0\0\1xy"),     /* too much */
	    TAIL("abcd\22\64\0\0\377\377xy"), /* far too little */
#undef TAIL
	};
	uint8_t message[512];
	for (size_t i = 0; i < ARRAY_LEN(tails); i++) {
		size_t question_end = write_message(message, OPCODE_QUERY, SERVED, RRTYPE_A, 1);
		size_t len = add_tsig(message, question_end, tails[i].octets, tails[i].len);
		assert_int_equal(request_decide(&serving, &over_udp, message, len, 512),
				 question_end);
		assert_int_equal(be16_read(message + HEADER_FLAGS_OFF) & FLAG_RCODE, RCODE_FORMERR);
	}
	/* RFC 8945 4.2: of class ANY, with TTL 0. */
	for (unsigned off = 9; off < 15; off++) {
		size_t question_end = write_message(message, OPCODE_QUERY, SERVED, RRTYPE_A, 1);
		size_t len = add_tsig(message, question_end, "abcd\0\0\0\0\0\0", 10);
		message[question_end + off] ^= 1;
		assert_int_equal(request_decide(&serving, &over_udp, message, len, 512),
				 question_end);
		assert_int_equal(be16_read(message + HEADER_FLAGS_OFF) & FLAG_RCODE, RCODE_FORMERR);
	}
}

/* Cut anywhere, with the rest out of bounds: an answer or silence, never a read past the end. */
static void
test_every_prefix(void **state)
{
	static const unsigned opcodes[] = {OPCODE_QUERY, OPCODE_NOTIFY, OPCODE_UPDATE, OPCODE_DSO};
	uint8_t message[512];
	for (size_t i = 0; i < ARRAY_LEN(opcodes); i++) {
		size_t full_len = write_message(message, opcodes[i], BELOW, RRTYPE_SOA, 1);
		for (size_t len = 0; len <= full_len; len++) {
			uint8_t *copy = malloc(512);
			memset(copy, 0xff, 512);
			memcpy(copy, message, len);
			size_t response_len = request_decide(&serving, &over_tcp, copy, len, 512);
			assert_true(len < HEADER_LEN ? response_len == 0
						     : response_len >= HEADER_LEN);
			free(copy);
		}
	}
}

/* The law of counters.h for a transport of control's own. */
static void
test_counts(void **state)
{
	uint8_t message[512];
	struct counters *counters = aligned_alloc(64, sizeof(*counters));
	memset(counters, 0, sizeof(*counters));
	size_t len = write_message(message, OPCODE_QUERY, SERVED, RRTYPE_A, 1);
	request_answer(&serving, &over_udp, message, len, 512, counters); /* SERVFAIL */
	len = write_message(message, OPCODE_STATUS, SERVED, RRTYPE_A, 1);
	request_answer(&serving, &over_udp, message, len, 512, counters); /* NOTIMP */
	request_answer(&serving, &over_udp, message, 3, 512, counters);   /* silence */
	request_answer(&serving, &over_udp, message, len, 512, counters); /* a response now */
	assert_int_equal(counter_read(counters, COUNTER_RX), 4);
	assert_int_equal(counter_read(counters, COUNTER_ANSWER), 1);
	assert_int_equal(counter_read(counters, COUNTER_MISS), 1);
	assert_int_equal(counter_read(counters, COUNTER_REPLY), 1);
	assert_int_equal(counter_read(counters, COUNTER_DROP_HEADER), 1);
	assert_int_equal(counter_read(counters, COUNTER_DROP_RESPONSE), 1);
	assert_int_equal(counter_read(counters, COUNTER_SERVFAIL), 1);
	assert_int_equal(counter_read(counters, COUNTER_NOTIMP), 1);
	free(counters);
}

/* Zones that are configured and not available, which is all that is needed here. */
static int
set_up(void **state)
{
	static const struct zoneset_member members[] = {{.apex = (const uint8_t *)SERVED},
							{.apex = (const uint8_t *)UNLOADED}};
	struct zoneset *zones;
	if (zoneset_new(members, ARRAY_LEN(members), &zones) != STATUS_OK)
		return -1;
	serving.zones = zones;
	*state = zones;
	return 0;
}

static int
tear_down(void **state)
{
	zoneset_free(*state);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_decisions),
	    cmocka_unit_test(test_silence),
	    cmocka_unit_test(test_unknown_edns_version),
	    cmocka_unit_test(test_unknown_keys),
	    cmocka_unit_test(test_malformed_tsig),
	    cmocka_unit_test(test_every_prefix),
	    cmocka_unit_test(test_counts),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
