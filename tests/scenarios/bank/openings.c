/* openings.c - two banks on one file open accounts at the same time: each account is
 * opened, and each number is handed out once. */
#include "support/effort.h"
#include "support/test.h"

#include "domain/account.h"
#include "domain/account_ids.h"
#include "domain/messages.h"
#include "support/temp_directory.h"

#include <jangle/jangle.h>

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { BANKS = 2, OPENINGS = 150, TOTAL = BANKS * OPENINGS };

struct branch {
    struct jangle *bank;
    pthread_t thread;
    char numbers[OPENINGS][64];
    int64_t conflicts;
    struct jangle_error refusal; /* the first answer that was not OK */
};

static void *open_accounts(void *context)
{
    struct branch *branch = context;

    for (int i = 0; i < OPENINGS && !branch->refusal.result; i++) {
        struct jangle_outcome outcome;

        while (jangle_send(branch->bank, &outcome, create_account, .name = "Natalie") ==
               JANGLE_CONFLICT)
            branch->conflicts++;
        branch->refusal = outcome.error;
        memcpy(branch->numbers[i], outcome.reply, sizeof outcome.reply);
    }
    return NULL;
}

static void open_branch(struct branch *branch, const char *path)
{
    struct jangle_error error = {0};
    struct jangle_config config = {
        .aggregates = JANGLE_AGGREGATES(&account_aggregate, &account_ids_aggregate),
        .storage = jangle_sqlite(path),
        .host.logger = jangle_logger_none(),
    };

    branch->bank = jangle_open(&config, &error);
    if (!branch->bank)
        fail_msg("%s", error.message);
}

static void race(void)
{
    static struct branch branches[BANKS];
    bool given[TOTAL + 1] = {false};
    char directory[TEMP_PATH_SIZE], path[TEMP_PATH_SIZE];

    assert_true(temp_directory_make(directory));
    temp_directory_path(path, directory, "bank.db");
    for (int i = 0; i < BANKS; i++)
        open_branch(&branches[i], path);
    for (int i = 0; i < BANKS; i++)
        assert_int_equal(
            pthread_create(&branches[i].thread, NULL, open_accounts, &branches[i]), 0);
    for (int i = 0; i < BANKS; i++)
        pthread_join(branches[i].thread, NULL);
    for (int i = 0; i < BANKS; i++) {
        if (branches[i].refusal.result)
            fail_msg("%s: %s", jangle_result_name(branches[i].refusal.result),
                     branches[i].refusal.message);
        for (int j = 0; j < OPENINGS; j++) {
            long number = strtol(branches[i].numbers[j], NULL, 10);

            assert_in_range(number, 1, TOTAL);
            assert_false(given[number]);
            given[number] = true;
        }
        assert_result(jangle_close(branches[i].bank, -1), JANGLE_OK);
    }
    temp_directory_remove(directory);
}

static void two_branches_give_every_number_once_and_refuse_nobody(void **state)
{
    (void)state;
    for (int left = effort_count(EFFORT_BANK_OPENINGS); left > 0; left--)
        race();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_branches_give_every_number_once_and_refuse_nobody),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
