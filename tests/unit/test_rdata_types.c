/* test_rdata_types.c -- every type's RDATA: the vectors and faults of the tables beside this file,
 * wire form made from the rows at random, wire form damaged, names inside, additional records.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "zones/dname.h"
#include "zones/rdata_codec.h"
#include "zones/token.h"

enum {
	COLUMNS = 4,
	LINE_MAX_LEN = 4096,
	WIRE_MAX = 2048,
	TEXT_MAX = 65536,
	VECTORS_MIN = 140, /* so that a table cut short is seen */
	FAULTS_MIN = 200,
	ROUNDS = 400,
};

static const uint8_t origin[] = "\1o";
static uint8_t wire[RDATA_LEN_MAX];
static char printed[TEXT_MAX];

/* Reads `text` as RDATA, through the scanner's own tokenizer, from a copy of just that length. */
static bool
read_text(uint16_t rrtype, const char *text, size_t *rdlen, struct rdata_fault *fault)
{
	size_t len = strlen(text);
	char *exact = malloc(len + 1);
	assert_non_null(exact);
	memcpy(exact + 1, text, len);
	struct tokenizer tokenizer;
	tokenizer_init(&tokenizer, exact + 1, len);
	enum token_outcome outcome = tokenizer_next(&tokenizer);
	if (outcome == TOKEN_FAULT)
		fail_msg("%s: %s", text, tokenizer.fault_reason);
	bool is_read =
	    rdata_read(rrtype, tokenizer.tokens, outcome == TOKEN_ENTRY ? tokenizer.token_count : 0,
		       origin, wire, rdlen, fault);
	tokenizer_fini(&tokenizer);
	free(exact);
	return is_read;
}

/* Calls `check` for each line of a table. */
static unsigned
table_run(const char *name, void (*check)(char *columns[COLUMNS]))
{
	char path[512];
	char line[LINE_MAX_LEN];
	unsigned count = 0;
	snprintf(path, sizeof(path), "%s/tests/unit/%s", SOURCE_ROOT, name);
	FILE *file = fopen(path, "r");
	assert_non_null(file);
	while (fgets(line, sizeof(line), file) != NULL) {
		char *rest = line;
		char *columns[COLUMNS];
		line[strcspn(line, "\n")] = '\0';
		if (line[0] == '#')
			continue;
		for (unsigned i = 0; i < COLUMNS; i++) {
			assert_non_null(rest);
			columns[i] = strsep(&rest, "\t");
		}
		assert_null(rest);
		check(columns);
		count++;
	}
	fclose(file);
	return count;
}

static uint16_t
type_of(const char *mnemonic)
{
	int rrtype = rrtype_read(mnemonic, strlen(mnemonic));
	if (rrtype < 0)
		fail_msg("%s is no type", mnemonic);
	return (uint16_t)rrtype;
}

static bool has_vector[UINT16_MAX + 1];
static bool has_fault[UINT16_MAX + 1];

/* Type, text, wire form, text printed. What is printed reads back to the same, and so does RFC
 * 3597's form. */
static void
check_vector(char *columns[COLUMNS])
{
	uint16_t rrtype = type_of(columns[0]);
	struct rdata_fault fault;
	char hex[LINE_MAX_LEN] = "";
	size_t rdlen;
	if (!read_text(rrtype, columns[1], &rdlen, &fault))
		fail_msg("%s %s: %s", columns[0], columns[1], fault.reason);
	for (size_t i = 0; i < rdlen; i++)
		sprintf(hex + 2 * i, "%02x", wire[i]);
	assert_string_equal(columns[2], hex);
	assert_true(rdata_is_valid(rrtype, wire, rdlen));
	assert_true(rdata_print(rrtype, wire, rdlen, printed, sizeof(printed)) < sizeof(printed));
	assert_string_equal(strcmp(columns[3], "=") == 0 ? columns[1] : columns[3], printed);
	if (!read_text(rrtype, printed, &rdlen, &fault))
		fail_msg("%s %s: %s", columns[0], printed, fault.reason);
	assert_int_equal(strlen(hex) / 2, rdlen);
	char generic[2 * LINE_MAX_LEN];
	snprintf(generic, sizeof(generic), "\\# %zu %s", rdlen, hex);
	uint8_t *again = memcpy(malloc(rdlen + 1), wire, rdlen);
	if (!read_text(rrtype, generic, &rdlen, &fault))
		fail_msg("%s %s: %s", columns[0], generic, fault.reason);
	assert_memory_equal(again, wire, rdlen);
	free(again);
	has_vector[rrtype] = true;
}

