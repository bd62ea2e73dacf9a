/* binary.c - a CloudEvent whose data is the body, and whose attributes are headers. */
#include "cloudevents/binary.h"

#include "cloudevents/attributes.h"
#include "common/letters.h"

#include <string.h>

#define PREFIX "ce-"
#define TRACE  "traceparent"

/* ---- writing --------------------------------------------------------------------- */

/* The trace is also a header of its own, by which tools that know nothing of CloudEvents
 * find it. */
static enum jangle_result write_headers(const struct jn_conversion *conversion,
                                        const struct jn_attributes *attributes,
                                        struct jangle_parcel *parcel)
{
    size_t size = (attributes->count + 1) * sizeof(struct jangle_header);
    struct jangle_header *headers = jangle_alloc(conversion->arena, size);

    if (!headers)
        return jn_conversion_no_memory(conversion);
    for (size_t i = 0; i < attributes->count; i++) {
        const struct jn_attribute *attribute = &attributes->items[i];
        size_t length = strlen(attribute->name) + 1;
        char *name = jangle_alloc(conversion->arena, strlen(PREFIX) + length);

        if (!name)
            return jn_conversion_no_memory(conversion);
        memcpy(name, PREFIX, strlen(PREFIX));
        memcpy(name + strlen(PREFIX), attribute->name, length);
        headers[parcel->header_count++] = (struct jangle_header){name, attribute->text};
        if (strcmp(attribute->name, TRACE) == 0)
            headers[parcel->header_count++] =
                (struct jangle_header){TRACE, attribute->text};
    }
    parcel->headers = headers;
    return JANGLE_OK;
}

enum jangle_result jn_binary_write(const struct jn_conversion *conversion,
                                   const struct jangle_contents *contents,
                                   struct jangle_parcel *parcel)
{
    struct jn_attributes attributes;
    struct jn_body body;
    enum jangle_result result =
        jn_attributes_write(conversion, contents, &attributes, &body);

    if (!result)
        result = jn_body_write(conversion, contents->data, &body, parcel);
    return result ? result : write_headers(conversion, &attributes, parcel);
}

/* ---- reading --------------------------------------------------------------------- */

/* The name of an attribute in a header's name, in any case; NULL: it is none. The
 * bindings spell the prefix in these ways. */
static const char *attribute_in(const struct jangle_header *header)
{
    static const char *const prefixes[] = {"ce-", "ce_", "cloudevents_", "cloudevents:"};

    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
        if (jn_letters_start(header->name, prefixes[i]))
            return header->name + strlen(prefixes[i]);
    return NULL;
}

bool jn_binary_is(const struct jangle_parcel *parcel)
{
    static const char *const needed[] = {"specversion", "id", "source", "type"};

    for (size_t i = 0; i < parcel->header_count; i++) {
        const char *name = attribute_in(&parcel->headers[i]);

        for (size_t j = 0; name && j < sizeof needed / sizeof *needed; j++)
            if (jn_letters_are(name, needed[j]))
                return true;
    }
    return false;
}

static enum jangle_result find_attribute(const struct jn_conversion *conversion,
                                         const struct jangle_header *header,
                                         struct jn_attributes *attributes)
{
    const char *name = attribute_in(header);
    size_t size = name ? strlen(name) + 1 : 0;
    enum jangle_result result;
    char *lower;

    if (!name || !header->value)
        return JANGLE_OK;
    result = jn_conversion_check_text(conversion, name, header->value);
    if (result)
        return result;
    lower = jangle_alloc(conversion->arena, size);
    if (!lower)
        return jn_conversion_no_memory(conversion);
    for (size_t i = 0; i < size; i++)
        lower[i] = jn_letter_lower(name[i]);
    attributes->items[attributes->count++] =
        (struct jn_attribute){lower, header->value, false};
    return JANGLE_OK;
}

static enum jangle_result find_attributes(const struct jn_conversion *conversion,
                                          const struct jangle_parcel *parcel,
                                          struct jn_attributes *attributes)
{
    enum jangle_result result = JANGLE_OK;

    attributes->count = 0;
    attributes->items = jangle_alloc(conversion->arena, (parcel->header_count + 1) *
                                                            sizeof *attributes->items);
    if (!attributes->items)
        return jn_conversion_no_memory(conversion);
    for (size_t i = 0; i < parcel->header_count && !result; i++)
        result = find_attribute(conversion, &parcel->headers[i], attributes);
    return result ? result
                  : jn_names_check(conversion, attributes->items, attributes->count,
                                   sizeof *attributes->items);
}

/* A trace that only stands in a header of its own. */
static enum jangle_result find_trace(const struct jn_conversion *conversion,
                                     const struct jangle_parcel *parcel,
                                     struct jangle_contents *contents)
{
    for (size_t i = 0; i < parcel->header_count && !contents->origin.trace; i++) {
        const struct jangle_header *header = &parcel->headers[i];

        if (!jn_letters_are(header->name, TRACE) || !header->value || !*header->value)
            continue;
        contents->origin.trace = header->value;
        return jn_conversion_check_text(conversion, TRACE, header->value);
    }
    return JANGLE_OK;
}

/* The type of the data is that of the parcel; a header that says it, too, is not
 * believed. */
enum jangle_result jn_binary_read(const struct jn_conversion *conversion,
                                  const struct jangle_parcel *parcel,
                                  struct jangle_contents *contents,
                                  struct jn_json_writer *extra)
{
    struct jn_attributes attributes;
    struct jn_body body = {0};
    enum jangle_result result = find_attributes(conversion, parcel, &attributes);

    if (!result)
        result = jn_attributes_read(conversion, &attributes, contents, &body, extra);
    if (!result)
        result = find_trace(conversion, parcel, contents);
    if (result)
        return result;
    if (parcel->content_type && *parcel->content_type)
        body.content_type = parcel->content_type;
    if (body.content_type)
        result = jn_conversion_check_text(conversion, "content type", body.content_type);
    if (!result)
        result = jn_body_read(conversion, parcel->body, parcel->body_size, &body,
                              &contents->data);
    jn_body_put(extra, &body);
    return result;
}
