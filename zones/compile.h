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

#include "zones/denial.h"
#include "zones/dname.h"
#include "zones/intern.h"
#include "zones/ref_list.h"
#include "zones/template.h"

/* Does a name of `len` octets end with those of `ancestor`, which is in lower case? Few that do are
 * not within it, and most targets of a large zone's records do not. */
static inline bool
may_be_within(const uint8_t *dname, size_t len, const uint8_t *ancestor, size_t ancestor_len)
{
	if (len < ancestor_len)
		return false;
	const uint8_t *end = dname + len - ancestor_len;
	for (size_t i = ancestor_len; i-- > 0;) {
		if (dname_octet_lower(end[i]) != ancestor[i])
			return false;
	}
	return true;
}

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

/* The records whose RDATA lies in one block of a zone's memory are among those in
 * [first_rr_idx, end_rr_idx). */
struct rdata_use {
	size_t first_rr_idx;
	size_t end_rr_idx;
};

struct rdata_uses {
	struct rdata_use *blocks;
	size_t block_count;
};

NODISCARD enum status rdata_uses_find(const struct zone *zone, struct jobs *jobs,
				      struct rdata_uses *out);
void rdata_uses_fini(struct rdata_uses *uses);

/* Gives back the memory of the RRsets from `first` to before `end_idx`, which are not looked at
 * again, and of RDATA that none before or behind them has, for those who have done so from `first`
 * to before `from` already. */
void records_forget(struct zone *zone, const struct rdata_uses *uses, struct zone_position first,
		    struct zone_position from, size_t end_idx);

/* What the NS RRset of a delegation points at. */
enum referral_kind {
	REFERRAL_OUTER, /* at names outside the zone alone: whoever has the RRset has its template
			 */
	REFERRAL_INNER, /* also at names elsewhere in the zone */
	REFERRAL_OWN,   /* also at names of the owner's branch: nobody else has such an RRset */
};

struct referral_key {
	uint32_t hash;
	enum referral_kind kind;
};

struct referral {
	uint32_t hash;
	ref rrset;    /* REF_NONE: free */
	ref template; /* REF_NONE: each owner has its own, or there is none */
};

/* NS RRsets that are laid down, by hash. */
struct referrals {
	const struct zone *zone;
	size_t origin_len;
	struct referral *slots;
	size_t cap; /* a power of two, or 0 */
	size_t count;
};

void referrals_init(struct referrals *referrals, const struct zone *zone);
void referrals_fini(struct referrals *referrals);

struct referral_key referral_key(const struct referrals *referrals, const struct zone_rrset *from);

/* The one with these records or, with all but the hash left to the caller, a new one; NULL for want
 * of memory. It stays in its place until the next is looked for. */
struct referral *referral_find(struct referrals *referrals, const struct store *store,
			       const struct zone_rrset *from, uint32_t hash);

/* What referral_find() will look at first, and then: for those who know early. */
void referral_prefetch(const struct referrals *referrals, uint32_t hash);
void referral_prefetch_rrset(const struct referrals *referrals, const struct store *store,
			     uint32_t hash);

/* The nodes of NSEC3 owners, growing. */
struct nsec3_nodes {
	struct nsec3_node {
		uint8_t chain_label[1 + DENIAL_CHAIN_LABEL_LEN];
		ref node;
		uint32_t seq;
	} * nodes;
	size_t count;
	size_t cap;
};
NODISCARD enum status nsec3_nodes_add(struct nsec3_nodes *list,
				      const struct nsec3_parameters *parameters, ref node);
NODISCARD enum status nsec3_nodes_append(struct nsec3_nodes *list, const struct nsec3_nodes *more);
void nsec3_nodes_fini(struct nsec3_nodes *list);

/* Lays down the chains of these nodes, which come in canonical order and leave it, and the node
 * above them: REF_NONE if there are none. */
NODISCARD enum status nsec3_lay(struct jobs *jobs, struct store_writer *const *writers,
				unsigned writer_count, struct nsec3_nodes *list, ref *out);

/* A name whose descendants are still arriving. Owners come in canonical order, so the open ones are
 * a path. */
struct open_node {
	const uint8_t *owner; /* wire form; its first label is the node's */
	size_t first_rrset_idx;
	size_t rrset_count;     /* 0: an empty non-terminal */
	size_t first_child_idx; /* in nodes_builder.closed */
	size_t host_idx;        /* SIZE_MAX: none */
	uint8_t flags;          /* enum node_flag */
	bool is_occluded;
};

enum {
	/* So many RRsets before an NS RRset is laid down it is made out what it is, and the memory
	 * prefetched that it will then be looked for in. */
	REFERRALS_AHEAD = 32,
	REFERRAL_KEYS = 128,
};

/* Lays down the nodes of whole branches below the apex. */
struct nodes_builder {
	/* the caller's */
	const struct zone *zone;
	struct zone *consumed; /* the same, if what is laid down may be forgotten, or NULL */
	const struct rdata_uses *rdata_uses; /* of what is consumed */
	const struct host_names *hosts;
	struct store_writer writer;

	/* what came of it */
	struct ref_list closed; /* in the end the children of the apex that were met, in order */
	struct ref_list left;   /* of these: below them are templates to be made */
	bool has_wildcard;      /* is "*" one of them? */
	struct nsec3_nodes nsec3;

	/* the state */
	struct intern rrsets;
	struct referrals referrals;
	struct template_maker *maker;
	bool shares_addresses;
	unsigned path_len;
	unsigned origin_labels;
	bool is_left; /* below the open branch */
	size_t next_host_idx;
	struct zone_position first;     /* where the builder began */
	size_t branch_rrset_idx;        /* where the open branch begins */
	struct zone_position forgotten; /* up to here */
	uint8_t *rrset_octets;          /* scratch: one struct rrset */
	size_t rrset_cap;

	/* NS RRsets that are soon laid down, and some that were, by their indices */
	size_t keyed_idx;  /* those before it have keys */
	size_t sought_idx; /* those before it may be in the cache */
	size_t key_idxs[REFERRAL_KEYS];

	/* Written before they are read: small zones, of which there may be hundreds of thousands,
	 * need not clear them. */
	struct referral_key keys[REFERRAL_KEYS];
	struct open_node path[LABELS_MAX + 1]; /* path[0] is the apex */
};

/* `rrset_count`: how many it will lay down. The version has its header, no more. The builder is for
 * nodes_builder_fini() whatever the status. */
NODISCARD enum status nodes_builder_init(struct nodes_builder *builder, const struct zone *zone,
					 const struct zone_version *version,
					 const struct host_names *hosts, struct store_writer writer,
					 size_t rrset_count);
void nodes_builder_fini(struct nodes_builder *builder);

/* The nodes for the RRsets [first, end), which begin and end with whole branches. */
NODISCARD enum status nodes_build(struct nodes_builder *builder, size_t first, size_t end);

/* The apex, the RRsets [0, end), as yet without children. */
NODISCARD enum status nodes_build_apex(struct nodes_builder *builder, size_t end, bool has_wildcard,
				       ref *out);

/* How many RRsets from `first` on have one owner. */
size_t owner_rrset_count(const struct zone *zone, size_t first);

#endif
