/* sagas_flaky.c - while payments are under way, each call of the store fails once. When
 * the bank goes on, soon after or half an hour later, no cent is lost. */
#include "support/domains/bank_world.h"

#include <stdlib.h>
#include <string.h>

struct trouble {
    enum jangle_result result;
    int64_t minutes;     /* that pass when something has failed */
    const char *deletes; /* the account that is deleted then; NULL: none */
};

/* What the request "r" came to, over all runs. */
struct tally {
    int paid, given_back, failed;
};

/* ---- a bank on a store that fails -------------------------------------------- */

/* Everything is there before the trouble begins. */
static void open_world(struct bank_world *world, struct jangle_flaky *flaky)
{
    world->now.us = 946684800000000;
    world->next = 1;
    if (!bank_world_open(world, jangle_storage_flaky(flaky)))
        fail_msg("%s", world->outcome.error.message);
    BANK_SEND(world, create_account, .name = "Natalie", .initial_deposit = {true, 10000});
    BANK_SEND(world, create_account, .name = "Johann");
    bank_world_settle(world);
}

/* Does something wait for another attempt, of which a timeout may be one? */
static bool waits(const struct jangle_left *left, bool in_time)
{
    return left->parked || left->suspended || (!in_time && left->future);
}

static bool is_final(enum jangle_result result)
{
    return result == JANGLE_OK || result == JANGLE_REJECTED;
}

/* As whoever is told UNKNOWN, or nothing, does: send it again under its id. */
#define INSIST(world, name, ...)                                                         \
    do                                                                                   \
        BANK_SEND_AS(world, name, __VA_ARGS__);                                          \
    while (!is_final((world)->outcome.error.result))

/* Let it do what it can, and let time pass until it could do all. In time: no request has
 * timed out yet. */
static void recover(struct bank_world *world, struct trouble trouble, bool in_time)
{
    struct jangle_left left = {0};
    enum jangle_result result = jangle_drain(world->bank, -1, &left, NULL);

    if (result || waits(&left, in_time)) {
        bank_world_pass_minutes(world, trouble.minutes);
        if (trouble.deletes)
            INSIST(world, "delete", delete_account, .account_id = trouble.deletes);
    }
    for (int i = 0; i < 100 && (result || waits(&left, in_time)); i++) {
        result = jangle_drain(world->bank, -1, &left, NULL);
        bank_world_pass_minutes(world, 1);
    }
    assert_result(result, JANGLE_OK);
    assert_int_equal(left.parked + left.dead + left.suspended, 0);
}

static void do_business(struct bank_world *world, struct trouble trouble)
{
    INSIST(world, "t", transfer_funds, .account_id = "000001", .to_id = "000002",
           .amount = 2000);
    INSIST(world, "u", transfer_funds, .account_id = "000001", .to_id = "000003",
           .amount = 300);
    INSIST(world, "r", request_funds, .account_id = "000002", .from_id = "000001",
           .amount = 40);
    INSIST(world, "s", request_funds, .account_id = "000002", .from_id = "000001",
           .amount = 1000000);
    INSIST(world, "x", request_funds, .account_id = "000002", .from_id = "000001",
           .amount = 5);
    recover(world, trouble, true);
    INSIST(world, "accept r", accept_request, .account_id = "000001",
           .transaction_id = "r");
    INSIST(world, "accept s", accept_request, .account_id = "000001",
           .transaction_id = "s");
    recover(world, trouble, true);
    bank_world_pass_minutes(world, 31);
    recover(world, (struct trouble){0}, false);
}

/* ---- what must hold in the end ----------------------------------------------- */

static enum jangle_result count_saga(void *context, const struct jangle_saga_info *info)
{
    (void)info;
    ++*(int *)context;
    return JANGLE_OK;
}

static int count_sagas(struct bank_world *world, enum jangle_saga_status status)
{
    int count = 0;

    assert_result(jangle_saga_visit(world->bank, "transfer", status, count_saga, &count,
                                    &world->outcome.error),
                  JANGLE_OK);
    assert_result(
        jangle_saga_visit(world->bank, "request", status, count_saga, &count, NULL),
        JANGLE_OK);
    return count;
}

static bool begins(const char *text, const char *beginning)
{
    return strncmp(text, beginning, strlen(beginning)) == 0;
}

static void count(struct bank_world *world, struct tally *tally)
{
    const char *came_to = bank_world_payment(world, "000001", "r");

    tally->paid += begins(came_to, "credited");
    tally->given_back += begins(came_to, "rolled back: ");
    tally->failed += begins(came_to, "failed: ");
}

