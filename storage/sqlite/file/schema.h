/* schema.h - the tables of a store's file, and the migrations of older files. */
#ifndef JN_SCHEMA_H
#define JN_SCHEMA_H

#include "sqlite/file/database.h"

#include <jangle/plugin/support.h>

/* "jngl": at byte 68 of the file, where file(1) looks. */
enum { JN_APPLICATION_ID = 0x6a6e676c };

/* The latest schema that this program knows. */
int jn_schema_known(void);

/* INVALID unless the file is a store that this program can read, or still empty. Nothing
 * is changed. */
enum jangle_result jn_schema_check(struct jn_database *database,
                                   struct jangle_error *error);

/* The same for a follower, which runs no migration: INVALID, too, if the file
 * is older. */
enum jangle_result jn_schema_check_current(struct jn_database *database,
                                           struct jangle_error *error);

/* Does the file need no migration? True of an empty file, too. */
enum jangle_result jn_schema_is_current(struct jn_database *database,
                                        bool *is_current,
                                        struct jangle_error *error);

/* With the writer lock: make the tables in an empty file, or run the migrations that an
 * older file needs, in one transaction. */
enum jangle_result jn_schema_migrate(struct jn_database *database,
                                     const struct jangle_host *host,
                                     struct jangle_error *error);

/* In a transaction of a current file: write its first page, although nothing in it
 * changes, so that the change counter there grows. own_log.c tells a store from a copy by
 * it. */
enum jangle_result jn_schema_sign(struct jn_database *database,
                                  struct jangle_error *error);

/* The SQL of the migrations from schema 1 to 2, from 2 to 3, and from 3 to 4; each list
 * ends with NULL. */
extern const char *const jn_schema_from_1[];
extern const char *const jn_schema_from_2[];
extern const char *const jn_schema_from_3[];

/* From here on this connection refuses SQL that would change or delete an event. */
void jn_schema_guard(struct jn_database *database);

#endif
