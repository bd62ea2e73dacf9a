/* plain.c - what a program does with librabbitmq alone: the loops that rows of jangle are
 * beside. */
#include "rows/plain.h"
#include "bench.h"
#include "broker.h"

#include <amqp_framing.h>
#include <amqp_tcp_socket.h>
#include <stdlib.h>
#include <string.h>

enum { CHANNEL = 1, PREFETCH = 256, ACKNOWLEDGED = 64 };

/* ---- a connection ------------------------------------------------------------ */

static void must(const struct plain *plain, const char *what)
{
    amqp_rpc_reply_t reply = amqp_get_rpc_reply(plain->state);

    if (reply.reply_type != AMQP_RESPONSE_NORMAL)
        bench_die(what, "RabbitMQ refused this, or the connection broke");
}

static void must_be_ok(int status, const char *what)
{
    if (status != AMQP_STATUS_OK)
        bench_die(what, amqp_error_string2(status));
}

void plain_open(struct plain *plain)
{
    struct amqp_connection_info info;
    char *url = strdup(broker_url());
    amqp_socket_t *socket;

    if (!url)
        bench_die("plain", "there is too little memory");
    must_be_ok(amqp_parse_url(url, &info), "the URL of the broker");
    plain->state = amqp_new_connection();
    socket = amqp_tcp_socket_new(plain->state);
    if (!socket)
        bench_die("plain", "there is too little memory");
    must_be_ok(amqp_socket_open(socket, info.host, info.port), "connecting");
    if (amqp_login(plain->state, info.vhost, 0, AMQP_DEFAULT_FRAME_SIZE, 0,
                   AMQP_SASL_METHOD_PLAIN, info.user, info.password)
            .reply_type != AMQP_RESPONSE_NORMAL)
        bench_die("plain", "RabbitMQ lets nobody in");
    amqp_channel_open(plain->state, CHANNEL);
    must(plain, "a channel");
    free(url);
}

void plain_close(struct plain *plain)
{
    amqp_connection_close(plain->state, AMQP_REPLY_SUCCESS);
    amqp_destroy_connection(plain->state);
}

/* ---- queues ------------------------------------------------------------------ */

static void declare_queue(struct plain *plain, amqp_bytes_t name, bool classic)
{
    amqp_table_entry_t entries[] = {
        {.key = amqp_cstring_bytes("x-queue-type"),
         .value = {.kind = AMQP_FIELD_KIND_UTF8,
                   .value.bytes = amqp_cstring_bytes(classic ? "classic" : "quorum")}}};
    amqp_table_t arguments = {.num_entries = 1, .entries = entries};

    amqp_queue_declare(plain->state, CHANNEL, name, 0, 1, 0, 0, arguments);
    must(plain, "a queue");
}

void plain_declare(struct plain *plain, const char *name, bool classic)
{
    amqp_bytes_t text = amqp_cstring_bytes(name);

    amqp_exchange_declare(plain->state, CHANNEL, text, amqp_cstring_bytes("topic"), 0, 1,
                          0, 0, amqp_empty_table);
    must(plain, "a topic");
    declare_queue(plain, text, classic);
    amqp_queue_bind(plain->state, CHANNEL, text, text, amqp_cstring_bytes("#"),
                    amqp_empty_table);
    must(plain, "a binding");
}

void plain_remove(struct plain *plain, const char *name)
{
    amqp_queue_delete(plain->state, CHANNEL, amqp_cstring_bytes(name), 0, 0);
    must(plain, "removing a queue");
    amqp_exchange_delete(plain->state, CHANNEL, amqp_cstring_bytes(name), 0);
    must(plain, "removing a topic");
}

int64_t plain_left(struct plain *plain, const char *queue)
{
    amqp_queue_declare_ok_t *found = amqp_queue_declare(
        plain->state, CHANNEL, amqp_cstring_bytes(queue), 1, 1, 0, 0, amqp_empty_table);

    must(plain, "counting a queue");
    return found->message_count;
}

