/* scanner_plain.c -- lines that hold a record and neither quotes, comments, parentheses nor
 * escapes: nearly all lines of a large zone, read from the index of lines (used by scanner.c).
 *
 * It knows no faults: a line that isn't as expected is left to the rest of the scanner, which reads
 * it from its beginning and says what is wrong with it.
 */
#include "zones/dname.h"
#include "zones/plain_read.h"
#include "zones/scan.h"

enum {
	/* What plain_read.h may read behind a token. */
	READ_BEHIND_LEN = PLAIN_LEN_MAX,
};

/* How RDATA is read. */
enum plain_form {
	FORM_ANY, /* by rdata_read() */
	FORM_NAME,
	FORM_NUMBER_AND_NAME,
	FORM_IPV4,
	FORM_IPV6,
};

/* A line's tokens. */
struct line {
	const struct line_index *index;
	const char *text;       /* of the index */
	const uint16_t *bounds; /* of the tokens */
	size_t token_count;
	const char *begin;
};

static inline const char *
token_text(const struct line *line, size_t idx)
{
	return line->text + line->bounds[2 * idx];
}

static inline size_t
token_len(const struct line *line, size_t idx)
{
	return (size_t)(line->bounds[2 * idx + 1] - line->bounds[2 * idx]);
}

static inline uint64_t
token_dots(const struct line *line, size_t idx)
{
	return line_dots(line->index, line->bounds[2 * idx]);
}

bool
plain_read_ipv6(const char *text, size_t len, uint8_t out[16])
{
	uint8_t groups[16];
	size_t count = 0;      /* octets so far */
	size_t gap = SIZE_MAX; /* where "::" stands in them */
	size_t at = 0;
	if (len >= 2 && text[0] == ':' && text[1] == ':') {
		gap = 0;
		at = 2;
	}
	while (at < len) {
		uint32_t group = 0;
		size_t begin = at;
		for (; at < len && at - begin < 5; at++) {
			uint32_t octet = (uint8_t)text[at];
			uint32_t digit = octet - '0';
			if (digit > 9) {
				digit = (octet | 0x20) - 'a';
				if (digit > 5)
					break;
				digit += 10;
			}
			group = group << 4 | digit;
		}
		if (at == begin || at - begin > 4 || count == 16)
			return false;
		be16_write(groups + count, (uint16_t)group);
		count += 2;
		if (at == len)
			break;
		if (text[at++] != ':' || at == len)
			return false;
		if (text[at] == ':') {
			if (gap != SIZE_MAX)
				return false;
			gap = count;
			at++;
		}
	}
	if (gap == SIZE_MAX ? count != 16 : count == 16)
		return false;
	if (gap == SIZE_MAX)
		gap = count;
	memset(out, 0, 16);
	memcpy(out, groups, gap);
	memcpy(out + 16 - (count - gap), groups + gap, count - gap);
	return true;
}

static bool
is_name(enum rdata_field field)
{
	return field == RDATA_NAME_COMPRESSIBLE || field == RDATA_NAME;
}

static enum plain_form
form_of(uint16_t rrtype)
{
	const struct rrtype *row = rrtype_find(rrtype);
	if (rrtype == RRTYPE_A)
		return FORM_IPV4;
	if (rrtype == RRTYPE_AAAA)
		return FORM_IPV6;
	if (row != NULL && is_name(row->fields[0]) && row->fields[1] == RDATA_END)
		return FORM_NAME;
	if (row != NULL && row->fields[0] == RDATA_U16 && is_name(row->fields[1]) &&
	    row->fields[2] == RDATA_END)
		return FORM_NUMBER_AND_NAME;
	return FORM_ANY;
}

