/* opening.c - what jangle_open refuses, and with which words. */
#include "support/domains/purse.h"
#include "support/temp_directory.h"
#include "support/test.h"

#include <jangle/plugin/snapshot_store.h>
#include <jangle/plugin/view_store.h>
#include <jangle/testing.h>

#include <string.h>

static struct jangle_error error;

/* Refused, and the sentence has that word. */
static void
refuses(struct jangle_config config, enum jangle_result result, const char *word)
{
    struct jangle *jangle;

    config.host.logger = jangle_logger_none();
    jangle = jangle_open(&config, &error);
    assert_null(jangle);
    assert_result(error.result, result);
    if (!strstr(error.message, word))
        fail_msg("\"%s\" does not name %s", error.message, word);
    assert_null(jangle_open(&config, NULL));
}

static void a_storage_is_needed(void **state)
{
    (void)state;
    refuses((struct jangle_config){.aggregates = purse_aggregates}, JANGLE_INVALID,
            "jangle_memory()");
}

static void a_setting_out_of_range_is_named(void **state)
{
    (void)state;
    refuses((struct jangle_config){.storage = jangle_memory(), .group_count = -1},
            JANGLE_INVALID, "group_count");
}

static void a_path_that_leads_nowhere_is_named(void **state)
{
    (void)state;
    refuses((struct jangle_config){.storage = jangle_sqlite("/nowhere/at/all.db")},
            JANGLE_STORAGE, "/nowhere/at/all.db");
}

static void a_table_that_cannot_be_is_named(void **state)
{
    const struct jangle_aggregate *const twice[] = {&purse_aggregate, &purse_aggregate};

    (void)state;
    refuses((struct jangle_config){.storage = jangle_memory(),
                                   .aggregates = JANGLE_ARRAY(twice)},
            JANGLE_INVALID, "purse");
}

/* Copying comes before checking: neither reads past what is there. */
static void a_list_without_a_number_or_without_items_is_named(void **state)
{
    static const struct jangle_log_level loud[] = {
        {JANGLE_LOG_OPENED, JANGLE_LEVEL_ERROR}};
    struct jangle_config config = {.storage = jangle_memory()};

    (void)state;
    config.aggregates = (struct jangle_aggregates){purse_aggregates.items, 0};
    refuses(config, JANGLE_INVALID, "config.aggregates has items but a count of 0");
    config.aggregates = (struct jangle_aggregates){NULL, 3};
    refuses(config, JANGLE_INVALID, "config.aggregates has a count of 3 but no items");
    config.aggregates = purse_aggregates;
    config.subscribers.count = 1;
    refuses(config, JANGLE_INVALID, "config.subscribers has a count of 1 but no items");
    config.subscribers.count = 0;
    config.sagas.count = 1;
    refuses(config, JANGLE_INVALID, "config.sagas has a count of 1 but no items");
    config.sagas.count = 0;
    config.log_levels.items = loud;
    refuses(config, JANGLE_INVALID, "config.log_levels has items but a count of 0");
}

static enum jangle_result never(struct jangle_delivery *delivery,
                                const struct jangle_event *event)
{
    (void)delivery;
    (void)event;
    return JANGLE_OK;
}

static const struct jangle_subscriber mail = {
    .name = "mail", .handlers = JANGLE_HANDLERS({&coins_put_in, never})};

static void a_handler_of_what_nobody_emits_is_named(void **state)
{
    struct jangle_config config = {.storage = jangle_memory(),
                                   .subscribers = JANGLE_SUBSCRIBERS(&mail)};

    (void)state;
    refuses(config, JANGLE_INVALID,
            "mail.handlers[0]: no aggregate of this program emits coins_put_in");
}

/* ---- backends of another time ------------------------------------------------ */

static struct jangle_store_ops store_ops;
static struct jangle_snapshot_store_ops snapshot_ops;
static struct jangle_view_store_ops view_ops;
static struct jangle_store store = {&store_ops};
static struct jangle_snapshot_store snapshots = {&snapshot_ops};
static struct jangle_view_store views = {&view_ops};

static enum jangle_result open_odd(const struct jangle_storage *storage,
                                   const struct jangle_host *host,
                                   struct jangle_stores *stores,
                                   struct jangle_error *why)
{
    (void)storage, (void)host, (void)why;
    *stores =
        (struct jangle_stores){.store = &store, .snapshots = &snapshots, .views = &views};
    return JANGLE_OK;
}

static void a_backend_of_another_contract_is_not_touched(void **state)
{
    struct jangle_config config = {.storage = {.location = "odd", .open = open_odd}};

    (void)state;
    store_ops.abi = 2;
    refuses(config, JANGLE_INVALID, "store was made for version 2");
    store_ops.abi = 1;
    refuses(config, JANGLE_INVALID, "snapshot store was made for version 0");
    snapshot_ops.abi = 1;
    view_ops.abi = 7;
    refuses(config, JANGLE_INVALID, "view store was made for version 7");
}

static void what_is_asked_of_a_closing_one_is_refused(void **state)
{
    struct jangle_config config = {.storage = jangle_memory(),
                                   .aggregates = purse_aggregates,
                                   .host = {.logger = jangle_logger_none()}};
    struct jangle *jangle = jangle_open(&config, &error);
    struct jangle_outcome outcome;

    (void)state;
    assert_non_null(jangle);
    jangle_stop(jangle);
    assert_result(jangle_send(jangle, &outcome, put_in, .purse_id = "1", .amount = 1),
                  JANGLE_CLOSED);
    assert_result(jangle_poll(jangle, NULL, NULL), JANGLE_CLOSED);
    assert_result(jangle_close(jangle, 0), JANGLE_OK);
    assert_result(jangle_close(NULL, 0), JANGLE_OK);
}

