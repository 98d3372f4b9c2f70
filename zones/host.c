/* host.c -- the hosts of a version, numbered. */
#include "zones/host.h"

#include <stdlib.h>

#include "zones/additional.h"
#include "zones/dname.h"
#include "zones/signed.h"

enum {
	/* Hosts with more are for the composer: what they add seldom fits a message whole. */
	HOST_RECORDS_LEN_MAX = 2048,
};

/* Records in the making, each behind room for a pointer. */
struct host_records {
	uint8_t octets[HOST_RECORDS_LEN_MAX];
	uint16_t len;
	uint8_t rr_count;
};

/* Appends these and those behind it. False if they are too long. */
static bool
put_records(struct host_records *records, uint16_t rrtype, uint32_t ttl, struct rr_cursor rr)
{
	static const uint8_t pointer[POINTER_LEN] = {0};
	struct record_writer writer = {records->octets, records->len, sizeof(records->octets)};
	for (; rr.rdata != NULL; rr = rr_next(rr)) {
		if (records->rr_count == UINT8_MAX ||
		    !record_put(&writer, pointer, sizeof(pointer), rrtype, ttl, rr))
			return false;
		records->rr_count++;
	}
	records->len = (uint16_t)writer.len;
	return true;
}

/* A host in the making. */
struct host_draft {
	uint8_t flags;
	struct host_records addresses;
	struct host_records signatures;
};

static bool
put_addresses(const struct zone_version *version, const struct node *node, uint16_t rrtype,
	      struct host_draft *draft)
{
	const struct node_entry *entry = node_find(node, rrtype);
	if (entry == NULL)
		return true;
	const struct rrset *rrset = entry_rrset(version, entry);
	if (!put_records(&draft->addresses, rrtype, rrset->ttl, rr_first(rrset)))
		return false;
	/* RFC 4035 2.2: what is the child's is not signed here. */
	const struct rrset *signatures =
	    draft->flags & HOST_GLUE ? NULL : node_signatures(version, node);
	return put_records(&draft->signatures, RRTYPE_RRSIG, rrset->ttl,
			   signatures_of(signatures, rrtype));
}

static bool
draft_make(const struct zone_version *version, const uint8_t *dname, struct host_draft *draft)
{
	struct additional_target target;
	additional_target_find(version, dname, &target);
	if (target.node == NULL || target.is_synthesized)
		return false;
	if (target.is_glue)
		draft->flags |= HOST_GLUE;
	if (!put_addresses(version, target.node, RRTYPE_A, draft) ||
	    !put_addresses(version, target.node, RRTYPE_AAAA, draft))
		return false;
	if (draft->signatures.rr_count > 0)
		draft->flags |= HOST_SIGNED;
	return true;
}

enum status
host_lay(struct store_writer *writer, const struct zone_version *version, const uint8_t *dname,
	 ref *out)
{
	struct host_draft draft;
	draft.flags = 0;
	draft.addresses.len = draft.signatures.len = 0;
	draft.addresses.rr_count = draft.signatures.rr_count = 0;
	struct host host = {.flags = HOST_COMPOSE};
	if (draft_make(version, dname, &draft))
		host = (struct host){.len = draft.addresses.len,
				     .rr_count = draft.addresses.rr_count,
				     .flags = draft.flags};
	size_t signatures_len = sizeof(struct host_signatures) + draft.signatures.len;
	size_t len = sizeof(host) + host.len + (host.flags & HOST_SIGNED ? signatures_len : 0);
	enum status status = store_append(writer, len, out);
	if (status != STATUS_OK)
		return status;
	struct host *laid = store_at(writer->store, *out);
	*laid = host;
	memcpy(laid->records, draft.addresses.octets, host.len);
	if (host.flags & HOST_SIGNED) {
		struct host_signatures *signatures = (void *)(laid->records + host.len);
		be16_write(signatures->len, draft.signatures.len);
		signatures->rr_count = draft.signatures.rr_count;
		memcpy(signatures->records, draft.signatures.octets, draft.signatures.len);
	}
	return STATUS_OK;
}

