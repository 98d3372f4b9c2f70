/* test_scanner.c -- zone-file text to records: syntax, defaults, directives, places of faults. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "zones/dname.h"
#include "zones/rdata.h"
#include "zones/scanner.h"

/* How the text is scanned: each test runs with every kernel, and with so much behind the text that
 * its lines are read as those in the middle of a file are. */
static const struct line_kernel *kernel;
static size_t padding;

/* What a scan gave, one line a record: "LINE:COLUMN owner ttl type rdata". */
struct listing {
	char text[4096];
	size_t len;
};

static enum status
list_record(void *context, const struct scanner_record *record)
{
	struct listing *listing = context;
	char owner[DNAME_TEXT_MAX];
	char type[RRTYPE_TEXT_MAX];
	char rdata[1024];
	dname_print(record->owner, owner);
	rrtype_print(record->rrtype, type);
	rdata_print(record->rrtype, record->rdata, record->rdlen, rdata, sizeof(rdata));
	int len = snprintf(listing->text + listing->len, sizeof(listing->text) - listing->len,
			   "%u:%u %s %u %s %s\n", record->line, record->column, owner, record->ttl,
			   type, rdata);
	listing->len += (size_t)len;
	assert_true(listing->len < sizeof(listing->text));
	assert_string_equal(record->file, "text");
	return STATUS_OK;
}

static void
list_findings(const struct findings *findings, struct listing *listing)
{
	for (size_t i = 0; i < findings->entry_count; i++) {
		char line[512];
		finding_print(&findings->entries[i], line, sizeof(line));
		listing->len +=
		    (size_t)snprintf(listing->text + listing->len,
				     sizeof(listing->text) - listing->len, "%s\n", line);
	}
}

/* Scans a copy of exactly that length, so that the sanitizer sees a step past the end. The padding
 * is empty lines: none of the tests' last lines is changed by what ends it. */
static enum status
scan(const char *text, size_t len, struct listing *listing, scanner_record_fn record)
{
	struct findings findings;
	findings_init(&findings);
	struct scanner scanner = {.path = "text",
				  .origin = (const uint8_t *)"\1o",
				  .record = record,
				  .context = listing,
				  .findings = &findings,
				  .kernel = kernel};
	char *exact = malloc(1 + len + padding);
	assert_non_null(exact);
	memcpy(exact + 1, text, len);
	memset(exact + 1 + len, '\n', padding);
	enum status status = scanner_run_text(&scanner, exact + 1, len + padding);
	free(exact);
	list_findings(&findings, listing);
	findings_fini(&findings);
	return status;
}

