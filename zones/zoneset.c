/* zoneset.c -- a hash table of zones by apex that is never changed, only derived: a directory of
 * pages of buckets, pages and buckets shared between a set and those derived from it. */
#include "zones/zoneset.h"

#include <stdlib.h>

#include "zones/dname.h"

enum {
	MEMBERS_PER_BUCKET = 8,
	/* Deriving copies the directory and, for each member put, one page: with 200,000 zones both
	 * have some 200 entries. Larger pages cost each member more, smaller ones the directory. */
	BUCKETS_PER_PAGE = 256,
};

/* Immutable but for the count of pages that hold it, which only the control thread touches. */
struct bucket {
	unsigned holder_count;
	unsigned member_count;
	/* A struct zone_version each, which knows its apex, or, of a member that is not available,
	 * the apex; then for each its tag: uint16_t. */
	const void *places[];
};

enum {
	TAG_UNAVAILABLE = 1u << 15,
};

/* The same: immutable but for the count of sets that hold it. */
struct page {
	unsigned holder_count;
	struct bucket *buckets[BUCKETS_PER_PAGE]; /* NULL: empty */
};

struct zoneset {
	size_t member_count;
	struct zoneset_member last_put;        /* of a single member: that one */
	size_t page_count;                     /* a power of two */
	uint32_t label_counts[LABELS_MAX + 1]; /* members by their apex's labels: which suffixes are
						  worth a probe */
	unsigned label_max;                    /* the largest of those with members */
	struct page *pages[];
};

/* Names hash from the root down, so that one pass over a QNAME hashes all its suffixes. */
static const uint64_t hash_root = UINT64_C(0x9e3779b97f4a7c15);

