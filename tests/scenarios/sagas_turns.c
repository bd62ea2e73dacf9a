/* sagas_turns.c - the turns of a saga: one at a time, in order, each event once; what
 * waits, what flows on, what is passed over. */
#include "support/tills.h"

#include "src/engine.h"

#include <stdio.h>
#include <string.h>

/* ---- a saga that listens -------------------------------------------------------- */

static struct {
    const char *fails_at;      /* the turn of that word fails... */
    enum jangle_result result; /* ...with this; REJECTED if OK */
    int64_t retry_in_ms;       /* instead */
    int runs;
    char heard[2000];  /* "id:word id:word", by turns that came to their end */
    int64_t at_us[40]; /* of each run */
    int attempts[40];
} script;

struct said_word {
    const char *text;
};

struct said_words {
    struct said_word *items;
    size_t count;
};

struct talk_state {
    const char *first;
    const char *last;
    int64_t count;
    struct said_words words;
};

static JANGLE_STRUCT(said_word, text);
static JANGLE_STRUCT(talk_state, first, last, count, list(words, said_word));

static void apply_called(void *state, const struct jangle_event *event)
{
    struct talk_state *talk = state;
    const struct move_called *called = event->data;

    if (!talk->count++)
        talk->first = called->word;
    talk->last = called->word;
    jangle_list_add(event->arena, &talk->words, said_word, .text = called->word);
}

static enum jangle_result fail_as_told(struct jangle_turn *turn)
{
    if (script.retry_in_ms)
        return jangle_turn_retry_in(turn, script.retry_in_ms);
    if (script.result)
        return script.result;
    return jangle_turn_fail(turn, JANGLE_REJECTED, "not \"%s\"", script.fails_at);
}

static enum jangle_result
on_call(struct jangle_turn *turn, const void *state, const struct jangle_event *event)
{
    const struct talk_state *talk = state;
    const struct move_called *called = event->data;
    size_t used = strlen(script.heard);

    assert_string_equal(talk->last, called->word);
    script.at_us[script.runs] = turn->at.us;
    script.attempts[script.runs++] = turn->attempt;
    if (script.fails_at && !strcmp(script.fails_at, called->word))
        return fail_as_told(turn);
    snprintf(script.heard + used, sizeof script.heard - used, "%s%s:%s", used ? " " : "",
             turn->id, called->word);
    return strcmp(called->word, "bye") != 0 ? JANGLE_OK : jangle_turn_finish(turn);
}

static enum jangle_result
on_paid_out(struct jangle_turn *turn, const void *state, const struct jangle_event *event)
{
    (void)turn, (void)state, (void)event;
    return JANGLE_OK;
}

static const struct jangle_applier events[] = {{&move_called, apply_called}, {0}};
static const struct jangle_reaction reactions[] = {
    {&paid_out, on_paid_out}, {&move_called, on_call}, {0}};

static const struct jangle_saga talk_saga = {
    .name = "talk",
    .state = &talk_state,
    .begins_with = &paid_out,
    .id_member = "move_id",
    .events = events,
    .reactions = reactions,
    .start = JANGLE_FROM_FIRST,
    .retry = {.max_attempts = 3, .first_delay_ms = 1000, .max_delay_ms = 1000},
};

/* ---- a world -------------------------------------------------------------------- */

static int set_up(void **state)
{
    static struct world world;

    memset(&script, 0, sizeof script);
    world_init(&world, *state != NULL);
    tills_open(&world, &talk_saga);
    *state = &world;
    return 0;
}

static int tear_down(void **state)
{
    world_finish(*state);
    return 0;
}

static void say(struct world *world, const char *till, const char *id, const char *word)
{
    assert_result(jangle_send(world->jangle, NULL, call_move, .till_id = till,
                              .move_id = id, .word = word),
                  JANGLE_OK);
}

static void begin(struct world *world, const char *id)
{
    assert_result(tills_pay_out(world, "a", id, "b", 1), JANGLE_OK);
}

static struct jangle_left left_of(struct world *world)
{
    struct jangle_left left;

    assert_result(jangle_drain(world->jangle, -1, &left, &world->error), JANGLE_OK);
    return left;
}

static void pass(struct world *world, int64_t ms)
{
    world_pass(world, ms);
    world_poll(world);
}

static void reopen(struct world *world)
{
    if (!world->file[0])
        return;
    world_close(world);
    tills_open(world, &talk_saga);
}

