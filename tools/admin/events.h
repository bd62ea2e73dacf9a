/* events.h - events as verbs search and print them. */
#ifndef ADMIN_EVENTS_H
#define ADMIN_EVENTS_H

#include "admin/call.h"
#include "admin/thing.h"

#include <jangle/look.h>

/* The options of all verbs that search. */
#define JN_EVENT_OPTIONS                                                                 \
    {"type", 't', "GLOB", "only events of such a type", NULL},                           \
        {"since", 0, "TIME", "only events from that time on", NULL},                     \
        {"until", 0, "TIME", "only events before that time", NULL},                      \
        {"correlation", 0, "ID", "only events of that correlation", NULL},               \
        {"causation", 0, "ID", "only events of the command of that id", NULL},           \
        {"actor", 0, "GLOB", "only events of such an actor", NULL},                      \
        {"text", 0, "TEXT", "only events whose payload holds this text", NULL},          \
    {                                                                                    \
        "no-data", 0, NULL, "leave the payload out", NULL                                \
    }

struct jn_event_printer {
    struct jangle_verb_call *call;
    bool no_data;
    int64_t last;   /* the position of the last one that was visited; 0: none */
    int64_t faults; /* records with a fault */
};

/* Begin the table. */
void jn_events_begin(struct jn_event_printer *printer, struct jangle_verb_call *call);

/* jangle_seen_event_fn with a printer: add a row. CANCELLED: nobody reads any more, or
 * Ctrl-C came. */
enum jangle_result jn_events_visit(void *context, const struct jangle_seen_event *event);

/* Print one event with everything that is known of it. */
void jn_events_show(struct jangle_verb_call *call, const struct jangle_seen_event *event);

/* Read the options, and the stream or NULL. The filter borrows from `stream`. False: one
 * is wrong, and stderr says which. */
bool jn_events_filter(const struct jangle_verb_call *call,
                      struct jn_thing *stream,
                      const char *name,
                      struct jangle_event_filter *filter);

/* The number of an option, or `otherwise` if it was not typed. False: it is none. */
bool jn_events_number(const struct jangle_verb_call *call,
                      const char *option,
                      int64_t otherwise,
                      int64_t *number);

/* How a verb ends that has printed events. */
enum jangle_exit jn_events_end(const struct jn_event_printer *printer,
                               enum jangle_result result,
                               const struct jangle_error *error);

#endif
