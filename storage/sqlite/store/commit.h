/* commit.h - a group becomes one transaction; if it cannot, each member its own. A
 * member is an append with all that is stored `with` it, or a part that stands alone.
 * It looks before it writes, so a conflict leaves nothing behind. After any other
 * failure nothing of the transaction is trusted: a full disk, say, rolls back all of it
 * from inside a savepoint. Then it is undone, and the members run one by one. */
#ifndef JN_SQLITE_COMMIT_H
#define JN_SQLITE_COMMIT_H

#include "sqlite/store/sqlite_store.h"

/* commit.c: what the whole of a group comes to. */
jangle_store_commit_fn jn_sqlite_commit;

#endif
