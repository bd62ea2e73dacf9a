/* spec_json.c - given, when, then in JSON: what older programs stored is read through its
 * upcaster, by aggregates, sagas, handlers and views. */
#include "support/domains/complaints.h"
#include "support/test.h"

#include <jangle/testing.h>

#include <string.h>

/* ---- a loan was counted in weeks, and is in days ----------------------------- */

struct book_lent_1 {
    const char *reader;
    int64_t weeks;
};

struct book_lent {
    const char *loan_id;
    const char *reader;
    int64_t days;
};

struct lend_book {
    const char *book_id;
    const char *reader;
    int64_t days;
};

struct write_to {
    const char *reader;
    int64_t days;
};

struct book_state {
    const char *reader;
    int64_t days;
};

struct get_days {
    const char *reader;
};

struct days_lent {
    int64_t days;
};

static JANGLE_STRUCT(book_lent_1, reader, weeks);
extern const struct jangle_message book_lent;

/* Nobody had numbers for their loans then. */
static const char *upcast_lent(struct jangle_arena *arena, int version, const char *json)
{
    struct book_lent_1 old;
    struct book_lent lent;

    if (version != 1 || jangle_from_json(arena, &book_lent_1, json, &old, NULL) ||
        old.weeks < 0)
        return NULL;
    lent =
        (struct book_lent){.loan_id = "old", .reader = old.reader, .days = 7 * old.weeks};
    return jangle_to_json(arena, &book_lent, &lent, NULL);
}

JANGLE_EVENT(
    book_lent, loan_id, reader, days, stored_as("lent"), version(2), upcast(upcast_lent));
static JANGLE_COMMAND(lend_book, book_id, reader, days, stored_as("lend"));
static JANGLE_COMMAND(write_to, reader, days);
static JANGLE_STRUCT(book_state, reader, days);
static JANGLE_STRUCT(days_lent, days);
static JANGLE_QUERY(get_days, reader, answer(days_lent));

/* ---- who follows it ---------------------------------------------------------- */

static void apply_lent(void *state, const struct jangle_event *event)
{
    const struct book_lent *lent = event->data;
    struct book_state *book = state;

    book->reader = lent->reader;
    book->days = lent->days;
}

static enum jangle_result decide_lending(struct jangle_decision *decision,
                                         const void *state,
                                         const struct jangle_command *command)
{
    const struct book_state *book = state;
    const struct lend_book *lend = command->data;

    if (book->reader[0])
        return jangle_reject(decision, "%s has it", book->reader);
    return jangle_emit(decision, book_lent, .loan_id = command->id,
                       .reader = lend->reader, .days = lend->days);
}

static const struct jangle_aggregate book_aggregate = {
    .name = "book",
    .state = &book_state,
    .commands = JANGLE_DECIDERS({&lend_book, decide_lending}),
    .events = JANGLE_APPLIERS({&book_lent, apply_lent}),
};

static enum jangle_result react_to_lent(struct jangle_turn *turn,
                                        const void *state,
                                        const struct jangle_event *event)
{
    const struct book_lent *lent = event->data;

    (void)state;
    jangle_turn_send(turn, write_to, .reader = lent->reader, .days = lent->days);
    return turn->outcome.error.result;
}

static const struct jangle_saga loan_saga = {
    .name = "loan",
    .state = &book_state,
    .id_member = "loan_id",
    .events = JANGLE_APPLIERS({&book_lent, apply_lent}),
    .reactions = JANGLE_REACTIONS({&book_lent, react_to_lent}),
};

static enum jangle_result on_lent(struct jangle_delivery *delivery,
                                  const struct jangle_event *event)
{
    const struct book_lent *lent = event->data;

    return jangle_view_run(delivery->view, "INSERT INTO loans VALUES (?, ?)",
                           lent->reader, lent->days);
}

static enum jangle_result answer_days(struct jangle_answer *answer,
                                      const struct jangle_query *query)
{
    return jangle_answer_row(answer, query->view,
                             "SELECT sum(days) AS days FROM loans WHERE reader = ?",
                             ((const struct get_days *)query->data)->reader);
}

static const struct jangle_subscriber loans_view = {
    .name = "loans",
    .handlers = JANGLE_HANDLERS({&book_lent, on_lent}),
    .answerers = JANGLE_ANSWERERS({&get_days, answer_days}),
    .schema = "CREATE TABLE loans (reader TEXT, days INTEGER)",
};

/* ---- what holds -------------------------------------------------------------- */

static const char old_ann[] = "{\"reader\":\"Ann\",\"weeks\":2}";

static struct jangle_spec *spec;

static void assert_all_held(void)
{
    assert_int_equal(jangle_spec_close(spec), 0);
}

static void an_aggregate_reads_what_was_stored(void **state)
{
    (void)state;
    spec = jangle_spec_aggregate(&book_aggregate, "moby");
    jangle_given_json(spec, "lent", 1, old_ann);
    jangle_then_state(spec, book_state, .reader = "Ann", .days = 14);
    jangle_when_json(spec, "lend", 1,
                     "{\"book_id\":\"moby\",\"reader\":\"Ben\",\"days\":3}");
    jangle_then_rejected(spec, "Ann has it");
    assert_all_held();
}

static void a_command_comes_in_json(void **state)
{
    (void)state;
    spec = jangle_spec_aggregate(&book_aggregate, "moby");
    jangle_when_json(spec, "lend", 1,
                     "{\"book_id\":\"moby\",\"reader\":\"Ben\",\"days\":3}");
    jangle_then(spec, book_lent, .loan_id = "command-1", .reader = "Ben", .days = 3);
    jangle_when_json(spec, "lend", 1,
                     "{\"book_id\":\"moby\",\"reader\":\"Ben\",\"days\":\"x\"}");
    jangle_then_invalid(spec, "days");
    assert_all_held();
}

