/* operate.h - what an operator does: look at parked events and dead letters and decide
 * about them, rebuild views, reset subscribers, copy the store. The author of an
 * application need not read this header, which jangle.h includes.
 *
 * Any thread may call these functions at any time, unless the function's comment says
 * otherwise. Functions that change a subscriber or a saga must be called in the process
 * that runs it. */
#ifndef JANGLE_OPERATE_H
#define JANGLE_OPERATE_H

#include <jangle/message.h>

JANGLE_C_BEGIN

struct jangle;

/* ---- dead letters ------------------------------------------------------------ */

/* What one parked row stands for. The numbers are stored: never renumber. */
#define JANGLE_PARKED_KINDS(X)                                                           \
    X(STREAM, 1)  /* the events of one stream, in order */                               \
    X(SAGA, 2)    /* the events of one saga, in order */                                 \
    X(EVENT, 3)   /* one event by itself */                                              \
    X(TIMEOUT, 4) /* the timeout of one saga */

enum jangle_parked_kind {
#define JANGLE_PARKED_KIND_(name, number) JANGLE_PARKED_##name = number,
    JANGLE_PARKED_KINDS(JANGLE_PARKED_KIND_)
#undef JANGLE_PARKED_KIND_
};

/* A dead letter: an event that a subscriber or a saga gave up. jangle_parked_visit shows
 * other parked events, too. Borrowed until the visit returns. */
struct jangle_dead_letter {
    const char *subscriber;
    enum jangle_parked_kind kind;
    int64_t position; /* of the event; for a TIMEOUT, of the last event that its saga has
                         processed */
    const char *stream;    /* of the event: "account/000001" */
    int64_t version;       /* of the event in its stream */
    const char *type;      /* of the event: its stored name */
    const char *payload;   /* of the event: its JSON */
    int attempts;          /* how often it was tried */
    jangle_time failed_at; /* when it became a dead letter; jangle_parked_visit says what
                              it is for others */
    const char *reason;    /* why the last attempt failed */
    int64_t held_count;    /* how many events of its key wait behind it */
    bool dead;             /* it is a dead letter; false only in jangle_parked_visit */
    bool in_the_way;       /* the subscriber is suspended and stops before this event */
};

/* A result other than JANGLE_OK stops the visit, which then returns that result. */
typedef enum jangle_result jangle_dead_letter_fn(void *context,
                                                 const struct jangle_dead_letter *letter);

/* Visit the dead letters of `subscriber`, or of all subscribers if NULL, oldest first.
 * NOT_FOUND if no subscriber has that name. `visit` may retry and skip them. */
JANGLE_API enum jangle_result jangle_dead_letter_visit(struct jangle *jangle,
                                                       const char *subscriber,
                                                       jangle_dead_letter_fn *visit,
                                                       void *context,
                                                       struct jangle_error *error);

/* Retry a dead letter: its handler is called again soon, as attempt 1. NOT_FOUND if there
 * is no dead letter at that position; otherwise the results of jangle_parked_retry. */
JANGLE_API enum jangle_result jangle_dead_letter_retry(struct jangle *jangle,
                                                       const char *subscriber,
                                                       int64_t position,
                                                       struct jangle_error *error);

/* Skip a dead letter: it counts as handled, and the later events of its key go on. An
 * open turn of a saga is closed, and the commands that it has sent stay sent. NOT_FOUND
 * if there is no dead letter at that position; otherwise the results of
 * jangle_parked_retry. */
JANGLE_API enum jangle_result jangle_dead_letter_skip(struct jangle *jangle,
                                                      const char *subscriber,
                                                      int64_t position,
                                                      struct jangle_error *error);

/* ---- parked events ----------------------------------------------------------- */

