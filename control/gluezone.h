/* gluezone.h -- the commands of gluezone, the tool that looks at zones without a server.
 *
 * Threads:   one.
 * Memory:    each command gives back what it took.
 * Errors:    exit codes: enum gluezone_exit. What is wrong goes to standard error, but the findings
 *            of `check` are its result and go to standard output.
 * Standards: none.
 */
#ifndef GLUED_CONTROL_GLUEZONE_H
#define GLUED_CONTROL_GLUEZONE_H

#include <stdio.h>

#include "zones/zone.h"

enum gluezone_exit { GLUEZONE_OK = 0, GLUEZONE_REFUSED = 1, GLUEZONE_USAGE = 2 };

/* A command gets the arguments behind its name. GLUEZONE_USAGE makes main print the usage. */
typedef enum gluezone_exit (*gluezone_fn)(int argc, char **argv);

enum gluezone_exit gluezone_check(int argc, char **argv);
enum gluezone_exit gluezone_print(int argc, char **argv);
enum gluezone_exit gluezone_query(int argc, char **argv);
enum gluezone_exit gluezone_answer(int argc, char **argv);
enum gluezone_exit gluezone_compile(int argc, char **argv);
enum gluezone_exit gluezone_stat(int argc, char **argv);

/* Reads the zone `origin` (presentation form) from `path`, and prints the findings to `out`.
 * GLUEZONE_OK: *zone is the caller's. */
NODISCARD enum gluezone_exit gluezone_read(const char *origin, const char *path, FILE *out,
					   struct zone **zone);

/* Reads and checks as the server does, prints the findings to standard error, and leaves them to
 * the caller, who has initialized them. */
NODISCARD enum gluezone_exit gluezone_read_as_server(const char *origin, const char *path,
						     struct zone **zone, struct findings *findings);

/* `code`, unless output was lost: a full disk, a closed pipe. */
NODISCARD enum gluezone_exit gluezone_finish_output(enum gluezone_exit code);

#endif
