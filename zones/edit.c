/* edit.c -- nodes and hosts of a version in the making. */
#include "zones/edit.h"

#include "zones/dname.h"
#include "zones/host.h"
#include "zones/trie_find.h"

enum status
edit_init(struct edit *edit, const struct zone_version *from, struct store *store)
{
	*edit = (struct edit){
	    .space = {.writer = store_writer(store, 0),
		      .begin = (ref)(store_len(store) / REF_UNIT)},
	    .image = *version_image(from),
	};
	edit->version =
	    (struct zone_version){.base = store_base(store), .image = &edit->image, .store = store};
	return template_maker_new(&edit->version, &edit->space.writer, &edit->maker);
}

void
edit_fini(struct edit *edit)
{
	template_maker_free(edit->maker);
	edit->maker = NULL;
}

enum status
edit_own_extra(struct edit *edit, struct zone_extra **out)
{
	ref *at = &edit->image.extra;
	bool is_first = *at == REF_NONE;
	enum status status = is_first ? store_append(&edit->space.writer, sizeof(**out), at)
				      : edit_own(&edit->space, *at, sizeof(**out), at);
	if (status != STATUS_OK)
		return status;
	*out = edit_at(&edit->space, *at);
	if (is_first)
		**out = (struct zone_extra){0};
	return STATUS_OK;
}

static struct node *
node_at(const struct edit *edit, ref reference)
{
	return edit_at(&edit->space, reference);
}

/* The label of the path's node at `depth` > 0. */
static const uint8_t *
path_label(const struct edit_path *path, unsigned depth)
{
	return path->name.dname + path->name.label_offs[path->depth - depth];
}

static bool
is_wildcard_label(const uint8_t *label)
{
	return label[0] == 1 && label[1] == '*';
}

/* The version says from now on that the path begins at `root`. */
static enum status
set_path_root(struct edit *edit, const struct edit_path *path, ref root)
{
	struct zone_extra *extra;
	if (!path->is_nsec3) {
		edit->image.apex = root;
		return STATUS_OK;
	}
	enum status status = edit_own_extra(edit, &extra);
	if (status == STATUS_OK)
		extra->nsec3 = root;
	return status;
}

static void
path_follow(const struct edit *edit, ref root, struct edit_path *path)
{
	path->refs[0] = root;
	path->len = root != REF_NONE;
	while (path->len > 0 && path->len <= path->depth) {
		ref children = node_at(edit, path->refs[path->len - 1])->children;
		ref child =
		    trie_find(edit->space.writer.store, children, path_label(path, path->len));
		if (child == REF_NONE)
			return;
		path->refs[path->len++] = child;
	}
}

void
edit_path_find(const struct edit *edit, const uint8_t *dname, struct edit_path *path)
{
	split_name_set(&path->name, dname);
	path->is_nsec3 = false;
	path->depth = (unsigned)path->name.label_count - edit->image.origin_labels;
	path_follow(edit, edit->image.apex, path);
}

void
edit_path_find_nsec3(const struct edit *edit, const uint8_t *label, const uint8_t *chain_label,
		     struct edit_path *path)
{
	uint8_t dname[DNAME_LEN_MAX] = {0};
	memcpy(dname, label, 1u + label[0]);
	memcpy(dname + 1 + label[0], chain_label, 1u + chain_label[0]);
	split_name_set(&path->name, dname);
	path->is_nsec3 = true;
	path->depth = path->name.label_count;
	path_follow(edit, version_extra(&edit->version)->nsec3, path);
}

const struct node *
edit_path_node(const struct edit *edit, const struct edit_path *path)
{
	return edit_path_exists(path) ? node_at(edit, path->refs[path->depth]) : NULL;
}

/* Makes the path's node at `depth` the edit's own; *is_new says that it was not before, so that
 * nothing leads to it yet. */
static enum status
own_node(struct edit *edit, struct edit_path *path, unsigned depth, bool *is_new)
{
	ref *at = &path->refs[depth];
	*is_new = !edit_owns(&edit->space, *at);
	return edit_own(&edit->space, *at, node_len(node_at(edit, *at)), at);
}

