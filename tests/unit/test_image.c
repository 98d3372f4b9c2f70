/* test_image.c -- zone versions to files and back: the same answers, and nothing but a whole and
 * unchanged image comes back. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/engine.h"
#include "tests/unit/oracle_zone.h"
#include "zones/checksum.h"
#include "zones/dname.h"
#include "zones/image.h"
#include "zones/usage.h"

enum { PATH_LEN_MAX = 96 };

struct fixture {
	uint8_t origin[DNAME_LEN_MAX];
	char directory[PATH_LEN_MAX];
	char zone_path[PATH_LEN_MAX + 16];
	char part_path[PATH_LEN_MAX + 16];
	char image_path[PATH_LEN_MAX + 16];
	struct findings findings;
	struct zone *zone;
	struct zone_version *version;
};

static void
write_octets(const char *path, const void *octets, size_t len)
{
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	assert_int_equal(fwrite(octets, 1, len, file), len);
	assert_int_equal(fclose(file), 0);
}

static void
write_text(const char *path, const char *text)
{
	write_octets(path, text, strlen(text));
}

static uint8_t *
read_octets(const char *path, size_t *len)
{
	struct stat status;
	FILE *file = fopen(path, "r");
	assert_non_null(file);
	assert_int_equal(fstat(fileno(file), &status), 0);
	*len = (size_t)status.st_size;
	uint8_t *octets = malloc(*len);
	assert_non_null(octets);
	assert_int_equal(fread(octets, 1, *len, file), *len);
	fclose(file);
	return octets;
}

/* Until a further change of the file would bear another time. */
static void
wait_settled(const char *path)
{
	struct stat file;
	assert_int_equal(stat(path, &file), 0);
	while (!source_state_of(&file).is_settled)
		nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
}

static struct fixture *
fixture_new(const char *origin)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	assert_non_null(fixture);
	name_read(origin, fixture->origin);
	strcpy(fixture->directory, "/tmp/test_image.XXXXXX");
	assert_non_null(mkdtemp(fixture->directory));
	sprintf(fixture->zone_path, "%s/zone", fixture->directory);
	sprintf(fixture->part_path, "%s/part", fixture->directory);
	sprintf(fixture->image_path, "%s/image", fixture->directory);
	return fixture;
}

/* Reads and compiles what zone_path holds. */
static void
load(struct fixture *fixture)
{
	struct error error = {0};
	wait_settled(fixture->zone_path);
	findings_init(&fixture->findings);
	assert_int_equal(zone_read(fixture->origin, fixture->zone_path, NULL, &fixture->findings,
				   &fixture->zone),
			 STATUS_OK);
	assert_int_equal(zone_version_compile(fixture->zone, NULL, &fixture->version, &error),
			 STATUS_OK);
}

static struct image_draft *
draft(const struct fixture *fixture)
{
	struct error error = {0};
	struct image_draft *draft = NULL;
	if (image_draft_new(fixture->version, &fixture->zone->sources, &fixture->findings, &draft,
			    &error) != STATUS_OK)
		fail_msg("%s", error.text);
	return draft;
}

static void
write_image(const struct fixture *fixture)
{
	struct error error = {0};
	struct image_draft *made = draft(fixture);
	if (image_write(made, fixture->image_path, NULL, &error) != STATUS_OK)
		fail_msg("%s", error.text);
	image_draft_free(made);
}

static enum status
open_wanted(const struct fixture *fixture, struct image *image, struct error *error)
{
	const struct image_wanted wanted = {fixture->origin, fixture->zone_path};
	return image_open(fixture->image_path, &wanted, NULL, image, error);
}

static const char small_zone[] = "$TTL 60\n"
				 "@ SOA ns h 1 2 3 4 5\n"
				 "@ NS ns\n"
				 "@ MX 10 mail.sub\n"
				 "sub NS ns.sub\n"
				 "lame NS ns.lame\n"
				 "$GENERATE 1-30 same A 192.0.2.2\n" /* more than are kept */
				 "*.w TXT \"x\"\n"
				 "$INCLUDE part\n";

