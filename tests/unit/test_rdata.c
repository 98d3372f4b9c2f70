/* test_rdata.c -- the type table and the RDATA codec: presentation to wire and back, faults, order.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include <cmocka.h>

#include "zones/dname.h"
#include "zones/rdata.h"
#include "zones/token.h"
#include "zones/ttl.h"

static const uint8_t origin[] = "\1o";
static uint8_t wire[RDATA_LEN_MAX];

/* Reads `text` as RDATA of `type`, through the scanner's own tokenizer. */
static bool
read_text(const char *type, const char *text, size_t *rdlen, struct rdata_fault *fault)
{
	struct tokenizer tokenizer;
	tokenizer_init(&tokenizer, text, strlen(text), 0);
	enum token_outcome outcome = tokenizer_next(&tokenizer);
	assert_true(outcome == TOKEN_ENTRY || outcome == TOKEN_END);
	bool is_read = rdata_read((uint16_t)rrtype_read(type, strlen(type)), tokenizer.tokens,
				  outcome == TOKEN_ENTRY ? tokenizer.token_count : 0, origin, wire,
				  rdlen, fault);
	tokenizer_fini(&tokenizer);
	return is_read;
}

static void
hex_of(const uint8_t *octets, size_t len, char *out)
{
	*out = '\0';
	for (size_t i = 0; i < len; i++)
		sprintf(out + 2 * i, "%02x", octets[i]);
}

/* Type, text as written, wire form in hexadecimal, text as printed (NULL: as written). */
static const struct good {
	const char *type;
	const char *text;
	const char *hex;
	const char *printed;
} goods[] = {
    {"A", "192.0.2.1", "c0000201", NULL},
    {"NS", "ns", "026e73016f00", "ns.o."},
    {"NS", "Ns.Example.", "024e73074578616d706c6500", NULL},
    {"NS", "@", "016f00", "o."},
    {"NS", ".", "00", NULL},
    {"NS", "\\@", "0140016f00", "\\@.o."},
    {"CNAME", "a\\.b.", "03612e6200", NULL},
    {"DNAME", "x.", "017800", NULL},
    {"SOA", "a. b. 4294967295 1h 1H30M 1w 0",
     "01610001620"
     "0ffffffff00000e100000151800093a8000000000",
     "a. b. 4294967295 3600 5400 604800 0"},
    {"MX", "10 m.", "000a016d00", NULL},
    {"MX", "0 .", "000000", NULL},
    {"SRV", "1 2 65535 s.", "00010002ffff017300", NULL},
    {"AAAA", "2001:DB8::1", "20010db8000000000000000000000001", "2001:db8::1"},
    {"AAAA", "::ffff:192.0.2.1", "00000000000000000000ffffc0000201", NULL},
    {"TXT", "abc", "03616263", "\"abc\""},
    {"TXT", "\"a b\" \"\"", "0361206200", NULL},
    {"TXT", "\"\\\"\\\\;()\"", "05225c3b2829", "\"\\\"\\\\;()\""},
    {"TXT", "\\000\\127\\255~", "04007fff7e", "\"\\000\\127\\255~\""},
    {"TXT", "\"\\a\"", "0161", "\"a\""},
    {"TXT", "\"\\031 !\"", "031f2021", NULL},
    {"HINFO", "\"a\" b", "01610162", "\"a\" \"b\""},
    {"CAA", "128 issue \"\"", "80056973737565", NULL},
    {"CAA", "0 iodef mailto:x", "0005696f6465666d61696c746f3a78", "0 iodef \"mailto:x\""},
    {"DS", "1 8 200 ab cd EF", "000108c8abcdef", "1 8 200 ABCDEF"},
    {"NAPTR", "1 2 \"u\" \"s\" \"!x!\" .",
     "0001000201750173032178"
     "2100",
     NULL},
    {"URI", "1 2 \"x\"", "0001000278", NULL},
    {"RP", "a. .", "01610000", NULL},
    {"A", "\\# 4 c0000201", "c0000201", "192.0.2.1"},
    {"MX", "\\# 5 000a 016d 00", "000a016d00", "10 m."},
    {"TYPE65280", "\\# 0", "", NULL},
    {"TYPE65280", "\\# 3 abCD ef", "abcdef", "\\# 3 ABCDEF"},
    {"TYPE65280", "\\# 2 a bc d", "abcd", "\\# 2 ABCD"},
};