/* The node at `depth` is a new one: those above lead to it from now on. */
static enum status
link_up(struct edit *edit, struct edit_path *path, unsigned depth)
{
	bool is_new = true;
	for (; is_new && depth > 0; depth--) {
		enum status status = own_node(edit, path, depth - 1, &is_new);
		if (status != STATUS_OK)
			return status;
		struct node *parent = node_at(edit, path->refs[depth - 1]);
		status = trie_put(&edit->space, path->refs[depth], &parent->children);
		if (status != STATUS_OK)
			return status;
		if (is_wildcard_label(path_label(path, depth)))
			parent->flags |= NODE_HAS_WILDCARD;
	}
	return depth == 0 ? set_path_root(edit, path, path->refs[0]) : STATUS_OK;
}

enum status
edit_path_own(struct edit *edit, struct edit_path *path, struct node **out)
{
	bool is_new;
	enum status status = own_node(edit, path, path->depth, &is_new);
	if (status == STATUS_OK && is_new)
		status = link_up(edit, path, path->depth);
	*out = node_at(edit, path->refs[path->depth]);
	return status;
}

/* Making and unmaking nodes */

/* A node like `head`, but for its entries, which are the caller's to fill in. */
static enum status
node_new(struct edit *edit, const struct node *head, const uint8_t *label, ref *out)
{
	enum status status = store_append(&edit->space.writer, node_len(head), out);
	if (status != STATUS_OK)
		return status;
	struct node *node = node_at(edit, *out);
	*node = *head;
	memcpy((uint8_t *)&node->entries[head->entry_count], label, head->label_len);
	return STATUS_OK;
}

/* The nodes that are missing from the path, empty. */
static enum status
path_complete(struct edit *edit, struct edit_path *path)
{
	while (!edit_path_exists(path)) {
		const uint8_t *label = path_label(path, path->len);
		struct node head = {.label_len = label[0]};
		enum status status = node_new(edit, &head, label + 1, &path->refs[path->len]);
		if (status == STATUS_OK)
			status = link_up(edit, path, path->len);
		if (status != STATUS_OK)
			return status;
		path->len++;
	}
	return STATUS_OK;
}

static enum status
set_host(struct edit *edit, uint32_t idx, ref host)
{
	struct zone_extra *extra;
	enum status status = edit_own_extra(edit, &extra);
	return status == STATUS_OK ? host_table_set(&edit->space, extra, idx, host) : status;
}

/* Templates may still name the host of a node that vanishes: the composer knows what to say. */
static enum status
host_retire(struct edit *edit, const struct node *node)
{
	if (!(node->flags & NODE_HOST))
		return STATUS_OK;
	ref host;
	enum status status = store_append(&edit->space.writer, sizeof(struct host), &host);
	if (status != STATUS_OK)
		return status;
	*(struct host *)edit_at(&edit->space, host) = (struct host){.flags = HOST_COMPOSE};
	return set_host(edit, node->entries[0].ref, host);
}

/* Takes the path's last node out of its parent's children. */
static enum status
unlink_last(struct edit *edit, struct edit_path *path)
{
	unsigned depth = path->len - 1;
	const struct node *node = node_at(edit, path->refs[depth]);
	edit_drop(&edit->space, node_len(node));
	enum status status = host_retire(edit, node);
	bool is_new = false;
	if (status == STATUS_OK)
		status = own_node(edit, path, depth - 1, &is_new);
	if (status != STATUS_OK)
		return status;
	struct node *parent = node_at(edit, path->refs[depth - 1]);
	const uint8_t *label = path_label(path, depth);
	if (is_wildcard_label(label))
		parent->flags &= (uint8_t)~NODE_HAS_WILDCARD;
	status = trie_remove(&edit->space, label, &parent->children);
	if (status == STATUS_OK && is_new)
		status = link_up(edit, path, depth - 1);
	path->len--;
	return status;
}

/* The last chain is gone. */
static enum status
unlink_root(struct edit *edit, struct edit_path *path)
{
	edit_drop(&edit->space, sizeof(struct node));
	path->len = 0;
	return set_path_root(edit, path, REF_NONE);
}

