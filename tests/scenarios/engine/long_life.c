/* long_life.c - states that hold texts and lists of events, through replay, snapshots,
 * compaction and conflicts; and what a hundred thousand commands leave of them. */
#include "command/commands.h"
#include "support/effort.h"
#include "support/failing_allocator.h"
#include "support/samples.h"
#include "support/shard.h"
#include "support/temp_directory.h"
#include "support/test.h"

#include "core/engine.h"
#include "domain/account.h"
#include "domain/account_ids.h"
#include "domain/messages.h"

#include <jangle/testing.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- a board: notes are pinned to it, and taken off -------------------------- */

enum { TEXT_SIZE = 200, NOTES_MAX = 12 };

struct pin_note {
    const char *board_id;
    const char *text;
    jangle_optional_text author;
};

struct take_note_off {
    const char *board_id;
    int64_t index;
};

struct note_author {
    jangle_optional_text name;
    jangle_optional_int notes; /* pinned so far, by anybody */
};

struct note_pinned {
    const char *text;
    struct note_author author;
};

struct note_taken_off {
    int64_t index;
};

struct board_note {
    const char *text;
    struct note_author author;
};

struct board_notes {
    struct board_note *items;
    size_t count;
};

struct board_state {
    struct board_notes notes;
    struct note_author last;
    int64_t pinned;
};

static JANGLE_COMMAND(pin_note, board_id, text, author);
static JANGLE_COMMAND(take_note_off, board_id, index);
static JANGLE_STRUCT(note_author, name, notes);
static JANGLE_EVENT(note_pinned, text, nested(author, note_author));
static JANGLE_EVENT(note_taken_off, index);
static JANGLE_STRUCT(board_note, text, nested(author, note_author));
static JANGLE_STRUCT(board_state,
                     list(notes, board_note),
                     nested(last, note_author),
                     pinned);

/* Another instance that gets in between: it pins a note while this one decides. */
static struct jangle *rival;
static int64_t interference;

static void interfere(const char *board_id)
{
    struct jangle *other = rival;

    rival = NULL;
    if (!other)
        return;
    assert_result(jangle_send(other, NULL, pin_note, .board_id = board_id,
                              .text = "in between", .author = {true, "rival"}),
                  JANGLE_OK);
    interference++;
}

static enum jangle_result decide_pin(struct jangle_decision *decision,
                                     const void *state,
                                     const struct jangle_command *command)
{
    const struct board_state *board = state;
    const struct pin_note *pin = command->data;

    interfere(command->aggregate_id);
    jangle_reply(decision, "%zu %.30s", board->notes.count,
                 board->last.name.given ? board->last.name.value : "-");
    return jangle_emit(
        decision, note_pinned, .text = pin->text,
        .author = {.name = pin->author, .notes = {true, board->pinned + 1}});
}

static enum jangle_result decide_take_off(struct jangle_decision *decision,
                                          const void *state,
                                          const struct jangle_command *command)
{
    const struct board_state *board = state;
    const struct take_note_off *take = command->data;

    if (take->index < 0 || (size_t)take->index >= board->notes.count)
        return jangle_reject(decision, "there are %zu notes", board->notes.count);
    jangle_reply(decision, "%.60s", board->notes.items[take->index].text);
    return jangle_emit(decision, note_taken_off, .index = take->index);
}

static void apply_pinned(void *state, const struct jangle_event *event)
{
    struct board_state *board = state;
    const struct note_pinned *pinned = event->data;

    board->pinned++;
    board->last = pinned->author;
    jangle_list_add(event->arena, &board->notes, board_note, .text = pinned->text,
                    .author = pinned->author);
}

static void apply_taken_off(void *state, const struct jangle_event *event)
{
    const struct note_taken_off *taken = event->data;

    jangle_list_remove(&((struct board_state *)state)->notes, (size_t)taken->index);
}

static const struct jangle_aggregate board_aggregate = {
    .name = "board",
    .state = &board_state,
    .commands =
        JANGLE_DECIDERS({&pin_note, decide_pin}, {&take_note_off, decide_take_off}),
    .events =
        JANGLE_APPLIERS({&note_pinned, apply_pinned}, {&note_taken_off, apply_taken_off}),
    .snapshot_every = 7};
static const struct jangle_aggregates boards = JANGLE_AGGREGATES(&board_aggregate);

/* ---- what should be on it ---------------------------------------------------- */

struct model {
    char texts[NOTES_MAX + 2][TEXT_SIZE];
    char authors[NOTES_MAX + 2][TEXT_SIZE]; /* "": none */
    size_t count;
    int64_t pinned;
};

static void model_pin(struct model *model, const char *text, const char *author)
{
    assert_true(model->count < NOTES_MAX + 2);
    snprintf(model->texts[model->count], TEXT_SIZE, "%s", text);
    snprintf(model->authors[model->count++], TEXT_SIZE, "%s", author);
    model->pinned++;
}

