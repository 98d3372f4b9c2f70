#include "control/change_set.h"

#include <stdlib.h>
#include <strings.h>

#include "zones/dname.h"
#include "zones/scan.h"
#include "zones/token.h"
#include "zones/ttl.h"

enum {
	/* Two names and five numbers of 32 bits. */
	SOA_RDATA_MAX = 2 * DNAME_LEN_MAX + 20,

	QUOTE_MAX = 64, /* of a faulty token */
};

/* A set being read. */
struct reading {
	struct tokenizer tokenizer;
	const uint8_t *apex;
	struct change_set *set;
	struct error *error;
	size_t at; /* the next token of the line */
	uint8_t rdata[RDATA_LEN_MAX];
};

/* -- faults -------------------------------------------------------------------------------------
 */

/* At a token, or (past the last) behind the line's end. */
static enum status
fault_at(const struct reading *reading, size_t token_idx, const char *reason)
{
	const struct tokenizer *tokenizer = &reading->tokenizer;
	if (token_idx >= tokenizer->token_count)
		return error_set(reading->error, STATUS_INVALID, "line %u: %s",
				 tokenizer->tokens[tokenizer->token_count - 1].line, reason);
	const struct rdata_token *token = &tokenizer->tokens[token_idx];
	return error_set(reading->error, STATUS_INVALID, "line %u: %s: '%.*s'", token->line, reason,
			 (int)(token->len < QUOTE_MAX ? token->len : QUOTE_MAX), token->text);
}

/* -- one change ---------------------------------------------------------------------------------
 */

static bool
is_word(const struct rdata_token *token, const char *word)
{
	return !token->is_quoted && token->len == strlen(word) &&
	       strncasecmp(token->text, word, token->len) == 0;
}

static bool
has_more(const struct reading *reading)
{
	return reading->at < reading->tokenizer.token_count;
}

static enum status
read_owner(struct reading *reading, uint8_t owner[DNAME_LEN_MAX])
{
	const struct rdata_token *token = &reading->tokenizer.tokens[reading->at];
	const char *reason;
	if (!has_more(reading))
		return fault_at(reading, reading->at, "a name is missing");
	if (token->is_quoted)
		return fault_at(reading, reading->at, "a name stands in no quotes");
	if (is_word(token, "@"))
		memcpy(owner, reading->apex, dname_len(reading->apex));
	else if (dname_read(token->text, token->len, reading->apex, owner, &reason) == 0)
		return fault_at(reading, reading->at, reason);
	if (!dname_is_within(owner, reading->apex))
		return fault_at(reading, reading->at, "not within the zone");
	reading->at++;
	return STATUS_OK;
}

static enum status
read_ttl(struct reading *reading, uint32_t *ttl)
{
	const struct rdata_token *token = &reading->tokenizer.tokens[reading->at];
	if (!has_more(reading))
		return fault_at(reading, reading->at, "a TTL is missing");
	if (token->is_quoted || !ttl_read(token->text, token->len, ttl))
		return fault_at(reading, reading->at, "malformed TTL");
	if (*ttl > TTL_MAX) /* RFC 2181 8 */
		return fault_at(reading, reading->at, "a TTL above 2147483647");
	reading->at++;
	return STATUS_OK;
}

static enum status
read_type(struct reading *reading, uint16_t *rrtype)
{
	if (has_more(reading) && is_word(&reading->tokenizer.tokens[reading->at], "IN"))
		reading->at++;
	if (!has_more(reading))
		return fault_at(reading, reading->at, "a type is missing");
	const struct rdata_token *token = &reading->tokenizer.tokens[reading->at];
	int code = token->is_quoted ? -1 : rrtype_read(token->text, token->len);
	if (code < 0)
		return fault_at(reading, reading->at, "unknown type");
	if (scan_is_meta((uint16_t)code))
		return fault_at(reading, reading->at, "a type that no zone holds");
	*rrtype = (uint16_t)code;
	reading->at++;
	return STATUS_OK;
}

static enum status
read_rdata(struct reading *reading, uint16_t rrtype, size_t *rdlen)
{
	const struct tokenizer *tokenizer = &reading->tokenizer;
	struct rdata_fault fault;
	if (rdata_read(rrtype, tokenizer->tokens + reading->at,
		       tokenizer->token_count - reading->at, reading->apex, reading->rdata, rdlen,
		       &fault))
		return STATUS_OK;
	return fault_at(reading, reading->at + fault.token_idx, fault.reason);
}

