/* operate.h - what an operator does: looks at what waits, and decides about it; builds
 * views anew; moves subscribers; copies the store. The author of an application need not
 * read this header, which jangle.h includes.
 *
 * Any thread may call these functions at any time, unless the function's comment says
 * otherwise. What concerns a subscriber or a saga is done in the process that runs it. */
#ifndef JANGLE_OPERATE_H
#define JANGLE_OPERATE_H

#include <jangle/message.h>

JANGLE_C_BEGIN

struct jangle;

/* ---- dead letters ------------------------------------------------------------ */

/* What one parked thing stands for. The numbers are stored: never renumber. */
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

/* An event that a subscriber or a saga gave up on, or in jangle_parked_visit, one that
 * waits. Borrowed until the visit returns. */
struct jangle_dead_letter {
    const char *subscriber;
    enum jangle_parked_kind kind;
    int64_t position; /* of a TIMEOUT: of the last event that its saga dealt with */
    const char *stream;
    int64_t version;
    const char *type;
    const char *payload; /* JSON */
    int attempts;
    jangle_time failed_at;
    const char *reason;
    int64_t held_count; /* so many events of its stream wait behind it */
    bool dead;          /* it waits for a person; false only in jangle_parked_visit */
    bool in_the_way;    /* the subscriber is suspended and stands before this event */
};

/* A result other than JANGLE_OK stops the visit, which then returns that result. */
typedef enum jangle_result jangle_dead_letter_fn(void *context,
                                                 const struct jangle_dead_letter *letter);

/* Visit the dead letters of `subscriber`, or of all if NULL, oldest first. NOT_FOUND if
 * no subscriber has that name. `visit` may retry and skip them. */
JANGLE_API enum jangle_result jangle_dead_letter_visit(struct jangle *jangle,
                                                       const char *subscriber,
                                                       jangle_dead_letter_fn *visit,
                                                       void *context,
                                                       struct jangle_error *error);

/* Have the handler called again for a dead letter, soon, as attempt 1. NOT_FOUND if there
 * is no dead letter at that position. */
JANGLE_API enum jangle_result jangle_dead_letter_retry(struct jangle *jangle,
                                                       const char *subscriber,
                                                       int64_t position,
                                                       struct jangle_error *error);

/* Count a dead letter as handled, and let its stream go on. The turn of a saga is closed
 * where it stands, and what it has sent stays sent. NOT_FOUND if there is no dead letter
 * at that position. */
JANGLE_API enum jangle_result jangle_dead_letter_skip(struct jangle *jangle,
                                                      const char *subscriber,
                                                      int64_t position,
                                                      struct jangle_error *error);

/* ---- whatever waits ---------------------------------------------------------- */

/* Visit everything that waits: dead letters; events that are still tried again, whose
 * `failed_at` says when the next attempt is due; and the event that a suspended
 * subscriber stands before (`in_the_way`), whose `failed_at` says when the subscriber was
 * suspended. Only the process that runs the subscriber knows of that last one. Returns
 * what jangle_dead_letter_visit returns. */
JANGLE_API enum jangle_result jangle_parked_visit(struct jangle *jangle,
                                                  const char *subscriber,
                                                  jangle_dead_letter_fn *visit,
                                                  void *context,
                                                  struct jangle_error *error);

/* Try what waits at that position again, soon, as attempt 1. NOT_FOUND if nothing waits
 * there; BUSY if another process runs the subscriber, or if it is being replayed;
 * UNKNOWN, STORAGE, NO_MEMORY: the store failed. */
JANGLE_API enum jangle_result jangle_parked_retry(struct jangle *jangle,
                                                  const char *subscriber,
                                                  int64_t position,
                                                  struct jangle_error *error);

/* Count what waits at that position as handled: its stream goes on, an open turn of its
 * saga is closed where it stands, and a view is marked incomplete from then on. The same
 * errors. */
JANGLE_API enum jangle_result jangle_parked_skip(struct jangle *jangle,
                                                 const char *subscriber,
                                                 int64_t position,
                                                 struct jangle_error *error);

