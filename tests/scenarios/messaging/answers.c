/* answers.c - commands that come from a broker: each is decided once, whatever the answer
 * is, and one that cannot be decided holds up nobody. */
#include "support/domains/stranger.h"

#include "core/engine.h"

#include <jangle/plugin/store.h>

#include <string.h>

/* ---- a bell that answers as it is told ------------------------------------------- */

struct ring_bell {
    const char *bell_id;
    const char *how;
};

struct bell_rang {
    const char *how;
};

struct bell_state {
    int64_t count;
};

static JANGLE_COMMAND(ring_bell, bell_id, how);
static JANGLE_EVENT(bell_rang, how);
static JANGLE_STRUCT(bell_state, count);

static const struct jangle_aggregate bell;
static int decided;
static char order[256]; /* of the commands that were decided: "a1 b1 a2 " */

static enum jangle_result decide_ring(struct jangle_decision *decision,
                                      const void *state,
                                      const struct jangle_command *command)
{
    const char *how = ((const struct ring_bell *)command->data)->how;

    (void)state;
    decided++;
    snprintf(order + strlen(order), sizeof order - strlen(order), "%s%s ",
             command->aggregate_id, how);
    if (!strcmp(how, "looking"))
        jangle_state_of(decision, &bell, "b");
    if (!strcmp(how, "in vain"))
        return JANGLE_OK;
    if (!strcmp(how, "refused"))
        return jangle_reject(decision, "the bell is broken");
    if (!strcmp(how, "regretted")) {
        jangle_emit(decision, bell_rang, .how = how);
        return jangle_reject(decision, "it was too loud");
    }
    if (!strcmp(how, "wrong"))
        return jangle_emit(decision, coins_put_in, .amount = 1);
    if (!strcmp(how, "missing"))
        return JANGLE_NOT_FOUND;
    return jangle_emit(decision, bell_rang, .how = how);
}

static const struct jangle_aggregate bell = {
    .name = "bell",
    .state = &bell_state,
    .commands = JANGLE_DECIDERS({&ring_bell, decide_ring}),
    .events = JANGLE_APPLIERS({&bell_rang, NULL}),
};
static const struct jangle_aggregate *const aggregates[] = {&bell};

static const struct jangle_consumer counter = {
    .name = "counter",
    .routes = JANGLE_ROUTES({.type = &ring_bell}),
};
static const struct jangle_consumer strict = {
    .name = "counter",
    .routes = JANGLE_ROUTES({.type = &ring_bell}),
    .refused_are_dead = true,
};

static struct neighbours neighbours;
static struct stranger stranger;

static void open_with(const struct jangle_consumer *consumer, int64_t group_count)
{
    decided = 0;
    order[0] = '\0';
    neighbours_init(&neighbours, false);
    consume_with(&neighbours.taker, consumer);
    neighbours.taker.config.aggregates = (struct jangle_aggregates){aggregates, 1};
    neighbours.taker.config.group_count = group_count;
    world_open(&neighbours.taker, NULL);
    neighbours_poll(&neighbours);
    stranger_init(&stranger, &neighbours);
}

static int open_counter(void **state)
{
    (void)state;
    open_with(&counter, 0);
    return 0;
}

static int open_strict(void **state)
{
    (void)state;
    open_with(&strict, 0);
    return 0;
}

static int open_small_groups(void **state)
{
    (void)state;
    open_with(&counter, 2);
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    stranger_finish(&stranger);
    neighbours_finish(&neighbours);
    return 0;
}

static struct jangle_endpoint_stats figures(void)
{
    return endpoint_of(&neighbours.taker, "counter");
}

/* One command, under an id, to the bell. */
static void send_ring(const char *id, const char *to, const char *how)
{
    char data[256];

    snprintf(data, sizeof data, "{\"bell_id\":\"%s\",\"how\":\"%s\"}", to, how);
    stranger_send(&stranger, "counter",
                  (struct stranger_says){.id = id,
                                         .type = "ring_bell",
                                         .key = to,
                                         .more = "\"messagekind\":\"command\"",
                                         .data = data});
}

/* ---- each answer ----------------------------------------------------------------- */

static const char *const answers[] = {"twice", "in vain",   "refused",
                                      "wrong", "regretted", "missing"};

enum { ANSWER_COUNT = sizeof answers / sizeof *answers };

static void every_answer_is_remembered(void **state)
{
    (void)state;
    for (int i = 0; i < ANSWER_COUNT; i++) {
        for (int times = 0; times < 3; times++) {
            send_ring(answers[i], "a", answers[i]);
            neighbours_poll(&neighbours);
        }
        assert_int_equal(decided, i + 1);
        assert_int_equal(figures().taken, i + 1);
        assert_int_equal(figures().repeated, 2 * (i + 1));
    }
    assert_int_equal(figures().dead + figures().again, 0);
    assert_int_equal(stranger_count(&stranger, "counter"), 0);
    assert_int_equal(world_stats(&neighbours.taker).position, 1);
}

