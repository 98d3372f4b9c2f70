/* test_section.c -- RRsets into messages: compression, room, and templates of the same. */
#include "zones/section.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/unit/engine.h"
#include "zones/dname.h"
#include "zones/intern.h"
#include "zones/trie.h"

static uint8_t message[MESSAGE_LEN_MAX + 1];
static struct decoded decoded;

/* A question for `qname`, then sections as the test writes them. */
static struct section_writer
begin(const char *qname, size_t cap)
{
	struct section_writer writer;
	uint8_t dname[DNAME_LEN_MAX];
	name_read(qname, dname);
	struct question question = {.qname = dname, .qtype = RRTYPE_A, .udp_payload = NO_EDNS};
	size_t len = question_put(&question, message);
	section_init(&writer, message, dname_len(dname), cap, false);
	assert_int_equal(writer.len, len);
	return writer;
}

/* Hands the sections over to the decoder. */
static void
end(const struct section_writer *writer)
{
	for (unsigned i = 0; i < SECTION_COUNT; i++)
		be16_write(message + HEADER_ANCOUNT_OFF + (size_t)2 * i, writer->counts[i]);
	if (!dns_decode(&decoded, message, writer->len))
		fail_msg("%s", decoded.fault);
}

/* An RRset of records of the same RDATA length class: `rdata` holds `count` of `rdlen` octets. */
static struct rrset *
rrset_new(uint16_t rrtype, const void *rdata, size_t rdlen, uint16_t count)
{
	struct rrset *rrset = calloc(1, sizeof(*rrset) + count * (rdlen + 2));
	assert_non_null(rrset);
	rrset->rrtype = rrtype;
	rrset->rr_count = count;
	for (uint32_t i = 0; i < count; i++) {
		uint8_t *at = rrset->data + i * (rdlen + 2);
		be16_write(at, (uint16_t)rdlen);
		memcpy(at + 2, (const uint8_t *)rdata + i * rdlen, rdlen);
	}
	return rrset;
}

static size_t
put_name_rr(struct section_writer *writer, const char *owner, uint16_t rrtype, const char *head,
	    size_t head_len, const char *target)
{
	uint8_t rdata[16 + DNAME_LEN_MAX];
	uint8_t name[DNAME_LEN_MAX];
	uint8_t owner_name[DNAME_LEN_MAX];
	name_read(target, name);
	name_read(owner, owner_name);
	memcpy(rdata, head, head_len);
	memcpy(rdata + head_len, name, dname_len(name));
	struct rrset *rrset = rrset_new(rrtype, rdata, head_len + dname_len(name), 1);
	size_t before = writer->len;
	assert_true(section_put(writer, SECTION_ANSWER, owner_name, rrset, 60));
	free(rrset);
	return writer->len - before;
}

static void
test_names_are_compressed(void **state)
{
	struct section_writer writer = begin("wWw.exAMPle.com.", sizeof(message));
	const size_t fixed = RR_FIXED_LEN;
	/* A suffix of the QNAME; the name put before; a suffix of it; case does not matter. */
	assert_int_equal(
	    put_name_rr(&writer, "www.example.com.", RRTYPE_NS, "", 0, "ns1.example.com."),
	    2 + fixed + 4 + 2);
	assert_int_equal(put_name_rr(&writer, "EXAMPLE.com.", RRTYPE_NS, "", 0, "NS1.Example.COM."),
			 2 + fixed + 2);
	assert_int_equal(put_name_rr(&writer, "com.", RRTYPE_MX, "\0\12", 2, "a.ns1.example.com."),
			 2 + fixed + 2 + 2 + 2);
	assert_int_equal(put_name_rr(&writer, ".", RRTYPE_NS, "", 0, "."), 1 + fixed + 1);
	assert_int_equal(put_name_rr(&writer, "example.org.", RRTYPE_NS, "", 0, "b.example.org."),
			 13 + fixed + 2 + 2);
	/* "ample.com" ends no name at a label. */
	assert_int_equal(put_name_rr(&writer, "ample.com.", RRTYPE_NS, "", 0, "."),
			 6 + 2 + fixed + 1);
	end(&writer);
	assert_int_equal(decoded.rrs.line_count, 6);
}

