/* filter.c - the filters of a program's tables: compiled once, at open, and then asked
 * about messages. What they are shown is a JSON document, which is written here, or what
 * is in it of the message's own members. */
#include "core/filter.h"

#include "base/error.h"
#include "core/engine.h"
#include "core/registry_builder.h"
#include "message/event.h"

#include <jangle/plugin/json.h>

#include <assert.h>

/* ---- open and close ------------------------------------------------------- */

static enum jangle_result compile_filter(struct jangle *jangle,
                                         const char *row,
                                         const struct jangle_filter *where,
                                         struct jangle_error *error)
{
    struct jangle_error why = {0};
    struct jn_filter *filter;
    enum jangle_result result;

    if (!where->ops)
        return JANGLE_OK;
    filter = jangle_list_add(&jangle->arena, &jangle->filters, jn_filter, .where = where);
    if (!filter)
        return jn_arena_check(&jangle->arena, error);
    result = where->ops->compile(where, &jangle->backend_host, &filter->program, &why);
    if (result) {
        jangle->filters.count--;
        return jn_fail(error, result, "%s.where: %s", row, why.message);
    }
    filter->by_attributes =
        where->ops->by_attributes && where->ops->by_attributes(filter->program);
    return JANGLE_OK;
}

static enum jangle_result compile_routes(struct jangle *jangle,
                                         const char *owner,
                                         const struct jangle_routes *routes,
                                         struct jangle_error *error)
{
    enum jangle_result result = JANGLE_OK;

    for (size_t i = 0; !result && i < routes->count; i++)
        result = compile_filter(jangle, JN_BUILDER_ROW(owner, "routes", i),
                                &routes->items[i].where, error);
    return result;
}

static enum jangle_result compile_all(struct jangle *jangle, struct jangle_error *error)
{
    const struct jangle_config *config = &jangle->config;
    enum jangle_result result = JANGLE_OK;

    for (size_t i = 0; !result && i < config->subscribers.count; i++) {
        const struct jangle_subscriber *subscriber = config->subscribers.items[i];

        result = compile_filter(jangle, subscriber->name, &subscriber->where, error);
    }
    for (size_t i = 0; !result && i < config->publishers.count; i++) {
        const struct jangle_publisher *publisher = config->publishers.items[i];

        result = compile_routes(jangle, publisher->name, &publisher->routes, error);
    }
    for (size_t i = 0; !result && i < config->consumers.count; i++) {
        const struct jangle_consumer *consumer = config->consumers.items[i];

        result = compile_routes(jangle, consumer->name, &consumer->routes, error);
    }
    return result;
}

enum jangle_result jn_filters_open(struct jangle *jangle, struct jangle_error *error)
{
    enum jangle_result result = compile_all(jangle, error);

    if (result)
        jn_filters_close(jangle);
    return result;
}

void jn_filters_close(struct jangle *jangle)
{
    struct jn_filters *filters = &jangle->filters;

    while (filters->count) {
        const struct jn_filter *filter = &filters->items[--filters->count];

        filter->where->ops->close(filter->program);
    }
}

/* ---- the document --------------------------------------------------------- */

/* What others said of an event that was received, in place of what the store says. */
static enum jangle_result read_record(const struct jangle *jangle,
                                      const struct jn_candidate *candidate,
                                      struct jangle_contents *contents,
                                      struct jangle_error *error)
{
    const struct jangle_record *record = candidate->record;
    const struct jn_received *received;
    struct jangle_origin origin;

    *contents = (struct jangle_contents){.type = record->type,
                                         .type_version = record->type_version,
                                         .at = record->at,
                                         .subject = record->id,
                                         .source = jangle->config.source,
                                         .extra = ""};
    if (jn_meta_read_received(candidate->arena, record, &jangle->limits, &origin,
                              &received, error))
        return error->result;
    if (!received)
        return JANGLE_OK;
    contents->at = received->at;
    contents->subject = received->subject;
    contents->source = received->base.source;
    contents->extra = received->base.extra;
    return JANGLE_OK;
}

static void put_text(struct jn_json_writer *json, const char *name, const char *text)
{
    jn_json_put_name(json, name);
    jn_json_put_text(json, text, strlen(text));
}

static void put_int(struct jn_json_writer *json, const char *name, int64_t value)
{
    jn_json_put_name(json, name);
    jn_json_put_int(json, value);
}

/* JSON that others have written is read to its end first, because half a value would
 * make another document of all that follows. No text is an object without members. */
static enum jangle_result read_json(const struct jangle *jangle,
                                    const char *name,
                                    const struct jn_json_span *text,
                                    struct jn_json_span *value,
                                    struct jangle_error *error)
{
    struct jn_json reader;

