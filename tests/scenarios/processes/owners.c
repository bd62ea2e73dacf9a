/* owners.c - a subscriber runs in one process at a time, and in another when
 * that one closes, dies, or is asked nothing because it stands still. */
#include "support/processes/actor.h"
#include "support/temp_directory.h"

#include <stdio.h>
#include <string.h>

enum { ACTORS = 4 };

static char directory[TEMP_PATH_SIZE];
static struct actor actors[ACTORS];

static int set_up(void **state)
{
    (void)state;
    if (!temp_directory_make(directory))
        return 1;
    for (int i = 0; i < ACTORS; i++)
        actor_start(&actors[i], directory);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    for (int i = 0; i < ACTORS; i++)
        actor_finish(&actors[i]);
    temp_directory_remove(directory);
    return 0;
}

static void open_all(const char *how)
{
    for (int i = 0; i < ACTORS; i++)
        actor_assert(&actors[i], "OK", "open %s", how);
}

static bool is_alive(int number)
{
    return actors[number].process != 0;
}

/* Who runs it; -1: nobody. */
static int find_owner(const char *subscriber)
{
    int owner = -1;

    for (int i = 0; i < ACTORS; i++) {
        if (!is_alive(i) ||
            strncmp(actor_ask(&actors[i], "where %s", subscriber), "here", 4) != 0)
            continue;
        assert_int_equal(owner, -1);
        owner = i;
    }
    return owner;
}

static void poll_all(void)
{
    for (int i = 0; i < ACTORS; i++)
        if (is_alive(i))
            actor_assert(&actors[i], "OK", "poll");
    for (int i = 0; i < ACTORS; i++)
        if (is_alive(i))
            actor_assert(&actors[i], "OK", "flush");
}

/* Every event is shown once, and nobody has anything left. */
static void assert_all_shown(struct actor *actor, int events)
{
    char expected[40], answer[40];

    snprintf(expected, sizeof expected, "%d %d", events, events);
    actor_assert(actor, expected, "shown");
    for (int i = 0; i < 2; i++) {
        const char *name = i ? "shown" : "it";

        snprintf(answer, sizeof answer, "%s", actor_ask(actor, "where %s", name));
        snprintf(expected, sizeof expected, "%s %d 0",
                 answer[0] == 'h' ? "here" : "elsewhere", events);
        assert_string_equal(answer, expected);
    }
}

/* ---- four at work ------------------------------------------------------------ */

static void mix_all(int count)
{
    for (int i = 0; i < ACTORS; i++)
        if (is_alive(i))
            actor_tell(&actors[i], "mix %d", count);
    for (int i = 0; i < ACTORS; i++)
        if (is_alive(i))
            assert_string_equal(actor_hear(&actors[i]), "OK");
}

static void assert_handled_once(int events, int writers)
{
    struct diary diary = actor_read_diary(directory, NULL, 0);

    assert_int_equal(diary.events, events);
    assert_int_equal(diary.ended, events);
    assert_int_equal(diary.overlaps, 0);
    assert_int_equal(diary.writers, writers);
}

static void four_processes_handle_each_event_once(void **state)
{
    (void)state;
    open_all("");
    mix_all(200);
    poll_all();
    for (int i = 0; i < ACTORS; i++)
        assert_all_shown(&actors[i], 800);
    assert_handled_once(800, 1);
}

static void four_processes_with_workers_handle_each_event_once(void **state)
{
    (void)state;
    open_all("workers 2");
    mix_all(200);
    for (int i = 0; i < ACTORS; i++) {
        actor_assert(&actors[i], "OK", "wait it 800 -1");
        actor_assert(&actors[i], "OK", "wait shown 800 -1");
    }
    for (int i = 0; i < ACTORS; i++)
        assert_all_shown(&actors[i], 800);
    assert_handled_once(800, 1);
}

/* While they come and go, owners change. */
static void owners_that_come_and_go_skip_nothing_and_repeat_nothing(void **state)
{
    (void)state;
    open_all("");
    for (int round = 0; round < 2 * ACTORS; round++) {
        struct actor *leaver = &actors[round % ACTORS];

        assert_int_equal(find_owner("it"), round % ACTORS);
        mix_all(20);
        actor_assert(leaver, "OK", "close");
        actor_assert(&actors[(round + 1) % ACTORS], "OK", "poll");
        actor_assert(leaver, "OK", "open ");
    }
    poll_all();
    assert_all_shown(&actors[0], 640);
    assert_handled_once(640, ACTORS);
}

/* ---- take-over --------------------------------------------------------------- */

static void take_over(void (*leave)(struct actor *actor))
{
    pid_t dead = actors[0].process;
    struct diary diary;

    open_all("");
    assert_int_equal(find_owner("it"), 0);
    assert_int_equal(find_owner("shown"), 0);
    actor_assert(&actors[1], "OK 40", "put 1 40");
    actor_assert(&actors[0], "OK", "poll");
    actor_assert(&actors[0], "OK", "flush");
    actor_assert(&actors[1], "OK 60", "put 1 20");
    leave(&actors[0]);

    assert_int_equal(find_owner("it"), -1);
    mix_all(20);
    assert_true(find_owner("it") > 0);
    assert_true(find_owner("shown") > 0);
    poll_all();
    for (int i = 1; i < ACTORS; i++)
        assert_all_shown(&actors[i], 120);
    diary = actor_read_diary(directory, &dead, 1);
    assert_int_equal(diary.events, 120);
    assert_int_equal(diary.repeated, 0); /* its checkpoints were written */
    assert_int_equal(diary.overlaps, 0);
    assert_int_equal(diary.writers, 2);
}

