/* ctl.c -- gluectl: sends one command to a running glued and prints what comes back. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <jansson.h>

#include "control/ctl_print.h"
#include "zones/base.h"

#define SOCKET_DEFAULT "/run/glued/control.sock"

enum { PROTOCOL_VERSION = 1 };

/* As the server: CONTROL_REQUEST_MAX. */
enum { REQUEST_MAX = 64 * 1024 };

enum { EXIT_REFUSED = 1, EXIT_USAGE = 2, EXIT_NO_SERVER = 3 };

static const struct {
	const char *name;
	const char *arguments;
	const char *help;
	size_t argument_min;
	size_t argument_max;
	void (*print)(const json_t *data);
	bool has_input; /* standard input is one more argument */
} commands[] = {
    {"status", "", "how the server is doing", 0, 0, ctl_print_status, false},
    {"stats", "", "how every message ended, counted", 0, 0, ctl_print_stats, false},
    {"port list", "", "the DPDK devices, and what they do for us", 0, 0, ctl_print_ports, false},
    {"zone list", "", "all zones", 0, 0, ctl_print_zones, false},
    {"zone status", "NAME", "one zone, with what reading it found", 1, 1, ctl_print_zone, false},
    {"zone reload", "[NAME...]", "read these zones again, or all; done when they serve", 0,
     SIZE_MAX, ctl_print_reload, false},
    {"zone change", "NAME", "change what is served of a zone, not its file: see below", 1, 1,
     ctl_print_change, true},
    {"stop", "", "stop the server; done when it has gone", 0, 0, ctl_print_nothing, false},
};

static void
print_help(FILE *out)
{
	fputs("usage: gluectl [-s SOCKET] [--json] COMMAND\n\n", out);
	for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
		char head[64];
		snprintf(head, sizeof(head), "%s %s", commands[i].name, commands[i].arguments);
		fprintf(out, "  %-24s %s\n", head, commands[i].help);
	}
	fputs(
	    "\n"
	    "  -s, --socket SOCKET  the server's control socket (" SOCKET_DEFAULT ")\n"
	    "  -j, --json           print the reply's data as JSON\n"
	    "  -V, --version        print the version\n"
	    "  -h, --help           print this\n"
	    "\n"
	    "zone change reads its changes from standard input, one a line, written as in a zone\n"
	    "file, and applies all of them or none:\n"
	    "  add NAME TTL TYPE RDATA...\n"
	    "  delete NAME [TYPE [RDATA...]]\n"
	    "The SOA's serial goes up by one unless the changes are of the SOA too. The zone file\n"
	    "stays as it is: the next reload, or start, serves the file again.\n"
	    "\n"
	    "exit status: 0 done, 1 refused, 2 usage, 3 no server\n",
	    out);
}

/* -- the command line ---------------------------------------------------------------------------
 */

struct arguments {
	const char *socket_path;
	bool is_json;
	size_t command_idx;
	char **names; /* the command's arguments */
	size_t name_count;
};

/* The command that the words begin with, and how many words it has; 0: none. */
static size_t
match_command(char **words, size_t word_count, size_t *command_idx)
{
	for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
		const char *name = commands[i].name;
		const char *space = strchr(name, ' ');
		size_t first_len = space != NULL ? (size_t)(space - name) : strlen(name);
		if (strlen(words[0]) != first_len || strncmp(words[0], name, first_len) != 0)
			continue;
		*command_idx = i;
		if (space == NULL)
			return 1;
		if (word_count > 1 && strcmp(words[1], space + 1) == 0)
			return 2;
	}
	return 0;
}

static bool
read_command(char **words, size_t word_count, struct arguments *arguments)
{
	if (word_count == 0) {
		fprintf(stderr, "gluectl: no command\n");
		return false;
	}
	size_t used = match_command(words, word_count, &arguments->command_idx);
	if (used == 0) {
		fprintf(stderr, "gluectl: unknown command \"%s%s%s\"\n", words[0],
			word_count > 1 ? " " : "", word_count > 1 ? words[1] : "");
		return false;
	}
	arguments->names = words + used;
	arguments->name_count = word_count - used;
	if (arguments->name_count >= commands[arguments->command_idx].argument_min &&
	    arguments->name_count <= commands[arguments->command_idx].argument_max)
		return true;
	fprintf(stderr, "gluectl: usage: gluectl %s %s\n", commands[arguments->command_idx].name,
		commands[arguments->command_idx].arguments);
	return false;
}

