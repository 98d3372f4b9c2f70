/* gluezone_check.c -- gluezone check and print: a zone as the server reads it. */
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

#include "control/gluezone.h"
#include "control/jobs_threads.h"
#include "zones/check_dnssec.h"
#include "zones/dname.h"
#include "zones/dnssec.h"
#include "zones/rdata.h"

static void
print_finding(const struct finding *finding, FILE *out)
{
	size_t len = finding_print(finding, NULL, 0);
	char *line = malloc(len + 1);
	if (line == NULL)
		return;
	finding_print(finding, line, len + 1);
	fprintf(out, "%s\n", line);
	free(line);
}

static void
print_findings(const struct findings *findings, FILE *out)
{
	for (size_t i = 0; i < findings->entry_count; i++)
		print_finding(&findings->entries[i], out);
	size_t count = findings->error_count + findings->warning_count;
	if (count > findings->entry_count)
		fprintf(stderr, "gluezone: %zu more findings of the kinds shown\n",
			count - findings->entry_count);
}

enum gluezone_exit
gluezone_finish_output(enum gluezone_exit code)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return code;
	fprintf(stderr, "gluezone: cannot write: %s\n", strerror(errno));
	return GLUEZONE_REFUSED;
}

static bool
is_pipe(const char *path)
{
	struct stat found;
	return stat(path, &found) == 0 && S_ISFIFO(found.st_mode);
}

/* All that a pipe brings; the caller frees. NULL, with errno, if it cannot be had. */
static char *
read_pipe(const char *path, size_t *len)
{
	char piece[BUFSIZ];
	size_t got;
	char *text = NULL;
	FILE *in = fopen(path, "re");
	if (in == NULL)
		return NULL;
	FILE *out = open_memstream(&text, len);
	while (out != NULL && (got = fread(piece, 1, sizeof(piece), in)) > 0)
		fwrite(piece, 1, got, out);
	bool is_whole = !ferror(in);
	is_whole = out != NULL && fclose(out) == 0 && is_whole;
	fclose(in);
	if (is_whole)
		return text;
	free(text);
	return NULL;
}

/* zone_read() takes regular files alone, as the server must. Here somebody waits and can interrupt,
 * so what another program writes (/dev/stdin) is welcome too. */
static enum status
read_file_or_pipe(const uint8_t *apex, const char *path, struct findings *findings,
		  struct zone **zone)
{
	struct jobs_threads threads;
	size_t len;
	jobs_threads_init(&threads, 0);
	if (!is_pipe(path))
		return zone_read(apex, path, &threads.jobs, findings, zone);
	char *text = read_pipe(path, &len);
	if (text == NULL) {
		findings_add(findings, FINDING_IO, path, 0, 0, "cannot read: %s", strerror(errno));
		return STATUS_INVALID;
	}
	enum status status = zone_read_text(apex, &(struct zone_text){path, text, len},
					    &threads.jobs, findings, zone);
	free(text);
	return status;
}

/* Without `options`, DNSSEC is not looked at. */
static enum gluezone_exit
read_and_check(const char *origin, const char *path, const struct dnssec_options *options,
	       FILE *out, struct zone **zone, struct findings *findings)
{
	uint8_t apex[DNAME_LEN_MAX];
	const char *reason;
	if (dname_read(origin, strlen(origin), NULL, apex, &reason) == 0) {
		fprintf(stderr, "gluezone: '%s' is no domain name: %s\n", origin, reason);
		return GLUEZONE_USAGE;
	}
	struct zone *found = NULL;
	enum status status = read_file_or_pipe(apex, path, findings, &found);
	if (status == STATUS_OK && options != NULL)
		status = check_dnssec(found, options, findings);
	print_findings(findings, out);
	if (status == STATUS_NO_MEMORY)
		fputs("gluezone: out of memory\n", stderr);
	if (status != STATUS_OK) {
		zone_free(found);
		return GLUEZONE_REFUSED;
	}
	*zone = found;
	return GLUEZONE_OK;
}

enum gluezone_exit
gluezone_read(const char *origin, const char *path, FILE *out, struct zone **zone)
{
	struct findings findings;
	findings_init(&findings);
	enum gluezone_exit code = read_and_check(origin, path, NULL, out, zone, &findings);
	findings_fini(&findings);
	return code;
}

enum gluezone_exit
gluezone_read_as_server(const char *origin, const char *path, struct zone **zone,
			struct findings *findings)
{
	struct jobs_threads threads;
	jobs_threads_init(&threads, 0);
	/* What it may cost is for the server to say who is to serve it. */
	const struct dnssec_options options = {.now = (uint32_t)time(NULL),
					       .nsec3_iterations_max = NSEC3_ITERATIONS_ANY,
					       .jobs = &threads.jobs};
	return read_and_check(origin, path, &options, stderr, zone, findings);
}

