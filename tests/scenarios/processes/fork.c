/* fork.c - a child that fork made has an instance that is not its own: every
 * call on it is refused, and what it does with it is no matter of its parent's. */
#include "support/domains/follower.h"
#include "support/failing_allocator.h"

#include "base/host.h"

#include <jangle/testing.h>

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CHILD_SECONDS = 60, DEADLOCKED = 99 };

static const char sentence[] =
    "this jangle was opened by another process: fork first, then open one here";

/* ---- what is open ------------------------------------------------------------ */

struct purse_total {
    int64_t total;
};

struct get_total {
    const char *purse_id;
};

static JANGLE_STRUCT(purse_total, total);
static JANGLE_QUERY(get_total, purse_id, answer(purse_total));

static enum jangle_result show(struct jangle_delivery *delivery,
                               const struct jangle_event *event)
{
    return jangle_view_run(delivery->view,
                           "INSERT INTO shown (position, purse) VALUES (?, ?)",
                           event->position, event->aggregate_id);
}

static enum jangle_result answer_total(struct jangle_answer *answer,
                                       const struct jangle_query *query)
{
    (void)query;
    return jangle_answer_with(answer, purse_total, .total = 1);
}

static const struct jangle_subscriber view = {
    .name = "shown",
    .handlers = JANGLE_HANDLERS({&coins_put_in, show}),
    .answerers = JANGLE_ANSWERERS({&get_total, answer_total}),
    .schema = "CREATE TABLE shown (position INTEGER PRIMARY KEY, purse TEXT)",
    .order = JANGLE_ANY_ORDER};

static struct follower seen;
static const struct jangle_subscriber side_effect = {.name = "it",
                                                     .context = &seen,
                                                     .handlers =
                                                         JANGLE_ARRAY(follower_handlers),
                                                     .start = JANGLE_FROM_FIRST};

static struct world world;
static struct failing_allocator memory;

static void open_with(int workers)
{
    world.config.workers = workers;
    world_open(&world, &view, &side_effect, NULL);
    world_put_many(&world, 10, 3);
}

static int set_up(void **state)
{
    world_init(&world, *state != NULL);
    failing_allocator_init(&memory, 0);
    world.config.host.allocator = memory.allocator;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    world_finish(&world);
    follower_clear(&seen);
    return 0;
}

/* ---- every call -------------------------------------------------------------- */

static enum jangle_result visit_nothing(void *context, const char *subscriber)
{
    (void)context, (void)subscriber;
    return JANGLE_OK;
}

static enum jangle_result visit_no_dead_letter(void *context,
                                               const struct jangle_dead_letter *letter)
{
    (void)context, (void)letter;
    return JANGLE_OK;
}

static enum jangle_result send_it(struct jangle *jangle, struct jangle_error *error)
{
    struct jangle_outcome outcome;
    enum jangle_result result =
        jangle_send(jangle, &outcome, put_in, .purse_id = "1", .amount = 1);

    *error = outcome.error;
    return result;
}

static enum jangle_result send_json(struct jangle *jangle, struct jangle_error *error)
{
    struct jangle_outcome outcome;
    enum jangle_result result = jangle_send_json(jangle, &outcome, NULL, "put_in",
                                                 "{\"purse_id\":\"1\",\"amount\":1}");

    *error = outcome.error;
    return result;
}

static enum jangle_result outcome_of(struct jangle *jangle, struct jangle_error *error)
{
    struct jangle_outcome outcome;
    enum jangle_result result = jangle_outcome_of(jangle, "c-1", &outcome);

    *error = outcome.error;
    return result;
}

static enum jangle_result ask(struct jangle *jangle, struct jangle_error *error)
{
    struct jangle_answer answer = {0};
    enum jangle_result result = jangle_ask(jangle, &answer, get_total, .purse_id = "1");

    *error = answer.error;
    jangle_answer_free(&answer);
    return result;
}

static enum jangle_result ask_json(struct jangle *jangle, struct jangle_error *error)
{
    struct jangle_answer answer = {0};
    enum jangle_result result =
        jangle_ask_json(jangle, &answer, "get_total", "{\"purse_id\":\"1\"}");

    *error = answer.error;
    jangle_answer_free(&answer);
    return result;
}

static enum jangle_result wait_for(struct jangle *jangle, struct jangle_error *error)
{
    return jangle_wait(jangle, "it", 1, -1, error);
}

static enum jangle_result drain(struct jangle *jangle, struct jangle_error *error)
{
    return jangle_drain(jangle, -1, NULL, error);
}

static enum jangle_result drain_parked(struct jangle *jangle, struct jangle_error *error)
{
    return jangle_drain_parked(jangle, -1, NULL, error);
}

