/* token.c -- stage 1 of 4 of reading a zone: text to entries and tokens (next: scanner.c). */
#include "zones/token.h"

#include <stdlib.h>

/* What ends an unquoted token, or needs a look inside it. */
static const bool is_special[256] = {
    ['\0'] = true, ['\t'] = true, ['\n'] = true, ['\r'] = true, [' '] = true,
    ['"'] = true,  ['('] = true,  [')'] = true,  [';'] = true,  ['\\'] = true,
};

/* Editors on Windows begin UTF-8 with a byte order mark; no name does. */
static void
skip_mark(struct tokenizer *tokenizer)
{
	size_t len = (size_t)(tokenizer->end - tokenizer->at);
	if (!tokenizer->is_begin || len == 0)
		return;
	tokenizer->is_begin = false;
	if (len >= 3 && memcmp(tokenizer->at, "\xef\xbb\xbf", 3) == 0)
		tokenizer->at += 3;
	tokenizer->line_begin = tokenizer->at;
}

void
tokenizer_init(struct tokenizer *tokenizer, const char *text, size_t len, uint64_t off)
{
	*tokenizer = (struct tokenizer){.at = text,
					.end = text + len,
					.is_last = true,
					.line_begin = text,
					.is_begin = off == 0,
					.line = 1};
	skip_mark(tokenizer);
}

void
tokenizer_reach(struct tokenizer *tokenizer, const char *text, size_t len)
{
	tokenizer->at = text;
	tokenizer->end = text + len;
	tokenizer->line_begin = text;
	skip_mark(tokenizer);
}

void
tokenizer_fini(struct tokenizer *tokenizer)
{
	free(tokenizer->tokens);
	tokenizer->tokens = NULL;
}

void
tokenizer_restart(struct tokenizer *tokenizer, const char *text, size_t len)
{
	struct rdata_token *tokens = tokenizer->tokens;
	size_t token_cap = tokenizer->token_cap;
	tokenizer_init(tokenizer, text, len, 0);
	tokenizer->tokens = tokens;
	tokenizer->token_cap = token_cap;
}

static uint32_t
column_of(const struct tokenizer *tokenizer, const char *at)
{
	return (uint32_t)(at - tokenizer->line_begin) + 1;
}

/* Only the entry's first fault counts: what follows it is often its consequence. */
static void
fault_at(struct tokenizer *tokenizer, const char *at, const char *reason)
{
	if (tokenizer->fault_reason != NULL)
		return;
	tokenizer->fault_line = tokenizer->line;
	tokenizer->fault_column = column_of(tokenizer, at);
	tokenizer->fault_reason = reason;
}

/* False only for want of memory. */
static bool
token_add(struct tokenizer *tokenizer, const char *begin, const char *end, bool is_quoted)
{
	const char *text = is_quoted ? begin + 1 : begin;
	if (tokenizer->token_count == ENTRY_TOKENS_MAX) {
		fault_at(tokenizer, begin, "more fields than any record has");
		return true;
	}
	if (tokenizer->token_count == tokenizer->token_cap) {
		size_t cap = tokenizer->token_cap == 0 ? 64 : 2 * tokenizer->token_cap;
		struct rdata_token *tokens =
		    reallocarray(tokenizer->tokens, cap, sizeof(tokens[0]));
		if (tokens == NULL)
			return false;
		tokenizer->tokens = tokens;
		tokenizer->token_cap = cap;
	}
	tokenizer->tokens[tokenizer->token_count++] =
	    (struct rdata_token){.text = text,
				 .len = (size_t)(end - text),
				 .line = tokenizer->line,
				 .column = column_of(tokenizer, begin),
				 .is_quoted = is_quoted};
	return true;
}

/* A backslash takes the next octet with it, but never the end of the line. */
static const char *
skip_escape(const char *at, const char *end)
{
	at++;
	bool is_line_end =
	    at == end || *at == '\n' || (*at == '\r' && (at + 1 == end || at[1] == '\n'));
	return is_line_end ? at : at + 1;
}

/* From an opening quote to the closing one, or to what comes first: the end of the line or of the
 * text, a NUL. */
static const char *
skip_quoted(const char *at, const char *end)
{
	at++;
	while (at < end && *at != '"' && *at != '\n' && *at != '\0')
		at = *at == '\\' ? skip_escape(at, end) : at + 1;
	return at;
}

/* key="value" (RFC 9460 2.1), up to the closing quote; whoever uses the token knows whether it may
 * be one. */
static bool
read_pair(struct tokenizer *tokenizer, const char *begin, const char *quote)
{
	const char *at = skip_quoted(quote, tokenizer->end);
	bool is_closed = at < tokenizer->end && *at == '"';
	if (!is_closed && (at == tokenizer->end || *at == '\n'))
		fault_at(tokenizer, quote, "quote without a closing quote on its line");
	if (!tokenizer->has_pair) {
		tokenizer->has_pair = true;
		tokenizer->pair_line = tokenizer->line;
		tokenizer->pair_column = column_of(tokenizer, quote);
	}
	tokenizer->at = is_closed ? at + 1 : at;
	if (!token_add(tokenizer, begin, tokenizer->at, false))
		return false;
	if (tokenizer->token_count > 0)
		tokenizer->tokens[tokenizer->token_count - 1].is_pair = true;
	return true;
}