/* RFC 3597 4: names of later types are written out, but may be pointed to. */
static void
test_names_that_are_not_compressed(void **state)
{
	struct section_writer writer = begin("example.com.", sizeof(message));
	assert_int_equal(put_name_rr(&writer, "example.com.", RRTYPE_SRV, "\0\1\0\2\0\65", 6,
				     "srv.example.com."),
			 2 + RR_FIXED_LEN + 6 + 17);
	assert_int_equal(
	    put_name_rr(&writer, "example.com.", RRTYPE_DNAME, "", 0, "d.example.com."),
	    2 + RR_FIXED_LEN + 15);
	assert_int_equal(
	    put_name_rr(&writer, "srv.example.com.", RRTYPE_NS, "", 0, "d.example.com."),
	    2 + RR_FIXED_LEN + 2);
	/* Octets of a type we do not know are no names, whatever they look like. */
	assert_int_equal(put_name_rr(&writer, "example.com.", 65280, "\300\14", 2, "example.com."),
			 2 + RR_FIXED_LEN + 2 + 13);
	end(&writer);
}

/* An RRset that does not fit leaves no trace, at any octet that it may fail at; what is put after
 * it is right. */
static void
test_what_does_not_fit_leaves_no_trace(void **state)
{
	static const char rdata[] = "\0\12\2mx\5other\4test\0";
	static const char rdatas[] = "\0\12\2mx\5other\4test\0\0\24\2my\5other\4tesu";
	struct rrset *two = rrset_new(RRTYPE_MX, rdatas, sizeof(rdata) - 1, 2);
	struct rrset *address = rrset_new(RRTYPE_A, "abcd", 4, 1);
	uint8_t mx[DNAME_LEN_MAX];
	uint8_t owner[DNAME_LEN_MAX];
	name_read("mx.other.test.", mx);
	name_read("owner.other.test.", owner);
	size_t fits = 0;
	for (size_t room = 0; room < 120; room++) {
		struct section_writer writer = begin("x.", sizeof(message));
		size_t before = writer.len;
		writer.cap = before + room;
		memset(message + writer.cap, 0xa5, 32);
		bool did_fit = section_put(&writer, SECTION_ANSWER, owner, two, 1);
		for (unsigned i = 0; i < 32; i++)
			assert_int_equal(message[writer.cap + i], 0xa5);
		assert_int_equal(writer.counts[SECTION_ANSWER], did_fit ? 2 : 0);
		if (!did_fit)
			assert_int_equal(writer.len, before);
		fits += did_fit;
		/* The names of what was taken back must not be pointed to. */
		writer.cap = sizeof(message);
		assert_true(section_put(&writer, SECTION_ADDITIONAL, mx, address, 1));
		assert_true(section_put(&writer, SECTION_ADDITIONAL, owner, address, 1));
		end(&writer);
		assert_int_equal(decoded.rrs.line_count, did_fit ? 4 : 2);
		struct rr_list expected = {.lines = NULL};
		rr_list_add(&expected, 2, mx, RRTYPE_A, 1, (const uint8_t *)"abcd", 4);
		assert_true(rr_list_has(&decoded.rrs, &expected, 0));
		rr_list_fini(&expected);
	}
	assert_in_range(fits, 1, 119);
	free(two);
	free(address);
}

