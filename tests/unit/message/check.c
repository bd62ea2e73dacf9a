/* check.c - what a check complains about, and that nothing unsound reaches one. */
#include "message/codec.h"

#include "message/check.h"
#include "support/long_text.h"
#include "support/test.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

struct part {
    const char *name;
    int64_t count;
};

struct parts {
    struct part *items;
    size_t count;
};

struct order {
    const char *id;
    int64_t amount;
    double rate;
    jangle_optional_int limit;
    jangle_optional_real share;
    jangle_optional_text note;
    const char *to_id;
    struct part gift;
    struct parts parts;
};

static int calls;

static void check_part(struct jangle_check *check, const void *message)
{
    const struct part *checked = message;

    calls++;
    jangle_check_range(check, checked, count, 0, 9);
}

static void check_order(struct jangle_check *check, const void *message)
{
    const struct order *checked = message;

    calls++;
    jangle_check_pattern(check, checked, id, "[0-9][0-9]*");
    jangle_check_range(check, checked, amount, 1, 1000000);
    jangle_check_range(check, checked, rate, -0.5, 0.5);
    jangle_check_range(check, checked, limit, 1, 5);
    jangle_check_range(check, checked, share, 0, 1);
    jangle_check_length(check, checked, note, 2, 4);
    jangle_check_that(check, checked, to_id, strcmp(checked->to_id, checked->id) != 0,
                      "is the sender's own, %d", 42);
}

static JANGLE_STRUCT(part, name, count, check(check_part));
static JANGLE_COMMAND(order,
                      id,
                      amount,
                      rate,
                      limit,
                      share,
                      note,
                      to_id,
                      nested(gift, part),
                      list(parts, part),
                      check(check_order));

static const struct order sound = {
    .id = "17", .amount = 5, .to_id = "18", .gift = {.name = "g"}};

static void expect_complaint(const struct order *value, const char *sentence)
{
    struct jangle_error error = {JANGLE_OK, ""};

    assert_result(jn_check_run(&order, value, &error), JANGLE_INVALID);
    assert_result(error.result, JANGLE_INVALID);
    assert_string_equal(error.message, sentence);
    assert_result(jn_check_run(&order, value, NULL), JANGLE_INVALID);
}

static void expect_fine(const struct order *value)
{
    struct jangle_error error = {JANGLE_OK, ""};

    jn_check_run(&order, value, &error);
    assert_string_equal(error.message, "");
    assert_result(error.result, JANGLE_OK);
}

static void numbers_must_be_in_range(void **state)
{
    struct order value = sound;

    (void)state;
    expect_fine(&value);
    value.amount = 1000000;
    expect_fine(&value);
    value.amount = 1000001;
    expect_complaint(&value, "order.amount: 1000001 is not in 1..1000000");
    value.amount = INT64_MIN;
    expect_complaint(&value, "order.amount: -9223372036854775808 is not in 1..1000000");
    value.amount = 1;
    value.rate = nextafter(0.5, 1);
    expect_complaint(&value, "order.rate: 0.5000000000000001 is not in -0.5..0.5");
    value.rate = NAN;
    expect_complaint(&value, "order.rate: nan is not in -0.5..0.5");
}

static void an_optional_member_that_is_not_given_passes(void **state)
{
    struct order value = sound;

    (void)state;
    value.limit.value = 77;
    value.share.value = 77;
    value.note.value = "much too long";
    expect_fine(&value);
    value.limit.given = true;
    expect_complaint(&value, "order.limit: 77 is not in 1..5");
    value.limit.value = 5;
    value.share.given = true;
    expect_complaint(&value, "order.share: 77.0 is not in 0.0..1.0");
    value.share.value = 1;
    value.note.given = true;
    expect_complaint(&value, "order.note: a length of 13 is not in 2..4");
}

static void a_length_is_in_characters(void **state)
{
    struct order value = sound;

    (void)state;
    value.note = (jangle_optional_text){true, "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80z"};
    expect_fine(&value);
    value.note.value = "\xf0\x9f\x98\x80";
    expect_complaint(&value, "order.note: a length of 1 is not in 2..4");
    value.note.value = "";
    expect_complaint(&value, "order.note: a length of 0 is not in 2..4");
}

static void the_first_complaint_wins(void **state)
{
    struct order value = sound;

    (void)state;
    value.amount = 0;
    value.rate = 7;
    value.to_id = "17";
    expect_complaint(&value, "order.amount: 0 is not in 1..1000000");
}

static void a_complaint_has_the_checkers_words(void **state)
{
    struct order value = sound;

    (void)state;
    value.to_id = "17";
    expect_complaint(&value, "order.to_id: is the sender's own, 42");
}

