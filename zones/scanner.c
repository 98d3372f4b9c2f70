/* scanner.c -- stage 2 of 4 of reading a zone: entries to records (before: token.c, next: zone.c).
 */
#include "zones/scanner.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "zones/dname.h"
#include "zones/rdata.h"
#include "zones/scan.h"
#include "zones/ttl.h"

enum {
	/* An entry of a guessed part that is longer than this rather shows that the guess is wrong:
	 * it began inside parentheses. */
	GUESSED_ENTRY_LEN_MAX = 1 << 20,
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

void
scan_finding_at(struct scan *scan, enum finding_kind kind, const struct rdata_token *token,
		const char *reason)
{
	findings_add(scan->scanner->findings, kind, scan->source->text->path, token->line,
		     token->column, "%s", reason);
}

void
scan_finding_of(struct scan *scan, enum finding_kind kind, const struct rdata_token *token,
		const char *reason)
{
	findings_add(scan->scanner->findings, kind, scan->source->text->path, token->line,
		     token->column, "%s '%s'", reason, quote(token).text);
}

/* Something is missing: the place is right behind the entry's last token. */
void
scan_finding_behind(struct scan *scan, enum finding_kind kind, const char *reason)
{
	const struct tokenizer *tokenizer = &scan->source->tokenizer;
	const struct rdata_token *last = &tokenizer->tokens[tokenizer->token_count - 1];
	struct rdata_token behind = *last;
	if (!scan->is_generating)
		behind.column += (uint32_t)(last->len + (last->is_quoted ? 2 : 0));
	scan_finding_at(scan, kind, &behind, reason);
}

/* Reads a name as owner or as a directive's argument: "@" is the origin. */
bool
scan_read_name(struct scan *scan, const struct rdata_token *token, uint8_t out[DNAME_LEN_MAX])
{
	const char *reason = "a domain name takes no quotes";
	const uint8_t *origin = scan->source->origin;
	if (!token->is_quoted && token->len == 1 && token->text[0] == '@') {
		memcpy(out, origin, dname_len(origin));
		return true;
	}
	if (!token->is_quoted && dname_read(token->text, token->len, origin, out, &reason) != 0)
		return true;
	findings_add(scan->scanner->findings, FINDING_NAME, scan->source->text->path, token->line,
		     token->column, "%s: '%s'", reason, quote(token).text);
	return false;
}

/* RFC 2181 8. */
uint32_t
scan_cap_ttl(struct scan *scan, uint32_t ttl, const struct rdata_token *token)
{
	if (ttl <= TTL_MAX)
		return ttl;
	scan_finding_of(scan, FINDING_TTL_LARGE, token,
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

bool
scan_is_meta(uint16_t rrtype)
{
	const struct rrtype *row = rrtype_find(rrtype);
	return rrtype == 0 || (rrtype >= 128 && rrtype <= 255) ||
	       (row != NULL && (row->flags & RRTYPE_META) != 0);
}

static bool
read_type(struct scan *scan, const struct rdata_token *token, struct head *head)
{
	int rrtype = token->is_quoted ? -1 : rrtype_read(token->text, token->len);
	if (rrtype < 0) {
		scan_finding_of(scan, FINDING_TYPE, token, "unknown type");
		return false;
	}
	if (scan_is_meta((uint16_t)rrtype)) {
		scan_finding_of(scan, FINDING_TYPE, token, "a type that no zone holds:");
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
		scan_finding_of(scan, FINDING_TTL, token, "malformed TTL");
		return false;
	}
	head->ttl = scan_cap_ttl(scan, head->ttl, token);
	head->ttl_token = token;
	return true;
}

/* [TTL] [class] type, or [class] [TTL] type (RFC 1035 5.1). No type begins with a digit. */
bool
scan_read_head(struct scan *scan, size_t token_idx, struct head *head)
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
			scan_finding_of(scan, FINDING_CLASS, token, "only class IN is served, not");
			return false;
		}
		has_class = true;
	}
	scan_finding_behind(scan, FINDING_SYNTAX, "type missing");
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

void
scan_finding_of_pair(struct scan *scan)
{
	const struct tokenizer *tokenizer = &scan->source->tokenizer;
	findings_add(scan->scanner->findings, FINDING_SYNTAX, scan->source->text->path,
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
		scan_finding_behind(scan, FINDING_RDATA, fault.reason);
		return false;
	}
	const struct rdata_token *token = &tokens[fault.token_idx];
	findings_add(scan->scanner->findings, FINDING_RDATA, scan->source->text->path, token->line,
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
		scan->part->sets_last_ttl = true;
		*ttl = head->ttl;
		return true;
	}
	scan->part->needs_ttl |= !scan->part->sets_default_ttl;
	if (!scan->has_default_ttl && !scan->has_last_ttl && head->rrtype == RRTYPE_SOA) {
		/* MINIMUM is SOA's last field. */
		scan->default_ttl =
		    scan_cap_ttl(scan, be32_read(scan->rdata + rdlen - 4), head->type_token);
		scan->has_default_ttl = true;
		scan->part->sets_default_ttl = true;
	}
	if (!scan->has_default_ttl && !scan->has_last_ttl) {
		scan_finding_at(scan, FINDING_TTL, head->type_token,
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
		source->has_owner = scan_read_name(scan, first, source->owner);
		source->is_owner_faulty = !source->has_owner;
		scan->part->sets_owner |= source->parent == NULL;
		return source->has_owner;
	}
	scan->part->needs_owner |= !scan->part->sets_owner;
	if (!source->has_owner && !source->is_owner_faulty)
		scan_finding_at(scan, FINDING_SYNTAX, first,
				"record without an owner name, and none before it");
	return source->has_owner;
}

enum status
scan_record(struct scan *scan)
{
	struct source *source = scan->source;
	const struct rdata_token *first = &source->tokenizer.tokens[0];
	struct head head;
	size_t rdlen;
	uint32_t ttl;
	scan->part->needs_origin |= !scan->part->sets_origin;
	if (!read_owner(scan) ||
	    !scan_read_head(scan, source->tokenizer.is_indented ? 0 : 1, &head))
		return STATUS_OK;
	if (source->tokenizer.has_pair && has_stray_pair(scan, &head)) {
		scan_finding_of_pair(scan);
		return STATUS_OK;
	}
	if (!read_rdata(scan, &head, &rdlen) || !resolve_ttl(scan, &head, rdlen, &ttl))
		return STATUS_OK;
	struct scanner_record record = {.owner = source->owner,
					.owner_len = dname_len(source->owner),
					.rdata = scan->rdata,
					.file = source->text->path,
					.ttl = ttl,
					.line = first->line,
					.column = first->column,
					.rrtype = head.rrtype,
					.rdlen = (uint16_t)rdlen};
	return scan->scanner->record(scan->scanner->context, &record);
}

static enum status
read_entry(struct scan *scan)
{
	const struct tokenizer *tokenizer = &scan->source->tokenizer;
	const struct rdata_token *first = &tokenizer->tokens[0];
	bool is_directive = !first->is_quoted && first->len > 0 && first->text[0] == '$';
	if (tokenizer->has_pair && (is_directive || first->is_pair)) {
		scan_finding_of_pair(scan);
		return STATUS_OK;
	}
	if (is_directive)
		return scan_directive(scan);
	return scan_record(scan);
}

static void
leave_file(struct scan *scan)
{
	struct source *source = scan->source;
	scan->source = source->parent;
	scan->index_text = NULL;
	source_free(source);
}

/* Could a record with an owner of its own begin so? What can't be told from one octet can't. */
static bool
is_clean_begin(char octet)
{
	return strchr(" \t\r\n;$\"()\\", octet) == NULL;
}

bool
scan_is_over(const struct scan *scan, const char *at)
{
	const struct source *source = scan->source;
	return scan->part->stop_off != UINT64_MAX && source->parent == NULL &&
	       source_off(source, at) >= scan->part->stop_off && is_clean_begin(*at);
}

/* Reads more text into the window. Where it can't be read, the file ends. */
static enum status
read_on(struct scan *scan)
{
	struct source *source = scan->source;
	struct error error;
	scan->index_text = NULL;
	scan->owner_text = NULL;
	if (scan->part->is_guess && source->parent == NULL &&
	    source->tokenizer.end - source->tokenizer.at > GUESSED_ENTRY_LEN_MAX) {
		scan->part->is_failed = true;
		return STATUS_OK;
	}
	enum status status = source_more(source, &error);
	if (status != STATUS_IO)
		return status;
	findings_add(scan->scanner->findings, FINDING_IO, source->text->path, 0, 0,
		     "cannot read: %s", error.text);
	scan->part->is_unreadable |= source->parent == NULL;
	source->tokenizer.at = source->tokenizer.end;
	source->tokenizer.is_last = true;
	return STATUS_OK;
}

/* An entry that is no plain line. */
static enum status
scan_entry(struct scan *scan)
{
	struct tokenizer *tokenizer = &scan->source->tokenizer;
	scan->owner_text = NULL;
	switch (tokenizer_next(tokenizer)) {
	case TOKEN_ENTRY:
		return read_entry(scan);
	case TOKEN_FAULT:
		findings_add(scan->scanner->findings, FINDING_SYNTAX, scan->source->text->path,
			     tokenizer->fault_line, tokenizer->fault_column, "%s",
			     tokenizer->fault_reason);
		return STATUS_OK;
	case TOKEN_MORE:
		return read_on(scan);
	case TOKEN_END:
		if (scan->source->parent == NULL)
			scan->is_ended = true;
		else
			leave_file(scan);
		return STATUS_OK;
	default:
		return STATUS_NO_MEMORY;
	}
}

/* Goes on to the next line, if the last entry ended with this one. */
static bool
is_at_end(struct scan *scan)
{
	struct tokenizer *tokenizer = &scan->source->tokenizer;
	if (tokenizer->at < tokenizer->end && *tokenizer->at == '\n')
		tokenizer_next_line(tokenizer);
	return tokenizer->at < tokenizer->end && scan_is_over(scan, tokenizer->at);
}

static enum status
scan_files(struct scan *scan)
{
	enum status status = STATUS_OK;
	while (status == STATUS_OK && !scan->is_ended && !scan->part->is_failed &&
	       !is_at_end(scan)) {
		status = scan_plain(scan);
		if (status == STATUS_OK && !is_at_end(scan))
			status = scan_entry(scan);
	}
	while (scan->source->parent != NULL)
		leave_file(scan);
	return status;
}

/* The first line behind where the source begins that a part may begin with. Without one before the
 * part's end the guess has failed: the part before reaches over this one. */
static enum status
find_begin(struct scan *scan)
{
	struct tokenizer *tokenizer = &scan->source->tokenizer;
	/* A file's window is empty yet; what comes into it is no line's beginning. */
	if (!tokenizer->is_last) {
		enum status status = read_on(scan);
		if (status != STATUS_OK)
			return status;
	}
	for (;;) {
		size_t left = (size_t)(tokenizer->end - tokenizer->at);
		const char *newline = memchr(tokenizer->at, '\n', left);
		tokenizer->at = newline != NULL ? newline + 1 : tokenizer->end;
		if (source_off(scan->source, tokenizer->at) >= scan->part->stop_off)
			break;
		if (tokenizer->at < tokenizer->end) {
			if (is_clean_begin(*tokenizer->at)) {
				tokenizer->line_begin = tokenizer->at;
				return STATUS_OK;
			}
			continue;
		}
		if (tokenizer->is_last)
			break;
		/* The text goes on; what was read ended with a newline. */
		enum status status = read_on(scan);
		if (status != STATUS_OK)
			return status;
		if (tokenizer->at < tokenizer->end && is_clean_begin(*tokenizer->at))
			return STATUS_OK;
	}
	scan->part->is_failed = true;
	return STATUS_OK;
}

static void
state_enter(struct scan *scan, const struct scanner_state *state)
{
	struct source *source = scan->source;
	memcpy(source->origin, state->origin, sizeof(source->origin));
	memcpy(source->owner, state->owner, sizeof(state->owner));
	source->has_owner = state->has_owner;
	source->is_owner_faulty = state->is_owner_faulty;
	source->tokenizer.line = state->line;
	scan->default_ttl = state->default_ttl;
	scan->last_ttl = state->last_ttl;
	scan->has_default_ttl = state->has_default_ttl;
	scan->has_last_ttl = state->has_last_ttl;
}

static void
state_leave(const struct scan *scan, struct scanner_state *state)
{
	const struct source *source = scan->source;
	state->off = source_off(source, source->tokenizer.at);
	state->line = source->tokenizer.line;
	memcpy(state->origin, source->origin, sizeof(source->origin));
	memcpy(state->owner, source->owner, sizeof(state->owner));
	state->has_owner = source->has_owner;
	state->is_owner_faulty = source->is_owner_faulty;
	state->default_ttl = scan->default_ttl;
	state->last_ttl = scan->last_ttl;
	state->has_default_ttl = scan->has_default_ttl;
	state->has_last_ttl = scan->has_last_ttl;
}

void
scanner_state_init(struct scanner_state *state, const uint8_t *origin)
{
	*state = (struct scanner_state){.line = 1};
	memcpy(state->origin, origin, dname_len(origin));
}

enum status
scanner_run_part(const struct scanner *scanner, const struct source_text *text,
		 struct scanner_part *part)
{
	/* A hundred KiB that the thread has at hand; small zones would notice the allocator. */
	struct scan on_stack;
	struct scan *scan = &on_stack;
	/* What comes behind needs no clearing, and is most of it. */
	memset(scan, 0, offsetof(struct scan, index));
	scan->scanner = scanner;
	scan->kernel = scanner->kernel != NULL ? scanner->kernel : line_kernel_best();
	scan->part = part;
	uint64_t begin_off = part->state.off - (part->is_guess ? 1 : 0);
	enum status status = source_new(text, begin_off, &scan->source);
	if (status != STATUS_OK)
		return status;
	if (part->is_guess) {
		part->guess = part->state;
		part->state.line = LINE_PROVISIONAL;
		part->state.has_owner = false;
		part->state.is_owner_faulty = false;
	}
	state_enter(scan, &part->state);
	if (part->is_guess)
		status = find_begin(scan);
	part->begin_off = source_off(scan->source, scan->source->tokenizer.at);
	if (status == STATUS_OK && !part->is_failed)
		status = scan_files(scan);
	state_leave(scan, &part->state);
	source_free(scan->source);
	return status;
}

bool
scanner_part_holds(const struct scanner_part *part, struct scanner_state *before)
{
	const struct scanner_state *guess = &part->guess;
	if (part->is_failed || part->needs_owner || part->begin_off != before->off ||
	    (part->needs_origin && !dname_equal(guess->origin, before->origin)))
		return false;
	if (part->needs_ttl &&
	    (guess->has_default_ttl != before->has_default_ttl ||
	     guess->has_last_ttl != before->has_last_ttl ||
	     guess->default_ttl != before->default_ttl || guess->last_ttl != before->last_ttl))
		return false;

	struct scanner_state after = part->state;
	after.line = before->line + (part->state.line - LINE_PROVISIONAL);
	if (!part->sets_origin)
		memcpy(after.origin, before->origin, sizeof(after.origin));
	if (!part->sets_owner) {
		memcpy(after.owner, before->owner, sizeof(after.owner));
		after.has_owner = before->has_owner;
		after.is_owner_faulty = before->is_owner_faulty;
	}
	if (!part->sets_default_ttl) {
		after.default_ttl = before->default_ttl;
		after.has_default_ttl = before->has_default_ttl;
	}
	if (!part->sets_last_ttl) {
		after.last_ttl = before->last_ttl;
		after.has_last_ttl = before->has_last_ttl;
	}
	*before = after;
	return true;
}

enum status
scan_note_source(const struct scanner *scanner, const struct source_text *text)
{
	if (scanner->sources == NULL)
		return STATUS_OK;
	return source_list_add(scanner->sources, text->path, &text->state);
}

static enum status
run_whole(const struct scanner *scanner, const struct source_text *text)
{
	struct scanner_part part = {.stop_off = UINT64_MAX};
	scanner_state_init(&part.state, scanner->origin);
	return scanner_run_part(scanner, text, &part);
}

enum status
scanner_run(const struct scanner *scanner)
{
	struct source_text *text;
	struct error error;
	enum status status = source_text_open(scanner->path, NULL, &text, &error);
	if (status == STATUS_IO) {
		findings_add(scanner->findings, FINDING_IO, scanner->path, 0, 0, "cannot read: %s",
			     error.text);
		return STATUS_OK;
	}
	if (status != STATUS_OK)
		return status;
	status = scan_note_source(scanner, text);
	if (status == STATUS_OK)
		status = run_whole(scanner, text);
	source_text_free(text);
	return status;
}

enum status
scanner_run_text(const struct scanner *scanner, const char *text, size_t len)
{
	struct source_text *memory;
	enum status status = source_text_new(scanner->path, text, len, &memory);
	if (status != STATUS_OK)
		return status;
	status = run_whole(scanner, memory);
	source_text_free(memory);
	return status;
}
