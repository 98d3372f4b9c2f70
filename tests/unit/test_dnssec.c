/* test_dnssec.c -- keys, signatures, denials and digests taken apart; and what check_dnssec() finds
 * in a small zone that is signed by hand, each fault alone. Zones from real signers, and other
 * programs' opinion of them: tests/tools/test_gluezone_dnssec.py. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "zones/check_dnssec.h"
#include "zones/dname.h"
#include "zones/dnssec.h"
#include "zones/rdata.h"

static size_t
name(const char *text, uint8_t out[DNAME_LEN_MAX])
{
	const char *reason;
	size_t len = dname_read(text, strlen(text), NULL, out, &reason);
	assert_true(len > 0);
	return len;
}

/* RFC 5155 appendix A. */
static void
test_nsec3_hash(void **state)
{
	static const struct {
		const char *name;
		const char *hash;
	} vectors[] = {
	    {"example.", "0p9mhaveqvm6t7vbl5lop2u3t2rp3tom"},
	    {"a.example.", "35mthgpgcu1qg68fab165klnsnk3dpvl"},
	    {"ai.example.", "gjeqe526plbf1g8mklp59enfd789njgi"},
	    {"ns1.example.", "2t7b4g4vsa5smi47k61mv5bv1a22bojr"},
	    {"ns2.example.", "q04jkcevqvmu85r014c7dkba38o0ji5r"},
	    {"w.example.", "k8udemvp1j2f7eg6jebps17vp3n8i58h"},
	    {"*.w.example.", "r53bq7cc2uvmubfu5ocmm6pers9tk9en"},
	    {"x.w.example.", "b4um86eghhds6nea196smvmlo4ors995"},
	    {"y.w.example.", "ji6neoaepv8b5o6k4ev33abha8ht9fgc"},
	    {"x.y.w.example.", "2vptu5timamqttgl4luu9kg21e0aor3s"},
	    {"xx.example.", "t644ebqk9bibcna874givr6joj62mlhv"},
	    {"2t7b4g4vsa5smi47k61mv5bv1a22bojr.example.", "kohar7mbb8dc2ce8a9qvl8hon4k53uhi"},
	};
	static const uint8_t salt[] = {0xaa, 0xbb, 0xcc, 0xdd};
	const struct nsec3_parameters parameters = {
	    .algorithm = NSEC3_SHA1, .iterations = 12, .salt = salt, .salt_len = sizeof(salt)};
	for (size_t i = 0; i < ARRAY_LEN(vectors); i++) {
		uint8_t dname[DNAME_LEN_MAX];
		uint8_t owner[DNAME_LEN_MAX];
		uint8_t expected[NSEC3_HASH_LEN];
		uint8_t hash[NSEC3_HASH_LEN];
		name(vectors[i].name, dname);
		name(vectors[i].hash, owner);
		assert_true(nsec3_owner_hash(owner, expected));
		nsec3_hash(&parameters, dname, hash);
		assert_memory_equal(expected, hash, NSEC3_HASH_LEN);
	}
}

static void
test_nsec3_owner(void **state)
{
	uint8_t owner[DNAME_LEN_MAX];
	uint8_t hash[NSEC3_HASH_LEN];
	static const uint8_t ends[] = {0x00, 0x44, 0x32, 0x14, 0xc7, 0x42, 0x54, 0xb6, 0x35, 0xcf,
				       0x84, 0x65, 0x3a, 0x56, 0xd7, 0xc6, 0x75, 0xbe, 0x77, 0xdf};
	name("0123456789abcdefGHIJKLMNOPQRSTUV.o.", owner);
	owner[17] |= 0x20;
	assert_true(nsec3_owner_hash(owner, hash));
	assert_memory_equal(ends, hash, sizeof(ends));
	name("0123456789abcdefghijklmnopqrstuw.o.", owner);
	assert_false(nsec3_owner_hash(owner, hash));
	name("0123456789abcdefghijklmnopqrstu.o.", owner);
	assert_false(nsec3_owner_hash(owner, hash));
	name("0123456789abcdefghijklmnopqrstuv0.o.", owner);
	assert_false(nsec3_owner_hash(owner, hash));
}

