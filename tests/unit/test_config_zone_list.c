/* test_config_zone_list.c -- a list of zones means the same whether or not it is read the plain
 * way: every text here is read as it is, and again in a form that leaves all of it to libyaml. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "control/config.h"
#include "control/config_zone_list.h"
#include "zones/dname.h"

struct reading {
	enum status status;
	struct config *config;
	struct config_faults faults;
};

static void
read_text(struct reading *reading, const char *text)
{
	memset(reading, 0, sizeof(*reading));
	reading->status = config_read_text("/etc/glued.yaml", text, strlen(text), &reading->config,
					   &reading->faults);
}

/* The same with a space before each colon of "zones:" at the beginning of a line: the same YAML,
 * and not what zone_list_find() looks for. Columns are those of the line "zones :" alone. */
static char *
disguise(const char *text)
{
	char *out = malloc(2 * strlen(text) + 1);
	char *end = out;
	for (const char *at = text; *at != '\0'; at++) {
		if (*at == ':' && at - text >= 5 && memcmp(at - 5, "zones", 5) == 0)
			*end++ = ' ';
		*end++ = *at;
	}
	*end = '\0';
	return out;
}

static void
assert_same(const struct reading *a, const struct reading *b)
{
	assert_int_equal(a->status, b->status);
	assert_int_equal(a->faults.found, b->faults.found);
	for (size_t i = 0; i < a->faults.count; i++) {
		assert_int_equal(a->faults.entries[i].line, b->faults.entries[i].line);
		assert_int_equal(a->faults.entries[i].column, b->faults.entries[i].column);
		assert_string_equal(a->faults.entries[i].text, b->faults.entries[i].text);
	}
	if (a->status != STATUS_OK)
		return;
	assert_int_equal(a->config->zone_count, b->config->zone_count);
	for (size_t i = 0; i < a->config->zone_count; i++) {
		char path_a[CONFIG_PATH_MAX];
		char path_b[CONFIG_PATH_MAX];
		assert_true(dname_equal(a->config->zones[i].apex, b->config->zones[i].apex));
		assert_string_equal(config_zone_path(&a->config->zones[i], path_a),
				    config_zone_path(&b->config->zones[i], path_b));
	}
}

/* Reads both ways; `plain_count`: the items that are read the plain way. */
static void
check(const char *text, size_t plain_count)
{
	struct reading plain;
	struct reading whole;
	char *disguised = disguise(text);
	assert_int_equal(zone_list_find(text, strlen(text)).count, plain_count);
	assert_int_equal(zone_list_find(disguised, strlen(disguised)).count, 0);
	read_text(&plain, text);
	read_text(&whole, disguised);
	assert_same(&plain, &whole);
	config_free(plain.config);
	config_free(whole.config);
	free(disguised);
}

#define HEAD "listen: [127.0.0.1]\nzones:\n"
#define ONE "  - name: one.test\n    file: one\n"
#define TWO "  - name: two.test\n    file: z/two\n"
#define THREE "  - name: Three.TEST.\n    file: /z/three.zone\n"

static void
test_plain(void **state)
{
	check(HEAD ONE, 0);
	check(HEAD ONE TWO, 1);
	check(HEAD ONE TWO THREE, 2);
	check(HEAD "- name: one.test\n  file: one\n- name: two.test\n  file: two", 1);
	check(HEAD ONE "\n# a comment\n   # another\n" TWO "\n\n" THREE "# the end\n", 2);
	check(HEAD "\n# first\n" ONE TWO "log: {level: error}\n", 1);
	check(HEAD ONE "  - name: \"two.test\"\n    file: 'z/two'  \n", 1);
	check("zones:  \n" ONE TWO "listen: [127.0.0.1]\n", 1);
}

/* What only looks plain, and where what is plain ends. */
static void
test_not_plain(void **state)
{
	check(HEAD ONE "  - {name: two.test, file: z/two}\n" THREE, 0);
	check(HEAD ONE TWO "  - {name: b.test, file: b}\n" THREE, 1);
	check(HEAD ONE "  - file: z/two\n    name: two.test\n", 0);
	check(HEAD ONE "  - name: two.test # why\n    file: z/two\n", 0);
	check(HEAD ONE "  - name: two.test\n\n    file: z/two\n", 0);
	check(HEAD ONE TWO "      goes/on\n", 0);
	check(HEAD ONE TWO "\n# but not here\n    goes: on\n", 0);
	check(HEAD ONE "  - name: two\\.test\n    file: z/two\n", 0);
	check(HEAD ONE "  - name: \"two\\x2etest\"\n    file: z/two\n", 0);
	check(HEAD ONE "  - name: two.test\n    file: z two\n", 0);
	check(HEAD ONE "  - name: two.test\n    file: -two\n", 0);
	check(HEAD ONE "  -  name: two.test\n     file: z/two\n", 0);
	check(HEAD "  -\n    name: one.test\n    file: one\n" TWO, 0);
	check("listen: [127.0.0.1]\nzones: # all\n" ONE TWO, 0);
	check("listen: [127.0.0.1]\nzones: []\n", 0);
	check("listen: [127.0.0.1]\r\nzones:\r\n  - name: a\r\n    file: b\r\n", 0);
	check(HEAD ONE TWO "# a line\xc2\x85  - 7\n" THREE, 1);
	check(HEAD ONE TWO "---\nzones: []\n", 1);
}

/* Faults stand where they stand in the file. */
static void
test_faults(void **state)
{
	check(HEAD ONE TWO THREE "nozones: 1\n", 2);
	check(HEAD ONE TWO "  - name: a..b\n    file: f\n" THREE, 3);
	check(HEAD ONE "  - name: ONE.test\n    file: f\n" TWO "  - name: one.test.\n    file: g\n",
	      3);
	check(HEAD TWO "  - name: " /* a label of 64 octets */
		       "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n"
		       "    file: f\n",
	      1);
	check(HEAD ONE TWO "zones:\n" THREE, 1);
	check(HEAD ONE TWO " - name: a\n", 1);
	check(HEAD ONE TWO "\t- name: a\n", 1);
}

/* Where it is not the value of the key "zones" it is what it was. */
static void
test_elsewhere(void **state)
{
	struct reading reading;
	read_text(&reading, "listen: [127.0.0.1]\n"
			    "server: {state-dir: \"\n"
			    "zones:\n"
			    "  - name: a\n"
			    "    file: b\n"
			    "  - name: c\n"
			    "    file: d\"}\n");
	assert_int_equal(reading.status, STATUS_OK);
	assert_int_equal(reading.config->zone_count, 0);
	config_free(reading.config);
	check("server:\n  state-dir: |\n   zones:\n   - name: a\n     file: b\n" HEAD ONE TWO, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_plain),
	    cmocka_unit_test(test_not_plain),
	    cmocka_unit_test(test_faults),
	    cmocka_unit_test(test_elsewhere),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
