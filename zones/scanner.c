/* scanner.c -- stage 2 of 4 of reading a zone: entries to records (before: token.c, next: zone.c).
 */
#include "zones/scanner.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "zones/dname.h"
#include "zones/rdata.h"
#include "zones/source.h"
#include "zones/ttl.h"

/* A scan under way. */
struct scan {
	const struct scanner *scanner;
	struct source *source; /* the innermost file; its parents behind it */
	uint32_t default_ttl;  /* $TTL, or the SOA's minimum in its place */
	uint32_t last_ttl;     /* the last one that a record gave */
	bool has_default_ttl;
	bool has_last_ttl;
	uint8_t rdata[RDATA_LEN_MAX];
};

/* A token as a finding quotes it: the beginning of it, and nothing that upsets a terminal. */
enum { QUOTE_LEN_MAX = 40 };
struct quote {
	char text[QUOTE_LEN_MAX + sizeof("...")];
};

static struct quote
quote(const struct rdata_token *token)
{
	struct quote out;
	size_t len = token->len < QUOTE_LEN_MAX ? token->len : QUOTE_LEN_MAX;
	for (size_t i = 0; i < len; i++) {
		char octet = token->text[i];
		out.text[i] = octet >= 0x20 && octet <= 0x7e ? octet : '?';
	}
	strcpy(out.text + len, token->len > QUOTE_LEN_MAX ? "..." : "");
	return out;
}

static void
finding_at(struct scan *scan, enum finding_kind kind, const struct rdata_token *token,
	   const char *reason)
{
	findings_add(scan->scanner->findings, kind, scan->source->path, token->line, token->column,
		     "%s", reason);
}

static void
finding_of(struct scan *scan, enum finding_kind kind, const struct rdata_token *token,
	   const char *reason)
{
	findings_add(scan->scanner->findings, kind, scan->source->path, token->line, token->column,
		     "%s '%s'", reason, quote(token).text);
}

/* Something is missing: the place is right behind the entry's last token. */
static void
finding_behind(struct scan *scan, enum finding_kind kind, const char *reason)
{
	const struct tokenizer *tokenizer = &scan->source->tokenizer;
	const struct rdata_token *last = &tokenizer->tokens[tokenizer->token_count - 1];
	struct rdata_token behind = *last;
	behind.column += (uint32_t)(last->len + (last->is_quoted ? 2 : 0));
	finding_at(scan, kind, &behind, reason);
}

/* Reads a name as owner or as a directive's argument: "@" is the origin. */
static bool
read_name(struct scan *scan, const struct rdata_token *token, uint8_t out[DNAME_LEN_MAX])
{
	const char *reason = "a domain name takes no quotes";
	const uint8_t *origin = scan->source->origin;
	if (!token->is_quoted && token->len == 1 && token->text[0] == '@') {
		memcpy(out, origin, dname_len(origin));
		return true;
	}
	if (!token->is_quoted && dname_read(token->text, token->len, origin, out, &reason) != 0)
		return true;
	findings_add(scan->scanner->findings, FINDING_NAME, scan->source->path, token->line,
		     token->column, "%s: '%s'", reason, quote(token).text);
	return false;
}

/* RFC 2181 8. */
static uint32_t
cap_ttl(struct scan *scan, uint32_t ttl, const struct rdata_token *token)
{
	if (ttl <= TTL_MAX)
		return ttl;
	finding_of(scan, FINDING_TTL_LARGE, token,
		   "TTL above 2147483647 is taken as 0 (RFC 2181 8):");
	return 0;
}

/* The number of a class, or -1 for what is none. */
static int
class_read(const struct rdata_token *token)
{
	/* NONE and ANY are for UPDATE and for questions, and ANY is a type's name as well. */
	static const struct {
		const char *mnemonic;
		int rrclass;
	} classes[] = {{"IN", RRCLASS_IN}, {"CH", RRCLASS_CH}, {"HS", RRCLASS_HS}};
	for (size_t i = 0; i < ARRAY_LEN(classes); i++) {
		if (token->len == strlen(classes[i].mnemonic) &&
		    strncasecmp(token->text, classes[i].mnemonic, token->len) == 0)
			return classes[i].rrclass;
	}
	/* RFC 3597 5. */
	if (token->len < 6 || token->len > 10 || strncasecmp(token->text, "CLASS", 5) != 0)
		return -1;
	int rrclass = 0;
	for (size_t i = 5; i < token->len; i++) {
		if (token->text[i] < '0' || token->text[i] > '9')
			return -1;
		rrclass = rrclass * 10 + (token->text[i] - '0');
	}
	return rrclass <= UINT16_MAX ? rrclass : -1;
}

