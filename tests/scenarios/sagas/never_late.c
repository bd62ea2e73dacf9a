/* never_late.c - the same history twice: for sagas that are never late, and for sagas
 * that lag, are stopped, fail, are suspended, and get events from senders whose
 * clocks are wrong. */
#include "support/domains/hold.h"
#include "support/effort.h"

#include <stdlib.h>
#include <string.h>

#define set_up    hold_set_up
#define tear_down hold_tear_down

enum { SAGAS = 24, MINUTES = 120, SECOND_MS = 1000, MINUTE_MS = 60000 };

/* ---- a history --------------------------------------------------------------- */

static uint64_t drawn;

/* SplitMix64 (G. Steele, D. Lea, C. Flood, 2014). */
static int draw(int below)
{
    uint64_t z = drawn += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (int)((z ^ (z >> 31)) % (uint64_t)below);
}

struct said {
    int minute, saga;
    const char *word;
    int64_t wrong_ms; /* the sender's clock */
};

static struct said said[MINUTES];

/* A hold lasts half a minute more than whole minutes, and no clock is wrong by more than
 * ten seconds: so nothing happens at the very moment of a timeout. */
static void draw_history(void)
{
    static const char *const words[] = {"hold", "hold", "hold", "more", "wait", "pay"};

    for (int i = 0; i < MINUTES; i++)
        said[i] = (struct said){.minute = i,
                                .saga = draw(SAGAS),
                                .word = words[draw(6)],
                                .wrong_ms = draw(21) * SECOND_MS - 10 * SECOND_MS};
}

/* ---- never late -------------------------------------------------------------- */

static void live_in_time(struct world *world)
{
    for (int i = 0; i < MINUTES; i++) {
        hold_say_by(world, said[i].saga, said[i].word, said[i].wrong_ms);
        world_poll(world);
        for (int second = 0; second < 60; second += 10)
            hold_pass(world, 10 * SECOND_MS);
    }
    for (int minute = 0; minute < 40; minute++)
        hold_pass(world, MINUTE_MS);
}

/* ---- late -------------------------------------------------------------------- */

/* It ends before any turn is given up, or has lost its patience. */
static void have_trouble(struct world *world)
{
    hold.failures = draw(2) ? draw(3) : -1;
    world_poll(world);
    hold_pass(world, SECOND_MS);
    if (!draw(3))
        hold_reopen(world);
    hold.failures = 0;
    for (int second = 0; second < 5; second++)
        hold_pass(world, SECOND_MS);
}

static void live_late(struct world *world)
{
    int lag = 0;

    for (int i = 0; i < MINUTES; i++) {
        hold_say_by(world, said[i].saga, said[i].word, said[i].wrong_ms);
        lag = lag ? lag - 1 : draw(4) ? 0 : draw(50);
        if (!lag && !draw(3))
            have_trouble(world);
        else if (!lag)
            world_pass(world, 6 * SECOND_MS);
        if (!lag)
            world_poll(world);
        else
            world_pass(world, 6 * SECOND_MS);
        if (!draw(10))
            hold_reopen(world);
        world_pass(world, MINUTE_MS - 6 * SECOND_MS);
    }
    for (int minute = 0; minute < 90; minute++)
        hold_pass(world, MINUTE_MS);
}

/* ---- the same ---------------------------------------------------------------- */

static void begin_anew(struct world *world, bool in_file)
{
    world_finish(world);
    memset(&hold, 0, sizeof hold);
    hold.held_ms = HOLD_MS + 30 * SECOND_MS;
    world_init(world, in_file);
    tills_open(world, &hold_saga);
}

static void live_twice(struct world *world, bool in_file, uint64_t seed)
{
    static char in_time[SAGAS][sizeof hold.told[0]];

    drawn = seed;
    draw_history();
    begin_anew(world, in_file);
    live_in_time(world);
    memcpy(in_time, hold.told, sizeof in_time);
    begin_anew(world, in_file);
    live_late(world);
    for (int saga = 0; saga < SAGAS; saga++) {
        if (strcmp(hold.told[saga], in_time[saga]) != 0)
            print_error("seed %llu, saga %d\n", (unsigned long long)seed, saga);
        assert_string_equal(hold.told[saga], in_time[saga]);
    }
    assert_int_equal(hold_left(world).dead + hold_left(world).parked, 0);
}

static void a_late_saga_comes_to_what_one_in_time_comes_to(void **state)
{
    struct world *world = *state;
    bool in_file = world->file[0] != '\0';
    uint64_t first = effort_seed();
    int histories = effort_count(EFFORT_NEVER_LATE);

    for (int i = 0; i < histories; i++)
        live_twice(world, in_file, first + (uint64_t)i);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD_TEST(a_late_saga_comes_to_what_one_in_time_comes_to),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
