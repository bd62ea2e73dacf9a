/* verb_endpoints.c - the verb endpoints: how the publisher and the consumer are. How many
 * messages there were, only the process knows that serves: `bank serve` prints it. */
#include "serve/verb_endpoints.h"
#include "app/bank.h"
#include "cli/complaint.h"
#include "cli/table.h"
#include "domain/talk.h"
#include "serve/broker.h"

#include <inttypes.h>

enum { CELL_SIZE = 24 };

/* `waiting` counts the events that the publisher has not published yet, and the messages
 * in the consumer's queue; `dead` those that either has given up. */
static const struct table_column columns[] = {{"endpoint", -8},
                                              {"with", -18},
                                              {"waiting", 10},
                                              {"parked", 10},
                                              {"dead", 10},
                                              {"state", -40},
                                              {0}};

/* Why nothing goes on there; "connected" if all is well. */
static void
describe_state(struct jangle *bank, const char *name, char *state, size_t size)
{
    struct jangle_endpoint_stats stats;
    struct jangle_error error = {0};

    if (jangle_measure_endpoint(bank, name, &stats, &error))
        snprintf(state, size, "%s", error.message);
    else if (stats.paused.us)
        snprintf(state, size, "%s", stats.reason);
    else if (jangle_declare(bank, name, &error))
        snprintf(state, size, "not connected: %s", error.message);
    else
        snprintf(state, size, "connected");
}

static void write_count(char cell[CELL_SIZE], int64_t count)
{
    snprintf(cell, CELL_SIZE, "%" PRId64, count);
}

static int print_publisher(struct jangle *bank)
{
    struct jangle_subscriber_stats stats;
    struct jangle_error error = {0};
    char cells[3][CELL_SIZE], with[80], state[300];

    if (jangle_measure_subscriber(bank, bank_news.name, &stats, &error))
        return bank_complain("%s", error.message);
    snprintf(with, sizeof with, "topic %s", bank_news.topic);
    write_count(cells[0], stats.lag);
    write_count(cells[1], stats.parked);
    write_count(cells[2], stats.dead);
    describe_state(bank, bank_news.name, state, sizeof state);
    table_row(stdout, columns, bank_news.name, with, cells[0], cells[1], cells[2], state);
    return 0;
}

/* What the broker has in a queue; "?" if it does not say. */
static void
count_queue(struct jangle_transport *transport, const char *queue, char cell[CELL_SIZE])
{
    int64_t count = -1;

    snprintf(cell, CELL_SIZE, "?");
    if (transport && !transport->ops->count(transport, queue, &count, NULL) && count >= 0)
        write_count(cell, count);
}

static void print_consumer(struct jangle *bank, const struct jangle_broker *broker)
{
    static const struct jangle_host system_host;
    struct jangle_transport *transport = NULL;
    char cells[2][CELL_SIZE], with[80], dead[80], state[300];

    snprintf(with, sizeof with, "queue %s", bank_counter.queue);
    snprintf(dead, sizeof dead, "%s.dead", bank_counter.queue);
    describe_state(bank, bank_counter.name, state, sizeof state);
    if (broker->open(broker, &system_host, "endpoints", &transport, NULL))
        transport = NULL;
    count_queue(transport, bank_counter.queue, cells[0]);
    count_queue(transport, dead, cells[1]);
    if (transport)
        transport->ops->close(transport);
    table_row(stdout, columns, bank_counter.name, with, cells[0], "", cells[1], state);
}

static int verb_endpoints(const struct options *options)
{
    struct named_broker broker;
    struct jangle *bank =
        bank_broker_find(&broker) ? bank_open_with(options->db, 0, &broker.broker) : NULL;
    int status;

    if (!bank)
        return 1;
    table_head(stdout, columns);
    status = print_publisher(bank);
    print_consumer(bank, &broker.broker);
    bank_close(bank);
    return status;
}

static const struct verb verbs[] = {
    {"endpoints", "say how the publisher and the consumer are", verb_endpoints, 0, 0},
};

const struct verb_table endpoints_verbs = JANGLE_ARRAY(verbs);
