/* kill_bank.c - a bank is killed with SIGKILL while it serves, in commits, in turns of
 * its sagas, in batches of its views, while it opens: its books are right afterwards,
 * every answer that it gave is true, and it goes on from what is there. */
#include "support/effort.h"
#include "support/processes/killed_bank.h"
#include "support/shard.h"
#include "support/test.h"

#include <signal.h>

enum {
    ANSWERS_MAX = 150, /* before it is killed, or told to die */
    HITS_MAX = 6,
    TOO_MANY = 50000, /* answers: it should have died long ago */
    KILLS_MAX = 1000  /* of one way, in one program */
};

/* ---- ways to die ------------------------------------------------------------- */

enum where {
    SERVING,
    IN_COMMIT,
    IN_TURN,
    IN_VIEW_BATCH,
    OPENING,
    BEGINNING,
    WHERE_COUNT
};

static const char *const commits[] = {"commit.begin",
                                      "commit.member",
                                      "commit.written",
                                      "turn.commit",
                                      "turn.committed",
                                      "commit.after_store",
                                      NULL};
static const char *const turns[] = {"saga.in_turn",      "saga.before_step",
                                    "saga.after_step",   "saga.before_record",
                                    "saga.after_record", NULL};
static const char *const batches[] = {"delivery.in_view_handler",
                                      "view.commit.before",
                                      "view.commit.after",
                                      "subscription.before_view_commit",
                                      "subscription.after_view_commit",
                                      NULL};
static const char *const openings[] = {"fence.reopened", "fence.emptied", "fence.session",
                                       NULL};
static const char *const beginnings[] = {"files.made", "files.named", "schema.step",
                                         NULL};

/* Without points it is killed from outside, after some answer. */
static const struct way {
    const char *name;
    const char *const *points;
    int times; /* that it is to die so, in a round */
} ways[WHERE_COUNT] = {
    [SERVING] = {"while serving", NULL, 24},
    [IN_COMMIT] = {"in commits", commits, 8},
    [IN_TURN] = {"in turns", turns, 10},
    [IN_VIEW_BATCH] = {"in view batches", batches, 8},
    [OPENING] = {"opening after a crash", openings, 5},
    [BEGINNING] = {"beginning a file", beginnings, 3},
};

static struct {
    int killed[WHERE_COUNT];
    int between; /* the first answer and the last */
} counts;

/* ---- killed ------------------------------------------------------------------ */

/* From outside, after so many answers; or at a point that it comes to after them. */
static void kill_serving(const char *point, const char *where)
{
    int64_t answers = 1 + killed_bank_draw(ANSWERS_MAX);
    struct simulation simulation = simulation_start(
        (struct death){.point = point, .hit = 1 + killed_bank_draw(HITS_MAX)});
    bool sent = false;

    while (simulation.count <= TOO_MANY && simulation_take(&simulation))
        if (!sent && simulation.count >= answers) {
            kill(simulation.process, point ? SIGUSR1 : SIGKILL);
            sent = true;
        }
    if (simulation.count > TOO_MANY)
        kill(simulation.process, SIGTERM);
    simulation_assert_end(&simulation, -SIGKILL, where);
    counts.between += simulation.count > 0;
}

/* Before it has answered anything. */
static void kill_opening(const char *point, const char *where)
{
    struct simulation simulation =
        simulation_start((struct death){.point = point, .hit = 1, .soon = true});

    simulation_assert_end(&simulation, -SIGKILL, where);
    assert_int_equal(simulation.count, 0);
}

static const char *choose_point(const struct way *way, int time)
{
    int count = 0;

    if (!way->points)
        return NULL;
    while (way->points[count])
        count++;
    return way->points[time % count];
}

static void kill_once(enum where where, int time)
{
    const struct way *way = &ways[where];
    const char *point = choose_point(way, time);
    const char *what = point ? point : way->name;

    if (where == BEGINNING) {
        killed_bank_end();
        killed_bank_begin();
    }
    if (where == OPENING) { /* what opens now finds a crash */
        kill_serving(NULL, ways[SERVING].name);
        counts.killed[SERVING]++;
    }
    if (where == OPENING || where == BEGINNING)
        kill_opening(point, what);
    else
        kill_serving(point, what);
    counts.killed[where]++;
    if (killed_bank_is_there())
        killed_bank_check(what);
}

/* ---- the test ---------------------------------------------------------------- */

static int set_up(void **state)
{
    (void)state;
    killed_bank_seed();
    killed_bank_begin();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    killed_bank_end();
    return 0;
}

static struct {
    int left[WHERE_COUNT]; /* kills of this shard */
    int next[WHERE_COUNT][KILLS_MAX];
    int sum;
} plan;

/* A shard takes each so many kills one, over all the ways, so that all the shards come to
 * all the points. */
static void plan_kills(void)
{
    int rounds = effort_count(EFFORT_KILLED_BANK), number = 0;

    for (int where = 0; where < WHERE_COUNT; where++)
        for (int time = 0; time < ways[where].times * rounds; time += TEST_STRIDE)
            if (shard_takes(number++)) {
                assert_true(plan.left[where] < KILLS_MAX);
                plan.next[where][plan.left[where]++] = time;
                plan.sum++;
            }
    print_message("%d of %d planned kills are this shard's\n", plan.sum, number);
}

static void kill_next(enum where where)
{
    kill_once(where, plan.next[where][--plan.left[where]]);
    plan.sum--;
}

/* A new file first; then every way as often as it is planned, in an order that
 * is drawn. */
static void kill_all(void)
{
    while (plan.left[BEGINNING])
        kill_next(BEGINNING);
    while (plan.sum) {
        int ticket = killed_bank_draw(plan.sum), where = 0;

        while (ticket >= plan.left[where])
            ticket -= plan.left[where++];
        kill_next((enum where)where);
    }
}

/* Each kill but those of a bank that opens comes between the first answer and
 * the last. */
static void a_bank_that_is_killed_anywhere_keeps_its_promises(void **state)
{
    int total = 0;

    (void)state;
    plan_kills();
    assert_true(plan.sum > 0);
    kill_all();
    for (int where = 0; where < WHERE_COUNT; where++) {
        print_message("%3d killed %s\n", counts.killed[where], ways[where].name);
        total += counts.killed[where];
    }
    print_message("%3d in all, %d between the first answer and the last\n", total,
                  counts.between);
    assert_int_equal(counts.between,
                     total - counts.killed[OPENING] - counts.killed[BEGINNING]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_bank_that_is_killed_anywhere_keeps_its_promises,
                                        set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
