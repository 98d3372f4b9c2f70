/* test_edns.c -- EDNS options, questions about the server, its own name, and the addresses of
 * primaries, through the engine. */
#include "tests/unit/engine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "dataplane/identity.h"
#include "zones/dname.h"

/* An RRset as the configuration makes it. */
static const struct {
	struct rrset head;
	uint8_t data[6];
} own_a = {{IDENTITY_TTL, RRTYPE_A, 1}, {0, 4, 192, 0, 2, 53}};

static const struct cookie_policy cookies = {.secret_count = 1, .secrets = {"0123456789abcde"}};
static const struct cookie_policy required = {
    .is_required = true, .secret_count = 1, .secrets = {"0123456789abcde"}};
static const uint8_t client[] = {198, 51, 100, 7};

static struct engine engine;
static struct identity identity;
static uint8_t message[MESSAGE_LEN_MAX];
static struct decoded decoded;

static struct identity_text
text_of(const char *text)
{
	return (struct identity_text){(const uint8_t *)text, (uint16_t)strlen(text)};
}

static const struct engine_text zones[] = {
    {"example.com.", "$TTL 3600\n"
		     "@ SOA ns1.example.net. hostmaster 7 2 3 1209600 300\n"
		     "@ NS ns1\n"
		     "ns1 A 192.0.2.1\n"
		     "www A 192.0.2.80\n"
		     "sub NS ns.sub\n"
		     "ns.sub A 192.0.2.2\n"
		     "alias CNAME www.example.net.\n"
		     "big TXT \"0123456789012345678901234567890123456789012345678901234567890123\" "
		     "\"0123456789012345678901234567890123456789012345678901234567890123\" "
		     "\"0123456789012345678901234567890123456789012345678901234567890123\" "
		     "\"0123456789012345678901234567890123456789012345678901234567890123\" "
		     "\"0123456789012345678901234567890123456789012345678901234567890123\" "
		     "\"0123456789012345678901234567890123456789012345678901234567890123\" "
		     "\"0123456789012345678901234567890123456789012345678901234567890123\"\n"},
    {"example.net.", "$TTL 3600\n"
		     "@ SOA ns1 hostmaster 8 2 3 4 300\n"
		     "@ NS ns1\n"
		     "ns1 A 192.0.2.1\n"
		     "ns1 AAAA 2001:db8::1\n"
		     "www A 192.0.2.80\n"},
    {"own.test.", "$TTL 3600\n"
		  "@ SOA Server.Example. hostmaster 9 2 3 4 300\n"
		  "@ NS ns1\n"
		  "ns1 A 192.0.2.1\n"},
    {"absent.test.", NULL},
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

/* Each test begins with the same serving set. */
static int
each(void **state)
{
	identity = (struct identity){
	    .name = (const uint8_t *)"\6server\7example",
	    .ipv4 = &own_a.head,
	    .nsid = text_of("server.example"),
	    .version = text_of("glued 1"),
	    .hostname = text_of("server.example"),
	    .id = text_of("one"),
	};
	engine.serving.identity = &identity;
	engine.serving.cookies = &cookies;
	engine.serving.tcp_keepalive = 100;
	engine.serving.udp_payload_max[false] = 1232;
	engine.serving.udp_payload_max[true] = 1220;
	return 0;
}

static struct arrival arrival;

static void
arrive(enum transport transport, uint32_t time)
{
	arrival = (struct arrival){.client = client, .time = time, .transport = (uint8_t)transport};
}

struct asked {
	const char *name;
	uint16_t qtype;
	uint16_t qclass;
	const char *options; /* of an OPT, or NULL: no OPT */
	size_t options_len;
	uint16_t payload;
};

/* Asks from where arrive() said; the answer stands in `decoded`. */
static void
ask(const struct asked *asked)
{
	uint8_t qname[DNAME_LEN_MAX];
	name_read(asked->name, qname);
	struct question question = {.qname = qname,
				    .qtype = asked->qtype,
				    .qclass = asked->qclass,
				    .udp_payload = asked->options == NULL ? NO_EDNS
						   : asked->payload == 0  ? 1232
									  : asked->payload};
	size_t len = question_put(&question, message);
	if (asked->options != NULL) {
		be16_write(message + len - 2, (uint16_t)asked->options_len);
		memcpy(message + len, asked->options, asked->options_len);
		len += asked->options_len;
	}
	size_t response_len;
	assert_int_equal(
	    answer_message(&engine.serving, &arrival, message, len, sizeof(message), &response_len),
	    COUNTER_ANSWER);
	if (!dns_decode(&decoded, message, response_len))
		fail_msg("%s", decoded.fault);
}
#define ASK(asked_name, asked_type, literal) \
	ask(&(struct asked){.name = asked_name, \
			    .qtype = asked_type, \
			    .options = literal, \
			    .options_len = sizeof(literal) - 1})

static void
assert_options(const char *octets, size_t len)
{
	assert_true(decoded.has_opt);
	assert_int_equal(decoded.options_len, len);
	assert_memory_equal(decoded.options, octets, len);
}
#define ASSERT_OPTIONS(literal) assert_options(literal, sizeof(literal) - 1)

/* -- options ------------------------------------------------------------------------------------
 */

static void
test_nsid(void **state)
{
	arrive(TRANSPORT_UDP, 0);
	ASK("www.example.com.", RRTYPE_A, "\0\3\0\0");
	ASSERT_OPTIONS("\0\3\0\16server.example");
	assert_int_equal(decoded.rrs.line_count, 1);
	/* Twice, and with something in it: once, as if it were empty. */
	ASK("www.example.com.", RRTYPE_A, "\0\3\0\2xx\0\3\0\0");
	ASSERT_OPTIONS("\0\3\0\16server.example");
	/* Unasked, or hidden: nothing. */
	ASK("www.example.com.", RRTYPE_A, "");
	ASSERT_OPTIONS("");
	identity.nsid.len = 0;
	ASK("www.example.com.", RRTYPE_A, "\0\3\0\0");
	ASSERT_OPTIONS("");
	engine.serving.identity = NULL;
	ASK("www.example.com.", RRTYPE_A, "\0\3\0\0");
	ASSERT_OPTIONS("");
}

static void
test_options_that_mean_nothing_here(void **state)
{
	arrive(TRANSPORT_UDP, 0);
	/* Client Subnet (RFC 7871 7.2.1), padding, key tag, EDE, and one of nobody's. */
	ASK("www.example.com.", RRTYPE_A,
	    "\0\10\0\7\0\1\30\0\300\0\2\0\14\0\2\0\0\0\16\0\1x\0\17\0\2\0\1\375\351\0\0");
	ASSERT_OPTIONS("");
	assert_int_equal(decoded.rcode, RCODE_NOERROR);
	assert_int_equal(decoded.rrs.line_count, 1);
}

static void
test_payload_by_family(void **state)
{
	static const uint8_t client6[16] = {0x20, 1};
	arrive(TRANSPORT_UDP, 0);
	ASK("www.example.com.", RRTYPE_A, "");
	assert_int_equal(decoded.udp_payload, 1232);
	arrival.client = client6;
	arrival.is_ipv6 = true;
	ASK("www.example.com.", RRTYPE_A, "");
	assert_int_equal(decoded.udp_payload, 1220);
	/* It limits as well. */
	engine.serving.udp_payload_max[true] = 512;
	ASK("big.example.com.", RRTYPE_TXT, "\0\12\0\10cccccccc\0\3\0\0\0\23\0\0");
	assert_true(decoded.flags & FLAG_TC);
	assert_int_equal(decoded.options_len, 28 + 18 + 10);
	arrival.is_ipv6 = false;
	ASK("big.example.com.", RRTYPE_TXT, "\0\12\0\10cccccccc\0\3\0\0\0\23\0\0");
	assert_false(decoded.flags & FLAG_TC);
}

static void
test_expire(void **state)
{
	arrive(TRANSPORT_UDP, 0);
	ASK("example.com.", RRTYPE_SOA, "\0\11\0\0");
	ASSERT_OPTIONS("\0\11\0\4\0\22\165\0");
	/* With the SOA of a zone only. */
	ASK("example.com.", RRTYPE_NS, "\0\11\0\0");
	ASSERT_OPTIONS("");
	ASK("www.example.com.", RRTYPE_SOA, "\0\11\0\0");
	ASSERT_OPTIONS("");
	ASK("sub.example.com.", RRTYPE_SOA, "\0\11\0\0");
	ASSERT_OPTIONS("");
}

static void
test_zoneversion(void **state)
{
	static const char *const names[] = {"example.com.", "www.example.com.", "no.example.com.",
					    "x.sub.example.com.", "alias.example.com."};
	arrive(TRANSPORT_UDP, 0);
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		ASK(names[i], RRTYPE_A, "\0\23\0\0");
		ASSERT_OPTIONS("\0\23\0\6\2\0\0\0\0\7");
	}
	/* No zone, or none that has a version: only what there is to explain. */
	ASK("example.org.", RRTYPE_A, "\0\23\0\0");
	ASSERT_OPTIONS("\0\17\0\2\0\24");
	ASK("absent.test.", RRTYPE_A, "\0\23\0\0");
	ASSERT_OPTIONS("\0\17\0\2\0\30");
}

