/* bench_fixture.c -- what the micro-benchmarks ask, and of what. */
#include "bench/bench_fixture.h"

#include "bench/bench.h"
#include "dataplane/answer.h"
#include "dataplane/compose.h"
#include "zones/dname.h"
#include "zones/dnssec.h"

enum {
	NAMES_A_UNIT = 6,
	QUERY_CAP = BENCH_QUERY_MAX, /* with its length: two cache lines */
	ANSWER_CAP = 1232,
};

struct bench_zone {
	struct zone_version *version;
	struct zoneset *zoneset;
	struct serving serving;
	size_t unit_count;
};

struct bench_query {
	uint16_t len;
	uint8_t octets[QUERY_CAP];
};

struct bench_load {
	const struct bench_zone *zone;
	size_t next;
	size_t count;
	struct bench_query queries[BENCH_LOAD_LEN];
	uint8_t messages[BENCH_RUN_LEN][ANSWER_CAP];
};

enum bench_signing
bench_kind_signing(enum bench_kind kind)
{
	static const enum bench_signing signings[] = {
#define BENCH_SIGNING(name, signing, text) BENCH_##signing,
	    BENCH_KINDS(BENCH_SIGNING)
#undef BENCH_SIGNING
	};
	return signings[kind];
}

const char *
bench_kind_name(enum bench_kind kind)
{
	static const char *const names[] = {
#define BENCH_NAME(name, signing, text) text,
	    BENCH_KINDS(BENCH_NAME)
#undef BENCH_NAME
	};
	return names[kind];
}

/* The label of unit `idx`: 10 to 13 letters and digits behind the letter of its sort; they share no
 * more with each other than random ones do. */
static void
label_print(char out[32], char sort, size_t idx)
{
	uint64_t value = bench_random_at(idx);
	int digits = 10 + (int)(value >> 62);
	snprintf(out, 32, "%c%0*llx", sort, digits,
		 (unsigned long long)(value & ((UINT64_C(1) << 4 * digits) - 1)));
}

static void
unit_write(FILE *out, size_t idx)
{
	char host[32], child[32], mail[32], alias[32], next[32];
	label_print(host, 'h', idx);
	label_print(child, 'd', idx);
	label_print(mail, 'm', idx);
	label_print(alias, 'c', idx);
	label_print(next, 'k', idx);
	unsigned address = (unsigned)idx;
	fprintf(out, "%s A 10.%u.%u.%u\n", host, address >> 16 & 255, address >> 8 & 255,
		address & 255);
	fprintf(out, "%s NS ns1.%s\n%s NS ns.operator\n", child, child, child);
	fprintf(out, "ns1.%s A 10.%u.%u.%u\n", child, address >> 16 & 255, address >> 8 & 255,
		address & 255);
	fprintf(out, "%s MX 10 %s\n", mail, host);
	fprintf(out, "%s CNAME %s\n%s CNAME %s\n", alias, next, next, host);
}

/* -- signed zones: what stands beside the records of a unit ---------------------------------------
 */

/* An RRSIG as long as ECDSA's. */
static void
signature_write(FILE *out, const char *owner, const char *covered, unsigned labels)
{
	static const char octets[] =
	    "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4v"
	    "MDEyMzQ1Njc4OTo7PD0+Pw==";
	fprintf(out,
		"%s RRSIG %s 13 %u 3600 20301231000000 20200101000000 4711 bench.example. %s\n",
		owner, covered, labels, octets);
}

/* The hash as the first label of an NSEC3's owner. */
static void
hash_label_print(char out[NSEC3_LABEL_LEN + 1], const uint8_t hash[NSEC3_HASH_LEN])
{
	uint8_t label[1 + NSEC3_LABEL_LEN];
	nsec3_label_set(label, hash);
	memcpy(out, label + 1, NSEC3_LABEL_LEN);
	out[NSEC3_LABEL_LEN] = '\0';
}

static void
nsec3_write(FILE *out, const uint8_t hash[NSEC3_HASH_LEN], const char *types)
{
	char label[NSEC3_LABEL_LEN + 1];
	hash_label_print(label, hash);
	fprintf(out, "%s NSEC3 1 1 0 - %s %s\n", label, label, types);
	signature_write(out, label, "NSEC3", 3);
}

