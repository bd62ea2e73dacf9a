/* host.c - what was given is used, what was not has a default. */
#include "base/host.h"

#include "support/failing_allocator.h"
#include "support/test.h"

#include <stdlib.h>
#include <string.h>

/* A world that does as it is told, and counts. */
struct world {
    int64_t now_us, monotonic_us;
    uint64_t bits; /* that the next draw gives */
    int draws, ids;
};

static jangle_time now(void *context)
{
    return (jangle_time){((struct world *)context)->now_us};
}

static int64_t monotonic_us(void *context)
{
    return ((struct world *)context)->monotonic_us;
}

static void fill(void *context, void *bytes, size_t size)
{
    struct world *world = context;

    world->draws++;
    memset(bytes, 0, size);
    memcpy(bytes, &world->bits, size < sizeof world->bits ? size : sizeof world->bits);
}

static void next_id(void *context, unsigned char id[JANGLE_ID_SIZE])
{
    struct world *world = context;

    memset(id, ++world->ids, JANGLE_ID_SIZE);
}

/* ---- defaults ---------------------------------------------------------------- */

static void a_zeroed_host_is_the_system(void **state)
{
    struct jn_host host;
    struct jangle_allocator *allocator = &host.host.allocator;
    int64_t first, second;
    char *memory;

    (void)state;
    assert_result(jn_host_init(&host, &(struct jangle_host){0}), JANGLE_OK);
    assert_true(jn_host_now(&host).us > (int64_t)1700000000 * 1000000);
    first = jn_host_monotonic_us(&host);
    second = jn_host_monotonic_us(&host);
    assert_true(first >= 0 && second >= first);
    memory = jn_resize(allocator, NULL, 10);
    assert_non_null(memory);
    memcpy(memory, "kept", sizeof "kept");
    memory = jn_resize(allocator, memory, 100000);
    assert_string_equal(memory, "kept");
    jn_free(allocator, memory);
    memory = jn_resize(allocator, NULL, 0);
    assert_non_null(memory);
    jn_free(allocator, memory);
    assert_non_null(host.host.logger.write);
    jn_host_finish(&host);
}

static void the_systems_randomness_does_not_repeat(void **state)
{
    struct jn_host host;
    const struct jangle_random *random = &host.host.random;
    unsigned char some[1000] = {0}, more[1000] = {0};
    int zeroes = 0;

    (void)state;
    assert_result(jn_host_init(&host, &(struct jangle_host){0}), JANGLE_OK);
    random->fill(random->context, some, sizeof some);
    random->fill(random->context, more, sizeof more);
    assert_memory_not_equal(some, more, sizeof some);
    for (size_t at = 0; at < sizeof some; at++)
        zeroes += some[at] == 0;
    assert_true(zeroes < 100);
    jn_host_finish(&host);
}

/* ---- what was given ---------------------------------------------------------- */

static void what_was_given_is_used(void **state)
{
    struct world world = {.now_us = 5, .monotonic_us = 7};
    struct failing_allocator memory;
    struct jangle_host given = {.clock = {now, monotonic_us, &world},
                                .random = {fill, next_id, &world}};
    struct jn_host host;
    unsigned char id[JANGLE_ID_SIZE];

    (void)state;
    failing_allocator_init(&memory, 0);
    given.allocator = memory.allocator;
    assert_result(jn_host_init(&host, &given), JANGLE_OK);
    assert_int_equal(jn_host_now(&host).us, 5);
    assert_int_equal(jn_host_monotonic_us(&host), 7);
    jn_host_id(&host, id);
    assert_int_equal(id[0], 1);
    assert_int_equal(jn_host_below(&host, 10), 0);
    assert_int_equal(world.draws, 1);
    jn_free(&host.host.allocator, jn_new(&host.host.allocator, 1));
    assert_int_equal(memory.calls, 1);
    jn_host_finish(&host);
}

