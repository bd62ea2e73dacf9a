/* audit.c - the audit finds each breach of a rule of payments, and names it. */
#include "support/domains/bank_world.h"

#include "audit/audit.h"
#include "audit/rest.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Where the bank is known to have come to rest; beyond its last event: nobody else is
 * there to disturb it. */
static int64_t rest;

/* ---- books with a bit of everything ------------------------------------------ */

static void send_requests(struct bank_world *world)
{
    static const char *const names[] = {"paid", "poor", "no", "late"};

    for (int i = 0; i < 4; i++)
        BANK_SEND_AS(world, names[i], request_funds, .account_id = "000002",
                     .from_id = "000001", .amount = i == 1 ? 1000000 : 40);
    bank_world_settle(world);
    BANK_SEND(world, accept_request, .account_id = "000001", .transaction_id = "paid");
    BANK_SEND(world, accept_request, .account_id = "000001", .transaction_id = "poor");
    BANK_SEND(world, reject_request, .account_id = "000001", .transaction_id = "no");
    bank_world_settle(world);
}

/* One transfer arrived, one came back; one request was paid, one could not be, one was
 * rejected, one timed out. One was to be paid when its account had gone. */
static int keep_books(void **state)
{
    struct bank_world *world;

    rest = INT64_MAX;
    if (bank_world_in_file(state))
        return -1;
    world = *state;
    BANK_SEND_AS(world, "sent", transfer_funds, .account_id = "000001", .to_id = "000002",
                 .amount = 2000);
    BANK_SEND_AS(world, "lost", transfer_funds, .account_id = "000001", .to_id = "000009",
                 .amount = 300);
    send_requests(world);
    bank_world_pass_minutes(world, 31);
    bank_world_settle(world);
    BANK_SEND_AS(world, "back", request_funds, .account_id = "000002",
                 .from_id = "000001", .amount = 70);
    bank_world_settle(world);
    BANK_SEND(world, delete_account, .account_id = "000002");
    BANK_SEND(world, accept_request, .account_id = "000001", .transaction_id = "back");
    bank_world_settle(world);
    return 0;
}

/* ---- changed behind the bank's back, and audited ----------------------------- */

static void alter(struct bank_world *world, const char *view, const char *sql)
{
    char *file = sqlite3_mprintf("%s%s%s", world->file, *view ? "." : "", view);
    char *message = NULL;
    sqlite3 *db = NULL;

    assert_int_equal(sqlite3_open(file, &db), SQLITE_OK);
    if (sqlite3_exec(db,
                     "DROP TRIGGER IF EXISTS events_are_never_changed;"
                     "DROP TRIGGER IF EXISTS events_are_never_deleted;",
                     NULL, NULL, &message) ||
        sqlite3_exec(db, sql, NULL, NULL, &message))
        fail_msg("%s: %s", sql, message);
    assert_true(sqlite3_changes(db) > 0);
    sqlite3_close(db);
    sqlite3_free(file);
}

/* What the audit prints, and how it ends. */
static int audit(struct bank_world *world, char *text, size_t size)
{
    char path[TEMP_PATH_SIZE];
    FILE *printed;
    int out, status;
    size_t read;

    temp_directory_path(path, world->directory, "printed");
    fflush(stdout);
    out = dup(STDOUT_FILENO);
    printed = freopen(path, "w+", stdout);
    assert_non_null(printed);
    status = audit_bank(world->file, NULL, rest);
    rewind(stdout);
    read = fread(text, 1, size - 1, stdout);
    text[read] = '\0';
    dup2(out, STDOUT_FILENO);
    close(out);
    return status;
}

static void expect(struct bank_world *world, int status, const char *sentence)
{
    static char text[20000];

    assert_result(jangle_close(world->bank, -1), JANGLE_OK);
    world->bank = NULL;
    if (audit(world, text, sizeof text) != status || !strstr(text, sentence))
        fail_msg("it says not \"%s\" but\n%s", sentence, text);
}

static void names(void **state, const char *sql, const char *sentence)
{
    alter(*state, "", sql);
    expect(*state, 1, sentence);
}

/* An event becomes one of another type. */
#define BECOMES(type, id, other)                                                         \
    "UPDATE events SET type = (SELECT id FROM types WHERE name = '" other                \
    "')"                                                                                 \
    " WHERE type = (SELECT id FROM types WHERE name = '" type                            \
    "')"                                                                                 \
    "  AND json_extract(CAST(payload AS TEXT), '$.transaction_id') = '" id "'"
#define CHANGES(type, id, old, new)                                                      \
    "UPDATE events SET payload = CAST(replace(CAST(payload AS TEXT), '" old              \
    "', '" new "') AS BLOB) WHERE type = (SELECT id FROM types WHERE name = '" type      \
               "')"                                                                      \
               "  AND json_extract(CAST(payload AS TEXT), '$.transaction_id') = '" id    \
               "'"

