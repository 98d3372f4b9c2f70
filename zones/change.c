/* change.c -- a version out of the last: the changes put in order, applied (change_apply.c), and
 * what follows from them (change_refresh.c). */
#include "zones/change.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "zones/compact.h"
#include "zones/derive.h"
#include "zones/dname.h"
#include "zones/rdata.h"

enum {
	/* What most sets of changes need. */
	ROOM_MIN = 16 << 10,
};

enum status
derivation_refuse(const struct derivation *derivation, const uint8_t *dname, const char *format,
		  ...)
{
	char name[DNAME_TEXT_MAX];
	char text[128];
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	dname_print(dname, name);
	return error_set(derivation->error, STATUS_REFUSED, "%s %s", name, text);
}

/* What is wrong with a change by itself, or NULL. RFC 6895 3.1: type 0 is reserved, 128 to 255 are
 * for questions and for meta records. */
static const char *
fault_of(const struct change *change)
{
	const struct rrtype *row = rrtype_find(change->rrtype);
	if (change->kind == CHANGE_DELETE_NAME)
		return NULL;
	if (change->rrtype == 0 || (change->rrtype >= 128 && change->rrtype <= 255) ||
	    (row != NULL && (row->flags & RRTYPE_META)))
		return "a type that no zone holds";
	if (change->kind == CHANGE_DELETE_RRSET)
		return NULL;
	return rdata_is_valid(change->rrtype, change->rdata, change->rdlen) ? NULL
									    : "malformed RDATA";
}

static enum status
changes_check(const struct zone_version *from, const struct change *changes, size_t count,
	      struct error *error)
{
	for (size_t i = 0; i < count; i++) {
		const char *fault = fault_of(&changes[i]);
		if (!dname_is_within(changes[i].owner, version_origin(from)))
			fault = "not within the zone";
		if (fault == NULL)
			continue;
		char name[DNAME_TEXT_MAX];
		char type[RRTYPE_TEXT_MAX];
		dname_print(changes[i].owner, name);
		rrtype_print(changes[i].rrtype, type);
		return error_set(error, STATUS_INVALID, "change %zu, %s %s: %s", i + 1, name, type,
				 fault);
	}
	return STATUS_OK;
}

/* Deletions of all that is at an owner come before what is of one type. */
static uint16_t
planned_type(const struct planned *planned)
{
	return planned->change->kind == CHANGE_DELETE_NAME ? 0 : planned->change->rrtype;
}

static int
planned_order(const void *a, const void *b)
{
	const struct planned *x = a;
	const struct planned *y = b;
	int order = dname_compare(x->change->owner, y->change->owner);
	if (order == 0)
		order = (int)planned_type(x) - (int)planned_type(y);
	return order != 0 ? order : (x->seq > y->seq) - (x->seq < y->seq);
}

static enum status
plan(struct derivation *derivation, const struct change *changes, size_t count)
{
	derivation->planned = malloc((count + 1) * sizeof(derivation->planned[0]));
	derivation->owners = malloc((count + 1) * sizeof(derivation->owners[0]));
	if (derivation->planned == NULL || derivation->owners == NULL)
		return STATUS_NO_MEMORY;
	for (size_t i = 0; i < count; i++)
		derivation->planned[i] = (struct planned){&changes[i], i + 1};
	qsort(derivation->planned, count, sizeof(derivation->planned[0]), planned_order);
	derivation->planned_count = count;
	return STATUS_OK;
}

static void
derivation_fini(struct derivation *derivation)
{
	edit_fini(&derivation->edit);
	rrset_merge_fini(&derivation->merge);
	free(derivation->planned);
	free(derivation->owners);
	free(derivation->entries);
	free(derivation);
}

/* Lays down the header of the version that is made. */
static enum status
header_lay(struct edit *edit, ref *out)
{
	enum status status = store_append(&edit->space.writer, sizeof(edit->image), out);
	if (status != STATUS_OK)
		return status;
	edit_drop(&edit->space, sizeof(edit->image)); /* the one before */
	size_t garbage = edit->image.garbage + edit->space.garbage;
	edit->image.garbage = garbage < UINT32_MAX ? (uint32_t)garbage : UINT32_MAX;
	memcpy(edit_at(&edit->space, *out), &edit->image, sizeof(edit->image));
	return STATUS_OK;
}