/* False: *exit_code is the answer already. */
static bool
read_arguments(int argc, char **argv, struct arguments *arguments, int *exit_code)
{
	static const struct option options[] = {{"socket", required_argument, NULL, 's'},
						{"json", no_argument, NULL, 'j'},
						{"version", no_argument, NULL, 'V'},
						{"help", no_argument, NULL, 'h'},
						{0}};
	int option;
	*exit_code = EXIT_SUCCESS;
	while ((option = getopt_long(argc, argv, "s:jhV", options, NULL)) != -1) {
		switch (option) {
		case 's':
			arguments->socket_path = optarg;
			break;
		case 'j':
			arguments->is_json = true;
			break;
		case 'V':
			puts("gluectl " GLUED_VERSION);
			return false;
		case 'h':
			print_help(stdout);
			return false;
		default:
			print_help(stderr);
			*exit_code = EXIT_USAGE;
			return false;
		}
	}
	if (read_command(argv + optind, (size_t)(argc - optind), arguments))
		return true;
	if (optind == argc)
		print_help(stderr);
	*exit_code = EXIT_USAGE;
	return false;
}

/* -- the conversation ---------------------------------------------------------------------------
 */

/* -1, with the reason printed. */
static int
connect_to_server(const char *path)
{
	struct sockaddr_un where = {.sun_family = AF_UNIX};
	if (strlen(path) >= sizeof(where.sun_path)) {
		fprintf(stderr, "gluectl: the socket's path is too long: %s\n", path);
		return -1;
	}
	memcpy(where.sun_path, path, strlen(path) + 1);
	int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (descriptor >= 0 &&
	    connect(descriptor, (const struct sockaddr *)&where, sizeof(where)) == 0)
		return descriptor;
	fprintf(stderr, "gluectl: no server on %s: %s\n", path, strerror(errno));
	if (descriptor >= 0)
		close(descriptor);
	return -1;
}

static bool
send_all(int descriptor, const char *text, size_t len)
{
	while (len > 0) {
		ssize_t sent = send(descriptor, text, len, MSG_NOSIGNAL);
		if (sent < 0 && errno == EINTR)
			continue;
		if (sent <= 0)
			return false;
		text += sent;
		len -= (size_t)sent;
	}
	return true;
}

/* Standard input as one string, or NULL with the reason printed. */
static json_t *
read_input(void)
{
	char text[REQUEST_MAX];
	size_t len = fread(text, 1, sizeof(text), stdin);
	if (ferror(stdin)) {
		fprintf(stderr, "gluectl: standard input: %s\n", strerror(errno));
		return NULL;
	}
	if (len == sizeof(text)) {
		fprintf(stderr, "gluectl: more changes than a request holds (%d octets)\n",
			REQUEST_MAX);
		return NULL;
	}
	json_t *input = memchr(text, '\0', len) == NULL ? json_stringn(text, len) : NULL;
	if (input == NULL)
		fputs("gluectl: standard input is not UTF-8 text; write other octets as \\DDD\n",
		      stderr);
	return input;
}

/* The line to send, or NULL with the reason printed. JSON is UTF-8, and a name that cannot be said
 * in it must not be left out: a reload of no zone in particular is one of all. */
