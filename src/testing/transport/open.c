/* open.c - the tests of TR-1: a transport is made, and not yet connected. */
#include "testing/transport/line.h"
#include "testing/transport/tests.h"

#include <stdio.h>

static bool has_all_operations(const struct jangle_transport_ops *ops)
{
    return ops->declare_topic && ops->declare_queue && ops->publish && ops->attach &&
           ops->detach && ops->receive && ops->settle && ops->tend && ops->wake &&
           ops->count && ops->purge && ops->remove_queue && ops->remove_topic &&
           ops->close;
}

static void tr_01_an_open_transport_has_all_operations(struct jn_trial *trial)
{
    struct jangle_transport *transport = jn_trial_open(trial);
    struct jangle_transport *other = jn_trial_open(trial);

    if (trial->failed)
        return;
    jn_trial_check(trial, transport != other, "two transports are one");
    jn_trial_check(trial, transport->ops->abi == 1, "abi is %d, not 1",
                   transport->ops->abi);
    jn_trial_check(trial, transport->ops->name && *transport->ops->name,
                   "the transport has no name");
    jn_trial_check(trial, has_all_operations(transport->ops), "an operation is missing");
}

/* The name and the descriptor are borrowed by `open` alone. */
static void tr_01_the_name_is_borrowed(struct jn_trial *trial)
{
    struct jangle_broker broker = trial->given->broker;
    struct jangle_error error = {0};
    char name[24] = "a name that goes";
    struct jn_line line = jn_line_open(trial, false);

    if (trial->failed)
        return;
    jn_trial_close(trial, line.sender);
    jn_trial_is(trial, "open",
                broker.open(&broker, &trial->host, name, &trial->transports[0], &error),
                JANGLE_OK, &error);
    memset(name, '?', sizeof name);
    memset(&broker, 0, sizeof broker);
    line.sender = trial->transports[0];
    jn_line_publish(trial, &line, NULL, 1, 1);
    jn_take(trial, line.receiver, 1, "1");
}

/* With each allocation failing in turn. Memory that is not the host's cannot fail here.
 */
static void tr_01_open_without_memory_leaves_nothing(struct jn_trial *trial)
{
    const struct jangle_broker *broker = &trial->given->broker;
    enum jangle_result result = JANGLE_NO_MEMORY;

    for (int64_t n = 1; n < 100 && result && !trial->failed; n++) {
        int64_t blocks = trial->memory.blocks;
        struct jangle_transport *transport = NULL;
        struct jangle_error error = {0};

        trial->memory.fail_at = n;
        result = broker->open(broker, &trial->host, "trial", &transport, &error);
        trial->memory.fail_at = 0;
        if (!result) {
            jn_trial_check(trial, transport != NULL, "open is OK, and opened nothing");
            if (transport)
                transport->ops->close(transport);
            continue;
        }
        jn_trial_is(trial, "open without memory", result, JANGLE_NO_MEMORY, &error);
        jn_trial_check(trial, !transport, "open has failed, and set *transport");
        jn_trial_check(trial, trial->memory.blocks == blocks,
                       "open has failed, and keeps %lld pieces of memory",
                       (long long)(trial->memory.blocks - blocks));
    }
}

static void expect_refused_url(struct jn_trial *trial, const char *url)
{
    struct jangle_broker broker = trial->given->broker;
    struct jangle_transport *transport = NULL;
    struct jangle_error error = {0};
    enum jangle_result result;

    if (trial->failed)
        return;
    broker.url = url;
    result = broker.open(&broker, &trial->host, "trial", &transport, &error);
    jn_trial_is(trial, "open with a URL that is none", result, JANGLE_INVALID, &error);
    jn_trial_check(trial, result == JANGLE_OK || !transport,
                   "open has failed, and set *transport");
    if (transport)
        transport->ops->close(transport);
}

static void tr_01_a_malformed_url_is_refused(struct jn_trial *trial)
{
    expect_refused_url(trial, "no such scheme://");
    expect_refused_url(trial, "");
}

static void tr_01_open_needs_no_broker(struct jn_trial *trial)
{
    struct jn_line line = jn_line_open(trial, false);
    struct jangle_transport *early;

    jn_trial_stop(trial);
    early = jn_trial_open(trial);
    jn_trial_start(trial);
    jn_trial_close(trial, line.sender);
    line.sender = early;
    jn_line_publish(trial, &line, NULL, 1, 1);
}

const struct jn_transport_test jn_transport_open_tests[] = {
    JN_TRANSPORT_TEST(tr_01_an_open_transport_has_all_operations, 0),
    JN_TRANSPORT_TEST(tr_01_the_name_is_borrowed, 0),
    JN_TRANSPORT_TEST(tr_01_open_without_memory_leaves_nothing, 0),
    JN_TRANSPORT_TEST(tr_01_a_malformed_url_is_refused, JN_NEEDS_URL),
    JN_TRANSPORT_TEST(tr_01_open_needs_no_broker, JN_NEEDS_STOP),
    {0}};
