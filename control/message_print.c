/* message_print.c -- what `gluezone query` shows. */
#include "control/message_print.h"

#include <stdlib.h>

#include "zones/dname.h"
#include "zones/rdata.h"

enum { RDATA_TEXT_CAP = 4 * RDATA_LEN_MAX + 1024 };

struct message {
	const uint8_t *octets;
	size_t len;
	size_t off;
};

/* Reads a name that may be compressed into `out`; the offset moves behind it. */
static bool
read_name(struct message *message, uint8_t out[DNAME_LEN_MAX])
{
	size_t end = dname_decompress(message->octets, message->len, message->off, out);
	if (end == 0)
		return false;
	message->off = end;
	return true;
}

/* RDATA with its names in full: `rdata` has room for RDATA_LEN_MAX octets. */
static bool
read_rdata(struct message *message, uint16_t rrtype_code, size_t end, uint8_t *rdata, size_t *rdlen)
{
	const struct rrtype *rrtype = rrtype_find(rrtype_code);
	*rdlen = 0;
	for (const enum rdata_field *field = rrtype == NULL ? NULL : rrtype->fields;
	     field != NULL && *field != RDATA_END; field++) {
		size_t len;
		if (*field == RDATA_NAME_COMPRESSIBLE || *field == RDATA_NAME) {
			if (!read_name(message, rdata + *rdlen) || message->off > end)
				return false;
			len = dname_len(rdata + *rdlen);
		} else {
			len = rdata_field_len(*field, message->octets + message->off,
					      end - message->off);
			if (len > end - message->off)
				return false;
			memcpy(rdata + *rdlen, message->octets + message->off, len);
			message->off += len;
		}
		*rdlen += len;
	}
	if (rrtype == NULL) {
		*rdlen = end - message->off;
		memcpy(rdata, message->octets + message->off, *rdlen);
		message->off = end;
	}
	return message->off == end;
}

static void
print_opt(FILE *out, const uint8_t *fixed)
{
	fprintf(out, ";; EDNS: version %u, flags:%s, payload %u, extended RCODE %u\n", fixed[5],
		be16_read(fixed + 6) & EDNS_FLAG_DO ? " do" : "", be16_read(fixed + 2), fixed[4]);
}

static void
print_class(FILE *out, uint16_t rrclass)
{
	if (rrclass == RRCLASS_IN)
		fputs("IN", out);
	else
		fprintf(out, "CLASS%u", rrclass);
}

static bool
print_record(FILE *out, struct message *message)
{
	/* Room for the longest RDATA: one call at a time in a tool. */
	static uint8_t rdata[RDATA_LEN_MAX + DNAME_LEN_MAX];
	static char text[RDATA_TEXT_CAP];
	uint8_t owner[DNAME_LEN_MAX];
	char owner_text[DNAME_TEXT_MAX];
	char type_text[RRTYPE_TEXT_MAX];

	if (!read_name(message, owner) || message->len - message->off < RR_FIXED_LEN)
		return false;
	const uint8_t *fixed = message->octets + message->off;
	uint16_t rrtype = be16_read(fixed);
	message->off += RR_FIXED_LEN;
	size_t end = message->off + be16_read(fixed + 8);
	if (end > message->len)
		return false;
	if (rrtype == RRTYPE_OPT) {
		print_opt(out, fixed);
		message->off = end;
		return true;
	}
	size_t rdlen;
	if (!read_rdata(message, rrtype, end, rdata, &rdlen))
		return false;
	dname_print(owner, owner_text);
	rrtype_print(rrtype, type_text);
	rdata_print(rrtype, rdata, rdlen, text, sizeof(text));
	fprintf(out, "%s\t%u\t", owner_text, be32_read(fixed + 4));
	print_class(out, be16_read(fixed + 2));
	fprintf(out, "\t%s\t%s\n", type_text, text);
	return true;
}

static bool
print_question(FILE *out, struct message *message)
{
	uint8_t qname[DNAME_LEN_MAX];
	char qname_text[DNAME_TEXT_MAX];
	char type_text[RRTYPE_TEXT_MAX];
	if (!read_name(message, qname) || message->len - message->off < QUESTION_FIXED_LEN)
		return false;
	const uint8_t *fixed = message->octets + message->off;
	dname_print(qname, qname_text);
	rrtype_print(be16_read(fixed), type_text);
	fprintf(out, ";%s\t", qname_text);
	print_class(out, be16_read(fixed + 2));
	fprintf(out, "\t%s\n", type_text);
	message->off += QUESTION_FIXED_LEN;
	return true;
}

static void
print_header(FILE *out, const uint8_t *octets)
{
	static const char *const rcodes[16] = {"NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN",
					       "NOTIMP",  "REFUSED", "YXDOMAIN", "YXRRSET",
					       "NXRRSET", "NOTAUTH", "NOTZONE",  "RCODE11",
					       "RCODE12", "RCODE13", "RCODE14",  "RCODE15"};
	unsigned flags = be16_read(octets + HEADER_FLAGS_OFF);
	fprintf(out, ";; status: %s, opcode: %u, id: %u, flags:%s%s%s%s%s\n",
		rcodes[flags & FLAG_RCODE], (flags & FLAG_OPCODE) >> FLAG_OPCODE_SHIFT,
		be16_read(octets), flags & FLAG_QR ? " qr" : "", flags & FLAG_AA ? " aa" : "",
		flags & FLAG_TC ? " tc" : "", flags & FLAG_RD ? " rd" : "",
		flags & FLAG_RA ? " ra" : "");
}

bool
message_print(FILE *out, const uint8_t *octets, size_t len)
{
	static const char *const titles[] = {"QUESTION", "ANSWER", "AUTHORITY", "ADDITIONAL"};
	if (len < HEADER_LEN) {
		fputs(";; shorter than a header\n", out);
		return false;
	}
	struct message message = {.octets = octets, .len = len, .off = HEADER_LEN};
	print_header(out, octets);
	for (size_t section = 0; section < ARRAY_LEN(titles); section++) {
		unsigned count = be16_read(octets + HEADER_QDCOUNT_OFF + 2 * section);
		if (count > 0)
			fprintf(out, ";; %s\n", titles[section]);
		while (count-- > 0) {
			bool is_read = section == 0 ? print_question(out, &message)
						    : print_record(out, &message);
			if (!is_read) {
				fprintf(out, ";; malformed at octet %zu\n", message.off);
				return false;
			}
		}
	}
	if (message.off != len)
		fprintf(out, ";; %zu octets behind the message\n", len - message.off);
	return message.off == len;
}
