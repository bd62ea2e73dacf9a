/* passwords.c - programs that have trouble with their NATS tell no secret
 * (brokers/passwords.h). */
#include "brokers/passwords.h"

#include "brokers/nats/server.h"

#include <jangle/transport/nats.h>

#include <nats/nats.h>
#include <stdio.h>

enum { URL_SIZE = 128 };

/* What was received before the server was killed comes again soon. */
static struct jangle_broker describe(const char *url, bool is_bad)
{
    static const struct jangle_nats_options soon = {.ack_wait_ms = 1000};
    static const struct jangle_nats_options no_file = {.ca_file = "/none"};

    return jangle_nats(url, is_bad ? &no_file : &soon);
}

int main(void)
{
    struct nats_server *server = nats_server_start(NULL);
    int port = nats_server_port(server), failed;
    char right_url[URL_SIZE], wrong_url[URL_SIZE];
    const struct passwords_trial trial = {
        .password = nats_server_password,
        .right_url = right_url,
        .wrong_urls = (const char *const[]){wrong_url, NULL},
        .bad_schemes = (const char *const[]){"http", "nats://", "nat", "tls", NULL},
        .path = "",
        .told = (const char *const[]){"it refuses our user", "cannot be reached", NULL},
        .describe = describe,
        .cut = nats_server_kill,
        .mend = nats_server_start_again,
        .context = server};

    snprintf(right_url, sizeof right_url, "nats://jangle:%s@127.0.0.1:%d",
             nats_server_password, port);
    snprintf(wrong_url, sizeof wrong_url, "nats://jangle:%s@127.0.0.1:%d",
             passwords_wrong, port);
    failed = passwords_try(&trial);
    nats_server_stop(server);
    nats_Close();
    return failed;
}
