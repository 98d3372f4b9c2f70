/* change_apply.c -- step 1 of 2 of deriving a version: the records (next: change_refresh.c). */
#include <stdlib.h>

#include "zones/check.h"
#include "zones/denial.h"
#include "zones/derive.h"
#include "zones/dname.h"
#include "zones/rdata.h"

/* The RRsets that one owner will have. */
struct owner_edit {
	struct derivation *derivation;
	const uint8_t *dname;
	struct edit_path path;    /* where it stands */
	bool may_have_nsec3;      /* it has the form of an owner of NSEC3 */
	struct planned_run wipes; /* deletions of all that is there */
	size_t entry_count;
	bool is_changed;
};

static enum status
entry_keep(struct owner_edit *owner, struct node_entry entry)
{
	struct derivation *derivation = owner->derivation;
	if (owner->entry_count == derivation->entry_cap) {
		size_t cap = derivation->entry_cap == 0 ? 16 : derivation->entry_cap * 2;
		struct node_entry *entries = realloc(derivation->entries, cap * sizeof(*entries));
		if (entries == NULL)
			return STATUS_NO_MEMORY;
		derivation->entries = entries;
		derivation->entry_cap = cap;
	}
	derivation->entries[owner->entry_count++] = entry;
	return STATUS_OK;
}

/* A CNAME that leads on in this zone. */
static bool
chains(const struct derivation *derivation, const struct rrset *rrset)
{
	return rrset->rrtype == RRTYPE_CNAME &&
	       dname_is_within(rr_first(rrset).rdata, version_origin(&derivation->edit.version));
}

static enum status
rrset_lay(struct owner_edit *owner, const struct rrset *rrset)
{
	struct derivation *derivation = owner->derivation;
	struct edit_space *space = &derivation->edit.space;
	struct node_entry entry = {
	    .rrtype = rrset->rrtype,
	    .flags = chains(derivation, rrset) ? ENTRY_CHAINS : 0,
	};
	size_t len = rrset_len(rrset);
	enum status status = store_append(&space->writer, len, &entry.ref);
	if (status != STATUS_OK)
		return status;
	memcpy(edit_at(space, entry.ref), rrset, len);
	derivation->edit.image.rr_count += rrset->rr_count;
	return entry_keep(owner, entry);
}

static void
entry_drop(struct owner_edit *owner, const struct node_entry *entry, const struct rrset *rrset)
{
	struct edit *edit = &owner->derivation->edit;
	edit->image.rr_count -= rrset->rr_count;
	edit_drop(&edit->space, rrset_len(rrset));
	if (entry->flags & ENTRY_TEMPLATE)
		edit_drop(&edit->space, template_len(version_at(&edit->version, entry->ref)));
}

static enum status
too_many(const struct owner_edit *owner, uint16_t rrtype)
{
	char type[RRTYPE_TEXT_MAX];
	rrtype_print(rrtype, type);
	return derivation_refuse(owner->derivation, owner->dname,
				 "would have more than 65535 records of %s", type);
}

/* One type of the owner: `entry` is what it has now, or NULL. */
static enum status
type_apply(struct owner_edit *owner, uint16_t rrtype, const struct node_entry *entry,
	   struct planned_run run)
{
	struct derivation *derivation = owner->derivation;
	if (run.count == 0 && owner->wipes.count == 0)
		return entry_keep(owner, *entry);
	const struct rrset *old =
	    entry != NULL ? entry_rrset(&derivation->edit.version, entry) : NULL;
	const struct rrset *merged;
	enum status status =
	    rrset_merge_run(&derivation->merge, rrtype, old, run, owner->wipes, &merged);
	if (status == STATUS_LIMIT)
		return too_many(owner, rrtype);
	if (status != STATUS_OK)
		return status;
	if (old == NULL && merged == NULL)
		return STATUS_OK;
	if (old != NULL && merged != NULL && rrset_len(old) == rrset_len(merged) &&
	    memcmp(old, merged, rrset_len(old)) == 0)
		return entry_keep(owner, *entry);
	owner->is_changed = true;
	if (old != NULL)
		entry_drop(owner, entry, old);
	return merged != NULL ? rrset_lay(owner, merged) : STATUS_OK;
}

/* How many from `first` on are of one type. */
static size_t
run_len(const struct planned *first, const struct planned *end)
{
	const struct planned *at = first + 1;
	while (at < end && at->change->rrtype == first->change->rrtype)
		at++;
	return (size_t)(at - first);
}

