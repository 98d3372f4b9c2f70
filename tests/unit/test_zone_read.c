/* test_zone_read.c -- a zone read in parts, side by side, is the zone read from front to end. */
#include <dirent.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "zones/dname.h"
#include "zones/zone_read.h"

/* Jobs in an order of their own, on threads of their own. */
enum { WIDTH = 3 };

struct job {
	jobs_fn fn;
	void *context;
	unsigned idx;
};

static void *
run_job(void *context)
{
	struct job *job = context;
	job->fn(job->context, job->idx);
	return NULL;
}

static void
run_backwards(struct jobs *jobs, jobs_fn fn, void *context, unsigned count)
{
	for (unsigned idx = count; idx-- > 0;)
		fn(context, idx);
}

static void
run_threads(struct jobs *jobs, jobs_fn fn, void *context, unsigned count)
{
	for (unsigned begin = 0; begin < count; begin += WIDTH) {
		pthread_t threads[WIDTH];
		struct job all[WIDTH];
		unsigned started = 0;
		for (; started < WIDTH && begin + started < count; started++) {
			all[started] = (struct job){fn, context, begin + started};
			assert_int_equal(
			    pthread_create(&threads[started], NULL, run_job, &all[started]), 0);
		}
		for (unsigned i = 0; i < started; i++)
			pthread_join(threads[i], NULL);
	}
}

static struct jobs backwards = {.width = WIDTH, .run = run_backwards};
static struct jobs threads = {.width = WIDTH, .run = run_threads};

struct text {
	char *octets;
	size_t len;
};

static void
print_zone(FILE *out, const struct zone *zone)
{
	fprintf(out, "%zu names, %zu sets, %zu records\n", zone->name_count, zone->rrset_count,
		zone->rr_count);
	for (size_t i = 0; i < zone->rrset_count; i++) {
		const struct zone_rrset *set = &zone->rrsets[i];
		bool is_same = i > 0 && set->owner == set[-1].owner;
		fprintf(out, "%d ", is_same);
		fwrite(set->owner, 1, dname_len(set->owner), out);
		fprintf(out, " %u %u %u\n", set->ttl, set->rrtype, set->rr_count);
		for (uint32_t j = 0; j < set->rr_count; j++) {
			const struct zone_rr *rr = zone_rrs(zone, set) + j;
			struct zone_place place = zone_place(zone, rr);
			struct zone_rdata rdata = zone_rdata(zone, rr);
			fprintf(out, "%s:%u:%u ", place.file, place.line, place.column);
			fwrite(rdata.octets, 1, rdata.len, out);
		}
	}
}

/* All that a reading gives, findings first. */
static struct text
read_all(const uint8_t *origin, const char *name, const struct text *from,
	 const struct zone_reading *reading)
{
	struct text all = {0};
	FILE *out = open_memstream(&all.octets, &all.len);
	struct findings findings;
	struct zone *zone = NULL;
	assert_non_null(out);
	findings_init(&findings);
	enum status status = zone_read_with(
	    origin, &(struct zone_text){name, from->octets, from->len}, reading, &findings, &zone);
	fprintf(out, "%d\n", status);
	for (size_t i = 0; i < findings.entry_count; i++) {
		char line[2048];
		finding_print(&findings.entries[i], line, sizeof(line));
		fprintf(out, "%s\n", line);
	}
	for (size_t i = 0; i < FINDING_KIND_COUNT; i++)
		fprintf(out, "%zu ", findings.kind_counts[i]);
	fprintf(out, "%zu %zu\n", findings.error_count, findings.warning_count);
	if (zone != NULL) {
		/* Of text, the text itself is no file. */
		fprintf(out, "%zu files included\n",
			zone->sources.count - (from->octets == NULL ? 1 : 0));
		print_zone(out, zone);
	}
	fclose(out);
	zone_free(zone);
	findings_fini(&findings);
	return all;
}

static void
show(const char *what, const struct text *text)
{
	fprintf(stderr, "%s\n", what);
	fwrite(text->octets, 1, text->len, stderr);
	fputc('\n', stderr);
}

