/* frozen.h - a connection to a file that nobody writes to. */
#ifndef JN_FROZEN_H
#define JN_FROZEN_H

#include <sqlite3.h>

/* Open a file without locks, without its WAL, and without making any file. Returns
 * SQLite's code; close `*handle` whatever it is. */
int jn_frozen_open(const char *path, const char *vfs, sqlite3 **handle);

#endif
