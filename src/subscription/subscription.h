/* subscription.h - one subscriber of this program at run time: where it is, what waits,
 * and how a step moves it. The inside of dispatch.h.
 *
 * One mutex guards all of it. A step runs without it, marked by `running`, and is the
 * only one to move its subscription; it takes the mutex to do so, because others look:
 * commits that carry marks, waits, measurements. Whoever else must move a subscription
 * holds it first. */
#ifndef JN_SUBSCRIPTION_H
#define JN_SUBSCRIPTION_H

#include "base/error.h"
#include "core/engine.h"
#include "subscription/kind.h"
#include "subscription/parked.h"
#include "subscription/ring.h"
#include "subscription/timers.h"

enum { JN_TYPE_SIZE = 64 };

enum {
    JN_STREAK_LIMIT = 16,   /* different keys that fail in a row: it is an outage */
    JN_STEP_US = 5000,      /* that a step may take, but for its last event */
    JN_WINDOW_COUNT = 1000, /* events that a place is ahead of its mark, and a batch */
    JN_TRIALS_LIMIT = 1000, /* events that an outage parks, each after one try */
};

enum jn_halt_kind {
    JN_GOING,
    JN_OUTAGE, /* many keys failed in a row: one event at a time is tried, under back-off,
                  until one succeeds */
    JN_FULL, /* parked_limit is reached: retries go on, and the next event is tried under
                back-off, until there is room or it succeeds */
    JN_TOO_NEW, /* the next event is newer than its descriptor: only retries go on */
    JN_STALE    /* a view that must be built anew */
};

/* Suspended: since when, and why. Each change has a number, by which it is known whether
 * the store has it. */
struct jn_halt {
    enum jn_halt_kind kind;
    int64_t change;
    jangle_time since;
    char reason[JN_REASON_SIZE];
    int attempts; /* to end it */
    int64_t due_us;
    int64_t tried;        /* position of the parked key that was tried last */
    struct {              /* the event that it stands before, once that was tried */
        int64_t position; /* 0: it stands before none */
        char type[JN_TYPE_SIZE];
        int tries;
    } before;
};

/* What a step can be about. They take turns, a step each, because each of them can go on
 * for ever. */
enum jn_work { JN_TIMERS, JN_RETRY, JN_NEW, JN_WORK_COUNT };

/* A thread that takes part in another's step. */
struct jn_helper {
    pthread_t thread;
    struct jn_helper *next;
};

/* A step whose events several threads handle at once. Under the mutex. */
struct jn_shared_step {
    bool (*is_open)(const struct jn_shared_step *step); /* is there one to be handled? */
    struct jn_helper *helpers; /* the threads that take part, beside its own */
    int helping;               /* how many these are */
};

struct jn_subscription {
    struct jn_dispatch *dispatch;
    const struct jn_kind *kind;
    const struct jangle_subscriber *subscriber;
    struct jangle_retry retry;       /* complete */
    const struct jn_saga_type *saga; /* of a saga; NULL of others */
    struct jangle_view_file *file;   /* of a view, if it is there; NULL of others */

    bool replaying; /* it fills a shadow */

    bool owned; /* this process runs it; if not, what follows means nothing */
    bool running, held;
    bool marking;                  /* a commit carries its mark */
    bool reread;                   /* its place must be read again before it goes on */
    enum jn_work work;             /* of the last step: the other kinds are next */
    pthread_t runner;              /* if running */
    int64_t turn;                  /* of its last step */
    struct jn_shared_step *shared; /* its step, while others may take part */
    struct jn_answer *ahead;       /* of events after the checkpoint; may be NULL */

    bool unclean;          /* the last owner died */
    int64_t guarded_until; /* up to there events are handled one by one; 0: none */

    int64_t position; /* the checkpoint */
    unsigned char event_id[JANGLE_ID_SIZE];
    int64_t stored; /* the checkpoint as it is stored */
    int64_t marked; /* what a mark tried to make of it, last */
    int64_t marked_change;
    int64_t halt_marked, halt_stored; /* changes of `halt`: in that mark, in the store */
    int64_t mark_due_us;              /* 0: nothing to write */
    struct jangle_arena mark_arena;

