/* logs.c - a consumer of a broker whose queues are logs stores how far it has read them,
 * and goes on from there, whatever fails. */
#include "support/domains/exchange.h"
#include "support/domains/log_reader.h"

#include "base/failpoint.h"
#include "core/engine.h"

#include <jangle/plugin/store.h>
#include <jangle/testing.h>

#include <string.h>

static int set_up(void **state)
{
    log_reader_open_all(*state != NULL);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    jn_failpoint_set(NULL, NULL);
    log_reader_close_all();
    return 0;
}

/* ---- what is stored -------------------------------------------------------- */

static int64_t seen_after_commit;

static void look_after_commit(void *context, const char *name)
{
    (void)context;
    if (!strcmp(name, "consumer.after_commit"))
        seen_after_commit = world_checkpoint(&reader.both.taker, LOG_OF_TOPIC);
}

static void the_offset_is_in_the_commit_of_what_was_taken(void **state)
{
    (void)state;
    log_reader_publish(5);
    jn_failpoint_set(look_after_commit, NULL);
    world_poll(&reader.both.taker);
    assert_int_equal(seen_after_commit, 6);
    assert_int_equal(reader.heard.count, 5);
}

static void a_consumer_that_comes_back_goes_on_behind_what_it_has(void **state)
{
    (void)state;
    log_reader_publish(5);
    world_poll(&reader.both.taker);
    world_close(&reader.both.taker);
    log_reader_publish(3);
    log_reader_open();
    assert_int_equal(log_reader_figures().received, 3);
    assert_int_equal(log_reader_figures().taken, 3);
    assert_int_equal(reader.heard.count, 8);
}

static const struct jangle_route unwanted[] = {{.type = &coins_taken_out}};
static const struct jangle_consumer bored = {
    .name = "watch", .topic = "purses", .routes = {unwanted, 1}};

/* Nothing is stored but the offset. */
static void what_no_row_wants_is_passed_too(void **state)
{
    (void)state;
    world_close(&reader.both.taker);
    consume_with(&reader.both.taker, &bored);
    world_open(&reader.both.taker, NULL);
    for (int i = 0; i < 4; i++)
        log_reader_send_good(NULL);
    world_poll(&reader.both.taker);
    assert_int_equal(log_reader_figures().ignored, 4);
    assert_int_equal(world_checkpoint(&reader.both.taker, LOG_OF_QUEUE), 5);
}

/* ---- what is dead, or in doubt --------------------------------------------- */

static void stop_before_settling(void *context, const char *name)
{
    (void)context;
    if (!strcmp(name, "consumer.before_settle"))
        jangle_hub_stop(reader.both.hub);
}

/* The process ends between the commit and the settlement. */
static void end_before_settling(void)
{
    jn_failpoint_set(stop_before_settling, NULL);
    (void)jangle_poll(reader.both.taker.jangle, NULL, NULL);
    jn_failpoint_set(NULL, NULL);
}

static void begin_again(void)
{
    world_close(&reader.both.taker);
    jangle_hub_start(reader.both.hub);
    log_reader_open();
}

static void an_offset_passes_a_dead_letter_when_that_is_copied(void **state)
{
    (void)state;
    log_reader_send_good("1");
    log_reader_send_bad();
    log_reader_send_good("2");
    end_before_settling();
    assert_int_equal(log_reader_offset(), 2);
    assert_int_equal(world_stats(&reader.both.taker).position, 2);
    begin_again();
    assert_int_equal(log_reader_count_dead(), 1);
    assert_int_equal(log_reader_offset(), 4);
    assert_int_equal(reader.heard.count, 2);
    assert_int_equal(log_reader_figures().repeated, 1);
}