/* One page: the references at from[0 .. count). `out` may be one of them. */
static enum status
page_lay(struct store_writer *writer, const ref *from, size_t count, ref *out)
{
	ref page;
	enum status status = store_append(writer, count * sizeof(ref), &page);
	if (status != STATUS_OK)
		return status;
	memcpy(store_at(writer->store, page), from, count * sizeof(ref));
	*out = page;
	return STATUS_OK;
}

enum status
host_table_lay(struct store_writer *writer, const ref *hosts, uint32_t count, ref *out)
{
	/* Level by level from the leaves up; the references of a level take the place of those
	 * that they stand for. */
	ref *level = malloc(((size_t)count + 1) * sizeof(*level));
	if (level == NULL)
		return STATUS_NO_MEMORY;
	memcpy(level, hosts, count * sizeof(*level));
	size_t level_count = count;
	enum status status = STATUS_OK;
	do {
		size_t page_count = (level_count + HOST_PAGE_LEN - 1) / HOST_PAGE_LEN;
		for (size_t i = 0; i < page_count && status == STATUS_OK; i++) {
			size_t first = i * HOST_PAGE_LEN;
			size_t left = level_count - first;
			status = page_lay(writer, level + first,
					  left < HOST_PAGE_LEN ? left : HOST_PAGE_LEN, &level[i]);
		}
		level_count = page_count;
	} while (status == STATUS_OK && level_count > 1);
	if (status == STATUS_OK)
		*out = level[0];
	free(level);
	return status;
}

/* Editing */

/* How many references the page has, `level` levels above the hosts, that is on the way to host
 * `idx` in a table of so many. */
static size_t
page_len(uint32_t host_count, uint32_t idx, unsigned level)
{
	unsigned shift = level * HOST_PAGE_BITS;
	uint64_t first = (uint64_t)idx >> shift & ~(uint64_t)(HOST_PAGE_LEN - 1);
	uint64_t end = (((uint64_t)host_count - 1) >> shift) + 1;
	return end - first < HOST_PAGE_LEN ? (size_t)(end - first) : (size_t)HOST_PAGE_LEN;
}

/* An edit's pages have their full length: there will be more. */
static enum status
page_new(struct edit_space *space, const ref *from, size_t count, ref *out)
{
	enum status status = store_append(&space->writer, HOST_PAGE_LEN * sizeof(ref), out);
	if (status != STATUS_OK)
		return status;
	ref *page = edit_at(space, *out);
	memset(page, 0, HOST_PAGE_LEN * sizeof(ref));
	if (count > 0)
		memcpy(page, from, count * sizeof(ref));
	edit_drop(space, count * sizeof(ref));
	return STATUS_OK;
}

/* Makes the page at *at the edit's own; where there is none, a new one. */
static enum status
page_own(struct edit_space *space, size_t count, ref *at)
{
	if (*at != REF_NONE && edit_owns(space, *at))
		return STATUS_OK;
	ref made;
	const ref *from = edit_at(space, *at);
	enum status status = page_new(space, from, *at != REF_NONE ? count : 0, &made);
	if (status == STATUS_OK)
		*at = made;
	return status;
}

/* One host more than the table has: it may need a level more. */
static enum status
table_grow(struct edit_space *space, struct zone_extra *extra)
{
	uint32_t count = extra->host_count;
	if (count > 0 && host_table_depth(count + 1) > host_table_depth(count)) {
		ref root;
		enum status status = page_new(space, &extra->hosts, 1, &root);
		if (status != STATUS_OK)
			return status;
		extra->hosts = root;
	}
	extra->host_count = count + 1;
	return STATUS_OK;
}

enum status
host_table_set(struct edit_space *space, struct zone_extra *extra, uint32_t idx, ref host)
{
	uint32_t old_count = extra->host_count;
	enum status status = idx == old_count ? table_grow(space, extra) : STATUS_OK;
	ref *at = &extra->hosts;
	for (unsigned level = host_table_depth(extra->host_count); level-- > 0;) {
		if (status == STATUS_OK)
			status = page_own(space, page_len(old_count, idx, level), at);
		if (status != STATUS_OK)
			return status;
		ref *page = edit_at(space, *at);
		at = &page[idx >> (level * HOST_PAGE_BITS) & (HOST_PAGE_LEN - 1)];
	}
	if (*at != REF_NONE)
		edit_drop(space, host_len(edit_at(space, *at)));
	*at = host;
	return STATUS_OK;
}
