/* rdata_basic.c -- fields of RDATA that many types have: names, numbers, character-strings, text
 * (a family of codecs, see rdata_codec.h). */
#include "zones/dname.h"
#include "zones/rdata_codec.h"
#include "zones/ttl.h"

/* Names. */

static size_t
name_len(const struct rdata_codec *codec, const uint8_t *octets, size_t left)
{
	size_t len = dname_wire_len(octets, left);
	return len != 0 ? len : SIZE_MAX;
}

static size_t
name_optional_len(const struct rdata_codec *codec, const uint8_t *octets, size_t left)
{
	return left > 0 ? name_len(codec, octets, left) : 0;
}

static size_t
names_len(const struct rdata_codec *codec, const uint8_t *octets, size_t left)
{
	for (size_t off = 0; off < left;) {
		size_t len = dname_wire_len(octets + off, left - off);
		if (len == 0)
			return SIZE_MAX;
		off += len;
	}
	return left;
}

static bool
read_name(const struct rdata_codec *codec, struct rdata_reading *reading)
{
	return rdata_read_name(reading);
}

static bool
read_names(const struct rdata_codec *codec, struct rdata_reading *reading)
{
	for (;;) {
		if (!rdata_read_name(reading))
			return false;
		if (rdata_is_last(reading))
			return true;
		reading->token_idx++;
	}
}

static bool
print_name(const struct rdata_codec *codec, struct rdata_text *text, const uint8_t *octets,
	   size_t len)
{
	rdata_text_name(text, octets);
	return true;
}

static bool
print_names(const struct rdata_codec *codec, struct rdata_text *text, const uint8_t *octets,
	    size_t len)
{
	for (size_t off = 0; off < len; off += dname_len(octets + off)) {
		if (off > 0)
			rdata_text_append(text, " ", 1);
		rdata_text_name(text, octets + off);
	}
	return true;
}

static size_t
name_off(const uint8_t *octets, size_t len, size_t from)
{
	return from == 0 ? 0 : SIZE_MAX;
}

static size_t
names_off(const uint8_t *octets, size_t len, size_t from)
{
	/* The search goes on where the name before ended. */
	return from < len ? from : SIZE_MAX;
}

const struct rdata_codec rdata_codec_name = {.len = name_len,
					     .read = read_name,
					     .print = print_name,
					     .name_off = name_off,
					     .missing = "domain name missing"};
const struct rdata_codec rdata_codec_name_optional = {
    .len = name_optional_len, .read = read_name, .print = print_name, .name_off = name_off};
const struct rdata_codec rdata_codec_names = {
    .len = names_len, .read = read_names, .print = print_names, .name_off = names_off};

/* Numbers. */

static bool
append_number(const struct rdata_codec *codec, struct rdata_reading *reading, uint32_t value)
{
	uint8_t octets[4];
	be32_write(octets, value);
	return rdata_append(reading, octets + 4 - codec->fixed_len, codec->fixed_len);
}

static bool
read_number(const struct rdata_codec *codec, struct rdata_reading *reading)
{
	uint32_t value;
	return rdata_read_number(reading, UINT32_MAX >> (32 - 8 * codec->fixed_len), &value) &&
	       append_number(codec, reading, value);
}

static bool
read_ttl(const struct rdata_codec *codec, struct rdata_reading *reading)
{
	const struct rdata_token *token = rdata_current(reading);
	uint32_t value;
	if (!ttl_read(token->text, token->len, &value))
		return rdata_fail(reading, "not a time in seconds or in units w d h m s");
	return append_number(codec, reading, value);
}

static bool
print_number(const struct rdata_codec *codec, struct rdata_text *text, const uint8_t *octets,
	     size_t len)
{
	uint32_t value = 0;
	for (size_t i = 0; i < len; i++)
		value = value << 8 | octets[i];
	rdata_text_printf(text, "%u", value);
	return true;
}

const struct rdata_codec rdata_codec_u8 = {
    .fixed_len = 1, .read = read_number, .print = print_number, .missing = "number missing"};
const struct rdata_codec rdata_codec_u16 = {
    .fixed_len = 2, .read = read_number, .print = print_number, .missing = "number missing"};
const struct rdata_codec rdata_codec_u32 = {
    .fixed_len = 4, .read = read_number, .print = print_number, .missing = "number missing"};
const struct rdata_codec rdata_codec_ttl = {
    .fixed_len = 4, .read = read_ttl, .print = print_number, .missing = "time missing"};

/* Character-strings. */

static size_t
string_len(const struct rdata_codec *codec, const uint8_t *octets, size_t left)
{
	if (left == 0 || octets[0] + 1u > left)
		return SIZE_MAX;
	return octets[0] + 1u;
}

static size_t
string_optional_len(const struct rdata_codec *codec, const uint8_t *octets, size_t left)
{
	return left > 0 ? string_len(codec, octets, left) : 0;
}

static size_t
strings_len(const struct rdata_codec *codec, const uint8_t *octets, size_t left)
{
	size_t off = 0;
	do {
		size_t len = string_len(codec, octets + off, left - off);
		if (len == SIZE_MAX)
			return SIZE_MAX;
		off += len;
	} while (off < left);
	return off;
}

static bool
is_digit(uint8_t octet)
{
	return octet >= '0' && octet <= '9';
}

static size_t
psdn_len(const struct rdata_codec *codec, const uint8_t *octets, size_t left)
{
	enum { DIGITS_MIN = 4 };
	size_t len = string_len(codec, octets, left);
	if (len == SIZE_MAX || len < 1 + DIGITS_MIN)
		return SIZE_MAX;
	for (size_t i = 1; i < len; i++) {
		if (!is_digit(octets[i]))
			return SIZE_MAX;
	}
	return len;
}

