/* arena.c - what is made in an arena lives there, and lists grow without harm. */
#include "base/arena.h"

#include "support/failing_allocator.h"
#include "support/test.h"

#include <stdlib.h>

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED
#endif
#endif

#ifdef SANITIZED
#include <sanitizer/asan_interface.h>
#endif

struct item {
    int64_t number;
    const char *text;
};

struct items {
    struct item *items;
    size_t count;
};

struct fixture {
    struct failing_allocator memory;
    struct jangle_arena arena;
};

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);

    if (!fixture)
        return -1;
    failing_allocator_init(&fixture->memory, 0);
    jn_arena_init(&fixture->arena, &fixture->memory.allocator);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    int64_t pieces;

    jn_arena_finish(&fixture->arena);
    pieces = fixture->memory.pieces;
    free(fixture);
    return pieces ? -1 : 0;
}

/* ---- pieces ------------------------------------------------------------------ */

static void an_arena_takes_no_memory_until_something_is_made(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(fixture->memory.calls, 0);
    assert_non_null(jangle_alloc(&fixture->arena, 1));
    assert_int_equal(fixture->memory.calls, 1);
}

static void pieces_are_zeroed_and_aligned_and_apart(void **state)
{
    struct fixture *fixture = *state;
    unsigned char *pieces[300];
    size_t made = 0;

    for (size_t size = 0; size < 300; size++) {
        pieces[size] = jangle_alloc(&fixture->arena, size);
        assert_non_null(pieces[size]);
        assert_int_equal((uintptr_t)pieces[size] % _Alignof(max_align_t), 0);
        for (size_t at = 0; at < size; at++)
            assert_int_equal(pieces[size][at], 0);
        memset(pieces[size], (int)size & 0xff, size);
        made += jn_arena_weight(size);
    }
    for (size_t size = 0; size < 300; size++)
        for (size_t at = 0; at < size; at++)
            assert_int_equal(pieces[size][at], size & 0xff);
    assert_int_equal(fixture->arena.used, made);
}

static void a_piece_used_before_a_reset_is_zeroed_when_made_again(void **state)
{
    struct fixture *fixture = *state;

    for (int round = 0; round < 3; round++) {
        unsigned char *piece = jangle_alloc(&fixture->arena, 500);

        for (size_t at = 0; at < 500; at++)
            assert_int_equal(piece[at], 0);
        memset(piece, 0xff, 500);
        jn_arena_reset(&fixture->arena);
        assert_int_equal(fixture->arena.used, 0);
    }
    assert_int_equal(fixture->memory.calls, 1);
}

static void a_reset_keeps_one_block_and_never_an_outsized_one(void **state)
{
    struct fixture *fixture = *state;

    for (int at = 0; at < 100; at++)
        assert_non_null(jangle_alloc(&fixture->arena, 1000));
    assert_non_null(jangle_alloc(&fixture->arena, 1 << 20));
    assert_true(fixture->memory.pieces > 2);
    jn_arena_reset(&fixture->arena);
    assert_int_equal(fixture->memory.pieces, 1);
    assert_true(fixture->memory.bytes < 1 << 17);
    jn_arena_finish(&fixture->arena);
    assert_non_null(jangle_alloc(&fixture->arena, 1 << 20));
    jn_arena_reset(&fixture->arena);
    assert_int_equal(fixture->memory.pieces, 0);
}

static void an_outsized_piece_does_not_waste_the_block_in_use(void **state)
{
    struct fixture *fixture = *state;

    assert_non_null(jangle_alloc(&fixture->arena, 16));
    assert_non_null(jangle_alloc(&fixture->arena, 1 << 20));
    assert_int_equal(fixture->memory.pieces, 2);
    assert_non_null(jangle_alloc(&fixture->arena, 16));
    assert_int_equal(fixture->memory.pieces, 2);
}

static void many_small_pieces_take_few_calls_to_the_allocator(void **state)
{
    struct fixture *fixture = *state;

    for (int at = 0; at < 10000; at++)
        assert_non_null(jangle_alloc(&fixture->arena, 32));
    assert_true(fixture->memory.calls < 20);
}

