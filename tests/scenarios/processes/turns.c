/* turns.c - processes that commit without a pause take turns: none starves. */
#include "support/processes/actor.h"
#include "support/temp_directory.h"

#include <stdlib.h>

enum { RACERS_MAX = 4, EACH = 4000, WARM_UP = 20 };

static char directory[TEMP_PATH_SIZE];
static struct actor racers[RACERS_MAX];

static int set_up(void **state)
{
    (void)state;
    return !temp_directory_make(directory);
}

static int tear_down(void **state)
{
    (void)state;
    for (int i = 0; i < RACERS_MAX; i++)
        actor_finish(&racers[i]);
    temp_directory_remove(directory);
    return 0;
}

/* All are at it before the first counts, and until the last is counted. */
static void race(int count)
{
    int most = 0, least = EACH * RACERS_MAX, total = 0;

    actor_set_race(0);
    for (int i = 0; i < count; i++)
        actor_start(&racers[i], directory);
    for (int i = 0; i < count; i++) {
        actor_assert(&racers[i], "OK", "open plain");
        actor_ask(&racers[i], "put %d %d", i, WARM_UP);
    }
    actor_set_race(EACH * count);
    for (int i = 0; i < count; i++)
        actor_tell(&racers[i], "race %d", i);
    for (int i = 0; i < count; i++) {
        int commits = (int)strtol(actor_hear(&racers[i]), NULL, 10);

        print_message("%d commits\n", commits);
        most = commits > most ? commits : most;
        least = commits < least ? commits : least;
        total += commits;
    }
    assert_int_equal(total, EACH * count);
    assert_true(least >= most / 2);
}

static void of_two_none_makes_less_than_half_the_commits_of_the_other(void **state)
{
    (void)state;
    race(2);
}

static void of_four_none_makes_less_than_half_the_commits_of_the_busiest(void **state)
{
    (void)state;
    race(4);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(of_two_none_makes_less_than_half_the_commits_of_the_other),
        TEST(of_four_none_makes_less_than_half_the_commits_of_the_busiest),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
