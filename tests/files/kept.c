/* kept.c - desks, and subscribers, sagas and views that do what they are told. */
#include "kept.h"

#include <jangle/testing.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { MINUTE_MS = 60 * 1000, HOUR_MS = 60 * MINUTE_MS };

struct kept_mood kept_mood;
char kept_heard[16384];
char kept_answers[200];

static void hear(const char *who, const char *what, int64_t version, int attempt)
{
    size_t used = strlen(kept_heard);

    if (version)
        snprintf(kept_heard + used, sizeof kept_heard - used, "%s:%s/%lld#%d ", who, what,
                 (long long)version, attempt);
    else
        snprintf(kept_heard + used, sizeof kept_heard - used, "%s:%s#%d ", who, what,
                 attempt);
}

/* ---- messages ---------------------------------------------------------------- */

JANGLE_COMMAND(say, desk_id, to, word);
JANGLE_COMMAND(say_oddly, desk_id, to, word);
JANGLE_COMMAND(begin, desk_id, id);
JANGLE_COMMAND(call, desk_id, id, word);
JANGLE_EVENT(said, to, word);
JANGLE_EVENT(begun, id);
JANGLE_EVENT(called, id, word);
JANGLE_EVENT(paid_noted, amount);
JANGLE_STRUCT(note_line, desk, word);
JANGLE_STRUCT(note_list, list(lines, note_line));
JANGLE_QUERY(get_notes, limit, answer(note_list));

/* ---- desks ------------------------------------------------------------------- */

struct desk_state {
    int64_t words;
    const char *last;
};

static JANGLE_STRUCT(desk_state, words, last);

static enum jangle_result decide_say(struct jangle_decision *decision,
                                     const void *state,
                                     const struct jangle_command *command)
{
    const struct desk_state *desk = state;
    const struct say *wish = command->data;

    if (!strcmp(wish->word, "no"))
        return jangle_reject(decision, "the desk says no");
    jangle_reply(decision, "%lld", (long long)desk->words + 1);
    return jangle_emit(decision, said, .to = wish->to, .word = wish->word);
}

static enum jangle_result decide_say_oddly(struct jangle_decision *decision,
                                           const void *state,
                                           const struct jangle_command *command)
{
    const struct say_oddly *wish = command->data;

    (void)state;
    return jangle_emit_to(decision, &odd_aggregate, wish->desk_id, said, .to = wish->to,
                          .word = wish->word);
}

static enum jangle_result decide_begin(struct jangle_decision *decision,
                                       const void *state,
                                       const struct jangle_command *command)
{
    (void)state;
    return jangle_emit(decision, begun, .id = ((const struct begin *)command->data)->id);
}

static enum jangle_result decide_call(struct jangle_decision *decision,
                                      const void *state,
                                      const struct jangle_command *command)
{
    const struct call *wish = command->data;

    (void)state;
    return jangle_emit(decision, called, .id = wish->id, .word = wish->word);
}

static void apply_said(void *state, const struct jangle_event *event)
{
    struct desk_state *desk = state;

    desk->words++;
    desk->last = ((const struct said *)event->data)->word;
}

static const struct jangle_decider commands[] = {
    {&say, decide_say},
    {&say_oddly, decide_say_oddly},
    {&begin, decide_begin},
    {&call, decide_call},
};

static const struct jangle_applier events[] = {
    {&said, apply_said}, {&begun, NULL}, {&called, NULL}};

const struct jangle_aggregate desk_aggregate = {.name = "desk",
                                                .state = &desk_state,
                                                .commands = JANGLE_ARRAY(commands),
                                                .events = JANGLE_ARRAY(events),
                                                .snapshot_every = 4};
const struct jangle_aggregate odd_aggregate = {
    .name = "saga", .state = &desk_state, .events = JANGLE_APPLIERS({&said, apply_said})};

/* ---- subscribers ------------------------------------------------------------- */

static bool is_for(const struct jangle_delivery *delivery,
                   const struct jangle_event *event)
{
    if (strcmp(((const struct said *)event->data)->to, delivery->context) != 0)
        return false;
    hear(delivery->context, event->aggregate_id, event->version, delivery->attempt);
    return true;
}

