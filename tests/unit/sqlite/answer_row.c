/* answer_row.c - an answer that is the row which the SQL gives: each member has its
 * column, and what does not fit is refused by name. */
#include "contract/view/world.h"

struct part {
    const char *name;
};

struct parts {
    struct part *items;
    size_t count;
};

struct summary {
    const char *name;
    int64_t balance;
    bool open;
    jangle_optional_text note;
    struct parts parts;
    struct part first;
};

static JANGLE_STRUCT(part, name);
static JANGLE_STRUCT(
    summary, name, balance, open, note, list(parts, part), nested(first, part));

/* A question that is being answered. */
struct asked {
    struct view_world *world;
    struct jangle_view *view;
    struct jangle_answer answer;
};

static struct asked ask(struct view_world *world)
{
    struct asked asked = {.world = world,
                          .answer = {.type = &summary, .arena = &world->arena}};
    int64_t seen;

    assert_result(world->file->ops->ask(world->file, NULL, &world->arena, 60000,
                                        &asked.view, &seen, NULL),
                  JANGLE_OK);
    return asked;
}

static enum jangle_result end(struct asked *asked)
{
    struct view_world *world = asked->world;

    world->error = (struct jangle_error){0};
    return world->file->ops->answered(world->file, asked->view, JANGLE_OK, &world->error);
}

static const struct summary *answered(const struct asked *asked)
{
    return asked->answer.data;
}

/* ---- what fits --------------------------------------------------------------- */

static void an_answer_is_the_row_that_was_read(void **state)
{
    struct view_world *world = *state;
    struct asked asked;

    handled(world, 0, 1,
            "INSERT INTO accounts VALUES ('a', 'Ann', 5, 1, 1), ('b', 'Bob', 7, 2, 0)");
    asked = ask(world);
    assert_result(jangle_answer_row(&asked.answer, asked.view,
                                    "SELECT name, balance, state AS open, NULL AS note"
                                    " FROM accounts WHERE account_id = ?",
                                    "a"),
                  JANGLE_OK);
    assert_string_equal(answered(&asked)->name, "Ann");
    assert_int_equal(answered(&asked)->balance, 5);
    assert_true(answered(&asked)->open);
    assert_false(answered(&asked)->note.given);
    assert_int_equal(answered(&asked)->parts.count, 0);
    assert_string_equal(answered(&asked)->first.name, "");
    assert_result(end(&asked), JANGLE_OK);
    handled(world, 1, 2, "UPDATE accounts SET name = 'another'");
    assert_string_equal(answered(&asked)->name, "Ann");
}

static void only_the_first_row_is_read(void **state)
{
    struct asked asked = ask(*state);

    assert_result(jangle_answer_row(&asked.answer, asked.view,
                                    "SELECT 'a' AS name, 1 AS balance, 0 AS open,"
                                    " 'n' AS note UNION ALL SELECT 'b', 2, 1, 'm'"),
                  JANGLE_OK);
    assert_string_equal(answered(&asked)->name, "a");
    assert_string_equal(answered(&asked)->note.value, "n");
    assert_result(end(&asked), JANGLE_OK);
}

static void no_row_is_not_found_and_does_not_stick(void **state)
{
    struct asked asked = ask(*state);

    assert_result(jangle_answer_row(&asked.answer, asked.view,
                                    "SELECT name, balance, state AS open, name AS note"
                                    " FROM accounts"),
                  JANGLE_NOT_FOUND);
    assert_null(asked.answer.data);
    assert_result(asked.answer.error.result, JANGLE_OK);
    assert_result(jangle_answer_row(&asked.answer, asked.view,
                                    "SELECT '' AS name, 0 AS balance, 0 AS open,"
                                    " NULL AS note"),
                  JANGLE_OK);
    assert_string_equal(answered(&asked)->name, "");
    assert_result(end(&asked), JANGLE_OK);
}

/* ---- what does not ----------------------------------------------------------- */

