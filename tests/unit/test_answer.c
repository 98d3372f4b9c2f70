/* test_answer.c -- whole answers, written down: contents by kind of question, sizes and what gives
 * way where they do not suffice, long chains, large messages. */
#include "tests/unit/engine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "zones/dname.h"
#include "zones/rrtype.h"

#define X50 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define CHILD_SOA \
	"au child.example.com. 60 SOA ns1.child.example.com. h.child.example.com. 1 2 3 4 60\n"
#define SOA \
	"au example.com. 300 SOA ns1.example.com. hostmaster.example.com. 1 3600 900 1209600 " \
	"300\n"

static const char zone_text[] = "$TTL 3600\n"
				"@ 7200 SOA ns1 hostmaster 1 3600 900 1209600 300\n"
				"@ NS ns1\n"
				"@ NS ns2\n"
				"@ NS ns.other.net.\n"
				"@ MX 10 mail\n"
				"@ A 192.0.2.80\n"
				"ns1 A 192.0.2.1\n"
				"ns1 AAAA 2001:db8::1\n"
				"ns2 A 192.0.2.2\n"
				"mail A 192.0.2.25\n"
				"www 300 A 192.0.2.81\n"
				"www AAAA 2001:db8::81\n"
				"_sip._udp SRV 1 2 5060 www\n"
				"mx2 MX 10 alias\n"
				"mx3 MX 10 host.sub\n"
				"mx4 MX 10 foo.wild\n"
				"mx5 MX 10 mail.other.net.\n"
				"mx6 MX 0 .\n"
				"signed RRSIG CAA 8 3 3600 20300101000000 20200101000000 1 "
				"example.com. AAAA\n"
				"signed CAA 0 issue \"ca\"\n"
				"alias 600 CNAME Www\n"
				"aliasnx CNAME nothere\n"
				"aliaskey CNAME mx6\n"
				"aliaskey KEY 0 3 5 AQID\n"
				"aliasnodata CNAME _sip._udp\n"
				"aliasout CNAME www.example.net.\n"
				"chain1 CNAME chain2\n"
				"chain2 CNAME alias\n"
				"aliascut CNAME host.sub\n"
				"loop1 CNAME loop2\n"
				"loop2 CNAME loop1\n"
				"selfloop CNAME selfloop\n"
				"sub NS ns.sub\n"
				"sub NS ns.sub2\n"
				"sub NS ns.other.net.\n"
				"ns.sub A 192.0.2.101\n"
				"ns.sub2 A 192.0.2.102\n"
				"sub2 NS ns.sub2\n"
				"sub4 NS www\n"
				"subds NS ns1\n"
				"subds DS 1 8 200 ABCD\n"
				"child NS ns1.child\n"
				"ns1.child A 192.0.2.103\n"
				"child DS 2 8 200 ABCD\n"
				"gone NS ns1\n"
				"*.wild A 192.0.2.90\n"
				"*.wildc CNAME alias\n"
				"b.wild TXT no-A\n"
				"x.y.wild A 192.0.2.91\n"
				"c.ent A 192.0.2.93\n"
				"dn 900 DNAME target\n"
				"dn TXT at-dname\n"
				"dnout 900 DNAME example.net.\n"
				"a.target A 192.0.2.94\n"
				"aliasdn CNAME a.dn\n"
				"longdn DNAME " X50 "." X50 "." X50 "." X50 "\n"
				"*.wsub NS ns1\n"
				"tochild CNAME www.child\n"
				"tochildnx CNAME nothere.child\n"
				"tochildcut CNAME a.cut.child\n"
				"tochildloop CNAME loop.child\n"
				"tochilddn CNAME a.dn.child\n"
				"togone CNAME www.gone\n"
				"toapex CNAME child\n"
				"toother CNAME a.other.test.\n"
				"svc SVCB 0 www\n"
				"svc SVCB 1 www\n"
				"svc1 SVCB 0 svc2\n"
				"svc2 SVCB 0 svc2\n"
				"*.wsvc SVCB 0 a.wsvc\n";

static struct engine engine;
static uint8_t message[MESSAGE_LEN_MAX + ENGINE_CANARY_LEN];
static struct decoded decoded;

static const struct engine_text zones[] = {
    {"example.com.", zone_text},
    {"child.example.com.", "$TTL 60\n@ SOA ns1 h 1 2 3 4 60\n@ NS ns1\nns1 A 192.0.2.103\n"
			   "www MX 5 ns1\ncut NS ns.cut\nns.cut A 192.0.2.104\n"
			   "loop CNAME tochildloop.example.com.\ndn DNAME target.example.com.\n"},
    {"other.test.", "$TTL 50\n@ SOA ns1 h 1 2 3 4 50\n@ NS ns1\na CNAME mail.example.com.\n"},
    {"gone.example.com.", NULL},
};

static int
setup(void **state)
{
	engine_serve(&engine, zones, ARRAY_LEN(zones));
	return 0;
}

static int
teardown(void **state)
{
	decoded_fini(&decoded);
	engine_fini(&engine);
	return 0;
}