static const struct {
	const char *text;
	const char *listing;
} cases[] = {
    /* owner, TTL, class in all orders */
    {"a 1 IN A 1.1.1.1", "1:1 a.o. 1 A 1.1.1.1\n"},
    {"a IN 1 A 1.1.1.1\n", "1:1 a.o. 1 A 1.1.1.1\n"},
    {"a 1 A 1.1.1.1\n", "1:1 a.o. 1 A 1.1.1.1\n"},
    {"a. 1 in a 1.1.1.1\n", "1:1 a. 1 A 1.1.1.1\n"},
    {"@ 1 CLASS1 TYPE1 \\# 4 01010101\n", "1:1 o. 1 A 1.1.1.1\n"},
    {"a 1 IN A 1.1.1.1\n B 1.1.1.1\n", "1:1 a.o. 1 A 1.1.1.1\n"
				       "text:2:2: error: unknown type 'B'\n"},
    {"a 1 IN 2 A 1.1.1.1\n", "text:1:8: error: unknown type '2'\n"},
    {"a IN IN A 1.1.1.1\n", "text:1:6: error: unknown type 'IN'\n"},
    /* a name that looks like a type, a class, a TTL */
    {"A 1 A 1.1.1.1\nIN 1 A 1.1.1.1\n1 1 A 1.1.1.1\n",
     "1:1 A.o. 1 A 1.1.1.1\n2:1 IN.o. 1 A 1.1.1.1\n3:1 1.o. 1 A 1.1.1.1\n"},
    /* the owner before */
    {"a 1 A 1.1.1.1\n\tA 1.1.1.2\n\n ; c\n  2 A 1.1.1.3\n",
     "1:1 a.o. 1 A 1.1.1.1\n2:2 a.o. 1 A 1.1.1.2\n5:3 a.o. 2 A 1.1.1.3\n"},
    /* parentheses */
    {"a 1 A (\n1.1.1.1\n)\n(b 1 A 1.1.1.2)\n ( A ) 1.1.1.3\n",
     "1:1 a.o. 1 A 1.1.1.1\n4:2 b.o. 1 A 1.1.1.2\n5:4 b.o. 1 A 1.1.1.3\n"},
    {"a 1 TXT(a;)\n\"b\")\n", "1:1 a.o. 1 TXT \"a\" \"b\"\n"},
    {"a 1 A ( ( 1.1.1.1 )\n) ; )\n", "1:1 a.o. 1 A 1.1.1.1\n"},
    /* quotes, comments, escapes */
    {"a 1 TXT \"a;b\" ;\"c\n", "1:1 a.o. 1 TXT \"a;b\"\n"},
    {"a 1 TXT \\; \\\" \\  \"\\\"\"\n", "1:1 a.o. 1 TXT \";\" \"\\\"\" \" \" \"\\\"\"\n"},
    {"a 1 TXT \"a\"\"b\"c\n", "1:1 a.o. 1 TXT \"a\" \"b\" \"c\"\n"},
    {"a\\;b 1 A 1.1.1.1\n", "1:1 a\\;b.o. 1 A 1.1.1.1\n"},
    {"\\$TTL 1 A 1.1.1.1\n", "1:1 \\$TTL.o. 1 A 1.1.1.1\n"},
    /* ends of lines and of the file */
    {"a 1 A 1.1.1.1\r\n\r\n 2 A 1.1.1.2\r\n", "1:1 a.o. 1 A 1.1.1.1\n3:2 a.o. 2 A 1.1.1.2\n"},
    {"", ""},
    {"\n\n", ""},
    {";", ""},
    {"   ", ""},
    {"\xef\xbb\xbf"
     "a 1 A 1.1.1.1",
     "1:1 a.o. 1 A 1.1.1.1\n"},
    /* $ORIGIN */
    {"$ORIGIN x\na 1 A 1.1.1.1\n@ A 1.1.1.2\n$ORIGIN y.\na NS a\n",
     "2:1 a.x.o. 1 A 1.1.1.1\n3:1 x.o. 1 A 1.1.1.2\n5:1 a.y. 1 NS a.y.\n"},
    {"$ORIGIN .\na 1 A 1.1.1.1\n", "2:1 a. 1 A 1.1.1.1\n"},
    {"$origin @\na 1 A 1.1.1.1\n", "2:1 a.o. 1 A 1.1.1.1\n"},
    /* TTLs */
    {"$TTL 1h\na A 1.1.1.1\nb 5 A 1.1.1.2\nc A 1.1.1.3\n",
     "2:1 a.o. 3600 A 1.1.1.1\n3:1 b.o. 5 A 1.1.1.2\n4:1 c.o. 3600 A 1.1.1.3\n"},
    {"a 5 A 1.1.1.1\nb A 1.1.1.2\n", "1:1 a.o. 5 A 1.1.1.1\n2:1 b.o. 5 A 1.1.1.2\n"},
    {"@ SOA a b 1 2 3 4 77\nb NS a\n", "1:1 o. 77 SOA a.o. b.o. 1 2 3 4 77\n2:1 b.o. 77 NS a.o.\n"},
    {"$TTL 9\n@ SOA a b 1 2 3 4 77\n", "2:1 o. 9 SOA a.o. b.o. 1 2 3 4 77\n"},
    {"a A 1.1.1.1\n", "text:1:3: error: no TTL: none here, no $TTL, none before\n"},
    {"a 2147483647 A 1.1.1.1\n", "1:1 a.o. 2147483647 A 1.1.1.1\n"},
    {"a 2147483648 A 1.1.1.1\n",
     "1:1 a.o. 0 A 1.1.1.1\ntext:1:3: warning: TTL above 2147483647 is taken as 0 (RFC 2181 8): "
     "'2147483648'\n"},
    {"$TTL x\na A 1.1.1.1\nb A 1.1.1.1\n",
     "2:1 a.o. 0 A 1.1.1.1\n3:1 b.o. 0 A 1.1.1.1\ntext:1:6: error: malformed TTL 'x'\n"},
    /* $GENERATE */
    {"$GENERATE 1-2 a$ 1 A 1.1.1.$\n", "1:1 a1.o. 1 A 1.1.1.1\n1:1 a2.o. 1 A 1.1.1.2\n"},
    {"$generate 9-14/5 $ IN 1 A 1.1.1.$ ; c\n", "1:1 9.o. 1 A 1.1.1.9\n1:1 14.o. 1 A 1.1.1.14\n"},
    {"$GENERATE 5-5 @ 1 A 1.1.1.$\n", "1:1 o. 1 A 1.1.1.5\n"},
    {"$GENERATE 10-10 a${-10}-${5}-${+1,4} 1 A 1.1.1.1\n", "1:1 a0-15-0011.o. 1 A 1.1.1.1\n"},
    {"$GENERATE 63-63 d${0,3,d}o${0,4,o}x${0,0,x}X${0,4,X} 1 A 1.1.1.1\n",
     "1:1 d063o0077x3fX003F.o. 1 A 1.1.1.1\n"},
    {"$GENERATE 171-171 ${0,0,n}.${0,5,N}.${0,6,n} 1 TXT ${0,8,n}\n",
     "1:1 b.a.B.A.0.b.a.0. 1 TXT \"b.a.0.0.\"\n"},
    {"$GENERATE 0-0 ${0,1,n} 1 TXT ${0,2,n} ${0,1,N}\n", "1:1 0.o. 1 TXT \"0.\" \"0\"\n"},
    {"$GENERATE 1-1 $$.\\$.\\\\$ 1 TXT \\; \"$;\"\n", "1:1 \\$.\\$.\\\\1.o. 1 TXT \";\" \"1;\"\n"},
    {"$GENERATE 1-1 a 1 MX \"${9} m$\"\n", "1:1 a.o. 1 MX 10 m1.o.\n"},
    {"$GENERATE 1-1 a 1 MX ${9} m$\n", "1:1 a.o. 1 MX 10 m1.o.\n"},
    {"$GENERATE 1-1 a 1 TXT \"\\\"b $\\\" c\"\n", "1:1 a.o. 1 TXT \"b 1\" \"c\"\n"},
    {"$GENERATE 1-1 a 1 HTTPS \"$ . alpn=\\\"h2\\\"\"\n", "1:1 a.o. 1 HTTPS 1 . alpn=\"h2\"\n"},
    /* ... leaves the owner as it was, and gives TTLs as other records do */
    {"b 7 A 1.1.1.1\n$GENERATE 1-1 a A 1.1.1.2\n\tA 1.1.1.3\n",
     "1:1 b.o. 7 A 1.1.1.1\n2:1 a.o. 7 A 1.1.1.2\n3:2 b.o. 7 A 1.1.1.3\n"},
    {"$GENERATE 1-1 a 1 A 1.1.1.2\n\tA 1.1.1.3\n",
     "1:1 a.o. 1 A 1.1.1.2\ntext:2:2: error: record without an owner name, and none before it\n"},
    {"$GENERATE 2147483646-2147483647 a 1 TXT $\n",
     "1:1 a.o. 1 TXT \"2147483646\"\n1:1 a.o. 1 TXT \"2147483647\"\n"},
    /* ... its faults, each once */
    {"$GENERATE\n$GENERATE 1-2\n$GENERATE 1-2 a\n$GENERATE 1-2 a 1\n",
     "text:1:10: error: argument missing\ntext:2:14: error: argument missing\n"
     "text:3:16: error: argument missing\ntext:4:18: error: type missing\n"},
    {"$GENERATE 1 a 1 A 1.1.1.1\n$GENERATE 1- a 1 A 1.1.1.1\n$GENERATE 1-2/ a 1 A 1.1.1.1\n"
     "$GENERATE 1-2x a 1 A 1.1.1.1\n$GENERATE -1-2 a 1 A 1.1.1.1\n"
     "$GENERATE 1-2147483648 a 1 A 1.1.1.1\n",
     "text:1:11: error: not a range start-stop or start-stop/step '1'\n"
     "text:2:11: error: not a range start-stop or start-stop/step '1-'\n"
     "text:3:11: error: not a range start-stop or start-stop/step '1-2/'\n"
     "text:4:11: error: not a range start-stop or start-stop/step '1-2x'\n"
     "text:5:11: error: not a range start-stop or start-stop/step '-1-2'\n"
     "text:6:11: error: not a range start-stop or start-stop/step '1-2147483648'\n"},
    {"$GENERATE 2-1 a 1 A 1.1.1.1\n$GENERATE 1-2/0 a 1 A 1.1.1.1\n"
     "$GENERATE 0-16777216 a 1 A 1.1.1.1\n",
     "text:1:11: error: a range that no number lies in '2-1'\n"
     "text:2:11: error: a range that no number lies in '1-2/0'\n"
     "text:3:11: error: a range of more than 16777216 numbers '0-16777216'\n"},
    {"$GENERATE 1-2 a${ 1 A 1.1.1.1\n$GENERATE 1-2 a${1 1 A 1.1.1.1\n"
     "$GENERATE 1-2 a${1,} 1 A 1.1.1.1\n$GENERATE 1-2 a${1,2,y} 1 A 1.1.1.1\n"
     "$GENERATE 1-2 a${1,256} 1 A 1.1.1.1\n$GENERATE 1-2 a 1 A 1.1.1.${x}\n",
     "text:1:1: error: malformed ${offset,width,base}\n"
     "text:2:1: error: malformed ${offset,width,base}\n"
     "text:3:1: error: malformed ${offset,width,base}\n"
     "text:4:1: error: malformed ${offset,width,base}\n"
     "text:5:1: error: malformed ${offset,width,base}\n"
     "text:6:1: error: malformed ${offset,width,base}\n"},
    {"$GENERATE 1-2 a${-2} 1 A 1.1.1.1\n",
     "text:1:1: error: the offset of a $ makes its number negative\n"},
    {"$GENERATE 254-300 a$ 1 A 1.1.1.$\n", "1:1 a254.o. 1 A 1.1.1.254\n1:1 a255.o. 1 A 1.1.1.255\n"
					   "text:1:1: error: not an IPv4 address: '1.1.1.256'\n"},
    {"$GENERATE 1-9 a$ 1 MX $\n$GENERATE 1-9 a$ 1 FOO $\n$GENERATE 1-9 a..$ 1 A 1.1.1.1\n",
     "text:1:1: error: domain name missing\ntext:2:20: error: unknown type 'FOO'\n"
     "text:3:1: error: empty label: 'a..1'\n"},
    {"$GENERATE 1-9 a$ 1 TXT \"\\\"$\"\nb 1 A 1.1.1.1\n",
     "2:1 b.o. 1 A 1.1.1.1\ntext:1:1: error: quote without a closing quote on its line\n"},
    {"$GENERATE 1-9 a$ 1 A\n", "text:1:1: error: IPv4 address missing\n"},
    {"$GENERATE 1-9 \"a$\" 1 A 1.1.1.1\n",
     "text:1:1: error: a domain name takes no quotes: 'a1'\n"},
    /* key="value", in the RDATA of few types and nowhere else */
    {"a 1 HTTPS 1 . alpn=\"h2,h3\" port=\"1\"key9=\"\"\n",
     "text:1:36: error: not a value of this parameter: 'key9=\"\"'\n"},
    {"a 1 SVCB 1 . ( key99=\"a ;)\\\"b\"port=1 )\n",
     "1:1 a.o. 1 SVCB 1 . port=1 key99=\"a ;)\\\"b\"\n"},
    {"a 1 HTTPS 1 . key99=\"a\n b\"\nb 1 A 1.1.1.1\n",
     "3:1 b.o. 1 A 1.1.1.1\ntext:1:21: error: quote without a closing quote on its line\n"
     "text:2:3: error: quote inside an unquoted token\n"},
    {"a 1 TXT a=\"b\"\n", "text:1:11: error: quote inside an unquoted token\n"},
    {"a 1 HTTPS 1 . ab\"c\"\n", "text:1:17: error: quote inside an unquoted token\n"},
    {"b=\"a\" 1 HTTPS 1 .\n\tHTTPS a=\"b\"\n$TTL=\"a\"\n$TTL a=\"b\"\n",
     "text:1:3: error: quote inside an unquoted token\n"
     "text:2:2: error: record without an owner name, and none before it\n"
     "text:3:6: error: quote inside an unquoted token\n"
     "text:4:8: error: quote inside an unquoted token\n"},
    {"a a=\"b\" HTTPS 1 .\n", "text:1:3: error: unknown type 'a=\"b\"'\n"},
    /* 8-bit labels, UTF-8 */
    {"\303\244.\377 1 NS \303\244\n", "1:1 \\195\\164.\\255.o. 1 NS \\195\\164.o.\n"},
    /* places of faults, and what comes after them */
    {"a 1 A (\n\n  x ) b 1\nc 1 A y\n",
     "text:3:3: error: not an IPv4 address: 'x'\ntext:4:7: error: not an IPv4 address: 'y'\n"},
    {"a 1 TXT \"b\" ( \"c\n d )\ne 1 A 1.1.1.1\n",
     "3:1 e.o. 1 A 1.1.1.1\ntext:1:15: error: quote without a closing quote on its line\n"},
    {"a 1 A 1.1.1.1\nb (\nc ( d )\ne 1 A 1.1.1.1\n",
     "1:1 a.o. 1 A 1.1.1.1\ntext:2:3: error: parenthesis without a closing one\n"},
    {"a 1 TXT b\\\nc 1 TXT \"d\\\ne 1 TXT f\n",
     "3:1 e.o. 1 TXT \"f\"\n"
     "text:1:9: error: backslash with nothing after it: 'b\\'\n"
     "text:2:9: error: quote without a closing quote on its line\n"},
    {"a 1 A 1.1.1.1\nb..c A 1.1.1.1\n A 1.1.1.2\nd A 1.1.1.3\n",
     "1:1 a.o. 1 A 1.1.1.1\n4:1 d.o. 1 A 1.1.1.3\ntext:2:1: error: empty label: 'b..c'\n"},
    {"b..c 1 A 1.1.1.1\n A 1.1.1.2\n", "text:1:1: error: empty label: 'b..c'\n"},
    {"a 1 A\n", "text:1:6: error: IPv4 address missing\n"},
    {"a 1 MX \"10\"\n", "text:1:12: error: domain name missing\n"},
    {"a 1 A \001\033[31m\377\n", "text:1:7: error: not an IPv4 address: '??[31m?'\n"},
};