static void an_arena_knows_what_was_made_in_it(void **state)
{
    struct fixture *fixture = *state;
    struct jangle_arena other;
    int local = 0;
    char *first = jangle_alloc(&fixture->arena, 10);
    char *large = jangle_alloc(&fixture->arena, 1 << 20);

    jn_arena_init(&other, &fixture->memory.allocator);
    assert_true(jn_arena_holds(&fixture->arena, first));
    assert_true(jn_arena_holds(&fixture->arena, first + 9));
    assert_true(jn_arena_holds(&fixture->arena, large + (1 << 20) - 1));
    assert_false(jn_arena_holds(&fixture->arena, &local));
    assert_false(jn_arena_holds(&fixture->arena, "static"));
    assert_false(jn_arena_holds(&fixture->arena, NULL));
    assert_false(jn_arena_holds(&other, first));
    jn_arena_reset(&fixture->arena);
    assert_false(jn_arena_holds(&fixture->arena, first));
    jn_arena_finish(&other);
}

/* With pieces of that size made before and after: what was there before stays, and what
 * was made since is given back, to the last block. */
static void set_back_after(struct fixture *fixture, size_t before, size_t after)
{
    struct jangle_arena *arena = &fixture->arena;
    char *kept = before ? jn_arena_room(arena, before) : NULL;
    struct jn_arena_mark mark = jn_arena_mark(arena);
    int64_t pieces = fixture->memory.pieces, bytes = fixture->memory.bytes;
    char *first, *again;

    if (kept)
        memset(kept, 'k', before);
    first = jn_arena_room(arena, 1);
    for (size_t i = 0; i < 5; i++)
        memset(jn_arena_room(arena, after), 'x', after);
    jn_arena_set_back(arena, &mark);
    assert_int_equal(fixture->memory.pieces, pieces);
    assert_int_equal(fixture->memory.bytes, bytes);
    assert_int_equal(arena->used, mark.used);
    for (size_t at = 0; at < before; at++)
        assert_int_equal(kept[at], 'k');
#ifdef SANITIZED
    assert_true(__asan_address_is_poisoned(first));
#endif
    again = jn_arena_room(arena, 1);
    if (kept && before < 900)
        assert_ptr_equal(again, first);
    assert_true(jn_arena_holds(arena, again));
    jn_arena_reset(arena);
}

static void an_arena_is_set_back_to_a_mark(void **state)
{
    static const size_t sizes[] = {0, 1, 15, 16, 100, 900, 1500, 40000, 70000, 1 << 20};

    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (size_t j = 0; j < sizeof sizes / sizeof *sizes; j++) {
            set_back_after(*state, sizes[i], sizes[j]);
            jn_arena_finish(&((struct fixture *)*state)->arena);
            set_back_after(*state, sizes[i], sizes[j]);
        }
}

static void an_arena_set_back_remembers_that_memory_ran_out(void **state)
{
    struct fixture *fixture = *state;
    struct jn_arena_mark mark = jn_arena_mark(&fixture->arena);

    failing_allocator_arm(&fixture->memory, 1);
    assert_null(jn_arena_room(&fixture->arena, 1));
    jn_arena_set_back(&fixture->arena, &mark);
    assert_result(jn_arena_check(&fixture->arena, NULL), JANGLE_NO_MEMORY);
}

static void finishing_an_arena_that_was_never_begun_is_fine(void **state)
{
    struct jangle_arena arena = {0};

    (void)state;
    jn_arena_finish(&arena);
    jn_arena_reset(&arena);
    assert_null(arena.blocks);
}

static void a_sanitizer_sees_every_byte_that_was_not_handed_out(void **state)
{
#ifdef SANITIZED
    struct fixture *fixture = *state;

    for (size_t size = 0; size < 100; size++) {
        unsigned char *piece = jangle_alloc(&fixture->arena, size);

        assert_non_null(jangle_alloc(&fixture->arena, 1));
        assert_false(size && __asan_region_is_poisoned(piece, size));
        for (size_t past = 0; past < 16; past++)
            assert_true(__asan_address_is_poisoned(piece + size + past));
        if (size == 50)
            jn_arena_reset(&fixture->arena);
        if (size == 50)
            assert_true(__asan_address_is_poisoned(piece));
    }
#else
    (void)state;
    skip();
#endif
}

/* ---- texts ------------------------------------------------------------------- */

