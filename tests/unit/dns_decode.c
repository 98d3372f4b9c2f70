/* dns_decode.c -- messages and records as the tests see them. */
#include "tests/unit/dns_decode.h"

#include <stdlib.h>

#include "zones/dname.h"
#include "zones/rdata.h"

/* Where names stand in RDATA: 'n' one that may be compressed (the types of RFC 1035), 'N' one that
 * may not; a digit: so many other octets. What follows is opaque. */
static const char *
rdata_layout(uint16_t rrtype)
{
	switch (rrtype) {
	case RRTYPE_NS:
	case 3: /* MD */
	case 4: /* MF */
	case RRTYPE_CNAME:
	case 7: /* MB */
	case 8: /* MG */
	case 9: /* MR */
	case RRTYPE_PTR:
		return "n";
	case 14: /* MINFO */
	case RRTYPE_SOA:
		return "nn";
	case RRTYPE_MX:
		return "2n";
	case RRTYPE_SRV:
		return "6N";
	case RRTYPE_DNAME:
		return "N";
	default:
		return "";
	}
}

static void
fold(uint8_t *octets, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (octets[i] >= 'A' && octets[i] <= 'Z')
			octets[i] = (uint8_t)(octets[i] + ('a' - 'A'));
	}
}

void
rr_list_fini(struct rr_list *list)
{
	free(list->lines);
	free(list->octets);
	*list = (struct rr_list){0};
}

void
rr_list_clear(struct rr_list *list)
{
	list->line_count = 0;
	list->len = 0;
}

static void *
grown(void *memory, size_t needed, size_t *cap, size_t unit)
{
	if (needed <= *cap)
		return memory;
	*cap = needed * 2;
	memory = realloc(memory, *cap * unit);
	if (memory == NULL)
		abort();
	return memory;
}

static uint8_t *
list_room(struct rr_list *list, size_t len)
{
	list->octets = grown(list->octets, list->len + len, &list->cap, 1);
	uint8_t *room = list->octets + list->len;
	list->len += len;
	return room;
}

static size_t
name_len(const uint8_t *name)
{
	size_t len = 1;
	for (; *name != 0; name += 1 + *name)
		len += 1u + *name;
	return len;
}

void
rr_list_add(struct rr_list *list, unsigned section, const uint8_t *owner, uint16_t rrtype,
	    uint32_t ttl, const uint8_t *rdata, size_t rdlen)
{
	size_t owner_len = name_len(owner);
	size_t len = 1 + owner_len + 8 + rdlen;
	list->lines =
	    grown(list->lines, list->line_count + 1, &list->line_cap, sizeof(*list->lines));
	list->lines[list->line_count++] = (struct rr_line){list->len, len};

	uint8_t *at = list_room(list, len);
	*at++ = (uint8_t)section;
	memcpy(at, owner, owner_len);
	fold(at, owner_len);
	at += owner_len;
	be16_write(at, rrtype);
	be16_write(at + 2, RRCLASS_IN);
	be32_write(at + 4, ttl);
	at += 8;
	memcpy(at, rdata, rdlen);
	for (const char *field = rdata_layout(rrtype); *field != 0; field++) {
		size_t field_len = *field <= '9' ? (size_t)(*field - '0') : name_len(at);
		if (*field > '9')
			fold(at, field_len);
		at += field_len;
	}
}

static const uint8_t *
line_octets(const struct rr_list *list, size_t idx)
{
	return list->octets + list->lines[idx].off;
}

static int
line_compare(const struct rr_list *a, size_t a_idx, const struct rr_list *b, size_t b_idx)
{
	size_t a_len = a->lines[a_idx].len;
	size_t b_len = b->lines[b_idx].len;
	int order =
	    memcmp(line_octets(a, a_idx), line_octets(b, b_idx), a_len < b_len ? a_len : b_len);
	return order != 0 ? order : (a_len > b_len) - (a_len < b_len);
}

static int
sort_compare(const void *a, const void *b, void *list)
{
	struct rr_list *of = list;
	const struct rr_line *x = a;
	const struct rr_line *y = b;
	size_t len = x->len < y->len ? x->len : y->len;
	int order = memcmp(of->octets + x->off, of->octets + y->off, len);
	return order != 0 ? order : (x->len > y->len) - (x->len < y->len);
}

void
rr_list_sort(struct rr_list *list)
{
	if (list->line_count > 1)
		qsort_r(list->lines, list->line_count, sizeof(*list->lines), sort_compare, list);
}

bool
rr_list_equal(const struct rr_list *a, const struct rr_list *b)
{
	if (a->line_count != b->line_count)
		return false;
	for (size_t i = 0; i < a->line_count; i++) {
		if (line_compare(a, i, b, i) != 0)
			return false;
	}
	return true;
}

bool
rr_list_has(const struct rr_list *list, const struct rr_list *of, size_t idx)
{
	for (size_t i = 0; i < list->line_count; i++) {
		if (line_compare(list, i, of, idx) == 0)
			return true;
	}
	return false;
}

