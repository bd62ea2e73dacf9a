/* events.c - events as verbs search and print them. */
#include "admin/events.h"
#include "admin/when.h"

#include <string.h>

/* ---- printing --------------------------------------------------------------------- */

#define NUMBER(of)     .name = of, .kind = JANGLE_CELL_NUMBER
#define FOR_PEOPLE(of) .name = of, .shown_to = JANGLE_FOR_PEOPLE
#define FOR_JSON(of)   .name = of, .shown_to = JANGLE_FOR_JSON

/* The members of struct jangle_seen_event; and how people see some of them together. */
static const struct jangle_table_columns columns =
    JANGLE_TABLE_COLUMNS({NUMBER("position")},
                         {FOR_JSON("kind")},
                         {FOR_JSON("id")},
                         {FOR_JSON("version"), .kind = JANGLE_CELL_NUMBER},
                         {.name = "at", .kind = JANGLE_CELL_TIME},
                         {FOR_PEOPLE("stream")},
                         {.name = "type"},
                         {FOR_JSON("type_version"), .kind = JANGLE_CELL_NUMBER},
                         {FOR_JSON("event_id")},
                         {FOR_JSON("correlation_id")},
                         {FOR_JSON("causation_id")},
                         {FOR_JSON("actor")},
                         {FOR_JSON("trace")},
                         {FOR_JSON("payload"), .kind = JANGLE_CELL_DATA},
                         {FOR_JSON("meta"), .kind = JANGLE_CELL_DATA},
                         {FOR_JSON("fault")},
                         {FOR_JSON("missing"), .kind = JANGLE_CELL_NUMBER},
                         {FOR_PEOPLE("payload"), .shrinks = true});

/* One event for itself, with all of it for people, too. */
static const struct jangle_table_columns whole =
    JANGLE_TABLE_COLUMNS({NUMBER("position")},
                         {FOR_JSON("kind")},
                         {FOR_JSON("id")},
                         {FOR_JSON("version"), .kind = JANGLE_CELL_NUMBER},
                         {.name = "at", .kind = JANGLE_CELL_TIME},
                         {FOR_PEOPLE("stream")},
                         {.name = "type"},
                         {NUMBER("type_version")},
                         {.name = "event_id"},
                         {.name = "correlation_id"},
                         {.name = "causation_id"},
                         {.name = "actor"},
                         {FOR_JSON("trace")},
                         {.name = "payload", .kind = JANGLE_CELL_DATA},
                         {.name = "meta", .kind = JANGLE_CELL_DATA},
                         {.name = "fault"},
                         {FOR_JSON("missing"), .kind = JANGLE_CELL_NUMBER},
                         {.name = "command"},
                         {NUMBER("cause")},
                         {.name = "sender"});

enum { CELL_COUNT = 17 }; /* and one more of the table, or three of one event */

static void put_stream(struct jn_bytes *out, const struct jangle_seen_event *event)
{
    jn_bytes_format(out, "%s/%s@%lld", event->kind ? event->kind : "?",
                    event->id ? event->id : "?", (long long)event->version);
}

static void fill(struct jangle_table_cell cells[CELL_COUNT],
                 const struct jangle_seen_event *event,
                 const char *stream,
                 bool no_data)
{
    const struct jangle_table_cell filled[CELL_COUNT] = {
        {.number = event->position},
        {.text = event->kind},
        {.text = event->id},
        {.number = event->version},
        {.number = event->at.us},
        {.text = stream},
        {.text = event->type},
        {.number = event->type_version},
        {.text = event->event_id},
        {.text = jn_or_none(event->origin.correlation_id)},
        {.text = jn_or_none(event->origin.causation_id)},
        {.text = jn_or_none(event->origin.actor)},
        {.text = jn_or_none(event->origin.trace)},
        {.text = no_data ? NULL : event->payload, .size = event->payload_size},
        {.text = no_data ? NULL : event->meta},
        {.text = event->fault},
        {.number = event->missing},
    };

    memcpy(cells, filled, sizeof filled);
}

void jn_events_begin(struct jn_event_printer *printer, struct jangle_verb_call *call)
{
    *printer = (struct jn_event_printer){.call = call,
                                         .no_data = jangle_verb_option(call, "no-data")};
    jangle_verb_table(call, &columns);
}

/* A fault stands before what there is of the payload. */
static void
put_payload(struct jn_bytes *out, const struct jangle_seen_event *event, bool no_data)
{
    if (event->fault)
        jn_bytes_format(out, "FAULT: %s; ", event->fault);
    if (!no_data && event->payload)
        jn_bytes_put(out, event->payload, event->payload_size);
}