/* Visit all parked events, and the event that a suspended subscriber stops before
 * (`in_the_way`). Only the process that runs the subscriber knows of that last one.
 * `failed_at` says for
 *
 *     a dead letter               when it was given up
 *     an event that is retried    when its next attempt is due
 *     an event in the way         when the subscriber was suspended
 *
 * Returns what jangle_dead_letter_visit returns. */
JANGLE_API enum jangle_result jangle_parked_visit(struct jangle *jangle,
                                                  const char *subscriber,
                                                  jangle_dead_letter_fn *visit,
                                                  void *context,
                                                  struct jangle_error *error);

/* Retry the event at that position, which is parked or in the way, soon and as attempt 1.
 *
 *     NOT_FOUND   no subscriber has that name, or there is no such event
 *     BUSY        another process runs the subscriber, or this process is a follower; or
 *                 a replay, a reset or an operator holds the subscriber, as the message
 *                 says; or a handler or an answerer calls this, and would wait for
 *                 itself; or the store is busy
 *     CLOSED      this process is a child that fork made
 *     UNKNOWN, STORAGE, NO_MEMORY
 *                 the store failed */
JANGLE_API enum jangle_result jangle_parked_retry(struct jangle *jangle,
                                                  const char *subscriber,
                                                  int64_t position,
                                                  struct jangle_error *error);

/* Skip the event at that position, which is parked or in the way: it counts as handled,
 * the later events of its key go on, an open turn of its saga is closed, and a view is
 * marked incomplete from then on. The results are those of jangle_parked_retry. */
JANGLE_API enum jangle_result jangle_parked_skip(struct jangle *jangle,
                                                 const char *subscriber,
                                                 int64_t position,
                                                 struct jangle_error *error);

/* ---- sagas ------------------------------------------------------------------- */

/* Name, number, meaning. The numbers are stored in files: never renumber, and give a new
 * status the next number.
 *     FINISHED   the saga reacts to no more events. It stays stored, so that late events
 *                do not begin it again
 *     PARKED     a turn does not match its record: the saga waits until an operator acts,
 *                and its timeout waits, too */
#define JANGLE_SAGA_STATUSES(X)                                                          \
    X(OPEN, 0, "open")                                                                   \
    X(FINISHED, 1, "finished")                                                           \
    X(PARKED, 2, "parked: it waits for a person")

enum jangle_saga_status {
#define X(name, number, text) JANGLE_SAGA_##name = number,
    JANGLE_SAGA_STATUSES(X)
#undef X
};

/* The meaning of a status: "parked: it waits for a person". A static text, never NULL,
 * whatever the number. */
JANGLE_API const char *jangle_saga_status_text(enum jangle_saga_status status);

/* What a recorded step is. The numbers are stored: never renumber. */
#define JANGLE_STEP_KINDS(X)                                                             \
    X(COMMAND, 1) /* jangle_turn_send; the type is the command's */                      \
    X(NOTE, 2)    /* jangle_turn_note; the type is the note's */                         \
    X(VERSION, 3) /* jangle_turn_version; the type is the name that was asked for */     \
    X(BY_HAND, 4) /* an operator has finished the saga */

enum jangle_step_kind {
#define JANGLE_STEP_KIND_(name, number) JANGLE_STEP_##name = number,
    JANGLE_STEP_KINDS(JANGLE_STEP_KIND_)
#undef JANGLE_STEP_KIND_
};

/* One recorded step of a turn. */
struct jangle_saga_step {
    enum jangle_step_kind kind;
    const char *type;
    enum jangle_result result;
    const char *reply; /* of a command, or why it was refused; a note's JSON; a version's
                          number */
    int64_t position;  /* of the last event that the command stored; 0: none */
    int64_t version;   /* of the command's aggregate after the command */
};

