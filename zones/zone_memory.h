/* zone_memory.h -- where a zone that was read keeps its names, its RDATA and the places they were
 * read at.
 *
 * Threads:   a struct zone_memory belongs to one thread while it is filled.
 * Memory:    what is in it stays where it is until zone_memory_free().
 * Errors:    want of memory.
 * Standards: none.
 *
 * Made for tens of millions of records. RDATA is stored with its length before it and spoken of by
 * 32 bits. The delegations of one operator name the same servers over and over: RDATA that was met
 * a short while ago is not stored again. A place takes 32 bits: nearly all records of a zone stand
 * in few files and begin in few columns, and those that don't are looked up elsewhere.
 */
#ifndef GLUED_ZONES_ZONE_MEMORY_H
#define GLUED_ZONES_ZONE_MEMORY_H

#include "zones/error.h"

enum {
	RDATA_UNIT_LEN = 4, /* RDATA begins at a multiple of it */
	/* An RDATA reference is a block's index and, in this many bits, the unit in the block.
	 * With 32 bits in all that is room for 16 GiB. */
	RDATA_UNIT_BITS = 18,
	RDATA_BLOCK_COUNT_MAX = 1 << (32 - RDATA_UNIT_BITS),

	/* A place is a line and, in the low bits, which of the usual spots it is; or, with
	 * PLACE_RARE in them, the index of a place that is written out. */
	PLACE_BITS = 4,
	PLACE_RARE = (1 << PLACE_BITS) - 1,
	PLACE_LINE_MAX = (1 << (32 - PLACE_BITS)) - 1,

	/* The table of recent RDATA grows up to so many slots: it stays in a second-level cache. */
	RDATA_RECENT_MIN = 64,
	RDATA_RECENT_MAX = 1 << 12,
};

/* Where a record was read. */
struct zone_place {
	const char *file;
	uint32_t line;
	uint32_t column;
	bool is_relative; /* the line counts from 0 at the beginning of a part of the file */
};

/* RDATA that was met a short while ago. The tag keeps those that are not the same from being looked
 * at where they are stored, which is in no cache. */
struct recent_rdata {
	uint32_t tag;       /* a part of the hash */
	uint32_t reference; /* plus one; 0: none */
};

struct rdata_block {
	uint8_t *octets;
	size_t cap;
};

struct zone_memory {
	struct rdata_block *rdata_blocks;
	size_t rdata_block_count;
	size_t rdata_used;   /* octets of the last block */
	uint16_t *rdata_map; /* of blocks that were given away: their indices there */
	size_t rdata_map_count;
	struct recent_rdata *recent;                      /* by hash; NULL: filling has ended */
	size_t recent_cap;                                /* a power of two */
	size_t recent_count;                              /* stored since it last grew */
	struct recent_rdata recent_few[RDATA_RECENT_MIN]; /* where it begins */

	struct name_block *names; /* the last one; those before it behind */
	size_t names_used;
	size_t names_cap;

	char **files; /* the names met so far */
	size_t file_count;

	struct zone_place spots[PLACE_RARE]; /* with line 0 */
	unsigned spot_count;
	struct zone_place *rare_places;
	size_t rare_place_count;
	size_t rare_place_cap;
	size_t rare_map_count; /* of rare places that were given away */
};

/* How places of one memory are written in another. */
struct place_map {
	uint32_t line;             /* of the part's first line */
	uint8_t spots[PLACE_RARE]; /* PLACE_RARE: none was free */
	uint8_t relative[PLACE_RARE];
	uint32_t rare_shift; /* added to the index of a rare place */
	bool has_all;        /* no spot was missing */
};

struct zone_memory *zone_memory_new(void);
void zone_memory_free(struct zone_memory *memory);

/* A copy of a name or other octets, aligned to nothing. NULL for want of memory. */
uint8_t *zone_memory_copy(struct zone_memory *memory, const void *octets, size_t len);

/* Stores RDATA, or finds it stored. Equal references are equal RDATA; different ones mostly, not
 * always, differ. */
NODISCARD enum status zone_memory_rdata(struct zone_memory *memory, const uint8_t *rdata,
					size_t rdlen, uint32_t *out);

/* `file` is copied when it is met for the first time. */
NODISCARD enum status zone_memory_place(struct zone_memory *memory, const struct zone_place *place,
					uint32_t *out);

/* No more will be stored: frees what only storing needs. */
void zone_memory_seal(struct zone_memory *memory);

/* Memories that were filled side by side become one: `into` is given the RDATA and the rare places
 * of `from` that it has not been given yet. `from` may go on storing; what it had stays where it
 * is. References are then translated by zone_memory_map_rdata() and zone_memory_map_place(). */
NODISCARD enum status zone_memory_give(struct zone_memory *into, struct zone_memory *from,
				       uint32_t first_line, struct place_map *map);

/* `from` gives its names too, and ends. */
void zone_memory_give_all(struct zone_memory *into, struct zone_memory *from);

static inline uint32_t
zone_memory_map_rdata(const struct zone_memory *from, uint32_t rdata)
{
	return (uint32_t)from->rdata_map[rdata >> RDATA_UNIT_BITS] << RDATA_UNIT_BITS |
	       (rdata & ((1u << RDATA_UNIT_BITS) - 1));
}

/* If map->has_all. */
static inline uint32_t
zone_memory_map_place(const struct place_map *map, uint32_t place)
{
	unsigned spot = place & PLACE_RARE;
	if (spot == PLACE_RARE)
		return place + (map->rare_shift << PLACE_BITS);
	uint32_t line = (place >> PLACE_BITS) + (map->relative[spot] ? map->line : 0);
	return line << PLACE_BITS | map->spots[spot];
}

/* The block that RDATA lies in: below rdata_block_count. */
static inline size_t
zone_memory_block(uint32_t rdata)
{
	return rdata >> RDATA_UNIT_BITS;
}

/* Gives back the memory of a block, whose RDATA nobody looks at again. Of different blocks side by
 * side. */
void zone_memory_forget(struct zone_memory *memory, size_t block_idx);

/* RDLENGTH in network order, and RDATA. */
static inline const uint8_t *
zone_memory_at(const struct zone_memory *memory, uint32_t rdata)
{
	const struct rdata_block *block = &memory->rdata_blocks[zone_memory_block(rdata)];
	return block->octets + RDATA_UNIT_LEN * (size_t)(rdata & ((1u << RDATA_UNIT_BITS) - 1));
}

struct zone_place zone_memory_place_of(const struct zone_memory *memory, uint32_t place);

#endif