static void model_take_off(struct model *model, size_t index)
{
    size_t behind = model->count - index - 1;

    memmove(model->texts[index], model->texts[index + 1], behind * TEXT_SIZE);
    memmove(model->authors[index], model->authors[index + 1], behind * TEXT_SIZE);
    model->count--;
}

static void
expect_note(const struct model *model, size_t index, const struct board_note *note)
{
    assert_string_equal(note->text, model->texts[index]);
    assert_int_equal(note->author.name.given, model->authors[index][0] != '\0');
    if (note->author.name.given)
        assert_string_equal(note->author.name.value, model->authors[index]);
    assert_true(note->author.notes.given);
}

/* Loaded as the next command would load it; returns the bytes it takes. */
static size_t expect_state(struct jangle *jangle, const struct model *model)
{
    const struct jn_loader *loader = &jangle->commands->loader;
    const struct board_state *board;
    struct jn_state loaded;
    size_t used;

    assert_result(jn_state_init(&loaded, loader, &board_aggregate, "1", NULL), JANGLE_OK);
    assert_result(jn_state_load(&loaded, NULL), JANGLE_OK);
    board = loaded.data;
    assert_int_equal(board->notes.count, model->count);
    assert_int_equal(board->pinned, model->pinned);
    for (size_t i = 0; i < model->count; i++)
        expect_note(model, i, &board->notes.items[i]);
    used = loaded.arena.used;
    jn_state_finish(&loaded);
    return used;
}

/* ---- a board with a rival ---------------------------------------------------- */

static struct jangle *open_on(struct jangle_storage storage,
                              struct jangle_aggregates aggregates,
                              struct failing_allocator *memory)
{
    struct jangle_error error = {0};
    struct jangle_config config = {
        .aggregates = aggregates,
        .storage = storage,
        .host = {.logger = jangle_logger_none(), .allocator = memory->allocator}};
    struct jangle *jangle = jangle_open(&config, &error);

    if (!jangle)
        fail_msg("%s", error.message);
    return jangle;
}

static void make_text(struct samples *samples, char text[TEXT_SIZE])
{
    size_t length = 1 + (size_t)sample_below(samples, TEXT_SIZE - 2);

    for (size_t i = 0; i < length; i++)
        text[i] = (char)('a' + sample_below(samples, 26));
    text[length] = '\0';
}

static void pin(struct jangle *jangle, struct samples *samples, struct model *model)
{
    char text[TEXT_SIZE], author[TEXT_SIZE] = "";
    bool interrupted = rival != NULL;
    struct jangle_outcome outcome;

    make_text(samples, text);
    if (sample_below(samples, 2))
        make_text(samples, author);
    jangle_send(jangle, &outcome, pin_note, .board_id = "1", .text = text,
                .author = {author[0] != '\0', author});
    assert_string_equal(outcome.error.message, "");
    if (interrupted)
        model_pin(model, "in between", "rival");
    model_pin(model, text, author);
}

static void take_off(struct jangle *jangle, struct samples *samples, struct model *model)
{
    size_t index = (size_t)sample_below(samples, model->count);
    struct jangle_outcome outcome;
    char expected[61];

    snprintf(expected, sizeof expected, "%.60s", model->texts[index]);
    jangle_send(jangle, &outcome, take_note_off, .board_id = "1",
                .index = (int64_t)index);
    assert_string_equal(outcome.error.message, "");
    assert_string_equal(outcome.reply, expected);
    model_take_off(model, index);
}

static void poll_all(struct jangle *jangle)
{
    int64_t done;

    do
        assert_result(jangle_poll(jangle, &done, NULL), JANGLE_OK);
    while (done);
}

static void
live(struct jangle *jangle[2], struct samples *samples, struct model *model, int steps)
{
    for (int i = 0; i < steps; i++) {
        int mine = (int)sample_below(samples, 2);

        if (model->count >= NOTES_MAX || (model->count && sample_below(samples, 2))) {
            take_off(jangle[mine], samples, model);
        } else {
            rival = sample_below(samples, 3) ? NULL : jangle[1 - mine];
            pin(jangle[mine], samples, model);
        }
        if (i % 5 == 0)
            poll_all(jangle[mine]);
        if (i % 20 == 0)
            expect_state(jangle[1 - mine], model);
    }
}

static void what_a_state_holds_survives_snapshots_compaction_and_conflicts(void **state)
{
    static struct model model;
    static struct failing_allocator memory;
    char directory[TEMP_PATH_SIZE], path[TEMP_PATH_SIZE];
    struct samples samples = {.state = effort_seed()};
    struct jangle *jangle[2];
    struct jangle_stats stats;

    (void)state;
    model = (struct model){.count = 0};
    interference = 0;
    failing_allocator_init(&memory, 0);
    assert_true(temp_directory_make(directory));
    temp_directory_path(path, directory, "boards.db");
    for (int round = effort_count(EFFORT_LONG_LIFE); round > 0; round--) {
        for (int i = 0; i < 2; i++)
            jangle[i] = open_on(jangle_sqlite(path), boards, &memory);
        live(jangle, &samples, &model, 400);
        jangle_measure(jangle[0], &stats);
        assert_true(stats.snapshots > 0);
        for (int i = 0; i < 2; i++)
            assert_result(jangle_close(jangle[i], -1), JANGLE_OK);
        assert_int_equal(memory.pieces, 0);
    }
    assert_true(interference > 50);
    jangle[0] = open_on(jangle_sqlite(path), boards, &memory);
    assert_result(
        jangle[0]->snapshots->ops->forget(jangle[0]->snapshots, "board/1", NULL),
        JANGLE_OK);
    expect_state(jangle[0], &model);
    assert_result(jangle_close(jangle[0], -1), JANGLE_OK);
    temp_directory_remove(directory);
}

