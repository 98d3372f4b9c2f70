/* zone_memory.c -- blocks of names and RDATA, and places in 32 bits (used by zone.c). */
#include "zones/zone_memory.h"

#include <stdlib.h>

#include "zones/pages.h"

enum {
	/* The first block suits one of 200,000 small zones; each further one is twice as large, up
	 * to what makes a system call per block disappear beside the filling of it, and to what
	 * RDATA_UNIT_BITS can speak of. Not huge pages: what is only read twice and then gone is
	 * not worth them, least of all where the host of a virtual machine has taken them back. */
	BLOCK_LEN_MIN = 4 << 10,
	BLOCK_LEN_MAX = RDATA_UNIT_LEN << RDATA_UNIT_BITS,
};

struct name_block {
	struct name_block *before;
	size_t len; /* of all of it */
	uint8_t octets[];
};

struct zone_memory *
zone_memory_new(void)
{
	struct zone_memory *memory = calloc(1, sizeof(*memory));
	if (memory == NULL)
		return NULL;
	memory->recent = memory->recent_few;
	memory->recent_cap = RDATA_RECENT_MIN;
	return memory;
}

void
zone_memory_free(struct zone_memory *memory)
{
	if (memory == NULL)
		return;
	while (memory->names != NULL) {
		struct name_block *before = memory->names->before;
		pages_free(memory->names, memory->names->len);
		memory->names = before;
	}
	for (size_t i = memory->rdata_map_count; i < memory->rdata_block_count; i++)
		pages_free(memory->rdata_blocks[i].octets, memory->rdata_blocks[i].cap);
	for (size_t i = 0; i < memory->file_count; i++)
		free(memory->files[i]);
	free(memory->rdata_blocks);
	free(memory->rdata_map);
	zone_memory_seal(memory);
	free(memory->files);
	free(memory->rare_places);
	free(memory);
}

void
zone_memory_seal(struct zone_memory *memory)
{
	if (memory->recent != memory->recent_few)
		free(memory->recent);
	memory->recent = NULL;
	memory->recent_cap = 0;
}

static size_t
next_cap(size_t cap)
{
	if (cap == 0)
		return BLOCK_LEN_MIN;
	return 2 * cap < BLOCK_LEN_MAX ? 2 * cap : BLOCK_LEN_MAX;
}

/* Names. */

static bool
name_block_add(struct zone_memory *memory, size_t len)
{
	size_t block_len = next_cap(memory->names_cap);
	if (block_len < sizeof(struct name_block) + len)
		block_len = sizeof(struct name_block) + len;
	struct name_block *block = pages_new(block_len);
	if (block == NULL)
		return false;
	block->before = memory->names;
	block->len = block_len;
	memory->names = block;
	memory->names_used = 0;
	memory->names_cap = block_len - sizeof(*block);
	return true;
}

uint8_t *
zone_memory_copy(struct zone_memory *memory, const void *octets, size_t len)
{
	if ((memory->names == NULL || memory->names_cap - memory->names_used < len) &&
	    !name_block_add(memory, len))
		return NULL;
	uint8_t *copy = memory->names->octets + memory->names_used;
	memcpy(copy, octets, len);
	memory->names_used += len;
	return copy;
}

/* RDATA. */

static enum status
rdata_block_add(struct zone_memory *memory, size_t len)
{
	size_t count = memory->rdata_block_count;
	if (count == RDATA_BLOCK_COUNT_MAX)
		return STATUS_NO_MEMORY;
	size_t cap = next_cap(count > 0 ? memory->rdata_blocks[count - 1].cap : 0);
	while (cap < len)
		cap = next_cap(cap);
	struct rdata_block *blocks =
	    reallocarray(memory->rdata_blocks, count + 1, sizeof(blocks[0]));
	if (blocks == NULL)
		return STATUS_NO_MEMORY;
	memory->rdata_blocks = blocks;
	uint8_t *octets = pages_new(cap);
	if (octets == NULL)
		return STATUS_NO_MEMORY;
	blocks[count] = (struct rdata_block){octets, cap};
	memory->rdata_block_count = count + 1;
	memory->rdata_used = 0;
	return STATUS_OK;
}

static uint64_t
word_at(const uint8_t *octets)
{
	uint64_t word;
	memcpy(&word, octets, sizeof(word));
	return word;
}

/* What somebody writes so that all of a zone's are the same costs memory, as no sharing would, and
 * no time. */
static uint32_t
recent_tag(const uint8_t *rdata, size_t rdlen)
{
	size_t len = rdlen < 64 ? rdlen : 64;
	uint64_t hash = rdlen;
	if (len < 8) {
		for (size_t i = 0; i < len; i++)
			hash = hash << 8 | rdata[i];
	} else {
		for (size_t off = 0; off < len - 8; off += 8) {
			hash = (hash ^ word_at(rdata + off)) * 0x9e3779b97f4a7c15;
			hash ^= hash >> 32;
		}
		hash ^= word_at(rdata + len - 8);
	}
	return (uint32_t)(hash * 0x9e3779b97f4a7c15 >> 32);
}

