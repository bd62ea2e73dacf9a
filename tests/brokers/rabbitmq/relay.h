/* relay.h - processes between a transport and its broker: one that passes bytes on and
 * can be cut, and one that is no broker at all. */
#ifndef RELAY_H
#define RELAY_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct relay {
    int port; /* where it listens */
    int to;   /* where it passes bytes on; 0: it is no broker */
    const char *answer;
    int answer_size;  /* 0: it says nothing */
    pid_t process;    /* 0: it is cut */
    pid_t victim;     /* is killed with SIGKILL when the relay has passed on... */
    int64_t sent;     /* ...so many bytes of clients; 0: this never kills... */
    int64_t answered; /* ...or so many of the broker */
};

/* Pass everything on to that port. */
struct relay relay_start(int to);

/* Accept each connection, and answer what is said with these bytes. */
struct relay relay_pretend(const char *answer, int answer_size);

/* End all connections; nobody listens any more. Cutting twice is harmless. */
void relay_cut(struct relay *relay);

/* Listen again, on the same port; or for the first time, on a free one, if it is 0. */
void relay_mend(struct relay *relay);

#endif