/* The type of this mnemonic; NULL for none. Lines before have mostly had it. */
static const struct scan_type *
find_type(struct scan *scan, const char *text, size_t len)
{
	if (len > 8)
		return NULL;
	uint64_t word = plain_head(plain_word(text), len);
	struct scan_type *type = &scan->types[(word * UINT64_C(0x9e3779b97f4a7c15)) >> 58];
	_Static_assert(SCAN_TYPES == 1 << (64 - 58), "the hash is an index");
	if (likely(type->text == word))
		return type;
	int rrtype = rrtype_read(text, len);
	if (rrtype < 0 || scan_is_meta((uint16_t)rrtype))
		return NULL;
	*type = (struct scan_type){
	    .text = word, .rrtype = (uint16_t)rrtype, .form = (uint8_t)form_of((uint16_t)rrtype)};
	return type;
}

static bool
is_class_in(const char *text, size_t len)
{
	return len == 2 && (text[0] | 0x20) == 'i' && (text[1] | 0x20) == 'n';
}

/* The record under construction. */
struct plain_record {
	size_t token_idx; /* of the next token */
	const struct scan_type *type;
	uint32_t ttl;
	bool has_ttl;
	size_t rdlen;
};

/* Most records of a zone have the TTL of the record before. */
static bool
read_ttl(struct scan *scan, const char *text, size_t len, uint32_t *ttl)
{
	uint64_t word = plain_head(plain_word(text), len);
	if (len <= sizeof(word) && word == scan->ttl_text) {
		*ttl = scan->ttl;
		return true;
	}
	if (!plain_read_number(text, len, ttl))
		return false;
	if (len <= sizeof(word)) {
		scan->ttl_text = word;
		scan->ttl = *ttl;
	}
	return true;
}

/* [TTL] [class] type, or [class] [TTL] type: as scan_read_head(). */
static bool
read_head(struct scan *scan, const struct line *line, struct plain_record *record)
{
	bool has_class = false;
	for (; record->token_idx < line->token_count; record->token_idx++) {
		const char *text = token_text(line, record->token_idx);
		size_t len = token_len(line, record->token_idx);
		bool is_number = text[0] >= '0' && text[0] <= '9';
		if (is_number && !record->has_ttl) {
			if (!read_ttl(scan, text, len, &record->ttl))
				return false;
			record->has_ttl = true;
			continue;
		}
		if (!has_class && is_class_in(text, len)) {
			has_class = true;
			continue;
		}
		record->type = find_type(scan, text, len);
		record->token_idx++;
		return record->type != NULL;
	}
	return false;
}

static size_t
read_rdata_name(struct scan *scan, const struct line *line, size_t idx, uint8_t *out)
{
	bool is_relative = false;
	size_t len =
	    plain_read_name(token_text(line, idx), token_len(line, idx), token_dots(line, idx),
			    scan->source->origin, scan->origin_len, out, &is_relative);
	scan->part->needs_origin |= is_relative && !scan->part->sets_origin;
	return len;
}

static bool
read_any_rdata(struct scan *scan, const struct line *line, struct plain_record *record)
{
	size_t count = line->token_count - record->token_idx;
	struct rdata_fault fault;
	if (count > SCAN_TOKENS_MAX)
		return false;
	for (size_t i = 0; i < count; i++) {
		scan->tokens[i] =
		    (struct rdata_token){.text = token_text(line, record->token_idx + i),
					 .len = token_len(line, record->token_idx + i)};
	}
	scan->part->needs_origin |= !scan->part->sets_origin;
	return rdata_read(record->type->rrtype, scan->tokens, count, scan->source->origin,
			  scan->rdata, &record->rdlen, &fault);
}

