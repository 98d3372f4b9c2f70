/* test_frame.c -- frames as they stand on a wire, checksums computed by another program. */
#include "dataplane/frame.h"
#include "tests/unit/golden_frames.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static const uint8_t our_mac[6] = {2, 0, 0, 0, 0, 1};
static const struct address our_addresses[] = {
    {.octets = {198, 51, 100, 1}},
    {.octets = {0x20, 0x01, 0x0d, 0xb8, [15] = 0x53}, .is_ipv6 = true},
    {.octets = {192, 0, 2, 53}},
};

enum { MTU = 1500, ROOM = 2048 };

struct golden {
	const char *name;
	const uint8_t *query;
	size_t query_len;
	const uint8_t *answer;
	size_t answer_len;
	size_t cut_len; /* what frame_reflect() takes off the front */
	struct frame_layout layout;
	uint16_t client_port;
};

#define GOLDEN(kind) \
	.name = #kind, .query = query_##kind, .query_len = sizeof(query_##kind), \
	.answer = answer_##kind, .answer_len = sizeof(answer_##kind)

static const struct golden goldens[] = {
    {GOLDEN(ipv4), .layout = {14, 34, 42, sizeof(message_query), false}, .client_port = 40000},
    {GOLDEN(ipv6), .layout = {14, 54, 62, sizeof(message_query), true}, .client_port = 40001},
    {GOLDEN(vlan), .layout = {18, 38, 46, sizeof(message_query), false}, .client_port = 40002},
    {GOLDEN(vlan_ipv6), .layout = {18, 58, 66, sizeof(message_query), true}, .client_port = 40003},
    {GOLDEN(options), .cut_len = 12, .layout = {14, 46, 54, sizeof(message_query), false},
     .client_port = 40004},
};

static struct frame_endpoint endpoint;

/* A frame on the heap, of exactly its length, so that ASan sees a read past its end. */
struct copy {
	uint8_t *octets;
	size_t len;
};

static struct copy
copy_new(const uint8_t *octets, size_t len)
{
	struct copy copy = {malloc(len != 0 ? len : 1), len};

	assert_non_null(copy.octets);
	memcpy(copy.octets, octets, len);
	return copy;
}

static enum counter
parse_copy(const uint8_t *octets, size_t len)
{
	struct frame_layout layout;
	struct copy copy = copy_new(octets, len);
	enum counter disposition = frame_parse(&endpoint, copy.octets, len, false, &layout);

	free(copy.octets);
	return disposition;
}

/* The checksums of a changed frame, made right again: what is tested is then the change. */
static uint16_t
slow_sum(const uint8_t *octets, size_t len, uint32_t sum)
{
	for (size_t i = 0; i < len; i++)
		sum += (uint32_t)octets[i] << (i % 2 == 0 ? 8 : 0);
	while (sum >> 16 != 0)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

static void
mend_checksums(uint8_t *frame, const struct frame_layout *layout)
{
	uint8_t *ip = frame + layout->ip_off;
	uint8_t *udp = frame + layout->udp_off;
	uint16_t udp_len = be16_read(udp + 4);
	size_t addresses_off = layout->is_ipv6 ? 8 : 12;
	size_t addresses_len = layout->is_ipv6 ? 32 : 8;

	be16_write(udp + 6, 0);
	uint32_t sum = slow_sum(ip + addresses_off, addresses_len, 17u + udp_len);
	uint16_t checksum = (uint16_t)~slow_sum(udp, udp_len, sum);
	be16_write(udp + 6, checksum != 0 ? checksum : 0xffff);
	if (!layout->is_ipv6) {
		be16_write(ip + 10, 0);
		be16_write(ip + 10,
			   (uint16_t)~slow_sum(ip, (size_t)(layout->udp_off - layout->ip_off), 0));
	}
}

/* The golden query with one octet of another value, checksums right. */
static enum counter
parse_changed(const struct golden *golden, size_t off, uint8_t value)
{
	uint8_t frame[ROOM];

	memcpy(frame, golden->query, golden->query_len);
	frame[off] = value;
	mend_checksums(frame, &golden->layout);
	return parse_copy(frame, golden->query_len);
}

static int
setup(void **state)
{
	struct port_config config = {
	    .addresses = our_addresses,
	    .address_count = ARRAY_LEN(our_addresses),
	    .udp_port = 53,
	};

	(void)state;
	frame_endpoint_init(&endpoint, &config, our_mac, MTU);
	return 0;
}

static void
test_golden_queries_are_located(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(goldens); i++) {
		const struct golden *golden = &goldens[i];
		struct frame_layout layout = {0};

		assert_int_equal(
		    frame_parse(&endpoint, golden->query, golden->query_len, false, &layout),
		    COUNTER_ANSWER);
		assert_int_equal(layout.ip_off, golden->layout.ip_off);
		assert_int_equal(layout.udp_off, golden->layout.udp_off);
		assert_int_equal(layout.message_off, golden->layout.message_off);
		assert_int_equal(layout.message_len, golden->layout.message_len);
		assert_int_equal(layout.is_ipv6, golden->layout.is_ipv6);
		assert_memory_equal(golden->query + layout.message_off, message_query,
				    sizeof(message_query));
	}
}

