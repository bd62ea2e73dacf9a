/* database.h - one connection to SQLite, with the settings that all of them have.
 *
 * A connection is used by one thread at a time, which its owner ensures. Every error has
 * a sentence that names the file. */
#ifndef JN_DATABASE_H
#define JN_DATABASE_H

#include "sqlite/file/parameters.h"

#include <jangle/result.h>

#include <sqlite3.h>

#define jn_fail jangle_error_set

/* What a file is opened for. */
enum jn_file_use {
    JN_FILE_WRITES,
    JN_FILE_FOLLOWS,
    JN_FILE_LOOKS, /* as it is, an older or damaged one, too (looker.h) */
    JN_FILE_FROZEN /* the same, and nobody writes to it: it is read without locks */
};

enum jn_mode {
    JN_MODE_FULL,   /* writes; every commit is synced */
    JN_MODE_NORMAL, /* writes; a power failure may undo the last commits */
    JN_MODE_READ,   /* cannot write */
    JN_MODE_FROZEN  /* the same, without locks and without the WAL: nobody writes */
};

enum { JN_STATEMENT_COUNT = 128 }; /* compiled statements that a connection keeps */

struct jn_statement {
    const char *sql;
    sqlite3_stmt *handle;
};

/* Zeroed: closed. */
struct jn_database {
    sqlite3 *handle;
    const char *path; /* as it was given: borrowed, for sentences */
    bool is_view;     /* a view's, which can be built again: set before opening */
    enum jn_mode mode;
    int64_t busy_ms; /* how long it waits for locks of others */
    struct jn_statement statements[JN_STATEMENT_COUNT];
};

/* Open a file that exists (":memory:" makes one), without following links, and without
 * writing anything. The connection is defensive, does not trust the schema, has recursive
 * triggers, no mmap (readers.c may change that) and no WAL checkpoint by itself, and
 * waits for locks of others up to `busy_ms`. `database` must be zeroed, except is_view;
 * if the opening fails it stays closed. STORAGE if the file is no database; INVALID if a
 * file beside it belongs to another database (group.h). */
enum jangle_result jn_database_open(struct jn_database *database,
                                    const char *path,
                                    const char *vfs,
                                    enum jn_mode mode,
                                    int64_t busy_ms,
                                    struct jangle_error *error);

/* Close a connection, and roll back an open transaction. A zeroed one is fine. */
void jn_database_close(struct jn_database *database);

/* The same for a connection that code of the program could use: if that code has kept a
 * statement, SQLite frees the connection when the statement is finalized. */
void jn_database_close_lent(struct jn_database *database);

/* Switch to WAL mode with pages of 4 KiB, check it, and open the WAL. BUSY if other
 * connections do the same for longer than `busy_ms` of jn_database_open. */
enum jangle_result jn_database_use_wal(struct jn_database *database,
                                       struct jangle_error *error);

/* FULL or NORMAL from the next transaction on; costs nothing if the mode is the same. */
enum jangle_result jn_database_set_mode(struct jn_database *database,
                                        enum jn_mode mode,
                                        struct jangle_error *error);

/* Run any number of statements, whose rows are not read. */
enum jangle_result jn_database_run(struct jn_database *database,
                                   const char *sql,
                                   struct jangle_error *error);

/* A statement that is compiled at its first use and kept. `sql` must be a literal,
 * because its address is the key. The caller resets the statement after use. */
enum jangle_result jn_database_prepare(struct jn_database *database,
                                       const char *sql,
                                       sqlite3_stmt **statement,
                                       struct jangle_error *error);

/* Step a statement that gives no rows, and reset it. */
enum jangle_result jn_database_step(struct jn_database *database,
                                    sqlite3_stmt *statement,
                                    struct jangle_error *error);

/* Run one statement without rows and parameters, which is kept as above. */
enum jangle_result
jn_database_do(struct jn_database *database, const char *sql, struct jangle_error *error);

/* The same with parameters: jn_database_write(database, sql, JN_WITH(...), error). */
enum jangle_result jn_database_write(struct jn_database *database,
                                     const char *sql,
                                     const struct jn_parameter *parameters,
                                     int count,
                                     struct jangle_error *error);

/* The whole number in the first column of the first row; STORAGE if there is no row.
 * `sql` is a literal, as above. */
enum jangle_result jn_database_number(struct jn_database *database,
                                      const char *sql,
                                      int64_t *number,
                                      struct jangle_error *error);

/* The result of SQLite's last call on this connection, with a sentence:
 * "bank.db: the disk is full (SQLite says 13)". OK, ROW and DONE are OK. */
enum jangle_result
jn_database_result(struct jn_database *database, int code, struct jangle_error *error);

/* Can this version of SQLite lose a commit when another connection makes a WAL
 * checkpoint? https://www.sqlite.org/wal.html describes the fault. */
bool jn_database_may_lose_commits(int version);

/* SQLITE_FULL in place of a write error of the WAL, or of the file, if that file may not
 * grow because of its size or its owner's quota: SQLite knows only one errno for a full
 * disk. Call it before anything else is done on this connection. */
int jn_database_log_code(struct jn_database *database, int code);
int jn_database_file_code(struct jn_database *database, int code);

/* The result of a code of SQLite, without a sentence. */
enum jangle_result jn_sqlite_result(int code);

#endif
