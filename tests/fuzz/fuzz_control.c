/* fuzz_control.c -- any octets from a client of the control socket: each line gets one reply, a
 * JSON object, in order; then the connection ends, and the next client finds the server well.
 *
 * Loop, pool, socket and zones are real. The first octet says in pieces of how many octets the rest
 * is sent (0: as a whole).
 */
#include <errno.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "control/command.h"
#include "control/log.h"
#include "control/server.h"
#include "dataplane/epoch.h"
#include "tests/fuzz/fuzz.h"
#include "zones/dnssec.h"

/* As struct config_zone has them: the apex, FILE_NAME_OWN, the file's name; no directory and no
 * ending that other files share. */
static const uint8_t signed_apex[] =
    "\7example\3com\0\0" SOURCE_ROOT "/tests/zones/signed/nsec.zone";
static const uint8_t parent_apex[] =
    "\6parent\7example\0\0" SOURCE_ROOT "/tests/zones/good/delegations.zone";

static struct server server;
static struct config_zone zones[] = {{.apex = signed_apex, .directory = "\0"},
				     {.apex = parent_apex, .directory = "\0"}};
static struct config config = {.zones = zones, .zone_count = ARRAY_LEN(zones)};
static char directory[] = "/tmp/fuzz_control.XXXXXX";
static char socket_path[64];
static struct sockaddr_un address = {.sun_family = AF_UNIX};

/* The main program's. */
void
server_stop(struct server *stopped, const char *why)
{
	close(stopped->farewell_descriptor);
	stopped->farewell_descriptor = -1;
}

void
server_reload_zones(struct server *reloaded)
{
}

static void
clean_up(void)
{
	char lock_path[80];
	snprintf(lock_path, sizeof(lock_path), "%s.lock", socket_path);
	unlink(socket_path);
	unlink(lock_path);
	rmdir(directory);
}

static void
start(void)
{
	struct error error;
	if (address.sun_path[0] != '\0')
		return;
	EXPECT(mkdtemp(directory) != NULL);
	atexit(clean_up);
	snprintf(socket_path, sizeof(socket_path), "%s/socket", directory);
	strcpy(address.sun_path, socket_path);
	setenv("UV_THREADPOOL_SIZE", "1", 1);
	log_set_level(LOG_LEVEL_ERROR);
	epoch_init();
	server = (struct server){.config = &config, .farewell_descriptor = -1};
	config.control_socket = socket_path;
	config.path = "glued.yaml";
	config.state_dir = directory;
	uv_loop_init(&server.loop);
	EXPECT(zone_table_new(&config, &server.zones) == STATUS_OK);
	EXPECT(publisher_new(&server.loop, &(struct serving){.generation = 0}, &server.publisher) ==
	       STATUS_OK);
	EXPECT(images_new(&server.loop, directory, &server.images) == STATUS_OK);
	EXPECT(reloader_new(&server.loop, server.publisher, server.images,
			    NSEC3_ITERATIONS_PROVE_MAX, &server.reloader) == STATUS_OK);
	EXPECT(zone_changer_new(&server.loop, server.publisher, NSEC3_ITERATIONS_PROVE_MAX,
				&server.changer) == STATUS_OK);
	EXPECT(publish_first(server.publisher, server.zones) == STATUS_OK);
	EXPECT(control_socket_start(&server, &server.control_socket, &error) == STATUS_OK);
	server.is_ready = true;
}

/* All that was asked for has been done. */
static bool
is_idle(void)
{
	return reloader_running_count(server.reloader) == 0 &&
	       zone_changer_active_count(server.changer) == 0;
}

/* Each input finds the zones as they are in their files. */
static void
reset_zones(void)
{
	static const struct zone_version *versions[ARRAY_LEN(zones)];
	for (size_t i = 0; i < ARRAY_LEN(zones); i++) {
		struct hosted_zone *zone = &server.zones->zones[i];
		if (zone->version != NULL && zone->version == versions[i])
			continue;
		EXPECT(reload_request(server.reloader, zone, NULL, NULL) == STATUS_OK);
		while (!is_idle())
			uv_run(&server.loop, UV_RUN_ONCE);
		EXPECT(zone->version != NULL);
		versions[i] = zone->version;
	}
}

