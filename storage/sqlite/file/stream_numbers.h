/* stream_numbers.h - the numbers of streams that are in memory, so that the next append
 * to one of them need not look its row up (store/advance.h).
 *
 * Only committed numbers are in it: one that is rolled back is the number of the next new
 * stream. A number in memory is no proof, because the row may be another one by now:
 * whoever uses it compares the row, unless nobody else has written since that was done.
 * All this is under the writer lock. */
#ifndef JN_STREAM_NUMBERS_H
#define JN_STREAM_NUMBERS_H

#include "sqlite/file/sqlite_file.h"

struct jn_stream_number {
    int64_t number; /* 0: it is not known here */
    int64_t first_version;
    int64_t interruptions; /* of the file, when the row was compared or written; 0: it has
                              to be compared */
};

struct jn_stream_number
jn_stream_numbers_find(const struct jn_file *file, const char *kind, const char *id);

/* Keep a number after its COMMIT. If there is no memory it is looked up again. */
void jn_stream_numbers_keep(struct jn_file *file,
                            const char *kind,
                            const char *id,
                            struct jn_stream_number number);

/* Forget all, because the file is opened again. */
void jn_stream_numbers_clear(struct jn_file *file);

#endif