    struct jn_timers timers; /* of sagas */

    struct jn_parked_set parked;
    struct jn_halt halt;
    int64_t streak; /* of failures: its number, and how many keys it has */
    int streak_keys;
    int64_t stalled_until_us; /* its store failed; 0: not */
    int stalls;
    char last_failure[JN_REASON_SIZE];
};

struct jn_dispatch {
    struct jangle *jangle;
    struct jn_kinds kinds;
    struct jn_mutex mutex;
    struct jn_cond work;    /* there may be something to do */
    struct jn_cond changed; /* a subscription moved, or its step ended */
    struct jn_ring ring;
    struct jn_subscription *subscriptions;
    size_t count;
    int64_t turns;
    size_t marks_from; /* whose mark is the next to be taken, of all in turn */
    int inside;        /* threads in steps of subscribers that are no views */
    int64_t head;
    int64_t look_due_us; /* when to look at the store's head, and at who owns what */
    int64_t look_interval_us;
    int64_t tidy_due_us;
};

/* ---- finding one -------------------------------------------------------------- */

/* NULL if the program has no such subscriber. */
struct jn_subscription *jn_subscription_find(struct jangle *jangle,
                                             const char *subscriber);

/* The same, with a sentence: NOT_FOUND. */
struct jn_subscription *jn_subscription_find_or_fail(struct jangle *jangle,
                                                     const char *subscriber,
                                                     struct jangle_error *error);

/* ---- a move: how a subscription's place changes, all at once ----------------- */

struct jn_move {
    int64_t position; /* the checkpoint will be here */
    unsigned char event_id[JANGLE_ID_SIZE];
    struct jn_row *rows; /* and these keys will be so */
    size_t row_count, row_limit;
    size_t streak_from; /* rows before this one failed before the last success */
    int64_t delivered;
    bool incomplete; /* a dead event was skipped */
    bool quiet;      /* its rows are no failures: they are not counted, nor told */
    bool forced;     /* it is stored though nothing moves: the suspension has changed */
};

/* Nowhere yet. The rows are made in the arena. */
enum jangle_result jn_move_init(struct jn_move *move,
                                const struct jn_subscription *subscription,
                                struct jangle_arena *arena,
                                size_t row_limit,
                                struct jangle_error *error);

/* Past that event; it was handled; that key is to be so. A row's key lives as long as
 * the move. */
void jn_move_pass(struct jn_move *move, const struct jangle_record *record);
void jn_move_deliver(struct jn_move *move);
void jn_move_park(struct jn_move *move, const struct jn_row *row);

/* How many keys will have failed in a row. All that are parked by a batch are new. */
int jn_move_streak(const struct jn_move *move,
                   const struct jn_subscription *subscription);

/* Make it: for a view end the transaction that is open, for others only in memory; a
 * mark is written later. Nothing moved if it fails, and there is no transaction; `reread`
 * is set if memory ran out after it was stored. Wakes who waits. */
enum jangle_result jn_move_make(struct jn_move *move,
                                struct jn_subscription *subscription,
                                struct jangle_error *error);

/* The same, in a view's own transaction, and nothing is counted or told, because nothing
 * has failed. */
enum jangle_result jn_move_make_quietly(struct jn_move *move,
                                        struct jn_subscription *subscription,
                                        struct jangle_error *error);

/* ---- what a delivery comes to ------------------------------------------------ */

/* Only a REFUSED says nothing of the world around: it neither counts towards an outage
 * nor ends one, for else each refusal in a real outage would let sixteen more events
 * fail. A CANNOT is as definite, and counts all the same: a bad deployment must suspend
 * the subscriber, not kill ten thousand events. */
enum jn_outcome {
    JN_DONE,
    JN_REFUSED, /* the handler gave it up: dead at once */
    JN_CANNOT,  /* only another program can handle it: dead at the first attempt */
    JN_FAILED,  /* an attempt */
    JN_OURS     /* jangle or its store failed: no attempt */
};

