/* chain.c - commands that wait for one lock are decided by the one that has it, and
 * stored as one: in their order, each on what the one before stores, or not at all. */
#include "command/commands.h"
#include "support/domains/jars.h"
#include "support/line.h"
#include "support/stores/lying_store.h"
#include "support/test.h"

#include <jangle/testing.h>

#include <stdio.h>

/* ---- what comes to the store ------------------------------------------------------- */

enum { GROUPS = 64 };

static struct {
    size_t sizes[GROUPS]; /* appends of each group */
    size_t tied[GROUPS];  /* of them */
    size_t groups;
    int64_t
        steal_at; /* before this group (1: the next) another program stores an event */
    enum jangle_result fail; /* what the next group comes to, and is not stored */
    void (*meanwhile)(void); /* called while a group is at the store */
    int64_t *runs_out;       /* this time is over when an id has been looked for */
} seen;

static void store_by_another(struct jangle_store *store, const char *jar, int64_t amount)
{
    char payload[64];
    struct jangle_record record = {.kind = "jar",
                                   .id = jar,
                                   .type = "pebbles_added",
                                   .type_version = 1,
                                   .payload = payload,
                                   .meta = "{}"};
    struct jangle_append append = {.records = &record, .count = 1};
    struct jangle_group group = {.appends = &append, .append_count = 1};

    record.payload_size = (size_t)snprintf(
        payload, sizeof payload, "{\"amount\":%d,\"note\":\"other\"}", (int)amount);
    assert_result(store->ops->commit(store, &group, NULL), JANGLE_OK);
}

static enum jangle_result
commit(struct jangle_store *store, struct jangle_group *group, struct jangle_error *error)
{
    struct jangle_store *honest = honest_store(store);
    enum jangle_result fail = seen.fail;

    assert_true(seen.groups < GROUPS);
    seen.sizes[seen.groups] = group->append_count;
    for (size_t i = 0; i < group->append_count; i++)
        seen.tied[seen.groups] += group->appends[i].tied;
    seen.groups++;
    if (seen.meanwhile)
        seen.meanwhile();
    if (seen.steal_at && !--seen.steal_at)
        store_by_another(honest, "a", 100);
    seen.fail = JANGLE_OK;
    if (fail)
        return jangle_error_set(error, fail, "the disk is tired");
    return honest->ops->commit(honest, group, error);
}

static enum jangle_result find_command(struct jangle_store *store,
                                       const char *command_id,
                                       struct jangle_receipt *receipt,
                                       struct jangle_error *error)
{
    struct jangle_store *honest = honest_store(store);

    if (seen.runs_out)
        *seen.runs_out = 0;
    return honest->ops->find_command(honest, command_id, receipt, error);
}

static const struct lie watched = {
    .store = {.commit = commit, .find_command = find_command}};
static struct lying lying;
static struct jangle *jangle;
static struct line line;

static void open_with(int64_t chain_count, int64_t group_count, int64_t group_bytes)
{
    struct jangle_error error = {0};
    struct jangle_config config = {.aggregates = jar_aggregates,
                                   .chain_count = chain_count,
                                   .group_count = group_count,
                                   .group_bytes = group_bytes,
                                   .host = {.logger = jangle_logger_none()}};

    memset(&seen, 0, sizeof seen);
    lying = (struct lying){.storage = jangle_memory(), .lie = &watched};
    config.storage = lying_storage(&lying);
    jangle = jangle_open(&config, &error);
    if (!jangle)
        fail_msg("%s", error.message);
    line_begin(&line, jangle);
}

static int setup(void **state)
{
    (void)state;
    open_with(8, 0, 0);
    assert_result(jars_add(jangle, "a", 1, "one"), JANGLE_OK);
    memset(&seen, 0, sizeof seen);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    line_end(&line);
    return jangle_close(jangle, -1) != JANGLE_OK;
}

/* In the block of the caller, where the command lives. */
#define ADD(envelope, how_many)                                                          \
    LINE_JOIN(&line, envelope, add_pebbles, .jar_id = "a", .amount = how_many,           \
              .times = 1, .note = "x")
