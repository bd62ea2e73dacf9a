/* ancestor.c - what pyjangle promised or should have: commands that lose, snapshots that
 * save reading, events that know their origin, questions. */
#include "support/domains/purse.h"
#include "support/temp_directory.h"
#include "support/test.h"

#include <jangle/testing.h>

#include <string.h>

static void
names(const struct jangle_error *error, enum jangle_result result, const char *word)
{
    assert_result(error->result, result);
    if (!strstr(error->message, word))
        fail_msg("\"%s\" does not name %s", error->message, word);
}

/* ---- commands that lose ------------------------------------------------------ */

/* Two instances on one file; while the one decides, the other stores something. */

struct rivalry {
    struct jangle *one, *other;
    char directory[TEMP_PATH_SIZE];
    int losses;   /* that are still to come */
    int decided;  /* by the one */
    bool changed; /* a state moved while it was being decided on */
};

static struct rivalry rivalry;

static enum jangle_result decide_against(struct jangle_decision *decision,
                                         const void *state,
                                         const struct jangle_command *command)
{
    const struct purse_state *purse = state;
    const struct put_in *put = command->data;
    int64_t total = purse->total;

    rivalry.decided++;
    jangle_emit(decision, coins_put_in, .amount = put->amount,
                .total = total + put->amount);
    rivalry.changed |= purse->total != total;
    if (rivalry.losses > 0) {
        rivalry.losses--;
        assert_result(
            jangle_send(rivalry.other, NULL, put_in, .purse_id = "1", .amount = 100),
            JANGLE_OK);
    }
    return jangle_reply(decision, "%lld", (long long)(total + put->amount));
}

static const struct jangle_deciders losing_commands =
    JANGLE_DECIDERS({&put_in, decide_against});

static int open_rivals(void **state)
{
    static struct jangle_aggregate loser;
    static const struct jangle_aggregate *const losers[] = {&loser};
    char path[TEMP_PATH_SIZE];
    struct jangle_config config = {.host = {.logger = jangle_logger_none()}};

    (void)state;
    rivalry = (struct rivalry){0};
    loser = purse_aggregate;
    loser.commands = losing_commands;
    assert_true(temp_directory_make(rivalry.directory));
    temp_directory_path(path, rivalry.directory, "purses.db");
    config.storage = jangle_sqlite(path);
    config.conflict_retries = 3;
    config.aggregates = (struct jangle_aggregates)JANGLE_ARRAY(losers);
    rivalry.one = jangle_open(&config, NULL);
    config.aggregates = purse_aggregates;
    rivalry.other = jangle_open(&config, NULL);
    assert_non_null(rivalry.one);
    assert_non_null(rivalry.other);
    return 0;
}

static int close_rivals(void **state)
{
    (void)state;
    assert_result(jangle_close(rivalry.one, -1), JANGLE_OK);
    assert_result(jangle_close(rivalry.other, -1), JANGLE_OK);
    temp_directory_remove(rivalry.directory);
    return 0;
}

static void a_command_that_loses_is_decided_anew(void **state)
{
    struct jangle_outcome outcome;
    struct jangle_stats stats;

    (void)state;
    rivalry.losses = 1;
    assert_result(
        jangle_send(rivalry.one, &outcome, put_in, .purse_id = "1", .amount = 5),
        JANGLE_OK);
    assert_string_equal(outcome.reply, "105");
    assert_int_equal(outcome.version, 2);
    assert_int_equal(outcome.position, 2);
    assert_int_equal(rivalry.decided, 2);
    jangle_measure(rivalry.one, &stats);
    assert_int_equal(stats.conflicts, 1);
    assert_int_equal(stats.position, 2);
}

static void a_command_that_always_loses_is_told_so(void **state)
{
    struct jangle_outcome outcome;
    struct jangle_stats stats;

    (void)state;
    rivalry.losses = 1000;
    jangle_send(rivalry.one, &outcome, put_in, .purse_id = "1", .amount = 5);
    names(&outcome.error, JANGLE_CONFLICT, "purse/1 were stored first 4 times");
    assert_int_equal(rivalry.decided, 4);
    jangle_measure(rivalry.one, &stats);
    assert_int_equal(stats.position, 4); /* all of them the other's */
    rivalry.losses = 0;
    assert_result(
        jangle_send(rivalry.one, &outcome, put_in, .purse_id = "1", .amount = 5),
        JANGLE_OK);
    assert_string_equal(outcome.reply, "405");
}

