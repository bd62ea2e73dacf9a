/* check.c - VS-17: upserts are compiled before any handler runs. */
#include "contract/view/contract.h"

struct set_name {
    const char *account_id;
    const char *name;
};

struct set_nothing {
    const char *account_id;
    const char *nothing;
};

struct by_name {
    const char *name;
    int64_t balance;
};

static JANGLE_UPSERT(set_name, "accounts", key(account_id), set(name));
static JANGLE_UPSERT(set_nothing, "accounts", key(account_id), set(nothing));
static JANGLE_UPSERT(by_name, "accounts", key(name), set(balance));

static const struct jangle_column key_alone[] = {
    {{"account_id", 0, JANGLE_KIND_TEXT, NULL}, JANGLE_RULE_KEY, NULL},
    {{0}, 0, NULL},
};
static const struct jangle_upsert elsewhere = {
    .name = "elsewhere", .table = "elsewhere", .columns = key_alone};

static enum jangle_result
check(struct view_world *world, const struct jangle_upsert *const *upserts, size_t count)
{
    world->error = (struct jangle_error){0};
    return world->file->ops->check(world->file, upserts, count, &world->error);
}

static void vs_17_upserts_that_fit_are_taken(void **state)
{
    static const struct jangle_upsert *const fit[] = {&set_name, &set_name};
    struct view_world *world = *state;

    assert_result(check(world, fit, 2), JANGLE_OK);
    assert_result(check(world, NULL, 0), JANGLE_OK);
    assert_int_equal(number(world, "SELECT count(*) FROM accounts"), 0);
    assert_int_equal(position(world), 0);
    begin(world);
    enter(world, false);
    jangle_view_upsert(world->view, set_name, .account_id = "a", .name = "Ann");
    assert_result(leave(world, JANGLE_OK), JANGLE_OK);
    assert_result(commit(world, 0, 1), JANGLE_OK);
    assert_int_equal(number(world, "SELECT count(*) FROM accounts"), 1);
}

static void vs_17_what_does_not_fit_is_named(void **state)
{
    static const struct {
        const struct jangle_upsert *upserts[2];
        const char *message;
    } cases[] = {
        {{&set_name, &elsewhere}, "ledger: elsewhere: there is no table elsewhere"},
        {{&set_name, &set_nothing},
         "ledger: set_nothing: column nothing of accounts is not there"},
        {{&by_name, &set_nothing},
         "ledger: by_name: table accounts has no unique index on (\"name\")"},
    };
    struct view_world *world = *state;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_result(check(world, cases[i].upserts, 2), JANGLE_INVALID);
        assert_string_equal(world->error.message, cases[i].message);
    }
    /* Nothing sticks to the view. */
    assert_result(check(world, cases[0].upserts, 1), JANGLE_OK);
    handled(world, 0, 1, "INSERT INTO notes VALUES ('a')");
    assert_int_equal(number(world, "SELECT count(*) FROM notes"), 1);
}

static void vs_17_memory_that_runs_out_is_said(void **state)
{
    static const struct jangle_upsert *const fit[] = {&set_name};
    struct view_world *world = *state;

    failing_allocator_arm(&world->host.memory, 1);
    assert_result(check(world, fit, 1), JANGLE_NO_MEMORY);
    failing_allocator_arm(&world->host.memory, 0);
    assert_result(check(world, fit, 1), JANGLE_OK);
}

int view_check_contract(const struct backend *backend)
{
    static const struct CMUnitTest tests[] = {
        VIEW_TEST(vs_17_upserts_that_fit_are_taken),
        VIEW_TEST(vs_17_what_does_not_fit_is_named),
        VIEW_TEST(vs_17_memory_that_runs_out_is_said),
    };

    return view_world_run("views, upserts", tests, sizeof tests / sizeof *tests, backend);
}
