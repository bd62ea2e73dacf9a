/* dedup.c - what every dedup must pass. */
#include "contract/dedup.h"
#include "support/failing_allocator.h"
#include "support/test.h"

#include <jangle/plugin/support.h>

#include <stdio.h>
#include <string.h>

enum { THREADS = 8, RACES = 40, KEY_SIZE = 100 };

static const struct dedup_trial *trial;
static struct jangle_dedup *one, *other; /* of two programs */
static char key[KEY_SIZE];               /* of the test: nobody has it yet */

/* ---- what the tests do ------------------------------------------------------------- */

static struct jangle_dedup *open_scope(const char *scope)
{
    struct jangle_deduplication descriptor = trial->descriptor;
    struct jangle_dedup *dedup = NULL;
    struct jangle_error error = {0};

    descriptor.scope = scope;
    if (descriptor.open(&descriptor, trial->host, &dedup, &error))
        fail_msg("%s", error.message);
    return dedup;
}

static struct jangle_claim begin(struct jangle_dedup *dedup)
{
    struct jangle_claim claim = {0};
    struct jangle_error error = {0};

    if (dedup->ops->begin(dedup, key, &claim, &error))
        fail_msg("%s", error.message);
    return claim;
}

static struct jangle_claim claim_it(struct jangle_dedup *dedup)
{
    struct jangle_claim claim = begin(dedup);

    assert_int_equal(claim.state, JANGLE_CLAIM_IS_YOURS);
    assert_string_not_equal(claim.token, "");
    return claim;
}

static enum jangle_result
end(struct jangle_dedup *dedup, const struct jangle_claim *claim, bool done)
{
    return dedup->ops->end(dedup, key, claim, done, NULL);
}

static enum jangle_result renew(struct jangle_dedup *dedup,
                                const struct jangle_claim *claim)
{
    return dedup->ops->renew(dedup, key, claim, NULL);
}

static void pass(int64_t ms)
{
    trial->pass(trial->context, ms);
}

static void run_out(void)
{
    pass(trial->descriptor.lease_ms);
}

static void assert_anothers(void)
{
    struct jangle_claim claim = begin(other);

    assert_int_equal(claim.state, JANGLE_CLAIM_IS_ANOTHERS);
    assert_in_range(claim.left_ms, 1, trial->descriptor.lease_ms);
}

static void assert_done(void)
{
    assert_int_equal(begin(one).state, JANGLE_CLAIM_IS_DONE);
    assert_int_equal(begin(other).state, JANGLE_CLAIM_IS_DONE);
}

static int set_up(void **state)
{
    static int number;

    (void)state;
    snprintf(key, sizeof key, "watch/message-%d", ++number);
    one = open_scope(trial->descriptor.scope);
    other = open_scope(trial->descriptor.scope);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    if (one)
        one->ops->close(one);
    if (other)
        other->ops->close(other);
    return 0;
}

/* ---- opening -------------------------------------------------------------------------
 */

static void dd_01_one_that_is_away_can_be_opened(void **state)
{
    struct jangle_dedup *dedup;

    (void)state;
    trial->stop(trial->context);
    dedup = open_scope("elsewhere");
    dedup->ops->close(dedup);
    trial->start(trial->context);
}

static void dd_01_a_wrong_url_is_invalid(void **state)
{
    struct jangle_deduplication descriptor = trial->descriptor;
    struct jangle_dedup *dedup = NULL;
    struct jangle_error error = {0};

    (void)state;
    descriptor.url = trial->wrong_url;
    assert_result(descriptor.open(&descriptor, trial->host, &dedup, &error),
                  JANGLE_INVALID);
    assert_null(dedup);
    assert_string_not_equal(error.message, "");
}

