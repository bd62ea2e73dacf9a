/* catalogue.c - a store describes itself: what the programs that open it are made of, and
 * who has it open. */
#include "support/domains/neighbours.h"
#include "support/domains/tills.h"
#include "support/stores/sql.h"

#include "core/engine.h"
#include "engine/catalogue.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static struct follower seen;

static const struct jangle_subscriber listener = {
    .name = "listener",
    .context = &seen,
    .handlers = {follower_handlers, 1},
    .order = JANGLE_ANY_ORDER,
    .retry = {.max_attempts = 7},
};

static enum jangle_result show_nothing(struct jangle_delivery *delivery,
                                       const struct jangle_event *event)
{
    (void)delivery, (void)event;
    return JANGLE_OK;
}

static const struct jangle_handler rows[] = {{&coins_put_in, show_nothing}};

static const struct jangle_subscriber board = {
    .name = "board",
    .handlers = JANGLE_ARRAY(rows),
    .schema = "CREATE TABLE coins (amount INTEGER) STRICT",
    .schema_version = 4,
};

static const struct jangle_subscriber wider_board = {
    .name = "board",
    .handlers = JANGLE_ARRAY(rows),
    .schema = "CREATE TABLE coins (amount INTEGER) STRICT",
    .schema_version = 4,
    .threads = 0,
    .retry = {.max_attempts = 3},
};

static int set_up(void **state)
{
    static struct world world;

    world_init(&world, *state != NULL);
    world.config.program = "purses";
    *state = &world;
    return 0;
}

static int tear_down(void **state)
{
    world_finish(*state);
    follower_clear(&seen);
    return 0;
}

/* ---- reading ----------------------------------------------------------------- */

struct wanted {
    enum jangle_catalogue_kind kind;
    const char *program, *name;
    struct jangle_catalogue_entry found; /* its texts are not */
    char facts[1000];
    int count; /* of all entries that the program has */
};

static enum jangle_result look_at(void *context,
                                  const struct jangle_catalogue_entry *entry)
{
    struct wanted *wanted = context;

    if (strcmp(entry->program, wanted->program) != 0)
        return JANGLE_OK;
    wanted->count += !entry->gone_at.us;
    if (!wanted->name || entry->kind != wanted->kind || strcmp(entry->name, wanted->name))
        return JANGLE_OK;
    wanted->found = *entry;
    snprintf(wanted->facts, sizeof wanted->facts, "%s", entry->facts);
    return JANGLE_OK;
}

static struct wanted find(struct world *world,
                          const char *program,
                          enum jangle_catalogue_kind kind,
                          const char *name)
{
    struct wanted wanted = {.kind = kind, .program = program, .name = name};
    struct jangle_store *store = world->jangle->store;

    assert_result(
        store->ops->read_catalogue(store, look_at, &wanted, &(struct jangle_error){0}),
        JANGLE_OK);
    return wanted;
}

static void assert_facts(struct world *world,
                         enum jangle_catalogue_kind kind,
                         const char *name,
                         int version,
                         const char *facts)
{
    struct wanted wanted = find(world, "purses", kind, name);

    assert_string_equal(wanted.facts, facts);
    assert_int_equal(wanted.found.version, version);
    assert_true(wanted.found.first_seen.us > 0);
    assert_int_equal(wanted.found.gone_at.us, 0);
}

/* ---- what it is made of ------------------------------------------------------ */

static void messages_have_their_members_with_kinds(void **state)
{
    struct world *world = *state;

    world_open(world, &board, NULL);
    assert_facts(world, JANGLE_CATALOGUE_EVENT, "coins_put_in", 1,
                 "{\"fields\":[{\"name\":\"amount\",\"kind\":\"int\"},"
                 "{\"name\":\"total\",\"kind\":\"int\"}]}");
    assert_facts(world, JANGLE_CATALOGUE_COMMAND, "put_in", 1,
                 "{\"fields\":[{\"name\":\"purse_id\",\"kind\":\"text\"},"
                 "{\"name\":\"amount\",\"kind\":\"int\"}]}");
}

static void who_decides_and_follows_is_there_with_what_it_takes(void **state)
{
    struct world *world = *state;
    struct wanted wanted;

    world_open(world, &board, &listener, NULL);
    wanted = find(world, "purses", JANGLE_CATALOGUE_AGGREGATE, "purse");
    assert_non_null(strstr(wanted.facts, "\"commands\":[\"put_in\""));
    assert_non_null(strstr(wanted.facts, "\"events\":[\"coins_put_in\""));
    assert_facts(world, JANGLE_CATALOGUE_VIEW, "board", 0,
                 "{\"handles\":[\"coins_put_in\"],\"answers\":[],\"order\":\"in order\","
                 "\"dead\":\"parks\",\"retry\":{\"max_attempts\":10,"
                 "\"first_delay_ms\":1000,\"max_delay_ms\":300000},"
                 "\"schema_version\":4}");
    assert_facts(world, JANGLE_CATALOGUE_HANDLER, "listener", 0,
                 "{\"handles\":[\"coins_put_in\"],\"answers\":[],\"order\":\"any order\","
                 "\"dead\":\"parks\",\"retry\":{\"max_attempts\":7,"
                 "\"first_delay_ms\":1000,\"max_delay_ms\":300000}}");
}

