/* image_header.c -- the part of an image before its content: made, checked, taken apart. */
#include "zones/image_header.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "zones/checksum.h"
#include "zones/denial.h"
#include "zones/dname.h"
#include "zones/host.h"
#include "zones/template.h"
#include "zones/trie.h"

/* Not text, and what a transfer as text would do to it shows (as PNG's). */
static const uint8_t magic[IMAGE_MAGIC_LEN] = {0x89, 'g', 'l', 'u', 'e', '\r', '\n', 0x1a};

static const char finding_names[] =
#define FINDING_NAME(name, severity, help) #name " "
    FINDING_KINDS(FINDING_NAME)
#undef FINDING_NAME
    ;

uint64_t
image_layout_mark(void)
{
	const uint64_t marks[] = {
	    IMAGE_FORMAT,
	    REF_UNIT,
	    IMAGE_BLOCK_LEN,
	    sizeof(void *),
	    sizeof(struct zone_image),
	    sizeof(struct zone_extra),
	    sizeof(struct node),
	    sizeof(struct node_entry),
	    sizeof(struct rrset),
	    sizeof(struct cell),
	    sizeof(struct template),
	    sizeof(struct template_host),
	    sizeof(struct host),
	    sizeof(struct host_signatures),
	    sizeof(struct denial),
	    HOST_PAGE_BITS,
	    RRTYPE_HOST,
	    sizeof(struct image_header),
	    sizeof(struct source_state),
	    sizeof(struct image_finding),
	    trie_symbols_mark(),
	    checksum(finding_names, sizeof(finding_names)),
	    /* Another release may compile the same zone to something else. */
	    checksum(GLUED_VERSION, sizeof(GLUED_VERSION)),
	};
	return checksum(marks, sizeof(marks)); /* of the machine's own octets: their order shows */
}

/* Making */

static void
put_text(FILE *out, const char *text)
{
	uint32_t len = (uint32_t)strlen(text);
	fwrite(&len, sizeof(len), 1, out);
	fwrite(text, 1, len, out);
}

char *
image_absolute_path(const char *path)
{
	if (path[0] == '/')
		return strdup(path);
	char *absolute = NULL;
	char *directory = getcwd(NULL, 0);
	if (directory == NULL)
		return NULL;
	int len = asprintf(&absolute, "%s/%s", strcmp(directory, "/") == 0 ? "" : directory, path);
	free(directory);
	return len < 0 ? NULL : absolute;
}

static bool
put_path(FILE *out, const char *path)
{
	char *absolute = image_absolute_path(path);
	if (absolute == NULL)
		return false;
	put_text(out, absolute);
	free(absolute);
	return true;
}

static bool
put_sources(FILE *out, const struct source_list *sources)
{
	for (size_t i = 0; i < sources->count; i++) {
		fwrite(&sources->entries[i].state, sizeof(sources->entries[i].state), 1, out);
		if (!put_path(out, sources->entries[i].path))
			return false;
	}
	return true;
}

static void
put_findings(FILE *out, const struct findings *findings)
{
	for (size_t i = 0; i < findings->entry_count; i++) {
		const struct finding *finding = &findings->entries[i];
		const struct image_finding fixed = {finding->kind, finding->line, finding->column,
						    finding->file != NULL};
		fwrite(&fixed, sizeof(fixed), 1, out);
		put_text(out, finding->file != NULL ? finding->file : "");
		put_text(out, finding->text);
	}
}

static void
put_padding(FILE *out)
{
	static const uint8_t zeros[IMAGE_ALIGNMENT];
	long len = ftell(out);
	if (len > 0)
		fwrite(zeros, 1, (size_t)(-len & (IMAGE_ALIGNMENT - 1)), out);
}

static void
set_fixed(struct image_header *header, size_t len, const struct zone_version *version,
	  const struct source_list *sources, const struct findings *findings)
{
	*header = (struct image_header){
	    .layout = image_layout_mark(),
	    .content_off = len,
	    .content_len = store_len(version->store),
	    .version_off = (uint64_t)((const uint8_t *)version_image(version) - version->base),
	    .format = IMAGE_FORMAT,
	    .origin_len = version_image(version)->origin_len,
	    .source_count = (uint32_t)sources->count,
	    .finding_count = (uint32_t)findings->entry_count,
	};
	memcpy(header->magic, magic, sizeof(magic));
	for (size_t kind = 0; kind < FINDING_KIND_COUNT; kind++)
		header->finding_counts[kind] = findings->kind_counts[kind];
}

enum status
image_header_make(const struct zone_version *version, const struct source_list *sources,
		  const struct findings *findings, struct image_header **out, struct error *error)
{
	static const struct image_header empty;
	char *octets = NULL;
	size_t len = 0;
	FILE *stream = open_memstream(&octets, &len);
	if (stream == NULL)
		return error_set(error, STATUS_NO_MEMORY, "out of memory");
	fwrite(&empty, sizeof(empty), 1, stream);
	fwrite(version_origin(version), 1, version_image(version)->origin_len, stream);
	bool is_whole = put_sources(stream, sources);
	put_findings(stream, findings);
	put_padding(stream);
	is_whole = is_whole && !ferror(stream);
	if (fclose(stream) != 0 || !is_whole) {
		free(octets);
		return error_set(error, STATUS_NO_MEMORY, "out of memory");
	}
	if (len > IMAGE_HEADER_LEN_MAX) {
		free(octets);
		return error_set(error, STATUS_LIMIT, "too many files and findings for an image");
	}
	*out = (struct image_header *)octets;
	set_fixed(*out, len, version, sources, findings);
	return STATUS_OK;
}