/* Only the commit finds out that it is no repetition. */
static void an_offset_does_not_pass_other_contents_of_a_known_id(void **state)
{
    (void)state;
    log_reader_send_good("1");
    world_poll(&reader.both.taker);
    log_reader_send_good("2");
    stranger_send(&reader.stranger, "watch",
                  (struct stranger_says){
                      .id = "1", .key = "k", .data = "{\"amount\":7,\"total\":7}"});
    log_reader_send_good("3");
    end_before_settling();
    assert_true(log_reader_offset() <= 3);
    assert_int_equal(world_stats(&reader.both.taker).position, 3);
    begin_again();
    assert_int_equal(log_reader_count_dead(), 1);
    assert_int_equal(log_reader_offset(), 5);
    assert_int_equal(reader.heard.count, 3);
}

/* The broker answers, and cannot copy the dead letter: it comes again, and is copied
 * then. */
static jangle_transport_settle_fn *settle_at_hub;
static struct jangle_transport_ops failing_ops;
static int failures_left;

static enum jangle_result settle_badly(struct jangle_transport *transport,
                                       struct jangle_settlement *settlements,
                                       size_t count,
                                       struct jangle_error *error)
{
    struct jangle_settlement *dead = NULL;

    for (size_t i = 0; i < count; i++)
        if (settlements[i].disposition == JANGLE_DEAD && failures_left > 0)
            dead = &settlements[i];
    if (!dead)
        return settle_at_hub(transport, settlements, count, error);
    failures_left--;
    dead->disposition = JANGLE_TAKEN; /* so that the hub forgets it */
    assert_result(settle_at_hub(transport, settlements, count, error), JANGLE_OK);
    dead->disposition = JANGLE_DEAD;
    dead->result = JANGLE_NOT_FOUND;
    return JANGLE_OK;
}

static enum jangle_result open_failing(const struct jangle_broker *broker,
                                       const struct jangle_host *host,
                                       const char *name,
                                       struct jangle_transport **transport,
                                       struct jangle_error *error)
{
    struct jangle_broker at_hub = jangle_hub_log_broker(reader.both.hub);
    enum jangle_result result = at_hub.open(&at_hub, host, name, transport, error);

    (void)broker;
    if (result)
        return result;
    failing_ops = *(*transport)->ops;
    settle_at_hub = failing_ops.settle;
    failing_ops.settle = settle_badly;
    (*transport)->ops = &failing_ops;
    return JANGLE_OK;
}

static void a_dead_letter_that_could_not_be_copied_is_read_again(void **state)
{
    (void)state;
    world_close(&reader.both.taker);
    reader.both.taker.config.broker.open = open_failing;
    log_reader_open();
    failures_left = 2;
    log_reader_send_good("1");
    log_reader_send_bad();
    log_reader_send_good("2");
    world_poll(&reader.both.taker);
    assert_int_equal(log_reader_count_dead(), 0);
    assert_int_equal(log_reader_offset(), 2);
    assert_non_null(strstr(log_reader_figures().reason, "could not copy a message"));
    for (int i = 0; i < 20 && !log_reader_count_dead(); i++) {
        neighbours_pass(&reader.both, 40000);
        world_poll(&reader.both.taker);
    }
    assert_int_equal(failures_left, 0);
    assert_int_equal(log_reader_count_dead(), 1);
    assert_int_equal(log_reader_offset(), 4);
    assert_int_equal(reader.heard.count, 2);
}

/* ---- the store fails -------------------------------------------------------- */

/* False: three polls make fewer calls. */
static bool fail_one_call(enum jangle_result result, int64_t at)
{
    struct jangle_flaky flaky = {.storage = jangle_memory(), .result = result};
    bool reached;

    assert_int_equal(set_up(&(void *){NULL}), 0);
    world_close(&reader.both.taker);
    reader.heard.count = 0;
    reader.both.taker.config.storage = jangle_storage_flaky(&flaky);
    log_reader_open();
    log_reader_publish(4);
    log_reader_send_bad();
    log_reader_send_good("1");
    flaky.fail_at = flaky.calls + at;
    for (int i = 0; i < 3; i++)
        (void)jangle_poll(reader.both.taker.jangle, NULL, NULL);
    reached = flaky.calls >= flaky.fail_at;
    flaky.fail_at = 0;
    for (int i = 0; i < 10; i++) {
        neighbours_pass(&reader.both, 40000);
        world_poll(&reader.both.taker);
    }
    assert_int_equal(world_stats(&reader.both.taker).position, 5);
    assert_int_equal(log_reader_count_dead(), 1);
    assert_int_equal(world_checkpoint(&reader.both.taker, LOG_OF_TOPIC), 5);
    assert_int_equal(log_reader_offset(), 3);
    world_close(&reader.both.taker);
    (void)tear_down(NULL);
    return reached;
}

