/* rdata_svcb.c -- the parameters of SVCB and HTTPS (a codec, see rdata_codec.h; RFC 9460 2, 7, 8
 * and appendix A; the keys that IANA has registered since, RFC 9461, 9540).
 *
 * Values are checked as the key defines them, in text and in wire form alike. In AliasMode
 * parameters are ignored (RFC 9460 2.4.2), not refused. */
#include <arpa/inet.h>
#include <stdio.h>
#include <strings.h>

#include "zones/dname.h"
#include "zones/rdata_codec.h"

enum svc_key {
	KEY_MANDATORY = 0,
	KEY_ALPN = 1,
	KEY_NO_DEFAULT_ALPN = 2,
	KEY_PORT = 3,
	KEY_IPV4HINT = 4,
	KEY_ECH = 5,
	KEY_IPV6HINT = 6,
	KEY_DOHPATH = 7,
	KEY_OHTTP = 8,
	KEY_TLS_SUPPORTED_GROUPS = 9,
	KEY_INVALID = 65535, /* RFC 9460 14.3.2 */
};

enum {
	PARAM_HEAD_LEN = 4, /* key and length */
	KEY_TEXT_MAX = 32,
	ITEM_TEXT_MAX = 64, /* of a list: an address, a key, a number */
	IPV4_LEN = 4,
	IPV6_LEN = 16,
};

/* A value in presentation form: what follows the key's "=", without quotes, still escaped. */
struct value {
	const char *text;
	size_t len;
	size_t at;
};

struct svc_key_row {
	const char *name;
	bool (*is_valid)(const uint8_t *value, size_t len);
	bool (*read)(struct rdata_reading *reading, struct value *value); /* appends */
	void (*print)(struct rdata_text *text, const uint8_t *value, size_t len);
};

static const struct svc_key_row *key_find(unsigned key);

/* Keys. */

/* A number of 16 bits without sign, or -1. */
static int
u16_read(const char *text, size_t len)
{
	int number = 0;
	for (size_t i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return -1;
		number = number * 10 + (text[i] - '0');
		if (number > UINT16_MAX)
			return -1;
	}
	return len > 0 ? number : -1;
}

static int key_read(const char *text, size_t len);

static size_t
key_print(unsigned key, char out[KEY_TEXT_MAX])
{
	const struct svc_key_row *row = key_find(key);
	int len = row != NULL ? snprintf(out, KEY_TEXT_MAX, "%s", row->name)
			      : snprintf(out, KEY_TEXT_MAX, "key%u", key);
	return (size_t)len;
}

/* Values as wire form has them. */

static bool
is_numbers(const uint8_t *value, size_t len)
{
	return len > 0 && len % 2 == 0;
}

/* Keys in ascending order, "mandatory" itself not among them (RFC 9460 8). */
static bool
is_mandatory(const uint8_t *value, size_t len)
{
	unsigned last = KEY_MANDATORY;
	for (size_t i = 0; i + 1 < len; i += 2) {
		if (be16_read(value + i) <= last)
			return false;
		last = be16_read(value + i);
	}
	return is_numbers(value, len);
}

/* Strings that are not empty, at least one (RFC 9460 7.1). */
static bool
is_alpn(const uint8_t *value, size_t len)
{
	size_t off = 0;
	while (off < len && value[off] > 0 && value[off] < len - off)
		off += value[off] + 1u;
	return len > 0 && off == len;
}

static bool
is_empty(const uint8_t *value, size_t len)
{
	return len == 0;
}

static bool
is_not_empty(const uint8_t *value, size_t len)
{
	return len > 0;
}

static bool
is_port(const uint8_t *value, size_t len)
{
	return len == 2;
}

static bool
is_ipv4_list(const uint8_t *value, size_t len)
{
	return len > 0 && len % IPV4_LEN == 0;
}

static bool
is_ipv6_list(const uint8_t *value, size_t len)
{
	return len > 0 && len % IPV6_LEN == 0;
}

/* Values from presentation form. */

/* The next octet, unescaped. False at the end or, with a reason, for a malformed escape. */
static bool
value_next(struct rdata_reading *reading, struct value *value, uint8_t *octet)
{
	if (value->at == value->len)
		return false;
	size_t used = dname_unescape(value->text + value->at, value->len - value->at, octet,
				     &reading->reason);
	value->at += used;
	return used > 0;
}

