/* intern.c -- a hash table of what lies in a store. */
#include "zones/intern.h"

#include <stdlib.h>

enum { SLOT_CAP_MIN = 64 };

enum status
intern_init(struct intern *intern, struct store_writer *writer,
	    size_t (*len_of)(const void *octets))
{
	*intern = (struct intern){.writer = writer, .len_of = len_of, .slot_cap = SLOT_CAP_MIN};
	intern->slots = calloc(intern->slot_cap, sizeof(*intern->slots));
	return intern->slots != NULL ? STATUS_OK : STATUS_NO_MEMORY;
}

void
intern_fini(struct intern *intern)
{
	free(intern->slots);
	intern->slots = NULL;
}

static uint64_t
word_hash(uint64_t hash, uint64_t word)
{
	hash = (hash ^ word) * UINT64_C(0xff51afd7ed558ccd);
	return hash ^ hash >> 32;
}

/* A word at a time, the last one over the one before: quick on the tens of octets that RRsets and
 * templates have. */
uint64_t
octets_hash(uint64_t before, const void *octets, size_t len)
{
	const uint8_t *at = octets;
	uint64_t hash = before ^ len * UINT64_C(0x9e3779b97f4a7c15);
	uint64_t word = 0;
	if (len < sizeof(word)) {
		for (size_t i = 0; i < len; i++)
			word = word << 8 | at[i];
		return word_hash(hash, word);
	}
	const uint8_t *last = at + len - sizeof(word);
	for (; at < last; at += sizeof(word)) {
		memcpy(&word, at, sizeof(word));
		hash = word_hash(hash, word);
	}
	memcpy(&word, last, sizeof(word));
	return word_hash(hash, word);
}

/* The slot of such octets: theirs, or the free one where they would go. */
static size_t
slot_find(const struct intern *intern, const void *octets, size_t len, uint32_t hash)
{
	size_t mask = intern->slot_cap - 1;
	size_t at = hash & mask;
	for (; intern->slots[at].ref != REF_NONE; at = (at + 1) & mask) {
		if (intern->slots[at].hash != hash)
			continue;
		const void *candidate = store_at(intern->writer->store, intern->slots[at].ref);
		if (intern->len_of(candidate) == len && memcmp(candidate, octets, len) == 0)
			break;
	}
	return at;
}

static enum status
slots_grow(struct intern *intern)
{
	size_t cap = intern->slot_cap * 2;
	struct intern_slot *slots = calloc(cap, sizeof(*slots));
	if (slots == NULL)
		return STATUS_NO_MEMORY;
	for (size_t i = 0; i < intern->slot_cap; i++) {
		if (intern->slots[i].ref == REF_NONE)
			continue;
		size_t at = intern->slots[i].hash & (cap - 1);
		while (slots[at].ref != REF_NONE)
			at = (at + 1) & (cap - 1);
		slots[at] = intern->slots[i];
	}
	free(intern->slots);
	intern->slots = slots;
	intern->slot_cap = cap;
	return STATUS_OK;
}

static enum status
slot_fill(struct intern *intern, size_t at, uint32_t hash, ref laid)
{
	intern->slots[at] = (struct intern_slot){hash, laid};
	intern->slot_count++;
	return intern->slot_count > intern->slot_cap / 4 * 3 ? slots_grow(intern) : STATUS_OK;
}

enum status
intern_put(struct intern *intern, const void *octets, size_t len, ref *out)
{
	uint32_t hash = (uint32_t)octets_hash(0, octets, len);
	size_t at = slot_find(intern, octets, len, hash);
	if (intern->slots[at].ref != REF_NONE) {
		*out = intern->slots[at].ref;
		return STATUS_OK;
	}
	ref laid;
	enum status status = store_append(intern->writer, len, &laid);
	if (status != STATUS_OK)
		return status;
	memcpy(store_at(intern->writer->store, laid), octets, len);
	*out = laid;
	return slot_fill(intern, at, hash, laid);
}

enum status
intern_know(struct intern *intern, ref reference)
{
	const void *octets = store_at(intern->writer->store, reference);
	size_t len = intern->len_of(octets);
	uint32_t hash = (uint32_t)octets_hash(0, octets, len);
	size_t at = slot_find(intern, octets, len, hash);
	if (intern->slots[at].ref != REF_NONE)
		return STATUS_OK;
	return slot_fill(intern, at, hash, reference);
}
