/* connection.c - the connection to a server. */
#include "nats/connection.h"
#include "nats/memory.h"
#include "nats/names.h"
#include "nats/url.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PING_MS = 4000, PINGS = 2, FILES_MAX = 65536 };

/* ---- what went wrong ------------------------------------------------------------ */

/* A server that is full refuses what is published; that passes. */
static enum jangle_result result_of(natsStatus status, jsErrCode code)
{
    if (status == NATS_NO_MEMORY)
        return JANGLE_NO_MEMORY;
    switch (code) {
    case JSStreamNotFoundErr:
    case JSConsumerNotFoundErr:
        return JANGLE_NOT_FOUND;
    case JSStreamSubjectOverlapErr:
    case JSStreamInvalidConfig:
    case JSStreamNameExistErr:
    case JSStreamReplicasNotSupportedErr:
        return JANGLE_INVALID;
    default:
        return JANGLE_BUSY;
    }
}

static const char *cause_of(natsStatus status, jsErrCode code)
{
    if (code == JSNotEnabledErr || code == JSNotEnabledForAccountErr)
        return "its JetStream is not enabled";
    if (code == JSStreamSubjectOverlapErr)
        return "another stream has these subjects already";
    if (code == JSStreamReplicasNotSupportedErr)
        return "it is no cluster, and cannot have replicas";
    if (code == JSInsufficientResourcesErr || code == JSStorageResourcesExceededErr)
        return "it is full";
    if (status == NATS_CONNECTION_AUTH_FAILED)
        return "it refuses our user, password, token or certificate";
    if (status == NATS_NOT_PERMITTED)
        return "it does not permit that to us";
    return natsStatus_GetText(status);
}

enum jangle_result jn_nats_fail(struct jn_nats *nats,
                                const char *what,
                                natsStatus status,
                                jsErrCode code,
                                struct jangle_error *error)
{
    enum jangle_result result = result_of(status, code);

    if (code)
        jangle_error_set(error, result, "NATS: %s: %s (error %d of JetStream)", what,
                         cause_of(status, code), (int)code);
    else
        jangle_error_set(error, result, "NATS: %s: %s", what, cause_of(status, code));
    if (!code && status != NATS_NO_MEMORY && status != NATS_NO_RESPONDERS &&
        status != NATS_NOT_PERMITTED)
        jn_nats_drop(nats);
    return result;
}

void jn_nats_forgive(struct jangle_error *error)
{
    if (error)
        *error = (struct jangle_error){0};
}

jsOptions jn_nats_asking(void)
{
    jsOptions options;

    jsOptions_Init(&options);
    options.Wait = JN_NATS_CALL_MS;
    return options;
}

/* ---- its socket ------------------------------------------------------------------ */

/* The port of a TCP socket at this end; 0: it has none. */
static int port_of(int file)
{
    int type = 0;
    socklen_t type_size = sizeof type;
    struct sockaddr_storage address;
    socklen_t size = sizeof address;
    union {
        struct sockaddr_storage *any;
        struct sockaddr *generic;
        struct sockaddr_in *four;
        struct sockaddr_in6 *six;
    } at = {.any = &address};

    if (getsockopt(file, SOL_SOCKET, SO_TYPE, &type, &type_size) || type != SOCK_STREAM ||
        getsockname(file, at.generic, &size))
        return 0;
    if (address.ss_family == AF_INET)
        return ntohs(at.four->sin_port);
    return address.ss_family == AF_INET6 ? ntohs(at.six->sin6_port) : 0;
}

/* libnats does not tell which socket it has, and a child of fork must close it. */
static void find_socket(struct jn_nats *nats)
{
    long limit = sysconf(_SC_OPEN_MAX);
    char *address = NULL;

    if (natsConnection_GetLocalIPAndPort(nats->connection, &address, &nats->port))
        return;
    jn_nats_free_text(address);
    if (limit < 0 || limit > FILES_MAX)
        limit = FILES_MAX;
    for (int file = 0; file < (int)limit && nats->file < 0; file++)
        if (port_of(file) == nats->port)
            nats->file = file;
}

/* ---- the end of a connection ----------------------------------------------------- */

static void forget(struct jn_nats *nats)
{
    nats->connection = NULL;
    nats->context = NULL;
    nats->answers = nats->arrivals = NULL;
    nats->file = -1;
    nats->port = 0;
}

void jn_nats_drop(struct jn_nats *nats)
{
    natsSubscription_Destroy(nats->answers);
    natsSubscription_Destroy(nats->arrivals);
    jsCtx_Destroy(nats->context);
    natsConnection_Destroy(nats->connection);
    forget(nats);
}

void jn_nats_disown(struct jn_nats *nats)
{
    if (nats->connection && nats->file >= 0 && port_of(nats->file) == nats->port)
        close(nats->file); /* libnats has not closed it, or it would be another one */
    forget(nats);
}

bool jn_nats_is_connected(struct jn_nats *nats)
{
    if (!nats->connection)
        return false;
    if (natsConnection_Status(nats->connection) == NATS_CONN_STATUS_CONNECTED)
        return true;
    jn_nats_drop(nats);
    return false;
}

/* ---- its beginning --------------------------------------------------------------- */

/* A connection that breaks is not mended by libnats, because then we would not know what
 * still is ours. */