static void fail_each_call_once(enum jangle_result result)
{
    int64_t at = 1;

    while (fail_one_call(result, at))
        at++;
    assert_true(at > 5);
}

static void whatever_call_of_the_store_fails_nothing_is_skipped_or_doubled(void **state)
{
    (void)state;
    fail_each_call_once(JANGLE_BUSY);
    fail_each_call_once(JANGLE_STORAGE);
    fail_each_call_once(JANGLE_UNKNOWN);
}

static const struct jangle_consumer cashier = {
    .name = "watch", .routes = JANGLE_ROUTES({.type = &put_in})};

static void send_command(const char *purse)
{
    char data[64];

    snprintf(data, sizeof data, "{\"purse_id\":\"%s\",\"amount\":1}", purse);
    stranger_send(&reader.stranger, "watch",
                  (struct stranger_says){.type = "put_in",
                                         .key = purse,
                                         .data = data,
                                         .more = "\"messagekind\":\"command\""});
}

static void open_cashier(void)
{
    reader.both.taker.config.aggregates = purse_aggregates;
    consume_with(&reader.both.taker, &cashier);
    world_open(&reader.both.taker, NULL);
    world_poll(&reader.both.taker);
}

/* What is stored of purse "b" cannot be read. */
static void damage_purse(void)
{
    struct jangle_store *store = reader.both.taker.jangle->store;
    struct jangle_record record = {.kind = "purse",
                                   .id = "b",
                                   .type = "coins_put_in",
                                   .type_version = 1,
                                   .payload = "{\"amount\":\"?\"}",
                                   .payload_size = strlen("{\"amount\":\"?\"}"),
                                   .meta = "{}"};
    struct jangle_append append = {.records = &record, .count = 1};
    struct jangle_group group = {.appends = &append, .append_count = 1};

    assert_result(store->ops->commit(store, &group, &reader.both.taker.error), JANGLE_OK);
    assert_result(append.error.result, JANGLE_OK);
}

/* The broker has a copy of what comes again, which is a later message of the log. */
static void an_offset_passes_what_comes_again(void **state)
{
    (void)state;
    world_close(&reader.both.taker);
    open_cashier();
    damage_purse();
    send_command("1");
    send_command("b");
    send_command("1");
    for (int i = 0; i < 20 && !log_reader_figures().again; i++) {
        world_poll(&reader.both.taker);
        assert_true(log_reader_offset() <= 2 || log_reader_figures().again);
        neighbours_pass(&reader.both, 500);
    }
    assert_int_equal(log_reader_figures().again, 1);
    assert_int_equal(log_reader_figures().taken, 2);
    assert_int_equal(log_reader_offset(), 4);
    world_close(&reader.both.taker);
    open_cashier();
    for (int i = 0; i < 100 && !log_reader_figures().again; i++) {
        neighbours_pass(&reader.both, 10000);
        world_poll(&reader.both.taker);
    }
    assert_int_equal(log_reader_figures().again, 1);
    assert_int_equal(log_reader_figures().received,
                     1); /* the copy, and nothing before it */
    assert_int_equal(log_reader_offset(), 5);
}

/* Two commands of one purse are two rounds. When the store fails in the second one, the
 * first is settled already; a pause then gives back what is in hand. False: there are
 * fewer calls. */
