/* dname.c -- domain names: measure, compare, read and print (used by everything that has an owner).
 */
#include "zones/dname.h"

size_t
dname_len(const uint8_t *dname)
{
	size_t len = 1;
	while (*dname != 0) {
		len += *dname + 1u;
		dname += *dname + 1;
	}
	return len;
}

size_t
dname_wire_len(const uint8_t *octets, size_t len)
{
	size_t readable = len < DNAME_LEN_MAX ? len : DNAME_LEN_MAX;
	size_t off = 0;
	while (off < readable) {
		uint8_t label_len = octets[off];
		if (label_len == 0)
			return off + 1;
		if (label_len > LABEL_LEN_MAX)
			return 0;
		off += label_len + 1u;
	}
	return 0;
}

size_t
dname_decompress(const uint8_t *message, size_t len, size_t off, uint8_t out[DNAME_LEN_MAX])
{
	size_t end = 0;     /* behind the name where it begins; 0: no pointer yet */
	size_t limit = len; /* pointers lead to before here: so they end */
	size_t out_len = 0;
	while (off < limit) {
		unsigned octet = message[off];
		if (octet >= POINTER_MARK) {
			if (off + POINTER_LEN > len)
				return 0;
			size_t target = be16_read(message + off) & POINTER_OFF_MAX;
			if (end == 0)
				end = off + POINTER_LEN;
			limit = off;
			off = target;
			continue;
		}
		if (octet > LABEL_LEN_MAX || off + 1 + octet > len ||
		    out_len + 1 + octet > DNAME_LEN_MAX)
			return 0;
		memcpy(out + out_len, message + off, 1 + octet);
		out_len += 1 + octet;
		off += 1 + octet;
		if (octet == 0)
			return end != 0 ? end : off;
	}
	return 0;
}

unsigned
dname_label_count(const uint8_t *dname)
{
	unsigned count = 0;
	for (; *dname != 0; dname += *dname + 1)
		count++;
	return count;
}

/* Sixteen octets at a time, the last of them once more if they do not fill a block: what is folded
 * twice is folded once. */
typedef uint8_t octet_block __attribute__((vector_size(16)));

static inline void
lower_block(const uint8_t *octets, uint8_t *out)
{
	octet_block block;
	memcpy(&block, octets, sizeof(block));
	octet_block is_upper = (octet_block)((octet_block)(block - 'A') < 26);
	block += is_upper & ('a' - 'A');
	memcpy(out, &block, sizeof(block));
}

void
dname_lower_octets(const uint8_t *octets, size_t len, uint8_t *out)
{
	size_t at = 0;
	if (len < sizeof(octet_block)) {
		for (; at < len; at++)
			out[at] = dname_octet_lower(octets[at]);
		return;
	}
	for (; len - at >= sizeof(octet_block); at += sizeof(octet_block))
		lower_block(octets + at, out + at);
	if (at < len)
		lower_block(octets + len - sizeof(octet_block), out + len - sizeof(octet_block));
}

/* Length octets are below 'A', so that folding a name's octets blindly leaves them alone. */
size_t
dname_lower(const uint8_t *dname, uint8_t out[DNAME_LEN_MAX])
{
	size_t len = dname_len(dname);
	dname_lower_octets(dname, len, out);
	return len;
}

bool
dname_equal(const uint8_t *a, const uint8_t *b)
{
	for (;;) {
		unsigned len = *a;
		if (len != *b)
			return false;
		if (len == 0)
			return true;
		for (unsigned i = 1; i <= len; i++) {
			/* Names that are compared mostly have the same case as well. */
			if (a[i] != b[i] && dname_octet_lower(a[i]) != dname_octet_lower(b[i]))
				return false;
		}
		a += len + 1;
		b += len + 1;
	}
}

bool
dname_equal_lower(const uint8_t *a, const uint8_t *b)
{
	if (a == b)
		return true;
	/* Nearly always the first label tells. */
	while (a[0] == b[0] && memcmp(a + 1, b + 1, a[0]) == 0) {
		if (a[0] == 0)
			return true;
		b += a[0] + 1;
		a += a[0] + 1;
	}
	return false;
}

