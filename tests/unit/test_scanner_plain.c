/* test_scanner_plain.c -- plain lines are read as all others would be, whatever finds them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "zones/dname.h"
#include "zones/scanner.h"

/* Finds no lines: every entry is read by the tokenizer. */
static void
index_nothing(struct line_index *index, const char *text, size_t block_count)
{
	index->line_count = 0;
}

static bool
is_supported(void)
{
	return true;
}

static const struct line_kernel no_kernel = {"none", is_supported, index_nothing};

struct growing {
	char *octets;
	size_t len;
	size_t cap;
};

static void
append(struct growing *text, const void *octets, size_t len)
{
	if (text->cap - text->len < len) {
		text->cap = 2 * (text->len + len);
		text->octets = realloc(text->octets, text->cap);
		assert_non_null(text->octets);
	}
	memcpy(text->octets + text->len, octets, len);
	text->len += len;
}

static void
append_string(struct growing *text, const char *string)
{
	append(text, string, strlen(string));
}

static enum status
append_record(void *context, const struct scanner_record *record)
{
	uint32_t numbers[] = {record->ttl, record->line, record->column, record->rrtype,
			      record->rdlen};
	assert_int_equal(record->owner_len, dname_len(record->owner));
	append(context, record->owner, record->owner_len);
	append(context, numbers, sizeof(numbers));
	append(context, record->rdata, record->rdlen);
	return STATUS_OK;
}

/* All that a scan gives: records, then findings. `path` NULL: from memory. */
static struct growing
scan(const struct growing *text, const char *path, const struct line_kernel *kernel)
{
	struct growing all = {0};
	struct findings findings;
	findings_init(&findings);
	struct scanner scanner = {.path = path != NULL ? path : "text",
				  .origin = (const uint8_t *)"\1o",
				  .record = append_record,
				  .context = &all,
				  .findings = &findings,
				  .kernel = kernel};
	enum status status = path != NULL ? scanner_run(&scanner)
					  : scanner_run_text(&scanner, text->octets, text->len);
	assert_int_equal(status, STATUS_OK);
	for (size_t i = 0; i < findings.entry_count; i++) {
		const struct finding *finding = &findings.entries[i];
		append(&all, &finding->line, sizeof(finding->line));
		append(&all, &finding->column, sizeof(finding->column));
		append_string(&all, finding->text);
	}
	append(&all, findings.kind_counts, sizeof(findings.kind_counts));
	findings_fini(&findings);
	return all;
}

static const char *
pick(const char *const *from, size_t count)
{
	return from[(size_t)rand() % count];
}
#define PICK(array) pick(array, ARRAY_LEN(array))

/* Plain records, and what is nearly one, in pieces. */
static const char *const owners[] = {
    "a",
    "a",
    "a.b.c",
    "a.o.",
    "A-long-label-of-many-octets.and-another-one.example.",
    "@",
    "\t",
    "  ",
    "*",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
    "aaaaaaaaaaaaa",
    ".",
    "a..b",
    "\r",
    "1",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
    "aaaaaaaaaaaaaa",
    "(",
    "a\\.b",
    "$X",
    "\377",
    "a;",
};
static const char *const heads[] = {
    "1 IN ", "IN 2 ",      "3 ",          "",     "1h ", "IN ",
    "CH ",   "999999999 ", "4294967295 ", "1 2 ", "in ", "IN IN ",
};
static const char *const rdata[] = {
    "A 192.0.2.1",
    "a 1.2.3.4",
    "A 255.255.255.255",
    "A 0.0.0.0",
    "A 256.0.0.1",
    "A 01.2.3.4",
    "A 1.2.3",
    "A 1..2.3",
    "A 1.2.3.4.",
    "A 1.2.3.a",
    "A 1.2.3.4 5",
    "A 100.020.1.1",
    "AAAA 2001:db8::1",
    "AAAA ::",
    "AAAA 1:2:3:4:5:6:7:8",
    "AAAA 1:2:3:4:5:6:7::",
    "AAAA 1:2:3:4:5:6:7:8::",
    "AAAA ::2:3:4:5:6:7:8",
    "AAAA 1::2::3",
    "AAAA 12345::",
    "AAAA :1::2",
    "AAAA 1::2:",
    "AAAA ::ffff:192.0.2.1",
    "AAAA FFFF:abcd:EF01::",
    "AAAA g::",
    "AAAA :::",
    "NS a",
    "NS ns1.example.net.",
    "NS @",
    "NS .",
    "NS a..",
    "ns a b",
    "CNAME x",
    "MX 10 mail",
    "MX 65535 mail.",
    "MX 65536 mail",
    "MX x mail",
    "MX 1",
    "TXT a b c",
    "TXT \"a b\"",
    "DS 1 8 2 00000000000000000000000000000000000000000000000000000000000000aa",
    "DS 1 8 2 00",
    "TYPE65280 \\# 1 00",
    "FOO x",
    "NSEC3PARAM 1 0 0 -",
    "ANY x",
    "SOA a b 1 2 3 4 5",
    "NSEC b A NS",
    "",
};
static const char *const ends[] = {"\n", "\n", "\n", "\r\n", " \n", " ; c\n", "\t\n", "\n\n"};

static void
append_line(struct growing *text)
{
	append_string(text, PICK(owners));
	append_string(text, rand() % 4 == 0 ? "\t \t" : " ");
	append_string(text, PICK(heads));
	append_string(text, PICK(rdata));
	append_string(text, PICK(ends));
}