/* ---- sagas ------------------------------------------------------------------- */

/* Name, number, meaning. The numbers are stored in files: never renumber, and give a new
 * status the next number.
 *     FINISHED   it reacts to nothing more; it stays stored, so that late events do not
 *                begin it again
 *     PARKED     a turn does not fit its record: the saga waits for a person, and its
 *                timeout waits with it */
#define JANGLE_SAGA_STATUSES(X)                                                          \
    X(OPEN, 0, "open")                                                                   \
    X(FINISHED, 1, "finished")                                                           \
    X(PARKED, 2, "parked: it waits for a person")

enum jangle_saga_status {
#define X(name, number, text) JANGLE_SAGA_##name = number,
    JANGLE_SAGA_STATUSES(X)
#undef X
};

/* "parked: it waits for a person". A static text, never NULL, whatever the number. */
JANGLE_API const char *jangle_saga_status_text(enum jangle_saga_status status);

/* What a recorded step is. The numbers are stored: never renumber. */
#define JANGLE_STEP_KINDS(X)                                                             \
    X(COMMAND, 1) /* jangle_turn_send; the type is the command's */                      \
    X(NOTE, 2)    /* jangle_turn_note; the type is the note's */                         \
    X(VERSION, 3) /* jangle_turn_version; the type is the name that was asked for */     \
    X(BY_HAND, 4) /* a person has ended the saga */

enum jangle_step_kind {
#define JANGLE_STEP_KIND_(name, number) JANGLE_STEP_##name = number,
    JANGLE_STEP_KINDS(JANGLE_STEP_KIND_)
#undef JANGLE_STEP_KIND_
};

/* One thing that a turn did, as it is recorded. */
struct jangle_saga_step {
    enum jangle_step_kind kind;
    const char *type;
    enum jangle_result result;
    const char *reply; /* or why it was refused; a note's JSON; a version's number */
    int64_t position;  /* of what it stored; 0: nothing */
    int64_t version;
};