#define TAKE(how_many)                                                                   \
    LINE_JOIN(&line, NULL, take_pebbles, .jar_id = "a", .amount = how_many)
#define COUNT() LINE_JOIN(&line, NULL, count_pebbles, .jar_id = "a")

static void assert_answer(const struct line_sender *sender,
                          enum jangle_result result,
                          int64_t version,
                          int step)
{
    assert_true(sender->answered);
    assert_result(sender->result, result);
    assert_int_equal(sender->outcome.version, version);
    assert_int_equal(sender->step, step);
}

static int64_t conflicts(void)
{
    struct jangle_stats stats;

    jangle_measure(jangle, &stats);
    return stats.conflicts;
}

/* ---- a chain ------------------------------------------------------------------------
 */

static void those_who_wait_are_stored_as_one(void **state)
{
    (void)state;
    struct line_sender *first = ADD(NULL, 2), *second = ADD(NULL, 3), *third = TAKE(6);

    line_run(&line);
    assert_int_equal(seen.groups, 1);
    assert_int_equal(seen.sizes[0], 3);
    assert_int_equal(seen.tied[0], 2);
    assert_answer(first, JANGLE_OK, 2, 1);
    assert_answer(second, JANGLE_OK, 3, 1);
    assert_answer(third, JANGLE_OK, 4, 1);
    assert_string_equal(first->outcome.reply, "1 one");
    assert_string_equal(second->outcome.reply, "3 one x");
    assert_int_equal(second->outcome.position, first->outcome.position + 1);
    assert_string_equal(jars_count(jangle, "a"), "0 one x x");
    assert_int_equal(conflicts(), 0);
}

/* What they leave is in memory, as it is stored. */
static void the_next_one_reads_nothing(void **state)
{
    struct jangle_stats before, after;

    (void)state;
    ADD(NULL, 2);
    ADD(NULL, 3);
    line_run(&line);
    jangle_measure(jangle, &before);
    assert_string_equal(jars_count(jangle, "a"), "6 one x x");
    jangle_measure(jangle, &after);
    assert_int_equal(after.cache_hits, before.cache_hits + 1);
    assert_int_equal(after.cache_misses, before.cache_misses);
}

static void a_refusal_is_one_of_the_chain(void **state)
{
    (void)state;
    struct line_sender *add = ADD(NULL, 2), *refused = TAKE(4), *count = COUNT();
    struct line_sender *invalid =
        LINE_JOIN(&line, NULL, judge_pebbles, .jar_id = "a", .most = 2);
    struct line_sender *take = TAKE(3);

    line_run(&line);
    assert_int_equal(seen.groups, 1);
    assert_int_equal(seen.sizes[0], 5);
    assert_answer(add, JANGLE_OK, 2, 1);
    assert_answer(refused, JANGLE_REJECTED, 2, 1);
    assert_string_equal(refused->outcome.error.message, "there are only 3");
    assert_int_equal(refused->outcome.position, 0);
    assert_answer(count, JANGLE_OK, 2, 1);
    assert_string_equal(count->outcome.reply, "3 one x");
    assert_int_equal(count->outcome.position, 0);
    assert_answer(invalid, JANGLE_INVALID, 2, 1);
    assert_answer(take, JANGLE_OK, 3, 1);
}

static void another_expected_version_is_told_at_its_place(void **state)
{
    const struct jangle_envelope two = {.expected_version = {true, 2}},
                                 one = {.expected_version = {true, 1}};

    (void)state;
    struct line_sender *first = ADD(NULL, 2), *expected = ADD(&two, 1),
                       *unexpected = ADD(&one, 1), *last = ADD(NULL, 5);

    line_run(&line);
    assert_int_equal(seen.groups, 1);
    assert_answer(first, JANGLE_OK, 2, 1);
    assert_answer(expected, JANGLE_OK, 3, 1);
    assert_answer(unexpected, JANGLE_CONFLICT, 3, 1);
    assert_non_null(strstr(unexpected->outcome.error.message, "version 3, not 1"));
    assert_answer(last, JANGLE_OK, 4, 1);
    assert_int_equal(conflicts(), 0);
}

