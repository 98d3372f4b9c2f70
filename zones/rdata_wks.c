/* rdata_wks.c -- WKS: the well-known services of a host (a codec, see rdata_codec.h; RFC 1035
 * 3.4.2).
 *
 * Mnemonics are those of RFC 1010, which RFC 1035 refers to, and what the same ports are called
 * today. The table is ours, not the system's /etc/services: what a zone file says must not depend
 * on the host that reads it. Ports print as numbers. */
#include "zones/rdata_codec.h"

enum {
	PROTOCOL_TCP = 6,
	PROTOCOL_UDP = 17,
	PORT_COUNT = 65536,
	BITMAP_LEN_MAX = PORT_COUNT / 8,
};

static const struct rdata_mnemonic protocols[] = {
    {"ICMP", 1},
    {"IGMP", 2},
    {"GGP", 3},
    {"ST", 5},
    {"TCP", PROTOCOL_TCP},
    {"UCL", 7},
    {"EGP", 8},
    {"IGP", 9},
    {"NVP-II", 11},
    {"PUP", 12},
    {"ARGUS", 13},
    {"EMCON", 14},
    {"XNET", 15},
    {"CHAOS", 16},
    {"UDP", PROTOCOL_UDP},
    {"MUX", 18},
    {"DCN-MEAS", 19},
    {"HMP", 20},
    {"PRM", 21},
    {"XNS-IDP", 22},
    {"TRUNK-1", 23},
    {"TRUNK-2", 24},
    {"LEAF-1", 25},
    {"LEAF-2", 26},
    {"RDP", 27},
    {"IRTP", 28},
    {"ISO-TP4", 29},
    {"NETBLT", 30},
    {"MFE-NSP", 31},
    {"MERIT-INP", 32},
    {"SEP", 33},
    {"BBN-RCC-MON", 10},
    {"GRE", 47},
    {"ESP", 50},
    {"AH", 51},
    {"SCTP", 132},
    {0},
};

static const struct rdata_mnemonic services[] = {
    {"tcpmux", 1},        {"rje", 5},
    {"echo", 7},          {"discard", 9},
    {"users", 11},        {"systat", 11},
    {"daytime", 13},      {"netstat", 15},
    {"quote", 17},        {"qotd", 17},
    {"chargen", 19},      {"ftp-data", 20},
    {"ftp", 21},          {"ssh", 22},
    {"telnet", 23},       {"smtp", 25},
    {"nsw-fe", 27},       {"msg-icp", 29},
    {"msg-auth", 31},     {"dsp", 33},
    {"time", 37},         {"rlp", 39},
    {"graphics", 41},     {"name", 42},
    {"nameserver", 42},   {"nicname", 43},
    {"whois", 43},        {"mpm-flags", 44},
    {"mpm", 45},          {"mpm-snd", 46},
    {"ni-ftp", 47},       {"login", 49},
    {"tacacs", 49},       {"la-maint", 51},
    {"domain", 53},       {"isi-gl", 55},
    {"ni-mail", 61},      {"via-ftp", 63},
    {"tacacs-ds", 65},    {"bootps", 67},
    {"bootpc", 68},       {"tftp", 69},
    {"gopher", 70},       {"netrjs-1", 71},
    {"netrjs-2", 72},     {"netrjs-3", 73},
    {"netrjs-4", 74},     {"finger", 79},
    {"http", 80},         {"www", 80},
    {"hosts2-ns", 81},    {"mit-ml-dev", 83},
    {"su-mit-tg", 89},    {"link", 87},
    {"ttylink", 87},      {"kerberos", 88},
    {"mit-dov", 91},      {"dcp", 93},
    {"supdup", 95},       {"swift-rvf", 97},
    {"tacnews", 98},      {"metagram", 99},
    {"hostname", 101},    {"hostnames", 101},
    {"iso-tsap", 102},    {"x400", 103},
    {"x400-snd", 104},    {"csnet-ns", 105},
    {"rtelnet", 107},     {"pop-2", 109},
    {"pop2", 109},        {"pop-3", 110},
    {"pop3", 110},        {"sunrpc", 111},
    {"portmapper", 111},  {"auth", 113},
    {"ident", 113},       {"sftp", 115},
    {"uucp-path", 117},   {"nntp", 119},
    {"erpc", 121},        {"ntp", 123},
    {"locus-map", 125},   {"locus-con", 127},
    {"pwdgen", 129},      {"cisco-fna", 130},
    {"cisco-tna", 131},   {"cisco-sys", 132},
    {"statsrv", 133},     {"ingres-net", 134},
    {"loc-srv", 135},     {"profile", 136},
    {"netbios-ns", 137},  {"netbios-dgm", 138},
    {"netbios-ssn", 139}, {"imap", 143},
    {"imap2", 143},       {"snmp", 161},
    {"snmp-trap", 162},   {"snmptrap", 162},
    {"xdmcp", 177},       {"bgp", 179},
    {"irc", 194},         {"ldap", 389},
    {"https", 443},       {"submission", 587},
    {"ldaps", 636},       {"imaps", 993},
    {"pop3s", 995},       {0},
};

