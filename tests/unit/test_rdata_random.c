/* test_rdata_random.c -- RDATA of every type at random: wire form made from the rows, wire form
 * damaged, text put together from pieces.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/unit/rdata_tools.h"

enum { WIRE_MAX = 2048, ROUNDS = 400 };

static unsigned
below(unsigned end)
{
	return (unsigned)rand() % end;
}

struct wire_text {
	uint8_t octets[WIRE_MAX];
	size_t len;
};

static void
put(struct wire_text *out, const void *octets, size_t len)
{
	assert_true(len <= sizeof(out->octets) - out->len);
	memcpy(out->octets + out->len, octets, len);
	out->len += len;
}

static void
put_u8(struct wire_text *out, unsigned value)
{
	uint8_t octet = (uint8_t)value;
	put(out, &octet, 1);
}

static void
put_u16(struct wire_text *out, unsigned value)
{
	put_u8(out, value >> 8);
	put_u8(out, value);
}

static void
put_random(struct wire_text *out, size_t len)
{
	for (size_t i = 0; i < len; i++)
		put_u8(out, below(2) ? below(256) : below(3) * 127);
}

static void
put_name(struct wire_text *out)
{
	for (unsigned labels = below(5); labels > 0; labels--) {
		unsigned len = 1 + (below(8) == 0 ? below(40) : below(6));
		put_u8(out, len);
		put_random(out, len);
	}
	put_u8(out, 0);
}

static void
put_string(struct wire_text *out)
{
	unsigned len = below(4) == 0 ? below(256) : below(6);
	put_u8(out, len);
	put_random(out, len);
}

static void
put_digits(struct wire_text *out, size_t len)
{
	for (size_t i = 0; i < len; i++)
		put_u8(out, '0' + below(10));
}

static void
put_bitmap(struct wire_text *out, bool may_be_empty)
{
	unsigned window = below(3);
	for (unsigned i = may_be_empty ? below(3) : 1 + below(3); i > 0; i--) {
		unsigned len = 1 + below(32);
		put_u8(out, window);
		put_u8(out, len);
		put_random(out, len - 1);
		put_u8(out, 1 + below(255));
		window += 1 + below(60);
	}
}

static void
put_gateway(struct wire_text *out, unsigned kind)
{
	if (kind == 3)
		put_name(out);
	else
		put_random(out, kind == 0 ? 0 : kind == 1 ? 4 : 16);
}

static void
put_a6(struct wire_text *out)
{
	unsigned prefix = below(3) == 0 ? 128 * below(2) : below(129);
	put_u8(out, prefix);
	put_random(out, 16 - prefix / 8);
	if (prefix > 0)
		put_name(out);
}

static void
put_loc(struct wire_text *out)
{
	uint8_t loc[16] = {0};
	for (unsigned i = 1; i <= 3; i++)
		loc[i] = (uint8_t)(below(10) << 4 | below(10));
	be32_write(loc + 4, (UINT32_C(1) << 31) - 324000000 + (uint32_t)rand() % 648000001);
	be32_write(loc + 8, (UINT32_C(1) << 31) - 648000000 + (uint32_t)rand() % 1296000001);
	be32_write(loc + 12, (uint32_t)rand() * 2 + below(2));
	put(out, loc, sizeof(loc));
}

static void
put_apl(struct wire_text *out)
{
	for (unsigned items = below(4); items > 0; items--) {
		unsigned family = 1 + below(2);
		unsigned bits = family == 1 ? 32 : 128;
		unsigned len = below(bits / 8 + 1);
		put_u16(out, family);
		put_u8(out, below(bits + 1));
		put_u8(out, len | below(2) * 0x80);
		if (len > 0) {
			put_random(out, len - 1);
			put_u8(out, 1 + below(255));
		}
	}
}

static void
put_alpn(struct wire_text *out)
{
	static const char ids[] = "\2h2\6a,b\\c\"\2\0\377";
	put_u16(out, sizeof(ids) - 1);
	put(out, ids, sizeof(ids) - 1);
}

static void
put_params(struct wire_text *out)
{
	bool has_alpn = below(2);
	if (has_alpn && below(2))
		put(out, "\0\0\0\2\0\1", 6);
	if (has_alpn) {
		put_u16(out, 1);
		put_alpn(out);
	}
	if (has_alpn && below(2))
		put(out, "\0\2\0\0", 4);
	if (below(2)) {
		put(out, "\0\3\0\2", 4);
		put_random(out, 2);
	}
	for (unsigned key = 4; key < 8; key++) {
		/* A multiple of both addresses' lengths; octets for the others. */
		if (below(3) != 0)
			continue;
		put_u16(out, key);
		put_u16(out, 32);
		put_random(out, 32);
	}
	for (unsigned key = 10 + below(500); below(3) != 0; key += 1 + below(20000)) {
		unsigned len = below(20);
		if (key >= UINT16_MAX)
			break;
		put_u16(out, key);
		put_u16(out, len);
		put_random(out, len);
	}
}

