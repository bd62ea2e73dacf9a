/* look.h - what is in a store, for people and for tools, with the program that wrote it
 * or without. An application reads its own events with it, too (jangle_look_of).
 *
 * A look reads. It takes no lock that a commit waits for, and it holds no read
 * transaction while one of your visits runs, because it copies a page of events, ends the
 * transaction, and then visits. It changes nothing, and makes no file but SQLite's -shm
 * and -wal. It reads every schema that this library knows.
 *
 * What it hands to a visit is borrowed until the visit returns. A visit that returns
 * other than JANGLE_OK ends the call, which returns that. A visit may use the same look.
 * One look is for one thread at a time; open several. Every call is CLOSED in a child
 * that fork made. */
#ifndef JANGLE_LOOK_H
#define JANGLE_LOOK_H

#include <jangle/jangle.h>
#include <jangle/plugin/catalogue.h>
#include <jangle/plugin/receipt.h>

JANGLE_C_BEGIN

struct jangle_look;

struct jangle_look_options {
    bool frozen; /* nobody writes to the store, and you answer for that: it lies on a
                    medium, or in a directory, that cannot be written. SQLite's log is not
                    read then, so a log that is not empty is refused, and no file is
                    made */
    struct jangle_host host; /* what it runs on; may be left out (config.h) */
};

/* Look at a store without its program. `storage` as in config.h; `options` may be NULL.
 * Returns NULL if it fails:
 *
 *     NOT_FOUND   there is no store
 *     INVALID     the file is no store, or a later version of jangle has written it; or
 *                 `frozen`, and its log is not empty; or the storage cannot be looked at
 *                 from outside
 *     STORAGE     it cannot be read: the sentence says why, and what to do
 *     NO_MEMORY */
JANGLE_API struct jangle_look *jangle_look_open(const struct jangle_storage *storage,
                                                const struct jangle_look_options *options,
                                                struct jangle_error *error);

/* Look at the store of an instance that is open here, of a follower, too. Close the look
 * before the instance. NULL: CLOSED, NO_MEMORY. */
JANGLE_API struct jangle_look *jangle_look_of(struct jangle *jangle,
                                              struct jangle_error *error);

/* NULL is fine. */
JANGLE_API void jangle_look_close(struct jangle_look *look);

/* ---- the store --------------------------------------------------------------- */

/* Borrowed until the next call on the look. What the store does not count is -1. */
struct jangle_store_facts {
    const char *location; /* as the storage names it; "" in memory */
    char store_id[37];    /* "" if it cannot be read */
    int64_t epoch;
    int schema, schema_known; /* of the file; the latest that this library reads */
    int64_t position;         /* of the last event; 0: none; -1: it cannot be read */
    int64_t streams, commands;
    int64_t types; /* of events, and of commands that had an id; each version counts */
    jangle_time first_at, last_at;  /* of the first and the last event; zero: none */
    int64_t store_bytes, log_bytes; /* of the file, and of its log */
    int64_t sessions;               /* processes that have it open to write */
    bool in_doubt; /* a process died while it wrote, and nobody has recovered the store
                      since: what is last here may not last */
    const char *fault; /* what is wrong with the store as a whole; NULL: nothing */
};

/* Facts that are cheap to know. STORAGE, NO_MEMORY. */
JANGLE_API enum jangle_result jangle_look_store(struct jangle_look *look,
                                                struct jangle_store_facts *facts,
                                                struct jangle_error *error);

/* ---- events ------------------------------------------------------------------ */

/* An event as it is stored. Of a record with a fault, what cannot be read is NULL or
 * zero. Texts that are stored badly are shown as they are: check them before you show
 * them to a person. */