static struct growing
random_text(size_t line_count)
{
	struct growing text = {0};
	for (size_t i = 0; i < line_count; i++) {
		switch (rand() % 30) {
		case 0:
			append_string(&text, rand() % 2 == 0 ? "$ORIGIN x\n" : "$ORIGIN o.\n");
			break;
		case 1:
			append_string(&text, "$TTL 5\n");
			break;
		case 2:
			append_string(&text, "b (\n 1 A\n 1.1.1.1 )\n");
			break;
		default:
			append_line(&text);
		}
	}
	return text;
}

static void
expect_same(const struct growing *text, const char *path)
{
	struct growing wanted = scan(text, NULL, &no_kernel);
	for (size_t i = 0; line_kernels[i] != NULL; i++) {
		if (!line_kernels[i]->is_supported())
			continue;
		struct growing got = scan(text, path, line_kernels[i]);
		assert_int_equal(got.len, wanted.len);
		assert_memory_equal(got.octets, wanted.octets, wanted.len);
		free(got.octets);
	}
	free(wanted.octets);
}

static void
test_plain_lines_are_read_as_others(void **state)
{
	srand(11);
	for (unsigned round = 0; round < 3000; round++) {
		struct growing text = random_text((size_t)rand() % 40);
		/* Of exactly its length, so that the sanitizer sees a step past its end. */
		text.octets = realloc(text.octets, text.len + 1);
		expect_same(&text, NULL);
		free(text.octets);
	}
}

/* A file is read through a window: lines, entries and faults at its edges. */
static void
test_files_are_read_as_text(void **state)
{
	char path[] = "/tmp/test_scanner_plain.XXXXXX";
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	srand(12);
	for (unsigned round = 0; round < 4; round++) {
		struct growing text = random_text(40000);
		if (round == 1) {
			/* An entry longer than the window. */
			append_string(&text, "big 1 TXT (");
			for (unsigned i = 0; i < 60000; i++)
				append_string(&text, "a       \n");
			append_string(&text, ")\nb 1 A 1.1.1.1\n");
		}
		assert_int_equal(ftruncate(fd, 0), 0);
		assert_int_equal(pwrite(fd, text.octets, text.len, 0), text.len);
		expect_same(&text, path);
		free(text.octets);
	}
	close(fd);
	unlink(path);
}

/* All kernels find the same in any octets. */
static void
test_kernels_agree(void **state)
{
	static const char octets[] = "\n\r\t \"();\\.aAzZ09\x80\xa0\xff\x0a\x1a\x5c\x3b\x10\0";
	static struct line_index wanted;
	static struct line_index got;
	static char text[LINE_INDEX_LEN];
	size_t kernel_count = 0;
	while (line_kernels[kernel_count] != NULL)
		kernel_count++;
	const struct line_kernel *portable = line_kernels[kernel_count - 1];
	srand(13);
	for (unsigned round = 0; round < 300; round++) {
		size_t blocks = (size_t)rand() % (LINE_INDEX_LEN / LINE_BLOCK_LEN + 1);
		for (size_t i = 0; i < blocks * LINE_BLOCK_LEN; i++)
			text[i] =
			    round % 2 == 0 ? octets[(size_t)rand() % sizeof(octets)] : (char)rand();
		portable->index(&wanted, text, blocks);
		for (size_t i = 0; i + 1 < kernel_count; i++) {
			if (!line_kernels[i]->is_supported())
				continue;
			line_kernels[i]->index(&got, text, blocks);
			assert_int_equal(got.line_count, wanted.line_count);
			assert_int_equal(got.bound_count, wanted.bound_count);
			assert_memory_equal(got.lines, wanted.lines,
					    wanted.line_count * sizeof(wanted.lines[0]));
			assert_memory_equal(got.bounds, wanted.bounds,
					    wanted.bound_count * sizeof(wanted.bounds[0]));
			assert_memory_equal(got.dots, wanted.dots, blocks * sizeof(wanted.dots[0]));
		}
	}
}

/* What the portable kernel finds, spelled out. */
static void
test_index_of_a_line(void **state)
{
	static struct line_index index;
	char text[2 * LINE_BLOCK_LEN];
	memset(text, '\n', sizeof(text));
	memcpy(text, " ab\tc.d\r\n\nx;y\n", 14);
	line_kernel_best()->index(&index, text, 2);
	static const uint16_t bounds[] = {1, 3, 4, 7, 10, 13};
	assert_int_equal(index.bound_count, ARRAY_LEN(bounds));
	assert_memory_equal(index.bounds, bounds, sizeof(bounds));
	assert_int_equal(index.lines[0].end, 8);
	assert_int_equal(index.lines[0].bounds, 4);
	assert_int_equal(index.lines[1].end, 9);
	assert_int_equal(index.lines[1].bounds, 4);
	assert_int_equal(index.lines[2].end, 13);
	assert_int_equal(index.lines[2].bounds, 6 | LINE_IS_SPECIAL);
	assert_int_equal(index.lines[3].bounds, 6);
	assert_int_equal(index.dots[0], 1 << 5);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_plain_lines_are_read_as_others),
	    cmocka_unit_test(test_files_are_read_as_text),
	    cmocka_unit_test(test_kernels_agree),
	    cmocka_unit_test(test_index_of_a_line),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
