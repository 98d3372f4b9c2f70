/* rdata_mnemonic.c -- numbers of RDATA that have names: RR types, algorithms, key flags (a family
 * of codecs, see rdata_codec.h). Printed as numbers, which every reader understands, but for
 * types. */
#include <strings.h>

#include "zones/rdata_codec.h"

enum { NUMBER_LEN_MAX = 2 };

static bool
append_number(const struct rdata_codec *codec, struct rdata_reading *reading, uint32_t value)
{
	uint8_t octets[NUMBER_LEN_MAX];
	be16_write(octets, (uint16_t)value);
	return rdata_append(reading, octets + NUMBER_LEN_MAX - codec->fixed_len, codec->fixed_len);
}

static bool
read_named(const struct rdata_codec *codec, struct rdata_reading *reading)
{
	uint32_t max = codec->fixed_len == 1 ? UINT8_MAX : UINT16_MAX;
	uint32_t value;
	return rdata_read_named_number(reading, codec->mnemonics, max, &value) &&
	       append_number(codec, reading, value);
}

static bool
print_number(const struct rdata_codec *codec, struct rdata_text *text, const uint8_t *octets,
	     size_t len)
{
	rdata_text_printf(text, "%u", len == 1 ? octets[0] : be16_read(octets));
	return true;
}

/* IANA "DNS Security Algorithm Numbers", and the names that BIND has for some of them. */
static const struct rdata_mnemonic algorithms[] = {
    {"RSAMD5", 1},
    {"DH", 2},
    {"DSA", 3},
    {"ECC", 4},
    {"RSASHA1", 5},
    {"DSA-NSEC3-SHA1", 6},
    {"NSEC3DSA", 6},
    {"RSASHA1-NSEC3-SHA1", 7},
    {"NSEC3RSASHA1", 7},
    {"RSASHA256", 8},
    {"RSASHA512", 10},
    {"ECC-GOST", 12},
    {"ECCGOST", 12},
    {"ECDSAP256SHA256", 13},
    {"ECDSAP384SHA384", 14},
    {"ED25519", 15},
    {"ED448", 16},
    {"INDIRECT", 252},
    {"PRIVATEDNS", 253},
    {"PRIVATEOID", 254},
    {0},
};

const struct rdata_codec rdata_codec_algorithm = {.fixed_len = 1,
						  .read = read_named,
						  .print = print_number,
						  .missing = "algorithm missing",
						  .mnemonics = algorithms};

/* RFC 4398 2.1. */
static const struct rdata_mnemonic cert_types[] = {
    {"PKIX", 1},   {"SPKI", 2},    {"PGP", 3},   {"IPKIX", 4}, {"ISPKI", 5}, {"IPGP", 6},
    {"ACPKIX", 7}, {"IACPKIX", 8}, {"URI", 253}, {"OID", 254}, {0},
};

const struct rdata_codec rdata_codec_cert_type = {.fixed_len = 2,
						  .read = read_named,
						  .print = print_number,
						  .missing = "certificate type missing",
						  .mnemonics = cert_types};

/* RFC 2535 3.1.3. */
static const struct rdata_mnemonic key_protocols[] = {
    {"NONE", 0}, {"TLS", 1}, {"EMAIL", 2}, {"DNSSEC", 3}, {"IPSEC", 4}, {"ALL", 255}, {0},
};

const struct rdata_codec rdata_codec_key_protocol = {.fixed_len = 1,
						     .read = read_named,
						     .print = print_number,
						     .missing = "protocol missing",
						     .mnemonics = key_protocols};

/* RFC 9859 2.1. */
static const struct rdata_mnemonic dsync_schemes[] = {{"NOTIFY", 1}, {0}};

const struct rdata_codec rdata_codec_dsync_scheme = {.fixed_len = 1,
						     .read = read_named,
						     .print = print_number,
						     .missing = "scheme missing",
						     .mnemonics = dsync_schemes};

/* RFC 2535 3.1.2 in the names that BIND reads; joined with "|". */
static const struct rdata_mnemonic key_flags[] = {
    {"NOCONF", 0x4000}, {"NOAUTH", 0x8000},
    {"NOKEY", 0xc000},  {"FLAG2", 0x2000},
    {"EXTEND", 0x1000}, {"FLAG4", 0x0800},
    {"FLAG5", 0x0400},  {"USER", 0x0000},
    {"ZONE", 0x0100},   {"HOST", 0x0200},
    {"NTYP3", 0x0300},  {"FLAG8", 0x0080},
    {"FLAG9", 0x0040},  {"FLAG10", 0x0020},
    {"FLAG11", 0x0010}, {"SIG0", 0x0000},
    {"SIG1", 0x0001},   {"SIG2", 0x0002},
    {"SIG3", 0x0003},   {"SIG4", 0x0004},
    {"SIG5", 0x0005},   {"SIG6", 0x0006},
    {"SIG7", 0x0007},   {"SIG8", 0x0008},
    {"SIG9", 0x0009},   {"SIG10", 0x000a},
    {"SIG11", 0x000b},  {"SIG12", 0x000c},
    {"SIG13", 0x000d},  {"SIG14", 0x000e},
    {"SIG15", 0x000f},  {"KSK", 0x0001},
    {"REVOKE", 0x0080}, {0},
};

