/* test_config.c -- what a configuration means: values, defaults, paths, cores. What is wrong with
 * one is in tests/config/broken. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "control/address.h"
#include "control/config.h"
#include "zones/dname.h"

static struct config_faults faults;

/* Fails the test with the first fault if there is one. */
static struct config *
read_good(const char *path, const char *text)
{
	struct config *config = NULL;
	memset(&faults, 0, sizeof(faults));
	enum status status = config_read_text(path, text, strlen(text), &config, &faults);
	if (status != STATUS_OK)
		fail_msg("%u:%u: %s", faults.entries[0].line, faults.entries[0].column,
			 faults.entries[0].text);
	assert_int_equal(faults.found, 0);
	return config;
}

static void
read_bad(const char *text)
{
	struct config *config = NULL;
	memset(&faults, 0, sizeof(faults));
	assert_int_not_equal(config_read_text("glued.yaml", text, strlen(text), &config, &faults),
			     STATUS_OK);
	assert_null(config);
	assert_true(faults.count > 0);
}

static void
check_zone(const struct config *config, size_t zone_idx, const char *name, const char *path)
{
	char text[CONFIG_PATH_MAX];
	dname_print(config->zones[zone_idx].apex, text);
	assert_string_equal(text, name);
	assert_string_equal(config_zone_path(&config->zones[zone_idx], text), path);
}

/* However a file is named, and whatever of that its zone's name tells. */
static void
test_files_of_zones(void **state)
{
	static const struct {
		const char *name; /* in order */
		const char *file;
	} zones[] = {
	    {".", "."},
	    {"a.", "a"},
	    {"b.a.", "b.a"},
	    {"c.a.", "c.zone"},
	    {"d.a.", "d.a.zone"},
	    {"e.a.", "e.a.b"},
	    {"f.a.", "f.an-ending-too-long-to-share"},
	    {"g.a.", "zones/g.a.zone.signed"},
	    {"h.a.", "zones/hh.zone"},
	    {"i.a.", "/srv/zones/i"},
	    {"j.a.", "/srv/zones/j.zone"},
	    {"k.a.", "/srv/zones/J.zone"},
	    {"l.a.", "/srv/zones/K.A.zone"},
	    {"m\\.m.a.", "/srv/zones/m\\.m.zone"},
	    {"n\\@.a.", "/srv/zones/n\\@.a.db"},
	    {"o.a.", "./o."},
	    {"p.a.", "./.o"},
	};
	char text[2048] = "listen: [127.0.0.1]\nzones:\n";
	for (size_t i = 0; i < ARRAY_LEN(zones); i++)
		sprintf(text + strlen(text), "  - name: '%s'\n    file: '%s'\n", zones[i].name,
			zones[i].file);
	struct config *config = read_good("glued.yaml", text);
	assert_int_equal(config->zone_count, ARRAY_LEN(zones));
	for (size_t i = 0; i < ARRAY_LEN(zones); i++)
		check_zone(config, i, zones[i].name, zones[i].file);
	config_free(config);
}

static void
test_defaults(void **state)
{
	struct config *config = read_good("glued.yaml", "listen: [127.0.0.1]\n");
	assert_null(config->identity);
	assert_string_equal(config->state_dir, "/var/lib/glued");
	assert_string_equal(config->control_socket, "/run/glued/control.sock");
	assert_int_equal(config->listen_count, 1);
	assert_int_equal(config->listens[0].port, 53);
	assert_int_equal(config->port_count, 0);
	assert_int_equal(config->core_count, 0);
	assert_int_equal(config->hugepages, HUGEPAGES_AUTO);
	assert_int_equal(config->memory_mib, 0);
	assert_int_equal(config->serving.udp_payload_max[false], 1232);
	assert_int_equal(config->serving.udp_payload_max[true], 1232);
	assert_int_equal(config->tcp_client_max, 1000);
	assert_int_equal(config->tcp_idle_s, 10);
	assert_int_equal(config->nsec3_iterations_max, 150);
	assert_int_equal(config->log_level, LOG_LEVEL_INFO);
	assert_int_equal(config->zone_count, 0);
	config_free(config);
}