unsigned
rr_list_section(const struct rr_list *list, size_t idx)
{
	return line_octets(list, idx)[0];
}

void
rr_list_print(const struct rr_list *list, FILE *out)
{
	static const char *const sections[] = {"an", "au", "ad"};
	for (size_t i = 0; i < list->line_count; i++) {
		const uint8_t *at = line_octets(list, i);
		size_t left = list->lines[i].len;
		char owner[DNAME_TEXT_MAX];
		char type[RRTYPE_TEXT_MAX];
		static char rdata[4 * RDATA_LEN_MAX];
		const char *section = sections[*at];
		size_t head_len = 1 + dname_len(at + 1) + 8;
		dname_print(at + 1, owner);
		at += head_len;
		left -= head_len;
		rrtype_print(be16_read(at - 8), type);
		rdata_print(be16_read(at - 8), at, left, rdata, sizeof(rdata));
		fprintf(out, "%s %s %u %s %s\n", section, owner, be32_read(at - 4), type, rdata);
	}
}

struct cursor {
	struct decoded *decoded;
	const uint8_t *message;
	size_t len;
	size_t off;
};

static bool
fault(struct cursor *cursor, const char *sentence)
{
	if (cursor->decoded->fault == NULL)
		cursor->decoded->fault = sentence;
	return false;
}

/* Expands the name at the cursor. A pointer aims before where it stands, and behind the header. */
static bool
read_name(struct cursor *cursor, bool may_point, uint8_t out[DNAME_LEN_MAX], size_t *out_len)
{
	size_t off = cursor->off;
	size_t end = 0;
	size_t len = 0;
	for (;;) {
		if (off >= cursor->len)
			return fault(cursor, "a name runs off the message");
		unsigned octet = cursor->message[off];
		if (octet >= 0xc0) {
			if (!may_point)
				return fault(cursor, "a pointer where none may be");
			if (off + 2 > cursor->len)
				return fault(cursor, "half a pointer");
			size_t target = be16_read(cursor->message + off) & 0x3fff;
			if (end == 0)
				end = off + 2;
			if (target >= off || target < HEADER_LEN)
				return fault(cursor, "a pointer that does not lead back");
			off = target;
			continue;
		}
		if (octet > 63)
			return fault(cursor, "a label of unknown type");
		if (off + 1 + octet > cursor->len || len + 1 + octet > DNAME_LEN_MAX)
			return fault(cursor, "a name too long");
		memcpy(out + len, cursor->message + off, 1 + octet);
		len += 1 + octet;
		off += 1 + octet;
		if (octet == 0)
			break;
	}
	cursor->off = end == 0 ? off : end;
	*out_len = len;
	return true;
}

static bool
read_rdata(struct cursor *cursor, uint16_t rrtype, size_t rdlen, uint8_t *out, size_t *out_len)
{
	size_t end = cursor->off + rdlen;
	*out_len = 0;
	for (const char *field = rdata_layout(rrtype); *field != 0; field++) {
		size_t len = (size_t)(*field - '0');
		if (*field > '9') {
			if (!read_name(cursor, *field == 'n', out + *out_len, &len))
				return false;
		} else {
			if (end - cursor->off < len)
				return fault(cursor, "RDATA too short");
			memcpy(out + *out_len, cursor->message + cursor->off, len);
			cursor->off += len;
		}
		if (cursor->off > end)
			return fault(cursor, "a name runs off its RDATA");
		*out_len += len;
	}
	memcpy(out + *out_len, cursor->message + cursor->off, end - cursor->off);
	*out_len += end - cursor->off;
	cursor->off = end;
	return true;
}

static bool
set_opt(struct cursor *cursor, unsigned section, size_t owner_len, const uint8_t *fixed)
{
	struct decoded *decoded = cursor->decoded;
	if (section != 2 || owner_len != 1 || decoded->has_opt)
		return fault(cursor, "an OPT out of place");
	decoded->has_opt = true;
	decoded->udp_payload = be16_read(fixed + 2);
	decoded->rcode |= (unsigned)fixed[4] << 4;
	decoded->version = fixed[5];
	decoded->opt_flags = be16_read(fixed + 6);
	decoded->has_do = decoded->opt_flags & EDNS_FLAG_DO;
	decoded->options = cursor->message + cursor->off;
	decoded->options_len = be16_read(fixed + 8);
	cursor->off += decoded->options_len;
	return true;
}

/* IN, but for what answers class CH, and TSIG. */
static bool
is_class_expected(const struct decoded *decoded, uint16_t rrtype, uint16_t rrclass)
{
	if (rrtype == RRTYPE_TSIG)
		return rrclass == RRCLASS_ANY;
	bool is_chaos = decoded->has_question && decoded->qclass == RRCLASS_CH;
	return rrclass == (is_chaos ? RRCLASS_CH : RRCLASS_IN);
}

