/* section.c -- RRsets into a message. */
#include "zones/section.h"

#include "zones/dname.h"
#include "zones/rdata.h"
#include "zones/signed.h"

enum {
	/* Leaves free slots, so that a search ends soon. */
	SLOTS_USED_MAX = SECTION_SLOT_COUNT * 3 / 4,
};

/* Where each label of a name begins, and the root after them. */
struct labels {
	unsigned count;
	uint8_t offs[LABELS_MAX + 1];
};

static void
labels_set(struct labels *labels, const uint8_t *dname)
{
	unsigned off = 0;
	labels->count = 0;
	for (; dname[off] != 0; off += 1u + dname[off])
		labels->offs[labels->count++] = (uint8_t)off;
	labels->offs[labels->count] = (uint8_t)off;
}

/* Of a label and where the name above it stands; the same in upper and lower case, whose octets
 * differ in one bit. Beginning and end of a label tell as much as all of it. */
static unsigned
label_hash(const uint8_t *label, size_t above)
{
	const uint64_t case_bits = UINT64_C(0x2020202020202020);
	uint64_t first = 0;
	uint64_t last = 0;
	size_t len = 1u + label[0];
	if (len >= sizeof(first)) {
		memcpy(&first, label, sizeof(first));
		memcpy(&last, label + len - sizeof(last), sizeof(last));
	} else {
		for (size_t i = 0; i < len; i++)
			first = first << 8 | label[i];
	}
	uint64_t hash = (first | case_bits) * UINT64_C(0x9e3779b97f4a7c15);
	hash =
	    (hash ^ hash >> 32 ^ (last | case_bits) ^ above << 48) * UINT64_C(0xff51afd7ed558ccd);
	return (unsigned)(hash >> 48) % SECTION_SLOT_COUNT;
}

/* Of labels equally long. */
static bool
label_equal(const uint8_t *a, const uint8_t *b)
{
	if (memcmp(a, b, 1u + a[0]) == 0)
		return true;
	for (unsigned i = 1; i <= a[0]; i++) {
		if (dname_octet_lower(a[i]) != dname_octet_lower(b[i]))
			return false;
	}
	return true;
}

/* Does the name at `off` of the message equal `dname`, of which all but the first label is known to
 * stand at `above`? A slot may be stale after an RRset was taken back, so nothing is assumed of the
 * octets there: labels must lie within the message, pointers must lead backwards. */
static bool
message_name_equal(const struct section_writer *writer, size_t off, const uint8_t *dname,
		   size_t above)
{
	const uint8_t *message = writer->message;
	const uint8_t *rest = dname + 1 + dname[0];
	while (off < writer->len) {
		if (off == above && dname == rest)
			return true;
		unsigned len = message[off];
		if (len >= POINTER_MARK) {
			if (off + POINTER_LEN > writer->len)
				return false;
			size_t target = be16_read(message + off) & POINTER_OFF_MAX;
			if (target >= off)
				return false;
			off = target;
			continue;
		}
		if (len > LABEL_LEN_MAX || off + 1 + len > writer->len || len != dname[0])
			return false;
		if (len == 0)
			return true;
		if (!label_equal(message + off, dname))
			return false;
		off += 1 + len;
		dname += 1 + len;
	}
	return false;
}

/* The slot of a name, all but the first label of which stands at `above` (the root: 0): of its
 * offset in the message if it is there, else a free one. */
static unsigned
slot_find(const struct section_writer *writer, const uint8_t *dname, size_t above)
{
	unsigned slot = label_hash(dname, above);
	while (writer->slots[slot] != 0 &&
	       !message_name_equal(writer, writer->slots[slot], dname, above))
		slot = (slot + 1) % SECTION_SLOT_COUNT;
	return slot;
}

static void
slot_set(struct section_writer *writer, unsigned slot, size_t off)
{
	if (off > POINTER_OFF_MAX || writer->slot_count >= SLOTS_USED_MAX ||
	    writer->slots[slot] != 0)
		return;
	writer->slots[slot] = (uint16_t)off;
	writer->slot_count++;
}

static bool
put_octets(struct section_writer *writer, const void *octets, size_t len)
{
	if (len > writer->cap - writer->len)
		return false;
	memcpy(writer->message + writer->len, octets, len);
	writer->len += len;
	return true;
}

