/* view_statement.h - what callbacks say: compiled once and kept; its errors stick. */
#ifndef JN_VIEW_STATEMENT_H
#define JN_VIEW_STATEMENT_H

#include "sqlite/views/view_file.h"

/* The statement that is kept under `key`, or NULL. */
sqlite3_stmt *jn_view_find_statement(struct jangle_view *view, const char *key);

/* Compile one statement and keep it under `key`. Errors stick. */
enum jangle_result jn_view_compile(struct jangle_view *view,
                                   const char *key,
                                   const char *sql,
                                   sqlite3_stmt **statement);

/* Make an error stick, if none does yet; returns the one that does. */
enum jangle_result jn_view_stick(struct jangle_view *view,
                                 enum jangle_result result,
                                 const char *format,
                                 ...) JANGLE_PRINTF(3, 4);

/* Make INVALID stick as jn_view_stick does, for what no other attempt mends (VS-5). */
enum jangle_result jn_view_cannot(struct jangle_view *view, const char *format, ...)
    JANGLE_PRINTF(2, 3);

/* Make SQLite's error stick: one that was met when `sql` was compiled or its values were
 * bound, which no other attempt mends; or one that a step met, of what `what` says. */
enum jangle_result
jn_view_stick_compile(struct jangle_view *view, int code, const char *sql);
enum jangle_result jn_view_stick_step(struct jangle_view *view,
                                      int code,
                                      sqlite3_stmt *statement,
                                      const char *what);

/* No error sticks any longer. */
void jn_view_unstick(struct jangle_view *view);

/* Reset what this callback left busy; copies the beginning of the first one's text, and
 * is false if there was none. */
bool jn_view_reset_busy(struct jangle_view *view, char text[60]);

/* Finalize what is kept. */
void jn_view_forget_statements(struct jangle_view *view);

#endif
