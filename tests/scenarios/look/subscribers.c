/* subscribers.c - a look tells how far each subscriber is: from outside as it is stored,
 * and through an instance as the instance has it. */
#include "support/domains/seen.h"
#include "support/stores/copies.h"
#include "support/stores/sqlite_damage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct follower seen;
static const struct jangle_subscriber mail = {.name = "mail",
                                              .context = &seen,
                                              .handlers = JANGLE_ARRAY(follower_handlers),
                                              .start = JANGLE_FROM_FIRST,
                                              .checkpoint = JANGLE_AT_ONCE};
static struct world world;

/* A copy of what was shown of one subscriber. */
struct shown {
    const char *name; /* that is looked for */
    bool found;
    struct jangle_subscriber_facts facts;
    char reason[200], paused_by[80], fault[300];
    int count;
};

static int set_up(void **state)
{
    (void)state;
    seen = (struct follower){0};
    world_init(&world, true);
    world_open(&world, &mail, &copies_view, NULL);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    world_finish(&world);
    follower_clear(&seen);
    return 0;
}

static enum jangle_result keep(void *context, const struct jangle_subscriber_facts *facts)
{
    struct shown *shown = context;

    shown->count++;
    if (strcmp(facts->name, shown->name) != 0)
        return JANGLE_OK;
    shown->found = true;
    shown->facts = *facts;
    snprintf(shown->reason, sizeof shown->reason, "%s", facts->reason);
    snprintf(shown->paused_by, sizeof shown->paused_by, "%s", facts->paused_by);
    snprintf(shown->fault, sizeof shown->fault, "%s", facts->fault ? facts->fault : "");
    return JANGLE_OK;
}

/* From outside, or through the instance. */
static struct shown look_at(const char *name, bool outside)
{
    const struct jangle_look_options options = {.host.clock = world.config.host.clock};
    struct jangle_storage storage = jangle_sqlite(world.file);
    struct jangle_look *look = outside ? jangle_look_open(&storage, &options, NULL)
                                       : jangle_look_of(world.jangle, NULL);
    struct shown shown = {.name = name};

    assert_non_null(look);
    assert_result(jangle_look_subscribers(look, keep, &shown, NULL), JANGLE_OK);
    assert_true(shown.found);
    assert_int_equal(shown.count, 2);
    assert_string_equal(shown.fault, "");
    jangle_look_close(look);
    return shown;
}

static void look_again(struct shown *shown)
{
    struct jangle_look *look = seen_open(world.file);

    assert_result(jangle_look_subscribers(look, keep, shown, NULL), JANGLE_OK);
    assert_true(shown->found);
    jangle_look_close(look);
}

/* ---- what goes on ------------------------------------------------------------ */

/* From outside the place of a view is that in its file, and not that in the store. */
static void each_is_where_it_is(void **state)
{
    struct shown shown;

    (void)state;
    world_put_many(&world, 20, 2);
    world_poll(&world);
    world_pass(&world, 1000);
    world_put_many(&world, 5, 2);
    world_pass(&world, 3000);
    for (int outside = 0; outside < 2; outside++) {
        shown = look_at("mail", outside);
        assert_int_equal(shown.facts.position, 20);
        assert_int_equal(shown.facts.lag, 5);
        assert_int_equal(shown.facts.lag_ms, 3000);
        assert_int_equal(shown.facts.state, JANGLE_SUBSCRIBER_GOING);
        assert_false(shown.facts.is_view);
        assert_int_equal(shown.facts.kind, JANGLE_CATALOGUE_HANDLER);
        assert_int_equal(shown.facts.owner_pid, getpid());
        shown = look_at(copies_view.name, outside);
        assert_int_equal(shown.facts.position, 20);
        assert_int_equal(shown.facts.lag, 5);
        assert_int_equal(shown.facts.lag_ms, 3000);
        assert_true(shown.facts.is_view);
        assert_int_equal(shown.facts.kind, JANGLE_CATALOGUE_VIEW);
        assert_string_equal(shown.reason, "");
    }
    world_poll(&world);
    shown = look_at("mail", true);
    assert_int_equal(shown.facts.lag, 0);
    assert_int_equal(shown.facts.lag_ms, 0);
}

