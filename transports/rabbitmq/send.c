/* send.c - messages go to the broker and are confirmed. */
#include "rabbitmq/send.h"
#include "rabbitmq/connection.h"
#include "rabbitmq/names.h"
#include "rabbitmq/shown.h"

enum { LOOK_EVERY = 32 }; /* how many are sent before answers are read */

/* Messages under way. Confirms name them by their tags, which grow. A message that is
 * returned is named by nothing: the first one of the same topic, route and id is meant,
 * because the broker returns them in the order in which they were sent. */
struct sending {
    struct jn_rabbit *rabbit;
    struct jn_rabbit_connection *connection;
    struct jn_rabbit_message *messages;
    size_t count;
    size_t open; /* how many are SENT or RETURNED */
    size_t done; /* so many of the first are DONE */
    int64_t until_us;
    bool topic_is_missing; /* the broker closed the channel, and says so */
    bool is_returning;     /* the header of a returned message is to come */
    char topic[JN_RABBIT_SHORT_BYTES + 1];
    char route[JN_RABBIT_SHORT_BYTES + 1];
};

/* ---- results --------------------------------------------------------------------- */

static void settle_message(struct jn_rabbit_message *message, enum jangle_result result)
{
    message->progress = JN_RABBIT_DONE;
    message->result = result;
}

/* What is not known stays unknown, and what was not sent was not published. */
static void settle_rest(struct sending *sending)
{
    for (size_t i = 0; i < sending->count; i++) {
        struct jn_rabbit_message *message = &sending->messages[i];

        if (message->progress == JN_RABBIT_RETURNED)
            settle_message(message, JANGLE_NOT_FOUND);
        else if (message->progress == JN_RABBIT_SENT)
            settle_message(message, JANGLE_TIMEOUT);
        else if (message->progress == JN_RABBIT_UNSENT)
            settle_message(message, JANGLE_BUSY);
    }
}

/* A queue that refuses a message has not got it. A topic may have other queues that did
 * take it. */
static enum jangle_result refusal(const struct jn_rabbit_message *message)
{
    return *message->topic ? JANGLE_TIMEOUT : JANGLE_BUSY;
}

static void
confirm_messages(struct sending *sending, uint64_t tag, bool multiple, bool kept)
{
    while (sending->done < sending->count &&
           sending->messages[sending->done].progress == JN_RABBIT_DONE)
        sending->done++;
    for (size_t i = sending->done; i < sending->count; i++) {
        struct jn_rabbit_message *message = &sending->messages[i];

        if (message->progress != JN_RABBIT_SENT &&
            message->progress != JN_RABBIT_RETURNED)
            continue;
        if (message->tag > tag)
            break;
        if (message->tag < tag && !multiple)
            continue;
        sending->open--;
        if (message->progress == JN_RABBIT_RETURNED)
            settle_message(message, JANGLE_NOT_FOUND);
        else
            settle_message(message, kept ? JANGLE_OK : refusal(message));
    }
}

/* ---- answers --------------------------------------------------------------------- */

static void copy_short(char text[JN_RABBIT_SHORT_BYTES + 1], amqp_bytes_t bytes)
{
    size_t length = bytes.len < JN_RABBIT_SHORT_BYTES ? bytes.len : JN_RABBIT_SHORT_BYTES;

    if (length)
        memcpy(text, bytes.bytes, length);
    text[length] = '\0';
}

static void begin_return(struct sending *sending, const amqp_basic_return_t *returned)
{
    copy_short(sending->topic, returned->exchange);
    copy_short(sending->route, returned->routing_key);
    sending->is_returning = true;
}

static bool same_bytes(amqp_bytes_t left, amqp_bytes_t right)
{
    return left.len == right.len &&
           (left.len == 0 || memcmp(left.bytes, right.bytes, left.len) == 0);
}

