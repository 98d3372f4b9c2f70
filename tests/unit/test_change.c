/* test_change.c -- versions derived by random change sets, one from the other, against versions
 * compiled from records of the same content. */
#include "zones/change.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/unit/change_tools.h"
#include "tests/unit/oracle_zone.h"
#include "tests/unit/signing.h"
#include "zones/compact.h"
#include "zones/denial.h"
#include "zones/dname.h"
#include "zones/host.h"
#include "zones/rdata.h"
#include "zones/trie.h"
#include "zones/usage.h"
#include "zones/visit.h"

enum {
	TRIAL_COUNT = 80,
	STEP_COUNT = 20,
	RANDOM_CHANGES_MAX = 20,
	CHANGES_MAX = 12000,
	RECORDS_MAX = 8000,
	NAMES_MAX = 4000,
};

static const uint16_t qtypes[] = {
    RRTYPE_A,     RRTYPE_NS,   RRTYPE_CNAME, RRTYPE_SOA,        RRTYPE_PTR, RRTYPE_MX,
    RRTYPE_TXT,   RRTYPE_SRV,  RRTYPE_AAAA,  RRTYPE_DS,         RRTYPE_ANY, RRTYPE_DNAME,
    65280,        21,          RRTYPE_SVCB,  RRTYPE_HTTPS,      107,        35,
    RRTYPE_RRSIG, RRTYPE_NSEC, RRTYPE_NSEC3, RRTYPE_NSEC3PARAM,
};

static const struct variant {
	enum transport transport;
	int udp_payload;
	bool has_do;
} variants[] = {
    {TRANSPORT_TCP, NO_EDNS, false}, {TRANSPORT_TCP, 4096, false}, {TRANSPORT_UDP, NO_EDNS, false},
    {TRANSPORT_UDP, 1232, false},    {TRANSPORT_UDP, 600, false},  {TRANSPORT_TCP, 4096, true},
    {TRANSPORT_UDP, 1232, true},
};

struct record {
	uint8_t owner[DNAME_LEN_MAX];
	uint16_t rrtype;
	uint16_t rdlen;
	uint32_t ttl;
	uint8_t *rdata; /* never freed before the trial is over */
};

/* What a zone should hold. */
struct model {
	size_t count;
	struct record records[RECORDS_MAX];
};

struct trial {
	unsigned seed;
	struct random random;
	struct oracle_zone zone;
	bool is_signed;
	struct model now;
	struct model next;
	struct zone *donor; /* records to be added */
	size_t name_count;  /* names to ask for */
	uint8_t names[NAMES_MAX][DNAME_LEN_MAX];
	struct change changes[CHANGES_MAX];
	size_t change_count;
	char **blocks; /* of rdata */
	size_t block_count;
	struct decoded decoded[2];
	unsigned refused;
	unsigned derived;
	unsigned asked;
	unsigned compressed_otherwise;
};

/* The model */

static bool
is_same(const struct record *a, const uint8_t *owner, uint16_t rrtype)
{
	return a->rrtype == rrtype && dname_equal(a->owner, owner);
}

static void
model_remove(struct model *model, size_t idx)
{
	model->records[idx] = model->records[--model->count];
}

static void
model_add(struct model *model, const struct change *change)
{
	uint32_t ttl = change->ttl > 0x7fffffff ? 0 : change->ttl;
	bool is_there = false;
	for (size_t i = 0; i < model->count; i++) {
		struct record *record = &model->records[i];
		if (!is_same(record, change->owner, change->rrtype))
			continue;
		record->ttl = ttl;
		is_there |= rdata_compare(change->rrtype, record->rdata, record->rdlen,
					  change->rdata, change->rdlen) == 0;
	}
	if (is_there)
		return;
	assert_true(model->count < RECORDS_MAX);
	struct record *added = &model->records[model->count++];
	*added = (struct record){.rrtype = change->rrtype,
				 .rdlen = change->rdlen,
				 .ttl = ttl,
				 .rdata = (uint8_t *)(uintptr_t)change->rdata};
	dname_lower(change->owner, added->owner);
}

