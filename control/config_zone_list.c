/* config_zone_list.c -- plain items of a list of zones, a line at a time. */
#include "control/config_zone_list.h"

#include <stdlib.h>

/* A place in the text: the beginning of a line. */
struct lines {
	const char *at;
	const char *end; /* of the text */
	unsigned line;
};

/* One line without its end. */
struct line {
	const char *at;
	const char *end;
	unsigned number;
	unsigned indent; /* spaces before what it holds */
};

static bool
line_next(struct lines *lines, struct line *out)
{
	if (lines->at == lines->end)
		return false;
	const char *end = memchr(lines->at, '\n', (size_t)(lines->end - lines->at));
	const char *next = end != NULL ? end + 1 : lines->end;
	if (end == NULL)
		end = lines->end;
	*out = (struct line){.at = lines->at, .end = end, .number = lines->line++};
	while (out->at < end && *out->at == ' ')
		out->at++;
	out->indent = (unsigned)(out->at - lines->at);
	lines->at = next;
	return true;
}

/* A comment to the end of the line, of which YAML knows more ends than "\n". */
static bool
is_comment(const struct line *line)
{
	if (*line->at != '#')
		return false;
	for (const char *at = line->at; at < line->end; at++) {
		if (*at < ' ' || *at > '~')
			return false;
	}
	return true;
}

/* The next line that says something. */
static bool
line_next_full(struct lines *lines, struct line *out)
{
	while (line_next(lines, out)) {
		if (out->at < out->end && !is_comment(out))
			return true;
	}
	return false;
}

/* Octets that mean themselves anywhere in a plain value but, some of them, at its beginning. */
static bool
is_plain(char octet)
{
	static const bool plain[256] = {
	    ['a' ... 'z'] = true, ['A' ... 'Z'] = true, ['0' ... '9'] = true, ['.'] = true,
	    ['/'] = true,         ['_'] = true,         ['-'] = true,         ['+'] = true,
	};
	return plain[(uint8_t)octet];
}

static bool
may_begin(char octet)
{
	return is_plain(octet) && octet != '-' && octet != '+';
}

/* "KEY: value", and nothing behind it. */
static bool
read_pair(const struct line *line, const char *at, const char *key, struct zone_list_value *out)
{
	size_t key_len = strlen(key);
	if ((size_t)(line->end - at) <= key_len || memcmp(at, key, key_len) != 0)
		return false;
	at += key_len;
	while (at < line->end && *at == ' ')
		at++;
	if (at == line->end)
		return false;
	out->line = line->number;
	out->column = line->indent + (unsigned)(at - line->at) + 1;
	char quote = *at == '"' || *at == '\'' ? *at : '\0';
	if (quote != '\0')
		at++;
	else if (!may_begin(*at))
		return false;
	out->text = at;
	while (at < line->end && is_plain(*at))
		at++;
	out->len = (size_t)(at - out->text);
	if (quote != '\0' && (at == line->end || *at++ != quote))
		return false;
	while (at < line->end && *at == ' ')
		at++;
	return at == line->end && out->len > 0;
}

static bool
is_item(const struct line *line)
{
	return line->end - line->at > 2 && line->at[0] == '-' && line->at[1] == ' ';
}

/* "- name: NAME", then "  file: FILE". The lines that follow must not go on with the value, but a
 * line with less indentation than its key's cannot. */
static bool
read_item(struct lines *lines, unsigned indent, struct zone_list_item *out)
{
	struct lines at = *lines;
	struct line line;
	if (!line_next_full(&at, &line) || line.indent != indent || !is_item(&line) ||
	    !read_pair(&line, line.at + 2, "name: ", &out->name))
		return false;
	if (!line_next(&at, &line) || line.indent != indent + 2 ||
	    !read_pair(&line, line.at, "file: ", &out->file))
		return false;
	struct lines behind = at;
	if (line_next_full(&behind, &line) && line.indent > indent)
		return false;
	*lines = at;
	return true;
}

/* Goes to the line "zones:" that begins in the first column. */
static bool
find_key(struct lines *lines)
{
	static const char key[] = "zones:";
	struct line line;
	while (line_next(lines, &line)) {
		if (line.indent > 0 || (size_t)(line.end - line.at) < strlen(key) ||
		    memcmp(line.at, key, strlen(key)) != 0)
			continue;
		const char *at = line.at + strlen(key);
		while (at < line.end && *at == ' ')
			at++;
		return at == line.end;
	}
	return false;
}

struct zone_list
zone_list_find(const char *text, size_t len)
{
	struct zone_list list = {.begin = text, .end = text};
	struct lines lines = {.at = text, .end = text + len, .line = 1};
	if (!find_key(&lines))
		return list;
	list.key_line = lines.line - 1;

	struct lines first = lines;
	struct line line;
	if (!line_next_full(&first, &line))
		return list;
	list.indent = line.indent;
	struct zone_list_item item;
	if (!read_item(&lines, list.indent, &item))
		return list;
	list.begin = lines.at;
	list.line = lines.line;
	while (read_item(&lines, list.indent, &item))
		list.count++;
	list.end = lines.at;
	return list;
}

bool
zone_list_next(struct zone_list *at, struct zone_list_item *out)
{
	if (at->count == 0)
		return false;
	struct lines lines = {.at = at->begin, .end = at->end, .line = at->line};
	read_item(&lines, at->indent, out); /* as zone_list_find() did */
	at->begin = lines.at;
	at->line = lines.line;
	at->count--;
	return true;
}

char *
zone_list_rest(const struct zone_list *list, const char *text, size_t len, size_t *rest_len)
{
	size_t before_len = (size_t)(list->begin - text);
	size_t behind_len = (size_t)(text + len - list->end);
	size_t line_count = 0;
	for (const char *at = list->begin; at < list->end; line_count++) {
		const char *end = memchr(at, '\n', (size_t)(list->end - at));
		at = end != NULL ? end + 1 : list->end;
	}
	char *rest = malloc(before_len + line_count + behind_len + 1);
	if (rest == NULL)
		return NULL;
	memcpy(rest, text, before_len);
	memset(rest + before_len, '\n', line_count);
	memcpy(rest + before_len + line_count, list->end, behind_len);
	*rest_len = before_len + line_count + behind_len;
	return rest;
}
