/* test_source_list.c -- which files a zone was read from, and whether they have changed. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "zones/zone.h"

struct fixture {
	char directory[64];
	char zone_path[96];
	char part_path[96];
	struct zone *zone;
};

static void
write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

/* Until a further change would bear another time. */
static void
wait_settled(const char *path)
{
	struct stat file;
	assert_int_equal(stat(path, &file), 0);
	while (!source_state_of(&file).is_settled)
		nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
}

static void
read_files(struct fixture *fixture)
{
	struct findings findings;
	findings_init(&findings);
	assert_int_equal(
	    zone_read((const uint8_t *)"\1o", fixture->zone_path, NULL, &findings, &fixture->zone),
	    STATUS_OK);
	findings_fini(&findings);
}

static int
setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	assert_non_null(fixture);
	strcpy(fixture->directory, "/tmp/test_source_list.XXXXXX");
	assert_non_null(mkdtemp(fixture->directory));
	snprintf(fixture->zone_path, sizeof(fixture->zone_path), "%s/zone", fixture->directory);
	snprintf(fixture->part_path, sizeof(fixture->part_path), "%s/part", fixture->directory);
	write_file(fixture->zone_path, "$TTL 60\n@ SOA ns h 1 2 3 4 5\n@ NS ns\n$INCLUDE part\n");
	write_file(fixture->part_path, "ns A 192.0.2.1\n");
	wait_settled(fixture->part_path);
	read_files(fixture);
	*state = fixture;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *fixture = *state;
	zone_free(fixture->zone);
	unlink(fixture->zone_path);
	unlink(fixture->part_path);
	rmdir(fixture->directory);
	free(fixture);
	return 0;
}

static void
assert_changed(const struct fixture *fixture, const char *path)
{
	const char *changed = NULL;
	assert_false(source_list_is_unchanged(&fixture->zone->sources, &changed));
	assert_string_equal(changed, path);
}

static void
test_lists_files(void **state)
{
	struct fixture *fixture = *state;
	const struct source_list *sources = &fixture->zone->sources;
	const char *changed = NULL;
	assert_int_equal(sources->count, 2);
	assert_string_equal(sources->entries[0].path, fixture->zone_path);
	assert_string_equal(sources->entries[1].path, fixture->part_path);
	assert_true(source_list_is_unchanged(sources, &changed));
}

static void
test_sees_other_length(void **state)
{
	struct fixture *fixture = *state;
	write_file(fixture->part_path, "ns A 192.0.2.1\n\n");
	assert_changed(fixture, fixture->part_path);
}

/* Same length, and its time set back: as an editor or rsync may leave it. */
static void
test_sees_same_length(void **state)
{
	struct fixture *fixture = *state;
	struct stat before;
	assert_int_equal(stat(fixture->zone_path, &before), 0);
	write_file(fixture->zone_path, "$TTL 60\n@ SOA ns h 2 2 3 4 5\n@ NS ns\n$INCLUDE part\n");
	const struct timespec times[2] = {before.st_atim, before.st_mtim};
	assert_int_equal(utimensat(AT_FDCWD, fixture->zone_path, times, 0), 0);
	assert_changed(fixture, fixture->zone_path);
}

/* The file is the same octet for octet, but it is another. */
static void
test_sees_replaced(void **state)
{
	struct fixture *fixture = *state;
	char path[128];
	snprintf(path, sizeof(path), "%s.new", fixture->part_path);
	write_file(path, "ns A 192.0.2.1\n");
	assert_int_equal(rename(path, fixture->part_path), 0);
	assert_changed(fixture, fixture->part_path);
}

static void
test_sees_vanished(void **state)
{
	struct fixture *fixture = *state;
	assert_int_equal(unlink(fixture->part_path), 0);
	assert_changed(fixture, fixture->part_path);
}

/* Read within a tick of its last change: a second change could bear the same time. */
static void
test_trusts_no_fresh_file(void **state)
{
	struct fixture *fixture = *state;
	struct source_list list = {0};
	struct stat file;
	const char *changed = NULL;
	struct timespec now;
	assert_int_equal(stat(fixture->zone_path, &file), 0);
	clock_gettime(CLOCK_REALTIME_COARSE, &now);
	file.st_ctim = now;
	assert_false(source_state_of(&file).is_settled);

	struct source_state fresh = fixture->zone->sources.entries[0].state;
	fresh.is_settled = false;
	assert_int_equal(source_list_add(&list, fixture->zone_path, &fresh), STATUS_OK);
	assert_false(source_list_is_unchanged(&list, &changed));
	source_list_fini(&list);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_lists_files, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_sees_other_length, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_sees_same_length, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_sees_replaced, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_sees_vanished, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_trusts_no_fresh_file, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
