/* timeouts.c - when a saga's timeout comes among events that were received: the clocks of
 * their senders do not count. */
#include "support/domains/stranger.h"

#include <string.h>

static struct neighbours neighbours;
static struct stranger stranger;

struct patience_state {
    int64_t count;
};

static JANGLE_STRUCT(patience_state, count);

static char course[64];

static void note_course(const char *word)
{
    size_t size = strlen(course);

    snprintf(course + size, sizeof course - size, "%s ", word);
}

static const char *one_saga(const struct jangle_event *event)
{
    (void)event;
    return "1";
}

/* The timeout is a minute after the first event. */
static enum jangle_result
react(struct jangle_turn *turn, const void *state, const struct jangle_event *event)
{
    (void)state, (void)event;
    note_course("event");
    return strlen(course) > strlen("event ")
               ? JANGLE_OK
               : jangle_turn_timeout_at(turn, (jangle_time){turn->at.us + 60000000});
}

static enum jangle_result
time_out(struct jangle_turn *turn, const void *state, const struct jangle_event *event)
{
    (void)turn, (void)state, (void)event;
    note_course("timeout");
    return JANGLE_OK;
}

static const struct jangle_saga patience = {
    .name = "patience",
    .state = &patience_state,
    .id_of = one_saga,
    .reactions = JANGLE_REACTIONS({&coins_put_in, react}),
    .on_timeout = time_out,
    .start = JANGLE_FROM_FIRST,
};
static const struct jangle_saga *const sagas[] = {&patience};

static int open_saga(void **state)
{
    (void)state;
    course[0] = '\0';
    neighbours_init(&neighbours, false);
    consume_with(&neighbours.taker, &purse_watch);
    neighbours.taker.config.sagas = (struct jangle_sagas){sagas, 1};
    world_open(&neighbours.taker, NULL);
    neighbours_poll(&neighbours);
    stranger_init(&stranger, &neighbours);
    return 0;
}

static void send_dated(const char *time)
{
    stranger_send(&stranger, "watch", (struct stranger_says){.more = time});
    neighbours_poll(&neighbours);
}

/* Whatever the clock of the sender says: what counts is when the event was stored. */
static void a_timeout_is_ordered_by_when_events_were_stored(void **state)
{
    (void)state;
    send_dated("\"time\":\"1999-01-01T00:00:00Z\"");
    assert_string_equal(course, "event ");
    neighbours_pass(&neighbours, 59000);
    send_dated("\"time\":\"2099-01-01T00:00:00Z\"");
    assert_string_equal(course, "event event ");
    neighbours_pass(&neighbours, 2000);
    send_dated("\"time\":\"1999-01-01T00:00:00Z\"");
    assert_string_equal(course, "event event timeout event ");
}

/* Stored, and not handled before the test polls. */
static void deliver_dated(const char *id, const char *time)
{
    char body[256];
    struct jangle_parcel parcel = {.content_type = "application/cloudevents+json",
                                   .body = body};
    int size = snprintf(body, sizeof body,
                        "{\"specversion\":\"1.0\",\"source\":\"/hook\",\"id\":\"%s\","
                        "\"type\":\"coins_put_in\",\"time\":\"%s\","
                        "\"data\":{\"amount\":1,\"total\":1}}",
                        id, time);

    assert_true(size > 0 && (size_t)size < sizeof body);
    parcel.body_size = (size_t)size;
    assert_result(jangle_deliver(neighbours.taker.jangle, "watch", &parcel, NULL),
                  JANGLE_OK);
}

/* Both events wait when the timeout is due. */
static void also_when_they_are_handled_later(void **state)
{
    struct world *taker = &neighbours.taker;

    (void)state;
    send_dated("\"time\":\"2099-01-01T00:00:00Z\"");
    world_pass(taker, 59000);
    deliver_dated("later", "2099-01-01T00:00:00Z");
    world_pass(taker, 2000);
    deliver_dated("too late", "1999-01-01T00:00:00Z");
    neighbours_poll(&neighbours);
    assert_string_equal(course, "event event timeout event ");
}

static int close_all(void **state)
{
    (void)state;
    stranger_finish(&stranger);
    neighbours_finish(&neighbours);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_timeout_is_ordered_by_when_events_were_stored,
                                        open_saga, close_all),
        cmocka_unit_test_setup_teardown(also_when_they_are_handled_later, open_saga,
                                        close_all),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
