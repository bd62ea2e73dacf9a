/* asking.c - questions to the broker, by the channel that is for them. */
#include "rabbitmq/asking.h"
#include "rabbitmq/connection.h"
#include "rabbitmq/receive.h"
#include "rabbitmq/shown.h"

enum jangle_result jn_rabbit_begin_asking(struct jn_rabbit *rabbit,
                                          int64_t until_us,
                                          struct jangle_error *error)
{
    enum jangle_result result;

    jn_rabbit_see_loss(rabbit);
    result = jn_rabbit_connect(rabbit, &rabbit->receiving, until_us, error);
    return result ? result : jn_rabbit_ask(rabbit, &rabbit->receiving, until_us, error);
}

enum jangle_result jn_rabbit_asked(struct jn_rabbit *rabbit,
                                   const char *kind,
                                   const char *name,
                                   struct jangle_error *error)
{
    char what[128];

    jn_text_format(what, sizeof what, "%s %s", kind, JN_SHOWN(64, name));
    return jn_rabbit_answer(rabbit, &rabbit->receiving, JN_RABBIT_ASKING, what, error);
}
