/* hash.c - fingerprints that do not change from one machine or release to the next. */
#include "base/hash.h"

#include "support/test.h"

#include <stdio.h>
#include <string.h>

static void check_hash(const unsigned char hash[JN_HASH_SIZE], const char *expected)
{
    char digits[2 * JN_HASH_SIZE + 1];

    for (size_t at = 0; at < JN_HASH_SIZE; at++)
        snprintf(digits + 2 * at, 3, "%02x", hash[at]);
    assert_string_equal(digits, expected);
}

/* What is stored under a hash must be found by it in years to come. */
static void hashes_are_those_that_files_hold(void **state)
{
    unsigned char hash[JN_HASH_SIZE];

    (void)state;
    jn_hash_bytes(hash, "", 0);
    check_hash(hash, "99aa06d3014798d86001c324468d497f");
    jn_hash_bytes(hash, NULL, 0);
    check_hash(hash, "99aa06d3014798d86001c324468d497f");
    jn_hash_bytes(hash, "jangle", 6);
    check_hash(hash, "a415f1a69e752c37d58ab66a5ab97cf9");
    jn_hash_texts(hash, (const char *const[]){"deposit_funds", "{\"amount\":5}", NULL});
    check_hash(hash, "ef20e923717dce7eb4024f1099181133");
}

static void where_one_text_ends_and_the_next_begins_counts(void **state)
{
    static const char *const rows[][4] = {
        {"ab", "c", NULL}, {"a", "bc", NULL}, {"abc", NULL},  {"abc", "", NULL},
        {"", "abc", NULL}, {"", NULL},        {"", "", NULL}, {NULL},
        {"c", "ab", NULL}, {"a", "b", "c"},
    };
    enum { COUNT = sizeof rows / sizeof *rows };
    unsigned char hashes[COUNT][JN_HASH_SIZE];

    (void)state;
    for (size_t at = 0; at < COUNT; at++) {
        const char *texts[] = {rows[at][0], rows[at][1], rows[at][2], NULL};

        jn_hash_texts(hashes[at], texts);
        for (size_t before = 0; before < at; before++)
            assert_memory_not_equal(hashes[at], hashes[before], JN_HASH_SIZE);
    }
}

static void every_bit_counts(void **state)
{
    unsigned char bytes[300] = {0}, first[JN_HASH_SIZE], hash[JN_HASH_SIZE];

    (void)state;
    jn_hash_bytes(first, bytes, sizeof bytes);
    for (size_t at = 0; at < 8 * sizeof bytes; at++) {
        bytes[at / 8] ^= (unsigned char)(1 << at % 8);
        jn_hash_bytes(hash, bytes, sizeof bytes);
        assert_memory_not_equal(hash, first, JN_HASH_SIZE);
        bytes[at / 8] ^= (unsigned char)(1 << at % 8);
    }
    jn_hash_bytes(hash, bytes, sizeof bytes - 1);
    assert_memory_not_equal(hash, first, JN_HASH_SIZE);
}

static void texts_in_memory_hash_by_what_they_say(void **state)
{
    char same[] = "account/000001";

    (void)state;
    assert_true(jn_hash_text(same) == jn_hash_text("account/000001"));
    assert_true(jn_hash_text(same) != jn_hash_text("account/000002"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hashes_are_those_that_files_hold),
        cmocka_unit_test(where_one_text_ends_and_the_next_begins_counts),
        cmocka_unit_test(every_bit_counts),
        cmocka_unit_test(texts_in_memory_hash_by_what_they_say),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