/* A saga as it stands. Borrowed until the visit returns. */
struct jangle_saga_info {
    const char *saga;
    const char *id;
    enum jangle_saga_status status;
    const char *state;      /* JSON */
    int64_t position;       /* of the last event that it has dealt with */
    jangle_time turn_at;    /* when the open turn first ran; zero: no turn is open */
    int64_t turn_position;  /* of the open turn's event; 0: it is the turn of a timeout */
    int turn_step_count;    /* so many of the last steps below are the open turn's */
    int attempts;           /* of the open turn */
    jangle_time timeout_at; /* zero: never */
    const char *reason;     /* why the saga is parked, or its turn failed last; or NULL */
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

/* Run the waiting turn of a saga again, soon, as attempt 1, also if the saga is parked or
 * the turn is a dead letter. NOT_FOUND if there is no saga of that id; INVALID if it is
 * finished, or has no turn that waits; BUSY if another process runs the sagas of that
 * name: call it there. A reaction must not call this function or the next two. */
JANGLE_API enum jangle_result jangle_saga_retry(struct jangle *jangle,
                                                const char *saga,
                                                const char *id,
                                                struct jangle_error *error);

/* The same, for a turn that does not fit its record because the code was changed: the
 * code need not take the first `after` steps of the turn again, nor in their order. Those
 * of them that it does take get their recorded answers; any other step is done now.
 * INVALID also if the turn has recorded fewer than `after` steps. */
JANGLE_API enum jangle_result jangle_saga_resume(struct jangle *jangle,
                                                 const char *saga,
                                                 const char *id,
                                                 int after,
                                                 struct jangle_error *error);

/* Declare a saga finished: nothing more is sent, and nothing is taken back. `reason` is
 * recorded as its last step. NOT_FOUND, INVALID and BUSY as above, but the saga need not
 * have a turn that waits. */
JANGLE_API enum jangle_result jangle_saga_finish(struct jangle *jangle,
                                                 const char *saga,
                                                 const char *id,
                                                 const char *reason,
                                                 struct jangle_error *error);

/* ---- replay ------------------------------------------------------------------ */

struct jangle_progress {
    const char *subscriber;
    int round;           /* 1, 2, 3... */
    int64_t done, total; /* events; total grows if more are stored in the meantime */
    double per_second;
    int64_t left_ms;
    int64_t tables, rows; /* that the last comparison went through */
};

/* Called a few times a second, on the thread that replays. False: stop. */
typedef bool jangle_progress_fn(void *context, const struct jangle_progress *progress);

struct jangle_replay_options {
    int rounds;    /* 0: one */
    bool compare;  /* build in a scratch file, compare, leave the view as it is */
    bool shuffled; /* in an order drawn from `seed`, another every round; compares */
    uint64_t seed;
    jangle_progress_fn *progress; /* may be NULL */
    void *context;
};

/* Build a view anew from the first event, in a second file, whose rows replace those of
 * the view at the end. Meanwhile the view answers from its old rows. An event that a
 * handler refuses is parked, as it would be without a replay. So OK does not say that no
 * event was refused: look at jangle_measure_subscriber. `options` may be NULL. CANCELLED
 * if `progress` returned false: the next replay goes on from there. NOT_FOUND if no
 * subscriber has that name. INVALID if the subscriber is not a view; if it shall be
 * shuffled and does not say JANGLE_ANY_ORDER; or if the comparison finds a difference:
 * the error names the first table, row and column. Not for handlers; BUSY in an
 * answerer. */
JANGLE_API enum jangle_result jangle_replay(struct jangle *jangle,
                                            const char *subscriber,
                                            const struct jangle_replay_options *options,
                                            struct jangle_error *error);

/* ---- subscribers -------------------------------------------------------------- */

/* Set the place of a subscriber that is no view. This is the only way to call its
 * handlers again for old events, or to pass events by. Its parked keys are released. The
 * program may be running the subscriber: this call waits until the handlers that run now
 * have returned, and no other one is called before the place is set. BUSY if another
 * process runs the subscriber, if it is being replayed or reset already, or if one of its
 * handlers or an answerer makes this call, because that would wait for itself. INVALID if
 * it is a view, or the store has no event at `position`; NOT_FOUND if no subscriber has
 * that name; UNKNOWN, STORAGE, NO_MEMORY: the store failed. */
JANGLE_API enum jangle_result jangle_subscriber_reset(struct jangle *jangle,
                                                      const char *subscriber,
                                                      int64_t position,
                                                      struct jangle_error *error);

/* Forget a subscriber or saga that this program lacks: its place, its parked keys, and
 * all its sagas. INVALID if the program has it. */
JANGLE_API enum jangle_result jangle_subscriber_forget(struct jangle *jangle,
                                                       const char *subscriber,
                                                       struct jangle_error *error);

typedef enum jangle_result jangle_subscriber_fn(void *context, const char *subscriber);

/* Visit every subscriber and saga that the store knows, also those this program lacks. */
JANGLE_API enum jangle_result jangle_subscriber_visit(struct jangle *jangle,
                                                      jangle_subscriber_fn *visit,
                                                      void *context,
                                                      struct jangle_error *error);

/* ---- backup ------------------------------------------------------------------ */

/* Called between parts of the copy, in pages. False: stop. */
typedef bool jangle_backup_fn(void *context, int64_t done, int64_t total);

/* Copy the store to a new file, while it is in use; never copy its files by hand. The
 * copy holds what the store held after one commit. It has no views: a program that opens
 * the copy builds them again. `progress` may be NULL; if it returns false, the call ends
 * with CANCELLED, and there is no file. INVALID if `path` exists; if an older copy has
 * left its log there; if `path` ends like a file that is kept beside a store (-wal,
 * -lock...); or if the storage cannot copy. STORAGE, BUSY: the store failed. BUSY, too,
 * in a handler, a reaction and an answerer, because a copy takes long, and their
 * transactions would stay open. */
JANGLE_API enum jangle_result jangle_backup(struct jangle *jangle,
                                            const char *path,
                                            jangle_backup_fn *progress,
                                            void *context,
                                            struct jangle_error *error);

JANGLE_C_END

#endif
