/* usage.c -- visits everything that a version reaches, once. */
#include "zones/usage.h"

#include <stdlib.h>

#include "zones/denial.h"
#include "zones/host.h"
#include "zones/template.h"
#include "zones/trie.h"

/* Cells or a node still to be visited. */
struct pending {
	ref at;
	uint32_t cell_count; /* 0: a node */
};

struct survey {
	const struct zone_version *version;
	struct usage *usage;
	uint64_t *is_taken; /* a bit a unit */
	struct pending *stack;
	size_t stack_len;
	size_t stack_cap;
};

static bool
take_unit(struct survey *survey, size_t unit)
{
	uint64_t bit = UINT64_C(1) << unit % 64;
	bool is_free = (survey->is_taken[unit / 64] & bit) == 0;
	survey->is_taken[unit / 64] |= bit;
	return is_free;
}

static bool
is_seen(const struct survey *survey, ref at)
{
	return survey->is_taken[at / 64] >> at % 64 & 1;
}

/* One thing of `len` octets, which are counted to `part`. */
static void
take(struct survey *survey, enum usage_part part, ref at, size_t len)
{
	size_t unit_count = (len + REF_UNIT - 1) / REF_UNIT;
	for (size_t i = 0; i < unit_count; i++)
		survey->usage->overlap_count += !take_unit(survey, at + i);
	survey->usage->octets[part] += len;
	survey->usage->octets[USAGE_PADDING] += unit_count * REF_UNIT - len;
	survey->usage->counts[part]++;
}

/* The same for what may be referred to from several places. */
static void
take_shared(struct survey *survey, enum usage_part part, ref at, size_t len)
{
	if (!is_seen(survey, at))
		take(survey, part, at, len);
}

static enum status
push(struct survey *survey, ref at, uint32_t cell_count)
{
	if (survey->stack_len == survey->stack_cap) {
		size_t cap = survey->stack_cap == 0 ? 256 : 2 * survey->stack_cap;
		struct pending *stack = reallocarray(survey->stack, cap, sizeof(stack[0]));
		if (stack == NULL)
			return STATUS_NO_MEMORY;
		survey->stack = stack;
		survey->stack_cap = cap;
	}
	survey->stack[survey->stack_len++] = (struct pending){at, cell_count};
	return STATUS_OK;
}

static void
survey_rrset(struct survey *survey, ref at)
{
	take_shared(survey, USAGE_RRSET, at, rrset_len(version_at(survey->version, at)));
}

static void
survey_template(struct survey *survey, ref at)
{
	const struct template *template = version_at(survey->version, at);
	take_shared(survey, USAGE_TEMPLATE, at, template_len(template));
	survey_rrset(survey, template->rrset);
}

static void
survey_entry(struct survey *survey, const struct node_entry *entry)
{
	struct usage *usage = survey->usage;
	if (entry->flags & ENTRY_TEMPLATE)
		survey_template(survey, entry->ref);
	else
		survey_rrset(survey, entry->ref);
	usage->rrset_count++;
	usage->rr_count += entry_rrset(survey->version, entry)->rr_count;
	usage->templated_count += (entry->flags & ENTRY_TEMPLATE) != 0;
	usage->plain_count += (entry->flags & ENTRY_PLAIN) != 0;
}

static enum status
survey_node(struct survey *survey, ref at)
{
	const struct node *node = version_node(survey->version, at);
	struct usage *usage = survey->usage;
	size_t entries_len = node->entry_count * sizeof(node->entries[0]);
	take(survey, USAGE_NODE, at, node_len(node));
	usage->octets[USAGE_NODE] -= entries_len + node->label_len;
	usage->octets[USAGE_ENTRY] += entries_len;
	usage->octets[USAGE_LABEL] += node->label_len;
	usage->counts[USAGE_ENTRY] += node->entry_count;
	usage->counts[USAGE_LABEL] += node->label_len > 0;
	usage->name_count += node_has_rrsets(node);
	usage->ent_count += !node_has_rrsets(node);
	usage->delegation_count += (node->flags & NODE_CUT) != 0;
	for (unsigned i = node_first_rrset(node); i < node->entry_count; i++)
		survey_entry(survey, &node->entries[i]);
	return node->children != REF_NONE ? push(survey, node->children, 1) : STATUS_OK;
}

