#include "zones/zone_read.h"

#include <stdlib.h>

#include "zones/dname.h"
#include "zones/intake.h"
#include "zones/pages.h"

enum {
	/* The records of a part stay in a second-level cache until they are handed over, more or
	 * less; and making the threads for a wave takes a hundredth of reading it. */
	PART_LEN = 1 << 20,
	PARTS_PER_THREAD = 2, /* so that a slow one is not waited for long */
	/* So many waves are read one part at a time after guesses that were wrong, if they were
	 * wrong before as well: a file of many $ORIGINs is not read twice. */
	SERIAL_WAVES_MAX = 64,
	/* What was read tells how much memory the rest will need, if it isn't a small part of it
	 * all: the next time tells better. */
	FORESEEN_MAX = 16,
};

/* One of the parts that are read at once, and what became of the one before in its place. */
struct slot {
	struct wave *wave;
	struct scanner_part part;
	struct intake intake;
	struct findings findings;
	struct source_list sources;
	enum status status;

	/* what is to be handed over to the zone */
	size_t set_off;
	size_t rr_off;
	struct place_map places;
	bool is_full;
};

struct wave {
	struct zone *zone;
	const struct source_text *text;
	const struct zone_reading *reading;
	struct findings *findings;
	struct slot *slots;
	unsigned slot_count;
	unsigned part_count; /* in this wave */
	uint64_t part_len;
	struct scanner_state state; /* behind what was read and holds */
	bool is_sorted;
	bool is_ended;
	unsigned serial_waves; /* still to come */
	unsigned penalty;      /* how many the next wrong guess costs */
};

/* Hands the records of a slot over to the zone. */
static void
hand_over(struct slot *slot)
{
	if (!slot->is_full)
		return;
	const struct intake *intake = &slot->intake;
	struct zone_rrset *sets = slot->wave->zone->rrsets + slot->set_off;
	struct zone_rr *rrs = slot->wave->zone->rrs + slot->rr_off;
	for (size_t i = 0; i < intake->set_count; i++) {
		sets[i] = intake->sets[i];
		sets[i].first_rr_idx += (uint32_t)slot->rr_off;
	}
	for (size_t i = 0; i < intake->rr_count && slot->places.has_all; i++) {
		rrs[i].rdata = zone_memory_map_rdata(intake->memory, intake->rrs[i].rdata);
		rrs[i].place = zone_memory_map_place(&slot->places, intake->rrs[i].place);
	}
	slot->is_full = false;
}

static void
read_part(struct slot *slot)
{
	const struct wave *wave = slot->wave;
	struct scanner scanner = {.path = wave->text->path,
				  .origin = wave->zone->origin,
				  .record = intake_take,
				  .context = &slot->intake,
				  .findings = &slot->findings,
				  .sources = &slot->sources,
				  .kernel = wave->reading->kernel};
	intake_restart(&slot->intake);
	slot->status = scanner_run_part(&scanner, wave->text, &slot->part);
}

static void
run_slot(void *context, unsigned idx)
{
	struct wave *wave = context;
	struct slot *slot = &wave->slots[idx];
	hand_over(slot);
	if (idx < wave->part_count)
		read_part(slot);
}

/* What `count` RRsets or records of the text so far will have become at its end, a little more
 * rather than less: memory that is not filled is none. */
static size_t
foresee(const struct wave *wave, size_t count)
{
	double rest = (double)wave->text->len / (double)(wave->state.off + 1);
	double factor = rest < 1 ? 1 : rest < FORESEEN_MAX ? rest : FORESEEN_MAX;
	return (size_t)((double)count * factor * 1.02) + 1;
}

/* Room for more RRsets and records; what there is may move. */
static enum status
make_room(const struct wave *wave, size_t set_count, size_t rr_count)
{
	struct zone *zone = wave->zone;
	if (rr_count > UINT32_MAX)
		return STATUS_NO_MEMORY;
	if (set_count <= zone->rrset_cap && rr_count <= zone->rr_cap)
		return STATUS_OK;
	return zone_resize(zone, foresee(wave, set_count), foresee(wave, rr_count));
}