static enum jangle_result poll_it(struct jangle *jangle, struct jangle_error *error)
{
    return jangle_poll(jangle, NULL, error);
}

static enum jangle_result replay(struct jangle *jangle, struct jangle_error *error)
{
    return jangle_replay(jangle, "shown", NULL, error);
}

static enum jangle_result shuffle(struct jangle *jangle, struct jangle_error *error)
{
    return jangle_shuffle(jangle, "shown", 3, 1, error);
}

static enum jangle_result backup(struct jangle *jangle, struct jangle_error *error)
{
    char path[TEMP_PATH_SIZE + 8];

    snprintf(path, sizeof path, "%s-copy", world.file[0] ? world.file : "/tmp/no");
    return jangle_backup(jangle, path, NULL, NULL, error);
}

static enum jangle_result reset(struct jangle *jangle, struct jangle_error *error)
{
    return jangle_subscriber_reset(jangle, "it", 0, error);
}

static enum jangle_result forget(struct jangle *jangle, struct jangle_error *error)
{
    return jangle_subscriber_forget(jangle, "gone", error);
}

static enum jangle_result visit(struct jangle *jangle, struct jangle_error *error)
{
    return jangle_subscriber_visit(jangle, visit_nothing, NULL, error);
}

static enum jangle_result measure(struct jangle *jangle, struct jangle_error *error)
{
    struct jangle_subscriber_stats stats;

    return jangle_measure_subscriber(jangle, "it", &stats, error);
}

static enum jangle_result letters(struct jangle *jangle, struct jangle_error *error)
{
    return jangle_dead_letter_visit(jangle, NULL, visit_no_dead_letter, NULL, error);
}

static enum jangle_result retry(struct jangle *jangle, struct jangle_error *error)
{
    return jangle_dead_letter_retry(jangle, "it", 1, error);
}

static enum jangle_result skip_it(struct jangle *jangle, struct jangle_error *error)
{
    return jangle_dead_letter_skip(jangle, "it", 1, error);
}

static enum jangle_result visit_no_saga(void *context,
                                        const struct jangle_saga_info *info)
{
    (void)context, (void)info;
    return JANGLE_OK;
}

static enum jangle_result sagas(struct jangle *jangle, struct jangle_error *error)
{
    return jangle_saga_visit(jangle, "none", JANGLE_SAGA_OPEN, visit_no_saga, NULL,
                             error);
}

static enum jangle_result show_saga(struct jangle *jangle, struct jangle_error *error)
{
    return jangle_saga_show(jangle, "none", "1", visit_no_saga, NULL, error);
}

static enum jangle_result retry_saga(struct jangle *jangle, struct jangle_error *error)
{
    return jangle_saga_retry(jangle, "none", "1", error);
}

static enum jangle_result resume_saga(struct jangle *jangle, struct jangle_error *error)
{
    return jangle_saga_resume(jangle, "none", "1", 0, error);
}

static enum jangle_result finish_saga(struct jangle *jangle, struct jangle_error *error)
{
    return jangle_saga_finish(jangle, "none", "1", NULL, error);
}

static const struct call {
    const char *name;
    enum jangle_result (*make)(struct jangle *jangle, struct jangle_error *error);
} calls[] = {
    {"jangle_send", send_it},
    {"jangle_send_json", send_json},
    {"jangle_outcome_of", outcome_of},
    {"jangle_ask", ask},
    {"jangle_ask_json", ask_json},
    {"jangle_wait", wait_for},
    {"jangle_drain", drain},
    {"jangle_drain_parked", drain_parked},
    {"jangle_poll", poll_it},
    {"jangle_replay", replay},
    {"jangle_shuffle", shuffle},
    {"jangle_backup", backup},
    {"jangle_subscriber_reset", reset},
    {"jangle_subscriber_forget", forget},
    {"jangle_subscriber_visit", visit},
    {"jangle_measure_subscriber", measure},
    {"jangle_dead_letter_visit", letters},
    {"jangle_dead_letter_retry", retry},
    {"jangle_dead_letter_skip", skip_it},
    {"jangle_saga_visit", sagas},
    {"jangle_saga_show", show_saga},
    {"jangle_saga_retry", retry_saga},
    {"jangle_saga_resume", resume_saga},
    {"jangle_saga_finish", finish_saga},
};

enum { CALL_COUNT = sizeof calls / sizeof *calls };

/* The number of the first call that is not refused as it should be; or CALL_COUNT. */
static int first_not_refused(void)
{
    struct jangle_stats stats;
    int at = 0;

    for (; at < CALL_COUNT; at++) {
        struct jangle_error error = {0};

        if (calls[at].make(world.jangle, &error) != JANGLE_CLOSED ||
            error.result != JANGLE_CLOSED || strcmp(error.message, sentence) != 0)
            return at;
    }
    jangle_log(world.jangle, JANGLE_LEVEL_ERROR, "not to be seen");
    jangle_measure(world.jangle, &stats);
    return stats.accepted || stats.position ? CALL_COUNT + 1 : at;
}

