/* test_dname.c -- names: limits, escapes, case, canonical order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "zones/dname.h"

static const uint8_t example_com[] = "\7example\3com";

/* Into static memory, so that calls can be arguments; four at a time. */
static const uint8_t *
name(const char *text)
{
	static uint8_t names[4][DNAME_LEN_MAX];
	static unsigned next;
	const char *reason = "";
	uint8_t *out = names[next++ % 4];
	if (dname_read(text, strlen(text), NULL, out, &reason) == 0)
		fail_msg("%s: %s", text, reason);
	return out;
}

static void
test_read(void **state)
{
	static const struct {
		const char *text;
		const char *wire;
		size_t len;
	} cases[] = {
	    {".", "", 1},
	    {"a.", "\1a", 3},
	    {"A.b.", "\1A\1b", 5},
	    {"www", "\3www\7example\3com", 17},
	    {"a.b", "\1a\1b\7example\3com", 17},
	    {"a\\.b.", "\3a.b", 5},
	    {"\\065\\000\\255.", "\3A\0\377", 5},
	    {"\\@.", "\1@", 3},
	    {"\\\\.", "\1\\", 3},
	    {"\\ x.", "\2 x", 4},
	    {"*.a.", "\1*\1a", 5},
	    {"\303\274.", "\2\303\274", 4},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		uint8_t out[DNAME_LEN_MAX];
		const char *reason = NULL;
		size_t len =
		    dname_read(cases[i].text, strlen(cases[i].text), example_com, out, &reason);
		if (len != cases[i].len)
			fail_msg("%s: length %zu, not %zu (%s)", cases[i].text, len, cases[i].len,
				 reason);
		assert_memory_equal(out, cases[i].wire, len);
	}
}

static void
test_read_faults(void **state)
{
	static const struct {
		const char *text;
		const char *reason;
	} cases[] = {
	    {"", "empty name"},
	    {"..", "empty label"},
	    {".a", "empty label"},
	    {"a..", "empty label"},
	    {"a..b", "empty label"},
	    {"a\\", "backslash with nothing after it"},
	    {"\\1", "\\DDD escape without three digits"},
	    {"\\12x", "\\DDD escape without three digits"},
	    {"\\256", "\\DDD escape above 255"},
	    {"\\999.", "\\DDD escape above 255"},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		uint8_t out[DNAME_LEN_MAX];
		const char *reason = NULL;
		assert_int_equal(
		    0, dname_read(cases[i].text, strlen(cases[i].text), NULL, out, &reason));
		assert_string_equal(reason, cases[i].reason);
	}
}

/* `labels` labels of `len` octets, then one of `last` (0: none), with a final dot or without. */
static size_t
read_long(unsigned labels, unsigned len, unsigned last, bool is_absolute, const uint8_t *origin)
{
	char text[1024];
	uint8_t out[DNAME_LEN_MAX];
	const char *reason;
	char *end = text;
	for (unsigned i = 0; i < labels; i++) {
		memset(end, 'x', len);
		end[len] = '.';
		end += len + 1;
	}
	memset(end, 'y', last);
	end += last;
	if (last > 0 && is_absolute)
		*end++ = '.';
	if (last == 0 && !is_absolute)
		end--;
	return dname_read(text, (size_t)(end - text), origin, out, &reason);
}

static void
test_read_limits(void **state)
{
	assert_int_equal(65, read_long(1, 63, 0, true, NULL));
	assert_int_equal(0, read_long(1, 64, 0, true, NULL));
	/* RFC 1035 2.3.4: 255 octets with all length octets and the root's. */
	assert_int_equal(255, read_long(3, 63, 61, true, NULL));
	assert_int_equal(0, read_long(3, 63, 62, true, NULL));
	assert_int_equal(255, read_long(127, 1, 0, true, NULL));
	assert_int_equal(0, read_long(128, 1, 0, true, NULL));
	/* example.com. is 13 octets. */
	assert_int_equal(255, read_long(3, 63, 49, false, example_com));
	assert_int_equal(0, read_long(3, 63, 50, false, example_com));
}

static void
test_print(void **state)
{
	static const struct {
		const char *wire;
		const char *text;
	} cases[] = {
	    {"", "."},
	    {"\1A\1b", "A.b."},
	    {"\3a.b", "a\\.b."},
	    {"\11;\"()@$\\ \177", "\\;\\\"\\(\\)\\@\\$\\\\\\032\\127."},
	    {"\2\377\001", "\\255\\001."},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char text[DNAME_TEXT_MAX];
		assert_int_equal(strlen(cases[i].text),
				 dname_print((const uint8_t *)cases[i].wire, text));
		assert_string_equal(cases[i].text, text);
	}
}

/* Any octets in any labels survive printing and reading, and no text outgrows its buffer. */
static void
test_print_and_read_back(void **state)
{
	srand(1);
	for (unsigned round = 0; round < 20000; round++) {
		uint8_t dname[DNAME_LEN_MAX];
		size_t len = 0;
		while (len < DNAME_LEN_MAX - 1 && rand() % 8 != 0) {
			size_t label_len = 1 + (size_t)rand() % LABEL_LEN_MAX;
			if (len + 1 + label_len > DNAME_LEN_MAX - 1)
				break;
			dname[len++] = (uint8_t)label_len;
			while (label_len-- > 0)
				dname[len++] = (uint8_t)rand();
		}
		dname[len++] = 0;
		char text[DNAME_TEXT_MAX];
		size_t text_len = dname_print(dname, text);
		assert_true(text_len < sizeof(text));
		uint8_t again[DNAME_LEN_MAX];
		const char *reason;
		assert_int_equal(len, dname_read(text, text_len, example_com, again, &reason));
		assert_memory_equal(dname, again, len);
	}
}

