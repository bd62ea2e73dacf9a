/* upserts.c - a view lists its upserts, and jangle_open names the first one that does not
 * fit its table. */
#include "support/domains/purse.h"
#include "support/temp_directory.h"
#include "support/test.h"

#include <jangle/view.h>

#include <string.h>

struct set_total {
    const char *purse_id;
    int64_t total;
};

struct set_colour {
    const char *purse_id;
    const char *colour;
};

struct by_total {
    int64_t total;
    const char *purse_id;
};

static JANGLE_UPSERT(set_total, "purses", key(purse_id), if_greater(total));
static JANGLE_UPSERT(set_colour, "purses", key(purse_id), set(colour));
static JANGLE_UPSERT(by_total, "purses", key(total), set(purse_id));

static const char old_schema[] =
    "CREATE TABLE purses (purse_id TEXT PRIMARY KEY, total INTEGER)";
static const char new_schema[] =
    "CREATE TABLE purses (purse_id TEXT PRIMARY KEY, total INTEGER, colour TEXT)";

static enum jangle_result show(struct jangle_delivery *delivery,
                               const struct jangle_event *event)
{
    const struct coins_put_in *coins = event->data;

    return jangle_view_upsert(delivery->view, set_total, .purse_id = event->aggregate_id,
                              .total = coins->total);
}

static const struct jangle_handler handlers[] = {{&coins_put_in, show}};

static char directory[TEMP_PATH_SIZE], path[TEMP_PATH_SIZE];
static int world_in_file;

static int set_up(void **state)
{
    path[0] = '\0';
    if (*state != &world_in_file)
        return 0;
    if (!temp_directory_make(directory))
        return -1;
    temp_directory_path(path, directory, "purses.db");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    if (path[0])
        temp_directory_remove(directory);
    return 0;
}

static struct jangle *open_with(const char *schema,
                                int version,
                                struct jangle_upserts upserts,
                                struct jangle_error *error)
{
    static struct jangle_subscriber view;

    view = (struct jangle_subscriber){.name = "purses",
                                      .handlers = JANGLE_ARRAY(handlers),
                                      .upserts = upserts,
                                      .schema = schema,
                                      .schema_version = version};
    return jangle_open(&(struct jangle_config){.aggregates = purse_aggregates,
                                               .subscribers = JANGLE_SUBSCRIBERS(&view),
                                               .storage = path[0] ? jangle_sqlite(path)
                                                                  : jangle_memory(),
                                               .host.logger = jangle_logger_none()},
                       error);
}

static const struct jangle_upserts fit = JANGLE_UPSERTS(&set_total);
static const struct jangle_upserts coloured = JANGLE_UPSERTS(&set_total, &set_colour);
static const struct jangle_upserts keyless = JANGLE_UPSERTS(&set_total, &by_total);

static void refuses(const char *schema,
                    int version,
                    struct jangle_upserts upserts,
                    const char *message)
{
    struct jangle_error error = {0};
    struct jangle *jangle = open_with(schema, version, upserts, &error);

    assert_null(jangle);
    assert_result(error.result, JANGLE_INVALID);
    assert_string_equal(error.message, message);
}

static struct jangle *
takes(const char *schema, int version, struct jangle_upserts upserts)
{
    struct jangle_error error = {0};
    struct jangle *jangle = open_with(schema, version, upserts, &error);

    if (!jangle)
        fail_msg("%s", error.message);
    return jangle;
}

static void an_upsert_that_does_not_fit_is_named_at_open(void **state)
{
    (void)state;
    refuses(old_schema, 1, coloured,
            "purses: set_colour: column colour of purses is not there");
    refuses(old_schema, 1, keyless,
            "purses: by_total: table purses has no unique index on (\"total\")");
    assert_result(jangle_close(takes(old_schema, 1, fit), -1), JANGLE_OK);
    refuses(old_schema, 1, coloured,
            "purses: set_colour: column colour of purses is not there");
}

static void what_fits_is_used(void **state)
{
    struct jangle *jangle = takes(new_schema, 1, coloured);
    struct jangle_left left;

    (void)state;
    jangle_send(jangle, NULL, put_in, .purse_id = "1", .amount = 5);
    assert_result(jangle_drain(jangle, -1, &left, NULL), JANGLE_OK);
    assert_int_equal(left.parked + left.dead, 0);
    assert_result(jangle_close(jangle, -1), JANGLE_OK);
}

/* The file has the old tables until it is built again: what counts is the new schema. */
static void a_view_that_must_be_built_anew_is_tried_with_its_new_schema(void **state)
{
    struct jangle *jangle;

    (void)state;
    if (!path[0])
        return;
    assert_result(jangle_close(takes(old_schema, 1, fit), -1), JANGLE_OK);
    refuses(new_schema, 2, keyless,
            "purses: by_total: table purses has no unique index on (\"total\")");
    jangle = takes(new_schema, 2, coloured);
    assert_result(jangle_replay(jangle, "purses", NULL, NULL), JANGLE_OK);
    assert_result(jangle_close(jangle, -1), JANGLE_OK);
    assert_result(jangle_close(takes(new_schema, 2, coloured), -1), JANGLE_OK);
}

/* A schema that was changed, and kept its number. */
static void a_file_that_lags_behind_its_schema_is_named(void **state)
{
    (void)state;
    if (!path[0])
        return;
    assert_result(jangle_close(takes(old_schema, 1, fit), -1), JANGLE_OK);
    refuses(new_schema, 1, coloured,
            "purses: set_colour: column colour of purses is not there");
}

/* Over each of the stores: `set_up` finds in *state whether it is in a file. */
#define TEST(name)                                                                       \
    {#name " (memory)", name, set_up, tear_down, NULL},                                  \
    {                                                                                    \
#name " (sqlite)", name, set_up, tear_down, &world_in_file                       \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_upsert_that_does_not_fit_is_named_at_open),
        TEST(what_fits_is_used),
        TEST(a_view_that_must_be_built_anew_is_tried_with_its_new_schema),
        TEST(a_file_that_lags_behind_its_schema_is_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
