/* test_parse.c -- messages as they should not be, and some as they should: what the header, the
 * question and OPT are answered with. */
#include "tests/unit/engine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "dataplane/query.h"
#include "zones/dname.h"

static struct engine engine;
static uint8_t message[MESSAGE_LEN_MAX + ENGINE_CANARY_LEN];
static struct decoded decoded;
static const struct arrival over_udp = {.transport = TRANSPORT_UDP};

static const struct engine_text zones[] = {
    {"example.com.", "$TTL 3600\n"
		     "@ SOA ns1 hostmaster 1 2 3 4 300\n"
		     "@ NS ns1\n"
		     "ns1 A 192.0.2.1\n"
		     "www A 192.0.2.80\n"},
};

static int
setup(void **state)
{
	engine_serve(&engine, zones, ARRAY_LEN(zones));
	return 0;
}

static int
teardown(void **state)
{
	decoded_fini(&decoded);
	engine_fini(&engine);
	return 0;
}

/* A message written octet by octet. */
struct writer {
	uint8_t octets[1024];
	size_t len;
};

static void
put(struct writer *writer, const void *octets, size_t len)
{
	memcpy(writer->octets + writer->len, octets, len);
	writer->len += len;
}
#define PUT(writer, literal) put(writer, literal, sizeof(literal) - 1)

static void
put_header(struct writer *writer, unsigned flags, unsigned qd, unsigned an, unsigned ns,
	   unsigned ar)
{
	const unsigned fields[] = {0x4711, flags, qd, an, ns, ar};
	for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
		be16_write(writer->octets + writer->len, (uint16_t)fields[i]);
		writer->len += 2;
	}
}

static void
put_question(struct writer *writer, uint16_t qtype, uint16_t qclass)
{
	PUT(writer, "\3WwW\7example\3com\0");
	be16_write(writer->octets + writer->len, qtype);
	be16_write(writer->octets + writer->len + 2, qclass);
	writer->len += QUESTION_FIXED_LEN;
}

static void
put_opt(struct writer *writer, uint16_t payload, uint32_t ttl, const char *options, size_t len)
{
	uint8_t fixed[RR_FIXED_LEN];
	PUT(writer, "\0");
	be16_write(fixed, RRTYPE_OPT);
	be16_write(fixed + 2, payload);
	be32_write(fixed + 4, ttl);
	be16_write(fixed + 8, (uint16_t)len);
	put(writer, fixed, sizeof(fixed));
	put(writer, options, len);
}

static enum counter
ask(const struct writer *writer, enum transport transport)
{
	enum counter disposition;
	memcpy(message, writer->octets, writer->len);
	size_t len =
	    engine_ask(&engine, transport, message, writer->len, MESSAGE_LEN_MAX, &disposition);
	if (disposition == COUNTER_ANSWER && !dns_decode(&decoded, message, len))
		fail_msg("%s", decoded.fault);
	if (disposition == COUNTER_ANSWER) {
		assert_int_equal(decoded.id, 0x4711);
		assert_true(decoded.flags & FLAG_QR);
	}
	return disposition;
}

/* What the test expects of an answer, in words: "NOERROR aa rd", and how many records there are. */
static void
expect(const struct writer *writer, const char *words, size_t rr_count)
{
	char *text = NULL;
	size_t len = 0;
	assert_int_equal(ask(writer, TRANSPORT_UDP), COUNTER_ANSWER);
	FILE *out = open_memstream(&text, &len);
	decoded_print(&decoded, out);
	fclose(out);
	*strchr(text, '\n') = 0;
	assert_string_equal(text, words);
	free(text);
	assert_int_equal(decoded.rrs.line_count, rr_count);
}

static void
expect_bare(const struct writer *writer, const char *words)
{
	expect(writer, words, 0);
	assert_false(decoded.has_question);
	assert_int_equal(decoded.question_end, HEADER_LEN);
}

/* The question stands there as it came, its case too. */
static void
expect_with_question(const struct writer *writer, const char *words, size_t rr_count)
{
	expect(writer, words, rr_count);
	assert_true(decoded.has_question);
	size_t len = decoded.question_end - HEADER_LEN;
	assert_memory_equal(message + HEADER_LEN, writer->octets + HEADER_LEN, len);
}

