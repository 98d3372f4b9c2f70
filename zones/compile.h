/* compile.h -- the parts of compiling, between compile*.c only; the way in is
 * zone_version_compile().
 *
 * Threads:   each struct belongs to one job at a time.
 * Memory:    see each.
 * Errors:    no memory; STATUS_LIMIT: the store's estimate was too small.
 * Standards: RFC 1034 4.3.2, 4592 2.2.2.
 */
#ifndef GLUED_ZONES_COMPILE_H
#define GLUED_ZONES_COMPILE_H

#include "zones/intern.h"
#include "zones/version.h"

/* The names in the zone that records elsewhere in it point at (host.h): sorted, each once, of any
 * case. The host's number is its place. */
struct host_names {
	const uint8_t **names;
	uint8_t *octets; /* which they lie in */
	size_t count;
};

NODISCARD enum status host_names_collect(const struct zone *zone, struct jobs *jobs,
					 struct host_names *out);
void host_names_fini(struct host_names *hosts);

/* Where it is in host_names or, if it is not among them, would be. */
size_t host_names_find(const struct host_names *hosts, const uint8_t *dname);

/* References, growing. */
struct ref_list {
	ref *refs;
	size_t count;
	size_t cap;
};
NODISCARD enum status ref_list_add(struct ref_list *list, ref added);

/* A name whose descendants are still arriving. Owners come in canonical order, so the open ones are
 * a path. */
struct open_node {
	const uint8_t *owner; /* wire form; its first label is the node's */
	size_t first_rrset_idx;
	size_t rrset_count;     /* 0: an empty non-terminal */
	size_t first_child_idx; /* in nodes_builder.closed */
	size_t host_idx;        /* SIZE_MAX: none */
	bool has_wildcard;
};

struct recent_rrset;

/* Lays down the nodes of whole branches below the apex. */
struct nodes_builder {
	/* the caller's */
	const struct zone *zone;
	struct zone *consumed; /* the same, if what is laid down may be forgotten, or NULL */
	const struct host_names *hosts;
	struct store_writer writer;

	/* what came of it */
	struct ref_list closed; /* in the end the children of the apex that were met, in order */
	bool has_wildcard;      /* is "*" one of them? */
	uint32_t node_count;

	/* the state */
	struct intern rrsets;
	struct recent_rrset *recent;
	struct open_node path[LABELS_MAX + 1]; /* path[0] is the apex */
	unsigned path_len;
	unsigned origin_labels;
	size_t next_host_idx;
	struct zone_position first; /* where the builder began */
	size_t branch_rrset_idx;    /* where the open branch begins */
	size_t forgotten_idx;       /* RRsets before it are forgotten */
	uint8_t *rrset_octets;      /* scratch: one struct rrset */
	size_t rrset_cap;
};

/* `rrset_count`: how many it will lay down. */
NODISCARD enum status nodes_builder_init(struct nodes_builder *builder, const struct zone *zone,
					 const struct host_names *hosts, struct store_writer writer,
					 size_t rrset_count);
void nodes_builder_fini(struct nodes_builder *builder);

/* The nodes for the RRsets [first, end), which begin and end with whole branches. */
NODISCARD enum status nodes_build(struct nodes_builder *builder, size_t first, size_t end);

/* The apex, the RRsets [0, end), above its children's trie. */
NODISCARD enum status nodes_build_apex(struct nodes_builder *builder, size_t end, ref children,
				       bool has_wildcard, ref *out);

/* How many RRsets from `first` on have one owner. */
size_t owner_rrset_count(const struct zone *zone, size_t first);

#endif