/* The text in a file of its own, which is read through windows and not where it lies. */
static void
expect_same_of_file(const uint8_t *origin, const struct text *from, uint64_t part_len)
{
	char path[] = "/tmp/test_zone_read.XXXXXX";
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, from->octets, from->len), from->len);
	close(fd);
	struct zone_reading reading = {.jobs = &threads, .part_len = part_len};
	struct text wanted = read_all(origin, path, from, &(struct zone_reading){0});
	struct text got = read_all(origin, path, &(struct text){0}, &reading);
	unlink(path);
	assert_int_equal(got.len, wanted.len);
	assert_memory_equal(got.octets, wanted.octets, wanted.len);
	free(wanted.octets);
	free(got.octets);
}

static void
expect_same(const uint8_t *origin, const char *name, const struct text *from)
{
	static const uint64_t part_lens[] = {1, 2, 7, 16, 33, 64, 100, 257, 1000, 4096};
	struct text wanted = read_all(origin, name, from, &(struct zone_reading){0});
	for (size_t i = 0; i < ARRAY_LEN(part_lens); i++) {
		/* Parts of a few octets of a long text are waves without number. */
		if (from->len / part_lens[i] > 3000)
			continue;
		struct zone_reading reading = {.jobs = i % 5 == 3 ? &threads : &backwards,
					       .part_len = part_lens[i]};
		struct text got = read_all(origin, name, from, &reading);
		if (got.len != wanted.len || memcmp(got.octets, wanted.octets, wanted.len) != 0) {
			show("text", from);
			show("wanted", &wanted);
			show("got", &got);
			fail_msg("%s in parts of %u octets", name, (unsigned)part_lens[i]);
		}
		free(got.octets);
	}
	free(wanted.octets);
}

static struct text
read_file(const char *path)
{
	struct text text = {0};
	FILE *file = fopen(path, "rb");
	struct stat status;
	assert_non_null(file);
	assert_int_equal(fstat(fileno(file), &status), 0);
	text.len = (size_t)status.st_size;
	text.octets = malloc(text.len + 1);
	assert_non_null(text.octets);
	assert_int_equal(fread(text.octets, 1, text.len, file), text.len);
	fclose(file);
	return text;
}

/* What the file's first line names, as "; origin: NAME". */
static void
origin_of(const struct text *text, uint8_t origin[DNAME_LEN_MAX])
{
	static const char mark[] = "; origin: ";
	const size_t mark_len = sizeof(mark) - 1;
	const char *reason;
	memcpy(origin, "\7example\3com", 13);
	if (text->len < mark_len || memcmp(text->octets, mark, mark_len) != 0)
		return;
	const char *name = text->octets + mark_len;
	const char *end = memchr(name, '\n', text->len - mark_len);
	assert_non_null(end);
	assert_int_not_equal(dname_read(name, (size_t)(end - name), NULL, origin, &reason), 0);
}

static unsigned
expect_same_of_directory(const char *path)
{
	unsigned count = 0;
	DIR *directory = opendir(path);
	assert_non_null(directory);
	for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
		char file[4096];
		struct stat status;
		snprintf(file, sizeof(file), "%s/%s", path, entry->d_name);
		if (stat(file, &status) != 0 || !S_ISREG(status.st_mode))
			continue;
		struct text text = read_file(file);
		uint8_t origin[DNAME_LEN_MAX];
		origin_of(&text, origin);
		expect_same(origin, file, &text);
		free(text.octets);
		count++;
	}
	closedir(directory);
	return count;
}

static void
test_all_zones(void **state)
{
	assert_true(expect_same_of_directory(SOURCE_ROOT "/tests/zones/good") > 0);
	assert_true(expect_same_of_directory(SOURCE_ROOT "/tests/zones/own") > 0);
	assert_true(expect_same_of_directory(SOURCE_ROOT "/tests/zones/suspect") > 0);
	assert_true(expect_same_of_directory(SOURCE_ROOT "/tests/zones/broken") > 0);
}

static const char *
pick(const char *const *from, size_t count)
{
	return from[(size_t)rand() % count];
}
#define PICK(array) pick(array, ARRAY_LEN(array))

