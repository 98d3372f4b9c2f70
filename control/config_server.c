/* config_server.c -- what the configuration says of the server itself: its identity, and what it
 * answers with beside zones. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/un.h>

#include "control/address.h"
#include "control/config_reader.h"
#include "zones/dname.h"

enum {
	/* Of one family; more would not fit into an answer over UDP without EDNS. */
	IDENTITY_ADDRESSES_MAX = 16,

	/* Two secrets of 32 digits, and what people write about them. */
	SECRET_FILE_LINE_MAX = 256,
	SECRET_DIGITS = 2 * SIPHASH_KEY_LEN,
};

/* `len` octets from twice as many digits; false if there are not just so many. */
static bool
read_hex(const char *text, uint8_t *out, size_t len)
{
	if (strlen(text) != 2 * len)
		return false;
	for (size_t i = 0; i < len; i++) {
		int high = hex_digit(text[2 * i]);
		int low = hex_digit(text[2 * i + 1]);
		if (high < 0 || low < 0)
			return false;
		out[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

/* -- identity -----------------------------------------------------------------------------------
 */

/* A text of the section "server"; `absent` stands for it where the key is absent, and "" hides it.
 */
static struct identity_text
read_text(struct reader *reader, const char *key, const char *text, const char *absent,
	  size_t len_max)
{
	if (text == NULL)
		text = absent;
	size_t len = strlen(text);
	const char *copy = config_copy_text(reader, text);
	if (copy == NULL)
		return (struct identity_text){0};
	if (len > len_max) {
		yaml_node_t *node =
		    config_tree_key(&reader->tree, config_section(reader, "server"), key);
		config_tree_fault(&reader->tree, node,
				  "\"%s\" has %zu octets; at most %zu are possible", key, len,
				  len_max);
		return (struct identity_text){0};
	}
	return (struct identity_text){(const uint8_t *)copy, (uint16_t)len};
}

/* RFC 5001 2.3 leaves the octets to the server: text, or 0x and hexadecimal digits as in Knot. */
static struct identity_text
read_nsid(struct reader *reader, const char *text, const char *absent)
{
	if (text == NULL || strncmp(text, "0x", 2) != 0)
		return read_text(reader, "nsid", text, absent, IDENTITY_NSID_MAX);
	const char *digits = text + 2;
	size_t len = strlen(digits) / 2;
	uint8_t *octets = config_alloc(reader, len + 1, 1);
	if (octets == NULL)
		return (struct identity_text){0};
	if (len == 0 || len > IDENTITY_NSID_MAX || !read_hex(digits, octets, len)) {
		config_tree_fault(
		    &reader->tree,
		    config_tree_key(&reader->tree, config_section(reader, "server"), "nsid"),
		    "\"nsid\" is \"%.64s\", but after 0x there must be hexadecimal digits for 1 to "
		    "%d octets",
		    text, IDENTITY_NSID_MAX);
		return (struct identity_text){0};
	}
	return (struct identity_text){octets, (uint16_t)len};
}

/* The addresses of one family as an RRset; NULL: there are none. */
static const struct rrset *
make_rrset(struct reader *reader, const struct address *addresses, size_t count, bool is_ipv6)
{
	size_t address_len = is_ipv6 ? 16 : 4;
	struct rrset *rrset = config_alloc(reader, 1, sizeof(*rrset) + count * (2 + address_len));
	if (rrset == NULL)
		return NULL;
	*rrset = (struct rrset){.ttl = IDENTITY_TTL, .rrtype = is_ipv6 ? RRTYPE_AAAA : RRTYPE_A};
	uint8_t *at = rrset->data;
	for (size_t i = 0; i < count; i++) {
		if (addresses[i].is_ipv6 != is_ipv6)
			continue;
		be16_write(at, (uint16_t)address_len);
		memcpy(at + 2, addresses[i].octets, address_len);
		at += 2 + address_len;
		rrset->rr_count++;
	}
	return rrset->rr_count > 0 ? rrset : NULL;
}

static void
check_address(struct reader *reader, yaml_node_t *node, const struct address *addresses, size_t idx)
{
	size_t family_count = 1;
	for (size_t i = 0; i < idx; i++) {
		if (address_equal(&addresses[i], &addresses[idx]))
			config_tree_fault(&reader->tree, node, "address \"%s\" is given twice",
					  reader->file->server.addresses[idx]);
		family_count += addresses[i].is_ipv6 == addresses[idx].is_ipv6;
	}
	if (family_count == IDENTITY_ADDRESSES_MAX + 1)
		config_tree_fault(&reader->tree, node,
				  "more than %d addresses of one family do not fit into an answer",
				  IDENTITY_ADDRESSES_MAX);
}

static void
read_addresses(struct reader *reader, struct identity *identity)
{
	const struct config_file_server *server = &reader->file->server;
	yaml_node_t *list =
	    config_tree_key(&reader->tree, config_section(reader, "server"), "addresses");
	size_t count = server->addresses_count;
	struct address *addresses = config_alloc(reader, count, sizeof(*addresses));
	if (addresses == NULL)
		return;
	for (size_t i = 0; i < count; i++) {
		yaml_node_t *node = config_tree_item(&reader->tree, list, i);
		if (config_read_address(reader, node, server->addresses[i], false, &addresses[i]))
			check_address(reader, node, addresses, i);
	}
	identity->ipv4 = make_rrset(reader, addresses, count, false);
	identity->ipv6 = make_rrset(reader, addresses, count, true);
}

/* Wire form, in lower case; NULL with a fault. */
static const uint8_t *
read_name(struct reader *reader)
{
	const char *text = reader->file->server.identity;
	const char *reason = "";
	uint8_t *dname = config_alloc(reader, 1, DNAME_LEN_MAX);
	if (dname == NULL)
		return NULL;
	if (dname_read(text, strlen(text), NULL, dname, &reason) == 0) {
		config_tree_fault(
		    &reader->tree,
		    config_tree_key(&reader->tree, config_section(reader, "server"), "identity"),
		    "identity \"%.64s\": %s", text, reason);
		return NULL;
	}
	dname_lower(dname, dname);
	return dname;
}

static void
read_identity(struct reader *reader)
{
	const struct config_file_server *server = &reader->file->server;
	struct identity *identity = config_alloc(reader, 1, sizeof(*identity));
	char name[DNAME_TEXT_MAX] = "";
	if (identity == NULL)
		return;
	if (server->identity != NULL)
		identity->name = read_name(reader);
	if (identity->name != NULL) {
		size_t len = dname_print(identity->name, name);
		reader->config->identity = config_copy_text(reader, name);
		/* Where it stands for itself it is a text and not a name. */
		if (len > 1)
			name[len - 1] = '\0';
	}
	/* Presentation form may be longer than the name; then it is not for everybody. */
	const char *default_nsid = strlen(name) <= IDENTITY_NSID_MAX ? name : "";
	const char *default_text = strlen(name) <= IDENTITY_TEXT_MAX ? name : "";
	identity->nsid = read_nsid(reader, server->nsid, default_nsid);
	identity->version = read_text(reader, "version", server->version, "glued " GLUED_VERSION,
				      IDENTITY_TEXT_MAX);
	identity->hostname =
	    read_text(reader, "hostname", server->hostname, default_text, IDENTITY_TEXT_MAX);
	identity->id = read_text(reader, "id", server->id, default_text, IDENTITY_TEXT_MAX);
	read_addresses(reader, identity);
	reader->config->serving.identity = identity;
}

/* -- cookies ------------------------------------------------------------------------------------
 */

/* NULL, or what is wrong. */
static const char *
add_secret(struct cookie_policy *policy, const char *text)
{
	uint8_t secret[SIPHASH_KEY_LEN];
	if (!read_hex(text, secret, sizeof(secret)))
		return "a secret has 32 hexadecimal digits";
	if (policy->secret_count == COOKIE_SECRETS_MAX)
		return "more than two secrets";
	memcpy(policy->secrets[policy->secret_count++], secret, sizeof(secret));
	return NULL;
}

/* One secret a line; empty lines and those that begin with # are nothing. NULL, or what is wrong.
 */
static const char *
read_secret_lines(FILE *file, struct cookie_policy *policy)
{
	char line[SECRET_FILE_LINE_MAX];
	while (fgets(line, sizeof(line), file) != NULL) {
		if (strchr(line, '\n') == NULL && !feof(file))
			return "a line is too long";
		size_t blank_len = strspn(line, " \t\r");
		char *text = line + blank_len;
		text[strcspn(text, " \t\r\n")] = '\0';
		const char *reason =
		    text[0] == '\0' || text[0] == '#' ? NULL : add_secret(policy, text);
		if (reason != NULL)
			return reason;
	}
	if (ferror(file))
		return strerror(errno);
	return policy->secret_count == 0 ? "there is no secret in it" : NULL;
}

static void
read_secret_file(struct reader *reader, yaml_node_t *cookies, struct cookie_policy *policy)
{
	const char *path = config_copy_path(reader, reader->file->cookies.secret_file);
	if (path == NULL)
		return;
	FILE *file = fopen(path, "re");
	const char *reason = file == NULL ? strerror(errno) : read_secret_lines(file, policy);
	if (reason != NULL)
		config_tree_fault(&reader->tree,
				  config_tree_key(&reader->tree, cookies, "secret-file"),
				  "\"secret-file\" %.128s: %s", path, reason);
	if (file != NULL)
		fclose(file);
}

static void
read_secrets(struct reader *reader, yaml_node_t *cookies, struct cookie_policy *policy)
{
	const struct config_file_cookies *file = &reader->file->cookies;
	yaml_node_t *list = config_tree_key(&reader->tree, cookies, "secrets");
	for (unsigned i = 0; i < file->secrets_count; i++) {
		const char *reason = add_secret(policy, file->secrets[i]);
		if (reason != NULL)
			config_tree_fault(&reader->tree, config_tree_item(&reader->tree, list, i),
					  "\"secrets\": %s", reason);
	}
	if (file->secret_file != NULL && file->secrets_count > 0)
		config_tree_fault(&reader->tree, cookies,
				  "\"secrets\" and \"secret-file\" are both given");
	else if (file->secret_file != NULL)
		read_secret_file(reader, cookies, policy);
}

static void
read_cookies(struct reader *reader)
{
	yaml_node_t *cookies = config_section(reader, "cookies");
	struct cookie_policy *policy = config_alloc(reader, 1, sizeof(*policy));
	if (policy == NULL)
		return;
	policy->is_required = reader->file->cookies.policy == COOKIES_REQUIRE;
	read_secrets(reader, cookies, policy);
	if (policy->secret_count == 0) {
		/* One of our own is enough for who is alone: cookies are lost with a restart, and
		   clients get new ones. */
		if (getrandom(policy->secrets[0], SIPHASH_KEY_LEN, 0) != SIPHASH_KEY_LEN)
			config_tree_fault(&reader->tree, cookies, "no random numbers: %s",
					  strerror(errno));
		policy->secret_count = 1;
	}
	if (reader->file->cookies.policy != COOKIES_IGNORE)
		reader->config->serving.cookies = policy;
}

/* -- the section --------------------------------------------------------------------------------
 */

static void
read_paths(struct reader *reader)
{
	const struct config_file_server *server = &reader->file->server;
	struct config *config = reader->config;
	config->state_dir = config_copy_path(reader, server->state_dir != NULL ? server->state_dir
									       : STATE_DIR_DEFAULT);
	config->control_socket =
	    config_copy_path(reader, server->control_socket != NULL ? server->control_socket
								    : CONTROL_SOCKET_DEFAULT);
	size_t path_max = sizeof(((struct sockaddr_un *)NULL)->sun_path) - 1;
	if (config->control_socket != NULL && strlen(config->control_socket) > path_max)
		config_tree_fault(&reader->tree,
				  config_tree_key(&reader->tree, config_section(reader, "server"),
						  "control-socket"),
				  "\"control-socket\" is longer than the %zu octets that the "
				  "system allows: %.100s",
				  path_max, config->control_socket);
}

void
config_server_read(struct reader *reader)
{
	read_identity(reader);
	read_cookies(reader);
	read_paths(reader);
}