/* ---- who goes alone ------------------------------------------------------------------
 */

static void a_command_with_company_goes_alone(void **state)
{
    (void)state;
    struct line_sender *first = ADD(NULL, 2), *second = ADD(NULL, 3);
    struct line_sender *give =
        LINE_JOIN(&line, NULL, give_pebbles, .jar_id = "a", .to = "b", .amount = 4);
    struct line_sender *match =
        LINE_JOIN(&line, NULL, match_pebbles, .jar_id = "a", .other = "b");
    struct line_sender *last = ADD(NULL, 1), *after = ADD(NULL, 1);

    line_run(&line);
    assert_answer(first, JANGLE_OK, 2, 1);
    assert_answer(second, JANGLE_OK, 3, 1);
    assert_answer(give, JANGLE_OK, 4, 2);
    assert_answer(match, JANGLE_OK, 5, 3);
    assert_answer(last, JANGLE_OK, 6, 4);
    assert_answer(after, JANGLE_OK, 7, 4);
    assert_int_equal(seen.groups, 4);
    assert_int_equal(seen.sizes[1] + seen.sizes[2], 2);
    assert_int_equal(seen.sizes[3], 2);
    assert_string_equal(jars_count(jangle, "a"), "8 x match x x");
    assert_string_equal(jars_count(jangle, "b"), "4 given");
}

static void a_leader_that_stores_nothing_is_answered_alone(void **state)
{
    (void)state;
    struct line_sender *refused = TAKE(9), *first = ADD(NULL, 1), *second = ADD(NULL, 1);

    line_run(&line);
    assert_answer(refused, JANGLE_REJECTED, 1, 1);
    assert_answer(first, JANGLE_OK, 2, 2);
    assert_answer(second, JANGLE_OK, 3, 2);
    assert_int_equal(seen.groups, 1);
}

static void with_a_chain_of_one_each_commits_for_itself(void **state)
{
    assert_int_equal(teardown(state), 0);
    open_with(1, 0, 0);
    struct line_sender *first = ADD(NULL, 1), *second = ADD(NULL, 1);

    line_run(&line);
    assert_answer(first, JANGLE_OK, 1, 1);
    assert_answer(second, JANGLE_OK, 2, 2);
    assert_int_equal(seen.groups, 2);
    assert_int_equal(seen.tied[0] + seen.tied[1], 0);
}

static void a_chain_has_no_more_than_a_group(void **state)
{
    assert_int_equal(teardown(state), 0);
    open_with(8, 3, 0);
    ADD(NULL, 1);
    ADD(NULL, 1);
    ADD(NULL, 1);
    ADD(NULL, 1);
    line_run(&line);
    assert_int_equal(seen.groups, 2);
    assert_int_equal(seen.sizes[0], 3);
    assert_int_equal(seen.sizes[1], 1);
}

/* It ends with the one that fills the group. */
static void a_chain_has_no_more_bytes_than_a_group(void **state)
{
    assert_int_equal(teardown(state), 0);
    open_with(8, 0, 150);
    ADD(NULL, 1);
    ADD(NULL, 1);
    ADD(NULL, 1);
    line_run(&line);
    assert_int_equal(seen.groups, 2);
    assert_int_equal(seen.sizes[0], 2);
    assert_int_equal(seen.sizes[1], 1);
}

/* ---- a chain that falls --------------------------------------------------------------
 */

/* The version that the second one was decided on comes, but by another's event. */
static void
what_another_program_stores_refuses_all_and_all_are_decided_again(void **state)
{
    (void)state;
    struct line_sender *first = ADD(NULL, 2), *refused = TAKE(50), *take = TAKE(3);

    seen.steal_at = 1;
    line_run(&line);
    assert_answer(first, JANGLE_OK, 3, 1);
    assert_string_equal(first->outcome.reply, "101 one other");
    assert_answer(refused, JANGLE_OK, 4, 2);
    assert_answer(take, JANGLE_OK, 5, 3);
    assert_int_equal(seen.groups, 4);
    assert_int_equal(seen.sizes[0], 3);
    for (size_t i = 1; i < 4; i++)
        assert_int_equal(seen.sizes[i], 1);
    assert_string_equal(jars_count(jangle, "a"), "50 one other x");
    assert_int_equal(conflicts(), 0);
}