static size_t
read_rdata(uint16_t rrtype, const char *text, uint8_t out[RDATA_LEN_MAX])
{
	struct rdata_token tokens[16];
	size_t count = 0;
	struct rdata_fault fault;
	size_t len;
	for (const char *at = text; *at != '\0'; at += strspn(at, " ")) {
		tokens[count] = (struct rdata_token){.text = at, .len = strcspn(at, " ")};
		at += tokens[count++].len;
	}
	if (!rdata_read(rrtype, tokens, count, NULL, out, &len, &fault))
		fail_msg("%s: %s", text, fault.reason);
	return len;
}

/* RFC 4034 5.4, RFC 4509 2.3: a key, its tag, its DS by SHA-1 and by SHA-256. */
static void
test_key_tag_and_ds(void **state)
{
	static uint8_t key[RDATA_LEN_MAX];
	static uint8_t rdata[RDATA_LEN_MAX];
	uint8_t owner[DNAME_LEN_MAX];
	static const struct {
		const char *text;
		enum ds_match match;
	} records[] = {
	    {"60485 5 1 2BB183AF5F22588179A53B0A98631FAD1A292118", DS_OF_KEY},
	    {"60485 5 2 D4B7D520E7BB5F0F67674A0CCEB1E3E0614B93C4F9E99B8383F6A1E4469DA50A",
	     DS_OF_KEY},
	    {"60485 5 1 2BB183AF5F22588179A53B0A98631FAD1A292119", DS_OF_ANOTHER},
	    {"60484 5 1 2BB183AF5F22588179A53B0A98631FAD1A292118", DS_OF_ANOTHER},
	    {"60485 8 1 2BB183AF5F22588179A53B0A98631FAD1A292118", DS_OF_ANOTHER},
	    {"60485 5 250 2BB183AF5F22588179A53B0A98631FAD1A292118", DS_UNKNOWN},
	};
	size_t key_len =
	    read_rdata(RRTYPE_DNSKEY,
		       "256 3 5 AQOeiiR0GOMYkDshWoSKz9XzfwJr1AYtsmx3TGkJaNXVbfi/"
		       "2pHm822aJ5iI9BMzNXxeYCmZDRD99WYwYqUSdjMmmAphXdvxegXd/M5+X7OrzKBaMbCVdFLU"
		       "Uh6DhweJBjEVv5f2wwjM9XzcnOf+EPbtG9DMBmADjFDc2w/rljwvFw==",
		       key);
	name("dskey.example.com.", owner);
	assert_int_equal(60485, dnskey_tag(key, key_len));
	for (size_t i = 0; i < ARRAY_LEN(records); i++) {
		struct ds ds;
		size_t len = read_rdata(RRTYPE_DS, records[i].text, rdata);
		ds_parse(rdata, len, &ds);
		assert_int_equal(records[i].match, ds_matches(&ds, owner, key, key_len));
	}
}

static void
test_bitmap(void **state)
{
	static uint8_t rdata[RDATA_LEN_MAX];
	static const uint16_t expected[] = {0, 1, 15, 46, 47, 1234, 65535};
	size_t len = read_rdata(RRTYPE_NSEC, ". TYPE0 A MX RRSIG NSEC TYPE1234 TYPE65535", rdata);
	uint32_t at = 0;
	uint16_t rrtype;
	for (size_t i = 0; i < ARRAY_LEN(expected); i++) {
		assert_true(dnssec_bitmap_next(rdata + 1, len - 1, &at, &rrtype));
		assert_int_equal(expected[i], rrtype);
	}
	assert_false(dnssec_bitmap_next(rdata + 1, len - 1, &at, &rrtype));
	at = 0;
	assert_false(dnssec_bitmap_next(rdata, 0, &at, &rrtype));
}

static void
test_time(void **state)
{
	assert_true(dnssec_time_is_after(2, 1));
	assert_false(dnssec_time_is_after(1, 1));
	assert_false(dnssec_time_is_after(1, 2));
	assert_true(dnssec_time_is_after(1, UINT32_MAX));
	assert_false(dnssec_time_is_after(UINT32_MAX, 1));
}

