#include "control/log.h"

#include <assert.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* A line of the log. The longest field is a finding, whose text is a path and a sentence. */
enum { LOG_LINE_MAX = 4096 };
static_assert(LOG_LINE_MAX <= PIPE_BUF, "a pipe with room takes a line at once and whole");

static const struct {
	const char *name;
	enum log_level level;
} events[LOG_EVENT_COUNT] = {
#define LOG_EVENT_ROW(identifier, name, level, help) \
	[EVENT_##identifier] = {name, LOG_LEVEL_##level},
    LOG_EVENTS(LOG_EVENT_ROW)
#undef LOG_EVENT_ROW
};

static const char *const level_names[] = {
    [LOG_LEVEL_DEBUG] = "debug",
    [LOG_LEVEL_INFO] = "info",
    [LOG_LEVEL_WARNING] = "warning",
    [LOG_LEVEL_ERROR] = "error",
};

static enum log_level level_min = LOG_LEVEL_INFO;

void
log_set_level(enum log_level level)
{
	level_min = level;
}

/* A buffer that takes what fits and forgets the rest. */
struct line {
	char *text;
	size_t len;
	size_t cap; /* the final NUL not counted */
};

static void
line_put(struct line *line, char character)
{
	if (line->len < line->cap)
		line->text[line->len++] = character;
}

static void
line_put_text(struct line *line, const char *text)
{
	while (*text != '\0')
		line_put(line, *text++);
}

/* UTF-8 passes as it is: file names and sentences may hold it. */
static bool
is_plain(unsigned char character)
{
	return character > ' ' && character != '"' && character != '\\' && character != '=' &&
	       character != 0x7f;
}

static bool
has_only_plain(const char *text)
{
	if (*text == '\0')
		return false;
	while (is_plain((unsigned char)*text))
		text++;
	return *text == '\0';
}

/* Control octets never reach the log as they are: a name from the network or a file must not be
 * able to write a line of its own. */
static void
line_put_quoted(struct line *line, const char *text)
{
	line_put(line, '"');
	for (; *text != '\0'; text++) {
		unsigned char character = (unsigned char)*text;
		char escaped[8];
		if (character < ' ' || character == 0x7f) {
			snprintf(escaped, sizeof(escaped), "\\x%02x", character);
			line_put_text(line, escaped);
			continue;
		}
		if (character == '"' || character == '\\')
			line_put(line, '\\');
		line_put(line, (char)character);
	}
	line_put(line, '"');
}

static void
line_put_field(struct line *line, const struct log_field *field)
{
	char number[24];
	line_put(line, ' ');
	line_put_text(line, field->key);
	line_put(line, '=');
	if (field->kind == LOG_FIELD_NUMBER) {
		snprintf(number, sizeof(number), "%" PRIu64, field->number);
		line_put_text(line, number);
		return;
	}
	const char *text = field->text != NULL ? field->text : "";
	if (has_only_plain(text))
		line_put_text(line, text);
	else
		line_put_quoted(line, text);
}

size_t
log_print(enum log_level level, enum log_event event, const struct log_field *fields,
	  size_t field_count, char *out, size_t cap)
{
	if (cap == 0)
		return 0;
	struct line line = {.text = out, .cap = cap - 1};
	line_put_text(&line, level_names[level]);
	line_put(&line, ' ');
	line_put_text(&line, events[event].name);
	for (size_t i = 0; i < field_count; i++)
		line_put_field(&line, &fields[i]);
	out[line.len] = '\0';
	return line.len;
}

static size_t
print_time(char *out, size_t cap)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	struct tm utc;
	gmtime_r(&now.tv_sec, &utc);
	size_t len = strftime(out, cap, "%Y-%m-%dT%H:%M:%S", &utc);
	return len + (size_t)snprintf(out + len, cap - len, ".%03uZ ",
				      (unsigned)(now.tv_nsec / 1000000) % 1000);
}

/* -- the sink -----------------------------------------------------------------------------------
 */

/* What a pipe or a socket does not take at once. A burst, such as the loading of ten thousand
 * zones, fits; a reader who has stopped reading must not cost us more. */
static struct {
	size_t len;
	uint64_t dropped_count; /* lines that found no room, not yet told of */
	bool is_held;
	char octets[2 << 20];
} backlog;

/* A pipe or a socket is as slow as the program behind it, and nobody may hold up the control thread
 * by not reading its log. Files and terminals take what they are given. */
static bool
would_wait(int patience_ms)
{
	struct stat found;
	struct pollfd sink = {.fd = STDERR_FILENO, .events = POLLOUT};
	if (fstat(STDERR_FILENO, &found) != 0 ||
	    (!S_ISFIFO(found.st_mode) && !S_ISSOCK(found.st_mode)))
		return false;
	return poll(&sink, 1, patience_ms) == 0;
}

/* Whole lines, as many as a pipe with room takes at once: one write each, so that lines of two
 * processes never mix. Nobody is left to tell if it fails. */
static size_t
write_lines(const char *text, size_t len)
{
	if (len > PIPE_BUF)
		len = (size_t)((const char *)memrchr(text, '\n', PIPE_BUF) - text) + 1;
	ssize_t written = write(STDERR_FILENO, text, len);
	(void)written;
	return len;
}

/* False: no room. */
static bool
append_line(enum log_level level, enum log_event event, const struct log_field *fields,
	    size_t field_count)
{
	if (sizeof(backlog.octets) - backlog.len < LOG_LINE_MAX)
		return false;
	char *text = backlog.octets + backlog.len;
	size_t len = print_time(text, LOG_LINE_MAX);
	len += log_print(level, event, fields, field_count, text + len, LOG_LINE_MAX - len - 1);
	text[len++] = '\n';
	backlog.len += len;
	return true;
}

static void
write_backlog(int patience_ms)
{
	size_t done = 0;
	while (done < backlog.len && !would_wait(patience_ms))
		done += write_lines(backlog.octets + done, backlog.len - done);
	backlog.len -= done;
	memmove(backlog.octets, backlog.octets + done, backlog.len);
	if (backlog.dropped_count == 0 || done == 0)
		return;
	const struct log_field count = LOG_NUMBER("count", backlog.dropped_count);
	if (append_line(events[EVENT_LOG_DROPPED].level, EVENT_LOG_DROPPED, &count, 1))
		backlog.dropped_count = 0;
}

void
log_flush(void)
{
	if (backlog.len > 0)
		write_backlog(0);
}

void
log_finish(void)
{
	enum { FAREWELL_MS = 500 };
	while (backlog.len > 0 && !would_wait(FAREWELL_MS))
		write_backlog(0);
}

void
log_write_at(enum log_level level, enum log_event event, const struct log_field *fields,
	     size_t field_count)
{
	if (level < level_min)
		return;
	/* Once lines are lost, what comes after them stands after the line that says so. */
	if (backlog.dropped_count > 0 || !append_line(level, event, fields, field_count))
		backlog.dropped_count++;
	if (!backlog.is_held || backlog.len > sizeof(backlog.octets) / 2)
		log_flush();
}

void
log_hold(void)
{
	backlog.is_held = true;
}

void
log_release(void)
{
	backlog.is_held = false;
	log_flush();
}

void
log_write(enum log_event event, const struct log_field *fields, size_t field_count)
{
	log_write_at(events[event].level, event, fields, field_count);
}