static void texts_are_formatted_and_copied_whatever_their_length(void **state)
{
    struct fixture *fixture = *state;
    char *long_text = malloc(200001);
    const char *made;

    assert_non_null(long_text);
    memset(long_text, 'x', 200000);
    long_text[200000] = '\0';
    made = jangle_text(&fixture->arena, "<%s|%d>", long_text, 42);
    assert_int_equal(strlen(made), 200005);
    assert_string_equal(made + 200001, "|42>");
    assert_string_equal(jn_arena_copy_text(&fixture->arena, long_text), long_text);
    free(long_text);
    assert_string_equal(jangle_text(&fixture->arena, "%s", ""), "");
    assert_null(jn_arena_copy_text(&fixture->arena, NULL));
    assert_non_null(jn_arena_copy(&fixture->arena, NULL, 0));
    assert_result(jn_arena_check(&fixture->arena, NULL), JANGLE_OK);
}

/* ---- running out ------------------------------------------------------------- */

static void an_arena_remembers_that_memory_ran_out_until_it_is_reset(void **state)
{
    struct fixture *fixture = *state;
    struct jangle_error error = {0};

    failing_allocator_arm(&fixture->memory, 1);
    assert_null(jangle_alloc(&fixture->arena, 8));
    assert_non_null(jangle_alloc(&fixture->arena, 8));
    assert_result(jn_arena_check(&fixture->arena, &error), JANGLE_NO_MEMORY);
    assert_non_null(strstr(error.message, "memory"));
    jn_arena_reset(&fixture->arena);
    assert_result(jn_arena_check(&fixture->arena, NULL), JANGLE_OK);
}

static void a_text_without_memory_is_empty_and_remembered(void **state)
{
    struct fixture *fixture = *state;

    failing_allocator_arm(&fixture->memory, 1);
    assert_string_equal(jangle_text(&fixture->arena, "%d", 5), "");
    assert_result(jn_arena_check(&fixture->arena, NULL), JANGLE_NO_MEMORY);
}

static void a_size_that_no_machine_has_is_out_of_memory(void **state)
{
    struct fixture *fixture = *state;

    assert_null(jangle_alloc(&fixture->arena, SIZE_MAX));
    assert_null(jangle_alloc(&fixture->arena, SIZE_MAX - 15));
    assert_null(jangle_alloc(&fixture->arena, SIZE_MAX / 2 + 1));
    assert_result(jn_arena_check(&fixture->arena, NULL), JANGLE_NO_MEMORY);
    assert_int_equal(fixture->memory.calls, 0);
}

/* Everything that an arena does, in one go; false when memory ran out. */
static bool work(struct jangle_arena *arena)
{
    struct items list = {0};

    for (int at = 0; at < 40; at++) {
        size_t before = list.count;
        const char *text = jangle_text(arena, "item %d of %0100d", at, at);
        struct item *item =
            jangle_list_add(arena, &list, item, .number = at, .text = text);

        assert_non_null(text);
        assert_int_equal(list.count, before + (item != NULL));
        if (item)
            assert_ptr_equal(item, &list.items[before]);
    }
    jn_arena_copy(arena, list.items, list.count * sizeof *list.items);
    jn_arena_copy_text(arena, "a text");
    return !arena->failed;
}

static void whichever_call_for_memory_fails_nothing_leaks_and_it_is_known(void **state)
{
    struct fixture *fixture = *state;
    int64_t fail_at = 0;
    bool done = false;

    while (!done) {
        failing_allocator_arm(&fixture->memory, ++fail_at);
        jn_arena_init(&fixture->arena, &fixture->memory.allocator);
        done = work(&fixture->arena);
        assert_int_equal(done, fixture->memory.failed == 0);
        jn_arena_finish(&fixture->arena);
        assert_int_equal(fixture->memory.pieces, 0);
    }
    assert_true(fail_at > 4);
}

/* ---- lists ------------------------------------------------------------------- */

static void check_numbers(const struct items *list, int64_t first, size_t count)
{
    assert_int_equal(list->count, count);
    for (size_t at = 0; at < count; at++)
        assert_int_equal(list->items[at].number, first + (int64_t)at);
}

static void a_list_grows_one_by_one_and_keeps_all(void **state)
{
    struct fixture *fixture = *state;
    struct items list = {0};

    for (int at = 0; at < 1000; at++) {
        struct item *item =
            jangle_list_add(&fixture->arena, &list, item, .number = at, .text = "x");

        assert_ptr_equal(item, &list.items[at]);
        assert_int_equal(item->number, at);
        assert_string_equal(item->text, "x");
    }
    check_numbers(&list, 0, 1000);
}

