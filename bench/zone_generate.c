/* zone_generate.c -- zones to measure with: of any size, like those that are served, the same from
 * the same seed.
 *
 *   zone_generate tld  [--count N] [--origin NAME] [--seed N] [--shuffle] > FILE
 *   zone_generate flat [--count N] [--origin NAME] [--seed N] [--shuffle] > FILE
 *   zone_generate many [--count N] [--origin NAME] [--seed N] --dir DIRECTORY
 *
 * bench/README.md says what is in them, and why.
 */
#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "bench/bench.h"
#include "zones/base.h"

enum {
	LABEL_CAP = 16,
	LABEL_LEN_MIN = 5,
	TTL_NS = 172800,
	TTL_HOST = 3600,

	/* Of 10,000 delegations. */
	SHARE_IN_DOMAIN = 2500,
	SHARE_LARGEST_HOSTER = 105, /* 100,000 and a few of 10 M use one host */
	SHARE_HOSTERS = 300,        /* all hosters inside the zone */
};

/* -- chance ------------------------------------------------------------------------------------ */

static uint64_t
mix(uint64_t value)
{
	return bench_scramble(value + BENCH_RANDOM_STEP);
}

struct chance {
	uint64_t state;
};

static uint64_t
chance_next(struct chance *chance)
{
	chance->state += BENCH_RANDOM_STEP;
	return mix(chance->state);
}

static unsigned
chance_below(struct chance *chance, unsigned limit)
{
	return (unsigned)((chance_next(chance) >> 32) * limit >> 32);
}

/* A rank below `count`, the k-th with a share in proportion to 1/k (Zipf's law, s = 1), by the
 * inverse of its distribution. */
static uint64_t
chance_rank(struct chance *chance, uint64_t count)
{
	double uniform = (double)(chance_next(chance) >> 11) * 0x1p-53;
	uint64_t rank = (uint64_t)pow((double)count + 1, uniform) - 1;
	return rank < count ? rank : count - 1;
}

/* -- labels ------------------------------------------------------------------------------------ */

/* At most 16 octets with zeroes behind them, as two big-endian numbers: their order is canonical
 * order. */
struct label {
	uint64_t high;
	uint64_t low;
};

static struct label
label_of(const char *text, size_t len)
{
	uint8_t octets[LABEL_CAP] = {0};
	memcpy(octets, text, len < LABEL_CAP ? len : LABEL_CAP);
	return (struct label){(uint64_t)be32_read(octets) << 32 | be32_read(octets + 4),
			      (uint64_t)be32_read(octets + 8) << 32 | be32_read(octets + 12)};
}

static size_t
label_text(const struct label *label, char out[LABEL_CAP + 1])
{
	uint8_t *octets = (uint8_t *)out;
	be32_write(octets, (uint32_t)(label->high >> 32));
	be32_write(octets + 4, (uint32_t)label->high);
	be32_write(octets + 8, (uint32_t)(label->low >> 32));
	be32_write(octets + 12, (uint32_t)label->low);
	out[LABEL_CAP] = '\0';
	return strlen(out);
}

static int
label_compare(const void *first, const void *second)
{
	const struct label *a = first, *b = second;
	if (a->high != b->high)
		return a->high < b->high ? -1 : 1;
	return a->low == b->low ? 0 : a->low < b->low ? -1 : 1;
}

static const char *const words[] = {
    "shop",   "online", "my",    "the",   "web",   "home", "auto",   "best", "media", "group",
    "design", "travel", "hotel", "tech",  "art",   "life", "car",    "city", "cloud", "data",
    "green",  "casino", "photo", "music", "game",  "book", "sport",  "law",  "food",  "net",
    "studio", "world",  "club",  "store", "smart", "euro", "dental", "star", "house", "digital",
};

static size_t
word_put(struct chance *chance, char *out)
{
	const char *word = words[chance_rank(chance, ARRAY_LEN(words))];
	size_t len = strlen(word);
	memcpy(out, word, len);
	return len;
}

