/* contents.c - contents of messages, drawn at random: such as a format can carry. */
#include "support/contents.h"

#include <jangle/plugin/json.h>

#ifdef TEST_MEGA
#include <jangle/mega.h>
#endif

#include <stdlib.h>
#include <string.h>

const struct jangle_format *const every_format[EVERY_FORMAT] = {
    &jangle_cloudevents, &jangle_cloudevents_binary, &jangle_petisco, &jangle_melange,
    &jangle_plain,
#ifdef TEST_MEGA
    &jangle_mega,        &jangle_mega_binary,
#endif
};

static bool is_mega(const struct jangle_format *format)
{
    return !strncmp(format->name, "mega", strlen("mega"));
}

bool rewrites_json(const struct jangle_format *format)
{
    return format == &jangle_petisco || is_mega(format);
}

static const int64_t YEAR_0 = -62167219200000000, YEAR_10000 = 253402300800000000;

/* ---- members --------------------------------------------------------------------- */

static const char *draw_text(struct samples *samples)
{
    return sample_below(samples, 4) ? sample_text(samples) : "";
}

static const char *draw_origin(struct samples *samples)
{
    const char *text = sample_text(samples);

    return *text ? text : NULL;
}

/* A name that has no dot, because petisco's names have dots for underscores. */
static const char *draw_type(struct samples *samples)
{
    static const char letters[] = "abcxyz__19";
    char *name = jangle_alloc(samples->arena, 12);
    size_t size = 1 + sample_below(samples, 10);

    if (!name)
        abort();
    for (size_t i = 0; i < size; i++)
        name[i] = letters[sample_below(samples, sizeof letters - 1)];
    return name;
}

static int64_t draw_count(struct samples *samples)
{
    int64_t number = sample_int(samples);

    return number < 0 ? 0 : number;
}

static jangle_time draw_time(struct samples *samples)
{
    uint64_t span = (uint64_t)(YEAR_10000 - YEAR_0);

    switch (sample_below(samples, 8)) {
    case 0:
        return (jangle_time){0};
    case 1:
        return (jangle_time){YEAR_0};
    case 2:
        return (jangle_time){YEAR_10000 - 1};
    default:
        return (jangle_time){YEAR_0 + (int64_t)sample_below(samples, span)};
    }
}

/* ---- data and extras ------------------------------------------------------------- */

static const char *draw_object(struct samples *samples)
{
    struct sample value;
    const char *json;

    sample_fill(samples, &value);
    json = jangle_to_json(samples->arena, &sample, &value, NULL);
    if (!json)
        abort();
    return json;
}

static const char *put_together(struct jn_json_writer *json)
{
    const char *text = jn_json_written(json, NULL);

    if (!text)
        abort();
    return text;
}

static const char *draw_quoted(struct samples *samples)
{
    struct jn_json_writer json = {.arena = samples->arena};
    const char *text = sample_text(samples);

    jn_json_put_text(&json, text, strlen(text));
    return put_together(&json);
}

/* A text that is longer than the blocks of an arena are at first. */
static const char *draw_long(struct samples *samples)
{
    struct jn_json_writer json = {.arena = samples->arena};
    size_t size = 1000 + sample_below(samples, 4000);
    char *text = jangle_alloc(samples->arena, size);

    if (!text)
        abort();
    memset(text, 'a', size);
    jn_json_put_text(&json, text, size);
    return put_together(&json);
}

static void put_member(struct jn_json_writer *json, const char *name, const char *text)
{
    jn_json_put_name(json, name);
    jn_json_put_text(json, text, strlen(text));
}

/* JSON, a text or bytes, with what the extras then say of the data. */
static const char *draw_data(struct samples *samples, struct jn_json_writer *extra)
{
    switch (sample_below(samples, 6)) {
    case 0:
        return "";
    case 1:
        put_member(extra, "datacontenttype", "text/plain");
        return draw_quoted(samples);
    case 2:
        put_member(extra, "datacontenttype", "image/png");
        put_member(extra, "datacontentencoding", "base64");
        return "\"iVBORw0KGgo=\"";
    case 3:
        put_member(extra, "datacontenttype", "application/vnd.bank+json");
        return draw_object(samples);
    default:
        return draw_object(samples);
    }
}