static void
test_read_and_print(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(goods); i++) {
		const struct good *good = &goods[i];
		struct rdata_fault fault = {0};
		size_t rdlen = 0;
		if (!read_text(good->type, good->text, &rdlen, &fault))
			fail_msg("%s %s: %s", good->type, good->text, fault.reason);
		char hex[256];
		hex_of(wire, rdlen, hex);
		assert_string_equal(good->hex, hex);
		uint16_t rrtype = (uint16_t)rrtype_read(good->type, strlen(good->type));
		assert_true(rdata_is_valid(rrtype, wire, rdlen));
		char text[256];
		size_t len = rdata_print(rrtype, wire, rdlen, text, sizeof(text));
		assert_string_equal(good->printed != NULL ? good->printed : good->text, text);
		assert_int_equal(strlen(text), len);
	}
}

/* Type, text, the token at fault, the reason. */
static const struct bad {
	const char *type;
	const char *text;
	size_t token_idx;
	const char *reason;
} bads[] = {
    {"A", "", 0, "IPv4 address missing"},
    {"A", "1.2.3", 0, "not an IPv4 address"},
    {"A", "1.2.3.4.5", 0, "not an IPv4 address"},
    {"A", "01.2.3.4", 0, "not an IPv4 address"},
    {"A", "1.2.3.4 x", 1, "more than the type's RDATA holds"},
    {"AAAA", "1:2:3:4:5:6:7:8:9", 0, "not an IPv6 address"},
    {"AAAA", "fe80::1%eth0", 0, "not an IPv6 address"},
    {"MX", "10", 1, "domain name missing"},
    {"MX", "x a", 0, "not a number"},
    {"MX", "1x a", 0, "not a number"},
    {"MX", "\"\" a", 0, "not a number"},
    {"MX", "65536 a", 0, "number too large for its field"},
    {"MX", "99999999999999999999999999 a", 0, "number too large for its field"},
    {"MX", "10 a..b", 1, "empty label"},
    {"CNAME", "\"a\"", 0, "a domain name takes no quotes"},
    {"SOA", "a b 1 2 3 4", 6, "time missing"},
    {"SOA", "a b 1 2x 3 4 5", 3, "not a time in seconds or in units w d h m s"},
    {"TXT", "", 0, "text missing"},
    {"TXT", "a \\256", 1, "\\DDD escape above 255"},
    {"CAA", "0 \"\" x", 1, "a CAA tag is letters and digits"},
    {"CAA", "0 a_b x", 1, "a CAA tag is letters and digits"},
    {"CAA", "0 issue", 2, "text missing"},
    {"DS", "1 8 2", 3, "hexadecimal digits missing"},
    {"DS", "1 8 200 abc", 3, "odd number of hexadecimal digits"},
    {"DS", "1 8 200 ab cx", 4, "not a hexadecimal digit"},
    {"TYPE65280", "", 0, "RDATA of a type without a mnemonic begins with \\#"},
    {"TYPE65280", "abcd", 0, "RDATA of a type without a mnemonic begins with \\#"},
    {"TYPE65280", "\"\\#\" 0", 0, "RDATA of a type without a mnemonic begins with \\#"},
    {"TYPE65280", "\\#", 1, "length missing after \\#"},
    {"TYPE65280", "\\# 65536", 1, "number too large for its field"},
    {"TYPE65280", "\\# 1", 1, "length after \\# is not that of the hexadecimal digits"},
    {"TYPE65280", "\\# 1 0000", 1, "length after \\# is not that of the hexadecimal digits"},
    {"A", "\\# 3 000000", 1, "octets that are no RDATA of this type"},
    {"NS", "\\# 2 c00c", 1, "octets that are no RDATA of this type"},
    {"TXT", "\\# 0", 1, "octets that are no RDATA of this type"},
    {"TXT", "\\# 2 0261", 1, "octets that are no RDATA of this type"},
};

static void
test_faults(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(bads); i++) {
		struct rdata_fault fault = {0};
		size_t rdlen;
		if (read_text(bads[i].type, bads[i].text, &rdlen, &fault))
			fail_msg("%s %s was read", bads[i].type, bads[i].text);
		if (fault.token_idx != bads[i].token_idx ||
		    strcmp(fault.reason, bads[i].reason) != 0)
			fail_msg("%s %s: token %zu: %s", bads[i].type, bads[i].text,
				 fault.token_idx, fault.reason);
	}
}

