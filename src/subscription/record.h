/* record.h - a record and all that it points to, copied in one piece of memory. */
#ifndef JN_RECORD_H
#define JN_RECORD_H

#include <jangle/plugin/store.h>

/* How many bytes its texts and its payload take. What is NULL takes none. */
size_t jn_record_size(const struct jangle_record *record);

/* Copy the record, its texts and its payload to `room`, which has jn_record_size bytes.
 * The payload is the last, so that nothing of the record lies behind its end. */
void jn_record_copy(struct jangle_record *copy,
                    const struct jangle_record *record,
                    char *room);

#endif
