/* token.h -- zone-file text cut into entries, and entries into tokens: the lower half of the
 * scanner.
 *
 * Threads:   a struct tokenizer belongs to one thread.
 * Memory:    owns its array of tokens until tokenizer_fini(); tokens point into the caller's text.
 * Errors:    one fault an entry, with its place; the entry is then read to its end, so that the
 *            next call begins at the next one.
 * Standards: RFC 1035 5.1.
 */
#ifndef GLUED_ZONES_TOKEN_H
#define GLUED_ZONES_TOKEN_H

#include "zones/rdata.h"

enum token_outcome {
	TOKEN_ENTRY, /* tokenizer->tokens[0 .. token_count), at least one */
	TOKEN_FAULT, /* fault_line, fault_column, fault_reason */
	TOKEN_MORE,  /* the text ends before the entry does, or before there is one; it goes on */
	TOKEN_END,
	TOKEN_NO_MEMORY,
};

enum {
	/* RDATA of 65535 octets holds no more strings than this and no more pairs of hexadecimal
	 * digits; an entry that goes on is not kept, or one forgotten parenthesis would hold the
	 * whole file's tokens in memory. */
	ENTRY_TOKENS_MAX = 65535 + 64,
};

struct tokenizer {
	/* owner: the tokenizer */
	const char *at;
	const char *end; /* behind a newline, unless is_last */
	bool is_last;    /* no text follows this */
	const char *line_begin;
	bool is_begin; /* nothing was read yet of the file's beginning */
	uint32_t line;
	uint32_t paren_depth;
	uint32_t paren_line; /* where the outermost open parenthesis stands */
	uint32_t paren_column;
	size_t token_cap;

	/* the entry, valid until the next call */
	struct rdata_token *tokens;
	size_t token_count;
	bool is_indented; /* blank before the first token: the owner is the record's before */
	bool has_pair;    /* a token of the form key="value", which few types take (RFC 9460) ... */
	uint32_t pair_line; /* ... and where the first one's quote stands */
	uint32_t pair_column;

	/* the entry's first fault */
	uint32_t fault_line;
	uint32_t fault_column;
	const char *fault_reason;
};

/* The text, all there is, stays the caller's and must outlive the tokenizer. It stands `off` octets
 * from the beginning of its file, at the beginning of a line. */
void tokenizer_init(struct tokenizer *tokenizer, const char *text, size_t len, uint64_t off);
void tokenizer_fini(struct tokenizer *tokenizer);

/* As fini and init, with the array of tokens used again. */
void tokenizer_restart(struct tokenizer *tokenizer, const char *text, size_t len);

/* After TOKEN_MORE: what stood at tokenizer->at begins `text` now, and there are `len` octets. */
void tokenizer_reach(struct tokenizer *tokenizer, const char *text, size_t len);

/* Goes behind the newline at which it stands. */
void tokenizer_next_line(struct tokenizer *tokenizer);

/* The next entry that is not empty. TOKEN_MORE leaves `at` at the beginning of a line, where
 * reading goes on once the text reaches further; it may then be elsewhere. */
enum token_outcome tokenizer_next(struct tokenizer *tokenizer);

#endif
