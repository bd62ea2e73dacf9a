/* pausing.c - an operator pauses what follows the events, and resumes it: it does nothing
 * meanwhile, whatever the process, and goes on where it was. */
#include "support/domains/follower.h"

#include <stdio.h>
#include <string.h>

/* ---- a subscriber, and a view ------------------------------------------------ */

static struct follower seen;
static const struct jangle_subscriber mail = {.name = "mail",
                                              .context = &seen,
                                              .handlers = JANGLE_ARRAY(follower_handlers),
                                              .start = JANGLE_FROM_FIRST};
static const struct jangle_subscriber post = {.name = "post",
                                              .formerly = "mail",
                                              .context = &seen,
                                              .handlers = JANGLE_ARRAY(follower_handlers),
                                              .start = JANGLE_FROM_FIRST};

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

/* ---- two programs on one store ----------------------------------------------- */

/* One that runs the subscribers, and one that has none. */
static struct world world, tool;
static char lines[400]; /* of the log: those of pauses */

static void keep_line(void *context, const struct jangle_log_entry *entry)
{
    size_t used = strlen(lines);

    (void)context;
    if (!strcmp(entry->topic, "PAUSED") || !strcmp(entry->topic, "RESUMED"))
        snprintf(lines + used, sizeof lines - used, "%s: %s\n", entry->topic,
                 entry->message);
}

static int set_up(void **state)
{
    seen = (struct follower){0};
    lines[0] = '\0';
    world_init(&world, *state != NULL);
    world.config.host.logger = (struct jangle_logger){keep_line, NULL};
    tool = world;
    tool.directory[0] = '\0';
    tool.config.host.clock.context = &tool;
    tool.config.host.logger = jangle_logger_none();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    world_finish(&tool);
    world_finish(&world);
    follower_clear(&seen);
    return 0;
}

static enum jangle_result
pause_in(struct world *in, const char *name, const char *who, const char *why)
{
    in->error = (struct jangle_error){0};
    return jangle_pause(in->jangle, name, who, why, &in->error);
}

static enum jangle_result resume_in(struct world *in, const char *name)
{
    in->error = (struct jangle_error){0};
    return jangle_resume(in->jangle, name, &in->error);
}

static void assert_paused(struct world *in, const char *name, const char *who)
{
    struct jangle_subscriber_stats stats = world_measure(in, name);

    assert_true(stats.paused.us > 0);
    assert_string_equal(stats.paused_by, who);
}

static void assert_not_paused(struct world *in, const char *name)
{
    struct jangle_subscriber_stats stats = world_measure(in, name);

    assert_int_equal(stats.paused.us, 0);
    assert_string_equal(stats.paused_by, "");
    assert_string_equal(stats.paused_why, "");
}

/* ---- what a pause does ------------------------------------------------------- */

static void what_is_paused_handles_nothing_until_it_is_resumed(void **state)
{
    struct jangle_subscriber_stats stats;

    (void)state;
    world_open(&world, &mail, NULL);
    world_put_many(&world, 3, 1);
    world_poll(&world);
    assert_not_paused(&world, "mail");
    assert_result(pause_in(&world, "mail", "Ann", "no ink"), JANGLE_OK);
    world_put_many(&world, 2, 1);
    world_poll(&world);
    world_pass(&world, 60000);
    world_poll(&world);
    assert_int_equal(seen.count, 3);
    stats = world_measure(&world, "mail");
    assert_int_equal(stats.paused.us, INT64_C(1700000000000000));
    assert_string_equal(stats.paused_by, "Ann");
    assert_string_equal(stats.paused_why, "no ink");
    assert_int_equal(stats.lag, 2);
    assert_true(stats.here);
    assert_result(resume_in(&world, "mail"), JANGLE_OK);
    world_poll(&world);
    assert_not_paused(&world, "mail");
    follower_assert_all(&seen, 1, 5);
    assert_string_equal(lines,
                        "PAUSED: mail is paused by Ann: no ink\n"
                        "RESUMED: mail is paused no longer\n");
}

static void what_is_parked_is_not_tried_again_meanwhile(void **state)
{
    (void)state;
    seen.fails_for = "";
    seen.failures = 1;
    world_open(&world, &mail, NULL);
    world_put(&world, "1");
    world_poll(&world);
    assert_int_equal(world_measure(&world, "mail").parked, 1);
    assert_result(pause_in(&world, "mail", "Ann", ""), JANGLE_OK);
    world_pass(&world, 3600000);
    world_poll(&world);
    assert_int_equal(follower_calls(&seen, 1), 1);
    assert_result(resume_in(&world, "mail"), JANGLE_OK);
    world_poll(&world);
    assert_int_equal(follower_handled(&seen, 1), 1);
}

