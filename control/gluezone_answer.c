/* gluezone_answer.c -- `gluezone answer`: DNS messages in hexadecimal in, answers out; and
 * `gluezone query`: one question, its answer as text. */
#include <stdio.h>
#include <stdlib.h>

#include "control/gluezone.h"
#include "control/gluezone_load.h"
#include "control/message_print.h"
#include "control/request.h"
#include "zones/dname.h"
#include "zones/rrtype.h"

/* Octets read from the line, which may end in white space; -1: no hexadecimal, or too long for a
 * message. */
static long
hex_read(const char *line, uint8_t *out)
{
	size_t len = strcspn(line, " \t\r\n");
	if (len % 2 != 0 || len / 2 > MESSAGE_LEN_MAX ||
	    line[len + strspn(line + len, " \t\r\n")] != '\0')
		return -1;
	for (size_t i = 0; i < len / 2; i++) {
		int high = hex_digit(line[2 * i]);
		int low = hex_digit(line[2 * i + 1]);
		if (high < 0 || low < 0)
			return -1;
		out[i] = (uint8_t)(high << 4 | low);
	}
	return (long)(len / 2);
}

static void
hex_print(const uint8_t *octets, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	for (size_t i = 0; i < len; i++) {
		putchar(digits[octets[i] >> 4]);
		putchar(digits[octets[i] & 15]);
	}
	putchar('\n');
}

/* Each line of standard input to a line of standard output. */
static enum gluezone_exit
answer_lines(const struct serving *serving, const struct arrival *arrival)
{
	static uint8_t message[MESSAGE_LEN_MAX + 1];
	char *line = NULL;
	size_t line_cap = 0;
	enum gluezone_exit exit_code = GLUEZONE_OK;
	for (unsigned long number = 1; getline(&line, &line_cap, stdin) >= 0; number++) {
		long len = hex_read(line, message);
		if (len < 0) {
			fprintf(stderr, "gluezone: line %lu: not a DNS message in hexadecimal\n",
				number);
			exit_code = GLUEZONE_REFUSED;
			break;
		}
		size_t response_len =
		    request_answer(serving, arrival, message, (size_t)len, MESSAGE_LEN_MAX, NULL);
		if (response_len == 0)
			puts("-");
		else
			hex_print(message, response_len);
		fflush(stdout);
	}
	free(line);
	return exit_code;
}

enum gluezone_exit
gluezone_answer(int argc, char **argv)
{
	const char **origins = calloc((size_t)argc + 1, sizeof(*origins));
	const char **paths = calloc((size_t)argc + 1, sizeof(*paths));
	struct arrival arrival = {.transport = TRANSPORT_UDP};
	size_t zone_count = 0;
	enum gluezone_exit exit_code = GLUEZONE_USAGE;
	for (int i = 0; i < argc && origins != NULL && paths != NULL; i++) {
		char *equals = strchr(argv[i], '=');
		if (strcmp(argv[i], "--tcp") == 0) {
			arrival.transport = TRANSPORT_TCP;
			continue;
		}
		if (argv[i][0] == '-' || equals == NULL)
			goto done;
		*equals = '\0';
		origins[zone_count] = argv[i];
		paths[zone_count++] = equals + 1;
	}
	if (zone_count == 0)
		goto done;

	struct loaded loaded;
	exit_code = loaded_new(origins, paths, zone_count, &loaded);
	if (exit_code == GLUEZONE_OK) {
		exit_code = answer_lines(&loaded.serving, &arrival);
		loaded_free(&loaded);
	}
done:
	free(origins);
	free(paths);
	return exit_code;
}

/* What `gluezone query` asks. */
struct question_options {
	struct arrival arrival;
	bool has_edns;
	bool has_do;
	uint16_t payload;
};

static bool
option_read(const char *text, struct question_options *options)
{
	if (strcmp(text, "+tcp") == 0) {
		options->arrival.transport = TRANSPORT_TCP;
	} else if (strcmp(text, "+noedns") == 0) {
		options->has_edns = false;
	} else if (strcmp(text, "+do") == 0 || strcmp(text, "+dnssec") == 0) {
		options->has_edns = options->has_do = true;
	} else if (strncmp(text, "+bufsize=", 9) == 0) {
		char *end;
		unsigned long payload = strtoul(text + 9, &end, 10);
		if (*end != '\0' || end == text + 9 || payload > UINT16_MAX)
			return false;
		options->has_edns = true;
		options->payload = (uint16_t)payload;
	} else {
		return false;
	}
	return true;
}

static size_t
query_write(uint8_t *message, const uint8_t *qname, uint16_t qtype,
	    const struct question_options *options)
{
	memset(message, 0, HEADER_LEN);
	be16_write(message + HEADER_QDCOUNT_OFF, 1);
	size_t qname_len = dname_len(qname);
	memcpy(message + HEADER_LEN, qname, qname_len);
	uint8_t *at = message + HEADER_LEN + qname_len;
	be16_write(at, qtype);
	be16_write(at + 2, RRCLASS_IN);
	at += QUESTION_FIXED_LEN;
	if (options->has_edns) {
		be16_write(message + HEADER_ARCOUNT_OFF, 1);
		memset(at, 0, OPT_FIXED_LEN);
		be16_write(at + 1, RRTYPE_OPT);
		be16_write(at + 3, options->payload);
		be16_write(at + 7, options->has_do ? EDNS_FLAG_DO : 0);
		at += OPT_FIXED_LEN;
	}
	return (size_t)(at - message);
}

enum gluezone_exit
gluezone_query(int argc, char **argv)
{
	static uint8_t message[MESSAGE_LEN_MAX];
	uint8_t qname[DNAME_LEN_MAX];
	const char *reason;
	if (argc < 4)
		return GLUEZONE_USAGE;
	struct question_options options = {.arrival = {.transport = TRANSPORT_UDP},
					   .has_edns = true,
					   .payload = UDP_PAYLOAD_DEFAULT};
	for (int i = 4; i < argc; i++) {
		if (!option_read(argv[i], &options))
			return GLUEZONE_USAGE;
	}
	if (dname_read(argv[2], strlen(argv[2]), NULL, qname, &reason) == 0) {
		fprintf(stderr, "gluezone: name \"%s\": %s\n", argv[2], reason);
		return GLUEZONE_USAGE;
	}
	int qtype = rrtype_read(argv[3], strlen(argv[3]));
	if (qtype < 0) {
		fprintf(stderr, "gluezone: \"%s\" is no RR type\n", argv[3]);
		return GLUEZONE_USAGE;
	}

	struct loaded loaded;
	const char *origin = argv[0];
	const char *path = argv[1];
	enum gluezone_exit exit_code = loaded_new(&origin, &path, 1, &loaded);
	if (exit_code != GLUEZONE_OK)
		return exit_code;
	size_t len = query_write(message, qname, (uint16_t)qtype, &options);
	len =
	    request_answer(&loaded.serving, &options.arrival, message, len, sizeof(message), NULL);
	loaded_free(&loaded);
	message_print(stdout, message, len);
	return GLUEZONE_OK;
}
