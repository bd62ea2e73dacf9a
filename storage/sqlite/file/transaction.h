/* transaction.h - transactions of the connection that writes. */
#ifndef JN_TRANSACTION_H
#define JN_TRANSACTION_H

#include "sqlite/file/sqlite_file.h"

/* With the writer lock: begin and end a transaction. If any of these fails, no
 * transaction is open afterwards. UNKNOWN means that the commit may be stored or not; the
 * thread that takes the lock next begins with the fence. */
enum jangle_result
jn_file_begin(struct jn_file *file, enum jn_mode mode, struct jangle_error *error);
enum jangle_result jn_file_commit(struct jn_file *file, struct jangle_error *error);
void jn_file_roll_back(struct jn_file *file);

/* Commit if `result`, of what was to be stored, is OK; else roll back and return it. */
enum jangle_result
jn_file_end(struct jn_file *file, enum jangle_result result, struct jangle_error *error);

/* SQLite's data version of the connection that writes, in a transaction or behind one: it
 * is another one as soon as this connection, or in the transaction any other, has
 * committed a change since. It says nothing across connections. 0: it is not known. */
unsigned jn_file_data_version(struct jn_file *file);

#endif
