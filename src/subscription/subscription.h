/* subscription.h - one subscriber of this program at run time: how far it has come, what
 * is parked, and who may move it.
 *
 * One mutex, that of dispatch, guards all subscriptions. A run of a subscription works
 * without the mutex, because it calls handlers and the store; `running` keeps every other
 * thread from running it meanwhile. So a field that only the run changes is read by the
 * run without the mutex, and written under it, because others look: commits that carry
 * checkpoints, waits, measurements. Whoever moves a subscription from outside (a replay,
 * a reset, an operator) holds it first: subscription/hold.h. */
#ifndef JN_SUBSCRIPTION_H
#define JN_SUBSCRIPTION_H

#include "base/error.h"
#include "command/commit.h"
#include "core/engine.h"
#include "subscription/kind.h"
#include "subscription/parked.h"
#include "subscription/pause.h"
#include "subscription/ring.h"

struct jn_end;
struct jn_kept_page;
struct jn_publishing;
struct jn_scan;

/* ---- the outcome of one delivery of an event to its handler -------------------- */

/* REFUSED concerns the event alone, and tells nothing of the services that a handler
 * needs: so it neither counts towards an outage nor ends one. If it ended one, each
 * refusal during an outage would let sixteen more events fail. CANNOT is as final, but
 * counts: a bad deployment must suspend the subscriber, and not kill ten thousand events.
 */
enum jn_outcome {
    JN_DONE,
    JN_REFUSED, /* the handler gave it up: dead at once */
    JN_CANNOT,  /* only another program can handle it: dead at the first attempt */
    JN_FAILED,  /* an attempt */
    JN_OURS     /* jangle or its store failed: this counts as no attempt */
};

struct jn_report {
    enum jn_outcome outcome;
    int64_t retry_in_ms; /* as asked, or JN_BY_POLICY */
    bool broken;         /* the view's transaction is gone */
    bool waits; /* OURS, but nothing has failed: an event before it is not done */
    struct jangle_error error;
};

enum { JN_TYPE_SIZE = 64 };

enum {
    JN_STREAK_LIMIT = 16,   /* different keys that fail in a row: it is an outage */
    JN_RUN_US = 5000,       /* the longest that a run may take, its last event aside */
    JN_WINDOW_COUNT = 1000, /* how far the position may be ahead of the stored checkpoint,
                               one batch aside */
    JN_TRIALS_LIMIT = 1000, /* events that an outage parks, each after one try */
};

/* Why a subscription is suspended. */
enum jn_suspension_kind {
    JN_GOING,  /* it is not */
    JN_OUTAGE, /* many keys failed in a row: one event at a time is tried, under back-off,
                  until one succeeds */
    JN_FULL, /* parked_limit is reached: retries go on, and the next event is tried under
                back-off, until there is room or it succeeds */
    JN_TOO_NEW, /* the next event is newer than its description: only retries go on */
    JN_STALE    /* a view that must be replayed: nothing goes on */
};

struct jn_suspension {
    enum jn_suspension_kind kind;
    int64_t change; /* counts changes, so that it is known which of them is stored */
    jangle_time since;
    char reason[JN_REASON_SIZE];
    int attempts;         /* to end it */
    int64_t due_us;       /* of the next attempt */
    int64_t tried;        /* position of the parked key that was tried last */
    struct {              /* the event that it stands before, once that was tried */
        int64_t position; /* 0: it stands before none */
        char type[JN_TYPE_SIZE];
        int tries;
    } before;
};

/* Who holds a subscription, which is then not run. */
enum jn_hold {
    JN_NOT_HELD,
    JN_HELD_BY_REPLAY,
    JN_HELD_BY_RESET,
    JN_HELD_BY_DEAD_LETTERS, /* an operator retries or skips a parked event */
    JN_HELD_BY_SAGAS         /* an operator retries, resumes or finishes a saga */
};