/* The present state of a saga. Borrowed until the visit returns. */
struct jangle_saga_info {
    const char *saga;
    const char *id;
    enum jangle_saga_status status;
    const char *state;      /* JSON */
    int64_t position;       /* of the last event that it has processed */
    jangle_time turn_at;    /* when the open turn first ran; zero: no turn is open */
    int64_t turn_position;  /* of the open turn's event; 0: it is the turn of a timeout */
    int turn_step_count;    /* how many of the last `steps` are the open turn's */
    int attempts;           /* of the open turn */
    jangle_time timeout_at; /* zero: never */
    const char *reason;     /* why the saga is parked, or why its turn failed last; or
                               NULL */
    const struct jangle_saga_step *steps; /* oldest first; NULL in jangle_saga_visit */
    size_t step_count;
};

/* A result other than JANGLE_OK stops the visit, which then returns that result. */
typedef enum jangle_result jangle_saga_info_fn(void *context,
                                               const struct jangle_saga_info *info);

/* Visit the sagas of that name and status, in the order of their ids, without their
 * steps. NOT_FOUND if the program has no saga of that name. `visit` may call the
 * functions below. */
JANGLE_API enum jangle_result jangle_saga_visit(struct jangle *jangle,
                                                const char *saga,
                                                enum jangle_saga_status status,
                                                jangle_saga_info_fn *visit,
                                                void *context,
                                                struct jangle_error *error);

/* Visit one saga, with its steps. NOT_FOUND if there is no saga of that id. */
JANGLE_API enum jangle_result jangle_saga_show(struct jangle *jangle,
                                               const char *saga,
                                               const char *id,
                                               jangle_saga_info_fn *visit,
                                               void *context,
                                               struct jangle_error *error);

/* Run the failed turn of a saga again soon, as attempt 1, also if the saga is parked or
 * the turn's event is a dead letter. NOT_FOUND if no saga has that id. INVALID if the
 * saga is finished, or has no turn to run again. BUSY if another process runs the sagas
 * of that name: call this function there. A reaction must not call this function or the
 * next two. */
JANGLE_API enum jangle_result jangle_saga_retry(struct jangle *jangle,
                                                const char *saga,
                                                const char *id,
                                                struct jangle_error *error);

/* Run a turn again, as jangle_saga_retry does, although it no longer matches its record
 * because the code was changed. The new code need not take the first `after` steps of the
 * turn again, nor in their order. Those of them that it does take get their recorded
 * answers; any other step is taken now. INVALID also if the turn has recorded fewer than
 * `after` steps. */
JANGLE_API enum jangle_result jangle_saga_resume(struct jangle *jangle,
                                                 const char *saga,
                                                 const char *id,
                                                 int after,
                                                 struct jangle_error *error);

/* Finish a saga by hand: it sends no more commands, and nothing that it did is taken
 * back. `reason` is recorded as its last step. NOT_FOUND, INVALID and BUSY as for
 * jangle_saga_retry, but the saga need not have a failed turn. */
JANGLE_API enum jangle_result jangle_saga_finish(struct jangle *jangle,
                                                 const char *saga,
                                                 const char *id,
                                                 const char *reason,
                                                 struct jangle_error *error);

/* ---- replay ------------------------------------------------------------------ */

/* How far a replay has come. */
struct jangle_progress {
    const char *subscriber;
    int round;            /* 1, 2, 3... */
    int64_t done, total;  /* events; `total` grows if more are stored in the meantime */
    double per_second;    /* events */
    int64_t left_ms;      /* estimate of the time until this round is done */
    int64_t tables, rows; /* that the last comparison read */
};

/* Called a few times a second, on the thread that replays. False: stop. */
typedef bool jangle_progress_fn(void *context, const struct jangle_progress *progress);

struct jangle_replay_options {
    int rounds;    /* how often the view is built; 0: once */
    bool compare;  /* build in a scratch file and compare; the view is not changed */
    bool shuffled; /* compare, too, and use a new random order of events in each round */
    uint64_t seed; /* of these orders: the same seed gives the same orders */
    jangle_progress_fn *progress; /* may be NULL */
    void *context;                /* yours: `progress` gets it */
};