static size_t
syllables_put(struct chance *chance, char *out)
{
	/* Frequent letters stand more than once. */
	static const char consonants[] =
	    "bbcccddddffgghhjkklllllmmmnnnnnnpppqrrrrrrsssssstttttvvwxyz";
	static const char vowels[] = "aaaaaeeeeeeeiiiiiooooouuy";
	unsigned count = 1 + chance_below(chance, 3);
	size_t len = 0;
	while (count-- > 0) {
		out[len++] = consonants[chance_below(chance, sizeof(consonants) - 1)];
		out[len++] = vowels[chance_below(chance, sizeof(vowels) - 1)];
		if (chance_below(chance, 3) == 0)
			out[len++] = consonants[chance_below(chance, sizeof(consonants) - 1)];
	}
	return len;
}

/* 5 to 16 octets: words and what sounds like some, hyphens, digits. */
static size_t
label_make(struct chance *chance, char out[LABEL_CAP])
{
	char text[64];
	size_t len = 0;
	unsigned kind = chance_below(chance, 100);
	len += kind % 4 == 0 ? word_put(chance, text) : syllables_put(chance, text);
	if (kind < 20)
		text[len++] = '-';
	if (kind < 65)
		len += kind % 3 == 0 ? word_put(chance, text + len)
				     : syllables_put(chance, text + len);
	while (len < LABEL_LEN_MIN || kind >= 85) {
		len += syllables_put(chance, text + len);
		kind = 0;
	}
	if (chance_below(chance, 10) == 0)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%u",
					chance_below(chance, 2500));
	if (len > LABEL_CAP)
		len = LABEL_CAP;
	if (text[len - 1] == '-')
		text[len - 1] = 'o';
	memcpy(out, text, len);
	return len;
}

static size_t
drop_equal(struct label *labels, size_t count)
{
	size_t kept = 0;
	for (size_t i = 0; i < count; i++) {
		if (kept == 0 || label_compare(&labels[kept - 1], &labels[i]) != 0)
			labels[kept++] = labels[i];
	}
	return kept;
}

/* `count` different labels in canonical order, those of `given` among them. */
static struct label *
labels_new(size_t count, const struct label *given, size_t given_count, uint64_t seed)
{
	struct chance chance = {mix(seed)};
	size_t made = 0;
	size_t cap = count + count / 4 + 64;
	struct label *labels = malloc((cap + given_count) * sizeof(*labels));
	if (labels == NULL)
		err(1, "labels");
	while (made < count) {
		while (made < cap) {
			char text[LABEL_CAP];
			size_t len = label_make(&chance, text);
			labels[made++] = label_of(text, len);
		}
		qsort(labels, made, sizeof(*labels), label_compare);
		made = drop_equal(labels, made);
	}
	/* Of too many, leave out some everywhere: not the end of the alphabet. */
	size_t wanted = count > given_count ? count - given_count : 0;
	for (size_t i = 0; i < wanted; i++)
		labels[i] = labels[(size_t)((unsigned __int128)i * made / wanted)];
	if (given_count > 0)
		memcpy(labels + wanted, given, given_count * sizeof(*given));
	qsort(labels, wanted + given_count, sizeof(*labels), label_compare);
	return labels;
}

static void
labels_shuffle(struct label *labels, size_t count, uint64_t seed)
{
	struct chance chance = {mix(seed ^ 1)};
	for (size_t i = count; i > 1; i--) {
		size_t k = (size_t)((unsigned __int128)chance_next(&chance) * i >> 64);
		struct label label = labels[i - 1];
		labels[i - 1] = labels[k];
		labels[k] = label;
	}
}

/* -- text -------------------------------------------------------------------------------------- */

struct zone_writer {
	FILE *file;
	const char *origin; /* with its final dot */
	size_t origin_len;
	uint64_t seed;
	uint64_t operator_count;
	uint64_t hoster_count;
	uint64_t record_count;
	size_t len;
	char text[8192]; /* not yet written: flushed name by name */
};

static void
put(struct zone_writer *out, const char *text, size_t len)
{
	memcpy(out->text + out->len, text, len);
	out->len += len;
}

static void
put_text(struct zone_writer *out, const char *text)
{
	put(out, text, strlen(text));
}

static void
put_number(struct zone_writer *out, uint64_t number)
{
	char digits[20];
	size_t at = sizeof(digits);
	do {
		digits[--at] = (char)('0' + number % 10);
		number /= 10;
	} while (number > 0);
	put(out, digits + at, sizeof(digits) - at);
}

