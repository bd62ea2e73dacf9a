/* limits.c - what is too long, too many, too late or after the end is refused with a
 * sentence, and nothing of it is stored; what just fits is taken. */
#include "command/commands.h"
#include "support/domains/purse.h"
#include "support/stores/lying_store.h"
#include "support/test.h"

#include "core/engine.h"

#include <jangle/testing.h>

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- a gate: deciders and commits stand at it while it is shut --------------- */

static struct gate {
    struct jn_mutex mutex;
    struct jn_cond moved;
    bool shut;
    int waiting;
} gate;

static void stand_at_the_gate(void)
{
    jn_mutex_lock(&gate.mutex);
    gate.waiting++;
    jn_cond_broadcast(&gate.moved);
    while (gate.shut)
        jn_cond_wait(&gate.moved, &gate.mutex);
    gate.waiting--;
    jn_mutex_unlock(&gate.mutex);
}

static void shut_gate(bool shut)
{
    jn_mutex_lock(&gate.mutex);
    gate.shut = shut;
    jn_cond_broadcast(&gate.moved);
    jn_mutex_unlock(&gate.mutex);
}

static void wait_for_somebody_at_the_gate(void)
{
    jn_mutex_lock(&gate.mutex);
    while (!gate.waiting)
        jn_cond_wait(&gate.moved, &gate.mutex);
    jn_mutex_unlock(&gate.mutex);
}

/* ---- a door, whose deciders go through the gate ------------------------------ */

struct knock {
    const char *door_id;
    int64_t times;
    bool slowly;
};

struct door_knocked {
    int64_t number;
};

struct door_state {
    int64_t count;
};

static JANGLE_COMMAND(knock, door_id, times, slowly);
static JANGLE_EVENT(door_knocked, number);
static JANGLE_STRUCT(door_state, count);

static enum jangle_result decide_knock(struct jangle_decision *decision,
                                       const void *state,
                                       const struct jangle_command *command)
{
    const struct door_state *door = state;
    const struct knock *knocking = command->data;

    if (knocking->slowly)
        stand_at_the_gate();
    for (int64_t i = 1; i <= knocking->times; i++)
        jangle_emit(decision, door_knocked, .number = door->count + i);
    return JANGLE_OK;
}

static void apply_knocked(void *state, const struct jangle_event *event)
{
    ((struct door_state *)state)->count =
        ((const struct door_knocked *)event->data)->number;
}

static const struct jangle_aggregate door_aggregate = {
    .name = "door",
    .state = &door_state,
    .commands = JANGLE_DECIDERS({&knock, decide_knock}),
    .events = JANGLE_APPLIERS({&door_knocked, apply_knocked})};
static const struct jangle_aggregates aggregates = JANGLE_AGGREGATES(
    &door_aggregate, &purse_aggregate, &names_aggregate, &guild_aggregate);

/* ---- who answers by sending, and who handles slowly -------------------------- */

struct ask_and_knock {
    const char *door_id;
};

struct knock_answer {
    int64_t position;
    const char *result;
};

static JANGLE_STRUCT(knock_answer, position, result);
static JANGLE_QUERY(ask_and_knock, door_id, answer(knock_answer));

static struct jangle *jangle;

static enum jangle_result answer_by_knocking(struct jangle_answer *answer,
                                             const struct jangle_query *query)
{
    const struct ask_and_knock *ask = query->data;
    struct jangle_outcome outcome;

    jangle_send(jangle, &outcome, knock, .door_id = ask->door_id, .times = 1);
    return jangle_answer_with(answer, knock_answer, .position = outcome.position,
                              .result = jangle_result_name(outcome.error.result));
}

static enum jangle_result handle_slowly(struct jangle_delivery *delivery,
                                        const struct jangle_event *event)
{
    (void)delivery;
    (void)event;
    stand_at_the_gate();
    return JANGLE_OK;
}

static const struct jangle_subscriber porter = {
    .name = "porter",
    .handlers = JANGLE_HANDLERS({&door_knocked, handle_slowly}),
    .answerers = JANGLE_ANSWERERS({&ask_and_knock, answer_by_knocking})};
static const struct jangle_subscribers subscribers = JANGLE_SUBSCRIBERS(&porter);

static struct jangle_config config;
static struct jangle_outcome outcome;

static int set_up(void **state)
{
    (void)state;
    gate.shut = false;
    config = (struct jangle_config){.aggregates = aggregates,
                                    .subscribers = subscribers,
                                    .storage = jangle_memory(),
                                    .host.logger = jangle_logger_none()};
    return jn_mutex_init(&gate.mutex) || jn_cond_init(&gate.moved) ? -1 : 0;
}

