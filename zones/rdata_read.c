/* rdata_read.c -- RDATA from presentation form: tokens of the scanner in, wire form out. Goes
 * through the fields of a row; what several families of fields need to read is here as well. */
#include <arpa/inet.h>
#include <strings.h>

#include "zones/dname.h"
#include "zones/rdata_codec.h"

bool
rdata_fail(struct rdata_reading *reading, const char *reason)
{
	reading->reason = reason;
	return false;
}

bool
rdata_next(struct rdata_reading *reading, const char *missing)
{
	reading->token_idx++;
	return reading->token_idx < reading->token_count || rdata_fail(reading, missing);
}

bool
rdata_append(struct rdata_reading *reading, const void *octets, size_t len)
{
	if (len > RDATA_LEN_MAX - reading->len)
		return rdata_fail(reading, "RDATA longer than 65535 octets");
	memcpy(reading->out + reading->len, octets, len);
	reading->len += len;
	return true;
}

bool
rdata_read_number(struct rdata_reading *reading, uint32_t max, uint32_t *value)
{
	const struct rdata_token *token = rdata_current(reading);
	uint64_t number = 0;
	for (size_t i = 0; i < token->len; i++) {
		if (token->text[i] < '0' || token->text[i] > '9')
			return rdata_fail(reading, "not a number");
		number = number * 10 + (uint64_t)(token->text[i] - '0');
		if (number > max)
			return rdata_fail(reading, "number too large for its field");
	}
	if (token->len == 0)
		return rdata_fail(reading, "not a number");
	*value = (uint32_t)number;
	return true;
}

int
rdata_mnemonic_find(const struct rdata_mnemonic *mnemonics, const char *text, size_t len)
{
	for (; mnemonics->text != NULL; mnemonics++) {
		if (strlen(mnemonics->text) == len && strncasecmp(mnemonics->text, text, len) == 0)
			return mnemonics->value;
	}
	return -1;
}

bool
rdata_read_named_number(struct rdata_reading *reading, const struct rdata_mnemonic *mnemonics,
			uint32_t max, uint32_t *value)
{
	const struct rdata_token *token = rdata_current(reading);
	bool is_number = token->len > 0 && token->text[0] >= '0' && token->text[0] <= '9';
	if (is_number)
		return rdata_read_number(reading, max, value);
	int named = rdata_mnemonic_find(mnemonics, token->text, token->len);
	if (named < 0)
		return rdata_fail(reading, "neither a number nor a mnemonic of this field");
	*value = (uint32_t)named;
	return true;
}

bool
rdata_read_name(struct rdata_reading *reading)
{
	const struct rdata_token *token = rdata_current(reading);
	uint8_t dname[DNAME_LEN_MAX];
	if (token->is_quoted)
		return rdata_fail(reading, "a domain name takes no quotes");
	if (token->len == 1 && token->text[0] == '@')
		return rdata_append(reading, reading->origin, dname_len(reading->origin));
	size_t len = dname_read(token->text, token->len, reading->origin, dname, &reading->reason);
	return len != 0 && rdata_append(reading, dname, len);
}

bool
rdata_read_address(struct rdata_reading *reading, int family, uint8_t out[16])
{
	const struct rdata_token *token = rdata_current(reading);
	char text[INET6_ADDRSTRLEN] = "";
	if (token->len < sizeof(text) && memchr(token->text, '\0', token->len) == NULL) {
		memcpy(text, token->text, token->len);
		text[token->len] = '\0';
	}
	if (inet_pton(family, text, out) == 1)
		return true;
	return rdata_fail(reading,
			  family == AF_INET ? "not an IPv4 address" : "not an IPv6 address");
}

static bool
read_fields(struct rdata_reading *reading, const struct rrtype *row)
{
	for (const enum rdata_field *field = row->fields; *field != RDATA_END; field++) {
		const struct rdata_codec *codec = rdata_codecs[*field];
		if (reading->token_idx == reading->token_count) {
			if (codec->missing == NULL)
				continue;
			return rdata_fail(reading, codec->missing);
		}
		if (!codec->read(codec, reading))
			return false;
		reading->token_idx++;
	}
	if (reading->token_idx < reading->token_count)
		return rdata_fail(reading, "more than the type's RDATA holds");
	return true;
}

/* After `\#`: a length in octets, then as much hexadecimal (RFC 3597 5). */
static bool
read_generic(struct rdata_reading *reading, uint16_t rrtype)
{
	uint32_t announced;
	reading->token_idx = 1;
	if (reading->token_count < 2)
		return rdata_fail(reading, "length missing after \\#");
	if (!rdata_read_number(reading, RDATA_LEN_MAX, &announced))
		return false;
	reading->token_idx = 2;
	if (reading->token_count > 2 && !rdata_read_hex_rest(reading))
		return false;
	reading->token_idx = 1;
	if (reading->len != announced)
		return rdata_fail(reading,
				  "length after \\# is not that of the hexadecimal digits");
	if (!rdata_is_valid(rrtype, reading->out, reading->len))
		return rdata_fail(reading, "octets that are no RDATA of this type");
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
	struct rdata_reading reading = {
	    .tokens = tokens, .token_count = token_count, .origin = origin, .out = out};
	const struct rrtype *row = rrtype_find(rrtype);
	bool is_read;
	if (is_generic(tokens, token_count))
		is_read = read_generic(&reading, rrtype);
	else if (row != NULL && row->fields[0] != RDATA_END)
		is_read = read_fields(&reading, row);
	else
		is_read =
		    rdata_fail(&reading, "RDATA of a type without a mnemonic begins with \\#");
	if (!is_read) {
		*fault =
		    (struct rdata_fault){.token_idx = reading.token_idx, .reason = reading.reason};
		return false;
	}
	*rdlen = reading.len;
	return true;
}