/* Which state a subscription is in: the first of these that applies. In each of them a
 * run of it may just be under way, if it was begun before. A run that fails because of
 * the store delays the next one (`stalled_until_us`) and changes no state. */
enum jn_subscription_state {
#define X(name, text) JN_STATE_##name = JANGLE_SUBSCRIBER_##name,
    JANGLE_SUBSCRIBER_STATES(X)
#undef X
};

/* What a run can be about. The kinds of work take turns, a run each, because each of them
 * can go on without end. */
enum jn_work { JN_TIMERS, JN_RETRY, JN_NEW, JN_WORK_COUNT };

/* What a look at the store has found to be due. The mutex of dispatch guards it. */
struct jn_due_timeouts {
    bool due;
    jangle_time at; /* timeouts up to this moment may run... */
    int64_t head;   /* ...when the checkpoint is here: the log's head after that moment */
    int64_t wait_us; /* none runs before, because the last run was in vain */
};

/* What is known of the timeouts of the sagas of one subscription that are due
 * (saga/saga_timers.c finds them). A timeout may run when its saga has been given every
 * event that was stored before the timeout was due. For most sagas the checkpoint shows
 * that. For sagas whose key is parked the log must be read: that is a scan. All but what
 * a look sets and `failed` belongs to the subscription's run. */
struct jn_timers {
    struct jn_due_timeouts parked; /* of sagas whose key is parked: a scan runs them */
    struct jn_due_timeouts others; /* of all other sagas */
    bool failed;                   /* the store failed, so some are still due */
    size_t broken; /* so many sagas could not be read in the last run: they stay due */

    struct jn_scan *scan; /* NULL: none is under way */
    bool scanned;         /* the last run was one of a scan, so the others are next */
    int scans_in_vain;    /* so many in a row were */
    size_t scan_skip; /* the next one leaves out so many sagas, which it found to wait */
};

/* A thread that takes part in a run of another thread. */
struct jn_helper {
    pthread_t thread;
    struct jn_helper *next;
};

/* A run whose events several threads handle at once. Under the mutex. */
struct jn_parallel_run {
    bool (*is_open)(const struct jn_parallel_run *run); /* is there one to be handled? */
    struct jn_helper *helpers; /* the threads that take part, beside its own */
    int helping;               /* how many these are */
};

/* A place in the log: that event, and all before it. Position 0: before the first. */
struct jn_reached {
    int64_t position;
    unsigned char event_id[JANGLE_ID_SIZE];
};

struct jn_subscription {
    /* Who it is: the same from open to close. */
    struct jn_dispatch *dispatch;
    const struct jn_kind *kind;
    const struct jangle_subscriber *subscriber;
    struct jangle_retry retry;                 /* with the defaults filled in */
    const struct jn_saga_type *saga;           /* of a saga; NULL of others */
    const struct jn_publisher_type *publisher; /* of a publisher; NULL of others */
    struct jn_publishing *publishing;          /* what publishes; NULL of others */
    struct jangle_view_file *file; /* of a view, if it is there; NULL of others */
    size_t page_limit;             /* events that a batch reads */
    bool replaying;                /* a shadow, which fills a new file for a replay */

    /* Which state it is in, with `suspension`: jn_subscription_state_of. */
    bool owned; /* this process runs it; if not, what follows means nothing */
    enum jn_hold hold;
    struct jn_pause pause; /* as the last look has found it, also if it is not owned */
    bool pause_told;       /* the log has said that it is paused */
    bool must_reload;      /* its checkpoint must be read again before it goes on */

    /* Who is at it. */
    bool running;
    pthread_t runner;                 /* if running */
    struct jn_parallel_run *parallel; /* the run, while other threads may take part */
    bool submitting;                  /* a commit carries its checkpoint */

