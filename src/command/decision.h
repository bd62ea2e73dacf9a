/* decision.h - struct jangle_decision: what a decider emits, refuses, replies and looks
 * at, collected while it runs; then made into the records of one append. */
#ifndef JN_DECISION_H
#define JN_DECISION_H

#include "base/host.h"
#include "command/fetch.h"

enum { JN_ID_LIMIT = 200 }; /* bytes of an id: aggregates, commands */

/* One event that was emitted: checked and encoded. */
struct jn_emission {
    const char *kind;
    const char *id;
    bool own;   /* into the stream of the aggregate that decides */
    bool fresh; /* the stream must not exist yet */
    const struct jangle_message *type;
    const char *json;
    size_t size;
};

struct jn_emissions {
    struct jn_emission *items;
    size_t count;
};

/* Another aggregate whose state the decision depends on. */
struct jn_look {
    const struct jangle_aggregate *aggregate;
    const char *id;
    int64_t version; /* of its state; 0: it has no events */
    struct jn_fetched fetched;
};

struct jn_looks {
    struct jn_look *items;
    size_t count;
};

struct jangle_decision {
    const struct jn_registry *registry; /* NULL: any aggregate may be emitted to */
    const struct jn_limits *limits;
    const struct jangle_aggregate *aggregate;
    const struct jangle_command *command;
    const struct jn_loader *loader; /* for the states that it looks at */
    struct jn_stream_locks *locks;  /* in which they are cached; NULL: nowhere */
    int64_t look_limit;
    const void *state; /* the aggregate's own */
    struct jangle_arena *arena;
    struct jangle_error *error; /* the first error stays */
    enum jangle_result result;  /* of that error; OK: none yet */
    struct jn_emissions emissions;
    struct jn_looks looks;
    bool unread; /* a state that it looked at could not be read */
    char reply[64];
};

/* Keep the result if it is the first error. Returns the first error, which later calls of
 * the decider cannot change. */
enum jangle_result jn_decision_stick(struct jangle_decision *decision,
                                     enum jangle_result result);

/* Is it 1..JN_ID_LIMIT bytes of UTF-8, as the id of an aggregate or a command must be? */
bool jn_is_id(const char *id);

/* Is it the aggregate that decides? */
bool jn_decision_is_own(const struct jangle_decision *decision,
                        const struct jangle_aggregate *aggregate,
                        const char *id);

/* The look at that aggregate; NULL: the decision has not looked at it yet. */
const struct jn_look *jn_decision_find_look(const struct jangle_decision *decision,
                                            const struct jangle_aggregate *aggregate,
                                            const char *id);

/* Call `decide`. The result is its first error, whatever it returned after that;
 * NO_MEMORY if the arena failed; INVALID if it returned what no decider may return. */
enum jangle_result jn_decision_make(struct jangle_decision *decision,
                                    jangle_decide_fn *decide,
                                    const void *state);

/* What the decision depends on. Index 0 is the deciding aggregate at its version; 1 to
 * the number of looks are the aggregates that were looked at. Version 0: no
 * events yet. */
struct jangle_condition jn_decision_condition(const struct jangle_decision *decision,
                                              size_t index);

/* Make the append, in the arena: one record for each event, and all the conditions above.
 * Events of the deciding aggregate are numbered from command->version + 1. NO_MEMORY;
 * INVALID if an origin cannot be written. */
enum jangle_result jn_decision_append(const struct jangle_decision *decision,
                                      const struct jn_host *host,
                                      struct jangle_append *append);

#endif
