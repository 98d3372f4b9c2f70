/* zone_print.c -- zones to text. */
#include "tests/fuzz/zone_print.h"

#include "tests/fuzz/fuzz.h"
#include "zones/dname.h"
#include "zones/rdata.h"

static void
print_rr(FILE *out, const struct zone_rrset *set, struct zone_rdata rdata)
{
	char owner[DNAME_TEXT_MAX];
	char rrtype[RRTYPE_TEXT_MAX];
	size_t len = rdata_print(set->rrtype, rdata.octets, rdata.len, NULL, 0);
	char *text = (char *)fuzz_copy(NULL, 0, len + 1);
	dname_print(set->owner, owner);
	rrtype_print(set->rrtype, rrtype);
	rdata_print(set->rrtype, rdata.octets, rdata.len, text, len + 1);
	fprintf(out, "%s %u IN %s %s\n", owner, set->ttl, rrtype, text);
	free(text);
}

char *
zone_print(const struct zone *zone, size_t *len)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, len);
	EXPECT(out != NULL);
	for (size_t i = 0; i < zone->rrset_count; i++) {
		const struct zone_rrset *set = &zone->rrsets[i];
		for (uint32_t j = 0; j < set->rr_count; j++)
			print_rr(out, set, zone_rdata(zone, zone_rrs(zone, set) + j));
	}
	EXPECT(fclose(out) == 0);
	return text;
}
