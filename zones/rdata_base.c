/* rdata_base.c -- octets of RDATA in base 16, 32 and 64: keys, digests, salts (a family of codecs,
 * see rdata_codec.h; RFC 4648). */
#include "zones/rdata_codec.h"

/* Digits so far: pairs of them make octets. */
struct hex {
	bool is_half;
	uint8_t octet;
};

static bool
hex_feed(struct rdata_reading *reading, struct hex *hex, const char *text, size_t len,
	 bool has_dots)
{
	for (size_t i = 0; i < len; i++) {
		int digit = hex_digit(text[i]);
		if (has_dots && text[i] == '.')
			continue;
		if (digit < 0)
			return rdata_fail(reading, "not a hexadecimal digit");
		hex->octet = (uint8_t)(hex->octet << 4 | digit);
		if (hex->is_half && !rdata_append(reading, &hex->octet, 1))
			return false;
		hex->is_half = !hex->is_half;
	}
	return true;
}

static bool
hex_end(struct rdata_reading *reading, const struct hex *hex)
{
	return !hex->is_half || rdata_fail(reading, "odd number of hexadecimal digits");
}

bool
rdata_read_hex_rest(struct rdata_reading *reading)
{
	struct hex hex = {0};
	for (;;) {
		const struct rdata_token *token = rdata_current(reading);
		if (!hex_feed(reading, &hex, token->text, token->len, false))
			return false;
		if (rdata_is_last(reading))
			return hex_end(reading, &hex);
		reading->token_idx++;
	}
}

bool
rdata_read_hex_text(struct rdata_reading *reading, const char *text, size_t len, bool has_dots)
{
	struct hex hex = {0};
	return hex_feed(reading, &hex, text, len, has_dots) && hex_end(reading, &hex);
}

void
rdata_text_hex(struct rdata_text *text, const uint8_t *octets, size_t len)
{
	static const char digits[] = "0123456789ABCDEF";
	for (size_t i = 0; i < len; i++) {
		char pair[2] = {digits[octets[i] >> 4], digits[octets[i] & 15]};
		rdata_text_append(text, pair, sizeof(pair));
	}
}

static size_t
nonempty_rest_len(const struct rdata_codec *codec, const uint8_t *octets, size_t left)
{
	/* A digest or fingerprint of no octets says nothing; BIND and Knot refuse it. */
	return left > 0 ? left : SIZE_MAX;
}

static bool
read_hex_rest(const struct rdata_codec *codec, struct rdata_reading *reading)
{
	size_t before = reading->len;
	if (!rdata_read_hex_rest(reading))
		return false;
	return reading->len > before || rdata_fail(reading, "hexadecimal digits missing");
}

static bool
print_hex(const struct rdata_codec *codec, struct rdata_text *text, const uint8_t *octets,
	  size_t len)
{
	rdata_text_hex(text, octets, len);
	return true;
}

const struct rdata_codec rdata_codec_hex_rest = {.len = nonempty_rest_len,
						 .read = read_hex_rest,
						 .print = print_hex,
						 .missing = "hexadecimal digits missing"};

/* A digest's type and, to the end, the digest. One of the wrong length verifies nothing; of types
 * not known here any length is taken. */
static bool
is_digest_len(const struct rdata_codec *codec, uint8_t type, size_t len)
{
	size_t wanted = type < codec->digest_lens_count ? codec->digest_lens[type] : 0;
	return wanted != 0 ? len == wanted : len >= codec->digest_len_min;
}

static size_t
digest_len(const struct rdata_codec *codec, const uint8_t *octets, size_t left)
{
	return left > 1 && is_digest_len(codec, octets[0], left - 1) ? left : SIZE_MAX;
}