static void
test_cases(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct listing listing = {0};
		assert_int_equal(STATUS_OK,
				 scan(cases[i].text, strlen(cases[i].text), &listing, list_record));
		if (strcmp(cases[i].listing, listing.text) != 0)
			fail_msg("%s\nexpected:\n%sgot:\n%s", cases[i].text, cases[i].listing,
				 listing.text);
	}
}

/* A token of megabytes is quoted in part. */
static void
test_long_token(void **state)
{
	enum { LEN = 1 << 20 };
	struct listing listing = {0};
	char *text = malloc(LEN);
	assert_non_null(text);
	memset(text, 'x', LEN);
	memcpy(text, "a 1 A ", 6);
	assert_int_equal(STATUS_OK, scan(text, LEN, &listing, list_record));
	assert_string_equal("text:1:7: error: not an IPv4 address: "
			    "'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...'\n",
			    listing.text);
	free(text);
}

static enum status
refuse_second(void *context, const struct scanner_record *record)
{
	struct listing *listing = context;
	return ++listing->len == 2 ? STATUS_NO_MEMORY : STATUS_OK;
}

static void
test_callback_ends_the_scan(void **state)
{
	static const char text[] = "a 1 A 1.1.1.1\n A 1.1.1.2\n A 1.1.1.3\n";
	struct listing listing = {0};
	assert_int_equal(STATUS_NO_MEMORY, scan(text, sizeof(text) - 1, &listing, refuse_second));
	assert_int_equal(2, listing.len);
}

