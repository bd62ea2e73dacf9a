/* about.h - what must be said of a peer beside its figures. */
#ifndef BENCH_PEER_ABOUT_H
#define BENCH_PEER_ABOUT_H

#include "measure.h"
#include "peers/peer.h"

enum { ABOUT_PEERS_MAX = 4, ABOUT_SETTINGS_SIZE = 512 };

/* The peers of the rows that were asked for, each once. Returns how many. */
int about_peers(const struct measurement *measurement,
                const struct peer *peers[ABOUT_PEERS_MAX]);

/* "fsync=on, commit_delay=0" */
void about_settings(const struct peer *peer, char text[ABOUT_SETTINGS_SIZE]);

/* Version, settings and durability of all of them, if there are any. */
void about_print(const struct measurement *measurement);

#endif