struct request {
	const struct zone_version *from;
	const struct change *changes;
	size_t count;
	struct change_report *report;
	struct error *error;
};

/* The changes, in `store`; *header is the new version's. */
static enum status
derive_in(const struct request *request, struct store *store, ref *header)
{
	struct derivation *derivation = calloc(1, sizeof(*derivation));
	if (derivation == NULL)
		return STATUS_NO_MEMORY;
	*request->report = (struct change_report){0};
	derivation->error = request->error;
	derivation->merge.report = request->report;
	enum status status = edit_init(&derivation->edit, request->from, store);
	if (status == STATUS_OK)
		status = plan(derivation, request->changes, request->count);
	if (status == STATUS_OK)
		status = derivation_apply(derivation);
	if (status == STATUS_OK)
		status = derivation_refresh(derivation);
	if (status == STATUS_OK)
		status = header_lay(&derivation->edit, header);
	derivation_fini(derivation);
	return status;
}

static enum status
derive_shared(const struct request *request, struct zone_version **out)
{
	struct zone_version *version = malloc(sizeof(*version));
	if (version == NULL)
		return STATUS_NO_MEMORY;
	struct store *store = request->from->store;
	size_t len = store_len(store);
	ref header;
	enum status status = derive_in(request, store, &header);
	if (status != STATUS_OK) {
		store_cut(store, len);
		free(version);
		return status;
	}
	store_hold(store);
	*version = (struct zone_version){
	    .base = store_base(store), .image = store_at(store, header), .store = store};
	*out = version;
	return STATUS_OK;
}

static enum status
derive_copied(const struct request *request, struct zone_version **out)
{
	const struct store *from = request->from->store;
	size_t room = ROOM_MIN + 2 * store_slack(store_len(from));
	struct store *store;
	ref header;
	enum status status = STATUS_LIMIT;
	for (; status == STATUS_LIMIT && room < STORE_LEN_MAX / 2; room *= 4) {
		status = store_copy(from, room, &store);
		if (status != STATUS_OK)
			return status;
		status = derive_in(request, store, &header);
		if (status != STATUS_OK)
			store_release(store);
	}
	if (status != STATUS_OK)
		return status;
	store = store_trim(store, store_slack(store_len(store)));
	*out = zone_version_first(store, (size_t)header * REF_UNIT);
	return STATUS_OK;
}

/* A small zone is compacted at once when it is worth it: that takes no longer than some changes. If
 * it fails, the version is right as it is. */
static void
compact_small(struct zone_version **version)
{
	struct zone_version *dense;
	struct error error;
	if (!zone_version_wants_compaction(*version) ||
	    zone_version_compact(*version, NULL, &dense, &error) != STATUS_OK)
		return;
	zone_version_free(*version);
	*version = dense;
}

/* Failures that no step has a sentence for. */
static enum status
failure(const struct request *request, enum status status)
{
	if (status == STATUS_NO_MEMORY)
		return error_set(request->error, status, "no memory for a set of %zu changes",
				 request->count);
	if (status == STATUS_LIMIT)
		return error_set(request->error, status,
				 "the zone's store has no room for a set of %zu changes",
				 request->count);
	return status;
}

enum status
zone_version_derive(const struct zone_version *from, const struct change *changes, size_t count,
		    struct zone_version **out, struct change_report *report, struct error *error)
{
	struct change_report unread;
	struct request request = {.from = from,
				  .changes = changes,
				  .count = count,
				  .report = report != NULL ? report : &unread,
				  .error = error};
	enum status status = changes_check(from, changes, count, error);
	if (status != STATUS_OK)
		return status;
	struct zone_version *version;
	bool is_small = store_len(from->store) <= STORE_COPIED_LEN_MAX;
	status = is_small ? derive_copied(&request, &version) : derive_shared(&request, &version);
	/* More than a compaction makes room for: then the set is as large as half the zone. */
	if (status == STATUS_LIMIT && !is_small && version_image(from)->garbage == 0)
		status = derive_copied(&request, &version);
	if (status != STATUS_OK)
		return failure(&request, status);
	if (is_small)
		compact_small(&version);
	*out = version;
	return STATUS_OK;
}
