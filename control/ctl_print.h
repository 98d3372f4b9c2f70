/* ctl_print.h -- gluectl's replies for people: aligned, and without what says nothing.
 *
 * Threads:   the only one.
 * Memory:    allocates nothing.
 * Errors:    members that are missing print as "-".
 * Standards: docs/control-protocol.md names the members.
 */
#ifndef GLUED_CONTROL_CTL_PRINT_H
#define GLUED_CONTROL_CTL_PRINT_H

#include <jansson.h>

/* Each prints the data of one command's reply on standard output. */
void ctl_print_status(const json_t *data);
void ctl_print_stats(const json_t *data);
void ctl_print_ports(const json_t *data);
void ctl_print_zones(const json_t *data);
void ctl_print_zone(const json_t *data);
void ctl_print_reload(const json_t *data);
void ctl_print_change(const json_t *data);
void ctl_print_nothing(const json_t *data);

#endif