struct jn_report {
    enum jn_outcome outcome;
    int64_t retry_in_ms; /* as asked, or JN_BY_POLICY */
    bool broken;         /* the view's transaction is gone */
    bool waits;          /* OURS, but nothing has failed: its turn will come */
    struct jangle_error error;
};

/* The row that a failure leaves of what `old` says: kind, key, position, and what was
 * known of it. */
void jn_row_fail(struct jn_row *row,
                 const struct jn_row *old,
                 const struct jn_subscription *subscription,
                 const struct jn_report *report);

/* A row as the store takes it; its texts are borrowed. */
void jn_row_to_stored(struct jangle_parked *parked,
                      const struct jn_subscription *subscription,
                      const struct jn_row *row);

/* What a mark says of the suspension, and the suspension that a mark, or a view's place,
 * tells of. */
void jn_halt_to_mark(struct jangle_mark *mark, const struct jn_halt *halt);
void jn_halt_read(struct jn_halt *halt,
                  enum jangle_suspension suspended_for,
                  jangle_time suspended_at,
                  const char *reason);

/* ---- suspension -------------------------------------------------------------- */

/* By its own step, or by who holds it. What is suspended already stays so, with its date,
 * gets the reason, and is left alone for longer. An outage is written down. */
void jn_subscription_suspend(struct jn_subscription *subscription,
                             enum jn_halt_kind kind,
                             const char *reason);

/* One event got through, or there is room again. */
void jn_subscription_resume(struct jn_subscription *subscription);

/* It is suspended, and the next event may be tried at once: the last one was refused,
 * which tells nothing of the outage. */
void jn_subscription_hurry(struct jn_subscription *subscription);

/* It stands before that event, which was tried in vain. */
void jn_subscription_stand_before(struct jn_subscription *subscription,
                                  const struct jangle_record *record);

/* Has it room for one more parked key, beside `more`? Dead ones count, for each is a row,
 * and a person's work. */
bool jn_subscription_has_room(const struct jn_subscription *subscription, size_t more);

/* Its store, or its view's file, failed: leave it alone for a while. Returns the result.
 */
enum jangle_result jn_subscription_stall(struct jn_subscription *subscription,
                                         const struct jangle_error *error);

/* ---- its place, as it is stored (place.c) ------------------------------------ */

struct jn_place {
    int64_t position;
    unsigned char event_id[JANGLE_ID_SIZE];
    struct jn_halt halt;
};

/* Is the event at `position` the one that was seen there? INVALID if not: `what`, who has
 * seen it, was made from another store, or from an older state of this one. */
enum jangle_result jn_place_check_event(const struct jn_subscription *subscription,
                                        int64_t position,
                                        const unsigned char event_id[JANGLE_ID_SIZE],
                                        const char *what,
                                        struct jangle_error *error);
const char *jn_place_store_name(const struct jangle *jangle);

/* Own it, and find its place or write it down. OK with `owned` false if another process
 * runs it. */
enum jangle_result jn_place_own(struct jn_subscription *subscription,
                                struct jangle_error *error);

/* Read it again, with its parked keys. INVALID if it is not a place of this store. */
enum jangle_result jn_place_read(struct jn_subscription *subscription,
                                 struct jangle_error *error);

/* The same after a mark met a conflict, or what came of it is unknown: if the store has
 * what was tried, or what was there before, only that is taken note of. */
enum jangle_result jn_place_reread(struct jn_subscription *subscription,
                                   struct jangle_error *error);

/* Where it stands by what is stored, whoever runs it; and whether it is suspended. */
enum jangle_result jn_place_stored(struct jn_subscription *subscription,
                                   struct jangle_mark *mark,
                                   struct jangle_error *error);
enum jangle_result jn_place_position(struct jn_subscription *subscription,
                                     int64_t *position,
                                     struct jangle_error *error);

/* The id of the event at that position; NOT_FOUND if there is none. Zeroes at 0. */
enum jangle_result jn_place_event_id(struct jangle *jangle,
                                     int64_t position,
                                     unsigned char event_id[JANGLE_ID_SIZE],
                                     struct jangle_error *error);