/* YYYYMMDDHHmmSS, as in a signature, or seconds since 1970. */
static bool
read_time(const char *text, uint32_t *seconds)
{
	enum { DATE_LEN = 14, NUMBER_LEN_MAX = 10 };
	struct tm parts = {0};
	char *end;
	size_t len = strspn(text, "0123456789");
	if (text[len] != '\0')
		return false;
	if (len == DATE_LEN) {
		end = strptime(text, "%Y%m%d%H%M%S", &parts);
		*seconds = (uint32_t)timegm(&parts);
		return end != NULL && *end == '\0';
	}
	unsigned long number = strtoul(text, NULL, 10);
	*seconds = (uint32_t)number;
	return len > 0 && len <= NUMBER_LEN_MAX && number <= UINT32_MAX;
}

static bool
read_iterations(const char *text, unsigned *iterations)
{
	enum { NUMBER_LEN_MAX = 4 };
	size_t len = strspn(text, "0123456789");
	if (len == 0 || len > NUMBER_LEN_MAX || text[len] != '\0')
		return false;
	*iterations = (unsigned)strtoul(text, NULL, 10);
	return *iterations <= NSEC3_ITERATIONS_SIGN_MAX;
}

static bool
read_check_option(const char *text, struct dnssec_options *options)
{
	static const char time_option[] = "--time=";
	static const char iterations_option[] = "--nsec3-iterations=";
	if (strcmp(text, "--verify-signatures") == 0) {
		options->verifies_signatures = true;
		return true;
	}
	if (strncmp(text, iterations_option, strlen(iterations_option)) == 0)
		return read_iterations(text + strlen(iterations_option),
				       &options->nsec3_iterations_max);
	return strncmp(text, time_option, strlen(time_option)) == 0 &&
	       read_time(text + strlen(time_option), &options->now);
}

enum gluezone_exit
gluezone_check(int argc, char **argv)
{
	struct jobs_threads threads;
	jobs_threads_init(&threads, 0);
	struct dnssec_options options = {.now = (uint32_t)time(NULL),
					 .nsec3_iterations_max = NSEC3_ITERATIONS_PROVE_MAX,
					 .jobs = &threads.jobs};
	struct findings findings;
	struct zone *zone;
	for (; argc > 0 && argv[0][0] == '-'; argc--, argv++) {
		if (!read_check_option(argv[0], &options))
			return GLUEZONE_USAGE;
	}
	if (argc != 2)
		return GLUEZONE_USAGE;
	findings_init(&findings);
	enum gluezone_exit code =
	    read_and_check(argv[0], argv[1], &options, stdout, &zone, &findings);
	findings_fini(&findings);
	if (code == GLUEZONE_OK)
		zone_free(zone);
	return gluezone_finish_output(code);
}

/* A buffer for one record's RDATA in presentation form. */
struct rdata_text {
	char *text;
	size_t cap;
};

static bool
print_rdata(struct rdata_text *buffer, uint16_t rrtype, struct zone_rdata rdata)
{
	size_t len = rdata_print(rrtype, rdata.octets, rdata.len, buffer->text, buffer->cap);
	if (len < buffer->cap)
		return true;
	char *text = realloc(buffer->text, len + 1);
	if (text == NULL)
		return false;
	buffer->text = text;
	buffer->cap = len + 1;
	rdata_print(rrtype, rdata.octets, rdata.len, text, buffer->cap);
	return true;
}

static bool
print_rrset(const struct zone *zone, const struct zone_rrset *set, struct rdata_text *buffer)
{
	char owner[DNAME_TEXT_MAX];
	char rrtype[RRTYPE_TEXT_MAX];
	dname_print(set->owner, owner);
	rrtype_print(set->rrtype, rrtype);
	const struct zone_rr *rrs = zone_rrs(zone, set);
	for (uint32_t i = 0; i < set->rr_count; i++) {
		if (!print_rdata(buffer, set->rrtype, zone_rdata(zone, &rrs[i])))
			return false;
		printf("%s\t%u\tIN\t%s\t%s\n", owner, set->ttl, rrtype, buffer->text);
	}
	return true;
}

/* The SOA first, as every reader of zone files likes it; then canonical order. */
static bool
print_zone(const struct zone *zone)
{
	struct rdata_text buffer = {0};
	const struct zone_rrset *soa = zone_find(zone, zone->origin, RRTYPE_SOA);
	bool is_printed = print_rrset(zone, soa, &buffer);
	for (size_t i = 0; is_printed && i < zone->rrset_count; i++) {
		if (&zone->rrsets[i] != soa)
			is_printed = print_rrset(zone, &zone->rrsets[i], &buffer);
	}
	free(buffer.text);
	return is_printed;
}

enum gluezone_exit
gluezone_print(int argc, char **argv)
{
	struct zone *zone;
	if (argc != 2)
		return GLUEZONE_USAGE;
	enum gluezone_exit code = gluezone_read(argv[0], argv[1], stderr, &zone);
	if (code != GLUEZONE_OK)
		return code;
	if (!print_zone(zone)) {
		fputs("gluezone: out of memory\n", stderr);
		code = GLUEZONE_REFUSED;
	}
	zone_free(zone);
	return gluezone_finish_output(code);
}