static bool
is_deleted(const struct record *record, const struct change *change)
{
	if (!dname_equal(record->owner, change->owner))
		return false;
	if (change->kind == CHANGE_DELETE_NAME)
		return true;
	return record->rrtype == change->rrtype &&
	       (change->kind == CHANGE_DELETE_RRSET ||
		rdata_compare(record->rrtype, record->rdata, record->rdlen, change->rdata,
			      change->rdlen) == 0);
}

static void
model_apply(struct model *model, const struct change *change)
{
	if (change->kind == CHANGE_ADD) {
		model_add(model, change);
		return;
	}
	for (size_t i = model->count; i-- > 0;) {
		if (is_deleted(&model->records[i], change))
			model_remove(model, i);
	}
}

static void
model_print(const struct model *model, FILE *out)
{
	for (size_t i = 0; i < model->count; i++) {
		const struct record *record = &model->records[i];
		char owner[DNAME_TEXT_MAX];
		char type[RRTYPE_TEXT_MAX];
		dname_print(record->owner, owner);
		rrtype_print(record->rrtype, type);
		fprintf(out, "%s %u %s \\# %u ", owner, record->ttl, type, record->rdlen);
		for (unsigned k = 0; k < record->rdlen; k++)
			fprintf(out, "%02x", record->rdata[k]);
		fputc('\n', out);
	}
}

static struct zone *
model_read(const struct trial *trial, const struct model *model)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	assert_non_null(out);
	model_print(model, out);
	fclose(out);
	struct zone *zone = zone_of_text(trial->zone.origin, text, len);
	free(text);
	return zone;
}

/* Random changes */

static uint8_t *
keep(struct trial *trial, const uint8_t *octets, size_t len)
{
	uint8_t *kept = malloc(len + 1);
	assert_non_null(kept);
	memcpy(kept, octets, len);
	trial->blocks = realloc(trial->blocks, (trial->block_count + 1) * sizeof(char *));
	trial->blocks[trial->block_count++] = (char *)kept;
	return kept;
}

static struct change
change_of(struct trial *trial, const struct zone *zone, const struct zone_rrset *rrset,
	  size_t rr_idx)
{
	struct zone_rdata rdata = zone_rdata(zone, &zone_rrs(zone, rrset)[rr_idx]);
	return (struct change){
	    .kind = CHANGE_ADD,
	    .owner = keep(trial, rrset->owner, dname_len(rrset->owner)),
	    .rrtype = rrset->rrtype,
	    .ttl = rrset->ttl,
	    .rdata = keep(trial, rdata.octets, rdata.len),
	    .rdlen = rdata.len,
	};
}

/* A record to add: of the donor, sometimes at an owner that is there. */
static struct change
random_addition(struct trial *trial)
{
	const struct zone *donor = trial->donor;
	const struct zone_rrset *rrset =
	    &donor->rrsets[random_below(&trial->random, (unsigned)donor->rrset_count)];
	struct change change =
	    change_of(trial, donor, rrset, random_below(&trial->random, rrset->rr_count));
	if (random_below(&trial->random, 3) == 0)
		change.owner =
		    trial->now.records[random_below(&trial->random, (unsigned)trial->now.count)]
			.owner;
	if (random_below(&trial->random, 40) == 0)
		change.ttl = (uint32_t)random_next(&trial->random);
	change.owner = keep(trial, change.owner, dname_len(change.owner));
	return change;
}

static struct change
random_deletion(struct trial *trial)
{
	static const enum change_kind kinds[] = {CHANGE_DELETE_RR, CHANGE_DELETE_RR,
						 CHANGE_DELETE_RRSET, CHANGE_DELETE_NAME};
	const struct record *record =
	    &trial->now.records[random_below(&trial->random, (unsigned)trial->now.count)];
	return (struct change){
	    .kind = kinds[random_below(&trial->random, ARRAY_LEN(kinds))],
	    .owner = keep(trial, record->owner, dname_len(record->owner)),
	    .rrtype = record->rrtype,
	    .rdata = record->rdata,
	    .rdlen = record->rdlen,
	};
}

