/* denial.c -- the NSEC or NSEC3 for a name. */
#include "zones/denial.h"

#include "zones/dname.h"
#include "zones/trie_find.h"

static const uint8_t wildcard_label[] = {1, '*'};

static bool
take(const struct zone_version *version, const struct node *node, uint16_t rrtype,
     struct denial_record *out)
{
	const struct node_entry *entry = node_find(node, rrtype);
	if (entry == NULL)
		return false;
	out->node = node;
	out->rrset = entry_rrset(version, entry);
	return true;
}

/* NSEC */

/* A node that the walk came by, the one it ended at or above. */
struct way_point {
	const struct node *node;
	unsigned labels_left; /* of the walk's name, below the node */
};

static bool
take_way_point(const struct walk *walk, struct way_point point, struct denial_record *out)
{
	out->owner = walk->name->dname + walk->name->label_offs[point.labels_left];
	return take(walk->version, point.node, RRTYPE_NSEC, out);
}

/* The name of a way point, at the end of out->name: to be put labels before. */
static uint8_t *
name_begin(const struct walk *walk, struct way_point point, struct denial_record *out)
{
	const struct split_name *name = walk->name;
	unsigned off = name->label_offs[point.labels_left];
	size_t len = name->len - off;
	return memcpy(out->name + sizeof(out->name) - len, name->dname + off, len);
}

static uint8_t *
name_prepend(uint8_t *at, const struct node *node)
{
	at -= 1u + node->label_len;
	at[0] = node->label_len;
	memcpy(at + 1, node_label(node), node->label_len);
	return at;
}

/* The last owner in the branch of `child`, which is a child of `point`. */
static bool
take_last_of_branch(const struct walk *walk, struct way_point point, const struct node *child,
		    struct denial_record *out)
{
	uint8_t *owner = name_prepend(name_begin(walk, point, out), child);
	/* What is below these is not in the chain: RFC 4035 2.3, RFC 6672 5.3.4.2. */
	while (!(child->flags & (NODE_CUT | NODE_DNAME)) && child->children != REF_NONE) {
		child = version_node(walk->version,
				     trie_find_last(walk->version->store, child->children));
		owner = name_prepend(owner, child);
	}
	out->owner = owner;
	return take(walk->version, child, RRTYPE_NSEC, out);
}

/* The nodes from the apex to the one that the walk ended at: `count` of them. */
static unsigned
way_find(const struct walk *walk, struct way_point way[LABELS_MAX + 1])
{
	const struct zone_image *image = version_image(walk->version);
	const struct split_name *name = walk->name;
	unsigned left = (unsigned)name->label_count - image->origin_labels;
	unsigned count = 0;
	way[count++] = (struct way_point){version_node(walk->version, image->apex), left};
	while (left > walk->labels_left) {
		left--;
		ref child = trie_find(walk->version->store, way[count - 1].node->children,
				      name->dname + name->label_offs[left]);
		way[count++] = (struct way_point){version_node(walk->version, child), left};
	}
	return count;
}

/* The last owner before the node that the walk ended at, which is none. */
static bool
take_before_end(const struct walk *walk, struct denial_record *out)
{
	struct way_point way[LABELS_MAX + 1];
	const struct split_name *name = walk->name;
	for (unsigned i = way_find(walk, way) - 1; i-- > 0;) {
		const uint8_t *label = name->dname + name->label_offs[way[i].labels_left - 1];
		ref before = trie_find_before(walk->version->store, way[i].node->children, label);
		if (before != REF_NONE)
			return take_last_of_branch(walk, way[i],
						   version_node(walk->version, before), out);
		if (node_has_rrsets(way[i].node))
			return take_way_point(walk, way[i], out);
	}
	return false;
}

/* The last owner at or before a name whose place is behind `before`, a child of the node that the
 * walk ended at, or REF_NONE: then behind that node. */
static bool
take_from_end(const struct walk *walk, ref before, struct denial_record *out)
{
	struct way_point end = {walk->node, walk->labels_left};
	if (before != REF_NONE)
		return take_last_of_branch(walk, end, version_node(walk->version, before), out);
	return node_has_rrsets(end.node) ? take_way_point(walk, end, out)
					 : take_before_end(walk, out);
}

bool
denial_nsec(const struct walk *walk, struct denial_record *out)
{
	bool is_below = walk->labels_left > 0 && !(walk->node->flags & (NODE_CUT | NODE_DNAME));
	if (!take_from_end(walk, is_below ? trie_find_before_end(walk) : REF_NONE, out))
		return false;
	out->is_match = walk->labels_left == 0 && out->node == walk->node;
	return true;
}

bool
denial_nsec_wildcard(const struct walk *walk, struct denial_record *out)
{
	const struct zone_version *version = walk->version;
	ref children = walk->node->children;
	ref found = REF_NONE;
	if (walk->node->flags & NODE_HAS_WILDCARD)
		found = trie_find(version->store, children, wildcard_label);
	out->is_match = found != REF_NONE && node_has_rrsets(version_node(version, found));
	if (!out->is_match)
		return take_from_end(
		    walk, trie_find_before(version->store, children, wildcard_label), out);
	const struct node *wildcard = version_node(version, found);
	struct way_point end = {walk->node, walk->labels_left};
	out->owner = name_prepend(name_begin(walk, end, out), wildcard);
	return take(version, wildcard, RRTYPE_NSEC, out);
}

/* NSEC3 */

bool
denial_nsec3(const struct zone_version *version, const uint8_t hash[NSEC3_HASH_LEN],
	     struct denial_record *out)
{
	const struct denial *denial = denial_of(version);
	if (denial == NULL || denial->chain == REF_NONE)
		return false;
	ref hashes = version_node(version, denial->chain)->children;
	uint8_t label[1 + NSEC3_LABEL_LEN];
	nsec3_label_set(label, hash);
	ref found = trie_find_at_or_before(version->store, hashes, label);
	/* RFC 5155 3.1.7: the last one names the first. */
	if (found == REF_NONE)
		found = trie_find_last(version->store, hashes);
	const struct node *node = version_node(version, found);
	out->is_match = memcmp(node_label(node), label + 1, NSEC3_LABEL_LEN) == 0;
	out->name[0] = NSEC3_LABEL_LEN;
	memcpy(out->name + 1, node_label(node), NSEC3_LABEL_LEN);
	memcpy(out->name + 1 + NSEC3_LABEL_LEN, version_origin(version),
	       version_image(version)->origin_len);
	out->owner = out->name;
	return take(version, node, RRTYPE_NSEC3, out);
}