static bool
read_digest(const struct rdata_codec *codec, struct rdata_reading *reading)
{
	uint32_t type;
	if (!rdata_read_named_number(reading, codec->mnemonics, UINT8_MAX, &type))
		return false;
	uint8_t octet = (uint8_t)type;
	if (!rdata_append(reading, &octet, 1) || !rdata_next(reading, "hexadecimal digits missing"))
		return false;
	size_t before = reading->len;
	if (!rdata_read_hex_rest(reading))
		return false;
	return is_digest_len(codec, octet, reading->len - before) ||
	       rdata_fail(reading, "digest of the wrong length for its type");
}

static bool
print_digest(const struct rdata_codec *codec, struct rdata_text *text, const uint8_t *octets,
	     size_t len)
{
	rdata_text_printf(text, "%u ", octets[0]);
	rdata_text_hex(text, octets + 1, len - 1);
	return true;
}

/* IANA "Digest Algorithms" (of DS): SHA-1, SHA-256, GOST R 34.11-94, SHA-384, GOST R 34.11-2012,
 * SM3. */
static const uint8_t ds_digest_lens[] = {0, 20, 32, 32, 48, 32, 32};
static const struct rdata_mnemonic ds_digests[] = {
    {"SHA1", 1}, {"SHA-1", 1},   {"SHA256", 2}, {"SHA-256", 2},
    {"GOST", 3}, {"SHA-384", 4}, {"SHA384", 4}, {0},
};

const struct rdata_codec rdata_codec_ds_digest = {.len = digest_len,
						  .read = read_digest,
						  .print = print_digest,
						  .missing = "number missing",
						  .mnemonics = ds_digests,
						  .digest_lens = ds_digest_lens,
						  .digest_lens_count = ARRAY_LEN(ds_digest_lens),
						  .digest_len_min = 1};

static const struct rdata_mnemonic no_mnemonics[] = {{0}};

/* RFC 4255 3.1.2, RFC 6594 4: SHA-1, SHA-256. */
static const uint8_t sshfp_lens[] = {0, 20, 32};

const struct rdata_codec rdata_codec_sshfp_fingerprint = {.len = digest_len,
							  .read = read_digest,
							  .print = print_digest,
							  .missing = "number missing",
							  .mnemonics = no_mnemonics,
							  .digest_lens = sshfp_lens,
							  .digest_lens_count =
							      ARRAY_LEN(sshfp_lens),
							  .digest_len_min = 1};

/* RFC 8976 2.2.3, 2.2.4: SHA-384, SHA-512; no digest is shorter than 12 octets. */
static const uint8_t zonemd_lens[] = {0, 48, 64};

const struct rdata_codec rdata_codec_zonemd_digest = {.len = digest_len,
						      .read = read_digest,
						      .print = print_digest,
						      .missing = "number missing",
						      .mnemonics = no_mnemonics,
						      .digest_lens = zonemd_lens,
						      .digest_lens_count = ARRAY_LEN(zonemd_lens),
						      .digest_len_min = 12};

/* Base 64, RFC 4648 4. */

static const char base64_digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static int
base64_digit(char digit)
{
	if (digit >= 'A' && digit <= 'Z')
		return digit - 'A';
	if (digit >= 'a' && digit <= 'z')
		return digit - 'a' + 26;
	if (digit >= '0' && digit <= '9')
		return digit - '0' + 52;
	if (digit == '+')
		return 62;
	return digit == '/' ? 63 : -1;
}

/* Digits that do not make a group of four yet, and the padding that stands for missing ones. */
struct base64 {
	uint32_t bits;
	unsigned digit_count;
	unsigned padding_count;
};

/* Takes one character; *out_len is how many octets it completed. False: it cannot stand here. */
static bool
base64_feed(struct base64 *base64, char character, uint8_t out[3], size_t *out_len)
{
	int digit = base64_digit(character);
	*out_len = 0;
	if (character == '=') {
		/* One or two digits may be missing, and what they leave over is zero. */
		if (base64->digit_count < 2 && base64->padding_count == 0)
			return false;
		base64->padding_count++;
		digit = 0;
	} else if (digit < 0 || base64->padding_count > 0) {
		return false;
	}
	base64->bits = base64->bits << 6 | (uint32_t)digit;
	if (++base64->digit_count < 4)
		return true;
	out[0] = (uint8_t)(base64->bits >> 16);
	out[1] = (uint8_t)(base64->bits >> 8);
	out[2] = (uint8_t)base64->bits;
	*out_len = 3 - base64->padding_count;
	for (size_t i = *out_len; i < 3; i++) {
		if (out[i] != 0)
			return false;
	}
	base64->bits = 0;
	base64->digit_count = 0;
	return true;
}

