/* crashing.c - a handler of received messages that ends its process: the message
 * is dead after its attempts, whatever the broker counts, and all others are handled.
 *
 * Each life of the program is a process of its own, with a hub of its own, which delivers
 * the same messages in each life: as a broker does when a connection has ended. */
#include "support/domains/stranger.h"

#include "base/failpoint.h"

#include <jangle/testing.h>

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LIVES_MAX = 40, LETTERS = 26 };

/* ---- what outlives a process ----------------------------------------------------- */

static struct plan {
    _Atomic int calls[LETTERS];    /* of the handler, for that message */
    _Atomic int attempts[LETTERS]; /* as which it was called last */
    int dead;                      /* dead letters at the end of the last life... */
    char reason[200], tried[8]; /* ...why the last of them is one, and how often tried */
    int64_t rows;               /* of the consumer, in the store */
    int64_t calls_of_store;
    int shown;                    /* parked events that an operator sees */
    enum jangle_result delivered; /* what jangle_deliver returned last */
} * plan;

static struct temp {
    char directory[TEMP_PATH_SIZE], file[TEMP_PATH_SIZE];
} temp;

static int begin(void **state)
{
    char path[TEMP_PATH_SIZE];
    int file;

    (void)state;
    if (!temp_directory_make(temp.directory))
        return -1;
    temp_directory_path(temp.file, temp.directory, "store.db");
    temp_directory_path(path, temp.directory, "plan");
    file = open(path, O_RDWR | O_CREAT, 0600);
    if (file < 0 || ftruncate(file, sizeof *plan))
        return -1;
    plan = mmap(NULL, sizeof *plan, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    return plan == MAP_FAILED ? -1 : 0;
}

static int end(void **state)
{
    (void)state;
    munmap(plan, sizeof *plan);
    temp_directory_remove(temp.directory);
    return 0;
}

/* ---- one life -------------------------------------------------------------------- */

/* The messages are letters: "a" ends the process, "f" fails at its first attempt, and the
 * others are handled. */
struct life {
    const char *messages;
    int series;        /* a number in their ids: others of the same letters are new */
    int64_t kill_at;   /* the process is killed at that failpoint; 0: at none */
    int64_t busy_at;   /* that call of the store is BUSY; 0: none */
    int counted;       /* by the broker: as which attempt they come; 0: it says 1 */
    bool is_delivered; /* by jangle_deliver */
    int max_attempts;
    int64_t receive_count;
};

static enum jangle_result handle(struct jangle_delivery *delivery,
                                 const struct jangle_event *event)
{
    int letter = event->id[0] - 'a';

    plan->calls[letter]++;
    plan->attempts[letter] = delivery->attempt;
    if (event->id[0] == 'a')
        kill(getpid(), SIGKILL);
    return event->id[0] == 'f' && plan->calls[letter] == 1 ? JANGLE_RETRY : JANGLE_OK;
}

static void kill_there(void *context, const char *name)
{
    int64_t *left = context;

    (void)name;
    if (--*left == 0)
        kill(getpid(), SIGKILL);
}

static const char body_of[] =
    "{\"specversion\":\"1.0\",\"source\":\"s\",\"id\":\"%c%d\","
    "\"type\":\"coins_put_in\","
    "\"data\":{\"amount\":1,\"total\":1}}";

static enum jangle_result count_shown(void *context,
                                      const struct jangle_dead_letter *letter)
{
    (void)context, (void)letter;
    plan->shown++;
    return JANGLE_OK;
}

static void send_letter(const struct life *life,
                        struct neighbours *both,
                        struct stranger *stranger,
                        char letter)
{
    char body[200];
    struct jangle_parcel parcel = {.content_type = "application/cloudevents+json",
                                   .body = body,
                                   .attempt = life->counted};

    snprintf(body, sizeof body, body_of, letter, life->series);
    parcel.body_size = strlen(body);
    if (!life->is_delivered)
        stranger_send_parcel(stranger, "watch", parcel);
    else
        plan->delivered =
            jangle_deliver(both->taker.jangle, "watch", &parcel, &both->taker.error);
}

static void note_dead(struct stranger *stranger)
{
    const struct jangle_parcel *last;
    struct received received;

    attach(stranger->transport, "watch.dead");
    received = receive(stranger->transport, 10);
    plan->dead = (int)received.count;
    if (!received.count)
        return;
    last = &received.parcels[received.count - 1];
    snprintf(plan->reason, sizeof plan->reason, "%s", header_of(last, "jangle-reason"));
    snprintf(plan->tried, sizeof plan->tried, "%s", header_of(last, "jangle-attempts"));
}

/* Whatever the results are, so often that all is done. */
static void poll_often(struct neighbours *both)
{
    for (int i = 0; i < 100; i++) {
        jangle_poll(both->taker.jangle, NULL, NULL);
        neighbours_pass(both, 100);
    }
}

static void live(const struct life *life)
{
    static struct neighbours both;
    struct jangle_flaky flaky = {.fail_at = life->busy_at, .result = JANGLE_BUSY};
    int64_t left = life->kill_at;
    struct stranger stranger;
    const struct jangle_consumer watch = {
        .name = "watch",
        .routes = JANGLE_ROUTES({.type = &coins_put_in, .handle = handle}),
        .retry = {.max_attempts = life->max_attempts,
                  .first_delay_ms = 1000,
                  .max_delay_ms = 1000},
    };

    neighbours_init(&both, false);
    flaky.storage = jangle_sqlite(temp.file);
    both.taker.config.storage = jangle_storage_flaky(&flaky);
    both.taker.config.receive_count = life->receive_count;
    consume_with(&both.taker, &watch);
    if (left)
        jn_failpoint_set(kill_there, &left);
    if (!world_try_open(&both.taker, NULL))
        world_open(&both.taker, NULL);
    poll_often(&both);
    stranger_init(&stranger, &both);
    plan->shown = 0;
    assert_result(jangle_parked_visit(both.taker.jangle, NULL, count_shown, NULL, NULL),
                  JANGLE_OK);
    for (const char *at = life->messages; *at; at++)
        send_letter(life, &both, &stranger, *at);
    poll_often(&both);
    plan->calls_of_store = flaky.calls;
    flaky.fail_at = 0;
    plan->rows = world_stored_rows(&both.taker, "watch");
    note_dead(&stranger);
    world_close(&both.taker);
}

/* Did it end by itself? */
static bool run(const struct life *life)
{
    int status;
    pid_t child = fork();

    assert_true(child >= 0);
    if (!child) {
        live(life);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    if (WIFEXITED(status))
        assert_int_equal(WEXITSTATUS(status), 0);
    return WIFEXITED(status);
}

/* How often the process died before it ended by itself. */
static int run_until_it_ends(struct life life, bool counts)
{
    for (int deaths = 0; deaths < LIVES_MAX; deaths++) {
        life.counted = counts ? deaths + 1 : 1;
        if (run(&life))
            return deaths;
    }
    return LIVES_MAX;
}

#define CALLS(letter)   plan->calls[(letter) - 'a']
#define ATTEMPT(letter) plan->attempts[(letter) - 'a']

/* ---- the tests ------------------------------------------------------------------- */

/* The first death is that of an attempt which nobody stored. */
static void it_is_dead_after_its_attempts(void **state)
{
    (void)state;
    assert_int_equal(
        run_until_it_ends((struct life){.messages = "bac", .max_attempts = 3}, false), 4);
    assert_int_equal(CALLS('a'), 4);
    assert_int_equal(ATTEMPT('a'), 3);
    assert_int_equal(plan->dead, 1);
    assert_string_equal(
        plan->reason,
        "the process ended while the message was handled: that was attempt 3");
    assert_string_equal(plan->tried, "3");
    /* b was handled in the first life, which ended before that was stored; then alone. */
    assert_int_equal(CALLS('b'), 2);
    assert_int_equal(CALLS('c'), 1);
    assert_int_equal(plan->rows, 0);
    assert_int_equal(plan->shown, 0);
}

static void the_count_of_a_broker_is_used_where_nothing_is_known(void **state)
{
    (void)state;
    assert_int_equal(
        run_until_it_ends((struct life){.messages = "a", .max_attempts = 3}, true), 3);
    assert_int_equal(ATTEMPT('a'), 3);
    assert_int_equal(plan->dead, 1);
}

static void without_a_limit_there_are_ten(void **state)
{
    (void)state;
    assert_int_equal(
        run_until_it_ends((struct life){.messages = "a", .max_attempts = -1}, false), 11);
    assert_int_equal(plan->dead, 1);
}

static void so_it_is_with_what_comes_another_way(void **state)
{
    struct life life = {.messages = "ab", .max_attempts = 3, .is_delivered = true};

    (void)state;
    assert_int_equal(run_until_it_ends(life, false), 4);
    assert_int_equal(CALLS('a'), 4);
    assert_int_equal(CALLS('b'), 1);
    assert_int_equal(plan->rows, 0);
}

/* A process that ends before it has met the message leaves the suspicion to the next. */
static void a_crash_is_handed_on(void **state)
{
    (void)state;
    assert_false(run(&(struct life){.messages = "a", .max_attempts = 9}));
    assert_true(run(&(struct life){.messages = "b", .max_attempts = 9}));
    assert_false(run(&(struct life){.messages = "a", .max_attempts = 9}));
    assert_false(run(&(struct life){.messages = "a", .max_attempts = 9}));
    assert_int_equal(ATTEMPT('a'), 2);
}

/* It had two messages in hand at most. */
static void until_as_many_are_done_as_were_in_hand(void **state)
{
    struct life life = {.messages = "a", .max_attempts = 9, .receive_count = 2};

    (void)state;
    assert_false(run(&life));
    life.messages = "bc";
    assert_true(run(&life));
    life.messages = "a";
    assert_false(run(&life));
    assert_false(run(&life));
    assert_int_equal(ATTEMPT('a'), 1);
}

/* An attempt that only failed leaves no row behind. */
static void a_failure_is_no_crash(void **state)
{
    (void)state;
    assert_false(run(&(struct life){.messages = "a", .max_attempts = 9}));
    assert_true(run(&(struct life){.messages = "fb", .max_attempts = 9}));
    assert_int_equal(CALLS('f'), 2);
    assert_int_equal(ATTEMPT('f'), 2);
    assert_int_equal(plan->rows, 0);
    assert_int_equal(plan->dead, 0);
}

/* Under the guard, too, the process may die at any place: nothing is given up for it but
 * the attempt, and no row stays behind. */
static void the_guard_may_be_cut_anywhere(void **state)
{
    struct life life = {.messages = "fb", .max_attempts = 1000};
    bool ended = false;

    (void)state;
    for (life.kill_at = 1; !ended; life.kill_at += TEST_STRIDE) {
        struct life next = life;

        life.series = next.series = (int)life.kill_at;
        next.kill_at = 0;
        CALLS('f') = CALLS('b') = 0;
        ended = run(&life);
        assert_true(run(&next));
        assert_true(CALLS('b') >= 1 && CALLS('f') >= 2);
        assert_int_equal(plan->rows, 0);
        assert_int_equal(plan->dead, 0);
    }
    print_message("killed at %lld places\n", (long long)life.kill_at / TEST_STRIDE);
    assert_true(life.kill_at > 30);
}

/* An attempt that cannot be stored is not made, and made later. */
static void a_store_that_fails_under_the_guard_loses_nothing(void **state)
{
    struct life life = {.messages = "fb", .max_attempts = 1000, .busy_at = 1};

    (void)state;
    assert_false(run(&(struct life){.messages = "a", .max_attempts = 9}));
    do {
        life.series = (int)life.busy_at;
        CALLS('f') = CALLS('b') = 0;
        assert_true(run(&life));
        assert_int_equal(CALLS('f'), 2);
        assert_int_equal(CALLS('b'), 1);
        assert_int_equal(plan->rows, 0);
        assert_int_equal(plan->dead, 0);
        life.busy_at += TEST_STRIDE;
    } while (life.busy_at <= 60 && life.busy_at <= plan->calls_of_store);
    assert_true(life.busy_at > 60);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(test) cmocka_unit_test_setup_teardown(test, begin, end)
        TEST(it_is_dead_after_its_attempts),
        TEST(the_count_of_a_broker_is_used_where_nothing_is_known),
        TEST(without_a_limit_there_are_ten),
        TEST(so_it_is_with_what_comes_another_way),
        TEST(a_crash_is_handed_on),
        TEST(until_as_many_are_done_as_were_in_hand),
        TEST(a_failure_is_no_crash),
        TEST(the_guard_may_be_cut_anywhere),
        TEST(a_store_that_fails_under_the_guard_loses_nothing),
#undef TEST
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
