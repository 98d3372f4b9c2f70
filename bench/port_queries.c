/* port_queries.c -- what bench/port asks, as port_load reads it: for each query its length (2
 * octets, network order) and the message.
 *
 *   port_queries names FILE TYPE PREFIX COUNT > QUERIES
 *       COUNT owner names, at random, of a zone file with records of that type, which is asked for
 *       at PREFIX (may be empty) before the name; "NS": for A, below the cut
 *   port_queries zone SIGNING NAMES > FILE       a zone of the micro-benchmarks (bench_fixture.h)
 *   port_queries kind KIND NAMES COUNT > QUERIES queries of a kind for that zone
 *   port_queries kinds                           KIND, SIGNING and RCODE of each, and its name
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/bench_fixture.h"
#include "zones/dname.h"

static void
die(const char *sentence)
{
	fprintf(stderr, "port_queries: %s\n", sentence);
	exit(1);
}

static uint64_t
mix(uint64_t value)
{
	uint64_t z = (value + 1) * UINT64_C(0x9e3779b97f4a7c15);
	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static void
message_write(const uint8_t *message, size_t len)
{
	uint8_t head[2];
	be16_write(head, (uint16_t)len);
	fwrite(head, sizeof(head), 1, stdout);
	fwrite(message, len, 1, stdout);
}

struct text {
	const char *octets;
	size_t len;
};

static struct text
text_map(const char *path)
{
	struct stat stat;
	int fd = open(path, O_RDONLY);
	if (fd < 0 || fstat(fd, &stat) != 0 || stat.st_size == 0)
		die("cannot read the zone file");
	const char *octets = mmap(NULL, (size_t)stat.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (octets == MAP_FAILED)
		die("cannot map the zone file");
	close(fd);
	return (struct text){octets, (size_t)stat.st_size};
}

/* The line behind the one that this place is in: of the lines with all their fields, as
 * zone_generate has them, one is as likely as another of its length. */
static bool
line_at(const struct text *text, size_t place, char line[1024])
{
	const char *end = text->octets + text->len;
	const char *from = memchr(text->octets + place, '\n', text->len - place);
	if (from == NULL || ++from == end)
		return false;
	const char *newline = memchr(from, '\n', (size_t)(end - from));
	size_t len = (size_t)((newline != NULL ? newline : end) - from);
	if (len >= 1024)
		return false;
	memcpy(line, from, len);
	line[len] = '\0';
	return true;
}

static void
names_query(const char *owner, const char *prefix, unsigned qtype)
{
	static const uint8_t header[HEADER_LEN] = {0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1};
	static const uint8_t opt[] = {0, 0, RRTYPE_OPT, 0x04, 0xd0, 0, 0, 0, 0, 0, 0};
	uint8_t message[HEADER_LEN + DNAME_LEN_MAX + QUESTION_FIXED_LEN + sizeof(opt)];
	char name[1200];
	const char *reason;
	int text_len = snprintf(name, sizeof(name), "%s%s", prefix, owner);
	size_t len = dname_read(name, (size_t)text_len, NULL, message + HEADER_LEN, &reason);
	if (len == 0)
		die(reason);
	memcpy(message, header, sizeof(header));
	uint8_t *at = message + HEADER_LEN + len;
	be16_write(at, (uint16_t)qtype);
	be16_write(at + 2, RRCLASS_IN);
	memcpy(at + QUESTION_FIXED_LEN, opt, sizeof(opt));
	message_write(message, HEADER_LEN + len + QUESTION_FIXED_LEN + sizeof(opt));
}

static void
names(const char *path, const char *wanted, const char *prefix, size_t count)
{
	struct text text = text_map(path);
	char line[1024], owner[1024], type[16];
	size_t apex_len = strcspn(text.octets, " \t\n"); /* the SOA comes first */
	uint64_t chance = 0;
	for (size_t found = 0; found < count;) {
		if (chance > 1000 + 1000 * (uint64_t)count)
			die("no such records");
		if (!line_at(&text, mix(chance++) % text.len, line) ||
		    sscanf(line, "%1023s %*s IN %15s", owner, type) != 2 ||
		    strcmp(type, wanted) != 0 ||
		    (strlen(owner) == apex_len && memcmp(owner, text.octets, apex_len) == 0))
			continue;
		names_query(owner, prefix, RRTYPE_A);
		found++;
	}
}

static void
kinds_print(void)
{
	for (int kind = 0; kind < BENCH_KIND_COUNT; kind++)
		printf("%d %d %u %s\n", kind, (int)bench_kind_signing((enum bench_kind)kind),
		       bench_kind_rcode((enum bench_kind)kind),
		       bench_kind_name((enum bench_kind)kind));
}

static void
kind_queries(enum bench_kind kind, size_t name_count, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		uint8_t message[BENCH_QUERY_MAX];
		size_t len = bench_query_make(kind, name_count, (size_t)mix(~i), message);
		message_write(message, len);
	}
}

static unsigned long
number(const char *text)
{
	return strtoul(text, NULL, 10);
}

int
main(int argc, char **argv)
{
	const char *verb = argc > 1 ? argv[1] : "";
	if (strcmp(verb, "names") == 0 && argc == 6)
		names(argv[2], argv[3], argv[4], number(argv[5]));
	else if (strcmp(verb, "zone") == 0 && argc == 4 && number(argv[2]) < BENCH_SIGNING_COUNT)
		bench_zone_write(stdout, number(argv[3]), (enum bench_signing)number(argv[2]));
	else if (strcmp(verb, "kind") == 0 && argc == 5 && number(argv[2]) < BENCH_KIND_COUNT)
		kind_queries((enum bench_kind)number(argv[2]), number(argv[3]), number(argv[4]));
	else if (strcmp(verb, "kinds") == 0 && argc == 2)
		kinds_print();
	else
		die("usage: names FILE TYPE PREFIX COUNT | zone SIGNING NAMES | kind KIND NAMES "
		    "COUNT | kinds");
	return fflush(stdout) == 0 ? 0 : 1;
}