static void
test_keepalive(void **state)
{
	arrive(TRANSPORT_TCP, 0);
	ASK("www.example.com.", RRTYPE_A, "\0\13\0\0");
	ASSERT_OPTIONS("\0\13\0\2\0\144");
	ASK("www.example.com.", RRTYPE_A, "");
	ASSERT_OPTIONS("");
	/* RFC 7828 3.3.1 */
	arrive(TRANSPORT_UDP, 0);
	ASK("www.example.com.", RRTYPE_A, "\0\13\0\0");
	ASSERT_OPTIONS("");
}

static void
test_extended_errors(void **state)
{
	arrive(TRANSPORT_UDP, 0);
	ASK("example.org.", RRTYPE_A, "");
	assert_int_equal(decoded.rcode, RCODE_REFUSED);
	ASSERT_OPTIONS("\0\17\0\2\0\24");
	ASK("www.absent.test.", RRTYPE_A, "");
	assert_int_equal(decoded.rcode, RCODE_SERVFAIL);
	ASSERT_OPTIONS("\0\17\0\2\0\30");
	ask(&(struct asked){"www.example.com.", RRTYPE_A, RRCLASS_HS, "", 0, 0});
	assert_int_equal(decoded.rcode, RCODE_REFUSED);
	ASSERT_OPTIONS("\0\17\0\2\0\25");
	/* Not to those who cannot read it. */
	ask(&(struct asked){.name = "example.org.", .qtype = RRTYPE_A});
	assert_int_equal(decoded.rcode, RCODE_REFUSED);
	assert_false(decoded.has_opt);
}