static enum status
survey_cells(struct survey *survey, ref at, uint32_t count)
{
	const struct cell *cells = version_at(survey->version, at);
	enum status status = STATUS_OK;
	take(survey, USAGE_CELL, at, count * sizeof(*cells));
	survey->usage->counts[USAGE_CELL] += count - 1;
	for (uint32_t i = 0; i < count && status == STATUS_OK; i++)
		status = push(survey, cells[i].target,
			      cell_is_branch(&cells[i]) ? cell_twig_count(&cells[i]) : 0);
	return status;
}

static enum status
survey_tree(struct survey *survey, ref root)
{
	enum status status = root != REF_NONE ? push(survey, root, 0) : STATUS_OK;
	while (status == STATUS_OK && survey->stack_len > 0) {
		struct pending next = survey->stack[--survey->stack_len];
		status = next.cell_count == 0 ? survey_node(survey, next.at)
					      : survey_cells(survey, next.at, next.cell_count);
	}
	return status;
}

/* All names; the nodes above those of NSEC3 are none, and no empty non-terminals. */
static enum status
survey_names(struct survey *survey)
{
	const struct zone_image *image = version_image(survey->version);
	struct usage *usage = survey->usage;
	enum status status = survey_tree(survey, image->apex);
	uint64_t ent_count = usage->ent_count;
	if (status == STATUS_OK)
		status = survey_tree(survey, version_extra(survey->version)->nsec3);
	usage->ent_count = ent_count;
	return status;
}

/* The pages of one level, and those below: `first` is the number of the first host under `at`. */
static void
survey_host_pages(struct survey *survey, ref at, unsigned level, uint32_t first)
{
	uint32_t host_count = version_extra(survey->version)->host_count;
	const ref *page = version_at(survey->version, at);
	uint32_t below = UINT32_C(1) << (level * HOST_PAGE_BITS); /* hosts under one reference */
	uint32_t count = (host_count - first - 1) / below + 1;
	count = count < HOST_PAGE_LEN ? count : HOST_PAGE_LEN;
	take(survey, USAGE_HOST_TABLE, at, count * sizeof(ref));
	for (uint32_t i = 0; i < count; i++) {
		const struct host *host = version_at(survey->version, page[i]);
		if (level > 0)
			survey_host_pages(survey, page[i], level - 1, first + i * below);
		else
			take_shared(survey, USAGE_HOST, page[i], host_len(host));
	}
}

static void
survey_header(struct survey *survey)
{
	const struct zone_image *image = version_image(survey->version);
	const struct zone_extra *extra = version_extra(survey->version);
	ref at = (ref)(((const uint8_t *)image - survey->version->base) / REF_UNIT);
	take(survey, USAGE_HEADER, at, sizeof(*image));
	take(survey, USAGE_HEADER, image->origin, image->origin_len);
	if (image->extra != REF_NONE)
		take(survey, USAGE_HEADER, image->extra, sizeof(*extra));
	if (extra->denial != REF_NONE)
		take(survey, USAGE_HEADER, extra->denial, denial_len(denial_of(survey->version)));
	survey->usage->counts[USAGE_HEADER] = 1;
	if (image->negative != REF_NONE)
		survey_template(survey, image->negative);
	if (extra->host_count > 0)
		survey_host_pages(survey, extra->hosts, host_table_depth(extra->host_count) - 1, 0);
}

enum status
usage_of(const struct zone_version *version, struct usage *out)
{
	struct usage usage = {0};
	struct survey survey = {.version = version, .usage = &usage};
	size_t len = store_len(version->store);
	survey.is_taken = calloc(len / REF_UNIT / 64 + 1, sizeof(uint64_t));
	if (survey.is_taken == NULL)
		return STATUS_NO_MEMORY;
	survey_header(&survey);
	enum status status = survey_names(&survey);
	free(survey.stack);
	free(survey.is_taken);
	if (status != STATUS_OK)
		return status;
	uint64_t used = 0;
	for (size_t part = 0; part < USAGE_PART_COUNT; part++)
		used += usage.octets[part];
	usage.octets[USAGE_UNUSED] = len - used;
	*out = usage;
	return STATUS_OK;
}

const char *
usage_part_name(enum usage_part part)
{
	static const char *const names[] = {
#define USAGE_PART_NAME(identifier, name, help) [USAGE_##identifier] = (name),
	    USAGE_PARTS(USAGE_PART_NAME)
#undef USAGE_PART_NAME
	};
	return names[part];
}