static void
test_vectors(void **state)
{
	assert_true(table_run("rdata_vectors.tsv", check_vector) >= VECTORS_MIN);
}

/* Type, text, token at fault, reason. */
static void
check_fault(char *columns[COLUMNS])
{
	uint16_t rrtype = type_of(columns[0]);
	struct rdata_fault fault = {0};
	size_t rdlen;
	if (read_text(rrtype, columns[1], &rdlen, &fault))
		fail_msg("%s %s was read", columns[0], columns[1]);
	if (fault.token_idx != strtoul(columns[2], NULL, 10) ||
	    strcmp(fault.reason, columns[3]) != 0)
		fail_msg("%s %s: token %zu: %s", columns[0], columns[1], fault.token_idx,
			 fault.reason);
	has_fault[rrtype] = true;
}

static void
test_faults(void **state)
{
	assert_true(table_run("rdata_faults.tsv", check_fault) >= FAULTS_MIN);
}

/* Types that zones hold, in turn: 0 past the last. */
static uint16_t
next_type(uint16_t rrtype)
{
	for (unsigned code = rrtype + 1u; code <= UINT16_MAX; code++) {
		const struct rrtype *row = rrtype_find((uint16_t)code);
		if (row != NULL && (row->flags & RRTYPE_META) == 0)
			return (uint16_t)code;
	}
	return 0;
}

static void
test_each_type_is_in_the_tables(void **state)
{
	/* Faults of the oldest are in test_rdata.c; SOA, TXT and others as well. */
	static const char *const elsewhere[] = {"A",  "NS",  "CNAME", "SOA",
						"MX", "TXT", "CAA",   "HINFO"};
	for (size_t i = 0; i < ARRAY_LEN(elsewhere); i++)
		has_fault[type_of(elsewhere[i])] = true;
	for (uint16_t rrtype = next_type(0); rrtype != 0; rrtype = next_type(rrtype)) {
		if (!has_vector[rrtype] || !has_fault[rrtype])
			fail_msg("%s has no %s", rrtype_find(rrtype)->mnemonic,
				 has_vector[rrtype] ? "fault" : "vector");
	}
}

static void
test_the_tables_of_the_code_are_whole(void **state)
{
	for (int field = RDATA_END + 1; field < RDATA_FIELD_COUNT; field++) {
		const struct rdata_codec *codec = rdata_codecs[field];
		assert_non_null(codec);
		assert_true(codec->fixed_len > 0 || codec->len != NULL);
		assert_non_null(codec->read);
		assert_non_null(codec->print);
	}
	for (uint16_t rrtype = next_type(0); rrtype != 0; rrtype = next_type(rrtype)) {
		const struct rrtype *row = rrtype_find(rrtype);
		bool has_params = false;
		bool has_name = false;
		for (unsigned i = 0; row->fields[i] != RDATA_END; i++) {
			has_params |= row->fields[i] == RDATA_SVC_PARAMS;
			has_name |= rdata_codecs[row->fields[i]]->name_off != NULL;
		}
		assert_int_equal(has_params, (row->flags & RRTYPE_PAIRS) != 0);
		assert_true(has_name || (row->flags & RRTYPE_FOLDED) == 0);
		if (row->additional_field != RRTYPE_NO_ADDITIONAL)
			assert_non_null(rdata_codecs[row->fields[row->additional_field]]->name_off);
	}
}