static bool
put_pointer(struct section_writer *writer, size_t target)
{
	uint8_t pointer[POINTER_LEN];
	be16_write(pointer, (uint16_t)(POINTER_MARK << 8 | target));
	size_t off = writer->len;
	if (!put_octets(writer, pointer, sizeof(pointer)))
		return false;
	if (writer->pointer_count < writer->pointer_cap)
		writer->pointer_offs[writer->pointer_count] = (uint16_t)off;
	writer->pointer_count++;
	return true;
}

/* How much of a name is in the message already. */
struct known_suffix {
	size_t off;          /* where it stands; 0: it is the root alone */
	unsigned left_count; /* labels before it */
	unsigned slot;       /* where the last of these goes */
};

/* What the name ends with is mostly known as a whole, as the QNAME. */
static bool
ends_with_qname(const struct section_writer *writer, const uint8_t *dname,
		const struct labels *labels)
{
	if (writer->qname_len == 0 || labels->count < writer->qname_label_count)
		return false;
	unsigned off = labels->offs[labels->count - writer->qname_label_count];
	return off + writer->qname_len == labels->offs[labels->count] + 1u &&
	       memcmp(dname + off, writer->message + HEADER_LEN, writer->qname_len) == 0;
}

static struct known_suffix
known_suffix_find(const struct section_writer *writer, const uint8_t *dname,
		  const struct labels *labels)
{
	struct known_suffix known = {.left_count = labels->count};
	if (ends_with_qname(writer, dname, labels)) {
		known.off = HEADER_LEN;
		known.left_count -= writer->qname_label_count;
	}
	for (; known.left_count > 0; known.left_count--) {
		known.slot =
		    slot_find(writer, dname + labels->offs[known.left_count - 1], known.off);
		if (writer->slots[known.slot] == 0)
			break;
		known.off = writer->slots[known.slot];
	}
	return known;
}

/* Makes the labels of a name, which stands at `off`, known as far as they are not. */
static void
labels_know(struct section_writer *writer, const uint8_t *dname, const struct labels *labels,
	    size_t off, const struct known_suffix *known)
{
	unsigned slot = known->slot;
	for (unsigned left = known->left_count; left > 0;) {
		size_t label_off = off + labels->offs[--left];
		slot_set(writer, slot, label_off);
		if (left > 0)
			slot = slot_find(writer, dname + labels->offs[left - 1], label_off);
	}
}

static bool
put_name(struct section_writer *writer, const uint8_t *dname, bool is_compressed)
{
	struct labels labels;
	size_t off = writer->len;
	labels_set(&labels, dname);
	struct known_suffix known = known_suffix_find(writer, dname, &labels);
	bool has_pointer = is_compressed && known.off != 0;
	size_t len = has_pointer ? labels.offs[known.left_count] : labels.offs[labels.count] + 1u;
	if (!put_octets(writer, dname, len) || (has_pointer && !put_pointer(writer, known.off)))
		return false;
	labels_know(writer, dname, &labels, off, &known);
	return true;
}

void
section_init(struct section_writer *writer, uint8_t *message, size_t qname_len, size_t cap,
	     bool is_synthesized)
{
	memset(writer, 0, sizeof(*writer));
	writer->message = message;
	writer->len = HEADER_LEN + qname_len + QUESTION_FIXED_LEN;
	writer->cap = cap;
	const uint8_t *qname = message + HEADER_LEN;
	const uint8_t *first = is_synthesized ? qname + 1 + qname[0] : qname;
	struct labels labels;
	labels_set(&labels, first);
	struct known_suffix known = known_suffix_find(writer, first, &labels);
	labels_know(writer, first, &labels, (size_t)(first - message), &known);
	if (!is_synthesized && labels.count > 0) {
		writer->qname_len = (uint8_t)qname_len;
		writer->qname_label_count = (uint8_t)labels.count;
	}
}

static bool
put_rdata(struct section_writer *writer, const struct rrtype *rrtype, struct rr_cursor rr)
{
	if (rrtype == NULL)
		return put_octets(writer, rr.rdata, rr.rdlen);

	size_t left = rr.rdlen;
	const uint8_t *at = rr.rdata;
	for (const enum rdata_field *field = rrtype->fields; *field != RDATA_END; field++) {
		bool is_name = *field == RDATA_NAME_COMPRESSIBLE || *field == RDATA_NAME;
		size_t len = is_name ? dname_len(at) : rdata_field_len(*field, at, left);
		bool fits = is_name ? put_name(writer, at, *field == RDATA_NAME_COMPRESSIBLE)
				    : put_octets(writer, at, len);
		if (!fits)
			return false;
		at += len;
		left -= len;
	}
	return true;
}