static void a_saga_reads_what_was_stored(void **state)
{
    (void)state;
    spec = jangle_spec_saga(&loan_saga, "old");
    jangle_given_json(spec, "lent", 1, old_ann);
    jangle_then_state(spec, book_state, .reader = "Ann", .days = 14);
    jangle_when_json(spec, "lent", 1, "{\"reader\":\"Ben\",\"weeks\":1}");
    jangle_then(spec, write_to, .reader = "Ben", .days = 7);
    jangle_then_state(spec, book_state, .reader = "Ben", .days = 7);
    jangle_when_json(spec, "lent", 2,
                     "{\"loan_id\":\"old\",\"reader\":\"Cid\",\"days\":3}");
    jangle_then(spec, write_to, .reader = "Cid", .days = 3);
    assert_all_held();
}

static void a_view_reads_what_was_stored(void **state)
{
    (void)state;
    spec = jangle_spec_subscriber(&loans_view);
    jangle_given_json(spec, "lent", 1, old_ann);
    jangle_when_json(spec, "lent", 2,
                     "{\"loan_id\":\"7\",\"reader\":\"Ann\",\"days\":3}");
    jangle_then_done(spec);
    jangle_when_asked(spec, get_days, .reader = "Ann");
    jangle_then_answer(spec, days_lent, .days = 17);
    assert_all_held();
}

static void what_cannot_be_read_is_a_failure_of_the_event(void **state)
{
    (void)state;
    spec = jangle_spec_subscriber(&loans_view);
    jangle_when_json(spec, "lent", 1, "{\"reader\":\"Ann\",\"weeks\":-1}");
    jangle_then_invalid(spec, "version 1");
    jangle_when_json(spec, "lent", 2, "{\"reader\":");
    jangle_then_invalid(spec, "book_lent");
    assert_all_held();
}

/* ---- what does not ----------------------------------------------------------- */

static void an_event_of_another_name(void)
{
    spec = jangle_spec_aggregate(&book_aggregate, "moby");
    jangle_given_json(spec, "book_lent", 1, old_ann);
}

static void a_command_of_another_name(void)
{
    spec = jangle_spec_aggregate(&book_aggregate, "moby");
    jangle_when_json(spec, "lend_book", 1, "{}");
}

static void an_event_that_is_sent_to_an_aggregate(void)
{
    spec = jangle_spec_aggregate(&book_aggregate, "moby");
    jangle_when_json(spec, "lent", 1, old_ann);
}

static void an_event_that_no_saga_knows(void)
{
    spec = jangle_spec_saga(&loan_saga, "old");
    jangle_when_json(spec, "returned", 1, "{}");
}

static void an_event_that_no_view_knows(void)
{
    spec = jangle_spec_subscriber(&loans_view);
    jangle_given_json(spec, "returned", 1, "{}");
}

static void an_event_that_is_newer(void)
{
    spec = jangle_spec_subscriber(&loans_view);
    jangle_when_json(spec, "lent", 3, "{}");
}

static void an_event_that_an_aggregate_cannot_read(void)
{
    spec = jangle_spec_aggregate(&book_aggregate, "moby");
    jangle_given_json(spec, "lent", 1, "{\"reader\":\"Ann\",\"weeks\":-1}");
}

static void an_event_that_a_saga_cannot_read(void)
{
    spec = jangle_spec_saga(&loan_saga, "old");
    jangle_given_json(spec, "lent", 1, "{\"reader\":\"Ann\",\"weeks\":-1}");
}

static void an_event_that_a_view_cannot_read(void)
{
    spec = jangle_spec_subscriber(&loans_view);
    jangle_given_json(spec, "lent", 1, "{\"reader\":\"Ann\",\"weeks\":-1}");
}

static void another_upcast(void)
{
    spec = jangle_spec_aggregate(&book_aggregate, "moby");
    jangle_given_json(spec, "lent", 1, old_ann);
    jangle_then_state(spec, book_state, .reader = "Ann", .days = 2);
}

static void each_thing_that_does_not_hold_is_named(void **state)
{
    static const struct complaint list[] = {
        {an_event_of_another_name, "book knows no event that is stored as \"book_lent\""},
        {a_command_of_another_name,
         "book knows no command that is stored as \"lend_book\""},
        {an_event_that_is_sent_to_an_aggregate,
         "book knows no command that is stored as \"lent\""},
        {an_event_that_no_saga_knows,
         "loan knows no event that is stored as \"returned\""},
        {an_event_that_no_view_knows,
         "loans knows no event that is stored as \"returned\""},
        {an_event_that_is_newer, "it needs a newer program"},
        {an_event_that_an_aggregate_cannot_read, "version 1"},
        {an_event_that_a_saga_cannot_read, "version 1"},
        {an_event_that_a_view_cannot_read, "book_lent was given, and ended with INVALID"},
        {another_upcast, "book_state.days is 14, not 2"},
    };

    (void)state;
    assert_complaints(&spec, list, sizeof list / sizeof *list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_aggregate_reads_what_was_stored),
        cmocka_unit_test(a_command_comes_in_json),
        cmocka_unit_test(a_saga_reads_what_was_stored),
        cmocka_unit_test(a_view_reads_what_was_stored),
        cmocka_unit_test(what_cannot_be_read_is_a_failure_of_the_event),
        cmocka_unit_test(each_thing_that_does_not_hold_is_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