static void a_saga_is_there_with_its_state_and_its_reactions(void **state)
{
    struct world *world = *state;

    tills_open(world, &move_saga);
    assert_facts(world, JANGLE_CATALOGUE_SAGA, "move", 0,
                 "{\"state\":\"move_state\",\"state_version\":1,"
                 "\"begins_with\":\"paid_out\",\"id_member\":\"move_id\","
                 "\"applies\":[\"paid_out\",\"call_counted\"],"
                 "\"reacts_to\":[\"paid_out\"],"
                 "\"retry\":{\"max_attempts\":10,\"first_delay_ms\":30000,"
                 "\"max_delay_ms\":300000}}");
    assert_facts(world, JANGLE_CATALOGUE_STRUCT, "move_state", 1,
                 "{\"fields\":[{\"name\":\"from_id\",\"kind\":\"text\"},"
                 "{\"name\":\"to_id\",\"kind\":\"text\"},"
                 "{\"name\":\"amount\",\"kind\":\"int\"},"
                 "{\"name\":\"calls\",\"kind\":\"int\"}]}");
}

static void endpoints_are_there_with_their_topics(void **state)
{
    struct neighbours neighbours;
    struct wanted wanted;

    (void)state;
    neighbours_init(&neighbours, false);
    publish_with(&neighbours.sender, &purse_news);
    consume_with(&neighbours.taker, &purse_watch);
    neighbours.sender.config.program = neighbours.taker.config.program = "purses";
    world_open(&neighbours.sender, NULL);
    world_open(&neighbours.taker, NULL);
    wanted =
        find(&neighbours.sender, "purses", JANGLE_CATALOGUE_PUBLISHER, purse_news.name);
    assert_non_null(strstr(wanted.facts,
                           "{\"topic\":\"purses\",\"routes\":[{\"type\":"
                           "\"coins_put_in\"}]"));
    wanted =
        find(&neighbours.taker, "purses", JANGLE_CATALOGUE_CONSUMER, purse_watch.name);
    assert_non_null(strstr(wanted.facts, "\"topic\":\"purses\",\"queue\":"));
    neighbours_finish(&neighbours);
}

/* ---- when it is written ------------------------------------------------------ */

static void what_changes_is_written_and_what_goes_is_kept(void **state)
{
    struct world *world = *state;
    struct wanted before, after;

    world_open(world, &board, &listener, NULL);
    before = find(world, "purses", JANGLE_CATALOGUE_VIEW, "board");
    world_close(world);
    world_pass(world, 1000);
    world_open(world, &wider_board, NULL);
    after = find(world, "purses", JANGLE_CATALOGUE_VIEW, "board");
    assert_non_null(strstr(after.facts, "\"max_attempts\":3"));
    assert_int_equal(after.found.first_seen.us, before.found.first_seen.us);
    assert_int_equal(after.count, before.count - 1);
    after = find(world, "purses", JANGLE_CATALOGUE_HANDLER, "listener");
    assert_int_equal(after.found.gone_at.us, before.found.first_seen.us + 1000 * 1000);
}

/* Another program has other tables: each has its own rows, and neither undoes what the
 * other has described. */
static void two_programs_describe_themselves_beside_each_other(void **state)
{
    struct world *world = *state;
    struct wanted before;

    world_open(world, &board, NULL);
    before = find(world, "purses", JANGLE_CATALOGUE_VIEW, "board");
    world_close(world);
    world->config.program = "reports";
    world_open(world, &listener, NULL);
    assert_int_equal(
        find(world, "purses", JANGLE_CATALOGUE_VIEW, "board").found.gone_at.us, 0);
    assert_int_equal(find(world, "purses", 0, NULL).count, before.count);
    assert_true(find(world, "reports", 0, NULL).count > 0);
    world_close(world);
    world->config.program = "purses";
    world_open(world, &board, NULL);
    assert_int_equal(
        find(world, "reports", JANGLE_CATALOGUE_HANDLER, "listener").found.gone_at.us, 0);
}

/* What another connection has seen: it grows with each commit of the program. */
static int64_t version_of_data(sqlite3 *files)
{
    return sql_ask(files, "PRAGMA data_version");
}

static void what_is_there_already_is_not_written_again(void **state)
{
    struct world *world = *state;
    struct jangle_error error = {0};
    sqlite3 *files = NULL;
    int64_t version;

    world_open(world, &board, &listener, NULL);
    assert_int_equal(sqlite3_open(world->file, &files), SQLITE_OK);
    version = version_of_data(files);
    assert_result(jn_catalogue_write(world->jangle, &error), JANGLE_OK);
    assert_int_equal(version_of_data(files), version);
    world->jangle->config.program = "another";
    assert_result(jn_catalogue_write(world->jangle, &error), JANGLE_OK);
    assert_true(version_of_data(files) > version);
    version = version_of_data(files);
    assert_result(jn_catalogue_write(world->jangle, &error), JANGLE_OK);
    assert_int_equal(version_of_data(files), version);
    sqlite3_close(files);
}