/* Was it the end that value_next() came to? */
static bool
value_is_done(const struct value *value)
{
	return value->at == value->len;
}

static bool
read_octets(struct rdata_reading *reading, struct value *value)
{
	uint8_t octet;
	while (value_next(reading, value, &octet)) {
		if (!rdata_append(reading, &octet, 1))
			return false;
	}
	return value_is_done(value);
}

static bool
read_nothing(struct rdata_reading *reading, struct value *value)
{
	return value->len == 0 || rdata_fail(reading, "this parameter has no value");
}

/* Items of a comma-separated list in turn, NUL-terminated; none of those read so holds a comma or
 * a backslash. *is_last: no comma follows. */
static bool
value_next_item(struct rdata_reading *reading, struct value *value, char item[ITEM_TEXT_MAX],
		bool *is_last)
{
	size_t len = 0;
	uint8_t octet;
	*is_last = false;
	while (value_next(reading, value, &octet)) {
		if (octet == ',') {
			item[len] = '\0';
			return true;
		}
		if (len + 1 == ITEM_TEXT_MAX || octet == '\0')
			return rdata_fail(reading, "malformed item of a parameter's list");
		item[len++] = (char)octet;
	}
	item[len] = '\0';
	*is_last = true;
	return value_is_done(value);
}

static bool
append_u16(struct rdata_reading *reading, unsigned number)
{
	uint8_t octets[2];
	be16_write(octets, (uint16_t)number);
	return rdata_append(reading, octets, sizeof(octets));
}

/* A list of keys or of numbers. */
static bool
read_list_u16(struct rdata_reading *reading, struct value *value,
	      int (*item_read)(const char *text, size_t len), const char *reason)
{
	bool is_last;
	do {
		char item[ITEM_TEXT_MAX];
		if (!value_next_item(reading, value, item, &is_last))
			return false;
		int number = item_read(item, strlen(item));
		if (number < 0)
			return rdata_fail(reading, reason);
		if (!append_u16(reading, (unsigned)number))
			return false;
	} while (!is_last);
	return true;
}

/* Keys may be listed in any order; wire form has them ascending. */
static bool
read_mandatory(struct rdata_reading *reading, struct value *value)
{
	size_t before = reading->len;
	if (!read_list_u16(reading, value, key_read, "not a list of keys"))
		return false;
	uint8_t *keys = reading->out + before;
	size_t count = (reading->len - before) / 2;
	for (size_t i = 1; i < count; i++) {
		uint16_t key = be16_read(keys + 2 * i);
		size_t j = i;
		for (; j > 0 && be16_read(keys + 2 * (j - 1)) > key; j--)
			memmove(keys + 2 * j, keys + 2 * (j - 1), 2);
		be16_write(keys + 2 * j, key);
	}
	return is_mandatory(keys, reading->len - before) ||
	       rdata_fail(reading, "mandatory lists a key twice, or itself");
}

static bool
read_groups(struct rdata_reading *reading, struct value *value)
{
	return read_list_u16(reading, value, u16_read, "not a list of numbers");
}

static bool
read_port(struct rdata_reading *reading, struct value *value)
{
	char item[ITEM_TEXT_MAX];
	bool is_last;
	if (!value_next_item(reading, value, item, &is_last))
		return false;
	int port = is_last ? u16_read(item, strlen(item)) : -1;
	return port >= 0 ? append_u16(reading, (unsigned)port) : rdata_fail(reading, "not a port");
}

static bool
read_addresses(struct rdata_reading *reading, struct value *value, int family, size_t len,
	       const char *reason)
{
	bool is_last;
	do {
		char item[ITEM_TEXT_MAX];
		uint8_t address[IPV6_LEN];
		if (!value_next_item(reading, value, item, &is_last))
			return false;
		if (inet_pton(family, item, address) != 1)
			return rdata_fail(reading, reason);
		if (!rdata_append(reading, address, len))
			return false;
	} while (!is_last);
	return true;
}

static bool
read_ipv4_list(struct rdata_reading *reading, struct value *value)
{
	return read_addresses(reading, value, AF_INET, IPV4_LEN, "not a list of IPv4 addresses");
}

static bool
read_ipv6_list(struct rdata_reading *reading, struct value *value)
{
	return read_addresses(reading, value, AF_INET6, IPV6_LEN, "not a list of IPv6 addresses");
}