/* Extensions come before what is said of the data, as they do when they are read. */
static void
draw_extensions(struct samples *samples, bool typed, struct jn_json_writer *extra)
{
    if (sample_below(samples, 2))
        put_member(extra, "tenant", sample_text(samples));
    if (sample_below(samples, 2))
        put_member(extra, "sequencetype", sample_text(samples));
    if (!typed || sample_below(samples, 2))
        return;
    jn_json_put_name(extra, "shard");
    jn_json_put_int(extra, sample_int(samples));
    jn_json_put_name(extra, "urgent");
    jn_json_put_value(extra, &(struct jn_json_span){"true", 4});
}

static const char *close_extra(struct samples *samples, struct jn_json_writer *extra)
{
    struct jn_json_writer whole = {.arena = samples->arena};
    struct jn_json_span members;

    if (!extra->size)
        return "";
    members.text = put_together(extra);
    members.size = extra->size;
    jn_json_open(&whole, '{');
    jn_json_put_value(&whole, &members);
    jn_json_close(&whole, '}');
    return put_together(&whole);
}

static const char *draw_meta(struct samples *samples)
{
    struct jn_json_writer json = {.arena = samples->arena};
    const char *value = sample_json(samples);

    if (sample_below(samples, 3) == 0)
        return "";
    if (sample_below(samples, 3) == 0)
        value = draw_long(samples);
    jn_json_open(&json, '{');
    jn_json_put_name(&json, "meta");
    jn_json_open(&json, '{');
    jn_json_put_name(&json, "more");
    jn_json_put_value(&json, &(struct jn_json_span){value, strlen(value)});
    jn_json_close(&json, '}');
    jn_json_close(&json, '}');
    return put_together(&json);
}

/* ---- MEGA ------------------------------------------------------------------------ */

static void
put_drawn(struct samples *samples, struct jn_json_writer *json, const char *name)
{
    const char *object = draw_object(samples);

    jn_json_put_name(json, name);
    jn_json_put_value(json, &(struct jn_json_span){object, strlen(object)});
}

/* The extras of a MEGA event, as they are read: its object always says its version. */
static const char *draw_mega_extra(struct samples *samples)
{
    struct jn_json_writer json = {.arena = samples->arena};

    jn_json_open(&json, '{');
    put_member(&json, "payload", "mega");
    if (sample_below(samples, 2))
        put_member(&json, "domain",
                   jangle_text(samples->arena, "d%s", sample_text(samples)));
    if (sample_below(samples, 2)) {
        jn_json_put_name(&json, "object");
        jn_json_open(&json, '{');
        put_drawn(samples, &json, "current");
        put_member(&json, "id", sample_text(samples));
        if (sample_below(samples, 2))
            put_drawn(samples, &json, "previous");
        jn_json_put_name(&json, "version");
        jn_json_put_int(&json, (int64_t)sample_below(samples, 9));
        jn_json_close(&json, '}');
    }
    if (sample_below(samples, 2))
        put_drawn(samples, &json, "extra");
    jn_json_close(&json, '}');
    return put_together(&json);
}

static void draw_mega_event(struct samples *samples, struct jangle_contents *contents)
{
    contents->role = JANGLE_ROLE_EVENT;
    contents->data = draw_object(samples);
    contents->extra = draw_mega_extra(samples);
    if (!contents->at.us)
        contents->at.us = 1;
}

/* Data, text or bytes. */
static void draw_mega_payload(struct samples *samples, struct jangle_contents *contents)
{
    contents->role = JANGLE_ROLE_EVENT;
    contents->type = "";
    switch (sample_below(samples, 4)) {
    case 0:
        contents->data = draw_quoted(samples);
        contents->extra =
            "{\"payload\":\"plaintext\",\"datacontenttype\":"
            "\"text/plain\"}";
        break;
    case 1:
        contents->data = "\"iVBORw0KGgo=\"";
        contents->extra =
            "{\"payload\":\"binary\",\"datacontenttype\":\"image/png\","
            "\"datacontentencoding\":\"base64\"}";
        break;
    case 2:
        contents->data = jangle_text(samples->arena, "[%s]", sample_json(samples));
        contents->extra = "{\"payload\":\"data\"}";
        break;
    default:
        contents->data = draw_object(samples);
        contents->extra = "{\"payload\":\"data\"}";
    }
}