/* ---- what is NULL ------------------------------------------------------------ */

static void a_configuration_that_is_null_is_refused(void **state)
{
    (void)state;
    assert_null(jangle_open(NULL, &error));
    assert_result(error.result, JANGLE_INVALID);
    assert_non_null(strstr(error.message, "config is NULL"));
    assert_null(jangle_open(NULL, NULL));
}

/* Fails, and says that it is NULL. */
static void is_null(enum jangle_result result, const struct jangle_error *why)
{
    assert_result(result, JANGLE_CLOSED);
    assert_result(why->result, JANGLE_CLOSED);
    assert_non_null(strstr(why->message, "the jangle is NULL"));
}

#define IS_NULL(call) is_null(call, &error)

static enum jangle_result visit_name(void *context, const char *subscriber)
{
    (void)context, (void)subscriber;
    return JANGLE_OK;
}

static enum jangle_result visit_dead_letter(void *context,
                                            const struct jangle_dead_letter *letter)
{
    (void)context, (void)letter;
    return JANGLE_OK;
}

static enum jangle_result visit_saga(void *context, const struct jangle_saga_info *info)
{
    (void)context, (void)info;
    return JANGLE_OK;
}

static void what_is_sent_to_nobody_is_refused(void **state)
{
    struct jangle *none = NULL;
    struct jangle_outcome outcome;
    struct jangle_answer answer = {0};

    (void)state;
    is_null(jangle_send(none, &outcome, put_in, .purse_id = "1", .amount = 1),
            &outcome.error);
    is_null(jangle_send_json(none, &outcome, NULL, "put_in", "{}"), &outcome.error);
    is_null(jangle_outcome_of(none, "1", &outcome), &outcome.error);
    is_null(jangle_ask_(none, &answer, &put_in, &(struct put_in){"1", 1}), &answer.error);
    is_null(jangle_ask_json(none, &answer, "get", "{}"), &answer.error);
    assert_result(jangle_send(none, NULL, put_in, .purse_id = "1", .amount = 1),
                  JANGLE_CLOSED);
}

static void what_is_asked_of_nobody_is_refused(void **state)
{
    struct jangle *none = NULL;
    struct jangle_subscriber_stats figures;
    struct jangle_stats stats;

    (void)state;
    IS_NULL(jangle_poll(none, NULL, &error));
    IS_NULL(jangle_wait(none, "it", 1, 0, &error));
    IS_NULL(jangle_drain(none, 0, NULL, &error));
    IS_NULL(jangle_drain_parked(none, 0, NULL, &error));
    IS_NULL(jangle_replay(none, "it", NULL, &error));
    IS_NULL(jangle_shuffle(none, "it", 1, 1, &error));
    IS_NULL(jangle_subscriber_reset(none, "it", 0, &error));
    IS_NULL(jangle_subscriber_forget(none, "it", &error));
    IS_NULL(jangle_subscriber_visit(none, visit_name, NULL, &error));
    IS_NULL(jangle_backup(none, "copy.db", NULL, NULL, &error));
    IS_NULL(jangle_measure_subscriber(none, "it", &figures, &error));
    IS_NULL(jangle_dead_letter_visit(none, NULL, visit_dead_letter, NULL, &error));
    IS_NULL(jangle_dead_letter_retry(none, "it", 1, &error));
    IS_NULL(jangle_dead_letter_skip(none, "it", 1, &error));
    IS_NULL(jangle_parked_visit(none, NULL, visit_dead_letter, NULL, &error));
    IS_NULL(jangle_parked_retry(none, "it", 1, &error));
    IS_NULL(jangle_parked_skip(none, "it", 1, &error));
    IS_NULL(jangle_saga_visit(none, "it", JANGLE_SAGA_OPEN, visit_saga, NULL, &error));
    IS_NULL(jangle_saga_show(none, "it", "1", visit_saga, NULL, &error));
    IS_NULL(jangle_saga_retry(none, "it", "1", &error));
    IS_NULL(jangle_saga_resume(none, "it", "1", 0, &error));
    IS_NULL(jangle_saga_finish(none, "it", "1", "because", &error));
    jangle_measure(none, &stats);
    assert_int_equal(stats.position, 0);
    jangle_log(none, JANGLE_LEVEL_INFO, "to nobody");
    jangle_stop(none);
    assert_result(jangle_close(none, -1), JANGLE_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_storage_is_needed),
        cmocka_unit_test(a_setting_out_of_range_is_named),
        cmocka_unit_test(a_path_that_leads_nowhere_is_named),
        cmocka_unit_test(a_table_that_cannot_be_is_named),
        cmocka_unit_test(a_list_without_a_number_or_without_items_is_named),
        cmocka_unit_test(a_handler_of_what_nobody_emits_is_named),
        cmocka_unit_test(a_backend_of_another_contract_is_not_touched),
        cmocka_unit_test(what_is_asked_of_a_closing_one_is_refused),
        cmocka_unit_test(a_configuration_that_is_null_is_refused),
        cmocka_unit_test(what_is_sent_to_nobody_is_refused),
        cmocka_unit_test(what_is_asked_of_nobody_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