/* All types of the owner: those it has and those of the changes [first, end), both sorted. */
static enum status
types_apply(struct owner_edit *owner, const struct planned *first, const struct planned *end)
{
	const struct node *node = edit_path_node(&owner->derivation->edit, &owner->path);
	unsigned at = node != NULL ? node_first_rrset(node) : 0;
	unsigned count = node != NULL ? node->entry_count : 0;
	enum status status = STATUS_OK;
	while (status == STATUS_OK && (at < count || first < end)) {
		const struct node_entry *entry = at < count ? &node->entries[at] : NULL;
		uint16_t rrtype = entry != NULL ? entry->rrtype : UINT16_MAX;
		if (first < end && first->change->rrtype <= rrtype)
			rrtype = first->change->rrtype;
		if (entry != NULL && entry->rrtype == rrtype)
			at++;
		else
			entry = NULL;
		struct planned_run run = {.changes = first};
		if (first < end && first->change->rrtype == rrtype)
			run.count = run_len(first, end);
		first += run.count;
		status = type_apply(owner, rrtype, entry, run);
	}
	return status;
}

/* What zone_read() would refuse at this owner (check.c). */
static enum status
owner_check(const struct owner_edit *owner)
{
	const struct derivation *derivation = owner->derivation;
	bool has_cname = false;
	bool has_dname = false;
	bool has_ns = false;
	bool has_soa = false;
	bool has_nsec3 = false;
	const struct node_entry *other = NULL;
	const struct node_entry *data = NULL;
	for (size_t i = 0; i < owner->entry_count; i++) {
		const struct node_entry *entry = &derivation->entries[i];
		const struct rrtype *row = rrtype_find(entry->rrtype);
		char type[RRTYPE_TEXT_MAX];
		rrtype_print(entry->rrtype, type);
		if (row != NULL && (row->flags & RRTYPE_SINGLETON) &&
		    entry_rrset(&derivation->edit.version, entry)->rr_count > 1)
			return derivation_refuse(derivation, owner->dname,
						 "would have more than one %s", type);
		has_cname |= entry->rrtype == RRTYPE_CNAME;
		has_dname |= entry->rrtype == RRTYPE_DNAME;
		has_ns |= entry->rrtype == RRTYPE_NS;
		has_soa |= entry->rrtype == RRTYPE_SOA;
		has_nsec3 |= entry->rrtype == RRTYPE_NSEC3;
		if (!check_is_allowed_beside_cname(entry->rrtype))
			other = entry;
		if (!check_is_allowed_beside_nsec3(entry->rrtype))
			data = entry;
	}
	if (owner->may_have_nsec3 && has_nsec3 && data != NULL)
		return derivation_refuse(derivation, owner->dname,
					 "would have an NSEC3 beside other data");
	bool is_apex = owner->path.depth == 0;
	if (has_cname && other != NULL)
		return derivation_refuse(derivation, owner->dname,
					 "would have a CNAME beside other data");
	if (!is_apex && has_dname && has_ns)
		return derivation_refuse(derivation, owner->dname,
					 "would have both DNAME and NS (RFC 6672 2.3)");
	if (!is_apex && has_soa)
		return derivation_refuse(derivation, owner->dname,
					 "would have a SOA, which only the zone's apex has");
	if (is_apex && (!has_soa || !has_ns))
		return derivation_refuse(derivation, owner->dname,
					 "is the zone's apex and would have no %s",
					 has_soa ? "NS" : "SOA");
	return STATUS_OK;
}

static void
owner_find(struct owner_edit *owner)
{
	const struct edit *edit = &owner->derivation->edit;
	owner->may_have_nsec3 = nsec3_is_owner(owner->dname, edit->image.origin_labels);
	ref chain = owner->may_have_nsec3 ? denial_chain_next(&edit->version, REF_NONE) : REF_NONE;
	for (; chain != REF_NONE; chain = denial_chain_next(&edit->version, chain)) {
		uint8_t label[1 + DENIAL_CHAIN_LABEL_LEN];
		denial_chain_label_copy(label, version_node(&edit->version, chain));
		edit_path_find_nsec3(edit, owner->dname, label, &owner->path);
		if (edit_path_exists(&owner->path))
			return;
	}
	edit_path_find(edit, owner->dname, &owner->path);
}