static void
put_digest(struct wire_text *out, enum rdata_field field)
{
	const struct rdata_codec *codec = rdata_codecs[field];
	unsigned type = below(2) ? below((unsigned)codec->digest_lens_count) : below(256);
	size_t len = type < codec->digest_lens_count ? codec->digest_lens[type] : 0;
	put_u8(out, type);
	put_random(out, len > 0 ? len : codec->digest_len_min + below(50));
}

static void
put_counted(struct wire_text *out, unsigned min)
{
	unsigned len = min + below(40);
	put_u8(out, len);
	put_random(out, len);
}

static void
put_hip(struct wire_text *out)
{
	unsigned tag_len = 1 + below(20);
	unsigned key_len = 1 + below(40);
	put_u8(out, tag_len);
	put_u8(out, below(256));
	put_u16(out, key_len);
	put_random(out, tag_len + key_len);
}

static void
put_atma(struct wire_text *out)
{
	unsigned is_e164 = below(2);
	put_u8(out, is_e164);
	if (is_e164)
		put_digits(out, 1 + below(15));
	else
		put_random(out, 20);
}

static void
put_ipseckey(struct wire_text *out)
{
	unsigned kind = below(4);
	put_u8(out, kind);
	put_u8(out, 0); /* no key needs to follow */
	put_gateway(out, kind);
}

static void
put_relay(struct wire_text *out)
{
	unsigned kind = below(4);
	put_u8(out, kind | below(2) * 0x80);
	put_gateway(out, kind);
}

static void
put_psdn(struct wire_text *out)
{
	unsigned len = 4 + below(12);
	put_u8(out, len);
	put_digits(out, len);
}

static void
put_nxt(struct wire_text *out)
{
	unsigned len = below(16);
	put_u8(out, 1 + below(127));
	put_random(out, len);
	if (len > 0)
		out->octets[out->len - 1] |= 1;
}

static void
put_some(struct wire_text *out, void (*put_one)(struct wire_text *out), unsigned count)
{
	for (; count > 0; count--)
		put_one(out);
}

/* Fields that are made by a function of their own. */
static void (*const makers[RDATA_FIELD_COUNT])(struct wire_text *out) = {
    [RDATA_NAME_COMPRESSIBLE] = put_name,
    [RDATA_NAME] = put_name,
    [RDATA_A6] = put_a6,
    [RDATA_LOC] = put_loc,
    [RDATA_APL] = put_apl,
    [RDATA_GATEWAY] = put_ipseckey,
    [RDATA_RELAY] = put_relay,
    [RDATA_HIP] = put_hip,
    [RDATA_ATMA] = put_atma,
    [RDATA_PSDN] = put_psdn,
    [RDATA_STRING] = put_string,
    [RDATA_BITMAP_NXT] = put_nxt,
    [RDATA_SVC_PARAMS] = put_params,
};

