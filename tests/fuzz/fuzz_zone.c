/* fuzz_zone.c -- any text as a zone file: it ends in findings or in a zone, and a zone's canonical
 * text is the same zone again.
 */
#include <strings.h>

#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/zone_print.h"
#include "zones/check_dnssec.h"
#include "zones/dnssec.h"
#include "zones/zone_read.h"

static const uint8_t origin[] = "\7example\3com";

static struct zone *
read_zone(const char *text, size_t len)
{
	struct findings findings;
	struct zone *zone = NULL;
	findings_init(&findings);
	enum status status =
	    zone_read_text(origin, &(struct zone_text){"text", text, len}, NULL, &findings, &zone);
	EXPECT((status == STATUS_OK) == (findings.error_count == 0));
	findings_fini(&findings);
	return zone;
}

/* Whatever stands in DNSSEC's records is a finding at most. */
static void
check_signed(const struct zone *zone)
{
	struct findings findings;
	findings_init(&findings);
	enum status status = check_dnssec(
	    zone,
	    &(struct dnssec_options){.now = 1,
				     .verifies_signatures = true,
				     .nsec3_iterations_max = NSEC3_ITERATIONS_PROVE_MAX},
	    &findings);
	EXPECT((status == STATUS_OK) == (findings.error_count == 0));
	findings_fini(&findings);
}

static void
run_backwards(struct jobs *jobs, jobs_fn fn, void *context, unsigned count)
{
	for (unsigned idx = count; idx-- > 0;)
		fn(context, idx);
}

/* In parts, and with every kernel: the same zone or none. */
static void
expect_same(const char *text, size_t len, const struct zone *wanted)
{
	static const uint64_t part_lens[] = {3, 40, 500};
	struct jobs jobs = {.width = 2, .run = run_backwards};
	for (size_t i = 0; i < ARRAY_LEN(part_lens); i++) {
		for (size_t k = 0; line_kernels[k] != NULL; k++) {
			struct zone_reading reading = {
			    .jobs = &jobs, .kernel = line_kernels[k], .part_len = part_lens[i]};
			struct findings findings;
			struct zone *zone = NULL;
			if (!line_kernels[k]->is_supported())
				continue;
			findings_init(&findings);
			enum status status =
			    zone_read_with(origin, &(struct zone_text){"text", text, len}, &reading,
					   &findings, &zone);
			EXPECT((status == STATUS_OK) == (wanted != NULL));
			EXPECT(zone == NULL || (zone->rr_count == wanted->rr_count &&
						zone->rrset_count == wanted->rrset_count &&
						zone->name_count == wanted->name_count));
			findings_fini(&findings);
			zone_free(zone);
		}
	}
}

static bool
has_directive(const uint8_t *data, size_t len, const char *directive)
{
	size_t directive_len = strlen(directive);
	for (size_t i = 0; i + directive_len < len; i++) {
		if (strncasecmp((const char *)data + i, directive, directive_len) == 0)
			return true;
	}
	return false;
}

static bool
has_large_number(const uint8_t *data, size_t len)
{
	enum { DIGITS_MAX = 3 };
	size_t digit_count = 0;
	for (size_t i = 0; i < len && digit_count <= DIGITS_MAX; i++)
		digit_count = data[i] >= '0' && data[i] <= '9' ? digit_count + 1 : 0;
	return digit_count > DIGITS_MAX;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	/* Files that $INCLUDE names are none of the fuzzer's business. */
	if (has_directive(data, len, "$INCLUDE"))
		return 0;
	/* Nor is it a finding that many records take long to make. */
	if (has_directive(data, len, "$GENERATE") && has_large_number(data, len))
		return 0;
	struct zone *zone = read_zone((const char *)data, len);
	expect_same((const char *)data, len, zone);
	if (zone == NULL)
		return 0;
	check_signed(zone);
	size_t len_printed;
	size_t len_again;
	char *printed = zone_print(zone, &len_printed);
	struct zone *again = read_zone(printed, len_printed);
	EXPECT(again != NULL && again->rr_count == zone->rr_count &&
	       again->rrset_count == zone->rrset_count);
	char *printed_again = zone_print(again, &len_again);
	EXPECT(len_printed == len_again && memcmp(printed, printed_again, len_printed) == 0);
	free(printed);
	free(printed_again);
	zone_free(zone);
	zone_free(again);
	return 0;
}
