/* rest.h - wait until the whole bank is at rest: nothing is under way in it. */
#ifndef BANK_REST_H
#define BANK_REST_H

#include <jangle/jangle.h>

enum bank_rest {
    BANK_RESTS,    /* the views show all that has happened, and nothing is under way */
    BANK_BEHIND,   /* they do not, and a sentence on stderr has said why */
    BANK_DISTURBED /* other programs go on using the bank, and it never came to rest */
};

enum { BANK_NO_REST = -1 };

/* Wait until the bank rests. Then `rest` is the position of its last event, or
 * BANK_NO_REST if other programs have stored events in the meantime: then its files, when
 * they are read one after the other, may show different moments. */
enum bank_rest bank_come_to_rest(struct jangle *bank, int64_t *rest);

/* How many events other programs have stored in it so far. If this number rises while one
 * waits, others are using the bank. */
int64_t bank_stored_by_others(struct jangle *bank);

#endif
