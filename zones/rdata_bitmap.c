/* rdata_bitmap.c -- sets of RR types in RDATA (a family of codecs, see rdata_codec.h). */
#include "zones/rdata_codec.h"

enum {
	WINDOW_COUNT = 256,
	WINDOW_HEAD_LEN = 2, /* number and length */
	WINDOW_LEN_MAX = 32,
	NXT_TYPES_END = 128, /* RFC 2535 5.2: types 0 to 127 */
	NXT_LEN_MAX = NXT_TYPES_END / 8,
};

static bool
has_bit(const uint8_t *bits, unsigned idx)
{
	return (bits[idx / 8] & 0x80 >> idx % 8) != 0;
}

static void
set_bit(uint8_t *bits, unsigned idx)
{
	bits[idx / 8] = (uint8_t)(bits[idx / 8] | 0x80 >> idx % 8);
}

/* Octets up to the last that is not zero. */
static size_t
used_len(const uint8_t *bits, size_t len)
{
	while (len > 0 && bits[len - 1] == 0)
		len--;
	return len;
}

/* Windows in ascending order, each of 1 to 32 octets, the last of them not zero (RFC 4034 4.1.2:
 * "blocks with no types present MUST NOT be included", "trailing zero octets MUST be omitted"). */
static size_t
bitmap_optional_len(const struct rdata_codec *codec, const uint8_t *octets, size_t left)
{
	int window = -1;
	for (size_t off = 0; off < left;) {
		if (left - off < WINDOW_HEAD_LEN || octets[off] <= window)
			return SIZE_MAX;
		size_t len = octets[off + 1];
		window = octets[off];
		off += WINDOW_HEAD_LEN;
		if (len == 0 || len > WINDOW_LEN_MAX || len > left - off ||
		    octets[off + len - 1] == 0)
			return SIZE_MAX;
		off += len;
	}
	return left;
}

static size_t
bitmap_len(const struct rdata_codec *codec, const uint8_t *octets, size_t left)
{
	return left > 0 ? bitmap_optional_len(codec, octets, left) : SIZE_MAX;
}

/* The current token as a type, or -1 with a reason. */
static int
read_type(struct rdata_reading *reading)
{
	const struct rdata_token *token = rdata_current(reading);
	int rrtype = rrtype_read(token->text, token->len);
	if (rrtype < 0)
		rdata_fail(reading, "unknown type");
	return rrtype;
}

static bool
read_bitmap(const struct rdata_codec *codec, struct rdata_reading *reading)
{
	/* Windows seldom used are not cleared until they are. */
	uint8_t windows[WINDOW_COUNT][WINDOW_LEN_MAX];
	bool is_used[WINDOW_COUNT] = {false};
	for (;;) {
		int rrtype = read_type(reading);
		if (rrtype < 0)
			return false;
		unsigned window = (unsigned)rrtype / (8 * WINDOW_LEN_MAX);
		if (!is_used[window])
			memset(windows[window], 0, WINDOW_LEN_MAX);
		is_used[window] = true;
		set_bit(windows[window], (unsigned)rrtype % (8 * WINDOW_LEN_MAX));
		if (rdata_is_last(reading))
			break;
		reading->token_idx++;
	}
	for (unsigned window = 0; window < WINDOW_COUNT; window++) {
		if (!is_used[window])
			continue;
		size_t len = used_len(windows[window], WINDOW_LEN_MAX);
		uint8_t head[WINDOW_HEAD_LEN] = {(uint8_t)window, (uint8_t)len};
		if (!rdata_append(reading, head, sizeof(head)) ||
		    !rdata_append(reading, windows[window], len))
			return false;
	}
	return true;
}

/* The types of `bits`, the first of which is `base`. */
static void
print_types(struct rdata_text *text, const uint8_t *bits, size_t len, unsigned base, bool *is_first)
{
	for (unsigned i = 0; i < 8 * len; i++) {
		char type[RRTYPE_TEXT_MAX];
		if (!has_bit(bits, i))
			continue;
		if (!*is_first)
			rdata_text_append(text, " ", 1);
		*is_first = false;
		size_t type_len = rrtype_print((uint16_t)(base + i), type);
		rdata_text_append(text, type, type_len);
	}
}

static bool
print_bitmap(const struct rdata_codec *codec, struct rdata_text *text, const uint8_t *octets,
	     size_t len)
{
	bool is_first = true;
	for (size_t off = 0; off < len; off += WINDOW_HEAD_LEN + octets[off + 1])
		print_types(text, octets + off + WINDOW_HEAD_LEN, octets[off + 1],
			    octets[off] * 8u * WINDOW_LEN_MAX, &is_first);
	return true;
}

const struct rdata_codec rdata_codec_bitmap = {
    .len = bitmap_len, .read = read_bitmap, .print = print_bitmap, .missing = "type missing"};
const struct rdata_codec rdata_codec_bitmap_optional = {
    .len = bitmap_optional_len, .read = read_bitmap, .print = print_bitmap};

/* One bit a type from the first octet on. The first bit says that the rest is something else, to be
 * defined (RFC 2535 5.2), and never was. */
static bool
is_nxt_of_types(const uint8_t *octets)
{
	return (octets[0] & 0x80) == 0;
}

static size_t
nxt_len(const struct rdata_codec *codec, const uint8_t *octets, size_t left)
{
	if (left == 0)
		return SIZE_MAX;
	if (is_nxt_of_types(octets) && (left > NXT_LEN_MAX || octets[left - 1] == 0))
		return SIZE_MAX;
	return left;
}

static bool
read_nxt(const struct rdata_codec *codec, struct rdata_reading *reading)
{
	uint8_t bits[NXT_LEN_MAX] = {0};
	for (;;) {
		int rrtype = read_type(reading);
		if (rrtype < 0)
			return false;
		if (rrtype == 0 || rrtype >= NXT_TYPES_END)
			return rdata_fail(reading, "NXT has no bit for this type");
		set_bit(bits, (unsigned)rrtype);
		if (rdata_is_last(reading))
			break;
		reading->token_idx++;
	}
	return rdata_append(reading, bits, used_len(bits, sizeof(bits)));
}

static bool
print_nxt(const struct rdata_codec *codec, struct rdata_text *text, const uint8_t *octets,
	  size_t len)
{
	bool is_first = true;
	if (!is_nxt_of_types(octets))
		return false;
	print_types(text, octets, len, 0, &is_first);
	return true;
}

const struct rdata_codec rdata_codec_bitmap_nxt = {
    .len = nxt_len, .read = read_nxt, .print = print_nxt, .missing = "type missing"};
