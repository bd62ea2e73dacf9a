/* killed.c - two programs with a broker between them. Either of them is killed with
 * SIGKILL, stopped, or without power, and the broker is killed, at moments that are
 * drawn: nothing is lost, nothing is there twice, and streams are in order. */
#include "brokers/killed.h"

#include "brokers/programs.h"
#include "support/effort.h"
#include "support/shard.h"

#include <stdio.h>
#include <stdlib.h>

enum { EVENTS = 300, BLOWS_MAX = 500, LATEST_PERCENT = 95 };

static const struct tested_broker *broker;
static enum effort broker_kills; /* of the broker */
static struct programs programs;
static unsigned dice;

static int draw(int limit)
{
    return rand_r(&dice) % limit;
}

/* ---- what is to happen, and when ------------------------------------------------- */

enum target { THE_SENDER, THE_TAKER, THE_BROKER, THE_TAKER_FOR_A_WHILE };

static const char *const names[] = {
    [THE_SENDER] = "a sender is killed",
    [THE_TAKER] = "the taker is killed",
    [THE_BROKER] = "the broker is killed",
    [THE_TAKER_FOR_A_WHILE] = "the taker is stopped for a while",
};

struct blow {
    enum target target;
    int64_t at; /* when the programs have done so much */
};

static struct {
    struct blow blows[BLOWS_MAX];
    size_t count, next;
} plan;

static void plan_blows(enum target target, int64_t count, int64_t goal)
{
    for (int64_t i = 0; i < count; i++) {
        assert_true(plan.count < BLOWS_MAX);
        plan.blows[plan.count++] = (struct blow){
            .target = target, .at = 1 + draw((int)(goal * LATEST_PERCENT / 100))};
    }
}

static int earlier(const void *one, const void *other)
{
    const struct blow *a = one, *b = other;

    return (a->at > b->at) - (a->at < b->at);
}

static void strike(const struct blow *blow)
{
    size_t senders = programs.program_count - 1;

    print_message("%s after %lld\n", names[blow->target],
                  (long long)programs_progress(&programs));
    switch (blow->target) {
    case THE_SENDER:
        programs_kill(&programs, &programs.all[1 + draw((int)senders)]);
        break;
    case THE_TAKER:
        programs_kill(&programs, &programs.all[0]);
        break;
    case THE_BROKER:
        assert_true(broker->kill(broker->context));
        assert_true(broker->start_again(broker->context));
        break;
    case THE_TAKER_FOR_A_WHILE:
        broker->outlast(broker->context, programs.all[0].process);
        break;
    }
}

/* ---- a history ------------------------------------------------------------------- */

struct history {
    int events, senders;
    int64_t blows[4]; /* to each target */
    int (*draw_cut)(bool takes);
};

static void begin(const struct history *history)
{
    programs_begin(&programs, broker, history->events, history->senders,
                   history->draw_cut);
    plan.count = plan.next = 0;
    for (int target = 0; target < 4; target++)
        plan_blows((enum target)target, history->blows[target], programs_goal(&programs));
    qsort(plan.blows, plan.count, sizeof *plan.blows, earlier);
}

static void live(const struct history *history)
{
    begin(history);
    while (programs_progress(&programs) < programs_goal(&programs)) {
        programs_listen(&programs);
        while (plan.next < plan.count &&
               plan.blows[plan.next].at <= programs_progress(&programs))
            strike(&plan.blows[plan.next++]);
    }
    assert_int_equal(plan.next, plan.count);
    programs_assert_whole(&programs);
}

static int finish(void **state)
{
    (void)state;
    programs_finish(&programs);
    return 0;
}

/* ---- the histories --------------------------------------------------------------- */

static int64_t kills_of_the_broker(void)
{
    int64_t count = 0;

    for (int i = 0; i < effort_count(broker_kills); i++)
        count += shard_takes(i);
    return count;
}

/* As much of it as this shard has of the broker's kills, which take longest. */
static int share_of(int count)
{
    int64_t all = effort_count(broker_kills);

    return (int)((count * kills_of_the_broker() + all - 1) / all);
}

static void programs_and_a_broker_that_are_killed(void **state)
{
    int kills = share_of(effort_count(EFFORT_KILLED_PROGRAMS));
    struct history history = {
        .events = share_of(effort_count(EFFORT_KILLED_EVENTS)),
        .senders = 1,
        .blows = {kills, kills, kills_of_the_broker(), 0},
    };

    (void)state;
    live(&history);
}

/* Both have the file open. Who is not killed takes over what the other has published. */
static void two_senders_on_one_file_that_are_killed(void **state)
{
    int kills = effort_count(EFFORT_KILLED_PROGRAMS);
    struct history history = {.events = EVENTS, .senders = 2, .blows = {kills, 0, 0, 0}};

    (void)state;
    live(&history);
}

static void a_taker_that_is_stopped_for_a_while(void **state)
{
    struct history history = {.events = EVENTS,
                              .senders = 1,
                              .blows = {0, 0, 0, effort_count(EFFORT_STOPPED_TAKER)}};

    (void)state;
    if (!broker->outlast)
        skip();
    live(&history);
}

static int sender_cuts, taker_cuts; /* that are left */

/* The taker changes its file less often than the sender. */
static int draw_cut(bool takes)
{
    if (takes)
        return taker_cuts-- > 0 ? 1 + draw(60) : 0;
    return sender_cuts-- > 0 ? 1 + draw(120) : 0;
}

/* What was acknowledged is there afterwards, and nothing was published that the sender
 * does not have: it would have another id when the command is sent again. */
static void programs_without_power(void **state)
{
    struct history history = {.events = EVENTS, .senders = 1, .draw_cut = draw_cut};

    (void)state;
    sender_cuts = taker_cuts = effort_count(EFFORT_CUT_PROGRAMS);
    live(&history);
    print_message("%d power cuts of the taker, %d of the sender\n", programs.all[0].cuts,
                  programs.all[1].cuts);
    assert_true(programs.all[0].cuts > 0 && programs.all[1].cuts > 0);
}

/* ---- shards ---------------------------------------------------------------------- */

#define HISTORY(test) cmocka_unit_test_teardown(test, finish)

static const struct CMUnitTest killed[] = {
    HISTORY(programs_and_a_broker_that_are_killed)};

static const struct CMUnitTest others[] = {
    HISTORY(two_senders_on_one_file_that_are_killed),
    HISTORY(a_taker_that_is_stopped_for_a_while),
    HISTORY(programs_without_power),
};

enum { OTHERS = sizeof others / sizeof *others };

/* The first shard has the broker's first kill, so the others are those behind it. */
static bool takes_other(int64_t number)
{
    return shard_takes(number + 1);
}

static int run_all(void)
{
    int failed = kills_of_the_broker() ? cmocka_run_group_tests(killed, NULL, NULL) : 0;

    for (int64_t i = 0; i < OTHERS; i++)
        if (takes_other(i))
            failed += _cmocka_run_group_tests(others[i].name, &others[i], 1, NULL, NULL);
    return failed;
}

int killed_try(const struct tested_broker *tested, enum effort effort)
{
    broker = tested;
    broker_kills = effort;
    dice = (unsigned)effort_seed() + (unsigned)shard_index();
    return run_all();
}