/* Rebuild a view from the first event, in a second file, whose rows replace those of the
 * view at the end. Until then the view answers from its old rows. An event that a handler
 * refuses is parked, as it would be without a replay. So OK does not mean that no event
 * was refused: look at jangle_measure_subscriber. `options` may be NULL.
 *
 *     CANCELLED   `progress` returned false: the next replay continues from there
 *     NOT_FOUND   no subscriber has that name
 *     INVALID     the subscriber is not a view; or `shuffled` is asked of a view that
 *                 does not say JANGLE_ANY_ORDER; or the comparison finds a difference,
 *                 and the error names the first table, row and column
 *     BUSY        an answerer calls this
 *
 * A handler must not call this. */
JANGLE_API enum jangle_result jangle_replay(struct jangle *jangle,
                                            const char *subscriber,
                                            const struct jangle_replay_options *options,
                                            struct jangle_error *error);

/* ---- subscribers -------------------------------------------------------------- */

/* Set the checkpoint of a subscriber that is not a view. This is the only way to
 * redeliver or skip events for such a subscriber. Its parked events are dropped. If the
 * program runs the subscriber, this call waits until running handlers have returned, and
 * no other handler is called before the checkpoint is set.
 *
 *     INVALID     the subscriber is a view, or the store has no event at `position`
 *     NOT_FOUND   no subscriber has that name
 *     BUSY        another process runs the subscriber, or this process is a follower; or
 *                 a replay, a reset or an operator holds the subscriber, as the message
 *                 says; or a handler or an answerer calls this, and would wait for itself
 *     UNKNOWN, STORAGE, NO_MEMORY
 *                 the store failed */
JANGLE_API enum jangle_result jangle_subscriber_reset(struct jangle *jangle,
                                                      const char *subscriber,
                                                      int64_t position,
                                                      struct jangle_error *error);

/* Forget a subscriber, saga or consumer that this program lacks: its checkpoint, its
 * parked events, all its sagas, and how far it has read logs. INVALID if the program has
 * it. */
JANGLE_API enum jangle_result jangle_subscriber_forget(struct jangle *jangle,
                                                       const char *subscriber,
                                                       struct jangle_error *error);

/* Pause a subscriber, view, saga, publisher or consumer: no handler of it is called, it
 * publishes nothing, and it receives nothing, until jangle_resume is called. The pause is
 * stored, so it lasts when all programs end. Any process may call this. The one that runs
 * the subscriber finds it at its next look at the store: config.head_interval_ms later,
 * or up to four times that while nothing happens. A run that is under way goes on to its
 * end; a consumer gives back what it has received and not stored. A paused view still
 * answers queries, from what it has. Events wait meanwhile, and lag grows.
 *
 * `who` (1..64 bytes of UTF-8) and `why` (0..159) are shown by jangle_measure_subscriber
 * and jangle_measure_endpoint. Who pauses what is paused already replaces both.
 *
 *     INVALID     a text is NULL, too long or no UTF-8; or this process is a follower
 *     NOT_FOUND   neither this program nor the store knows the name
 *     CLOSED      this process is a child that fork made
 *     BUSY, UNKNOWN, STORAGE, NO_MEMORY
 *                 the store failed */
JANGLE_API enum jangle_result jangle_pause(struct jangle *jangle,
                                           const char *name,
                                           const char *who,
                                           const char *why,
                                           struct jangle_error *error);

/* Let it go on where it was. OK, too, if it is not paused. The results are those of
 * jangle_pause. A consumer that is suspended because a log does not have its offset
 * (messaging.h) goes on, too, with the first message that the log has.
 *
 * In a copy that jangle_backup made, every publisher and consumer is paused until it is
 * resumed there, once: so a copy that is opened does not talk to others as if it were the
 * store. */
JANGLE_API enum jangle_result
jangle_resume(struct jangle *jangle, const char *name, struct jangle_error *error);