static bool
read_flags_hex(struct rdata_reading *reading, uint32_t *value)
{
	const struct rdata_token *token = rdata_current(reading);
	*value = 0;
	for (size_t i = 2; i < token->len; i++) {
		int digit = hex_digit(token->text[i]);
		if (digit < 0)
			return rdata_fail(reading, "not a hexadecimal digit");
		*value = *value << 4 | (uint32_t)digit;
		if (*value > UINT16_MAX)
			return rdata_fail(reading, "number too large for its field");
	}
	return true;
}

static bool
read_flags_names(struct rdata_reading *reading, uint32_t *value)
{
	const struct rdata_token *token = rdata_current(reading);
	const char *at = token->text;
	const char *end = at + token->len;
	*value = 0;
	for (;;) {
		const char *bar = memchr(at, '|', (size_t)(end - at));
		const char *name_end = bar != NULL ? bar : end;
		int flag = rdata_mnemonic_find(key_flags, at, (size_t)(name_end - at));
		if (flag < 0)
			return rdata_fail(reading, "not flags of a key");
		*value |= (uint32_t)flag;
		if (bar == NULL)
			return true;
		at = bar + 1;
	}
}

/* Decimal, 0x and hexadecimal (as Windows and older servers write it), or names. */
static bool
read_flags_value(struct rdata_reading *reading, uint32_t *value)
{
	const struct rdata_token *token = rdata_current(reading);
	if (token->len > 2 && strncasecmp(token->text, "0x", 2) == 0)
		return read_flags_hex(reading, value);
	if (token->len > 0 && token->text[0] >= '0' && token->text[0] <= '9')
		return rdata_read_number(reading, UINT16_MAX, value);
	return read_flags_names(reading, value);
}

static bool
read_flags(const struct rdata_codec *codec, struct rdata_reading *reading)
{
	uint32_t value;
	return read_flags_value(reading, &value) && append_number(codec, reading, value);
}

const struct rdata_codec rdata_codec_key_flags = {
    .fixed_len = 2, .read = read_flags, .print = print_number, .missing = "flags missing"};

enum {
	KEY_HEAD_LEN = 4,       /* flags, protocol, algorithm */
	KEY_HEAD_TOKENS = 3,    /* the same in presentation form */
	KEY_FLAG_NONE = 0xc000, /* both bits: "there is no key information", RFC 2535 3.1.2 */
};

static bool
has_key(uint32_t flags)
{
	return (flags & KEY_FLAG_NONE) != KEY_FLAG_NONE;
}

static size_t
key_head_len(const struct rdata_codec *codec, const uint8_t *octets, size_t left)
{
	if (left < KEY_HEAD_LEN || (left > KEY_HEAD_LEN) != has_key(be16_read(octets)))
		return SIZE_MAX;
	return codec->fixed_len;
}

/* Flags come first: whether a key has to follow is told by the number of tokens. */
static bool
read_key_head(const struct rdata_codec *codec, struct rdata_reading *reading)
{
	uint32_t value;
	if (!read_flags_value(reading, &value) || !append_number(codec, reading, value))
		return false;
	size_t left = reading->token_count - reading->token_idx;
	if (left == KEY_HEAD_TOKENS && has_key(value)) {
		reading->token_idx = reading->token_count;
		return rdata_fail(reading, "base 64 missing");
	}
	if (left > KEY_HEAD_TOKENS && !has_key(value)) {
		reading->token_idx += KEY_HEAD_TOKENS;
		return rdata_fail(reading, "the flags say that no key follows");
	}
	return true;
}

const struct rdata_codec rdata_codec_key_head = {.fixed_len = 2,
						 .len = key_head_len,
						 .read = read_key_head,
						 .print = print_number,
						 .missing = "flags missing"};

static bool
read_type(const struct rdata_codec *codec, struct rdata_reading *reading)
{
	const struct rdata_token *token = rdata_current(reading);
	int rrtype = rrtype_read(token->text, token->len);
	if (rrtype < 0)
		return rdata_fail(reading, "unknown type");
	return append_number(codec, reading, (uint32_t)rrtype);
}

static bool
print_type(const struct rdata_codec *codec, struct rdata_text *text, const uint8_t *octets,
	   size_t len)
{
	char type[RRTYPE_TEXT_MAX];
	size_t type_len = rrtype_print(be16_read(octets), type);
	rdata_text_append(text, type, type_len);
	return true;
}

const struct rdata_codec rdata_codec_type = {
    .fixed_len = 2, .read = read_type, .print = print_type, .missing = "type missing"};