static int
setup(void **state)
{
	struct fixture *fixture = fixture_new("o.test.");
	write_text(fixture->part_path, "ns A 192.0.2.1\nns.sub AAAA 2001:db8::1\n");
	write_text(fixture->zone_path, small_zone);
	load(fixture);
	write_image(fixture);
	*state = fixture;
	return 0;
}

static void
fixture_free(struct fixture *fixture)
{
	zone_version_free(fixture->version);
	zone_free(fixture->zone);
	findings_fini(&fixture->findings);
	unlink(fixture->zone_path);
	unlink(fixture->part_path);
	unlink(fixture->image_path);
	assert_int_equal(rmdir(fixture->directory), 0); /* nothing else was left */
	free(fixture);
}

static int
teardown(void **state)
{
	fixture_free(*state);
	return 0;
}

/* The specification's, and those of its other implementations. */
static void
test_checksum_vectors(void **state)
{
	static const struct {
		const char *text;
		uint64_t sum;
	} vectors[] = {
	    {"", 0xef46db3751d8e999},
	    {"a", 0xd24ec4f1a98c6e5b},
	    {"abc", 0x44bc2cf5ad770999},
	    {"Nobody inspects the spammish repetition", 0xfbcea83c8a378bf1},
	};
	for (size_t i = 0; i < ARRAY_LEN(vectors); i++)
		assert_int_equal(checksum(vectors[i].text, strlen(vectors[i].text)),
				 vectors[i].sum);
}

/* -- the same answers ---------------------------------------------------------------------------
 */

static void
assert_same_answer(const struct engine *a, const struct engine *b, const struct question *question,
		   size_t cap)
{
	enum { CAP_MAX = 4096 };
	uint8_t message_a[CAP_MAX + ENGINE_CANARY_LEN] = {0};
	uint8_t message_b[CAP_MAX + ENGINE_CANARY_LEN] = {0};
	enum counter ended_a;
	enum counter ended_b;
	size_t len = question_put(question, message_a);
	memcpy(message_b, message_a, len);
	size_t len_a = engine_ask(a, TRANSPORT_UDP, message_a, len, cap, &ended_a);
	size_t len_b = engine_ask(b, TRANSPORT_UDP, message_b, len, cap, &ended_b);
	assert_int_equal(ended_a, ended_b);
	assert_int_equal(len_a, len_b);
	assert_memory_equal(message_a, message_b, len_a);
}

static void
assert_same_answers(const struct engine *a, const struct engine *b, const uint8_t *qname)
{
	static const uint16_t types[] = {RRTYPE_A,   RRTYPE_AAAA, RRTYPE_NS,    RRTYPE_SOA,
					 RRTYPE_MX,  RRTYPE_TXT,  RRTYPE_CNAME, RRTYPE_DNAME,
					 RRTYPE_ANY, RRTYPE_SRV,  0xff33};
	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		struct question question = {
		    .qname = qname, .qtype = types[i], .udp_payload = NO_EDNS};
		assert_same_answer(a, b, &question, 512);
		question.udp_payload = 1232;
		assert_same_answer(a, b, &question, 1232);
	}
}

/* A serving set of one version, which stays the caller's. */
static void
engine_of(struct engine *engine, const uint8_t *origin, struct zone_version *version)
{
	engine_init(engine);
	engine_add_zone(engine, origin, NULL);
	engine->zones[0].version = version;
	engine_ready(engine);
}

static void
engine_end(struct engine *engine)
{
	engine->zones[0].version = NULL;
	engine_fini(engine);
}

static void
compare_answers(const struct fixture *fixture, const struct oracle_zone *names,
		struct zone_version *opened)
{
	struct engine before;
	struct engine after;
	engine_of(&before, fixture->origin, fixture->version);
	engine_of(&after, fixture->origin, opened);
	for (unsigned i = 0; i < names->name_count; i++) {
		uint8_t other[DNAME_LEN_MAX];
		assert_same_answers(&before, &after, names->names[i].dname);
		oracle_near_name(names, other);
		assert_same_answers(&before, &after, other);
	}
	engine_end(&before);
	engine_end(&after);
}