static enum status
ignore_record(void *context, const struct scanner_record *record)
{
	struct listing *listing = context;
	listing->len = 0;
	assert_true(dname_wire_len(record->owner, DNAME_LEN_MAX) != 0);
	assert_true(rdata_is_valid(record->rrtype, record->rdata, record->rdlen));
	return STATUS_OK;
}

/* Text made of what zone files are made of, in any order: no crash, and no record that is none. */
static void
test_random_text(void **state)
{
	static const char *const pieces[] = {"\n",        "\n",
					     " ",         "\t",
					     "\r\n",      "(",
					     ")",         "\"",
					     "\\",        ";",
					     "@",         ".",
					     "a",         "b.c",
					     "1",         "3600",
					     "1h",        "IN",
					     "CH",        "A",
					     "NS",        "SOA",
					     "TXT",       "MX",
					     "CAA",       "TYPE1",
					     "\\#",       "4",
					     "01020304",  "$TTL",
					     "$ORIGIN",   "$INCLUDE",
					     "$X",        "$GENERATE 1-3 ",
					     "$",         "${1,2,n}",
					     "HTTPS 1 .", "alpn=\"h2\"",
					     "\\255",     "\\999",
					     "::1",       "192.0.2.1",
					     "issue",     "\377",
					     "*",         "\"a b\"",
					     " 0 ",       " a ",
					     "\n@ 1 A "};
	srand(3);
	for (unsigned round = 0; round < 20000; round++) {
		char text[1024] = "";
		size_t len = 0;
		for (int i = rand() % 60; i > 0; i--) {
			const char *piece = pieces[(size_t)rand() % ARRAY_LEN(pieces)];
			memcpy(text + len, piece, strlen(piece));
			len += strlen(piece);
		}
		if (len > 0 && rand() % 16 == 0)
			text[(size_t)rand() % len] = '\0';
		struct listing listing = {0};
		assert_int_equal(STATUS_OK, scan(text, len, &listing, ignore_record));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_cases),
	    cmocka_unit_test(test_long_token),
	    cmocka_unit_test(test_callback_ends_the_scan),
	    cmocka_unit_test(test_random_text),
	};
	int failed = 0;
	for (size_t i = 0; line_kernels[i] != NULL; i++) {
		kernel = line_kernels[i];
		if (!kernel->is_supported())
			continue;
		for (padding = 0; padding <= 256; padding += 256)
			failed += cmocka_run_group_tests_name(kernel->name, tests, NULL, NULL);
	}
	return failed;
}
