/* fuzz_edns.c -- any octets as EDNS: an OPT record of any version, flags and options behind one of
 * a few questions. What its response's OPT may say is held against the options that were sent, read
 * by a walk of the test's own.
 *
 *   1 octet    how it comes: 1 TCP, 2 IPv6, 4 cookies are required, 8 room for 512 octets only;
 *              from 16 on the question
 *   6 octets   OPT's payload, version, extended RCODE, flags
 *   then       its RDATA
 */
#include "control/request.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/served.h"

enum {
	OVER_TCP = 1,
	OVER_IPV6 = 2,
	NEEDS_COOKIE = 4,
	HAS_LITTLE_ROOM = 8,
	QUESTION_SHIFT = 4,
	FIXED_LEN = 7,
	OPTIONS_MAX = 1024,
	CODES = 24, /* that are looked at */
	QUESTION_MAX = HEADER_LEN + DNAME_LEN_MAX + QUESTION_FIXED_LEN + OPT_FIXED_LEN,
};

struct asked {
	const char *qname; /* NULL: no question */
	uint16_t qtype;
	uint16_t qclass;
};

static const struct asked questions[] = {
    {"example.com.", RRTYPE_SOA, RRCLASS_IN},       {"nothere.example.com.", RRTYPE_A, RRCLASS_IN},
    {"wide.parent.example.", RRTYPE_A, RRCLASS_IN}, {"absent.example.com.", RRTYPE_A, RRCLASS_IN},
    {"not.served.", RRTYPE_A, RRCLASS_IN},          {"id.server.", RRTYPE_TXT, RRCLASS_CH},
    {"parent.example.", RRTYPE_AXFR, RRCLASS_IN},   {NULL, 0, 0},
};

/* Options by code. */
struct options {
	bool is_malformed;
	unsigned counts[CODES];
	unsigned other_count;
	const uint8_t *data[CODES]; /* the first one's */
	size_t lens[CODES];
};

static void
options_read(struct options *options, const uint8_t *at, size_t len)
{
	memset(options, 0, sizeof(*options));
	while (len > 0) {
		if (len < OPTION_FIXED_LEN || be16_read(at + 2) > len - OPTION_FIXED_LEN) {
			options->is_malformed = true;
			return;
		}
		unsigned code = be16_read(at);
		size_t option_len = OPTION_FIXED_LEN + (size_t)be16_read(at + 2);
		if (code >= CODES) {
			options->other_count++;
		} else if (options->counts[code]++ == 0) {
			options->data[code] = at + OPTION_FIXED_LEN;
			options->lens[code] = option_len - OPTION_FIXED_LEN;
		}
		at += option_len;
		len -= option_len;
	}
}

/* RFC 7873 4: a client's cookie, alone or with a server's. */
static bool
is_cookie_malformed(const struct options *options)
{
	size_t len = options->lens[EDNS_COOKIE];
	return options->counts[EDNS_COOKIE] > 0 && len != 8 && (len < 16 || len > 40);
}

struct exchange {
	struct serving serving;
	struct arrival arrival;
	struct options sent;
	struct options got;
	struct decoded decoded;
	uint8_t query[QUESTION_MAX + OPTIONS_MAX];
	size_t query_len;
	uint8_t *response;
};

static size_t
query_put(uint8_t *out, const struct asked *asked, const uint8_t *fixed, const uint8_t *rdata,
	  size_t rdlen)
{
	size_t len = HEADER_LEN;
	memset(out, 0, HEADER_LEN);
	be16_write(out, 0x4711);
	be16_write(out + HEADER_ARCOUNT_OFF, 1);
	if (asked->qname != NULL) {
		uint8_t qname[DNAME_LEN_MAX];
		name_read(asked->qname, qname);
		const struct question question = {.qname = qname,
						  .qtype = asked->qtype,
						  .qclass = asked->qclass,
						  .udp_payload = 0};
		len = question_put(&question, out) - OPT_FIXED_LEN;
	}
	uint8_t *opt = out + len;
	opt[0] = 0;
	be16_write(opt + 1, RRTYPE_OPT);
	memcpy(opt + 3, fixed, 2);
	opt[5] = fixed[3];
	opt[6] = fixed[2];
	memcpy(opt + 7, fixed + 4, 2);
	be16_write(opt + 9, (uint16_t)rdlen);
	memcpy(opt + OPT_FIXED_LEN, rdata, rdlen);
	return len + OPT_FIXED_LEN + rdlen;
}

static enum counter
ask(struct exchange *exchange, size_t cap)
{
	size_t len = 0;
	cap = cap > exchange->query_len ? cap : exchange->query_len;
	free(exchange->response);
	exchange->response = fuzz_copy(exchange->query, exchange->query_len, cap);
	enum counter disposition =
	    answer_message(&exchange->serving, &exchange->arrival, exchange->response,
			   exchange->query_len, cap, &len);
	if (disposition == COUNTER_MISS) /* a transfer */
		len = request_decide(&exchange->serving, &exchange->arrival, exchange->response,
				     exchange->query_len, cap);
	EXPECT(len <= cap);
	EXPECT(dns_decode(&exchange->decoded, exchange->response, len));
	options_read(&exchange->got, exchange->decoded.options, exchange->decoded.options_len);
	EXPECT(!exchange->got.is_malformed);
	return disposition;
}

