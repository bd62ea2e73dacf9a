/* commands.h - what is stored of a command: its receipt, and where it came from. */
#ifndef JN_SQLITE_COMMANDS_H
#define JN_SQLITE_COMMANDS_H

#include "sqlite/store/sqlite_store.h"

/* The receipt that is stored under a command id, or NOT_FOUND, which has no sentence. */
enum jangle_result jn_command_find(struct jn_database *database,
                                   const char *command_id,
                                   struct jangle_receipt *receipt,
                                   struct jangle_error *error);

/* In a transaction: store the receipt of an append that has a command id. */
enum jangle_result jn_command_write(struct jn_run *run,
                                    const struct jangle_append *append,
                                    const struct jangle_receipt *receipt,
                                    struct jangle_error *error);

jangle_store_find_command_fn jn_sqlite_find_command;
jangle_store_read_command_fn jn_sqlite_read_command;

#endif