static bool is_meant(const struct sending *sending,
                     const struct jn_rabbit_message *message,
                     const amqp_basic_properties_t *properties)
{
    amqp_bytes_t id = {0};

    if (properties->_flags & AMQP_BASIC_MESSAGE_ID_FLAG)
        id = properties->message_id;
    return message->progress == JN_RABBIT_SENT && message->must_be_queued &&
           strcmp(message->topic, sending->topic) == 0 &&
           strcmp(message->route, sending->route) == 0 &&
           same_bytes(message->properties.message_id, id);
}

static void end_return(struct sending *sending, const amqp_basic_properties_t *properties)
{
    sending->is_returning = false;
    for (size_t i = 0; i < sending->count; i++)
        if (is_meant(sending, &sending->messages[i], properties)) {
            sending->messages[i].progress = JN_RABBIT_RETURNED;
            return;
        }
}

static enum jangle_result read_method(struct sending *sending,
                                      const amqp_method_t *method,
                                      struct jangle_error *error)
{
    switch (method->id) {
    case AMQP_BASIC_ACK_METHOD: {
        const amqp_basic_ack_t *ack = method->decoded;

        confirm_messages(sending, ack->delivery_tag, ack->multiple, true);
        return JANGLE_OK;
    }
    case AMQP_BASIC_NACK_METHOD: {
        const amqp_basic_nack_t *nack = method->decoded;

        confirm_messages(sending, nack->delivery_tag, nack->multiple, false);
        return JANGLE_OK;
    }
    case AMQP_BASIC_RETURN_METHOD:
        begin_return(sending, method->decoded);
        return JANGLE_OK;
    case AMQP_CHANNEL_CLOSE_METHOD: {
        const amqp_channel_close_t *closed = method->decoded;

        sending->topic_is_missing = closed->reply_code == AMQP_NOT_FOUND;
        return jn_rabbit_channel_closed(closed, "RabbitMQ refused to publish", error);
    }
    default:
        return JANGLE_OK;
    }
}

/* TIMEOUT: no answer came until then. BUSY: the connection is of no use any more. */
static enum jangle_result
read_answer(struct sending *sending, int64_t until_us, struct jangle_error *error)
{
    amqp_connection_state_t state = sending->connection->state;
    amqp_frame_t frame;
    enum jangle_result result = jn_rabbit_frame(sending->rabbit, sending->connection,
                                                until_us, false, &frame, error);

    if (result)
        return result;
    if (frame.channel == 0)
        result = jn_rabbit_notice(sending->connection, &frame, error);
    else if (frame.frame_type == AMQP_FRAME_METHOD)
        result = read_method(sending, &frame.payload.method, error);
    else if (frame.frame_type == AMQP_FRAME_HEADER && sending->is_returning)
        end_return(sending, frame.payload.properties.decoded);
    amqp_maybe_release_buffers(state);
    return result;
}

/* Read what is there, and do not wait. */
static enum jangle_result read_answers(struct sending *sending,
                                       struct jangle_error *error)
{
    enum jangle_result result;

    do
        result = read_answer(sending, 0, error);
    while (result == JANGLE_OK);
    return result == JANGLE_TIMEOUT ? JANGLE_OK : result;
}

/* ---- topics ---------------------------------------------------------------------- */

static enum jangle_result
find_topic(struct sending *sending, const char *topic, struct jangle_error *error)
{
    bool fanout = sending->rabbit->settings.options.fanout;
    char what[96];

    jn_text_format(what, sizeof what, "topic %s", topic);
    amqp_exchange_declare(
        sending->connection->state, JN_RABBIT_ASKING, amqp_cstring_bytes(topic),
        amqp_cstring_bytes(fanout ? "fanout" : "topic"), 1, 1, 0, 0, amqp_empty_table);
    return jn_rabbit_answer(sending->rabbit, sending->connection, JN_RABBIT_ASKING, what,
                            error);
}

/* Topics are looked up before anything is sent: a missing one makes the broker close the
 * channel, and then nobody knows what it has kept of the others. */
