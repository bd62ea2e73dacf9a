/* follower.c - subscribers that do as they are told, on a clock that is moved by hand. */
#include "support/domains/follower.h"
#include "command/commands.h"

#include "command/commit.h"
#include "core/engine.h"

#include "subscription/survey.h"

#include <stdlib.h>

/* ---- a subscriber ------------------------------------------------------------ */

static void write_down(struct follower *follower,
                       const struct jangle_delivery *delivery,
                       const struct jangle_event *event,
                       bool handled)
{
    struct follower_seen *seen;

    if (follower->count == follower->limit) {
        follower->limit = follower->limit ? 2 * follower->limit : 64;
        follower->seen =
            realloc(follower->seen, follower->limit * sizeof *follower->seen);
        assert_non_null(follower->seen);
    }
    seen = &follower->seen[follower->count++];
    *seen = (struct follower_seen){.position = event->position,
                                   .version = event->version,
                                   .attempt = delivery->attempt,
                                   .handled = handled};
    snprintf(seen->id, sizeof seen->id, "%s", event->aggregate_id);
}

static bool is_to_fail(const struct follower *follower, const struct jangle_event *event)
{
    if (!follower->failures)
        return false;
    if (follower->fails_at == event->position || follower->fails_up_to >= event->position)
        return true;
    return follower->fails_for &&
           (!follower->fails_for[0] || !strcmp(follower->fails_for, event->aggregate_id));
}

enum jangle_result follower_handle(struct jangle_delivery *delivery,
                                   const struct jangle_event *event)
{
    struct follower *follower = delivery->context;
    bool fails = is_to_fail(follower, event);
    bool refuses = follower->refuses;

    if (follower->judge) {
        enum follower_outcome outcome = follower->judge(event->position);

        fails = outcome != FOLLOWER_HANDLES;
        refuses = outcome == FOLLOWER_REFUSES;
    }
    write_down(follower, delivery, event, !fails);
    if (!fails)
        return JANGLE_OK;
    follower->failures -= follower->failures > 0;
    if (refuses)
        return jangle_delivery_reject(delivery, "never of purse %s", event->aggregate_id);
    if (follower->retry_in_ms || follower->asks_again)
        return jangle_delivery_retry_in(delivery, follower->retry_in_ms);
    if (follower->result)
        return follower->result;
    return jangle_delivery_fail(delivery, JANGLE_REJECTED, "not now, purse %s",
                                event->aggregate_id);
}

const struct jangle_handler follower_handlers[] = {
    {&coins_put_in, follower_handle},
    {&coins_taken_out, follower_handle},
};

void follower_clear(struct follower *follower)
{
    free(follower->seen);
    follower->seen = NULL;
    follower->count = follower->limit = 0;
}

int follower_calls(const struct follower *follower, int64_t position)
{
    int calls = 0;

    for (size_t i = 0; i < follower->count; i++)
        calls += follower->seen[i].position == position;
    return calls;
}

int follower_handled(const struct follower *follower, int64_t position)
{
    int handled = 0;

    for (size_t i = 0; i < follower->count; i++)
        handled += follower->seen[i].handled && follower->seen[i].position == position;
    return handled;
}

/* Quadratic in purses only: each event is compared with the last one of its purse. */
void follower_assert_all(const struct follower *follower, int64_t first, int64_t last)
{
    size_t size = (size_t)(last + 1);
    unsigned char *handled = calloc(size, 1);
    int64_t *versions = calloc(100000, sizeof *versions);

    assert_non_null(handled);
    assert_non_null(versions);
    for (size_t i = 0; i < follower->count; i++) {
        const struct follower_seen *seen = &follower->seen[i];
        size_t purse = (size_t)strtoul(seen->id, NULL, 10);

        if (!seen->handled)
            continue;
        assert_true(seen->position >= first && seen->position <= last && purse < 100000);
        assert_int_equal(handled[seen->position]++, 0);
        assert_true(seen->version > versions[purse]);
        versions[purse] = seen->version;
    }
    for (int64_t position = first; position <= last; position++)
        assert_int_equal(handled[position], 1);
    free(versions);
    free(handled);
}

/* ---- a world ----------------------------------------------------------------- */

static jangle_time now(void *context)
{
    struct world *world = context;

    return (jangle_time){world->now_us};
}

static int64_t monotonic_us(void *context)
{
    struct world *world = context;

    return world->monotonic_us;
}

int world_in_file;

void world_init(struct world *world, bool in_file)
{
    *world = (struct world){0};
    world->now_us = INT64_C(1700000000000000);
    world->monotonic_us = INT64_C(1000000000);
    world->config.aggregates = purse_aggregates;
    world->config.host.clock = (struct jangle_clock){now, monotonic_us, world};
    world->config.host.logger = jangle_logger_none();
    world->config.storage = jangle_memory();
    if (!in_file)
        return;
    assert_true(temp_directory_make(world->directory));
    temp_directory_path(world->file, world->directory, "purses.db");
    world->config.storage = jangle_sqlite(world->file);
}

void world_finish(struct world *world)
{
    world_close(world);
    if (world->directory[0])
        temp_directory_remove(world->directory);
}