/* Each allocation fails in turn. A dedup that makes none of the host is opened. */
static void dd_01_without_memory_it_is_not_opened(void **state)
{
    struct failing_allocator memory;
    struct jangle_host host = *trial->host;
    int64_t at = 0;

    (void)state;
    failing_allocator_init(&memory, 0);
    host.allocator = memory.allocator;
    do {
        struct jangle_dedup *dedup = NULL;
        struct jangle_error error = {0};
        enum jangle_result result;

        failing_allocator_arm(&memory, ++at);
        result = trial->descriptor.open(&trial->descriptor, &host, &dedup, &error);
        assert_result(result, memory.failed ? JANGLE_NO_MEMORY : JANGLE_OK);
        assert_true(!result == (dedup != NULL));
        assert_true(!result == (*error.message == '\0'));
        if (dedup)
            dedup->ops->close(dedup);
        assert_int_equal(memory.pieces, 0);
    } while (memory.failed);
}

static void dd_02_check_says_whether_it_is_there(void **state)
{
    struct jangle_error error = {0};

    (void)state;
    assert_result(one->ops->check(one, &error), JANGLE_OK);
    trial->stop(trial->context);
    assert_result(one->ops->check(one, &error), JANGLE_BUSY);
    assert_string_not_equal(error.message, "");
    trial->start(trial->context);
    assert_result(one->ops->check(one, &error), JANGLE_OK);
}

static void dd_02_one_that_may_forget_is_invalid(void **state)
{
    struct jangle_error error = {0};
    struct jangle_claim claim = {0};
    struct jangle_dedup *dedup = open_scope(trial->descriptor.scope);

    (void)state;
    trial->spoil(trial->context);
    assert_result(dedup->ops->check(dedup, &error), JANGLE_INVALID);
    assert_string_not_equal(error.message, "");
    assert_result(dedup->ops->begin(dedup, key, &claim, &error), JANGLE_INVALID);
    trial->mend(trial->context);
    assert_result(dedup->ops->check(dedup, &error), JANGLE_OK);
    dedup->ops->close(dedup);
    claim_it(other);
}

/* ---- beginning -----------------------------------------------------------------------
 */

static void dd_03_the_first_one_has_it(void **state)
{
    struct jangle_claim claim = claim_it(one);

    (void)state;
    assert_anothers();
    assert_anothers();
    assert_result(end(one, &claim, true), JANGLE_OK);
}

/* Two attempts of one program are two claims. */
static void dd_03_another_claim_of_the_same_program_is_anothers(void **state)
{
    (void)state;
    claim_it(one);
    assert_int_equal(begin(one).state, JANGLE_CLAIM_IS_ANOTHERS);
}

static void dd_03_messages_of_another_scope_are_others(void **state)
{
    struct jangle_dedup *apart = open_scope("apart");

    (void)state;
    claim_it(one);
    claim_it(apart);
    apart->ops->close(apart);
}

static void dd_03_messages_of_other_keys_are_others(void **state)
{
    (void)state;
    claim_it(one);
    strncat(key, "+", 2);
    claim_it(one);
}

static void dd_04_when_its_lease_has_run_out_the_next_one_has_it(void **state)
{
    (void)state;
    claim_it(one);
    pass(trial->descriptor.lease_ms / 2);
    assert_anothers();
    assert_in_range(begin(other).left_ms, 1, trial->descriptor.lease_ms / 2);
    pass(trial->descriptor.lease_ms / 2);
    claim_it(other);
}

/* ---- prolonging ----------------------------------------------------------------------
 */

static void dd_05_a_lease_that_is_prolonged_lasts(void **state)
{
    struct jangle_claim claim = claim_it(one);

    (void)state;
    for (int i = 0; i < 4; i++) {
        pass(trial->descriptor.lease_ms / 2);
        assert_result(renew(one, &claim), JANGLE_OK);
    }
    pass(trial->descriptor.lease_ms / 2);
    assert_anothers();
    run_out();
    claim_it(other);
}