/* What stands before the RDATA. */
struct head {
	const struct rdata_token *ttl_token; /* NULL: none given */
	uint32_t ttl;
	const struct rdata_token *type_token;
	uint16_t rrtype;
	size_t rdata_idx; /* of the first token of RDATA */
};

static bool
read_type(struct scan *scan, const struct rdata_token *token, struct head *head)
{
	int rrtype = token->is_quoted ? -1 : rrtype_read(token->text, token->len);
	if (rrtype < 0) {
		finding_of(scan, FINDING_TYPE, token, "unknown type");
		return false;
	}
	const struct rrtype *row = rrtype_find((uint16_t)rrtype);
	/* RFC 6895 3.1: 0 is reserved, 128 to 255 are for questions and for meta records. */
	if (rrtype == 0 || (rrtype >= 128 && rrtype <= 255) ||
	    (row != NULL && (row->flags & RRTYPE_META) != 0)) {
		finding_of(scan, FINDING_TYPE, token, "a type that no zone holds:");
		return false;
	}
	head->rrtype = (uint16_t)rrtype;
	head->type_token = token;
	return true;
}

static bool
read_ttl(struct scan *scan, const struct rdata_token *token, struct head *head)
{
	if (!ttl_read(token->text, token->len, &head->ttl)) {
		finding_of(scan, FINDING_TTL, token, "malformed TTL");
		return false;
	}
	head->ttl = cap_ttl(scan, head->ttl, token);
	head->ttl_token = token;
	return true;
}

/* [TTL] [class] type, or [class] [TTL] type (RFC 1035 5.1). No type begins with a digit. */
static bool
read_head(struct scan *scan, size_t token_idx, struct head *head)
{
	const struct tokenizer *tokenizer = &scan->source->tokenizer;
	bool has_class = false;
	*head = (struct head){0};
	for (; token_idx < tokenizer->token_count; token_idx++) {
		const struct rdata_token *token = &tokenizer->tokens[token_idx];
		bool is_number = token->len > 0 && token->text[0] >= '0' && token->text[0] <= '9';
		if (head->ttl_token == NULL && is_number && !token->is_quoted) {
			if (!read_ttl(scan, token, head))
				return false;
			continue;
		}
		int rrclass = has_class || token->is_quoted ? -1 : class_read(token);
		if (rrclass < 0) {
			head->rdata_idx = token_idx + 1;
			return read_type(scan, token, head);
		}
		if (rrclass != RRCLASS_IN) {
			finding_of(scan, FINDING_CLASS, token, "only class IN is served, not");
			return false;
		}
		has_class = true;
	}
	finding_behind(scan, FINDING_SYNTAX, "type missing");
	return false;
}

static bool
read_rdata(struct scan *scan, const struct head *head, size_t *rdlen)
{
	const struct tokenizer *tokenizer = &scan->source->tokenizer;
	const struct rdata_token *tokens = tokenizer->tokens + head->rdata_idx;
	size_t token_count = tokenizer->token_count - head->rdata_idx;
	struct rdata_fault fault;
	if (rdata_read(head->rrtype, tokens, token_count, scan->source->origin, scan->rdata, rdlen,
		       &fault))
		return true;
	if (fault.token_idx >= token_count) {
		finding_behind(scan, FINDING_RDATA, fault.reason);
		return false;
	}
	const struct rdata_token *token = &tokens[fault.token_idx];
	findings_add(scan->scanner->findings, FINDING_RDATA, scan->source->path, token->line,
		     token->column, "%s: '%s'", fault.reason, quote(token).text);
	return false;
}

/* The TTL of a record, its own or by default; see scanner.h. */
static bool
resolve_ttl(struct scan *scan, const struct head *head, size_t rdlen, uint32_t *ttl)
{
	if (head->ttl_token != NULL) {
		scan->last_ttl = head->ttl;
		scan->has_last_ttl = true;
		*ttl = head->ttl;
		return true;
	}
	if (!scan->has_default_ttl && !scan->has_last_ttl && head->rrtype == RRTYPE_SOA) {
		/* MINIMUM is SOA's last field. */
		scan->default_ttl =
		    cap_ttl(scan, be32_read(scan->rdata + rdlen - 4), head->type_token);
		scan->has_default_ttl = true;
	}
	if (!scan->has_default_ttl && !scan->has_last_ttl) {
		finding_at(scan, FINDING_TTL, head->type_token,
			   "no TTL: none here, no $TTL, none before");
		return false;
	}
	*ttl = scan->has_default_ttl ? scan->default_ttl : scan->last_ttl;
	return true;
}

