/* crashing.c - a handler that ends the process is counted, and given up at its limit;
 * everything else flows. */
#include "dispatch/dispatch.h"
#include "support/domains/follower.h"

#include "subscription/subscription.h"

#include <jangle/view.h>

#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { EVENTS = 40, PURSES = 4, CULPRIT = 10, CRASHED = 77, ATTEMPTS = 3 };

/* ---- what outlives a process ------------------------------------------------- */

static struct plan {
    _Atomic int calls[EVENTS + 1], done[EVENTS + 1];
    _Atomic int flowed; /* how often all the others were handled, beside the culprit */
    int crash_at;
    int fails_first;   /* so often it only fails */
    int polls;         /* then the process ends; 0: it lives on */
    bool has_onlooker; /* another program opens the store after each crash */
} * plan;

static char view_file[TEMP_PATH_SIZE];

static struct plan *map_plan(const char *directory)
{
    char path[TEMP_PATH_SIZE];
    void *memory;
    int file;

    temp_directory_path(path, directory, "plan");
    file = open(path, O_RDWR | O_CREAT, 0600);
    assert_true(file >= 0);
    assert_int_equal(ftruncate(file, sizeof *plan), 0);
    memory = mmap(NULL, sizeof *plan, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    assert_true(memory != MAP_FAILED);
    close(file);
    return memory;
}

/* One way after the other. */
static void crash(int call)
{
    if (call % 3 == 0)
        abort();
    if (call % 3 == 1)
        kill(getpid(), SIGKILL);
    _exit(CRASHED);
}

/* True if it is to fail. */
static bool meet(const struct jangle_event *event)
{
    int call = ++plan->calls[event->position];

    if (event->position != plan->crash_at)
        return false;
    if (call <= plan->fails_first)
        return true;
    crash(call);
    return false;
}

/* ---- who handles them -------------------------------------------------------- */

static enum jangle_result handle(struct jangle_delivery *delivery,
                                 const struct jangle_event *event)
{
    if (meet(event))
        return jangle_delivery_fail(delivery, JANGLE_REJECTED, "not now");
    plan->done[event->position]++;
    return JANGLE_OK;
}

static enum jangle_result show(struct jangle_delivery *delivery,
                               const struct jangle_event *event)
{
    enum jangle_result result =
        jangle_view_run(delivery->view,
                        "INSERT INTO seen VALUES (?, 1)"
                        " ON CONFLICT (position) DO UPDATE SET times = times + 1",
                        event->position);

    if (meet(event))
        return jangle_delivery_fail(delivery, JANGLE_REJECTED, "not now");
    plan->done[event->position]++;
    return result;
}

struct hoard {
    int64_t coins;
};

static JANGLE_STRUCT(hoard, coins);

static void apply_put_in(void *state, const struct jangle_event *event)
{
    ((struct hoard *)state)->coins += ((const struct coins_put_in *)event->data)->amount;
}

static const char *purse_of(const struct jangle_event *event)
{
    return event->aggregate_id;
}

static enum jangle_result
react(struct jangle_turn *turn, const void *state, const struct jangle_event *event)
{
    (void)state;
    if (meet(event))
        return jangle_turn_fail(turn, JANGLE_REJECTED, "not now");
    plan->done[event->position]++;
    return JANGLE_OK;
}

static const struct jangle_handler handlers[] = {{&coins_put_in, handle}};
static const struct jangle_handler view_handlers[] = {{&coins_put_in, show}};

static const struct jangle_subscriber one = {
    .name = "it", .handlers = JANGLE_ARRAY(handlers), .start = JANGLE_FROM_FIRST};
static const struct jangle_subscriber shared = {.name = "it",
                                                .handlers = JANGLE_ARRAY(handlers),
                                                .start = JANGLE_FROM_FIRST,
                                                .threads = 8};
static const struct jangle_subscriber passing = {.name = "it",
                                                 .handlers = JANGLE_ARRAY(handlers),
                                                 .start = JANGLE_FROM_FIRST,
                                                 .dead = JANGLE_DEAD_PASSES};
static struct jangle_subscriber view;
static const struct jangle_saga saga = {
    .name = "it",
    .state = &hoard,
    .id_of = purse_of,
    .events = JANGLE_APPLIERS({&coins_put_in, apply_put_in}),
    .reactions = JANGLE_REACTIONS({&coins_put_in, react}),
    .start = JANGLE_FROM_FIRST};
static const struct jangle_sagas sagas = JANGLE_SAGAS(&saga);

static int set_up(void **state)
{
    static struct world world;

    world_init(&world, true);
    temp_directory_path(view_file, world.directory, "view.db");
    view = (struct jangle_subscriber){
        .name = "it",
        .handlers = JANGLE_ARRAY(view_handlers),
        .schema = "CREATE TABLE seen (position INTEGER PRIMARY KEY, times INTEGER);",
        .file = view_file};
    plan = map_plan(world.directory);
    plan->crash_at = CULPRIT;
    world.config.retry.max_attempts = world.config.saga_retry.max_attempts = ATTEMPTS;
    world_open(&world, NULL);
    world_put_many(&world, EVENTS, PURSES);
    world_close(&world);
    *state = &world;
    return 0;
}

static int tear_down(void **state)
{
    world_finish(*state);
    munmap(plan, sizeof *plan);
    return 0;
}

/* ---- processes --------------------------------------------------------------- */

/* As a program does that is started, works for hours, and is closed. */
static void live(struct world *world, const struct jangle_subscriber *subscriber)
{
    struct jangle_subscriber_stats stats;

    world_open(world, subscriber, NULL);
    for (int i = 0; i < plan->polls; i++)
        jangle_poll(world->jangle, NULL, NULL);
    if (plan->polls)
        _exit(CRASHED);
    for (int hour = 0; hour < 20; hour++) {
        if (jangle_drain(world->jangle, -1, NULL, NULL))
            _exit(1);
        stats = world_measure(world, "it");
        plan->flowed += !hour && stats.position == EVENTS && stats.parked == 1;
        world_pass(world, 3600000);
    }
    world_close(world);
    _exit(0);
}

/* Did it end before its time? */
static bool run(struct world *world, const struct jangle_subscriber *subscriber)
{
    pid_t child = fork();
    int status;

    assert_true(child >= 0);
    if (!child)
        live(world, subscriber);
    assert_int_equal(waitpid(child, &status, 0), child);
    if (WIFSIGNALED(status))
        return true;
    assert_true(WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == CRASHED);
    return WEXITSTATUS(status) == CRASHED;
}

/* A program that opens the store and closes it again, as an operator's tool does. */
static void open_and_close(struct world *world,
                           const struct jangle_subscriber *subscriber)
{
    pid_t child = fork();
    int status;

    assert_true(child >= 0);
    if (!child) {
        world->config.workers = 0;
        world_open(world, subscriber, NULL);
        world_close(world);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

static int run_until_it_lives(struct world *world,
                              const struct jangle_subscriber *subscriber)
{
    int crashes = 0;

    while (run(world, subscriber)) {
        assert_true(++crashes < 20);
        if (plan->has_onlooker)
            open_and_close(world, subscriber);
    }
    return crashes;
}

/* ---- what is left ------------------------------------------------------------ */

static enum jangle_result look_at_dead_letter(void *context,
                                              const struct jangle_dead_letter *letter)
{
    int *attempts = context;

    *attempts = letter->attempts;
    assert_int_equal(letter->position, CULPRIT);
    assert_string_equal(letter->reason, "the process ended while event 10 was handled");
    return JANGLE_OK;
}

/* The culprit is dead, those of its purse wait behind it, and the others came through, no
 * more than twice. */
static void assert_only_the_culprit_is_dead(struct world *world,
                                            const struct jangle_subscriber *subscriber,
                                            int attempts)
{
    int found = 0;

    plan->crash_at = 0;
    world->config.workers = 0;
    world_open(world, subscriber, NULL);
    assert_int_equal(world_measure(world, "it").position, EVENTS);
    assert_int_equal(world_measure(world, "it").dead, 1);
    assert_int_equal(world_measure(world, "it").parked, 0);
    assert_int_equal(world_measure(world, "it").suspended.us, 0);
    assert_result(jangle_dead_letter_visit(world->jangle, "it", look_at_dead_letter,
                                           &found, &world->error),
                  JANGLE_OK);
    assert_int_equal(found, attempts);
    assert_int_equal(plan->done[CULPRIT], 0);
    for (int position = 1; position <= EVENTS; position++) {
        bool waits = position >= CULPRIT && (position - CULPRIT) % PURSES == 0;

        if (waits && subscriber != &passing)
            assert_int_equal(plan->done[position], 0);
        else if (position != CULPRIT)
            assert_in_range(plan->done[position], 1, 2);
    }
    /* A person has it tried again, and all is well. */
    assert_result(jangle_dead_letter_retry(world->jangle, "it", CULPRIT, &world->error),
                  JANGLE_OK);
    world_settle(world, 5);
    for (int position = 1; position <= EVENTS; position++)
        assert_in_range(plan->done[position], 1, 2);
    assert_int_equal(world_measure(world, "it").dead, 0);
    world_close(world);
}

/* ---- its end ----------------------------------------------------------------- */

/* Nobody knows which event the first crash was of; the others are counted. */
static void a_handler_that_ends_the_process_is_dead_at_its_limit(void **state)
{
    struct world *world = *state;

    assert_int_equal(run_until_it_lives(world, &one), 1 + ATTEMPTS);
    assert_int_equal(plan->calls[CULPRIT], 1 + ATTEMPTS);
    assert_true(plan->flowed >= ATTEMPTS - 1);
    assert_only_the_culprit_is_dead(world, &one, ATTEMPTS);
}

static void so_is_one_that_several_threads_run(void **state)
{
    struct world *world = *state;

    world->config.workers = 4;
    assert_int_equal(run_until_it_lives(world, &shared), 1 + ATTEMPTS);
    assert_true(plan->flowed >= ATTEMPTS - 1);
    assert_only_the_culprit_is_dead(world, &shared, ATTEMPTS);
}

static void so_is_the_turn_of_a_saga(void **state)
{
    struct world *world = *state;

    world->config.sagas = sagas;
    assert_int_equal(run_until_it_lives(world, NULL), 1 + ATTEMPTS);
    assert_int_equal(plan->calls[CULPRIT], 1 + ATTEMPTS);
    assert_true(plan->flowed >= ATTEMPTS - 1);
    assert_only_the_culprit_is_dead(world, NULL, ATTEMPTS);
}

static void so_is_the_turn_of_a_saga_beside_others(void **state)
{
    struct world *world = *state;

    world->config.sagas = sagas;
    world->config.workers = 4;
    assert_int_equal(run_until_it_lives(world, NULL), 1 + ATTEMPTS);
    assert_true(plan->flowed >= ATTEMPTS - 1);
    assert_only_the_culprit_is_dead(world, NULL, ATTEMPTS);
}

static void its_stream_goes_on_if_dead_letters_pass(void **state)
{
    struct world *world = *state;

    assert_int_equal(run_until_it_lives(world, &passing), 1 + ATTEMPTS);
    assert_only_the_culprit_is_dead(world, &passing, ATTEMPTS);
}

static void without_a_limit_there_is_one(void **state)
{
    struct world *world = *state;

    world->config.retry.max_attempts = -1;
    assert_int_equal(run_until_it_lives(world, &one), 1 + 10);
    assert_only_the_culprit_is_dead(world, &one, 10);
}

/* It fails once, in peace; then a retry ends the process. */
static void retries_that_end_the_process_are_counted(void **state)
{
    struct world *world = *state;

    plan->fails_first = 1;
    assert_int_equal(run_until_it_lives(world, &one), 1 + ATTEMPTS - 1);
    assert_int_equal(plan->calls[CULPRIT], 1 + ATTEMPTS);
    assert_only_the_culprit_is_dead(world, &one, ATTEMPTS);
}

static int64_t number(const char *sql)
{
    sqlite3 *database;
    sqlite3_stmt *statement;
    int64_t found;

    assert_int_equal(sqlite3_open_v2(view_file, &database, SQLITE_OPEN_READONLY, NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(database, sql, -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    found = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    sqlite3_close(database);
    return found;
}

static void a_view_shows_its_neighbours_once(void **state)
{
    struct world *world = *state;

    assert_int_equal(run_until_it_lives(world, &view), 1 + ATTEMPTS);
    assert_int_equal(number("SELECT count(*) FROM seen"), EVENTS - 8);
    assert_int_equal(number("SELECT max(times) FROM seen"), 1);
    assert_int_equal(number("SELECT count(*) FROM seen WHERE position = 10"), 0);
    assert_only_the_culprit_is_dead(world, &view, ATTEMPTS);
    assert_int_equal(number("SELECT count(*) FROM seen"), EVENTS);
    assert_int_equal(number("SELECT max(times) FROM seen"), 1);
}

/* ---- another process goes on ------------------------------------------------- */

/* By then the other one is open, too. */
static void die_when_told(struct world *world, int tells, int told)
{
    char word = '!';

    world_open(world, &one, NULL);
    if (write(tells, &word, 1) != 1 || read(told, &word, 1) != 1)
        _exit(1);
    jangle_drain(world->jangle, -1, NULL, NULL);
    _exit(1);
}

static void a_process_that_takes_over_guards_its_events_too(void **state)
{
    struct world *world = *state;
    const struct jn_subscription *subscription;
    int here[2], there[2], status;
    char word;
    pid_t child;

    assert_int_equal(pipe(here), 0);
    assert_int_equal(pipe(there), 0);
    child = fork();
    assert_true(child >= 0);
    if (!child)
        die_when_told(world, here[1], there[0]);
    assert_int_equal(read(here[0], &word, 1), 1);
    world_open(world, &one, NULL);
    assert_false(world_measure(world, "it").here);
    assert_int_equal(write(there[1], &word, 1), 1);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) || WEXITSTATUS(status) == CRASHED);
    plan->crash_at = 0;
    world_pass(world, 10000);
    world_poll(world);
    subscription = jn_subscription_find(world->jangle, "it");
    assert_true(world_measure(world, "it").here);
    assert_true(subscription->unclean);
    for (int position = 1; position <= EVENTS; position++)
        assert_int_equal(plan->done[position], 1 + (position < CULPRIT));
    for (int i = 0; i < 2; i++) {
        close(here[i]);
        close(there[i]);
    }
}

/* ---- others open the store in between ---------------------------------------- */

static void a_process_that_only_opens_and_closes_forgets_no_crash(void **state)
{
    struct world *world = *state;

    plan->has_onlooker = true;
    assert_int_equal(run_until_it_lives(world, &one), 1 + ATTEMPTS);
    assert_int_equal(plan->calls[CULPRIT], 1 + ATTEMPTS);
    assert_only_the_culprit_is_dead(world, &one, ATTEMPTS);
}

static void nor_one_of_a_view(void **state)
{
    struct world *world = *state;

    plan->has_onlooker = true;
    assert_int_equal(run_until_it_lives(world, &view), 1 + ATTEMPTS);
    assert_only_the_culprit_is_dead(world, &view, ATTEMPTS);
}

static void nor_one_in_a_retry(void **state)
{
    struct world *world = *state;

    plan->has_onlooker = true;
    plan->fails_first = 1;
    assert_int_equal(run_until_it_lives(world, &one), 1 + ATTEMPTS - 1);
    assert_only_the_culprit_is_dead(world, &one, ATTEMPTS);
}

/* The onlooker's opening fails, because of another subscriber. */
static void nor_does_one_that_cannot_open(void **state)
{
    struct world *world = *state;
    const struct jangle_subscriber stranger = {.name = "stranger",
                                               .handlers = JANGLE_ARRAY(view_handlers),
                                               .schema = "this is no SQL"};
    const struct jangle_config config = world->config;
    struct jangle_error error = {0};

    for (int crashes = 0; crashes < 2; crashes++) {
        assert_true(run(world, &one));
        world->config.subscribers =
            (struct jangle_subscribers)JANGLE_SUBSCRIBERS(&one, &stranger);
        assert_null(jangle_open(&world->config, &error));
        world->config = config;
    }
    assert_int_equal(run_until_it_lives(world, &one), 1 + ATTEMPTS - 2);
    assert_only_the_culprit_is_dead(world, &one, ATTEMPTS);
}

/* Once all that the process may have died of was handled, a clean stop forgets it. */
static void a_clean_stop_after_that_forgets_it(void **state)
{
    struct world *world = *state;

    plan->crash_at = 0;
    plan->polls = 1;
    assert_true(run(world, &one));
    plan->polls = 0;
    assert_false(run(world, &one));
    world_open(world, &one, NULL);
    assert_false(jn_subscription_find(world->jangle, "it")->unclean);
}

/* ---- it is not the handler's fault ------------------------------------------- */

/* The process ends after each step, and never in a handler. */
static void end_after_each_step(struct world *world,
                                const struct jangle_subscriber *subscriber)
{
    plan->crash_at = 0;
    plan->polls = 1;
    world->config.batch_count = 3;
    world->config.retry.max_attempts = 2;
    for (int i = 0; i < 30; i++) {
        assert_true(run(world, subscriber));
        world_pass(world, 3600000);
    }
    plan->polls = 0;
    assert_false(run(world, subscriber));
    world_open(world, subscriber, NULL);
    assert_int_equal(world_measure(world, "it").position, EVENTS);
    assert_int_equal(world_measure(world, "it").dead, 0);
    assert_int_equal(world_measure(world, "it").parked, 0);
    for (int position = 1; position <= EVENTS; position++)
        assert_in_range(plan->done[position], 1, 2);
}

static void a_process_that_is_killed_elsewhere_gives_up_nothing(void **state)
{
    end_after_each_step(*state, &one);
}

static void nor_does_a_view_of_it(void **state)
{
    end_after_each_step(*state, &view);
    assert_int_equal(number("SELECT count(*) FROM seen"), EVENTS);
    assert_int_equal(number("SELECT max(times) FROM seen"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST_IN_FILE(a_handler_that_ends_the_process_is_dead_at_its_limit),
        WORLD_TEST_IN_FILE(so_is_one_that_several_threads_run),
        WORLD_TEST_IN_FILE(so_is_the_turn_of_a_saga),
        WORLD_TEST_IN_FILE(so_is_the_turn_of_a_saga_beside_others),
        WORLD_TEST_IN_FILE(its_stream_goes_on_if_dead_letters_pass),
        WORLD_TEST_IN_FILE(without_a_limit_there_is_one),
        WORLD_TEST_IN_FILE(retries_that_end_the_process_are_counted),
        WORLD_TEST_IN_FILE(a_view_shows_its_neighbours_once),
        WORLD_TEST_IN_FILE(a_process_that_takes_over_guards_its_events_too),
        WORLD_TEST_IN_FILE(a_process_that_only_opens_and_closes_forgets_no_crash),
        WORLD_TEST_IN_FILE(nor_one_of_a_view),
        WORLD_TEST_IN_FILE(nor_one_in_a_retry),
        WORLD_TEST_IN_FILE(nor_does_one_that_cannot_open),
        WORLD_TEST_IN_FILE(a_clean_stop_after_that_forgets_it),
        WORLD_TEST_IN_FILE(a_process_that_is_killed_elsewhere_gives_up_nothing),
        WORLD_TEST_IN_FILE(nor_does_a_view_of_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
