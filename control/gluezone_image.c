/* gluezone_image.c -- gluezone compile and stat: the image of a zone, and where its octets go. */
#include <inttypes.h>
#include <stdlib.h>

#include "control/gluezone.h"
#include "control/jobs_threads.h"
#include "zones/dname.h"
#include "zones/image.h"
#include "zones/usage.h"

/* A zone that was read and compiled, or an image that was opened. */
struct subject {
	struct zone *zone; /* NULL: from an image */
	struct zone_version *version;
	struct findings findings;
	struct image image;
};

static void
subject_fini(struct subject *subject)
{
	if (subject->zone != NULL) {
		zone_version_free(subject->version);
		zone_free(subject->zone);
		findings_fini(&subject->findings);
	}
	image_fini(&subject->image);
}

static enum gluezone_exit
complain(const char *path, const struct error *error)
{
	fprintf(stderr, "gluezone: %s: %s\n", path, error->text);
	return GLUEZONE_REFUSED;
}

static enum gluezone_exit
subject_from_file(const char *origin, const char *path, struct subject *subject)
{
	struct error error;
	struct jobs_threads threads;
	*subject = (struct subject){0};
	findings_init(&subject->findings);
	enum gluezone_exit code =
	    gluezone_read_as_server(origin, path, &subject->zone, &subject->findings);
	if (code != GLUEZONE_OK) {
		findings_fini(&subject->findings);
		return code;
	}
	jobs_threads_init(&threads, 0);
	if (zone_version_compile(subject->zone, &threads.jobs, &subject->version, &error) ==
	    STATUS_OK)
		return GLUEZONE_OK;
	subject_fini(subject);
	return complain(path, &error);
}

static enum gluezone_exit
subject_from_image(const char *path, struct subject *subject)
{
	struct error error;
	struct jobs_threads threads;
	*subject = (struct subject){0};
	jobs_threads_init(&threads, 0);
	if (image_open(path, NULL, &threads.jobs, &subject->image, &error) != STATUS_OK)
		return complain(path, &error);
	subject->version = subject->image.version;
	return GLUEZONE_OK;
}

/* -- compile ------------------------------------------------------------------------------------
 */

static enum gluezone_exit
write_image(const struct subject *subject, const char *path)
{
	struct error error;
	struct image_draft *draft;
	if (image_draft_new(subject->version, &subject->zone->sources, &subject->findings, &draft,
			    &error) != STATUS_OK)
		return complain(path, &error);
	size_t len = image_draft_len(draft);
	enum status status = image_write(draft, path, NULL, &error);
	image_draft_free(draft);
	if (status != STATUS_OK)
		return complain(path, &error);
	printf("%s: %zu octets, serial %u\n", path, len, version_serial(subject->version));
	return gluezone_finish_output(GLUEZONE_OK);
}

enum gluezone_exit
gluezone_compile(int argc, char **argv)
{
	struct subject subject;
	char name[IMAGE_NAME_MAX];
	if (argc != 2 && !(argc == 4 && strcmp(argv[2], "-o") == 0))
		return GLUEZONE_USAGE;
	enum gluezone_exit code = subject_from_file(argv[0], argv[1], &subject);
	if (code != GLUEZONE_OK)
		return code;
	image_name(subject.zone->origin, name);
	code = write_image(&subject, argc == 4 ? argv[3] : name);
	subject_fini(&subject);
	return code;
}

/* -- stat ---------------------------------------------------------------------------------------
 */

/* What is said of a version, once for people and once for programs. */
struct figures {
	const struct zone_version *version;
	struct usage usage;
	uint64_t len;
	char origin[DNAME_TEXT_MAX];
};

static double
per(uint64_t octets, uint64_t count)
{
	return count > 0 ? (double)octets / (double)count : 0;
}