/* The NSEC or NSEC3 of an owner. What is next to it matters to no answer. */
static void
denial_write(FILE *out, enum bench_signing signing, const char *owner, const char *types)
{
	static const struct nsec3_parameters parameters = {.algorithm = NSEC3_SHA1};
	uint8_t origin[DNAME_LEN_MAX];
	uint8_t dname[DNAME_LEN_MAX];
	uint8_t hash[NSEC3_HASH_LEN];
	const char *reason;
	if (signing == BENCH_NSEC) {
		fprintf(out, "%s NSEC zzzz %s RRSIG NSEC\n", owner, types);
		signature_write(out, owner, "NSEC", 3);
		return;
	}
	dname_read("bench.example.", strlen("bench.example."), NULL, origin, &reason);
	dname_read(owner, strlen(owner), origin, dname, &reason);
	nsec3_hash(&parameters, dname, hash);
	nsec3_write(out, hash, types);
}

/* An empty non-terminal, which has an NSEC3 of its own, and a name below it. */
static void
ent_write(FILE *out, enum bench_signing signing, size_t idx)
{
	char ent[32];
	char owner[40];
	label_print(ent, 'e', idx);
	snprintf(owner, sizeof(owner), "under.%s", ent);
	fprintf(out, "%s TXT below\n", owner);
	signature_write(out, owner, "TXT", 4);
	denial_write(out, signing, owner, "TXT");
	if (signing == BENCH_NSEC3)
		denial_write(out, signing, ent, "");
}

static void
unit_sign(FILE *out, enum bench_signing signing, size_t idx)
{
	static const char sorts[] = {'h', 'm', 'c', 'k'};
	static const char *const types[] = {"A", "MX", "CNAME", "CNAME"};
	char owner[32];
	for (size_t i = 0; i < sizeof(sorts); i++) {
		label_print(owner, sorts[i], idx);
		signature_write(out, owner, types[i], 3);
		denial_write(out, signing, owner, types[i]);
	}
	label_print(owner, 'd', idx);
	if (signing == BENCH_NSEC)
		denial_write(out, signing, owner, "NS");
	label_print(owner, 's', idx);
	fprintf(
	    out,
	    "%s NS ns1.%s\nns1.%s A 10.0.0.1\n"
	    "%s DS 4711 13 2 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n",
	    owner, owner, owner, owner);
	signature_write(out, owner, "DS", 3);
	denial_write(out, signing, owner, "NS DS");
	ent_write(out, signing, idx);
}

static void
apex_sign(FILE *out, enum bench_signing signing)
{
	static const uint8_t origin[] = "\5bench\7example";
	static const struct nsec3_parameters parameters = {.algorithm = NSEC3_SHA1};
	uint8_t hash[NSEC3_HASH_LEN];
	signature_write(out, "@", "SOA", 2);
	signature_write(out, "@", "NS", 2);
	signature_write(out, "*.w", "TXT", 3);
	if (signing == BENCH_NSEC) {
		denial_write(out, signing, "*.w", "TXT");
		fprintf(out, "@ NSEC zzzz NS SOA RRSIG NSEC\n");
		signature_write(out, "@", "NSEC", 2);
		return;
	}
	fprintf(out, "@ NSEC3PARAM 1 0 0 -\n");
	nsec3_hash(&parameters, origin, hash);
	nsec3_write(out, hash, "NS SOA RRSIG NSEC3PARAM");
}

static size_t
unit_count_of(size_t name_count)
{
	return name_count / NAMES_A_UNIT + 1;
}

void
bench_zone_write(FILE *out, size_t name_count, enum bench_signing signing)
{
	fprintf(out, "$TTL 3600\n@ SOA ns.operator hostmaster 1 3600 900 1209600 300\n"
		     "@ NS ns.operator\nns.operator A 192.0.2.1\nalias DNAME other.example.\n"
		     "*.w TXT wildcard\n");
	if (signing != BENCH_UNSIGNED)
		apex_sign(out, signing);
	for (size_t i = 0; i < unit_count_of(name_count); i++) {
		unit_write(out, i);
		if (signing != BENCH_UNSIGNED)
			unit_sign(out, signing, i);
	}
}

static struct zone_version *
zone_compile(size_t name_count, enum bench_signing signing)
{
	static const uint8_t origin[] = "\5bench\7example";
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	if (out == NULL)
		errx(1, "no memory");
	bench_zone_write(out, name_count, signing);
	fclose(out);

	struct findings findings;
	struct zone *zone = NULL;
	struct zone_version *version = NULL;
	findings_init(&findings);
	if (zone_read_text(origin, &(struct zone_text){"bench", text, len}, NULL, &findings,
			   &zone) != STATUS_OK ||
	    zone_version_compile(zone, NULL, &version, NULL) != STATUS_OK)
		errx(1, "the zone cannot be compiled");
	findings_fini(&findings);
	zone_free(zone);
	free(text);
	return version;
}

