/* follower.c - an instance that only reads: it asks the views that another
 * process keeps, waits for what that one does, and writes nothing. */
#include "support/domains/follower.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- a view ------------------------------------------------------------------ */

struct purse_total {
    int64_t events;
};

struct get_total {
    const char *purse_id;
};

static JANGLE_STRUCT(purse_total, events);
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
    const struct get_total *get = query->data;
    struct purse_total total = {0};

    if (jangle_view_row(query->view, &total, purse_total,
                        "SELECT count(*) AS events FROM shown WHERE purse = ?",
                        get->purse_id))
        return JANGLE_INVALID;
    return jangle_answer_with(answer, purse_total, .events = total.events);
}

static const struct jangle_subscriber view = {
    .name = "shown",
    .handlers = JANGLE_HANDLERS({&coins_put_in, show}),
    .answerers = JANGLE_ANSWERERS({&get_total, answer_total}),
    .schema = "CREATE TABLE shown (position INTEGER PRIMARY KEY, purse TEXT)"};

static struct follower seen_here, seen_there;
static const struct jangle_subscriber here_one = {.name = "it",
                                                  .context = &seen_here,
                                                  .handlers =
                                                      JANGLE_ARRAY(follower_handlers),
                                                  .start = JANGLE_FROM_FIRST};
static const struct jangle_subscriber there_one = {.name = "it",
                                                   .context = &seen_there,
                                                   .handlers =
                                                       JANGLE_ARRAY(follower_handlers),
                                                   .start = JANGLE_FROM_FIRST};

/* ---- two instances ----------------------------------------------------------- */

/* One that runs all of it, and one that follows. */
static struct world here, there;

static int set_up(void **state)
{
    (void)state;
    seen_here = seen_there = (struct follower){0};
    world_init(&here, true);
    there = here;
    there.directory[0] = '\0';
    there.config.host.clock.context = &there;
    there.config.storage = jangle_sqlite(here.file);
    there.config.follower = true;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    world_finish(&there);
    world_finish(&here);
    follower_clear(&seen_here);
    follower_clear(&seen_there);
    return 0;
}

static void open_both(void)
{
    world_open(&here, &view, &here_one, NULL);
    world_open(&there, &view, &there_one, NULL);
}

static enum jangle_result
ask(struct world *world, int64_t *events, int64_t *position, struct jangle_error *error)
{
    struct jangle_answer answer = {0};
    enum jangle_result result =
        jangle_ask(world->jangle, &answer, get_total, .purse_id = "1");

    if (!result)
        *events = ((const struct purse_total *)answer.data)->events;
    *position = answer.position;
    *error = answer.error;
    jangle_answer_free(&answer);
    return result;
}

static void assert_shows(struct world *world, int64_t expected, int64_t expected_position)
{
    int64_t events = -1, position = -1;

    assert_result(ask(world, &events, &position, &world->error), JANGLE_OK);
    assert_int_equal(events, expected);
    assert_int_equal(position, expected_position);
}

/* ---- what it does ------------------------------------------------------------ */

static void it_answers_from_the_views_that_another_keeps(void **state)
{
    (void)state;
    open_both();
    assert_shows(&there, 0, 0);
    world_put_many(&here, 30, 3);
    assert_shows(&there, 0, 0);
    world_poll(&here);
    assert_shows(&there, 10, 30);
    assert_int_equal(world_stats(&there).position, 30);
}

static void *wait_there(void *context)
{
    struct jangle_error error = {0};
    enum jangle_result result = jangle_wait(there.jangle, context, 30, -1, &error);

    return result ? "not reached" : "reached";
}

static void assert_waits_for(const char *subscriber)
{
    char name[8];
    pthread_t thread;
    void *said;

    snprintf(name, sizeof name, "%s", subscriber);
    assert_int_equal(pthread_create(&thread, NULL, wait_there, name), 0);
    world_poll(&here);
    world_rows(&here, "it");
    assert_int_equal(pthread_join(thread, &said), 0);
    assert_string_equal(said, "reached");
}

static void it_waits_for_what_another_does(void **state)
{
    (void)state;
    open_both();
    world_put_many(&here, 30, 3);
    assert_result(jangle_wait(there.jangle, "shown", 30, 0, &there.error),
                  JANGLE_TIMEOUT);
    assert_string_equal(there.error.message, "\"shown\" is at event 0, not at 30");
    assert_waits_for("shown");
    assert_waits_for("it");
    assert_result(jangle_wait(there.jangle, "shown", 31, 20, &there.error),
                  JANGLE_TIMEOUT);
}