/* No aggregate can have such an id, so nobody is asked. */
static void what_goes_to_no_aggregate_is_answered_once_too(void **state)
{
    static char long_id[202];
    const char *const ids[] = {"", long_id};

    (void)state;
    memset(long_id, 'x', sizeof long_id - 1);
    for (int i = 0; i < 2; i++)
        for (int times = 0; times < 3; times++) {
            char id[2] = {(char)('a' + i), '\0'};

            send_ring(id, ids[i], "1");
            neighbours_poll(&neighbours);
            assert_int_equal(figures().taken, i + 1);
            assert_int_equal(figures().repeated, 2 * i + times);
        }
    send_ring("a", "", "2");
    neighbours_poll(&neighbours);
    stranger_expect_dead(
        &stranger, "counter",
        "the message a of /stranger was received before with other contents");
    assert_int_equal(decided, 0);
}

static void also_if_both_come_at_once(void **state)
{
    (void)state;
    for (int i = 0; i < ANSWER_COUNT; i++) {
        send_ring(answers[i], answers[i][0] == 'i' ? "a" : "b", answers[i]);
        send_ring(answers[i], answers[i][0] == 'i' ? "a" : "b", answers[i]);
    }
    neighbours_poll(&neighbours);
    assert_int_equal(decided, ANSWER_COUNT);
    assert_int_equal(figures().taken, ANSWER_COUNT);
    assert_int_equal(figures().repeated, ANSWER_COUNT);
}

static void an_id_with_another_command_is_a_dead_letter(void **state)
{
    char reason[128];

    (void)state;
    for (int i = 0; i < ANSWER_COUNT; i++) {
        send_ring(answers[i], "a", answers[i]);
        send_ring(answers[i], "a", "other");
        neighbours_poll(&neighbours);
        snprintf(reason, sizeof reason,
                 "the message %s of /stranger was received before with other contents",
                 answers[i]);
        stranger_expect_dead(&stranger, "counter", reason);
        assert_int_equal(decided, i + 1);
    }
    assert_int_equal(figures().dead, ANSWER_COUNT);
}

/* ---- refused_are_dead ------------------------------------------------------------ */

static void a_refusal_can_be_a_dead_letter(void **state)
{
    static const char *const reasons[] = {
        NULL,
        NULL,
        "the bell is broken",
        "bell emits coins_put_in, which is not among the events of bell",
        "it was too loud",
        "bell answered ring_bell with NOT_FOUND: a decision is OK or a jangle_reject"};

    (void)state;
    for (int i = 0; i < ANSWER_COUNT; i++) {
        send_ring(answers[i], "a", answers[i]);
        neighbours_poll(&neighbours);
        assert_int_equal(figures().dead, i < 2 ? 0 : i - 1);
        if (reasons[i])
            stranger_expect_dead(&stranger, "counter", reasons[i]);
    }
    assert_int_equal(figures().taken, 2);
}

static void when_it_is_put_back_it_is_decided_again(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        send_ring("a", "a", "refused");
        neighbours_poll(&neighbours);
        assert_int_equal(decided, i + 1);
        stranger_expect_dead(&stranger, "counter", "the bell is broken");
    }
    assert_int_equal(figures().repeated, 0);
}

/* They were read and decided, so nothing is wrong with the program. */
static void many_refusals_suspend_nobody(void **state)
{
    (void)state;
    for (int i = 0; i < 40; i++)
        send_ring(NULL, "a", "refused");
    send_ring(NULL, "a", "");
    neighbours_poll(&neighbours);
    assert_int_equal(figures().dead, 40);
    assert_int_equal(figures().taken, 1);
    assert_string_equal(figures().reason, "");
}

/* ---- order ----------------------------------------------------------------------- */

static void commands_of_one_stream_keep_their_order(void **state)
{
    const char *at;

    (void)state;
    for (int i = 0; i < 10; i++)
        for (const char *to = "abc"; *to; to++) {
            char name[2] = {*to, '\0'}, how[2] = {(char)('0' + i), '\0'};

            if (*to != 'c' || i < 2)
                send_ring(NULL, name, how);
        }
    neighbours_poll(&neighbours);
    assert_int_equal(decided, 22);
    for (const char *to = "abc"; *to; to++) {
        int next = 0;

        for (at = order; *at; at += 3)
            if (*at == *to)
                assert_int_equal(at[1], '0' + next++);
        assert_int_equal(next, *to == 'c' ? 2 : 10);
    }
}

/* ---- a stream that is damaged ---------------------------------------------------- */

