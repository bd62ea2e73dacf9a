/* mailer.h - handlers of messages on receipt, which do as they are told, and a stranger
 * at the hub who sends the messages. There is one mailer at a time, on one thread. */
#ifndef MAILER_H
#define MAILER_H

#include "support/domains/stranger.h"

/* What the handlers do, and what they have done. */
struct mailer {
    int64_t failures;          /* that are left; -1: no end of them */
    enum jangle_result result; /* of a failure; OK: RETRY, with a reason */
    int64_t retry_in_ms;       /* what is asked for then; 0: nothing */
    bool refuses;              /* a failure is a refusal */
    jangle_handle_fn *act;     /* what `mailer_mail` does besides; may be NULL */
    char told[4000];           /* "mail a1 " for the first attempt at message a */
};
extern struct mailer mailer;

/* The first one does all of that. The second one always succeeds, and tells "note". */
enum jangle_result mailer_mail(struct jangle_delivery *delivery,
                               const struct jangle_event *event);
enum jangle_result mailer_note(struct jangle_delivery *delivery,
                               const struct jangle_event *event);

/* What was told since the last call; valid until the next one. */
const char *mailer_tells(void);

/* "watch", whose row of coins_put_in is handled by mailer_mail; three attempts, after 4
 * seconds each at most. */
extern const struct jangle_consumer mailer_watch;

extern struct neighbours mailer_neighbours;
extern struct stranger mailer_stranger;

/* The taker has this consumer, is in a file, and has been polled once. The mailer is
 * zeroed. Close and open it again: the queue and the file stay. */
void mailer_begin(const struct jangle_consumer *consumer);
void mailer_restart(const struct jangle_consumer *consumer);
void mailer_end(void);

/* Send a message of that id to "watch"; and do so, and poll. */
void mailer_send(const char *id);
void mailer_send_and_poll(const char *id);

/* Let time pass, and poll. */
void mailer_pass(int64_t ms);

struct jangle_endpoint_stats mailer_figures(void);

#endif