static char *
print_request(const struct arguments *arguments, int *exit_code)
{
	json_t *names = json_array();
	bool is_complete = names != NULL;
	*exit_code = EXIT_REFUSED;
	for (size_t i = 0; is_complete && i < arguments->name_count; i++) {
		if (json_array_append_new(names, json_string(arguments->names[i])) == 0)
			continue;
		fprintf(stderr,
			"gluectl: argument %zu is not UTF-8; write names in ASCII, other "
			"octets as \\DDD\n",
			i + 1);
		*exit_code = EXIT_USAGE;
		is_complete = false;
	}
	if (is_complete && commands[arguments->command_idx].has_input) {
		is_complete = json_array_append_new(names, read_input()) == 0;
		if (!is_complete)
			*exit_code = EXIT_USAGE;
	}
	json_t *request = json_pack("{s:i, s:s, s:o}", "version", PROTOCOL_VERSION, "command",
				    commands[arguments->command_idx].name, "arguments", names);
	char *text = is_complete && request != NULL ? json_dumps(request, JSON_COMPACT) : NULL;
	if (text == NULL && *exit_code != EXIT_USAGE)
		fputs("gluectl: out of memory\n", stderr);
	json_decref(request);
	return text;
}

/* Whether or not all of it could be sent, the server may have said something: why it puts a client
 * off it says before it has read a word. */
static void
send_request(int descriptor, const char *text)
{
	if (send_all(descriptor, text, strlen(text)))
		(void)send_all(descriptor, "\n", 1);
}

/* The line that the server sends, or NULL. */
static json_t *
receive_reply(int descriptor)
{
	FILE *stream = fdopen(dup(descriptor), "r");
	char *line = NULL;
	size_t line_cap = 0;
	json_t *reply = NULL;
	if (stream == NULL)
		return NULL;
	ssize_t len = getline(&line, &line_cap, stream);
	if (len > 0)
		reply = json_loadb(line, (size_t)len, 0, NULL);
	free(line);
	fclose(stream);
	if (json_integer_value(json_object_get(reply, "version")) == PROTOCOL_VERSION)
		return reply;
	json_decref(reply);
	return NULL;
}

/* The server ends the connection when it has given everything back. */
static void
wait_for_end(int descriptor)
{
	char octet;
	shutdown(descriptor, SHUT_WR);
	while (read(descriptor, &octet, 1) > 0 || errno == EINTR)
		errno = 0;
}

static void
print_data(const struct arguments *arguments, const json_t *data)
{
	if (data == NULL)
		return;
	if (arguments->is_json) {
		json_dumpf(data, stdout, JSON_INDENT(2) | JSON_ENCODE_ANY);
		putchar('\n');
	} else {
		commands[arguments->command_idx].print(data);
	}
}

static int
print_reply(const struct arguments *arguments, const json_t *reply)
{
	print_data(arguments, json_object_get(reply, "data"));
	if (json_is_true(json_object_get(reply, "ok")))
		return EXIT_SUCCESS;
	const char *reason = json_string_value(json_object_get(reply, "error"));
	fflush(stdout);
	fprintf(stderr, "gluectl: %s\n", reason != NULL ? reason : "refused without a reason");
	return EXIT_REFUSED;
}

/* Output that was lost is a failure: a full disk, a closed pipe. */
static int
finish_output(int exit_code)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return exit_code;
	fprintf(stderr, "gluectl: cannot write: %s\n", strerror(errno));
	return exit_code == EXIT_SUCCESS ? EXIT_REFUSED : exit_code;
}

static int
converse(const struct arguments *arguments, const char *request)
{
	int descriptor = connect_to_server(arguments->socket_path);
	if (descriptor < 0)
		return EXIT_NO_SERVER;
	int exit_code = EXIT_NO_SERVER;
	send_request(descriptor, request);
	json_t *reply = receive_reply(descriptor);
	if (reply == NULL) {
		fprintf(stderr, "gluectl: the server on %s went away without a reply\n",
			arguments->socket_path);
	} else {
		exit_code = print_reply(arguments, reply);
		if (exit_code == EXIT_SUCCESS &&
		    strcmp(commands[arguments->command_idx].name, "stop") == 0)
			wait_for_end(descriptor);
	}
	json_decref(reply);
	close(descriptor);
	return exit_code;
}

int
main(int argc, char **argv)
{
	struct arguments arguments = {.socket_path = SOCKET_DEFAULT};
	int exit_code;
	if (!read_arguments(argc, argv, &arguments, &exit_code))
		return finish_output(exit_code);
	char *request = print_request(&arguments, &exit_code);
	if (request == NULL)
		return exit_code;
	exit_code = converse(&arguments, request);
	free(request);
	return finish_output(exit_code);
}