static bool
read_unquoted(struct tokenizer *tokenizer)
{
	const char *begin = tokenizer->at;
	const char *at = begin;
	const char *end = tokenizer->end;
	for (;;) {
		while (at < end && !is_special[(uint8_t)*at])
			at++;
		if (at == end || *at != '\\')
			break;
		at = skip_escape(at, end);
	}
	if (at < end && *at == '"') {
		if (at > begin && at[-1] == '=')
			return read_pair(tokenizer, begin, at);
		fault_at(tokenizer, at, "quote inside an unquoted token");
	}
	tokenizer->at = at;
	return token_add(tokenizer, begin, at, false);
}

static bool
read_quoted(struct tokenizer *tokenizer)
{
	const char *begin = tokenizer->at;
	const char *end = tokenizer->end;
	const char *at = skip_quoted(begin, end);
	if (at < end && *at == '"') {
		tokenizer->at = at + 1;
		return token_add(tokenizer, begin, at, true);
	}
	/* The quote is the slip, wherever its text ends; what follows is read as it stands. */
	if (at == end || *at == '\n')
		fault_at(tokenizer, begin, "quote without a closing quote on its line");
	tokenizer->at = at;
	return true;
}

static void
skip_comment(struct tokenizer *tokenizer)
{
	size_t left = (size_t)(tokenizer->end - tokenizer->at);
	const char *newline = memchr(tokenizer->at, '\n', left);
	tokenizer->at = newline != NULL ? newline : tokenizer->end;
}

static void
open_parenthesis(struct tokenizer *tokenizer)
{
	if (tokenizer->paren_depth++ == 0) {
		tokenizer->paren_line = tokenizer->line;
		tokenizer->paren_column = column_of(tokenizer, tokenizer->at);
	}
	tokenizer->at++;
}

static void
close_parenthesis(struct tokenizer *tokenizer)
{
	if (tokenizer->paren_depth == 0)
		fault_at(tokenizer, tokenizer->at, "closing parenthesis without an opening one");
	else
		tokenizer->paren_depth--;
	tokenizer->at++;
}

void
tokenizer_next_line(struct tokenizer *tokenizer)
{
	tokenizer->at++;
	tokenizer->line++;
	tokenizer->line_begin = tokenizer->at;
}

/* Reads one line of an entry or, within parentheses, all its lines. False for want of memory. */
static bool
read_entry(struct tokenizer *tokenizer)
{
	while (tokenizer->at < tokenizer->end) {
		switch (*tokenizer->at) {
		case '\n':
			if (tokenizer->paren_depth == 0)
				return true;
			tokenizer_next_line(tokenizer);
			break;
		case ' ':
		case '\t':
		case '\r':
			tokenizer->at++;
			break;
		case ';':
			skip_comment(tokenizer);
			break;
		case '(':
			open_parenthesis(tokenizer);
			break;
		case ')':
			close_parenthesis(tokenizer);
			break;
		case '\0':
			fault_at(tokenizer, tokenizer->at, "NUL octet: this is no zone file");
			tokenizer->at++;
			break;
		case '"':
			if (!read_quoted(tokenizer))
				return false;
			break;
		default:
			if (!read_unquoted(tokenizer))
				return false;
		}
	}
	return true;
}

/* The entry is not all there: back to where it begins. */
static enum token_outcome
ask_for_more(struct tokenizer *tokenizer, const char *begin, uint32_t line)
{
	tokenizer->at = begin;
	tokenizer->line = line;
	tokenizer->line_begin = begin;
	tokenizer->paren_depth = 0;
	return TOKEN_MORE;
}

enum token_outcome
tokenizer_next(struct tokenizer *tokenizer)
{
	while (tokenizer->at < tokenizer->end) {
		if (*tokenizer->at == '\n') {
			tokenizer_next_line(tokenizer);
			continue;
		}
		const char *begin = tokenizer->at;
		uint32_t line = tokenizer->line;
		tokenizer->token_count = 0;
		tokenizer->fault_reason = NULL;
		tokenizer->has_pair = false;
		tokenizer->is_indented = *begin == ' ' || *begin == '\t';
		if (!read_entry(tokenizer))
			return TOKEN_NO_MEMORY;
		if (tokenizer->paren_depth > 0 && !tokenizer->is_last)
			return ask_for_more(tokenizer, begin, line);
		if (tokenizer->paren_depth > 0) {
			tokenizer->paren_depth = 0;
			tokenizer->fault_line = tokenizer->paren_line;
			tokenizer->fault_column = tokenizer->paren_column;
			tokenizer->fault_reason = "parenthesis without a closing one";
		}
		if (tokenizer->fault_reason != NULL)
			return TOKEN_FAULT;
		if (tokenizer->token_count > 0)
			return TOKEN_ENTRY;
	}
	return tokenizer->is_last ? TOKEN_END : TOKEN_MORE;
}
