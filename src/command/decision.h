/* decision.h - what a command comes to: collected while `decide` runs, made into records
 * when it has. */
#ifndef JN_DECISION_H
#define JN_DECISION_H

#include "base/host.h"
#include "command/state.h"

enum { JN_ID_LIMIT = 200 }; /* bytes of an id: aggregates, commands */

/* One event, encoded, on its way. */
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
    int64_t version; /* that it was at; 0: it has not begun */
    struct jn_state state;
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
    const struct jn_loader *loader; /* of others' states */
    int64_t look_limit;
    const void *state; /* the aggregate's own */
    struct jangle_arena *arena;
    struct jangle_error *error; /* the first one sticks */
    enum jangle_result result;  /* what sticks; OK: nothing yet */
    struct jn_emissions emissions;
    struct jn_looks looks;
    char reply[64];
};

/* The first error sticks, with its sentence. Returns what sticks. */
enum jangle_result jn_decision_stick(struct jangle_decision *decision,
                                     enum jangle_result result);

/* Is that the stream of the aggregate that decides? */
bool jn_decision_is_own(const struct jangle_decision *decision,
                        const struct jangle_aggregate *aggregate,
                        const char *id);

/* Call `decide`, and say what really came of it: what failed_with, whatever it returned;
 * NO_MEMORY if the arena failed; INVALID if it returned what no decider may. */
enum jangle_result jn_decision_make(struct jangle_decision *decision,
                                    jangle_decide_fn *decide,
                                    const void *state);

/* What was decided on: the aggregate's own version, and that of each other one whose
 * state was looked at; 0: there was nothing yet. `index` goes up to the number of looks.
 */
struct jangle_condition jn_decision_condition(const struct jangle_decision *decision,
                                              size_t index);

/* Make the append: records in the arena, own ones numbered from command->version + 1, on
 * all of these conditions. `command_id` may be NULL. NO_MEMORY; INVALID if an origin
 * cannot be written. */
enum jangle_result jn_decision_append(const struct jangle_decision *decision,
                                      const struct jn_host *host,
                                      struct jangle_append *append);

#endif