/* ---- what is right ----------------------------------------------------------- */

static void sound_books_are_found_sound(void **state)
{
    expect(*state, 0, "none found anything wrong");
}

static void a_request_in_its_time_is_sound(void **state)
{
    struct bank_world *world = *state;

    world->now.us = INT64_C(4102444800000000); /* the year 2100 */
    BANK_SEND(world, create_account, .name = "Ursula");
    BANK_SEND_AS(world, "open", request_funds, .account_id = "000003",
                 .from_id = "000001", .amount = 1);
    bank_world_settle(world);
    expect(world, 0, "none found anything wrong");
}

/* ---- what is wrong with transfers -------------------------------------------- */

static void a_transfer_that_was_never_debited_is_named(void **state)
{
    names(state, BECOMES("transfer_debited", "sent", "transfer_closed"),
          "transfer sent was debited 0 times, credited 1, rolled back 0, closed 2");
}

static void a_transfer_that_was_credited_and_came_back_is_named(void **state)
{
    names(state, BECOMES("transfer_closed", "sent", "transfer_rolled_back"),
          "transfer sent was debited 1 times, credited 1, rolled back 1, closed 0");
}

static void money_that_nobody_has_is_named(void **state)
{
    names(state, BECOMES("transfer_rolled_back", "lost", "transfer_closed"),
          "3.00 of transfer lost was debited from 000001, and nobody has it");
}

static void money_that_waits_is_known_and_listed(void **state)
{
    struct bank_world *world = *state;

    alter(world, "",
          "INSERT INTO parked (subscriber, kind, key, position, attempts, trying,"
          " next_at, delay_ms, dead, error) SELECT id, 2, 'saga/lost', 1, 3, 0, 0, 0, 1, "
          "'no way back'"
          " FROM subscribers WHERE name = 'transfer'");
    alter(world, "", BECOMES("transfer_rolled_back", "lost", "transfer_closed"));
    expect(world, 1, "WAITS  transfer lost, 3.00, debited and on its way: no way back\n");
}

static void money_that_waits_is_not_lost(void **state)
{
    static char text[20000];
    struct bank_world *world = *state;

    alter(world, "",
          "INSERT INTO parked (subscriber, kind, key, position, attempts, trying,"
          " next_at, delay_ms, dead, error) SELECT id, 2, 'saga/lost', 1, 3, 0, 0, 0, 1, "
          "'no way back'"
          " FROM subscribers WHERE name = 'transfer'");
    alter(world, "", BECOMES("transfer_rolled_back", "lost", "transfer_closed"));
    assert_result(jangle_close(world->bank, -1), JANGLE_OK);
    world->bank = NULL;
    audit(world, text, sizeof text);
    assert_null(strstr(text, "nobody has it"));
}

/* ---- what is wrong with steps ------------------------------------------------ */

static void another_amount_is_named(void **state)
{
    names(state,
          CHANGES("transfer_credited", "sent", "\"amount\":2000", "\"amount\":2001"),
          "is for 20.01 at account 000002; it was to be 20.00");
}

static void another_account_is_named(void **state)
{
    names(state, CHANGES("transfer_debited", "sent", "000002", "000009"),
          "is for 20.00 at account 000002; it was to be 20.00 from 000001 to 000009");
}

/* ---- what is wrong with requests --------------------------------------------- */

static void a_request_that_was_accepted_and_rejected_is_named(void **state)
{
    names(state, BECOMES("request_debited", "paid", "request_rejected"),
          "request paid was created 1 times, received 1, accepted 1, rejected 1");
}

static void a_request_that_was_debited_without_acceptance_is_named(void **state)
{
    names(state, BECOMES("request_accepted", "paid", "request_closed"),
          "request paid was created 1 times, received 1, accepted 0, rejected 0,"
          " debited 1");
}

static void a_request_that_was_credited_and_came_back_is_named(void **state)
{
    names(state, BECOMES("request_closed", "paid", "request_debit_rolled_back"),
          "credited 1, rolled back 1");
}

static void a_debit_that_nobody_has_is_named(void **state)
{
    names(state, BECOMES("request_debit_rolled_back", "back", "request_closed"),
          "0.70 of request back was debited from 000001, and nobody has it");
}

static void a_request_that_does_not_end_is_named(void **state)
{
    names(state, BECOMES("request_failed", "late", "request_closed"),
          "request late was to be over at 2000-01-01 00:30:00 UTC");
}

/* ---- what is wrong with what is shown ---------------------------------------- */

