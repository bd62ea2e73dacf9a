/* outage_stopped.c - a program that dies while an outage is tried out, in each kind of
 * try: nothing is lost, nothing is done twice, and what it dies of is counted. */
#include "core/engine.h"
#include "support/domains/follower.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    SAGAS = 20,
    PARKED = 16, /* of these, when the outage begins; the others are new */
    ATTEMPTS = 3,
    ROUND_MS = 5 * 60 * 1000,
    ROUNDS = 100 /* of a life: each saga is tried in it */
};

/* ---- what outlives a process ------------------------------------------------- */

static struct plan {
    bool out;    /* nothing succeeds */
    int dies_of; /* the saga in whose turn the process dies; -1: none... */
    int lives;   /* ...so often; -1: always */
    int deaths;
    int done[SAGAS];
} * plan;

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

/* ---- who tells the guild, one way or the other ------------------------------- */

/* The guild has been told: in all that follows it must not be told again. Perhaps the
 * process dies. True if it is over; else it fails. */
static bool come_to_the_end(const char *purse)
{
    int number = (int)strtol(purse, NULL, 10);

    if (number == plan->dies_of && plan->lives) {
        plan->lives--;
        plan->deaths++;
        kill(getpid(), SIGKILL);
    }
    plan->done[number] += !plan->out;
    return !plan->out;
}

static enum jangle_result tell_guild(struct jangle_turn *turn)
{
    jangle_turn_send(turn, report_purse, .purse_id = turn->id);
    if (turn->outcome.error.result)
        return turn->outcome.error.result;
    if (!come_to_the_end(turn->id))
        return jangle_turn_fail(turn, JANGLE_REJECTED, "not now");
    return jangle_turn_finish(turn);
}

static enum jangle_result handle(struct jangle_delivery *delivery,
                                 const struct jangle_event *event)
{
    if (jangle_delivery_send(delivery, report_purse, .purse_id = event->aggregate_id))
        return delivery->outcome.error.result;
    if (!come_to_the_end(event->aggregate_id))
        return jangle_delivery_fail(delivery, JANGLE_REJECTED, "not now");
    return JANGLE_OK;
}

static enum jangle_result
react(struct jangle_turn *turn, const void *state, const struct jangle_event *event)
{
    (void)state, (void)event;
    return tell_guild(turn);
}

static enum jangle_result
wait_first(struct jangle_turn *turn, const void *state, const struct jangle_event *event)
{
    (void)state, (void)event;
    return jangle_turn_timeout_at(turn, jangle_time_after_ms(turn->at, 1000));
}

struct hoard {
    int64_t coins;
};

static JANGLE_STRUCT(hoard, coins);

static const char *purse_of(const struct jangle_event *event)
{
    return event->aggregate_id;
}

#define SAGA(...)                                                                        \
    {                                                                                    \
        .name = "it", .state = &hoard, .id_of = purse_of, .start = JANGLE_FROM_FIRST,    \
        .retry = {.max_attempts = ATTEMPTS}, __VA_ARGS__                                 \
    }

static const struct jangle_saga by_event =
    SAGA(.reactions = JANGLE_REACTIONS({&coins_put_in, react}));
static const struct jangle_saga by_timeout =
    SAGA(.reactions = JANGLE_REACTIONS({&coins_put_in, wait_first}), .on_timeout = react);

static const struct jangle_subscriber handler = {
    .name = "it",
    .handlers = JANGLE_HANDLERS({&coins_put_in, handle}),
    .start = JANGLE_FROM_FIRST,
    .retry = {.max_attempts = ATTEMPTS}};

/* One of the two. */
struct kind {
    const struct jangle_saga *saga;
    const struct jangle_subscriber *subscriber;
};

static const struct kind events = {.saga = &by_event};
static const struct kind timeouts = {.saga = &by_timeout};
static const struct kind effects = {.subscriber = &handler};

/* ---- processes --------------------------------------------------------------- */

static void open_with(struct world *world, const struct kind *kind)
{
    static const struct jangle_saga *sagas[1];

    sagas[0] = kind->saga;
    if (kind->saga)
        world->config.sagas = (struct jangle_sagas)JANGLE_ARRAY(sagas);
    world_open(world, kind->subscriber, NULL);
}

/* The events are there, and the outage has begun. */
static void begin(struct world *world, const struct kind *kind)
{
    world_init(world, true);
    plan = map_plan(world->directory);
    *plan = (struct plan){.out = true, .dies_of = -1};
    open_with(world, kind);
    world_put_many(world, SAGAS, SAGAS);
    for (int i = 0; i < 3; i++) { /* the sagas begin, and then time out */
        assert_result(jangle_drain(world->jangle, -1, NULL, NULL), JANGLE_OK);
        if (world_measure(world, "it").suspended.us)
            break;
        world_pass(world, 1000);
    }
    assert_true(world_measure(world, "it").suspended.us != 0);
    assert_int_equal(world_measure(world, "it").parked, PARKED);
    world_close(world);
}

static void live(struct world *world, const struct kind *kind)
{
    open_with(world, kind);
    for (int i = 0; i < ROUNDS; i++) {
        if (jangle_drain(world->jangle, -1, NULL, NULL))
            _exit(1);
        world_pass(world, ROUND_MS);
    }
    world_close(world);
    _exit(0);
}