static void what_is_parked_is_counted(void **state)
{
    (void)state;
    seen.fails_for = "1";
    seen.failures = -1;
    world_put_many(&world, 4, 2);
    world_poll(&world);
    for (int outside = 0; outside < 2; outside++) {
        struct shown shown = look_at("mail", outside);

        assert_int_equal(shown.facts.parked, 1);
        assert_int_equal(shown.facts.dead, 0);
        assert_non_null(strstr(shown.reason, "not now, purse 1"));
        if (outside)
            assert_true(shown.facts.next_at.us > world.now_us);
    }
    seen.refuses = true;
    world_pass(&world, 600000);
    world_poll(&world);
    for (int outside = 0; outside < 2; outside++) {
        struct shown shown = look_at("mail", outside);

        assert_int_equal(shown.facts.parked, 0);
        assert_int_equal(shown.facts.dead, 1);
        assert_int_equal(shown.facts.next_at.us, 0);
    }
}

/* ---- what does not ----------------------------------------------------------- */

static void a_pause_is_shown_with_who_and_why(void **state)
{
    (void)state;
    assert_result(jangle_pause(world.jangle, "mail", "ann", "no ink", NULL), JANGLE_OK);
    world_poll(&world);
    for (int outside = 0; outside < 2; outside++) {
        struct shown shown = look_at("mail", outside);

        assert_int_equal(shown.facts.state, JANGLE_SUBSCRIBER_PAUSED);
        assert_int_equal(shown.facts.since.us, world.now_us);
        assert_string_equal(shown.paused_by, "ann");
        assert_string_equal(shown.reason, "no ink");
        shown = look_at(copies_view.name, outside);
        assert_int_equal(shown.facts.state, JANGLE_SUBSCRIBER_GOING);
    }
}

static void an_outage_is_shown_with_its_reason(void **state)
{
    (void)state;
    seen.fails_for = "";
    seen.failures = -1;
    world_put_many(&world, 30, 30);
    world_poll(&world);
    assert_true(world_rows(&world, "mail") > 0); /* what was pending is written */
    for (int outside = 0; outside < 2; outside++) {
        struct shown shown = look_at("mail", outside);

        assert_int_equal(shown.facts.state, JANGLE_SUBSCRIBER_OUTAGE);
        assert_true(shown.facts.since.us > 0);
        assert_true(strlen(shown.reason) > 0);
        shown = look_at(copies_view.name, outside);
        assert_int_equal(shown.facts.state, JANGLE_SUBSCRIBER_GOING);
        assert_int_equal(shown.facts.lag, 0);
    }
}

static void without_a_process_nobody_runs_them(void **state)
{
    (void)state;
    world_put_many(&world, 3, 1);
    world_poll(&world);
    world_close(&world);
    assert_int_equal(look_at("mail", true).facts.state, JANGLE_SUBSCRIBER_ELSEWHERE);
    assert_int_equal(look_at("mail", true).facts.position, 3);
    assert_int_equal(look_at("mail", true).facts.owner_pid, 0);
    assert_int_equal(look_at(copies_view.name, true).facts.position, 3);
}

/* ---- a view's file ----------------------------------------------------------- */

static const char *view_file(void)
{
    static char path[TEMP_PATH_SIZE + 40];

    snprintf(path, sizeof path, "%s.%s", world.file, copies_view.name);
    return path;
}