/* ---- order ---------------------------------------------------------------------- */

static void events_of_several_streams_come_to_one_saga_in_order(void **state)
{
    struct world *world = *state;

    begin(world, "x");
    say(world, "b", "x", "one");
    say(world, "a", "x", "two");
    say(world, "b", "x", "three");
    world_poll(world);
    say(world, "c", "x", "four");
    world_poll(world);
    assert_string_equal(script.heard, "x:one x:two x:three x:four");
    assert_int_equal(world_stats(world).turns, 5);
}

static void events_behind_a_failing_turn_wait_and_other_sagas_flow(void **state)
{
    struct world *world = *state;

    begin(world, "x");
    begin(world, "y");
    script.fails_at = "two";
    say(world, "a", "x", "one");
    say(world, "a", "x", "two");
    say(world, "b", "y", "uno");
    say(world, "b", "x", "three");
    say(world, "a", "y", "due");
    say(world, "a", "x", "four");
    world_poll(world);
    assert_string_equal(script.heard, "x:one y:uno y:due");
    assert_int_equal(left_of(world).parked, 1);
    reopen(world);
    script.fails_at = NULL;
    pass(world, 1000);
    say(world, "c", "x", "five");
    world_poll(world);
    assert_string_equal(script.heard, "x:one y:uno y:due x:two x:three x:four x:five");
    assert_int_equal(left_of(world).parked, 0);
}

/* More than a batch waits, among as many events of others. */
static void many_events_of_a_waiting_saga_come_in_order(void **state)
{
    struct world *world = *state;
    char word[12], expected[600] = "";

    world_close(world);
    world->config.batch_count = 4;
    tills_open(world, &talk_saga);
    begin(world, "x");
    begin(world, "y");
    script.fails_at = "first";
    say(world, "a", "x", "first");
    for (int i = 0; i < 15; i++) {
        snprintf(word, sizeof word, "%d", i);
        say(world, "b", "x", word);
        say(world, "b", "z", "nobody");
        say(world, "a", "y", word);
    }
    world_poll(world);
    assert_null(strstr(script.heard, "x:"));
    script.fails_at = NULL;
    script.heard[0] = '\0';
    pass(world, 1000);
    strcat(expected, "x:first");
    for (int i = 0; i < 15; i++)
        snprintf(expected + strlen(expected), 10, " x:%d", i);
    assert_string_equal(script.heard, expected);
    assert_int_equal(script.runs, 1 + 15 + 16);
}

static void a_turn_has_one_time_and_counts_its_attempts(void **state)
{
    struct world *world = *state;

    begin(world, "x");
    script.fails_at = "one";
    say(world, "a", "x", "one");
    world_poll(world);
    reopen(world);
    pass(world, 1000);
    script.fails_at = NULL;
    reopen(world);
    pass(world, 1000);
    assert_string_equal(script.heard, "x:one");
    assert_int_equal(script.runs, 3);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(script.at_us[i], script.at_us[0]);
        assert_int_equal(script.attempts[i], i + 1);
    }
    say(world, "a", "x", "two");
    world_poll(world);
    assert_int_equal(script.at_us[3], world->now_us);
    assert_int_equal(script.attempts[3], 1);
}

static void a_turn_is_not_tried_again_before_it_asked_for(void **state)
{
    struct world *world = *state;

    begin(world, "x");
    script.fails_at = "one";
    script.retry_in_ms = 50000;
    say(world, "a", "x", "one");
    world_poll(world);
    pass(world, 49999);
    assert_int_equal(script.runs, 1);
    script.fails_at = NULL;
    pass(world, 1);
    assert_int_equal(script.runs, 2);
    assert_int_equal(script.attempts[1], 2);
}

/* Jangle's own trouble is no attempt: it never makes a dead letter. */
static void trouble_that_is_not_the_turns_own_is_no_attempt(void **state)
{
    static const enum jangle_result results[] = {JANGLE_BUSY, JANGLE_STORAGE,
                                                 JANGLE_UNKNOWN, JANGLE_NO_MEMORY};
    struct world *world = *state;

    begin(world, "x");
    script.fails_at = "one";
    say(world, "a", "x", "one");
    for (size_t i = 0; i < 12; i++) {
        script.result = results[i % 4];
        pass(world, 400000);
    }
    assert_true(script.runs >= 12);
    assert_int_equal(script.attempts[script.runs - 1], 1);
    assert_int_equal(left_of(world).dead, 0);
    script.fails_at = NULL;
    pass(world, 400000);
    assert_string_equal(script.heard, "x:one");
}

