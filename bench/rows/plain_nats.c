/* plain_nats.c - what a program does with libnats alone: it publishes to JetStream
 * without waiting for each answer, and fetches. The stream is jangle's. */
#include "broker.h"
#include "rows/messages.h"
#include "rows/plain.h"

#include <jangle/transport/nats.h>

#include <nats/nats.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FETCHED = 256, WAIT_MS = 30000 };

struct client {
    natsConnection *connection;
    jsCtx *context;
};

static void must(natsStatus status, const char *what)
{
    if (status)
        bench_die(what, natsStatus_GetText(status));
}

static struct jangle_broker broker(bool classic)
{
    (void)classic;
    return jangle_nats(broker_url(BENCH_NATS), NULL);
}

/* ---- a connection ------------------------------------------------------------ */

static void *open_client(void)
{
    struct client *client = bench_new(sizeof *client);

    must(natsConnection_ConnectTo(&client->connection, broker_url(BENCH_NATS)),
         "connecting to NATS");
    must(natsConnection_JetStream(&client->context, client->connection, NULL),
         "JetStream");
    return client;
}

static void close_client(void *context)
{
    struct client *client = context;

    jsCtx_Destroy(client->context);
    natsConnection_Destroy(client->connection);
    free(client);
}

static int64_t left(void *context)
{
    struct client *client = context;
    jsConsumerInfo *info = NULL;
    int64_t count;

    must(js_GetConsumerInfo(&info, client->context, MESSAGES_NAME, MESSAGES_NAME, NULL,
                            NULL),
         "a consumer of NATS");
    count = (int64_t)info->NumPending + info->NumAckPending;
    jsConsumerInfo_Destroy(info);
    return count;
}

/* ---- out --------------------------------------------------------------------- */

static void refuse(jsCtx *context, jsPubAckErr *error, void *nothing)
{
    (void)context, (void)nothing;
    bench_die("NATS has not confirmed a message", error->ErrText);
}

static void send_one(jsCtx *context, const struct plain_load *load, int64_t number)
{
    char subject[64], body[BODY_SIZE], id[BODY_ID_SIZE];
    natsMsg *message = NULL;
    int size = plain_body(load, number, body);

    body_write_id(id, number);
    snprintf(subject, sizeof subject, MESSAGES_NAME ".%s", body_type(load->body));
    must(natsMsg_Create(&message, subject, NULL, body, size), "a message of NATS");
    must(natsMsgHeader_Set(message, "content-type", "application/cloudevents+json"),
         "a header");
    must(natsMsgHeader_Set(message, "jangle-id", id), "a header");
    must(natsMsgHeader_Set(message, "Nats-Msg-Id", id), "a header");
    must(js_PublishMsgAsync(context, &message, NULL), "publishing to NATS");
}

/* libnats waits before a message that would be one too many. */
static void publish(void *context, const struct plain_load *load)
{
    struct client *client = context;
    jsOptions options;
    jsPubOptions last;
    jsCtx *publisher = NULL;

    jsOptions_Init(&options);
    options.PublishAsync.MaxPending = load->window;
    options.PublishAsync.StallWait = WAIT_MS;
    options.PublishAsync.ErrHandler = refuse;
    must(natsConnection_JetStream(&publisher, client->connection, &options), "JetStream");
    for (int64_t i = 0; i < load->count; i++)
        send_one(publisher, load, i);
    jsPubOptions_Init(&last);
    last.MaxWait = WAIT_MS;
    must(js_PublishAsyncComplete(publisher, &last), "the last confirms of NATS");
    jsCtx_Destroy(publisher);
}

/* ---- in ---------------------------------------------------------------------- */

static void take_one(natsMsg *message, struct tally *tally)
{
    const char *id = NULL;

    must(natsMsgHeader_Get(message, "jangle-id", &id), "the id of a message");
    tally_add(tally, id, strlen(id), natsMsg_GetData(message),
              (size_t)natsMsg_GetDataLength(message));
}

static void acknowledge(natsMsg *message)
{
    must(natsMsg_Ack(message, NULL), "acknowledging");
    natsMsg_Destroy(message);
}

/* What was acknowledged has reached the server in the end. */
static void take(void *context, int64_t count, struct tally *tally)
{
    struct client *client = context;
    natsSubscription *subscription = NULL;
    jsSubOptions options;

    jsSubOptions_Init(&options);
    options.Stream = options.Consumer = MESSAGES_NAME;
    must(js_PullSubscribe(&subscription, client->context,
                          MESSAGES_NAME "."
                                        "deposited",
                          MESSAGES_NAME, NULL, &options, NULL),
         "subscribing");
    while (count > 0) {
        natsMsgList list = {0};

        must(natsSubscription_Fetch(&list, subscription,
                                    (int)(count < FETCHED ? count : FETCHED), WAIT_MS,
                                    NULL),
             "fetching");
        for (int i = 0; i < list.Count; i++)
            take_one(list.Msgs[i], tally);
        tally_commit(tally);
        for (int i = 0; i < list.Count; i++) {
            acknowledge(list.Msgs[i]);
            list.Msgs[i] = NULL;
        }
        count -= list.Count;
        natsMsgList_Destroy(&list);
    }
    must(natsConnection_Flush(client->connection), "sending the rest to NATS");
    natsSubscription_Destroy(subscription);
}

const struct plain_client plain_nats = {
    .broker = broker,
    .open = open_client,
    .close = close_client,
    .publish = publish,
    .take = take,
    .left = left,
};