static size_t
ask_engine(const struct engine *asked, const char *name, uint16_t qtype, enum transport transport,
	   int udp_payload, size_t cap)
{
	uint8_t qname[DNAME_LEN_MAX];
	name_read(name, qname);
	struct question question = {.qname = qname, .qtype = qtype, .udp_payload = udp_payload};
	size_t len = question_put(&question, message);
	len = engine_ask(asked, transport, message, len, cap, NULL);
	if (!dns_decode(&decoded, message, len))
		fail_msg("%s %u: %s", name, qtype, decoded.fault);
	return len;
}

struct expectation {
	const char *question; /* NAME TYPE */
	const char *answer;   /* as decoded_print() has it */
};

static int
line_compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The lines of a text in an order of their own: sections are sets. The caller frees. */
static char *
text_sorted(const char *text)
{
	char *copy = strdup(text);
	char *sorted = calloc(1, strlen(text) + 2);
	const char *lines[64];
	size_t count = 0;
	for (char *line = strtok(copy, "\n"); line != NULL; line = strtok(NULL, "\n"))
		lines[count++] = line;
	qsort(lines, count, sizeof(lines[0]), line_compare);
	char *at = sorted;
	for (size_t i = 0; i < count; i++)
		at = stpcpy(stpcpy(at, lines[i]), "\n");
	free(copy);
	return sorted;
}

static void
check(const struct expectation *expected)
{
	char name[DNAME_TEXT_MAX];
	char type[RRTYPE_TEXT_MAX];
	char *text = NULL;
	size_t len = 0;
	assert_int_equal(sscanf(expected->question, "%1000s %15s", name, type), 2);
	ask_engine(&engine, name, (uint16_t)rrtype_read(type, strlen(type)), TRANSPORT_UDP, NO_EDNS,
		   512);
	FILE *out = open_memstream(&text, &len);
	decoded_print(&decoded, out);
	fclose(out);
	char *said = text_sorted(text);
	char *wanted = text_sorted(expected->answer);
	if (strcmp(said, wanted) != 0)
		print_error("question: %s\n", expected->question);
	assert_string_equal(said, wanted);
	free(said);
	free(wanted);
	free(text);
}

static void
check_all(const struct expectation *expected, size_t count)
{
	for (size_t i = 0; i < count; i++)
		check(&expected[i]);
}

static void
test_positive(void **state)
{
	static const struct expectation expected[] = {
	    {"www.example.com. A", "NOERROR aa\nan www.example.com. 300 A 192.0.2.81\n"},
	    {"WWW.eXample.com. AAAA", "NOERROR aa\nan www.example.com. 3600 AAAA 2001:db8::81\n"},
	    {"example.com. NS", "NOERROR aa\n"
				"an example.com. 3600 NS ns.other.net.\n"
				"an example.com. 3600 NS ns1.example.com.\n"
				"an example.com. 3600 NS ns2.example.com.\n"
				"ad ns1.example.com. 3600 A 192.0.2.1\n"
				"ad ns1.example.com. 3600 AAAA 2001:db8::1\n"
				"ad ns2.example.com. 3600 A 192.0.2.2\n"},
	    /* KB838151: the MNAME's addresses. */
	    {"example.com. SOA",
	     "NOERROR aa\n"
	     "an example.com. 7200 SOA ns1.example.com. hostmaster.example.com. 1 3600 900 1209600 "
	     "300\n"
	     "ad ns1.example.com. 3600 A 192.0.2.1\n"
	     "ad ns1.example.com. 3600 AAAA 2001:db8::1\n"},
	    {"example.com. MX", "NOERROR aa\n"
				"an example.com. 3600 MX 10 mail.example.com.\n"
				"ad mail.example.com. 3600 A 192.0.2.25\n"},
	    {"_sip._udp.example.com. SRV", "NOERROR aa\n"
					   "an _sip._udp.example.com. 3600 SRV 1 2 5060 "
					   "www.example.com.\n"
					   "ad www.example.com. 300 A 192.0.2.81\n"
					   "ad www.example.com. 3600 AAAA 2001:db8::81\n"},
	    /* An alias, a name below a cut, a wildcard's, another zone's, none. */
	    {"mx2.example.com. MX",
	     "NOERROR aa\nan mx2.example.com. 3600 MX 10 alias.example.com.\n"},
	    {"mx3.example.com. MX",
	     "NOERROR aa\nan mx3.example.com. 3600 MX 10 host.sub.example.com.\n"},
	    {"mx4.example.com. MX", "NOERROR aa\n"
				    "an mx4.example.com. 3600 MX 10 foo.wild.example.com.\n"
				    "ad foo.wild.example.com. 3600 A 192.0.2.90\n"},
	    {"mx5.example.com. MX", "NOERROR aa\nan mx5.example.com. 3600 MX 10 mail.other.net.\n"},
	    {"mx6.example.com. MX", "NOERROR aa\nan mx6.example.com. 3600 MX 0 .\n"},
	    /* RFC 8482 4.1: one RRset, that of the lowest type. */
	    {"www.example.com. ANY", "NOERROR aa\nan www.example.com. 300 A 192.0.2.81\n"},
	    {"example.com. ANY", "NOERROR aa\nan example.com. 3600 A 192.0.2.80\n"},
	    {"signed.example.com. ANY",
	     "NOERROR aa\nan signed.example.com. 3600 CAA 0 issue \"ca\"\n"},
	};
	check_all(expected, ARRAY_LEN(expected));
}