/* Takes up a copy of the change. */
static enum status
keep(struct reading *reading, const struct change *change)
{
	struct change_set *set = reading->set;
	size_t owner_len = dname_len(change->owner);
	size_t len = owner_len + change->rdlen;
	if (set->octets + sizeof(*change) + len > CHANGE_SET_OCTETS_MAX)
		return error_set(reading->error, STATUS_LIMIT,
				 "a change set takes at most %d octets of memory",
				 CHANGE_SET_OCTETS_MAX);
	if (set->count == set->cap) {
		size_t cap = set->cap == 0 ? 8 : 2 * set->cap;
		struct change *changes = realloc(set->changes, cap * sizeof(*changes));
		if (changes == NULL)
			return error_set(reading->error, STATUS_NO_MEMORY, "out of memory");
		set->changes = changes;
		set->cap = cap;
	}
	uint8_t *octets = malloc(len);
	if (octets == NULL)
		return error_set(reading->error, STATUS_NO_MEMORY, "out of memory");
	memcpy(octets, change->owner, owner_len);
	if (change->rdlen > 0)
		memcpy(octets + owner_len, change->rdata, change->rdlen);
	struct change *kept = &set->changes[set->count++];
	*kept = *change;
	kept->owner = octets;
	kept->rdata = octets + owner_len;
	set->octets += sizeof(*change) + len;
	return STATUS_OK;
}

static bool
is_of_soa(const struct reading *reading, const struct change *change)
{
	return dname_equal(change->owner, reading->apex) &&
	       (change->kind == CHANGE_DELETE_NAME || change->rrtype == RRTYPE_SOA);
}

static enum status
read_addition(struct reading *reading, struct change *change)
{
	size_t rdlen = 0;
	change->kind = CHANGE_ADD;
	enum status status = read_ttl(reading, &change->ttl);
	if (status == STATUS_OK)
		status = read_type(reading, &change->rrtype);
	if (status == STATUS_OK)
		status = read_rdata(reading, change->rrtype, &rdlen);
	change->rdlen = (uint16_t)rdlen;
	if (status != STATUS_OK || !is_of_soa(reading, change))
		return status;
	/* RFC 2136 3.4.2.2: a SOA takes the place of the one that is there. */
	struct change before = {
	    .kind = CHANGE_DELETE_RRSET, .rrtype = RRTYPE_SOA, .owner = change->owner};
	return keep(reading, &before);
}

static enum status
read_deletion(struct reading *reading, struct change *change)
{
	size_t rdlen = 0;
	change->kind = CHANGE_DELETE_NAME;
	if (!has_more(reading))
		return STATUS_OK;
	change->kind = CHANGE_DELETE_RRSET;
	enum status status = read_type(reading, &change->rrtype);
	if (status != STATUS_OK || !has_more(reading))
		return status;
	change->kind = CHANGE_DELETE_RR;
	status = read_rdata(reading, change->rrtype, &rdlen);
	change->rdlen = (uint16_t)rdlen;
	return status;
}

/* key="value" stands in the RDATA of few types, and nowhere else. */
static enum status
check_pairs(const struct reading *reading, const struct change *change)
{
	const struct tokenizer *tokenizer = &reading->tokenizer;
	const struct rrtype *row = rrtype_find(change->rrtype);
	bool may_have = row != NULL && (row->flags & RRTYPE_PAIRS) != 0;
	for (size_t i = 0; tokenizer->has_pair && i < tokenizer->token_count; i++) {
		if (tokenizer->tokens[i].is_pair && (!may_have || i < reading->at))
			return fault_at(reading, i, "quote inside an unquoted token");
	}
	return STATUS_OK;
}

