/* saga.h - one saga in memory, and a turn of it: what was recorded answers, what is new
 * is done and recorded.
 *
 * A turn knows no store: it is given a world that sends. So the same code runs sagas in
 * dispatch (saga.c, saga_store.c) and in given, when, then (spec_saga.c). Recording each
 * outcome before the next step, and answering from the record when the code runs again,
 * is how Temporal's workflows survive, and before them the replay of message logs
 * (R. Strom and S. Yemini, "Optimistic Recovery in Distributed Systems", 1985). */
#ifndef JN_SAGA_H
#define JN_SAGA_H

#include "core/registry.h"
#include "message/codec.h"

#include <jangle/plugin/store.h>

enum { JN_STEP_ID_SIZE = 16 };

/* ---- a saga ------------------------------------------------------------------ */

struct jn_saga {
    const struct jn_saga_type *type;
    const char *id;
    const char *began_as;       /* the type's name then: ids follow from it */
    struct jangle_arena *arena; /* of all of it */
    bool exists;                /* it is stored */
    int64_t version;            /* of the stored record */
    enum jangle_saga_status status;
    void *state;            /* type->saga->state->size bytes */
    const char *state_json; /* the same, as it was before the open turn */
    int state_version;
    int64_t position;   /* of the last event that it has dealt with */
    size_t closed;      /* steps of turns that are over */
    size_t reorderable; /* steps after those that may come again in any order, or not */
    struct jangle_origin origin;
    const char *reason; /* why it is parked, or failed last; or NULL */
    jangle_time timeout_at;
    bool timeout_is_parked; /* its timeout's turn is open, and a parked row sees to it */
    jangle_time turn_at;    /* of the open turn's first run; zero: none is open */
    int64_t turn_position;  /* of its event; 0: it is a timeout's */
    jangle_time turn_event_at; /* when its event was stored; zero: it is a timeout's, or
                                  was given up, and its timeout need not wait for it */
    jangle_time timed_out_at;  /* when its last timeout had its turn; zero: none had */
    struct jangle_step *steps;
    size_t count, capacity;
    size_t stored; /* of the steps */
};

/* One that nobody has begun. NO_MEMORY. */
enum jangle_result jn_saga_init(struct jn_saga *saga,
                                const struct jn_saga_type *type,
                                const char *id,
                                struct jangle_arena *arena,
                                struct jangle_error *error);

/* Copied; NULL when out of memory. */
struct jangle_step *jn_saga_add_step(struct jn_saga *saga,
                                     const struct jangle_step *step);

/* Let the state be what its JSON says. INVALID, NO_MEMORY as jn_decode. */
enum jangle_result jn_saga_decode_state(struct jn_saga *saga,
                                        const struct jn_limits *limits,
                                        struct jangle_error *error);

/* ---- a turn ------------------------------------------------------------------ */

struct jn_turn;

struct jn_turn_ops {
    /* Send the command under the id of the step, and record the step with what came of
     * it: the saga has it then. OK, REJECTED, INVALID and NOT_FOUND are recorded; on any
     * other result nothing is, and it sticks to the turn. */
    enum jangle_result (*send)(struct jn_turn *turn,
                               const struct jangle_message *type,
                               const void *data,
                               const unsigned char id[JN_STEP_ID_SIZE]);
};

struct jn_turn_sent {
    const char *type, *target;
};

struct jn_turn_note {
    const struct jangle_message *type;
    const char *json;
};

struct jn_turn {
    struct jangle_turn base; /* first: reactions have a pointer to it */
    struct jn_saga *saga;
    const struct jn_turn_ops *ops;
    void *context; /* the world's */
    const struct jn_limits *limits;
    int64_t step_limit;
    const struct jangle_event *event; /* NULL: a timeout's */
    const char *cause;                /* what the ids of its steps follow from */
    size_t cursor;                    /* the recorded step that comes next */
    struct {
        struct jn_turn_sent *items;
        size_t count;
    } sent;
    struct {
        struct jn_turn_note *items;
        size_t count;
    } notes;
    jangle_time timeout_at;
    bool finished;
    enum jangle_result failed_with;
    struct jangle_error error;
    int64_t retry_in_ms; /* as asked, or JN_BY_POLICY */
    bool mismatch;       /* it does not fit its log */
};

#endif