/* RFC 2181 5: an RRset is a set, said once, and equal ones of two owners are two. */
static void
test_additional_services(void **state)
{
	static const struct expectation expected[] = {
	    {"svc.example.com. SVCB", "NOERROR aa\n"
				      "an svc.example.com. 3600 SVCB 0 www.example.com.\n"
				      "an svc.example.com. 3600 SVCB 1 www.example.com.\n"
				      "ad www.example.com. 300 A 192.0.2.81\n"
				      "ad www.example.com. 3600 AAAA 2001:db8::81\n"},
	    {"svc1.example.com. SVCB", "NOERROR aa\n"
				       "an svc1.example.com. 3600 SVCB 0 svc2.example.com.\n"
				       "ad svc2.example.com. 3600 SVCB 0 svc2.example.com.\n"},
	    {"svc2.example.com. SVCB",
	     "NOERROR aa\nan svc2.example.com. 3600 SVCB 0 svc2.example.com.\n"},
	    {"A.wsvc.example.com. SVCB",
	     "NOERROR aa\nan a.wsvc.example.com. 3600 SVCB 0 a.wsvc.example.com.\n"},
	    {"b.wsvc.example.com. SVCB",
	     "NOERROR aa\n"
	     "an b.wsvc.example.com. 3600 SVCB 0 a.wsvc.example.com.\n"
	     "ad a.wsvc.example.com. 3600 SVCB 0 a.wsvc.example.com.\n"},
	};
	check_all(expected, ARRAY_LEN(expected));
}

static void
test_negative(void **state)
{
	static const struct expectation expected[] = {
	    {"www.example.com. TXT", "NOERROR aa\n" SOA},
	    {"www.example.com. RRSIG", "NOERROR aa\n" SOA},
	    {"www.example.com. TYPE0", "NOERROR aa\n" SOA},
	    {"www.example.com. TYPE65535", "NOERROR aa\n" SOA},
	    {"www.example.com. OPT", "NOERROR aa\n" SOA},
	    {"nothere.example.com. A", "NXDOMAIN aa\n" SOA},
	    {"a.www.example.com. A", "NXDOMAIN aa\n" SOA},
	    {"a.b.c.d.example.com. ANY", "NXDOMAIN aa\n" SOA},
	    /* Empty non-terminals (RFC 4592 2.2.2, RFC 8020). */
	    {"ent.example.com. A", "NOERROR aa\n" SOA},
	    {"ent.example.com. ANY", "NOERROR aa\n" SOA},
	    {"_udp.example.com. A", "NOERROR aa\n" SOA},
	    {"a.ent.example.com. A", "NXDOMAIN aa\n" SOA},
	    {"example.com. DS", "NOERROR aa\n" SOA},
	    {"example.org. A", "REFUSED\n"},
	    {"com. NS", "REFUSED\n"},
	    {". NS", "REFUSED\n"},
	    {"xample.com. A", "REFUSED\n"},
	    {"gone.example.com. A", "SERVFAIL\n"},
	    {"a.gone.example.com. A", "SERVFAIL\n"},
	};
	check_all(expected, ARRAY_LEN(expected));
}

#define WILDCARD_CUT \
	"au *.wsub.example.com. 3600 NS ns1.example.com.\n" \
	"ad ns1.example.com. 3600 A 192.0.2.1\n" \
	"ad ns1.example.com. 3600 AAAA 2001:db8::1\n"

static void
test_wildcards(void **state)
{
	static const struct expectation expected[] = {
	    {"a.wild.example.com. A", "NOERROR aa\nan a.wild.example.com. 3600 A 192.0.2.90\n"},
	    {"a.b.c.wild.example.com. A",
	     "NOERROR aa\nan a.b.c.wild.example.com. 3600 A 192.0.2.90\n"},
	    {"a.wild.example.com. TXT", "NOERROR aa\n" SOA},
	    {"*.wild.example.com. A", "NOERROR aa\nan *.wild.example.com. 3600 A 192.0.2.90\n"},
	    {"a.*.wild.example.com. A", "NXDOMAIN aa\n" SOA},
	    {"wild.example.com. A", "NOERROR aa\n" SOA},
	    {"b.wild.example.com. A", "NOERROR aa\n" SOA},
	    {"x.b.wild.example.com. A", "NXDOMAIN aa\n" SOA},
	    {"y.wild.example.com. A", "NOERROR aa\n" SOA},
	    {"z.y.wild.example.com. A", "NXDOMAIN aa\n" SOA},
	    {"a.wildc.example.com. A", "NOERROR aa\n"
				       "an a.wildc.example.com. 3600 CNAME alias.example.com.\n"
				       "an alias.example.com. 600 CNAME www.example.com.\n"
				       "an www.example.com. 300 A 192.0.2.81\n"},
	    {"a.wildc.example.com. CNAME",
	     "NOERROR aa\nan a.wildc.example.com. 3600 CNAME alias.example.com.\n"},
	    /* RFC 4592 4.2 leaves it open; as NSD: "*" is delegated, what is synthesized is not. */
	    {"a.wsub.example.com. A", "NOERROR aa\n" SOA},
	    {"a.wsub.example.com. NS", "NOERROR aa\n"
				       "an a.wsub.example.com. 3600 NS ns1.example.com.\n"
				       "ad ns1.example.com. 3600 A 192.0.2.1\n"
				       "ad ns1.example.com. 3600 AAAA 2001:db8::1\n"},
	    {"*.wsub.example.com. A", "NOERROR\n" WILDCARD_CUT},
	    {"b.*.wsub.example.com. A", "NOERROR\n" WILDCARD_CUT},
	};
	check_all(expected, ARRAY_LEN(expected));
}

