#include "dataplane/tap.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* One request to the kernel: header, fixed part, attributes. */
struct request {
	struct nlmsghdr header;
	uint8_t body[256];
};

static void
request_init(struct request *request, uint16_t type, uint16_t flags, const void *fixed,
	     size_t fixed_len)
{
	memset(request, 0, sizeof(*request));
	request->header.nlmsg_type = type;
	request->header.nlmsg_flags = (uint16_t)(NLM_F_REQUEST | NLM_F_ACK | flags);
	request->header.nlmsg_len = (uint32_t)NLMSG_LENGTH(fixed_len);
	memcpy(NLMSG_DATA(&request->header), fixed, fixed_len);
}

/* The callers add a handful of small attributes: they fit. */
static void
request_add(struct request *request, uint16_t type, const void *data, size_t len)
{
	size_t off = NLMSG_ALIGN(request->header.nlmsg_len);
	struct rtattr attribute = {.rta_len = (uint16_t)RTA_LENGTH(len), .rta_type = type};
	uint8_t *octets = (uint8_t *)request + off;

	memcpy(octets, &attribute, sizeof(attribute));
	memcpy(octets + RTA_LENGTH(0), data, len);
	request->header.nlmsg_len = (uint32_t)(off + RTA_ALIGN(RTA_LENGTH(len)));
}

/* Sends, and waits for the kernel's verdict: 0, or errno. */
static int
request_send(int netlink, const struct request *request)
{
	uint8_t reply[1024];
	const struct nlmsghdr *header = (const struct nlmsghdr *)reply;

	if (send(netlink, request, request->header.nlmsg_len, 0) < 0)
		return errno;
	ssize_t len = recv(netlink, reply, sizeof(reply), 0);
	if (len < 0)
		return errno;
	if ((size_t)len < NLMSG_LENGTH(sizeof(struct nlmsgerr)) ||
	    header->nlmsg_type != NLMSG_ERROR)
		return EPROTO;
	return -((const struct nlmsgerr *)NLMSG_DATA(header))->error;
}

static int
set_link(int netlink, int ifindex, const uint8_t mac[6], uint32_t mtu)
{
	struct ifinfomsg link = {
	    .ifi_family = AF_UNSPEC,
	    .ifi_index = ifindex,
	    .ifi_flags = IFF_UP,
	    .ifi_change = IFF_UP,
	};
	struct request request;

	request_init(&request, RTM_NEWLINK, 0, &link, sizeof(link));
	request_add(&request, IFLA_ADDRESS, mac, 6);
	request_add(&request, IFLA_MTU, &mtu, sizeof(mtu));
	return request_send(netlink, &request);
}

static int
add_address(int netlink, int ifindex, const struct address *address)
{
	size_t len = address->is_ipv6 ? 16 : 4;
	uint8_t host_prefix_len = address->is_ipv6 ? 128 : 32;
	struct ifaddrmsg fixed = {
	    .ifa_family = address->is_ipv6 ? AF_INET6 : AF_INET,
	    .ifa_prefixlen = address->prefix_len != 0 ? address->prefix_len : host_prefix_len,
	    .ifa_scope = RT_SCOPE_UNIVERSE,
	    .ifa_index = (uint32_t)ifindex,
	};
	/* The operator gave us this address, and the workers answer on it at once: it makes no
	 * sense to ask the link for a second whether somebody else has it (RFC 4862 5.4 lets an
	 * interface be configured not to). */
	uint32_t flags = address->is_ipv6 ? IFA_F_NODAD : 0;
	struct request request;

	request_init(&request, RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE, &fixed, sizeof(fixed));
	request_add(&request, IFA_LOCAL, address->octets, len);
	request_add(&request, IFA_ADDRESS, address->octets, len);
	request_add(&request, IFA_FLAGS, &flags, sizeof(flags));
	return request_send(netlink, &request);
}

/* Containers often switch IPv6 off for interfaces to come; the configuration asks for it on this
 * one. A failure shows when the address is added. */
static void
enable_ipv6(const char *name)
{
	char path[96];

	snprintf(path, sizeof(path), "/proc/sys/net/ipv6/conf/%s/disable_ipv6", name);
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	(void)!write(fd, "0", 1);
	close(fd);
}

static enum status
configure(const char *name, const uint8_t mac[6], unsigned mtu, const struct address *addresses,
	  size_t address_count, struct error *error)
{
	int ifindex = (int)if_nametoindex(name);
	int netlink = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	bool has_ipv6 = false;

	if (netlink < 0)
		return error_set(error, STATUS_IO, "exception interface %s: netlink: %m", name);
	for (size_t i = 0; i < address_count; i++)
		has_ipv6 = has_ipv6 || addresses[i].is_ipv6;
	if (has_ipv6)
		enable_ipv6(name);

	enum status status = STATUS_OK;
	int refused = set_link(netlink, ifindex, mac, mtu);
	if (refused != 0)
		status = error_set(error, STATUS_IO, "exception interface %s: MAC, MTU or up: %s",
				   name, strerror(refused));
	for (size_t i = 0; i < address_count && status == STATUS_OK; i++) {
		refused = add_address(netlink, ifindex, &addresses[i]);
		if (refused != 0)
			status = error_set(error, STATUS_IO,
					   "exception interface %s: address %zu of the port: %s",
					   name, i + 1, strerror(refused));
	}
	close(netlink);
	return status;
}

enum status
tap_open(const char *name, const uint8_t mac[6], unsigned mtu, const struct address *addresses,
	 size_t address_count, int *fd, struct error *error)
{
	struct ifreq request = {.ifr_flags = IFF_TAP | IFF_NO_PI};

	if (name[0] == '\0' || strlen(name) >= sizeof(request.ifr_name))
		return error_set(error, STATUS_INVALID,
				 "exception interface \"%s\": a name has 1 to %zu octets", name,
				 sizeof(request.ifr_name) - 1);
	strcpy(request.ifr_name, name);

	int tap = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (tap < 0)
		return error_set(error, STATUS_IO, "exception interface %s: /dev/net/tun: %m",
				 name);
	enum status status = STATUS_OK;
	if (if_nametoindex(name) != 0)
		status =
		    error_set(error, STATUS_REFUSED,
			      "exception interface %s: there is an interface of that name", name);
	else if (ioctl(tap, TUNSETIFF, &request) != 0)
		status = error_set(error, STATUS_IO, "exception interface %s: %m", name);
	/* The kernel reads % in a name as a pattern. */
	else if (strcmp(request.ifr_name, name) != 0)
		status = error_set(error, STATUS_INVALID,
				   "exception interface %s: not a name of an interface", name);
	else
		status = configure(name, mac, mtu, addresses, address_count, error);
	if (status != STATUS_OK) {
		close(tap);
		return status;
	}
	*fd = tap;
	return STATUS_OK;
}
