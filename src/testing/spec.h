/* spec.h - what a spec is made of: the struct behind given, when, then, and how it
 * complains. */
#ifndef JN_SPEC_H
#define JN_SPEC_H

#include "command/decision.h"
#include "command/state.h"
#include "dispatch/delivery.h"
#include "saga/saga.h"

#include <jangle/testing.h>

/* What a spec tries. The kinds are bits, so that a call can be for several of them. */
enum jn_spec_kind { JN_SPEC_AGGREGATE = 1, JN_SPEC_SAGA = 2, JN_SPEC_SUBSCRIBER = 4 };

/* A message in JSON, as it would be stored. */
struct jn_spec_message {
    const struct jangle_message *type;
    int version;
    const char *json;
    size_t size;
};

/* How commands of one type are answered, when a saga or a handler sends them. */
struct jn_spec_answer {
    const struct jangle_message *type;
    enum jangle_result result;
    const char *reason;
};

/* A stream that events came from, and the version of its last one. */
struct jn_spec_stream {
    const char *kind, *id;
    int64_t version;
};

/* What stands in for the rest of a program around a saga or a subscriber: the answers to
 * the commands that are sent, and the streams that events come from. */
struct jn_spec_stubs {
    struct jangle_arena arena; /* what is kept until the spec is closed is in it */
    struct {
        struct jn_spec_answer *items;
        size_t count;
    } answers;
    struct {
        struct jn_spec_stream *items;
        size_t count;
    } streams;
    const char *from_kind, *from_id; /* the stream that events come from now */
    int64_t position;                /* of the last event */
};

/* The saga that is tried: what a store would hold of it, and its last turn. */
struct jn_spec_saga {
    struct jn_saga record;             /* as it would be stored: turns run on a copy */
    const struct jangle_message *type; /* of the last turn's event; NULL: a timeout */
    bool ran;                          /* there was a turn */
    bool waits;                        /* the last turn failed, and is still open */
};

/* The subscriber that is tried, in an instance of its own. The log of that instance stays
 * empty: the spec hands events to the handlers one by one. */
struct jn_spec_subscriber {
    struct jn_recipient recipient; /* first: the handlers' commands come to it */
    struct jangle_spec *spec;
    struct jangle_subscriber table; /* a copy of the user's, which allows all events */
    struct jangle *jangle;
    struct jn_subscription *subscription;
    struct jangle_arena arena;            /* of a delivery */
    const struct jangle_handler *handler; /* of the last event; NULL: there was none */
    int64_t committed;                    /* the checkpoint that the view's file has */
    enum jn_outcome outcome;              /* of the last event */
    bool asked;                           /* the last `when` was a question */
    struct jangle_answer answer;
    bool answer_named; /* by a `then` */
};

/* The events of aggregates beside the one that is tried: a store from which their states
 * can be loaded, and which can do nothing else. */
struct jn_spec_others {
    struct jangle_store base;
    struct {
        struct jangle_record *items;
        size_t count;
    } records;
};

struct jangle_spec {
    bool broken; /* the spec could not be opened: every call on it fails */
    enum jn_spec_kind kind;
    struct jn_host host;
    struct jn_log log;
    struct jn_registry registry;
    struct jn_loader loader;
    int64_t step_limit, look_limit;
    const struct jangle_aggregate *aggregate; /* that is tried; NULL: another kind is */
    char *id;
    jangle_time now;
    struct jn_state state;
    struct jn_spec_stubs stubs;
    struct jn_spec_saga saga;
    struct jn_spec_subscriber subscriber;
    struct jn_spec_others others;
    int failures;
    int commands; /* that were sent to the aggregate */

    /* The event that came to the saga or the subscriber last, and the last attempt. */
    struct jangle_record event;
    int attempt;
    int64_t retry_in_ms; /* as the code asked, or JN_BY_POLICY */

    /* What the last `when` caused. */
    struct jangle_arena arena;
    struct jn_emissions emissions;
    size_t named; /* emissions that a `then` named */
    enum jangle_result result;
    struct jangle_error error;
    bool result_named;
    char reply[64];
    struct jangle_here when; /* the line of the test with that `when` */
};

/* What a spec is opened for: all tables but one are NULL. */
struct jn_spec_subject {
    const struct jangle_aggregate *aggregate;
    const struct jangle_saga *saga;
    const struct jangle_subscriber *subscriber;
    const char *id;
};

/* Print the line of the test and what does not hold there, and count it. */
void jn_spec_complain(struct jangle_here here, const char *format, ...)
    JANGLE_PRINTF(2, 3);

/* Does the spec try one of these kinds? If not, it complains: `what` is the function that
 * was called. A broken spec tries none. */
bool jn_spec_is(struct jangle_here here, unsigned kinds, const char *what);

/* "command", "turn", "event" or "question": what the last `when` was. */
const char *jn_spec_noun(const struct jangle_spec *spec);

/* Are the two of that type equal? Complains about the first difference. */
void jn_spec_compare(struct jangle_here here,
                     const struct jangle_message *type,
                     const void *is,
                     const void *expected);

/* Complain of what the last `when` caused and no `then` named, and begin with nothing
 * again. */
void jn_spec_settle(struct jangle_spec *spec);

/* Settle the `when` before, and begin the one of this line. */
void jn_spec_begin(struct jangle_here here);

#endif