static void
test_labels(void **state)
{
	static const struct {
		const char *name;
		unsigned labels;
	} cases[] = {{".", 0}, {"a.b.", 2}, {"*.b.", 1}, {"*.", 0}, {"a.*.b.", 3}, {"**.b.", 2}};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		uint8_t owner[DNAME_LEN_MAX];
		name(cases[i].name, owner);
		assert_int_equal(cases[i].labels, rrsig_labels_of(owner));
	}
}

/* RFC 4034 6.2 with RFC 6840 5.1: names in lower case, but in the types that are not listed. */
static void
test_canonical(void **state)
{
	static const struct {
		uint16_t rrtype;
		const char *text;
		const char *canonical;
	} cases[] = {
	    {RRTYPE_MX, "10 Mail.EXAMPLE.", "10 mail.example."},
	    {RRTYPE_SOA, "A.B. C.D. 1 2 3 4 5", "a.b. c.d. 1 2 3 4 5"},
	    {RRTYPE_RRSIG, "A 8 1 60 1 0 1 Sig.Ner. QUFB", "A 8 1 60 1 0 1 sig.ner. QUFB"},
	    {RRTYPE_NSEC, "Next.Name. A", "Next.Name. A"},
	    {RRTYPE_SVCB, "0 Svc.Name.", "0 Svc.Name."},
	    {RRTYPE_TXT, "Abc", "Abc"},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		static uint8_t rdata[RDATA_LEN_MAX];
		static uint8_t expected[RDATA_LEN_MAX];
		static uint8_t canonical[RDATA_LEN_MAX];
		size_t len = read_rdata(cases[i].rrtype, cases[i].text, rdata);
		assert_int_equal(len, read_rdata(cases[i].rrtype, cases[i].canonical, expected));
		rdata_canonical(cases[i].rrtype, rdata, len, canonical);
		assert_memory_equal(expected, canonical, len);
	}
}

/* -- zones --------------------------------------------------------------------------------------
 */

/* Kinds found, each once: names of FINDING_KINDS in their order, with a space behind each. */
static void
kinds_of(const struct findings *findings, char out[1024])
{
	static const char *const names[] = {
#define FINDING_NAME_TEXT(name, severity, help) #name,
	    FINDING_KINDS(FINDING_NAME_TEXT)
#undef FINDING_NAME_TEXT
	};
	*out = '\0';
	for (size_t kind = 0; kind < FINDING_KIND_COUNT; kind++) {
		for (size_t i = 0; i < findings->kind_counts[kind]; i++)
			strcat(strcat(out, names[kind]), " ");
	}
}

static enum status
check_text(const char *origin, const char *text, uint32_t now, char kinds[1024])
{
	struct findings findings;
	struct zone *zone = NULL;
	uint8_t apex[DNAME_LEN_MAX];
	findings_init(&findings);
	name(origin, apex);
	enum status status = zone_read_text(apex, &(struct zone_text){"text", text, strlen(text)},
					    NULL, &findings, &zone);
	if (status == STATUS_OK)
		status = check_dnssec(zone,
				      &(struct dnssec_options){
					  .now = now, .nsec3_iterations_max = NSEC3_ITERATIONS_ANY},
				      &findings);
	assert_true((status == STATUS_OK) == (findings.error_count == 0));
	kinds_of(&findings, kinds);
	findings_fini(&findings);
	zone_free(zone);
	return status;
}

/* Signed at 1000, until 2000; 1040 is the tag of a key of three zero octets. */
#define SIG_FROM_TO(owner, type, labels, to, from, tag) \
	owner " RRSIG " type " 15 " labels " 60 " to " " from " " tag " o. AAAA\n"
#define SIG(owner, type, labels) SIG_FROM_TO(owner, type, labels, "2000", "1000", "1040")
enum { SIGNED_NOW = 1500 };

