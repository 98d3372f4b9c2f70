#include "control/command.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "control/log.h"
#include "control/stats.h"

/* One request. `arguments` are strings, their number checked against the row. */
struct command {
	struct server *server;
	struct session *session;
	const json_t *arguments;
};

struct command_row {
	const char *name;
	size_t argument_min;
	size_t argument_max;
	bool is_change; /* worth a line in the log */
	void (*run)(const struct command *command);
};

static const char *
argument(const struct command *command, size_t idx)
{
	return json_string_value(json_array_get(command->arguments, idx));
}

static json_t *
acceptance(json_t *data)
{
	if (data == NULL)
		return NULL;
	return json_pack("{s:i, s:b, s:o}", "version", CONTROL_PROTOCOL_VERSION, "ok", 1, "data",
			 data);
}

json_t *
command_refusal(const char *format, ...)
{
	char text[512];
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	/* A request may quote octets cut in the middle of a character. */
	json_t *sentence = json_string(text);
	if (sentence == NULL)
		sentence = json_string("the request cannot be understood");
	return json_pack("{s:i, s:b, s:o}", "version", CONTROL_PROTOCOL_VERSION, "ok", 0, "error",
			 sentence);
}

static void
refuse_unknown_zone(const struct command *command, const char *name)
{
	session_reply(command->session, command_refusal("no zone \"%.255s\" is configured", name));
}

/* -- commands that look -------------------------------------------------------------------------
 */

static void
run_status(const struct command *command)
{
	session_reply(command->session, acceptance(stats_status(command->server)));
}

static void
run_stats(const struct command *command)
{
	session_reply(command->session, acceptance(stats_counters(command->server)));
}

static void
run_port_list(const struct command *command)
{
	session_reply(command->session, acceptance(stats_ports(command->server)));
}

/* -- replies that are lists of zones ------------------------------------------------------------
 */

/* Put together as text while the zones come in: 200,000 of them as JSON values take hundreds of
 * MiB, and to print them at once would hold up the loop for seconds. */
struct zone_reply {
	struct session *session;
	char *text; /* NULL: empty, or there was no memory */
	size_t len;
	size_t cap;
	bool is_lost;
};

/* Room for `len` octets; false for want of memory, and the reply is lost. */
static bool
zone_reply_room(struct zone_reply *reply, size_t len)
{
	if (reply->cap - reply->len >= len && reply->text != NULL)
		return true;
	size_t cap = 2 * (reply->len + len);
	char *text = reply->is_lost ? NULL : realloc(reply->text, cap);
	if (text == NULL) {
		free(reply->text);
		*reply = (struct zone_reply){.session = reply->session, .is_lost = true};
		return false;
	}
	reply->text = text;
	reply->cap = cap;
	return true;
}

static void
zone_reply_put(struct zone_reply *reply, const char *text)
{
	size_t len = strlen(text);
	if (!zone_reply_room(reply, len))
		return;
	memcpy(reply->text + reply->len, text, len);
	reply->len += len;
}

static void
zone_reply_put_json(struct zone_reply *reply, const json_t *value)
{
	char *text = value != NULL ? json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
	if (text == NULL)
		reply->is_lost = true;
	else
		zone_reply_put(reply, text);
	free(text);
}

/* The next zone; takes `object`. */
static void
zone_reply_add(struct zone_reply *reply, json_t *object)
{
	zone_reply_put(reply, reply->len == 0 ? "{\"data\":{\"zones\":[" : ",");
	zone_reply_put_json(reply, object);
	json_decref(object);
}

/* Sends it; takes `refusal`, NULL where the command was done. */
static void
zone_reply_end(struct zone_reply *reply, json_t *refusal)
{
	json_t *ok = json_true();
	json_t *version = json_integer(CONTROL_PROTOCOL_VERSION);
	zone_reply_put(reply, reply->len == 0 ? "{\"data\":{\"zones\":[]}" : "]}");
	if (refusal != NULL) {
		ok = json_object_get(refusal, "ok");
		zone_reply_put(reply, ",\"error\":");
		zone_reply_put_json(reply, json_object_get(refusal, "error"));
	}
	zone_reply_put(reply, ",\"ok\":");
	zone_reply_put_json(reply, ok);
	zone_reply_put(reply, ",\"version\":");
	zone_reply_put_json(reply, version);
	zone_reply_put(reply, "}\n");
	json_decref(version);
	json_decref(refusal);
	if (reply->is_lost) {
		free(reply->text);
		reply->text = NULL;
	}
	session_reply_text(reply->session, reply->text, reply->len);
}