/* Places that the zone's memory has no short form for: one by one, and on this thread. */
static enum status
hand_over_places(struct slot *slot)
{
	const struct intake *intake = &slot->intake;
	struct zone *zone = slot->wave->zone;
	for (size_t i = 0; i < intake->rr_count; i++) {
		struct zone_place place =
		    zone_memory_place_of(intake->memory, intake->rrs[i].place);
		struct zone_rr *rr = &zone->rrs[slot->rr_off + i];
		if (place.is_relative)
			place.line += slot->places.line;
		place.is_relative = false;
		if (zone_memory_place(zone->memory, &place, &rr->place) != STATUS_OK)
			return STATUS_NO_MEMORY;
		rr->rdata = zone_memory_map_rdata(intake->memory, intake->rrs[i].rdata);
	}
	return STATUS_OK;
}

/* The part in `slot`, whose first line is `first_line`, holds: makes room for its records, which
 * are handed over when the slot is needed again. */
static enum status
accept(struct wave *wave, struct slot *slot, uint32_t first_line, const uint8_t **last)
{
	struct zone *zone = wave->zone;
	const struct intake *intake = &slot->intake;
	findings_move(wave->findings, &slot->findings, first_line);
	enum status status = source_list_move(&zone->sources, &slot->sources);
	if (status == STATUS_OK)
		status = zone_memory_give(zone->memory, intake->memory, first_line, &slot->places);
	if (status != STATUS_OK || intake->set_count == 0)
		return status;
	status = make_room(wave, zone->rrset_count + intake->set_count,
			   zone->rr_count + intake->rr_count);
	if (status != STATUS_OK)
		return status;
	slot->set_off = zone->rrset_count;
	slot->rr_off = zone->rr_count;
	slot->is_full = true;
	zone->rrset_count += intake->set_count;
	zone->rr_count += intake->rr_count;
	wave->is_sorted = wave->is_sorted && intake->is_sorted &&
			  (*last == NULL || dname_compare_lower(*last, intake->sets[0].owner) <= 0);
	*last = intake->sets[intake->set_count - 1].owner;
	slot->places.has_all &= wave->state.line <= PLACE_LINE_MAX;
	return slot->places.has_all ? STATUS_OK : hand_over_places(slot);
}

static void
prepare_part(const struct wave *wave, struct slot *slot, unsigned idx)
{
	uint64_t off = wave->state.off + idx * wave->part_len;
	bool is_last = wave->text->len <= off + wave->part_len;
	slot->part = (struct scanner_part){.stop_off = is_last ? UINT64_MAX : off + wave->part_len,
					   .is_guess = idx > 0,
					   .state = wave->state};
	slot->part.state.off = off;
}

/* As many parts as there are slots, or as the text has. */
static void
prepare_wave(struct wave *wave)
{
	wave->part_count = 0;
	do {
		prepare_part(wave, &wave->slots[wave->part_count], wave->part_count);
		wave->part_count++;
	} while (wave->serial_waves == 0 && wave->part_count < wave->slot_count &&
		 wave->slots[wave->part_count - 1].part.stop_off != UINT64_MAX);
}

/* A guess was wrong, or had to be: the part is read again from where it does begin. */
static void
read_again(struct wave *wave, struct slot *slot)
{
	findings_fini(&slot->findings);
	source_list_fini(&slot->sources);
	uint64_t stop_off = slot->part.stop_off;
	slot->part = (struct scanner_part){.stop_off = stop_off, .state = wave->state};
	read_part(slot);
	wave->state = slot->part.state;
}

/* Goes through the parts of a wave in the order of the file. */
static enum status
settle_wave(struct wave *wave, const uint8_t **last)
{
	bool has_wrong = false;
	for (unsigned i = 0; i < wave->part_count; i++) {
		struct slot *slot = &wave->slots[i];
		uint32_t first_line = wave->state.line;
		if (slot->status != STATUS_OK)
			return slot->status;
		if (slot->part.is_guess && slot->part.stop_off <= wave->state.off) {
			/* The part before reached over all of it. */
			findings_fini(&slot->findings);
			source_list_fini(&slot->sources);
			intake_restart(&slot->intake);
			continue;
		}
		if (!slot->part.is_guess) {
			wave->state = slot->part.state;
		} else if (!scanner_part_holds(&slot->part, &wave->state)) {
			has_wrong = true;
			read_again(wave, slot);
		}
		enum status status = slot->status;
		if (status == STATUS_OK)
			status = accept(wave, slot, first_line, last);
		if (status != STATUS_OK)
			return status;
		if (slot->part.is_unreadable) {
			wave->is_ended = true;
			return STATUS_OK;
		}
	}
	if (wave->serial_waves > 0) {
		wave->serial_waves--;
	} else if (has_wrong) {
		wave->serial_waves = wave->penalty;
		wave->penalty =
		    wave->penalty < SERIAL_WAVES_MAX ? 2 * wave->penalty + 1 : SERIAL_WAVES_MAX;
	} else {
		wave->penalty = 0;
	}
	return STATUS_OK;
}