/* Every writer of a record goes through this: it is also the count. */
static void
put_type(struct zone_writer *out, unsigned ttl, const char *type)
{
	put(out, "\t", 1);
	put_number(out, ttl);
	put(out, "\tIN\t", 4);
	put_text(out, type);
	put(out, "\t", 1);
	out->record_count++;
}

/* label.ORIGIN */
static void
put_name(struct zone_writer *out, const char *label, size_t len)
{
	put(out, label, len);
	if (out->origin_len > 1)
		put(out, ".", 1);
	put(out, out->origin, out->origin_len);
}

/* Addresses that somebody can be reached at, no two alike but by chance. */
static void
put_ipv4(struct zone_writer *out, uint64_t value)
{
	unsigned first = 11 + (unsigned)(value >> 56) % 200; /* without loopback, link-local */
	put_number(out, first == 127 || first == 169 ? first + 84 : first);
	for (unsigned shift = 40; shift >= 24; shift -= 8) {
		put(out, ".", 1);
		put_number(out, value >> shift & 0xff);
	}
	put(out, "\n", 1);
}

static void
put_ipv6(struct zone_writer *out, uint64_t value)
{
	char text[64];
	int len = snprintf(text, sizeof(text), "2a%02x:%x:%x::%x\n", (unsigned)(value >> 56) % 16,
			   (unsigned)(value >> 40 & 0xffff), (unsigned)(value >> 24 & 0xffff),
			   (unsigned)(value >> 8 & 0xffff) | 1);
	put(out, text, (size_t)len);
}

static void
flush(struct zone_writer *out)
{
	if (fwrite_unlocked(out->text, 1, out->len, out->file) != out->len)
		err(1, "writing");
	out->len = 0;
}

/* -- a delegation ------------------------------------------------------------------------------ */

static const char hoster_prefix[] = "hoster-";

static size_t
hoster_text(uint64_t rank, char out[LABEL_CAP + 8])
{
	return (size_t)snprintf(out, LABEL_CAP + 8, "%s%u", hoster_prefix, (unsigned)rank);
}

static void
put_ns(struct zone_writer *out, const char *label, size_t len)
{
	put_name(out, label, len);
	put_type(out, TTL_NS, "NS");
}

/* ns1.LABEL.ORIGIN and ns2.LABEL.ORIGIN */
static void
put_ns_below(struct zone_writer *out, const char *label, size_t len, const char *host,
	     size_t host_len)
{
	for (char number = '1'; number <= '2'; number++) {
		put_ns(out, label, len);
		put(out, (char[]){'n', 's', number, '.'}, 4);
		put_name(out, host, host_len);
		put(out, "\n", 1);
	}
}

static void
put_glue(struct zone_writer *out, struct chance *chance, const char *label, size_t len,
	 bool has_ipv6)
{
	for (char number = '1'; number <= '2'; number++) {
		put(out, (char[]){'n', 's', number, '.'}, 4);
		put_name(out, label, len);
		put_type(out, TTL_NS, "A");
		put_ipv4(out, chance_next(chance));
		if (!has_ipv6)
			continue;
		put(out, (char[]){'n', 's', number, '.'}, 4);
		put_name(out, label, len);
		put_type(out, TTL_NS, "AAAA");
		put_ipv6(out, chance_next(chance));
	}
}

/* Two to four hosts of an operator outside the zone. Most operators give all customers the same
 * ones; some give each customer a pair out of many. */