static void a_paused_view_answers_from_what_it_has(void **state)
{
    struct jangle_answer answer = {0};

    (void)state;
    world_open(&world, &view, NULL);
    world_put_many(&world, 3, 1);
    world_poll(&world);
    assert_result(pause_in(&world, "shown", "Ann", ""), JANGLE_OK);
    world_put_many(&world, 2, 1);
    world_poll(&world);
    assert_result(jangle_ask(world.jangle, &answer, get_count, .unused = 0), JANGLE_OK);
    assert_int_equal(((const struct purse_count *)answer.data)->events, 3);
    jangle_answer_free(&answer);
    assert_result(resume_in(&world, "shown"), JANGLE_OK);
    world_poll(&world);
    assert_result(jangle_ask(world.jangle, &answer, get_count, .unused = 0), JANGLE_OK);
    assert_int_equal(((const struct purse_count *)answer.data)->events, 5);
    jangle_answer_free(&answer);
}

static void nobody_waits_for_what_is_paused(void **state)
{
    struct jangle_left left;

    (void)state;
    world_open(&world, &mail, &view, NULL);
    assert_result(pause_in(&world, "mail", "Ann", "no ink"), JANGLE_OK);
    world_put_many(&world, 2, 1);
    assert_result(jangle_drain(world.jangle, -1, &left, NULL), JANGLE_OK);
    assert_int_equal(left.paused, 1);
    assert_int_equal(left.suspended, 0);
    assert_result(jangle_drain_parked(world.jangle, -1, &left, NULL), JANGLE_OK);
    assert_int_equal(left.paused, 1);
    assert_result(jangle_wait(world.jangle, "shown", 2, -1, NULL), JANGLE_OK);
    assert_result(jangle_wait(world.jangle, "mail", 2, -1, &world.error), JANGLE_TIMEOUT);
    assert_non_null(strstr(world.error.message, "\"mail\" is paused by Ann: no ink"));
    assert_int_equal(seen.count, 0);
    assert_result(resume_in(&world, "mail"), JANGLE_OK);
    assert_result(jangle_drain(world.jangle, -1, &left, NULL), JANGLE_OK);
    assert_int_equal(left.paused, 0);
    assert_int_equal(seen.count, 2);
}

/* ---- who may pause what ------------------------------------------------------ */

static void the_last_who_and_why_count(void **state)
{
    (void)state;
    world_open(&world, &mail, NULL);
    assert_result(resume_in(&world, "mail"), JANGLE_OK);
    assert_result(pause_in(&world, "mail", "Ann", "no ink"), JANGLE_OK);
    assert_result(pause_in(&world, "mail", "Bob", ""), JANGLE_OK);
    assert_paused(&world, "mail", "Bob");
    assert_string_equal(world_measure(&world, "mail").paused_why, "");
    assert_result(resume_in(&world, "mail"), JANGLE_OK);
    assert_result(resume_in(&world, "mail"), JANGLE_OK);
    assert_not_paused(&world, "mail");
}

static void a_name_that_nobody_knows_is_not_found(void **state)
{
    static const char *const names[] = {"male", "", NULL};

    (void)state;
    world_open(&world, &mail, NULL);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        assert_result(pause_in(&world, names[i], "Ann", ""), JANGLE_NOT_FOUND);
        assert_result(resume_in(&world, names[i]), JANGLE_NOT_FOUND);
    }
    assert_not_paused(&world, "mail");
}

static void who_and_why_are_short_texts(void **state)
{
    char who[66], why[161];

    (void)state;
    memset(who, 'w', sizeof who);
    memset(why, 'y', sizeof why);
    who[65] = why[160] = '\0';
    world_open(&world, &mail, NULL);
    assert_result(pause_in(&world, "mail", who, ""), JANGLE_INVALID);
    assert_result(pause_in(&world, "mail", "Ann", why), JANGLE_INVALID);
    assert_result(pause_in(&world, "mail", "", ""), JANGLE_INVALID);
    assert_result(pause_in(&world, "mail", NULL, ""), JANGLE_INVALID);
    assert_result(pause_in(&world, "mail", "Ann", NULL), JANGLE_INVALID);
    assert_result(pause_in(&world, "mail", "\xff", ""), JANGLE_INVALID);
    assert_not_paused(&world, "mail");
    who[64] = why[159] = '\0';
    assert_result(pause_in(&world, "mail", who, why), JANGLE_OK);
    assert_paused(&world, "mail", who);
    assert_string_equal(world_measure(&world, "mail").paused_why, why);
}

/* ---- other processes, and later ---------------------------------------------- */

static void a_pause_lasts_when_all_programs_end(void **state)
{
    (void)state;
    world_open(&world, &mail, NULL);
    assert_result(pause_in(&world, "mail", "Ann", "no ink"), JANGLE_OK);
    world_close(&world);
    lines[0] = '\0';
    world_open(&world, &mail, NULL);
    world_put(&world, "1");
    world_poll(&world);
    assert_int_equal(seen.count, 0);
    assert_paused(&world, "mail", "Ann");
    assert_string_equal(lines, "PAUSED: mail is paused by Ann: no ink\n");
}

