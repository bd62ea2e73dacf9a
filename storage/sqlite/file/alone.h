/* alone.h - read a store's file without its WAL, as it is on the disk. SQLite would show
 * file and WAL as one. */
#ifndef JN_ALONE_H
#define JN_ALONE_H

#include "sqlite/file/sqlite_file.h"

struct jn_alone {
    struct jn_database database;
    bool is_store;   /* it is a store's; if not, the members below are not set */
    bool is_current; /* it has the schema of this jangle */
    bool has_log;    /* it is in WAL mode */
    bool is_copy;    /* SQLite's backup made it, and nobody has opened it since */
    bool has_session;
    int64_t sessions; /* the page of the table of sessions */
};

/* Read the file. No lock is taken, and the WAL is neither read nor made. Others may have
 * the file open, in this process too. Close it in any case. */
enum jangle_result jn_alone_open(struct jn_alone *alone,
                                 const struct jn_file *file,
                                 struct jangle_error *error);
void jn_alone_close(struct jn_alone *alone);

/* Read bytes of the file. Returns SQLite's code. */
int jn_alone_read_at(struct jn_alone *alone, void *bytes, int size, int64_t offset);

#endif