/* A SOA takes the place of the one before. */
static void
changes_add_soa(struct trial *trial)
{
	const struct zone_rrset *soa = zone_find(trial->donor, trial->zone.origin, RRTYPE_SOA);
	struct change change = change_of(trial, trial->donor, soa, 0);
	uint8_t *rdata = (uint8_t *)(uintptr_t)change.rdata;
	be32_write(rdata + change.rdlen - 20, (uint32_t)random_next(&trial->random));
	trial->changes[trial->change_count] = change;
	trial->changes[trial->change_count++].kind = CHANGE_DELETE_RRSET;
	trial->changes[trial->change_count++] = change;
}

/* Changes that hardly ever are refused for what they leave of the apex. */
static bool
spares_apex(const struct trial *trial, const struct change *change)
{
	return change->kind == CHANGE_ADD
		   ? change->rrtype != RRTYPE_SOA
		   : !dname_equal(change->owner, trial->zone.origin) ||
			 (change->kind != CHANGE_DELETE_NAME && change->rrtype != RRTYPE_SOA &&
			  change->rrtype != RRTYPE_NS);
}

static bool
is_of_dnssec(uint16_t rrtype)
{
	return rrtype == RRTYPE_RRSIG || rrtype == RRTYPE_NSEC || rrtype == RRTYPE_NSEC3 ||
	       rrtype == RRTYPE_NSEC3PARAM;
}

/* Signatures and denials go, and mostly those of the donor take their place. */
static void
changes_resign(struct trial *trial)
{
	for (size_t i = 0; i < trial->now.count; i++) {
		const struct record *record = &trial->now.records[i];
		if (!is_of_dnssec(record->rrtype))
			continue;
		trial->changes[trial->change_count++] = (struct change){
		    .kind = CHANGE_DELETE_RRSET,
		    .owner = keep(trial, record->owner, dname_len(record->owner)),
		    .rrtype = record->rrtype,
		};
	}
	if (random_below(&trial->random, 4) == 0)
		return;
	for (size_t i = 0; i < trial->donor->rrset_count; i++) {
		const struct zone_rrset *set = &trial->donor->rrsets[i];
		for (size_t k = 0; is_of_dnssec(set->rrtype) && k < set->rr_count; k++)
			trial->changes[trial->change_count++] =
			    change_of(trial, trial->donor, set, k);
	}
}

static void
changes_make(struct trial *trial)
{
	size_t count = 1 + random_below(&trial->random, RANDOM_CHANGES_MAX - 2);
	bool is_careful = random_below(&trial->random, 20) != 0;
	trial->change_count = 0;
	if (random_below(&trial->random, 4) == 0)
		changes_add_soa(trial);
	if (trial->is_signed && random_below(&trial->random, 6) == 0)
		changes_resign(trial);
	assert_true(trial->change_count + count < CHANGES_MAX);
	for (count += trial->change_count; trial->change_count < count;) {
		struct change change = random_below(&trial->random, 100) < 60
					   ? random_addition(trial)
					   : random_deletion(trial);
		if (!is_careful || spares_apex(trial, &change))
			trial->changes[trial->change_count++] = change;
		else if (random_below(&trial->random, 4) == 0)
			count--;
	}
}

/* The same zone signed, if those of the trial are: one way or another. */
static struct zone *
sign(struct trial *trial, struct zone *zone)
{
	struct random *random = &trial->random;
	struct signing_style style = {.has_nsec3 = random_below(random, 4) != 0,
				      .is_opt_out = random_below(random, 2) == 0,
				      .iterations = (uint16_t)random_below(random, 2),
				      .salt_len = (uint8_t)random_below(random, 2)};
	struct signing signing;
	char *text = NULL;
	size_t len = 0;
	if (!trial->is_signed)
		return zone;
	FILE *out = open_memstream(&text, &len);
	signing_init(&signing, zone, &style);
	signing_print(&signing, out);
	signing_fini(&signing);
	fclose(out);
	zone_free(zone);
	zone = zone_of_text(trial->zone.origin, text, len);
	assert_non_null(zone);
	free(text);
	return zone;
}

