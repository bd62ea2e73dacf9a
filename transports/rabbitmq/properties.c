/* properties.c - headers and other properties of messages: those of a parcel that goes
 * out, of a delivery that came in, and of its copies. */
#include "rabbitmq/properties.h"
#include "rabbitmq/values.h"

#include <ctype.h>
#include <stdio.h>
#include <strings.h>

enum { OWN_HEADERS = 10, REASON_BYTES = 4096, LEAST_TEXT = 8 };

/* Our own headers. A copy goes by another way than the original, whose topic and route
 * stand in two of them. The count is the number of attempts that were made; petisco has
 * the same count under a name of its own. */
static const char key_header[] = "jangle-key";
static const char made_header[] = "jangle-attempts-made";
static const char topic_header[] = "jangle-topic";
static const char route_header[] = "jangle-route";
static const char petisco_made_header[] = "redelivery_count";
static const char petisco_queue_header[] = "queue";
static const char reason_header[] = "jangle-reason";
static const char queue_header[] = "jangle-queue";
static const char attempts_header[] = "jangle-attempts";

/* What the broker adds by itself. A retry that kept `x-death` is dropped by RabbitMQ 3,
 * which takes it for a circle; CC and BCC would send the copy to others as well. */
static const char *const broker_headers[] = {"x-death",
                                             "x-first-death-reason",
                                             "x-first-death-queue",
                                             "x-delivery-count",
                                             "x-first-death-exchange",
                                             "x-last-death-reason",
                                             "x-last-death-queue",
                                             "x-last-death-exchange",
                                             "CC",
                                             "BCC",
                                             "x-acquired-count"};

/* ---- names ----------------------------------------------------------------------- */

/* Formats write ce-NAME. The AMQP binding of CloudEvents writes cloudEvents_NAME, or
 * cloudEvents:NAME. */
static const char our_prefix[] = "ce-";
static const char their_prefix[] = "cloudEvents_";

enum { OUR_PREFIX = sizeof our_prefix - 1, THEIR_PREFIX = sizeof their_prefix - 1 };

static bool is_named(amqp_bytes_t name, const char *wanted)
{
    return name.len == strlen(wanted) && memcmp(name.bytes, wanted, name.len) == 0;
}

static bool is_of_broker(amqp_bytes_t name)
{
    for (size_t i = 0; i < sizeof broker_headers / sizeof *broker_headers; i++)
        if (is_named(name, broker_headers[i]))
            return true;
    return false;
}

static bool has_their_prefix(amqp_bytes_t name)
{
    const char *text = name.bytes;

    return name.len > THEIR_PREFIX &&
           strncasecmp(text, their_prefix, THEIR_PREFIX - 1) == 0 &&
           (text[THEIR_PREFIX - 1] == '_' || text[THEIR_PREFIX - 1] == ':');
}

/* In lower case, as a parcel has it. */
static char *read_name(amqp_pool_t *pool, amqp_bytes_t name)
{
    amqp_bytes_t rest = name;
    char *text;

    if (has_their_prefix(name)) {
        size_t skipped = THEIR_PREFIX - OUR_PREFIX;

        rest.bytes = (char *)name.bytes + skipped;
        rest.len -= skipped;
    }
    text = jn_rabbit_text(pool, rest);
    if (text && rest.len < name.len)
        memcpy(text, our_prefix, OUR_PREFIX);
    for (char *at = text; at && *at; at++)
        *at = (char)tolower((unsigned char)*at);
    return text;
}

static amqp_bytes_t write_name(amqp_pool_t *pool, const char *name)
{
    amqp_bytes_t written = {0};
    size_t rest = strlen(name);

    if (strncmp(name, our_prefix, OUR_PREFIX) != 0)
        return amqp_cstring_bytes(name);
    rest -= OUR_PREFIX;
    amqp_pool_alloc_bytes(pool, THEIR_PREFIX + rest, &written);
    if (written.bytes) {
        memcpy(written.bytes, their_prefix, THEIR_PREFIX);
        memcpy((char *)written.bytes + THEIR_PREFIX, name + OUR_PREFIX, rest);
    }
    return written;
}

