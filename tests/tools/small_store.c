/* small_store.c - a store for the tests of tools, the same each time. */
#include "small_store.h"

#include "support/test.h"

#include <stdio.h>
#include <string.h>

struct write_note {
    const char *note_id;
    const char *text;
};
static JANGLE_COMMAND(write_note, note_id, text);

struct note_written {
    const char *note_id;
    const char *text;
    int64_t count;
};
static JANGLE_EVENT(note_written, note_id, text, count);

struct note_state {
    int64_t count;
};
static JANGLE_STRUCT(note_state, count);

static enum jangle_result decide_write(struct jangle_decision *decision,
                                       const void *state,
                                       const struct jangle_command *command)
{
    const struct note_state *note = state;
    const struct write_note *write = command->data;

    return jangle_emit(decision, note_written, .note_id = write->note_id,
                       .text = write->text, .count = note->count + 1);
}

static void apply_written(void *state, const struct jangle_event *event)
{
    struct note_state *note = state;

    (void)event;
    note->count++;
}

static const struct jangle_aggregate note_aggregate = {
    .name = "note",
    .state = &note_state,
    .commands = JANGLE_DECIDERS({&write_note, decide_write}),
    .events = JANGLE_APPLIERS({&note_written, apply_written}),
};

/* A subscriber that gives the notes of one stream up, for two reasons. */
static enum jangle_result send_mail(struct jangle_delivery *delivery,
                                    const struct jangle_event *event)
{
    const struct note_written *note = event->data;

    if (strcmp(note->note_id, "000002") != 0)
        return JANGLE_OK;
    if (note->count == 1)
        return jangle_delivery_reject(delivery, "mailbox does not exist");
    return jangle_delivery_reject(delivery, "smtp.example.org: connection refused");
}

static const struct jangle_subscriber mail = {
    .name = "mail",
    .handlers = JANGLE_HANDLERS({&note_written, send_mail}),
    .start = JANGLE_FROM_FIRST,
    .dead = JANGLE_DEAD_PASSES,
};

/* A saga that notes each note, and ends with the third. */
struct diary_kept {
    int64_t count;
};
static JANGLE_EVENT(diary_kept, count);

struct diary_state {
    int64_t count;
};
static JANGLE_STRUCT(diary_state, count);

static enum jangle_result
keep(struct jangle_turn *turn, const void *state, const struct jangle_event *event)
{
    const struct note_written *note = event->data;

    (void)state;
    jangle_turn_note(turn, diary_kept, .count = note->count);
    if (note->count == 1)
        jangle_turn_timeout_at(turn, (jangle_time){INT64_C(1798761600000000)});
    if (note->count == 3 && strcmp(note->note_id, "000001") == 0)
        return jangle_turn_finish(turn);
    return JANGLE_OK;
}

static void apply_kept(void *state, const struct jangle_event *event)
{
    const struct diary_kept *kept = event->data;
    struct diary_state *diary = state;

    diary->count = kept->count;
}

static const struct jangle_saga diary = {
    .name = "diary",
    .state = &diary_state,
    .id_member = "note_id",
    .events = JANGLE_APPLIERS({&diary_kept, apply_kept}),
    .reactions = JANGLE_REACTIONS({&note_written, keep}),
    .start = JANGLE_FROM_FIRST,
};

static const struct jangle_subscriber *const subscribers[] = {&mail};
static const struct jangle_saga *const sagas[] = {&diary};
static const struct jangle_aggregate *const aggregates[] = {&note_aggregate};

enum jangle_result small_store_config(struct jangle_config *config,
                                      struct jangle_error *error)
{
    (void)error;
    *config = (struct jangle_config){.aggregates = JANGLE_ARRAY(aggregates),
                                     .subscribers = JANGLE_ARRAY(subscribers),
                                     .sagas = JANGLE_ARRAY(sagas)};
    return JANGLE_OK;
}

static void open_with_host(struct small_store *store, const char *path)
{
    struct jangle_config config = {
        .aggregates = JANGLE_ARRAY(aggregates),
        .subscribers = JANGLE_ARRAY(subscribers),
        .sagas = JANGLE_ARRAY(sagas),
        .storage = jangle_sqlite(path),
        .host = store->host.host,
    };
    struct jangle_error error = {0};

    store->jangle = jangle_open(&config, &error);
    if (!store->jangle)
        fail_msg("%s", error.message);
}

void small_store_join(struct small_store *store, const char *path)
{
    test_host_init(&store->host);
    open_with_host(store, path);
}

void small_store_open(struct small_store *store, const char *path)
{
    test_host_init(&store->host);
    store->host.seed = 1;
    store->host.now = (jangle_time){INT64_C(1795903140000000)}; /* 2026-11-28 21:59 */
    open_with_host(store, path);
}

void small_store_close(struct small_store *store)
{
    assert_result(jangle_close(store->jangle, -1), JANGLE_OK);
}

static void write_by(struct small_store *store,
                     const char *id,
                     const char *text,
                     const char *actor,
                     const char *command_id)
{
    struct jangle_outcome outcome;
    enum jangle_result result;

    store->host.now.us += INT64_C(60000000);
    result = jangle_send_in(
        store->jangle, &outcome,
        jangle_envelope(.command_id = command_id, .origin = {.actor = actor}), write_note,
        .note_id = id, .text = text);
    if (result)
        fail_msg("%s", outcome.error.message);
}

void small_store_write(struct small_store *store, const char *id, const char *text)
{
    write_by(store, id, text, "ann", NULL);
}

void small_store_fill(struct small_store *store)
{
    static const char *const ids[] = {"000001", "000002", "shopping@home"};

    for (int i = 0; i < 12; i++) {
        char text[64];
        char command_id[16];

        (void)snprintf(text, sizeof text, "note %d, which says no more than that", i + 1);
        (void)snprintf(command_id, sizeof command_id, "note-%d", i + 1);
        write_by(store, ids[i % 3], text, i % 4 ? "ann" : "bob", command_id);
    }
    assert_result(jangle_drain(store->jangle, -1, NULL, NULL), JANGLE_OK);
}