    /* Which run is next (dispatch/scheduler.c). */
    int64_t last_run;         /* the number of its last run, of all runs of dispatch */
    enum jn_work work;        /* of the last run: the other kinds of work are next */
    int64_t stalled_until_us; /* not before, because its store failed; 0: it did not */
    int stalls;               /* runs in a row that the store failed in */
    int64_t gathers_until_us; /* its next batch waits so long for more events; 0: it
                                 does not (dispatch/gathering.h) */
    int64_t run_from_head;    /* the log's head when its run began */
    int hurried;             /* so many threads wait for it: nothing else is waited for */
    struct jn_timers timers; /* of sagas */

    /* How far it has come: events up to `position` are completed or parked; some after
     * it may be completed, too, if several threads handle them. */
    int64_t position;
    unsigned char event_id[JANGLE_ID_SIZE]; /* of the event there */
    struct jn_answer *completed;            /* subscription/completed.c; may be NULL */
    struct jn_kept_page *kept; /* what the last run has left (dispatch/kept_page.h), or
                                  NULL */
    int64_t readings;          /* how often the checkpoint was read */
    struct jn_parked_set parked;

    /* How far its runs have come: ahead of `position` while ends wait
     * (subscription/ends.h), which only those of sagas do. */
    struct jn_reached ahead;
    struct jn_end *ends;   /* a list */
    bool end_failed;       /* one of them was not stored: the next run goes back */
    int64_t at_once_until; /* the ends of events up to there do not wait */

    /* How much of that is stored (subscription/checkpoint_writer.c). `submitted` is what
     * the last commit that carried the checkpoint tried to make of `stored`. A view's is
     * stored with each move. */
    int64_t stored, submitted;                       /* positions */
    int64_t suspension_stored, suspension_submitted; /* changes of `suspension` */
    int64_t submitted_change;                        /* of `parked` */
    int64_t checkpoint_due_us;                       /* 0: nothing is to be stored */
    struct jangle_arena checkpoint_arena;            /* of the rows in that commit */

    /* What fails. */
    struct jn_suspension suspension;
    int64_t streak;  /* the number of the streak of failures that no success has ended */
    int streak_keys; /* how many keys have failed in it */
    char last_failure[JN_REASON_SIZE];

    int64_t mismatched; /* events that its filter could not judge */

    /* After the death of the last owner (subscription/crash_guard.c). */
    bool unclean;          /* that owner died */
    int64_t guarded_until; /* events up to there are handled one by one; 0: none */
};

struct jn_dispatch {
    struct jangle *jangle;
    struct jn_kinds kinds;
    struct jn_mutex mutex;
    struct jn_cond work;     /* there may be something to do for a worker... */
    struct jn_cond own_work; /* ...or for a subscription that has a thread of its own */
    struct jn_cond changed;  /* a subscription moved, or its run ended */
    struct jn_cond run_changed; /* something within a run has: for its threads, and for
                                   who holds a subscription */
    int64_t changes; /* how often `changed` was told: a wait that knows the number
                        from before its look misses none */
    struct jn_ring ring;
    struct jn_subscription *subscriptions;
    size_t count;
    int64_t runs;            /* how many have begun */
    size_t checkpoints_from; /* whose checkpoint is the next that a commit takes */
    size_t end_count;        /* ends that wait, of all subscriptions */
    struct jn_end *submitted_ends[JN_ENDS_LIMIT]; /* those that a group carries */
    int inside;          /* threads in runs whose handlers may block */
    int64_t look_due_us; /* when to look at the store's head, and at who owns what */
    int64_t look_interval_us;
    int64_t committed_us;     /* when events were committed here last, by
                                 jn_monotonic_us, as are the next two; 0: never */
    int64_t gathers_until_us; /* when all views end to gather that do so now */
    int64_t watched_us;       /* a worker sleeps until then for those views; 0: none */
    int hurried; /* so many threads wait for all subscriptions, or poll by themselves */
    bool looked; /* the store was looked at since jangle_open */
    struct jn_pauses pauses;
};

