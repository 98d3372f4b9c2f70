/* rdata.c -- RDATA of every type: measure, validate, compare and print what wire form holds
 * (presentation form is read in rdata_read.c), field by field as the row of rrtype.c says. */
#include "zones/rdata.h"

#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>

#include "zones/dname.h"

static bool
is_tag_octet(uint8_t octet)
{
	return (octet >= '0' && octet <= '9') || (octet >= 'a' && octet <= 'z') ||
	       (octet >= 'A' && octet <= 'Z');
}

static size_t
string_len(const uint8_t *octets, size_t left)
{
	if (left == 0 || octets[0] + 1u > left)
		return SIZE_MAX;
	return octets[0] + 1u;
}

static size_t
strings_len(const uint8_t *octets, size_t left)
{
	size_t off = 0;
	do {
		size_t len = string_len(octets + off, left - off);
		if (len == SIZE_MAX)
			return SIZE_MAX;
		off += len;
	} while (off < left);
	return off;
}

static size_t
tag_len(const uint8_t *octets, size_t left)
{
	size_t len = string_len(octets, left);
	if (len == SIZE_MAX || len == 1)
		return SIZE_MAX;
	for (size_t i = 1; i < len; i++) {
		if (!is_tag_octet(octets[i]))
			return SIZE_MAX;
	}
	return len;
}

static size_t
name_len(const uint8_t *octets, size_t left)
{
	size_t len = dname_wire_len(octets, left);
	return len != 0 ? len : SIZE_MAX;
}

static size_t
fixed_len(size_t len, size_t left)
{
	return len <= left ? len : SIZE_MAX;
}

size_t
rdata_field_len(enum rdata_field field, const uint8_t *octets, size_t left)
{
	switch (field) {
	case RDATA_NAME_COMPRESSIBLE:
	case RDATA_NAME:
		return name_len(octets, left);
	case RDATA_U8:
		return fixed_len(1, left);
	case RDATA_U16:
		return fixed_len(2, left);
	case RDATA_U32:
	case RDATA_TTL:
	case RDATA_IPV4:
		return fixed_len(4, left);
	case RDATA_IPV6:
		return fixed_len(16, left);
	case RDATA_STRING:
		return string_len(octets, left);
	case RDATA_STRINGS:
		return strings_len(octets, left);
	case RDATA_CAA_TAG:
		return tag_len(octets, left);
	case RDATA_TEXT_REST:
		return left;
	case RDATA_HEX_REST:
		/* A digest or fingerprint of no octets says nothing; BIND and Knot refuse it. */
		return left > 0 ? left : SIZE_MAX;
	case RDATA_END:
		break;
	}
	return SIZE_MAX;
}

bool
rdata_is_valid(uint16_t rrtype, const uint8_t *rdata, size_t rdlen)
{
	const struct rrtype *row = rrtype_find(rrtype);
	if (row == NULL)
		return true;
	size_t off = 0;
	for (const enum rdata_field *field = row->fields; *field != RDATA_END; field++) {
		size_t len = rdata_field_len(*field, rdata + off, rdlen - off);
		if (len == SIZE_MAX)
			return false;
		off += len;
	}
	return off == rdlen;
}

static bool
is_name(enum rdata_field field)
{
	return field == RDATA_NAME_COMPRESSIBLE || field == RDATA_NAME;
}

/* As memcmp, upper case folded. */
static int
compare_folded(const uint8_t *a, const uint8_t *b, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		int difference = (int)dname_octet_lower(a[i]) - (int)dname_octet_lower(b[i]);
		if (difference != 0)
			return difference;
	}
	return 0;
}

/* RFC 4034 6.3 compares canonical RDATA as octet strings. Both are cut into fields as `a` says: as
 * long as all octets before were equal, `b` has the same field in the same place. */
int
rdata_compare(uint16_t rrtype, const uint8_t *a, size_t a_len, const uint8_t *b, size_t b_len)
{
	static const enum rdata_field opaque[] = {RDATA_END};
	const struct rrtype *row = rrtype_find(rrtype);
	const enum rdata_field *field = row != NULL ? row->fields : opaque;
	size_t common = a_len < b_len ? a_len : b_len;
	size_t off = 0;
	for (; *field != RDATA_END && off < common; field++) {
		size_t len = rdata_field_len(*field, a + off, a_len - off);
		if (len > common - off)
			len = common - off;
		int order = is_name(*field) ? compare_folded(a + off, b + off, len)
					    : memcmp(a + off, b + off, len);
		if (order != 0)
			return order;
		off += len;
	}
	int order = memcmp(a + off, b + off, common - off);
	if (order != 0)
		return order;
	return (a_len > b_len) - (a_len < b_len);
}

const uint8_t *
rdata_name(const struct rrtype *rrtype, const uint8_t *rdata, size_t rdlen, int field_idx)
{
	size_t off = 0;
	for (int i = 0; i < field_idx; i++)
		off += rdata_field_len(rrtype->fields[i], rdata + off, rdlen - off);
	return rdata + off;
}

