/* answers.h - many messages are sent, each of which the server answers: what is
 * published, and what becomes of a message that was received. */
#ifndef JN_NATS_ANSWERS_H
#define JN_NATS_ANSWERS_H

#include "nats/jetstream.h"

struct jn_nats_answer {
    bool pending;              /* it was sent, and the answer has not come */
    enum jangle_result result; /* OK; NOT_FOUND: nobody is there; BUSY: refused for now,
                                  as by a stream that is full; INVALID: refused for good;
                                  TIMEOUT: nobody knows */
    int code;                  /* of JetStream, if it was refused */
};

struct jn_nats_answers {
    struct jn_nats_answer *items;
    size_t count;
    bool say_where; /* an answer must say where the message was stored: one that does not
                       is not JetStream's, and counts as if nobody were there */
    uint64_t first; /* the number of the first one */
};

/* Begin a call with so many answers. NO_MEMORY, or BUSY if the connection breaks. Finish
 * it in any case. */
enum jangle_result jn_nats_answers_begin(struct jn_nats *nats,
                                         struct jn_nats_answers *answers,
                                         size_t count,
                                         struct jangle_error *error);
void jn_nats_answers_finish(struct jn_nats *nats, struct jn_nats_answers *answers);

/* The subject at which the answer to one of them is awaited. */
void jn_nats_answers_inbox(const struct jn_nats *nats,
                           const struct jn_nats_answers *answers,
                           size_t index,
                           char subject[JN_NATS_INBOX_SIZE]);

/* Wait until all are answered that are pending, or that moment of jn_monotonic_us. What
 * is not answered then is TIMEOUT, and an answer that comes later is for no other call.
 */
void jn_nats_answers_wait(struct jn_nats *nats,
                          struct jn_nats_answers *answers,
                          int64_t until_us);

/* The error code that an answer names; 0: it names none. */
int jn_nats_answer_code(const char *text, size_t size);

#endif
