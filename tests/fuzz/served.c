/* served.c -- serving sets of the test zones. */
#include "tests/fuzz/served.h"

#include "tests/fuzz/fuzz.h"

enum { SETS = 3 };

/* By set; their origins stand in their first lines. */
static const char *const files[SETS][ENGINE_ZONES_MAX] = {
    {"good/delegations", "good/aliases", "good/names", "good/all-types", "signed/nsec"},
    {"good/root", "good/wildcards", "good/aliases", "signed/nsec3"},
    {"good/wildcards", "good/names", "signed/optout"},
};

/* A child of a signed zone that is served beside its parent, and one that is not available. */
static const char child_origin[] = "sub.example.com.";
static const char child_text[] = "$TTL 60\n"
				 "@ SOA ns1.server.example. hostmaster 1 2 3 4 5\n"
				 "@ NS ns1\n"
				 "@ NS ns1.example.com.\n"
				 "@ MX 10 ns1\n"
				 "ns1 A 192.0.2.1\n"
				 "* CNAME out\n"
				 "out CNAME www.example.com.\n"
				 "d DNAME example.com.\n"
				 "deep NS ns1\n"
				 "deep NS ns.deep\n"
				 "ns.deep AAAA 2001:db8::1\n";
static const char absent_origin[] = "absent.example.com.";

/* What the server says of itself. */
static const struct {
	struct rrset head;
	uint8_t data[6];
} own_address = {{IDENTITY_TTL, RRTYPE_A, 1}, {0, 4, 192, 0, 2, 53}};

static const struct identity identity = {
    .name = (const uint8_t *)"\3ns1\6server\7example",
    .ipv4 = &own_address.head,
    .nsid = {(const uint8_t *)"identifier", 10},
    .version = {(const uint8_t *)"glued", 5},
    .hostname = {(const uint8_t *)"host.server.example", 19},
    .id = {(const uint8_t *)"one of many", 11},
};
static const struct cookie_policy cookies = {.secret_count = 1, .secrets = {"0123456789abcde"}};

static void
serve_identity(struct engine *engine)
{
	engine->serving.identity = &identity;
	engine->serving.cookies = &cookies;
	engine->serving.tcp_keepalive = 100;
	engine->serving.udp_payload_max[true] = 1220;
}

static void
add_file(struct engine *engine, const char *name)
{
	char path[256];
	char line[256] = "";
	char origin_text[200] = "";
	uint8_t origin[DNAME_LEN_MAX];
	struct findings findings;
	struct zone *zone;
	snprintf(path, sizeof(path), "%s/tests/zones/%s.zone", SOURCE_ROOT, name);
	FILE *file = fopen(path, "r");
	EXPECT(file != NULL && fgets(line, sizeof(line), file) != NULL &&
	       sscanf(line, "; origin: %199s", origin_text) == 1);
	fclose(file);
	name_read(origin_text, origin);
	findings_init(&findings);
	EXPECT(zone_read(origin, path, NULL, &findings, &zone) == STATUS_OK);
	findings_fini(&findings);
	engine_add_zone(engine, origin, zone);
}

static struct engine *
sets(void)
{
	static struct engine engines[SETS];
	if (engines[0].zone_count > 0)
		return engines;
	for (unsigned i = 0; i < SETS; i++) {
		engine_init(&engines[i]);
		for (unsigned k = 0; files[i][k] != NULL; k++)
			add_file(&engines[i], files[i][k]);
		engine_add_text(&engines[i], child_origin, child_text);
		engine_add_text(&engines[i], absent_origin, NULL);
		engine_ready(&engines[i]);
		serve_identity(&engines[i]);
	}
	return engines;
}

const struct engine *
served(unsigned number)
{
	return &sets()[number % SETS];
}

const uint8_t *
served_name(size_t idx)
{
	const struct engine *engines = sets();
	for (unsigned i = 0; i < SETS; i++) {
		for (size_t k = 0; k < engines[i].zone_count; k++) {
			const struct zone *zone = engines[i].zones[k].zone;
			if (zone == NULL)
				continue;
			if (idx < zone->rrset_count)
				return zone->rrsets[idx].owner;
			idx -= zone->rrset_count;
		}
	}
	return NULL;
}