static enum status
read_line(struct reading *reading)
{
	uint8_t owner[DNAME_LEN_MAX];
	struct change change = {.owner = owner, .rdata = reading->rdata};
	const struct rdata_token *verb = &reading->tokenizer.tokens[0];
	bool is_addition = is_word(verb, "add");
	if (!is_addition && !is_word(verb, "delete"))
		return fault_at(reading, 0, "a line begins with \"add\" or \"delete\", not");
	reading->at = 1;
	enum status status = read_owner(reading, owner);
	if (status == STATUS_OK)
		status =
		    is_addition ? read_addition(reading, &change) : read_deletion(reading, &change);
	if (status == STATUS_OK)
		status = check_pairs(reading, &change);
	if (status != STATUS_OK)
		return status;
	reading->set->has_soa |= is_of_soa(reading, &change);
	return keep(reading, &change);
}

/* -- the set ------------------------------------------------------------------------------------
 */

static enum status
read_lines(struct reading *reading)
{
	struct tokenizer *tokenizer = &reading->tokenizer;
	for (;;) {
		enum status status = STATUS_OK;
		switch (tokenizer_next(tokenizer)) {
		case TOKEN_ENTRY:
			status = read_line(reading);
			break;
		case TOKEN_FAULT:
			return error_set(reading->error, STATUS_INVALID, "line %u: %s",
					 tokenizer->fault_line, tokenizer->fault_reason);
		case TOKEN_NO_MEMORY:
			return error_set(reading->error, STATUS_NO_MEMORY, "out of memory");
		case TOKEN_MORE: /* all the text is there */
		case TOKEN_END:
			return reading->set->count > 0 ? STATUS_OK
						       : error_set(reading->error, STATUS_INVALID,
								   "there is no change in the set");
		}
		if (status != STATUS_OK)
			return status;
	}
}

enum status
change_set_read(const uint8_t *apex, const char *text, size_t len, struct change_set **out,
		struct error *error)
{
	struct change_set *set = calloc(1, sizeof(*set));
	struct reading *reading = malloc(sizeof(*reading));
	if (set == NULL || reading == NULL) {
		free(set);
		free(reading);
		return error_set(error, STATUS_NO_MEMORY, "out of memory");
	}
	reading->apex = apex;
	reading->set = set;
	reading->error = error;
	tokenizer_init(&reading->tokenizer, text, len, 0);
	enum status status = read_lines(reading);
	tokenizer_fini(&reading->tokenizer);
	free(reading);
	if (status != STATUS_OK) {
		change_set_free(set);
		return status;
	}
	*out = set;
	return STATUS_OK;
}

void
change_set_free(struct change_set *set)
{
	if (set == NULL)
		return;
	for (size_t i = 0; i < set->count; i++)
		free((void *)(uintptr_t)set->changes[i].owner);
	free(set->changes);
	free(set);
}

/* RFC 1982 3.1: one more, modulo 2^32. Of the five numbers at the RDATA's end it is the first. */
static void
increase_serial(uint8_t *rdata, size_t rdlen)
{
	uint8_t *serial = rdata + rdlen - 20;
	be32_write(serial, be32_read(serial) + 1);
}

enum status
change_set_derive(const struct change_set *set, const struct zone_version *from,
		  struct zone_version **out, struct change_report *report, struct error *error)
{
	uint8_t rdata[SOA_RDATA_MAX];
	if (set->has_soa)
		return zone_version_derive(from, set->changes, set->count, out, report, error);
	struct change *changes = malloc((set->count + 2) * sizeof(*changes));
	if (changes == NULL)
		return error_set(error, STATUS_NO_MEMORY, "no memory for a set of %zu changes",
				 set->count);
	const struct rrset *soa = version_at(from, version_image(from)->soa);
	struct rr_cursor rr = rr_first(soa);
	memcpy(rdata, rr.rdata, rr.rdlen);
	increase_serial(rdata, rr.rdlen);
	memcpy(changes, set->changes, set->count * sizeof(*changes));
	changes[set->count] = (struct change){
	    .kind = CHANGE_DELETE_RRSET, .rrtype = RRTYPE_SOA, .owner = version_origin(from)};
	changes[set->count + 1] = (struct change){.kind = CHANGE_ADD,
						  .ttl = soa->ttl,
						  .rrtype = RRTYPE_SOA,
						  .rdlen = rr.rdlen,
						  .owner = version_origin(from),
						  .rdata = rdata};
	enum status status = zone_version_derive(from, changes, set->count + 2, out, report, error);
	free(changes);
	return status;
}
