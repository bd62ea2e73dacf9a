/* texts.c - a text of a state that nothing has set is "", wherever the state comes from:
 * from nothing, from its events, from a snapshot, from a saga's last turn, in a spec. */
#include "support/test.h"

#include <jangle/jangle.h>
#include <jangle/testing.h>

#include <string.h>

/* ---- a diary: texts of its own, in a nested struct, and in a list ------------- */

struct diary_page {
    const char *title;
    const char *body;
    jangle_optional_text note;
};

struct diary_pages {
    struct diary_page *items;
    size_t count;
};

struct diary_cover {
    const char *colour;
    const char *picture;
};

struct diary_state {
    const char *owner;
    struct diary_cover cover;
    struct diary_pages pages;
    jangle_optional_text motto;
};

struct write_page {
    const char *diary_id;
    const char *title;
    bool without_title;
};

struct page_written {
    const char *diary_id;
    const char *title;
};

struct remarked {
    const char *remark;
};

static JANGLE_STRUCT(diary_page, title, body, note);
static JANGLE_STRUCT(diary_cover, colour, picture);
static JANGLE_STRUCT(
    diary_state, owner, nested(cover, diary_cover), list(pages, diary_page), motto);
static JANGLE_COMMAND(write_page, diary_id, title, without_title);
static JANGLE_EVENT(page_written, diary_id, title);
static JANGLE_EVENT(remarked, remark);

static int looks, nulls;

/* Every text of it, as whoever reads the state would find it. */
static void look(const struct diary_state *diary)
{
    looks++;
    nulls += !diary->owner + !diary->cover.colour + !diary->cover.picture;
    nulls += diary->motto.given && !diary->motto.value;
    for (size_t i = 0; i < diary->pages.count; i++) {
        const struct diary_page *page = &diary->pages.items[i];

        nulls += !page->title + !page->body + (page->note.given && !page->note.value);
    }
}

/* Leaves texts unset in all the ways there are. */
static void apply_written(void *state, const struct jangle_event *event)
{
    struct diary_state *diary = state;
    const struct page_written *written = event->data;

    look(diary);
    diary->cover = (struct diary_cover){.colour = "red"};
    if (diary->pages.count)
        diary->pages.items[0] = (struct diary_page){.body = "again", .note.given = true};
    diary->motto.given = diary->pages.count > 1;
    diary->motto.value = NULL;
    jangle_list_add(event->arena, &diary->pages, diary_page, .title = written->title);
}

static void apply_remarked(void *state, const struct jangle_event *event)
{
    struct diary_state *diary = state;

    (void)event;
    look(diary);
    diary->owner = NULL;
}

static enum jangle_result decide_write(struct jangle_decision *decision,
                                       const void *state,
                                       const struct jangle_command *command)
{
    const struct write_page *write = command->data;

    look(state);
    if (write->without_title)
        return jangle_emit(decision, page_written, .diary_id = write->diary_id);
    return jangle_emit(decision, page_written, .diary_id = write->diary_id,
                       .title = write->title);
}

static const struct jangle_aggregate diary_aggregate = {
    .name = "diary",
    .state = &diary_state,
    .commands = JANGLE_DECIDERS({&write_page, decide_write}),
    .events = JANGLE_APPLIERS({&page_written, apply_written}),
    .snapshot_every = 2};

/* ---- a saga with the same state ---------------------------------------------- */

static bool notes_nothing;
static enum jangle_result noted;

static enum jangle_result react_to_page(struct jangle_turn *turn,
                                        const void *state,
                                        const struct jangle_event *event)
{
    (void)event;
    look(state);
    noted = notes_nothing ? jangle_turn_note(turn, remarked, .remark = NULL)
                          : jangle_turn_note(turn, remarked, .remark = "nice");
    return noted;
}

static const struct jangle_saga critic_saga = {
    .name = "critic",
    .state = &diary_state,
    .id_member = "diary_id",
    .events =
        JANGLE_APPLIERS({&page_written, apply_written}, {&remarked, apply_remarked}),
    .reactions = JANGLE_REACTIONS({&page_written, react_to_page}),
    .start = JANGLE_FROM_FIRST,
    .retry = {.max_attempts = 1}};

