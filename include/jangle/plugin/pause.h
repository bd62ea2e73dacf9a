/* pause.h - the part of a store's contract (store.h) that is about pauses: what operators
 * have decided about subscribers, publishers and consumers. */
#ifndef JANGLE_PLUGIN_PAUSE_H
#define JANGLE_PLUGIN_PAUSE_H

#include <jangle/message.h>

JANGLE_C_BEGIN

struct jangle_store;

enum { JANGLE_REASON_SIZE = 160, JANGLE_WHO_SIZE = 65, JANGLE_FIRST_NAME_SIZE = 65 };

/* What an operator has last decided about a name. */
struct jangle_pause {
    const char *name; /* of a subscriber, saga, publisher or consumer; "": of each
                         publisher and consumer that has no row of its own */
    bool paused;      /* false: it goes on, whatever the row of "" says */
    jangle_time at;   /* when it was decided */
    char who[JANGLE_WHO_SIZE]; /* decided it */
    char why[JANGLE_REASON_SIZE];
};

/* ST-29  A copy (ST-22) says that it is one, so that it does not talk as if it were the
 *        store that it was made of. It has a pause of the name "", which is paused, with
 *        JANGLE_COPY_WHO and JANGLE_COPY_WHY. Of the other pauses it has those that are
 *        paused, and no others. */
#define JANGLE_COPY_WHO "jangle"
#define JANGLE_COPY_WHY "this store is a copy: resume it when it may talk"

typedef enum jangle_result jangle_pause_fn(void *context,
                                           const struct jangle_pause *pause);

/* ST-26  Store a pause in place of the one that its name has. It is durable when the call
 *        returns, and every process finds it at its next read. The name need not have a
 *        checkpoint. */
typedef enum jangle_result jangle_store_set_pause_fn(struct jangle_store *store,
                                                     const struct jangle_pause *pause,
                                                     struct jangle_error *error);

/* ST-27  Visit every pause that is stored, in the order of names. The engine polls this
 *        operation, so it must be cheap. */
typedef enum jangle_result jangle_store_read_pauses_fn(struct jangle_store *store,
                                                       jangle_pause_fn *visit,
                                                       void *context,
                                                       struct jangle_error *error);

JANGLE_C_END

#endif