static bool
base64_is_whole(const struct base64 *base64)
{
	return base64->digit_count == 0;
}

static const char base64_reason[] = "malformed base 64";

static bool
read_base64_token(struct rdata_reading *reading, struct base64 *base64)
{
	const struct rdata_token *token = rdata_current(reading);
	for (size_t i = 0; i < token->len; i++) {
		uint8_t octets[3];
		size_t len;
		/* What was padded has ended. */
		if (base64->padding_count > 0 && base64_is_whole(base64))
			return rdata_fail(reading, base64_reason);
		if (!base64_feed(base64, token->text[i], octets, &len))
			return rdata_fail(reading, base64_reason);
		if (len > 0 && !rdata_append(reading, octets, len))
			return false;
	}
	return true;
}

bool
rdata_read_base64(struct rdata_reading *reading, bool is_rest)
{
	struct base64 base64 = {0};
	size_t before = reading->len;
	for (;;) {
		if (!read_base64_token(reading, &base64))
			return false;
		if (!is_rest || rdata_is_last(reading))
			break;
		reading->token_idx++;
	}
	if (!base64_is_whole(&base64))
		return rdata_fail(reading, base64_reason);
	return reading->len > before || rdata_fail(reading, "base 64 missing");
}

bool
rdata_base64_decode(const char *text, size_t len, uint8_t *out, size_t *out_len)
{
	struct base64 base64 = {0};
	*out_len = 0;
	for (size_t i = 0; i < len; i++) {
		uint8_t octets[3];
		size_t octets_len;
		if ((base64.padding_count > 0 && base64_is_whole(&base64)) ||
		    !base64_feed(&base64, text[i], octets, &octets_len))
			return false;
		memcpy(out + *out_len, octets, octets_len);
		*out_len += octets_len;
	}
	return base64_is_whole(&base64);
}

void
rdata_text_base64(struct rdata_text *text, const uint8_t *octets, size_t len)
{
	for (size_t i = 0; i < len; i += 3) {
		uint32_t bits = (uint32_t)octets[i] << 16;
		if (i + 1 < len)
			bits |= (uint32_t)octets[i + 1] << 8;
		if (i + 2 < len)
			bits |= octets[i + 2];
		char group[4] = {base64_digits[bits >> 18], base64_digits[bits >> 12 & 63],
				 i + 1 < len ? base64_digits[bits >> 6 & 63] : '=',
				 i + 2 < len ? base64_digits[bits & 63] : '='};
		rdata_text_append(text, group, sizeof(group));
	}
}

static size_t
rest_len(const struct rdata_codec *codec, const uint8_t *octets, size_t left)
{
	return left;
}

static bool
read_base64_rest(const struct rdata_codec *codec, struct rdata_reading *reading)
{
	return rdata_read_base64(reading, true);
}

static bool
print_base64(const struct rdata_codec *codec, struct rdata_text *text, const uint8_t *octets,
	     size_t len)
{
	rdata_text_base64(text, octets, len);
	return true;
}

const struct rdata_codec rdata_codec_base64_rest = {.len = nonempty_rest_len,
						    .read = read_base64_rest,
						    .print = print_base64,
						    .missing = "base 64 missing"};
const struct rdata_codec rdata_codec_base64_optional = {
    .len = rest_len, .read = read_base64_rest, .print = print_base64};

/* NSEC3: a length octet, then octets. */

