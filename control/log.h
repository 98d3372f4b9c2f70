/* log.h -- the event log: one line on standard error for each thing that happens.
 *
 * Threads:   control only.
 * Memory:    allocates nothing; keeps up to 2 MiB that a pipe does not take at once.
 * Errors:    none: a line that cannot be written is lost. Where standard error is a pipe or a
 *            socket that nobody reads, lines are kept, then lost and counted, but never waited for
 *            (log.dropped).
 * Standards: RFC 3339 (timestamps, UTC).
 *
 * A line: timestamp, level, the event's stable name, key=value fields. Values that hold a space, a
 * quote, an equals sign or an octet that does not print stand in quotes, escaped as in C:
 *     2026-01-02T03:04:05.678Z info zone.loaded zone=example.com. serial=7 names=12 ms=1
 */
#ifndef GLUED_CONTROL_LOG_H
#define GLUED_CONTROL_LOG_H

#include "zones/base.h"

enum log_level { LOG_LEVEL_DEBUG, LOG_LEVEL_INFO, LOG_LEVEL_WARNING, LOG_LEVEL_ERROR };

/* One row an event: identifier, name in the log, level, what it means. The name is stable. */
#define LOG_EVENTS(X) \
	X(SERVER_STARTED, "server.started", INFO, "the process began: version, configuration") \
	X(SERVER_READY, "server.ready", INFO, "all that is configured listens and answers") \
	X(SERVER_FAILED, "server.failed", ERROR, "start was given up, for the reason given") \
	X(SERVER_STOPPING, "server.stopping", INFO, "a signal or a command asked for the end") \
	X(SERVER_STOPPED, "server.stopped", INFO, "everything was given back") \
	X(CONFIG_ERROR, "config.error", ERROR, "the configuration is wrong there") \
	X(ZONE_LOADED, "zone.loaded", INFO, "a zone was read for the first time") \
	X(ZONE_MAPPED, "zone.mapped", INFO, "a zone was served from its image, its file unread") \
	X(ZONE_RELOADED, "zone.reloaded", INFO, "a newer version of a zone was published") \
	X(ZONE_FAILED, "zone.failed", ERROR, "a zone was not read; the version before serves on") \
	X(ZONE_CHANGED, "zone.changed", INFO, \
	  "change sets were applied, and their outcome published") \
	X(ZONE_COMPACTED, "zone.compacted", INFO, "what changes had left behind was given back") \
	X(ZONE_FINDING, "zone.finding", WARNING, "what reading a zone found, with its place") \
	X(ZONE_RETIRED, "zone.retired", DEBUG, "the memory of an old version was given back") \
	X(IMAGE_WRITTEN, "image.written", INFO, "a start from now on will map the zone") \
	X(IMAGE_REFUSED, "image.refused", INFO, \
	  "an image does not fit its zone file any more, or (a warning) is damaged") \
	X(IMAGE_FAILED, "image.failed", WARNING, "an image was not written; the next start reads") \
	X(PORT_STARTED, "port.started", INFO, "a DPDK device polls") \
	X(PORT_FAILED, "port.failed", ERROR, "the data plane did not start") \
	X(PORT_EXCEPTION_LOST, "port.exception-lost", ERROR, "its kernel interface was deleted") \
	X(WORKER_STARTED, "worker.started", INFO, "a core polls") \
	X(LISTEN_STARTED, "listen.started", INFO, "a kernel socket listens") \
	X(LISTEN_FAILED, "listen.failed", ERROR, "a kernel socket could not be had") \
	X(LISTEN_ERROR, "listen.error", WARNING, "a kernel socket had an error and listens on") \
	X(TCP_LIMITED, "tcp.limited", WARNING, "too few descriptors for limits.tcp-clients") \
	X(TCP_FULL, "tcp.full", WARNING, "more clients than limits.tcp-clients: idle ones closed") \
	X(CONTROL_STARTED, "control.started", INFO, "the control socket listens") \
	X(CONTROL_FAILED, "control.failed", ERROR, "the control socket could not be had") \
	X(CONTROL_COMMAND, "control.command", INFO, "a command that changes something came in") \
	X(CONTROL_REFUSED, "control.refused", WARNING, \
	  "a client of the control socket was put off") \
	X(LOG_DROPPED, "log.dropped", WARNING, "lines lost: nobody read the pipe they went to")

enum log_event {
#define LOG_EVENT_ENUM(identifier, name, level, help) EVENT_##identifier,
	LOG_EVENTS(LOG_EVENT_ENUM)
#undef LOG_EVENT_ENUM
	    LOG_EVENT_COUNT
};

enum log_field_kind { LOG_FIELD_TEXT, LOG_FIELD_NUMBER };

struct log_field {
	const char *key;
	const char *text; /* LOG_FIELD_TEXT */
	uint64_t number;  /* LOG_FIELD_NUMBER */
	enum log_field_kind kind;
};

#define LOG_TEXT(key_, text_) \
	{ \
		.key = (key_), .text = (text_), .kind = LOG_FIELD_TEXT \
	}
#define LOG_NUMBER(key_, number_) \
	{ \
		.key = (key_), .number = (uint64_t)(number_), .kind = LOG_FIELD_NUMBER \
	}

/* log_event(EVENT_ZONE_LOADED, LOG_TEXT("zone", name), LOG_NUMBER("serial", serial)); */
#define log_event(event, ...) \
	log_write(event, (const struct log_field[]){__VA_ARGS__}, \
		  sizeof((const struct log_field[]){__VA_ARGS__}) / sizeof(struct log_field))

/* Events below `level` are not written. The default is LOG_LEVEL_INFO. */
void log_set_level(enum log_level level);

void log_write(enum log_event event, const struct log_field *fields, size_t field_count);

/* As log_write(), with a level of its own: findings are errors or warnings. */
void log_write_at(enum log_level level, enum log_event event, const struct log_field *fields,
		  size_t field_count);

/* Writes what is kept and finds room by now: to be called now and then. */
void log_flush(void);

/* Between these two lines are only collected, as far as there is room: for what logs hundreds of
 * them in one turn of the loop. */
void log_hold(void);
void log_release(void);

/* The same at the end, with some patience for a reader who is slow. */
void log_finish(void);

/* The line without its timestamp, for tests and for log_write(): its length, cut to `cap`. */
size_t log_print(enum log_level level, enum log_event event, const struct log_field *fields,
		 size_t field_count, char *out, size_t cap);

#endif