/* ---- out --------------------------------------------------------------------- */

void plain_send(struct plain *plain, const struct plain_load *load, int64_t number)
{
    char body[BODY_SIZE], id[BODY_ID_SIZE];
    amqp_basic_properties_t properties = {
        ._flags = AMQP_BASIC_CONTENT_TYPE_FLAG | AMQP_BASIC_DELIVERY_MODE_FLAG |
                  AMQP_BASIC_MESSAGE_ID_FLAG,
        .content_type = amqp_cstring_bytes("application/cloudevents+json"),
        .delivery_mode = AMQP_DELIVERY_PERSISTENT,
    };
    const char *route = load->topic ? body_type(load->body) : load->queue;

    body_write(body, load->body, number, number % load->streams);
    body_write_id(id, number);
    properties.message_id = amqp_cstring_bytes(id);
    must_be_ok(amqp_basic_publish(plain->state, CHANNEL,
                                  amqp_cstring_bytes(load->topic ? load->topic : ""),
                                  amqp_cstring_bytes(route), 0, 0, &properties,
                                  amqp_cstring_bytes(body)),
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

static void read_confirm(const struct plain *plain, struct confirms *confirms)
{
    amqp_frame_t frame;
    const amqp_basic_ack_t *ack;

    amqp_maybe_release_buffers(plain->state);
    must_be_ok(amqp_simple_wait_frame(plain->state, &frame), "waiting for a confirm");
    if (frame.frame_type != AMQP_FRAME_METHOD ||
        frame.payload.method.id != AMQP_BASIC_ACK_METHOD)
        bench_die("plain", "RabbitMQ did not confirm a message");
    ack = frame.payload.method.decoded;
    while (ack->multiple && confirms->upto < ack->delivery_tag)
        confirm_one(confirms, ++confirms->upto);
    confirm_one(confirms, ack->delivery_tag);
}

static bool has_more(const struct plain *plain)
{
    return amqp_data_in_buffer(plain->state) || amqp_frames_enqueued(plain->state);
}

void plain_publish(struct plain *plain, const struct plain_load *load)
{
    struct confirms confirms = {.done = bench_new((size_t)load->count + 1)};
    int64_t sent = 0;

    amqp_confirm_select(plain->state, CHANNEL);
    must(plain, "asking for confirms");
    while (confirms.count < load->count) {
        while (sent < load->count && sent - confirms.count < load->window)
            plain_send(plain, load, sent++);
        do
            read_confirm(plain, &confirms);
        while (has_more(plain));
    }
    free(confirms.done);
}

/* ---- in ---------------------------------------------------------------------- */

void plain_consume(struct plain *plain, const char *queue)
{
    amqp_basic_qos(plain->state, CHANNEL, 0, PREFETCH, 0);
    must(plain, "a prefetch");
    amqp_basic_consume(plain->state, CHANNEL, amqp_cstring_bytes(queue), amqp_empty_bytes,
                       0, 0, 0, amqp_empty_table);
    must(plain, "consuming");
}

void plain_take(struct plain *plain, int64_t count, struct tally *tally)
{
    amqp_envelope_t envelope;

    for (int64_t taken = 1; taken <= count; taken++) {
        amqp_maybe_release_buffers(plain->state);
        if (amqp_consume_message(plain->state, &envelope, NULL, 0).reply_type !=
            AMQP_RESPONSE_NORMAL)
            bench_die("plain", "no message came");
        tally_add(tally, envelope.message.properties.message_id.bytes,
                  envelope.message.properties.message_id.len, envelope.message.body.len);
        if (taken % ACKNOWLEDGED == 0 || taken == count)
            must_be_ok(amqp_basic_ack(plain->state, CHANNEL, envelope.delivery_tag, 1),
                       "acknowledging");
        amqp_destroy_envelope(&envelope);
    }
}
