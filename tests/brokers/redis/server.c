/* server.c - a Redis of the test's own. */
#include "brokers/redis/server.h"
#include "brokers/server_process.h"
#include "support/temp_directory.h"

#include <hiredis/hiredis.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char redis_server_password[] = "rEdIs-PaSsWoRd";

enum { ANSWER_SIZE = 16384, ANSWER_MS = 60000, LOOK_MS = 10 };

struct redis_server {
    pid_t process;
    int port;
    char directory[TEMP_PATH_SIZE];
    char url[128];
    char answer[ANSWER_SIZE];
};

bool redis_server_is_installed(void)
{
    return access("/usr/bin/redis-server", X_OK) == 0;
}

static bool start_process(struct redis_server *server)
{
    char port[16], output[TEMP_PATH_SIZE];
    const char *const words[] = {"/usr/bin/redis-server",
                                 "--port",
                                 port,
                                 "--bind",
                                 "127.0.0.1",
                                 "--requirepass",
                                 redis_server_password,
                                 "--appendonly",
                                 "yes",
                                 "--appendfsync",
                                 "always",
                                 "--save",
                                 "",
                                 "--dir",
                                 server->directory,
                                 "--unixsocket",
                                 "socket",
                                 "--enable-debug-command",
                                 "local",
                                 NULL};

    snprintf(port, sizeof port, "%d", server->port);
    temp_directory_path(output, server->directory, "log");
    server->process = server_start(words, "/dev/null", output, NULL, NULL);
    return server_wait(&server->process, server->port);
}

/* ---- what somebody else says to it ------------------------------------------------- */

static void add_text(struct redis_server *server, const char *text)
{
    size_t used = strlen(server->answer);

    snprintf(server->answer + used, sizeof server->answer - used, "%s%s", used ? " " : "",
             text);
}

static void add_reply(struct redis_server *server, const redisReply *reply)
{
    char number[24];

    switch (reply->type) {
    case REDIS_REPLY_INTEGER:
        snprintf(number, sizeof number, "%lld", reply->integer);
        add_text(server, number);
        break;
    case REDIS_REPLY_ARRAY:
        for (size_t i = 0; i < reply->elements; i++)
            add_reply(server, reply->element[i]);
        break;
    case REDIS_REPLY_NIL:
        break;
    default:
        add_text(server, reply->str);
    }
}

static void ask(struct redis_server *server, redisContext *context, const char *format)
{
    redisReply *reply = redisCommand(context, "AUTH %s", redis_server_password);

    if (reply)
        freeReplyObject(reply);
    reply = redisCommand(context, "SELECT 3");
    if (reply)
        freeReplyObject(reply);
    reply = redisCommand(context, format);
    if (!reply)
        return;
    add_reply(server, reply);
    freeReplyObject(reply);
}

const char *redis_server_ask(struct redis_server *server, const char *command)
{
    redisContext *context = redisConnect("127.0.0.1", server->port);

    server->answer[0] = '\0';
    if (context && !context->err)
        ask(server, context, command);
    if (context)
        redisFree(context);
    return server->answer;
}

/* ---- life ----------------------------------------------------------------------------
 */

/* Redis listens before it has read its files. */
static bool answers(struct redis_server *server)
{
    int64_t until_ms = server_now_ms() + ANSWER_MS;

    while (server_now_ms() < until_ms) {
        if (strcmp(redis_server_ask(server, "PING"), "PONG") == 0)
            return true;
        poll(NULL, 0, LOOK_MS);
    }
    return false;
}

struct redis_server *redis_server_start(void)
{
    struct redis_server *server;

    if (!redis_server_is_installed())
        server_skip("Redis is not installed (Debian: apt-get install redis-server)");
    server = calloc(1, sizeof *server);
    if (!server)
        server_give_up("no memory");
    if (!temp_directory_make(server->directory))
        server_give_up("no directory");
    server_draw_ports(&server->port, 1);
    snprintf(server->url, sizeof server->url, "redis://:%s@127.0.0.1:%d/3",
             redis_server_password, server->port);
    if (!start_process(server) || !answers(server))
        server_give_up("Redis does not start");
    return server;
}

void redis_server_stop(struct redis_server *server)
{
    server_end(&server->process, SIGKILL);
    temp_directory_remove(server->directory);
    free(server);
}

const char *redis_server_url(const struct redis_server *server)
{
    return server->url;
}

int redis_server_port(const struct redis_server *server)
{
    return server->port;
}

const char *redis_server_directory(const struct redis_server *server)
{
    return server->directory;
}

bool redis_server_kill(void *server)
{
    server_end(&((struct redis_server *)server)->process, SIGKILL);
    return true;
}

bool redis_server_start_again(void *server)
{
    return start_process(server) && answers(server);
}

pid_t redis_server_process(const struct redis_server *server)
{
    return server->process;
}

void redis_server_freeze(struct redis_server *server)
{
    server_freeze(server->process);
}

void redis_server_thaw(struct redis_server *server)
{
    kill(server->process, SIGCONT);
}