static enum jangle_result obey(struct jangle_delivery *delivery, const char *word)
{
    if (kept_mood.healed || !strcmp(word, "ok"))
        return JANGLE_OK;
    if (!strcmp(word, "reject"))
        return jangle_delivery_reject(delivery, "this cannot be printed");
    if (!strcmp(word, "die") && kept_mood.deadly)
        _exit(KEPT_DEATH);
    return jangle_delivery_fail(delivery, JANGLE_TIMEOUT, "the printer does not answer");
}

static enum jangle_result handle(struct jangle_delivery *delivery,
                                 const struct jangle_event *event)
{
    if (!is_for(delivery, event))
        return JANGLE_OK;
    return obey(delivery, ((const struct said *)event->data)->word);
}

static enum jangle_result handle_order(struct jangle_delivery *delivery,
                                       const struct jangle_event *event)
{
    size_t used;

    if (!is_for(delivery, event))
        return JANGLE_OK;
    jangle_delivery_send(delivery, say, .desk_id = "shop", .to = "", .word = "sold");
    used = (size_t)snprintf(kept_answers, sizeof kept_answers, "%s %s, ",
                            jangle_result_name(delivery->outcome.error.result),
                            delivery->outcome.reply);
    jangle_delivery_send(delivery, say, .desk_id = "shop", .to = "", .word = "no");
    snprintf(kept_answers + used, sizeof kept_answers - used, "%s %s",
             jangle_result_name(delivery->outcome.error.result),
             delivery->outcome.error.message);
    return obey(delivery, "fail");
}

static const struct jangle_handler handlers[] = {{&said, handle}};

const struct jangle_subscriber kept_letters = {.name = "letters",
                                               .context = "letters",
                                               .handlers = JANGLE_ARRAY(handlers),
                                               .start = JANGLE_FROM_FIRST};
const struct jangle_subscriber kept_labels = {.name = "labels",
                                              .context = "labels",
                                              .handlers = JANGLE_ARRAY(handlers),
                                              .start = JANGLE_FROM_FIRST,
                                              .order = JANGLE_ANY_ORDER};
const struct jangle_subscriber kept_adverts = {.name = "adverts",
                                               .context = "adverts",
                                               .handlers = JANGLE_ARRAY(handlers),
                                               .start = JANGLE_FROM_FIRST,
                                               .dead = JANGLE_DEAD_PASSES};
const struct jangle_subscriber kept_mails = {.name = "mails",
                                             .context = "mails",
                                             .handlers = JANGLE_ARRAY(handlers),
                                             .start = JANGLE_FROM_FIRST};
const struct jangle_subscriber kept_fragile = {.name = "fragile",
                                               .context = "fragile",
                                               .handlers = JANGLE_ARRAY(handlers),
                                               .start = JANGLE_FROM_FIRST};
const struct jangle_subscriber kept_bruised = {.name = "bruised",
                                               .context = "bruised",
                                               .handlers = JANGLE_ARRAY(handlers),
                                               .start = JANGLE_FROM_FIRST};
const struct jangle_subscriber kept_news = {
    .name = "news", .context = "news", .handlers = JANGLE_ARRAY(handlers)};
const struct jangle_subscriber kept_orders = {.name = "orders",
                                              .context = "orders",
                                              .handlers =
                                                  JANGLE_HANDLERS({&said, handle_order}),
                                              .start = JANGLE_FROM_FIRST};

/* ---- views ------------------------------------------------------------------- */

static enum jangle_result handle_note(struct jangle_delivery *delivery,
                                      const struct jangle_event *event)
{
    const struct said *words = event->data;

    if (!is_for(delivery, event))
        return JANGLE_OK;
    jangle_view_run(delivery->view, "INSERT INTO notes VALUES (?, ?, ?)", event->position,
                    event->aggregate_id, words->word);
    return obey(delivery, words->word);
}

static enum jangle_result answer_notes(struct jangle_answer *answer,
                                       const struct jangle_query *query)
{
    struct note_lines lines = {0};
    enum jangle_result result =
        jangle_view_list(query->view, &lines, note_line,
                         "SELECT desk, word FROM notes ORDER BY position LIMIT ?",
                         ((const struct get_notes *)query->data)->limit);

    return result ? result : jangle_answer_with(answer, note_list, .lines = lines);
}