/* RFC 6891 6.1.3: our version, and nothing that theirs may mean. */
static void
test_badvers_says_nothing_else(void **state)
{
	arrive(TRANSPORT_UDP, 0);
	uint8_t qname[DNAME_LEN_MAX];
	name_read("www.example.com.", qname);
	struct question question = {
	    .qname = qname, .qtype = RRTYPE_A, .udp_payload = 1232, .version = 1};
	size_t len = question_put(&question, message);
	be16_write(message + len - 2, 9);
	memcpy(message + len, "\0\3\0\0\0\12\0\1x", 9);
	assert_int_equal(
	    answer_message(&engine.serving, &arrival, message, len + 9, sizeof(message), &len),
	    COUNTER_ANSWER);
	assert_true(dns_decode(&decoded, message, len));
	assert_int_equal(decoded.rcode, RCODE_BADVERS);
	assert_int_equal(decoded.version, 0);
	ASSERT_OPTIONS("");
}

/* -- cookies ------------------------------------------------------------------------------------
 */

/* The whole cookie that the client gets; 24 octets. */
static const uint8_t *
cookie_given(void)
{
	assert_int_equal(decoded.options_len, 28);
	assert_memory_equal(decoded.options, "\0\12\0\30", 4);
	return decoded.options + 4;
}

static void
ask_with_cookie(const void *cookie, size_t len)
{
	char option[4 + 64] = "\0\12\0";
	option[3] = (char)len;
	memcpy(option + 4, cookie, len);
	ask(&(struct asked){"www.example.com.", RRTYPE_A, 0, option, 4 + len, 0});
}

