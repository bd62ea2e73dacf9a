/* alone.h - what a store's file says without its log: as it is on the disk, where SQLite
 * would show the two as one. */
#ifndef JN_ALONE_H
#define JN_ALONE_H

#include "sqlite/file/sqlite_file.h"

struct jn_alone {
    struct jn_database database;
    bool is_store;   /* of this schema or an older one; else nothing is known */
    bool is_current; /* of this schema */
    bool has_log;    /* it is written ahead */
    bool is_copy;    /* that SQLite's own backup made, and nobody has opened */
    bool has_session;
    int64_t sessions; /* the page where they are */
};

/* Read it: no lock is taken, and the log is neither read nor made. Others may have the
 * file open, in this process too. Close it in any case. */
enum jangle_result jn_alone_open(struct jn_alone *alone,
                                 const struct jn_file *file,
                                 struct jangle_error *error);
void jn_alone_close(struct jn_alone *alone);

/* Bytes of the file: SQLite's code. */
int jn_alone_read_at(struct jn_alone *alone, void *bytes, int size, int64_t offset);

#endif
