/* ttl.c -- times in presentation form (used by the scanner and by SOA's RDATA). */
#include "zones/ttl.h"

static uint32_t
unit_seconds(char unit)
{
	switch (unit) {
	case 'w':
	case 'W':
		return 7 * 24 * 60 * 60;
	case 'd':
	case 'D':
		return 24 * 60 * 60;
	case 'h':
	case 'H':
		return 60 * 60;
	case 'm':
	case 'M':
		return 60;
	case 's':
	case 'S':
		return 1;
	default:
		return 0;
	}
}

bool
ttl_read(const char *text, size_t len, uint32_t *seconds)
{
	uint64_t total = 0;
	size_t i = 0;
	if (len == 0)
		return false;
	while (i < len) {
		size_t digits_begin = i;
		uint64_t number = 0;
		for (; i < len && text[i] >= '0' && text[i] <= '9'; i++) {
			number = number * 10 + (uint64_t)(text[i] - '0');
			if (number > UINT32_MAX)
				return false;
		}
		if (i == digits_begin)
			return false;
		if (i == len) {
			/* A bare number stands alone: "1h30" is a slip, not an hour and 30 s. */
			if (digits_begin > 0)
				return false;
			total = number;
			break;
		}
		uint32_t unit = unit_seconds(text[i++]);
		if (unit == 0)
			return false;
		total += number * unit;
		if (total > UINT32_MAX)
			return false;
	}
	*seconds = (uint32_t)total;
	return true;
}
