/* dispatch.c - a view shows each event exactly once, whatever its handlers do. */
#include "sqlite/file/checksum.h"
#include "sqlite/views/view_format.h"
#include "support/domains/follower.h"
#include "support/stores/lying_store.h"

#include <jangle/view.h>

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* ---- a view that does as it is told ------------------------------------------ */

/* What the handler does to the event at `at`; to all others it does what is right. */
enum mischief {
    NONE,
    FAILS,
    FAILS_AFTER_WRITING,
    LEAVES_A_STATEMENT,
    COMMITS,
    WRITES_JANGLES_TABLES,
    WRONG_SQL,
    HIDES_AN_ERROR,
    BREAKS_A_CONSTRAINT,
    SAYS_STORAGE
};

static struct plan {
    enum mischief mischief;
    int64_t at;
    bool always; /* to every event */
    int64_t calls;
    sqlite3_stmt *left; /* by the handler, busy */
} plan;

static const char schema[] =
    "CREATE TABLE purses (id TEXT PRIMARY KEY, events INTEGER, total INTEGER);";

static enum jangle_result add(struct jangle_view *view, const struct jangle_event *event)
{
    const struct coins_put_in *coins = event->data;

    return jangle_view_run(view,
                           "INSERT INTO purses VALUES (?1, 1, ?2) ON CONFLICT (id) DO "
                           "UPDATE SET events = events + 1, total = total + ?2",
                           event->aggregate_id, coins->amount);
}

static enum jangle_result do_mischief(struct jangle_delivery *delivery,
                                      const struct jangle_event *event)
{
    struct jangle_view *view = delivery->view;

    switch (plan.mischief) {
    case FAILS_AFTER_WRITING:
        add(view, event);
        return jangle_delivery_fail(delivery, JANGLE_REJECTED, "changed my mind");
    case LEAVES_A_STATEMENT:
        add(view, event);
        sqlite3_finalize(plan.left);
        sqlite3_prepare_v2(jangle_view_sqlite(view), "SELECT * FROM purses", -1,
                           &plan.left, NULL);
        sqlite3_step(plan.left);
        return JANGLE_OK;
    case COMMITS:
        add(view, event);
        return jangle_view_run(view, "COMMIT");
    case WRITES_JANGLES_TABLES:
        add(view, event);
        return jangle_view_run(view, "UPDATE jangle_place SET position = 1000");
    case WRONG_SQL:
        add(view, event);
        return jangle_view_run(view, "INSERT INTO nowhere VALUES (1)");
    case HIDES_AN_ERROR:
        add(view, event);
        jangle_view_run(view, "INSERT INTO nowhere VALUES (1)");
        return JANGLE_OK;
    case BREAKS_A_CONSTRAINT:
        add(view, event);
        return jangle_view_run(view, "INSERT INTO purses (id) VALUES (?)",
                               event->aggregate_id);
    case SAYS_STORAGE:
        add(view, event);
        return JANGLE_STORAGE;
    default:
        return jangle_delivery_fail(delivery, JANGLE_REJECTED, "will not");
    }
}

static enum jangle_result show(struct jangle_delivery *delivery,
                               const struct jangle_event *event)
{
    plan.calls++;
    if (plan.mischief && (plan.always || plan.at == event->position))
        return do_mischief(delivery, event);
    return add(delivery->view, event);
}

static const struct jangle_handler handlers[] = {{&coins_put_in, show}};
static const struct jangle_handlers more_handlers =
    JANGLE_HANDLERS({&coins_put_in, show}, {&coins_taken_out, show});

static struct follower good;
static struct jangle_subscriber view_one;
static char view_file[TEMP_PATH_SIZE];
static const struct jangle_subscriber good_one = {.name = "good",
                                                  .context = &good,
                                                  .handlers =
                                                      JANGLE_ARRAY(follower_handlers),
                                                  .start = JANGLE_FROM_FIRST};

static int set_up(void **state)
{
    static struct world world;

    plan = (struct plan){0};
    good = (struct follower){0};
    world_init(&world, true);
    temp_directory_path(view_file, world.directory, "view.db");
    view_one = (struct jangle_subscriber){.name = "view",
                                          .handlers = JANGLE_ARRAY(handlers),
                                          .schema = schema,
                                          .file = view_file};
    world_open(&world, &view_one, &good_one, NULL);
    *state = &world;
    return 0;
}

