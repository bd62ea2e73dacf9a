/* cause.c - what the store keeps of a command's origin: its type, the event that led to
 * it, and who sent it. */
#include "support/domains/neighbours.h"
#include "support/domains/request.h"
#include "support/stores/sql.h"

#include "core/engine.h"

#include <stdio.h>
#include <string.h>

static const struct jangle_aggregates aggregates = JANGLE_AGGREGATES(&till_aggregate);

static int set_up(void **state)
{
    static struct world world;

    world_init(&world, *state != NULL);
    world.config.aggregates = aggregates;
    *state = &world;
    return 0;
}

static int tear_down(void **state)
{
    world_finish(*state);
    return 0;
}

/* ---- reading ----------------------------------------------------------------- */

static char shown[200];

static enum jangle_result show_command(void *context,
                                       const struct jangle_stored_command *command)
{
    const struct jangle_command_from *from = &command->from;

    (void)context;
    snprintf(shown, sizeof shown, "%s %d of event %lld by %s",
             from->type ? from->type : "-", from->type_version, (long long)from->cause,
             from->sender ? from->sender : "-");
    return JANGLE_OK;
}

/* "pay_in 1 of event 3 by courier", or "NOT_FOUND". */
static const char *origin_of(struct world *world, const char *command_id)
{
    struct jangle_store *store = world->jangle->store;
    struct jangle_error error = {0};
    enum jangle_result result =
        store->ops->read_command(store, command_id, show_command, NULL, &error);

    return result ? jangle_result_name(result) : shown;
}

struct found {
    const char *type;
    int64_t position;
    char command_id[JANGLE_ID_SIZE * 3];
};

static enum jangle_result find_event(void *context, const struct jangle_record *record)
{
    static const char member[] = "\"causation_id\":\"";
    struct found *found = context;
    const char *id = strstr(record->meta, member);

    if (strcmp(record->type, found->type) != 0)
        return JANGLE_OK;
    assert_non_null(id);
    id += strlen(member);
    found->position = record->position;
    snprintf(found->command_id, sizeof found->command_id, "%.*s", (int)strcspn(id, "\""),
             id);
    return JANGLE_OK;
}

/* The last event of that type, and the command that it is of. */
static struct found last_of(struct world *world, const char *type)
{
    struct jangle_store *store = world->jangle->store;
    struct jangle_error error = {0};
    struct found found = {.type = type};

    assert_result(store->ops->read_all(store, 0, 1000, find_event, &found, &error),
                  JANGLE_OK);
    assert_true(found.position > 0);
    return found;
}

static void assert_origin(struct world *world,
                          const char *event,
                          const char *command,
                          int64_t cause,
                          const char *sender)
{
    char wanted[sizeof shown];
    struct found found = last_of(world, event);

    snprintf(wanted, sizeof wanted, "%s 1 of event %lld by %s", command, (long long)cause,
             sender);
    assert_string_equal(origin_of(world, found.command_id), wanted);
}

/* ---- the program ------------------------------------------------------------- */

static void a_command_of_the_program_has_a_type_and_no_sender(void **state)
{
    struct world *world = *state;

    world_open(world, NULL);
    assert_result(jangle_send_in(world->jangle, NULL, jangle_envelope(.command_id = "c"),
                                 open_till, .till_id = "a", .amount = 5),
                  JANGLE_OK);
    assert_string_equal(origin_of(world, "c"), "open_till 1 of event 0 by -");
}

/* Nobody can ask for it under an id that he does not know. Its events say what its
 * id was. */
static void a_command_without_an_id_leaves_nothing(void **state)
{
    struct world *world = *state;

    world_open(world, NULL);
    assert_result(
        jangle_send(world->jangle, NULL, open_till, .till_id = "a", .amount = 5),
        JANGLE_OK);
    assert_string_equal(origin_of(world, last_of(world, "till_opened").command_id),
                        "NOT_FOUND");
}

/* ---- a handler --------------------------------------------------------------- */

static int failures;