/* Each half of a plug-in may be given alone, with a context that only it understands. */
static void half_of_what_was_given_is_used_and_the_rest_is_the_default(void **state)
{
    struct world world = {.now_us = 1800000000123456, .bits = 3};
    struct jn_host host;
    unsigned char id[JANGLE_ID_SIZE], other[JANGLE_ID_SIZE];

    (void)state;
    assert_result(
        jn_host_init(&host, &(struct jangle_host){.clock = {now, NULL, &world},
                                                  .random = {fill, NULL, &world}}),
        JANGLE_OK);
    assert_true(jn_host_monotonic_us(&host) >= 0);
    jn_host_id(&host, id);
    jn_host_id(&host, other);
    assert_int_equal(id[6] >> 4, 7);
    assert_true(memcmp(id, other, sizeof id) < 0);
    assert_int_equal(world.draws, 2);
    assert_int_equal(jn_host_below(&host, 2), 1);
    jn_host_finish(&host);

    assert_result(
        jn_host_init(&host, &(struct jangle_host){.random = {NULL, next_id, &world}}),
        JANGLE_OK);
    jn_host_id(&host, id);
    assert_int_equal(id[0], 1);
    assert_true(jn_host_below(&host, INT64_MAX) != jn_host_below(&host, INT64_MAX));
    assert_int_equal(world.draws, 3);
    jn_host_finish(&host);
}

/* A backend sees the host that it is lent, without the rest of struct jn_host. */
static void the_host_that_is_lent_makes_the_same_ids(void **state)
{
    struct jn_host host;
    struct jangle_host lent;
    unsigned char id[JANGLE_ID_SIZE], other[JANGLE_ID_SIZE];

    (void)state;
    assert_result(jn_host_init(&host, &(struct jangle_host){0}), JANGLE_OK);
    lent = host.host;
    for (int at = 0; at < 1000; at++) {
        jn_host_id(&host, id);
        lent.random.id(lent.random.context, other);
        assert_true(memcmp(id, other, sizeof id) < 0);
    }
    jn_host_finish(&host);
}

/* ---- drawing ----------------------------------------------------------------- */

static void a_draw_below_a_limit_reaches_all_and_no_more(void **state)
{
    struct jn_host host;
    int counts[7] = {0};

    (void)state;
    assert_result(jn_host_init(&host, &(struct jangle_host){0}), JANGLE_OK);
    for (int at = 0; at < 7000; at++) {
        int64_t drawn = jn_host_below(&host, 7);

        assert_in_range(drawn, 0, 6);
        counts[drawn]++;
    }
    for (int at = 0; at < 7; at++)
        assert_in_range(counts[at], 700, 1300); /* ten standard deviations */
    assert_int_equal(jn_host_below(&host, 1), 0);
    assert_int_equal(jn_host_below(&host, 0), 0);
    assert_int_equal(jn_host_below(&host, INT64_MIN), 0);
    for (int at = 0; at < 100; at++)
        assert_true(jn_host_below(&host, INT64_MAX) >= 0);
    jn_host_finish(&host);
}

/* The longest delay that may be drawn, and that no longer one may. */
static int64_t longest(int attempts, int64_t first_ms, int64_t max_ms)
{
    struct jangle_retry retry = {.first_delay_ms = first_ms, .max_delay_ms = max_ms};
    struct world world = {0};
    struct jn_host host;
    int64_t bound = first_ms < max_ms ? first_ms : max_ms, delay;

    for (int at = 1; at < attempts && bound < max_ms; at++)
        bound = bound > max_ms / 2 ? max_ms : bound * 2;
    world.bits = (uint64_t)bound;
    assert_result(
        jn_host_init(&host, &(struct jangle_host){.random = {fill, next_id, &world}}),
        JANGLE_OK);
    delay = jn_host_backoff_ms(&host, &retry, attempts);
    /* one more would wrap around to nothing, which is 1 */
    world.bits = (uint64_t)bound + 1;
    assert_int_equal(jn_host_backoff_ms(&host, &retry, attempts), 1);
    jn_host_finish(&host);
    return delay;
}

