/* bank_sagas_stopped.c - the bank's program ends in the middle of a transfer or a
 * request, at any step and around it; meanwhile accounts appear or disappear, or time
 * runs out; another program goes on: no cent is lost, and none is made. */
#include "support/domains/bank_world.h"
#include "support/shard.h"

#include "base/failpoint.h"

#include <sqlite3.h>

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STOPPED = 77, NATALIES_MONEY = 10000 };

/* ---- the program that ends --------------------------------------------------- */

/* At the n-th place that is one of a saga's, or of a commit. */
struct stop {
    int64_t at, hits;
};

static void stop_there(void *context, const char *name)
{
    struct stop *stop = context;

    if (strncmp(name, "saga.", 5) != 0 && strcmp(name, "commit.before_store") != 0 &&
        strcmp(name, "commit.after_store") != 0)
        return;
    if (++stop->hits == stop->at)
        _exit(STOPPED);
}

static void drain(struct bank_world *world)
{
    if (jangle_drain(world->bank, -1, NULL, NULL))
        _exit(1);
}

static void ask_for(struct bank_world *world, const char *id, int64_t amount)
{
    BANK_SEND_AS(world, id, request_funds, .account_id = "000002", .from_id = "000001",
                 .amount = amount);
    drain(world);
}

static void agree(struct bank_world *world, const char *id)
{
    BANK_SEND(world, accept_request, .account_id = "000001", .transaction_id = id);
}

static void do_business(struct bank_world *world)
{
    BANK_SEND_AS(world, "paid", transfer_funds, .account_id = "000001", .to_id = "000002",
                 .amount = 2000);
    drain(world);
    BANK_SEND_AS(world, "unknown", transfer_funds, .account_id = "000001",
                 .to_id = "000003", .amount = 300);
    drain(world);
    ask_for(world, "granted", 40);
    agree(world, "granted");
    drain(world);
    ask_for(world, "denied", 50);
    BANK_SEND(world, reject_request, .account_id = "000001", .transaction_id = "denied");
    ask_for(world, "too much", 1000000);
    agree(world, "too much");
    drain(world);
    ask_for(world, "late", 60);
    ask_for(world, "deserted", 70);
    BANK_SEND(world, delete_account, .account_id = "000002");
    agree(world, "deserted");
    drain(world);
}

