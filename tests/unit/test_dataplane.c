/* test_dataplane.c -- the data plane from door to door: frames of a pcap file in, answers into
 * another, a worker polling in between. No network, no huge pages, no privileges. */
#include "dataplane/dataplane.h"

#include "dataplane/answer.h"
#include "dataplane/epoch.h"
#include "dataplane/frame.h"
#include "tests/unit/golden_frames.h"
#include "zones/dns.h"

#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

/* The MAC that net_pcap gives its first port. */
static const uint8_t port_mac[6] = {0x02, 0x70, 0x63, 0x61, 0x70, 0x00};

static const struct address addresses[] = {
    {.octets = {192, 0, 2, 53}},
    {.octets = {0x20, 0x01, 0x0d, 0xb8, [15] = 0x53}, .is_ipv6 = true},
};

enum { ROOM = 2048 };

struct frame_case {
	const char *name;
	const uint8_t *octets;
	size_t len;
	size_t changed_off; /* 0: as it is */
	uint8_t changed_to;
	enum counter expected;
	unsigned rcode; /* where an answer is expected */
};

/* Golden frames, whose destination is made ours; some are spoilt in one octet, or cut. */
#define AS_IT_IS(golden) golden, sizeof(golden), 0, 0

/* The empty serving set refuses every query. */
static const struct frame_case cases[] = {
    {"IPv4", AS_IT_IS(query_ipv4), COUNTER_ANSWER, RCODE_REFUSED},
    {"IPv6", AS_IT_IS(query_ipv6), COUNTER_ANSWER, RCODE_REFUSED},
    {"VLAN", AS_IT_IS(query_vlan), COUNTER_ANSWER, RCODE_REFUSED},
    {"VLAN and IPv6", AS_IT_IS(query_vlan_ipv6), COUNTER_ANSWER, RCODE_REFUSED},
    {"IPv4 options", AS_IT_IS(query_options), COUNTER_ANSWER, RCODE_REFUSED},
    {"ARP", query_ipv4, sizeof(query_ipv4), 13, 0x06, COUNTER_DROP_NO_EXCEPTION, 0},
    {"wrong checksum", query_ipv4, sizeof(query_ipv4), 50, 0xff, COUNTER_DROP_CHECKSUM, 0},
    {"cut off", query_ipv6, 60, 0, 0, COUNTER_DROP_SHORT, 0},
    {"from a group", query_ipv6, sizeof(query_ipv6), 6, 3, COUNTER_DROP_SOURCE, 0},
};

static struct {
	char directory[64];
	char rx_path[96];
	char tx_path[96];
	struct serving serving;
	unsigned core;
} world;

/* --- pcap files, https://www.tcpdump.org/manpages/pcap-savefile.5.txt, in native byte order --- */

struct pcap_file {
	uint32_t magic;
	uint16_t major, minor;
	uint32_t zone, accuracy, snap_len, link_type;
};

struct pcap_record {
	uint32_t seconds, microseconds, captured_len, len;
};

static void
pcap_write(FILE *file, const uint8_t *frame, size_t len)
{
	struct pcap_record record = {.captured_len = (uint32_t)len, .len = (uint32_t)len};

	assert_int_equal(fwrite(&record, sizeof(record), 1, file), 1);
	assert_int_equal(fwrite(frame, len, 1, file), 1);
}

/* An UPDATE, whose fate is the control thread's: the golden query with OPCODE 5, no UDP checksum.
 */
static void
write_update(FILE *file)
{
	uint8_t frame[ROOM];

	memcpy(frame, query_ipv4, sizeof(query_ipv4));
	memcpy(frame, port_mac, sizeof(port_mac));
	frame[42 + HEADER_FLAGS_OFF] = OPCODE_UPDATE << 3;
	memset(frame + 34 + 6, 0, 2);
	pcap_write(file, frame, sizeof(query_ipv4));
}

static size_t
write_cases(void)
{
	const struct pcap_file header = {0xa1b2c3d4, 2, 4, 0, 0, 65535, 1};
	FILE *file = fopen(world.rx_path, "wb");

	assert_non_null(file);
	assert_int_equal(fwrite(&header, sizeof(header), 1, file), 1);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		uint8_t frame[ROOM];

		memcpy(frame, cases[i].octets, cases[i].len);
		memcpy(frame, port_mac, sizeof(port_mac));
		if (cases[i].changed_off != 0)
			frame[cases[i].changed_off] = cases[i].changed_to;
		pcap_write(file, frame, cases[i].len);
	}
	write_update(file);
	write_update(file);
	assert_int_equal(fclose(file), 0);
	return ARRAY_LEN(cases) + 2;
}

