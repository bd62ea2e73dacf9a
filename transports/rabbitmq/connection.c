/* connection.c - a connection to the broker: made when it is needed, dropped when it is
 * in doubt. */
#include "rabbitmq/connection.h"
#include "rabbitmq/login.h"
#include "rabbitmq/names.h"
#include "rabbitmq/shown.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

enum { SLICE_MS = 250 }; /* heartbeats are looked at so often */

/* ---- time --------- ------------------------------------------------------------- */

void jn_rabbit_limit(const struct jn_rabbit *rabbit,
                     struct jn_rabbit_connection *connection,
                     int64_t until_us)
{
    struct timeval time = jn_rabbit_time_until(rabbit, until_us);

    amqp_set_rpc_timeout(connection->state, &time);
    jn_rabbit_limit_writes(connection->file, &time);
}

/* ---- making one ------------------------------------------------------------------ */

enum jangle_result jn_rabbit_connect(struct jn_rabbit *rabbit,
                                     struct jn_rabbit_connection *connection,
                                     int64_t until_us,
                                     struct jangle_error *error)
{
    const struct jn_rabbit_settings *settings = &rabbit->settings;
    char text[JN_RABBIT_REASON_SIZE];
    struct jn_sentence reasons = jn_sentence_in(text, sizeof text);
    enum jangle_result result = JANGLE_BUSY;
    int64_t floor_us = jn_rabbit_after_ms(rabbit, settings->options.connect_ms);

    if (connection->state)
        return JANGLE_OK;
    if (until_us < floor_us)
        until_us = floor_us;
    for (size_t i = 0; i < settings->host_count; i++) {
        struct jangle_error fault = {0};
        int64_t host_us = jn_rabbit_after_ms(rabbit, settings->options.connect_ms);

        if (i > 0 && jn_rabbit_now_us(rabbit) >= until_us)
            break;
        result = jn_rabbit_log_in(rabbit, connection, &settings->hosts[rabbit->next_host],
                                  host_us < until_us ? host_us : until_us, &fault);
        if (result == JANGLE_OK)
            return JANGLE_OK;
        jn_rabbit_drop(connection, &rabbit->allocator);
        rabbit->next_host = (rabbit->next_host + 1) % settings->host_count;
        jn_sentence_add(&reasons, "%s%s", reasons.used ? "; " : "", fault.message);
        if (result == JANGLE_NO_MEMORY)
            break;
    }
    return jangle_error_set(error, result, "RabbitMQ is away: %s", text);
}

/* ---- ending one ------------------------------------------------------------------ */

void jn_rabbit_drop(struct jn_rabbit_connection *connection,
                    const struct jangle_allocator *allocator)
{
    if (connection->state)
        amqp_destroy_connection(connection->state);
    jn_rabbit_forget_names(connection, allocator);
    *connection = (struct jn_rabbit_connection){.generation = connection->generation};
}

void jn_rabbit_leave(struct jn_rabbit_connection *connection,
                     const struct jangle_allocator *allocator)
{
    struct timeval time = {.tv_sec = JN_RABBIT_CLOSE_MS / 1000};

    if (connection->state && !connection->blocked) {
        amqp_set_rpc_timeout(connection->state, &time);
        jn_rabbit_limit_writes(connection->file, &time);
        amqp_connection_close(connection->state, AMQP_REPLY_SUCCESS);
    }
    jn_rabbit_drop(connection, allocator);
}

void jn_rabbit_disown(struct jn_rabbit_connection *connection,
                      const struct jangle_allocator *allocator)
{
    if (connection->state) {
        int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);

        if (nowhere < 0 || dup2(nowhere, connection->file) < 0)
            close(connection->file); /* then writing fails */
        if (nowhere >= 0)
            close(nowhere);
    }
    jn_rabbit_drop(connection, allocator);
}

/* ---- frames ---------------------------------------------------------------------- */

static enum jangle_result connection_broke(int status, struct jangle_error *error)
{
    if (status == AMQP_STATUS_NO_MEMORY)
        return jangle_error_set(error, JANGLE_NO_MEMORY, "no memory for a frame");
    return jangle_error_set(error, JANGLE_BUSY, "the connection to RabbitMQ broke: %s",
                            amqp_error_string2(status));
}

/* Wait for bytes, or for a `wake`, but not longer than a slice. CANCELLED: a `wake`. */
static enum jangle_result wait_for_bytes(const struct jn_rabbit *rabbit,
                                         const struct jn_rabbit_connection *connection,
                                         int64_t us,
                                         bool may_be_woken)
{
    struct pollfd files[] = {{.fd = connection->file, .events = POLLIN},
                             {.fd = rabbit->woken[0], .events = POLLIN}};
    int64_t ms = us / 1000 + 1;

    if (poll(files, may_be_woken ? 2 : 1, (int)(ms < SLICE_MS ? ms : SLICE_MS)) <= 0)
        return JANGLE_OK;
    return may_be_woken && files[1].revents ? JANGLE_CANCELLED : JANGLE_OK;
}

