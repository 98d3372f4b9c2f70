/* rdata_loc.c -- LOC: where on earth (a codec, see rdata_codec.h; RFC 1876). */
#include "zones/rdata_codec.h"

enum {
	LOC_LEN = 16,
	SIZE_OFF = 1, /* and horizontal and vertical precision behind it */
	SIZE_COUNT = 3,
	LATITUDE_OFF = 4,
	LONGITUDE_OFF = 8,
	ALTITUDE_OFF = 12,

	/* angles are in thousandths of a second of arc */
	DEGREE = 3600 * 1000,
	MINUTE = 60 * 1000,
	SECOND = 1000,
	LATITUDE_MAX = 90 * DEGREE,
	LONGITUDE_MAX = 180 * DEGREE,

	ALTITUDE_BASE_CM = 10000000, /* 100 km below the spheroid */
};

/* The equator and the prime meridian. */
#define ANGLE_ZERO (UINT32_C(1) << 31)

static bool
is_angle(uint32_t angle, uint32_t max)
{
	return angle >= ANGLE_ZERO - max && angle <= ANGLE_ZERO + max;
}

/* RFC 1876 2: two digits, mantissa and exponent of ten, each 0 to 9. */
static bool
is_size(uint8_t size)
{
	return size >> 4 <= 9 && (size & 15) <= 9;
}

/* "Implementations are required to check this field and make no assumptions about the format of
 * unrecognized versions" (RFC 1876 2): only version 0 is known. */
static size_t
loc_len(const struct rdata_codec *codec, const uint8_t *octets, size_t left)
{
	if (left == 0)
		return SIZE_MAX;
	if (octets[0] != 0)
		return left;
	if (left < LOC_LEN || !is_angle(be32_read(octets + LATITUDE_OFF), LATITUDE_MAX) ||
	    !is_angle(be32_read(octets + LONGITUDE_OFF), LONGITUDE_MAX))
		return SIZE_MAX;
	for (size_t i = 0; i < SIZE_COUNT; i++) {
		if (!is_size(octets[SIZE_OFF + i]))
			return SIZE_MAX;
	}
	return LOC_LEN;
}

/* Digits with at most `decimals` of them behind a point, up to `max`, as an integer in units of the
 * last decimal; nothing else. */
static bool
read_decimal(const char *text, size_t len, unsigned decimals, uint64_t max, uint64_t *value)
{
	bool has_digit = false;
	bool has_point = false;
	*value = 0;
	for (size_t i = 0; i < len; i++) {
		if (text[i] == '.' && !has_point && decimals > 0) {
			has_point = true;
			continue;
		}
		if (text[i] < '0' || text[i] > '9' || (has_point && decimals == 0))
			return false;
		has_digit = true;
		decimals -= has_point ? 1 : 0;
		*value = *value * 10 + (uint64_t)(text[i] - '0');
		if (*value > max)
			return false;
	}
	for (; decimals > 0; decimals--)
		*value *= 10;
	return has_digit && *value <= max;
}

static bool
is_letter(const struct rdata_token *token, char letter)
{
	return token->len == 1 && (token->text[0] | 0x20) == letter;
}

struct axis {
	char positive;
	char negative;
	unsigned degrees_max;
	const char *reason;
};

static const struct axis latitude = {
    'n', 's', 90, "not a latitude: degrees [minutes [seconds]] N or S, up to 90 degrees"};
static const struct axis longitude = {
    'e', 'w', 180, "not a longitude: degrees [minutes [seconds]] E or W, up to 180 degrees"};

/* Leaves token_idx at the letter. */
static bool
read_angle(struct rdata_reading *reading, const struct axis *axis)
{
	static const struct {
		unsigned decimals;
		uint32_t max;  /* in units of the last decimal */
		uint32_t unit; /* of the last decimal */
	} parts[] = {{0, 180, DEGREE}, {0, 59, MINUTE}, {3, 59999, 1}};
	uint64_t total = 0;
	for (size_t i = 0;; i++) {
		const struct rdata_token *token = rdata_current(reading);
		bool is_positive = is_letter(token, axis->positive);
		if (i > 0 && (is_positive || is_letter(token, axis->negative))) {
			uint8_t octets[4];
			uint32_t angle = (uint32_t)total;
			be32_write(octets, is_positive ? ANGLE_ZERO + angle : ANGLE_ZERO - angle);
			return rdata_append(reading, octets, sizeof(octets));
		}
		uint64_t value;
		if (i == ARRAY_LEN(parts) ||
		    !read_decimal(token->text, token->len, parts[i].decimals, parts[i].max, &value))
			return rdata_fail(reading, axis->reason);
		total += value * parts[i].unit;
		if (total > (uint64_t)axis->degrees_max * DEGREE)
			return rdata_fail(reading, axis->reason);
		if (!rdata_next(reading, axis->reason))
			return false;
	}
}

