/* given_up.c - the state of a saga over many turns; turns that are given up, and what
 * a person does with them. */
#include "support/domains/talk.h"

#include <stdio.h>
#include <string.h>

#define set_up    talk_set_up
#define tear_down talk_tear_down

/* ---- state ------------------------------------------------------------------- */

static enum jangle_result read_state(void *context, const struct jangle_saga_info *info)
{
    snprintf(context, 2000, "%s", info->state);
    return JANGLE_OK;
}

static void texts_and_lists_live_through_many_turns(void **state)
{
    struct world *world = *state;
    char word[20], expected[2000], found[2000] = "";

    talk_begin(world, "x");
    snprintf(expected, sizeof expected,
             "{\"first\":\"word 0\",\"last\":\"word 39\",\"count\":40,\"words\":[");
    for (int i = 0; i < 40; i++) {
        snprintf(word, sizeof word, "word %d", i);
        snprintf(expected + strlen(expected), 40, "%s{\"text\":\"%s\"}", i ? "," : "",
                 word);
        talk_say(world, "a", "x", word);
        if (i % 10 == 5)
            world_poll(world);
        if (i == 20)
            talk_reopen(world);
        talk.runs = 0;
    }
    snprintf(expected + strlen(expected), 3, "]}");
    world_poll(world);
    assert_result(jangle_saga_show(world->jangle, "talk", "x", read_state, found, NULL),
                  JANGLE_OK);
    assert_string_equal(found, expected);
}

/* ---- given up ---------------------------------------------------------------- */

static enum jangle_result read_dead_letter(void *context,
                                           const struct jangle_dead_letter *letter)
{
    *(struct jangle_dead_letter *)context = *letter;
    return JANGLE_OK;
}

static int64_t give_up(struct world *world)
{
    struct jangle_dead_letter letter = {0};

    talk_begin(world, "x");
    talk_begin(world, "y");
    talk.fails_at = "one";
    talk_say(world, "a", "x", "one");
    talk_say(world, "b", "x", "two");
    talk_say(world, "b", "x", "three");
    for (int i = 0; i < 5; i++)
        talk_pass(world, 1000);
    assert_int_equal(talk.runs, 3);
    talk_say(world, "a", "y", "uno");
    world_poll(world);
    assert_string_equal(talk.heard, "y:uno");
    talk_reopen(world);
    assert_int_equal(talk_left(world).dead, 1);
    assert_result(
        jangle_dead_letter_visit(world->jangle, NULL, read_dead_letter, &letter, NULL),
        JANGLE_OK);
    assert_int_equal(letter.attempts, 3);
    assert_int_equal(letter.held_count, 2);
    talk.fails_at = NULL;
    return letter.position;
}

static void a_turn_that_is_given_up_holds_its_saga_until_it_is_tried_again(void **state)
{
    struct world *world = *state;
    int64_t position = give_up(world);

    assert_result(jangle_wait(world->jangle, "talk", position, -1, NULL), JANGLE_PARKED);
    assert_result(jangle_wait(world->jangle, "talk", position + 1, -1, NULL),
                  JANGLE_PARKED);
    assert_result(jangle_wait(world->jangle, "talk", position + 3, -1, NULL), JANGLE_OK);
    assert_result(
        jangle_dead_letter_retry(world->jangle, "talk", position, &world->error),
        JANGLE_OK);
    world_poll(world);
    assert_string_equal(talk.heard, "y:uno x:one x:two x:three");
    assert_result(jangle_wait(world->jangle, "talk", position, -1, NULL), JANGLE_OK);
}

/* The event counts as handled: the events that waited behind it come now. */
static void a_turn_that_is_skipped_lets_its_saga_go_on(void **state)
{
    struct world *world = *state;
    int64_t position = give_up(world);

    assert_result(jangle_dead_letter_skip(world->jangle, "talk", position, &world->error),
                  JANGLE_OK);
    world_poll(world);
    talk_pass(world, 1000);
    assert_string_equal(talk.heard, "y:uno x:two x:three");
    assert_int_equal(talk_left(world).dead + talk_left(world).parked, 0);
}

static void a_saga_that_a_person_finished_passes_what_waited(void **state)
{
    struct world *world = *state;

    give_up(world);
    assert_result(jangle_saga_finish(world->jangle, "talk", "x", "enough", &world->error),
                  JANGLE_OK);
    world_poll(world);
    assert_string_equal(talk.heard, "y:uno");
    assert_string_equal(tills_saga(world, "talk", "x"), "finished 1");
    assert_int_equal(talk_left(world).dead + talk_left(world).parked, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(texts_and_lists_live_through_many_turns),
        WORLD_TEST(a_turn_that_is_given_up_holds_its_saga_until_it_is_tried_again),
        WORLD_TEST(a_turn_that_is_skipped_lets_its_saga_go_on),
        WORLD_TEST(a_saga_that_a_person_finished_passes_what_waited),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