static void an_event_that_is_emitted_is_in_no_state_yet(void **state)
{
    struct jangle_outcome outcome;

    (void)state;
    assert_result(jangle_send(rivalry.one, NULL, put_in, .purse_id = "1", .amount = 5),
                  JANGLE_OK);
    assert_false(rivalry.changed);
    assert_result(
        jangle_send(rivalry.one, &outcome, put_in, .purse_id = "1", .amount = 5),
        JANGLE_OK);
    assert_string_equal(outcome.reply, "10");
}

static void a_command_that_is_listed_twice_is_refused(void **state)
{
    static const struct jangle_decider twice[] = {{&put_in, decide_against},
                                                  {&put_in, decide_against}};
    struct jangle_aggregate purse = purse_aggregate;
    const struct jangle_aggregate *const aggregates[] = {&purse};
    struct jangle_config config = {.aggregates = JANGLE_ARRAY(aggregates),
                                   .storage = jangle_memory(),
                                   .host = {.logger = jangle_logger_none()}};
    struct jangle_error error;

    (void)state;
    purse.commands = (struct jangle_deciders)JANGLE_ARRAY(twice);
    assert_null(jangle_open(&config, &error));
    names(&error, JANGLE_INVALID, "put_in");
    names(&error, JANGLE_INVALID, "purse");
}

/* ---- snapshots --------------------------------------------------------------- */

/* An aggregate that counts the events it is built from. */

static int64_t applied, most_applied; /* for this command; for any */

static void apply_counting(void *state, const struct jangle_event *event)
{
    const struct coins_put_in *coins = event->data;

    applied++;
    ((struct purse_state *)state)->total = coins->total;
}

static enum jangle_result decide_counting(struct jangle_decision *decision,
                                          const void *state,
                                          const struct jangle_command *command)
{
    const struct purse_state *purse = state;
    const struct put_in *put = command->data;

    if (applied > most_applied)
        most_applied = applied;
    return jangle_emit(decision, coins_put_in, .amount = put->amount,
                       .total = purse->total + put->amount);
}

static const struct jangle_decider counting_commands[] = {{&put_in, decide_counting}};
static const struct jangle_applier counting_events[] = {{&coins_put_in, apply_counting}};

static struct jangle *open_counting(struct jangle_aggregate *purse, int64_t every)
{
    const struct jangle_aggregate *const aggregates[] = {purse};
    struct jangle_config config = {.aggregates = JANGLE_ARRAY(aggregates),
                                   .storage = jangle_memory(),
                                   .cache_count = -1,
                                   .host = {.logger = jangle_logger_none()}};
    struct jangle *jangle;

    *purse = (struct jangle_aggregate){.name = "purse",
                                       .state = &purse_state,
                                       .commands = JANGLE_ARRAY(counting_commands),
                                       .events = JANGLE_ARRAY(counting_events),
                                       .snapshot_every = every};
    most_applied = 0;
    jangle = jangle_open(&config, NULL);
    assert_non_null(jangle);
    return jangle;
}

static void put_in_and_poll(struct jangle *jangle, int times)
{
    int64_t done;

    for (int i = 0; i < times; i++) {
        applied = 0;
        assert_result(jangle_send(jangle, NULL, put_in, .purse_id = "1", .amount = 1),
                      JANGLE_OK);
        do
            assert_result(jangle_poll(jangle, &done, NULL), JANGLE_OK);
        while (done);
    }
}

static int64_t snapshots(struct jangle *jangle)
{
    struct jangle_stats stats;

    jangle_measure(jangle, &stats);
    return stats.snapshots;
}

static void every_second_of_five_events_makes_a_snapshot(void **state)
{
    struct jangle_aggregate purse;
    struct jangle *jangle = open_counting(&purse, 2);

    (void)state;
    put_in_and_poll(jangle, 5);
    assert_int_equal(snapshots(jangle), 2);
    assert_result(jangle_close(jangle, -1), JANGLE_OK);
}

static void with_snapshots_few_events_are_applied(void **state)
{
    struct jangle_aggregate purse;
    struct jangle *jangle = open_counting(&purse, 2);

    (void)state;
    put_in_and_poll(jangle, 100);
    assert_in_range(most_applied, 1, 2);
    assert_result(jangle_close(jangle, -1), JANGLE_OK);
    jangle = open_counting(&purse, 0);
    put_in_and_poll(jangle, 100);
    assert_int_equal(most_applied, 99);
    assert_int_equal(snapshots(jangle), 0);
    assert_result(jangle_close(jangle, -1), JANGLE_OK);
}