static bool
read_rdata(struct scan *scan, const struct line *line, struct plain_record *record)
{
	size_t idx = record->token_idx;
	size_t count = line->token_count - idx;
	uint32_t number;
	switch (record->type->form) {
	case FORM_NAME:
		record->rdlen = count == 1 ? read_rdata_name(scan, line, idx, scan->rdata) : 0;
		return record->rdlen != 0;
	case FORM_NUMBER_AND_NAME:
		if (count != 2 ||
		    !plain_read_number(token_text(line, idx), token_len(line, idx), &number) ||
		    number > UINT16_MAX)
			return false;
		be16_write(scan->rdata, (uint16_t)number);
		record->rdlen = 2 + read_rdata_name(scan, line, idx + 1, scan->rdata + 2);
		return record->rdlen != 2;
	case FORM_IPV4:
		record->rdlen = 4;
		return count == 1 && plain_read_ipv4(token_text(line, idx), token_len(line, idx),
						     token_dots(line, idx), scan->rdata);
	case FORM_IPV6:
		record->rdlen = 16;
		return count == 1 &&
		       plain_read_ipv6(token_text(line, idx), token_len(line, idx), scan->rdata);
	default:
		return read_any_rdata(scan, line, record);
	}
}

/* The owner into source->owner, unless it is there already. That it may be the wrong one is no harm
 * where the line turns out not to be plain: it is read again then. */
static bool
read_owner(struct scan *scan, const struct line *line, bool *is_same)
{
	struct source *source = scan->source;
	const char *text = token_text(line, 0);
	size_t len = token_len(line, 0);
	if (scan->owner_text != NULL && len == scan->owner_text_len &&
	    plain_is_same(text, scan->owner_text, len)) {
		*is_same = true;
		return true;
	}
	bool is_relative = true;
	*is_same = false;
	scan->owner_text = NULL;
	if (text[0] == '$')
		return false;
	if (len == 1 && text[0] == '@') {
		memcpy(source->owner, source->origin, scan->origin_len);
		scan->owner_len = scan->origin_len;
	} else {
		scan->owner_len = plain_read_name(text, len, token_dots(line, 0), source->origin,
						  scan->origin_len, source->owner, &is_relative);
	}
	scan->part->needs_origin |= is_relative && !scan->part->sets_origin;
	return scan->owner_len != 0;
}

static enum status
deliver(struct scan *scan, const struct line *line, const struct plain_record *plain, bool is_same)
{
	struct source *source = scan->source;
	struct scanner_record record = {
	    .owner = source->owner,
	    .owner_len = scan->owner_len,
	    .is_same_owner = is_same,
	    .rdata = scan->rdata,
	    .file = source->text->path,
	    .ttl = plain->ttl,
	    .line = source->tokenizer.line,
	    .column = (uint32_t)(token_text(line, 0) - line->begin) + 1,
	    .rrtype = plain->type->rrtype,
	    .rdlen = (uint16_t)plain->rdlen,
	};
	return scan->scanner->record(scan->scanner->context, &record);
}

/* Reads the line's record. *is_plain false: it is none, and nothing has happened. */
static enum status
read_line(struct scan *scan, const struct line *line, bool *is_plain)
{
	struct source *source = scan->source;
	struct plain_record record = {0};
	bool is_same = scan->owner_text != NULL;
	bool is_indented = *line->begin == ' ' || *line->begin == '\t';
	*is_plain = false;
	if (is_indented) {
		if (!source->has_owner)
			return STATUS_OK;
	} else if (*line->begin == '\r' || !read_owner(scan, line, &is_same)) {
		return STATUS_OK;
	}
	record.token_idx = is_indented ? 0 : 1;
	if (!read_head(scan, line, &record) || !read_rdata(scan, line, &record))
		return STATUS_OK;
	if (record.has_ttl) {
		scan->last_ttl = record.ttl;
		scan->has_last_ttl = true;
		scan->part->sets_last_ttl = true;
	} else if (scan->has_default_ttl || scan->has_last_ttl) {
		record.ttl = scan->has_default_ttl ? scan->default_ttl : scan->last_ttl;
		scan->part->needs_ttl |= !scan->part->sets_default_ttl;
	} else {
		return STATUS_OK;
	}
	if (!is_indented) {
		source->has_owner = true;
		source->is_owner_faulty = false;
		scan->part->sets_owner |= source->parent == NULL;
		scan->owner_text = token_text(line, 0);
		scan->owner_text_len = token_len(line, 0);
	}
	*is_plain = true;
	return deliver(scan, line, &record, is_same);
}

