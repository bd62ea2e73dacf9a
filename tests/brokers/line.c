/* line.c - a transport in a test, whichever it is. */
#include "brokers/line.h"

#include "brokers/server_process.h"

void line_close(struct jangle_transport *transport)
{
    transport->ops->close(transport);
}

/* A transport may return early, and with nothing. */
struct jangle_parcel line_receive(struct jangle_transport *transport)
{
    int64_t until_ms = server_now_ms() + LINE_WAIT_MS;
    struct jangle_parcel *parcels = NULL;
    struct jangle_error error = {0};
    size_t count = 0;

    for (int64_t left_ms = LINE_WAIT_MS; !count && left_ms > 0;
         left_ms = until_ms - server_now_ms())
        if (transport->ops->receive(transport, 1, LINE_BYTES, left_ms, &parcels, &count,
                                    &error))
            fail_msg("%s", error.message);
    assert_int_equal(count, 1);
    return parcels[0];
}

enum jangle_result line_settle_after(struct jangle_transport *transport,
                                     const struct jangle_parcel *parcel,
                                     enum jangle_disposition disposition,
                                     int64_t delay_ms)
{
    struct jangle_settlement settlement = {.parcel = parcel,
                                           .disposition = disposition,
                                           .delay_ms = delay_ms,
                                           .attempts = parcel->attempt,
                                           .reason = "a test wants it"};
    enum jangle_result result = transport->ops->settle(transport, &settlement, 1, NULL);

    assert_true(result == JANGLE_OK || settlement.result != JANGLE_OK);
    return settlement.result;
}

enum jangle_result line_settle(struct jangle_transport *transport,
                               const struct jangle_parcel *parcel,
                               enum jangle_disposition disposition)
{
    return line_settle_after(transport, parcel, disposition, 0);
}

int64_t line_count(struct jangle_transport *transport, const char *queue)
{
    int64_t count = -1;

    assert_result(transport->ops->count(transport, queue, &count, NULL), JANGLE_OK);
    return count;
}

const char *line_header(const struct jangle_parcel *parcel, const char *name)
{
    for (size_t i = 0; i < parcel->header_count; i++)
        if (strcmp(parcel->headers[i].name, name) == 0)
            return parcel->headers[i].value;
    return NULL;
}

void line_assert_body(const struct jangle_parcel *parcel, const char *body)
{
    assert_int_equal(parcel->body_size, strlen(body));
    assert_memory_equal(parcel->body, body, strlen(body));
}
