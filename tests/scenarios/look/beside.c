/* beside.c - a look beside a program that writes: it is in nobody's way, and misses
 * nothing. */
#include "support/domains/follower.h"
#include "support/domains/seen.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static struct world world;

static int64_t log_size(void)
{
    char path[TEMP_PATH_SIZE + 8];
    struct stat status;

    snprintf(path, sizeof path, "%s-wal", world.file);
    return stat(path, &status) == 0 ? (int64_t)status.st_size : 0;
}

/* ---- the log is emptied while a visit runs ----------------------------------- */

enum { FRAMES = 20, FRAME = 4096 + 24, MANY = 400 };

/* While this visit runs, so much is stored that the log must be emptied many times. If a
 * read transaction were open, it would grow to more than MANY frames. */
static enum jangle_result store_much(void *context, const struct jangle_seen_event *event)
{
    (void)context, (void)event;
    world_put_many(&world, MANY, 3);
    assert_true(log_size() < (int64_t)8 * FRAMES * FRAME);
    return JANGLE_CANCELLED;
}

static enum jangle_result much_of_a_stream(void *context,
                                           const struct jangle_stream_facts *stream)
{
    (void)stream;
    return store_much(context, NULL);
}

static void the_log_is_emptied_while_a_visit_runs(void **state)
{
    struct jangle_look *look;

    (void)state;
    look = seen_open(world.file);
    assert_result(jangle_look_events(look, NULL, store_much, NULL, NULL, NULL),
                  JANGLE_CANCELLED);
    assert_result(
        jangle_look_events(look, SEEN(.kind = "purse", .id = "1", .newest_first = true),
                           store_much, NULL, NULL, NULL),
        JANGLE_CANCELLED);
    assert_result(jangle_look_streams(look, NULL, much_of_a_stream, NULL, NULL),
                  JANGLE_CANCELLED);
    jangle_look_close(look);
}

/* A look that nobody asks anything holds nothing either. */
static void the_log_is_emptied_while_a_look_is_open(void **state)
{
    struct jangle_look *look = seen_open(world.file);
    struct seen seen;

    (void)state;
    seen_by(&seen, look, SEEN(.newest_first = true, .limit = 3));
    world_put_many(&world, MANY, 3);
    assert_true(log_size() < (int64_t)8 * FRAMES * FRAME);
    jangle_look_close(look);
}

/* ---- another process writes -------------------------------------------------- */

static int write_in_a_child(void)
{
    world_open(&world, NULL);
    world_put_many(&world, MANY, 7);
    world_close(&world);
    return 0;
}

struct tail {
    int64_t last;
    bool missed;
};

static enum jangle_result follow(void *context, const struct jangle_seen_event *event)
{
    struct tail *tail = context;

    tail->missed |= event->fault || event->position != tail->last + 1;
    tail->last = event->position;
    return JANGLE_OK;
}

/* Each event once, in order, while another process stores them. */
static void a_tail_misses_nothing(void **state)
{
    struct tail tail = {.last = 30};
    struct jangle_look *look;
    pid_t child;
    int status;

    (void)state;
    world_close(&world);
    child = fork();
    if (child == 0)
        _exit(write_in_a_child());
    look = seen_open(world.file);
    while (tail.last < 30 + MANY) {
        assert_result(jangle_look_wait(look, tail.last, -1, NULL), JANGLE_OK);
        assert_result(
            jangle_look_events(look, SEEN(.after = tail.last), follow, &tail, NULL, NULL),
            JANGLE_OK);
        assert_false(tail.missed);
    }
    assert_int_equal(tail.last, 30 + MANY);
    jangle_look_close(look);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

/* Three processes store events at once, and one of them is killed in the middle. */
static void a_tail_misses_nothing_when_a_writer_is_killed(void **state)
{
    enum { WRITERS = 3 };
    struct tail tail = {.last = 30};
    pid_t children[WRITERS];
    struct jangle_look *look;
    int left = WRITERS, status;

    (void)state;
    world_close(&world);
    for (int at = 0; at < WRITERS; at++) {
        children[at] = fork();
        if (children[at] == 0)
            _exit(write_in_a_child());
    }
    look = seen_open(world.file);
    while (left) {
        (void)jangle_look_wait(look, tail.last, 20, NULL);
        assert_result(
            jangle_look_events(look, SEEN(.after = tail.last), follow, &tail, NULL, NULL),
            JANGLE_OK);
        assert_false(tail.missed);
        if (tail.last > 100 && children[0]) {
            kill(children[0], SIGKILL);
            children[0] = 0;
        }
        while (left && waitpid(-1, &status, WNOHANG) > 0)
            left--;
    }
    assert_result(
        jangle_look_events(look, SEEN(.after = tail.last), follow, &tail, NULL, NULL),
        JANGLE_OK);
    assert_false(tail.missed);
    assert_true(tail.last >= 30 + (WRITERS - 1) * MANY);
    assert_result(jangle_look_wait(look, tail.last, 0, NULL), JANGLE_TIMEOUT);
    jangle_look_close(look);
}

/* ---- a follower -------------------------------------------------------------- */

/* An audit needs no program that writes. */
static void a_follower_reads_its_own_events(void **state)
{
    struct jangle_look *look;
    struct seen seen;

    (void)state;
    world_close(&world);
    world.config.follower = true;
    world_open(&world, NULL);
    look = jangle_look_of(world.jangle, NULL);
    assert_non_null(look);
    assert_string_equal(seen_by(&seen, look, SEEN(.newest_first = true, .limit = 3)),
                        "30 29 28");
    jangle_look_close(look);
    world_close(&world);
    world.config.follower = false;
}

static int set_up(void **state)
{
    static const struct jangle_sqlite_options options = {.wal_checkpoint_frames = FRAMES};

    (void)state;
    world_init(&world, true);
    world.config.storage = jangle_sqlite_with(world.file, &options);
    world_open(&world, NULL);
    world_put_many(&world, 30, 3);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    world_finish(&world);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_log_is_emptied_while_a_visit_runs, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(the_log_is_emptied_while_a_look_is_open, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_tail_misses_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_tail_misses_nothing_when_a_writer_is_killed,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_follower_reads_its_own_events, set_up,
                                        tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