/* What came out must be a response to a golden query that a client takes. */
static unsigned
check_answers(unsigned *rcode_counts)
{
	struct port_config client_config = {.udp_port = 0};
	struct frame_endpoint client;
	static const uint8_t client_mac[6] = {2, 0, 0, 0, 0, 0xc1};
	static const struct address client_addresses[] = {
	    {.octets = {192, 0, 2, 1}},
	    {.octets = {0x20, 0x01, 0x0d, 0xb8, [15] = 1}, .is_ipv6 = true},
	};
	struct pcap_record record;
	unsigned count = 0;
	FILE *file = fopen(world.tx_path, "rb");

	assert_non_null(file);
	assert_int_equal(fseek(file, sizeof(struct pcap_file), SEEK_SET), 0);
	client_config.addresses = client_addresses;
	client_config.address_count = ARRAY_LEN(client_addresses);
	while (fread(&record, sizeof(record), 1, file) == 1) {
		uint8_t frame[ROOM];
		struct frame_layout layout;
		enum counter disposition = COUNTER_EXCEPTION;

		assert_in_range(record.captured_len, ETHERNET_LEN, ROOM);
		assert_int_equal(fread(frame, record.captured_len, 1, file), 1);
		assert_memory_equal(frame + 6, port_mac, sizeof(port_mac));
		/* The golden clients' ports. */
		for (uint16_t port = 40000; port <= 40004 && disposition != COUNTER_ANSWER;
		     port++) {
			client_config.udp_port = port;
			frame_endpoint_init(&client, &client_config, client_mac, 1500);
			disposition =
			    frame_parse(&client, frame, record.captured_len, false, &layout);
		}
		assert_int_equal(disposition, COUNTER_ANSWER);
		const uint8_t *message = frame + layout.message_off;
		uint16_t flags = be16_read(message + HEADER_FLAGS_OFF);
		assert_int_equal(be16_read(message), 0x1234);
		assert_true((flags & FLAG_QR) != 0);
		rcode_counts[flags & FLAG_RCODE]++;
		count++;
	}
	fclose(file);
	return count;
}

static uint64_t
total(const struct dataplane *dataplane, enum counter counter)
{
	uint64_t sum = counter_read(dataplane_control_counters(dataplane), counter);

	for (size_t i = 0; i < dataplane_worker_count(dataplane); i++)
		sum += counter_read(dataplane_worker_counters(dataplane, i), counter);
	return sum;
}

/* counters.h: the law. */
static void
check_law(const struct dataplane *dataplane)
{
	uint64_t ended = 0;

	for (unsigned i = 0; i < DISPOSITION_COUNT; i++)
		ended += total(dataplane, (enum counter)i);
	assert_int_equal(total(dataplane, COUNTER_RX), ended);
	assert_int_equal(total(dataplane, COUNTER_ANSWER) + total(dataplane, COUNTER_REPLY),
			 total(dataplane, COUNTER_TX) + total(dataplane, COUNTER_TX_FULL));
}

static void
check_counters(const struct dataplane *dataplane)
{
	for (unsigned i = 0; i < DISPOSITION_COUNT; i++) {
		uint64_t expected = 0;

		for (size_t k = 0; k < ARRAY_LEN(cases); k++)
			expected += cases[k].expected == (enum counter)i;
		if (i == COUNTER_MISS)
			expected = 2;
		assert_int_equal(total(dataplane, (enum counter)i), expected);
	}
	assert_int_equal(total(dataplane, COUNTER_REPLY), 1);
	assert_int_equal(total(dataplane, COUNTER_REFUSED), 5);
	assert_int_equal(total(dataplane, COUNTER_NOTIMP), 1);
	check_law(dataplane);
}

static void
refused(const struct dataplane_config *config, enum status expected, const char *named)
{
	struct dataplane *dataplane = NULL;
	struct error error = {0};

	assert_int_equal(dataplane_start(config, &dataplane, &error), expected);
	assert_null(dataplane);
	assert_non_null(strstr(error.text, named));
}

static struct dataplane_config
valid_config(struct port_config *port)
{
	static char device[256];

	snprintf(device, sizeof(device), "net_pcap0,rx_pcap=%s,tx_pcap=%s", world.rx_path,
		 world.tx_path);
	*port = (struct port_config){
	    .device = device,
	    .addresses = addresses,
	    .address_count = ARRAY_LEN(addresses),
	    .udp_port = 53,
	};
	return (struct dataplane_config){
	    .ports = port,
	    .port_count = 1,
	    .cores = &world.core,
	    .core_count = 1,
	};
}

