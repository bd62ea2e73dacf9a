/* schema.h - the tables of a store's file, and how older ones become them. */
#ifndef JN_SCHEMA_H
#define JN_SCHEMA_H

#include "sqlite/file/database.h"

#include <jangle/plugin/support.h>

/* "jngl": at byte 68 of the file, where file(1) looks. */
enum { JN_APPLICATION_ID = 0x6a6e676c };

/* Is this a store that this program can read, or a file that is still empty? INVALID
 * with a sentence if not; then nothing was changed. */
enum jangle_result jn_schema_check(struct jn_database *database,
                                   struct jangle_error *error);

/* The same for those who will not bring it up to date: INVALID, too, if it is older. */
enum jangle_result jn_schema_check_current(struct jn_database *database,
                                           struct jangle_error *error);

/* Is there nothing to bring up to date? True of an empty file, too. */
enum jangle_result jn_schema_is_current(struct jn_database *database,
                                        bool *is_current,
                                        struct jangle_error *error);

/* Fill an empty file, or bring an older one up to date: one transaction a step. The
 * caller has the writer lock. */
enum jangle_result jn_schema_migrate(struct jn_database *database,
                                     const struct jangle_host *host,
                                     struct jangle_error *error);

/* In a transaction of a current file: write its first page, though nothing in it changes,
 * so that the count of changes there goes on (own_log.c asks). */
enum jangle_result jn_schema_sign(struct jn_database *database,
                                  struct jangle_error *error);

/* The SQL that brings schema 1 up to 2; ends with NULL. */
extern const char *const jn_schema_from_1[];

/* From here on this connection refuses what would change or drop an event. */
void jn_schema_guard(struct jn_database *database);

#endif