/* The NSEC3 that it will have, if that decides where the owner stands; or NULL. */
static const struct rrset *
nsec3_of(const struct owner_edit *owner)
{
	const struct derivation *derivation = owner->derivation;
	for (size_t i = 0; owner->may_have_nsec3 && i < owner->entry_count; i++) {
		if (derivation->entries[i].rrtype == RRTYPE_NSEC3)
			return entry_rrset(&derivation->edit.version, &derivation->entries[i]);
	}
	return NULL;
}

/* Where the owner will stand. */
static void
place_find(const struct owner_edit *owner, struct edit_path *place)
{
	const struct edit *edit = &owner->derivation->edit;
	const struct rrset *nsec3 = nsec3_of(owner);
	if (nsec3 == NULL) {
		edit_path_find(edit, owner->dname, place);
		return;
	}
	struct nsec3_parameters parameters;
	uint8_t label[1 + DENIAL_CHAIN_LABEL_LEN];
	nsec3_parameters_parse(rr_first(nsec3).rdata, &parameters);
	denial_chain_label_set(label, &parameters);
	edit_path_find_nsec3(edit, owner->dname, label, place);
}

/* The owner has or will have an NSEC3: takes it away from where it does not belong. */
static enum status
owner_move(struct owner_edit *owner)
{
	struct edit *edit = &owner->derivation->edit;
	struct edit_path place;
	enum status status = STATUS_OK;
	place_find(owner, &place);
	bool moves = place.is_nsec3 != owner->path.is_nsec3 ||
		     !dname_equal(place.name.dname, owner->path.name.dname);
	const struct node *node = edit_path_node(edit, &owner->path);
	if (moves && node != NULL && node_has_rrsets(node)) {
		status = edit_set_entries(edit, &owner->path, NULL, 0);
		place_find(owner, &place);
	}
	owner->path = place;
	for (size_t i = 0; place.is_nsec3 && i < owner->entry_count; i++)
		owner->derivation->entries[i].flags = 0;
	return status;
}

/* Gives the owner its RRsets, where it belongs with them. */
static enum status
owner_place(struct owner_edit *owner)
{
	enum status status = STATUS_OK;
	if (owner->path.is_nsec3 || nsec3_of(owner) != NULL)
		status = owner_move(owner);
	if (status != STATUS_OK)
		return status;
	return edit_set_entries(&owner->derivation->edit, &owner->path, owner->derivation->entries,
				owner->entry_count);
}

static unsigned
node_flags(const struct owner_edit *owner)
{
	const struct node *node = edit_path_node(&owner->derivation->edit, &owner->path);
	return node != NULL ? node->flags : 0;
}

/* The changes [first, end) are of one owner; those that delete all of it come first. */
static enum status
owner_apply(struct derivation *derivation, const struct planned *first, const struct planned *end)
{
	const uint8_t hides = NODE_CUT | NODE_DNAME;
	struct owner_edit owner = {
	    .derivation = derivation, .dname = first->change->owner, .wipes = {.changes = first}};
	while (first < end && first->change->kind == CHANGE_DELETE_NAME)
		first++;
	owner.wipes.count = (size_t)(first - owner.wipes.changes);
	owner_find(&owner);
	enum status status = types_apply(&owner, first, end);
	if (status != STATUS_OK || !owner.is_changed)
		return status;
	status = owner_check(&owner);
	if (status != STATUS_OK)
		return status;
	unsigned flags = node_flags(&owner);
	bool was_nsec3 = owner.path.is_nsec3;
	status = owner_place(&owner);
	if (status != STATUS_OK)
		return status;
	derivation->merge.report->owner_count++;
	/* Nothing else depends on the owners of NSEC3. */
	if (was_nsec3 && owner.path.is_nsec3)
		return STATUS_OK;
	flags ^= node_flags(&owner);
	derivation->owners[derivation->owner_count++] =
	    (struct changed_owner){.dname = owner.dname, .is_flipped = (flags & hides) != 0};
	return STATUS_OK;
}

enum status
derivation_apply(struct derivation *derivation)
{
	const struct planned *end = derivation->planned + derivation->planned_count;
	enum status status = STATUS_OK;
	for (const struct planned *first = derivation->planned; first < end;) {
		const struct planned *next = first + 1;
		while (next < end && dname_equal(next->change->owner, first->change->owner))
			next++;
		status = owner_apply(derivation, first, next);
		if (status != STATUS_OK)
			return status;
		first = next;
	}
	return STATUS_OK;
}
