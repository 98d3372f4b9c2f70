#include "control/config_tree.h"

#include <stdarg.h>
#include <stdio.h>

static void
fault_add_list(struct config_faults *faults, unsigned line, unsigned column, const char *format,
	       va_list arguments)
{
	faults->found++;
	if (faults->count == CONFIG_FAULTS_MAX)
		return;
	struct config_fault *fault = &faults->entries[faults->count++];
	fault->line = line;
	fault->column = column;
	vsnprintf(fault->text, sizeof(fault->text), format, arguments);
}

void
config_fault_add(struct config_faults *faults, unsigned line, unsigned column, const char *format,
		 ...)
{
	va_list arguments;
	va_start(arguments, format);
	fault_add_list(faults, line, column, format, arguments);
	va_end(arguments);
}

void
config_tree_fault(struct config_tree *tree, const yaml_node_t *node, const char *format, ...)
{
	unsigned line = node != NULL ? (unsigned)node->start_mark.line + 1 : 1;
	unsigned column = node != NULL ? (unsigned)node->start_mark.column + 1 : 1;
	va_list arguments;
	va_start(arguments, format);
	fault_add_list(tree->faults, line, column, format, arguments);
	va_end(arguments);
}

/* The reader's faults (octets that are not UTF-8) come with an offset instead of a mark. */
static void
add_reader_fault(const yaml_parser_t *parser, const char *text, size_t len,
		 struct config_faults *faults)
{
	unsigned line = 1;
	unsigned column = 1;
	for (size_t i = 0; i < parser->problem_offset && i < len; i++) {
		column++;
		if (text[i] == '\n') {
			line++;
			column = 1;
		}
	}
	config_fault_add(faults, line, column, "%s", parser->problem);
}

static void
add_parser_fault(const yaml_parser_t *parser, const char *text, size_t len,
		 struct config_faults *faults)
{
	if (parser->error == YAML_READER_ERROR && parser->problem != NULL) {
		add_reader_fault(parser, text, len, faults);
		return;
	}
	const char *problem = parser->problem != NULL ? parser->problem : "out of memory";
	size_t offset = parser->problem_mark.index;
	/* libyaml's sentence, "character that cannot start any token", leaves people wondering. */
	bool is_tab = parser->error == YAML_SCANNER_ERROR && offset < len && text[offset] == '\t';
	config_fault_add(faults, (unsigned)parser->problem_mark.line + 1,
			 (unsigned)parser->problem_mark.column + 1, "%s%s%s%s",
			 parser->context != NULL ? parser->context : "",
			 parser->context != NULL ? ": " : "", problem,
			 is_tab ? " (a tab: YAML indents with spaces only)" : "");
}

/* A second document would be read by nobody: better to say so than to ignore it. */
static void
check_single(yaml_parser_t *parser, const char *text, size_t len, struct config_faults *faults)
{
	yaml_document_t second;
	if (!yaml_parser_load(parser, &second)) {
		add_parser_fault(parser, text, len, faults);
		return;
	}
	yaml_node_t *root = yaml_document_get_root_node(&second);
	if (root != NULL)
		config_fault_add(faults, (unsigned)root->start_mark.line + 1, 1,
				 "a second YAML document; one is asked for");
	yaml_document_delete(&second);
}

bool
config_tree_init(struct config_tree *tree, const char *text, size_t len,
		 struct config_faults *faults)
{
	*tree = (struct config_tree){.faults = faults};
	size_t found_before = faults->found;
	yaml_parser_t parser;
	if (!yaml_parser_initialize(&parser)) {
		config_fault_add(faults, 0, 0, "out of memory");
		return false;
	}
	yaml_parser_set_input_string(&parser, (const unsigned char *)text, len);
	if (!yaml_parser_load(&parser, &tree->document)) {
		add_parser_fault(&parser, text, len, faults);
		goto delete_parser;
	}
	tree->root = yaml_document_get_root_node(&tree->document);
	if (tree->root == NULL) {
		config_fault_add(faults, 1, 1, "the file is empty; a mapping is asked for");
		yaml_document_delete(&tree->document);
		goto delete_parser;
	}
	check_single(&parser, text, len, faults);
delete_parser:
	yaml_parser_delete(&parser);
	return faults->found == found_before;
}

void
config_tree_fini(struct config_tree *tree)
{
	if (tree->root != NULL)
		yaml_document_delete(&tree->document);
	tree->root = NULL;
}

static const char *
scalar_text(const yaml_node_t *node)
{
	return (const char *)node->data.scalar.value;
}

yaml_node_t *
config_tree_key(struct config_tree *tree, yaml_node_t *node, const char *key)
{
	if (node == NULL || node->type != YAML_MAPPING_NODE)
		return NULL;
	for (yaml_node_pair_t *pair = node->data.mapping.pairs.start;
	     pair < node->data.mapping.pairs.top; pair++) {
		yaml_node_t *name = yaml_document_get_node(&tree->document, pair->key);
		if (name->type == YAML_SCALAR_NODE && strcmp(scalar_text(name), key) == 0)
			return yaml_document_get_node(&tree->document, pair->value);
	}
	return NULL;
}

yaml_node_t *
config_tree_item(struct config_tree *tree, yaml_node_t *node, size_t idx)
{
	if (node == NULL || node->type != YAML_SEQUENCE_NODE)
		return NULL;
	yaml_node_item_t *start = node->data.sequence.items.start;
	if (idx >= (size_t)(node->data.sequence.items.top - start))
		return NULL;
	return yaml_document_get_node(&tree->document, start[idx]);
}

static void check_value(struct config_tree *tree, const cyaml_schema_value_t *schema,
			yaml_node_t *node, const char *what);

