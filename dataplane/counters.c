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
counter_add_response(struct counters *counters, const uint8_t *message)
{
	unsigned flags = be16_read(message + HEADER_FLAGS_OFF);
	unsigned rcode = flags & FLAG_RCODE;

	/* The upper bits of an extended RCODE travel in OPT (RFC 6891 6.1.3): BADVERS has 0 in the
	 * header and counts as NOERROR here, BADCOOKIE as another RCODE. */
	counter_add(counters,
		    rcode < ARRAY_LEN(counter_of_rcode) ? (enum counter)counter_of_rcode[rcode]
							: COUNTER_OTHER_RCODE,
		    1);
	if ((flags & FLAG_TC) != 0)
		counter_add(counters, COUNTER_TRUNCATED, 1);
}