/* RFC 4034 6.2 item 3, without HINFO, which has no names, and NSEC (RFC 6840 5.1). */
static void
test_names_in_canonical_form(void **state)
{
	static const char *const folded[] = {"NS",    "MD",  "MF",    "CNAME", "SOA",  "MB",
					     "MG",    "MR",  "PTR",   "MINFO", "MX",   "RP",
					     "AFSDB", "RT",  "SIG",   "PX",    "NXT",  "NAPTR",
					     "KX",    "SRV", "DNAME", "A6",    "RRSIG"};
	bool is_folded[UINT16_MAX + 1] = {false};
	for (size_t i = 0; i < ARRAY_LEN(folded); i++)
		is_folded[type_of(folded[i])] = true;
	for (uint16_t rrtype = next_type(0); rrtype != 0; rrtype = next_type(rrtype))
		assert_int_equal(is_folded[rrtype],
				 (rrtype_find(rrtype)->flags & RRTYPE_FOLDED) != 0);
	static const struct {
		const char *type;
		const char *a;
		const char *b;
		bool is_equal;
	} cases[] = {
	    {"A6", "64 ::1 A.", "64 ::1 a.", true},
	    {"RRSIG", "A 1 1 1 1 1 1 A. QUFB", "A 1 1 1 1 1 1 a. QUFB", true},
	    {"RRSIG", "A 1 1 1 1 1 1 a. QUFB", "A 1 1 1 1 1 1 a. YWFh", false},
	    {"NAPTR", "1 1 a b c A.", "1 1 a b c a.", true},
	    {"NAPTR", "1 1 A b c a.", "1 1 a b c a.", false},
	    {"NXT", "A. A", "a. A", true},
	    {"NSEC", "A. A", "a. A", false},
	    {"SVCB", "1 A.", "1 a.", false},
	    {"LP", "1 A.", "1 a.", false},
	    {"IPSECKEY", "1 3 0 A.", "1 3 0 a.", false},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		static uint8_t a[RDATA_LEN_MAX];
		struct rdata_fault fault;
		size_t a_len;
		size_t b_len;
		uint16_t rrtype = type_of(cases[i].type);
		assert_true(read_text(rrtype, cases[i].a, &a_len, &fault));
		memcpy(a, wire, a_len);
		assert_true(read_text(rrtype, cases[i].b, &b_len, &fault));
		assert_int_equal(cases[i].is_equal,
				 rdata_compare(rrtype, a, a_len, wire, b_len) == 0);
	}
}

