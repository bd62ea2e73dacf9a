/* filter.c - the filters of a program's tables: compiled once, at open, and then asked
 * about messages. What they are shown is a JSON document, which is written here. */
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
    if (!result)
        return JANGLE_OK;
    jangle->filters.count--;
    return jn_fail(error, result, "%s.where: %s", row, why.message);
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
static enum jangle_result put_json(const struct jangle *jangle,
                                   struct jn_json_writer *json,
                                   const char *name,
                                   const struct jn_json_span *text,
                                   struct jangle_error *error)
{
    struct jn_json reader;
    struct jn_json_span value = {"{}", 2};

    jn_json_init(&reader, text->text, text->size, jangle->limits.json_depth);
    if (text->size && !jn_json_whole(&reader, &value))
        return jn_fail(error, JANGLE_INVALID, "no filter can judge it: its %s: %s", name,
                       reader.fault);
    jn_json_put_name(json, name);
    jn_json_put_value(json, &value);
    return JANGLE_OK;
}

static enum jangle_result write_document(const struct jangle *jangle,
                                         struct jn_candidate *candidate,
                                         const struct jangle_contents *contents,
                                         const struct jn_json_span *data,
                                         struct jangle_error *error)
{
    struct jn_json_writer json = {.arena = candidate->arena};
    struct jn_json_span extra = {contents->extra, strlen(contents->extra)};

    jn_json_open(&json, '{');
    jn_json_put_name(&json, "event");
    jn_json_open(&json, '{');
    put_text(&json, "name", contents->type);
    put_int(&json, "version", contents->type_version);
    put_int(&json, "timestamp", contents->at.us);
    put_text(&json, "subject", contents->subject);
    put_text(&json, "publisher", contents->source);
    if (put_json(jangle, &json, "attributes", data, error))
        return error->result;
    jn_json_close(&json, '}');
    if (put_json(jangle, &json, "extra", &extra, error))
        return error->result;
    jn_json_close(&json, '}');
    candidate->document = jn_json_written(&json, &candidate->size);
    return jn_arena_check(candidate->arena, error);
}

static enum jangle_result make_document(const struct jangle *jangle,
                                        struct jn_candidate *candidate,
                                        struct jangle_error *error)
{
    const struct jangle_record *record = candidate->record;
    struct jn_json_span data;
    struct jangle_contents contents;

    if (!record) {
        data.text = candidate->contents->data;
        data.size = strlen(data.text);
        return write_document(jangle, candidate, candidate->contents, &data, error);
    }
    data.text = record->payload;
    data.size = record->payload_size;
    if (read_record(jangle, candidate, &contents, error))
        return error->result;
    return write_document(jangle, candidate, &contents, &data, error);
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
    if (!candidate->document && make_document(jangle, candidate, &why))
        return jn_fail_as(error, &why);
    filter = find_filter(&jangle->filters, where);
    *wanted = where->ops->wants(filter->program, candidate->document, candidate->size,
                                &mismatch) &&
              !mismatch;
    candidate->mismatched |= mismatch;
    return JANGLE_OK;
}
