/* fuzz_frame.c -- any octets as a frame from a port: it is read within its bounds, and the answer
 * to one that holds a query is, for the client, a frame with the same message.
 *
 * The first octet: 1, the device has checked UDP's checksum; 2, IPv4's is made to fit.
 */
#include "dataplane/frame.h"
#include "tests/fuzz/fuzz.h"

enum { DEVICE_CHECKS = 1, MAKES_CHECKSUM = 2, IPV4_SUM_OFF = 10 };

static const struct frame_endpoint endpoint = {
    .mac = {2, 0, 0, 0, 0, 1},
    .udp_port = 53,
    .mtu = 1500,
    .ipv4_count = 2,
    .ipv6_count = 1,
    .ipv4 = {{198, 51, 100, 1}, {192, 0, 2, 53}},
    .ipv6 = {{0x20, 0x01, 0x0d, 0xb8, [15] = 0x53}},
};

/* RFC 1071, the plain way. */
static void
make_checksum(uint8_t *frame, size_t len)
{
	size_t ip_off = len > 13 && be16_read(frame + 12) == 0x8100 ? 18 : 14;
	size_t header_len = len > ip_off ? (size_t)(frame[ip_off] & 0x0f) * 4 : 0;
	uint32_t sum = 0;
	if (header_len < IPV4_LEN || len - ip_off < header_len || frame[ip_off] >> 4 != 4)
		return;
	be16_write(frame + ip_off + IPV4_SUM_OFF, 0);
	for (size_t i = 0; i < header_len; i += 2)
		sum += be16_read(frame + ip_off + i);
	while (sum > 0xffff)
		sum = (sum >> 16) + (sum & 0xffff);
	be16_write(frame + ip_off + IPV4_SUM_OFF, (uint16_t)~sum);
}

/* Who sent the frame, as the endpoint that the answer comes to. */
static struct frame_endpoint
client_of(const uint8_t *frame, const struct frame_layout *layout)
{
	struct frame_endpoint client = {.mtu = endpoint.mtu};
	const uint8_t *ip = frame + layout->ip_off;
	memcpy(client.mac, frame + 6, sizeof(client.mac));
	client.udp_port = be16_read(frame + layout->udp_off);
	if (layout->is_ipv6)
		memcpy(client.ipv6[client.ipv6_count++], ip + 8, 16);
	else
		memcpy(client.ipv4[client.ipv4_count++], ip + 12, 4);
	return client;
}

static void
check_answer(const uint8_t *query, size_t len, const struct frame_layout *layout)
{
	const struct frame_endpoint client = client_of(query, layout);
	size_t cap = frame_message_cap(&endpoint, layout);
	size_t message_len = layout->message_len < cap ? layout->message_len : cap;
	uint8_t *frame = fuzz_copy(query, len, len);
	struct frame_layout back;
	size_t frame_len = 0;
	EXPECT((size_t)layout->message_off + layout->message_len <= len);
	size_t cut_len = frame_reflect(frame, layout, message_len, &frame_len);
	EXPECT(cut_len + frame_len == layout->message_off + message_len);
	uint8_t *answer = fuzz_copy(frame + cut_len, frame_len, frame_len);
	EXPECT(memcmp(answer + 6, endpoint.mac, 6) == 0);
	EXPECT(frame_parse(&client, answer, frame_len, false, &back) == COUNTER_ANSWER);
	EXPECT(back.is_ipv6 == layout->is_ipv6 && back.message_len == message_len);
	EXPECT(memcmp(answer + back.message_off, query + layout->message_off, message_len) == 0);
	free(answer);
	free(frame);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct frame_layout layout;
	if (len < 1 || len > UINT16_MAX)
		return 0;
	uint8_t *frame = fuzz_copy(data + 1, len - 1, len - 1);
	if (data[0] & MAKES_CHECKSUM)
		make_checksum(frame, len - 1);
	enum counter disposition =
	    frame_parse(&endpoint, frame, len - 1, (data[0] & DEVICE_CHECKS) != 0, &layout);
	EXPECT(disposition == COUNTER_ANSWER || disposition == COUNTER_EXCEPTION ||
	       disposition == COUNTER_DROP_SHORT || disposition == COUNTER_DROP_CHECKSUM ||
	       disposition == COUNTER_DROP_SOURCE);
	if (disposition == COUNTER_ANSWER)
		check_answer(frame, len - 1, &layout);
	free(frame);
	return 0;
}
