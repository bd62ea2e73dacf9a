/* alter.c - changes a file of the bank with SQL, so that the audit has something to find:
 * bank_alter FILE SQL. */
#include <sqlite3.h>
#include <stdio.h>

int main(int argc, char **argv)
{
    sqlite3 *db = NULL;
    char *message = NULL;
    int code;

    if (argc != 3)
        return 2;
    code =
        sqlite3_open_v2(argv[1], &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL);
    if (!code)
        code = sqlite3_exec(db, argv[2], NULL, NULL, &message);
    if (!code && sqlite3_total_changes(db) == 0) {
        code = SQLITE_NOTFOUND;
        message = sqlite3_mprintf("no row was changed");
    }
    if (code)
        fprintf(stderr, "bank_alter: %s: %s\n", argv[1],
                message ? message : sqlite3_errmsg(db));
    sqlite3_free(message);
    sqlite3_close(db);
    return code ? 1 : 0;
}