static void
put_field(struct wire_text *out, enum rdata_field field)
{
	size_t fixed_len = rdata_codecs[field]->fixed_len;
	if (makers[field] != NULL) {
		makers[field](out);
		return;
	}
	switch (field) {
	case RDATA_NAMES:
		put_some(out, put_name, below(4));
		return;
	case RDATA_KEY_HEAD:
		put_u16(out, 0x0101); /* a key follows */
		return;
	case RDATA_NAME_OPTIONAL: /* put with RDATA_A6 */
		return;
	case RDATA_CAA_TAG:
		put(out, "\5issue", 6);
		return;
	case RDATA_STRING_OPTIONAL:
		put_some(out, put_string, below(2));
		return;
	case RDATA_STRINGS:
		put_some(out, put_string, 1 + below(4));
		return;
	case RDATA_NSEC3_SALT:
		put_counted(out, 0);
		return;
	case RDATA_NSEC3_HASH:
		put_counted(out, 1);
		return;
	case RDATA_BITMAP:
	case RDATA_BITMAP_OPTIONAL:
		put_bitmap(out, field == RDATA_BITMAP_OPTIONAL);
		return;
	case RDATA_DS_DIGEST:
	case RDATA_SSHFP_FINGERPRINT:
	case RDATA_ZONEMD_DIGEST:
		put_digest(out, field);
		return;
	default:
		put_random(out, fixed_len > 0 ? fixed_len : 1 + below(60));
	}
}

/* In a block of its own, so that the sanitizer sees a step past either end. */
static uint8_t *
exact_copy(const uint8_t *octets, size_t len)
{
	uint8_t *copy = malloc(len + 1);
	assert_non_null(copy);
	memcpy(copy + 1, octets, len);
	return copy + 1;
}

static void
check_round_trip(uint16_t rrtype, const uint8_t *rdata, size_t rdlen)
{
	struct rdata_fault fault;
	size_t again;
	size_t len = rdata_print(rrtype, rdata, rdlen, rdata_printed, sizeof(rdata_printed));
	assert_true(len < sizeof(rdata_printed));
	if (!rdata_read_text(rrtype, rdata_printed, &again, &fault))
		fail_msg("%s %s: %s", rrtype_find(rrtype)->mnemonic, rdata_printed, fault.reason);
	if (again != rdlen || memcmp(rdata, rdata_wire, rdlen) != 0)
		fail_msg("%s %s is read as other octets", rrtype_find(rrtype)->mnemonic,
			 rdata_printed);
}

static size_t
fields_len(const struct rrtype *row, const uint8_t *rdata, size_t rdlen)
{
	size_t off = 0;
	for (unsigned i = 0; row->fields[i] != RDATA_END; i++)
		off += rdata_field_len(row->fields[i], rdata + off, rdlen - off);
	return off;
}

/* What the rows describe is valid, measured exactly, and printed so that it reads back; mostly in
 * the type's own form. */
static void
test_random_valid_wire(void **state)
{
	srand(7);
	for (uint16_t rrtype = rdata_next_type(0); rrtype != 0; rrtype = rdata_next_type(rrtype)) {
		const struct rrtype *row = rrtype_find(rrtype);
		unsigned own_count = 0;
		for (unsigned round = 0; round < ROUNDS; round++) {
			struct wire_text out = {.len = 0};
			for (unsigned i = 0; row->fields[i] != RDATA_END; i++)
				put_field(&out, row->fields[i]);
			uint8_t *rdata = exact_copy(out.octets, out.len);
			if (!rdata_is_valid(rrtype, rdata, out.len))
				fail_msg("%s: made invalid", row->mnemonic);
			assert_int_equal(out.len, fields_len(row, rdata, out.len));
			check_round_trip(rrtype, rdata, out.len);
			own_count += strncmp(rdata_printed, "\\#", 2) != 0;
			assert_int_equal(
			    0, rdata_compare(rrtype, rdata, out.len, rdata_wire, out.len));
			free(rdata - 1);
		}
		if (own_count < ROUNDS / 8 && row->fields[0] != RDATA_OPAQUE)
			fail_msg("%s: %u of %u in its own form", row->mnemonic, own_count, ROUNDS);
	}
}