/* The owner of the entry's record goes into source->owner. False: the record has none. */
static bool
read_owner(struct scan *scan)
{
	struct source *source = scan->source;
	const struct rdata_token *first = &source->tokenizer.tokens[0];
	if (!source->tokenizer.is_indented) {
		source->has_owner = read_name(scan, first, source->owner);
		source->is_owner_faulty = !source->has_owner;
		return source->has_owner;
	}
	if (!source->has_owner && !source->is_owner_faulty)
		finding_at(scan, FINDING_SYNTAX, first,
			   "record without an owner name, and none before it");
	return source->has_owner;
}

static enum status
read_record(struct scan *scan)
{
	struct source *source = scan->source;
	const struct rdata_token *first = &source->tokenizer.tokens[0];
	struct head head;
	size_t rdlen;
	uint32_t ttl;
	if (!read_owner(scan) || !read_head(scan, source->tokenizer.is_indented ? 0 : 1, &head) ||
	    !read_rdata(scan, &head, &rdlen) || !resolve_ttl(scan, &head, rdlen, &ttl))
		return STATUS_OK;
	struct scanner_record record = {.owner = source->owner,
					.rdata = scan->rdata,
					.file = source->path,
					.ttl = ttl,
					.line = first->line,
					.column = first->column,
					.rrtype = head.rrtype,
					.rdlen = (uint16_t)rdlen};
	return scan->scanner->record(scan->scanner->context, &record);
}

/* Has the directive as many arguments as it takes? */
static bool
has_arguments(struct scan *scan, size_t min, size_t max)
{
	const struct tokenizer *tokenizer = &scan->source->tokenizer;
	if (tokenizer->token_count < 1 + min) {
		finding_behind(scan, FINDING_SYNTAX, "argument missing");
		return false;
	}
	if (tokenizer->token_count > 1 + max) {
		finding_of(scan, FINDING_SYNTAX, &tokenizer->tokens[1 + max],
			   "more arguments than the directive takes:");
		return false;
	}
	return true;
}

static enum status
read_origin(struct scan *scan)
{
	uint8_t origin[DNAME_LEN_MAX];
	if (has_arguments(scan, 1, 1) &&
	    read_name(scan, &scan->source->tokenizer.tokens[1], origin))
		memcpy(scan->source->origin, origin, dname_len(origin));
	return STATUS_OK;
}

static enum status
read_default_ttl(struct scan *scan)
{
	const struct rdata_token *token = &scan->source->tokenizer.tokens[1];
	uint32_t ttl;
	if (!has_arguments(scan, 1, 1))
		return STATUS_OK;
	/* A faulty $TTL is one fault, not one a record. */
	scan->has_default_ttl = true;
	if (!ttl_read(token->text, token->len, &ttl)) {
		finding_of(scan, FINDING_TTL, token, "malformed TTL");
		return STATUS_OK;
	}
	scan->default_ttl = cap_ttl(scan, ttl, token);
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
			finding_at(scan, FINDING_INCLUDE, token, reason);
			return false;
		}
		out[len++] = (char)octet;
		i += used;
	}
	out[len] = '\0';
	if (len == 0)
		finding_at(scan, FINDING_INCLUDE, token, "empty file name");
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
		finding_of(scan, FINDING_INCLUDE, token, "$INCLUDE nested too deep:");
		return STATUS_OK;
	}
	char *path = source_resolve(parent, name);
	if (path == NULL)
		return STATUS_NO_MEMORY;
	enum status status = source_open(path, parent, &source, &error);
	if (status == STATUS_IO)
		findings_add(scan->scanner->findings, FINDING_INCLUDE, parent->path, token->line,
			     token->column, "cannot read '%s': %s", path, error.text);
	free(path);
	if (status != STATUS_OK)
		return status == STATUS_IO ? STATUS_OK : status;
	if (source_is_loop(source)) {
		finding_of(scan, FINDING_INCLUDE, token, "a file that includes itself:");
		source_free(source);
		return STATUS_OK;
	}
	memcpy(source->origin, origin, dname_len(origin));
	memcpy(source->owner, parent->owner, sizeof(source->owner));
	source->has_owner = parent->has_owner;
	source->is_owner_faulty = parent->is_owner_faulty;
	scan->source = source;
	return STATUS_OK;
}

