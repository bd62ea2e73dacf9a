/* saga.h - one saga in memory, and a turn of it: a step that was recorded is answered
 * from the record; a new step is taken and recorded.
 *
 * A turn knows no store: it is given a function that sends commands. So the same code
 * runs sagas in dispatch (saga_dispatch.c, saga_store.c) and in given, when, then
 * (testing/spec_saga.c). Recording each outcome before the next step, and answering from
 * the record when the code runs again, is how Temporal's workflows survive a crash, and
 * before them the replay of message logs (R. Strom and S. Yemini, "Optimistic Recovery in
 * Distributed Systems", 1985). */
#ifndef JN_SAGA_H
#define JN_SAGA_H

#include "core/registry.h"
#include "message/codec.h"

#include <jangle/plugin/store.h>

enum { JN_STEP_ID_SIZE = 16 };

/* ---- a saga ------------------------------------------------------------------ */

struct jn_saga_end;

struct jn_saga {
    struct jangle *jangle; /* whose store keeps the saga; NULL: none does, in a spec */
    const struct jn_limits *limits; /* of its state and its events */
    const struct jn_saga_type *type;
    const char *id;
    const char *began_as;       /* the name of its type when it began: the ids of its
                                   steps are made from it */
    struct jangle_arena *arena; /* all that the saga points to is in it */
    struct jn_saga_end *end; /* of the turn before, which waits: the saga goes on from it,
                                and its next record stores both. NULL: the saga is as it
                                is stored */
    bool exists;             /* the saga is stored, or will be with that end */
    int64_t version;         /* of the stored record */
    int64_t epoch;           /* of the store, before that was read; 0: nobody knows */
    enum jangle_saga_status status;
    void *state;            /* type->saga->state->size bytes */
    const char *state_json; /* the state as it was before the open turn */
    int state_version;
    int64_t position;   /* of the last event that the saga has handled */
    size_t closed;      /* steps of turns that are over */
    size_t reorderable; /* steps after those that the code may take again in any order, or
                           leave out */
    struct jangle_origin origin;
    const char *reason; /* why the saga is parked, or failed last; or NULL */
    jangle_time timeout_at;
    bool
        timeout_is_parked; /* the turn of its timeout is open, and a parked row runs it */
    jangle_time turn_at;   /* when the open turn ran first; zero: no turn is open */
    int64_t turn_position; /* of the open turn's event; 0: the turn is a timeout's */
    jangle_time turn_event_at; /* when that event was stored; zero: the turn is a
                                  timeout's, or its event was given up, so that the
                                  saga's timeout need not wait for it */
    jangle_time timed_out_at;  /* when the last timeout had its turn; zero: none had */
    struct jangle_step *steps;
    size_t count, capacity;
    size_t stored; /* so many of the steps are stored */
};

/* Make a saga that has not begun. `jangle` is NULL in given, when, then. NO_MEMORY. */
enum jangle_result jn_saga_init(struct jn_saga *saga,
                                struct jangle *jangle,
                                const struct jn_saga_type *type,
                                const char *id,
                                struct jangle_arena *arena,
                                struct jangle_error *error);

/* Copy the step to where the saga's next one goes. The saga does not have the step before
 * its count is raised, so a step that came to nothing needs no undoing. NULL when out of
 * memory. */
struct jangle_step *jn_saga_draft_step(struct jn_saga *saga,
                                       const struct jangle_step *step);

/* Add a copy of the step to the saga. NULL when out of memory. */
struct jangle_step *jn_saga_add_step(struct jn_saga *saga,
                                     const struct jangle_step *step);

/* Copy the saga, with all that it points to but its state, which is decoded again. The
 * copy has no `end`. NO_MEMORY. */
enum jangle_result jn_saga_copy(struct jn_saga *copy,
                                const struct jn_saga *saga,
                                struct jangle_arena *arena,
                                struct jangle_error *error);

/* Forget the steps of the open turn that are not stored. Those of turns that are over
 * stay until the next record stores them. */
void jn_saga_forget_steps(struct jn_saga *saga);

/* Make the state from its JSON. INVALID, NO_MEMORY as jn_decode. */
enum jangle_result jn_saga_decode_state(struct jn_saga *saga, struct jangle_error *error);

/* ---- its timeout's place in its history -------------------------------------- */

/* When an event happened, as far as its saga is concerned: no later than now. */
jangle_time jn_saga_event_time(const struct jangle_event *event, jangle_time now);

/* Did the event happen when the saga's timeout should have had its turn? */
bool jn_saga_is_after_timeout(const struct jn_saga *saga,
                              const struct jangle_event *event,
                              jangle_time now);

/* When the saga is due, if `timeout_at` is its timeout: at once if the turn of a timeout
 * is open and no parked row runs it; later than `timeout_at` if an event's turn began
 * late. Zero: never. */
jangle_time jn_saga_due_at(const struct jn_saga *saga, jangle_time timeout_at);

/* ---- a turn ------------------------------------------------------------------ */

struct jn_turn;

/* Send the command under the id of the step, and record the step with its result: the
 * saga has the step then. OK, REJECTED, INVALID and NOT_FOUND are recorded. After any
 * other result nothing is recorded, and the turn ends with that result. */
typedef enum jangle_result jn_turn_send_fn(struct jn_turn *turn,
                                           const struct jangle_message *type,
                                           const void *data,
                                           const unsigned char id[JN_STEP_ID_SIZE]);

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
    jn_turn_send_fn *send;
    void *context; /* for `send` */
    int64_t step_limit;
    const struct jangle_publisher *publisher; /* of what is posted just now; NULL: it is
                                                 sent */
    const struct jangle_event *event;         /* NULL: the turn is a timeout's */
    const char *cause; /* the ids of the turn's steps are made from it: jn_turn_run */
    size_t cursor;     /* the recorded step that comes next */
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
    int64_t retry_in_ms; /* as the reaction asked, or JN_BY_POLICY */
    bool mismatch;       /* the code does not fit the record */
};

/* Which saga it is, for JN_PAIRS. */
#define JN_SAGA_NAMED(named)                                                             \
    JN_TEXT("saga", (named)->type->saga->name), JN_TEXT("id", (named)->id)

/* Count a turn that is over, and log what became of the saga. */
void jn_saga_log_end(const struct jn_saga *saga, bool began);

#endif