/* What can be known to be wrong before DPDK is asked is refused before, by name. */
static void
test_impossible_configurations(void **state)
{
	struct port_config port;
	struct dataplane_config config = valid_config(&port);
	unsigned cores[2] = {world.core, world.core};

	(void)state;
	serving_swap(NULL);
	refused(&config, STATUS_REFUSED, "published");
	serving_swap(&world.serving);

	config.port_count = 0;
	refused(&config, STATUS_INVALID, "0 ports");
	config = valid_config(&port);
	config.core_count = 0;
	refused(&config, STATUS_INVALID, "0 worker cores");
	config = valid_config(&port);
	config.cores = cores;
	config.core_count = 2;
	refused(&config, STATUS_INVALID, "named twice");
	cores[0] = 1u << 20;
	refused(&config, STATUS_INVALID, "core 1048576");
	config = valid_config(&port);
	port.address_count = 0;
	refused(&config, STATUS_INVALID, "net_pcap0");
}

static void
test_from_door_to_door(void **state)
{
	struct port_config port;
	struct dataplane_config config = valid_config(&port);
	struct dataplane *dataplane = NULL;
	struct error error = {0};
	struct port_info info;
	unsigned rcode_counts[16] = {0};
	unsigned misses = 0;

	(void)state;
	size_t frame_count = write_cases();
	if (dataplane_start(&config, &dataplane, &error) != STATUS_OK)
		fail_msg("%s", error.text);
	assert_int_equal(dataplane_port_count(dataplane), 1);
	assert_int_equal(dataplane_worker_count(dataplane), 1);
	assert_int_equal(dataplane_worker_core(dataplane, 0), world.core);
	dataplane_port_info(dataplane, 0, &info);
	assert_string_equal(info.device, port.device);
	assert_string_equal(info.driver, "net_pcap");
	assert_memory_equal(info.mac, port_mac, sizeof(port_mac));
	assert_int_equal(info.queue_count, 1);
	assert_null(info.exception);

	/* The control thread's share: the first miss is answered, the second is not. */
	while (misses < 2) {
		struct miss miss;

		if (!miss_next(dataplane, &miss)) {
			sched_yield();
			continue;
		}
		assert_int_equal(miss.client_port, 40000);
		assert_int_equal(miss.len, sizeof(message_query));
		assert_in_range(miss.cap, 1232, 1472);
		if (misses++ == 0)
			miss_reply(dataplane, &miss,
				   answer_refuse(&world.serving,
						 &(struct arrival){.transport = TRANSPORT_UDP},
						 miss.message, miss.len, RCODE_NOTIMP));
		else
			miss_drop(dataplane, &miss);
	}
	while (total(dataplane, COUNTER_RX) < frame_count || total(dataplane, COUNTER_TX) < 6)
		sched_yield();
	check_counters(dataplane);
	dataplane_stop(dataplane);
	assert_true(epoch_is_over(epoch_advance()));

	assert_int_equal(check_answers(rcode_counts), 6);
	assert_int_equal(rcode_counts[RCODE_REFUSED], 5);
	assert_int_equal(rcode_counts[RCODE_NOTIMP], 1);
	refused(&config, STATUS_REFUSED, "only once");
}

static int
setup(void **state)
{
	struct zoneset *zones = NULL;
	cpu_set_t allowed;

	(void)state;
	strcpy(world.directory, "/tmp/test_dataplane.XXXXXX");
	if (mkdtemp(world.directory) == NULL || zoneset_new(NULL, 0, &zones) != STATUS_OK ||
	    sched_getaffinity(0, sizeof(allowed), &allowed) != 0)
		return -1;
	snprintf(world.rx_path, sizeof(world.rx_path), "%s/rx.pcap", world.directory);
	snprintf(world.tx_path, sizeof(world.tx_path), "%s/tx.pcap", world.directory);
	while (!CPU_ISSET(world.core, &allowed))
		world.core++;
	world.serving = (struct serving){
	    .zones = zones,
	    .generation = 1,
	    .udp_payload_max = {UDP_PAYLOAD_DEFAULT, UDP_PAYLOAD_DEFAULT},
	};
	epoch_init();
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	unlink(world.rx_path);
	unlink(world.tx_path);
	rmdir(world.directory);
	zoneset_free((struct zoneset *)world.serving.zones);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_impossible_configurations),
	    cmocka_unit_test(test_from_door_to_door),
	};

	return cmocka_run_group_tests_name("dataplane", tests, setup, teardown);
}