static void
print_counts(const struct figures *figures)
{
	const struct usage *usage = &figures->usage;
	const uint64_t *counts = usage->counts;
	printf("zone %s, serial %u\n", figures->origin, version_serial(figures->version));
	printf("%12" PRIu64 " owner names, %" PRIu64 " of them delegations\n", usage->name_count,
	       usage->delegation_count);
	printf("%12" PRIu64 " empty non-terminals\n", usage->ent_count);
	printf("%12" PRIu64 " records\n", usage->rr_count);
	printf("%12" PRIu64 " RRsets, %" PRIu64 " stored\n", usage->rrset_count,
	       counts[USAGE_RRSET]);
	printf("%12" PRIu64 " RRsets are their own answer\n", usage->plain_count);
	printf("%12" PRIu64 " RRsets share %" PRIu64 " templates\n", usage->templated_count,
	       counts[USAGE_TEMPLATE]);
	printf("%12" PRIu64 " hosts\n", counts[USAGE_HOST]);
	printf("%12" PRIu64 " octets: %.1f per record, %.1f per owner name\n", figures->len,
	       per(figures->len, usage->rr_count), per(figures->len, usage->name_count));
}

static void
print_row(const char *name, uint64_t count, uint64_t octets, const struct figures *figures)
{
	char number[24] = "";
	if (count > 0)
		snprintf(number, sizeof(number), "%" PRIu64, count);
	printf("%-12s %12s %14" PRIu64 " %6.1f%% %9.1f %9.1f\n", name, number, octets,
	       100 * per(octets, figures->len), per(octets, figures->usage.rr_count),
	       per(octets, figures->usage.name_count));
}

static void
print_table(const struct figures *figures)
{
	printf("\n%-12s %12s %14s %7s %9s %9s\n", "part", "things", "octets", "share", "per RR",
	       "per name");
	for (unsigned part = 0; part < USAGE_PART_COUNT; part++)
		print_row(usage_part_name(part), figures->usage.counts[part],
			  figures->usage.octets[part], figures);
	print_row("all", 0, figures->len, figures);
}

static void
print_json(const struct figures *figures)
{
	const struct usage *usage = &figures->usage;
	printf("{\"zone\": \"");
	for (const char *at = figures->origin; *at != '\0'; at++)
		printf(*at == '\\' || *at == '"' ? "\\%c" : "%c", *at);
	printf("\", \"serial\": %u", version_serial(figures->version));
	const struct {
		const char *name;
		uint64_t value;
	} numbers[] = {
	    {"names", usage->name_count},
	    {"ents", usage->ent_count},
	    {"delegations", usage->delegation_count},
	    {"records", usage->rr_count},
	    {"rrsets", usage->rrset_count},
	    {"rrsets_plain", usage->plain_count},
	    {"rrsets_templated", usage->templated_count},
	    {"octets", figures->len},
	};
	for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
		printf(", \"%s\": %" PRIu64, numbers[i].name, numbers[i].value);
	printf(", \"octets_per_record\": %.2f, \"octets_per_name\": %.2f, \"parts\": {",
	       per(figures->len, usage->rr_count), per(figures->len, usage->name_count));
	for (unsigned part = 0; part < USAGE_PART_COUNT; part++)
		printf("%s\"%s\": {\"things\": %" PRIu64 ", \"octets\": %" PRIu64 "}",
		       part == 0 ? "" : ", ", usage_part_name(part), usage->counts[part],
		       usage->octets[part]);
	printf("}}\n");
}

static enum gluezone_exit
print_figures(const struct zone_version *version, bool is_json)
{
	struct figures figures = {.version = version, .len = store_len(version->store)};
	if (usage_of(version, &figures.usage) != STATUS_OK) {
		fputs("gluezone: out of memory\n", stderr);
		return GLUEZONE_REFUSED;
	}
	dname_print(version_origin(version), figures.origin);
	if (is_json) {
		print_json(&figures);
	} else {
		print_counts(&figures);
		print_table(&figures);
	}
	return gluezone_finish_output(GLUEZONE_OK);
}

enum gluezone_exit
gluezone_stat(int argc, char **argv)
{
	struct subject subject;
	bool is_json = argc > 0 && strcmp(argv[0], "--json") == 0;
	argc -= is_json;
	argv += is_json;
	if (argc != 1 && argc != 2)
		return GLUEZONE_USAGE;
	enum gluezone_exit code = argc == 2 ? subject_from_file(argv[0], argv[1], &subject)
					    : subject_from_image(argv[0], &subject);
	if (code != GLUEZONE_OK)
		return code;
	code = print_figures(subject.version, is_json);
	subject_fini(&subject);
	return code;
}
