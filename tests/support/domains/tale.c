/* tale.c - a tale with a bit of everything, to be told while something fails. */
#include "support/domains/tale.h"

#include "core/engine.h"

#include <jangle/view.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* ---- who follows ------------------------------------------------------------- */

struct get_tale {
    bool all;
};

struct tale_purse {
    const char *purse_id;
    int64_t total;
    int64_t events;
};

struct tale_purses {
    struct tale_purse *items;
    size_t count;
};

struct tale_shown {
    struct tale_purses purses;
};

static JANGLE_STRUCT(tale_purse, purse_id, total, events);
static JANGLE_STRUCT(tale_shown, list(purses, tale_purse));
static JANGLE_QUERY(get_tale, all, answer(tale_shown));

/* The first statement fails if the event was shown before. */
static enum jangle_result show(const struct jangle_delivery *delivery,
                               const struct jangle_event *event,
                               int64_t amount)
{
    jangle_view_run(delivery->view, "INSERT INTO events VALUES (?)", event->position);
    return jangle_view_run(delivery->view,
                           "INSERT INTO purses VALUES (?, ?, 1) ON CONFLICT (purse_id) DO"
                           " UPDATE SET total = total + excluded.total,"
                           " events = events + 1",
                           event->aggregate_id, amount);
}

static enum jangle_result show_put_in(struct jangle_delivery *delivery,
                                      const struct jangle_event *event)
{
    return show(delivery, event, ((const struct coins_put_in *)event->data)->amount);
}

static enum jangle_result show_taken_out(struct jangle_delivery *delivery,
                                         const struct jangle_event *event)
{
    return show(delivery, event, -((const struct coins_taken_out *)event->data)->amount);
}

static enum jangle_result answer_tale(struct jangle_answer *answer,
                                      const struct jangle_query *query)
{
    struct tale_purses purses = {0};

    jangle_view_list(query->view, &purses, tale_purse,
                     "SELECT purse_id, total, events FROM purses ORDER BY purse_id");
    return jangle_answer_with(answer, tale_shown, .purses = purses);
}

static const struct jangle_subscriber view = {
    .name = "totals",
    .handlers =
        JANGLE_HANDLERS({&coins_put_in, show_put_in}, {&coins_taken_out, show_taken_out}),
    .answerers = JANGLE_ANSWERERS({&get_tale, answer_tale}),
    .schema =
        "CREATE TABLE events (position INTEGER PRIMARY KEY);"
        "CREATE TABLE purses (purse_id TEXT PRIMARY KEY, total INTEGER,"
        " events INTEGER)"};

static struct follower seen;
static const struct jangle_subscriber watcher = {.name = "watcher",
                                                 .context = &seen,
                                                 .handlers =
                                                     JANGLE_ARRAY(follower_handlers),
                                                 .start = JANGLE_FROM_FIRST};

void tale_init(struct tale *tale, bool in_file)
{
    *tale = (struct tale){0};
    world_init(&tale->world, in_file);
    tale->world.config.retry.max_attempts = -1;
    follower_clear(&seen);
    seen = (struct follower){.fails_for = "2", .failures = 2};
}

void tale_finish(struct tale *tale)
{
    world_finish(&tale->world);
    follower_clear(&seen);
}

bool tale_open(struct tale *tale)
{
    return world_try_open(&tale->world, &view, &watcher, NULL);
}

/* ---- telling ----------------------------------------------------------------- */

static void write_down(struct tale *tale,
                       enum jangle_result result,
                       const struct jangle_outcome *outcome,
                       int events)
{
    struct tale_answer *answer = &tale->answers[tale->count++];

    assert_true(tale->count <= TALE_COMMANDS);
    assert_result(result, outcome->error.result);
    assert_true(!result || outcome->error.message[0]);
    answer->result = result;
    answer->position = outcome->position;
    answer->events = events;
    memcpy(answer->command_id, outcome->command_id, sizeof answer->command_id);
}

static void put(struct tale *tale, const char *purse, int64_t amount)
{
    struct jangle_outcome outcome;
    enum jangle_result result = jangle_send(tale->world.jangle, &outcome, put_in,
                                            .purse_id = purse, .amount = amount);

    write_down(tale, result, &outcome, 1);
}

static void take(struct tale *tale, const char *purse, int64_t amount)
{
    struct jangle_outcome outcome;
    enum jangle_result result = jangle_send(tale->world.jangle, &outcome, take_out,
                                            .purse_id = purse, .amount = amount);

    write_down(tale, result, &outcome, 1);
}

