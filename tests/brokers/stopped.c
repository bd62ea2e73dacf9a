/* stopped.c - two programs with a broker between them. Each ends its process at a
 * failpoint and is started again: each stored event is published, no checkpoint passes
 * one that the broker did not confirm, nothing is acknowledged that is not stored, and
 * each message has its effect once and in order. */
#include "brokers/stopped.h"

#include "brokers/lives.h"
#include "support/domains/exchange_files.h"
#include "support/shard.h"

static const struct tested_broker *broker;
static uint64_t seed;
static int rounds; /* at how many hits of each failpoint a life is stopped */

static struct failpoint {
    const char *name;
    int64_t hits; /* of a life that was not stopped */
} of_sender[] =
    {
        {.name = "commit.before_store"},      {.name = "commit.after_store"},
        {.name = "delivery.before_handler"},  {.name = "delivery.before_send"},
        {.name = "delivery.after_send"},      {.name = "delivery.after_handler"},
        {.name = "publisher.before_publish"}, {.name = "publisher.after_publish"},
        {.name = "publisher.after_move"},
},
  of_taker[] = {
      {.name = "consumer.after_receive"}, {.name = "consumer.before_commit"},
      {.name = "consumer.after_commit"},  {.name = "consumer.before_settle"},
      {.name = "consumer.after_settle"},
};

enum {
    OF_SENDER = sizeof of_sender / sizeof *of_sender,
    OF_TAKER = sizeof of_taker / sizeof *of_taker
};

static int begin(void **state)
{
    (void)state;
    lives_begin(broker);
    return 0;
}

static int end(void **state)
{
    (void)state;
    lives_finish();
    return 0;
}

/* ---- what is there --------------------------------------------------------------- */

static void no_checkpoint_passes_an_unconfirmed_event(void)
{
    lives_run(lives_read_checkpoint);
    lives_run(lives_look_at_tap);
    for (int at = 1; at < LIVES_POSITIONS; at++)
        if (lives_needs(at) && !lives->kept[at])
            fail_msg("the checkpoint is %lld, and %d was not published",
                     (long long)lives->checkpoint, at);
}

static void check(void)
{
    no_checkpoint_passes_an_unconfirmed_event();
    exchange_files_assert_whole(lives_both.sender.file, lives_both.taker.file,
                                LIVES_EVENTS);
}

/* ---- stops ----------------------------------------------------------------------- */

static void note_hits(struct failpoint *failpoints, int count)
{
    for (int i = 0; i < count; i++) {
        failpoints[i].hits = lives_hits(failpoints[i].name);
        if (!failpoints[i].hits)
            fail_msg("no program comes to %s", failpoints[i].name);
    }
}

/* One that no program comes to would prove nothing. */
static void every_failpoint_is_met(void **state)
{
    (void)state;
    lives_run(lives_sender);
    note_hits(of_sender, OF_SENDER);
    lives_run(lives_taker);
    note_hits(of_taker, OF_TAKER);
    check();
}

/* At a hit that the seed has drawn, and at the others in the next rounds. */
static bool stop_at(void (*life)(void), const struct failpoint *place, int round)
{
    uint64_t hit;

    assert_true(place->hits > 0);
    hit = (seed + (uint64_t)round) % (uint64_t)place->hits;
    return lives_run_until(life, place->name, 1 + (int64_t)hit);
}

static void a_sender_that_stops_anywhere_loses_and_doubles_nothing(void **state)
{
    int stops = 0;

    for (int i = 0; i < rounds * OF_SENDER; i++) {
        if (!shard_takes(i))
            continue;
        begin(state);
        stops += stop_at(lives_sender, &of_sender[i % OF_SENDER], i / OF_SENDER);
        no_checkpoint_passes_an_unconfirmed_event();
        lives_run(lives_sender);
        lives_run(lives_taker);
        check();
        end(state);
    }
    print_message("the sender was stopped %d times\n", stops);
    assert_true(stops > 0);
}

static void a_taker_that_stops_anywhere_loses_and_doubles_nothing(void **state)
{
    int stops = 0;

    for (int i = 0; i < rounds * OF_TAKER; i++) {
        if (!shard_takes(i))
            continue;
        begin(state);
        lives_run(lives_sender);
        stops += stop_at(lives_taker, &of_taker[i % OF_TAKER], i / OF_TAKER);
        lives_run(lives_taker);
        check();
        end(state);
    }
    print_message("the taker was stopped %d times\n", stops);
    assert_true(stops > 0);
}

int stopped_try(const struct tested_broker *tested, enum effort effort)
{
    const struct CMUnitTest tests[] = {
        /* first, because it counts the hits */
        cmocka_unit_test_setup_teardown(every_failpoint_is_met, begin, end),
        cmocka_unit_test(a_sender_that_stops_anywhere_loses_and_doubles_nothing),
        cmocka_unit_test(a_taker_that_stops_anywhere_loses_and_doubles_nothing),
    };

    broker = tested;
    seed = effort_seed();
    rounds = effort_count(effort);
    if (!lives_share())
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