static void
put_ns_outside(struct zone_writer *out, struct chance *customer, const char *label, size_t len,
	       uint64_t rank)
{
	static const char *const suffixes[] = {".com.\n", ".net.\n", ".org.\n", ".info.\n"};
	static const char *const styles[] = {"ns", "dns", "ns-cloud-", "pdns"};
	enum { PAIRS_EVERY = 16, PAIRS_RANK = 3 };
	struct chance chance = {mix(rank ^ out->seed)};
	char name[LABEL_CAP];
	size_t name_len = label_make(&chance, name);
	const char *suffix = suffixes[chance_below(&chance, ARRAY_LEN(suffixes))];
	const char *style = styles[chance_below(&chance, ARRAY_LEN(styles))];
	static const unsigned char counts[] = {2, 2, 2, 2, 2, 3, 3, 4, 4, 4};
	unsigned count = counts[chance_below(&chance, ARRAY_LEN(counts))];
	bool has_pairs = rank % PAIRS_EVERY == PAIRS_RANK;
	unsigned first = has_pairs ? chance_below(customer, ARRAY_LEN(words) - 1) : 0;
	unsigned second = first + 1 + (has_pairs ? chance_below(customer, 8) : 0);
	for (unsigned i = 0; i < (has_pairs ? 2 : count); i++) {
		put_ns(out, label, len);
		if (has_pairs) {
			put_text(out, words[(i == 0 ? first : second) % ARRAY_LEN(words)]);
			put(out, ".ns", 3);
		} else {
			put_text(out, style);
			put_number(out, i + 1);
		}
		put(out, ".", 1);
		put(out, name, name_len);
		put_text(out, suffix);
	}
}

/* The servers of the zone itself; no delegation. */
static void
put_nic(struct zone_writer *out, struct chance *chance)
{
	for (const char *label = "a.nic\0b.nic\0"; *label != '\0'; label += strlen(label) + 1) {
		put_name(out, label, strlen(label));
		put_type(out, TTL_NS, "A");
		put_ipv4(out, chance_next(chance));
		put_name(out, label, strlen(label));
		put_type(out, TTL_NS, "AAAA");
		put_ipv6(out, chance_next(chance));
	}
}

/* All that is at and below a label; the same whatever its place in the file. */
static void
put_delegation(struct zone_writer *out, const struct label *label)
{
	struct chance chance = {mix(label->high ^ mix(label->low ^ out->seed))};
	char text[LABEL_CAP + 1];
	size_t len = label_text(label, text);
	unsigned share = chance_below(&chance, 10000);
	bool has_ipv6 = chance_below(&chance, 10) < 3;
	if (strcmp(text, "nic") == 0) {
		put_nic(out, &chance);
	} else if (strncmp(text, hoster_prefix, sizeof(hoster_prefix) - 1) == 0) {
		put_ns_below(out, text, len, text, len);
		put_glue(out, &chance, text, len, true);
	} else if (share < SHARE_IN_DOMAIN) {
		put_ns_below(out, text, len, text, len);
		put_glue(out, &chance, text, len, has_ipv6);
	} else if (share < SHARE_IN_DOMAIN + SHARE_HOSTERS) {
		uint64_t rank = 0;
		if (share >= SHARE_IN_DOMAIN + SHARE_LARGEST_HOSTER)
			rank = 1 + chance_rank(&chance, out->hoster_count - 1);
		char host[LABEL_CAP + 8];
		put_ns_below(out, text, len, host, hoster_text(rank, host));
	} else {
		uint64_t rank = chance_rank(&chance, out->operator_count);
		put_ns_outside(out, &chance, text, len, rank);
	}
}

static void
put_host(struct zone_writer *out, const struct label *label)
{
	struct chance chance = {mix(label->high ^ mix(label->low ^ out->seed))};
	char text[LABEL_CAP + 1];
	size_t len = label_text(label, text);
	if (strcmp(text, "nic") == 0) {
		put_nic(out, &chance);
		return;
	}
	put_name(out, text, len);
	put_type(out, TTL_HOST, "A");
	put_ipv4(out, chance_next(&chance));
}

/* -- whole zones ------------------------------------------------------------------------------- */

struct options {
	const char *directory;
	char *origin;
	size_t count;
	uint64_t seed;
	bool is_shuffled;
};

/* The serial has ten digits, so that another can be written over it. */
static void
put_apex(struct zone_writer *out)
{
	put(out, out->origin, out->origin_len);
	put_type(out, TTL_NS, "SOA");
	put_text(out, "a.nic.");
	put_text(out, out->origin_len > 1 ? out->origin : "");
	put_text(out, " hostmaster.nic.");
	put_text(out, out->origin_len > 1 ? out->origin : "");
	put_text(out, " 2026010101 1800 900 604800 3600\n");
	for (const char *label = "a.nic\0b.nic\0"; *label != '\0'; label += strlen(label) + 1) {
		put(out, out->origin, out->origin_len);
		put_type(out, TTL_NS, "NS");
		put_name(out, label, strlen(label));
		put(out, "\n", 1);
	}
}