static void a_view_s_file_that_is_no_database_is_told(void **state)
{
    struct jangle_storage storage = jangle_sqlite(world.file);
    struct shown shown = {.name = copies_view.name};
    struct jangle_look *look;
    FILE *file;

    (void)state;
    world_close(&world);
    file = fopen(view_file(), "w");
    assert_non_null(file);
    for (int line = 0; line < 100; line++)
        fputs("this is no database at all\n", file);
    fclose(file);
    look = jangle_look_open(&storage, NULL, NULL);
    assert_non_null(look);
    assert_result(jangle_look_subscribers(look, keep, &shown, NULL), JANGLE_OK);
    assert_int_equal(shown.count, 2);
    assert_non_null(strstr(shown.fault, "not a database"));
    assert_true(shown.facts.is_view);
    assert_int_equal(shown.facts.position, -1);
    assert_int_equal(shown.facts.lag, -1);
    assert_int_equal(shown.facts.lag_ms, 0);
    jangle_look_close(look);
    remove(view_file());
}

/* Its row in the store does not say where the view is. */
static void a_frozen_store_s_view_is_not_read_and_that_is_told(void **state)
{
    const struct jangle_look_options options = {.frozen = true};
    struct jangle_storage storage = jangle_sqlite(world.file);
    struct shown shown = {.name = copies_view.name};
    struct jangle_look *look;

    (void)state;
    world_put_many(&world, 4, 1);
    world_poll(&world);
    world_close(&world);
    look = jangle_look_open(&storage, &options, NULL);
    assert_non_null(look);
    assert_result(jangle_look_subscribers(look, keep, &shown, NULL), JANGLE_OK);
    assert_non_null(strstr(shown.fault, "was not read"));
    assert_true(shown.facts.is_view);
    assert_int_equal(shown.facts.position, -1);
    assert_int_equal(shown.facts.lag, -1);
    assert_int_equal(shown.facts.lag_ms, 0);
    shown = (struct shown){.name = "mail"};
    assert_result(jangle_look_subscribers(look, keep, &shown, NULL), JANGLE_OK);
    assert_int_equal(shown.facts.position, 4);
    assert_string_equal(shown.fault, "");
    jangle_look_close(look);
}

/* A view whose file is where its program says, and of an older version. */
static void a_view_s_file_and_version_are_those_of_its_program(void **state)
{
    struct jangle_subscriber named = copies_named;
    char path[TEMP_PATH_SIZE];
    struct shown shown;

    (void)state;
    world_close(&world);
    temp_directory_path(path, world.directory, "sums.db");
    named.name = "other";
    named.file = path;
    world_open(&world, &named, &mail, NULL);
    world_put_many(&world, 4, 1);
    world_poll(&world);
    world_close(&world);
    shown = (struct shown){.name = "other"};
    look_again(&shown);
    assert_true(shown.facts.is_view);
    assert_int_equal(shown.facts.position, 4);
    assert_int_equal(shown.facts.state, JANGLE_SUBSCRIBER_ELSEWHERE);
    named.schema_version++;
    world_open(&world, &named, &mail, NULL);
    world_close(&world);
    look_again(&shown);
    assert_int_equal(shown.facts.state, JANGLE_SUBSCRIBER_STALE);
    assert_non_null(strstr(shown.reason, "version"));
}

/* The file of a view that was made from another store must be replayed. */
static void a_view_of_another_store_is_stale(void **state)
{
    struct jangle_storage storage = jangle_sqlite(world.file);
    struct shown shown = {.name = copies_view.name};
    char command[4 * TEMP_PATH_SIZE];
    struct jangle_look *look;
    struct world other;

    (void)state;
    world_put_many(&world, 3, 1);
    world_poll(&world);
    world_init(&other, true);
    world_open(&other, &mail, &copies_view, NULL);
    world_close(&other);
    world_close(&world);
    snprintf(command, sizeof command, "rm -f %s-*; cp %s.%s %s", view_file(), other.file,
             copies_view.name, view_file());
    assert_int_equal(system(command), 0);
    look = jangle_look_open(&storage, NULL, NULL);
    assert_non_null(look);
    assert_result(jangle_look_subscribers(look, keep, &shown, NULL), JANGLE_OK);
    assert_int_equal(shown.facts.state, JANGLE_SUBSCRIBER_STALE);
    assert_string_equal(shown.reason, "it was made from another store");
    jangle_look_close(look);
    world_finish(&other);
}

/* ---- an older backup, copied over the store ----------------------------------- */