static void
test_answers_same(void **state)
{
	static const _Atomic bool go_on = false;
	static struct oracle_zone names;
	for (unsigned seed = 0; seed < 40; seed++) {
		struct fixture *fixture = fixture_new("o.test.");
		struct random random = random_new(seed);
		struct image image;
		struct error error = {0};
		FILE *out = fopen(fixture->zone_path, "w");
		oracle_zone_make(&names, &random, fixture->origin, 20 + seed * 9, out);
		fclose(out);
		load(fixture);
		write_image(fixture);
		if (open_wanted(fixture, &image, &error) != STATUS_OK)
			fail_msg("%s", error.text);
		compare_answers(fixture, &names, image.version);
		assert_true(image_settle(image.version, &go_on));
		compare_answers(fixture, &names, image.version);
		image_fini(&image);
		fixture_free(fixture);
	}
}

/* More than a few huge pages, so that they are mapped, and then moved. */
static void
test_large_image(void **state)
{
	enum { NAME_COUNT = 150000 };
	static const _Atomic bool go_on = false;
	static const _Atomic bool stop = true;
	struct fixture *fixture = fixture_new("o.test.");
	struct image image;
	struct error error = {0};
	FILE *out = fopen(fixture->zone_path, "w");
	fprintf(out, "$TTL 60\n@ SOA ns h 1 2 3 4 5\n@ NS ns\nns A 192.0.2.1\n");
	for (int i = 0; i < NAME_COUNT; i++)
		fprintf(out, "n%d A 10.%d.%d.%d\n", i, i >> 16, i >> 8 & 255, i & 255);
	fclose(out);
	load(fixture);
	write_image(fixture);
	assert_int_equal(open_wanted(fixture, &image, &error), STATUS_OK);
	const struct store *store = image.version->store;
	size_t len = store_len(fixture->version->store);
	assert_int_equal(store_len(store), len);
	assert_true(store_mapped_len(store) > 0);
	assert_memory_equal(store_base(store), store_base(fixture->version->store), len);

	assert_false(image_settle(image.version, &stop));
	size_t mapped_len = store_mapped_len(store);
	assert_true(image_settle(image.version, &go_on));
	assert_true(mapped_len > 0 && store_mapped_len(store) == 0);
	assert_memory_equal(store_base(store), store_base(fixture->version->store), len);

	/* The file is no longer needed, and there is room behind what it held. */
	assert_int_equal(truncate(fixture->image_path, 0), 0);
	assert_memory_equal(store_base(store), store_base(fixture->version->store), len);
	ref added;
	struct store_writer writer = store_writer(image.version->store, 0);
	assert_int_equal(store_append(&writer, len / 4, &added), STATUS_OK);
	memset(store_at(store, added), 0xff, len / 4);
	assert_memory_equal(store_base(store), store_base(fixture->version->store), len);
	image_fini(&image);
	fixture_free(fixture);
}

static void
test_keeps_findings(void **state)
{
	struct fixture *fixture = *state;
	const struct findings *before = &fixture->findings;
	struct image image;
	struct error error = {0};
	assert_int_equal(open_wanted(fixture, &image, &error), STATUS_OK);
	assert_true(before->warning_count > 0);
	assert_int_equal(image.findings.warning_count, before->warning_count);
	assert_int_equal(image.findings.entry_count, before->entry_count);
	assert_memory_equal(image.findings.kind_counts, before->kind_counts,
			    sizeof(before->kind_counts));
	for (size_t i = 0; i < before->entry_count; i++) {
		char a[1024];
		char b[1024];
		finding_print(&before->entries[i], a, sizeof(a));
		finding_print(&image.findings.entries[i], b, sizeof(b));
		assert_string_equal(a, b);
	}
	image_fini(&image);
}

/* -- damage -------------------------------------------------------------------------------------
 */

static void
assert_refused(const struct fixture *fixture, enum status status, const char *reason)
{
	struct image image;
	struct error error = {0};
	assert_int_equal(open_wanted(fixture, &image, &error), status);
	if (strstr(error.text, reason) == NULL)
		fail_msg("'%s' does not say '%s'", error.text, reason);
}

