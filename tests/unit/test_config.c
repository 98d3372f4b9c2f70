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
	    cmocka_unit_test(test_defaults),
	    cmocka_unit_test(test_values),
	    cmocka_unit_test(test_cores),
	    cmocka_unit_test(test_faults_have_their_place),
	    cmocka_unit_test(test_many_faults_are_counted),
	    cmocka_unit_test(test_many_zones),
	    cmocka_unit_test(test_every_prefix),
	    cmocka_unit_test(test_addresses),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