static void
append_entry(FILE *out, unsigned number)
{
	static const char *const directives[] = {
	    "$ORIGIN x\n", "$ORIGIN o.\n",   "$ORIGIN a.o.\n",
	    "$TTL 5\n",    "$TTL 1h\n",      "$TTL x\n",
	    "$ORIGIN \n",  "$ORIGIN a\\.\n", "$GENERATE 1-3 g$ A 192.0.2.$\n"};
	static const char *const owners[] = {"a",   "a.o.", "b", "@",  "\t",   " ",
					     "c.b", "*",    "A", "\t", "\\$d", "ns"};
	static const char *const heads[] = {"", "", "60 ", "IN ", "7 IN ", "IN 7 "};
	static const char *const rdata[] = {
	    "A 192.0.2.1",     "A 192.0.2.2",
	    "NS ns",           "NS ns.elsewhere.",
	    "TXT \"a ; ( b\"", "TXT (a\n b\n ; (\n c)",
	    "TXT ( \"a\n b )", "A x",
	    "MX 1 (\n\nns )",  "TXT (\na A 192.0.2.9\nb A 192.0.2.9\n)",
	    "( A 192.0.2.3 )", "AAAA 2001:db8::1",
	    "CNAME a",
	};
	static const char *const ends[] = {"\n", "\n", "\n", "\r\n", " ; c\n", "\n\n", "\n \n"};
	if (rand() % 12 == 0) {
		fputs(PICK(directives), out);
		return;
	}
	/* Now and then owners in order, now and then not. */
	if (rand() % 2 == 0)
		fprintf(out, "n%05u", rand() % 9 == 0 ? (unsigned)rand() % 100000 : number);
	else
		fputs(PICK(owners), out);
	fprintf(out, " %s%s%s", PICK(heads), PICK(rdata), PICK(ends));
}

static void
test_random_zones(void **state)
{
	srand(21);
	for (unsigned round = 0; round < 400; round++) {
		struct text text = {0};
		FILE *out = open_memstream(&text.octets, &text.len);
		assert_non_null(out);
		if (rand() % 8 != 0)
			fputs("$TTL 60\n@ SOA ns h 1 2 3 4 5\n@ NS ns\nns A 192.0.2.1\n", out);
		unsigned count = (unsigned)rand() % 60;
		for (unsigned i = 0; i < count; i++)
			append_entry(out, i);
		if (rand() % 2 == 0)
			fputs(rand() % 2 == 0 ? "last A 192.0.2.4" : "last TXT (a\nb A 1.1.1.1",
			      out);
		fclose(out);
		/* Of exactly its length, so that the sanitizer sees a step past its end. */
		char *exact = malloc(text.len + 1);
		assert_non_null(exact);
		memcpy(exact + 1, text.octets, text.len);
		expect_same((const uint8_t *)"\1o", "text", &(struct text){exact + 1, text.len});
		expect_same_of_file((const uint8_t *)"\1o", &text, 1 + (uint64_t)rand() % 300);
		free(exact);
		free(text.octets);
	}
}

/* Large enough that RRsets are settled and sorted side by side; in order and out of it, with pieces
 * of RRsets apart, columns and files that the short form of places has no room for. */
static void
test_large_zones(void **state)
{
	srand(22);
	for (unsigned round = 0; round < 6; round++) {
		struct text text = {0};
		FILE *out = open_memstream(&text.octets, &text.len);
		assert_non_null(out);
		fputs("$TTL 60\n@ SOA ns h 1 2 3 4 5\n@ NS ns\n", out);
		for (unsigned i = 0; i < 20000; i++) {
			unsigned name = round % 2 == 0 ? i : (unsigned)rand() % 20000;
			int blanks = round < 2 ? 0 : rand() % 40;
			fprintf(out, "n%05u%s NS ns%d\n%*s NS elsewhere.\n", name,
				rand() % 50 == 0 ? " 61" : "", rand() % 3, blanks + 1, "");
			if (i % 100 == 0)
				fprintf(out, "ns.n%05u A 0.0.0.0\nx.n%05u NS ns.n%05u\n", name,
					name, name);
		}
		/* More below one cut than a slice holds. */
		fputs("o NS ns.n00000\n", out);
		for (unsigned i = 0; i < 20000 && round > 3; i++)
			fprintf(out, "n%05u.o %s\n", i, i % 4000 == 0 ? "TXT a" : "A 192.0.2.1");
		fputs("ns A 192.0.2.1\nns0 A 192.0.2.1\nns1 A 192.0.2.1\nns2 A 192.0.2.1\n", out);
		fclose(out);
		struct text wanted =
		    read_all((const uint8_t *)"\1o", "text", &text, &(struct zone_reading){0});
		struct zone_reading reading = {.jobs = &threads, .part_len = 20000};
		struct text got = read_all((const uint8_t *)"\1o", "text", &text, &reading);
		assert_int_equal(got.len, wanted.len);
		assert_memory_equal(got.octets, wanted.octets, wanted.len);
		free(wanted.octets);
		free(got.octets);
		expect_same_of_file((const uint8_t *)"\1o", &text, 20000);
		free(text.octets);
	}
}

