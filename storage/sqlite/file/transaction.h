/* transaction.h - transactions of the connection that writes. */
#ifndef JN_TRANSACTION_H
#define JN_TRANSACTION_H

#include "sqlite/file/sqlite_file.h"

/* Begin and end a transaction, with the writer lock. Whatever fails, none is open
 * afterwards. UNKNOWN: nothing is known, and who takes the lock next begins with the
 * fence. */
enum jangle_result
jn_file_begin(struct jn_file *file, enum jn_mode mode, struct jangle_error *error);
enum jangle_result jn_file_commit(struct jn_file *file, struct jangle_error *error);
void jn_file_roll_back(struct jn_file *file);

#endif