static void
test_longest_text_fits(void **state)
{
	uint8_t dname[DNAME_LEN_MAX] = {0};
	for (unsigned off = 0; off < 4 * 64; off += 64)
		dname[off] = off < 3 * 64 ? 63 : 61;
	char text[DNAME_TEXT_MAX];
	assert_int_equal(255, dname_len(dname));
	assert_int_equal(250 * 4 + 4, dname_print(dname, text));
}

static void
test_wire_len(void **state)
{
	uint8_t long_name[300];
	memset(long_name, 1, sizeof(long_name));
	assert_int_equal(0, dname_wire_len(long_name, sizeof(long_name)));
	long_name[254] = 0;
	assert_int_equal(255, dname_wire_len(long_name, sizeof(long_name)));
	assert_int_equal(255, dname_wire_len(long_name, 255));
	assert_int_equal(0, dname_wire_len(long_name, 254));
	long_name[254] = 1;
	long_name[256] = 0;
	assert_int_equal(0, dname_wire_len(long_name, sizeof(long_name)));

	assert_int_equal(1, dname_wire_len((const uint8_t *)"", 1));
	assert_int_equal(0, dname_wire_len((const uint8_t *)"", 0));
	assert_int_equal(3, dname_wire_len((const uint8_t *)"\1a\0tail", 8));
	assert_int_equal(0, dname_wire_len((const uint8_t *)"\1a", 2));
	assert_int_equal(0, dname_wire_len((const uint8_t *)"\5ab", 4));
	assert_int_equal(0, dname_wire_len((const uint8_t *)"\300\14", 3));
	assert_int_equal(0, dname_wire_len((const uint8_t *)"\100x", 3));
}

static void
test_case(void **state)
{
	for (unsigned octet = 0; octet < 256; octet++) {
		unsigned lower = octet >= 'A' && octet <= 'Z' ? octet + 32 : octet;
		assert_int_equal(lower, dname_octet_lower((uint8_t)octet));
	}
	uint8_t lower[DNAME_LEN_MAX];
	assert_int_equal(9, dname_lower(name("WwW.A[Z."), lower));
	assert_memory_equal(lower, "\3www\3a[z", 9);
	assert_true(dname_equal_lower(name("www.example."), name("www.example.")));
	assert_true(dname_equal_lower(name("."), name(".")));
	assert_false(dname_equal_lower(name("www.example."), name("www.example.net.")));
	assert_false(dname_equal_lower(name("www.examplf."), name("www.example.")));
	assert_false(dname_equal_lower(name("."), name("a.")));
	assert_true(dname_equal(name("WWW.Example."), name("www.eXAMPLE.")));
	/* Same octets, other labels. */
	assert_false(dname_equal(name("a\\001b."), name("a.b.")));
	/* Folding is ASCII's only, RFC 4343 3. */
	assert_false(dname_equal(name("\\200."), name("\\168.")));
}

/* RFC 4034 6.1, its own example and more. */
static void
test_compare(void **state)
{
	static const char *const ordered[] = {
	    ".",
	    "a.",
	    "example.",
	    "a.example.",
	    "yljkjljk.a.example.",
	    "Z.a.example.",
	    "zABC.a.EXAMPLE.",
	    "a-.example.",
	    "aa.example.",
	    "z.example.",
	    "\\001.z.example.",
	    "*.z.example.",
	    "\\200.z.example.",
	    "example-.",
	    "examplf.",
	};
	for (size_t i = 0; i < ARRAY_LEN(ordered); i++) {
		for (size_t j = 0; j < ARRAY_LEN(ordered); j++) {
			int order = dname_compare(name(ordered[i]), name(ordered[j]));
			if ((order < 0) != (i < j) || (order > 0) != (i > j))
				fail_msg("%s and %s: %d", ordered[i], ordered[j], order);
		}
	}
	assert_int_equal(0, dname_compare(name("A.b."), name("a.B.")));
}

static void
test_within_and_skip(void **state)
{
	assert_true(dname_is_within(name("www.Example.com."), name("eXample.com.")));
	assert_true(dname_is_within(name("example.com."), name("example.com.")));
	assert_true(dname_is_within(name("example.com."), name(".")));
	assert_false(dname_is_within(name("com."), name("example.com.")));
	assert_false(dname_is_within(name("wexample.com."), name("example.com.")));
	assert_false(dname_is_within(name("www\\.example.com."), name("example.com.")));
	assert_true(dname_equal(dname_skip(name("a.b.c."), 2), name("c.")));
	assert_int_equal(0, *dname_skip(name("a.b."), 7));
	assert_int_equal(2, dname_common_labels(name("a.B.c."), name("x.b.C.")));
	assert_int_equal(3, dname_common_labels(name("a.b.c."), name("a.b.c.")));
	assert_int_equal(1, dname_common_labels(name("c."), name("a.b.c.")));
	assert_int_equal(0, dname_common_labels(name("."), name("a.")));
	assert_int_equal(0, dname_label_count(name(".")));
	assert_int_equal(3, dname_label_count(name("a.b.c.")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_read),
	    cmocka_unit_test(test_read_faults),
	    cmocka_unit_test(test_read_limits),
	    cmocka_unit_test(test_print),
	    cmocka_unit_test(test_print_and_read_back),
	    cmocka_unit_test(test_longest_text_fits),
	    cmocka_unit_test(test_wire_len),
	    cmocka_unit_test(test_case),
	    cmocka_unit_test(test_compare),
	    cmocka_unit_test(test_within_and_skip),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
