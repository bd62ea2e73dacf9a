/* publish.c - parcels are published. */
#include "rabbitmq/publish.h"
#include "rabbitmq/properties.h"
#include "rabbitmq/send.h"

static enum jangle_result fill_message(amqp_pool_t *pool,
                                       const struct jangle_parcel *parcel,
                                       struct jn_rabbit_message *message,
                                       struct jangle_error *error)
{
    union {
        const void *constant;
        void *bytes;
    } body = {.constant = parcel->body}; /* librabbitmq only reads it */
    bool straight = !parcel->topic;

    *message = (struct jn_rabbit_message){
        .topic = straight ? "" : parcel->topic,
        .route = straight        ? parcel->queue
                 : parcel->route ? parcel->route
                                 : "",
        .must_be_queued = straight || parcel->must_be_queued,
        .body = {.len = parcel->body_size, .bytes = body.bytes}};
    if (straight && !parcel->queue)
        return jangle_error_set(error, JANGLE_INVALID,
                                "a parcel has neither a topic nor a queue");
    return jn_rabbit_properties_write(pool, parcel, &message->properties, error);
}

static enum jangle_result publish_all(struct jn_rabbit *rabbit,
                                      amqp_pool_t *pool,
                                      struct jangle_parcel *parcels,
                                      struct jn_rabbit_message *messages,
                                      size_t count,
                                      int64_t timeout_ms,
                                      struct jangle_error *error)
{
    struct jangle_error fault = {0};
    struct jangle_error first = {0};
    enum jangle_result result;

    for (size_t i = 0; i < count; i++) {
        enum jangle_result made = fill_message(pool, &parcels[i], &messages[i], &fault);

        messages[i].result = made;
        if (made)
            messages[i].progress = JN_RABBIT_DONE;
        if (made && !first.result)
            first = fault;
        fault = (struct jangle_error){0};
    }
    result = jn_rabbit_send(rabbit, messages, count, timeout_ms, &fault);
    for (size_t i = 0; i < count; i++)
        parcels[i].result = messages[i].result;
    if (!fault.result)
        fault = first;
    if (fault.result)
        jangle_error_set(error, fault.result, "%s", fault.message);
    return result;
}

enum jangle_result jn_rabbit_publish(struct jangle_transport *transport,
                                     struct jangle_parcel *parcels,
                                     size_t count,
                                     int64_t timeout_ms,
                                     struct jangle_error *error)
{
    struct jn_rabbit *rabbit = (struct jn_rabbit *)transport;
    struct jn_rabbit_message *messages =
        jn_new(&rabbit->allocator, (count + 1) * sizeof *messages);
    enum jangle_result result;
    amqp_pool_t pool;

    if (!messages) {
        for (size_t i = 0; i < count; i++)
            parcels[i].result = JANGLE_NO_MEMORY;
        return jangle_error_set(error, JANGLE_NO_MEMORY, "no memory for parcels");
    }
    init_amqp_pool(&pool, 4096);
    result = publish_all(rabbit, &pool, parcels, messages, count, timeout_ms, error);
    empty_amqp_pool(&pool);
    jn_free(&rabbit->allocator, messages);
    return result;
}