static void
test_a_synthesized_cname(void **state)
{
	struct section_writer writer = begin("a.b.", sizeof(message));
	uint8_t target[DNAME_LEN_MAX];
	name_read("a.c.b.", target);
	struct rr_cursor cname = {.rdata = target, .rdlen = 7};
	assert_true(section_put_record(&writer, SECTION_ANSWER, NULL, RRTYPE_CNAME, 77, cname));
	end(&writer);
	assert_int_equal(writer.len, HEADER_LEN + 5 + 4 + 2 + RR_FIXED_LEN + 2 + 2 + 2);
	writer.cap = writer.len + 2 + RR_FIXED_LEN + 5;
	size_t before = writer.len;
	name_read("x.y.z.", target);
	assert_false(section_put_record(&writer, SECTION_ANSWER, NULL, RRTYPE_CNAME, 77, cname));
	assert_int_equal(writer.len, before);
	assert_int_equal(writer.counts[SECTION_ANSWER], 1);
}

/* More names than slots: compressed less well, never wrong. */
static void
test_more_names_than_slots(void **state)
{
	struct section_writer writer = begin("x.", sizeof(message));
	char name[64];
	for (unsigned i = 0; i < 700; i++) {
		snprintf(name, sizeof(name), "n%u.m%u.k%u.", i, i, i % 9);
		put_name_rr(&writer, name, RRTYPE_NS, "", 0, name);
	}
	end(&writer);
	assert_int_equal(decoded.rrs.line_count, 700);
	for (size_t i = 1; i < decoded.rrs.line_count; i++)
		assert_false(rr_list_section(&decoded.rrs, i) != 0);
	assert_true(writer.len > POINTER_OFF_MAX);
}

/* RFC 1035 4.1.4: a pointer has 14 bits. A name behind their reach is no target, nor is one that
 * ends there: names are found from their last label on. */
static void
test_the_reach_of_pointers(void **state)
{
	for (size_t first_off = POINTER_OFF_MAX - 8; first_off < POINTER_OFF_MAX + 8; first_off++) {
		static uint8_t filler[POINTER_OFF_MAX + 8];
		struct section_writer writer = begin("x.", sizeof(message));
		uint8_t root[DNAME_LEN_MAX] = {0};
		size_t filler_len = first_off - writer.len - 1 - RR_FIXED_LEN;
		struct rrset *rrset = rrset_new(65280, filler, filler_len, 1);
		assert_true(section_put(&writer, SECTION_ANSWER, root, rrset, 60));
		free(rrset);
		assert_int_equal(writer.len, first_off);
		put_name_rr(&writer, "late.test.", RRTYPE_NS, "", 0, ".");
		size_t len = put_name_rr(&writer, "late.test.", RRTYPE_NS, "", 0, ".");
		bool is_within_reach = first_off + strlen("\4late") <= POINTER_OFF_MAX;
		size_t owner_len = is_within_reach ? 2 : 11;
		assert_int_equal(len, owner_len + RR_FIXED_LEN + 1);
		end(&writer);
		assert_int_equal(decoded.rrs.line_count, 3);
		for (size_t i = 1; i < 3; i++) {
			const uint8_t *line = decoded.rrs.octets + decoded.rrs.lines[i].off;
			assert_memory_equal(line + 1, "\4late\4test", 11);
		}
	}
}

/* Names with one label in common and everything else at random, decoded to what they were. */
static void
test_random_names(void **state)
{
	struct random random = random_new(17);
	for (unsigned round = 0; round < 300; round++) {
		struct rr_list expected = {.lines = NULL};
		struct section_writer writer = begin("a.b.a.", sizeof(message));
		for (unsigned i = 0; i < 60; i++) {
			uint8_t name[DNAME_LEN_MAX];
			uint8_t *at = name;
			for (unsigned left = random_below(&random, 12); left > 0; left--) {
				*at++ = 1;
				*at++ = (uint8_t)("abcABC"[random_below(&random, 6)]);
			}
			*at = 0;
			size_t len = dname_len(name);
			struct rrset *rrset = rrset_new(RRTYPE_NS, name, len, 1);
			assert_true(section_put(&writer, SECTION_AUTHORITY, name, rrset, i));
			free(rrset);
			rr_list_add(&expected, 1, name, RRTYPE_NS, i, name, len);
		}
		end(&writer);
		rr_list_sort(&expected);
		assert_true(rr_list_equal(&decoded.rrs, &expected));
		rr_list_fini(&expected);
	}
}

