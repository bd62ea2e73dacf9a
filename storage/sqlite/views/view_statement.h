/* view_statement.h - compile the statements of callbacks once and keep them; keep the
 * first error of a callback (it "sticks"). */
#ifndef JN_VIEW_STATEMENT_H
#define JN_VIEW_STATEMENT_H

#include "sqlite/views/view_file.h"

/* The statement that is kept under `key`, or NULL. */
sqlite3_stmt *jn_view_find_statement(struct jangle_view *view, const char *key);

/* Compile one statement and keep it under `key`. An error sticks. */
enum jangle_result jn_view_compile(struct jangle_view *view,
                                   const char *key,
                                   const char *sql,
                                   sqlite3_stmt **statement);

/* Keep an error, unless one is kept already; returns the result of the kept one. */
enum jangle_result jn_view_stick(struct jangle_view *view,
                                 enum jangle_result result,
                                 const char *format,
                                 ...) JANGLE_PRINTF(3, 4);

/* Keep NO_MEMORY in the same way. */
enum jangle_result jn_view_run_out(struct jangle_view *view);

/* Keep INVALID in the same way, for an error after which no retry can succeed (clause
 * VS-5 of plugin/view_store.h). */
enum jangle_result jn_view_stick_invalid(struct jangle_view *view,
                                         const char *format,
                                         ...) JANGLE_PRINTF(2, 3);

/* Keep SQLite's error of compiling `sql` or of binding its values. If the SQL itself is
 * wrong (INVALID), no retry can succeed. */
enum jangle_result
jn_view_stick_compile(struct jangle_view *view, int code, const char *sql);

/* Keep SQLite's error of a step; its sentence ends with `what`. No retry can succeed if
 * the statement does not compile any more. */
enum jangle_result jn_view_stick_step(struct jangle_view *view,
                                      int code,
                                      sqlite3_stmt *statement,
                                      const char *what);

/* Forget the kept error. */
void jn_view_unstick(struct jangle_view *view);

/* Reset the statements that this callback left open, and copy the beginning of the first
 * one's text. False if there was none. */
bool jn_view_reset_busy(struct jangle_view *view, char text[60]);

/* Finalize all kept statements. */
void jn_view_forget_statements(struct jangle_view *view);

#endif