static void an_id_that_is_twice_in_a_chain_is_stored_once(void **state)
{
    const struct jangle_envelope named = {.command_id = "c-1"};

    (void)state;
    struct line_sender *first = ADD(&named, 2), *second = ADD(&named, 2);
    struct line_sender *other = ADD(&named, 3), *last = ADD(NULL, 1);

    line_run(&line);
    assert_answer(first, JANGLE_OK, 2, 1);
    assert_false(first->outcome.repeated);
    assert_answer(second, JANGLE_OK, 2, 2);
    assert_true(second->outcome.repeated);
    assert_int_equal(second->outcome.position, first->outcome.position);
    assert_result(other->result, JANGLE_INVALID);
    assert_non_null(strstr(other->outcome.error.message, "belongs to another command"));
    assert_answer(last, JANGLE_OK, 3, 4);
    assert_string_equal(jars_count(jangle, "a"), "4 one x x");
}

/* It was stored before this line began: that needs no chain to be told. */
static void an_id_that_is_stored_is_answered_beside_the_chain(void **state)
{
    const struct jangle_envelope named = {.command_id = "c-1"};
    struct jangle_outcome stored;

    (void)state;
    assert_result(jangle_send_in(jangle, &stored, &named, add_pebbles, .jar_id = "a",
                                 .amount = 7, .times = 1, .note = "x"),
                  JANGLE_OK);
    struct line_sender *first = ADD(NULL, 2), *known = ADD(&named, 7),
                       *last = ADD(NULL, 3);

    seen.groups = 0;
    line_run(&line);
    assert_int_equal(seen.groups, 1);
    assert_answer(first, JANGLE_OK, 3, 1);
    assert_answer(known, JANGLE_OK, 2, 1);
    assert_true(known->outcome.repeated);
    assert_int_equal(known->outcome.position, stored.position);
    assert_answer(last, JANGLE_OK, 4, 1);
}

static void what_one_is_too_large_for_is_told_to_that_one(void **state)
{
    (void)state;
    struct line_sender *first = ADD(NULL, 2), *second = ADD(NULL, 3);

    seen.fail = JANGLE_STORAGE;
    line_run(&line);
    assert_int_equal(seen.groups, 3);
    assert_answer(first, JANGLE_OK, 2, 1);
    assert_answer(second, JANGLE_OK, 3, 2);
}

/* Nobody knows what is stored, and no refusal is true of what may not be. */
static void unknown_is_told_to_all(void **state)
{
    (void)state;
    struct line_sender *first = ADD(NULL, 2), *refused = TAKE(50), *last = ADD(NULL, 3);

    seen.fail = JANGLE_UNKNOWN;
    line_run(&line);
    assert_int_equal(seen.groups, 1);
    assert_result(first->result, JANGLE_UNKNOWN);
    assert_result(refused->result, JANGLE_UNKNOWN);
    assert_result(last->result, JANGLE_UNKNOWN);
    assert_string_equal(jars_count(jangle, "a"), "1 one");
}

static void busy_is_told_to_all(void **state)
{
    (void)state;
    struct line_sender *first = ADD(NULL, 2), *last = ADD(NULL, 3);

    seen.fail = JANGLE_BUSY;
    line_run(&line);
    assert_int_equal(seen.groups, 1);
    assert_answer(first, JANGLE_BUSY, 0, 1);
    assert_answer(last, JANGLE_BUSY, 0, 1);
    assert_string_equal(jars_count(jangle, "a"), "1 one");
}

/* ---- before it is stored
 * --------------------------------------------------------------- */

static struct {
    int64_t version, total; /* of the cached state */
    size_t answered;
} at_the_store;