static void
donor_make(struct trial *trial)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	zone_free(trial->donor);
	oracle_zone_again(&trial->zone, 2 + random_below(&trial->random, 30), out);
	fclose(out);
	trial->donor = zone_of_text(trial->zone.origin, text, len);
	assert_non_null(trial->donor);
	trial->donor = sign(trial, trial->donor);
	free(text);
}

/* Versions side by side */

static void
check_reference(const struct zone_version *version, ref reference)
{
	assert_true(reference != REF_NONE);
	assert_true((size_t)reference * REF_UNIT < store_len(version->store));
}

static void
check_entry(const struct zone_version *derived, const struct node_entry *a,
	    const struct zone_version *compiled, const struct node_entry *b, bool is_occluded)
{
	const struct rrset *x = entry_rrset(derived, a);
	const struct rrset *y = entry_rrset(compiled, b);
	check_reference(derived, a->ref);
	assert_int_equal(a->rrtype, b->rrtype);
	assert_int_equal(a->flags & ENTRY_CHAINS, b->flags & ENTRY_CHAINS);
	if (!is_occluded)
		assert_int_equal(a->flags & ENTRY_PLAIN, b->flags & ENTRY_PLAIN);
	assert_int_equal(rrset_len(x), rrset_len(y));
	assert_memory_equal(x, y, rrset_len(x));
}

/* Name by name, in the same order: the same nodes with the same records. */
static void
check_nodes(const struct zone_version *derived, const struct zone_version *compiled)
{
	struct visit a;
	struct visit b;
	visit_start(&a, derived, version_image(derived)->apex, version_origin(derived), false);
	visit_start(&b, compiled, version_image(compiled)->apex, version_origin(compiled), false);
	while (visit_next(&b)) {
		assert_true(visit_next(&a));
		assert_true(dname_equal(a.owner, b.owner));
		check_reference(derived, a.node_ref);
		assert_int_equal(a.node->flags & ~NODE_HOST, b.node->flags & ~NODE_HOST);
		unsigned from_a = node_first_rrset(a.node);
		unsigned from_b = node_first_rrset(b.node);
		assert_int_equal(a.node->entry_count - from_a, b.node->entry_count - from_b);
		for (unsigned i = 0; i + from_a < a.node->entry_count; i++)
			check_entry(derived, &a.node->entries[i + from_a], compiled,
				    &b.node->entries[i + from_b],
				    b.is_occluded || (b.node->flags & NODE_CUT));
	}
	assert_false(visit_next(&a));
	visit_fini(&a);
	visit_fini(&b);
}

/* The owners of NSEC3, whose chains say where they are found. */
static void
check_chains(const struct zone_version *derived, const struct zone_version *compiled)
{
	ref *nodes[2];
	size_t counts[2];
	assert_int_equal(denial_nsec3_nodes(derived, &nodes[0], &counts[0]), STATUS_OK);
	assert_int_equal(denial_nsec3_nodes(compiled, &nodes[1], &counts[1]), STATUS_OK);
	assert_int_equal(counts[0], counts[1]);
	for (size_t i = 0; i < counts[0]; i++) {
		const struct node *a = version_node(derived, nodes[0][i]);
		const struct node *b = version_node(compiled, nodes[1][i]);
		assert_int_equal(a->children, REF_NONE);
		assert_int_equal(node_len(a), node_len(b));
		assert_memory_equal(node_label(a), node_label(b), a->label_len);
		for (unsigned k = 0; k < a->entry_count; k++) {
			assert_int_equal(a->entries[k].flags, 0);
			check_entry(derived, &a->entries[k], compiled, &b->entries[k], false);
		}
	}
	free(nodes[0]);
	free(nodes[1]);
}