static const char *const lines[] = {
    "$TTL 60\n",
    "@ SOA ns h 1 2 3 4 5\n",
    SIG("@", "SOA", "1"),
    "@ NS ns\n",
    SIG("@", "NS", "1"),
    "@ DNSKEY 257 3 15 AAAA\n",
    SIG("@", "DNSKEY", "1"),
    "@ NSEC *.a NS SOA RRSIG NSEC DNSKEY\n",
    SIG("@", "NSEC", "1"),
    "*.a TXT x\n",
    SIG("*.a", "TXT", "2"),
    "*.a NSEC cut TXT RRSIG NSEC\n",
    SIG("*.a", "NSEC", "2"),
    "cut NS ns.cut\n",
    "cut NSEC dname NS RRSIG NSEC\n",
    SIG("cut", "NSEC", "2"),
    "ns.cut A 192.0.2.1\n",
    "dname DNAME e.\n",
    SIG("dname", "DNAME", "2"),
    "dname NSEC ns DNAME RRSIG NSEC\n",
    SIG("dname", "NSEC", "2"),
    "ns A 192.0.2.2\n",
    SIG("ns", "A", "2"),
    "ns NSEC secure A RRSIG NSEC\n",
    SIG("ns", "NSEC", "2"),
    "secure NS ns.e.\n",
    "secure DS 1 8 250 00\n",
    SIG("secure", "DS", "2"),
    "secure NSEC @ NS DS RRSIG NSEC\n",
    SIG("secure", "NSEC", "2"),
};