static enum jangle_result
find_topic_of(struct sending *sending, size_t index, struct jangle_error *error)
{
    struct jn_rabbit_message *message = &sending->messages[index];
    enum jangle_result result;

    if (!*message->topic || jn_rabbit_knows(sending->connection, message->topic))
        return JANGLE_OK;
    result =
        jn_rabbit_ask(sending->rabbit, sending->connection, sending->until_us, error);
    if (result == JANGLE_OK)
        result = find_topic(sending, message->topic, error);
    if (result == JANGLE_OK)
        return jn_rabbit_learn(sending->connection, &sending->rabbit->allocator,
                               message->topic, error);
    if (!sending->connection->state)
        return result;
    for (size_t i = index; i < sending->count; i++) {
        struct jn_rabbit_message *same = &sending->messages[i];

        if (same->progress != JN_RABBIT_DONE && strcmp(same->topic, message->topic) == 0)
            settle_message(same, result);
    }
    return JANGLE_OK;
}

static enum jangle_result find_topics(struct sending *sending, struct jangle_error *error)
{
    enum jangle_result result = JANGLE_OK;

    for (size_t i = 0; result == JANGLE_OK && i < sending->count; i++)
        if (sending->messages[i].progress != JN_RABBIT_DONE)
            result = find_topic_of(sending, i, error);
    return result;
}

/* ---- sending --------------------------------------------------------------------- */

static enum jangle_result open_publishing(struct sending *sending,
                                          struct jangle_error *error)
{
    struct jn_rabbit *rabbit = sending->rabbit;
    struct jn_rabbit_connection *connection = sending->connection;
    enum jangle_result result;

    jn_rabbit_limit(rabbit, connection, sending->until_us);
    if (connection->publishing_is_open)
        return JANGLE_OK;
    amqp_channel_open(connection->state, JN_RABBIT_PUBLISHING);
    result = jn_rabbit_answer(rabbit, connection, JN_RABBIT_PUBLISHING,
                              "opening a channel", error);
    if (result)
        return result;
    amqp_confirm_select(connection->state, JN_RABBIT_PUBLISHING);
    result = jn_rabbit_answer(rabbit, connection, JN_RABBIT_PUBLISHING,
                              "asking for confirms", error);
    if (result == JANGLE_OK) {
        connection->publishing_is_open = true;
        connection->next_tag = 1;
    }
    return result;
}

static enum jangle_result blocked(struct jangle_error *error)
{
    return jangle_error_set(error, JANGLE_BUSY,
                            "RabbitMQ has an alarm (its memory or its disk is nearly "
                            "full), and takes nothing until that is over");
}

/* After an alarm the broker publishes what it had not read, and confirms that. A new
 * connection gets none of those confirms. */
static enum jangle_result prepare_connection(struct sending *sending,
                                             struct jangle_error *error)
{
    struct jn_rabbit *rabbit = sending->rabbit;
    struct jn_rabbit_connection *connection = sending->connection;
    enum jangle_result result = JANGLE_OK;

    if (connection->state && (read_answers(sending, NULL) ||
                              (connection->left_waiting && !connection->blocked)))
        jn_rabbit_drop(connection, &rabbit->allocator);
    if (connection->blocked)
        return blocked(error);
    result = jn_rabbit_connect(rabbit, connection, sending->until_us, error);
    if (result == JANGLE_OK)
        result = open_publishing(sending, error);
    return result ? result : find_topics(sending, error);
}

static enum jangle_result send_message(struct sending *sending,
                                       struct jn_rabbit_message *message,
                                       struct jangle_error *error)
{
    struct jn_rabbit_connection *connection = sending->connection;
    int status;

    message->tag = connection->next_tag++;
    message->progress = JN_RABBIT_SENT;
    sending->open++;
    status = amqp_basic_publish(
        connection->state, JN_RABBIT_PUBLISHING, amqp_cstring_bytes(message->topic),
        amqp_cstring_bytes(message->route), message->must_be_queued, 0,
        &message->properties, message->body);
    if (status == AMQP_STATUS_OK)
        return JANGLE_OK;
    return jangle_error_set(error, JANGLE_BUSY, "RabbitMQ did not take a parcel: %s",
                            amqp_error_string2(status));
}