/* ---- tables ---------------------------------------------------------------------- */

static bool start_table(amqp_pool_t *pool, amqp_table_t *table, size_t most)
{
    table->num_entries = 0;
    table->entries = amqp_pool_alloc(pool, most * sizeof *table->entries);
    return table->entries;
}

static void add_text(amqp_table_t *table, const char *name, const char *value)
{
    table->entries[table->num_entries++] =
        (amqp_table_entry_t){.key = amqp_cstring_bytes(name),
                             .value = {.kind = AMQP_FIELD_KIND_UTF8,
                                       .value.bytes = amqp_cstring_bytes(value)}};
}

static void add_number(amqp_table_t *table, const char *name, int number)
{
    table->entries[table->num_entries++] =
        (amqp_table_entry_t){.key = amqp_cstring_bytes(name),
                             .value = {.kind = AMQP_FIELD_KIND_I32, .value.i32 = number}};
}

/* ---- out ------------------------------------------------------------------------- */

static bool is_short(const char *text)
{
    return !text || strlen(text) <= JN_RABBIT_SHORT_BYTES;
}

/* What makes the parcel too large for AMQP, or NULL. */
static const char *parcel_fault(const struct jangle_parcel *parcel)
{
    size_t total = parcel->key ? strlen(parcel->key) : 0;

    if (!is_short(parcel->id) || !is_short(parcel->content_type) ||
        !is_short(parcel->route) || !is_short(parcel->topic) || !is_short(parcel->queue))
        return "a name, a route, an id or a content type is longer than 255 bytes";
    for (size_t i = 0; i < parcel->header_count; i++) {
        const struct jangle_header *header = &parcel->headers[i];

        if (strlen(header->name) + THEIR_PREFIX > JN_RABBIT_SHORT_BYTES)
            return "the name of a header is too long";
        total += strlen(header->name) + strlen(header->value) + 16;
    }
    if (total > JN_RABBIT_PROPERTY_BYTES)
        return "its headers do not fit into one frame of AMQP";
    return parcel->body_size > JN_RABBIT_BODY_BYTES ? "its body is larger than 16 MiB"
                                                    : NULL;
}

static enum jangle_result
write_headers(amqp_pool_t *pool, const struct jangle_parcel *parcel, amqp_table_t *table)
{
    if (!start_table(pool, table, parcel->header_count + OWN_HEADERS))
        return JANGLE_NO_MEMORY;
    for (size_t i = 0; i < parcel->header_count; i++) {
        amqp_bytes_t name = write_name(pool, parcel->headers[i].name);

        if (!name.bytes)
            return JANGLE_NO_MEMORY;
        add_text(table, "", parcel->headers[i].value);
        table->entries[table->num_entries - 1].key = name;
    }
    if (parcel->key)
        add_text(table, key_header, parcel->key);
    if (parcel->attempt > 1)
        add_number(table, made_header, parcel->attempt - 1);
    return JANGLE_OK;
}

enum jangle_result jn_rabbit_properties_write(amqp_pool_t *pool,
                                              const struct jangle_parcel *parcel,
                                              amqp_basic_properties_t *properties,
                                              struct jangle_error *error)
{
    const char *fault = parcel_fault(parcel);

    if (fault)
        return jangle_error_set(
            error, JANGLE_INVALID, "a parcel for %s: %s",
            JN_SHOWN(80, parcel->topic ? parcel->topic : parcel->queue), fault);
    *properties = (amqp_basic_properties_t){._flags = AMQP_BASIC_DELIVERY_MODE_FLAG,
                                            .delivery_mode = AMQP_DELIVERY_PERSISTENT};
    if (parcel->id) {
        properties->_flags |= AMQP_BASIC_MESSAGE_ID_FLAG;
        properties->message_id = amqp_cstring_bytes(parcel->id);
    }
    if (parcel->content_type) {
        properties->_flags |= AMQP_BASIC_CONTENT_TYPE_FLAG;
        properties->content_type = amqp_cstring_bytes(parcel->content_type);
    }
    if (write_headers(pool, parcel, &properties->headers))
        return jangle_error_set(error, JANGLE_NO_MEMORY, "no memory for headers");
    if (properties->headers.num_entries)
        properties->_flags |= AMQP_BASIC_HEADERS_FLAG;
    return JANGLE_OK;
}