/* ---- a hundred thousand commands --------------------------------------------- */

/* Where a sanitizer slows everything down, what grows shows earlier, too. */
enum {
    BANKS = 4,
    COMMANDS = 100000 / TEST_STRIDE / 80 * 80, /* for all */
    COMMANDS_EACH = COMMANDS / BANKS,
    STATE_LIMIT = 4096
};

static size_t weigh(struct jangle *jangle,
                    const struct jangle_aggregate *aggregate,
                    const char *id,
                    int64_t version)
{
    const struct jn_loader *loader = &jangle->commands->loader;
    struct jn_state loaded;
    size_t used;

    assert_result(jn_state_init(&loaded, loader, aggregate, id, NULL), JANGLE_OK);
    assert_result(jn_state_load(&loaded, NULL), JANGLE_OK);
    assert_int_equal(loaded.version, version);
    used = loaded.arena.used + aggregate->state->size;
    jn_state_finish(&loaded);
    return used;
}

static void forget_snapshot(struct jangle *jangle, const char *stream)
{
    assert_result(jangle->snapshots->ops->forget(jangle->snapshots, stream, NULL),
                  JANGLE_OK);
}

static void send_many(void)
{
    const struct jangle_aggregates bank =
        JANGLE_AGGREGATES(&account_aggregate, &account_ids_aggregate);
    static struct failing_allocator memory;
    struct jangle_outcome outcome;
    struct jangle *jangle;

    failing_allocator_init(&memory, 0);
    jangle = open_on(jangle_memory(), bank, &memory);
    assert_result(jangle_send(jangle, NULL, create_account, .name = "Natalie"),
                  JANGLE_OK);
    for (int i = 0; i < COMMANDS_EACH; i++) {
        if (i % 2)
            jangle_send(jangle, &outcome, withdraw_funds, .account_id = "000001",
                        .amount = 100);
        else
            jangle_send(jangle, &outcome, deposit_funds, .account_id = "000001",
                        .amount = 100);
        assert_string_equal(outcome.error.message, "");
        if (i % 20 == 0)
            poll_all(jangle);
        if (i % 997 == 0)
            assert_in_range(weigh(jangle, &account_aggregate, "000001", i + 2), 1,
                            STATE_LIMIT);
    }
    forget_snapshot(jangle, "account/000001");
    assert_in_range(weigh(jangle, &account_aggregate, "000001", COMMANDS_EACH + 1), 1,
                    STATE_LIMIT);
    assert_result(jangle_close(jangle, -1), JANGLE_OK);
    assert_int_equal(memory.pieces, 0);
}

static void a_hundred_thousand_commands_leave_accounts_small(void **state)
{
    (void)state;
    for (int bank = 0; bank < BANKS; bank++)
        if (shard_takes(bank))
            send_many();
}

/* The same for a state that holds texts: what it held once is gone. */
static void notes_that_were_taken_off_leave_nothing(void **state)
{
    static struct failing_allocator memory;
    struct jangle *jangle;

    (void)state;
    rival = NULL;
    failing_allocator_init(&memory, 0);
    jangle = open_on(jangle_memory(), boards, &memory);
    for (int i = 0; i < COMMANDS / 10; i++) {
        char text[TEXT_SIZE];

        snprintf(text, sizeof text, "note number %d of a hundred thousand", i);
        assert_result(jangle_send(jangle, NULL, pin_note, .board_id = "1", .text = text),
                      JANGLE_OK);
        if (i >= 3)
            assert_result(
                jangle_send(jangle, NULL, take_note_off, .board_id = "1", .index = 1),
                JANGLE_OK);
        poll_all(jangle);
    }
    assert_in_range(weigh(jangle, &board_aggregate, "1", COMMANDS / 5 - 3), 1,
                    STATE_LIMIT);
    forget_snapshot(jangle, "board/1");
    assert_in_range(weigh(jangle, &board_aggregate, "1", COMMANDS / 5 - 3), 1,
                    STATE_LIMIT);
    assert_result(jangle_close(jangle, -1), JANGLE_OK);
    assert_int_equal(memory.pieces, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_state_holds_survives_snapshots_compaction_and_conflicts),
        cmocka_unit_test(notes_that_were_taken_off_leave_nothing),
        cmocka_unit_test(a_hundred_thousand_commands_leave_accounts_small),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