#define REFERRAL \
	"NOERROR\n" \
	"au sub.example.com. 3600 NS ns.other.net.\n" \
	"au sub.example.com. 3600 NS ns.sub.example.com.\n" \
	"au sub.example.com. 3600 NS ns.sub2.example.com.\n" \
	"ad ns.sub.example.com. 3600 A 192.0.2.101\n" \
	"ad ns.sub2.example.com. 3600 A 192.0.2.102\n"

static void
test_referrals(void **state)
{
	static const struct expectation expected[] = {
	    {"sub.example.com. NS", REFERRAL},
	    {"sub.example.com. SOA", REFERRAL},
	    {"sub.example.com. ANY", REFERRAL},
	    {"sub.example.com. CNAME", REFERRAL},
	    {"ns.sub.example.com. A", REFERRAL},
	    {"a.b.c.sub.example.com. A", REFERRAL},
	    {"a.sub.example.com. DS", REFERRAL},
	    {"sub.example.com. DS", "NOERROR aa\n" SOA},
	    {"subds.example.com. DS", "NOERROR aa\nan subds.example.com. 3600 DS 1 8 200 ABCD\n"},
	    {"sub4.example.com. A", "NOERROR\n"
				    "au sub4.example.com. 3600 NS www.example.com.\n"
				    "ad www.example.com. 300 A 192.0.2.81\n"
				    "ad www.example.com. 3600 AAAA 2001:db8::81\n"},
	    /* A child that is served here too: its own answers, but the parent's DS (RFC 4035
	       3.1.4.1). */
	    {"child.example.com. DS", "NOERROR aa\nan child.example.com. 3600 DS 2 8 200 ABCD\n"},
	    {"a.child.example.com. DS", "NXDOMAIN aa\n" CHILD_SOA},
	    {"child.example.com. TXT", "NOERROR aa\n" CHILD_SOA},
	    {"gone.example.com. DS", "NOERROR aa\n" SOA},
	};
	check_all(expected, ARRAY_LEN(expected));
}

static void
test_aliases(void **state)
{
	static const struct expectation expected[] = {
	    {"alias.example.com. A", "NOERROR aa\n"
				     "an alias.example.com. 600 CNAME www.example.com.\n"
				     "an www.example.com. 300 A 192.0.2.81\n"},
	    {"alias.example.com. CNAME",
	     "NOERROR aa\nan alias.example.com. 600 CNAME www.example.com.\n"},
	    {"alias.example.com. ANY",
	     "NOERROR aa\nan alias.example.com. 600 CNAME www.example.com.\n"},
	    {"a.alias.example.com. A", "NXDOMAIN aa\n" SOA},
	    {"chain1.example.com. AAAA", "NOERROR aa\n"
					 "an alias.example.com. 600 CNAME www.example.com.\n"
					 "an chain1.example.com. 3600 CNAME chain2.example.com.\n"
					 "an chain2.example.com. 3600 CNAME alias.example.com.\n"
					 "an www.example.com. 3600 AAAA 2001:db8::81\n"},
	    /* RFC 2181 10.1: asked of the alias itself, where it has them. */
	    {"aliaskey.example.com. KEY",
	     "NOERROR aa\nan aliaskey.example.com. 3600 KEY 0 3 5 AQID\n"},
	    {"aliaskey.example.com. SIG",
	     "NOERROR aa\nan aliaskey.example.com. 3600 CNAME mx6.example.com.\n" SOA},
	    {"aliasnx.example.com. A",
	     "NXDOMAIN aa\nan aliasnx.example.com. 3600 CNAME nothere.example.com.\n" SOA},
	    {"aliasnodata.example.com. A",
	     "NOERROR aa\nan aliasnodata.example.com. 3600 CNAME _sip._udp.example.com.\n" SOA},
	    {"aliasout.example.com. A",
	     "NOERROR aa\nan aliasout.example.com. 3600 CNAME www.example.net.\n"},
	    {"aliascut.example.com. A",
	     "NOERROR aa\n"
	     "an aliascut.example.com. 3600 CNAME host.sub.example.com.\n"
	     "au sub.example.com. 3600 NS ns.other.net.\n"
	     "au sub.example.com. 3600 NS ns.sub.example.com.\n"
	     "au sub.example.com. 3600 NS ns.sub2.example.com.\n"
	     "ad ns.sub.example.com. 3600 A 192.0.2.101\n"
	     "ad ns.sub2.example.com. 3600 A 192.0.2.102\n"},
	    {"loop1.example.com. A", "NOERROR aa\n"
				     "an loop1.example.com. 3600 CNAME loop2.example.com.\n"
				     "an loop2.example.com. 3600 CNAME loop1.example.com.\n"},
	    {"selfloop.example.com. A",
	     "NOERROR aa\nan selfloop.example.com. 3600 CNAME selfloop.example.com.\n"},
	};
	check_all(expected, ARRAY_LEN(expected));
}