static void a_payment_shown_wrongly_is_named(void **state)
{
    alter(*state, "payments",
          "UPDATE payments SET state = 9 WHERE transaction_id = 'lost'");
    expect(*state, 1, "payments.payments, row lost: state is 9; the events say 11");
}

static void a_request_shown_as_pending_is_named(void **state)
{
    alter(*state, "accounts",
          "UPDATE requests SET answered = 0 WHERE transaction_id = 'late'");
    expect(*state, 1, "accounts.requests, row late: answered is 0; the events say 1");
}

static void a_count_of_entries_shown_wrongly_is_named(void **state)
{
    alter(*state, "accounts",
          "UPDATE accounts SET entries = 99 WHERE account_id = '000002'");
    expect(*state, 1, "accounts.accounts, row 000002: entries is 99; the events say 2");
}

static void what_happens_to_a_deleted_account_is_named(void **state)
{
    names(state, BECOMES("request_failed", "back", "funds_deposited"),
          "account 000002: funds_deposited at position");
}

/* ---- beside others --------------------------------------------------------------- */

/* Its money was debited, nobody has it yet, and no view shows it: as another program
 * would leave it between two steps. */
static void send_half_a_transfer(struct bank_world *world)
{
    rest = bank_world_events(world);
    BANK_SEND_AS(world, "half", transfer_funds, .account_id = "000001", .to_id = "000002",
                 .amount = 100);
    assert_result(world->outcome.error.result, JANGLE_OK);
}

static void what_is_under_way_is_not_called_wrong(void **state)
{
    send_half_a_transfer(*state);
    expect(*state, AUDIT_NOT_QUIET, "The bank is not quiet");
}

static void what_stays_under_way_when_nobody_is_there_is_wrong(void **state)
{
    send_half_a_transfer(*state);
    rest++; /* and there it came to rest */
    expect(*state, 1, "1.00 of transfer half was debited from 000001, and nobody has it");
}

static void a_view_that_is_ahead_of_the_store_is_of_another_moment(void **state)
{
    struct bank_world *world = *state;

    rest = bank_world_events(world);
    alter(world, "ledger", "UPDATE jangle_place SET position = position + 1");
    expect(world, AUDIT_NOT_QUIET, "The bank is not quiet");
}

static void a_bank_that_never_came_to_rest_is_not_quiet(void **state)
{
    rest = BANK_NO_REST;
    expect(*state, AUDIT_NOT_QUIET, "run it again");
}

/* These hold at every moment. */
static void what_no_moment_can_excuse_is_wrong_beside_others_too(void **state)
{
    rest = BANK_NO_REST;
    names(state,
          "UPDATE events SET payload = CAST(replace(CAST(payload AS TEXT),"
          " '\"balance\":', '\"balance\":1') AS BLOB)"
          " WHERE type = (SELECT id FROM types WHERE name = 'funds_deposited')",
          "found the books wrong");
}

/* A view that is behind, while nobody else is there, is a fault. */
static void a_view_that_is_behind_at_rest_is_wrong(void **state)
{
    struct bank_world *world = *state;

    rest = bank_world_events(world);
    alter(world, "ledger", "UPDATE jangle_place SET position = position - 1");
    expect(world, 1, "the view ledger is at position");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, keep_books, bank_world_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(sound_books_are_found_sound),
        TEST(a_request_in_its_time_is_sound),
        TEST(a_transfer_that_was_never_debited_is_named),
        TEST(a_transfer_that_was_credited_and_came_back_is_named),
        TEST(money_that_nobody_has_is_named),
        TEST(money_that_waits_is_known_and_listed),
        TEST(money_that_waits_is_not_lost),
        TEST(another_amount_is_named),
        TEST(another_account_is_named),
        TEST(a_request_that_was_accepted_and_rejected_is_named),
        TEST(a_request_that_was_debited_without_acceptance_is_named),
        TEST(a_request_that_was_credited_and_came_back_is_named),
        TEST(a_debit_that_nobody_has_is_named),
        TEST(a_request_that_does_not_end_is_named),
        TEST(a_payment_shown_wrongly_is_named),
        TEST(a_request_shown_as_pending_is_named),
        TEST(a_count_of_entries_shown_wrongly_is_named),
        TEST(what_happens_to_a_deleted_account_is_named),
        TEST(what_is_under_way_is_not_called_wrong),
        TEST(what_stays_under_way_when_nobody_is_there_is_wrong),
        TEST(a_view_that_is_ahead_of_the_store_is_of_another_moment),
        TEST(a_bank_that_never_came_to_rest_is_not_quiet),
        TEST(what_no_moment_can_excuse_is_wrong_beside_others_too),
        TEST(a_view_that_is_behind_at_rest_is_wrong),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