/* Base 64 is longer than what it says, so it can be decoded where it was unescaped. */
static bool
read_ech(struct rdata_reading *reading, struct value *value)
{
	size_t before = reading->len;
	size_t len;
	if (!read_octets(reading, value))
		return false;
	uint8_t *octets = reading->out + before;
	if (!rdata_base64_decode((const char *)octets, reading->len - before, octets, &len))
		return rdata_fail(reading, "malformed base 64");
	reading->len = before + len;
	return len > 0 || rdata_fail(reading, "base 64 missing");
}

/* Ends the identifier whose length octet is at `begin`. */
static bool
alpn_end(struct rdata_reading *reading, size_t begin)
{
	size_t len = reading->len - begin - 1;
	if (len == 0 || len > STRING_LEN_MAX)
		return rdata_fail(reading, "an ALPN identifier has 1 to 255 octets");
	reading->out[begin] = (uint8_t)len;
	return true;
}

/* Identifiers may hold what separates them: behind the escapes of a character-string there is a
 * second layer, "\\," and "\\\\" (RFC 9460 A.1). */
static bool
read_alpn(struct rdata_reading *reading, struct value *value)
{
	size_t begin = reading->len;
	uint8_t octet;
	if (!rdata_append(reading, "", 1))
		return false;
	while (value_next(reading, value, &octet)) {
		if (octet == ',') {
			if (!alpn_end(reading, begin))
				return false;
			begin = reading->len;
			octet = 0;
		} else if (octet == '\\') {
			if (value_is_done(value) || !value_next(reading, value, &octet) ||
			    (octet != ',' && octet != '\\'))
				return rdata_fail(reading,
						  "a backslash in a list is before a comma or a "
						  "backslash");
		}
		if (!rdata_append(reading, &octet, 1))
			return false;
	}
	return value_is_done(value) && alpn_end(reading, begin);
}

/* Values printed. */

static void
print_quoted(struct rdata_text *text, const uint8_t *value, size_t len)
{
	rdata_text_quoted(text, value, len);
}

static void
print_mandatory(struct rdata_text *text, const uint8_t *value, size_t len)
{
	for (size_t i = 0; i < len; i += 2) {
		char key[KEY_TEXT_MAX];
		size_t key_len = key_print(be16_read(value + i), key);
		rdata_text_append(text, ",", i > 0 ? 1 : 0);
		rdata_text_append(text, key, key_len);
	}
}

static void
print_alpn(struct rdata_text *text, const uint8_t *value, size_t len)
{
	rdata_text_append(text, "\"", 1);
	for (size_t off = 0; off < len; off += value[off] + 1u) {
		rdata_text_append(text, ",", off > 0 ? 1 : 0);
		for (size_t i = off + 1; i <= off + value[off]; i++) {
			if (value[i] == ',' || value[i] == '\\')
				rdata_text_octet(text, '\\');
			rdata_text_octet(text, value[i]);
		}
	}
	rdata_text_append(text, "\"", 1);
}

static void
print_numbers(struct rdata_text *text, const uint8_t *value, size_t len)
{
	for (size_t i = 0; i < len; i += 2)
		rdata_text_printf(text, "%s%u", i > 0 ? "," : "", be16_read(value + i));
}

static void
print_ipv4_list(struct rdata_text *text, const uint8_t *value, size_t len)
{
	for (size_t i = 0; i < len; i += IPV4_LEN) {
		rdata_text_append(text, ",", i > 0 ? 1 : 0);
		rdata_text_address(text, AF_INET, value + i);
	}
}

static void
print_ipv6_list(struct rdata_text *text, const uint8_t *value, size_t len)
{
	for (size_t i = 0; i < len; i += IPV6_LEN) {
		rdata_text_append(text, ",", i > 0 ? 1 : 0);
		rdata_text_address(text, AF_INET6, value + i);
	}
}

