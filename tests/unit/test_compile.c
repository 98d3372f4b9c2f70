/* test_compile.c -- a large zone compiled in parts, side by side, and consumed meanwhile, says what
 * it says when it is compiled in one piece. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/unit/engine.h"
#include "zones/dname.h"
#include "zones/host.h"
#include "zones/template.h"
#include "zones/visit.h"

enum { DELEGATIONS = 100000, TEXT_CAP = 32 << 20 };

/* Four jobs that happen to run one after the other, the last first: what a job leaves behind in
 * another's way shows. */
static void
run_backwards(struct jobs *jobs, jobs_fn fn, void *context, unsigned count)
{
	for (unsigned i = count; i-- > 0;)
		fn(context, i);
}

static struct jobs four_jobs = {.width = 4, .run = run_backwards};

/* Delegations to an operator outside, to one inside, to servers of their own, and below an empty
 * non-terminal; hosts, aliases, wildcards, and a branch that is a third of the zone. */
static size_t
text_write(char *text)
{
	char *at = text;
	at += sprintf(at, "@ 60 SOA ns.nic h 1 2 3 4 60\n@ 60 NS ns.nic\n@ 60 MX 1 mail\n"
			  "ns.nic 60 A 192.0.2.1\nns.nic 60 AAAA 2001:db8::1\n"
			  "mail 60 A 192.0.2.2\n*.wild 60 TXT \"w\"\n* 60 TXT \"top\"\n");
	for (unsigned i = 0; i < DELEGATIONS; i++) {
		unsigned scattered = i * 7919u % DELEGATIONS;
		switch (i % 6) {
		case 0:
			at += sprintf(at, "d%u 60 NS ns%u.operator.example.\n", scattered, i % 13);
			break;
		case 1:
			at += sprintf(at, "d%u 60 NS ns.nic\nd%u 60 NS ns.d%u\n", scattered,
				      scattered, scattered);
			at += sprintf(at, "ns.d%u 60 A 192.0.2.%u\n", scattered, i % 256);
			break;
		case 2:
			at += sprintf(at, "h%u.big 60 A 192.0.2.%u\nh%u.big 60 MX 1 mail\n",
				      scattered, i % 256, scattered);
			break;
		case 3:
			at += sprintf(at, "c%u 60 CNAME d%u\n", scattered, scattered);
			break;
		case 4:
			at += sprintf(at, "*.e%u.ent 60 SRV 1 2 3 mail\n", scattered);
			break;
		default:
			at += sprintf(at, "d%u 60 NS ns.d%u\nns.d%u 60 AAAA ::2\n", scattered,
				      scattered, scattered);
		}
	}
	return (size_t)(at - text);
}

static struct zone *
zone_new(const char *text, size_t len)
{
	struct findings findings;
	struct zone *zone = NULL;
	findings_init(&findings);
	assert_int_equal(zone_read_text((const uint8_t *)"\3tld",
					&(struct zone_text){"t", text, len}, NULL, &findings,
					&zone),
			 STATUS_OK);
	findings_fini(&findings);
	return zone;
}

static void
check_same_rrset(const struct rrset *a, const struct rrset *b)
{
	assert_int_equal(rrset_len(a), rrset_len(b));
	assert_memory_equal(a, b, rrset_len(a));
}

static void
check_same_entry(const struct zone_version *a, const struct node_entry *x,
		 const struct zone_version *b, const struct node_entry *y)
{
	assert_int_equal(x->rrtype, y->rrtype);
	assert_int_equal(x->flags, y->flags);
	if (x->rrtype == RRTYPE_HOST) {
		assert_int_equal(x->ref, y->ref);
		return;
	}
	check_same_rrset(entry_rrset(a, x), entry_rrset(b, y));
	if (!(x->flags & ENTRY_TEMPLATE))
		return;
	/* All but the reference to the RRset. */
	const uint8_t *s = version_at(a, x->ref);
	const uint8_t *t = version_at(b, y->ref);
	assert_int_equal(template_len(s), template_len(t));
	assert_memory_equal(s + sizeof(ref), t + sizeof(ref), template_len(s) - sizeof(ref));
}

