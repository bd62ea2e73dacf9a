/* login.c - a connection to one host, up to the login. */
#include "rabbitmq/login.h"
#include "rabbitmq/dial.h"
#include "rabbitmq/shown.h"

#include <amqp_ssl_socket.h>
#include <amqp_tcp_socket.h>

enum { FRAME_BYTES = 131072, HOST_SHOWN = 80 };

/* ---- reaching the host ------------------------------------------------------------- */

static enum jangle_result wrong_host(const struct jn_rabbit_host *host,
                                     const char *fault,
                                     struct jangle_error *error)
{
    return jangle_error_set(error, JANGLE_BUSY, "%s:%d: %s",
                            JN_SHOWN(HOST_SHOWN, host->name), host->port, fault);
}

static const char *tls_fault(int status)
{
    switch (status) {
    case AMQP_STATUS_SSL_HOSTNAME_VERIFY_FAILED:
        return "its certificate is for another host";
    case AMQP_STATUS_SSL_PEER_VERIFY_FAILED:
        return "its certificate is not signed by anybody whom `ca_file` names";
    case AMQP_STATUS_SSL_CONNECTION_FAILED:
    case AMQP_STATUS_SSL_ERROR:
        return "no TLS with it: perhaps it speaks plain AMQP (amqp://), or its "
               "certificate is not signed by anybody whom `ca_file` names";
    default:
        return amqp_error_string2(status);
    }
}

static amqp_socket_t *make_tls_socket(const struct jn_rabbit *rabbit,
                                      struct jn_rabbit_connection *connection)
{
    const struct jangle_rabbitmq_options *options = &rabbit->settings.options;
    amqp_socket_t *tls = amqp_ssl_socket_new(connection->state);

    if (!tls || amqp_ssl_socket_set_cacert(tls, options->ca_file) ||
        (options->cert_file &&
         amqp_ssl_socket_set_key(tls, options->cert_file, options->key_file)))
        return NULL;
    amqp_ssl_socket_set_verify_peer(tls, 1);
    amqp_ssl_socket_set_verify_hostname(tls, 1);
    return amqp_ssl_socket_set_ssl_versions(tls, AMQP_TLSv1_2, AMQP_TLSvLATEST) ? NULL
                                                                                : tls;
}

static enum jangle_result reach_by_tls(struct jn_rabbit *rabbit,
                                       struct jn_rabbit_connection *connection,
                                       const struct jn_rabbit_host *host,
                                       int64_t until_us,
                                       struct jangle_error *error)
{
    struct timeval time = jn_rabbit_time_until(rabbit, until_us);
    amqp_socket_t *tls = make_tls_socket(rabbit, connection);
    int status;

    if (!tls)
        return wrong_host(host, "`ca_file`, `cert_file` or `key_file` cannot be read",
                          error);
    status = amqp_socket_open_noblock(tls, host->name, host->port, &time);
    if (status == AMQP_STATUS_TIMEOUT)
        return wrong_host(host, "it did not answer in time (TLS)", error);
    return status ? wrong_host(host, tls_fault(status), error) : JANGLE_OK;
}

static enum jangle_result reach_by_tcp(struct jn_rabbit *rabbit,
                                       struct jn_rabbit_connection *connection,
                                       const struct jn_rabbit_host *host,
                                       int64_t until_us,
                                       struct jangle_error *error)
{
    amqp_socket_t *tcp = amqp_tcp_socket_new(connection->state);
    enum jangle_result result;
    int file = -1;

    if (!tcp)
        return jangle_error_set(error, JANGLE_NO_MEMORY, "no memory for a socket");
    result = jn_rabbit_dial(rabbit, host, until_us, &file, error);
    if (result == JANGLE_OK)
        amqp_tcp_socket_set_sockfd(tcp, file);
    return result;
}

/* ---- logging in ------------------------------------------------------------------ */

static amqp_table_entry_t truth(const char *name)
{
    return (amqp_table_entry_t){
        .key = amqp_cstring_bytes(name),
        .value = {.kind = AMQP_FIELD_KIND_BOOLEAN, .value.boolean = 1}};
}

/* RabbitMQ takes the user from the certificate, and does not read the identity, which
 * librabbitmq refuses to send if it is empty. */