static void
test_only_rd_is_copied(void **state)
{
	for (unsigned i = 0; i <= 0x7f; i++) {
		/* AA TC RD RA Z AD CD, and an RCODE, which means nothing in a query. */
		unsigned flags = i << 4 | (i & FLAG_RCODE);
		struct writer writer = {.len = 0};
		put_header(&writer, flags, 1, 0, 0, 0);
		put_question(&writer, RRTYPE_A, RRCLASS_IN);
		expect_with_question(&writer, flags & FLAG_RD ? "NOERROR aa rd" : "NOERROR aa", 1);
	}
}

static void
test_responses_and_fragments_meet_silence(void **state)
{
	struct writer writer = {.len = 0};
	put_header(&writer, FLAG_QR, 1, 0, 0, 0);
	put_question(&writer, RRTYPE_A, RRCLASS_IN);
	assert_int_equal(ask(&writer, TRANSPORT_UDP), COUNTER_DROP_RESPONSE);
	assert_int_equal(ask(&writer, TRANSPORT_TCP), COUNTER_DROP_RESPONSE);
	for (unsigned opcode = 0; opcode < 16; opcode++) {
		be16_write(writer.octets + 2, (uint16_t)(FLAG_QR | opcode << FLAG_OPCODE_SHIFT));
		assert_int_equal(ask(&writer, TRANSPORT_UDP), COUNTER_DROP_RESPONSE);
	}
	be16_write(writer.octets + 2, 0);
	for (writer.len = 0; writer.len < HEADER_LEN; writer.len++)
		assert_int_equal(ask(&writer, TRANSPORT_UDP), COUNTER_DROP_HEADER);
}

static void
test_other_opcodes_are_for_control(void **state)
{
	for (unsigned opcode = 1; opcode < 16; opcode++) {
		struct writer writer = {.len = 0};
		put_header(&writer, opcode << FLAG_OPCODE_SHIFT, 1, 0, 0, 0);
		put_question(&writer, RRTYPE_SOA, RRCLASS_IN);
		assert_int_equal(ask(&writer, TRANSPORT_UDP), COUNTER_MISS);
		assert_memory_equal(message, writer.octets, writer.len);
	}
}

static void
test_transfers_and_signatures_are_for_control(void **state)
{
	static const uint16_t transfers[] = {RRTYPE_AXFR, RRTYPE_IXFR};
	for (size_t i = 0; i < ARRAY_LEN(transfers); i++) {
		struct writer writer = {.len = 0};
		put_header(&writer, 0, 1, 0, 0, 0);
		put_question(&writer, transfers[i], RRCLASS_IN);
		assert_int_equal(ask(&writer, TRANSPORT_UDP), COUNTER_MISS);
		assert_int_equal(ask(&writer, TRANSPORT_TCP), COUNTER_MISS);
		assert_memory_equal(message, writer.octets, writer.len);
	}
	struct writer writer = {.len = 0};
	put_header(&writer, 0, 1, 0, 0, 1);
	put_question(&writer, RRTYPE_A, RRCLASS_IN);
	PUT(&writer, "\3key\0\0\372\0\377\0\0\0\0\0\2xx");
	assert_int_equal(ask(&writer, TRANSPORT_UDP), COUNTER_MISS);
	/* RFC 8945 5.1: the TSIG is the last record. */
	be16_write(writer.octets + HEADER_ARCOUNT_OFF, 2);
	put_opt(&writer, 1232, 0, "", 0);
	expect_with_question(&writer, "FORMERR", 0);
}

static void
test_a_query_has_one_question(void **state)
{
	static const unsigned counts[] = {0, 2, 3, 0xffff};
	for (size_t i = 0; i < ARRAY_LEN(counts); i++) {
		struct writer writer = {.len = 0};
		put_header(&writer, FLAG_RD, counts[i], 0, 0, 0);
		if (i > 0)
			put_question(&writer, RRTYPE_A, RRCLASS_IN);
		put_question(&writer, RRTYPE_A, RRCLASS_IN);
		expect_bare(&writer, "FORMERR rd");
	}
	struct writer writer = {.len = 0};
	put_header(&writer, 0, 0, 0, 0, 0);
	expect_bare(&writer, "FORMERR");
	/* What else the header counted is not there in the answer. */
	writer.len = 0;
	put_header(&writer, 0, 0, 3, 4, 5);
	expect_bare(&writer, "FORMERR");
}