/* RFC 4592 2.2.2: a name exists as long as something is at or below it. */
static enum status
prune(struct edit *edit, struct edit_path *path)
{
	enum status status = STATUS_OK;
	while (path->len > 1 && status == STATUS_OK) {
		const struct node *node = node_at(edit, path->refs[path->len - 1]);
		if (node_has_rrsets(node) || node->children != REF_NONE)
			break;
		status = unlink_last(edit, path);
	}
	if (status == STATUS_OK && path->is_nsec3 && path->len == 1 &&
	    node_at(edit, path->refs[0])->children == REF_NONE)
		status = unlink_root(edit, path);
	return status;
}

static uint8_t
rrset_flags(const struct node_entry *entries, size_t count, bool is_apex)
{
	uint8_t flags = 0;
	for (size_t i = 0; i < count; i++) {
		if (entries[i].rrtype == RRTYPE_NS && !is_apex)
			flags |= NODE_CUT;
		else if (entries[i].rrtype == RRTYPE_DNAME)
			flags |= NODE_DNAME;
		else if (entries[i].rrtype == RRTYPE_CNAME)
			flags |= NODE_CNAME;
	}
	return flags;
}

enum status
edit_set_entries(struct edit *edit, struct edit_path *path, const struct node_entry *entries,
		 size_t count)
{
	if (!edit_path_exists(path) && count == 0)
		return STATUS_OK;
	enum status status = path_complete(edit, path);
	if (status != STATUS_OK)
		return status;
	const struct node *old = edit_path_node(edit, path);
	unsigned kept = node_first_rrset(old); /* the host's number */
	if (kept + count > UINT16_MAX)
		return STATUS_LIMIT;
	edit->image.name_count += count > 0;
	edit->image.name_count -= node_has_rrsets(old);
	struct node head = *old;
	head.entry_count = (uint16_t)(kept + count);
	head.flags &= NODE_APEX | NODE_HOST | NODE_HAS_WILDCARD;
	head.flags |= rrset_flags(entries, count, path->depth == 0);
	ref made;
	status = node_new(edit, &head, node_label(old), &made);
	if (status != STATUS_OK)
		return status;
	struct node *node = node_at(edit, made);
	memcpy(node->entries, old->entries, kept * sizeof(*entries));
	if (count > 0)
		memcpy(node->entries + kept, entries, count * sizeof(*entries));
	edit_drop(&edit->space, node_len(old));
	path->refs[path->depth] = made;
	status = link_up(edit, path, path->depth);
	return status == STATUS_OK ? prune(edit, path) : status;
}

/* Hosts */

enum status
edit_refresh_host(struct edit *edit, const uint8_t *dname, uint32_t idx)
{
	ref host;
	enum status status = host_lay(&edit->space.writer, &edit->version, dname, &host);
	return status == STATUS_OK ? set_host(edit, idx, host) : status;
}

enum status
edit_number_host(struct edit *edit, const uint8_t *dname)
{
	struct edit_path path;
	edit_path_find(edit, dname, &path);
	const struct node *old = edit_path_node(edit, &path);
	if (old == NULL || (old->flags & NODE_HOST) || old->entry_count == UINT16_MAX ||
	    version_extra(&edit->version)->host_count == UINT32_MAX)
		return STATUS_OK;
	struct node head = *old;
	uint32_t idx = version_extra(&edit->version)->host_count;
	head.entry_count++;
	head.flags |= NODE_HOST;
	ref made;
	enum status status = node_new(edit, &head, node_label(old), &made);
	if (status != STATUS_OK)
		return status;
	struct node *node = node_at(edit, made);
	node->entries[0] = (struct node_entry){.rrtype = RRTYPE_HOST, .ref = idx};
	memcpy(node->entries + 1, old->entries, old->entry_count * sizeof(old->entries[0]));
	edit_drop(&edit->space, node_len(old));
	path.refs[path.depth] = made;
	status = link_up(edit, &path, path.depth);
	return status == STATUS_OK ? edit_refresh_host(edit, dname, idx) : status;
}
