/* oracle_zone.c -- random zones. */
#include "tests/unit/oracle_zone.h"

#include "zones/dname.h"

/* With the length octet. Prefixes of one another, escapes, all ends of the alphabet. */
#define X63 "\77xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
static const char *const all_labels[] = {
    "\1a",     "\1b",      "\2ab",       "\3abc", "\2aa",        "\1A",         "\3aBc",
    "\1*",     "\2**",     "\2*a",       "\1-",   "\2_a",        "\1_",         "\1z",
    "\1{",     "\1@",      "\1[",        "\1`",   "\1\x01",      "\2a\x01",     "\1\xff",
    "\2a\xff", "\1\x80",   "\2\xff\xff", "\3a.b", "\2a ",        "\1\\",        "\1\"",
    "\1(",     "\1;",      "\1$",        "\3-a-", "\10abcdefgh", "\10abcdefgi", "\7abcdefg",
    "\2ns",    "\0040123", "\1.",        "\1/",   "\1:",         "\1\0",        "\2a\0",
    X63,
};

bool
oracle_prepend(const char *label, const uint8_t *dname, uint8_t out[DNAME_LEN_MAX])
{
	size_t label_len = 1u + (uint8_t)label[0];
	size_t len = dname_len(dname);
	if (label_len + len > DNAME_LEN_MAX)
		return false;
	memmove(out + label_len, dname, len);
	memcpy(out, label, label_len);
	return true;
}

const char *
oracle_label(const struct oracle_zone *zone)
{
	if (random_below(zone->random, 12) == 0)
		return all_labels[random_below(zone->random, ARRAY_LEN(all_labels))];
	return zone->labels[random_below(zone->random, zone->label_count)];
}

static const uint8_t *
any_name(const struct oracle_zone *zone)
{
	return zone->names[random_below(zone->random, zone->name_count)].dname;
}

void
oracle_near_name(const struct oracle_zone *zone, uint8_t out[DNAME_LEN_MAX])
{
	unsigned choice = random_below(zone->random, 100);
	const uint8_t *name = any_name(zone);
	memcpy(out, name, dname_len(name));
	if (choice < 40 && oracle_prepend(oracle_label(zone), out, out) && choice < 12)
		oracle_prepend(oracle_label(zone), out, out);
	if (choice >= 95 && out[0] != 0)
		memmove(out, name + 1 + name[0], dname_len(name + 1 + name[0]));
	for (uint8_t *at = out; random_below(zone->random, 8) == 0 && *at != 0; at += 1 + *at) {
		if (at[1] >= 'a' && at[1] <= 'z')
			at[1] = (uint8_t)(at[1] - ('a' - 'A'));
	}
}

/* What records point to. */
static void
target_print(const struct oracle_zone *zone, char out[DNAME_TEXT_MAX])
{
	uint8_t target[DNAME_LEN_MAX];
	unsigned choice = random_below(zone->random, 40);
	if (choice == 0)
		strcpy(out, ".");
	else if (choice < 4)
		strcpy(out, "ns.Elsewhere.net.");
	else {
		bool is_other = zone->other != NULL && choice < 14;
		oracle_near_name(is_other ? zone->other : zone, target);
		dname_print(target, out);
	}
}

static bool
has_name(const struct oracle_zone *zone, const uint8_t *dname)
{
	for (unsigned i = 0; i < zone->name_count; i++) {
		if (dname_equal(zone->names[i].dname, dname))
			return true;
	}
	return false;
}

/* RFC 6672 2.4: nothing below a DNAME. */
static bool
is_below_dname(const struct oracle_zone *zone, const uint8_t *dname)
{
	for (unsigned i = 0; i < zone->name_count; i++) {
		if (zone->names[i].kind == ORACLE_DNAME &&
		    dname_is_within(dname, zone->names[i].dname))
			return true;
	}
	return false;
}

static enum oracle_kind
any_kind(const struct oracle_zone *zone, const uint8_t *dname)
{
	unsigned choice = random_below(zone->random, 100);
	if (choice < 55)
		return ORACLE_DATA;
	if (choice < 72)
		return ORACLE_CUT;
	if (choice < 90)
		return ORACLE_CNAME;
	for (unsigned i = 0; i < zone->name_count; i++) {
		if (dname_is_within(zone->names[i].dname, dname))
			return ORACLE_CUT;
	}
	return ORACLE_DNAME;
}

static void
names_make(struct oracle_zone *zone, unsigned name_count)
{
	zone->name_count = 1;
	memcpy(zone->names[0].dname, zone->origin, dname_len(zone->origin));
	/* A DNAME at the apex leaves nothing else. */
	zone->names[0].kind = name_count == 1 ? ORACLE_DNAME : ORACLE_DATA;
	for (unsigned i = 1; i < name_count; i++) {
		uint8_t dname[DNAME_LEN_MAX];
		const uint8_t *base = any_name(zone);
		memcpy(dname, base, dname_len(base));
		for (unsigned labels = 1 + random_below(zone->random, 3) / 2; labels > 0;
		     labels--) {
			if (!oracle_prepend(oracle_label(zone), dname, dname))
				break;
		}
		if (has_name(zone, dname) || is_below_dname(zone, dname))
			continue;
		enum oracle_kind kind = any_kind(zone, dname);
		memcpy(zone->names[zone->name_count].dname, dname, dname_len(dname));
		zone->names[zone->name_count++].kind = kind;
	}
}

static unsigned
one_to(const struct oracle_zone *zone, unsigned most)
{
	return 1 + random_below(zone->random, most);
}