/* -- zone list ----------------------------------------------------------------------------------
 */

/* A list under way: some zones in each turn of the loop. */
struct zone_listing {
	uv_idle_t turn;
	const struct zone_table *table;
	size_t next_idx;
	struct zone_reply reply;
};

static void
on_listing_closed(uv_handle_t *handle)
{
	free(handle->data);
}

static void
zone_listing_go_on(uv_idle_t *turn)
{
	enum { ZONES_PER_TURN = 512 };
	struct zone_listing *listing = turn->data;
	const struct zone_table *table = listing->table;
	for (size_t i = 0; i < ZONES_PER_TURN && listing->next_idx < table->count; i++)
		zone_reply_add(&listing->reply,
			       stats_zone(&table->zones[listing->next_idx++], false));
	if (listing->next_idx < table->count)
		return;
	zone_reply_end(&listing->reply, NULL);
	uv_close((uv_handle_t *)turn, on_listing_closed);
}

static void
run_zone_list(const struct command *command)
{
	struct zone_listing *listing = calloc(1, sizeof(*listing));
	if (listing == NULL) {
		session_reply(command->session, NULL);
		return;
	}
	listing->table = command->server->zones;
	listing->reply.session = command->session;
	uv_idle_init(&command->server->loop, &listing->turn);
	listing->turn.data = listing;
	uv_idle_start(&listing->turn, zone_listing_go_on);
}

static void
run_zone_status(const struct command *command)
{
	const struct hosted_zone *zone =
	    zone_table_find(command->server->zones, argument(command, 0));
	if (zone == NULL)
		refuse_unknown_zone(command, argument(command, 0));
	else
		session_reply(command->session, acceptance(stats_zone(zone, true)));
}

/* -- zone reload --------------------------------------------------------------------------------
 */

/* Replies when the last of its zones is done. */
struct zone_reload {
	struct zone_reply reply; /* a result each */
	size_t total;
	size_t left;
	size_t failed;
};

static void
zone_reload_end(struct zone_reload *reload)
{
	json_t *refusal = reload->failed == 0
			      ? NULL
			      : command_refusal("%zu of %zu zone%s not reloaded", reload->failed,
						reload->total, reload->total == 1 ? "" : "s");
	zone_reply_end(&reload->reply, refusal);
	free(reload);
}

static void
zone_reload_note(struct zone_reload *reload, const struct reload_result *result)
{
	json_t *object = stats_zone(result->zone, true);
	json_object_set_new(object, "reloaded", json_boolean(result->is_published));
	json_object_set_new(object, "ms", json_integer((json_int_t)result->duration_ms));
	if (!result->is_published) {
		reload->failed++;
		json_object_set_new(object, "reason", json_string(result->reason));
	}
	zone_reply_add(&reload->reply, object);
}

static void
on_zone_reloaded(void *context, const struct reload_result *result)
{
	struct zone_reload *reload = context;
	zone_reload_note(reload, result);
	if (--reload->left == 0)
		zone_reload_end(reload);
}

static void
zone_reload_add(struct zone_reload *reload, struct server *server, struct hosted_zone *zone)
{
	reload->total++;
	reload->left++;
	if (reload_request(server->reloader, zone, on_zone_reloaded, reload) == STATUS_OK)
		return;
	reload->left--;
	zone_reload_note(reload, &(struct reload_result){.zone = zone, .reason = "out of memory"});
}

/* Nothing is begun if one of the names is wrong. */
static bool
has_unknown_zone(const struct command *command)
{
	for (size_t i = 0; i < json_array_size(command->arguments); i++) {
		if (zone_table_find(command->server->zones, argument(command, i)) == NULL) {
			refuse_unknown_zone(command, argument(command, i));
			return true;
		}
	}
	return false;
}

static void
run_zone_reload(const struct command *command)
{
	struct server *server = command->server;
	size_t name_count = json_array_size(command->arguments);
	if (has_unknown_zone(command))
		return;
	struct zone_reload *reload = calloc(1, sizeof(*reload));
	if (reload == NULL) {
		session_reply(command->session, NULL);
		return;
	}
	reload->reply.session = command->session;
	/* Results come from the event loop, never from within reload_request(). */
	for (size_t i = 0; i < name_count; i++)
		zone_reload_add(reload, server,
				zone_table_find(server->zones, argument(command, i)));
	for (size_t i = 0; name_count == 0 && i < server->zones->count; i++)
		zone_reload_add(reload, server, &server->zones->zones[i]);
	if (reload->left == 0)
		zone_reload_end(reload);
}

/* -- zone change --------------------------------------------------------------------------------
 */

