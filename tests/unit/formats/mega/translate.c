/* translate.c - jangle_translate_mega: what it gives to the engine, also when memory runs
 * out. */
#include "base/arena.h"
#include "messaging/endpoint/translation.h"
#include "support/failing_allocator.h"
#include "support/test.h"

#include <jangle/mega.h>

#include <stdio.h>

struct item_added {
    const char *item_id;
};

static JANGLE_EVENT(item_added, item_id);

enum { DEPTH = 64, LONG = 3000 };

static char current[LONG + 16];

static enum jangle_result say(struct jangle_translation *translation)
{
    return jangle_translate_mega(translation,
                                 (&(struct jangle_mega_object){.domain = "d\"",
                                                               .type = "t",
                                                               .id = "",
                                                               .version = 2,
                                                               .current = current,
                                                               .previous = " {} ",
                                                               .extra = "{\"a\" : 1}"}),
                                 item_added, .item_id = "7");
}

static void all_that_is_said_is_in_the_extras(void **state)
{
    struct failing_allocator memory;
    struct jangle_arena arena;
    struct jangle_translation translation = {.arena = &arena, .depth = DEPTH};

    (void)state;
    failing_allocator_init(&memory, 0);
    jn_arena_init(&arena, &memory.allocator);
    snprintf(current, sizeof current, "{\"x\":[1]}");
    assert_result(say(&translation), JANGLE_OK);
    assert_string_equal(translation.extra,
                        "{\"domain\":\"d\\\"\",\"object\":{\"current\":{\"x\":[1]},"
                        "\"id\":\"\",\"previous\":{},\"type\":\"t\",\"version\":2},"
                        "\"extra\":{\"a\" : 1}}");
    assert_ptr_equal(translation.type, &item_added);
    assert_string_equal(((const struct item_added *)translation.data)->item_id, "7");
    jn_arena_finish(&arena);
    assert_int_equal(memory.pieces, 0);
}

/* An arena asks for blocks of a kilobyte and more, so the object is long. */
static void memory_may_run_out_at_every_allocation(void **state)
{
    bool failed = true;
    int failures = 0;

    (void)state;
    snprintf(current, sizeof current, "{\"long\":\"%0*d\"}", LONG, 7);
    for (int64_t at = 1; failed; at++) {
        struct failing_allocator memory;
        struct jangle_arena arena;
        struct jangle_translation translation = {.arena = &arena, .depth = DEPTH};
        enum jangle_result result;

        failing_allocator_init(&memory, 0);
        jn_arena_init(&arena, &memory.allocator);
        failing_allocator_arm(&memory, at);
        result = say(&translation);
        failed = memory.failed;
        assert_result(result, failed ? JANGLE_NO_MEMORY : JANGLE_OK);
        failures += failed;
        jn_arena_finish(&arena);
        assert_int_equal(memory.pieces, 0);
    }
    assert_true(failures >= 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_that_is_said_is_in_the_extras),
        cmocka_unit_test(memory_may_run_out_at_every_allocation),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
