/* passwords.c - programs that have trouble with their Redis tell no secret
 * (brokers/passwords.h). */
#include "brokers/passwords.h"

#include "brokers/redis/line.h"

#include <stdio.h>

enum { URL_SIZE = 128 };

static struct jangle_broker describe(const char *url, bool is_bad)
{
    (void)is_bad;
    return jangle_redis(url, NULL);
}

/* A Redis that does not know a command repeats its words: here the body of a parcel. */
static void try_without_scripts(void *context, struct jangle_error *error)
{
    struct redis_server *server = context;
    struct jangle_transport *line = line_fresh(server);

    assert_result(line_publish(line, passwords_body, LINE_WAIT_MS, NULL), JANGLE_OK);
    redis_server_ask(server, "ACL SETUSER default -evalsha");
    assert_result(line_publish(line, passwords_body, LINE_WAIT_MS, error), JANGLE_BUSY);
    assert_non_null(strstr(error->message, "NOPERM"));
    redis_server_ask(server, "ACL SETUSER default +evalsha");
    line_close(line);
}

int main(void)
{
    struct redis_server *server = redis_server_start();
    int port = redis_server_port(server), failed;
    char wrong_url[URL_SIZE], no_url[URL_SIZE];
    const struct passwords_trial trial = {
        .password = redis_server_password,
        .right_url = redis_server_url(server),
        .wrong_urls = (const char *const[]){wrong_url, no_url, NULL},
        .bad_schemes = (const char *const[]){"http", "redis://", "redi", "rediss", NULL},
        .path = "/0",
        .told = (const char *const[]){"WRONGPASS", "NOAUTH", "refused", NULL},
        .describe = describe,
        .cut = redis_server_kill,
        .mend = redis_server_start_again,
        .more = try_without_scripts,
        .context = server};

    snprintf(wrong_url, sizeof wrong_url, "redis://jangle:%s@127.0.0.1:%d",
             passwords_wrong, port);
    snprintf(no_url, sizeof no_url, "redis://127.0.0.1:%d", port);
    failed = passwords_try(&trial);
    redis_server_stop(server);
    return failed;
}
