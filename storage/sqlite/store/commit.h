/* commit.h - store a group in one transaction; if that fails, each member in its own.
 *
 * A member is an append with all parts that name it in `with`, a chain of appends that
 * are tied (ST-32), each with such parts, or a part that stands alone. It is checked
 * before it is written, so a conflict leaves nothing behind. After any other failure
 * nothing of the transaction can be relied on: a full disk, for example, rolls back all
 * of it from inside a savepoint. Then the transaction is rolled back, and the members run
 * one by one. */
#ifndef JN_SQLITE_COMMIT_H
#define JN_SQLITE_COMMIT_H

#include "sqlite/store/sqlite_store.h"

jangle_store_commit_fn jn_sqlite_commit;

#endif