static void *drain_there(void *context)
{
    return jangle_drain(there.jangle, -1, context, NULL) ? "not drained" : "drained";
}

static void it_drains_when_the_other_has_done_all(void **state)
{
    struct jangle_left left = {0};
    pthread_t thread;
    void *said;

    (void)state;
    open_both();
    seen_here.fails_for = "1";
    seen_here.failures = -1;
    world_put_many(&here, 30, 3);
    assert_result(jangle_drain(there.jangle, 0, NULL, &there.error), JANGLE_TIMEOUT);
    assert_int_equal(pthread_create(&thread, NULL, drain_there, &left), 0);
    world_poll(&here);
    world_rows(&here, "it");
    assert_int_equal(pthread_join(thread, &said), 0);
    assert_string_equal(said, "drained");
    assert_int_equal(left.parked, 1);
    assert_result(jangle_wait(there.jangle, "it", 29, -1, &there.error), JANGLE_PARKED);
    assert_int_equal(world_measure(&there, "it").parked, 1);
}

static void it_copies_the_store(void **state)
{
    struct world copy;
    char path[TEMP_PATH_SIZE];

    (void)state;
    open_both();
    world_put_many(&here, 30, 3);
    temp_directory_path(path, here.directory, "copy.db");
    assert_result(jangle_backup(there.jangle, path, NULL, NULL, &there.error), JANGLE_OK);
    world_close(&there);
    copy = there;
    copy.config.storage = jangle_sqlite(path);
    copy.config.host.clock.context = &copy;
    world_open(&copy, &there_one, NULL);
    assert_int_equal(world_stats(&copy).position, 30);
    world_close(&copy);
}

/* ---- what it does not -------------------------------------------------------- */

static void it_takes_no_commands(void **state)
{
    static const char sentence[] = "this jangle is a follower: it takes no commands";
    struct jangle_outcome outcome;

    (void)state;
    open_both();
    assert_result(
        jangle_send(there.jangle, &outcome, put_in, .purse_id = "1", .amount = 1),
        JANGLE_INVALID);
    assert_string_equal(outcome.error.message, sentence);
    assert_result(jangle_send_json(there.jangle, &outcome, NULL, "put_in",
                                   "{\"purse_id\":\"1\",\"amount\":1}"),
                  JANGLE_INVALID);
    assert_string_equal(outcome.error.message, sentence);
    assert_result(jangle_subscriber_forget(there.jangle, "gone", &there.error),
                  JANGLE_INVALID);
    assert_string_equal(there.error.message, sentence);
    assert_int_equal(world_stats(&here).position, 0);
}

static void what_moves_a_subscriber_is_for_the_one_that_runs_it(void **state)
{
    (void)state;
    open_both();
    world_put(&here, "1");
    assert_result(jangle_subscriber_reset(there.jangle, "it", 0, &there.error),
                  JANGLE_BUSY);
    assert_result(jangle_dead_letter_retry(there.jangle, "it", 1, &there.error),
                  JANGLE_BUSY);
    assert_result(jangle_dead_letter_skip(there.jangle, "it", 1, &there.error),
                  JANGLE_BUSY);
    assert_result(jangle_replay(there.jangle, "shown", NULL, &there.error), JANGLE_BUSY);
    assert_string_equal(
        there.error.message,
        "\"shown\": this jangle is a follower, which runs no subscribers: "
        "do this in the program that runs it");
}

static void it_runs_no_subscriber_even_if_nobody_does(void **state)
{
    int64_t done = -1;

    (void)state;
    open_both();
    world_put_many(&here, 30, 3);
    world_close(&here);
    for (int i = 0; i < 5; i++) {
        world_pass(&there, 60000);
        assert_result(jangle_poll(there.jangle, &done, &there.error), JANGLE_OK);
        assert_int_equal(done, 0);
    }
    assert_int_equal(seen_there.count, 0);
    assert_false(world_measure(&there, "it").here);
    assert_false(world_measure(&there, "shown").here);
    assert_int_equal(world_measure(&there, "it").lag, 30);
    world_open(&here, &view, &here_one, NULL);
    assert_true(world_measure(&here, "it").here);
    world_poll(&here);
    follower_assert_all(&seen_here, 1, 30);
    assert_shows(&there, 10, 30);
}

/* ---- what it leaves alone ---------------------------------------------------- */

struct picture {
    struct stat status;
    char *bytes;
};

static struct picture take_picture(const char *path)
{
    struct picture picture;
    FILE *file = fopen(path, "r");