static void growing_a_list_takes_memory_in_proportion(void **state)
{
    struct fixture *fixture = *state;
    struct items list = {0};

    for (int at = 0; at < 3000; at++)
        assert_non_null(jangle_list_add(&fixture->arena, &list, item, .number = at));
    assert_true(fixture->arena.used < 5 * list.count * sizeof(struct item));
}

static void two_lists_may_grow_in_turns(void **state)
{
    struct fixture *fixture = *state;
    struct items even = {0}, odd = {0};

    for (int at = 0; at < 500; at++) {
        assert_non_null(jangle_list_add(&fixture->arena, &even, item, .number = at));
        assert_non_null(jangle_alloc(&fixture->arena, 5));
        assert_non_null(
            jangle_list_add(&fixture->arena, &odd, item, .number = 1000 + at));
    }
    check_numbers(&even, 0, 500);
    check_numbers(&odd, 1000, 500);
}

/* A decoded list has room for what it holds and no more; what lies behind it is another
 * message's. */
static void a_list_made_elsewhere_is_moved_before_it_grows(void **state)
{
    struct fixture *fixture = *state;

    for (size_t count = 0; count <= 33; count++) {
        size_t size = count * sizeof(struct item);
        void *before = memset(jangle_alloc(&fixture->arena, 32), 0x77, 32);
        struct item *made = jangle_alloc(&fixture->arena, size);
        unsigned char *behind = jangle_alloc(&fixture->arena, 64);
        struct items list = {.items = made, .count = count};

        assert_non_null(before);
        memset(behind, 0x77, 64);
        for (size_t at = 0; at < count; at++)
            made[at].number = (int64_t)at;
        assert_non_null(
            jangle_list_add(&fixture->arena, &list, item, .number = (int64_t)count));
        assert_ptr_not_equal(list.items, made);
        check_numbers(&list, 0, count + 1);
        for (size_t at = 0; at < 64; at++)
            assert_int_equal(behind[at], 0x77);
    }
}

static void a_list_in_static_memory_or_on_the_stack_may_grow(void **state)
{
    struct fixture *fixture = *state;
    static struct item fixed[] = {{.number = 0}, {.number = 1}, {.number = 2}};
    struct items list = {.items = fixed, .count = 3};

    for (int at = 3; at < 20; at++)
        assert_non_null(jangle_list_add(&fixture->arena, &list, item, .number = at));
    check_numbers(&list, 0, 20);
    assert_int_equal(fixed[2].number, 2);
}

/* The copy of a grown list has no room of its own, not even if what stands before the
 * grown one was copied with it. */
static void a_copied_list_does_not_take_over_the_room_of_the_first(void **state)
{
    struct fixture *fixture = *state;
    struct items list = {0}, copy;
    unsigned char *behind;

    for (int at = 0; at < 5; at++)
        assert_non_null(jangle_list_add(&fixture->arena, &list, item, .number = at));
    copy.items =
        jn_arena_copy(&fixture->arena, list.items, list.count * sizeof *list.items);
    copy.count = list.count;
    behind = jangle_alloc(&fixture->arena, 64);
    assert_non_null(jangle_list_add(&fixture->arena, &copy, item, .number = 5));
    for (size_t at = 0; at < 64; at++)
        assert_int_equal(behind[at], 0);
    check_numbers(&copy, 0, 6);
    check_numbers(&list, 0, 5);
}

static void
check_that_what_was_left_behind_is_no_room(struct fixture *fixture,
                                           void *(*make)(struct jangle_arena *, size_t))
{
    for (size_t size = 0; size <= 16; size++) {
        struct items list = {0}, again;
        unsigned char *behind;

        assert_non_null(jangle_list_add(&fixture->arena, &list, item, .number = 1));
        jn_arena_reset(&fixture->arena);
        assert_non_null(make(&fixture->arena, size));
        again.items = jangle_alloc(&fixture->arena, sizeof(struct item));
        again.count = 1;
        behind = jangle_alloc(&fixture->arena, sizeof(struct item));
        assert_non_null(jangle_list_add(&fixture->arena, &again, item, .number = 7));
        for (size_t at = 0; at < sizeof(struct item); at++)
            assert_int_equal(behind[at], 0);
        jn_arena_reset(&fixture->arena);
    }
}

static void what_an_earlier_message_left_behind_is_no_room(void **state)
{
    check_that_what_was_left_behind_is_no_room(*state, jangle_alloc);
    check_that_what_was_left_behind_is_no_room(*state, jn_arena_room);
}