/* What is stored in the stream of bell "b" cannot be read. */
static void damage_bell(void)
{
    struct world *world = &neighbours.taker;
    struct jangle_store *store = world->jangle->store;
    struct jangle_record record = {.kind = "bell",
                                   .id = "b",
                                   .type = "bell_rang",
                                   .type_version = 1,
                                   .payload = "{\"how\":7}",
                                   .payload_size = strlen("{\"how\":7}"),
                                   .meta = "{}"};
    struct jangle_append append = {.records = &record, .count = 1};
    struct jangle_group group = {.appends = &append, .append_count = 1};

    jn_host_id(&world->jangle->host, record.event_id);
    assert_result(store->ops->commit(store, &group, &world->error), JANGLE_OK);
    assert_result(append.error.result, JANGLE_OK);
}

/* Poll until so many were given back. At first they stay in hand, because what stops them
 * may pass. */
static void wait_for_again(int64_t count)
{
    for (int i = 0; i < 20 && figures().again < count; i++) {
        neighbours_poll(&neighbours);
        neighbours_pass(&neighbours, 5001);
    }
    assert_true(figures().again >= count);
}

static void a_damaged_stream_holds_up_no_other(void **state)
{
    (void)state;
    damage_bell();
    send_ring(NULL, "a", "1");
    send_ring("x", "b", "1");
    send_ring(NULL, "a", "2");
    send_ring("y", "b", "2");
    send_ring(NULL, "c", "1");
    wait_for_again(2);
    assert_string_equal(order, "a1 c1 a2 ");
    assert_int_equal(figures().taken, 3);
    assert_int_equal(figures().dead, 0);
    send_ring(NULL, "a", "3");
    neighbours_poll(&neighbours);
    assert_string_equal(order, "a1 c1 a2 a3 ");
    assert_string_equal(figures().reason, "");
}

/* Who brings it another way shall bring it again. */
static void nor_is_its_command_refused_when_it_is_delivered_by_hand(void **state)
{
    static const char body[] =
        "{\"specversion\":\"1.0\",\"source\":\"/hook\",\"id\":\"1\","
        "\"type\":\"ring_bell\",\"data\":{\"bell_id\":\"b\",\"how\":\"1\"}}";
    struct jangle_parcel parcel = {.content_type = "application/cloudevents+json",
                                   .body = body,
                                   .body_size = sizeof body - 1};
    struct jangle_error error = {0};

    (void)state;
    damage_bell();
    for (int i = 0; i < 10; i++) {
        assert_result(jangle_deliver(neighbours.taker.jangle, "counter", &parcel, &error),
                      JANGLE_STORAGE);
        assert_string_equal(error.message,
                            "bell/b, version 1, position 1: "
                            "bell_rang.how: is a number, not a text");
        parcel.attempt = i;
    }
}

/* Its state was to be looked at. */
static void nor_is_a_decision_that_looked_at_it_an_answer(void **state)
{
    (void)state;
    damage_bell();
    send_ring("x", "a", "looking");
    wait_for_again(2);
    assert_true(decided > 1);
    assert_int_equal(figures().taken + figures().dead, 0);
}

/* It comes again, each time a while later, and is never a dead letter. */
static void its_command_comes_again(void **state)
{
    (void)state;
    damage_bell();
    send_ring("x", "b", "1");
    wait_for_again(1);
    for (int i = 0; i < 30; i++) {
        int64_t again = figures().again;

        neighbours_pass(&neighbours, 300001);
        neighbours_poll(&neighbours);
        assert_int_equal(figures().again, again + 1);
    }
    send_ring(NULL, "a", "1");
    neighbours_poll(&neighbours);
    assert_int_equal(figures().taken, 1);
    assert_int_equal(figures().dead, 0);
    assert_int_equal(decided, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(test, open) cmocka_unit_test_setup_teardown(test, open, close_all)
        TEST(every_answer_is_remembered, open_counter),
        TEST(what_goes_to_no_aggregate_is_answered_once_too, open_counter),
        TEST(also_if_both_come_at_once, open_counter),
        TEST(an_id_with_another_command_is_a_dead_letter, open_counter),
        TEST(a_refusal_can_be_a_dead_letter, open_strict),
        TEST(when_it_is_put_back_it_is_decided_again, open_strict),
        TEST(many_refusals_suspend_nobody, open_strict),
        TEST(commands_of_one_stream_keep_their_order, open_counter),
        TEST(commands_of_one_stream_keep_their_order, open_small_groups),
        TEST(a_damaged_stream_holds_up_no_other, open_counter),
        TEST(nor_is_its_command_refused_when_it_is_delivered_by_hand, open_counter),
        TEST(nor_is_a_decision_that_looked_at_it_an_answer, open_counter),
        TEST(its_command_comes_again, open_counter),
#undef TEST
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