static const char any_identity[] = "certificate";

static amqp_rpc_reply_t log_in(struct jn_rabbit *rabbit,
                               struct jn_rabbit_connection *connection,
                               const struct jn_rabbit_host *host)
{
    const struct jangle_rabbitmq_options *options = &rabbit->settings.options;
    amqp_table_entry_t known[] = {truth("consumer_cancel_notify"),
                                  truth("connection.blocked"), truth("basic.nack"),
                                  truth("publisher_confirms")};
    amqp_table_entry_t entries[] = {
        {.key = amqp_cstring_bytes("capabilities"),
         .value = {.kind = AMQP_FIELD_KIND_TABLE,
                   .value.table = {.num_entries = 4, .entries = known}}},
        {.key = amqp_cstring_bytes("connection_name"),
         .value = {.kind = AMQP_FIELD_KIND_UTF8,
                   .value.bytes = amqp_cstring_bytes(rabbit->name)}}};
    amqp_table_t table = {.num_entries = 2, .entries = entries};
    int heartbeat = (int)(options->heartbeat_ms / 1000);

    if (options->cert_file && host->tls && !host->user)
        return amqp_login_with_properties(connection->state, host->vhost, 0, FRAME_BYTES,
                                          heartbeat, &table, AMQP_SASL_METHOD_EXTERNAL,
                                          any_identity);
    return amqp_login_with_properties(connection->state, host->vhost, 0, FRAME_BYTES,
                                      heartbeat, &table, AMQP_SASL_METHOD_PLAIN,
                                      host->user ? host->user : "guest",
                                      host->user ? host->password : "guest");
}

/* A broker that refuses our certificate ends the connection only when TLS is made, and
 * librabbitmq does not tell why. */
static const char *tls_login_fault(const struct jn_rabbit *rabbit, int status)
{
    bool ended = status == AMQP_STATUS_SSL_ERROR || status == AMQP_STATUS_SOCKET_ERROR ||
                 status == AMQP_STATUS_CONNECTION_CLOSED;

    if (rabbit->settings.options.cert_file && ended)
        return "it ended TLS during the login: perhaps it does not accept the "
               "certificate `cert_file`";
    return amqp_error_string2(status);
}

/* Why a login failed, of what librabbitmq knows. */
static enum jangle_result login_fault(struct jn_rabbit *rabbit,
                                      const struct jn_rabbit_host *host,
                                      const amqp_rpc_reply_t *reply,
                                      struct jangle_error *error)
{
    char shown[128];

    if (reply->reply_type == AMQP_RESPONSE_SERVER_EXCEPTION &&
        reply->reply.id == AMQP_CONNECTION_CLOSE_METHOD) {
        const amqp_connection_close_t *closed = reply->reply.decoded;

        return wrong_host(host, jn_rabbit_shown(shown, sizeof shown, closed->reply_text),
                          error);
    }
    return wrong_host(host,
                      host->tls ? tls_login_fault(rabbit, reply->library_error)
                                : jn_rabbit_probe(rabbit, host),
                      error);
}

enum jangle_result jn_rabbit_log_in(struct jn_rabbit *rabbit,
                                    struct jn_rabbit_connection *connection,
                                    const struct jn_rabbit_host *host,
                                    int64_t until_us,
                                    struct jangle_error *error)
{
    amqp_rpc_reply_t reply;
    struct timeval time;
    enum jangle_result result;

    connection->state = amqp_new_connection();
    if (!connection->state)
        return jangle_error_set(error, JANGLE_NO_MEMORY, "no memory for a connection");
    result = (host->tls ? reach_by_tls : reach_by_tcp)(rabbit, connection, host, until_us,
                                                       error);
    if (result)
        return result;
    connection->file = amqp_get_sockfd(connection->state);
    time = jn_rabbit_time_until(rabbit, until_us);
    jn_rabbit_limit_writes(connection->file, &time);
    amqp_set_handshake_timeout(connection->state, &time);
    amqp_set_rpc_timeout(connection->state, &time);
    reply = log_in(rabbit, connection, host);
    if (reply.reply_type != AMQP_RESPONSE_NORMAL)
        return login_fault(rabbit, host, &reply, error);
    connection->generation++;
    return JANGLE_OK;
}