/* Visit the parked keys as they are stored. */
enum jangle_result jn_place_visit_parked(struct jn_subscription *subscription,
                                         jangle_parked_fn *visit,
                                         void *context,
                                         struct jangle_error *error);

/* ---- turns (turn.c) ---------------------------------------------------------- */

/* All but the last two under the mutex. */

/* Are there events that it has not come to, and may go on to? */
bool jn_turn_has_new(const struct jn_subscription *subscription);

/* Are there timeouts that may have their turns, or are to be looked into? */
bool jn_turn_has_timers(const struct jn_subscription *subscription);

/* When there will be something to do for it, of what is known now; INT64_MAX: never. */
int64_t jn_turn_due_us(const struct jn_subscription *subscription);
bool jn_turn_is_due(const struct jn_subscription *subscription);

/* Does nobody run it, and is there a worker for it? */
bool jn_turn_may_begin(const struct jn_subscription *subscription);

/* Of those with something to do, the one that waited longest; NULL if there is none. If
 * it is running, its step wants help. */
struct jn_subscription *jn_turn_next(struct jn_dispatch *dispatch);

/* Take it for a step, and end that. */
struct jn_subscription *jn_turn_take(struct jn_dispatch *dispatch);
void jn_turn_end(struct jn_subscription *subscription);

/* See what other processes have stored, and whom they have given up (step.c). */
enum jangle_result jn_dispatch_look(struct jn_dispatch *dispatch,
                                    struct jangle_error *error);

/* ---- steps ------------------------------------------------------------------- */

/* Deliver new events: batch.c, and view_batch.c for views. In an outage it ends before
 * the first that fails. */
enum jangle_result jn_batch_run(struct jn_subscription *subscription,
                                int64_t *done,
                                struct jangle_error *error);

/* Take part in a step of another thread (batch_shared.c), if its turn has come. */
bool jn_share_help(struct jn_dispatch *dispatch, int64_t *done);

/* What was handled after the checkpoint is not handled again by this process, nor, until
 * that is forgotten, what failed there. By its own step, or by who holds it. */
bool jn_ahead_is_done(const struct jn_subscription *subscription, int64_t position);
void jn_ahead_forget_failures(struct jn_subscription *subscription);
void jn_ahead_forget(struct jn_subscription *subscription);

/* What came of the event at that position, if it was handled ahead of the checkpoint;
 * NULL if it was not. A page's events have room, once there is any: NO_MEMORY (ahead.c).
 */
const struct jn_report *jn_ahead_find(const struct jn_subscription *subscription,
                                      int64_t position);
void jn_ahead_put(struct jn_subscription *subscription,
                  int64_t position,
                  const struct jn_report *report);
enum jangle_result jn_ahead_reserve(struct jn_subscription *subscription,
                                    struct jangle_error *error);

/* Try a parked key again, and what waits behind it. In an outage a failure leaves no
 * trace. `row` is the set's own. */
enum jangle_result jn_retry_run(struct jn_subscription *subscription,
                                const struct jn_row *row,
                                int64_t *done,
                                struct jangle_error *error);

/* What an attempt at a parked key means for the subscription as a whole: a success ends
 * an outage, a failure may be the one that makes it one. By its own step. */
void jn_retry_settle(struct jn_subscription *subscription,
                     const struct jn_report *report);

/* Try a key again now, dead or not, as attempt 1: it is held, or this is its own step. */
enum jangle_result jn_retry_soon(struct jn_subscription *subscription,
                                 const struct jn_row *row,
                                 struct jangle_error *error);

/* In an outage, the key at that position is the one to be tried next, and now. */
void jn_retry_hasten(struct jn_subscription *subscription, int64_t position);

struct jn_page;

/* Count the event that its subscription stands before as handled: the only one of the
 * page. The subscription is held. */
enum jangle_result jn_retry_pass(struct jn_page *page, struct jangle_error *error);

/* Count a key's event as handled: it is held, and `row` is its. */
enum jangle_result jn_retry_skip(struct jn_subscription *subscription,
                                 const struct jn_row *row,
                                 struct jangle_error *error);

/* ---- holding it (hold.c) ----------------------------------------------------- */