struct jangle_seen_event {
    int64_t position;
    const char *kind, *id; /* of its stream */
    int64_t version;
    const char *type;
    int type_version;
    jangle_time at;
    const char *event_id;
    struct jangle_origin origin; /* causation_id is the id of its command */
    const char *command; /* filter.with_commands: the type of that command; NULL: it is
                            not known, because its sender gave no id, or it was forgotten,
                            or a schema before 4 stored it */
    int64_t cause;       /* the same: position of the event that led to that command; 0 */
    const char
        *sender; /* the same: the subscriber, saga or consumer that sent it; NULL */
    const char *payload; /* JSON, or what is there; NULL: erased */
    size_t payload_size;
    const char *meta; /* as it is stored: of a message that was received it says more than
                         `origin`; NULL: there is none */
    const char *fault; /* what is wrong with the record; NULL: nothing. It is shown, and
                          not hidden */
    int64_t missing; /* with a fault: so many records from this position on, in the order
                        of the visits, are missing or cannot be read; 0: it is there */
};

/* What to look for; zeroes mean all. Names are globs: * is any text, ? any character,
 * [a-z] a character of these, [!a-z] one that is not; a \ makes the next one ordinary. */
struct jangle_event_filter {
    int64_t after, before;    /* positions, both left out; a `before` of 0: no end */
    jangle_time since, until; /* `since` is the first, `until` is left out */
    const char *kind, *id;    /* without a glob in both only that stream is read, and
                                 otherwise the log */
    const char *type;
    const char *correlation_id, *causation_id; /* as they are, not globs */
    const char *event_id;                      /* the same */
    const char *actor;
    const char *text; /* that the payload holds, compared byte by byte */
    bool newest_first;
    bool with_commands; /* tell of each event what its command was and what led to it:
                           that is one more read for each event that is visited */
    int64_t limit;      /* events that are visited; 0: no end */
    int64_t read_limit; /* records that are read for them; 0: no end */
};

/* How a search ended. */
struct jangle_search {
    int64_t read, visited; /* records; those of them that were visited */
    int64_t next; /* a limit has ended it: give this as `after`, or as `before` if newest
                     first; 0: it has seen all */
};

typedef enum jangle_result jangle_seen_event_fn(void *context,
                                                const struct jangle_seen_event *event);

/* Visit the events that pass the filter, in the order of their positions. A record whose
 * checksum does not match is visited with its fault, and so is one that is missing or
 * cannot be read, whatever the filter asks of it beside positions; neither ends the
 * search. Events that are stored in the meantime may be among them. `filter` may be NULL:
 * all; `search` may be NULL, and is filled in whatever the result is.
 *
 *     INVALID     a limit or a position is negative, or a glob is malformed
 *     STORAGE     the store failed, or was replaced since it was opened; or neither the
 *                 last event nor the streams can be read, or not the stream that is asked
 *                 for, so that nobody knows what is left: events before it were visited
 *     BUSY        a storage that is no file must be recovered first
 *     NO_MEMORY   memory is needed for a page of 1000 records, or one of 1 MiB, and for
 *                 the largest record */
JANGLE_API enum jangle_result jangle_look_events(struct jangle_look *look,
                                                 const struct jangle_event_filter *filter,
                                                 jangle_seen_event_fn *visit,
                                                 void *context,
                                                 struct jangle_search *search,
                                                 struct jangle_error *error);

/* Wait until there is an event after `position`: the last one that you have seen, or 0.
 * The store is polled every config.head_interval_ms, and every 50 ms without an instance.
 * TIMEOUT after `timeout_ms`; a negative one waits without end. STORAGE if the store was
 * moved or replaced in the meantime, as a restore does. CLOSED after jangle_stop of the
 * instance. */
JANGLE_API enum jangle_result jangle_look_wait(struct jangle_look *look,
                                               int64_t position,
                                               int64_t timeout_ms,
                                               struct jangle_error *error);

/* ---- what a store says of itself ---------------------------------------------- */

/* Visit the processes that have the store open to write, or died while they had, and all
 * that programs have described in it, as plugin/catalogue.h says. Nothing is described by
 * a store of a schema before 4. STORAGE, BUSY, NO_MEMORY. */
JANGLE_API enum jangle_result jangle_look_sessions(struct jangle_look *look,
                                                   jangle_store_session_fn *visit,
                                                   void *context,
                                                   struct jangle_error *error);
