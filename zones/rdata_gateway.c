/* rdata_gateway.c -- fields whose first octets say what follows: the gateway of IPSECKEY (RFC
 * 4025), the relay of AMTRELAY (RFC 8777), the identity of HIP (RFC 8005) (a family of codecs, see
 * rdata_codec.h). */
#include <arpa/inet.h>

#include "zones/dname.h"
#include "zones/rdata_codec.h"

/* What a gateway or relay is. */
enum gateway_kind {
	GATEWAY_NONE = 0,
	GATEWAY_IPV4 = 1,
	GATEWAY_IPV6 = 2,
	GATEWAY_NAME = 3,
	GATEWAY_KNOWN_COUNT,
};

enum { IPV4_LEN = 4, IPV6_LEN = 16 };

/* Octets of a gateway of a known kind, or SIZE_MAX. */
static size_t
gateway_octets(unsigned kind, const uint8_t *octets, size_t left)
{
	static const size_t lens[] = {
	    [GATEWAY_NONE] = 0, [GATEWAY_IPV4] = IPV4_LEN, [GATEWAY_IPV6] = IPV6_LEN};
	if (kind < ARRAY_LEN(lens))
		return lens[kind] <= left ? lens[kind] : SIZE_MAX;
	size_t len = dname_wire_len(octets, left);
	return len != 0 ? len : SIZE_MAX;
}

/* The current token as a gateway of a known kind. */
static bool
read_gateway_of(struct rdata_reading *reading, uint32_t kind)
{
	const struct rdata_token *token = rdata_current(reading);
	uint8_t address[16];
	switch (kind) {
	case GATEWAY_NONE:
		return (token->len == 1 && token->text[0] == '.') ||
		       rdata_fail(reading, "no gateway is written as a dot");
	case GATEWAY_IPV4:
		return rdata_read_address(reading, AF_INET, address) &&
		       rdata_append(reading, address, IPV4_LEN);
	case GATEWAY_IPV6:
		return rdata_read_address(reading, AF_INET6, address) &&
		       rdata_append(reading, address, IPV6_LEN);
	default:
		return rdata_read_name(reading);
	}
}

static void
print_gateway_of(struct rdata_text *text, unsigned kind, const uint8_t *octets)
{
	rdata_text_append(text, " ", 1);
	if (kind == GATEWAY_NONE)
		rdata_text_append(text, ".", 1);
	else if (kind == GATEWAY_NAME)
		rdata_text_name(text, octets);
	else
		rdata_text_address(text, kind == GATEWAY_IPV4 ? AF_INET : AF_INET6, octets);
}

/* IPSECKEY behind its precedence: kind, algorithm, gateway. */

enum { GATEWAY_HEAD_LEN = 2 };

static bool
is_known_kind(unsigned kind)
{
	return kind < GATEWAY_KNOWN_COUNT;
}

/* A gateway of a kind to come cannot be told from the key behind it: it takes all. */
static size_t
gateway_len(const struct rdata_codec *codec, const uint8_t *octets, size_t left)
{
	if (left < GATEWAY_HEAD_LEN)
		return SIZE_MAX;
	if (!is_known_kind(octets[0]))
		return left;
	size_t len = gateway_octets(octets[0], octets + GATEWAY_HEAD_LEN, left - GATEWAY_HEAD_LEN);
	if (len == SIZE_MAX)
		return SIZE_MAX;
	/* Algorithm 0 says that there is no key (RFC 4025 2.4); any other, that there is. */
	bool has_key = left > GATEWAY_HEAD_LEN + len;
	return has_key || octets[1] == 0 ? GATEWAY_HEAD_LEN + len : SIZE_MAX;
}

static bool
read_gateway(const struct rdata_codec *codec, struct rdata_reading *reading)
{
	uint32_t kind;
	uint32_t algorithm;
	if (!rdata_read_number(reading, UINT8_MAX, &kind))
		return false;
	if (!is_known_kind(kind))
		return rdata_fail(reading, "a gateway's type is 0 to 3");
	if (!rdata_next(reading, "algorithm missing") ||
	    !rdata_read_number(reading, UINT8_MAX, &algorithm))
		return false;
	uint8_t head[GATEWAY_HEAD_LEN] = {(uint8_t)kind, (uint8_t)algorithm};
	if (!rdata_append(reading, head, sizeof(head)) || !rdata_next(reading, "gateway missing") ||
	    !read_gateway_of(reading, kind))
		return false;
	if (algorithm == 0 || !rdata_is_last(reading))
		return true;
	reading->token_idx++;
	return rdata_fail(reading, "base 64 missing");
}

static bool
print_gateway(const struct rdata_codec *codec, struct rdata_text *text, const uint8_t *octets,
	      size_t len)
{
	if (!is_known_kind(octets[0]))
		return false;
	rdata_text_printf(text, "%u %u", octets[0], octets[1]);
	print_gateway_of(text, octets[0], octets + GATEWAY_HEAD_LEN);
	return true;
}

static size_t
gateway_name_off(const uint8_t *octets, size_t len, size_t from)
{
	return octets[0] == GATEWAY_NAME && from <= GATEWAY_HEAD_LEN ? GATEWAY_HEAD_LEN : SIZE_MAX;
}