static void
damage(struct wire_text *out)
{
	for (unsigned i = 1 + below(3); i > 0; i--) {
		size_t at = out->len > 0 ? below((unsigned)out->len) : 0;
		switch (below(4)) {
		case 0:
			out->len = at;
			break;
		case 1:
			if (out->len < sizeof(out->octets))
				put_u8(out, below(256));
			break;
		default:
			if (out->len > 0)
				out->octets[at] = (uint8_t)(below(2) ? below(256) : below(5));
		}
	}
}

/* What is damaged is refused, or is something else that is valid and reads back: never a step past
 * the end. */
static void
test_random_damaged_wire(void **state)
{
	srand(8);
	for (uint16_t rrtype = rdata_next_type(0); rrtype != 0; rrtype = rdata_next_type(rrtype)) {
		const struct rrtype *row = rrtype_find(rrtype);
		for (unsigned round = 0; round < 4 * ROUNDS; round++) {
			struct wire_text out = {.len = 0};
			for (unsigned i = 0; row->fields[i] != RDATA_END; i++)
				put_field(&out, row->fields[i]);
			damage(&out);
			uint8_t *rdata = exact_copy(out.octets, out.len);
			if (rdata_is_valid(rrtype, rdata, out.len)) {
				check_round_trip(rrtype, rdata, out.len);
			} else {
				rdata_print(rrtype, rdata, out.len, rdata_printed,
					    sizeof(rdata_printed));
				assert_memory_equal("\\#", rdata_printed, 2);
			}
			free(rdata - 1);
		}
	}
}

/* Text made of what RDATA is made of: no crash, and nothing read that is not valid. */
static void
test_random_text(void **state)
{
	static const char *const pieces[] = {"0",
					     "1",
					     "255",
					     "65535",
					     "4294967295",
					     "a.",
					     "@",
					     ".",
					     "a",
					     "-",
					     "\"\"",
					     "\"a b\"",
					     "192.0.2.1",
					     "::1",
					     "A",
					     "NS",
					     "TYPE65535",
					     "AAAA",
					     "AA==",
					     "00",
					     "0x00",
					     "ff",
					     "20240101000000",
					     "+12.3",
					     "N",
					     "E",
					     "1m",
					     "1:0.0.0.0/0",
					     "!2:::/0",
					     "tcp",
					     "smtp",
					     "port=1",
					     "alpn=\"h2\"",
					     "alpn=h\\\\,2",
					     "mandatory=port",
					     "key9=\\000",
					     "ipv6hint=::",
					     "ech=AA==",
					     "\\#",
					     "4",
					     "2t7b4g4vsa5smi47k61mv5bv1a22bojr",
					     "00-00-00-00-00-00",
					     "0:0:0:0",
					     "1234",
					     "\\255",
					     "key65534",
					     "RSASHA1",
					     "NOKEY"};
	srand(9);
	for (uint16_t rrtype = rdata_next_type(0); rrtype != 0; rrtype = rdata_next_type(rrtype)) {
		for (unsigned round = 0; round < 4 * ROUNDS; round++) {
			char text[512] = "";
			for (unsigned i = below(10); i > 0; i--) {
				strcat(text, pieces[below(ARRAY_LEN(pieces))]);
				strcat(text, " ");
			}
			struct rdata_fault fault = {0};
			size_t rdlen;
			if (!rdata_read_text(rrtype, text, &rdlen, &fault)) {
				assert_non_null(fault.reason);
				continue;
			}
			if (!rdata_is_valid(rrtype, rdata_wire, rdlen))
				fail_msg("%s %s is read as what is invalid",
					 rrtype_find(rrtype)->mnemonic, text);
			uint8_t *rdata = exact_copy(rdata_wire, rdlen);
			check_round_trip(rrtype, rdata, rdlen);
			free(rdata - 1);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_random_valid_wire),
	    cmocka_unit_test(test_random_damaged_wire),
	    cmocka_unit_test(test_random_text),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