static int
label_compare(const uint8_t *a, const uint8_t *b)
{
	size_t common = a[0] < b[0] ? a[0] : b[0];
	for (size_t i = 1; i <= common; i++) {
		int difference = (int)dname_octet_lower(a[i]) - (int)dname_octet_lower(b[i]);
		if (difference != 0)
			return difference;
	}
	return (int)a[0] - (int)b[0];
}

/* Where each label begins, leftmost first. */
static unsigned
label_offsets(const uint8_t *dname, uint8_t offsets[LABELS_MAX])
{
	unsigned count = 0;
	for (unsigned off = 0; dname[off] != 0; off += dname[off] + 1u)
		offsets[count++] = (uint8_t)off;
	return count;
}

int
dname_compare(const uint8_t *a, const uint8_t *b)
{
	if (a == b)
		return 0;
	uint8_t a_offsets[LABELS_MAX];
	uint8_t b_offsets[LABELS_MAX];
	unsigned a_left = label_offsets(a, a_offsets);
	unsigned b_left = label_offsets(b, b_offsets);
	while (a_left > 0 && b_left > 0) {
		int order = label_compare(a + a_offsets[--a_left], b + b_offsets[--b_left]);
		if (order != 0)
			return order;
	}
	return (int)a_left - (int)b_left;
}

int
dname_compare_lower(const uint8_t *a, const uint8_t *b)
{
	uint8_t a_offsets[LABELS_MAX];
	uint8_t b_offsets[LABELS_MAX];
	unsigned a_left = label_offsets(a, a_offsets);
	unsigned b_left = label_offsets(b, b_offsets);
	while (a_left > 0 && b_left > 0) {
		const uint8_t *a_label = a + a_offsets[--a_left];
		const uint8_t *b_label = b + b_offsets[--b_left];
		size_t common = a_label[0] < b_label[0] ? a_label[0] : b_label[0];
		int order = memcmp(a_label + 1, b_label + 1, common);
		if (order == 0)
			order = (int)a_label[0] - (int)b_label[0];
		if (order != 0)
			return order;
	}
	return (int)a_left - (int)b_left;
}

unsigned
dname_common_labels(const uint8_t *a, const uint8_t *b)
{
	uint8_t a_offsets[LABELS_MAX];
	uint8_t b_offsets[LABELS_MAX];
	unsigned a_left = label_offsets(a, a_offsets);
	unsigned b_left = label_offsets(b, b_offsets);
	unsigned common = 0;
	while (a_left > 0 && b_left > 0 &&
	       label_compare(a + a_offsets[--a_left], b + b_offsets[--b_left]) == 0)
		common++;
	return common;
}

bool
dname_is_within(const uint8_t *dname, const uint8_t *ancestor)
{
	size_t left = dname_len(dname);
	size_t ancestor_len = dname_len(ancestor);
	while (left > ancestor_len) {
		left -= *dname + 1u;
		dname += *dname + 1;
	}
	/* Names that are compared mostly have the same case as well. */
	return left == ancestor_len &&
	       (memcmp(dname, ancestor, left) == 0 || dname_equal(dname, ancestor));
}

const uint8_t *
dname_skip(const uint8_t *dname, unsigned labels)
{
	for (; labels > 0 && *dname != 0; labels--)
		dname += *dname + 1;
	return dname;
}

size_t
dname_unescape(const char *text, size_t len, uint8_t *octet, const char **reason)
{
	if (text[0] != '\\') {
		*octet = (uint8_t)text[0];
		return 1;
	}
	if (len < 2) {
		*reason = "backslash with nothing after it";
		return 0;
	}
	if (text[1] < '0' || text[1] > '9') {
		*octet = (uint8_t)text[1];
		return 2;
	}
	unsigned value = 0;
	for (size_t i = 1; i <= 3; i++) {
		if (i >= len || text[i] < '0' || text[i] > '9') {
			*reason = "\\DDD escape without three digits";
			return 0;
		}
		value = value * 10 + (unsigned)(text[i] - '0');
	}
	if (value > 255) {
		*reason = "\\DDD escape above 255";
		return 0;
	}
	*octet = (uint8_t)value;
	return 4;
}

