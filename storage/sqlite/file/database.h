/* database.h - one connection to SQLite, as this house opens it.
 *
 * A connection is used by one thread at a time: its owner sees to that. Every error is a
 * sentence that names the file. */
#ifndef JN_DATABASE_H
#define JN_DATABASE_H

#include <jangle/result.h>

#include <sqlite3.h>

#define jn_fail jangle_error_set

enum jn_mode {
    JN_MODE_FULL,   /* writes; every commit is synced */
    JN_MODE_NORMAL, /* writes; the last commits may be lost with the power, together */
    JN_MODE_READ    /* cannot write */
};

enum { JN_STATEMENT_COUNT = 128 }; /* that a connection keeps; a power of two */

struct jn_statement {
    const char *sql;
    sqlite3_stmt *handle;
};

/* Zeroed: closed. */
struct jn_database {
    sqlite3 *handle;
    const char *path; /* as it was given: borrowed, for sentences */
    bool is_view;     /* and no store, so it can be built anew: set before opening */
    enum jn_mode mode;
    int64_t busy_ms; /* that it waits for others' locks */
    struct jn_statement statements[JN_STATEMENT_COUNT]; /* found by the text's address */
};

/* Open a file that is there (":memory:" makes one): no links followed, defensive, no
 * trusted schema, triggers recursive, no mmap, no checkpoint but when asked for; waits
 * for others' locks up to `busy_ms`. Nothing is written. STORAGE if it is no database;
 * INVALID if what lies beside it is another's (group.h).
 * `database` is zeroed, but for is_view. On failure it stays closed. */
enum jangle_result jn_database_open(struct jn_database *database,
                                    const char *path,
                                    const char *vfs,
                                    enum jn_mode mode,
                                    int64_t busy_ms,
                                    struct jangle_error *error);

/* Rolls back what is open. A zeroed one is fine. */
void jn_database_close(struct jn_database *database);

/* The same for one that was lent to a program's own code: a statement that it has kept
 * keeps the connection, until it is finalized. */
void jn_database_close_lent(struct jn_database *database);

/* Write-ahead logging, 4 KiB pages; read back, and the log is open. For the connection
 * that makes the file: waits for others who are at it, as jn_database_open was told, then
 * BUSY. */
enum jangle_result jn_database_use_wal(struct jn_database *database,
                                       struct jangle_error *error);

/* FULL or NORMAL from the next transaction on; free when it is so already. */
enum jangle_result jn_database_set_mode(struct jn_database *database,
                                        enum jn_mode mode,
                                        struct jangle_error *error);

/* Run any number of statements that give no rows worth reading. */
enum jangle_result jn_database_run(struct jn_database *database,
                                   const char *sql,
                                   struct jangle_error *error);

/* A statement, compiled at its first use and kept: `sql` must be a literal. Reset it
 * after use. */
enum jangle_result jn_database_prepare(struct jn_database *database,
                                       const char *sql,
                                       sqlite3_stmt **statement,
                                       struct jangle_error *error);

/* Step a statement that gives no rows, and reset it. */
enum jangle_result jn_database_step(struct jn_database *database,
                                    sqlite3_stmt *statement,
                                    struct jangle_error *error);

/* Run one statement that gives no rows and has no parameters: kept, as above. */
enum jangle_result
jn_database_do(struct jn_database *database, const char *sql, struct jangle_error *error);

/* The whole number in the first column of the first row; STORAGE if there is no row.
 * `sql` is a literal, as above. */
enum jangle_result jn_database_number(struct jn_database *database,
                                      const char *sql,
                                      int64_t *number,
                                      struct jangle_error *error);

/* What SQLite's last call on this connection came to, as a result and a sentence:
 * "bank.db: the disk is full (SQLite says 13)". OK for OK, ROW and DONE. */
enum jangle_result
jn_database_result(struct jn_database *database, int code, struct jangle_error *error);

/* Can this version of SQLite lose a commit when another connection than the one that
 * commits moves the log? https://www.sqlite.org/wal.html tells of the fault. */
bool jn_database_may_lose_commits(int version);

/* SQLite takes only one errno for a full disk. SQLITE_FULL instead of an error in writing
 * to the log, or to the file, if that may not grow: for its size, or its owner's quota.
 * Asked before anything else is done on this connection. */
int jn_database_log_code(struct jn_database *database, int code);
int jn_database_file_code(struct jn_database *database, int code);

/* That code alone, as a result. */
enum jangle_result jn_sqlite_result(int code);

/* Bind a whole text or bytes that live until the step; NULL is stored as NULL, no bytes
 * as an empty blob. Too long is SQLITE_TOOBIG. */
int jn_bind_text(sqlite3_stmt *statement, int index, const char *text);
int jn_bind_bytes(sqlite3_stmt *statement, int index, const void *bytes, size_t size);

#endif