/* Metres, with centimetres behind a point and an "m" or not, as centimetres. */
static bool
read_metres(const struct rdata_token *token, size_t skipped, uint64_t max, uint64_t *centimetres)
{
	size_t len = token->len;
	if (len > skipped && (token->text[len - 1] | 0x20) == 'm')
		len--;
	return read_decimal(token->text + skipped, len - skipped, 2, max, centimetres);
}

static bool
read_altitude(struct rdata_reading *reading)
{
	const struct rdata_token *token = rdata_current(reading);
	bool is_negative = token->len > 0 && token->text[0] == '-';
	size_t sign_len = is_negative || (token->len > 0 && token->text[0] == '+') ? 1 : 0;
	uint64_t max = is_negative ? ALTITUDE_BASE_CM : UINT32_MAX - ALTITUDE_BASE_CM;
	uint64_t centimetres;
	uint8_t octets[4];
	if (!read_metres(token, sign_len, max, &centimetres))
		return rdata_fail(reading, "not an altitude in metres, -100000.00 to 42849672.95");
	uint32_t distance = (uint32_t)centimetres;
	be32_write(octets, is_negative ? ALTITUDE_BASE_CM - distance : ALTITUDE_BASE_CM + distance);
	return rdata_append(reading, octets, sizeof(octets));
}

/* Rounded down to one digit, which is all the precision that there is. */
static bool
read_size(struct rdata_reading *reading, uint8_t *size)
{
	uint64_t centimetres;
	if (!read_metres(rdata_current(reading), 0, UINT64_C(9000000000), &centimetres))
		return rdata_fail(reading, "not a size in metres, 0.00 to 90000000.00");
	unsigned exponent = 0;
	for (; centimetres > 9; centimetres /= 10)
		exponent++;
	*size = (uint8_t)(centimetres << 4 | exponent);
	return true;
}

static bool
read_loc(const struct rdata_codec *codec, struct rdata_reading *reading)
{
	/* Version, then the sizes that RFC 1876 3 has for those not given: 1 m, 10 km, 10 m. */
	uint8_t head[LATITUDE_OFF] = {0, 0x12, 0x16, 0x13};
	size_t head_off = reading->len;
	if (!rdata_append(reading, head, sizeof(head)) || !read_angle(reading, &latitude) ||
	    !rdata_next(reading, longitude.reason) || !read_angle(reading, &longitude) ||
	    !rdata_next(reading, "altitude missing") || !read_altitude(reading))
		return false;
	for (size_t i = 0; i < SIZE_COUNT && !rdata_is_last(reading); i++) {
		reading->token_idx++;
		if (!read_size(reading, &reading->out[head_off + SIZE_OFF + i]))
			return false;
	}
	return true;
}

static void
print_angle(struct rdata_text *text, uint32_t angle, const struct axis *axis)
{
	bool is_positive = angle >= ANGLE_ZERO;
	uint32_t distance = is_positive ? angle - ANGLE_ZERO : ANGLE_ZERO - angle;
	char letter = is_positive ? axis->positive : axis->negative;
	rdata_text_printf(text, "%u %02u %02u.%03u %c ", distance / DEGREE, distance / MINUTE % 60,
			  distance / SECOND % 60, distance % SECOND, letter - 0x20);
}

static void
print_size(struct rdata_text *text, uint8_t size)
{
	uint64_t centimetres = size >> 4;
	for (unsigned exponent = size & 15; exponent > 0; exponent--)
		centimetres *= 10;
	rdata_text_printf(text, " %u.%02um", (unsigned)(centimetres / 100),
			  (unsigned)(centimetres % 100));
}

static bool
print_loc(const struct rdata_codec *codec, struct rdata_text *text, const uint8_t *octets,
	  size_t len)
{
	if (octets[0] != 0)
		return false;
	for (size_t i = 0; i < SIZE_COUNT; i++) {
		/* Zero has ten spellings. */
		uint8_t size = octets[SIZE_OFF + i];
		if (size >> 4 == 0 && size != 0)
			return false;
	}
	print_angle(text, be32_read(octets + LATITUDE_OFF), &latitude);
	print_angle(text, be32_read(octets + LONGITUDE_OFF), &longitude);
	uint32_t altitude = be32_read(octets + ALTITUDE_OFF);
	bool is_negative = altitude < ALTITUDE_BASE_CM;
	uint32_t distance = is_negative ? ALTITUDE_BASE_CM - altitude : altitude - ALTITUDE_BASE_CM;
	rdata_text_printf(text, "%s%u.%02um", is_negative ? "-" : "", distance / 100,
			  distance % 100);
	for (size_t i = 0; i < SIZE_COUNT; i++)
		print_size(text, octets[SIZE_OFF + i]);
	return true;
}

const struct rdata_codec rdata_codec_loc = {
    .len = loc_len, .read = read_loc, .print = print_loc, .missing = "latitude missing"};
