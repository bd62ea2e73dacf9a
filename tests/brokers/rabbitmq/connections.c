/* connections.c - which connections a RabbitMQ has. */
#include "brokers/rabbitmq/connections.h"

#include "support/test.h"

#include <stdio.h>

enum { EXPRESSION_SIZE = 800 };

/* A connection that is just made or about to end says nothing of its client. */
#define FIND                                                                             \
    "Find = fun() -> [Port || [{peer_port, Port}, {client_properties, P}] <- "           \
    "rabbit_networking:connection_info_all([peer_port, client_properties]), "            \
    "is_list(P), lists:member({<<\"connection_name\">>, longstr, <<\"%s\">>}, P)] end, "

static void evaluate(struct rabbitmq_server *server, const char *format, const char *name)
{
    char expression[EXPRESSION_SIZE];

    snprintf(expression, sizeof expression, format, name);
    assert_true(rabbitmq_server_evaluate(server, expression));
}

void connections_wait(struct rabbitmq_server *server, const char *name, bool some)
{
    evaluate(server,
             some ? FIND
                 "(fun Wait() -> case Find() of [] -> timer:sleep(20), Wait(); "
                 "_ -> ok end end)().\n"
                  : FIND
                 "(fun Wait() -> case Find() of [] -> ok; "
                 "_ -> timer:sleep(20), Wait() end end)().\n",
             name);
}

void connections_remember(struct rabbitmq_server *server, const char *name)
{
    evaluate(server, FIND "[_ | _] = Find(), persistent_term:put(found, Find()).\n",
             name);
}

void connections_assert_same(struct rabbitmq_server *server, const char *name)
{
    evaluate(server, FIND "true = persistent_term:get(found) =:= Find().\n", name);
}