static enum status
count_record(void *context, const struct scanner_record *record)
{
	++*(size_t *)context;
	return STATUS_OK;
}

/* That parts are read twice shows in no result, and makes reading side by side pointless. */
static void
test_guesses_hold(void **state)
{
	enum { RECORDS = 20000, PART_LEN = 10000 };
	static const uint8_t origin[] = "\1o";
	char path[] = "/tmp/test_zone_read.XXXXXX";
	FILE *file = fdopen(mkstemp(path), "w");
	struct source_text *text;
	struct error error;
	struct findings findings;
	size_t count = 0;
	struct scanner scanner = {.path = path,
				  .origin = origin,
				  .record = count_record,
				  .context = &count,
				  .findings = &findings};
	assert_non_null(file);
	fputs("$TTL 60\n", file);
	for (unsigned i = 0; i < RECORDS; i++)
		fprintf(file, "host%u A 192.0.2.%u\n", i * 7, i % 250);
	fclose(file);
	findings_init(&findings);
	assert_int_equal(source_text_open(path, NULL, &text, &error), STATUS_OK);
	struct scanner_state before;
	scanner_state_init(&before, origin);
	for (uint64_t off = 0; off < text->len; off += PART_LEN) {
		bool is_last = text->len <= off + PART_LEN;
		struct scanner_part part = {.stop_off = is_last ? UINT64_MAX : off + PART_LEN,
					    .is_guess = off > 0,
					    .state = before};
		part.state.off = off;
		assert_int_equal(scanner_run_part(&scanner, text, &part), STATUS_OK);
		if (off == 0)
			before = part.state;
		else
			assert_true(scanner_part_holds(&part, &before));
	}
	assert_int_equal(count, RECORDS);
	assert_int_equal(findings.error_count + findings.warning_count, 0);
	findings_fini(&findings);
	source_text_free(text);
	unlink(path);
}

/* Where a file can't be read on, it ends; its other parts don't fail one by one. */
static void
test_unreadable_file(void **state)
{
	enum { LEN = 4 << 20 };
	static const char begin[] = "$TTL 60\n@ SOA ns h 1 2 3 4 5\n@ NS ns\nns A 192.0.2.1\n";
	static const uint64_t part_lens[] = {400, LEN / 50, LEN};
	char path[] = "/tmp/test_zone_read.XXXXXX";
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, begin, sizeof(begin) - 1), sizeof(begin) - 1);
	assert_int_equal(ftruncate(fd, LEN), 0);
	close(fd);
	for (size_t i = 0; i < ARRAY_LEN(part_lens); i++) {
		const struct zone_reading reading = {.jobs = &threads, .part_len = part_lens[i]};
		struct findings findings;
		struct zone *zone = NULL;
		findings_init(&findings);
		assert_int_equal(zone_read_with((const uint8_t *)"\1o",
						&(struct zone_text){.name = path}, &reading,
						&findings, &zone),
				 STATUS_INVALID);
		assert_null(zone);
		assert_int_equal(findings.error_count, 1);
		assert_int_equal(findings.kind_counts[FINDING_IO], 1);
		findings_fini(&findings);
	}
	unlink(path);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_all_zones),       cmocka_unit_test(test_random_zones),
	    cmocka_unit_test(test_large_zones),     cmocka_unit_test(test_guesses_hold),
	    cmocka_unit_test(test_unreadable_file),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