static void hear_refusal(void *context, const struct jangle_log_entry *entry)
{
    int *refusals = context;

    *refusals += !strcmp(entry->topic, "SNAPSHOT_REFUSED");
}

static void a_snapshot_that_does_not_fit_costs_no_command(void **state)
{
    struct jangle_message raised = purse_state;
    struct jangle_aggregate purse = purse_aggregate;
    const struct jangle_aggregate *const aggregates[] = {
        &purse, &guild_aggregate, &names_aggregate, &mint_aggregate};
    int refusals = 0;
    char directory[TEMP_PATH_SIZE], path[TEMP_PATH_SIZE];
    struct jangle_config config = {.aggregates = JANGLE_ARRAY(aggregates),
                                   .host = {.logger = {hear_refusal, &refusals}}};
    struct jangle_outcome outcome;
    struct jangle *jangle;

    (void)state;
    assert_true(temp_directory_make(directory));
    temp_directory_path(path, directory, "purses.db");
    config.storage = jangle_sqlite(path);
    raised.version = 2;
    for (int round = 0; round < 2; round++) {
        purse.state = round ? &raised : &purse_state;
        jangle = jangle_open(&config, NULL);
        assert_non_null(jangle);
        put_in_and_poll(jangle, 25);
        assert_result(jangle_send(jangle, &outcome, look_in, .purse_id = "1"), JANGLE_OK);
        assert_string_equal(outcome.reply, round ? "50" : "25");
        assert_int_equal(snapshots(jangle), 1 + round); /* again at 26, and at 46 */
        assert_int_equal(refusals, round);
        assert_result(jangle_close(jangle, -1), JANGLE_OK);
    }
    temp_directory_remove(directory);
}

/* ---- events ------------------------------------------------------------------ */

struct seen {
    int events;
    char id[40], correlation[40], causation[40], actor[40];
    jangle_time at;
    int64_t position, version;
};

static enum jangle_result see(struct jangle_delivery *delivery,
                              const struct jangle_event *event)
{
    struct seen *seen = delivery->context;
    const struct jangle_origin *origin = &event->origin;

    seen->events++;
    snprintf(seen->id, sizeof seen->id, "%s", event->id);
    snprintf(seen->correlation, sizeof seen->correlation, "%s", origin->correlation_id);
    snprintf(seen->causation, sizeof seen->causation, "%s", origin->causation_id);
    snprintf(seen->actor, sizeof seen->actor, "%s", origin->actor ? origin->actor : "");
    seen->at = event->at;
    seen->position = event->position;
    seen->version = event->version;
    return JANGLE_OK;
}

static const struct jangle_handlers seeing = JANGLE_HANDLERS({&coins_put_in, see});

static void an_event_knows_where_it_comes_from(void **state)
{
    struct seen mail_seen = {0}, audit_seen = {0};
    const struct jangle_subscriber mail = {
        .name = "mail", .handlers = seeing, .context = &mail_seen};
    const struct jangle_subscriber audit = {
        .name = "audit", .handlers = seeing, .context = &audit_seen};
    jangle_time now = {1234567890};
    struct jangle_config config = {
        .aggregates = purse_aggregates,
        .subscribers = JANGLE_SUBSCRIBERS(&mail, &audit),
        .storage = jangle_memory(),
        .host = {.clock = jangle_clock_fixed(&now), .logger = jangle_logger_none()}};
    struct jangle_envelope envelope = {.command_id = "c1", .origin = {.actor = "me"}};
    struct jangle *jangle = jangle_open(&config, NULL);

    (void)state;
    assert_non_null(jangle);
    assert_result(
        jangle_send_in(jangle, NULL, &envelope, put_in, .purse_id = "1", .amount = 1),
        JANGLE_OK);
    assert_result(jangle_drain(jangle, 1000, NULL, NULL), JANGLE_OK);
    assert_int_equal(mail_seen.events, 1);
    assert_int_equal(audit_seen.events, 1);
    assert_string_equal(mail_seen.id, audit_seen.id);
    assert_int_equal(strlen(mail_seen.id), 36);
    assert_string_equal(mail_seen.correlation, "c1");
    assert_string_equal(mail_seen.causation, "c1");
    assert_string_equal(mail_seen.actor, "me");
    assert_int_equal(mail_seen.at.us, 1234567890);
    assert_int_equal(mail_seen.position, 1);
    assert_int_equal(mail_seen.version, 1);

    envelope = (struct jangle_envelope){.command_id = "c2",
                                        .origin = {.correlation_id = "a long story"}};
    assert_result(
        jangle_send_in(jangle, NULL, &envelope, put_in, .purse_id = "1", .amount = 1),
        JANGLE_OK);
    assert_result(jangle_drain(jangle, 1000, NULL, NULL), JANGLE_OK);
    assert_string_equal(mail_seen.correlation, "a long story");
    assert_string_equal(mail_seen.causation, "c2");
    assert_result(jangle_close(jangle, -1), JANGLE_OK);
}