static struct recent_rdata *
recent_slot(const struct zone_memory *memory, uint32_t tag)
{
	return &memory->recent[(uint64_t)tag * memory->recent_cap >> 32];
}

/* As large as it is worth: a small zone clears a small table. */
static COLD enum status
recent_grow(struct zone_memory *memory)
{
	struct zone_memory grown = {.recent_cap = 8 * memory->recent_cap};
	grown.recent = calloc(grown.recent_cap, sizeof(grown.recent[0]));
	if (grown.recent == NULL)
		return STATUS_NO_MEMORY;
	for (size_t i = 0; i < memory->recent_cap; i++) {
		if (memory->recent[i].reference != 0)
			*recent_slot(&grown, memory->recent[i].tag) = memory->recent[i];
	}
	if (memory->recent != memory->recent_few)
		free(memory->recent);
	memory->recent = grown.recent;
	memory->recent_cap = grown.recent_cap;
	memory->recent_count = 0;
	return STATUS_OK;
}

static enum status
rdata_store(struct zone_memory *memory, const uint8_t *rdata, size_t rdlen, uint32_t *out)
{
	size_t len = 2 + rdlen;
	size_t count = memory->rdata_block_count;
	if (count == 0 || memory->rdata_blocks[count - 1].cap - memory->rdata_used < len) {
		enum status status = rdata_block_add(memory, len);
		if (status != STATUS_OK)
			return status;
		count = memory->rdata_block_count;
	}
	uint8_t *octets = memory->rdata_blocks[count - 1].octets + memory->rdata_used;
	be16_write(octets, (uint16_t)rdlen);
	memcpy(octets + 2, rdata, rdlen);
	*out = (uint32_t)((count - 1) << RDATA_UNIT_BITS | memory->rdata_used / RDATA_UNIT_LEN);
	memory->rdata_used += (len + RDATA_UNIT_LEN - 1) / RDATA_UNIT_LEN * RDATA_UNIT_LEN;
	return STATUS_OK;
}

enum status
zone_memory_rdata(struct zone_memory *memory, const uint8_t *rdata, size_t rdlen, uint32_t *out)
{
	if (memory->recent_count == memory->recent_cap && memory->recent_cap < RDATA_RECENT_MAX &&
	    recent_grow(memory) != STATUS_OK)
		return STATUS_NO_MEMORY;
	uint32_t tag = recent_tag(rdata, rdlen);
	struct recent_rdata *recent = recent_slot(memory, tag);
	if (recent->reference != 0 && recent->tag == tag) {
		const uint8_t *stored = zone_memory_at(memory, recent->reference - 1);
		if (be16_read(stored) == rdlen && memcmp(stored + 2, rdata, rdlen) == 0) {
			*out = recent->reference - 1;
			return STATUS_OK;
		}
	}
	enum status status = rdata_store(memory, rdata, rdlen, out);
	if (status != STATUS_OK)
		return status;
	*recent = (struct recent_rdata){tag, *out + 1};
	memory->recent_count += memory->recent_count < memory->recent_cap;
	return STATUS_OK;
}

void
zone_memory_forget(struct zone_memory *memory, size_t block_idx)
{
	struct rdata_block *block = &memory->rdata_blocks[block_idx];
	pages_free(block->octets, block->cap);
	block->octets = NULL;
}

/* Places. */

static const char *
file_intern(struct zone_memory *memory, const char *file)
{
	for (size_t i = 0; i < memory->file_count; i++) {
		if (strcmp(memory->files[i], file) == 0)
			return memory->files[i];
	}
	char **files = reallocarray(memory->files, memory->file_count + 1, sizeof(files[0]));
	if (files == NULL)
		return NULL;
	memory->files = files;
	char *copy = strdup(file);
	if (copy != NULL)
		memory->files[memory->file_count++] = copy;
	return copy;
}

static enum status
place_rare(struct zone_memory *memory, const struct zone_place *place, uint32_t *out)
{
	if (memory->rare_place_count == memory->rare_place_cap) {
		size_t cap = memory->rare_place_cap == 0 ? 16 : 2 * memory->rare_place_cap;
		struct zone_place *places =
		    reallocarray(memory->rare_places, cap, sizeof(places[0]));
		if (places == NULL)
			return STATUS_NO_MEMORY;
		memory->rare_places = places;
		memory->rare_place_cap = cap;
	}
	if (memory->rare_place_count > PLACE_LINE_MAX)
		return STATUS_NO_MEMORY;
	*out = (uint32_t)memory->rare_place_count << PLACE_BITS | PLACE_RARE;
	memory->rare_places[memory->rare_place_count++] = *place;
	return STATUS_OK;
}

