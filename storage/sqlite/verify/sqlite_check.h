/* sqlite_check.h - what SQLite itself says of a file, and a function of SQL that the
 * checks of tables need. */
#ifndef JN_VERIFY_SQLITE_CHECK_H
#define JN_VERIFY_SQLITE_CHECK_H

#include "sqlite/verify/findings.h"

/* PRAGMA quick_check, or integrity_check if the verification is deep. False if the call
 * is to end. */
bool jn_sqlite_check(struct jn_verify *verify, const char *advice);

/* Give a connection jangle_snapshot_hash(stream, version, state_version, state_hash,
 * store_id, event_id, payload). Returns SQLite's code. */
int jn_snapshot_hash_register(sqlite3 *handle);

#endif