/* Each octet in turn, by one bit and by all of them. */
static void
test_every_octet_counts(void **state)
{
	struct fixture *fixture = *state;
	size_t len;
	uint8_t *octets = read_octets(fixture->image_path, &len);
	int fd = open(fixture->image_path, O_WRONLY);
	assert_true(fd >= 0);
	for (size_t i = 0; i < len; i++) {
		/* of the padding only some: it is long */
		if (i > 4096 && i < len - 2048 && i % 97 != 0)
			continue;
		for (unsigned flip = 1; flip < 256; flip += 254) {
			uint8_t wrong = (uint8_t)(octets[i] ^ flip);
			struct image image;
			assert_int_equal(pwrite(fd, &wrong, 1, (off_t)i), 1);
			enum status status = open_wanted(fixture, &image, NULL);
			if (status != STATUS_INVALID && status != STATUS_REFUSED)
				fail_msg("octet %zu: status %d", i, status);
		}
		assert_int_equal(pwrite(fd, &octets[i], 1, (off_t)i), 1);
	}
	close(fd);
	struct image image;
	assert_int_equal(open_wanted(fixture, &image, NULL), STATUS_OK);
	image_fini(&image);
	free(octets);
}

static void
test_every_length_counts(void **state)
{
	struct fixture *fixture = *state;
	size_t len;
	uint8_t *octets = read_octets(fixture->image_path, &len);
	for (size_t cut = len; cut-- > 0;) {
		struct image image;
		if (cut > 4096 && cut < len - 2048 && cut % 97 != 0)
			continue;
		assert_int_equal(truncate(fixture->image_path, (off_t)cut), 0);
		assert_int_equal(open_wanted(fixture, &image, NULL), STATUS_INVALID);
	}
	write_octets(fixture->image_path, octets, len);
	assert_int_equal(truncate(fixture->image_path, (off_t)len + 1), 0);
	assert_refused(fixture, STATUS_INVALID, "octets where");
	assert_int_equal(truncate(fixture->image_path, (off_t)len * 2), 0);
	assert_refused(fixture, STATUS_INVALID, "octets where");
	free(octets);
}

static void
test_random_damage(void **state)
{
	struct fixture *fixture = *state;
	struct random random = random_new(7);
	size_t len;
	uint8_t *octets = read_octets(fixture->image_path, &len);
	uint8_t *wrong = malloc(len);
	assert_non_null(wrong);
	for (unsigned round = 0; round < 500; round++) {
		struct image image;
		memcpy(wrong, octets, len);
		unsigned first = random_below(&random, (unsigned)len);
		unsigned damaged_len = 1 + random_below(&random, 5000);
		for (size_t i = first; i < len && i < first + damaged_len; i++)
			wrong[i] = (uint8_t)random_next(&random);
		wrong[first] = (uint8_t)(octets[first] ^ (1 + random_below(&random, 255)));
		write_octets(fixture->image_path, wrong, len);
		assert_true(open_wanted(fixture, &image, NULL) != STATUS_OK);
	}
	free(wrong);
	free(octets);
}

static void
test_no_image(void **state)
{
	struct fixture *fixture = *state;
	unlink(fixture->image_path);
	assert_refused(fixture, STATUS_NOT_FOUND, "No such file");
	assert_int_equal(mkdir(fixture->image_path, 0700), 0);
	assert_refused(fixture, STATUS_IO, "not a regular file");
	rmdir(fixture->image_path);
	write_text(fixture->image_path, "");
	assert_refused(fixture, STATUS_INVALID, "cut short");
	assert_int_equal(truncate(fixture->image_path, 1 << 20), 0);
	assert_refused(fixture, STATUS_INVALID, "no image");
}

/* -- what it was made from ----------------------------------------------------------------------
 */

static void
test_zone_file_changed(void **state)
{
	struct fixture *fixture = *state;
	write_text(fixture->zone_path, small_zone);
	assert_refused(fixture, STATUS_REFUSED, "/zone has changed");
}