/* Did it end before its time? */
static bool dies(struct world *world, const struct kind *kind)
{
    pid_t child = fork();
    int status;

    assert_true(child >= 0);
    if (!child)
        live(world, kind);
    assert_int_equal(waitpid(child, &status, 0), child);
    world_pass(world, (int64_t)ROUNDS * ROUND_MS);
    if (WIFSIGNALED(status))
        return WTERMSIG(status) == SIGKILL;
    assert_int_equal(WEXITSTATUS(status), 0);
    return false;
}

/* ---- what must be true afterwards -------------------------------------------- */

static enum jangle_result count_report(void *context, const struct jangle_record *record)
{
    int *reports = context;
    char text[200] = "";
    int purse;

    snprintf(text, sizeof text, "%.*s", (int)record->payload_size,
             (const char *)record->payload);
    if (sscanf(text, "{\"purse_id\":\"%d\"", &purse) == 1 && purse < SAGAS)
        reports[purse]++;
    return JANGLE_OK;
}

/* The guild was told of each saga once, and each has come to its end once. */
static void assert_all_done_once(struct world *world)
{
    struct jangle_store *store = world->jangle->store;
    int reports[SAGAS] = {0};

    assert_result(store->ops->read_stream(store, guild_aggregate.name, "old", 0,
                                          count_report, reports, &world->error),
                  JANGLE_OK);
    for (int i = 0; i < SAGAS; i++) {
        assert_int_equal(reports[i], 1);
        assert_int_equal(plan->done[i], 1);
    }
    assert_int_equal(world_measure(world, "it").parked, 0);
    assert_int_equal(world_measure(world, "it").dead, 0);
    assert_int_equal(world_measure(world, "it").suspended.us, 0);
}

static void finish(struct world *world)
{
    world_finish(world);
    munmap(plan, sizeof *plan);
}

/* ---- a kind of try ----------------------------------------------------------- */

static void dies_once(const struct kind *kind, int culprit)
{
    struct world world;

    begin(&world, kind);
    plan->dies_of = culprit;
    plan->lives = 1;
    assert_true(dies(&world, kind));
    assert_false(dies(&world, kind));
    assert_int_equal(plan->deaths, 1);
    open_with(&world, kind);
    assert_int_equal(world_measure(&world, "it").dead, 0);
    assert_true(world_measure(&world, "it").suspended.us != 0);
    plan->out = false;
    world_settle(&world, 50);
    assert_all_done_once(&world);
    finish(&world);
}

static enum jangle_result retry_crashed(void *context,
                                        const struct jangle_dead_letter *letter)
{
    assert_non_null(strstr(letter->reason, "the process ended while"));
    return jangle_dead_letter_retry(context, letter->subscriber, letter->position, NULL);
}

/* No trial is an attempt, but a crash is. */
static void dies_always(const struct kind *kind, int culprit, int deaths)
{
    struct world world;

    begin(&world, kind);
    plan->dies_of = culprit;
    plan->lives = -1;
    while (dies(&world, kind))
        assert_true(plan->deaths < 20);
    assert_int_equal(plan->deaths, deaths);
    open_with(&world, kind);
    assert_int_equal(world_measure(&world, "it").dead, 1);
    assert_true(world_measure(&world, "it").suspended.us != 0);
    plan->out = false;
    plan->lives = 0;
    world_settle(&world, 50);
    assert_int_equal(plan->done[culprit], 0);
    assert_int_equal(world_measure(&world, "it").dead, 1);
    assert_result(jangle_dead_letter_visit(world.jangle, "it", retry_crashed,
                                           world.jangle, &world.error),
                  JANGLE_OK);
    world_settle(&world, 50);
    assert_all_done_once(&world);
    finish(&world);
}

/* ---- the tests --------------------------------------------------------------- */

/* One failure is counted before the outage, and the first crash leaves no trace. */
static void in_the_try_of_a_parked_key(void **state)
{
    (void)state;
    dies_once(&effects, 3);
    dies_always(&effects, 3, ATTEMPTS);
    dies_once(&events, 3);
    dies_always(&events, 3, ATTEMPTS);
}

static void in_the_try_of_a_new_event(void **state)
{
    (void)state;
    dies_once(&effects, PARKED + 1);
    dies_always(&effects, PARKED + 1, 1 + ATTEMPTS);
    dies_once(&events, PARKED + 1);
    dies_always(&events, PARKED + 1, 1 + ATTEMPTS);
}

static void in_the_try_of_a_parked_timeout(void **state)
{
    (void)state;
    dies_once(&timeouts, 3);
    dies_always(&timeouts, 3, ATTEMPTS);
}

static void in_the_try_of_a_new_timeout(void **state)
{
    (void)state;
    dies_once(&timeouts, PARKED + 1);
    dies_always(&timeouts, PARKED + 1, 1 + ATTEMPTS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_the_try_of_a_parked_key),
        cmocka_unit_test(in_the_try_of_a_new_event),
        cmocka_unit_test(in_the_try_of_a_parked_timeout),
        cmocka_unit_test(in_the_try_of_a_new_timeout),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