static void look_while_it_is_at_the_store(void)
{
    struct jn_shared_state *state = jn_cache_peek(&jangle->commands->locks, "jar", "a");

    if (state) {
        at_the_store.version = state->state.version;
        at_the_store.total = ((const struct jar_state *)state->state.data)->total;
    }
    jn_shared_drop(state);
    for (size_t i = 0; i < line.count; i++)
        at_the_store.answered += line.senders[i].member.waiter.wait == JN_WAIT_ANSWERED;
}

static void nothing_of_a_chain_is_seen_before_it_is_stored(void **state)
{
    (void)state;
    ADD(NULL, 2);
    TAKE(50);
    ADD(NULL, 3);
    seen.meanwhile = look_while_it_is_at_the_store;
    line_run(&line);
    assert_int_equal(seen.groups, 1);
    assert_int_equal(at_the_store.version, 1);
    assert_int_equal(at_the_store.total, 1);
    assert_int_equal(at_the_store.answered, 0);
    assert_string_equal(jars_count(jangle, "a"), "6 one x x");
}

/* A deadline that was over when the command was taken. */
static void nobodys_deadline_passes_in_a_chain(void **state)
{
    (void)state;
    struct line_sender *first = ADD(NULL, 2), *second = ADD(NULL, 3);

    second->sending.until_us = 0;
    line_run(&line);
    assert_answer(first, JANGLE_OK, 2, 1);
    assert_answer(second, JANGLE_OK, 3, 1);
}

/* Its time is over when the second one is decided. The third one waits for its turn. */
static void a_leader_without_time_decides_for_nobody_more(void **state)
{
    (void)state;
    const struct jangle_envelope named = {.command_id = "c-1"};
    struct line_sender *first = ADD(NULL, 2), *second = ADD(&named, 3),
                       *third = ADD(NULL, 4);

    first->sending.until_us = jn_monotonic_us() + 60 * INT64_C(1000000);
    seen.runs_out = &first->sending.until_us;
    line_run(&line);
    assert_answer(first, JANGLE_OK, 2, 1);
    assert_answer(second, JANGLE_OK, 3, 1);
    assert_answer(third, JANGLE_OK, 4, 2);
    assert_int_equal(seen.sizes[0], 2);
}

/* An event that cannot be applied is stored, and ends the chain behind it. */
static void an_event_that_cannot_be_applied_ends_the_chain(void **state)
{
    (void)state;
    struct line_sender *first = ADD(NULL, 2);
    struct line_sender *bad = LINE_JOIN(&line, NULL, add_pebbles, .jar_id = "a",
                                        .amount = 1, .times = 1, .note = "bad");
    struct line_sender *last = ADD(NULL, 3);

    line_run(&line);
    assert_answer(first, JANGLE_OK, 2, 1);
    assert_answer(bad, JANGLE_OK, 3, 1);
    assert_int_equal(last->step, 2);
    assert_result(last->result, JANGLE_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        TEST(those_who_wait_are_stored_as_one),
        TEST(the_next_one_reads_nothing),
        TEST(a_refusal_is_one_of_the_chain),
        TEST(another_expected_version_is_told_at_its_place),
        TEST(a_command_with_company_goes_alone),
        TEST(a_leader_that_stores_nothing_is_answered_alone),
        TEST(with_a_chain_of_one_each_commits_for_itself),
        TEST(a_chain_has_no_more_than_a_group),
        TEST(a_chain_has_no_more_bytes_than_a_group),
        TEST(what_another_program_stores_refuses_all_and_all_are_decided_again),
        TEST(an_id_that_is_twice_in_a_chain_is_stored_once),
        TEST(an_id_that_is_stored_is_answered_beside_the_chain),
        TEST(what_one_is_too_large_for_is_told_to_that_one),
        TEST(unknown_is_told_to_all),
        TEST(busy_is_told_to_all),
        TEST(nothing_of_a_chain_is_seen_before_it_is_stored),
        TEST(nobodys_deadline_passes_in_a_chain),
        TEST(a_leader_without_time_decides_for_nobody_more),
        TEST(an_event_that_cannot_be_applied_ends_the_chain),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