/* A subscription that nobody owns yet, at position 0. */
void jn_subscription_init(struct jn_subscription *subscription,
                          struct jn_dispatch *dispatch,
                          const struct jn_kind *kind,
                          const struct jangle_subscriber *subscriber);

/* Make `shadow` like the view's subscription, which is held, but with that file, which
 * stays the caller's: its batches fill the file during a replay, while the view answers
 * from the old one. The scheduler does not know the shadow. */
void jn_subscription_cast_shadow(const struct jn_subscription *subscription,
                                 struct jn_subscription *shadow,
                                 struct jangle_view_file *file);

/* Free what the subscription has in memory. */
void jn_subscription_finish(struct jn_subscription *subscription);

/* Under the mutex. */
enum jn_subscription_state
jn_subscription_state_of(const struct jn_subscription *subscription);

/* NULL if the program has no such subscriber. */
struct jn_subscription *jn_subscription_find(struct jangle *jangle,
                                             const char *subscriber);

/* NOT_FOUND, in the same words everywhere; the name may be NULL. */
enum jangle_result jn_subscription_fail_unknown(const char *subscriber,
                                                struct jangle_error *error);

/* False for a name that no table may have: of a row that belongs to a consumer
 * (messaging/consumer/offset_names.h). */
static inline bool jn_name_is_of_table(const char *name)
{
    return strchr(name, '#') == NULL;
}

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

static inline const char *jn_name_of(const struct jn_subscription *subscription)
{
    return subscription->subscriber->name;
}

static inline struct jangle *jn_jangle_of(const struct jn_subscription *subscription)
{
    return subscription->dispatch->jangle;
}

static inline const struct jangle_allocator *
jn_allocator_of(const struct jn_subscription *subscription)
{
    return &subscription->dispatch->jangle->host.host.allocator;
}

/* By the monotonic clock, as all times that end in `_us`. */
static inline int64_t jn_dispatch_now_us(const struct jn_dispatch *dispatch)
{
    return jn_host_monotonic_us(&dispatch->jangle->host);
}

/* Events up to `head` are stored: false if that was known. Under the mutex, so that
 * nobody who looks for work goes to sleep between the two. */
static inline bool jn_dispatch_raise_head(struct jn_dispatch *dispatch, int64_t head)
{
    _Atomic int64_t *known = &dispatch->jangle->head;
    bool is_news = head > atomic_load(known);

    if (!is_news)
        return false;
    atomic_store(known, head);
    jn_cond_broadcast(&dispatch->own_work);
    return true;
}

/* A subscription has moved, or its run has ended: wake all who wait for that. Under the
 * mutex. */
static inline void jn_dispatch_tell_change(struct jn_dispatch *dispatch)
{
    dispatch->changes++;
    jn_cond_broadcast(&dispatch->changed);
    jn_cond_broadcast(&dispatch->run_changed);
}

/* A thread has left a run that goes on, its page has grown, or ends of it are settled.
 * Whoever waits for the subscription sees nothing of that, and sleeps on. Under the
 * mutex. */
static inline void jn_dispatch_tell_run(struct jn_dispatch *dispatch)
{
    jn_cond_broadcast(&dispatch->run_changed);
}

/* There may be something to do: wake a worker, and those that have a subscription of
 * their own. Under the mutex. */
static inline void jn_dispatch_signal_work(struct jn_dispatch *dispatch)
{
    jn_cond_signal(&dispatch->work);
    jn_cond_broadcast(&dispatch->own_work);
}

/* The one mutex: it guards all subscriptions, and is held for moments only. */
static inline void jn_subscription_lock(const struct jn_subscription *subscription)
{
    jn_mutex_lock(&subscription->dispatch->mutex);
}

static inline void jn_subscription_unlock(const struct jn_subscription *subscription)
{
    jn_mutex_unlock(&subscription->dispatch->mutex);
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
