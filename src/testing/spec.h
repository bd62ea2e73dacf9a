/* spec.h - the inside of given, when, then. */
#ifndef JN_SPEC_H
#define JN_SPEC_H

#include "command/decision.h"
#include "command/state.h"
#include "saga/saga.h"

#include <jangle/testing.h>

/* How commands of a type are answered to a saga. */
struct jn_spec_answer {
    const struct jangle_message *type;
    enum jangle_result result;
    const char *reason;
};

/* What a store would know of a saga, and what its last turn came to. */
struct jn_spec_saga {
    struct jangle_arena arena; /* of all of it, as long as the spec */
    struct jn_saga record;     /* as it is stored: a turn runs on a copy */
    struct {
        struct jn_spec_answer *items;
        size_t count;
    } answers;
    const char *from_kind, *from_id;
    int64_t position;                  /* of the last event */
    const struct jangle_message *type; /* of the last turn's event; NULL: a timeout */
    struct jangle_record event;
    bool ran;            /* there was a last turn... */
    bool waits;          /* ...and it failed */
    int attempt;         /* of it */
    int64_t retry_in_ms; /* that it asked for, or JN_BY_POLICY */
};

struct jangle_spec {
    bool broken; /* never came to be: everything fails */
    struct jn_host host;
    struct jn_log log;
    struct jn_registry registry;
    struct jn_loader loader;
    int64_t step_limit;
    const struct jangle_aggregate *aggregate; /* NULL: it is about a saga */
    char *id;
    jangle_time now;
    struct jn_state state;
    struct jn_spec_saga saga;
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

/* The same in a world of the caller's choice; one of the two tables is NULL. */
struct jangle_spec *jn_spec_open(const struct jangle_host *host,
                                 const struct jangle_aggregate *aggregate,
                                 const struct jangle_saga *saga,
                                 const char *id);

/* Print where and what, and count it. */
void jn_spec_complain(struct jangle_here here, const char *format, ...)
    JANGLE_PRINTF(2, 3);

/* Complain of what the last `when` caused and no `then` named; forget it. */
void jn_spec_settle(struct jangle_spec *spec);

/* Is it about a saga, or (the second) about an aggregate? Complains if not: `what` is a
 * word for the other. A broken spec is about neither. */
bool jn_spec_is_saga(struct jangle_here here, const char *what);
bool jn_spec_is_aggregate(struct jangle_here here, const char *what);

/* ---- of an aggregate (spec_aggregate.c) -------------------------------------- */

/* What decides that very description of a command; NULL: nothing. */
jangle_decide_fn *jn_spec_find_decider(const struct jangle_aggregate *aggregate,
                                       const struct jangle_message *type);

void jn_spec_fold(struct jangle_here here,
                  const struct jangle_message *type,
                  const void *data);
void jn_spec_decide(struct jangle_here here,
                    const struct jangle_message *type,
                    const void *data);

/* ---- of a saga (spec_saga.c) ------------------------------------------------- */

enum jangle_result jn_spec_saga_init(struct jangle_spec *spec,
                                     const struct jangle_saga *saga,
                                     struct jangle_error *error);

/* An event that was reacted to already; one that comes now. */
void jn_spec_apply(struct jangle_here here,
                   const struct jangle_message *type,
                   const void *data);
void jn_spec_react(struct jangle_here here,
                   const struct jangle_message *type,
                   const void *data);

/* As it is stored: the event of an open turn is not in it. False: it complained. */
bool jn_spec_load(struct jangle_here here, struct jn_saga *saga);
void jn_spec_save(struct jn_spec_saga *world, struct jn_saga *saga);

/* Sends to nobody (spec_commands.c); the turn's context is the spec. */
extern const struct jn_turn_world jn_spec_world;

#endif
