/* thing.h - how things are named on the command line, everywhere in the same way:
 *
 *     1234                 the event at that position
 *     account/000174       a stream, or a saga and its id
 *     account/000174@12    the event of that version
 *     UUID                 an event or a command of that id
 *     transfer             anything else: a name */
#ifndef ADMIN_THING_H
#define ADMIN_THING_H

#include "admin/bytes.h"

enum jn_thing_kind {
    JN_THING_POSITION,
    JN_THING_UUID,
    JN_THING_STREAM,
    JN_THING_NAME /* no more than `text` */
};

struct jn_thing {
    enum jn_thing_kind kind;
    const char *text; /* as it was typed; borrowed */
    int64_t position;
    char *stream_kind; /* of a STREAM */
    char *id;          /* with what stands behind an @ */
    char *id_before; /* what stands before the last @ that only digits follow, or NULL */
    int64_t version; /* behind that @; 0: there is none */
};

/* False: memory ran out. */
bool jn_thing_read(struct jn_thing *thing, const char *text);
void jn_thing_free(struct jn_thing *thing);

/* Read a number from 0 on; false: it is none, or too large. */
bool jn_thing_number(const char *text, int64_t *number);

#endif