/* RFC 1034 4.3.2 step 3a: "go back to step 1", the choice of the zone. */
static void
test_aliases_across_zones(void **state)
{
	static const struct expectation expected[] = {
	    {"tochild.example.com. MX",
	     "NOERROR aa\n"
	     "an tochild.example.com. 3600 CNAME www.child.example.com.\n"
	     "an www.child.example.com. 60 MX 5 ns1.child.example.com.\n"
	     "ad ns1.child.example.com. 60 A 192.0.2.103\n"},
	    /* RFC 6604 3: the RCODE is that of the chain's end. */
	    {"tochildnx.example.com. A", "NXDOMAIN aa\nan tochildnx.example.com. 3600 CNAME "
					 "nothere.child.example.com.\n" CHILD_SOA},
	    /* RFC 1035 4.1.1: AA is about the owner that matches the QNAME. */
	    {"tochildcut.example.com. A",
	     "NOERROR aa\n"
	     "an tochildcut.example.com. 3600 CNAME a.cut.child.example.com.\n"
	     "au cut.child.example.com. 60 NS ns.cut.child.example.com.\n"
	     "ad ns.cut.child.example.com. 60 A 192.0.2.104\n"},
	    {"tochildloop.example.com. A",
	     "NOERROR aa\n"
	     "an loop.child.example.com. 60 CNAME tochildloop.example.com.\n"
	     "an tochildloop.example.com. 3600 CNAME loop.child.example.com.\n"},
	    {"tochilddn.example.com. A",
	     "NOERROR aa\n"
	     "an a.dn.child.example.com. 60 CNAME a.target.example.com.\n"
	     "an a.target.example.com. 3600 A 192.0.2.94\n"
	     "an dn.child.example.com. 60 DNAME target.example.com.\n"
	     "an tochilddn.example.com. 3600 CNAME a.dn.child.example.com.\n"},
	    {"togone.example.com. A",
	     "NOERROR aa\nan togone.example.com. 3600 CNAME www.gone.example.com.\n"},
	    {"toapex.example.com. DS", "NOERROR aa\n"
				       "an child.example.com. 3600 DS 2 8 200 ABCD\n"
				       "an toapex.example.com. 3600 CNAME child.example.com.\n"},
	    {"toother.example.com. A", "NOERROR aa\n"
				       "an a.other.test. 50 CNAME mail.example.com.\n"
				       "an mail.example.com. 3600 A 192.0.2.25\n"
				       "an toother.example.com. 3600 CNAME a.other.test.\n"},
	};
	check_all(expected, ARRAY_LEN(expected));
}

static void
test_dnames(void **state)
{
	static const struct expectation expected[] = {
	    {"a.dn.example.com. A", "NOERROR aa\n"
				    "an a.dn.example.com. 900 CNAME a.target.example.com.\n"
				    "an a.target.example.com. 3600 A 192.0.2.94\n"
				    "an dn.example.com. 900 DNAME target.example.com.\n"},
	    {"a.dn.example.com. MX", "NOERROR aa\n"
				     "an a.dn.example.com. 900 CNAME a.target.example.com.\n"
				     "an dn.example.com. 900 DNAME target.example.com.\n" SOA},
	    {"x.y.dn.example.com. A",
	     "NXDOMAIN aa\n"
	     "an dn.example.com. 900 DNAME target.example.com.\n"
	     "an x.y.dn.example.com. 900 CNAME x.y.target.example.com.\n" SOA},
	    {"a.dn.example.com. CNAME", "NOERROR aa\n"
					"an a.dn.example.com. 900 CNAME a.target.example.com.\n"
					"an dn.example.com. 900 DNAME target.example.com.\n"},
	    {"a.dn.example.com. ANY", "NOERROR aa\n"
				      "an a.dn.example.com. 900 CNAME a.target.example.com.\n"
				      "an a.target.example.com. 3600 A 192.0.2.94\n"
				      "an dn.example.com. 900 DNAME target.example.com.\n"},
	    /* At its owner the DNAME is a record like others. */
	    {"dn.example.com. TXT", "NOERROR aa\nan dn.example.com. 3600 TXT \"at-dname\"\n"},
	    {"dn.example.com. A", "NOERROR aa\n" SOA},
	    {"dn.example.com. DNAME",
	     "NOERROR aa\nan dn.example.com. 900 DNAME target.example.com.\n"},
	    {"a.dnout.example.com. A", "NOERROR aa\n"
				       "an a.dnout.example.com. 900 CNAME a.example.net.\n"
				       "an dnout.example.com. 900 DNAME example.net.\n"},
	    {"aliasdn.example.com. A", "NOERROR aa\n"
				       "an a.dn.example.com. 900 CNAME a.target.example.com.\n"
				       "an a.target.example.com. 3600 A 192.0.2.94\n"
				       "an aliasdn.example.com. 3600 CNAME a.dn.example.com.\n"
				       "an dn.example.com. 900 DNAME target.example.com.\n"},
	    /* RFC 6672 2.2: too long. 204 octets and the zone's 13 leave 38. */
	    {"abcdefghijklmnopqrstuvwxyzabcdefghijkl.longdn.example.com. A",
	     "YXDOMAIN aa\n"
	     "an longdn.example.com. 3600 DNAME " X50 "." X50 "." X50 "." X50 ".example.com.\n"},
	    {"abcdefghijklmnopqrstuvwxyzabcdefghijk.longdn.example.com. A",
	     "NXDOMAIN aa\n"
	     "an abcdefghijklmnopqrstuvwxyzabcdefghijk.longdn.example.com. 3600 CNAME "
	     "abcdefghijklmnopqrstuvwxyzabcdefghijk." X50 "." X50 "." X50 "." X50 ".example.com.\n"
	     "an longdn.example.com. 3600 DNAME " X50 "." X50 "." X50 "." X50
	     ".example.com.\n" SOA},
	};
	check_all(expected, ARRAY_LEN(expected));
}

