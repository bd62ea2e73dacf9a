/* payload.h - the event that is stored by all rows of commands and by what they are
 * beside: a payment. */
#ifndef BENCH_PAYLOAD_H
#define BENCH_PAYLOAD_H

#include <stdint.h>

enum {
    PAYLOAD_SIZE =
        249, /* bytes of a payment of 5, of a balance and an entry of 4 digits */
    PAYLOAD_ROOM = 320,
    PAYLOAD_AMOUNT = 5,
    PAYLOAD_STREAMS = 10000,   /* that commands are sent to, drawn at random */
    PAYLOAD_LIMIT = 1000000000 /* of a balance */
};

extern const char payload_memo[]; /* what makes it so long */
extern const char payload_meta[]; /* as long as that of a command */

/* Write it as JSON, as jangle does. Returns how long it is. */
int payload_write(char text[PAYLOAD_ROOM], int64_t balance, int64_t entry);

#endif