JANGLE_API enum jangle_result jangle_look_catalogue(struct jangle_look *look,
                                                    jangle_catalogue_fn *visit,
                                                    void *context,
                                                    struct jangle_error *error);

/* Visit all that is stored of a command: its receipt, when, its type, the event that led
 * to it, and who sent it (plugin/receipt.h). NOT_FOUND as for jangle_look_command.
 * INVALID: the id is NULL or empty. STORAGE, BUSY, NO_MEMORY. */
JANGLE_API enum jangle_result jangle_look_stored_command(struct jangle_look *look,
                                                         const char *command_id,
                                                         jangle_stored_command_fn *visit,
                                                         void *context,
                                                         struct jangle_error *error);

/* ---- streams, and commands --------------------------------------------------- */

struct jangle_stream_facts {
    const char *kind, *id;
    int64_t version;
    int64_t last_position;
    jangle_time first_at, last_at; /* of its first and its last event */
    const char *fault;             /* what is wrong with its row; NULL: nothing */
};

typedef enum jangle_result jangle_stream_fn(void *context,
                                            const struct jangle_stream_facts *stream);

/* Which streams; zeroes mean all. */
struct jangle_stream_filter {
    const char *kind;                  /* as it is: no glob */
    const char *id;                    /* a glob */
    const char *after_kind, *after_id; /* go on behind the stream of this name; both, or
                                          none */
    int64_t limit;                     /* streams that are visited; 0: no end */
};

/* Visit streams in the order of kind and id, compared byte by byte. `filter` may be NULL.
 * In a store that keeps no list of them, which is one in memory, all events are read for
 * 64 streams at a time. INVALID, STORAGE, BUSY and NO_MEMORY as for
 * jangle_look_events. */
JANGLE_API enum jangle_result
jangle_look_streams(struct jangle_look *look,
                    const struct jangle_stream_filter *filter,
                    jangle_stream_fn *visit,
                    void *context,
                    struct jangle_error *error);

/* Find what is stored under a command id. NOT_FOUND: nothing is, or it was forgotten
 * (config.command_id_keep_ms), or the command's sender gave no id: then its events name
 * the id that jangle made (filter.causation_id). STORAGE: the row is damaged. Returns
 * outcome->error.result. */
JANGLE_API enum jangle_result jangle_look_command(struct jangle_look *look,
                                                  const char *command_id,
                                                  struct jangle_outcome *outcome);

/* ---- who follows the events -------------------------------------------------- */

/* How far a subscriber, saga, publisher or consumer is. */
struct jangle_subscriber_facts {
    const char *name;
    enum jangle_subscriber_state state; /* as the process that runs it has it, through its
                                           instance. As far as it is stored otherwise:
                                           PAUSED, STALE, OUTAGE; ELSEWHERE if no process
                                           runs it; else GOING */
    enum jangle_catalogue_kind kind;    /* 0: no program has described it in the store */
    int64_t owner_pid;     /* of the process that runs it; 0: nobody does, or not known */
    jangle_time since;     /* when a pause or an outage began; zero: no such
                              state, or not known */
    const char *reason;    /* why it is in that state; otherwise its last failure, or
                              "" */
    const char *paused_by; /* who has paused it; "" */
    bool is_view;          /* it has a file of its own, which was found, or which is not
                              read because the store is frozen */
    int64_t position;      /* every event up to this one is processed or parked; -1: it is
                              not known, and `fault` says why */
    int64_t lag;           /* events that the store has after it; -1: the same */
    int64_t lag_ms;        /* the age of the first of them; 0: there is none */
    int64_t parked, dead;  /* keys whose first event is retried, or is a dead letter */
    jangle_time next_at;   /* when the next retry is due; zero: none is */
    int64_t open_sagas, parked_sagas; /* of a saga; no more than 1000 are counted */
    bool incomplete;   /* a view: a dead letter was skipped, and no replay came since */
    const char *fault; /* what of this could not be read, and why; NULL: all was */
};

