/* failpoints.c - a program that stops anywhere has kept what it answered OK, has nothing
 * of what it refused, and its view shows each event once. */
#include "support/domains/purse.h"
#include "support/shard.h"
#include "support/temp_directory.h"
#include "support/test.h"

#include "base/failpoint.h"

#include <jangle/testing.h>

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STOPPED = 77, COMMANDS = 24 };

/* ---- a view that would show it, if an event came twice ----------------------- */

static enum jangle_result
add(struct jangle_delivery *delivery, const struct jangle_event *event, int64_t amount)
{
    return jangle_view_run(delivery->view,
                           "INSERT INTO purses VALUES (?, ?, 1) ON CONFLICT (purse_id)"
                           " DO UPDATE SET total = total + excluded.total,"
                           " events = events + 1",
                           event->aggregate_id, amount);
}

static enum jangle_result add_put_in(struct jangle_delivery *delivery,
                                     const struct jangle_event *event)
{
    return add(delivery, event, ((const struct coins_put_in *)event->data)->amount);
}

static enum jangle_result add_taken_out(struct jangle_delivery *delivery,
                                        const struct jangle_event *event)
{
    return add(delivery, event, -((const struct coins_taken_out *)event->data)->amount);
}

struct get_totals {
    int64_t unused;
};

struct purse_totals {
    int64_t total;
    int64_t events;
};

static JANGLE_STRUCT(purse_totals, total, events);
static JANGLE_QUERY(get_totals, unused, answer(purse_totals));

static enum jangle_result answer_totals(struct jangle_answer *answer,
                                        const struct jangle_query *query)
{
    struct purse_totals totals;

    jangle_view_row(query->view, &totals, purse_totals,
                    "SELECT coalesce(sum(total), 0) AS total,"
                    " coalesce(sum(events), 0) AS events FROM purses");
    return jangle_answer_with(answer, purse_totals, .total = totals.total,
                              .events = totals.events);
}

static enum jangle_result pass(struct jangle_delivery *delivery,
                               const struct jangle_event *event)
{
    (void)delivery, (void)event;
    return JANGLE_OK;
}

static const struct jangle_subscriber totals_view = {
    .name = "totals",
    .handlers =
        JANGLE_HANDLERS({&coins_put_in, add_put_in}, {&coins_taken_out, add_taken_out}),
    .answerers = JANGLE_ANSWERERS({&get_totals, answer_totals}),
    .schema =
        "CREATE TABLE purses (purse_id TEXT PRIMARY KEY, total INTEGER,"
        " events INTEGER) STRICT",
};
static const struct jangle_subscriber mail = {
    .name = "mail", .handlers = JANGLE_HANDLERS({&coins_put_in, pass})};

static struct jangle *open_jangle(const char *path, struct jangle_error *error)
{
    struct jangle_sqlite_options options = {.wal_checkpoint_frames = 20};
    struct jangle_config config = {.aggregates = purse_aggregates,
                                   .subscribers = JANGLE_SUBSCRIBERS(&totals_view, &mail),
                                   .storage = jangle_sqlite_with(path, &options),
                                   .host = {.logger = jangle_logger_none()},
                                   .batch_count = 4};

    return jangle_open(&config, error);
}

/* ---- the program that stops -------------------------------------------------- */

struct stop {
    int64_t at, hits;
};

static void stop_there(void *context, const char *name)
{
    struct stop *stop = context;

    (void)name;
    if (++stop->hits == stop->at)
        _exit(STOPPED);
}

/* One acknowledgement: which command, and what it came to. */
struct ack {
    int number;
    enum jangle_result result;
};

static void send_one(struct jangle *jangle, int number, int acks)
{
    struct ack ack = {.number = number};
    struct jangle_envelope envelope = {0};
    char id[16];

    snprintf(id, sizeof id, "c%d", number);
    envelope.command_id = id;
    if (number % 3 == 2)
        ack.result = jangle_send_in(jangle, NULL, &envelope, take_out, .purse_id = "1",
                                    .amount = number % 2 ? 2 : 100000);
    else
        ack.result =
            jangle_send_in(jangle, NULL, &envelope, put_in,
                           .purse_id = number % 2 ? "1" : "2", .amount = 10 + number);
    if (write(acks, &ack, sizeof ack) != sizeof ack)
        _exit(1);
}

static void live(const char *path, int acks)
{
    struct jangle *jangle = open_jangle(path, NULL);

    if (!jangle)
        _exit(1);
    for (int i = 0; i < COMMANDS; i++) {
        send_one(jangle, i, acks);
        if (i % 8 == 5 && jangle_drain(jangle, 10000, NULL, NULL))
            _exit(1);
    }
    if (jangle_replay(jangle, "totals", NULL, NULL) ||
        jangle_drain(jangle, 10000, NULL, NULL) || jangle_close(jangle, -1))
        _exit(1);
}

/* ---- what is left of it ------------------------------------------------------ */

static void check_command(struct jangle *jangle, const struct ack *acks, int number)
{
    struct jangle_outcome outcome;
    char id[16];
    enum jangle_result stored;

    snprintf(id, sizeof id, "c%d", number);
    stored = jangle_outcome_of(jangle, id, &outcome);
    if (acks[number].number < 0) /* it had no answer: either is right */
        return;
    assert_result(stored,
                  acks[number].result == JANGLE_OK ? JANGLE_OK : JANGLE_NOT_FOUND);
}