/* Zones made for one test. */

static void
engine_make(struct engine *made, const char *origin, const char *format, unsigned count)
{
	char *text = NULL;
	size_t len = 0;
	uint8_t dname[DNAME_LEN_MAX];
	FILE *out = open_memstream(&text, &len);
	fprintf(out, "$TTL 60\n@ SOA ns1 h 1 2 3 4 60\n@ NS ns1\nns1 A 192.0.2.1\n");
	for (unsigned i = 0; i < count; i++)
		fprintf(out, format, i, i, i + 1, i + 2);
	fclose(out);
	name_read(origin, dname);
	engine_init(made);
	engine_add(made, dname, text, len);
	engine_ready(made);
	free(text);
}

static void
test_the_chain_ends_somewhere(void **state)
{
	struct engine chain;
	engine_make(&chain, "x.", "; %u\nc%u CNAME c%u\n", 40);
	ask_engine(&chain, "c0.x.", RRTYPE_A, TRANSPORT_TCP, NO_EDNS, MESSAGE_LEN_MAX);
	assert_int_equal(decoded.counts[1], CNAME_CHAIN_MAX);
	assert_int_equal(decoded.rrs.line_count, CNAME_CHAIN_MAX);
	assert_int_equal(decoded.flags, FLAG_QR | FLAG_AA);
	/* c39 to c40, which is not there: one link less is followed to its end. */
	ask_engine(&chain, "c28.x.", RRTYPE_A, TRANSPORT_TCP, NO_EDNS, MESSAGE_LEN_MAX);
	assert_int_equal(decoded.counts[1], CNAME_CHAIN_MAX - 1);
	assert_int_equal(decoded.rcode, RCODE_NXDOMAIN);
	assert_int_equal(decoded.counts[2], 1);
	engine_fini(&chain);
}

/* Answers that do not fit: TC and nothing else, no matter by how little. */
static void
test_an_answer_does_not_fit(void **state)
{
	struct engine large;
	engine_make(&large, "x.", "; %u\nbig A 192.0.2.%u\n", 60);
	size_t full_len =
	    ask_engine(&large, "big.x.", RRTYPE_A, TRANSPORT_TCP, NO_EDNS, MESSAGE_LEN_MAX);
	assert_int_equal(decoded.counts[1], 60);
	assert_int_equal(full_len, HEADER_LEN + 7 + 4 + 60 * 16);
	for (int payload = 512; payload < 1232; payload++) {
		size_t len = ask_engine(&large, "big.x.", RRTYPE_A, TRANSPORT_UDP, payload, 4096);
		if ((size_t)payload >= full_len + OPT_FIXED_LEN) {
			assert_int_equal(len, full_len + OPT_FIXED_LEN);
			assert_int_equal(decoded.flags, FLAG_QR | FLAG_AA);
			continue;
		}
		assert_int_equal(decoded.flags, FLAG_QR | FLAG_AA | FLAG_TC);
		assert_int_equal(decoded.rrs.line_count, 0);
		assert_true(decoded.has_opt && decoded.has_question);
	}
	ask_engine(&large, "big.x.", RRTYPE_A, TRANSPORT_UDP, NO_EDNS, 4096);
	assert_int_equal(decoded.flags, FLAG_QR | FLAG_AA | FLAG_TC);
	/* The room in the buffer is a limit as well. */
	for (size_t cap = 512; cap < full_len; cap += 7)
		ask_engine(&large, "big.x.", RRTYPE_A, TRANSPORT_TCP, NO_EDNS, cap);
	assert_int_equal(decoded.flags, FLAG_QR | FLAG_AA | FLAG_TC);
	ask_engine(&large, "big.x.", RRTYPE_A, TRANSPORT_UDP, 1232, full_len);
	assert_int_equal(decoded.flags, FLAG_QR | FLAG_AA | FLAG_TC);
	engine_fini(&large);
}

/* RFC 9471 3.1: all name servers; glue as far as it fits, and TC if it does not. */
static void
test_a_referral_does_not_fit(void **state)
{
	struct engine large;
	engine_make(&large, "x.",
		    "sub NS ns%u.sub\nns%u.sub A 192.0.2.%u\n"
		    "; %u\n",
		    20);
	size_t full_len =
	    ask_engine(&large, "a.sub.x.", RRTYPE_A, TRANSPORT_TCP, NO_EDNS, MESSAGE_LEN_MAX);
	assert_int_equal(decoded.flags, FLAG_QR);
	assert_int_equal(decoded.counts[3], 20);
	size_t needed_len = decoded.authority_end;
	for (size_t payload = 512; payload < 1232; payload++) {
		size_t room = payload - OPT_FIXED_LEN;
		ask_engine(&large, "a.sub.x.", RRTYPE_A, TRANSPORT_UDP, (int)payload, 4096);
		bool fits = room >= full_len;
		assert_int_equal(decoded.flags, fits ? FLAG_QR : FLAG_QR | FLAG_TC);
		assert_int_equal(decoded.counts[2], room >= needed_len ? 20 : 0);
		size_t glue_count = room < needed_len ? 0 : (room - needed_len) / 16;
		assert_int_equal(decoded.counts[3], 1 + (fits ? 20 : glue_count));
	}
	engine_fini(&large);
}