static int tear_down(void **state)
{
    (void)state;
    assert_result(jangle_close(jangle, -1), JANGLE_OK);
    jangle = NULL;
    jn_cond_finish(&gate.moved);
    jn_mutex_finish(&gate.mutex);
    return 0;
}

static void open_it(void)
{
    struct jangle_error error = {0};

    jangle = jangle_open(&config, &error);
    if (!jangle)
        fail_msg("%s", error.message);
}

static int64_t head(void)
{
    struct jangle_stats stats;

    jangle_measure(jangle, &stats);
    return stats.position;
}

static void says(const char *word)
{
    if (!strstr(outcome.error.message, word))
        fail_msg("\"%s\" does not say \"%s\"", outcome.error.message, word);
}

/* ---- senders on threads of their own ----------------------------------------- */

struct sender {
    pthread_t thread;
    const char *door;
    bool slowly;
    enum jangle_result result;
};

static void *send_one(void *context)
{
    struct sender *sender = context;

    sender->result = jangle_send(jangle, NULL, knock, .door_id = sender->door, .times = 1,
                                 .slowly = sender->slowly);
    return NULL;
}

static void start(struct sender *sender, const char *door, bool slowly)
{
    *sender = (struct sender){.door = door, .slowly = slowly};
    assert_int_equal(pthread_create(&sender->thread, NULL, send_one, sender), 0);
}

static void expect_ok(struct sender *senders, int count)
{
    for (int i = 0; i < count; i++) {
        pthread_join(senders[i].thread, NULL);
        assert_result(senders[i].result, JANGLE_OK);
    }
}

static int64_t waiting_for_door(void)
{
    int64_t waiting;

    jn_mutex_lock(&jangle->commands->locks.mutex);
    waiting = jangle->commands->locks.waiting;
    jn_mutex_unlock(&jangle->commands->locks.mutex);
    return waiting;
}

static int64_t waiting_for_commit(void)
{
    int64_t waiting;

    jn_mutex_lock(&jangle->commands->committer.mutex);
    waiting = (int64_t)jangle->commands->committer.commit.queued;
    jn_mutex_unlock(&jangle->commands->committer.mutex);
    return waiting;
}

static void wait_until(int64_t (*count)(void), int64_t expected)
{
    while (count() != expected)
        sched_yield();
}

/* ---- waiting for an aggregate ------------------------------------------------ */

/* Each of them keeps a thread of the program waiting: that is limit enough. */
static void any_number_of_commands_may_wait_for_an_aggregate(void **state)
{
    struct sender senders[4];

    (void)state;
    config.queue_limit = 1;
    open_it();
    shut_gate(true);
    start(&senders[0], "1", true);
    wait_for_somebody_at_the_gate();
    for (int i = 1; i < 4; i++)
        start(&senders[i], "1", false);
    wait_until(waiting_for_door, 3);
    assert_int_equal(head(), 0);
    assert_result(jangle_send(jangle, &outcome, knock, .door_id = "2", .times = 1),
                  JANGLE_OK);
    shut_gate(false);
    expect_ok(senders, 4);
    assert_int_equal(head(), 5);
}

static void
who_cannot_reach_its_aggregate_in_time_is_told_and_leaves_nothing(void **state)
{
    const struct jangle_envelope hurry = {.command_id = "hurry", .deadline_ms = 1};
    struct sender slow;

    (void)state;
    open_it();
    shut_gate(true);
    start(&slow, "1", true);
    wait_for_somebody_at_the_gate();
    assert_result(
        jangle_send_in(jangle, &outcome, &hurry, knock, .door_id = "1", .times = 1),
        JANGLE_TIMEOUT);
    says("door/1");
    shut_gate(false);
    expect_ok(&slow, 1);
    assert_int_equal(head(), 1);
    assert_result(jangle_outcome_of(jangle, "hurry", &outcome), JANGLE_NOT_FOUND);
    assert_result(jangle_send_in(jangle, &outcome, jangle_envelope(.command_id = "hurry"),
                                 knock, .door_id = "1", .times = 1),
                  JANGLE_OK);
    assert_false(outcome.repeated);
    assert_int_equal(outcome.version, 2);
}

/* ---- waiting for a commit ---------------------------------------------------- */

static enum jangle_result commit_slowly(struct jangle_store *store,
                                        struct jangle_group *group,
                                        struct jangle_error *error)
{
    if (group->append_count)
        stand_at_the_gate();
    store = honest_store(store);
    return store->ops->commit(store, group, error);
}

static const struct lie slow_commits = {.store = {.commit = commit_slowly}};
static struct lying slow_storage;

