/* arguments.c - the arguments with which queues are declared. */
#include "rabbitmq/arguments.h"

#include <stdlib.h>

/* As many as a broker needs that must not give a parcel up by itself. RabbitMQ 4 gives up
 * after 20 if it is told nothing, and version 3 puts what is given back at the end. */
enum { DELIVERY_LIMIT = 1000000, OWN_ARGUMENTS = 8 };

static void
add_text(struct jn_rabbit_arguments *arguments, const char *name, const char *value)
{
    arguments->entries[arguments->count++] =
        (amqp_table_entry_t){.key = amqp_cstring_bytes(name),
                             .value = {.kind = AMQP_FIELD_KIND_UTF8,
                                       .value.bytes = amqp_cstring_bytes(value)}};
}

static void
add_number(struct jn_rabbit_arguments *arguments, const char *name, int64_t value)
{
    arguments->entries[arguments->count++] =
        (amqp_table_entry_t){.key = amqp_cstring_bytes(name),
                             .value = {.kind = AMQP_FIELD_KIND_I64, .value.i64 = value}};
}

static void add_truth(struct jn_rabbit_arguments *arguments, const char *name)
{
    arguments->entries[arguments->count++] = (amqp_table_entry_t){
        .key = amqp_cstring_bytes(name),
        .value = {.kind = AMQP_FIELD_KIND_BOOLEAN, .value.boolean = 1}};
}

static void add_given(struct jn_rabbit_arguments *arguments,
                      const struct jangle_rabbitmq_argument *given)
{
    if (*given->value && given->value[strspn(given->value, "0123456789")] == '\0')
        add_number(arguments, given->name, strtoll(given->value, NULL, 10));
    else
        add_text(arguments, given->name, given->value);
}

enum jangle_result jn_rabbit_arguments_fill(struct jn_rabbit_arguments *arguments,
                                            const struct jangle_rabbitmq_options *options,
                                            struct jn_rabbit_next next,
                                            int64_t expire_ms,
                                            bool in_order,
                                            struct jangle_error *error)
{
    const struct jangle_rabbitmq_argument *given = options->arguments;
    bool quorum = options->queues == JANGLE_RABBITMQ_QUORUM;

    arguments->count = 0;
    if (quorum) {
        add_text(arguments, "x-queue-type", "quorum");
        add_number(arguments, "x-delivery-limit", DELIVERY_LIMIT);
    }
    if (next.topic) {
        add_text(arguments, "x-dead-letter-exchange", next.topic);
        add_text(arguments, "x-dead-letter-routing-key", next.route);
    }
    if (quorum && next.topic) {
        add_text(arguments, "x-dead-letter-strategy", "at-least-once");
        add_text(arguments, "x-overflow", "reject-publish");
    }
    if (expire_ms)
        add_number(arguments, "x-message-ttl", expire_ms);
    if (in_order)
        add_truth(arguments, "x-single-active-consumer");
    for (; given && given->name; given++) {
        if (arguments->count == JN_RABBIT_MOST_ARGUMENTS)
            return jangle_error_set(error, JANGLE_INVALID,
                                    "options of RabbitMQ: more than %d `arguments`",
                                    JN_RABBIT_MOST_ARGUMENTS - OWN_ARGUMENTS);
        add_given(arguments, given);
    }
    return JANGLE_OK;
}