/* Text under construction; goes on counting past `cap`, as snprintf does. */
struct text {
	char *out;
	size_t cap;
	size_t len;
};

static void
text_append(struct text *text, const char *octets, size_t len)
{
	if (text->len < text->cap) {
		size_t room = text->cap - text->len;
		memcpy(text->out + text->len, octets, len < room ? len : room);
	}
	text->len += len;
}

static void PRINTF_LIKE(2, 3) text_printf(struct text *text, const char *format, ...)
{
	char piece[64];
	va_list arguments;
	va_start(arguments, format);
	int len = vsnprintf(piece, sizeof(piece), format, arguments);
	va_end(arguments);
	text_append(text, piece, (size_t)len);
}

static void
print_name(struct text *text, const uint8_t *dname)
{
	char name[DNAME_TEXT_MAX];
	size_t len = dname_print(dname, name);
	text_append(text, name, len);
}

/* Quoted always: that is right for any octets, also none. */
static void
print_quoted(struct text *text, const uint8_t *octets, size_t len)
{
	text_append(text, "\"", 1);
	for (size_t i = 0; i < len; i++) {
		if (octets[i] < 0x20 || octets[i] > 0x7e) {
			text_printf(text, "\\%03u", octets[i]);
			continue;
		}
		if (octets[i] == '"' || octets[i] == '\\')
			text_append(text, "\\", 1);
		text_append(text, (const char *)&octets[i], 1);
	}
	text_append(text, "\"", 1);
}

static void
print_strings(struct text *text, const uint8_t *octets, size_t len)
{
	for (size_t off = 0; off < len; off += octets[off] + 1u) {
		if (off > 0)
			text_append(text, " ", 1);
		print_quoted(text, octets + off + 1, octets[off]);
	}
}

static void
print_hex(struct text *text, const uint8_t *octets, size_t len)
{
	static const char digits[] = "0123456789ABCDEF";
	for (size_t i = 0; i < len; i++) {
		char pair[2] = {digits[octets[i] >> 4], digits[octets[i] & 15]};
		text_append(text, pair, sizeof(pair));
	}
}

static void
print_address(struct text *text, int family, const uint8_t *octets)
{
	char address[INET6_ADDRSTRLEN];
	inet_ntop(family, octets, address, sizeof(address));
	text_append(text, address, strlen(address));
}

static void
print_field(struct text *text, enum rdata_field field, const uint8_t *octets, size_t len)
{
	switch (field) {
	case RDATA_NAME_COMPRESSIBLE:
	case RDATA_NAME:
		print_name(text, octets);
		break;
	case RDATA_U8:
		text_printf(text, "%u", octets[0]);
		break;
	case RDATA_U16:
		text_printf(text, "%u", be16_read(octets));
		break;
	case RDATA_U32:
	case RDATA_TTL:
		text_printf(text, "%u", be32_read(octets));
		break;
	case RDATA_IPV4:
		print_address(text, AF_INET, octets);
		break;
	case RDATA_IPV6:
		print_address(text, AF_INET6, octets);
		break;
	case RDATA_STRING:
	case RDATA_STRINGS:
		print_strings(text, octets, len);
		break;
	case RDATA_CAA_TAG:
		text_append(text, (const char *)octets + 1, len - 1);
		break;
	case RDATA_TEXT_REST:
		print_quoted(text, octets, len);
		break;
	case RDATA_HEX_REST:
		print_hex(text, octets, len);
		break;
	case RDATA_END:
		break;
	}
}

/* RFC 3597 5. */
static void
print_generic(struct text *text, const uint8_t *rdata, size_t rdlen)
{
	text_printf(text, "\\# %zu", rdlen);
	if (rdlen > 0) {
		text_append(text, " ", 1);
		print_hex(text, rdata, rdlen);
	}
}

static void
print_fields(struct text *text, const struct rrtype *row, const uint8_t *rdata, size_t rdlen)
{
	size_t off = 0;
	for (const enum rdata_field *field = row->fields; *field != RDATA_END; field++) {
		if (off > 0)
			text_append(text, " ", 1);
		size_t len = rdata_field_len(*field, rdata + off, rdlen - off);
		print_field(text, *field, rdata + off, len);
		off += len;
	}
}

size_t
rdata_print(uint16_t rrtype, const uint8_t *rdata, size_t rdlen, char *out, size_t cap)
{
	struct text text = {.out = out, .cap = cap};
	const struct rrtype *row = rrtype_find(rrtype);
	if (row != NULL && row->fields[0] != RDATA_END && rdata_is_valid(rrtype, rdata, rdlen))
		print_fields(&text, row, rdata, rdlen);
	else
		print_generic(&text, rdata, rdlen);
	if (cap > 0)
		out[text.len < cap ? text.len : cap - 1] = '\0';
	return text.len;
}
