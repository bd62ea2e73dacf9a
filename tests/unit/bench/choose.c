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
static const struct bench_row *const items[] = {&plain, &other, &slow, &shy};
static const struct bench_rows rows = {items, 4};

/* Those that are chosen as a text: a letter for each row, or a point. */
static const char *chosen(size_t count, const char *first, const char *second)
{
    static char text[5];
    struct options options = {.only = {first, second}, .only_count = count};
    char problem[PROBLEM_SIZE] = "";
    bool wanted[4];

    assert_true(choose_rows(&rows, &options, wanted, problem));
    for (int i = 0; i < 4; i++)
        text[i] = wanted[i] ? "posh"[i] : '.';
    return text;
}

static void without_names_those_run_that_need_none(void **state)
{
    (void)state;
    assert_string_equal(chosen(0, NULL, NULL), "po..");
}

static void a_row_that_is_named_runs_alone(void **state)
{
    (void)state;
    assert_string_equal(chosen(1, "plain-2", NULL), ".o..");
    assert_string_equal(chosen(1, "slow-1", NULL), "..s.");
    assert_string_equal(chosen(1, "shy", NULL), "...h");
}

static void a_group_that_is_named_runs_as_a_whole(void **state)
{
    (void)state;
    assert_string_equal(chosen(1, "slow", NULL), "..s.");
    assert_string_equal(chosen(1, "plain", NULL), "po.h");
}

static void several_names_add_up(void **state)
{
    (void)state;
    assert_string_equal(chosen(2, "slow", "plain-1"), "p.s.");
    assert_string_equal(chosen(2, "shy", "shy"), "...h");
}

static void an_unknown_name_is_refused(void **state)
{
    struct options options = {.only = {"plain-1", "plain-3"}, .only_count = 2};
    char problem[PROBLEM_SIZE] = "";
    bool wanted[4];

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
        cmocka_unit_test(an_unknown_name_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
