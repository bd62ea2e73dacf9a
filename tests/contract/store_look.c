/* store_look.c - ST-38 to ST-40: what tools see of a store that has operations for them,
 * which it may lack. */
#include "contract/store.h"

enum { TEXT_SIZE = 400 };

static bool has_none(const struct world *world)
{
    return !world->store->ops->look;
}

/* "1 2 !3 4": a damaged one has a mark; ".": a page has ended. */
static enum jangle_result show_found(void *context, const struct jangle_found *found)
{
    char *text = context;
    size_t used = strlen(text);

    snprintf(text + used, TEXT_SIZE - used, "%s%lld ", found->fault ? "!" : "",
             (long long)found->record->position);
    return JANGLE_OK;
}

static const char *show_range(struct world *world, struct jangle_range range)
{
    static char text[TEXT_SIZE];

    text[0] = '\0';
    for (int page = 0; page < 50 && !range.ended; page++) {
        assert_result(world->store->ops->look->events(world->store, &range, show_found,
                                                      text, &world->error),
                      JANGLE_OK);
        strncat(text, ".", TEXT_SIZE - 1 - strlen(text));
    }
    return text;
}

/* ---- ST-38 ------------------------------------------------------------------- */

static void st_38_pages_have_each_record_of_a_range_once(void **state)
{
    struct world *world = *state;

    if (has_none(world))
        return;
    store_events(world, "a", 3);
    store_events(world, "b", 2);
    store_events(world, "a", 1);
    assert_string_equal(show_range(world, (struct jangle_range){.limit = 4}),
                        "1 2 3 4 .5 6 .");
    assert_string_equal(
        show_range(world, (struct jangle_range){.limit = 4, .newest_first = true}),
        "6 5 4 3 .2 1 .");
    assert_string_equal(
        show_range(world, (struct jangle_range){.limit = 9, .after = 1, .before = 5}),
        "2 3 4 .");
    assert_string_equal(
        show_range(world,
                   (struct jangle_range){.limit = 1, .after = 3, .newest_first = true}),
        "6 .5 .4 .");
    assert_string_equal(show_range(world, (struct jangle_range){.limit = 9, .after = 6}),
                        ".");
}

static void st_38_so_have_those_of_a_stream(void **state)
{
    struct world *world = *state;
    struct jangle_range range = {.kind = "account", .id = "a", .limit = 2};

    if (has_none(world))
        return;
    store_events(world, "a", 2);
    store_events(world, "b", 2);
    store_events(world, "a", 2);
    assert_string_equal(show_range(world, range), "1 2 .5 6 .");
    range.newest_first = true;
    assert_string_equal(show_range(world, range), "6 5 .2 1 .");
    range.before = 6;
    assert_string_equal(show_range(world, range), "5 2 .1 .");
    range.after = 1;
    assert_string_equal(show_range(world, range), "5 2 .");
    range.id = "c";
    assert_string_equal(show_range(world, range), ".");
}

static void st_38_a_damaged_record_ends_nothing(void **state)
{
    struct world *world = *state;
    struct jangle_range range = {.limit = 9};

    if (has_none(world) || !world->backend->damage)
        return;
    store_events(world, "a", 4);
    world_damage(world, 2);
    assert_string_equal(show_range(world, range), "1 !2 3 4 .");
    range.newest_first = true;
    assert_string_equal(show_range(world, range), "4 3 !2 1 .");
    range.kind = "account";
    range.id = "a";
    assert_string_equal(show_range(world, range), "4 3 !2 1 .");
}

static enum jangle_result stop_it(void *context, const struct jangle_found *found)
{
    (void)found;
    ++*(int *)context;
    return JANGLE_CANCELLED;
}

static void st_38_a_visit_of_a_range_stops_when_told(void **state)
{
    struct world *world = *state;
    struct jangle_range range = {.limit = 9};
    int count = 0;

    if (has_none(world))
        return;
    store_events(world, "a", 3);
    assert_result(world->store->ops->look->events(world->store, &range, stop_it, &count,
                                                  &world->error),
                  JANGLE_CANCELLED);
    assert_int_equal(count, 1);
}

/* ---- ST-39 ------------------------------------------------------------------- */

static enum jangle_result show_found_stream(void *context,
                                            const struct jangle_found_stream *stream)
{
    char *text = context;
    size_t used = strlen(text);

    assert_null(stream->fault);
    snprintf(text + used, TEXT_SIZE - used, "%s/%s@%lld:%lld ", stream->kind, stream->id,
             (long long)stream->version, (long long)stream->last_position);
    return JANGLE_OK;
}

static const char *
list_streams(struct world *world, const char *kind, const char *after, size_t limit)
{
    static char text[TEXT_SIZE];

    text[0] = '\0';
    assert_result(world->store->ops->look->streams(
                      world->store, kind, after ? "account" : NULL, after, limit,
                      show_found_stream, text, &world->error),
                  JANGLE_OK);
    return text;
}

static void st_39_streams_are_listed_by_name(void **state)
{
    struct world *world = *state;

    if (has_none(world))
        return;
    store_events(world, "c", 1);
    store_events(world, "a", 2);
    store_events(world, "b", 1);
    assert_string_equal(list_streams(world, "account", NULL, 9),
                        "account/a@2:3 account/b@1:4 account/c@1:1 ");
    assert_string_equal(list_streams(world, "account", NULL, 2),
                        "account/a@2:3 account/b@1:4 ");
    assert_string_equal(list_streams(world, "account", "a", 1), "account/b@1:4 ");
    assert_string_equal(list_streams(world, NULL, "b", 9), "account/c@1:1 ");
    assert_string_equal(list_streams(world, NULL, NULL, 1), "account/a@2:3 ");
    assert_string_equal(list_streams(world, "nobody", NULL, 9), "");
}

/* ---- ST-40 ------------------------------------------------------------------- */

static void st_40_what_is_counted_is_there(void **state)
{
    struct world *world = *state;
    struct jangle_store_counts counts;

    if (has_none(world))
        return;
    store_events(world, "a", 2);
    store_events(world, "b", 1);
    assert_result(world->store->ops->look->counts(world->store, &counts, &world->error),
                  JANGLE_OK);
    assert_true(counts.streams == 2 || counts.streams == -1);
    assert_true(counts.types == 1 || counts.types == -1);
    assert_true(counts.sessions == 1 || counts.sessions == -1);
    assert_string_equal(counts.fault, "");
    assert_false(counts.in_doubt);
}

int store_look_contract(const struct backend *backend)
{
    static const struct CMUnitTest tests[] = {
        WORLD_TEST(st_38_pages_have_each_record_of_a_range_once),
        WORLD_TEST(st_38_so_have_those_of_a_stream),
        WORLD_TEST(st_38_a_damaged_record_ends_nothing),
        WORLD_TEST(st_38_a_visit_of_a_range_stops_when_told),
        WORLD_TEST(st_39_streams_are_listed_by_name),
        WORLD_TEST(st_40_what_is_counted_is_there),
    };

    return world_run("looks", tests, sizeof tests / sizeof *tests, backend);
}