static uint64_t
header_sum(const struct image_header *header)
{
	const uint8_t *begin = (const uint8_t *)&header->layout;
	return checksum(begin, header->content_off - offsetof(struct image_header, layout));
}

void
image_header_seal(struct image_header *header, uint64_t content_sum)
{
	header->content_sum = content_sum;
	header->header_sum = header_sum(header);
}

/* Checking and taking apart */

enum status
image_header_check(const struct image_header *header, uint64_t file_len, struct error *error)
{
	if (memcmp(header->magic, magic, sizeof(magic)) != 0)
		return error_set(error, STATUS_INVALID, "this is no image");
	if (header->format != IMAGE_FORMAT || header->layout != image_layout_mark())
		return error_set(error, STATUS_REFUSED,
				 "written by another release or on another kind of machine");
	if (header->content_off < sizeof(*header) || header->content_off > IMAGE_HEADER_LEN_MAX ||
	    header->content_off % IMAGE_ALIGNMENT != 0 || header->content_off > file_len)
		return error_set(error, STATUS_INVALID, "damaged: its header is cut short");
	if (header->content_len != file_len - header->content_off)
		return error_set(error, STATUS_INVALID, "damaged: %llu octets where %llu belong",
				 (unsigned long long)file_len,
				 (unsigned long long)(header->content_off + header->content_len));
	return STATUS_OK;
}

/* What of the header is still to be read. */
struct cursor {
	const uint8_t *at;
	const uint8_t *end;
};

/* The next `len` octets, or NULL. */
static const uint8_t *
take(struct cursor *cursor, size_t len)
{
	if ((size_t)(cursor->end - cursor->at) < len)
		return NULL;
	cursor->at += len;
	return cursor->at - len;
}

/* A copy of the next text; NULL, also for want of memory. */
static char *
take_text(struct cursor *cursor)
{
	uint32_t len;
	const uint8_t *at = take(cursor, sizeof(len));
	if (at == NULL)
		return NULL;
	memcpy(&len, at, sizeof(len));
	at = take(cursor, len);
	return at != NULL ? strndup((const char *)at, len) : NULL;
}

static bool
take_source(struct cursor *cursor, struct source_list *sources)
{
	struct source_state state;
	const uint8_t *at = take(cursor, sizeof(state));
	if (at == NULL)
		return false;
	memcpy(&state, at, sizeof(state));
	char *path = take_text(cursor);
	bool is_taken = path != NULL && source_list_add(sources, path, &state) == STATUS_OK;
	free(path);
	return is_taken;
}

static bool
take_finding(struct cursor *cursor, struct findings *findings)
{
	struct image_finding fixed;
	const uint8_t *at = take(cursor, sizeof(fixed));
	if (at == NULL)
		return false;
	memcpy(&fixed, at, sizeof(fixed));
	char *file = take_text(cursor);
	char *text = take_text(cursor);
	bool is_taken = file != NULL && text != NULL && fixed.kind < FINDING_KIND_COUNT;
	if (is_taken)
		findings_add(findings, fixed.kind, fixed.has_file ? file : NULL, fixed.line,
			     fixed.column, "%s", text);
	free(file);
	free(text);
	return is_taken;
}

/* Findings that are counted beside those that are kept. */
static void
count_findings(const struct image_header *header, struct findings *findings)
{
	for (size_t kind = 0; kind < FINDING_KIND_COUNT; kind++) {
		size_t more = header->finding_counts[kind] - findings->kind_counts[kind];
		findings->kind_counts[kind] += more;
		if (finding_severity(kind) == FINDING_ERROR)
			findings->error_count += more;
		else
			findings->warning_count += more;
	}
}

enum status
image_header_parse(const struct image_header *header, const uint8_t **origin,
		   struct source_list *sources, struct findings *findings, struct error *error)
{
	if (header->header_sum != header_sum(header))
		return error_set(error, STATUS_INVALID, "damaged: its header's checksum is wrong");
	struct cursor cursor = {(const uint8_t *)(header + 1),
				(const uint8_t *)header + header->content_off};
	*origin = take(&cursor, header->origin_len);
	bool is_whole = *origin != NULL;
	for (uint32_t i = 0; is_whole && i < header->source_count; i++)
		is_whole = take_source(&cursor, sources);
	for (uint32_t i = 0; is_whole && i < header->finding_count; i++)
		is_whole = take_finding(&cursor, findings);
	if (!is_whole)
		return error_set(error, STATUS_INVALID, "its header cannot be read");
	count_findings(header, findings);
	return STATUS_OK;
}
