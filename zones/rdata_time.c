/* rdata_time.c -- points in time in RDATA: when a signature begins and ends (a codec, see
 * rdata_codec.h; RFC 4034 3.1.5, 3.2). */
#include "zones/rdata_codec.h"

enum {
	DATE_LEN = 14,       /* YYYYMMDDHHmmSS */
	NUMBER_LEN_MAX = 10, /* 2^32 - 1; no date is that short */
	YEAR_MIN = 1970,
	DAY_SECONDS = 24 * 60 * 60,
};

static bool
is_leap(unsigned year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static unsigned
month_days(unsigned year, unsigned month)
{
	static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	return days[month - 1] + (month == 2 && is_leap(year) ? 1u : 0u);
}

/* Days from the beginning of 1970 to that of the year. */
static uint32_t
year_begin(unsigned year)
{
	unsigned before = year - 1;
	unsigned leaps = before / 4 - before / 100 + before / 400;
	enum { LEAPS_TO_1970 = 1969 / 4 - 1969 / 100 + 1969 / 400 };
	return (year - YEAR_MIN) * 365 + leaps - LEAPS_TO_1970;
}

static unsigned
digits_value(const char *text, size_t len)
{
	unsigned value = 0;
	for (size_t i = 0; i < len; i++)
		value = value * 10 + (unsigned)(text[i] - '0');
	return value;
}

/* Times are counted modulo 2^32 (RFC 4034 3.1.5), so dates behind 2106 have their number too. */
static bool
read_date(struct rdata_reading *reading, const char *text, uint32_t *seconds)
{
	unsigned year = digits_value(text, 4);
	unsigned month = digits_value(text + 4, 2);
	unsigned day = digits_value(text + 6, 2);
	unsigned hour = digits_value(text + 8, 2);
	unsigned minute = digits_value(text + 10, 2);
	unsigned second = digits_value(text + 12, 2);
	if (year < YEAR_MIN || month < 1 || month > 12 || day < 1 ||
	    day > month_days(year, month) || hour > 23 || minute > 59 || second > 59)
		return rdata_fail(reading, "no such date");
	uint32_t days = year_begin(year) + day - 1;
	for (unsigned i = 1; i < month; i++)
		days += month_days(year, i);
	*seconds = days * DAY_SECONDS + hour * 3600 + minute * 60 + second;
	return true;
}

static bool
read_time(const struct rdata_codec *codec, struct rdata_reading *reading)
{
	const struct rdata_token *token = rdata_current(reading);
	uint32_t seconds;
	for (size_t i = 0; i < token->len; i++) {
		if (token->text[i] < '0' || token->text[i] > '9')
			return rdata_fail(reading, "not a time YYYYMMDDHHmmSS or in seconds");
	}
	if (token->len == DATE_LEN) {
		if (!read_date(reading, token->text, &seconds))
			return false;
	} else if (token->len > NUMBER_LEN_MAX) {
		return rdata_fail(reading, "not a time YYYYMMDDHHmmSS or in seconds");
	} else if (!rdata_read_number(reading, UINT32_MAX, &seconds)) {
		return false;
	}
	uint8_t octets[4];
	be32_write(octets, seconds);
	return rdata_append(reading, octets, sizeof(octets));
}

static bool
print_time(const struct rdata_codec *codec, struct rdata_text *text, const uint8_t *octets,
	   size_t len)
{
	uint32_t seconds = be32_read(octets);
	uint32_t days = seconds / DAY_SECONDS;
	uint32_t rest = seconds % DAY_SECONDS;
	unsigned year = YEAR_MIN + days / 366;
	while (year_begin(year + 1) <= days)
		year++;
	unsigned month = 1;
	for (days -= year_begin(year); days >= month_days(year, month); month++)
		days -= month_days(year, month);
	rdata_text_printf(text, "%04u%02u%02u%02u%02u%02u", year, month, days + 1, rest / 3600,
			  rest / 60 % 60, rest % 60);
	return true;
}

const struct rdata_codec rdata_codec_time = {
    .fixed_len = 4, .read = read_time, .print = print_time, .missing = "time missing"};