/* Equal templates are one: the delegations to one operator. */
static void
test_delegations_share_a_template(void **state)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	fprintf(out, "@ 60 SOA ns h 1 2 3 4 60\n@ 60 NS ns\nns 60 A 192.0.2.1\n");
	for (unsigned i = 0; i < 100; i++)
		fprintf(out, "%.*s%u 60 NS ns1.operator\n%.*s%u 60 NS ns2.operator\n", (int)i % 40,
			"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", i, (int)i % 40,
			"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", i);
	fprintf(out, "ns1.operator 60 A 192.0.2.1\nns2.operator 60 AAAA ::1\n");
	fclose(out);
	struct engine engine;
	engine_init(&engine);
	engine_add_text(&engine, "example.", text);
	engine_ready(&engine);
	free(text);

	const struct zone_version *version = engine.zones[0].version;
	ref shared = REF_NONE;
	unsigned seen = 0;
	for (size_t i = 0; i < engine.zones[0].zone->rrset_count; i++) {
		const struct zone_rrset *rrset = &engine.zones[0].zone->rrsets[i];
		struct split_name name;
		struct walk walk;
		split_name_set(&name, rrset->owner);
		enum walk_end end_kind = walk_run(&walk, version, &name, true);
		if (end_kind != WALK_CUT)
			continue;
		const struct node_entry *entry = node_find(walk.node, RRTYPE_NS);
		assert_true(entry->flags & ENTRY_TEMPLATE);
		assert_true(seen == 0 || entry->ref == shared);
		shared = entry->ref;
		seen++;
	}
	assert_int_equal(seen, 100);
	engine_fini(&engine);
}

static size_t
counted_len(const void *octets)
{
	return *(const uint8_t *)octets;
}

static void
test_interned_octets_are_stored_once(void **state)
{
	struct store *store;
	struct intern intern;
	ref header;
	struct random random = random_new(23);
	ref refs[256][8] = {{0}};
	assert_int_equal(store_new(65536, &store), STATUS_OK);
	struct store_writer writer = store_writer(store, 0);
	assert_int_equal(store_append(&writer, 4, &header), STATUS_OK);
	assert_int_equal(intern_init(&intern, &writer, counted_len), STATUS_OK);
	for (unsigned i = 0; i < 20000; i++) {
		uint8_t octets[32] = {0};
		unsigned value = random_below(&random, 256);
		unsigned len = 2 + random_below(&random, 6);
		ref found;
		octets[0] = (uint8_t)len;
		octets[1] = (uint8_t)value;
		assert_int_equal(intern_put(&intern, octets, len, &found), STATUS_OK);
		assert_true(refs[value][len] == REF_NONE || refs[value][len] == found);
		refs[value][len] = found;
		assert_memory_equal(store_at(store, found), octets, len);
	}
	assert_int_equal(intern.slot_count, 6 * 256);
	intern_fini(&intern);
	store_release(store);
}

static int
teardown(void **state)
{
	decoded_fini(&decoded);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_names_are_compressed),
	    cmocka_unit_test(test_names_that_are_not_compressed),
	    cmocka_unit_test(test_what_does_not_fit_leaves_no_trace),
	    cmocka_unit_test(test_a_synthesized_cname),
	    cmocka_unit_test(test_more_names_than_slots),
	    cmocka_unit_test(test_the_reach_of_pointers),
	    cmocka_unit_test(test_random_names),
	    cmocka_unit_test(test_delegations_share_a_template),
	    cmocka_unit_test(test_interned_octets_are_stored_once),
	};
	return cmocka_run_group_tests_name("section", tests, NULL, teardown);
}
