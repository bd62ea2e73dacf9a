/* bank.h - the bank as its programs see it: opened, kept up to date, closed. */
#ifndef BANK_BANK_H
#define BANK_BANK_H

#include <jangle/jangle.h>

/* All of its views, and all of its sagas. */
extern const struct jangle_subscribers bank_views;
extern const struct jangle_sagas bank_sagas;

/* The bank that is kept in the file `path`, with so many threads that build its views;
 * with none they are built while bank_catch_up waits. NULL: it cannot be opened, and a
 * sentence on stderr has said why. */
struct jangle *bank_open(const char *path, int workers);

/* The position of the last event, whoever stored it; 0: nobody knows. */
int64_t bank_head(struct jangle *bank);

/* How many events other programs have stored in it, up to now. What they add while one
 * waits shows that the bank is not quiet. */
int64_t bank_stored_by_others(struct jangle *bank);

enum bank_rest {
    BANK_RESTS,    /* the views show all that has happened, and nothing is under way */
    BANK_BEHIND,   /* they do not, and a sentence has said why */
    BANK_DISTURBED /* other programs go on using the bank, and it never came to rest */
};

enum { BANK_NO_REST = -1 };

/* Wait until the bank rests. `rest` is the position of its last event then, or
 * BANK_NO_REST if others have stored events in the meantime: what is read of its files
 * afterwards may be of two moments. */
enum bank_rest bank_come_to_rest(struct jangle *bank, int64_t *rest);

/* The same for those who only want the views to show all that has happened. False: they
 * do not, and a sentence has said why. */
bool bank_catch_up(struct jangle *bank);

/* NULL is fine. */
void bank_close(struct jangle *bank);

/* From now on Ctrl-C and SIGTERM stop an open bank: commands get CLOSED, and the program
 * is expected to close it and end. A second one ends it at once. */
void bank_heed_signals(void);
bool bank_was_stopped(void);

#endif