static void removing_keeps_the_order_and_past_the_end_does_nothing(void **state)
{
    struct fixture *fixture = *state;
    struct items list = {0};

    for (int at = 0; at < 6; at++)
        assert_non_null(jangle_list_add(&fixture->arena, &list, item, .number = at));
    jangle_list_remove(&list, 6);
    jangle_list_remove(&list, SIZE_MAX);
    check_numbers(&list, 0, 6);
    jangle_list_remove(&list, 0);
    check_numbers(&list, 1, 5);
    jangle_list_remove(&list, 4);
    check_numbers(&list, 1, 4);
    jangle_list_remove(&list, 1);
    assert_int_equal(list.count, 3);
    assert_int_equal(list.items[0].number, 1);
    assert_int_equal(list.items[1].number, 3);
    assert_int_equal(list.items[2].number, 4);
    while (list.count)
        jangle_list_remove(&list, 0);
    jangle_list_remove(&list, 0);
    assert_int_equal(list.count, 0);
}

static void adding_and_removing_for_ever_takes_no_more_memory(void **state)
{
    struct fixture *fixture = *state;
    struct items list = {0};
    size_t used;

    for (int at = 0; at < 8; at++)
        assert_non_null(jangle_list_add(&fixture->arena, &list, item, .number = at));
    used = fixture->arena.used;
    for (int at = 8; at < 10000; at++) {
        jangle_list_remove(&list, 0);
        assert_non_null(jangle_list_add(&fixture->arena, &list, item, .number = at));
    }
    check_numbers(&list, 9992, 8);
    assert_int_equal(fixture->arena.used, used);
}

static void a_list_without_memory_stays_as_it_was(void **state)
{
    struct fixture *fixture = *state;
    struct item fixed[] = {{.number = 0}, {.number = 1}};
    struct items list = {.items = fixed, .count = 2};

    failing_allocator_arm(&fixture->memory, 1);
    assert_null(jangle_list_add(&fixture->arena, &list, item, .number = 2));
    assert_ptr_equal(list.items, fixed);
    check_numbers(&list, 0, 2);
    assert_result(jn_arena_check(&fixture->arena, NULL), JANGLE_NO_MEMORY);
}

#define ARENA_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ARENA_TEST(an_arena_takes_no_memory_until_something_is_made),
        ARENA_TEST(pieces_are_zeroed_and_aligned_and_apart),
        ARENA_TEST(a_piece_used_before_a_reset_is_zeroed_when_made_again),
        ARENA_TEST(a_reset_keeps_one_block_and_never_an_outsized_one),
        ARENA_TEST(an_outsized_piece_does_not_waste_the_block_in_use),
        ARENA_TEST(many_small_pieces_take_few_calls_to_the_allocator),
        ARENA_TEST(an_arena_knows_what_was_made_in_it),
        ARENA_TEST(an_arena_is_set_back_to_a_mark),
        ARENA_TEST(an_arena_set_back_remembers_that_memory_ran_out),
        ARENA_TEST(finishing_an_arena_that_was_never_begun_is_fine),
        ARENA_TEST(a_sanitizer_sees_every_byte_that_was_not_handed_out),
        ARENA_TEST(texts_are_formatted_and_copied_whatever_their_length),
        ARENA_TEST(an_arena_remembers_that_memory_ran_out_until_it_is_reset),
        ARENA_TEST(a_text_without_memory_is_empty_and_remembered),
        ARENA_TEST(a_size_that_no_machine_has_is_out_of_memory),
        ARENA_TEST(whichever_call_for_memory_fails_nothing_leaks_and_it_is_known),
        ARENA_TEST(a_list_grows_one_by_one_and_keeps_all),
        ARENA_TEST(growing_a_list_takes_memory_in_proportion),
        ARENA_TEST(two_lists_may_grow_in_turns),
        ARENA_TEST(a_list_made_elsewhere_is_moved_before_it_grows),
        ARENA_TEST(a_list_in_static_memory_or_on_the_stack_may_grow),
        ARENA_TEST(a_copied_list_does_not_take_over_the_room_of_the_first),
        ARENA_TEST(what_an_earlier_message_left_behind_is_no_room),
        ARENA_TEST(removing_keeps_the_order_and_past_the_end_does_nothing),
        ARENA_TEST(adding_and_removing_for_ever_takes_no_more_memory),
        ARENA_TEST(a_list_without_memory_stays_as_it_was),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