static void check(struct bank_world *world)
{
    static const char *const names[] = {"t", "u", "r", "s", "x"};

    assert_int_equal(
        bank_world_balance(world, "000001") + bank_world_balance(world, "000002"), 10000);
    for (int i = 0; i < 5; i++) {
        const char *came_to = bank_world_payment(world, "000001", names[i]);

        if (!begins(came_to, "credited") && !begins(came_to, "rolled back: ") &&
            !begins(came_to, "failed: "))
            fail_msg("%s is %s", names[i], came_to);
    }
    assert_int_equal(count_sagas(world, JANGLE_SAGA_FINISHED), 5);
    assert_int_equal(count_sagas(world, JANGLE_SAGA_OPEN), 0);
    assert_int_equal(count_sagas(world, JANGLE_SAGA_PARKED), 0);
}

/* As long as nobody is deleted. */
static void check_transfers(struct bank_world *world)
{
    bool paid = begins(bank_world_payment(world, "000001", "r"), "credited");

    assert_int_equal(bank_world_balance(world, "000002"), paid ? 2040 : 2000);
    assert_string_equal(bank_world_payment(world, "000001", "t"), "credited");
    assert_string_equal(bank_world_payment(world, "000001", "u"),
                        "rolled back: account 000003 does not exist");
}

static struct tally fail_each_call(struct trouble trouble)
{
    struct tally tally = {0};
    int64_t calls = 1;

    for (int64_t at = 1; at <= calls; at++) {
        struct bank_world world = {0};
        struct jangle_flaky flaky = {.storage = jangle_memory(),
                                     .result = trouble.result};
        int64_t before;

        open_world(&world, &flaky);
        before = flaky.calls;
        flaky.fail_at = before + at;
        do_business(&world, trouble);
        calls = flaky.calls - before;
        flaky.fail_at = 0;
        check(&world);
        if (!trouble.deletes)
            check_transfers(&world);
        count(&world, &tally);
        assert_result(jangle_close(world.bank, -1), JANGLE_OK);
    }
    print_message("%lld calls: paid %d times, given back %d, failed %d\n",
                  (long long)calls, tally.paid, tally.given_back, tally.failed);
    assert_true(calls > 80);
    return tally;
}

#define SWEEP(name, failure)                                                             \
    static void name##_for_a_moment(void **state)                                        \
    {                                                                                    \
        struct tally tally = fail_each_call((struct trouble){failure, 0, NULL});         \
                                                                                         \
        (void)state;                                                                     \
        assert_int_equal(tally.given_back + tally.failed, 0);                            \
    }                                                                                    \
    static void name##_for_half_an_hour(void **state)                                    \
    {                                                                                    \
        struct tally tally = fail_each_call((struct trouble){failure, 31, NULL});        \
                                                                                         \
        (void)state;                                                                     \
        assert_true(tally.paid > 0 && tally.given_back > 0 && tally.failed > 0);         \
    }

SWEEP(no_cent_is_lost_when_a_call_fails, JANGLE_STORAGE)
SWEEP(no_cent_is_lost_when_a_call_is_busy, JANGLE_BUSY)
SWEEP(no_cent_is_lost_when_a_call_has_no_memory, JANGLE_NO_MEMORY)
SWEEP(no_cent_is_lost_when_a_call_does_not_know, JANGLE_UNKNOWN)

/* Debited, she has no say any more: it is credited, though she has gone. */
static void no_cent_is_lost_when_who_pays_is_deleted_in_the_middle(void **state)
{
    struct tally tally = fail_each_call((struct trouble){JANGLE_BUSY, 0, "000001"});

    (void)state;
    assert_true(tally.paid > 0 && tally.failed > 0);
    assert_int_equal(tally.given_back, 0);
}

static void no_cent_is_lost_when_who_asks_is_deleted_in_the_middle(void **state)
{
    struct tally tally = fail_each_call((struct trouble){JANGLE_BUSY, 0, "000002"});

    (void)state;
    assert_true(tally.paid > 0 && tally.given_back > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_cent_is_lost_when_a_call_fails_for_a_moment),
        cmocka_unit_test(no_cent_is_lost_when_a_call_fails_for_half_an_hour),
        cmocka_unit_test(no_cent_is_lost_when_a_call_is_busy_for_a_moment),
        cmocka_unit_test(no_cent_is_lost_when_a_call_is_busy_for_half_an_hour),
        cmocka_unit_test(no_cent_is_lost_when_a_call_has_no_memory_for_a_moment),
        cmocka_unit_test(no_cent_is_lost_when_a_call_has_no_memory_for_half_an_hour),
        cmocka_unit_test(no_cent_is_lost_when_a_call_does_not_know_for_a_moment),
        cmocka_unit_test(no_cent_is_lost_when_a_call_does_not_know_for_half_an_hour),
        cmocka_unit_test(no_cent_is_lost_when_who_pays_is_deleted_in_the_middle),
        cmocka_unit_test(no_cent_is_lost_when_who_asks_is_deleted_in_the_middle),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
