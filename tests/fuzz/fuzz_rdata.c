/* fuzz_rdata.c -- any octets as RDATA (a type's code, then the RDATA): printed form reads back to
 * the same octets, canonical form is the same record, and the names found lie within it.
 */
#include "tests/fuzz/fuzz.h"
#include "zones/dname.h"
#include "zones/rdata.h"
#include "zones/token.h"

static const uint8_t owner[] = "\5owner\4test";

struct wire {
	uint16_t rrtype;
	const uint8_t *octets;
	size_t len;
};

static bool
is_same(const uint8_t *a, size_t a_len, const uint8_t *b, size_t b_len)
{
	return a_len == b_len && (a_len == 0 || memcmp(a, b, a_len) == 0);
}

/* As the only record of a zone file; `out` has room for RDATA_LEN_MAX octets. */
static bool
read_text(uint16_t rrtype, const char *text, size_t len, uint8_t *out, size_t *rdlen)
{
	struct tokenizer tokenizer;
	struct rdata_fault fault;
	tokenizer_init(&tokenizer, text, len, 0);
	enum token_outcome outcome = tokenizer_next(&tokenizer);
	/* Of no type's RDATA is the text nothing at all, but of some it is blank. */
	EXPECT(outcome == TOKEN_ENTRY || outcome == TOKEN_END);
	bool is_read =
	    rdata_read(rrtype, tokenizer.tokens, outcome == TOKEN_ENTRY ? tokenizer.token_count : 0,
		       owner, out, rdlen, &fault);
	EXPECT(outcome == TOKEN_END || tokenizer_next(&tokenizer) == TOKEN_END);
	tokenizer_fini(&tokenizer);
	return is_read;
}

/* Valid or not: what cannot be said otherwise is said as RFC 3597 has it, and for a known type is
 * then held against its row. */
static void
check_text(const struct wire *rdata, bool is_valid)
{
	static uint8_t again[RDATA_LEN_MAX];
	size_t again_len = 0;
	char small[16];
	size_t len = rdata_print(rdata->rrtype, rdata->octets, rdata->len, NULL, 0);
	char *text = (char *)fuzz_copy(NULL, 0, len + 1);
	EXPECT(rdata_print(rdata->rrtype, rdata->octets, rdata->len, text, len + 1) == len);
	EXPECT(strlen(text) == len);
	EXPECT(rdata_print(rdata->rrtype, rdata->octets, rdata->len, small, sizeof(small)) == len);
	EXPECT(strncmp(small, text, sizeof(small) - 1) == 0);
	bool is_read = read_text(rdata->rrtype, text, len, again, &again_len);
	EXPECT(is_read == is_valid);
	EXPECT(!is_read || is_same(again, again_len, rdata->octets, rdata->len));
	free(text);
}

static void
check_canonical(const struct wire *rdata)
{
	uint8_t *canonical = fuzz_copy(NULL, 0, rdata->len);
	uint8_t *again = fuzz_copy(NULL, 0, rdata->len);
	rdata_canonical(rdata->rrtype, rdata->octets, rdata->len, canonical);
	EXPECT(rdata_is_valid(rdata->rrtype, canonical, rdata->len));
	EXPECT(rdata_compare(rdata->rrtype, canonical, rdata->len, rdata->octets, rdata->len) == 0);
	EXPECT(rdata_compare(rdata->rrtype, rdata->octets, rdata->len, canonical, rdata->len) == 0);
	rdata_canonical(rdata->rrtype, canonical, rdata->len, again);
	EXPECT(is_same(canonical, rdata->len, again, rdata->len));
	free(canonical);
	free(again);
}

static void
check_name(const struct wire *rdata, const uint8_t *dname)
{
	EXPECT(dname >= rdata->octets && dname < rdata->octets + rdata->len);
	EXPECT(dname_wire_len(dname, (size_t)(rdata->octets + rdata->len - dname)) > 0);
}

static void
check_names(const struct wire *rdata)
{
	const struct rrtype *row = rrtype_find(rdata->rrtype);
	struct rdata_additional additional;
	size_t off = 0;
	const uint8_t *dname;
	const uint8_t *before = NULL;
	if (row == NULL)
		return;
	while ((dname = rdata_next_name(row, rdata->octets, rdata->len, &off)) != NULL) {
		check_name(rdata, dname);
		EXPECT(before == NULL || dname > before);
		before = dname;
	}
	if (!rdata_additional(row, owner, rdata->octets, rdata->len, &additional))
		return;
	if (additional.dname != owner)
		check_name(rdata, additional.dname);
	EXPECT(additional.rrtypes[0] != 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	if (len < 2 || len - 2 > RDATA_LEN_MAX)
		return 0;
	uint8_t *octets = fuzz_copy(data + 2, len - 2, len - 2);
	const struct wire rdata = {be16_read(data), octets, len - 2};
	bool is_valid = rdata_is_valid(rdata.rrtype, rdata.octets, rdata.len);
	check_text(&rdata, is_valid);
	if (is_valid) {
		check_canonical(&rdata);
		check_names(&rdata);
	}
	free(octets);
	return 0;
}
