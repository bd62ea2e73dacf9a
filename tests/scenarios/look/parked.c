/* parked.c - a look shows dead letters, parked events and sagas, without the program that
 * has them: the same that the program shows. */
#include "support/domains/seen.h"
#include "support/stores/sqlite_damage.h"
#include "support/temp_directory.h"
#include "support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_SIZE = 64 * 1024 };

struct text {
    char text[TEXT_SIZE];
    enum jangle_result stop;
    int count;
};

static char directory[TEMP_PATH_SIZE], desks[TEMP_PATH_SIZE];
static struct text before, after;
static struct jangle_error error;

static void unpack(const char *archive)
{
    char command[600];

    assert_true(temp_directory_make(directory));
    temp_directory_path(desks, directory, "desks.db");
    snprintf(command, sizeof command, "tar -xzf %s/%s -C %s", KEPT_FOLDER, archive,
             directory);
    assert_int_equal(system(command), 0);
}

static int tear_down(void **state)
{
    (void)state;
    temp_directory_remove(directory);
    return 0;
}

#define ADD(to, ...)                                                                     \
    snprintf((to)->text + strlen((to)->text), TEXT_SIZE - strlen((to)->text), __VA_ARGS__)

static enum jangle_result add_letter(void *context,
                                     const struct jangle_dead_letter *letter)
{
    struct text *to = context;

    to->count++;
    ADD(to, "%s %d %lld %s@%lld %s %s %d %lld %d %s\n", letter->subscriber, letter->kind,
        (long long)letter->position, letter->stream, (long long)letter->version,
        letter->type, letter->payload, letter->attempts, (long long)letter->failed_at.us,
        letter->dead, letter->reason);
    return to->stop;
}

static enum jangle_result add_saga(void *context, const struct jangle_saga_info *info)
{
    struct text *to = context;

    to->count++;
    ADD(to, "%s/%s %d %s %lld %lld %lld %d %d %lld %s", info->saga, info->id,
        info->status, info->state, (long long)info->position, (long long)info->turn_at.us,
        (long long)info->turn_position, info->turn_step_count, info->attempts,
        (long long)info->timeout_at.us, info->reason ? info->reason : "-");
    for (size_t at = 0; at < info->step_count; at++)
        ADD(to, " [%d %s %d %s %lld@%lld]", info->steps[at].kind, info->steps[at].type,
            info->steps[at].result, info->steps[at].reply,
            (long long)info->steps[at].position, (long long)info->steps[at].version);
    ADD(to, "\n");
    return to->stop;
}

static enum jangle_result add_subscriber(void *context,
                                         const struct jangle_subscriber_facts *facts)
{
    struct text *to = context;

    to->count++;
    ADD(to, "%s %d %lld %s %d %lld %lld %lld %lld %lld %lld %lld %d %s\n", facts->name,
        facts->state, (long long)facts->since.us, facts->reason, facts->is_view,
        (long long)facts->position, (long long)facts->lag, (long long)facts->parked,
        (long long)facts->dead, (long long)facts->next_at.us,
        (long long)facts->open_sagas, (long long)facts->parked_sagas, facts->incomplete,
        facts->fault ? facts->fault : "sound");
    return to->stop;
}

static const char *const trips[] = {"trip-1", "trip-2", "trip-3", "trip-4",
                                    "trip-5", "stay-1", "stay-2"};

/* All that a look shows of what waits in a store. */
static void show(struct text *to)
{
    struct jangle_look *look = seen_open(desks);

    to->text[0] = '\0';
    if (jangle_look_parked(look, NULL, add_letter, to, &error))
        fail_msg("%s", error.message);
    assert_result(jangle_look_dead(look, NULL, add_letter, to, &error), JANGLE_OK);
    assert_result(jangle_look_sagas(look, &(struct jangle_saga_filter){.finished = true},
                                    add_saga, to, &error),
                  JANGLE_OK);
    assert_result(jangle_look_subscribers(look, add_subscriber, to, &error), JANGLE_OK);
    for (size_t at = 0; at < sizeof trips / sizeof *trips; at++)
        (void)jangle_look_sagas(
            look,
            &(struct jangle_saga_filter){.saga = strncmp(trips[at], "trip", 4) ? "stays"
                                                                               : "trips",
                                         .id = trips[at]},
            add_saga, to, NULL);
    jangle_look_close(look);
}

/* A program that has none of the tables brings the store up to date, and changes nothing
 * else. */
static void migrate(void)
{
    struct jangle_config config = {.storage = jangle_sqlite(desks),
                                   .host.logger = jangle_logger_none()};
    struct jangle *jangle = jangle_open(&config, &error);

    if (!jangle)
        fail_msg("%s", error.message);
    assert_result(jangle_close(jangle, -1), JANGLE_OK);
}

/* What an older schema keeps in prose and keys is shown as its migration reads it. */
static void an_older_store_is_shown_as_its_migration_reads_it(void **state)
{
    (void)state;
    for (int schema = 1; schema <= 3; schema++) {
        char archive[40];

        snprintf(archive, sizeof archive, "schema_%d.tar.gz", schema);
        unpack(archive);
        show(&before);
        assert_true(before.count > 10);
        migrate();
        show(&after);
        assert_string_equal(before.text, after.text);
        before.count = after.count = 0;
        temp_directory_remove(directory);
    }
    unpack("schema_2.tar.gz");
}

/* ---- the same as the program -------------------------------------------------- */

