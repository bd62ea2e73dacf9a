/* stand_in.c - a server of the test's own that stands in for Amazon. */
#include "brokers/aws/stand_in.h"
#include "brokers/aws/sigv4.h"
#include "brokers/server_process.h"

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CONNECTIONS_MAX = 16, REQUESTS_MAX = 256, ANSWERS_MAX = 64, READ_SIZE = 65536 };

struct connection {
    int file; /* -1: none */
    char *bytes;
    size_t size;
};

struct answer {
    int status;
    const char *body;
};

struct stand_in {
    char secret[120];
    char endpoint[48];
    int listener;
    int end[2]; /* a byte in this pipe ends the thread */
    pthread_t thread;
    struct connection connections[CONNECTIONS_MAX];
    pthread_mutex_t mutex; /* of what is below */
    struct stand_in_request requests[REQUESTS_MAX];
    size_t request_count;
    struct answer answers[ANSWERS_MAX];
    size_t answer_count;
    size_t answers_given;
};

char *stand_in_header(const char *head, const char *name)
{
    size_t size = strlen(name);
    const char *line = strstr(head, "\r\n");

    for (; line && line[2] != '\r'; line = strstr(line + 2, "\r\n")) {
        const char *value = line + 2 + size + 1;

        if (strncasecmp(line + 2, name, size) != 0 || line[2 + size] != ':')
            continue;
        value += strspn(value, " ");
        return strndup(value, strcspn(value, "\r\n"));
    }
    return NULL;
}

/* ---- requests -------------------------------------------------------------- */

static struct answer next_answer(struct stand_in *server, const char *head)
{
    struct answer answer = {200, strstr(head, "x-amz-json") ? "{}" : "<Nothing/>"};

    if (server->answers_given < server->answer_count)
        answer = server->answers[server->answers_given++];
    return answer;
}

static void drop(struct connection *connection)
{
    close(connection->file);
    free(connection->bytes);
    *connection = (struct connection){.file = -1};
}

/* In one piece: two would wait for each other. */
static void send_answer(struct connection *connection, struct answer answer)
{
    size_t room = strlen(answer.body) + 200;
    char *whole = malloc(room);
    int size =
        snprintf(whole, room, "HTTP/1.1 %d Answer\r\nContent-Length: %zu\r\n%s\r\n%s",
                 answer.status, strlen(answer.body),
                 answer.status == 302 ? "Location: /elsewhere\r\n" : "", answer.body);

    if (send(connection->file, whole, (size_t)size, MSG_NOSIGNAL) < 0)
        drop(connection);
    free(whole);
}

/* Note a request, and answer it. */
static void take_request(struct stand_in *server,
                         struct connection *connection,
                         size_t head_size,
                         size_t body_size)
{
    struct stand_in_request request = {.body_size = body_size};
    char *head = strndup(connection->bytes, head_size);
    char *body = calloc(1, body_size + 1);
    size_t whole = head_size + body_size;
    struct answer answer;

    memcpy(body, connection->bytes + head_size, body_size);
    request.head = head;
    request.body = body;
    request.fault = sigv4_fault(server->secret, head, body, body_size);
    memmove(connection->bytes, connection->bytes + whole, connection->size - whole);
    connection->size -= whole;
    pthread_mutex_lock(&server->mutex);
    if (server->request_count < REQUESTS_MAX)
        server->requests[server->request_count++] = request;
    answer = next_answer(server, head);
    pthread_mutex_unlock(&server->mutex);
    if (answer.status == STAND_IN_HANGS_UP)
        drop(connection);
    else if (answer.status != STAND_IN_SILENT)
        send_answer(connection, answer);
}

/* Is a whole request there? */
static bool find_request(struct stand_in *server, struct connection *connection)
{
    const char *end;
    char *length;
    size_t head_size, body_size;

    connection->bytes[connection->size] = '\0';
    end = strstr(connection->bytes, "\r\n\r\n");
    if (!end)
        return false;
    head_size = (size_t)(end - connection->bytes) + 4;
    length = stand_in_header(connection->bytes, "content-length");
    body_size = length ? (size_t)strtoul(length, NULL, 10) : 0;
    free(length);
    if (connection->size < head_size + body_size)
        return false;
    take_request(server, connection, head_size, body_size);
    return true;
}