static void
one_zone(const struct options *options, struct zone_writer *out, bool is_tld)
{
	size_t given_count = 1 + (is_tld ? (size_t)out->hoster_count : 0);
	struct label *given = malloc(given_count * sizeof(*given));
	if (given == NULL)
		err(1, "hosters");
	given[0] = label_of("nic", 3);
	for (size_t i = 1; i < given_count; i++) {
		char text[LABEL_CAP + 8];
		given[i] = label_of(text, hoster_text(i - 1, text));
	}
	size_t count = options->count + 1; /* nic is none of them */
	struct label *labels = labels_new(count, given, given_count, out->seed);
	if (options->is_shuffled)
		labels_shuffle(labels, count, out->seed);

	put_apex(out);
	for (size_t i = 0; i < count; i++) {
		if (is_tld)
			put_delegation(out, &labels[i]);
		else
			put_host(out, &labels[i]);
		flush(out);
	}
	free(labels);
	free(given);
}

static FILE *
open_in(const char *directory, const char *name)
{
	char path[4096];
	snprintf(path, sizeof(path), "%s/%s", directory, name);
	FILE *file = fopen(path, "we");
	if (file == NULL)
		err(1, "%s", path);
	return file;
}

/* A customer's zone at a hosting provider: ten records. */
static void
put_small_zone(struct zone_writer *out, const char *label, size_t len, struct chance *chance)
{
	uint64_t provider = chance_rank(chance, 1000);
	uint64_t server = mix(mix(provider) + chance_below(chance, 50));
	char lines[2048];
	int lines_len =
	    snprintf(lines, sizeof(lines),
		     "$TTL 3600\n"
		     "@\tSOA\tns1.provider-%u.net. hostmaster.provider-%u.net. 2026010101 1800 900 "
		     "604800 3600\n"
		     "@\tNS\tns1.provider-%u.net.\n@\tNS\tns2.provider-%u.net.\n"
		     "@\tMX\t10 mail\n@\tTXT\t\"v=spf1 mx include:spf.provider-%u.net -all\"\n"
		     "www\tCNAME\t@\n",
		     (unsigned)provider, (unsigned)provider, (unsigned)provider, (unsigned)provider,
		     (unsigned)provider);
	put_text(out, "$ORIGIN ");
	put_name(out, label, len);
	put(out, "\n", 1);
	put(out, lines, (size_t)lines_len);
	put_text(out, "@\tA\t");
	put_ipv4(out, server);
	put_text(out, "@\tAAAA\t");
	put_ipv6(out, server);
	put_text(out, "mail\tA\t");
	put_ipv4(out, mix(server));
	put_text(out, "ftp\tA\t");
	put_ipv4(out, server);
	out->record_count += 10;
}

/* What each server wants to be told of a zone: file, and text with the zone's name at %1$s and its
 * file at %2$s. */
static const struct {
	const char *file;
	const char *format;
} fragments[] = {
    {"names", "%1$s\n"},
    {"glued.zones", "  - name: %1$s\n    file: %2$s\n"},
    {"knotd.zones", "  - domain: %1$s\n    file: %2$s\n"},
    {"nsd.zones", "zone:\n  name: %1$s\n  zonefile: %2$s\n"},
    {"named.zones", "zone \"%1$s\" { type primary; file \"%2$s\"; };\n"},
};

