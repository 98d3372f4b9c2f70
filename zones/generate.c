/* generate.c -- ranges and templates of $GENERATE (used by scanner.c). */
#include "zones/generate.h"

#include <stdio.h>

/* Text being read: a number, a character, in turn. */
struct cursor {
	const char *at;
	const char *end;
};

static bool
read_number(struct cursor *cursor, uint32_t max, uint32_t *number)
{
	const char *begin = cursor->at;
	uint64_t value = 0;
	for (; cursor->at < cursor->end && *cursor->at >= '0' && *cursor->at <= '9'; cursor->at++) {
		value = value * 10 + (uint64_t)(*cursor->at - '0');
		if (value > max)
			return false;
	}
	*number = (uint32_t)value;
	return cursor->at > begin;
}

static bool
read_character(struct cursor *cursor, char wanted)
{
	if (cursor->at == cursor->end || *cursor->at != wanted)
		return false;
	cursor->at++;
	return true;
}

bool
generate_range_read(const char *text, size_t len, struct generate_range *range, const char **reason)
{
	struct cursor cursor = {.at = text, .end = text + len};
	struct generate_range read = {.step = 1};
	bool is_read = read_number(&cursor, GENERATE_STOP_MAX, &read.start) &&
		       read_character(&cursor, '-') &&
		       read_number(&cursor, GENERATE_STOP_MAX, &read.stop);
	if (is_read && read_character(&cursor, '/'))
		is_read = read_number(&cursor, GENERATE_STOP_MAX, &read.step);
	if (!is_read || cursor.at != cursor.end) {
		*reason = "not a range start-stop or start-stop/step";
		return false;
	}
	if (read.start > read.stop || read.step == 0) {
		*reason = "a range that no number lies in";
		return false;
	}
	if ((read.stop - read.start) / read.step >= GENERATE_COUNT_MAX) {
		*reason = "a range of more than 16777216 numbers";
		return false;
	}
	*range = read;
	return true;
}

bool
generate_append(struct generate_text *text, const char *octets, size_t len, const char **reason)
{
	if (len > text->cap - text->len) {
		*reason = "$GENERATE makes a line that is too long";
		return false;
	}
	memcpy(text->octets + text->len, octets, len);
	text->len += len;
	return true;
}

/* {offset,width,base}, the parts from behind on optional. */
struct modifier {
	bool is_negative;
	uint32_t offset;
	uint32_t width;
	char base;
};

static bool
read_modifier(struct cursor *cursor, struct modifier *modifier)
{
	static const char bases[] = "doxXnN";
	modifier->is_negative = read_character(cursor, '-');
	if (!modifier->is_negative)
		read_character(cursor, '+');
	if (!read_number(cursor, GENERATE_STOP_MAX, &modifier->offset))
		return false;
	if (read_character(cursor, ',')) {
		if (!read_number(cursor, GENERATE_WIDTH_MAX, &modifier->width))
			return false;
		if (read_character(cursor, ',')) {
			if (cursor->at == cursor->end || *cursor->at == '\0' ||
			    strchr(bases, *cursor->at) == NULL)
				return false;
			modifier->base = *cursor->at++;
		}
	}
	return read_character(cursor, '}');
}

/* The lowest digit first, a dot between digits, for names below ip6.arpa. The width counts dots as
 * well, as BIND's does. */
static size_t
print_nibbles(uint32_t number, const struct modifier *modifier, char *out)
{
	const char *digits = modifier->base == 'n' ? "0123456789abcdef" : "0123456789ABCDEF";
	size_t len = 0;
	for (;;) {
		out[len++] = digits[number & 15];
		number >>= 4;
		if (number == 0 && len >= modifier->width)
			return len;
		out[len++] = '.';
		if (number == 0 && len >= modifier->width)
			return len;
	}
}

static size_t
print_number(uint32_t number, const struct modifier *modifier, char *out, size_t cap)
{
	int width = (int)modifier->width;
	int len;
	switch (modifier->base) {
	case 'o':
		len = snprintf(out, cap, "%0*o", width, number);
		break;
	case 'x':
		len = snprintf(out, cap, "%0*x", width, number);
		break;
	case 'X':
		len = snprintf(out, cap, "%0*X", width, number);
		break;
	default:
		len = snprintf(out, cap, "%0*u", width, number);
	}
	return (size_t)len;
}

static bool
expand_number(struct generate_text *text, uint32_t number, const struct modifier *modifier,
	      const char **reason)
{
	/* 8 digits and dots at least, whatever the width. */
	char out[GENERATE_WIDTH_MAX + 32];
	if (modifier->is_negative && modifier->offset > number) {
		*reason = "the offset of a $ makes its number negative";
		return false;
	}
	number = modifier->is_negative ? number - modifier->offset : number + modifier->offset;
	bool is_nibbles = modifier->base == 'n' || modifier->base == 'N';
	size_t len = is_nibbles ? print_nibbles(number, modifier, out)
				: print_number(number, modifier, out, sizeof(out));
	return generate_append(text, out, len, reason);
}

/* Behind a dollar sign. */
static bool
expand_dollar(struct generate_text *text, struct cursor *cursor, uint32_t number,
	      const char **reason)
{
	struct modifier modifier = {.base = 'd'};
	/* Escaped, so that it stays one. */
	if (read_character(cursor, '$'))
		return generate_append(text, "\\$", 2, reason);
	if (read_character(cursor, '{') && !read_modifier(cursor, &modifier)) {
		*reason = "malformed ${offset,width,base}";
		return false;
	}
	return expand_number(text, number, &modifier, reason);
}

bool
generate_expand(struct generate_text *text, const char *template, size_t len, uint32_t number,
		const char **reason)
{
	struct cursor cursor = {.at = template, .end = template + len};
	while (cursor.at < cursor.end) {
		if (read_character(&cursor, '$')) {
			if (!expand_dollar(text, &cursor, number, reason))
				return false;
			continue;
		}
		/* A backslash takes what follows it along, a dollar too. */
		size_t taken = *cursor.at == '\\' && cursor.end - cursor.at > 1 ? 2 : 1;
		if (!generate_append(text, cursor.at, taken, reason))
			return false;
		cursor.at += taken;
	}
	return true;
}
