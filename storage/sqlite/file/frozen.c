/* frozen.c - a connection to a file that nobody writes to. */
#include "sqlite/file/frozen.h"

#include <string.h>

/* The path as a URI. Characters that mean something in one are written as %XX. */
static char *uri_of(const char *path)
{
    sqlite3_str *uri = sqlite3_str_new(NULL);

    sqlite3_str_appendall(uri, "file:");
    for (; *path; path++)
        sqlite3_str_appendf(uri, strchr("%?#", *path) ? "%%%02X" : "%c",
                            (unsigned char)*path);
    sqlite3_str_appendall(uri, "?immutable=1");
    return sqlite3_str_finish(uri);
}

int jn_frozen_open(const char *path, const char *vfs, sqlite3 **handle)
{
    int flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX |
                SQLITE_OPEN_PRIVATECACHE | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_EXRESCODE;
    char *uri = uri_of(path);
    int code = SQLITE_NOMEM;

    if (uri)
        code = sqlite3_open_v2(uri, handle, flags, vfs);
    sqlite3_free(uri);
    return code;
}