const struct rdata_codec rdata_codec_gateway = {.len = gateway_len,
						.read = read_gateway,
						.print = print_gateway,
						.name_off = gateway_name_off,
						.missing = "gateway type missing"};

/* AMTRELAY behind its precedence: the discovery bit and the kind in one octet, the relay. */

enum { RELAY_DISCOVERY = 0x80, RELAY_HEAD_LEN = 1 };

static unsigned
relay_kind(uint8_t head)
{
	return head & (RELAY_DISCOVERY - 1);
}

static size_t
relay_len(const struct rdata_codec *codec, const uint8_t *octets, size_t left)
{
	if (left < RELAY_HEAD_LEN)
		return SIZE_MAX;
	unsigned kind = relay_kind(octets[0]);
	if (!is_known_kind(kind))
		return left;
	size_t len = gateway_octets(kind, octets + RELAY_HEAD_LEN, left - RELAY_HEAD_LEN);
	return len != SIZE_MAX ? RELAY_HEAD_LEN + len : SIZE_MAX;
}

static bool
read_relay(const struct rdata_codec *codec, struct rdata_reading *reading)
{
	uint32_t is_discovery;
	uint32_t kind;
	if (!rdata_read_number(reading, 1, &is_discovery) ||
	    !rdata_next(reading, "relay type missing") ||
	    !rdata_read_number(reading, UINT8_MAX, &kind))
		return false;
	if (!is_known_kind(kind))
		return rdata_fail(reading, "a relay's type is 0 to 3");
	uint8_t head = (uint8_t)(kind | (is_discovery != 0 ? RELAY_DISCOVERY : 0));
	return rdata_append(reading, &head, 1) && rdata_next(reading, "relay missing") &&
	       read_gateway_of(reading, kind);
}

static bool
print_relay(const struct rdata_codec *codec, struct rdata_text *text, const uint8_t *octets,
	    size_t len)
{
	unsigned kind = relay_kind(octets[0]);
	if (!is_known_kind(kind))
		return false;
	rdata_text_printf(text, "%u %u", (octets[0] & RELAY_DISCOVERY) != 0, kind);
	print_gateway_of(text, kind, octets + RELAY_HEAD_LEN);
	return true;
}

static size_t
relay_name_off(const uint8_t *octets, size_t len, size_t from)
{
	bool has_name = relay_kind(octets[0]) == GATEWAY_NAME;
	return has_name && from <= RELAY_HEAD_LEN ? RELAY_HEAD_LEN : SIZE_MAX;
}

const struct rdata_codec rdata_codec_relay = {.len = relay_len,
					      .read = read_relay,
					      .print = print_relay,
					      .name_off = relay_name_off,
					      .missing = "discovery bit missing"};

/* HIP: lengths of identity tag and key around the key's algorithm, then both. Presented as
 * algorithm, tag in hexadecimal, key in base 64. Rendezvous servers are a field of their own. */

enum { HIP_HEAD_LEN = 4 };

static size_t
hip_len(const struct rdata_codec *codec, const uint8_t *octets, size_t left)
{
	if (left < HIP_HEAD_LEN || octets[0] == 0 || be16_read(octets + 2) == 0)
		return SIZE_MAX;
	size_t len = (size_t)HIP_HEAD_LEN + octets[0] + be16_read(octets + 2);
	return len <= left ? len : SIZE_MAX;
}

static bool
read_hip_tag(struct rdata_reading *reading, size_t head_off)
{
	size_t before = reading->len;
	if (!rdata_next(reading, "hexadecimal digits missing"))
		return false;
	const struct rdata_token *token = rdata_current(reading);
	if (!rdata_read_hex_text(reading, token->text, token->len, false))
		return false;
	size_t len = reading->len - before;
	if (len == 0 || len > UINT8_MAX)
		return rdata_fail(reading, "an identity tag has 1 to 255 octets");
	reading->out[head_off] = (uint8_t)len;
	return true;
}

static bool
read_hip(const struct rdata_codec *codec, struct rdata_reading *reading)
{
	size_t head_off = reading->len;
	uint32_t algorithm;
	if (!rdata_read_number(reading, UINT8_MAX, &algorithm))
		return false;
	uint8_t head[HIP_HEAD_LEN] = {0, (uint8_t)algorithm};
	if (!rdata_append(reading, head, sizeof(head)) || !read_hip_tag(reading, head_off))
		return false;
	size_t before = reading->len;
	if (!rdata_next(reading, "base 64 missing") || !rdata_read_base64(reading, false))
		return false;
	/* No more than RDATA holds, so it fits. */
	be16_write(reading->out + head_off + 2, (uint16_t)(reading->len - before));
	return true;
}

static bool
print_hip(const struct rdata_codec *codec, struct rdata_text *text, const uint8_t *octets,
	  size_t len)
{
	const uint8_t *tag = octets + HIP_HEAD_LEN;
	rdata_text_printf(text, "%u ", octets[1]);
	rdata_text_hex(text, tag, octets[0]);
	rdata_text_append(text, " ", 1);
	rdata_text_base64(text, tag + octets[0], be16_read(octets + 2));
	return true;
}

const struct rdata_codec rdata_codec_hip = {
    .len = hip_len, .read = read_hip, .print = print_hip, .missing = "algorithm missing"};
