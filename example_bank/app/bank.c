/* bank.c - the bank put together: aggregates, views and sagas on one file. */
#include "app/bank.h"
#include "cli/complaint.h"
#include "cli/stop.h"
#include "domain/account.h"
#include "domain/account_ids.h"
#include "domain/sagas.h"
#include "domain/talk.h"
#include "views/views.h"

static const struct jangle_aggregates aggregates =
    JANGLE_AGGREGATES(&account_aggregate, &account_ids_aggregate);
const struct jangle_subscribers bank_views =
    JANGLE_SUBSCRIBERS(&accounts_view, &ledger_view, &payments_view);
const struct jangle_sagas bank_sagas = JANGLE_SAGAS(&transfer_saga, &request_saga);

static const struct jangle_publishers publishers = JANGLE_PUBLISHERS(&bank_news);
static const struct jangle_consumers consumers = JANGLE_CONSUMERS(&bank_counter);

/* These topics are not logged, because a verb prints what its customer must know: a
 * refusal above all. STORE_AT_RISK would be logged by each verb wherever SQLite
 * is old. */
static const struct jangle_log_level log_levels[] = {
    {JANGLE_LOG_OPENED, JANGLE_LEVEL_OFF},
    {JANGLE_LOG_COMMAND_REJECTED, JANGLE_LEVEL_OFF},
    {JANGLE_LOG_COMMAND_INVALID, JANGLE_LEVEL_OFF},
    {JANGLE_LOG_REPLAY_PROGRESS, JANGLE_LEVEL_OFF},
    {JANGLE_LOG_SUBSCRIBER_TAKEN, JANGLE_LEVEL_OFF},
    {JANGLE_LOG_SUBSCRIBER_ELSEWHERE, JANGLE_LEVEL_OFF},
    {JANGLE_LOG_STORE_AT_RISK, JANGLE_LEVEL_OFF},
};

struct jangle *bank_open(const char *path, int workers)
{
    return bank_open_with(path, workers, NULL);
}

enum jangle_result bank_config(struct jangle_config *config, struct jangle_error *error)
{
    *config = (struct jangle_config){
        .aggregates = aggregates,
        .subscribers = bank_views,
        .sagas = bank_sagas,
        .source = "bank",
        .log_levels = JANGLE_ARRAY(log_levels),
    };
    return jangle_config_from_env(config, error);
}

struct jangle *
bank_open_with(const char *path, int workers, const struct jangle_broker *broker)
{
    struct jangle_config config;
    struct jangle_error error = {0};
    struct jangle *bank = NULL;

    if (!bank_config(&config, &error)) {
        config.storage = jangle_sqlite(path);
        config.workers = workers;
        if (broker) {
            config.publishers = publishers;
            config.consumers = consumers;
            config.broker = *broker;
        }
        bank = jangle_open(&config, &error);
    }
    if (!bank)
        bank_complain("%s", error.message);
    stop_set_bank(bank);
    return bank;
}

void bank_close(struct jangle *bank)
{
    stop_set_bank(NULL);
    jangle_close(bank, -1);
}