static void
test_a_cookie_is_given(void **state)
{
	arrive(TRANSPORT_UDP, 1000000);
	ask_with_cookie("abcdefgh", 8);
	assert_int_equal(decoded.rcode, RCODE_NOERROR);
	assert_int_equal(decoded.rrs.line_count, 1);
	uint8_t cookie[24];
	memcpy(cookie, cookie_given(), 24);
	assert_memory_equal(cookie, "abcdefgh\1\0\0\0\0\17\102\100", 16);
	assert_true(cookie_is_good(&cookies, &arrival, cookie));
	/* Whatever comes, a good one goes back; as long as that says who the client is. */
	arrive(TRANSPORT_UDP, 1000100);
	ask_with_cookie(cookie, 24);
	assert_true(cookie_is_good(&cookies, &arrival, cookie_given()));
	cookie[20] ^= 1;
	ask_with_cookie(cookie, 24);
	assert_true(cookie_is_good(&cookies, &arrival, cookie_given()));
	ask_with_cookie("abcdefgh01234567", 16);
	assert_true(cookie_is_good(&cookies, &arrival, cookie_given()));
	arrival.client = NULL;
	ask_with_cookie("abcdefgh", 8);
	ASSERT_OPTIONS("");
	engine.serving.cookies = NULL;
	arrive(TRANSPORT_UDP, 0);
	ask_with_cookie("abcdefgh", 8);
	ASSERT_OPTIONS("");
}

/* RFC 7873 5.2.2 */
static void
test_cookies_of_wrong_length(void **state)
{
	static const uint8_t octets[64];
	arrive(TRANSPORT_UDP, 0);
	for (size_t len = 0; len <= 48; len++) {
		bool is_good = len == 8 || (len >= 16 && len <= 40);
		ask_with_cookie(octets, len);
		assert_int_equal(decoded.rcode, is_good ? RCODE_NOERROR : RCODE_FORMERR);
		if (!is_good)
			ASSERT_OPTIONS("");
	}
	/* The first one counts (5.2). */
	ASK("www.example.com.", RRTYPE_A, "\0\12\0\10abcdefgh\0\12\0\1x");
	assert_int_equal(decoded.rcode, RCODE_NOERROR);
	assert_memory_equal(cookie_given(), "abcdefgh", 8);
}

static void
test_cookies_can_be_required(void **state)
{
	engine.serving.cookies = &required;
	arrive(TRANSPORT_UDP, 5000);
	ask_with_cookie("abcdefgh", 8);
	assert_int_equal(decoded.rcode, RCODE_BADCOOKIE);
	assert_int_equal(decoded.rrs.line_count, 0);
	assert_true(decoded.has_question);
	uint8_t cookie[24];
	memcpy(cookie, cookie_given(), 24);
	ask_with_cookie(cookie, 24);
	assert_int_equal(decoded.rcode, RCODE_NOERROR);
	assert_int_equal(decoded.rrs.line_count, 1);
	arrive(TRANSPORT_UDP, 5000 + 3601);
	ask_with_cookie(cookie, 24);
	assert_int_equal(decoded.rcode, RCODE_BADCOOKIE);
	/* Not over TCP, nor of those who know nothing of cookies. */
	arrive(TRANSPORT_TCP, 5000);
	ask_with_cookie("abcdefgh", 8);
	assert_int_equal(decoded.rcode, RCODE_NOERROR);
	arrive(TRANSPORT_UDP, 5000);
	ASK("www.example.com.", RRTYPE_A, "");
	assert_int_equal(decoded.rcode, RCODE_NOERROR);
}

/* A message without a question. */
static void
ask_nothing(const void *options, size_t len)
{
	memset(message, 0, HEADER_LEN + OPT_FIXED_LEN);
	be16_write(message + HEADER_ARCOUNT_OFF, 1);
	be16_write(message + HEADER_LEN + 1, RRTYPE_OPT);
	be16_write(message + HEADER_LEN + 3, 1232);
	be16_write(message + HEADER_LEN + 9, (uint16_t)len);
	memcpy(message + HEADER_LEN + OPT_FIXED_LEN, options, len);
	size_t response_len;
	assert_int_equal(answer_message(&engine.serving, &arrival, message,
					HEADER_LEN + OPT_FIXED_LEN + len, sizeof(message),
					&response_len),
			 COUNTER_ANSWER);
	assert_true(dns_decode(&decoded, message, response_len));
	assert_false(decoded.has_question);
	assert_int_equal(decoded.rrs.line_count, 0);
}