static uint64_t
hash_mix(uint64_t hash, uint64_t octets)
{
	unsigned __int128 product =
	    (unsigned __int128)(hash ^ octets) * UINT64_C(0xff51afd7ed558ccd);
	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static uint64_t
read_octets(const uint8_t *at, size_t len)
{
	uint64_t octets = 0;
	memcpy(&octets, at, len);
	return octets;
}

/* By eight octets; the last eight may have been among those before. */
static uint64_t
hash_label(uint64_t hash, const uint8_t *label)
{
	const uint8_t *end = label + 1 + label[0];
	if (end - label < 8) {
		if (end - label < 4) /* the length's octet and one or two more */
			return hash_mix(hash, read_octets(label, 2) << 8 | end[-1]);
		return hash_mix(hash, read_octets(label, 4) << 32 | read_octets(end - 4, 4));
	}
	for (; end - label > 8; label += 8)
		hash = hash_mix(hash, read_octets(label, 8));
	return hash_mix(hash, read_octets(end - 8, 8));
}

/* The last `count` labels of a name, lower case. */
static const uint8_t *
suffix_of(const struct split_name *name, unsigned count)
{
	return name->dname + name->label_offs[name->label_count - count];
}

static uint32_t
apex_hash(const struct split_name *apex)
{
	uint64_t hash = hash_root;
	for (unsigned i = 1; i <= apex->label_count; i++)
		hash = hash_label(hash, suffix_of(apex, i));
	return (uint32_t)hash;
}

static size_t
page_idx(const struct zoneset *set, uint32_t hash)
{
	return hash / BUCKETS_PER_PAGE & (set->page_count - 1);
}

static void
bucket_release(struct bucket *bucket)
{
	if (bucket != NULL && --bucket->holder_count == 0)
		free(bucket);
}

static void
page_release(struct page *page)
{
	if (page == NULL || --page->holder_count > 0)
		return;
	for (size_t i = 0; i < BUCKETS_PER_PAGE; i++)
		bucket_release(page->buckets[i]);
	free(page);
}

/* The set's own page at `idx`: a copy if others hold it too. NULL: no memory. */
static struct page *
page_own(struct zoneset *set, size_t idx)
{
	struct page *shared = set->pages[idx];
	if (shared->holder_count == 1)
		return shared;
	struct page *page = malloc(sizeof(*page));
	if (page == NULL)
		return NULL;
	memcpy(page, shared, sizeof(*page));
	page->holder_count = 1;
	for (size_t i = 0; i < BUCKETS_PER_PAGE; i++) {
		if (page->buckets[i] != NULL)
			page->buckets[i]->holder_count++;
	}
	shared->holder_count--;
	set->pages[idx] = page;
	return page;
}

/* What of a hash tells the members of one bucket apart. */
static unsigned
tag_of(uint32_t hash)
{
	return hash >> 17;
}

static const uint16_t *
bucket_tags(const struct bucket *bucket)
{
	return (const uint16_t *)&bucket->places[bucket->member_count];
}

static struct zoneset_member
bucket_member(const struct bucket *bucket, unsigned at)
{
	const void *place = bucket->places[at];
	return bucket_tags(bucket)[at] & TAG_UNAVAILABLE
		   ? (struct zoneset_member){.apex = place}
		   : (struct zoneset_member){version_origin(place), place};
}

/* Puts a member at a place of a bucket that nobody has seen. */
static void
bucket_set(struct bucket *bucket, unsigned at, uint32_t hash, const struct zoneset_member *member)
{
	bool is_available = member->version != NULL;
	uint16_t *tags = (uint16_t *)&bucket->places[bucket->member_count];
	bucket->places[at] = is_available ? (const void *)member->version : member->apex;
	tags[at] = (uint16_t)(tag_of(hash) | (is_available ? 0 : TAG_UNAVAILABLE));
}

/* Octets of a member's apex. */
static size_t
member_len(const struct zoneset_member *member)
{
	return member->version != NULL ? version_image(member->version)->origin_len
				       : dname_len(member->apex);
}

/* The place of an apex (lower case, `len` octets) in a bucket, or member_count. */
static unsigned
bucket_find(const struct bucket *bucket, uint32_t hash, const uint8_t *apex, size_t len)
{
	const uint16_t *tags = bucket_tags(bucket);
	for (unsigned at = 0; at < bucket->member_count; at++) {
		if ((tags[at] & ~TAG_UNAVAILABLE) != tag_of(hash))
			continue;
		struct zoneset_member member = bucket_member(bucket, at);
		if (member_len(&member) == len && octets_equal(member.apex, apex, len))
			return at;
	}
	return bucket->member_count;
}

/* The bucket with `member` in place of the one with its apex, or added; *is_new tells which. */
static struct bucket *
bucket_with(const struct bucket *bucket, uint32_t hash, size_t apex_len,
	    const struct zoneset_member *member, bool *is_new)
{
	static const struct bucket empty;
	if (bucket == NULL)
		bucket = &empty;
	unsigned old_count = bucket->member_count;
	unsigned at = bucket_find(bucket, hash, member->apex, apex_len);
	*is_new = at == old_count;
	unsigned count = old_count + (*is_new ? 1 : 0);
	struct bucket *next =
	    malloc(sizeof(*next) + count * (sizeof(next->places[0]) + sizeof(uint16_t)));
	if (next == NULL)
		return NULL;
	next->holder_count = 1;
	next->member_count = count;
	memcpy(next->places, bucket->places, old_count * sizeof(next->places[0]));
	memcpy(&next->places[count], bucket_tags(bucket), old_count * sizeof(uint16_t));
	bucket_set(next, at, hash, member);
	return next;
}

/* `set` is still invisible to readers. */
static enum status
set_put(struct zoneset *set, const struct zoneset_member *member)
{
	struct split_name apex;
	split_name_set(&apex, member->apex);
	uint32_t hash = apex_hash(&apex);
	struct page *page = page_own(set, page_idx(set, hash));
	if (page == NULL)
		return STATUS_NO_MEMORY;
	struct bucket **place = &page->buckets[hash % BUCKETS_PER_PAGE];
	bool is_new;
	struct bucket *bucket = bucket_with(*place, hash, apex.len, member, &is_new);
	if (bucket == NULL)
		return STATUS_NO_MEMORY;
	bucket_release(*place);
	*place = bucket;
	set->last_put = bucket_member(bucket, bucket_find(bucket, hash, member->apex, apex.len));
	if (is_new) {
		set->member_count++;
		set->label_counts[apex.label_count]++;
		if (apex.label_count > set->label_max)
			set->label_max = apex.label_count;
	}
	return STATUS_OK;
}

/* Puts all members, or frees the set. */
static enum status
set_fill(struct zoneset *set, const struct zoneset_member *members, size_t count,
	 struct zoneset **out)
{
	for (size_t i = 0; i < count; i++) {
		if (set_put(set, &members[i]) != STATUS_OK) {
			zoneset_free(set);
			return STATUS_NO_MEMORY;
		}
	}
	*out = set;
	return STATUS_OK;
}

enum status
zoneset_new(const struct zoneset_member *members, size_t count, struct zoneset **out)
{
	size_t page_count = 1;
	while (page_count * BUCKETS_PER_PAGE * MEMBERS_PER_BUCKET < count)
		page_count *= 2;
	struct zoneset *set = calloc(1, sizeof(*set) + page_count * sizeof(set->pages[0]));
	if (set == NULL)
		return STATUS_NO_MEMORY;
	set->page_count = page_count;
	for (size_t i = 0; i < page_count; i++) {
		set->pages[i] = calloc(1, sizeof(*set->pages[i]));
		if (set->pages[i] == NULL) {
			zoneset_free(set);
			return STATUS_NO_MEMORY;
		}
		set->pages[i]->holder_count = 1;
	}
	return set_fill(set, members, count, out);
}

enum status
zoneset_derive(const struct zoneset *set, const struct zoneset_member *members, size_t count,
	       struct zoneset **out)
{
	size_t len = sizeof(*set) + set->page_count * sizeof(set->pages[0]);
	struct zoneset *next = malloc(len);
	if (next == NULL)
		return STATUS_NO_MEMORY;
	memcpy(next, set, len);
	for (size_t i = 0; i < next->page_count; i++)
		next->pages[i]->holder_count++;
	return set_fill(next, members, count, out);
}

void
zoneset_free(struct zoneset *set)
{
	if (set == NULL)
		return;
	for (size_t i = 0; i < set->page_count; i++)
		page_release(set->pages[i]);
	free(set);
}

size_t
zoneset_count(const struct zoneset *set)
{
	return set->member_count;
}

/* Of a server of one zone, as registries and the root have: no more than the comparison. */
static struct zoneset_member
find_single(const struct zoneset *set, const struct split_name *qname, unsigned skip_labels)
{
	unsigned count = set->label_max;
	if (count + skip_labels > qname->label_count)
		return (struct zoneset_member){0};
	const uint8_t *suffix = suffix_of(qname, count);
	size_t len = (size_t)(qname->dname + qname->len - suffix);
	const struct zoneset_member *member = &set->last_put;
	return len == member_len(member) && octets_equal(member->apex, suffix, len)
		   ? *member
		   : (struct zoneset_member){0};
}

struct zoneset_member
zoneset_find(const struct zoneset *set, const struct split_name *qname, unsigned skip_labels)
{
	if (set->member_count == 1)
		return find_single(set, qname, skip_labels);
	if (skip_labels > qname->label_count)
		return (struct zoneset_member){0};
	unsigned deepest = qname->label_count - skip_labels;
	if (deepest > set->label_max)
		deepest = set->label_max;
	uint64_t hashes[LABELS_MAX + 1];
	hashes[0] = hash_root;
	for (unsigned i = 1; i <= deepest; i++)
		hashes[i] = hash_label(hashes[i - 1], suffix_of(qname, i));
	for (unsigned i = deepest + 1; i-- > 0;) {
		if (set->label_counts[i] == 0)
			continue;
		uint32_t hash = (uint32_t)hashes[i];
		const struct page *page = set->pages[page_idx(set, hash)];
		const struct bucket *bucket = page->buckets[hash % BUCKETS_PER_PAGE];
		if (bucket == NULL)
			continue;
		const uint8_t *suffix = suffix_of(qname, i);
		size_t len = (size_t)(qname->dname + qname->len - suffix);
		unsigned at = bucket_find(bucket, hash, suffix, len);
		if (at < bucket->member_count)
			return bucket_member(bucket, at);
	}
	return (struct zoneset_member){0};
}

struct zoneset_member
zoneset_find_dname(const struct zoneset *set, const uint8_t *dname, unsigned skip_labels)
{
	struct split_name name;
	split_name_set(&name, dname);
	return zoneset_find(set, &name, skip_labels);
}
