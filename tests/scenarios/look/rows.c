/* rows.c - one damaged row of a subscriber hides no other subscriber from a look, and is
 * told as the fault of its own. */
#include "support/domains/seen.h"
#include "support/stores/copies.h"
#include "support/stores/sqlite_damage.h"

#include <stdio.h>
#include <string.h>

static struct follower seen;
static const struct jangle_subscriber mail = {.name = "mail",
                                              .context = &seen,
                                              .handlers = JANGLE_ARRAY(follower_handlers),
                                              .start = JANGLE_FROM_FIRST,
                                              .checkpoint = JANGLE_AT_ONCE};
static struct world world;

/* What was shown of one subscriber, and of how many in all. */
struct shown {
    const char *name; /* that is looked for */
    bool found;
    struct jangle_subscriber_facts facts;
    char fault[300];
    int count;
};

static int set_up(void **state)
{
    (void)state;
    seen = (struct follower){0};
    world_init(&world, true);
    world_open(&world, &mail, &copies_view, NULL);
    world_put_many(&world, 4, 1);
    world_poll(&world);
    world_close(&world);
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
    snprintf(shown->fault, sizeof shown->fault, "%s", facts->fault ? facts->fault : "");
    return JANGLE_OK;
}

static void look_at(struct shown *shown)
{
    struct jangle_look *look = seen_open(world.file);

    assert_result(jangle_look_subscribers(look, keep, shown, NULL), JANGLE_OK);
    assert_true(shown->found);
    jangle_look_close(look);
}

struct damage {
    const char *sql;
    const char *fault; /* a part of it */
};

/* Whatever is damaged of one, the other is shown as it is. */
static void one_damaged_row_hides_no_other_subscriber(void **state)
{
    static const struct damage damages[] = {
        {"UPDATE checkpoints SET position = position + 1 WHERE subscriber = (SELECT id"
         " FROM subscribers WHERE name = 'mail')",
         "checkpoints"},
        {"UPDATE checkpoints SET event_id = 'none' WHERE subscriber = (SELECT id"
         " FROM subscribers WHERE name = 'mail')",
         "event_id"},
        {"DELETE FROM checkpoints WHERE subscriber = (SELECT id FROM subscribers"
         " WHERE name = 'mail')",
         "is missing"},
        {"UPDATE subscribers SET checksum = checksum + 1 WHERE name = 'mail'",
         "subscribers"},
    };

    (void)state;
    for (size_t at = 0; at < sizeof damages / sizeof *damages; at++) {
        struct shown shown = {.name = "mail"};

        tear_down(NULL);
        set_up(NULL);
        assert_int_equal(sqlite_damage_by(world.file, damages[at].sql), 1);
        look_at(&shown);
        assert_int_equal(shown.count, 2);
        if (!strstr(shown.fault, damages[at].fault))
            fail_msg("%s: %s", damages[at].sql, shown.fault);
        assert_int_equal(shown.facts.position, -1);
        assert_int_equal(shown.facts.lag, -1);
        shown = (struct shown){.name = copies_view.name};
        look_at(&shown);
        assert_string_equal(shown.fault, "");
        assert_int_equal(shown.facts.position, 4);
    }
}

/* A row whose name is no text has no name to be found by. */
static void a_row_without_its_name_hides_no_other_subscriber(void **state)
{
    struct shown shown = {.name = ""};

    (void)state;
    assert_int_equal(sqlite_damage_by(world.file,
                                      "UPDATE subscribers SET name = NULL"
                                      " WHERE name = 'mail'"),
                     1);
    look_at(&shown);
    assert_int_equal(shown.count, 2);
    assert_true(strlen(shown.fault) > 10);
    shown = (struct shown){.name = copies_view.name};
    look_at(&shown);
    assert_string_equal(shown.fault, "");
}

int main(void)
{
#define IN_FILE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        IN_FILE(one_damaged_row_hides_no_other_subscriber),
        IN_FILE(a_row_without_its_name_hides_no_other_subscriber),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