static int tear_down(void **state)
{
    world_finish(*state);
    follower_clear(&good);
    return 0;
}

/* ---- looking at it ----------------------------------------------------------- */

/* The one number that the SQL gives, from the view's file as it is. */
static int64_t number(const char *sql)
{
    sqlite3 *database;
    sqlite3_stmt *statement;
    int64_t found;

    assert_int_equal(sqlite3_open_v2(view_file, &database, SQLITE_OPEN_READONLY, NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(database, sql, -1, &statement, NULL), SQLITE_OK);
    sqlite3_step(statement);
    found = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    sqlite3_close(database);
    return found;
}

/* Every purse has had `each` events, but for the one called `but`, which had `others`. */
static void assert_shown(int64_t purses, int64_t each, const char *but, int64_t others)
{
    char sql[200];

    snprintf(sql, sizeof sql,
             "SELECT count(*) FROM purses WHERE events = %d AND id <> '%s'", (int)each,
             but);
    assert_int_equal(number(sql), purses - 1);
    snprintf(sql, sizeof sql,
             "SELECT coalesce(sum(events), 0) FROM purses WHERE id = '%s'", but);
    assert_int_equal(number(sql), others);
}

/* ---- mischief ---------------------------------------------------------------- */

/* 100 events to 10 purses, in one batch; the handler spoils the one at 44, of purse 3,
 * which was shown 4 times by then. Who waits for the view learns that it has. */
static void spoil_44(struct world *world, enum mischief mischief, bool dead)
{
    struct jangle_subscriber_stats stats;
    struct jangle_left left;

    plan.mischief = mischief;
    plan.at = 44;
    world_put_many(world, 100, 10);
    assert_result(jangle_drain(world->jangle, -1, &left, NULL), JANGLE_OK);
    assert_int_equal(left.parked, !dead);
    assert_int_equal(left.dead, dead);
    stats = world_measure(world, "view");
    assert_int_equal(stats.position, 100);
    assert_int_equal(stats.parked, !dead);
    assert_int_equal(stats.dead, dead);
    assert_shown(10, 10, "3", 4);
}

static void assert_mended(struct world *world)
{
    world_settle(world, 5);
    assert_shown(10, 10, "3", 10);
    assert_int_equal(number("SELECT count(*) FROM jangle_parked"), 0);
    assert_int_equal(number("SELECT incomplete FROM jangle_place"), 0);
    follower_assert_all(&good, 1, 100);
}

static void spoil(struct world *world, enum mischief mischief, const char *sentence)
{
    spoil_44(world, mischief, false);
    if (!strstr(world_measure(world, "view").reason, sentence))
        fail_msg("%s", world_measure(world, "view").reason);
    plan.mischief = NONE;
    assert_mended(world);
}

static enum jangle_result take_dead_letter(void *context,
                                           const struct jangle_dead_letter *letter)
{
    assert_int_equal(letter->position, 44);
    assert_int_equal(letter->attempts, 1);
    assert_int_equal(letter->held_count, 5);
    snprintf(context, 160, "%s", letter->reason);
    return JANGLE_OK;
}

/* Only another program mends it: it is a dead letter at the first attempt, and is tried
 * again when a person says so. */
static void
spoil_for_good(struct world *world, enum mischief mischief, const char *sentence)
{
    char reason[160];

    spoil_44(world, mischief, true);
    assert_result(
        jangle_dead_letter_visit(world->jangle, "view", take_dead_letter, reason, NULL),
        JANGLE_OK);
    if (!strstr(reason, sentence))
        fail_msg("%s", reason);
    plan.mischief = NONE;
    world_settle(world, 5);
    assert_shown(10, 10, "3", 4);
    assert_result(jangle_dead_letter_retry(world->jangle, "view", 44, NULL), JANGLE_OK);
    assert_mended(world);
}

static void a_handler_that_fails_spoils_only_its_own(void **state)
{
    spoil(*state, FAILS, "will not");
}

static void what_a_failing_handler_wrote_is_undone(void **state)
{
    spoil(*state, FAILS_AFTER_WRITING, "changed my mind");
}

static void a_statement_left_busy_fails_its_handler_by_name(void **state)
{
    spoil_for_good(*state, LEAVES_A_STATEMENT, "SELECT * FROM purses");
    sqlite3_finalize(plan.left);
}

static void a_commit_is_denied_by_name(void **state)
{
    spoil_for_good(*state, COMMITS, "COMMIT");
}

static void jangles_own_tables_are_denied_by_name(void **state)
{
    spoil_for_good(*state, WRITES_JANGLES_TABLES, "jangle_place");
}

static void wrong_sql_fails_its_handler(void **state)
{
    spoil_for_good(*state, WRONG_SQL, "nowhere");
}

static void a_broken_constraint_is_tried_again(void **state)
{
    spoil(*state, BREAKS_A_CONSTRAINT, "UNIQUE constraint failed: purses.id");
}

static void an_error_cannot_be_hidden(void **state)
{
    spoil_for_good(*state, HIDES_AN_ERROR, "nowhere");
}

/* It may mean that the transaction is gone: each event goes into one of its own then. */
static void a_handler_that_says_storage_spoils_only_its_own(void **state)
{
    spoil(*state, SAYS_STORAGE, "STORAGE");
}

static void a_view_in_an_outage_shows_all_in_the_end(void **state)
{
    struct world *world = *state;

    plan.mischief = FAILS_AFTER_WRITING;
    plan.always = true;
    world_put_many(world, 1000, 50);
    for (int i = 0; i < 100; i++) {
        world_poll(world);
        world_pass(world, 300000);
    }
    assert_true(world_measure(world, "view").suspended.us != 0);
    assert_int_equal(world_measure(world, "view").parked, 50);
    assert_int_equal(number("SELECT count(*) FROM jangle_parked"), 50);
    assert_int_equal(number("SELECT suspended_for FROM jangle_place"), 1);
    assert_int_equal(number("SELECT count(*) FROM purses"), 0);
    world_close(world);
    world_open(world, &view_one, &good_one, NULL);
    assert_true(world_measure(world, "view").suspended.us != 0);
    plan.always = false;
    plan.mischief = NONE;
    world_settle(world, 20);
    assert_shown(50, 20, "49", 20);
    assert_int_equal(number("SELECT count(*) FROM jangle_parked"), 0);
}

static void a_skipped_event_leaves_the_view_incomplete(void **state)
{
    struct world *world = *state;

    plan.mischief = FAILS;
    plan.at = 44;
    world_put_many(world, 100, 10);
    for (int i = 0; i < 20; i++) {
        world_poll(world);
        world_pass(world, 300000);
    }
    assert_int_equal(world_measure(world, "view").dead, 1);
    assert_int_equal(number("SELECT incomplete FROM jangle_place"), 0);
    assert_result(jangle_dead_letter_skip(world->jangle, "view", 44, &world->error),
                  JANGLE_OK);
    world_settle(world, 5);
    assert_shown(10, 10, "3", 9);
    assert_int_equal(number("SELECT incomplete FROM jangle_place"), 1);
    assert_int_equal(world_measure(world, "view").dead, 0);
}

static void a_dead_event_of_a_view_is_retried(void **state)
{
    struct world *world = *state;

    plan.mischief = FAILS;
    plan.at = 44;
    world_put_many(world, 100, 10);
    for (int i = 0; i < 20; i++) {
        world_poll(world);
        world_pass(world, 300000);
    }
    plan.mischief = NONE;
    assert_result(jangle_dead_letter_retry(world->jangle, "view", 44, &world->error),
                  JANGLE_OK);
    world_poll(world);
    assert_shown(10, 10, "3", 10);
    assert_int_equal(number("SELECT incomplete FROM jangle_place"), 0);
}

/* ---- its place --------------------------------------------------------------- */

static void a_view_begins_with_the_first_event(void **state)
{
    struct world *world = *state;

    world_close(world);
    world_open(world, NULL, NULL);
    world_put_many(world, 100, 10);
    world_close(world);
    world_open(world, &view_one, NULL);
    world_poll(world);
    assert_shown(10, 10, "3", 10);
    assert_int_equal(plan.calls, 100);
    world_close(world);
    world_open(world, &view_one, NULL);
    world_poll(world);
    assert_int_equal(plan.calls, 100);
}

static void a_view_may_begin_with_what_comes(void **state)
{
    struct world *world = *state;
    struct jangle_subscriber later = view_one;
    char later_file[TEMP_PATH_SIZE];

    later.name = "later";
    later.start = JANGLE_FROM_NOW;
    temp_directory_path(later_file, world->directory, "later.db");
    later.file = later_file;
    world_put_many(world, 50, 10);
    world_close(world);
    world_open(world, &later, NULL);
    world_close(world);
    assert_int_equal(plan.calls, 0);
    world_open(world, NULL, NULL);
    world_put_many(world, 20, 10);
    world_close(world);
    world_open(world, &later, NULL);
    world_poll(world);
    assert_int_equal(plan.calls, 20);
    assert_int_equal(world_measure(world, "later").position, 70);
    world_close(world);
}

static enum jangle_result refuse_commit(struct jangle_view_file *file,
                                        const struct jangle_checkpoint *checkpoint,
                                        bool incomplete,
                                        struct jangle_error *error)
{
    (void)file, (void)checkpoint, (void)incomplete;
    return jangle_error_set(error, JANGLE_INVALID, "as it is told");
}

static struct jangle_storage honest_storage;

static enum jangle_result open_refusing(const struct jangle_storage *storage,
                                        const struct jangle_host *host,
                                        struct jangle_stores *stores,
                                        struct jangle_error *error)
{
    static const struct jangle_view_store_ops refusing = {.commit = refuse_commit};
    enum jangle_result result = honest_storage.open(&honest_storage, host, stores, error);

    (void)storage;
    if (!result)
        lie_about_views(stores->views, &refusing);
    return result;
}

/* Its file was not moved: neither is what is known of it. */
static void a_view_that_could_not_begin_there_is_at_0(void **state)
{
    struct world *world = *state;
    struct jangle_subscriber later = view_one;
    char later_file[TEMP_PATH_SIZE];

    later.name = "later";
    later.start = JANGLE_FROM_NOW;
    temp_directory_path(later_file, world->directory, "later.db");
    later.file = later_file;
    world_put_many(world, 50, 10);
    world_close(world);
    honest_storage = world->config.storage;
    world->config.storage.open = open_refusing;
    world_open(world, &later, NULL);
    assert_int_equal(world_measure(world, "later").position, 0);
    assert_string_equal(world_measure(world, "later").reason, "as it is told");
    world_close(world);
}

enum { NAMES_SIZE = 100 };

static enum jangle_result collect(void *context, const char *subscriber)
{
    char *names = context;
    size_t size = strlen(names);

    snprintf(names + size, NAMES_SIZE - size, "%s ", subscriber);
    return JANGLE_OK;
}

/* Its file is found by its name, or is another view's by what it says: so it is new. */
static void a_renamed_view_is_built_anew_under_its_name(void **state)
{
    struct world *world = *state;
    struct jangle_subscriber renamed = view_one;
    char renamed_file[TEMP_PATH_SIZE], names[NAMES_SIZE] = "";

    world_put_many(world, 50, 10);
    world_poll(world);
    world_close(world);
    renamed.name = "overview";
    renamed.formerly = "view";
    assert_false(world_try_open(world, &renamed, NULL));
    assert_result(world->error.result, JANGLE_INVALID);
    temp_directory_path(renamed_file, world->directory, "overview.db");
    renamed.file = renamed_file;
    world_open(world, &renamed, &good_one, NULL);
    world_poll(world);
    assert_int_equal(world_measure(world, "overview").position, 50);
    assert_int_equal(plan.calls, 100);
    jangle_subscriber_visit(world->jangle, collect, names, NULL);
    assert_string_equal(names, "good overview ");
    world_close(world);
}

static void copy_file(const char *from, const char *to)
{
    FILE *in = fopen(from, "rb"), *out = fopen(to, "wb");
    char bytes[4096];
    size_t size;

    assert_non_null(in);
    assert_non_null(out);
    while ((size = fread(bytes, 1, sizeof bytes, in)) > 0)
        assert_int_equal(fwrite(bytes, 1, size, out), size);
    fclose(in);
    assert_int_equal(fclose(out), 0);
}

/* A reason begins with what it is and what to do; paths, which are cut first, are behind
 * it. */
static void assert_suspended(struct world *world, const char *one, const char *other)
{
    struct jangle_subscriber_stats stats;

    world_poll(world);
    stats = world_measure(world, "view");
    assert_true(stats.suspended.us != 0);
    if (!strstr(stats.reason, one) || !strstr(stats.reason, other))
        fail_msg("%s", stats.reason);
}

static void an_older_backup_of_the_store_is_refused_with_a_sentence(void **state)
{
    struct world *world = *state;
    char backup[TEMP_PATH_SIZE];
    struct jangle_left left;
    int64_t calls;

    temp_directory_path(backup, world->directory, "backup.db");
    world_put_many(world, 50, 10);
    world_poll(world);
    world_close(world);
    copy_file(world->file, backup);
    world_open(world, &view_one, &good_one, NULL);
    world_put_many(world, 50, 10);
    world_poll(world);
    world_close(world);

    /* The view has seen what the store lacks. */
    copy_file(backup, world->file);
    world_open(world, &view_one, &good_one, NULL);
    assert_suspended(world, "event 100", "older backup");

    /* The store goes on, and now has other events there. */
    calls = plan.calls;
    world_put_many(world, 80, 7);
    assert_result(jangle_drain(world->jangle, -1, &left, &world->error), JANGLE_OK);
    assert_int_equal(left.suspended, 1);
    assert_int_equal(plan.calls, calls);
    world_close(world);
    world_open(world, &view_one, &good_one, NULL);
    assert_suspended(world, "another event 100", "older backup");
    assert_int_equal(plan.calls, calls);

    assert_result(jangle_replay(world->jangle, "view", NULL, &world->error), JANGLE_OK);
    assert_int_equal(world_measure(world, "view").suspended.us, 0);
    world_poll(world);
    assert_int_equal(number("SELECT sum(events) FROM purses"), 130);
}

static void a_view_of_another_store_is_refused_with_a_sentence(void **state)
{
    struct world *world = *state;
    char other[TEMP_PATH_SIZE];

    temp_directory_path(other, world->directory, "other.db");
    world_put_many(world, 50, 10);
    world_poll(world);
    world_close(world);
    world->config.storage = jangle_sqlite(other);
    world_open(world, &view_one, NULL);
    assert_suspended(world, "replay the view \"view\"", "another store");
}

static void a_new_schema_or_set_of_types_waits_for_a_replay(void **state)
{
    struct world *world = *state;
    struct jangle_subscriber newer = view_one;

    world_put_many(world, 50, 10);
    world_poll(world);
    world_close(world);
    newer.schema_version = 2;
    world_open(world, &newer, &good_one, NULL);
    assert_suspended(world, "version 0 of its schema, not 2", "replay the view \"view\"");
    world_put_many(world, 50, 10);
    world_poll(world);
    follower_assert_all(&good, 1, 100);
    world_close(world);

    newer = view_one;
    newer.handlers = more_handlers;
    world_open(world, &newer, &good_one, NULL);
    assert_suspended(world, "other types of events", "replay the view \"view\"");
    assert_int_equal(plan.calls, 50);
    assert_result(jangle_replay(world->jangle, "view", NULL, &world->error), JANGLE_OK);
    world_poll(world);
    assert_int_equal(world_measure(world, "view").suspended.us, 0);
    assert_shown(10, 10, "3", 10);
    world_close(world);
}

/* However long the paths, whose ends are cut. */
static void a_long_path_hides_neither_cause_nor_advice(void **state)
{
    struct world *world = *state;
    char name[151], folder[500], file[600], store[600];
    struct jangle_subscriber far = view_one;

    world_close(world);
    memset(name, 'x', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    snprintf(folder, sizeof folder, "%s/%s", world->directory, name);
    assert_int_equal(mkdir(folder, 0700), 0);
    snprintf(file, sizeof file, "%s/view.db", folder);
    snprintf(store, sizeof store, "%s/store.db", folder);
    far.file = file;
    world->config.storage = jangle_sqlite(store);
    world_open(world, &far, NULL);
    world_put_many(world, 5, 5);
    world_poll(world);
    world_close(world);

    far.schema_version = 2;
    world_open(world, &far, NULL);
    assert_suspended(world, "version 0 of its schema, not 2", "replay the view \"view\"");
    world_close(world);
    far.schema_version = view_one.schema_version;
    world->config.storage = jangle_sqlite(world->file);
    world_open(world, &far, NULL);
    assert_suspended(world, "another store: if this is the right one",
                     "replay the view \"view\"");
    world_close(world);
}

/* Its file alone says where a view is: if somebody moved it, it goes on from there. */
static void a_view_whose_checkpoint_was_moved_goes_on_from_there(void **state)
{
    struct world *world = *state;
    char sql[900];
    sqlite3 *other;

    world_put_many(world, 50, 10);
    world_poll(world);
    world_put_many(world, 50, 10);
    snprintf(sql, sizeof sql,
             "ATTACH '%s' AS store; UPDATE jangle_place SET position = 30, event_id ="
             " (SELECT event_id FROM store.events WHERE position = 30);"
             "UPDATE jangle_place SET checksum = " JN_VIEW_CHECKPOINT_CHECKSUM_AS_IT_IS,
             world->file);
    assert_int_equal(sqlite3_open(view_file, &other), SQLITE_OK);
    assert_int_equal(jn_checksum_register(other), SQLITE_OK);
    assert_int_equal(sqlite3_exec(other, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(other);
    assert_result(jangle_poll(world->jangle, NULL, &world->error), JANGLE_CONFLICT);
    world_pass(world, 10000);
    world_poll(world);
    assert_int_equal(world_measure(world, "view").position, 100);
    assert_int_equal(number("SELECT sum(events) FROM purses"), 120);
}

/* A view's file that somebody else writes to for too long is waited for; nothing is
 * skipped, and nobody else waits. */
static void a_busy_file_is_waited_for(void **state)
{
    struct world *world = *state;
    sqlite3 *other;
    int64_t done;

    world_put_many(world, 50, 10);
    assert_int_equal(sqlite3_open(view_file, &other), SQLITE_OK);
    assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    assert_result(jangle_poll(world->jangle, &done, &world->error), JANGLE_BUSY);
    world_poll(world);
    assert_int_equal(world_measure(world, "view").position, 0);
    follower_assert_all(&good, 1, 50);
    sqlite3_close(other);
    world_poll(world);
    assert_int_equal(world_measure(world, "view").position, 0);
    world_pass(world, 10000);
    world_poll(world);
    assert_shown(10, 5, "3", 5);
    assert_int_equal(plan.calls, 50);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST_IN_FILE(a_handler_that_fails_spoils_only_its_own),
        WORLD_TEST_IN_FILE(what_a_failing_handler_wrote_is_undone),
        WORLD_TEST_IN_FILE(a_statement_left_busy_fails_its_handler_by_name),
        WORLD_TEST_IN_FILE(a_commit_is_denied_by_name),
        WORLD_TEST_IN_FILE(jangles_own_tables_are_denied_by_name),
        WORLD_TEST_IN_FILE(wrong_sql_fails_its_handler),
        WORLD_TEST_IN_FILE(a_broken_constraint_is_tried_again),
        WORLD_TEST_IN_FILE(an_error_cannot_be_hidden),
        WORLD_TEST_IN_FILE(a_handler_that_says_storage_spoils_only_its_own),
        WORLD_TEST_IN_FILE(a_view_in_an_outage_shows_all_in_the_end),
        WORLD_TEST_IN_FILE(a_skipped_event_leaves_the_view_incomplete),
        WORLD_TEST_IN_FILE(a_dead_event_of_a_view_is_retried),
        WORLD_TEST_IN_FILE(a_view_begins_with_the_first_event),
        WORLD_TEST_IN_FILE(a_view_may_begin_with_what_comes),
        WORLD_TEST_IN_FILE(a_view_that_could_not_begin_there_is_at_0),
        WORLD_TEST_IN_FILE(a_renamed_view_is_built_anew_under_its_name),
        WORLD_TEST_IN_FILE(an_older_backup_of_the_store_is_refused_with_a_sentence),
        WORLD_TEST_IN_FILE(a_long_path_hides_neither_cause_nor_advice),
        WORLD_TEST_IN_FILE(a_view_of_another_store_is_refused_with_a_sentence),
        WORLD_TEST_IN_FILE(a_new_schema_or_set_of_types_waits_for_a_replay),
        WORLD_TEST_IN_FILE(a_view_whose_checkpoint_was_moved_goes_on_from_there),
        WORLD_TEST_IN_FILE(a_busy_file_is_waited_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