/* Wire form at random. */

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
	size_t len = rdata_print(rrtype, rdata, rdlen, printed, sizeof(printed));
	assert_true(len < sizeof(printed));
	if (!read_text(rrtype, printed, &again, &fault))
		fail_msg("%s %s: %s", rrtype_find(rrtype)->mnemonic, printed, fault.reason);
	if (again != rdlen || memcmp(rdata, wire, rdlen) != 0)
		fail_msg("%s %s is read as other octets", rrtype_find(rrtype)->mnemonic, printed);
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
	for (uint16_t rrtype = next_type(0); rrtype != 0; rrtype = next_type(rrtype)) {
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
			own_count += strncmp(printed, "\\#", 2) != 0;
			assert_int_equal(0, rdata_compare(rrtype, rdata, out.len, wire, out.len));
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
	for (uint16_t rrtype = next_type(0); rrtype != 0; rrtype = next_type(rrtype)) {
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
				rdata_print(rrtype, rdata, out.len, printed, sizeof(printed));
				assert_memory_equal("\\#", printed, 2);
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
	for (uint16_t rrtype = next_type(0); rrtype != 0; rrtype = next_type(rrtype)) {
		for (unsigned round = 0; round < 4 * ROUNDS; round++) {
			char text[512] = "";
			for (unsigned i = below(10); i > 0; i--) {
				strcat(text, pieces[below(ARRAY_LEN(pieces))]);
				strcat(text, " ");
			}
			struct rdata_fault fault = {0};
			size_t rdlen;
			if (!read_text(rrtype, text, &rdlen, &fault)) {
				assert_non_null(fault.reason);
				continue;
			}
			if (!rdata_is_valid(rrtype, wire, rdlen))
				fail_msg("%s %s is read as what is invalid",
					 rrtype_find(rrtype)->mnemonic, text);
			uint8_t *rdata = exact_copy(wire, rdlen);
			check_round_trip(rrtype, rdata, rdlen);
			free(rdata - 1);
		}
	}
}

static void
test_names_inside(void **state)
{
	static const struct {
		const char *type;
		const char *text;
		const char *names;
	} cases[] = {
	    {"A", "192.0.2.1", ""},
	    {"SOA", "a. b. 1 2 3 4 5", "a. b. "},
	    {"SRV", "1 2 3 t.", "t. "},
	    {"IPSECKEY", "1 3 2 g.x. AAAA", "g.x. "},
	    {"IPSECKEY", "1 1 2 192.0.2.1 AAAA", ""},
	    {"IPSECKEY", "1 0 2 . AAAA", ""},
	    {"AMTRELAY", "1 1 3 r.", "r. "},
	    {"AMTRELAY", "1 0 2 ::1", ""},
	    {"HIP", "2 00 AAAA", ""},
	    {"HIP", "2 00 AAAA a. b.c. .", "a. b.c. . "},
	    {"A6", "0 ::1", ""},
	    {"A6", "64 ::1 p.", "p. "},
	    {"A6", "128 p.", "p. "},
	    {"SVCB", "1 t. port=1", "t. "},
	    {"NSEC", "n. A", "n. "},
	    {"NXT", "n. A", "n. "},
	    {"RRSIG", "A 1 1 1 1 1 1 s. AAAA", "s. "},
	    {"SIG", "A 1 1 1 1 1 1 s. AAAA", "s. "},
	    {"NAPTR", "1 1 a b c r.", "r. "},
	    {"RP", "a. .", "a. . "},
	    {"TALINK", "a. b.", "a. b. "},
	    {"PX", "1 a. b.", "a. b. "},
	    {"DSYNC", "CDS NOTIFY 1 t.", "t. "},
	    {"NULL", "\\# 3 016100", ""},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		uint16_t rrtype = type_of(cases[i].type);
		struct rdata_fault fault;
		char names[256] = "";
		size_t rdlen;
		size_t off = 0;
		assert_true(read_text(rrtype, cases[i].text, &rdlen, &fault));
		const uint8_t *dname;
		while ((dname = rdata_next_name(rrtype_find(rrtype), wire, rdlen, &off)) != NULL) {
			char name[DNAME_TEXT_MAX];
			dname_print(dname, name);
			strcat(strcat(names, name), " ");
		}
		assert_string_equal(cases[i].names, names);
	}
}

static void
test_additional(void **state)
{
	static const struct {
		const char *type;
		const char *text;
		const char *additional; /* a name and types, or "" */
	} cases[] = {
	    {"A", "192.0.2.1", ""},
	    {"CNAME", "c.", ""},
	    {"PTR", "c.", ""},
	    {"PX", "1 a. b.", ""}, /* RFC 2163 4: none */
	    {"NS", "n.", "n. A AAAA"},
	    {"MX", "1 m.", "m. A AAAA"},
	    {"MB", "m.", "m. A AAAA"},
	    {"SRV", "1 2 3 s.", "s. A AAAA"},
	    {"AFSDB", "1 s.", "s. A AAAA"},
	    {"KX", "1 s.", "s. A AAAA"},
	    {"RT", "1 s.", "s. A AAAA X25 ISDN"},
	    {"LP", "1 s.", "s. L32 L64"},
	    {"NAPTR", "1 1 a b c s.", "s. A AAAA"},
	    {"NAPTR", "1 1 S b c s.", "s. SRV"},
	    {"NAPTR", "1 1 u b c s.", ""},
	    {"NAPTR", "1 1 \"\" b c s.", ""},
	    {"NAPTR", "1 1 sa b c s.", ""},
	    {"SVCB", "0 s.", "s. A AAAA SVCB"},
	    {"HTTPS", "0 s.", "s. A AAAA HTTPS"},
	    {"HTTPS", "0 .", ""},
	    {"HTTPS", "1 .", "w. A AAAA"},
	    {"SVCB", "1 s. port=1", "s. A AAAA"},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		uint16_t rrtype = type_of(cases[i].type);
		struct rdata_fault fault;
		struct rdata_additional additional;
		char text[DNAME_TEXT_MAX + 128] = "";
		size_t rdlen;
		assert_true(read_text(rrtype, cases[i].text, &rdlen, &fault));
		if (rdata_additional(rrtype_find(rrtype), (const uint8_t *)"\1w", wire, rdlen,
				     &additional)) {
			dname_print(additional.dname, text);
			for (const uint16_t *wanted = additional.rrtypes; *wanted != 0; wanted++) {
				char type[RRTYPE_TEXT_MAX];
				rrtype_print(*wanted, type);
				strcat(strcat(text, " "), type);
			}
		}
		assert_string_equal(cases[i].additional, text);
	}
}

/* Forms that mean the same octets but are not the usual ones, wire form that no usual text says. */
static void
test_unusual_wire(void **state)
{
	static const struct {
		const char *type;
		const char *generic;
		const char *printed; /* NULL: as it is; "": invalid */
	} cases[] = {
	    {"WKS", "\\# 6 C00002010680", "192.0.2.1 6 0"},
	    {"WKS", "\\# 7 C0000201068000", NULL},                    /* zeros at the end */
	    {"LOC", "\\# 1 01", NULL},                                /* a version to come */
	    {"LOC", "\\# 16 00011613800000008000000000989680", NULL}, /* 0e1 */
	    {"LOC", "\\# 16 00A21613800000008000000000989680", ""},
	    {"LOC", "\\# 16 001216139350188180000000 00989680", ""},
	    {"LOC", "\\# 15 0012161380000000800000000098 96", ""},
	    {"ATMA", "\\# 3 000102", NULL}, /* not 20 octets */
	    {"ATMA", "\\# 3 023132", NULL}, /* another format */
	    {"ATMA", "\\# 3 01312B", NULL}, /* no digit */
	    {"ATMA", "\\# 1 00", ""},
	    {"A6", "\\# 11 3DFF00000000000001 0000", NULL}, /* padding that is not zero */
	    {"A6", "\\# 2 8100", ""},
	    {"A6", "\\# 17 4000000000000000000000000000000000", ""},
	    {"NXT", "\\# 3 0080FF", NULL}, /* another kind of bitmap */
	    {"NXT", "\\# 3 004000", ""},
	    {"NXT", "\\# 1 00", ""},
	    {"NSEC", "\\# 4 00000100", ""},       /* zeros at the end */
	    {"NSEC", "\\# 3 000000", ""},         /* an empty window */
	    {"NSEC", "\\# 7 00010140000140", ""}, /* windows backwards */
	    {"NSEC", "\\# 1 00", ""},
	    {"IPSECKEY", "\\# 5 0A04020102", NULL}, /* a gateway to come */
	    {"IPSECKEY", "\\# 3 0A0002", ""},       /* no key */
	    {"AMTRELAY", "\\# 4 0A840102", NULL},
	    {"AMTRELAY", "\\# 3 0A0001", ""},
	    {"APL", "\\# 5 0003010101", NULL}, /* another family */
	    {"APL", "\\# 6 000108020A00", ""}, /* zeros at the end */
	    {"APL", "\\# 5 000121010A", ""},
	    {"APL", "\\# 5 000108020A", ""},
	    {"KEY", "\\# 4 C0000305", "49152 3 5"},
	    {"KEY", "\\# 5 C000030501", ""},
	    {"KEY", "\\# 4 01000305", ""},
	    {"HIP", "\\# 6 0102 0001 AAAA", "2 AA qg=="},
	    {"HIP", "\\# 5 0102 0001 AA", ""},
	    {"HIP", "\\# 5 0002 0001 AA", ""},
	    {"SVCB", "\\# 11 000100 0003 0002 0050 0003", ""},
	    {"SVCB", "\\# 15 000100 0004 0004 C0000201 0003 0000", ""}, /* keys backwards */
	    {"SVCB", "\\# 7 000100 0000 0000", ""},
	    {"SVCB", "\\# 13 000100 0000 0002 0003 0002 0000", ""},
	    {"SVCB", "\\# 7 000100 FFFF 0000", ""},
	    {"SVCB", "\\# 9 000000 0003 0002 0050", "0 . port=80"},
	    {"HTTPS", "\\# 8 000100 0007 0001 2F", "1 . dohpath=\"/\""},
	    {"HTTPS", "\\# 7 000100 0008 0000", "1 . ohttp"},
	    {"HTTPS", "\\# 11 000100 0009 0004 001D 0017", "1 . tls-supported-groups=29,23"},
	    {"NSEC3PARAM", "\\# 5 0100000000", "1 0 0 -"},
	    {"NSEC3PARAM", "\\# 5 0100000001", ""},
	    {"X25", "\\# 4 03313233", ""},
	    {"ISDN", "\\# 2 0131", "\"1\""},
	    {"ISDN", "\\# 6 013101320133", ""},
	    {"DS", "\\# 5 0001050100", ""},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		uint16_t rrtype = type_of(cases[i].type);
		struct rdata_fault fault = {0};
		size_t rdlen;
		bool is_read = read_text(rrtype, cases[i].generic, &rdlen, &fault);
		bool is_valid = cases[i].printed == NULL || cases[i].printed[0] != '\0';
		if (is_read != is_valid)
			fail_msg("%s %s: %s", cases[i].type, cases[i].generic,
				 is_read ? "was read" : fault.reason);
		if (!is_read) {
			assert_string_equal("octets that are no RDATA of this type", fault.reason);
			continue;
		}
		rdata_print(rrtype, wire, rdlen, printed, sizeof(printed));
		if (cases[i].printed != NULL)
			assert_string_equal(cases[i].printed, printed);
		else
			assert_memory_equal("\\# ", printed, 3);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_vectors),
	    cmocka_unit_test(test_faults),
	    cmocka_unit_test(test_each_type_is_in_the_tables),
	    cmocka_unit_test(test_the_tables_of_the_code_are_whole),
	    cmocka_unit_test(test_names_in_canonical_form),
	    cmocka_unit_test(test_random_valid_wire),
	    cmocka_unit_test(test_random_damaged_wire),
	    cmocka_unit_test(test_random_text),
	    cmocka_unit_test(test_names_inside),
	    cmocka_unit_test(test_additional),
	    cmocka_unit_test(test_unusual_wire),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