static void leave_politely(struct actor *actor)
{
    actor_assert(actor, "OK", "close");
    actor_finish(actor);
}

static void when_the_owner_is_killed_another_takes_over_and_all_go_on(void **state)
{
    (void)state;
    take_over(actor_kill);
}

static void when_the_owner_closes_another_takes_over_and_all_go_on(void **state)
{
    (void)state;
    take_over(leave_politely);
}

/* In the handler: the event comes again, and not to the view twice. */
static void kill_within(const char *place)
{
    pid_t dead = actors[0].process;
    struct diary diary;

    open_all("");
    actor_assert(&actors[1], "OK 10", "put 1 10");
    actor_assert(&actors[0], "OK", "stop %s", place);
    actor_tell(&actors[0], "poll");
    assert_string_equal(actor_hear(&actors[0]), "stopped");
    actor_assert(&actors[2], "OK 20", "put 2 10");
    actor_kill(&actors[0]);
    actor_assert(&actors[3], "OK 30", "put 3 10");
    poll_all();
    assert_all_shown(&actors[1], 30);
    diary = actor_read_diary(directory, &dead, 1);
    assert_int_equal(diary.events, 30);
    assert_int_equal(diary.overlaps, 0);
}

static void when_the_owner_is_killed_in_a_handler_the_event_comes_again(void **state)
{
    struct diary diary;

    (void)state;
    kill_within("it");
    diary = actor_read_diary(directory, NULL, 0);
    assert_true(diary.begun > diary.ended);
}

static void when_the_owner_is_killed_in_a_view_the_event_is_shown_once(void **state)
{
    (void)state;
    kill_within("shown");
}

/* Not only by who polls by itself. */
static void workers_take_over_without_being_asked(void **state)
{
    (void)state;
    open_all("workers 1");
    actor_ask(&actors[1], "put 1 20");
    actor_kill(&actors[0]);
    actor_kill(&actors[1]);
    actor_assert(&actors[2], "OK", "wait it 20 -1");
    actor_assert(&actors[3], "OK", "wait shown 20 -1");
    actor_assert(&actors[3], "20 20", "shown");
}

/* What its owner died of is parked while it is tried again, and nothing has failed. */
static void wait_for_a_second_try(const char *place)
{
    open_all("");
    actor_assert(&actors[1], "OK 1", "put 1 1");
    for (int i = 0; i < 2; i++) {
        actor_assert(&actors[i], "OK", "stop %s", place);
        actor_tell(&actors[i], "poll");
        assert_string_equal(actor_hear(&actors[i]), "stopped");
        if (i == 0)
            actor_kill(&actors[0]);
    }
    actor_assert(&actors[2], "TIMEOUT", "wait %s 1 30", place);
    actor_tell(&actors[2], "wait %s 1 -1", place);
    actor_assert(&actors[1], "OK", "go");
    actor_assert(&actors[1], "OK", "flush");
    assert_string_equal(actor_hear(&actors[2]), "OK");
}

static void a_wait_goes_on_while_an_event_is_tried_that_an_owner_died_of(void **state)
{
    (void)state;
    wait_for_a_second_try("it");
}

static void a_wait_goes_on_while_a_view_tries_what_an_owner_died_of(void **state)
{
    (void)state;
    wait_for_a_second_try("shown");
}

/* ---- an owner that stands still ---------------------------------------------- */

/* It has its subscribers, but not the writer lock. */
static void freeze_within(const char *place)
{
    open_all("");
    actor_assert(&actors[1], "OK 10", "put 1 10");
    actor_assert(&actors[0], "OK", "stop %s", place);
    actor_tell(&actors[0], "poll");
    assert_string_equal(actor_hear(&actors[0]), "stopped");
    actor_freeze(&actors[0]);

    for (int i = 1; i < ACTORS; i++)
        actor_tell(&actors[i], "mix 10");
    for (int i = 1; i < ACTORS; i++)
        assert_string_equal(actor_hear(&actors[i]), "OK");
    actor_assert(&actors[1], "TIMEOUT", "wait %s 40 30", place);
    for (int i = 1; i < ACTORS; i++)
        assert_memory_equal(actor_ask(&actors[i], "where %s", place), "elsewhere", 9);

    actor_thaw(&actors[0]);
    actor_tell(&actors[0], "go");
    assert_string_equal(actor_hear(&actors[0]), "OK");
    poll_all();
    assert_int_equal(find_owner(place), 0);
    for (int i = 0; i < ACTORS; i++)
        assert_all_shown(&actors[i], 40);
    assert_handled_once(40, 1);
}

static void while_the_owner_stands_still_in_a_handler_the_others_wait(void **state)
{
    (void)state;
    freeze_within("it");
}

static void while_the_owner_stands_still_in_a_view_the_others_wait(void **state)
{
    (void)state;
    freeze_within("shown");
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(four_processes_handle_each_event_once),
        TEST(four_processes_with_workers_handle_each_event_once),
        TEST(owners_that_come_and_go_skip_nothing_and_repeat_nothing),
        TEST(when_the_owner_is_killed_another_takes_over_and_all_go_on),
        TEST(when_the_owner_closes_another_takes_over_and_all_go_on),
        TEST(when_the_owner_is_killed_in_a_handler_the_event_comes_again),
        TEST(when_the_owner_is_killed_in_a_view_the_event_is_shown_once),
        TEST(workers_take_over_without_being_asked),
        TEST(a_wait_goes_on_while_an_event_is_tried_that_an_owner_died_of),
        TEST(a_wait_goes_on_while_a_view_tries_what_an_owner_died_of),
        TEST(while_the_owner_stands_still_in_a_handler_the_others_wait),
        TEST(while_the_owner_stands_still_in_a_view_the_others_wait),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