/* ---- what is passed over ---------------------------------------------------------- */

static void an_event_that_finds_no_saga_is_passed_over(void **state)
{
    struct world *world = *state;

    say(world, "a", "x", "early");
    world_poll(world);
    assert_string_equal(tills_saga(world, "talk", "x"), "none");
    begin(world, "x");
    say(world, "a", "x", "in time");
    world_poll(world);
    assert_string_equal(script.heard, "x:in time");
}

static void late_events_do_not_begin_it_again(void **state)
{
    struct world *world = *state;

    begin(world, "x");
    say(world, "a", "x", "bye");
    say(world, "a", "x", "still there?");
    world_poll(world);
    assert_string_equal(tills_saga(world, "talk", "x"), "finished 0");
    reopen(world);
    begin(world, "x");
    say(world, "a", "x", "hello");
    world_poll(world);
    assert_string_equal(script.heard, "x:bye");
    assert_string_equal(tills_saga(world, "talk", "x"), "finished 0");
}

static void an_event_that_comes_again_changes_nothing(void **state)
{
    struct world *world = *state;

    begin(world, "x");
    say(world, "a", "x", "one");
    say(world, "a", "x", "two");
    world_poll(world);
    for (int64_t from = 0; from < 6; from++) {
        assert_result(jangle_subscriber_reset(world->jangle, "talk", from, &world->error),
                      JANGLE_OK);
        world_poll(world);
    }
    assert_string_equal(script.heard, "x:one x:two");
    say(world, "a", "x", "three");
    world_poll(world);
    assert_string_equal(script.heard, "x:one x:two x:three");
}

/* ---- ids ----------------------------------------------------------------------------
 */

static void an_event_without_an_id_is_for_no_saga(void **state)
{
    struct world *world = *state;

    begin(world, "");
    say(world, "a", "", "nothing");
    begin(world, "x");
    say(world, "a", "x", "one");
    world_poll(world);
    assert_string_equal(script.heard, "x:one");
    assert_int_equal(left_of(world).dead + left_of(world).parked, 0);
}

static void an_id_may_have_200_bytes_and_no_more(void **state)
{
    struct world *world = *state;
    char longest[201], longer[202];

    memset(longest, 'x', 200);
    memset(longer, 'y', 201);
    longest[200] = longer[201] = '\0';
    begin(world, longest);
    begin(world, longer);
    begin(world, "z");
    world_poll(world);
    assert_string_equal(tills_saga(world, "talk", longest), "open 0");
    assert_string_equal(tills_saga(world, "talk", "z"), "open 0");
    for (int i = 0; i < 4; i++)
        pass(world, 1000);
    assert_int_equal(left_of(world).dead, 1);
    reopen(world);
    assert_int_equal(left_of(world).dead, 1);
}

static const char *id_by_word(const struct jangle_event *event)
{
    const struct move_called *called = event->data;

    if (strcmp(event->type->name, "move_called") != 0)
        return NULL;
    return strcmp(called->word, "none") != 0 ? event->aggregate_id : NULL;
}

static void a_function_may_say_which_saga_an_event_is_for(void **state)
{
    struct world *world = *state;
    struct jangle_saga by_word = talk_saga;

    by_word.id_member = NULL;
    by_word.id_of = id_by_word;
    by_word.begins_with = NULL;
    world_close(world);
    tills_open(world, &by_word);
    begin(world, "x");
    say(world, "a", "x", "one");
    say(world, "b", "x", "none");
    say(world, "b", "x", "two");
    world_poll(world);
    assert_string_equal(script.heard, "a:one b:two");
    world_close(world);
}

/* ---- state ----------------------------------------------------------------------------
 */

static enum jangle_result read_state(void *context, const struct jangle_saga_info *info)
{
    snprintf(context, 2000, "%s", info->state);
    return JANGLE_OK;
}

