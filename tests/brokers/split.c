/* split.c - the bank in two processes: one decides the commands and publishes
 * each event as it is, the other one takes those that its views handle. The views beside
 * the bank and those at the other end of a broker are equal, row by row. */
#include "brokers/split.h"

#include "support/domains/neighbours.h"
#include "support/stores/sql.h"
#include "support/temp_directory.h"

#include "app/bank.h"
#include "domain/account.h"
#include "domain/account_ids.h"
#include "domain/sagas.h"
#include "simulate/office.h"
#include "views/views.h"

#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ACCOUNTS = 20, COMMANDS = 3000, DESKS = 4, ROUTES_MAX = 64 };

static const struct split *split;
static struct jangle_broker broker;
static char directory[TEMP_PATH_SIZE], left_file[TEMP_PATH_SIZE],
    right_file[TEMP_PATH_SIZE];

/* ---- the bank --------------------------------------------------------------------- */

static const struct jangle_publisher everything = {
    .name = "everything",
    .topic = "bank",
    .routes = JANGLE_ROUTES({.type = &jangle_any}),
};

static struct jangle *open_bank(void)
{
    struct jangle_config config = {
        .aggregates = JANGLE_AGGREGATES(&account_aggregate, &account_ids_aggregate),
        .subscribers = bank_views,
        .sagas = bank_sagas,
        .publishers = JANGLE_PUBLISHERS(&everything),
        .storage = jangle_sqlite(left_file),
        .broker = broker,
        .source = "bank",
        .workers = 2,
        .host.logger = jangle_logger_none(),
    };

    return jangle_open(&config, NULL);
}

/* Serve customers, and end when all is published. Requests that wait for an answer of a
 * customer stay open. */
static int serve_customers(void)
{
    const struct options options = {
        .accounts = ACCOUNTS, .commands = COMMANDS, .threads = DESKS, .seed = 1};
    struct office office = {
        .bank = open_bank(), .options = &options, .run = "split", .acks = -1};
    struct desk desks[DESKS];

    if (!office.bank)
        return 1;
    office_furnish(&office, desks, ACCOUNTS);
    office_work(&office, desks, office_open_accounts, "accounts", ACCOUNTS);
    office_work(&office, desks, office_run_errands, "commands", COMMANDS);
    return jangle_drain(office.bank, -1, NULL, NULL) || jangle_close(office.bank, -1);
}

/* ---- the other end ---------------------------------------------------------------- */

static struct jangle_route routes[ROUTES_MAX];
static struct jangle_consumer from_bank = {
    .name = "from_bank", .topic = "bank", .routes.items = routes};

static void add_route(const struct jangle_message *type)
{
    for (size_t i = 0; i < from_bank.routes.count; i++)
        if (routes[i].type == type)
            return;
    assert_true(from_bank.routes.count < ROUTES_MAX);
    routes[from_bank.routes.count++].type = type;
}

static struct jangle *open_views(void)
{
    struct jangle_config config = {
        .subscribers = bank_views,
        .consumers = JANGLE_CONSUMERS(&from_bank),
        .storage = jangle_sqlite(right_file),
        .broker = broker,
        .source = "views",
        .workers = 2,
        .host.logger = jangle_logger_none(),
    };
    struct jangle_error error = {0};
    struct jangle *views;

    for (size_t i = 0; i < bank_views.count; i++)
        for (size_t j = 0; j < bank_views.items[i]->handlers.count; j++)
            add_route(bank_views.items[i]->handlers.items[j].event);
    views = jangle_open(&config, &error);
    if (!views)
        fail_msg("%s", error.message);
    return views;
}

/* How many events of the bank the views handle. */
static int64_t count_routed(void)
{
    sqlite3 *files = NULL;
    int64_t count = 0;

    sql_attach(&files, left_file, "store");
    for (size_t i = 0; i < from_bank.routes.count; i++)
        count += sql_ask(files,
                         "SELECT count(*) FROM store.events JOIN store.types ON "
                         "types.id = events.type WHERE types.name = %Q",
                         routes[i].type->name);
    sqlite3_close(files);
    return count;
}

/* Until all that the bank has published for them is in the views. What a broker counts
 * would not do, because a message that is on its way to us waits in no queue. */
static void take_all(struct jangle *views)
{
    struct jangle_endpoint_stats stats = {0};
    int64_t routed = count_routed();

    assert_true(routed > COMMANDS / 4);
    for (;;) {
        assert_result(jangle_measure_endpoint(views, "from_bank", &stats, NULL),
                      JANGLE_OK);
        if (stats.taken >= routed)
            break;
        neighbours_wait_a_moment();
    }
    assert_int_equal(stats.taken, routed);
    assert_result(jangle_drain(views, -1, NULL, NULL), JANGLE_OK);
}

/* ---- compared --------------------------------------------------------------------- */

static const struct {
    const struct jangle_subscriber *view;
    const char *table;
} tables[] = {
    {&accounts_view, "accounts"},       {&accounts_view, "requests"},
    {&accounts_view, "deposits"},       {&accounts_view, "withdrawals"},
    {&accounts_view, "debts_forgiven"}, {&ledger_view, "entries"},
    {&payments_view, "payments"},       {&payments_view, "states"},
};

static void
attach_view(sqlite3 **files, const char *store, const char *view, const char *as)
{
    char path[TEMP_PATH_SIZE + 64];

    snprintf(path, sizeof path, "%s.%s", store, view);
    sql_attach(files, path, as);
}

static int64_t compare_table(const char *view, const char *table)
{
    sqlite3 *files = NULL;
    int64_t rows;

    attach_view(&files, left_file, view, "beside");
    attach_view(&files, right_file, view, "behind");
    rows = sql_ask(files, "SELECT count(*) FROM beside.%s", table);
    assert_int_equal(sql_ask(files, "SELECT count(*) FROM behind.%s", table), rows);
    assert_int_equal(sql_ask(files,
                             "SELECT count(*) FROM (SELECT * FROM beside.%s EXCEPT "
                             "SELECT * FROM behind.%s)",
                             table, table),
                     0);
    sqlite3_close(files);
    return rows;
}

static void views_at_the_other_end_are_equal(void **state)
{
    struct jangle *views = open_views();
    pid_t bank;
    int status;

    (void)state;
    assert_result(jangle_declare(views, NULL, NULL), JANGLE_OK);
    assert_result(jangle_close(views, -1), JANGLE_OK); /* no thread is copied by fork */
    bank = fork();
    assert_true(bank >= 0);
    if (!bank) {
        if (split->in_child)
            broker = split->in_child();
        _exit(serve_customers());
    }
    views = open_views();
    assert_int_equal(waitpid(bank, &status, 0), bank);
    assert_int_equal(status, 0);
    take_all(views);
    assert_result(jangle_close(views, -1), JANGLE_OK);
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        int64_t rows = compare_table(tables[i].view->name, tables[i].table);

        print_message("%s.%s: %lld rows, identical\n", tables[i].view->name,
                      tables[i].table, (long long)rows);
        assert_true(rows > 0);
    }
}

int split_try(const struct split *tried)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(views_at_the_other_end_are_equal)};
    int failed;

    split = tried;
    broker = tried->broker;
    if (!temp_directory_make(directory))
        return 1;
    temp_directory_path(left_file, directory, "bank.db");
    temp_directory_path(right_file, directory, "views.db");
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    temp_directory_remove(directory);
    return failed;
}
