/* test_cookie.c -- SipHash-2-4 against its published vectors, and DNS cookies against those of RFC
 * 9018. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <arpa/inet.h>
#include <cmocka.h>

#include "dataplane/cookie.h"

/* The reference implementation's vectors.h: key 00 01 .. 0f, inputs of 0 to 63 octets 00 01 .. */
static const char *const siphash_vectors[64] = {
    "310e0edd47db6f72", "fd67dc93c539f874", "5a4fa9d909806c0d", "2d7efbd796666785",
    "b7877127e09427cf", "8da699cd64557618", "cee3fe586e46c9cb", "37d1018bf50002ab",
    "6224939a79f5f593", "b0e4a90bdf82009e", "f3b9dd94c5bb5d7a", "a7ad6b22462fb3f4",
    "fbe50e86bc8f1e75", "903d84c02756ea14", "eef27a8e90ca23f7", "e545be4961ca29a1",
    "db9bc2577fcc2a3f", "9447be2cf5e99a69", "9cd38d96f0b3c14b", "bd6179a71dc96dbb",
    "98eea21af25cd6be", "c7673b2eb0cbf2d0", "883ea3e395675393", "c8ce5ccd8c030ca8",
    "94af49f6c650adb8", "eab8858ade92e1bc", "f315bb5bb835d817", "adcf6b0763612e2f",
    "a5c91da7acaa4dde", "716595876650a2a6", "28ef495c53a387ad", "42c341d8fa92d832",
    "ce7cf2722f512771", "e37859f94623f3a7", "381205bb1ab0e012", "ae97a10fd434e015",
    "b4a31508beff4d31", "81396229f0907902", "4d0cf49ee5d4dcca", "5c73336a76d8bf9a",
    "d0a704536ba93e0e", "925958fcd6420cad", "a915c29bc8067318", "952b79f3bc0aa6d4",
    "f21df2e41d4535f9", "87577519048f53a9", "10a56cf5dfcd9adb", "eb75095ccd986cd0",
    "51a9cb9ecba312e6", "96afadfc2ce666c7", "72fe52975a4364ee", "5a1645b276d592a1",
    "b274cb8ebf87870a", "6f9bb4203de7b381", "eaecb2a30b22a87f", "9924a43cc1315724",
    "bd838d3aafbf8db7", "0b1a2a3265d51aea", "135079a3231ce660", "932b2846e4d70666",
    "e1915f5cb1eca46c", "f325965ca16d629f", "575ff28e60381be5", "724506eb4c328a95",
};

static const char *
hex(const uint8_t *octets, size_t len)
{
	static char text[128];
	for (size_t i = 0; i < len; i++)
		snprintf(text + 2 * i, 3, "%02x", octets[i]);
	return text;
}

static void
hex_read(const char *text, uint8_t *out)
{
	for (size_t i = 0; text[2 * i] != '\0'; i++) {
		unsigned octet;
		assert_int_equal(sscanf(text + 2 * i, "%2x", &octet), 1);
		out[i] = (uint8_t)octet;
	}
}

static void
test_siphash(void **state)
{
	uint8_t key[SIPHASH_KEY_LEN];
	uint8_t out[SIPHASH_LEN];
	for (unsigned i = 0; i < sizeof(key); i++)
		key[i] = (uint8_t)i;
	for (unsigned len = 0; len < ARRAY_LEN(siphash_vectors); len++) {
		/* As long as it is, so that a read past the end is noticed. */
		uint8_t *input = malloc(len + 1);
		for (unsigned i = 0; i < len; i++)
			input[i] = (uint8_t)i;
		uint8_t *exact = realloc(input, len > 0 ? len : 1);
		siphash(key, exact, len, out);
		assert_string_equal(hex(out, sizeof(out)), siphash_vectors[len]);
		free(exact);
	}
}

struct visit {
	struct arrival arrival;
	uint8_t address[16];
};

static struct visit *
visit_by(const char *address, uint32_t time)
{
	static struct visit visit;
	bool is_ipv6 = strchr(address, ':') != NULL;
	visit.arrival = (struct arrival){.client = visit.address, .time = time, .is_ipv6 = is_ipv6};
	assert_int_equal(inet_pton(is_ipv6 ? AF_INET6 : AF_INET, address, visit.address), 1);
	return &visit;
}

static struct cookie_policy
policy_of(const char *secret, const char *other)
{
	struct cookie_policy policy = {.secret_count = other == NULL ? 1 : 2};
	hex_read(secret, policy.secrets[0]);
	if (other != NULL)
		hex_read(other, policy.secrets[1]);
	return policy;
}

/* RFC 9018 appendix A. */
static const char secret[] = "e5e973e5a6b2a43f48e7dc849e37bfcf";
static const char old_secret[] = "dd3bdf9344b678b185a6f5cb60fca715";
static const char new_secret[] = "445536bcd2513298075a5d379663c962";
static const char client4[] = "198.51.100.100";
static const char client6[] = "2001:db8:220:1:59de:d0f4:8769:82b8";