struct essay {
    const char *text;
};

static void check_essay(struct jangle_check *check, const void *message)
{
    const struct essay *checked = message;

    jangle_check_that(check, checked, text, false, "%s", checked->text);
}

static JANGLE_COMMAND(essay, text, check(check_essay));

static void a_complaint_is_cut_between_two_characters(void **state)
{
    (void)state;
    for (size_t lead = 0; lead < 8; lead++) {
        char text[400];
        struct essay value = {text};
        struct jangle_error error = {0};

        long_text_fill(text, sizeof text, lead);
        assert_result(jn_check_run(&essay, &value, &error), JANGLE_INVALID);
        assert_cut_between_characters(error.message + strlen("essay.text: "), text);
    }
}

static void the_inner_checks_run_first(void **state)
{
    struct part parts[] = {{"a", 1}, {"b", 10}};
    struct order value = sound;

    (void)state;
    value.amount = 0;
    value.parts = (struct parts){parts, 2};
    expect_complaint(&value, "order.parts[1].count: 10 is not in 0..9");
    value.gift.count = -1;
    expect_complaint(&value, "order.gift.count: -1 is not in 0..9");
    value = sound;
    value.parts = (struct parts){parts, 1};
    calls = 0;
    expect_fine(&value);
    assert_int_equal(calls, 3);
}

static void no_unsound_text_reaches_a_check(void **state)
{
    struct part parts[] = {{"a", 1}, {NULL, 1}};
    struct order value = sound;

    (void)state;
    calls = 0;
    value.to_id = NULL;
    expect_complaint(&value, "order.to_id: is NULL");
    value.to_id = "ab\xc3";
    expect_complaint(&value, "order.to_id: is not UTF-8 at byte 2");
    value = sound;
    value.note = (jangle_optional_text){true, NULL};
    expect_complaint(&value, "order.note: is NULL");
    value = sound;
    value.gift.name = NULL;
    expect_complaint(&value, "order.gift.name: is NULL");
    assert_int_equal(calls, 0);
    value = sound;
    value.parts = (struct parts){parts, 2};
    expect_complaint(&value, "order.parts[1].name: is NULL");
    value.parts = (struct parts){NULL, 2};
    expect_complaint(&value, "order.parts: its items are NULL, and its count is 2");
}

struct unchecked {
    const char *name;
};

static JANGLE_EVENT(unchecked, name);

static void texts_are_made_sure_of_without_a_check_too(void **state)
{
    struct unchecked value = {NULL};
    struct jangle_error error = {JANGLE_OK, ""};

    (void)state;
    assert_result(jn_check_run(&unchecked, &value, &error), JANGLE_INVALID);
    assert_string_equal(error.message, "unchecked.name: is NULL");
}

/* A check may look at what is not described, too. */
static void check_elsewhere(struct jangle_check *check, const void *message)
{
    const struct order *checked = message;

    jangle_check_pattern(check, checked, note, "[a-z]*");
    if (checked->amount == 1)
        jangle_check_length(check, &(struct order){.to_id = NULL}, to_id, 0, 9);
    if (checked->amount == 2)
        jangle_check_pattern(check, &(struct order){.to_id = NULL}, to_id, "*");
}

static void null_and_absent_texts_are_told_apart(void **state)
{
    struct jangle_message type = order;
    struct order value = sound;
    struct jangle_error error = {JANGLE_OK, ""};

    (void)state;
    type.check = check_elsewhere;
    value.note.value = "7";
    assert_result(jn_check_run(&type, &value, NULL), JANGLE_OK);
    value.note.given = true;
    assert_result(jn_check_run(&type, &value, &error), JANGLE_INVALID);
    assert_string_equal(error.message, "order.note: does not match \"[a-z]*\"");
    value.note.given = false;
    for (value.amount = 1; value.amount <= 2; value.amount++) {
        error = (struct jangle_error){JANGLE_OK, ""};
        assert_result(jn_check_run(&type, &value, &error), JANGLE_INVALID);
        assert_string_equal(error.message, "order.to_id: is NULL");
    }
}

/* ---- patterns ---------------------------------------------------------------- */

struct word {
    const char *text;
};

static const char *pattern;

static void check_word(struct jangle_check *check, const void *message)
{
    const struct word *checked = message;

    jangle_check_pattern(check, checked, text, pattern);
}

static JANGLE_STRUCT(word, text, check(check_word));

static bool matches(const char *text, const char *against)
{
    struct word value = {text};

    pattern = against;
    return jn_check_run(&word, &value, NULL) == JANGLE_OK;
}

