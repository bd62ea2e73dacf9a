/* passwords.c - programs that have trouble with their RabbitMQ tell no secret
 * (brokers/passwords.h). The server is shared, so only the way to it is cut. */
#include "brokers/passwords.h"

#include "brokers/rabbitmq/relay.h"
#include "brokers/rabbitmq/shared.h"

#include <jangle/transport/rabbitmq.h>

#include <stdio.h>

enum { URL_SIZE = 128 };

static struct jangle_broker describe(const char *url, bool is_bad)
{
    static const struct jangle_rabbitmq_options no_file = {.ca_file = "/none"};

    return jangle_rabbitmq(url, is_bad ? &no_file : NULL);
}

static bool cut(void *context)
{
    relay_cut(context);
    return true;
}

static bool mend(void *context)
{
    relay_mend(context);
    return true;
}

int main(void)
{
    struct rabbitmq_server *server = rabbitmq_shared_start();
    struct relay relay = relay_start(rabbitmq_server_port(server));
    char right_url[URL_SIZE], wrong_url[URL_SIZE];
    const struct passwords_trial trial = {
        .password = rabbitmq_server_password,
        .right_url = right_url,
        .wrong_urls = (const char *const[]){wrong_url, NULL},
        .bad_schemes = (const char *const[]){"http", "amqp://", "amq", "amqps", NULL},
        .path = "/tests",
        .told = (const char *const[]){"ACCESS_REFUSED", "refused", NULL},
        .describe = describe,
        .cut = cut,
        .mend = mend,
        .context = &relay};
    int failed;

    snprintf(right_url, sizeof right_url, "amqp://jangle:%s@127.0.0.1:%d/tests",
             rabbitmq_server_password, relay.port);
    snprintf(wrong_url, sizeof wrong_url, "amqp://jangle:%s@127.0.0.1:%d/tests",
             passwords_wrong, relay.port);
    failed = passwords_try(&trial);
    relay_cut(&relay);
    rabbitmq_server_stop(server);
    return failed;
}
