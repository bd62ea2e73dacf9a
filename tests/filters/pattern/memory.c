/* memory.c - memory may run out at every allocation of a pattern, and is all given back.
 */
#include "filters/pattern/judge.h"
#include "support/failing_allocator.h"

#include <string.h>

static const char everything[] =
    "name: match(r'item[.](\\w+)'), version: one_of(1, 2.5, decimal('3')),"
    "timestamp: gt(DateTime('2020-01-01')), 'subject': not(empty()),"
    "object: {type: 'cart', items: [{id: 1}, any()], tags: match(['a', match('b')])},"
    "extra: and(not(in(['x'])), or(null, {a: true}))";

static void memory_may_run_out_at_every_allocation(void **state)
{
    struct failing_allocator memory;
    const struct jangle_pattern_options options = {.allocator = &memory.allocator};
    struct jangle_pattern *pattern;
    struct jangle_error error;
    enum jangle_result result = JANGLE_NO_MEMORY;
    int64_t at = 0;

    (void)state;
    failing_allocator_init(&memory, 0);
    while (result) {
        failing_allocator_arm(&memory, ++at);
        result = jangle_pattern_compile(everything, &options, &pattern, &error);
        if (!result)
            break;
        assert_result(result, JANGLE_NO_MEMORY);
        assert_result(error.result, JANGLE_NO_MEMORY);
        assert_string_equal(error.message, "out of memory");
        assert_null(pattern);
        assert_int_equal(memory.pieces, 0);
    }
    assert_true(at > 40);
    jangle_pattern_free(pattern);
    assert_int_equal(memory.pieces, 0);
}

static void a_refused_pattern_leaves_nothing(void **state)
{
    static const char *const patterns[] = {"", "a: match('(')", "a: [1, {b: match('c')}",
                                           "a: 1, b: '\\u0000'"};
    struct failing_allocator memory;
    const struct jangle_pattern_options options = {.allocator = &memory.allocator};

    (void)state;
    failing_allocator_init(&memory, 0);
    for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++) {
        assert_true(strlen(refusal_of(patterns[i], &options)) > 0);
        assert_int_equal(memory.pieces, 0);
    }
}

/* So that a filter gives the same answer when there is no memory. */
static void a_match_takes_no_memory(void **state)
{
    static const char json[] =
        "{\"event\":{\"name\":\"item.added\",\"version\":2},"
        "\"object\":{\"type\":\"c\\u0061rt\",\"items\":[{\"id\":1},5],"
        "\"tags\":[\"a\",\"b\"]}}";
    struct failing_allocator memory;
    const struct jangle_pattern_options options = {.allocator = &memory.allocator};
    struct jangle_pattern *pattern;
    int64_t calls;

    (void)state;
    failing_allocator_init(&memory, 0);
    assert_result(
        jangle_pattern_compile("name: match('item'), object: {type: 'cart', items: "
                               "[{id: 1}, any()], tags: match([match('b')])}",
                               &options, &pattern, NULL),
        JANGLE_OK);
    calls = memory.calls;
    failing_allocator_arm(&memory, 1);
    memory.for_good = true;
    assert_int_equal(jangle_pattern_match(pattern, json, strlen(json), NULL),
                     JANGLE_MATCHES);
    assert_int_equal(memory.calls, 0);
    assert_true(calls > 0);
    jangle_pattern_free(pattern);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_may_run_out_at_every_allocation),
        cmocka_unit_test(a_refused_pattern_leaves_nothing),
        cmocka_unit_test(a_match_takes_no_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
