/* answers.c - what one process answers is true of what others have stored; what
 * it remembers of the store is right whatever they do. */
#include "support/processes/actor.h"
#include "support/temp_directory.h"

#include <stdio.h>
#include <string.h>

static char directory[TEMP_PATH_SIZE];
static struct actor one, other;

static int set_up(void **state)
{
    (void)state;
    if (!temp_directory_make(directory))
        return 1;
    actor_start(&one, directory);
    actor_start(&other, directory);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    actor_finish(&one);
    actor_finish(&other);
    temp_directory_remove(directory);
    return 0;
}

static void open_both(void)
{
    actor_assert(&one, "OK", "open plain");
    actor_assert(&other, "OK", "open plain");
}

/* ---- an order explains every answer ------------------------------------------ */

/* The first has read the state, and not yet decided. */
static void take_slowly(const char *amount)
{
    actor_assert(&one, "OK", "stop decide");
    actor_tell(&one, "take 1 %s", amount);
    assert_string_equal(actor_hear(&one), "stopped");
}

static void a_refusal_is_not_given_if_it_is_true_no_more(void **state)
{
    (void)state;
    open_both();
    take_slowly("3");
    actor_assert(&other, "OK 3", "put 1 3");
    actor_assert(&one, "OK 4", "go");
    actor_assert(&other, "OK 0", "look 1");
}

static void a_refusal_is_given_in_the_words_of_what_is_so_now(void **state)
{
    (void)state;
    open_both();
    take_slowly("3");
    actor_assert(&other, "OK 2", "put 1 2");
    actor_assert(&one, "REJECTED there are only 2", "go");
}

static void what_the_other_took_cannot_be_taken_again(void **state)
{
    (void)state;
    open_both();
    actor_assert(&one, "OK 5", "put 1 5");
    take_slowly("3");
    actor_assert(&other, "OK 6", "take 1 3");
    actor_assert(&one, "REJECTED there are only 2", "go");
}

static void a_name_that_the_other_gave_is_taken(void **state)
{
    (void)state;
    open_both();
    actor_assert(&one, "OK 2", "name 1 gold");
    actor_assert(&other, "REJECTED names/gold exists already", "name 2 gold");
    actor_assert(&other, "OK 4", "name 2 silver");
    actor_assert(&one, "REJECTED names/silver exists already", "name 1 silver");
}

/* ---- numbers of streams and types -------------------------------------------- */

/* What the first would have stored has the number that the other's gets. */
static void fail_then_let_the_other_in(const char *fault, const char *answer)
{
    actor_assert(&one, "OK", "open plain faulty");
    actor_assert(&other, "OK", "open plain");
    actor_assert(&one, "OK", "%s", fault);
    assert_memory_equal(actor_ask(&one, "put 1 1"), answer, strlen(answer));
    actor_assert(&one, "OK", "room -1");
}

static void assert_nothing_is_in_the_wrong_stream(void)
{
    actor_assert(&other, "1:coin_struck", "stream mint royal");
    actor_assert(&one, "OK 2", "put 1 1");
    actor_assert(&one, "OK 3", "strike 5");
    actor_assert(&other, "OK 4", "put 2 1");
    for (int i = 0; i < 2; i++) {
        struct actor *actor = i ? &other : &one;

        actor_assert(actor, "1:coin_struck 3:coin_struck", "stream mint royal");
        actor_assert(actor, "2:coins_put_in", "stream purse 1");
        actor_assert(actor, "4:coins_put_in", "stream purse 2");
    }
}

static void a_stream_that_was_rolled_back_leaves_its_number_to_the_next(void **state)
{
    (void)state;
    fail_then_let_the_other_in("room 0", "STORAGE");
    actor_assert(&other, "OK 1", "strike 3");
    assert_nothing_is_in_the_wrong_stream();
}

static void a_stream_that_may_be_stored_leaves_its_number_to_the_next(void **state)
{
    (void)state;
    fail_then_let_the_other_in("unsynced", "UNKNOWN");
    actor_assert(&other, "OK 1", "strike 3");
    assert_nothing_is_in_the_wrong_stream();
}

/* Both know all numbers; then one stores under new ones, and the other reads them. */
static void numbers_that_the_other_made_are_known(void **state)
{
    (void)state;
    open_both();
    actor_assert(&one, "OK 1", "put 1 1");
    actor_assert(&other, "1:coins_put_in", "stream purse 1");
    actor_assert(&other, "OK 2", "strike 5");
    actor_assert(&one, "2:coin_struck", "stream mint royal");
    actor_assert(&one, "OK 3", "take 1 1");
    actor_assert(&other, "1:coins_put_in 3:coins_taken_out", "stream purse 1");
    actor_assert(&other, "OK 4", "put 1 1");
    actor_assert(&one, "OK 1", "look 1");
}

/* ---- what else is remembered ------------------------------------------------- */

/* A snapshot of one, events of the other after it, and the other way round. */
static void snapshots_do_not_hide_what_the_other_stored(void **state)
{
    (void)state;
    open_both();
    for (int round = 0; round < 3; round++) {
        actor_ask(&one, "put 1 25");
        actor_assert(&one, "OK", "poll");
        actor_ask(&other, "put 1 25");
        actor_assert(&other, "OK", "poll");
    }
    actor_assert(&one, "OK 150", "look 1");
    actor_assert(&other, "OK 150", "look 1");
    actor_assert(&one, "OK 151", "take 1 150");
    actor_assert(&other, "REJECTED there are only 0", "take 1 1");
}