static void
check_denials(const struct zone_version *derived, const struct zone_version *compiled)
{
	const struct denial *a = denial_of(derived);
	const struct denial *b = denial_of(compiled);
	assert_int_equal(a == NULL, b == NULL);
	if (a == NULL)
		return;
	struct denial same = *a;
	same.chain = b->chain;
	assert_int_equal(denial_len(a), denial_len(b));
	assert_memory_equal(&same, b, sizeof(same));
	assert_memory_equal(a->salt, b->salt, a->salt_len);
	assert_int_equal(a->chain == REF_NONE, b->chain == REF_NONE);
	if (a->chain == REF_NONE)
		return;
	/* Each hash in the chain finds the same. */
	const struct node *chain = version_node(compiled, b->chain);
	struct visit visit;
	visit_start(&visit, compiled, b->chain, version_origin(compiled), false);
	while (visit_next(&visit)) {
		uint8_t hash[NSEC3_HASH_LEN];
		struct denial_record record;
		if (visit.node == chain)
			continue;
		assert_true(nsec3_owner_hash(visit.owner, hash));
		assert_true(denial_nsec3(derived, hash, &record));
		assert_true(record.is_match);
		assert_true(dname_equal(record.owner, visit.owner));
	}
	visit_fini(&visit);
}

/* All that can be reached: what was to vanish and has not shows. */
static uint64_t
node_count(const struct zone_version *version)
{
	struct usage usage;
	assert_int_equal(usage_of(version, &usage), STATUS_OK);
	return usage.counts[USAGE_NODE];
}

static void
check_images(const struct zone_version *derived, const struct zone_version *compiled)
{
	const struct zone_image *a = version_image(derived);
	const struct zone_image *b = version_image(compiled);
	assert_int_equal(version_serial(derived), version_serial(compiled));
	assert_int_equal(a->name_count, b->name_count);
	assert_int_equal(node_count(derived), node_count(compiled));
	assert_int_equal(a->rr_count, b->rr_count);
	assert_int_equal(a->negative == REF_NONE, b->negative == REF_NONE);
	check_reference(derived, a->soa);
	for (uint32_t i = 0; i < version_extra(derived)->host_count; i++) {
		const uint8_t *host = (const uint8_t *)host_at(derived, i);
		check_reference(derived, (ref)((host - derived->base) / REF_UNIT));
	}
}

static void
fail_trial(struct trial *trial, const struct question *question, const uint8_t *got, size_t len,
	   const uint8_t *wanted, size_t wanted_len)
{
	struct decoded decoded = {0};
	char name[DNAME_TEXT_MAX];
	dname_print(question->qname, name);
	fprintf(stderr, "seed %u, %s TYPE%u payload %d: derived (%zu octets)\n", trial->seed, name,
		question->qtype, question->udp_payload, len);
	if (dns_decode(&decoded, got, len))
		decoded_print(&decoded, stderr);
	fprintf(stderr, "--- compiled (%zu octets)\n", wanted_len);
	if (dns_decode(&decoded, wanted, wanted_len))
		decoded_print(&decoded, stderr);
	fprintf(stderr, "--- zone\n");
	model_print(&trial->next, stderr);
	fail();
}

static bool
says_the_same(struct trial *trial, uint8_t messages[2][MESSAGE_LEN_MAX + ENGINE_CANARY_LEN],
	      const size_t lens[2])
{
	struct decoded *a = &trial->decoded[0];
	struct decoded *b = &trial->decoded[1];
	bool is_same = dns_decode(a, messages[0], lens[0]) && dns_decode(b, messages[1], lens[1]) &&
		       a->flags == b->flags && a->rcode == b->rcode &&
		       rr_list_equal(&a->rrs, &b->rrs);
	decoded_fini(a);
	decoded_fini(b);
	return is_same;
}