static void texts_and_lists_live_through_many_turns(void **state)
{
    struct world *world = *state;
    char word[20], expected[2000], found[2000] = "";

    begin(world, "x");
    snprintf(expected, sizeof expected,
             "{\"first\":\"word 0\",\"last\":\"word 39\",\"count\":40,\"words\":[");
    for (int i = 0; i < 40; i++) {
        snprintf(word, sizeof word, "word %d", i);
        snprintf(expected + strlen(expected), 40, "%s{\"text\":\"%s\"}", i ? "," : "",
                 word);
        say(world, "a", "x", word);
        if (i % 10 == 5)
            world_poll(world);
        if (i == 20)
            reopen(world);
        script.runs = 0;
    }
    strcat(expected, "]}");
    world_poll(world);
    assert_result(jangle_saga_show(world->jangle, "talk", "x", read_state, found, NULL),
                  JANGLE_OK);
    assert_string_equal(found, expected);
}

/* ---- given up
 * ---------------------------------------------------------------------------- */

static enum jangle_result read_letter(void *context,
                                      const struct jangle_dead_letter *letter)
{
    *(struct jangle_dead_letter *)context = *letter;
    return JANGLE_OK;
}

static int64_t give_up(struct world *world)
{
    struct jangle_dead_letter letter = {0};

    begin(world, "x");
    begin(world, "y");
    script.fails_at = "one";
    say(world, "a", "x", "one");
    say(world, "b", "x", "two");
    say(world, "b", "x", "three");
    for (int i = 0; i < 5; i++)
        pass(world, 1000);
    assert_int_equal(script.runs, 3);
    say(world, "a", "y", "uno");
    world_poll(world);
    assert_string_equal(script.heard, "y:uno");
    reopen(world);
    assert_int_equal(left_of(world).dead, 1);
    assert_result(
        jangle_dead_letter_visit(world->jangle, NULL, read_letter, &letter, NULL),
        JANGLE_OK);
    assert_int_equal(letter.attempts, 3);
    assert_int_equal(letter.held_count, 2);
    script.fails_at = NULL;
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
    assert_string_equal(script.heard, "y:uno x:one x:two x:three");
    assert_result(jangle_wait(world->jangle, "talk", position, -1, NULL), JANGLE_OK);
}

/* As if it had been dealt with: what came behind it comes now. */
static void a_turn_that_is_skipped_lets_its_saga_go_on(void **state)
{
    struct world *world = *state;
    int64_t position = give_up(world);

    assert_result(jangle_dead_letter_skip(world->jangle, "talk", position, &world->error),
                  JANGLE_OK);
    world_poll(world);
    pass(world, 1000);
    assert_string_equal(script.heard, "y:uno x:two x:three");
    assert_int_equal(left_of(world).dead + left_of(world).parked, 0);
}

static void a_saga_that_a_person_finished_passes_what_waited(void **state)
{
    struct world *world = *state;

    give_up(world);
    assert_result(jangle_saga_finish(world->jangle, "talk", "x", "enough", &world->error),
                  JANGLE_OK);
    world_poll(world);
    assert_string_equal(script.heard, "y:uno");
    assert_string_equal(tills_saga(world, "talk", "x"), "finished 1");
    assert_int_equal(left_of(world).dead + left_of(world).parked, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(events_of_several_streams_come_to_one_saga_in_order),
        WORLD_TEST(events_behind_a_failing_turn_wait_and_other_sagas_flow),
        WORLD_TEST(many_events_of_a_waiting_saga_come_in_order),
        WORLD_TEST(a_turn_has_one_time_and_counts_its_attempts),
        WORLD_TEST(a_turn_is_not_tried_again_before_it_asked_for),
        WORLD_TEST(trouble_that_is_not_the_turns_own_is_no_attempt),
        WORLD_TEST(an_event_that_finds_no_saga_is_passed_over),
        WORLD_TEST(late_events_do_not_begin_it_again),
        WORLD_TEST(an_event_that_comes_again_changes_nothing),
        WORLD_TEST(an_event_without_an_id_is_for_no_saga),
        WORLD_TEST(an_id_may_have_200_bytes_and_no_more),
        WORLD_TEST(a_function_may_say_which_saga_an_event_is_for),
        WORLD_TEST(texts_and_lists_live_through_many_turns),
        WORLD_TEST(a_turn_that_is_given_up_holds_its_saga_until_it_is_tried_again),
        WORLD_TEST(a_turn_that_is_skipped_lets_its_saga_go_on),
        WORLD_TEST(a_saga_that_a_person_finished_passes_what_waited),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