/* By key. */
static const struct svc_key_row keys[] = {
    [KEY_MANDATORY] = {"mandatory", is_mandatory, read_mandatory, print_mandatory},
    [KEY_ALPN] = {"alpn", is_alpn, read_alpn, print_alpn},
    [KEY_NO_DEFAULT_ALPN] = {"no-default-alpn", is_empty, read_nothing, NULL},
    [KEY_PORT] = {"port", is_port, read_port, print_numbers},
    [KEY_IPV4HINT] = {"ipv4hint", is_ipv4_list, read_ipv4_list, print_ipv4_list},
    [KEY_ECH] = {"ech", is_not_empty, read_ech, rdata_text_base64},
    [KEY_IPV6HINT] = {"ipv6hint", is_ipv6_list, read_ipv6_list, print_ipv6_list},
    [KEY_DOHPATH] = {"dohpath", is_not_empty, read_octets, print_quoted},
    [KEY_OHTTP] = {"ohttp", is_empty, read_nothing, NULL},
    [KEY_TLS_SUPPORTED_GROUPS] = {"tls-supported-groups", is_numbers, read_groups, print_numbers},
};

static const struct svc_key_row *
key_find(unsigned key)
{
	return key < ARRAY_LEN(keys) ? &keys[key] : NULL;
}

/* "alpn" or "key123" (case ignored), or -1. */
static int
key_read(const char *text, size_t len)
{
	for (unsigned key = 0; key < ARRAY_LEN(keys); key++) {
		if (strlen(keys[key].name) == len && strncasecmp(keys[key].name, text, len) == 0)
			return (int)key;
	}
	/* Without leading zeros (RFC 9460 2.1). */
	if (len <= 3 || strncasecmp(text, "key", 3) != 0 || (text[3] == '0' && len > 4))
		return -1;
	int key = u16_read(text + 3, len - 3);
	return key != KEY_INVALID ? key : -1;
}

static bool
is_value_valid(unsigned key, const uint8_t *value, size_t len)
{
	const struct svc_key_row *row = key_find(key);
	return row == NULL || row->is_valid(value, len);
}

/* Parameters one behind the other, ascending. */

/* Where the value of `key` is, or NULL. */
static const uint8_t *
param_find(const uint8_t *params, size_t len, unsigned key, size_t *value_len)
{
	for (size_t off = 0; off < len;) {
		*value_len = be16_read(params + off + 2);
		if (be16_read(params + off) == key)
			return params + off + PARAM_HEAD_LEN;
		off += PARAM_HEAD_LEN + *value_len;
	}
	return NULL;
}

/* What parameters say of each other: NULL, or what is wrong with it. */
static const char *
params_conflict(const uint8_t *params, size_t len)
{
	size_t value_len;
	if (param_find(params, len, KEY_NO_DEFAULT_ALPN, &value_len) != NULL &&
	    param_find(params, len, KEY_ALPN, &value_len) == NULL)
		return "no-default-alpn without alpn"; /* RFC 9460 7.1.1 */
	size_t mandatory_len;
	const uint8_t *mandatory = param_find(params, len, KEY_MANDATORY, &mandatory_len);
	size_t off = 0;
	for (size_t i = 0; mandatory != NULL && i < mandatory_len; i += 2) {
		/* Both ascend: the search goes on where it was. */
		unsigned key = be16_read(mandatory + i);
		const uint8_t *value = param_find(params + off, len - off, key, &value_len);
		if (value == NULL)
			return "mandatory lists a key that is not there"; /* RFC 9460 8 */
		off = (size_t)(value - params) + value_len;
	}
	return NULL;
}

static size_t
params_len(const struct rdata_codec *codec, const uint8_t *octets, size_t left)
{
	int last = -1;
	for (size_t off = 0; off < left;) {
		if (left - off < PARAM_HEAD_LEN)
			return SIZE_MAX;
		unsigned key = be16_read(octets + off);
		size_t len = be16_read(octets + off + 2);
		off += PARAM_HEAD_LEN;
		if ((int)key <= last || key == KEY_INVALID || len > left - off ||
		    !is_value_valid(key, octets + off, len))
			return SIZE_MAX;
		last = (int)key;
		off += len;
	}
	return params_conflict(octets, left) == NULL ? left : SIZE_MAX;
}

/* Turns the octets from `begin` on so that those from `middle` on come first. */
static void
rotate(uint8_t *octets, size_t begin, size_t middle, size_t end)
{
	size_t parts[][2] = {{begin, middle}, {middle, end}, {begin, end}};
	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		for (size_t low = parts[i][0], high = parts[i][1]; low + 1 < high; low++) {
			uint8_t octet = octets[low];
			octets[low] = octets[--high];
			octets[high] = octet;
		}
	}
}