/* RFC 7873 5.4 */
static void
test_a_question_for_a_cookie_alone(void **state)
{
	uint8_t option[28] = "\0\12\0\30";
	arrive(TRANSPORT_UDP, 5000);
	ask_nothing("\0\12\0\10abcdefgh", 12);
	assert_int_equal(decoded.rcode, RCODE_NOERROR);
	memcpy(option + 4, cookie_given(), 24);
	ask_nothing(option, sizeof(option));
	assert_int_equal(decoded.rcode, RCODE_NOERROR);
	option[27] ^= 1;
	ask_nothing(option, sizeof(option));
	assert_int_equal(decoded.rcode, RCODE_BADCOOKIE);
	assert_true(cookie_is_good(&cookies, &arrival, cookie_given()));
	ask_nothing("\0\12\0\20abcdefgh01234567", 20);
	assert_int_equal(decoded.rcode, RCODE_BADCOOKIE);
	ask_nothing("\0\12\0\1x", 5);
	assert_int_equal(decoded.rcode, RCODE_FORMERR);
	/* Without a cookie, or where there are none: as ever, but with OPT (RFC 6891 6.1.1). */
	ask_nothing("", 0);
	assert_int_equal(decoded.rcode, RCODE_FORMERR);
	assert_true(decoded.has_opt);
	engine.serving.cookies = NULL;
	ask_nothing("\0\12\0\10abcdefgh", 12);
	assert_int_equal(decoded.rcode, RCODE_FORMERR);
}

/* -- the server itself --------------------------------------------------------------------------
 */

static void
ask_chaos(const char *name, uint16_t qtype)
{
	ask(&(struct asked){.name = name, .qtype = qtype, .qclass = RRCLASS_CH});
}

static void
test_chaos(void **state)
{
	static const struct {
		const char *name;
		const char *text;
	} rows[] = {
	    {"version.bind.", "glued 1"},
	    {"VERSION.server.", "glued 1"},
	    {"hostname.bind.", "server.example"},
	    {"id.server.", "one"},
	};
	static const char *const others[] = {
	    "authors.bind.",    "bind.",          ".", "x.version.bind.",
	    "www.example.com.", "server.example."};
	arrive(TRANSPORT_UDP, 0);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		for (unsigned any = 0; any < 2; any++) {
			ask_chaos(rows[i].name, any ? RRTYPE_ANY : RRTYPE_TXT);
			assert_int_equal(decoded.flags & (FLAG_AA | FLAG_RCODE), 0);
			assert_int_equal(decoded.rrs.line_count, 1);
			/* A pointer to the question, TXT, CH, TTL 0. */
			const uint8_t *rr = message + decoded.question_end;
			size_t len = strlen(rows[i].text);
			assert_memory_equal(rr, "\300\14\0\20\0\3\0\0\0\0\0", 11);
			assert_int_equal(rr[11], len + 1);
			assert_int_equal(rr[12], len);
			assert_memory_equal(rr + 13, rows[i].text, len);
		}
		ask_chaos(rows[i].name, RRTYPE_A);
		assert_int_equal(decoded.rcode, RCODE_REFUSED);
		assert_true(decoded.has_question);
	}
	for (size_t i = 0; i < ARRAY_LEN(others); i++) {
		ask_chaos(others[i], RRTYPE_TXT);
		assert_int_equal(decoded.rcode, RCODE_REFUSED);
	}
	/* Hidden. */
	identity.version.len = identity.hostname.len = identity.id.len = 0;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		ask_chaos(rows[i].name, RRTYPE_TXT);
		assert_int_equal(decoded.rcode, RCODE_REFUSED);
	}
	engine.serving.identity = NULL;
	ask_chaos("version.bind.", RRTYPE_TXT);
	assert_int_equal(decoded.rcode, RCODE_REFUSED);
	/* Of class IN they are names like others. */
	ask(&(struct asked){.name = "version.bind.", .qtype = RRTYPE_TXT});
	assert_int_equal(decoded.rcode, RCODE_REFUSED);
}

/* All that one response can have at once. */
static void
test_the_longest_chaos(void **state)
{
	static const uint8_t octets[IDENTITY_TEXT_MAX];
	identity.hostname = (struct identity_text){octets, IDENTITY_TEXT_MAX};
	identity.nsid = (struct identity_text){octets, IDENTITY_NSID_MAX};
	arrive(TRANSPORT_TCP, 0);
	ask(&(struct asked){"hostname.bind.", RRTYPE_TXT, RRCLASS_CH,
			    "\0\3\0\0\0\12\0\10abcdefgh\0\13\0\0\0\23\0\0", 24, 512});
	assert_int_equal(decoded.rrs.line_count, 1);
	assert_int_equal(decoded.options_len, 4 + IDENTITY_NSID_MAX + 28 + 6);
	assert_true(decoded.options + decoded.options_len <= message + MESSAGE_LEN_PLAIN);
}