struct client {
	int descriptor;
	const uint8_t *octets; /* to be sent */
	size_t left;
	size_t piece_len;
	bool is_ended;
	char *replies;
	size_t len;
};

/* What of the octets the socket takes; after the last, their end. */
static void
client_send(struct client *client)
{
	size_t len = client->left < client->piece_len ? client->left : client->piece_len;
	if (client->octets == NULL)
		return;
	ssize_t sent = send(client->descriptor, client->octets, len, MSG_DONTWAIT | MSG_NOSIGNAL);
	/* A client that says too much is told so, and no more is taken from it. */
	EXPECT(sent >= 0 || errno == EAGAIN || errno == EPIPE || errno == ECONNRESET);
	if (sent < 0 && errno == EAGAIN)
		return;
	client->octets += sent > 0 ? sent : 0;
	client->left -= sent > 0 ? (size_t)sent : 0;
	if (client->left > 0 && sent >= 0)
		return;
	shutdown(client->descriptor, SHUT_WR);
	client->octets = NULL;
}

/* All that is there. */
static void
client_receive(struct client *client)
{
	enum { ROOM = 65536 };
	ssize_t len;
	do {
		client->replies = realloc(client->replies, client->len + ROOM);
		EXPECT(client->replies != NULL);
		len = recv(client->descriptor, client->replies + client->len, ROOM, MSG_DONTWAIT);
		EXPECT(len >= 0 || errno == EAGAIN || errno == ECONNRESET);
		client->is_ended = len == 0 || (len < 0 && errno == ECONNRESET);
		client->len += len > 0 ? (size_t)len : 0;
	} while (len > 0);
}

/* A connection from its beginning to its end. */
static void
client_run(struct client *client)
{
	client->descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	EXPECT(connect(client->descriptor, (struct sockaddr *)&address, sizeof(address)) == 0);
	while (!client->is_ended) {
		client_send(client);
		uv_run(&server.loop, client->octets != NULL ? UV_RUN_NOWAIT : UV_RUN_ONCE);
		client_receive(client);
	}
	close(client->descriptor);
	while (!is_idle())
		uv_run(&server.loop, UV_RUN_ONCE);
}

/* Every line is a reply; returns how many there are. */
static size_t
check_replies(const struct client *client)
{
	size_t count = 0;
	const char *at = client->replies;
	const char *end = at + client->len;
	while (at < end) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		EXPECT(newline != NULL);
		json_t *reply =
		    json_loadb(at, (size_t)(newline - at), JSON_REJECT_DUPLICATES, NULL);
		EXPECT(json_is_object(reply));
		EXPECT(json_integer_value(json_object_get(reply, "version")) ==
		       CONTROL_PROTOCOL_VERSION);
		bool is_ok = json_is_true(json_object_get(reply, "ok"));
		EXPECT(is_ok == (json_object_get(reply, "error") == NULL));
		EXPECT(!is_ok || json_is_object(json_object_get(reply, "data")));
		json_decref(reply);
		at = newline + 1;
		count++;
	}
	return count;
}

static size_t
line_count(const uint8_t *octets, size_t len)
{
	size_t count = 0;
	for (size_t i = 0; i < len; i++)
		count += octets[i] == '\n';
	return count;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const char status[] = "{\"version\":1,\"command\":\"status\"}\n";
	if (len < 2 || len > CONTROL_REQUEST_MAX)
		return 0;
	start();
	reset_zones();
	struct client client = {
	    .octets = data + 1, .left = len - 1, .piece_len = data[0] > 0 ? data[0] : len};
	client_run(&client);
	EXPECT(check_replies(&client) == line_count(data + 1, len - 1));
	free(client.replies);

	struct client next = {
	    .octets = (const uint8_t *)status, .left = strlen(status), .piece_len = strlen(status)};
	client_run(&next);
	EXPECT(check_replies(&next) == 1);
	free(next.replies);
	return 0;
}
