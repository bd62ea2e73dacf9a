/* verb_events.c - the verb events: searches the log, or one stream. */
#include "admin/verb_events.h"
#include "admin/events.h"
#include "admin/known.h"

/* Where to go on: `next` is left out of a search, --from is not. */
static void say_what_was_read(const struct jangle_verb_call *call,
                              const struct jangle_event_filter *filter,
                              const struct jangle_search *search)
{
    struct jn_bytes remark = {0};

    jn_bytes_thousands(&remark, search->visited);
    jn_bytes_text(&remark, search->visited == 1 ? " event; read " : " events; read ");
    jn_bytes_thousands(&remark, search->read);
    if (search->next)
        jn_bytes_format(&remark, "; go on with --from %lld",
                        (long long)(search->next + (filter->newest_first ? -1 : 1)));
    jangle_verb_say(call, "%s", jn_bytes_string(&remark));
    jn_bytes_free(&remark);
}

static bool read_bounds(const struct jangle_verb_call *call,
                        struct jangle_event_filter *filter)
{
    int64_t from;

    if (!jn_events_number(call, "from", 0, &from) ||
        !jn_events_number(call, "limit", 0, &filter->limit) ||
        !jn_events_number(call, "read-limit", 0, &filter->read_limit))
        return false;
    filter->newest_first = jangle_verb_option(call, "newest");
    if (from && filter->newest_first)
        filter->before = from + 1;
    else if (from)
        filter->after = from - 1;
    return true;
}

static enum jangle_exit search_for(struct jangle_verb_call *call,
                                   const struct jangle_event_filter *filter)
{
    struct jangle_look *look = jangle_verb_look(call);
    struct jn_event_printer printer;
    struct jangle_search search = {0};
    struct jangle_error error = {0};
    enum jangle_result result;
    enum jangle_exit status;

    if (!look)
        return jangle_verb_failed(call);
    jn_events_begin(&printer, call);
    result = jangle_look_events(look, filter, jn_events_visit, &printer, &search, &error);
    jangle_verb_flush(call);
    status = jn_events_end(&printer, result, &error);
    if (!result && !search.visited)
        status = jn_known_stream(call, filter->kind, filter->id);
    if (!result && (!status || search.visited))
        say_what_was_read(call, filter, &search);
    return status;
}

enum jangle_exit jn_run_events(struct jangle_verb_call *call)
{
    struct jangle_event_filter filter;
    struct jn_thing stream;
    enum jangle_exit status = JANGLE_EXIT_USAGE;

    if (jn_events_filter(call, &stream, jangle_verb_argument(call, 0), &filter) &&
        read_bounds(call, &filter))
        status = search_for(call, &filter);
    jn_thing_free(&stream);
    return status;
}
