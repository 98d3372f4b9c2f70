#include "dataplane/counters.h"

#include "zones/dns.h"

static const struct {
	const char *name;
	const char *help;
} table[COUNTER_COUNT] = {
#define COUNTER_ROW(upper, lower, sentence) [COUNTER_##upper] = {#lower, sentence},
    DISPOSITIONS(COUNTER_ROW) TALLIES(COUNTER_ROW)
#undef COUNTER_ROW
};

/* Only the RCODEs that an authoritative server sends every day have a counter of their own. */
static const uint8_t counter_of_rcode[] = {
    [RCODE_NOERROR] = COUNTER_NOERROR,   [RCODE_FORMERR] = COUNTER_FORMERR,
    [RCODE_SERVFAIL] = COUNTER_SERVFAIL, [RCODE_NXDOMAIN] = COUNTER_NXDOMAIN,
    [RCODE_NOTIMP] = COUNTER_NOTIMP,     [RCODE_REFUSED] = COUNTER_REFUSED,
};

const char *
counter_name(enum counter counter)
{
	return table[counter].name;
}

const char *
counter_help(enum counter counter)
{
	return table[counter].help;
}

void
response_tally_flush(struct counters *counters, struct response_tally *tally)
{
	for (unsigned rcode = 0; rcode < ARRAY_LEN(tally->rcodes); rcode++) {
		if (tally->rcodes[rcode] == 0)
			continue;
		counter_add(counters,
			    rcode < ARRAY_LEN(counter_of_rcode)
				? (enum counter)counter_of_rcode[rcode]
				: COUNTER_OTHER_RCODE,
			    tally->rcodes[rcode]);
	}
	if (tally->truncated_count != 0)
		counter_add(counters, COUNTER_TRUNCATED, tally->truncated_count);
	*tally = (struct response_tally){0};
}

void
counter_add_response(struct counters *counters, const uint8_t *message)
{
	struct response_tally tally = {0};

	response_tally_add(&tally, message);
	response_tally_flush(counters, &tally);
}