/* All was processed up to 20, and then the store is a copy of when it had 15 events; with
 * `others`, five other events come after those. */
static void go_back(bool others)
{
    char command[4 * TEMP_PATH_SIZE];

    world_put_many(&world, 15, 2);
    world_poll(&world);
    world_close(&world);
    snprintf(command, sizeof command, "cp %s %s.old", world.file, world.file);
    assert_int_equal(system(command), 0);
    world_open(&world, &mail, &copies_view, NULL);
    world_put_many(&world, 5, 2);
    world_poll(&world);
    world_close(&world);
    if (others) {
        struct jangle_config config = world.config;
        char path[TEMP_PATH_SIZE + 8];

        snprintf(path, sizeof path, "%s.old", world.file);
        world.config.storage = jangle_sqlite(path);
        world_open(&world, NULL);
        world_put_many(&world, 5, 2);
        world_close(&world);
        world.config = config;
    }
    snprintf(command, sizeof command, "rm -f %s-*; cp %s.old %s", world.file, world.file,
             world.file);
    assert_int_equal(system(command), 0);
}

static void a_view_that_has_seen_what_the_store_lacks_is_stale(void **state)
{
    struct shown shown;

    (void)state;
    go_back(false);
    shown = look_at(copies_view.name, true);
    assert_int_equal(shown.facts.position, 20);
    assert_int_equal(shown.facts.state, JANGLE_SUBSCRIBER_STALE);
    assert_non_null(strstr(shown.reason, "the store lacks event 20"));
    assert_int_equal(look_at("mail", true).facts.state, JANGLE_SUBSCRIBER_ELSEWHERE);
}

static void a_view_that_has_seen_another_event_is_stale(void **state)
{
    struct shown shown;

    (void)state;
    go_back(true);
    shown = look_at(copies_view.name, true);
    assert_int_equal(shown.facts.state, JANGLE_SUBSCRIBER_STALE);
    assert_non_null(strstr(shown.reason, "the store has another event 20"));
}

/* What is stored beside the events themselves may be damaged, too. */
static void a_subscriber_that_has_seen_what_the_store_lacks_has_a_fault(void **state)
{
    struct shown shown = {.name = "mail"};

    (void)state;
    world_put_many(&world, 5, 2);
    world_poll(&world);
    world_close(&world);
    assert_true(sqlite_damage_by(world.file, "DELETE FROM events WHERE position = 5") >
                0);
    look_again(&shown);
    assert_non_null(strstr(shown.fault, "the store lacks event 5"));
    shown = (struct shown){.name = copies_view.name};
    look_again(&shown);
    assert_int_equal(shown.facts.state, JANGLE_SUBSCRIBER_STALE);
    assert_string_equal(shown.fault, "");
}

static void every_state_has_a_text(void **state)
{
    (void)state;
    assert_string_equal(jangle_subscriber_state_text(JANGLE_SUBSCRIBER_GOING),
                        "it goes on");
    assert_string_equal(jangle_subscriber_state_text((enum jangle_subscriber_state)77),
                        "no such state");
}

int main(void)
{
#define IN_FILE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        IN_FILE(each_is_where_it_is),
        IN_FILE(what_is_parked_is_counted),
        IN_FILE(a_pause_is_shown_with_who_and_why),
        IN_FILE(an_outage_is_shown_with_its_reason),
        IN_FILE(without_a_process_nobody_runs_them),
        IN_FILE(a_view_s_file_that_is_no_database_is_told),
        IN_FILE(a_frozen_store_s_view_is_not_read_and_that_is_told),
        IN_FILE(a_view_s_file_and_version_are_those_of_its_program),
        IN_FILE(a_view_of_another_store_is_stale),
        IN_FILE(a_view_that_has_seen_what_the_store_lacks_is_stale),
        IN_FILE(a_view_that_has_seen_another_event_is_stale),
        IN_FILE(a_subscriber_that_has_seen_what_the_store_lacks_has_a_fault),
        IN_FILE(every_state_has_a_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