typedef enum jangle_result
jangle_subscriber_facts_fn(void *context, const struct jangle_subscriber_facts *facts);

/* Visit all that the store knows, in the order of their names. A view is read from its
 * file: of a look without an instance the one that the program has named, or the one that
 * is named after the store and the view. Those of a frozen store are not read, and then
 * the fault of the view says so. One whose row is damaged has a fault, too. A view that
 * has seen an event that the store lacks, or in whose place the store has another, is
 * STALE, as after an older backup was copied over the store; of another subscriber that
 * is a fault. STORAGE, BUSY, NO_MEMORY. */
JANGLE_API enum jangle_result jangle_look_subscribers(struct jangle_look *look,
                                                      jangle_subscriber_facts_fn *visit,
                                                      void *context,
                                                      struct jangle_error *error);

/* ---- parked events, and sagas ------------------------------------------------ */

/* Visit the dead letters of `subscriber`, or of all subscribers if NULL, oldest first for
 * each of them: as jangle_dead_letter_visit does (operate.h), but without the program.
 * The next function shows all parked events, as jangle_parked_visit does. Through an
 * instance both are the same as those. Without one
 *
 *     - nobody knows which events a subscriber would have been given: held_count is how
 *       many events the stream has behind that one, and -1 for what is parked for a saga
 *     - an event that is in the way of a suspended subscriber is not shown, because only
 *       the process that runs the subscriber knows of it
 *     - those of a view are in the view's file, which the store names;
 *       those of a frozen store's views are not read
 *
 * An event that cannot be read has no type, and its fault in place of the payload.
 *
 *     NOT_FOUND   the store knows no subscriber of that name
 *     STORAGE, BUSY, NO_MEMORY */
JANGLE_API enum jangle_result jangle_look_dead(struct jangle_look *look,
                                               const char *subscriber,
                                               jangle_dead_letter_fn *visit,
                                               void *context,
                                               struct jangle_error *error);
JANGLE_API enum jangle_result jangle_look_parked(struct jangle_look *look,
                                                 const char *subscriber,
                                                 jangle_dead_letter_fn *visit,
                                                 void *context,
                                                 struct jangle_error *error);

/* Which sagas; zeroes mean all that are not finished. */
struct jangle_saga_filter {
    const char *saga;     /* its name, as it is: no glob */
    const char *id;       /* as it is; its steps are shown, too */
    const char *after_id; /* go on behind this one; with `saga` */
    bool finished;        /* finished ones, too */
    int64_t limit;        /* sagas that are visited; 0: no end */
};

/* Visit sagas, by name, status and id: parked ones first, then open ones, then those that
 * are finished. They are shown as jangle_saga_visit shows them (operate.h). One whose
 * record cannot be understood, or whose row is damaged, has that as its reason. `filter`
 * may be NULL.
 *
 *     NOT_FOUND   `id` is given, and there is none
 *     INVALID     `id` or `after_id` is given without `saga`, or the limit is negative
 *     STORAGE, BUSY, NO_MEMORY */
JANGLE_API enum jangle_result jangle_look_sagas(struct jangle_look *look,
                                                const struct jangle_saga_filter *filter,
                                                jangle_saga_info_fn *visit,
                                                void *context,
                                                struct jangle_error *error);

/* ---- with the program -------------------------------------------------------- */

/* The state of an aggregate after its event of that version, as JSON in answer->data, and
 * that version in answer->position. A `version` of 0 is the last one. Nothing is decided
 * or stored, and a follower may ask, too. Returns answer->error.result. Always call
 * jangle_answer_free in the end, whatever the result is.
 *
 *     NOT_FOUND   the aggregate has no such version
 *     INVALID     the program has no aggregate of that name; or it cannot apply an event
 *                 of it, which the message names
 *     CLOSED, STORAGE, BUSY, NO_MEMORY */
JANGLE_API enum jangle_result jangle_state_at(struct jangle *jangle,
                                              struct jangle_answer *answer,
                                              const char *aggregate,
                                              const char *id,
                                              int64_t version);

JANGLE_C_END

#endif