/* Addresses of mail exchangers are a courtesy: no TC (RFC 2181 9). */
static void
test_additional_records_do_not_fit(void **state)
{
	struct engine large;
	engine_make(&large, "x.",
		    "@ MX 10 m%u\nm%u A 192.0.2.%u\n"
		    "; %u\n",
		    15);
	size_t full_len = ask_engine(&large, "x.", RRTYPE_MX, TRANSPORT_TCP, NO_EDNS, 65535);
	assert_int_equal(decoded.counts[3], 15);
	assert_in_range(full_len, 513, 1232);
	size_t answer_len = decoded.authority_end;
	for (size_t payload = 512; payload < full_len + OPT_FIXED_LEN; payload++) {
		ask_engine(&large, "x.", RRTYPE_MX, TRANSPORT_UDP, (int)payload, 4096);
		assert_int_equal(decoded.flags, FLAG_QR | FLAG_AA);
		assert_int_equal(decoded.counts[1], 15);
		assert_int_equal(decoded.counts[3],
				 1 + (payload - OPT_FIXED_LEN - answer_len) / 16);
	}
	engine_fini(&large);
}

/* Past offset 0x3fff no pointer reaches: what stands there is written out, or points back to
 * before. The decoder follows all of them. */
static void
test_large_messages(void **state)
{
	static const unsigned counts[] = {100, 500, 1000, 2000, 2900, 3500};
	for (size_t i = 0; i < ARRAY_LEN(counts); i++) {
		struct engine large;
		engine_make(&large, "large.example.",
			    "@ MX 10 mx%u.some.where\n"
			    "mx%u.some.where A 192.0.2.1\n; %u %u\n",
			    counts[i]);
		size_t len = ask_engine(&large, "large.example.", RRTYPE_MX, TRANSPORT_TCP, 1232,
					MESSAGE_LEN_MAX);
		/* 27 octets a record where the suffix is within reach. */
		bool fits = counts[i] * 27 < MESSAGE_LEN_MAX;
		assert_int_equal(decoded.counts[1], fits ? counts[i] : 0);
		assert_int_equal(decoded.flags & FLAG_TC, fits ? 0 : FLAG_TC);
		assert_in_range(len, 12, MESSAGE_LEN_MAX);
		engine_fini(&large);
	}
}

/* Over 16 KiB there is no template, and no address is missing for that. */
#define SIX_ADDRESSES(name) \
	name " A 10.0.0.1\n" name " A 10.0.0.2\n" name " A 10.0.0.3\n" name " A 10.0.0.4\n" name \
	     " A 10.0.0.5\n" name " A 10.0.0.6\n"

/* RFC 9471 3.1 knows no largest number of name servers. */
static void
test_glue_of_hundreds(void **state)
{
	enum { SERVERS = 600 };
	struct engine large;
	engine_make(&large, "x.", "sub NS n%1$u.sub\nn%1$u.sub A 10.0.0.1\n", SERVERS);
	ask_engine(&large, "sub.x.", RRTYPE_A, TRANSPORT_TCP, NO_EDNS, MESSAGE_LEN_MAX);
	assert_int_equal(decoded.flags, FLAG_QR);
	assert_int_equal(decoded.counts[2], SERVERS);
	assert_int_equal(decoded.counts[3], SERVERS);
	engine_fini(&large);
}

static void
test_more_than_a_template_holds(void **state)
{
	static const struct {
		const char *format;
		uint16_t qtype;
		unsigned flags;
	} cases[] = {
	    {"sub NS n%1$u.a\n" SIX_ADDRESSES("n%1$u.a"), RRTYPE_A, FLAG_QR},
	    {"sub NS n%1$u.sub\n" SIX_ADDRESSES("n%1$u.sub"), RRTYPE_A, FLAG_QR},
	    {"sub MX 1 n%1$u.a\n" SIX_ADDRESSES("n%1$u.a"), RRTYPE_MX, FLAG_QR | FLAG_AA},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct engine large;
		engine_make(&large, "x.", cases[i].format, 250);
		ask_engine(&large, "sub.x.", cases[i].qtype, TRANSPORT_TCP, NO_EDNS,
			   MESSAGE_LEN_MAX);
		assert_int_equal(decoded.flags, cases[i].flags);
		assert_int_equal(decoded.counts[1] + decoded.counts[2], 250);
		assert_int_equal(decoded.counts[3], 6 * 250);
		engine_fini(&large);
	}
}