static void
test_values(void **state)
{
	struct config *config =
	    read_good("/etc/glued/glued.yaml",
		      "server:\n"
		      "  identity: NS1.example.net\n"
		      "  addresses: [192.0.2.53, '2001:db8::53']\n"
		      "  state-dir: state\n"
		      "  control-socket: /tmp/c\n"
		      "listen: [127.0.0.1@5300, '::1@5301']\n"
		      "ports:\n"
		      "  - device: net_null0,size=64\n"
		      "    addresses: [192.0.2.53/24, '2001:db8::53/64', 198.51.100.1]\n"
		      "    port: 5353\n"
		      "    exception: glue0\n"
		      "  - device: '0000:03:00.0'\n"
		      "    addresses: [203.0.113.1]\n"
		      "workers: {cores: 0}\n"
		      "dataplane: {hugepages: no, memory: 256}\n"
		      "limits: {udp-payload: 4096, tcp-clients: 1, tcp-idle-timeout: 3600}\n"
		      "log: {level: error}\n"
		      "zones:\n"
		      "  - {name: Example.COM, file: zones/example.com}\n"
		      "  - {name: '.', file: /srv/root.zone}\n");
	assert_string_equal(config->identity, "ns1.example.net.");
	const struct identity *identity = config->serving.identity;
	assert_int_equal(identity->ipv4->rr_count, 1);
	assert_memory_equal(identity->ipv4->data, "\0\4\xc0\x00\x02\x35", 6);
	assert_int_equal(identity->ipv6->rr_count, 1);
	assert_int_equal(identity->ipv6->rrtype, RRTYPE_AAAA);
	assert_string_equal(config->state_dir, "/etc/glued/state");
	assert_string_equal(config->control_socket, "/tmp/c");
	assert_int_equal(config->listens[0].port, 5300);
	assert_true(config->listens[1].address.is_ipv6);
	assert_int_equal(config->listens[1].port, 5301);
	assert_int_equal(config->port_count, 2);
	assert_string_equal(config->ports[0].device, "net_null0,size=64");
	assert_int_equal(config->ports[0].address_count, 3);
	assert_int_equal(config->ports[0].addresses[0].prefix_len, 24);
	assert_int_equal(config->ports[0].addresses[1].prefix_len, 64);
	assert_int_equal(config->ports[0].addresses[2].prefix_len, 32);
	assert_int_equal(config->ports[0].udp_port, 5353);
	assert_string_equal(config->ports[0].exception, "glue0");
	assert_int_equal(config->ports[1].udp_port, 53);
	assert_null(config->ports[1].exception);
	assert_int_equal(config->hugepages, HUGEPAGES_NO);
	assert_int_equal(config->memory_mib, 256);
	assert_int_equal(config->serving.udp_payload_max[false], 4096);
	assert_int_equal(config->serving.udp_payload_max[true], 4096);
	assert_int_equal(config->tcp_client_max, 1);
	assert_int_equal(config->tcp_idle_s, 3600);
	assert_int_equal(config->log_level, LOG_LEVEL_ERROR);
	check_zone(config, 0, ".", "/srv/root.zone");
	check_zone(config, 1, "example.com.", "/etc/glued/zones/example.com");
	config_free(config);
}

/* A zone's own limit costs the others nothing, and is in the way of no file name. */
static void
test_limits_of_zones(void **state)
{
	struct config *config =
	    read_good("glued.yaml", "listen: [127.0.0.1]\n"
				    "zones:\n"
				    "  - {name: a, file: a.zone, nsec3-iterations: 0}\n"
				    "  - {name: b, file: a.zone, nsec3-iterations: 2500}\n"
				    "  - {name: c.c, file: c, nsec3-iterations: 258}\n"
				    "  - {name: d, file: e/d}\n");
	static const unsigned expected[] = {0, 2500, 258, 7};
	for (size_t i = 0; i < ARRAY_LEN(expected); i++)
		assert_int_equal(config_zone_nsec3_iterations(&config->zones[i], 7), expected[i]);
	check_zone(config, 0, "a.", "a.zone");
	check_zone(config, 1, "b.", "a.zone");
	check_zone(config, 2, "c.c.", "c");
	check_zone(config, 3, "d.", "e/d");
	config_free(config);
}