static void
test_golden_answers_are_reflected(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(goldens); i++) {
		const struct golden *golden = &goldens[i];
		uint8_t frame[ROOM] = {0};
		size_t frame_len = 0;

		memcpy(frame, golden->query, golden->query_len);
		memcpy(frame + golden->layout.message_off, message_answer, sizeof(message_answer));
		size_t cut_len =
		    frame_reflect(frame, &golden->layout, sizeof(message_answer), &frame_len);
		assert_int_equal(cut_len, golden->cut_len);
		assert_int_equal(frame_len, golden->answer_len);
		assert_memory_equal(frame + cut_len, golden->answer, frame_len);
	}
}

static void
test_client_is_the_source(void **state)
{
	static const uint8_t ipv6[16] = {0x20, 0x01, 0x0d, 0xb8, [15] = 1};
	static const uint8_t ipv4[4] = {192, 0, 2, 1};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(goldens); i++) {
		const struct golden *golden = &goldens[i];
		struct address client;
		uint16_t client_port = 0;

		frame_client(golden->query, &golden->layout, &client, &client_port);
		assert_int_equal(client_port, golden->client_port);
		assert_int_equal(client.is_ipv6, golden->layout.is_ipv6);
		if (client.is_ipv6)
			assert_memory_equal(client.octets, ipv6, sizeof(ipv6));
		else
			assert_memory_equal(client.octets, ipv4, sizeof(ipv4));
	}
}

/* RFC 894: a short packet is padded to the 46 octets that Ethernet asks for; the padding is not of
 * the message. */
static void
test_padding_is_not_of_the_message(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(goldens); i++) {
		const struct golden *golden = &goldens[i];
		uint8_t frame[ROOM];
		struct frame_layout layout;

		memset(frame, 0xee, sizeof(frame));
		memcpy(frame, golden->query, golden->query_len);
		assert_int_equal(
		    frame_parse(&endpoint, frame, golden->query_len + 18, false, &layout),
		    COUNTER_ANSWER);
		assert_int_equal(layout.message_len, sizeof(message_query));
	}
}

static void
test_truncated_at_every_length(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(goldens); i++) {
		for (size_t len = 0; len < goldens[i].query_len; len++)
			assert_int_equal(parse_copy(goldens[i].query, len), COUNTER_DROP_SHORT);
	}
}

/* Whatever a header says of a length, nothing is read past the frame's end (ASan), and a message
 * lies inside it. */
static void
test_lying_lengths(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(goldens); i++) {
		const struct golden *golden = &goldens[i];
		size_t ip_len_off = golden->layout.ip_off + (golden->layout.is_ipv6 ? 4u : 2u);
		size_t offs[] = {ip_len_off, golden->layout.udp_off + 4u};

		for (size_t k = 0; k < ARRAY_LEN(offs); k++) {
			uint16_t right = be16_read(golden->query + offs[k]);

			for (uint32_t value = 0; value <= 0xffff; value++) {
				struct copy copy = copy_new(golden->query, golden->query_len);
				struct frame_layout layout;

				be16_write(copy.octets + offs[k], (uint16_t)value);
				enum counter disposition =
				    frame_parse(&endpoint, copy.octets, copy.len, true, &layout);
				if (value > right)
					assert_int_equal(disposition, COUNTER_DROP_SHORT);
				if (disposition == COUNTER_ANSWER)
					assert_in_range(layout.message_off + layout.message_len, 0,
							golden->query_len);
				free(copy.octets);
			}
		}
	}
}

