/* fuzz_change.c -- any text as a change set: it is refused with a reason, or the version derived is
 * the one that its records compile to, and answers like that; the version before is as it was.
 *
 * The first octet chooses the zone; its highest bit, whether the version before is so large that
 * the derived one lies beside it in its store.
 */
#include "control/change_set.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/served.h"
#include "tests/fuzz/zone_print.h"
#include "tests/unit/change_tools.h"
#include "zones/compact.h"
#include "zones/dname.h"
#include "zones/zone_records.h"

/* What a zone of the served ones is derived to. */
struct trial {
	const uint8_t *origin;
	struct zone_version *derived;
	struct zone_version *compiled;
	struct engine engines[2];
	struct decoded decoded[2];
};

static const struct engine_zone *
zone_of(unsigned number)
{
	const struct engine *engine = served(number);
	size_t idx = number / 3 % engine->zone_count;
	return engine->zones[idx].zone != NULL ? &engine->zones[idx] : &engine->zones[0];
}

/* A compilation of the records that the derived version holds. They are a zone that could be read.
 */
static void
compile(struct trial *trial)
{
	struct zone *records;
	struct zone_version *dense;
	size_t len;
	EXPECT(zone_from_version(trial->derived, &records) == STATUS_OK);
	char *text = zone_print(records, &len);
	struct zone *zone = zone_of_text(trial->origin, text, len);
	EXPECT(zone != NULL);
	EXPECT(zone->rr_count == version_image(trial->derived)->rr_count);
	trial->compiled = version_of_zone(zone);
	EXPECT(zone_version_compact(trial->derived, NULL, &dense, NULL) == STATUS_OK);
	EXPECT(store_len(dense->store) == store_len(trial->compiled->store));
	EXPECT(memcmp(dense->base, trial->compiled->base, store_len(dense->store)) == 0);
	zone_version_free(dense);
	zone_free(zone);
	zone_free(records);
	free(text);
}

static void
ask(struct trial *trial, const uint8_t *qname, uint16_t qtype, int udp_payload)
{
	static uint8_t messages[2][MESSAGE_LEN_MAX + ENGINE_CANARY_LEN];
	const struct question question = {.qname = qname,
					  .qtype = qtype,
					  .udp_payload = udp_payload,
					  .has_do = udp_payload > MESSAGE_LEN_PLAIN};
	struct decoded *a = &trial->decoded[0];
	struct decoded *b = &trial->decoded[1];
	size_t lens[2];
	for (unsigned i = 0; i < 2; i++) {
		size_t len = question_put(&question, messages[i]);
		lens[i] = engine_ask(&trial->engines[i], TRANSPORT_UDP, messages[i], len,
				     MESSAGE_LEN_MAX, NULL);
	}
	if (lens[0] == lens[1] && memcmp(messages[0], messages[1], lens[0]) == 0)
		return;
	/* Not both need have a template, which may compress less than the composer. */
	EXPECT(dns_decode(a, messages[0], lens[0]) && dns_decode(b, messages[1], lens[1]));
	if (a->flags == b->flags && a->rcode == b->rcode && rr_list_equal(&a->rrs, &b->rrs))
		return;
	char name[DNAME_TEXT_MAX];
	dname_print(qname, name);
	fprintf(stderr, "%s TYPE%u payload %d, derived:\n", name, qtype, udp_payload);
	decoded_print(a, stderr);
	fprintf(stderr, "--- compiled:\n");
	decoded_print(b, stderr);
	EXPECT(rr_list_equal(&a->rrs, &b->rrs));
}

static void
ask_about(struct trial *trial, const uint8_t *qname)
{
	static const uint16_t qtypes[] = {RRTYPE_A,   RRTYPE_NS,  RRTYPE_CNAME, RRTYPE_SOA,
					  RRTYPE_MX,  RRTYPE_TXT, RRTYPE_DS,    RRTYPE_DNAME,
					  RRTYPE_SRV, RRTYPE_ANY, RRTYPE_NSEC};
	for (size_t i = 0; i < ARRAY_LEN(qtypes); i++) {
		ask(trial, qname, qtypes[i], NO_EDNS);
		ask(trial, qname, qtypes[i], UDP_PAYLOAD_DEFAULT);
	}
}

/* Changed owners, what is below and above them, and some of the rest. */
static void
ask_all(struct trial *trial, const struct change_set *set, const struct zone *zone)
{
	uint8_t below[DNAME_LEN_MAX] = "\1x";
	for (unsigned i = 0; i < 2; i++)
		engine_of_version(&trial->engines[i], trial->origin,
				  i == 0 ? trial->derived : trial->compiled);
	for (size_t i = 0; i < set->count; i++) {
		const uint8_t *owner = set->changes[i].owner;
		if (dname_len(owner) + 2 <= DNAME_LEN_MAX) {
			memcpy(below + 2, owner, dname_len(owner));
			ask_about(trial, below);
		}
		for (; !dname_equal(owner, trial->origin); owner = dname_skip(owner, 1))
			ask_about(trial, owner);
	}
	for (size_t i = 0; i < zone->rrset_count; i += 1 + zone->rrset_count / 8)
		ask_about(trial, zone->rrsets[i].owner);
	for (unsigned i = 0; i < 2; i++) {
		zoneset_free(trial->engines[i].zoneset);
		decoded_fini(&trial->decoded[i]);
	}
}

static void
apply(const struct change_set *set, const struct engine_zone *to, struct zone_version *before)
{
	struct trial trial = {.origin = to->origin};
	struct change_report report;
	struct error error = {0};
	size_t len = store_len(before->store);
	uint8_t *octets = fuzz_copy(before->base, len, len);
	enum status status = change_set_derive(set, before, &trial.derived, &report, &error);
	EXPECT(memcmp(octets, before->base, len) == 0);
	free(octets);
	if (status != STATUS_OK) {
		EXPECT(status == STATUS_REFUSED || status == STATUS_INVALID ||
		       status == STATUS_LIMIT);
		EXPECT(error.text[0] != '\0');
		return;
	}
	EXPECT(report.repeated_count + report.absent_count <= set->count);
	compile(&trial);
	ask_all(&trial, set, to->zone);
	zone_version_free(trial.compiled);
	zone_version_free(trial.derived);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct change_set *set;
	struct error error = {0};
	if (len == 0)
		return 0;
	const struct engine_zone *zone = zone_of(data[0]);
	char *text = (char *)fuzz_copy(data + 1, len - 1, len - 1);
	enum status status = change_set_read(zone->origin, text, len - 1, &set, &error);
	EXPECT(status == STATUS_OK || status == STATUS_INVALID || status == STATUS_LIMIT);
	EXPECT((status == STATUS_OK) == (error.text[0] == '\0'));
	if (status == STATUS_OK) {
		EXPECT(set->count > 0);
		bool is_large = data[0] & 0x80;
		struct zone_version *before =
		    is_large ? version_make_large(version_of_zone(zone->zone)) : zone->version;
		apply(set, zone, before);
		if (is_large)
			zone_version_free(before);
		change_set_free(set);
	}
	free(text);
	return 0;
}
