/* finds.c - compare_stores finds what is planted in the stores of the bank and of the
 * loyalty program, and finds nothing where nothing is. */
#include "support/domains/partners.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

enum { PRINTED_SIZE = 8192 };

static struct neighbours partners;
static char printed[PRINTED_SIZE];

/* ---- stores that agree ----------------------------------------------------------- */

/* Two accounts, three deposits each, a bonus for each account, and a withdrawal. */
static void make_stores(void)
{
    partners_begin(&partners, true, 2);
    for (int i = 0; i < 6; i++)
        assert_result(PARTNERS_SEND(&partners, deposit_funds,
                                    .account_id = i % 2 ? "000002" : "000001",
                                    .amount = 40000 + i),
                      JANGLE_OK);
    assert_result(
        PARTNERS_SEND(&partners, withdraw_funds, .account_id = "000002", .amount = 500),
        JANGLE_OK);
    neighbours_poll(&partners);
    partners_close(&partners);
}

/* ---- the program ----------------------------------------------------------------- */

/* Returns its exit status. What it has printed is in `printed`. */
static int compare(void)
{
    char command[3 * TEMP_PATH_SIZE];
    size_t size;
    FILE *pipe;
    int status;

    snprintf(command, sizeof command, COMPARE_STORES " %s %s 2>&1", partners.sender.file,
             partners.taker.file);
    pipe = popen(command, "r");
    assert_non_null(pipe);
    size = fread(printed, 1, sizeof printed - 1, pipe);
    printed[size] = '\0';
    status = pclose(pipe);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static int count_lines(const char *beginning)
{
    int count = 0;

    for (const char *line = printed; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        count += strncmp(line, beginning, strlen(beginning)) == 0;
        if (!*line)
            break;
    }
    return count;
}

/* ---- what is planted ------------------------------------------------------------- */

#define KEPT                                                                             \
    "DROP TRIGGER events_are_never_changed; DROP TRIGGER events_are_never_deleted;"
#define OF_STREAM(kind, name)                                                            \
    "stream = (SELECT id FROM streams WHERE kind = '" kind "' AND name = '" name "')"
#define NEWS          OF_STREAM("from_bank", "account/000001")
#define MEMBER        OF_STREAM("member", "000001")
#define ACCOUNT       OF_STREAM("account", "000001")
#define OF_TYPE(name) "type IN (SELECT id FROM types WHERE name = '" name "')"
#define FIRST(of)     "(SELECT min(position) FROM events WHERE " of ")"
#define LAST(of)      "(SELECT max(position) FROM events WHERE " of ")"

/* Store an event once more, at the end; `meta` may be another one. */
#define AGAIN(which, meta)                                                               \
    "INSERT INTO events SELECT (SELECT max(position) + 1 FROM events), stream,"          \
    " version + 100, type, at, randomblob(16), payload, " meta                           \
    ", checksum, digest"                                                                 \
    " FROM events WHERE position = " which
#define CHANGE(which, path, value)                                                       \
    "UPDATE events SET payload = CAST(json_set(CAST(payload AS TEXT), '$." path          \
    "', " value ") AS BLOB) WHERE position = " which

enum store { BANK, LOYALTY, VIEW };

struct plant {
    const char *check; /* which must find it */
    enum store store;
    const char *sql;
};

#define PARKED(dead)                                                                     \
    "INSERT INTO parked (subscriber, kind, key, position, attempts, trying, next_at,"    \
    " delay_ms, dead, error, checksum)"                                                  \
    " VALUES (1, 1, 'account/000001', 3, 1, 0, 0, 0, " dead ", 'planted', 0)"

static const struct plant plants[] = {
    {"each published event is in the other store", LOYALTY,
     KEPT "DELETE FROM events WHERE position = " LAST(NEWS)},
    {"none is there twice", LOYALTY, AGAIN(LAST(NEWS), "meta")},
    {"nothing else is there", LOYALTY,
     AGAIN(LAST(NEWS), "json_set(meta, '$.received.id', 'planted')")},
    {"the events of each account are in their order", LOYALTY,
     KEPT "UPDATE events SET version = 99 WHERE version = 1 AND " NEWS ";"
          "UPDATE events SET version = 1 WHERE version = 2 AND " NEWS ";"
          "UPDATE events SET version = 2 WHERE version = 99 AND " NEWS},
    {"each says what was published", LOYALTY, KEPT CHANGE(LAST(NEWS), "amount", "40001")},
    {"each says what was published", LOYALTY,
     KEPT CHANGE(LAST(NEWS), "account_id", "'000002'")},
    {"points equal deposits", LOYALTY, KEPT CHANGE(LAST(MEMBER), "points", "401")},
    {"points equal deposits", LOYALTY, KEPT CHANGE(LAST(MEMBER), "total", "9999")},
    {"points equal deposits", LOYALTY,
     KEPT "DELETE FROM events WHERE position = " LAST(MEMBER)},
    {"the view shows the points and the money", VIEW,
     "UPDATE members SET points = points + 1 WHERE member_id = '000001'"},
    {"the view shows the points and the money", VIEW,
     "UPDATE members SET moved = moved + 1 WHERE member_id = '000001'"},
    {"the view shows the points and the money", VIEW, "DELETE FROM members"},
    {"each thousand points have earned a bonus", LOYALTY,
     KEPT "DELETE FROM events WHERE position = " LAST(OF_TYPE("bonus_earned"))},
    {"each bonus was posted once", LOYALTY,
     AGAIN(LAST(OF_TYPE("deposit_funds")), "meta")},
    {"each bonus was posted once", LOYALTY,
     KEPT "DELETE FROM events WHERE position = " LAST(OF_TYPE("deposit_funds"))},
    {"the bank has answered each bonus once", BANK,
     "INSERT INTO commands SELECT CAST('counter/planted' AS BLOB), fingerprint, position,"
     " version, reply, at, checksum, type, cause, sender FROM commands LIMIT 1"},
    {"each bonus was paid in once", BANK, AGAIN(LAST(ACCOUNT), "meta")},
    {"each bonus was paid in once", BANK, KEPT CHANGE(LAST(ACCOUNT), "amount", "600")},
    {"each bonus was paid in once", BANK,
     KEPT "DELETE FROM events WHERE position = " LAST(ACCOUNT)},
    {"nothing is parked, dead or suspended", BANK, PARKED("0")},
    {"nothing is parked, dead or suspended", BANK, PARKED("1")},
    {"nothing is parked, dead or suspended", LOYALTY, PARKED("0")},
    {"nothing is parked, dead or suspended", LOYALTY, PARKED("1")},
    {"nothing is parked, dead or suspended", BANK,
     "UPDATE checkpoints SET suspended_for = 1"},
    {"nothing is parked, dead or suspended", LOYALTY,
     "UPDATE checkpoints SET suspended_for = 1"},
};

static void plant(const struct plant *what)
{
    char path[TEMP_PATH_SIZE + 10];
    char *message = NULL;
    sqlite3 *database = NULL;

    snprintf(path, sizeof path, "%s%s",
             what->store == BANK ? partners.sender.file : partners.taker.file,
             what->store == VIEW ? ".points" : "");
    assert_int_equal(sqlite3_open_v2(path, &database, SQLITE_OPEN_READWRITE, NULL),
                     SQLITE_OK);
    if (sqlite3_exec(database, what->sql, NULL, NULL, &message))
        fail_msg("%s: %s", what->sql, message);
    assert_true(sqlite3_total_changes(database) > 0);
    sqlite3_close(database);
}

/* ---- the tests ------------------------------------------------------------------- */

static void where_nothing_is_nothing_is_found(void **state)
{
    (void)state;
    make_stores();
    if (compare() != 0)
        fail_msg("%s", printed);
    assert_int_equal(count_lines("identical  "), 12);
    assert_int_equal(count_lines("DIFFERENT"), 0);
    partners_end(&partners);
}

static void what_is_planted_is_found(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof plants / sizeof *plants; i++) {
        char line[200];

        make_stores();
        plant(&plants[i]);
        assert_int_equal(compare(), 1);
        snprintf(line, sizeof line, "DIFFERENT  %s\n", plants[i].check);
        if (!strstr(printed, line))
            fail_msg("%zu: nothing says that %s:\n%s", i, plants[i].check, printed);
        partners_end(&partners);
    }
}