static const char schema[] =
    "CREATE TABLE notes (position INTEGER PRIMARY KEY, desk TEXT, word TEXT);";

static const struct jangle_handler note_handlers[] = {{&said, handle_note}};

const struct jangle_subscriber kept_notes = {
    .name = "notes",
    .context = "notes",
    .handlers = JANGLE_ARRAY(note_handlers),
    .answerers = JANGLE_ANSWERERS({&get_notes, answer_notes}),
    .schema = schema,
    .schema_version = 3};
const struct jangle_subscriber kept_board = {.name = "board",
                                             .context = "board",
                                             .handlers = JANGLE_ARRAY(note_handlers),
                                             .schema = schema};
const struct jangle_subscriber kept_slate = {.name = "slate",
                                             .context = "slate",
                                             .handlers = JANGLE_ARRAY(note_handlers),
                                             .schema = schema};

/* ---- sagas ------------------------------------------------------------------- */

struct trip_state {
    const char *last;
    int64_t calls;
    int64_t paid;
};

static JANGLE_STRUCT(trip_state, last, calls, paid);

static void apply_called(void *state, const struct jangle_event *event)
{
    struct trip_state *trip = state;

    trip->calls++;
    trip->last = ((const struct called *)event->data)->word;
}

static void apply_paid(void *state, const struct jangle_event *event)
{
    ((struct trip_state *)state)->paid +=
        ((const struct paid_noted *)event->data)->amount;
}

static const char *id_of(const struct jangle_event *event)
{
    return event->type == &begun ? ((const struct begun *)event->data)->id
                                 : ((const struct called *)event->data)->id;
}

static const char *trip_of(const struct jangle_event *event)
{
    return strncmp(id_of(event), "trip-", 5) == 0 ? id_of(event) : NULL;
}

static const char *stay_of(const struct jangle_event *event)
{
    return strncmp(id_of(event), "stay-", 5) == 0 ? id_of(event) : NULL;
}

static enum jangle_result
on_begun(struct jangle_turn *turn, const void *state, const struct jangle_event *event)
{
    (void)turn, (void)state, (void)event;
    return JANGLE_OK;
}

static enum jangle_result fail_unless_healed(struct jangle_turn *turn)
{
    if (kept_mood.healed)
        return JANGLE_OK;
    return jangle_turn_fail(turn, JANGLE_TIMEOUT, "there is no room for %s", turn->id);
}

static enum jangle_result pay(struct jangle_turn *turn)
{
    jangle_turn_version(turn, "check the limit: first", 1);
    jangle_turn_send(turn, say, .desk_id = "till", .to = "", .word = turn->id);
    return jangle_turn_note(turn, paid_noted, .amount = 5);
}

/* The changed code takes another step where the old one was recorded. */
static enum jangle_result change(struct jangle_turn *turn)
{
    if (kept_mood.changed)
        jangle_turn_send(turn, begin, .desk_id = "till", .id = "nobody");
    jangle_turn_send(turn, say, .desk_id = "till", .to = "", .word = turn->id);
    return fail_unless_healed(turn);
}

static enum jangle_result on_trip_called(struct jangle_turn *turn,
                                         const void *state,
                                         const struct jangle_event *event)
{
    const char *word = ((const struct called *)event->data)->word;

    (void)state;
    hear(turn->id, word, 0, turn->attempt);
    if (!strcmp(word, "die") && kept_mood.deadly)
        _exit(KEPT_DEATH);
    if (!strcmp(word, "ask"))
        jangle_turn_send(turn, say, .desk_id = "till", .to = "", .word = "no");
    if (!strcmp(word, "change"))
        return change(turn);
    if (!strcmp(word, "bye"))
        return jangle_turn_finish(turn);
    if (!strcmp(word, "pay"))
        jangle_turn_timeout_at(turn,
                               jangle_time_after_ms(turn->at, (int64_t)720 * HOUR_MS));
    if (!strcmp(word, "wait"))
        jangle_turn_timeout_at(turn, jangle_time_after_ms(turn->at, HOUR_MS));
    if (strcmp(word, "ask") != 0)
        pay(turn);
    return !strcmp(word, "pay") || !strcmp(word, "ask") ? JANGLE_OK
                                                        : fail_unless_healed(turn);
}

