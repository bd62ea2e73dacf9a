/* catalogue.h - the part of a store's contract (store.h) by which a store describes
 * itself: who has it open, who runs which subscriber, and what its programs are made of.
 * So a tool can show a store without the program that writes it. */
#ifndef JANGLE_PLUGIN_CATALOGUE_H
#define JANGLE_PLUGIN_CATALOGUE_H

#include <jangle/message.h>
#include <jangle/version.h>

JANGLE_C_BEGIN

struct jangle_store;

/* ---- who has it open ---------------------------------------------------------- */

/* A process that has the store open to write. A follower has no session, because it
 * writes nothing. */
struct jangle_store_session {
    int64_t number;
    int64_t pid;         /* 0: not known, because an older schema did not keep it */
    const char *program; /* storage.program, of that process; "": not known */
    const char *version; /* of jangle: JANGLE_VERSION; "": not known */
    jangle_time opened_at;
    bool alive; /* false: it died without closing the store, and nobody has recovered
                   from that yet */
};

typedef enum jangle_result
jangle_store_session_fn(void *context, const struct jangle_store_session *session);

/* ST-34  Visit the session of each process that has the store open to write, or that died
 *        while it had, in the order of numbers. A process that has closed the store has
 *        none. */
typedef enum jangle_result jangle_store_read_sessions_fn(struct jangle_store *store,
                                                         jangle_store_session_fn *visit,
                                                         void *context,
                                                         struct jangle_error *error);

/* Who runs a subscriber now. */
struct jangle_store_owner {
    const char *subscriber;
    int64_t session; /* the number of its session */
};

typedef enum jangle_result jangle_store_owner_fn(void *context,
                                                 const struct jangle_store_owner *owner);

/* ST-35  Visit each subscriber that a process owns (ST-14) and has neither disowned nor
 *        died with, in the order of names, with the session of that process. */
typedef enum jangle_result jangle_store_read_owners_fn(struct jangle_store *store,
                                                       jangle_store_owner_fn *visit,
                                                       void *context,
                                                       struct jangle_error *error);

/* ---- what its programs are made of -------------------------------------------- */

/* What a program has in its tables. The numbers are stored: never renumber. */
#define JANGLE_CATALOGUE_KINDS(X)                                                        \
    X(STRUCT, 1, "struct") /* a nested part, a state, an answer */                       \
    X(COMMAND, 2, "command")                                                             \
    X(EVENT, 3, "event")                                                                 \
    X(QUERY, 4, "query")                                                                 \
    X(AGGREGATE, 5, "aggregate")                                                         \
    X(HANDLER, 6, "handler") /* a subscriber that acts outside of jangle */              \
    X(VIEW, 7, "view")       /* a subscriber with a file of its own */                   \
    X(SAGA, 8, "saga")                                                                   \
    X(PUBLISHER, 9, "publisher")                                                         \
    X(CONSUMER, 10, "consumer")

enum jangle_catalogue_kind {
#define JANGLE_CATALOGUE_KIND_(name, number, text) JANGLE_CATALOGUE_##name = (number),
    JANGLE_CATALOGUE_KINDS(JANGLE_CATALOGUE_KIND_)
#undef JANGLE_CATALOGUE_KIND_
};

/* One thing that a program has in its tables, as the program described it. */
struct jangle_catalogue_entry {
    const char *program; /* config.program, of the program that described it */
    enum jangle_catalogue_kind kind;
    const char *name;       /* of a message: its stored name */
    int version;            /* of a message; 0 of the others */
    const char *facts;      /* one JSON object; docs/operations.md lists its members */
    jangle_time first_seen; /* when the program first described it */
    jangle_time gone_at;    /* when the program was first opened without it; zero: the
                               program that opened the store last has it */
};

typedef enum jangle_result
jangle_catalogue_fn(void *context, const struct jangle_catalogue_entry *entry);

/* ST-36  Store what a program is made of. The entries are in the order of kind, name and
 *        version, no two alike in these; their first_seen, gone_at and program are not
 *        looked at. What the program had described before and has no more is kept, with
 *        a gone_at of `at`; what is new has a first_seen of `at`; what comes back, or has
 *        other facts, keeps its first_seen and has no gone_at. What other programs have
 *        described stays as it is. All of it is one durable commit. If nothing differs,
 *        nothing is written, and no lock is taken that a commit waits for. */
typedef enum jangle_result
jangle_store_set_catalogue_fn(struct jangle_store *store,
                              const char *program,
                              const struct jangle_catalogue_entry *entries,
                              size_t count,
                              jangle_time at,
                              struct jangle_error *error);

/* ST-37  Visit all that programs have described, in the order of kind, program, name and
 *        version. */
typedef enum jangle_result jangle_store_read_catalogue_fn(struct jangle_store *store,
                                                          jangle_catalogue_fn *visit,
                                                          void *context,
                                                          struct jangle_error *error);

JANGLE_C_END

#endif