/* True if it ended at its place. */
static bool run_until(struct bank_world *world, struct stop *stop)
{
    int status;
    pid_t child = fork();

    assert_true(child >= 0);
    if (!child) {
        if (!bank_world_open(world, jangle_sqlite(world->file)))
            _exit(1);
        jn_failpoint_set(stop_there, stop);
        do_business(world);
        jangle_close(world->bank, -1);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_true(WEXITSTATUS(status) == STOPPED || WEXITSTATUS(status) == 0);
    return WEXITSTATUS(status) == STOPPED;
}

/* ---- what happens meanwhile -------------------------------------------------- */

enum meanwhile { NOTHING, ONE_APPEARS, ONE_DISAPPEARS, TIME_RUNS_OUT, MEANWHILES };

/* With the bank open, and its sagas not yet. */
static void let_happen(struct bank_world *world, enum meanwhile meanwhile)
{
    if (meanwhile == ONE_APPEARS)
        assert_result(BANK_SEND(world, create_account, .name = "Latecomer"), JANGLE_OK);
    else if (meanwhile == ONE_DISAPPEARS)
        assert_result(BANK_SEND(world, delete_account, .account_id = "000002"),
                      JANGLE_OK);
    else if (meanwhile == TIME_RUNS_OUT)
        bank_world_pass_minutes(world, 31);
}

/* ---- what must hold in the end ----------------------------------------------- */

/* What the log says of one payment. */
struct payment {
    char id[16];
    int debited, credited, rolled_back;
};

struct books {
    struct payment payments[16];
    size_t count;
};

static struct payment *payment_of(struct books *books, const char *id, size_t size)
{
    for (size_t i = 0; i < books->count; i++)
        if (strlen(books->payments[i].id) == size &&
            !memcmp(books->payments[i].id, id, size))
            return &books->payments[i];
    assert_true(books->count < 16 && size < sizeof books->payments->id);
    memcpy(books->payments[books->count].id, id, size);
    return &books->payments[books->count++];
}

static void book(struct books *books, const char *type, const char *payload)
{
    static const char member[] = "\"transaction_id\":\"";
    const char *id = strstr(payload, member);
    struct payment *payment;

    if (!id)
        return;
    id += strlen(member);
    payment = payment_of(books, id, strcspn(id, "\""));
    payment->debited += strstr(type, "_debited") != NULL;
    payment->credited += strstr(type, "_credited") != NULL;
    payment->rolled_back += strstr(type, "_rolled_back") != NULL;
}

/* By SQL, as a stranger would. */
static void read_books(const struct bank_world *world, struct books *books)
{
    sqlite3 *file;
    sqlite3_stmt *statement;

    *books = (struct books){0};
    assert_int_equal(sqlite3_open_v2(world->file, &file, SQLITE_OPEN_READONLY, NULL), 0);
    assert_int_equal(sqlite3_prepare_v2(file,
                                        "SELECT t.name, e.payload FROM events AS e"
                                        " JOIN types AS t ON t.id = e.type"
                                        " WHERE t.name LIKE 'transfer_%'"
                                        " OR t.name LIKE 'request_%'",
                                        -1, &statement, NULL),
                     SQLITE_OK);
    while (sqlite3_step(statement) == SQLITE_ROW)
        book(books, (const char *)sqlite3_column_text(statement, 0),
             (const char *)sqlite3_column_text(statement, 1));
    sqlite3_finalize(statement);
    sqlite3_close(file);
}

struct tally {
    int places, credited, rolled_back;
};

static int64_t latecomers_money(struct bank_world *world)
{
    struct jangle_answer answer = {0};
    bool there = !jangle_ask(world->bank, &answer, get_ledger, .account_id = "000003");

    jangle_answer_free(&answer);
    return there ? bank_world_balance(world, "000003") : 0;
}

static void check_books(struct bank_world *world, struct tally *tally)
{
    struct books books;

    read_books(world, &books);
    for (size_t i = 0; i < books.count; i++) {
        const struct payment *payment = &books.payments[i];

        assert_true(payment->debited <= 1);
        assert_int_equal(payment->credited + payment->rolled_back, payment->debited);
        tally->credited += payment->credited;
        tally->rolled_back += payment->rolled_back;
    }
    assert_int_equal(bank_world_balance(world, "000001") +
                         bank_world_balance(world, "000002") + latecomers_money(world),
                     NATALIES_MONEY);
}

static enum jangle_result count_saga(void *context, const struct jangle_saga_info *info)
{
    (void)info;
    ++*(int *)context;
    return JANGLE_OK;
}

/* Half an hour later everybody has an answer. */
static void check_that_all_is_over(struct bank_world *world)
{
    int unfinished = 0;

    bank_world_pass_minutes(world, 31);
    bank_world_settle(world);
    for (int status = JANGLE_SAGA_OPEN; status <= JANGLE_SAGA_PARKED; status++) {
        if (status == JANGLE_SAGA_FINISHED)
            continue;
        jangle_saga_visit(world->bank, "transfer", (enum jangle_saga_status)status,
                          count_saga, &unfinished, NULL);
        jangle_saga_visit(world->bank, "request", (enum jangle_saga_status)status,
                          count_saga, &unfinished, NULL);
    }
    assert_int_equal(unfinished, 0);
}

static bool try_place(int64_t at, enum meanwhile meanwhile, struct tally *tally)
{
    struct stop stop = {.at = at};
    struct bank_world *world;
    void *state;
    bool stopped;

    assert_int_equal(bank_world_in_file(&state), 0);
    world = state;
    assert_result(jangle_close(world->bank, -1), JANGLE_OK);
    stopped = run_until(world, &stop);
    if (!bank_world_open(world, jangle_sqlite(world->file)))
        fail_msg("%s", world->outcome.error.message);
    world->next += 1000000; /* the other program has drawn some ids */
    let_happen(world, meanwhile);
    bank_world_settle(world);
    check_books(world, tally);
    check_that_all_is_over(world);
    check_books(world, tally);
    tally->places += stopped;
    assert_int_equal(bank_world_close(&state), 0);
    return stopped;
}

static struct tally try_all(enum meanwhile meanwhile)
{
    int64_t step = meanwhile ? 3 * TEST_STRIDE : TEST_STRIDE;
    int64_t stride = step * shard_count();
    int64_t at = 1 + (int64_t)meanwhile + step * shard_index();
    struct tally tally = {0};

    while (try_place(at, meanwhile, &tally))
        at += stride;
    print_message("ended at %d places: %d times credited, %d times rolled back\n",
                  tally.places, tally.credited, tally.rolled_back);
    assert_true(at > 100); /* there are so many places */
    return tally;
}

static void no_cent_is_lost_when_the_program_ends(void **state)
{
    struct tally tally = try_all(NOTHING);

    (void)state;
    assert_true(tally.credited > 0 && tally.rolled_back > 0);
}

static void nor_when_the_account_appears_that_was_missing(void **state)
{
    struct tally tally = try_all(ONE_APPEARS);

    (void)state;
    assert_true(tally.credited > 0 && tally.rolled_back > 0);
}

static void nor_when_the_account_disappears_that_was_there(void **state)
{
    struct tally tally = try_all(ONE_DISAPPEARS);

    (void)state;
    assert_true(tally.credited > 0 && tally.rolled_back > 0);
}

static void nor_when_time_runs_out(void **state)
{
    struct tally tally = try_all(TIME_RUNS_OUT);

    (void)state;
    assert_true(tally.credited > 0 && tally.rolled_back > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_cent_is_lost_when_the_program_ends),
        cmocka_unit_test(nor_when_the_account_appears_that_was_missing),
        cmocka_unit_test(nor_when_the_account_disappears_that_was_there),
        cmocka_unit_test(nor_when_time_runs_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