/* ---- in -------------------------------------------------------------------------- */

/* Where a text of our own goes; NULL: the header holds none. */
static const char **own_text(struct jangle_parcel *parcel, amqp_bytes_t name)
{
    if (is_named(name, key_header))
        return &parcel->key;
    if (is_named(name, topic_header))
        return &parcel->topic;
    return is_named(name, route_header) ? &parcel->route : NULL;
}

/* Our own headers, and those of the broker, are no headers of the parcel. NOT_FOUND: it
 * is none of them. */
static enum jangle_result read_own(struct jn_rabbit_delivery *delivery,
                                   const amqp_table_entry_t *entry,
                                   int64_t *made)
{
    const char **text = own_text(&delivery->parcel, entry->key);

    if (text) {
        *text = jn_rabbit_value_text(&delivery->pool, &entry->value);
        return *text ? JANGLE_OK : JANGLE_NO_MEMORY;
    }
    if (is_named(entry->key, made_header) ||
        (*made < 0 && is_named(entry->key, petisco_made_header)))
        *made = jn_rabbit_value_number(&entry->value, 0);
    return is_of_broker(entry->key) || is_named(entry->key, made_header) ||
                   is_named(entry->key, petisco_made_header)
               ? JANGLE_OK
               : JANGLE_NOT_FOUND;
}

static enum jangle_result read_headers(struct jn_rabbit_delivery *delivery, int64_t *made)
{
    const amqp_table_t *table = &delivery->properties.headers;
    struct jangle_header *headers;
    size_t count = 0;

    headers = amqp_pool_alloc(&delivery->pool,
                              ((size_t)table->num_entries + 1) * sizeof *headers);
    for (int i = 0; headers && i < table->num_entries; i++) {
        const amqp_table_entry_t *entry = &table->entries[i];
        enum jangle_result own = read_own(delivery, entry, made);

        if (own == JANGLE_NO_MEMORY)
            return own;
        if (own == JANGLE_OK || !jn_rabbit_value_is_text(&entry->value))
            continue;
        headers[count].name = read_name(&delivery->pool, entry->key);
        headers[count].value = jn_rabbit_value_text(&delivery->pool, &entry->value);
        if (!headers[count].name || !headers[count].value)
            return JANGLE_NO_MEMORY;
        count++;
    }
    delivery->parcel.headers = headers;
    delivery->parcel.header_count = count;
    return headers ? JANGLE_OK : JANGLE_NO_MEMORY;
}

static const char *
read_text(struct jn_rabbit_delivery *delivery, amqp_flags_t flag, amqp_bytes_t bytes)
{
    return delivery->properties._flags & flag ? jn_rabbit_text(&delivery->pool, bytes)
                                              : NULL;
}

enum jangle_result jn_rabbit_properties_read(struct jn_rabbit_delivery *delivery,
                                             struct jangle_error *error)
{
    amqp_basic_properties_t *properties = &delivery->properties;
    int64_t made = -1;

    if (!(properties->_flags & AMQP_BASIC_HEADERS_FLAG))
        properties->headers = amqp_empty_table;
    delivery->parcel.id =
        read_text(delivery, AMQP_BASIC_MESSAGE_ID_FLAG, properties->message_id);
    delivery->parcel.content_type =
        read_text(delivery, AMQP_BASIC_CONTENT_TYPE_FLAG, properties->content_type);
    if (read_headers(delivery, &made))
        return jangle_error_set(error, JANGLE_NO_MEMORY, "no memory for headers");
    made = made < 0 ? 0 : made >= INT32_MAX ? INT32_MAX - 1 : made;
    delivery->attempt = (int)made + 1;
    delivery->parcel.attempt = delivery->attempt;
    return JANGLE_OK;
}

