/* test_log.c -- the event log's lines: what a field may hold, nothing may break a line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

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

/* What is held comes out whole and in order, and when there is much of it, before it is let go. */
static void
test_held(void **state)
{
	enum { LINES = 50000 };
	char path[] = "/tmp/test_log.XXXXXX";
	int descriptor = mkstemp(path);
	int kept = dup(STDERR_FILENO);
	assert_true(descriptor >= 0 && kept >= 0);
	unlink(path);
	dup2(descriptor, STDERR_FILENO);
	log_hold();
	log_event(EVENT_ZONE_LOADED, LOG_NUMBER("serial", 0));
	off_t len_held = lseek(descriptor, 0, SEEK_END);
	for (unsigned i = 1; i < LINES; i++)
		log_event(EVENT_ZONE_LOADED, LOG_NUMBER("serial", i));
	log_release();
	dup2(kept, STDERR_FILENO);
	close(kept);
	assert_int_equal(len_held, 0);
	lseek(descriptor, 0, SEEK_SET);
	FILE *file = fdopen(descriptor, "r");
	for (unsigned i = 0; i < LINES; i++) {
		unsigned serial;
		assert_non_null(fgets(line, sizeof(line), file));
		assert_int_equal(sscanf(line, "%*s info zone.loaded serial=%u", &serial), 1);
		assert_int_equal(serial, i);
	}
	assert_null(fgets(line, sizeof(line), file));
	fclose(file);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_plain),
	    cmocka_unit_test(test_quoted),
	    cmocka_unit_test(test_cut),
	    cmocka_unit_test(test_held),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