    assert_non_null(file);
    assert_int_equal(stat(path, &picture.status), 0);
    picture.bytes = malloc((size_t)picture.status.st_size);
    assert_non_null(picture.bytes);
    assert_int_equal(fread(picture.bytes, 1, (size_t)picture.status.st_size, file),
                     (size_t)picture.status.st_size);
    fclose(file);
    return picture;
}

static void assert_unchanged(const char *path, struct picture before)
{
    struct picture after = take_picture(path);

    assert_int_equal(before.status.st_size, after.status.st_size);
    assert_int_equal(before.status.st_mtim.tv_sec, after.status.st_mtim.tv_sec);
    assert_int_equal(before.status.st_mtim.tv_nsec, after.status.st_mtim.tv_nsec);
    assert_memory_equal(before.bytes, after.bytes, (size_t)after.status.st_size);
    free(before.bytes);
    free(after.bytes);
}

static void do_all_it_can(void)
{
    struct jangle_outcome outcome;
    int64_t done;

    world_open(&there, &view, &there_one, NULL);
    assert_shows(&there, 10, 30);
    assert_result(jangle_poll(there.jangle, &done, &there.error), JANGLE_OK);
    assert_result(jangle_wait(there.jangle, "shown", 30, 0, &there.error), JANGLE_OK);
    assert_result(jangle_wait(there.jangle, "it", 30, 0, &there.error), JANGLE_OK);
    assert_result(jangle_drain(there.jangle, 0, NULL, &there.error), JANGLE_OK);
    assert_result(jangle_outcome_of(there.jangle, "not-there", &outcome),
                  JANGLE_NOT_FOUND);
    world_measure(&there, "it");
    world_close(&there);
}

static void make_thirty_events(void)
{
    world_open(&here, &view, &here_one, NULL);
    world_put_many(&here, 30, 3);
    world_poll(&here);
    world_close(&here);
}

static const char *beside(const char *ending)
{
    static char path[TEMP_PATH_SIZE + 16];

    snprintf(path, sizeof path, "%s%s", here.file, ending);
    return path;
}

static void it_writes_to_no_file(void **state)
{
    struct picture store, its_view;

    (void)state;
    make_thirty_events();
    assert_int_equal(unlink(beside("-lock")), 0);
    store = take_picture(here.file);
    its_view = take_picture(beside(".shown"));
    do_all_it_can();
    assert_unchanged(here.file, store);
    assert_unchanged(beside(".shown"), its_view);
    assert_int_equal(access(beside("-lock"), F_OK), -1);
}

static void it_locks_nothing(void **state)
{
    struct flock all = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    int file;

    (void)state;
    make_thirty_events();
    world_open(&there, &view, &there_one, NULL);
    assert_shows(&there, 10, 30);
    file = open(beside("-lock"), O_RDWR);
    assert_true(file >= 0);
    assert_int_equal(fcntl(file, F_GETLK, &all), 0);
    assert_int_equal(all.l_type, F_UNLCK);
    close(file);
}

/* ---- what is not there, or in doubt ------------------------------------------ */

static void a_view_that_is_not_there_yet_is_said_to_be_so(void **state)
{
    int64_t events, position;

    (void)state;
    world_open(&here, &here_one, NULL);
    world_put_many(&here, 3, 1);
    world_open(&there, &view, &there_one, NULL);
    assert_result(ask(&there, &events, &position, &there.error), JANGLE_BUSY);
    assert_string_equal(there.error.message,
                        "the view \"shown\" is not there yet: the process that runs it "
                        "makes it, and this one is a follower");
    assert_int_equal(world_measure(&there, "shown").lag, 3);
    assert_result(jangle_wait(there.jangle, "shown", 3, 0, &there.error), JANGLE_TIMEOUT);
    assert_int_equal(access(beside(".shown"), F_OK), -1);

    world_close(&here);
    world_open(&here, &view, &here_one, NULL);
    world_put(&here, "1");
    world_poll(&here);
    assert_shows(&there, 1, 4);
    assert_result(jangle_wait(there.jangle, "shown", 4, 0, &there.error), JANGLE_OK);
}

static void *ask_until_it_is_there(void *context)
{
    struct jangle_error error = {0};
    int64_t events, position;

    (void)context;
    while (ask(&there, &events, &position, &error) == JANGLE_BUSY) {
        struct jangle_subscriber_stats stats;

        if (jangle_measure_subscriber(there.jangle, "shown", &stats, NULL))
            return "not measured";
    }
    return error.result ? "not answered" : "answered";
}