enum jangle_result jn_events_visit(void *context, const struct jangle_seen_event *event)
{
    struct jn_event_printer *printer = context;
    struct jangle_table_cell cells[CELL_COUNT + 1];
    struct jn_bytes stream = {0};
    struct jn_bytes payload = {0};
    enum jangle_result result;

    if (!printer->call->json) {
        put_stream(&stream, event);
        put_payload(&payload, event, printer->no_data);
    }
    fill(cells, event, jn_bytes_string(&stream), printer->no_data);
    cells[CELL_COUNT] = (struct jangle_table_cell){.text = jn_bytes_string(&payload),
                                                   .size = payload.size};
    result = jn_verb_row(printer->call, cells);
    jn_bytes_free(&stream);
    jn_bytes_free(&payload);
    printer->last = event->position;
    printer->faults += event->fault != NULL;
    return result;
}

void jn_events_show(struct jangle_verb_call *call, const struct jangle_seen_event *event)
{
    struct jangle_table_cell cells[CELL_COUNT + 3];
    struct jn_bytes stream = {0};

    put_stream(&stream, event);
    fill(cells, event, jn_bytes_string(&stream), false);
    cells[CELL_COUNT] = (struct jangle_table_cell){.text = event->command};
    cells[CELL_COUNT + 1] = (struct jangle_table_cell){
        .number = event->cause ? event->cause : JANGLE_CELL_NONE};
    cells[CELL_COUNT + 2] = (struct jangle_table_cell){.text = event->sender};
    jangle_verb_facts(call, &whole, cells);
    jn_bytes_free(&stream);
}

enum jangle_exit jn_events_end(const struct jn_event_printer *printer,
                               enum jangle_result result,
                               const struct jangle_error *error)
{
    enum jangle_exit status = jn_verb_visited(printer->call, result, error);

    if (status || !printer->faults)
        return status;
    jangle_verb_say(printer->call, "%lld of these records have a fault",
                    (long long)printer->faults);
    return JANGLE_EXIT_FOUND;
}

/* ---- searching -------------------------------------------------------------------- */

bool jn_events_number(const struct jangle_verb_call *call,
                      const char *option,
                      int64_t otherwise,
                      int64_t *number)
{
    const char *typed = jangle_verb_option(call, option);

    *number = otherwise;
    if (!typed || jn_thing_number(typed, number))
        return true;
    jangle_verb_say(call, "--%s wants a number from 0 on, and not `%s`", option, typed);
    return false;
}

static bool
read_time(const struct jangle_verb_call *call, const char *option, jangle_time *time)
{
    const char *typed = jangle_verb_option(call, option);

    if (!typed || jn_when_read(typed, jn_when_now(), call->local, time))
        return true;
    jangle_verb_say(
        call,
        "--%s wants a time, such as 03:00, '2026-11-28 21:59' or -2h, and not "
        "`%s`",
        option, typed);
    return false;
}

/* "account/000174", or a kind alone. */
static bool read_stream(const struct jangle_verb_call *call,
                        struct jn_thing *stream,
                        const char *name,
                        struct jangle_event_filter *filter)
{
    if (!jn_thing_read(stream, name)) {
        jangle_verb_say(call, "out of memory");
        return false;
    }
    if (stream->kind == JN_THING_STREAM) {
        filter->kind = stream->stream_kind;
        filter->id = stream->id;
    } else if (stream->kind == JN_THING_NAME) {
        filter->kind = name;
    } else {
        jangle_verb_say(call,
                        "%s wants a stream, such as account/000174, and not `%s`; "
                        "`%s show` shows one event",
                        call->verb->name, name, call->admin->name);
        return false;
    }
    return true;
}

bool jn_events_filter(const struct jangle_verb_call *call,
                      struct jn_thing *stream,
                      const char *name,
                      struct jangle_event_filter *filter)
{
    *stream = (struct jn_thing){0};
    *filter = (struct jangle_event_filter){
        .type = jangle_verb_option(call, "type"),
        .correlation_id = jangle_verb_option(call, "correlation"),
        .causation_id = jangle_verb_option(call, "causation"),
        .actor = jangle_verb_option(call, "actor"),
        .text = jangle_verb_option(call, "text"),
    };
    return (!name || read_stream(call, stream, name, filter)) &&
           read_time(call, "since", &filter->since) &&
           read_time(call, "until", &filter->until);
}