/* The zone without the lines that begin with `without`, and with those of `with`. */
static const struct {
	const char *without;
	const char *with;
	const char *kinds;
} cases[] = {
    {"", "", ""},
    /* signatures */
    {"ns RRSIG A", "", "RRSIG_MISSING "},
    {"@ RRSIG SOA", "", "RRSIG_MISSING "},
    {"secure RRSIG DS", "", "RRSIG_MISSING "},
    {"secure RRSIG NSEC", "", "RRSIG_MISSING "},
    {"ns RRSIG A", "ns RRSIG A 15 2 60 1499 1000 1040 o. AAAA\n", "RRSIG_EXPIRED "},
    {"ns RRSIG A", "ns RRSIG A 15 2 60 1500 1500 1040 o. AAAA\n", ""},
    {"ns RRSIG A", "ns RRSIG A 15 2 60 2000 1501 1040 o. AAAA\n", "RRSIG_EARLY "},
    {"ns RRSIG A", "ns RRSIG A 15 2 60 2000 1000 1041 o. AAAA\n", "RRSIG_KEY "},
    {"ns RRSIG A", "ns RRSIG A 8 2 60 2000 1000 1040 o. AAAA\n", "RRSIG_MISSING "},
    {"ns RRSIG A", "ns RRSIG A 15 2 61 2000 1000 1040 o. AAAA\n", "RRSIG_FIELD "},
    {"ns RRSIG A", "ns RRSIG A 15 1 60 2000 1000 1040 o. AAAA\n", "RRSIG_FIELD "},
    {"*.a RRSIG TXT", "*.a RRSIG TXT 15 2 60 2000 1000 1040 o. AAAA\n", ""},
    {"*.a RRSIG TXT", "*.a RRSIG TXT 15 3 60 2000 1000 1040 o. AAAA\n", "RRSIG_FIELD "},
    {"ns RRSIG A", "ns RRSIG A 15 2 60 2000 1000 1040 a.o. AAAA\n", "RRSIG_FIELD "},
    {"ns RRSIG A", "ns RRSIG A 15 2 60 2000 1000 1040 O. AAAA\n", ""},
    {"ns A", "", "TARGET_MISSING RRSIG_ORPHAN NSEC_SUPERFLUOUS "},
    {"none", "ns RRSIG MX 15 2 60 2000 1000 1040 o. AAAA\n", "RRSIG_ORPHAN "},
    {"none", "ns RRSIG RRSIG 15 2 60 2000 1000 1040 o. AAAA\n", "RRSIG_ORPHAN "},
    {"none", "ns.cut RRSIG A 15 3 60 2000 1000 1040 o. AAAA\n", "RRSIG_FOREIGN "},
    {"none", "cut RRSIG NS 15 2 60 2000 1000 1040 o. AAAA\n", "RRSIG_FOREIGN "},
    {"none", "cut A 192.0.2.1\n", ""},
    /* another signature that holds excuses what is usual while keys are replaced, and no more */
    {"none", "ns RRSIG A 15 2 60 1499 1000 1040 o. AAAB\n", ""},
    {"none", "ns RRSIG A 15 2 60 2000 1501 1040 o. AAAB\n", ""},
    {"none", "ns RRSIG A 15 2 60 2000 1000 1041 o. AAAB\n", ""},
    {"none", "ns RRSIG A 8 2 60 2000 1000 1 o. AAAB\n", ""},
    {"none", "ns RRSIG A 15 2 61 2000 1000 1040 o. AAAB\n", "RRSIG_FIELD "},
    /* keys: tag 1035 and 2056 */
    {"@ DNSKEY", "", "DNSKEY_MISSING RRSIG_ORPHAN NSEC_BITMAP "},
    {"@ DNSKEY", "@ DNSKEY 256 3 15 AAAB\n@ DNSKEY 257 3 15 AAAA\n", ""},
    /* tag 1040 without the flag, and another with it */
    {"@ DNSKEY", "@ DNSKEY 256 3 15 AAEA\n@ DNSKEY 257 3 15 AAAB\n", "DNSKEY_SEP "},
    {"@ DNSKEY", "@ DNSKEY 256 3 15 AAEA\n@ DNSKEY 385 3 15 AAAB\n", ""},
    {"@ DNSKEY", "@ DNSKEY 257 3 15 AAAA\n@ DNSKEY 1 3 8 AAAA\n@ DNSKEY 257 2 8 AAAA\n", ""},
    {"@ DNSKEY", "@ DNSKEY 257 3 15 AAAA\n@ DNSKEY 385 3 8 AAAA\n", ""},
    {"@ RRSIG", "", "SOA_UNSIGNED "},
    /* DS, CDS */
    {"none", "ns DS 1 8 250 00\nns RRSIG DS 15 2 60 2000 1000 1040 o. AAAA\n",
     "DS_WITHOUT_NS NSEC_BITMAP "},
    {"none", "@ DS 1 8 250 00\n@ RRSIG DS 15 1 60 2000 1000 1040 o. AAAA\n",
     "DS_AT_APEX NSEC_BITMAP "},
    {"none", "ns.cut DS 1 8 250 00\n", "OCCLUDED "},
    {"ns NSEC",
     "ns CDS 0 0 0 00\nns RRSIG CDS 15 2 60 2000 1000 1040 o. AAAA\n"
     "ns NSEC secure A RRSIG NSEC CDS\n",
     "CDS "},
#define WITH_CDS(types, records) "@ NSEC", "@ NSEC *.a NS SOA RRSIG NSEC DNSKEY " types "\n" records
#define SIG_CDS "@ RRSIG CDS 15 1 60 2000 1000 1040 o. AAAA\n"
#define SIG_CDNSKEY "@ RRSIG CDNSKEY 15 1 60 2000 1000 1040 o. AAAA\n"
    {WITH_CDS("CDS", "@ CDS 0 0 0 00\n" SIG_CDS), "CDS "},
    {WITH_CDS("CDS", "@ CDS 0 0 1 00\n" SIG_CDS), "RDATA "},
    {WITH_CDS("CDS", "@ CDS 1 0 0 00\n" SIG_CDS), "CDS "},
    {WITH_CDS("CDS", "@ CDS 0 0 0 00\n@ CDS 1040 15 250 00\n" SIG_CDS), "CDS "},
    {WITH_CDS("CDS", "@ CDS 1040 15 250 00\n" SIG_CDS), "CDS "},
    {WITH_CDS("CDS", "@ CDS 1 15 250 00\n" SIG_CDS), "CDS CDS "},
    {WITH_CDS("CDNSKEY", "@ CDNSKEY 0 3 0 AA==\n" SIG_CDNSKEY), "CDS "},
    {WITH_CDS("CDNSKEY", "@ CDNSKEY 257 3 15 AAAA\n" SIG_CDNSKEY), "CDS "},
    {WITH_CDS("CDNSKEY", "@ CDNSKEY 257 3 15 AAAB\n" SIG_CDNSKEY), "CDS CDS "},
    /* a key to come, beside one that is there */
    {WITH_CDS("CDS CDNSKEY",
	      "@ CDS 1040 15 250 00\n@ CDS 1296 15 250 00\n"
	      "@ CDNSKEY 257 3 15 AAAA\n@ CDNSKEY 257 3 15 AAAB\n" SIG_CDS SIG_CDNSKEY),
     ""},
    {WITH_CDS("CDS CDNSKEY", "@ CDS 1296 15 250 00\n@ CDNSKEY 257 3 15 AAAB\n" SIG_CDS SIG_CDNSKEY),
     "CDS "},
    {WITH_CDS("CDS CDNSKEY", "@ CDS 0 0 0 00\n@ CDNSKEY 0 3 0 AA==\n" SIG_CDS SIG_CDNSKEY), ""},
    {WITH_CDS("CDS CDNSKEY", "@ CDS 0 0 0 00\n@ CDNSKEY 257 3 15 AAAA\n" SIG_CDS SIG_CDNSKEY),
     "CDS "},
    {WITH_CDS("CDS CDNSKEY", "@ CDS 1040 15 250 00\n@ CDNSKEY 257 3 15 AAAA\n" SIG_CDS SIG_CDNSKEY),
     ""},
    {WITH_CDS("CDS CDNSKEY", "@ CDS 1040 15 2 "
			     "0000000000000000000000000000000000000000000000000000000000000000\n"
			     "@ CDNSKEY 257 3 15 AAAA\n" SIG_CDS SIG_CDNSKEY),
     "CDS CDS CDS "},
    /* NSEC */
    {"ns NSEC", "", "RRSIG_ORPHAN NSEC_MISSING "},
    {"none", "new TXT x\n" SIG("new", "TXT", "2"), "NSEC_MISSING "},
    {"ns NSEC", "ns NSEC @ A RRSIG NSEC\n", "NSEC_CHAIN "},
    {"ns NSEC", "ns NSEC SECURE A RRSIG NSEC\n", ""},
    {"secure NSEC", "secure NSEC ns NS DS RRSIG NSEC\n", "NSEC_CHAIN "},
    {"none", "ns NSEC secure A RRSIG\n", "NSEC_MULTIPLE NSEC_BITMAP "},
    {"ns NSEC", "ns NSEC secure A MX RRSIG NSEC\n", "NSEC_BITMAP "},
    {"ns NSEC", "ns NSEC secure RRSIG NSEC\n", "NSEC_BITMAP "},
    {"ns NSEC", "ns NSEC secure A NSEC\n", "NSEC_BITMAP "},
    {"ns NSEC", "ns NSEC secure A RRSIG\n", "NSEC_BITMAP "},
    {"cut NSEC", "cut NSEC dname NS A RRSIG NSEC\n", "NSEC_BITMAP "},
    {"none", "ns.cut NSEC ns A RRSIG NSEC\n" SIG("ns.cut", "NSEC", "3"),
     "RRSIG_FOREIGN NSEC_SUPERFLUOUS "},
    {"none", "empty NSEC ns RRSIG NSEC\n" SIG("empty", "NSEC", "2"), "NSEC_SUPERFLUOUS "},
    /* a chain that leads over a name which should not be in it */
    {"dname NSEC",
     "dname NSEC empty DNAME RRSIG NSEC\nempty NSEC ns RRSIG NSEC\n" SIG("empty", "NSEC", "2"),
     "NSEC_SUPERFLUOUS "},
    {"none",
     "0123456789abcdefghijklmnopqrstuv NSEC3 1 0 0 - 0123456789abcdefghijklmnopqrstuv\n" SIG(
	 "0123456789abcdefghijklmnopqrstuv", "NSEC3", "2"),
     "DENIAL_BOTH NSEC3_PARAMETERS NSEC3_MISSING NSEC3_MISSING NSEC3_MISSING NSEC3_MISSING "
     "NSEC3_MISSING NSEC3_MISSING NSEC3_MISSING NSEC3_ORPHAN "},
};

