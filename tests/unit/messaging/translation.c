/* translation.c - what libraries of formats say in a translate function. */
#include "messaging/endpoint/translation.h"

#include "base/arena.h"
#include "support/failing_allocator.h"
#include "support/test.h"

#include <jangle/plugin/format.h>

#include <string.h>

static struct failing_allocator memory;
static struct jangle_arena arena;

static int set_up(void **state)
{
    (void)state;
    failing_allocator_init(&memory, 0);
    jn_arena_init(&arena, &memory.allocator);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    jn_arena_finish(&arena);
    return memory.pieces ? -1 : 0;
}

static void fo_04_extras_are_copied(void **state)
{
    struct jangle_translation translation = {.arena = &arena, .depth = 3};
    char extra[] = " {\"a\":[{}]}";

    (void)state;
    assert_ptr_equal(jangle_translation_arena(&translation), &arena);
    assert_result(jangle_translation_extra(&translation, extra), JANGLE_OK);
    memset(extra, 'x', strlen(extra));
    assert_string_equal(translation.extra, " {\"a\":[{}]}");
}

static void fo_04_extras_are_one_object_and_given_once(void **state)
{
    static const struct {
        const char *extra, *sentence;
        int64_t depth;
    } cases[] = {
        {NULL, "it was given extras that are no JSON object", 3},
        {"", "it was given extras that are no JSON object", 3},
        {"1", "it was given extras that are no JSON object", 3},
        {"{}{}", "it was given extras that are no JSON object", 3},
        {"{\"a\":\"\xff\"}", "it was given extras that are no JSON object", 3},
        {"{\"a\":[{}]}", "it was given extras that are no JSON object", 2},
        {"{}", "a consumer's translation gave extras, and no format writes what it says",
         0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct jangle_translation translation = {.arena = &arena,
                                                 .depth = cases[i].depth};

        assert_result(jangle_translation_extra(&translation, cases[i].extra),
                      JANGLE_INVALID);
        assert_string_equal(translation.error.message, cases[i].sentence);
        assert_null(translation.extra);
    }
}

static void fo_04_after_a_failure_the_first_sentence_stays(void **state)
{
    struct jangle_translation translation = {.arena = &arena, .depth = 3};

    (void)state;
    assert_result(jangle_translation_extra(&translation, "{}"), JANGLE_OK);
    assert_result(jangle_translation_extra(&translation, "{}"), JANGLE_INVALID);
    assert_result(jangle_translation_refuse(&translation, "later"), JANGLE_INVALID);
    assert_result(jangle_translation_extra(&translation, "{}"), JANGLE_INVALID);
    assert_string_equal(translation.error.message, "it was given extras twice");
}

static void fo_04_memory_may_run_out(void **state)
{
    struct jangle_translation translation = {.arena = &arena, .depth = 3};

    (void)state;
    failing_allocator_arm(&memory, 1);
    assert_result(jangle_translation_extra(&translation, "{}"), JANGLE_NO_MEMORY);
    assert_result(jangle_translation_refuse(&translation, "later"), JANGLE_NO_MEMORY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
        TEST(fo_04_extras_are_copied),
        TEST(fo_04_extras_are_one_object_and_given_once),
        TEST(fo_04_after_a_failure_the_first_sentence_stays),
        TEST(fo_04_memory_may_run_out),
#undef TEST
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
