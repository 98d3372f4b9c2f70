/* rdata_codec.h -- what a kind of RDATA field can do: be measured, read and printed. Between
 * rdata.c and rdata_read.c, which go through a row's fields, and the families of fields
 * (rdata_*.c).
 *
 * Threads:   any; codecs are constant, readings and texts their caller's.
 * Memory:    allocates nothing.
 * Errors:    a reader sets a constant sentence and leaves token_idx at the token at fault.
 * Standards: each family names its own.
 */
#ifndef GLUED_ZONES_RDATA_CODEC_H
#define GLUED_ZONES_RDATA_CODEC_H

#include "zones/rdata.h"

enum { STRING_LEN_MAX = 255 }; /* of a character-string, RFC 1035 3.3 */

/* Where reading stands: tokens not used yet, and the wire form so far. */
struct rdata_reading {
	const struct rdata_token *tokens;
	size_t token_count;
	size_t token_idx;
	const uint8_t *origin;
	uint8_t *out; /* RDATA_LEN_MAX octets */
	size_t len;
	const char *reason;
};

/* Text under construction; goes on counting past `cap`, as snprintf does. */
struct rdata_text {
	char *out;
	size_t cap;
	size_t len;
};

/* A number with a name. Tables of them end with a NULL text. */
struct rdata_mnemonic {
	const char *text;
	uint16_t value;
};

struct rdata_codec {
	/* Octets, where they are always as many; else 0, and len() tells: SIZE_MAX if what begins
	 * at `octets`, of which `left` remain in the RDATA, is malformed. */
	size_t fixed_len;
	size_t (*len)(const struct rdata_codec *codec, const uint8_t *octets, size_t left);

	/* Reads the field from the current token on, which is there, and appends its octets; leaves
	 * token_idx at the last token it took. */
	bool (*read)(const struct rdata_codec *codec, struct rdata_reading *reading);

	/* Prints a field that len() measured. False, whatever was printed, if presentation form
	 * could not say exactly that: the RDATA is then printed as RFC 3597 has it. */
	bool (*print)(const struct rdata_codec *codec, struct rdata_text *text,
		      const uint8_t *octets, size_t len);

	/* Where the first name at or behind `from` begins in a field of `len` octets, or SIZE_MAX.
	 * NULL: the kind holds no names. */
	size_t (*name_off)(const uint8_t *octets, size_t len, size_t from);

	/* What is said where the tokens end before the field; NULL: it may be absent. */
	const char *missing;

	/* for numbers: their names, or NULL */
	const struct rdata_mnemonic *mnemonics;

	/* for digests: octets by digest type, 0 for any number */
	const uint8_t *digest_lens;
	size_t digest_lens_count;
	size_t digest_len_min;
};

/* By enum rdata_field. */
extern const struct rdata_codec *const rdata_codecs[RDATA_FIELD_COUNT];

/* rdata_basic.c */
extern const struct rdata_codec rdata_codec_name;
extern const struct rdata_codec rdata_codec_name_optional;
extern const struct rdata_codec rdata_codec_names;
extern const struct rdata_codec rdata_codec_u8;
extern const struct rdata_codec rdata_codec_u16;
extern const struct rdata_codec rdata_codec_u32;
extern const struct rdata_codec rdata_codec_ttl;
extern const struct rdata_codec rdata_codec_string;
extern const struct rdata_codec rdata_codec_string_optional;
extern const struct rdata_codec rdata_codec_strings;
extern const struct rdata_codec rdata_codec_psdn;
extern const struct rdata_codec rdata_codec_caa_tag;
extern const struct rdata_codec rdata_codec_text_rest;
extern const struct rdata_codec rdata_codec_uri_rest;
extern const struct rdata_codec rdata_codec_opaque;

/* rdata_mnemonic.c */
extern const struct rdata_codec rdata_codec_type;
extern const struct rdata_codec rdata_codec_algorithm;
extern const struct rdata_codec rdata_codec_cert_type;
extern const struct rdata_codec rdata_codec_key_flags;
extern const struct rdata_codec rdata_codec_key_head;
extern const struct rdata_codec rdata_codec_key_protocol;
extern const struct rdata_codec rdata_codec_dsync_scheme;

/* rdata_address.c */
extern const struct rdata_codec rdata_codec_ipv4;
extern const struct rdata_codec rdata_codec_ipv6;
extern const struct rdata_codec rdata_codec_eui48;
extern const struct rdata_codec rdata_codec_eui64;
extern const struct rdata_codec rdata_codec_locator;
extern const struct rdata_codec rdata_codec_nsap;
extern const struct rdata_codec rdata_codec_atma;
extern const struct rdata_codec rdata_codec_a6;