/* With an id of its own, three times: one answer, the best of them. */
static void put_thrice(struct tale *tale)
{
    const struct jangle_envelope envelope = {.command_id = "once",
                                             .origin.actor = "the teller"};
    struct jangle_outcome outcome,
        best = {.error.result = JANGLE_BUSY, .error.message = "never sent"};

    for (int i = 0; i < 3; i++) {
        enum jangle_result result =
            jangle_send_in(tale->world.jangle, &outcome, &envelope, put_in,
                           .purse_id = "1", .amount = 7);

        if (best.error.result == JANGLE_OK && result == JANGLE_OK)
            assert_int_equal(outcome.position, best.position);
        if (result == JANGLE_OK || best.error.result != JANGLE_OK)
            if (best.error.result != JANGLE_UNKNOWN || result == JANGLE_OK)
                best = outcome;
    }
    write_down(tale, best.error.result, &best, 1);
}

/* The same name for two purses: the second may not have it. */
static void name(struct tale *tale, const char *purse)
{
    struct jangle_outcome outcome;
    enum jangle_result result = jangle_send(tale->world.jangle, &outcome, name_purse,
                                            .purse_id = purse, .name = "gold");

    write_down(tale, result, &outcome, 2);
}

static void report(struct tale *tale)
{
    struct jangle_outcome outcome;
    enum jangle_result result =
        jangle_send(tale->world.jangle, &outcome, report_purse, .purse_id = "0");

    write_down(tale, result, &outcome, 1);
}

static void look(struct tale *tale)
{
    struct jangle_outcome outcome;
    enum jangle_result result =
        jangle_send(tale->world.jangle, &outcome, look_in, .purse_id = "0");

    write_down(tale, result, &outcome, 0);
}

static void ask(struct tale *tale)
{
    struct tale_reading *reading = &tale->readings[tale->reading_count++];
    struct jangle_answer answer = {0};

    if (!jangle_ask(tale->world.jangle, &answer, get_tale, .all = true)) {
        const struct tale_shown *shown = answer.data;

        *reading = (struct tale_reading){.told = true, .position = answer.position};
        for (size_t i = 0; i < shown->purses.count; i++) {
            reading->total += shown->purses.items[i].total;
            reading->events += shown->purses.items[i].events;
        }
    } else {
        assert_true(answer.error.result && answer.error.message[0]);
        assert_null(answer.data);
    }
    jangle_answer_free(&answer);
    if (!jangle_ask_json(tale->world.jangle, &answer, "get_tale", "{\"all\":true}"))
        assert_memory_equal(answer.data, "{\"purses\":[", 11);
    jangle_answer_free(&answer);
}

/* What fails must not look like a view that differs. */
static void replay(struct tale *tale, bool compare)
{
    const struct jangle_replay_options options = {.compare = compare};
    struct jangle_error error;
    enum jangle_result result =
        jangle_replay(tale->world.jangle, "totals", &options, &error);

    if (result == JANGLE_INVALID)
        fail_msg("%s", error.message);
    assert_true(!result || error.message[0]);
}

static void poll(struct tale *tale)
{
    jangle_poll(tale->world.jangle, NULL, NULL);
    world_pass(&tale->world, 2000);
}

void tale_tell(struct tale *tale)
{
    for (int i = 0; i < 26; i++) {
        put(tale, i % 5 == 4 ? "2" : "0", i + 1);
        if (i % 4 == 3)
            poll(tale);
    }
    put_thrice(tale);
    name(tale, "0");
    name(tale, "1");
    report(tale);
    take(tale, "0", 5);
    take(tale, "0", 1000000);
    look(tale);
    report(tale);
    ask(tale);
    jangle_drain(tale->world.jangle, -1, NULL, NULL);
    ask(tale);
    replay(tale, true);
    replay(tale, false);
    put(tale, "2", 3);
    jangle_wait(tale->world.jangle, "totals", 1, -1, NULL);
    ask(tale);
}

/* ---- checking ---------------------------------------------------------------- */

struct log {
    struct tale *tale;
    int64_t last, events, total; /* of coins */
    int found[TALE_COMMANDS];
    int64_t positions[TALE_COMMANDS]; /* of the last one found */
    int names;
    bool readings[8];
};

static void check_readings(struct log *log)
{
    struct tale *tale = log->tale;

    for (size_t i = 0; i < tale->reading_count; i++) {
        const struct tale_reading *reading = &tale->readings[i];

        if (!reading->told || reading->position != log->last)
            continue;
        assert_int_equal(reading->total, log->total);
        assert_int_equal(reading->events, log->events);
        log->readings[i] = true;
    }
}

/* From the amounts alone. */
static void add_coins(struct log *log, const struct jangle_record *record)
{
    char payload[200];
    int64_t amount, total;

    assert_true(record->payload_size < sizeof payload);
    memcpy(payload, record->payload, record->payload_size);
    payload[record->payload_size] = '\0';
    assert_int_equal(
        sscanf(payload, "{\"amount\":%" SCNd64 ",\"total\":%" SCNd64, &amount, &total),
        2);
    log->total += strcmp(record->type, "coins_put_in") == 0 ? amount : -amount;
    log->events++;
}

