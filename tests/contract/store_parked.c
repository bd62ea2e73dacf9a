/* store_parked.c - ST-11: keys whose events wait. */
#include "contract/store.h"

static void park_key(struct world *world,
                     const char *subscriber,
                     const char *key,
                     int64_t position,
                     int64_t next_at)
{
    struct jangle_parked parked = {.subscriber = subscriber,
                                   .key = key,
                                   .position = position,
                                   .attempts = 1,
                                   .next_at = {next_at}};

    park(world, &parked);
}

static void bury_key(struct world *world, const char *key, int64_t died_at)
{
    struct jangle_parked parked = {.subscriber = "printer",
                                   .key = key,
                                   .position = 1,
                                   .next_at = {died_at},
                                   .dead = true};

    park(world, &parked);
}

static enum jangle_result check_parked(void *context, const struct jangle_parked *parked)
{
    const struct jangle_parked *expected = context;

    assert_string_equal(parked->subscriber, expected->subscriber);
    assert_string_equal(parked->key, expected->key);
    assert_int_equal(parked->kind, expected->kind);
    assert_int_equal(parked->trying, expected->trying);
    assert_int_equal(parked->delay_ms, expected->delay_ms);
    assert_int_equal(parked->position, expected->position);
    assert_int_equal(parked->attempts, expected->attempts);
    assert_int_equal(parked->next_at.us, expected->next_at.us);
    assert_int_equal(parked->dead, expected->dead);
    assert_string_equal(parked->error ? parked->error : "(none)",
                        expected->error ? expected->error : "(none)");
    return JANGLE_OK;
}

static void assert_parked(struct world *world, struct jangle_parked *expected)
{
    assert_result(world->store->ops->read_parked(world->store, expected->subscriber,
                                                 (jangle_time){0}, 9, check_parked,
                                                 expected, &world->error),
                  JANGLE_OK);
}

static void st_11_a_parked_key_comes_back_as_it_was_stored(void **state)
{
    struct world *world = *state;
    struct jangle_parked parked = {.subscriber = "printer",
                                   .kind = JANGLE_PARKED_STREAM,
                                   .key = "account/\xc3\xa9",
                                   .position = 6,
                                   .attempts = 9,
                                   .next_at = {1700000000123456},
                                   .dead = true,
                                   .error = "no paper: \"tray 2\""};

    park(world, &parked);
    world_reopen(world);
    assert_parked(world, &parked);
    parked.error = NULL;
    parked.dead = false;
    parked.trying = true;
    parked.delay_ms = 86400001;
    for (int kind = JANGLE_PARKED_STREAM; kind <= JANGLE_PARKED_TIMEOUT; kind++) {
        parked.kind = (enum jangle_parked_kind)kind;
        park(world, &parked);
        assert_parked(world, &parked);
    }
}

static void st_11_a_key_has_one_row_which_is_replaced(void **state)
{
    struct world *world = *state;

    park_key(world, "printer", "a", 3, 50);
    park_key(world, "printer", "a", 4, 10);
    park_key(world, "printer", "a", 5, 90);
    assert_string_equal(show_parked(world, "printer", 0, 9), "a@5");
    assert_string_equal(show_parked(world, "printer", 89, 9), "");
    assert_string_equal(show_parked(world, "printer", 90, 9), "a@5");
}

static void st_11_a_released_key_is_forgotten(void **state)
{
    struct world *world = *state;
    struct jangle_parked released = {
        .subscriber = "printer", .key = "a", .released = true};

    park_key(world, "printer", "a", 3, 50);
    park_key(world, "printer", "b", 4, 60);
    park_key(world, "mailer", "a", 5, 70);
    park(world, &released);
    park(world, &released);
    world_reopen(world);
    assert_string_equal(show_parked(world, NULL, 0, 9), "b@4 a@5");
    assert_string_equal(show_parked(world, NULL, 99, 9), "b@4 a@5");
}

static void st_11_keys_are_visited_when_they_are_due_the_longest_due_first(void **state)
{
    struct world *world = *state;

    park_key(world, "printer", "late", 1, 300);
    park_key(world, "printer", "first", 2, 100);
    park_key(world, "printer", "second", 3, 200);
    world_reopen(world);
    assert_string_equal(show_parked(world, "printer", 99, 9), "");
    assert_string_equal(show_parked(world, "printer", 100, 9), "first@2");
    assert_string_equal(show_parked(world, "printer", 299, 9), "first@2 second@3");
    assert_string_equal(show_parked(world, "printer", 300, 9), "first@2 second@3 late@1");
}

static void st_11_no_more_keys_than_the_limit_are_visited(void **state)
{
    struct world *world = *state;

    park_key(world, "printer", "a", 1, 300);
    park_key(world, "printer", "b", 2, 100);
    park_key(world, "printer", "c", 3, 200);
    assert_string_equal(show_parked(world, "printer", 900, 0), "");
    assert_string_equal(show_parked(world, "printer", 900, 2), "b@2 c@3");
    assert_string_equal(show_parked(world, "printer", 0, 1), "b@2");
}

static void st_11_dead_keys_are_never_due_but_seen_when_all_are(void **state)
{
    struct world *world = *state;

    park_key(world, "printer", "a", 3, 200);
    bury_key(world, "dead", 100);
    assert_string_equal(show_parked(world, "printer", 900, 9), "a@3");
    assert_string_equal(show_parked(world, "printer", 900, 1), "a@3");
    assert_string_equal(show_parked(world, "printer", 0, 9), "dead@1! a@3");
}

static void st_11_keys_are_those_of_one_subscriber_or_of_all(void **state)
{
    struct world *world = *state;

    park_key(world, "printer", "a", 1, 300);
    park_key(world, "mailer", "a", 2, 100);
    park_key(world, "printer", "b", 3, 200);
    assert_string_equal(show_parked(world, "mailer", 0, 9), "a@2");
    assert_string_equal(show_parked(world, "printer", 900, 9), "b@3 a@1");
    assert_string_equal(show_parked(world, NULL, 900, 9), "a@2 b@3 a@1");
    assert_string_equal(show_parked(world, NULL, 0, 9), "a@2 b@3 a@1");
    assert_string_equal(show_parked(world, "nobody", 0, 9), "");
}

static void st_11_a_visit_of_keys_stops_when_told(void **state)
{
    struct world *world = *state;
    struct counting counting = {.stop_after = 1};

    park_key(world, "printer", "a", 1, 300);
    park_key(world, "printer", "b", 2, 300);
    assert_result(world->store->ops->read_parked(world->store, NULL, (jangle_time){0}, 9,
                                                 count_parked, &counting, &world->error),
                  JANGLE_CANCELLED);
    assert_int_equal(counting.count, 1);
}

int store_parked_contract(const struct backend *backend)
{
    static const struct CMUnitTest tests[] = {
        WORLD_TEST(st_11_a_parked_key_comes_back_as_it_was_stored),
        WORLD_TEST(st_11_a_key_has_one_row_which_is_replaced),
        WORLD_TEST(st_11_a_released_key_is_forgotten),
        WORLD_TEST(st_11_keys_are_visited_when_they_are_due_the_longest_due_first),
        WORLD_TEST(st_11_no_more_keys_than_the_limit_are_visited),
        WORLD_TEST(st_11_dead_keys_are_never_due_but_seen_when_all_are),
        WORLD_TEST(st_11_keys_are_those_of_one_subscriber_or_of_all),
        WORLD_TEST(st_11_a_visit_of_keys_stops_when_told),
    };

    return world_run("parked keys", tests, sizeof tests / sizeof *tests, backend);
}
