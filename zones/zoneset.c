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
	size_t page_count;                     /* a power of two */
	uint32_t label_counts[LABELS_MAX + 1]; /* members by their apex's labels: which suffixes are
						  worth a probe */
	unsigned label_max;                    /* the largest of those with members */
	struct page *pages[];
};

/* Names hash from the root down, so that one pass over a QNAME hashes all its suffixes. */
static uint32_t
hash_label(uint32_t hash, const uint8_t *label)
{
	for (unsigned i = 0; i <= label[0]; i++)
		hash = (hash ^ label[i]) * UINT32_C(0x01000193);
	return hash ^ hash >> 13;
}

static const uint32_t hash_root = UINT32_C(0x811c9dc5);

/* Hashes of the suffixes of a lower-case name: hashes[i] is that of its last i labels, up to
 * `hashed_max` of them. Returns the label count. */
static unsigned
suffix_hashes(const uint8_t *dname, unsigned hashed_max, uint32_t hashes[LABELS_MAX + 1],
	      const uint8_t *suffixes[LABELS_MAX + 1])
{
	unsigned count = dname_label_count(dname);
	for (unsigned i = count;; i--, dname += 1u + dname[0]) {
		suffixes[i] = dname;
		if (i == 0)
			break;
	}
	hashes[0] = hash_root;
	for (unsigned i = 1; i <= count && i <= hashed_max; i++)
		hashes[i] = hash_label(hashes[i - 1], suffixes[i]);
	return count;
}

static uint32_t
apex_hash(const uint8_t *apex, unsigned *label_count)
{
	uint32_t hashes[LABELS_MAX + 1];
	const uint8_t *suffixes[LABELS_MAX + 1];
	*label_count = suffix_hashes(apex, LABELS_MAX, hashes, suffixes);
	return hashes[*label_count];
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

/* The place of an apex in a bucket, or member_count. */
static unsigned
bucket_find(const struct bucket *bucket, uint32_t hash, const uint8_t *apex)
{
	const uint16_t *tags = bucket_tags(bucket);
	for (unsigned at = 0; at < bucket->member_count; at++) {
		if ((tags[at] & ~TAG_UNAVAILABLE) == tag_of(hash) &&
		    dname_equal(bucket_member(bucket, at).apex, apex))
			return at;
	}
	return bucket->member_count;
}

/* The bucket with `member` in place of the one with its apex, or added; *is_new tells which. */
static struct bucket *
bucket_with(const struct bucket *bucket, uint32_t hash, const struct zoneset_member *member,
	    bool *is_new)
{
	static const struct bucket empty;
	if (bucket == NULL)
		bucket = &empty;
	unsigned old_count = bucket->member_count;
	unsigned at = bucket_find(bucket, hash, member->apex);
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
	unsigned label_count;
	uint32_t hash = apex_hash(member->apex, &label_count);
	struct page *page = page_own(set, page_idx(set, hash));
	if (page == NULL)
		return STATUS_NO_MEMORY;
	struct bucket **place = &page->buckets[hash % BUCKETS_PER_PAGE];
	bool is_new;
	struct bucket *bucket = bucket_with(*place, hash, member, &is_new);
	if (bucket == NULL)
		return STATUS_NO_MEMORY;
	bucket_release(*place);
	*place = bucket;
	if (is_new) {
		set->member_count++;
		set->label_counts[label_count]++;
		if (label_count > set->label_max)
			set->label_max = label_count;
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

struct zoneset_member
zoneset_find(const struct zoneset *set, const uint8_t *qname, unsigned skip_labels)
{
	uint32_t hashes[LABELS_MAX + 1];
	const uint8_t *suffixes[LABELS_MAX + 1];
	unsigned label_count = suffix_hashes(qname, set->label_max, hashes, suffixes);
	if (skip_labels > label_count)
		return (struct zoneset_member){0};
	unsigned deepest = label_count - skip_labels;
	if (deepest > set->label_max)
		deepest = set->label_max;
	for (unsigned i = deepest + 1; i-- > 0;) {
		if (set->label_counts[i] == 0)
			continue;
		const struct page *page = set->pages[page_idx(set, hashes[i])];
		const struct bucket *bucket = page->buckets[hashes[i] % BUCKETS_PER_PAGE];
		unsigned at = bucket != NULL ? bucket_find(bucket, hashes[i], suffixes[i]) : 0;
		if (bucket != NULL && at < bucket->member_count)
			return bucket_member(bucket, at);
	}
	return (struct zoneset_member){0};
}