static void
test_unreadable_questions(void **state)
{
	static const struct {
		const char *octets;
		size_t len;
	} questions[] = {
#define QUESTION(literal) {literal, sizeof(literal) - 1}
	    QUESTION(""),                     /* nothing */
	    QUESTION("\3www"),                /* runs off */
	    QUESTION("\77www\0\0\1\0\1"),     /* label runs off */
	    QUESTION("\3www\0"),              /* no QTYPE */
	    QUESTION("\3www\0\0\1\0"),        /* half a QCLASS */
	    QUESTION("\300\14\0\1\0\1"),      /* a pointer */
	    QUESTION("\3www\300\14\0\1\0\1"), /* a pointer to itself */
	    QUESTION("\101www\0\0\1\0\1"),    /* label type 0x40 */
	    QUESTION("\201www\0\0\1\0\1"),    /* label type 0x80 */
	    QUESTION("\100\0\1\0\1"),         /* 64 octets */
#undef QUESTION
	};
	for (size_t i = 0; i < ARRAY_LEN(questions); i++) {
		struct writer writer = {.len = 0};
		put_header(&writer, 0, 1, 0, 0, 0);
		put(&writer, questions[i].octets, questions[i].len);
		expect_bare(&writer, "FORMERR");
	}
}

/* 255 octets are a name, 256 none (RFC 1035 2.3.4). */
static void
test_the_longest_names(void **state)
{
	static const unsigned last_lens[] = {61, 62};
	for (size_t i = 0; i < ARRAY_LEN(last_lens); i++) {
		struct writer writer = {.len = 0};
		put_header(&writer, 0, 1, 0, 0, 0);
		for (unsigned label = 0; label < 4; label++) {
			uint8_t octets[64];
			unsigned len = label < 3 ? 63 : last_lens[i];
			memset(octets, 'x', sizeof(octets));
			octets[0] = (uint8_t)len;
			put(&writer, octets, 1 + len);
		}
		PUT(&writer, "\0\0\1\0\1");
		if (i == 0)
			expect_with_question(&writer, "REFUSED", 0);
		else
			expect_bare(&writer, "FORMERR");
	}
	/* 127 labels, in the zone. */
	struct writer writer = {.len = 0};
	put_header(&writer, 0, 1, 0, 0, 0);
	for (unsigned label = 0; label < 120; label++)
		PUT(&writer, "\1a");
	PUT(&writer, "\1b\7example\3com\0\0\1\0\1");
	expect_with_question(&writer, "NXDOMAIN aa", 1);
	memcpy(writer.octets + HEADER_LEN + 240, "\1b\1b\1b\1b\1b\1b\1b\0\0\1\0\1", 19);
	writer.len = HEADER_LEN + 259;
	expect_with_question(&writer, "REFUSED", 0);
}

static void
test_classes(void **state)
{
	static const struct {
		uint16_t qclass;
		const char *words;
	} cases[] = {
	    {RRCLASS_IN, "NOERROR aa"},
	    {RRCLASS_ANY, "NOERROR aa"},
	    {0, "REFUSED"},
	    {2, "REFUSED"},
	    {RRCLASS_CH, "REFUSED"},
	    {RRCLASS_HS, "REFUSED"},
	    {RRCLASS_NONE, "REFUSED"},
	    {256, "REFUSED"},
	    {65535, "REFUSED"},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct writer writer = {.len = 0};
		put_header(&writer, 0, 1, 0, 0, 0);
		put_question(&writer, RRTYPE_A, cases[i].qclass);
		expect_with_question(&writer, cases[i].words, i < 2 ? 1 : 0);
		assert_int_equal(decoded.qclass, cases[i].qclass);
	}
}

static void
test_trailing_octets(void **state)
{
	struct writer writer = {.len = 0};
	put_header(&writer, 0, 1, 0, 0, 0);
	put_question(&writer, RRTYPE_A, RRCLASS_IN);
	PUT(&writer, "\0");
	expect_with_question(&writer, "FORMERR", 0);
	/* Behind an OPT as well; the answer then has none (RFC 6891 7). */
	be16_write(writer.octets + HEADER_ARCOUNT_OFF, 1);
	writer.len--;
	put_opt(&writer, 1232, 0, "", 0);
	PUT(&writer, "xyz");
	expect_with_question(&writer, "FORMERR", 0);
}