static void a_pattern_matches_the_whole_text(void **state)
{
    static const struct {
        const char *text, *pattern;
        bool matches;
    } cases[] = {
        {"", "", true},
        {"a", "", false},
        {"", "a", false},
        {"", "*", true},
        {"", "***", true},
        {"", "?", false},
        {"abc", "abc", true},
        {"abcd", "abc", false},
        {"abc", "abcd", false},
        {"abc", "a?c", true},
        {"abc", "*", true},
        {"abc", "a*", true},
        {"abc", "*c", true},
        {"abc", "*b*", true},
        {"abc", "*d*", false},
        {"abcbc", "*bc", true},
        {"abcbcd", "*bc", false},
        {"aXbXc", "a*X*c", true},
        {"aXbXc", "a*X?c", false},
        {"000001", "[0-9][0-9][0-9][0-9][0-9][0-9]", true},
        {"00000a", "[0-9][0-9][0-9][0-9][0-9][0-9]", false},
        {"7", "[^0-9]", false},
        {"x", "[^0-9]", true},
        {"", "[^0-9]", false},
        {"-", "[a-]", true},
        {"-", "[-a]", true},
        {"b", "[a-]", false},
        {"]", "[]]", true},
        {"]", "[^]]", false},
        {"x", "[^]]", true},
        {"*", "[*]", true},
        {"a", "[*]", false},
        {"^", "[x^]", true},
        {"b", "[a-cx-z]", true},
        {"y", "[a-cx-z]", true},
        {"m", "[a-cx-z]", false},
        {"\xc3\xa9", "?", true},
        {"\xc3\xa9", "??", false},
        {"\xc3\xa9", "[\xc3\xa0-\xc3\xbf]", true},
        {"\xe2\x82\xac", "[\xc3\xa0-\xc3\xbf]", false},
        {"\xe2\x82\xac", "[^a]", true},
        {"\xf0\x9f\x98\x80z", "\xf0\x9f\x98\x80*", true},
        {"a\xc3\xa9z", "*\xc3\xa9z", true},
        {"\xc3\xa9\x61", "*[^\xc3\xa9]a", false},
        {"a]", "a]", true},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (matches(cases[i].text, cases[i].pattern) != cases[i].matches)
            fail_msg("\"%s\" and \"%s\"", cases[i].text, cases[i].pattern);
}

static void a_complaint_names_the_pattern_and_not_the_text(void **state)
{
    struct word value = {"secret"};
    struct jangle_error error = {JANGLE_OK, ""};

    (void)state;
    pattern = "[0-9]*";
    assert_result(jn_check_run(&word, &value, &error), JANGLE_INVALID);
    assert_string_equal(error.message, "word.text: does not match \"[0-9]*\"");
}

static void a_malformed_pattern_is_a_complaint(void **state)
{
    static const char *const bad[] = {"[", "a[b", "[]", "[^]", "[^", "[a-", "x[a]["};

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct jangle_error error = {JANGLE_OK, ""};
        char sentence[80];

        pattern = bad[i];
        assert_result(jn_check_run(&word, &(struct word){"q"}, &error), JANGLE_INVALID);
        snprintf(sentence, sizeof sentence,
                 "word.text: its pattern \"%s\" has a [ without a ]", bad[i]);
        assert_string_equal(error.message, sentence);
    }
}

/* With a pattern that tries all ways, this would outlast the universe. */
static void a_hostile_text_is_refused_in_its_length_squared(void **state)
{
    char text[5001];

    (void)state;
    memset(text, 'a', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    assert_false(matches(text, "*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*ab"));
    assert_true(matches(text, "*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_must_be_in_range),
        cmocka_unit_test(an_optional_member_that_is_not_given_passes),
        cmocka_unit_test(a_length_is_in_characters),
        cmocka_unit_test(the_first_complaint_wins),
        cmocka_unit_test(a_complaint_has_the_checkers_words),
        cmocka_unit_test(a_complaint_is_cut_between_two_characters),
        cmocka_unit_test(the_inner_checks_run_first),
        cmocka_unit_test(no_unsound_text_reaches_a_check),
        cmocka_unit_test(texts_are_made_sure_of_without_a_check_too),
        cmocka_unit_test(null_and_absent_texts_are_told_apart),
        cmocka_unit_test(a_pattern_matches_the_whole_text),
        cmocka_unit_test(a_complaint_names_the_pattern_and_not_the_text),
        cmocka_unit_test(a_malformed_pattern_is_a_complaint),
        cmocka_unit_test(a_hostile_text_is_refused_in_its_length_squared),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