struct bench_zone *
bench_zone_new(size_t name_count, enum bench_signing signing)
{
	struct bench_zone *zone = calloc(1, sizeof(*zone));
	if (zone == NULL)
		errx(1, "no memory");
	zone->unit_count = unit_count_of(name_count);
	zone->version = zone_compile(name_count, signing);
	struct zoneset_member member = {version_origin(zone->version), zone->version};
	if (zoneset_new(&member, 1, &zone->zoneset) != STATUS_OK)
		errx(1, "no memory");
	static const struct identity identity = {.nsid = {(const uint8_t *)"ns1", 3}};
	static const struct cookie_policy cookies = {.secret_count = 1};
	zone->serving =
	    (struct serving){.zones = zone->zoneset,
			     .generation = 1,
			     .udp_payload_max = {UDP_PAYLOAD_DEFAULT, UDP_PAYLOAD_DEFAULT},
			     .identity = &identity,
			     .cookies = &cookies};
	return zone;
}

void
bench_zone_free(struct bench_zone *zone)
{
	if (zone == NULL)
		return;
	zoneset_free(zone->zoneset);
	zone_version_free(zone->version);
	free(zone);
}

size_t
bench_zone_name_count(const struct bench_zone *zone)
{
	return (size_t)version_image(zone->version)->name_count;
}

size_t
bench_zone_octets(const struct bench_zone *zone)
{
	return store_len(zone->version->store);
}

const struct serving *
bench_zone_serving(const struct bench_zone *zone)
{
	return &zone->serving;
}