static void no_more_than_five_are_shown(void **state)
{
    static const struct plant all_lost = {
        "", LOYALTY, KEPT "DELETE FROM events WHERE " OF_TYPE("money_moved")};

    (void)state;
    make_stores();
    plant(&all_lost);
    assert_int_equal(compare(), 1);
    assert_non_null(strstr(printed, " is missing\n    and 4 more\n"));
    partners_end(&partners);
}

static void empty_stores_prove_nothing(void **state)
{
    (void)state;
    partners_begin(&partners, true, 1);
    partners_close(&partners);
    assert_int_equal(compare(), 1);
    assert_int_equal(count_lines("DIFFERENT"), 0);
    assert_non_null(strstr(printed, "this proves nothing"));
    partners_end(&partners);
}

static void a_store_that_is_not_there_is_named(void **state)
{
    (void)state;
    make_stores();
    assert_int_equal(remove(partners.taker.file), 0);
    assert_int_equal(compare(), 1);
    assert_non_null(strstr(printed, "compare_stores: "));
    partners_end(&partners);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(where_nothing_is_nothing_is_found),
        cmocka_unit_test(what_is_planted_is_found),
        cmocka_unit_test(no_more_than_five_are_shown),
        cmocka_unit_test(empty_stores_prove_nothing),
        cmocka_unit_test(a_store_that_is_not_there_is_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