static void open_with_slow_commits(void)
{
    slow_storage = (struct lying){.storage = jangle_memory(), .lie = &slow_commits};
    config.storage = lying_storage(&slow_storage);
    open_it();
    shut_gate(true);
}

static void more_than_may_wait_for_a_commit_are_told_busy(void **state)
{
    struct sender senders[3];

    (void)state;
    config.queue_limit = 2;
    open_with_slow_commits();
    start(&senders[0], "1", false);
    wait_for_somebody_at_the_gate();
    start(&senders[1], "2", false);
    start(&senders[2], "3", false);
    wait_until(waiting_for_commit, 2);
    assert_result(jangle_send(jangle, &outcome, knock, .door_id = "4", .times = 1),
                  JANGLE_BUSY);
    says("queue_limit");
    shut_gate(false);
    expect_ok(senders, 3);
    assert_int_equal(head(), 3);
}

static void who_cannot_join_a_commit_in_time_is_told_and_leaves_nothing(void **state)
{
    const struct jangle_envelope hurry = {.command_id = "hurry", .deadline_ms = 20};
    struct sender slow;

    (void)state;
    open_with_slow_commits();
    start(&slow, "1", false);
    wait_for_somebody_at_the_gate();
    assert_result(
        jangle_send_in(jangle, &outcome, &hurry, knock, .door_id = "2", .times = 1),
        JANGLE_TIMEOUT);
    assert_string_not_equal(outcome.error.message, "");
    shut_gate(false);
    expect_ok(&slow, 1);
    assert_int_equal(head(), 1);
    assert_result(jangle_outcome_of(jangle, "hurry", &outcome), JANGLE_NOT_FOUND);
}

/* ---- sizes ------------------------------------------------------------------- */

static const char *text_of(size_t size)
{
    static char text[5000];

    assert_true(size < sizeof text);
    memset(text, 'x', size);
    text[size] = '\0';
    return text;
}

static void a_message_may_have_as_many_bytes_as_are_set_and_not_one_more(void **state)
{
    size_t around = strlen("{\"amount\":1000000,\"purse_id\":\"\"}");
    char json[400];

    (void)state;
    config.message_bytes = 150;
    open_it();
    for (size_t size = 150; size <= 151; size++) {
        const char *id = text_of(size - around);

        snprintf(json, sizeof json, "{\"amount\":1000000,\"purse_id\":\"%.200s\"}", id);
        assert_int_equal(strlen(json), size);
        assert_result(
            jangle_send(jangle, &outcome, put_in, .purse_id = id, .amount = 1000000),
            size == 150 ? JANGLE_OK : JANGLE_INVALID);
        assert_result(jangle_send_json(jangle, &outcome, NULL, "put_in", json),
                      size == 150 ? JANGLE_OK : JANGLE_INVALID);
    }
    says("message_bytes");
    assert_int_equal(head(), 2);
}

static void an_id_of_an_aggregate_has_two_hundred_bytes_at_most(void **state)
{
    (void)state;
    open_it();
    assert_result(
        jangle_send(jangle, &outcome, put_in, .purse_id = text_of(200), .amount = 1),
        JANGLE_OK);
    assert_result(
        jangle_send(jangle, &outcome, put_in, .purse_id = text_of(201), .amount = 1),
        JANGLE_INVALID);
    says("201 bytes, more than 200");
    assert_result(jangle_send(jangle, &outcome, put_in, .purse_id = "", .amount = 1),
                  JANGLE_INVALID);
    says("id is empty");
    assert_int_equal(head(), 1);
}

static void so_has_the_id_of_a_stream_that_is_emitted_to(void **state)
{
    (void)state;
    open_it();
    assert_result(
        jangle_send(jangle, &outcome, name_purse, .purse_id = "1", .name = text_of(200)),
        JANGLE_OK);
    assert_result(
        jangle_send(jangle, &outcome, name_purse, .purse_id = "1", .name = text_of(201)),
        JANGLE_INVALID);
    says("1..200 bytes");
    assert_result(jangle_send(jangle, &outcome, name_purse, .purse_id = "1", .name = ""),
                  JANGLE_INVALID);
    assert_int_equal(head(), 2);
}

static enum jangle_result put_with_id(const char *id)
{
    const struct jangle_envelope envelope = {.command_id = id};

    return jangle_send_in(jangle, &outcome, &envelope, put_in, .purse_id = "1",
                          .amount = 1);
}