/* 257 strings of 255 octets do not fit into 65535. */
static void
test_longest(void **state)
{
	enum { STRINGS = 257 };
	char string[256];
	memset(string, 'x', sizeof(string));
	struct rdata_token tokens[STRINGS];
	for (size_t i = 0; i < STRINGS; i++)
		tokens[i] = (struct rdata_token){.text = string, .len = 255};
	struct rdata_fault fault;
	size_t rdlen;
	assert_false(rdata_read(RRTYPE_TXT, tokens, STRINGS, origin, wire, &rdlen, &fault));
	assert_int_equal(255, fault.token_idx);
	assert_string_equal("RDATA longer than 65535 octets", fault.reason);
	assert_true(rdata_read(RRTYPE_TXT, tokens, 255, origin, wire, &rdlen, &fault));
	assert_int_equal(255 * 256, rdlen);
	tokens[255].len = 254;
	assert_true(rdata_read(RRTYPE_TXT, tokens, 256, origin, wire, &rdlen, &fault));
	assert_int_equal(RDATA_LEN_MAX, rdlen);
}

/* Whatever buffer it is given, rdata_print() stays within it, ends it, and tells the length. */
static void
test_print_into_small_buffers(void **state)
{
	static const uint8_t soa[] = "\1a\0\1b\0\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4\0\0\0\5";
	static const char text[] = "a. b. 1 2 3 4 5";
	assert_int_equal(strlen(text), rdata_print(RRTYPE_SOA, soa, sizeof(soa) - 1, NULL, 0));
	for (size_t cap = 1; cap < sizeof(text) + 2; cap++) {
		char out[sizeof(text) + 2];
		memset(out, '#', sizeof(out));
		assert_int_equal(strlen(text),
				 rdata_print(RRTYPE_SOA, soa, sizeof(soa) - 1, out, cap));
		size_t len = cap - 1 < strlen(text) ? cap - 1 : strlen(text);
		assert_int_equal(len, strlen(out));
		assert_memory_equal(text, out, len);
		for (size_t i = cap; i < sizeof(out); i++)
			assert_int_equal('#', out[i]);
	}
}

/* Any octets as RDATA of any type: nothing crashes, what is valid prints to text that reads back
 * to the same octets, and so does what is not (RFC 3597), for types without a row. */
static void
test_random_wire(void **state)
{
	srand(2);
	for (unsigned round = 0; round < 200000; round++) {
		uint16_t rrtype = (uint16_t)(rand() % 270 + (rand() % 32 == 0 ? 32760 : 0));
		uint8_t rdata[40];
		size_t rdlen = (size_t)rand() % sizeof(rdata);
		for (size_t i = 0; i < rdlen; i++)
			rdata[i] = (uint8_t)(rand() % (rand() % 2 ? 4 : 256));
		/* In a block of its own, so that the sanitizer sees a step past the end. */
		uint8_t *block = malloc(rdlen + 1);
		assert_non_null(block);
		uint8_t *exact = block + 1;
		memcpy(exact, rdata, rdlen);
		char text[4096];
		size_t len = rdata_print(rrtype, exact, rdlen, text, sizeof(text));
		assert_true(len < sizeof(text));
		const struct rrtype *row = rrtype_find(rrtype);
		bool is_zone_data = row == NULL || (row->flags & RRTYPE_META) == 0;
		if (rdata_is_valid(rrtype, exact, rdlen) && is_zone_data) {
			char type[RRTYPE_TEXT_MAX];
			rrtype_print(rrtype, type);
			struct rdata_fault fault = {0};
			size_t again;
			if (!read_text(type, text, &again, &fault))
				fail_msg("%s %s: %s", type, text, fault.reason);
			assert_int_equal(rdlen, again);
			assert_memory_equal(rdata, wire, rdlen);
		}
		free(block);
	}
}

static int
compare(uint16_t rrtype, const char *a, size_t a_len, const char *b, size_t b_len)
{
	return rdata_compare(rrtype, (const uint8_t *)a, a_len, (const uint8_t *)b, b_len);
}

static void
test_compare(void **state)
{
	/* Names are folded ... */
	assert_int_equal(0, compare(RRTYPE_NS, "\1A", 3, "\1a", 3));
	assert_int_equal(0, compare(RRTYPE_MX, "\0\1\1A", 5, "\0\1\1a", 5));
	/* ... nothing else is, ... */
	assert_true(compare(RRTYPE_TXT, "\1A", 2, "\1a", 2) < 0);
	assert_true(compare(RRTYPE_MX, "\0A\0", 3, "\0a\0", 3) < 0);
	assert_true(compare(65280, "A", 1, "a", 1) < 0);
	assert_true(compare(RRTYPE_NS, "\1A", 3, "\1[", 3) > 0);
	assert_true(compare(RRTYPE_TXT, "\1A", 2, "\1[", 2) < 0);
	assert_true(compare(RRTYPE_NS, "\1[", 3, "\1_", 3) < 0);
	/* ... octets are unsigned, and as strings: "\1b" before "\2a" (RFC 4034 6.3). */
	assert_true(compare(RRTYPE_A, "\177\0\0\1", 4, "\300\0\2\1", 4) < 0);
	assert_true(compare(RRTYPE_NS, "\1b", 3, "\2aa", 4) < 0);
	assert_true(compare(RRTYPE_TXT, "\1a", 2, "\1a\1b", 4) < 0);
	assert_true(compare(RRTYPE_TXT, "\1a\1b", 4, "\1a", 2) > 0);
	assert_int_equal(0, compare(65280, "", 0, "", 0));
	assert_true(compare(65280, "", 0, "a", 1) < 0);
}

