/* line.h - commands that wait in line for the lock of one stream, without threads: the
 * first one has it, and each step runs whoever has it now, as its thread would. */
#ifndef LINE_H
#define LINE_H

#include "command/chain.h"

enum { LINE_LIMIT = 16 };

struct line_sender {
    struct jn_chain_member member;
    struct jn_sending sending;
    struct jangle_outcome outcome;
    enum jangle_result result; /* when it is answered */
    bool answered;
    int step; /* in which it was answered: 1, 2, 3... */
};

struct line {
    struct jangle *jangle;
    struct jn_stream_lock *lock; /* of the stream, while somebody has it */
    struct line_sender senders[LINE_LIMIT];
    size_t count;
    int steps;
};

void line_begin(struct line *line, struct jangle *jangle);

/* The command waits behind those that are in the line; all are of one stream. What is
 * passed lives until line_end. One that is INVALID by itself is answered at once. */
struct line_sender *line_join(struct line *line,
                              const struct jangle_envelope *envelope,
                              const struct jangle_message *type,
                              const void *data);

#define LINE_JOIN(line, envelope, message, ...)                                          \
    line_join(line, envelope, &(message), &(struct message){__VA_ARGS__})

/* Run whoever has the lock until it gives it back. False if nobody has it. */
bool line_step(struct line *line);

/* Run until all are answered. */
void line_run(struct line *line);

/* Free what the senders have. All are answered. */
void line_end(struct line *line);

#endif
