/* lives.h - lives of the two programs of exchange.h with a broker between them: each is a
 * process of its own, and may end at a failpoint, without a word to the broker.
 *
 * The test's own process never connects to the broker, because a client library that has
 * threads does not survive a fork. */
#ifndef BROKER_LIVES_H
#define BROKER_LIVES_H

#include "brokers/broker.h"
#include "support/domains/exchange.h"

enum { LIVES_EVENTS = 6, LIVES_POSITIONS = 100, LIVES_NAMES = 64 };

struct lives_failpoint {
    const char *name;
    int64_t hits;
};

/* What all processes see. */
extern struct lives {
    const char *stop_at; /* the name of a failpoint; NULL: a life goes to its end */
    int64_t stop_hit;    /* or else it ends when it comes there for so many times */
    struct lives_failpoint names[LIVES_NAMES]; /* where the last life has come to */
    size_t name_count;
    int64_t taken;              /* settlements that the broker has confirmed to takers */
    bool sent[LIVES_POSITIONS]; /* a sender has stored an event there */
    bool kept[LIVES_POSITIONS]; /* the broker has the event at that position */
    int64_t checkpoint;         /* of the sender's publisher of events */
} * lives;

/* The files of both. */
extern struct neighbours lives_both;

/* Once, before anything else. False: there is no memory that processes share. */
bool lives_share(void);

/* Two new files, and empty queues at the broker. */
void lives_begin(const struct tested_broker *broker);
void lives_finish(void);

/* A sender sends all commands, and ends when all is published. A taker ends when it has
 * stored all that comes of that, and has settled all that the broker has. */
void lives_sender(void);
void lives_taker(void);

/* Open the sender's file, and look how far its publisher is. */
void lives_read_checkpoint(void);

/* Look what the broker has got, until all is there that the checkpoint has passed, or for
 * a minute. */
void lives_look_at_tap(void);

/* The checkpoint has passed the event at that position. */
bool lives_needs(int position);

/* Run one of these functions as a process to its end. */
void lives_run(void (*life)(void));

/* Let it end at the `hit`-th time at which it comes to that failpoint. False: it went to
 * its end. */
bool lives_run_until(void (*life)(void), const char *name, int64_t hit);

/* How often the last life came to that failpoint. */
int64_t lives_hits(const char *name);

#endif