static void
test_include_changed(void **state)
{
	struct fixture *fixture = *state;
	const struct timespec now[2] = {{.tv_nsec = UTIME_NOW}, {.tv_nsec = UTIME_NOW}};
	assert_int_equal(utimensat(AT_FDCWD, fixture->part_path, now, 0), 0);
	assert_refused(fixture, STATUS_REFUSED, "/part has changed");
}

static void
test_include_vanished(void **state)
{
	struct fixture *fixture = *state;
	unlink(fixture->part_path);
	assert_refused(fixture, STATUS_REFUSED, "/part has changed");
}

static void
test_of_another(void **state)
{
	struct fixture *fixture = *state;
	struct image image;
	struct error error = {0};
	struct image_wanted wanted = {(const uint8_t *)"\1p\4test", fixture->zone_path};
	assert_int_equal(image_open(fixture->image_path, &wanted, NULL, &image, &error),
			 STATUS_REFUSED);
	assert_string_equal(error.text, "an image of another zone");
	wanted = (struct image_wanted){fixture->origin, fixture->part_path};
	assert_int_equal(image_open(fixture->image_path, &wanted, NULL, &image, &error),
			 STATUS_REFUSED);
	assert_non_null(strstr(error.text, "made from another file"));
	assert_int_equal(image_open(fixture->image_path, NULL, NULL, &image, &error), STATUS_OK);
	image_fini(&image);
}

/* A configuration that was named by a relative path names its zones so. */
static void
test_relative_path(void **state)
{
	struct fixture *fixture = *state;
	struct image image;
	struct error error = {0};
	const struct image_wanted wanted = {fixture->origin, "zone"};
	char *before = getcwd(NULL, 0);
	assert_non_null(before);
	assert_int_equal(chdir(fixture->directory), 0);
	enum status status = image_open(fixture->image_path, &wanted, NULL, &image, &error);
	assert_int_equal(chdir(before), 0);
	free(before);
	if (status != STATUS_OK)
		fail_msg("%s", error.text);
	image_fini(&image);
}

static void
test_unfit_sources(void **state)
{
	struct fixture *fixture = *state;
	struct source_list none = {0};
	struct image_draft *made;
	struct error error = {0};
	assert_int_equal(
	    image_draft_new(fixture->version, &none, &fixture->findings, &made, &error),
	    STATUS_REFUSED);
	fixture->zone->sources.entries[1].state.is_settled = false;
	assert_int_equal(image_draft_new(fixture->version, &fixture->zone->sources,
					 &fixture->findings, &made, &error),
			 STATUS_REFUSED);
	assert_non_null(strstr(error.text, "/part had only just been changed"));
}

/* -- writing ------------------------------------------------------------------------------------
 */

/* The image before stays, and nothing beside it. */
static void
test_cancelled_write(void **state)
{
	static const _Atomic bool cancel = true;
	struct fixture *fixture = *state;
	struct error error = {0};
	struct image image;
	struct image_draft *made = draft(fixture);
	assert_int_equal(image_write(made, fixture->image_path, &cancel, &error), STATUS_IO);
	image_draft_free(made);
	assert_int_equal(open_wanted(fixture, &image, &error), STATUS_OK);
	image_fini(&image);
}

static void
test_write_fails(void **state)
{
	struct fixture *fixture = *state;
	struct error error = {0};
	struct image_draft *made = draft(fixture);
	char path[256];
	snprintf(path, sizeof(path), "%s/absent/image", fixture->directory);
	assert_int_equal(image_write(made, path, NULL, &error), STATUS_IO);
	assert_non_null(strstr(error.text, "No such file"));
	image_draft_free(made);
}

/* What a writer that died left, longer than the image, is taken over. */
static void
test_takes_over(void **state)
{
	struct fixture *fixture = *state;
	struct image image;
	char path[256];
	static const uint8_t junk[200000];
	snprintf(path, sizeof(path), "%s.new", fixture->image_path);
	write_octets(path, junk, sizeof(junk));
	unlink(fixture->image_path);
	write_image(fixture);
	assert_int_equal(open_wanted(fixture, &image, NULL), STATUS_OK);
	image_fini(&image);
}

/* -- where the octets go ------------------------------------------------------------------------
 */

