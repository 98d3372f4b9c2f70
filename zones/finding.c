/* finding.c -- the list of what reading and checking a zone found (filled by scanner.c, zone.c,
 * check.c). */
#include "zones/finding.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "zones/scanner.h"

static const enum finding_severity severities[] = {
#define FINDING_SEVERITY(name, severity, help) [FINDING_##name] = FINDING_##severity,
    FINDING_KINDS(FINDING_SEVERITY)
#undef FINDING_SEVERITY
};

void
findings_init(struct findings *findings)
{
	*findings = (struct findings){0};
}

void
findings_fini(struct findings *findings)
{
	for (size_t i = 0; i < findings->entry_count; i++) {
		free(findings->entries[i].file);
		free(findings->entries[i].text);
	}
	free(findings->entries);
	findings_init(findings);
}

enum finding_severity
finding_severity(enum finding_kind kind)
{
	return severities[kind];
}

static size_t
kept_max(enum finding_kind kind)
{
	bool is_by_name = kind == FINDING_GLUE_MISSING || kind == FINDING_ADDRESS_UNREACHABLE;
	return is_by_name ? FINDINGS_BY_NAME_MAX : FINDINGS_PER_KIND_MAX;
}

static struct finding *
entry_new(struct findings *findings)
{
	if (findings->entry_count == findings->entry_cap) {
		size_t cap = findings->entry_cap == 0 ? 16 : 2 * findings->entry_cap;
		struct finding *entries =
		    reallocarray(findings->entries, cap, sizeof(findings->entries[0]));
		if (entries == NULL)
			return NULL;
		findings->entries = entries;
		findings->entry_cap = cap;
	}
	return &findings->entries[findings->entry_count];
}

void
findings_add(struct findings *findings, enum finding_kind kind, const char *file, uint32_t line,
	     uint32_t column, const char *format, ...)
{
	if (finding_severity(kind) == FINDING_ERROR)
		findings->error_count++;
	else
		findings->warning_count++;
	if (findings->kind_counts[kind]++ >= kept_max(kind))
		return;

	struct finding *entry = entry_new(findings);
	if (entry == NULL)
		return;
	char *text;
	va_list arguments;
	va_start(arguments, format);
	int text_len = vasprintf(&text, format, arguments);
	va_end(arguments);
	if (text_len < 0)
		return;
	char *file_copy = NULL;
	if (file != NULL && (file_copy = strdup(file)) == NULL) {
		free(text);
		return;
	}
	*entry = (struct finding){
	    .kind = kind, .file = file_copy, .line = line, .column = column, .text = text};
	findings->entry_count++;
}

void
findings_move(struct findings *into, struct findings *from, uint32_t first_line)
{
	if (from->error_count + from->warning_count == 0)
		return;
	size_t kept[FINDING_KIND_COUNT] = {0};
	for (size_t i = 0; i < from->entry_count; i++) {
		struct finding *moved = &from->entries[i];
		size_t before = into->kind_counts[moved->kind] + kept[moved->kind]++;
		struct finding *entry = before < kept_max(moved->kind) ? entry_new(into) : NULL;
		if (entry == NULL)
			continue;
		*entry = *moved;
		if (entry->line >= LINE_PROVISIONAL)
			entry->line = entry->line - LINE_PROVISIONAL + first_line;
		moved->file = NULL;
		moved->text = NULL;
		into->entry_count++;
	}
	for (size_t kind = 0; kind < FINDING_KIND_COUNT; kind++)
		into->kind_counts[kind] += from->kind_counts[kind];
	into->error_count += from->error_count;
	into->warning_count += from->warning_count;
	findings_fini(from);
}

size_t
finding_print(const struct finding *finding, char *out, size_t cap)
{
	const char *severity =
	    finding_severity(finding->kind) == FINDING_ERROR ? "error" : "warning";
	int len =
	    snprintf(out, cap, "%s:%u:%u: %s: %s", finding->file != NULL ? finding->file : "-",
		     finding->line, finding->column, severity, finding->text);
	return len > 0 ? (size_t)len : 0;
}