static void back_off_doubles_up_to_its_maximum(void **state)
{
    (void)state;
    assert_int_equal(longest(1, 1000, 300000), 1000);
    assert_int_equal(longest(2, 1000, 300000), 2000);
    assert_int_equal(longest(5, 1000, 300000), 16000);
    assert_int_equal(longest(9, 1000, 300000), 256000);
    assert_int_equal(longest(10, 1000, 300000), 300000);
    assert_int_equal(longest(1000000, 1000, 300000), 300000);
    assert_int_equal(longest(1, 5000, 3000), 3000);
    assert_int_equal(longest(0, 1000, 300000), 1000);
    assert_int_equal(longest(200, 1, INT64_MAX / 2), INT64_MAX / 2);
}

static void back_off_is_never_nothing_and_spread_over_all_of_its_range(void **state)
{
    struct jangle_retry retry = {.first_delay_ms = 8, .max_delay_ms = 8};
    struct jn_host host;
    int counts[9] = {0};

    (void)state;
    assert_result(jn_host_init(&host, &(struct jangle_host){0}), JANGLE_OK);
    for (int at = 0; at < 9000; at++) {
        int64_t delay = jn_host_backoff_ms(&host, &retry, 3);

        assert_in_range(delay, 1, 8);
        counts[delay]++;
    }
    assert_in_range(counts[1], 1500, 2500); /* 0 counts as 1 */
    for (int at = 2; at <= 8; at++)
        assert_in_range(counts[at], 700, 1300);
    retry = (struct jangle_retry){.first_delay_ms = INT64_MAX, .max_delay_ms = INT64_MAX};
    assert_true(jn_host_backoff_ms(&host, &retry, 70) >= 1);
    retry = (struct jangle_retry){.first_delay_ms = 1, .max_delay_ms = INT64_MAX};
    assert_true(jn_host_backoff_ms(&host, &retry, 700) >= 1);
    jn_host_finish(&host);
}

static void a_delay_that_is_asked_for_has_its_bounds(void **state)
{
    const int64_t year_ms = INT64_C(366) * 24 * 3600 * 1000;
    struct jangle_retry retry = {.first_delay_ms = 70, .max_delay_ms = 1000};
    struct world world = {.bits = 200};
    struct jn_host host;

    (void)state;
    assert_result(
        jn_host_init(&host, &(struct jangle_host){.random = {fill, next_id, &world}}),
        JANGLE_OK);
    assert_int_equal(jn_host_asked_ms(5), 5);
    assert_int_equal(jn_host_asked_ms(INT64_MAX), year_ms);
    assert_int_equal(jn_host_asked_ms(-5), 0);
    assert_true(jn_host_asked_ms(JANGLE_RETRY_AT_ONCE) == JANGLE_RETRY_AT_ONCE);
    assert_int_equal(jn_host_retry_ms(&host, &retry, 3, 5), 5);
    assert_int_equal(jn_host_retry_ms(&host, &retry, 3, year_ms), year_ms);
    assert_int_equal(jn_host_retry_ms(&host, &retry, 3, 0), 70);
    assert_int_equal(jn_host_retry_ms(&host, &retry, 3, JANGLE_RETRY_AT_ONCE), 0);
    assert_int_equal(jn_host_retry_ms(&host, &retry, 3, JN_BY_POLICY),
                     jn_host_backoff_ms(&host, &retry, 3));
    jn_host_finish(&host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_zeroed_host_is_the_system),
        cmocka_unit_test(the_systems_randomness_does_not_repeat),
        cmocka_unit_test(what_was_given_is_used),
        cmocka_unit_test(half_of_what_was_given_is_used_and_the_rest_is_the_default),
        cmocka_unit_test(the_host_that_is_lent_makes_the_same_ids),
        cmocka_unit_test(a_draw_below_a_limit_reaches_all_and_no_more),
        cmocka_unit_test(back_off_doubles_up_to_its_maximum),
        cmocka_unit_test(a_delay_that_is_asked_for_has_its_bounds),
        cmocka_unit_test(back_off_is_never_nothing_and_spread_over_all_of_its_range),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