static void draw_mega(struct samples *samples, struct jangle_contents *contents)
{
    if (sample_below(samples, 3))
        draw_mega_event(samples, contents);
    else
        draw_mega_payload(samples, contents);
}

static void expect_mega(struct jangle_contents *expected)
{
    bool is_event = *expected->type;

    *expected =
        (struct jangle_contents){.id = "",
                                 .source = is_event ? expected->source : "",
                                 .type = expected->type,
                                 .type_version = is_event && !expected->type_version ? 1
                                                 : is_event ? expected->type_version
                                                            : 0,
                                 .role = JANGLE_ROLE_EVENT,
                                 .key = is_event ? expected->subject : "",
                                 .subject = is_event ? expected->subject : "",
                                 .at = is_event ? expected->at : (jangle_time){0},
                                 .data = expected->data,
                                 .extra = expected->extra};
}

/* ---- contents -------------------------------------------------------------------- */

static void draw_head(struct samples *samples, struct jangle_contents *contents)
{
    *contents = (struct jangle_contents){
        .id = jangle_text(samples->arena, "i%s", sample_text(samples)),
        .source = jangle_text(samples->arena, "/%s", sample_text(samples)),
        .type = draw_type(samples),
        .type_version = (int)(sample_bits(samples) >> 33 >> sample_below(samples, 31)),
        .role = sample_below(samples, 2) ? JANGLE_ROLE_EVENT : JANGLE_ROLE_COMMAND,
        .key = draw_text(samples),
        .subject = draw_text(samples),
        .version = draw_count(samples),
        .position = draw_count(samples),
        .at = draw_time(samples),
        .origin = {.correlation_id = draw_origin(samples),
                   .causation_id = draw_origin(samples),
                   .actor = draw_origin(samples),
                   .trace = draw_origin(samples)},
        .extra = ""};
}

static void expect_petisco(struct jangle_contents *expected)
{
    expected->source = expected->key = expected->subject = "";
    expected->version = expected->position = 0;
    if (!expected->type_version)
        expected->type_version = 1;
}

static void expect_melange(struct jangle_contents *expected)
{
    *expected = (struct jangle_contents){.id = "",
                                         .source = "",
                                         .type = expected->type,
                                         .role = JANGLE_ROLE_EVENT,
                                         .key = "",
                                         .subject = "",
                                         .at = expected->at,
                                         .data = expected->data,
                                         .extra = ""};
}

static void expect_plain(struct jangle_contents *expected)
{
    expected->source = expected->subject = "";
    expected->type_version = 0;
    expected->role = JANGLE_ROLE_EVENT;
    expected->version = expected->position = 0;
    expected->origin = (struct jangle_origin){.trace = expected->origin.trace};
}

void contents_draw(struct samples *samples,
                   const struct jangle_format *format,
                   struct jangle_contents *contents,
                   struct jangle_contents *expected)
{
    struct jn_json_writer extra = {.arena = samples->arena};

    draw_head(samples, contents);
    if (format == &jangle_petisco) {
        contents->data = draw_object(samples);
        contents->extra = draw_meta(samples);
    } else if (format == &jangle_melange) {
        contents->data = draw_object(samples);
        contents->role = JANGLE_ROLE_EVENT;
    } else if (is_mega(format)) {
        draw_mega(samples, contents);
    } else {
        if (format != &jangle_plain)
            draw_extensions(samples, format == &jangle_cloudevents, &extra);
        contents->data = draw_data(samples, &extra);
        contents->extra = close_extra(samples, &extra);
    }
    *expected = *contents;
    if (format == &jangle_petisco)
        expect_petisco(expected);
    if (format == &jangle_melange)
        expect_melange(expected);
    if (format == &jangle_plain)
        expect_plain(expected);
    if (is_mega(format))
        expect_mega(expected);
}
