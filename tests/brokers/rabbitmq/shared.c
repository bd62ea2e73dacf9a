/* shared.c - the RabbitMQ that the tests of one ctest run have in common. */
#include "brokers/rabbitmq/shared.h"

#include "support/temp_directory.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char format[] = "%d %d %d %d\n";

/* All that a test has left: a virtual host with all that is in it, users, settings. */
static const char cleanup[] =
    "[ok = rabbit_vhost:delete(V, <<\"acting\">>) || V <- rabbit_vhost:list_names()], "
    "[ok = rabbit_auth_backend_internal:delete_user(proplists:get_value(user, U), "
    "<<\"acting\">>) || U <- rabbit_auth_backend_internal:list_users(), "
    "proplists:get_value(user, U) =/= <<\"jangle\">>], "
    "ok = rabbit_vhost:add(<<\"tests\">>, <<\"acting\">>), "
    "ok = rabbit_auth_backend_internal:set_permissions(<<\"jangle\">>, <<\"tests\">>, "
    "<<\".*\">>, <<\".*\">>, <<\".*\">>, <<\"acting\">>), "
    "ok = application:set_env(rabbit, consumer_timeout, 1800000).\n";

static bool read_offer(const char *path, struct rabbitmq_ports *ports, int *keeper)
{
    FILE *file = path ? fopen(path, "r") : NULL;
    bool is_read = file && fscanf(file, format, keeper, &ports->clients, &ports->peers,
                                  &ports->names) == 4;

    if (file)
        fclose(file);
    return is_read;
}

pid_t rabbitmq_shared_keeper(const char *file)
{
    struct rabbitmq_ports ports;
    int keeper;

    return read_offer(file, &ports, &keeper) ? (pid_t)keeper : 0;
}

struct rabbitmq_server *rabbitmq_shared_start(void)
{
    struct rabbitmq_server *server;
    struct rabbitmq_ports ports;
    int keeper;

    if (!read_offer(getenv("JANGLE_TEST_RABBITMQ"), &ports, &keeper))
        return rabbitmq_server_start();
    server = rabbitmq_server_join(&ports);
    if (!rabbitmq_server_evaluate(server, cleanup)) {
        fprintf(stderr, "the shared RabbitMQ could not be emptied\n");
        exit(1);
    }
    return server;
}

bool rabbitmq_shared_offer(const struct rabbitmq_server *server, const char *path)
{
    struct rabbitmq_ports ports = rabbitmq_server_ports(server);
    char draft[TEMP_PATH_SIZE];
    FILE *file;

    snprintf(draft, sizeof draft, "%s.draft", path);
    file = fopen(draft, "w");
    if (!file)
        return false;
    fprintf(file, format, (int)getpid(), ports.clients, ports.peers, ports.names);
    return fclose(file) == 0 && rename(draft, path) == 0;
}

void rabbitmq_shared_withdraw(const char *path)
{
    unlink(path);
}