enum status
zone_memory_place(struct zone_memory *memory, const struct zone_place *place, uint32_t *out)
{
	for (unsigned i = 0; i < memory->spot_count; i++) {
		const struct zone_place *spot = &memory->spots[i];
		if (spot->column == place->column && spot->is_relative == place->is_relative &&
		    place->line <= PLACE_LINE_MAX && strcmp(spot->file, place->file) == 0) {
			*out = place->line << PLACE_BITS | i;
			return STATUS_OK;
		}
	}
	struct zone_place kept = *place;
	kept.file = file_intern(memory, place->file);
	if (kept.file == NULL)
		return STATUS_NO_MEMORY;
	if (memory->spot_count == PLACE_RARE || place->line > PLACE_LINE_MAX)
		return place_rare(memory, &kept, out);
	*out = place->line << PLACE_BITS | memory->spot_count;
	memory->spots[memory->spot_count++] = (struct zone_place){
	    .file = kept.file, .column = place->column, .is_relative = place->is_relative};
	return STATUS_OK;
}

struct zone_place
zone_memory_place_of(const struct zone_memory *memory, uint32_t place)
{
	uint32_t number = place >> PLACE_BITS;
	unsigned spot = place & PLACE_RARE;
	if (spot == PLACE_RARE)
		return memory->rare_places[number];
	struct zone_place found = memory->spots[spot];
	found.line = number;
	return found;
}

/* Memories become one. */

static enum status
give_rdata(struct zone_memory *into, struct zone_memory *from)
{
	size_t count = from->rdata_block_count;
	size_t new_count = count - from->rdata_map_count;
	if (new_count == 0)
		return STATUS_OK;
	if (into->rdata_block_count + new_count > RDATA_BLOCK_COUNT_MAX)
		return STATUS_NO_MEMORY;
	uint16_t *rdata_map = reallocarray(from->rdata_map, count, sizeof(rdata_map[0]));
	if (rdata_map == NULL)
		return STATUS_NO_MEMORY;
	from->rdata_map = rdata_map;
	struct rdata_block *blocks = reallocarray(
	    into->rdata_blocks, into->rdata_block_count + new_count, sizeof(blocks[0]));
	if (blocks == NULL)
		return STATUS_NO_MEMORY;
	into->rdata_blocks = blocks;
	while (from->rdata_map_count < count) {
		rdata_map[from->rdata_map_count] = (uint16_t)into->rdata_block_count;
		blocks[into->rdata_block_count++] = from->rdata_blocks[from->rdata_map_count++];
	}
	return STATUS_OK;
}

/* A place of `from` as it is in `into`. */
static enum status
give_place(struct zone_memory *into, struct zone_place place, uint32_t first_line, uint32_t *out)
{
	if (place.is_relative)
		place.line += first_line;
	place.is_relative = false;
	return zone_memory_place(into, &place, out);
}

static enum status
give_rare_places(struct zone_memory *into, struct zone_memory *from, struct place_map *map)
{
	map->rare_shift = (uint32_t)(into->rare_place_count - from->rare_map_count);
	for (; from->rare_map_count < from->rare_place_count; from->rare_map_count++) {
		struct zone_place place = from->rare_places[from->rare_map_count];
		uint32_t ignored;
		if (place.is_relative)
			place.line += map->line;
		place.is_relative = false;
		place.file = file_intern(into, place.file);
		if (place.file == NULL || place_rare(into, &place, &ignored) != STATUS_OK)
			return STATUS_NO_MEMORY;
	}
	return STATUS_OK;
}

enum status
zone_memory_give(struct zone_memory *into, struct zone_memory *from, uint32_t first_line,
		 struct place_map *map)
{
	*map = (struct place_map){.line = first_line, .has_all = true};
	enum status status = give_rdata(into, from);
	/* The usual places first: what is rare in one part is in none of these. */
	for (unsigned i = 0; i < from->spot_count && status == STATUS_OK; i++) {
		uint32_t place = PLACE_RARE;
		size_t rare_count = into->rare_place_count;
		status = give_place(into, from->spots[i], 0, &place);
		map->relative[i] = from->spots[i].is_relative;
		map->spots[i] = place & PLACE_RARE;
		map->has_all &= map->spots[i] != PLACE_RARE;
		into->rare_place_count = rare_count;
	}
	if (status == STATUS_OK)
		status = give_rare_places(into, from, map);
	return status;
}

void
zone_memory_give_all(struct zone_memory *into, struct zone_memory *from)
{
	struct name_block *last = from->names;
	while (last != NULL && last->before != NULL)
		last = last->before;
	if (last != NULL) {
		last->before = into->names;
		into->names = from->names;
		from->names = NULL;
	}
	zone_memory_free(from);
}