static void
write_targets(const struct oracle_zone *zone, FILE *out, const char *owner, const char *type,
	      unsigned count)
{
	unsigned ttl = 60 * one_to(zone, 100);
	for (unsigned i = 0; i < count; i++) {
		char target[DNAME_TEXT_MAX];
		target_print(zone, target);
		fprintf(out, "%s %u %s %s\n", owner, ttl, type, target);
	}
}

static void
write_addresses(const struct oracle_zone *zone, FILE *out, const char *owner)
{
	unsigned choice = random_below(zone->random, 4);
	unsigned count = one_to(zone, 2);
	for (unsigned i = 0; i < count; i++) {
		if (choice != 0)
			fprintf(out, "%s 300 A 192.0.2.%u\n", owner, one_to(zone, 254));
		if (choice > 1)
			fprintf(out, "%s 400 AAAA 2001:db8::%x\n", owner, one_to(zone, 0xffff));
	}
}

static void
write_data(const struct oracle_zone *zone, FILE *out, const char *owner)
{
	static const char *const target_types[] = {"MX 10", "SRV 1 2 53", "PTR", "MX 5"};
	/* Types of RFC 1035 to 9460 that lead to more than addresses. */
	static const char *const rarer_types[] = {"SVCB 0",
						  "HTTPS 1",
						  "HTTPS 0",
						  "LP 10",
						  "RT 10",
						  "NAPTR 1 2 s \"\" \"\"",
						  "NAPTR 1 2 A \"\" \"\"",
						  "NAPTR 1 2 u \"\" \"\""};
	if (random_below(zone->random, 4) != 0)
		write_addresses(zone, out, owner);
	for (unsigned i = 0; i < ARRAY_LEN(target_types); i++) {
		if (random_below(zone->random, 6) == 0)
			write_targets(zone, out, owner, target_types[i],
				      random_below(zone->random, 8) == 0 ? 12 : one_to(zone, 3));
	}
	for (unsigned i = 0; i < ARRAY_LEN(rarer_types); i++) {
		if (random_below(zone->random, 12) == 0)
			write_targets(zone, out, owner, rarer_types[i], one_to(zone, 3));
	}
	if (random_below(zone->random, 12) == 0)
		fprintf(out, "%s 60 HTTPS 2 . port=%u\n", owner, one_to(zone, 65535));
	if (random_below(zone->random, 12) == 0)
		fprintf(out, "%s 60 X25 1234\n%s 60 ISDN 1\n%s 60 L32 1 192.0.2.1\n", owner, owner,
			owner);
	if (random_below(zone->random, 4) == 0) {
		unsigned count = random_below(zone->random, 5) == 0 ? one_to(zone, 12) : 1;
		for (unsigned i = 0; i < count; i++)
			fprintf(out, "%s 30 TXT \"%0*u\" \"%0*u\"\n", owner, (int)one_to(zone, 200),
				i, (int)one_to(zone, 9), i);
	}
	if (random_below(zone->random, 8) == 0)
		fprintf(out, "%s 50 TYPE65280 \\# 3 c00c%02x\n", owner, one_to(zone, 255));
	if (random_below(zone->random, 8) == 0)
		fprintf(out, "%s 50 DS 1 8 200 c00cc00c\n", owner);
}

static void
write_name(const struct oracle_zone *zone, FILE *out, unsigned idx)
{
	char owner[DNAME_TEXT_MAX];
	dname_print(zone->names[idx].dname, owner);
	switch (zone->names[idx].kind) {
	case ORACLE_CUT:
		write_targets(zone, out, owner, "NS",
			      random_below(zone->random, 8) == 0 ? 13 : one_to(zone, 3));
		if (random_below(zone->random, 3) == 0)
			write_data(zone, out, owner);
		return;
	case ORACLE_CNAME:
		write_targets(zone, out, owner, "CNAME", 1);
		return;
	case ORACLE_DNAME:
		write_targets(zone, out, owner, "DNAME", 1);
		if (random_below(zone->random, 2) == 0)
			write_data(zone, out, owner);
		return;
	case ORACLE_DATA:
		write_data(zone, out, owner);
		return;
	}
}

void
oracle_zone_again(struct oracle_zone *zone, unsigned name_count, FILE *out)
{
	names_make(zone, name_count < ORACLE_NAMES_MAX ? name_count : ORACLE_NAMES_MAX);
	char apex[DNAME_TEXT_MAX];
	char mname[DNAME_TEXT_MAX];
	dname_print(zone->origin, apex);
	target_print(zone, mname);
	fprintf(out, "%s %u SOA %s hostmaster.elsewhere.net. 1 2 3 4 %u\n", apex,
		one_to(zone, 4000), mname, one_to(zone, 4000));
	write_targets(zone, out, apex, "NS", one_to(zone, 3));
	for (unsigned i = 0; i < zone->name_count; i++)
		write_name(zone, out, i);
}

void
oracle_zone_make(struct oracle_zone *zone, struct random *random, const uint8_t *origin,
		 unsigned name_count, FILE *out)
{
	zone->random = random;
	dname_lower(origin, zone->origin);
	zone->label_count = 3 + random_below(random, ORACLE_LABELS_MAX - 2);
	for (unsigned i = 0; i < zone->label_count; i++)
		zone->labels[i] = all_labels[random_below(random, ARRAY_LEN(all_labels))];
	zone->labels[0] = "\1*";
	zone->labels[1] = "\1a";
	oracle_zone_again(zone, name_count, out);
}
