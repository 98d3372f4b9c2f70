/* derive.h -- the steps of deriving a version, between change*.c only; the way in is change.h.
 *
 * Threads:   one.
 * Memory:    a struct derivation owns its lists and scratch until it is over.
 * Errors:    struct error is filled where the failure arose, but for want of memory or room.
 * Standards: see change.h.
 */
#ifndef GLUED_ZONES_DERIVE_H
#define GLUED_ZONES_DERIVE_H

#include "zones/additional.h"
#include "zones/change.h"
#include "zones/edit.h"

/* A change and its place in the set, from 1. */
struct planned {
	const struct change *change;
	size_t seq;
};

/* Some of them, of one owner and type, in order. */
struct planned_run {
	const struct planned *changes;
	size_t count;
};

/* A record in question: one that is added or deleted. */
struct rr_item {
	const uint8_t *rdata;
	size_t seq;
	uint16_t rrtype;
	uint16_t rdlen;
	bool is_add;
};

/* What becomes of one RRset. */
struct rrset_merge {
	/* scratch */
	struct rr_item *items;
	size_t item_cap;
	size_t *wipes; /* seqs of the changes that delete all of it */
	size_t wipe_cap;
	uint8_t *octets;
	size_t octets_cap;
	size_t len;
	size_t rr_count; /* so far; may be more than an RRset can have */
	struct change_report *report;
};

void rrset_merge_fini(struct rrset_merge *merge);

/* Applies `run` and the deletions of all that is at the owner, `wipes`, to `old` (NULL: there is
 * none). *out is the outcome, NULL if nothing is left; valid until the next call. STATUS_LIMIT: it
 * has more than 65535 records. */
NODISCARD enum status rrset_merge_run(struct rrset_merge *merge, uint16_t rrtype,
				      const struct rrset *old, struct planned_run run,
				      struct planned_run wipes, const struct rrset **out);

/* An owner whose RRsets changed. */
struct changed_owner {
	const uint8_t *dname;
	bool is_flipped; /* it was a zone cut or owned a DNAME, and does no more, or vice versa */
};

struct derivation {
	struct edit edit;
	struct planned *planned; /* by owner in canonical order, type, place */
	size_t planned_count;
	struct changed_owner *owners; /* in canonical order; has room for all */
	size_t owner_count;
	struct node_entry *entries; /* scratch */
	size_t entry_cap;
	struct rrset_merge merge;
	struct additional_targets targets; /* scratch */
	struct error *error;
};

/* change_apply.c: the records. */
NODISCARD enum status derivation_apply(struct derivation *derivation);

/* change_refresh.c: what follows from them: hosts, templates, what is hidden, the SOA. */
NODISCARD enum status derivation_refresh(struct derivation *derivation);

/* Refuses the set: "NAME text". */
enum status derivation_refuse(const struct derivation *derivation, const uint8_t *dname,
			      const char *format, ...) PRINTF_LIKE(3, 4);

#endif