static enum status
read_include(struct scan *scan)
{
	const struct tokenizer *tokenizer = &scan->source->tokenizer;
	char name[4096];
	uint8_t origin[DNAME_LEN_MAX];
	if (!has_arguments(scan, 1, 2) ||
	    !read_file_name(scan, &tokenizer->tokens[1], name, sizeof(name)))
		return STATUS_OK;
	if (tokenizer->token_count == 3) {
		if (!read_name(scan, &tokenizer->tokens[2], origin))
			return STATUS_OK;
	} else {
		memcpy(origin, scan->source->origin, dname_len(scan->source->origin));
	}
	return enter_file(scan, &tokenizer->tokens[1], name, origin);
}

static enum status
read_directive(struct scan *scan)
{
	static const struct {
		const char *name;
		enum status (*read)(struct scan *scan);
	} directives[] = {
	    {"$ORIGIN", read_origin}, {"$TTL", read_default_ttl}, {"$INCLUDE", read_include}};
	const struct tokenizer *tokenizer = &scan->source->tokenizer;
	const struct rdata_token *token = &tokenizer->tokens[0];
	if (tokenizer->is_indented) {
		finding_of(scan, FINDING_SYNTAX, token, "blank before the directive");
		return STATUS_OK;
	}
	for (size_t i = 0; i < ARRAY_LEN(directives); i++) {
		if (token->len == strlen(directives[i].name) &&
		    strncasecmp(token->text, directives[i].name, token->len) == 0)
			return directives[i].read(scan);
	}
	finding_of(scan, FINDING_SYNTAX, token, "unknown directive");
	return STATUS_OK;
}

static enum status
read_entry(struct scan *scan)
{
	const struct rdata_token *first = &scan->source->tokenizer.tokens[0];
	if (!first->is_quoted && first->len > 0 && first->text[0] == '$')
		return read_directive(scan);
	return read_record(scan);
}

static void
leave_file(struct scan *scan)
{
	struct source *source = scan->source;
	scan->source = source->parent;
	source_free(source);
}

static enum status
scan_files(struct scan *scan)
{
	enum status status = STATUS_OK;
	while (status == STATUS_OK && scan->source != NULL) {
		struct tokenizer *tokenizer = &scan->source->tokenizer;
		switch (tokenizer_next(tokenizer)) {
		case TOKEN_ENTRY:
			status = read_entry(scan);
			break;
		case TOKEN_FAULT:
			findings_add(scan->scanner->findings, FINDING_SYNTAX, scan->source->path,
				     tokenizer->fault_line, tokenizer->fault_column, "%s",
				     tokenizer->fault_reason);
			break;
		case TOKEN_END:
			leave_file(scan);
			break;
		case TOKEN_NO_MEMORY:
			status = STATUS_NO_MEMORY;
			break;
		}
	}
	while (scan->source != NULL)
		leave_file(scan);
	return status;
}

static enum status
scan_source(const struct scanner *scanner, struct source *source)
{
	struct scan *scan = malloc(sizeof(*scan));
	if (scan == NULL) {
		source_free(source);
		return STATUS_NO_MEMORY;
	}
	scan->scanner = scanner;
	scan->source = source;
	scan->has_default_ttl = false;
	scan->has_last_ttl = false;
	scan->default_ttl = 0;
	memcpy(source->origin, scanner->origin, dname_len(scanner->origin));
	enum status status = scan_files(scan);
	free(scan);
	return status;
}

enum status
scanner_run(const struct scanner *scanner)
{
	struct source *source;
	struct error error;
	enum status status = source_open(scanner->path, NULL, &source, &error);
	if (status == STATUS_IO) {
		findings_add(scanner->findings, FINDING_IO, scanner->path, 0, 0, "cannot read: %s",
			     error.text);
		return STATUS_OK;
	}
	return status == STATUS_OK ? scan_source(scanner, source) : status;
}

enum status
scanner_run_text(const struct scanner *scanner, const char *text, size_t len)
{
	struct source *source;
	enum status status = source_open_text(scanner->path, text, len, &source);
	return status == STATUS_OK ? scan_source(scanner, source) : status;
}