static enum jangle_result carry(struct jangle_delivery *delivery,
                                const struct jangle_event *event)
{
    const struct paid_out *out = event->data;
    enum jangle_result result =
        jangle_delivery_send(delivery, pay_in, .till_id = out->to_id,
                             .move_id = out->move_id, .amount = out->amount);

    if (!result && failures-- > 0)
        return jangle_delivery_fail(delivery, JANGLE_RETRY, "the road is closed");
    return result;
}

static const struct jangle_subscriber courier = {.name = "courier",
                                                 .handlers =
                                                     JANGLE_HANDLERS({&paid_out, carry}),
                                                 .start = JANGLE_FROM_FIRST};

static void open_with_courier(struct world *world)
{
    world_open(world, &courier, NULL);
    jangle_send(world->jangle, NULL, open_till, .till_id = "a", .amount = 100);
    jangle_send(world->jangle, NULL, open_till, .till_id = "b");
}

/* The steps of a delivery are forgotten when it is done, and this stays. */
static void what_a_handler_sends_names_its_event_and_its_handler(void **state)
{
    struct world *world = *state;

    failures = 1;
    open_with_courier(world);
    assert_result(tills_pay_out(world, "a", "m1", "b", 10), JANGLE_OK);
    world_settle(world, 20);
    assert_int_equal(tills_content(world, "b"), 10);
    assert_origin(world, "paid_in", "pay_in", 3, "courier");
}

/* ---- a saga ------------------------------------------------------------------ */

static void a_step_of_a_saga_names_its_event_and_its_saga(void **state)
{
    struct world *world = *state;

    tills_open(world, &move_saga);
    assert_result(tills_pay_out(world, "a", "m1", "b", 10), JANGLE_OK);
    world_settle(world, 20);
    assert_int_equal(tills_content(world, "b"), 10);
    assert_origin(world, "paid_in", "pay_in", last_of(world, "paid_out").position,
                  "move");
}

static void a_step_of_a_timeout_names_its_saga_and_no_event(void **state)
{
    struct world *world = *state;

    request.stuck = true;
    request_call(world, "take");
    request_pass(world, HOUR_MS);
    assert_int_equal(tills_content(world, "a"), 100);
    assert_origin(world, "given_back", "give_back", 0, till_request_saga.name);
    assert_origin(world, "paid_out", "pay_out", last_of(world, "move_called").position,
                  till_request_saga.name);
}

/* ---- a consumer -------------------------------------------------------------- */

static void what_a_consumer_takes_names_its_type_and_the_consumer(void **state)
{
    struct neighbours neighbours;
    sqlite3 *files = NULL;

    (void)state;
    neighbours_init(&neighbours, true);
    publish_with(&neighbours.sender, &purse_news);
    consume_with(&neighbours.taker, &purse_watch);
    world_open(&neighbours.taker, NULL);
    neighbours_poll(&neighbours);
    world_open(&neighbours.sender, NULL);
    neighbours_poll(&neighbours);
    world_put(&neighbours.sender, "a");
    neighbours_poll(&neighbours);
    assert_int_equal(world_stats(&neighbours.taker).position, 1);
    world_close(&neighbours.taker);
    sql_attach(&files, neighbours.taker.file, "taker");
    assert_int_equal(
        sql_ask(files,
                "SELECT count(*) FROM taker.commands AS c"
                " JOIN taker.types AS t ON t.id = c.type"
                " JOIN taker.subscribers AS s ON s.id = c.sender"
                " WHERE t.name = 'coins_put_in' AND c.cause = 0 AND s.name = %Q",
                purse_watch.name),
        1);
    sqlite3_close(files);
    neighbours_finish(&neighbours);
}

#define REQUEST_TEST(test)                                                               \
    {                                                                                    \
#test, test, request_set_up, request_tear_down, &world_in_file                   \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(a_command_of_the_program_has_a_type_and_no_sender),
        WORLD_TEST(a_command_without_an_id_leaves_nothing),
        WORLD_TEST(what_a_handler_sends_names_its_event_and_its_handler),
        WORLD_TEST(a_step_of_a_saga_names_its_event_and_its_saga),
        REQUEST_TEST(a_step_of_a_timeout_names_its_saga_and_no_event),
        cmocka_unit_test(what_a_consumer_takes_names_its_type_and_the_consumer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