/* How each kind is asked, and how one knows that it was answered as meant. */
static const struct kind_row {
	char sort;
	bool is_absent;
	const char *prefix; /* labels before the unit's */
	uint16_t qtype;
	uint16_t rcode;
	uint16_t counts[3]; /* with the OPT record */
	bool has_do;
	const char *suffix; /* labels behind the unit's */
	bool has_no_edns;
	uint8_t options_len; /* of the OPT record */
	uint8_t options[12];
} kind_rows[BENCH_KIND_COUNT] = {
    [BENCH_POSITIVE] = {'h', false, "", RRTYPE_A, RCODE_NOERROR, {1, 0, 1}, false, ""},
    [BENCH_REFERRAL] = {'d', false, "www.", RRTYPE_A, RCODE_NOERROR, {0, 2, 3}, false, ""},
    [BENCH_NXDOMAIN] = {'h', true, "", RRTYPE_A, RCODE_NXDOMAIN, {0, 1, 1}, false, ""},
    [BENCH_NODATA] = {'h', false, "", RRTYPE_AAAA, RCODE_NOERROR, {0, 1, 1}, false, ""},
    [BENCH_MX] = {'m', false, "", RRTYPE_MX, RCODE_NOERROR, {1, 0, 2}, false, ""},
    [BENCH_CNAME] = {'c', false, "", RRTYPE_A, RCODE_NOERROR, {3, 0, 1}, false, ""},
    [BENCH_DNAME] = {'x', false, "", RRTYPE_A, RCODE_NOERROR, {2, 0, 1}, false, ".alias"},
    [BENCH_WILDCARD] = {'x', false, "", RRTYPE_TXT, RCODE_NOERROR, {1, 0, 1}, false, ".w"},
    [BENCH_WILDCARD_NODATA] = {'x', false, "", RRTYPE_A, RCODE_NOERROR, {0, 1, 1}, false, ".w"},
    [BENCH_NO_EDNS] = {'h', .qtype = RRTYPE_A, .counts = {1, 0, 0}, .prefix = "", .suffix = "",
		       .has_no_edns = true},
    [BENCH_NSID] = {'h', .qtype = RRTYPE_A, .counts = {1, 0, 1}, .prefix = "", .suffix = "",
		    .options_len = 4, .options = {0, EDNS_NSID, 0, 0}},
    [BENCH_COOKIE] = {'h', .qtype = RRTYPE_A, .counts = {1, 0, 1}, .prefix = "", .suffix = "",
		      .options_len = 12, .options = {0, EDNS_COOKIE, 0, COOKIE_CLIENT_LEN, 1}},
    [BENCH_PLAIN_OF_SIGNED] = {'h', false, "", RRTYPE_A, RCODE_NOERROR, {1, 0, 1}, false, ""},
    [BENCH_SIGNED_POSITIVE] = {'h', false, "", RRTYPE_A, RCODE_NOERROR, {2, 0, 1}, true, ""},
    [BENCH_SIGNED_REFERRAL] = {'s', false, "www.", RRTYPE_A, RCODE_NOERROR, {0, 3, 2}, true, ""},
    [BENCH_SIGNED_MX] = {'m', false, "", RRTYPE_MX, RCODE_NOERROR, {2, 0, 3}, true, ""},
    [BENCH_NSEC_REFERRAL] = {'d', false, "www.", RRTYPE_A, RCODE_NOERROR, {0, 4, 3}, true, ""},
    [BENCH_NSEC_NXDOMAIN] = {'h', true, "", RRTYPE_A, RCODE_NXDOMAIN, {0, 6, 1}, true, ""},
    [BENCH_NSEC_NODATA] = {'h', false, "", RRTYPE_AAAA, RCODE_NOERROR, {0, 4, 1}, true, ""},
    [BENCH_NSEC_ENT] = {'e', false, "", RRTYPE_A, RCODE_NOERROR, {0, 4, 1}, true, ""},
    [BENCH_NSEC_DS] = {'d', false, "", RRTYPE_DS, RCODE_NOERROR, {0, 4, 1}, true, ""},
    [BENCH_NSEC_WILDCARD_NODATA] = {'x', false, "", RRTYPE_A, RCODE_NOERROR, {0, 6, 1}, true, ".w"},
    [BENCH_NSEC_WILDCARD] = {'x', false, "", RRTYPE_TXT, RCODE_NOERROR, {2, 2, 1}, true, ".w"},
    [BENCH_NSEC3_REFERRAL] = {'d', false, "www.", RRTYPE_A, RCODE_NOERROR, {0, 6, 3}, true, ""},
    [BENCH_NSEC3_NXDOMAIN] = {'h', true, "", RRTYPE_A, RCODE_NXDOMAIN, {0, 8, 1}, true, ""},
    [BENCH_NSEC3_NODATA] = {'h', false, "", RRTYPE_AAAA, RCODE_NOERROR, {0, 4, 1}, true, ""},
    [BENCH_NSEC3_ENT] = {'e', false, "", RRTYPE_A, RCODE_NOERROR, {0, 4, 1}, true, ""},
    [BENCH_NSEC3_DS] = {'d', false, "", RRTYPE_DS, RCODE_NOERROR, {0, 6, 1}, true, ""},
    [BENCH_NSEC3_WILDCARD_NODATA] =
	{'x', false, "", RRTYPE_A, RCODE_NOERROR, {0, 8, 1}, true, ".w"},
    [BENCH_NSEC3_WILDCARD] = {'x', false, "", RRTYPE_TXT, RCODE_NOERROR, {2, 2, 1}, true, ".w"},
};

static void
query_set(struct bench_query *query, const struct kind_row *row, size_t unit_idx)
{
	static const uint8_t header[] = {0x47, 0x11, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1};
	static const uint8_t rest[] = {0, 0, 0, 1, 0, 0, RRTYPE_OPT, 0x04, 0xd0, 0, 0, 0, 0, 0, 0};
	char label[32];
	char text[96];
	uint8_t qname[DNAME_LEN_MAX];
	const char *reason;
	/* Units beyond those of the zone are as like them as they are to one another. */
	label_print(label, row->sort, row->is_absent ? unit_idx + ((size_t)1 << 32) : unit_idx);
	snprintf(text, sizeof(text), "%s%s%s.bench.example.", row->prefix, label, row->suffix);
	size_t qname_len = dname_read(text, strlen(text), NULL, qname, &reason);
	size_t len = sizeof(header) + qname_len + sizeof(rest);
	if (qname_len == 0 || len + row->options_len > QUERY_CAP)
		errx(1, "a query too long");
	memcpy(query->octets, header, sizeof(header));
	memcpy(query->octets + sizeof(header), qname, qname_len);
	memcpy(query->octets + sizeof(header) + qname_len, rest, sizeof(rest));
	be16_write(query->octets + sizeof(header) + qname_len, row->qtype);
	if (row->has_do)
		be16_write(query->octets + len - 4, EDNS_FLAG_DO);
	be16_write(query->octets + len - 2, row->options_len);
	memcpy(query->octets + len, row->options, row->options_len);
	query->len = (uint16_t)(len + row->options_len);
	if (row->has_no_edns) {
		query->octets[HEADER_ARCOUNT_OFF + 1] = 0;
		query->len = (uint16_t)(len - OPT_FIXED_LEN);
	}
}