static void
test_every_flipped_bit_is_noticed(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(goldens); i++) {
		const struct golden *golden = &goldens[i];
		size_t tag_off = golden->layout.ip_off == 18 ? 14 : 0;

		for (size_t bit = 0; bit < golden->query_len * 8; bit++) {
			size_t off = bit / 8;
			uint8_t frame[ROOM];

			/* What no checksum covers: who sent the frame, the tag, and in IPv6
			 * traffic class, flow label and hop limit. */
			if ((off >= 6 && off < 12) || off == tag_off || off == tag_off + 1)
				continue;
			if (golden->layout.is_ipv6 && off >= golden->layout.ip_off &&
			    off < golden->layout.ip_off + 4u)
				continue;
			if (golden->layout.is_ipv6 && off == golden->layout.ip_off + 7u)
				continue;
			memcpy(frame, golden->query, golden->query_len);
			frame[off] ^= (uint8_t)(1u << (bit % 8));
			assert_int_not_equal(parse_copy(frame, golden->query_len), COUNTER_ANSWER);
		}
	}
}

static void
test_wrong_checksums(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(goldens); i++) {
		const struct golden *golden = &goldens[i];
		struct frame_layout layout;
		uint8_t frame[ROOM];

		memcpy(frame, golden->query, golden->query_len);
		frame[golden->layout.message_off] ^= 0x10;
		assert_int_equal(parse_copy(frame, golden->query_len), COUNTER_DROP_CHECKSUM);
		/* The device said that it is right. */
		assert_int_equal(frame_parse(&endpoint, frame, golden->query_len, true, &layout),
				 COUNTER_ANSWER);
		if (golden->layout.is_ipv6)
			continue;
		memcpy(frame, golden->query, golden->query_len);
		frame[golden->layout.ip_off + 8] ^= 1; /* TTL: in the IPv4 header's sum alone */
		assert_int_equal(parse_copy(frame, golden->query_len), COUNTER_DROP_CHECKSUM);
	}
}

static void
test_no_checksum(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(goldens); i++) {
		const struct golden *golden = &goldens[i];
		struct frame_layout layout;
		uint8_t frame[ROOM];

		memcpy(frame, golden->query, golden->query_len);
		memset(frame + golden->layout.udp_off + 6, 0, 2);
		enum counter expected =
		    golden->layout.is_ipv6 ? COUNTER_DROP_CHECKSUM : COUNTER_ANSWER;
		assert_int_equal(parse_copy(frame, golden->query_len), expected);
		assert_int_equal(frame_parse(&endpoint, frame, golden->query_len, true, &layout),
				 expected);
	}
}

static void
test_a_sum_of_zero_is_sent_as_ones(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(goldens); i++) {
		const struct golden *golden = &goldens[i];
		size_t udp_off = golden->layout.udp_off;
		uint8_t frame[ROOM];
		size_t frame_len = 0;

		memcpy(frame, golden->query, golden->query_len);
		memset(frame + golden->layout.message_off, 0, 2);
		frame_reflect(frame, &golden->layout, sizeof(message_query), &frame_len);
		/* With its own checksum in a field that was 0, the message's sum is -0. */
		uint8_t sum[2];
		memcpy(sum, frame + udp_off + 6, 2);

		memcpy(frame, golden->query, golden->query_len);
		memcpy(frame + golden->layout.message_off, sum, 2);
		frame_reflect(frame, &golden->layout, sizeof(message_query), &frame_len);
		assert_int_equal(be16_read(frame + udp_off + 6), 0xffff);
	}
}

static void
test_odd_message_lengths(void **state)
{
	(void)state;
	/* What we send, we would take: of every length up to the MTU. */
	for (size_t i = 0; i < ARRAY_LEN(goldens); i++) {
		const struct golden *golden = &goldens[i];
		size_t cap = frame_message_cap(&endpoint, &golden->layout);

		assert_int_equal(cap, golden->layout.is_ipv6 ? 1452 : 1472);
		for (size_t len = 12; len <= cap; len++) {
			uint8_t frame[ROOM];
			size_t frame_len = 0;
			struct frame_layout layout;

			memset(frame, (int)len, sizeof(frame));
			memcpy(frame, golden->query, golden->layout.message_off);
			size_t cut_len = frame_reflect(frame, &golden->layout, len, &frame_len);
			/* The client's view: its MAC and its port are the endpoint's. */
			struct frame_endpoint client = endpoint;
			memcpy(client.mac, golden->query + 6, 6);
			memcpy(client.ipv4[0], (uint8_t[]){192, 0, 2, 1}, 4);
			memcpy(client.ipv6[0], golden->query + golden->layout.ip_off + 8, 16);
			client.ipv4_count = 1;
			client.udp_port = golden->client_port;
			assert_int_equal(
			    frame_parse(&client, frame + cut_len, frame_len, false, &layout),
			    COUNTER_ANSWER);
			assert_int_equal(layout.message_len, len);
		}
	}
}