/* ---- questions --------------------------------------------------------------- */

struct get_weather {
    const char *town;
};

struct get_news {
    const char *town;
};

struct weather {
    int64_t degrees;
};

struct weather_check {
    int64_t unused;
};

static void check_town(struct jangle_check *check, const void *message)
{
    const struct get_weather *get = message;

    jangle_check_length(check, get, town, 1, 10);
}

static JANGLE_STRUCT(weather, degrees);
static JANGLE_STRUCT(weather_check, unused);
static JANGLE_QUERY(get_weather, town, answer(weather), check(check_town));
static JANGLE_QUERY(get_news, town, answer(weather));

static enum jangle_result answer_weather(struct jangle_answer *answer,
                                         const struct jangle_query *query)
{
    const struct get_weather *get = query->data;

    if (!strcmp(get->town, "nowhere"))
        return JANGLE_NOT_FOUND;
    if (!strcmp(get->town, "silent"))
        return JANGLE_OK;
    if (!strcmp(get->town, "wrong"))
        return jangle_answer_with(answer, weather_check, .unused = 1);
    return jangle_answer_with(answer, weather, .degrees = (int64_t)strlen(get->town));
}

static void questions_are_answered_or_told_why_not(void **state)
{
    static const struct jangle_answerer answerers[] = {{&get_weather, answer_weather}};
    const struct jangle_subscriber station = {
        .name = "station", .handlers = seeing, .answerers = JANGLE_ARRAY(answerers)};
    struct jangle_config config = {.aggregates = purse_aggregates,
                                   .subscribers = JANGLE_SUBSCRIBERS(&station),
                                   .storage = jangle_memory(),
                                   .host = {.logger = jangle_logger_none()}};
    struct jangle *jangle = jangle_open(&config, NULL);
    struct jangle_answer answer = {0};

    (void)state;
    assert_non_null(jangle);
    assert_result(jangle_ask(jangle, &answer, get_weather, .town = "Rome"), JANGLE_OK);
    assert_int_equal(((const struct weather *)answer.data)->degrees, 4);
    assert_result(jangle_ask(jangle, &answer, get_weather, .town = "nowhere"),
                  JANGLE_NOT_FOUND);
    assert_null(answer.data);
    jangle_ask(jangle, &answer, get_weather, .town = "");
    names(&answer.error, JANGLE_INVALID, "get_weather.town");
    jangle_ask(jangle, &answer, get_weather, .town = "silent");
    names(&answer.error, JANGLE_INVALID, "gave get_weather no answer");
    jangle_ask(jangle, &answer, get_weather, .town = "wrong");
    names(&answer.error, JANGLE_INVALID, "weather_check");
    jangle_ask(jangle, &answer, get_news, .town = "Rome");
    names(&answer.error, JANGLE_INVALID, "nobody answers get_news");
    jangle_answer_free(&answer);
    assert_result(jangle_close(jangle, -1), JANGLE_OK);
}

int main(void)
{
#define RIVALS(test) cmocka_unit_test_setup_teardown(test, open_rivals, close_rivals)
    const struct CMUnitTest tests[] = {
        RIVALS(a_command_that_loses_is_decided_anew),
        RIVALS(a_command_that_always_loses_is_told_so),
        RIVALS(an_event_that_is_emitted_is_in_no_state_yet),
        cmocka_unit_test(a_command_that_is_listed_twice_is_refused),
        cmocka_unit_test(every_second_of_five_events_makes_a_snapshot),
        cmocka_unit_test(with_snapshots_few_events_are_applied),
        cmocka_unit_test(a_snapshot_that_does_not_fit_costs_no_command),
        cmocka_unit_test(an_event_knows_where_it_comes_from),
        cmocka_unit_test(questions_are_answered_or_told_why_not),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