size_t
bench_query_make(enum bench_kind kind, size_t name_count, size_t choice,
		 uint8_t message[BENCH_QUERY_MAX])
{
	struct bench_query query;
	query_set(&query, &kind_rows[kind], choice % unit_count_of(name_count));
	memcpy(message, query.octets, query.len);
	return query.len;
}

unsigned
bench_kind_rcode(enum bench_kind kind)
{
	return kind_rows[kind].rcode;
}

static const uint8_t client[] = {192, 0, 2, 1};
static const struct arrival over_udp = {.client = client, .transport = TRANSPORT_UDP};

/* A benchmark that measures something else than it says is worse than none. */
static void
query_check(const struct bench_zone *zone, const struct bench_query *query,
	    const struct kind_row *row)
{
	uint8_t message[ANSWER_CAP];
	size_t len;
	memcpy(message, query->octets, query->len);
	if (answer_message(&zone->serving, &over_udp, message, query->len, sizeof(message), &len) !=
		COUNTER_ANSWER ||
	    (be16_read(message + HEADER_FLAGS_OFF) & (FLAG_RCODE | FLAG_TC)) != row->rcode)
		errx(1, "an answer of another kind");
	for (size_t i = 0; i < ARRAY_LEN(row->counts); i++) {
		unsigned count = be16_read(message + HEADER_ANCOUNT_OFF + 2 * i);
		/* A record that proves two things is said once. */
		bool may_be_less = row->has_do && i == SECTION_AUTHORITY && count > 0;
		if (count != row->counts[i] && !(may_be_less && count < row->counts[i]))
			errx(1, "an answer with other records");
	}
}

struct bench_load *
bench_load_new(const struct bench_zone *zone, enum bench_kind kind, size_t count)
{
	const struct kind_row *row = &kind_rows[kind];
	struct bench_load *load = aligned_alloc(64, (sizeof(*load) + 63) / 64 * 64);
	if (load == NULL)
		errx(1, "no memory");
	load->zone = zone;
	load->next = 0;
	load->count = count;
	for (size_t i = 0; i < count; i++) {
		query_set(&load->queries[i], row, (size_t)(bench_random_at(~i) % zone->unit_count));
		query_check(zone, &load->queries[i], row);
	}
	return load;
}

void
bench_load_free(struct bench_load *load)
{
	free(load);
}

static void
answer_composed(const struct serving *serving, uint8_t *message, size_t len)
{
	struct query query;
	struct lookup lookup;
	if (query_parse(&query, message, len) != PARSE_QUERY)
		errx(1, "a query that is none");
	lookup_run(&lookup, serving, &query.sname, query.qtype);
	struct response response =
	    compose(serving, &query, &lookup, message, ANSWER_CAP - (size_t)OPT_FIXED_LEN);
	/* What the header would say: keeps the work from being optimised away. */
	be16_write(message + HEADER_FLAGS_OFF, response.flags);
}

void
bench_run(struct bench_load *load, enum bench_path path)
{
	const struct serving *serving = &load->zone->serving;
	const struct bench_query *queries = &load->queries[load->next];
	struct answer_item items[BENCH_RUN_LEN];
	for (size_t i = 0; i < BENCH_RUN_LEN; i++) {
		memcpy(load->messages[i], queries[i].octets, QUERY_CAP);
		items[i] = (struct answer_item){.message = load->messages[i],
						.len = queries[i].len,
						.cap = ANSWER_CAP,
						.arrival = over_udp};
	}
	load->next = (load->next + BENCH_RUN_LEN) % load->count;

	if (path == BENCH_BURST) {
		answer_burst(serving, items, BENCH_RUN_LEN);
		return;
	}
	for (size_t i = 0; i < BENCH_RUN_LEN; i++) {
		size_t response_len;
		if (path == BENCH_ONE)
			answer_message(serving, &items[i].arrival, items[i].message, items[i].len,
				       items[i].cap, &response_len);
		else
			answer_composed(serving, items[i].message, items[i].len);
	}
}