/* Appends `origin` to the labels in out[0 .. off). */
static size_t
complete_with(const uint8_t *origin, uint8_t out[DNAME_LEN_MAX], size_t off, const char **reason)
{
	static const uint8_t root[1] = {0};
	if (origin == NULL)
		origin = root;
	size_t origin_len = dname_len(origin);
	if (off + origin_len > DNAME_LEN_MAX) {
		*reason = "name longer than 255 octets";
		return 0;
	}
	memcpy(out + off, origin, origin_len);
	return off + origin_len;
}

/* Up to the next dot or backslash. */
static inline size_t
plain_len(const char *text, size_t len)
{
	size_t i = 0;
	while (i < len && text[i] != '.' && text[i] != '\\')
		i++;
	return i;
}

size_t
dname_read(const char *text, size_t len, const uint8_t *origin, uint8_t out[DNAME_LEN_MAX],
	   const char **reason)
{
	if (len == 0) {
		*reason = "empty name";
		return 0;
	}
	if (len == 1 && text[0] == '.') {
		out[0] = 0;
		return 1;
	}
	size_t label_off = 0; /* of the length octet of the label being read */
	size_t off = 1;
	for (size_t i = 0; i < len;) {
		const char *octets = text + i;
		size_t count = plain_len(octets, len - i); /* of octets that mean themselves */
		uint8_t unescaped;
		i += count;
		if (count == 0 && *octets == '.') {
			if (off == label_off + 1) {
				*reason = "empty label";
				return 0;
			}
			out[label_off] = (uint8_t)(off - label_off - 1);
			label_off = off++;
			i++;
			continue;
		}
		if (count == 0) {
			size_t used = dname_unescape(octets, len - i, &unescaped, reason);
			if (used == 0)
				return 0;
			octets = (const char *)&unescaped;
			count = 1;
			i += used;
		}
		/* One octet at least must be left for the root. */
		size_t label_room = LABEL_LEN_MAX - (off - label_off - 1);
		size_t name_room = off < DNAME_LEN_MAX - 1 ? DNAME_LEN_MAX - 1 - off : 0;
		if (count > label_room && label_room <= name_room) {
			*reason = "label longer than 63 octets";
			return 0;
		}
		if (count > name_room) {
			*reason = "name longer than 255 octets";
			return 0;
		}
		memcpy(out + off, octets, count);
		off += count;
	}
	if (off == label_off + 1) {
		out[label_off] = 0;
		return off;
	}
	out[label_off] = (uint8_t)(off - label_off - 1);
	return complete_with(origin, out, off, reason);
}

/* What the syntax of zone files gives a meaning. */
static bool
needs_backslash(uint8_t octet)
{
	switch (octet) {
	case '.':
	case '\\':
	case ';':
	case '"':
	case '(':
	case ')':
	case '@':
	case '$':
		return true;
	default:
		return false;
	}
}

static inline char *
octet_print(uint8_t octet, char *out)
{
	if (octet < 0x21 || octet > 0x7e) {
		*out++ = '\\';
		*out++ = (char)('0' + octet / 100);
		*out++ = (char)('0' + octet / 10 % 10);
		*out++ = (char)('0' + octet % 10);
		return out;
	}
	if (needs_backslash(octet))
		*out++ = '\\';
	*out++ = (char)octet;
	return out;
}

size_t
dname_print(const uint8_t *dname, char out[DNAME_TEXT_MAX])
{
	char *end = out;
	if (*dname == 0)
		*end++ = '.';
	for (; *dname != 0; dname += *dname + 1) {
		for (unsigned i = 1; i <= *dname; i++)
			end = octet_print(dname[i], end);
		*end++ = '.';
	}
	*end = '\0';
	return (size_t)(end - out);
}
