/* change_refresh.c -- step 2 of 2 of deriving a version: what else the records say (before:
 * change_apply.c). All of them are in their place, and the version in the making finds them. */
#include <stdlib.h>

#include "zones/check.h"
#include "zones/denial.h"
#include "zones/derive.h"
#include "zones/dname.h"
#include "zones/rrtype.h"
#include "zones/visit.h"

/* The node of a name that answers may be about: not hidden below a zone cut or DNAME. Else NULL. */
static const struct node *
visible_node(const struct derivation *derivation, const uint8_t *dname)
{
	struct split_name name;
	struct walk walk;
	split_name_set(&name, dname);
	enum walk_end end = walk_run(&walk, &derivation->edit.version, &name, true);
	bool is_it = end == WALK_FOUND || (end == WALK_CUT && walk.labels_left == 0);
	return is_it ? walk.node : NULL;
}

/* Templates */

static bool
has_additional(const struct node_entry *entry)
{
	const struct rrtype *row = rrtype_find(entry->rrtype);
	return row != NULL && row->additional_field != RRTYPE_NO_ADDITIONAL;
}

static bool
depends_on_others(const struct node *node)
{
	for (unsigned i = node_first_rrset(node); i < node->entry_count; i++) {
		if (has_additional(&node->entries[i]) &&
		    entry_is_asked_for(node, &node->entries[i]))
			return true;
	}
	return false;
}

/* The names that the RRset's template will need by number. */
static enum status
targets_number(struct derivation *derivation, const struct placed_rrset *placed)
{
	struct additional_targets *targets = &derivation->targets;
	additional_targets_set(targets, placed, rr_first(placed->rrset));
	if (targets->rest.rdata != NULL) /* no template */
		return STATUS_OK;
	additional_targets_find(targets, placed);
	bool is_signed = denial_of(placed->version) != NULL;
	enum status status = STATUS_OK;
	for (unsigned i = 0; i < targets->count && status == STATUS_OK; i++) {
		const struct additional_target *target = &targets->entries[i];
		bool is_host = !target->is_own || (is_signed && !target->is_glue);
		if (is_host && target->node != NULL && !target->is_synthesized &&
		    !(target->node->flags & NODE_HOST) && additional_wants_addresses(target))
			status = edit_number_host(&derivation->edit, target->dname);
	}
	return status;
}

static enum status
node_number(struct derivation *derivation, const uint8_t *owner, struct edit_path *path)
{
	const struct edit *edit = &derivation->edit;
	edit_path_find(edit, owner, path);
	const struct node *node = edit_path_node(edit, path);
	unsigned count = node->entry_count - node_first_rrset(node);
	for (unsigned i = 0; i < count; i++) {
		const struct node_entry *entry = &node->entries[node_first_rrset(node) + i];
		if (!has_additional(entry) || !entry_is_asked_for(node, entry))
			continue;
		struct placed_rrset placed = {&edit->version, owner, node,
					      entry_rrset(&edit->version, entry), false};
		enum status status = targets_number(derivation, &placed);
		if (status != STATUS_OK)
			return status;
		/* Numbering moves nodes, perhaps this one. */
		edit_path_find(edit, owner, path);
		node = edit_path_node(edit, path);
	}
	return STATUS_OK;
}

/* Garbage: templates that are not used here any longer. */
static void
drop_replaced(struct edit *edit, const struct node_entry *old, const struct node_entry *new)
{
	if ((old->flags & ENTRY_TEMPLATE) && old->ref != new->ref)
		edit_drop(&edit->space, template_len(version_at(&edit->version, old->ref)));
}

static enum status
templates_set(struct derivation *derivation, const uint8_t *owner)
{
	struct edit *edit = &derivation->edit;
	struct edit_path path;
	struct node *node;
	uint8_t lower[DNAME_LEN_MAX];
	dname_lower(owner, lower);
	enum status status = node_number(derivation, lower, &path);
	if (status == STATUS_OK)
		status = edit_path_own(edit, &path, &node);
	if (status != STATUS_OK)
		return status;
	size_t entries_len = node->entry_count * sizeof(node->entries[0]);
	struct node_entry *old = malloc(entries_len + 1);
	if (old == NULL)
		return STATUS_NO_MEMORY;
	memcpy(old, node->entries, entries_len);
	status = template_set_node(edit->maker, lower, node);
	for (unsigned i = node_first_rrset(node); i < node->entry_count; i++)
		drop_replaced(edit, &old[i], &node->entries[i]);
	free(old);
	return status;
}

/* A name above one that changed: its templates may hold what changed. */
static enum status
above_refresh(struct derivation *derivation, const uint8_t *dname)
{
	const struct node *node = visible_node(derivation, dname);
	if (node == NULL || !depends_on_others(node))
		return STATUS_OK;
	return templates_set(derivation, dname);
}

/* All that changed and all above it, each once: owners come in canonical order. */
static enum status
templates_refresh(struct derivation *derivation)
{
	unsigned origin_labels = derivation->edit.image.origin_labels;
	for (size_t i = 0; i < derivation->owner_count; i++) {
		const uint8_t *owner = derivation->owners[i].dname;
		unsigned labels = dname_label_count(owner);
		unsigned done = origin_labels;
		if (i > 0)
			done = dname_common_labels(owner, derivation->owners[i - 1].dname) + 1;
		enum status status = STATUS_OK;
		for (; done < labels && status == STATUS_OK; done++)
			status = above_refresh(derivation, dname_skip(owner, labels - done));
		const struct node *node = visible_node(derivation, owner);
		if (status == STATUS_OK && node != NULL && node_has_rrsets(node))
			status = templates_set(derivation, owner);
		if (status != STATUS_OK)
			return status;
	}
	return STATUS_OK;
}