static void
edit(const char *without, const char *with, char out[8192])
{
	*out = '\0';
	for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
		if (*without == '\0' || strncmp(lines[i], without, strlen(without)) != 0)
			strcat(out, lines[i]);
	}
	strcat(out, with);
}

static void
test_signed_zone(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char text[8192];
		char kinds[1024];
		edit(cases[i].without, cases[i].with, text);
		check_text("o.", text, SIGNED_NOW, kinds);
		if (strcmp(kinds, cases[i].kinds) != 0)
			fail_msg("case %zu: without '%s', with '%s': expected %s, got %s", i,
				 cases[i].without, cases[i].with, cases[i].kinds, kinds);
	}
}

/* What expires is a matter of when one looks. */
static void
test_clock(void **state)
{
	static const struct {
		uint32_t now;
		const char *kind;
	} clocks[] = {
	    {0, ""}, {999, "RRSIG_EARLY"}, {1000, ""}, {2000, ""}, {2001, "RRSIG_EXPIRED"}};
	char text[8192];
	edit("none", "", text);
	for (size_t i = 0; i < ARRAY_LEN(clocks); i++) {
		char kinds[1024];
		assert_int_equal(STATUS_OK, check_text("o.", text, clocks[i].now, kinds));
		assert_memory_equal(clocks[i].kind, kinds, strlen(clocks[i].kind));
		assert_true((*kinds == '\0') == (*clocks[i].kind == '\0'));
	}
}