/* KB838151 */
static void
test_the_servers_own_name(void **state)
{
	static const uint16_t none[] = {RRTYPE_AAAA, RRTYPE_SOA, RRTYPE_NS, RRTYPE_TXT, RRTYPE_DS};
	arrive(TRANSPORT_UDP, 0);
	ASK("SERVER.example.", RRTYPE_A, "");
	assert_int_equal(decoded.rcode, RCODE_NOERROR);
	assert_true(decoded.flags & FLAG_AA);
	assert_int_equal(decoded.rrs.line_count, 1);
	assert_memory_equal(message + decoded.question_end,
			    "\300\14\0\1\0\1\0\0\16\20\0\4\300\0\2\65", 16);
	ASK("server.example.", RRTYPE_ANY, "");
	assert_int_equal(decoded.rrs.line_count, 1);
	for (size_t i = 0; i < ARRAY_LEN(none); i++) {
		ASK("server.example.", none[i], "");
		assert_int_equal(decoded.rcode, RCODE_NOERROR);
		assert_true(decoded.flags & FLAG_AA);
		assert_int_equal(decoded.rrs.line_count, 0);
	}
	/* Neither above nor below. */
	ASK("example.", RRTYPE_A, "");
	assert_int_equal(decoded.rcode, RCODE_REFUSED);
	ASK("x.server.example.", RRTYPE_A, "");
	assert_int_equal(decoded.rcode, RCODE_REFUSED);
	/* A zone that has the name speaks for it. */
	identity.name = (const uint8_t *)"\3no\7example\3com";
	ASK("no.example.com.", RRTYPE_A, "");
	assert_int_equal(decoded.rcode, RCODE_NXDOMAIN);
	/* Without addresses there is nothing to say. */
	identity.name = (const uint8_t *)"\6server\7example";
	identity.ipv4 = NULL;
	ASK("server.example.", RRTYPE_A, "");
	assert_int_equal(decoded.rcode, RCODE_REFUSED);
}

/* KB838151: the MNAME lies in another zone that is served here, or is the server. */
static void
test_the_primary_comes_with_the_soa(void **state)
{
	arrive(TRANSPORT_UDP, 0);
	ASK("example.com.", RRTYPE_SOA, "");
	assert_int_equal(decoded.rrs.line_count, 3);
	assert_int_equal(decoded.counts[3], 3); /* A, AAAA, OPT */
	ASK("own.test.", RRTYPE_SOA, "");
	assert_int_equal(decoded.rrs.line_count, 2);
	/* Its own, which the compiler has laid down, once. */
	ASK("example.net.", RRTYPE_SOA, "");
	assert_int_equal(decoded.rrs.line_count, 3);
	/* Optional: what does not fit is left out without TC. */
	for (uint16_t cap = MESSAGE_LEN_PLAIN; cap >= MESSAGE_LEN_PLAIN; cap--) {
		ask(&(struct asked){"example.com.", RRTYPE_SOA, 0, "", 0, cap});
		assert_false(decoded.flags & FLAG_TC);
	}
	engine.serving.identity = NULL;
	ASK("own.test.", RRTYPE_SOA, "");
	assert_int_equal(decoded.rrs.line_count, 1);
	/* In a negative answer the SOA is something else. */
	ASK("www.example.com.", RRTYPE_SOA, "");
	assert_int_equal(decoded.rrs.line_count, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(test_nsid, each),
	    cmocka_unit_test_setup(test_options_that_mean_nothing_here, each),
	    cmocka_unit_test_setup(test_payload_by_family, each),
	    cmocka_unit_test_setup(test_expire, each),
	    cmocka_unit_test_setup(test_zoneversion, each),
	    cmocka_unit_test_setup(test_keepalive, each),
	    cmocka_unit_test_setup(test_extended_errors, each),
	    cmocka_unit_test_setup(test_badvers_says_nothing_else, each),
	    cmocka_unit_test_setup(test_a_cookie_is_given, each),
	    cmocka_unit_test_setup(test_cookies_of_wrong_length, each),
	    cmocka_unit_test_setup(test_cookies_can_be_required, each),
	    cmocka_unit_test_setup(test_a_question_for_a_cookie_alone, each),
	    cmocka_unit_test_setup(test_chaos, each),
	    cmocka_unit_test_setup(test_the_longest_chaos, each),
	    cmocka_unit_test_setup(test_the_servers_own_name, each),
	    cmocka_unit_test_setup(test_the_primary_comes_with_the_soa, each),
	};
	return cmocka_run_group_tests_name("edns", tests, setup, teardown);
}