static void
test_usage_adds_up(void **state)
{
	struct fixture *fixture = *state;
	const struct zone_image *header = version_image(fixture->version);
	struct usage usage;
	uint64_t sum = 0;
	assert_int_equal(usage_of(fixture->version, &usage), STATUS_OK);
	for (size_t part = 0; part < USAGE_PART_COUNT; part++)
		sum += usage.octets[part];
	assert_int_equal(sum, store_len(fixture->version->store));
	/* A dense store: whatever is in it belongs to something, and to one thing. */
	assert_int_equal(usage.octets[USAGE_UNUSED], 0);
	assert_int_equal(usage.overlap_count, 0);
	assert_int_equal(usage.name_count, header->name_count);
	assert_int_equal(usage.rr_count, header->rr_count);
	assert_int_equal(usage.ent_count, 1); /* w */
	assert_int_equal(usage.delegation_count, 2);
	assert_int_equal(usage.counts[USAGE_HEADER], 1);
}

static void
test_usage_of_random_zones(void **state)
{
	static struct oracle_zone names;
	for (unsigned seed = 0; seed < 100; seed++) {
		struct random random = random_new(1000 + seed);
		struct engine engine;
		struct usage usage;
		uint8_t origin[DNAME_LEN_MAX];
		char *text = NULL;
		size_t len = 0;
		FILE *out = open_memstream(&text, &len);
		name_read("o.test.", origin);
		oracle_zone_make(&names, &random, origin, 5 + seed * 3, out);
		fclose(out);
		engine_init(&engine);
		engine_add(&engine, origin, text, len);
		const struct zone_version *version = engine.zones[0].version;
		assert_int_equal(usage_of(version, &usage), STATUS_OK);
		assert_int_equal(usage.octets[USAGE_UNUSED], 0);
		assert_int_equal(usage.overlap_count, 0);
		assert_int_equal(usage.name_count, version_image(version)->name_count);
		assert_int_equal(usage.rr_count, version_image(version)->rr_count);
		engine_fini(&engine);
		free(text);
	}
}

/* -- names --------------------------------------------------------------------------------------
 */

static void
test_names(void **state)
{
	static const struct {
		const char *origin;
		const char *name;
	} cases[] = {
	    {".", "@.image"},
	    {"Example.COM.", "example.com.image"},
	    {"_a-b.0.", "_a-b.0.image"},
	    {"a\\.b.c.", "a%2eb.c.image"},
	    {"\\.\\..\\/.", "%2e%2e.%2f.image"},
	    {"\\000\\255%@.", "%00%ff%25%40.image"},
	    {"\\@.", "%40.image"},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		uint8_t origin[DNAME_LEN_MAX];
		char name[IMAGE_NAME_MAX];
		name_read(cases[i].origin, origin);
		image_name(origin, name);
		assert_string_equal(name, cases[i].name);
	}
}

/* The longest names there are have names of files, each another. */
static void
test_long_names(void **state)
{
	uint8_t origin[DNAME_LEN_MAX];
	char names[2][IMAGE_NAME_MAX];
	uint8_t *at = origin;
	for (unsigned label = 0; label < 4; label++) {
		*at = label < 3 ? 63 : 61;
		memset(at + 1, 1, *at);
		at += 1 + *at;
	}
	*at = 0;
	for (unsigned i = 0; i < 2; i++) {
		origin[1] = (uint8_t)(1 + i);
		image_name(origin, names[i]);
		assert_true(strlen(names[i]) < 250);
	}
	assert_string_not_equal(names[0], names[1]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_checksum_vectors),
	    cmocka_unit_test(test_answers_same),
	    cmocka_unit_test(test_large_image),
	    cmocka_unit_test_setup_teardown(test_keeps_findings, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_every_octet_counts, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_every_length_counts, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_random_damage, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_no_image, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_zone_file_changed, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_include_changed, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_include_vanished, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_of_another, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_relative_path, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_unfit_sources, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_cancelled_write, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_write_fails, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_takes_over, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_usage_adds_up, setup, teardown),
	    cmocka_unit_test(test_usage_of_random_zones),
	    cmocka_unit_test(test_names),
	    cmocka_unit_test(test_long_names),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