static void a_view_that_appears_is_there_for_every_thread(void **state)
{
    pthread_t threads[4];

    (void)state;
    world_open(&here, &here_one, NULL);
    world_open(&there, &view, &there_one, NULL);
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, ask_until_it_is_there, NULL),
                         0);
    world_close(&here);
    world_open(&here, &view, &here_one, NULL);
    for (int i = 0; i < 4; i++) {
        void *said;

        assert_int_equal(pthread_join(threads[i], &said), 0);
        assert_string_equal(said, "answered");
    }
}

static void a_subscriber_that_never_began_is_at_the_beginning(void **state)
{
    (void)state;
    world_open(&here, NULL);
    world_put(&here, "1");
    world_open(&there, &there_one, NULL);
    assert_int_equal(world_measure(&there, "it").lag, 1);
    assert_result(jangle_wait(there.jangle, "it", 1, 0, &there.error), JANGLE_TIMEOUT);
}

static void refuse(enum jangle_result result, const char *because)
{
    assert_false(world_try_open(&there, &view, &there_one, NULL));
    assert_result(there.error.result, result);
    if (!strstr(there.error.message, because))
        fail_msg("\"%s\" does not say \"%s\"", there.error.message, because);
}

static void a_store_that_is_not_there_is_not_made(void **state)
{
    int file;

    (void)state;
    refuse(JANGLE_STORAGE, "there is no store yet, and a follower makes none");
    assert_int_equal(access(here.file, F_OK), -1);
    assert_int_equal(access(beside("-lock"), F_OK), -1);
    file = open(here.file, O_CREAT | O_WRONLY, 0600);
    assert_true(file >= 0);
    close(file);
    refuse(JANGLE_STORAGE, "there is no store yet, and a follower makes none");
}

static void what_makes_no_sense_for_it_is_refused(void **state)
{
    (void)state;
    make_thirty_events();
    there.config.workers = 1;
    refuse(JANGLE_INVALID, "config.workers: 1 is not 0, and a follower has no work");
    there.config.workers = 0;
    there.config.storage = jangle_memory();
    refuse(JANGLE_INVALID, "a follower reads what another process stores");
}

/* As one leaves it who dies in its turn. */
static void leave_a_checkpoint(void)
{
    int file = open(beside("-lock"), O_RDWR);

    assert_true(file >= 0);
    assert_int_equal(pwrite(file, "\1", 1, 0), 1);
    close(file);
}

static void what_is_in_doubt_is_read_but_no_command_is_answered_by_it(void **state)
{
    struct jangle_outcome outcome;

    (void)state;
    make_thirty_events();
    leave_a_checkpoint();
    world_open(&there, &view, &there_one, NULL);
    assert_shows(&there, 10, 30);
    assert_result(jangle_outcome_of(there.jangle, "c-1", &outcome), JANGLE_BUSY);
    assert_non_null(strstr(outcome.error.message, "a program died while it wrote"));
    world_open(&here, &view, &here_one, NULL);
    assert_result(jangle_outcome_of(there.jangle, "c-1", &outcome), JANGLE_NOT_FOUND);
}

/* In a process of its own, for it dies. */
static void make_thirty_events_and_die(void)
{
    pid_t child;
    int status;

    fflush(NULL);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        world_open(&here, &view, &here_one, NULL);
        world_put_many(&here, 30, 3);
        world_poll(&here);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

static void what_one_left_who_died_is_read_from_its_log(void **state)
{
    struct picture store;

    (void)state;
    make_thirty_events_and_die();
    store = take_picture(here.file);
    world_open(&there, &view, &there_one, NULL);
    assert_shows(&there, 10, 30);
    assert_int_equal(world_stats(&there).position, 30);
    assert_unchanged(here.file, store);
    world_open(&here, &view, &here_one, NULL);
    world_put(&here, "1");
    world_poll(&here);
    assert_shows(&there, 11, 31);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(it_answers_from_the_views_that_another_keeps),
        TEST(it_waits_for_what_another_does),
        TEST(it_drains_when_the_other_has_done_all),
        TEST(it_copies_the_store),
        TEST(it_takes_no_commands),
        TEST(what_moves_a_subscriber_is_for_the_one_that_runs_it),
        TEST(it_runs_no_subscriber_even_if_nobody_does),
        TEST(it_writes_to_no_file),
        TEST(it_locks_nothing),
        TEST(a_view_that_is_not_there_yet_is_said_to_be_so),
        TEST(a_view_that_appears_is_there_for_every_thread),
        TEST(a_subscriber_that_never_began_is_at_the_beginning),
        TEST(a_store_that_is_not_there_is_not_made),
        TEST(what_makes_no_sense_for_it_is_refused),
        TEST(what_is_in_doubt_is_read_but_no_command_is_answered_by_it),
        TEST(what_one_left_who_died_is_read_from_its_log),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
