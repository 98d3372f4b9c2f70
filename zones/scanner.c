/* scanner.c -- stage 2 of 4 of reading a zone: entries to records (before: token.c, next: zone.c).
 */
#include "zones/scanner.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "zones/dname.h"
#include "zones/generate.h"
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
	bool is_generating; /* the entry is $GENERATE's: all its places are the directive's */
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
	if (!scan->is_generating)
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

/* key="value" stands in the RDATA of few types, and nowhere else. */
static bool
has_stray_pair(const struct scan *scan, const struct head *head)
{
	const struct tokenizer *tokenizer = &scan->source->tokenizer;
	const struct rrtype *row = rrtype_find(head->rrtype);
	if (row == NULL || (row->flags & RRTYPE_PAIRS) == 0)
		return true;
	for (size_t i = 0; i < head->rdata_idx; i++) {
		if (tokenizer->tokens[i].is_pair)
			return true;
	}
	return false;
}

static void
finding_of_pair(struct scan *scan)
{
	const struct tokenizer *tokenizer = &scan->source->tokenizer;
	findings_add(scan->scanner->findings, FINDING_SYNTAX, scan->source->path,
		     tokenizer->pair_line, tokenizer->pair_column,
		     "quote inside an unquoted token");
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
	if (!read_owner(scan) || !read_head(scan, source->tokenizer.is_indented ? 0 : 1, &head))
		return STATUS_OK;
	if (source->tokenizer.has_pair && has_stray_pair(scan, &head)) {
		finding_of_pair(scan);
		return STATUS_OK;
	}
	if (!read_rdata(scan, &head, &rdlen) || !resolve_ttl(scan, &head, rdlen, &ttl))
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

/* A file was opened: whoever wants to know does. */
static enum status
note_source(const struct scanner *scanner, const struct source *source)
{
	if (scanner->sources == NULL)
		return STATUS_OK;
	return source_list_add(scanner->sources, source->path, &source->state);
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
	status = note_source(scan->scanner, source);
	if (status != STATUS_OK) {
		source_free(source);
		return status;
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

/* Where $GENERATE's tokens are: itself, the range, the owner, what a head has, RDATA. */
enum {
	GENERATE_RANGE_IDX = 1,
	GENERATE_OWNER_IDX = 2,
	GENERATE_HEAD_IDX = 3,
	GENERATE_LINE_MAX = 16384, /* far more than BIND's 2 times 2048 */
};

/* $GENERATE under way: the directive's tokens, and the lines made of them. */
struct generation {
	const struct tokenizer *directive;
	size_t rdata_idx;
	struct tokenizer line;
	char octets[GENERATE_LINE_MAX];
};

/* RDATA given as one quoted token is text of its own, of any number of tokens: BIND's way to write
 * `MX "10 mail$"`. Quotes escaped in it are quotes of that text. */
static bool
expand_unquoted(struct generate_text *text, const struct rdata_token *token, uint32_t number,
		const char **reason)
{
	for (size_t i = 0; i < token->len;) {
		const char *at = token->text + i;
		const char *backslash = memmem(at, token->len - i, "\\\"", 2);
		size_t len = backslash != NULL ? (size_t)(backslash - at) : token->len - i;
		if (!generate_expand(text, at, len, number, reason) ||
		    (backslash != NULL && !generate_append(text, "\"", 1, reason)))
			return false;
		i += backslash != NULL ? len + 2 : len;
	}
	return true;
}

static bool
expand_token(struct generate_text *text, const struct rdata_token *token, uint32_t number,
	     const char **reason)
{
	const char *quote = "\"";
	size_t quote_len = token->is_quoted ? 1 : 0;
	return generate_append(text, quote, quote_len, reason) &&
	       generate_expand(text, token->text, token->len, number, reason) &&
	       generate_append(text, quote, quote_len, reason);
}

/* The line of one number, as text. */
static bool
generate_line(struct generation *generation, uint32_t number, struct generate_text *text,
	      const char **reason)
{
	const struct tokenizer *directive = generation->directive;
	text->len = 0;
	for (size_t i = GENERATE_OWNER_IDX; i < directive->token_count; i++) {
		const struct rdata_token *token = &directive->tokens[i];
		bool is_all_rdata = i == generation->rdata_idx && i + 1 == directive->token_count;
		bool is_expanded = is_all_rdata && token->is_quoted
				       ? expand_unquoted(text, token, number, reason)
				       : expand_token(text, token, number, reason);
		if (!is_expanded || !generate_append(text, " ", 1, reason))
			return false;
	}
	return true;
}

/* The record of one number. *is_faulty: it is none; it was reported. */
static enum status
generate_record(struct scan *scan, struct generation *generation, uint32_t number, bool *is_faulty)
{
	const struct rdata_token *place = &generation->directive->tokens[0];
	struct generate_text text = {.octets = generation->octets, .cap = GENERATE_LINE_MAX};
	struct tokenizer *line = &generation->line;
	const char *reason = "$GENERATE makes no record";
	size_t error_count = scan->scanner->findings->error_count;
	if (!generate_line(generation, number, &text, &reason)) {
		finding_at(scan, FINDING_SYNTAX, place, reason);
		*is_faulty = true;
		return STATUS_OK;
	}
	tokenizer_restart(line, text.octets, text.len);
	enum token_outcome outcome = tokenizer_next(line);
	if (outcome == TOKEN_NO_MEMORY)
		return STATUS_NO_MEMORY;
	if (outcome != TOKEN_ENTRY) {
		if (outcome == TOKEN_FAULT)
			reason = line->fault_reason;
		finding_at(scan, FINDING_SYNTAX, place, reason);
		*is_faulty = true;
		return STATUS_OK;
	}
	for (size_t i = 0; i < line->token_count; i++) {
		line->tokens[i].line = place->line;
		line->tokens[i].column = place->column;
	}
	line->pair_line = place->line;
	line->pair_column = place->column;
	scan->source->tokenizer = *line;
	enum status status = read_record(scan);
	*is_faulty = scan->scanner->findings->error_count > error_count;
	return status;
}

/* All records of a range, up to the first faulty one: the others have the same fault. */
static enum status
generate_records(struct scan *scan, struct generation *generation,
		 const struct generate_range *range)
{
	enum status status = STATUS_OK;
	bool is_faulty = false;
	/* In 64 bits: the last step may lead past 2^32. */
	for (uint64_t number = range->start;
	     number <= range->stop && status == STATUS_OK && !is_faulty; number += range->step)
		status = generate_record(scan, generation, (uint32_t)number, &is_faulty);
	return status;
}

/* Runs the directive with the scan's tokenizer and owner put aside: the owner that the next line
 * inherits is the one before $GENERATE, as in BIND. */
static enum status
run_generation(struct scan *scan, size_t rdata_idx, const struct generate_range *range)
{
	struct source *source = scan->source;
	struct generation *generation = calloc(1, sizeof(*generation));
	if (generation == NULL)
		return STATUS_NO_MEMORY;
	struct tokenizer directive = source->tokenizer;
	uint8_t owner[DNAME_LEN_MAX];
	bool has_owner = source->has_owner;
	bool is_owner_faulty = source->is_owner_faulty;
	memcpy(owner, source->owner, sizeof(owner));
	generation->directive = &directive;
	generation->rdata_idx = rdata_idx;

	scan->is_generating = true;
	enum status status = generate_records(scan, generation, range);
	scan->is_generating = false;

	source->tokenizer = directive;
	memcpy(source->owner, owner, sizeof(owner));
	source->has_owner = has_owner;
	source->is_owner_faulty = is_owner_faulty;
	tokenizer_fini(&generation->line);
	free(generation);
	return status;
}

static enum status
read_generate(struct scan *scan)
{
	const struct tokenizer *tokenizer = &scan->source->tokenizer;
	const struct rdata_token *token = &tokenizer->tokens[GENERATE_RANGE_IDX];
	struct generate_range range;
	struct head head;
	const char *reason;
	if (!has_arguments(scan, GENERATE_HEAD_IDX, ENTRY_TOKENS_MAX))
		return STATUS_OK;
	if (!generate_range_read(token->text, token->len, &range, &reason)) {
		finding_of(scan, FINDING_SYNTAX, token, reason);
		return STATUS_OK;
	}
	if (!read_head(scan, GENERATE_HEAD_IDX, &head))
		return STATUS_OK;
	return run_generation(scan, head.rdata_idx, &range);
}

static enum status
read_directive(struct scan *scan)
{
	static const struct {
		const char *name;
		enum status (*read)(struct scan *scan);
	} directives[] = {{"$ORIGIN", read_origin},
			  {"$TTL", read_default_ttl},
			  {"$INCLUDE", read_include},
			  {"$GENERATE", read_generate}};
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
	const struct tokenizer *tokenizer = &scan->source->tokenizer;
	const struct rdata_token *first = &tokenizer->tokens[0];
	bool is_directive = !first->is_quoted && first->len > 0 && first->text[0] == '$';
	if (tokenizer->has_pair && (is_directive || first->is_pair)) {
		finding_of_pair(scan);
		return STATUS_OK;
	}
	if (is_directive)
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
	scan->is_generating = false;
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
	if (status != STATUS_OK)
		return status;
	status = note_source(scanner, source);
	if (status != STATUS_OK) {
		source_free(source);
		return status;
	}
	return scan_source(scanner, source);
}

enum status
scanner_run_text(const struct scanner *scanner, const char *text, size_t len)
{
	struct source *source;
	enum status status = source_open_text(scanner->path, text, len, &source);
	return status == STATUS_OK ? scan_source(scanner, source) : status;
}