/* Indexes the text from here on, as far as whole blocks of it are there: the last may be filled up
 * with padding. */
static bool
index_text(struct scan *scan)
{
	const struct tokenizer *tokenizer = &scan->source->tokenizer;
	size_t left = (size_t)(tokenizer->end - tokenizer->at);
	if (scan->source->padding_len >= LINE_BLOCK_LEN)
		left += LINE_BLOCK_LEN - 1;
	size_t len = left < LINE_INDEX_LEN ? left : LINE_INDEX_LEN;
	scan->index_text = tokenizer->at;
	scan->line_idx = 0;
	scan->kernel->index(&scan->index, tokenizer->at, len / LINE_BLOCK_LEN);
	return scan->index.line_count > 0;
}

/* Lets the index catch up with the tokenizer, which has gone on without it. */
static bool
find_line(struct scan *scan)
{
	const struct tokenizer *tokenizer = &scan->source->tokenizer;
	if (scan->index_text != NULL) {
		size_t off = (size_t)(tokenizer->at - scan->index_text);
		while (scan->line_idx < scan->index.line_count &&
		       scan->index.lines[scan->line_idx].end < off)
			scan->line_idx++;
	}
	if (scan->index_text != NULL && scan->line_idx < scan->index.line_count)
		return true;
	return index_text(scan);
}

/* The next line of the index, at which the tokenizer stands. False: it may not be plain. */
static bool
line_at(const struct scan *scan, struct line *line)
{
	const struct line_index *index = &scan->index;
	const struct tokenizer *tokenizer = &scan->source->tokenizer;
	const struct indexed_line *indexed = &index->lines[scan->line_idx];
	unsigned begin = scan->line_idx > 0 ? indexed[-1].bounds & LINE_BOUND_MASK : 0;
	line->index = index;
	line->text = scan->index_text;
	line->bounds = index->bounds + begin;
	line->token_count = ((indexed->bounds & LINE_BOUND_MASK) - begin) / 2;
	line->begin = tokenizer->at;
	const char *end = scan->index_text + indexed->end;
	const char *readable_end = tokenizer->end + scan->source->padding_len;
	return (indexed->bounds & LINE_IS_SPECIAL) == 0 && readable_end - end > READ_BEHIND_LEN;
}

enum status
scan_plain(struct scan *scan)
{
	struct tokenizer *tokenizer = &scan->source->tokenizer;
	const struct scanner_part *part = scan->part;
	bool has_stop = part->stop_off != UINT64_MAX && scan->source->parent == NULL;
	uint64_t at_off = has_stop ? source_off(scan->source, tokenizer->at) : 0;
	scan->origin_len = dname_len(scan->source->origin);
	/* After a faulty owner there are remains of a name, and nobody inherits them. */
	if (scan->owner_text == NULL && scan->source->has_owner)
		scan->owner_len = dname_len(scan->source->owner);
	while (tokenizer->at < tokenizer->end && find_line(scan)) {
		struct line line;
		bool is_plain = true;
		if (has_stop && at_off >= part->stop_off)
			return STATUS_OK;
		if (!line_at(scan, &line))
			return STATUS_OK;
		if (line.token_count > 0) {
			enum status status = read_line(scan, &line, &is_plain);
			if (status != STATUS_OK || !is_plain)
				return status;
		}
		const char *next = scan->index_text + scan->index.lines[scan->line_idx++].end + 1;
		at_off += (uint64_t)(next - tokenizer->at);
		tokenizer->at = next;
		tokenizer->line_begin = next;
		tokenizer->line++;
	}
	return STATUS_OK;
}