static void what_does_not_fit_is_refused_by_name(void **state)
{
    static const struct {
        const char *sql;
        const char *words;
    } cases[] = {
        {"SELECT 'a' AS name, 1 AS open, NULL AS note",
         "ledger: member balance of summary has no column: SELECT 'a' AS name"},
        {"SELECT 'a' AS name, 1 AS balance, 1 AS open",
         "ledger: member note of summary has no column"},
        {"SELECT 'a' AS name, 1 AS balance, 1 AS open, 'n' AS note, 2 AS more",
         "ledger: column more has no member in summary"},
        {"SELECT NULL AS name, 1 AS balance, 1 AS open, 'n' AS note",
         "ledger: column name is NULL: make its member an optional, or use coalesce()"},
        {"SELECT 'a' AS name, NULL AS balance, 1 AS open, 'n' AS note",
         "ledger: column balance is NULL"},
        {"SELECT 'a' AS name, '1' AS balance, 1 AS open, 'n' AS note",
         "ledger: column balance is not a whole number"},
        {"SELECT 'a' AS name, 1 AS balance, 2 AS open, 'n' AS note",
         "ledger: column open is not 0 or 1"},
        {"SELECT 'a' AS name, 1 AS balance, 1 AS open, 4 AS note",
         "ledger: column note is not text"},
        {"SELECT 'a' AS name, 1 AS balance, 1 AS open, 'n' AS note, 'p' AS parts",
         "ledger: column parts cannot be read into a nested struct or a list"},
        {"SELECT 1 AS name FROM nowhere", "ledger: no such table: nowhere"},
        {"DELETE FROM notes RETURNING text AS name", "ledger: a query may not"},
    };
    struct view_world *world = *state;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct asked asked = ask(world);

        assert_result(jangle_answer_row(&asked.answer, asked.view, cases[i].sql),
                      JANGLE_INVALID);
        assert_null(asked.answer.data);
        assert_result(end(&asked), JANGLE_INVALID);
        assert_said(world, cases[i].words);
    }
}

static void the_first_error_sticks(void **state)
{
    struct view_world *world = *state;
    struct asked asked = ask(world);

    jangle_view_run(asked.view, "SELECT * FROM nowhere");
    assert_result(jangle_answer_row(&asked.answer, asked.view,
                                    "SELECT 'a' AS name, 1 AS balance, 1 AS open,"
                                    " NULL AS note"),
                  JANGLE_INVALID);
    assert_null(asked.answer.data);
    assert_result(end(&asked), JANGLE_INVALID);
    assert_said(world, "nowhere");
    asked = ask(world);
    jangle_error_set(&asked.answer.error, JANGLE_BUSY, "not today");
    assert_result(jangle_answer_row(&asked.answer, asked.view,
                                    "SELECT 'a' AS name, 1 AS balance, 1 AS open,"
                                    " NULL AS note"),
                  JANGLE_BUSY);
    assert_null(asked.answer.data);
    assert_result(end(&asked), JANGLE_OK);
}

static void without_a_view_it_says_so(void **state)
{
    struct view_world *world = *state;
    struct jangle_answer answer = {.type = &summary, .arena = &world->arena};

    assert_result(jangle_answer_row(&answer, NULL, "SELECT 1"), JANGLE_INVALID);
    assert_string_equal(answer.error.message,
                        "summary: who is asked is no view: query->view is NULL");
}

static void memory_that_runs_out_leaves_no_answer(void **state)
{
    struct view_world *world = *state;
    struct asked asked = ask(world);
    enum jangle_result result = JANGLE_NO_MEMORY;

    for (int64_t at = 1; result; at++) {
        jn_arena_finish(&world->arena);
        jn_arena_init(&world->arena, &world->host.host.allocator);
        failing_allocator_arm(&world->host.memory, at);
        asked.answer = (struct jangle_answer){.type = &summary, .arena = &world->arena};
        result = jangle_answer_row(&asked.answer, asked.view,
                                   "SELECT 'a' AS name, 1 AS balance, 1 AS open,"
                                   " NULL AS note");
        failing_allocator_arm(&world->host.memory, 0);
        if (result) {
            assert_result(result, JANGLE_NO_MEMORY);
            assert_null(asked.answer.data);
            end(&asked);
            asked = ask(world);
        }
    }
    assert_string_equal(answered(&asked)->name, "a");
    assert_result(end(&asked), JANGLE_OK);
}

/* ---- a struct that is filled already ----------------------------------------- */

static void an_answer_may_be_a_struct_that_is_filled(void **state)
{
    struct view_world *world = *state;
    struct asked asked = ask(world);
    struct part nails[] = {{"nail"}, {"screw"}};
    struct summary filled = {
        .name = "a", .balance = 3, .parts = {nails, 2}, .first = {""}};

    assert_result(jangle_answer_from(&asked.answer, summary, &filled), JANGLE_OK);
    filled.balance = 4;
    nails[1].name = "another";
    assert_int_equal(answered(&asked)->balance, 3);
    assert_int_equal(answered(&asked)->parts.count, 2);
    assert_string_equal(answered(&asked)->parts.items[1].name, "screw");
    assert_result(end(&asked), JANGLE_OK);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        VIEW_TEST(an_answer_is_the_row_that_was_read),
        VIEW_TEST(only_the_first_row_is_read),
        VIEW_TEST(no_row_is_not_found_and_does_not_stick),
        VIEW_TEST(what_does_not_fit_is_refused_by_name),
        VIEW_TEST(the_first_error_sticks),
        VIEW_TEST(without_a_view_it_says_so),
        VIEW_TEST(memory_that_runs_out_leaves_no_answer),
        VIEW_TEST(an_answer_may_be_a_struct_that_is_filled),
    };

    return view_world_run("answers from rows", tests, sizeof tests / sizeof *tests,
                          &views_in_files);
}