static void another_program_may_pause_and_resume(void **state)
{
    (void)state;
    world_open(&world, &mail, NULL);
    world_open(&tool, NULL);
    assert_result(pause_in(&tool, "mail", "Ann", ""), JANGLE_OK);
    world_put(&world, "1");
    world_pass(&world, 1000);
    world_poll(&world);
    assert_int_equal(seen.count, 0);
    assert_paused(&world, "mail", "Ann");
    assert_paused(&tool, "mail", "Ann");
    assert_result(resume_in(&tool, "mail"), JANGLE_OK);
    world_pass(&world, 1000);
    world_poll(&world);
    assert_int_equal(seen.count, 1);
}

/* Nobody has polled since: the first wait must ask the store. */
static void a_wait_knows_that_another_program_has_resumed_it(void **state)
{
    (void)state;
    world_open(&world, &mail, NULL);
    world_open(&tool, NULL);
    world_put(&world, "1");
    assert_result(pause_in(&world, "mail", "Ann", ""), JANGLE_OK);
    assert_result(resume_in(&tool, "mail"), JANGLE_OK);
    assert_result(jangle_wait(world.jangle, "mail", 1, -1, NULL), JANGLE_OK);
    assert_int_equal(seen.count, 1);
}

static void what_another_program_runs_is_not_waited_for_either(void **state)
{
    struct jangle_left left;

    (void)state;
    world_open(&world, &mail, NULL);
    world_open(&tool, &mail, NULL);
    assert_result(pause_in(&tool, "mail", "Ann", ""), JANGLE_OK);
    world_put(&tool, "1");
    assert_result(jangle_drain(tool.jangle, -1, &left, NULL), JANGLE_OK);
    assert_int_equal(left.paused, 1);
    assert_result(jangle_wait(tool.jangle, "mail", 1, -1, NULL), JANGLE_TIMEOUT);
}

static void who_waits_is_told_the_whole_reason(void **state)
{
    static const char ann[] =
        "Ann of the department of stationery, second floor, room 204";
    static const char why[] =
        "no ink: the printer of the second floor has none, the one of the third floor "
        "is for posters, and a new cartridge comes on Monday";

    (void)state;
    world_open(&world, &mail, NULL);
    assert_result(pause_in(&world, "mail", ann, why), JANGLE_OK);
    world_put(&world, "1");
    assert_result(jangle_wait(world.jangle, "mail", 1, -1, &world.error), JANGLE_TIMEOUT);
    assert_non_null(strstr(world.error.message, ann));
    assert_non_null(strstr(world.error.message, why));
}

static void a_renamed_subscriber_stays_paused(void **state)
{
    (void)state;
    world_open(&world, &mail, NULL);
    assert_result(pause_in(&world, "mail", "Ann", ""), JANGLE_OK);
    world_close(&world);
    world_open(&world, &post, NULL);
    world_put(&world, "1");
    world_poll(&world);
    assert_int_equal(seen.count, 0);
    assert_paused(&world, "post", "Ann");
    assert_result(resume_in(&world, "post"), JANGLE_OK);
    world_poll(&world);
    assert_int_equal(seen.count, 1);
}

static void workers_leave_alone_what_is_paused(void **state)
{
    int64_t position;

    (void)state;
    world.config.workers = 2;
    world_open(&world, &mail, &view, NULL);
    assert_result(pause_in(&world, "mail", "Ann", ""), JANGLE_OK);
    world_put_many(&world, 20, 4);
    position = world_put(&world, "1");
    assert_result(jangle_wait(world.jangle, "shown", position, -1, NULL), JANGLE_OK);
    assert_int_equal(world_measure(&world, "mail").position, 0);
    assert_result(resume_in(&world, "mail"), JANGLE_OK);
    assert_result(jangle_wait(world.jangle, "mail", position, -1, NULL), JANGLE_OK);
    follower_assert_all(&seen, 1, position);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(what_is_paused_handles_nothing_until_it_is_resumed),
        WORLD_TEST(what_is_parked_is_not_tried_again_meanwhile),
        WORLD_TEST_IN_FILE(a_paused_view_answers_from_what_it_has),
        WORLD_TEST_IN_FILE(nobody_waits_for_what_is_paused),
        WORLD_TEST(the_last_who_and_why_count),
        WORLD_TEST(a_name_that_nobody_knows_is_not_found),
        WORLD_TEST(who_and_why_are_short_texts),
        WORLD_TEST_IN_FILE(a_pause_lasts_when_all_programs_end),
        WORLD_TEST_IN_FILE(another_program_may_pause_and_resume),
        WORLD_TEST_IN_FILE(a_wait_knows_that_another_program_has_resumed_it),
        WORLD_TEST_IN_FILE(what_another_program_runs_is_not_waited_for_either),
        WORLD_TEST_IN_FILE(who_waits_is_told_the_whole_reason),
        WORLD_TEST_IN_FILE(a_renamed_subscriber_stays_paused),
        WORLD_TEST_IN_FILE(workers_leave_alone_what_is_paused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
