/* config_tree.h -- a YAML text as a tree that remembers where each value stands, and its comparison
 * with a libcyaml schema.
 *
 * libcyaml stops at the first mistake and says where only in prose. So the schema is held against
 * libyaml's document first, which finds every mistake of form with its place; libcyaml then fills
 * the structures from a text of which nothing is left to complain.
 *
 * Threads:   one tree, one thread.
 * Memory:    the tree owns its nodes until config_tree_fini(); it does not keep the text.
 * Errors:    go to the caller's struct config_faults.
 * Standards: YAML 1.1.
 */
#ifndef GLUED_CONTROL_CONFIG_TREE_H
#define GLUED_CONTROL_CONFIG_TREE_H

#include <cyaml/cyaml.h>
#include <yaml.h>

#include "control/config.h"

struct config_tree {
	yaml_document_t document;
	yaml_node_t *root; /* NULL: nothing was read, and config_tree_fini() has nothing to do */
	struct config_faults *faults;
};

/* False with a fault if the text is not one YAML document. */
bool config_tree_init(struct config_tree *tree, const char *text, size_t len,
		      struct config_faults *faults);
void config_tree_fini(struct config_tree *tree);

/* Adds a fault for each place where the tree is not what the schema wants: unknown, missing and
 * repeated keys, a scalar for a list, a word for a number. */
void config_tree_check(struct config_tree *tree, const cyaml_schema_value_t *schema);

/* The value of a key, or the item of a list; NULL if there is none. `node` may be NULL. */
yaml_node_t *config_tree_key(struct config_tree *tree, yaml_node_t *node, const char *key);
yaml_node_t *config_tree_item(struct config_tree *tree, yaml_node_t *node, size_t idx);

void config_tree_fault(struct config_tree *tree, const yaml_node_t *node, const char *format, ...)
    PRINTF_LIKE(3, 4);

void config_fault_add(struct config_faults *faults, unsigned line, unsigned column,
		      const char *format, ...) PRINTF_LIKE(4, 5);

#endif
