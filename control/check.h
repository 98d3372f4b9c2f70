/* check.h -- what `glued --check` does: read everything, report everything, start nothing.
 *
 * Threads:   the only one.
 * Memory:    the caller owns the configuration.
 * Errors:    are the output: "FILE:LINE:COLUMN: error|warning: text", a line each.
 * Standards: none.
 */
#ifndef GLUED_CONTROL_CHECK_H
#define GLUED_CONTROL_CHECK_H

#include <stdio.h>

#include "control/config.h"

/* The configuration, or NULL with its faults written to `out`. */
struct config *check_config(const char *path, FILE *out);

/* Reads every zone and writes what was found to `out`. False if one of them could not be served. */
bool check_zones(const struct config *config, FILE *out);

#endif