static void
test_sources_that_nobody_may_answer(void **state)
{
	static const uint8_t bad_ipv4[][4] = {
	    {0, 0, 0, 0},   {0, 1, 2, 3},         {127, 0, 0, 1},  {127, 255, 255, 255},
	    {224, 0, 0, 1}, {239, 255, 255, 255}, {192, 0, 2, 53}, {255, 255, 255, 255},
	};
	static const uint8_t good_ipv4[][4] = {
	    {1, 0, 0, 0}, {126, 0, 0, 1}, {128, 0, 0, 1}, {223, 255, 255, 255}, {169, 254, 1, 1}};
	static const uint8_t bad_ipv6[][16] = {
	    {0},
	    {[15] = 1},
	    {0xff, 0x02, [15] = 1},
	    {[10] = 0xff, 0xff, 192, 0, 2, 1},
	    {0x20, 0x01, 0x0d, 0xb8, [15] = 0x53},
	};
	static const uint8_t good_ipv6[][16] = {{[14] = 1, 1}, {0xfe, 0x80, [15] = 1}, {[15] = 2}};
	struct {
		const uint8_t *octets;
		size_t count, address_len, off;
		const struct golden *golden;
		enum counter expected;
	} cases[] = {
	    {bad_ipv4[0], ARRAY_LEN(bad_ipv4), 4, 12, &goldens[0], COUNTER_DROP_SOURCE},
	    {good_ipv4[0], ARRAY_LEN(good_ipv4), 4, 12, &goldens[0], COUNTER_ANSWER},
	    {bad_ipv6[0], ARRAY_LEN(bad_ipv6), 16, 8, &goldens[1], COUNTER_DROP_SOURCE},
	    {good_ipv6[0], ARRAY_LEN(good_ipv6), 16, 8, &goldens[1], COUNTER_ANSWER},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct golden *golden = cases[i].golden;

		for (size_t k = 0; k < cases[i].count; k++) {
			uint8_t frame[ROOM];

			memcpy(frame, golden->query, golden->query_len);
			memcpy(frame + 14 + cases[i].off,
			       cases[i].octets + k * cases[i].address_len, cases[i].address_len);
			mend_checksums(frame, &golden->layout);
			assert_int_equal(parse_copy(frame, golden->query_len), cases[i].expected);
		}
	}
}

static void
test_source_port_and_station(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(goldens); i++) {
		const struct golden *golden = &goldens[i];
		uint8_t frame[ROOM];

		memcpy(frame, golden->query, golden->query_len);
		memset(frame + golden->layout.udp_off, 0, 2);
		mend_checksums(frame, &golden->layout);
		assert_int_equal(parse_copy(frame, golden->query_len), COUNTER_DROP_SOURCE);

		memcpy(frame, golden->query, golden->query_len);
		frame[6] |= 1;
		assert_int_equal(parse_copy(frame, golden->query_len), COUNTER_DROP_SOURCE);
	}
}