/* ---- a child ----------------------------------------------------------------- */

static int in_a_child(int (*work)(void))
{
    pid_t child;
    int status;

    fflush(NULL);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        alarm(CHILD_SECONDS); /* a lock that nobody will ever give back */
        _exit(work());
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : DEADLOCKED;
}

static void assert_all_refused(int number)
{
    if (number < CALL_COUNT)
        fail_msg("%s was not refused", calls[number].name);
    assert_int_equal(number, CALL_COUNT);
}

static int close_it(void)
{
    int64_t before = memory.pieces;

    if (jangle_close(world.jangle, -1) != JANGLE_OK)
        return 1;
    return memory.pieces < before ? 0 : 2;
}

static int be_refused_and_close(void)
{
    int number = first_not_refused();

    return number == CALL_COUNT && close_it() ? DEADLOCKED : number;
}

static int say_nothing(void)
{
    return 0;
}

static int stop_and_be_refused(void)
{
    jangle_stop(world.jangle);
    return first_not_refused();
}

static int fork_again(void)
{
    pid_t child = fork();
    int status;

    if (child == 0)
        _exit(first_not_refused());
    return waitpid(child, &status, 0) == child && WIFEXITED(status) ? WEXITSTATUS(status)
                                                                    : DEADLOCKED;
}

/* ---- tests ------------------------------------------------------------------- */

static void in_a_child_every_call_is_refused(void **state)
{
    (void)state;
    open_with(0);
    assert_all_refused(in_a_child(be_refused_and_close));
    assert_all_refused(in_a_child(stop_and_be_refused));
    assert_all_refused(in_a_child(fork_again));
    world_poll(&world);
    follower_assert_all(&seen, 1, 10);
}

/* There are no workers in a child: whoever waited for them would wait without end. */
static void a_child_does_not_wait_for_the_workers_of_its_parent(void **state)
{
    (void)state;
    open_with(3);
    assert_all_refused(in_a_child(be_refused_and_close));
    assert_result(jangle_drain(world.jangle, -1, NULL, &world.error), JANGLE_OK);
}

/* A clock that stops, when it is told to, in the thread that asks it: with whatever lock
 * that holds. */
static struct {
    pthread_t owner; /* who is not stopped */
    _Atomic bool armed;
    int stopped[2], go[2];
} gate;

static int64_t stopping_clock(void *context)
{
    char letter = 'x';
    bool armed = true;

    if (!pthread_equal(pthread_self(), gate.owner) &&
        atomic_compare_exchange_strong(&gate.armed, &armed, false)) {
        assert_int_equal(write(gate.stopped[1], &letter, 1), 1);
        assert_int_equal(read(gate.go[0], &letter, 1), 1);
    }
    return ((struct world *)context)->monotonic_us;
}

static void a_child_takes_no_lock_that_another_thread_had(void **state)
{
    char letter = 'x';

    (void)state;
    assert_int_equal(pipe(gate.stopped), 0);
    assert_int_equal(pipe(gate.go), 0);
    gate.owner = pthread_self();
    world.config.host.clock.monotonic_us = stopping_clock;
    open_with(2);
    for (int round = 0; round < 20; round++) {
        atomic_store(&gate.armed, true);
        assert_int_equal(read(gate.stopped[0], &letter, 1), 1);
        assert_all_refused(in_a_child(be_refused_and_close));
        assert_int_equal(write(gate.go[1], &letter, 1), 1);
    }
    assert_result(jangle_drain(world.jangle, -1, NULL, &world.error), JANGLE_OK);
    world_close(&world);
    for (int end = 0; end < 2; end++) {
        close(gate.stopped[end]);
        close(gate.go[end]);
    }
}

/* ---- the parent -------------------------------------------------------------- */

struct lock_question {
    const char *ending;
    off_t from;
};

/* SQLite's: that it has the file open, and that it lives. */
static const struct lock_question locks_of_sqlite[] = {{"", 0x40000002}, {"-shm", 128}};

static int ask_for_locks(void)
{
    for (size_t at = 0; at < sizeof locks_of_sqlite / sizeof *locks_of_sqlite; at++) {
        struct flock range = {.l_type = F_WRLCK,
                              .l_whence = SEEK_SET,
                              .l_start = locks_of_sqlite[at].from,
                              .l_len = 1};
        char path[TEMP_PATH_SIZE + 8];
        int file;

        snprintf(path, sizeof path, "%s%s", world.file, locks_of_sqlite[at].ending);
        file = open(path, O_RDWR);
        if (file < 0 || fcntl(file, F_GETLK, &range) || range.l_type == F_UNLCK ||
            range.l_pid != getppid())
            return 1;
    }
    return 0;
}

