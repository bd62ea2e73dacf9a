/* plain_amqp.c - another program at the broker, which uses librabbitmq alone. */
#include "brokers/rabbitmq/plain_amqp.h"

#include "support/test.h"

#include <amqp_tcp_socket.h>

amqp_connection_state_t plain_connect(const struct rabbitmq_server *server)
{
    amqp_connection_state_t state = amqp_new_connection();
    amqp_socket_t *socket = amqp_tcp_socket_new(state);

    assert_int_equal(amqp_socket_open(socket, "127.0.0.1", rabbitmq_server_port(server)),
                     AMQP_STATUS_OK);
    assert_int_equal(amqp_login(state, "tests", 0, 131072, 0, AMQP_SASL_METHOD_PLAIN,
                                "jangle", rabbitmq_server_password)
                         .reply_type,
                     AMQP_RESPONSE_NORMAL);
    amqp_channel_open(state, 1);
    plain_assert_answered(state);
    return state;
}

void plain_close(amqp_connection_state_t state)
{
    amqp_connection_close(state, AMQP_REPLY_SUCCESS);
    amqp_destroy_connection(state);
}

void plain_assert_answered(amqp_connection_state_t state)
{
    assert_int_equal(amqp_get_rpc_reply(state).reply_type, AMQP_RESPONSE_NORMAL);
}

/* A channel is read in order, so an answer to what came after it says that it was read.
 */
void plain_publish(amqp_connection_state_t state,
                   const char *exchange,
                   const char *key,
                   const amqp_basic_properties_t *properties,
                   amqp_bytes_t body)
{
    assert_int_equal(amqp_basic_publish(state, 1, amqp_cstring_bytes(exchange),
                                        amqp_cstring_bytes(key), 0, 0, properties, body),
                     AMQP_STATUS_OK);
    amqp_basic_qos(state, 1, 0, 1, 0);
    plain_assert_answered(state);
}

void plain_remove_queue(amqp_connection_state_t state, const char *queue)
{
    amqp_queue_delete(state, 1, amqp_cstring_bytes(queue), 0, 0);
    plain_assert_answered(state);
}

void plain_move(amqp_connection_state_t state, const char *from, const char *to)
{
    amqp_rpc_reply_t reply = amqp_basic_get(state, 1, amqp_cstring_bytes(from), 0);
    const amqp_basic_get_ok_t *got = reply.reply.decoded;
    amqp_message_t message;
    uint64_t tag;

    assert_int_equal(reply.reply.id, AMQP_BASIC_GET_OK_METHOD);
    tag = got->delivery_tag;
    assert_int_equal(amqp_read_message(state, 1, &message, 0).reply_type,
                     AMQP_RESPONSE_NORMAL);
    plain_publish(state, "", to, &message.properties, message.body);
    amqp_destroy_message(&message);
    assert_int_equal(amqp_basic_ack(state, 1, tag, 0), AMQP_STATUS_OK);
}

int plain_count(amqp_connection_state_t state, const char *queue)
{
    const amqp_queue_declare_ok_t *told = amqp_queue_declare(
        state, 1, amqp_cstring_bytes(queue), 1, 1, 0, 0, amqp_empty_table);

    plain_assert_answered(state);
    return (int)told->message_count;
}

amqp_table_entry_t plain_entry(const char *name, amqp_field_value_t value)
{
    return (amqp_table_entry_t){.key = amqp_cstring_bytes(name), .value = value};
}

amqp_field_value_t plain_text(const char *text)
{
    return (amqp_field_value_t){.kind = AMQP_FIELD_KIND_UTF8,
                                .value.bytes = amqp_cstring_bytes(text)};
}