/* Each option at most once, and only what was asked for. */
static void
check_options(const struct exchange *exchange)
{
	static const struct {
		uint16_t code;
		uint16_t len; /* 0: any */
	} answers[] = {{EDNS_NSID, 0},      {EDNS_EXPIRE, 4},      {EDNS_COOKIE, 24},
		       {EDNS_KEEPALIVE, 2}, {EDNS_ZONEVERSION, 6}, {EDNS_EDE, 2}};
	const struct options *got = &exchange->got;
	unsigned count = 0;
	EXPECT(got->other_count == 0);
	for (size_t i = 0; i < ARRAY_LEN(answers); i++) {
		unsigned code = answers[i].code;
		EXPECT(got->counts[code] <= 1);
		EXPECT(got->counts[code] == 0 || answers[i].len == 0 ||
		       got->lens[code] == answers[i].len);
		EXPECT(code == EDNS_EDE || got->counts[code] == 0 ||
		       exchange->sent.counts[code] > 0);
		count += got->counts[code];
	}
	for (unsigned code = 0; code < CODES; code++)
		count -= got->counts[code];
	EXPECT(count == 0);
	EXPECT(got->counts[EDNS_KEEPALIVE] == 0 || exchange->arrival.transport == TRANSPORT_TCP);
	EXPECT(got->counts[EDNS_COOKIE] == 0 ||
	       memcmp(got->data[EDNS_COOKIE], exchange->sent.data[EDNS_COOKIE], 8) == 0);
}

static void
check_opt(const struct exchange *exchange, const uint8_t *fixed)
{
	const struct decoded *decoded = &exchange->decoded;
	if (fixed[2] != 0) {
		EXPECT(decoded->has_opt && decoded->rcode == RCODE_BADVERS);
		EXPECT(decoded->rrs.line_count == 0);
	} else if (exchange->sent.is_malformed) {
		/* What was wrong first decides whether there is an OPT to answer with. */
		EXPECT(decoded->rcode == RCODE_FORMERR);
	} else {
		EXPECT(decoded->has_opt);
		EXPECT(!is_cookie_malformed(&exchange->sent) || decoded->rcode == RCODE_FORMERR);
	}
	if (!decoded->has_opt)
		return;
	EXPECT(decoded->version == 0);
	EXPECT(decoded->opt_flags == (be16_read(fixed + 4) & EDNS_FLAG_DO));
	EXPECT(decoded->udp_payload ==
	       exchange->serving.udp_payload_max[exchange->arrival.is_ipv6]);
	check_options(exchange);
}

/* RFC 7873 5.4, 5.2.4: with the cookie that we gave, the same question is answered. */
static void
check_cookie(struct exchange *exchange, const struct asked *asked, const uint8_t *fixed)
{
	uint8_t rdata[OPTION_FIXED_LEN + COOKIE_LEN] = {0, EDNS_COOKIE, 0, COOKIE_LEN};
	if (exchange->got.counts[EDNS_COOKIE] == 0)
		return;
	memcpy(rdata + OPTION_FIXED_LEN, exchange->got.data[EDNS_COOKIE], COOKIE_LEN);
	exchange->query_len = query_put(exchange->query, asked, fixed, rdata, sizeof(rdata));
	ask(exchange, MESSAGE_LEN_MAX);
	EXPECT(exchange->decoded.rcode != RCODE_BADCOOKIE);
	EXPECT(exchange->decoded.rcode != RCODE_FORMERR);
	EXPECT(exchange->got.counts[EDNS_COOKIE] == 1);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const uint8_t client[16] = {0x20, 0x01, 0x0d, 0xb8, [15] = 0x99};
	static struct cookie_policy cookies;
	static struct exchange exchange;
	if (len < FIXED_LEN || len > FIXED_LEN + OPTIONS_MAX)
		return 0;
	unsigned how = data[0];
	const struct asked *asked = &questions[how >> QUESTION_SHIFT & (ARRAY_LEN(questions) - 1)];
	const uint8_t *fixed = data + 1;
	exchange.serving = served(0)->serving;
	cookies = *exchange.serving.cookies;
	cookies.is_required = how & NEEDS_COOKIE;
	exchange.serving.cookies = &cookies;
	exchange.arrival = (struct arrival){
	    .client = client,
	    .time = 1559731985,
	    .transport = how & OVER_TCP ? TRANSPORT_TCP : TRANSPORT_UDP,
	    .is_ipv6 = how & OVER_IPV6,
	};
	options_read(&exchange.sent, data + FIXED_LEN, len - FIXED_LEN);
	exchange.query_len =
	    query_put(exchange.query, asked, fixed, data + FIXED_LEN, len - FIXED_LEN);
	ask(&exchange, how & HAS_LITTLE_ROOM ? MESSAGE_LEN_PLAIN : MESSAGE_LEN_MAX);
	check_opt(&exchange, fixed);
	if (fixed[2] == 0 && !exchange.sent.is_malformed && !is_cookie_malformed(&exchange.sent))
		check_cookie(&exchange, asked, fixed);
	free(exchange.response);
	exchange.response = NULL;
	return 0;
}