static enum status
read_waves(struct wave *wave, struct jobs *jobs)
{
	const uint8_t *last = NULL; /* owner */
	while (!wave->is_ended) {
		prepare_wave(wave);
		wave->is_ended = wave->slots[wave->part_count - 1].part.stop_off == UINT64_MAX;
		/* All slots, for those that are not read now have records to hand over. */
		jobs->run(jobs, run_slot, wave, wave->slot_count);
		enum status status = settle_wave(wave, &last);
		if (status != STATUS_OK)
			return status;
	}
	wave->part_count = 0;
	jobs->run(jobs, run_slot, wave, wave->slot_count);
	return STATUS_OK;
}

static enum status
slots_init(struct wave *wave)
{
	enum status status = STATUS_OK;
	for (unsigned i = 0; i < wave->slot_count; i++) {
		struct slot *slot = &wave->slots[i];
		slot->wave = wave;
		findings_init(&slot->findings);
		struct zone_memory *memory = zone_memory_new();
		if (memory == NULL)
			status = STATUS_NO_MEMORY;
		intake_init(&slot->intake, wave->zone->origin, memory, &slot->findings);
	}
	return status;
}

static void
slots_fini(struct wave *wave)
{
	for (unsigned i = 0; i < wave->slot_count; i++) {
		struct slot *slot = &wave->slots[i];
		if (slot->intake.memory != NULL)
			zone_memory_give_all(wave->zone->memory, slot->intake.memory);
		slot->intake.memory = NULL;
		intake_fini(&slot->intake);
		findings_fini(&slot->findings);
		source_list_fini(&slot->sources);
	}
}

static uint64_t
part_len_of(const struct zone_reading *reading)
{
	return reading->part_len != 0 ? reading->part_len : PART_LEN;
}

static enum status
read_side_by_side(struct zone *zone, const struct source_text *text,
		  const struct zone_reading *reading, struct findings *findings, bool *is_sorted)
{
	struct jobs *jobs = reading->jobs != NULL ? reading->jobs : &jobs_serial;
	struct wave wave = {.zone = zone,
			    .text = text,
			    .reading = reading,
			    .findings = findings,
			    .slot_count = jobs->width == 1 ? 1 : PARTS_PER_THREAD * jobs->width,
			    .part_len = part_len_of(reading),
			    .is_sorted = true};
	scanner_state_init(&wave.state, zone->origin);
	wave.slots = calloc(wave.slot_count, sizeof(wave.slots[0]));
	if (wave.slots == NULL)
		return STATUS_NO_MEMORY;
	enum status status = slots_init(&wave);
	if (status == STATUS_OK)
		status = read_waves(&wave, jobs);
	slots_fini(&wave);
	free(wave.slots);
	*is_sorted = wave.is_sorted;
	return status;
}

/* A small file is one part, and what is taken in is the zone's: there may be hundreds of thousands
 * of them. */
static enum status
read_at_once(struct zone *zone, const struct source_text *text, const struct zone_reading *reading,
	     struct findings *findings, bool *is_sorted)
{
	struct scanner_part part = {.stop_off = UINT64_MAX};
	struct intake intake;
	struct scanner scanner = {.path = text->path,
				  .origin = zone->origin,
				  .record = intake_take,
				  .context = &intake,
				  .findings = findings,
				  .sources = &zone->sources,
				  .kernel = reading->kernel};
	intake_init(&intake, zone->origin, zone->memory, findings);
	scanner_state_init(&part.state, zone->origin);
	enum status status = scanner_run_part(&scanner, text, &part);
	*is_sorted = intake.is_sorted;
	zone->rrsets = intake.sets;
	zone->rrset_count = intake.set_count;
	zone->rrset_cap = intake.set_cap;
	zone->rrs = intake.rrs;
	zone->rr_count = intake.rr_count;
	zone->rr_cap = intake.rr_cap;
	return status;
}

enum status
zone_read_records(struct zone *zone, const struct source_text *text,
		  const struct zone_reading *reading, struct findings *findings, bool *is_sorted)
{
	return text->len <= part_len_of(reading)
		   ? read_at_once(zone, text, reading, findings, is_sorted)
		   : read_side_by_side(zone, text, reading, findings, is_sorted);
}
