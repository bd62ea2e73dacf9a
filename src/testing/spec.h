/* spec.h - the inside of given, when, then. */
#ifndef JN_SPEC_H
#define JN_SPEC_H

#include "command/decision.h"
#include "command/state.h"
#include "dispatch/delivery.h"
#include "saga/saga.h"

#include <jangle/testing.h>

/* What a spec is about. */
enum jn_spec_kind { JN_SPEC_AGGREGATE = 1, JN_SPEC_SAGA = 2, JN_SPEC_SUBSCRIBER = 4 };

/* A message as it would be stored, or as it comes in JSON. */
struct jn_spec_message {
    const struct jangle_message *type;
    int version;
    const char *json;
    size_t size;
};

/* How commands of a type are answered to a saga, or a handler. */
struct jn_spec_answer {
    const struct jangle_message *type;
    enum jangle_result result;
    const char *reason;
};

/* How many events a stream has. */
struct jn_spec_stream {
    const char *kind, *id;
    int64_t version;
};

/* What is around a saga or a subscriber: where events come from, who is sent to. */
struct jn_spec_stubs {
    struct jangle_arena arena; /* of all of it, as long as the spec */
    struct {
        struct jn_spec_answer *items;
        size_t count;
    } answers;
    struct {
        struct jn_spec_stream *items;
        size_t count;
    } streams;
    const char *from_kind, *from_id;
    int64_t position; /* of the last event */
};

/* What a store would know of a saga, and what its last turn came to. */
struct jn_spec_saga {
    struct jn_saga record;             /* as it is stored: a turn runs on a copy */
    const struct jangle_message *type; /* of the last turn's event; NULL: a timeout */
    struct jangle_record event;
    bool ran;            /* there was a last turn... */
    bool waits;          /* ...and it failed */
    int attempt;         /* of it */
    int64_t retry_in_ms; /* that it asked for, or JN_BY_POLICY */
};

/* A subscriber in an instance of its own, whose log stays empty: events are handed to it
 * one by one. */
struct jn_spec_subscriber {
    struct jn_recipient recipient; /* first: handlers' commands come to this */
    struct jangle_spec *spec;
    struct jangle_subscriber table; /* the user's, with its events from anywhere */
    struct jangle *jangle;
    struct jn_subscription *subscription;
    struct jangle_arena arena;            /* of a delivery */
    const struct jangle_handler *handler; /* of the last event; NULL: there was none */
    struct jangle_record event;
    int64_t committed; /* position that the view has */
    int attempt;
    enum jn_outcome outcome;
    int64_t retry_in_ms;
    bool asked;
    struct jangle_answer answer; /* to that question */
    bool answer_named;
};

/* What has happened to aggregates besides the one that is tried: a store of which states
 * can be loaded, and no more. */
struct jn_spec_others {
    struct jangle_store base;
    struct jangle_arena arena; /* of all of it, as long as the spec */
    struct {
        struct jangle_record *items;
        size_t count;
    } records;
};

struct jangle_spec {
    bool broken; /* never came to be: everything fails */
    enum jn_spec_kind kind;
    struct jn_host host;
    struct jn_log log;
    struct jn_registry registry;
    struct jn_loader loader;
    int64_t step_limit, look_limit;
    const struct jangle_aggregate *aggregate; /* NULL: it is about something else */
    char *id;
    jangle_time now;
    struct jn_state state;
    struct jn_spec_stubs stubs;
    struct jn_spec_saga saga;
    struct jn_spec_subscriber subscriber;
    struct jn_spec_others others;
    int failures;
    int commands;              /* sent to the aggregate */
    struct jangle_arena arena; /* of what the last `when` came to: */
    struct jn_emissions emissions;
    size_t named; /* emissions that a `then` named */
    enum jangle_result result;
    struct jangle_error error;
    bool result_named;
    char reply[64];
    struct jangle_here when; /* where it was said */
};

/* The same in a world of the caller's choice; all tables but one are NULL. */
struct jn_spec_subject {
    const struct jangle_aggregate *aggregate;
    const struct jangle_saga *saga;
    const struct jangle_subscriber *subscriber;
    const char *id;
};

/* Print where and what, and count it. */
void jn_spec_complain(struct jangle_here here, const char *format, ...)
    JANGLE_PRINTF(2, 3);

/* Is it about one of these kinds? Complains if not: `what` is what was called. A broken
 * spec is about none. */
bool jn_spec_is(struct jangle_here here, unsigned kinds, const char *what);

/* "command", "turn" or "event": what the last `when` was about. */
const char *jn_spec_noun(const struct jangle_spec *spec);

/* ---- of a saga (spec_saga.c) ------------------------------------------------- */

/* Sends to nobody (spec_commands.c); the turn's context is the spec. */
extern const struct jn_turn_ops jn_spec_turn_ops;

/* ---- of a subscriber (spec_subscriber.c) ------------------------------------- */

/* Complain of an answer that nobody named; forget it. */

#endif
