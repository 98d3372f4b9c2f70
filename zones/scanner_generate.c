/* scanner_generate.c -- $GENERATE: one entry that stands for many records (used by
 * scanner_directive.c). */
#include <stdlib.h>

#include "zones/generate.h"
#include "zones/scan.h"

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
		scan_finding_at(scan, FINDING_SYNTAX, place, reason);
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
		scan_finding_at(scan, FINDING_SYNTAX, place, reason);
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
	enum status status = scan_record(scan);
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
	bool sets_owner = scan->part->sets_owner;
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
	scan->part->sets_owner = sets_owner;
	tokenizer_fini(&generation->line);
	free(generation);
	return status;
}

enum status
scan_generate(struct scan *scan)
{
	const struct tokenizer *tokenizer = &scan->source->tokenizer;
	const struct rdata_token *token = &tokenizer->tokens[GENERATE_RANGE_IDX];
	struct generate_range range;
	struct head head;
	const char *reason;
	if (!scan_has_arguments(scan, GENERATE_HEAD_IDX, ENTRY_TOKENS_MAX))
		return STATUS_OK;
	if (!generate_range_read(token->text, token->len, &range, &reason)) {
		scan_finding_of(scan, FINDING_SYNTAX, token, reason);
		return STATUS_OK;
	}
	if (!scan_read_head(scan, GENERATE_HEAD_IDX, &head))
		return STATUS_OK;
	return run_generation(scan, head.rdata_idx, &range);
}
