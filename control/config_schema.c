#include "control/config_schema.h"

#include <stdio.h>

#define OPTIONAL CYAML_FLAG_OPTIONAL
#define OPTIONAL_POINTER (CYAML_FLAG_OPTIONAL | CYAML_FLAG_POINTER)

/* libcyaml describes a list's count member by pasting "_count" to the list's name, and sizes by
 * dereferencing a null pointer inside sizeof. */

static const cyaml_schema_value_t text_schema = {
    CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 1, CYAML_UNLIMITED),
};

static const cyaml_strval_t hugepages_words[] = {
    {"auto", HUGEPAGES_AUTO}, {"yes", HUGEPAGES_YES}, {"no", HUGEPAGES_NO}};

static const cyaml_strval_t level_words[] = {{"debug", LOG_LEVEL_DEBUG},
					     {"info", LOG_LEVEL_INFO},
					     {"warning", LOG_LEVEL_WARNING},
					     {"error", LOG_LEVEL_ERROR}};

static const cyaml_strval_t cookies_words[] = {
    {"answer", COOKIES_ANSWER}, {"ignore", COOKIES_IGNORE}, {"require", COOKIES_REQUIRE}};

/* Texts of which "" means that they are not told: a least length of 0. */
#define HIDEABLE(key) \
	CYAML_FIELD_STRING_PTR(#key, OPTIONAL_POINTER, struct config_file_server, key, 0, \
			       CYAML_UNLIMITED)

static const cyaml_schema_field_t server_fields[] = {
    CYAML_FIELD_STRING_PTR("identity", OPTIONAL_POINTER, struct config_file_server, identity, 1,
			   CYAML_UNLIMITED),
    HIDEABLE(nsid),
    HIDEABLE(version),
    HIDEABLE(hostname),
    HIDEABLE(id),
    CYAML_FIELD_SEQUENCE("addresses", OPTIONAL_POINTER, struct config_file_server, addresses,
			 &text_schema, 0, CYAML_UNLIMITED),
    CYAML_FIELD_STRING_PTR("state-dir", OPTIONAL_POINTER, struct config_file_server, state_dir, 1,
			   CYAML_UNLIMITED),
    CYAML_FIELD_STRING_PTR("control-socket", OPTIONAL_POINTER, struct config_file_server,
			   control_socket, 1, CYAML_UNLIMITED),
    CYAML_FIELD_END};

static const cyaml_schema_field_t cookies_fields[] = {
    CYAML_FIELD_ENUM("policy", OPTIONAL | CYAML_FLAG_STRICT, struct config_file_cookies, policy,
		     cookies_words, CYAML_ARRAY_LEN(cookies_words)),
    CYAML_FIELD_SEQUENCE("secrets", OPTIONAL_POINTER, struct config_file_cookies, secrets,
			 &text_schema, 0, COOKIE_SECRETS_MAX),
    CYAML_FIELD_STRING_PTR("secret-file", OPTIONAL_POINTER, struct config_file_cookies, secret_file,
			   1, CYAML_UNLIMITED),
    CYAML_FIELD_END};

static const cyaml_schema_field_t port_fields[] = {
    CYAML_FIELD_STRING_PTR("device", CYAML_FLAG_POINTER, struct config_file_port, device, 1,
			   CYAML_UNLIMITED),
    CYAML_FIELD_SEQUENCE("addresses", CYAML_FLAG_POINTER, struct config_file_port, addresses,
			 &text_schema, 1, PORT_ADDRESSES_MAX),
    CYAML_FIELD_UINT("port", OPTIONAL, struct config_file_port, port),
    CYAML_FIELD_STRING_PTR("exception", OPTIONAL_POINTER, struct config_file_port, exception, 1,
			   CYAML_UNLIMITED),
    CYAML_FIELD_END};

static const cyaml_schema_field_t workers_fields[] = {
    CYAML_FIELD_STRING_PTR("cores", OPTIONAL_POINTER, struct config_file_workers, cores, 1,
			   CYAML_UNLIMITED),
    CYAML_FIELD_END};

static const cyaml_schema_field_t dataplane_fields[] = {
    CYAML_FIELD_ENUM("hugepages", OPTIONAL | CYAML_FLAG_STRICT, struct config_file_dataplane,
		     hugepages, hugepages_words, CYAML_ARRAY_LEN(hugepages_words)),
    CYAML_FIELD_UINT("memory", OPTIONAL, struct config_file_dataplane, memory), CYAML_FIELD_END};

static const cyaml_schema_field_t limits_fields[] = {
    CYAML_FIELD_UINT("udp-payload", OPTIONAL, struct config_file_limits, udp_payload),
    CYAML_FIELD_UINT("udp-payload-ipv4", OPTIONAL, struct config_file_limits, udp_payload_ipv4),
    CYAML_FIELD_UINT("udp-payload-ipv6", OPTIONAL, struct config_file_limits, udp_payload_ipv6),
    CYAML_FIELD_UINT("tcp-clients", OPTIONAL, struct config_file_limits, tcp_clients),
    CYAML_FIELD_UINT("tcp-idle-timeout", OPTIONAL, struct config_file_limits, tcp_idle_timeout),
    CYAML_FIELD_UINT("nsec3-iterations", OPTIONAL, struct config_file_limits, nsec3_iterations),
    CYAML_FIELD_END};