static void
check_answer(struct trial *trial, struct engine engines[2], const struct question *question,
	     enum transport transport)
{
	static uint8_t messages[2][MESSAGE_LEN_MAX + ENGINE_CANARY_LEN];
	size_t lens[2];
	for (unsigned i = 0; i < 2; i++) {
		size_t len = question_put(question, messages[i]);
		lens[i] =
		    engine_ask(&engines[i], transport, messages[i], len, MESSAGE_LEN_MAX, NULL);
	}
	trial->asked++;
	if (lens[0] == lens[1] && memcmp(messages[0], messages[1], lens[0]) == 0)
		return;
	/* A wildcard's template may compress less than the composer, and not both versions need
	 * have one. */
	trial->compressed_otherwise++;
	if (!says_the_same(trial, messages, lens))
		fail_trial(trial, question, messages[0], lens[0], messages[1], lens[1]);
}

static void
names_add(struct trial *trial, const uint8_t *dname)
{
	assert_true(trial->name_count < NAMES_MAX);
	dname_lower(dname, trial->names[trial->name_count++]);
}

static int
name_order(const void *a, const void *b)
{
	return dname_compare(a, b);
}

/* Owners before and after, what is above, beside and below them. */
static void
names_make(struct trial *trial)
{
	trial->name_count = 0;
	for (unsigned m = 0; m < 2; m++) {
		const struct model *model = m == 0 ? &trial->now : &trial->next;
		for (size_t i = 0; i < model->count; i++) {
			if (trial->name_count + 3 >= NAMES_MAX)
				break;
			const uint8_t *owner = model->records[i].owner;
			uint8_t near[DNAME_LEN_MAX];
			names_add(trial, owner);
			if (!dname_equal(owner, trial->zone.origin))
				names_add(trial, dname_skip(owner, 1));
			if (random_below(&trial->random, 2) == 0 &&
			    oracle_prepend(oracle_label(&trial->zone), owner, near))
				names_add(trial, near);
		}
	}
	qsort(trial->names, trial->name_count, sizeof(trial->names[0]), name_order);
	size_t kept = 0;
	for (size_t i = 0; i < trial->name_count; i++) {
		if (kept == 0 || !dname_equal(trial->names[kept - 1], trial->names[i]))
			memmove(trial->names[kept++], trial->names[i], DNAME_LEN_MAX);
	}
	trial->name_count = kept;
}

static void
check_answers(struct trial *trial, struct zone_version *derived, struct zone_version *compiled)
{
	struct engine engines[2];
	engine_of_version(&engines[0], trial->zone.origin, derived);
	engine_of_version(&engines[1], trial->zone.origin, compiled);
	names_make(trial);
	for (size_t i = 0; i < trial->name_count; i++) {
		for (size_t t = 0; t < ARRAY_LEN(qtypes); t++) {
			size_t v = random_below(&trial->random, ARRAY_LEN(variants));
			struct question question = {.qname = trial->names[i],
						    .qtype = qtypes[t],
						    .udp_payload = variants[v].udp_payload,
						    .has_do = variants[v].has_do};
			check_answer(trial, engines, &question, variants[v].transport);
		}
	}
	zoneset_free(engines[0].zoneset);
	zoneset_free(engines[1].zoneset);
}

/* The trials */

static void
model_set(struct trial *trial, struct model *model, const struct zone *zone)
{
	model->count = 0;
	for (size_t i = 0; i < zone->rrset_count; i++) {
		for (size_t k = 0; k < zone->rrsets[i].rr_count; k++) {
			struct change change = change_of(trial, zone, &zone->rrsets[i], k);
			model_apply(model, &change);
		}
	}
}

static void
changes_print(const struct trial *trial, FILE *out)
{
	for (size_t i = 0; i < trial->change_count; i++) {
		const struct change *change = &trial->changes[i];
		char owner[DNAME_TEXT_MAX];
		dname_print(change->owner, owner);
		fprintf(out, "change %zu: kind %d %s %u TYPE%u\n", i + 1, change->kind, owner,
			change->ttl, change->rrtype);
	}
}

/* A compaction is the compilation of the same records. */
static void
check_compacted(const struct zone_version *derived, const struct zone_version *compiled)
{
	struct zone_version *dense;
	struct error error = {0};
	if (zone_version_compact(derived, NULL, &dense, &error) != STATUS_OK)
		fail_msg("%s", error.text);
	assert_int_equal(store_len(dense->store), store_len(compiled->store));
	assert_memory_equal(dense->base, compiled->base, store_len(compiled->store));
	zone_version_free(dense);
}