static void
test_a_message_of_64_kib(void **state)
{
	/* 16 octets a record: 4094 fit in 65535 with the question, 4095 do not. */
	for (unsigned count = 4093; count <= 4096; count++) {
		char *text = NULL;
		size_t text_len = 0;
		FILE *out = open_memstream(&text, &text_len);
		fprintf(out, "@ 60 SOA ns1 h 1 2 3 4 60\n@ 60 NS ns1\nns1 60 A 192.0.2.1\n");
		for (unsigned i = 0; i < count; i++)
			fprintf(out, "b 60 A 10.0.%u.%u\n", i / 256, i % 256);
		fclose(out);
		struct engine large;
		uint8_t origin[DNAME_LEN_MAX];
		name_read("x.", origin);
		engine_init(&large);
		engine_add(&large, origin, text, text_len);
		engine_ready(&large);
		free(text);
		size_t len =
		    ask_engine(&large, "b.x.", RRTYPE_A, TRANSPORT_TCP, NO_EDNS, MESSAGE_LEN_MAX);
		bool fits = HEADER_LEN + 5 + 4 + count * 16 <= MESSAGE_LEN_MAX;
		assert_int_equal(decoded.counts[1], fits ? count : 0);
		assert_int_equal(decoded.flags & FLAG_TC, fits ? 0 : FLAG_TC);
		assert_int_equal(fits ? len : 0, fits ? HEADER_LEN + 5 + 4 + count * 16 : 0);
		engine_fini(&large);
	}
}

/* Pointers into a QNAME of any length, through templates and without. */
static void
test_names_of_all_lengths(void **state)
{
	char name[DNAME_TEXT_MAX] = "example.com.";
	char longer[DNAME_TEXT_MAX];
	for (unsigned labels = 3; labels <= 122; labels++) {
		static const char *const bases[] = {"wild", "wildc", "sub", "dn", "nothere"};
		for (size_t i = 0; i < ARRAY_LEN(bases); i++) {
			char *at = longer;
			for (unsigned k = 5; k < labels - 1; k++)
				at = stpcpy(at, "a.");
			stpcpy(stpcpy(stpcpy(at, bases[i]), "."), name);
			if (strlen(longer) + 1 > DNAME_LEN_MAX)
				continue;
			ask_engine(&engine, longer, RRTYPE_A, TRANSPORT_TCP, NO_EDNS, 4096);
			assert_int_equal(decoded.flags & FLAG_TC, 0);
		}
	}
}

/* Nothing is written behind `cap`: ASan watches the end of an allocation of that very size. */
static void
test_the_room_is_kept_to(void **state)
{
	static const char *const names[] = {"www.example.com.",     "a.sub.example.com.",
					    "chain1.example.com.",  "x.y.dn.example.com.",
					    "nothere.example.com.", "example.com."};
	struct random random = random_new(3);
	for (unsigned round = 0; round < 2000; round++) {
		uint8_t qname[DNAME_LEN_MAX];
		name_read(names[round % ARRAY_LEN(names)], qname);
		struct question question = {
		    .qname = qname,
		    .qtype = round % 3 == 0 ? RRTYPE_NS : RRTYPE_A,
		    .udp_payload = round % 2 ? 4096 : NO_EDNS,
		};
		size_t cap = 512 + random_below(&random, 40);
		uint8_t *room = malloc(cap);
		uint8_t query[QUERY_LEN_MAX];
		size_t len = question_put(&question, query);
		size_t response_len = 0;
		memcpy(room, query, len);
		assert_int_equal(answer_message(&engine.serving,
						&(struct arrival){.transport = TRANSPORT_TCP}, room,
						len, cap, &response_len),
				 COUNTER_ANSWER);
		assert_in_range(response_len, HEADER_LEN, cap);
		free(room);
	}
}

/* An owner name is never copied from the zone where the question has it: case as asked. */
static void
test_the_case_of_the_question_is_kept(void **state)
{
	ask_engine(&engine, "wWw.eXAMPLE.cOm.", RRTYPE_A, TRANSPORT_UDP, NO_EDNS, 512);
	assert_memory_equal(message + HEADER_LEN, "\3wWw\7eXAMPLE\3cOm", 17);
	assert_int_equal(be16_read(message + HEADER_LEN + 17 + 4), 0xc00c);
	ask_engine(&engine, "A.wILD.eXAMPLE.cOm.", RRTYPE_A, TRANSPORT_UDP, NO_EDNS, 512);
	assert_int_equal(be16_read(message + decoded.question_end), 0xc00c);
}

static void
test_a_burst_of_none(void **state)
{
	answer_burst(&engine.serving, NULL, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_positive),
	    cmocka_unit_test(test_additional_services),
	    cmocka_unit_test(test_negative),
	    cmocka_unit_test(test_wildcards),
	    cmocka_unit_test(test_referrals),
	    cmocka_unit_test(test_aliases),
	    cmocka_unit_test(test_aliases_across_zones),
	    cmocka_unit_test(test_dnames),
	    cmocka_unit_test(test_the_chain_ends_somewhere),
	    cmocka_unit_test(test_an_answer_does_not_fit),
	    cmocka_unit_test(test_a_referral_does_not_fit),
	    cmocka_unit_test(test_additional_records_do_not_fit),
	    cmocka_unit_test(test_large_messages),
	    cmocka_unit_test(test_glue_of_hundreds),
	    cmocka_unit_test(test_more_than_a_template_holds),
	    cmocka_unit_test(test_a_message_of_64_kib),
	    cmocka_unit_test(test_names_of_all_lengths),
	    cmocka_unit_test(test_the_room_is_kept_to),
	    cmocka_unit_test(test_the_case_of_the_question_is_kept),
	    cmocka_unit_test(test_a_burst_of_none),
	};
	return cmocka_run_group_tests_name("answer", tests, setup, teardown);
}