static void
check_text(const struct identity_text *text, const char *expected)
{
	assert_int_equal(text->len, strlen(expected));
	assert_memory_equal(text->octets, expected, text->len);
}

static void
test_identity(void **state)
{
	struct config *config = read_good("g.yaml", "server: {identity: NS1.Example}\n"
						    "listen: [127.0.0.1]\n");
	const struct identity *identity = config->serving.identity;
	assert_string_equal(identity->name, "\3ns1\7example");
	check_text(&identity->nsid, "ns1.example");
	check_text(&identity->hostname, "ns1.example");
	check_text(&identity->id, "ns1.example");
	check_text(&identity->version, "glued " GLUED_VERSION);
	assert_null(identity->ipv4);
	assert_null(identity->ipv6);
	config_free(config);

	config = read_good("g.yaml", "server: {identity: ns1.example, nsid: '0x00fF', version: '', "
				     "hostname: h, id: ''}\n"
				     "limits: {udp-payload: 1400, udp-payload-ipv6: 1220, "
				     "tcp-idle-timeout: 3600}\n"
				     "listen: [127.0.0.1]\n");
	identity = config->serving.identity;
	assert_int_equal(identity->nsid.len, 2);
	assert_memory_equal(identity->nsid.octets, "\0\377", 2);
	check_text(&identity->version, "");
	check_text(&identity->hostname, "h");
	check_text(&identity->id, "");
	assert_int_equal(config->serving.udp_payload_max[false], 1400);
	assert_int_equal(config->serving.udp_payload_max[true], 1220);
	assert_int_equal(config->serving.tcp_keepalive, 36000);
	config_free(config);

	/* Nobody is told what is not given. */
	config = read_good("g.yaml", "listen: [127.0.0.1]\n");
	assert_null(config->serving.identity->name);
	check_text(&config->serving.identity->nsid, "");
	check_text(&config->serving.identity->id, "");
	config_free(config);
}

static void
test_cookies(void **state)
{
	static const char secret[] =
	    "\xe5\xe9\x73\xe5\xa6\xb2\xa4\x3f\x48\xe7\xdc\x84\x9e\x37\xbf\xcf";
	struct config *config = read_good("g.yaml", "listen: [127.0.0.1]\n");
	struct config *other = read_good("g.yaml", "listen: [127.0.0.1]\n");
	assert_int_equal(config->serving.cookies->secret_count, 1);
	assert_false(config->serving.cookies->is_required);
	assert_memory_not_equal(config->serving.cookies->secrets[0],
				other->serving.cookies->secrets[0], SIPHASH_KEY_LEN);
	config_free(config);
	config_free(other);

	config = read_good("g.yaml",
			   "cookies: {policy: require, secrets: [E5e973e5a6b2a43f48e7dc849e37bfcf, "
			   "445536bcd2513298075a5d379663c962]}\n"
			   "listen: [127.0.0.1]\n");
	assert_true(config->serving.cookies->is_required);
	assert_int_equal(config->serving.cookies->secret_count, 2);
	assert_memory_equal(config->serving.cookies->secrets[0], secret, SIPHASH_KEY_LEN);
	config_free(config);

	config = read_good("g.yaml", "cookies: {policy: ignore}\nlisten: [127.0.0.1]\n");
	assert_null(config->serving.cookies);
	config_free(config);
}