/* What a subscriber, saga, publisher or consumer does: the first of these that applies.
 * Name, and meaning. docs/architecture.md says how each state begins and ends. */
#define JANGLE_SUBSCRIBER_STATES(X)                                                      \
    X(ELSEWHERE, "another process runs it, or nobody does")                              \
    X(HELD, "it waits for a replay, a reset or an operator")                             \
    X(PAUSED, "an operator has paused it")                                               \
    X(STALE, "a view that must be replayed: it answers from its old rows")               \
    X(MUST_RELOAD, "it is about to read its checkpoint again")                           \
    X(OUTAGE, "all that it tries fails: it tries one event at a time")                   \
    X(FULL, "it has parked as many keys as it may")                                      \
    X(TOO_NEW, "its next event is newer than its program")                               \
    X(GOING, "it goes on")

enum jangle_subscriber_state {
#define X(name, text) JANGLE_SUBSCRIBER_##name,
    JANGLE_SUBSCRIBER_STATES(X)
#undef X
};

/* The meaning of a state: "it goes on". A static text, never NULL, whatever the
 * number. */
JANGLE_API const char *jangle_subscriber_state_text(enum jangle_subscriber_state state);

typedef enum jangle_result jangle_subscriber_fn(void *context, const char *subscriber);

/* Visit every subscriber, saga, publisher and consumer that the store knows, also those
 * that this program lacks. */
JANGLE_API enum jangle_result jangle_subscriber_visit(struct jangle *jangle,
                                                      jangle_subscriber_fn *visit,
                                                      void *context,
                                                      struct jangle_error *error);

/* ---- endpoints ---------------------------------------------------------------- */

/* A publisher or a consumer (messaging.h), and what was declared for it at its broker.
 * Borrowed until the visit returns. */
struct jangle_endpoint_info {
    const char *name;
    bool consumer;             /* false: a publisher */
    bool left_behind;          /* the store knows it, and this program lacks it: its
                                  queues may fill, and nobody takes what is in them */
    const char *const *queues; /* of a consumer */
    size_t queue_count;
    const char *const *topics; /* of a publisher */
    size_t topic_count;
};

/* A result other than JANGLE_OK stops the visit, which then returns that result. */
typedef enum jangle_result jangle_endpoint_fn(void *context,
                                              const struct jangle_endpoint_info *info);

/* Visit every publisher and consumer: first those of this program, then those that it
 * lacks, by name. These are removed by jangle_remove, and then forgotten by
 * jangle_subscriber_forget. The figures are those of jangle_measure_endpoint. `visit` may
 * call all of these. */
JANGLE_API enum jangle_result jangle_endpoint_visit(struct jangle *jangle,
                                                    jangle_endpoint_fn *visit,
                                                    void *context,
                                                    struct jangle_error *error);

/* ---- backup ------------------------------------------------------------------ */

/* Called between parts of the copy, with counts of database pages. False: stop. */
typedef bool jangle_backup_fn(void *context, int64_t done, int64_t total);

/* Copy the store to a new file, while it is in use; never copy its files by hand. The
 * copy holds what the store held after one commit. It has no views: a program that opens
 * the copy builds them again. Its publishers and consumers are paused (jangle_resume).
 * `progress` may be NULL.
 *
 *     CANCELLED   `progress` returned false: there is no new file
 *     INVALID     `path` exists; or an older copy has left its WAL there; or `path` ends
 *                 like the name of a file that is kept beside a store (-wal, -lock...);
 *                 or the storage cannot copy
 *     STORAGE     the store failed
 *     BUSY        the store is busy; or a handler, a reaction or an answerer calls this,
 *                 whose transaction would stay open while the copy is made */
JANGLE_API enum jangle_result jangle_backup(struct jangle *jangle,
                                            const char *path,
                                            jangle_backup_fn *progress,
                                            void *context,
                                            struct jangle_error *error);

JANGLE_C_END

#endif
