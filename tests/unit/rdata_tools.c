/* rdata_tools.c -- text of any type to wire form, for tests. */
#include "tests/unit/rdata_tools.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "zones/token.h"

uint8_t rdata_wire[RDATA_LEN_MAX];
char rdata_printed[RDATA_TEXT_CAP];

static const uint8_t origin[] = "\1o";

bool
rdata_read_text(uint16_t rrtype, const char *text, size_t *rdlen, struct rdata_fault *fault)
{
	size_t len = strlen(text);
	char *exact = malloc(len + 1);
	assert_non_null(exact);
	memcpy(exact + 1, text, len);
	struct tokenizer tokenizer;
	tokenizer_init(&tokenizer, exact + 1, len, 0);
	enum token_outcome outcome = tokenizer_next(&tokenizer);
	if (outcome == TOKEN_FAULT)
		fail_msg("%s: %s", text, tokenizer.fault_reason);
	bool is_read =
	    rdata_read(rrtype, tokenizer.tokens, outcome == TOKEN_ENTRY ? tokenizer.token_count : 0,
		       origin, rdata_wire, rdlen, fault);
	tokenizer_fini(&tokenizer);
	free(exact);
	return is_read;
}

uint16_t
rdata_type_of(const char *mnemonic)
{
	int rrtype = rrtype_read(mnemonic, strlen(mnemonic));
	if (rrtype < 0)
		fail_msg("%s is no type", mnemonic);
	return (uint16_t)rrtype;
}

uint16_t
rdata_next_type(uint16_t rrtype)
{
	for (unsigned code = rrtype + 1u; code <= UINT16_MAX; code++) {
		const struct rrtype *row = rrtype_find((uint16_t)code);
		if (row != NULL && (row->flags & RRTYPE_META) == 0)
			return (uint16_t)code;
	}
	return 0;
}