/* The sum of all commands that are stored, by their ids alone. */
static void add_up(struct jangle *jangle, struct purse_totals *totals)
{
    struct jangle_outcome outcome;
    char id[16];

    *totals = (struct purse_totals){0};
    for (int i = 0; i < COMMANDS; i++) {
        snprintf(id, sizeof id, "c%d", i);
        if (jangle_outcome_of(jangle, id, &outcome))
            continue;
        totals->events++;
        totals->total += i % 3 == 2 ? -2 : 10 + i;
    }
}

static void check(const char *path, const struct ack *acks)
{
    struct jangle_error error = {0};
    struct jangle *jangle = open_jangle(path, &error);
    struct jangle_answer answer = {0};
    struct purse_totals totals;
    const struct purse_totals *shown;
    struct jangle_left left;

    if (!jangle)
        fail_msg("%s", error.message);
    for (int i = 0; i < COMMANDS; i++)
        check_command(jangle, acks, i);
    if (jangle_drain(jangle, 10000, &left, &error))
        fail_msg("%s", error.message);
    assert_int_equal(left.parked + left.dead + left.suspended, 0);
    add_up(jangle, &totals);
    assert_result(jangle_ask(jangle, &answer, get_totals, .unused = 0), JANGLE_OK);
    shown = answer.data;
    assert_int_equal(shown->events, totals.events);
    assert_int_equal(shown->total, totals.total);
    jangle_answer_free(&answer);
    assert_result(jangle_replay(jangle, "totals",
                                &(struct jangle_replay_options){.compare = true}, NULL),
                  JANGLE_OK);
    assert_result(jangle_send(jangle, NULL, put_in, .purse_id = "1", .amount = 1),
                  JANGLE_OK);
    assert_result(jangle_close(jangle, -1), JANGLE_OK);
}

/* True if it stopped at its failpoint; false if it lived to the end. */
static bool run_until(const char *path, struct stop *stop, struct ack *acks)
{
    int ends[2], status;
    struct ack ack;
    pid_t child;

    assert_int_equal(pipe(ends), 0);
    child = fork();
    assert_true(child >= 0);
    if (!child) {
        jn_failpoint_set(stop_there, stop);
        live(path, ends[1]);
        _exit(0);
    }
    close(ends[1]);
    for (int i = 0; i < COMMANDS; i++)
        acks[i].number = -1;
    while (read(ends[0], &ack, sizeof ack) == sizeof ack)
        acks[ack.number] = ack;
    close(ends[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == STOPPED)
        return true;
    assert_int_equal(WEXITSTATUS(status), 0);
    return false;
}

static void a_program_that_stops_anywhere_told_the_truth(void **state)
{
    struct ack acks[COMMANDS];
    int64_t stride = TEST_STRIDE * shard_count();
    struct stop stop = {.at = 1 + TEST_STRIDE * shard_index() - stride};
    bool stopped = true;

    (void)state;
    while (stopped) {
        char directory[TEMP_PATH_SIZE], path[TEMP_PATH_SIZE];

        stop.at += stride;
        assert_true(temp_directory_make(directory));
        temp_directory_path(path, directory, "purses.db");
        stopped = run_until(path, &stop, acks);
        check(path, acks);
        temp_directory_remove(directory);
    }
    print_message("stopped at %lld places\n", (long long)(stop.at / stride));
    assert_true(stop.at > 100);
}

/* Every failpoint that there is was met: a place that no test stops at proves nothing. */
static void every_place_is_met(void **state)
{
    static const char *const expected[] = {"commit.before_store",
                                           "commit.after_store",
                                           "commit.begin",
                                           "commit.member",
                                           "commit.written",
                                           "turn.commit",
                                           "turn.committed",
                                           "delivery.before_handler",
                                           "delivery.after_handler",
                                           "delivery.in_view_handler",
                                           "view.commit.before",
                                           "view.commit.after",
                                           "replay.before_swap",
                                           "replay.after_swap",
                                           "view.swap.before",
                                           "view.swap.copied",
                                           "view.swap.after",
                                           "files.made",
                                           "files.named"};
    char directory[TEMP_PATH_SIZE], path[TEMP_PATH_SIZE];
    struct stop never = {0};
    int sink[2];

    (void)state;
    assert_true(temp_directory_make(directory));
    temp_directory_path(path, directory, "purses.db");
    assert_int_equal(pipe(sink), 0);
    jn_failpoint_forget();
    jn_failpoint_set(stop_there, &never);
    live(path, sink[1]);
    jn_failpoint_set(NULL, NULL);
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        bool met = false;

        for (size_t n = 0; jn_failpoint_name(n); n++)
            met |= !strcmp(jn_failpoint_name(n), expected[i]);
        if (!met)
            fail_msg("nothing came to %s", expected[i]);
    }
    close(sink[0]);
    close(sink[1]);
    temp_directory_remove(directory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_program_that_stops_anywhere_told_the_truth),
        cmocka_unit_test(every_place_is_met),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