static size_t
tag_len(const struct rdata_codec *codec, const uint8_t *octets, size_t left)
{
	size_t len = string_len(codec, octets, left);
	if (len == SIZE_MAX || len == 1)
		return SIZE_MAX;
	for (size_t i = 1; i < len; i++) {
		uint8_t lower = dname_octet_lower(octets[i]);
		if (!is_digit(octets[i]) && (lower < 'a' || lower > 'z'))
			return SIZE_MAX;
	}
	return len;
}

/* Unescapes the token into `out`; *len is what it took. */
static bool
unescape(struct rdata_reading *reading, uint8_t *out, size_t cap, size_t *len, const char *too_long)
{
	const struct rdata_token *token = rdata_current(reading);
	*len = 0;
	if (token->len <= cap && memchr(token->text, '\\', token->len) == NULL) {
		memcpy(out, token->text, token->len);
		*len = token->len;
		return true;
	}
	for (size_t i = 0; i < token->len;) {
		if (*len == cap)
			return rdata_fail(reading, too_long);
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
read_string(const struct rdata_codec *codec, struct rdata_reading *reading)
{
	uint8_t octets[1 + STRING_LEN_MAX];
	size_t len;
	if (!unescape(reading, octets + 1, STRING_LEN_MAX, &len,
		      "character-string longer than 255 octets"))
		return false;
	octets[0] = (uint8_t)len;
	return rdata_append(reading, octets, len + 1);
}

static bool
read_strings(const struct rdata_codec *codec, struct rdata_reading *reading)
{
	for (;;) {
		if (!read_string(codec, reading))
			return false;
		if (rdata_is_last(reading))
			return true;
		reading->token_idx++;
	}
}

/* A string whose content the codec's len() restricts. */
static bool
read_checked_string(const struct rdata_codec *codec, struct rdata_reading *reading,
		    const char *reason)
{
	size_t before = reading->len;
	if (!read_string(codec, reading))
		return false;
	if (codec->len(codec, reading->out + before, reading->len - before) == SIZE_MAX)
		return rdata_fail(reading, reason);
	return true;
}

static bool
read_psdn(const struct rdata_codec *codec, struct rdata_reading *reading)
{
	return read_checked_string(codec, reading, "a PSDN address is four digits or more");
}

static bool
read_tag(const struct rdata_codec *codec, struct rdata_reading *reading)
{
	return read_checked_string(codec, reading, "a CAA tag is letters and digits");
}

static bool
print_strings(const struct rdata_codec *codec, struct rdata_text *text, const uint8_t *octets,
	      size_t len)
{
	for (size_t off = 0; off < len; off += octets[off] + 1u) {
		if (off > 0)
			rdata_text_append(text, " ", 1);
		rdata_text_quoted(text, octets + off + 1, octets[off]);
	}
	return true;
}

static bool
print_tag(const struct rdata_codec *codec, struct rdata_text *text, const uint8_t *octets,
	  size_t len)
{
	rdata_text_append(text, octets + 1, len - 1);
	return true;
}

const struct rdata_codec rdata_codec_string = {
    .len = string_len, .read = read_string, .print = print_strings, .missing = "text missing"};
const struct rdata_codec rdata_codec_string_optional = {
    .len = string_optional_len, .read = read_string, .print = print_strings};
const struct rdata_codec rdata_codec_strings = {
    .len = strings_len, .read = read_strings, .print = print_strings, .missing = "text missing"};
const struct rdata_codec rdata_codec_psdn = {
    .len = psdn_len, .read = read_psdn, .print = print_strings, .missing = "address missing"};
const struct rdata_codec rdata_codec_caa_tag = {
    .len = tag_len, .read = read_tag, .print = print_tag, .missing = "tag missing"};

/* Octets to the end. */

static size_t
rest_len(const struct rdata_codec *codec, const uint8_t *octets, size_t left)
{
	return left;
}

static size_t
nonempty_rest_len(const struct rdata_codec *codec, const uint8_t *octets, size_t left)
{
	return left > 0 ? left : SIZE_MAX;
}

static bool
read_text_rest(const struct rdata_codec *codec, struct rdata_reading *reading)
{
	size_t len;
	if (!unescape(reading, reading->out + reading->len, RDATA_LEN_MAX - reading->len, &len,
		      "RDATA longer than 65535 octets"))
		return false;
	reading->len += len;
	return true;
}

static bool
read_uri_rest(const struct rdata_codec *codec, struct rdata_reading *reading)
{
	if (rdata_current(reading)->len == 0)
		return rdata_fail(reading, "a URI's target is not empty");
	return read_text_rest(codec, reading);
}

static bool
read_opaque(const struct rdata_codec *codec, struct rdata_reading *reading)
{
	return rdata_fail(reading, "RDATA of this type begins with \\#");
}

static bool
print_text_rest(const struct rdata_codec *codec, struct rdata_text *text, const uint8_t *octets,
		size_t len)
{
	rdata_text_quoted(text, octets, len);
	return true;
}

/* Left to rdata_print(), which prints all of the RDATA so. */
static bool
print_opaque(const struct rdata_codec *codec, struct rdata_text *text, const uint8_t *octets,
	     size_t len)
{
	return false;
}

const struct rdata_codec rdata_codec_text_rest = {
    .len = rest_len, .read = read_text_rest, .print = print_text_rest, .missing = "text missing"};
const struct rdata_codec rdata_codec_uri_rest = {.len = nonempty_rest_len,
						 .read = read_uri_rest,
						 .print = print_text_rest,
						 .missing = "text missing"};
const struct rdata_codec rdata_codec_opaque = {
    .len = rest_len, .read = read_opaque, .print = print_opaque, .missing = "\\# missing"};
