/* scanner_directive.c -- entries that begin with a dollar sign (used by scanner.c). */
#include <stdlib.h>
#include <strings.h>

#include "zones/dname.h"
#include "zones/scan.h"
#include "zones/ttl.h"

/* Has the directive as many arguments as it takes? */
bool
scan_has_arguments(struct scan *scan, size_t min, size_t max)
{
	const struct tokenizer *tokenizer = &scan->source->tokenizer;
	if (tokenizer->token_count < 1 + min) {
		scan_finding_behind(scan, FINDING_SYNTAX, "argument missing");
		return false;
	}
	if (tokenizer->token_count > 1 + max) {
		scan_finding_of(scan, FINDING_SYNTAX, &tokenizer->tokens[1 + max],
				"more arguments than the directive takes:");
		return false;
	}
	return true;
}

static enum status
read_origin(struct scan *scan)
{
	uint8_t origin[DNAME_LEN_MAX];
	const struct rdata_token *token = &scan->source->tokenizer.tokens[1];
	if (!scan_has_arguments(scan, 1, 1))
		return STATUS_OK;
	/* The last dot may be escaped; then the name is relative. */
	bool is_absolute = token->len > 0 && token->text[token->len - 1] == '.' &&
			   memchr(token->text, '\\', token->len) == NULL;
	scan->part->needs_origin |= !scan->part->sets_origin && !is_absolute;
	if (scan_read_name(scan, token, origin)) {
		memcpy(scan->source->origin, origin, dname_len(origin));
		scan->part->sets_origin |= scan->source->parent == NULL;
	}
	return STATUS_OK;
}

static enum status
read_default_ttl(struct scan *scan)
{
	const struct rdata_token *token = &scan->source->tokenizer.tokens[1];
	uint32_t ttl;
	if (!scan_has_arguments(scan, 1, 1))
		return STATUS_OK;
	/* A faulty $TTL is one fault, not one a record. */
	scan->has_default_ttl = true;
	scan->part->sets_default_ttl = true;
	if (!ttl_read(token->text, token->len, &ttl)) {
		scan->part->needs_ttl = true;
		scan_finding_of(scan, FINDING_TTL, token, "malformed TTL");
		return STATUS_OK;
	}
	scan->default_ttl = scan_cap_ttl(scan, ttl, token);
	return STATUS_OK;
}

/* The file name of $INCLUDE, unescaped. False: reported. */
static bool
read_file_name(struct scan *scan, const struct rdata_token *token, char *out, size_t cap)
{
	size_t len = 0;
	for (size_t i = 0; i < token->len;) {
		uint8_t octet;
		const char *reason = "file name too long";
		size_t used = len + 1 < cap
				  ? dname_unescape(token->text + i, token->len - i, &octet, &reason)
				  : 0;
		if (used != 0 && octet == '\0') {
			reason = "NUL octet in a file name";
			used = 0;
		}
		if (used == 0) {
			scan_finding_at(scan, FINDING_INCLUDE, token, reason);
			return false;
		}
		out[len++] = (char)octet;
		i += used;
	}
	out[len] = '\0';
	if (len == 0)
		scan_finding_at(scan, FINDING_INCLUDE, token, "empty file name");
	return len > 0;
}

/* Opens what $INCLUDE names and puts it on top. */
static enum status
enter_file(struct scan *scan, const struct rdata_token *token, const char *name,
	   const uint8_t *origin)
{
	struct source *parent = scan->source;
	struct source *source;
	struct error error;
	if (parent->depth == INCLUDE_DEPTH_MAX) {
		scan_finding_of(scan, FINDING_INCLUDE, token, "$INCLUDE nested too deep:");
		return STATUS_OK;
	}
	char *path = source_resolve(parent, name);
	if (path == NULL)
		return STATUS_NO_MEMORY;
	struct source_text *text;
	enum status status = source_text_open(path, NULL, &text, &error);
	if (status == STATUS_IO)
		findings_add(scan->scanner->findings, FINDING_INCLUDE, parent->text->path,
			     token->line, token->column, "cannot read '%s': %s", path, error.text);
	free(path);
	if (status != STATUS_OK)
		return status == STATUS_IO ? STATUS_OK : status;
	status = source_new(text, 0, &source);
	if (status != STATUS_OK) {
		source_text_free(text);
		return status;
	}
	source->own_text = text;
	source->parent = parent;
	source->depth = parent->depth + 1;
	if (source_is_loop(source)) {
		scan_finding_of(scan, FINDING_INCLUDE, token, "a file that includes itself:");
		source_free(source);
		return STATUS_OK;
	}
	status = scan_note_source(scan->scanner, text);
	if (status != STATUS_OK) {
		source_free(source);
		return status;
	}
	memcpy(source->origin, origin, dname_len(origin));
	memcpy(source->owner, parent->owner, sizeof(source->owner));
	source->has_owner = parent->has_owner;
	source->is_owner_faulty = parent->is_owner_faulty;
	scan->source = source;
	scan->index_text = NULL;
	return STATUS_OK;
}

static enum status
read_include(struct scan *scan)
{
	const struct tokenizer *tokenizer = &scan->source->tokenizer;
	char name[4096];
	uint8_t origin[DNAME_LEN_MAX];
	scan->part->needs_origin |= !scan->part->sets_origin;
	if (!scan_has_arguments(scan, 1, 2) ||
	    !read_file_name(scan, &tokenizer->tokens[1], name, sizeof(name)))
		return STATUS_OK;
	if (tokenizer->token_count == 3) {
		if (!scan_read_name(scan, &tokenizer->tokens[2], origin))
			return STATUS_OK;
	} else {
		memcpy(origin, scan->source->origin, dname_len(scan->source->origin));
	}
	return enter_file(scan, &tokenizer->tokens[1], name, origin);
}

enum status
scan_directive(struct scan *scan)
{
	static const struct {
		const char *name;
		enum status (*read)(struct scan *scan);
	} directives[] = {{"$ORIGIN", read_origin},
			  {"$TTL", read_default_ttl},
			  {"$INCLUDE", read_include},
			  {"$GENERATE", scan_generate}};
	const struct tokenizer *tokenizer = &scan->source->tokenizer;
	const struct rdata_token *token = &tokenizer->tokens[0];
	if (tokenizer->is_indented) {
		scan_finding_of(scan, FINDING_SYNTAX, token, "blank before the directive");
		return STATUS_OK;
	}
	for (size_t i = 0; i < ARRAY_LEN(directives); i++) {
		if (token->len == strlen(directives[i].name) &&
		    strncasecmp(token->text, directives[i].name, token->len) == 0)
			return directives[i].read(scan);
	}
	scan_finding_of(scan, FINDING_SYNTAX, token, "unknown directive");
	return STATUS_OK;
}