static enum jangle_result send_messages(struct sending *sending,
                                        struct jangle_error *error)
{
    enum jangle_result result = JANGLE_OK;
    size_t sent = 0;

    for (size_t i = 0; result == JANGLE_OK && i < sending->count; i++) {
        if (sending->messages[i].progress != JN_RABBIT_UNSENT)
            continue;
        if (sending->connection->blocked)
            return blocked(error);
        if (sent && jn_rabbit_now_us(sending->rabbit) >= sending->until_us)
            return JANGLE_TIMEOUT;
        result = send_message(sending, &sending->messages[i], error);
        if (result == JANGLE_OK && ++sent % LOOK_EVERY == 0)
            result = read_answers(sending, error);
    }
    return result;
}

static enum jangle_result wait_for_confirms(struct sending *sending,
                                            struct jangle_error *error)
{
    enum jangle_result result = JANGLE_OK;

    while (result == JANGLE_OK && sending->open > 0 && !sending->connection->blocked)
        result = read_answer(sending, sending->until_us, error);
    if (result == JANGLE_OK && sending->open > 0)
        return blocked(error);
    return result;
}

/* A topic was removed after it had been looked up. Which one? */
static enum jangle_result find_removed_topics(struct sending *sending,
                                              struct jangle_error *error)
{
    struct jn_rabbit *rabbit = sending->rabbit;
    enum jangle_result result;

    jn_rabbit_drop(sending->connection, &rabbit->allocator);
    result = jn_rabbit_connect(rabbit, sending->connection, sending->until_us, error);
    if (result == JANGLE_OK)
        result = find_topics(sending, error);
    for (size_t i = 0; result == JANGLE_OK && i < sending->count; i++)
        if (sending->messages[i].progress != JN_RABBIT_DONE)
            result = JANGLE_TIMEOUT;
    return result;
}

/* A connection on which a confirm may still come late is dropped, so that the confirm
 * answers nothing else. One that is blocked is kept, because that is how its end is
 * noticed. */
static enum jangle_result end_sending(struct sending *sending,
                                      enum jangle_result result,
                                      struct jangle_error *error)
{
    struct jn_rabbit_connection *connection = sending->connection;

    if (result == JANGLE_OK)
        return JANGLE_OK;
    if (connection->state && connection->blocked) {
        connection->left_waiting = connection->left_waiting || sending->open > 0;
    } else {
        jn_rabbit_drop(connection, &sending->rabbit->allocator);
    }
    settle_rest(sending);
    if (result == JANGLE_TIMEOUT)
        jangle_error_set(error, JANGLE_TIMEOUT,
                         "RabbitMQ did not confirm in time what was published");
    return result;
}

enum jangle_result jn_rabbit_send(struct jn_rabbit *rabbit,
                                  struct jn_rabbit_message *messages,
                                  size_t count,
                                  int64_t timeout_ms,
                                  struct jangle_error *error)
{
    struct sending sending = {.rabbit = rabbit,
                              .connection = &rabbit->publishing,
                              .messages = messages,
                              .count = count,
                              .until_us = jn_rabbit_after_ms(rabbit, timeout_ms)};
    enum jangle_result result = prepare_connection(&sending, error);

    if (result == JANGLE_OK)
        result = send_messages(&sending, error);
    if (result == JANGLE_OK)
        result = wait_for_confirms(&sending, error);
    if (result == JANGLE_BUSY && sending.topic_is_missing)
        result = find_removed_topics(&sending, error);
    return end_sending(&sending, result, error);
}

void jn_rabbit_tend_publishing(struct jn_rabbit *rabbit)
{
    struct sending sending = {.rabbit = rabbit, .connection = &rabbit->publishing};

    if (rabbit->publishing.state && read_answers(&sending, NULL))
        jn_rabbit_drop(&rabbit->publishing, &rabbit->allocator);
}