static size_t
salt_len(const struct rdata_codec *codec, const uint8_t *octets, size_t left)
{
	return left > 0 && octets[0] < left ? octets[0] + 1u : SIZE_MAX;
}

static size_t
hash_len(const struct rdata_codec *codec, const uint8_t *octets, size_t left)
{
	return left > 0 && octets[0] > 0 ? salt_len(codec, octets, left) : SIZE_MAX;
}

/* Fills in the length octet at `before` for what was appended behind it. */
static bool
end_counted(struct rdata_reading *reading, size_t before, const char *reason)
{
	size_t len = reading->len - before - 1;
	if (len > UINT8_MAX)
		return rdata_fail(reading, reason);
	reading->out[before] = (uint8_t)len;
	return true;
}

static bool
read_salt(const struct rdata_codec *codec, struct rdata_reading *reading)
{
	const struct rdata_token *token = rdata_current(reading);
	size_t before = reading->len;
	if (!rdata_append(reading, "", 1))
		return false;
	if (token->len == 1 && token->text[0] == '-')
		return true;
	if (token->len == 0)
		return rdata_fail(reading, "a salt of no octets is written -");
	return rdata_read_hex_text(reading, token->text, token->len, false) &&
	       end_counted(reading, before, "salt longer than 255 octets");
}

/* Base 32 with the extended hexadecimal alphabet, RFC 4648 7, without padding (RFC 5155 3.3). */
static int
base32_digit(char digit)
{
	if (digit >= '0' && digit <= '9')
		return digit - '0';
	if (digit >= 'A' && digit <= 'V')
		return digit - 'A' + 10;
	return digit >= 'a' && digit <= 'v' ? digit - 'a' + 10 : -1;
}

static bool
read_hash(const struct rdata_codec *codec, struct rdata_reading *reading)
{
	const struct rdata_token *token = rdata_current(reading);
	size_t before = reading->len;
	uint32_t bits = 0;
	unsigned bit_count = 0;
	if (!rdata_append(reading, "", 1))
		return false;
	for (size_t i = 0; i < token->len; i++) {
		int digit = base32_digit(token->text[i]);
		if (digit < 0)
			return rdata_fail(reading, "malformed base 32");
		bits = bits << 5 | (uint32_t)digit;
		bit_count += 5;
		if (bit_count < 8)
			continue;
		bit_count -= 8;
		uint8_t octet = (uint8_t)(bits >> bit_count);
		if (!rdata_append(reading, &octet, 1))
			return false;
	}
	/* What is left over is less than a digit, and zero. */
	if (token->len == 0 || bit_count >= 5 || (bits & ((1u << bit_count) - 1)) != 0)
		return rdata_fail(reading, "malformed base 32");
	return end_counted(reading, before, "hash longer than 255 octets");
}

static bool
print_salt(const struct rdata_codec *codec, struct rdata_text *text, const uint8_t *octets,
	   size_t len)
{
	if (len == 1)
		rdata_text_append(text, "-", 1);
	rdata_text_hex(text, octets + 1, len - 1);
	return true;
}

static bool
print_hash(const struct rdata_codec *codec, struct rdata_text *text, const uint8_t *octets,
	   size_t len)
{
	static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUV";
	uint32_t bits = 0;
	unsigned bit_count = 0;
	for (size_t i = 1; i < len; i++) {
		bits = bits << 8 | octets[i];
		for (bit_count += 8; bit_count >= 5; bit_count -= 5)
			rdata_text_append(text, &digits[bits >> (bit_count - 5) & 31], 1);
	}
	if (bit_count > 0)
		rdata_text_append(text, &digits[bits << (5 - bit_count) & 31], 1);
	return true;
}

const struct rdata_codec rdata_codec_nsec3_salt = {
    .len = salt_len, .read = read_salt, .print = print_salt, .missing = "salt missing"};
const struct rdata_codec rdata_codec_nsec3_hash = {
    .len = hash_len, .read = read_hash, .print = print_hash, .missing = "hash missing"};
