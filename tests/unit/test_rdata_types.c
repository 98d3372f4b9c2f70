/* test_rdata_types.c -- every type's RDATA: the vectors and faults of the tables beside this file,
 * wire form that is out of the ordinary, canonical form, names inside, additional records.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/unit/rdata_tools.h"
#include "zones/dname.h"

enum {
	COLUMNS = 4,
	LINE_MAX_LEN = 4096,
	VECTORS_MIN = 140, /* so that a table cut short is seen */
	FAULTS_MIN = 200,
};

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

static bool has_vector[UINT16_MAX + 1];
static bool has_fault[UINT16_MAX + 1];

/* Type, text, wire form, text printed. What is printed reads back to the same, and so does RFC
 * 3597's form. */
static void
check_vector(char *columns[COLUMNS])
{
	uint16_t rrtype = rdata_type_of(columns[0]);
	struct rdata_fault fault;
	char hex[LINE_MAX_LEN] = "";
	size_t rdlen;
	if (!rdata_read_text(rrtype, columns[1], &rdlen, &fault))
		fail_msg("%s %s: %s", columns[0], columns[1], fault.reason);
	for (size_t i = 0; i < rdlen; i++)
		sprintf(hex + 2 * i, "%02x", rdata_wire[i]);
	assert_string_equal(columns[2], hex);
	assert_true(rdata_is_valid(rrtype, rdata_wire, rdlen));
	assert_true(rdata_print(rrtype, rdata_wire, rdlen, rdata_printed, sizeof(rdata_printed)) <
		    sizeof(rdata_printed));
	assert_string_equal(strcmp(columns[3], "=") == 0 ? columns[1] : columns[3], rdata_printed);
	if (!rdata_read_text(rrtype, rdata_printed, &rdlen, &fault))
		fail_msg("%s %s: %s", columns[0], rdata_printed, fault.reason);
	assert_int_equal(strlen(hex) / 2, rdlen);
	char generic[2 * LINE_MAX_LEN];
	snprintf(generic, sizeof(generic), "\\# %zu %s", rdlen, hex);
	uint8_t *again = memcpy(malloc(rdlen + 1), rdata_wire, rdlen);
	if (!rdata_read_text(rrtype, generic, &rdlen, &fault))
		fail_msg("%s %s: %s", columns[0], generic, fault.reason);
	assert_memory_equal(again, rdata_wire, rdlen);
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
	uint16_t rrtype = rdata_type_of(columns[0]);
	struct rdata_fault fault = {0};
	size_t rdlen;
	if (rdata_read_text(rrtype, columns[1], &rdlen, &fault))
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

static void
test_each_type_is_in_the_tables(void **state)
{
	/* Faults of the oldest are in test_rdata.c; SOA, TXT and others as well. */
	static const char *const elsewhere[] = {"A",  "NS",  "CNAME", "SOA",
						"MX", "TXT", "CAA",   "HINFO"};
	for (size_t i = 0; i < ARRAY_LEN(elsewhere); i++)
		has_fault[rdata_type_of(elsewhere[i])] = true;
	for (uint16_t rrtype = rdata_next_type(0); rrtype != 0; rrtype = rdata_next_type(rrtype)) {
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
	for (uint16_t rrtype = rdata_next_type(0); rrtype != 0; rrtype = rdata_next_type(rrtype)) {
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
		is_folded[rdata_type_of(folded[i])] = true;
	for (uint16_t rrtype = rdata_next_type(0); rrtype != 0; rrtype = rdata_next_type(rrtype))
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
		uint16_t rrtype = rdata_type_of(cases[i].type);
		assert_true(rdata_read_text(rrtype, cases[i].a, &a_len, &fault));
		memcpy(a, rdata_wire, a_len);
		assert_true(rdata_read_text(rrtype, cases[i].b, &b_len, &fault));
		assert_int_equal(cases[i].is_equal,
				 rdata_compare(rrtype, a, a_len, rdata_wire, b_len) == 0);
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
		uint16_t rrtype = rdata_type_of(cases[i].type);
		struct rdata_fault fault;
		char names[256] = "";
		size_t rdlen;
		size_t off = 0;
		assert_true(rdata_read_text(rrtype, cases[i].text, &rdlen, &fault));
		const uint8_t *dname;
		while ((dname = rdata_next_name(rrtype_find(rrtype), rdata_wire, rdlen, &off)) !=
		       NULL) {
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
		uint16_t rrtype = rdata_type_of(cases[i].type);
		struct rdata_fault fault;
		struct rdata_additional additional;
		char text[DNAME_TEXT_MAX + 128] = "";
		size_t rdlen;
		assert_true(rdata_read_text(rrtype, cases[i].text, &rdlen, &fault));
		if (rdata_additional(rrtype_find(rrtype), (const uint8_t *)"\1w", rdata_wire, rdlen,
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
	    {"SVCB", "\\# 15 000100 0004 0004 C0000201 0003 0000", ""},  /* keys backwards */
	    {"SVCB", "\\# 15 000100 0003 0002 0050 0003 0002 0050", ""}, /* a key twice */
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
		uint16_t rrtype = rdata_type_of(cases[i].type);
		struct rdata_fault fault = {0};
		size_t rdlen;
		bool is_read = rdata_read_text(rrtype, cases[i].generic, &rdlen, &fault);
		bool is_valid = cases[i].printed == NULL || cases[i].printed[0] != '\0';
		if (is_read != is_valid)
			fail_msg("%s %s: %s", cases[i].type, cases[i].generic,
				 is_read ? "was read" : fault.reason);
		if (!is_read) {
			assert_string_equal("octets that are no RDATA of this type", fault.reason);
			continue;
		}
		rdata_print(rrtype, rdata_wire, rdlen, rdata_printed, sizeof(rdata_printed));
		if (cases[i].printed != NULL)
			assert_string_equal(cases[i].printed, rdata_printed);
		else
			assert_memory_equal("\\# ", rdata_printed, 3);
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
	    cmocka_unit_test(test_names_inside),
	    cmocka_unit_test(test_additional),
	    cmocka_unit_test(test_unusual_wire),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
