/* kind.h - what differs between the four kinds of subscriptions.
 *
 * A plain subscriber's handlers act outside of jangle, and its checkpoint is kept in the
 * store (dispatch/plain.c). A view's handlers write into the view's own file, and its
 * checkpoint is committed there together with what they wrote (view/view_kind.c). The
 * handler of a saga is the engine itself, which runs the saga's turns
 * (saga/saga_dispatch.c). That of a publisher is the engine, too, which publishes the
 * events (messaging/publisher/publisher.c). All else is the same for the four. NULL
 * stands for an operation that this kind does not need. */
#ifndef JN_KIND_H
#define JN_KIND_H

#include <jangle/plugin/store.h>
#include <jangle/plugin/view_store.h>
#include <jangle/subscriber.h>

struct jn_batch;
struct jn_delivery;
struct jn_end;
struct jn_move;
struct jn_row;
struct jn_subscription;

struct jn_kind {
    enum jangle_start start; /* where a new one starts if its subscriber does not say */
    bool has_own_checkpoint; /* in a file of its own: the one in the store stays as it is
                              */
    bool gathers;            /* a batch waits a little for more events, while some come
                                (dispatch/gathering.h) */
    bool may_block;          /* its handlers may: one worker is kept free of them */
    bool has_own_thread;     /* which runs it in place of the workers, if there are any */
    bool
        runs_trials; /* `run_batch` handles the one event that an outage lets through, too
                      */
    bool reads_records; /* `deliver` reads the record by itself */
    bool is_unguarded;  /* its handlers cannot end the process, so what was handled when
                           the  last owner died is no suspect */

    /* Open the file or the like that it has beside the store. `close` is called also if
     * `open` has failed, or was never called. */
    enum jangle_result (*open)(struct jn_subscription *subscription,
                               struct jangle_error *error);
    void (*close)(struct jn_subscription *subscription);

    /* Its own checkpoint, of a kind that has one: as this process reads it when it takes
     * the subscription over (`stale`: nothing goes on from there, for the checkpoint's
     * reason); as anybody sees it (zeroes if there is none yet); and the keys that are
     * parked with it. */
    enum jangle_result (*read)(struct jn_subscription *subscription,
                               struct jangle_checkpoint *checkpoint,
                               bool *stale,
                               struct jangle_error *error);
    enum jangle_result (*look_at)(struct jn_subscription *subscription,
                                  struct jangle_checkpoint *checkpoint,
                                  struct jangle_error *error);
    enum jangle_result (*visit_parked)(struct jn_subscription *subscription,
                                       jangle_parked_fn *visit,
                                       void *context,
                                       struct jangle_error *error);

    /* The transaction that handlers write in and a move is made in. `commit` has ended it
     * also if it fails. */
    enum jangle_result (*begin)(struct jn_subscription *subscription,
                                struct jangle_view **view,
                                struct jangle_error *error);
    enum jangle_result (*commit)(struct jn_subscription *subscription,
                                 const struct jn_move *move,
                                 struct jangle_error *error);
    void (*roll_back)(struct jn_subscription *subscription);

    /* The key of an event: while one event of a key is parked, those behind it wait.
     * NULL: this program does not want the event. The key is made in the arena, and so is
     * whatever is needed to find it. */
    const char *(*key_of)(const struct jn_subscription *subscription,
                          struct jangle_arena *arena,
                          const struct jangle_record *record,
                          const struct jangle_handler *handler,
                          enum jangle_parked_kind *kind);

    /* Nothing was to be done: keep what it holds open alive. For those that have a thread
     * of their own, which calls this about once a second. */
    void (*idle)(struct jn_subscription *subscription);

    /* Hand the event to its handler; the outcome is in the delivery. */
    enum jangle_result (*deliver)(struct jn_delivery *delivery);

    /* Handle a batch when nothing has failed lately. */
    enum jangle_result (*run_batch)(struct jn_batch *batch, struct jangle_error *error);

    /* Timeouts. See which are due at the time `at`, for all subscriptions of the kind at
     * once; `head` is the log's head, read after that time. And do one run's worth of
     * those of one subscription that are due; or try the one that `row` stands for, if
     * that is not NULL. */
    enum jangle_result (*look_for_due)(struct jangle *jangle,
                                       jangle_time at,
                                       int64_t head,
                                       struct jangle_error *error);
    enum jangle_result (*run_due)(struct jn_subscription *subscription,
                                  const struct jn_row *row,
                                  int64_t *done,
                                  struct jangle_error *error);

    /* Ends that wait (subscription/ends.h). One was stored with a group, if `error` is
     * OK, or it was not: without the mutex. And free one: under it. */
    void (*settle_end)(const struct jn_end *end, const struct jangle_error *error);
    void (*free_end)(struct jn_end *end);
};

/* The kinds of an instance's subscriptions. */
struct jn_kinds {
    const struct jn_kind *plain, *view, *saga, *publisher;
};

#endif