static const cyaml_schema_field_t log_fields[] = {
    CYAML_FIELD_ENUM("level", OPTIONAL | CYAML_FLAG_STRICT, struct config_file_log, level,
		     level_words, CYAML_ARRAY_LEN(level_words)),
    CYAML_FIELD_END};

static const cyaml_schema_field_t zone_fields[] = {
    CYAML_FIELD_STRING_PTR("name", CYAML_FLAG_POINTER, struct config_file_zone, name, 1,
			   CYAML_UNLIMITED),
    CYAML_FIELD_STRING_PTR("file", CYAML_FLAG_POINTER, struct config_file_zone, file, 1,
			   CYAML_UNLIMITED),
    CYAML_FIELD_UINT("nsec3-iterations", OPTIONAL, struct config_file_zone, nsec3_iterations),
    CYAML_FIELD_END};

static const cyaml_schema_value_t port_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct config_file_port, port_fields),
};

static const cyaml_schema_value_t zone_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct config_file_zone, zone_fields),
};

static const cyaml_schema_field_t file_fields[] = {
    CYAML_FIELD_MAPPING("server", OPTIONAL, struct config_file, server, server_fields),
    CYAML_FIELD_MAPPING("cookies", OPTIONAL, struct config_file, cookies, cookies_fields),
    CYAML_FIELD_SEQUENCE("listen", OPTIONAL_POINTER, struct config_file, listen, &text_schema, 0,
			 CYAML_UNLIMITED),
    CYAML_FIELD_SEQUENCE("ports", OPTIONAL_POINTER, struct config_file, ports, &port_schema, 0,
			 PORTS_MAX),
    CYAML_FIELD_MAPPING("workers", OPTIONAL, struct config_file, workers, workers_fields),
    CYAML_FIELD_MAPPING("dataplane", OPTIONAL, struct config_file, dataplane, dataplane_fields),
    CYAML_FIELD_MAPPING("limits", OPTIONAL, struct config_file, limits, limits_fields),
    CYAML_FIELD_MAPPING("log", OPTIONAL, struct config_file, log, log_fields),
    CYAML_FIELD_SEQUENCE("zones", OPTIONAL_POINTER, struct config_file, zones, &zone_schema, 0,
			 CYAML_UNLIMITED),
    CYAML_FIELD_END};

static const cyaml_schema_value_t file_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct config_file, file_fields),
};

/* What is left for libcyaml to complain about after config_tree_check(): aliases. Its first line
 * names the fault, the innermost line of its backtrace the place. */
struct cyaml_complaint {
	unsigned line;
	unsigned column;
};

static void
note_complaint(cyaml_log_t level, void *context, const char *format, va_list arguments)
{
	struct cyaml_complaint *complaint = context;
	char text[256];
	vsnprintf(text, sizeof(text), format, arguments);
	const char *place = strstr(text, "(line: ");
	if (complaint->line == 0 && place != NULL)
		sscanf(place, "(line: %u, column: %u)", &complaint->line, &complaint->column);
}

/* Aliases are refused: a few lines of them can stand for gigabytes. */
static const cyaml_config_t cyaml_settings = {
    .log_fn = note_complaint,
    .mem_fn = cyaml_mem,
    .log_level = CYAML_LOG_ERROR,
    .flags = CYAML_CFG_NO_ALIAS,
};

struct config_file *
config_file_load(struct config_tree *tree, const char *text, size_t len)
{
	size_t found_before = tree->faults->found;
	config_tree_check(tree, &file_schema);
	if (tree->faults->found != found_before)
		return NULL;
	struct cyaml_complaint complaint = {0};
	cyaml_config_t settings = cyaml_settings;
	settings.log_ctx = &complaint;
	cyaml_data_t *data = NULL;
	cyaml_err_t result =
	    cyaml_load_data((const uint8_t *)text, len, &settings, &file_schema, &data, NULL);
	if (result != CYAML_OK) {
		config_fault_add(tree->faults, complaint.line, complaint.column, "%s",
				 result == CYAML_ERR_ALIAS ? "aliases (*name) are not used here"
							   : cyaml_strerror(result));
		return NULL;
	}
	if (data == NULL)
		config_fault_add(tree->faults, 1, 1, "nothing is configured");
	return data;
}

void
config_file_free(struct config_file *file)
{
	if (file == NULL)
		return;
	struct cyaml_complaint complaint = {0};
	cyaml_config_t settings = cyaml_settings;
	settings.log_ctx = &complaint;
	cyaml_free(&settings, &file_schema, file, 0);
}
