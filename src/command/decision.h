/* decision.h - what a command comes to: collected while `decide` runs, made into records
 * when it has. */
#ifndef JN_DECISION_H
#define JN_DECISION_H

#include "base/host.h"
#include "core/registry.h"
#include "message/codec.h"

#include <jangle/plugin/store.h>

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

struct jangle_decision {
    const struct jn_registry *registry; /* NULL: any aggregate may be emitted to */
    const struct jn_limits *limits;
    const struct jangle_aggregate *aggregate;
    const struct jangle_command *command;
    struct jangle_arena *arena;
    struct jangle_error *error; /* the first one sticks */
    enum jangle_result result;  /* what sticks; OK: nothing yet */
    struct jn_emissions emissions;
    char reply[64];
};

/* Call `decide`, and say what really came of it: what stuck, whatever it returned;
 * NO_MEMORY if the arena failed; INVALID if it returned what no decider may. */
enum jangle_result jn_decision_make(struct jangle_decision *decision,
                                    jangle_decide_fn *decide,
                                    const void *state);

/* Make the append: records in the arena, own ones numbered from command->version + 1, on
 * the condition that the aggregate is still at command->version. `command_id` may be
 * NULL. NO_MEMORY; INVALID if an origin cannot be written. */
enum jangle_result jn_decision_append(const struct jangle_decision *decision,
                                      const struct jn_host *host,
                                      struct jangle_append *append);

/* Of its own aggregate. */
int64_t jn_decision_own_count(const struct jangle_decision *decision);

#endif