/* What is in memory is what one stored itself, with the other's events between. */
static void events_are_handled_in_order_whoever_stored_them(void **state)
{
    struct diary diary;

    (void)state;
    actor_assert(&one, "OK", "open ");
    actor_assert(&other, "OK", "open ");
    for (int round = 0; round < 50; round++) {
        actor_ask(&one, "put 1 %d", 1 + round % 3);
        actor_ask(&other, "put 2 %d", 1 + round % 2);
        if (round % 7 == 0)
            actor_assert(&one, "OK", "poll");
    }
    actor_assert(&one, "OK", "poll");
    actor_assert(&one, "174 174", "shown");
    actor_assert(&one, "here 174 0", "where it");
    diary = actor_read_diary(directory, NULL, 0);
    assert_int_equal(diary.ended, 174);
    assert_int_equal(diary.events, 174);
    assert_int_equal(diary.steps_back, 0);
}

/* The place that one has in memory is the one that it stored, and the next goes on from
 * there, and so on. */
static void checkpoints_are_handed_over(void **state)
{
    struct diary diary;

    (void)state;
    actor_assert(&one, "OK", "open ");
    actor_assert(&other, "OK", "open ");
    for (int round = 0; round < 6; round++) {
        struct actor *owner = round % 2 ? &other : &one;
        struct actor *next = round % 2 ? &one : &other;

        actor_ask(next, "put 1 10");
        actor_assert(owner, "OK", "poll");
        actor_assert(owner, "OK", "close");
        actor_assert(next, "OK", "poll");
        actor_assert(owner, "OK", "open ");
        assert_memory_equal(actor_ask(next, "where it"), "here", 4);
        assert_memory_equal(actor_ask(owner, "where it"), "elsewhere", 9);
    }
    actor_assert(&one, "60 60", "shown");
    diary = actor_read_diary(directory, NULL, 0);
    assert_int_equal(diary.ended, 60);
    assert_int_equal(diary.events, 60);
    assert_int_equal(diary.steps_back, 0);
}

/* ---- what comes from elsewhere ----------------------------------------------- */

static void foreign_events_are_noticed_without_any_traffic_here(void **state)
{
    (void)state;
    actor_assert(&one, "OK", "open workers 1");
    actor_assert(&one, "here 0 0", "where it");
    actor_assert(&other, "OK", "open plain");
    actor_assert(&other, "OK 7", "put 1 7");
    actor_assert(&one, "OK", "wait it 7 -1");
    actor_assert(&one, "OK", "wait shown 7 -1");
    actor_assert(&other, "OK 8", "put 1 1");
    actor_assert(&one, "OK", "wait shown 8 -1");
    actor_assert(&one, "8 8", "shown");
}

static void foreign_events_are_noticed_by_who_polls(void **state)
{
    (void)state;
    actor_assert(&one, "OK", "open ");
    actor_assert(&other, "OK", "open plain");
    actor_assert(&one, "OK", "poll");
    actor_assert(&other, "OK 7", "put 1 7");
    actor_assert(&one, "OK", "poll");
    actor_assert(&one, "7 7", "shown");
}

static void a_sender_reads_what_it_wrote_from_another_ones_view(void **state)
{
    (void)state;
    actor_assert(&one, "OK", "open workers 1");
    actor_assert(&other, "OK", "open ");
    for (int round = 1; round <= 10; round++) {
        char rows[24];

        snprintf(rows, sizeof rows, "%d %d", round, round);
        actor_ask(&other, "put 1 1");
        actor_assert(&other, "OK", "wait shown %d -1", round);
        actor_assert(&other, rows, "shown");
    }
}

static void a_follower_in_another_process_reads_what_was_written(void **state)
{
    (void)state;
    actor_assert(&one, "OK", "open workers 1");
    actor_assert(&other, "OK", "open follower");
    actor_assert(&one, "OK 5", "put 1 5");
    actor_assert(&other, "OK", "wait shown 5 -1");
    actor_assert(&other, "5 5", "shown");
    actor_assert(&other, "elsewhere 5 0", "where shown");
    actor_assert(&other, "INVALID this jangle is a follower: it takes no commands",
                 "put 1 1");
    actor_kill(&one);
    actor_assert(&other, "OK", "poll");
    actor_assert(&other, "elsewhere 5 0", "where shown");
    actor_assert(&other, "5 5", "shown");
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_refusal_is_not_given_if_it_is_true_no_more),
        TEST(a_refusal_is_given_in_the_words_of_what_is_so_now),
        TEST(what_the_other_took_cannot_be_taken_again),
        TEST(a_name_that_the_other_gave_is_taken),
        TEST(a_stream_that_was_rolled_back_leaves_its_number_to_the_next),
        TEST(a_stream_that_may_be_stored_leaves_its_number_to_the_next),
        TEST(numbers_that_the_other_made_are_known),
        TEST(snapshots_do_not_hide_what_the_other_stored),
        TEST(events_are_handled_in_order_whoever_stored_them),
        TEST(checkpoints_are_handed_over),
        TEST(foreign_events_are_noticed_without_any_traffic_here),
        TEST(foreign_events_are_noticed_by_who_polls),
        TEST(a_sender_reads_what_it_wrote_from_another_ones_view),
        TEST(a_follower_in_another_process_reads_what_was_written),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
