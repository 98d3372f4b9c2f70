/* rdata_read.c -- RDATA from presentation form: tokens of the scanner in, wire form out. */
#include <arpa/inet.h>

#include "zones/dname.h"
#include "zones/rdata.h"
#include "zones/ttl.h"

enum { STRING_LEN_MAX = 255 };

/* Where reading stands: tokens not used yet, and the wire form so far. A reader of one field takes
 * tokens, appends octets and returns true, or sets reason. */
struct reading {
	const struct rdata_token *tokens;
	size_t token_count;
	size_t token_idx;
	const uint8_t *origin;
	uint8_t *out;
	size_t len;
	const char *reason;
};

static bool
fail(struct reading *reading, const char *reason)
{
	reading->reason = reason;
	return false;
}

static const struct rdata_token *
current(const struct reading *reading)
{
	return &reading->tokens[reading->token_idx];
}

static bool
append(struct reading *reading, const uint8_t *octets, size_t len)
{
	if (len > RDATA_LEN_MAX - reading->len)
		return fail(reading, "RDATA longer than 65535 octets");
	memcpy(reading->out + reading->len, octets, len);
	reading->len += len;
	return true;
}

static bool
read_name(struct reading *reading)
{
	const struct rdata_token *token = current(reading);
	uint8_t dname[DNAME_LEN_MAX];
	if (token->is_quoted)
		return fail(reading, "a domain name takes no quotes");
	if (token->len == 1 && token->text[0] == '@')
		return append(reading, reading->origin, dname_len(reading->origin));
	size_t len = dname_read(token->text, token->len, reading->origin, dname, &reading->reason);
	return len != 0 && append(reading, dname, len);
}

/* Decimal digits only, no sign, nothing after them. */
static bool
read_number(struct reading *reading, uint32_t max, uint32_t *value)
{
	const struct rdata_token *token = current(reading);
	uint64_t number = 0;
	for (size_t i = 0; i < token->len; i++) {
		if (token->text[i] < '0' || token->text[i] > '9')
			return fail(reading, "not a number");
		number = number * 10 + (uint64_t)(token->text[i] - '0');
		if (number > max)
			return fail(reading, "number too large for its field");
	}
	if (token->len == 0)
		return fail(reading, "not a number");
	*value = (uint32_t)number;
	return true;
}

static bool
read_u8(struct reading *reading)
{
	uint32_t value;
	if (!read_number(reading, UINT8_MAX, &value))
		return false;
	uint8_t octet = (uint8_t)value;
	return append(reading, &octet, 1);
}

static bool
read_u16(struct reading *reading)
{
	uint32_t value;
	uint8_t octets[2];
	if (!read_number(reading, UINT16_MAX, &value))
		return false;
	be16_write(octets, (uint16_t)value);
	return append(reading, octets, sizeof(octets));
}

static bool
read_u32(struct reading *reading)
{
	uint32_t value;
	uint8_t octets[4];
	if (!read_number(reading, UINT32_MAX, &value))
		return false;
	be32_write(octets, value);
	return append(reading, octets, sizeof(octets));
}

static bool
read_ttl(struct reading *reading)
{
	const struct rdata_token *token = current(reading);
	uint32_t value;
	uint8_t octets[4];
	if (!ttl_read(token->text, token->len, &value))
		return fail(reading, "not a time in seconds or in units w d h m s");
	be32_write(octets, value);
	return append(reading, octets, sizeof(octets));
}

static bool
read_address(struct reading *reading, int family, size_t len, const char *reason)
{
	const struct rdata_token *token = current(reading);
	char text[INET6_ADDRSTRLEN];
	uint8_t octets[16];
	if (token->len >= sizeof(text))
		return fail(reading, reason);
	memcpy(text, token->text, token->len);
	text[token->len] = '\0';
	if (inet_pton(family, text, octets) != 1)
		return fail(reading, reason);
	return append(reading, octets, len);
}

/* Unescapes the token into `out`; *len is what it took. */
static bool
unescape(struct reading *reading, uint8_t *out, size_t cap, size_t *len, const char *too_long)
{
	const struct rdata_token *token = current(reading);
	*len = 0;
	for (size_t i = 0; i < token->len;) {
		if (*len == cap)
			return fail(reading, too_long);
		size_t used =
		    dname_unescape(token->text + i, token->len - i, &out[*len], &reading->reason);
		if (used == 0)
			return false;
		i += used;
		++*len;
	}
	return true;
}

static bool
read_string(struct reading *reading)
{
	uint8_t octets[1 + STRING_LEN_MAX];
	size_t len;
	if (!unescape(reading, octets + 1, STRING_LEN_MAX, &len,
		      "character-string longer than 255 octets"))
		return false;
	octets[0] = (uint8_t)len;
	return append(reading, octets, len + 1);
}

static bool
read_strings(struct reading *reading)
{
	for (;;) {
		if (!read_string(reading))
			return false;
		if (reading->token_idx + 1 == reading->token_count)
			return true;
		reading->token_idx++;
	}
}

static bool
read_tag(struct reading *reading)
{
	size_t before = reading->len;
	if (!read_string(reading))
		return false;
	if (rdata_field_len(RDATA_CAA_TAG, reading->out + before, reading->len - before) ==
	    SIZE_MAX)
		return fail(reading, "a CAA tag is letters and digits");
	return true;
}

static bool
read_text_rest(struct reading *reading)
{
	size_t len;
	if (!unescape(reading, reading->out + reading->len, RDATA_LEN_MAX - reading->len, &len,
		      "RDATA longer than 65535 octets"))
		return false;
	reading->len += len;
	return true;
}