/* Take a subscription out of dispatch: waits until no batch of it runs. BUSY if it is
 * held already, or another process runs it. Release it with its place and parked keys
 * read anew, and no longer suspended if what it was suspended for is gone. */
enum jangle_result jn_subscription_hold(struct jn_subscription *subscription,
                                        struct jangle_error *error);
enum jangle_result jn_subscription_release(struct jn_subscription *subscription,
                                           struct jangle_error *error);

/* Let go of one that was held, its place unchanged or moved by a move. */
void jn_subscription_let_go(struct jn_subscription *subscription);

/* Under the mutex: is this thread in a step of it, or in any? Then it is in a handler,
 * and must not wait for another one to return. */
bool jn_thread_is_in_step(const struct jn_subscription *subscription);
bool jn_thread_is_in_any_step(const struct jn_dispatch *dispatch);

/* ---- marks (marks.c) --------------------------------------------------------- */

/* What commits take marks from. */
struct jn_mark_source jn_marks_source(struct jn_dispatch *dispatch);

/* Is anything of it not stored? Under the mutex. */
bool jn_marks_are_left(const struct jn_subscription *subscription);

/* Write what is left now. BUSY, STORAGE and the like if it could not be. */
enum jangle_result jn_marks_write(const struct jn_subscription *subscription,
                                  struct jangle_error *error);

/* The same for one that marks at once, or is far ahead of its mark: before that nothing
 * more is delivered. */
enum jangle_result jn_marks_write_at_once(const struct jn_subscription *subscription,
                                          struct jangle_error *error);

/* ---- after a crash (crash_guard.c) ----------------------------------------------- */

/* Its last owner died: what he may have been handling is handled one by one. */
enum jangle_result jn_crash_guard_begin(struct jn_subscription *subscription,
                                        struct jangle_error *error);

/* A row as it was read: did the process end in its attempt? */
void jn_crash_guard_read(const struct jn_subscription *subscription, struct jn_row *row);

/* Is the row there for an attempt that is being made, the first that is counted? Then
 * nothing has failed yet. */
bool jn_crash_guard_is_first(const struct jn_row *row);

/* Crashes that an event may cause, before it is given up. */
int jn_crash_guard_limit(const struct jn_subscription *subscription);

/* Has that happened so often that it is dead? */
bool jn_crash_guard_gives_up(const struct jn_subscription *subscription,
                             const struct jn_row *row);

/* Write down that the row is tried now, and take it back. The move is empty. */
enum jangle_result jn_crash_guard_record(struct jn_move *move,
                                         struct jn_subscription *subscription,
                                         const struct jn_row *row,
                                         struct jangle_error *error);
void jn_crash_guard_take_back(struct jn_move *move,
                              struct jn_subscription *subscription,
                              const struct jn_row *row);

/* ---- small things ------------------------------------------------------------ */

static inline const struct jangle_subscriber *
jn_subscriber_of(const struct jn_subscription *subscription)
{
    return subscription->subscriber;
}

static inline struct jangle *jn_jangle_of(const struct jn_subscription *subscription)
{
    return subscription->dispatch->jangle;
}

/* Begin the transaction that its handlers write in, if it has one: then it is in `view`,
 * which may be NULL. Undo it. */
static inline enum jangle_result
jn_subscription_begin(struct jn_subscription *subscription,
                      struct jangle_view **view,
                      struct jangle_error *error)
{
    const struct jn_kind *kind = subscription->kind;

    return kind->begin ? kind->begin(subscription, view, error) : JANGLE_OK;
}

static inline void jn_subscription_roll_back(struct jn_subscription *subscription)
{
    if (subscription->kind->roll_back)
        subscription->kind->roll_back(subscription);
}

/* Cut to what there is room for, between characters. */
void jn_reason_set(char reason[JN_REASON_SIZE], const char *format, ...)
    JANGLE_PRINTF(2, 3);

/* So many keys failed in a row; the last, for this reason. */
void jn_reason_streak(char reason[JN_REASON_SIZE], const char *last);

/* Does this process run it? */
bool jn_subscription_is_here(const struct jn_subscription *subscription);

#endif
