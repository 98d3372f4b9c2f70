#include "control/tsig.h"

enum {
	/* The RDATA behind the algorithm's name. */
	TSIG_TIME_LEN = 6,
	TSIG_HEAD_LEN = TSIG_TIME_LEN + 2 + 2, /* and fudge, MAC size */
	TSIG_TAIL_LEN = 2 + 2 + 2,             /* original ID, error, other len */
};

/* RDATA: algorithm, time signed, fudge, MAC size, MAC, original ID, error, other len, other data.
 */
static bool
read_rdata(struct tsig *tsig, const uint8_t *at, size_t left)
{
	size_t algorithm_len = dname_wire_len(at, left);
	if (algorithm_len == 0)
		return false;
	memcpy(tsig->algorithm, at, algorithm_len);
	at += algorithm_len;
	left -= algorithm_len;
	if (left < TSIG_HEAD_LEN)
		return false;
	memcpy(tsig->time_signed, at, TSIG_TIME_LEN);
	tsig->fudge = be16_read(at + TSIG_TIME_LEN);
	size_t mac_len = be16_read(at + TSIG_TIME_LEN + 2);
	at += TSIG_HEAD_LEN;
	left -= TSIG_HEAD_LEN;
	if (left < mac_len + TSIG_TAIL_LEN)
		return false;
	at += mac_len;
	left -= mac_len;
	tsig->original_id = be16_read(at);
	size_t other_len = be16_read(at + 4);
	return left == TSIG_TAIL_LEN + other_len;
}

bool
tsig_read(struct tsig *tsig, const uint8_t *message, size_t len, size_t off)
{
	off = dname_decompress(message, len, off, tsig->key);
	if (off == 0 || len - off < RR_FIXED_LEN)
		return false;
	const uint8_t *fixed = message + off;
	size_t rdlen = be16_read(fixed + 8);
	/* RFC 8945 4.2: CLASS MUST be ANY, TTL MUST be 0. */
	if (be16_read(fixed + 2) != RRCLASS_ANY || be32_read(fixed + 4) != 0 ||
	    len - off - RR_FIXED_LEN < rdlen)
		return false;
	return read_rdata(tsig, fixed + RR_FIXED_LEN, rdlen);
}

size_t
tsig_put_error(const struct tsig *tsig, uint8_t *message, size_t len, size_t cap)
{
	size_t key_len = dname_len(tsig->key);
	size_t algorithm_len = dname_len(tsig->algorithm);
	size_t rdlen = algorithm_len + TSIG_HEAD_LEN + TSIG_TAIL_LEN;
	if (len + key_len + RR_FIXED_LEN + rdlen > cap)
		return len;
	uint8_t *at = message + len;
	memcpy(at, tsig->key, key_len);
	at += key_len;
	be16_write(at, RRTYPE_TSIG);
	be16_write(at + 2, RRCLASS_ANY);
	be32_write(at + 4, 0);
	be16_write(at + 8, (uint16_t)rdlen);
	at += RR_FIXED_LEN;
	memcpy(at, tsig->algorithm, algorithm_len);
	at += algorithm_len;
	memcpy(at, tsig->time_signed, TSIG_TIME_LEN);
	be16_write(at + TSIG_TIME_LEN, tsig->fudge);
	be16_write(at + TSIG_TIME_LEN + 2, 0); /* RFC 8945 5.3.2: no MAC */
	at += TSIG_HEAD_LEN;
	be16_write(at, tsig->original_id);
	be16_write(at + 2, tsig->error);
	be16_write(at + 4, 0);
	uint16_t additional_count = be16_read(message + HEADER_ARCOUNT_OFF);
	be16_write(message + HEADER_ARCOUNT_OFF, (uint16_t)(additional_count + 1));
	return len + key_len + RR_FIXED_LEN + rdlen;
}