static void
test_name(void **state)
{
	const struct rrtype *srv = rrtype_find(RRTYPE_SRV);
	const uint8_t rdata[] = "\0\1\0\2\0\3\1t";
	assert_ptr_equal(rdata + 6, rdata_name(srv, rdata, sizeof(rdata), srv->additional_field));
	const struct rrtype *soa = rrtype_find(RRTYPE_SOA);
	assert_int_equal(0, soa->additional_field);
}

static void
test_type_names(void **state)
{
	for (unsigned code = 0; code <= UINT16_MAX; code++) {
		char text[RRTYPE_TEXT_MAX];
		size_t len = rrtype_print((uint16_t)code, text);
		assert_int_equal(len, strlen(text));
		assert_int_equal(code, rrtype_read(text, len));
		for (size_t i = 0; i < len; i++)
			text[i] = (char)dname_octet_lower((uint8_t)text[i]);
		assert_int_equal(code, rrtype_read(text, len));
		const struct rrtype *row = rrtype_find((uint16_t)code);
		if (row != NULL)
			assert_int_equal(code, row->code);
	}
	static const char *const unknown[] = {
	    "",       "AA",     "AAAAA",       "TYPE", "TYPE65536", "TYPE99999",
	    "TYPE-1", "TYPE1x", "TYPE1000000", "N",    "NSS"};
	for (size_t i = 0; i < ARRAY_LEN(unknown); i++)
		assert_int_equal(-1, rrtype_read(unknown[i], strlen(unknown[i])));
	assert_int_equal(-1, rrtype_read("A\0", 2));
	assert_int_equal(1, rrtype_read("AAAA", 1));
}

/* RFC 3597 4: only the types of RFC 1035 have names that are compressed. */
static void
test_compression_is_for_old_types(void **state)
{
	for (uint16_t code = 0; code < 512; code++) {
		const struct rrtype *row = rrtype_find(code);
		for (unsigned i = 0; row != NULL && row->fields[i] != RDATA_END; i++) {
			if (row->fields[i] == RDATA_NAME_COMPRESSIBLE)
				assert_true(code <= 16);
			if (row->fields[i] == RDATA_NAME)
				assert_true(code > 16);
		}
	}
}

static void
test_ttl(void **state)
{
	static const struct {
		const char *text;
		int64_t seconds; /* -1: no time */
	} cases[] = {
	    {"0", 0},
	    {"3600", 3600},
	    {"1h", 3600},
	    {"1H30M", 5400},
	    {"1w2d3h4m5s", 788645},
	    {"0s", 0},
	    {"4294967295", 4294967295},
	    {"4294967296", -1},
	    {"7102w", -1},
	    {"", -1},
	    {"h", -1},
	    {"1h30", -1},
	    {"1x", -1},
	    {"1hh", -1},
	    {"-1", -1},
	    {"+1", -1},
	    {" 1", -1},
	    {"1 ", -1},
	    {"99999999999999999999w", -1},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		uint32_t seconds = 0xdeadbeef;
		bool is_time = ttl_read(cases[i].text, strlen(cases[i].text), &seconds);
		if (is_time != (cases[i].seconds >= 0))
			fail_msg("'%s'", cases[i].text);
		assert_int_equal(is_time ? cases[i].seconds : 0xdeadbeef, seconds);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_read_and_print),
	    cmocka_unit_test(test_faults),
	    cmocka_unit_test(test_longest),
	    cmocka_unit_test(test_print_into_small_buffers),
	    cmocka_unit_test(test_random_wire),
	    cmocka_unit_test(test_compare),
	    cmocka_unit_test(test_name),
	    cmocka_unit_test(test_type_names),
	    cmocka_unit_test(test_compression_is_for_old_types),
	    cmocka_unit_test(test_ttl),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
