/* plain_rabbitmq.c - what a program does with librabbitmq alone. */
#include "rows/plain_rabbitmq.h"
#include "bench.h"
#include "broker.h"
#include "rows/messages.h"

#include <amqp_framing.h>
#include <amqp_tcp_socket.h>
#include <jangle/transport/rabbitmq.h>
#include <stdlib.h>
#include <string.h>

enum { CHANNEL = 1, PREFETCH = 256, ACKNOWLEDGED = 64 };

/* ---- a connection ------------------------------------------------------------ */

static void must(const struct rabbit *rabbit, const char *what)
{
    amqp_rpc_reply_t reply = amqp_get_rpc_reply(rabbit->state);

    if (reply.reply_type != AMQP_RESPONSE_NORMAL)
        bench_die(what, "RabbitMQ refused this, or the connection broke");
}

static void must_be_ok(int status, const char *what)
{
    if (status != AMQP_STATUS_OK)
        bench_die(what, amqp_error_string2(status));
}

void rabbit_open(struct rabbit *rabbit)
{
    struct amqp_connection_info info;
    char *url = strdup(broker_url(BENCH_RABBITMQ));
    amqp_socket_t *socket;

    if (!url)
        bench_die("librabbitmq", "there is too little memory");
    must_be_ok(amqp_parse_url(url, &info), "the URL of the broker");
    rabbit->state = amqp_new_connection();
    socket = amqp_tcp_socket_new(rabbit->state);
    if (!socket)
        bench_die("librabbitmq", "there is too little memory");
    must_be_ok(amqp_socket_open(socket, info.host, info.port), "connecting");
    if (amqp_login(rabbit->state, info.vhost, 0, AMQP_DEFAULT_FRAME_SIZE, 0,
                   AMQP_SASL_METHOD_PLAIN, info.user, info.password)
            .reply_type != AMQP_RESPONSE_NORMAL)
        bench_die("librabbitmq", "RabbitMQ lets nobody in");
    amqp_channel_open(rabbit->state, CHANNEL);
    must(rabbit, "a channel");
    free(url);
}

void rabbit_close(struct rabbit *rabbit)
{
    amqp_connection_close(rabbit->state, AMQP_REPLY_SUCCESS);
    amqp_destroy_connection(rabbit->state);
}

/* ---- queues ------------------------------------------------------------------ */

static void declare_queue(struct rabbit *rabbit, amqp_bytes_t name, bool classic)
{
    amqp_table_entry_t entries[] = {
        {.key = amqp_cstring_bytes("x-queue-type"),
         .value = {.kind = AMQP_FIELD_KIND_UTF8,
                   .value.bytes = amqp_cstring_bytes(classic ? "classic" : "quorum")}}};
    amqp_table_t arguments = {.num_entries = 1, .entries = entries};

    amqp_queue_declare(rabbit->state, CHANNEL, name, 0, 1, 0, 0, arguments);
    must(rabbit, "a queue");
}

void rabbit_declare(struct rabbit *rabbit, const char *name, bool classic)
{
    amqp_bytes_t text = amqp_cstring_bytes(name);

    amqp_exchange_declare(rabbit->state, CHANNEL, text, amqp_cstring_bytes("topic"), 0, 1,
                          0, 0, amqp_empty_table);
    must(rabbit, "a topic");
    declare_queue(rabbit, text, classic);
    amqp_queue_bind(rabbit->state, CHANNEL, text, text, amqp_cstring_bytes("#"),
                    amqp_empty_table);
    must(rabbit, "a binding");
}

void rabbit_remove(struct rabbit *rabbit, const char *name)
{
    amqp_queue_delete(rabbit->state, CHANNEL, amqp_cstring_bytes(name), 0, 0);
    must(rabbit, "removing a queue");
    amqp_exchange_delete(rabbit->state, CHANNEL, amqp_cstring_bytes(name), 0);
    must(rabbit, "removing a topic");
}

int64_t rabbit_left(struct rabbit *rabbit, const char *queue)
{
    amqp_queue_declare_ok_t *found = amqp_queue_declare(
        rabbit->state, CHANNEL, amqp_cstring_bytes(queue), 1, 1, 0, 0, amqp_empty_table);

    must(rabbit, "counting a queue");
    return found->message_count;
}

/* ---- out --------------------------------------------------------------------- */

void rabbit_send(struct rabbit *rabbit, const struct plain_load *load, int64_t number)
{
    char body[BODY_SIZE], id[BODY_ID_SIZE];
    amqp_basic_properties_t properties = {
        ._flags = AMQP_BASIC_CONTENT_TYPE_FLAG | AMQP_BASIC_DELIVERY_MODE_FLAG |
                  AMQP_BASIC_MESSAGE_ID_FLAG,
        .content_type = amqp_cstring_bytes("application/cloudevents+json"),
        .delivery_mode = AMQP_DELIVERY_PERSISTENT,
    };

    plain_body(load, number, body);
    body_write_id(id, number);
    properties.message_id = amqp_cstring_bytes(id);
    must_be_ok(amqp_basic_publish(rabbit->state, CHANNEL,
                                  amqp_cstring_bytes(MESSAGES_NAME),
                                  amqp_cstring_bytes(body_type(load->body)), 0, 0,
                                  &properties, amqp_cstring_bytes(body)),
               "publishing");
}

