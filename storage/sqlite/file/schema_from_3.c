/* schema_from_3.c - the migration from schema 3 to 4: the store describes itself. A
 * command has its type, its cause and its sender, a session has a name, and there is a
 * catalogue.
 *
 * The column `owned` of subscribers is the number of the session that owns the
 * subscriber. Older schemas have 1 there, whoever that is: nobody, because a file is
 * migrated only if no process has it open. */
#include "sqlite/file/row_checksums.h"
#include "sqlite/file/schema.h"

#define COMMAND_CHECKSUM_OF_3 "jangle_checksum('commands', " JN_COMMAND_VALUES ")"

const char *const jn_schema_from_3[] = {
    /* `type` is a number of types, `sender` of subscribers; 0: none, in all three. A row
       that was damaged stays so. */
    "ALTER TABLE commands ADD COLUMN type INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE commands ADD COLUMN cause INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE commands ADD COLUMN sender INTEGER NOT NULL DEFAULT 0;"
    "UPDATE commands SET checksum = " JN_CHECKSUM_IF_SOUND(
        "checksum", COMMAND_CHECKSUM_OF_3, JN_COMMAND_CHECKSUM) ";",

    "ALTER TABLE sessions ADD COLUMN pid INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE sessions ADD COLUMN program TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE sessions ADD COLUMN version TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE sessions ADD COLUMN checksum INTEGER NOT NULL DEFAULT 0;"
    "UPDATE sessions SET checksum = " JN_SESSION_CHECKSUM("id") ";",

    /* What programs are made of. `kind` is an enum jangle_catalogue_kind. */
    "CREATE TABLE catalogue ("
    "    kind INTEGER NOT NULL,"
    "    program TEXT NOT NULL,"
    "    name TEXT NOT NULL,"
    "    version INTEGER NOT NULL,"
    "    facts TEXT NOT NULL,"
    "    first_seen INTEGER NOT NULL,"
    "    gone_at INTEGER NOT NULL," /* 0: its program has it */
    "    checksum INTEGER NOT NULL,"
    "    PRIMARY KEY (kind, program, name, version)"
    ") STRICT, WITHOUT ROWID;",

    NULL,
};