static void
on_zone_changed(void *context, const struct change_result *result)
{
	struct session *session = context;
	if (result->reason != NULL) {
		session_reply(session, command_refusal("%s", result->reason));
		return;
	}
	json_t *object = stats_zone(result->zone, false);
	json_object_set_new(object, "repeated",
			    json_integer((json_int_t)result->report.repeated_count));
	json_object_set_new(object, "absent",
			    json_integer((json_int_t)result->report.absent_count));
	session_reply(session, acceptance(object));
}

static void
run_zone_change(const struct command *command)
{
	struct hosted_zone *zone = zone_table_find(command->server->zones, argument(command, 0));
	const char *text = argument(command, 1);
	struct change_set *set;
	struct error error;
	if (zone == NULL) {
		refuse_unknown_zone(command, argument(command, 0));
		return;
	}
	enum status status = change_set_read(zone->config.apex, text, strlen(text), &set, &error);
	if (status == STATUS_OK)
		status = zone_change_request(command->server->changer, zone, set, on_zone_changed,
					     command->session, &error);
	if (status != STATUS_OK)
		session_reply(command->session, command_refusal("%s", error.text));
}

/* -- stop ---------------------------------------------------------------------------------------
 */

/* The reply comes first; the connection outlives its session, so that its end tells the client that
 * everything has been given back. */
static void
run_stop(const struct command *command)
{
	struct server *server = command->server;
	if (server->farewell_descriptor < 0)
		server->farewell_descriptor = session_keep_open(command->session);
	session_reply(command->session, acceptance(json_pack("{s:s}", "state", "stopping")));
	server_stop(server, "command");
}

/* -- requests -----------------------------------------------------------------------------------
 */

static const struct command_row rows[] = {
    {"status", 0, 0, false, run_status},
    {"stats", 0, 0, false, run_stats},
    {"port list", 0, 0, false, run_port_list},
    {"zone list", 0, 0, false, run_zone_list},
    {"zone status", 1, 1, false, run_zone_status},
    {"zone reload", 0, SIZE_MAX, true, run_zone_reload},
    {"zone change", 2, 2, true, run_zone_change},
    {"stop", 0, 0, true, run_stop},
};

static const struct command_row *
find_row(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (strcmp(rows[i].name, name) == 0)
			return &rows[i];
	}
	return NULL;
}

static bool
are_strings(const json_t *arguments)
{
	for (size_t i = 0; i < json_array_size(arguments); i++) {
		if (!json_is_string(json_array_get(arguments, i)))
			return false;
	}
	return true;
}

/* NULL, or why this is no request that we can carry out. */
static json_t *
check_request(const json_t *request, const json_t *arguments, const struct command_row **row)
{
	const char *name = json_string_value(json_object_get(request, "command"));
	json_int_t version = json_integer_value(json_object_get(request, "version"));
	if (!json_is_object(request))
		return command_refusal("a request is a JSON object");
	if (version != CONTROL_PROTOCOL_VERSION)
		return command_refusal("the protocol's \"version\" here is %d",
				       CONTROL_PROTOCOL_VERSION);
	if (name == NULL)
		return command_refusal("a request has a \"command\", a string");
	*row = find_row(name);
	if (*row == NULL)
		return command_refusal("unknown command \"%.64s\"", name);
	if (arguments != NULL && (!json_is_array(arguments) || !are_strings(arguments)))
		return command_refusal("\"arguments\" is a list of strings");
	size_t count = json_array_size(arguments);
	if (count < (*row)->argument_min || count > (*row)->argument_max)
		return command_refusal("\"%s\" takes %zu argument%s, not %zu", name,
				       (*row)->argument_min, (*row)->argument_min == 1 ? "" : "s",
				       count);
	return NULL;
}

void
command_run(struct server *server, struct session *session, const char *line, size_t len)
{
	json_error_t error;
	json_t *request = json_loadb(line, len, JSON_REJECT_DUPLICATES, &error);
	if (request == NULL) {
		session_reply(session, command_refusal("not JSON: %s", error.text));
		return;
	}
	const struct command_row *row = NULL;
	const json_t *arguments = json_object_get(request, "arguments");
	json_t *refusal = check_request(request, arguments, &row);
	if (refusal != NULL) {
		session_reply(session, refusal);
	} else {
		if (row->is_change)
			log_event(EVENT_CONTROL_COMMAND, LOG_TEXT("command", row->name),
				  LOG_NUMBER("arguments", json_array_size(arguments)));
		const struct command command = {server, session, arguments};
		row->run(&command);
	}
	json_decref(request);
}