/* Is the node the one that a walk to its name comes to? */
static void
check_is_found(const struct visit *visit)
{
	struct split_name name;
	struct walk walk;
	split_name_set(&name, visit->owner);
	assert_int_equal(walk_run(&walk, visit->version, &name, false), WALK_FOUND);
	assert_ptr_equal(walk.node, visit->node);
}

static void
check_same(const struct zone_version *a, const struct zone_version *b)
{
	struct visit x;
	struct visit y;
	visit_start(&x, a, version_image(a)->apex, version_origin(a), false);
	visit_start(&y, b, version_image(b)->apex, version_origin(b), false);
	while (visit_next(&x)) {
		assert_true(visit_next(&y));
		assert_true(dname_equal(x.owner, y.owner));
		assert_int_equal(x.node->flags, y.node->flags);
		assert_int_equal(x.node->entry_count, y.node->entry_count);
		assert_int_equal(x.is_occluded, y.is_occluded);
		for (unsigned i = 0; i < x.node->entry_count; i++)
			check_same_entry(a, &x.node->entries[i], b, &y.node->entries[i]);
		check_is_found(&y);
	}
	assert_false(visit_next(&y));
	visit_fini(&x);
	visit_fini(&y);
}

static void
check_same_hosts(const struct zone_version *a, const struct zone_version *b)
{
	uint32_t count = version_extra(a)->host_count;
	assert_int_equal(count, version_extra(b)->host_count);
	assert_in_range(count, 2, 10);
	for (uint32_t i = 0; i < count; i++) {
		const struct host *x = host_at(a, i);
		assert_memory_equal(x, host_at(b, i), sizeof(*x) + x->len);
	}
}

static void
test_parts_make_the_same_version(void **state)
{
	char *text = malloc(TEXT_CAP);
	assert_non_null(text);
	size_t len = text_write(text);
	struct zone *zone = zone_new(text, len);
	struct zone *consumed = zone_new(text, len);
	struct zone_version *whole;
	struct zone_version *parts;
	assert_int_equal(zone_version_compile(zone, NULL, &whole, NULL), STATUS_OK);
	assert_int_equal(zone_version_compile_away(consumed, &four_jobs, &parts, NULL), STATUS_OK);
	zone_free(zone);
	free(text);
	check_same(whole, parts);
	check_same_hosts(whole, parts);
	zone_version_free(whole);
	zone_version_free(parts);
}

/* A job that is alone needs no thread; with more than one, or many steps, 200,000 small zones would
 * make as many threads. */
static void
run_alone(struct jobs *jobs, jobs_fn fn, void *context, unsigned count)
{
	assert_int_equal(count, 1);
	fn(context, 0);
}

/* A small zone is one part, says nothing twice, and takes what it needs. */
static void
test_small_zones_stay_small(void **state)
{
	static const char text[] = "@ 60 SOA ns.x. h.x. 1 2 3 4 60\n@ 60 NS ns.x.\n"
				   "@ 60 A 192.0.2.1\nftp 60 A 192.0.2.1\nwww 60 A 192.0.2.1\n";
	struct jobs four_alone = {.width = 4, .run = run_alone};
	struct findings findings;
	struct zone *zone;
	struct zone_version *version;
	findings_init(&findings);
	assert_int_equal(zone_read_text((const uint8_t *)"\3tld",
					&(struct zone_text){"t", text, strlen(text)}, &four_alone,
					&findings, &zone),
			 STATUS_OK);
	findings_fini(&findings);
	assert_int_equal(zone_version_compile(zone, &four_alone, &version, NULL), STATUS_OK);
	zone_free(zone);
	const struct zone_image *image = version_image(version);
	const struct node *apex = version_node(version, image->apex);
	assert_int_equal(image->negative, node_find(apex, RRTYPE_SOA)->ref);
	struct visit visit;
	ref address = node_find(apex, RRTYPE_A)->ref;
	visit_start(&visit, version, image->apex, version_origin(version), false);
	while (visit_next(&visit))
		assert_int_equal(node_find(version_node(version, visit.node_ref), RRTYPE_A)->ref,
				 address);
	visit_fini(&visit);
	assert_int_equal(store_cap(version->store), store_len(version->store));
	zone_version_free(version);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_parts_make_the_same_version),
	    cmocka_unit_test(test_small_zones_stay_small),
	};
	return cmocka_run_group_tests_name("compile", tests, NULL, NULL);
}