/* Work is bounded: what no parent would follow is not held against each other. */
static void
test_excessive_cds(void **state)
{
	enum { COUNT = 65 };
	char text[16384];
	char kinds[1024];
	edit("@ NSEC",
	     "@ NSEC *.a NS SOA RRSIG NSEC DNSKEY CDS CDNSKEY\n" SIG_CDS SIG_CDNSKEY
	     "@ CDNSKEY 257 3 15 AAAA\n",
	     text);
	for (unsigned i = 0; i < COUNT; i++)
		sprintf(text + strlen(text), "@ CDS %u 15 250 00\n", 1040 + i);
	check_text("o.", text, SIGNED_NOW, kinds);
	assert_string_equal("CDS ", kinds);
}

/* DNSSEC's types in a zone that is not signed are data. */
static void
test_unsigned_zone(void **state)
{
	char kinds[1024];
	check_text("o.",
		   "$TTL 60\n@ SOA ns h 1 2 3 4 5\n@ NS ns\nns A 192.0.2.1\nx DS 1 8 250 00\n"
		   "x NSEC y A\nx RRSIG A 8 2 61 1 0 1 x. AAAA\nx NSEC3 1 0 9 - 00000000\n"
		   "x DNSKEY 257 3 8 AAAA\nx CDS 1 8 250 00\n",
		   SIGNED_NOW, kinds);
	assert_string_equal("", kinds);
}

/* -- ZONEMD -------------------------------------------------------------------------------------
 */

static char *
read_file(const char *path)
{
	FILE *in = fopen(path, "re");
	char *text = calloc(1, 1 << 16);
	assert_non_null(in);
	assert_non_null(text);
	assert_true(fread(text, 1, (1 << 16) - 1, in) > 0);
	fclose(in);
	return text;
}

/* RFC 8976 appendix A. */
static void
test_zonemd_vectors(void **state)
{
	static const struct {
		const char *file;
		const char *origin;
		const char *kinds;
	} vectors[] = {
	    {"rfc8976-a1.zone", "example.", ""},
	    {"rfc8976-a2.zone", "example.", "DUPLICATE TARGET_MISSING TARGET_MISSING OCCLUDED "},
	    {"rfc8976-a3.zone", "example.", ""},
	    /* as the appendix has it: the signer knew nothing of the ZONEMD */
	    {"rfc8976-a4.zone", "uri.arpa.", "RRSIG_MISSING NSEC_BITMAP "},
	    {"rfc8976-a5.zone", "root-servers.net.", ""},
	};
	for (size_t i = 0; i < ARRAY_LEN(vectors); i++) {
		char path[512];
		char kinds[1024];
		snprintf(path, sizeof(path), "%s/tests/zones/zonemd/%s", SOURCE_ROOT,
			 vectors[i].file);
		char *text = read_file(path);
		assert_int_equal(STATUS_OK, check_text(vectors[i].origin, text, 0, kinds));
		assert_string_equal(vectors[i].kinds, kinds);
		free(text);
	}
}