static void dd_05_a_lease_that_nobody_took_is_claimed_again(void **state)
{
    struct jangle_claim claim = claim_it(one);

    (void)state;
    run_out();
    assert_result(renew(one, &claim), JANGLE_OK);
    assert_anothers();
    assert_result(end(one, &claim, true), JANGLE_OK);
}

static void dd_05_what_belongs_to_another_is_in_conflict(void **state)
{
    struct jangle_claim late = claim_it(one), claim;

    (void)state;
    run_out();
    claim = claim_it(other);
    assert_result(renew(one, &late), JANGLE_CONFLICT);
    assert_result(end(other, &claim, true), JANGLE_OK);
    assert_result(renew(one, &late), JANGLE_CONFLICT);
    assert_done();
    pass(trial->descriptor.keep_ms / 2); /* which has not been shortened to a lease */
    assert_done();
}

/* ---- ending --------------------------------------------------------------------------
 */

static void dd_06_what_is_done_is_remembered_for_its_time(void **state)
{
    struct jangle_claim claim = claim_it(one);

    (void)state;
    assert_result(end(one, &claim, true), JANGLE_OK);
    assert_done();
    pass(trial->descriptor.keep_ms / 2);
    assert_done();
    pass(trial->descriptor.keep_ms / 2);
    claim_it(other);
}

static void dd_06_what_is_not_done_can_be_claimed_at_once(void **state)
{
    struct jangle_claim claim = claim_it(one);

    (void)state;
    assert_result(end(one, &claim, false), JANGLE_OK);
    claim_it(other);
}

/* Its handler was slow, but nobody else has begun. */
static void dd_06_it_is_done_also_after_its_lease(void **state)
{
    struct jangle_claim claim = claim_it(one);

    (void)state;
    run_out();
    assert_result(end(one, &claim, true), JANGLE_OK);
    assert_done();
}

static void dd_06_who_came_too_late_changes_nothing(void **state)
{
    struct jangle_claim late = claim_it(one), claim;

    (void)state;
    run_out();
    claim = claim_it(other);
    assert_result(end(one, &late, true), JANGLE_CONFLICT);
    assert_int_equal(begin(one).state, JANGLE_CLAIM_IS_ANOTHERS);
    assert_result(end(one, &late, false), JANGLE_CONFLICT);
    assert_int_equal(begin(one).state, JANGLE_CLAIM_IS_ANOTHERS);
    assert_result(end(other, &claim, true), JANGLE_OK);
    assert_result(end(one, &late, false), JANGLE_CONFLICT);
    assert_done();
}

static void dd_07_closing_leaves_what_is_claimed_and_done(void **state)
{
    struct jangle_claim claim = claim_it(one);
    char done[KEY_SIZE];

    (void)state;
    assert_result(end(one, &claim, true), JANGLE_OK);
    memcpy(done, key, sizeof done);
    strncat(key, "+", 2);
    claim_it(one);
    one->ops->close(one);
    one = NULL;
    assert_anothers();
    memcpy(key, done, sizeof key);
    assert_int_equal(begin(other).state, JANGLE_CLAIM_IS_DONE);
}

/* ---- when it is away -----------------------------------------------------------------
 */

static void dd_08_a_claim_is_its_own_when_it_begins_again(void **state)
{
    struct jangle_claim claim = claim_it(one);

    (void)state;
    assert_result(one->ops->begin(one, key, &claim, NULL), JANGLE_OK);
    assert_int_equal(claim.state, JANGLE_CLAIM_IS_YOURS);
    assert_anothers();
    assert_result(end(one, &claim, true), JANGLE_OK);
}