static void read_connection(struct stand_in *server, struct connection *connection)
{
    ssize_t size;

    connection->bytes = realloc(connection->bytes, connection->size + READ_SIZE + 1);
    size = recv(connection->file, connection->bytes + connection->size, READ_SIZE, 0);
    if (size <= 0) {
        drop(connection);
        return;
    }
    connection->size += (size_t)size;
    while (connection->file >= 0 && connection->size && find_request(server, connection))
        continue;
}

/* ---- the thread ------------------------------------------------------------ */

static void accept_one(struct stand_in *server)
{
    int file = accept(server->listener, NULL, NULL);

    for (size_t i = 0; i < CONNECTIONS_MAX; i++)
        if (server->connections[i].file < 0) {
            server->connections[i].file = file;
            return;
        }
    close(file);
}

static void *serve(void *context)
{
    struct stand_in *server = context;
    struct pollfd files[CONNECTIONS_MAX + 2];

    for (;;) {
        for (size_t i = 0; i < CONNECTIONS_MAX; i++)
            files[i] = (struct pollfd){server->connections[i].file, POLLIN, 0};
        files[CONNECTIONS_MAX] = (struct pollfd){server->listener, POLLIN, 0};
        files[CONNECTIONS_MAX + 1] = (struct pollfd){server->end[0], POLLIN, 0};
        poll(files, CONNECTIONS_MAX + 2, -1);
        if (files[CONNECTIONS_MAX + 1].revents)
            return NULL;
        for (size_t i = 0; i < CONNECTIONS_MAX; i++)
            if (files[i].revents)
                read_connection(server, &server->connections[i]);
        if (files[CONNECTIONS_MAX].revents)
            accept_one(server);
    }
}

struct stand_in *stand_in_start(const char *secret_access_key)
{
    struct stand_in *server = calloc(1, sizeof *server);
    struct sockaddr_in address = server_address(0);
    socklen_t size = sizeof address;

    snprintf(server->secret, sizeof server->secret, "%s", secret_access_key);
    for (size_t i = 0; i < CONNECTIONS_MAX; i++)
        server->connections[i].file = -1;
    server->listener = socket(AF_INET, SOCK_STREAM, 0);
    if (server->listener < 0 || pipe(server->end) ||
        bind(server->listener, (struct sockaddr *)&address, size) ||
        listen(server->listener, CONNECTIONS_MAX) ||
        getsockname(server->listener, (struct sockaddr *)&address, &size) ||
        pthread_mutex_init(&server->mutex, NULL) ||
        pthread_create(&server->thread, NULL, serve, server))
        server_give_up("a server that stands in for Amazon");
    snprintf(server->endpoint, sizeof server->endpoint, "http://127.0.0.1:%d",
             ntohs(address.sin_port));
    return server;
}

static void free_text(const char *text)
{
    union {
        const char *constant;
        char *owned;
    } both = {.constant = text};

    free(both.owned);
}

void stand_in_stop(struct stand_in *server)
{
    if (write(server->end[1], "", 1) != 1)
        server_give_up("the end of a server");
    pthread_join(server->thread, NULL);
    for (size_t i = 0; i < CONNECTIONS_MAX; i++)
        if (server->connections[i].file >= 0)
            drop(&server->connections[i]);
    for (size_t i = 0; i < server->request_count; i++) {
        free_text(server->requests[i].head);
        free_text(server->requests[i].body);
    }
    close(server->listener);
    close(server->end[0]);
    close(server->end[1]);
    pthread_mutex_destroy(&server->mutex);
    free(server);
}

const char *stand_in_endpoint(const struct stand_in *server)
{
    return server->endpoint;
}

/* ---- the test's side ------------------------------------------------------- */

void stand_in_answer(struct stand_in *server, int status, const char *body)
{
    pthread_mutex_lock(&server->mutex);
    if (server->answer_count < ANSWERS_MAX)
        server->answers[server->answer_count++] = (struct answer){status, body};
    pthread_mutex_unlock(&server->mutex);
}

size_t stand_in_count(struct stand_in *server)
{
    size_t count;

    pthread_mutex_lock(&server->mutex);
    count = server->request_count;
    pthread_mutex_unlock(&server->mutex);
    return count;
}

struct stand_in_request stand_in_request(struct stand_in *server, size_t number)
{
    struct stand_in_request request = {.head = ""};

    pthread_mutex_lock(&server->mutex);
    if (number < server->request_count)
        request = server->requests[number];
    pthread_mutex_unlock(&server->mutex);
    return request;
}
