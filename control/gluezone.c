/* gluezone.c -- main of gluezone: finds the command (the commands: gluezone_*.c). */
#include "control/gluezone.h"

#include <string.h>

#include "zones/base.h"

static const struct {
	const char *name;
	gluezone_fn run;
	const char *arguments;
	const char *help;
} commands[] = {
    {"check", gluezone_check,
     "[--verify-signatures] [--time=YYYYMMDDHHMMSS] [--nsec3-iterations=MAX] ORIGIN FILE",
     "read a zone as the server would, name each fault; verify its signatures too, or look at it "
     "as "
     "of another time"},
    {"print", gluezone_print, "ORIGIN FILE", "print a zone's records in canonical form and order"},
    {"query", gluezone_query, "ORIGIN FILE NAME TYPE [+do] [+tcp] [+noedns] [+bufsize=N]",
     "print the engine's answer to a question"},
    {"compile", gluezone_compile, "ORIGIN FILE [-o IMAGE]",
     "write the image that a server starts from (default: the zone's name with .image)"},
    {"stat", gluezone_stat, "[--json] ORIGIN FILE | IMAGE",
     "count what is in a zone, and the octets that it takes compiled"},
    {"answer", gluezone_answer, "[--tcp] ORIGIN=FILE ...",
     "answer DNS messages, one a line in hexadecimal; - is silence"},
};

static void
print_usage(FILE *out)
{
	fputs("usage: gluezone COMMAND ...\n", out);
	for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
		fprintf(out, "  gluezone %s %s\n", commands[i].name, commands[i].arguments);
		fprintf(out, "      %s\n", commands[i].help);
	}
	fputs("exit: 0 the zone loads, 1 it does not, 2 usage\n", out);
}

int
main(int argc, char **argv)
{
	if (argc == 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
		print_usage(stdout);
		return GLUEZONE_OK;
	}
	if (argc == 2 && strcmp(argv[1], "--version") == 0) {
		puts("gluezone " GLUED_VERSION);
		return GLUEZONE_OK;
	}
	for (size_t i = 0; argc > 1 && i < ARRAY_LEN(commands); i++) {
		if (strcmp(argv[1], commands[i].name) != 0)
			continue;
		enum gluezone_exit code = commands[i].run(argc - 2, argv + 2);
		if (code == GLUEZONE_USAGE)
			fprintf(stderr, "usage: gluezone %s %s\n", commands[i].name,
				commands[i].arguments);
		return code;
	}
	if (argc > 1)
		fprintf(stderr, "gluezone: unknown command '%s'\n", argv[1]);
	print_usage(stderr);
	return GLUEZONE_USAGE;
}
