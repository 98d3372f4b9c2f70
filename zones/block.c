/* block.c -- where the compiler lays things down. */
#include "zones/block.h"

#include <stdlib.h>

#include "zones/memory.h"

enum { BLOCK_LEN_MIN = 4096, SLOT_CAP_MIN = 256 };

static const size_t block_len_max = (size_t)UINT32_MAX * REF_UNIT;

enum status
block_init(struct block *block, size_t expected_len)
{
	*block = (struct block){.cap = expected_len < BLOCK_LEN_MIN ? BLOCK_LEN_MIN : expected_len,
				.slot_cap = SLOT_CAP_MIN};
	block->octets = malloc(block->cap);
	block->slots = calloc(block->slot_cap, sizeof(*block->slots));
	if (block->octets != NULL && block->slots != NULL)
		return STATUS_OK;
	block_fini(block);
	return STATUS_NO_MEMORY;
}

void
block_fini(struct block *block)
{
	free(block->octets);
	free(block->slots);
	*block = (struct block){0};
}

enum status
block_append(struct block *block, size_t len, ref *out)
{
	size_t padded_len = (len + REF_UNIT - 1) & ~(size_t)(REF_UNIT - 1);
	if (padded_len > block_len_max - block->len)
		return STATUS_NO_MEMORY;
	size_t end = block->len + padded_len;
	if (end > block->cap) {
		size_t cap = end > block->cap * 2 ? end : block->cap * 2;
		uint8_t *octets = realloc(block->octets, cap);
		if (octets == NULL)
			return STATUS_NO_MEMORY;
		block->octets = octets;
		block->cap = cap;
	}
	memset(block->octets + block->len, 0, padded_len);
	*out = (ref)(block->len / REF_UNIT);
	block->len = end;
	return STATUS_OK;
}

/* Four lanes of multiply and rotate: quick on the tens of octets that templates have. */
static uint64_t
octets_hash(const uint8_t *octets, size_t len)
{
	uint64_t hash = len * UINT64_C(0x9e3779b97f4a7c15);
	for (; len >= 8; octets += 8, len -= 8) {
		uint64_t word;
		memcpy(&word, octets, 8);
		hash = (hash ^ word) * UINT64_C(0xff51afd7ed558ccd);
		hash ^= hash >> 32;
	}
	uint64_t last = 0;
	memcpy(&last, octets, len);
	hash = (hash ^ last) * UINT64_C(0xc4ceb9fe1a85ec53);
	return hash ^ hash >> 29;
}

/* What is interned is kept as: its length in 8 octets, then itself; references name the latter. */
static size_t
interned_len(const struct block *block, ref reference)
{
	uint64_t len;
	memcpy(&len, block_at(block, reference - 1), sizeof(len));
	return (size_t)len;
}

static size_t
slot_find(const struct block *block, const void *octets, size_t len)
{
	size_t mask = block->slot_cap - 1;
	size_t slot = octets_hash(octets, len) & mask;
	while (block->slots[slot] != REF_NONE) {
		ref candidate = block->slots[slot];
		if (interned_len(block, candidate) == len &&
		    memcmp(block_at(block, candidate), octets, len) == 0)
			break;
		slot = (slot + 1) & mask;
	}
	return slot;
}

static enum status
slots_grow(struct block *block)
{
	ref *old = block->slots;
	size_t old_cap = block->slot_cap;
	ref *slots = calloc(old_cap * 2, sizeof(*slots));
	if (slots == NULL)
		return STATUS_NO_MEMORY;
	block->slots = slots;
	block->slot_cap = old_cap * 2;
	for (size_t i = 0; i < old_cap; i++) {
		if (old[i] == REF_NONE)
			continue;
		size_t slot =
		    slot_find(block, block_at(block, old[i]), interned_len(block, old[i]));
		slots[slot] = old[i];
	}
	free(old);
	return STATUS_OK;
}

enum status
block_intern(struct block *block, const void *octets, size_t len, ref *out)
{
	if (block->slot_count * 4 >= block->slot_cap * 3 && slots_grow(block) != STATUS_OK)
		return STATUS_NO_MEMORY;

	size_t slot = slot_find(block, octets, len);
	if (block->slots[slot] == REF_NONE) {
		ref reference;
		if (block_append(block, sizeof(uint64_t) + len, &reference) != STATUS_OK)
			return STATUS_NO_MEMORY;
		uint64_t stored_len = len;
		memcpy(block_at(block, reference), &stored_len, sizeof(stored_len));
		block->slots[slot] = ++reference;
		block->slot_count++;
		memcpy(block_at(block, reference), octets, len);
	}
	*out = block->slots[slot];
	return STATUS_OK;
}

enum status
block_seal(struct block *block, uint8_t **out, size_t *out_len)
{
	uint8_t *memory = memory_new(block->len);
	if (memory == NULL)
		return STATUS_NO_MEMORY;
	memcpy(memory, block->octets, block->len);
	*out = memory;
	*out_len = block->len;
	block_fini(block);
	return STATUS_OK;
}