static void
test_records_that_are_not_there(void **state)
{
	for (unsigned section = 0; section < 3; section++) {
		struct writer writer = {.len = 0};
		put_header(&writer, 0, 1, section == 0, section == 1, section == 2);
		put_question(&writer, RRTYPE_A, RRCLASS_IN);
		expect_with_question(&writer, "FORMERR", 0);
		be16_write(writer.octets + HEADER_ANCOUNT_OFF + (size_t)2 * section, 0xffff);
		expect_with_question(&writer, "FORMERR", 0);
	}
}

/* RFC 9824 3.5. The message could be read: OPT is answered with OPT. */
static void
test_nxname(void **state)
{
	struct writer writer = {.len = 0};
	put_header(&writer, FLAG_RD, 1, 0, 0, 0);
	put_question(&writer, RRTYPE_NXNAME, RRCLASS_IN);
	expect_with_question(&writer, "FORMERR rd", 0);
	writer.len = 0;
	put_header(&writer, 0, 1, 0, 0, 1);
	put_question(&writer, RRTYPE_NXNAME, RRCLASS_ANY);
	put_opt(&writer, 4096, EDNS_FLAG_DO, "", 0);
	expect_with_question(&writer, "FORMERR edns do", 0);
	writer.len = 0;
	put_header(&writer, 0, 1, 0, 0, 0);
	put_question(&writer, RRTYPE_NXNAME + 1, RRCLASS_IN);
	expect_with_question(&writer, "NOERROR aa", 1);
}

/* Where no octet can be read behind the last one: ASan watches. */
static void
parse_exactly(const struct writer *writer)
{
	uint8_t *copy = malloc(writer->len > 0 ? writer->len : 1);
	struct query query;
	memcpy(copy, writer->octets, writer->len);
	query_parse(&query, copy, writer->len);
	free(copy);
}

/* Knot ignores what a query has in its sections, as long as it can be read; so do we. */
static void
test_records_that_are_there(void **state)
{
	static const char record[] = "\300\14\0\1\0\1\0\0\0\1\0\4abcd";
	for (unsigned section = 0; section < 3; section++) {
		struct writer writer = {.len = 0};
		put_header(&writer, 0, 1, section == 0, section == 1, section == 2);
		put_question(&writer, RRTYPE_A, RRCLASS_IN);
		put(&writer, record, sizeof(record) - 1);
		expect_with_question(&writer, "NOERROR aa", 1);
		size_t whole = writer.len;
		for (writer.len = whole - sizeof(record) + 2; writer.len < whole; writer.len++) {
			expect_with_question(&writer, "FORMERR", 0);
			parse_exactly(&writer);
		}
	}
}

static void
test_opt(void **state)
{
	struct writer writer = {.len = 0};
	put_header(&writer, FLAG_CD, 1, 0, 0, 1);
	put_question(&writer, RRTYPE_A, RRCLASS_IN);
	size_t opt_off = writer.len;
	put_opt(&writer, 4096, 0x0000ffff, "", 0);
	expect_with_question(&writer, "NOERROR aa edns do", 1);
	assert_int_equal(decoded.udp_payload, UDP_PAYLOAD_DEFAULT);
	assert_int_equal(decoded.opt_flags, EDNS_FLAG_DO);
	assert_int_equal(decoded.version, 0);

	/* Options are skipped, NSID and padding among them; an extended RCODE means nothing. */
	writer.len = opt_off;
	put_opt(&writer, 4096, 0xff000000, "\0\3\0\0\0\14\0\3xyz\377\377\0\0", 15);
	expect_with_question(&writer, "NOERROR aa edns", 1);

	/* REFUSED carries it too. */
	memcpy(writer.octets + HEADER_LEN + 4, "\7exampel", 8);
	expect_with_question(&writer, "REFUSED edns", 0);
}

static void
test_opt_of_another_version(void **state)
{
	static const uint8_t versions[] = {1, 2, 255};
	for (size_t i = 0; i < ARRAY_LEN(versions); i++) {
		struct writer writer = {.len = 0};
		put_header(&writer, FLAG_RD, 1, 0, 0, 1);
		put_question(&writer, RRTYPE_A, RRCLASS_IN);
		put_opt(&writer, 4096, (uint32_t)versions[i] << 16 | EDNS_FLAG_DO, "", 0);
		expect_with_question(&writer, "BADVERS rd edns do", 0);
		assert_int_equal(decoded.version, 0);
		/* Whatever else is asked. */
		be16_write(writer.octets + HEADER_LEN + 17, RRTYPE_AXFR);
		be16_write(writer.octets + HEADER_LEN + 19, RRCLASS_CH);
		expect_with_question(&writer, "BADVERS rd edns do", 0);
	}
}