static const cyaml_schema_field_t *
field_find(const cyaml_schema_field_t *fields, const char *key)
{
	for (const cyaml_schema_field_t *field = fields; field->key != NULL; field++) {
		if (strcmp(field->key, key) == 0)
			return field;
	}
	return NULL;
}

static void
check_pair(struct config_tree *tree, const cyaml_schema_field_t *fields, yaml_node_t *mapping,
	   const yaml_node_pair_t *pair)
{
	yaml_node_t *name = yaml_document_get_node(&tree->document, pair->key);
	if (name->type != YAML_SCALAR_NODE) {
		config_tree_fault(tree, name, "a key must be a word");
		return;
	}
	const char *key = scalar_text(name);
	const cyaml_schema_field_t *field = field_find(fields, key);
	yaml_node_t *value = yaml_document_get_node(&tree->document, pair->value);
	if (field == NULL)
		config_tree_fault(tree, name, "unknown key \"%.64s\"", key);
	else if (config_tree_key(tree, mapping, key) != value)
		config_tree_fault(tree, name, "key \"%s\" is given twice", key);
	else
		check_value(tree, &field->value, value, key);
}

static void
check_mapping(struct config_tree *tree, const cyaml_schema_value_t *schema, yaml_node_t *node,
	      const char *what)
{
	const cyaml_schema_field_t *fields = schema->mapping.fields;
	for (yaml_node_pair_t *pair = node->data.mapping.pairs.start;
	     pair < node->data.mapping.pairs.top; pair++)
		check_pair(tree, fields, node, pair);
	for (const cyaml_schema_field_t *field = fields; field->key != NULL; field++) {
		if ((field->value.flags & CYAML_FLAG_OPTIONAL) == 0 &&
		    config_tree_key(tree, node, field->key) == NULL)
			config_tree_fault(tree, node, "\"%s\" lacks the key \"%s\"", what,
					  field->key);
	}
}

static void
check_sequence(struct config_tree *tree, const cyaml_schema_value_t *schema, yaml_node_t *node,
	       const char *what)
{
	yaml_node_item_t *start = node->data.sequence.items.start;
	size_t count = (size_t)(node->data.sequence.items.top - start);
	if (count < schema->sequence.min)
		config_tree_fault(tree, node, "\"%s\" is an empty list", what);
	if (count > schema->sequence.max)
		config_tree_fault(tree, node, "\"%s\" has %zu items; at most %u are possible", what,
				  count, schema->sequence.max);
	for (size_t i = 0; i < count; i++)
		check_value(tree, schema->sequence.entry,
			    yaml_document_get_node(&tree->document, start[i]), what);
}

/* Decimal only: YAML 1.1 would read 010 as eight. */
static bool
is_decimal(const char *text)
{
	size_t len = strlen(text);
	return len > 0 && len <= 9 && strspn(text, "0123456789") == len &&
	       (text[0] != '0' || len == 1);
}

static bool
is_one_of(const char *text, const cyaml_schema_value_t *schema)
{
	for (uint32_t i = 0; i < schema->enumeration.count; i++) {
		if (strcmp(schema->enumeration.strings[i].str, text) == 0)
			return true;
	}
	return false;
}

static void
add_enum_fault(struct config_tree *tree, const cyaml_schema_value_t *schema, yaml_node_t *node,
	       const char *what)
{
	char words[128] = "";
	size_t len = 0;
	for (uint32_t i = 0; i < schema->enumeration.count && len < sizeof(words); i++)
		len += (size_t)snprintf(words + len, sizeof(words) - len, "%s%s",
					i == 0 ? "" : ", ", schema->enumeration.strings[i].str);
	config_tree_fault(tree, node, "\"%s\" is \"%.64s\", but must be one of %s", what,
			  scalar_text(node), words);
}

static void
check_scalar(struct config_tree *tree, const cyaml_schema_value_t *schema, yaml_node_t *node,
	     const char *what)
{
	const char *text = scalar_text(node);
	if (strlen(text) != node->data.scalar.length)
		config_tree_fault(tree, node, "\"%s\" holds a NUL octet", what);
	else if (schema->type == CYAML_UINT && !is_decimal(text))
		config_tree_fault(tree, node, "\"%s\" is \"%.64s\", but must be a number", what,
				  text);
	else if (schema->type == CYAML_ENUM && !is_one_of(text, schema))
		add_enum_fault(tree, schema, node, what);
	else if (schema->type == CYAML_STRING && text[0] == '\0' && schema->string.min > 0)
		config_tree_fault(tree, node, "\"%s\" is empty", what);
}

static const char *
type_name(yaml_node_type_t type)
{
	switch (type) {
	case YAML_MAPPING_NODE:
		return "a mapping";
	case YAML_SEQUENCE_NODE:
		return "a list";
	default:
		return "a single value";
	}
}

/* As deep as the schema is, never as deep as the text. */
static void
check_value(struct config_tree *tree, const cyaml_schema_value_t *schema, yaml_node_t *node,
	    const char *what)
{
	yaml_node_type_t wanted = schema->type == CYAML_MAPPING    ? YAML_MAPPING_NODE
				  : schema->type == CYAML_SEQUENCE ? YAML_SEQUENCE_NODE
								   : YAML_SCALAR_NODE;
	if (node->type != wanted)
		config_tree_fault(tree, node, "\"%s\" must be %s, not %s", what, type_name(wanted),
				  type_name(node->type));
	else if (wanted == YAML_MAPPING_NODE)
		check_mapping(tree, schema, node, what);
	else if (wanted == YAML_SEQUENCE_NODE)
		check_sequence(tree, schema, node, what);
	else
		check_scalar(tree, schema, node, what);
}

void
config_tree_check(struct config_tree *tree, const cyaml_schema_value_t *schema)
{
	check_value(tree, schema, tree->root, "the configuration");
}
