/* config_zone_list.h -- the list of zones, where it is written the plain way: two lines a zone.
 *
 * A hosting provider's configuration is a list of zones with a few lines around it, written by a
 * program. libyaml takes seconds and hundreds of MiB to make a tree of 200,000 zones; the same
 * lines can be gone through in tens of milliseconds. So what is plain of the list is read here and
 * the rest of the configuration by libyaml. What counts as plain is narrow enough that both read
 * the same: where in doubt it is libyaml's.
 *
 * Threads:   one call runs on one thread.
 * Memory:    allocates nothing but the text of zone_list_rest(); items point into the caller's
 *            text.
 * Errors:    none: a list that is not plain is an empty one.
 * Standards: YAML 1.1, a small part of it.
 */
#ifndef GLUED_CONTROL_CONFIG_ZONE_LIST_H
#define GLUED_CONTROL_CONFIG_ZONE_LIST_H

#include "zones/base.h"

/* The plain items of the list that follow its first one, which remains libyaml's and shows where
 * and how the list stands. */
struct zone_list {
	const char *begin; /* of a line */
	const char *end;   /* of the last line */
	unsigned line;     /* of `begin`, from 1 */
	unsigned key_line; /* of "zones:" */
	unsigned indent;   /* of the items' dashes */
	size_t count;
};

/* A value: where it begins, quotes included, and its octets, without them. */
struct zone_list_value {
	const char *text;
	size_t len;
	unsigned line; /* both from 1 */
	unsigned column;
};

struct zone_list_item {
	struct zone_list_value name;
	struct zone_list_value file;
};

struct zone_list zone_list_find(const char *text, size_t len);

/* The items in turn; false after the last. `at` begins as the list. */
bool zone_list_next(struct zone_list *at, struct zone_list_item *out);

/* The text without the items, but with as many lines; NULL for want of memory. The caller frees. */
char *zone_list_rest(const struct zone_list *list, const char *text, size_t len, size_t *rest_len);

#endif
