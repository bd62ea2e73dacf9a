/* advance.h - the short way of an append that was decided on the last version of its own
 * stream: one statement compares the stream's row with what it must be, and moves its
 * version on. While nobody but this connection writes, each row is compared as a whole
 * only once, and after that its version and its checksum. All other appends look the row
 * up first (append.c), and so does this one if the statement finds no such row: then
 * nothing is written, and the other way says why.
 */
#ifndef JN_SQLITE_ADVANCE_H
#define JN_SQLITE_ADVANCE_H

#include "sqlite/store/sqlite_store.h"

/* `advanced`: the row of the only stream of the append is written, which is run->streams,
 * and `assigned` is filled in. If not, and the result is OK, nothing is written. */
enum jangle_result jn_stream_advance(struct jn_run *run,
                                     const struct jangle_append *append,
                                     struct jn_assigned *assigned,
                                     bool *advanced,
                                     struct jangle_error *error);

/* With the writer lock, after the COMMIT: keep the numbers of the streams of the group's
 * appends, so that their next appends can take the short way. */
void jn_stream_keep_numbers(const struct jn_run *run);

#endif