/* One change set: the version it leads to takes the place of *version, unless it is refused. */
static void
step(struct trial *trial, struct zone_version **version)
{
	struct zone_version *before = *version;
	size_t len = store_len(before->store);
	uint8_t *octets = malloc(len);
	struct zone_version *derived = NULL;
	struct error error = {0};
	assert_non_null(octets);
	memcpy(octets, before->base, len);
	changes_make(trial);
	trial->next = trial->now;
	for (size_t i = 0; i < trial->change_count; i++)
		model_apply(&trial->next, &trial->changes[i]);
	struct zone *zone = model_read(trial, &trial->next);
	enum status status = zone_version_derive(before, trial->changes, trial->change_count,
						 &derived, NULL, &error);
	if (status != (zone != NULL ? STATUS_OK : STATUS_REFUSED)) {
		changes_print(trial, stderr);
		model_print(&trial->next, stderr);
		fail_msg("seed %u: status %d, %s", trial->seed, status, error.text);
	}
	assert_memory_equal(before->base, octets, len);
	free(octets);
	if (status != STATUS_OK) {
		assert_int_equal(store_len(before->store), len);
		trial->refused++;
		return;
	}
	struct zone_version *compiled = version_of_zone(zone);
	check_images(derived, compiled);
	check_nodes(derived, compiled);
	check_chains(derived, compiled);
	check_denials(derived, compiled);
	check_answers(trial, derived, compiled);
	if (random_below(&trial->random, 4) == 0)
		check_compacted(derived, compiled);
	zone_version_free(compiled);
	zone_free(zone);
	zone_version_free(before);
	trial->now = trial->next;
	trial->derived++;
	*version = derived;
}

static void
run_trial(struct trial *trial, unsigned seed)
{
	static const char *const origins[] = {"example.com.", ".", "a.a.", "com."};
	uint8_t origin[DNAME_LEN_MAX];
	char *text = NULL;
	size_t len = 0;
	trial->seed = seed;
	trial->is_signed = seed % 3 == 0;
	trial->random = random_new(seed);
	FILE *out = open_memstream(&text, &len);
	name_read(origins[seed % ARRAY_LEN(origins)], origin);
	oracle_zone_make(&trial->zone, &trial->random, origin, 2 + random_below(&trial->random, 40),
			 out);
	fclose(out);
	struct zone *zone = zone_of_text(origin, text, len);
	free(text);
	assert_non_null(zone);
	zone = sign(trial, zone);
	model_set(trial, &trial->now, zone);
	struct zone_version *version = version_of_zone(zone);
	zone_free(zone);
	if (seed % 2 == 0)
		version = version_make_large(version);
	for (unsigned i = 0; i < STEP_COUNT; i++) {
		donor_make(trial);
		step(trial, &version);
	}
	zone_version_free(version);
	zone_free(trial->donor);
	trial->donor = NULL;
	for (size_t i = 0; i < trial->block_count; i++)
		free(trial->blocks[i]);
	free(trial->blocks);
	trial->blocks = NULL;
	trial->block_count = 0;
}

static void
test_derived_is_compiled(void **state)
{
	struct trial *trial = calloc(1, sizeof(*trial));
	assert_non_null(trial);
	for (unsigned seed = 0; seed < TRIAL_COUNT; seed++)
		run_trial(trial, seed);
	/* The trials are about changes, not about refusals. */
	assert_in_range(trial->derived, TRIAL_COUNT * STEP_COUNT / 2, TRIAL_COUNT * STEP_COUNT);
	assert_in_range(trial->refused, 10, TRIAL_COUNT * STEP_COUNT);
	assert_in_range(trial->compressed_otherwise, 0, trial->asked / 200);
	free(trial);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_derived_is_compiled),
	};
	return cmocka_run_group_tests_name("change", tests, NULL, NULL);
}
