/* choose.c - which rows of its table the benchmark runs. */
#include "support/test.h"

#include "choose.h"

#include <string.h>

static const struct bench_row plain = {.name = "plain-1", .group = "plain"};
static const struct bench_row other = {.name = "plain-2", .group = "plain"};
static const struct bench_row slow = {
    .name = "slow-1", .group = "slow", .only_when_named = true};
static const struct bench_row shy = {
    .name = "shy", .group = "plain", .only_when_named = true};
static const struct bench_row long_one = {
    .name = "long", .group = "long", .only_with_all = true};
static const struct bench_row base = {
    .name = "base", .group = "based", .only_with_all = true, .set = "one"};
static const struct bench_row pair = {.name = "pair",
                                      .group = "pair",
                                      .only_with_all = true,
                                      .set = "one",
                                      .beside = {"base"}};
static const struct bench_row *const items[] = {&plain,    &other, &slow, &shy,
                                                &long_one, &base,  &pair};
enum { ROWS = sizeof items / sizeof *items };
static const struct bench_rows rows = {items, ROWS};

/* Those that are chosen as a text: a letter for each row, or a point. */
static const char *chosen(size_t count, const char *first, const char *second)
{
    static char text[ROWS + 1];
    struct options options = {.only = {first, second}, .only_count = count};
    char problem[PROBLEM_SIZE] = "";
    bool wanted[ROWS];

    assert_true(choose_rows(&rows, &options, wanted, problem));
    for (int i = 0; i < ROWS; i++)
        text[i] = wanted[i] ? "poshlbr"[i] : '.';
    return text;
}

static void without_names_those_run_that_need_none(void **state)
{
    (void)state;
    assert_string_equal(chosen(0, NULL, NULL), "po.....");
}

static void a_row_that_is_named_runs_alone(void **state)
{
    (void)state;
    assert_string_equal(chosen(1, "plain-2", NULL), ".o.....");
    assert_string_equal(chosen(1, "slow-1", NULL), "..s....");
    assert_string_equal(chosen(1, "shy", NULL), "...h...");
}

static void a_group_that_is_named_runs_as_a_whole(void **state)
{
    (void)state;
    assert_string_equal(chosen(1, "slow", NULL), "..s....");
    assert_string_equal(chosen(1, "plain", NULL), "po.h...");
}

static void several_names_add_up(void **state)
{
    (void)state;
    assert_string_equal(chosen(2, "slow", "plain-1"), "p.s....");
    assert_string_equal(chosen(2, "shy", "shy"), "...h...");
}

static void all_are_run_if_all_are_asked_for(void **state)
{
    struct options options = {.all = true};
    char problem[PROBLEM_SIZE] = "";
    bool wanted[ROWS];

    (void)state;
    assert_true(choose_rows(&rows, &options, wanted, problem));
    assert_true(wanted[4]);
    assert_false(wanted[2]);
}

static void a_row_of_a_set_comes_with_those_beside_it(void **state)
{
    (void)state;
    assert_string_equal(chosen(1, "pair", NULL), ".....br");
    assert_string_equal(chosen(1, "base", NULL), ".....b.");
}

static void an_unknown_name_is_refused(void **state)
{
    struct options options = {.only = {"plain-1", "plain-3"}, .only_count = 2};
    char problem[PROBLEM_SIZE] = "";
    bool wanted[ROWS];

    (void)state;
    assert_false(choose_rows(&rows, &options, wanted, problem));
    assert_non_null(strstr(problem, "\"plain-3\""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_names_those_run_that_need_none),
        cmocka_unit_test(a_row_that_is_named_runs_alone),
        cmocka_unit_test(a_group_that_is_named_runs_as_a_whole),
        cmocka_unit_test(several_names_add_up),
        cmocka_unit_test(all_are_run_if_all_are_asked_for),
        cmocka_unit_test(a_row_of_a_set_comes_with_those_beside_it),
        cmocka_unit_test(an_unknown_name_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