static enum jangle_result on_stay_called(struct jangle_turn *turn,
                                         const void *state,
                                         const struct jangle_event *event)
{
    const char *word = ((const struct called *)event->data)->word;

    (void)state;
    hear(turn->id, word, 0, turn->attempt);
    return jangle_turn_timeout_at(
        turn, jangle_time_after_ms(turn->at, !strcmp(word, "hour") ? HOUR_MS : 0));
}

static enum jangle_result
on_timeout(struct jangle_turn *turn, const void *state, const struct jangle_event *event)
{
    enum jangle_result result;

    (void)state, (void)event;
    hear(turn->id, "timeout", 0, turn->attempt);
    jangle_turn_send(turn, say, .desk_id = "till", .to = "", .word = "too late");
    if (!strncmp(turn->id, "stay-crash", 10) && kept_mood.deadly)
        _exit(KEPT_DEATH);
    result = fail_unless_healed(turn);
    return result ? result : jangle_turn_finish(turn);
}

static const struct jangle_applier trip_events[] = {
    {&begun, NULL}, {&called, apply_called}, {&paid_noted, apply_paid}};
static const struct jangle_reaction trip_reactions[] = {{&begun, on_begun},
                                                        {&called, on_trip_called}};

const struct jangle_saga kept_journey = {.name = "journey",
                                         .state = &trip_state,
                                         .begins_with = &begun,
                                         .id_of = trip_of,
                                         .events = JANGLE_ARRAY(trip_events),
                                         .reactions = JANGLE_ARRAY(trip_reactions),
                                         .on_timeout = on_timeout,
                                         .start = JANGLE_FROM_FIRST};
const struct jangle_saga kept_trip = {.name = "trip",
                                      .formerly = "journey",
                                      .state = &trip_state,
                                      .begins_with = &begun,
                                      .id_of = trip_of,
                                      .events = JANGLE_ARRAY(trip_events),
                                      .reactions = JANGLE_ARRAY(trip_reactions),
                                      .on_timeout = on_timeout,
                                      .start = JANGLE_FROM_FIRST};
const struct jangle_saga kept_stay = {
    .name = "stay",
    .state = &trip_state,
    .begins_with = &begun,
    .id_of = stay_of,
    .events = JANGLE_ARRAY(trip_events),
    .reactions = JANGLE_REACTIONS({&begun, on_begun}, {&called, on_stay_called}),
    .on_timeout = on_timeout,
    .start = JANGLE_FROM_FIRST};

/* ---- the program ------------------------------------------------------------- */

const struct jangle_subscribers kept_subscribers = JANGLE_SUBSCRIBERS(&kept_letters,
                                                                      &kept_labels,
                                                                      &kept_adverts,
                                                                      &kept_mails,
                                                                      &kept_fragile,
                                                                      &kept_bruised,
                                                                      &kept_news,
                                                                      &kept_orders,
                                                                      &kept_notes,
                                                                      &kept_board,
                                                                      &kept_slate);

const struct jangle_sagas kept_sagas = JANGLE_SAGAS(&kept_trip, &kept_stay);

bool kept_open(struct kept *kept,
               const char *path,
               struct jangle_subscribers subscribers,
               struct jangle_sagas sagas)
{
    struct jangle_retry retry = {
        .max_attempts = 3, .first_delay_ms = MINUTE_MS, .max_delay_ms = 10 * MINUTE_MS};
    struct jangle_config config = {
        .aggregates = JANGLE_AGGREGATES(&desk_aggregate, &odd_aggregate),
        .subscribers = subscribers,
        .sagas = sagas,
        .storage = jangle_sqlite(path),
        .host = {.clock = jangle_clock_fixed(&kept->now),
                 .random = jangle_random_counting(&kept->next),
                 .logger = jangle_logger_none()},
        .retry = retry,
        .saga_retry = retry,
    };

    kept->jangle = jangle_open(&config, &kept->error);
    return kept->jangle != NULL;
}