static bool
read_rr(struct cursor *cursor, unsigned section)
{
	uint8_t owner[DNAME_LEN_MAX];
	size_t owner_len;
	if (!read_name(cursor, true, owner, &owner_len))
		return false;
	const uint8_t *fixed = cursor->message + cursor->off;
	if (cursor->len - cursor->off < RR_FIXED_LEN ||
	    cursor->len - cursor->off - RR_FIXED_LEN < be16_read(fixed + 8))
		return fault(cursor, "a record runs off the message");
	cursor->off += RR_FIXED_LEN;
	uint16_t rrtype = be16_read(fixed);
	if (rrtype == RRTYPE_OPT)
		return set_opt(cursor, section, owner_len, fixed);
	if (!is_class_expected(cursor->decoded, rrtype, be16_read(fixed + 2)))
		return fault(cursor, "a record of another class");
	/* RDLENGTH, and two names that grow. */
	static uint8_t rdata[RDATA_LEN_MAX + 2 * DNAME_LEN_MAX];
	size_t rdlen;
	if (!read_rdata(cursor, rrtype, be16_read(fixed + 8), rdata, &rdlen))
		return false;
	rr_list_add(&cursor->decoded->rrs, section, owner, rrtype, be32_read(fixed + 4), rdata,
		    rdlen);
	return true;
}

static bool
read_question(struct cursor *cursor)
{
	struct decoded *decoded = cursor->decoded;
	uint8_t qname[DNAME_LEN_MAX];
	size_t qname_len;
	if (decoded->counts[0] > 1)
		return fault(cursor, "more than one question");
	decoded->question_end = cursor->off;
	decoded->has_question = decoded->counts[0] == 1;
	if (!decoded->has_question)
		return true;
	decoded->qname = cursor->message + cursor->off;
	if (!read_name(cursor, false, qname, &qname_len))
		return false;
	if (cursor->len - cursor->off < QUESTION_FIXED_LEN)
		return fault(cursor, "a question runs off the message");
	decoded->qtype = be16_read(cursor->message + cursor->off);
	decoded->qclass = be16_read(cursor->message + cursor->off + 2);
	cursor->off += QUESTION_FIXED_LEN;
	decoded->question_end = cursor->off;
	return true;
}

bool
dns_decode(struct decoded *decoded, const uint8_t *message, size_t len)
{
	struct rr_list rrs = decoded->rrs;
	rr_list_clear(&rrs);
	*decoded = (struct decoded){.rrs = rrs};
	struct cursor cursor = {decoded, message, len, HEADER_LEN};
	if (len < HEADER_LEN)
		return fault(&cursor, "shorter than a header");
	decoded->id = be16_read(message);
	decoded->flags = be16_read(message + HEADER_FLAGS_OFF);
	decoded->rcode = decoded->flags & FLAG_RCODE;
	for (unsigned i = 0; i < 4; i++)
		decoded->counts[i] = be16_read(message + HEADER_QDCOUNT_OFF + (size_t)2 * i);
	if (!read_question(&cursor))
		return false;
	for (unsigned section = 0; section < 3; section++) {
		if (section == 2)
			decoded->authority_end = cursor.off;
		for (unsigned i = 0; i < decoded->counts[1 + section]; i++) {
			if (!read_rr(&cursor, section))
				return false;
		}
	}
	if (cursor.off != len)
		return fault(&cursor, "octets behind the last record");
	rr_list_sort(&decoded->rrs);
	return true;
}

void
decoded_fini(struct decoded *decoded)
{
	rr_list_fini(&decoded->rrs);
}

void
decoded_print(const struct decoded *decoded, FILE *out)
{
	static const char *const rcodes[] = {"NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN",
					     "NOTIMP",  "REFUSED", "YXDOMAIN", "YXRRSET",
					     "NXRRSET", "NOTAUTH", "NOTZONE"};
	if (decoded->rcode < ARRAY_LEN(rcodes))
		fprintf(out, "%s", rcodes[decoded->rcode]);
	else
		fprintf(out, "%s", decoded->rcode == RCODE_BADVERS ? "BADVERS" : "RCODE?");
	static const struct {
		unsigned flag;
		const char *name;
	} flags[] = {{FLAG_AA, "aa"}, {FLAG_TC, "tc"}, {FLAG_RD, "rd"}, {FLAG_RA, "ra"},
		     {FLAG_Z, "z"},   {FLAG_AD, "ad"}, {FLAG_CD, "cd"}};
	for (size_t i = 0; i < ARRAY_LEN(flags); i++) {
		if (decoded->flags & flags[i].flag)
			fprintf(out, " %s", flags[i].name);
	}
	fprintf(out, "%s%s\n", decoded->has_opt ? " edns" : "", decoded->has_do ? " do" : "");
	rr_list_print(&decoded->rrs, out);
	if (decoded->fault != NULL)
		fprintf(out, "FAULT: %s\n", decoded->fault);
}