static int
hex_digit(char digit)
{
	if (digit >= '0' && digit <= '9')
		return digit - '0';
	if (digit >= 'a' && digit <= 'f')
		return digit - 'a' + 10;
	if (digit >= 'A' && digit <= 'F')
		return digit - 'A' + 10;
	return -1;
}

/* Hexadecimal in any number of tokens, cut anywhere (RFC 4034 5.3, RFC 3597 5). */
static bool
read_hex_rest(struct reading *reading)
{
	bool is_half = false;
	uint8_t octet = 0;
	for (;;) {
		const struct rdata_token *token = current(reading);
		for (size_t i = 0; i < token->len; i++) {
			int digit = hex_digit(token->text[i]);
			if (digit < 0)
				return fail(reading, "not a hexadecimal digit");
			octet = (uint8_t)(octet << 4 | digit);
			if (is_half && !append(reading, &octet, 1))
				return false;
			is_half = !is_half;
		}
		if (reading->token_idx + 1 == reading->token_count)
			break;
		reading->token_idx++;
	}
	if (is_half)
		return fail(reading, "odd number of hexadecimal digits");
	return true;
}

static bool
read_field(struct reading *reading, enum rdata_field field)
{
	switch (field) {
	case RDATA_NAME_COMPRESSIBLE:
	case RDATA_NAME:
		return read_name(reading);
	case RDATA_U8:
		return read_u8(reading);
	case RDATA_U16:
		return read_u16(reading);
	case RDATA_U32:
		return read_u32(reading);
	case RDATA_TTL:
		return read_ttl(reading);
	case RDATA_IPV4:
		return read_address(reading, AF_INET, 4, "not an IPv4 address");
	case RDATA_IPV6:
		return read_address(reading, AF_INET6, 16, "not an IPv6 address");
	case RDATA_STRING:
		return read_string(reading);
	case RDATA_STRINGS:
		return read_strings(reading);
	case RDATA_CAA_TAG:
		return read_tag(reading);
	case RDATA_TEXT_REST:
		return read_text_rest(reading);
	case RDATA_HEX_REST:
		return read_hex_rest(reading);
	case RDATA_END:
		break;
	}
	return fail(reading, "not presentable");
}

/* What a missing field should have been. */
static const char *
missing_reason(enum rdata_field field)
{
	switch (field) {
	case RDATA_NAME_COMPRESSIBLE:
	case RDATA_NAME:
		return "domain name missing";
	case RDATA_U8:
	case RDATA_U16:
	case RDATA_U32:
		return "number missing";
	case RDATA_TTL:
		return "time missing";
	case RDATA_IPV4:
		return "IPv4 address missing";
	case RDATA_IPV6:
		return "IPv6 address missing";
	case RDATA_CAA_TAG:
		return "tag missing";
	case RDATA_HEX_REST:
		return "hexadecimal digits missing";
	case RDATA_STRING:
	case RDATA_STRINGS:
	case RDATA_TEXT_REST:
	case RDATA_END:
		break;
	}
	return "text missing";
}

static bool
read_fields(struct reading *reading, const struct rrtype *row)
{
	for (const enum rdata_field *field = row->fields; *field != RDATA_END; field++) {
		if (reading->token_idx == reading->token_count)
			return fail(reading, missing_reason(*field));
		if (!read_field(reading, *field))
			return false;
		reading->token_idx++;
	}
	if (reading->token_idx < reading->token_count)
		return fail(reading, "more than the type's RDATA holds");
	return true;
}

/* After `\#`: a length in octets, then as much hexadecimal (RFC 3597 5). */
static bool
read_generic(struct reading *reading, uint16_t rrtype)
{
	uint32_t announced;
	reading->token_idx = 1;
	if (reading->token_count < 2)
		return fail(reading, "length missing after \\#");
	if (!read_number(reading, RDATA_LEN_MAX, &announced))
		return false;
	reading->token_idx = 2;
	if (reading->token_count > 2 && !read_hex_rest(reading))
		return false;
	reading->token_idx = 1;
	if (reading->len != announced)
		return fail(reading, "length after \\# is not that of the hexadecimal digits");
	if (!rdata_is_valid(rrtype, reading->out, reading->len))
		return fail(reading, "octets that are no RDATA of this type");
	return true;
}

static bool
is_generic(const struct rdata_token *tokens, size_t token_count)
{
	return token_count > 0 && !tokens[0].is_quoted && tokens[0].len == 2 &&
	       memcmp(tokens[0].text, "\\#", 2) == 0;
}

bool
rdata_read(uint16_t rrtype, const struct rdata_token *tokens, size_t token_count,
	   const uint8_t *origin, uint8_t *out, size_t *rdlen, struct rdata_fault *fault)
{
	struct reading reading = {
	    .tokens = tokens, .token_count = token_count, .origin = origin, .out = out};
	const struct rrtype *row = rrtype_find(rrtype);
	bool is_read;
	if (is_generic(tokens, token_count))
		is_read = read_generic(&reading, rrtype);
	else if (row != NULL && row->fields[0] != RDATA_END)
		is_read = read_fields(&reading, row);
	else
		is_read = fail(&reading, "RDATA of a type without a mnemonic begins with \\#");
	if (!is_read) {
		*fault =
		    (struct rdata_fault){.token_idx = reading.token_idx, .reason = reading.reason};
		return false;
	}
	*rdlen = reading.len;
	return true;
}