/* Hosts */

static enum status
hosts_refresh(struct derivation *derivation)
{
	for (size_t i = 0; i < derivation->owner_count; i++) {
		const uint8_t *owner = derivation->owners[i].dname;
		struct edit_path path;
		edit_path_find(&derivation->edit, owner, &path);
		const struct node *node = edit_path_node(&derivation->edit, &path);
		if (node == NULL || !(node->flags & NODE_HOST))
			continue;
		enum status status =
		    edit_refresh_host(&derivation->edit, owner, node->entries[0].ref);
		if (status != STATUS_OK)
			return status;
	}
	return STATUS_OK;
}

/* What is hidden */

static const struct node_entry *
forbidden_below_dname(const struct node *node)
{
	for (unsigned i = node_first_rrset(node); i < node->entry_count; i++) {
		if (!check_is_allowed_below_dname(node->entries[i].rrtype))
			return &node->entries[i];
	}
	return NULL;
}

/* One name below an owner that has come to hide what is below it, or ceased to. */
static enum status
below_refresh(struct derivation *derivation, const struct visit *visit, bool is_below_dname)
{
	const struct node *node = visit->node;
	if (is_below_dname && forbidden_below_dname(node) != NULL)
		return derivation_refuse(derivation, visit->owner,
					 "would lie below a DNAME (RFC 6672 2.4)");
	enum status status = STATUS_OK;
	if (node->flags & NODE_HOST)
		status = edit_refresh_host(&derivation->edit, visit->owner, node->entries[0].ref);
	if (status == STATUS_OK && !visit->is_occluded && node_has_rrsets(node))
		status = templates_set(derivation, visit->owner);
	return status;
}

static enum status
branch_refresh(struct derivation *derivation, const uint8_t *dname)
{
	struct edit_path path;
	struct visit visit;
	edit_path_find(&derivation->edit, dname, &path);
	visit_start(&visit, &derivation->edit.version, path.refs[path.depth], path.name.dname,
		    false);
	enum status status = STATUS_OK;
	bool is_below_dname = false; /* what follows, as long as it is occluded */
	while (status == STATUS_OK && visit_next(&visit)) {
		if (!visit.is_occluded)
			is_below_dname = visit.node->flags & NODE_DNAME;
		if (visit.depth > 0)
			status =
			    below_refresh(derivation, &visit, is_below_dname && visit.is_occluded);
	}
	visit_fini(&visit);
	return status == STATUS_OK ? visit.status : status;
}

/* What an owner that is hidden itself hides or reveals does not matter: an owner above that ceased
 * to hide it has its own turn. */
static enum status
hidden_refresh(struct derivation *derivation)
{
	for (size_t i = 0; i < derivation->owner_count; i++) {
		const struct changed_owner *owner = &derivation->owners[i];
		if (!owner->is_flipped || visible_node(derivation, owner->dname) == NULL)
			continue;
		enum status status = branch_refresh(derivation, owner->dname);
		if (status != STATUS_OK)
			return status;
	}
	return STATUS_OK;
}

/* RFC 6672 2.4, for what was added below a DNAME that was there. */
static enum status
below_dname_check(const struct derivation *derivation)
{
	for (size_t i = 0; i < derivation->owner_count; i++) {
		const uint8_t *owner = derivation->owners[i].dname;
		struct split_name name;
		struct walk walk;
		split_name_set(&name, owner);
		if (walk_run(&walk, &derivation->edit.version, &name, true) != WALK_DNAME)
			continue;
		struct edit_path path;
		edit_path_find(&derivation->edit, owner, &path);
		const struct node *node = edit_path_node(&derivation->edit, &path);
		if (node != NULL && forbidden_below_dname(node) != NULL)
			return derivation_refuse(derivation, owner,
						 "would lie below a DNAME (RFC 6672 2.4)");
	}
	return STATUS_OK;
}

/* The SOA */

static enum status
soa_refresh(struct derivation *derivation)
{
	struct edit *edit = &derivation->edit;
	const struct node *apex = version_node(&edit->version, edit->image.apex);
	const struct rrset *soa = entry_rrset(&edit->version, node_find(apex, RRTYPE_SOA));
	if (soa == version_at(&edit->version, edit->image.soa))
		return STATUS_OK;
	if (edit->image.negative != REF_NONE)
		edit_drop(&edit->space,
			  template_len(version_at(&edit->version, edit->image.negative)));
	edit->image.soa = (ref)(((const uint8_t *)soa - edit->version.base) / REF_UNIT);
	return template_make_negative(edit->maker, &edit->image.negative);
}

/* Denial of existence */

static enum status
denial_refresh(struct derivation *derivation)
{
	struct edit *edit = &derivation->edit;
	ref before = version_extra(&edit->version)->denial;
	ref denial;
	struct zone_extra *extra;
	enum status status = denial_lay(&edit->space.writer, &edit->version, before, &denial);
	if (status != STATUS_OK || denial == before)
		return status;
	if (before != REF_NONE)
		edit_drop(&edit->space, denial_len(version_at(&edit->version, before)));
	status = edit_own_extra(edit, &extra);
	if (status == STATUS_OK)
		extra->denial = denial;
	return status;
}

enum status
derivation_refresh(struct derivation *derivation)
{
	enum status status = below_dname_check(derivation);
	if (status == STATUS_OK)
		status = hosts_refresh(derivation);
	if (status == STATUS_OK)
		status = hidden_refresh(derivation);
	if (status == STATUS_OK)
		status = templates_refresh(derivation);
	if (status == STATUS_OK)
		status = soa_refresh(derivation);
	if (status == STATUS_OK)
		status = denial_refresh(derivation);
	return status;
}
