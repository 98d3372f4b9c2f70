/* test_log.c -- the event log's lines: what a field may hold, nothing may break a line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "control/log.h"

#define PRINT(...) \
	print((const struct log_field[]){__VA_ARGS__}, \
	      sizeof((const struct log_field[]){__VA_ARGS__}) / sizeof(struct log_field))

static char line[256];

static const char *
print(const struct log_field *fields, size_t field_count)
{
	size_t len =
	    log_print(LOG_LEVEL_INFO, EVENT_ZONE_LOADED, fields, field_count, line, sizeof(line));
	assert_int_equal(len, strlen(line));
	return line;
}

static void
test_plain(void **state)
{
	assert_string_equal(PRINT(), "info zone.loaded");
	assert_string_equal(
	    PRINT(LOG_TEXT("zone", "example.com."), LOG_NUMBER("serial", UINT32_MAX)),
	    "info zone.loaded zone=example.com. serial=4294967295");
}

static void
test_quoted(void **state)
{
	assert_string_equal(PRINT(LOG_TEXT("a", "two words")), "info zone.loaded a=\"two words\"");
	assert_string_equal(PRINT(LOG_TEXT("a", "")), "info zone.loaded a=\"\"");
	assert_string_equal(PRINT(LOG_TEXT("a", NULL)), "info zone.loaded a=\"\"");
	assert_string_equal(PRINT(LOG_TEXT("a", "b=c")), "info zone.loaded a=\"b=c\"");
	assert_string_equal(PRINT(LOG_TEXT("a", "say \"\\\"")),
			    "info zone.loaded a=\"say \\\"\\\\\\\"\"");
	assert_string_equal(PRINT(LOG_TEXT("a", "x\ny\x7f")),
			    "info zone.loaded a=\"x\\x0ay\\x7f\"");
	assert_string_equal(PRINT(LOG_TEXT("a", "gr\xc3\xbc\xc3\x9f")),
			    "info zone.loaded a=gr\xc3\xbc\xc3\x9f");
}

static void
test_cut(void **state)
{
	const struct log_field fields[] = {LOG_TEXT("zone", "example.com.")};
	char *cut = malloc(24); /* on the heap, for the sanitizers */
	assert_int_equal(log_print(LOG_LEVEL_INFO, EVENT_ZONE_LOADED, fields, 1, cut, 24), 23);
	assert_string_equal(cut, "info zone.loaded zone=e");
	assert_int_equal(log_print(LOG_LEVEL_INFO, EVENT_ZONE_LOADED, fields, 1, cut, 1), 0);
	assert_string_equal(cut, "");
	assert_int_equal(log_print(LOG_LEVEL_INFO, EVENT_ZONE_LOADED, fields, 1, cut, 0), 0);
	free(cut);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_plain),
	    cmocka_unit_test(test_quoted),
	    cmocka_unit_test(test_cut),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