static void
test_malformed_opts(void **state)
{
	static const struct {
		const char *options;
		size_t len;
	} cases[] = {
	    {"\0", 1}, {"\0\3\0", 3}, {"\0\3\0\1", 4}, {"\0\3\0\0\0", 5}, {"\0\3\377\377xx", 6},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct writer writer = {.len = 0};
		put_header(&writer, 0, 1, 0, 0, 1);
		put_question(&writer, RRTYPE_A, RRCLASS_IN);
		put_opt(&writer, 1232, 0, cases[i].options, cases[i].len);
		expect_with_question(&writer, "FORMERR", 0);
	}
	struct writer writer = {.len = 0};
	put_header(&writer, 0, 1, 0, 0, 1);
	put_question(&writer, RRTYPE_A, RRCLASS_IN);
	size_t opt_off = writer.len;
	put_opt(&writer, 1232, 0, "", 0);
	/* RDLENGTH past the end. */
	writer.octets[writer.len - 1] = 1;
	expect_with_question(&writer, "FORMERR", 0);
	/* Cut short. */
	writer.octets[writer.len - 1] = 0;
	for (size_t whole = writer.len--; writer.len > opt_off; writer.len--) {
		expect_with_question(&writer, "FORMERR", 0);
		assert_true(writer.len < whole);
	}
	/* An owner that is not the root (RFC 6891 6.1.2): a name, and a pointer. */
	writer.len = opt_off;
	PUT(&writer, "\1x");
	put_opt(&writer, 1232, 0, "", 0);
	expect_with_question(&writer, "FORMERR", 0);
	writer.len = opt_off;
	PUT(&writer, "\300\40\0\51\4\320\0\0\0\0\0\0");
	expect_with_question(&writer, "FORMERR", 0);
}

static void
test_opts_out_of_place(void **state)
{
	struct writer writer = {.len = 0};
	put_header(&writer, 0, 1, 0, 0, 2);
	put_question(&writer, RRTYPE_A, RRCLASS_IN);
	size_t opt_off = writer.len;
	put_opt(&writer, 1232, 0, "", 0);
	put_opt(&writer, 1232, 1 << 16, "", 0);
	expect_with_question(&writer, "FORMERR", 0);
	for (unsigned section = 0; section < 2; section++) {
		writer.len = 0;
		put_header(&writer, 0, 1, section == 0, section == 1, 0);
		writer.len = opt_off;
		put_opt(&writer, 1232, 0, "", 0);
		expect_with_question(&writer, "FORMERR", 0);
	}
}

/* What query_parse() makes of the client's payload. */
static void
test_udp_payload(void **state)
{
	static const struct {
		uint16_t payload;
		uint16_t expected;
	} cases[] = {{0, 512}, {511, 512}, {512, 512}, {513, 513}, {1232, 1232}, {65535, 65535}};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct writer writer = {.len = 0};
		struct query query;
		put_header(&writer, 0, 1, 0, 0, 1);
		put_question(&writer, RRTYPE_A, RRCLASS_IN);
		put_opt(&writer, cases[i].payload, 0, "", 0);
		assert_int_equal(query_parse(&query, writer.octets, writer.len), PARSE_QUERY);
		assert_int_equal(query.udp_payload, cases[i].expected);
		assert_true(query.has_edns);
		assert_int_equal(query.sname.label_count, 3);
		assert_int_equal(query.question_end, HEADER_LEN + 17 + QUESTION_FIXED_LEN);
		assert_memory_equal(query.sname.dname, "\3www\7example\3com", 17);
	}
}

