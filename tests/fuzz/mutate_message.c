/* mutate_message.c -- for the targets whose input is a query: mutations that leave it one. A name
 * that is served, or is next to one, is nothing that changed octets lead to.
 *
 * libFuzzer calls LLVMFuzzerCustomMutator() instead of its own, which is one of the choices here.
 */
#include "dataplane/cookie.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/served.h"
#include "zones/dname.h"
#include "zones/rrtype.h"

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t len, size_t cap, unsigned seed);
size_t LLVMFuzzerMutate(uint8_t *data, size_t len, size_t cap);

enum { REST_MAX = 4096 };

/* A query in parts. */
struct parts {
	uint8_t header[HEADER_LEN];
	uint8_t qname[DNAME_LEN_MAX];
	uint16_t qtype;
	uint16_t qclass;
	uint8_t rest[REST_MAX]; /* what stands behind the question */
	size_t rest_len;
};

static bool
take_apart(struct parts *parts, const uint8_t *data, size_t len)
{
	size_t qname_len =
	    len > HEADER_LEN ? dname_wire_len(data + HEADER_LEN, len - HEADER_LEN) : 0;
	if (qname_len == 0 || len - HEADER_LEN - qname_len < QUESTION_FIXED_LEN)
		return false;
	const uint8_t *fixed = data + HEADER_LEN + qname_len;
	parts->rest_len = len - HEADER_LEN - qname_len - QUESTION_FIXED_LEN;
	if (parts->rest_len > REST_MAX)
		return false;
	memcpy(parts->header, data, HEADER_LEN);
	memcpy(parts->qname, data + HEADER_LEN, qname_len);
	parts->qtype = be16_read(fixed);
	parts->qclass = be16_read(fixed + 2);
	memcpy(parts->rest, fixed + QUESTION_FIXED_LEN, parts->rest_len);
	return true;
}

static size_t
put_together(const struct parts *parts, uint8_t *data, size_t cap)
{
	size_t qname_len = dname_len(parts->qname);
	size_t len = HEADER_LEN + qname_len + QUESTION_FIXED_LEN + parts->rest_len;
	if (len > cap)
		return 0;
	memcpy(data, parts->header, HEADER_LEN);
	memcpy(data + HEADER_LEN, parts->qname, qname_len);
	uint8_t *fixed = data + HEADER_LEN + qname_len;
	be16_write(fixed, parts->qtype);
	be16_write(fixed + 2, parts->qclass);
	memcpy(fixed + QUESTION_FIXED_LEN, parts->rest, parts->rest_len);
	return len;
}

/* What the server answers for without a zone (served.c). */
static const uint8_t *const own_names[] = {
    (const uint8_t *)"\3ns1\6server\7example",
    (const uint8_t *)"\7version\4bind",
    (const uint8_t *)"\2id\6server",
};

static const uint8_t *
random_name(struct random *random)
{
	static unsigned count;
	if (random_below(random, 16) == 0)
		return own_names[random_below(random, ARRAY_LEN(own_names))];
	while (count == 0 || served_name(count) != NULL)
		count++;
	return served_name(random_below(random, count));
}

/* A label in front: "*", one of another name, or any. */
static void
prepend(struct random *random, uint8_t qname[DNAME_LEN_MAX])
{
	uint8_t label[1 + LABEL_LEN_MAX] = "\1*";
	const uint8_t *other = random_name(random);
	unsigned choice = random_below(random, 3);
	if (choice == 0 && other[0] > 0) {
		memcpy(label, other, 1 + (size_t)other[0]);
	} else if (choice == 1) {
		label[0] = (uint8_t)(1 + random_below(random, LABEL_LEN_MAX));
		memset(label + 1, (int)random_next(random), label[0]);
	}
	size_t len = dname_len(qname);
	if (len + 1 + label[0] > DNAME_LEN_MAX)
		return;
	memmove(qname + 1 + label[0], qname, len);
	memcpy(qname, label, 1 + (size_t)label[0]);
}

static void
change_name(struct random *random, uint8_t qname[DNAME_LEN_MAX])
{
	const uint8_t *name;
	size_t len = dname_len(qname);
	switch (random_below(random, 6)) {
	case 0:
		if (qname[0] != 0)
			memmove(qname, qname + 1 + qname[0], len - 1 - qname[0]);
		return;
	case 1:
		prepend(random, qname);
		return;
	case 2:
		if (qname[0] != 0) /* a neighbour, or another case */
			qname[1 + random_below(random, qname[0])] ^=
			    random_below(random, 2) ? 0x20 : 0x01;
		return;
	default:
		name = random_name(random);
		memcpy(qname, name, dname_len(name));
		return;
	}
}

static uint16_t
random_type(struct random *random)
{
	static const uint16_t common[] = {RRTYPE_A,     RRTYPE_NS,   RRTYPE_SOA,   RRTYPE_DS,
					  RRTYPE_CNAME, RRTYPE_ANY,  RRTYPE_DNAME, RRTYPE_MX,
					  RRTYPE_NSEC,  RRTYPE_RRSIG};
	return random_below(random, 2) ? common[random_below(random, ARRAY_LEN(common))]
				       : (uint16_t)random_below(random, RRTYPE_CAA + 1);
}

/* OPT with an option, or without, instead of what was there. */
static void
change_opt(struct random *random, struct parts *parts)
{
	static const uint16_t payloads[] = {0, 512, 600, 1232, 4096, 65535};
	size_t option_len = random_below(random, 3) == 0 ? random_below(random, 41) : 0;
	uint8_t *opt = parts->rest;
	memset(opt, 0, OPT_FIXED_LEN);
	be16_write(opt + 1, RRTYPE_OPT);
	be16_write(opt + 3, payloads[random_below(random, ARRAY_LEN(payloads))]);
	be16_write(opt + 7, random_below(random, 3) ? EDNS_FLAG_DO : 0);
	parts->rest_len = OPT_FIXED_LEN;
	if (option_len > 0) {
		uint8_t *option = opt + OPT_FIXED_LEN;
		unsigned code = random_below(random, 24);
		if (code == EDNS_COOKIE)
			option_len = random_below(random, 2) ? COOKIE_CLIENT_LEN : COOKIE_LEN;
		be16_write(opt + 9, (uint16_t)(4 + option_len));
		be16_write(option, (uint16_t)code);
		be16_write(option + 2, (uint16_t)option_len);
		memset(option + 4, (int)random_next(random), option_len);
		parts->rest_len += 4 + option_len;
	}
	memset(parts->header + HEADER_ANCOUNT_OFF, 0, HEADER_LEN - HEADER_ANCOUNT_OFF);
	be16_write(parts->header + HEADER_ARCOUNT_OFF, 1);
}

size_t
LLVMFuzzerCustomMutator(uint8_t *data, size_t len, size_t cap, unsigned seed)
{
	static struct parts parts;
	struct random random = random_new(seed);
	if (random_below(&random, 3) == 0 || !take_apart(&parts, data, len))
		return LLVMFuzzerMutate(data, len, cap);
	switch (random_below(&random, 5)) {
	case 0:
		parts.qtype = random_type(&random);
		break;
	case 1:
		change_opt(&random, &parts);
		break;
	case 2: /* the serving set goes by the identifier */
		parts.header[1] = (uint8_t)random_below(&random, 3);
		parts.qclass = random_below(&random, 4) ? RRCLASS_IN : RRCLASS_CH;
		break;
	default:
		change_name(&random, parts.qname);
		break;
	}
	size_t mutated_len = put_together(&parts, data, cap);
	return mutated_len > 0 ? mutated_len : LLVMFuzzerMutate(data, len, cap);
}
