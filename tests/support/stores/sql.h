/* sql.h - files of stores that nobody has open, read by SQL alone, so that no code of
 * jangle judges itself. */
#ifndef SQL_H
#define SQL_H

#include <sqlite3.h>
#include <stdint.h>

/* Open a file as the database `name`, beside those that are open already. Begin with a
 * NULL, and end with sqlite3_close. */
void sql_attach(sqlite3 **files, const char *path, const char *name);

/* The first number that a query answers; it must answer. The format is SQLite's: %Q
 * quotes a text. */
int64_t sql_ask(sqlite3 *files, const char *format, ...);

#endif