static void a_letter_is_shown_as_the_program_shows_it(void **state)
{
    struct jangle_config config = {0};
    struct jangle_look *look;

    (void)state;
    unpack("schema_2.tar.gz");
    migrate();
    look = seen_open(desks);
    before.text[0] = after.text[0] = '\0';
    assert_result(jangle_look_parked(look, "letters", add_letter, &before, &error),
                  JANGLE_OK);
    jangle_look_close(look);
    config.storage = jangle_sqlite(desks);
    config.host.logger = jangle_logger_none();
    {
        struct jangle *jangle = jangle_open(&config, &error);

        assert_non_null(jangle);
        assert_result(jangle_parked_visit(jangle, "letters", add_letter, &after, &error),
                      JANGLE_OK);
        look = jangle_look_of(jangle, &error);
        assert_non_null(look);
        assert_string_equal(before.text, after.text);
        before.text[0] = '\0';
        assert_result(jangle_look_parked(look, "letters", add_letter, &before, &error),
                      JANGLE_OK);
        assert_string_equal(before.text, after.text);
        jangle_look_close(look);
        assert_result(jangle_close(jangle, -1), JANGLE_OK);
    }
}

static void a_view_s_letters_are_found_in_its_file(void **state)
{
    struct jangle_look *look;

    (void)state;
    unpack("schema_2.tar.gz");
    look = seen_open(desks);
    before.text[0] = '\0';
    before.count = 0;
    assert_result(jangle_look_parked(look, "notes", add_letter, &before, &error),
                  JANGLE_OK);
    assert_true(before.count > 0);
    assert_non_null(strstr(before.text, "notes "));
    jangle_look_close(look);
}

/* The saga itself says what is wrong with its row, and the subscriber, too. */
static void a_damaged_saga_hides_no_other(void **state)
{
    const struct jangle_saga_filter all = {.finished = true};
    struct jangle_look *look;
    struct text sound = {.count = 0}, damaged = {.count = 0};

    (void)state;
    unpack("schema_2.tar.gz");
    look = seen_open(desks);
    assert_result(jangle_look_sagas(look, &all, add_saga, &sound, &error), JANGLE_OK);
    jangle_look_close(look);
    assert_null(strstr(sound.text, "it is damaged"));
    assert_int_equal(sqlite_damage_by(desks,
                                      "UPDATE sagas SET state = 'none'"
                                      " WHERE id = 'trip-open'"),
                     1);
    look = seen_open(desks);
    assert_result(jangle_look_sagas(look, &all, add_saga, &damaged, &error), JANGLE_OK);
    assert_int_equal(damaged.count, sound.count);
    assert_non_null(strstr(damaged.text, "in table sagas, row trip trip-open"));
    damaged.text[0] = '\0';
    assert_result(jangle_look_subscribers(look, add_subscriber, &damaged, &error),
                  JANGLE_OK);
    assert_non_null(strstr(damaged.text, "in table sagas, row trip trip-open"));
    jangle_look_close(look);
}

/* ---- what is asked ------------------------------------------------------------ */

static void what_is_not_there_is_said(void **state)
{
    struct jangle_look *look;

    (void)state;
    unpack("schema_2.tar.gz");
    look = seen_open(desks);
    assert_result(jangle_look_dead(look, "nobody", add_letter, &before, &error),
                  JANGLE_NOT_FOUND);
    assert_non_null(strstr(error.message, "nobody"));
    assert_result(jangle_look_sagas(
                      look, &(struct jangle_saga_filter){.saga = "trips", .id = "none"},
                      add_saga, &before, NULL),
                  JANGLE_NOT_FOUND);
    assert_result(jangle_look_sagas(look, &(struct jangle_saga_filter){.id = "trip-1"},
                                    add_saga, &before, NULL),
                  JANGLE_INVALID);
    assert_result(jangle_look_sagas(look, &(struct jangle_saga_filter){.limit = -1},
                                    add_saga, &before, NULL),
                  JANGLE_INVALID);
    assert_result(jangle_look_sagas(NULL, NULL, add_saga, &before, NULL), JANGLE_CLOSED);
    assert_result(jangle_look_dead(NULL, NULL, add_letter, &before, NULL), JANGLE_CLOSED);
    jangle_look_close(look);
}

static void a_visit_may_stop_and_a_limit_does(void **state)
{
    struct jangle_look *look;
    struct text to = {.stop = JANGLE_CANCELLED};

    (void)state;
    unpack("schema_2.tar.gz");
    look = seen_open(desks);
    assert_result(jangle_look_dead(look, NULL, add_letter, &to, NULL), JANGLE_CANCELLED);
    assert_int_equal(to.count, 1);
    assert_result(jangle_look_sagas(look, NULL, add_saga, &to, NULL), JANGLE_CANCELLED);
    assert_int_equal(to.count, 2);
    to.stop = JANGLE_OK;
    assert_result(jangle_look_sagas(look, &(struct jangle_saga_filter){.limit = 2},
                                    add_saga, &to, NULL),
                  JANGLE_OK);
    assert_int_equal(to.count, 4);
    jangle_look_close(look);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(an_older_store_is_shown_as_its_migration_reads_it,
                                  tear_down),
        cmocka_unit_test_teardown(a_letter_is_shown_as_the_program_shows_it, tear_down),
        cmocka_unit_test_teardown(a_view_s_letters_are_found_in_its_file, tear_down),
        cmocka_unit_test_teardown(a_damaged_saga_hides_no_other, tear_down),
        cmocka_unit_test_teardown(what_is_not_there_is_said, tear_down),
        cmocka_unit_test_teardown(a_visit_may_stop_and_a_limit_does, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
