/* host.c -- the hosts of a version, numbered. */
#include "zones/host.h"

#include <stdlib.h>

#include "zones/additional.h"
#include "zones/dname.h"

enum {
	/* Hosts with more are for the composer: what they add seldom fits a message whole. */
	HOST_RECORDS_LEN_MAX = 2048,
};

/* Appends the records of one type to *len octets of `records`. False if they are too long. */
static bool
put_addresses(const struct zone_version *version, const struct node *node, uint16_t rrtype,
	      uint8_t records[HOST_RECORDS_LEN_MAX], struct host *host)
{
	const struct node_entry *entry = node_find(node, rrtype);
	if (entry == NULL)
		return true;
	const struct rrset *rrset = entry_rrset(version, entry);
	for (struct rr_cursor rr = rr_first(rrset); rr.rdata != NULL; rr = rr_next(rr)) {
		size_t rr_len = POINTER_LEN + RR_FIXED_LEN + (size_t)rr.rdlen;
		if (rr_len > (size_t)HOST_RECORDS_LEN_MAX - host->len)
			return false;
		uint8_t *at = records + host->len;
		be16_write(at, 0);
		be16_write(at + 2, rrtype);
		be16_write(at + 4, RRCLASS_IN);
		be32_write(at + 6, rrset->ttl);
		be16_write(at + 10, rr.rdlen);
		memcpy(at + 12, rr.rdata, rr.rdlen);
		host->len = (uint16_t)(host->len + rr_len);
		host->rr_count++;
	}
	return true;
}

static struct host
host_make(const struct zone_version *version, const uint8_t *dname,
	  uint8_t records[HOST_RECORDS_LEN_MAX])
{
	struct additional_target target;
	additional_target_find(version, dname, &target);
	if (target.node == NULL || target.is_synthesized)
		return (struct host){.flags = HOST_COMPOSE};
	struct host host = {.flags = target.is_glue ? HOST_GLUE : 0};
	if (!put_addresses(version, target.node, RRTYPE_A, records, &host) ||
	    !put_addresses(version, target.node, RRTYPE_AAAA, records, &host))
		return (struct host){.flags = HOST_COMPOSE};
	return host;
}

enum status
host_lay(struct store_writer *writer, const struct zone_version *version, const uint8_t *dname,
	 ref *out)
{
	uint8_t records[HOST_RECORDS_LEN_MAX];
	struct host host = host_make(version, dname, records);
	enum status status = store_append(writer, sizeof(host) + host.len, out);
	if (status != STATUS_OK)
		return status;
	struct host *laid = store_at(writer->store, *out);
	*laid = host;
	memcpy(laid->records, records, host.len);
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
table_grow(struct edit_space *space, struct zone_image *image)
{
	uint32_t count = image->host_count;
	if (count > 0 && host_table_depth(count + 1) > host_table_depth(count)) {
		ref root;
		enum status status = page_new(space, &image->hosts, 1, &root);
		if (status != STATUS_OK)
			return status;
		image->hosts = root;
	}
	image->host_count = count + 1;
	return STATUS_OK;
}

enum status
host_table_set(struct edit_space *space, struct zone_image *image, uint32_t idx, ref host)
{
	uint32_t old_count = image->host_count;
	enum status status = idx == old_count ? table_grow(space, image) : STATUS_OK;
	ref *at = &image->hosts;
	for (unsigned level = host_table_depth(image->host_count); level-- > 0;) {
		if (status == STATUS_OK)
			status = page_own(space, page_len(old_count, idx, level), at);
		if (status != STATUS_OK)
			return status;
		ref *page = edit_at(space, *at);
		at = &page[idx >> (level * HOST_PAGE_BITS) & (HOST_PAGE_LEN - 1)];
	}
	if (*at != REF_NONE)
		edit_drop(space, sizeof(struct host) + ((struct host *)edit_at(space, *at))->len);
	*at = host;
	return STATUS_OK;
}
