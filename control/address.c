#include "control/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>

enum { PREFIX_LEN_MAX_IPV4 = 32, PREFIX_LEN_MAX_IPV6 = 128 };

/* Decimal digits only: no sign, no space, no leading zero. */
static bool
read_decimal(const char *text, unsigned long max, unsigned long *out)
{
	size_t len = strlen(text);
	if (len == 0 || len > 5 || strspn(text, "0123456789") != len)
		return false;
	if (text[0] == '0' && len > 1)
		return false;
	unsigned long value = strtoul(text, NULL, 10);
	if (value > max)
		return false;
	*out = value;
	return true;
}

static const char *
read_bare(const char *text, size_t len, struct address *out)
{
	char copy[ADDRESS_TEXT_MAX];
	if (len >= sizeof(copy))
		return "not an IPv4 or IPv6 address";
	memcpy(copy, text, len);
	copy[len] = '\0';
	memset(out, 0, sizeof(*out));
	if (inet_pton(AF_INET, copy, out->octets) == 1) {
		out->prefix_len = PREFIX_LEN_MAX_IPV4;
		return NULL;
	}
	if (inet_pton(AF_INET6, copy, out->octets) != 1)
		return "not an IPv4 or IPv6 address";
	out->is_ipv6 = true;
	out->prefix_len = PREFIX_LEN_MAX_IPV6;
	return NULL;
}

const char *
address_read(const char *text, bool has_prefix, struct address *out)
{
	const char *slash = strchr(text, '/');
	if (slash == NULL)
		return read_bare(text, strlen(text), out);
	if (!has_prefix)
		return "an address without prefix length is asked for here";
	struct address address;
	const char *reason = read_bare(text, (size_t)(slash - text), &address);
	if (reason != NULL)
		return reason;
	unsigned long prefix_len;
	if (!read_decimal(slash + 1, address.prefix_len, &prefix_len) || prefix_len == 0)
		return address.is_ipv6 ? "the prefix length is not in 1 to 128"
				       : "the prefix length is not in 1 to 32";
	address.prefix_len = (uint8_t)prefix_len;
	*out = address;
	return NULL;
}

const char *
address_read_with_port(const char *text, uint16_t default_port, struct address *out, uint16_t *port)
{
	const char *at = strchr(text, '@');
	unsigned long value = default_port;
	if (at != NULL && (!read_decimal(at + 1, UINT16_MAX, &value) || value == 0))
		return "the port after \"@\" is not in 1 to 65535";
	const char *reason = read_bare(text, at != NULL ? (size_t)(at - text) : strlen(text), out);
	if (reason != NULL)
		return reason;
	*port = (uint16_t)value;
	return NULL;
}

bool
address_is_unspecified(const struct address *address)
{
	static const uint8_t zeros[sizeof(address->octets)];
	return memcmp(address->octets, zeros, address->is_ipv6 ? 16 : 4) == 0;
}

bool
address_is_unicast(const struct address *address)
{
	if (address->is_ipv6)
		return !address_is_unspecified(address) && address->octets[0] != 0xff;
	/* RFC 1122 3.2.1.3: 0.0.0.0/8 is "this network"; 224.0.0.0/4 is multicast, and above it
	   lies what never was assigned, and broadcast. */
	return address->octets[0] != 0 && address->octets[0] < 224;
}

bool
address_equal(const struct address *a, const struct address *b)
{
	return a->is_ipv6 == b->is_ipv6 && memcmp(a->octets, b->octets, a->is_ipv6 ? 16 : 4) == 0;
}

const char *
address_print(const struct address *address, uint16_t port, char out[ADDRESS_TEXT_MAX])
{
	inet_ntop(address->is_ipv6 ? AF_INET6 : AF_INET, address->octets, out, ADDRESS_TEXT_MAX);
	size_t len = strlen(out);
	if (port != 0)
		snprintf(out + len, ADDRESS_TEXT_MAX - len, "@%u", port);
	return out;
}

void
arrival_set_client(struct arrival *arrival, const struct sockaddr_storage *client)
{
	arrival->is_ipv6 = client->ss_family == AF_INET6;
	if (arrival->is_ipv6)
		arrival->client =
		    (const uint8_t *)&((const struct sockaddr_in6 *)client)->sin6_addr;
	else
		arrival->client = (const uint8_t *)&((const struct sockaddr_in *)client)->sin_addr;
}

socklen_t
address_to_socket(const struct address *address, uint16_t port, struct sockaddr_storage *out)
{
	memset(out, 0, sizeof(*out));
	if (address->is_ipv6) {
		struct sockaddr_in6 *ipv6 = (struct sockaddr_in6 *)out;
		ipv6->sin6_family = AF_INET6;
		ipv6->sin6_port = htons(port);
		memcpy(&ipv6->sin6_addr, address->octets, 16);
		return sizeof(*ipv6);
	}
	struct sockaddr_in *ipv4 = (struct sockaddr_in *)out;
	ipv4->sin_family = AF_INET;
	ipv4->sin_port = htons(port);
	memcpy(&ipv4->sin_addr, address->octets, 4);
	return sizeof(*ipv4);
}
