/* verify.h - check what the files of a store can show, without the program that wrote
 * them, and beside programs that use the store.
 *
 * Everything that a store keeps has rules: positions and versions have no gaps, rows have
 * checksums, and what one table says of an event agrees with the event. jangle_verify
 * reads all of it, changes nothing, and says of each broken rule where it is broken, how
 * much is affected, and what to do. docs/operations.md lists the rules, and what no file
 * can show. */
#ifndef JANGLE_VERIFY_H
#define JANGLE_VERIFY_H

#include <jangle/plugin/storage.h>

JANGLE_C_BEGIN

/* What kind of thing was found. The numbers never change, because scripts compare them.
 */
#define JANGLE_FINDING_KINDS(X)                                                          \
    X(UNREADABLE, 1, "cannot be read")                                                   \
    X(VALUE, 2, "holds what its column cannot hold")                                     \
    X(CHECKSUM, 3, "is not what was stored")                                             \
    X(MISSING, 4, "is missing, or is one too many")                                      \
    X(ORDER, 5, "is not in order")                                                       \
    X(MISMATCH, 6, "does not agree with another table")                                  \
    X(JSON, 7, "is not JSON within the limits")                                          \
    X(SQLITE, 8, "is refused by SQLite's own check")                                     \
    X(MORE, 9, "has more findings than are shown")                                       \
    X(UNSEEN, 10, "cannot be judged by this file") /* no fault */

enum jangle_finding_kind {
#define JANGLE_FINDING_KIND_(name, number, text) JANGLE_FINDING_##name = number,
    JANGLE_FINDING_KINDS(JANGLE_FINDING_KIND_)
#undef JANGLE_FINDING_KIND_
};

/* The name of a kind: "CHECKSUM". "?" of a number that no kind has. */
JANGLE_API const char *jangle_finding_kind_name(enum jangle_finding_kind kind);

/* One thing that was found. Its texts are borrowed until the visit returns. They may hold
 * what a damaged file holds, in a form that is safe to show (control characters and bytes
 * that are not UTF-8 are \xNN). */
struct jangle_finding {
    enum jangle_finding_kind kind;
    const char *file;   /* as a path: the store's, or a view's */
    const char *table;  /* NULL: the file as a whole */
    const char *row;    /* its key: "account 000107"; NULL: more than one row, or none */
    const char *column; /* NULL: the row as a whole */
    int64_t affected;   /* how many rows; 0: it is not known how many */
    const char *what;   /* what is wrong, as it is said after the place: "is not what was
                           stored: ..." */
    const char *advice; /* what to do */
};

/* A result other than JANGLE_OK ends the call, which then returns that result. No read
 * transaction is open while it runs, so it may take as long as it likes. */
typedef enum jangle_result jangle_finding_fn(void *context,
                                             const struct jangle_finding *finding);

/* Called between the pages of what is read: `part` is a table, or "quick_check" or
 * "integrity_check". `total` is 0 if it is not known. False: stop. */
typedef bool
jangle_verify_progress_fn(void *context, const char *part, int64_t done, int64_t total);

struct jangle_verify_options {
    bool deep;   /* also: is every payload JSON, within the limits, and SQLite's
                    integrity_check in place of its quick_check, which finds entries of
                    indexes that lead to no row */
    bool frozen; /* nobody writes to the store, and you answer for that (jangle/look.h) */
    int64_t json_depth;    /* the limits of a deep check, as in jangle_config: 0 is its */
    int64_t message_bytes; /* default */
    jangle_verify_progress_fn *progress; /* may be NULL */
    void *progress_context;
    struct jangle_host host; /* what it runs on; may be left out (config.h) */
};

/* What was checked. */
struct jangle_verify_totals {
    int schema;       /* of the store's file */
    int64_t position; /* of the last event, when the check began: later ones are not
                         checked */
    int64_t events;   /* that could be read */
    int64_t rows;     /* of all other tables, those of views, too */
    int64_t files;    /* the store, and its views */
    int64_t findings; /* faults, also those of which only MORE tells */
    int64_t remarks;  /* of kind UNSEEN, which are no faults */
};

/* Check the store at `storage`, and its views: the files beside it (bank.db.accounts),
 * and those of which the store says where they are (since schema 4). It may be in use:
 * what is committed after the call began is not checked, and is no fault. Memory does not
 * grow with the store. At most 100 findings of a table are visited one by one; the others
 * are counted in one of kind MORE.
 *
 * It writes nothing, and takes no lock that a commit waits for. Every page is read in a
 * transaction of its own; only SQLite's own check reads the whole file in one, and the
 * log of a program that writes meanwhile grows until that ends.
 *
 * `options`, `visit`, `totals` and `error` may be NULL.
 *
 *     OK          all was checked, whatever was found: totals->findings says how much
 *     CANCELLED   `progress` returned false
 *     NOT_FOUND   there is no file
 *     INVALID     the file is no store, or a newer jangle has written it; this storage
 *                 has no file to check (jangle_memory); or `frozen`, and the log is not
 *                 empty
 *     STORAGE     so much is damaged that it cannot be known what the file is; or the
 *                 file cannot be opened
 *     BUSY        another program keeps the file locked
 *     NO_MEMORY
 *     others      `visit` returned them */
JANGLE_API enum jangle_result jangle_verify(const struct jangle_storage *storage,
                                            const struct jangle_verify_options *options,
                                            jangle_finding_fn *visit,
                                            void *context,
                                            struct jangle_verify_totals *totals,
                                            struct jangle_error *error);

JANGLE_C_END

#endif