static void
many_zones(const struct options *options, struct zone_writer *out)
{
	FILE *lists[ARRAY_LEN(fragments)];
	for (size_t i = 0; i < ARRAY_LEN(fragments); i++)
		lists[i] = open_in(options->directory, fragments[i].file);
	char zones[4096];
	snprintf(zones, sizeof(zones), "%s/zones", options->directory);
	if (mkdir(zones, 0777) != 0 && errno != EEXIST)
		err(1, "%s", zones);

	struct label *labels = labels_new(options->count, NULL, 0, out->seed);
	for (size_t i = 0; i < options->count; i++) {
		struct chance chance = {mix(labels[i].high ^ mix(labels[i].low ^ out->seed))};
		char label[LABEL_CAP + 1], name[512], file[5000];
		size_t len = label_text(&labels[i], label);
		snprintf(name, sizeof(name), "%s.%s", label,
			 out->origin_len > 1 ? out->origin : "");
		snprintf(file, sizeof(file), "%s/%s.zone", zones, label);
		put_small_zone(out, label, len, &chance);
		out->file = fopen(file, "we");
		if (out->file == NULL)
			err(1, "%s", file);
		flush(out);
		if (fclose(out->file) != 0)
			err(1, "%s", file);
		for (size_t k = 0; k < ARRAY_LEN(fragments); k++)
			fprintf(lists[k], fragments[k].format, name, file);
	}
	free(labels);
	for (size_t i = 0; i < ARRAY_LEN(fragments); i++) {
		if (fclose(lists[i]) != 0)
			err(1, "%s", fragments[i].file);
	}
}

/* -- the command line -------------------------------------------------------------------------- */

static int
usage(void)
{
	fputs("usage: zone_generate tld|flat [--count N] [--origin NAME] [--seed N] [--shuffle]\n"
	      "       zone_generate many [--count N] [--origin NAME] [--seed N] --dir DIRECTORY\n",
	      stderr);
	return 2;
}

static bool
read_number(const char *text, uint64_t limit, uint64_t *out)
{
	char *end;
	errno = 0;
	*out = strtoull(text, &end, 10);
	return errno == 0 && end != text && *end == '\0' && *text != '-' && *out <= limit;
}

static bool
read_options(int argc, char **argv, struct options *options)
{
	static const struct option longs[] = {
	    {"count", required_argument, NULL, 'c'}, {"origin", required_argument, NULL, 'o'},
	    {"seed", required_argument, NULL, 's'},  {"shuffle", no_argument, NULL, 'r'},
	    {"dir", required_argument, NULL, 'd'},   {0}};
	enum { COUNT_MIN = 10, COUNT_MAX = 100000000 }; /* what there are labels for */
	uint64_t count = options->count;
	bool is_good = true;
	int option;
	while ((option = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		if (option == 'c')
			is_good =
			    is_good && read_number(optarg, COUNT_MAX, &count) && count >= COUNT_MIN;
		else if (option == 's')
			is_good = is_good && read_number(optarg, UINT64_MAX, &options->seed);
		else if (option == 'r')
			options->is_shuffled = true;
		else if (option == 'd')
			options->directory = optarg;
		else if (option == 'o')
			is_good = is_good && strlen(optarg) < 200 &&
				  asprintf(&options->origin, "%s%s", optarg,
					   optarg[0] != '\0' && optarg[strlen(optarg) - 1] == '.'
					       ? ""
					       : ".") > 0;
		else
			return false;
	}
	options->count = (size_t)count;
	return is_good && optind == argc - 1;
}

int
main(int argc, char **argv)
{
	static struct zone_writer out;
	struct options options = {.count = 1000000, .origin = NULL, .seed = 1};
	if (!read_options(argc, argv, &options))
		return usage();
	const char *kind = argv[optind];
	out.file = stdout;
	out.origin = options.origin != NULL ? options.origin : "tld.";
	out.origin_len = strlen(out.origin);
	out.seed = options.seed;
	out.operator_count = options.count / 20 + 4;
	out.hoster_count = options.count / 10000 + 2;
	if (strcmp(kind, "many") == 0 && options.directory != NULL && !options.is_shuffled)
		many_zones(&options, &out);
	else if (strcmp(kind, "tld") == 0 && options.directory == NULL)
		one_zone(&options, &out, true);
	else if (strcmp(kind, "flat") == 0 && options.directory == NULL)
		one_zone(&options, &out, false);
	else
		return usage();
	if (fflush(stdout) != 0)
		err(1, "writing");
	fprintf(stderr, "%zu %s, %llu records\n", options.count,
		strcmp(kind, "many") == 0  ? "zones"
		: strcmp(kind, "tld") == 0 ? "delegations"
					   : "hosts",
		(unsigned long long)out.record_count);
	free(options.origin);
	return 0;
}