static void so_has_the_id_of_a_command(void **state)
{
    (void)state;
    open_it();
    assert_result(put_with_id(text_of(200)), JANGLE_OK);
    assert_string_equal(outcome.command_id, text_of(200));
    assert_result(put_with_id(text_of(200)), JANGLE_OK);
    assert_true(outcome.repeated);
    assert_result(jangle_outcome_of(jangle, text_of(200), &outcome), JANGLE_OK);
    assert_int_equal(outcome.position, 1);
    assert_result(put_with_id(text_of(201)), JANGLE_INVALID);
    says("201 bytes, more than 200");
    assert_result(put_with_id(""), JANGLE_INVALID);
    assert_result(put_with_id("\xc3"), JANGLE_INVALID);
    says("UTF-8");
    assert_result(jangle_outcome_of(jangle, text_of(201), &outcome), JANGLE_INVALID);
    assert_int_equal(head(), 1);
}

static void a_decision_may_emit_a_thousand_events(void **state)
{
    (void)state;
    open_it();
    assert_result(jangle_send(jangle, &outcome, knock, .door_id = "1", .times = 1000),
                  JANGLE_OK);
    assert_int_equal(outcome.version, 1000);
    assert_int_equal(outcome.position, 1000);
    assert_result(jangle_send(jangle, &outcome, knock, .door_id = "1", .times = 1001),
                  JANGLE_INVALID);
    says("1000");
    assert_int_equal(head(), 1000);
    assert_result(jangle_drain(jangle, -1, NULL, NULL), JANGLE_OK);
}

/* ---- where commands may come from, and until when ---------------------------- */

static void an_answerer_may_send_a_command(void **state)
{
    struct jangle_answer answer = {0};
    const struct knock_answer *given;

    (void)state;
    open_it();
    assert_result(jangle_ask(jangle, &answer, ask_and_knock, .door_id = "1"), JANGLE_OK);
    given = answer.data;
    assert_string_equal(given->result, "OK");
    assert_int_equal(given->position, 1);
    jangle_answer_free(&answer);
}

/* It is open as long as a handler does not return, and takes nothing in. */
static void whoever_comes_while_it_closes_is_told_closed(void **state)
{
    struct jangle_answer answer = {0};
    struct jangle_error error;
    struct sender late;

    (void)state;
    config.workers = 1;
    open_it();
    shut_gate(true);
    assert_result(jangle_send(jangle, &outcome, knock, .door_id = "1", .times = 1),
                  JANGLE_OK);
    wait_for_somebody_at_the_gate();
    assert_result(jangle_close(jangle, 0), JANGLE_TIMEOUT);
    start(&late, "1", false);
    pthread_join(late.thread, NULL);
    assert_result(late.result, JANGLE_CLOSED);
    assert_result(jangle_send(jangle, &outcome, knock, .door_id = "2", .times = 1),
                  JANGLE_CLOSED);
    says("closing");
    assert_result(jangle_send_json(jangle, &outcome, NULL, "knock",
                                   "{\"door_id\":\"2\",\"times\":1,\"slowly\":false}"),
                  JANGLE_CLOSED);
    assert_result(jangle_ask(jangle, &answer, ask_and_knock, .door_id = "1"),
                  JANGLE_CLOSED);
    assert_null(answer.data);
    assert_result(jangle_poll(jangle, NULL, &error), JANGLE_CLOSED);
    assert_string_not_equal(error.message, "");
    assert_int_equal(head(), 1);
    shut_gate(false);
}

/* Those who were there before it closed are finished, not sent away. */
static void whoever_is_being_decided_when_it_stops_is_stored(void **state)
{
    struct sender slow;

    (void)state;
    open_it();
    shut_gate(true);
    start(&slow, "1", true);
    wait_for_somebody_at_the_gate();
    jangle_stop(jangle);
    shut_gate(false);
    expect_ok(&slow, 1);
    assert_int_equal(head(), 1);
    assert_result(jangle_send(jangle, &outcome, knock, .door_id = "1", .times = 1),
                  JANGLE_CLOSED);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(any_number_of_commands_may_wait_for_an_aggregate),
        TEST(who_cannot_reach_its_aggregate_in_time_is_told_and_leaves_nothing),
        TEST(more_than_may_wait_for_a_commit_are_told_busy),
        TEST(who_cannot_join_a_commit_in_time_is_told_and_leaves_nothing),
        TEST(a_message_may_have_as_many_bytes_as_are_set_and_not_one_more),
        TEST(an_id_of_an_aggregate_has_two_hundred_bytes_at_most),
        TEST(so_has_the_id_of_a_stream_that_is_emitted_to),
        TEST(so_has_the_id_of_a_command),
        TEST(a_decision_may_emit_a_thousand_events),
        TEST(an_answerer_may_send_a_command),
        TEST(whoever_comes_while_it_closes_is_told_closed),
        TEST(whoever_is_being_decided_when_it_stops_is_stored),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