static void
test_secret_file(void **state)
{
	static const struct {
		const char *text;
		const char *fault; /* NULL: good */
	} cases[] = {
	    {"# active\n  e5e973e5a6b2a43f48e7dc849e37bfcf \n\n445536bcd2513298075a5d379663c962",
	     NULL},
	    {"", "there is no secret in it"},
	    {"e5e973e5a6b2a43f48e7dc849e37bfc\n", "32 hexadecimal digits"},
	    {"e5e973e5a6b2a43f48e7dc849e37bfcg\n", "32 hexadecimal digits"},
	    {"e5e973e5a6b2a43f48e7dc849e37bfcf\ne5e973e5a6b2a43f48e7dc849e37bfcf\n"
	     "e5e973e5a6b2a43f48e7dc849e37bfcf\n",
	     "more than two secrets"},
	};
	char path[] = "/tmp/test_config.XXXXXX";
	int descriptor = mkstemp(path);
	assert_true(descriptor >= 0);
	close(descriptor);
	char text[512];
	snprintf(text, sizeof(text), "cookies: {secret-file: %s}\nlisten: [127.0.0.1]\n", path);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct config *config = NULL;
		memset(&faults, 0, sizeof(faults));
		FILE *file = fopen(path, "w");
		assert_non_null(file);
		fputs(cases[i].text, file);
		fclose(file);
		enum status status =
		    config_read_text("g.yaml", text, strlen(text), &config, &faults);
		assert_int_equal(status == STATUS_OK, cases[i].fault == NULL);
		if (cases[i].fault != NULL)
			assert_non_null(strstr(faults.entries[0].text, cases[i].fault));
		else
			assert_int_equal(config->serving.cookies->secret_count, 2);
		config_free(config);
	}
	remove(path);
}

static void
test_cores(void **state)
{
	char text[128];
	long last = sysconf(_SC_NPROCESSORS_CONF) - 1;
	snprintf(text, sizeof(text), "listen: [127.0.0.1]\nworkers: {cores: \"0-%ld\"}\n", last);
	struct config *config = read_good("glued.yaml", text);
	assert_int_equal(config->core_count, last + 1);
	for (long core = 0; core <= last; core++)
		assert_int_equal(config->cores[core], core);
	config_free(config);
	snprintf(text, sizeof(text), "listen: [127.0.0.1]\nworkers: {cores: %ld}\n", last + 1);
	read_bad(text);
	read_bad("listen: [127.0.0.1]\nworkers: {cores: 99999999999999999999}\n");
	read_bad("listen: [127.0.0.1]\nworkers: {cores: \"0,\"}\n");
	read_bad("listen: [127.0.0.1]\nworkers: {cores: \"0-\"}\n");
	read_bad("listen: [127.0.0.1]\nworkers: {cores: \" 0\"}\n");
	read_bad("listen: [127.0.0.1]\nworkers: {cores: \"+0\"}\n");
}

static void
test_faults_have_their_place(void **state)
{
	char line[512];
	read_bad("listen: [127.0.0.1]\n"
		 "limits:\n"
		 "    udp-payload: 1\n"
		 "zones:\n"
		 "  - {name: a, file: a}\n"
		 "  - {name: A., file: b}\n");
	assert_int_equal(faults.found, 2);
	assert_int_equal(faults.entries[0].line, 3);
	assert_int_equal(faults.entries[0].column, 18);
	assert_int_equal(faults.entries[1].line, 6);
	config_fault_print(&faults.entries[0], "glued.yaml", line, sizeof(line));
	assert_string_equal(line,
			    "glued.yaml:3:18: error: \"udp-payload\" is 1, but must be in 512 "
			    "to 4096");
}

static void
test_many_faults_are_counted(void **state)
{
	size_t len = 0;
	char *text = malloc(100 * 16);
	for (int i = 0; i < 100; i++)
		len += (size_t)snprintf(text + len, 16, "key%d: 1\n", i);
	struct config *config = NULL;
	memset(&faults, 0, sizeof(faults));
	assert_int_not_equal(config_read_text("glued.yaml", text, len, &config, &faults),
			     STATUS_OK);
	assert_int_equal(faults.count, CONFIG_FAULTS_MAX);
	assert_int_equal(faults.found, 100);
	free(text);
}