    *value = (struct jn_json_span){"{}", 2};
    jn_json_init(&reader, text->text, text->size, jangle->limits.json_depth);
    if (text->size && !jn_json_whole(&reader, value))
        return jn_fail(error, JANGLE_INVALID, "no filter can judge it: its %s: %s", name,
                       reader.fault);
    return JANGLE_OK;
}

static enum jangle_result read_attributes(const struct jangle *jangle,
                                          struct jn_candidate *candidate,
                                          struct jangle_error *error)
{
    const struct jangle_record *record = candidate->record;
    struct jn_json_span text;

    if (candidate->attributes.text)
        return JANGLE_OK;
    if (record)
        text = (struct jn_json_span){record->payload, record->payload_size};
    else
        text = (struct jn_json_span){candidate->contents->data,
                                     strlen(candidate->contents->data)};
    return read_json(jangle, "attributes", &text, &candidate->attributes, error);
}

static enum jangle_result write_document(struct jn_candidate *candidate,
                                         const struct jangle_contents *contents,
                                         const struct jn_json_span *extra,
                                         struct jangle_error *error)
{
    struct jn_json_writer json = {.arena = candidate->arena};

    jn_json_open(&json, '{');
    jn_json_put_name(&json, "event");
    jn_json_open(&json, '{');
    put_text(&json, "name", contents->type);
    put_int(&json, "version", contents->type_version);
    put_int(&json, "timestamp", contents->at.us);
    put_text(&json, "subject", contents->subject);
    put_text(&json, "publisher", contents->source);
    jn_json_put_name(&json, "attributes");
    jn_json_put_value(&json, &candidate->attributes);
    jn_json_close(&json, '}');
    jn_json_put_name(&json, "extra");
    jn_json_put_value(&json, extra);
    jn_json_close(&json, '}');
    candidate->document = jn_json_written(&json, &candidate->size);
    return jn_arena_check(candidate->arena, error);
}

static enum jangle_result make_document(const struct jangle *jangle,
                                        struct jn_candidate *candidate,
                                        struct jangle_error *error)
{
    const struct jangle_contents *contents = candidate->contents;
    struct jangle_contents stored;
    struct jn_json_span text, extra;

    if (candidate->record) {
        if (read_record(jangle, candidate, &stored, error))
            return error->result;
        contents = &stored;
    }
    text = (struct jn_json_span){contents->extra, strlen(contents->extra)};
    if (read_attributes(jangle, candidate, error) ||
        read_json(jangle, "extra", &text, &extra, error))
        return error->result;
    return write_document(candidate, contents, &extra, error);
}

/* ---- asked ---------------------------------------------------------------- */

/* A program has few filters, so no map of them is kept. */
static const struct jn_filter *find_filter(const struct jn_filters *filters,
                                           const struct jangle_filter *where)
{
    size_t at = 0;

    while (at < filters->count && filters->items[at].where != where)
        at++;
    assert(at < filters->count);
    return &filters->items[at];
}

/* The answer of a filter that looks at the members alone. */
static enum jangle_result ask_about_attributes(const struct jangle *jangle,
                                               const struct jn_filter *filter,
                                               struct jn_candidate *candidate,
                                               bool *wanted,
                                               bool *mismatch,
                                               struct jangle_error *error)
{
    const struct jn_json_span *attributes = &candidate->attributes;

    if (read_attributes(jangle, candidate, error))
        return error->result;
    *wanted = filter->where->ops->wants_attributes(filter->program, attributes->text,
                                                   attributes->size, mismatch);
    return JANGLE_OK;
}

static enum jangle_result ask_about_document(const struct jangle *jangle,
                                             const struct jn_filter *filter,
                                             struct jn_candidate *candidate,
                                             bool *wanted,
                                             bool *mismatch,
                                             struct jangle_error *error)
{
    if (!candidate->document && make_document(jangle, candidate, error))
        return error->result;
    *wanted = filter->where->ops->wants(filter->program, candidate->document,
                                        candidate->size, mismatch);
    return JANGLE_OK;
}

enum jangle_result jn_filter_ask(const struct jangle *jangle,
                                 const struct jangle_filter *where,
                                 struct jn_candidate *candidate,
                                 bool *wanted,
                                 struct jangle_error *error)
{
    struct jangle_error why = {0};
    const struct jn_filter *filter;
    bool mismatch = false;

    *wanted = true;
    if (!where->ops)
        return JANGLE_OK;
    filter = find_filter(&jangle->filters, where);
    if ((filter->by_attributes ? ask_about_attributes : ask_about_document)(
            jangle, filter, candidate, wanted, &mismatch, &why))
        return jn_fail_as(error, &why);
    *wanted = *wanted && !mismatch;
    candidate->mismatched |= mismatch;
    return JANGLE_OK;
}