/* ---- in the engine ----------------------------------------------------------- */

static struct jangle *jangle;
static struct jangle_outcome outcome;

static int set_up(void **state)
{
    struct jangle_config config = {.aggregates = JANGLE_AGGREGATES(&diary_aggregate),
                                   .sagas = JANGLE_SAGAS(&critic_saga),
                                   .storage = jangle_memory(),
                                   .host = {.logger = jangle_logger_none()}};

    (void)state;
    looks = nulls = 0;
    notes_nothing = false;
    jangle = jangle_open(&config, &outcome.error);
    return jangle ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    return (int)jangle_close(jangle, -1);
}

static void write_and_work(const char *title)
{
    assert_result(
        jangle_send(jangle, &outcome, write_page, .diary_id = "1", .title = title),
        JANGLE_OK);
    assert_result(jangle_drain(jangle, 60000, NULL, NULL), JANGLE_OK);
}

static void nobody_meets_a_null_before_the_first_event_nor_later(void **state)
{
    struct jangle_stats stats;

    (void)state;
    write_and_work("one");
    /* Decided, and applied to the state in memory; the saga: applied, reacted, its note.
     */
    assert_int_equal(looks, 2 + 3);
    for (int i = 0; i < 6; i++)
        write_and_work("more");
    jangle_measure(jangle, &stats);
    assert_true(stats.snapshots > 1);
    assert_int_equal(stats.turns, 7);
    assert_true(looks > 7 * 4);
    assert_int_equal(nulls, 0);
}

static void what_is_sent_or_emitted_without_a_text_is_invalid(void **state)
{
    struct jangle_left left;

    (void)state;
    assert_result(jangle_send(jangle, &outcome, write_page, .diary_id = "1"),
                  JANGLE_INVALID);
    assert_non_null(strstr(outcome.error.message, "write_page.title"));
    assert_result(jangle_send(jangle, &outcome, write_page, .diary_id = "1", .title = "x",
                              .without_title = true),
                  JANGLE_INVALID);
    assert_non_null(strstr(outcome.error.message, "page_written.title"));
    notes_nothing = true;
    assert_result(
        jangle_send(jangle, &outcome, write_page, .diary_id = "1", .title = "x"),
        JANGLE_OK);
    assert_result(jangle_drain(jangle, 60000, &left, NULL), JANGLE_OK);
    assert_result(noted, JANGLE_INVALID);
}

/* ---- in a spec --------------------------------------------------------------- */

static void a_spec_of_an_aggregate_meets_none_either(void **state)
{
    struct jangle_spec *spec = jangle_spec_aggregate(&diary_aggregate, "1");

    (void)state;
    looks = nulls = 0;
    for (int i = 0; i < 3; i++) {
        jangle_when(spec, write_page, .diary_id = "1", .title = "x");
        jangle_then(spec, page_written, .diary_id = "1", .title = "x");
    }
    jangle_when(spec, write_page, .diary_id = "1", .title = "x", .without_title = true);
    jangle_then_invalid(spec, "title");
    assert_int_equal(jangle_spec_close(spec), 0);
    assert_true(looks > 6);
    assert_int_equal(nulls, 0);
}

static void nor_does_a_spec_of_a_saga(void **state)
{
    struct jangle_spec *spec = jangle_spec_saga(&critic_saga, "1");

    (void)state;
    looks = nulls = 0;
    notes_nothing = false;
    jangle_given(spec, page_written, .diary_id = "1", .title = "x");
    jangle_when(spec, page_written, .diary_id = "1", .title = "x");
    jangle_when(spec, page_written, .diary_id = "1", .title = "x");
    assert_int_equal(jangle_spec_close(spec), 0);
    assert_true(looks > 4);
    assert_int_equal(nulls, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            nobody_meets_a_null_before_the_first_event_nor_later, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_sent_or_emitted_without_a_text_is_invalid,
                                        set_up, tear_down),
        cmocka_unit_test(a_spec_of_an_aggregate_meets_none_either),
        cmocka_unit_test(nor_does_a_spec_of_a_saga),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