/* For what control refuses: the question is kept if there is one, OPT if it was good. */
static void
test_refuse(void **state)
{
	struct writer writer = {.len = 0};
	put_header(&writer, FLAG_RD | FLAG_CD | OPCODE_UPDATE << FLAG_OPCODE_SHIFT, 1, 0, 0, 1);
	put_question(&writer, RRTYPE_SOA, RRCLASS_IN);
	put_opt(&writer, 1232, EDNS_FLAG_DO, "\0\3\0\0", 4);
	memcpy(message, writer.octets, writer.len);
	size_t len = answer_refuse(&engine.serving, &over_udp, message, writer.len, RCODE_NOTAUTH);
	assert_true(dns_decode(&decoded, message, len));
	assert_int_equal(decoded.rcode, RCODE_NOTAUTH);
	assert_int_equal(decoded.flags,
			 FLAG_QR | FLAG_RD | OPCODE_UPDATE << FLAG_OPCODE_SHIFT | RCODE_NOTAUTH);
	assert_true(decoded.has_question && decoded.has_opt && decoded.has_do);

	memcpy(message, writer.octets, writer.len);
	len = answer_refuse(&engine.serving, &over_udp, message, writer.len - 1, RCODE_FORMERR);
	assert_true(dns_decode(&decoded, message, len));
	assert_true(decoded.has_question && !decoded.has_opt);

	memcpy(message, writer.octets, writer.len);
	len = answer_refuse(&engine.serving, &over_udp, message, HEADER_LEN, RCODE_NOTIMP);
	assert_int_equal(len, HEADER_LEN);
	assert_true(dns_decode(&decoded, message, len));
	assert_int_equal(decoded.rcode, RCODE_NOTIMP);
}

/* Changes of valid queries: bits, octets, lengths, counts. Nothing crashes (ASan, UBSan), what is
 * answered can be read, and its answer is answered by nobody. */
static void
test_mutations(void **state)
{
	static uint8_t exact[1024];
	struct random random = random_new(7);
	for (unsigned round = 0; round < 100000; round++) {
		struct writer writer = {.len = 0};
		put_header(&writer, random_below(&random, 4) ? 0 : FLAG_RD, 1, 0, 0, 1);
		put_question(&writer, (uint16_t)random_below(&random, 260), RRCLASS_IN);
		put_opt(&writer, 1232, EDNS_FLAG_DO, "\0\12\0\10abcdefgh", 12);
		for (unsigned changes = random_below(&random, 4); changes > 0; changes--) {
			size_t at = random_below(&random, (unsigned)writer.len);
			unsigned bit = 1u << random_below(&random, 8);
			uint64_t octet = random_below(&random, 2) ? random_next(&random) : bit;
			writer.octets[at] = (uint8_t)octet;
		}
		if (random_below(&random, 4) == 0)
			writer.len = random_below(&random, (unsigned)writer.len + 1);
		/* As short as it is, so that a read past the end is noticed. */
		parse_exactly(&writer);

		memcpy(exact, writer.octets, writer.len);
		enum counter disposition;
		size_t len =
		    engine_ask(&engine, TRANSPORT_UDP, exact, writer.len, 512, &disposition);
		if (disposition != COUNTER_ANSWER) {
			assert_memory_equal(exact, writer.octets, writer.len);
			continue;
		}
		if (!dns_decode(&decoded, exact, len))
			fail_msg("round %u: %s", round, decoded.fault);
		assert_int_equal(decoded.id, be16_read(writer.octets));
		engine_ask(&engine, TRANSPORT_UDP, exact, len, 512, &disposition);
		assert_int_equal(disposition, COUNTER_DROP_RESPONSE);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_only_rd_is_copied),
	    cmocka_unit_test(test_responses_and_fragments_meet_silence),
	    cmocka_unit_test(test_other_opcodes_are_for_control),
	    cmocka_unit_test(test_transfers_and_signatures_are_for_control),
	    cmocka_unit_test(test_a_query_has_one_question),
	    cmocka_unit_test(test_unreadable_questions),
	    cmocka_unit_test(test_the_longest_names),
	    cmocka_unit_test(test_classes),
	    cmocka_unit_test(test_trailing_octets),
	    cmocka_unit_test(test_records_that_are_not_there),
	    cmocka_unit_test(test_nxname),
	    cmocka_unit_test(test_records_that_are_there),
	    cmocka_unit_test(test_opt),
	    cmocka_unit_test(test_opt_of_another_version),
	    cmocka_unit_test(test_malformed_opts),
	    cmocka_unit_test(test_opts_out_of_place),
	    cmocka_unit_test(test_udp_payload),
	    cmocka_unit_test(test_refuse),
	    cmocka_unit_test(test_mutations),
	};
	return cmocka_run_group_tests_name("parse", tests, setup, teardown);
}