static void assert_parent_undisturbed(int64_t stored)
{
    static const struct jangle_subscriber *const both[] = {&view, &side_effect};
    struct jangle_config config = world.config;
    struct jangle_subscriber_stats stats;
    struct jangle *other;

    assert_int_equal(in_a_child(ask_for_locks), 0);
    config.workers = 0;
    config.subscribers = (struct jangle_subscribers)JANGLE_ARRAY(both);
    other = jangle_open(&config, &world.error);
    assert_non_null(other);
    assert_result(jangle_measure_subscriber(other, "it", &stats, &world.error),
                  JANGLE_OK);
    assert_false(stats.here);
    assert_result(jangle_close(other, -1), JANGLE_OK);
    assert_true(world_measure(&world, "it").here);
    assert_int_equal(world_put(&world, "1"), stored + 1);
    world_poll(&world);
    assert_int_equal(world_measure(&world, "shown").position, stored + 1);
    follower_assert_all(&seen, 1, stored + 1);
}

static void a_parent_goes_on_after_a_child_has_closed(void **state)
{
    (void)state;
    open_with(0);
    assert_int_equal(in_a_child(close_it), 0);
    assert_parent_undisturbed(10);
}

static void a_parent_goes_on_after_a_child_has_ended(void **state)
{
    (void)state;
    open_with(0);
    assert_int_equal(in_a_child(say_nothing), 0);
    assert_parent_undisturbed(10);
}

/* ---- files that the parent has open ------------------------------------------ */

/* 0 if it can be opened; 1 if it is refused, with the sentence; else 2. */
static int try_to_open(const char *path, bool follower)
{
    struct jangle_config config = world.config;
    struct jangle_error error = {0};
    struct jangle *jangle;

    config.subscribers = (struct jangle_subscribers){0};
    config.workers = 0;
    config.follower = follower;
    config.storage = jangle_sqlite(path);
    jangle = jangle_open(&config, &error);
    if (jangle)
        return jangle_close(jangle, -1) ? 2 : 0;
    return error.result == JANGLE_INVALID &&
                   strstr(error.message,
                          "was open when this process was forked off, "
                          "and SQLite cannot lock it here: fork first, or "
                          "exec")
               ? 1
               : 2;
}

static int open_the_same(void)
{
    return try_to_open(world.file, false);
}

static int close_and_open_the_same(void)
{
    return jangle_close(world.jangle, -1) ? 2 : try_to_open(world.file, false);
}

static int follow_the_same(void)
{
    return try_to_open(world.file, true);
}

static int open_another(void)
{
    char path[TEMP_PATH_SIZE];

    temp_directory_path(path, world.directory, "another.db");
    return try_to_open(path, false);
}

static int open_the_same_in_a_grandchild(void)
{
    return in_a_child(open_the_same);
}

/* SQLite thinks that it has the locks, which stayed with the parent. */
static void what_the_parent_has_open_cannot_be_opened_in_a_child(void **state)
{
    (void)state;
    open_with(0);
    assert_int_equal(in_a_child(open_the_same), 1);
    assert_int_equal(in_a_child(close_and_open_the_same), 1);
    assert_int_equal(in_a_child(follow_the_same), 1);
    assert_int_equal(in_a_child(open_the_same_in_a_grandchild), 1);
    assert_int_equal(open_the_same(), 0);
    assert_parent_undisturbed(10);
}

static void what_the_parent_has_not_open_can_be_opened_in_a_child(void **state)
{
    (void)state;
    open_with(0);
    assert_int_equal(in_a_child(open_another), 0);
    assert_int_equal(open_another(), 0);
    assert_int_equal(in_a_child(open_another), 0);
    world_close(&world);
    assert_int_equal(in_a_child(open_the_same), 0);
    assert_int_equal(in_a_child(open_the_same_in_a_grandchild), 0);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(in_a_child_every_call_is_refused),
        WORLD_TEST(a_child_does_not_wait_for_the_workers_of_its_parent),
        WORLD_TEST(a_child_takes_no_lock_that_another_thread_had),
        WORLD_TEST_IN_FILE(a_parent_goes_on_after_a_child_has_closed),
        WORLD_TEST_IN_FILE(a_parent_goes_on_after_a_child_has_ended),
        WORLD_TEST_IN_FILE(what_the_parent_has_open_cannot_be_opened_in_a_child),
        WORLD_TEST_IN_FILE(what_the_parent_has_not_open_can_be_opened_in_a_child),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