static enum jangle_result read_one(void *context, const struct jangle_record *record)
{
    struct log *log = context;
    size_t finders = 0;

    assert_int_equal(record->position, ++log->last);
    for (size_t i = 0; i < log->tale->count; i++) {
        const char *id = log->tale->answers[i].command_id;

        if (!id[0] || !strstr(record->meta, id))
            continue;
        log->found[i]++;
        log->positions[i] = record->position;
        finders++;
    }
    assert_int_equal(finders, 1);
    if (strncmp(record->type, "coins_", 6) == 0)
        add_coins(log, record);
    log->names += strcmp(record->type, "name_taken") == 0;
    check_readings(log);
    return JANGLE_OK;
}

static void check_answer(struct log *log, size_t index)
{
    const struct tale_answer *answer = &log->tale->answers[index];
    struct jangle_outcome outcome;
    enum jangle_result result;

    if (answer->result == JANGLE_OK)
        assert_int_equal(log->found[index], answer->events);
    else if (answer->result != JANGLE_UNKNOWN)
        assert_int_equal(log->found[index], 0);
    else
        assert_true(log->found[index] == 0 || log->found[index] == answer->events);
    if (answer->result == JANGLE_OK && answer->events)
        assert_int_equal(answer->position, log->positions[index]);
    if (!answer->command_id[0])
        return;
    result = jangle_outcome_of(log->tale->world.jangle, answer->command_id, &outcome);
    assert_result(result, log->found[index] ? JANGLE_OK : JANGLE_NOT_FOUND);
    assert_int_equal(outcome.position, log->positions[index]);
}

static void check_log(struct tale *tale, struct log *log)
{
    struct jangle_store *store = tale->world.jangle->store;

    *log = (struct log){.tale = tale};
    check_readings(log);
    assert_result(store->ops->read_all(store, 0, 1000, read_one, log, NULL), JANGLE_OK);
    for (size_t i = 0; i < tale->count; i++)
        check_answer(log, i);
    for (size_t i = 0; i < tale->reading_count; i++)
        assert_true(log->readings[i] || !tale->readings[i].told);
    assert_true(log->names <= 1);
}

/* The one who may not have the name is told so only if another has it. */
static void check_names(const struct tale *tale, const struct log *log)
{
    for (size_t i = 0; i < tale->count; i++)
        if (tale->answers[i].events == 2 && tale->answers[i].result == JANGLE_REJECTED)
            assert_int_equal(log->names, 1);
}

static void check_view(struct tale *tale, const struct log *log)
{
    const struct jangle_replay_options options = {.compare = true};
    const struct tale_reading *last;
    struct jangle_error error;

    tale->reading_count = 0;
    ask(tale);
    last = &tale->readings[0];
    assert_true(last->told);
    assert_int_equal(last->position, log->last);
    assert_int_equal(last->total, log->total);
    assert_int_equal(last->events, log->events);
    if (jangle_replay(tale->world.jangle, "totals", &options, &error))
        fail_msg("%s", error.message);
}

static enum jangle_result check_seen(void *context, const struct jangle_record *record)
{
    (void)context;
    if (strncmp(record->type, "coins_", 6) == 0)
        assert_true(follower_handled(&seen, record->position) >= 1);
    return JANGLE_OK;
}

/* Troubles of the store are waited out, as are back-offs. */
static void settle(struct tale *tale)
{
    struct jangle_left left = {0};
    struct jangle_error error = {0};

    for (int round = 0; round < 60; round++) {
        enum jangle_result result = jangle_drain(tale->world.jangle, -1, &left, &error);

        if (!result && !left.parked && !left.suspended)
            return;
        world_pass(&tale->world, 60000);
    }
    fail_msg("%" PRId64 " parked, %" PRId64 " suspended: %s", left.parked, left.suspended,
             error.message);
}

void tale_check(struct tale *tale)
{
    struct jangle_store *store = tale->world.jangle->store;
    struct log log;

    settle(tale);
    check_log(tale, &log);
    check_names(tale, &log);
    check_view(tale, &log);
    assert_result(store->ops->read_all(store, 0, 1000, check_seen, NULL, NULL),
                  JANGLE_OK);
    assert_int_equal(world_measure(&tale->world, "totals").dead, 0);
    assert_int_equal(world_measure(&tale->world, "watcher").dead, 0);
    assert_result(
        jangle_send(tale->world.jangle, NULL, put_in, .purse_id = "0", .amount = 1),
        JANGLE_OK);
}
