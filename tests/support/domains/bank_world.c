/* bank_world.c - fixture: the whole bank, with a clock that the test sets. */
#include "support/domains/bank_world.h"

#include "domain/account.h"
#include "domain/account_ids.h"
#include "domain/sagas.h"
#include "views/views.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct jangle_sagas sagas = JANGLE_SAGAS(&transfer_saga, &request_saga);

bool bank_world_open(struct bank_world *world, struct jangle_storage storage)
{
    struct jangle_config config = {
        .aggregates = JANGLE_AGGREGATES(&account_aggregate, &account_ids_aggregate),
        .subscribers = JANGLE_SUBSCRIBERS(&accounts_view, &ledger_view, &payments_view),
        .sagas = world->has_no_sagas ? (struct jangle_sagas){0} : sagas,
        .storage = storage,
        .host = {.clock = jangle_clock_fixed(&world->now),
                 .random = jangle_random_counting(&world->next),
                 .logger = jangle_logger_none()},
    };

    world->bank = jangle_open(&config, &world->outcome.error);
    return world->bank != NULL;
}

static int open_with_both(void **state, bool in_file, bool has_no_sagas)
{
    struct bank_world *world = calloc(1, sizeof *world);

    *state = world;
    if (!world || (in_file && !temp_directory_make(world->directory)))
        return -1;
    world->has_no_sagas = has_no_sagas;
    world->now.us = 946684800000000;
    world->next = 1;
    if (in_file)
        temp_directory_path(world->file, world->directory, "bank.db");
    if (!bank_world_open(world, in_file ? jangle_sqlite(world->file) : jangle_memory())) {
        print_error("%s\n", world->outcome.error.message);
        return -1;
    }
    BANK_SEND(world, create_account, .name = "Natalie", .initial_deposit = {true, 10000});
    return (int)BANK_SEND(world, create_account, .name = "Johann");
}

int bank_world_in_memory(void **state)
{
    return open_with_both(state, false, false);
}

int bank_world_in_file(void **state)
{
    return open_with_both(state, true, false);
}

int bank_world_without_sagas(void **state)
{
    return open_with_both(state, false, true);
}

int bank_world_close(void **state)
{
    struct bank_world *world = *state;
    int result = (int)jangle_close(world->bank, -1);

    if (*world->directory)
        temp_directory_remove(world->directory);
    free(world);
    return result;
}

void bank_world_reopen(struct bank_world *world)
{
    assert_result(jangle_close(world->bank, -1), JANGLE_OK);
    if (!bank_world_open(world, jangle_sqlite(world->file)))
        fail_msg("%s", world->outcome.error.message);
}

/* ---- time -------------------------------------------------------------------- */

void bank_world_settle(struct bank_world *world)
{
    struct jangle_left left = {0};
    struct jangle_error error = {0};

    if (jangle_drain(world->bank, -1, &left, &error))
        fail_msg("%s", error.message);
    assert_int_equal(left.parked + left.dead + left.suspended, 0);
}

void bank_world_pass_minutes(struct bank_world *world, int64_t minutes)
{
    world->now = jangle_time_after_ms(world->now, minutes * 60 * 1000);
}

/* ---- what can be seen -------------------------------------------------------- */

int64_t bank_world_balance(struct bank_world *world, const char *account_id)
{
    struct jangle_answer answer = {0};
    const struct account_ledger *ledger;
    int64_t balance;

    if (jangle_ask(world->bank, &answer, get_ledger, .account_id = account_id))
        fail_msg("%s", answer.error.message);
    ledger = answer.data;
    balance = ledger->entries.items[ledger->entries.count - 1].balance;
    jangle_answer_free(&answer);
    return balance;
}

static void describe(const struct payment_lines *lines, const char *id, char text[300])
{
    for (size_t i = 0; i < lines->count; i++) {
        const struct payment_line *line = &lines->items[i];

        if (strcmp(line->transaction_id, id) == 0)
            snprintf(text, 300, "%s%s%s", line->state, *line->reason ? ": " : "",
                     line->reason);
    }
}

const char *
bank_world_payment(struct bank_world *world, const char *account_id, const char *id)
{
    static char text[300];
    struct jangle_answer answer = {0};
    const struct account_payments *payments;

    text[0] = '\0';
    if (jangle_ask(world->bank, &answer, get_payments, .account_id = account_id))
        fail_msg("%s", answer.error.message);
    payments = answer.data;
    describe(&payments->transfers, id, text);
    describe(&payments->requests, id, text);
    jangle_answer_free(&answer);
    return text;
}

int64_t bank_world_events(struct bank_world *world)
{
    struct jangle_stats stats;

    jangle_measure(world->bank, &stats);
    return stats.position;
}