static void
test_many_zones(void **state)
{
	enum { ZONES = 5000 };
	size_t cap = ZONES * 64;
	char *text = malloc(cap);
	size_t len = (size_t)snprintf(text, cap, "listen: [127.0.0.1]\nzones:\n");
	for (int i = 0; i < ZONES; i++)
		len += (size_t)snprintf(text + len, cap - len, "  - {name: z%d.test, file: z%d}\n",
					i, i);
	struct config *config = read_good("glued.yaml", text);
	assert_int_equal(config->zone_count, ZONES);
	check_zone(config, 0, "z0.test.", "z0");
	check_zone(config, ZONES - 1, "z999.test.", "z999");
	config_free(config);
	free(text);
}

/* Every prefix of a good text: errors or a configuration, never a crash. */
static void
test_every_prefix(void **state)
{
	static const char text[] =
	    "server: {identity: ns1.example.net, addresses: [192.0.2.53]}\n"
	    "listen: [127.0.0.1@5300, '::1@5300']\n"
	    "ports:\n"
	    "  - {device: d, addresses: [192.0.2.1/24], exception: e}\n"
	    "workers: {cores: 0}\n"
	    "zones: [{name: \"ex\\\"ample\", file: &a 'f'}, {name: b, file: f}]\n";
	for (size_t len = 0; len < sizeof(text); len++) {
		/* On the heap, so that the sanitizers see a read past the end. */
		char *copy = malloc(len + 1);
		struct config *config = NULL;
		memcpy(copy, text, len);
		memset(&faults, 0, sizeof(faults));
		if (config_read_text("glued.yaml", copy, len, &config, &faults) == STATUS_OK)
			config_free(config);
		else
			assert_true(faults.found > 0);
		free(copy);
	}
}

static void
test_addresses(void **state)
{
	struct address address;
	uint16_t port;
	char text[ADDRESS_TEXT_MAX];
	assert_null(address_read("2001:DB8:0::1/48", true, &address));
	assert_int_equal(address.prefix_len, 48);
	assert_string_equal(address_print(&address, 53, text), "2001:db8::1@53");
	assert_string_equal(address_print(&address, 0, text), "2001:db8::1");
	static const char *const wrong[] = {
	    "",           "1.2.3",      "1.2.3.4.5",   "1.2.3.4/",
	    "1.2.3.4/0",  "1.2.3.4/33", "1.2.3.4/024", "::/129",
	    "fe80::1%lo", "01.2.3.4",   "1.2.3.4 ",    "1.2.3.4/+8"};
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
		assert_non_null(address_read(wrong[i], true, &address));
	assert_null(address_read_with_port("192.0.2.1@65535", 53, &address, &port));
	assert_int_equal(port, 65535);
	assert_non_null(address_read_with_port("192.0.2.1@", 53, &address, &port));
	assert_non_null(address_read_with_port("192.0.2.1@053", 53, &address, &port));
	assert_non_null(address_read_with_port("192.0.2.1@53@54", 53, &address, &port));
	assert_non_null(address_read_with_port("192.0.2.1/24@53", 53, &address, &port));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_files_of_zones),
	    cmocka_unit_test(test_limits_of_zones),
	    cmocka_unit_test(test_defaults),
	    cmocka_unit_test(test_values),
	    cmocka_unit_test(test_identity),
	    cmocka_unit_test(test_cookies),
	    cmocka_unit_test(test_secret_file),
	    cmocka_unit_test(test_cores),
	    cmocka_unit_test(test_faults_have_their_place),
	    cmocka_unit_test(test_many_faults_are_counted),
	    cmocka_unit_test(test_many_zones),
	    cmocka_unit_test(test_every_prefix),
	    cmocka_unit_test(test_addresses),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