/* `from` is in the text once. */
static char *
replace(const char *text, const char *from, const char *to)
{
	const char *at = strstr(text, from);
	char *out = malloc(strlen(text) + strlen(to) + 1);
	assert_non_null(at);
	assert_non_null(out);
	sprintf(out, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
	return out;
}

/* RFC 8976 4, upon the zone of A.3: SHA-384, SHA-512, an unknown hash, an unknown scheme. */
static void
test_zonemd_faults(void **state)
{
	static const struct {
		const char *from;
		const char *to;
		const char *kinds;
	} faults[] = {
	    {"203.0.113.63", "203.0.113.64", "ZONEMD_DIGEST "},
	    {"ns1.example.  3600", "ns1.example.  3601", "ZONEMD_DIGEST "},
	    {"2018031900 (", "2018031901 (", "ZONEMD_SERIAL "},
	    /* one that matches is enough */
	    {"62e6cf51b02e54b9", "62e6cf51b02e54b0", "ZONEMD_UNVERIFIED "},
	    {"2018031900 1 1", "2018031901 1 1", ""},
	};
	char path[512];
	snprintf(path, sizeof(path), "%s/tests/zones/zonemd/rfc8976-a3.zone", SOURCE_ROOT);
	char *text = read_file(path);
	for (size_t i = 0; i < ARRAY_LEN(faults); i++) {
		char kinds[1024];
		char *changed = replace(text, faults[i].from, faults[i].to);
		check_text("example.", changed, 0, kinds);
		if (strcmp(kinds, faults[i].kinds) != 0)
			fail_msg("%s: expected %s, got %s", faults[i].to, faults[i].kinds, kinds);
		free(changed);
	}
	free(text);
}

static void
test_zonemd_unusable(void **state)
{
#define A1_HEAD "$TTL 60\n@ SOA ns h 7 2 3 4 5\n@ NS ns\nns A 192.0.2.1\n"
#define DIGEST(first) \
	first "0000000000000000000000000000000000000000000000000000000000000000000000000000000000" \
	      "0000000000000"
	static const struct {
		const char *text;
		const char *kinds;
	} zones[] = {
	    {A1_HEAD "@ ZONEMD 7 1 1 " DIGEST("0") "\n", "ZONEMD_DIGEST "},
	    {A1_HEAD "@ ZONEMD 8 1 1 " DIGEST("0") "\n", "ZONEMD_SERIAL "},
	    {A1_HEAD "@ ZONEMD 7 2 1 " DIGEST("0") "\n", "ZONEMD_UNVERIFIED "},
	    {A1_HEAD "@ ZONEMD 7 1 9 " DIGEST("0") "\n", "ZONEMD_UNVERIFIED "},
	    /* not two of the same scheme and hash, whatever their digests */
	    {A1_HEAD "@ ZONEMD 7 1 1 " DIGEST("0") "\n@ ZONEMD 7 1 1 " DIGEST("1") "\n",
	     "ZONEMD_UNVERIFIED "},
	    /* of no consequence below the apex */
	    {A1_HEAD "ns ZONEMD 8 1 1 " DIGEST("0") "\n", ""},
	};
	for (size_t i = 0; i < ARRAY_LEN(zones); i++) {
		char kinds[1024];
		check_text("o.", zones[i].text, 0, kinds);
		if (strcmp(kinds, zones[i].kinds) != 0)
			fail_msg("%s\nexpected %s, got %s", zones[i].text, zones[i].kinds, kinds);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_nsec3_hash),     cmocka_unit_test(test_nsec3_owner),
	    cmocka_unit_test(test_key_tag_and_ds), cmocka_unit_test(test_bitmap),
	    cmocka_unit_test(test_time),           cmocka_unit_test(test_labels),
	    cmocka_unit_test(test_canonical),      cmocka_unit_test(test_signed_zone),
	    cmocka_unit_test(test_clock),          cmocka_unit_test(test_excessive_cds),
	    cmocka_unit_test(test_unsigned_zone),  cmocka_unit_test(test_zonemd_vectors),
	    cmocka_unit_test(test_zonemd_faults),  cmocka_unit_test(test_zonemd_unusable),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