/* It has other tables than the program that writes, and a name of its own. */
static void a_follower_describes_nothing(void **state)
{
    struct world *world = *state;
    struct jangle_config config = world->config;
    const struct jangle_subscriber *subscribers[] = {&listener};
    struct jangle *program;
    sqlite3 *files = NULL;
    int64_t version;

    world_open(world, &board, NULL);
    assert_int_equal(sqlite3_open(world->file, &files), SQLITE_OK);
    version = version_of_data(files);
    config.storage = jangle_sqlite(world->file);
    config.subscribers = (struct jangle_subscribers){subscribers, 1};
    config.follower = true;
    config.program = "looker";
    program = world->jangle;
    world->jangle = jangle_open(&config, &world->error);
    assert_non_null(world->jangle);
    assert_int_equal(find(world, "looker", 0, NULL).count, 0);
    assert_true(find(world, "purses", 0, NULL).count > 0);
    assert_int_equal(version_of_data(files), version);
    assert_result(jangle_close(world->jangle, -1), JANGLE_OK);
    world->jangle = program;
    sqlite3_close(files);
}

/* ---- who has it open --------------------------------------------------------- */

static enum jangle_result check_session(void *context,
                                        const struct jangle_store_session *session)
{
    assert_string_equal(session->program, context);
    assert_string_equal(session->version, jangle_version());
    assert_int_equal(session->pid, getpid());
    assert_true(session->alive);
    return JANGLE_OK;
}

static void assert_session(struct world *world, char *program)
{
    struct jangle_store *store = world->jangle->store;

    assert_result(store->ops->read_sessions(store, check_session, program,
                                            &(struct jangle_error){0}),
                  JANGLE_OK);
}

static void a_session_has_the_name_of_its_program(void **state)
{
    struct world *world = *state;
    char name[] = "purses", process[64] = "";
    FILE *file = fopen("/proc/self/comm", "r");

    assert_non_null(file);
    assert_non_null(fgets(process, sizeof process, file));
    fclose(file);
    process[strcspn(process, "\n")] = '\0';
    world_open(world, NULL);
    assert_session(world, name);
    world_close(world);
    world->config.program = NULL;
    world_open(world, NULL);
    assert_session(world, process);
}

enum { NAMES_SIZE = 100 };

static enum jangle_result add_owner(void *context, const struct jangle_store_owner *owner)
{
    char *names = context;
    size_t used = strlen(names);

    snprintf(names + used, NAMES_SIZE - used, "%s ", owner->subscriber);
    return JANGLE_OK;
}

static void who_runs_here_is_owned_here(void **state)
{
    struct world *world = *state;
    struct jangle_store *store;
    char names[NAMES_SIZE] = "";

    world_open(world, &board, &listener, NULL);
    world_put(world, "1");
    world_poll(world);
    store = world->jangle->store;
    assert_result(
        store->ops->read_owners(store, add_owner, names, &(struct jangle_error){0}),
        JANGLE_OK);
    assert_string_equal(names, "board listener ");
}

/* ---- a store that fails ------------------------------------------------------ */

static int complaints;

static void hear(void *context, const struct jangle_log_entry *entry)
{
    (void)context;
    complaints += !strcmp(entry->topic, "STORE_FAILED") &&
                  strstr(entry->message, "catalogue") != NULL;
}

/* Only people read the catalogue: a damaged one stops no program, and is told. */
static void a_damaged_catalogue_is_told_and_stops_nobody(void **state)
{
    struct world *world = *state;
    sqlite3 *file;

    world->config.host.logger = (struct jangle_logger){hear, NULL};
    complaints = 0;
    world_open(world, &board, NULL);
    world_close(world);
    assert_int_equal(complaints, 0);
    assert_int_equal(sqlite3_open(world->file, &file), SQLITE_OK);
    assert_int_equal(sqlite3_exec(file,
                                  "UPDATE catalogue SET facts = '{}'"
                                  " WHERE name = 'board'",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    sqlite3_close(file);
    world_open(world, &board, NULL);
    assert_int_equal(complaints, 1);
    world_put(world, "1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(messages_have_their_members_with_kinds),
        WORLD_TEST(who_decides_and_follows_is_there_with_what_it_takes),
        WORLD_TEST(a_saga_is_there_with_its_state_and_its_reactions),
        cmocka_unit_test(endpoints_are_there_with_their_topics),
        WORLD_TEST_IN_FILE(what_changes_is_written_and_what_goes_is_kept),
        WORLD_TEST_IN_FILE(two_programs_describe_themselves_beside_each_other),
        WORLD_TEST_IN_FILE(what_is_there_already_is_not_written_again),
        WORLD_TEST_IN_FILE(a_follower_describes_nothing),
        WORLD_TEST(a_session_has_the_name_of_its_program),
        WORLD_TEST(who_runs_here_is_owned_here),
        WORLD_TEST_IN_FILE(a_damaged_catalogue_is_told_and_stops_nobody),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