static natsStatus set_general(natsOptions *options, const struct jn_nats *nats)
{
    natsStatus status = natsOptions_SetAllowReconnect(options, false);
    char inboxes[JN_NATS_INBOX_SIZE];

    JN_NATS_JOIN(inboxes, sizeof inboxes, "_INBOX.", nats->birth);

    if (!status)
        status = natsOptions_SetTimeout(options, nats->settings.options.connect_ms);
    if (!status)
        status = natsOptions_SetName(options, nats->name);
    if (!status)
        status = natsOptions_SetPingInterval(options, PING_MS);
    if (!status)
        status = natsOptions_SetMaxPingsOut(options, PINGS);
    if (!status)
        status = natsOptions_SetWriteDeadline(options, JN_NATS_WRITE_MS);
    if (!status)
        status = natsOptions_SetIgnoreDiscoveredServers(options, true);
    if (!status)
        status = natsOptions_SetCustomInboxPrefix(options, inboxes);
    return status;
}

static natsStatus set_tls(natsOptions *options,
                          const struct jn_nats_server *server,
                          const struct jangle_nats_options *given)
{
    natsStatus status = natsOptions_SetSecure(options, true);

    if (!status)
        status = natsOptions_SetExpectedHostname(options, server->host);
    if (!status && given->ca_file)
        status = natsOptions_LoadCATrustedCertificates(options, given->ca_file);
    if (!status && given->cert_file)
        status =
            natsOptions_LoadCertificatesChain(options, given->cert_file, given->key_file);
    return status;
}

static natsStatus set_options(natsOptions *options,
                              const struct jn_nats *nats,
                              const struct jn_nats_server *server)
{
    const struct jangle_nats_options *given = &nats->settings.options;
    natsStatus status = natsOptions_SetURL(options, server->url);

    if (!status && server->password)
        status = natsOptions_SetUserInfo(options, server->user, server->password);
    else if (!status && server->user)
        status = natsOptions_SetToken(options, server->user);
    if (!status)
        status = set_general(options, nats);
    if (!status && given->credentials_file)
        status = natsOptions_SetUserCredentialsFromFiles(options, given->credentials_file,
                                                         NULL);
    if (!status && server->tls)
        status = set_tls(options, server, given);
    return status;
}

natsStatus jn_nats_subscribe(struct jn_nats *nats,
                             natsSubscription **subscription,
                             char inbox[JN_NATS_INBOX_SIZE])
{
    char subject[JN_NATS_INBOX_SIZE + 2], number[24];
    natsStatus status;

    snprintf(number, sizeof number, "%llu", (unsigned long long)++nats->next_inbox);
    JN_NATS_JOIN(inbox, JN_NATS_INBOX_SIZE, "_INBOX.", nats->birth, ".", number);
    JN_NATS_JOIN(subject, sizeof subject, inbox, ".*");
    status = natsConnection_SubscribeSync(subscription, nats->connection, subject);
    if (!status)
        status = natsSubscription_SetPendingLimits(*subscription, -1, -1);
    return status;
}

static natsStatus begin(struct jn_nats *nats, natsOptions *options)
{
    natsStatus status = natsConnection_Connect(&nats->connection, options);

    if (!status)
        status = natsConnection_JetStream(&nats->context, nats->connection, NULL);
    if (!status)
        status = jn_nats_subscribe(nats, &nats->answers, nats->answers_inbox);
    if (!status)
        status = jn_nats_subscribe(nats, &nats->arrivals, nats->arrivals_inbox);
    if (status)
        return status;
    find_socket(nats);
    nats->answers_are_late = false;
    nats->generation++;
    return NATS_OK;
}

static natsStatus try_server(struct jn_nats *nats, const struct jn_nats_server *server)
{
    natsOptions *options = NULL;
    natsStatus status = natsOptions_Create(&options);

    if (!status)
        status = set_options(options, nats, server);
    if (!status)
        status = begin(nats, options);
    natsOptions_Destroy(options);
    if (status)
        jn_nats_drop(nats);
    return status;
}

enum jangle_result jn_nats_connect(struct jn_nats *nats, struct jangle_error *error)
{
    const struct jn_nats_settings *settings = &nats->settings;
    const struct jn_nats_server *server = NULL;
    natsStatus status = NATS_OK;

    if (jn_nats_is_connected(nats))
        return JANGLE_OK;
    for (size_t i = 0; i < settings->server_count; i++) {
        server = &settings->servers[nats->next_server];
        status = try_server(nats, server);
        if (!status)
            return JANGLE_OK;
        nats->next_server = (nats->next_server + 1) % settings->server_count;
    }
    return jangle_error_set(
        error, JANGLE_BUSY, "NATS: server %s cannot be reached: %s%s",
        JN_SHOWN(90, jn_nats_server_address(server)), cause_of(status, 0),
        status == NATS_CONNECTION_AUTH_FAILED || status == NATS_NOT_PERMITTED
            ? ""
            : ". Does a nats-server run there, and does nothing between keep us from "
              "it?");
}

/* ---- what is received ------------------------------------------------------------ */

/* The server has ended the old subscription, and sent all of it, when it answers. */
enum jangle_result jn_nats_renew_arrivals(struct jn_nats *nats,
                                          natsSubscription **old,
                                          struct jangle_error *error)
{
    natsStatus status;

    *old = nats->arrivals;
    nats->arrivals = NULL;
    status = natsSubscription_Drain(*old);
    if (!status)
        status = jn_nats_subscribe(nats, &nats->arrivals, nats->arrivals_inbox);
    if (!status)
        status = natsConnection_FlushTimeout(nats->connection, JN_NATS_CLOSE_MS);
    if (!status)
        return JANGLE_OK;
    return jn_nats_fail(nats, "a new subscription", status, 0, error);
}