static bool
try_open(struct world *world, const struct jangle_subscriber *first, va_list subscribers)
{
    size_t count = 0;

    assert_null(world->jangle);
    for (; first; first = va_arg(subscribers, const struct jangle_subscriber *)) {
        assert_true(count < sizeof world->subscribers / sizeof *world->subscribers);
        world->subscribers[count++] = first;
    }
    world->config.subscribers =
        (struct jangle_subscribers){count ? world->subscribers : NULL, count};
    world->error = (struct jangle_error){0};
    world->jangle = jangle_open(&world->config, &world->error);
    return world->jangle != NULL;
}

bool world_try_open(struct world *world, const struct jangle_subscriber *first, ...)
{
    va_list subscribers;
    bool open;

    va_start(subscribers, first);
    open = try_open(world, first, subscribers);
    va_end(subscribers);
    return open;
}

void world_open(struct world *world, const struct jangle_subscriber *first, ...)
{
    va_list subscribers;
    bool open;

    va_start(subscribers, first);
    open = try_open(world, first, subscribers);
    va_end(subscribers);
    if (!open)
        print_error("%s\n", world->error.message);
    assert_true(open);
}

void world_close(struct world *world)
{
    assert_result(jangle_close(world->jangle, -1), JANGLE_OK);
    world->jangle = NULL;
}

void world_pass(struct world *world, int64_t ms)
{
    world->now_us += ms * 1000;
    world->monotonic_us += ms * 1000;
}

int64_t world_put(struct world *world, const char *purse)
{
    struct jangle_outcome outcome;

    jangle_send(world->jangle, &outcome, put_in, .purse_id = purse, .amount = 1);
    assert_string_equal(outcome.error.message, "");
    return outcome.position;
}

void world_put_many(struct world *world, int64_t count, int purses)
{
    for (int64_t i = 0; i < count; i++) {
        char purse[24];

        snprintf(purse, sizeof purse, "%d", (int)(i % purses));
        world_put(world, purse);
    }
}

void world_store(struct world *world, const char *id, int version, const char *json)
{
    struct jangle_store *store = world->jangle->store;
    struct jangle_record record = {.kind = "purse",
                                   .id = id,
                                   .type = "coins_put_in",
                                   .type_version = version,
                                   .payload = json,
                                   .payload_size = strlen(json),
                                   .meta = "{}"};
    struct jangle_append append = {.records = &record, .count = 1};
    struct jangle_group group = {.appends = &append, .append_count = 1};

    jn_host_id(&world->jangle->host, record.event_id);
    assert_result(store->ops->commit(store, &group, &world->error), JANGLE_OK);
    assert_result(append.error.result, JANGLE_OK);
}

int64_t world_poll(struct world *world)
{
    int64_t total = 0, done;

    do {
        enum jangle_result result = jangle_poll(world->jangle, &done, &world->error);

        if (result)
            print_error("%s\n", world->error.message);
        assert_result(result, JANGLE_OK);
        total += done;
    } while (done);
    return total;
}

void world_settle(struct world *world, int rounds)
{
    struct jangle_left left;

    while (rounds-- > 0) {
        assert_result(jangle_drain(world->jangle, -1, &left, &world->error), JANGLE_OK);
        if (!left.parked && !left.suspended)
            return;
        world_pass(world, 60000);
    }
    fail_msg("%lld parked, %lld suspended", (long long)left.parked,
             (long long)left.suspended);
}

struct jangle_subscriber_stats world_measure(struct world *world, const char *name)
{
    struct jangle_subscriber_stats stats;

    assert_result(jangle_measure_subscriber(world->jangle, name, &stats, &world->error),
                  JANGLE_OK);
    return stats;
}

bool world_is_held(struct world *world, const char *name)
{
    struct jn_survey survey;

    jn_survey(jn_subscription_find(world->jangle, name), &survey);
    return survey.hold != JN_NOT_HELD;
}

struct jangle_stats world_stats(struct world *world)
{
    struct jangle_stats stats;

    jangle_measure(world->jangle, &stats);
    return stats;
}

static enum jangle_result count_row(void *context, const struct jangle_parked *parked)
{
    (void)parked;
    ++*(int64_t *)context;
    return JANGLE_OK;
}

int64_t world_stored_rows(struct world *world, const char *name)
{
    struct jangle_store *store = world->jangle->store;
    jangle_time all = {0};
    int64_t rows = 0;

    assert_result(store->ops->read_parked(store, name, all, INT32_MAX, count_row, &rows,
                                          &world->error),
                  JANGLE_OK);
    return rows;
}

int64_t world_rows(struct world *world, const char *name)
{
    assert_result(jn_committer_flush(&world->jangle->commands->committer, &world->error),
                  JANGLE_OK);
    return world_stored_rows(world, name);
}

int64_t world_checkpoint(struct world *world, const char *name)
{
    struct jangle_store *store = world->jangle->store;
    struct jangle_checkpoint checkpoint = {0};

    assert_result(store->ops->find_checkpoint(store, name, &checkpoint, &world->error),
                  JANGLE_OK);
    return checkpoint.position;
}