/* ---- copies ---------------------------------------------------------------------- */

/* Each copy gets these again, if it needs them. */
static bool is_replaced(amqp_bytes_t name, const struct jn_rabbit_copy *copy)
{
    if (is_of_broker(name) || is_named(name, made_header) ||
        is_named(name, topic_header) || is_named(name, route_header) ||
        is_named(name, petisco_made_header))
        return true;
    return copy->dead && (is_named(name, reason_header) || is_named(name, queue_header) ||
                          is_named(name, attempts_header));
}

/* NULL: no memory. */
static const char *cut_reason(amqp_pool_t *pool, const char *reason)
{
    size_t size = strlen(reason) + 1;
    char *text;

    size = size < LEAST_TEXT ? LEAST_TEXT : size < REASON_BYTES ? size : REASON_BYTES;
    text = amqp_pool_alloc(pool, size);
    if (text)
        jn_text_copy(text, size, reason);
    return text;
}

static enum jangle_result add_dead(amqp_pool_t *pool,
                                   const struct jn_rabbit_delivery *delivery,
                                   const struct jn_rabbit_copy *copy,
                                   amqp_table_t *table)
{
    const char *reason = cut_reason(pool, copy->reason ? copy->reason : "");
    char *count = amqp_pool_alloc(pool, 16);

    if (!reason || !count)
        return JANGLE_NO_MEMORY;
    snprintf(count, 16, "%d", copy->attempts);
    add_text(table, reason_header, reason);
    add_text(table, queue_header, delivery->attached->queue.name);
    add_text(table, attempts_header, count);
    return JANGLE_OK;
}

static enum jangle_result copy_headers(amqp_pool_t *pool,
                                       const struct jn_rabbit_delivery *delivery,
                                       const struct jn_rabbit_copy *copy,
                                       amqp_table_t *table)
{
    const amqp_table_t *from = &delivery->properties.headers;
    bool petisco = delivery->attached->queue.retry_topic;

    if (!start_table(pool, table, (size_t)from->num_entries + OWN_HEADERS))
        return JANGLE_NO_MEMORY;
    for (int i = 0; i < from->num_entries; i++) {
        if (is_replaced(from->entries[i].key, copy) ||
            (petisco && is_named(from->entries[i].key, petisco_queue_header)))
            continue;
        table->entries[table->num_entries++] = from->entries[i];
    }
    if (delivery->parcel.topic)
        add_text(table, topic_header, delivery->parcel.topic);
    if (delivery->parcel.route)
        add_text(table, route_header, delivery->parcel.route);
    if (petisco) {
        add_number(table, petisco_made_header, copy->attempts);
        add_text(table, petisco_queue_header, delivery->attached->queue.name);
    } else {
        add_number(table, made_header, copy->attempts);
    }
    return copy->dead ? add_dead(pool, delivery, copy, table) : JANGLE_OK;
}

enum jangle_result jn_rabbit_properties_copy(amqp_pool_t *pool,
                                             const struct jn_rabbit_delivery *delivery,
                                             const struct jn_rabbit_copy *copy,
                                             amqp_basic_properties_t *properties,
                                             struct jangle_error *error)
{
    *properties = delivery->properties;
    properties->_flags &=
        ~(amqp_flags_t)(AMQP_BASIC_EXPIRATION_FLAG | AMQP_BASIC_USER_ID_FLAG);
    properties->_flags |= AMQP_BASIC_DELIVERY_MODE_FLAG | AMQP_BASIC_HEADERS_FLAG;
    properties->delivery_mode = AMQP_DELIVERY_PERSISTENT;
    if (copy_headers(pool, delivery, copy, &properties->headers))
        return jangle_error_set(error, JANGLE_NO_MEMORY, "no memory for a copy");
    return JANGLE_OK;
}
