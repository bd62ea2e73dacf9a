/* subscription.h - one subscriber of this program at run time: where it is, what waits,
 * and how a step moves it. The inside of dispatch.h.
 *
 * One mutex guards all of it. A step runs without it, marked by `running`, and is the
 * only one to move its subscription; it takes the mutex to do so, because others look:
 * commits that carry checkpoints, waits, measurements. Whoever else must move a
 * subscription holds it first. */
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
    JN_STREAK_LIMIT = 16, /* different keys that fail in a row: it is an outage */
    JN_RUN_US = 5000,     /* that a step may take, but for its last event */
    JN_WINDOW_COUNT =
        1000, /* events that a place is ahead of its checkpoint, and a batch */
    JN_TRIALS_LIMIT = 1000, /* events that an outage parks, each after one try */
};

enum jn_suspension_kind {
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
struct jn_suspension {
    enum jn_suspension_kind kind;
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
struct jn_parallel_run {
    bool (*is_open)(const struct jn_parallel_run *step); /* is there one to be handled? */
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
    bool submitting;                  /* a commit carries its checkpoint */
    bool must_reload;                 /* its place must be read again before it goes on */
    enum jn_work work;                /* of the last step: the other kinds are next */
    pthread_t runner;                 /* if running */
    int64_t last_run;                 /* of its last step */
    struct jn_parallel_run *parallel; /* its step, while others may take part */
    struct jn_answer *completed;      /* of events after the checkpoint; may be NULL */

    bool unclean;          /* the last owner died */
    int64_t guarded_until; /* up to there events are handled one by one; 0: none */

    int64_t position; /* the checkpoint */
    unsigned char event_id[JANGLE_ID_SIZE];
    int64_t stored;    /* the checkpoint as it is stored */
    int64_t submitted; /* what a checkpoint tried to make of it, last */
    int64_t submitted_change;
    int64_t suspension_submitted,
        suspension_stored; /* changes of `suspension`: in that checkpoint, in the store */
    int64_t checkpoint_due_us; /* 0: nothing to write */
    struct jangle_arena checkpoint_arena;

    struct jn_timers timers; /* of sagas */

    struct jn_parked_set parked;
    struct jn_suspension suspension;
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
    int64_t runs; /* so many there were */
    size_t
        checkpoints_from; /* whose checkpoint is the next to be taken, of all in turn */
    int inside;           /* threads in steps of subscribers that are no views */
    int64_t look_due_us;  /* when to look at the store's head, and at who owns what */
    int64_t look_interval_us;
};

/* NULL if the program has no such subscriber. */
struct jn_subscription *jn_subscription_find(struct jangle *jangle,
                                             const char *subscriber);

/* NOT_FOUND, in the same words everywhere; the name may be NULL. */
enum jangle_result jn_subscription_fail_unknown(const char *subscriber,
                                                struct jangle_error *error);

/* The checkpoint of one that the store knows, though this program may lack it; the name
 * may be NULL. NOT_FOUND; STORAGE and the like as the store has it. */
enum jangle_result jn_subscription_find_stored(struct jangle *jangle,
                                               const char *subscriber,
                                               struct jangle_checkpoint *checkpoint,
                                               struct jangle_error *error);

/* jn_subscription_find, with a sentence: NOT_FOUND. */
struct jn_subscription *jn_subscription_find_or_fail(struct jangle *jangle,
                                                     const char *subscriber,
                                                     struct jangle_error *error);

static inline const struct jangle_subscriber *
jn_subscriber_of(const struct jn_subscription *subscription)
{
    return subscription->subscriber;
}

static inline struct jangle *jn_jangle_of(const struct jn_subscription *subscription)
{
    return subscription->dispatch->jangle;
}

/* Events up to `head` are stored: false if that was known. Under the mutex, so that
 * nobody who looks for work goes to sleep between the two. */
static inline bool jn_dispatch_raise_head(struct jn_dispatch *dispatch, int64_t head)
{
    _Atomic int64_t *known = &dispatch->jangle->head;
    bool is_news = head > atomic_load(known);

    if (is_news)
        atomic_store(known, head);
    return is_news;
}

/* The one mutex: it guards all subscriptions, and is held for moments only. */
static inline void jn_dispatch_lock(struct jn_dispatch *dispatch)
{
    jn_mutex_lock(&dispatch->mutex);
}

static inline void jn_dispatch_unlock(struct jn_dispatch *dispatch)
{
    jn_mutex_unlock(&dispatch->mutex);
}

static inline void jn_subscription_lock(const struct jn_subscription *subscription)
{
    jn_dispatch_lock(subscription->dispatch);
}

static inline void jn_subscription_unlock(const struct jn_subscription *subscription)
{
    jn_dispatch_unlock(subscription->dispatch);
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

/* The next of the instance's subscriptions; the first after NULL, and NULL after the
 * last. There are as many from open to close. */
struct jn_subscription *jn_subscription_next(struct jangle *jangle,
                                             const struct jn_subscription *subscription);

/* Does this process run it? */
bool jn_subscription_is_here(const struct jn_subscription *subscription);

#endif