/* rdata_base.c */
extern const struct rdata_codec rdata_codec_hex_rest;
extern const struct rdata_codec rdata_codec_base64_rest;
extern const struct rdata_codec rdata_codec_base64_optional;
extern const struct rdata_codec rdata_codec_ds_digest;
extern const struct rdata_codec rdata_codec_sshfp_fingerprint;
extern const struct rdata_codec rdata_codec_zonemd_digest;
extern const struct rdata_codec rdata_codec_nsec3_salt;
extern const struct rdata_codec rdata_codec_nsec3_hash;

/* rdata_bitmap.c, rdata_time.c, rdata_loc.c, rdata_apl.c, rdata_wks.c, rdata_gateway.c,
 * rdata_svcb.c */
extern const struct rdata_codec rdata_codec_bitmap;
extern const struct rdata_codec rdata_codec_bitmap_optional;
extern const struct rdata_codec rdata_codec_bitmap_nxt;
extern const struct rdata_codec rdata_codec_time;
extern const struct rdata_codec rdata_codec_loc;
extern const struct rdata_codec rdata_codec_apl;
extern const struct rdata_codec rdata_codec_wks;
extern const struct rdata_codec rdata_codec_gateway;
extern const struct rdata_codec rdata_codec_relay;
extern const struct rdata_codec rdata_codec_hip;
extern const struct rdata_codec rdata_codec_svc_params;

/* Helpers of readers (rdata_read.c). Those that can fail set the reason. */

static inline const struct rdata_token *
rdata_current(const struct rdata_reading *reading)
{
	return &reading->tokens[reading->token_idx];
}

static inline bool
rdata_is_last(const struct rdata_reading *reading)
{
	return reading->token_idx + 1 == reading->token_count;
}

/* Sets the reason; false always, for `return rdata_fail(...)`. */
bool rdata_fail(struct rdata_reading *reading, const char *reason);

/* Goes to the next token, or fails with `missing`. */
bool rdata_next(struct rdata_reading *reading, const char *missing);

bool rdata_append(struct rdata_reading *reading, const void *octets, size_t len);

/* The current token as a decimal number: digits only, no sign, nothing after them. */
bool rdata_read_number(struct rdata_reading *reading, uint32_t max, uint32_t *value);

/* The current token as a number or one of the mnemonics (case ignored). */
bool rdata_read_named_number(struct rdata_reading *reading, const struct rdata_mnemonic *mnemonics,
			     uint32_t max, uint32_t *value);

/* The value of a mnemonic (case ignored), or -1. */
int rdata_mnemonic_find(const struct rdata_mnemonic *mnemonics, const char *text, size_t len);

/* The current token as a name, appended; relative names are completed. */
bool rdata_read_name(struct rdata_reading *reading);

/* The current token as an address of `family` (AF_INET, AF_INET6) into `out`. */
bool rdata_read_address(struct rdata_reading *reading, int family, uint8_t out[16]);

/* All remaining tokens as hexadecimal, cut anywhere (RFC 4034 5.3, RFC 3597 5). */
bool rdata_read_hex_rest(struct rdata_reading *reading);

/* Pairs of hexadecimal digits from `text`, dots between digits passed over if has_dots. */
bool rdata_read_hex_text(struct rdata_reading *reading, const char *text, size_t len,
			 bool has_dots);

/* The current token as base 64; with is_rest, all remaining ones as one. */
bool rdata_read_base64(struct rdata_reading *reading, bool is_rest);

/* Base 64 from `text`, a whole one. Writes at most len / 4 * 3 octets to `out`, which may be
 * `text`; false if malformed. */
bool rdata_base64_decode(const char *text, size_t len, uint8_t *out, size_t *out_len);

/* Helpers of printers (rdata.c, rdata_base.c). */

void rdata_text_append(struct rdata_text *text, const void *octets, size_t len);
void rdata_text_printf(struct rdata_text *text, const char *format, ...) PRINTF_LIKE(2, 3);
void rdata_text_name(struct rdata_text *text, const uint8_t *dname);
void rdata_text_octet(struct rdata_text *text, uint8_t octet); /* as it stands between quotes */
void rdata_text_quoted(struct rdata_text *text, const uint8_t *octets, size_t len);
void rdata_text_address(struct rdata_text *text, int family, const uint8_t *octets);
void rdata_text_hex(struct rdata_text *text, const uint8_t *octets, size_t len);
void rdata_text_base64(struct rdata_text *text, const uint8_t *octets, size_t len);
void rdata_text_generic(struct rdata_text *text, const uint8_t *rdata, size_t rdlen);

#endif