/* Puts the last parameter, at `at`, where its key belongs among those from `begin` on. False: the
 * key is there already. Usually it belongs where it is, behind `last_key`. */
static bool
param_sort_in(struct rdata_reading *reading, size_t begin, size_t at, int *last_key)
{
	uint8_t *out = reading->out;
	int key = be16_read(out + at);
	if (key > *last_key) {
		*last_key = key;
		return true;
	}
	size_t off = begin;
	while (be16_read(out + off) < key)
		off += (size_t)PARAM_HEAD_LEN + be16_read(out + off + 2);
	if (be16_read(out + off) == key)
		return rdata_fail(reading, "parameter given twice");
	rotate(out, off, at, reading->len);
	return true;
}

/* Cuts key="value", key=value or key. False: the quotes are not around the value. */
static bool
param_cut(const struct rdata_token *token, size_t *key_len, struct value *value)
{
	const char *equals = memchr(token->text, '=', token->len);
	*key_len = equals != NULL ? (size_t)(equals - token->text) : token->len;
	*value = (struct value){0};
	if (equals == NULL)
		return true;
	value->text = equals + 1;
	value->len = token->len - *key_len - 1;
	if (value->len == 0 || value->text[0] != '"')
		return memchr(value->text, '"', token->is_pair ? value->len : 0) == NULL;
	if (value->len < 2 || value->text[value->len - 1] != '"')
		return false;
	value->text++;
	value->len -= 2;
	return true;
}

static bool
read_param(struct rdata_reading *reading, unsigned key, struct value *value)
{
	const struct svc_key_row *row = key_find(key);
	const struct rdata_token *token = rdata_current(reading);
	bool is_numbered = strncasecmp(token->text, "key", 3) == 0;
	size_t before = reading->len;
	uint8_t head[PARAM_HEAD_LEN] = {0};
	be16_write(head, (uint16_t)key);
	if (!rdata_append(reading, head, sizeof(head)))
		return false;
	/* A known key by its number has its value in octets, as any other key123 has. */
	bool is_read =
	    row != NULL && !is_numbered ? row->read(reading, value) : read_octets(reading, value);
	if (!is_read)
		return false;
	size_t len = reading->len - before - PARAM_HEAD_LEN;
	if (!is_value_valid(key, reading->out + before + PARAM_HEAD_LEN, len))
		return rdata_fail(reading, "not a value of this parameter");
	be16_write(reading->out + before + 2, (uint16_t)len);
	return true;
}

static bool
read_params(const struct rdata_codec *codec, struct rdata_reading *reading)
{
	size_t begin = reading->len;
	int last_key = -1;
	for (;;) {
		const struct rdata_token *token = rdata_current(reading);
		size_t key_len;
		struct value value;
		size_t at = reading->len;
		if (token->is_quoted || !param_cut(token, &key_len, &value))
			return rdata_fail(reading, "not a parameter key, key=value, key=\"value\"");
		int key = key_read(token->text, key_len);
		if (key < 0)
			return rdata_fail(reading, "unknown parameter");
		if (!read_param(reading, (unsigned)key, &value) ||
		    !param_sort_in(reading, begin, at, &last_key))
			return false;
		if (rdata_is_last(reading))
			break;
		reading->token_idx++;
	}
	const char *conflict = params_conflict(reading->out + begin, reading->len - begin);
	return conflict == NULL || rdata_fail(reading, conflict);
}

static bool
print_params(const struct rdata_codec *codec, struct rdata_text *text, const uint8_t *octets,
	     size_t len)
{
	for (size_t off = 0; off < len;) {
		unsigned key = be16_read(octets + off);
		size_t value_len = be16_read(octets + off + 2);
		const struct svc_key_row *row = key_find(key);
		char name[KEY_TEXT_MAX];
		rdata_text_append(text, " ", off > 0 ? 1 : 0);
		off += PARAM_HEAD_LEN;
		size_t name_len = key_print(key, name);
		rdata_text_append(text, name, name_len);
		if (value_len > 0) {
			rdata_text_append(text, "=", 1);
			(row != NULL ? row->print : print_quoted)(text, octets + off, value_len);
		}
		off += value_len;
	}
	return true;
}

const struct rdata_codec rdata_codec_svc_params = {
    .len = params_len, .read = read_params, .print = print_params};