static bool
put_owner(struct section_writer *writer, const uint8_t *owner)
{
	return owner == NULL ? put_pointer(writer, HEADER_LEN) : put_name(writer, owner, true);
}

static bool
put_rr(struct section_writer *writer, const uint8_t *owner, uint16_t rrtype, uint32_t ttl,
       struct rr_cursor rr)
{
	uint8_t fixed[RR_FIXED_LEN];
	be16_write(fixed, rrtype);
	be16_write(fixed + 2, RRCLASS_IN);
	be32_write(fixed + 4, ttl);
	if (!put_owner(writer, owner) || !put_octets(writer, fixed, sizeof(fixed)))
		return false;
	size_t rdata_off = writer->len;
	if (!put_rdata(writer, rrtype_find(rrtype), rr))
		return false;
	be16_write(writer->message + rdata_off - 2, (uint16_t)(writer->len - rdata_off));
	return true;
}

/* What an RRset that does not fit leaves behind is taken back to here. */
struct section_mark {
	size_t len;
	size_t pointer_count;
	uint16_t count;
};

static struct section_mark
mark_set(const struct section_writer *writer, enum section section)
{
	return (struct section_mark){writer->len, writer->pointer_count, writer->counts[section]};
}

static void
mark_restore(struct section_writer *writer, enum section section, struct section_mark mark)
{
	writer->len = mark.len;
	writer->pointer_count = mark.pointer_count;
	writer->counts[section] = mark.count;
}

/* All from `rr` on, or nothing. */
static bool
put_rrs(struct section_writer *writer, enum section section, const uint8_t *owner, uint16_t rrtype,
	uint32_t ttl, struct rr_cursor rr)
{
	struct section_mark mark = mark_set(writer, section);
	for (; rr.rdata != NULL; rr = rr_next(rr)) {
		if (!put_rr(writer, owner, rrtype, ttl, rr)) {
			mark_restore(writer, section, mark);
			return false;
		}
		writer->counts[section]++;
	}
	return true;
}

bool
section_put_signed(struct section_writer *writer, enum section section, const uint8_t *owner,
		   const struct rrset *rrset, const struct rrset *signatures, uint32_t ttl)
{
	struct section_mark mark = mark_set(writer, section);
	struct rr_cursor covering = signatures_of(signatures, rrset->rrtype);
	bool fits = section_put(writer, section, owner, rrset, ttl) &&
		    put_rrs(writer, section, owner, RRTYPE_RRSIG, ttl, covering);
	if (!fits)
		mark_restore(writer, section, mark);
	return fits;
}

bool
section_put(struct section_writer *writer, enum section section, const uint8_t *owner,
	    const struct rrset *rrset, uint32_t ttl)
{
	return put_rrs(writer, section, owner, rrset->rrtype, ttl, rr_first(rrset));
}

size_t
section_find(const struct section_writer *writer, const uint8_t *dname)
{
	struct labels labels;
	labels_set(&labels, dname);
	struct known_suffix known = known_suffix_find(writer, dname, &labels);
	return known.left_count == 0 ? known.off : 0;
}

bool
section_put_record(struct section_writer *writer, enum section section, const uint8_t *owner,
		   uint16_t rrtype, uint32_t ttl, struct rr_cursor rr)
{
	rr.left = 0;
	return put_rrs(writer, section, owner, rrtype, ttl, rr);
}

bool
record_put(struct record_writer *writer, const uint8_t *owner, size_t owner_len, uint16_t rrtype,
	   uint32_t ttl, struct rr_cursor rr)
{
	size_t len = owner_len + RR_FIXED_LEN + rr.rdlen;
	if (len > writer->cap - writer->len)
		return false;
	uint8_t *at = writer->message + writer->len;
	memcpy(at, owner, owner_len);
	at += owner_len;
	be16_write(at, rrtype);
	be16_write(at + 2, RRCLASS_IN);
	be32_write(at + 4, ttl);
	be16_write(at + 8, rr.rdlen);
	memcpy(at + RR_FIXED_LEN, rr.rdata, rr.rdlen);
	writer->len += len;
	return true;
}
