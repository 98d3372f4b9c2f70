/* rdata.c -- RDATA of every type: measure, validate, compare and print what wire form holds
 * (presentation form is read in rdata_read.c), field by field as the row of rrtype.c says and as
 * the field's codec can. */
#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>

#include "zones/dname.h"
#include "zones/rdata_codec.h"

size_t
rdata_field_len(enum rdata_field field, const uint8_t *octets, size_t left)
{
	const struct rdata_codec *codec = rdata_codecs[field];
	if (codec == NULL)
		return SIZE_MAX;
	if (codec->fixed_len > 0 && codec->len == NULL)
		return codec->fixed_len <= left ? codec->fixed_len : SIZE_MAX;
	return codec->len(codec, octets, left);
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
is_upper(uint8_t octet)
{
	return (uint8_t)(octet - 'A') < 26;
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
static int
compare_by_field(uint16_t rrtype, const uint8_t *a, size_t a_len, const uint8_t *b, size_t b_len)
{
	static const enum rdata_field opaque[] = {RDATA_END};
	const struct rrtype *row = rrtype_find(rrtype);
	bool is_folded = row != NULL && (row->flags & RRTYPE_FOLDED) != 0;
	const enum rdata_field *field = is_folded ? row->fields : opaque;
	size_t common = a_len < b_len ? a_len : b_len;
	size_t off = 0;
	for (; *field != RDATA_END && off < common; field++) {
		size_t len = rdata_field_len(*field, a + off, a_len - off);
		if (len > common - off)
			len = common - off;
		/* In a folded type a field that holds names is a name and nothing else. */
		int order = rdata_codecs[*field]->name_off != NULL
				? compare_folded(a + off, b + off, len)
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

int
rdata_compare(uint16_t rrtype, const uint8_t *a, size_t a_len, const uint8_t *b, size_t b_len)
{
	size_t common = a_len < b_len ? a_len : b_len;
	size_t off = 0;
	while (off < common && a[off] == b[off])
		off++;
	if (off == common)
		return (a_len > b_len) - (a_len < b_len);
	/* Where no case is folded, the first octet that differs tells, whatever field it is in. */
	if (!is_upper(a[off]) && !is_upper(b[off]))
		return (int)a[off] - (int)b[off];
	return compare_by_field(rrtype, a, a_len, b, b_len);
}

const uint8_t *
rdata_name(const struct rrtype *rrtype, const uint8_t *rdata, size_t rdlen, int field_idx)
{
	size_t off = 0;
	for (int i = 0; i < field_idx; i++)
		off += rdata_field_len(rrtype->fields[i], rdata + off, rdlen - off);
	return rdata + off;
}

const uint8_t *
rdata_next_name(const struct rrtype *rrtype, const uint8_t *rdata, size_t rdlen, size_t *off)
{
	size_t begin = 0;
	for (const enum rdata_field *field = rrtype->fields; *field != RDATA_END; field++) {
		const struct rdata_codec *codec = rdata_codecs[*field];
		size_t len = rdata_field_len(*field, rdata + begin, rdlen - begin);
		size_t from = *off > begin ? *off - begin : 0;
		size_t found = SIZE_MAX;
		if (codec->name_off != NULL && from < len)
			found = codec->name_off(rdata + begin, len, from);
		if (found != SIZE_MAX) {
			const uint8_t *dname = rdata + begin + found;
			*off = begin + found + dname_len(dname);
			return dname;
		}
		begin += len;
	}
	return NULL;
}

void
rdata_canonical(uint16_t rrtype, const uint8_t *rdata, size_t rdlen, uint8_t *out)
{
	const struct rrtype *row = rrtype_find(rrtype);
	memcpy(out, rdata, rdlen);
	if (row == NULL || (row->flags & RRTYPE_FOLDED) == 0)
		return;
	size_t off = 0;
	const uint8_t *dname;
	while ((dname = rdata_next_name(row, rdata, rdlen, &off)) != NULL)
		dname_lower(dname, out + (dname - rdata));
}

void
rdata_text_append(struct rdata_text *text, const void *octets, size_t len)
{
	if (text->len < text->cap) {
		size_t room = text->cap - text->len;
		memcpy(text->out + text->len, octets, len < room ? len : room);
	}
	text->len += len;
}

void
rdata_text_printf(struct rdata_text *text, const char *format, ...)
{
	char piece[64];
	va_list arguments;
	va_start(arguments, format);
	int len = vsnprintf(piece, sizeof(piece), format, arguments);
	va_end(arguments);
	rdata_text_append(text, piece, (size_t)len);
}

void
rdata_text_name(struct rdata_text *text, const uint8_t *dname)
{
	char name[DNAME_TEXT_MAX];
	size_t len = dname_print(dname, name);
	rdata_text_append(text, name, len);
}

void
rdata_text_octet(struct rdata_text *text, uint8_t octet)
{
	if (octet < 0x20 || octet > 0x7e) {
		rdata_text_printf(text, "\\%03u", octet);
		return;
	}
	if (octet == '"' || octet == '\\')
		rdata_text_append(text, "\\", 1);
	rdata_text_append(text, &octet, 1);
}

/* Quoted always: that is right for any octets, also none. */
void
rdata_text_quoted(struct rdata_text *text, const uint8_t *octets, size_t len)
{
	rdata_text_append(text, "\"", 1);
	for (size_t i = 0; i < len; i++)
		rdata_text_octet(text, octets[i]);
	rdata_text_append(text, "\"", 1);
}

void
rdata_text_address(struct rdata_text *text, int family, const uint8_t *octets)
{
	char address[INET6_ADDRSTRLEN];
	inet_ntop(family, octets, address, sizeof(address));
	rdata_text_append(text, address, strlen(address));
}

/* RFC 3597 5. */
void
rdata_text_generic(struct rdata_text *text, const uint8_t *rdata, size_t rdlen)
{
	rdata_text_printf(text, "\\# %zu", rdlen);
	if (rdlen > 0) {
		rdata_text_append(text, " ", 1);
		rdata_text_hex(text, rdata, rdlen);
	}
}

/* False: presentation form cannot say it. */
static bool
print_fields(struct rdata_text *text, const struct rrtype *row, const uint8_t *rdata, size_t rdlen)
{
	size_t off = 0;
	for (const enum rdata_field *field = row->fields; *field != RDATA_END; field++) {
		const struct rdata_codec *codec = rdata_codecs[*field];
		size_t len = rdata_field_len(*field, rdata + off, rdlen - off);
		if (len == 0 && codec->missing == NULL)
			continue;
		if (off > 0)
			rdata_text_append(text, " ", 1);
		if (!codec->print(codec, text, rdata + off, len))
			return false;
		off += len;
	}
	return true;
}

size_t
rdata_print(uint16_t rrtype, const uint8_t *rdata, size_t rdlen, char *out, size_t cap)
{
	struct rdata_text text = {.out = out, .cap = cap};
	const struct rrtype *row = rrtype_find(rrtype);
	if (row == NULL || row->fields[0] == RDATA_END || !rdata_is_valid(rrtype, rdata, rdlen) ||
	    !print_fields(&text, row, rdata, rdlen)) {
		text.len = 0;
		rdata_text_generic(&text, rdata, rdlen);
	}
	if (cap > 0)
		out[text.len < cap ? text.len : cap - 1] = '\0';
	return text.len;
}