static bool pause_after_failure(int64_t at)
{
    struct jangle_flaky flaky = {.storage = jangle_memory(), .result = JANGLE_BUSY};
    bool reached;

    assert_int_equal(set_up(&(void *){NULL}), 0);
    world_close(&reader.both.taker);
    reader.both.taker.config.storage = jangle_storage_flaky(&flaky);
    open_cashier();
    for (int n = 0; n < 3; n++)
        send_command("1");
    flaky.fail_at = flaky.calls + at;
    (void)jangle_poll(reader.both.taker.jangle, NULL, NULL);
    reached = flaky.calls >= flaky.fail_at;
    flaky.fail_at = 0;
    assert_result(jangle_pause(reader.both.taker.jangle, "watch", "Ann", "", NULL),
                  JANGLE_OK);
    world_poll(&reader.both.taker);
    assert_result(jangle_resume(reader.both.taker.jangle, "watch", NULL), JANGLE_OK);
    neighbours_pass(&reader.both, 40000);
    world_poll(&reader.both.taker);
    assert_int_equal(world_stats(&reader.both.taker).position, 3);
    assert_int_equal(log_reader_offset(), 4);
    world_close(&reader.both.taker);
    (void)tear_down(NULL);
    return reached;
}

static void what_is_still_in_hand_is_not_passed(void **state)
{
    int64_t at = 1;

    (void)state;
    while (pause_after_failure(at))
        at++;
    assert_true(at > 5);
}

/* ---- an older file ----------------------------------------------------------- */

static void an_older_file_catches_up_by_itself(void **state)
{
    struct jangle_outcome outcome;
    char path[TEMP_PATH_SIZE];

    (void)state;
    exchange_init(&reader.both, true);
    log_reader_use_logs();
    exchange_open_both(&reader.both);
    for (int i = 0; i < 9; i++)
        assert_result(exchange_send(&reader.both, i, &outcome), JANGLE_OK);
    neighbours_poll(&reader.both);
    temp_directory_path(path, reader.both.taker.directory, "backup.db");
    assert_result(jangle_backup(reader.both.taker.jangle, path, NULL, NULL, NULL),
                  JANGLE_OK);
    for (int i = 9; i < 27; i++)
        assert_result(exchange_send(&reader.both, i, &outcome), JANGLE_OK);
    neighbours_poll(&reader.both);
    assert_true(exchange_is_complete(&reader.both, 27));
    world_close(&reader.both.taker);
    reader.both.taker.config.storage = jangle_sqlite(path);
    exchange_open(&reader.both, &reader.both.taker);
    neighbours_poll(&reader.both);
    assert_true(
        exchange_is_complete(&reader.both, 9)); /* it is a copy, and does not talk */
    assert_result(jangle_resume(reader.both.taker.jangle, "watch", NULL), JANGLE_OK);
    assert_result(jangle_resume(reader.both.taker.jangle, "counter", NULL), JANGLE_OK);
    neighbours_poll(&reader.both);
    assert_int_equal(endpoint_of(&reader.both.taker, "watch").taken, 18);
    assert_int_equal(endpoint_of(&reader.both.taker, "watch").repeated, 0);
    assert_int_equal(endpoint_of(&reader.both.taker, "counter").taken, 18);
    exchange_assert_whole(&reader.both, 27);
    neighbours_finish(&reader.both);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(the_offset_is_in_the_commit_of_what_was_taken),
        WORLD_TEST_IN_FILE(a_consumer_that_comes_back_goes_on_behind_what_it_has),
        WORLD_TEST(what_no_row_wants_is_passed_too),
        WORLD_TEST_IN_FILE(an_offset_passes_a_dead_letter_when_that_is_copied),
        WORLD_TEST_IN_FILE(an_offset_does_not_pass_other_contents_of_a_known_id),
        WORLD_TEST_IN_FILE(a_dead_letter_that_could_not_be_copied_is_read_again),
        cmocka_unit_test(whatever_call_of_the_store_fails_nothing_is_skipped_or_doubled),
        cmocka_unit_test(what_is_still_in_hand_is_not_passed),
        WORLD_TEST_IN_FILE(an_offset_passes_what_comes_again),
        cmocka_unit_test(an_older_file_catches_up_by_itself),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