static void
test_what_is_the_kernels(void **state)
{
	const struct golden *ipv4 = &goldens[0];
	const struct golden *ipv6 = &goldens[1];

	(void)state;
	/* Another station, and everyone. */
	assert_int_equal(parse_changed(ipv4, 5, 9), COUNTER_EXCEPTION);
	assert_int_equal(parse_changed(ipv6, 0, 0xff), COUNTER_EXCEPTION);
	/* ARP, a second tag, an 802.3 length. */
	assert_int_equal(parse_changed(ipv4, 13, 0x06), COUNTER_EXCEPTION);
	assert_int_equal(parse_changed(&goldens[2], 16, 0x81), COUNTER_EXCEPTION);
	assert_int_equal(parse_changed(ipv4, 12, 0), COUNTER_EXCEPTION);
	/* TCP, ICMP, ICMPv6, an extension header (hop-by-hop, fragment). */
	assert_int_equal(parse_changed(ipv4, 14 + 9, 6), COUNTER_EXCEPTION);
	assert_int_equal(parse_changed(ipv4, 14 + 9, 1), COUNTER_EXCEPTION);
	assert_int_equal(parse_changed(ipv6, 14 + 6, 58), COUNTER_EXCEPTION);
	assert_int_equal(parse_changed(ipv6, 14 + 6, 0), COUNTER_EXCEPTION);
	assert_int_equal(parse_changed(ipv6, 14 + 6, 44), COUNTER_EXCEPTION);
	/* First fragment, later fragment; DF and the reserved bit are no fragment. */
	assert_int_equal(parse_changed(ipv4, 14 + 6, 0x20), COUNTER_EXCEPTION);
	assert_int_equal(parse_changed(ipv4, 14 + 7, 0x01), COUNTER_EXCEPTION);
	assert_int_equal(parse_changed(ipv4, 14 + 6, 0x1f), COUNTER_EXCEPTION);
	assert_int_equal(parse_changed(ipv4, 14 + 6, 0xc0), COUNTER_ANSWER);
	/* Another address, another port. */
	assert_int_equal(parse_changed(ipv4, 14 + 19, 54), COUNTER_EXCEPTION);
	assert_int_equal(parse_changed(ipv6, 14 + 39, 0x54), COUNTER_EXCEPTION);
	assert_int_equal(parse_changed(ipv4, 34 + 3, 54), COUNTER_EXCEPTION);
	assert_int_equal(parse_changed(ipv6, 54 + 2, 1), COUNTER_EXCEPTION);
}

static void
test_broken_headers(void **state)
{
	const struct golden *ipv4 = &goldens[0];
	const struct golden *ipv6 = &goldens[1];

	(void)state;
	assert_int_equal(parse_changed(ipv4, 14, 0x65), COUNTER_DROP_SHORT); /* version 6 */
	assert_int_equal(parse_changed(ipv4, 14, 0x44), COUNTER_DROP_SHORT); /* IHL of 16 octets */
	assert_int_equal(parse_changed(ipv6, 14, 0x40), COUNTER_DROP_SHORT); /* version 4 */
}

/* Octets of any kind: no crash (ASan, UBSan), and what is called a message lies inside. Half of the
 * frames begin like a golden one, so that the deeper branches are reached. */
static void
test_random_octets(void **state)
{
	uint64_t random = 0x9e3779b97f4a7c15;

	(void)state;
	for (unsigned round = 0; round < 300000; round++) {
		uint8_t frame[160];

		for (size_t i = 0; i < sizeof(frame); i += 8) {
			random ^= random << 13;
			random ^= random >> 7;
			random ^= random << 17;
			memcpy(frame + i, &random, 8);
		}
		const struct golden *golden = &goldens[random % ARRAY_LEN(goldens)];
		size_t kept = round % 2 == 0 ? (random >> 8) % golden->query_len : 0;
		size_t len = (random >> 24) % (sizeof(frame) + 1);
		memcpy(frame, golden->query, kept);

		struct copy copy = copy_new(frame, len);
		struct frame_layout layout;
		enum counter disposition =
		    frame_parse(&endpoint, copy.octets, len, round % 4 < 2, &layout);
		if (disposition == COUNTER_ANSWER) {
			size_t frame_len = 0;

			assert_in_range(layout.message_off + layout.message_len, 0, len);
			frame_reflect(copy.octets, &layout, layout.message_len, &frame_len);
			assert_in_range(frame_len, ETHERNET_LEN, len);
		} else {
			assert_in_range(disposition, COUNTER_EXCEPTION, COUNTER_DROP_SOURCE);
		}
		free(copy.octets);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_golden_queries_are_located),
	    cmocka_unit_test(test_golden_answers_are_reflected),
	    cmocka_unit_test(test_client_is_the_source),
	    cmocka_unit_test(test_padding_is_not_of_the_message),
	    cmocka_unit_test(test_truncated_at_every_length),
	    cmocka_unit_test(test_lying_lengths),
	    cmocka_unit_test(test_every_flipped_bit_is_noticed),
	    cmocka_unit_test(test_wrong_checksums),
	    cmocka_unit_test(test_no_checksum),
	    cmocka_unit_test(test_a_sum_of_zero_is_sent_as_ones),
	    cmocka_unit_test(test_odd_message_lengths),
	    cmocka_unit_test(test_sources_that_nobody_may_answer),
	    cmocka_unit_test(test_source_port_and_station),
	    cmocka_unit_test(test_what_is_the_kernels),
	    cmocka_unit_test(test_broken_headers),
	    cmocka_unit_test(test_random_octets),
	};

	return cmocka_run_group_tests_name("frame", tests, setup, NULL);
}