static void
check_made(const char *secret_text, const char *address, uint32_t time, const char *text)
{
	struct cookie_policy policy = policy_of(secret_text, NULL);
	uint8_t cookie[COOKIE_LEN];
	hex_read(text, cookie);
	memset(cookie + COOKIE_CLIENT_LEN, 0x5a, COOKIE_LEN - COOKIE_CLIENT_LEN);
	const struct arrival *arrival = &visit_by(address, time)->arrival;
	cookie_make(&policy, arrival, cookie);
	assert_string_equal(hex(cookie, sizeof(cookie)), text);
	assert_true(cookie_is_good(&policy, arrival, cookie));
}

static void
test_rfc9018_cookies_are_made(void **state)
{
	check_made(secret, client4, 1559731985, "2464c4abcf10c957010000005cf79f111f8130c3eee29480");
	check_made(secret, client4, 1559734385, "2464c4abcf10c957010000005cf7a871d4a564a1442aca77");
	check_made(secret, "203.0.113.203", 1559734700,
		   "fc93fc62807ddb86010000005cf7a9acf73a7810aca2381e");
	check_made(new_secret, client6, 1559741961,
		   "22681ab97d52c298010000005cf7c609a6bb79d16625507a");
}

static bool
is_good(const struct cookie_policy *policy, const char *address, uint32_t time, const char *text)
{
	uint8_t cookie[COOKIE_LEN];
	hex_read(text, cookie);
	return cookie_is_good(policy, &visit_by(address, time)->arrival, cookie);
}

static void
test_rfc9018_cookies_are_known(void **state)
{
	struct cookie_policy policy = policy_of(secret, NULL);
	assert_true(is_good(&policy, client4, 1559734385,
			    "2464c4abcf10c957010000005cf79f111f8130c3eee29480"));
	/* The reserved octets are not looked at, but hashed. */
	assert_true(is_good(&policy, "203.0.113.203", 0x5cf78f71,
			    "fc93fc62807ddb8601abcdef5cf78f71a314227b6679ebf5"));
	assert_false(is_good(&policy, "203.0.113.203", 0x5cf78f71,
			     "fc93fc62807ddb8601abcdee5cf78f71a314227b6679ebf5"));
}

/* RFC 9018 5: while the secret changes, cookies of both are good, and new ones are of the first. */
static void
test_the_secret_changes(void **state)
{
	static const char cookie[] = "22681ab97d52c298010000005cf7c57926556bd0934c72f8";
	struct cookie_policy before = policy_of(old_secret, new_secret);
	struct cookie_policy after = policy_of(new_secret, old_secret);
	struct cookie_policy done = policy_of(new_secret, NULL);
	assert_true(is_good(&before, client6, 1559741961, cookie));
	assert_true(is_good(&after, client6, 1559741961, cookie));
	assert_false(is_good(&done, client6, 1559741961, cookie));
}

static void
test_cookies_that_are_no_good(void **state)
{
	static const char cookie[] = "2464c4abcf10c957010000005cf79f111f8130c3eee29480";
	const uint32_t made = 1559731985;
	struct cookie_policy policy = policy_of(secret, NULL);
	struct cookie_policy other = policy_of(old_secret, NULL);
	assert_false(is_good(&other, client4, made, cookie));
	assert_false(is_good(&policy, "198.51.100.101", made, cookie));
	assert_false(is_good(&policy, client6, made, cookie));
	for (unsigned i = 0; i < COOKIE_LEN; i++) {
		uint8_t octets[COOKIE_LEN];
		hex_read(cookie, octets);
		octets[i] ^= 1;
		assert_false(cookie_is_good(&policy, &visit_by(client4, made)->arrival, octets));
	}
	/* Without its address a client is nobody. */
	uint8_t octets[COOKIE_LEN];
	hex_read(cookie, octets);
	assert_false(cookie_is_good(&policy, &(struct arrival){.time = made}, octets));
}

/* RFC 9018 4.3: from an hour back to five minutes ahead, across the end of 32 bits. */
static void
test_the_time_of_a_cookie(void **state)
{
	static const uint32_t times[] = {1559731985, 100, 0xffffff00};
	struct cookie_policy policy = policy_of(secret, NULL);
	for (size_t i = 0; i < ARRAY_LEN(times); i++) {
		uint32_t made = times[i];
		uint8_t cookie[COOKIE_LEN] = "clientck";
		cookie_make(&policy, &visit_by(client4, made)->arrival, cookie);
		assert_true(
		    cookie_is_good(&policy, &visit_by(client4, made + 3600)->arrival, cookie));
		assert_false(
		    cookie_is_good(&policy, &visit_by(client4, made + 3601)->arrival, cookie));
		assert_true(
		    cookie_is_good(&policy, &visit_by(client4, made - 300)->arrival, cookie));
		assert_false(
		    cookie_is_good(&policy, &visit_by(client4, made - 301)->arrival, cookie));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_siphash),
	    cmocka_unit_test(test_rfc9018_cookies_are_made),
	    cmocka_unit_test(test_rfc9018_cookies_are_known),
	    cmocka_unit_test(test_the_secret_changes),
	    cmocka_unit_test(test_cookies_that_are_no_good),
	    cmocka_unit_test(test_the_time_of_a_cookie),
	};
	return cmocka_run_group_tests_name("cookie", tests, NULL, NULL);
}