enum jangle_result jn_rabbit_frame(const struct jn_rabbit *rabbit,
                                   struct jn_rabbit_connection *connection,
                                   int64_t until_us,
                                   bool may_be_woken,
                                   amqp_frame_t *frame,
                                   struct jangle_error *error)
{
    for (;;) {
        struct timeval none = {0};
        int status = amqp_simple_wait_frame_noblock(connection->state, frame, &none);
        int64_t left_us;

        if (status == AMQP_STATUS_OK)
            return JANGLE_OK;
        if (status != AMQP_STATUS_TIMEOUT)
            return connection_broke(status, error);
        left_us = until_us - jn_rabbit_now_us(rabbit);
        if (left_us <= 0)
            return JANGLE_TIMEOUT;
        if (wait_for_bytes(rabbit, connection, left_us, may_be_woken))
            return JANGLE_CANCELLED;
    }
}

enum jangle_result jn_rabbit_notice(struct jn_rabbit_connection *connection,
                                    const amqp_frame_t *frame,
                                    struct jangle_error *error)
{
    const amqp_connection_close_t *closed = frame->payload.method.decoded;
    char shown[128];

    if (frame->frame_type != AMQP_FRAME_METHOD)
        return JANGLE_OK;
    switch (frame->payload.method.id) {
    case AMQP_CONNECTION_BLOCKED_METHOD:
        connection->blocked = true;
        return JANGLE_OK;
    case AMQP_CONNECTION_UNBLOCKED_METHOD:
        connection->blocked = false;
        return JANGLE_OK;
    case AMQP_CONNECTION_CLOSE_METHOD:
        return jangle_error_set(error, JANGLE_BUSY, "RabbitMQ closed the connection: %s",
                                jn_rabbit_shown(shown, sizeof shown, closed->reply_text));
    default:
        return JANGLE_OK;
    }
}

/* ---- questions ------------------------------------------------------------------- */

/* What the broker said when it closed a channel. */
static enum jangle_result show_closed(const amqp_channel_close_t *closed,
                                      enum jangle_result result,
                                      const char *what,
                                      struct jangle_error *error)
{
    char shown[220];

    return jangle_error_set(error, result, "%s: %s", what,
                            jn_rabbit_shown(shown, sizeof shown, closed->reply_text));
}

enum jangle_result jn_rabbit_channel_closed(const amqp_channel_close_t *closed,
                                            const char *what,
                                            struct jangle_error *error)
{
    return show_closed(closed, JANGLE_BUSY, what, error);
}

/* The result that belongs to the code with which a channel was closed. */
static enum jangle_result result_of(uint16_t code)
{
    if (code == AMQP_NOT_FOUND)
        return JANGLE_NOT_FOUND;
    return code == AMQP_PRECONDITION_FAILED ? JANGLE_INVALID : JANGLE_BUSY;
}

enum jangle_result jn_rabbit_answer(struct jn_rabbit *rabbit,
                                    struct jn_rabbit_connection *connection,
                                    amqp_channel_t channel,
                                    const char *what,
                                    struct jangle_error *error)
{
    amqp_rpc_reply_t reply = amqp_get_rpc_reply(connection->state);
    char shown[128];

    if (reply.reply_type == AMQP_RESPONSE_NORMAL)
        return JANGLE_OK;
    if (reply.reply_type == AMQP_RESPONSE_SERVER_EXCEPTION &&
        reply.reply.id == AMQP_CHANNEL_CLOSE_METHOD) {
        const amqp_channel_close_t *closed = reply.reply.decoded;
        enum jangle_result result =
            show_closed(closed, result_of(closed->reply_code), what, error);
        amqp_channel_close_ok_t answer = {0};

        if (channel == JN_RABBIT_ASKING)
            connection->asking_is_open = false;
        amqp_send_method(connection->state, channel, AMQP_CHANNEL_CLOSE_OK_METHOD,
                         &answer);
        return result;
    }
    if (reply.reply_type == AMQP_RESPONSE_SERVER_EXCEPTION &&
        reply.reply.id == AMQP_CONNECTION_CLOSE_METHOD) {
        const amqp_connection_close_t *closed = reply.reply.decoded;

        jangle_error_set(error, JANGLE_BUSY, "%s: RabbitMQ closed the connection: %s",
                         what, jn_rabbit_shown(shown, sizeof shown, closed->reply_text));
    } else {
        jangle_error_set(error, JANGLE_BUSY, "%s: no answer from RabbitMQ: %s", what,
                         amqp_error_string2(reply.library_error));
    }
    jn_rabbit_drop(connection, &rabbit->allocator);
    return JANGLE_BUSY;
}

enum jangle_result jn_rabbit_ask(struct jn_rabbit *rabbit,
                                 struct jn_rabbit_connection *connection,
                                 int64_t until_us,
                                 struct jangle_error *error)
{
    enum jangle_result result = JANGLE_OK;

    jn_rabbit_limit(rabbit, connection, until_us);
    if (connection->asking_is_open)
        return JANGLE_OK;
    amqp_channel_open(connection->state, JN_RABBIT_ASKING);
    result = jn_rabbit_answer(rabbit, connection, JN_RABBIT_ASKING, "opening a channel",
                              error);
    if (result == JANGLE_OK)
        connection->asking_is_open = true;
    return result;
}