/* Names that mean another port in the other protocol. */
static const struct rdata_mnemonic services_tcp[] = {
    {"exec", 512},
    {"login", 513},
    {"shell", 514},
    {"cmd", 514},
    {"printer", 515},
    {"spooler", 515},
    {"uucp", 540},
    {"klogin", 543},
    {"kshell", 544},
    {"efs", 520},
    {0},
};
static const struct rdata_mnemonic services_udp[] = {
    {"biff", 512}, {"comsat", 512}, {"who", 513},    {"whod", 513},  {"syslog", 514},
    {"talk", 517}, {"ntalk", 518},  {"router", 520}, {"route", 520}, {0},
};

static int
service_port(uint32_t protocol, const char *text, size_t len)
{
	int port = -1;
	if (protocol == PROTOCOL_TCP)
		port = rdata_mnemonic_find(services_tcp, text, len);
	if (protocol == PROTOCOL_UDP)
		port = rdata_mnemonic_find(services_udp, text, len);
	return port >= 0 ? port : rdata_mnemonic_find(services, text, len);
}

static size_t
wks_len(const struct rdata_codec *codec, const uint8_t *octets, size_t left)
{
	return left > 0 && left - 1 <= BITMAP_LEN_MAX ? left : SIZE_MAX;
}

static bool
read_port(struct rdata_reading *reading, uint32_t protocol, uint32_t *port)
{
	const struct rdata_token *token = rdata_current(reading);
	if (token->len > 0 && token->text[0] >= '0' && token->text[0] <= '9')
		return rdata_read_number(reading, PORT_COUNT - 1, port);
	int found = service_port(protocol, token->text, token->len);
	if (found < 0)
		return rdata_fail(reading, "neither a port nor a service known by name");
	*port = (uint32_t)found;
	return true;
}

static bool
read_wks(const struct rdata_codec *codec, struct rdata_reading *reading)
{
	uint8_t bitmap[BITMAP_LEN_MAX];
	size_t used_len = 0;
	uint32_t protocol;
	if (!rdata_read_named_number(reading, protocols, UINT8_MAX, &protocol))
		return false;
	uint8_t octet = (uint8_t)protocol;
	while (!rdata_is_last(reading)) {
		uint32_t port;
		reading->token_idx++;
		if (!read_port(reading, protocol, &port))
			return false;
		if (port / 8 >= used_len) {
			memset(bitmap + used_len, 0, port / 8 + 1 - used_len);
			used_len = port / 8 + 1;
		}
		bitmap[port / 8] = (uint8_t)(bitmap[port / 8] | 0x80 >> port % 8);
	}
	return rdata_append(reading, &octet, 1) && rdata_append(reading, bitmap, used_len);
}

static bool
print_wks(const struct rdata_codec *codec, struct rdata_text *text, const uint8_t *octets,
	  size_t len)
{
	/* Ports would not tell of zeros at the end. */
	if (len > 1 && octets[len - 1] == 0)
		return false;
	rdata_text_printf(text, "%u", octets[0]);
	for (unsigned port = 0; port < 8 * (len - 1); port++) {
		if ((octets[1 + port / 8] & 0x80 >> port % 8) != 0)
			rdata_text_printf(text, " %u", port);
	}
	return true;
}

const struct rdata_codec rdata_codec_wks = {
    .len = wks_len, .read = read_wks, .print = print_wks, .missing = "protocol missing"};