/* What is confirmed of the messages that were sent. Confirms of single messages may come
 * before those of earlier ones. */
struct confirms {
    bool *done; /* by tags, which begin with 1 */
    int64_t count;
    uint64_t upto; /* a confirm of several has reached this tag */
};

static void confirm_one(struct confirms *confirms, uint64_t tag)
{
    confirms->count += !confirms->done[tag];
    confirms->done[tag] = true;
}

static void read_confirm(const struct rabbit *rabbit, struct confirms *confirms)
{
    amqp_frame_t frame;
    const amqp_basic_ack_t *ack;

    amqp_maybe_release_buffers(rabbit->state);
    must_be_ok(amqp_simple_wait_frame(rabbit->state, &frame), "waiting for a confirm");
    if (frame.frame_type != AMQP_FRAME_METHOD ||
        frame.payload.method.id != AMQP_BASIC_ACK_METHOD)
        bench_die("librabbitmq", "RabbitMQ did not confirm a message");
    ack = frame.payload.method.decoded;
    while (ack->multiple && confirms->upto < ack->delivery_tag)
        confirm_one(confirms, ++confirms->upto);
    confirm_one(confirms, ack->delivery_tag);
}

static bool has_more(const struct rabbit *rabbit)
{
    return amqp_data_in_buffer(rabbit->state) || amqp_frames_enqueued(rabbit->state);
}

void rabbit_publish(struct rabbit *rabbit, const struct plain_load *load)
{
    struct confirms confirms = {.done = bench_new((size_t)load->count + 1)};
    int64_t sent = 0;

    amqp_confirm_select(rabbit->state, CHANNEL);
    must(rabbit, "asking for confirms");
    while (confirms.count < load->count) {
        while (sent < load->count && sent - confirms.count < load->window)
            rabbit_send(rabbit, load, sent++);
        do
            read_confirm(rabbit, &confirms);
        while (has_more(rabbit));
    }
    free(confirms.done);
}

/* ---- in ---------------------------------------------------------------------- */

void rabbit_consume(struct rabbit *rabbit, const char *queue)
{
    amqp_basic_qos(rabbit->state, CHANNEL, 0, PREFETCH, 0);
    must(rabbit, "a prefetch");
    amqp_basic_consume(rabbit->state, CHANNEL, amqp_cstring_bytes(queue),
                       amqp_empty_bytes, 0, 0, 0, amqp_empty_table);
    must(rabbit, "consuming");
}

/* All up to that one. */
static void acknowledge(struct rabbit *rabbit, struct tally *tally, uint64_t tag)
{
    tally_commit(tally);
    must_be_ok(amqp_basic_ack(rabbit->state, CHANNEL, tag, 1), "acknowledging");
}

void rabbit_take(struct rabbit *rabbit, int64_t count, struct tally *tally)
{
    amqp_envelope_t envelope;

    for (int64_t taken = 1; taken <= count; taken++) {
        amqp_maybe_release_buffers(rabbit->state);
        if (amqp_consume_message(rabbit->state, &envelope, NULL, 0).reply_type !=
            AMQP_RESPONSE_NORMAL)
            bench_die("librabbitmq", "no message came");
        tally_add(tally, envelope.message.properties.message_id.bytes,
                  envelope.message.properties.message_id.len, envelope.message.body.bytes,
                  envelope.message.body.len);
        if (taken % ACKNOWLEDGED == 0 || taken == count)
            acknowledge(rabbit, tally, envelope.delivery_tag);
        amqp_destroy_envelope(&envelope);
    }
}

/* ---- plain.h ----------------------------------------------------------------- */

static struct jangle_broker broker(bool classic)
{
    static const struct jangle_rabbitmq_options options[] = {
        {.queues = JANGLE_RABBITMQ_QUORUM}, {.queues = JANGLE_RABBITMQ_CLASSIC}};

    return jangle_rabbitmq(broker_url(BENCH_RABBITMQ), &options[classic]);
}

static void *open_client(void)
{
    struct rabbit *rabbit = bench_new(sizeof *rabbit);

    rabbit_open(rabbit);
    return rabbit;
}

static void close_client(void *client)
{
    rabbit_close(client);
    free(client);
}

static void declare(void *client, bool classic)
{
    rabbit_declare(client, MESSAGES_NAME, classic);
}

static void remove_both(void *client)
{
    rabbit_remove(client, MESSAGES_NAME);
}

static void publish(void *client, const struct plain_load *load)
{
    rabbit_publish(client, load);
}

static void take(void *client, int64_t count, struct tally *tally)
{
    rabbit_consume(client, MESSAGES_NAME);
    rabbit_take(client, count, tally);
}

static int64_t left(void *client)
{
    return rabbit_left(client, MESSAGES_NAME);
}

const struct plain_client plain_rabbitmq = {
    .broker = broker,
    .open = open_client,
    .close = close_client,
    .declare = declare,
    .remove = remove_both,
    .publish = publish,
    .take = take,
    .left = left,
};
