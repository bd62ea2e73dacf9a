/* verb_tail.c - the verb tail: the newest events, and those that come. */
#include "admin/verb_tail.h"
#include "admin/events.h"
#include "admin/known.h"

enum { NEWEST = 10, PATIENCE_MS = 500 };

struct tail {
    struct jangle_look *look;
    struct jangle_event_filter filter;
    struct jn_event_printer printer;
    int64_t read_to; /* all up to this position was read */
};

static enum jangle_result note_position(void *context,
                                        const struct jangle_seen_event *event)
{
    *(int64_t *)context = event->position;
    return JANGLE_OK;
}

/* Find the position before the newest `count` events. */
static enum jangle_result
find_start(struct tail *tail, int64_t count, struct jangle_error *error)
{
    struct jangle_event_filter newest = tail->filter;
    int64_t first = 0;
    struct jangle_store_facts facts;
    enum jangle_result result;

    if (!count) {
        result = jangle_look_store(tail->look, &facts, error);
        tail->filter.after = result ? 0 : facts.position;
        return result;
    }
    newest.newest_first = true;
    newest.limit = count;
    result = jangle_look_events(tail->look, &newest, note_position, &first, NULL, error);
    tail->filter.after = first ? first - 1 : 0;
    return result;
}

/* Print what there is behind `after`. What is stored meanwhile may be read or not, so the
 * head is asked for first: all up to it has surely been read, and all that was visited.
 */
static enum jangle_result print_page(struct tail *tail, struct jangle_error *error)
{
    struct jangle_store_facts facts;
    enum jangle_result result = jangle_look_store(tail->look, &facts, error);

    if (result)
        return result;
    tail->read_to = facts.position;
    result = jangle_look_events(tail->look, &tail->filter, jn_events_visit,
                                &tail->printer, NULL, error);
    if (tail->read_to < tail->printer.last)
        tail->read_to = tail->printer.last;
    if (!jangle_verb_flush(tail->printer.call) && !result)
        result = JANGLE_CANCELLED;
    return result;
}

static bool is_wanted(struct tail *tail)
{
    return !jangle_verb_stopped(tail->printer.call) &&
           jn_screen_is_read(&tail->printer.call->screen);
}

/* Until an event comes, or Ctrl-C, or nobody reads any more. */
static enum jangle_result wait_for_more(struct tail *tail, struct jangle_error *error)
{
    enum jangle_result result;

    do {
        if (!is_wanted(tail))
            return JANGLE_CANCELLED;
        result = jangle_look_wait(tail->look, tail->read_to, PATIENCE_MS, error);
    } while (result == JANGLE_TIMEOUT);
    return result;
}

static enum jangle_result follow(struct tail *tail, struct jangle_error *error)
{
    enum jangle_result result;

    do {
        result = wait_for_more(tail, error);
        tail->filter.after = tail->read_to;
        if (!result)
            result = print_page(tail, error);
    } while (!result);
    return result;
}

/* What was named is asked for before the first wait, which might never end. */
static enum jangle_exit check_name(struct tail *tail)
{
    if (tail->printer.last)
        return JANGLE_EXIT_OK;
    return jn_known_stream(tail->printer.call, tail->filter.kind, tail->filter.id);
}

static enum jangle_exit
run_tail(struct jangle_verb_call *call, struct tail *tail, int64_t from, int64_t count)
{
    struct jangle_error error = {0};
    enum jangle_result result = JANGLE_OK;
    enum jangle_exit status = JANGLE_EXIT_OK;
    bool follows = jangle_verb_option(call, "follow");

    tail->look = jangle_verb_look(call);
    if (!tail->look)
        return jangle_verb_failed(call);
    if (follows)
        jn_screen_follow(&call->screen);
    jn_events_begin(&tail->printer, call);
    if (from)
        tail->filter.after = from - 1;
    else
        result = find_start(tail, count, &error);
    if (!result)
        result = print_page(tail, &error);
    if (!result)
        status = check_name(tail);
    if (status)
        return status;
    if (!result && follows)
        result = follow(tail, &error);
    jangle_verb_flush(call);
    return jn_events_end(&tail->printer, result, &error);
}

enum jangle_exit jn_run_tail(struct jangle_verb_call *call)
{
    struct tail tail = {0};
    struct jn_thing stream;
    int64_t from;
    int64_t count;
    enum jangle_exit status = JANGLE_EXIT_USAGE;

    if (jn_events_filter(call, &stream, jangle_verb_argument(call, 0), &tail.filter) &&
        jn_events_number(call, "from", 0, &from) &&
        jn_events_number(call, "lines", NEWEST, &count))
        status = run_tail(call, &tail, from, count);
    jn_thing_free(&stream);
    return status;
}