static void dd_08_each_call_is_busy_while_it_is_away(void **state)
{
    struct jangle_claim claim = claim_it(one), none = {0};
    struct jangle_error error = {0};

    (void)state;
    trial->stop(trial->context);
    assert_result(other->ops->begin(other, key, &none, &error), JANGLE_BUSY);
    assert_string_not_equal(error.message, "");
    assert_result(one->ops->begin(one, key, &claim, NULL), JANGLE_BUSY);
    assert_result(renew(one, &claim), JANGLE_BUSY);
    assert_result(end(one, &claim, true), JANGLE_BUSY);
    assert_result(end(one, &claim, false), JANGLE_BUSY);
    trial->start(trial->context);
    assert_anothers();
    assert_result(one->ops->begin(one, key, &claim, NULL), JANGLE_OK);
    assert_int_equal(claim.state, JANGLE_CLAIM_IS_YOURS);
    assert_result(renew(one, &claim), JANGLE_OK);
    assert_result(end(one, &claim, true), JANGLE_OK);
    assert_done();
}

/* ---- threads -------------------------------------------------------------------------
 */

struct racer {
    pthread_t thread;
    struct jangle_dedup *dedup;
    int won[RACES];
};

static void *race(void *context)
{
    struct racer *racer = context;

    for (int i = 0; i < RACES; i++) {
        struct jangle_claim claim = {0};
        char name[KEY_SIZE + 8];

        snprintf(name, sizeof name, "%s/%d", key, i);
        if (racer->dedup->ops->begin(racer->dedup, name, &claim, NULL) ||
            claim.state != JANGLE_CLAIM_IS_YOURS)
            continue;
        racer->won[i] = 1;
        if (racer->dedup->ops->renew(racer->dedup, name, &claim, NULL) ||
            racer->dedup->ops->end(racer->dedup, name, &claim, i % 2, NULL))
            racer->won[i] = 100; /* it has lost what it had */
        if (i % 2 == 0)
            racer->won[i] = 0; /* given back: the next one has it */
    }
    return NULL;
}

/* Of all who try, one has each: threads of one program, and of two. */
static void dd_09_any_thread_may_call(void **state)
{
    struct racer racers[THREADS] = {0};

    (void)state;
    for (int i = 0; i < THREADS; i++) {
        racers[i].dedup = i % 2 ? one : other;
        assert_int_equal(pthread_create(&racers[i].thread, NULL, race, &racers[i]), 0);
    }
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(racers[i].thread, NULL), 0);
    for (int i = 0; i < RACES; i++) {
        int winners = 0;

        for (int n = 0; n < THREADS; n++)
            winners += racers[n].won[i];
        assert_int_equal(winners, i % 2);
    }
}

int dedup_contract(const struct dedup_trial *tried)
{
    const struct CMUnitTest tests[] = {
#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
        TEST(dd_01_one_that_is_away_can_be_opened),
        TEST(dd_01_a_wrong_url_is_invalid),
        TEST(dd_01_without_memory_it_is_not_opened),
        TEST(dd_02_check_says_whether_it_is_there),
        TEST(dd_02_one_that_may_forget_is_invalid),
        TEST(dd_03_the_first_one_has_it),
        TEST(dd_03_another_claim_of_the_same_program_is_anothers),
        TEST(dd_03_messages_of_another_scope_are_others),
        TEST(dd_03_messages_of_other_keys_are_others),
        TEST(dd_04_when_its_lease_has_run_out_the_next_one_has_it),
        TEST(dd_05_a_lease_that_is_prolonged_lasts),
        TEST(dd_05_a_lease_that_nobody_took_is_claimed_again),
        TEST(dd_05_what_belongs_to_another_is_in_conflict),
        TEST(dd_06_what_is_done_is_remembered_for_its_time),
        TEST(dd_06_what_is_not_done_can_be_claimed_at_once),
        TEST(dd_06_it_is_done_also_after_its_lease),
        TEST(dd_06_who_came_too_late_changes_nothing),
        TEST(dd_07_closing_leaves_what_is_claimed_and_done),
        TEST(dd_08_a_claim_is_its_own_when_it_begins_again),
        TEST(dd_08_each_call_is_busy_while_it_is_away),
        TEST(dd_09_any_thread_may_call),
#undef TEST
    };

    trial = tried;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
