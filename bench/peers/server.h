/* server.h - the process of a peer, in a directory of its own, with its syncs counted. */
#ifndef BENCH_PEER_SERVER_H
#define BENCH_PEER_SERVER_H

#include <limits.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum {
    PEER_PATH_SIZE = 100 /* what a path of a UNIX socket may be long, and some less */
};

struct peer_server {
    pid_t process;                  /* 0: none */
    pid_t owner;                    /* this process */
    int end;                        /* the signal that ends it */
    char directory[PEER_PATH_SIZE]; /* all of its files, and where it works */
    bool humble;                    /* it refuses to run as root */
    atomic_llong *syncs;            /* which it shares with count.c */
};

/* Can a server work in a directory that is made there? `humble`: as a user that is not
 * root, if this is root. A sentence; NULL: yes. */
const char *peer_server_missing(const char *directory, bool humble, const char *name);

/* Make its directory beside that file. */
void peer_server_prepare(struct peer_server *server, const char *path);

/* Run a program in its directory, which prints to the file `log` there: to its end, which
 * must be good; or as the server. `words` end with NULL. It ends with this program. */
void peer_server_run(struct peer_server *server, const char *const *words);
void peer_server_start(struct peer_server *server, const char *const *words);

/* Wait a moment for it to answer. It ends the program if the server has ended, or has
 * been waited for since `started` (bench_now) for too long. */
void peer_server_wait(struct peer_server *server, double started);

/* End it, and remove its directory. */
void peer_server_remove(struct peer_server *server);

/* fsync and fdatasync that it has ended well, and seconds of processor time that it and
 * its children have used. */
int64_t peer_server_syncs(const struct peer_server *server);
double peer_server_seconds(const struct peer_server *server);

#endif
