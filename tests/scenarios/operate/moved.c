/* moved.c - somebody moves or removes the files of a program that runs: no command is
 * answered OK and lost, no query is answered from what is gone. */
#include "support/domains/follower.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct purse_count {
    int64_t events;
};

struct get_count {
    int64_t unused;
};

static JANGLE_STRUCT(purse_count, events);
static JANGLE_QUERY(get_count, unused, answer(purse_count));

static enum jangle_result show(struct jangle_delivery *delivery,
                               const struct jangle_event *event)
{
    return jangle_view_run(delivery->view, "INSERT INTO shown (position) VALUES (?)",
                           event->position);
}

static enum jangle_result answer_count(struct jangle_answer *answer,
                                       const struct jangle_query *query)
{
    struct purse_count count = {0};

    if (jangle_view_row(query->view, &count, purse_count,
                        "SELECT count(*) AS events FROM shown"))
        return JANGLE_STORAGE;
    return jangle_answer_with(answer, purse_count, .events = count.events);
}

static const struct jangle_subscriber view = {
    .name = "shown",
    .handlers = JANGLE_HANDLERS({&coins_put_in, show}),
    .answerers = JANGLE_ANSWERERS({&get_count, answer_count}),
    .schema = "CREATE TABLE shown (position INTEGER PRIMARY KEY)"};

static struct world world;

static int set_up(void **state)
{
    (void)state;
    world_init(&world, true);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    world_finish(&world);
    return 0;
}

static enum jangle_result put(struct jangle_outcome *outcome, const char *command_id)
{
    const struct jangle_envelope envelope = {.command_id = command_id};

    return jangle_send_in(world.jangle, outcome, &envelope, put_in, .purse_id = "1",
                          .amount = 1);
}

static enum jangle_result count(int64_t *events)
{
    struct jangle_answer answer = {0};
    enum jangle_result result = jangle_ask(world.jangle, &answer, get_count, .unused = 0);

    if (!result)
        *events = ((const struct purse_count *)answer.data)->events;
    world.error = answer.error;
    jangle_answer_free(&answer);
    return result;
}

static void assert_said(const struct jangle_error *error, const char *words)
{
    if (!strstr(error->message, words))
        fail_msg("\"%s\" does not say \"%s\"", error->message, words);
}

static const char *beside(const char *ending)
{
    static char path[TEMP_PATH_SIZE + 16];

    snprintf(path, sizeof path, "%s%s", world.file, ending);
    return path;
}

/* What "is there" means at the end: a program that opens the store finds it. */
static void an_answer_is_true_whatever_becomes_of_the_file(void **state)
{
    struct jangle_outcome outcome;
    char away[TEMP_PATH_SIZE + 16];

    (void)state;
    world_open(&world, &view, NULL);
    assert_result(put(&outcome, "c-1"), JANGLE_OK);
    world_poll(&world);
    snprintf(away, sizeof away, "%s", beside(".away"));
    assert_int_equal(rename(world.file, away), 0);

    assert_result(put(&outcome, "c-2"), JANGLE_UNKNOWN);
    assert_said(&outcome.error, "was moved, removed or replaced while it was open");
    assert_result(jangle_outcome_of(world.jangle, "c-2", &outcome), JANGLE_STORAGE);
    for (int again = 0; again < 3; again++) {
        assert_result(put(&outcome, "c-3"), JANGLE_STORAGE);
        assert_said(&outcome.error, "nothing more is stored here");
    }
    world_close(&world);

    assert_false(world_try_open(&world, &view, NULL));
    assert_result(world.error.result, JANGLE_INVALID);
    assert_said(&world.error, "-wal: was left by a file that is gone now");
    assert_int_equal(rename(away, world.file), 0);
    world_open(&world, &view, NULL);
    assert_result(jangle_outcome_of(world.jangle, "c-1", &outcome), JANGLE_OK);
    assert_result(jangle_outcome_of(world.jangle, "c-2", &outcome), JANGLE_OK);
    assert_result(jangle_outcome_of(world.jangle, "c-3", &outcome), JANGLE_NOT_FOUND);
    assert_result(put(&outcome, "c-3"), JANGLE_OK);
    assert_int_equal(outcome.position, 3);
}

static void a_view_that_is_removed_is_not_asked_and_is_built_anew(void **state)
{
    static const char *const names[] = {".shown", ".shown-wal", ".shown-shm"};
    struct jangle_outcome outcome;
    int64_t events = 0, done;

    (void)state;
    world_open(&world, &view, NULL);
    assert_result(put(&outcome, "c-1"), JANGLE_OK);
    world_poll(&world);
    assert_result(count(&events), JANGLE_OK);
    for (size_t at = 0; at < sizeof names / sizeof *names; at++)
        assert_int_equal(unlink(beside(names[at])), 0);
    assert_result(put(&outcome, "c-2"), JANGLE_OK); /* no view is in its way */
    assert_result(count(&events), JANGLE_STORAGE);
    assert_said(&world.error, ".shown: was moved, removed or replaced");
    assert_result(jangle_poll(world.jangle, &done, &world.error), JANGLE_STORAGE);
    assert_said(&world.error, ".shown: was moved, removed or replaced");
    world_close(&world);

    world_open(&world, &view, NULL);
    world_poll(&world);
    assert_result(count(&events), JANGLE_OK);
    assert_int_equal(events, 2);
}

#define TEST(test)                                                                       \
    {                                                                                    \
#test, test, set_up, tear_down, NULL                                             \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_answer_is_true_whatever_becomes_of_the_file),
        TEST(a_view_that_is_removed_is_not_asked_and_is_built_anew),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
